//! Databases of the crash tests: one is prepared on each engine, and each test works on a copy of its own.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use simulated_market::{SimulatedMarket, SimulationConfig};
use store::{OpenMode, SqlStore};
use tempfile::TempDir;
use throwaway_postgres::Database;

/// Business days that are filed in the prepared databases.
pub const FILED: &str = "2026-03-24..2026-03-25";
/// Business days that the tests file.
pub const NEXT: &str = "2026-03-26..2026-03-27";
/// Dates of [`NEXT`].
pub const NEXT_DATES: [&str; 2] = ["2026-03-26", "2026-03-27"];

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A folder to work in, and a database.
pub struct Place {
    folder: TempDir,
    server: Option<Database<'static>>,
}

/// The prepared database of each engine; `None` where no server is installed, which continuous integration refuses.
static PREPARED: LazyLock<[Option<Place>; 2]> = LazyLock::new(|| {
    let world = SimulatedMarket::new(SimulationConfig::new(7, date("2024-01-02"), date("2026-03-31")));
    let world = world.expect("dates in order");
    [Engine::Sqlite, Engine::Postgres].map(|engine| {
        let place = Place::empty(engine)?;
        blocking(async {
            let store = store::open(&place.url(), OpenMode::Create).await.expect("a new database");
            for batch in world.batches() {
                store.append(batch, chrono::Utc::now()).await.expect("a batch");
            }
            store.close().await.expect("it closes");
        });
        let (exit, document) = place.json(&["backfill", FILED]);
        assert_eq!(exit, 0, "{document}");
        Some(place)
    })
});

/// Digest by date of an official run that nothing disturbed.
pub static UNDISTURBED: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let place = Place::prepared(Engine::Sqlite).expect("SQLite is always there");
    let (exit, document) = place.json(&["backfill", NEXT]);
    assert_eq!(exit, 0, "{document}");
    let digests = place.digests();
    assert_eq!(digests.len(), 4, "{digests:?}");
    digests
});

impl Place {
    /// A database that holds nothing: a file that does not exist, or a database without tables.
    pub fn empty(engine: Engine) -> Option<Self> {
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(throwaway_postgres::server()?.database()),
        };
        Some(Self { folder: tempfile::tempdir().expect("a temporary folder"), server })
    }

    /// A copy of the prepared database: a simulated market, and two filed days.
    pub fn prepared(engine: Engine) -> Option<Self> {
        let prepared = PREPARED[engine as usize].as_ref()?;
        let server = prepared.server.as_ref().map(Database::copy);
        let place = Self { folder: tempfile::tempdir().expect("a temporary folder"), server };
        if engine == Engine::Sqlite {
            std::fs::copy(prepared.file(), place.file()).expect("a copy of the file");
        }
        Some(place)
    }

    /// The folder in which commands run.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> PathBuf {
        self.path().join("desk.db")
    }

    /// The database of a server.
    pub fn on_server(&self) -> &Database<'static> {
        self.server.as_ref().expect("a place on a server")
    }

    pub fn url(&self) -> String {
        match &self.server {
            Some(database) => database.url(),
            None => format!("sqlite://{}", self.file().display()),
        }
    }

    /// `daily` with these words, its streams piped.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daily"));
        command.current_dir(self.path()).env_clear().env("PATH", "/usr/bin:/bin").args(["--db", &self.url()]);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `daily --json`: exit code and document.
    pub fn json(&self, words: &[&str]) -> (i32, Value) {
        let output = self.command(words).arg("--json").output().expect("the binary runs");
        let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{words:?} gave no JSON document ({error}): {}", stderr(&output));
        });
        (code(&output), document)
    }

    /// Runs `daily` until a point, where it must die of SIGKILL.
    pub fn killed_at(&self, point: &str, words: &[&str]) {
        let output = self.command(words).env("DAILY_FAULT_POINT", point).output().expect("the binary runs");
        assert_eq!(output.status.signal(), Some(9), "{point}: {:?} {}", output.status, stderr(&output));
    }

    /// Fails when a run is there in part, or when a seal does not agree with the rows under it.
    pub fn assert_whole(&self, when: &str) {
        assert_eq!(self.look(async |store| store.half_written().await), [] as [String; 0], "{when}");
        let (exit, audit) = self.json(&["verify", "audit"]);
        assert_eq!((exit, audit["status"].as_str()), (0, Some("OK")), "{when}: {audit}");
    }

    /// Runs `daily` again after a kill, to the end.
    pub fn completes(&self, when: &str, words: &[&str]) -> Value {
        let (exit, document) = self.json(words);
        assert_eq!(exit, 0, "{when}: {document}");
        document
    }

    /// The rows of a query.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        self.look(async |store| store.select(sql).await)
    }

    /// Asks the database as it lies there, and changes nothing in it: a log is not folded, a journal not undone.
    fn look(
        &self,
        question: impl AsyncFn(&SqlStore) -> Result<Vec<String>, pipeline_core::ports::StoreError>,
    ) -> Vec<String> {
        blocking(async {
            let store = SqlStore::open(&self.url(), OpenMode::ReadOnly).await.expect("a database that opens");
            let answer = question(&store).await.expect("an answer");
            store.close().await.expect("it closes");
            answer
        })
    }

    /// Every run, newest first.
    pub fn runs(&self) -> Vec<Value> {
        let (exit, list) = self.json(&["runs", "list", "--last", "1000"]);
        assert_eq!(exit, 0, "{list}");
        list["runs"].as_array().expect("runs").clone()
    }

    /// How many runs stand so.
    pub fn count(&self, status: &str) -> usize {
        self.runs().iter().filter(|run| run["status"] == status).count()
    }

    /// Digest of each date's official run.
    pub fn digests(&self) -> BTreeMap<String, String> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let official = self.runs().into_iter().filter(|run| run["official"] == true);
        official.map(|run| (text(&run["run_date"]), text(&run["digest"]))).collect()
    }
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn date(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a date")
}

/// For what the store does in a test that is no task.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Runs a future of the store to its end.
pub fn blocking<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

/// Sends a signal to a process.
pub fn send(child: &Child, signal: &str) {
    let kill = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
}

/// Waits until a line of the child's standard output holds the cue.
pub fn wait_for(child: &mut Child, cue: &str) {
    let mut seen = Vec::new();
    for line in BufReader::new(child.stdout.as_mut().expect("piped")).lines() {
        seen.push(line.expect("UTF-8"));
        if seen.last().is_some_and(|line| line.contains(cue)) {
            return;
        }
    }
    panic!("{cue} never came: {seen:?}");
}

/// Makes each function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name($crate::place::Engine::Sqlite);
            })*
        }
        mod postgres {
            $(#[test]
            fn $name() {
                if throwaway_postgres::server().is_some() {
                    super::$name($crate::place::Engine::Postgres);
                }
            })*
        }
    };
}
pub(crate) use on_both;
