//! Nelson-Siegel-Svensson curves with given parameters (Svensson 1994; Gurkaynak, Sack and Wright 2007).

use crate::Result;
use crate::covariance::checks;

/// Parameters in PERCENT and years, as the Federal Reserve publishes them. With `beta3 = 0` the curve is plain
/// Nelson-Siegel and `tau2` is not used (the published -999.99).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Svensson {
    beta0: f64,
    beta1: f64,
    beta2: f64,
    beta3: f64,
    tau1: f64,
    tau2: f64,
}

impl Svensson {
    /// Errors: NaN, `tau1 <= 0`, `tau2 <= 0` with `beta3 != 0` (`invalid_argument`).
    pub fn new(betas: [f64; 4], tau1: f64, tau2: f64) -> Result<Self> {
        checks::finite("betas", &betas)?;
        checks::positive("tau1", tau1)?;
        let [beta0, beta1, beta2, beta3] = betas;
        if beta3 != 0.0 {
            checks::positive("tau2", tau2)?;
        }
        Ok(Self { beta0, beta1, beta2, beta3, tau1, tau2 })
    }

    /// Continuously compounded zero rate in percent at `years`; `beta0 + beta1` at zero. Errors: negative or NaN.
    pub fn zero_rate(&self, years: f64) -> Result<f64> {
        let m = maturity(years)?;
        let (slope, hump) = loadings(m / self.tau1);
        let second = if self.beta3 == 0.0 { 0.0 } else { self.beta3 * loadings(m / self.tau2).1 };
        Ok(self.beta0 + self.beta1 * slope + self.beta2 * hump + second)
    }

    /// Instantaneous forward rate in percent at `years`.
    pub fn forward_rate(&self, years: f64) -> Result<f64> {
        let m = maturity(years)?;
        let x = m / self.tau1;
        let second = if self.beta3 == 0.0 { 0.0 } else { self.beta3 * (m / self.tau2) * (-m / self.tau2).exp() };
        Ok(self.beta0 + (self.beta1 + self.beta2 * x) * (-x).exp() + second)
    }

    /// Discount factor `exp(-zero_rate years / 100)`.
    pub fn discount(&self, years: f64) -> Result<f64> {
        Ok((-self.zero_rate(years)? * years / 100.0).exp())
    }

    /// Par yield in percent of a bond with semi-annual coupons; `years` must be a positive multiple of one half.
    pub fn par_yield(&self, years: f64) -> Result<f64> {
        let periods = (2.0 * maturity(years)?).round();
        if periods < 1.0 || (2.0 * years - periods).abs() > 1e-9 || periods > 1000.0 {
            return Err(checks::invalid("years", format!("must be a positive multiple of one half, got {years}")));
        }
        let annuity = (1..=periods as usize).map(|k| self.discount(0.5 * k as f64)).sum::<Result<f64>>()?;
        Ok(200.0 * (1.0 - self.discount(years)?) / annuity)
    }

    /// One-year forward starting at `years`, effective annual, in percent.
    pub fn one_year_forward(&self, years: f64) -> Result<f64> {
        let start = self.zero_rate(years)? * years;
        let end = self.zero_rate(years + 1.0)? * (years + 1.0);
        Ok(100.0 * ((end - start) / 100.0).exp_m1())
    }

    /// One-year PAR forward starting at `years` with two semi-annual coupons, in percent: what the published SVEN1F columns
    /// hold, not an effective rate.
    pub fn one_year_par_forward(&self, years: f64) -> Result<f64> {
        let (start, middle, end) = (self.discount(years)?, self.discount(years + 0.5)?, self.discount(years + 1.0)?);
        Ok(200.0 * (start - end) / (middle + end))
    }
}

/// `((1 - e^-x)/x, (1 - e^-x)/x - e^-x)`, exact in the limit at zero.
pub(crate) fn loadings(x: f64) -> (f64, f64) {
    if x == 0.0 {
        return (1.0, 0.0);
    }
    let slope = -(-x).exp_m1() / x;
    (slope, slope - (-x).exp())
}

fn maturity(years: f64) -> Result<f64> {
    if years >= 0.0 && years.is_finite() {
        Ok(years)
    } else {
        Err(checks::invalid("years", format!("must be >= 0, got {years}")))
    }
}
