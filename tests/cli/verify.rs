//! The audit of what is stored.

use crate::desk::{Desk, code, demo, stderr, stdout};

#[test]
fn an_untouched_database_is_what_was_sealed() {
    let desk = demo();
    assert_eq!(desk.json(["run"]).0, 0);
    let (exit, audit) = desk.json(["verify", "audit"]);
    assert_eq!((exit, audit["status"].as_str()), (0, Some("OK")), "{audit}");
    assert_eq!(audit["runs"], 1);
    assert!(audit["figures"].as_u64().unwrap() > 100_000, "{audit}");
    let text = stdout(&desk.daily(["verify", "audit"]));
    assert!(text.ends_with("SUCCESS every seal agrees\n"), "{text}");
}

#[test]
fn an_audit_of_no_database_says_so() {
    let output = Desk::new().daily(["verify", "audit"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
}
