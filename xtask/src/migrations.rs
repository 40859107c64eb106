//! Migrations: applied through the binary, started as the next numbered file.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

/// Brings a database to the newest schema, by the same code an operator's start runs.
///
/// # Errors
/// When cargo cannot be started.
pub fn migrate(url: Option<&str>) -> Result<ExitCode> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--bin", "daily", "--"]);
    if let Some(url) = url {
        command.args(["--db", url]);
    }
    let status = command.args(["db", "migrate"]).status().context("cargo run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes an empty migration with the next number below `migrations/`.
///
/// # Errors
/// When the name is not snake case, or the folder cannot be read or written.
pub fn start(root: &Path, name: &str) -> Result<()> {
    let is_snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(is_snake) {
        bail!("{name:?} is not a name in snake case, such as add_lease");
    }
    let folder = root.join("migrations");
    let mut last = 0;
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        let number = file.split('_').next().and_then(|digits| digits.parse::<u32>().ok());
        last = last.max(number.unwrap_or(0));
    }
    let path = folder.join(format!("{:04}_{name}.sql", last + 1));
    std::fs::write(&path, "-- What changes, and why. Once landed, this file is never edited.\n")
        .with_context(|| path.display().to_string())?;
    println!("{}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_snake_case_is_refused() {
        for name in ["", "Add Lease", "../x"] {
            assert!(start(Path::new("."), name).is_err(), "{name}");
        }
    }
}
