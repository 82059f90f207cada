//! One recording of many: runs of the same plan on several machines at once. What was measured adds up, nothing counts twice, and
//! what is not comparable is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::differences::differences;
use super::recording::{MarkRow, Recording, Run, StepRow};

/// Most marks of a merged run, as of one.
const MOST_MARKS: usize = 10_000;
/// Most parts of a plan.
const MOST_PARTS: usize = 1_000;
/// The member of the environment that says which part of a plan a run did, as in `0/3`.
const SHARD: &str = "shard";
/// How a note begins that tells of parts that are not there.
const MISSING: &str = "parts of the plan are missing: ";
/// Between the values of a member of the environment that differ from run to run.
const BETWEEN: &str = " · ";

/// Why recordings do not merge.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeError {
    /// There is none.
    #[error("there is nothing to merge: give the traces of at least one run")]
    Nothing,
    /// One is there twice.
    #[error("the run {0} is there twice, and would count twice: give each trace once")]
    Twice(String),
    /// A part of a plan is there twice.
    #[error("the part {0} of the plan is there twice: give the trace of each --shard once")]
    Part(String),
    /// They did not do the same.
    #[error("the runs {one} and {other} did not do the same: {}; run all parts with the same scenario and flags", .differences.join("; "))]
    Unlike {
        /// One run's id.
        one: String,
        /// Another one's.
        other: String,
        /// What differs.
        differences: Vec<String>,
    },
    /// They measured at other times.
    #[error("the run {other} measured from {} s on and the run {one} from {} s on: run all parts with the same warm-up", seconds(.windows.1), seconds(.windows.0))]
    Windows {
        /// One run's id.
        one: String,
        /// Another one's.
        other: String,
        /// When their windows began, in microseconds since their starts.
        windows: (u64, u64),
    },
}

impl Recording {
    /// One recording of many: of the parts of one plan (`--shard`), or of runs of the same plan side by side, whose sessions add up.
    /// Sessions are numbered anew, in the order of the recordings; moments stay those since each run's own start.
    /// Medians of the course are means of the runs' medians, weighed by their frames.
    ///
    /// # Errors
    /// What does not fit together, and what to do.
    pub fn merge(recordings: Vec<Self>) -> Result<Self, MergeError> {
        let mut rest = recordings.into_iter().map(Self::without_missing);
        let mut whole = rest.next().ok_or(MergeError::Nothing)?;
        let mut ids: BTreeSet<String> = BTreeSet::new();
        take(&mut ids, &whole.run)?;
        let mut parts = 1_usize;
        for part in rest {
            take(&mut ids, &part.run)?;
            alike(&whole.run, &part.run)?;
            whole.add(part);
            parts += 1;
        }
        if parts > 1 || !whole.run.merged.is_empty() {
            let mut hasher = DefaultHasher::new();
            ids.hash(&mut hasher);
            whole.run.id = format!("merged-{:016x}", hasher.finish());
            whole.run.merged = ids.into_iter().collect();
            whole.settle();
        }
        Ok(whole)
    }

    fn add(&mut self, mut part: Self) {
        let before = self.sessions.iter().map(|row| row.session + 1).max().unwrap_or(0).max(
            // Sessions without a row have numbers, too.
            u32::try_from(self.sums.sessions).unwrap_or(u32::MAX),
        );
        let shift = |session: &mut u32| *session = session.saturating_add(before);
        part.sessions.iter_mut().for_each(|row| shift(&mut row.session));
        part.frames.iter_mut().for_each(|row| shift(&mut row.session));
        part.commands.iter_mut().for_each(|row| shift(&mut row.session));
        part.marks.iter_mut().filter_map(|row| row.session.as_mut()).for_each(shift);
        self.sessions.append(&mut part.sessions);
        self.frames.append(&mut part.frames);
        self.commands.append(&mut part.commands);
        self.marks.append(&mut part.marks);
        let (course, met) = courses(std::mem::take(&mut self.course), part.course);
        self.course = course;
        if !met {
            part.end.notes.push("the course is that of one part alone: the steps of another did not meet it".to_owned());
        }
        for (metric, spread) in &part.spreads {
            self.spreads.entry(*metric).or_default().add(spread);
        }
        self.sums.add(&part.sums);
        add_counts(&mut self.drops, part.drops);
        add_counts(&mut self.errors, part.errors);
        self.sessions_planned(&part.run);
        runs(&mut self.run, part.run);
        self.end.at_us = self.end.at_us.max(part.end.at_us);
        self.end.complete &= part.end.complete;
        for note in part.end.notes {
            if !self.end.notes.contains(&note) {
                self.end.notes.push(note);
            }
        }
    }

    /// Parts of one plan have its sessions together; runs side by side have each its own.
    fn sessions_planned(&mut self, part: &Run) {
        let sessions = |run: &Run| run.configuration.get("sessions").and_then(Value::as_u64);
        if parts(&self.run).is_empty()
            && let Some((one, other)) = sessions(&self.run).zip(sessions(part))
        {
            self.run.configuration.insert("sessions".to_owned(), one.saturating_add(other).into());
        }
    }

    /// Whether all parts of the plan are there, where it was done in parts.
    fn parts_missing(&self) -> Option<String> {
        let there = parts(&self.run);
        let of: usize = there.first()?.split_once('/')?.1.parse().ok().filter(|of| *of <= MOST_PARTS)?;
        let missing: Vec<String> = (0..of).map(|part| format!("{part}/{of}")).filter(|part| !there.contains(part)).collect();
        (!missing.is_empty()).then(|| format!("{MISSING}{}", missing.join(", ")))
    }

    /// A merge of some parts of a plan, as if those were all.
    fn without_missing(mut self) -> Self {
        let notes = self.end.notes.len();
        self.end.notes.retain(|note| !note.starts_with(MISSING));
        self.end.complete |= self.end.notes.len() < notes;
        self
    }

    /// What follows from what was added up.
    fn settle(&mut self) {
        match self.parts_missing() {
            // The note stands where nothing else is missing, so that a later merge with the rest can take it back.
            Some(missing) if self.end.complete => {
                self.end.complete = false;
                self.end.notes.push(missing);
            }
            Some(_) => {}
            None => drop(self.run.environment.remove(SHARD)),
        }
        self.scalars = self.sums.scalars(&self.spreads);
        self.frames.sort_by_key(|row| (row.last_byte_us, row.session));
        self.commands.sort_by_key(|row| (row.due_us, row.session));
        self.marks.sort_by(|one, other| (one.at_us, one.session, &one.text).cmp(&(other.at_us, other.session, &other.text)));
        // What concerns every run alike, as a phase or a fault does, stands once.
        self.marks.dedup_by(|one, other| one.session.is_none() && alike_marks(one, other));
        if self.marks.len() > MOST_MARKS {
            self.end
                .notes
                .push(format!("{} marks beyond the first {MOST_MARKS} were left out", self.marks.len() - MOST_MARKS));
            self.marks.truncate(MOST_MARKS);
        }
    }
}

/// Notes the runs of a recording, each once.
fn take(ids: &mut BTreeSet<String>, run: &Run) -> Result<(), MergeError> {
    let own = if run.merged.is_empty() { std::slice::from_ref(&run.id) } else { run.merged.as_slice() };
    own.iter().try_for_each(|id| if ids.insert(id.clone()) { Ok(()) } else { Err(MergeError::Twice(id.clone())) })
}

/// The parts of a plan that a run did; none where it did the whole.
fn parts(run: &Run) -> Vec<String> {
    let told = run.environment.get(SHARD).and_then(Value::as_str);
    told.map(|told| told.split(BETWEEN).map(str::to_owned).collect()).unwrap_or_default()
}

/// Whether two runs did the same at the same times.
fn alike(one: &Run, other: &Run) -> Result<(), MergeError> {
    let (ours, theirs) = (parts(one), parts(other));
    if let Some(twice) = theirs.iter().find(|part| ours.contains(part)) {
        return Err(MergeError::Part(twice.clone()));
    }
    let whole_plans = ours.is_empty() && theirs.is_empty();
    let common = |run: &Run| {
        let mut configuration = run.configuration.clone();
        configuration.retain(|name, _| !(whole_plans && name == "sessions"));
        if let Some(part) = parts(run).first() {
            // Of which plan it is a part: of how many.
            let of = part.split_once('/').map_or("", |(_, of)| of);
            configuration.insert("shards".to_owned(), of.into());
        }
        configuration
    };
    let differences = differences(&common(one), &common(other));
    let (one_id, other_id) = (one.id.clone(), other.id.clone());
    if !differences.is_empty() {
        return Err(MergeError::Unlike { one: one_id, other: other_id, differences });
    }
    if one.window_us.0 != other.window_us.0 {
        return Err(MergeError::Windows { one: one_id, other: other_id, windows: (one.window_us.0, other.window_us.0) });
    }
    Ok(())
}

fn runs(whole: &mut Run, part: Run) {
    whole.started = std::mem::take(&mut whole.started).min(part.started);
    whole.window_us.1 = whole.window_us.1.max(part.window_us.1);
    for (name, value) in part.environment {
        match whole.environment.get_mut(&name) {
            None => {
                whole.environment.insert(name, value);
            }
            Some(ours) if *ours == value => {}
            Some(ours) => *ours = both(ours, &value),
        }
    }
    for objective in part.objectives {
        if !whole.objectives.contains(&objective) {
            whole.objectives.push(objective);
        }
    }
    for (metric, overhead) in part.overhead_ms {
        let most = whole.overhead_ms.entry(metric).or_insert(overhead);
        *most = most.max(overhead);
    }
}

/// Two values of the environment as one: each that there is, once, and at most as many as there may be parts.
fn both(ours: &Value, theirs: &Value) -> Value {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (ours, theirs) = (word(ours), word(theirs));
    let known: Vec<&str> = ours.split(BETWEEN).collect();
    if known.contains(&theirs.as_str()) || known.len() >= MOST_PARTS {
        ours.into()
    } else {
        format!("{ours}{BETWEEN}{theirs}").into()
    }
}

fn add_counts(whole: &mut BTreeMap<String, u64>, part: BTreeMap<String, u64>) {
    for (name, count) in part {
        let sum = whole.entry(name).or_default();
        *sum = sum.saturating_add(count);
    }
}

fn alike_marks(one: &MarkRow, other: &MarkRow) -> bool {
    one.session == other.session
        && one.kind == other.kind
        && one.text == other.text
        && one.at_us.abs_diff(other.at_us) < 1_000_000
}

/// Two courses as one, step by step; the finer one is made as coarse as the other by joining pairs. Where that does not meet, the first
/// one stands alone, and `false` says so.
fn courses(mut one: Vec<StepRow>, mut other: Vec<StepRow>) -> (Vec<StepRow>, bool) {
    let span = |course: &[StepRow]| course.first().map_or(0, |step| step.span_us);
    if !one.is_empty() && !other.is_empty() {
        let (least, most) = (span(&one).min(span(&other)), span(&one).max(span(&other)));
        if least == 0 || most % least != 0 || !(most / least).is_power_of_two() {
            return (one, false);
        }
        one = coarser(one, most);
        other = coarser(other, most);
    }
    let (mut longer, shorter) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    for (ours, theirs) in longer.iter_mut().zip(&shorter) {
        *ours = beside(ours, theirs);
    }
    (longer, true)
}

fn coarser(mut course: Vec<StepRow>, span_us: u64) -> Vec<StepRow> {
    while let Some(own) = course.first().map(|step| step.span_us).filter(|own| *own < span_us) {
        let joined = course.chunks(2).map(|pair| pair.iter().skip(1).fold(pair[0], |sum, step| after(&sum, step)));
        course = joined.map(|step| StepRow { span_us: own * 2, ..step }).collect();
    }
    course
}

/// A step and the one after it.
fn after(one: &StepRow, other: &StepRow) -> StepRow {
    StepRow {
        sessions: one.sessions.max(other.sessions),
        cpu_cores: weighed(one.cpu_cores, 1, other.cpu_cores, 1),
        memory_mib: most(one.memory_mib, other.memory_mib),
        ..beside(one, other)
    }
}

/// A step of one run and the same of another.
fn beside(one: &StepRow, other: &StepRow) -> StepRow {
    let sum = |one: Option<f64>, other: Option<f64>| one.zip(other).map(|(one, other)| one + other).or(one).or(other);
    let median = |one_p50: Option<f64>, other_p50: Option<f64>| weighed(one_p50, one.frames, other_p50, other.frames);
    StepRow {
        at_us: one.at_us,
        span_us: one.span_us,
        sessions: one.sessions.saturating_add(other.sessions),
        frames: one.frames.saturating_add(other.frames),
        bytes: one.bytes.saturating_add(other.bytes),
        interval_p50: median(one.interval_p50, other.interval_p50),
        interval_max: most(one.interval_max, other.interval_max),
        cmd_p50: median(one.cmd_p50, other.cmd_p50),
        cmd_max: most(one.cmd_max, other.cmd_max),
        av_p50: median(one.av_p50, other.av_p50),
        av_far: one.av_far.into_iter().chain(other.av_far).max_by(|one, other| one.abs().total_cmp(&other.abs())),
        freezes: one.freezes.saturating_add(other.freezes),
        cuts: one.cuts.saturating_add(other.cuts),
        cpu_cores: sum(one.cpu_cores, other.cpu_cores),
        memory_mib: sum(one.memory_mib, other.memory_mib),
    }
}

fn weighed(one: Option<f64>, one_weight: u64, other: Option<f64>, other_weight: u64) -> Option<f64> {
    let (Some(value), Some(next)) = (one, other) else { return one.or(other) };
    let (weight, beside) = (one_weight.max(1) as f64, other_weight.max(1) as f64);
    Some((value * weight + next * beside) / (weight + beside))
}

fn most(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}
