//! The server as a process.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the server until its own standard input ends, which is when our process ends, however it ends. A line on it
/// means: crash and start again.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
start() { "$@" >> "$LOG" 2>&1 & server=$!; }
start "$@"
while read -r _; do
    kill -QUIT $server; wait $server; start "$@"
done
kill -QUIT $server; wait $server
rm -rf "$FOLDER"
"#;

/// A server on a Unix socket in a temporary folder.
#[derive(Debug)]
pub struct Process {
    folder: PathBuf,
    binaries: PathBuf,
    supervisor: Mutex<Child>,
}

impl Process {
    /// Makes a cluster and starts a server on it.
    pub fn start(binaries: &Path) -> Result<Self, String> {
        let folder = TempDir::with_prefix("daily-pg-").map_err(|e| e.to_string())?.keep();
        let user = server_user()?;
        if let Some(user) = &user {
            run(Command::new("chown").arg(user).arg(&folder))?;
        }
        let data = folder.join("data");
        let mut initdb = as_user(user.as_deref(), &binaries.join("initdb"));
        initdb.args(["--no-sync", "--no-instructions", "-U", "daily", "-E", "UTF8", "--locale=C", "-A", "trust"]);
        run(initdb.arg("-D").arg(&data))?;
        // The role `secret` must give its password, so that a wrong one can be tried.
        let rules = "local all secret scram-sha-256\nlocal all all trust\n";
        std::fs::write(data.join("pg_hba.conf"), rules).map_err(|e| e.to_string())?;

        let mut server = as_user(user.as_deref(), &binaries.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-c", "listen_addresses="]);
        for setting in ["fsync=off", "full_page_writes=off", "max_connections=200"] {
            server.args(["-c", setting]);
        }
        let supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(server.get_program())
            .args(server.get_args())
            .env("LOG", folder.join("log"))
            .env("FOLDER", &folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("sh: {e}"))?;
        let process = Self { folder, binaries: binaries.to_owned(), supervisor: Mutex::new(supervisor) };
        process.wait()?;
        Ok(process)
    }

    /// The folder of its socket.
    pub fn socket_folder(&self) -> &Path {
        &self.folder
    }

    /// Stops it without a word to its clients, and starts it again.
    pub fn crash_and_restart(&self) -> Result<(), String> {
        let mut supervisor = self.supervisor.lock().map_err(|e| e.to_string())?;
        let input = supervisor.stdin.as_mut().ok_or("the supervisor has no input")?;
        input.write_all(b"again\n").and_then(|()| input.flush()).map_err(|e| e.to_string())?;
        std::thread::sleep(Duration::from_millis(200));
        self.wait()
    }

    fn wait(&self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ready = Command::new(self.binaries.join("psql"))
                .args(["-X", "-q", "-U", "daily", "-d", "postgres", "-c", "SELECT 1", "-h"])
                .arg(&self.folder)
                .output()
                .map_err(|e| format!("psql: {e}"))?;
            if ready.status.success() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(format!("no answer in {} s: {log}", PATIENCE.as_secs()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// PostgreSQL refuses to run as root: then it runs as the user that its package made.
fn server_user() -> Result<Option<String>, String> {
    let id = Command::new("id").arg("-u").output().map_err(|e| format!("id: {e}"))?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return Ok(None);
    }
    run(Command::new("id").arg("postgres")).map_err(|_| "we are root and there is no user postgres".to_owned())?;
    Ok(Some("postgres".to_owned()))
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), "--regid=postgres", "--init-groups", "--"]).arg(program);
    command
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{}: {e}", command.get_program().to_string_lossy()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{}: {}", command.get_program().to_string_lossy(), said.trim()))
}
