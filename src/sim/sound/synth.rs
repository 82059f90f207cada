//! The synthesiser: cuts time at control ticks and at events, and lets every part add its sound. Its neighbours make the sounds;
//! here is only when.

use super::ambience::AmbienceSound;
use super::bell::Bell;
use super::chirps::Chirps;
use super::dsp::{Bus, RATE, TICK, sine};
use super::footstep::Footstep;
use super::master::{Master, ceiling};
use super::scene::{SoundEvent, SoundScene};
use super::shore::WaterSound;
use super::space::Space;
use super::splash::{Splash, chime};
use super::thunder::Thunder;
use super::voices::{Voice, Voices};
use super::weather::WeatherSound;
use crate::media::MediaTime;

/// Events that wait for their time.
const PENDING: usize = 64;

/// Frames that an event may lie ahead: 30 s, longer than the sound of any lightning that can be seen.
const AHEAD: i64 = 30 * RATE as i64;

/// Frames that an event may always be late: 100 ms, or one block where that is longer.
const LATE: i64 = RATE as i64 / 10;

/// Frames of the calibration click: 10 ms.
const CLICK: u32 = RATE / 100;

/// Level of the calibration click, of full scale.
const CLICK_LEVEL: f32 = 0.8;

/// Renders scenes and events to samples. All state is carried sample by sample: the same scenes and events give the same samples
/// however they are cut into blocks. Allocates in [`Synth::new`] alone.
pub struct Synth {
    seed: u64,
    /// Strike note of this world's bell, in hertz.
    bell: f32,
    /// Frames left until the next control tick.
    until_tick: usize,
    steps: u32,
    sparks: u64,
    /// Events later than the blocks so far, by absolute frame; unordered.
    pending: Vec<(i64, SoundEvent)>,
    weather: WeatherSound,
    water: WaterSound,
    ambience: AmbienceSound,
    chirps: Chirps,
    voices: Voices,
    space: Space,
    master: Master,
    /// Frames of the calibration click that are still to sound.
    click: u32,
}

impl Synth {
    /// A synthesiser at rest. The same seed gives the same sound.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            // D, E, F sharp, A or B: every world's bell has its own note.
            bell: [293.7, 329.6, 370.0, 440.0, 493.9][(seed % 5) as usize],
            until_tick: 0,
            steps: 0,
            sparks: 0,
            pending: Vec::with_capacity(PENDING),
            weather: WeatherSound::new(seed),
            water: WaterSound::new(seed),
            ambience: AmbienceSound::new(seed),
            chirps: Chirps::new(),
            voices: Voices::new(),
            space: Space::new(),
            master: Master::new(),
            click: 0,
        }
    }

    /// Renders the next `out.len() / 2` frames into `out` (interleaved left, right; overwritten; within −1..=1). `start` is the
    /// media time of the first frame and places `events`, which need no order. Events later than this block wait inside (at most
    /// 64, at most 30 s ahead; what exceeds that is dropped); events that are late by less than this block, or less than 100 ms,
    /// sound at once; later ones are dropped. A change of `scene` is heard from the next millisecond on, gliding.
    pub fn render(&mut self, start: MediaTime, scene: &SoundScene, events: &[SoundEvent], out: &mut [f32]) {
        let first = frame_of(start);
        let end = first.saturating_add((out.len() / 2) as i64);
        let late = first.saturating_sub(LATE.max(end - first));
        // What no longer fits the timeline (it jumped) must not hold room for ever.
        self.pending.retain(|&(at, _)| at > late && at < end.saturating_add(AHEAD));
        // Events are taken by time, then by the order given; the cursor is the last one taken.
        let mut cursor: Option<(i64, usize)> = None;
        let mut next = self.following(first, late, events, cursor);
        let mut now = first;
        let (whole, odd) = out.split_at_mut(out.len() / 2 * 2);
        odd.fill(0.0);
        let mut rest = whole;
        while !rest.is_empty() {
            while let Some((at, index, event)) = next.filter(|&(at, ..)| at <= now) {
                self.start(&event);
                cursor = Some((at, index));
                next = self.following(first, late, events, cursor);
            }
            if self.until_tick == 0 {
                self.tick(scene);
                self.until_tick = TICK;
            }
            let mut frames = self.until_tick.min(rest.len() / 2);
            if let Some((at, ..)) = next {
                frames = frames.min(usize::try_from(at - now).unwrap_or(frames));
            }
            let (chunk, after) = rest.split_at_mut(frames * 2);
            self.chunk(chunk);
            self.until_tick -= frames;
            now += frames as i64;
            rest = after;
        }
        self.pending.retain(|&(at, _)| at >= end);
        for event in events {
            let at = frame_of(event.at());
            if at >= end && at < end.saturating_add(AHEAD) && self.pending.len() < PENDING {
                self.pending.push((at, *event));
            }
        }
    }

    /// The next event at or after `late` that comes behind the cursor, and its frame (at the earliest `first`) and index: those
    /// that wait come before those just given.
    fn following(
        &self,
        first: i64,
        late: i64,
        events: &[SoundEvent],
        cursor: Option<(i64, usize)>,
    ) -> Option<(i64, usize, SoundEvent)> {
        let given = events.iter().map(|event| (frame_of(event.at()), *event));
        self.pending
            .iter()
            .copied()
            .chain(given)
            .enumerate()
            .filter(|&(_, (at, _))| at > late)
            .map(|(index, (at, event))| (at.max(first), index, event))
            .filter(|&(at, index, _)| cursor.is_none_or(|cursor| (at, index) > cursor))
            .min_by_key(|&(at, index, _)| (at, index))
    }

    fn start(&mut self, event: &SoundEvent) {
        self.sparks = self.sparks.wrapping_add(1);
        let seed = self.seed ^ self.sparks.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let voice = match *event {
            SoundEvent::Step { surface, running, .. } => {
                self.steps = self.steps.wrapping_add(1);
                Voice::Step(Footstep::new(self.seed, self.steps, surface, running))
            }
            SoundEvent::Thunder { distance_m, pan, .. } => Voice::Thunder(Thunder::new(seed, distance_m, pan)),
            SoundEvent::Bell { distance_m, pan, .. } => Voice::Bell(Bell::new(self.bell, distance_m, pan)),
            SoundEvent::Splash { size, pan, .. } => Voice::Splash(Splash::new(seed, size, pan, &mut self.chirps)),
            SoundEvent::Chime { pan, .. } => return chime(pan, &mut self.chirps),
            SoundEvent::Click { .. } => {
                self.click = CLICK;
                return;
            }
        };
        self.voices.start(voice);
    }

    fn tick(&mut self, scene: &SoundScene) {
        self.weather.tick(scene);
        self.water.tick(&scene.water, &mut self.chirps);
        self.ambience.tick(&scene.ambience, scene.mood, &mut self.chirps);
        self.space.tick(scene.space);
        self.master.tick(scene);
    }

    /// Renders at most a tick's frames with nothing changing in between.
    fn chunk(&mut self, out: &mut [f32]) {
        let (mut left, mut right, mut send) = ([0.0; TICK], [0.0; TICK], [0.0; TICK]);
        let frames = out.len() / 2;
        let mut bus = Bus { left: &mut left[..frames], right: &mut right[..frames], send: &mut send[..frames] };
        self.weather.render(&mut bus);
        self.water.render(&mut bus);
        self.ambience.render(&mut bus);
        self.chirps.render(&mut bus);
        self.voices.render(&mut bus);
        self.space.render(&mut bus);
        self.master.render(&mut bus);
        for (frame, pair) in out.chunks_exact_mut(2).enumerate() {
            pair[0] = left[frame];
            pair[1] = right[frame];
            if self.click > 0 {
                // 1 kHz: a cycle is 48 frames.
                let click = CLICK_LEVEL * sine((CLICK - self.click) as f32 / 48.0);
                self.click -= 1;
                pair[0] = ceiling(pair[0] + click);
                pair[1] = ceiling(pair[1] + click);
            }
        }
    }
}

/// The absolute frame nearest to a media time.
fn frame_of(time: MediaTime) -> i64 {
    let scaled = i128::from(time.as_micros()) * i128::from(RATE);
    // Within a quarter of the range, so that arithmetic on frames cannot overflow.
    ((scaled + 500_000).div_euclid(1_000_000)).clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64
}
