//! Tail measures at the size the desk is held to: 60 instruments, 5,000 scenarios, and a t copula of 10 assets.

use divan::{Bencher, black_box};
use market::instruments::InstrumentId;
use nalgebra::DMatrix;
use numerics::covariance::sample_covariance;
use numerics::tails::{StudentCopulaModel, fit_student_copula, tail_pair};
use risk::decomposition::{Law, groups, split};
use risk::{Book, Confidence, Method, RiskConfig, RiskError, backtest};

fn main() {
    divan::main();
}

/// Reproducible numbers in (-0.01, 0.01).
fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5) * 0.02
        })
        .collect()
}

fn columns(instruments: u64, scenarios: usize) -> Vec<Vec<f64>> {
    let common = noise(999, scenarios);
    (0..instruments)
        .map(|k| noise(k, scenarios).iter().zip(&common).map(|(own, market)| own + 0.5 * market).collect())
        .collect()
}

fn book(instruments: u64) -> Book {
    let weight = |k: u64| if k.is_multiple_of(3) { -0.05 } else { 0.04 };
    Book::of((0..instruments).map(|k| (InstrumentId::new(format!("I{k:02}")), weight(k))).collect())
}

fn classes(id: &InstrumentId) -> Result<(String, String), RiskError> {
    let class = id.as_str()[1..2].to_owned();
    Ok((class.clone(), class))
}

/// VaR, ES, and both Euler splits with stand-alone and incremental risk of 60 positions and 12 groups.
#[divan::bench(sample_count = 20)]
fn historical_60x5000(bencher: Bencher) {
    let (columns, book) = (columns(60, 5_000), book(60));
    let weights: Vec<f64> = book.positions().map(|(_, weight)| weight).collect();
    let groups = groups(&book, classes).unwrap();
    bencher.bench_local(|| {
        let law = Ok(Law::Scenarios(black_box(&columns)));
        split(law, Method::Historical, &weights, &groups, Confidence::P99)
    });
}

/// The same, Gaussian, with the covariance from the 5,000 scenarios.
#[divan::bench(sample_count = 20)]
fn gaussian_60x5000(bencher: Bencher) {
    let (columns, book) = (columns(60, 5_000), book(60));
    let weights: Vec<f64> = book.positions().map(|(_, weight)| weight).collect();
    let groups = groups(&book, classes).unwrap();
    let sample = DMatrix::from_fn(5_000, 60, |row, column| columns[column][row]);
    bencher.bench_local(|| {
        let covariance = sample_covariance(black_box(&sample)).unwrap();
        split(Ok(Law::Gaussian(&covariance)), Method::Gaussian, &weights, &groups, Confidence::P99)
    });
}

fn copula() -> StudentCopulaModel {
    let correlation = DMatrix::from_fn(10, 10, |i, j| if i == j { 1.0 } else { 0.4 });
    let nus = (0..10).map(|k| 3.5 + 0.5 * f64::from(k)).collect();
    StudentCopulaModel::new(&correlation, 4.0, vec![0.01; 10], nus).unwrap()
}

/// 100,000 draws of 10 assets, every asset kept, VaR and ES of the book (`tcopula_mc` of the reference table).
#[divan::bench(sample_count = 10, args = [1, 2])]
fn t_copula_100000x10(bencher: Bencher, threads: usize) {
    let model = copula();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    bencher.bench_local(|| {
        let columns = pool.install(|| model.simulate_columns(100_000, 1, 1)).unwrap();
        let mut book = risk::measures::copula::weighted(&columns, &[0.1; 10]);
        tail_pair(&mut book, 0.99).unwrap()
    });
}

/// Estimation of the copula and its margins on two years of 10 instruments.
#[divan::bench(sample_count = 10)]
fn fit_t_copula_504x10(bencher: Bencher) {
    let columns = columns(10, 504);
    bencher.bench_local(|| fit_student_copula(black_box(&columns)).unwrap());
}

/// Every backtest of a static book over two years.
#[divan::bench(sample_count = 10)]
fn backtests_504(bencher: Bencher) {
    let returns = noise(3, 504);
    let start = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    let dates: Vec<chrono::NaiveDate> = start.iter_days().take(504).collect();
    let config = RiskConfig::default();
    bencher.bench_local(|| backtest::static_book(&dates, black_box(&returns), &config));
}
