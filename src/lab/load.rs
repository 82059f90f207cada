//! What a server sends: units with their presentation times, in the order and at the moments of sending. Knows no path.

use super::unit::Unit;
use crate::media::Track;

/// A stretch of stream at one frame rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// How long, in seconds of media.
    pub seconds: f64,
    /// Frames per second; 0: no picture.
    pub fps: f64,
    /// Wall time that passes before it without media: the server pauses, or the connection is gone.
    pub gap_s: f64,
    /// Whether it is another timeline (a resume).
    pub resumed: bool,
}

/// A stream. The defaults are the reference load: 24 fps of 24 kB and 20 ms of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Its stretches, one after the other.
    pub stretches: Vec<Stretch>,
    /// Bytes of a frame.
    pub frame_bytes: u32,
    /// Bytes of a keyframe.
    pub keyframe_bytes: u32,
    /// A keyframe each so many frames.
    pub keyframe_every: u64,
    /// Bytes of a sound packet of 20 ms; 0: no sound.
    pub sound_bytes: u32,
    /// Frames of a generation chunk, sent together when the last is generated.
    pub chunk: u16,
    /// Deviation of a chunk's generation time, as a share of its span.
    pub generation_jitter: f64,
    /// How much faster the server's clock runs than the client's, in parts per million.
    pub ppm: f64,
}

impl Load {
    /// The reference load for a time.
    #[must_use]
    pub fn reference(seconds: f64) -> Self {
        Self {
            stretches: vec![Stretch { seconds, fps: 24.0, gap_s: 0.0, resumed: false }],
            frame_bytes: 24_000,
            keyframe_bytes: 24_000,
            keyframe_every: 48,
            sound_bytes: 160,
            chunk: 1,
            generation_jitter: 0.0,
            ppm: 0.0,
        }
    }

    /// The units in order of sending, with the moment of sending on the client's clock as `arrival_us`, from `start_us` on.
    /// `delay(n)`: how much longer than usual the generation of chunk `n` takes, in microseconds.
    #[must_use]
    pub fn units(&self, start_us: i64, mut late: impl FnMut() -> f64) -> Vec<Unit> {
        let mut sent: Vec<(f64, Unit)> = Vec::new();
        let (mut media, mut gap, mut epoch) = (0.0_f64, 0.0_f64, 0_u32);
        let (mut frames, mut packets) = (0_u64, 0_u64);
        for stretch in &self.stretches {
            gap += stretch.gap_s * 1e6;
            epoch += u32::from(stretch.resumed);
            let end = media + stretch.seconds * 1e6;
            let frame_us = if stretch.fps > 0.0 { 1e6 / stretch.fps } else { 0.0 };
            let span = if self.chunk > 1 { frame_us * f64::from(self.chunk) } else { 0.0 };
            let ready = chunk_times(media, end, span, || late() * self.generation_jitter * span);
            let sent_at = |pts: f64| match span > 0.0 {
                true => ready[((pts - media + 0.5) / span) as usize],
                false => pts,
            };
            let mut add = |pts: f64, unit: Unit| {
                let at = sent_at(pts);
                let generated_us = Some((at + gap) as i64);
                sent.push((at + gap, Unit { generated_us, epoch, ..unit }));
            };
            let count = if stretch.fps > 0.0 { (stretch.seconds * stretch.fps).round() as u64 } else { 0 };
            for n in 0..count {
                let pts = media + n as f64 * frame_us;
                let keyframe = n == 0 || frames.is_multiple_of(self.keyframe_every);
                let bytes = if keyframe { self.keyframe_bytes } else { self.frame_bytes };
                let chunk = ((n % u64::from(self.chunk)) as u16, self.chunk);
                add(pts, Unit { keyframe, bytes, chunk, ..blank(Track::Video, frames, pts, frame_us) });
                frames += 1;
            }
            let count = if self.sound_bytes > 0 { (stretch.seconds * 50.0).round() as u64 } else { 0 };
            for n in 0..count {
                let pts = media + n as f64 * 20_000.0;
                add(pts, Unit { bytes: self.sound_bytes, ..blank(Track::Audio, packets, pts, 20_000.0) });
                packets += 1;
            }
            media = end;
        }
        sent.sort_by(|a, b| a.0.total_cmp(&b.0));
        let scale = 1.0 + self.ppm * 1e-6;
        sent.into_iter().map(|(at, unit)| Unit { arrival_us: start_us + (at * scale) as i64, ..unit }).collect()
    }
}

/// When each chunk of a stretch is ready: at its end, later where its generation takes longer, and in order.
fn chunk_times(start: f64, end: f64, span: f64, mut late: impl FnMut() -> f64) -> Vec<f64> {
    let mut times = Vec::new();
    let mut before = f64::NEG_INFINITY;
    let mut ready = start + span;
    while span > 0.0 && ready < end + 2.0 * span {
        // A pass that takes longer makes the next begin later by what it cannot make up for.
        before = before.max(ready + late().max(0.0));
        times.push(before);
        ready += span;
    }
    times
}

fn blank(track: Track, sequence: u64, pts: f64, duration: f64) -> Unit {
    Unit {
        track,
        sequence,
        pts_us: pts.round() as i64,
        duration_us: duration.round() as i64,
        bytes: 0,
        keyframe: true,
        arrival_us: 0,
        generated_us: None,
        epoch: 0,
        chunk: (0, 1),
    }
}
