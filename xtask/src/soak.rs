//! The soak: the promises at full size, on the release binary, driven as an operator would.
//!
//! What was filed replays to the same digests however much is taken in since; a kill at any moment loses at most the date
//! under way; readers and a writer never lock each other out; the same figures give the same digest however they came in.
//! Everything random is drawn from [`SEED`], and a failure names the draw. The moments of kills are delays on the clock:
//! they repeat as well as the machine does.

mod desk;
mod fills;
mod kills;
mod replays;
mod tally;
mod together;
mod world;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::flags::{Databases, Length, Soak};
use desk::{Desk, Engine};
use tally::Tally;

/// Seed of every draw and of the first world.
pub const SEED: u64 = 20_260_331;

/// How much is done.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// Business days that are filed and replayed.
    replayed_days: usize,
    /// Year in which the world of those days begins.
    first_year: i32,
    /// Business days of the backfill that is killed.
    killed_days: usize,
    /// Kills on each database.
    kills: usize,
    /// Runs of the writer.
    runs: usize,
    /// Readers beside it.
    readers: usize,
}

impl Size {
    fn of(length: Length) -> Self {
        match length {
            Length::Full => {
                Self { replayed_days: 250, first_year: 2014, killed_days: 20, kills: 200, runs: 2_000, readers: 8 }
            }
            Length::Short => {
                Self { replayed_days: 10, first_year: 2024, killed_days: 4, kills: 6, runs: 12, readers: 3 }
            }
        }
    }
}

/// Builds the binary and runs every check; exit 1 when one fails.
///
/// # Errors
/// When the binary does not build, or a database was asked for that this machine does not have.
pub fn run(root: &Path, asked: Soak) -> Result<ExitCode> {
    let (size, engines) = (Size::of(asked.length), engines(asked.databases)?);
    let binary = build(root, asked.length)?;
    let since = Instant::now();
    println!("soak  seed {SEED}, {}", binary.display());
    let mut tally = Tally::default();

    replays::check(&mut tally, &binary, &engines, size);
    let market = world::small()?;
    let mut prepared = Vec::new();
    for engine in &engines {
        tally.check(&format!("{engine}: a market to work on"), || {
            let desk = Desk::new(&binary, *engine)?;
            let rows = world::append(&desk, &market)?;
            prepared.push(desk);
            Ok(format!("{rows} figures"))
        });
    }
    for desk in &prepared {
        kills::check(&mut tally, desk, size);
    }
    if let Some(desk) = prepared.iter().find(|desk| desk.engine() == Engine::Sqlite) {
        together::check(&mut tally, desk, size);
    }
    fills::check(&mut tally, &binary, &engines, &market);
    Ok(tally.finish(since))
}

/// Builds `daily`: as it ships, or for the short soak as it is tested.
fn build(root: &Path, length: Length) -> Result<PathBuf> {
    let (profile, folder): (&[&str], &str) = match length {
        Length::Full => (&["--release"], "release"),
        Length::Short => (&[], "debug"),
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--bin", "daily"])
        .args(profile)
        .current_dir(root)
        .status()
        .context("cargo build")?;
    if !built.success() {
        bail!("the binary does not build");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join(folder).join("daily"))
}

fn engines(databases: Databases) -> Result<Vec<Engine>> {
    let engines = match databases {
        Databases::Sqlite => vec![Engine::Sqlite],
        Databases::Postgres => vec![Engine::Postgres],
        Databases::Both => vec![Engine::Sqlite, Engine::Postgres],
    };
    if engines.contains(&Engine::Postgres) && throwaway_postgres::server().is_none() {
        bail!("no PostgreSQL is installed, and no TEST_DATABASE_URL is set; --database sqlite does without");
    }
    Ok(engines)
}
