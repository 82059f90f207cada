//! What the window shows beside the picture: where the world stands, what was said to it and what it answered. A plain state that
//! letters change; no clock, no window, no drawing.

use std::collections::VecDeque;
use std::time::Duration;

use super::options::Hud;
use crate::client::WorldEvent;
use crate::media::{Monotonic, Tier, Track};
use crate::session::Link;
use crate::wire::{AckStatus, AudioState, CommandId, Hello, LimitKind, TierInfo, TierName, WorldState};

/// Most toasts at once; a newer one pushes the oldest out.
const MOST_TOASTS: usize = 4;

/// Most commands remembered until their acknowledgement; the session bounds them too.
const MOST_ASKED: usize = 64;

/// How long a toast stays, and one that asks to be read with care.
const BRIEF: Duration = Duration::from_millis(3500);
const LONG: Duration = Duration::from_secs(8);

/// Where the world stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    /// Nothing is known yet.
    Connecting,
    /// Waiting for capacity.
    Queued { position: u32, size: u32 },
    /// Being built.
    Warming { stage: String, percent: f32 },
    /// Running.
    Live,
    /// Its time stands still.
    Paused,
    /// It lives, and the connection to it does not.
    Away { attempt: u32, why: String, patience: Duration },
    /// Over.
    Ended { why: String, clean: bool },
    /// It never was.
    Failed { what: String, advice: String },
}

/// How a piece of text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Plain.
    Plain,
    /// Good news.
    Good,
    /// To be noticed.
    Warn,
    /// Something is wrong.
    Bad,
}

/// A short message that goes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) tone: Tone,
    pub(crate) until: Monotonic,
}

/// A message in the middle of the window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Card {
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) hint: String,
    /// 0 to 1.
    pub(crate) progress: Option<f32>,
    pub(crate) tone: Tone,
}

/// What a command asked for, until it is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Words: a direction or a wander prompt.
    Words(String),
    /// A tier; answered by a quality event.
    Tier(Tier),
    /// Sound on or off; answered by an audio event.
    Sound,
    /// Time stopped or running; answered by an event.
    Time,
}

/// The state.
#[derive(Debug)]
pub(super) struct View {
    pub(super) stage: Stage,
    pub(super) tier: Option<TierInfo>,
    pub(super) audio: Option<AudioState>,
    pub(super) link: Option<Link>,
    /// Seconds until the longest session is reached.
    pub(super) seconds_left: Option<f64>,
    pub(super) toasts: VecDeque<Toast>,
    pub(super) hud: Hud,
    pub(super) help: bool,
    /// A picture has been presented.
    pub(super) seen: bool,
    /// The user was told that nothing was done for long.
    idle: bool,
    asked: VecDeque<(CommandId, Asked)>,
    welcomed: bool,
}

impl View {
    /// Before anything happened.
    pub(super) fn new(hud: Hud) -> Self {
        Self {
            stage: Stage::Connecting,
            tier: None,
            audio: None,
            link: None,
            seconds_left: None,
            toasts: VecDeque::new(),
            hud,
            help: false,
            seen: false,
            idle: false,
            asked: VecDeque::new(),
            welcomed: false,
        }
    }

    /// Shows a short message.
    pub(super) fn toast(&mut self, now: Monotonic, tone: Tone, text: impl Into<String>) {
        let lasting = if matches!(tone, Tone::Plain | Tone::Good) { BRIEF } else { LONG };
        self.toast_for(now, lasting, tone, text.into());
    }

    fn toast_for(&mut self, now: Monotonic, lasting: Duration, tone: Tone, text: String) {
        self.toasts.retain(|toast| toast.text != text);
        if self.toasts.len() == MOST_TOASTS {
            self.toasts.pop_front();
        }
        self.toasts.push_back(Toast { text, tone, until: now + lasting });
    }

    /// Drops the toasts whose time is over; says whether any went.
    pub(super) fn expire(&mut self, now: Monotonic) -> bool {
        let before = self.toasts.len();
        self.toasts.retain(|toast| toast.until > now);
        self.toasts.len() != before
    }

    /// When the next toast goes.
    pub(super) fn next_expiry(&self) -> Option<Monotonic> {
        self.toasts.iter().map(|toast| toast.until).min()
    }

    /// Remembers what a command asked for.
    pub(super) fn asked(&mut self, id: CommandId, what: Asked) {
        if self.asked.len() == MOST_ASKED {
            self.asked.pop_front();
        }
        self.asked.push_back((id, what));
    }

    /// There is no world, and none will come; or it is over with an error, of which the end already said why.
    pub(super) fn failed(&mut self, what: String, advice: String) {
        if !matches!(self.stage, Stage::Ended { .. }) {
            self.stage = Stage::Failed { what, advice };
        }
    }

    /// The user did something. Whether that is news, as it was asked for.
    pub(super) fn user_is_there(&mut self) -> bool {
        let asked = std::mem::take(&mut self.idle);
        if asked {
            self.toasts.retain(|toast| !toast.text.starts_with("are you still there"));
        }
        asked
    }

    /// Whether the world is over or never was.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended { .. } | Stage::Failed { .. })
    }

    /// Takes in what happened to the world.
    pub(super) fn event(&mut self, now: Monotonic, event: WorldEvent) {
        match event {
            WorldEvent::Connecting => self.stage = Stage::Connecting,
            WorldEvent::Connected(hello) => self.hello(now, &hello),
            WorldEvent::Reconnecting { attempt, left, because, .. } => {
                self.stage = Stage::Away { attempt, why: because.to_string(), patience: left };
            }
            WorldEvent::Resumed { hello, outage, repeated } => {
                self.hello(now, &hello);
                let again =
                    if repeated == 0 { String::new() } else { " · what you said meanwhile is on its way".to_owned() };
                self.toast(now, Tone::Good, format!("back after {:.1} s{again}", outage.as_secs_f64()));
            }
            WorldEvent::Queued { position, size } => self.stage = Stage::Queued { position, size },
            WorldEvent::Warming { stage, percent } => self.stage = Stage::Warming { stage, percent },
            WorldEvent::Running(hello) => {
                if self.tier.is_none() {
                    self.hello(now, &hello);
                }
                self.live(now);
            }
            WorldEvent::Paused => self.stage = Stage::Paused,
            WorldEvent::Acknowledged { id, status, message, .. } => self.acknowledged(now, &id, &status, &message),
            WorldEvent::Unacknowledged { id, waited } => {
                let what = match self.asked.iter().find(|(asked, _)| *asked == id) {
                    Some((_, Asked::Words(words))) => format!("“{}”", short(words)),
                    _ => "a command".to_owned(),
                };
                self.toast(now, Tone::Warn, format!("no answer to {what} for {:.0} s", waited.as_secs_f64()));
            }
            WorldEvent::Quality { tier, reason, pinned } => {
                let mut text = format!("picture: {}", tier_words(&tier));
                if !pinned && !reason.is_empty() {
                    text.push_str(&format!(" ({})", short(&reason)));
                }
                self.tier = Some(tier);
                self.toast(now, Tone::Plain, text);
            }
            WorldEvent::Audio(audio) => {
                if self.audio.as_ref().is_some_and(|before| before.enabled != audio.enabled) {
                    self.toast(now, Tone::Plain, if audio.enabled { "sound on" } else { "sound off" });
                }
                self.audio = Some(audio);
            }
            WorldEvent::Tick { seconds_left, .. } => self.seconds_left = seconds_left,
            WorldEvent::Warning { limit: LimitKind::Idle, seconds_left, .. } => {
                self.idle = true;
                let text = format!("are you still there? The world ends in {seconds_left:.0} s: any key to stay");
                self.toast_for(now, Duration::from_secs_f64(seconds_left.clamp(0.0, 60.0)), Tone::Warn, text);
            }
            WorldEvent::Warning { seconds_left, message, .. } => {
                let what = if message.is_empty() { "a limit comes near".to_owned() } else { short(&message) };
                self.toast(now, Tone::Warn, format!("{what} · {seconds_left:.0} s left"));
            }
            WorldEvent::Error { code, message, .. } => {
                let words = if message.is_empty() { code } else { message };
                self.toast(now, Tone::Bad, format!("the server reports: {}", short(&words)));
            }
            WorldEvent::UnknownCodec { track, .. } => {
                let text = format!("the {track} comes in a codec that this program does not know");
                self.toast(now, Tone::Bad, text);
            }
            WorldEvent::Starved { track, .. } => {
                let text = match track {
                    Track::Video => "no picture comes",
                    Track::Audio => "no sound comes",
                };
                self.toast(now, Tone::Warn, text);
            }
            WorldEvent::Flowing { track } => {
                let text = match track {
                    Track::Video => "the picture is back",
                    Track::Audio => "the sound is back",
                };
                self.toast(now, Tone::Good, text);
            }
            WorldEvent::Link(link) => self.link = Some(link),
            WorldEvent::Ended { ending } => {
                self.stage = Stage::Ended { why: ending.to_string(), clean: ending.is_clean() };
            }
            // Skipped messages and unknown ones are for the log, which the session writes, and not for somebody who walks.
            _ => {}
        }
    }

    /// What stands in the middle of the window, if anything.
    pub(super) fn card(&self) -> Option<Card> {
        let card = |title: &str, detail: String, hint: &str, progress, tone| {
            Some(Card { title: title.to_owned(), detail, hint: hint.to_owned(), progress, tone })
        };
        match &self.stage {
            Stage::Connecting => card("Connecting", "reaching the world server".to_owned(), "", None, Tone::Plain),
            Stage::Queued { position, size } => {
                let of = if size >= position { format!(" of {size}") } else { String::new() };
                card("Waiting for a place", format!("number {position}{of} in the queue"), "", None, Tone::Plain)
            }
            Stage::Warming { stage, percent } => {
                let percent = if percent.is_finite() { percent.clamp(0.0, 100.0) } else { 0.0 };
                let detail = if stage.is_empty() { format!("{percent:.0} %") } else { format!("{stage} · {percent:.0} %") };
                card("The world is being made", detail, "", Some(percent / 100.0), Tone::Plain)
            }
            Stage::Live if self.seen => None,
            Stage::Live => card("The world is there", "waiting for its first picture".to_owned(), "", None, Tone::Plain),
            Stage::Paused => {
                card("Paused", "the world's time stands still".to_owned(), "Enter, then /resume", None, Tone::Plain)
            }
            Stage::Away { attempt, why, patience } => {
                let detail = format!("{} · trying again ({attempt}), for {:.0} s more", short(why), patience.as_secs_f64());
                card("Connection lost", detail, "the world waits for you", None, Tone::Warn)
            }
            Stage::Ended { why, clean } => {
                let tone = if *clean { Tone::Plain } else { Tone::Bad };
                card("The world has ended", why.clone(), "Q leaves", None, tone)
            }
            Stage::Failed { what, advice } => {
                let hint = if advice.is_empty() { "Q leaves".to_owned() } else { format!("{advice}\nQ leaves") };
                card("No world", what.clone(), &hint, None, Tone::Bad)
            }
        }
    }

    fn hello(&mut self, now: Monotonic, hello: &Hello) {
        self.tier = Some(hello.tier.clone());
        self.audio = Some(hello.audio.clone());
        match &hello.state {
            WorldState::Queued => self.stage = Stage::Queued { position: 1, size: 0 },
            WorldState::Warming => self.stage = Stage::Warming { stage: String::new(), percent: 0.0 },
            WorldState::Running => self.live(now),
            WorldState::Paused => self.stage = Stage::Paused,
            // How it ended is told by the event that follows.
            WorldState::Ended | WorldState::Other(_) => {}
        }
    }

    fn live(&mut self, now: Monotonic) {
        self.stage = Stage::Live;
        if !self.welcomed {
            self.welcomed = true;
            let text = "W A S D to walk · click to look around · Enter to direct · F1 for help".to_owned();
            self.toast_for(now, LONG, Tone::Plain, text);
        }
    }

    fn acknowledged(&mut self, now: Monotonic, id: &CommandId, status: &AckStatus, message: &str) {
        let place = self.asked.iter().position(|(asked, _)| asked == id);
        let asked = place.and_then(|place| self.asked.remove(place)).map(|(_, asked)| asked);
        let words = match (&asked, message.is_empty()) {
            (_, false) => short(message),
            (Some(Asked::Words(words)), true) => short(words),
            (Some(Asked::Tier(tier)), true) => tier.to_string(),
            (Some(Asked::Sound), true) => "sound".to_owned(),
            (Some(Asked::Time) | None, true) => String::new(),
        };
        match (status, asked) {
            // What these two do is told by the event that says so.
            (AckStatus::Applied | AckStatus::Duplicate, Some(Asked::Tier(_) | Asked::Sound | Asked::Time))
            | (AckStatus::Duplicate, None) => {}
            // After a loss a command is sent again, and its first answer may have been lost: then this is the first one seen.
            (AckStatus::Applied | AckStatus::Duplicate, _) => self.toast(now, Tone::Good, format!("understood: {words}")),
            (AckStatus::NotUnderstood, _) => self.toast(now, Tone::Warn, format!("not understood: {words}")),
            (AckStatus::Rejected, _) => self.toast(now, Tone::Bad, format!("refused: {words}")),
            (AckStatus::Other(status), _) => self.toast(now, Tone::Warn, format!("{status}: {words}")),
        }
    }
}

/// A tier in words.
pub(super) fn tier_words(tier: &TierInfo) -> String {
    let name = match &tier.name {
        TierName::Known(tier) => tier.name(),
        TierName::Other(name) => name.as_str(),
    };
    format!("{} {}x{} {}", short(name), tier.width, tier.height, short(&tier.codec))
}

/// Text from elsewhere, cut to what a line of the overlay holds.
fn short(text: &str) -> String {
    const MOST: usize = 120;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Ending;
    use crate::wire::EndReason;

    fn id(name: &str) -> CommandId {
        CommandId::new(name).expect("an id")
    }

    fn acknowledged(name: &str, status: AckStatus, message: &str) -> WorldEvent {
        WorldEvent::Acknowledged {
            id: id(name),
            status,
            message: message.to_owned(),
            input: Some(3),
            issued: Monotonic::ZERO,
            sent: Monotonic::ZERO,
            acknowledged: Monotonic::ZERO,
        }
    }

    fn newest(view: &View) -> (&str, Tone) {
        view.toasts.back().map(|toast| (toast.text.as_str(), toast.tone)).expect("a toast")
    }

    /// HO-18: progress is shown as it comes.
    #[test]
    fn warming_up_shows_its_stage_and_percent() {
        let mut view = View::new(Hud::Line);
        view.event(Monotonic::ZERO, WorldEvent::Warming { stage: "terrain".into(), percent: 25.0 });
        let card = view.card().expect("a card");
        assert_eq!((card.detail.as_str(), card.progress), ("terrain · 25 %", Some(0.25)));
        view.event(Monotonic::ZERO, WorldEvent::Warming { stage: "sky".into(), percent: f32::NAN });
        assert_eq!(view.card().and_then(|card| card.progress), Some(0.0), "a server's nonsense does not break the bar");
    }

    #[test]
    fn waiting_shows_the_place_in_the_queue() {
        let mut view = View::new(Hud::Line);
        view.event(Monotonic::ZERO, WorldEvent::Queued { position: 2, size: 5 });
        assert_eq!(view.card().map(|card| card.detail), Some("number 2 of 5 in the queue".into()));
    }

    /// HO-19: whoever walks is told what is happening, and what became of the words that were said meanwhile.
    #[test]
    fn a_lost_connection_is_told_until_it_is_back() {
        let mut view = View::new(Hud::Line);
        view.asked(id("a"), Asked::Words("let it rain".into()));
        let lost = Ending::Lost { loss: crate::client::Loss::Silent, detail: String::new() };
        let (after, left) = (Duration::from_millis(80), Duration::from_secs(27));
        let because = Box::new(lost);
        view.event(Monotonic::ZERO, WorldEvent::Reconnecting { attempt: 2, after, left, because });
        let card = view.card().expect("a card");
        assert_eq!(card.title, "Connection lost");
        assert_eq!(card.detail, "the server stopped answering · trying again (2), for 27 s more");
        let hello = r#"{"version":1,"world":"w","state":"running","tier":{"name":"draft","width":64,"height":64,"fps":24,"codec":"h264"},"audio":{"enabled":false}}"#;
        let hello = std::sync::Arc::new(serde_json::from_str(hello).expect("a hello"));
        view.event(Monotonic::ZERO, WorldEvent::Resumed { hello, outage: Duration::from_millis(540), repeated: 1 });
        assert_eq!(view.stage, Stage::Live);
        assert_eq!(newest(&view), ("back after 0.5 s · what you said meanwhile is on its way", Tone::Good));
        view.event(Monotonic::ZERO, acknowledged("a", AckStatus::Duplicate, "rain"));
        assert_eq!(newest(&view), ("understood: rain", Tone::Good));
    }

    /// HO-22.
    #[test]
    fn an_idle_user_is_asked_and_any_key_is_the_answer_once() {
        let mut view = View::new(Hud::Line);
        assert!(!view.user_is_there());
        let (limit, message) = (LimitKind::Idle, String::new());
        view.event(Monotonic::ZERO, WorldEvent::Warning { limit, seconds_left: 30.0, message, own: true });
        assert_eq!(newest(&view).0, "are you still there? The world ends in 30 s: any key to stay");
        assert!(view.user_is_there());
        assert!(view.toasts.is_empty() && !view.user_is_there());
    }

    #[test]
    fn words_are_acknowledged_with_what_was_understood_or_that_they_were_not() {
        let mut view = View::new(Hud::Line);
        view.asked(id("a"), Asked::Words("let it rain".into()));
        view.event(Monotonic::ZERO, acknowledged("a", AckStatus::Applied, "rain"));
        assert_eq!(newest(&view), ("understood: rain", Tone::Good));
        view.asked(id("b"), Asked::Words("xyzzy".into()));
        view.event(Monotonic::ZERO, acknowledged("b", AckStatus::NotUnderstood, ""));
        assert_eq!(newest(&view), ("not understood: xyzzy", Tone::Warn));
        view.event(Monotonic::ZERO, acknowledged("c", AckStatus::Rejected, "not while paused"));
        assert_eq!(newest(&view), ("refused: not while paused", Tone::Bad));
    }

    #[test]
    fn a_tier_is_told_once_by_the_change_and_not_again_by_its_acknowledgement() {
        let mut view = View::new(Hud::Line);
        view.asked(id("a"), Asked::Tier(Tier::High));
        view.event(Monotonic::ZERO, acknowledged("a", AckStatus::Applied, "high"));
        assert!(view.toasts.is_empty());
        let tier = TierInfo {
            name: Tier::High.into(),
            width: 1280,
            height: 720,
            fps: 30.0,
            codec: "h264".into(),
            bitrate: 0,
            extra: Default::default(),
        };
        view.event(Monotonic::ZERO, WorldEvent::Quality { tier, reason: "asked for".into(), pinned: true });
        assert_eq!(newest(&view).0, "picture: high 1280x720 h264");
    }

    #[test]
    fn an_end_says_why_and_how_to_leave() {
        let mut view = View::new(Hud::Line);
        view.event(Monotonic::ZERO, WorldEvent::Ended { ending: Ending::World(EndReason::Idle) });
        let card = view.card().expect("a card");
        assert!(card.detail.contains("no command came for too long") && card.hint.contains('Q'), "{card:?}");
        assert_eq!(card.tone, Tone::Bad);
        assert!(view.is_over());
    }

    #[test]
    fn a_failure_says_what_to_do() {
        let mut view = View::new(Hud::Line);
        view.failed("nothing answers at 127.0.0.1:1".into(), "Check that the server runs.".into());
        assert!(view.card().expect("a card").hint.starts_with("Check that the server runs."));
    }

    #[test]
    fn toasts_go_by_themselves_and_are_bounded() {
        let mut view = View::new(Hud::Line);
        for number in 0..50 {
            view.toast(Monotonic::ZERO, Tone::Plain, number.to_string());
        }
        assert_eq!(view.toasts.len(), MOST_TOASTS);
        assert_eq!(newest(&view).0, "49");
        assert!(!view.expire(Monotonic::ZERO));
        let over = view.next_expiry().expect("a time");
        assert!(view.expire(over) && view.toasts.is_empty());
    }

    #[test]
    fn text_of_a_server_is_cut_to_a_line() {
        let mut view = View::new(Hud::Line);
        view.event(Monotonic::ZERO, acknowledged("a", AckStatus::Applied, &"é".repeat(5000)));
        assert!(newest(&view).0.chars().count() < 140);
    }
}
