//! The published JSON form of a report: the report's own members and the histograms behind it, so that another run can be compared
//! with it. Its schema is docs/bench-report.schema.json.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::form::SpreadForm;
use super::metric::Metric;
use super::recording::{Recording, SCHEMA};
use super::report::Report;
use super::spread::Spread;

/// What [`Report::kind`] always says.
pub(super) const KIND: &str = "seaglass-bench";

/// A report with its histograms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The report.
    #[serde(flatten)]
    pub report: Report,
    /// The distribution of every metric that has a sample, by its name.
    pub histograms: BTreeMap<Metric, SpreadForm>,
}

impl Document {
    /// Of a report and the recording that it was made of.
    #[must_use]
    pub fn of(recording: &Recording, report: &Report) -> Self {
        let histograms = recording.spreads.iter().map(|(metric, spread)| (*metric, SpreadForm::from(spread))).collect();
        Self { report: report.clone(), histograms }
    }

    /// As it stands in a file.
    ///
    /// # Panics
    /// Never: its keys are names and its numbers are finite or `null`.
    #[must_use]
    pub fn print(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report has nothing that JSON has not");
        text.push('\n');
        text
    }

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: Self = serde_json::from_str(text).map_err(|error| {
            format!("this is no JSON report of `seaglass bench run`: {error}; give the file of `-o json:FILE`")
        })?;
        let report = &document.report;
        if report.kind != KIND {
            let kind = super::house::clean(&report.kind);
            return Err(format!(
                "this is a `{kind}` and no report of `seaglass bench run`: give the file of `-o json:FILE`"
            ));
        }
        if report.schema != SCHEMA {
            return Err(format!(
                "the report has format {}, and this program reads format {SCHEMA}: use the program that wrote it, or a newer one",
                report.schema
            ));
        }
        Ok(document)
    }

    /// Its distributions.
    ///
    /// # Errors
    /// Which one is damaged, and how.
    pub fn spreads(&self) -> Result<BTreeMap<Metric, Spread>, String> {
        let read = |(metric, form): (&Metric, &SpreadForm)| match Spread::try_from(form) {
            Ok(spread) => Ok((*metric, spread)),
            Err(why) => Err(format!("the histogram of {} is damaged: {why}; record the run again", metric.name())),
        };
        self.histograms.iter().map(read).collect()
    }
}
