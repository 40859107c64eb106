//! A database of its own for each test, on either engine.

use std::path::PathBuf;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use store::{OpenMode, SqlStore};
use tempfile::TempDir;
use throwaway_postgres::Database;

use crate::common::SHORT;

/// Where a test's database is. Nothing is in it yet.
pub enum Place {
    File(TempDir),
    Server(Database<'static>),
}

impl Place {
    pub fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// `None` when no server is installed, which continuous integration refuses.
    pub fn server() -> Option<Self> {
        throwaway_postgres::server().map(|server| Self::Server(server.database()))
    }

    fn path(folder: &TempDir) -> PathBuf {
        folder.path().join("daily.db")
    }

    pub fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite://{}", Self::path(folder).display()),
            Self::Server(database) => database.url(),
        }
    }

    pub fn is_server(&self) -> bool {
        matches!(self, Self::Server(_))
    }

    pub async fn create(&self) -> SqlStore {
        self.open(OpenMode::Create).await
    }

    pub async fn open(&self, mode: OpenMode) -> SqlStore {
        SqlStore::open_with(&self.url(), mode, SHORT).await.unwrap()
    }

    /// Runs many statements behind the store's back.
    pub async fn run_script(&self, script: &str) {
        match self {
            Self::Server(database) => database.script(script),
            Self::File(folder) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(Self::path(folder));
                let mut plain = options.connect().await.unwrap();
                sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut plain).await.unwrap();
                plain.close().await.unwrap();
            }
        }
    }

    /// Runs a statement behind the store's back; the first column of the first row, as text.
    pub async fn sql(&self, statement: &str) -> String {
        match self {
            Self::Server(database) => database.sql(statement).lines().next().unwrap_or_default().to_owned(),
            Self::File(folder) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(Self::path(folder));
                let mut plain = options.connect().await.unwrap();
                let found = sqlx::query(AssertSqlSafe(statement)).fetch_optional(&mut plain).await.unwrap();
                let text = found.map(|row| {
                    row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|number| number.to_string()))
                });
                plain.close().await.unwrap();
                text.map(Result::unwrap).unwrap_or_default()
            }
        }
    }
}

/// Makes each function a test on SQLite and a test on PostgreSQL.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::place::Place::file()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                if let Some(place) = $crate::place::Place::server() {
                    super::$name(place).await;
                }
            })*
        }
    };
}
