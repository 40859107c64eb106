//! Virtual books: the net weights by strategy.

use std::collections::BTreeMap;

use strategies::StrategyId;

use crate::Weights;
use crate::construct::TargetPackage;
use crate::weights::{weight_of, without_zeros};

/// Book of weights that no strategy's package explains. It stays empty: weights without a package are closed.
pub const RESIDUAL_BOOK: &str = "DESK";

/// Splits `weights` among the strategies of the packages at their scales.
///
/// Each member gets its share of each package's exposure. What the packages do not explain (a drifted weight that was
/// kept, a trade too small to make) goes pro rata to the members' absolute exposures in that instrument, so that the books
/// sum to the weights.
pub(super) fn by_strategy(
    packages: &[TargetPackage],
    scales: &[f64],
    weights: &Weights,
) -> BTreeMap<StrategyId, Weights> {
    let mut parts: Vec<(StrategyId, Weights)> = Vec::new();
    for (package, scale) in packages.iter().zip(scales) {
        for member in &package.members {
            let exposures = package.exposures().map(|(id, exposure)| (id.clone(), scale * member.share * exposure));
            parts.push((member.strategy.clone(), exposures.collect()));
        }
    }
    let mut books: BTreeMap<StrategyId, Weights> = BTreeMap::new();
    for (strategy, exposures) in &parts {
        let book = books.entry(strategy.clone()).or_default();
        for (id, exposure) in exposures {
            *book.entry(id.clone()).or_default() += exposure;
        }
    }
    let mut instruments: Vec<_> = parts.iter().flat_map(|(_, exposures)| exposures.keys().cloned()).collect();
    instruments.extend(weights.keys().cloned());
    instruments.sort();
    instruments.dedup();
    for id in instruments {
        let explained: f64 = books.values().map(|book| weight_of(book, &id)).sum();
        let residual = weight_of(weights, &id) - explained;
        if residual == 0.0 {
            continue;
        }
        let claims: f64 = books.values().map(|book| weight_of(book, &id).abs()).sum();
        if claims == 0.0 {
            let desk = books.entry(StrategyId::new(RESIDUAL_BOOK)).or_default();
            desk.insert(id, residual);
            continue;
        }
        for book in books.values_mut() {
            if let Some(exposure) = book.get_mut(&id) {
                *exposure += residual * exposure.abs() / claims;
            }
        }
    }
    books.into_iter().map(|(strategy, book)| (strategy, without_zeros(book))).filter(|(_, b)| !b.is_empty()).collect()
}
