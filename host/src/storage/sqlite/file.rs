//! An SQLite file before anything is read or written: whose it is, and how it is opened.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig};

use crate::storage::{StoreError, claim};

/// `host` in ASCII: SQLite's place for telling which program a file belongs to.
pub(super) const APPLICATION: i64 = 0x686f_7374;
/// The version of the schema.
pub(super) const FORMAT: i64 = 1;

/// How long to wait for somebody who holds the file; a reader, for no other host process writes to it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A path that was found fit for writing, and locked.
#[derive(Debug)]
pub(super) struct Claim {
    /// The file.
    pub(super) path: PathBuf,
    /// Whether there was no file before.
    pub(super) is_new: bool,
    beside: PathBuf,
    /// Keeps the lock as long as it is open. SQLite's own locks would keep readers off as well, and end whenever
    /// this process closes the file.
    _lock: File,
}

impl Claim {
    /// Checks that `path` can be written, makes its folder, and locks it.
    pub(super) fn new(path: &Path) -> Result<Self, StoreError> {
        let path = std::path::absolute(claim::place(path)?)
            .map_err(|source| StoreError::NotWritable { path: path.to_owned(), source })?;
        let is_new = match path.symlink_metadata() {
            Ok(there) if !there.is_file() => return Err(StoreError::NotAPlainFile { path }),
            Ok(_) => false,
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(source) => return Err(StoreError::NotWritable { path, source }),
        };
        let beside = claim::with(&path, ".lock");
        let lock = claim::lock_beside(&path, &beside)?;
        let claim = Self { path, is_new, beside, _lock: lock };
        if !is_new {
            claim.examine()?;
        }
        Ok(claim)
    }

    /// Whether we may write to the file that is there.
    fn examine(&self) -> Result<(), StoreError> {
        let path = self.path.clone();
        let damaged = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::OtherKind { path: path.clone(), kind: "SQLite" },
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                StoreError::NotWritable { path: path.clone(), source: io::ErrorKind::PermissionDenied.into() }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { path: path.clone() },
            _ => StoreError::Damaged { path: path.clone(), library: "SQLite", text: error.to_string() },
        };
        let connection = connect(&path, false).map_err(damaged)?;
        let owner = owner(&connection).map_err(damaged)?;
        if connection.is_readonly("main").map_err(damaged)? {
            return Err(StoreError::NotWritable { path, source: io::ErrorKind::PermissionDenied.into() });
        }
        match owner {
            Owner::Nobody => Ok(()),
            Owner::Us(FORMAT) => Ok(()),
            Owner::Us(found) => Err(StoreError::TooNew { path, found, known: FORMAT }),
            Owner::Other => Err(StoreError::OtherProgram { path }),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Best effort: a leftover lock file without a lock harms nobody.
        let _ = std::fs::remove_file(&self.beside);
    }
}

/// Which program has made a file.
pub(super) enum Owner {
    /// It is empty.
    Nobody,
    /// This one, with this version of the schema.
    Us(i64),
    /// Another one.
    Other,
}

/// Which program has made the file.
pub(super) fn owner(connection: &Connection) -> rusqlite::Result<Owner> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    if number("PRAGMA application_id")? == APPLICATION {
        return Ok(Owner::Us(number("PRAGMA user_version")?));
    }
    Ok(if number("SELECT count(*) FROM sqlite_schema")? == 0 { Owner::Nobody } else { Owner::Other })
}

/// Opens a file for writing.
pub(super) fn connect(path: &Path, create: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let mut connection = careful(Connection::open_with_flags(path, flags)?)?;
    // Waiting for another writer helps at the beginning of a transaction only.
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    Ok(connection)
}

/// Opens a file for reading.
pub(super) fn connect_reading(path: &Path) -> rusqlite::Result<Connection> {
    careful(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?)
}

/// What stands in a file shall not run.
fn careful(connection: Connection) -> rusqlite::Result<Connection> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(connection)
}
