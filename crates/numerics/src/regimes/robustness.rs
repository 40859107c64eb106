//! Every public function refuses hostile input with an error and never panics.

use nalgebra::DMatrix;

use super::*;

fn chain() -> MarkovChain {
    MarkovChain { start: vec![0.5, 0.5], transition: DMatrix::from_element(2, 2, 0.5) }
}

fn gaussian() -> GaussianHmm {
    GaussianHmm {
        chain: chain(),
        means: DMatrix::from_column_slice(2, 1, &[0.0, 1.0]),
        covariances: vec![DMatrix::identity(1, 1); 2],
    }
}

#[test]
fn hostile_series_are_refused() {
    let switching = SwitchingAr {
        chain: TwoStateChain { stay_low: 0.9, to_low: 0.1 },
        means: [0.0, 1.0],
        variance: 1.0,
        coefficients: vec![0.1; 4],
    };
    for y in [vec![], vec![1.0], vec![1.0, f64::NAN, 2.0], vec![f64::INFINITY; 30], vec![2.0; 30]] {
        let x = DMatrix::from_column_slice(y.len(), 1, &y);
        assert!(fit_gaussian_hmm(&x, &HmmFitSettings::new(2, 1)).is_err(), "{y:?}");
        assert!(fit_markov_switching_ar(&y, &switching).is_err(), "{y:?}");
        if y.len() < 30 || !y[0].is_finite() {
            assert!(markov_switching_ar(&y, &switching).is_err(), "{y:?}");
        }
        if y.is_empty() || y.iter().any(|value| !value.is_finite()) {
            assert!(gaussian().posterior(&x).is_err() && gaussian().em(&x, 3, None).is_err(), "{y:?}");
        }
    }
    assert!(gaussian().posterior(&DMatrix::zeros(5, 2)).is_err());
    let flat = GaussianHmm { means: DMatrix::zeros(2, 0), covariances: vec![DMatrix::zeros(0, 0); 2], ..gaussian() };
    assert!(flat.posterior(&DMatrix::zeros(5, 0)).is_err());
    assert!(gaussian().em(&DMatrix::from_element(5, 1, 0.0), 50, None).is_err(), "a state collapses");
}

#[test]
fn hostile_parameters_are_refused() {
    let change = |edit: &dyn Fn(&mut GaussianHmm)| {
        let mut model = gaussian();
        edit(&mut model);
        model
    };
    let x = DMatrix::from_column_slice(3, 1, &[0.1, 0.4, 0.2]);
    for model in [
        change(&|m| m.chain.start = vec![0.5, 0.6]),
        change(&|m| m.chain.start = vec![]),
        change(&|m| m.chain.transition[(0, 0)] = f64::NAN),
        change(&|m| m.chain.transition = DMatrix::zeros(2, 2)),
        change(&|m| m.means[(0, 0)] = f64::INFINITY),
        change(&|m| m.covariances[1][(0, 0)] = -1.0),
        change(&|m| m.covariances[1][(0, 0)] = 0.0),
        change(&|m| m.covariances.truncate(1)),
    ] {
        assert!(model.posterior(&x).is_err(), "{model:?}");
    }
    let categorical = CategoricalHmm { chain: chain(), emission: DMatrix::from_element(2, 2, 0.5) };
    assert!(categorical.posterior(&[]).is_err() && categorical.posterior(&[5]).is_err());
    for (stay_low, to_low) in [(1.2, 0.1), (f64::NAN, 0.1), (1.0, 0.0)] {
        assert!(TwoStateChain { stay_low, to_low }.ergodic().is_err());
    }
    let empty = HmmFitSettings { states: 0, ..HmmFitSettings::new(2, 1) };
    assert!(fit_gaussian_hmm(&x, &empty).is_err());
}
