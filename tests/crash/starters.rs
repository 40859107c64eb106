//! Started twice: one runs the desk, the other is told who does; a dead one is taken over from, and that is said.

use std::process::Child;

use serde_json::Value;

use crate::place::{Engine, NEXT, NEXT_DATES, Place, UNDISTURBED, code, on_both, send, stderr, wait_for};

/// `host:pid` of a process of this machine.
fn owner(child: &Child) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("Linux");
    format!("{}:{}", host.trim(), child.id())
}

/// What the first step of a run has found.
fn ingest_findings(run: &Value) -> String {
    assert_eq!(run["steps"][0]["name"], "ingest", "{run}");
    run["steps"][0]["findings"].to_string()
}

fn a_second_start_is_told_who_runs_the_desk_and_takes_over_when_that_one_is_killed(engine: Engine) {
    let Some(place) = Place::prepared(engine) else { return };
    let mut first = place.command(&["backfill", NEXT]).spawn().expect("it starts");
    wait_for(&mut first, "plan:");
    send(&first, "STOP");
    let owner = owner(&first);

    for words in [&["run", "--date", NEXT_DATES[0]][..], &["backfill", NEXT]] {
        let (exit, refused) = place.json(words);
        assert_eq!(exit, 75, "{words:?}: {refused}");
        let error = refused["error"].to_string();
        assert!(error.contains(&format!("is being run by {owner} since ")), "{words:?}: {error}");
    }
    assert_eq!(place.json(&["run", "--date", NEXT_DATES[0], "--dry-run"]).0, 0, "a dry run takes no lease");

    send(&first, "KILL");
    first.wait().expect("it ends");
    place.assert_whole("killed while stopped");
    let run = place.completes("the start after", &["run", "--date", NEXT_DATES[0]]);
    let findings = ingest_findings(&run);
    assert!(findings.contains(&format!("took over the desk from {owner}, last heard of at ")), "{findings}");
    assert!(findings.contains("its process is gone"), "{findings}");
    let next = place.completes("the start after that", &["run", "--date", NEXT_DATES[1]]);
    assert!(!ingest_findings(&next).contains("took over"), "{next}");
    assert_eq!(place.digests(), *UNDISTURBED);
}

fn a_run_that_was_killed_is_named_by_the_run_that_marks_it(engine: Engine) {
    let Some(place) = Place::prepared(engine) else { return };
    let words = ["run", "--date", NEXT_DATES[0]];
    place.killed_at("commit_run.middle", &words);
    let killed = place.runs()[0]["run_id"].as_str().expect("an id").to_owned();
    let findings = ingest_findings(&place.completes("the start after", &words));
    assert!(findings.contains(&format!("run {killed} was killed and is ABANDONED")), "{findings}");
    assert!(findings.contains("its process is gone"), "{findings}");
}

fn of_several_starts_at_once_one_runs_the_desk_and_each_date_is_filed_once(engine: Engine) {
    let Some(place) = Place::prepared(engine) else { return };
    let starters: Vec<Child> = (0..3).map(|_| place.command(&["backfill", NEXT]).spawn().expect("it starts")).collect();
    let outputs: Vec<_> = starters.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect();
    let exits: Vec<i32> = outputs.iter().map(code).collect();
    assert!(exits.contains(&0), "{exits:?}");
    for output in outputs.iter().filter(|output| code(output) != 0) {
        assert_eq!(code(output), 75, "{}", stderr(output));
        assert!(stderr(output).contains("is being run by "), "{}", stderr(output));
    }
    place.assert_whole("several at once");
    assert_eq!((place.runs().len(), place.digests()), (4, UNDISTURBED.clone()));
}

on_both!(
    a_second_start_is_told_who_runs_the_desk_and_takes_over_when_that_one_is_killed,
    a_run_that_was_killed_is_named_by_the_run_that_marks_it,
    of_several_starts_at_once_one_runs_the_desk_and_each_date_is_filed_once,
);
