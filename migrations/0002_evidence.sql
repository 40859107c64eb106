-- The run as evidence: what runs were computed with, seals that chain runs and batches, a lease that names its process,
-- and blocks that are stamped with the chain of the batches they were packed from.

-- Digest of the figures that a batch brought, and the chain of all batches up to it. Absent on batches that were stored
-- before batches were sealed.
ALTER TABLE batches ADD COLUMN rows_digest TEXT;
ALTER TABLE batches ADD COLUMN chain TEXT;

-- The same digest by series, so that an audit names the series whose figures changed.
CREATE TABLE batch_series (
    batch_key   BIGINT NOT NULL REFERENCES batches (batch_key),
    series_key  BIGINT NOT NULL,
    row_count   BIGINT NOT NULL,
    digest      TEXT   NOT NULL,
    PRIMARY KEY (batch_key, series_key)
) WITHOUT ROWID;

-- What a batch defined or corrected, as JSON, so that a run is computed again with the definitions of its time. Batch 0
-- stands for what was defined before definitions were kept. Table `series` holds the newest of each.
CREATE TABLE series_definitions (
    series_key  BIGINT NOT NULL,
    batch_key   BIGINT NOT NULL,
    definition  TEXT   NOT NULL,
    PRIMARY KEY (series_key, batch_key)
) WITHOUT ROWID;

-- Configurations and calendars, once for all runs that name them by their digest.
CREATE TABLE kept_documents (
    digest    TEXT NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL,
    document  TEXT NOT NULL
);

ALTER TABLE pipeline_runs ADD COLUMN calendar_digest TEXT;
ALTER TABLE pipeline_runs ADD COLUMN previous_digest TEXT;

-- One row a filed run, in the order in which a desk filed them: a digest of each table's rows of the run, and a seal over
-- those, the chain of batches it could see, and the seal before it. A prune sets pruned_at and leaves the rest.
CREATE TABLE run_seals (
    desk           TEXT   NOT NULL,
    sequence       BIGINT NOT NULL,
    run_id         TEXT   NOT NULL UNIQUE REFERENCES pipeline_runs (run_id),
    previous_seal  TEXT   NOT NULL,
    batch_key      BIGINT NOT NULL,
    figures_chain  TEXT   NOT NULL,
    table_digests  TEXT   NOT NULL,
    seal           TEXT   NOT NULL,
    pruned_at      BIGINT,
    PRIMARY KEY (desk, sequence)
) WITHOUT ROWID;

CREATE INDEX pipeline_runs_by_previous ON pipeline_runs (previous_run);

-- The newest batch and the chain up to it, so that a batch cut off the end is missed.
CREATE TABLE figures_head (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    batch_key  BIGINT  NOT NULL,
    chain      TEXT    NOT NULL
);

-- The newest seal of each desk, so that a run cut off the end is missed.
CREATE TABLE desk_heads (
    desk      TEXT   NOT NULL PRIMARY KEY,
    sequence  BIGINT NOT NULL,
    seal      TEXT   NOT NULL
);

-- Who runs a desk now. `held` leases outlive the runs made under them (a backfill). `machine` and `process_start` tell
-- a process that is gone from one that cannot be seen. A lease is transient: nothing is lost with the old table.
DROP TABLE lease;
CREATE TABLE lease (
    desk           TEXT    NOT NULL PRIMARY KEY,
    owner          TEXT    NOT NULL,
    machine        TEXT    NOT NULL,
    pid            BIGINT  NOT NULL,
    process_start  BIGINT  NOT NULL,
    held           INTEGER NOT NULL,
    run_id         TEXT,
    since          BIGINT  NOT NULL,
    heartbeat_at   BIGINT  NOT NULL,
    expires_at     BIGINT  NOT NULL
);

-- Derived, so made anew: blocks are used when the chain of their state is that of the batch they were packed through, and
-- they are the blocks that were written: each has its own digest, which covers its series, and the state one of them all.
DROP TABLE series_blocks;
DROP TABLE block_state;
CREATE TABLE series_blocks (
    series_key  BIGINT NOT NULL PRIMARY KEY,
    row_count   BIGINT NOT NULL,
    payload     BLOB   NOT NULL
);
CREATE TABLE block_state (
    id             INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    codec          INTEGER NOT NULL,
    through_batch  BIGINT  NOT NULL,
    chain          TEXT    NOT NULL,
    blocks         TEXT    NOT NULL
);

-- Observations are never changed by this program. When somebody else does, the blocks are not trusted any more.
-- sqlite only
CREATE TRIGGER observations_updated_by_hand AFTER UPDATE ON observations BEGIN DELETE FROM block_state; END;
CREATE TRIGGER observations_deleted_by_hand AFTER DELETE ON observations BEGIN DELETE FROM block_state; END;
-- postgres only
CREATE FUNCTION observations_changed_by_hand() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN DELETE FROM block_state; RETURN NULL; END $$;
CREATE TRIGGER observations_changed_by_hand AFTER UPDATE OR DELETE OR TRUNCATE ON observations
    FOR EACH STATEMENT EXECUTE FUNCTION observations_changed_by_hand();
-- both
