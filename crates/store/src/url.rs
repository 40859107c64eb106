//! Where a database is, as its URL says, and how messages show it: never with a user or a password.

use std::path::PathBuf;
use std::str::FromStr;

use pipeline_core::ports::StoreError;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// A parsed URL.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// `sqlite://relative/path` or `sqlite:///absolute/path`.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/database`, with the parameters of libpq.
    Postgres(Box<PgConnectOptions>),
}

impl Place {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            return sqlite(url, path);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return postgres(url);
        }
        // The rest of such a URL may hold a password: only the scheme is shown.
        let scheme = url.split("://").next().filter(|scheme| scheme.len() < url.len()).unwrap_or("(no scheme)");
        Err(unusable(scheme, "a database is sqlite://PATH or postgres://USER@HOST/NAME"))
    }

    /// As messages show it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(options) => {
                let name = options.get_database().unwrap_or(options.get_username());
                let (host, port) = (options.get_host(), options.get_port());
                match options.get_socket() {
                    Some(socket) => format!("postgres:///{name}?host={}", socket.display()),
                    None => format!("postgres://{host}:{port}/{name}"),
                }
            }
        }
    }
}

fn unusable(database: &str, why: &str) -> StoreError {
    StoreError::Unusable { database: database.to_owned(), why: why.to_owned() }
}

fn sqlite(url: &str, path: &str) -> Result<Place, StoreError> {
    if path.is_empty() || path == ":memory:" {
        return Err(unusable(url, "a database is a file: give its path, sqlite://var/daily.db"));
    }
    if path.contains('?') {
        return Err(unusable(url, "parameters after ? are not supported"));
    }
    Ok(Place::Sqlite(PathBuf::from(path)))
}

fn postgres(url: &str) -> Result<Place, StoreError> {
    // What the parser says may quote the URL.
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| unusable("postgres", "its URL does not read: postgres://USER:PASSWORD@HOST:PORT/NAME"))?;
    let options = options.application_name("daily").disable_statement_logging();
    Ok(Place::Postgres(Box::new(options)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        match Place::parse(url) {
            Ok(place) => place.shown(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn both_forms_of_the_sqlite_url_name_the_same_file() {
        assert_eq!(shown("sqlite://var/daily.db"), "var/daily.db");
        assert_eq!(shown("sqlite:///var/daily.db"), "/var/daily.db");
        assert_eq!(shown("sqlite:daily.db"), "daily.db");
        assert!(shown("sqlite://").contains("a database is a file"));
    }

    #[test]
    fn no_url_is_shown_with_its_user_or_password() {
        for (url, expected) in [
            ("postgres://desk:canary@db.example/daily", "postgres://db.example:5432/daily"),
            ("postgresql://desk:canary@db.example:6000/daily?sslmode=require", "postgres://db.example:6000/daily"),
            ("postgres://desk:canary@localhost/daily?host=/run/pg", "postgres:///daily?host=/run/pg"),
            (
                "mysql://desk:canary@host/db",
                "mysql cannot be used: a database is sqlite://PATH or postgres://USER@HOST/NAME",
            ),
            (
                "postgres://desk:canary@host:port/db",
                "postgres cannot be used: its URL does not read: postgres://USER:PASSWORD@HOST:PORT/NAME",
            ),
        ] {
            assert_eq!(shown(url), expected);
        }
    }
}
