//! The two traits: an [`Agent`] answers for a subject, a [`Model`] is one way of measuring it.

use std::collections::BTreeMap;

use market::curves::CurveError;
use market::{AsOf, DataError, SeriesId};
use numerics::NumericsError;

use crate::{AgentId, AgentReport, AgentSignal, Flag, Regime};

/// One of the five analytical agents.
///
/// `assess` is pure: the same view and the same earlier reports give the same report on any thread. Missing data is never
/// an error of the agent; the models that lack it abstain inside the report.
pub trait Agent: Send + Sync {
    /// Which agent.
    fn id(&self) -> AgentId;

    /// Every series the agent can read. A dynamic family is given by its pattern: `BR_FOCUS_IPCA_ANNUAL.*`, `B3.DI1*`.
    fn inputs(&self) -> Vec<SeriesId>;

    /// The report at the view's cut. `earlier` holds the reports of the agents asked before, for the consistency check.
    ///
    /// # Errors
    /// [`AgentError`] when the agent itself is defective or misconfigured.
    fn assess(&self, view: &AsOf, earlier: &[AgentReport]) -> Result<AgentReport, AgentError>;
}

/// Why an agent gave no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// A model produced a number that a report may not hold: a defect of the program, to be reported to its authors.
    #[error("{model}: {field} is {value}, outside its range; this is a defect of the model")]
    OutOfRange {
        /// Model at fault.
        model: String,
        /// Field of its signal.
        field: &'static str,
        /// The value, as text (it may not be a number).
        value: String,
    },
    /// The agent panicked; the others are not affected.
    #[error("agent {agent} panicked: {message}")]
    Panicked {
        /// Which agent.
        agent: AgentId,
        /// The panic's message.
        message: String,
    },
}

/// Why a model abstains. The text becomes the abstention's reason.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// A series is missing, short, stale or blocked.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A curve is missing, stale, malformed, or does not reach.
    #[error(transparent)]
    Curve(#[from] CurveError),
    /// The estimator refused the sample.
    #[error("{context}: {source}")]
    Numerics {
        /// What was being estimated.
        context: &'static str,
        /// The estimator's reason.
        source: NumericsError,
    },
    /// Fewer aligned observations than the model's minimum.
    #[error("{what}: {got} usable observations, at least {needed} needed")]
    TooFew {
        /// The sample and the series that limit it.
        what: String,
        /// Observations usable.
        got: usize,
        /// Observations needed.
        needed: usize,
    },
    /// The result is outside the bounds within which the model is believed.
    #[error("{what} is {value:.2}, outside the plausible range of +-{limit}; refused")]
    Absurd {
        /// Which result.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The bound.
        limit: f64,
    },
    /// Something else is missing; the text says what.
    #[error("{0}")]
    Unavailable(String),
    /// Nothing is missing: the data say that the model does not hold now, such as a relation that is not cointegrated.
    #[error("{0}")]
    DoesNotHold(String),
}

impl Refusal {
    /// True when data or observations were missing, false when the data themselves speak against the model.
    pub fn is_for_missing_data(&self) -> bool {
        !matches!(self, Self::DoesNotHold(_))
    }

    /// Wraps an estimator's refusal with what was being estimated; for `map_err`.
    pub fn estimating(context: &'static str) -> impl Fn(NumericsError) -> Self {
        move |source| Self::Numerics { context, source }
    }
}

/// What a model produced.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finding {
    /// Its signals; at least one, or the model must refuse instead.
    pub signals: Vec<AgentSignal>,
    /// Figures for the report's features.
    pub features: BTreeMap<String, f64>,
    /// Missing inputs and remarks for the report's flags.
    pub flags: Vec<Flag>,
    /// The regime, from the model that measures it.
    pub regime: Option<Regime>,
}

/// One way of measuring an agent's subject: pure function on slices inside, glue to [`AsOf`] here.
pub trait Model: Send + Sync {
    /// Id in signals and abstentions, such as `inflation.phillips`.
    fn id(&self) -> &'static str;

    /// Weight among the agent's models; not negative.
    fn weight(&self) -> f64;

    /// Every series the model can read, families by pattern.
    fn inputs(&self) -> Vec<SeriesId>;

    /// The finding at the view's cut.
    ///
    /// # Errors
    /// [`Refusal`]: the model abstains for this reason.
    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal>;
}
