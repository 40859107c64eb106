//! One line a check, and the failures once more at the end.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

/// What has passed and what has not.
#[derive(Debug, Default)]
pub struct Tally {
    passed: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Runs a check and prints its line: its figures, or why it failed.
    pub fn check(&mut self, name: &str, check: impl FnOnce() -> Result<String>) {
        let since = Instant::now();
        let (mark, words) = match check() {
            Ok(figures) => {
                self.passed += 1;
                ("ok", figures)
            }
            Err(error) => {
                self.failures.push(format!("{name}: {error:#}"));
                ("FAIL", format!("{error:#}"))
            }
        };
        println!("{mark:<4}  {name:<44} {:>8.1} s  {words}", since.elapsed().as_secs_f64());
    }

    /// Prints the summary: the exit code of the soak.
    pub fn finish(self, since: Instant) -> ExitCode {
        println!(
            "soak  {} passed, {} failed, {:.0} s",
            self.passed,
            self.failures.len(),
            since.elapsed().as_secs_f64()
        );
        for failure in &self.failures {
            println!("FAIL  {failure}");
        }
        if self.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_fails_the_soak() {
        let mut tally = Tally::default();
        tally.check("first", || Ok("1 of 1".to_owned()));
        assert_eq!(format!("{:?}", Tally::default().finish(Instant::now())), format!("{:?}", ExitCode::SUCCESS));
        tally.check("second", || anyhow::bail!("it differs"));
        assert_eq!(tally.failures, ["second: it differs"]);
        assert_eq!(format!("{:?}", tally.finish(Instant::now())), format!("{:?}", ExitCode::FAILURE));
    }
}
