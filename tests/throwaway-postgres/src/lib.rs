//! A PostgreSQL server of its own for each test process: started from the installed binaries, on a Unix socket in a
//! temporary folder, and gone with the process however that ends.
//!
//! Works as root too, by starting the server as the user `postgres`. With `TEST_DATABASE_URL` set, databases are made on
//! that server instead (the role needs CREATEDB, and `psql` must be installed). It is not for keeping data: nothing is
//! ever flushed to the disk.
//!
//! ```no_run
//! let Some(server) = throwaway_postgres::server() else { return };   // says `skipped: no PostgreSQL`
//! let database = server.database();
//! println!("{}", database.url());
//! ```

mod binaries;
mod process;

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use process::Process;

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// URL without the database's name: `postgres://role@host`, and what follows the name.
    base: String,
    parameters: String,
    process: Option<Process>,
}

/// A database that nobody else uses; dropped with the value.
#[derive(Debug)]
pub struct Database<'s> {
    server: &'s Server,
    name: String,
}

static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The server of this process, started by the first call. `None`, with the notice that continuous integration refuses,
/// when no server is installed.
///
/// # Panics
/// When a server is installed and does not start.
pub fn server() -> Option<&'static Server> {
    if std::env::var_os("TEST_DATABASE_URL").is_none() && binaries::folder().is_none() {
        println!("skipped: no PostgreSQL");
        return None;
    }
    match SERVER.get_or_init(start) {
        Ok(server) => Some(server),
        Err(why) => panic!("PostgreSQL is installed and does not start: {why}"),
    }
}

fn start() -> Result<Server, String> {
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        let (base, parameters) = split(&url)?;
        return Ok(Server { base, parameters, process: None });
    }
    let folder = binaries::folder().ok_or("no server is installed")?;
    let process = Process::start(&folder)?;
    let parameters = format!("?host={}", process.socket_folder().display());
    Ok(Server { base: "postgres://daily@localhost".to_owned(), parameters, process: Some(process) })
}

/// `postgres://role:password@host:port/name?parameters` without its name.
fn split(url: &str) -> Result<(String, String), String> {
    let (scheme, rest) = url.split_once("://").ok_or("TEST_DATABASE_URL is not a URL")?;
    let (rest, parameters) = rest.split_once('?').map_or((rest, String::new()), |(rest, p)| (rest, format!("?{p}")));
    let host = rest.split('/').next().unwrap_or_default();
    Ok((format!("{scheme}://{host}"), parameters))
}

impl Server {
    /// A new, empty database.
    ///
    /// # Panics
    /// When the server refuses to make one.
    pub fn database(&self) -> Database<'_> {
        self.create("")
    }

    fn create(&self, how: &str) -> Database<'_> {
        let name = format!("daily_test_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} {how}"));
        Database { server: self, name }
    }

    /// Runs a statement through `psql`, and gives what it prints: one row a line, columns parted by `|`.
    ///
    /// # Panics
    /// When the statement fails.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let output = self.psql(database).args(["-c", statement]).output().expect("psql starts");
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs a script, of any length, through the standard input of `psql`.
    ///
    /// # Panics
    /// When a statement fails.
    pub fn script(&self, database: &str, script: &str) {
        use std::io::Write;
        let mut child = self
            .psql(database)
            .args(["-1", "-f", "-"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("psql starts");
        let mut input = child.stdin.take().expect("psql has an input");
        input.write_all(script.as_bytes()).expect("psql reads");
        drop(input);
        assert!(child.wait().expect("psql ends").success(), "a statement of the script fails");
    }

    fn psql(&self, database: &str) -> Command {
        let url = format!("{}/{database}{}", self.base, self.parameters);
        let program = binaries::folder().map_or_else(|| "psql".into(), |folder| folder.join("psql"));
        let mut command = Command::new(program);
        command.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", &url]);
        command
    }

    /// Stops the server at once, as a crash would, and starts it again on the same data. Nothing on a server of
    /// `TEST_DATABASE_URL`, which is not ours to stop: false then.
    ///
    /// # Panics
    /// When it does not come back.
    pub fn crash_and_restart(&self) -> bool {
        let Some(process) = &self.process else { return false };
        process.crash_and_restart().expect("the server comes back");
        true
    }
}

impl<'s> Database<'s> {
    /// A new database with everything that this one holds. Nobody may be connected to this one meanwhile.
    ///
    /// # Panics
    /// When the server refuses to make one.
    pub fn copy(&self) -> Database<'s> {
        self.server.create(&format!("TEMPLATE {}", self.name))
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("{}/{}{}", self.server.base, self.name, self.server.parameters)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A URL that logs in as another role.
    pub fn url_as(&self, role: &str, password: &str) -> String {
        let (scheme, rest) = self.server.base.split_once("://").unwrap_or(("postgres", &self.server.base));
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        format!("{scheme}://{role}:{password}@{host}/{}{}", self.name, self.server.parameters)
    }

    /// Runs a script in it through `psql`, in one transaction.
    ///
    /// # Panics
    /// When a statement fails.
    pub fn script(&self, script: &str) {
        self.server.script(&self.name, script);
    }

    /// Runs a statement in it through `psql`.
    ///
    /// # Panics
    /// When the statement fails.
    pub fn sql(&self, statement: &str) -> String {
        self.server.sql(&self.name, statement)
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return; // A second panic here would hide the first.
        }
        self.server.sql("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_around_the_name_of_its_database() {
        let split = |url: &str| split(url).unwrap();
        assert_eq!(split("postgres://a:b@h:5/db"), ("postgres://a:b@h:5".to_owned(), String::new()));
        assert_eq!(split("postgres://a@h/db?host=/tmp"), ("postgres://a@h".to_owned(), "?host=/tmp".to_owned()));
    }

    #[test]
    fn a_server_starts_and_each_database_is_empty() {
        let Some(server) = server() else { return };
        let (one, other) = (server.database(), server.database());
        one.sql("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (7)");
        assert_eq!(one.sql("SELECT x FROM t"), "7");
        let copy = one.copy();
        copy.sql("UPDATE t SET x = 8");
        assert_eq!(one.sql("SELECT x FROM t"), "7", "a copy is a database of its own");
        assert_eq!(other.sql("SELECT COUNT(*) FROM pg_tables WHERE tablename = 't'"), "0");
    }
}
