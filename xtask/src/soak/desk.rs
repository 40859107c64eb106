//! A desk as an operator has it: a database, a folder, and the binary.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail, ensure};
use pipeline_core::ports::Store;
use serde_json::Value;
use store::{OpenMode, SqlStore};
use tempfile::TempDir;
use throwaway_postgres::Database;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A database of the throwaway server.
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// A database that nobody else uses, and the binary that works on it.
#[derive(Debug)]
pub struct Desk {
    binary: PathBuf,
    folder: TempDir,
    server: Option<Database<'static>>,
}

impl Desk {
    /// With a database that holds nothing yet.
    pub fn new(binary: &Path, engine: Engine) -> Result<Self> {
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(throwaway_postgres::server().context("no PostgreSQL")?.database()),
        };
        Ok(Self { binary: binary.to_owned(), folder: TempDir::with_prefix("daily-soak-")?, server })
    }

    /// With a copy of this one's database.
    pub fn copy(&self) -> Result<Self> {
        let (binary, server) = (self.binary.clone(), self.server.as_ref().map(Database::copy));
        let copy = Self { binary, folder: TempDir::with_prefix("daily-soak-")?, server };
        if self.engine() == Engine::Sqlite {
            std::fs::copy(self.file(), copy.file()).context("a copy of the database")?;
        }
        Ok(copy)
    }

    /// Its kind of database.
    pub fn engine(&self) -> Engine {
        if self.server.is_some() { Engine::Postgres } else { Engine::Sqlite }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("desk.db")
    }

    /// Leaves the file of the database where it is, and says where; a server's database goes with the server.
    pub fn keep(&mut self) -> String {
        if self.engine() == Engine::Postgres {
            return "the database is gone with its server".to_owned();
        }
        self.folder.disable_cleanup(true);
        format!("the database is kept in {}", self.folder.path().display())
    }

    /// URL of the database.
    pub fn url(&self) -> String {
        match &self.server {
            Some(database) => database.url(),
            None => format!("sqlite://{}", self.file().display()),
        }
    }

    /// `daily --json` with these words, its streams piped, with nothing of our own environment.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(self.folder.path()).env_clear().env("PATH", "/usr/bin:/bin");
        command.args(["--json", "--db", &self.url()]).args(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `daily` and reads its document.
    pub fn run(&self, words: &[&str]) -> Result<(i32, Value)> {
        answer(words, &self.command(words).output().context("the binary")?)
    }

    /// As [`run`](Self::run), where only exit 0 will do.
    pub fn done(&self, words: &[&str]) -> Result<Value> {
        let (exit, document) = self.run(words)?;
        ensure!(exit == 0, "daily {} ended with {exit}: {}", words.join(" "), short(&document));
        Ok(document)
    }

    /// Every run, newest first.
    pub fn runs(&self) -> Result<Vec<Value>> {
        let list = self.done(&["runs", "list", "--last", "100000"])?;
        list["runs"].as_array().cloned().context("the document of runs list has no runs")
    }

    /// Digest of each date's official run.
    pub fn digests(&self) -> Result<BTreeMap<String, String>> {
        let text = |run: &Value, field: &str| {
            run[field].as_str().map(str::to_owned).with_context(|| format!("a run has no {field}: {run}"))
        };
        let official = self.runs()?.into_iter().filter(|run| run["official"] == true);
        official.map(|run| Ok((text(&run, "run_date")?, text(&run, "digest")?))).collect()
    }

    /// Recomputes every seal, and looks for runs that are there in part. Gives the runs and figures that were audited.
    pub fn audit(&self) -> Result<String> {
        let half = blocking(async {
            let store = SqlStore::open(&self.url(), OpenMode::ReadOnly).await?;
            let half = store.half_written().await;
            store.close().await?;
            Ok(half?)
        })?;
        ensure!(half.is_empty(), "half-written: {}", half.join(", "));
        let audit = self.done(&["verify", "audit"])?;
        Ok(format!("{} runs and {} figures audited", audit["runs"], audit["figures"]))
    }

    /// Works on the database through the library.
    pub fn with_store<T>(&self, work: impl AsyncFnOnce(&dyn Store) -> Result<T>) -> Result<T> {
        blocking(async {
            let store = store::open(&self.url(), OpenMode::Create).await?;
            let done = work(&*store).await;
            store.close().await?;
            done
        })
    }
}

/// What a command answered: its exit code and its one document.
pub fn answer(words: &[&str], output: &Output) -> Result<(i32, Value)> {
    let said = String::from_utf8_lossy(&output.stderr);
    let Ok(document) = serde_json::from_slice(&output.stdout) else {
        bail!("daily {} gave no JSON document ({}): {}", words.join(" "), output.status, said.trim());
    };
    Ok((output.status.code().unwrap_or(-1), document))
}

/// The error of a document, or the start of it.
fn short(document: &Value) -> String {
    match document["error"].as_str() {
        Some(error) => error.to_owned(),
        None => document.to_string().chars().take(600).collect(),
    }
}

fn blocking<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
