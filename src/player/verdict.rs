//! One sentence on how playback goes, and its cause. Pure arithmetic over figures of the last second; reads no clock.
//!
//! The order is that of what silences the rest. Nothing has come: *starting*. Paused on purpose. Nothing comes any more:
//! *stalled*. Nothing can be decoded: *waiting for a keyframe*. Otherwise each part of a frame's way is asked by how much it
//! missed its time in the last second ([`Late`] says how each is measured), and the one that missed it by most is the cause; of
//! equals the one that lies further upstream, since it makes the others late. Less than 5 ms is none: that is one period of a
//! sound device, within which nobody's stamps agree. Where nobody is late but the delay is above its target by more than 30 ms,
//! playback is on its way back from something. No sound device is told last, because playback is well without one.

use std::fmt;
use std::time::Duration;

use crate::media::MediaDelta;

/// Less is no lateness.
const FLOOR: MediaDelta = MediaDelta::from_millis(5);
/// Above the target by more than this is on the way back, not at it.
const NEAR: MediaDelta = MediaDelta::from_millis(30);

/// How playback goes, and what stands against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing has come yet.
    #[default]
    Starting,
    /// All is well.
    Steady,
    /// Something missed its time in the last second.
    Late {
        /// What was late.
        cause: Cause,
        /// By how much, at worst.
        by: MediaDelta,
    },
    /// Nothing is late any more; the delay is coming back to its target.
    Recovering {
        /// How far it is above the target.
        above: MediaDelta,
    },
    /// Pictures come and none can be decoded before the next keyframe.
    WaitingForKeyframe,
    /// Nothing comes: the network or the server stands still.
    Stalled {
        /// Since the newest packet.
        silent: Duration,
    },
    /// Playback is paused.
    Paused,
    /// All is well, and there is no device to sound on.
    NoSoundDevice,
}

/// A part of the way from the server's world to eye and ear, in the order of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The server made it too late, by its own stamps.
    Server,
    /// It was too long on its way.
    Network,
    /// It was decoded too late.
    Decoder,
    /// It was drawn too late.
    Display,
    /// The system called for sound too late.
    AudioCallback,
}

/// By how much each part of the way missed its time in the last second; zero or less: it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Late {
    /// The most that a packet came later than the target delay allows, made late; or what generating and encoding a frame (95th
    /// percentile) takes more than it lasts.
    pub(super) server: MediaDelta,
    /// The most that a packet came later than the target delay allows, made in time.
    pub(super) network: MediaDelta,
    /// What decoding a picture (95th percentile) takes more than it lasts; or how long the sound output was left dry.
    pub(super) decoder: MediaDelta,
    /// What upload, draw and present (95th percentile), or the wait from one look for a frame to the next (the longest), take more
    /// than a frame lasts.
    pub(super) display: MediaDelta,
    /// How much sound the device played without asking for it.
    pub(super) callback: MediaDelta,
}

/// What the verdict is found from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) paused: bool,
    /// Since the newest packet, where that is too long.
    pub(super) silent: Option<Duration>,
    pub(super) needs_keyframe: bool,
    pub(super) late: Late,
    /// Delay less target; `None` before playback began.
    pub(super) above_target: Option<MediaDelta>,
    pub(super) no_device: bool,
}

impl Evidence {
    /// The verdict.
    pub(super) fn verdict(&self) -> Verdict {
        let Some(above) = self.above_target else { return Verdict::Starting };
        if self.paused {
            return Verdict::Paused;
        }
        if let Some(silent) = self.silent {
            return Verdict::Stalled { silent };
        }
        if self.needs_keyframe {
            return Verdict::WaitingForKeyframe;
        }
        if let Some((cause, by)) = self.late.worst() {
            Verdict::Late { cause, by }
        } else if above > NEAR {
            Verdict::Recovering { above }
        } else if self.no_device {
            Verdict::NoSoundDevice
        } else {
            Verdict::Steady
        }
    }
}

impl Late {
    /// The part that missed its time by most; of equals the one further upstream.
    fn worst(&self) -> Option<(Cause, MediaDelta)> {
        let all = [self.server, self.network, self.decoder, self.display, self.callback];
        let late = Cause::ALL.into_iter().zip(all).filter(|(_, by)| *by >= FLOOR);
        // The last of equals wins a maximum, so the walk is from the ear to the server.
        late.rev().max_by_key(|(_, by)| *by)
    }
}

impl Cause {
    /// Every cause, from the server to the ear.
    pub const ALL: [Self; 5] = [Self::Server, Self::Network, Self::Decoder, Self::Display, Self::AudioCallback];

    /// The cause's name for people and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Network => "network",
            Self::Decoder => "decoder",
            Self::Display => "display",
            Self::AudioCallback => "audio callback",
        }
    }
}

impl Verdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_well(self) -> bool {
        matches!(self, Self::Starting | Self::Steady | Self::Paused)
    }

    /// Whether another verdict says the same with another figure.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        match (self, other) {
            (Self::Late { cause, .. }, Self::Late { cause: others, .. }) => cause == others,
            _ => std::mem::discriminant(&self) == std::mem::discriminant(&other),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("starting"),
            Self::Steady => f.write_str("steady"),
            Self::Late { cause, by } => write!(f, "late: {}, {:.0} ms", cause.name(), by.as_millis_f64()),
            Self::Recovering { above } => write!(f, "coming back: {:.0} ms above target", above.as_millis_f64()),
            Self::WaitingForKeyframe => f.write_str("waiting for a keyframe"),
            Self::Stalled { silent } => write!(f, "stalled {:.1} s", silent.as_secs_f64()),
            Self::Paused => f.write_str("paused"),
            Self::NoSoundDevice => f.write_str("no sound device"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: i64) -> MediaDelta {
        MediaDelta::from_millis(millis)
    }

    const WELL: Evidence = Evidence {
        paused: false,
        silent: None,
        needs_keyframe: false,
        late: Late { server: ms(0), network: ms(0), decoder: ms(-20), display: ms(-12), callback: ms(0) },
        above_target: Some(ms(4)),
        no_device: false,
    };

    fn says(evidence: Evidence) -> String {
        evidence.verdict().to_string()
    }

    #[test]
    fn all_well_is_steady_and_nothing_at_all_is_starting() {
        assert_eq!(says(WELL), "steady");
        assert_eq!(says(Evidence::default()), "starting");
        assert!(WELL.verdict().is_well());
    }

    /// HO-14: the figure is named with its cause.
    #[test]
    fn whoever_missed_its_time_by_most_is_the_cause() {
        let late = Late { server: ms(12), network: ms(38), decoder: ms(20), display: ms(30), callback: ms(10) };
        assert_eq!(says(Evidence { late, ..WELL }), "late: network, 38 ms");
        let one = |late| says(Evidence { late, ..WELL });
        assert_eq!(one(Late { server: ms(8), ..WELL.late }), "late: server, 8 ms");
        assert_eq!(one(Late { decoder: ms(12), ..WELL.late }), "late: decoder, 12 ms");
        assert_eq!(one(Late { display: ms(21), ..WELL.late }), "late: display, 21 ms");
        assert_eq!(one(Late { callback: ms(10), ..WELL.late }), "late: audio callback, 10 ms");
    }

    #[test]
    fn of_equals_the_one_upstream_is_the_cause() {
        let late = Late { server: ms(20), network: ms(20), decoder: ms(20), display: ms(20), callback: ms(20) };
        assert_eq!(says(Evidence { late, ..WELL }), "late: server, 20 ms");
        assert_eq!(says(Evidence { late: Late { server: ms(0), ..late }, ..WELL }), "late: network, 20 ms");
    }

    #[test]
    fn what_no_stamp_can_tell_is_no_lateness() {
        assert_eq!(says(Evidence { late: Late { network: ms(4), ..WELL.late }, ..WELL }), "steady");
    }

    #[test]
    fn a_delay_above_its_target_with_nobody_late_is_coming_back() {
        assert_eq!(says(Evidence { above_target: Some(ms(62)), ..WELL }), "coming back: 62 ms above target");
        assert_eq!(says(Evidence { above_target: Some(ms(30)), ..WELL }), "steady");
        assert_eq!(says(Evidence { above_target: Some(ms(-90)), ..WELL }), "steady");
    }

    #[test]
    fn what_silences_the_rest_is_told_first() {
        let mut evidence = Evidence {
            paused: true,
            silent: Some(Duration::from_millis(2_400)),
            needs_keyframe: true,
            late: Late { network: ms(38), ..WELL.late },
            above_target: Some(ms(62)),
            no_device: true,
        };
        assert_eq!(says(evidence), "paused");
        evidence.paused = false;
        assert_eq!(says(evidence), "stalled 2.4 s");
        evidence.silent = None;
        assert_eq!(says(evidence), "waiting for a keyframe");
        evidence.needs_keyframe = false;
        assert_eq!(says(evidence), "late: network, 38 ms");
        evidence.late = WELL.late;
        assert_eq!(says(evidence), "coming back: 62 ms above target");
        evidence.above_target = Some(ms(0));
        assert_eq!(says(evidence), "no sound device");
    }

    #[test]
    fn verdicts_of_one_kind_are_alike_whatever_their_figure() {
        let late = |cause, by| Verdict::Late { cause, by: ms(by) };
        assert!(late(Cause::Network, 9).is_like(late(Cause::Network, 90)));
        assert!(!late(Cause::Network, 9).is_like(late(Cause::Server, 9)));
        assert!(!Verdict::Steady.is_like(Verdict::Paused));
    }
}
