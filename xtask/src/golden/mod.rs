//! Golden cases: expected numbers with provenance, one JSON file per case, run against the crates of the workspace.
//!
//! A case names a `method`; [`methods::lookup`] finds the function that decodes its inputs, calls the crate and encodes
//! the answer. A method `edge.X` runs the runner of `X` and checks a refusal, or values fixed by mathematics.

pub mod case;
pub mod compare;
pub mod methods;
pub mod proof;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use case::{Case, Expectation};
use compare::{Comparison, compare};

/// What came of one case.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Every expected number within its tolerance.
    Pass {
        /// Largest error as a fraction of its tolerance (0 to 1).
        worst: f64,
    },
    /// A number outside its tolerance, a wrong refusal, or a panic.
    Fail {
        /// The worst field, what was expected and what came.
        why: String,
    },
    /// No runner for the method.
    Unknown,
}

/// Runs one case.
pub fn run_case(case: &Case) -> Outcome {
    let Some(runner) = methods::lookup(case.base_method()) else {
        return Outcome::Unknown;
    };
    let answer = match catch_unwind(AssertUnwindSafe(|| runner(&case.inputs))) {
        Ok(answer) => answer,
        Err(_) => return Outcome::Fail { why: "the method panicked".to_owned() },
    };
    match (case.expectation(), answer) {
        (Expectation::Refusal { code }, Err(error)) if error.code() == code => Outcome::Pass { worst: 0.0 },
        (Expectation::Refusal { code }, Err(error)) => {
            Outcome::Fail { why: format!("expected error {code}, got error {}: {error}", error.code()) }
        }
        (Expectation::Refusal { code }, Ok(got)) => {
            Outcome::Fail { why: format!("expected error {code}, got {}", compare::clipped(&got)) }
        }
        (Expectation::Values(_), Err(error)) => {
            Outcome::Fail { why: format!("expected values, got error {}: {error}", error.code()) }
        }
        (Expectation::Values(expected), Ok(got)) => judge(&compare(&expected, &got, &case.tolerance)),
    }
}

fn judge(comparison: &Comparison) -> Outcome {
    match &comparison.worst_mismatch {
        None => Outcome::Pass { worst: comparison.worst_ratio },
        Some(mismatch) if comparison.mismatches > 1 => {
            Outcome::Fail { why: format!("{mismatch} (+{} more)", comparison.mismatches - 1) }
        }
        Some(mismatch) => Outcome::Fail { why: mismatch.to_string() },
    }
}

/// Runs every case of a folder and prints one line per case, then `N passed, M failed, K unknown`.
///
/// # Errors
/// The folder or a case file cannot be read.
pub fn run_folder(folder: &Path) -> Result<ExitCode> {
    let (mut passed, mut failed, mut unknown) = (0, 0, 0);
    for case in case::read_folder(folder)? {
        match run_case(&case) {
            Outcome::Pass { .. } => {
                passed += 1;
                println!("{:<44} pass", case.id);
            }
            Outcome::Fail { why } => {
                failed += 1;
                println!("{:<44} fail    {why}", case.id);
            }
            Outcome::Unknown => {
                unknown += 1;
                println!("{:<44} unknown {}", case.id, case.method);
            }
        }
    }
    println!("{passed} passed, {failed} failed, {unknown} unknown");
    Ok(if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
