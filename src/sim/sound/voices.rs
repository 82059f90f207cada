//! Sounds that start at one sample: a bounded pool. When it is full the oldest fades out over 5 ms and makes room.

use super::bell::Bell;
use super::dsp::{Bus, FS, TICK};
use super::footstep::Footstep;
use super::splash::Splash;
use super::thunder::Thunder;

/// Voices that sound at once, those that are fading out not counted.
pub(super) const LIVE: usize = 12;

/// Room for voices that are fading out. A burst of events that overflows even this cuts off the most faded one.
const SLOTS: usize = LIVE + 12;

/// Frames over which a stolen voice fades out.
const FADE: u32 = (FS * 0.005) as u32;

/// One sound.
pub(super) enum Voice {
    /// A bell.
    Bell(Bell),
    /// Thunder.
    Thunder(Thunder),
    /// A footfall.
    Step(Footstep),
    /// A splash.
    Splash(Splash),
}

impl Voice {
    fn render(&mut self, bus: &mut Bus<'_>) -> bool {
        match self {
            Self::Bell(voice) => voice.render(bus),
            Self::Thunder(voice) => voice.render(bus),
            Self::Step(voice) => voice.render(bus),
            Self::Splash(voice) => voice.render(bus),
        }
    }
}

struct Slot {
    voice: Voice,
    age: u64,
    /// Frames left of the fade-out; none while it sounds in full.
    fading: Option<u32>,
}

/// The pool.
pub(super) struct Voices {
    slots: Vec<Slot>,
    started: u64,
}

impl Voices {
    /// An empty pool; allocates all it will ever hold.
    pub(super) fn new() -> Self {
        Self { slots: Vec::with_capacity(SLOTS), started: 0 }
    }

    /// Starts a voice with the next frame rendered.
    pub(super) fn start(&mut self, voice: Voice) {
        let live = self.slots.iter().filter(|slot| slot.fading.is_none()).count();
        if live >= LIVE {
            let oldest = self.slots.iter_mut().filter(|slot| slot.fading.is_none()).min_by_key(|slot| slot.age);
            if let Some(slot) = oldest {
                slot.fading = Some(FADE);
            }
        }
        if self.slots.len() == SLOTS {
            let faded = self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.fading.unwrap_or(u32::MAX));
            if let Some(index) = faded.map(|(index, _)| index) {
                self.slots.remove(index);
            }
        }
        self.started += 1;
        self.slots.push(Slot { voice, age: self.started, fading: None });
    }

    /// Adds all voices to the bus, at most a tick long, and forgets those that are over.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        self.slots.retain_mut(|slot| match &mut slot.fading {
            None => slot.voice.render(bus),
            Some(left) => fade(&mut slot.voice, left, bus),
        });
    }
}

/// Renders a voice that is fading out; false once it has.
fn fade(voice: &mut Voice, left: &mut u32, bus: &mut Bus<'_>) -> bool {
    let (mut l, mut r, mut s) = ([0.0; TICK], [0.0; TICK], [0.0; TICK]);
    let frames = bus.frames();
    let mut alone = Bus { left: &mut l[..frames], right: &mut r[..frames], send: &mut s[..frames] };
    let sounds = voice.render(&mut alone);
    for frame in 0..frames {
        let gain = *left as f32 / FADE as f32;
        *left = left.saturating_sub(1);
        bus.left[frame] += alone.left[frame] * gain;
        bus.right[frame] += alone.right[frame] * gain;
        bus.send[frame] += alone.send[frame] * gain;
    }
    sounds && *left > 0
}
