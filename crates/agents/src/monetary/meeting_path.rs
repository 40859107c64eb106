//! The overnight rate after each meeting that a zero curve implies: flat between effective dates.
//!
//! ```text
//! L(t) = -ln D(t) = sum of rate[k] * (time spent between effective date k and k+1, up to t)
//! ```
//!
//! Solved meeting by meeting from the near end: the last vertex of the interval fixes its rate, so a path that really is
//! flat between meetings is recovered exactly, which a forward between interpolated points is not. Until the first effective
//! date the known overnight rate holds. An interval without a vertex (or with one less than `least` after its start, where
//! a rounding of the quote would be blown up) shares one rate with the next. The interval of the last meeting is taken to be
//! as long as `usual`; without a vertex in it the next one decides. Rates are logarithmic per unit of time.

/// One meeting's rate; `None` in the result of [`steps`] past the last vertex.
pub type Step = Option<f64>;

/// Distances between meetings and vertices, in the unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spacing {
    /// Time after an effective date before which a vertex is not used.
    pub least: f64,
    /// Usual time from one meeting to the next.
    pub usual: f64,
}

/// Log rates after each of the `effective` times (increasing, positive), from `(time, L)` vertices in increasing time.
pub fn steps(vertices: &[(f64, f64)], effective: &[f64], today: f64, spacing: Spacing) -> Vec<Step> {
    let mut rates: Vec<Step> = Vec::with_capacity(effective.len());
    let Some(&start) = effective.first() else { return rates };
    let (mut from, mut cumulated) = (start, today * start);
    let mut group = 0;
    for k in 0..effective.len() {
        let end = effective.get(k + 1).copied().unwrap_or(effective[k] + spacing.usual);
        group += 1;
        let usable = |(time, _): &&(f64, f64)| *time >= from + spacing.least;
        let inside = vertices.iter().rev().find(|vertex| usable(vertex) && vertex.0 <= end);
        let beyond = || vertices.iter().find(usable).filter(|_| k + 1 == effective.len());
        let Some(&(time, log)) = inside.or_else(beyond) else { continue };
        let rate = (log - cumulated) / (time - from);
        rates.extend(std::iter::repeat_n(Some(rate), group));
        (group, cumulated, from) = (0, cumulated + rate * (end - from), end);
    }
    rates.extend(std::iter::repeat_n(None, group));
    rates
}

/// The rate of a committee that smooths towards `called` (constant), `days` after its last decision at `now`.
pub fn inertial_rate(now: f64, called: f64, rho_per_quarter: f64, days: f64) -> f64 {
    called + (now - called) * super::taylor::smoothing_over(rho_per_quarter, days)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// L of a path that starts at `today` and steps at the effective times.
    fn cumulated(today: f64, path: &[(f64, f64)], time: f64) -> f64 {
        let mut sum = today * time.min(path[0].0);
        for (k, (from, rate)) in path.iter().enumerate() {
            let end = path.get(k + 1).map_or(f64::INFINITY, |next| next.0);
            sum += rate * (time.min(end) - from).max(0.0);
        }
        sum
    }

    #[test]
    fn a_path_of_steps_is_recovered_from_its_own_discounts() {
        // Business days over 252: meetings every 31 to 34 days, contracts every 21.
        let annual = [0.1475, 0.1450, 0.1400, 0.1350, 0.1300];
        let path: Vec<(f64, f64)> =
            [28.0, 61.0, 93.0, 127.0, 158.0].into_iter().zip(annual.map(|rate: f64| rate.ln_1p() / 252.0)).collect();
        let today = 0.15_f64.ln_1p() / 252.0;
        let vertices: Vec<(f64, f64)> =
            (1..=9).map(|k| 21.0 * f64::from(k)).map(|bd| (bd, cumulated(today, &path, bd))).collect();
        let effective: Vec<f64> = path.iter().map(|step| step.0).collect();
        for (found, expected) in
            steps(&vertices, &effective, today, Spacing { least: 5.0, usual: 32.0 }).iter().zip(annual)
        {
            let found = (252.0 * found.unwrap()).exp_m1();
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn two_meetings_before_the_next_vertex_share_a_rate_and_none_is_made_up_beyond_the_last() {
        let (today, effective, spacing) = (0.10, [0.25, 0.5, 1.5], Spacing { least: 0.02, usual: 0.125 });
        // 0.025 until 0.25, then 0.12 a year until 1.0.
        let found = steps(&[(1.0, 0.025 + 0.09)], &effective, today, spacing);
        assert!(found[..2].iter().all(|rate| (rate.unwrap() - 0.12).abs() < 1e-12), "{found:?}");
        assert_eq!(found[2], None);
        assert_eq!(steps(&[(1.0, 0.1)], &[], today, spacing), []);
    }

    #[test]
    fn a_vertex_just_after_a_meeting_is_not_blown_up() {
        // The vertex 2 days after the second meeting is off by a tick; the next one decides.
        let vertices = [(20.0, 20.0), (32.0, 32.001), (50.0, 50.0)];
        let found = steps(&vertices, &[10.0, 30.0, 60.0], 1.0, Spacing { least: 5.0, usual: 32.0 });
        assert!(found[..2].iter().all(|rate| (rate.unwrap() - 1.0).abs() < 1e-12));
    }

    #[test]
    fn the_last_meeting_is_not_given_the_rate_of_the_far_end() {
        // Steps of 1.0 until 30, 0.9 from then on; at 500 the curve holds a premium.
        let vertices = [(20.0, 20.0), (55.0, 30.0 + 0.9 * 25.0), (500.0, 800.0)];
        let spacing = Spacing { least: 5.0, usual: 32.0 };
        let found = steps(&vertices, &[30.0], 1.0, spacing);
        assert!((found[0].unwrap() - 0.9).abs() < 1e-12, "{found:?}");
        // Without a vertex near by, the next one decides.
        let far = steps(&[vertices[0], (500.0, 30.0 + 470.0 * 0.8)], &[30.0], 1.0, spacing);
        assert!((far[0].unwrap() - 0.8).abs() < 1e-12, "{far:?}");
    }

    #[test]
    fn half_the_distance_is_left_when_the_smoothing_says_so() {
        let rate = inertial_rate(0.15, 0.10, 0.5, 365.25 / 4.0);
        assert!((rate - 0.125).abs() < 1e-15);
    }
}
