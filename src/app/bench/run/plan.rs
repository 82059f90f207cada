//! What a benchmark is going to do: the scenario and the flags over the defaults, every mistake told at once. Pure: reads no clock,
//! opens nothing and asks nobody.

use std::time::Duration;

use super::profile::{Life, MOST_LIVES, Phase, Shape, peak};
use super::wanted::{self, Given};
use crate::app::args::{BenchRun, PresetChoice};
use crate::app::errors::{Exit, Failure};
use crate::app::scenario::{Action, Arrival, Decode, Load, Profile, Scenario};
use crate::measure::Objective;

/// The seed where nobody says.
const SEED: u64 = 1;

/// What is done in a world where no file says.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const DIRECT_EVERY: Duration = Duration::from_secs(2);

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What to call it: the scenario's file without its folders.
    pub name: String,
    /// What is done in each session.
    pub scenario: Scenario,
    /// The numbers of the profile.
    pub shape: Shape,
    /// The sessions that this process runs, in the order in which they are due.
    pub lives: Vec<Life>,
    /// Stretches with a name, in the order of time.
    pub phases: Vec<Phase>,
    /// Moments at which every stream is cut.
    pub cuts: Vec<Duration>,
    /// How long it is.
    pub length: Duration,
    /// What is measured, since the start.
    pub window: (Duration, Duration),
    /// What is decoded.
    pub decode: Decode,
    /// Delay against smoothness, of decoded sessions.
    pub preset: PresetChoice,
    /// Whether the pictures of one session are drawn on this machine's adapter; where nobody says, if one session is decoded.
    pub draw: Option<bool>,
    /// Decides every scatter.
    pub seed: u64,
    /// Sessions that keep everything in the trace.
    pub traced: u32,
    /// Which part of the whole this process runs: one of so many, counted from 0.
    pub shard: Option<(u32, u32)>,
    /// What is wanted.
    pub objectives: Vec<Objective>,
    /// What a reader should know beforehand.
    pub notes: Vec<String>,
}

impl Plan {
    /// Reads the scenario and decides.
    pub fn of(args: &BenchRun) -> Result<Self, Failure> {
        let scenario = match &args.scenario {
            Some(path) => Scenario::load(path)?,
            None => Scenario::looking(LOOK_EVERY, DIRECT_EVERY),
        };
        let name = args
            .scenario
            .as_deref()
            .and_then(|path| path.file_stem())
            .map_or_else(|| "default".to_owned(), |name| name.to_string_lossy().into_owned());
        Self::decide(args, name, scenario).map_err(|problems| {
            let fix = "mend what is listed; docs/scenario.md describes every key, `seaglass bench run --help` every flag";
            Failure::new("plan", Exit::Usage, "this cannot be run", problems.join("\n"), fix)
        })
    }

    /// Decides: flags over the file over the defaults.
    pub fn decide(args: &BenchRun, name: String, scenario: Scenario) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let load = &scenario.load;
        let shape = shape(args, load, &mut problems);
        let length = shape.length();
        let warmup = args.warmup.or(load.warmup).unwrap_or_default();
        let cooldown = load.cooldown.unwrap_or_default();
        let window = (warmup, length.saturating_sub(cooldown));
        if length.is_zero() {
            problems.push("nothing would be measured: the run is to last no time".to_owned());
        } else if window.0 >= window.1 {
            problems.push(format!(
                "nothing would be measured: a warm-up of {warmup:?} and a cool-down of {cooldown:?} leave nothing of {length:?}"
            ));
        }
        let all = if problems.is_empty() { shape.lives() } else { Vec::new() };
        if all.len() >= MOST_LIVES {
            problems.push(format!("{} sessions or more are too many for one run: at most {MOST_LIVES}", all.len()));
        }
        if let Some((_, of)) = args.shard
            && problems.is_empty()
            && all.len() < of as usize
        {
            problems.push(format!("--shard: {} sessions cannot be shared out among {of} runners", all.len()));
        }
        if !cfg!(feature = "server") && scenario.faults.is_some() {
            problems.push("fault: this program was built without the server that has faults".to_owned());
        }
        let said = flag("--decode", args.decode.as_deref(), Decode::parse, &mut problems).or(load.decode);
        let mut objectives = Vec::new();
        for (place, text) in scenario
            .objectives
            .iter()
            .map(|text| ("slo", text))
            .chain(args.objective.iter().map(|text| ("--objective", text)))
        {
            match Objective::parse(text) {
                Ok(objective) => objectives.push(objective),
                Err(why) => problems.push(format!("{place}: {why}")),
            }
        }
        let decode = said.unwrap_or_else(|| wanted::decode(&objectives, shape.sessions));
        if !cfg!(all(feature = "player", feature = "server")) && decode != Decode::None {
            problems.push("load.decode: this program was built without a player (features player, server)".to_owned());
        }
        if problems.is_empty() {
            let given = Given { scenario: &scenario, lives: &all, decode, whole: args.shard.is_none() };
            problems.extend(objectives.iter().filter_map(|objective| wanted::problem(objective, &given)));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut phases = shape.phases();
        if phases.is_empty() {
            phases = stretches(window, length);
        }
        let mut plan = Self {
            name,
            cuts: shape.cuts(),
            lives: share(all, args.shard),
            phases,
            length,
            window,
            decode,
            preset: load.preset.unwrap_or(PresetChoice::Balanced),
            draw: load.draw,
            seed: args.seed.or(load.seed).unwrap_or(SEED),
            traced: load.trace.unwrap_or(1),
            shard: args.shard,
            objectives,
            notes: Vec::new(),
            shape,
            scenario,
        };
        plan.notes = plan.remarks();
        if said.is_none() && decode != Decode::None {
            plan.notes
                .push(format!("decoded: {decode}, as an objective is about what is presented; load.decode says otherwise"));
        }
        Ok(plan)
    }

    /// The same load in small, for whoever measures this program and not the server: as many sessions, the same steps, nothing decoded,
    /// nothing wrong, nothing wanted.
    #[must_use]
    pub fn in_small(&self, longest: Duration) -> Self {
        let mut shape = Shape { profile: Profile::Constant, sessions: self.peak(), gap: None, ..self.shape.clone() };
        shape.duration = self.length.min(longest);
        let mut small = self.clone();
        small.scenario.faults = None;
        small.objectives.clear();
        small.notes.clear();
        small.cuts.clear();
        Self {
            lives: shape.lives(),
            length: shape.duration,
            window: (Duration::ZERO, shape.duration),
            phases: vec![Phase { at: Duration::ZERO, until: shape.duration, name: "self-test".to_owned() }],
            decode: Decode::None,
            traced: 0,
            shard: None,
            shape,
            ..small
        }
    }

    /// Most sessions that live at once in this process.
    #[must_use]
    pub fn peak(&self) -> u32 {
        peak(&self.lives)
    }

    /// How many of those that live at once are decoded.
    #[must_use]
    pub fn decoded(&self) -> u32 {
        let mut places: Vec<u32> =
            self.lives.iter().map(|life| life.place).filter(|place| self.decode.takes(*place)).collect();
        places.sort_unstable();
        places.dedup();
        u32::try_from(places.len()).unwrap_or(u32::MAX).min(self.peak())
    }

    /// How long all of its sessions live together.
    #[must_use]
    pub fn world_time(&self) -> Duration {
        self.lives.iter().map(|life| life.end - life.begin).sum()
    }

    /// Commands that are due in all of its sessions together.
    #[must_use]
    pub fn commands(&self) -> u64 {
        let of =
            |life: &Life| self.scenario.steps().iter().map(|step| step.times_within(life.end - life.begin)).sum::<u64>();
        self.lives.iter().map(of).sum()
    }

    /// The stretch in which the run is.
    #[must_use]
    pub fn phase(&self, elapsed: Duration) -> &str {
        let now = self.phases.iter().rev().find(|phase| phase.at <= elapsed);
        now.map_or("", |phase| phase.name.as_str())
    }

    /// Decides how the commands of one session scatter.
    #[must_use]
    pub const fn seed_of(&self, session: u32) -> u64 {
        // SplitMix64's increment, so that neighbours are far apart.
        (self.seed ^ (session as u64 + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn remarks(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let still = |action: &Action| matches!(action, Action::Hands { keys: Some(_), look } if *look == [0.0; 2]);
        for (index, step) in self.scenario.steps().iter().enumerate() {
            if still(step.action()) && step.times_within(self.length) > 1 {
                notes.push(format!(
                    "step {}: hands that stay as they are are no command: only its first occurrence counts",
                    index + 1
                ));
            }
        }
        let longest = self.lives.iter().map(|life| life.end - life.begin).max().unwrap_or_default();
        for (index, step) in self.scenario.steps().iter().enumerate().filter(|(_, step)| step.at() >= longest) {
            let (at, longest) = (step.at(), longest);
            notes.push(format!(
                "step {}: never comes: it is due at {at:?}, and no session lives longer than {longest:?}",
                index + 1
            ));
        }
        let faults = self.scenario.faults.iter().flat_map(|faults| &faults.entries);
        for (index, fault) in faults.enumerate().filter(|(_, fault)| fault.at >= self.length) {
            let (at, length) = (fault.at, self.length);
            notes.push(format!("fault {}: never comes: it opens at {at:?}, and the run is over at {length:?}", index + 1));
        }
        if self.scenario.steps().is_empty() {
            notes.push(
                "the scenario has no steps: nothing is asked of the worlds, so there are no command latencies".to_owned(),
            );
        }
        let given = Given { scenario: &self.scenario, lives: &self.lives, decode: self.decode, whole: self.shard.is_none() };
        notes.extend(self.objectives.iter().filter_map(|objective| wanted::remark(objective, &given)));
        if let Some((index, of)) = self.shard {
            notes.push(format!("part {index} of {of}: `seaglass bench merge` joins the traces of all of them"));
        }
        notes
    }
}

/// The sessions of one runner of several: every so manieth, so that each has its share at every time.
fn share(mut lives: Vec<Life>, shard: Option<(u32, u32)>) -> Vec<Life> {
    if let Some((index, of)) = shard {
        lives.retain(|life| life.number % of == index);
    }
    lives
}

/// What is warm-up, what is measured, what is cool-down.
fn stretches((from, to): (Duration, Duration), length: Duration) -> Vec<Phase> {
    let phase = |at, until, name: &str| Phase { at, until, name: name.to_owned() };
    [phase(Duration::ZERO, from, "warm-up"), phase(from, to, "measured"), phase(to, length, "cool-down")]
        .into_iter()
        .filter(|phase| phase.at < phase.until)
        .collect()
}

/// A flag that is a word of scenario files, too.
fn flag<T>(
    name: &str,
    text: Option<&str>,
    read: impl FnOnce(&str) -> Result<T, String>,
    problems: &mut Vec<String>,
) -> Option<T> {
    read(text?).map_err(|why| problems.push(format!("{name}: {why}"))).ok()
}

fn shape(args: &BenchRun, load: &Load, problems: &mut Vec<String>) -> Shape {
    let wanted = args.sessions.or(load.sessions);
    let named = flag("--load", args.load.as_deref(), Profile::parse, problems);
    let profile = named.or(load.profile).unwrap_or(match wanted {
        None | Some(1) => Profile::Single,
        Some(_) => Profile::Constant,
    });
    let steps = load.steps.clone().unwrap_or_default();
    let sessions = match profile {
        Profile::Single => 1,
        Profile::Sweep => steps.iter().copied().max().unwrap_or(0),
        _ => wanted.unwrap_or(1),
    };
    let long = match profile {
        Profile::Soak => Duration::from_secs(600),
        _ => Duration::from_secs(30),
    };
    let shape = Shape {
        profile,
        sessions,
        gap: load.arrival.map(|Arrival(gap)| gap),
        duration: args.duration.or(load.duration).unwrap_or(long),
        from: load.from.unwrap_or(1).min(if load.from.is_none() { sessions } else { u32::MAX }),
        hold: load.hold.unwrap_or(Duration::from_secs(10)),
        step: load.step.unwrap_or(Duration::from_secs(10)),
        life: load.life.unwrap_or(Duration::from_secs(5)),
        every: load.every.unwrap_or(Duration::from_secs(5)),
        steps,
    };
    check(&shape, args, load, wanted, problems);
    shape
}

/// What does not go together.
fn check(shape: &Shape, args: &BenchRun, load: &Load, wanted: Option<u32>, problems: &mut Vec<String>) {
    let profile = shape.profile;
    let mut wrong = |text: String| problems.push(text);
    // A profile of the command line takes from the file what it understands.
    let own = args.load.is_none();
    for (key, there, of) in [
        ("from", load.from.is_some(), Profile::Ramp),
        ("hold", load.hold.is_some(), Profile::Ramp),
        ("steps", load.steps.is_some(), Profile::Sweep),
        ("step", load.step.is_some(), Profile::Sweep),
        ("life", load.life.is_some(), Profile::Churn),
        ("every", load.every.is_some(), Profile::Storm),
    ] {
        if own && there && profile != of {
            wrong(format!("load.{key}: belongs to the profile {}, and this is {}", of.name(), profile.name()));
        }
    }
    match profile {
        Profile::Single if wanted.is_some_and(|wanted| wanted != 1) => {
            wrong("load.sessions: the profile single has one; say constant".to_owned());
        }
        Profile::Sweep => {
            if shape.steps.is_empty() {
                wrong("load.steps: is missing: the sessions of each step of the sweep, as in [1, 2, 4]".to_owned());
            } else if shape.sessions == 0 {
                wrong("load.steps: no step has a session".to_owned());
            }
            for (key, there) in [("sessions", wanted.is_some()), ("duration", args.duration.or(load.duration).is_some())] {
                if there && own {
                    wrong(format!("load.{key}: a sweep takes it from its steps, and the length of each from load.step"));
                }
            }
        }
        Profile::Ramp if shape.from > shape.sessions => {
            wrong(format!("load.from: a ramp rises, and {} is more than its {} sessions", shape.from, shape.sessions));
        }
        Profile::Churn if shape.life >= shape.duration => {
            wrong(format!("load.life: nobody would be followed: {:?} is not shorter than {:?}", shape.life, shape.duration));
        }
        Profile::Storm if shape.every >= shape.duration => {
            wrong(format!("load.every: nothing would be cut: {:?} is not shorter than {:?}", shape.every, shape.duration));
        }
        _ => {}
    }
    if let Some(gap) = shape.gap {
        let arriving = match profile {
            Profile::Ramp => shape.from,
            _ => shape.sessions,
        };
        let last = gap * arriving.saturating_sub(1);
        let within = match profile {
            Profile::Sweep => shape.step,
            _ => shape.duration,
        };
        if last >= within {
            wrong(format!(
                "load.arrival: the last of {arriving} sessions would come at {last:?}, and the time is over at {within:?}"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::app::args::{Arguments, Bench, Command};

    fn plan(words: &[&str], file: &str) -> Result<Plan, Vec<String>> {
        let words = ["seaglass", "bench", "run"].iter().chain(words);
        let Command::Bench(Bench::Run(args)) = Arguments::try_parse_from(words).unwrap().command else { unreachable!() };
        Plan::decide(&args, "test".to_owned(), Scenario::parse(&format!("schema = 1\n{file}"))?)
    }

    #[test]
    fn the_first_use_needs_no_file() {
        let plan = plan(&[], "").unwrap();
        assert_eq!((plan.shape.profile, plan.lives.len(), plan.length), (Profile::Single, 1, Duration::from_secs(30)));
        let look = Scenario::looking(LOOK_EVERY, DIRECT_EVERY);
        assert_eq!(look.steps()[0].times_within(Duration::from_secs(30)), 120);
        assert_eq!(
            look.steps()[1].times_within(Duration::from_secs(30)),
            15,
            "directions are acknowledged, and hands are not"
        );
        assert_eq!(look.session.world.as_deref(), Some("calibration"));
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = "load = { profile = \"constant\", sessions = 8, arrival = \"1/5s\", duration = \"60s\", warmup = \"5s\", seed = 3 }";
        let by_file = plan(&[], file).unwrap();
        assert_eq!((by_file.lives.len(), by_file.length, by_file.seed), (8, Duration::from_secs(60), 3));
        assert_eq!(by_file.window, (Duration::from_secs(5), Duration::from_secs(60)));
        let flags = ["--sessions", "4", "--duration", "30s", "--warmup", "1s", "--seed", "9", "--decode", "2"];
        let by_flags = plan(&flags, file).unwrap();
        assert_eq!((by_flags.lives.len(), by_flags.length, by_flags.seed), (4, Duration::from_secs(30), 9));
        assert_eq!((by_flags.decoded(), by_flags.window.0), (2, Duration::from_secs(1)));
    }

    #[test]
    fn the_shards_of_a_plan_are_the_whole_and_share_nothing() {
        let file = "load = { profile = \"churn\", sessions = 7, life = \"2s\", duration = \"11s\" }";
        let whole = plan(&[], file).unwrap().lives;
        let mut union: Vec<Life> =
            ["0/3", "1/3", "2/3"].iter().flat_map(|shard| plan(&["--shard", shard], file).unwrap().lives).collect();
        union.sort_by_key(|life| life.number);
        assert_eq!(union, whole);
    }

    #[test]
    fn every_session_scatters_in_its_own_way_and_the_same_in_every_run() {
        let plan = plan(&[], "").unwrap();
        assert_ne!(plan.seed_of(0), plan.seed_of(1));
        assert_eq!(plan.seed_of(5), plan.clone().seed_of(5));
    }

    #[test]
    fn what_does_not_go_together_is_said_all_at_once() {
        let file = "load = { profile = \"constant\", sessions = 8, arrival = \"1/5s\", duration = \"30s\", warmup = \"30s\", from = 1 }";
        let problems = plan(&[], file).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:#?}");
        for (file, word) in [
            ("load = { profile = \"sweep\" }", "steps"),
            ("load = { profile = \"single\", sessions = 2 }", "constant"),
            ("load = { profile = \"ramp\", sessions = 2, from = 3 }", "from"),
            ("load = { profile = \"churn\", life = \"40s\" }", "life"),
            ("load = { profile = \"storm\", every = \"40s\" }", "every"),
        ] {
            let problems = plan(&[], file).unwrap_err().join("\n");
            assert!(problems.contains(word), "{file}: {problems}");
        }
    }

    /// HO-14: what a plan cannot measure at all is no objective of it, and that is told before anything is created.
    #[test]
    fn an_objective_that_a_plan_cannot_answer_is_a_mistake_of_the_plan() {
        let steps = "step = [{ at = \"0s\", every = \"1s\", wander = { look = [0.1, 0.0] } }]";
        for (flags, file, word) in [
            (&["--decode", "none", "--objective", "cmd_to_present:p50<100ms"][..], steps, "nothing is decoded"),
            (&["--decode", "none", "--objective", "frames_presented:count>1"], steps, "nothing is decoded"),
            (&["--objective", "cmd_to_pixels:p50<100ms"], "session = { prompt = \"a canyon\" }", "calibration world"),
            (&["--objective", "av_content:abs_p50<100ms"], "session = { audio = \"off\" }", "no sound"),
            (&["--objective", "cmd_to_ack:p50<100ms"], steps, "acknowledged"),
            (&["--objective", "cmd_to_frame:p50<100ms"], "", "no such command"),
            (&["--objective", "sessions:count>1"], steps, "1 in all"),
        ] {
            let problems = plan(flags, file).unwrap_err().join("\n");
            assert!(problems.contains(word), "{flags:?}: {problems}");
        }
        for (flags, file) in [
            (&["--objective", "cmd_to_ack:p50<100ms"][..], "step = [{ at = \"1s\", direct = \"rain\" }]"),
            (&["--objective", "ttfa:p50<1s"], "session = { audio = \"off\" }\nstep = [{ at = \"1s\", audio = \"opus\" }]"),
            (&["--objective", "sessions:count==2", "--sessions", "2"], ""),
            (&["--objective", "sessions:count==2", "--sessions", "2", "--shard", "0/2"], ""),
            (&["--objective", "cmd_to_frame:p99<100ms"], steps),
        ] {
            assert!(plan(flags, file).is_ok(), "{flags:?} {file}");
        }
    }

    /// A file that wants something of presented pictures and says nothing of decoding is to be answered.
    #[cfg(all(feature = "player", feature = "server"))]
    #[test]
    fn what_is_presented_is_decoded_where_nobody_says_otherwise() {
        let wanting = |flags: &[&str], sessions: u32| {
            let file = format!(
                "load = {{ profile = \"constant\", sessions = {sessions} }}\nslo = {{ \"av_offset:abs_p99\" = \"<100ms\" }}"
            );
            plan(flags, &file).map(|plan| (plan.decode, plan.notes.iter().any(|note| note.contains("decoded: "))))
        };
        assert_eq!(wanting(&[], 8), Ok((Decode::All, true)));
        assert_eq!(wanting(&[], 1000), Ok((Decode::First(8), true)));
        assert_eq!(wanting(&["--decode", "2"], 8), Ok((Decode::First(2), false)));
        assert_eq!(plan(&[], "").unwrap().decode, Decode::None);
    }

    /// What never happens is no silent part of a run.
    #[test]
    fn what_lies_beyond_the_end_is_said_beforehand() {
        let file = "load = { profile = \"constant\", sessions = 2, duration = \"10s\" }\n\
                    step = [{ at = \"10s\", direct = \"rain\" }, { at = \"9s\", direct = \"rain\" }]\n\
                    fault = [{ at = \"9s\", kind = \"reset\" }, { at = \"11s\", kind = \"reset\" }]";
        let notes = plan(&[], file).unwrap().notes;
        let never: Vec<&str> =
            notes.iter().map(|note| &note[..note.len().min(22)]).filter(|note| note.contains("never")).collect();
        assert_eq!(never, ["step 1: never comes: i", "fault 2: never comes: "], "{notes:#?}");
    }

    #[test]
    fn the_commands_of_a_plan_are_known_before_it_runs() {
        let file = "load = { profile = \"constant\", sessions = 2, arrival = \"1/5s\", duration = \"10s\" }\n\
                    step = [{ at = \"0s\", every = \"1s\", wander = { look = [0.1, 0.0] } }]";
        assert_eq!(plan(&[], file).unwrap().commands(), 10 + 5);
    }
}
