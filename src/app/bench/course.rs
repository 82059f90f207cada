//! What is played: scenarios and recorded traces, with the machine that each is played on.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::contestant::list;
use crate::app::args::BenchSim;
use crate::app::errors::{Exit, Failure};
use crate::lab::{Capacity, Conditions, Earliest, SCENARIOS, Scenario, Trace};

/// A recorded trace is played from here on, in microseconds: where it was recorded the machine may have run for days.
const START_US: i64 = 1_000_000;
/// The longest trace, in hours.
const MOST_HOURS: i64 = 24;

/// A trace to play. Scenarios are made on first use.
pub struct Course {
    /// What it is, in words.
    pub title: String,
    source: Source,
    made: OnceLock<Arc<(Trace, Conditions)>>,
}

enum Source {
    Scenario { scenario: &'static Scenario, seconds: u32, seed: u64, capacity: Option<(String, Capacity)> },
    Recorded,
}

impl Course {
    /// Reads what the command line asks for: scenarios in the order of the list and each once, then files.
    pub fn parse(args: &BenchSim) -> Result<Vec<Self>, Failure> {
        let capacity = args.capacity.as_deref().map(read_capacity).transpose()?;
        let mut scenarios: Vec<&'static Scenario> = Vec::new();
        let everything = args.scenario.is_empty() && args.trace.is_empty();
        for name in args.scenario.iter().map(String::as_str).chain(everything.then_some("all")) {
            let named = if name.trim() == "all" { SCENARIOS.iter().collect() } else { Scenario::named(name) };
            if named.is_empty() {
                let ids: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.id).collect();
                let why = format!("the scenarios are {}", list(&ids));
                let what = format!("there is no scenario {name:?}");
                return Err(Failure::new("usage", Exit::Usage, what, why, "name them with --scenario, or `all`"));
            }
            for scenario in named {
                if scenarios.iter().all(|before| before.id != scenario.id) {
                    scenarios.push(scenario);
                }
            }
        }
        if capacity.is_some() && scenarios.iter().all(|scenario| scenario.id != "S5") {
            let why = "S5 alone is about a link's capacity, and it is not played";
            return Err(Failure::new("usage", Exit::Usage, "--capacity has no use here", why, "add --scenario S5"));
        }
        let mut courses: Vec<Self> = scenarios
            .into_iter()
            .map(|scenario| {
                let capacity = if scenario.id == "S5" { capacity.clone() } else { None };
                let title = match &capacity {
                    Some((file, _)) => format!("cellular capacity of {file}"),
                    None => scenario.title.to_owned(),
                };
                let seconds = args.seconds.unwrap_or(scenario.seconds);
                let source = Source::Scenario { scenario, seconds, seed: args.seed, capacity };
                Self { title, source, made: OnceLock::new() }
            })
            .collect();
        for path in &args.trace {
            let conditions = Conditions { seed: args.seed, ..Conditions::default() };
            courses.push(Self::recorded(read_trace(path)?, "recorded arrivals".into(), conditions));
        }
        Ok(courses)
    }

    /// A trace that is there.
    #[must_use]
    pub fn recorded(trace: Trace, title: String, conditions: Conditions) -> Self {
        Self { title, source: Source::Recorded, made: OnceLock::from(Arc::new((trace, conditions))) }
    }

    /// The trace and its machine.
    #[must_use]
    pub fn get(&self) -> Arc<(Trace, Conditions)> {
        Arc::clone(self.made.get_or_init(|| match &self.source {
            Source::Scenario { scenario, seconds, seed, capacity } => {
                let (mut trace, conditions) =
                    scenario.make_over(*seconds, *seed, capacity.as_ref().map(|(_, capacity)| capacity.clone()));
                if let Some((file, _)) = capacity {
                    trace.name = format!("{}:{file}", trace.name);
                }
                Arc::new((trace, conditions))
            }
            Source::Recorded => unreachable!("a recorded trace is there from the beginning"),
        }))
    }
}

fn read_trace(path: &Path) -> Result<Trace, Failure> {
    let text = read(path)?;
    let mut trace = Trace::parse(&file_name(path), &text).map_err(|error| malformed("trace", path, &error))?;
    let (first, last) = trace.bounds();
    if last - first > MOST_HOURS * 3_600_000_000 {
        let why = format!("it lasts {} hours, and a run at most {MOST_HOURS}", (last - first) / 3_600_000_000);
        return Err(malformed("trace", path, &why));
    }
    for unit in &mut trace.units {
        unit.arrival_us += START_US - first;
    }
    trace.earliest = Earliest::estimate(&trace.units);
    Ok(trace)
}

fn read_capacity(path: &Path) -> Result<(String, Capacity), Failure> {
    let capacity = Capacity::parse(&read(path)?).map_err(|error| malformed("capacity", path, &error))?;
    Ok((file_name(path), capacity))
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        let what = format!("the file {} cannot be read", path.display());
        Failure::new("trace", Exit::Usage, what, error, "check the path and its permissions")
    })
}

fn malformed(kind: &str, path: &Path, why: &dyn std::fmt::Display) -> Failure {
    let what = format!("the {kind} file {} does not hold", path.display());
    Failure::new("trace", Exit::Usage, what, why, "mend or cut the file; `seaglass explain trace` tells more")
}

/// The file's name without what could disturb a terminal or a table.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}
