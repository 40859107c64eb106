use proptest::prelude::*;

use super::*;
use crate::components;
use crate::testing::{noise, panel};

fn book(weights: &[(&str, f64)], strategies: &[(&str, &[(&str, f64)])]) -> Book {
    let of = |weights: &[(&str, f64)]| weights.iter().map(|(id, w)| (InstrumentId::new(id), *w)).collect();
    Book {
        weights: of(weights),
        by_strategy: strategies.iter().map(|(name, weights)| ((*name).to_owned(), of(weights))).collect(),
    }
}

fn class(id: &InstrumentId) -> Result<(String, String), RiskError> {
    let class = if id.as_str() < "C" { "rates" } else { "fx" };
    Ok((class.to_owned(), format!("{class} BRL")))
}

fn columns(seed: u64, sessions: usize) -> Vec<Vec<f64>> {
    let common = noise(seed, sessions);
    (0..3)
        .map(|k| noise(seed + 1 + k, sessions).iter().zip(&common).map(|(own, m)| own + (1.0 - k as f64) * m).collect())
        .collect()
}

fn sums(split: &RiskSplit, by: PartOf) -> f64 {
    split.parts.iter().filter(|part| part.by == by).map(|part| part.component).sum()
}

const EVERY: [PartOf; 4] = [PartOf::Instrument, PartOf::AssetClass, PartOf::FactorGroup, PartOf::Strategy];

#[test]
fn the_worked_value_holds() {
    let covariance = DMatrix::from_row_slice(2, 2, &[9e-4, 0.0, 0.0, 16e-4]);
    let target = book(&[("A", 1.0), ("B", 1.0)], &[]);
    let splits = split(
        Ok(Law::Gaussian(&covariance)),
        Method::Gaussian,
        &[1.0, 1.0],
        &groups(&target, class).unwrap(),
        Confidence::P95,
    );
    let z = 1.644_853_626_951_472_7;
    let var = &splits[0];
    assert!((var.total.unwrap() - z * 0.05).abs() < 1e-15 && (var.diversification.unwrap() - z * 0.02).abs() < 1e-15);
    assert!((var.parts[0].share.unwrap() - 9.0 / 25.0).abs() < 1e-14);
    assert!((var.parts[0].incremental - z * (0.05 - 0.04)).abs() < 1e-15);
    assert!((splits[1].total.unwrap() - 0.05 * 2.062_712_807_5).abs() < 1e-10, "ES of the normal at 95 %");
}

#[test]
fn an_instrument_outside_the_universe_is_refused_and_no_class_is_made_up_for_it() {
    let stranger = |id: &InstrumentId| Err(RiskError::UnknownInstrument { instrument: id.clone() });
    let error = groups(&book(&[("TULIPS", 0.1)], &[]), stranger).unwrap_err();
    assert_eq!(error, RiskError::UnknownInstrument { instrument: InstrumentId::new("TULIPS") });
}

#[test]
fn a_reason_takes_the_place_of_a_split_and_a_netted_position_is_told() {
    let target = book(&[("A", 0.5)], &[("one", &[("A", 0.5), ("Z", 0.2)]), ("two", &[("Z", -0.2)])]);
    let groups = groups(&target, class).unwrap();
    let absent = split(Err("too short"), Method::Historical, &[0.5], &groups, Confidence::P95);
    assert!(absent.len() == 2 && absent.iter().all(|s| s.total.is_none() && s.reason.as_deref() == Some("too short")));
    let returns = [noise(1, 200)];
    let found = split(Ok(Law::Scenarios(&returns)), Method::Historical, &[0.5], &groups, Confidence::P95);
    assert_eq!(found[0].notes[0], "one: without Z, which the net book does not hold");
    let strategy = found[0].parts.iter().find(|part| part.name == "one").unwrap();
    assert_eq!(strategy.stand_alone, None);
    assert!((strategy.component - found[0].total.unwrap()).abs() < 1e-15);
}

#[test]
fn a_hedge_contributes_less_than_nothing_and_closing_it_costs() {
    let common = noise(1, 400);
    let hedge: Vec<f64> = common.iter().zip(noise(2, 400)).map(|(c, o)| c + 0.1 * o).collect();
    let returns = vec![common, hedge];
    let weights = [0.5, -0.3];
    let target = book(&[("A", 0.5), ("B", -0.3)], &[]);
    let covariance = components::covariance(&panel(&[("A", returns[0].clone()), ("B", returns[1].clone())])).unwrap();
    for (law, method) in
        [(Law::Scenarios(&returns), Method::Historical), (Law::Gaussian(&covariance), Method::Gaussian)]
    {
        for split in split(Ok(law), method, &weights, &groups(&target, class).unwrap(), Confidence::P95) {
            let part = split.parts.iter().find(|part| part.name == "B").unwrap();
            assert!(part.component < 0.0 && part.incremental < 0.0, "{split:?}");
            assert!(split.diversification.unwrap() > 0.0);
        }
    }
}

#[test]
fn the_marginal_is_the_derivative() {
    let returns = columns(5, 500);
    let sample = panel(&[("A", returns[0].clone()), ("B", returns[1].clone()), ("C", returns[2].clone())]);
    let covariance = components::covariance(&sample).unwrap();
    let weights = [0.4, -0.2, 0.3];
    let (step, level) = (1e-7, 0.95);
    for law in [Law::Gaussian(&covariance), Law::Scenarios(&returns)] {
        let (_, marginals) = euler(law, &weights, level).unwrap();
        for row in 0..3 {
            let at = |step: f64| {
                let mut moved = weights;
                moved[row] += step;
                euler(law, &moved, level).unwrap().0
            };
            for kind in [0, 1] {
                let slope = (at(step)[kind] - at(-step)[kind]) / (2.0 * step);
                assert!((slope - marginals[kind][row]).abs() < 1e-7, "{law:?} {row} {kind}");
            }
        }
    }
}

#[test]
fn a_delta_normal_by_loops_agrees() {
    let returns = columns(21, 400);
    let sample = panel(&[("A", returns[0].clone()), ("B", returns[1].clone()), ("C", returns[2].clone())]);
    let covariance = components::covariance(&sample).unwrap();
    let weights = [0.4, -0.2, 0.3];
    let (total, marginals) = euler(Law::Gaussian(&covariance), &weights, 0.99).unwrap();
    let mut variance = 0.0;
    for i in 0..3 {
        for j in 0..3 {
            variance += weights[i] * weights[j] * covariance[(i, j)];
        }
    }
    assert!((total[0] - 2.326_347_874_040_841 * variance.sqrt()).abs() < 1e-15);
    for i in 0..3 {
        let beta: f64 = (0..3).map(|j| covariance[(i, j)] * weights[j]).sum::<f64>() / variance;
        assert!((marginals[0][i] - total[0] * beta).abs() < 1e-14);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_division_sums_to_the_total(
        seed in 0_u64..10_000,
        weights in prop::collection::vec(0.01..1.0_f64, 3),
        share in -1.0..2.0_f64,
    ) {
        let returns = columns(seed, 300);
        let sample = panel(&[("A", returns[0].clone()), ("B", returns[1].clone()), ("C", returns[2].clone())]);
        let covariance = components::covariance(&sample).unwrap();
        let (a, b, c) = (weights[0], -weights[1], weights[2]);
        let target = book(
            &[("A", a), ("B", b), ("C", c)],
            &[("one", &[("A", a * share), ("B", b)]), ("two", &[("A", a * (1.0 - share))])],
        );
        let groups = groups(&target, class).unwrap();
        for law in [Law::Gaussian(&covariance), Law::Scenarios(&returns)] {
            for split in split(Ok(law), Method::Historical, &[a, b, c], &groups, Confidence::P975) {
                let total = split.total.unwrap();
                for by in EVERY {
                    prop_assert!((sums(&split, by) - total).abs() < 1e-10, "{by:?} {split:?}");
                }
                prop_assert!(split.kind == MeasureKind::Var || split.diversification.unwrap() > -1e-12);
            }
        }
    }
}
