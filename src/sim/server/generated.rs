//! The generated world as the host wants to see it: directions in words go by way of the director, sound by way of the synthesiser.

use super::refusal::brief;
use crate::media::{MediaTime, Picture};
use crate::sim::director::understand;
use crate::sim::scene::{Applied, FrameLabel, Scene, Shown};
use crate::sim::sound::{SoundEvent, Synth};
use crate::sim::world::World;
use crate::wire::{AckStatus, Control, Direction};

/// Sound events that wait to be heard at most; while sound is off they are dropped.
const MAX_EVENTS: usize = 64;

/// Words of a direction that an acknowledgement quotes at most.
const MAX_QUOTED: usize = 12;

pub(super) struct Generated {
    world: World,
    synth: Synth,
    events: Vec<SoundEvent>,
    cut: bool,
}

impl Generated {
    pub(super) fn new(prompt: &str, seed: u64, progress: &mut dyn FnMut(&str, f32)) -> Self {
        let world = World::generate(prompt, seed, progress);
        Self { world, synth: Synth::new(seed), events: Vec::with_capacity(MAX_EVENTS), cut: false }
    }

    /// Applies one structured direction; what was done, or else what is wrong with it.
    fn act(&mut self, direction: &Direction) -> Result<String, String> {
        let done = self.world.apply(direction);
        self.cut |= done.cut;
        if done.understood { Ok(done.message) } else { Err(done.message) }
    }

    fn act_on_words(&mut self, text: &str) -> Applied {
        let found = understand(text);
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for direction in &found.directions {
            match self.act(direction) {
                Ok(words) => done.push(words),
                Err(words) => failed.push(words),
            }
        }
        let quoted: Vec<&str> = found.ignored.iter().take(MAX_QUOTED).map(String::as_str).collect();
        let mut message = done.join("; ");
        let mut add = |words: &str| {
            if !message.is_empty() {
                message.push_str("; ");
            }
            message.push_str(words);
        };
        failed.iter().for_each(|words| add(words));
        if !quoted.is_empty() {
            add(&format!("not understood: {}", quoted.join(" ")));
        }
        if done.is_empty() && failed.is_empty() && quoted.is_empty() {
            add("nothing in these words is a direction");
        }
        if done.is_empty() {
            add("a direction names weather, time of day, light, mood, a camera move, or a thing to bring or take away");
        }
        let status = if done.is_empty() { AckStatus::NotUnderstood } else { AckStatus::Applied };
        Applied { status, message: brief(message) }
    }
}

impl Scene for Generated {
    fn control(&mut self, hands: &Control) {
        self.world.control(hands);
    }

    fn release(&mut self) {
        self.world.let_go();
    }

    fn direct(&mut self, text: Option<&str>, action: Option<&Direction>) -> Applied {
        let action = action.map(|action| self.act(action));
        match (action, text) {
            (Some(Ok(message)), _) => Applied { status: AckStatus::Applied, message },
            (_, Some(text)) => self.act_on_words(text),
            (Some(Err(message)), None) => Applied { status: AckStatus::NotUnderstood, message },
            (None, None) => {
                Applied { status: AckStatus::Rejected, message: "a direction needs a text or an action".to_owned() }
            }
        }
    }

    fn wander(&mut self, prompt: &str) -> Applied {
        self.world.wander(prompt);
        Applied { status: AckStatus::Applied, message: "the world has a new look; its geography stays".to_owned() }
    }

    fn step(&mut self, frame: Shown) {
        self.world.step(frame.duration);
        debug_assert_eq!(self.world.now(), frame.pts, "the world keeps the host's time");
        self.world.drain_events(&mut self.events);
        let surplus = self.events.len().saturating_sub(MAX_EVENTS);
        self.events.drain(..surplus);
    }

    fn render(&mut self, picture: &mut Picture, _label: FrameLabel) {
        self.world.render(picture);
    }

    fn sound(&mut self, start: MediaTime, out: &mut [f32]) {
        let scene = self.world.sound_scene();
        self.synth.render(start, &scene, &self.events, out);
        self.events.clear();
    }

    fn take_cut(&mut self) -> bool {
        std::mem::take(&mut self.cut)
    }
}
