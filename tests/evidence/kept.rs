//! What runs were computed from: whole, pruned, taken away or altered, each told from the others.

use pipeline_core::kept::{KeptError, KeptRun};
use pipeline_core::record::{RunRecord, RunStatus};

use crate::shelf::Shelf;
use crate::world::{self, WORLD};

/// The last two runs of the world: the second starts from the first.
fn shelf() -> Shelf {
    let mut shelf = Shelf::of(&WORLD.runs[1..]);
    // Nothing is known of the run from which the first one starts but the state it left.
    let first = &WORLD.runs[1];
    let before = first.record.header.previous_run.clone().expect("a run before");
    shelf.states.insert(before, first.state.clone());
    shelf
}

fn id(at: usize) -> String {
    WORLD.runs[at].record.header.run_id.clone()
}

fn read(shelf: &Shelf) -> Result<KeptRun, KeptError> {
    let desk = &WORLD.runs[2].record.header.desk;
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(KeptRun::read(shelf, desk, &id(2)))
}

/// What reading the last run says once the shelf was changed, and whether that shows an alteration.
fn refusal(change: impl FnOnce(&mut Shelf)) -> (String, bool) {
    let mut shelf = shelf();
    change(&mut shelf);
    let error = read(&shelf).expect_err("a refusal");
    (error.to_string(), error.shows_alteration())
}

fn altered_record(change: impl FnOnce(&mut RunRecord)) -> (String, bool) {
    refusal(|shelf| change(shelf.records.get_mut(&id(2)).expect("a record")))
}

#[test]
fn a_kept_run_comes_with_what_the_run_before_says_of_its_start() {
    let kept = read(&shelf()).expect("a kept run");
    assert_eq!(kept.record, WORLD.runs[2].record);
    assert_eq!(kept.previous, WORLD.runs[2].previous);
    assert_eq!(kept.state, WORLD.runs[2].state);
}

#[test]
fn a_pruned_run_is_gone_and_not_altered() {
    let run_id = id(2);
    let gone = |status: RunStatus, pruned: bool| {
        refusal(|shelf| {
            shelf.records.remove(&run_id);
            (shelf.runs[0].status, shelf.runs[0].pruned) = (status, pruned);
        })
    };
    let left_no_record = |why: &str| format!("run {run_id} left no record: {why}");
    assert_eq!(gone(RunStatus::Success, true), (left_no_record("its outputs were pruned"), false));
    assert_eq!(gone(RunStatus::Abandoned, false), (left_no_record("it was killed before it could file one"), false));
    let (message, altered) = gone(RunStatus::Success, false);
    assert!(altered && message.contains(&format!("holds no record under run {run_id}")), "{message}");
}

#[test]
fn a_run_whose_predecessor_was_pruned_is_still_whole() {
    let mut shelf = shelf();
    shelf.records.remove(&id(1));
    shelf.runs[1].pruned = true;
    let kept = read(&shelf).expect("a kept run");
    assert_eq!((kept.previous, &kept.state), (None, &WORLD.runs[2].state));
    shelf.runs[1].pruned = false;
    let error = read(&shelf).expect_err("a refusal");
    assert!(error.shows_alteration() && error.to_string().contains("no previous record under run"), "{error}");
}

#[test]
fn what_was_taken_away_is_missing_and_not_pruned() {
    let header = &WORLD.runs[2].record.header;
    let (message, altered) = refusal(|shelf| drop(shelf.documents.remove(&header.calendar_digest)));
    let expected = format!("the database holds no calendars under digest {}", header.calendar_digest);
    assert!(altered && message.contains(&expected), "{message}");
    let (message, altered) = refusal(|shelf| drop(shelf.states.remove(&id(1))));
    assert!(altered && message.contains(&format!("holds no state under run {}", id(1))), "{message}");
}

#[test]
fn a_document_that_is_not_the_text_of_its_digest_is_altered() {
    let digest = WORLD.runs[2].record.header.config_digest.clone();
    let (message, altered) = refusal(|shelf| shelf.documents.get_mut(&digest).expect("a document").push(' '));
    let expected =
        format!("was altered after it was filed, in its configuration: another text is stored under {digest}");
    assert!(altered && message.contains(&expected.replace("under ", "under digest ")), "{message}");
}

#[test]
fn a_record_of_another_run_desk_or_date_is_altered() {
    let (message, altered) = altered_record(|record| record.header.run_id = "another".to_owned());
    assert!(altered && message.ends_with("in its record: it is that of run another"), "{message}");
    let (message, altered) = altered_record(|record| record.header.desk = "another".to_owned());
    assert!(altered && message.contains("it is that of desk another, not of "), "{message}");
    let (message, altered) = altered_record(|record| record.header.run_date = world::date("2026-03-24"));
    assert!(altered && message.ends_with("it is of 2026-03-24, and its cut of 2026-03-27"), "{message}");
}

#[test]
fn a_run_cannot_start_from_one_that_failed() {
    let (message, altered) =
        refusal(|shelf| shelf.records.get_mut(&id(1)).expect("a record").status = RunStatus::Failed);
    assert!(altered && message.ends_with(&format!("run {}, from which it starts, is FAILED and left none", id(1))));
}

#[test]
fn what_an_old_program_did_not_keep_is_no_alteration() {
    let (message, altered) = altered_record(|record| record.header.calendar_digest.clear());
    assert!(
        !altered && message.ends_with("for want of its calendars: the program that filed it kept none"),
        "{message}"
    );
}
