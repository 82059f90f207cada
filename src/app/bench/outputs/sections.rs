//! The order in which figures are shown: the same in every form for people.

use super::numbers::{self, UNKNOWN, seconds};
use crate::measure::{Metric, Report, Scalar, Verdict};
use crate::session::clean;

/// Longest word of a configuration in its line, in characters: a prompt may be long.
const LONGEST: usize = 60;

/// A time behind the run that nobody needs to be told of, in seconds: worlds end that soon.
const SHORT_S: f64 = 0.1;

/// Figures that belong together.
pub struct Section {
    /// What they are about.
    pub title: &'static str,
    /// Distributions.
    pub metrics: &'static [Metric],
    /// Single numbers.
    pub scalars: &'static [Scalar],
}

/// All of them, the most wanted first. Every metric and every scalar stands in one of them.
pub const SECTIONS: &[Section] = &[
    Section {
        title: "Start",
        metrics: &[Metric::Ttff, Metric::TtffPresented, Metric::Ttfa, Metric::Create, Metric::Connect, Metric::Ready],
        scalars: &[Scalar::Sessions, Scalar::SessionsCompleted, Scalar::SessionsFailed, Scalar::LeakedSessions],
    },
    Section {
        title: "Commands",
        metrics: &[
            Metric::CmdToPresent,
            Metric::CmdToPresentUncorrected,
            Metric::CmdToPixels,
            Metric::CmdToFrame,
            Metric::CmdToFrameUncorrected,
            Metric::CmdToAck,
            Metric::CmdToAckUncorrected,
            Metric::SendLag,
        ],
        scalars: &[Scalar::Commands, Scalar::CommandsRejected, Scalar::CommandsUnanswered],
    },
    Section {
        title: "Steadiness",
        metrics: &[
            Metric::FrameInterval,
            Metric::PresentInterval,
            Metric::Jitter,
            Metric::Lateness,
            Metric::Freeze,
            Metric::Reconnect,
        ],
        scalars: &[
            Scalar::Fps,
            Scalar::FpsLow,
            Scalar::Frames,
            Scalar::FramesPresented,
            Scalar::Stutters,
            Scalar::Freezes,
            Scalar::FrozenPct,
            Scalar::Lost,
            Scalar::Drops,
            Scalar::QualitySwitches,
            Scalar::Reconnects,
            Scalar::FramesLostPerReconnect,
        ],
    },
    Section {
        title: "Sound and picture",
        metrics: &[Metric::AvOffset, Metric::AvContent],
        scalars: &[Scalar::ConcealedPct],
    },
    Section {
        title: "Stages",
        metrics: &[
            Metric::ToServer,
            Metric::ServerRender,
            Metric::ServerEncode,
            Metric::ServerQueue,
            Metric::Network,
            Metric::Transfer,
            Metric::Buffer,
            Metric::Decode,
            Metric::Wait,
            Metric::Present,
            Metric::Client,
            Metric::Rtt,
        ],
        scalars: &[],
    },
    Section {
        title: "Load and cost",
        metrics: &[Metric::Close],
        scalars: &[
            Scalar::Goodput,
            Scalar::CpuCores,
            Scalar::CpuPerSession,
            Scalar::Memory,
            Scalar::MemoryPerSession,
            Scalar::WorldSeconds,
            Scalar::Credits,
        ],
    },
];

/// The latency of commands that a report leads with, and the same as a closed loop would see it: to the presented picture where
/// sessions were decoded, to the received frame otherwise.
#[must_use]
pub fn command_metrics(report: &Report) -> (Metric, Metric) {
    if samples(report, Metric::CmdToPresent) > 0 {
        (Metric::CmdToPresent, Metric::CmdToPresentUncorrected)
    } else {
        (Metric::CmdToFrame, Metric::CmdToFrameUncorrected)
    }
}

/// How many samples a metric has.
#[must_use]
pub fn samples(report: &Report, metric: Metric) -> u64 {
    report.metric(metric).map_or(0, |summary| summary.n)
}

/// Names of the metrics without a sample, in the order of the sections.
#[must_use]
pub fn unmeasured(report: &Report) -> Vec<&'static str> {
    let metrics = SECTIONS.iter().flat_map(|section| section.metrics);
    metrics.filter(|metric| samples(report, **metric) == 0).map(|metric| metric.name()).collect()
}

/// A run's configuration in a line: its values, the most telling first.
#[must_use]
pub fn configuration(report: &Report) -> String {
    const FIRST: [&str; 7] = ["profile", "sessions", "duration", "tier", "world", "audio", "decode"];
    let word = |name: &str| -> Option<String> {
        let value = report.configuration.get(name)?;
        let value = clean(&value.as_str().map_or_else(|| value.to_string(), str::to_owned), LONGEST);
        match (name, value.as_str()) {
            (_, "null" | "") => None,
            ("sessions", "1") => Some("1 session".to_owned()),
            ("sessions", _) => Some(format!("{value} sessions")),
            ("profile" | "duration" | "world", _) => Some(value),
            (_, _) => Some(format!("{name} {value}")),
        }
    };
    FIRST.iter().filter_map(|name| word(name)).collect::<Vec<_>>().join(" · ")
}

/// Where the run was measured, and what was left out, in a line. What it took to end the worlds is no cool-down.
#[must_use]
pub fn window(report: &Report) -> String {
    let (from, to) = report.window_s;
    let behind = (report.duration_s - to).max(0.0);
    let planned = report.configuration.get("cooldown_s").and_then(serde_json::Value::as_f64);
    let cooldown = planned.map_or(behind, |planned| behind.min(planned));
    let ending = behind - cooldown;
    let ending = if ending < SHORT_S { String::new() } else { format!("; ending took {} more", seconds(ending)) };
    format!(
        "measured from {} to {} of {} (warm-up {}, cool-down {}, both left out{ending})",
        seconds(from),
        seconds(to),
        seconds(report.duration_s),
        seconds(from),
        seconds(cooldown),
    )
}

/// How many samples an objective was judged by; empty where it is no matter of samples.
#[must_use]
pub fn judged_by(verdict: &Verdict) -> String {
    if Metric::named(&verdict.metric).is_some() { numbers::count(verdict.n) } else { String::new() }
}

/// What was measured for an objective, with its unit.
#[must_use]
pub fn measured(verdict: &Verdict) -> String {
    match (Metric::named(&verdict.metric), Scalar::named(&verdict.metric), verdict.measured) {
        (_, _, None) => UNKNOWN.to_owned(),
        (Some(_), _, Some(number)) if verdict.stat == "n" => numbers::digits(number),
        (Some(_), _, measured) => numbers::span(measured),
        (None, Some(scalar), measured) => numbers::scalar(scalar, measured),
        (None, None, Some(number)) => numbers::digits(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What nobody planned is no cool-down: a server that takes its time to end worlds, or a run that was broken off before it.
    #[test]
    fn a_cool_down_is_what_was_planned_and_came() {
        let of = |planned: f64, window_s: (f64, f64), duration_s: f64| {
            let configuration = [("cooldown_s".to_owned(), planned.into())].into();
            window(&Report { configuration, window_s, duration_s, ..Report::default() })
        };
        let said = of(0.0, (0.0, 20.0), 25.6);
        assert_eq!(
            said,
            "measured from 0 s to 20 s of 25.6 s (warm-up 0 s, cool-down 0 s, both left out; ending took 5.6 s more)"
        );
        let said = of(2.0, (1.0, 8.0), 10.01);
        assert_eq!(said, "measured from 1 s to 8 s of 10 s (warm-up 1 s, cool-down 2 s, both left out)");
        let said = of(2.0, (1.0, 4.0), 4.02);
        assert_eq!(said, "measured from 1 s to 4 s of 4 s (warm-up 1 s, cool-down 0 s, both left out)");
    }

    #[test]
    fn every_figure_stands_in_exactly_one_section() {
        let mut metrics: Vec<Metric> = SECTIONS.iter().flat_map(|section| section.metrics).copied().collect();
        metrics.sort();
        assert_eq!(metrics, Metric::ALL);
        let mut scalars: Vec<Scalar> = SECTIONS.iter().flat_map(|section| section.scalars).copied().collect();
        scalars.sort();
        assert_eq!(scalars, Scalar::ALL);
    }
}
