//! The two databases against each other.

use pipeline_core::ports::Store;
use pipeline_core::record::RunStatus;

use crate::common::{at, batch, figure, rows};
use crate::place::Place;
use crate::runs::{DESK, file};

#[tokio::test]
async fn both_databases_give_the_same_rows_chain_and_seals() {
    let Some(server) = Place::server() else { return };
    let mut found = Vec::new();
    for place in [Place::file(), server] {
        let store = place.create().await;
        // Keys of series are given in order of first use: another order on each database.
        let names = if place.is_server() { ["B", "A"] } else { ["A", "B"] };
        for name in names {
            let mut empty = batch("empty.csv", vec![figure(name, "2026-03-01", 0.0, at(1, 20))]);
            empty.observations.clear();
            store.append(&empty, at(1, 9)).await.unwrap();
        }
        for table in ["series_definitions", "batches", "figures_head"] {
            place.sql(&format!("DELETE FROM {table}")).await;
        }
        let all = vec![
            figure("B", "2026-03-02", -0.0, at(2, 20)),
            figure("A", "2026-03-02", 0.1, at(2, 20)),
            figure("A", "2026-03-02", 0.1 + 0.2, at(3, 20)),
            figure("A", "2026-03-03", 1e-300, at(3, 20)),
        ];
        store.append(&batch("a.csv", all), at(10, 9)).await.unwrap();
        let revised = vec![figure("A", "2026-03-03", 1e300, at(3, 20))];
        store.append(&batch("b.csv", revised), at(11, 9)).await.unwrap();
        file(&store, "a", "2026-03-16", RunStatus::Success, 9).await;
        let chain = place.sql("SELECT chain FROM batches ORDER BY batch_key DESC").await;
        let head = store.audit(DESK).await.unwrap();
        assert_eq!(head.faults, []);
        found.push((rows(&store.load().await.unwrap()), chain, head.head));
    }
    assert_eq!(found[0], found[1]);
}
