//! What was filed replays to the same digests, whatever was taken in since.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::desk::{Desk, Engine};
use super::tally::Tally;
use super::{SEED, Size, world};

/// Years of history taken in after the runs, before the first year of theirs.
const MORE_YEARS: i32 = 10;

/// On each database: file days, take in ten more years and another world's figures for the years they share, replay the
/// days and audit everything. Then compare the databases date by date.
pub fn check(tally: &mut Tally, binary: &Path, engines: &[Engine], size: Size) {
    let mut digests = Vec::new();
    for engine in engines {
        let mut desk = None;
        tally.check(&format!("{engine}: {} business days are filed", size.replayed_days), || {
            let new = Desk::new(binary, *engine)?;
            let figures = world::append(&new, world::beginning(size.first_year, SEED)?.batches())?;
            let filed = file(&new, size.replayed_days)?;
            digests.push((*engine, new.digests()?));
            desk = Some(new);
            Ok(format!("{filed}, on {figures} figures"))
        });
        let Some(desk) = desk else { continue };
        tally.check(&format!("{engine}: they replay after {MORE_YEARS} more years"), || {
            let later = world::beginning(size.first_year - MORE_YEARS, SEED + 1)?;
            let figures = world::append(&desk, later.batches())?;
            Ok(format!("{}, after {figures} more figures", replay(&desk, size.replayed_days)?))
        });
        tally.check(&format!("{engine}: the seals agree"), || desk.audit());
    }
    if let [(_, first), (_, second)] = digests.as_slice() {
        tally.check("both databases: the same digests", || same(first, second));
    }
}

fn file(desk: &Desk, days: usize) -> Result<String> {
    let (exit, document) = desk.run(&["backfill", &world::last_days(days)])?;
    // A late release may block a date, which is filed all the same and replays as such.
    ensure!(exit == 0 || exit == 6, "the backfill ended with {exit}: {document}");
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    let done = document["done"].as_array().context("the document of a backfill has no dates")?;
    for date in done {
        *statuses.entry(date["status"].as_str().unwrap_or("?")).or_default() += 1;
    }
    ensure!(done.len() == days, "{} of {days} days were filed", done.len());
    Ok(statuses.iter().map(|(status, count)| format!("{count} {status}")).collect::<Vec<_>>().join(", "))
}

fn replay(desk: &Desk, days: usize) -> Result<String> {
    let (exit, document) = desk.run(&["replay", "--last", &days.to_string()])?;
    let replays = document["replays"].as_array().context("the document of a replay has no runs")?;
    let equal = replays.iter().filter(|replay| replay["matches"] == true).count();
    let differ = replays.iter().find(|replay| replay["matches"] != true).unwrap_or(&Value::Null);
    ensure!(
        exit == 0 && equal == days,
        "{equal} of {days} digests are equal, exit {exit}; the first that differs: {differ}"
    );
    Ok(format!("{equal} equal digests"))
}

/// Fails on the first date on which two databases do not agree.
pub fn same(first: &BTreeMap<String, String>, second: &BTreeMap<String, String>) -> Result<String> {
    for date in first.keys().chain(second.keys()) {
        let (one, other) = (first.get(date), second.get(date));
        ensure!(one == other, "{date} has the digests {one:?} and {other:?}");
    }
    Ok(format!("{} dates", first.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_that_differs_or_is_missing_is_named() {
        let digests = |digest: &str| BTreeMap::from([("2026-03-31".to_owned(), digest.to_owned())]);
        assert_eq!(same(&digests("a"), &digests("a")).unwrap(), "1 dates");
        assert!(same(&digests("a"), &digests("b")).unwrap_err().to_string().starts_with("2026-03-31 has"));
        assert!(same(&digests("a"), &BTreeMap::new()).is_err());
        assert!(same(&BTreeMap::new(), &digests("a")).is_err());
    }
}
