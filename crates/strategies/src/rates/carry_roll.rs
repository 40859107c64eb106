//! RATES_BR_01: carry and roll-down per unit of risk along the DI curve.
//!
//! For each constant maturity DI_6M to DI_10Y
//!
//! ```text
//! signal = (carry + roll over the horizon, decimal) / (annualised volatility of the instrument's own excess returns)
//! ```
//!
//! where carry and roll are the excess return of a receiver if the curve does not move. The tenor with the largest
//! |signal| is received when the signal is above the entry threshold and paid when below minus it. Worked: 0.9 % over
//! 63 business days against 6 % a year is a signal of 0.15. Koijen, Moskowitz, Pedersen and Vrugt (2018), "Carry".
//!
//! Missing data: a tenor without a price, carry or enough returns is left out and noted; with fewer than
//! `minimum_tenors` the strategy abstains. Coverage is the share of the six tenors that could be judged.

use agents::{AgentReport, Evidence};
use market::curves::CurveBook;
use market::instruments::{InstrumentId, find};
use market::{AsOf, CalendarId};
use serde::{Deserialize, Serialize};

use crate::lifecycle::{self, Proposal, Today};
use crate::sample::{ReturnWindow, annualised_volatility, recent_returns, sessions_back};
use crate::{Leg, LifecycleRules, Strategy, StrategyError, StrategyId, StrategyReport, StrategyState};

/// Constant maturities compared, shortest first.
pub const TENORS: [&str; 6] = ["DI_6M", "DI_1Y", "DI_2Y", "DI_3Y", "DI_5Y", "DI_10Y"];

/// Parameters of RATES_BR_01.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CarryRollParameters {
    /// Life of a package; thresholds in horizon return per unit of annual volatility.
    pub rules: LifecycleRules,
    /// Business days over which carry and roll are measured.
    pub carry_horizon_days: u32,
    /// Sessions of returns behind the volatility.
    pub volatility_window: u32,
    /// Fewest returns accepted.
    pub minimum_returns: usize,
    /// Fewest tenors that must be judged.
    pub minimum_tenors: usize,
    /// Oldest acceptable last return, in sessions.
    pub max_age_sessions: u32,
}

impl Default for CarryRollParameters {
    fn default() -> Self {
        Self {
            rules: LifecycleRules { entry: 0.10, exit: 0.04, ..LifecycleRules::default() },
            carry_horizon_days: 63,
            volatility_window: 252,
            minimum_returns: 60,
            minimum_tenors: 3,
            max_age_sessions: 5,
        }
    }
}

/// RATES_BR_01.
#[derive(Debug, Clone)]
pub struct CarryRoll {
    parameters: CarryRollParameters,
}

impl CarryRoll {
    /// Id in reports and configuration.
    pub const ID: &'static str = "RATES_BR_01";

    /// The strategy with these parameters.
    ///
    /// # Errors
    /// [`StrategyError::Parameter`] for a parameter without meaning.
    pub fn new(parameters: CarryRollParameters) -> Result<Self, StrategyError> {
        let id = StrategyId::new(Self::ID);
        parameters.rules.check(&id)?;
        let refuse = |parameter, value: usize, why| {
            Err(StrategyError::Parameter { strategy: id.clone(), parameter, value: value.to_string(), why })
        };
        if parameters.carry_horizon_days == 0 {
            return refuse("carry_horizon_days", 0, "must be at least one");
        }
        if parameters.minimum_returns < 2 {
            return refuse("minimum_returns", parameters.minimum_returns, "must be at least two");
        }
        if parameters.minimum_tenors == 0 || parameters.minimum_tenors > TENORS.len() {
            return refuse("minimum_tenors", parameters.minimum_tenors, "must be between one and six");
        }
        Ok(Self { parameters })
    }

    fn proposal(&self, book: &CurveBook<'_, '_>, tenor: &str) -> Result<Proposal, String> {
        let id = InstrumentId::new(tenor);
        let instrument = find(&id).ok_or_else(|| format!("{tenor}: not in the universe"))?;
        let horizon = self.parameters.carry_horizon_days;
        let expected = instrument.carry_and_roll_with(book, horizon).map_err(|error| error.to_string())?;
        let window = ReturnWindow {
            sessions: self.parameters.volatility_window,
            minimum: self.parameters.minimum_returns,
            max_age: self.parameters.max_age_sessions,
        };
        let returns = recent_returns(book, &id, window)?;
        let volatility =
            annualised_volatility(&returns.returns).ok_or_else(|| format!("{tenor}: its returns do not vary"))?;
        let signal = per_unit_of_risk(expected.carry, expected.roll, volatility);
        if !signal.is_finite() {
            return Err(format!("{tenor}: carry {} and roll {} are no numbers", expected.carry, expected.roll));
        }
        let item = |name: &str, value, unit: &str| Evidence {
            period: returns.last_date(),
            ..Evidence::computed(format!("{tenor} {name}"), value, unit)
        };
        let evidence = vec![
            item("carry", expected.carry, "return over the horizon"),
            item("roll", expected.roll, "return over the horizon"),
            item("volatility", volatility, "per year"),
            item("carry and roll per unit of risk", signal, "ratio"),
        ];
        Ok(Proposal {
            package: tenor.to_owned(),
            long_legs: vec![Leg::new(tenor, 1.0)],
            leg_returns: vec![returns],
            signal,
            volatility,
            coverage: 1.0,
            evidence,
        })
    }
}

/// Carry plus roll over annualised volatility.
pub fn per_unit_of_risk(carry: f64, roll: f64, volatility: f64) -> f64 {
    (carry + roll) / volatility
}

impl Strategy for CarryRoll {
    fn id(&self) -> StrategyId {
        StrategyId::new(Self::ID)
    }

    fn summary(&self) -> &'static str {
        "carry and roll-down per unit of risk along the DI curve, best tenor, both directions"
    }

    fn instruments(&self) -> Vec<InstrumentId> {
        TENORS.into_iter().map(InstrumentId::new).collect()
    }

    fn evaluate(
        &self,
        view: &AsOf<'_>,
        _agents: &[AgentReport],
        state: &StrategyState,
    ) -> Result<StrategyReport, StrategyError> {
        let book = CurveBook::new(view, sessions_back(view, self.parameters.volatility_window));
        let (mut proposals, mut notes) = (Vec::new(), Vec::new());
        for tenor in TENORS {
            match self.proposal(&book, tenor) {
                Ok(proposal) => proposals.push(proposal),
                Err(reason) => notes.push(reason),
            }
        }
        let needed = self.parameters.minimum_tenors;
        if proposals.len() < needed {
            let reason = format!("{} of {needed} tenors can be judged: {}", proposals.len(), notes.join("; "));
            return Ok(lifecycle::abstain(&self.id(), reason, state, notes.into()));
        }
        let coverage = proposals.len() as f64 / TENORS.len() as f64;
        proposals.iter_mut().for_each(|proposal| proposal.coverage = coverage);
        let age = |since| business_days(view, since);
        let today = Today { date: view.date(), age: &age, signal_unit: "return per unit of annual volatility" };
        Ok(lifecycle::decide(&self.id(), &self.parameters.rules, &today, &proposals, state, notes.into()))
    }
}

/// B3 sessions from `since` to the view's date.
pub(crate) fn business_days(view: &AsOf<'_>, since: chrono::NaiveDate) -> u32 {
    let days = view.calendars().business_days(CalendarId::B3, since, view.date());
    u32::try_from(days).unwrap_or(0)
}
