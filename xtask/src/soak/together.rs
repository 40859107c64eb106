//! One writer and several readers on one file: nobody is ever locked out.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow, ensure};

use super::desk::{Desk, answer};
use super::tally::Tally;
use super::{Size, world};

/// What readers ask, each its own question first.
const QUESTIONS: [&[&str]; 4] =
    [&["runs", "list", "--last", "50"], &["data", "show", "BR_IPCA_MOM"], &["report", "latest"], &["run", "--dry-run"]];

/// Runs the writer's runs beside the readers, on a copy of a prepared file.
pub fn check(tally: &mut Tally, prepared: &Desk, size: Size) {
    let Size { runs, readers, .. } = size;
    tally.check(&format!("sqlite: {runs} runs beside {readers} readers"), || {
        let desk = prepared.copy()?;
        // There is a run to report from the start.
        write(&desk)?;
        let writing = AtomicBool::new(true);
        let (written, read) = std::thread::scope(|scope| {
            let (desk, writing) = (&desk, &writing);
            let asking: Vec<_> = (0..readers).map(|reader| scope.spawn(move || read(desk, reader, writing))).collect();
            let written = (1..runs).try_for_each(|run| write(desk).with_context(|| format!("run {run} of the writer")));
            writing.store(false, Ordering::Relaxed);
            let ended = asking.into_iter().map(|reader| reader.join().map_err(|_| anyhow!("a reader panicked"))?);
            (written, ended.collect::<Result<Vec<usize>>>())
        });
        written?;
        let answers: usize = read?.iter().sum();
        let filed = desk.runs()?;
        ensure!(filed.len() == runs, "{} of {runs} runs were filed", filed.len());
        let digests: BTreeSet<String> = filed.iter().map(|run| run["digest"].to_string()).collect();
        ensure!(digests.len() == 1, "the same day has {} digests", digests.len());
        Ok(format!("{answers} answers read, 0 lock errors, 1 digest; {}", desk.audit()?))
    });
}

/// One more attempt at the last day.
fn write(desk: &Desk) -> Result<()> {
    ask(desk, &["run", "--date", &world::LAST_DAY.to_string()])
}

/// Asks until the writer is done; how many answers it got.
fn read(desk: &Desk, reader: usize, writing: &AtomicBool) -> Result<usize> {
    let mut answers = 0;
    while writing.load(Ordering::Relaxed) {
        let question = QUESTIONS[(reader + answers) % QUESTIONS.len()];
        ask(desk, question).with_context(|| format!("reader {reader}, question {answers}"))?;
        answers += 1;
    }
    Ok(answers)
}

fn ask(desk: &Desk, words: &[&str]) -> Result<()> {
    let output = desk.command(words).output().context("the binary")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() != Some(75) && !said.contains("locked"), "locked out: {}", said.trim());
    let (exit, _) = answer(words, &output)?;
    ensure!(exit == 0, "daily {} ended with {exit}: {}", words.join(" "), said.trim());
    Ok(())
}
