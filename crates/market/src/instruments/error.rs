//! Why an instrument cannot be priced.

use chrono::NaiveDate;

use super::InstrumentId;
use crate::SeriesId;
use crate::curves::CurveError;

/// Why an instrument cannot be priced. The text is fit for an abstention's reason.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PricingError {
    /// A curve is missing, stale or bad.
    #[error("{instrument}: {error}")]
    Curve {
        /// The instrument.
        instrument: InstrumentId,
        /// What is wrong with the curve.
        #[source]
        error: CurveError,
    },
    /// None of the series that could serve has a usable figure.
    #[error("{instrument}: no figure since {oldest} of {}", list(.series))]
    NoSeries {
        /// The instrument.
        instrument: InstrumentId,
        /// Oldest acceptable period.
        oldest: NaiveDate,
        /// The series that were tried, in order of preference.
        series: Vec<SeriesId>,
    },
    /// Too few levels, or levels too far apart, for a single return.
    #[error("{instrument}: no daily return since {from} from {levels} levels of {what}")]
    NoReturn {
        /// The instrument.
        instrument: InstrumentId,
        /// First date asked for.
        from: NaiveDate,
        /// Levels found.
        levels: usize,
        /// What the levels are of.
        what: String,
    },
    /// The horizon is not shorter than the instrument.
    #[error("{instrument}: a horizon of {horizon_bd} business days is not inside its maturity")]
    Horizon {
        /// The instrument.
        instrument: InstrumentId,
        /// The horizon asked for.
        horizon_bd: u32,
    },
    /// A dated instrument that has expired.
    #[error("{instrument}: it matured by {on}")]
    Matured {
        /// The instrument.
        instrument: InstrumentId,
        /// Its maturity, or the date of the level from which nothing is left to be paid.
        on: NaiveDate,
    },
    /// A shock that is not a number or takes a price to zero or below.
    #[error("shock {name:?}: {why}")]
    Shock {
        /// Name of the shock.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A computation left the numbers.
    #[error("{instrument}: {what} is not a finite number")]
    NotFinite {
        /// The instrument.
        instrument: InstrumentId,
        /// What was computed.
        what: &'static str,
    },
}

fn list(series: &[SeriesId]) -> String {
    series.iter().map(SeriesId::as_str).collect::<Vec<_>>().join(", ")
}
