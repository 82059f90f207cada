//! `[backends.NAME]`: a service that makes clips, as settings files say it: where it is, whose key goes there, what it costs.
//!
//! Neighbours: `config` reads it, `project` guards it, `job` lives by it.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::args;
use crate::jobs::{Backend, FieldNames, Pace, Prices, Rates};
use crate::net::Origin;

/// `[backends.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BackendSettings {
    /// Its base URL.
    pub base_url: Option<String>,
    /// File that holds the API key for that base.
    pub api_key_file: Option<PathBuf>,
    /// File with certificates (PEM) to trust there, instead of the settings' own.
    pub ca_file: Option<PathBuf>,
    /// Who pays there: a name of `profiles`.
    pub profile: Option<String>,
    /// What a clip costs, where the user knows it better than the document does.
    pub prices: Option<PriceTable>,
    /// hh-app: the field of prompt adherence.
    pub cfg_field: Option<String>,
    /// hh-app: the field of elements.
    pub elements_field: Option<String>,
    /// Jobs at once; 0: no bound.
    pub jobs: Option<u32>,
    /// Requests per minute; 0: no bound.
    pub per_minute: Option<u32>,
    /// When a job is asked for first after its submit, as in `8s`.
    pub first_check: Option<String>,
    /// How long between the first two questions.
    pub interval: Option<String>,
    /// How long a job is waited for.
    pub deadline: Option<String>,
}

/// `prices` of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PriceTable {
    /// Credits per job.
    pub per_job: Option<f64>,
    /// Credits per second of clip.
    pub per_second: Option<f64>,
}

impl BackendSettings {
    /// What is wrong with it.
    pub fn check(&self, name: &str) -> Result<(), String> {
        let place = format!("backends.{name}");
        let backend: Backend = name.parse().map_err(|why| format!("{place}: {why}"))?;
        if let Some(base) = &self.base_url {
            Origin::parse(base).map_err(|why| format!("{place}.base_url: {why}"))?;
        }
        let prices = self.prices.unwrap_or_default();
        for (field, price) in [("per_job", prices.per_job), ("per_second", prices.per_second)] {
            if price.is_some_and(|price| !price.is_finite() || price < 0.0) {
                return Err(format!("{place}.prices.{field}: must be a number, 0 or above"));
            }
        }
        let named = [("cfg_field", &self.cfg_field), ("elements_field", &self.elements_field)];
        for (field, value) in named {
            match value {
                Some(_) if backend != Backend::HhApp => {
                    return Err(format!("{place}.{field}: only hh-app has such a field"));
                }
                Some(value) if value.trim().is_empty() => {
                    return Err(format!("{place}.{field}: must be the name of a field"));
                }
                _ => {}
            }
        }
        self.durations(&place).map(drop)
    }

    /// Names of fields that its document lost (AM-14).
    pub fn names(&self) -> FieldNames {
        let documented = FieldNames::default();
        FieldNames {
            cfg_scale: self.cfg_field.clone().unwrap_or(documented.cfg_scale),
            elements: self.elements_field.clone().unwrap_or(documented.elements),
        }
    }

    /// Prices that the user knows.
    pub fn prices(&self) -> Prices {
        let PriceTable { per_job, per_second } = self.prices.unwrap_or_default();
        Prices { per_job, per_second }
    }

    /// How much at once, beside what the document says.
    pub fn rates(&self, documented: Rates) -> Rates {
        let bound = |own: Option<u32>, documented| own.map_or(documented, |own| (own > 0).then_some(own));
        Rates { jobs: bound(self.jobs, documented.jobs), per_minute: bound(self.per_minute, documented.per_minute) }
    }

    /// When a job is asked for, beside what the document says.
    pub fn pace(&self, documented: Pace) -> Result<Pace, String> {
        let [first, interval, deadline] = self.durations("backends")?;
        let mut pace = documented;
        if let Some(first) = first {
            pace.first = (first, first);
        }
        if let Some(interval) = interval {
            pace.interval = interval;
            pace.longest = pace.longest.max(interval);
            pace.longest_limited = pace.longest_limited.max(interval);
        }
        pace.deadline = deadline.unwrap_or(pace.deadline);
        Ok(pace)
    }

    fn durations(&self, place: &str) -> Result<[Option<Duration>; 3], String> {
        let read = |field: &str, text: &Option<String>, least: Duration| {
            let Some(text) = text else { return Ok(None) };
            let duration = args::duration(text).map_err(|why| format!("{place}.{field}: {why}"))?;
            let few = duration < least;
            if few { Err(format!("{place}.{field}: must be {least:?} or more")) } else { Ok(Some(duration)) }
        };
        // Nobody's service is asked without a pause.
        let least = Duration::from_millis(200);
        Ok([
            read("first_check", &self.first_check, least)?,
            read("interval", &self.interval, least)?,
            read("deadline", &self.deadline, Duration::from_secs(1))?,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str, text: &str) -> Result<(), String> {
        toml::from_str::<BackendSettings>(text).map_err(|error| error.to_string())?.check(name)
    }

    #[test]
    fn settings_of_a_service_are_read_strictly() {
        let right = "base_url = \"https://a.example/v1\"\nprices = { per_second = 80 }\njobs = 4\ninterval = \"12s\"";
        assert_eq!(checked("hh-app", right), Ok(()));
        for (name, text, why) in [
            ("hh-other", "", "hh-customer"),
            ("hh-app", "base_url = \"a.example\"", "base_url"),
            ("hh-app", "prices = { per_second = -1.0 }", "prices.per_second"),
            ("hh-app", "prices = { per_hour = 1.0 }", "per_hour"),
            ("hh-lab", "cfg_field = \"cfg\"", "only hh-app"),
            ("hh-lab", "interval = \"0s\"", "interval"),
            ("hh-lab", "baseurl = \"https://a.example\"", "baseurl"),
        ] {
            let said = checked(name, text).unwrap_err();
            assert!(said.contains(why), "{name} {text}: {said}");
        }
    }

    /// AM-14
    #[test]
    fn fields_whose_names_the_document_lost_can_be_named() {
        let own: BackendSettings = toml::from_str("cfg_field = \"cfgScale\"").unwrap();
        assert_eq!((own.names().cfg_scale.as_str(), own.names().elements.as_str()), ("cfgScale", "elements"));
    }

    /// HL-19: the bounds of the document are the bounds of whoever says nothing, and no more than that.
    #[test]
    fn bounds_of_the_user_stand_over_those_of_the_document() {
        let documented = Rates { jobs: Some(10), per_minute: Some(500) };
        let own: BackendSettings = toml::from_str("jobs = 3\nper_minute = 0").unwrap();
        assert_eq!(own.rates(documented), Rates { jobs: Some(3), per_minute: None });
        assert_eq!(BackendSettings::default().rates(documented), documented);
    }
}
