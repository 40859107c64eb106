//! Drawdown breakers: a state machine that cuts the book when NAV falls from its peak.
//!
//! ```text
//!            dd >= 3 %              dd >= 5 %               dd >= 8 %
//!   CLEAR ------------> CAUTION -------------> DEFENSIVE ------------> FLAT
//!   scale 1             scale 0.75             scale 0.50              scale 0
//!     ^ ^-----------------' | ^------------------' ^                     |
//!     |   release: cool-down over, no fall, dd + hysteresis < trip       |
//!     |                                            '---------------------'
//!     |                                              explicit re-arm only
//! ```
//!
//! The drawdown itself sets the level, in one step: a fall of 9 % in a day goes from CLEAR to FLAT at once. A level is
//! released when its cool-down is over and the drawdown is smaller by the hysteresis, again in one step, to the level
//! that drawdown plus hysteresis gives; not on a day on which NAV fell, so that no book grows into a loss. A flat book's NAV does not move, so its drawdown cannot heal: FLAT is left only
//! by a person's [re-arm](BreakerState::rearm), which takes the NAV of that day as the new reference peak and restarts
//! at DEFENSIVE. From there the ordinary release leads back to CLEAR, so no level is a trap.
//!
//! The state machine is pure: one call of [`BreakerState::advance`] a business day, with that day's marked NAV, before
//! the portfolio is built; [`BreakerState::scale`] is then applied to the book that is released.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::book::NavPoint;
use crate::config::BreakerConfig;
use crate::error::RiskError;

/// A drawdown this close below a threshold trips it: NAV is a product of returns and carries their rounding.
const ROUNDING: f64 = 1e-9;

/// How far the breakers have tripped, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BreakerLevel {
    /// Nothing tripped: full size.
    #[default]
    Clear,
    /// First step.
    Caution,
    /// Second step.
    Defensive,
    /// The book is closed until a re-arm.
    Flat,
}

impl BreakerLevel {
    /// The level that a drawdown alone gives, without memory.
    pub fn at(drawdown: f64, config: &BreakerConfig) -> Self {
        let tripped = |threshold: f64| drawdown >= threshold - ROUNDING;
        if tripped(config.flat.drawdown) {
            Self::Flat
        } else if tripped(config.defensive.drawdown) {
            Self::Defensive
        } else if tripped(config.caution.drawdown) {
            Self::Caution
        } else {
            Self::Clear
        }
    }

    /// Factor on the book at this level.
    pub fn scale(self, config: &BreakerConfig) -> f64 {
        match self {
            Self::Clear => 1.0,
            Self::Caution => config.caution.scale,
            Self::Defensive => config.defensive.scale,
            Self::Flat => config.flat.scale,
        }
    }
}

/// The breakers' memory, kept in the desk's state from run to run. The default is a new desk's.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerState {
    /// Level in force.
    pub level: BreakerLevel,
    /// Day the level was entered; `None` when it never changed.
    pub entered_on: Option<NaiveDate>,
    /// Business days since then.
    pub sessions: u32,
    /// Highest NAV since the start or the last re-arm; `None` before the first NAV.
    pub reference_peak: Option<f64>,
    /// NAV of the last day seen.
    pub nav: Option<f64>,
    /// The last day seen.
    pub as_of: Option<NaiveDate>,
}

impl BreakerState {
    /// The state after a day's NAV. `sessions` is the number of business days since the last day seen (1 on an ordinary
    /// run). The same day given again changes nothing.
    ///
    /// # Errors
    /// A NAV that is not a positive number, or a day before the last one seen.
    pub fn advance(&self, config: &BreakerConfig, today: NavPoint, sessions: u32) -> Result<BreakerState, RiskError> {
        if !(today.nav.is_finite() && today.nav > 0.0) {
            return Err(RiskError::NotANumber { what: format!("NAV of {}", today.date), value: today.nav.to_string() });
        }
        match self.as_of {
            Some(as_of) if today.date < as_of => return Err(RiskError::BreakerPast { as_of, date: today.date }),
            Some(as_of) if today.date == as_of => return Ok(self.clone()),
            _ => {}
        }
        let peak = self.reference_peak.map_or(today.nav, |peak| peak.max(today.nav));
        let mut next = BreakerState {
            sessions: self.sessions.saturating_add(sessions),
            reference_peak: Some(peak),
            nav: Some(today.nav),
            as_of: Some(today.date),
            ..self.clone()
        };
        if next.level == BreakerLevel::Flat {
            let allowed = |day: &NaiveDate| *day <= today.date && next.entered_on.is_none_or(|entered| *day > entered);
            if config.rearm_on.iter().any(allowed) && next.sessions >= config.cooldown_sessions {
                return next.rearm(config, today);
            }
            return Ok(next);
        }
        let drawdown = (peak - today.nav) / peak;
        let fell = self.nav.is_some_and(|before| today.nav < before * (1.0 - ROUNDING));
        let tripped = BreakerLevel::at(drawdown, config);
        let held = BreakerLevel::at(drawdown + config.hysteresis, config);
        let level = if tripped > next.level {
            tripped
        } else if next.sessions >= config.cooldown_sessions && !fell {
            next.level.min(held)
        } else {
            next.level
        };
        if level != next.level {
            next.level = level;
            next.entered_on = Some(today.date);
            next.sessions = 0;
        }
        Ok(next)
    }

    /// Resumes after FLAT, by a person's decision: DEFENSIVE, with today's NAV as the new reference peak.
    ///
    /// # Errors
    /// When the book is not flat, the cool-down is not over, or the NAV is not a positive number.
    pub fn rearm(&self, config: &BreakerConfig, today: NavPoint) -> Result<BreakerState, RiskError> {
        let refuse = |why: String| Err(RiskError::CannotRearm { date: today.date, why });
        if self.level != BreakerLevel::Flat {
            return refuse(format!("the level is {:?}, only FLAT waits for a re-arm", self.level));
        }
        if self.sessions < config.cooldown_sessions {
            return refuse(format!("{} of {} cool-down sessions have passed", self.sessions, config.cooldown_sessions));
        }
        if !(today.nav.is_finite() && today.nav > 0.0) {
            return refuse(format!("NAV is {}", today.nav));
        }
        Ok(BreakerState {
            level: BreakerLevel::Defensive,
            entered_on: Some(today.date),
            sessions: 0,
            reference_peak: Some(today.nav),
            nav: Some(today.nav),
            as_of: Some(today.date),
        })
    }

    /// Factor on the book that is released.
    pub fn scale(&self, config: &BreakerConfig) -> f64 {
        self.level.scale(config)
    }

    /// Loss from the reference peak, as a positive fraction of it; `None` before the first NAV.
    pub fn drawdown(&self) -> Option<f64> {
        let (peak, nav) = (self.reference_peak?, self.nav?);
        Some(((peak - nav) / peak).max(0.0))
    }
}

/// Where NAV stands against its peaks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DrawdownStatus {
    /// NAV of the last day the breakers saw.
    pub nav: Option<f64>,
    /// Peak since the start or the last re-arm: what the breakers and the drawdown limit measure from.
    pub reference_peak: Option<f64>,
    /// Loss from the reference peak, positive fraction of it.
    pub drawdown: Option<f64>,
    /// Highest NAV of the whole path.
    pub high_water_mark: Option<f64>,
    /// Loss from the high-water mark, positive fraction of it.
    pub from_high_water: Option<f64>,
    /// Deepest loss from a running peak over the whole path, positive fraction.
    pub maximum: Option<f64>,
    /// Factor that the breakers put on the book.
    pub scale: f64,
}

/// Joins the breakers' state with the NAV path (oldest first).
pub fn status(state: &BreakerState, path: &[NavPoint], config: &BreakerConfig) -> DrawdownStatus {
    let mut high = state.reference_peak;
    let mut maximum = state.drawdown();
    let mut running: Option<f64> = None;
    for point in path.iter().filter(|point| point.nav.is_finite() && point.nav > 0.0) {
        let peak = running.map_or(point.nav, |peak| peak.max(point.nav));
        running = Some(peak);
        high = Some(high.map_or(peak, |high| high.max(peak)));
        let loss = (peak - point.nav) / peak;
        maximum = Some(maximum.map_or(loss, |deepest| deepest.max(loss)));
    }
    DrawdownStatus {
        nav: state.nav,
        reference_peak: state.reference_peak,
        drawdown: state.drawdown(),
        high_water_mark: high,
        from_high_water: high.zip(state.nav).map(|(high, nav)| ((high - nav) / high).max(0.0)),
        maximum,
        scale: state.scale(config),
    }
}

#[cfg(test)]
mod tests;
