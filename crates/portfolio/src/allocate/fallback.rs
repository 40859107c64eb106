//! What is done when no book satisfies the constraints, in the declared order, each step recorded.
//!
//! A step's book is used only when it satisfies every hard constraint (those that `soft` does not name); of a kept book the
//! turnover does not count, since nothing is traded. A book with an instrument outside the risk model is refused while a hard
//! constraint is on risk: what is not measured is not within a limit. Going flat is always taken: the way out stays open.

use market::instruments::InstrumentId;
use numerics::NumericsError;
use numerics::optimise::{Collision, Relaxation};

use super::allocator::{Attainable, Problem};
use super::constraints::{Constraint, ConstraintUse};
use super::limits::Limits;
use super::optimum::Program;
use super::outcome::{Cure, Fallback, FallbackAttempt, FallbackReason};
use super::{AllocateConfig, FallbackStep};
use crate::{PortfolioError, Weights};

/// Room beyond the smallest relaxation, so that the books within it have an inside: 10 BRL of a desk of 10 million.
pub(super) const ROOM: f64 = 1e-6;

/// A book that a step found, or why it found none.
type Found = Result<Attainable, String>;

/// The first step of the chain whose book can be used.
pub(super) fn chain(
    problem: &Problem<'_>,
    program: Option<&Program<'_>>,
    failure: &NumericsError,
) -> Result<Attainable, PortfolioError> {
    let (collision, cause) = diagnose(program, failure);
    let mut steps = Vec::new();
    for step in &problem.config.fallback {
        let found = match step {
            FallbackStep::RelaxSoft => relaxed(problem, program.filter(|_| collision.is_some())),
            FallbackStep::ScaleTarget => Ok(problem.scaled_target()),
            FallbackStep::KeepHeld => Ok(problem.kept()),
            FallbackStep::GoFlat => Ok(problem.flat()),
        };
        let judged = found.and_then(|book| judge(problem, *step, book));
        match judged {
            Ok(mut book) => {
                let outcome = book.note.take().unwrap_or_else(|| "used".to_owned());
                steps.push(FallbackAttempt { step: *step, taken: true, outcome });
                book.fallback = Some(Fallback {
                    colliding: collision.as_ref().map(|found| found.members.clone()).unwrap_or_default(),
                    cause,
                    scale: problem.scale_of(&book.weights),
                    unsatisfied: problem.limits.breaches(&book.weights),
                    reason: match collision {
                        Some(_) => FallbackReason::Infeasible,
                        None => FallbackReason::NotConverged,
                    },
                    cures: collision.map(|found| cures(problem.limits, found)).unwrap_or_default(),
                    steps,
                });
                return Ok(book);
            }
            Err(outcome) => steps.push(FallbackAttempt { step: *step, taken: false, outcome }),
        }
    }
    let tried: Vec<String> =
        steps.into_iter().map(|attempt| format!("{:?}: {}", attempt.step, attempt.outcome)).collect();
    Err(PortfolioError::NoFallback { cause, tried: tried.join("; ") })
}

/// The collision with its proof, or none when the solver gave up; and what to say.
fn diagnose(program: Option<&Program<'_>>, failure: &NumericsError) -> (Option<Collision>, String) {
    let infeasible = matches!(failure, NumericsError::Infeasible { .. });
    let Some(program) = program.filter(|_| infeasible) else { return (None, failure.to_string()) };
    match program.collision() {
        Ok(Some(found)) => {
            let cause = format!("these constraints cannot hold together: {}", found.members.join(", "));
            (Some(found), cause)
        }
        Ok(None) => (None, format!("{failure}, but no proof of it was found")),
        Err(error) => (None, format!("{failure}; looking for a proof: {error}")),
    }
}

fn cures(limits: &Limits<'_>, found: Collision) -> Vec<Cure> {
    let unit = |name: &str| {
        let limit = limits.all.iter().find(|limit| limit.constraint.to_string() == name);
        limit.map_or("of the target", |limit| limit.constraint.unit()).to_owned()
    };
    let cure = |cure: numerics::optimise::Cure| Cure {
        unit: unit(&cure.name),
        constraint: cure.name,
        slack: cure.slack,
        complete: cure.complete,
    };
    found.cures.into_iter().map(cure).collect()
}

/// Constraints that may give, in the declared order.
fn soft<'l>(config: &AllocateConfig, limits: &'l Limits<'_>) -> Vec<&'l Constraint> {
    let mut order: Vec<&Constraint> = Vec::new();
    for named in &config.soft {
        for limit in &limits.all {
            let constraint = &limit.constraint;
            if (constraint.kind() == named || constraint.to_string() == *named) && !order.contains(&constraint) {
                order.push(constraint);
            }
        }
    }
    order
}

fn relaxed(problem: &Problem<'_>, program: Option<&Program<'_>>) -> Found {
    let Some(program) = program else { return Err("no constraint is known to collide".to_owned()) };
    let order: Vec<String> = soft(problem.config, problem.limits).into_iter().map(Constraint::to_string).collect();
    if order.is_empty() {
        return Err("no constraint is soft".to_owned());
    }
    let relaxations = program
        .relax(&order)
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("relaxing {} is not enough", order.join(", ")))?;
    let mut limits = problem.limits.clone();
    for limit in &mut limits.all {
        let own = relaxations.iter().find(|relaxation| relaxation.name == limit.constraint.to_string());
        if let Some(relaxation) = own {
            limit.relax(relaxation.slack + ROOM);
        }
    }
    let program = problem.program(&limits).map_err(|error| error.to_string())?;
    let solved = program.solve().map_err(|error| format!("the relaxed program: {error}"))?;
    let said: Vec<String> = relaxations.iter().map(|relaxation| said(&limits, relaxation)).collect();
    let mut book = problem.solved(&solved, &limits);
    book.relaxed = Some(relaxations);
    book.note = Some(format!("relaxed {}", said.join(", ")));
    Ok(book)
}

fn said(limits: &Limits<'_>, relaxation: &Relaxation) -> String {
    let limit = limits.all.iter().find(|limit| limit.constraint.to_string() == relaxation.name);
    let unit = limit.map_or("", |limit| limit.constraint.unit());
    format!("{} by {:.6} {unit}", relaxation.name, relaxation.slack)
}

/// The book of a step, when it may be used.
fn judge(problem: &Problem<'_>, step: FallbackStep, book: Attainable) -> Found {
    if step == FallbackStep::GoFlat {
        return Ok(book);
    }
    let soft = soft(problem.config, problem.limits);
    let traded = |used: &ConstraintUse| step != FallbackStep::KeepHeld || used.constraint != Constraint::Turnover;
    let weights: &Weights = if book.keep { problem.limits.held } else { &book.weights };
    let unknown = unmeasured(problem, weights);
    if !unknown.is_empty() {
        return Err(format!("its risk is not known: {}", unknown.join(", ")));
    }
    let hard: Vec<String> = problem
        .limits
        .breaches(weights)
        .into_iter()
        .filter(|used| !soft.contains(&&used.constraint) && traded(used))
        .map(|used| format!("{} ({:.4} of {:.4})", used.constraint, used.value, used.limit))
        .collect();
    if hard.is_empty() { Ok(book) } else { Err(format!("its book breaches {}", hard.join(", "))) }
}

/// Instruments of a book that the risk model does not hold, where a hard constraint is on their risk.
fn unmeasured(problem: &Problem<'_>, weights: &Weights) -> Vec<String> {
    let Problem { config, limits, .. } = problem;
    let kinds =
        [("risk_contribution", config.risk_contribution.is_some()), ("volatility", config.volatility.is_some())];
    if !kinds.into_iter().any(|(kind, on)| on && !config.soft.iter().any(|soft| soft == kind)) {
        return Vec::new();
    }
    let outside = weights.keys().filter(|id| !limits.model.instruments.contains(id));
    outside.map(InstrumentId::to_string).collect()
}
