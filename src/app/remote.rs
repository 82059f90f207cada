//! The way to a world server from what the user said: flags over environment over settings files.

use super::args::Reach;
use super::config::Settings;
use super::errors::{Exit, Failure};
use super::key;
use crate::client::{Auth, Category, ClientConfig, ClientError, SessionManager};
use crate::clock::Clock;
use crate::net::NetError;

/// The variable that holds the key where no file is named.
pub const KEY_VARIABLE: &str = "SEAGLASS_API_KEY";

/// The session manager for the server that the user named; `None` where none is named.
pub fn manager(reach: &Reach, settings: &Settings, clock: Clock) -> Result<Option<SessionManager>, Failure> {
    let Some(server) = reach.server.as_ref().or(settings.server.as_ref()) else { return Ok(None) };
    let file = reach.api_key_file.as_deref().or(settings.api_key_file.as_deref());
    let header = reach.auth_header.as_ref().or(settings.auth_header.as_ref());
    let auth = match (key::read(file, KEY_VARIABLE)?, header) {
        (None, _) => Auth::none(),
        (Some(key), None) => Auth::bearer(key),
        (Some(key), Some(name)) => Auth::header(name.clone(), key),
    };
    let mut config = ClientConfig::new(server.as_str(), auth, clock);
    config.allow_insecure_key = reach.allow_plaintext_key;
    SessionManager::new(config).map(Some).map_err(|error| failure(&error))
}

/// As [`manager`], where a server has to be named.
pub fn named_manager(reach: &Reach, settings: &Settings, clock: Clock) -> Result<SessionManager, Failure> {
    manager(reach, settings, clock)?.ok_or_else(|| {
        let fix = "name one: --server URL, SEAGLASS_SERVER, or server = \"URL\" in the settings (`seaglass serve` runs one)";
        Failure::new("usage", Exit::Usage, "no server is named", "no address of anybody's service is built in", fix)
    })
}

/// A client's error as the user sees it.
pub fn failure(error: &ClientError) -> Failure {
    let (code, exit) = match error.category() {
        Category::Usage => ("usage", Exit::Usage),
        Category::Auth => ("auth", Exit::Auth),
        Category::Payment => ("payment", Exit::Payment),
        Category::NotFound => ("not-found", Exit::NotFound),
        Category::Session if is_protocol(error) => ("protocol", Exit::Session),
        Category::Session => ("session", Exit::Session),
        Category::Network if matches!(error, ClientError::Net(NetError::Tls { .. })) => ("tls", Exit::Network),
        Category::Network => ("connect", Exit::Network),
        Category::RateLimit => ("rate-limit", Exit::RateLimit),
        Category::Limit => ("limit", Exit::Limit),
        Category::Unknown => ("unexpected", Exit::Unexpected),
    };
    Failure::new(code, exit, error.to_string(), "", error.advice())
}

fn is_protocol(error: &ClientError) -> bool {
    use crate::client::{Ending, Failure::Version, Loss};
    match error {
        ClientError::Net(NetError::NotTheProtocol { .. }) | ClientError::NotAWorldServer { .. } => true,
        ClientError::Ended { ending, .. } => match ending {
            Ending::Failed(
                Version { .. } | crate::client::Failure::NoHello { .. } | crate::client::Failure::Garbage { .. },
            ) => true,
            Ending::Lost { loss, .. } => matches!(loss, Loss::TooLarge | Loss::Malformed),
            _ => false,
        },
        _ => false,
    }
}
