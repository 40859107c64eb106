//! Cupom cambial and the covered-interest basis of the real.
//!
//! Spot and forward in local currency per dollar; the domestic rate is effective on 252 business days, the foreign rate and the
//! cupom are linear on 360 calendar days.
//!
//! | quantity | formula |
//! |---|---|
//! | cupom | ((1+DI)^(du/252) / (F/S) - 1) 360/dc; clean with today's spot, dirty with the previous PTAX |
//! | DDI price | 100000 / (1 + dirty cupom dc/360) |
//! | theoretical forward | S (1+DI)^(du/252) / (1 + r dc/360) |
//! | basis | 1e4 (y_usd - (y_brl - rho)), continuous on dc/360 with rho = ln(F/S)/T: negative when synthetic dollars are dearer |
//!
//! Source: B3 contract specifications of DDI and FRC; Du, Tepper & Verdelhan (2018) Journal of Finance 73, equation 3.
//!
//! # Errors
//! `missing_values`, `invalid_argument` when a quote, a day count or a compounding factor is not positive.

use crate::{NumericsError, Result, validate};

/// Quotes of one tenor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CupomInputs {
    /// Spot, local per dollar.
    pub spot: f64,
    /// Fixing of the previous day, local per dollar.
    pub previous_ptax: f64,
    /// Forward, local per dollar.
    pub forward: f64,
    /// Calendar days to maturity.
    pub calendar_days: f64,
    /// Business days to maturity.
    pub business_days: f64,
    /// Domestic rate, effective on 252 business days.
    pub domestic_rate_252: f64,
    /// Dollar rate, linear on 360 days.
    pub foreign_rate_360: f64,
}

/// What the quotes imply.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CupomCambial {
    /// Cupom on today's spot, linear on 360 days.
    pub clean: f64,
    /// Cupom on the previous fixing, linear on 360 days.
    pub dirty: f64,
    /// Unit price of a DDI contract at the dirty cupom.
    pub ddi_price: f64,
    /// Forward that closes the basis.
    pub theoretical_forward: f64,
    /// Forward premium, linear annual on 360 days.
    pub forward_premium_360: f64,
    /// Forward less spot, in local currency.
    pub forward_points: f64,
    /// Covered-interest basis in basis points, negative when synthetic dollars are dearer.
    pub basis_bp: f64,
    /// Clean cupom less the dollar rate, in basis points.
    pub spread_to_foreign_bp: f64,
    /// Domestic rate implied by forward and dollar rate, effective on 252.
    pub implied_domestic_252: f64,
}

/// Computes cupom, basis and implied rates.
///
/// # Errors
/// See the module.
pub fn cupom_cambial(inputs: &CupomInputs) -> Result<CupomCambial> {
    let &CupomInputs {
        spot,
        previous_ptax,
        forward,
        calendar_days,
        business_days,
        domestic_rate_252,
        foreign_rate_360,
    } = inputs;
    validate::finite("quotes", &[spot, previous_ptax, forward, domestic_rate_252, foreign_rate_360])?;
    validate::positive("spot", spot)?;
    validate::positive("previous PTAX", previous_ptax)?;
    validate::positive("forward", forward)?;
    validate::positive("calendar days", calendar_days)?;
    validate::positive("business days", business_days)?;
    let years_360 = calendar_days / 360.0;
    let foreign_growth = 1.0 + foreign_rate_360 * years_360;
    if domestic_rate_252 <= -1.0 || foreign_growth <= 0.0 {
        return Err(NumericsError::InvalidArgument { what: "rates", why: "a loss of everything".to_owned() });
    }
    let log_domestic = domestic_rate_252.ln_1p() * business_days / 252.0;
    let domestic_growth = log_domestic.exp();
    let cupom = |spot: f64| (domestic_growth / (forward / spot) - 1.0) / years_360;
    let (clean, dirty) = (cupom(spot), cupom(previous_ptax));
    let log_premium = (forward / spot).ln();
    Ok(CupomCambial {
        clean,
        dirty,
        ddi_price: 100_000.0 / (1.0 + dirty * years_360),
        theoretical_forward: spot * domestic_growth / foreign_growth,
        forward_premium_360: (forward / spot - 1.0) / years_360,
        forward_points: forward - spot,
        basis_bp: 1e4 * (foreign_growth.ln() - (log_domestic - log_premium)) / years_360,
        spread_to_foreign_bp: 1e4 * (clean - foreign_rate_360),
        implied_domestic_252: ((log_premium + foreign_growth.ln()) * 252.0 / business_days).exp_m1(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theoretical_forward_closes_the_basis() {
        let mut quotes = CupomInputs {
            spot: 5.0,
            previous_ptax: 5.0,
            forward: 5.2,
            calendar_days: 180.0,
            business_days: 126.0,
            domestic_rate_252: 0.1,
            foreign_rate_360: 0.04,
        };
        quotes.forward = cupom_cambial(&quotes).unwrap().theoretical_forward;
        let parity = cupom_cambial(&quotes).unwrap();
        assert!(parity.basis_bp.abs() < 1e-9 && (parity.clean - 0.04).abs() < 1e-14);
        assert!((parity.implied_domestic_252 - 0.1).abs() < 1e-14);
        quotes.forward *= 1.001;
        assert!(cupom_cambial(&quotes).unwrap().basis_bp > 0.0);
    }
}
