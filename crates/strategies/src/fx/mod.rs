//! Strategies on currencies.

pub mod carry_fundamentals;

pub use carry_fundamentals::CarryFundamentals;
