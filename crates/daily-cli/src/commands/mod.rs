//! One file a command.

pub mod backfill;
pub mod calendar;
pub mod completions;
pub mod config;
pub mod data;
pub mod db;
pub mod diff;
pub mod explain;
pub mod ingest;
pub mod init;
pub mod limits;
pub mod lookahead;
pub mod prune;
pub mod quality;
pub mod replay;
pub mod run;
pub mod runs;
pub mod trades;
pub mod verify;
