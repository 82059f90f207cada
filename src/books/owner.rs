//! Who is responsible for an entry, and whether they are still alive: a locked file each. The system gives a lock back however
//! its holder dies, and a name is never used twice, so neither a crash nor a process number that comes again can fool anybody.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::error::BooksError;

/// A lock file that nobody has an entry for is left alone for so long, as its holder may be about to write one.
const TIDY_AFTER: Duration = Duration::from_hours(24);

/// One open [`Books`](super::desk::Books), alive as long as this value.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) name: String,
    folder: PathBuf,
    _lock: File,
}

/// The lock of an owner that has died; nobody else can take over from it meanwhile.
#[derive(Debug)]
pub(super) struct Estate {
    path: PathBuf,
    _lock: Option<File>,
}

impl Owner {
    /// Comes to life, with a lock in this folder.
    pub(super) fn enter(folder: &Path) -> Result<Self, BooksError> {
        let name = uuid::Uuid::now_v7().simple().to_string();
        let path = file_of(folder, &name);
        let lock = OpenOptions::new()
            .create_new(true)
            .write(true)
            .open(&path)
            .and_then(|file| file.try_lock().map(|()| file).map_err(std::io::Error::from));
        let lock = lock.map_err(|error| BooksError::file(&path, &error))?;
        Ok(Self { name, folder: folder.to_owned(), _lock: lock })
    }

    /// Another owner's estate, if that owner is dead. Where its life cannot be told it counts as alive.
    pub(super) fn estate_of(&self, name: &str) -> Option<Estate> {
        if name == self.name {
            return None;
        }
        let path = file_of(&self.folder, name);
        match File::open(&path) {
            Ok(file) => match file.try_lock() {
                Ok(()) => Some(Estate { path, _lock: Some(file) }),
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(Estate { path, _lock: None }),
            Err(_) => None,
        }
    }

    /// Whether an owner is alive.
    pub(super) fn is_alive(&self, name: &str) -> bool {
        self.estate_of(name).is_none()
    }

    /// Takes away what dead owners without entries left behind long ago.
    pub(super) fn tidy(&self, now: SystemTime) {
        for file in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let old = file.metadata().and_then(|data| data.modified()).ok().and_then(|then| now.duration_since(then).ok());
            if old.is_some_and(|old| old > TIDY_AFTER)
                && let Some(name) = file.path().file_stem().and_then(|name| name.to_str())
                && let Some(estate) = self.estate_of(name)
            {
                estate.close();
            }
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(file_of(&self.folder, &self.name));
    }
}

impl Estate {
    /// Nothing is left of it.
    pub(super) fn close(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn file_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_alive_as_long_as_its_lock_and_not_longer() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Owner::enter(folder.path()).unwrap(), Owner::enter(folder.path()).unwrap());
        let name = other.name.clone();
        assert!(one.is_alive(&name));
        // As after `kill -9`: the file stays, the lock does not.
        let path = file_of(folder.path(), &name);
        drop(other);
        std::fs::write(&path, "").unwrap();
        let estate = one.estate_of(&name).expect("its holder is gone");
        let third = Owner::enter(folder.path()).unwrap();
        assert!(third.is_alive(&name), "while somebody takes over, nobody else does");
        estate.close();
        assert!(!path.exists() && !third.is_alive(&name));
    }

    #[test]
    fn the_own_estate_is_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let one = Owner::enter(folder.path()).unwrap();
        assert!(one.is_alive(&one.name));
    }
}
