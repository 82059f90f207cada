//! Remembers commands by id, so that each is applied once however often it comes and on whichever path (HO-28).

use std::collections::{HashMap, VecDeque};

use super::order::MAX_ORDERS;
use crate::wire::{AckStatus, CommandId, Down};

/// How many commands are remembered. The oldest is forgotten first: a client that repeats an id after a thousand others has had
/// minutes to read its acknowledgement.
const REMEMBERED: usize = 1024;

/// The same in a shared world, of which there are thousands: more than can wait at once, twice over.
const REMEMBERED_SHARED: usize = 2 * MAX_ORDERS;

pub(super) struct Ledger {
    acks: HashMap<CommandId, Down>,
    order: VecDeque<CommandId>,
    most: usize,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { acks: HashMap::new(), order: VecDeque::new(), most: REMEMBERED }
    }
}

impl Ledger {
    /// The ledger of one of many.
    pub(super) fn small() -> Self {
        Self { most: REMEMBERED_SHARED, ..Self::default() }
    }

    /// The answer to a command that came before: its first acknowledgement, marked as a duplicate.
    pub(super) fn repeated(&self, id: &CommandId) -> Option<Down> {
        let mut ack = self.acks.get(id)?.clone();
        if let Down::Ack { status, .. } = &mut ack {
            *status = AckStatus::Duplicate;
        }
        Some(ack)
    }

    pub(super) fn remember(&mut self, id: &CommandId, ack: &Down) {
        if self.order.len() == self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.acks.remove(&oldest);
        }
        self.order.push_back(id.clone());
        self.acks.insert(id.clone(), ack.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(id: &CommandId) -> Down {
        Down::Ack { id: id.clone(), status: AckStatus::Applied, message: "rain".into(), state_version: 3, input: None }
    }

    /// HO-28
    #[test]
    fn a_repeated_command_is_answered_with_its_first_words() {
        let (mut ledger, id) = (Ledger::default(), CommandId::new("a").unwrap());
        assert_eq!(ledger.repeated(&id), None);
        ledger.remember(&id, &ack(&id));
        let Some(Down::Ack { status, message, .. }) = ledger.repeated(&id) else { panic!("no answer") };
        assert_eq!((status, message.as_str()), (AckStatus::Duplicate, "rain"));
    }

    #[test]
    fn memory_is_bounded_and_forgets_the_oldest_first() {
        let mut ledger = Ledger::default();
        let id = |n: usize| CommandId::new(format!("c{n}")).unwrap();
        (0..=REMEMBERED).for_each(|n| ledger.remember(&id(n), &ack(&id(n))));
        assert_eq!((ledger.acks.len(), ledger.order.len()), (REMEMBERED, REMEMBERED));
        assert!(ledger.repeated(&id(0)).is_none() && ledger.repeated(&id(1)).is_some());
    }
}
