//! `seaglass serve`: the reference world server in a process of its own.

use std::io::Write as _;

use super::args::Serve;
use super::errors::{Exit, Failure};
use super::key;
use crate::sim::{Server, ServerConfig};

/// The variable that holds the key where no file is named. Not the client's: whoever serves and explores in one shell would send
/// one server's key to another.
const KEY_VARIABLE: &str = "SEAGLASS_SERVE_KEY";

/// Serves until a signal comes, then ends every world with a word to its client.
pub fn serve(args: Serve) -> Result<(), Failure> {
    let mut config = ServerConfig::new(args.listen);
    config.key = key::read(args.key_file.as_deref(), KEY_VARIABLE)?;
    config.max_worlds = args.max_worlds;
    if config.key.is_none() && !args.listen.ip().is_loopback() {
        eprintln!("seaglass: no key is asked: whoever reaches {} can create worlds here", args.listen);
    }
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new("unexpected", Exit::Unexpected, "no runtime can be started", error, "try again"))?;
    runtime.block_on(async {
        let server = Server::start(config).await.map_err(|error| {
            let fix = "choose another address or port with --listen";
            Failure::new("usage", Exit::Usage, "the server cannot start", error, fix)
        })?;
        println!("listening on http://{}", server.address());
        let _ = std::io::stdout().flush();
        ended().await;
        eprintln!("seaglass: ending the worlds");
        server.shutdown().await;
        Ok(())
    })
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
