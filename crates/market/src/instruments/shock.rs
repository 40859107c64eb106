//! A move of the risk factors.
//!
//! Real and onshore dollar rates move with their nominal counterparts unless a shock says otherwise:
//!
//! ```text
//! d real(T)  = d nominal BRL(T) - d breakeven(T)
//! d cupom(T) = d US rate(T)     + d cupom basis(T)
//! ```

use serde::{Deserialize, Serialize};

use super::{PricingError, RiskFactor};

/// An instantaneous move of the risk factors. Rates move by basis points at points on the curve, linear between them and
/// flat outside; everything else moves by a fraction of its level (-0.1 is a fall of 10 %).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shock {
    /// Name in reports.
    pub name: String,
    /// Brazilian nominal rates: `(years, bp)`; empty: no move.
    pub brl_rates_bp: Vec<(f64, f64)>,
    /// US rates, and the cupom with them: `(years, bp)`; empty: no move.
    pub usd_rates_bp: Vec<(f64, f64)>,
    /// Breakeven inflation: `(years, bp)`, positive = more inflation priced; empty: no move, so that the real curve moves
    /// with the nominal one.
    pub breakeven_bp: Vec<(f64, f64)>,
    /// Basis of the cupom over US rates: `(years, bp)`, positive = dollars dearer onshore; empty: no move.
    pub cupom_basis_bp: Vec<(f64, f64)>,
    /// Reais a dollar, relative.
    pub usdbrl: f64,
    /// Brazilian equities, relative.
    pub equity_br: f64,
    /// US equities, relative.
    pub equity_us: f64,
    /// Commodities, relative. It may be -1 or less: a future can trade below zero (WTI on 2020-04-20), and a long then
    /// loses more than its exposure.
    pub commodity: f64,
    /// Sovereign credit spread, in basis points, positive = wider.
    pub credit_spread_bp: f64,
}

impl Shock {
    /// A parallel move of one rates, breakeven, basis or spread factor by `bp`; of a price factor (FX, equity,
    /// commodity) by `bp` basis points of its level.
    pub fn parallel(factor: RiskFactor, bp: f64) -> Self {
        let mut shock = Self { name: format!("{factor:?} {bp:+} bp"), ..Self::default() };
        match factor {
            RiskFactor::BrlRates => shock.brl_rates_bp = vec![(1.0, bp)],
            RiskFactor::UsdRates => shock.usd_rates_bp = vec![(1.0, bp)],
            RiskFactor::UsdBrl => shock.usdbrl = bp / 1e4,
            RiskFactor::EquityBr => shock.equity_br = bp / 1e4,
            RiskFactor::EquityUs => shock.equity_us = bp / 1e4,
            RiskFactor::Breakeven => shock.breakeven_bp = vec![(1.0, bp)],
            RiskFactor::CupomBasis => shock.cupom_basis_bp = vec![(1.0, bp)],
            RiskFactor::Commodity => shock.commodity = bp / 1e4,
            RiskFactor::SovereignSpread => shock.credit_spread_bp = bp,
        }
        shock
    }

    /// Move of the Brazilian rate at a maturity, as a decimal.
    pub fn brl_rate(&self, years: f64) -> f64 {
        at(&self.brl_rates_bp, years) / 1e4
    }

    /// Move of the US rate at a maturity, as a decimal.
    pub fn usd_rate(&self, years: f64) -> f64 {
        at(&self.usd_rates_bp, years) / 1e4
    }

    /// Move of the Brazilian real rate at a maturity, as a decimal: the nominal move less the breakeven's.
    pub fn brl_real_rate(&self, years: f64) -> f64 {
        self.brl_rate(years) - at(&self.breakeven_bp, years) / 1e4
    }

    /// Move of the onshore dollar rate at a maturity, as a decimal: the US move plus the basis'.
    pub fn cupom_rate(&self, years: f64) -> f64 {
        self.usd_rate(years) + at(&self.cupom_basis_bp, years) / 1e4
    }

    /// Points of a curve factor, `(years, bp)`; none for a factor without tenors.
    pub fn curve(&self, factor: RiskFactor) -> Option<&[(f64, f64)]> {
        match factor {
            RiskFactor::BrlRates => Some(&self.brl_rates_bp),
            RiskFactor::UsdRates => Some(&self.usd_rates_bp),
            RiskFactor::Breakeven => Some(&self.breakeven_bp),
            RiskFactor::CupomBasis => Some(&self.cupom_basis_bp),
            RiskFactor::UsdBrl
            | RiskFactor::EquityBr
            | RiskFactor::EquityUs
            | RiskFactor::Commodity
            | RiskFactor::SovereignSpread => None,
        }
    }

    /// Every move multiplied by `by`: reverse stress and ladders.
    pub fn scaled(&self, by: f64) -> Self {
        let rates = |points: &[(f64, f64)]| points.iter().map(|&(years, bp)| (years, bp * by)).collect();
        Self {
            name: self.name.clone(),
            brl_rates_bp: rates(&self.brl_rates_bp),
            usd_rates_bp: rates(&self.usd_rates_bp),
            breakeven_bp: rates(&self.breakeven_bp),
            cupom_basis_bp: rates(&self.cupom_basis_bp),
            usdbrl: self.usdbrl * by,
            equity_br: self.equity_br * by,
            equity_us: self.equity_us * by,
            commodity: self.commodity * by,
            credit_spread_bp: self.credit_spread_bp * by,
        }
    }

    /// Refuses what is not a number, curve points out of order, and a currency or equity price that falls by all of itself
    /// or more. A commodity may fall by more than all of itself.
    ///
    /// # Errors
    /// [`PricingError::Shock`] saying what is wrong.
    pub fn check(&self) -> Result<(), PricingError> {
        let refuse = |why: String| Err(PricingError::Shock { name: self.name.clone(), why });
        for points in [&self.brl_rates_bp, &self.usd_rates_bp, &self.breakeven_bp, &self.cupom_basis_bp] {
            if let Some(point) = points.iter().find(|(years, bp)| !years.is_finite() || !bp.is_finite()) {
                return refuse(format!("rate point {point:?} is not a number"));
            }
            if let Some(pair) = points.windows(2).find(|pair| pair[1].0 <= pair[0].0) {
                return refuse(format!("rate points do not increase at {} years", pair[1].0));
            }
        }
        for (what, value) in [("credit_spread_bp", self.credit_spread_bp), ("commodity", self.commodity)] {
            if !value.is_finite() {
                return refuse(format!("{what} = {value} is not a number"));
            }
        }
        for (what, value) in [("usdbrl", self.usdbrl), ("equity_br", self.equity_br), ("equity_us", self.equity_us)] {
            if !(value.is_finite() && value > -1.0) {
                return refuse(format!("{what} = {value} must be a number above -1"));
            }
        }
        Ok(())
    }
}

/// Value at a maturity of points that are linear between and flat outside.
pub(super) fn at(points: &[(f64, f64)], years: f64) -> f64 {
    let right = points.partition_point(|(point, _)| *point < years);
    match (right.checked_sub(1).and_then(|left| points.get(left)), points.get(right)) {
        (None, None) => 0.0,
        (None, Some(only)) | (Some(only), None) => only.1,
        (Some(&(x0, y0)), Some(&(x1, y1))) => y0 + (y1 - y0) * ((years - x0) / (x1 - x0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_move_linearly_between_points_and_flat_outside() {
        let shock = Shock { brl_rates_bp: vec![(1.0, 100.0), (5.0, 200.0)], ..Shock::default() };
        for (years, bp) in [(0.5, 100.0), (1.0, 100.0), (3.0, 150.0), (5.0, 200.0), (10.0, 200.0)] {
            assert!((shock.brl_rate(years) - bp / 1e4).abs() < 1e-15, "{years}");
        }
        assert_eq!(shock.usd_rate(3.0), 0.0);
    }

    #[test]
    fn real_and_onshore_rates_follow_unless_told_otherwise() {
        let nominal = Shock { brl_rates_bp: vec![(1.0, 100.0)], usd_rates_bp: vec![(1.0, 50.0)], ..Shock::default() };
        assert_eq!((nominal.brl_real_rate(5.0), nominal.cupom_rate(5.0)), (0.01, 0.005));
        let told = Shock { breakeven_bp: vec![(1.0, 40.0)], cupom_basis_bp: vec![(1.0, 10.0)], ..nominal };
        assert!((told.brl_real_rate(5.0) - 0.006).abs() < 1e-15);
        assert!((told.cupom_rate(5.0) - 0.006).abs() < 1e-15);
        assert!((told.scaled(2.0).brl_real_rate(5.0) - 0.012).abs() < 1e-15);
    }

    #[test]
    fn only_a_commodity_may_fall_below_zero() {
        assert!(Shock { commodity: -3.06, ..Shock::default() }.check().is_ok());
        assert!(Shock { commodity: f64::INFINITY, ..Shock::default() }.check().is_err());
        assert!(Shock { usdbrl: -1.0, ..Shock::default() }.check().is_err());
        assert!(Shock { breakeven_bp: vec![(1.0, f64::NAN)], ..Shock::default() }.check().is_err());
    }

    #[test]
    fn a_shock_that_is_no_number_is_refused() {
        assert!(Shock { usdbrl: f64::NAN, ..Shock::default() }.check().is_err());
        assert!(Shock { equity_br: -1.0, ..Shock::default() }.check().is_err());
        let unordered = Shock { name: "x".into(), usd_rates_bp: vec![(5.0, 1.0), (1.0, 1.0)], ..Shock::default() };
        assert_eq!(unordered.check().unwrap_err().to_string(), "shock \"x\": rate points do not increase at 1 years");
    }
}
