//! A server that crashes. Alone in its process: the server is shared by the tests of one.

mod common;

use common::{at, batch, figure};
use pipeline_core::ports::Store;
use store::{OpenMode, SqlStore};

#[tokio::test]
async fn a_server_that_crashes_between_two_calls_is_connected_to_again() {
    let Some(server) = throwaway_postgres::server() else { return };
    let database = server.database();
    let store = SqlStore::open(&database.url(), OpenMode::Create).await.unwrap();
    store.append(&batch("a.csv", vec![figure("A", "2026-03-02", 1.0, at(2, 20))]), at(10, 9)).await.unwrap();
    if server.crash_and_restart() {
        assert_eq!(store.load().await.unwrap().size.rows, 1, "what was committed survived");
        let next = batch("b.csv", vec![figure("A", "2026-03-03", 2.0, at(3, 20))]);
        assert_eq!(store.append(&next, at(11, 9)).await.unwrap().new, 1);
    }
}
