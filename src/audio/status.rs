//! Whether sound is heard, and how often it failed to come in time.

/// Whether the device sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The device is being opened.
    Opening,
    /// It consumes.
    Running,
    /// It went away, and is opened again with growing pauses.
    Lost,
    /// There is no sound device: play on another clock, and say so. Final.
    NoDevice,
    /// No device was asked for. Final.
    Off,
}

/// Sound that did not come in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Underruns {
    /// How often the ring ran dry while sounding.
    pub events: u64,
    /// Frames of silence played for want of sound.
    pub frames: u64,
    /// Frames that the device played without asking, because its callback came too late.
    pub late_frames: u64,
}

impl Status {
    /// Every status; its place is its code.
    const ALL: [Self; 5] = [Self::Opening, Self::Running, Self::Lost, Self::NoDevice, Self::Off];

    pub(super) const fn code(self) -> u8 {
        self as u8
    }

    pub(super) fn from_code(code: u8) -> Self {
        Self::ALL.get(usize::from(code)).copied().unwrap_or(Self::Off)
    }

    /// Whether there will never be sound: the player keeps another clock.
    #[must_use]
    pub const fn is_silent_for_good(self) -> bool {
        matches!(self, Self::NoDevice | Self::Off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_survives_its_code() {
        for status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), status);
        }
    }
}
