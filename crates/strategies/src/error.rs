//! The one error type of the crate.

use crate::StrategyId;

/// Why a strategy could not be evaluated or built.
///
/// Missing data is not an error: the strategy abstains with the reason ([`StrategyReport::abstained`]). An error is a
/// defect of the inputs or of the configuration that someone must look at; the strategy then has no position.
///
/// [`StrategyReport::abstained`]: crate::StrategyReport::abstained
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StrategyError {
    /// A parameter has no meaning: correct the configuration.
    #[error("{strategy}: parameter {parameter} is {value}: {why}")]
    Parameter {
        /// Strategy whose parameter it is.
        strategy: StrategyId,
        /// Name of the parameter as in the configuration.
        parameter: &'static str,
        /// Value found.
        value: String,
        /// What is expected.
        why: &'static str,
    },
    /// The configuration names a strategy that does not exist.
    #[error("unknown strategy {name}; known are {known}")]
    UnknownStrategy {
        /// Name found.
        name: String,
        /// Names that exist.
        known: String,
    },
    /// A strategy produced a position that may not leave it (not finite, no legs, size outside (0, 1]).
    #[error("{strategy}: position {package} is refused: {why}")]
    InvalidPosition {
        /// Strategy that produced it.
        strategy: StrategyId,
        /// Package of the position.
        package: String,
        /// What is wrong with it.
        why: String,
    },
    /// A strategy panicked: a defect of the program. The others are not affected.
    #[error("strategy {strategy} panicked: {message}")]
    Panicked {
        /// Which strategy.
        strategy: StrategyId,
        /// The panic's message.
        message: String,
    },
}
