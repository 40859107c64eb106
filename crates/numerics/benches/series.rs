//! Regressions, filters, regimes and volatility at the sizes of the reference table.
//!
//! `cargo bench -p numerics --bench series`; results and references in `BENCHMARKS.md`.

use divan::{Bencher, black_box};
use nalgebra::DMatrix;
use numerics::filters::{LoessWindow, StlSettings, hamilton, hodrick_prescott, stl};
use numerics::regimes::{
    GaussianHmm, MarkovChain, SwitchingAr, SwitchingMeanVariance, TwoStateChain, fit_markov_switching_ar,
    markov_switching_mean_variance,
};
use numerics::regression::{Deterministic, JohansenTrend, adf, johansen, ols, ols_newey_west, with_constant};
use numerics::state_space::{
    InitialState, LaubachWilliams, LaubachWilliamsData, LaubachWilliamsParams, StateSpace, Varying, VolatilityRegime,
    fit_local_level, kalman_filter, kalman_smoother, laubach_williams, log_likelihood,
};
use numerics::volatility::{
    GarchKind, GarchModel, InnovationKind, Innovations, Presample, ewma_covariance, fit_garch, garch_filter,
};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

fn main() {
    divan::main();
}

fn normals(rows: usize, columns: usize) -> DMatrix<f64> {
    let mut rng = Pcg64::seed_from_u64(11);
    DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut rng))
}

fn walk(n: usize) -> Vec<f64> {
    let steps = normals(n, 1);
    steps
        .iter()
        .scan(0.0, |level, step| {
            *level += step;
            Some(*level)
        })
        .collect()
}

/// The numbers under an input of a golden case, in the order of the file, nested lists flattened.
fn golden_numbers(case: &str, key: &str) -> Vec<f64> {
    let inputs = case.split_once("\"inputs\"").map_or("", |(_, rest)| rest);
    let value = inputs.split_once(&format!("\"{key}\":")).map_or("", |(_, rest)| rest);
    let mut depth = 0_i32;
    let length = value
        .find(|c| {
            depth += i32::from(matches!(c, '[' | '{')) - i32::from(matches!(c, ']' | '}'));
            depth <= 0 && matches!(c, ']' | '}' | ',')
        })
        .unwrap_or(value.len());
    let separators = |c: char| matches!(c, '[' | ']' | '{' | '}' | ',' | ':') || c.is_whitespace();
    value[..length].split(separators).filter_map(|number| number.parse().ok()).collect()
}

mod regressions {
    use super::*;

    fn data() -> (Vec<f64>, DMatrix<f64>) {
        let x = with_constant(&normals(10_000, 20));
        let noise = normals(10_000, 21);
        let y = (0..10_000).map(|t| x.row(t).sum() + noise[(t, 20)]).collect();
        (y, x)
    }

    #[divan::bench(sample_count = 20)]
    fn ols_10000x21(bencher: Bencher) {
        let (y, x) = data();
        bencher.bench_local(|| ols(black_box(&y), &x).unwrap());
    }

    #[divan::bench(sample_count = 20)]
    fn ols_hac_10000x21(bencher: Bencher) {
        let (y, x) = data();
        bencher.bench_local(|| ols_newey_west(black_box(&y), &x, Some(10)).unwrap());
    }

    #[divan::bench]
    fn adf_500(bencher: Bencher) {
        let series = walk(500);
        bencher.bench_local(|| adf(black_box(&series), 4, Deterministic::Constant).unwrap());
    }

    #[divan::bench]
    fn johansen_500x5(bencher: Bencher) {
        let mut levels = normals(500, 5);
        for j in 0..5 {
            for t in 1..500 {
                levels[(t, j)] += levels[(t - 1, j)];
            }
        }
        bencher.bench_local(|| johansen(black_box(&levels), 3, JohansenTrend::Constant).unwrap());
    }
}

mod filters {
    use super::*;

    #[divan::bench]
    fn hp_10000(bencher: Bencher) {
        let series = walk(10_000);
        bencher.bench_local(|| hodrick_prescott(black_box(&series), 1600.0).unwrap());
    }

    #[divan::bench]
    fn hamilton_300(bencher: Bencher) {
        let series = walk(300);
        bencher.bench_local(|| hamilton(black_box(&series), 8, 4).unwrap());
    }

    #[divan::bench(args = [0, 15], sample_count = 10)]
    fn stl_1200(bencher: Bencher, outer: usize) {
        let series: Vec<f64> = walk(1200)
            .iter()
            .enumerate()
            .map(|(t, v)| v + 3.0 * (t as f64 * std::f64::consts::FRAC_PI_6).sin())
            .collect();
        let settings = StlSettings {
            period: 12,
            seasonal: LoessWindow::linear(13),
            trend: LoessWindow::linear(23),
            low_pass: LoessWindow::linear(13),
            inner: if outer > 0 { 1 } else { 2 },
            outer,
        };
        bencher.bench_local(|| stl(black_box(&series), &settings).unwrap());
    }
}

mod state_space {
    use super::*;

    fn model() -> (StateSpace, DMatrix<f64>) {
        let model = StateSpace {
            design: Varying::Fixed(normals(3, 8) * 0.5),
            observation_intercept: Varying::Fixed(vec![0.0; 3]),
            observation_covariance: Varying::Fixed(DMatrix::identity(3, 3)),
            transition: DMatrix::from_fn(8, 8, |i, j| if i == j { 0.9 } else { 0.01 }),
            state_intercept: vec![0.0; 8],
            selection: DMatrix::identity(8, 8),
            state_covariance: DMatrix::identity(8, 8) * 0.1,
            initial: InitialState::known(vec![0.0; 8], DMatrix::identity(8, 8)),
        };
        (model, normals(2000, 3))
    }

    #[divan::bench(sample_count = 20)]
    fn likelihood_2000x8x3(bencher: Bencher) {
        let (model, y) = model();
        bencher.bench_local(|| log_likelihood(black_box(&model), &y).unwrap());
    }

    #[divan::bench(sample_count = 20)]
    fn filter_2000x8x3(bencher: Bencher) {
        let (model, y) = model();
        bencher.bench_local(|| kalman_filter(black_box(&model), &y).unwrap());
    }

    #[divan::bench(sample_count = 20)]
    fn smoother_2000x8x3(bencher: Bencher) {
        let (model, y) = model();
        bencher.bench_local(|| kalman_smoother(black_box(&model), &y).unwrap());
    }

    /// The published case of the New York Fed, which `GOLDEN_DIR/third-party-inputs` holds where its owner may.
    #[divan::bench(sample_count = 20)]
    fn laubach_williams_250(bencher: Bencher) {
        let directory = std::env::var("GOLDEN_DIR").unwrap_or_default();
        let path = std::path::Path::new(&directory).join("third-party-inputs/lw_rstar_nyfed_2023q2.json");
        let Ok(case) = std::fs::read_to_string(&path) else {
            println!("skipped: no {}; hint: set GOLDEN_DIR", path.display());
            return;
        };
        let series = |key: &str| golden_numbers(&case, key);
        let params = series("params").try_into().expect("the case lists thirteen coefficients");
        let model = LaubachWilliams {
            data: LaubachWilliamsData {
                log_gdp: &series("log_gdp"),
                inflation: &series("inflation"),
                inflation_expectations: &series("inflation_expectations"),
                oil_inflation: &series("oil_inflation"),
                import_inflation: &series("import_inflation"),
                interest: &series("interest"),
                covid: &series("covid"),
            },
            lambda_g: series("lambda_g")[0],
            lambda_z: series("lambda_z")[0],
            initial_state: series("xi00"),
            initial_covariance: DMatrix::from_row_slice(9, 9, &series("P00")),
            regimes: series("kappa")
                .chunks_exact(3)
                .map(|r| VolatilityRegime { first: r[0] as usize - 1, last: r[1] as usize - 1, kappa: r[2] })
                .collect(),
        };
        let params = LaubachWilliamsParams::from_array(params);
        let found = laubach_williams(&model, &params).unwrap().log_likelihood;
        assert!((found + 574.200_930_962_6).abs() < 1e-6, "log-likelihood {found}");
        bencher.bench_local(|| laubach_williams(black_box(&model), &params).unwrap());
    }

    #[divan::bench(sample_count = 10)]
    fn local_level_mle_100(bencher: Bencher) {
        let noise = normals(100, 1);
        let series: Vec<f64> = walk(100).iter().zip(noise.iter()).map(|(a, b)| a + 3.0 * b).collect();
        bencher.bench_local(|| fit_local_level(black_box(&series)).unwrap());
    }
}

mod regimes {
    use super::*;

    fn model(states: usize, dimension: usize) -> GaussianHmm {
        let stay = 0.95;
        GaussianHmm {
            chain: MarkovChain {
                start: vec![1.0 / states as f64; states],
                transition: DMatrix::from_fn(states, states, |i, j| {
                    if i == j { stay } else { (1.0 - stay) / (states - 1) as f64 }
                }),
            },
            means: DMatrix::from_fn(states, dimension, |i, _| i as f64 - 0.5),
            covariances: (0..states).map(|i| DMatrix::identity(dimension, dimension) * (1.0 + i as f64)).collect(),
        }
    }

    #[divan::bench(sample_count = 5)]
    fn em_100_iterations_2500x1_2_states(bencher: Bencher) {
        let (hmm, x) = (model(2, 1), normals(2500, 1));
        bencher.bench_local(|| hmm.em(black_box(&x), 100, None).unwrap());
    }

    #[divan::bench(sample_count = 5)]
    fn em_50_iterations_2500x5_3_states(bencher: Bencher) {
        let (hmm, x) = (model(3, 5), normals(2500, 5));
        bencher.bench_local(|| hmm.em(black_box(&x), 50, None).unwrap());
    }

    /// Viterbi with the forward and backward passes that come with it.
    #[divan::bench(sample_count = 50)]
    fn viterbi_2500_2_states(bencher: Bencher) {
        let (hmm, x) = (model(2, 1), normals(2500, 1));
        bencher.bench_local(|| hmm.posterior(black_box(&x)).unwrap());
    }

    /// Hamilton's GNP series and a fixed start.
    #[divan::bench(sample_count = 10)]
    fn hamilton_fit_135(bencher: Bencher) {
        let case = include_str!("../../../tests/golden/ms_hamilton_mle.json");
        let (y, start) = (golden_numbers(case, "y"), golden_numbers(case, "start"));
        let start = SwitchingAr {
            chain: TwoStateChain { stay_low: start[0], to_low: start[1] },
            means: [start[2], start[3]],
            variance: start[4],
            coefficients: start[5..].to_vec(),
        };
        let found = fit_markov_switching_ar(&y, &start).unwrap().log_likelihood;
        assert!((found + 181.263_394).abs() < 1e-4, "log-likelihood {found}");
        bencher.bench_local(|| fit_markov_switching_ar(black_box(&y), &start).unwrap());
    }

    #[divan::bench(sample_count = 20)]
    fn switching_mean_variance_2500(bencher: Bencher) {
        let params = SwitchingMeanVariance {
            chain: TwoStateChain { stay_low: 0.95, to_low: 0.1 },
            means: [0.0, 0.1],
            variances: [0.5, 2.0],
        };
        let y = normals(2500, 1);
        bencher.bench_local(|| markov_switching_mean_variance(black_box(y.as_slice()), &params).unwrap());
    }
}

mod volatility {
    use super::*;

    #[divan::bench(sample_count = 10)]
    fn ewma_covariance_2500x100(bencher: Bencher) {
        let x = normals(2500, 100);
        bencher.bench_local(|| ewma_covariance(black_box(&x), 0.94).unwrap());
    }

    /// Returns that really follow a GARCH, in percent.
    fn garch_returns() -> Vec<f64> {
        let mut variance = 1.0;
        normals(2500, 1)
            .iter()
            .map(|z| {
                let r = f64::sqrt(variance) * z;
                variance = 0.02 + 0.08 * r * r + 0.9 * variance;
                0.05 + r
            })
            .collect()
    }

    #[divan::bench(sample_count = 10)]
    fn garch_fit_2500(bencher: Bencher) {
        let x = garch_returns();
        bencher.bench_local(|| {
            fit_garch(black_box(&x), GarchKind::Symmetric, InnovationKind::Normal, Presample::MeanSquare).unwrap()
        });
    }

    #[divan::bench(sample_count = 10)]
    fn garch_fit_student_2500(bencher: Bencher) {
        let x = garch_returns();
        bencher.bench_local(|| {
            fit_garch(black_box(&x), GarchKind::Symmetric, InnovationKind::StudentT, Presample::MeanSquare).unwrap()
        });
    }

    #[divan::bench]
    fn garch_filter_2500(bencher: Bencher) {
        let x = garch_returns();
        let model =
            GarchModel { mu: 0.05, omega: 0.02, alpha: 0.08, gamma: 0.0, beta: 0.9, innovations: Innovations::Normal };
        bencher.bench_local(|| garch_filter(black_box(&x), &model, Presample::MeanSquare, 0).unwrap());
    }
}
