//! The desk on published data: every business day from 2025-12-01 to 2026-03-31, one after the other, each starting from
//! the state that the one before left.

mod raw;
mod world;

mod book;
mod stresses;
mod tails;
