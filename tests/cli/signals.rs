//! Signals: every command ends within seconds, and nothing is half-done.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::desk::{DEMO, Desk, code, demo, stderr};

/// How long an interrupted command may take.
const PROMPTLY: Duration = Duration::from_secs(5);

fn send(child: &Child, signal: &str) {
    let kill = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
}

/// Sends a signal once a line of the stream holds `cue`, and gives exit code and standard error.
fn interrupted(mut child: Child, signal: &str, cue: &str, stream: Stream) -> (i32, String) {
    let (mut out, mut err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let mut seen = String::new();
    let mut rest = String::new();
    match stream {
        Stream::Out => {
            let lines = BufReader::new(&mut out).lines();
            wait_for(lines, cue, &mut seen);
            send(&child, signal);
            let since = Instant::now();
            err.read_to_string(&mut rest).expect("UTF-8");
            ended(&mut child, since, rest)
        }
        Stream::Err => {
            let mut lines = BufReader::new(err).lines();
            wait_for(&mut lines, cue, &mut seen);
            send(&child, signal);
            let since = Instant::now();
            let rest: Vec<String> = lines.map(|line| line.expect("UTF-8")).collect();
            ended(&mut child, since, rest.join("\n"))
        }
    }
}

enum Stream {
    Out,
    Err,
}

fn wait_for(lines: impl Iterator<Item = std::io::Result<String>>, cue: &str, seen: &mut String) {
    for line in lines {
        let line = line.expect("UTF-8");
        seen.push_str(&line);
        seen.push('\n');
        if line.contains(cue) {
            return;
        }
    }
    panic!("{cue} never came: {seen}");
}

fn ended(child: &mut Child, since: Instant, stderr: String) -> (i32, String) {
    let status = child.wait().expect("the command ends");
    assert!(since.elapsed() < PROMPTLY, "it took {:?}: {stderr}", since.elapsed());
    (status.code().unwrap_or(-1), stderr)
}

#[test]
fn an_interrupted_fill_rolls_back_and_a_second_one_completes_it() {
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        let desk = Desk::new();
        let child = desk.start(["init", "--demo", "-v"]);
        let (code, text) = interrupted(child, signal, "", Stream::Err);
        assert_eq!(code, exit, "{text}");
        assert!(text.contains("interrupted: the batches taken in before are kept"), "{text}");
        assert_eq!(desk.json(["init", "--demo"]).0, 0);
        let periods = |desk: &Desk| desk.json(["data", "list"]).1["series"].clone();
        assert_eq!(periods(&desk), periods(&DEMO), "what the second fill completed is the whole");
    }
}

#[test]
fn an_interrupted_backfill_leaves_no_run_running_and_the_next_call_completes_it() {
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        let desk = demo();
        let words = ["backfill", "2026-03-02..2026-03-31"];
        let (code, text) = interrupted(desk.start(words), signal, "2026-03-04", Stream::Out);
        assert_eq!(code, exit, "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("interrupted: ")).count(), 1, "{text}");
        assert!(text.contains("of 22 dates are filed and kept; the same command goes on from there"), "{text}");
        let (_, running) = desk.json(["runs", "list", "--status", "running"]);
        assert_eq!(running["matching"], 0, "{running}");
        let (exit, rest) = desk.json(words);
        assert_eq!(exit, 0, "the lease was given back: {rest}");
        let skipped = rest["plan"]["skipped"].as_array().expect("skipped").len();
        let done = rest["done"].as_array().expect("done").len();
        assert!(skipped >= 3, "what was filed before is not run again: {skipped}");
        assert_eq!(skipped + done, 22);
    }
}

#[test]
fn an_interruption_under_json_is_one_document() {
    let desk = demo();
    let mut child = desk.start(["--json", "backfill", "2026-03-02..2026-03-31"]);
    let mut out = child.stdout.take().expect("piped");
    let (exit, text) = interrupted_json(child, "2026-03-03");
    assert_eq!(exit, 143, "{text}");
    let mut document = String::new();
    out.read_to_string(&mut document).expect("UTF-8");
    let document: serde_json::Value = serde_json::from_str(&document).expect("one JSON document");
    assert_eq!((document["status"].as_str(), document["exit_code"].as_i64()), (Some("INTERRUPTED"), Some(143)));
    assert_eq!(document["command"], "backfill");
}

fn interrupted_json(mut child: Child, cue: &str) -> (i32, String) {
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    wait_for(&mut lines, cue, &mut String::new());
    send(&child, "TERM");
    let rest: Vec<String> = lines.map(|line| line.expect("UTF-8")).collect();
    ended(&mut child, Instant::now(), rest.join("\n"))
}

#[test]
fn a_second_start_beside_a_backfill_is_told_who_runs_the_desk() {
    let desk = demo();
    let mut child = desk.start(["backfill", "2026-03-02..2026-03-31"]);
    wait_for(BufReader::new(child.stdout.as_mut().expect("piped")).lines(), "2026-03-03", &mut String::new());
    let owner = child.id().to_string();
    for words in [vec!["run", "--date", "2026-03-31"], vec!["backfill", "2026-03-31..2026-03-31"]] {
        let second = desk.daily(words);
        assert_eq!(code(&second), 75, "{}", stderr(&second));
        assert!(stderr(&second).contains(&owner), "{}", stderr(&second));
    }
    assert_eq!(code(&desk.daily(["run", "--date", "2026-03-31", "--dry-run"])), 0, "a dry run takes no lease");
    send(&child, "TERM");
    child.wait().expect("it ends");
}
