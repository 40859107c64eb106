//! Every public function refuses hostile input with an error and never panics.

use nalgebra::DMatrix;

use super::*;

fn hostile() -> Vec<(&'static str, Vec<f64>, DMatrix<f64>)> {
    let ramp: Vec<f64> = (0..12).map(|i| (i as f64 * 0.9).sin()).collect();
    let x = with_constant(&DMatrix::from_fn(12, 2, |i, j| ((i + 1) * (j + 2)) as f64 % 7.0));
    let with = |value: f64| {
        let mut y = ramp.clone();
        y[4] = value;
        y
    };
    let mut bad_x = x.clone();
    bad_x[(3, 1)] = f64::NAN;
    vec![
        ("NaN in y", with(f64::NAN), x.clone()),
        ("infinity in y", with(f64::INFINITY), x.clone()),
        ("NaN in x", ramp.clone(), bad_x),
        ("empty", Vec::new(), DMatrix::zeros(0, 0)),
        ("no columns", ramp.clone(), DMatrix::zeros(12, 0)),
        ("one row", vec![1.0], DMatrix::from_element(1, 1, 1.0)),
        ("constant y", vec![3.0; 12], x.clone()),
        ("more columns than rows", vec![1.0, 2.0], DMatrix::from_fn(2, 5, |i, j| (i + 2 * j) as f64)),
        ("lengths differ", ramp.clone(), DMatrix::from_element(5, 1, 1.0)),
        ("collinear", ramp.clone(), DMatrix::from_fn(12, 2, |i, j| (i + 1) as f64 * (j + 1) as f64)),
        ("nearly collinear", ramp, DMatrix::from_fn(12, 2, |i, j| 1.0 + 1e-17 * (i * j) as f64)),
    ]
}

#[test]
fn hostile_regressions_are_refused() {
    for (name, y, x) in hostile() {
        assert!(ols(&y, &x).is_err(), "ols: {name}");
        assert!(ols_newey_west(&y, &x, None).is_err(), "newey-west: {name}");
        assert!(bandwidth_rules(&y, &x, 1).is_err(), "bandwidth: {name}");
        assert!(logit(&y, &x).is_err(), "logit: {name}");
        assert!(dols(&y, &x, 1, 1, 2).is_err(), "dols: {name}");
        assert!(engle_granger(&y, &x, 1, Deterministic::Constant).is_err(), "engle-granger: {name}");
    }
}

#[test]
fn hostile_series_are_refused() {
    let series: [(&str, Vec<f64>); 6] = [
        ("empty", vec![]),
        ("one value", vec![1.0]),
        ("constant", vec![2.0; 30]),
        ("NaN", (0..30).map(|i| if i == 3 { f64::NAN } else { i as f64 }).collect()),
        ("infinity", (0..30).map(|i| if i == 3 { f64::INFINITY } else { i as f64 }).collect()),
        ("a straight line", (0..30).map(f64::from).collect()),
    ];
    for (name, values) in &series {
        assert!(adf(values, 1, Deterministic::Constant).is_err(), "adf: {name}");
        let levels = DMatrix::from_fn(values.len(), 2, |t, _| values[t]);
        assert!(johansen(&levels, 1, JohansenTrend::Constant).is_err(), "johansen: {name}");
        if *name != "a straight line" {
            assert!(jarque_bera(values).is_err() && ljung_box(values, 2).is_err(), "moments: {name}");
        }
    }
    let ramp: Vec<f64> = (0..30).map(|i| (i as f64).sin()).collect();
    assert!(adf(&ramp, usize::MAX / 2, Deterministic::None).is_err());
    assert!(johansen(&DMatrix::zeros(10, 2), usize::MAX / 4, JohansenTrend::None).is_err());
}
