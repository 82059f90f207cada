//! `seaglass serve`: the reference world server in a process of its own.

use std::fmt::Display;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use super::args::{ProvidersClock, Serve};
use super::errors::{Exit, Failure};
use super::key;
use crate::sim::{Defect, Providers, ProvidersConfig, Script, Server, ServerConfig, Tls, TlsError};

/// The variable that holds the key where no file is named. Not the client's: whoever serves and explores in one shell would send
/// one server's key to another.
const KEY_VARIABLE: &str = "SEAGLASS_SERVE_KEY";

/// Worlds at most where they are shared and nobody says how many.
const MOST_SHARED: usize = 10_000;

/// Serves until a signal comes, then ends every world with a word to its client.
pub fn serve(args: Serve) -> Result<(), Failure> {
    let mut config = ServerConfig::new(args.listen);
    config.key = key::read(args.key_file.as_deref(), KEY_VARIABLE)?;
    config.shared_world = args.shared_world;
    let most = if args.shared_world { MOST_SHARED } else { config.max_worlds };
    config.max_worlds = args.max_worlds.unwrap_or(most);
    config.tls = tls(&args)?;
    config.faults = args.faults.as_deref().map(script).transpose()?;
    config.admin = args.admin;
    config.providers = args.providers.then(|| providers(&args)).transpose()?;
    config.defects = args.defect.iter().map(|name| defect(name)).collect::<Result<_, _>>()?;
    if config.key.is_none() && !args.listen.ip().is_loopback() {
        eprintln!("seaglass: no key is asked: whoever reaches {} can create worlds here", args.listen);
    }
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new("unexpected", Exit::Unexpected, "no runtime can be started", error, "try again"))?;
    runtime.block_on(async {
        let server = Server::start(config).await.map_err(|error| {
            let fix = "choose another address or port with --listen";
            Failure::new("usage", Exit::Usage, "the server cannot start", error, fix)
        })?;
        let mut told = format!("listening on {scheme}://{}\n", server.address());
        if let Some(providers) = server.providers() {
            told.push_str(&introduction(&format!("{scheme}://{}", server.address()), providers));
        }
        // In one piece, and never mind whether anybody reads more of it than the first line.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(told.as_bytes()).and_then(|()| out.flush());
        drop(out);
        tokio::select! {
            () = ended() => eprintln!("seaglass: ending the worlds"),
            () = end_of_input(), if args.until_eof => {}
        }
        server.shutdown().await;
        Ok(())
    })
}

/// The certificate to show, where TLS is wanted.
fn tls(args: &Serve) -> Result<Option<Tls>, Failure> {
    let file = |path: &Path, error: &dyn Display| {
        let what = format!("{} cannot be used", path.display());
        Failure::new("file", Exit::Usage, what, error, "name files that exist and that you may read and write")
    };
    let read = |path: &Path| std::fs::read(path).map_err(|error| file(path, &error));
    let unusable = |error: TlsError| {
        let fix = "mend what is said, or serve with --tls-self-signed";
        Failure::new("usage", Exit::Usage, "the server cannot speak TLS", error, fix)
    };
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
        return Tls::from_pem(&read(certificate)?, &read(key)?).map(Some).map_err(unusable);
    }
    if !args.tls_self_signed {
        return Ok(None);
    }
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let address = args.listen.ip().to_string();
    if !args.listen.ip().is_unspecified() && !names.contains(&address) {
        names.push(address);
    }
    let tls = Tls::self_signed(&names).map_err(unusable)?;
    if let (Some(path), Some(pem)) = (&args.tls_ca_out, tls.authority_pem()) {
        std::fs::write(path, pem).map_err(|error| file(path, &error))?;
    }
    Ok(Some(tls))
}

/// Where the providers are, and who may ask them.
fn introduction(origin: &str, providers: &Providers) -> String {
    let mut lines = format!("providers on {origin}, files on {}\n", providers.files_origin());
    for account in providers.accounts() {
        let plan = if account.plan.is_empty() { String::new() } else { format!(", plan {}", account.plan) };
        let key = account.published_key().map_or(String::new(), |key| format!(", key {key}"));
        lines += &format!("  {}: {}{plan}, {} credits{key}\n", account.service, account.name, account.credits);
    }
    lines
}

/// What the providers are told.
fn providers(args: &Serve) -> Result<ProvidersConfig, Failure> {
    let failure = |path: &Path, why: &dyn Display| {
        let what = format!("the providers' configuration {} does not fit", path.display());
        Failure::new("usage", Exit::Usage, what, why, "mend what is listed; docs/providers.md describes the format")
    };
    let mut config = match args.providers_config.as_deref() {
        None => ProvidersConfig::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| failure(path, &error))?;
            ProvidersConfig::from_toml(&text).map_err(|error| failure(path, &error))?
        }
    };
    if let Some(clock) = args.providers_clock {
        config.virtual_clock = clock == ProvidersClock::Virtual;
    }
    config.files_listen = args.files_listen.unwrap_or_else(|| SocketAddr::new(args.listen.ip(), 0));
    Ok(config)
}

/// Reads a fault script.
fn script(path: &Path) -> Result<Script, Failure> {
    let failure = |why: &dyn Display| {
        let what = format!("the fault script {} does not fit", path.display());
        Failure::new("faults", Exit::Usage, what, why, "mend what is listed; docs/faults.md describes the format")
    };
    let text = std::fs::read_to_string(path).map_err(|error| failure(&error))?;
    Script::from_toml(&text).map_err(|error| failure(&error))
}

fn defect(name: &str) -> Result<Defect, Failure> {
    name.parse().map_err(|error| Failure::new("usage", Exit::Usage, "no such defect", error, "name one of them"))
}

/// Waits for SIGINT or SIGTERM.
async fn ended() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Waits for the end of standard input. On a thread of its own, as a read of it cannot be called off.
async fn end_of_input() {
    let (told, ended) = tokio::sync::oneshot::channel();
    let read = move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = told.send(());
    };
    match std::thread::Builder::new().name("seaglass-stdin".to_owned()).spawn(read) {
        Ok(_) => drop(ended.await),
        Err(error) => {
            tracing::warn!("the end of standard input will not be noticed: {error}");
            std::future::pending().await
        }
    }
}
