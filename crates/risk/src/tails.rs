//! The tail of a book on a panel of returns: measures, components, splits and backtests joined.

use market::instruments::{self, InstrumentId};

use crate::backtest::{self, Backtest};
use crate::book::Book;
use crate::config::RiskConfig;
use crate::decomposition::{self, Law, RiskSplit};
use crate::error::RiskError;
use crate::measures::{self, Sample, copula};
use crate::report::{ComponentRisk, Measure, Method, Window};
use crate::returns::ReturnPanel;
use crate::{components, confidence::Confidence};

/// Tail measures with what they rest on.
pub(crate) struct Tails {
    pub(crate) measures: Vec<Measure>,
    pub(crate) window: Option<Window>,
    pub(crate) components: Result<Vec<ComponentRisk>, String>,
    pub(crate) splits: Vec<RiskSplit>,
    pub(crate) backtests: Vec<Backtest>,
}

impl Tails {
    /// Of a book that holds nothing.
    pub(crate) fn flat() -> Self {
        Self {
            measures: measures::flat(),
            window: None,
            components: Ok(Vec::new()),
            splits: Vec::new(),
            backtests: Vec::new(),
        }
    }

    /// Of a book that cannot be measured, for one reason.
    pub(crate) fn absent(reason: String, window: Option<Window>) -> Self {
        Self {
            measures: measures::absent(&reason),
            window,
            components: Err(reason),
            splits: Vec::new(),
            backtests: Vec::new(),
        }
    }

    /// Of a book whose positions are the panel's columns.
    ///
    /// # Errors
    /// [`RiskError::UnknownInstrument`].
    pub(crate) fn of(panel: &ReturnPanel, book: &Book, config: &RiskConfig) -> Result<Self, RiskError> {
        let weights: Vec<f64> = book.positions().map(|(_, weight)| weight).collect();
        let returns = panel.book_returns(&weights);
        let covariance = components::covariance(panel);
        let deviation = covariance.as_ref().map_err(String::clone).and_then(|s| components::deviation(&weights, s));
        let (got, needed) = (panel.observations(), measures::minimum(Confidence::P95, config));
        let too_few = format!("{got} common sessions, {needed} are needed at 95 %");
        let copula = match got < needed {
            true => Err(too_few.clone()),
            false => copula::simulate(panel, &weights, &config.measures),
        };
        let measures = measures::measures(
            Sample {
                panel,
                weights: &weights,
                deviation: deviation.as_ref().copied().map_err(String::as_str),
                copula: copula.as_ref().map_err(String::as_str),
            },
            config,
        );
        let components = match &covariance {
            _ if got < needed => Err(too_few),
            Ok(s) => components::components(panel, &weights, s, config.limits.var_95),
            Err(reason) => Err(reason.clone()),
        };

        let level = config.measures.split_confidence;
        let groups = decomposition::groups(book, class_and_factor)?;
        let split_needs = measures::minimum(level, config);
        let short = format!("{got} common sessions, {split_needs} are needed at {level} %");
        let laws = [
            (Method::Historical, Ok(Law::Scenarios(panel.columns()))),
            (Method::Gaussian, covariance.as_ref().map(Law::Gaussian).map_err(String::as_str)),
            (Method::TCopula, copula.as_ref().map(|c| Law::Scenarios(&c.one_session)).map_err(String::as_str)),
        ];
        let splits = laws.into_iter().flat_map(|(method, law)| {
            let law = if got < split_needs { Err(short.as_str()) } else { law };
            decomposition::split(law, method, &weights, &groups, level)
        });
        Ok(Self {
            measures,
            window: Some(panel.window()),
            components,
            splits: splits.collect(),
            backtests: backtest::static_book(panel.dates(), &returns, config),
        })
    }
}

fn class_and_factor(id: &InstrumentId) -> Result<(String, String), RiskError> {
    let unknown = || RiskError::UnknownInstrument { instrument: id.clone() };
    let instrument = instruments::find(id).ok_or_else(unknown)?;
    let class = instrument.asset_class.to_string();
    let factor = format!("{class} {}", instrument.currency);
    Ok((class, factor))
}
