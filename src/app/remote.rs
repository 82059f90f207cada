//! The way to a world server from what the user said: flags over environment over settings files.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use super::args::Reach;
use super::config::Settings;
use super::errors::{Exit, Failure};
use super::key;
use super::keystore::{Kept, Keystore};
use super::profile::{self, DEFAULT, Profile};
use crate::books::{Books, BooksError};
use crate::client::{Auth, Bookkeeping, Category, ClientConfig, ClientError, OwnLimits, SessionManager};
use crate::clock::Clock;
use crate::net::{NetError, Origin, Trust};

const BOOKS_FIX: &str = "name other books with --books FILE or SEAGLASS_BOOKS, or mend the file and its folder";

/// All the web's roots are 300 kB.
const LONGEST_CA_FILE: u64 = 4 * 1024 * 1024;

/// The variable that holds the key where no file is named.
pub const KEY_VARIABLE: &str = "SEAGLASS_API_KEY";

/// Where a key comes from.
#[derive(Debug)]
pub enum Source {
    /// A file that the user named.
    File(PathBuf),
    /// The environment.
    Variable,
    /// `seaglass auth login`, for exactly this origin.
    Kept(Kept),
}

/// The key that the user gave, and the header that carries it where it is not `Authorization: Bearer`.
pub fn key(reach: &Reach, settings: &Settings) -> Result<Option<(Option<String>, SecretString)>, Failure> {
    let Some(source) = key_source(reach, settings)? else { return Ok(None) };
    let key = match source {
        Source::File(file) => Some(key::in_file(&file)?),
        Source::Variable => key::read(None, KEY_VARIABLE)?,
        Source::Kept(kept) => Some(kept.key),
    };
    let header = of_the_key(reach, settings, |named| named.auth_header.as_ref(), |own| own.auth_header.as_ref())?;
    let header = reach.auth_header.clone().or(header);
    Ok(key.map(|key| (header, key)))
}

/// Which key is in force: a file that is named, the environment, the key kept for exactly that origin.
pub fn key_source(reach: &Reach, settings: &Settings) -> Result<Option<Source>, Failure> {
    let file = of_the_key(reach, settings, |named| named.api_key_file.as_ref(), |own| own.api_key_file.as_ref())?;
    if let Some(file) = reach.api_key_file.clone().or(file) {
        return Ok(Some(Source::File(file)));
    }
    if std::env::var_os(KEY_VARIABLE).is_some() {
        if settings.server_of_project && reach.server.is_none() {
            let why = "the server is the choice of this folder's seaglass.toml, and not yours";
            let fix = "name the server with --server or in your own settings, or keep a key for it: seaglass auth login";
            return Err(Failure::new("key", Exit::Usage, format!("the key in {KEY_VARIABLE} is not sent"), why, fix));
        }
        return Ok(Some(Source::Variable));
    }
    let Some(server) = server(reach, settings)? else { return Ok(None) };
    Ok(kept(&server)?.map(Source::Kept))
}

/// The key that `auth login` keeps for exactly this origin.
pub fn kept(server: &Origin) -> Result<Option<Kept>, Failure> {
    // A machine without a place for keys keeps none.
    Keystore::user().map_or(Ok(None), |store| store.find(&server.site()))
}

/// What the settings say of the key for the server in use: the profile's word, or that of the settings; and of neither where the
/// key is another server's.
fn of_the_key<T: Clone>(
    reach: &Reach,
    settings: &Settings,
    of_profile: impl Fn(&Profile) -> Option<&T>,
    of_settings: impl Fn(&Settings) -> Option<&T>,
) -> Result<Option<T>, Failure> {
    let profile = profile::named(&settings.profiles, &profile_name(reach, settings))?;
    // A profile's key goes to that profile's server alone.
    let mine = profile.filter(|profile| match (&reach.server, &profile.server) {
        (Some(named), Some(own)) => same(named, own),
        _ => true,
    });
    // And the key of the settings' server not to that of a profile.
    let elsewhere = reach.server.is_none() && profile.is_some_and(|profile| profile.server.is_some());
    // Nor to a server of the command line that is not the settings'.
    let foreign = matches!((&reach.server, &settings.server), (Some(named), Some(own)) if !same(named, own));
    let settled = (!elsewhere && !foreign).then_some(settings);
    Ok(mine.and_then(of_profile).or_else(|| settled.and_then(of_settings)).cloned())
}

/// Whom to trust over https and wss: the public web's authorities, and those of the file that the user named.
pub fn trust(reach: &Reach, settings: &Settings) -> Result<Trust, Failure> {
    let profile = profile::named(&settings.profiles, &profile_name(reach, settings))?;
    let file = reach.ca_file.as_ref().or_else(|| profile?.ca_file.as_ref()).or(settings.ca_file.as_ref());
    file.map_or_else(|| Ok(Trust::web()), |file| trusting(file))
}

/// Trusts the certificates of a file, beside those of the public web.
pub fn trusting(file: &Path) -> Result<Trust, Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        let what = format!("the certificates in {} cannot be trusted", file.display());
        let fix = "name a file with certificates in PEM, as in -----BEGIN CERTIFICATE-----, by --ca-file FILE";
        Failure::new("tls", Exit::Usage, what, why, fix)
    };
    let mut pem = Vec::new();
    let opened = std::fs::File::open(file).map_err(|error| wrong(&error))?;
    opened.take(LONGEST_CA_FILE + 1).read_to_end(&mut pem).map_err(|error| wrong(&error))?;
    if pem.len() as u64 > LONGEST_CA_FILE {
        return Err(wrong(&format!("it is larger than {LONGEST_CA_FILE} bytes")));
    }
    Trust::web().and_pem(&pem).map_err(|error| wrong(&error))
}

/// Who pays.
pub fn profile_name(reach: &Reach, settings: &Settings) -> String {
    reach.profile.clone().or_else(|| settings.profile.clone()).unwrap_or_else(|| DEFAULT.to_owned())
}

/// The server in use: that of the command line or the environment, of the profile, of the settings.
pub fn server(reach: &Reach, settings: &Settings) -> Result<Option<Origin>, Failure> {
    let profile = profile::named(&settings.profiles, &profile_name(reach, settings))?;
    let server = reach.server.as_ref().or_else(|| profile?.server.as_ref()).or(settings.server.as_ref());
    server.map(origin).transpose()
}

/// For how many seconds a create for which so many are asked may last by the budgets as they stand; where none is set, as many as are
/// asked for. Fails as the create would.
pub fn affordable(reach: &Reach, settings: &Settings, asked: Option<f64>) -> Result<Option<f64>, Failure> {
    // Books are not begun for whoever only looks.
    if !is_budgeted(reach, settings)? {
        return Ok(asked);
    }
    let name = profile_name(reach, settings);
    let profile = profile::named(&settings.profiles, &name)?;
    let previewed = bookkeeping(&name, profile, settings)?.preview(asked);
    previewed.map(|(seconds, _)| seconds).map_err(|error| failure(&error))
}

/// Whether a budget limits what may be spent there.
pub fn is_budgeted(reach: &Reach, settings: &Settings) -> Result<bool, Failure> {
    let profile = profile::named(&settings.profiles, &profile_name(reach, settings))?;
    Ok(profile::budgets(settings.budget, profile).any())
}

/// What a second costs there, where the profile says so.
pub fn price(reach: &Reach, settings: &Settings) -> Result<Option<f64>, Failure> {
    let profile = profile::named(&settings.profiles, &profile_name(reach, settings))?;
    Ok(profile.and_then(|profile| profile.credits_per_second))
}

/// The session manager for the server that the user named; `None` where none is named. It journals nothing: for commands that
/// create no worlds.
pub fn manager(reach: &Reach, settings: &Settings, clock: Clock) -> Result<Option<SessionManager>, Failure> {
    let Some(config) = client(reach, settings, clock)? else { return Ok(None) };
    SessionManager::new(config).map(Some).map_err(|error| failure(&error))
}

/// As [`manager`], where a server has to be named.
pub fn named_manager(reach: &Reach, settings: &Settings, clock: Clock) -> Result<SessionManager, Failure> {
    manager(reach, settings, clock)?.ok_or_else(no_server)
}

/// The session manager for commands that create and end worlds: it keeps the books.
pub fn paying_manager(reach: &Reach, settings: &Settings, clock: Clock) -> Result<SessionManager, Failure> {
    SessionManager::new(paying_client(reach, settings, clock)?).map_err(|error| failure(&error))
}

/// What [`paying_manager`] is made of, for commands that have more to say.
pub fn paying_client(reach: &Reach, settings: &Settings, clock: Clock) -> Result<ClientConfig, Failure> {
    let config = client(reach, settings, clock)?.ok_or_else(no_server)?;
    let name = profile_name(reach, settings);
    let profile = profile::named(&settings.profiles, &name)?;
    paying(config, &name, profile, settings)
}

/// The server of a profile, where it names one.
pub fn server_of_profile(name: &str, settings: &Settings) -> Result<Option<Origin>, Failure> {
    let profile = profile::named(&settings.profiles, name)?;
    profile.and_then(|profile| profile.server.as_ref()).map(origin).transpose()
}

/// As [`paying_manager`], for the server of one profile and with the key that this profile names: no flag and no variable speaks
/// for another server.
pub fn manager_of_profile(name: &str, settings: &Settings, clock: Clock) -> Result<SessionManager, Failure> {
    let profile = profile::named(&settings.profiles, name)?;
    let server = server_of_profile(name, settings)?.ok_or_else(no_server)?;
    let header = profile.and_then(|profile| profile.auth_header.clone());
    let key = match profile.and_then(|profile| profile.api_key_file.as_ref()) {
        Some(file) => Some(key::in_file(file)?),
        None => kept(&server)?.map(|kept| kept.key),
    };
    let mut config = ClientConfig::new(server.as_str(), auth(key.map(|key| (header, key))), clock);
    if let Some(file) = profile.and_then(|profile| profile.ca_file.as_ref()).or(settings.ca_file.as_ref()) {
        config.trust = trusting(file)?;
    }
    SessionManager::new(paying(config, name, profile, settings)?).map_err(|error| failure(&error))
}

/// As [`paying_manager`], for a server that only the journal names: with the key that is kept for exactly that origin, or with none.
pub fn manager_of_server(server: &str, settings: &Settings, clock: Clock) -> Result<SessionManager, Failure> {
    let origin = Origin::parse(server).map_err(|error| failure(&error.into()))?;
    let key = kept(&origin)?.map(|kept| (None, kept.key));
    let mut config = ClientConfig::new(server, auth(key), clock);
    if let Some(file) = &settings.ca_file {
        config.trust = trusting(file)?;
    }
    SessionManager::new(paying(config, DEFAULT, None, settings)?).map_err(|error| failure(&error))
}

/// The books, open, and where they are.
pub fn books(settings: &Settings) -> Result<(Arc<Books>, PathBuf), Failure> {
    let own = || directories::ProjectDirs::from("", "", "seaglass").map(|dirs| dirs.data_dir().join("books.sqlite"));
    let path = settings.books.clone().or_else(own).ok_or_else(|| {
        let why = "worlds could not be journaled: the system names no folder for this user's data";
        Failure::new("books", Exit::Usage, "there is no place for the books", why, BOOKS_FIX)
    })?;
    let books = Books::open(&path).map_err(|error| books_failure(&error))?;
    Ok((Arc::new(books), path))
}

/// An error of the books as the user sees it.
pub fn books_failure(error: &BooksError) -> Failure {
    Failure::new("books", Exit::Usage, error.to_string(), "", BOOKS_FIX)
}

fn client(reach: &Reach, settings: &Settings, clock: Clock) -> Result<Option<ClientConfig>, Failure> {
    let Some(server) = server(reach, settings)? else { return Ok(None) };
    let mut config = ClientConfig::new(server.as_str(), auth(key(reach, settings)?), clock);
    config.allow_insecure_key = reach.allow_plaintext_key;
    config.trust = trust(reach, settings)?;
    Ok(Some(config))
}

fn paying(
    mut config: ClientConfig,
    name: &str,
    profile: Option<&Profile>,
    settings: &Settings,
) -> Result<ClientConfig, Failure> {
    let limits = settings.limits.clone().unwrap_or_default();
    config.limits = OwnLimits { session: limits.session().map_err(unfit)?, idle: limits.idle().map_err(unfit)? };
    config.books = Some(bookkeeping(name, profile, settings)?);
    Ok(config)
}

fn bookkeeping(name: &str, profile: Option<&Profile>, settings: &Settings) -> Result<Bookkeeping, Failure> {
    let session = settings.limits.clone().unwrap_or_default().session().map_err(unfit)?;
    let mut keeping = Bookkeeping::new(books(settings)?.0);
    keeping.profile = name.to_owned();
    keeping.budgets = profile::budgets(settings.budget, profile);
    keeping.longest = session.unwrap_or(keeping.longest);
    keeping.credits_per_second = profile.and_then(|profile| profile.credits_per_second);
    Ok(keeping)
}

fn unfit(why: String) -> Failure {
    Failure::new("config", Exit::Usage, "the limits do not fit", why, "mend the settings")
}

fn auth(key: Option<(Option<String>, SecretString)>) -> Auth {
    match key {
        None => Auth::none(),
        Some((None, key)) => Auth::bearer(key),
        Some((Some(name), key)) => Auth::header(name, key),
    }
}

fn origin(url: &Url) -> Result<Origin, Failure> {
    Origin::parse(url.as_str()).map_err(|error| failure(&error.into()))
}

fn same(one: &Url, other: &Url) -> bool {
    matches!((Origin::parse(one.as_str()), Origin::parse(other.as_str())), (Ok(one), Ok(other)) if one == other)
}

pub fn no_server() -> Failure {
    let fix = "name one: --server URL, SEAGLASS_SERVER, or server = \"URL\" in the settings (`seaglass serve` runs one)";
    Failure::new("usage", Exit::Usage, "no server is named", "no address of anybody's service is built in", fix)
}

/// The codes of [`failure`], each with its exit status.
const CLASSES: [(&str, Exit); 14] = [
    ("auth", Exit::Auth),
    ("books", Exit::Usage),
    ("budget", Exit::Budget),
    ("connect", Exit::Network),
    ("limit", Exit::Limit),
    ("not-found", Exit::NotFound),
    ("outcome-unknown", Exit::OutcomeUnknown),
    ("payment", Exit::Payment),
    ("protocol", Exit::Session),
    ("rate-limit", Exit::RateLimit),
    ("session", Exit::Session),
    ("tls", Exit::Network),
    ("unexpected", Exit::Unexpected),
    ("usage", Exit::Usage),
];

/// A code of [`failure`] and its exit status, where it is one.
pub fn class(code: &str) -> Option<(&'static str, Exit)> {
    CLASSES.into_iter().find(|(known, _)| *known == code)
}

/// A client's error as the user sees it.
pub fn failure(error: &ClientError) -> Failure {
    let code = match error.category() {
        Category::Usage if matches!(error, ClientError::Books(_)) => "books",
        Category::Usage => "usage",
        Category::Auth => "auth",
        Category::Payment => "payment",
        Category::NotFound => "not-found",
        Category::Session if is_protocol(error) => "protocol",
        Category::Session => "session",
        Category::Network if is_tls(error) => "tls",
        Category::Network => "connect",
        Category::RateLimit => "rate-limit",
        Category::Limit => "limit",
        Category::Budget => "budget",
        Category::OutcomeUnknown => "outcome-unknown",
        Category::Unknown => "unexpected",
    };
    let (code, exit) = class(code).unwrap_or(("unexpected", Exit::Unexpected));
    Failure::new(code, exit, error.to_string(), "", error.advice())
}

fn is_tls(error: &ClientError) -> bool {
    use crate::client::{Ending, RefusalCause};
    match error {
        ClientError::Net(NetError::Tls { .. }) => true,
        ClientError::Ended { ending: Ending::Refused(refusal), .. } => refusal.cause == RefusalCause::Untrusted,
        _ => false,
    }
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
