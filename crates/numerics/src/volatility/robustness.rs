//! Every public function refuses hostile input with an error and never panics.

use nalgebra::DMatrix;

use super::*;

#[test]
fn hostile_series_are_refused() {
    let model = GarchModel { mu: 0.0, omega: 0.1, alpha: 0.1, gamma: 0.0, beta: 0.8, innovations: Innovations::Normal };
    for returns in [vec![], vec![0.1, f64::NAN], vec![f64::INFINITY; 100], vec![f64::NEG_INFINITY]] {
        let x = DMatrix::from_column_slice(returns.len(), 1, &returns);
        assert!(ewma_variance(&returns, 0.94).is_err(), "{returns:?}");
        assert!(ewma_covariance(&x, 0.94).is_err(), "{returns:?}");
        assert!(garch_filter(&returns, &model, Presample::MeanSquare, 1).is_err(), "{returns:?}");
        assert!(realised_volatility(&returns, 252.0).is_err(), "{returns:?}");
        assert!(rolling_realised_volatility(&returns, 2, 252.0).is_err(), "{returns:?}");
    }
    for returns in [vec![], vec![0.1; 200], vec![0.1, 0.2], vec![f64::NAN; 200]] {
        let fit = fit_garch(&returns, GarchKind::Gjr, InnovationKind::StudentT, Presample::MeanSquare);
        assert!(fit.is_err(), "{returns:?}");
    }
    assert!(garch_filter(&[0.0], &model, Presample::MeanSquare, 1).is_err());
    assert!(garch_filter(&[1e200], &model, Presample::MeanSquare, 1).is_err());
}

#[test]
fn hostile_parameters_are_refused() {
    let good = GarchModel { mu: 0.0, omega: 0.1, alpha: 0.1, gamma: 0.0, beta: 0.8, innovations: Innovations::Normal };
    for model in [
        GarchModel { mu: f64::NAN, ..good },
        GarchModel { omega: 0.0, ..good },
        GarchModel { alpha: -0.1, ..good },
        GarchModel { gamma: -0.2, ..good },
        GarchModel { beta: f64::INFINITY, ..good },
        GarchModel { innovations: Innovations::StudentT { degrees_of_freedom: 2.0 }, ..good },
        GarchModel { innovations: Innovations::StudentT { degrees_of_freedom: f64::NAN }, ..good },
    ] {
        assert!(garch_filter(&[0.1, -0.2], &model, Presample::MeanSquare, 1).is_err(), "{model:?}");
    }
    assert!(garch_filter(&[0.1, -0.2], &good, Presample::Variance(-1.0), 1).is_err());
    for lambda in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(ewma_variance(&[0.1], lambda).is_err());
        assert!(ewma_covariance(&DMatrix::zeros(1, 1), lambda).is_err());
    }
    assert!(realised_volatility(&[0.1, 0.2], 0.0).is_err());
    assert!(rolling_realised_volatility(&[0.1], 0, 252.0).is_err());
    assert!(ewma_covariance(&DMatrix::zeros(3, 0), 0.94).is_ok_and(|result| result.volatility.is_empty()));
}
