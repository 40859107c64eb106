//! The covered-interest basis of the real: what a dollar costs onshore over what it costs in New York.
//!
//! ```text
//! basis(T) = cupom(T) - [ SOFR + (UST(T) - UST(s)) ]          T: 180 days, both linear on 360 days
//! value    = robust z of the newest basis against the 252 before it, at least 60, clamped to +-6
//! ```
//!
//! No term rate on SOFR is published freely: the overnight rate is carried to the tenor along the Treasury's par curve from its
//! shortest maturity `s`, at most three months, for its slope holds what is expected of the Fed. Where the curve has no such maturities the overnight rate stands for the term rate, and the
//! model says so. A basis pairs the cupom curve of its date with the SOFR and the Treasury curve of that date or, where they are
//! not out (SOFR of a day is published the next morning), the newest of at most seven days before it.
//!
//! Only bases like the newest are compared with it: from the same kind of cupom curve (FRC, DOC and DDI differ by more than the
//! basis moves), and with or without the Treasury slope. Another kind than FRC is flagged. The newest curve decides: one that is
//! malformed or does not reach the tenor makes the model abstain, and no older one takes its place.
//!
//! A wider basis says that dollars are scarce onshore: funding stress. Scarce dollars press the price of the dollar up, so that the
//! score for USD/BRL rich (+) is `-tanh(value / 2)`. Confidence: 0.3 with a clean cupom, half that with the dirty one of DDI
//! futures, which a spot move of a day shifts by points. A basis beyond 10 % is refused. SOFR begins in April 2018.
//!
//! Sources: Du, Tepper and Verdelhan (2018), Journal of Finance 73; B3, contract specifications of DDI and FRC.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use market::curves::{CupomCurve, CupomSource, CurveError, UstParCurve, cupom_curve_history, ust_par_curve_history};
use market::{AsOf, CalendarId, SeriesId};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::cross_asset::regime::robust_z;
use crate::reading::{fresh_past, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const SOFR: &str = "US_SOFR_FRED";
/// The cupom curve that is used where it exists.
const PREFERRED: CupomSource = CupomSource::Frc;
/// Most days from a dollar rate to the cupom that it is paired with.
const MAX_DAYS_APART: i64 = 7;

/// Parameters of the basis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CipParams {
    /// Weight among the FX models.
    pub weight: f64,
    /// Tenor in calendar days.
    pub tenor_days: u32,
    /// Bases in the window.
    pub window: usize,
    /// Fewest bases in the window.
    pub min_window: usize,
    /// Bound on the z-score.
    pub z_limit: f64,
    /// z-score at which the score reaches 0.76.
    pub scale: f64,
    /// A basis beyond this (decimal) is refused.
    pub limit: f64,
    /// Confidence with a clean cupom.
    pub base_confidence: f64,
    /// Factor for the dirty cupom.
    pub dirty_discount: f64,
    /// Oldest acceptable cupom curve, in B3 sessions.
    pub max_curve_age_sessions: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for CipParams {
    fn default() -> Self {
        Self {
            weight: 0.35,
            tenor_days: 180,
            window: 252,
            min_window: 60,
            z_limit: 6.0,
            scale: 2.0,
            limit: 0.10,
            base_confidence: 0.3,
            dirty_discount: 0.5,
            max_curve_age_sessions: 5,
            implications: implications::usdbrl_rich(),
        }
    }
}

/// The basis in decimals: cupom less the overnight dollar rate carried to the tenor by a slope, all linear on 360 days.
pub fn cip_basis(cupom: f64, overnight: f64, slope: f64) -> f64 {
    cupom - (overnight + slope)
}

/// The model on the view.
pub(crate) struct CipBasis(pub(crate) CipParams);

/// The basis of one date.
#[derive(Debug, Clone, Copy)]
struct Dated {
    date: NaiveDate,
    cupom: f64,
    sofr: f64,
    slope: Option<f64>,
    source: CupomSource,
}

impl Dated {
    fn basis(&self) -> f64 {
        cip_basis(self.cupom, self.sofr, self.slope.unwrap_or(0.0))
    }
}

/// True when two bases measure the same thing.
fn alike(one: &Dated, other: &Dated) -> bool {
    one.source == other.source && one.slope.is_some() == other.slope.is_some()
}

impl CipBasis {
    /// The basis of every date that has one, oldest first; an error when the newest curve gives none.
    fn history(&self, view: &AsOf) -> Result<Vec<Dated>, Refusal> {
        let params = &self.0;
        let sofr = fresh_past(view, SOFR, 12)?;
        // Twice the window in calendar days and half as much again: weekends, holidays and days without a curve.
        let from = view.date() - Days::new(params.window as u64 * 3);
        let treasuries = ust_par_curve_history(view, from);
        let days = f64::from(params.tenor_days);
        let dated = |date: NaiveDate, curve: Result<CupomCurve, CurveError>| -> Result<Dated, Refusal> {
            let curve = curve?;
            let near = |day: NaiveDate| (date - day).num_days() <= MAX_DAYS_APART;
            let (_, rate) = sofr.at_or_before(date).filter(|(day, _)| near(*day)).ok_or_else(|| {
                Refusal::Unavailable(format!(
                    "{SOFR}: no rate in the {MAX_DAYS_APART} days to {date}, the day of the cupom"
                ))
            })?;
            let slope = treasuries.range(..=date).next_back().filter(|(at, _)| near(**at));
            let slope = slope.and_then(|(_, curve)| treasury_slope(curve.as_ref().ok()?, days / 365.0));
            Ok(Dated { date, cupom: curve.rate(days)?, sofr: rate / 100.0, slope, source: curve.source() })
        };
        let mut curves = cupom_curve_history(view, from);
        curves.retain(|date, _| *date <= view.date());
        let newest = curves.pop_last().map(|(date, curve)| dated(date, curve)).transpose()?;
        let before = curves.into_iter().filter_map(|(date, curve)| dated(date, curve).ok());
        Ok(before.chain(newest).collect())
    }
}

/// Par yield of `years` less that of the curve's shortest maturity; `None` where the curve does not begin within three months
/// or does not reach.
fn treasury_slope(curve: &UstParCurve, years: f64) -> Option<f64> {
    let (_, shortest) = curve.vertices().first().filter(|(years, _)| *years <= 0.2501)?;
    Some(curve.par_yield(years).ok()? - shortest)
}

impl Model for CipBasis {
    fn id(&self) -> &'static str {
        "fx.cip_basis"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        ["B3.FRC*", "B3.DDI*", "B3.DOC.*", "BR_USDBRL_PTAX_SELL", SOFR, "US_PAR_*"].map(SeriesId::new).to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let history = self.history(view)?;
        let oldest = view.calendars().business_days_before(CalendarId::B3, view.date(), params.max_curve_age_sessions);
        let newest = history.last().filter(|newest| newest.date >= oldest).copied().ok_or_else(|| {
            Refusal::Unavailable(format!(
                "no cupom curve since {oldest} from FRC, DOC or DDI that reaches {} days",
                params.tenor_days
            ))
        })?;
        let bases: Vec<f64> = history.iter().filter(|dated| alike(dated, &newest)).map(Dated::basis).collect();
        let basis = plausible("covered-interest basis (decimal)", newest.basis(), params.limit)?;
        let z = robust_z(&bases, params.window, params.min_window)?.clamp(-params.z_limit, params.z_limit);
        let confidence = params.base_confidence * if newest.source.is_clean() { 1.0 } else { params.dirty_discount };
        let mut evidence = vec![
            Evidence::computed("covered-interest basis", 1e4 * basis, "bp"),
            Evidence::computed("cupom cambial to the tenor", 100.0 * newest.cupom, "% p.a. linear"),
        ];
        let mut flags = Vec::new();
        if let Ok(sofr) = fresh_past(view, SOFR, 12)
            && let Some((day, rate)) = sofr.at_or_before(newest.date)
        {
            evidence.push(Evidence::read("SOFR", rate, "%", &sofr.id, day));
        }
        match newest.slope {
            Some(slope) => {
                let name = "Treasury yield at the tenor less the shortest one";
                evidence.push(Evidence::computed(name, 100.0 * slope, "pp"));
            }
            None => flags.push(Flag::missing(
                "fx.cip_basis: without a Treasury curve from three months on, overnight SOFR stands for the term rate",
            )),
        }
        if newest.source != PREFERRED {
            let (date, source, preferred) = (newest.date, newest.source.name(), PREFERRED.name());
            let dirty = if newest.source.is_clean() { "" } else { ", the dirty one" };
            flags.push(Flag::missing(format!(
                "fx.cip_basis: cupom of {date} is from {source}{dirty}, not from {preferred}"
            )));
        }
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Fx,
            subject: "usdbrl_rich".to_owned(),
            value: z,
            unit: "robust standard deviations, + wider basis".to_owned(),
            score: -squash(z, params.scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 30,
            implications: params.implications.clone(),
            evidence,
            diagnostics: BTreeMap::from([
                ("bases".to_owned(), bases.len() as f64),
                ("curve_age_days".to_owned(), (view.date() - newest.date).num_days() as f64),
            ]),
        };
        let features = BTreeMap::from([("usdbrl.cip_basis".to_owned(), basis), ("usdbrl.cip_basis_z".to_owned(), z)]);
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_case() {
        let path = format!("{}/../../tests/golden/cupom_cambial_pub.json", env!("CARGO_MANIFEST_DIR"));
        let case: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cupom = case["expected"]["cupom_limpo"].as_f64().unwrap();
        let dollar = case["inputs"]["r_foreign_360"].as_f64().unwrap();
        let want = case["expected"]["cupom_minus_sofr_bp"].as_f64().unwrap();
        assert!((1e4 * cip_basis(cupom, dollar, 0.0) - want).abs() < 1e-9);
        // The Fed is expected to cut by half a point on average over the tenor: the same cupom is that much wider.
        assert!((cip_basis(cupom, dollar, -0.005) - cip_basis(cupom, dollar, 0.0) - 0.005).abs() < 1e-15);
    }

    #[test]
    fn bases_of_two_kinds_of_curve_are_not_alike() {
        let date: NaiveDate = "2026-03-30".parse().unwrap();
        let of = |source, slope| Dated { date, cupom: 0.05, sofr: 0.036, slope, source };
        let frc = of(CupomSource::Frc, Some(-0.001));
        assert!(alike(&frc, &of(CupomSource::Frc, Some(0.0))) && !alike(&frc, &of(CupomSource::Frc, None)));
        for source in [CupomSource::ReferenceDoc, CupomSource::DdiClean, CupomSource::Ddi] {
            assert!(!alike(&frc, &of(source, Some(-0.001))), "{source:?}");
        }
    }

    #[test]
    fn the_slope_needs_both_ends() {
        let date: NaiveDate = "2026-03-30".parse().unwrap();
        let curve = |vertices: &[(f64, f64)]| UstParCurve::from_vertices(date, vertices).unwrap();
        let full = curve(&[(1.0 / 12.0, 0.043), (0.5, 0.040), (1.0, 0.038)]);
        assert!((treasury_slope(&full, 0.5).unwrap() + 0.003).abs() < 1e-15);
        assert_eq!(treasury_slope(&curve(&[(0.5, 0.04), (1.0, 0.038)]), 0.5), None);
    }
}
