//! The quality step: all rules over all visible series, in one pass.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market::{AsOf, Series, SeriesDef, SeriesId, Tenor};

use crate::config::{FrequencyRule, QualityConfig};
use crate::coverage::{Standing, coverage, ended};
use crate::pattern::matches;
use crate::report::{Finding, QualityReport, Rule, Severity};
use crate::rules::freshness::{Freshness, judge};
use crate::rules::{completeness, curve, finding, jump, range, repeats};

/// Checks everything visible in `view`.
///
/// * Series with figures of their own (prints, prices, rates): freshness, completeness, range, jumps, repeats.
/// * Survey families (`BR_FOCUS_IPCA_ANNUAL.2026.MEDIAN`, ...): freshness of the family; its horizons come and go.
/// * Constant maturities of a reference curve (`B3.PRE.252BD`): freshness of the curve, whose vertices come and go day by
///   day; range, repeats and jumps vertex by vertex.
/// * Futures contracts: only through their curve, on its newest date; a contract is not late for having expired.
///
/// An expected series that ended without the catalogue saying so is refused, like one that is very late; a series that
/// ended and that nobody expects is left alone.
///
/// Reads go through a scope of the view and do not appear in its log. The report depends on what is visible at the cut
/// and on nothing else.
pub fn check(view: &AsOf<'_>, config: &QualityConfig) -> QualityReport {
    let view = &view.scope();
    let mut pass = Pass { view, config, report: QualityReport::default(), standings: BTreeMap::new() };
    let mut families: BTreeMap<&str, (&SeriesDef, NaiveDate)> = BTreeMap::new();
    let mut curves: BTreeMap<&str, Vec<(&SeriesDef, NaiveDate)>> = BTreeMap::new();
    let visible = view.visible_series();
    for id in &visible {
        match view.catalogue().get(id) {
            None => pass.undefined(id),
            Some(definition) => match kind(view, definition) {
                Kind::Own => pass.own(definition),
                Kind::Vertex(curve) => {
                    if let Ok(latest) = view.latest(id) {
                        curves.entry(curve).or_default().push((definition, latest.period));
                    }
                }
                Kind::Contract => {
                    pass.standings.insert(id.clone(), Standing::Member);
                }
                Kind::Survey(family) => {
                    if let Ok(latest) = view.latest(id) {
                        let newest = families.entry(family).or_insert((definition, latest.period));
                        newest.1 = newest.1.max(latest.period);
                    }
                    pass.standings.insert(id.clone(), Standing::Member);
                }
            },
        }
    }
    for (family, (definition, last)) in families {
        let rule = pass.frequency_rule(definition);
        if pass.fresh(&SeriesId::new(family), definition, rule, last) == Standing::Ended {
            let stem = format!("{family}.");
            let members = pass.standings.iter_mut().filter(|(id, _)| id.as_str().starts_with(&stem));
            members.for_each(|(_, standing)| *standing = Standing::Ended);
        }
    }
    for (curve, vertices) in &curves {
        pass.vertices(curve, vertices);
    }
    for rule in &config.curves {
        pass.curve(rule, curves.contains_key(rule.curve.as_str()));
    }
    pass.finish()
}

/// How a series is looked at.
pub(crate) enum Kind<'t> {
    /// By itself.
    Own,
    /// As a constant maturity of the reference curve of that name.
    Vertex(&'t str),
    /// As a vertex or field of a contract that matures.
    Contract,
    /// As a member of a survey family of that name.
    Survey(&'t str),
}

pub(crate) fn kind<'d>(view: &AsOf<'_>, definition: &'d SeriesDef) -> Kind<'d> {
    let matures = matches!(&definition.curve, Some(point) if matches!(point.tenor, Tenor::Maturity(_)));
    if matures || (definition.source.starts_with("B3") && definition.field.as_deref().is_some_and(|f| f != "close")) {
        return Kind::Contract;
    }
    if let Some(point) = &definition.curve
        && matches!(point.tenor, Tenor::BusinessDays(_) | Tenor::CalendarDays(_))
    {
        return Kind::Vertex(&point.curve);
    }
    match definition.id.as_str().split_once('.') {
        Some((family, _)) if definition.source == "BCB_FOCUS" => Kind::Survey(family),
        // Any other dotted id whose stem the catalogue defines as a survey.
        Some((family, _))
            if view.catalogue().get(&SeriesId::new(family)).is_some_and(|stem| stem.source == "BCB_FOCUS") =>
        {
            Kind::Survey(family)
        }
        _ => Kind::Own,
    }
}

struct Pass<'a, 'h> {
    view: &'a AsOf<'h>,
    config: &'a QualityConfig,
    report: QualityReport,
    standings: BTreeMap<SeriesId, Standing>,
}

impl Pass<'_, '_> {
    fn undefined(&mut self, id: &SeriesId) {
        let message = "figures without a definition in the catalogue: unit and release rule unknown".to_owned();
        self.report.findings.push(finding(Severity::Warn, Rule::Undefined, id, None, None, message));
        self.standings.insert(id.clone(), Standing::Running);
    }

    fn frequency_rule(&self, definition: &SeriesDef) -> FrequencyRule {
        let mut rule = self.config.frequencies.of(definition.frequency);
        let own = self.config.tolerances.iter().find(|own| matches(&own.series, definition.id.as_str()));
        if let Some(own) = own {
            rule.tolerance_days = own.days;
        }
        rule
    }

    fn own(&mut self, definition: &SeriesDef) {
        // A series refused already (the caller's view blocks it) is not judged again.
        let Ok(series) = self.view.series(&definition.id) else {
            return;
        };
        let Some((last, _)) = series.last() else {
            return;
        };
        let rule = self.frequency_rule(definition);
        let standing = self.fresh(&definition.id, definition, rule, last);
        self.standings.insert(definition.id.clone(), standing);
        if standing == Standing::Ended {
            return;
        }
        self.report.findings.extend(completeness::check(definition, self.view.calendars(), rule, &series));
        self.plausible(definition, rule, &series);
    }

    fn plausible(&mut self, definition: &SeriesDef, rule: FrequencyRule, series: &Series) {
        let recent = series.tail(rule.lookback as usize);
        let findings = &mut self.report.findings;
        findings.extend(range::check(definition, &self.config.ranges, &recent));
        findings.extend(repeats::check(definition, &self.config.repeats, &recent));
        findings.extend(jump::check(definition, &self.config.jumps, rule.lookback as usize, series));
    }

    /// Constant maturities: late or ended together; a vertex that is not quoted any more has ended by itself.
    fn vertices(&mut self, curve: &str, vertices: &[(&SeriesDef, NaiveDate)]) {
        let Some(&(newest, last)) = vertices.iter().max_by_key(|(_, last)| *last) else {
            return;
        };
        let together = self.fresh(&SeriesId::new(curve), newest, self.frequency_rule(newest), last);
        for &(definition, last) in vertices {
            let rule = self.frequency_rule(definition);
            let alone = judge(definition, self.view.calendars(), rule, last, self.view.cut().published);
            let standing = if alone == Freshness::Ended { Standing::Ended } else { together };
            self.standings.insert(definition.id.clone(), standing);
            if standing != Standing::Ended
                && let Ok(series) = self.view.series(&definition.id)
            {
                self.plausible(definition, rule, &series);
            }
        }
    }

    /// Counts a series, family or curve as fresh, late or ended, and reports what is late.
    fn fresh(&mut self, name: &SeriesId, definition: &SeriesDef, rule: FrequencyRule, last: NaiveDate) -> Standing {
        match judge(definition, self.view.calendars(), rule, last, self.view.cut().published) {
            Freshness::Fresh => {
                self.report.due += 1;
                self.report.fresh += 1;
                Standing::Running
            }
            Freshness::Late { next, release, missed } => {
                self.report.due += 1;
                self.report.late += 1;
                let severity = if missed > rule.fail_after { Severity::Fail } else { Severity::Warn };
                let message = format!(
                    "last period {last}; {next} was due on {} and {missed} period(s) are missing",
                    release.format("%Y-%m-%d %H:%M UTC"),
                );
                let late = finding(severity, Rule::Freshness, name, Some(next), Some(f64::from(missed)), message);
                self.report.findings.push(late);
                Standing::Late
            }
            Freshness::Ended => {
                self.report.ended += 1;
                Standing::Ended
            }
        }
    }

    /// `judged`: its freshness is known from its vertices.
    fn curve(&mut self, rule: &crate::config::CurveRule, judged: bool) {
        let lookback = self.config.frequencies.daily.lookback;
        let Some(state) = curve::check(self.view, rule, lookback) else {
            return;
        };
        self.report.findings.extend(state.findings);
        if !judged {
            let frequency = self.frequency_rule(state.definition);
            self.fresh(&SeriesId::new(&rule.curve), state.definition, frequency, state.last);
        }
    }

    fn finish(mut self) -> QualityReport {
        self.waive();
        let failed = |finding: &&Finding| finding.severity == Severity::Fail && finding.waived.is_none();
        let mut blocked: BTreeSet<SeriesId> =
            self.report.findings.iter().filter(failed).map(|finding| finding.series.clone()).collect();
        self.block_families(&mut blocked);
        let ended = ended(self.view, self.config, &self.standings, &blocked);
        self.report.findings.extend(ended.iter().map(|ended| ended.finding.clone()));
        self.waive();
        // A waived end blocks nothing: a failure is in the report as it was made, unless it is waived.
        for ended in ended.into_iter().filter(|ended| self.report.findings.contains(&ended.finding)) {
            blocked.extend(ended.refused);
        }
        let covered = coverage(self.view, self.config, &self.standings, &blocked);
        self.report.blocked = blocked;
        self.report.coverage = covered.groups;
        (self.report.expected, self.report.got) = (covered.expected, covered.got);
        self.report.findings.sort_by(|a, b| {
            let key = |f: &Finding| (std::cmp::Reverse(f.severity), f.series.clone(), f.rule, f.period);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        self.report.findings.dedup();
        self.report
    }

    /// A failed family or curve blocks its members: the name alone is nothing that is read.
    fn block_families(&self, blocked: &mut BTreeSet<SeriesId>) {
        let mut members = Vec::new();
        for name in blocked.iter() {
            members.extend(self.view.catalogue().curve(name.as_str()).iter().map(|(_, id)| id.clone()));
            if self.standings.contains_key(name) {
                continue;
            }
            let stem = format!("{name}.");
            members.extend(self.standings.keys().filter(|id| id.as_str().starts_with(&stem)).cloned());
        }
        blocked.extend(members.into_iter().filter(|id| self.standings.contains_key(id)));
    }

    fn waive(&mut self) {
        let date = self.view.date();
        for waiver in &self.config.waivers {
            let covers = |finding: &Finding| {
                matches(&waiver.series, finding.series.as_str()) && waiver.rule.is_none_or(|rule| rule == finding.rule)
            };
            let covered = self.report.findings.iter_mut().filter(|finding| finding.waived.is_none() && covers(finding));
            if waiver.until >= date {
                covered.for_each(|finding| finding.waived = Some(format!("{}: {}", waiver.owner, waiver.reason)));
            } else if covered.filter(|finding| finding.rule != Rule::WaiverExpired).count() > 0 {
                let message = format!("the waiver of {} ended on {}: {}", waiver.owner, waiver.until, waiver.reason);
                let series = SeriesId::new(&waiver.series);
                let expired = finding(Severity::Warn, Rule::WaiverExpired, &series, Some(waiver.until), None, message);
                self.report.findings.push(expired);
            }
        }
    }
}
