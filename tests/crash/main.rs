//! Killed at any instant, started twice, on a full disk or a lost connection: what was filed before is whole, and the
//! same command completes the rest to the same digests, on SQLite and on PostgreSQL.

mod failed_writes;
mod place;
mod points;
mod signals;
mod starters;
