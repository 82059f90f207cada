//! Sound against picture: over the run and as a distribution, with the band in which nobody notices.

use super::markup::{legend, text};
use super::plot::{Plot, round_up, ticks};
use super::thin;
use crate::app::bench::outputs::numbers::{count, digits, seconds, signed, span, tick};
use crate::app::bench::outputs::shares::count_up_to;
use crate::measure::{Metric, Recording, Report, Spread};

/// Where people begin to detect it, in milliseconds: the sound 125 late to 45 early (ITU-R BT.1359-1, section 3).
const BAND: (f64, f64) = (-125.0, 45.0);

/// Bars of the distribution.
const BARS: u32 = 34;

/// The section; empty where no offset is known.
pub fn section(recording: &Recording, report: &Report) -> String {
    let found =
        [Metric::AvOffset, Metric::AvContent].map(|metric| recording.spreads.get(&metric).filter(|spread| spread.n() > 0));
    let Some(spread) = found[0].or(found[1]) else { return String::new() };
    let farthest = spread.max().unwrap_or(0.0).abs().max(spread.min().unwrap_or(0.0).abs());
    let high = round_up((farthest * 1.05).max(60.0));
    let range = (-round_up((farthest * 1.05).max(150.0)), high);
    let steps = thin::course(&recording.course);
    let end = recording.end.at_us.max(steps.last().map_or(0, |step| step.at_us.saturating_add(step.span_us))) as f64 / 1e6;
    let says = format!(
        "Median {}, from {} to {}, {} samples. The band is 125 ms late to 45 ms early.",
        signed(spread.quantile(0.5)),
        span(spread.min()),
        span(spread.max()),
        count(spread.n())
    );
    let sign = |value: f64| if value > 0.0 { "+" } else { "" };
    let rows = ticks(range.0, range.1, 5).into_iter().map(|value| (value, format!("{}{}", sign(value), tick(value))));
    let rows: Vec<(f64, String)> = rows.collect();
    let mut plot = Plot::new("sync-course", "Sound minus picture over the run, ms", &says, 240.0, (0.0, end), range);
    plot.belt(BAND.0, BAND.1, "band");
    plot.rows(&rows);
    plot.columns(&ticks(0.0, end, 5).into_iter().map(|value| (value, seconds(value))).collect::<Vec<_>>());
    let middle = |at_us: u64, span_us: u64| (at_us as f64 + span_us as f64 / 2.0) / 1e6;
    plot.line(steps.iter().map(|step| (middle(step.at_us, step.span_us), step.av_far)), "thin s2");
    plot.line(steps.iter().map(|step| (middle(step.at_us, step.span_us), step.av_p50)), "line s1");
    plot.hover(steps.iter().map(|step| {
        let from = step.at_us as f64 / 1e6;
        let says = format!("{}: median {} ms, farthest {} ms", seconds(from), signed(step.av_p50), signed(step.av_far));
        (from, from + step.span_us as f64 / 1e6, says)
    }));
    let content = match (found[0], report.metric(Metric::AvContent).filter(|summary| summary.n > 0)) {
        (Some(_), Some(content)) => {
            format!("As seen and heard, flash against click: median {} ms, n {}.", signed(content.p50), count(content.n))
        }
        (None, Some(_)) => "As seen and heard: flash against click.".to_owned(),
        (_, None) => String::new(),
    };
    format!(
        "<section class=\"card\" aria-labelledby=\"sync\" data-group><div class=\"title\"><h2 id=\"sync\">Sound and picture</h2>\
         <p class=\"read\">above 0 the sound is early</p></div><p class=\"note\">Sound minus picture at each presented frame. {} \
         The band is where people do not notice: up to 45 ms early and 125 ms late (ITU-R BT.1359).</p>{}\
         <div class=\"wide-narrow\"><div><h3>Over the run, ms</h3>{}</div><div><h3>How often</h3>{}</div></div></section>",
        text(&content),
        legend(&[("line s1", "median"), ("line s2", "farthest from 0"), ("band", "not noticed")]),
        plot.finish(),
        distribution(spread, range, &rows, &says),
    )
}

fn distribution(spread: &Spread, range: (f64, f64), rows: &[(f64, String)], says: &str) -> String {
    let step = (range.1 - range.0) / f64::from(BARS);
    let edges: Vec<f64> = (0..=BARS).map(|bar| range.0 + f64::from(bar) * step).collect();
    let shares: Vec<f64> = edges.windows(2).map(|pair| share(spread, pair[0], pair[1])).collect();
    let most = shares.iter().copied().fold(0.0, f64::max).max(0.001);
    let mut plot = Plot::new("sync-spread", "How often each offset was", says, 240.0, (0.0, most), range);
    plot.belt(BAND.0, BAND.1, "band");
    plot.rows(rows);
    plot.columns(&[(0.0, String::new()), (most, format!("{} %", digits(most * 100.0)))]);
    for (pair, share) in edges.windows(2).zip(&shares).filter(|(_, share)| **share > 0.0) {
        plot.lying(pair[0], pair[1], *share, "f1");
    }
    plot.finish()
}

/// The share of the samples above one value and up to another.
fn share(spread: &Spread, above: f64, to: f64) -> f64 {
    count_up_to(spread, to).saturating_sub(count_up_to(spread, above)) as f64 / spread.n().max(1) as f64
}
