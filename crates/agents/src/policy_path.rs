//! The path of a policy rate through known points: today's rate and the survey's medians for ends of years.

/// A piecewise linear path: `(years from today, rate)`, flat after the last point.
///
/// Copom moves in steps between the points; the line through them is the standard reading of end-of-year medians.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PolicyPath {
    points: Vec<(f64, f64)>,
}

impl PolicyPath {
    /// A path from today's rate through later points in any order; points not after today are left out.
    pub(crate) fn new(today: f64, later: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut points = vec![(0.0, today)];
        points.extend(later.into_iter().filter(|(years, _)| *years > 0.0));
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { points }
    }

    /// The rate at a time.
    pub(crate) fn at(&self, years: f64) -> f64 {
        let after = self.points.partition_point(|(t, _)| *t <= years);
        match (after.checked_sub(1).map(|i| self.points[i]), self.points.get(after)) {
            (Some((t0, r0)), Some(&(t1, r1))) if t1 > t0 => r0 + (r1 - r0) * (years - t0) / (t1 - t0),
            (Some((_, rate)), _) => rate,
            (None, _) => self.points[0].1,
        }
    }

    /// The mean rate between two times, exactly.
    pub(crate) fn mean(&self, from: f64, to: f64) -> f64 {
        let mut knots: Vec<f64> = vec![from, to];
        knots.extend(self.points.iter().map(|(t, _)| *t).filter(|t| *t > from && *t < to));
        knots.sort_by(f64::total_cmp);
        let area: f64 = knots.windows(2).map(|k| (k[1] - k[0]) * (self.at(k[0]) + self.at(k[1])) / 2.0).sum();
        if to > from { area / (to - from) } else { self.at(from) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_a_ramp_is_its_midpoint_and_flat_thereafter() {
        let path = PolicyPath::new(0.15, [(1.0, 0.12), (-0.5, 0.99)]);
        assert!((path.mean(0.0, 1.0) - 0.135).abs() < 1e-15);
        assert!((path.mean(0.0, 2.0) - 0.1275).abs() < 1e-15);
        assert_eq!(path.at(3.0), 0.12);
    }
}
