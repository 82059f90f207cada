//! Deliberate defects of the server, so that a conformance check can be seen to fail: at least one for each group of its cases. Each
//! is one `if` at the one place where the server otherwise does the right thing. Faults are another matter: what a network does.

use std::fmt;
use std::str::FromStr;

/// One thing that the server does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Defect {
    /// Auth: lets everybody in, with any key and with none.
    AnyKey,
    /// Create: forgets idempotency keys, and makes another world each time.
    ForgetsKeys,
    /// Life: answers a DELETE as if it had ended the world, which lives on.
    Undead,
    /// Cmd: applies a command again when it comes again.
    Twice,
    /// Stream: begins with a picture that is no keyframe.
    LateKeyframe,
    /// Stream: leaves numbers of pictures out, though nothing is lost.
    Gaps,
    /// Sync: sound is stamped a quarter of a second later than the pictures that it belongs to.
    LateSound,
    /// Reconn: a resumed stream has lost its tier and its pin.
    Forgetful,
    /// Reconn: gives resume tokens and takes none.
    NoResume,
    /// Limit: ignores the session and idle limits that it announces.
    Endless,
    /// Quality: changes the tier and does not tell.
    UntoldTier,
    /// Quality: takes a pin and does not keep to it.
    LoosePin,
    /// Robust: closes the stream over a message that it cannot read, without a word.
    Mute,
    /// Robust: passes over messages above the bound without a word.
    Swallows,
}

/// Some of them; none unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defects(u32);

/// No defect has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no defect named {name:?}; the defects are {}", Defect::ALL.map(Defect::name).join(", "))]
pub struct UnknownDefect {
    name: String,
}

impl Defect {
    /// Every one.
    pub const ALL: [Self; 14] = [
        Self::AnyKey,
        Self::ForgetsKeys,
        Self::Undead,
        Self::Twice,
        Self::LateKeyframe,
        Self::Gaps,
        Self::LateSound,
        Self::Forgetful,
        Self::NoResume,
        Self::Endless,
        Self::UntoldTier,
        Self::LoosePin,
        Self::Mute,
        Self::Swallows,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AnyKey => "any-key",
            Self::ForgetsKeys => "forgets-keys",
            Self::Undead => "undead",
            Self::Twice => "twice",
            Self::LateKeyframe => "late-keyframe",
            Self::Gaps => "gaps",
            Self::LateSound => "late-sound",
            Self::Forgetful => "forgetful",
            Self::NoResume => "no-resume",
            Self::Endless => "endless",
            Self::UntoldTier => "untold-tier",
            Self::LoosePin => "loose-pin",
            Self::Mute => "mute",
            Self::Swallows => "swallows",
        }
    }

    /// The group of cases of `seaglass check` that should catch it.
    #[must_use]
    pub const fn group(self) -> &'static str {
        match self {
            Self::AnyKey => "auth",
            Self::ForgetsKeys => "create",
            Self::Undead => "life",
            Self::Twice => "cmd",
            Self::LateKeyframe | Self::Gaps => "stream",
            Self::LateSound => "sync",
            Self::Forgetful | Self::NoResume => "reconn",
            Self::Endless => "limit",
            Self::UntoldTier | Self::LoosePin => "quality",
            Self::Mute | Self::Swallows => "robust",
        }
    }
}

impl Defects {
    /// Whether the server has this one.
    #[must_use]
    pub const fn has(self, defect: Defect) -> bool {
        self.0 & 1 << defect as u32 != 0
    }
}

impl FromIterator<Defect> for Defects {
    fn from_iter<I: IntoIterator<Item = Defect>>(defects: I) -> Self {
        Self(defects.into_iter().fold(0, |bits, defect| bits | 1 << defect as u32))
    }
}

impl From<Defect> for Defects {
    fn from(defect: Defect) -> Self {
        Self::from_iter([defect])
    }
}

impl FromStr for Defect {
    type Err = UnknownDefect;

    fn from_str(name: &str) -> Result<Self, UnknownDefect> {
        Self::ALL
            .into_iter()
            .find(|defect| defect.name() == name)
            .ok_or_else(|| UnknownDefect { name: name.chars().take(64).collect() })
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_defect_is_found_by_its_name_and_stands_alone() {
        for (index, defect) in Defect::ALL.into_iter().enumerate() {
            assert_eq!(defect.name().parse(), Ok(defect));
            let only = Defects::from(defect);
            assert!(Defect::ALL.into_iter().enumerate().all(|(other, one)| only.has(one) == (other == index)));
        }
        assert!("bugs".parse::<Defect>().unwrap_err().to_string().contains("forgets-keys"));
        assert!(Defect::ALL.into_iter().all(|defect| !Defects::default().has(defect)));
    }

    #[test]
    fn every_group_of_cases_has_its_defect() {
        for group in ["auth", "create", "life", "cmd", "stream", "sync", "reconn", "limit", "quality", "robust"] {
            assert!(Defect::ALL.into_iter().any(|defect| defect.group() == group), "{group}");
        }
    }
}
