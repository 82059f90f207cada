//! What a machine is like on which a trace is played: display, decoder, sound device, and what its user does meanwhile. Data.

use serde::{Deserialize, Serialize};

/// A machine. The default is the reference: 60 Hz, a period of 10 ms, a picture of 1280x720 decoded in 2.5 ms and drawn in 1, as measured
/// on one core of a small machine. As JSON its fields by name; those that are missing are the default's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// Refreshes per second.
    pub refresh_hz: f64,
    /// Between the choice of a frame and the refresh at which it lights up, in microseconds.
    pub draw_us: f64,
    /// Time to decode a picture, in microseconds.
    pub decode_us: f64,
    /// Pictures per second whose decoding takes longer, and by how many microseconds.
    pub decode_spikes: Option<(f64, f64)>,
    /// Frames that the sound device takes at once.
    pub period_frames: usize,
    /// Between a callback and the sounding of its first frame, in microseconds; the same for every algorithm.
    pub latency_us: f64,
    /// How much faster than 48 kHz the sound device plays, in parts per million.
    pub device_ppm: f64,
    /// Callbacks per second that come late, and by how many microseconds: least and most. The device is silent meanwhile.
    pub hiccups: Option<(f64, f64, f64)>,
    /// What the user does, by moment in microseconds.
    pub actions: Vec<(i64, Action)>,
    /// Where in their periods the first callback and the first refresh lie, in microseconds, on a machine that was measured;
    /// `None`: callbacks by the seed, refreshes from 0 on.
    pub phases_us: Option<(f64, f64)>,
    /// For decoder and callbacks.
    pub seed: u64,
}

/// What a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Turns the sound on or off.
    Sound(bool),
    /// Pauses, or goes on.
    Paused(bool),
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            refresh_hz: 60.0,
            draw_us: 1_000.0,
            decode_us: 2_500.0,
            decode_spikes: None,
            period_frames: 480,
            latency_us: 0.0,
            device_ppm: 0.0,
            hiccups: None,
            actions: Vec::new(),
            phases_us: None,
            seed: 1,
        }
    }
}

impl Conditions {
    /// Between two refreshes, in microseconds.
    #[must_use]
    pub fn refresh_us(&self) -> f64 {
        1e6 / self.refresh_hz
    }

    /// Between two callbacks, in microseconds of the client's clock.
    #[must_use]
    pub fn period_us(&self) -> f64 {
        self.period_frames as f64 * self.frame_us()
    }

    /// Between two frames of sound, in microseconds of the client's clock.
    #[must_use]
    pub fn frame_us(&self) -> f64 {
        1e6 / (48_000.0 * (1.0 + self.device_ppm * 1e-6))
    }
}
