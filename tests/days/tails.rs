//! VaR of each day's book against a computation of its own: returns recomputed from the raw files, quantile by bootstrap.

use chrono::NaiveDate;
use market::instruments::{InstrumentKind, find};
use risk::{Confidence, MeasureKind, Method};

use crate::raw::{Dated, Raw};
use crate::world::WORLD;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 400;

#[test]
fn var_is_within_a_fifth_of_a_bootstrap_of_returns_recomputed_from_the_files() {
    let Some(world) = WORLD.as_ref() else { return };
    let raw = Raw::read(&world.folder);
    let mut compared = 0;
    for (date, outcome) in &world.days {
        if outcome.weights.is_empty() {
            continue;
        }
        let Some(stated) = outcome.var_95() else { panic!("{date}: no VaR 95") };
        let legs: Vec<(f64, Dated)> =
            outcome.weights.iter().map(|(id, weight)| (*weight, returns(&raw, id.as_str()))).collect();
        let own = bootstrap_var_95(&book_returns(&legs, *date));
        assert!((stated / own - 1.0).abs() < 0.20, "{date}: stated {stated}, recomputed {own}");
        compared += 1;
    }
    assert!(compared > 60, "{compared} days compared");
}

#[test]
fn components_sum_to_the_gaussian_var() {
    let Some(world) = WORLD.as_ref() else { return };
    let wanted = (MeasureKind::Var, Method::Gaussian, Confidence::P95, 1);
    for (date, outcome) in &world.days {
        let risk = outcome.risk.as_ref().expect("a risk report");
        let total = risk
            .measures
            .iter()
            .find(|m| (m.kind, m.method, m.confidence_pct, m.horizon_days) == wanted)
            .and_then(|measure| measure.value);
        let sum: f64 = risk.components.iter().map(|component| component.component).sum();
        assert!((total.expect("a value") - sum).abs() < 1e-12, "{date}: {total:?} {sum}");
    }
}

fn returns(raw: &Raw, id: &str) -> Dated {
    match find(&id.into()).expect("a known instrument").kind {
        InstrumentKind::DiFuture { bd } => raw.di(f64::from(bd)),
        InstrumentKind::UsdBrl => raw.dollar(),
        other => panic!("{id} ({other:?}) is in a book: write its computation from the files"),
    }
}

/// Returns of the book on the sessions that all legs have, up to a date.
fn book_returns(legs: &[(f64, Dated)], until: NaiveDate) -> Vec<f64> {
    let (first, rest) = legs.split_first().expect("a leg");
    let common = first.1.range(..=until).filter(|(date, _)| rest.iter().all(|(_, leg)| leg.contains_key(date)));
    let all: Vec<f64> = common.map(|(date, _)| legs.iter().map(|(weight, leg)| weight * leg[date]).sum()).collect();
    all[all.len().saturating_sub(504)..].to_vec()
}

/// Mean over resamples of the loss that five in a hundred sessions exceed.
fn bootstrap_var_95(returns: &[f64]) -> f64 {
    let n = returns.len();
    let rank = n / 20;
    let mut state: u64 = 20_251_201;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut total = 0.0;
    for _ in 0..RESAMPLES {
        let mut sample: Vec<f64> = (0..n).map(|_| returns[next()]).collect();
        sample.sort_by(f64::total_cmp);
        total -= sample[rank];
    }
    total / RESAMPLES as f64
}
