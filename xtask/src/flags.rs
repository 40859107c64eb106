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
    /// `evidence`: ask the agents on every Friday of the real data and write `crates/agents/EVIDENCE.md`.
    Evidence,
    /// `soak [--short] [--database sqlite|postgres|both]`: the promises at full size, on the release binary.
    Soak(Soak),
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

/// What to soak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soak {
    /// How much is done.
    pub length: Length,
    /// On what.
    pub databases: Databases,
}

/// How much a soak does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Everything, on the release binary: hours of a small machine.
    Full,
    /// A little of everything, on the development binary: what continuous integration can wait for.
    Short,
}

/// Databases of a soak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Databases {
    /// Files alone.
    Sqlite,
    /// A server alone.
    Postgres,
    /// Both, compared with each other.
    Both,
}

/// Text of `cargo xtask help`.
pub const USAGE: &str = "\
cargo xtask directions       fail when a crate depends against the direction of the house
cargo xtask golden DIR       run every golden case of a folder
cargo xtask proof            write crates/numerics/PROOF.md
cargo xtask proof --check    exit 1 when crates/numerics/PROOF.md is stale
cargo xtask evidence         ask the agents on every Friday from 2010 of MARKET_DATA_DIR
                             (default ../shared/market-data) and write crates/agents/EVIDENCE.md
cargo xtask migrate [URL]    bring a database to the newest schema
cargo xtask migration new NAME   start the next numbered migration
cargo xtask soak [--short] [--database sqlite|postgres|both]
                             replay, kill, read beside a writer and fill in other ways, at full size
                             on the release binary; --short: a little of each on the development binary
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
        ["evidence"] => Ok(Chore::Evidence),
        ["migrate"] => Ok(Chore::Migrate { url: None }),
        ["migrate", url] => Ok(Chore::Migrate { url: Some((*url).to_owned()) }),
        ["migration", "new", name] => Ok(Chore::NewMigration { name: (*name).to_owned() }),
        ["golden", folder] => Ok(Chore::Golden { folder: PathBuf::from(folder) }),
        ["proof"] => Ok(Chore::Proof(ProofMode::Write)),
        ["proof", "--check"] => Ok(Chore::Proof(ProofMode::Check)),
        ["soak", options @ ..] => soak(options).map(Chore::Soak),
        _ => bail!("unknown arguments `{}`\n{USAGE}", words.join(" ")),
    }
}

fn soak(options: &[&str]) -> Result<Soak> {
    let mut soak = Soak { length: Length::Full, databases: Databases::Both };
    let mut rest = options;
    while let [option, after @ ..] = rest {
        rest = match (*option, after) {
            ("--short", after) => {
                soak.length = Length::Short;
                after
            }
            ("--database", [name, after @ ..]) => {
                soak.databases = match *name {
                    "sqlite" => Databases::Sqlite,
                    "postgres" => Databases::Postgres,
                    "both" => Databases::Both,
                    other => bail!("no database is called `{other}`: sqlite, postgres or both"),
                };
                after
            }
            _ => bail!("unknown arguments `soak {}`\n{USAGE}", options.join(" ")),
        };
    }
    Ok(soak)
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
        assert_eq!(parsed("evidence").unwrap(), Chore::Evidence);
        assert_eq!(parsed("migrate").unwrap(), Chore::Migrate { url: None });
        assert_eq!(parsed("migration new add_lease").unwrap(), Chore::NewMigration { name: "add_lease".into() });
        assert_eq!(parsed("").unwrap(), Chore::Help);
    }

    #[test]
    fn a_soak_is_full_and_on_both_databases_unless_told() {
        let soak = |line: &str| match parsed(line) {
            Ok(Chore::Soak(Soak { length, databases })) => Ok((length, databases)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(soak("soak"), Ok((Length::Full, Databases::Both)));
        assert_eq!(soak("soak --short"), Ok((Length::Short, Databases::Both)));
        assert_eq!(soak("soak --database sqlite --short"), Ok((Length::Short, Databases::Sqlite)));
        assert_eq!(soak("soak --database postgres"), Ok((Length::Full, Databases::Postgres)));
        assert!(soak("soak --database mysql").unwrap_err().contains("sqlite, postgres or both"));
        for line in ["soak --database", "soak short", "soak --short 7"] {
            assert!(soak(line).unwrap_err().contains("cargo xtask soak [--short]"), "{line}");
        }
    }

    #[test]
    fn a_misspelt_chore_is_refused_with_the_usage() {
        let message = parsed("goldn x").unwrap_err().to_string();
        assert!(message.contains("goldn") && message.contains("cargo xtask golden DIR"), "{message}");
    }
}
