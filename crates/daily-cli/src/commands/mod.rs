//! One file a command.

pub mod calendar;
pub mod completions;
pub mod config;
pub mod data;
pub mod db;
pub mod ingest;
pub mod init;
pub mod quality;
pub mod run;
pub mod runs;
