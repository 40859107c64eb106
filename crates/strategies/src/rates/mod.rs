//! Strategies on interest rates.

pub mod carry_roll;
pub mod slope;

pub use carry_roll::CarryRoll;
pub use slope::Slope;
