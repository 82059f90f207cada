//! Every frame and every command of a session that is traced in full. Rows beyond the run's room are left out.

use super::recording::{CommandRow, FrameRow};
use super::rows::Budget;
use super::waiting::wants;

/// What the server said of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// `applied`
    Applied,
    /// `duplicate`
    Duplicate,
    /// `not_understood`
    NotUnderstood,
    /// `rejected`
    Rejected,
    /// A word that this program does not know.
    Other,
}

/// The rows of a session.
#[derive(Debug, Default)]
pub(super) struct Trace {
    frames: Vec<FrameRow>,
    commands: Vec<Noted>,
}

#[derive(Debug)]
struct Noted {
    kind: &'static str,
    input: Option<u32>,
    due_us: u64,
    issued_us: u64,
    sent_us: Option<u64>,
    acknowledged_us: Option<u64>,
    status: Option<Status>,
    /// By what was waited for, in the order of [`wants::ALL`] without the acknowledgement.
    answered_us: [Option<u64>; 3],
}

impl Status {
    /// By the word of the wire.
    pub(super) fn named(word: &str) -> Self {
        match word {
            "applied" => Self::Applied,
            "duplicate" => Self::Duplicate,
            "not_understood" => Self::NotUnderstood,
            "rejected" => Self::Rejected,
            _ => Self::Other,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::NotUnderstood => "not_understood",
            Self::Rejected => "rejected",
            Self::Other => "other",
        }
    }
}

impl Trace {
    /// Keeps a frame, if there is room.
    pub(super) fn frame(&mut self, budget: &Budget, row: FrameRow) {
        if budget.take() {
            self.frames.push(row);
        }
    }

    /// A frame that is kept, by its timeline and number: one of the newest.
    pub(super) fn shown(&mut self, epoch: u32, sequence: u64) -> Option<&mut FrameRow> {
        self.frames.iter_mut().rev().take(256).find(|row| row.epoch == epoch && row.sequence == sequence)
    }

    /// Keeps a command, if there is room; its number here.
    pub(super) fn command(
        &mut self,
        budget: &Budget,
        kind: &'static str,
        input: Option<u32>,
        due_us: u64,
        issued_us: u64,
    ) -> Option<u32> {
        if !budget.take() {
            return None;
        }
        let place = u32::try_from(self.commands.len()).ok()?;
        self.commands.push(Noted {
            kind,
            input,
            due_us,
            issued_us,
            sent_us: None,
            acknowledged_us: None,
            status: None,
            answered_us: [None; 3],
        });
        Some(place)
    }

    /// A command was acknowledged.
    pub(super) fn acknowledged(&mut self, row: Option<u32>, input: u32, sent_us: Option<u64>, at_us: u64, status: Status) {
        if let Some(noted) = self.noted(row) {
            noted.sent_us = sent_us;
            noted.acknowledged_us = Some(at_us);
            noted.status = Some(status);
            noted.input = noted.input.or((input > 0).then_some(input));
        }
    }

    /// A command was answered otherwise, under an input number.
    pub(super) fn answered(&mut self, row: Option<u32>, want: u8, input: u32, at_us: u64) {
        if let Some(noted) = self.noted(row) {
            noted.input = noted.input.or((input > 0).then_some(input));
            if let Some(place) = wants::ALL.iter().skip(1).position(|one| *one == want) {
                noted.answered_us[place] = Some(at_us);
            }
        }
    }

    /// A command that this side refused.
    pub(super) fn rejected(&mut self, row: Option<u32>) {
        if let Some(noted) = self.noted(row) {
            noted.status = Some(Status::Rejected);
        }
    }

    /// Its frames, as a recording has them.
    pub(super) fn frames(&self) -> &[FrameRow] {
        &self.frames
    }

    /// Its commands, as a recording has them.
    pub(super) fn commands(&self, session: u32) -> impl Iterator<Item = CommandRow> + '_ {
        self.commands.iter().map(move |noted| CommandRow {
            session,
            kind: noted.kind.to_owned(),
            input: noted.input,
            due_us: noted.due_us,
            issued_us: noted.issued_us,
            sent_us: noted.sent_us,
            acknowledged_us: noted.acknowledged_us,
            status: noted.status.map(|status| status.name().to_owned()),
            reflected_us: noted.answered_us[0],
            presented_us: noted.answered_us[1],
            pixels_us: noted.answered_us[2],
        })
    }

    fn noted(&mut self, row: Option<u32>) -> Option<&mut Noted> {
        self.commands.get_mut(row? as usize)
    }
}
