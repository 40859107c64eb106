//! The whole binary as an operator meets it: words in, text, JSON, files and exit codes out.

mod backfill;
mod bad_input;
mod cuts;
mod database;
mod desk;
mod empty_store;
mod evidence;
mod limits;
mod prune;
mod real_data;
mod runs;
mod secrets;
mod server;
mod settings;
mod signals;
mod simulated;
mod trades;
mod verify;
mod words;
