//! What a session's commands say. Corrected latencies count every command from the moment at which it was due, answered or not;
//! uncorrected ones count answers, from the moment at which what they answer left, as a client does that waits for each answer
//! before it asks again (G. Tene: coordinated omission).

use super::metric::Metric;
use super::rows::Budget;
use super::seat::{Paused, Seat, span};
use super::shard::Shard;
use super::trace::Status;
use super::waiting::{Command, wants};

/// Kinds that change what is seen, and are reflected by a frame.
const REFLECTED: [&str; 3] = ["hands", "direct", "wander"];

/// A command as it is issued; moments in microseconds since the run's start.
pub(super) struct Issued<'a> {
    pub(super) kind: &'static str,
    pub(super) id: Option<&'a str>,
    pub(super) input: Option<u32>,
    pub(super) due_us: u64,
    /// When this side took it up: what it waited for a stream then is not this side's doing.
    pub(super) taken_us: u64,
    pub(super) issued_us: u64,
}

/// An acknowledgement.
pub(super) struct Answer<'a> {
    pub(super) id: &'a str,
    pub(super) status: &'a str,
    pub(super) sent_us: Option<u64>,
    pub(super) at_us: u64,
    pub(super) input: Option<u32>,
}

impl Seat {
    /// A command was issued.
    pub(super) fn commanded(&mut self, shard: &mut Shard, budget: &Budget, issued: &Issued<'_>) {
        let Issued { kind, id, input, due_us, taken_us, issued_us } = *issued;
        let decoded = self.row.decoded;
        let Some(streaming) = &mut self.streaming else { return };
        shard.sums.commands_window += u64::from(shard.counts(due_us));
        shard.sample(Metric::SendLag, due_us, span(due_us, taken_us));
        match kind {
            "pause" if streaming.paused == Paused::No => streaming.paused = Paused::Since(issued_us),
            "resume" => {
                if let Paused::Since(since) = streaming.paused {
                    streaming.paused = Paused::Resuming(since);
                }
            }
            _ => {}
        }
        let mut wanted = if id.is_some() { wants::ACK } else { 0 };
        if input.is_some() || REFLECTED.contains(&kind) {
            wanted |= wants::FRAME | if decoded { wants::PRESENT } else { 0 };
        }
        let mut command = Command::new(due_us, issued_us, id, input, wanted, kind == "hands");
        command.pauses = kind == "pause";
        command.row = self.trace.as_mut().and_then(|trace| trace.command(budget, kind, input, due_us, issued_us));
        if let Some(oldest) = streaming.waiting.push(command) {
            shard.overflowed += 1;
            leave(shard, &oldest, issued_us);
        }
        self.catch_up(shard);
    }

    /// A command was refused by this side.
    pub(super) fn rejected(&mut self, shard: &mut Shard, budget: &Budget, kind: &'static str, due_us: u64, now_us: u64) {
        if self.streaming.is_none() {
            return;
        }
        let counts = u64::from(shard.counts(due_us));
        shard.sums.commands_window += counts;
        shard.sums.rejected_window += counts;
        if let Some(trace) = &mut self.trace {
            let row = trace.command(budget, kind, None, due_us, now_us);
            trace.rejected(row);
        }
    }

    /// A command was acknowledged.
    pub(super) fn acknowledged(&mut self, shard: &mut Shard, answer: &Answer<'_>) {
        let Some(streaming) = &mut self.streaming else { return };
        let status = Status::named(answer.status);
        let refused = matches!(status, Status::Rejected | Status::NotUnderstood);
        let (trace, paused) = (&mut self.trace, &mut streaming.paused);
        streaming.waiting.acknowledged(answer.id, answer.input, !refused, |command| {
            shard.sample(Metric::CmdToAck, command.due_us, span(command.due_us, answer.at_us));
            if let Some(sent) = answer.sent_us {
                shard.sample(Metric::CmdToAckUncorrected, sent, span(sent, answer.at_us));
            }
            shard.sums.rejected_window += u64::from(refused && shard.counts(command.due_us));
            if refused && command.pauses {
                *paused = Paused::No;
            }
            if let Some(trace) = trace {
                trace.acknowledged(command.row, command.input, answer.sent_us, answer.at_us, status);
            }
        });
        self.catch_up(shard);
    }

    /// A frame that reflects an input was read.
    pub(super) fn reflected(&mut self, shard: &mut Shard, input: u32, stamp_us: u64, at_us: u64) {
        let uncorrected = Metric::CmdToFrameUncorrected;
        self.echoed(shard, wants::FRAME, Metric::CmdToFrame, uncorrected, Echo { input, stamp_us, at_us });
    }

    /// One was presented.
    pub(super) fn shown(&mut self, shard: &mut Shard, input: u32, stamp_us: u64, at_us: u64) {
        let uncorrected = Metric::CmdToPresentUncorrected;
        self.echoed(shard, wants::PRESENT, Metric::CmdToPresent, uncorrected, Echo { input, stamp_us, at_us });
    }

    /// The pixels of a presented frame say which input they reflect.
    pub(super) fn pixels(&mut self, shard: &mut Shard, input: u32, at_us: u64) {
        let Some(streaming) = &mut self.streaming else { return };
        let trace = &mut self.trace;
        streaming.waiting.pixels(input, |command| {
            shard.sample(Metric::CmdToPixels, command.due_us, span(command.due_us, at_us));
            if let Some(trace) = trace {
                trace.answered(command.row, wants::PIXELS, command.input, at_us);
            }
        });
    }

    /// Nobody waits for answers any longer.
    pub(super) fn give_up(&mut self, shard: &mut Shard, now_us: u64) {
        if let Some(streaming) = &mut self.streaming {
            streaming.waiting.give_up(|command| leave(shard, command, now_us));
        }
    }

    /// What waits for an answer now: its metric, when it was due, and for how long it has waited, which is the least that it will take.
    pub(super) fn pending(&self, now_us: u64, mut told: impl FnMut(Metric, u64, i64)) {
        let Some(streaming) = &self.streaming else { return };
        for command in streaming.waiting.pending() {
            awaited(&command).for_each(|metric| told(metric, command.due_us, span(command.due_us, now_us)));
        }
    }

    fn echoed(&mut self, shard: &mut Shard, want: u8, metric: Metric, uncorrected: Metric, echo: Echo) {
        let Some(streaming) = &mut self.streaming else { return };
        let trace = &mut self.trace;
        let Echo { input, stamp_us, at_us } = echo;
        let known = streaming.waiting.echoed(want, input, at_us, |command| {
            shard.sample(metric, command.due_us, span(command.due_us, at_us));
            if let Some(trace) = trace {
                trace.answered(command.row, want, command.input, at_us);
            }
        });
        if let Some(issued) = known {
            let issued = issued.unwrap_or(stamp_us);
            if issued <= at_us {
                shard.sample(uncorrected, issued, span(issued, at_us));
            }
        }
    }

    fn catch_up(&mut self, shard: &mut Shard) {
        let Some(streaming) = &mut self.streaming else { return };
        let trace = &mut self.trace;
        streaming.waiting.catch_up(|command, want, at_us| {
            let metric = if want == wants::FRAME { Metric::CmdToFrame } else { Metric::CmdToPresent };
            shard.sample(metric, command.due_us, span(command.due_us, at_us));
            if let Some(trace) = trace {
                trace.answered(command.row, want, command.input, at_us);
            }
        });
    }
}

struct Echo {
    input: u32,
    stamp_us: u64,
    at_us: u64,
}

/// The metrics of which a command waits for a sample.
fn awaited(command: &Command) -> impl Iterator<Item = Metric> + use<> {
    let metrics = [Metric::CmdToAck, Metric::CmdToFrame, Metric::CmdToPresent, Metric::CmdToPixels];
    let wanted = command.wants;
    wants::ALL.into_iter().zip(metrics).filter(move |(want, _)| wanted & want != 0).map(|(_, metric)| metric)
}

/// A command that nobody waits for any longer counts with the time for which it has waited.
fn leave(shard: &mut Shard, command: &Command, now_us: u64) {
    for metric in awaited(command) {
        shard.unanswered(metric, command.due_us, span(command.due_us, now_us));
    }
    if command.wants & !wants::PIXELS != 0 {
        shard.sums.unanswered_window += u64::from(shard.counts(command.due_us));
    }
}
