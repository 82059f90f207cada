//! Collects what the sessions of a run measure, on as many threads as there are: shards behind short locks, one small state for each
//! session. Memory is bounded and independent of the number of frames; what has no room is counted and told in the notes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::hub::{Hub, lock};
use super::live::{Live, Paced};
use super::meter::Meter;
use super::metric::Metric;
use super::objective::Objective;
use super::recording::{CommandRow, End, FrameRow, Recording, Run, SCHEMA, SessionRow};
use super::report::Report;
use super::seat::Seat;
use super::spread::Spread;
use super::sums::Sums;
use super::window::{Origin, Window};
use crate::media::{DropCounts, Monotonic};

/// Most sessions of a run that have a row; later ones are measured and have none.
const MOST_SESSIONS: usize = 100_000;

/// What a run is to be measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectorOptions {
    /// The run's beginning.
    pub start: Monotonic,
    /// The measured window, since the start.
    pub window: (Duration, Duration),
    /// How long the run is planned to take, for the steps of its course.
    pub length: Duration,
    /// Sessions below this number keep every frame and every command.
    pub traced: u32,
    /// Most such rows, of all sessions together; what comes later is left out and counted in the notes.
    pub most_rows: usize,
}

/// Collects what the sessions of a run measure.
#[derive(Debug)]
pub struct Collector {
    options: CollectorOptions,
    hub: Arc<Hub>,
    seats: Mutex<Vec<Arc<Mutex<Seat>>>>,
    paced: Mutex<Paced>,
}

impl Collector {
    /// Begins to measure.
    #[must_use]
    pub fn new(options: CollectorOptions) -> Arc<Self> {
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let window = Window::new(micros(options.window.0), micros(options.window.1));
        let hub = Arc::new(Hub::new(Origin(options.start), window, micros(options.length), options.most_rows));
        Arc::new(Self { options, hub, seats: Mutex::default(), paced: Mutex::default() })
    }

    /// Begins a session and gives what measures it. `due` is when the schedule wanted it, `decoded` whether its packets will be
    /// decoded and presented.
    pub fn meter(&self, session: u32, due: Monotonic, decoded: bool) -> Meter {
        let traced = session < self.options.traced;
        let seat = Arc::new(Mutex::new(Seat::new(session, self.hub.micros(due), decoded, traced)));
        self.hub.shard(session).sums.sessions += 1;
        self.hub.shard(session).sums.decoded += u64::from(decoded);
        self.hub.house().begun += 1;
        {
            let mut seats = lock(&self.seats);
            if seats.len() < MOST_SESSIONS {
                seats.push(Arc::clone(&seat));
            } else {
                self.hub.house().without_row += 1;
            }
        }
        Meter::new(Arc::clone(&self.hub), seat, session)
    }

    /// Notes what happened at a moment, or until another. Text is cleaned of control characters and cut.
    pub fn mark(&self, at: Monotonic, until: Option<Monotonic>, kind: &str, session: Option<u32>, text: &str) {
        let (at, until) = (self.hub.micros(at), until.map(|until| self.hub.micros(until)));
        self.hub.house().mark(at, until, kind, session, text);
    }

    /// Notes what this process has used by now: its CPU time since it began, and its resident memory.
    pub fn machine(&self, now: Monotonic, cpu_total: Duration, memory_bytes: u64) {
        self.hub.house().machine(self.hub.micros(now), cpu_total, memory_bytes);
    }

    /// How it goes.
    pub fn live(&self, now: Monotonic) -> Live {
        let mut live = Live { at_s: self.hub.micros(now) as f64 / 1e6, ..Live::default() };
        let (mut ttff, mut commands) = (Spread::default(), Spread::default());
        for shard in self.hub.shards() {
            let shard = lock(shard);
            live.frames += shard.frames;
            live.bytes += shard.bytes;
            live.freezes += shard.freezes;
            live.completed += shard.sums.completed;
            live.failed += shard.sums.failed;
            for (metric, sum) in [(Metric::Ttff, &mut ttff), (Metric::CmdToFrame, &mut commands)] {
                if let Some(spread) = shard.so_far(metric) {
                    sum.add(spread);
                }
            }
        }
        live.ttff = ttff.summary(false);
        live.cmd_to_frame = commands.summary(false);
        {
            let house = self.hub.house();
            live.begun = house.begun;
            live.streaming = house.streaming();
            live.errors.clone_from(&house.errors);
        }
        lock(&self.paced).pace(now, &mut live);
        live
    }

    /// The report so far. A command that waits for an answer counts with the time for which it has waited, so that a server that answers
    /// no more shows while it does not.
    #[must_use]
    pub fn report_now(&self, now: Monotonic, run: &Run, objectives: &[Objective]) -> Report {
        let recording = self.recording(now, run.clone(), End { at_us: self.hub.micros(now), ..End::default() }, false);
        Report::of(&recording, objectives)
    }

    /// Ends the run. Sessions that nobody has closed count as aborted; the window ends now where it was to end later.
    #[must_use]
    pub fn finish(&self, now: Monotonic, run: Run, end: End) -> Recording {
        let open: Vec<Arc<Mutex<Seat>>> = lock(&self.seats).clone();
        for seat in open {
            let session = lock(&seat).row.session;
            Meter::new(Arc::clone(&self.hub), seat, session).abandon(now);
        }
        self.recording(now, run, end, true)
    }

    fn recording(&self, now: Monotonic, mut run: Run, mut end: End, rows: bool) -> Recording {
        let now_us = self.hub.micros(now);
        let mut recording = Recording::default();
        let mut sums = Sums::default();
        let mut drops = DropCounts::default();
        let mut overflowed = 0;
        let mut course = {
            let mut house = self.hub.house();
            house.advance(now_us);
            sums.add(&house.sums());
            recording.marks = house.marks.clone();
            recording.errors = house.errors.clone();
            house.tell(&mut end.notes);
            house.course.clone()
        };
        for shard in self.hub.shards() {
            let shard = lock(shard);
            shard.add_to(&mut recording.spreads);
            sums.add(&shard.sums);
            drops = drops.plus(shard.drops);
            overflowed += shard.overflowed;
            course.add(shard.course.clone());
        }
        let until = now_us.min(self.hub.window().to_us);
        sums.window_us = until.saturating_sub(self.hub.window().from_us);
        let seats: Vec<Arc<Mutex<Seat>>> = lock(&self.seats).clone();
        for seat in &seats {
            let seat = lock(seat);
            let streamed = seat.streamed_so_far(now_us, self.hub.window());
            sums.session_us_window = sums.session_us_window.saturating_add(streamed);
            sums.world_us = sums.world_us.saturating_add((seat.row.seconds_used * 1e6) as u64);
            if let Some(credits) = seat.row.credits {
                sums.credits = Some(sums.credits.unwrap_or(0.0) + credits);
            }
            if !rows {
                seat.pending(now_us, |metric, due_us, waited_us| {
                    if let Some(stretch) = self.hub.window().stretch(due_us) {
                        recording.spreads.entry(metric).or_default().record_unanswered(stretch, waited_us);
                    }
                });
            }
            if rows {
                let (row, frames, commands) = seat.rows();
                recording.sessions.push(row);
                recording.frames.extend(frames);
                recording.commands.extend(commands);
            }
        }
        sort(&mut recording.sessions, &mut recording.frames, &mut recording.commands);
        recording.course = course.rows();
        recording.drops = drops.iter().map(|(cause, count)| (cause.name().to_owned(), count)).collect();
        recording.scalars = sums.scalars(&recording.spreads);
        recording.sums = sums;
        if overflowed > 0 {
            end.notes.push(format!("{overflowed} commands were given up because more than 1,024 of their session waited"));
        }
        self.hub.budget().tell(&mut end.notes);
        if until <= self.hub.window().from_us {
            end.notes.push("the run ended before the measured window began: lengthen it or shorten the warm-up".to_owned());
        }
        (run.schema, run.window_us) = (SCHEMA, (self.hub.window().from_us, until.max(self.hub.window().from_us)));
        recording.run = run;
        recording.end = End { at_us: now_us, ..end };
        recording
    }
}

fn sort(sessions: &mut [SessionRow], frames: &mut [FrameRow], commands: &mut [CommandRow]) {
    sessions.sort_by_key(|row| row.session);
    frames.sort_by_key(|row| (row.last_byte_us, row.session));
    commands.sort_by_key(|row| (row.due_us, row.session));
}
