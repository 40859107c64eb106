//! What the command line of `cargo xtask` may say.

use std::path::PathBuf;

use anyhow::{Result, bail};

/// One chore with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chore {
    /// `golden DIR`: run every golden case of a folder.
    Golden {
        /// Folder of case files.
        folder: PathBuf,
    },
    /// `proof [--check]`: write the proof table of `numerics`, or verify that it is fresh.
    Proof(ProofMode),
    /// `directions`: fail when a crate depends against the direction of the house.
    Directions,
    /// `migrate [URL]`: bring a database to the newest schema.
    Migrate {
        /// `sqlite://path`; the configured database when absent.
        url: Option<String>,
    },
    /// `migration new NAME`: start the next numbered migration.
    NewMigration {
        /// What it does, in snake case.
        name: String,
    },
    /// `help`: print [`USAGE`].
    Help,
}

/// Whether the proof table is written or only verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofMode {
    /// Write `crates/numerics/PROOF.md`.
    Write,
    /// Exit 1 when `crates/numerics/PROOF.md` differs from what would be written.
    Check,
}

/// Text of `cargo xtask help`.
pub const USAGE: &str = "\
cargo xtask directions       fail when a crate depends against the direction of the house
cargo xtask golden DIR       run every golden case of a folder
cargo xtask proof            write crates/numerics/PROOF.md
cargo xtask proof --check    exit 1 when crates/numerics/PROOF.md is stale
cargo xtask migrate [URL]    bring a database to the newest schema
cargo xtask migration new NAME   start the next numbered migration
";

/// Reads the arguments that follow the program name.
///
/// # Errors
/// An unknown chore, a missing folder or an argument too many; the message ends with what is accepted.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Chore> {
    let arguments: Vec<String> = arguments.into_iter().collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["help" | "--help" | "-h"] => Ok(Chore::Help),
        ["directions"] => Ok(Chore::Directions),
        ["migrate"] => Ok(Chore::Migrate { url: None }),
        ["migrate", url] => Ok(Chore::Migrate { url: Some((*url).to_owned()) }),
        ["migration", "new", name] => Ok(Chore::NewMigration { name: (*name).to_owned() }),
        ["golden", folder] => Ok(Chore::Golden { folder: PathBuf::from(folder) }),
        ["proof"] => Ok(Chore::Proof(ProofMode::Write)),
        ["proof", "--check"] => Ok(Chore::Proof(ProofMode::Check)),
        _ => bail!("unknown arguments `{}`\n{USAGE}", words.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Chore> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn each_chore_is_read_with_its_arguments() {
        assert_eq!(parsed("golden tests/golden").unwrap(), Chore::Golden { folder: "tests/golden".into() });
        assert_eq!(parsed("proof").unwrap(), Chore::Proof(ProofMode::Write));
        assert_eq!(parsed("proof --check").unwrap(), Chore::Proof(ProofMode::Check));
        assert_eq!(parsed("directions").unwrap(), Chore::Directions);
        assert_eq!(parsed("migrate").unwrap(), Chore::Migrate { url: None });
        assert_eq!(parsed("migration new add_lease").unwrap(), Chore::NewMigration { name: "add_lease".into() });
        assert_eq!(parsed("").unwrap(), Chore::Help);
    }

    #[test]
    fn a_misspelt_chore_is_refused_with_the_usage() {
        let message = parsed("goldn x").unwrap_err().to_string();
        assert!(message.contains("goldn") && message.contains("cargo xtask golden DIR"), "{message}");
    }
}
