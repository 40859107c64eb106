//! What the databases say, as the typed error of the port: each variant is something else that the operator does.

use pipeline_core::ports::StoreError;

/// Primary result codes of SQLite (<https://sqlite.org/rescode.html>); the extended code's low byte.
mod code {
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const READONLY: u32 = 8;
    pub(super) const CORRUPT: u32 = 11;
    pub(super) const FULL: u32 = 13;
    pub(super) const CANTOPEN: u32 = 14;
    pub(super) const NOTADB: u32 = 26;
    /// Extended: no room for the index of the write-ahead log.
    pub(super) const IOERR_SHMSIZE: u32 = 4874;
}

/// The extended result code, when the error is SQLite's.
fn result_code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// What PostgreSQL says, by its SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn from_sqlstate(database: String, state: &str, why: String) -> StoreError {
    match state {
        "28000" | "28P01" | "42501" => StoreError::Denied { database, why },
        "3D000" => StoreError::Absent { database, why: format!("{why}; create it with createdb") },
        "25006" => StoreError::ReadOnly { database, why },
        "53100" => StoreError::Full { database },
        "40001" | "40P01" | "55P03" => StoreError::Locked { database },
        "42P01" | "42703" | "42804" => {
            StoreError::Unusable { database, why: format!("{why}: its tables were altered by hand") }
        }
        "XX001" | "XX002" => StoreError::Corrupt { database, why },
        // Connection exceptions, too many connections, shut down or starting up.
        _ if state.starts_with("08") || state.starts_with("57P") || state == "53300" => {
            StoreError::Unreachable { database, why }
        }
        _ => StoreError::Other { database, why },
    }
}

/// True when the error is one of PostgreSQL, or of a connection to it.
fn is_postgres(database: &str) -> bool {
    database.starts_with("postgres")
}

/// What a file says that SQLite cannot open, or whose side files it cannot.
pub(crate) const CANNOT_OPEN: &str = "the file or its folder cannot be opened";

/// Maps an error of the driver. `database` is the path or server as shown to people.
pub(crate) fn from_sqlx(database: &str, error: &sqlx::Error) -> StoreError {
    let database = database.to_owned();
    let why = match error.as_database_error() {
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    };
    if is_postgres(&database) {
        return match error {
            sqlx::Error::Database(said) => from_sqlstate(database, said.code().as_deref().unwrap_or_default(), why),
            sqlx::Error::Protocol(_) => {
                let why =
                    "what answers there does not speak PostgreSQL's protocol, or the connection was cut".to_owned();
                StoreError::Unreachable { database, why }
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed | sqlx::Error::PoolClosed => {
                StoreError::Unreachable { database, why }
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::Corrupt { database, why },
            _ => StoreError::Other { database, why },
        };
    }
    let code = result_code(error);
    if code == Some(code::IOERR_SHMSIZE) {
        return StoreError::Full { database };
    }
    match code.map(|code| code & 0xff) {
        Some(code::BUSY | code::LOCKED) => StoreError::Locked { database },
        Some(code::READONLY) => StoreError::ReadOnly { database, why },
        Some(code::FULL) => StoreError::Full { database },
        Some(code::NOTADB) => StoreError::Unusable { database, why: "the file is not an SQLite database".to_owned() },
        Some(code::CANTOPEN) => StoreError::Unusable { database, why: CANNOT_OPEN.to_owned() },
        Some(code::CORRUPT) => StoreError::Corrupt { database, why },
        _ => match error {
            sqlx::Error::Io(io) => from_io(database, io),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                StoreError::Corrupt { database, why }
            }
            _ => StoreError::Other { database, why },
        },
    }
}

/// Maps an error of the file system.
pub(crate) fn from_io(database: String, error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { database },
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { database, why: error.to_string() }
        }
        _ => StoreError::Unusable { database, why: error.to_string() },
    }
}
