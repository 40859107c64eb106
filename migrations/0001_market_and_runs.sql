-- First schema: figures with their clocks, what was ingested, runs with their outputs, and the lease.
--
-- Dates are days since 1970-01-01, instants are microseconds since 1970-01-01T00:00Z, booleans are 0 or 1: integers sort
-- and compare the same way on every database. Rows are inserted and never changed, except `series` (a definition may be
-- corrected), `pipeline_runs` (RUNNING becomes the outcome), `lease`, and the two derived `block` tables.
--
-- Dialect: standard SQL, but for `WITHOUT ROWID` at the end of a table and the type BLOB. PostgreSQL leaves the first
-- out and calls the second BYTEA.

CREATE TABLE series (
    series_key        BIGINT  NOT NULL PRIMARY KEY,
    id                TEXT    NOT NULL UNIQUE,
    source            TEXT    NOT NULL,
    source_code       TEXT    NOT NULL,
    name              TEXT    NOT NULL,
    unit              TEXT    NOT NULL,
    country           TEXT    NOT NULL,
    category          TEXT    NOT NULL,
    frequency         TEXT    NOT NULL,
    calendar          TEXT    NOT NULL,
    release_lag_days  INTEGER NOT NULL,
    release_time      TEXT    NOT NULL,
    release_zone      TEXT    NOT NULL,
    curve             TEXT,
    tenor             TEXT,
    instrument        TEXT,
    field             TEXT,
    discontinued      INTEGER NOT NULL,
    CHECK ((curve IS NULL) = (tenor IS NULL))
);

-- One row for each file or download that brought something new.
CREATE TABLE batches (
    batch_key      BIGINT  NOT NULL PRIMARY KEY,
    source         TEXT    NOT NULL,
    origin         TEXT    NOT NULL,
    raw_hash       TEXT    NOT NULL,
    raw_bytes      BIGINT  NOT NULL,
    rows_read      BIGINT  NOT NULL,
    rows_new       BIGINT  NOT NULL,
    rows_known     BIGINT  NOT NULL,
    rows_revised   BIGINT  NOT NULL,
    rows_rejected  BIGINT  NOT NULL,
    simulated      INTEGER NOT NULL,
    recorded_at    BIGINT  NOT NULL
);

CREATE INDEX batches_by_content ON batches (raw_hash, origin);

CREATE TABLE ingest_findings (
    batch_key  BIGINT  NOT NULL REFERENCES batches (batch_key),
    position   INTEGER NOT NULL,
    file       TEXT    NOT NULL,
    line       BIGINT,
    rule       TEXT    NOT NULL,
    message    TEXT    NOT NULL,
    rejects    INTEGER NOT NULL,
    PRIMARY KEY (batch_key, position)
) WITHOUT ROWID;

-- The truth. One row a vintage; basis 0 exact, 1 scheduled, 2 assumed. The keys are checked where rows are written, in
-- the same transaction; declared references would cost two look-ups a row.
CREATE TABLE observations (
    series_key   BIGINT           NOT NULL,
    period       INTEGER          NOT NULL,
    released_at  BIGINT           NOT NULL,
    value        DOUBLE PRECISION NOT NULL,
    basis        INTEGER          NOT NULL,
    recorded_at  BIGINT           NOT NULL,
    batch_key    BIGINT           NOT NULL,
    PRIMARY KEY (series_key, period, released_at)
) WITHOUT ROWID;

-- Derived: the rows of a series with batch_key <= block_state.through_batch, packed in columns for fast loading. A block
-- is used only when its count and sum agree with the table; it may be deleted at any time.
CREATE TABLE series_blocks (
    series_key  BIGINT           NOT NULL PRIMARY KEY,
    row_count   BIGINT           NOT NULL,
    value_sum   DOUBLE PRECISION NOT NULL,
    payload     BLOB             NOT NULL
);

CREATE TABLE block_state (
    id             INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    codec          INTEGER NOT NULL,
    through_batch  BIGINT  NOT NULL
);

-- One row an attempt. Header figures repeat what run_documents holds, so that lists need not read documents.
CREATE TABLE pipeline_runs (
    run_id          TEXT    NOT NULL PRIMARY KEY,
    desk            TEXT    NOT NULL,
    run_date        INTEGER NOT NULL,
    attempt         INTEGER NOT NULL,
    mode            TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    exit_code       INTEGER,
    published_cut   BIGINT  NOT NULL,
    recorded_cut    BIGINT  NOT NULL,
    started_at      BIGINT  NOT NULL,
    finished_at     BIGINT,
    owner           TEXT    NOT NULL,
    code_version    TEXT    NOT NULL,
    config_digest   TEXT    NOT NULL,
    data_digest     TEXT,
    digest          TEXT,
    previous_run    TEXT,
    simulated       INTEGER NOT NULL,
    signal_count    BIGINT,
    position_count  BIGINT,
    regime          TEXT,
    leverage        DOUBLE PRECISION,
    var_95          DOUBLE PRECISION,
    risk_level      TEXT,
    UNIQUE (desk, run_date, attempt)
);

CREATE INDEX pipeline_runs_by_start ON pipeline_runs (desk, started_at);

-- The whole record as JSON: what `daily replay` and `daily report` read. The tables below repeat parts of it for SQL.
CREATE TABLE run_documents (
    run_id    TEXT NOT NULL PRIMARY KEY REFERENCES pipeline_runs (run_id),
    document  TEXT NOT NULL
);

-- The state an official run leaves to the next.
CREATE TABLE run_states (
    run_id  TEXT NOT NULL PRIMARY KEY REFERENCES pipeline_runs (run_id),
    state   TEXT NOT NULL
);

CREATE TABLE run_steps (
    run_id    TEXT    NOT NULL REFERENCES pipeline_runs (run_id),
    position  INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    status    TEXT    NOT NULL,
    seconds   DOUBLE PRECISION NOT NULL,
    detail    TEXT    NOT NULL,
    findings  TEXT    NOT NULL,
    digest    TEXT,
    PRIMARY KEY (run_id, position)
) WITHOUT ROWID;

CREATE TABLE run_signals (
    run_id      TEXT NOT NULL REFERENCES pipeline_runs (run_id),
    signal      TEXT NOT NULL,
    agent       TEXT NOT NULL,
    subject     TEXT NOT NULL,
    value       DOUBLE PRECISION NOT NULL,
    unit        TEXT NOT NULL,
    score       DOUBLE PRECISION NOT NULL,
    confidence  DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (run_id, signal)
) WITHOUT ROWID;

CREATE TABLE run_positions (
    run_id      TEXT NOT NULL REFERENCES pipeline_runs (run_id),
    strategy    TEXT NOT NULL,
    package     TEXT NOT NULL,
    position    INTEGER NOT NULL,
    instrument  TEXT NOT NULL,
    direction   TEXT NOT NULL,
    ratio       DOUBLE PRECISION NOT NULL,
    size        DOUBLE PRECISION NOT NULL,
    confidence  DOUBLE PRECISION NOT NULL,
    entry_date  TEXT NOT NULL,
    PRIMARY KEY (run_id, strategy, package, position)
) WITHOUT ROWID;

-- Strategy '' is the whole book; the strategies' weights sum to it.
CREATE TABLE run_weights (
    run_id      TEXT NOT NULL REFERENCES pipeline_runs (run_id),
    strategy    TEXT NOT NULL,
    instrument  TEXT NOT NULL,
    weight      DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (run_id, strategy, instrument)
) WITHOUT ROWID;

CREATE TABLE run_trades (
    run_id       TEXT NOT NULL REFERENCES pipeline_runs (run_id),
    instrument   TEXT NOT NULL,
    from_weight  DOUBLE PRECISION NOT NULL,
    to_weight    DOUBLE PRECISION NOT NULL,
    notional     TEXT NOT NULL,
    cost         TEXT NOT NULL,
    PRIMARY KEY (run_id, instrument)
) WITHOUT ROWID;

CREATE TABLE run_limits (
    run_id       TEXT NOT NULL REFERENCES pipeline_runs (run_id),
    name         TEXT NOT NULL,
    limit_value  DOUBLE PRECISION NOT NULL,
    value        DOUBLE PRECISION,
    utilisation  DOUBLE PRECISION,
    status       TEXT NOT NULL,
    subject      TEXT,
    reason       TEXT NOT NULL,
    PRIMARY KEY (run_id, name)
) WITHOUT ROWID;

CREATE TABLE run_stress (
    run_id    TEXT NOT NULL REFERENCES pipeline_runs (run_id),
    scenario  TEXT NOT NULL,
    pnl       DOUBLE PRECISION,
    unpriced  TEXT NOT NULL,
    PRIMARY KEY (run_id, scenario)
) WITHOUT ROWID;

-- Who runs a desk now. One row a desk; times by the owners' clocks.
CREATE TABLE lease (
    desk          TEXT   NOT NULL PRIMARY KEY,
    owner         TEXT   NOT NULL,
    host          TEXT   NOT NULL,
    pid           BIGINT,
    run_id        TEXT   NOT NULL,
    heartbeat_at  BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
