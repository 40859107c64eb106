//! Storing and loading figures.

use crate::common::{at, batch, create, definition, figure, known, rows};
use crate::place::Place;
use market::{AsOf, Calendars, Catalogue, Cut, ReleaseBasis, SeriesId};
use pipeline_core::ports::{AppendCounts, IngestFinding, Store, StoreError};
use proptest::prelude::*;
use store::OpenMode;

on_both! {
    what_was_appended_loads,
    the_same_batch_again_adds_nothing_not_even_a_log_row,
    a_changed_figure_with_a_rule_based_instant_is_known_since_it_was_recorded,
    true_vintages_are_rows_of_their_own_in_whatever_order_they_come,
    a_batch_that_goes_wrong_in_the_middle_leaves_nothing,
    findings_and_the_simulated_flag_are_kept_with_the_batch,
    what_is_stored_later_is_recorded_later_whatever_the_clocks_say,
    figures_that_only_one_database_could_tell_apart_are_the_same_on_both,
    blocks_that_are_not_those_that_were_written_are_not_trusted,
    blocks_answer_as_the_table_does_and_are_never_trusted_against_it,
}

fn counts(new: u64, known: u64, revised: u64) -> AppendCounts {
    AppendCounts { new, known, revised }
}

async fn what_was_appended_loads(place: Place) {
    let store = place.create().await;
    let file = batch(
        "a.csv",
        vec![
            figure("B", "2026-03-02", 1.5, at(2, 20)),
            figure("A", "2026-03-03", -0.25, at(3, 20)),
            figure("A", "2026-03-02", 1e-12, at(2, 20)),
            figure("A", "1899-12-31", 7.0, at(2, 21)),
        ],
    );
    assert_eq!(store.append(&file, at(10, 9)).await.unwrap(), counts(4, 0, 0));
    let market = store.load().await.unwrap();
    let loaded = rows(&market);
    assert_eq!(loaded.len(), 4);
    for given in &file.observations {
        let found = loaded.iter().find(|o| o.series == given.series && o.period == given.period).unwrap();
        assert_eq!((found.value, found.released_at, found.basis), (given.value, given.released_at, given.basis));
        assert_eq!(found.recorded_at, at(10, 9));
    }
    assert_eq!(market.catalogue.get(&SeriesId::new("A")), Some(&definition("A")));
    assert_eq!((market.size.series, market.size.rows, market.size.simulated), (2, 4, false));
    assert_eq!(store.size().await.unwrap(), market.size);
}

async fn the_same_batch_again_adds_nothing_not_even_a_log_row(place: Place) {
    let store = place.create().await;
    let file =
        batch("a.csv", vec![figure("A", "2026-03-02", 1.0, at(2, 20)), figure("A", "2026-03-03", 2.0, at(3, 20))]);
    store.append(&file, at(10, 9)).await.unwrap();
    store.close().await.unwrap();
    let batches = "SELECT COUNT(*) FROM batches";
    assert_eq!(place.sql(batches).await, "1");
    let store = place.create().await;
    assert_eq!(store.append(&file, at(11, 9)).await.unwrap(), counts(0, 2, 0));
    store.close().await.unwrap();
    assert_eq!(place.sql(batches).await, "1");
}

async fn a_changed_figure_with_a_rule_based_instant_is_known_since_it_was_recorded(place: Place) {
    let store = place.create().await;
    let first = batch("a.csv", vec![figure("A", "2026-03-02", 1.0, at(3, 20))]);
    let revised = batch("a.csv", vec![figure("A", "2026-03-02", 1.2, at(3, 20))]);
    store.append(&first, at(4, 9)).await.unwrap();
    assert_eq!(store.append(&revised, at(20, 9)).await.unwrap(), counts(1, 0, 1));
    assert_eq!(store.append(&revised, at(21, 9)).await.unwrap(), counts(0, 1, 0), "the revision is known now");
    assert_eq!(store.append(&first, at(22, 9)).await.unwrap(), counts(0, 1, 0), "so is the first print");

    let market = store.load().await.unwrap();
    assert_eq!(known(&market, "A", "2026-03-02", at(19, 0)), Some(1.0));
    assert_eq!(known(&market, "A", "2026-03-02", at(20, 9)), Some(1.2));
    let stored = rows(&market);
    assert_eq!(stored.len(), 2);
    assert_eq!((stored[1].released_at, stored[1].basis), (at(20, 9), ReleaseBasis::Assumed));
}

async fn true_vintages_are_rows_of_their_own_in_whatever_order_they_come(place: Place) {
    let store = place.create().await;
    let late = batch("b.csv", vec![figure("A", "2026-03-02", 1.2, at(20, 13))]);
    let early = batch("a.csv", vec![figure("A", "2026-03-02", 1.0, at(3, 13))]);
    store.append(&late, at(25, 9)).await.unwrap();
    assert_eq!(store.append(&early, at(26, 9)).await.unwrap(), counts(1, 0, 0));
    let market = store.load().await.unwrap();
    assert_eq!(known(&market, "A", "2026-03-02", at(10, 0)), Some(1.0));
    assert_eq!(known(&market, "A", "2026-03-02", at(20, 13)), Some(1.2));
}

async fn a_batch_that_goes_wrong_in_the_middle_leaves_nothing(place: Place) {
    let store = place.create().await;
    let mut file =
        batch("a.csv", vec![figure("A", "2026-03-02", 1.0, at(2, 20)), figure("B", "2026-03-02", 1.0, at(2, 20))]);
    file.definitions.retain(|definition| definition.id.as_str() == "A");
    let error = store.append(&file, at(10, 9)).await.unwrap_err();
    assert!(error.to_string().ends_with("a.csv has figures of series B and no definition of it"), "{error}");
    let market = store.load().await.unwrap();
    assert_eq!((market.size.rows, market.catalogue.get(&SeriesId::new("A"))), (0, None));

    let bad = batch("b.csv", vec![figure("A", "2026-03-02", f64::NAN, at(2, 20))]);
    assert!(matches!(store.append(&bad, at(10, 9)).await, Err(StoreError::Other { .. })));
}

async fn findings_and_the_simulated_flag_are_kept_with_the_batch(place: Place) {
    let store = place.create().await;
    let mut file = batch("a.csv", vec![figure("A", "2026-03-02", 1.0, at(2, 20))]);
    file.simulated = true;
    file.rows_rejected = 1;
    file.findings.push(IngestFinding {
        file: "a.csv".to_owned(),
        line: Some(3),
        rule: "bad_decimal".to_owned(),
        message: "1,2,3 is not a number".to_owned(),
        rejects: true,
    });
    store.append(&file, at(10, 9)).await.unwrap();
    assert!(store.size().await.unwrap().simulated);
    store.close().await.unwrap();

    let of = |columns: &str| format!("SELECT {columns} FROM batches b JOIN ingest_findings f USING (batch_key)");
    assert_eq!(place.sql(&of("f.rule")).await, "bad_decimal");
    assert_eq!(place.sql(&of("1000000 * b.rows_new + 1000 * b.rows_rejected + f.line")).await, "1001003");
}

/// Enough rows that a load packs them.
fn many(id: &str, days: i32, value: f64) -> Vec<pipeline_core::ports::NewObservation> {
    let start = crate::common::date("1950-01-02");
    (0..days)
        .map(|day| {
            let mut figure = figure(id, "2026-03-02", value + f64::from(day) * 0.1, at(2, 20));
            figure.period = start + chrono::TimeDelta::days(i64::from(day));
            figure
        })
        .collect()
}

async fn blocks_answer_as_the_table_does_and_are_never_trusted_against_it(place: Place) {
    let store = place.create().await;
    let mut figures = many("A", 15_000, 1.0);
    figures.extend(many("B", 10_000, 5.0));
    store.append(&batch("a.csv", figures), at(10, 9)).await.unwrap();
    let from_rows = rows(&store.load().await.unwrap());
    let from_blocks = rows(&store.load().await.unwrap());
    assert_eq!(from_rows, from_blocks);

    store.append(&batch("b.csv", vec![figure("A", "2026-03-05", 9.0, at(5, 20))]), at(11, 9)).await.unwrap();
    assert_eq!(rows(&store.load().await.unwrap()).len(), 25_001, "blocks and the tail after them");
    store.close().await.unwrap();

    assert_eq!(place.sql("SELECT COUNT(*) FROM series_blocks").await, "2");
    place.sql("UPDATE observations SET value = -1 WHERE series_key = 1 AND period = 0").await;
    place.sql("DELETE FROM observations WHERE series_key = 2 AND period = 0").await;
    let reader = place.open(OpenMode::ReadOnly).await;
    let loaded = rows(&reader.load().await.unwrap());
    assert_eq!(loaded.len(), 25_000);
    let epoch = crate::common::date("1970-01-01");
    let changed: Vec<f64> = loaded.iter().filter(|o| o.period == epoch).map(|o| o.value).collect();
    assert_eq!(changed, [-1.0]);
}

async fn blocks_that_are_not_those_that_were_written_are_not_trusted(place: Place) {
    let store = place.create().await;
    let mut figures = many("A", 300, 1.0);
    figures.extend(many("B", 300, 5.0));
    store.append(&batch("a.csv", figures), at(10, 9)).await.unwrap();
    let truth = rows(&store.load().await.unwrap());
    for change in [
        "DELETE FROM series_blocks WHERE series_key = 1",
        "UPDATE series_blocks SET payload = (SELECT b.payload FROM series_blocks b WHERE b.series_key = 2)",
        "UPDATE series_blocks SET row_count = 299 WHERE series_key = 1",
        "UPDATE block_state SET through_batch = 0",
    ] {
        place.sql("DELETE FROM block_state").await;
        store.pack().await.unwrap();
        assert_eq!(rows(&store.load().await.unwrap()), truth, "packed");
        place.sql(change).await;
        assert_eq!(rows(&store.load().await.unwrap()), truth, "{change}");
    }
    let report = store.audit("macro").await.unwrap();
    assert_eq!((report.figures, report.faults), (600, Vec::new()));
}

/// Every vintage, but for when it was recorded.
fn published(market: &pipeline_core::ports::StoredMarket) -> Vec<market::Observation> {
    rows(market)
        .into_iter()
        .map(|row| market::Observation { recorded_at: chrono::DateTime::UNIX_EPOCH, ..row })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Vintages split over files in any way and stored in any order give one and the same history.
    #[test]
    fn filling_in_another_order_gives_the_same_history(
        cells in proptest::collection::btree_map((0..3_u8, 1..20_u32, 21..28_u32), -5.0..5.0_f64, 1..40),
        split in proptest::collection::vec(0..4_usize, 40),
        turn in 0..4_usize,
    ) {
        let figures: Vec<_> = cells.iter().map(|((series, period, release), value)| {
            figure(["A", "B", "C"][usize::from(*series)], &format!("2026-03-{period:02}"), *value, at(*release, 20))
        }).collect();
        let mut files: Vec<Vec<_>> = vec![Vec::new(); 4];
        figures.iter().zip(&split).for_each(|(figure, file)| files[*file].push(figure.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (straight, turned) = runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (one, two) = (create(&folder.path().join("one.db")).await, create(&folder.path().join("two.db")).await);
            one.append(&batch("all", figures.clone()), at(30, 9)).await.unwrap();
            let mut total = 0;
            for file in 0..4 {
                let part = &files[(file + turn) % 4];
                total += two.append(&batch("part", part.iter().rev().cloned().collect()), at(30, 9)).await.unwrap().new;
            }
            assert_eq!(total, figures.len() as u64);
            (published(&one.load().await.unwrap()), published(&two.load().await.unwrap()))
        });
        prop_assert_eq!(straight, turned);
    }
}

async fn what_is_stored_later_is_recorded_later_whatever_the_clocks_say(place: Place) {
    let store = place.create().await;
    assert_eq!(store.load().await.unwrap().recorded_through, chrono::DateTime::UNIX_EPOCH);
    store.append(&batch("a.csv", vec![figure("A", "2026-03-02", 1.0, at(2, 20))]), at(10, 9)).await.unwrap();
    let seen = store.load().await.unwrap().recorded_through;
    assert_eq!(seen, at(10, 9));
    // Another machine's clock is a day behind.
    store.append(&batch("b.csv", vec![figure("A", "2026-03-03", 2.0, at(3, 20))]), at(9, 9)).await.unwrap();
    let market = store.load().await.unwrap();
    assert!(market.recorded_through > seen);
    let cut = Cut { recorded: seen, ..Cut::published(crate::common::date("2026-03-31"), at(31, 20)) };
    let (catalogue, calendars) = (Catalogue::embedded(), Calendars::embedded());
    let then = AsOf::new(&market.history, &catalogue, &calendars, cut).series(&SeriesId::new("A")).unwrap();
    assert_eq!(then.values, [1.0], "a run on the first load never sees the second file");
}

async fn figures_that_only_one_database_could_tell_apart_are_the_same_on_both(place: Place) {
    let store = place.create().await;
    let mut file = batch("a\0b.csv", vec![figure("A", "2026-03-02", -0.0, at(2, 20))]);
    file.definitions[0].name = "nul \0 in a name".to_owned();
    store.append(&file, at(10, 9)).await.unwrap();
    let market = store.load().await.unwrap();
    assert_eq!(rows(&market)[0].value.to_bits(), 0.0_f64.to_bits());
    assert_eq!(market.catalogue.get(&SeriesId::new("A")).unwrap().name, "nul \u{fffd} in a name");
    assert_eq!(store.append(&file, at(11, 9)).await.unwrap(), counts(0, 1, 0));
}
