//! A desk of its own for each test: a temporary folder, a database, the real binary.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::LazyLock;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// One desk filled from the simulated market, for the tests that only read it.
pub static DEMO: LazyLock<Desk> = LazyLock::new(|| {
    let desk = Desk::new();
    let output = desk.daily(["init", "--demo"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    desk
});

/// A desk filled from the simulated market that a test may write to.
pub fn demo() -> Desk {
    let copy = Desk::new();
    std::fs::copy(DEMO.database(), copy.database()).expect("a copy of the database");
    copy
}

/// A temporary folder in which `daily` runs, with a database that does not exist yet.
pub struct Desk {
    folder: TempDir,
    /// Of a database that is not in the folder.
    url: Option<String>,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), url: None }
    }

    /// A desk whose database is elsewhere.
    pub fn at(url: &str) -> Self {
        Self { url: Some(url.to_owned()), ..Self::new() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn database(&self) -> PathBuf {
        self.path().join("desk.db")
    }

    pub fn url(&self) -> String {
        self.url.clone().unwrap_or_else(|| format!("sqlite://{}", self.database().display()))
    }

    /// Writes a file below the folder and gives its path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// Runs `daily` with these words, in this folder and on this database.
    pub fn daily<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Output {
        self.command().args(words).output().expect("the binary runs")
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daily"));
        command.current_dir(self.path()).env_clear().env("PATH", "/usr/bin:/bin").args(["--db", &self.url()]);
        command
    }

    /// Starts `daily` with its streams piped, for tests that interrupt it.
    pub fn start<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> std::process::Child {
        std::process::Command::new(env!("CARGO_BIN_EXE_daily"))
            .current_dir(self.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .args(["--db", &self.url()])
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts")
    }

    /// The words of a refusal: exit 2, nothing on standard output, and all of `parts` on standard error.
    pub fn refuses<'a>(&self, words: impl IntoIterator<Item = &'a str>, parts: &[&str]) {
        let output = self.daily(words);
        let text = stderr(&output);
        assert_eq!(code(&output), 2, "{text}");
        assert!(stdout(&output).is_empty(), "{}", stdout(&output));
        for part in parts {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    /// As [`daily`](Self::daily) with `--json`: exit code and document.
    pub fn json<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> (i32, Value) {
        let output = self.command().arg("--json").args(words).output().expect("the binary runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let document = serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("not one JSON document ({error}): {text}\n{}", String::from_utf8_lossy(&output.stderr))
        });
        (output.status.code().unwrap_or(-1), document)
    }

    /// Hash of every file in the folder, by name: what a dry run must not change.
    pub fn fingerprint(&self) -> Vec<(String, String)> {
        let mut files: Vec<(String, String)> = std::fs::read_dir(self.path())
            .expect("the folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_file())
            .map(|path| {
                let bytes = std::fs::read(&path).expect("a file");
                (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), blake3::hash(&bytes).to_string())
            })
            .collect();
        files.sort();
        files
    }
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The folder of real published data, or `None` with the notice that continuous integration refuses.
pub fn market_data() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/market-data");
    let folder = std::env::var_os("MARKET_DATA_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if folder.join("MANIFEST.csv").is_file() {
        return Some(folder);
    }
    println!("skipped: no market data");
    None
}
