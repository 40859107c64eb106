//! The same figures give the same digest, however they came in.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use pipeline_core::ports::SourceBatch;

use super::desk::{Desk, Engine};
use super::tally::Tally;
use super::world;

/// Parts that each batch comes in, where it does not come whole.
const PARTS: usize = 7;

/// Fills a database in several ways on each engine, and compares the dry runs on them.
pub fn check(tally: &mut Tally, binary: &Path, engines: &[Engine], market: &[SourceBatch]) {
    let backwards: Vec<SourceBatch> = market.iter().rev().cloned().collect();
    let ways = [("whole", market), ("in another order", &backwards), ("in parts", &in_parts(market))];
    tally.check("the same figures, filled in other ways", || {
        let mut digests = Vec::new();
        for engine in engines {
            for (way, batches) in ways {
                let way = format!("{way} through {engine}");
                digests.push((filled(binary, *engine, batches).with_context(|| way.clone())?, way));
            }
        }
        let Some((first, _)) = digests.first().cloned() else { return Ok("nothing".to_owned()) };
        for (digest, way) in &digests {
            ensure!(*digest == first, "filled {way}, the data digest is {digest}, not {first}");
        }
        Ok(format!("{} databases, one data digest {}", digests.len(), first.get(..8).unwrap_or(&first)))
    });
}

/// The data digest of a dry run on a database that was filled with these batches.
fn filled(binary: &Path, engine: Engine, batches: &[SourceBatch]) -> Result<String> {
    let desk = Desk::new(binary, engine)?;
    world::append(&desk, batches)?;
    let run = desk.done(&["run", "--dry-run"])?;
    Ok(run["data_digest"].as_str().context("a run without a data digest")?.to_owned())
}

/// Every part of every batch: the last figures first, and the publishers taking turns.
fn in_parts(market: &[SourceBatch]) -> Vec<SourceBatch> {
    let part = |batch: &SourceBatch, number: usize| {
        let size = batch.observations.len().div_ceil(PARTS).max(1);
        let observations = batch.observations.chunks(size).nth(number).unwrap_or_default().to_vec();
        let raw_hash = format!("{}/{number}", batch.raw_hash);
        SourceBatch { observations, raw_hash, ..batch.clone() }
    };
    let turns = (0..PARTS).rev().flat_map(|number| market.iter().map(move |batch| part(batch, number)));
    turns.filter(|part| !part.observations.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_of_the_figures_in_another_order() {
        let market = world::small().unwrap();
        let parts = in_parts(&market);
        let count = |batches: &[SourceBatch]| batches.iter().map(|batch| batch.observations.len()).sum::<usize>();
        assert!(parts.len() > market.len());
        assert_eq!(count(&parts), count(&market));
        assert_ne!(parts[0].observations[0], market[0].observations[0]);
    }
}
