//! The figures on the screen: a line, or a panel with instruments. Both stand on their own dark ground at the top left, where a
//! world has its sky. Decides nothing but what fits.

use egui::{Align2, Color32, Context, FontFamily, FontId, Painter, Pos2, Rect, Sense, Ui, Vec2};

use super::gauges;
use super::hud::{Content, Figures, Row};
use super::paint::{DIM, EDGE, GLASS, GROUND_FIGURES, TEXT, WARN, area, colour, panel as ground};
use super::view::Tone;

/// Width of the panel's content, and of its margins, in points.
const WIDTH: f32 = 322.0;
const MARGIN: Vec2 = Vec2::new(26.0, 20.0);
/// Heights of its parts.
const HEAD: f32 = 25.0;
const LABEL: f32 = 17.0;
const COURSE: f32 = 38.0;
const NEEDLE: f32 = 14.0;
const SCALE: f32 = 24.0;
const GAP: f32 = 8.0;
const LINE: f32 = 15.5;
/// Right edges of the four columns of percentiles.
const COLUMNS: [f32; 4] = [166.0, 214.0, 274.0, WIDTH];
/// Where values begin beside their labels.
const VALUES: f32 = 92.0;
/// Most characters of a value that fit beside its label.
const MOST: usize = 32;

/// What is above the table.
const INSTRUMENTS: f32 = HEAD + LABEL + COURSE + GAP + LABEL + NEEDLE + SCALE;
/// Between the table and the rows below it.
const PAUSE: f32 = 5.0;
/// A panel without these many lines below the instruments tells less than the line does.
const LEAST_LINES: usize = 3;

/// Where the instruments stand in the panel's content.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layout {
    /// The course of the delay.
    pub(super) course: Rect,
    /// The needle's scale.
    pub(super) needle: Rect,
    /// The first line of the table.
    table: f32,
    /// Lines of the table and rows below it that fit.
    lines: usize,
}

impl Layout {
    /// For content that begins at `origin` in a window of `size` points with so many rows to show; `None` where a panel does not
    /// fit.
    pub(super) fn of(origin: Pos2, size: Vec2, wanted: usize) -> Option<Self> {
        let room = size - MARGIN - Vec2::splat(2.0 * EDGE);
        // One line is the table's head.
        let lines = ((room.y - INSTRUMENTS - PAUSE - LINE) / LINE).floor();
        if room.x < WIDTH || lines < LEAST_LINES as f32 {
            return None;
        }
        let at = |y: f32, height: f32| Rect::from_min_size(origin + Vec2::new(0.0, y), Vec2::new(WIDTH, height));
        let needle = HEAD + LABEL + COURSE + GAP + LABEL;
        Some(Self {
            course: at(HEAD + LABEL, COURSE),
            needle: at(needle, NEEDLE),
            table: origin.y + INSTRUMENTS,
            lines: (lines as usize).min(wanted),
        })
    }

    const fn height(&self) -> f32 {
        INSTRUMENTS + (self.lines + 1) as f32 * LINE + PAUSE
    }
}

/// The line: the verdict, and as many figures as fit beside it.
pub(super) fn line(context: &Context, content: &Content) {
    let room = context.content_rect().width() - 2.0 * EDGE - MARGIN.x;
    area("figures", Align2::LEFT_TOP, Vec2::splat(EDGE)).show(context, |ui| {
        ground(GROUND_FIGURES).show(ui, |ui| {
            let verdict = (content.verdict.clone(), content.tone);
            let mut galleys = Vec::with_capacity(1 + content.brief.len());
            let mut width = 14.0;
            for (place, (text, tone)) in std::iter::once(&verdict).chain(&content.brief).enumerate() {
                let font = if place == 0 { words(14.0) } else { figures(12.0) };
                let galley = ui.painter().layout_no_wrap(text.clone(), font, colour(*tone));
                let gap = if place == 0 { 0.0 } else { 18.0 };
                if place > 0 && width + gap + galley.size().x > room {
                    break;
                }
                galleys.push((width + gap, galley));
                width += gap + galleys.last().map_or(0.0, |(_, galley)| galley.size().x);
            }
            let (rect, _) = ui.allocate_exact_size(Vec2::new(width.min(room.max(40.0)), 17.0), Sense::hover());
            let painter = ui.painter().clone();
            dot(&painter, Pos2::new(rect.left() + 4.0, rect.center().y), content.tone);
            for (x, galley) in galleys {
                let at = Pos2::new(rect.left() + x, rect.center().y - galley.size().y / 2.0);
                painter.galley(at, galley, TEXT);
            }
        });
    });
}

/// The panel; in a window too small for it, the line.
pub(super) fn panel(context: &Context, content: &Content) {
    let size = context.content_rect().size();
    let wanted = content.table.len() + content.rows.len();
    let Some(fit) = Layout::of(Pos2::ZERO, size, wanted) else { return line(context, content) };
    area("figures", Align2::LEFT_TOP, Vec2::splat(EDGE)).show(context, |ui| {
        ground(GROUND_FIGURES).show(ui, |ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(WIDTH, fit.height()), Sense::hover());
            if let Some(layout) = Layout::of(rect.min, size, wanted) {
                fill(ui, rect, layout, content);
            }
        });
    });
}

fn fill(ui: &Ui, rect: Rect, layout: Layout, content: &Content) {
    let painter = ui.painter();
    let (left, right) = (rect.left(), rect.right());
    let middle = rect.top() + HEAD / 2.0 - 3.0;
    dot(painter, Pos2::new(left + 5.0, middle), content.tone);
    painter.text(Pos2::new(left + 17.0, middle), Align2::LEFT_CENTER, &content.verdict, words(15.5), colour(content.tone));
    painter.text(Pos2::new(right, middle), Align2::RIGHT_CENTER, &content.rate, figures(12.5), TEXT);

    let label = layout.course.top() - LABEL / 2.0 - 1.0;
    let delay = &content.delay;
    write(painter, Pos2::new(left, label), "playout delay", &delay.words(), colour(delay.tone()));
    let cap = painter.text(Pos2::new(right, label), Align2::RIGHT_CENTER, format!("cap {:.0}", delay.cap), words(12.0), DIM);
    let target = format!("target {:.0}", delay.target);
    painter.text(Pos2::new(cap.left() - 10.0, label), Align2::RIGHT_CENTER, target, words(12.0), GLASS);
    gauges::delay(painter, layout.course, delay);

    let label = layout.needle.top() - LABEL / 2.0 - 2.0;
    let offset = &content.offset;
    write(painter, Pos2::new(left, label), "A/V offset", &offset.words(), colour(offset.tone()));
    if let Some(outside) = offset.outside_pct {
        let ink = if outside > 0.0 { WARN } else { DIM };
        let text = format!("{outside:.1} % noticeable in 30 s");
        painter.text(Pos2::new(right, label), Align2::RIGHT_CENTER, text, words(12.0), ink);
    }
    gauges::offset(painter, layout.needle, offset);

    // Of a table that does not fit, its last rows and the plain ones below it yield to those that are marked.
    let mut y = layout.table + LINE / 2.0;
    for (column, text) in COLUMNS.into_iter().zip(["1 s  p50", "p95", "30 s  p50", "p95"]) {
        painter.text(Pos2::new(left + column, y), Align2::RIGHT_CENTER, text, gauges::small(), DIM);
    }
    painter.text(Pos2::new(left, y), Align2::LEFT_CENTER, "milliseconds", gauges::small(), DIM);
    y += LINE;
    let below = content.rows.len().min(layout.lines.saturating_sub(content.table.len()).max(2)).min(layout.lines);
    for row in content.table.iter().take(layout.lines - below) {
        percentiles(painter, Pos2::new(left, y), row);
        y += LINE;
    }
    y += PAUSE;
    for row in content.rows.iter().take(below) {
        pair(painter, Pos2::new(left, y), row);
        y += LINE;
    }
}

fn percentiles(painter: &Painter, at: Pos2, row: &Figures) {
    painter.text(at, Align2::LEFT_CENTER, row.label, words(12.0), DIM);
    for (place, (column, text)) in COLUMNS.into_iter().zip(&row.columns).enumerate() {
        // The half minute is the quieter voice.
        let ink = if place < 2 { TEXT } else { Color32::from_rgb(196, 204, 211) };
        painter.text(Pos2::new(at.x + column, at.y), Align2::RIGHT_CENTER, text, figures(12.0), ink);
    }
}

fn pair(painter: &Painter, at: Pos2, row: &Row) {
    painter.text(at, Align2::LEFT_CENTER, row.label, words(12.0), DIM);
    let long = row.value.chars().count() > MOST;
    let value = if long { row.value.chars().take(MOST - 1).chain(['…']).collect() } else { row.value.clone() };
    painter.text(Pos2::new(at.x + VALUES, at.y), Align2::LEFT_CENTER, value, figures(11.5), colour(row.tone));
}

fn write(painter: &Painter, at: Pos2, label: &str, value: &str, ink: Color32) {
    painter.text(at, Align2::LEFT_CENTER, label, words(12.0), DIM);
    painter.text(Pos2::new(at.x + VALUES, at.y), Align2::LEFT_CENTER, value, figures(12.5), ink);
}

fn dot(painter: &Painter, at: Pos2, tone: Tone) {
    painter.circle_filled(at, 4.0, colour(tone));
}

const fn words(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

const fn figures(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::explore::window::easel::{self, Drawn};
    use crate::app::explore::window::options::Hud;
    use crate::app::explore::window::view::View;
    use crate::media::{DropCause, MediaDelta, Size};
    use crate::player::{AudioState, Cause, Recent, Shares, Snapshot, Spread, Trace, Verdict};
    use crate::stats::Summary;

    const LARGE: Size = Size { width: 1280, height: 720 };
    const SMALL: Size = Size { width: 640, height: 360 };

    /// A lively half minute: a stall, and the way back from it.
    fn some(av_offset_ms: Option<i64>) -> Content {
        let mut view = View::new(Hud::Panel);
        view.seconds_left = Some(754.0);
        let spread = |p50: f64, p95: f64| {
            let summary = |p50, p95| Some(Summary { n: 60, p50, p95, p99: p95, max: p95 });
            Spread { second: summary(p50, p95), half_minute: summary(p50 * 0.9, p95 * 1.6) }
        };
        let course = |place: usize| match place {
            0..20 => None,
            70..76 => Some(50.0 + (place - 69) as f32 * 22.0),
            76..88 => Some(182.0 - (place - 75) as f32 * 10.0),
            _ => Some(50.0 + (place % 7) as f32),
        };
        let target = |place: usize| (place >= 20).then_some(if place < 72 { 46.0 } else { 62.0 });
        let mut now = Snapshot {
            delay: Some(MediaDelta::from_millis(52)),
            target: MediaDelta::from_millis(62),
            cap: MediaDelta::from_millis(180),
            verdict: Verdict::Late { cause: Cause::Network, by: MediaDelta::from_millis(38) },
            av_offset: av_offset_ms.map(MediaDelta::from_millis),
            size: Some(Size { width: 640, height: 360 }),
            audio: AudioState::Playing,
            audio_text: "null sink, 48000 Hz, 2 channels, f32".to_owned(),
            recent: Recent {
                fps: Some(29.97),
                delay: spread(51.0, 58.0),
                trace: Trace { delay: (0..120).map(course).collect(), target: (0..120).map(target).collect() },
                av_magnitude: spread(2.1, 6.3),
                av_outside_pct: Some(0.0),
                interval: spread(33.3, 35.1),
                lateness: spread(0.4, 16.9),
                server: spread(8.2, 11.0),
                decode: spread(1.9, 2.4),
                draw: spread(4.1, 6.0),
                input_to_photon: spread(84.0, 121.0),
                concealed_pct: Shares { second: Some(0.8), half_minute: Some(0.4) },
                stretched_pct: Shares { second: Some(0.0), half_minute: Some(1.2) },
                received_kbit_s: Some(2314.0),
                ..Recent::default()
            },
            ..Snapshot::default()
        };
        now.recent.drops.add(DropCause::Late, 3);
        now.recent.drops.add(DropCause::Superseded, 1);
        Content::of(&view, &now, "llvmpipe · vulkan · on the processor")
    }

    #[test]
    fn figures_read_on_bright_and_on_dark_scenes() {
        let Some(gpu) = easel::gpu() else { return };
        let content = some(Some(3));
        for (name, luma) in [("bright", 235), ("dark", 16)] {
            let scene = easel::flat(LARGE, luma);
            for (what, drawn, region) in [
                (
                    "line",
                    easel::draw(&gpu, &format!("line-{name}"), LARGE, &scene, |ui| line(ui, &content)),
                    (20..240, 20..46),
                ),
                (
                    "panel",
                    easel::draw(&gpu, &format!("panel-{name}"), LARGE, &scene, |ui| panel(ui, &content)),
                    (20..340, 20..360),
                ),
            ] {
                let (columns, rows): (std::ops::Range<usize>, std::ops::Range<usize>) = region;
                let pixels: Vec<f64> = rows
                    .flat_map(|y| columns.clone().map(move |x| (x, y)))
                    .map(|(x, y)| easel::luminance(drawn.at(x, y)))
                    .collect();
                let ground = pixels.iter().copied().fold(f64::MAX, f64::min);
                let text = pixels.iter().copied().fold(0.0, f64::max);
                let contrast = (text + 0.05) / (ground + 0.05);
                // WCAG 2.2 success criterion 1.4.3 asks for 4.5.
                assert!(contrast >= 4.5, "contrast {contrast:.1} of the {what} on a scene of luma {luma}");
                let inked = pixels.iter().filter(|luminance| **luminance > ground * 2.0 + 0.1).count();
                assert!((200..pixels.len() / 2).contains(&inked), "{inked} of {} pixels are text", pixels.len());
            }
        }
    }

    /// Columns of one row of pixels in which a colour stands, allowing for rounding.
    fn columns(drawn: &Drawn, y: usize, ink: Color32) -> Vec<usize> {
        let wanted = [ink.r(), ink.g(), ink.b()];
        let is = |x: &usize| drawn.at(*x, y).iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) <= 2);
        (0..WIDTH as usize + 60).filter(is).collect()
    }

    /// HO-12: the offset that is read off the needle is the one that was measured. The scale is taken from the pixels of the band.
    #[test]
    fn the_needle_stands_where_the_offset_says() {
        let Some(gpu) = easel::gpu() else { return };
        let scene = easel::flat(LARGE, 110);
        let look = |offset: Option<i64>| {
            let content = some(offset);
            easel::draw(&gpu, &format!("needle-{offset:?}"), LARGE, &scene, |ui| panel(ui, &content))
        };
        let plain = look(None);
        let (row, band) = (100..200)
            .map(|y| (y, columns(&plain, y, gauges::BAND)))
            .find(|(_, band)| band.len() > 100)
            .expect("the band of undetectable offsets");
        let (left, right) = (band[0] as f64, band[band.len() - 1] as f64 + 1.0);
        let per_ms = (right - left) / (125.0 + 45.0);
        for ms in [-125_i64, -90, -40, -3, 0, 12, 30, 45] {
            let needle = columns(&look(Some(ms)), row, gauges::NEEDLE);
            assert!(!needle.is_empty() && needle.len() <= 4, "{ms} ms: a needle of {} pixels", needle.len());
            let stands = (needle[0] + needle[needle.len() - 1] + 1) as f64 / 2.0;
            let reads = (stands - left) / per_ms - 125.0;
            assert!((reads - ms as f64).abs() * per_ms <= 1.0, "{ms} ms reads as {reads:.1}");
        }
        let bad = columns(&look(Some(-140)), row, super::super::paint::BAD);
        assert!(bad.last().is_some_and(|x| (*x as f64) < left), "left of the band, and in another colour: {bad:?}");
    }

    #[test]
    fn a_small_window_keeps_the_instruments_and_what_is_marked_and_a_tiny_one_the_line() {
        let rows = some(None);
        let wanted = rows.table.len() + rows.rows.len();
        let small = Layout::of(Pos2::ZERO, Vec2::new(640.0, 360.0), wanted).expect("a panel");
        assert!(small.height() + MARGIN.y + 2.0 * EDGE <= 360.0 && small.lines >= 8, "{small:?}");
        let large = Layout::of(Pos2::ZERO, Vec2::new(1280.0, 720.0), wanted).expect("a panel");
        assert_eq!(large.lines, wanted);
        assert_eq!(Layout::of(Pos2::ZERO, Vec2::new(320.0, 180.0), wanted), None);
        let Some(gpu) = easel::gpu() else { return };
        for (name, size) in [("panel-small", SMALL), ("panel-tiny", Size { width: 320, height: 180 })] {
            let scene = easel::scene(size);
            let plain = easel::draw(&gpu, "plain-small", size, &scene, |_| {});
            let drawn = easel::draw(&gpu, name, size, &scene, |ui| panel(ui, &some(Some(-140))));
            assert!(plain.differs(&drawn) > 2000, "{name}");
        }
    }
}
