//! Which media time each written sound frame carries: a bounded piecewise line from the output's frame count to presentation
//! time. Knows no clock; the master clock reads it at the frame that is heard.

use std::collections::VecDeque;

/// Frames per second of the output.
pub const RATE: f64 = 48_000.0;

/// Pieces kept; older ones are forgotten, their sound was heard long ago.
const PIECES: usize = 128;
/// A piece that continues the one before to within this is one with it.
const MERGE_US: f64 = 20.0;
const MERGE_SLOPE: f64 = 1e-6;
/// Beyond the last written frame the line goes on for this long: the refresh looks a little ahead of the writer.
const BEYOND_FRAMES: f64 = RATE * 0.05;

/// The map. At most 128 pieces; when full the oldest goes.
#[derive(Clone, Debug)]
pub struct FrameMap {
    pieces: VecDeque<Piece>,
    end: f64,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    from: f64,
    /// Media microseconds at `from`, and media seconds per output second; `None`: silence that carries no media time.
    line: Option<(f64, f64)>,
}

impl Default for FrameMap {
    fn default() -> Self {
        Self { pieces: VecDeque::with_capacity(PIECES), end: 0.0 }
    }
}

impl FrameMap {
    /// Appends `frames` from frame number `from` on. `line` is the media time of the first in microseconds and the speed
    /// (1: nominal); `None` for silence. Frame numbers must not fall.
    pub fn push(&mut self, from: u64, frames: usize, line: Option<(f64, f64)>) {
        let from = from as f64;
        self.end = from + frames as f64;
        let merges = self.pieces.back().is_some_and(|last| match (last.line, line) {
            (None, None) => true,
            (Some((pts, speed)), Some((new_pts, new_speed))) => {
                (pts + (from - last.from) * speed * 1e6 / RATE - new_pts).abs() <= MERGE_US
                    && (speed - new_speed).abs() <= MERGE_SLOPE
            }
            _ => false,
        });
        if !merges {
            if self.pieces.len() == PIECES {
                self.pieces.pop_front();
            }
            self.pieces.push_back(Piece { from, line });
        }
    }

    /// The media time at a frame number, in microseconds; `None` in silence, before the first piece and well past the last.
    #[must_use]
    pub fn at(&self, frame: f64) -> Option<f64> {
        if frame > self.end + BEYOND_FRAMES {
            return None;
        }
        let piece = self.pieces.iter().rev().find(|piece| piece.from <= frame)?;
        let (pts, speed) = piece.line?;
        Some(pts + (frame - piece.from) * speed * 1e6 / RATE)
    }

    /// Forgets everything: media times before belong to another timeline.
    pub fn clear(&mut self) {
        self.pieces.clear();
    }

    /// Pieces held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether nothing is mapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_follows_changes_of_speed_and_stands_still_in_silence() {
        let mut map = FrameMap::default();
        map.push(0, 480, None);
        map.push(480, 480, Some((1_000_000.0, 1.0)));
        map.push(960, 480, Some((1_010_000.0, 1.01)));
        assert_eq!(map.at(240.0), None);
        assert_eq!(map.at(720.0), Some(1_005_000.0));
        assert_eq!(map.at(1440.0), Some(1_020_100.0));
        assert_eq!(map.at(1440.0 + 2401.0), None, "well past the writer nothing is known");
    }

    #[test]
    fn steady_sound_is_one_piece_and_the_map_stays_bounded() {
        let mut map = FrameMap::default();
        for step in 0..1000_u64 {
            map.push(step * 240, 240, Some((step as f64 * 5000.0, 1.0)));
        }
        assert_eq!(map.len(), 1);
        for step in 1000..3000_u64 {
            map.push(step * 240, 240, (step % 2 == 0).then_some((step as f64 * 5000.0, 1.0)));
        }
        assert!(map.len() <= PIECES);
    }
}
