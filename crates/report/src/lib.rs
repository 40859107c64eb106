//! Renders what a run decided: for a terminal and as JSON. It computes nothing; every figure it prints is in the record.
//!
//! Start from [`run::text`] for people and [`run::document`] for machines.

pub mod attribution;
pub mod audit;
pub mod backfill;
pub mod data;
pub mod db;
pub mod diff;
pub mod explain;
pub mod ingest;
pub mod lookahead;
pub mod number;
pub mod prune;
pub mod quality;
pub mod replay;
pub mod risk;
pub mod run;
pub mod runs;
pub mod trades;
pub mod what_if;
mod wrap;
