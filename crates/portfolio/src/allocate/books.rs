//! Virtual books: the net weights by strategy.

use std::collections::BTreeMap;

use strategies::StrategyId;

use super::allocator::Attainable;
use crate::Weights;
use crate::construct::TargetPackage;
use crate::weights::{weight_of, without_zeros};

/// Book of weights that no strategy's package explains. It stays empty: weights without a package are closed.
pub const RESIDUAL_BOOK: &str = "DESK";

/// Corrections of the last bits of a sum after which it is left as it is.
const CORRECTIONS: usize = 8;

/// Splits `weights` among the strategies of the packages at their attainable scales, or as `former` has them when the held
/// book is kept.
///
/// Each member gets its share of each package's exposure. What the packages do not explain (a drifted weight that was
/// kept, a trade too small to make, the rest of a lot) goes pro rata to the members' absolute exposures in that
/// instrument, or to `former` books where no package asks for it, so that the books sum to the weights: to the last bit of
/// the largest number in the sum (books that oppose each other may be larger than what they leave).
///
/// An instrument that the desk does not hold is only in books that oppose each other: what one strategy is long another is
/// short, and each of them earns on it. Where all are on one side, nobody holds a part of what is not there.
pub(super) fn by_strategy(
    packages: &[TargetPackage],
    attainable: &Attainable,
    weights: &Weights,
    former: &BTreeMap<StrategyId, Weights>,
) -> BTreeMap<StrategyId, Weights> {
    let mut books = if attainable.keep { former.clone() } else { of_packages(packages, &attainable.scales) };
    let mut instruments: Vec<_> = books.values().flat_map(|book| book.keys().cloned()).collect();
    instruments.extend(weights.keys().cloned());
    instruments.sort();
    instruments.dedup();
    for id in instruments {
        let of_books = |books: &BTreeMap<StrategyId, Weights>| -> BTreeMap<StrategyId, f64> {
            let held = |(strategy, book): (&StrategyId, &Weights)| Some((strategy.clone(), *book.get(&id)?));
            books.iter().filter_map(held).collect()
        };
        let mut parts = of_books(&books);
        let total = weight_of(weights, &id);
        if total == 0.0 && !oppose(&parts) {
            for book in books.values_mut() {
                book.remove(&id);
            }
            continue;
        }
        if parts.values().all(|part| *part == 0.0) {
            parts.extend(of_books(former));
        }
        settle(&mut parts, total);
        for (strategy, part) in parts {
            books.entry(strategy).or_default().insert(id.clone(), part);
        }
    }
    books.into_iter().map(|(strategy, book)| (strategy, without_zeros(book))).filter(|(_, b)| !b.is_empty()).collect()
}

/// The members' shares of the packages at these scales.
fn of_packages(packages: &[TargetPackage], scales: &[f64]) -> BTreeMap<StrategyId, Weights> {
    let mut books: BTreeMap<StrategyId, Weights> = BTreeMap::new();
    for (package, scale) in packages.iter().zip(scales) {
        for member in &package.members {
            let book = books.entry(member.strategy.clone()).or_default();
            for (id, exposure) in package.exposures() {
                *book.entry(id.clone()).or_default() += scale * member.share * exposure;
            }
        }
    }
    books
}

/// One is long and another short.
fn oppose(parts: &BTreeMap<StrategyId, f64>) -> bool {
    parts.values().any(|part| *part > 0.0) && parts.values().any(|part| *part < 0.0)
}

/// Makes the parts sum to `total`, to the last bit of the largest of them: the difference goes pro rata to their absolute
/// sizes, and to the desk's own book when there are none.
pub(super) fn settle(parts: &mut BTreeMap<StrategyId, f64>, total: f64) {
    let sum = |parts: &BTreeMap<StrategyId, f64>| parts.values().sum::<f64>();
    let residual = total - sum(parts);
    if residual == 0.0 {
        return;
    }
    let claims: f64 = parts.values().map(|part| part.abs()).sum();
    if claims == 0.0 {
        parts.insert(StrategyId::new(RESIDUAL_BOOK), total);
        return;
    }
    for part in parts.values_mut() {
        *part += residual * part.abs() / claims;
    }
    // What is left is rounding. A small part can take bits that a large one would lose.
    let mut order: Vec<StrategyId> = parts.keys().cloned().collect();
    order.sort_by(|a, b| parts[a].abs().total_cmp(&parts[b].abs()).then_with(|| a.cmp(b)));
    for strategy in order.iter().cycle().take(CORRECTIONS * order.len()) {
        let rest = total - sum(parts);
        if rest == 0.0 {
            return;
        }
        if let Some(part) = parts.get_mut(strategy) {
            *part += rest;
        }
    }
}
