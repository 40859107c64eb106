//! Bulk rows on PostgreSQL: binary COPY in both directions.

use std::sync::Arc;

use futures_util::TryStreamExt;
use pipeline_core::ports::StoreError;
use sqlx::postgres::PgConnection;

use super::copy::{self, BYTES_A_ROW, Decoder};
use crate::error;
use crate::figures::Figure;

/// Bytes of one message: large enough that messages cost nothing, small enough to stay in the cache.
const BYTES_A_MESSAGE: usize = 256 * 1024;

pub(crate) async fn scan(
    connection: &mut PgConnection,
    database: &Arc<str>,
    sql: &str,
    sink: &mut (dyn FnMut(Figure) + Send),
) -> Result<(), StoreError> {
    let failed = |e: sqlx::Error| error::from_sqlx(database, &e);
    let corrupt = |why: &str| StoreError::Corrupt { database: database.to_string(), why: why.to_owned() };
    let statement = format!("COPY ({sql}) TO STDOUT (FORMAT BINARY)");
    let mut pieces = connection.copy_out_raw(&statement).await.map_err(failed)?;
    let mut decoder = Decoder::default();
    while let Some(piece) = pieces.try_next().await.map_err(failed)? {
        decoder.take(&piece, sink).map_err(corrupt)?;
    }
    if !decoder.is_done() {
        return Err(corrupt("the server's COPY ended in the middle of a row"));
    }
    Ok(())
}

pub(crate) async fn insert(
    connection: &mut PgConnection,
    database: &Arc<str>,
    rows: &[Figure],
) -> Result<u64, StoreError> {
    let failed = |e: sqlx::Error| error::from_sqlx(database, &e);
    let statement = "COPY observations (series_key, period, released_at, value, basis, recorded_at, batch_key) \
         FROM STDIN (FORMAT BINARY)";
    let mut sending = connection.copy_in_raw(statement).await.map_err(failed)?;
    let mut buffer = Vec::with_capacity(BYTES_A_MESSAGE + BYTES_A_ROW);
    buffer.extend(copy::HEADER);
    for row in rows {
        copy::encode(row, &mut buffer);
        if buffer.len() >= BYTES_A_MESSAGE {
            sending.send(buffer.as_slice()).await.map_err(failed)?;
            buffer.clear();
        }
    }
    buffer.extend(copy::TRAILER);
    sending.send(buffer.as_slice()).await.map_err(failed)?;
    sending.finish().await.map_err(failed)
}
