//! The spectrum of percentiles: how bad the worst tenth, hundredth, thousandth is, on an axis on which each has the same room.

use super::markup::{legend, text};
use super::plot::{Plot, round_up, ticks};
use crate::app::bench::outputs::numbers::{count, span, tick};
use crate::app::bench::outputs::sections::command_metrics;
use crate::app::bench::outputs::words;
use crate::measure::{Metric, Recording, Report, Spread};

/// Points of a curve: one for each twentieth of a nine.
const FINENESS: f64 = 20.0;

/// Both spectra: of commands, corrected and as a closed loop would see it, and of the intervals between frames.
pub fn section(recording: &Recording, report: &Report) -> String {
    let (corrected, uncorrected) = command_metrics(report);
    let steady = if recording.spreads.contains_key(&Metric::PresentInterval) {
        Metric::PresentInterval
    } else {
        Metric::FrameInterval
    };
    let commands = chart("spectrum-commands", report, recording, &[corrected, uncorrected]);
    let frames = chart("spectrum-frames", report, recording, &[steady]);
    if commands.is_none() && frames.is_none() {
        return String::new();
    }
    let lines = legend(&[
        ("line s1", "corrected: from when a command was due"),
        ("line s2", "uncorrected: from when it left, as a closed loop sees it"),
    ]);
    let commands = commands.map_or_else(
        || "<p class=\"note\">No command was answered in the measured window.</p>".to_owned(),
        |chart| chart + &lines,
    );
    let frames = frames.unwrap_or_else(|| "<p class=\"note\">No two frames came in the measured window.</p>".to_owned());
    format!(
        "<section class=\"card\" aria-labelledby=\"spectrum\"><h2 id=\"spectrum\">How bad the worst ones are</h2>\
         <p class=\"note\">Every point: this share of the samples was at most that slow. Each further nine has the same room.</p>\
         <div class=\"two\"><div data-group><h3>{}, ms</h3><p class=\"read\">&nbsp;</p>{commands}</div>\
         <div data-group><h3>{}, ms</h3><p class=\"read\">&nbsp;</p>{frames}</div></div></section>",
        text(&sentence(words::title(corrected))),
        text(&sentence(words::title(steady))),
    )
}

fn chart(id: &str, report: &Report, recording: &Recording, metrics: &[Metric]) -> Option<String> {
    let spreads: Vec<(Metric, &Spread)> = metrics
        .iter()
        .filter_map(|metric| Some((*metric, recording.spreads.get(metric)?)))
        .filter(|(_, spread)| spread.n() > 0)
        .collect();
    let (first, most) = (spreads.first()?.0, spreads.iter().map(|(_, spread)| spread.n()).max()?);
    // One sample beyond the last nine: further out there is nothing to see.
    let end = (most as f64).log10().clamp(1.0, 6.0);
    let limits: Vec<(f64, String)> = report
        .objectives
        .iter()
        .filter(|verdict| verdict.metric == first.name() && verdict.stat.starts_with('p'))
        .filter_map(|verdict| Some((limit(&verdict.objective)?, verdict.objective.clone())))
        .collect();
    let highest = spreads.iter().filter_map(|(_, spread)| spread.max()).fold(0.0, f64::max);
    // An objective far above everything would squeeze what was measured.
    let shown = limits.iter().map(|(value, _)| *value).filter(|value| *value < highest * 2.5).fold(highest, f64::max);
    let top = round_up(shown * 1.02);
    let mut plot =
        Plot::new(id, &format!("{}: percentiles", words::title(first)), &says(&spreads), 260.0, (0.0, end), (0.0, top));
    plot.rows(&ticks(0.0, top, 5).into_iter().map(|value| (value, tick(value))).collect::<Vec<_>>());
    plot.columns(&nines(end));
    let mut points: Vec<Vec<(f64, Option<f64>)>> = Vec::new();
    for (_, spread) in &spreads {
        let own = (spread.n() as f64).log10().clamp(0.0, end);
        let at = |step: u32| f64::from(step) / FINENESS;
        let value = |nines: f64| spread.quantile(1.0 - 10f64.powf(-nines));
        let steps = (own * FINENESS).ceil() as u32;
        let mut curve: Vec<_> = (0..steps).map(|step| (at(step), value(at(step)))).collect();
        curve.push((own, spread.max()));
        points.push(curve);
    }
    if let [corrected, uncorrected] = &points[..] {
        // Both have a point at every twentieth of a nine, as far as the shorter one goes.
        let both = corrected.iter().zip(uncorrected).filter(|((one, _), (other, _))| one == other);
        let between: Vec<_> = both.map(|((x, high), (_, low))| (*x, low.zip(*high))).collect();
        plot.area(&between, "area");
    }
    for (index, curve) in points.into_iter().enumerate().rev() {
        if let Some((x, Some(y))) = curve.last().copied() {
            plot.dot(x, y, if index == 0 { "f1" } else { "f2" });
        }
        plot.line(curve, if index == 0 { "line s1" } else { "line s2" });
    }
    for (value, words) in limits.iter().filter(|(value, _)| *value <= top) {
        plot.limit(*value, words, "limit");
    }
    let columns = (0..(end * 10.0) as u32).map(|step| {
        let (from, to) = (f64::from(step) / 10.0, f64::from(step + 1) / 10.0);
        let share = 1.0 - 10f64.powf(-from);
        let values: Vec<String> = spreads
            .iter()
            .map(|(metric, spread)| format!("{} {}", words::title(*metric), span(spread.quantile(share))))
            .collect();
        (from, to, format!("p{}: {}", percent(share), values.join(", ")))
    });
    plot.hover(columns);
    Some(plot.finish())
}

/// The value in an objective such as `ttff:p95 < 2 s`, in milliseconds.
fn limit(objective: &str) -> Option<f64> {
    let value = objective.rsplit(['<', '>', '=']).next()?.trim();
    let split = value.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = value.split_at(split);
    let scale = match unit.trim() {
        "ms" => 1.0,
        "s" => 1e3,
        "us" | "µs" => 1e-3,
        _ => return None,
    };
    Some(number.trim().parse::<f64>().ok()? * scale)
}

fn nines(end: f64) -> Vec<(f64, String)> {
    [(0.0, "0"), (0.301, "50"), (1.0, "90 %"), (2.0, "99"), (3.0, "99.9"), (4.0, "99.99"), (5.0, "99.999"), (6.0, "99.9999")]
        .into_iter()
        .filter(|(at, _)| *at <= end + 0.001)
        .map(|(at, words)| (at, words.to_owned()))
        .collect()
}

/// Per cent, with as many digits as there are nines.
fn percent(share: f64) -> String {
    let text = format!("{:.4}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn says(spreads: &[(Metric, &Spread)]) -> String {
    let each: Vec<String> = spreads
        .iter()
        .map(|(metric, spread)| {
            format!(
                "{}: median {}, highest {}, {} samples",
                words::title(*metric),
                span(spread.quantile(0.5)),
                span(spread.max()),
                count(spread.n())
            )
        })
        .collect();
    each.join("; ")
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_they_are_written() {
        assert_eq!(limit("ttff:p95 < 2 s"), Some(2000.0));
        assert_eq!(limit("cmd_to_present:p99<100ms"), Some(100.0));
        assert_eq!(limit("freezes:count == 0"), None);
    }
}
