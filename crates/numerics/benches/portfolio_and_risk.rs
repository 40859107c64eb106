//! Covariances, portfolios, risk measures, curves and performance at the sizes of the reference table.
//!
//! `cargo bench -p numerics --bench portfolio_and_risk`; results and references in `BENCHMARKS.md`.

use divan::{Bencher, black_box};
use nalgebra::DMatrix;
use numerics::covariance::{
    denoise_fitted, ledoit_wolf_constant_correlation, ledoit_wolf_identity, oracle_approximating, sample_covariance,
};
use numerics::curves::{
    CivilDate, CurveModel, DayCount, Extrapolation, FixedRateBond, FlatForward252, Svensson, fit_curve,
};
use numerics::optimise::{
    ClusterDistance, MeanVariance, Prior, Views, black_litterman, critical_line, hierarchical_risk_parity,
    mean_variance, risk_budgeting,
};
use numerics::performance::{information_coefficients, metrics};
use numerics::tails::{
    Garch11, StudentCopulaModel, coverage_tests, filtered_historical, historical_es, historical_var,
};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

fn main() {
    divan::main();
}

fn normals(rows: usize, columns: usize) -> DMatrix<f64> {
    let mut rng = Pcg64::seed_from_u64(7);
    DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut rng))
}

/// Returns with one common factor.
fn returns(rows: usize, columns: usize) -> DMatrix<f64> {
    let mut x = normals(rows, columns + 1);
    let factor = x.column(columns).into_owned();
    for j in 0..columns {
        x.column_mut(j).axpy(0.5, &factor, 1.0);
    }
    x.remove_column(columns) * 0.01
}

fn covariance(n: usize) -> DMatrix<f64> {
    sample_covariance(&returns(2 * n, n)).unwrap()
}

mod covariances {
    use super::*;

    type Estimator = fn(&DMatrix<f64>);

    fn run(bencher: Bencher, estimator: Estimator) {
        let x = returns(1000, 500);
        bencher.bench_local(|| estimator(black_box(&x)));
    }

    #[divan::bench(sample_count = 30)]
    fn sample_1000x500(bencher: Bencher) {
        run(bencher, |x| drop(black_box(sample_covariance(x))));
    }

    #[divan::bench(sample_count = 30)]
    fn ledoit_wolf_identity_1000x500(bencher: Bencher) {
        run(bencher, |x| drop(black_box(ledoit_wolf_identity(x))));
    }

    #[divan::bench(sample_count = 30)]
    fn ledoit_wolf_constant_correlation_1000x500(bencher: Bencher) {
        run(bencher, |x| drop(black_box(ledoit_wolf_constant_correlation(x))));
    }

    #[divan::bench(sample_count = 30)]
    fn oas_1000x500(bencher: Bencher) {
        run(bencher, |x| drop(black_box(oracle_approximating(x))));
    }

    #[divan::bench(sample_count = 5)]
    fn rmt_denoise_fitted_1000x500(bencher: Bencher) {
        run(bencher, |x| drop(black_box(denoise_fitted(x))));
    }
}

mod portfolios {
    use super::*;

    #[divan::bench(args = [100, 500], sample_count = 10)]
    fn mean_variance_qp(bencher: Bencher, n: usize) {
        let problem = MeanVariance {
            mean: (0..n).map(|i| 0.02 + 0.1 * (i % 17) as f64 / 17.0).collect(),
            covariance: covariance(n) * 252.0,
            risk_aversion: 4.0,
            budget: Some(1.0),
            lower: vec![0.0; n],
            upper: vec![0.1; n],
            groups: Vec::new(),
            costs: None,
        };
        bencher.bench_local(|| mean_variance(black_box(&problem)).unwrap());
    }

    #[divan::bench(sample_count = 20)]
    fn critical_line_50(bencher: Bencher) {
        let cov = covariance(50);
        let mut rng = Pcg64::seed_from_u64(3);
        let mean: Vec<f64> = (0..50).map(|_| 0.1 * rng.random::<f64>()).collect();
        bencher.bench_local(|| critical_line(black_box(&mean), &cov, &[0.0; 50], &[1.0; 50]).unwrap());
    }

    #[divan::bench(args = [100, 500], sample_count = 20)]
    fn equal_risk_contribution(bencher: Bencher, n: usize) {
        let cov = covariance(n);
        let budgets = vec![1.0 / n as f64; n];
        bencher.bench_local(|| risk_budgeting(black_box(&cov), &budgets).unwrap());
    }

    #[divan::bench(args = [100, 500], sample_count = 20)]
    fn hierarchical(bencher: Bencher, n: usize) {
        let cov = covariance(n);
        bencher.bench_local(|| hierarchical_risk_parity(black_box(&cov), ClusterDistance::BetweenColumns).unwrap());
    }

    #[divan::bench]
    fn black_litterman_100x20(bencher: Bencher) {
        let prior = Prior {
            covariance: covariance(100),
            market_weights: vec![0.01; 100],
            risk_aversion: 2.5,
            tau: 0.05,
            equilibrium: None,
        };
        let views = Views { portfolios: normals(20, 100), returns: vec![0.01; 20] };
        bencher.bench_local(|| black_litterman(black_box(&prior), &views, None).unwrap());
    }
}

mod risk {
    use super::*;

    #[divan::bench(sample_count = 20)]
    fn historical_var_and_es_1e6(bencher: Bencher) {
        let sample = normals(1_000_000, 1);
        let sample = sample.as_slice();
        bencher.bench_local(|| {
            (historical_var(black_box(sample), 0.99).unwrap(), historical_es(black_box(sample), 0.99).unwrap())
        });
    }

    #[divan::bench(sample_count = 5)]
    fn t_copula_1e5x10(bencher: Bencher) {
        let correlation = DMatrix::from_fn(10, 10, |i, j| if i == j { 1.0 } else { 0.4 });
        let nus = (0..10).map(|k| 3.5 + 0.5 * k as f64).collect();
        let model = StudentCopulaModel::new(&correlation, 4.0, vec![0.01; 10], nus).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        bencher.bench_local(|| {
            let paths = pool.install(|| model.simulate(black_box(&[0.1; 10]), 100_000, 1)).unwrap();
            (historical_var(&paths, 0.99).unwrap(), historical_es(&paths, 0.99).unwrap())
        });
    }

    #[divan::bench(sample_count = 20)]
    fn filtered_historical_10000x10(bencher: Bencher) {
        let sample = normals(2500, 1);
        let mut rng = Pcg64::seed_from_u64(5);
        let draws: Vec<Vec<usize>> =
            (0..10_000).map(|_| (0..10).map(|_| rng.random_range(0..2500)).collect()).collect();
        let garch = Garch11 { mu: 0.04, omega: 0.012, alpha: 0.07, beta: 0.92 };
        bencher.bench_local(|| {
            filtered_historical(black_box(sample.as_slice()), garch, 1.0, 0.99, black_box(&draws)).unwrap()
        });
    }

    #[divan::bench(sample_count = 20)]
    fn coverage_tests_1e6(bencher: Bencher) {
        let mut rng = Pcg64::seed_from_u64(5);
        let hits: Vec<bool> = (0..1_000_000).map(|_| rng.random::<f64>() < 0.01).collect();
        bencher.bench_local(|| coverage_tests(black_box(&hits), 0.01).unwrap());
    }
}

mod curves_and_bonds {
    use super::*;

    const MATURITIES: [f64; 12] = [0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0];

    #[divan::bench(args = [CurveModel::NelsonSiegel, CurveModel::Svensson])]
    fn fit_12_maturities(bencher: Bencher, model: &CurveModel) {
        let curve = Svensson::new([4.5, -1.0, -2.0, 1.5], 0.9, 6.0).unwrap();
        let noisy = |(k, &m): (usize, &f64)| curve.zero_rate(m).unwrap() + 0.01 * ((k * 7) % 5) as f64;
        let yields: Vec<f64> = MATURITIES.iter().enumerate().map(noisy).collect();
        bencher.bench_local(|| fit_curve(*model, black_box(&MATURITIES), &yields).unwrap());
    }

    #[divan::bench]
    fn flat_forward_2478_queries(bencher: Bencher) {
        let vertices: Vec<(f64, f64)> = (1..=43).map(|k| (60.0 * f64::from(k), 0.10 + 0.0005 * f64::from(k))).collect();
        bencher.bench_local(|| {
            let curve =
                FlatForward252::new(black_box(&vertices)).unwrap().with_extrapolation(Extrapolation::HoldLastZeroRate);
            (1..=2478).map(|bd| curve.rate(f64::from(bd)).unwrap()).sum::<f64>()
        });
    }

    #[divan::bench]
    fn bond_analytics_and_yield(bencher: Bencher) {
        let issue = CivilDate::new(2024, 1, 15).unwrap();
        let settlement = CivilDate::new(2024, 7, 22).unwrap();
        let maturity = CivilDate::new(2034, 1, 15).unwrap();
        bencher.bench_local(|| {
            let bond =
                FixedRateBond::new(issue, settlement, black_box(maturity), 0.05, 1, DayCount::ActActIcma).unwrap();
            let analytics = bond.analytics(black_box(0.0465)).unwrap();
            (analytics, bond.yield_from_clean(analytics.clean).unwrap())
        });
    }
}

mod performance {
    use super::*;

    #[divan::bench]
    fn metrics_2500(bencher: Bencher) {
        let sample = normals(2500, 2) * 0.01;
        let (returns, benchmark) = sample.as_slice().split_at(2500);
        bencher.bench_local(|| metrics(black_box(returns), Some(benchmark), 0.0, 0.0, 252.0).unwrap());
    }

    #[divan::bench(sample_count = 20)]
    fn rank_ic_250x500(bencher: Bencher) {
        let (signal, forward) = (normals(250, 500), returns(250, 500));
        bencher.bench_local(|| information_coefficients(black_box(&signal), &forward, 252.0).unwrap());
    }
}
