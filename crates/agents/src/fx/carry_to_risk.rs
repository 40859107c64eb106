//! Carry-to-risk of the real: the carry that forwards pay, over realised volatility.
//!
//! ```text
//! F/S   = (1 + DI)^(bd/252) / (1 + cupom * days/360)
//! carry = (F/S)^(252/bd) - 1             annual, earned by short USD/BRL if spot does not move
//! value = carry / sigma                  sigma: annualised, 63 daily log returns of USD/BRL
//! ```
//!
//! DI is the flat-forward zero rate, cupom the onshore dollar rate of the same date: the forward's own two legs. The
//! difference between the Selic and the fed funds rate is **not** the carry; without a cupom curve the model abstains.
//!
//! Value: a ratio, + pays to hold reais. Subject: USD/BRL rich (+): a high carry-to-risk says that the dollar's price, which
//! the forward discounts, is high for what holding it costs. Score: `tanh(value / 1.0)`. Confidence: 0.6, for carry pays on
//! average and fails in crises, less when spot volatility is above its own last year. Default tenor six months.
//!
//! Source: Koijen, Moskowitz, Pedersen and Vrugt (2018), Carry, JFE 127; Brunnermeier, Nagel and Pedersen (2009).

use std::collections::BTreeMap;

use market::curves::{CupomCurve, cupom_curve_history, latest_di_curve};
use market::{AsOf, CalendarId, SeriesId};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::reading::{fresh_past, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const SPOT: &str = "BR_USDBRL_PTAX_SELL";

/// Parameters of carry-to-risk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CarryParams {
    /// Weight among the FX models.
    pub weight: f64,
    /// Tenor of the forward in business days.
    pub tenor_bd: u32,
    /// Daily returns in the volatility.
    pub volatility_days: usize,
    /// Ratio at which the score reaches 0.76.
    pub scale: f64,
    /// A ratio beyond this is refused.
    pub limit: f64,
    /// Confidence at usual volatility.
    pub base_confidence: f64,
    /// Oldest acceptable curve, in B3 sessions.
    pub max_curve_age_sessions: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for CarryParams {
    fn default() -> Self {
        Self {
            weight: 1.0,
            tenor_bd: 126,
            volatility_days: 63,
            scale: 1.0,
            limit: 6.0,
            base_confidence: 0.6,
            max_curve_age_sessions: 5,
            implications: implications::usdbrl_rich(),
        }
    }
}

/// Annual carry of short USD/BRL from the forward's two legs: `di` effective over 252, `cupom` linear over 360.
pub fn forward_carry(di: f64, bd: f64, cupom: f64, days: f64) -> f64 {
    let ratio = (1.0 + di).powf(bd / 252.0) / (1.0 + cupom * days / 360.0);
    ratio.powf(252.0 / bd) - 1.0
}

/// Annualised standard deviation (about zero) of the last `count` log returns; `None` with fewer, or a level that is not
/// positive.
pub fn realised_volatility(levels: &[f64], count: usize) -> Option<f64> {
    let from = levels.len().checked_sub(count + 1)?;
    if count == 0 || levels[from..].iter().any(|level| level.is_nan() || *level <= 0.0) {
        return None;
    }
    let squares: f64 = levels[from..].windows(2).map(|pair| (pair[1] / pair[0]).ln().powi(2)).sum();
    Some((252.0 * squares / count as f64).sqrt())
}

/// The model on the view.
pub(crate) struct CarryToRisk(pub(crate) CarryParams);

impl Model for CarryToRisk {
    fn id(&self) -> &'static str {
        "fx.carry_to_risk"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        [SPOT, "B3.DI1*", "B3.PRE.*", "BR_PRE_*", "BR_SWAP_PRE_*", "B3.FRC*", "B3.DDI*", "B3.DOC.*"]
            .map(SeriesId::new)
            .to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let cupom = newest_cupom(view, params.max_curve_age_sessions)?;
        let di = latest_di_curve(view, params.max_curve_age_sessions)?;
        let date = cupom.date();
        let di = if di.date() == date { di } else { market::curves::di_curve(view, date)? };
        let bd = f64::from(params.tenor_bd);
        let maturity = view.calendars().add(CalendarId::BrNational, date, i64::from(params.tenor_bd));
        let days = (maturity - date).num_days() as f64;
        let (di_rate, cupom_rate) = (di.rate(bd)?, cupom.rate(days)?);
        let carry = forward_carry(di_rate, bd, cupom_rate, days);

        let spot = fresh_past(view, SPOT, 7)?;
        let too_few = || Refusal::TooFew { what: SPOT.to_owned(), got: spot.len(), needed: params.volatility_days + 1 };
        let volatility = realised_volatility(&spot.values, params.volatility_days).ok_or_else(too_few)?;
        if volatility < 0.01 {
            return Err(Refusal::Unavailable(format!(
                "{SPOT}: volatility of {volatility:.4} is not that of a floating rate"
            )));
        }
        let value = plausible("carry over volatility", carry / volatility, params.limit)?;
        // Carry is least reliable when volatility has jumped: full trust at or below last year's level.
        let usual = realised_volatility(&spot.values, 252).unwrap_or(volatility);
        let confidence = params.base_confidence * (usual / volatility).min(1.0);
        let (spot_date, spot_level) = spot.last().ok_or_else(too_few)?;
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Fx,
            subject: "usdbrl_rich".to_owned(),
            value,
            unit: "carry over volatility".to_owned(),
            score: squash(value, params.scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 180,
            implications: params.implications.clone(),
            evidence: vec![
                Evidence::computed("carry of short USD/BRL", 100.0 * carry, "% p.a."),
                Evidence::computed("DI rate to the tenor", 100.0 * di_rate, "% p.a."),
                Evidence::computed("cupom cambial to the tenor", 100.0 * cupom_rate, "% p.a. linear"),
                Evidence::computed("realised volatility, 63 days", 100.0 * volatility, "% p.a."),
                Evidence::read("USD/BRL", spot_level, "BRL/USD", &spot.id, spot_date),
            ],
            diagnostics: BTreeMap::from([
                ("curve_age_days".to_owned(), (view.date() - date).num_days() as f64),
                ("tenor_days".to_owned(), days),
                ("volatility_252d".to_owned(), usual),
            ]),
        };
        let features = BTreeMap::from([
            ("usdbrl.carry".to_owned(), carry),
            ("usdbrl.carry_to_risk".to_owned(), value),
            ("usdbrl.volatility_63d".to_owned(), volatility),
        ]);
        let mut flags = Vec::new();
        if !cupom.source().is_clean() {
            let source = cupom.source().name();
            flags.push(Flag::missing(format!("fx.carry_to_risk: cupom of {date} is the dirty one, from {source}")));
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

/// The newest cupom curve within the age limit.
fn newest_cupom(view: &AsOf, max_age_sessions: u32) -> Result<CupomCurve, Refusal> {
    let oldest = view.calendars().business_days_before(CalendarId::B3, view.date(), max_age_sessions);
    let newest = cupom_curve_history(view, oldest).into_iter().rfind(|(date, _)| *date <= view.date());
    match newest {
        Some((_, curve)) => Ok(curve?),
        None => Err(Refusal::Unavailable(format!(
            "no cupom curve since {oldest} from FRC, DOC or DDI: the carry is unknown"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forward_is_worth_its_two_legs() {
        // One year: 1.15 over 1 + 0.05 * 365/360.
        let carry = forward_carry(0.15, 252.0, 0.05, 365.0);
        assert!((carry - (1.15 / (1.0 + 0.05 * 365.0 / 360.0) - 1.0)).abs() < 1e-15);
        // Six months at the same rates annualise to nearly the same.
        assert!((forward_carry(0.15, 126.0, 0.05, 182.5) - carry).abs() < 1e-3);
    }

    #[test]
    fn the_published_case_of_koijen_and_others() {
        // USD per BRL 0.18416 spot, 0.17999 three months forward, volatility 14.5 %.
        let (spot, forward): (f64, f64) = (1.0 / 0.184_162_062_615_101_3, 1.0 / 0.179_985_601_151_907_84);
        let di = (forward / spot).powf(4.0) - 1.0;
        let carry = forward_carry(di, 63.0, 0.0, 91.0);
        assert!((carry - 0.096_098_617_320_564_24).abs() < 1e-12);
        assert!((carry / 0.145 - 0.662_749_084_969_405_1).abs() < 1e-11);
    }

    #[test]
    fn volatility_of_alternating_one_percent_moves() {
        let levels: Vec<f64> = (0..65).map(|i| if i % 2 == 0 { 5.0 } else { 5.0 * 0.01_f64.exp() }).collect();
        let volatility = realised_volatility(&levels, 63).unwrap();
        assert!((volatility - 0.01 * 252.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(realised_volatility(&levels, 100), None);
    }
}
