//! What media stands in front of the listener's ear: packets as they were decoded, less what has been played. NetEq tells no media
//! time; this counts it from outside, by what was decoded and what is still in its hands.

use std::collections::VecDeque;

/// Blocks over which one change of speed is spread: NetEq stretches 30 ms at a time and hands out 10.
const BLOCKS: usize = 3;

/// Decoded media that has not been played. Bounded by what NetEq holds.
#[derive(Debug, Default)]
pub struct Shadow {
    /// Presentation time in microseconds and frames.
    packets: VecDeque<(f64, f64)>,
    frames: f64,
    /// Frames that a stretch used beyond what its blocks have been charged, and how many blocks still bear them.
    owed: f64,
    bearers: usize,
}

impl Shadow {
    /// A packet was decoded.
    pub fn decoded(&mut self, pts_us: f64, frames: f64) {
        self.packets.push_back((pts_us, frames));
        self.frames += frames;
    }

    /// A block of so many frames was handed out, and `held` decoded or stretched ones are still inside: the media time at its
    /// beginning and the media used for it per frame; `None` where no media is there. `made_up`: it stood in for media.
    pub fn block(&mut self, frames: f64, held: f64, made_up: bool) -> Option<(f64, f64)> {
        let used = self.frames - held - self.owed;
        if made_up {
            // What a concealed block takes in belongs to its cross-fade.
            let owed = std::mem::take(&mut self.owed);
            self.take(used + owed);
            return None;
        }
        let change = used - frames;
        if change.abs() >= 1.0 {
            self.bearers = BLOCKS;
        }
        self.owed += change;
        let share = self.owed / self.bearers.max(1) as f64;
        self.owed -= share;
        self.bearers = self.bearers.saturating_sub(1);
        let begins = self.packets.front().map(|(pts, _)| *pts);
        self.take(frames + share);
        begins.map(|pts| (pts, (frames + share) / frames))
    }

    fn take(&mut self, frames: f64) {
        let mut wanted = frames.max(0.0);
        while wanted > 0.0
            && let Some((pts, left)) = self.packets.front_mut()
        {
            let taken = wanted.min(*left);
            wanted -= taken;
            self.frames -= taken;
            *left -= taken;
            *pts += taken * 1e6 / 48_000.0;
            if *left < 1e-6 {
                self.packets.pop_front();
            }
        }
    }
}
