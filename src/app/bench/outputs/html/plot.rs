//! A chart as inline SVG. Places are shares of its width and pixels of its height, so that words keep their size on every screen and
//! lines stretch; nothing is drawn outside of it. Knows no figures.

use std::fmt::Write as _;

use super::markup::text;

/// Shares of the width that data may take: half a dot is kept free at both ends.
const INSET: (f64, f64) = (0.9, 99.1);

/// Height of a line of words below the data, in pixels.
const WORDS: f64 = 20.0;

/// Height of a row of words above them.
const ROW: f64 = 16.0;

/// A chart in the making. What is drawn first lies below.
pub struct Plot {
    height: f64,
    top: f64,
    bottom: f64,
    x: (f64, f64),
    y: (f64, f64),
    head: String,
    under: String,
    paths: String,
    over: String,
}

impl Plot {
    /// A chart of so many pixels of height over two ranges. `id` is unique in the page; `says` is the chart in words, for who does not
    /// see it.
    pub fn new(id: &str, title: &str, says: &str, height: f64, x: (f64, f64), y: (f64, f64)) -> Self {
        let head = format!(
            "role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
            text(title),
            text(says)
        );
        Self {
            height,
            top: 18.0,
            bottom: height - WORDS,
            x: wide(x),
            y: wide(y),
            head,
            under: String::new(),
            paths: String::new(),
            over: String::new(),
        }
    }

    /// Without words below, and with so many rows of them above.
    pub fn bare(mut self, rows: usize) -> Self {
        self.top = 2.0 + ROW * rows as f64;
        self.bottom = self.height - 2.0;
        self
    }

    /// The share of the width, in per cent, of a value.
    fn across(&self, value: f64) -> f64 {
        let share = share(value, self.x);
        INSET.0 + share * (INSET.1 - INSET.0)
    }

    /// The pixel, from the top, of a value.
    fn down(&self, value: f64) -> f64 {
        self.bottom - share(value, self.y) * (self.bottom - self.top)
    }

    /// Lines across at values, each with its words at the left.
    pub fn rows(&mut self, rows: &[(f64, String)]) {
        for (value, words) in rows {
            let y = self.down(*value);
            let class = if *value == 0.0 { "axis" } else { "grid" };
            let _ = write!(self.under, "<line class=\"{class}\" x1=\"0\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
            let _ = write!(self.over, "<text class=\"on\" x=\"0\" y=\"{:.1}\">{}</text>", y - 4.0, text(words));
        }
    }

    /// Lines down at values, each with its words below.
    pub fn columns(&mut self, columns: &[(f64, String)]) {
        let last = columns.len().saturating_sub(1);
        for (index, (value, words)) in columns.iter().enumerate() {
            let x = self.across(*value);
            let _ = write!(
                self.under,
                "<line class=\"grid\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
                self.top, self.bottom
            );
            // The outermost words stay inside.
            let anchor = match index {
                0 if x < 8.0 => "start",
                _ if index == last && x > 92.0 => "end",
                _ => "middle",
            };
            let y = self.height - 5.0;
            if !words.is_empty() {
                let _ =
                    write!(self.over, "<text x=\"{x:.2}%\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", text(words));
            }
        }
    }

    /// A stretch of the width.
    pub fn stretch(&mut self, from: f64, to: f64, class: &str) {
        let (from, to) = (self.across(from), self.across(to));
        // A moment is to be seen, too.
        let wide = (to - from).max(0.2).min(100.0 - from);
        let _ = write!(
            self.under,
            "<rect class=\"{class}\" x=\"{from:.2}%\" y=\"{:.1}\" width=\"{wide:.2}%\" height=\"{:.1}\"/>",
            self.top,
            self.bottom - self.top
        );
    }

    /// A stretch of the height.
    pub fn belt(&mut self, from: f64, to: f64, class: &str) {
        let (low, high) = (self.down(from), self.down(to));
        let _ = write!(
            self.under,
            "<rect class=\"{class}\" x=\"0\" y=\"{high:.1}\" width=\"100%\" height=\"{:.1}\"/>",
            (low - high).max(0.0)
        );
    }

    /// A line down at a moment.
    pub fn flag(&mut self, at: f64, class: &str) {
        let x = self.across(at);
        let _ = write!(
            self.under,
            "<line class=\"{class}\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
            self.top, self.bottom
        );
    }

    /// A line across at a value, with words at its right end.
    pub fn limit(&mut self, value: f64, words: &str, class: &str) {
        let y = self.down(value);
        let _ = write!(self.over, "<line class=\"{class}\" x1=\"0\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        let _ = write!(
            self.over,
            "<text class=\"on\" x=\"100%\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            (y - 4.0).max(11.0),
            text(words)
        );
    }

    /// A line through points; it is broken where one is unknown.
    pub fn line(&mut self, points: impl IntoIterator<Item = (f64, Option<f64>)>, class: &str) {
        let mut path = String::new();
        let (mut drawing, mut alone) = (false, None);
        for (x, y) in points {
            let Some(y) = y.filter(|y| y.is_finite()) else {
                // A point between two unknown ones is a dot.
                if let Some((x, y)) = alone.take() {
                    let _ = write!(path, "L{x:.1} {y:.1}");
                }
                drawing = false;
                continue;
            };
            let place = (self.across(x) * 10.0, self.down(y));
            let _ = write!(path, "{}{:.1} {:.1}", if drawing { 'L' } else { 'M' }, place.0, place.1);
            alone = (!drawing).then_some((place.0 + 0.5, place.1));
            drawing = true;
        }
        if let Some((x, y)) = alone {
            let _ = write!(path, "L{x:.1} {y:.1}");
        }
        if !path.is_empty() {
            let _ = write!(self.paths, "<path class=\"{class}\" d=\"{path}\"/>");
        }
    }

    /// What lies between two lines, where both are known.
    pub fn area(&mut self, points: &[(f64, Option<(f64, f64)>)], class: &str) {
        for run in points.split(|(_, both)| both.is_none()).filter(|run| run.len() > 1) {
            let mut path = String::new();
            let known = || run.iter().filter_map(|(x, both)| Some((*x, (*both)?)));
            for (index, (x, (_, high))) in known().enumerate() {
                let command = if index == 0 { 'M' } else { 'L' };
                let _ = write!(path, "{command}{:.1} {:.1}", self.across(x) * 10.0, self.down(high));
            }
            for (x, (low, _)) in known().collect::<Vec<_>>().into_iter().rev() {
                let _ = write!(path, "L{:.1} {:.1}", self.across(x) * 10.0, self.down(low));
            }
            let _ = write!(self.paths, "<path class=\"{class}\" d=\"{path}Z\"/>");
        }
    }

    /// A bar that lies at the left edge, between two values of the height.
    pub fn lying(&mut self, low: f64, high: f64, value: f64, class: &str) {
        let (bottom, top) = (self.down(low), self.down(high));
        let wide = self.across(value) - INSET.0;
        let _ = write!(
            self.over,
            "<rect class=\"{class}\" x=\"{:.2}%\" y=\"{top:.1}\" width=\"{wide:.2}%\" height=\"{:.1}\"/>",
            INSET.0,
            (bottom - top - 1.0).max(0.5)
        );
    }

    /// A dot.
    pub fn dot(&mut self, x: f64, y: f64, class: &str) {
        let (x, y) = (self.across(x), self.down(y));
        let _ = write!(self.over, "<circle class=\"{class}\" cx=\"{x:.2}%\" cy=\"{y:.1}\" r=\"3\"/>");
    }

    /// A mark at the upper edge: something happened then.
    pub fn mark(&mut self, at: f64, class: &str) {
        let x = self.across(at) - 0.3;
        let _ = write!(
            self.over,
            "<rect class=\"{class}\" x=\"{x:.2}%\" y=\"{:.1}\" width=\"0.6%\" height=\"7\" rx=\"1\"/>",
            self.top
        );
    }

    /// Words above the data in a row, which begin or end at a moment.
    pub fn words(&mut self, at: f64, row: usize, ends: bool, words: &str) {
        let (x, y) = (self.across(at), ROW * row as f64 + 12.0);
        let anchor = if ends { "end" } else { "start" };
        let _ = write!(
            self.over,
            "<text class=\"strong on\" x=\"{x:.2}%\" y=\"{y:.0}\" text-anchor=\"{anchor}\">{}</text>",
            text(words)
        );
    }

    /// A sign in the middle of the height, at a moment.
    pub fn glyph(&mut self, at: f64, class: &str, sign: &str) {
        let (x, y) = (self.across(at).clamp(2.0, 98.0), (self.top + self.bottom) / 2.0 + 5.0);
        let _ = write!(
            self.over,
            "<text class=\"{class} glyph on\" x=\"{x:.2}%\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>",
            text(sign)
        );
    }

    /// Columns under the pointer, each with what it says. `at` ties columns of several charts together.
    pub fn hover(&mut self, columns: impl IntoIterator<Item = (f64, f64, String)>) {
        let _ = write!(self.over, "<g class=\"hover\">");
        for (index, (from, to, says)) in columns.into_iter().enumerate() {
            let (left, right) = (self.across(from), self.across(to));
            let says = if says.is_empty() { says } else { format!("<title>{}</title>", text(&says)) };
            let _ = write!(
                self.over,
                "<rect data-i=\"{index}\" x=\"{left:.2}%\" y=\"{:.0}\" width=\"{:.2}%\" height=\"{:.0}\">{says}</rect>",
                self.top,
                (right - left).max(0.01),
                self.bottom - self.top,
            );
        }
        let _ = write!(self.over, "</g>");
    }

    /// The chart.
    pub fn finish(self) -> String {
        let Self { height, head, under, paths, over, .. } = self;
        // The inner one stretches what it holds, which words must not be.
        let paths = if paths.is_empty() {
            String::new()
        } else {
            format!(
                "<svg viewBox=\"0 0 1000 {height:.0}\" preserveAspectRatio=\"none\" width=\"100%\" height=\"{height:.0}\">{paths}</svg>"
            )
        };
        format!("<svg class=\"plot\" width=\"100%\" height=\"{height:.0}\" {head}{under}{paths}{over}</svg>")
    }
}

/// Where a value lies in a range, from 0 to 1; what is no number lies at its beginning.
fn share(value: f64, (from, to): (f64, f64)) -> f64 {
    let share = (value - from) / (to - from);
    if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
}

/// A range in which something can be placed.
fn wide((from, to): (f64, f64)) -> (f64, f64) {
    if to > from { (from, to) } else { (from, from + 1.0) }
}

/// At most so many round values (1, 2 or 5 times a power of ten apart) from one to another, both included where they are round.
#[must_use]
pub fn ticks(from: f64, to: f64, most: usize) -> Vec<f64> {
    let span = to - from;
    if !span.is_finite() || span <= 0.0 || most == 0 {
        return vec![from];
    }
    let rough = span / most as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough).unwrap_or(rough);
    let first = (from / step - 1e-9).ceil() as i64;
    let last = (to / step + 1e-9).floor() as i64;
    (first..=last).take(most + 2).map(|index| index as f64 * step).collect()
}

/// The least round value at or above: where an axis may end.
#[must_use]
pub fn round_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|round| *round >= value * 0.999_999)
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(0.0, 100.0, 5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(-125.0, 45.0, 4), [-100.0, -50.0, 0.0]);
        assert_eq!(ticks(3.0, 3.0, 5), [3.0]);
        assert_eq!(ticks(0.0, f64::INFINITY, 5), [0.0]);
        for (from, to) in [(0.0, 0.37), (12.0, 9_000.0), (-3.0, 1e6)] {
            assert!((1..=7).contains(&ticks(from, to, 5).len()), "{from} to {to}: {:?}", ticks(from, to, 5));
        }
    }

    #[test]
    fn what_lies_outside_of_the_ranges_is_drawn_at_the_edge() {
        let mut plot = Plot::new("p", "title", "words", 100.0, (0.0, 10.0), (0.0, 10.0));
        plot.line([(-5.0, Some(20.0)), (15.0, Some(-20.0)), (f64::NAN, Some(f64::NAN))], "line");
        let svg = plot.finish();
        assert!(svg.contains("M9.0 18.0L991.0 80.0"), "{svg}");
    }

    #[test]
    fn an_unknown_point_breaks_the_line() {
        let mut plot = Plot::new("p", "t", "w", 100.0, (0.0, 4.0), (0.0, 1.0));
        plot.line([(0.0, Some(0.0)), (1.0, Some(1.0)), (2.0, None), (3.0, Some(0.0)), (4.0, None)], "line");
        assert_eq!(plot.finish().matches('M').count(), 2);
    }
}
