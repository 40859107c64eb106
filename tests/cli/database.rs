//! Backups.

use crate::desk::{DEMO, Desk, code, demo, stderr, stdout};

#[test]
fn a_backup_is_a_whole_database() {
    let desk = demo();
    let (_, run) = desk.json(["run"]);
    let output = desk.daily(["db", "backup", "copy.db"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("desk.db copied to copy.db ("), "{}", stdout(&output));
    let copy = Desk::new();
    std::fs::rename(desk.path().join("copy.db"), copy.database()).unwrap();
    let (exit, shown) = copy.json(["runs", "show", "latest"]);
    assert_eq!((exit, &shown["digest"]), (0, &run["digest"]));
}

#[test]
fn a_backup_never_writes_over_a_file() {
    let desk = demo();
    desk.write("copy.db", "precious");
    desk.refuses(["db", "backup", "copy.db"], &["copy.db exists already"]);
    desk.refuses(["db", "backup", "desk.db"], &["desk.db exists already"]);
    assert_eq!(std::fs::read(desk.path().join("copy.db")).unwrap(), b"precious");
}

#[test]
fn a_backup_into_no_folder_or_of_no_database_is_refused() {
    DEMO.refuses(["db", "backup", "nowhere/copy.db"], &["nowhere is not a folder"]);
    let desk = Desk::new();
    assert_eq!(code(&desk.daily(["db", "backup", "copy.db"])), 2);
    assert!(!desk.path().join("copy.db").exists());
}
