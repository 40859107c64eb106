//! What the agents said on real published data: every Friday since 2010, as known then.
//!
//! The data are read where they lie and never copied; only the table is kept. Each date is asked on its own, dates in parallel,
//! and the table does not depend on the number of threads.

mod ask;
mod checks;
mod episodes;
mod tables;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use agents::{AgentRegistry, AgentsConfig};
use anyhow::{Context, Result, bail};
use chrono::NaiveDate;
use rayon::prelude::*;

use ask::{Asked, Loaded};

/// First and last Friday asked.
const SPAN: (&str, &str) = ("2010-01-01", "2026-03-27");

/// Asks and writes `crates/agents/EVIDENCE.md`. Exit 1 when a check of the table fails.
///
/// # Errors
/// When the data are absent or cannot be read, or the file cannot be written.
pub fn write(root: &Path) -> Result<ExitCode> {
    let folder = std::env::var_os("MARKET_DATA_DIR").map_or_else(|| root.join("../shared/market-data"), PathBuf::from);
    if !folder.is_dir() {
        bail!("no market data in {}: set MARKET_DATA_DIR", folder.display());
    }
    let started = Instant::now();
    let loaded = Loaded::read(folder)?;
    eprintln!("loaded {} figures of {} series in {:.0?}", loaded.rows(), loaded.series(), started.elapsed());

    let day = |text: &str| text.parse::<NaiveDate>().context("a date of the span");
    let (first, last) = (day(SPAN.0)?, day(SPAN.1)?);
    let fridays: Vec<NaiveDate> = first.iter_weeks().take_while(|friday| *friday <= last).collect();
    let registry = AgentRegistry::standard(&AgentsConfig::default());
    let asking = Instant::now();
    let weekly = ask_all(&loaded, &registry, &fridays);
    let seconds = asking.elapsed().as_secs_f64();
    eprintln!("asked {} dates in {seconds:.0} s, {:.0} ms each", weekly.len(), 1e3 * seconds / weekly.len() as f64);
    let daily = ask_all(&loaded, &registry, &episodes::days()?);

    let findings = checks::all(&weekly);
    let text = [
        tables::head(&weekly),
        checks::render(&findings),
        tables::spoken(&weekly),
        tables::abstained(&weekly),
        tables::features(&weekly),
        episodes::render(&weekly, &daily)?,
    ]
    .join("\n");
    let path = root.join("crates/agents/EVIDENCE.md");
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    eprintln!("wrote {}", path.display());
    let failed = findings.iter().filter(|finding| !finding.passes).count();
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ask_all(loaded: &Loaded, registry: &AgentRegistry, dates: &[NaiveDate]) -> Vec<Asked> {
    dates.par_iter().map(|date| loaded.ask(registry, *date)).collect()
}
