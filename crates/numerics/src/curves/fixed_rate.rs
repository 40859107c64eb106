//! Fixed-rate bonds: price, yield, durations, convexity, DV01.

use super::civil_date::CivilDate;
use crate::covariance::checks;
use crate::{NumericsError, Result};

/// How fractions of a coupon period are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayCount {
    /// Actual days over the actual days of the coupon period (Treasuries).
    ActActIcma,
    /// Months of 30 days (bond basis, corporates).
    Thirty360,
}

/// A bond seen from a settlement date: all that its price depends on. Amounts per 100 face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedRateBond {
    /// Coupons per year.
    frequency: f64,
    /// Regular coupon, `100 rate / frequency`.
    coupon: f64,
    /// The next coupon: smaller in a short first period.
    next_coupon: f64,
    /// Part of a period until the next coupon, in (0, 1].
    to_next: f64,
    /// Coupons still to come, the last with the principal.
    remaining: usize,
    accrued: f64,
}

/// Price and sensitivities at one yield, per 100 face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BondAnalytics {
    /// Price without accrued interest.
    pub clean: f64,
    /// Price paid.
    pub dirty: f64,
    /// Accrued interest.
    pub accrued: f64,
    /// Macaulay duration, years.
    pub macaulay: f64,
    /// Modified duration, `macaulay / (1 + y/f)`.
    pub modified: f64,
    /// `(1/P) d2P/dy2`.
    pub convexity: f64,
    /// `(P(y - 1bp) - P(y + 1bp))/2` on the dirty price: positive, the loss for one basis point up.
    pub dv01: f64,
}

impl FixedRateBond {
    /// A bond with coupons every `12/frequency` months back from maturity, unadjusted dates.
    ///
    /// `rate` is the annual coupon as a decimal. A first period shorter than regular pays and accrues in proportion.
    /// Errors: dates not in the order issue <= settlement < maturity, `frequency` not a divisor of 12 (`invalid_argument`),
    /// NaN.
    pub fn new(
        issue: CivilDate,
        settlement: CivilDate,
        maturity: CivilDate,
        rate: f64,
        frequency: u32,
        day_count: DayCount,
    ) -> Result<Self> {
        checks::finite_scalar("coupon", rate)?;
        if frequency == 0 || 12 % frequency != 0 {
            return Err(checks::invalid("frequency", format!("must divide 12, got {frequency}")));
        }
        if settlement < issue || settlement >= maturity {
            let why = format!("{settlement} is outside [{issue}, {maturity})");
            return Err(checks::invalid("settlement", why));
        }
        let step = (12 / frequency) as i32;
        // Walk back from maturity to the coupon dates around settlement.
        let mut remaining = 1;
        let mut next = maturity;
        let mut previous = maturity.add_months(-step);
        while previous > settlement {
            remaining += 1;
            next = previous;
            previous = maturity.add_months(-step * remaining);
        }
        let days = |from: CivilDate, to: CivilDate| match day_count {
            DayCount::ActActIcma => f64::from(to.days_from(from)),
            DayCount::Thirty360 => f64::from(to.days_360_from(from)),
        };
        let period = match day_count {
            DayCount::ActActIcma => days(previous, next),
            DayCount::Thirty360 => 360.0 / f64::from(frequency),
        };
        let start = previous.max(issue);
        let coupon = 100.0 * rate / f64::from(frequency);
        let short = start > previous;
        Ok(Self {
            frequency: f64::from(frequency),
            coupon,
            next_coupon: if short { coupon * days(start, next) / period } else { coupon },
            to_next: days(settlement, next) / period,
            remaining: remaining as usize,
            accrued: coupon * days(start, settlement) / period,
        })
    }

    /// Interest accrued at settlement.
    pub fn accrued(&self) -> f64 {
        self.accrued
    }

    /// Price, durations, convexity and DV01 at `yield_rate` (decimal, compounded `frequency` times a year).
    ///
    /// Errors: NaN, a yield at or below `-frequency` (`out_of_range`).
    pub fn analytics(&self, yield_rate: f64) -> Result<BondAnalytics> {
        self.check(yield_rate)?;
        let (dirty, first, second) = self.moments(yield_rate);
        let growth = 1.0 + yield_rate / self.frequency;
        let macaulay = first / dirty / self.frequency;
        let bump = 1e-4;
        self.check(yield_rate - bump)?;
        Ok(BondAnalytics {
            clean: dirty - self.accrued,
            dirty,
            accrued: self.accrued,
            macaulay,
            modified: macaulay / growth,
            convexity: second / (dirty * growth * growth * self.frequency * self.frequency),
            dv01: 0.5 * (self.price(yield_rate - bump) - self.price(yield_rate + bump)),
        })
    }

    /// Yield of a clean price, by Newton's method kept inside a bracket.
    ///
    /// Errors: NaN, a dirty price <= 0 or one that no yield above -99% of the frequency gives (`out_of_range`).
    pub fn yield_from_clean(&self, clean: f64) -> Result<f64> {
        checks::finite_scalar("clean price", clean)?;
        let target = clean + self.accrued;
        let unreachable = || NumericsError::OutOfRange {
            what: "clean price",
            why: format!("no yield gives the dirty price {target}"),
        };
        if target <= 0.0 {
            return Err(unreachable());
        }
        let mut low = -0.99 * self.frequency;
        let mut high = 1.0;
        if self.price(low) < target {
            return Err(unreachable());
        }
        while self.price(high) > target {
            high *= 2.0;
            if high > 1e9 {
                return Err(unreachable());
            }
        }
        let mut y = 0.05_f64.clamp(low, high);
        for _ in 0..200 {
            let (price, first, _) = self.moments(y);
            let error = price - target;
            if error > 0.0 {
                low = y
            } else {
                high = y
            }
            let slope = -first / (self.frequency + y);
            let newton = y - error / slope;
            if (newton - y).abs() <= 1e-15 * (1.0 + y.abs()) {
                return Ok(newton);
            }
            y = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        }
        Ok(y)
    }

    fn check(&self, yield_rate: f64) -> Result<()> {
        checks::finite_scalar("yield", yield_rate)?;
        if yield_rate > -self.frequency {
            Ok(())
        } else {
            Err(NumericsError::OutOfRange { what: "yield", why: format!("must exceed {}", -self.frequency) })
        }
    }

    fn price(&self, yield_rate: f64) -> f64 {
        let v = 1.0 / (1.0 + yield_rate / self.frequency);
        let mut discount = v.powf(self.to_next);
        let mut price = self.next_coupon * discount;
        for _ in 1..self.remaining {
            discount *= v;
            price += self.coupon * discount;
        }
        price + 100.0 * discount
    }

    /// `(sum CF v^t, sum t CF v^t, sum t (t + 1) CF v^t)` with t in coupon periods.
    fn moments(&self, yield_rate: f64) -> (f64, f64, f64) {
        let v = 1.0 / (1.0 + yield_rate / self.frequency);
        let mut discount = v.powf(self.to_next);
        let mut t = self.to_next;
        let (mut price, mut first, mut second) = (0.0, 0.0, 0.0);
        for k in 0..self.remaining {
            let coupon = if k == 0 { self.next_coupon } else { self.coupon };
            let principal = if k + 1 == self.remaining { 100.0 } else { 0.0 };
            let value = (coupon + principal) * discount;
            price += value;
            first += t * value;
            second += t * (t + 1.0) * value;
            discount *= v;
            t += 1.0;
        }
        (price, first, second)
    }
}
