//! Records what a sound server plays, by `parec` from the monitor of its default sink, and ties the recording to the run's clock.
//! Finds clicks; knows no pictures.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::app::bench::ear::Ear;
use crate::app::errors::{Exit, Failure};
use crate::clock::Clock;

/// Frames per second of the recording.
const RATE: f64 = 48_000.0;
/// What the recorder is asked to hand over at once.
const PIECE_MS: u32 = 5;
/// How long the recorder may take to begin.
const PATIENCE: Duration = Duration::from_secs(10);

/// A recording on its way.
#[derive(Debug)]
pub struct Monitor {
    process: Child,
    listener: Option<JoinHandle<Recording>>,
}

/// What was heard.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Frames at which clicks begin.
    clicks: Vec<u64>,
    /// Of each piece: its first frame, its frames, and when it was handed over, in microseconds of the run's clock.
    pieces: Vec<(u64, u64, f64)>,
}

impl Monitor {
    /// Begins to record, and returns once the recorder hands something over.
    pub fn start(clock: Clock) -> Result<Self, Failure> {
        let mut process = Command::new("parec")
            .args(["--device=@DEFAULT_MONITOR@", "--format=float32le", "--rate=48000", "--channels=1", "--raw"])
            .arg(format!("--latency-msec={PIECE_MS}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| none(&format!("parec does not run: {error}")))?;
        let Some(mut sound) = process.stdout.take() else { return Err(none("parec has no output")) };
        let (begun, begins) = std::sync::mpsc::sync_channel(1);
        let listener = std::thread::Builder::new().name("monitor".into()).spawn(move || {
            let mut recording = Recording::default();
            let (mut bytes, mut kept, mut ear) = ([0; 16_384], 0, Ear::default());
            while let Ok(length @ 1..) = sound.read(&mut bytes[kept..]) {
                let at_us = clock.now().as_nanos() as f64 / 1e3;
                let whole = (kept + length) / 4 * 4;
                recording.take(&bytes[..whole], at_us, &mut ear);
                bytes.copy_within(whole..kept + length, 0);
                kept = kept + length - whole;
                let _ = begun.try_send(());
            }
            recording
        });
        let mut monitor = Self { process, listener: None };
        monitor.listener = Some(listener.map_err(|error| none(&format!("no thread can be started: {error}")))?);
        match begins.recv_timeout(PATIENCE) {
            Ok(()) => Ok(monitor),
            Err(_) => Err(none("parec hands nothing over: no sound server answers, or its default sink has no monitor")),
        }
    }

    /// Ends the recording.
    pub fn finish(mut self) -> Recording {
        self.stop();
        self.listener.take().and_then(|listener| listener.join().ok()).unwrap_or_default()
    }

    fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Recording {
    fn take(&mut self, bytes: &[u8], at_us: f64, ear: &mut Ear) {
        let first = ear.frames();
        for sample in bytes.chunks_exact(4) {
            let sample = f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]);
            if ear.hear(sample) {
                self.clicks.push(ear.frames() - 1);
            }
        }
        self.pieces.push((first, ear.frames() - first, at_us));
    }

    /// When each click sounds, in microseconds of the run's clock, and to within what that is known.
    ///
    /// The server renders a block when its first frame is to sound, and the monitor hands it over at once: so a piece's hand-over
    /// is the moment of its first frame, later by the way here, and earlier by up to a block where a block comes in several
    /// pieces. The low end of all of them ties the clocks, to within a long piece and the spread of the hand-overs.
    #[must_use]
    pub fn clicks(&self) -> Option<(Vec<f64>, f64)> {
        let mut offsets: Vec<f64> = self.pieces.iter().map(|(first, _, at)| at - *first as f64 * 1e6 / RATE).collect();
        let mut lengths: Vec<u64> = self.pieces.iter().map(|(_, frames, _)| *frames).collect();
        if offsets.len() < 100 {
            return None;
        }
        offsets.sort_unstable_by(f64::total_cmp);
        lengths.sort_unstable();
        let at = |share: f64| offsets[((offsets.len() - 1) as f64 * share) as usize];
        let origin = at(0.10);
        let bound = lengths[(lengths.len() - 1) * 95 / 100] as f64 * 1e6 / RATE + (at(0.90) - origin);
        Some((self.clicks.iter().map(|frame| origin + *frame as f64 * 1e6 / RATE).collect(), bound))
    }
}

fn none(why: &str) -> Failure {
    let what = "there is no sound server to measure through";
    let fix =
        "run it as scripts/with-sound-server seaglass bench sync --layer L3; `seaglass explain sound-server` tells more";
    Failure::new("sound-server", Exit::Usage, what, why, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_are_found_over_silence_and_placed_on_the_clock() {
        let (mut recording, mut ear) = (Recording::default(), Ear::default());
        let start_us = 5e6;
        for piece in 0..400_u64 {
            let samples = (0..240).map(|n| {
                let second = (piece * 240 + n) % 48_000;
                if (24_000..24_480).contains(&second) { 0.8_f32 } else { 0.0 }
            });
            let bytes: Vec<u8> = samples.flat_map(f32::to_le_bytes).collect();
            // Handed over up to half a millisecond late.
            let late = (piece % 6) as f64 * 100.0;
            recording.take(&bytes, start_us + piece as f64 * 5_000.0 + late, &mut ear);
        }
        let (clicks, bound) = recording.clicks().expect("recorded");
        assert_eq!(clicks.len(), 2);
        for (click, expected) in clicks.iter().zip([5.5e6, 6.5e6]) {
            assert!((click - expected).abs() <= bound && bound < 6_000.0, "{click} for {expected} to within {bound}");
        }
    }
}
