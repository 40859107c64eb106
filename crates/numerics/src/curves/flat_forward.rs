//! Flat-forward interpolation of a Brazilian zero curve: business days over 252, exponential.

use crate::covariance::checks;
use crate::{NumericsError, Result};

/// Business days in a year of the convention.
const YEAR: f64 = 252.0;

/// What a curve answers beyond its last vertex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extrapolation {
    /// An `out_of_range` error: the standard.
    #[default]
    Refuse,
    /// The last zero rate is held (which is not a flat forward).
    HoldLastZeroRate,
}

/// A zero curve whose overnight forward is constant between vertices: log discount linear in business days.
///
/// Rates are effective annual decimals, `discount = (1 + rate)^(-bd/252)`. Before the first vertex its rate is held flat;
/// beyond the last one [`Extrapolation`] decides.
#[derive(Debug, Clone, PartialEq)]
pub struct FlatForward252 {
    days: Vec<f64>,
    /// `-ln discount` at each vertex.
    exponents: Vec<f64>,
    extrapolation: Extrapolation,
}

impl FlatForward252 {
    /// A curve through `(business days, effective annual rate)` vertices, in any order.
    ///
    /// Errors: no vertex (`too_few_observations`), NaN, business days <= 0 or a rate <= -1 (`invalid_argument`), two
    /// vertices on one day (`duplicate_vertex`).
    pub fn new(vertices: &[(f64, f64)]) -> Result<Self> {
        checks::at_least(vertices.len(), 1)?;
        let mut sorted = vertices.to_vec();
        for (position, &(bd, rate)) in sorted.iter().enumerate() {
            if !bd.is_finite() || !rate.is_finite() {
                return Err(NumericsError::NonFinite { what: "vertices", position });
            }
            if bd <= 0.0 {
                return Err(checks::invalid("vertices", format!("business days must be > 0, got {bd}")));
            }
            if rate <= -1.0 {
                return Err(checks::invalid("vertices", format!("rate must be > -1, got {rate}")));
            }
        }
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some(before) = sorted.windows(2).position(|w| w[0].0 == w[1].0) {
            let position = before + 1;
            return Err(NumericsError::DuplicateVertex { what: "vertices", position });
        }
        let (days, exponents) = sorted.iter().map(|&(bd, rate)| (bd, rate.ln_1p() * bd / YEAR)).unzip();
        Ok(Self { days, exponents, extrapolation: Extrapolation::Refuse })
    }

    /// The same curve with another policy beyond the last vertex.
    pub fn with_extrapolation(mut self, extrapolation: Extrapolation) -> Self {
        self.extrapolation = extrapolation;
        self
    }

    /// Business days of the last vertex.
    pub fn last_vertex(&self) -> f64 {
        self.days[self.days.len() - 1]
    }

    /// Price today of 1 paid in `bd` business days; 1 at zero.
    ///
    /// Errors: `bd` negative or not finite (`invalid_argument`), beyond the last vertex without extrapolation
    /// (`out_of_range`).
    pub fn discount(&self, bd: f64) -> Result<f64> {
        Ok((-self.exponent(bd)?).exp())
    }

    /// Effective annual zero rate to `bd`; at zero the rate of the first vertex. Errors as [`Self::discount`].
    pub fn rate(&self, bd: f64) -> Result<f64> {
        if bd == 0.0 {
            return Ok((self.exponents[0] * YEAR / self.days[0]).exp_m1());
        }
        Ok((self.exponent(bd)? * YEAR / bd).exp_m1())
    }

    /// Effective annual forward rate between two days, `(discount(bd0)/discount(bd1))^(252/(bd1 - bd0)) - 1`.
    ///
    /// Errors: `bd1 <= bd0` (`invalid_argument`), otherwise as [`Self::discount`].
    pub fn forward(&self, bd0: f64, bd1: f64) -> Result<f64> {
        let gap = self.exponent(bd1)? - self.exponent(bd0)?;
        if bd1 <= bd0 {
            return Err(checks::invalid("bd1", format!("must exceed bd0 = {bd0}, got {bd1}")));
        }
        Ok((gap * YEAR / (bd1 - bd0)).exp_m1())
    }

    /// `-ln discount(bd)`.
    fn exponent(&self, bd: f64) -> Result<f64> {
        if !bd.is_finite() || bd < 0.0 {
            return Err(checks::invalid("bd", format!("must be >= 0, got {bd}")));
        }
        let last = self.days.len() - 1;
        if bd > self.days[last] {
            return match self.extrapolation {
                Extrapolation::HoldLastZeroRate => Ok(self.exponents[last] * bd / self.days[last]),
                Extrapolation::Refuse => Err(NumericsError::OutOfRange {
                    what: "bd",
                    why: format!("{bd} lies beyond the last vertex {}", self.days[last]),
                }),
            };
        }
        let right = self.days.partition_point(|&d| d < bd);
        if right == 0 {
            return Ok(self.exponents[0] * (bd / self.days[0]));
        }
        let (d0, d1) = (self.days[right - 1], self.days[right]);
        let (e0, e1) = (self.exponents[right - 1], self.exponents[right]);
        Ok(e0 + (e1 - e0) * ((bd - d0) / (d1 - d0)))
    }
}

/// Effective annual forwards between consecutive vertices, in the order given; the first (by days) is its zero rate.
///
/// `(1 + f) = ((1 + r1)^(d1/252) / (1 + r0)^(d0/252))^(252/(d1 - d0))`. Vertices may be unsorted: they are put in order
/// of days and the answers returned in the input's order. Errors: lengths differ, and as [`FlatForward252::new`].
pub fn forwards_252(business_days: &[f64], rates: &[f64]) -> Result<Vec<f64>> {
    checks::length("rates", business_days.len(), rates.len())?;
    let vertices: Vec<(f64, f64)> = business_days.iter().copied().zip(rates.iter().copied()).collect();
    let curve = FlatForward252::new(&vertices)?;
    business_days
        .iter()
        .map(|&bd| match curve.days.partition_point(|&d| d < bd) {
            0 => curve.rate(bd),
            at => curve.forward(curve.days[at - 1], bd),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn vertices_are_reproduced_and_forwards_compound_to_the_zero_rate() -> Result<()> {
        let curve = FlatForward252::new(&[(252.0, 0.12), (63.0, 0.10)])?;
        assert!((curve.rate(252.0)? - 0.12).abs() < 1e-15);
        assert!((curve.rate(10.0)? - 0.10).abs() < 1e-15);
        let compounded = 1.10_f64.powf(0.25) * (1.0 + curve.forward(63.0, 252.0)?).powf(0.75);
        assert!((compounded - 1.12).abs() < 1e-14);
        Ok(())
    }

    #[test]
    fn beyond_the_last_vertex_the_policy_decides() -> Result<()> {
        let curve = FlatForward252::new(&[(252.0, 0.12)])?;
        assert_eq!(curve.rate(253.0).unwrap_err().code(), "out_of_range");
        let held = curve.with_extrapolation(Extrapolation::HoldLastZeroRate);
        assert!((held.rate(504.0)? - 0.12).abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn bad_vertices_are_refused() {
        for (vertices, code) in [
            (vec![], "too_few_observations"),
            (vec![(21.0, 0.1), (21.0, 0.2)], "duplicate_vertex"),
            (vec![(0.0, 0.1)], "invalid_argument"),
            (vec![(1.0, -1.0)], "invalid_argument"),
            (vec![(1.0, f64::NAN)], "missing_values"),
        ] {
            assert_eq!(FlatForward252::new(&vertices).unwrap_err().code(), code, "{vertices:?}");
        }
    }

    proptest! {
        #[test]
        fn discounts_fall_when_forwards_are_positive(rate in 0.01..0.3_f64, step in 0.0..0.02_f64, bd in 0.0..500.0_f64) {
            let curve = FlatForward252::new(&[(100.0, rate), (500.0, rate + step)]).unwrap();
            let (a, b) = (curve.discount(bd).unwrap(), curve.discount((bd + 1.0).min(500.0)).unwrap());
            prop_assert!(b <= a && a <= 1.0);
        }
    }
}
