//! The server that is checked where none is named: the reference server, on loopback, with a key, and with room for the cases.

use std::time::Duration;

use secrecy::SecretString;

use crate::app::errors::{Exit, Failure};
use crate::lab::Random;
use crate::sim::{Server, ServerConfig, ServerHandle};

/// Cases run some at a time, and each makes a world or two.
const WORLDS: usize = 64;

/// Starts the server; its address and its key.
pub async fn start(seed: u64) -> Result<(ServerHandle, String, SecretString), Failure> {
    let mut config = ServerConfig::new(([127, 0, 0, 1], 0).into());
    let mut random = Random::new(seed ^ 0x6b65_7973);
    // It guards a server that lives for a minute and is reached from this machine alone.
    let key = format!("check-{:016x}{:016x}", random.bits(), random.bits());
    config.key = Some(SecretString::from(key.clone()));
    config.max_worlds = WORLDS;
    config.grace = Duration::from_secs(20);
    let server = Server::start(config).await.map_err(|error| {
        Failure::new("connect", Exit::Network, "the embedded server does not start", error, "name one: --target URL")
    })?;
    let url = format!("http://{}", server.address());
    Ok((server, url, SecretString::from(key)))
}
