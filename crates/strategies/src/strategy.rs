//! The trait every strategy implements.

use agents::AgentReport;
use market::AsOf;
use market::instruments::InstrumentId;

use crate::{StrategyError, StrategyId, StrategyReport, StrategyState};

/// A trading idea with fixed rules.
///
/// `evaluate` is pure: the same view, reports and state give the same report. It reads the market through `view` only,
/// and of the agents only what their reports say. When an input is missing it abstains
/// ([`StrategyReport::abstained`]) and has no position; it never guesses one.
pub trait Strategy: Send + Sync {
    /// Identity.
    fn id(&self) -> StrategyId;

    /// One line for people.
    fn summary(&self) -> &'static str;

    /// Instruments it may hold.
    fn instruments(&self) -> Vec<InstrumentId>;

    /// Decides at the view's cut.
    ///
    /// # Errors
    /// [`StrategyError`] on a defect; missing data is an abstention.
    fn evaluate(
        &self,
        view: &AsOf<'_>,
        agents: &[AgentReport],
        state: &StrategyState,
    ) -> Result<StrategyReport, StrategyError>;
}
