//! Developer chores, one module per chore; `main.rs` only dispatches.
//!
//! [`golden`] runs the golden cases (expected numbers with provenance) against the crates of the workspace and writes
//! the proof table of `numerics`. The chores live in a library so that ordinary `cargo test` drives the same code that
//! a person runs by hand:
//!
//! ```
//! use serde_json::json;
//! use xtask::golden::compare::{Tolerance, compare};
//!
//! let tolerance = Tolerance::from_json(&json!({"abs": 1e-6, "rel": 0.0}));
//! let comparison = compare(&json!({"mean": 2.0}), &json!({"mean": 2.0000001, "extra": 1}), &tolerance);
//! assert!(comparison.passes());
//! ```

pub mod directions;
pub mod evidence;
pub mod flags;
pub mod golden;
pub mod migrations;
pub mod soak;
