//! The bar under a clip: where it stands, how long it is, how fast it runs. Drawn by hand, so that what is pressed is what is seen.
//! Decides nothing.

use egui::{Align2, Color32, Context, FontFamily, FontId, LayerId, Painter, Pos2, Rect, Shape, Stroke, Vec2};

use crate::app::explore::window::paint::{DIM, EDGE, GLASS, GROUND_FIGURES, TEXT};
use crate::media::MediaDelta;
use crate::reel::{Motion, Status};

/// Height of the bar, and of the line in it.
const HEIGHT: f32 = 46.0;
const LINE: f32 = 6.0;
/// Room for the sign on the left, and for the figures on the right.
const SIGN: f32 = 40.0;
const FIGURES: f32 = 182.0;

/// Where the bar lies in a window of a size, in points.
pub(super) fn place(window: Vec2) -> Rect {
    let width = (window.x - 2.0 * EDGE).max(60.0);
    let corner = Pos2::new((window.x - width) / 2.0, window.y - EDGE - HEIGHT);
    Rect::from_min_size(corner, Vec2::new(width, HEIGHT))
}

/// Where the line lies in it, on which places are pressed.
fn line(bar: Rect) -> Rect {
    let figures = FIGURES.min(bar.width() * 0.45);
    let left = bar.left() + SIGN;
    let right = (bar.right() - figures).max(left + 10.0);
    let middle = bar.center().y;
    Rect::from_min_max(Pos2::new(left, middle - LINE / 2.0), Pos2::new(right, middle + LINE / 2.0))
}

/// What a press on the bar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Press {
    /// The sign: stand still, or go on.
    Sign,
    /// The line, at a part of the clip in 0..=1.
    Part(f32),
}

/// What lies under a point, if the bar does.
pub(super) fn press(bar: Rect, at: Pos2) -> Option<Press> {
    if !bar.contains(at) {
        return None;
    }
    if at.x < bar.left() + SIGN {
        return Some(Press::Sign);
    }
    Some(Press::Part(part(bar, at)))
}

/// The part of the clip that stands over a point, also beside the line.
pub(super) fn part(bar: Rect, at: Pos2) -> f32 {
    let line = line(bar);
    ((at.x - line.left()) / line.width()).clamp(0.0, 1.0)
}

/// Draws it.
pub(super) fn draw(context: &Context, window: Vec2, status: &Status, sound: bool) {
    let bar = place(window);
    let painter = context.layer_painter(LayerId::background());
    painter.rect_filled(bar, 9, GROUND_FIGURES);
    sign(&painter, Pos2::new(bar.left() + 21.0, bar.center().y), status.moves);
    let line = line(bar);
    painter.rect_filled(line, 3, Color32::from_white_alpha(34));
    let length = status.length.as_secs_f64().max(1e-6);
    let part = (status.position.as_secs_f64() / length).clamp(0.0, 1.0) as f32;
    let mut done = line;
    done.set_width(line.width() * part);
    painter.rect_filled(done, 3, GLASS);
    painter.circle_filled(Pos2::new(done.right(), line.center().y), 6.5, TEXT);
    let words = conditions(status, sound);
    let narrow = bar.width() < 420.0;
    let write = |lower: f32, size: f32, text: &str, ink: Color32| {
        let at = Pos2::new(bar.right() - 14.0, bar.center().y + lower);
        painter.text(at, Align2::RIGHT_CENTER, text, FontId::new(size, FontFamily::Monospace), ink);
    };
    let times = format!("{} / {}", clock(status.position), clock(status.length));
    let (size, lift) = (if narrow { 9.5 } else { 12.5 }, if words.is_empty() { 0.0 } else { -8.0 });
    write(lift, size, &times, if status.motion == Motion::Playing { TEXT } else { DIM });
    write(9.0, if narrow { 8.5 } else { 11.0 }, &words, GLASS);
}

/// What is not as usual, in a few words.
fn conditions(status: &Status, sound: bool) -> String {
    let speed = (status.speed != 1.0).then(|| format!("{}×", status.speed));
    let round = status.goes_round.then(|| "loop".to_owned());
    let muted = (!sound).then(|| "muted".to_owned());
    [speed, round, muted].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Two strokes while it plays, for what a press does; a triangle while it stands.
fn sign(painter: &Painter, at: Pos2, moves: bool) {
    if moves {
        for x in [-4.5, 1.5] {
            painter.rect_filled(Rect::from_min_size(at + Vec2::new(x, -7.0), Vec2::new(3.5, 14.0)), 1, TEXT);
        }
        return;
    }
    let corners = vec![at + Vec2::new(-5.0, -8.0), at + Vec2::new(8.0, 0.0), at + Vec2::new(-5.0, 8.0)];
    painter.add(Shape::convex_polygon(corners, TEXT, Stroke::NONE));
}

/// A time as people read it on a player: to the hundredth, hours only where there are any.
pub(super) fn clock(time: MediaDelta) -> String {
    let hundredths = time.as_micros().max(0) / 10_000;
    let (seconds, minutes, hours) = (hundredths / 100 % 60, hundredths / 6_000 % 60, hundredths / 360_000);
    let rest = format!("{seconds:02}.{:02}", hundredths % 100);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest}") } else { format!("{minutes}:{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_on_any_player() {
        for (ms, text) in [(0, "0:00.00"), (1_239, "0:01.23"), (61_000, "1:01.00"), (3_723_450, "1:02:03.45")] {
            assert_eq!(clock(MediaDelta::from_millis(ms)), text);
        }
    }

    #[test]
    fn what_is_not_as_usual_is_said() {
        let usual = Status { speed: 1.0, ..Status::default() };
        assert_eq!(conditions(&usual, true), "");
        assert_eq!(conditions(&Status { speed: 0.75, goes_round: true, ..usual }, false), "0.75× · loop · muted");
    }

    #[test]
    fn what_is_pressed_is_what_is_seen() {
        for width in [120.0, 640.0, 1920.0] {
            let bar = place(Vec2::new(width, 400.0));
            let line = line(bar);
            assert_eq!(press(bar, line.left_center()), Some(Press::Part(0.0)));
            assert_eq!(press(bar, line.right_center()), Some(Press::Part(1.0)));
            let middle = press(bar, line.center());
            assert!(matches!(middle, Some(Press::Part(part)) if (part - 0.5).abs() < 1e-4), "{middle:?}");
            assert_eq!(press(bar, Pos2::new(bar.left() + 3.0, bar.center().y)), Some(Press::Sign));
            assert_eq!(press(bar, Pos2::new(bar.center().x, 10.0)), None);
            assert_eq!(part(bar, Pos2::new(-50.0, 0.0)), 0.0, "a hand that slips off still holds the line");
        }
    }
}
