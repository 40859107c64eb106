//! One file a command.

pub mod backfill;
pub mod calendar;
pub mod completions;
pub mod config;
pub mod data;
pub mod db;
pub mod ingest;
pub mod init;
pub mod prune;
pub mod quality;
pub mod run;
pub mod runs;
pub mod verify;
