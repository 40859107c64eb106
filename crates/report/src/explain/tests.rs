//! The tree on hand-made values.

use std::collections::BTreeMap;

use agents::{AgentId, Composite, Strength};
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use market::instruments::{AssetClass, InstrumentId};
use market::{Cut, Observation, ReleaseBasis, SeriesId};
use pipeline_core::explain::{
    AgentReads, Agreement, Claim, ConsensusNode, ContributionNode, EvidenceNode, EvidenceSource, Fault, Lineage,
    PackageScale, Parts, Reason, SignalLevel, SignalNode, WhyNot,
};
use pipeline_core::record::{RunStatus, StepName, StepStatus};
use portfolio::{Constraint, ConstraintUse, Sizing, Thresholds, Trade};
use rust_decimal::Decimal;

use super::*;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

fn at(day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, day, hour, 0, 0).unwrap()
}

fn run() -> ExplainedRun {
    ExplainedRun {
        run_id: "0195".to_owned(),
        desk: "macro".to_owned(),
        run_date: day(31),
        cut: Cut { date: day(31), published: at(31, 23), recorded: at(31, 23) },
        status: RunStatus::Success,
        simulated: true,
        digest: "d".to_owned(),
    }
}

fn instrument() -> ExplainedInstrument {
    ExplainedInstrument {
        id: InstrumentId::new("DI_5Y"),
        name: "DI future, 5 years, received".to_owned(),
        asset_class: AssetClass::NominalRates,
    }
}

fn observation(series: &str, value: f64) -> Observation {
    Observation {
        series: SeriesId::new(series),
        period: day(31),
        value,
        released_at: at(31, 22),
        basis: ReleaseBasis::Assumed,
        recorded_at: at(31, 22),
    }
}

fn evidence(name: &str, value: f64, unit: &str, source: EvidenceSource) -> EvidenceNode {
    EvidenceNode { name: name.to_owned(), value, unit: unit.to_owned(), source }
}

fn signal() -> SignalNode {
    let selic = observation("BR_SELIC_TARGET", 14.75);
    let target = observation("BR_INFLATION_TARGET", 3.0);
    SignalNode {
        id: "monetary.taylor_br".to_owned(),
        agent: AgentId::Monetary,
        subject: "br.policy_stance".to_owned(),
        value: -1.25,
        unit: "pp".to_owned(),
        score: -0.4,
        confidence: 0.6,
        strength: Strength::Moderate,
        price_view: Some(0.4),
        diagnostics: BTreeMap::from([("r2".to_owned(), 0.8125)]),
        evidence: vec![
            evidence("Selic target", 14.75, "% p.a.", observed(selic, Agreement::Same)),
            evidence("real rate", 9.5, "% p.a.", observed(target, Agreement::Derived)),
            evidence("neutral real rate (parameter)", 4.5, "% p.a.", EvidenceSource::Parameter),
            evidence(
                "survey",
                4.1,
                "%",
                EvidenceSource::NotVisible { series: SeriesId::new("BR_FOCUS_X"), period: Some(day(27)) },
            ),
        ],
    }
}

fn observed(observation: Observation, agreement: Agreement) -> EvidenceSource {
    EvidenceSource::Observation { observation, agreement }
}

fn stage(name: &str, after: f64, change: f64, cause: StageCause, factor: Option<f64>) -> StageNode {
    StageNode {
        stage: name.to_owned(),
        after,
        change,
        relative: false,
        cause,
        packages: vec![PackageChange { package: "DI_5Y".to_owned(), change, factor }],
        others: 0.0,
    }
}

fn held() -> HeldWeight {
    HeldWeight {
        since: Some(day(30)),
        left: Some(0.19),
        began: 0.19,
        before: 0.19,
        growth: Some(0.01),
        nav_return: 0.002,
        drifted: 0.1915,
        drift: 0.0015,
    }
}

/// A weight of 20 % that was bought, in four stages and by one strategy with a composite as evidence.
fn explanation() -> Explanation {
    let sizing = Sizing { volatility_target: 0.06, utilisation: 0.5, volatility: 0.12 };
    let composite = Composite { score: -0.4, confidence: 0.6 };
    let wanted = WantedPosition {
        package: "DI_5Y".to_owned(),
        direction: Direction::Long,
        size: 0.75,
        confidence: 0.8,
        signal: 0.15,
        unit: "return per unit of annual volatility".to_owned(),
        entry_threshold: 0.1,
        exit_threshold: 0.04,
        entry_date: day(16),
        cumulative_return: 0.004,
        flips_when: "closes when the signal is below +0.0400".to_owned(),
        evidence: vec![
            evidence("DI_5Y carry", 0.0123, "return over the horizon", EvidenceSource::Computed),
            evidence(
                "monetary composite times confidence",
                -0.24,
                "score",
                EvidenceSource::Composite { agent: AgentId::Monetary, composite },
            ),
        ],
        signals: vec![signal()],
    };
    Explanation {
        run: run(),
        instrument: instrument(),
        weight: 0.2,
        held: Some(held()),
        trade: Some(Trade {
            instrument: InstrumentId::new("DI_5Y"),
            from: 0.1915,
            to: 0.2,
            delta: 0.0085,
            notional: Decimal::new(8_500_000, 2),
            cost: Decimal::new(2_040, 2),
            order: None,
            by_strategy: Default::default(),
        }),
        allocation: AllocationNode {
            target: 0.25,
            attainable: 0.2,
            rebalanced: true,
            reasons: vec!["drift of 6.20 % of the book's volatility exceeds 5.0 %".to_owned()],
            drift: 0.0085,
            risk_drift: Some(0.062),
            thresholds: Some(Thresholds { drift_trigger: 0.05, minimum_trade: 0.001 }),
            packages: vec![PackageScale { package: "DI_5Y".to_owned(), scale: 0.8, binding: Vec::new() }],
            constraints: vec![
                ConstraintUse { constraint: Constraint::GrossLeverage, value: 0.9, limit: 3.0, breached: false },
                ConstraintUse {
                    constraint: Constraint::SinglePosition { instrument: InstrumentId::new("DI_5Y") },
                    value: 0.2,
                    limit: 0.2,
                    breached: false,
                },
            ],
            lots: None,
            fallback: None,
        },
        stages: vec![
            stage("net_positions", 0.6, 0.6, StageCause::Conviction, None),
            stage("conviction_tilt", 1.0, 0.4, StageCause::ConvictionTilt, Some(1.0 / 0.6)),
            stage("volatility_target", 0.25, -0.75, StageCause::VolatilityTarget { sizing: Some(sizing) }, Some(0.25)),
            stage(
                "constraints",
                0.2,
                -0.05,
                StageCause::Constraints { binding: vec!["single position DI_5Y".to_owned()], fallback: None },
                Some(0.8),
            ),
        ],
        strategies: vec![StrategyNode {
            strategy: "RATES_BR_01".into(),
            part: 0.2,
            held_over: 0.0,
            decision: Some(Decision::Hold { package: "DI_5Y".to_owned() }),
            positions: vec![PositionNode {
                package: "DI_5Y".to_owned(),
                part: 0.2,
                units: 0.25,
                share: 1.0,
                ratio: 1.0,
                scale: 0.8,
                wanted: Some(wanted),
            }],
            reads: Lineage {
                series: 41,
                rows: 10_204,
                assumed: 10_204,
                latest_released_at: Some(at(31, 22)),
                newest: vec![observation("B3.DI1F31.RATE", 13.905)],
            },
        }],
        consensus: Some(ConsensusNode {
            asset_class: AssetClass::NominalRates,
            score: 0.08,
            direction: Direction::Neutral,
            confidence: 0.35,
            exposure_scale: 1.0,
            contributions: vec![ContributionNode { value: 0.08, agent: AgentId::Monetary, signal: Some(signal()) }],
        }),
        unexplained: Unexplained { by_stage: 1e-17, by_strategy: 0.0, by_position: 0.0, by_consensus: 0.0 },
        agents: vec![AgentReads {
            agent: AgentId::Monetary,
            reads: Lineage {
                series: 12,
                rows: 3_000,
                assumed: 40,
                latest_released_at: Some(at(31, 22)),
                newest: vec![observation("BR_SELIC_TARGET", 14.75)],
            },
        }],
        faults: Vec::new(),
    }
}

#[test]
fn a_weight_reads_from_the_top_to_its_observations() {
    insta::assert_snapshot!(text(&explanation()), @"
    explain DI_5Y, DI future, 5 years, received (nominal_rates)
    run 0195 of 2026-03-31, SUCCESS, simulated data
    weight +20.000 % of NAV, bought 0.850 % from +19.150 %
    held   +19.000 % left by the run of 2026-03-30, +19.150 % after drift (return +1.000 %, NAV +0.200 %)

    Stages (relative up to regime_scale, then % of NAV)
                               change        after
      net_positions         +60.000 %    +60.000 %  size times confidence
      conviction_tilt       +40.000 %   +100.000 %  x 1.66667  tilted to conviction
      volatility_target     -75.000 %    +25.000 %  x 0.25  target 6.00 %, 50 % claimed, book at 12.00 %
      constraints            -5.000 %    +20.000 %  x 0.8  binding: single position DI_5Y
      ✓ adds up to the weight

    Allocation: target +25.000 %, attainable +20.000 %, book rebalanced
      drift of the book 0.85 %, 6.20 % of its volatility (trigger 5.00 %, smallest trade 0.100 %)
      drift of 6.20 % of the book's volatility exceeds 5.0 %
        gross leverage           90.000 % of 300.000 %
        single position DI_5Y    20.000 % of 20.000 %

    Strategies
      RATES_BR_01     +20.000 %  holds DI_5Y
        DI_5Y         +20.000 %  25.000 % of NAV x leg 1 x share 1 x scale 0.8
          long since 2026-03-16, size 0.750, confidence 0.800, earned +0.400 % a unit
          signal 0.15 return per unit of annual volatility (opens beyond 0.1, closes below 0.04)
          closes when the signal is below +0.0400
          DI_5Y carry                          0.0123 return over the horizon  computed from what was read
          monetary composite times confidence   -0.24 score                    from the monetary composite (-0.400 at confidence 0.600)
          monetary.taylor_br br.policy_stance: -1.25 pp, score -0.400, confidence 0.600, view on the price +0.400
            diagnostics: r2 0.8125
            Selic target                   14.75 % p.a.  = BR_SELIC_TARGET 2026-03-31 14.75, released 2026-03-31 22:00 UTC (assumed), recorded 2026-03-31 22:00 UTC
            real rate                        9.5 % p.a.  computed from BR_INFLATION_TARGET 2026-03-31 3, released 2026-03-31 22:00 UTC (assumed), recorded 2026-03-31 22:00 UTC
            neutral real rate (parameter)    4.5 % p.a.  parameter
            survey                           4.1 %       ✗ BR_FOCUS_X of 2026-03-27 is not visible at the cut in the market at hand
            the monetary agent read 12 series, 3 000 periods, 40 of them with an assumed release; newest:
              BR_SELIC_TARGET 2026-03-31 14.75, released 2026-03-31 22:00 UTC (assumed), recorded 2026-03-31 22:00 UTC
        read 41 series, 10 204 periods, 10 204 of them with an assumed release; newest:
          B3.DI1F31.RATE 2026-03-31 13.905, released 2026-03-31 22:00 UTC (assumed), recorded 2026-03-31 22:00 UTC
      ✓ adds up to the weight

    Consensus on nominal_rates: score +0.0800, neutral, confidence 0.350 (acts through conflict_dampening and veto)
       +0.0800  monetary.taylor_br br.policy_stance: -1.25 pp, score -0.400, confidence 0.600, view on the price +0.400 (evidence above)
    ");
}

#[test]
fn a_kept_book_shows_the_drift_and_what_is_held_over() {
    let mut kept = explanation();
    kept.weight = 0.1915;
    kept.trade = None;
    kept.allocation.rebalanced = false;
    kept.allocation.reasons = vec!["drift within 5.0 %: the held book is kept".to_owned()];
    let reasons = kept.allocation.reasons.clone();
    let whole = |stage, after, change, cause| StageNode {
        packages: Vec::new(),
        ..self::stage(stage, after, change, cause, None)
    };
    kept.stages.push(whole("held_book", 0.19, -0.01, StageCause::HeldBook { since: Some(day(30)), reasons }));
    kept.stages.push(whole("drift", 0.1915, 0.0015, StageCause::Drift { growth: Some(0.01), nav_return: 0.002 }));
    kept.strategies[0].part = 0.1915;
    kept.strategies[0].held_over = -0.0085;
    kept.strategies[0].positions[0].wanted = None;
    kept.consensus = None;
    insta::assert_snapshot!(text(&kept), @"
    explain DI_5Y, DI future, 5 years, received (nominal_rates)
    run 0195 of 2026-03-31, SUCCESS, simulated data
    weight +19.150 % of NAV, not traded: the held weight was kept
    held   +19.000 % left by the run of 2026-03-30, +19.150 % after drift (return +1.000 %, NAV +0.200 %)

    Stages (relative up to regime_scale, then % of NAV)
                               change        after
      net_positions         +60.000 %    +60.000 %  size times confidence
      conviction_tilt       +40.000 %   +100.000 %  x 1.66667  tilted to conviction
      volatility_target     -75.000 %    +25.000 %  x 0.25  target 6.00 %, 50 % claimed, book at 12.00 %
      constraints            -5.000 %    +20.000 %  x 0.8  binding: single position DI_5Y
      held_book              -1.000 %    +19.000 %  kept the weight left by the run of 2026-03-30 instead
      drift                  +0.150 %    +19.150 %  the market moved it
      ✓ adds up to the weight

    Allocation: target +25.000 %, attainable +20.000 %, book held
      drift of the book 0.85 %, 6.20 % of its volatility (trigger 5.00 %, smallest trade 0.100 %)
      drift within 5.0 %: the held book is kept
        gross leverage           90.000 % of 300.000 %
        single position DI_5Y    20.000 % of 20.000 %

    Strategies
      RATES_BR_01     +19.150 %  holds DI_5Y
        DI_5Y         +20.000 %  25.000 % of NAV x leg 1 x share 1 x scale 0.8
        held over      -0.850 %  the held weight was kept, not what today's positions ask for
        read 41 series, 10 204 periods, 10 204 of them with an assumed release; newest:
          B3.DI1F31.RATE 2026-03-31 13.905, released 2026-03-31 22:00 UTC (assumed), recorded 2026-03-31 22:00 UTC
      ✓ adds up to the weight
    ");
}

#[test]
fn a_gap_is_shown_and_an_unreleased_run_says_so() {
    let mut open = explanation();
    open.run.status = RunStatus::Blocked;
    open.unexplained = Unexplained { by_stage: 2.5e-7, by_strategy: 0.0, by_position: -1e-9, by_consensus: 0.0 };
    let text = text(&open);
    let gaps: Vec<&str> = text.lines().filter(|line| line.contains("unexplained")).map(str::trim).collect();
    assert_eq!(gaps, ["✗ unexplained: +2.500e-7 of NAV", "✗ unexplained: -1.000e-9 of NAV"]);
    assert!(!text.contains('✓'));
    assert!(text.contains("BLOCKED, simulated data: nothing of this run was released"), "{text}");
}

#[test]
fn every_fault_is_said_before_the_answer() {
    let mut wrong = explanation();
    wrong.unexplained.by_consensus = 0.01;
    wrong.faults = vec![
        Fault::Record { steps: vec!["agents".to_owned(), "portfolio".to_owned()] },
        Fault::Data { filed: "0123456789abcdef".to_owned(), at_hand: "fedcba9876543210".to_owned() },
        Fault::Figure {
            by: "monetary.taylor_br".to_owned(),
            name: "Selic target".to_owned(),
            series: SeriesId::new("BR_SELIC_TARGET"),
            period: day(31),
            run: 14.75,
            visible: Some(14.5),
        },
        Fault::Sum { parts: Parts::Consensus, gap: 0.01 },
        Fault::Held { left: 0.18, began: 0.19 },
    ];
    let text = text(&wrong);
    let said: Vec<&str> = text.lines().filter(|line| line.contains('✗')).take(6).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    ✗ MISMATCH: what follows is not to be relied on
      ✗ the record was changed since it was filed: agents, portfolio are not what the digest was taken of
      ✗ the market at hand is not the one the run read: data fedcba987654 at its cut, and the run filed 0123456789ab
      ✗ monetary.taylor_br read Selic target as 14.75, and BR_SELIC_TARGET of 2026-03-31 is 14.5 at the cut
      ✗ the contributions leave +1.000e-2 of the consensus score unexplained
      ✗ the run began with +19.000 %, and the run before it left +18.000 %
    ");
    assert!(text.lines().any(|line| line == "  ✗ unexplained: +1.000e-2 of the score"), "{text}");
}

fn level(package: &str, value: f64) -> SignalLevel {
    SignalLevel {
        package: package.to_owned(),
        value,
        unit: "score".to_owned(),
        entry_threshold: 0.1,
        exit_threshold: 0.04,
    }
}

#[test]
fn every_reason_is_one_line_with_its_figures() {
    let strategy = || "RATES_BR_01".into();
    let package = || "DI_5Y".to_owned();
    let absent = WhyNot {
        run: run(),
        instrument: instrument(),
        held: Some(held()),
        trade: Some(Trade { to: 0.0, delta: -0.1915, ..explanation().trade.unwrap() }),
        covered_by: vec![strategy()],
        reasons: vec![
            Reason::Inputs {
                missing: vec![SeriesId::new("BR_CDI_DAILY")],
                blocked: vec![SeriesId::new("B3.DI1F31.RATE")],
                findings: Vec::new(),
            },
            Reason::NotCovered { ran: vec![strategy(), "FX_BR_01".into()] },
            Reason::Disabled { strategy: strategy() },
            Reason::StrategyFailed { strategy: strategy(), error: "parameter entry is 0".to_owned() },
            Reason::Abstained { strategy: strategy(), reason: "no curve".to_owned(), closed: Some(package()) },
            Reason::NotJudged { strategy: strategy(), notes: vec!["DI_5Y: 12 of 60 returns".to_owned()] },
            Reason::InsideThreshold { strategy: strategy(), signal: level("DI_5Y", 0.05) },
            Reason::Elsewhere {
                strategy: strategy(),
                signal: level("DI_5Y", 0.15),
                holds: "DI_2Y".to_owned(),
                held_signal: Some(0.2),
            },
            Reason::Closed {
                strategy: strategy(),
                package: package(),
                reason: CloseReason::SignalFaded,
                signal: Some(level("DI_5Y", 0.03)),
            },
            Reason::NotReplaced { strategy: strategy(), signal: level("DI_5Y", 0.15), closed: "DI_2Y".to_owned() },
            Reason::Rearming {
                strategy: strategy(),
                signal: level("DI_5Y", 0.15),
                side: Direction::Long,
                since: Some(day(27)),
            },
            Reason::Dropped {
                package: package(),
                strategies: vec![strategy()],
                reason: "its returns do not vary".to_owned(),
            },
            Reason::NettedToZero {
                package: package(),
                claims: vec![
                    Claim { strategy: strategy(), package: package(), conviction: 0.3 },
                    Claim { strategy: "X".into(), package: package(), conviction: -0.3 },
                ],
            },
            Reason::ScaledToZero {
                package: package(),
                stage: "breaker_scale".to_owned(),
                before: 0.25,
                breaker_scale: 0.0,
                regime_scale: 0.7,
            },
            Reason::HeldBack {
                target: 0.25,
                packages: vec![PackageScale { package: package(), scale: 0.0, binding: vec!["turnover".to_owned()] }],
            },
            Reason::TooSmall { attainable: 0.0004, minimum_trade: Some(0.001) },
            Reason::BookKept { attainable: 0.002, drift: 0.002, drift_trigger: Some(0.05) },
            Reason::RunStopped {
                step: StepName::Portfolio,
                status: StepStatus::Failed,
                detail: "NAV: -1 is not positive".to_owned(),
            },
            Reason::NotRecorded,
        ],
        faults: vec![Fault::Record { steps: vec!["risk".to_owned()] }],
    };
    insta::assert_snapshot!(why_not_text(&absent), @"
    why not DI_5Y, DI future, 5 years, received (nominal_rates)
    run 0195 of 2026-03-31, SUCCESS, simulated data
    ✗ MISMATCH: what follows is not to be relied on
      ✗ the record was changed since it was filed: risk is not what the digest was taken of
    no weight, closed from +19.150 %
    held   +19.000 % left by the run of 2026-03-30, +19.150 % after drift (return +1.000 %, NAV +0.200 %)
      data: missing BR_CDI_DAILY; blocked B3.DI1F31.RATE
      no strategy trades it; 2 ran: FX_BR_01, RATES_BR_01
      RATES_BR_01 trades it and is disabled in the configuration
      RATES_BR_01 failed: parameter entry is 0
      RATES_BR_01 abstains, closing DI_5Y: no curve
      RATES_BR_01 has no signal for it: DI_5Y: 12 of 60 returns
      RATES_BR_01: the signal of DI_5Y is 0.05 score, inside its entry threshold of 0.1
      RATES_BR_01: the signal of DI_5Y is 0.15 score, beyond its entry threshold of 0.1, but it holds DI_2Y (signal 0.2), and one package at a time
      RATES_BR_01 closed DI_5Y today: its signal faded; the signal of DI_5Y is 0.03 score
      RATES_BR_01: the signal of DI_5Y is 0.15 score, beyond its entry threshold of 0.1, but it closed DI_2Y today, which is not replaced on the same date
      RATES_BR_01: the signal of DI_5Y is 0.15 score, beyond its entry threshold of 0.1, but its long side waits since 2026-03-27 for the signal to fade
      DI_5Y, wanted by RATES_BR_01, was dropped: its returns do not vary
      the positions in DI_5Y net to zero: RATES_BR_01 +0.3000, X -0.3000
      breaker_scale took DI_5Y from 0.25 to zero (breaker 0, regime 0.7)
      the allocator gave none of its target of +25.000 %: DI_5Y x 0 (turnover)
      a position of +0.040 % would be below the smallest trade of 0.100 %
      the book drifted 0.20 %, within its trigger of 5.00 %, and was kept without +0.200 % of it
      the run failed at portfolio: NAV: -1 is not positive
      the record does not say why
    ");
}
