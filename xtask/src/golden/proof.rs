//! The proof table of `numerics`: per method the cases, the worst error and who computed the expected values.
//!
//! Two parts: cases that stand in the repository, and cases on other people's data that are read where they are present
//! and never copied. Where they are absent the second part of the file is kept as it stands and not verified.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::case::{self, Case};
use super::{Outcome, run_case};
use crate::flags::ProofMode;

const THIRD_PARTY_HEADING: &str = "## Cases on third-party data";

const PREAMBLE: &str = "\
# Proof

Written by `cargo xtask proof`; `cargo xtask proof --check` fails when it is stale. Every number of a case must be within
its own tolerance; the worst error is given as a fraction of that tolerance, rounded up to a power of ten.

";

/// The root of the workspace.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).unwrap_or(Path::new(".")).to_path_buf()
}

/// Folder of the cases that stand in the repository.
pub fn public_folder() -> PathBuf {
    workspace_root().join("tests/golden")
}

/// Folder of the cases on third-party data, `None` when absent: `$GOLDEN_DIR/third-party-inputs`, by default beside
/// the workspace in `../shared/golden`.
pub fn third_party_folder() -> Option<PathBuf> {
    let base = std::env::var_os("GOLDEN_DIR").map_or_else(|| workspace_root().join("../shared/golden"), PathBuf::from);
    let folder = base.join("third-party-inputs");
    folder.is_dir().then_some(folder)
}

/// Writes or verifies `crates/numerics/PROOF.md`.
///
/// # Errors
/// A case or the file cannot be read or written.
pub fn run(mode: ProofMode) -> Result<ExitCode> {
    let path = workspace_root().join("crates/numerics/PROOF.md");
    let standing = fs::read_to_string(&path).unwrap_or_default();
    let (standing_public, standing_third_party) = match standing.find(THIRD_PARTY_HEADING) {
        Some(position) => standing.split_at(position),
        None => (standing.as_str(), ""),
    };

    let public = format!("{PREAMBLE}{}\n", table("## Cases in `tests/golden`", &case::read_folder(&public_folder())?));
    let third_party = match third_party_folder() {
        Some(folder) => table(THIRD_PARTY_HEADING, &case::read_folder(&folder)?),
        None => {
            println!("skipped: no third-party golden inputs, that part of the table is left as it stands");
            standing_third_party.to_owned()
        }
    };

    match mode {
        ProofMode::Write => {
            fs::write(&path, format!("{public}{third_party}"))
                .with_context(|| format!("cannot write {}", path.display()))?;
            println!("wrote {}", path.display());
            Ok(ExitCode::SUCCESS)
        }
        ProofMode::Check if standing_public == public && standing_third_party == third_party => {
            println!("{} is fresh", path.display());
            Ok(ExitCode::SUCCESS)
        }
        ProofMode::Check => {
            println!("{} is stale: run `cargo xtask proof`", path.display());
            Ok(ExitCode::FAILURE)
        }
    }
}

#[derive(Default)]
struct Row {
    values: usize,
    edges: usize,
    failures: usize,
    worst: f64,
    references: Vec<String>,
}

fn table(heading: &str, cases: &[Case]) -> String {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut not_built = Vec::new();
    for case in cases {
        let outcome = run_case(case);
        if outcome == Outcome::Unknown {
            not_built.push(case);
            continue;
        }
        let row = rows.entry(case.base_method()).or_default();
        *(if case.is_edge() { &mut row.edges } else { &mut row.values }) += 1;
        match outcome {
            Outcome::Pass { worst } => row.worst = row.worst.max(worst),
            _ => row.failures += 1,
        }
        if !case.is_edge() && !row.references.contains(&case.reference) {
            row.references.push(case.reference.clone());
        }
    }

    let mut text = format!("{heading}\n\n| method | cases | edge cases | worst error / tolerance | reference |\n");
    text.push_str("|---|---|---|---|---|\n");
    for (method, row) in &rows {
        let worst = if row.failures > 0 { format!("{} FAILED", row.failures) } else { rounded_up(row.worst) };
        let references = row.references.join("; ").replace('|', "\\|");
        let _ = writeln!(text, "| `{method}` | {} | {} | {worst} | {references} |", row.values, row.edges);
    }
    text.push_str("\nNot built:");
    if not_built.is_empty() {
        text.push_str(" none.\n");
        return text;
    }
    text.push_str("\n\n");
    for case in not_built {
        let _ = writeln!(text, "- `{}` ({})", case.id, case.method);
    }
    text
}

/// A fraction rounded up to a power of ten, so that the last bits of a platform's mathematics do not change the file.
fn rounded_up(fraction: f64) -> String {
    match fraction {
        0.0 => "0".to_owned(),
        small if small <= 1e-6 => "under 1e-6".to_owned(),
        _ => {
            let exponent = fraction.log10().ceil() as i32;
            if exponent >= 0 { "under 1".to_owned() } else { format!("under 1e{exponent}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rounded_up;

    #[test]
    fn errors_are_rounded_up_to_powers_of_ten() {
        assert_eq!(rounded_up(0.0), "0");
        assert_eq!(rounded_up(3e-9), "under 1e-6");
        assert_eq!(rounded_up(0.002), "under 1e-2");
        assert_eq!(rounded_up(0.7), "under 1");
    }
}
