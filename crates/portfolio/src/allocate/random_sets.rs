//! Random constraint sets through the allocator: every one leads to the closest book, which is checked against the
//! constraints and against nearby books, or to a collision, which is checked by the general solver.

use std::collections::BTreeMap;

use market::instruments::{Currency, InstrumentId};
use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::optimise::{LinearConstraint, quadratic_program};

use super::limits::{Facts, Limits};
use super::optimum::Program;
use super::tests::{NAV, SIX, package, single, target};
use super::*;
use crate::Weights;
use crate::construct::Construction;
use crate::weights::weight_of;

/// Reproducible numbers in [0, 1).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }

    fn chance(&mut self, share: f64) -> bool {
        self.next() < share
    }
}

fn random_target(draws: &mut Draws) -> Construction {
    let mut packages = Vec::new();
    for id in SIX {
        if draws.chance(0.7) {
            packages.push(single(id, id, draws.between(-0.4, 0.4)));
        }
    }
    if packages.is_empty() || draws.chance(0.6) {
        let legs = [("DI_2Y", -draws.between(0.5, 3.0)), ("DI_5Y", 1.0)];
        packages.push(package("SPREAD", "S", &legs, draws.between(0.05, 0.3)));
    }
    target(packages)
}

fn random_config(draws: &mut Draws) -> AllocateConfig {
    let mut config = AllocateConfig {
        gross_leverage: draws.between(0.2, 1.5),
        single_position: draws.between(0.05, 0.3),
        asset_class: draws.between(0.15, 0.6),
        fallback: vec![
            FallbackStep::RelaxSoft,
            FallbackStep::ScaleTarget,
            FallbackStep::KeepHeld,
            FallbackStep::GoFlat,
        ],
        ..AllocateConfig::default()
    };
    let band = |draws: &mut Draws, width: f64| {
        let middle = draws.between(-width, width);
        let half = draws.between(0.0, width);
        let (lower, upper) = (Some(middle - half), Some(middle + half));
        match draws.next() {
            one if one < 0.3 => Band { lower, upper: None },
            one if one < 0.6 => Band { lower: None, upper },
            _ => Band { lower, upper },
        }
    };
    if draws.chance(0.4) {
        let lower = draws.between(-0.5, 0.3);
        config.net = Some(NetBand { lower, upper: lower + draws.between(0.0, 0.6) });
    }
    config.turnover = draws.chance(0.5).then(|| draws.between(0.05, 1.0));
    config.volatility = draws.chance(0.4).then(|| draws.between(0.005, 0.04));
    for id in SIX {
        if draws.chance(0.2) {
            config.bounds.insert(id.into(), band(draws, 0.15));
        }
    }
    if draws.chance(0.3) {
        config.currency.insert(Currency::Usd, band(draws, 0.15));
    }
    for name in ["curve", "level", "own"] {
        if draws.chance(0.4) {
            let coefficients = SIX.iter().map(|id| (InstrumentId::new(id), draws.between(-2.0, 2.0))).collect();
            let Band { lower, upper } = band(draws, 0.3);
            config.linear.insert(name.to_owned(), LinearBound { coefficients, lower, upper });
        }
    }
    config
}

/// Every constraint of the configuration, computed here from its definition; the largest excess.
fn excess(config: &AllocateConfig, target: &Construction, held: &Weights, book: &Weights) -> f64 {
    let of = |id: &str| weight_of(book, &id.into());
    let mut worst: f64 = 0.0;
    let mut within = |value: f64, lower: f64, upper: f64| worst = worst.max(lower - value).max(value - upper);
    let open = f64::INFINITY;
    let gross: f64 = SIX.iter().map(|id| of(id).abs()).sum();
    within(gross, -open, config.gross_leverage);
    within(gross - of("USDBRL").abs(), -open, config.asset_class);
    within(of("USDBRL").abs(), -open, config.asset_class.min(config.single_position));
    SIX.iter().for_each(|id| within(of(id).abs(), -open, config.single_position));
    if let Some(net) = config.net {
        within(SIX.iter().map(|id| of(id)).sum(), net.lower, net.upper);
    }
    if let Some(turnover) = config.turnover {
        within(SIX.iter().map(|id| (of(id) - weight_of(held, &(*id).into())).abs()).sum(), -open, turnover);
    }
    for (id, band) in &config.bounds {
        within(of(id.as_str()), band.lower.unwrap_or(-open), band.upper.unwrap_or(open));
    }
    for band in config.currency.values() {
        within(of("USDBRL"), band.lower.unwrap_or(-open), band.upper.unwrap_or(open));
    }
    for bound in config.linear.values() {
        let value: f64 = bound.coefficients.iter().map(|(id, unit)| unit * of(id.as_str())).sum();
        within(value, bound.lower.unwrap_or(-open), bound.upper.unwrap_or(open));
    }
    if let Some(cap) = config.volatility {
        // Uncorrelated instruments of 8 % volatility.
        let _ = target;
        within(0.08 * SIX.iter().map(|id| of(id) * of(id)).sum::<f64>().sqrt(), -open, cap);
    }
    worst
}

fn book(target: &Construction, scales: &[f64]) -> Weights {
    crate::construct::net_weights(target.packages.iter().zip(scales.iter().copied()))
}

/// Tracking variance and cost, in the units of the allocator's own objective up to a factor.
fn objective(config: &AllocateConfig, target: &Construction, held: &Weights, scales: &[f64]) -> f64 {
    let model = &target.risk_model;
    let short: Vec<f64> =
        target.packages.iter().zip(scales).map(|(package, scale)| package.weight * (scale - 1.0)).collect();
    let tracking = model.volatility(&short).powi(2);
    // What makes one best answer where packages cancel: a millionth of the mean variance.
    let variance = |at: usize| target.packages[at].weight.powi(2) * model.package_covariance[at][at];
    let unit = (0..short.len()).map(variance).sum::<f64>() / short.len() as f64;
    let ridge: f64 = scales.iter().map(|scale| 1e-6 * unit * (scale - 1.0) * (scale - 1.0)).sum();
    let book = book(target, scales);
    let cost: f64 = SIX
        .iter()
        .map(|id| {
            let id = InstrumentId::new(id);
            let found = market::instruments::find(&id).unwrap();
            config.cost(found) * (weight_of(&book, &id) - weight_of(held, &id)).abs()
        })
        .sum();
    0.5 * (tracking + ridge) + cost / config.tracking_aversion
}

/// A point of these rows by the general solver, with tangent planes for the volatility where it is among them.
fn point(program: &Program<'_>, members: &[&str]) -> Option<Vec<f64>> {
    let named = |row: &&LinearConstraint| members.contains(&row.name.as_str());
    let general = program.general();
    let mut rows: Vec<LinearConstraint> = general.rows.iter().filter(named).cloned().collect();
    rows.extend(general.structure);
    let n = general.size;
    for _ in 0..200 {
        let found = match quadratic_program(&DMatrix::identity(n, n), &vec![0.0; n], &rows) {
            Ok(found) => found.x,
            Err(NumericsError::Infeasible { .. }) => return None,
            Err(error) => panic!("undecided: {error}"),
        };
        match members.contains(&"volatility").then(|| program.cut(&found, 1e-9)).flatten() {
            Some(cut) => rows.push(cut),
            None => return Some(found),
        }
    }
    panic!("the tangent planes do not end");
}

#[test]
fn ten_thousand_random_constraint_sets_lead_to_the_closest_book_or_to_a_proven_collision() {
    let mut draws = Draws(20_251_201);
    let (mut solved, mut collided, mut relaxed) = (0, 0, 0);
    for case in 0..10_000 {
        let (target, config) = (random_target(&mut draws), random_config(&mut draws));
        let mut held = Weights::new();
        for id in SIX {
            if draws.chance(0.4) {
                held.insert(id.into(), draws.between(-0.15, 0.15));
            }
        }
        let allocator = CapitalAllocator::new(config.clone()).unwrap();
        let allocation = allocator.allocate(&AllocationInput::new(&target, &held, NAV)).unwrap();
        let Some(fallback) = &allocation.fallback else {
            let over = excess(&config, &target, &held, &allocation.attainable);
            assert!(over < 1e-7, "case {case}: a constraint is exceeded by {over:e}");
            let scale = |name: &str| {
                let cut = allocation.adjustments.iter().find(|cut| cut.package == name);
                cut.map_or(1.0, |cut| cut.scale)
            };
            let scales: Vec<f64> = target.packages.iter().map(|package| scale(&package.name)).collect();
            let best = objective(&config, &target, &held, &scales);
            for _ in 0..10 {
                let step = draws.between(0.001, 0.3);
                let nearby: Vec<f64> = scales.iter().map(|s| s + step * (draws.next() - s)).collect();
                if excess(&config, &target, &held, &book(&target, &nearby)) <= 0.0 {
                    let other = objective(&config, &target, &held, &nearby);
                    assert!(best <= other * (1.0 + 1e-5) + 1e-12, "case {case}: {best:e} is not below {other:e}");
                }
            }
            solved += 1;
            continue;
        };
        assert_eq!(fallback.reason, FallbackReason::Infeasible, "case {case}: {}", fallback.cause);
        assert!(fallback.used().is_some() && !fallback.colliding.is_empty(), "case {case}");
        relaxed += u32::from(fallback.used() == Some(FallbackStep::RelaxSoft));

        let instruments: BTreeMap<InstrumentId, _> = AllocationInput::instruments(&target, &held)
            .into_iter()
            .map(|id| (id.clone(), market::instruments::find(&id).unwrap()))
            .collect();
        let none = BTreeMap::new();
        let facts = Facts { instruments: &instruments, model: &target.risk_model, sensitivities: &none, held: &held };
        let limits = Limits::new(&config, facts).unwrap();
        let costs = instruments.iter().map(|(id, found)| (id.clone(), config.cost(found))).collect();
        let program = Program::new(&target, &limits, &costs, config.tracking_aversion).unwrap();
        let members: Vec<&str> = fallback.colliding.iter().map(String::as_str).collect();
        assert!(point(&program, &members).is_none(), "case {case}: {members:?} do not collide alone");
        for dropped in &members {
            let rest: Vec<&str> = members.iter().copied().filter(|name| name != dropped).collect();
            assert!(point(&program, &rest).is_some(), "case {case}: {members:?} collide without {dropped}");
        }
        assert_eq!(fallback.cures.len(), members.len(), "case {case}");
        assert!(fallback.cures.iter().all(|cure| cure.slack > 0.0), "case {case}: {:?}", fallback.cures);
        collided += 1;
    }
    assert!(
        solved > 2_000 && collided > 2_000 && relaxed > 100,
        "{solved} solved, {collided} collided, {relaxed} relaxed"
    );
}
