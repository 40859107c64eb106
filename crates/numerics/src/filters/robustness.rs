//! Every public function refuses hostile input with an error and never panics.

use super::*;

#[test]
fn hostile_series_are_refused() {
    let settings = StlSettings {
        period: 4,
        seasonal: LoessWindow::linear(7),
        trend: LoessWindow::linear(9),
        low_pass: LoessWindow::linear(5),
        inner: 1,
        outer: 1,
    };
    let series: [(&str, Vec<f64>); 4] = [
        ("empty", vec![]),
        ("one value", vec![1.0]),
        ("NaN", (0..40).map(|t| if t == 7 { f64::NAN } else { t as f64 }).collect()),
        ("infinity", (0..40).map(|t| if t == 7 { f64::INFINITY } else { t as f64 }).collect()),
    ];
    for (name, values) in &series {
        assert!(hodrick_prescott(values, 1600.0).is_err(), "hp: {name}");
        assert!(hodrick_prescott_one_sided(values, 1600.0).is_err(), "one-sided hp: {name}");
        assert!(hamilton(values, 8, 4).is_err(), "hamilton: {name}");
        assert!(classical_decomposition(values, 4, SeasonalModel::Additive).is_err(), "classical: {name}");
        assert!(stl(values, &settings).is_err(), "stl: {name}");
    }
    assert!(hamilton(&[2.0; 60], 8, 4).is_err());
}

#[test]
fn hostile_parameters_are_refused() {
    let ramp: Vec<f64> = (0..40).map(|t| (t as f64).sqrt()).collect();
    assert!(hodrick_prescott(&ramp, -1.0).is_err() && hodrick_prescott(&ramp, f64::NAN).is_err());
    assert!(hamilton(&ramp, 0, 4).is_err() && hamilton(&ramp, usize::MAX, usize::MAX).is_err());
    assert!(classical_decomposition(&ramp, 1, SeasonalModel::Additive).is_err());
    assert!(classical_decomposition(&ramp, usize::MAX, SeasonalModel::Additive).is_err());
    assert!(henderson_weights(0).is_err() && henderson_weights(12).is_err());
    let good = StlSettings {
        period: 4,
        seasonal: LoessWindow::linear(7),
        trend: LoessWindow::linear(9),
        low_pass: LoessWindow::linear(5),
        inner: 1,
        outer: 0,
    };
    assert!(stl(&ramp, &good).is_ok());
    assert!(stl(&ramp, &StlSettings { period: 1, ..good }).is_err());
    assert!(stl(&ramp, &StlSettings { inner: 0, ..good }).is_err());
    assert!(stl(&ramp, &StlSettings { trend: LoessWindow::linear(8), ..good }).is_err());
    assert!(stl(&ramp, &StlSettings { trend: LoessWindow { jump: 0, ..good.trend }, ..good }).is_err());
    assert!(stl(&ramp, &StlSettings { trend: LoessWindow::linear(1001), ..good }).is_ok());
    assert!(stl(&[3.0; 40], &good).is_ok_and(|parts| parts.remainder.iter().all(|rest| rest.abs() < 1e-12)));
}
