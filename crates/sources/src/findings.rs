//! Findings of one file: capped in number, counted in full.

use std::collections::BTreeMap;

use pipeline_core::ports::IngestFinding;

/// Findings shown per file before the rest is summed up.
pub const SHOWN_PER_FILE: usize = 20;

/// A file refused as a whole: nothing of it may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Line or record, when there is one.
    pub line: Option<u64>,
    /// Stable name of the rule.
    pub rule: &'static str,
    /// One sentence for people.
    pub message: String,
}

impl Refusal {
    /// A refusal that concerns the file as a whole.
    pub fn new(rule: &'static str, message: impl Into<String>) -> Self {
        Self { line: None, rule, message: message.into() }
    }

    /// The same with the line it was noticed on.
    pub fn at(self, line: u64) -> Self {
        Self { line: Some(line), ..self }
    }
}

/// Collects what was refused or noticed while a file is read.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    shown: Vec<(Option<u64>, &'static str, String, bool)>,
    suppressed: BTreeMap<(&'static str, bool), u64>,
    refused: Vec<u64>,
    malformed: Vec<u64>,
}

impl Findings {
    /// A row that cannot be read: bad date, bad decimal, wrong number of fields. Too many of these condemn the file.
    pub fn malformed(&mut self, line: u64, rule: &'static str, message: impl FnOnce() -> String) {
        self.malformed.push(line);
        self.refuse(line, rule, message);
    }

    /// A row that can be read and is refused all the same.
    pub fn refuse(&mut self, line: u64, rule: &'static str, message: impl FnOnce() -> String) {
        self.refused.push(line);
        self.push(Some(line), rule, true, message);
    }

    /// Rows refused that one finding sums up.
    pub fn refuse_all(
        &mut self,
        lines: impl IntoIterator<Item = u64>,
        rule: &'static str,
        message: impl FnOnce() -> String,
    ) {
        self.refused.extend(lines);
        self.push(None, rule, true, message);
    }

    /// Something worth saying that cost no data.
    pub fn remark(&mut self, line: Option<u64>, rule: &'static str, message: impl FnOnce() -> String) {
        self.push(line, rule, false, message);
    }

    fn push(&mut self, line: Option<u64>, rule: &'static str, rejects: bool, message: impl FnOnce() -> String) {
        if self.shown.len() < SHOWN_PER_FILE {
            self.shown.push((line, rule, message(), rejects));
        } else {
            *self.suppressed.entry((rule, rejects)).or_default() += 1;
        }
    }

    /// Adds what was collected elsewhere for the same file.
    pub fn absorb(&mut self, other: Self) {
        for (line, rule, message, rejects) in other.shown {
            self.push(line, rule, rejects, || message);
        }
        for (key, count) in other.suppressed {
            *self.suppressed.entry(key).or_default() += count;
        }
        self.refused.extend(other.refused);
        self.malformed.extend(other.malformed);
    }

    /// Rows refused, each counted once however often it was.
    pub fn rows_refused(&self) -> u64 {
        distinct(&self.refused)
    }

    /// Rows that could not be read.
    pub fn rows_malformed(&self) -> u64 {
        distinct(&self.malformed)
    }

    /// Rule and message of the first row that could not be read.
    pub fn first_malformed(&self) -> Option<(u64, &'static str, &str)> {
        let first = *self.malformed.first()?;
        self.shown
            .iter()
            .find(|(line, ..)| *line == Some(first))
            .map(|(_, rule, message, _)| (first, *rule, message.as_str()))
    }

    /// The findings as the port carries them.
    pub fn into_list(self, file: &str) -> Vec<IngestFinding> {
        let shown = self.shown.into_iter().map(|(line, rule, message, rejects)| IngestFinding {
            file: file.to_owned(),
            line,
            rule: rule.to_owned(),
            message,
            rejects,
        });
        let rest = self.suppressed.into_iter().map(|((rule, rejects), count)| IngestFinding {
            file: file.to_owned(),
            line: None,
            rule: rule.to_owned(),
            message: format!("{count} more of the same rule in this file"),
            rejects,
        });
        shown.chain(rest).collect()
    }
}

fn distinct(lines: &[u64]) -> u64 {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    lines.dedup();
    lines.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_capped_and_the_count_is_not() {
        let mut findings = Findings::default();
        for line in 0..100 {
            findings.malformed(line, "bad_decimal", || format!("line {line}"));
            findings.refuse(line, "bad_decimal", String::new);
        }
        assert_eq!(findings.rows_refused(), 100);
        let list = findings.into_list("a.csv");
        assert_eq!(list.len(), SHOWN_PER_FILE + 1);
        assert_eq!(list[SHOWN_PER_FILE].message, "180 more of the same rule in this file");
    }
}
