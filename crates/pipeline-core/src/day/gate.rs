//! The quality step and its gate.

use std::collections::BTreeSet;

use agents::AgentRegistry;
use market::instruments::universe;
use market::{AsOf, SeriesId};
use quality::{Coverage, Expectation, QualityReport, Severity};

use super::{Day, EXIT_QUALITY, Stopped};
use crate::config::Config;
use crate::record::{RunStatus, StepName, StepStatus};

/// What the quality step found, and whether the day may go on.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityOutcome {
    /// Every finding and the coverage of every consumer.
    pub report: QualityReport,
    /// Why the day is blocked, when it is.
    pub blocked: Option<String>,
    /// What must not be used, or, of a blocked day, what is missing.
    pub findings: Vec<String>,
}

/// Checks what is visible against what the agents and instruments expect.
///
/// The gate: a day on which no instrument has a current price, or none of the agents' series is published, is blocked.
/// Anything less is degraded, and only what depends on a failed series goes without.
pub fn check_quality(view: &AsOf, config: &Config) -> QualityOutcome {
    let report = quality::check(view, &config.quality.clone().expecting(expectations(config)));
    let usable = view.blocking(report.blocked.iter().cloned());
    let priced = universe().iter().any(|instrument| instrument.quote(&usable).is_ok());
    let covered = report.coverage.iter().any(|coverage| coverage.group.starts_with("agent ") && coverage.got > 0);
    let mut findings = failures_that_matter(&report);
    let blocked = match (priced, covered) {
        (true, true) => None,
        (false, _) => Some(format!("no instrument has a current price on {}", view.date())),
        (_, false) => Some(format!("none of the agents' series is published on {}", view.date())),
    };
    if blocked.is_some() {
        findings = vec![name_missing(&report.coverage)];
    }
    QualityOutcome { report, blocked, findings }
}

/// Failures of series that an agent or instrument expects. A failed series that nobody reads is in the report, and
/// degrades nothing.
fn failures_that_matter(report: &QualityReport) -> Vec<String> {
    let expected: BTreeSet<&SeriesId> = report.coverage.iter().flat_map(|coverage| &coverage.blocked).collect();
    let failures = report.findings.iter().filter(|finding| {
        finding.severity == Severity::Fail && finding.waived.is_none() && expected.contains(&finding.series)
    });
    failures.map(|finding| format!("{} {}: {}", finding.series, finding.rule.code(), finding.message)).collect()
}

fn expectations(config: &Config) -> Vec<Expectation> {
    let registry = AgentRegistry::standard(&config.agents);
    let agents =
        registry.agents().map(|agent| Expectation { group: format!("agent {}", agent.id()), series: agent.inputs() });
    let instruments = universe()
        .iter()
        .map(|instrument| Expectation { group: format!("instrument {}", instrument.id), series: instrument.inputs() })
        .collect::<Vec<_>>();
    agents.chain(instruments).collect()
}

/// Every series a consumer expects and does not get, once, in order.
fn name_missing(coverage: &[Coverage]) -> String {
    let mut ids: Vec<&SeriesId> =
        coverage.iter().flat_map(|c| c.missing.iter().chain(&c.ended).chain(&c.blocked)).collect();
    ids.sort();
    ids.dedup();
    let named: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    format!("missing series: {}", named.join(", "))
}

impl Day<'_> {
    /// The quality step: gives the view the later steps may use, without the series that failed.
    pub(super) fn quality<'h>(&mut self, view: &AsOf<'h>, config: &Config) -> Result<AsOf<'h>, Stopped> {
        let QualityOutcome { report, blocked, findings } = check_quality(view, config);
        let usable = view.blocking(report.blocked.iter().cloned());
        let detail = format!(
            "expected {} series, got {}; {} due, {} fresh, {} late; {} warn, {} fail",
            report.expected,
            report.got,
            report.due,
            report.fresh,
            report.late,
            report.count(Severity::Warn),
            report.count(Severity::Fail)
        );
        self.outcome.quality = report;
        if let Some(why) = blocked {
            let (step, status) = (StepStatus::Blocked, RunStatus::Blocked);
            return Err(self.stop(StepName::Quality, step, status, EXIT_QUALITY, why, findings));
        }
        self.done(StepName::Quality, detail, findings);
        Ok(usable)
    }
}
