//! Two instruments: the course of the playout delay, and the needle of the A/V offset. Drawn by hand, so that what is read off
//! them is exact. Decides nothing.

use egui::{Align2, Color32, FontFamily, FontId, Painter, Pos2, Rect, Shape, Stroke, Vec2};

use super::hud::{Delay, Offset};
use super::paint::{BAD, DIM, GLASS, TEXT, colour};
use super::view::Tone;
use crate::player::{SOUND_EARLY, SOUND_LATE};

/// The scale of the A/V offset in milliseconds: sound late on the left, early on the right, and some room beyond the thresholds.
const SCALE: std::ops::RangeInclusive<f32> = -150.0..=75.0;
/// What good playback keeps to.
const AIM_MS: f32 = 20.0;
/// Ground of an instrument.
const TRACK: Color32 = Color32::from_rgba_premultiplied(18, 18, 18, 18);
/// What nobody notices (ITU-R BT.1359-1), and what is aimed at.
pub(super) const BAND: Color32 = Color32::from_rgb(42, 80, 75);
const AIM: Color32 = Color32::from_rgb(62, 134, 120);
/// The needle within the band.
pub(super) const NEEDLE: Color32 = Color32::from_rgb(250, 252, 253);

/// Where an offset stands on a scale as wide as the rectangle; offsets beyond the scale stand at its end.
pub(super) fn needle_x(rect: Rect, offset_ms: f32) -> f32 {
    let (low, high) = (*SCALE.start(), *SCALE.end());
    let share = (offset_ms.clamp(low, high) - low) / (high - low);
    rect.left() + share * rect.width()
}

/// The needle over its scale, with the thresholds written below it.
pub(super) fn offset(painter: &Painter, rect: Rect, offset: &Offset) {
    let (early, late) = (SOUND_EARLY.as_millis_f64() as f32, SOUND_LATE.as_millis_f64() as f32);
    let between = |from: f32, to: f32| {
        Rect::from_min_max(Pos2::new(needle_x(rect, from), rect.top()), Pos2::new(needle_x(rect, to), rect.bottom()))
    };
    painter.rect_filled(rect, 3, TRACK);
    painter.rect_filled(between(late, early), 0, BAND);
    painter.rect_filled(between(-AIM_MS, AIM_MS), 0, AIM);
    let zero = needle_x(rect, 0.0);
    painter.vline(zero, rect.y_range(), Stroke::new(1.0, Color32::from_white_alpha(70)));
    let below = |ms: f32, text: &str| {
        let at = Pos2::new(needle_x(rect, ms), rect.bottom() + 2.0);
        painter.text(at, Align2::CENTER_TOP, text, small(), DIM);
    };
    below(late, "−125");
    below(-AIM_MS, "−20");
    below(AIM_MS, "+20");
    below(early, "+45");
    painter.text(Pos2::new(needle_x(rect, -72.0), rect.bottom() + 2.0), Align2::CENTER_TOP, "sound late", small(), DIM);
    painter.text(rect.right_bottom() + Vec2::new(0.0, 2.0), Align2::RIGHT_TOP, "early", small(), DIM);
    if let Some(now) = offset.now {
        let (low, high) = (*SCALE.start(), *SCALE.end());
        let ink = if (late..=early).contains(&now) { NEEDLE } else { BAD };
        let x = needle_x(rect, now);
        let body = Rect::from_center_size(Pos2::new(x, rect.center().y), Vec2::new(3.0, rect.height() + 6.0));
        // A dark rim keeps it apart from the zero line and from the aim.
        painter.rect_filled(body.expand(1.0), 1, Color32::from_black_alpha(170));
        painter.rect_filled(body, 1, ink);
        if now < low || now > high {
            let way = if now < low { -1.0 } else { 1.0 };
            let tip = Pos2::new(x + way * 9.0, rect.center().y);
            let (top, bottom) = (Pos2::new(x + way * 3.0, tip.y - 5.0), Pos2::new(x + way * 3.0, tip.y + 5.0));
            painter.add(Shape::convex_polygon(vec![tip, top, bottom], BAD, Stroke::NONE));
        }
    }
}

/// The delay of the last 30 s against its target and the cap.
pub(super) fn delay(painter: &Painter, rect: Rect, delay: &Delay) {
    painter.rect_filled(rect, 3, TRACK);
    let peak = delay.trace.delay.iter().flatten().copied().fold(0.0, f32::max);
    // The cap is always on the chart; a delay far above it bends the scale, up to four times, and is cut beyond.
    let top = peak.min(4.0 * delay.cap).max(delay.cap).max(1.0) * 1.12;
    let y = |ms: f32| rect.bottom() - (ms / top).clamp(0.0, 1.0) * rect.height();
    let cap = y(delay.cap);
    let dashes = [Pos2::new(rect.left(), cap), Pos2::new(rect.right(), cap)];
    painter.extend(Shape::dashed_line(&dashes, Stroke::new(1.0, DIM), 4.0, 4.0));
    let clipped = painter.with_clip_rect(rect.expand(1.0));
    course(&clipped, rect, &delay.trace.target, &y, Stroke::new(1.25, GLASS));
    let ink = match delay.tone() {
        Tone::Plain | Tone::Good => TEXT,
        marked => colour(marked),
    };
    course(&clipped, rect, &delay.trace.delay, &y, Stroke::new(1.75, ink));
    if let Some(now) = delay.now {
        painter.circle_filled(Pos2::new(rect.right(), y(now)), 2.75, ink);
    }
}

/// A line through what is known; where nothing is known it is broken.
fn course(painter: &Painter, rect: Rect, values: &[Option<f32>], y: &impl Fn(f32) -> f32, stroke: Stroke) {
    let step = rect.width() / values.len().saturating_sub(1).max(1) as f32;
    let mut line = Vec::new();
    for (place, value) in values.iter().enumerate() {
        match value {
            Some(value) => line.push(Pos2::new(rect.left() + place as f32 * step, y(*value))),
            None if line.len() > 1 => {
                painter.line(std::mem::take(&mut line), stroke);
            }
            None => line.clear(),
        }
    }
    if line.len() > 1 {
        painter.line(line, stroke);
    }
}

/// For what is written on an instrument.
pub(super) const fn small() -> FontId {
    FontId::new(10.5, FontFamily::Proportional)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: Rect = Rect { min: Pos2::new(10.0, 0.0), max: Pos2::new(235.0, 16.0) };

    #[test]
    fn a_millisecond_is_as_wide_anywhere_on_the_scale() {
        for (ms, x) in [(-150.0, 10.0), (-125.0, 35.0), (0.0, 160.0), (45.0, 205.0), (75.0, 235.0)] {
            assert!((needle_x(RECT, ms) - x).abs() < 1e-3, "{ms} ms at {}", needle_x(RECT, ms));
        }
    }

    #[test]
    fn what_is_off_the_scale_stands_at_its_end() {
        assert!((needle_x(RECT, -1e9) - 10.0).abs() < 1e-3 && (needle_x(RECT, 300.0) - 235.0).abs() < 1e-3);
    }
}
