//! Killed before, in the middle of and after every commit.

use store::fault::POINTS;

use crate::place::{Engine, NEXT, NEXT_DATES, Place, UNDISTURBED, on_both};

/// Points of a command that takes in files, on a database without tables: `migrate` is passed once a migration.
const FIRST_INGEST: &[&str] = &["migrate", "migrate:2", "append.before:2"];
/// Points of a command that takes in files, on a filled database; `append` is passed once a file.
const INGEST: &[&str] = &["append.before", "append.after", "append.before:2", "pack.before", "pack.after"];
/// Points of a backfill, at its first and second date; how many dates of two are filed when it dies there, and whether
/// a run stands that had begun.
const BACKFILL: &[(&str, usize, bool)] = &[
    ("begin_run.before", 0, false),
    ("begin_run.after", 0, true),
    ("commit_run.middle", 0, true),
    ("commit_run.before", 0, true),
    ("commit_run.after", 1, false),
    ("begin_run.before:2", 1, false),
    ("commit_run.before:2", 1, true),
    ("commit_run.after:2", 2, false),
];
/// Points of a prune.
const PRUNE: &[(&str, bool)] = &[("prune.before", false), ("prune.after", true)];

#[test]
fn every_point_is_tried() {
    let backfill = BACKFILL.iter().map(|(point, ..)| point);
    let prune = PRUNE.iter().map(|(point, _)| point);
    let tried: Vec<&str> = FIRST_INGEST.iter().chain(INGEST).chain(backfill).chain(prune).copied().collect();
    for point in POINTS {
        assert!(tried.iter().any(|tried| tried.split(':').next() == Some(point)), "nothing is killed at {point}");
    }
}

/// Two official files of two figures each.
fn official_files(place: &Place) -> [&'static str; 3] {
    let folder = place.path().join("in");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, value) in [("433.csv", "0,42"), ("12.csv", "0,043739")] {
        let text = format!("\"data\";\"valor\"\n\"01/11/2023\";\"{value}\"\n\"01/12/2023\";\"{value}\"\n");
        std::fs::write(folder.join(name), text).expect("a file");
    }
    ["ingest", "--from", "in"]
}

/// Everything that was taken in, but the instants at which it was recorded.
fn figures(place: &Place) -> Vec<String> {
    place.rows(
        "SELECT s.id, o.period, o.released_at, o.value, o.basis FROM observations o \
         JOIN series s ON s.series_key = o.series_key ORDER BY s.id, o.period, o.released_at",
    )
}

fn a_first_ingest_that_is_killed_is_completed_by_the_next(engine: Engine) {
    let Some(undisturbed) = Place::empty(engine) else { return };
    undisturbed.completes("undisturbed", &official_files(&undisturbed));
    let expected = figures(&undisturbed);
    assert_eq!(expected.len(), 4);
    for point in FIRST_INGEST {
        let Some(place) = Place::empty(engine) else { return };
        let words = official_files(&place);
        place.killed_at(point, &words);
        if point.starts_with("migrate") {
            let (exit, refused) = place.json(&["verify", "audit"]);
            assert_eq!(exit, 2, "{point}: no part of a schema is there: {refused}");
            assert!(refused["error"].to_string().contains("it is empty"), "{point}: {refused}");
        } else {
            place.assert_whole(point);
        }
        place.completes(point, &words);
        place.assert_whole(point);
        assert_eq!(figures(&place), expected, "{point}");
    }
}

fn an_ingest_that_is_killed_leaves_whole_files_and_is_completed_by_the_next(engine: Engine) {
    let Some(undisturbed) = Place::prepared(engine) else { return };
    let before = figures(&undisturbed).len();
    undisturbed.completes("undisturbed", &official_files(&undisturbed));
    let expected = figures(&undisturbed);
    assert_eq!(expected.len(), before + 4);
    for point in INGEST {
        let Some(place) = Place::prepared(engine) else { return };
        let words = official_files(&place);
        place.killed_at(point, &words);
        place.assert_whole(point);
        let kept = match *point {
            "append.before" => 0,
            "append.after" | "append.before:2" => 2,
            _ => 4,
        };
        assert_eq!(figures(&place).len(), before + kept, "{point}: a file is there whole or not at all");
        place.completes(point, &words);
        place.assert_whole(point);
        assert_eq!(figures(&place), expected, "{point}");
    }
}

fn a_backfill_that_is_killed_loses_only_the_date_under_way(engine: Engine) {
    for (point, filed, begun) in BACKFILL {
        let Some(place) = Place::prepared(engine) else { return };
        place.killed_at(point, &["backfill", NEXT]);
        place.assert_whole(point);
        assert_eq!(place.count("RUNNING"), usize::from(*begun), "{point}");
        assert_eq!(place.digests().len(), 2 + filed, "{point}");
        let rest = place.completes(point, &["backfill", NEXT]);
        assert_eq!(rest["done"].as_array().map(Vec::len), Some(NEXT_DATES.len() - filed), "{point}: {rest}");
        place.assert_whole(point);
        assert_eq!((place.count("RUNNING"), place.count("ABANDONED")), (0, usize::from(*begun)), "{point}");
        assert_eq!(place.digests(), *UNDISTURBED, "{point}");
    }
}

fn a_prune_that_is_killed_happened_or_did_not(engine: Engine) {
    for (point, pruned) in PRUNE {
        let Some(place) = Place::prepared(engine) else { return };
        let before = place.digests();
        let words = ["prune", "--keep", "1"];
        place.killed_at(point, &words);
        place.assert_whole(point);
        let marks = |place: &Place| place.runs().iter().filter(|run| run["pruned"] == true).count();
        assert_eq!(marks(&place), usize::from(*pruned), "{point}");
        let again = place.completes(point, &words);
        let status = if *pruned { "NOTHING_TO_DO" } else { "SUCCESS" };
        assert_eq!(again["status"], status, "{point}");
        place.assert_whole(point);
        assert_eq!((marks(&place), place.digests()), (1, before), "{point}: a pruned run leaves its line");
        place.completes(point, &["backfill", NEXT]);
        assert_eq!(place.digests(), *UNDISTURBED, "{point}: and the next runs start from the state it left");
    }
}

on_both!(
    a_first_ingest_that_is_killed_is_completed_by_the_next,
    an_ingest_that_is_killed_leaves_whole_files_and_is_completed_by_the_next,
    a_backfill_that_is_killed_loses_only_the_date_under_way,
    a_prune_that_is_killed_happened_or_did_not,
);
