//! What is wanted of a run, as `metric:stat op value`, and what came of it. Three outcomes: kept, missed, too few samples to say.

use std::collections::BTreeMap;
use std::fmt;

use super::metric::{Metric, Scalar};
use super::report::{Figure, Outcome, Report, Single, Summary, Verdict};
use super::spread::samples_needed;

/// An objective is worth nothing within this multiple of what the harness itself adds.
const OVERHEAD_TIMES: f64 = 3.0;
/// Samples after which a mean is no accident any more.
const MEAN_NEEDS: u64 = 100;

/// What is wanted of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    subject: Subject,
    stat: Stat,
    op: Op,
    /// In milliseconds for spans, in the unit of the scalar otherwise; a count of samples for `n`.
    value: f64,
    /// The value as it was written.
    written: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Many(Metric),
    One(Scalar),
}

/// A statistic of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stat {
    Min,
    Mean,
    P50,
    P90,
    P95,
    P99,
    P999,
    Max,
    AbsP50,
    AbsP95,
    AbsP99,
    AbsMax,
    N,
    Count,
    Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
}

impl Stat {
    const ALL: [Self; 15] = [
        Self::Min,
        Self::Mean,
        Self::P50,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::P999,
        Self::Max,
        Self::AbsP50,
        Self::AbsP95,
        Self::AbsP99,
        Self::AbsMax,
        Self::N,
        Self::Count,
        Self::Value,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p99_9",
            Self::Max => "max",
            Self::AbsP50 => "abs_p50",
            Self::AbsP95 => "abs_p95",
            Self::AbsP99 => "abs_p99",
            Self::AbsMax => "abs_max",
            Self::N => "n",
            Self::Count => "count",
            Self::Value => "value",
        }
    }

    const fn is_magnitude(self) -> bool {
        matches!(self, Self::AbsP50 | Self::AbsP95 | Self::AbsP99 | Self::AbsMax)
    }

    /// The percentile (0..=1) that it is.
    const fn quantile(self) -> Option<f64> {
        match self {
            Self::P50 | Self::AbsP50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 | Self::AbsP95 => Some(0.95),
            Self::P99 | Self::AbsP99 => Some(0.99),
            Self::P999 => Some(0.999),
            _ => None,
        }
    }

    fn serves(self, subject: Subject) -> bool {
        match subject {
            Subject::Many(metric) => {
                !matches!(self, Self::Count | Self::Value) && (!self.is_magnitude() || metric.is_signed())
            }
            Subject::One(scalar) => self == Self::Value || (self == Self::Count && scalar.is_count()),
        }
    }

    fn of(self, summary: &Summary) -> Option<f64> {
        let magnitude = summary.magnitude.unwrap_or_default();
        match self {
            Self::Min => summary.min,
            Self::Mean => summary.mean,
            Self::P50 => summary.p50,
            Self::P90 => summary.p90,
            Self::P95 => summary.p95,
            Self::P99 => summary.p99,
            Self::P999 => summary.p99_9,
            Self::Max => summary.max,
            Self::AbsP50 => magnitude.p50,
            Self::AbsP95 => magnitude.p95,
            Self::AbsP99 => magnitude.p99,
            Self::AbsMax => magnitude.max,
            Self::N => Some(summary.n as f64),
            Self::Count | Self::Value => None,
        }
    }
}

impl Op {
    /// Longer signs first, so that none is read as the beginning of another.
    const ALL: [(&'static str, Self); 5] =
        [("<=", Self::AtMost), (">=", Self::AtLeast), ("==", Self::Equal), ("<", Self::Below), (">", Self::Above)];

    fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("", |(sign, _)| sign)
    }

    fn holds(self, measured: f64, value: f64) -> bool {
        match self {
            Self::Below => measured < value,
            Self::AtMost => measured <= value,
            Self::Above => measured > value,
            Self::AtLeast => measured >= value,
            Self::Equal => (measured - value).abs() <= f64::EPSILON * value.abs().max(1.0),
        }
    }

    const fn is_upper(self) -> bool {
        matches!(self, Self::Below | Self::AtMost)
    }
}

impl Subject {
    const fn name(self) -> &'static str {
        match self {
            Self::Many(metric) => metric.name(),
            Self::One(scalar) => scalar.name(),
        }
    }

    fn is_signed(self) -> bool {
        matches!(self, Self::Many(metric) if metric.is_signed())
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {} {}", self.subject.name(), self.stat.name(), self.op.sign(), self.written)
    }
}

impl Objective {
    /// Reads `metric:stat op value`, as in `cmd_to_present:p99 < 100 ms`.
    ///
    /// # Errors
    /// What is wrong, and what can stand there.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("objective `{text}`: {why}");
        let (place, sign, op) = Op::ALL
            .into_iter()
            .filter_map(|(sign, op)| Some((text.find(sign)?, sign, op)))
            .min_by_key(|(place, sign, _)| (*place, usize::MAX - sign.len()))
            .ok_or_else(|| {
                wrong("a comparison is missing: write it as in `ttff:p95 < 2s`, with < <= > >= or ==".to_owned())
            })?;
        let (left, right) = (text[..place].trim(), text[place + sign.len()..].trim());
        let (name, stat) = left.split_once(':').ok_or_else(|| {
            wrong("a statistic is missing: write `metric:stat`, as in `ttff:p95` or `freezes:count`".to_owned())
        })?;
        let (name, stat) = (name.trim(), stat.trim());
        let subject = Metric::named(name).map(Subject::Many).or_else(|| Scalar::named(name).map(Subject::One));
        let subject = subject.ok_or_else(|| wrong(unknown("metric", name, names())))?;
        let fitting = || Stat::ALL.into_iter().filter(|stat| stat.serves(subject)).map(Stat::name);
        let stat = Stat::ALL.into_iter().find(|one| one.name() == stat && one.serves(subject)).ok_or_else(|| {
            wrong(format!("{name} has no statistic `{stat}`: {}", fitting().collect::<Vec<_>>().join(", ")))
        })?;
        let value = value(right, subject, stat).map_err(wrong)?;
        let objective = Self { subject, stat, op, value, written: right.to_owned() };
        objective.sense().map_err(wrong)?;
        Ok(objective)
    }

    /// Its metric's name.
    #[must_use]
    pub const fn metric(&self) -> &'static str {
        self.subject.name()
    }

    /// Its statistic's name.
    #[must_use]
    pub const fn stat(&self) -> &'static str {
        self.stat.name()
    }

    /// Samples that it wants at least, to say anything.
    #[must_use]
    pub fn samples_needed(&self) -> u64 {
        self.stat.quantile().map_or(1, samples_needed)
    }

    /// The least number that keeps it, where it is about a count and wants no less than some.
    #[must_use]
    pub fn least_count(&self) -> Option<u64> {
        let Subject::One(scalar) = self.subject else { return None };
        let least = match self.op {
            Op::Above => self.value + 1.0,
            Op::AtLeast | Op::Equal => self.value,
            Op::Below | Op::AtMost => return None,
        };
        // Counts are whole and never below 0, as they were read.
        scalar.is_count().then_some(least as u64)
    }

    /// Whether it stays clear of what the harness itself adds: objectives within three times of that say nothing of the server.
    ///
    /// # Errors
    /// What it adds, and what would be measurable.
    pub fn check_overhead(&self, overhead_ms: &BTreeMap<Metric, f64>) -> Result<(), String> {
        let Subject::Many(metric) = self.subject else { return Ok(()) };
        let Some(own) = overhead_ms.get(&metric).filter(|_| self.op.is_upper() && self.stat != Stat::N) else {
            return Ok(());
        };
        let least = own * OVERHEAD_TIMES;
        if self.value >= least {
            return Ok(());
        }
        Err(format!(
            "objective `{self}`: this machine alone adds {own:.3} ms to {} (99th percentile), and nothing below three times that, \
             {least:.3} ms, can be told from it: raise the objective or use a quieter machine",
            metric.name()
        ))
    }

    /// What came of it.
    #[must_use]
    pub fn verdict(&self, report: &Report) -> Verdict {
        let figure = report.metrics.get(self.metric());
        let (measured, n) = match figure {
            Some(Figure::Many(summary)) => (self.stat.of(summary), summary.n),
            Some(Figure::One(Single { count, value })) => (value.or(count.map(|count| count as f64)), count.unwrap_or(1)),
            None => (None, 0),
        };
        let (outcome, why) = match measured {
            None => (Outcome::Insufficient, self.want_of_samples(n)),
            Some(0.0) if self.stat == Stat::N && !self.op.holds(0.0, self.value) => {
                (Outcome::Insufficient, "there was no sample".to_owned())
            }
            Some(measured) if self.op.holds(measured, self.value) => {
                (Outcome::Pass, format!("{} was measured", self.tell(measured)))
            }
            Some(measured) => (Outcome::Fail, format!("{} was measured", self.tell(measured))),
        };
        let (metric, stat) = (self.metric().to_owned(), self.stat.name().to_owned());
        Verdict { objective: self.to_string(), metric, stat, measured, n, outcome, why }
    }

    /// Whether it is time to break the run off, and why: it cannot be kept any more however the run goes on, or it is missed with
    /// as many samples as it wants. `provisional` is a report of the run so far. Rates are left to the end.
    #[must_use]
    pub fn fails_early(&self, provisional: &Report) -> Option<String> {
        let verdict = self.verdict(provisional);
        let measured = verdict.measured.filter(|_| verdict.outcome == Outcome::Fail)?;
        let early = match self.subject {
            Subject::Many(_) if self.stat == Stat::N => self.op.is_upper(),
            Subject::Many(_) if matches!(self.stat, Stat::Min | Stat::Mean) => verdict.n >= MEAN_NEEDS,
            Subject::Many(_) => verdict.n >= self.samples_needed() && (self.op.is_upper() || verdict.n >= MEAN_NEEDS),
            // A count only rises: what it exceeds stays exceeded.
            Subject::One(scalar) => self.op.is_upper() && (scalar.is_count() || scalar == Scalar::WorldSeconds),
        };
        early.then(|| format!("objective `{self}` is missed: {} was measured by now", self.tell(measured)))
    }

    fn want_of_samples(&self, n: u64) -> String {
        match self.subject {
            Subject::Many(_) if n == 0 => "there was no sample".to_owned(),
            Subject::Many(_) => {
                format!("{n} samples, and {} wants {}: lengthen the run", self.stat.name(), self.samples_needed())
            }
            Subject::One(_) => "it is not known of this run".to_owned(),
        }
    }

    fn tell(&self, measured: f64) -> String {
        match self.subject {
            _ if self.stat == Stat::N => format!("{measured}"),
            Subject::Many(_) => format!("{measured:.3} ms"),
            Subject::One(scalar) if scalar.is_count() => format!("{measured}"),
            Subject::One(scalar) => format!("{measured:.3} {}", scalar.unit()).trim_end().to_owned(),
        }
    }

    /// Whether it can be kept and missed at all.
    fn sense(&self) -> Result<(), String> {
        let never_below_zero = !self.subject.is_signed() || self.stat.is_magnitude() || self.stat == Stat::N;
        if never_below_zero && self.value < 0.0 {
            return Err(format!("{} is never below 0", self.subject.name()));
        }
        if never_below_zero && self.value == 0.0 {
            if self.op == Op::Below {
                return Err(format!("{} is never below 0, so nothing can keep this", self.subject.name()));
            }
            if self.op == Op::AtLeast {
                return Err(format!("{} is never below 0, so this says nothing", self.subject.name()));
            }
        }
        let share = matches!(self.subject, Subject::One(scalar) if scalar.unit() == "%");
        if share && self.value > 100.0 {
            return Err("a share is never above 100 %".to_owned());
        }
        if share && self.value == 100.0 && self.op == Op::Above {
            return Err("a share is never above 100 %, so nothing can keep this".to_owned());
        }
        Ok(())
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    Metric::ALL.into_iter().map(Metric::name).chain(Scalar::ALL.into_iter().map(Scalar::name))
}

fn unknown(what: &str, name: &str, known: impl Iterator<Item = &'static str>) -> String {
    format!("there is no {what} `{name}`; there are {}", known.collect::<Vec<_>>().join(", "))
}

/// A value with its unit, in the unit of its subject.
fn value(text: &str, subject: Subject, stat: Stat) -> Result<f64, String> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '_'))).unwrap_or(text.len());
    let (number, unit) = (text[..digits].replace('_', ""), text[digits..].trim());
    let number: f64 = number
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| format!("`{text}` is no value: write a number with its unit, as in `100ms`, `2s`, `5%`"))?;
    let wanted = match subject {
        _ if stat == Stat::N => "",
        Subject::Many(_) => "ms",
        Subject::One(scalar) => scalar.unit(),
    };
    let times = match (wanted, unit) {
        ("ms", "ms") | ("s", "s") => 1.0,
        ("ms", "s") => 1e3,
        ("ms", "us" | "µs") => 1e-3,
        ("s", "ms") => 1e-3,
        ("s", "min") => 60.0,
        ("s", "h") => 3600.0,
        ("ms", "") => return Err(format!("`{text}` has no unit: write `{text}ms` or `{text}s`")),
        ("1/s", "" | "fps" | "/s" | "1/s") => 1.0,
        ("Mbit/s", "" | "Mbit/s") => 1.0,
        ("Mbit/s", "kbit/s") => 1e-3,
        ("Mbit/s", "Gbit/s") => 1e3,
        ("MiB", "" | "MiB") | ("KiB", "" | "KiB") => 1.0,
        ("MiB", "GiB") | ("KiB", "MiB") => 1024.0,
        ("MiB", "KiB") => 1.0 / 1024.0,
        (wanted, unit) if unit.is_empty() || unit == wanted => 1.0,
        ("", unit) => return Err(format!("`{unit}` is no unit here: {} is a plain number", subject.name())),
        (wanted, unit) => return Err(format!("`{unit}` is no unit of {}: it is in {wanted}", subject.name())),
    };
    let value = number * times;
    let whole = stat == Stat::N || matches!(subject, Subject::One(scalar) if scalar.is_count());
    if whole && value.fract() != 0.0 {
        return Err(format!("`{text}` is no whole number, and {} counts", subject.name()));
    }
    Ok(value)
}
