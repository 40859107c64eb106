//! The cupom cambial in formulas: dirty and clean rates, forwards, the PU and the variation margin of DDI.
//!
//! All rates are linear ACT/360 decimals. `growth(r, n) = 1 + r n/360`.
//!
//! ```text
//! dirty:    growth(sujo)  = (1 + DI)^(bd/252) / (F / PTAX(t-1))
//! clean:    growth(limpo) = (1 + DI)^(bd/252) / (F / S(t)) = growth(sujo) S(t) / PTAX(t-1)
//! forward:  growth(FRC, n2 - n1) = growth(DDI, n2) / growth(DDI, n1)          (the spot cancels)
//! PU = 100000 / growth(sujo)
//! ```
//!
//! DDI settles in reais (B3 contract specification). With the exchange rate of the day before in the multiplier and in the
//! correction factor, the variation margin of one contract long the PU is
//!
//! ```text
//! [ PU(t) - PU(t-1) (1 + DI(t-1)) / (PTAX(t-1) / PTAX(t-2)) ] x USD 0.50 x PTAX(t-1)
//! ```
//!
//! which is the gain of 0.50 dollars a point of a dollar bond, in reais, less its funding at the CDI. It therefore has the
//! whole dollar exposure; the cupom alone is left when that is sold forward.
//!
//! Worked (golden case `cupom_cambial_pub`): spot 5.4321, PTAX(t-1) 5.4187, forward 5.5264 in 92 days or 64 business days, DI
//! 11.45 %: clean 4.0595 %, dirty 3.0842 %, PU 99,217.98.

use super::di::FACE;

const YEAR: f64 = 360.0;

/// Dollars that a dollar grows to in `days` at a linear rate.
pub fn cupom_growth(rate: f64, days: f64) -> f64 {
    1.0 + rate * days / YEAR
}

/// Linear rate of a growth over `days`.
pub fn growth_rate(growth: f64, days: f64) -> f64 {
    (growth - 1.0) * YEAR / days
}

/// Dirty cupom of `days` from the growth in reais over the same period, the dollar future and the PTAX of the day before.
pub fn dirty_cupom(real_growth: f64, forward: f64, ptax_before: f64, days: f64) -> f64 {
    growth_rate(real_growth / (forward / ptax_before), days)
}

/// Clean cupom from the dirty one: measured against the spot instead of the PTAX of the day before.
pub fn clean_cupom(dirty: f64, days: f64, spot: f64, ptax_before: f64) -> f64 {
    growth_rate(cupom_growth(dirty, days) * spot / ptax_before, days)
}

/// Forward cupom (FRC) between two DDI maturities: `(rate, days)` of the near and of the far one, both dirty or both clean.
pub fn forward_cupom(near: (f64, f64), far: (f64, f64)) -> f64 {
    growth_rate(cupom_growth(far.0, far.1) / cupom_growth(near.0, near.1), far.1 - near.1)
}

/// PU of a DDI rate, in points, not rounded.
pub fn ddi_pu(rate: f64, days: f64) -> f64 {
    FACE / cupom_growth(rate, days)
}

/// Variation margin of one DDI contract long the PU, in reais: `(before, now)` are PUs, `cdi` the overnight rate of the day
/// before as a daily decimal, `ptax` the fixings of `t-2` and `t-1`, `multiplier` dollars a point (0.50).
pub fn ddi_variation_margin((before, now): (f64, f64), cdi: f64, ptax: (f64, f64), multiplier: f64) -> f64 {
    let corrected = before * (1.0 + cdi) / (ptax.1 / ptax.0);
    (now - corrected) * multiplier * ptax.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_case() {
        let reais = 1.1145_f64.powf(64.0 / 252.0);
        let (spot, ptax, forward) = (5.4321, 5.4187, 5.5264);
        let dirty = dirty_cupom(reais, forward, ptax, 92.0);
        assert!((dirty - 0.030_842_121_661_178_338).abs() < 1e-12);
        assert!((clean_cupom(dirty, 92.0, spot, ptax) - 0.040_595_026_793_212_85).abs() < 1e-12);
        assert!((ddi_pu(dirty, 92.0) - 99_217.976_260_219_41).abs() < 1e-7);
    }

    #[test]
    fn an_frc_is_two_opposite_ddis_whatever_the_spot() {
        // B3, 2026-03-16: DDI J26 15.343 % in 16 days, DDI F27 in 294; FRC F27 is the forward of the pair, dirty or clean.
        let (near, far) = ((0.15343, 16.0), (0.0523, 294.0));
        let dirty = forward_cupom(near, far);
        let clean = |(rate, days): (f64, f64)| (clean_cupom(rate, days, 5.31, 5.25), days);
        assert!((forward_cupom(clean(near), clean(far)) - dirty).abs() < 1e-14);
    }

    #[test]
    fn the_margin_is_a_dollar_bonds_gain_in_reais_less_its_funding() {
        // Clean PUs and spots of two days; the dirty PU is what the exchange settles.
        let (clean, spots, ptax, cdi) = ((95_000.0, 95_030.0), (5.31, 5.36), (5.28, 5.33), 0.000_54);
        let dirty = (clean.0 * spots.0 / ptax.0, clean.1 * spots.1 / ptax.1);
        let margin = ddi_variation_margin(dirty, cdi, ptax, 0.5);
        let bond = 0.5 * (clean.1 * spots.1 - clean.0 * spots.0 * (1.0 + cdi));
        assert!((margin - bond).abs() < 1e-8, "{margin} {bond}");
    }
}
