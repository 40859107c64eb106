//! How each of the two runs comes out when it is computed again, before and after everything else is swapped.

use super::Cause;
use crate::compute::Computed;
use crate::digest::DigestError;
use crate::kept::KeptRun;
use crate::replay::{Mismatch, compared};

/// A run as filed against the same run computed again.
pub(super) struct Side {
    /// What its difference is put down to.
    pub(super) cause: Cause,
    /// Its first difference; of a run that another version filed, the first that no version explains.
    pub(super) mismatch: Option<Mismatch>,
    /// True when it is reproduced, or another version filed it and merely decided differently.
    pub(super) explained: bool,
}

impl Side {
    /// The full comparison of a replay: a digest that still reads the same proves nothing of the output beside it.
    pub(super) fn of(kept: &KeptRun, computed: &Computed, code_version: &str) -> Result<Self, DigestError> {
        let found = compared(kept, computed, code_version)?;
        let other_version = kept.record.header.code_version != code_version;
        let grave = found.iter().position(|mismatch| !(other_version && mismatch.difference.is_decision()));
        let explained = grave.is_none();
        Ok(Self {
            cause: if explained { Cause::Code } else { Cause::NotReproduced },
            mismatch: found.into_iter().nth(grave.unwrap_or(0)),
            explained,
        })
    }
}
