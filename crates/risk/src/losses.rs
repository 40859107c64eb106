//! What the held book lost in its last session, by strategy and by asset class.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::instruments::{AssetClass, InstrumentId};

use crate::book::Book;
use crate::error::RiskError;

/// Return of an instrument's last session, or why there is none.
pub type LastReturns = BTreeMap<InstrumentId, Result<(NaiveDate, f64), String>>;

/// Loss of each group, positive = loss as a fraction of NAV, or why it cannot be computed.
pub type Losses = BTreeMap<String, Result<f64, String>>;

/// Losses of the strategies' held books. A held book that no strategy answers for has one loss, which cannot be stated.
pub fn by_strategy(held: &Book, returns: &LastReturns) -> Losses {
    if held.by_strategy.is_empty() && !held.is_flat() {
        let why = "the held book is not split by strategy".to_owned();
        return Losses::from([("unattributed".to_owned(), Err(why))]);
    }
    let loss_of =
        |weights: &BTreeMap<InstrumentId, f64>| loss(weights.iter().map(|(id, weight)| (id, *weight)), returns);
    held.by_strategy.iter().map(|(strategy, weights)| (strategy.clone(), loss_of(weights))).collect()
}

/// Losses of the asset classes of the held book.
pub fn by_class(
    held: &Book,
    returns: &LastReturns,
    class_of: impl Fn(&InstrumentId) -> Result<AssetClass, RiskError>,
) -> Result<Losses, RiskError> {
    let mut classes: BTreeMap<AssetClass, Vec<(&InstrumentId, f64)>> = BTreeMap::new();
    for (id, weight) in held.positions() {
        classes.entry(class_of(id)?).or_default().push((id, weight));
    }
    let named = classes.into_iter().map(|(class, held)| (class.to_string(), loss(held.into_iter(), returns)));
    Ok(named.collect())
}

fn loss<'a>(held: impl Iterator<Item = (&'a InstrumentId, f64)>, returns: &LastReturns) -> Result<f64, String> {
    let mut pnl = 0.0;
    for (id, weight) in held.filter(|(_, weight)| *weight != 0.0) {
        match returns.get(id) {
            Some(Ok((_, value))) => pnl += weight * value,
            Some(Err(why)) => return Err(format!("{id}: {why}")),
            None => return Err(format!("{id}: no return was looked up")),
        }
    }
    // Not -pnl: a book that held nothing lost 0, not -0.
    Ok(0.0 - pnl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_positive_and_one_missing_return_takes_only_its_own_group_away() {
        let day = "2026-03-02".parse().unwrap();
        let (a, b) = (InstrumentId::new("A"), InstrumentId::new("B"));
        let held = Book {
            weights: BTreeMap::from([(a.clone(), 0.5), (b.clone(), -0.2)]),
            by_strategy: BTreeMap::from([
                ("carry".to_owned(), BTreeMap::from([(a.clone(), 0.5)])),
                ("value".to_owned(), BTreeMap::from([(b.clone(), -0.2)])),
            ]),
        };
        let returns = LastReturns::from([(a, Ok((day, -0.04))), (b, Err("stale".to_owned()))]);
        let losses = by_strategy(&held, &returns);
        assert_eq!(losses["carry"], Ok(0.02));
        assert_eq!(losses["value"], Err("B: stale".to_owned()));
        let unsplit = Book::of(held.weights);
        assert!(by_strategy(&unsplit, &returns)["unattributed"].is_err());
        assert!(by_strategy(&Book::default(), &returns).is_empty());
    }
}
