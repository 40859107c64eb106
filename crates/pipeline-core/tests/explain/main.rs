//! Explanations of books that the portfolio step builds from positions made for the purpose.

mod book;
mod evidence;

use market::instruments::{AssetClass, InstrumentId, universe};
use pipeline_core::explain::{ExplainError, Reason, StageCause, Unexplained, explain, why_not};
use pipeline_core::record::{RunStatus, StepName, StepOutcome, StepStatus};
use portfolio::ConstructMethod;
use portfolio::ContractQuote;
use proptest::prelude::*;
use strategies::{CloseReason, Decision};

use book::{Book, bearish_rates, market, position, reading, report};

fn id(name: &str) -> InstrumentId {
    InstrumentId::new(name)
}

fn reasons(book: &Book, name: &str) -> Vec<Reason> {
    why_not(&book.record(), &market(), &id(name)).expect("it has no weight").reasons
}

fn opposing() -> Book {
    Book::of(vec![
        position("RATES_BR_01", "DI_5Y", &[("DI_5Y", 1.0)], 0.6, 0.5),
        position("RATES_BR_03", "DI_5Y", &[("DI_5Y", -1.0)], 0.5, 0.6),
        position("FX_BR_01", "USDBRL", &[("USDBRL", -1.0)], 0.5, 0.6),
    ])
}

#[test]
fn positions_that_cancel_are_named_with_their_convictions() {
    let found = reasons(&opposing(), "DI_5Y");
    let netted = found.iter().find_map(|reason| match reason {
        Reason::NettedToZero { claims, .. } => Some(claims),
        _ => None,
    });
    let convictions: Vec<f64> = netted.expect("netted").iter().map(|claim| claim.conviction).collect();
    assert_eq!(convictions, [0.3, -0.3]);
}

#[test]
fn a_package_without_history_is_named_with_the_constructors_reason() {
    let mut book = opposing();
    book.returns.remove(&id("USDBRL"));
    book.positions.remove(1);
    let found = reasons(&book, "USDBRL");
    assert!(
        found.iter().any(|r| matches!(r, Reason::Dropped { reason, .. } if reason == "USDBRL has no returns")),
        "{found:?}"
    );
}

#[test]
fn a_breaker_at_zero_is_the_stage_that_took_the_package() {
    let mut book = opposing();
    book.breaker_scale = 0.0;
    let found = reasons(&book, "USDBRL");
    let Some(Reason::ScaledToZero { stage, before, breaker_scale, .. }) = found.last() else { panic!("{found:?}") };
    assert_eq!((stage.as_str(), *breaker_scale), ("breaker_scale", 0.0));
    assert!(*before > 0.0);
}

#[test]
fn a_position_below_the_smallest_trade_is_too_small() {
    let mut book = opposing();
    book.config.allocate.minimum_trade = 1e9;
    book.config.allocate.drift_trigger = 0.0;
    let found = reasons(&book, "USDBRL");
    let Some(Reason::TooSmall { attainable, minimum_trade }) = found.last() else { panic!("{found:?}") };
    assert!(attainable.abs() < minimum_trade.expect("kept"), "{attainable}");
}

#[test]
fn a_book_within_its_trigger_keeps_out_what_it_does_not_hold() {
    let mut book = opposing();
    book.config.allocate.drift_trigger = 1.0;
    let found = reasons(&book, "USDBRL");
    assert!(matches!(found.last(), Some(Reason::BookKept { drift, .. }) if *drift > 0.0), "{found:?}");
}

#[test]
fn signals_are_judged_against_their_thresholds() {
    let mut book = opposing();
    let mut carry = report("RATES_BR_01", Decision::Hold { package: "DI_2Y".to_owned() });
    carry.signals = vec![reading("DI_5Y", 0.05), reading("DI_10Y", 0.15), reading("DI_2Y", 0.30)];
    book.reports = vec![carry];
    book.positions = vec![position("RATES_BR_01", "DI_2Y", &[("DI_2Y", 1.0)], 0.6, 0.5)];
    let found = reasons(&book, "DI_5Y");
    assert!(matches!(&found[0], Reason::InsideThreshold { signal, .. } if signal.value == 0.05), "{found:?}");
    let found = reasons(&book, "DI_10Y");
    let Reason::Elsewhere { holds, held_signal, .. } = &found[0] else { panic!("{found:?}") };
    assert_eq!((holds.as_str(), *held_signal), ("DI_2Y", Some(0.30)));
    let found = reasons(&book, "DI_1Y");
    assert!(matches!(&found[0], Reason::NotJudged { .. }), "{found:?}");
}

#[test]
fn closing_abstaining_and_failing_strategies_say_why() {
    let mut book = opposing();
    book.positions.clear();
    let closing = Decision::Close { package: "DI_5Y".to_owned(), reason: CloseReason::Stop };
    let mut carry = report("RATES_BR_01", closing);
    carry.signals = vec![reading("DI_5Y", 0.15), reading("DI_2Y", -0.2)];
    let mut fx = report("FX_BR_01", Decision::Stay);
    fx.abstained = Some("the fx agent has no report".to_owned());
    book.reports = vec![carry, fx];
    let found = reasons(&book, "DI_5Y");
    assert!(matches!(&found[0], Reason::Closed { reason: CloseReason::Stop, signal: Some(_), .. }), "{found:?}");
    assert!(matches!(&found[1], Reason::Disabled { .. }), "the slope strategy is not in the record: {found:?}");
    let found = reasons(&book, "DI_2Y");
    assert!(matches!(&found[0], Reason::NotReplaced { closed, .. } if closed == "DI_5Y"), "{found:?}");
    let found = reasons(&book, "USDBRL");
    assert!(matches!(&found[0], Reason::Abstained { reason, .. } if reason.contains("fx agent")), "{found:?}");
    let found = reasons(&book, "SPX");
    assert!(matches!(&found[0], Reason::NotCovered { ran } if ran.len() == 2), "{found:?}");
}

#[test]
fn an_opposing_consensus_is_the_cause_of_dampening() {
    let mut book = Book::of(vec![position("RATES_BR_01", "DI_5Y", &[("DI_5Y", 1.0)], 0.6, 0.5)]);
    book.consensus = vec![bearish_rates(1.0)];
    let explanation = explain(&book.record(), &market(), &id("DI_5Y")).expect("a weight");
    let stage = explanation.stages.iter().find(|stage| stage.stage == "conflict_dampening").expect("a stage");
    assert_eq!(stage.cause, StageCause::Conflict { opposed_by: vec![AssetClass::NominalRates] });
    assert!((stage.packages[0].factor.expect("a factor") - 0.6).abs() < 1e-12 && stage.change < 0.0);
}

#[test]
fn a_run_that_stopped_before_the_book_says_where() {
    let mut record = opposing().record();
    record.outcome.construction = None;
    record.outcome.allocation = None;
    record.outcome.weights.clear();
    record.outcome.status = RunStatus::Failed;
    record.outcome.steps = vec![StepOutcome {
        name: StepName::Portfolio,
        status: StepStatus::Failed,
        detail: "NAV: -1 is not positive".to_owned(),
        findings: Vec::new(),
    }];
    let absent = why_not(&record, &market(), &id("USDBRL")).expect("it has no weight");
    assert!(matches!(absent.reasons.last(), Some(Reason::RunStopped { step: StepName::Portfolio, .. })));
}

#[test]
fn a_record_that_lost_its_construction_says_so() {
    let mut record = opposing().record();
    record.outcome.construction = None;
    let error = explain(&record, &market(), &id("USDBRL")).expect_err("nothing to explain it from");
    assert!(matches!(error, ExplainError::NotKept { what: "construction", .. }));
}

#[test]
fn a_record_of_before_packages_were_kept_by_stage_still_adds_up() {
    let mut record = opposing().record();
    let construction = record.outcome.construction.take().expect("a construction");
    let mut json = serde_json::to_value(construction).expect("JSON");
    for field in ["sizing", "opposed"] {
        json.as_object_mut().expect("an object").remove(field).expect("a field of today");
    }
    for stage in json["stages"].as_array_mut().expect("stages") {
        stage.as_object_mut().expect("an object").remove("packages").expect("a field of today");
    }
    record.outcome.construction = Some(serde_json::from_value(json).expect("an old record reads"));
    let explanation = explain(&record, &market(), &id("USDBRL")).expect("a weight");
    assert!(explanation.unexplained.is_none());
    let first = explanation.stages.iter().find(|stage| stage.stage == "veto").expect("a stage");
    assert!(first.packages.is_empty() && first.others == 0.0);
}

#[test]
fn a_book_that_does_not_follow_from_its_packages_is_unexplained() {
    let mut record = opposing().record();
    *record.outcome.weights.get_mut(&id("USDBRL")).expect("a weight") += 1e-9;
    let explanation = explain(&record, &market(), &id("USDBRL")).expect("a weight");
    assert!(!explanation.unexplained.is_none());
    let mut record = opposing().record();
    let book = record.outcome.by_strategy.values_mut().next().expect("a book");
    *book.get_mut(&id("USDBRL")).expect("a weight") += 1e-9;
    let explanation = explain(&record, &market(), &id("USDBRL")).expect("a weight");
    assert!((explanation.unexplained.by_strategy.abs() - 1e-9).abs() < 1e-14);
    assert!((explanation.unexplained.by_position.abs() - 1e-9).abs() < 1e-14);
}

#[test]
fn a_kept_weight_shows_what_it_was_and_what_the_market_did() {
    let mut book = opposing();
    book.hold("USDBRL", -0.08, 0.02);
    book.config.allocate.drift_trigger = 1.0;
    let explanation = explain(&book.record(), &market(), &id("USDBRL")).expect("the held weight");
    let held = explanation.held.as_ref().expect("held");
    assert!((held.before + 0.08).abs() < 1e-15 && explanation.trade.is_none());
    assert_eq!(explanation.weight, held.drifted);
    let last = explanation.stages.last().expect("stages");
    assert!(matches!(last.cause, StageCause::Drift { growth: Some(growth), .. } if growth == 0.02));
    assert!((last.change - (held.drifted - held.before)).abs() < 1e-15);
    assert!(explanation.strategies[0].held_over != 0.0 && explanation.unexplained.is_none());
}

const METHODS: [ConstructMethod; 6] = [
    ConstructMethod::EqualRiskContribution,
    ConstructMethod::InverseVolatility,
    ConstructMethod::MinimumVariance,
    ConstructMethod::MeanVariance,
    ConstructMethod::BlackLitterman,
    ConstructMethod::HierarchicalRiskParity,
];

#[test]
fn the_stage_of_the_weights_names_the_method_that_found_them() {
    for method in METHODS {
        let mut book = Book::of(vec![
            position("A", "DI_5Y", &[("DI_5Y", 1.0)], 0.6, 0.5),
            position("B", "USDBRL", &[("USDBRL", -1.0)], 0.5, 0.6),
        ]);
        book.config.construct.method = method;
        let explanation = explain(&book.record(), &market(), &id("USDBRL")).expect("a weight");
        let stage = &explanation.stages[2];
        assert_eq!(stage.stage, method.stage());
        match &stage.cause {
            StageCause::EqualRisk { .. } => assert_eq!(method, ConstructMethod::EqualRiskContribution),
            StageCause::Method { method: named, .. } => assert_eq!(*named, method),
            other => panic!("{other:?}"),
        }
        assert!(stage.relative && explanation.unexplained.is_none());
    }
}

#[test]
fn rounding_to_lots_is_a_stage_of_its_own_and_adds_up() {
    let mut book = opposing();
    let quote = |price: f64| ContractQuote { price, rate: None, fx: 1.0 };
    book.quotes.quoted.insert(id("USDBRL"), quote(0.5));
    let explanation = explain(&book.record(), &market(), &id("USDBRL")).expect("a weight");
    let last = explanation.stages.last().expect("stages");
    let StageCause::Lots { position } = &last.cause else { panic!("{last:?}") };
    assert_eq!((last.stage.as_str(), last.after), ("lots", explanation.weight));
    // A lot of five contracts of 50,000 dollars at 0.50 BRL is 1.25 % of NAV.
    let lots = explanation.weight / 0.0125;
    assert!(position.contracts % 5 == 0 && lots != 0.0 && (lots - lots.round()).abs() < 1e-9, "{lots}");
    assert!((last.change + position.residual).abs() < 1e-15);
    assert!(explanation.unexplained.is_none(), "{:?}", explanation.unexplained);

    // A contract worth more than NAV: no lot can be held, and that is the reason.
    book.quotes.quoted.insert(id("USDBRL"), quote(500.0));
    let found = reasons(&book, "USDBRL");
    assert!(matches!(found.last(), Some(Reason::LessThanALot { .. })), "{found:?}");
}

/// A strategy's position: which legs, their ratios, size and confidence.
fn positions() -> impl Strategy<Value = Vec<(usize, bool, f64, f64, f64)>> {
    prop::collection::vec((0..6_usize, any::<bool>(), 0.5..3.0, 0.05..1.0, 0.05..1.0), 1..7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_book_is_explained_to_the_last_digit(
        wanted in positions(),
        held in prop::collection::vec((-0.3..0.3, -0.05..0.05), 5),
        breaker in prop::sample::select(vec![1.0, 0.5, 0.0]),
        trigger in prop::sample::select(vec![0.0, 0.05, 1.0]),
        minimum_trade in prop::sample::select(vec![0.0, 200_000.0]),
        single in 0.02..0.3_f64,
        veto in prop::sample::select(vec![1.0, 0.5, 0.0]),
        missing in prop::option::of(prop::sample::select(vec!["DI_5Y", "USDBRL"])),
        method in prop::sample::select(&METHODS[..]),
    ) {
        let shapes: [&[&str]; 6] =
            [&["DI_5Y"], &["DI_2Y"], &["USDBRL"], &["IBOV"], &["DI_2Y", "DI_5Y"], &["DI_1Y", "DI_5Y"]];
        let mut book = Book::of(
            wanted
                .iter()
                .enumerate()
                .map(|(row, (shape, long, ratio, size, confidence))| {
                    let legs = shapes[*shape];
                    let sign = if *long { 1.0 } else { -1.0 };
                    let ratios = [-ratio * sign, sign];
                    let legs: Vec<(&str, f64)> = match legs {
                        [only] => vec![(only, sign)],
                        pair => pair.iter().copied().zip(ratios).collect(),
                    };
                    position(&format!("S{row}"), shapes[*shape].last().unwrap(), &legs, *size, *confidence)
                })
                .collect(),
        );
        book.config.construct.method = method;
        book.breaker_scale = breaker;
        book.consensus = vec![bearish_rates(veto)];
        if let Some(name) = missing {
            book.returns.remove(&id(name));
        }
        book.config.allocate.drift_trigger = trigger;
        book.config.allocate.minimum_trade = minimum_trade;
        book.config.allocate.single_position = single;
        for (name, (weight, growth)) in ["DI_5Y", "DI_2Y", "USDBRL", "IBOV", "DI_1Y"].into_iter().zip(&held) {
            // Half of them are not held.
            if *weight > 0.0 {
                book.hold(name, weight - 0.15, *growth);
            }
        }
        let record = book.record();
        let market = market();
        for instrument in universe() {
            let explained = explain(&record, &market, &instrument.id);
            let absent = why_not(&record, &market, &instrument.id);
            prop_assert!(explained.is_ok() != absent.is_ok());
            let Ok(explanation) = explained else { continue };
            prop_assert!(explanation.unexplained.largest() <= Unexplained::TOLERANCE, "{:#?}", explanation);
            for stage in explanation.stages.iter().filter(|stage| !stage.packages.is_empty()) {
                let parts = stage.packages.iter().map(|part| part.change).sum::<f64>() + stage.others;
                prop_assert!((parts - stage.change).abs() <= Unexplained::TOLERANCE);
            }
        }
    }
}
