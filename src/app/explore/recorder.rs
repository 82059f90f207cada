//! Records a run as MP4: the pictures as they came back from the adapter, at the refresh at which they were to be seen, and the
//! samples that the stand-in device consumed, at the moment at which they sound. So an outside program can measure sync from the
//! file. Encodes on a thread of its own; decides nothing about playback.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::app::errors::{Exit, Failure};
use crate::audio::Tap;
use crate::codec::{AudioEncode as _, CodecError, Mp4Recorder, OpusEncoder, VideoEncode, fill_from_rgba, video_encoder};
use crate::media::{MediaDelta, Monotonic, Picture, Size, VideoCodec};

/// Pictures that may wait for the encoder. When as many wait, the next is left out of the recording and counted.
const WAITING: usize = 8;
/// Blocks of sound that may wait: ten seconds of 10 ms.
const WAITING_SOUND: usize = 1000;
/// Frames of one Opus packet: 20 ms.
const OPUS_FRAMES: usize = 960;
const RATE: i64 = 48_000;

/// A recording that is being made.
#[derive(Debug)]
pub struct Recorder {
    pictures: SyncSender<(Vec<u8>, Monotonic)>,
    spare: Receiver<Vec<u8>>,
    worker: Option<JoinHandle<Result<(), CodecError>>>,
    path: PathBuf,
    left_out: u64,
}

impl Recorder {
    /// Starts a recording of pictures of the size; the tap goes to the stand-in device.
    pub fn start(path: &Path, size: Size, fps: u32, sound: Receiver<(Vec<f32>, Monotonic)>) -> Result<Self, Failure> {
        let fail = |error: CodecError| failure(path, &error);
        // Even sizes only: 4:2:0 has half as many chroma samples.
        let encoder = video_encoder(VideoCodec::H264, size, fps, bitrate(size)).map_err(fail)?;
        let opus = OpusEncoder::new(128_000).map_err(fail)?;
        let pre_skip = opus.pre_skip();
        let file = Mp4Recorder::create(path, u16::try_from(pre_skip).unwrap_or(u16::MAX)).map_err(fail)?;
        let (pictures, taken) = sync_channel::<(Vec<u8>, Monotonic)>(WAITING);
        let (give_back, spare) = sync_channel(WAITING + 1);
        let mut job = Job {
            encoder,
            opus,
            pre_skip: i64::from(pre_skip),
            packets: 0,
            file: Some(file),
            picture: Picture::black(size),
            coded: Vec::new(),
            origin: None,
            pending: Vec::with_capacity(OPUS_FRAMES * 4),
            sounded: 0,
            early: Vec::new(),
        };
        let worker = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || job.run(&taken, &sound, &give_back))
            .map_err(|error| failure(path, &error))?;
        Ok(Self { pictures, spare, worker: Some(worker), path: path.to_path_buf(), left_out: 0 })
    }

    /// Memory for the next picture, used before where possible.
    pub fn memory(&mut self) -> Vec<u8> {
        self.spare.try_recv().unwrap_or_default()
    }

    /// Hands over a picture that is seen from `visible_at` on.
    pub fn picture(&mut self, rgba: Vec<u8>, visible_at: Monotonic) {
        if let Err(TrySendError::Full(_)) = self.pictures.try_send((rgba, visible_at)) {
            self.left_out += 1;
        }
    }

    /// Pictures that were left out, for want of time to encode them.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Ends the recording and completes the file. The stand-in device, with its tap, must be gone by now.
    pub fn finish(mut self) -> Result<PathBuf, Failure> {
        let worker = self.worker.take();
        let path = std::mem::take(&mut self.path);
        drop(self);
        match worker.map(JoinHandle::join) {
            Some(Ok(Ok(()))) | None => Ok(path),
            Some(Ok(Err(error))) => Err(failure(&path, &error)),
            Some(Err(_)) => Err(failure(&path, &"the recorder stopped unexpectedly")),
        }
    }
}

/// A tap for the stand-in device and where its samples come out. Samples that nobody takes for ten seconds are lost.
#[must_use]
pub fn tap() -> (Tap, Receiver<(Vec<f32>, Monotonic)>) {
    let (give, take) = sync_channel(WAITING_SOUND);
    let tap = Box::new(move |samples: &[f32], at, _taken: usize| {
        // Lost samples leave a gap that the recorder fills with silence, so what comes later keeps its time.
        let _ = give.try_send((samples.to_vec(), at));
    });
    (tap, take)
}

struct Job {
    encoder: Box<dyn VideoEncode + Send>,
    opus: OpusEncoder,
    /// Frames by which decoded sound trails what was encoded.
    pre_skip: i64,
    /// Packets in the file.
    packets: i64,
    file: Option<Mp4Recorder>,
    picture: Picture,
    coded: Vec<u8>,
    /// When the first picture is seen: the start of the file.
    origin: Option<Monotonic>,
    /// Samples that are not yet a whole packet.
    pending: Vec<f32>,
    /// Frames of sound in the file and in `pending`.
    sounded: i64,
    /// Sound that came before the first picture was known.
    early: Vec<(Vec<f32>, Monotonic)>,
}

impl Job {
    fn run(
        &mut self,
        pictures: &Receiver<(Vec<u8>, Monotonic)>,
        sound: &Receiver<(Vec<f32>, Monotonic)>,
        give_back: &SyncSender<Vec<u8>>,
    ) -> Result<(), CodecError> {
        loop {
            for (samples, at) in sound.try_iter() {
                self.sound(samples, at)?;
            }
            match pictures.recv_timeout(Duration::from_millis(20)) {
                Ok((rgba, at)) => {
                    self.see(&rgba, at)?;
                    let _ = give_back.try_send(rgba);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        for (samples, at) in sound.try_iter() {
            self.sound(samples, at)?;
        }
        if !self.pending.is_empty() {
            self.pending.resize(OPUS_FRAMES * 2, 0.0);
            self.packets()?;
        }
        self.file.take().map_or(Ok(()), |file| file.finish().map(drop))
    }

    fn see(&mut self, rgba: &[u8], at: Monotonic) -> Result<(), CodecError> {
        let origin = *self.origin.get_or_insert(at);
        for (samples, at) in std::mem::take(&mut self.early) {
            self.sound(samples, at)?;
        }
        fill_from_rgba(rgba, &mut self.picture);
        self.coded.clear();
        let keyframe = self.encoder.encode(&self.picture, false, &mut self.coded)?;
        self.file.as_mut().map_or(Ok(()), |file| file.video(at.signed_since(origin), &self.coded, keyframe))
    }

    fn sound(&mut self, samples: Vec<f32>, at: Monotonic) -> Result<(), CodecError> {
        let Some(origin) = self.origin else {
            // Only what may still overlap the first picture is kept: a second of it.
            self.early.push((samples, at));
            if self.early.len() > 100 {
                self.early.remove(0);
            }
            return Ok(());
        };
        // The frame of the file at which this block begins; blocks follow each other without gaps, so rounding does not add up.
        let begins = (at.signed_since(origin).as_micros() * RATE + 500_000).div_euclid(1_000_000);
        let ahead = begins - self.sounded;
        // A millisecond of slack: a stand-in that runs fast or slow stays contiguous instead of being cut and patched.
        let skip = if self.sounded == 0 || ahead.abs() > RATE / 1000 { ahead } else { 0 };
        if skip > 0 {
            self.pending.resize(self.pending.len() + 2 * skip as usize, 0.0);
            self.sounded += skip;
        }
        let cut = usize::try_from(-skip).unwrap_or(0).min(samples.len() / 2);
        self.pending.extend_from_slice(&samples[cut * 2..]);
        self.sounded += (samples.len() / 2 - cut) as i64;
        self.packets()
    }

    fn packets(&mut self) -> Result<(), CodecError> {
        let whole = self.pending.len() / (OPUS_FRAMES * 2);
        for index in 0..whole {
            self.coded.clear();
            let block = &self.pending[index * OPUS_FRAMES * 2..][..OPUS_FRAMES * 2];
            self.opus.encode(block, &mut self.coded)?;
            let begins = self.packets * OPUS_FRAMES as i64 - self.pre_skip;
            let pts = MediaDelta::from_micros(begins * 1_000_000 / RATE);
            self.packets += 1;
            if let Some(file) = &mut self.file {
                file.audio(pts, &self.coded)?;
            }
        }
        self.pending.drain(..whole * OPUS_FRAMES * 2);
        Ok(())
    }
}

fn bitrate(size: Size) -> u32 {
    // About 0.12 bit per pixel at 30 frames per second: visually clean for the pictures of the reference server.
    (u64::from(size.width) * u64::from(size.height) * 30 * 12 / 100).clamp(1_000_000, 20_000_000) as u32
}

fn failure(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    let what = format!("the recording {} cannot be made", path.display());
    Failure::new("file", Exit::Unexpected, what, why, "check that the folder exists, is writable and has room")
}
