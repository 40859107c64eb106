//! The scale of the book by regime, moved to its level over a few sessions.
//!
//! When the regime changes, the scale starts from where it is and moves to the new level in equal steps, one a session.
//! A change of mind half way starts a new ramp from the scale reached. The first run of a desk starts at the level.

use agents::{Regime, RegimeLabel};
use serde::{Deserialize, Serialize};

use super::RegimeScales;

/// Where the scale is and where it goes: part of the desk's state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RegimeScaleState {
    /// Scale in force; `None` before the first run.
    pub current: Option<f64>,
    /// Scale at which the present ramp began.
    pub from: f64,
    /// Level it moves to.
    pub level: f64,
    /// Sessions of the ramp done.
    pub sessions: u32,
}

impl RegimeScaleState {
    /// The state after `elapsed` sessions with today's regime. At least one session counts: two runs are two sessions.
    ///
    /// ```
    /// use portfolio::construct::{RegimeScaleState, RegimeScales};
    /// use agents::{Regime, RegimeLabel};
    ///
    /// let regime = |label| Some(Regime { score: 0.0, label, confidence: 1.0 });
    /// let scales = RegimeScales::default();
    /// let calm = RegimeScaleState::default().advance(&scales, regime(RegimeLabel::RiskOn), 1);
    /// assert_eq!(calm.current, Some(1.0));
    /// let first = calm.advance(&scales, regime(RegimeLabel::RiskOff), 1);
    /// assert!((first.current.unwrap() - 0.8).abs() < 1e-12);
    /// let third = first.advance(&scales, regime(RegimeLabel::RiskOff), 2);
    /// assert_eq!(third.current, Some(0.4));
    /// ```
    pub fn advance(&self, scales: &RegimeScales, regime: Option<Regime>, elapsed: u32) -> Self {
        let level = level(scales, regime);
        let Some(current) = self.current else {
            return Self { current: Some(level), from: level, level, sessions: scales.ramp_sessions };
        };
        let (from, done) = if level == self.level { (self.from, self.sessions) } else { (current, 0) };
        let sessions = done.saturating_add(elapsed.max(1)).min(scales.ramp_sessions);
        let scale = if sessions >= scales.ramp_sessions {
            level
        } else {
            from + (level - from) * f64::from(sessions) / f64::from(scales.ramp_sessions)
        };
        Self { current: Some(scale), from, level, sessions }
    }
}

/// Level of a regime.
pub fn level(scales: &RegimeScales, regime: Option<Regime>) -> f64 {
    match regime.map(|regime| regime.label) {
        Some(RegimeLabel::RiskOn) => scales.risk_on,
        Some(RegimeLabel::Neutral) => scales.neutral,
        Some(RegimeLabel::RiskOff) => scales.risk_off,
        None => scales.unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regime(label: RegimeLabel) -> Option<Regime> {
        Some(Regime { score: 0.0, label, confidence: 1.0 })
    }

    fn steps(labels: &[RegimeLabel]) -> Vec<f64> {
        let mut state = RegimeScaleState::default();
        let mut path = Vec::new();
        for label in labels {
            state = state.advance(&RegimeScales::default(), regime(*label), 1);
            path.extend(state.current);
        }
        path
    }

    fn close(a: &[f64], b: &[f64]) {
        assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?} {b:?}");
    }

    #[test]
    fn a_change_is_made_in_three_equal_steps() {
        use RegimeLabel::{RiskOff, RiskOn};
        close(&steps(&[RiskOn, RiskOff, RiskOff, RiskOff, RiskOff]), &[1.0, 0.8, 0.6, 0.4, 0.4]);
    }

    #[test]
    fn a_change_of_mind_starts_from_the_scale_reached() {
        use RegimeLabel::{RiskOff, RiskOn};
        close(&steps(&[RiskOn, RiskOff, RiskOn, RiskOn, RiskOn]), &[1.0, 0.8, 0.8 + 0.2 / 3.0, 0.8 + 0.4 / 3.0, 1.0]);
    }

    #[test]
    fn an_unknown_regime_is_as_cautious_as_risk_off() {
        let state = RegimeScaleState::default().advance(&RegimeScales::default(), None, 1);
        assert_eq!(state.current, Some(0.4));
    }
}
