//! Keys that `seaglass auth login` keeps, each for one origin and for nobody else: in the system's keyring where this program
//! was built with it, else in a file that only its owner can read. Never prints one.
//!
//! Neighbours: `auth` is the commands, `remote` asks for the key of a server, `key` reads those that are kept elsewhere.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::errors::{Exit, Failure};

/// Largest file of keys.
const LARGEST: u64 = 1024 * 1024;

/// Where keys are kept.
#[derive(Clone, Debug)]
pub struct Keystore {
    path: PathBuf,
    /// Whether the system's keyring is asked too.
    keyring: bool,
}

/// A key that is kept.
#[derive(Debug)]
pub struct Kept {
    /// The key.
    pub key: SecretString,
    /// Where it is kept, for people.
    pub place: String,
}

impl Keystore {
    /// The user's own.
    pub fn user() -> Result<Self, Failure> {
        let dirs = directories::ProjectDirs::from("", "", "seaglass").ok_or_else(|| {
            let why = "the system names no folder for this user's settings";
            Failure::new("key", Exit::Usage, "there is no place for keys", why, "name a key file with --api-key-file")
        })?;
        Ok(Self { path: dirs.config_dir().join("keys.toml"), keyring: cfg!(feature = "keyring") })
    }

    /// A file alone.
    #[cfg(test)]
    fn file(path: PathBuf) -> Self {
        Self { path, keyring: false }
    }

    /// The key of exactly this origin, as in `https://example.org:8443`.
    pub fn find(&self, site: &str) -> Result<Option<Kept>, Failure> {
        if self.keyring
            && let Ok(Some(key)) = system::find(site)
        {
            return Ok(Some(Kept { key, place: "the system's keyring".to_owned() }));
        }
        let place = self.path.display().to_string();
        Ok(self.read()?.remove(site).map(|key| Kept { key: SecretString::from(key), place }))
    }

    /// Keeps a key for an origin, instead of the one before; says where.
    pub fn keep(&self, site: &str, key: &SecretString) -> Result<String, Failure> {
        if self.keyring && system::keep(site, key).is_ok() {
            // An older one in the file would come to light when the keyring is away.
            self.change(|keys| keys.remove(site).is_some())?;
            return Ok("the system's keyring".to_owned());
        }
        self.change(|keys| {
            keys.insert(site.to_owned(), key.expose_secret().to_owned());
            true
        })?;
        Ok(self.path.display().to_string())
    }

    /// Forgets the key of an origin; whether there was one.
    pub fn forget(&self, site: &str) -> Result<bool, Failure> {
        let was = match self.keyring {
            true => system::forget(site).map_err(|why| {
                let what = format!("whether the system's keyring keeps a key for {site} is not known");
                Failure::new("key", Exit::Usage, what, why, "unlock the keyring and try again")
            })?,
            false => false,
        };
        let mut in_file = false;
        self.change(|keys| {
            in_file = keys.remove(site).is_some();
            in_file
        })?;
        Ok(was || in_file)
    }

    /// Every key of the file, if its owner alone can read it.
    fn read(&self) -> Result<BTreeMap<String, String>, Failure> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.wrong(error, "check the path and its permissions")),
        };
        let metadata = file.metadata().map_err(|error| self.wrong(error, "check the path and its permissions"))?;
        if let Some(mode) = open_to_others(&metadata) {
            let why = format!("others on this machine can reach it (mode {mode:04o}), so its keys may be known to them");
            let fix = format!("chmod 600 {}; and replace its keys if anybody else may have seen them", self.path.display());
            return Err(self.wrong(why, &fix));
        }
        let mut text = String::new();
        let read = file.take(LARGEST + 1).read_to_string(&mut text);
        read.map_err(|error| self.wrong(error, "check the file"))?;
        if text.len() as u64 > LARGEST {
            return Err(self.wrong(format!("it is larger than {LARGEST} bytes"), "remove it and log in again"));
        }
        // The library's error would repeat the line, and a key with it.
        toml::from_str(&text).map_err(|_| self.wrong("it is not what `seaglass auth` writes", "remove it and log in again"))
    }

    /// Changes the file in one step, alone among processes; `change` says whether there is anything to write.
    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>) -> bool) -> Result<(), Failure> {
        let wrong = |error: std::io::Error| self.wrong(error, "check the folder and its permissions");
        let folder = self.path.parent().unwrap_or(Path::new("."));
        private_folder(folder).map_err(wrong)?;
        let lock = private(OpenOptions::new().write(true).create(true).truncate(false)).open(folder.join("keys.lock"));
        let lock = lock.map_err(wrong)?;
        lock.lock().map_err(wrong)?;
        let mut keys = self.read()?;
        if !change(&mut keys) {
            return Ok(());
        }
        let text = toml::to_string(&keys).map_err(|_| self.wrong("the key cannot be written down", "try another key"))?;
        let fresh = self.path.with_extension(format!("{}.new", std::process::id()));
        let written = (|| {
            // One that is left of a process of the same number is nobody's.
            let _ = std::fs::remove_file(&fresh);
            let mut file = private(OpenOptions::new().write(true).create_new(true)).open(&fresh)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&fresh, &self.path)?;
            // So that the name outlives a loss of power too; not every system can.
            if let Ok(folder) = File::open(folder) {
                let _ = folder.sync_all();
            }
            Ok(())
        })();
        written.map_err(|error| {
            let _ = std::fs::remove_file(&fresh);
            wrong(error)
        })
    }

    fn wrong(&self, why: impl std::fmt::Display, fix: &str) -> Failure {
        Failure::new("key", Exit::Usage, format!("the keys in {} cannot be used", self.path.display()), why, fix)
    }
}

#[cfg(unix)]
fn open_to_others(metadata: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Elsewhere the user's folder is private by what it inherits.
#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> Option<u32> {
    None
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// The system's keyring, asked on a thread of its own: a locked one waits for its user, and this program does not for long.
#[cfg(feature = "keyring")]
mod system {
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    use keyring::{Entry, Error};
    use secrecy::{ExposeSecret as _, SecretString};

    const PATIENCE: Duration = Duration::from_secs(3);
    const SERVICE: &str = "seaglass";

    pub fn find(site: &str) -> Result<Option<SecretString>, String> {
        let found = ask(site, |entry| entry.get_password())?;
        Ok(found.map(SecretString::from))
    }

    pub fn keep(site: &str, key: &SecretString) -> Result<(), String> {
        let key = key.clone();
        ask(site, move |entry| entry.set_password(key.expose_secret())).map(drop)
    }

    pub fn forget(site: &str) -> Result<bool, String> {
        ask(site, |entry| entry.delete_credential()).map(|done| done.is_some())
    }

    /// What the keyring answers; `None` where it has no such entry.
    fn ask<T: Send + 'static>(
        site: &str,
        question: impl FnOnce(Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, String> {
        let (answer, answered) = sync_channel(1);
        let site = site.to_owned();
        let work = move || {
            let said = match Entry::new(SERVICE, &site).and_then(question) {
                Ok(value) => Ok(Some(value)),
                Err(Error::NoEntry) => Ok(None),
                // Some of its errors hold what is kept: their kind is enough.
                Err(Error::NoDefaultStore | Error::NoStorageAccess(_)) => {
                    Err("the system offers no keyring, or keeps it locked")
                }
                Err(_) => Err("the keyring failed"),
            };
            let _ = answer.send(said);
        };
        std::thread::Builder::new().name("seaglass-keyring".to_owned()).spawn(work).map_err(|error| error.to_string())?;
        match answered.recv_timeout(PATIENCE) {
            Ok(said) => said.map_err(str::to_owned),
            Err(_) => Err(format!("it did not answer within {} s", PATIENCE.as_secs())),
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod system {
    use secrecy::SecretString;

    pub fn find(_: &str) -> Result<Option<SecretString>, String> {
        Ok(None)
    }

    pub fn keep(_: &str, _: &SecretString) -> Result<(), String> {
        Err("this program was built without it".to_owned())
    }

    pub fn forget(_: &str) -> Result<bool, String> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    ///
    #[test]
    fn a_kept_key_is_found_for_exactly_its_origin() {
        let folder = tempfile::tempdir().unwrap();
        let store = Keystore::file(folder.path().join("seaglass").join("keys.toml"));
        assert!(store.find("https://a.example").unwrap().is_none());
        store.keep("https://a.example", &SecretString::from("one")).unwrap();
        store.keep("https://b.example", &SecretString::from("two")).unwrap();
        let key = |site: &str| store.find(site).unwrap().map(|kept| kept.key.expose_secret().to_owned());
        assert_eq!(key("https://a.example").as_deref(), Some("one"));
        for other in ["http://a.example", "https://a.example:8443", "https://sub.a.example", "https://a.exampl"] {
            assert_eq!(key(other), None, "{other}");
        }
        assert!(store.forget("https://a.example").unwrap());
        assert!(!store.forget("https://a.example").unwrap());
        assert_eq!((key("https://a.example"), key("https://b.example").as_deref()), (None, Some("two")));
    }

    #[test]
    fn a_file_that_is_not_ours_is_refused_without_showing_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let store = Keystore::file(folder.path().join("keys.toml"));
        store.keep("https://a.example", &SecretString::from("one")).unwrap();
        std::fs::write(&store.path, "\"https://a.example\" = sk-secret").unwrap();
        let failure = store.find("https://a.example").unwrap_err();
        assert!(!format!("{failure} {failure:?}").contains("sk-secret"), "{failure}");
    }
}
