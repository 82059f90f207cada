//! A fault script: what goes wrong and when, from TOML or JSON, or put together by hand.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::fields::Fields;
use super::kind::{BadCertificate, Cut, Garbage, Kind, RetryAfter, Way};
use super::scope::{Call, Calls, MEDIA, Messages};
use crate::wire::EndReason;

/// Entries of a script at most.
const MOST: usize = 256;

/// Openings of an entry come no closer than this, so that a typing error does not keep the server busy with nothing else.
const CLOSEST: Duration = Duration::from_millis(5);

/// Every kind by its name in a file.
const KINDS: [&str; 24] = [
    "latency",
    "jitter",
    "bandwidth",
    "stall",
    "slow_close",
    "refused",
    "tls",
    "queue",
    "warm_up",
    "capacity",
    "skew",
    "reset",
    "half_open",
    "status",
    "lost_reply",
    "lost_create_reply",
    "lost_ack",
    "loss",
    "duplicate",
    "reorder",
    "garbage",
    "truncate",
    "oversize",
    "end",
];

/// Types of messages that go down a stream, and the media tracks.
const MESSAGES: [&str; 14] = [
    "hello",
    "stage",
    "queue",
    "state",
    "ack",
    "quality",
    "audio_state",
    "tick",
    "warning",
    "error",
    "ended",
    "pong",
    "video",
    "audio",
];

/// What goes wrong, in the order in which it is asked, and the seed of its dice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// Decides every die.
    pub seed: u64,
    /// The faults.
    pub faults: Vec<Fault>,
}

/// One entry: a kind and when it holds or strikes.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: Kind,
    /// When it opens, from when the script was set.
    pub at: Duration,
    /// How long it stays open; none: a condition for ever, a strike until it has struck.
    pub lasts: Option<Duration>,
    /// From one opening to the next.
    pub every: Option<Duration>,
    /// Openings of a condition, and strikes, at most.
    pub times: Option<u64>,
    /// Of each opening of a condition, and of each strike; none: certain.
    pub probability: Option<f64>,
    /// Which requests and their connections.
    pub on: Calls,
}

/// Everything that is wrong with a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError(pub Vec<String>);

impl Script {
    /// A script of these faults.
    #[must_use]
    pub fn new(seed: u64, faults: impl Into<Vec<Fault>>) -> Self {
        Self { seed, faults: faults.into() }
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// Everything that is wrong, each with its entry, its field and what is allowed there.
    pub fn from_toml(text: &str) -> Result<Self, ScriptError> {
        let value: Value =
            toml::from_str(text).map_err(|error| ScriptError(vec![error.to_string().trim_end().to_owned()]))?;
        Self::from_value(&value)
    }

    /// Reads JSON of the same shape.
    ///
    /// # Errors
    /// As [`Script::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, ScriptError> {
        let value: Value = serde_json::from_str(text).map_err(|error| ScriptError(vec![error.to_string()]))?;
        Self::from_value(&value)
    }

    fn from_value(value: &Value) -> Result<Self, ScriptError> {
        let Some(map) = value.as_object() else {
            return Err(ScriptError(vec!["a fault script is a table with `fault` and, if wanted, `seed`".to_owned()]));
        };
        let mut problems = Vec::new();
        let mut seed = 0;
        for (field, value) in map {
            match (field.as_str(), value) {
                ("seed", value) if value.as_u64().is_some() => seed = value.as_u64().unwrap_or_default(),
                ("seed", _) => problems.push("seed: must be a whole number from 0".to_owned()),
                ("fault", Value::Array(_)) => {}
                ("fault", _) => problems.push("fault: must be a list of tables".to_owned()),
                (other, _) => problems.push(format!("{other}: there is no such field here; allowed are seed, fault")),
            }
        }
        let list = map.get("fault").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if list.len() > MOST {
            problems.push(format!("fault: {} entries are more than the {MOST} allowed", list.len()));
        }
        let faults: Vec<Fault> = list
            .iter()
            .take(MOST)
            .enumerate()
            .filter_map(|(index, entry)| Fault::read(index + 1, entry, &mut problems))
            .collect();
        if problems.is_empty() { Ok(Self { seed, faults }) } else { Err(ScriptError(problems)) }
    }
}

impl Fault {
    /// A fault from now on: a condition that never ends, a strike at the next thing that it fits.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        let on = Calls::ALL;
        Self { kind, at: Duration::ZERO, lasts: None, every: None, times: None, probability: None, on }
    }

    /// Opening then.
    #[must_use]
    pub fn at(self, at: Duration) -> Self {
        Self { at, ..self }
    }

    /// Open for so long.
    #[must_use]
    pub fn lasting(self, lasts: Duration) -> Self {
        Self { lasts: Some(lasts), ..self }
    }

    /// Opening again and again.
    #[must_use]
    pub fn every(self, every: Duration) -> Self {
        Self { every: Some(every), ..self }
    }

    /// So often at most.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    /// With this probability.
    #[must_use]
    pub fn with_probability(self, probability: f64) -> Self {
        Self { probability: Some(probability), ..self }
    }

    /// Of these requests alone.
    #[must_use]
    pub fn on(self, calls: &[Call]) -> Self {
        Self { on: Calls::only(calls), ..self }
    }

    fn read(number: usize, entry: &Value, problems: &mut Vec<String>) -> Option<Self> {
        let Some(map) = entry.as_object() else {
            problems.push(format!("fault {number}: must be a table such as {{ at = \"45s\", kind = \"reset\" }}"));
            return None;
        };
        let known = problems.len();
        let Some(name) = map.get("kind").and_then(Value::as_str).filter(|name| KINDS.contains(name)) else {
            let given = map.get("kind").map_or("is missing".to_owned(), |kind| format!("{kind} is not known"));
            problems.push(format!("fault {number}: kind: {given}; it may be {}", KINDS.join(", ")));
            return None;
        };
        let mut fields = Fields::new(format!("fault {number} ({name})"), map, problems);
        fields.text("kind");
        let at = fields.duration("at").unwrap_or_default();
        let lasts = fields.duration("for");
        let every = fields.duration("every");
        let times = fields.whole("times", 1, u64::from(u32::MAX));
        let probability = fields.probability("probability");
        let (kind, fixed) = kind(name, &mut fields);
        let on = if let Some(calls) = fixed { calls } else { calls(&kind, &mut fields) };
        if every.is_some_and(|every| every < CLOSEST) {
            fields.wrong("every", "must be 5ms or more");
        }
        if lasts.is_some_and(|lasts| lasts.is_zero()) {
            fields.wrong("for", "must be above 0; leave it out for a single strike");
        }
        if let (Some(lasts), Some(every)) = (lasts, every)
            && lasts > every
        {
            fields.wrong("for", "must not be longer than `every`");
        }
        if kind.is_condition() && every.is_some() && lasts.is_none() {
            fields.wrong("for", "is missing: what comes back must end in between");
        }
        fields.finish();
        (problems.len() == known).then_some(Self { kind, at, lasts, every, times, probability, on })
    }
}

/// The kind by its name, and the requests that it is about where the name says it.
fn kind(name: &str, fields: &mut Fields<'_>) -> (Kind, Option<Calls>) {
    let kind = match name {
        "latency" => Kind::Latency { delay: needed_time(fields, "delay", "\"80ms\""), way: way(fields) },
        "jitter" => Kind::Jitter { spread: needed_time(fields, "spread", "\"30ms\""), way: way(fields) },
        "bandwidth" => {
            let rate = fields.rate("rate");
            Kind::Bandwidth { rate: fields.needed("rate", rate, "\"1.5Mbit/s\"").max(1), way: way(fields) }
        }
        "stall" => Kind::Stall { way: way(fields) },
        "slow_close" => Kind::SlowClose { delay: needed_time(fields, "delay", "\"5s\"") },
        "refused" => Kind::Refused,
        "tls" => Kind::Tls(fields.choice(
            "what",
            &[
                ("handshake", BadCertificate::Handshake),
                ("expired", BadCertificate::Expired),
                ("wrong_name", BadCertificate::WrongName),
            ],
        )),
        "queue" => {
            let position = fields.whole("position", 1, 10_000);
            let position = fields.needed("position", position, "3").min(10_000) as u32;
            Kind::Queue { position, step: fields.duration("step").unwrap_or(Duration::from_secs(1)) }
        }
        "warm_up" => Kind::WarmUp { lasts: needed_time(fields, "delay", "\"10s\"") },
        "capacity" => Kind::Capacity { worlds: fields.whole("worlds", 0, 10_000).unwrap_or(0) as usize },
        "skew" => {
            let by = fields.offset("by");
            Kind::Skew { by: fields.needed("by", by, "\"80ms\" or \"-80ms\"") }
        }
        "reset" => Kind::Reset,
        "half_open" => Kind::HalfOpen,
        "status" => {
            let status = fields.whole("status", 400, 599);
            let status = fields.needed("status", status, "503") as u16;
            Kind::Status { status, retry_after: retry_after(fields) }
        }
        "lost_reply" => Kind::LostReply { silent: fields.flag("silent") },
        "lost_create_reply" => {
            let kind = Kind::LostReply { silent: fields.flag("silent") };
            return (kind, Some(Calls::only(&[Call::Create])));
        }
        "lost_ack" => Kind::LostAck,
        "loss" => Kind::Loss { messages: fields.names("message", &MEDIA).map_or(Messages::Media, Messages::Named) },
        "duplicate" => Kind::Duplicate { messages: messages(fields, Messages::Events) },
        "reorder" => Kind::Reorder { messages: messages(fields, Messages::Events) },
        "garbage" => Kind::Garbage {
            form: fields.choice("form", &[("text", Garbage::Text), ("json", Garbage::Json), ("binary", Garbage::Binary)]),
            messages: messages(fields, Messages::All),
        },
        "truncate" => Kind::Truncate {
            cut: fields.choice("cut", &[("half", Cut::Half), ("fragment", Cut::Fragment)]),
            messages: messages(fields, Messages::Media),
        },
        "oversize" => Kind::Oversize {
            bytes: fields.size("size").unwrap_or(2 * 1024 * 1024),
            messages: messages(fields, Messages::All),
        },
        _ => end(fields),
    };
    (kind, None)
}

fn end(fields: &mut Fields<'_>) -> Kind {
    let text = fields.text("reason").unwrap_or("failed");
    // A reason that the profile does not know is one that clients must live with (X-6).
    let reason = serde_json::from_value(Value::String(text.to_owned())).unwrap_or(EndReason::Failed);
    if text.is_empty() || text.len() > 64 {
        fields.wrong("reason", "must have 1 to 64 bytes, such as \"failed\", \"limit\" or \"idle\"");
    }
    Kind::End { reason, after: fields.duration("after").unwrap_or_default() }
}

/// `on`, for what has to do with requests and their connections.
fn calls(kind: &Kind, fields: &mut Fields<'_>) -> Calls {
    let fits = matches!(
        kind,
        Kind::Latency { .. }
            | Kind::Jitter { .. }
            | Kind::Bandwidth { .. }
            | Kind::Stall { .. }
            | Kind::SlowClose { .. }
            | Kind::Reset
            | Kind::HalfOpen
            | Kind::Status { .. }
            | Kind::LostReply { .. }
    );
    if !fits {
        return Calls::ALL;
    }
    let names = Call::ALL.map(Call::name);
    let Some(given) = fields.names("on", &names) else { return Calls::ALL };
    let calls: Vec<Call> = Call::ALL.into_iter().filter(|call| given.iter().any(|name| name == call.name())).collect();
    Calls::only(&calls)
}

fn messages(fields: &mut Fields<'_>, default: Messages) -> Messages {
    fields.names("message", &MESSAGES).map_or(default, Messages::Named)
}

fn retry_after(fields: &mut Fields<'_>) -> Option<RetryAfter> {
    let after = fields.duration("retry_after");
    let date = fields.choice("retry_after_as", &[("seconds", false), ("date", true)]);
    after.map(|after| if date { RetryAfter::Date(after) } else { RetryAfter::Seconds(after) })
}

fn needed_time(fields: &mut Fields<'_>, field: &'static str, example: &str) -> Duration {
    let time = fields.duration(field);
    fields.needed(field, time, example)
}

fn way(fields: &mut Fields<'_>) -> Way {
    fields.choice("way", &[("both", Way::Both), ("up", Way::Up), ("down", Way::Down)])
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ScriptError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entry: &str) -> Result<Fault, String> {
        let script = Script::from_toml(&format!("fault = [ {entry} ]")).map_err(|error| error.to_string())?;
        Ok(script.faults[0].clone())
    }

    #[test]
    fn the_example_of_the_design_reads() {
        let text = r#"fault = [ { at = "30s", for = "3s", kind = "bandwidth", rate = "1.5Mbit/s" }, { at = "45s", kind = "reset" } ]"#;
        let bandwidth = Fault::new(Kind::Bandwidth { rate: 1_500_000, way: Way::Both });
        let script = Script::from_toml(text).unwrap();
        assert_eq!(
            script.faults,
            [
                bandwidth.at(Duration::from_secs(30)).lasting(Duration::from_secs(3)),
                Fault::new(Kind::Reset).at(Duration::from_secs(45)),
            ]
        );
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let toml = "seed = 9\n[[fault]]\nkind = \"status\"\nstatus = 429\nretry_after = \"2s\"\non = [\"create\", \"list\"]";
        let json =
            r#"{"seed": 9, "fault": [{"kind": "status", "status": 429, "retry_after": "2s", "on": ["create", "list"]}]}"#;
        let script = Script::from_toml(toml).unwrap();
        assert_eq!(script, Script::from_json(json).unwrap());
        let fault = Fault::new(Kind::Status { status: 429, retry_after: Some(RetryAfter::Seconds(Duration::from_secs(2))) });
        assert_eq!((script.seed, &script.faults[0]), (9, &fault.on(&[Call::Create, Call::List])));
    }

    #[test]
    fn a_mistake_names_the_entry_the_field_and_what_is_allowed() {
        for (entry, words) in [
            ("{ kind = \"rest\" }", ["fault 1", "kind", "half_open"]),
            ("{ at = \"1s\" }", ["fault 1", "kind: is missing", "lost_ack"]),
            ("{ kind = \"bandwidth\" }", ["fault 1 (bandwidth)", "rate: is missing", "1.5Mbit/s"]),
            ("{ kind = \"bandwidth\", rate = \"fast\" }", ["fault 1 (bandwidth)", "rate", "300kbit/s"]),
            ("{ kind = \"stall\", rat = 1 }", ["fault 1 (stall)", "rat", "probability, way, on"]),
            ("{ kind = \"stall\", way = \"left\" }", ["fault 1 (stall)", "way", "both, up, down"]),
            ("{ kind = \"reset\", on = \"get\" }", ["fault 1 (reset)", "on", "create, list"]),
            ("{ kind = \"lost_ack\", on = \"create\" }", ["fault 1 (lost_ack)", "on", "no such field"]),
            ("{ kind = \"loss\", message = \"ack\" }", ["fault 1 (loss)", "message", "video, audio"]),
            ("{ kind = \"loss\", on = \"stream\" }", ["fault 1 (loss)", "on", "probability, message"]),
            ("{ kind = \"skew\" }", ["fault 1 (skew)", "by: is missing", "-80ms"]),
            ("{ kind = \"skew\", by = \"2s\" }", ["fault 1 (skew)", "by", "from -1s to 1s"]),
            ("{ kind = \"status\", status = 200 }", ["fault 1 (status)", "status", "400 to 599"]),
            ("{ kind = \"reset\", at = 5 }", ["fault 1 (reset)", "at", "string"]),
            ("{ kind = \"reset\", probability = 2 }", ["fault 1 (reset)", "probability", "up to 1"]),
            ("{ kind = \"stall\", every = \"5s\" }", ["fault 1 (stall)", "for", "in between"]),
            ("{ kind = \"stall\", every = \"5s\", for = \"6s\" }", ["fault 1 (stall)", "for", "longer"]),
            ("{ kind = \"reset\", every = \"1ms\" }", ["fault 1 (reset)", "every", "5ms"]),
        ] {
            let error = read(entry).expect_err(entry);
            assert!(words.iter().all(|word| error.contains(word)), "{entry}: {error}");
            assert_eq!(error.lines().count(), 1, "{entry}: {error}");
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let text = "seeds = 1\nfault = [ { kind = \"reset\", at = \"soon\", time = 3 }, 7, { kind = \"queue\" } ]";
        assert_eq!(Script::from_toml(text).unwrap_err().0.len(), 5, "{}", Script::from_toml(text).unwrap_err());
        assert!(Script::from_toml("fault = 3").is_err() && Script::from_json("[]").is_err());
        assert!(Script::from_toml(&format!("fault = [{}]", "{ kind = \"reset\" },".repeat(MOST + 1))).is_err());
    }

    #[test]
    fn every_kind_can_be_written_and_knows_its_name() {
        for name in KINDS {
            let more = match name {
                "latency" | "slow_close" | "warm_up" => "delay = \"1s\"",
                "jitter" => "spread = \"1s\"",
                "bandwidth" => "rate = \"1Mbit/s\"",
                "queue" => "position = 3",
                "skew" => "by = \"-1s\"",
                "status" => "status = 500",
                _ => "",
            };
            let comma = if more.is_empty() { "" } else { ", " };
            let fault = read(&format!("{{ kind = \"{name}\"{comma}{more} }}")).unwrap();
            let known = if name == "lost_create_reply" { "lost_reply" } else { name };
            assert_eq!(fault.kind.name(), known);
        }
    }
}
