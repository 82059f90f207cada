//! The state of the user's hands: keys held, axes, look.

use serde::{Deserialize, Serialize};

use super::bounds::MAX_HELD_KEYS;
use super::violation::Violations;

/// The state of keys, axes and look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Input number.
    pub input: u32,
    /// Client stamp, microseconds.
    pub issued_us: u64,
    /// Keys held, at most [`MAX_HELD_KEYS`].
    #[serde(default)]
    pub keys: Vec<Key>,
    /// Analog movement.
    #[serde(default)]
    pub axes: Axes,
    /// Rotation of the view.
    #[serde(default)]
    pub look: Look,
}

/// A key by meaning, not by position on a keyboard.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
pub enum Key {
    /// Walk forward.
    Forward,
    /// Walk back.
    Back,
    /// Step left.
    Left,
    /// Step right.
    Right,
    /// Jump, or rise where there is no ground.
    Up,
    /// Crouch, or sink.
    Down,
    /// Run.
    Run,
    /// A key that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// Analog movement, each −1 to 1; added to the keys and clamped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Axes {
    /// Right positive.
    pub strafe: f32,
    /// Forward positive.
    pub walk: f32,
}

/// Rotation of the view in radians, **accumulated since this stream was opened**, so that a message lost or merged loses no
/// movement. The server applies the difference to the last one it saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Right positive.
    pub yaw: f32,
    /// Up positive.
    pub pitch: f32,
}

impl Control {
    pub(super) fn check(&self, found: &mut Violations) {
        if self.keys.len() > MAX_HELD_KEYS {
            found.add("keys", format!("has {} entries; at most {MAX_HELD_KEYS} are allowed", self.keys.len()));
        }
        for (index, key) in self.keys.iter().take(MAX_HELD_KEYS).enumerate() {
            if let Key::Other(name) = key {
                found.name(&format!("keys[{index}]"), name);
            }
        }
        found.within("axes.strafe", self.axes.strafe.into(), -1.0..=1.0);
        found.within("axes.walk", self.axes.walk.into(), -1.0..=1.0);
        found.finite("look.yaw", self.look.yaw.into());
        found.finite("look.pitch", self.look.pitch.into());
    }
}
