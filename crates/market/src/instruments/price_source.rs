//! A series that carries an instrument's price, and how to read it.

use serde::{Deserialize, Serialize};

use crate::{AsOf, SeriesId};

/// What the figures of a price series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quotation {
    /// Prices of the thing itself: holding it costs its funding.
    Spot,
    /// Prices of a future: their moves are excess returns already.
    Future,
    /// Rates or yields in percent a year.
    YieldPct,
    /// Spreads in percentage points.
    SpreadPct,
    /// Spreads in basis points.
    SpreadBp,
}

impl Quotation {
    const ALL: [(&'static str, Self); 5] = [
        ("spot", Self::Spot),
        ("future", Self::Future),
        ("yield_pct", Self::YieldPct),
        ("spread_pct", Self::SpreadPct),
        ("spread_bp", Self::SpreadBp),
    ];

    /// A figure as a decimal where it is a rate or a spread, as it is where it is a price.
    pub fn decimal(self, figure: f64) -> f64 {
        match self {
            Self::Spot | Self::Future => figure,
            Self::YieldPct | Self::SpreadPct => figure / 100.0,
            Self::SpreadBp => figure / 1e4,
        }
    }
}

/// A series that carries an instrument's price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceSource {
    /// What its figures are.
    pub quotation: Quotation,
    /// Publisher and the publisher's own code, when the series may go by another id.
    pub published_as: Option<(String, String)>,
    /// Its usual id.
    pub id: SeriesId,
}

impl PriceSource {
    /// Reads `quotation|publisher|code|id`; publisher and code may both be empty.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let [quotation, publisher, code, id] = text.split('|').collect::<Vec<_>>()[..] else {
            return Err(format!("price source {text:?} is not quotation|publisher|code|id"));
        };
        let known = Quotation::ALL.into_iter().find(|(name, _)| *name == quotation);
        let (_, quotation) = known.ok_or_else(|| format!("quotation {quotation:?} of {text:?} is not known"))?;
        if id.is_empty() || publisher.is_empty() != code.is_empty() {
            return Err(format!("price source {text:?} needs an id, and a publisher and a code or neither"));
        }
        let published_as = (!code.is_empty()).then(|| (publisher.to_owned(), code.to_owned()));
        Ok(Self { quotation, published_as, id: SeriesId::new(id) })
    }

    /// The id the catalogue knows the publisher's code by, else the usual one.
    pub(super) fn resolve(&self, view: &AsOf) -> SeriesId {
        let (publisher, code) = match &self.published_as {
            Some(published_as) => published_as,
            None => return self.id.clone(),
        };
        view.catalogue().find(publisher, code).map_or_else(|| self.id.clone(), |definition| definition.id.clone())
    }
}
