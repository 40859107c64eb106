//! The one error type of the crate.

use agents::AgentId;
use numerics::NumericsError;

use crate::construct::FailedMethod;

/// Why a consensus, a target or an allocation cannot be had. Each of these stops the step: nothing is released.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PortfolioError {
    /// A parameter has no meaning: correct the configuration.
    #[error("portfolio parameter {parameter} is {value}: {why}")]
    Parameter {
        /// Name as in the configuration.
        parameter: String,
        /// Value found.
        value: String,
        /// What is expected.
        why: &'static str,
    },
    /// An agent has two reports.
    #[error("agent {agent} has more than one report")]
    DuplicateReport {
        /// Which agent.
        agent: AgentId,
    },
    /// A signal holds a number that is not finite or outside its range.
    #[error("signal {signal}: {what} is {value}")]
    InvalidSignal {
        /// Which signal.
        signal: String,
        /// Which field.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A position or a weight cannot be used.
    #[error("{what}: {why}")]
    InvalidInput {
        /// Which input.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// The instrument is not in the universe.
    #[error("instrument {instrument} is not in the universe")]
    UnknownInstrument {
        /// Id found.
        instrument: String,
    },
    /// No method of the configured chain found weights.
    #[error("no construction method can solve: {}", joined(.failed))]
    NoMethod {
        /// What each of them said, in the order in which they were tried.
        failed: Vec<FailedMethod>,
    },
    /// No book satisfies the constraints and no step of the fallback chain leads to one: change the constraints, or let the
    /// chain end in `go_flat`.
    #[error("no fallback leads to a book: {cause}; {tried}")]
    NoFallback {
        /// Why one was needed.
        cause: String,
        /// What each step came to.
        tried: String,
    },
    /// A computation refused its input or gave up.
    #[error("{what}: {source}")]
    Numerics {
        /// Which computation.
        what: &'static str,
        /// What it said.
        source: NumericsError,
    },
}

impl PortfolioError {
    pub(crate) fn numerics(what: &'static str) -> impl FnOnce(NumericsError) -> Self {
        move |source| Self::Numerics { what, source }
    }
}

fn joined(failed: &[FailedMethod]) -> String {
    failed.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
