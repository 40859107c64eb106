use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::book::Book;
use crate::stress::holdings;
use crate::testing::market_by_hand::{Market, ordinary};

static MARKET: LazyLock<Market> = LazyLock::new(|| ordinary(500).build());

fn find(weights: &[(&str, f64)], losses: &[f64]) -> Vec<ReverseStress> {
    let config = ReverseConfig { losses: losses.to_vec(), ..ReverseConfig::default() };
    let view = MARKET.today();
    let positions = Book::of(weights.iter().map(|(id, weight)| ((*id).into(), *weight)).collect());
    let holdings = holdings(&CurveBook::latest(&view), &positions).unwrap();
    let exposures = FactorExposures::of(&holdings);
    let history = CurveBook::new(&view, "2024-12-01".parse().unwrap());
    let covariance = FactorCovariance::of(&history, &exposures, 120, &config);
    run(&holdings, &exposures, covariance.as_ref().map_err(String::as_str), &config)
}

fn gap(found: &ReverseStress) -> Option<ReverseGap> {
    match &found.outcome {
        ReverseOutcome::None { why, .. } => Some(*why),
        ReverseOutcome::Found { .. } => None,
    }
}

#[test]
fn of_one_price_the_distance_is_the_closed_form() {
    // Half of NAV in US equity: 5 % is lost at log(1 - 0.05/0.5), whatever else moves.
    let found = find(&[("SPX", 0.5)], &[0.05]).remove(0);
    let ReverseOutcome::Found { moves, pnl, distance, normal_probability, observations, .. } = found.outcome else {
        panic!("{found:?}")
    };
    assert!((pnl + 0.05).abs() < 1e-6, "{pnl}");
    assert_eq!(moves.len(), 1);
    assert!((moves[0].amount + 0.10).abs() < 2e-6, "{moves:?}");
    let series = MARKET.today().series(&"MK_SPX_Y".into()).unwrap();
    let from = series.periods.partition_point(|day| *day < "2024-11-17".parse().unwrap());
    let logs: Vec<f64> = series.values[from..].windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    assert_eq!(observations, logs.len());
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    let variance = logs.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (logs.len() - 1) as f64;
    let expected = -(1.0_f64 - 0.10).ln() / (variance * 21.0 * 1.01).sqrt();
    assert!((distance - expected).abs() < 1e-4 * expected, "{distance} against {expected}");
    assert!(normal_probability > 0.0 && normal_probability < 0.5);
}

#[test]
fn of_a_small_loss_the_linear_closed_form_is_nearly_exact() {
    let found = find(&[("DI_5Y", 0.25), ("USDBRL", 0.10), ("UST_10Y", -0.1)], &[0.001]).remove(0);
    let ReverseOutcome::Found { distance, linear_distance, pnl, .. } = found.outcome else { panic!("{found:?}") };
    assert!((pnl + 0.001).abs() < 1e-6);
    assert!((distance / linear_distance - 1.0).abs() < 0.01, "{distance} and {linear_distance}");
}

#[test]
fn no_move_of_the_same_distance_loses_more() {
    let weights = [("DI_5Y", 0.25), ("DI_1Y", -0.25), ("USDBRL", 0.2), ("IBOV", 0.2), ("UST_30Y", 0.2)];
    let view = MARKET.today();
    let positions = Book::of(weights.iter().map(|(id, weight)| ((*id).into(), *weight)).collect());
    let holdings = holdings(&CurveBook::latest(&view), &positions).unwrap();
    let exposures = FactorExposures::of(&holdings);
    let config = ReverseConfig::default();
    let history = CurveBook::new(&view, "2024-12-01".parse().unwrap());
    let model = FactorCovariance::of(&history, &exposures, 120, &config).unwrap();
    let value = |x: &DVector<f64>| pnl(&holdings, &model.shock(x)).ok();
    let slope = gradient(&model, &value, &DVector::zeros(model.nodes.len())).unwrap();
    let spread = &model.covariance * &slope;
    let start = &spread * (-0.05 / slope.dot(&spread));
    let (x, _) = iterate(&model, &value, start, 0.05).unwrap();
    let (distance, loss) = (model.distance(&x), -value(&x).unwrap());
    assert!((loss - 0.05).abs() < LOSS_TOLERANCE);
    // Any other direction on the same ellipsoid, by the root of the covariance and a seeded sphere.
    let mut noise = crate::testing::market_by_hand::Noise::new(3);
    for _ in 0..2000 {
        let sphere = DVector::from_fn(x.len(), |_, _| noise.next());
        let other = model.root.l() * (&sphere / sphere.norm()) * distance;
        assert!(-value(&other).unwrap() <= loss + 1e-5, "a move as likely loses more");
    }
}

#[test]
fn what_the_book_cannot_lose_has_a_typed_reason() {
    assert_eq!(gap(&find(&[], &[0.05])[0]), Some(ReverseGap::NoExposure));
    let small = find(&[("SPX", 0.02)], &[0.05]).remove(0);
    assert_eq!(gap(&small), Some(ReverseGap::OutOfReach), "a long of 2 % of NAV loses 2 % at most");
    let ReverseOutcome::None { reason, .. } = small.outcome else { panic!() };
    assert_eq!(reason, "100 deviations in the likeliest direction lose 1.98 % of NAV, never 5.00 %");
}

#[test]
fn a_search_that_meets_no_price_does_not_say_that_the_loss_is_out_of_reach() {
    // Loses 0.1 % of NAV a deviation and has no price beyond two of them.
    let value = |x: &DVector<f64>| (x[0] <= 2.0).then_some(-0.001 * x[0]);
    let Farthest { loss, unpriced_at } = farthest_loss(&value, &DVector::from_element(1, 1.0));
    assert!((0.0015..=0.002).contains(&loss), "{loss}");
    assert!(unpriced_at.is_some_and(|distance| distance > 2.0 && distance < 3.0), "{unpriced_at:?}");
    let everywhere = farthest_loss(&|x| Some(-0.001 * x[0]), &DVector::from_element(1, 1.0));
    assert_eq!((everywhere.loss, everywhere.unpriced_at), (0.001 * FARTHEST, None));
}

#[test]
fn without_a_history_there_is_no_covariance() {
    let config = ReverseConfig::default();
    let view = MARKET.today();
    let positions = Book::of([("SPX".into(), 0.2)].into());
    let holdings = holdings(&CurveBook::latest(&view), &positions).unwrap();
    let exposures = FactorExposures::of(&holdings);
    let reason = FactorCovariance::of(&CurveBook::latest(&view), &exposures, 120, &config).unwrap_err();
    assert!(reason.contains("120 are needed (shortest: US equity)"), "{reason}");
    let found = run(&holdings, &exposures, Err(&reason), &config);
    assert!(found.iter().all(|one| gap(one) == Some(ReverseGap::NoCovariance)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_larger_loss_is_farther_and_the_loss_is_met(
        di in 0.05..0.25_f64,
        usd in -0.25..0.25_f64,
        ibov in 0.05..0.25_f64,
        ust in -0.25..0.25_f64,
    ) {
        let found = find(&[("DI_5Y", di), ("USDBRL", usd), ("IBOV", ibov), ("UST_10Y", ust)], &[0.01, 0.02]);
        let mut last = 0.0;
        for one in &found {
            let ReverseOutcome::Found { distance, pnl, .. } = &one.outcome else { panic!("{one:?}") };
            prop_assert!((pnl + one.loss).abs() < 1e-6);
            prop_assert!(*distance > last);
            last = *distance;
        }
    }
}
