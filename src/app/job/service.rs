//! The way to a service that makes clips: which one, at which address, whose key goes there, and who pays.
//!
//! A key goes to the address that it belongs to, and to no other: that of the settings not to an address of the command
//! line, that of the environment not to an address that a project's file chose. It is never printed, not even in part.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::failure;
use crate::app::args;
use crate::app::backend::BackendSettings;
use crate::app::config::Settings;
use crate::app::errors::{Exit, Failure};
use crate::app::{key, profile, remote};
use crate::books::Books;
use crate::clips::{Agency, AgencyConfig};
use crate::clock::Clock;
use crate::jobs::{Backend, Dialect, dialect};
use crate::net::{Origin, Trust};

/// A service, found; nothing was sent yet.
#[derive(Clone, Debug)]
pub struct Service {
    /// Which.
    pub backend: Backend,
    /// Its base URL.
    pub base: Origin,
    /// Who chose that.
    pub chosen: Chosen,
    /// Who pays.
    pub profile: String,
    /// What the settings say of it.
    pub settings: BackendSettings,
}

/// Who chose an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// The command line.
    Flag,
    /// The environment.
    Variable,
    /// The user's settings.
    Settings,
    /// The settings file of the working folder.
    Project,
    /// The journal: the job was submitted there.
    Journal,
    /// The service's document.
    Document,
}

/// What is known of a job's place without asking the user.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its service.
    pub backend: Backend,
    /// The base URL that it was submitted to.
    pub base: String,
}

/// Which service the command line means.
pub fn backend(args: &args::Service) -> Result<Backend, Failure> {
    args.backend.ok_or_else(|| {
        let fix = "name one: --backend hh-lab, hh-app or hh-customer (or SEAGLASS_BACKEND)";
        Failure::usage("no service is named", "three services make clips, and nobody's is the default", fix)
    })
}

impl Service {
    /// Finds the service of the command line, or that of a job which the journal knows.
    pub fn find(args: &args::Service, settings: &Settings, known: Option<&Known>) -> Result<Self, Failure> {
        Self::found(args, settings, known, |name| std::env::var(name).ok())
    }

    fn found(
        args: &args::Service,
        settings: &Settings,
        known: Option<&Known>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        // What the user says stands over what the journal remembers.
        let known = known.filter(|known| args.backend.is_none_or(|named| named == known.backend) && args.base_url.is_none());
        let backend = match known {
            Some(known) => known.backend,
            None => backend(args)?,
        };
        let own = settings.backend(backend);
        let (base, chosen) = match known {
            Some(known) => (known.base.clone(), Chosen::Journal),
            None => base(backend, args, &own, settings, variable)?,
        };
        let base = Origin::parse(&base).map_err(|error| failure::net(&error))?;
        let profile = args.profile.clone().or_else(|| own.profile.clone()).or_else(|| settings.profile.clone());
        let profile = profile.unwrap_or_else(|| profile::DEFAULT.to_owned());
        profile::named(&settings.profiles, &profile)?;
        Ok(Self { backend, base, chosen, profile, settings: own })
    }

    /// Its words.
    pub fn dialect(&self) -> &'static dyn Dialect {
        dialect(self.backend)
    }

    /// The key that goes there; `None`: there is none.
    pub fn key(&self, args: &args::Service, settings: &Settings) -> Result<Option<SecretString>, Failure> {
        if let Some(file) = &args.api_key_file {
            return key::in_file(file).map(Some);
        }
        if let Some(file) = &self.settings.api_key_file
            && self.is_of_settings()
        {
            return key::in_file(file).map(Some);
        }
        // The variable of every server, too, where the user named the address: it is nobody's whom a document names.
        let common = (!self.is_documented()).then_some(remote::KEY_VARIABLE);
        for variable in self.backend.key_variables().iter().copied().chain(common) {
            if std::env::var_os(variable).is_none() {
                continue;
            }
            if self.is_of_project(settings) {
                let why = "the base URL is the choice of this folder's seaglass.toml, and not yours";
                let fix = "name it with --base-url or in your own settings, or keep a key for it: seaglass auth login";
                let what = format!("the key in {variable} is not sent to {}", self.base.site());
                return Err(Failure::new("key", Exit::Usage, what, why, fix));
            }
            return key::read(None, variable);
        }
        Ok(remote::kept(&self.base)?.map(|kept| kept.key))
    }

    /// As [`key`](Self::key), where nothing can be asked without one: every document says so.
    pub fn needed_key(&self, args: &args::Service, settings: &Settings) -> Result<SecretString, Failure> {
        self.key(args, settings)?.ok_or_else(|| {
            let variable = self.backend.key_variables().first().copied().unwrap_or_default();
            let what = format!("there is no key for {} at {}", self.backend, self.base.site());
            let fix = format!(
                "name a file that holds it with --api-key-file FILE, or set {variable}, or keep it: seaglass auth login --server {}",
                self.base.site()
            );
            Failure::new("auth", Exit::Auth, what, "every request to it carries one; nothing was sent", fix)
        })
    }

    /// What is odd about a key, without a word of it (AM-20).
    pub fn key_note(&self, key: &SecretString) -> Option<String> {
        self.dialect().key_note(key.expose_secret()).map(|note| note.what)
    }

    /// Whom to trust over https.
    pub fn trust(&self, args: &args::Service, settings: &Settings) -> Result<Trust, Failure> {
        let file = args.ca_file.as_ref().or(self.settings.ca_file.as_ref()).or(settings.ca_file.as_ref());
        file.map_or_else(|| Ok(Trust::web()), |file| remote::trusting(file))
    }

    /// What can be asked there.
    pub fn agency(
        &self,
        args: &args::Service,
        settings: &Settings,
        key: Option<SecretString>,
        books: Option<Arc<Books>>,
        clock: Clock,
    ) -> Result<Agency, Failure> {
        let wrong = |why: String| Failure::new("config", Exit::Usage, "the settings do not fit", why, "mend the settings");
        let trust = self.trust(args, settings)?;
        let dialect = self.dialect();
        let of_profile = profile::named(&settings.profiles, &self.profile)?;
        let config = AgencyConfig {
            backend: self.backend,
            base: self.base.as_str().to_owned(),
            key,
            allow_plaintext_key: args.allow_plaintext_key,
            trust,
            clock,
            books,
            profile: self.profile.clone(),
            budgets: profile::budgets(settings.budget, of_profile),
            names: self.settings.names(),
            prices: self.settings.prices(),
            pace: Some(self.settings.pace(dialect.pace()).map_err(wrong)?),
            rates: Some(self.settings.rates(dialect.rates())),
            seed: seed(),
        };
        Agency::new(config).map_err(|error| failure::of(&error, self.backend))
    }

    /// Whether the address is that of the user's settings, or the one that they leave in force.
    fn is_of_settings(&self) -> bool {
        let own = self.settings.base_url.as_deref().or_else(|| self.backend.documented_base());
        own.and_then(|own| Origin::parse(own).ok()).is_some_and(|own| own == self.base)
            // Where nothing names an address, whatever the command line names is the key's.
            || (own.is_none() && self.chosen != Chosen::Project)
    }

    /// Whether the address is the one in the service's document.
    fn is_documented(&self) -> bool {
        self.backend.documented_base().and_then(|base| Origin::parse(base).ok()).is_some_and(|base| base == self.base)
    }

    fn is_of_project(&self, settings: &Settings) -> bool {
        self.chosen == Chosen::Project && settings.backends_of_project.contains(self.backend.name())
    }
}

fn base(
    backend: Backend,
    args: &args::Service,
    own: &BackendSettings,
    settings: &Settings,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(String, Chosen), Failure> {
    if let Some(base) = &args.base_url {
        return Ok((base.clone(), Chosen::Flag));
    }
    if let Some(base) = variable(backend.base_variable()).filter(|base| !base.trim().is_empty()) {
        return Ok((base, Chosen::Variable));
    }
    if let Some(base) = &own.base_url {
        let of_project = settings.backends_of_project.contains(backend.name());
        return Ok((base.clone(), if of_project { Chosen::Project } else { Chosen::Settings }));
    }
    backend.documented_base().map(|base| (base.to_owned(), Chosen::Document)).ok_or_else(|| {
        let why = "it is on a domain of the customer's own, which nobody else knows";
        let fix = format!("name it: --base-url https://YOUR-DOMAIN, or {}", backend.base_variable());
        Failure::usage(&format!("there is no base URL for {backend}"), why, &fix)
    })
}

/// Scatters waits differently in every process.
fn seed() -> u64 {
    let (high, low) = uuid::Uuid::now_v7().as_u64_pair();
    high ^ low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(backend: Backend, own: &str, args: &args::Service) -> Service {
        let mut settings = Settings::default();
        settings.backends.insert(backend.name().to_owned(), toml::from_str(own).unwrap());
        let args = args::Service { backend: Some(backend), ..args.clone() };
        Service::found(&args, &settings, None, |_| None).unwrap()
    }

    fn at(base: &str) -> args::Service {
        args::Service { base_url: Some(base.to_owned()), ..args::Service::default() }
    }

    /// the key of the settings goes to the base of the settings, or to the documented one where they name none.
    #[test]
    fn a_key_of_the_settings_does_not_follow_another_base_url() {
        let own = "base_url = \"https://a.example\"\napi_key_file = \"k\"";
        assert!(service(Backend::HhApp, own, &args::Service::default()).is_of_settings());
        assert!(!service(Backend::HhApp, own, &at("https://b.example")).is_of_settings());
        assert!(!service(Backend::HhApp, "api_key_file = \"k\"", &at("https://b.example")).is_of_settings());
        assert!(service(Backend::HhApp, "api_key_file = \"k\"", &at("https://happyhorse.app")).is_of_settings());
        assert!(service(Backend::HhCustomer, "api_key_file = \"k\"", &at("https://b.example")).is_of_settings());
    }

    /// AM-20
    #[test]
    fn am_20_a_key_that_looks_like_another_services_is_told_without_a_word_of_it() {
        let note = |backend, key: &str| {
            service(backend, "", &at("https://a.example")).key_note(&SecretString::from(key.to_owned())).unwrap_or_default()
        };
        let told = note(Backend::HhLab, "hh_live_0123456789abcdef");
        assert!(told.contains("hh-customer") && !told.contains("012345"), "{told}");
        assert_eq!(note(Backend::HhLab, "hh_0123456789abcdef0123"), "");
    }

    #[test]
    fn a_customers_domain_is_nobodys_to_guess() {
        let args = args::Service { backend: Some(Backend::HhCustomer), ..args::Service::default() };
        let failure = Service::found(&args, &Settings::default(), None, |_| None).unwrap_err();
        assert!(failure.fix.contains("HAPPYHORSE_BASE_URL"), "{failure}");
        assert_eq!(failure.exit, Exit::Usage);
    }

    #[test]
    fn the_journal_names_a_jobs_place_unless_the_command_line_does() {
        let known = Known { backend: Backend::HhApp, base: "http://127.0.0.1:9/".to_owned() };
        let found = Service::found(&args::Service::default(), &Settings::default(), Some(&known), |_| None).unwrap();
        assert_eq!((found.base.as_str(), found.chosen), ("http://127.0.0.1:9/", Chosen::Journal));
        let args = args::Service { backend: Some(Backend::HhLab), ..args::Service::default() };
        let found = Service::found(&args, &Settings::default(), Some(&known), |_| None).unwrap();
        assert_eq!((found.backend, found.chosen), (Backend::HhLab, Chosen::Document));
    }
}
