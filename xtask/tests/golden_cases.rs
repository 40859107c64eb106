//! Every golden case passes, and what is not built is exactly the later work named here.

use std::path::Path;

use xtask::golden::case::read_folder;
use xtask::golden::proof::{public_folder, third_party_folder};
use xtask::golden::{Outcome, run_case};

/// Methods of later work; a name that ends in a dot stands for a family.
const LATER: &[&str] = &[
    "calendar.",
    "bond.brazil_gov",
    "tca.",
    "cv.",
    "attribution.",
    "fx.reer",
    "term_premium.acm",
    "curve.bootstrap_ntnf",
    "inflation.breakeven_ntnb",
];

fn is_later(method: &str) -> bool {
    LATER.iter().any(|later| method == *later || (later.ends_with('.') && method.starts_with(later)))
}

fn every_case_passes(folder: &Path) {
    let cases = read_folder(folder).unwrap();
    assert!(!cases.is_empty(), "no cases in {}", folder.display());
    let mut wrong = Vec::new();
    for case in &cases {
        match run_case(case) {
            Outcome::Pass { .. } => {}
            Outcome::Unknown if is_later(case.base_method()) => {}
            Outcome::Unknown => wrong.push(format!("{}: {} is not built", case.id, case.method)),
            Outcome::Fail { why } => wrong.push(format!("{}: {why}", case.id)),
        }
    }
    assert!(wrong.is_empty(), "{} cases wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_case_of_the_repository_passes() {
    every_case_passes(&public_folder());
}

#[test]
fn every_case_on_third_party_data_passes_where_present() {
    match third_party_folder() {
        Some(folder) => every_case_passes(&folder),
        None => println!("skipped: no third-party golden inputs"),
    }
}
