//! The bits of representative results, pinned: the same for debug and release builds.
//!
//! The first test pins what arithmetic and square roots alone decide; these are exact everywhere, so its constants hold on
//! every platform. The second pins iterations that use `exp`, `ln` or an outside solver: its constants hold for the
//! mathematics library of one platform (x86-64 Linux with GNU libc, on a processor with fused multiply-add).
//!
//! A change of a constant is a change of results: it needs a reason and the proof run again.

use nalgebra::DMatrix;
use numerics::covariance::{ledoit_wolf_identity, sample_covariance};
use numerics::curves::{CurveModel, fit_curve};
use numerics::filters::{LoessWindow, StlSettings, hamilton, stl};
use numerics::optimise::{LinearConstraint, quadratic_program, risk_budgeting};
use numerics::regimes::{GaussianHmm, MarkovChain};
use numerics::regression::{ols_newey_west, with_constant};
use numerics::state_space::{InitialState, StateSpace, Varying, kalman_smoother};
use numerics::tails::historical_es;
use numerics::volatility::{GarchModel, Innovations, Presample, garch_filter};

/// FNV-1a, 64 bits, over the bytes of the values.
fn bits<'a>(values: impl IntoIterator<Item = &'a f64>) -> u64 {
    values
        .into_iter()
        .flat_map(|value| value.to_bits().to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Centred sums of uniforms from a linear congruential generator: bell-shaped without a transcendental function.
fn draws(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    DMatrix::from_fn(rows, columns, |_, _| uniform() + uniform() + uniform() + uniform() - 2.0)
}

/// Compares all at once, so that one run shows every constant that moved.
#[track_caller]
fn assert_bits(found: &[(&str, u64)], pinned: &[(&str, u64)]) {
    let listed = |hashes: &[(&str, u64)]| -> Vec<String> {
        hashes.iter().map(|(name, hash)| format!("(\"{name}\", {hash:#018x})")).collect()
    };
    assert_eq!(listed(found), listed(pinned));
}

#[test]
fn arithmetic_results_keep_their_bits() {
    let x = draws(300, 4, 1);
    let y: Vec<f64> = (0..300).map(|t| 0.2 + x.row(t).sum()).zip(draws(300, 1, 2).iter()).map(|(a, e)| a + e).collect();
    let hac = ols_newey_west(&y, &with_constant(&x), Some(6)).unwrap();

    let model = StateSpace {
        design: Varying::Fixed(draws(2, 8, 3)),
        observation_intercept: Varying::Fixed(vec![0.0; 2]),
        observation_covariance: Varying::Fixed(DMatrix::identity(2, 2)),
        transition: DMatrix::from_fn(8, 8, |i, j| if i == j { 0.9 } else { 0.01 }),
        state_intercept: vec![0.0; 8],
        selection: DMatrix::identity(8, 8),
        state_covariance: DMatrix::identity(8, 8) * 0.1,
        initial: InitialState::known(vec![0.0; 8], DMatrix::identity(8, 8)),
    };
    let smoothed = kalman_smoother(&model, &draws(120, 2, 4)).unwrap();

    let series: Vec<f64> = draws(240, 1, 5)
        .iter()
        .enumerate()
        .map(|(t, e)| 0.05 * t as f64 + if t % 12 < 6 { 1.0 } else { -1.0 } + e)
        .collect();
    let cycle: Vec<f64> = hamilton(&series, 8, 4).unwrap().cycle.into_iter().flatten().collect();
    let seasonal = stl(
        &series,
        &StlSettings {
            period: 12,
            seasonal: LoessWindow::linear(13),
            trend: LoessWindow::linear(23),
            low_pass: LoessWindow::linear(13),
            inner: 1,
            outer: 5,
        },
    )
    .unwrap();

    let returns = draws(1000, 1, 6);
    let garch =
        GarchModel { mu: 0.05, omega: 0.02, alpha: 0.08, gamma: 0.0, beta: 0.9, innovations: Innovations::Normal };
    let filtered = garch_filter(returns.as_slice(), &garch, Presample::MeanSquare, 5).unwrap();

    let book = draws(250, 20, 7);
    let shrunk = ledoit_wolf_identity(&book).unwrap();
    let sixty = sample_covariance(&draws(250, 60, 8)).unwrap();

    assert_bits(
        &[
            ("ols_newey_west", bits(hac.fit.coefficients.iter().chain(&hac.robust.std_errors))),
            ("kalman_smoother", bits(smoothed.states.iter().chain(smoothed.variances.iter()))),
            ("hamilton", bits(&cycle)),
            ("stl", bits(seasonal.seasonal.iter().chain(&seasonal.trend).chain(&seasonal.weights))),
            ("garch_filter", bits(filtered.variance.iter().chain(&filtered.forecast))),
            ("ledoit_wolf_identity", bits(shrunk.covariance.iter().chain([&shrunk.intensity]))),
            ("sample_covariance", bits(sixty.iter())),
            ("historical_es", bits(&[historical_es(returns.as_slice(), 0.975).unwrap()])),
        ],
        &[
            ("ols_newey_west", 0x122e_1cc0_c953_3df4),
            ("kalman_smoother", 0xbb83_15a1_51a7_38c6),
            ("hamilton", 0xbdc7_9c67_618d_e9d5),
            ("stl", 0x3b66_8d07_a13b_9234),
            ("garch_filter", 0x1725_d369_73b2_fb94),
            ("ledoit_wolf_identity", 0x5e46_2328_b658_6400),
            ("sample_covariance", 0x5b33_1f81_41ea_e5da),
            ("historical_es", 0xbb10_dd58_98fb_06df),
        ],
    );
}

#[test]
#[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
fn results_of_exponentials_keep_their_bits() {
    let budgets = vec![0.05; 20];
    let cov = sample_covariance(&draws(250, 20, 7)).unwrap();
    let parity = risk_budgeting(&cov, &budgets).unwrap();
    let q: Vec<f64> = draws(20, 1, 9).iter().map(|v| 0.1 * v).collect();
    let mut constraints: Vec<LinearConstraint> = (0..20)
        .map(|i| LinearConstraint {
            name: format!("weight {i}"),
            coefficients: (0..20).map(|j| f64::from(u8::from(i == j))).collect(),
            lower: 0.0,
            upper: 0.2,
        })
        .collect();
    constraints.push(LinearConstraint {
        name: "budget".to_owned(),
        coefficients: vec![1.0; 20],
        lower: 1.0,
        upper: 1.0,
    });
    let optimum = quadratic_program(&cov, &q, &constraints).unwrap();

    let hmm = GaussianHmm {
        chain: MarkovChain {
            start: vec![0.5; 2],
            transition: DMatrix::from_row_slice(2, 2, &[0.95, 0.05, 0.05, 0.95]),
        },
        means: DMatrix::from_column_slice(2, 1, &[-0.5, 0.5]),
        covariances: vec![DMatrix::identity(1, 1); 2],
    };
    let run = hmm.em(&draws(400, 1, 10), 30, None).unwrap();

    let maturities = [0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 25.0, 30.0];
    let yields = [0.101, 0.103, 0.106, 0.109, 0.111, 0.114, 0.115, 0.117, 0.118, 0.1175, 0.117, 0.1165];
    let curve = fit_curve(CurveModel::Svensson, &maturities, &yields).unwrap();

    assert_bits(
        &[
            ("risk_budgeting", bits(&parity.weights)),
            ("quadratic_program", bits(&optimum.x)),
            ("hmm em", bits(run.model.means.iter().chain(&run.history))),
            ("svensson", bits(curve.betas.iter().chain(&curve.taus))),
        ],
        &[
            ("risk_budgeting", 0x2704_18e9_1095_dc3c),
            ("quadratic_program", 0xc8f0_f719_9ea6_7bb7),
            ("hmm em", 0x4ffa_b5fc_99ae_4ae3),
            ("svensson", 0x7df5_f01b_f2f3_aa5a),
        ],
    );
}
