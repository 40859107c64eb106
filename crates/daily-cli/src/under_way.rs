//! What a signal would interrupt: commands note it here, and whoever cleans up after them reads it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

/// Shared between the command and whoever ends it.
#[derive(Debug, Clone, Default)]
pub struct UnderWay {
    work: Arc<Mutex<Work>>,
}

/// What a command has open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// The run that may have begun.
    pub run: Option<Run>,
    /// `host:pid` under which the desk's lease is held for several runs, if it is.
    pub lease: Option<String>,
    /// What is kept of what was done so far, as a sentence.
    pub kept: Option<String>,
}

/// A run that may have begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id, made before it began.
    pub run_id: String,
    /// Its date.
    pub date: NaiveDate,
}

impl UnderWay {
    /// A run is about to begin.
    pub fn run_begins(&self, run_id: &str, date: NaiveDate) {
        self.change(|work| work.run = Some(Run { run_id: run_id.to_owned(), date }));
    }

    /// The run was filed or given up.
    pub fn run_ended(&self) {
        self.change(|work| work.run = None);
    }

    /// The desk's lease is about to be taken for several runs.
    pub fn lease_taken(&self, owner: &str) {
        self.change(|work| work.lease = Some(owner.to_owned()));
    }

    /// The desk's lease was given back.
    pub fn lease_released(&self) {
        self.change(|work| work.lease = None);
    }

    /// What is kept of what was done so far.
    pub fn keeps(&self, sentence: impl Into<String>) {
        self.change(|work| work.kept = Some(sentence.into()));
    }

    /// What is open now.
    pub fn work(&self) -> Work {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Work)) {
        change(&mut self.work.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
