//! Bounded quasi-Newton descent in one variable: L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995) reduced to one dimension, with
//! the line search of More and Thuente (1994).

/// Step of the forward difference that stands in for the derivative.
const DIFFERENCE: f64 = 1e-8;
const MAX_ITERATIONS: usize = 200;
const MAX_EVALUATIONS: usize = 20;
/// Relative decrease of the function at which the descent stops.
const DECREASE: f64 = 2.2e-9;
/// Projected gradient at which the descent stops.
const GRADIENT: f64 = 1e-5;

/// A point where the descent of `f` from `start` inside `bounds` stops: a local minimum or a bound.
pub(crate) fn minimise_bounded(f: impl Fn(f64) -> f64, start: f64, bounds: (f64, f64)) -> f64 {
    let evaluate = |x: f64| {
        let value = f(x);
        let h = if x + DIFFERENCE <= bounds.1 { DIFFERENCE } else { -DIFFERENCE };
        (value, (f(x + h) - value) / h)
    };
    let mut x = start;
    let (mut value, mut slope) = evaluate(x);
    let mut curvature = 1.0;
    for iteration in 0..MAX_ITERATIONS {
        let projected = (x - slope).clamp(bounds.0, bounds.1) - x;
        if projected.abs() <= GRADIENT || !slope.is_finite() {
            break;
        }
        let direction = (x - slope / curvature).clamp(bounds.0, bounds.1) - x;
        let room = if direction > 0.0 { bounds.1 - x } else { bounds.0 - x };
        let longest = if iteration == 0 { 1.0 } else { (room / direction).max(1.0) };
        let along = |step: f64| {
            let (v, s) = evaluate((x + step * direction).clamp(bounds.0, bounds.1));
            (v, s * direction)
        };
        let Some(step) = line_search(along, value, slope * direction, longest) else { break };
        let next = (x + step * direction).clamp(bounds.0, bounds.1);
        let (new_value, new_slope) = evaluate(next);
        let (moved, bent) = (next - x, new_slope - slope);
        if moved * bent > f64::EPSILON * moved.abs() * slope.abs() {
            curvature = bent / moved;
        }
        let decrease = value - new_value;
        (x, slope) = (next, new_slope);
        let scale = value.abs().max(new_value.abs()).max(1.0);
        value = new_value;
        if decrease <= DECREASE * scale || moved == 0.0 {
            break;
        }
    }
    x
}

/// One end of the interval of uncertainty: step, value, derivative.
#[derive(Debug, Clone, Copy)]
struct Trial {
    step: f64,
    value: f64,
    slope: f64,
}

/// A step in `(0, longest]` with sufficient decrease (1e-3) and curvature (0.9); `None` when 20 trials do not find one.
fn line_search(along: impl Fn(f64) -> (f64, f64), value: f64, slope: f64, longest: f64) -> Option<f64> {
    if slope >= 0.0 {
        return None;
    }
    let wanted = 1e-3 * slope;
    let origin = Trial { step: 0.0, value, slope };
    let (mut best, mut other) = (origin, origin);
    let mut bracketed = false;
    let mut first_stage = true;
    let (mut width, mut older_width) = (longest, 2.0 * longest);
    let mut step = 1.0_f64.min(longest);
    let (mut low, mut high) = (0.0, 5.0 * step);
    for _ in 0..MAX_EVALUATIONS {
        let (v, s) = along(step);
        let trial = Trial { step, value: v, slope: s };
        let target = value + step * wanted;
        if first_stage && v <= target && s >= 0.0 {
            first_stage = false;
        }
        let exhausted = bracketed && (step <= low || step >= high || high - low <= 0.1 * high);
        let at_end = step == longest && v <= target && s <= wanted;
        if exhausted || at_end || (v <= target && s.abs() <= -0.9 * slope) {
            return Some(step);
        }
        if first_stage && v <= best.value && v > target {
            // The auxiliary function with the sufficient-decrease line subtracted.
            let lift = |t: Trial| Trial { value: t.value - t.step * wanted, slope: t.slope - wanted, ..t };
            let lower = |t: Trial| Trial { value: t.value + t.step * wanted, slope: t.slope + wanted, ..t };
            let (mut b, mut o) = (lift(best), lift(other));
            step = next_trial(&mut b, &mut o, lift(trial), &mut bracketed, low, high);
            (best, other) = (lower(b), lower(o));
        } else {
            step = next_trial(&mut best, &mut other, trial, &mut bracketed, low, high);
        }
        if bracketed {
            if (other.step - best.step).abs() >= 0.66 * older_width {
                step = best.step + 0.5 * (other.step - best.step);
            }
            older_width = width;
            width = (other.step - best.step).abs();
            (low, high) = (best.step.min(other.step), best.step.max(other.step));
        } else {
            (low, high) = (step + 1.1 * (step - best.step), step + 4.0 * (step - best.step));
        }
        step = step.clamp(0.0, longest);
        if bracketed && (step <= low || step >= high || high - low <= 0.1 * high) {
            step = best.step;
        }
    }
    None
}

/// The safeguarded cubic or quadratic step of More and Thuente; updates the interval.
fn next_trial(x: &mut Trial, y: &mut Trial, p: Trial, bracketed: &mut bool, low: f64, high: f64) -> f64 {
    let opposite = p.slope * x.slope.signum() < 0.0;
    let cubic = |a: &Trial, floor: bool| {
        let theta = 3.0 * (a.value - p.value) / (p.step - a.step) + a.slope + p.slope;
        let s = theta.abs().max(a.slope.abs()).max(p.slope.abs());
        let inside = (theta / s) * (theta / s) - (a.slope / s) * (p.slope / s);
        (theta, s * if floor { inside.max(0.0) } else { inside }.sqrt())
    };
    let secant = p.step + p.slope / (p.slope - x.slope) * (x.step - p.step);
    let step = if p.value > x.value {
        *bracketed = true;
        let (theta, root) = cubic(x, false);
        let gamma = if p.step < x.step { -root } else { root };
        let r = ((gamma - x.slope) + theta) / (((gamma - x.slope) + gamma) + p.slope);
        let c = x.step + r * (p.step - x.step);
        let q = x.step + x.slope / ((x.value - p.value) / (p.step - x.step) + x.slope) / 2.0 * (p.step - x.step);
        if (c - x.step).abs() < (q - x.step).abs() { c } else { c + (q - c) / 2.0 }
    } else if opposite {
        *bracketed = true;
        let (theta, root) = cubic(x, false);
        let gamma = if p.step > x.step { -root } else { root };
        let r = ((gamma - p.slope) + theta) / (((gamma - p.slope) + gamma) + x.slope);
        let c = p.step + r * (x.step - p.step);
        if (c - p.step).abs() > (secant - p.step).abs() { c } else { secant }
    } else if p.slope.abs() < x.slope.abs() {
        let (theta, root) = cubic(x, true);
        let gamma = if p.step > x.step { -root } else { root };
        let r = ((gamma - p.slope) + theta) / ((gamma + (x.slope - p.slope)) + gamma);
        let c = if r < 0.0 && gamma != 0.0 {
            p.step + r * (x.step - p.step)
        } else if p.step > x.step {
            high
        } else {
            low
        };
        let nearer = (c - p.step).abs() < (secant - p.step).abs();
        if *bracketed {
            let f = if nearer { c } else { secant };
            let edge = p.step + 0.66 * (y.step - p.step);
            if p.step > x.step { f.min(edge) } else { f.max(edge) }
        } else {
            (if nearer { secant } else { c }).min(high).max(low)
        }
    } else if *bracketed {
        let (theta, root) = cubic(y, false);
        let gamma = if p.step > y.step { -root } else { root };
        let r = ((gamma - p.slope) + theta) / (((gamma - p.slope) + gamma) + y.slope);
        p.step + r * (y.step - p.step)
    } else if p.step > x.step {
        high
    } else {
        low
    };
    if p.value > x.value {
        *y = p;
    } else {
        if opposite {
            *y = *x;
        }
        *x = p;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::minimise_bounded;

    #[test]
    fn smooth_minima_and_bounds_are_found() {
        assert!((minimise_bounded(|x| (x - 0.3) * (x - 0.3), 0.5, (0.0, 1.0)) - 0.3).abs() < 1e-5);
        assert_eq!(minimise_bounded(|x| -10.0 * x, 0.5, (0.0, 1.0)), 1.0);
        let curved = minimise_bounded(|x| 100.0 * ((x - 0.8).powi(4) + 0.1 * (x - 0.8).powi(2)), 0.5, (0.0, 1.0));
        assert!((curved - 0.8).abs() < 1e-3, "{curved}");
        assert_eq!(minimise_bounded(|_| f64::NAN, 0.5, (0.0, 1.0)), 0.5);
    }
}
