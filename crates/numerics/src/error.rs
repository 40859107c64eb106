//! The one error type of the crate: what a caller can do about it is in the variant.

/// Why a method refused to answer.
///
/// Every public function of this crate returns either a complete result or one of these; no function panics on any
/// input and none returns NaN in place of an error.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NumericsError {
    /// The sample is shorter than the method needs: lengthen the window or abstain.
    #[error("too few observations: {got} given, at least {needed} needed")]
    TooFewObservations {
        /// Observations given.
        got: usize,
        /// Observations the method needs.
        needed: usize,
    },
    /// An input that must be finite holds NaN or an infinity (missing values are refused unless a method says otherwise).
    #[error("missing or non-finite value in {what} at position {position}")]
    NonFinite {
        /// Which argument.
        what: &'static str,
        /// Flat position of the first offending element.
        position: usize,
    },
    /// The lengths or shapes of the arguments do not agree.
    #[error("dimension mismatch in {what}: expected {expected}, got {got}")]
    DimensionMismatch {
        /// Which argument.
        what: &'static str,
        /// Length or size expected.
        expected: usize,
        /// Length or size given.
        got: usize,
    },
    /// A parameter has no meaning for the method (a negative variance, an empty list, an unordered grid).
    #[error("invalid argument {what}: {why}")]
    InvalidArgument {
        /// Which argument.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A parameter lies outside the range on which the result is defined.
    #[error("{what} is out of range: {why}")]
    OutOfRange {
        /// Which argument or result.
        what: &'static str,
        /// The range and the value.
        why: String,
    },
    /// A scale is needed and the sample has none.
    #[error("zero variance in {what}")]
    ZeroVariance {
        /// Which sample.
        what: &'static str,
    },
    /// The regressors are linearly dependent.
    #[error("rank deficient: rank {rank} of {columns} columns")]
    RankDeficient {
        /// Numerical rank found.
        rank: usize,
        /// Columns given.
        columns: usize,
    },
    /// A matrix that must be inverted is singular.
    #[error("singular matrix: {what}")]
    Singular {
        /// Which matrix.
        what: &'static str,
    },
    /// A matrix that must be positive (semi-)definite is not.
    #[error("{what} is not positive semidefinite: {why}")]
    NotPsd {
        /// Which matrix.
        what: &'static str,
        /// The evidence, such as the smallest eigenvalue.
        why: String,
    },
    /// No point satisfies the constraints; the set named collides.
    #[error("infeasible: {}", .constraints.join(", "))]
    Infeasible {
        /// Names of a set of constraints that cannot hold together.
        constraints: Vec<String>,
    },
    /// Two nodes of a grid share one abscissa: remove or merge one of them.
    #[error("duplicate vertex in {what} at position {position}")]
    DuplicateVertex {
        /// Which grid.
        what: &'static str,
        /// Position of the second of the two.
        position: usize,
    },
    /// A value that must be positive (a level in a logarithm or a ratio) is zero or negative.
    #[error("non-positive value {value} in {what} at position {position}")]
    NonPositive {
        /// Which argument.
        what: &'static str,
        /// Flat position of the first offending element.
        position: usize,
        /// The value.
        value: f64,
    },
    /// The iteration limit was reached before the tolerance.
    #[error("{what} did not converge after {iterations} iterations")]
    NotConverged {
        /// Which algorithm.
        what: &'static str,
        /// Iterations spent.
        iterations: usize,
    },
}

impl NumericsError {
    /// The kind as the golden cases name it (`too_few_observations`, `missing_values`, ...): stable, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooFewObservations { .. } => "too_few_observations",
            Self::NonFinite { .. } => "missing_values",
            Self::DimensionMismatch { .. } => "dimension_mismatch",
            Self::InvalidArgument { .. } => "invalid_argument",
            Self::OutOfRange { .. } => "out_of_range",
            Self::ZeroVariance { .. } => "zero_variance",
            Self::RankDeficient { .. } => "rank_deficient",
            Self::Singular { .. } => "singular",
            Self::NotPsd { .. } => "not_psd",
            Self::Infeasible { .. } => "infeasible",
            Self::DuplicateVertex { .. } => "duplicate_vertex",
            Self::NonPositive { .. } => "non_positive",
            Self::NotConverged { .. } => "not_converged",
        }
    }
}

/// Result of a method of this crate.
pub type Result<T> = std::result::Result<T, NumericsError>;
