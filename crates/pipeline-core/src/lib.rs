//! The eight steps of a desk's day, the pure day function in their middle, and the ports around it.
//!
//! [`day::day`] computes steps quality to risk from an [`AsOf`](market::AsOf), a [`config::Config`] and a
//! [`state::DeskState`]: no I/O, no clock, no environment. [`pipeline::DailyPipeline`] is the shell: it loads through the
//! [`ports::Store`] port, calls the day function, and files the [`record::RunRecord`] in one transaction.
//!
//! [`replay::replay`] computes a filed run again and names what differs; [`diff::diff`] says in what two runs differ and
//! which of it changed the book. Both are pure, on a [`kept::KeptRun`].
//!
//! It never knows SQL, file formats, HTTP or a terminal.

pub mod attribution;
pub mod backfill;
pub mod compute;
pub mod config;
pub mod day;
pub mod diff;
pub mod digest;
pub mod explain;
mod fields;
pub mod ingest;
pub mod kept;
pub mod lookahead;
pub mod mark;
pub mod official;
pub mod pipeline;
pub mod ports;
pub mod prune;
pub mod record;
pub mod replay;
pub mod state;
pub mod step_output;
pub mod what_if;
