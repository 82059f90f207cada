//! What the host needs of a world, whatever draws it. Worlds stand above this file, the host below them knows nothing else.

use crate::media::{MediaDelta, MediaTime, Picture};
use crate::wire::{AckStatus, Control, Direction};

/// A world that can be walked in, directed, seen and heard. Deterministic: same seed, same calls, same pictures and samples.
///
/// The host calls in this order for each frame: control and commands, `step`, and then `render` where the frame is shown. Sound
/// is asked for in order and never past the end of the frame last stepped to, so that what a step starts can sound with it.
pub trait Scene: Send {
    /// The state of the user's hands, new or unchanged since the last frame.
    fn control(&mut self, hands: &Control);

    /// Nobody holds the controls any more; look starts again at zero.
    fn release(&mut self);

    /// Directs the scene in words, by a structured action, or both.
    fn direct(&mut self, text: Option<&str>, action: Option<&Direction>) -> Applied;

    /// A new theme from a prompt; the geography stays.
    fn wander(&mut self, prompt: &str) -> Applied;

    /// Lives on to a frame, which follows the one before without a gap: `pts` is the end of that one.
    fn step(&mut self, frame: Shown);

    /// Draws the frame that was last stepped to.
    fn render(&mut self, picture: &mut Picture, label: FrameLabel);

    /// The sound from `start` on, interleaved stereo at 48 kHz; overwrites all of `out`.
    fn sound(&mut self, start: MediaTime, out: &mut [f32]);

    /// Whether the picture jumps at the frame last stepped to (a cut). Asked once for each frame.
    fn take_cut(&mut self) -> bool;
}

/// Builds a scene on the thread that will live it; tells stages and percent as it goes.
pub type Build = Box<dyn FnOnce(&mut dyn FnMut(&str, f32)) -> Box<dyn Scene> + Send>;

/// The frame that a step leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The frame's presentation time.
    pub pts: MediaTime,
    /// How long it lasts.
    pub duration: MediaDelta,
    /// Whether the frame is rendered; the host skips frames when it is late or the client is slow.
    pub rendered: bool,
}

/// What a frame may say of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameLabel {
    /// Counts rendered frames of the world, from 0.
    pub frame: u32,
    /// Number of the newest input that the frame reflects; 0 for none.
    pub input: u32,
}

/// What became of a direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The acknowledgement's status.
    pub status: AckStatus,
    /// What was understood, or why not, in words.
    pub message: String,
}
