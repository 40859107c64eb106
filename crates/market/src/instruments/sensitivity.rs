//! First-order sensitivities by factor and tenor, and what they explain of a repricing.
//!
//! Everything is measured on the full repricing: sensitivities by central differences of 1 bp (1 % for prices), the
//! second-order part by the second difference *along the shock*, which holds every convexity and every cross effect of
//! the factors that move together.
//!
//! ```text
//! reprice(s) = first(s) + second(s) + O(|s|^3)
//! first(s)   = - sum_curve sum_v DV01_v s(v) + deltas . moves - CS01 spread
//! second(s)  = (reprice(e s) + reprice(-e s)) / (2 e^2),  e = 1/16
//! ```

use serde::{Deserialize, Serialize};

use super::shock::at;
use super::{Priced, PricingError, RiskFactor, Shock};

/// Vertices of the tenor buckets, in years.
pub const VERTICES: [f64; 10] = [0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 30.0];

/// Step along a shock at which its second derivative is taken.
const STEP: f64 = 1.0 / 16.0;

/// DV01 by tenor bucket, one number a vertex of [`VERTICES`]: the loss of a long, per unit of exposure, when the rate
/// rises by 1 bp at the vertex and by linearly less towards its neighbours (flat before the first and after the last).
/// The bumps add up to a parallel one, and the buckets to the parallel DV01.
pub type Buckets = [f64; VERTICES.len()];

/// DV01 by tenor bucket, curve by curve.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct KeyRates {
    /// Brazilian nominal rates, real ones moving with them.
    pub brl: Buckets,
    /// US rates, the cupom moving with them.
    pub usd: Buckets,
    /// Breakeven inflation at unchanged nominal rates: negative for what gains from inflation.
    pub breakeven: Buckets,
    /// Basis of the cupom at unchanged US rates.
    pub cupom_basis: Buckets,
}

impl KeyRates {
    /// The buckets of a curve factor; none for a factor without tenors.
    pub fn of(&self, factor: RiskFactor) -> Option<&Buckets> {
        match factor {
            RiskFactor::BrlRates => Some(&self.brl),
            RiskFactor::UsdRates => Some(&self.usd),
            RiskFactor::Breakeven => Some(&self.breakeven),
            RiskFactor::CupomBasis => Some(&self.cupom_basis),
            RiskFactor::UsdBrl
            | RiskFactor::EquityBr
            | RiskFactor::EquityUs
            | RiskFactor::Commodity
            | RiskFactor::SovereignSpread => None,
        }
    }
}

/// First-order sensitivities of a long, per unit of exposure.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Loss for +1 bp on all Brazilian rates, nominal and real (positive = loss).
    pub dv01_brl: f64,
    /// Loss for +1 bp on all US and cupom rates (positive = loss).
    pub dv01_usd: f64,
    /// Loss for +1 bp on every rate: the sum of the two.
    pub dv01: f64,
    /// Return for a relative move of USD/BRL, per unit: 1 for a long dollar.
    pub fx_delta: f64,
    /// Return for a relative move of the instrument's own equity market, per unit.
    pub equity_delta: f64,
    /// Loss for +1 bp of breakeven inflation at unchanged nominal rates (negative for an inflation-linked bond).
    #[serde(default)]
    pub dv01_breakeven: f64,
    /// Loss for +1 bp of cupom basis at unchanged US rates (positive = loss).
    #[serde(default)]
    pub dv01_cupom_basis: f64,
    /// Return for a relative move of commodities, per unit.
    #[serde(default)]
    pub commodity_delta: f64,
    /// Loss for +1 bp of sovereign spread (positive = loss: long credit).
    #[serde(default)]
    pub cs01: f64,
    /// The DV01s by tenor bucket.
    #[serde(default)]
    pub key_rates: KeyRates,
}

/// What sensitivities explain of a repricing, as simple returns of a long.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Taylor {
    /// Sensitivities times moves.
    pub first: f64,
    /// Half the second derivative along the shock: convexity and cross effects.
    pub second: f64,
}

impl Taylor {
    /// Both together.
    pub fn total(&self) -> f64 {
        self.first + self.second
    }
}

impl Sensitivity {
    /// Return of a long to first order under a shock. A curve's move is read at [`VERTICES`]: a shock with points between
    /// them is approximated there. `own` is the instrument's factor, which says whose equities `equity_delta` is about.
    pub fn first_order(&self, shock: &Shock, own: RiskFactor) -> f64 {
        let mut sum = 0.0;
        for factor in RiskFactor::CURVES {
            let (Some(points), Some(buckets)) = (shock.curve(factor), self.key_rates.of(factor)) else { continue };
            for (vertex, dv01) in VERTICES.iter().zip(buckets) {
                sum -= dv01 * at(points, *vertex);
            }
        }
        let equity = match own {
            RiskFactor::EquityBr => shock.equity_br,
            RiskFactor::EquityUs => shock.equity_us,
            _ => 0.0,
        };
        sum + self.fx_delta * shock.usdbrl + self.equity_delta * equity + self.commodity_delta * shock.commodity
            - self.cs01 * shock.credit_spread_bp
    }
}

impl Priced<'_> {
    /// First-order sensitivities of a long, per unit of exposure.
    ///
    /// # Errors
    /// As [`reprice`](Self::reprice).
    pub fn sensitivity(&self) -> Result<Sensitivity, PricingError> {
        let slope = |up: Shock, down: Shock| -> Result<f64, PricingError> {
            Ok((self.reprice(&up)? - self.reprice(&down)?) / 2.0)
        };
        // Subtracted from zero: a minus sign would make -0.0, which is another digest.
        let loss = |factor| -> Result<f64, PricingError> {
            Ok(0.0 - slope(Shock::parallel(factor, 1.0), Shock::parallel(factor, -1.0))?)
        };
        let relative = |shock: fn(f64) -> Shock| Ok::<_, PricingError>(slope(shock(0.01), shock(-0.01))? / 0.01);
        let buckets = |factor| -> Result<Buckets, PricingError> {
            let mut buckets = Buckets::default();
            for (vertex, bucket) in buckets.iter_mut().enumerate() {
                *bucket = 0.0 - slope(bump(factor, vertex, 1.0), bump(factor, vertex, -1.0))?;
            }
            Ok(buckets)
        };
        let (brl, usd) = (loss(RiskFactor::BrlRates)?, loss(RiskFactor::UsdRates)?);
        Ok(Sensitivity {
            dv01_brl: brl,
            dv01_usd: usd,
            dv01: brl + usd,
            fx_delta: relative(|move_| Shock { usdbrl: move_, ..Shock::default() })?,
            equity_delta: relative(|move_| Shock { equity_br: move_, equity_us: move_, ..Shock::default() })?,
            dv01_breakeven: loss(RiskFactor::Breakeven)?,
            dv01_cupom_basis: loss(RiskFactor::CupomBasis)?,
            commodity_delta: relative(|move_| Shock { commodity: move_, ..Shock::default() })?,
            cs01: loss(RiskFactor::SovereignSpread)?,
            key_rates: KeyRates {
                brl: buckets(RiskFactor::BrlRates)?,
                usd: buckets(RiskFactor::UsdRates)?,
                breakeven: buckets(RiskFactor::Breakeven)?,
                cupom_basis: buckets(RiskFactor::CupomBasis)?,
            },
        })
    }

    /// What the instrument's own sensitivities explain of [`reprice`](Self::reprice) under a shock.
    ///
    /// # Errors
    /// As [`reprice`](Self::reprice), also for the shock a sixteenth as large and its opposite.
    pub fn taylor(&self, shock: &Shock) -> Result<Taylor, PricingError> {
        self.taylor_from(&self.sensitivity()?, shock)
    }

    /// [`taylor`](Self::taylor) from sensitivities computed before: one set serves many shocks.
    ///
    /// # Errors
    /// As [`taylor`](Self::taylor).
    pub fn taylor_from(&self, sensitivity: &Sensitivity, shock: &Shock) -> Result<Taylor, PricingError> {
        shock.check()?;
        let bent = self.reprice(&shock.scaled(STEP))? + self.reprice(&shock.scaled(-STEP))?;
        let first = sensitivity.first_order(shock, self.instrument().factor());
        Ok(Taylor { first, second: bent / (2.0 * STEP * STEP) })
    }
}

/// A triangular bump of a curve factor at a vertex.
fn bump(factor: RiskFactor, vertex: usize, bp: f64) -> Shock {
    let mut points = Vec::with_capacity(3);
    if let Some(before) = vertex.checked_sub(1) {
        points.push((VERTICES[before], 0.0));
    }
    points.push((VERTICES[vertex], bp));
    if let Some(&after) = VERTICES.get(vertex + 1) {
        points.push((after, 0.0));
    }
    let mut shock = Shock::default();
    match factor {
        RiskFactor::BrlRates => shock.brl_rates_bp = points,
        RiskFactor::UsdRates => shock.usd_rates_bp = points,
        RiskFactor::Breakeven => shock.breakeven_bp = points,
        RiskFactor::CupomBasis => shock.cupom_basis_bp = points,
        RiskFactor::UsdBrl
        | RiskFactor::EquityBr
        | RiskFactor::EquityUs
        | RiskFactor::Commodity
        | RiskFactor::SovereignSpread => {}
    }
    shock
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bumps_of_all_vertices_add_up_to_a_parallel_move() {
        for years in [0.01, 0.25, 0.3, 0.9, 1.0, 4.2, 6.5, 14.0, 30.0, 45.0] {
            let sum: f64 =
                (0..VERTICES.len()).map(|vertex| bump(RiskFactor::BrlRates, vertex, 1.0).brl_rate(years)).sum();
            assert!((sum - 1e-4).abs() < 1e-18, "{years}: {sum}");
        }
    }

    #[test]
    fn first_order_is_loss_per_basis_point_times_basis_points() {
        let mut sensitivity = Sensitivity { cs01: 4e-4, commodity_delta: 1.0, equity_delta: 1.0, ..Default::default() };
        sensitivity.key_rates.brl[5] = 4e-4;
        let shock = Shock {
            brl_rates_bp: vec![(1.0, 100.0)],
            credit_spread_bp: 50.0,
            commodity: 0.1,
            equity_us: 0.5,
            ..Shock::default()
        };
        assert!((sensitivity.first_order(&shock, RiskFactor::BrlRates) - (-0.04 - 0.02 + 0.1)).abs() < 1e-15);
        assert!((sensitivity.first_order(&shock, RiskFactor::EquityUs) - (-0.04 - 0.02 + 0.1 + 0.5)).abs() < 1e-15);
    }
}
