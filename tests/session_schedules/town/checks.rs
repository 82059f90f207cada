//! What must hold: at every moment, when the network is well again, and at the end.

use std::collections::BTreeSet;

use seaglass::media::Tier;
use seaglass::session::{Ending, LeaseEnd, LeaseRecord, RefusalCause};
use seaglass::wire::{CommandId, TierName};

use super::{Process, Town};

impl Town {
    /// At every moment: what costs something stands in the journal, and a command is applied once and in its order.
    pub(super) fn check_always(&self) -> Result<(), String> {
        let alive = self.server.alive().len();
        let open = self.open_in_journal().len();
        if alive > open {
            return Err(format!("{alive} worlds live and {open} are open in the journal: {:?}", self.journal));
        }
        Ok(())
    }

    pub(super) fn check_applied(&self) -> Result<(), String> {
        for (id, world) in &self.server.worlds {
            let mut seen = BTreeSet::new();
            for (command, _) in &world.applied {
                if !seen.insert(command) {
                    return Err(format!("{command} was applied twice in {id}"));
                }
            }
            let number = |command: &CommandId| command.as_str().strip_prefix("p1-").and_then(|n| n.parse::<u32>().ok());
            let numbers: Vec<u32> = world.applied.iter().filter_map(|(command, _)| number(command)).collect();
            if numbers.windows(2).any(|pair| pair[0] > pair[1]) {
                return Err(format!("commands were applied out of order in {id}: {numbers:?}"));
            }
        }
        Ok(())
    }

    /// Two minutes after the network got well: a session that lives has everything applied and its state is the server's.
    pub(super) fn check_settled(&mut self) -> Result<(), String> {
        self.check_applied()?;
        let Some(process) = &self.process else { return Ok(()) };
        let Some(session) = &process.session else { return Ok(()) };
        if session.is_ended() {
            return self.check_ended(process);
        }
        self.reached.settled += 1;
        let Some(world) = process.lease.id().and_then(|id| self.server.worlds.get(id)) else {
            return Err("a session lives without a world".to_owned());
        };
        let applied: BTreeSet<_> = world.applied.iter().map(|(id, _)| id.clone()).collect();
        for (id, words) in &process.issued {
            if !applied.contains(id) {
                return Err(format!("{id} ({words}) was taken and never applied; acknowledged: {:?}", process.acknowledged));
            }
            if !process.acknowledged.contains(id) {
                return Err(format!("{id} ({words}) was applied and never acknowledged"));
            }
        }
        self.reached.applied += process.issued.len() as u64;
        let asked = &process.asked;
        let tier = |draft: bool| TierName::Known(if draft { Tier::Draft } else { Tier::Standard });
        let same = [
            ("keys", asked.keys == world.keys),
            ("tier", asked.pin.is_none_or(|draft| world.pinned && world.tier == tier(draft))),
            ("sound", asked.sound.is_none_or(|on| world.sound == on)),
            ("pause", asked.paused.is_none_or(|paused| world.paused == paused)),
        ];
        match same.iter().find(|(_, same)| !same) {
            Some((what, _)) => Err(format!("{what} differ: the user asked for {asked:?}, the world has {world:?}")),
            None => Ok(()),
        }
    }

    /// A session that ended says why, and does not claim what it cannot know.
    pub(super) fn check_ended(&self, process: &Process) -> Result<(), String> {
        let waiting = process.issued.len() - process.acknowledged.len();
        let told = process.session.as_ref().map_or(0, |session| session.stats().unacknowledged);
        if waiting != told {
            return Err(format!("{waiting} commands are in doubt and {told} are told"));
        }
        if let Some(Ending::Refused(refusal)) = &process.ended
            && refusal.cause == RefusalCause::Replaced
            && !self.taken_over
        {
            return Err("a stream was refused to its own holder".to_owned());
        }
        Ok(())
    }

    /// After the end: nothing costs anything any more, the journal is closed, and its bills are the server's.
    pub(super) fn check_over(&self) -> Result<(), String> {
        self.check_applied()?;
        let alive = self.server.alive();
        if !alive.is_empty() {
            return Err(format!("{alive:?} still live; the journal says {:?}", self.journal));
        }
        let open = self.open_in_journal();
        if !open.is_empty() {
            let end = self.process.as_ref().and_then(|process| process.lease.end().cloned());
            return Err(format!("{open:?} are open in the journal: {:?}, the lease ended with {end:?}", self.journal));
        }
        for records in self.journal.values() {
            let id = records.iter().find_map(|record| match record {
                LeaseRecord::Held(id) => Some(id),
                _ => None,
            });
            for record in records {
                if let (LeaseRecord::Ended(Some(bill)), Some(id)) = (record, id)
                    && self.server.worlds[id].bill() != Some(*bill)
                {
                    return Err(format!("{id} cost {:?}, and the journal says {bill:?}", self.server.worlds[id].bill()));
                }
            }
        }
        if let Some(LeaseEnd::Kept) = self.process.as_ref().and_then(|process| process.lease.end()) {
            return Err("a world was kept that nobody asked to keep".to_owned());
        }
        Ok(())
    }
}
