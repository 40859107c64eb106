//! The US neutral rate against the New York Fed's published one. Needs `GOLDEN_DIR`; says so when it is absent.

use agents::monetary::rstar_us::{PUBLISHED, PUBLISHED_LAMBDA_G, PUBLISHED_LAMBDA_Z, Quarters};
use nalgebra::DMatrix;
use numerics::state_space::{
    LaubachWilliams, LaubachWilliamsData, LaubachWilliamsParams, VolatilityRegime, laubach_williams,
};
use serde_json::Value;

fn case() -> Option<Value> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden");
    let folder = std::env::var("GOLDEN_DIR").unwrap_or_else(|_| default.to_owned());
    let path = format!("{folder}/third-party-inputs/lw_rstar_nyfed_2023q2.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: no golden cases");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn the_coefficients_of_the_model_are_the_published_ones_and_give_the_published_rate() {
    let Some(case) = case() else { return };
    let inputs = &case["inputs"];
    for (name, value) in LaubachWilliamsParams::NAMES.iter().zip(PUBLISHED.to_array()) {
        assert_eq!(inputs["params"][name].as_f64(), Some(value), "{name}");
    }
    assert_eq!(inputs["lambda_g"].as_f64(), Some(PUBLISHED_LAMBDA_G));
    assert_eq!(inputs["lambda_z"].as_f64(), Some(PUBLISHED_LAMBDA_Z));

    let series = |key: &str| numbers(&inputs[key]);
    let [gdp, inflation, expected, oil, imports, interest, covid] =
        ["log_gdp", "inflation", "inflation_expectations", "oil_inflation", "import_inflation", "interest", "covid"]
            .map(series);
    let start: Vec<Vec<f64>> = inputs["P00"].as_array().unwrap().iter().map(numbers).collect();
    let regime = |row: &Value| {
        let at = |key: &str| row[key].as_u64().unwrap() as usize - 1;
        VolatilityRegime { first: at("t_start"), last: at("t_end"), kappa: row["value"].as_f64().unwrap() }
    };
    let model = LaubachWilliams {
        data: LaubachWilliamsData {
            log_gdp: &gdp,
            inflation: &inflation,
            inflation_expectations: &expected,
            oil_inflation: &oil,
            import_inflation: &imports,
            interest: &interest,
            covid: &covid,
        },
        lambda_g: PUBLISHED_LAMBDA_G,
        lambda_z: PUBLISHED_LAMBDA_Z,
        initial_state: series("xi00"),
        initial_covariance: DMatrix::from_fn(9, 9, |i, j| start[i][j]),
        regimes: inputs["kappa"].as_array().unwrap().iter().map(regime).collect(),
    };
    let found = laubach_williams(&model, &PUBLISHED).unwrap();
    let published = numbers(&case["expected"]["rstar"]);
    assert_eq!(found.r_star.len(), published.len());
    for (found, published) in found.r_star.iter().zip(&published) {
        assert!((found - published).abs() < 1e-6, "{found} {published}");
    }
}

#[test]
fn what_the_model_leaves_out_costs_little_before_the_pandemic_and_is_stated_after_it() {
    let Some(case) = case() else { return };
    let series = |key: &str| numbers(&case["inputs"][key]);
    // From 2000 on, as the agent's series of the funds rate do: quarters 165 to 258 of the publication.
    let from = 164;
    let [gdp, inflation, interest] = ["log_gdp", "inflation", "interest"].map(series);
    let expected: Vec<f64> = (from..gdp.len()).map(|t| inflation[t - 3..=t].iter().sum::<f64>() / 4.0).collect();
    let first = "2000-01-01".parse().unwrap();
    let quarters = Quarters::from_published(first, &gdp[from..], &inflation[from..], &expected, &interest[from..]);
    let found = quarters.filter().unwrap();
    let published = numbers(&case["expected"]["rstar"]);
    let published = &published[published.len() - found.r_star.len()..];
    // 2010Q1 to 2019Q4, and the last quarter.
    let n = published.len();
    let (calm, last) = (n - 54..n - 14, n - 1);
    let distance = calm.clone().map(|t| (found.r_star[t] - published[t]).abs()).sum::<f64>() / calm.len() as f64;
    println!(
        "mean distance 2010-2019: {distance:.2}; 2023Q2: {:.2} +- {:.2}, published {:.2}",
        found.r_star[last], found.r_star_se[last], published[last]
    );
    assert!(distance < 0.5, "{distance}");
    assert!((found.r_star[last] - published[last]).abs() < found.r_star_se[last]);
}
