//! Diff: the change between two runs, by cause.
