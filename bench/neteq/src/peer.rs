//! The real `neteq` crate on the laboratory's stage: packets go in as they arrive, 10 ms come out at each callback, and its clock is
//! the stage's. Sound only: the crate has no pictures, so there is no figure of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use neteq::codec::AudioDecoder;
use neteq::neteq::SpeechType;
use neteq::{AudioPacket, NetEq, NetEqConfig, RtpHeader};
use seaglass::lab::{Action, Algorithm, Conditions, Event, Heard, Recorder, Stage, Trace, Unit, measured, peers};
use seaglass::media::Track;

use super::shadow::Shadow;
use super::signal::{RATE, Signal};

const PAYLOAD_TYPE: u8 = 111;
/// Frames of a block that NetEq hands out.
const BLOCK: usize = RATE as usize / 100;

/// The crate with its settings, 0: the crate's own, which are 20 ms at least and 3 s (three quarters of its 200 packets) at most.
/// Everything else is its default, at 48 kHz and one channel. It plays [`Signal`] and is pulled from the device's first callback on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Peer {
    /// The least delay, in milliseconds.
    pub min_delay_ms: u32,
    /// The most delay, in milliseconds.
    pub max_delay_ms: u32,
    /// What it counted itself in the measured part of the last run.
    pub own: Option<Own>,
}

/// The crate's own statistics of the measured part. Shares in per cent of the frames that it handed out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Own {
    /// Frames of concealment.
    pub concealed_pct: f64,
    /// Frames inserted and removed by stretching.
    pub stretched_pct: f64,
    /// The target delay at the end, in milliseconds.
    pub target_ms: u32,
}

/// What is wrong with a trace for this peer, if anything: it counts media by packets of one length in whole milliseconds.
#[must_use]
pub fn unfit(trace: &Trace) -> Option<String> {
    let mut packets = trace.units.iter().filter(|unit| unit.track == Track::Audio);
    let first = packets.next()?.duration_us;
    if first <= 0 || first % 1000 != 0 {
        return Some(format!("its sound packets last {first} us: `neteq` counts in whole milliseconds"));
    }
    let other = packets.find(|unit| unit.duration_us != first)?;
    Some(format!("packet {} lasts {} us and the first {first} us: all must be alike", other.sequence, other.duration_us))
}

impl Algorithm for Peer {
    fn name(&self) -> String {
        "neteq".into()
    }

    fn preset(&self) -> String {
        let bound = |ms: u32| if ms == 0 { "default".to_owned() } else { format!("{ms} ms") };
        format!("crate 0.9.1, 48 kHz, delay from {} to {}", bound(self.min_delay_ms), bound(self.max_delay_ms))
    }

    fn kind(&self) -> &'static str {
        "implementation"
    }

    fn play(&mut self, trace: &Trace, conditions: &Conditions, recorder: &mut Recorder<'_>) {
        let mut run = Run::new(self, trace);
        let mut stage = Stage::new(trace, conditions);
        let (mut sound_on, mut paused, mut epoch) = (true, false, None);
        let (from, until) = measured(trace);
        let (mut before, mut after) = (None, None);
        loop {
            let (now, event) = stage.next(None);
            web_time::set(Duration::from_nanos((now * 1e3) as u64));
            if now >= from && before.is_none() {
                before = Some(run.counted());
            }
            if now >= until && after.is_none() {
                after = Some(run.counted());
            }
            match event {
                Event::End => break,
                Event::Arrive(index) => {
                    let unit = &trace.units[index];
                    if epoch.replace(unit.epoch).is_some_and(|before| before != unit.epoch) {
                        recorder.cut();
                    }
                    if unit.track == Track::Audio {
                        run.arrive(unit);
                    }
                }
                Event::Act(Action::Sound(on)) => sound_on = on,
                Event::Act(Action::Paused(on)) => paused = on,
                Event::Callback { silent_us } => {
                    let pieces = run.pull(conditions.period_frames);
                    peers::sounds(now, silent_us, &pieces, !sound_on || paused, conditions, recorder);
                }
                Event::Choose { .. } | Event::Wake => {}
            }
        }
        let target_ms = run.neteq.target_delay_ms();
        self.own = before.zip(after).map(|(before, after)| {
            let share = |part: u64| 100.0 * part as f64 / (after.frames - before.frames).max(1) as f64;
            Own {
                concealed_pct: share(after.concealed - before.concealed),
                stretched_pct: share(after.stretched - before.stretched),
                target_ms,
            }
        });
    }
}

#[derive(Clone, Copy)]
struct Counted {
    frames: u64,
    concealed: u64,
    stretched: u64,
}

/// Packets as they were decoded: presentation time and frames.
type Decoded = Arc<Mutex<Vec<(i64, usize)>>>;

struct Run {
    neteq: NetEq,
    decoded: Decoded,
    shadow: Shadow,
    /// Frames of a packet, as the crate counts them.
    packet_frames: usize,
    first_pts_us: i64,
    /// Handed out, and not yet taken by a device of another period.
    ready: VecDeque<(usize, Heard)>,
}

impl Run {
    fn new(peer: &Peer, trace: &Trace) -> Self {
        web_time::set(Duration::ZERO);
        let config = NetEqConfig {
            sample_rate: RATE,
            channels: 1,
            min_delay_ms: peer.min_delay_ms,
            max_delay_ms: peer.max_delay_ms,
            ..NetEqConfig::default()
        };
        let mut neteq = NetEq::new(config).expect("a rate and a channel are all that it asks for");
        let decoded = Decoded::default();
        neteq.register_decoder(PAYLOAD_TYPE, Box::new(Decoder { signal: Signal::default(), decoded: decoded.clone() }));
        let first = trace.units.iter().find(|unit| unit.track == Track::Audio);
        Self {
            neteq,
            decoded,
            shadow: Shadow::default(),
            packet_frames: first.map_or(1, |unit| (unit.duration_us / 1000) as usize * BLOCK / 10),
            first_pts_us: first.map_or(0, |unit| unit.pts_us),
            ready: VecDeque::new(),
        }
    }

    fn arrive(&mut self, unit: &Unit) {
        let timestamp = ((unit.pts_us - self.first_pts_us) * i64::from(RATE) / 1_000_000) as u32;
        let header = RtpHeader::new(unit.sequence as u16, timestamp, 1, PAYLOAD_TYPE, false);
        let mut payload = unit.pts_us.to_le_bytes().to_vec();
        payload.extend((self.packet_frames as u32).to_le_bytes());
        let packet = AudioPacket::new(header, payload, RATE, 1, (unit.duration_us / 1000) as u32);
        if let Err(error) = self.neteq.insert_packet(packet) {
            eprintln!("neteq refused packet {}: {error}", unit.sequence);
        }
    }

    fn pull(&mut self, frames: usize) -> Vec<(usize, Heard)> {
        let (mut pieces, mut wanted) = (Vec::new(), frames);
        while wanted > 0 {
            if self.ready.is_empty() {
                let (heard, _) = self.block();
                self.ready.push_back((BLOCK, heard));
            }
            let Some((left, heard)) = self.ready.front_mut() else { break };
            let taken = wanted.min(*left);
            pieces.push((taken, *heard));
            wanted -= taken;
            *left -= taken;
            if let Heard::Media { pts_us, speed } = heard {
                *pts_us += taken as f64 * *speed * 1e6 / f64::from(RATE);
            }
            if *left == 0 {
                self.ready.pop_front();
            }
        }
        pieces
    }

    /// The next 10 ms: what media they are, and their frames.
    fn block(&mut self) -> (Heard, Vec<f32>) {
        let (made_up, samples) = match self.neteq.get_audio() {
            Ok(frame) => (frame.speech_type != SpeechType::Normal, frame.samples),
            Err(error) => {
                eprintln!("neteq gave nothing: {error}");
                (true, Vec::new())
            }
        };
        for (pts, frames) in self.decoded.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            self.shadow.decoded(pts as f64, frames as f64);
        }
        let waiting = self.neteq.get_statistics().packets_awaiting_decode * self.packet_frames;
        let held = self.neteq.current_buffer_size_samples().saturating_sub(waiting);
        let heard = match self.shadow.block(BLOCK as f64, held as f64, made_up) {
            Some((pts_us, speed)) => Heard::Media { pts_us, speed },
            None => Heard::MadeUp,
        };
        (heard, samples)
    }

    fn counted(&self) -> Counted {
        let counted = self.neteq.get_statistics().lifetime;
        Counted {
            frames: counted.jitter_buffer_emitted_count,
            concealed: counted.concealed_samples,
            stretched: counted.inserted_samples_for_deceleration + counted.removed_samples_for_acceleration,
        }
    }
}

/// Gives the signal of the presentation time that a payload names, and notes that it did.
struct Decoder {
    signal: Signal,
    decoded: Decoded,
}

impl AudioDecoder for Decoder {
    fn sample_rate(&self) -> u32 {
        RATE
    }

    fn channels(&self) -> u8 {
        1
    }

    fn decode(&mut self, encoded: &[u8]) -> neteq::Result<Vec<f32>> {
        let (Some((pts, rest)), true) = (encoded.split_first_chunk::<8>(), encoded.len() == 12) else {
            return Ok(Vec::new());
        };
        let pts = i64::from_le_bytes(*pts);
        let frames = rest.first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes)) as usize;
        self.decoded.lock().unwrap_or_else(PoisonError::into_inner).push((pts, frames));
        Ok(self.signal.frames(pts * i64::from(RATE) / 1_000_000, frames).collect())
    }
}

#[cfg(test)]
mod tests {
    use seaglass::lab::{SCENARIOS, play};

    use super::*;

    const SEED: u64 = 7;

    fn made(id: &str, seconds: u32) -> (Trace, Conditions) {
        SCENARIOS.iter().find(|scenario| scenario.id == id).expect("a scenario").make(seconds, SEED)
    }

    #[test]
    fn the_media_time_that_is_counted_is_the_one_that_the_frames_carry() {
        let (trace, conditions) = made("S2", 60);
        let signal = Signal::default();
        let mut run = Run::new(&Peer::default(), &trace);
        let mut stage = Stage::new(&trace, &conditions);
        let (mut plain, mut media) = (0, 0);
        loop {
            let (now, event) = stage.next(None);
            web_time::set(Duration::from_nanos((now * 1e3) as u64));
            match event {
                Event::End => break,
                Event::Arrive(index) if trace.units[index].track == Track::Audio => run.arrive(&trace.units[index]),
                Event::Callback { .. } => {
                    let (heard, samples) = run.block();
                    let Heard::Media { pts_us, speed } = heard else { continue };
                    media += 1;
                    if (speed - 1.0).abs() < 1e-9 {
                        plain += 1;
                        let from = (pts_us * 0.048).round() as i64;
                        let expected: Vec<f32> = signal.frames(from, BLOCK).collect();
                        assert!(samples == expected, "at {now} us, counted {pts_us} us, seed {SEED}");
                    }
                }
                _ => {}
            }
        }
        assert!(plain > 4_000 && plain < media, "{plain} of {media}: both plain and stretched blocks were there");
    }

    #[test]
    fn the_timeline_agrees_with_the_statistics_of_the_crate() {
        for id in ["S2", "S5"] {
            let (trace, conditions) = made(id, 60);
            let mut peer = Peer::default();
            let (figures, _) = play(&mut peer, &trace, &conditions, SEED);
            let (audio, own) = (figures.audio.expect("sound"), peer.own.expect("counted"));
            assert!(own.concealed_pct > 0.5 && own.stretched_pct > 0.1, "{id}, seed {SEED}: {own:?}");
            assert!((audio.concealed_pct - own.concealed_pct).abs() < 0.1, "{id}, seed {SEED}: {audio:?} {own:?}");
            assert!((audio.stretched_pct - own.stretched_pct).abs() < 0.1, "{id}, seed {SEED}: {audio:?} {own:?}");
        }
    }

    #[test]
    fn nothing_sounds_before_it_has_arrived_and_a_seed_repeats_to_the_byte() {
        let (trace, conditions) = made("S9", 60);
        let run = || play(&mut Peer::default(), &trace, &conditions, SEED);
        let (figures, log) = run();
        let packets: Vec<&Unit> = trace.units.iter().filter(|unit| unit.track == Track::Audio).collect();
        for (at, delay) in &log.audio_path {
            let pts = at - trace.earliest.offset(*at) - f64::from(*delay) + 10.0;
            let packet = packets[packets.partition_point(|unit| unit.pts_us as f64 <= pts) - 1];
            assert!(packet.arrival_us as f64 <= *at, "at {at}, seed {SEED}: {packet:?}");
        }
        let print = |figures| serde_json::to_string(&figures).expect("JSON");
        assert_eq!(print(figures), print(run().0));
    }

    #[test]
    fn a_trace_whose_packets_it_cannot_count_is_refused() {
        let (mut trace, _) = made("S1", 20);
        assert_eq!(unfit(&trace), None);
        let packet = trace.units.iter_mut().rfind(|unit| unit.track == Track::Audio).expect("a packet");
        packet.duration_us = 10_000;
        assert!(unfit(&trace).expect("refused").contains("all must be alike"));
    }
}
