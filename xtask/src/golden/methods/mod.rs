//! Runners by method: each decodes the inputs of a case, calls the library and encodes the answer.

mod covariance;
mod curves;
mod economics;
mod filters;
mod optimise;
mod performance;
mod regimes;
mod regression;
mod state_space;
mod tails;
mod volatility;

use numerics::NumericsError;
use serde_json::Value;

/// Decodes the inputs of a case, runs the method and encodes the answer.
pub type Runner = fn(&Value) -> Result<Value, NumericsError>;

/// The runners of one family, by method name.
type Methods = &'static [(&'static str, Runner)];

const FAMILIES: &[Methods] = &[
    regression::METHODS,
    state_space::METHODS,
    filters::METHODS,
    regimes::METHODS,
    volatility::METHODS,
    economics::METHODS,
    covariance::METHODS,
    tails::METHODS,
    optimise::METHODS,
    curves::METHODS,
    performance::METHODS,
];

/// The runner of a method (without the prefix `edge.`), or `None` when it is not built.
pub fn lookup(method: &str) -> Option<Runner> {
    FAMILIES.iter().flat_map(|family| family.iter()).find(|(name, _)| *name == method).map(|&(_, runner)| runner)
}
