//! The two dialects of a migration, which is written once.
//!
//! Migrations are standard SQL but for three things: `WITHOUT ROWID` at the end of a table (SQLite's, left out on
//! PostgreSQL), the type `BLOB` (`BYTEA` there), and sections between the lines `-- sqlite only`, `-- postgres only` and
//! `-- both`.

/// A migration as SQLite takes it.
pub(crate) fn sqlite(sql: &str) -> String {
    sections(sql, "-- postgres only")
}

/// A migration as PostgreSQL takes it.
pub(crate) fn postgres(sql: &str) -> String {
    sections(sql, "-- sqlite only").replace(" WITHOUT ROWID", "").replace(" BLOB ", " BYTEA ")
}

/// The text without the sections that a line opens.
fn sections(sql: &str, leave_out: &str) -> String {
    let mut kept = String::with_capacity(sql.len());
    let mut keep = true;
    for line in sql.lines() {
        match line.trim() {
            mark if mark == leave_out => keep = false,
            "-- sqlite only" | "-- postgres only" | "-- both" => keep = true,
            _ if keep => {
                kept.push_str(line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_gets_its_own_words() {
        let both =
            "CREATE TABLE t (b BLOB NOT NULL) WITHOUT ROWID;\n-- sqlite only\nA;\n-- postgres only\nB;\n-- both\nC;\n";
        assert_eq!(sqlite(both), "CREATE TABLE t (b BLOB NOT NULL) WITHOUT ROWID;\nA;\nC;\n");
        assert_eq!(postgres(both), "CREATE TABLE t (b BYTEA NOT NULL);\nB;\nC;\n");
    }
}
