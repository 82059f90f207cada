//! What goes wrong on purpose: a script of faults, each for the n-th call of an endpoint, and the book that counts.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::endpoint::Endpoint;

/// Entries of a script at most.
const MOST: usize = 256;

/// Seconds that an answer can be held up.
const LONGEST_DELAY_MS: u64 = 600_000;

/// A script.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FaultScript {
    /// Decides every [`Fault::chance`].
    pub seed: u64,
    /// The faults; all that fit a call strike it together.
    pub fault: Vec<Fault>,
}

/// One fault: which calls it strikes, and what happens to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Which endpoint: a name as `lab.generate`, a group as `lab.*`, or `*`.
    pub on: String,
    /// The first call that is struck, counted from 1 since the script was set.
    pub nth: u64,
    /// How many calls in a row; 0: all that follow.
    pub times: u64,
    /// Of each of them, with this probability; none: surely.
    pub chance: Option<f64>,
    /// Answers with this status, and does nothing.
    pub status: Option<u16>,
    /// The code in that answer, where the service's own for the status is not wanted.
    pub code: Option<String>,
    /// The message in that answer.
    pub message: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// Writes `Retry-After` as a date.
    pub retry_after_date: bool,
    /// Holds the answer up by so many milliseconds of the machine's time, after the work is done.
    pub delay_ms: u64,
    /// Closes the connection instead of an answer.
    pub lose: Option<Lost>,
    /// Sends the answer's first half alone, as if it were all.
    pub garbled: bool,
    /// The job that this call makes will fail with this message.
    pub fail: Option<String>,
    /// The job that this call makes never ends.
    pub stuck: bool,
    /// The status that this call reports, whatever it is.
    pub word: Option<String>,
    /// What is missing of the result that this call reports.
    pub results: Option<MissingResults>,
    /// The links that this call gives out expire after so many seconds.
    pub link_expires_s: Option<f64>,
    /// The file breaks off after so many bytes, and the connection with it.
    pub cut_after: Option<u64>,
    /// The file ends after so many bytes, as if it were whole.
    pub truncate: Option<u64>,
    /// `Content-Length` tells so many bytes more than come.
    pub longer: Option<u64>,
    /// Leads through so many redirects to the file.
    pub redirects: u8,
    /// Leads there instead of to the file.
    pub redirect_to: Option<String>,
}

/// When an answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    /// Before anything is done.
    Before,
    /// After the work was done.
    After,
}

/// What is missing of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingResults {
    /// The field itself.
    Missing,
    /// What stands in it: an empty list, an empty text.
    Empty,
    /// It is null.
    Null,
}

impl Default for Fault {
    fn default() -> Self {
        Self {
            on: String::new(),
            nth: 1,
            times: 1,
            chance: None,
            status: None,
            code: None,
            message: None,
            retry_after: None,
            retry_after_date: false,
            delay_ms: 0,
            lose: None,
            garbled: false,
            fail: None,
            stuck: false,
            word: None,
            results: None,
            link_expires_s: None,
            cut_after: None,
            truncate: None,
            longer: None,
            redirects: 0,
            redirect_to: None,
        }
    }
}

impl Fault {
    /// A fault that strikes the next call of an endpoint and, by itself, does nothing to it.
    #[must_use]
    pub fn on(endpoint: &str) -> Self {
        Self { on: endpoint.to_owned(), ..Self::default() }
    }

    /// Takes what is not decided yet from another one that strikes the same call.
    fn join(&mut self, other: &Self) {
        macro_rules! first {
            ($($field:ident),*) => { $(if self.$field == Self::default().$field { self.$field = other.$field.clone(); })* };
        }
        first!(status, code, message, retry_after, retry_after_date, delay_ms, lose, garbled, fail, stuck, word, results);
        first!(link_expires_s, cut_after, truncate, longer, redirects, redirect_to);
    }
}

impl FaultScript {
    /// A script of these faults.
    #[must_use]
    pub fn new(fault: impl Into<Vec<Fault>>) -> Self {
        Self { seed: 0, fault: fault.into() }
    }

    /// Reads TOML: `[[fault]]` tables and, if wanted, `seed`.
    ///
    /// # Errors
    /// What is wrong, with its place.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let script: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        script.check().map(|()| script)
    }

    /// Reads JSON of the same shape.
    ///
    /// # Errors
    /// What is wrong, with its place.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let script: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        script.check().map(|()| script)
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.fault.len() > MOST {
            return Err(format!("fault: {} entries are more than the {MOST} allowed", self.fault.len()));
        }
        for (index, fault) in self.fault.iter().enumerate() {
            let at = format!("fault {}", index + 1);
            if !Endpoint::ALL.iter().any(|endpoint| endpoint.fits(&fault.on)) {
                let names = Endpoint::ALL.map(Endpoint::name).join(", ");
                return Err(format!(
                    "{at}: on: `{}` names no endpoint; there are {names}, groups as lab.*, and *",
                    fault.on
                ));
            }
            if fault.nth == 0 {
                return Err(format!("{at}: nth: calls are counted from 1"));
            }
            if fault.status.is_some_and(|status| !(200..=599).contains(&status)) {
                return Err(format!("{at}: status: from 200 to 599"));
            }
            if fault.chance.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
                return Err(format!("{at}: chance: from 0 to 1"));
            }
            if fault.delay_ms > LONGEST_DELAY_MS {
                return Err(format!("{at}: delay_ms: at most {LONGEST_DELAY_MS}"));
            }
            if fault.link_expires_s.is_some_and(|seconds| !(0.0..=1e9).contains(&seconds)) {
                return Err(format!("{at}: link_expires_s: from 0 to 1e9"));
            }
        }
        Ok(())
    }
}

/// A script under way.
#[derive(Debug, Default)]
pub(super) struct Book {
    script: FaultScript,
    /// Calls that each entry has seen, and struck.
    counts: Vec<(u64, u64)>,
    rolled: u64,
}

impl Book {
    pub(super) fn new(script: FaultScript) -> Self {
        let counts = vec![(0, 0); script.fault.len()];
        Self { script, counts, rolled: 0 }
    }

    /// Adds the faults of another script; they count from now. Refuses what would be too many.
    pub(super) fn add(&mut self, more: FaultScript) -> Result<(), String> {
        let mut script = self.script.clone();
        script.fault.extend(more.fault);
        script.check()?;
        self.counts.resize(script.fault.len(), (0, 0));
        self.script = script;
        Ok(())
    }

    /// What strikes this call.
    pub(super) fn strike(&mut self, endpoint: Endpoint) -> Fault {
        let mut struck = Fault::on(endpoint.name());
        for (fault, (seen, hit)) in self.script.fault.iter().zip(&mut self.counts) {
            if !endpoint.fits(&fault.on) {
                continue;
            }
            *seen += 1;
            let open = *seen >= fault.nth && (fault.times == 0 || *seen - fault.nth < fault.times);
            let sure = fault.chance.is_none_or(|chance| {
                self.rolled += 1;
                roll(self.script.seed, self.rolled) < chance
            });
            if open && sure {
                *hit += 1;
                struck.join(fault);
            }
        }
        struck
    }

    pub(super) fn report(&self) -> Value {
        let entries = self.script.fault.iter().zip(&self.counts);
        let faults: Vec<Value> =
            entries.map(|(fault, (seen, hit))| json!({ "fault": fault, "seen": seen, "struck": hit })).collect();
        json!({ "seed": self.script.seed, "faults": faults })
    }
}

/// A number from 0 to 1 (splitmix64's finaliser).
fn roll(seed: u64, count: u64) -> f64 {
    let z = seed.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_from_its_nth_call_on_and_so_often() {
        let text = "[[fault]]\non = 'lab.*'\nnth = 2\ntimes = 2\nstatus = 503";
        let mut book = Book::new(FaultScript::from_toml(text).unwrap());
        let calls = [Endpoint::LabJob, Endpoint::AppStatus, Endpoint::LabJob, Endpoint::LabGenerate, Endpoint::LabJob];
        assert_eq!(calls.map(|call| book.strike(call).status), [None, None, Some(503), Some(503), None]);
        assert_eq!(book.report()["faults"][0]["struck"], 2);
    }

    #[test]
    fn faults_of_one_call_strike_together_and_the_first_decides() {
        let text =
            r#"{"fault": [{"on": "cdn.get", "delay_ms": 5, "status": 503}, {"on": "*", "status": 500, "garbled": true}]}"#;
        let mut book = Book::new(FaultScript::from_json(text).unwrap());
        let struck = book.strike(Endpoint::CdnGet);
        assert_eq!((struck.status, struck.delay_ms, struck.garbled), (Some(503), 5, true));
    }

    #[test]
    fn a_wrong_script_says_what_is_wrong() {
        for (text, what) in [
            ("[[fault]]\non = 'lab.nothing'", "names no endpoint"),
            ("[[fault]]\non = '*'\nnth = 0", "counted from 1"),
            ("[[fault]]\non = '*'\nstat = 3", "unknown field"),
            ("[[fault]]\non = '*'\nchance = 2.0", "from 0 to 1"),
        ] {
            let error = FaultScript::from_toml(text).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }
}
