use proptest::prelude::*;

use super::*;
use crate::components;
use crate::testing::{noise, panel};

fn all_of(columns: &[(&str, Vec<f64>)], weights: &[f64], config: &RiskConfig) -> Vec<Measure> {
    let panel = panel(columns);
    let covariance = components::covariance(&panel);
    let deviation = covariance.and_then(|s| components::deviation(weights, &s));
    let copula = copula::simulate(&panel, weights, &config.measures);
    let sample = Sample {
        panel: &panel,
        weights,
        deviation: deviation.as_ref().copied().map_err(String::as_str),
        copula: copula.as_ref().map_err(String::as_str),
    };
    measures(sample, config)
}

fn find(measures: &[Measure], kind: MeasureKind, method: Method, level: Confidence, days: u32) -> &Measure {
    let wanted = |m: &&Measure| (m.kind, m.method, m.confidence_pct, m.horizon_days) == (kind, method, level, days);
    measures.iter().find(wanted).unwrap()
}

fn value(measures: &[Measure], kind: MeasureKind, method: Method, level: Confidence, days: u32) -> f64 {
    let found = find(measures, kind, method, level, days);
    found.value.unwrap_or_else(|| panic!("{found:?}"))
}

use Confidence::{P95, P99, P975};
use MeasureKind::{Es, Var};

/// Three correlated columns with fatter tails than the normal: sums of uniforms at a volatility of each day's own.
fn market(seed: u64, sessions: usize) -> Vec<(&'static str, Vec<f64>)> {
    let stretch: Vec<f64> = noise(seed + 77, sessions).iter().map(|x| (80.0 * x).exp()).collect();
    let bell = |own: u64| -> Vec<f64> {
        let uniforms: Vec<Vec<f64>> = (0..4).map(|k| noise(seed + 1000 * own + k, sessions)).collect();
        (0..sessions).map(|row| stretch[row] * uniforms.iter().map(|u| u[row]).sum::<f64>()).collect()
    };
    let common = bell(1);
    let mix =
        |own: u64, share: f64| -> Vec<f64> { common.iter().zip(bell(own)).map(|(m, o)| m * share + 0.5 * o).collect() };
    vec![("A", mix(2, 1.0)), ("B", mix(3, -0.5)), ("C", mix(4, 0.2))]
}

#[test]
fn a_known_sample_has_the_known_quantile_and_losses_are_positive() {
    let config = RiskConfig { minimum_observations_95: 100, ..RiskConfig::default() };
    let returns: Vec<f64> = (-50..=50).map(|r| f64::from(r) / 100.0).collect();
    let panel = panel(&[("A", returns)]);
    let sample = Sample { panel: &panel, weights: &[1.0], deviation: Ok(0.1), copula: Err("not asked for") };
    let all = measures(sample, &config);
    assert!((value(&all, Var, Method::Historical, P95, 1) - 0.45).abs() < 1e-12);
    assert!((value(&all, Var, Method::Gaussian, P95, 1) - 0.164_485_362_695_147_27).abs() < 1e-15);
    let ten = find(&all, Var, Method::Gaussian, P95, 10);
    assert!((ten.value.unwrap() - 0.164_485_362_695_147_27 * 10.0_f64.sqrt()).abs() < 1e-15);
    assert!(ten.basis.as_ref().unwrap().ends_with("times the root of 10"), "never in silence");
    assert_eq!(find(&all, Es, Method::TCopula, P95, 1).reason.as_deref(), Some("not asked for"));
}

#[test]
fn too_few_sessions_leave_the_measure_out_and_say_how_many_are_needed() {
    let all = all_of(&market(1, 130), &[0.3, 0.2, 0.1], &RiskConfig::default());
    assert!(find(&all, Var, Method::Historical, P95, 1).value.is_some());
    let reason = |method, level, days| find(&all, Es, method, level, days).reason.clone().unwrap();
    assert_eq!(reason(Method::Gaussian, P99, 1), "130 common sessions, 250 are needed at 99 %");
    assert_eq!(reason(Method::TCopula, P975, 1), "130 common sessions, 185 are needed at 97.5 %");
    assert!(find(&all, Var, Method::Historical, P95, 10).value.is_some(), "121 sums are enough");
    let shorter = all_of(&market(1, 125), &[0.3, 0.2, 0.1], &RiskConfig::default());
    let long = find(&shorter, Var, Method::Historical, P95, 10);
    assert_eq!(long.reason.as_deref(), Some("116 overlapping sums of 10 sessions, 120 are needed at 95 %"));
}

#[test]
fn every_method_has_every_cell_and_es_is_never_below_var() {
    let all = all_of(&market(3, 504), &[0.3, 0.2, 0.4], &RiskConfig::default());
    assert_eq!(all.len(), 60);
    for method in Method::ALL {
        for days in [1, 10] {
            let mut before = 0.0;
            for level in Confidence::ALL {
                let (var, es) = (value(&all, Var, method, level, days), value(&all, Es, method, level, days));
                assert!(es >= var && var > before, "{method:?} {days} {level}: {var} {es}");
                assert!(find(&all, Var, method, level, days).basis.is_some());
                before = var;
            }
        }
    }
}

#[test]
fn methods_agree_where_the_truth_is_gaussian_and_independent() {
    // Sums of twelve uniforms: near enough to the normal for 10 %.
    let columns: Vec<Vec<f64>> = (0..12).map(|k| noise(100 + k, 2500)).collect();
    let normal: Vec<f64> = (0..2500).map(|row| columns.iter().map(|c| c[row]).sum()).collect();
    let square = normal.iter().map(|r| r * r).sum::<f64>() / 2500.0;
    // The filter answers for the volatility of the last weeks, the others for that of all.
    let recent = normal.iter().fold(square, |v, r| 0.94 * v + 0.06 * r * r).sqrt();
    let config = RiskConfig { window: 2500, ..RiskConfig::default() };
    let all = all_of(&[("A", normal)], &[1.0], &config);
    for method in Method::ALL {
        for (days, root) in [(1, 1.0), (10, 10.0_f64.sqrt())] {
            let sd = if method == Method::FilteredHistorical { recent } else { square.sqrt() };
            // Overlapping sums of ten sessions are 250 independent ones.
            let tolerance = if days == 10 { 0.20 } else { 0.08 };
            let got = value(&all, Var, method, P95, days) / (1.644_85 * sd * root);
            assert!((got - 1.0).abs() < tolerance, "{method:?} {days}: {got}");
        }
    }
}

#[test]
fn historical_measures_are_those_of_a_sort_and_a_count() {
    let columns = market(5, 400);
    let weights = [0.25, -0.4, 0.6];
    let all = all_of(&columns, &weights, &RiskConfig::default());
    let book: Vec<f64> = (0..400).map(|t| (0..3).map(|j| weights[j] * columns[j].1[t]).sum()).collect();
    let ten: Vec<f64> = (0..391).map(|t| book[t..t + 10].iter().sum()).collect();
    for (days, sample) in [(1, &book), (10, &ten)] {
        let mut sorted = sample.clone();
        sorted.sort_by(f64::total_cmp);
        for (level, tail) in [(P95, 0.05), (P975, 0.025), (P99, 0.01)] {
            let rank = tail * (sorted.len() as f64 - 1.0);
            let (low, share) = (rank.floor() as usize, rank - rank.floor());
            let var = -(sorted[low] + share * (sorted[low + 1] - sorted[low]));
            assert!((value(&all, Var, Method::Historical, level, days) - var).abs() < 1e-13);
            // ES: walk down the sorted list until the mass is used up.
            let (mut left, mut sum, mut at) = (tail * sorted.len() as f64, 0.0, 0);
            let mass = left;
            while left > 1e-12 {
                let used = left.min(1.0);
                sum += used * sorted[at];
                left -= used;
                at += 1;
            }
            let es = value(&all, Es, Method::Historical, level, days);
            assert!((es + sum / mass).abs() < 1e-12, "{level} {days}: {es}");
        }
    }
}

#[test]
fn the_copula_agrees_with_another_simulation_of_a_million_draws() {
    let columns = market(7, 504);
    let weights = [0.3, 0.2, 0.4];
    let config = RiskConfig {
        measures: MeasureConfig { copula_draws: 200_000, ..MeasureConfig::default() },
        ..RiskConfig::default()
    };
    let all = all_of(&columns, &weights, &config);
    let fit = numerics::tails::fit_student_copula(panel(&columns).columns()).unwrap();

    // Own generator (xorshift), own normals (Box and Muller), own gamma (Marsaglia and Tsang), own lookup of the margins.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let mut normal = move || {
        let (u, v) = (uniform(), uniform());
        ((-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos(), uniform())
    };
    let (from, n) = (numerics::tails::distributions::StudentT::new(fit.nu), 3);
    let grid: Vec<Vec<f64>> = fit
        .margins
        .iter()
        .map(|margin| {
            let to = numerics::tails::distributions::StudentT::new(margin.nu);
            (0..=4000).map(|k| -to.quantile(from.cdf(-(f64::from(k) * 0.0025).sinh()))).collect()
        })
        .collect();
    let lower = fit.correlation.clone().cholesky().unwrap().l();
    let shape = 0.5 * fit.nu;
    let (d, c) = (shape - 1.0 / 3.0, 1.0 / (9.0 * (shape - 1.0 / 3.0)).sqrt());
    let mut book: Vec<f64> = (0..1_000_000)
        .map(|_| {
            let z: Vec<f64> = (0..n).map(|_| normal().0).collect();
            let gamma = loop {
                let (x, u) = normal();
                let v = (1.0 + c * x).powi(3);
                if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                    break d * v;
                }
            };
            let stretch = (fit.nu / (2.0 * gamma)).sqrt();
            let asset = |j: usize| {
                let score: f64 = (0..=j).map(|k| lower[(j, k)] * z[k]).sum::<f64>() * stretch;
                let at = (score.abs().asinh() / 0.0025).min(3999.0);
                let (cell, share) = (at as usize, at.fract());
                let size = grid[j][cell] * (1.0 - share) + grid[j][cell + 1] * share;
                weights[j] * fit.margins[j].scale * size.copysign(score)
            };
            (0..n).map(asset).sum::<f64>()
        })
        .collect();
    book.sort_by(f64::total_cmp);
    for (level, count) in [(P95, 50_000), (P975, 25_000), (P99, 10_000)] {
        let (var, es) = (-book[count], -book[..count].iter().sum::<f64>() / count as f64);
        let got = (value(&all, Var, Method::TCopula, level, 1), value(&all, Es, Method::TCopula, level, 1));
        // Standard error of 200,000 draws at 99 %: about 0.8 % of VaR, 1.2 % of ES.
        assert!((got.0 / var - 1.0).abs() < 0.02 && (got.1 / es - 1.0).abs() < 0.03, "{level}: {got:?} {var} {es}");
    }
}

#[test]
fn simulations_are_the_same_on_any_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all_of(&market(9, 300), &[0.3, 0.2, 0.4], &RiskConfig::default()))
    };
    assert_eq!(run(1), run(4));
}

#[test]
fn the_garch_filter_is_named_and_near_the_exponential_one() {
    let columns = market(11, 504);
    let garch = MeasureConfig { filter: VolatilityFilter::Garch, ..MeasureConfig::default() };
    let with =
        |measures: MeasureConfig| all_of(&columns, &[0.3, 0.2, 0.4], &RiskConfig { measures, ..RiskConfig::default() });
    let (ewma, garch) = (with(MeasureConfig::default()), with(garch));
    let at = |all: &[Measure]| value(all, Var, Method::FilteredHistorical, P95, 10);
    assert!((at(&garch) / at(&ewma) - 1.0).abs() < 0.5, "{} {}", at(&garch), at(&ewma));
    assert!(find(&garch, Var, Method::FilteredHistorical, P95, 1).basis.as_ref().unwrap().contains("GARCH(1,1)"));
}

#[test]
fn a_book_without_spread_has_zeros_where_they_are_facts_and_reasons_elsewhere() {
    let all = all_of(&[("A", vec![0.0; 300])], &[1.0], &RiskConfig::default());
    assert_eq!(value(&all, Var, Method::Historical, P99, 1), 0.0);
    for (method, text) in [
        (Method::CornishFisher, "zero variance in returns"),
        (Method::FilteredHistorical, "filter of the book: zero variance in returns"),
        (Method::TCopula, "t copula of the book: zero variance in returns"),
    ] {
        assert_eq!(find(&all, Var, method, P95, 1).reason.as_deref(), Some(text));
    }
    let wild: Vec<f64> = (0..300).map(|day| if day == 5 { -0.5 } else { 1e-3 * (day % 3) as f64 }).collect();
    let reason = find(&all_of(&[("A", wild)], &[1.0], &RiskConfig::default()), Es, Method::CornishFisher, P95, 1)
        .reason
        .clone()
        .unwrap();
    assert!(reason.contains("outside the domain"), "{reason}");
    let one = all_of(&[("A", vec![0.01])], &[1.0], &RiskConfig::default());
    assert!(one.iter().all(|m| m.value.is_none() && m.reason.is_some()));
}

#[test]
fn a_perfect_hedge_and_collinear_columns_have_answers() {
    let a = market(13, 300).remove(0).1;
    let twice: Vec<f64> = a.iter().map(|r| 2.0 * r).collect();
    let all = all_of(&[("A", a.clone()), ("B", a.clone()), ("C", twice)], &[1.0, 1.0, -1.0], &RiskConfig::default());
    let alone = value(&all_of(&[("A", a)], &[1.0], &RiskConfig::default()), Var, Method::Historical, P95, 1);
    for method in [Method::Historical, Method::TCopula] {
        let left = value(&all, Var, method, P95, 1);
        assert!(left.abs() < 0.01 * alone, "{method:?}: {left} of {alone}");
    }
}

#[test]
fn a_hedge_reduces_every_measure() {
    let columns = market(15, 504);
    let (bare, hedged) = ([1.0, 0.0, 0.0], [1.0, 0.8, 0.0]);
    let (without, with) =
        (all_of(&columns, &bare, &RiskConfig::default()), all_of(&columns, &hedged, &RiskConfig::default()));
    for method in [Method::Historical, Method::Gaussian, Method::TCopula] {
        let at = |all: &[Measure]| value(all, Es, method, P95, 1);
        assert!(at(&with) < at(&without), "{method:?}: {} {}", at(&with), at(&without));
    }
}

#[test]
fn a_flat_book_and_an_absent_one_have_sixty_cells() {
    assert!(flat().len() == 60 && flat().iter().all(|m| m.value == Some(0.0)));
    assert!(absent("no data").iter().all(|m| m.value.is_none() && m.reason.as_deref() == Some("no data")));
}

#[test]
fn a_record_of_before_reads_and_keeps_its_bytes() {
    let old = r#"{"kind":"var","method":"historical","confidence_pct":95,"horizon_days":1,"value":0.01,"reason":null}"#;
    let measure: Measure = serde_json::from_str(old).unwrap();
    assert_eq!(measure.confidence_pct, P95);
    assert_eq!(serde_json::to_string(&measure).unwrap(), old);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn measures_scale_and_ignore_the_order_of_sessions_and_instruments(seed in 0_u64..10_000, scale in 0.1..5.0_f64) {
        let columns = market(seed, 260);
        let config = RiskConfig {
            measures: MeasureConfig { copula_draws: 1_000, copula_paths: 1_000, ..MeasureConfig::default() },
            ..RiskConfig::default()
        };
        let weights = [0.3, 0.2, -0.4];
        let base = all_of(&columns, &weights, &config);
        let scaled = all_of(&columns, &weights.map(|w| w * scale), &config);
        for (one, other) in base.iter().zip(&scaled) {
            match (one.value, other.value) {
                (Some(a), Some(b)) => prop_assert!((b - scale * a).abs() < 1e-11, "{one:?} {other:?}"),
                (a, b) => prop_assert_eq!(a.is_none(), b.is_none()),
            }
        }
        let turned: Vec<(&str, Vec<f64>)> =
            columns.iter().rev().map(|(id, column)| (*id, column.iter().rev().copied().collect())).collect();
        let other = all_of(&turned, &[weights[2], weights[1], weights[0]], &config);
        for method in [Method::Historical, Method::Gaussian, Method::CornishFisher] {
            for kind in [Var, Es] {
                let (a, b) = (find(&base, kind, method, P95, 1), find(&other, kind, method, P95, 1));
                prop_assert!(a.value.zip(b.value).is_none_or(|(a, b)| (a - b).abs() < 1e-12), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn historical_es_is_subadditive_and_follows_a_translation(seed in 0_u64..10_000, shift in -0.01..0.01_f64) {
        let columns = market(seed, 260);
        let es = |columns: &[(&str, Vec<f64>)], weights: &[f64]| {
            value(&all_of(columns, weights, &RiskConfig::default()), Es, Method::Historical, P975, 1)
        };
        let (a, b) = (es(&columns[..2], &[1.0, 0.0]), es(&columns[..2], &[0.0, 1.0]));
        prop_assert!(es(&columns[..2], &[1.0, 1.0]) <= a + b + 1e-14);
        let moved: Vec<(&str, Vec<f64>)> =
            columns[..1].iter().map(|(id, column)| (*id, column.iter().map(|r| r + shift).collect())).collect();
        prop_assert!((es(&moved, &[1.0]) - (a - shift)).abs() < 1e-13);
    }
}
