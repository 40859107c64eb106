//! From the agents' reports to the consensus.

use std::collections::BTreeSet;

use agents::{AgentId, AgentReport, AgentSignal, Direction};
use market::instruments::AssetClass;

use super::{AggregateConfig, Conflict, Consensus, Contribution};
use crate::PortfolioError;

/// Forms the consensus on each asset class.
#[derive(Debug, Clone)]
pub struct SignalAggregator {
    config: AggregateConfig,
}

/// What one agent says about a class.
struct Voice<'r> {
    agent: AgentId,
    weight: f64,
    signals: Vec<&'r AgentSignal>,
}

impl Voice<'_> {
    fn mean(&self, value: impl Fn(&AgentSignal) -> f64) -> f64 {
        self.signals.iter().map(|signal| value(signal)).sum::<f64>() / self.signals.len() as f64
    }
}

impl SignalAggregator {
    /// An aggregator with these weights.
    ///
    /// # Errors
    /// [`PortfolioError::Parameter`] when a row of the matrix does not sum to one or a threshold has no meaning.
    pub fn new(config: AggregateConfig) -> Result<Self, PortfolioError> {
        config.check()?;
        Ok(Self { config })
    }

    /// One consensus per asset class, in the order of [`AssetClass::ALL`]. The order of the reports does not matter.
    ///
    /// # Errors
    /// [`PortfolioError::InvalidSignal`] for a number out of range, of a signal or of the regime,
    /// [`PortfolioError::DuplicateReport`].
    pub fn aggregate(&self, reports: &[AgentReport]) -> Result<Vec<Consensus>, PortfolioError> {
        let mut seen = BTreeSet::new();
        for report in reports {
            if !seen.insert(report.agent) {
                return Err(PortfolioError::DuplicateReport { agent: report.agent });
            }
            report.signals.iter().try_for_each(check)?;
        }
        let regime = reports.iter().find(|report| report.agent == AgentId::CrossAsset).and_then(|r| r.regime.as_ref());
        if let Some(regime) = regime.filter(|regime| !(-1.0..=1.0).contains(&regime.score)) {
            let signal = format!("{}.regime", AgentId::CrossAsset);
            return Err(PortfolioError::InvalidSignal { signal, what: "score", value: regime.score });
        }
        let vetoed = regime.is_some_and(|regime| regime.score.abs() > self.config.veto_regime);
        Ok(AssetClass::ALL.into_iter().map(|class| self.consensus(class, reports, vetoed)).collect())
    }

    fn consensus(&self, class: AssetClass, reports: &[AgentReport], vetoed: bool) -> Consensus {
        let voices = self.voices(class, reports);
        let weight_spoken: f64 = voices.iter().map(|voice| voice.weight).sum();
        let mut contributions = Vec::new();
        let mut by_agent = Vec::new();
        for voice in &voices {
            let share = voice.weight / weight_spoken / voice.signals.len() as f64;
            let mut sum = 0.0;
            for signal in &voice.signals {
                let value = share * signal.price_view(class) * signal.confidence;
                sum += value;
                contributions.push(Contribution { agent: voice.agent, signal: signal.id.clone(), value });
            }
            by_agent.push((voice.agent, sum));
        }
        let score = contributions.iter().fold(0.0, |sum, contribution| sum + contribution.value);
        let direction = Direction::of(score, self.config.direction_threshold);
        let dispersion = dispersion(&voices, class, weight_spoken);
        let confidence = match voices.is_empty() {
            true => 0.0,
            false => {
                let mean = voices.iter().map(|v| v.weight * v.mean(|signal| signal.confidence)).sum::<f64>();
                // The mean over the weight that spoke times that weight is the plain weighted sum.
                (mean * (1.0 - dispersion)).clamp(0.0, 1.0)
            }
        };
        let opposes = |sum: f64| score * sum < 0.0;
        let conflicts = by_agent
            .into_iter()
            .map(|(agent, contribution)| Conflict { agent, weight: self.config.weight(class, agent), contribution })
            .filter(|conflict| conflict.weight > self.config.conflict_weight && opposes(conflict.contribution))
            .collect();
        let exposure_scale = if vetoed { self.config.veto_scale } else { 1.0 };
        Consensus {
            asset_class: class,
            score,
            direction,
            confidence,
            dispersion,
            weight_spoken,
            conflicts,
            contributions,
            vetoed,
            exposure_scale,
        }
    }

    /// Agents with weight that have a loading for the class, in the fixed order, their signals in the order of ids. A
    /// loading of zero says nothing of the class: it would take weight from those who do.
    fn voices<'r>(&self, class: AssetClass, reports: &'r [AgentReport]) -> Vec<Voice<'r>> {
        let mut voices = Vec::new();
        for agent in AgentId::ALL {
            let weight = self.config.weight(class, agent);
            let Some(report) = reports.iter().find(|report| report.agent == agent) else { continue };
            let mut signals: Vec<&AgentSignal> =
                report.signals.iter().filter(|signal| speaks_on(signal, class)).collect();
            signals.sort_by(|a, b| a.id.cmp(&b.id));
            if weight > 0.0 && !signals.is_empty() {
                voices.push(Voice { agent, weight, signals });
            }
        }
        voices
    }
}

fn speaks_on(signal: &AgentSignal, class: AssetClass) -> bool {
    signal.implications.get(&class).is_some_and(|loading| *loading != 0.0)
}

/// Weighted standard deviation of the agents' price views: at most one, since views lie in [-1, 1].
fn dispersion(voices: &[Voice<'_>], class: AssetClass, weight: f64) -> f64 {
    if voices.is_empty() {
        return 0.0;
    }
    let views: Vec<(f64, f64)> = voices.iter().map(|v| (v.weight / weight, v.mean(|s| s.price_view(class)))).collect();
    let mean: f64 = views.iter().map(|(share, view)| share * view).sum();
    let variance: f64 = views.iter().map(|(share, view)| share * (view - mean) * (view - mean)).sum();
    variance.sqrt().clamp(0.0, 1.0)
}

fn check(signal: &AgentSignal) -> Result<(), PortfolioError> {
    let refuse = |what, value| Err(PortfolioError::InvalidSignal { signal: signal.id.clone(), what, value });
    if !(-1.0..=1.0).contains(&signal.score) {
        return refuse("score", signal.score);
    }
    if !(0.0..=1.0).contains(&signal.confidence) {
        return refuse("confidence", signal.confidence);
    }
    match signal.implications.values().find(|loading| !(-1.0..=1.0).contains(*loading)) {
        Some(loading) => refuse("implication", *loading),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
