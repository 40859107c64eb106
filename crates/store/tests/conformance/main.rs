//! What the store promises, on both databases alike: every test here runs once on SQLite and once on PostgreSQL.

#[path = "../common/mod.rs"]
mod common;
#[macro_use]
mod place;

mod evidence;
mod figures;
mod runs;
mod same;
mod upgrade;
