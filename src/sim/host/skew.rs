//! A wrong muxing on purpose: time stamps and sending stay as they are, and what is seen or heard at them is that of an earlier time.
//! Neither can be made before its time, so sound that is early is a picture that is late. Neighbours: the tracks, which pass through
//! here what they are about to encode.

use std::collections::VecDeque;

use super::frame::Frame;
use crate::media::{MediaDelta, MediaTime, Picture};

/// Samples a second, both channels together.
const SAMPLES: i64 = 2 * 48_000;

/// Time stamps of frames are rounded: two that are so close mean the same.
const SAME: MediaDelta = MediaDelta::from_millis(1);

/// How much later the contents of the two tracks are than their time stamps say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Skew {
    pub(super) picture: MediaDelta,
    pub(super) sound: MediaDelta,
}

impl Skew {
    /// Sound that is later than the picture by `by`. A picture is late by whole frames; the sound makes up for the rest.
    pub(super) fn new(by: MediaDelta, fps: u32) -> Self {
        if by >= MediaDelta::ZERO {
            return Self { picture: MediaDelta::ZERO, sound: by };
        }
        let (early, fps) = ((-by).as_micros(), i64::from(fps.max(1)));
        let frames = (early * fps + 999_999) / 1_000_000;
        let picture = MediaDelta::from_micros((frames * 1_000_000 + fps / 2) / fps);
        Self { picture, sound: picture + by }
    }
}

/// Sound on its way to be late. Holds as much as it is late by.
pub(super) struct LateSound(VecDeque<f32>);

impl LateSound {
    /// None where it is not late. It begins with silence.
    pub(super) fn new(by: MediaDelta) -> Option<Self> {
        let samples = by.as_micros() * SAMPLES / 2_000_000 * 2;
        (samples > 0).then(|| Self(std::iter::repeat_n(0.0, usize::try_from(samples).unwrap_or(0)).collect()))
    }

    /// Puts earlier samples in the place of these.
    pub(super) fn pass(&mut self, block: &mut [f32]) {
        self.0.extend(block.iter());
        let earlier = self.0.drain(..block.len());
        block.iter_mut().zip(earlier).for_each(|(sample, earlier)| *sample = earlier);
    }
}

/// Pictures on their way to be late. Holds as many as it is late by, and one more.
pub(super) struct LatePictures {
    by: MediaDelta,
    line: VecDeque<Held>,
    spare: Option<Picture>,
}

struct Held {
    pts: MediaTime,
    picture: Picture,
    input: Option<(u32, u64)>,
    state_version: u32,
}

impl LatePictures {
    /// None where they are not late.
    pub(super) fn new(by: MediaDelta) -> Option<Self> {
        (by > MediaDelta::ZERO).then(|| Self { by, line: VecDeque::new(), spare: None })
    }

    /// Takes a picture that is due, and leaves room for the next one; gives the one that is shown in its place, and the frame as it is
    /// then: input and state are those of what is seen. The first one stands until the second is late enough.
    pub(super) fn pass(&mut self, frame: &Frame, picture: &mut Picture) -> (&Picture, Frame) {
        let room = self.spare.take().unwrap_or_else(|| Picture::black(picture.size()));
        let picture = std::mem::replace(picture, room);
        self.line.push_back(Held { pts: frame.pts, picture, input: frame.input, state_version: frame.state_version });
        let until = frame.pts - self.by + SAME;
        while self.line.get(1).is_some_and(|next| next.pts <= until) {
            self.spare = self.line.pop_front().map(|held| held.picture);
        }
        // There is one: it has just been put there.
        let shown = &self.line[0];
        (&shown.picture, Frame { input: shown.input, state_version: shown.state_version, ..*frame })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::media::{Monotonic, Size};

    fn ms(millis: i64) -> MediaDelta {
        MediaDelta::from_millis(millis)
    }

    #[test]
    fn what_is_late_minus_what_is_late_is_the_skew() {
        assert_eq!(Skew::new(ms(80), 24), Skew { picture: MediaDelta::ZERO, sound: ms(80) });
        for (by, fps) in [(-80, 24), (-100, 30), (-1, 24), (-1000, 30), (0, 24), (-125, 24)] {
            let skew = Skew::new(ms(by), fps);
            assert_eq!(skew.sound - skew.picture, ms(by), "{by} ms at {fps}");
            assert!(skew.sound >= MediaDelta::ZERO && skew.sound <= MediaDelta::from_micros(i64::from(1_000_000 / fps)));
        }
    }

    #[test]
    fn sound_comes_so_many_samples_later() {
        assert!(LateSound::new(MediaDelta::ZERO).is_none());
        let mut late = LateSound::new(ms(1)).unwrap();
        let mut block: Vec<f32> = (1..=120_u8).map(f32::from).collect();
        late.pass(&mut block);
        assert_eq!((block[95], block[96], block[119]), (0.0, 1.0, 24.0));
        late.pass(&mut block[..2]);
        assert_eq!(block[..2], [25.0, 26.0]);
    }

    /// HO-14: what is echoed with a late picture is what it shows.
    #[test]
    fn a_late_picture_has_its_own_echo_and_the_time_stamp_of_its_place() {
        let mut late = LatePictures::new(ms(125)).unwrap();
        let mut picture = Picture::black(Size { width: 2, height: 2 });
        let mut shown = Vec::new();
        for number in 0..6_u8 {
            picture.planes_mut()[0][0] = number;
            let pts = MediaTime::from_micros((i64::from(number) * 1_000_000 + 12) / 24);
            let frame = Frame {
                epoch: 1,
                pts,
                duration: ms(41),
                state_version: 9,
                input: Some((number.into(), 5)),
                generated: Monotonic::ZERO,
                render: Duration::ZERO,
            };
            let (earlier, frame) = late.pass(&frame, &mut picture);
            assert_eq!((frame.pts, frame.input), (pts, Some((earlier.planes()[0].data[0].into(), 5))));
            shown.push(earlier.planes()[0].data[0]);
        }
        assert_eq!(shown, [0, 0, 0, 0, 1, 2]);
    }
}
