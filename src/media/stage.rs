//! Where a source plays that is there beforehand, as a file is: the seam by which it sets the time that a live stream would only tell.

use super::sink::PacketSink;
use super::time::{Epoch, MediaTime, Monotonic};

/// Takes packets of a stored source, and the moment at which they begin.
///
/// A timeline is an epoch. The picture at its time zero is shown as soon as it is decoded; nothing else moves until [`Stage::start`]. A
/// picture that lasts no time only helps to decode others and is not shown. Pictures may come in decoding order, if those that
/// are presented before one of them are pushed without delay behind it.
pub trait Stage: PacketSink {
    /// Lets the newest timeline run: its time zero is heard and seen at `at`. Nothing until its first packet has come.
    fn start(&mut self, at: Monotonic);

    /// How playback stands.
    fn place(&self) -> Place;
}

/// How playback of a stored source stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The timeline that plays; `None` before the first.
    pub epoch: Option<Epoch>,
    /// What is heard, or shown, now on that timeline; `None` until it runs.
    pub position: Option<MediaTime>,
    /// The frame on the screen: its timeline and its time.
    pub shown: Option<(Epoch, MediaTime)>,
    /// The picture at the timeline's zero is decoded, or there is none to come.
    pub picture_is_ready: bool,
    /// The sound device runs, or will not.
    pub sound_is_ready: bool,
    /// Coded pictures that wait for the decoder.
    pub coded: usize,
}
