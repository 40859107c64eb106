//! Weights by instrument.

use std::collections::BTreeMap;

use market::instruments::InstrumentId;

/// Exposure over NAV by instrument, signed. An instrument that is absent has weight zero.
pub type Weights = BTreeMap<InstrumentId, f64>;

/// Weight of an instrument.
pub(crate) fn weight_of(weights: &Weights, instrument: &InstrumentId) -> f64 {
    weights.get(instrument).copied().unwrap_or(0.0)
}

/// The weights without those that are zero.
pub(crate) fn without_zeros(mut weights: Weights) -> Weights {
    weights.retain(|_, weight| *weight != 0.0);
    weights
}

/// `to - from` of every instrument in either.
pub(crate) fn differences(from: &Weights, to: &Weights) -> Weights {
    let mut deltas = to.clone();
    for (id, weight) in from {
        *deltas.entry(id.clone()).or_default() -= weight;
    }
    deltas
}
