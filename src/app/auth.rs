//! `seaglass auth`: keeps a key for a server's origin, says which key is in force, forgets it. Never prints a key, and never takes
//! one from the command line, where other users of the machine could read it.

use std::io::IsTerminal as _;

use secrecy::SecretString;

use super::args::{Auth, Reach};
use super::config::Settings;
use super::errors::{Exit, Failure};
use super::keystore::Keystore;
use super::remote::{self, KEY_VARIABLE};
use super::{key, remote::Source};
use crate::net::Origin;

/// Runs one of the sub-commands.
pub fn auth(command: Auth, settings: &Settings) -> Result<(), Failure> {
    match command {
        Auth::Login { reach } => {
            let site = named(&reach, settings)?.site();
            let key = given(&reach, &site)?;
            let place = Keystore::user()?.keep(&site, &key)?;
            eprintln!("the key for {site} is kept in {place}");
            Ok(())
        }
        Auth::Logout { reach } => {
            let site = named(&reach, settings)?.site();
            match Keystore::user()?.forget(&site)? {
                true => eprintln!("the key for {site} is forgotten"),
                false => eprintln!("no key was kept for {site}"),
            }
            Ok(())
        }
        Auth::Status { reach } => {
            let site = named(&reach, settings)?.site();
            match remote::key_source(&reach, settings)? {
                Some(Source::File(path)) => println!("{site}: the key in {}", path.display()),
                Some(Source::Variable) => println!("{site}: the key in {KEY_VARIABLE}"),
                Some(Source::Kept(kept)) => println!("{site}: the key kept in {}", kept.place),
                None => println!("{site}: no key"),
            }
            Ok(())
        }
    }
}

fn named(reach: &Reach, settings: &Settings) -> Result<Origin, Failure> {
    remote::server(reach, settings)?.ok_or_else(remote::no_server)
}

/// The key to keep: from the file that is named, from the terminal without an echo, or from stdin.
fn given(reach: &Reach, site: &str) -> Result<SecretString, Failure> {
    if let Some(file) = &reach.api_key_file {
        return key::in_file(file);
    }
    if !std::io::stdin().is_terminal() {
        return key::in_file(std::path::Path::new("-"));
    }
    let text = rpassword::prompt_password(format!("key for {site}: ")).map_err(|error| {
        let fix = "give it on stdin, or name a file with --api-key-file";
        Failure::new("key", Exit::Usage, "the terminal gives no key", error, fix)
    })?;
    key::checked(&text, "from the terminal")
}
