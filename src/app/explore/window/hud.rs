//! The figures in words: from a snapshot of playback to rows of text. Draws nothing.

use super::view::{Tone, View, tier_words};
use crate::media::{DropCounts, MediaDelta};
use crate::player::{AudioState, Snapshot, Verdict};

/// Sound against picture that nobody notices (ITU-R BT.1359-1, detectability): sound at most 45 ms early, at most 125 ms late.
const EARLY_MS: f64 = 45.0;
const LATE_MS: f64 = 125.0;

/// One row: what, how much, how it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) tone: Tone,
}

/// Median and 95th percentile of the time from an input to its light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Photon {
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
}

/// All rows, in their order.
pub(super) fn rows(view: &View, now: &Snapshot, photon: Option<Photon>, adapter: &str) -> Vec<Row> {
    let row = |label, value, tone| Row { label, value, tone };
    let mut rows = vec![
        row("frames", frames(now), Tone::Plain),
        row("delay", delay(now), if now.verdict.is_well() { Tone::Plain } else { Tone::Warn }),
        offset(now),
        row("input", photon.map_or_else(|| "no input yet".to_owned(), photon_words), Tone::Plain),
        row("picture", picture(view, now), Tone::Plain),
    ];
    if let Some(link) = view.link {
        rows.push(row("round trip", format!("{:.1} ms", link.rtt.as_secs_f64() * 1e3), Tone::Plain));
    }
    rows.push(row("drops", drops(&now.drops), if now.drops.total() > 0 { Tone::Warn } else { Tone::Plain }));
    let silent = now.audio == AudioState::Silent;
    rows.push(row("sound", sound(view, now), if silent { Tone::Warn } else { Tone::Plain }));
    rows.push(row("drawn by", adapter.to_owned(), Tone::Plain));
    if let Some(left) = view.seconds_left {
        let (minutes, seconds) = ((left / 60.0).floor(), left % 60.0);
        rows.push(row(
            "time left",
            format!("{minutes:.0}:{seconds:02.0}"),
            if left < 60.0 { Tone::Warn } else { Tone::Plain },
        ));
    }
    rows
}

fn frames(now: &Snapshot) -> String {
    let rate = now.recent.fps.map_or_else(|| "–".to_owned(), |fps| format!("{fps:.1}"));
    let decode = now.decode.map_or_else(String::new, |decode| format!(" · decode {:.1} ms", decode.as_millis_f64()));
    format!("{rate} fps{decode}")
}

fn delay(now: &Snapshot) -> String {
    let have = now.delay.map_or_else(|| "–".to_owned(), whole);
    let verdict = match now.verdict {
        Verdict::Steady | Verdict::Starting => String::new(),
        other => format!(" · {other}"),
    };
    format!("{have} of {} ms · cap {}{verdict}", whole(now.target), whole(now.cap))
}

fn offset(now: &Snapshot) -> Row {
    let Some(offset) = now.av_offset else {
        return Row { label: "sync", value: "–".to_owned(), tone: Tone::Plain };
    };
    let ms = offset.as_millis_f64();
    let tone = if (-LATE_MS..=EARLY_MS).contains(&ms) { Tone::Plain } else { Tone::Bad };
    Row { label: "sync", value: format!("sound {ms:+.1} ms"), tone }
}

fn photon_words(photon: Photon) -> String {
    format!("{:.0} ms to light · p95 {:.0}", photon.p50_ms, photon.p95_ms)
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
    let dry = if now.underruns > 0 { format!(" · {} dry", now.underruns) } else { String::new() };
    format!("{codec}{state}{dry}")
}

fn whole(delta: MediaDelta) -> String {
    format!("{:.0}", delta.as_millis_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::DropCause;

    fn value(rows: &[Row], label: &str) -> (String, Tone) {
        rows.iter().find(|row| row.label == label).map(|row| (row.value.clone(), row.tone)).expect("a row")
    }

    #[test]
    fn figures_that_are_unknown_are_dashes_and_not_zeros() {
        let rows = rows(&View::new(true), &Snapshot::default(), None, "llvmpipe");
        assert_eq!(value(&rows, "frames").0, "– fps");
        assert!(value(&rows, "delay").0.starts_with("– of"));
        assert_eq!(value(&rows, "sync").0, "–");
        assert_eq!(value(&rows, "input").0, "no input yet");
        assert_eq!(value(&rows, "drops").0, "none");
    }

    #[test]
    fn delay_stands_beside_its_target_and_cap() {
        let now = Snapshot {
            delay: Some(MediaDelta::from_millis(52)),
            target: MediaDelta::from_millis(48),
            cap: MediaDelta::from_millis(150),
            verdict: Verdict::Steady,
            ..Snapshot::default()
        };
        assert_eq!(value(&rows(&View::new(true), &now, None, ""), "delay"), ("52 of 48 ms · cap 150".into(), Tone::Plain));
    }

    #[test]
    fn drops_are_named_by_cause() {
        let mut now = Snapshot::default();
        now.drops.add(DropCause::Late, 3);
        now.drops.add(DropCause::NoReference, 1);
        assert_eq!(value(&rows(&View::new(true), &now, None, ""), "drops"), ("3 late · 1 no reference".into(), Tone::Warn));
    }

    #[test]
    fn sound_that_is_noticeably_early_or_late_is_marked() {
        let tone = |ms| {
            let now = Snapshot { av_offset: Some(MediaDelta::from_millis(ms)), ..Snapshot::default() };
            value(&rows(&View::new(true), &now, None, ""), "sync").1
        };
        assert_eq!([-130, -120, 0, 40, 50].map(tone), [Tone::Bad, Tone::Plain, Tone::Plain, Tone::Plain, Tone::Bad]);
    }
}
