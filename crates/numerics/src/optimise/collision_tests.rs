//! Random constraint sets: each is solved, or shown to collide by a proof that is checked here.

use nalgebra::DMatrix;

use super::{Collision, ConstraintSet, Convex, LinearConstraint, quadratic_program};
use crate::NumericsError;

/// Reproducible numbers in [0, 1).
pub(super) struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() * n as f64) as usize
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

/// Sparse rows, bands, one-sided rows and equalities; shifted so that about half of the sets collide.
fn random_set(draws: &mut Draws) -> (usize, Vec<LinearConstraint>) {
    let n = 2 + draws.below(7);
    let m = 3 + draws.below(12);
    let rows = (0..m).map(|k| {
        let mut coefficients: Vec<f64> =
            (0..n).map(|_| if draws.next() < 0.5 { draws.between(-1.0, 1.0) } else { 0.0 }).collect();
        coefficients[k % n] = draws.between(0.2, 1.0);
        let middle = draws.between(-0.6, 0.6);
        let width = draws.between(0.0, 1.2);
        let (lower, upper) = match draws.below(10) {
            0 => (middle, middle),
            1..=4 => (f64::NEG_INFINITY, middle + 0.2),
            5..=6 => (middle - 0.2, f64::INFINITY),
            _ => (middle - width, middle + width),
        };
        LinearConstraint { name: format!("c{k}"), coefficients, lower, upper }
    });
    (n, rows.collect())
}

fn value(row: &LinearConstraint, x: &[f64]) -> f64 {
    row.coefficients.iter().zip(x).map(|(c, x)| c * x).sum()
}

/// Worst violation of the optimality conditions of `min x'Px/2 + q'x`, computed from their definition, against the size of
/// the gradient's parts and of the point.
fn optimality(p: &DMatrix<f64>, q: &[f64], rows: &[LinearConstraint], x: &[f64], y: &[f64]) -> f64 {
    let largest = |values: &[f64]| values.iter().fold(1.0_f64, |most, v| most.max(v.abs()));
    let curvature: Vec<f64> = (0..q.len()).map(|i| (0..q.len()).map(|j| p[(i, j)] * x[j]).sum::<f64>()).collect();
    let (force, reach) = (largest(&curvature).max(largest(y)), largest(x));
    let mut worst: f64 = 0.0;
    for i in 0..q.len() {
        let pull: f64 = rows.iter().zip(y).map(|(row, y)| y * row.coefficients[i]).sum();
        worst = worst.max((curvature[i] + q[i] + pull).abs() / force);
    }
    for (row, y) in rows.iter().zip(y) {
        let value = value(row, x);
        worst = worst.max((row.lower - value) / reach).max((value - row.upper) / reach);
        if row.lower < row.upper && *y != 0.0 {
            let slack = if *y > 0.0 { row.upper - value } else { value - row.lower };
            worst = worst.max((y.abs() / force).min(slack.abs() / reach));
        }
    }
    worst
}

fn assert_proves(n: usize, rows: &[LinearConstraint], collision: &Collision) {
    let mut left = vec![0.0; n];
    let (mut sides, mut size) = (0.0, 0.0);
    for part in &collision.certificate {
        let name = part.name.as_ref().expect("no structure here");
        assert!(collision.members.contains(name), "{name} is not a member");
        let row = rows.iter().find(|row| row.name == *name).expect("a row of the set");
        let side = if part.multiplier > 0.0 { row.upper } else { row.lower };
        assert!(side.is_finite() && side == part.side);
        sides += part.multiplier * side;
        size += part.multiplier.abs();
        row.coefficients.iter().enumerate().for_each(|(i, c)| left[i] += part.multiplier * c);
    }
    let imbalance = left.iter().fold(0.0_f64, |worst, v| worst.max(v.abs()));
    // Within a box of a thousand the combination could not make up for the sides.
    assert!(sides < 0.0 && imbalance * 1e3 < -sides, "{imbalance:e} against {sides:e} of {size}");
}

/// A point of the set by the other method, or none.
fn point(n: usize, rows: &[LinearConstraint]) -> Option<Vec<f64>> {
    let found = match quadratic_program(&DMatrix::identity(n, n), &vec![0.0; n], rows) {
        Ok(found) => found,
        Err(NumericsError::Infeasible { .. }) => return None,
        Err(error) => panic!("undecided: {error}"),
    };
    let inside = |row: &LinearConstraint| {
        let value = value(row, &found.x);
        value >= row.lower - 1e-7 && value <= row.upper + 1e-7
    };
    rows.iter().all(inside).then_some(found.x)
}

#[test]
fn ten_thousand_random_constraint_sets_are_solved_or_shown_to_collide() {
    let mut draws = Draws(20_260_331);
    let (mut solved, mut collided) = (0, 0);
    for case in 0..10_000 {
        let (n, rows) = random_set(&mut draws);
        let factor = DMatrix::from_fn(n, n, |_, _| draws.between(-1.0, 1.0));
        let p = &factor * factor.transpose() + DMatrix::identity(n, n) * 0.1;
        let q: Vec<f64> = (0..n).map(|_| draws.between(-1.0, 1.0)).collect();
        let set = ConstraintSet { variables: n, structure: &[], constraints: &rows, separation: None };
        let collision = set.collision().unwrap_or_else(|error| panic!("case {case}: {error}"));
        match (quadratic_program(&p, &q, &rows), collision) {
            (Ok(solution), None) => {
                let worst = optimality(&p, &q, &rows, &solution.x, &solution.multipliers);
                assert!(worst < 1e-8, "case {case}: optimality {worst:e}");
                solved += 1;
            }
            (Err(NumericsError::Infeasible { constraints }), Some(collision)) => {
                assert_eq!(constraints, collision.members, "case {case}");
                assert_proves(n, &rows, &collision);
                let of = |name: &String| rows.iter().find(|row| row.name == *name).expect("a row").clone();
                for (at, cure) in collision.cures.iter().enumerate() {
                    let members: Vec<LinearConstraint> = collision.members.iter().map(of).collect();
                    assert_eq!(members[at].name, cure.name);
                    // Relaxed by its slack what it cures has a point; by less, it has none.
                    let mut relaxed = if cure.complete { rows.clone() } else { members.clone() };
                    let own = relaxed.iter().position(|row| row.name == cure.name).expect("a row");
                    let LinearConstraint { lower, upper, .. } = relaxed[own];
                    for (slack, cured) in [(1.0001 * cure.slack + 1e-4, true), (0.99 * cure.slack - 1e-6, false)] {
                        (relaxed[own].lower, relaxed[own].upper) = (lower - slack, upper + slack);
                        if case % 10 == 0 {
                            assert_eq!(point(n, &relaxed).is_some(), cured, "case {case}: {cure:?}");
                        }
                    }
                    let mut rest = members;
                    rest.remove(at);
                    assert!(point(n, &rest).is_some(), "case {case}: feasible without {}", cure.name);
                }
                assert_eq!(collision.cures.len(), collision.members.len());
                collided += 1;
            }
            (solution, collision) => panic!("case {case} is undecided: {solution:?} {collision:?}"),
        }
    }
    assert!(solved > 2_000 && collided > 2_000, "{solved} solved, {collided} collided");
}

#[test]
fn constraints_are_relaxed_in_the_declared_order_and_no_more_than_needed() {
    let bound = |name: &str, lower, upper| LinearConstraint::bound(name, 1, 0, lower, upper);
    let rows = [
        bound("floor", 1.0, f64::INFINITY),
        bound("first", f64::NEG_INFINITY, 0.7),
        bound("second", f64::NEG_INFINITY, 0.9),
    ];
    let set = ConstraintSet { variables: 1, structure: &[], constraints: &rows, separation: None };
    let order = ["first", "second"].map(str::to_owned);
    let relaxed = set.relax_in_order(&order).unwrap().unwrap();
    assert_eq!(relaxed.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    assert!((relaxed[0].slack - 0.3).abs() < 1e-8 && (relaxed[1].slack - 0.1).abs() < 1e-8);
    assert_eq!(set.relax_in_order(&order[..1]).unwrap(), None, "the first alone is not enough");
    let floor = set.relax_in_order(&["floor".to_owned()]).unwrap().unwrap();
    assert!((floor[0].slack - 0.3).abs() < 1e-8);
}

#[test]
fn a_ball_collides_through_its_cuts() {
    // Within the unit ball, x + y cannot reach 1.5: the ball must grow to 1.5 / sqrt(2).
    let rows =
        [LinearConstraint { name: "reach".into(), coefficients: vec![1.0, 1.0], lower: 1.5, upper: f64::INFINITY }];
    let separate = |x: &[f64], slack: f64| {
        let length = x[0].hypot(x[1]);
        let coefficients = vec![x[0] / length, x[1] / length];
        let upper = 1.0;
        (length > 1.0 + slack + 1e-9).then(|| LinearConstraint {
            name: "ball".into(),
            coefficients,
            lower: f64::NEG_INFINITY,
            upper,
        })
    };
    let metric = DMatrix::identity(2, 2);
    let ball = Convex { name: "ball", separate: &separate, metric: &metric };
    let set = ConstraintSet { variables: 2, structure: &[], constraints: &rows, separation: Some(ball) };
    let found = set.collision().unwrap().unwrap();
    assert_eq!(found.members, ["reach", "ball"]);
    assert!((found.cures[1].slack - (1.5 / 2.0_f64.sqrt() - 1.0)).abs() < 1e-7, "{:?}", found.cures);
    assert!((found.cures[0].slack - (1.5 - 2.0_f64.sqrt())).abs() < 1e-7, "{:?}", found.cures);
}
