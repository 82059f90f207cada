//! The database as a file: where it lies, who may read it, its schema and its versions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::error::BooksError;

/// How long one process waits for another's transaction. Each takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// The change to WAL of a new file is not covered by the database's own patience.
const WAL_ATTEMPTS: (u32, Duration) = (100, Duration::from_millis(20));

/// One step per version: entry 0 makes version 1 of nothing. A step that was released is never changed.
const STEPS: [&str; 2] = [WORK, JOBS];

const WORK: &str = "
    CREATE TABLE work (
        key TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        profile TEXT NOT NULL,
        server TEXT NOT NULL,
        owner TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('intent', 'held', 'kept', 'unresolved', 'ended')),
        id TEXT,
        summary TEXT NOT NULL,
        request TEXT,
        created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        day TEXT NOT NULL,
        reserved_seconds REAL NOT NULL,
        reserved_credits REAL NOT NULL,
        used_seconds REAL NOT NULL DEFAULT 0,
        used_credits REAL NOT NULL DEFAULT 0,
        final INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX work_open ON work (day) WHERE state <> 'ended';
    CREATE TABLE ledger (
        profile TEXT NOT NULL,
        kind TEXT NOT NULL,
        day TEXT NOT NULL,
        seconds REAL NOT NULL,
        credits REAL NOT NULL,
        PRIMARY KEY (profile, kind, day)
    ) STRICT, WITHOUT ROWID;
";

const JOBS: &str = "
    CREATE TABLE job (
        key TEXT PRIMARY KEY REFERENCES work (key),
        backend TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('intent', 'sending', 'running', 'ready', 'failed', 'refused', 'unknown')),
        hash TEXT NOT NULL,
        body TEXT NOT NULL,
        estimate REAL,
        ours INTEGER NOT NULL,
        sent_at TEXT,
        accepted_at TEXT,
        checked_at TEXT,
        word TEXT NOT NULL DEFAULT '',
        results TEXT NOT NULL DEFAULT '[]',
        expires_at TEXT,
        credits REAL,
        error TEXT,
        file TEXT
    ) STRICT;
    CREATE INDEX job_open ON job (state) WHERE state IN ('intent', 'sending', 'running', 'unknown');
    CREATE INDEX job_hash ON job (hash);
    CREATE INDEX work_id ON work (id) WHERE id IS NOT NULL;
";

/// Opens the database, or makes it; readable for its user alone.
pub(super) fn open(path: &Path) -> Result<Connection, BooksError> {
    let failed = BooksError::database("opened");
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder(folder)?;
    }
    private_file(path)?;
    let mut connection = Connection::open(path).map_err(&failed)?;
    connection.busy_timeout(PATIENCE).map_err(&failed)?;
    write_ahead(&connection).map_err(&failed)?;
    // A record that was written is on the disk, not only on its way there: a world may be created on the strength of it.
    connection.pragma_update(None, "synchronous", "FULL").map_err(&failed)?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// The folder of the owners' locks.
pub(super) fn owners(path: &Path) -> Result<PathBuf, BooksError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".owners");
    let folder = path.with_file_name(name);
    private_folder(&folder)?;
    Ok(folder)
}

fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut attempts = 0;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && attempts < WAL_ATTEMPTS.0 => {
                attempts += 1;
                std::thread::sleep(WAL_ATTEMPTS.1);
            }
            outcome => return outcome,
        }
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), BooksError> {
    let failed = BooksError::database("brought up to date");
    // Whoever comes second waits here, and finds the work done.
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
    let found: i64 = change.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(&failed)?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(BooksError::Newer { path: path.to_owned(), found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        change.execute_batch(step).map_err(&failed)?;
    }
    if found < known {
        change.pragma_update(None, "user_version", known).map_err(&failed)?;
    }
    change.commit().map_err(&failed)
}

/// Makes a folder that only its user may enter; one that exists is left as it is.
fn private_folder(folder: &Path) -> Result<(), BooksError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| BooksError::file(folder, &error))
}

/// Makes the file before the database does, as that would let others read it; its companions get the same rights.
fn private_file(path: &Path) -> Result<(), BooksError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| BooksError::file(path, &error))
}
