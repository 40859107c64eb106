//! Why a curve cannot be had or read.

use chrono::NaiveDate;

/// Why a curve cannot be had or read. The text is fit for an abstention's reason.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CurveError {
    /// No source has a figure on the date.
    #[error("curve {curve}: nothing on {date} from {tried}")]
    Absent {
        /// Curve name.
        curve: &'static str,
        /// Date asked for.
        date: NaiveDate,
        /// The sources that were looked at.
        tried: &'static str,
    },
    /// No figure since a date.
    #[error("curve {curve}: nothing since {oldest} from {tried}")]
    Stale {
        /// Curve name.
        curve: &'static str,
        /// Oldest acceptable date.
        oldest: NaiveDate,
        /// The sources that were looked at.
        tried: &'static str,
    },
    /// Too few vertices.
    #[error("curve {curve} of {date}: {} usable vertices{}, at least {needed} needed", .at.len(), named(.at))]
    TooFew {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Distances of the usable vertices, in the curve's own measure.
        at: Vec<f64>,
        /// Vertices needed.
        needed: usize,
    },
    /// Two vertices at one distance, or a later one that is nearer.
    #[error("curve {curve} of {date}: maturities do not increase at {at}, after {before}")]
    NotIncreasing {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Distance of the first vertex, in the curve's own measure.
        before: f64,
        /// Distance of the second vertex.
        at: f64,
    },
    /// A rate outside what the market has ever shown: a wrong unit or a spike.
    #[error("curve {curve} of {date}: rate {rate} at {at} is outside [{low}, {high}]")]
    AbsurdRate {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Distance of the vertex, in the curve's own measure.
        at: f64,
        /// The rate as a decimal.
        rate: f64,
        /// Lowest accepted.
        low: f64,
        /// Highest accepted.
        high: f64,
    },
    /// Two neighbouring vertices that are each possible and together are not: the forward rate between them is absurd.
    #[error("curve {curve} of {date}: forward {forward:.4} between {from} and {to} is outside [{low}, {high}]")]
    AbsurdForward {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Distance of the first vertex.
        from: f64,
        /// Distance of the second vertex.
        to: f64,
        /// Effective annual forward rate between them, a decimal.
        forward: f64,
        /// Lowest accepted.
        low: f64,
        /// Highest accepted.
        high: f64,
    },
    /// A bond for which no zero rate exists.
    #[error("curve {curve} of {date}: {why}")]
    Unsolvable {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Which vertex, and why.
        why: String,
    },
    /// The indexed value of an IPCA bond cannot be computed.
    #[error("VNA on {date}: {why}")]
    NoIndexation {
        /// Date asked for.
        date: NaiveDate,
        /// The month or series that is missing.
        why: String,
    },
    /// No recent curve has a vertex at a maturity.
    #[error("curve {curve}: no yield published at {years} years since {oldest}")]
    NoTenor {
        /// Curve name.
        curve: &'static str,
        /// Maturity in years.
        years: u32,
        /// Oldest acceptable date.
        oldest: NaiveDate,
    },
    /// A distance outside the curve's reach, or not a number.
    #[error("curve {curve} of {date}: {asked} is outside {first} to {last}")]
    OutOfRange {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Distance asked for, in the curve's own measure.
        asked: f64,
        /// Nearest distance that can be read.
        first: f64,
        /// Last vertex.
        last: f64,
    },
}

impl CurveError {
    /// What kind of error it is, without dates and figures: repeated ones count together.
    pub fn kind(&self) -> String {
        match self {
            Self::Absent { curve, .. } | Self::Stale { curve, .. } => format!("nothing of {curve}"),
            Self::TooFew { curve, needed, .. } => format!("fewer than {needed} vertices of {curve}"),
            Self::NotIncreasing { curve, .. } => format!("maturities of {curve} do not increase"),
            Self::AbsurdRate { curve, low, high, .. } => format!("a rate of {curve} outside [{low}, {high}]"),
            Self::AbsurdForward { curve, low, high, .. } => format!("a forward of {curve} outside [{low}, {high}]"),
            Self::Unsolvable { curve, .. } => format!("no zero rates from the bonds of {curve}"),
            Self::NoIndexation { .. } => "no indexed value (VNA)".to_owned(),
            Self::NoTenor { curve, years, .. } => format!("no yield of {curve} at {years} years"),
            Self::OutOfRange { curve, asked, first, .. } if asked < first => {
                format!("maturity before the first vertex of {curve}")
            }
            Self::OutOfRange { curve, .. } => format!("maturity beyond the last vertex of {curve}"),
        }
    }
}

fn named(at: &[f64]) -> String {
    if at.is_empty() {
        return String::new();
    }
    let names: Vec<String> = at.iter().map(f64::to_string).collect();
    format!(" ({})", names.join(", "))
}

/// What a raw set of vertices must satisfy.
pub(super) struct Checks {
    pub(super) curve: &'static str,
    pub(super) needed: usize,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Checks {
    /// Vertices of `(distance, decimal rate)` in increasing distance, or the first thing that is wrong.
    pub(super) fn apply(&self, date: NaiveDate, vertices: &[(f64, f64)]) -> Result<(), CurveError> {
        let Self { curve, needed, low, high } = *self;
        if vertices.len() < needed {
            let at = vertices.iter().map(|vertex| vertex.0).collect();
            return Err(CurveError::TooFew { curve, date, at, needed });
        }
        if let Some(pair) =
            vertices.windows(2).find(|pair| pair[1].0.partial_cmp(&pair[0].0) != Some(std::cmp::Ordering::Greater))
        {
            return Err(CurveError::NotIncreasing { curve, date, before: pair[0].0, at: pair[1].0 });
        }
        if let Some(&(at, rate)) = vertices.iter().find(|(_, rate)| !(low..=high).contains(rate)) {
            return Err(CurveError::AbsurdRate { curve, date, at, rate, low, high });
        }
        Ok(())
    }

    /// Effective annual forwards between neighbouring vertices of business days lie in `[low, high]`.
    pub(super) fn forwards_252(
        &self,
        date: NaiveDate,
        vertices: &[(f64, f64)],
        (low, high): (f64, f64),
    ) -> Result<(), CurveError> {
        for pair in vertices.windows(2) {
            let ((from, near), (to, far)) = (pair[0], pair[1]);
            let forward = ((far.ln_1p() * to - near.ln_1p() * from) / (to - from)).exp_m1();
            if !(low..=high).contains(&forward) {
                return Err(CurveError::AbsurdForward { curve: self.curve, date, from, to, forward, low, high });
            }
        }
        Ok(())
    }
}
