//! Minimisation of smooth functions of few parameters, for likelihoods.
//!
//! BFGS with central-difference gradients and a backtracking line search, then a simplex polish. The function answers
//! infinity where it is undefined. Deterministic: no random numbers, no parallel sums.

use nalgebra::DMatrix;

/// Where a search ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Minimum {
    pub point: Vec<f64>,
    pub value: f64,
    pub iterations: usize,
}

const MAX_ITERATIONS: usize = 400;
/// Relative fall of the function below which an iteration counts as stalled.
const STALL: f64 = 1e-13;
/// Stalled iterations after which the search ends.
const PATIENCE: usize = 3;

/// Minimises from a start by BFGS.
pub(crate) fn bfgs(function: &dyn Fn(&[f64]) -> f64, start: &[f64]) -> Minimum {
    let n = start.len();
    let mut point = start.to_vec();
    let mut value = function(&point);
    let mut inverse = DMatrix::<f64>::identity(n, n);
    let mut slope = gradient(function, &point);
    let (mut stalled, mut fresh) = (0, true);
    let mut iterations = 0;
    while iterations < MAX_ITERATIONS && value.is_finite() && stalled < PATIENCE {
        iterations += 1;
        let mut direction: Vec<f64> =
            (0..n).map(|i| -(0..n).map(|j| inverse[(i, j)] * slope[j]).sum::<f64>()).collect();
        let mut decline: f64 = direction.iter().zip(&slope).map(|(d, s)| d * s).sum();
        if !decline.is_finite() || decline >= 0.0 {
            inverse = DMatrix::identity(n, n);
            direction = slope.iter().map(|s| -s).collect();
            decline = -slope.iter().map(|s| s * s).sum::<f64>();
            fresh = true;
        }
        if decline == 0.0 || !decline.is_finite() {
            break;
        }
        // The first step of a fresh metric is kept within unit length: the gradient carries no scale.
        let length = direction.iter().map(|d| d * d).sum::<f64>().sqrt();
        let mut step = if fresh { (0.5 / length).min(1.0) } else { 1.0 };
        let advanced = |step: f64| -> Vec<f64> { point.iter().zip(&direction).map(|(x, d)| x + step * d).collect() };
        let mut next = advanced(step);
        let mut next_value = function(&next);
        // An undefined value (NaN) counts as no decline.
        let declines = |step: f64, next: f64| next <= value + 1e-4 * step * decline;
        while !declines(step, next_value) && step > 1e-12 {
            step *= 0.5;
            next = advanced(step);
            next_value = function(&next);
        }
        if next_value.is_nan() || next_value >= value {
            if fresh {
                break;
            }
            inverse = DMatrix::identity(n, n);
            fresh = true;
            stalled += 1;
            continue;
        }
        stalled = if value - next_value <= STALL * (1.0 + value.abs()) { stalled + 1 } else { 0 };
        let next_slope = gradient(function, &next);
        let moved: Vec<f64> = next.iter().zip(&point).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = next_slope.iter().zip(&slope).map(|(a, b)| a - b).collect();
        update_metric(&mut inverse, &moved, &turned, fresh);
        fresh = false;
        (point, value, slope) = (next, next_value, next_slope);
    }
    Minimum { point, value, iterations }
}

/// BFGS update of the inverse Hessian; skipped when the curvature is not positive.
fn update_metric(inverse: &mut DMatrix<f64>, moved: &[f64], turned: &[f64], fresh: bool) {
    let n = moved.len();
    let curvature: f64 = moved.iter().zip(turned).map(|(s, y)| s * y).sum();
    let size: f64 = turned.iter().map(|y| y * y).sum();
    let floor = 1e-12 * size.sqrt() * moved.iter().map(|s| s * s).sum::<f64>().sqrt();
    if curvature.is_nan() || curvature <= floor {
        return;
    }
    if fresh {
        *inverse = DMatrix::identity(n, n) * (curvature / size);
    }
    let product: Vec<f64> = (0..n).map(|i| (0..n).map(|j| inverse[(i, j)] * turned[j]).sum()).collect();
    let quadratic: f64 = product.iter().zip(turned).map(|(p, y)| p * y).sum();
    let factor = (1.0 + quadratic / curvature) / curvature;
    for i in 0..n {
        for j in 0..n {
            inverse[(i, j)] +=
                factor * moved[i] * moved[j] - (product[i] * moved[j] + moved[i] * product[j]) / curvature;
        }
    }
}

/// Central differences; one-sided where the function is undefined on the other side.
pub(crate) fn gradient(function: &dyn Fn(&[f64]) -> f64, point: &[f64]) -> Vec<f64> {
    let mut moved = point.to_vec();
    let centre = std::cell::OnceCell::new();
    (0..point.len())
        .map(|i| {
            let step = 6e-6 * point[i].abs().max(0.1);
            moved[i] = point[i] + step;
            let above = function(&moved);
            moved[i] = point[i] - step;
            let below = function(&moved);
            moved[i] = point[i];
            match (above.is_finite(), below.is_finite()) {
                (true, true) => (above - below) / (2.0 * step),
                (true, false) => (above - centre.get_or_init(|| function(point))) / step,
                (false, true) => (centre.get_or_init(|| function(point)) - below) / step,
                (false, false) => 0.0,
            }
        })
        .collect()
}

/// Matrix of second derivatives by central differences with the steps given.
pub(crate) fn hessian(function: &dyn Fn(&[f64]) -> f64, point: &[f64], steps: &[f64]) -> DMatrix<f64> {
    let n = point.len();
    let centre = function(point);
    let at = |moves: &[(usize, f64)]| {
        let mut moved = point.to_vec();
        for &(i, sign) in moves {
            moved[i] += sign * steps[i];
        }
        function(&moved)
    };
    let mut hessian = DMatrix::zeros(n, n);
    for i in 0..n {
        hessian[(i, i)] = (at(&[(i, 1.0)]) - 2.0 * centre + at(&[(i, -1.0)])) / (steps[i] * steps[i]);
        for j in 0..i {
            let cross = at(&[(i, 1.0), (j, 1.0)]) - at(&[(i, 1.0), (j, -1.0)]) - at(&[(i, -1.0), (j, 1.0)])
                + at(&[(i, -1.0), (j, -1.0)]);
            hessian[(i, j)] = cross / (4.0 * steps[i] * steps[j]);
            hessian[(j, i)] = hessian[(i, j)];
        }
    }
    hessian
}

/// Nelder-Mead from a start with the initial edge lengths given.
pub(crate) fn simplex(function: &dyn Fn(&[f64]) -> f64, start: &[f64], edges: &[f64], evaluations: usize) -> Minimum {
    let n = start.len();
    let mut corners: Vec<(f64, Vec<f64>)> = (0..=n)
        .map(|corner| {
            let mut point = start.to_vec();
            if corner > 0 {
                point[corner - 1] += edges[corner - 1];
            }
            (function(&point), point)
        })
        .collect();
    let mut used = n + 1;
    while used < evaluations {
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        let spread = corners[n].0 - corners[0].0;
        if spread.is_nan() || spread <= 1e-14 * (1.0 + corners[0].0.abs()) {
            break;
        }
        let centre: Vec<f64> =
            (0..n).map(|j| corners[..n].iter().map(|corner| corner.1[j]).sum::<f64>() / n as f64).collect();
        let towards = |factor: f64| -> (f64, Vec<f64>) {
            let point: Vec<f64> = centre.iter().zip(&corners[n].1).map(|(c, w)| c + factor * (c - w)).collect();
            (function(&point), point)
        };
        let reflected = towards(1.0);
        used += 1;
        let candidate = if reflected.0 < corners[0].0 {
            used += 1;
            let expanded = towards(2.0);
            if expanded.0 < reflected.0 { expanded } else { reflected }
        } else if reflected.0 < corners[n - 1].0 {
            reflected
        } else {
            used += 1;
            let contracted = towards(if reflected.0 < corners[n].0 { 0.5 } else { -0.5 });
            if contracted.0 < corners[n].0.min(reflected.0) {
                contracted
            } else {
                let best = corners[0].1.clone();
                for corner in &mut corners[1..] {
                    corner.1.iter_mut().zip(&best).for_each(|(x, b)| *x = b + 0.5 * (*x - b));
                    corner.0 = function(&corner.1);
                }
                used += n;
                continue;
            }
        };
        corners[n] = candidate;
    }
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (value, point) = corners.swap_remove(0);
    Minimum { point, value, iterations: used }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rosenbrock(x: &[f64]) -> f64 {
        (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2)
    }

    #[test]
    fn both_searches_find_the_bottom_of_a_curved_valley() {
        let smooth = bfgs(&rosenbrock, &[-1.2, 1.0]);
        assert!((smooth.point[0] - 1.0).abs() < 1e-5, "{smooth:?}");
        let direct = simplex(&rosenbrock, &[-1.2, 1.0], &[0.5, 0.5], 5000);
        assert!((direct.point[1] - 1.0).abs() < 1e-5, "{direct:?}");
    }

    #[test]
    fn an_undefined_region_is_avoided() {
        let barrier = |x: &[f64]| if x[0] <= 0.0 { f64::INFINITY } else { x[0] - x[0].ln() };
        assert!((bfgs(&barrier, &[5.0]).point[0] - 1.0).abs() < 1e-5);
    }

    #[test]
    fn the_hessian_of_a_quadratic_is_exact() {
        let quadratic = |x: &[f64]| x[0] * x[0] + 3.0 * x[0] * x[1] + 5.0 * x[1] * x[1];
        let hessian = hessian(&quadratic, &[0.3, -0.2], &[1e-3, 1e-3]);
        assert!((hessian[(0, 1)] - 3.0).abs() < 1e-6 && (hessian[(1, 1)] - 10.0).abs() < 1e-6);
    }
}
