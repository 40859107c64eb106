//! Why the risk step cannot answer at all. What it can answer only in part is in the report instead.

use chrono::NaiveDate;
use market::instruments::InstrumentId;

/// Errors of the risk step.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RiskError {
    /// A configured number makes no sense: correct the configuration.
    #[error("risk configuration {key}: {why}")]
    Config {
        /// Key below `risk.`.
        key: String,
        /// What is wrong, with the value.
        why: String,
    },
    /// A weight or a NAV is not a usable number: the caller has a defect.
    #[error("{what} is {value}, not a usable number")]
    NotANumber {
        /// Which number.
        what: String,
        /// Its text, because NaN does not compare.
        value: String,
    },
    /// The book holds something that is not in the universe.
    #[error("the book holds {instrument}, which is not in the universe of instruments")]
    UnknownInstrument {
        /// What it holds.
        instrument: InstrumentId,
    },
    /// NAV was given for a day that the breakers have passed.
    #[error("the breakers stand at {as_of} and cannot go back to {date}")]
    BreakerPast {
        /// Day of the state.
        as_of: NaiveDate,
        /// Day asked for.
        date: NaiveDate,
    },
    /// A re-arm was asked for while the book is not flat, or before its cool-down is over.
    #[error("the breakers cannot be re-armed on {date}: {why}")]
    CannotRearm {
        /// Day asked for.
        date: NaiveDate,
        /// Why not.
        why: String,
    },
}
