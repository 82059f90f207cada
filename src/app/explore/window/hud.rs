//! The figures in words and numbers: from a snapshot of playback to what a display shows of it. Draws nothing. Labels are the
//! field's own: playout delay, target, cap, A/V offset, input to photon.

use super::view::{Tone, View, tier_words};
use crate::media::{DropCounts, MediaDelta};
use crate::player::{AudioState, SOUND_EARLY, SOUND_LATE, Shares, Snapshot, Spread, Trace, Verdict};
use crate::session::Link;

/// Above the target by more than this, the delay is marked.
const NEAR_MS: f32 = 30.0;

/// One row: what, how much, how it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) tone: Tone,
}

/// One row of percentiles: p50 and p95 of the last second, p50 and p95 of the last 30 s, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) label: &'static str,
    pub(super) columns: [String; 4],
}

/// The playout delay, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Delay {
    pub(super) now: Option<f32>,
    pub(super) target: f32,
    pub(super) cap: f32,
    pub(super) trace: Trace,
}

/// Sound minus picture, in milliseconds; positive: the sound is early.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Offset {
    pub(super) now: Option<f32>,
    /// How much of the last 30 s was outside what is undetectable, in percent.
    pub(super) outside_pct: Option<f64>,
}

/// All that the figures show.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Content {
    pub(super) verdict: String,
    pub(super) tone: Tone,
    pub(super) rate: String,
    pub(super) delay: Delay,
    pub(super) offset: Offset,
    pub(super) table: Vec<Figures>,
    /// The most telling first: a small window shows as many as fit.
    pub(super) rows: Vec<Row>,
    /// For the small line, beside the verdict; the most telling first.
    pub(super) brief: Vec<(String, Tone)>,
}

impl Delay {
    /// How the delay is meant: above the cap is bad, well above the target worth a look.
    pub(super) fn tone(&self) -> Tone {
        match self.now {
            Some(now) if now > self.cap + 1.0 => Tone::Bad,
            Some(now) if now > self.target + NEAR_MS => Tone::Warn,
            _ => Tone::Plain,
        }
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        self.now.map_or_else(|| "–".to_owned(), |now| format!("{now:.0} ms"))
    }
}

impl Offset {
    /// How the offset is meant: beyond the thresholds of detectability it is bad.
    pub(super) fn tone(&self) -> Tone {
        let undetected = SOUND_LATE.as_millis_f64() as f32..=SOUND_EARLY.as_millis_f64() as f32;
        if self.now.is_none_or(|now| undetected.contains(&now)) { Tone::Plain } else { Tone::Bad }
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        match self.now {
            None => "–".to_owned(),
            Some(now) if now.abs() < 0.5 => "0 ms".to_owned(),
            Some(now) => format!("{now:+.0} ms").replace('-', "−"),
        }
    }
}

impl Content {
    /// What the figures show now.
    pub(super) fn of(view: &View, now: &Snapshot, adapter: &str) -> Self {
        let delay = Delay {
            now: now.delay.map(millis),
            target: millis(now.target),
            cap: millis(now.cap),
            trace: now.recent.trace.clone(),
        };
        let offset = Offset { now: now.av_offset.map(millis), outside_pct: now.recent.av_outside_pct };
        let rate = now.recent.fps.map_or_else(|| "– fps".to_owned(), |fps| format!("{fps:.0} fps"));
        let mut brief = vec![(format!("delay {} of {:.0}", delay.words(), delay.target), delay.tone())];
        if offset.now.is_some() {
            brief.push((format!("A/V {}", offset.words()), offset.tone()));
        }
        brief.push((rate.clone(), Tone::Plain));
        if let Some(photon) = now.recent.input_to_photon.half_minute {
            brief.push((format!("input to photon {:.0} ms", photon.p50), Tone::Plain));
        }
        let table = table(now);
        let rows = rows(view, now, adapter);
        Self { verdict: now.verdict.to_string(), tone: tone(now.verdict), rate, delay, offset, table, rows, brief }
    }
}

/// How a verdict is meant.
pub(super) const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Steady => Tone::Good,
        Verdict::Starting | Verdict::Paused => Tone::Plain,
        Verdict::Stalled { .. } => Tone::Bad,
        Verdict::Late { .. } | Verdict::Recovering { .. } | Verdict::WaitingForKeyframe | Verdict::NoSoundDevice => {
            Tone::Warn
        }
    }
}

fn table(now: &Snapshot) -> Vec<Figures> {
    let recent = &now.recent;
    [
        ("playout delay", recent.delay),
        ("|A/V offset|", recent.av_magnitude),
        ("input to photon", recent.input_to_photon),
        ("frame interval", recent.interval),
        ("packets late by", recent.lateness),
        ("decode", recent.decode),
        ("draw", recent.draw),
        ("server, per frame", recent.server),
    ]
    .map(|(label, spread)| Figures { label, columns: columns(spread) })
    .into()
}

fn columns(Spread { second, half_minute }: Spread) -> [String; 4] {
    [second.map(|s| s.p50), second.map(|s| s.p95), half_minute.map(|s| s.p50), half_minute.map(|s| s.p95)].map(figure)
}

/// As exact as it can be read: tenths below ten.
fn figure(millis: Option<f64>) -> String {
    match millis {
        None => "–".to_owned(),
        Some(millis) if millis.abs() < 9.95 => format!("{millis:.1}"),
        Some(millis) => format!("{millis:.0}"),
    }
}

fn rows(view: &View, now: &Snapshot, adapter: &str) -> Vec<Row> {
    let row = |label, value, tone| Row { label, value, tone };
    let share_tone = |shares: Shares| if shares.second.is_some_and(|share| share >= 0.5) { Tone::Warn } else { Tone::Plain };
    let recent = &now.recent;
    let mut rows = Vec::with_capacity(8);
    rows.push(row("concealed", shares(recent.concealed_pct), share_tone(recent.concealed_pct)));
    let dropped = if recent.drops.total() > 0 { Tone::Warn } else { Tone::Plain };
    rows.push(row("drops in 30 s", drops(&recent.drops), dropped));
    rows.push(row("stretched", shares(recent.stretched_pct), Tone::Plain));
    if let Some(left) = view.seconds_left {
        let (minutes, seconds) = ((left / 60.0).floor(), (left % 60.0).floor());
        let tone = if left < 60.0 { Tone::Warn } else { Tone::Plain };
        rows.push(row("time left", format!("{minutes:.0}:{seconds:02.0}"), tone));
    }
    rows.push(row("received", received(recent.received_kbit_s, view.link), Tone::Plain));
    rows.push(row("picture", picture(view, now), Tone::Plain));
    let silent = now.audio == AudioState::Silent;
    rows.push(row("sound", sound(view, now), if silent { Tone::Warn } else { Tone::Plain }));
    rows.push(row("drawn by", adapter.to_owned(), Tone::Plain));
    rows
}

fn shares(shares: Shares) -> String {
    let percent = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| format!("{share:.1} %"));
    format!("{} in 1 s · {} in 30 s", percent(shares.second), percent(shares.half_minute))
}

fn received(kbit_s: Option<f64>, link: Option<Link>) -> String {
    let rate = match kbit_s {
        None => "–".to_owned(),
        Some(rate) if rate < 999.5 => format!("{rate:.0} kbit/s"),
        Some(rate) => format!("{:.1} Mbit/s", rate / 1e3),
    };
    link.map_or_else(|| rate.clone(), |link| format!("{rate} · round trip {:.1} ms", link.rtt.as_secs_f64() * 1e3))
}

fn picture(view: &View, now: &Snapshot) -> String {
    if let Some(tier) = &view.tier {
        return tier_words(tier);
    }
    now.size.map_or_else(|| "–".to_owned(), |size| size.to_string())
}

fn drops(drops: &DropCounts) -> String {
    let causes: Vec<String> =
        drops.iter().map(|(cause, count)| format!("{count} {}", cause.name().replace('_', " "))).collect();
    if causes.is_empty() { "none".to_owned() } else { causes.join(" · ") }
}

fn sound(view: &View, now: &Snapshot) -> String {
    if view.audio.as_ref().is_some_and(|audio| !audio.enabled) {
        return "off".to_owned();
    }
    let codec = now.audio_codec.map_or_else(String::new, |codec| format!("{codec} · "));
    let state = match now.audio {
        AudioState::Playing if now.audio_text.is_empty() => "playing".to_owned(),
        AudioState::Waiting if now.audio_text.is_empty() => "waiting".to_owned(),
        AudioState::Silent if now.audio_text.is_empty() => "no device".to_owned(),
        // The player's sentence ends with the reason, which is what there is room for.
        AudioState::Silent => format!("silent · {}", now.audio_text.rsplit(": ").next().unwrap_or_default()),
        _ => now.audio_text.clone(),
    };
    format!("{codec}{state}")
}

fn millis(delta: MediaDelta) -> f32 {
    delta.as_millis_f64() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::DropCause;
    use crate::player::{Cause, Recent};
    use crate::stats::Summary;

    fn content(now: &Snapshot) -> Content {
        Content::of(&View::new(Default::default()), now, "llvmpipe")
    }

    fn value(content: &Content, label: &str) -> (String, Tone) {
        content.rows.iter().find(|row| row.label == label).map(|row| (row.value.clone(), row.tone)).expect("a row")
    }

    #[test]
    fn figures_that_are_unknown_are_dashes_and_not_zeros() {
        let content = content(&Snapshot::default());
        assert_eq!((content.delay.words().as_str(), content.offset.words().as_str()), ("–", "–"));
        assert_eq!(content.rate, "– fps");
        assert!(content.table.iter().all(|row| row.columns.iter().all(|column| column == "–")), "{:?}", content.table);
        assert_eq!(value(&content, "concealed").0, "– in 1 s · – in 30 s");
        assert_eq!(value(&content, "drops in 30 s").0, "none");
    }

    #[test]
    fn the_verdict_is_told_with_its_cause_and_figure() {
        let verdict = Verdict::Late { cause: Cause::Network, by: MediaDelta::from_millis(38) };
        let content = content(&Snapshot { verdict, ..Snapshot::default() });
        assert_eq!((content.verdict.as_str(), content.tone), ("late: network, 38 ms", Tone::Warn));
    }

    #[test]
    fn a_delay_is_marked_where_it_leaves_its_target_and_worse_where_it_breaks_its_promise() {
        let tone = |now| Delay { now: Some(now), target: 48.0, cap: 150.0, trace: Trace::default() }.tone();
        assert_eq!([52.0, 79.0, 152.0].map(tone), [Tone::Plain, Tone::Warn, Tone::Bad]);
    }

    #[test]
    fn percentiles_stand_in_their_windows_column() {
        let summary = |p50, p95| Some(Summary { n: 60, p50, p95, p99: p95, max: p95 });
        let delay = Spread { second: summary(51.2, 58.0), half_minute: summary(9.94, 74.4) };
        let now = Snapshot { recent: Recent { delay, ..Recent::default() }, ..Snapshot::default() };
        assert_eq!(content(&now).table[0].columns, ["51", "58", "9.9", "74"]);
    }

    #[test]
    fn drops_are_those_of_the_last_half_minute_by_cause() {
        let mut now = Snapshot::default();
        now.drops.add(DropCause::Corrupt, 900);
        now.recent.drops.add(DropCause::Late, 3);
        now.recent.drops.add(DropCause::NoReference, 1);
        assert_eq!(value(&content(&now), "drops in 30 s"), ("3 late · 1 no reference".into(), Tone::Warn));
    }

    #[test]
    fn sound_that_is_noticeably_early_or_late_is_marked() {
        let tone = |ms| Offset { now: Some(ms), outside_pct: None }.tone();
        assert_eq!(
            [-130.0, -120.0, 0.0, 40.0, 50.0].map(tone),
            [Tone::Bad, Tone::Plain, Tone::Plain, Tone::Plain, Tone::Bad]
        );
        assert_eq!(Offset { now: Some(-3.4), outside_pct: None }.words(), "−3 ms");
    }
}
