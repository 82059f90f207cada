//! Which worlds there are, and what is remembered of those that were: the key that made each, so that none is made twice, and what
//! it used, so that its bill can be read later. Bounded throughout; the oldest is forgotten first, and what lives never is.

use std::collections::VecDeque;
use std::sync::Arc;

use super::hosted::Hosted;
use crate::wire::{Usage, WorldId, WorldUsage};

/// Worlds that have ended by themselves and are kept for those who ask why.
const KEPT: usize = 64;

/// Ended worlds and void keys whose key and bill are remembered. `docs/protocol.md` publishes it.
const REMEMBERED: usize = 4096;

/// The worlds of one server.
#[derive(Default)]
pub(super) struct Register {
    alive: Vec<Arc<Hosted>>,
    /// Ended by themselves: asked for by id they still answer.
    ended: VecDeque<Arc<Hosted>>,
    past: VecDeque<Past>,
}

/// What is left of a world, or of a key that was void before it made one.
enum Past {
    World(WorldUsage),
    Void(String),
}

/// What a key stands for.
pub(super) enum Known {
    /// A world that lives.
    Alive(Arc<Hosted>),
    /// A world that has ended; none, where the key was void before it made one.
    Over(Option<WorldId>),
}

impl Register {
    pub(super) fn add(&mut self, world: Arc<Hosted>) {
        self.settle();
        self.alive.push(world);
    }

    /// Worlds that live now.
    pub(super) fn alive(&mut self) -> usize {
        self.settle();
        self.alive.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<&Arc<Hosted>> {
        self.all().find(|world| world.id() == id)
    }

    /// The worlds that still answer, newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Hosted>> {
        self.alive.iter().rev().chain(self.ended.iter().rev())
    }

    pub(super) fn known(&mut self, key: &str) -> Option<Known> {
        self.settle();
        if let Some(world) = self.alive.iter().find(|world| world.key() == Some(key)) {
            return Some(Known::Alive(Arc::clone(world)));
        }
        self.past.iter().find_map(|past| match past {
            Past::World(usage) if usage.idempotency_key.as_deref() == Some(key) => Some(Known::Over(Some(usage.id.clone()))),
            Past::Void(void) if void == key => Some(Known::Over(None)),
            _ => None,
        })
    }

    /// Lets no world be made by this key any more.
    pub(super) fn void(&mut self, key: &str) {
        if self.known(key).is_none() {
            self.remember(Past::Void(key.to_owned()));
        }
    }

    /// Takes a world out. Its bill is remembered as it stands, so it must have ended.
    pub(super) fn take(&mut self, id: &str) -> Option<Arc<Hosted>> {
        self.settle();
        let at = self.ended.iter().position(|world| world.id() == id)?;
        self.ended.remove(at)
    }

    /// Everything that lives or is kept, for the end of the house.
    pub(super) fn take_all(&mut self) -> Vec<Arc<Hosted>> {
        let all = self.alive.iter().chain(&self.ended).cloned().collect();
        self.settle();
        all
    }

    /// What was used: by those that live and by the newest of the others, narrowed where asked for.
    pub(super) fn usage(&mut self, wanted: impl Fn(&WorldUsage) -> bool) -> Usage {
        self.settle();
        let alive = self.alive.iter().rev().map(|world| world.usage());
        let past = self.past.iter().rev().filter_map(|past| match past {
            Past::World(usage) => Some(usage.clone()),
            Past::Void(_) => None,
        });
        let worlds: Vec<WorldUsage> = alive.chain(past).filter(wanted).take(REMEMBERED).collect();
        Usage {
            seconds_used: worlds.iter().map(|world| world.seconds_used).sum(),
            credits_used: worlds.iter().map(|world| world.credits_used).sum(),
            worlds,
            extra: serde_json::Map::new(),
        }
    }

    /// Worlds end on threads of their own; those that did so are noticed here, before anything is looked up.
    fn settle(&mut self) {
        let (ended, alive) = self.alive.drain(..).partition(|world| world.desk.ended());
        self.alive = alive;
        let ended: Vec<Arc<Hosted>> = ended;
        for world in ended {
            self.remember(Past::World(world.usage()));
            if self.ended.len() == KEPT {
                self.ended.pop_front();
            }
            self.ended.push_back(world);
        }
    }

    fn remember(&mut self, past: Past) {
        if self.past.len() == REMEMBERED {
            self.past.pop_front();
        }
        self.past.push_back(past);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn void_keys_are_remembered_up_to_a_bound() {
        let mut register = Register::default();
        (0..=REMEMBERED).for_each(|n| register.void(&format!("k{n}")));
        assert!(register.known("k0").is_none(), "the oldest is forgotten");
        assert!(matches!(register.known("k1"), Some(Known::Over(None))));
        register.void("k1");
        assert_eq!(register.past.len(), REMEMBERED, "void is void");
    }
}
