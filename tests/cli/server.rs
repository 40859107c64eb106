//! The whole binary on PostgreSQL: the same words, the same answers, the same digests.

use std::sync::LazyLock;

use serde_json::Value;
use throwaway_postgres::{Database, server};

use crate::desk::{DEMO, Desk, code, demo, stderr, stdout};

/// Three business days, filed on SQLite and on PostgreSQL.
struct Pair {
    file: Desk,
    server: Desk,
    database: Database<'static>,
}

/// Only read. `None` when no server is installed, which continuous integration refuses.
static PAIR: LazyLock<Option<Pair>> = LazyLock::new(|| {
    let database = server()?.database();
    let pair = Pair { file: demo(), server: Desk::at(&database.url()), database };
    let output = pair.server.daily(["init", "--demo"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for desk in [&pair.file, &pair.server] {
        let (exit, document) = desk.json(["backfill", "2026-03-18..2026-03-20"]);
        assert_eq!(exit, 0, "{document}");
    }
    Some(pair)
});

/// Digests by date.
fn digests(desk: &Desk) -> Vec<(String, String)> {
    let (_, list) = desk.json(["runs", "list"]);
    let text = |run: &Value, key: &str| run[key].as_str().unwrap_or_default().to_owned();
    let runs = list["runs"].as_array().expect("runs");
    runs.iter().map(|run| (text(run, "run_date"), text(run, "digest"))).collect()
}

/// A document without what may differ: which run it is and when it was made or recorded.
fn comparable(mut document: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| {
                    !["run_id", "recorded_at", "previous_run", "recorded", "a_from", "b_from"].contains(&name.as_str())
                });
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut document);
    document
}

#[test]
fn both_databases_file_the_same_runs() {
    let Some(pair) = PAIR.as_ref() else { return };
    let filed = digests(&pair.file);
    assert_eq!(filed.len(), 3);
    assert_eq!(filed, digests(&pair.server));
    for desk in [&pair.file, &pair.server] {
        for (words, status) in [(vec!["replay", "--last", "3"], "MATCH"), (vec!["verify", "audit"], "OK")] {
            let (exit, document) = desk.json(words);
            assert_eq!((exit, document["status"].as_str()), (0, Some(status)), "{document}");
        }
    }
}

#[test]
fn both_databases_explain_and_compare_alike() {
    let Some(pair) = PAIR.as_ref() else { return };
    for words in [
        vec!["explain", "DI_2Y"],
        vec!["explain", "USDBRL", "--why-not"],
        vec!["diff", "D=2026-03-18", "D=2026-03-20"],
        vec!["verify", "lookahead", "--last", "1"],
        vec!["data", "history", "BR_IPCA_MOM", "2025-12-01"],
    ] {
        let (on_file, on_server) = (pair.file.json(words.clone()), pair.server.json(words.clone()));
        assert_eq!(on_file.0, 0, "{words:?}: {}", on_file.1);
        assert_eq!(on_server.0, 0, "{words:?}: {}", on_server.1);
        assert_eq!(comparable(on_file.1), comparable(on_server.1), "{words:?}");
    }
}

#[test]
fn a_dry_run_on_a_server_writes_nothing_and_has_the_digest_of_the_real_one() {
    let Some(pair) = PAIR.as_ref() else { return };
    let written = "SELECT SUM(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables";
    let counts = || {
        pair.database.sql("SELECT pg_stat_force_next_flush()");
        pair.database.sql(written)
    };
    let before = counts();
    let (_, dry) = pair.server.json(["run", "--date", "2026-03-20", "--dry-run"]);
    assert_eq!(counts(), before);
    assert_eq!(dry["digest"].as_str(), Some(digests(&pair.server)[0].1.as_str()));
}

#[test]
fn a_desk_with_a_password_shows_it_nowhere() {
    const CANARY: &str = "canary-9d41";
    let Some(server) = server() else { return };
    if std::env::var_os("TEST_DATABASE_URL").is_some() {
        return; // That server's roles are not ours.
    }
    let database = server.database();
    database.sql(&format!("CREATE ROLE secret LOGIN SUPERUSER PASSWORD '{CANARY}'"));
    let desk = Desk::at(&database.url_as("secret", CANARY));
    let mut said = String::new();
    for words in [
        vec!["init"],
        vec!["init", "--demo"],
        vec!["-v", "run"],
        vec!["run", "--json"],
        vec!["runs", "list"],
        vec!["config", "show", "--origin"],
        vec!["verify", "audit"],
        vec!["db", "migrate", "--plan"],
        vec!["db", "backup", "copy.db"],
    ] {
        let output = desk.daily(words);
        said.push_str(&stdout(&output));
        said.push_str(&stderr(&output));
    }
    assert!(said.contains("SUCCESS"), "{said}");
    assert!(!said.contains(CANARY), "{said}");
    let wrong = Desk::at(&database.url_as("secret", "wrong-canary"));
    let output = wrong.daily(["runs", "list"]);
    assert_eq!(code(&output), 78, "{}", stderr(&output));
    assert!(stderr(&output).contains("password authentication failed"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("wrong-canary"));
    let file = std::fs::read_to_string(desk.path().join("daily.toml")).expect("a configuration file");
    assert!(!file.contains(CANARY), "{file}");
    let tables = database.sql("SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'public'");
    for table in tables.split_whitespace() {
        let found = database.sql(&format!("SELECT COUNT(*) FROM {table} t WHERE t::text LIKE '%{CANARY}%'"));
        assert_eq!(found, "0", "{table} holds the password");
    }
}

#[test]
fn what_a_server_refuses_has_its_sentence_and_its_exit_code() {
    let Some(server) = server() else { return };
    let empty = server.database();
    let desk = Desk::at(&empty.url());
    let output = desk.daily(["run"]);
    assert!(stderr(&output).contains("create them with `daily init`"), "{}", stderr(&output));
    assert_eq!(code(&output), 3);
    let away = Desk::at("postgres://desk@127.0.0.1:1/daily");
    let output = away.daily(["run"]);
    assert_eq!(code(&output), 75, "{}", stderr(&output));
    assert!(stderr(&output).contains("database postgres://127.0.0.1:1/daily cannot be reached"), "{}", stderr(&output));
    // Files and a server do not mix: the demo's file is not touched by any of this.
    assert!(DEMO.database().is_file());
}
