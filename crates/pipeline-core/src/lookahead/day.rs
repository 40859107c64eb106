//! The proof of the whole day.

use std::collections::BTreeMap;

use agents::Regime;
use market::instruments::InstrumentId;
use market::{AsOf, Calendars, Cut};
use portfolio::{Allocation, Consensus, Construction};
use quality::QualityReport;
use rayon::prelude::*;
use risk::RiskReport;
use serde::Serialize;
use strategies::StrategyId;

use super::{Basis, Decided, LookaheadError, LookaheadReport, World, proved};
use crate::compute::{combined, step_digests};
use crate::config::Config;
use crate::day::{AgentEntry, DayOutcome, StrategyEntry, day};
use crate::mark::Marking;
use crate::ports::StoredMarket;
use crate::record::{RunStatus, StepOutcome};
use crate::state::DeskState;

/// A day to prove: everything it is decided from but the market.
#[derive(Debug, Clone)]
pub struct Question {
    /// Date and instants.
    pub cut: Cut,
    /// The configuration.
    pub config: Config,
    /// The calendars.
    pub calendars: Calendars,
    /// The state it starts from.
    pub state: DeskState,
    /// Where all these come from, and what was filed.
    pub basis: Basis,
}

/// Proves the day function on dates that are independent of each other: each starts from the state given with it. A day
/// that was filed must also be decided as it was filed.
///
/// The same inputs give the same report on any number of threads; dates are computed in parallel and reported in their
/// order.
///
/// # Errors
/// [`LookaheadError`] of the first date whose decision holds a number that is not finite.
pub fn verify_lookahead(market: &StoredMarket, questions: &[Question]) -> Result<LookaheadReport, LookaheadError> {
    let proofs: Vec<_> = questions
        .par_iter()
        .map(|question| {
            let Question { cut, config, calendars, state, basis } = question;
            let world = World::of(market, calendars);
            let (proof, steps) = proved(&world, *cut, |_, view| decide(view, config, state))?;
            Ok(proof.on(basis, steps.run_digest))
        })
        .collect();
    Ok(LookaheadReport { dates: proofs.into_iter().collect::<Result<_, _>>()? })
}

/// The outcome by step, in the order of the steps, so that the first field that differs is in the first step that does.
#[derive(Debug, Serialize)]
struct Steps {
    quality: QualityReport,
    agents: Vec<AgentEntry>,
    regime: Option<Regime>,
    aggregate: Vec<Consensus>,
    strategies: Vec<StrategyEntry>,
    portfolio: Portfolio,
    risk: Risk,
    /// Fingerprint of the rows that were read: the digest of the ingest step. Last, since a step says more.
    ingest: String,
    /// Digest of the run, as it would be filed: of what stands above.
    #[serde(skip)]
    run_digest: Option<String>,
}

#[derive(Debug, Serialize)]
struct Portfolio {
    marking: Marking,
    construction: Option<Construction>,
    allocation: Option<Allocation>,
    weights: BTreeMap<InstrumentId, f64>,
    by_strategy: BTreeMap<StrategyId, BTreeMap<InstrumentId, f64>>,
}

#[derive(Debug, Serialize)]
struct Risk {
    report: Option<RiskReport>,
    status: RunStatus,
    exit_code: u8,
    degradations: Vec<String>,
    alerts: Vec<String>,
    lines: Vec<StepOutcome>,
    next_state: DeskState,
}

fn decide(view: &AsOf, config: &Config, state: &DeskState) -> Decided<Steps> {
    let outcome = day(view, config, state);
    let about =
        format!("{}, {} signals, {} positions", outcome.status.as_str(), outcome.signal_count(), outcome.weights.len());
    let fingerprint = view.fingerprint(outcome.reads.keys());
    let agents: Vec<_> = outcome.agents.iter().filter_map(|entry| entry.report.clone()).collect();
    let strategies: Vec<_> = outcome.strategies.iter().filter_map(|entry| entry.report.clone()).collect();
    let mut decided = Decided::new(steps(outcome, fingerprint), view).about(about);
    for report in &agents {
        decided = decided.with_agent(report);
    }
    for report in &strategies {
        decided = decided.with_strategy(report);
    }
    decided
}

fn steps(outcome: DayOutcome, fingerprint: String) -> Steps {
    let run_digest = step_digests(&outcome, &fingerprint).ok().map(|digests| combined(&digests));
    Steps {
        quality: outcome.quality,
        agents: outcome.agents,
        regime: outcome.regime,
        aggregate: outcome.consensus,
        strategies: outcome.strategies,
        portfolio: Portfolio {
            marking: outcome.marking,
            construction: outcome.construction,
            allocation: outcome.allocation,
            weights: outcome.weights,
            by_strategy: outcome.by_strategy,
        },
        risk: Risk {
            report: outcome.risk,
            status: outcome.status,
            exit_code: outcome.exit_code,
            degradations: outcome.degradations,
            alerts: outcome.alerts,
            lines: outcome.steps,
            next_state: outcome.next_state,
        },
        ingest: fingerprint,
        run_digest,
    }
}
