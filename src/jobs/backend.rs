//! The three services, by name.

use std::fmt;
use std::str::FromStr;

/// A service that makes clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// happyhorselab.net, a preview: its base URL ends in `/v1`, as its document writes it.
    HhLab,
    /// happyhorse.app.
    HhApp,
    /// The HappyHorse Customer API, on a domain of the customer's own.
    HhCustomer,
}

impl Backend {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::HhLab, Self::HhApp, Self::HhCustomer];

    /// Its name on the command line, in settings and in the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HhLab => "hh-lab",
            Self::HhApp => "hh-app",
            Self::HhCustomer => "hh-customer",
        }
    }

    /// The base URL that its document names; `None` where the customer's own domain is the base.
    #[must_use]
    pub const fn documented_base(self) -> Option<&'static str> {
        match self {
            Self::HhLab => Some("https://api.happyhorselab.net/v1"),
            Self::HhApp => Some("https://happyhorse.app"),
            Self::HhCustomer => None,
        }
    }

    /// The environment variables that may hold its key, strongest first.
    #[must_use]
    pub const fn key_variables(self) -> &'static [&'static str] {
        match self {
            Self::HhLab => &["HH_LAB_API_KEY"],
            Self::HhApp => &["HH_APP_API_KEY"],
            Self::HhCustomer => &["HAPPYHORSE_API_KEY"],
        }
    }

    /// The environment variable that may hold its base URL.
    #[must_use]
    pub const fn base_variable(self) -> &'static str {
        match self {
            Self::HhLab => "HH_LAB_BASE_URL",
            Self::HhApp => "HH_APP_BASE_URL",
            Self::HhCustomer => "HAPPYHORSE_BASE_URL",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Backend {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|backend| backend.name() == text);
        found.ok_or_else(|| format!("{text:?} is none of: hh-lab, hh-app, hh-customer"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backends_are_found_by_their_names() {
        for backend in Backend::ALL {
            assert_eq!(backend.name().parse(), Ok(backend));
        }
        assert!("hh".parse::<Backend>().unwrap_err().contains("hh-customer"));
    }
}
