//! The whole binary as an operator meets it: words in, text, JSON, files and exit codes out.

mod bad_input;
mod desk;
mod empty_store;
mod real_data;
mod settings;
mod simulated;
