//! Every public function refuses hostile input with an error and never panics.

use nalgebra::DMatrix;

use super::*;

fn scalar(value: f64) -> DMatrix<f64> {
    DMatrix::from_element(1, 1, value)
}

fn model() -> StateSpace {
    StateSpace {
        design: Varying::Fixed(scalar(1.0)),
        observation_intercept: Varying::Fixed(vec![0.0]),
        observation_covariance: Varying::Fixed(scalar(1.0)),
        transition: scalar(1.0),
        state_intercept: vec![0.0],
        selection: scalar(1.0),
        state_covariance: scalar(1.0),
        initial: InitialState::diffuse(1),
    }
}

#[test]
fn hostile_models_are_refused() {
    let y = DMatrix::from_column_slice(3, 1, &[1.0, 2.0, 3.0]);
    let change = |edit: &dyn Fn(&mut StateSpace)| {
        let mut model = model();
        edit(&mut model);
        model
    };
    let cases: [(&str, StateSpace); 9] = [
        ("negative noise", change(&|m| m.observation_covariance = Varying::Fixed(scalar(-1.0)))),
        (
            "negative noise in a period",
            change(&|m| m.observation_covariance = Varying::PerPeriod(vec![scalar(-1.0); 3])),
        ),
        ("negative shock", change(&|m| m.state_covariance = scalar(-0.1))),
        ("NaN transition", change(&|m| m.transition = scalar(f64::NAN))),
        ("infinite intercept", change(&|m| m.state_intercept = vec![f64::INFINITY])),
        ("wrong design", change(&|m| m.design = Varying::Fixed(DMatrix::zeros(1, 2)))),
        ("too few periods", change(&|m| m.observation_intercept = Varying::PerPeriod(vec![vec![0.0]; 2]))),
        ("wrong start", change(&|m| m.initial = InitialState::diffuse(2))),
        ("explosive", change(&|m| m.transition = scalar(1e300))),
    ];
    for (name, model) in cases {
        assert!(kalman_filter(&model, &y).is_err(), "{name}");
        assert!(kalman_smoother(&model, &y).is_err(), "{name}");
    }
    assert!(kalman_filter(&model(), &DMatrix::zeros(0, 1)).is_err());
    assert!(kalman_filter(&model(), &scalar(f64::INFINITY)).is_err());
    assert!(kalman_smoother(&model(), &scalar(f64::NAN)).is_err(), "nothing seen of a diffuse state");
}

#[test]
fn hostile_series_are_refused() {
    for y in [vec![], vec![1.0], vec![2.0; 10], vec![f64::NAN; 10], vec![1.0, f64::INFINITY, 2.0, 3.0]] {
        assert!(fit_local_level(&y).is_err(), "{y:?}");
        let x = DMatrix::from_fn(y.len(), 1, |t, _| t as f64);
        assert!(fit_time_varying_regression(&y, &x).is_err(), "{y:?}");
        assert!(median_unbiased_lambda_g(&y).is_err(), "{y:?}");
    }
    assert!(local_level(&[1.0, 2.0], -1.0, 0.5).is_err());
    assert!(local_level(&[1.0, 2.0], 0.0, 0.0).is_err());
    assert!(local_level(&[], 1.0, 1.0).is_err());
    assert!(local_linear_trend(&[1.0], 1.0, 1.0, 1.0).is_err());
    let zeros = DMatrix::zeros(20, 2);
    let ramp: Vec<f64> = (0..20).map(f64::from).collect();
    assert!(fit_time_varying_regression(&ramp, &zeros).is_err());
    assert!(time_varying_regression(&ramp, &DMatrix::zeros(5, 1), 1.0, &[0.1]).is_err());
}
