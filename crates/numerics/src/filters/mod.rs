//! Trend, cycle and season of one series.
//!
//! Every filter takes a complete, evenly spaced series, oldest first, and refuses missing values. What a filter cannot define (the
//! first quarters of the Hamilton filter, the ends of a centred average) is `None`.
//!
//! Only [`hodrick_prescott_one_sided`] and [`hamilton`] at given coefficients use the past alone: the other filters look ahead and
//! must not feed a signal.

mod classical;
mod hamilton;
mod henderson;
mod hodrick_prescott;
mod stl;

pub use classical::{ClassicalDecomposition, SeasonalModel, classical_decomposition};
pub use hamilton::{HamiltonFilter, hamilton};
pub use henderson::henderson_weights;
pub use hodrick_prescott::{TrendCycle, hodrick_prescott, hodrick_prescott_one_sided};
pub use stl::{LoessDegree, LoessWindow, Stl, StlSettings, stl};

#[cfg(test)]
mod robustness;
