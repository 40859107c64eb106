//! Breaks in the correlation of returns: are markets moving together as they do in a flight?
//!
//! ```text
//! r1 = corr of the last 63 daily returns          r0 = corr of the 252 before them
//! z  = (atanh r1 - atanh r0) / sqrt( 1/(63 - 3) + 1/(252 - 3) )
//! value = mean over the pairs that spoke of s z           score = -tanh( value / 2 )
//! ```
//!
//! | pair | returns | sign `s` of the correlation in a flight |
//! |---|---|---|
//! | Ibovespa, USD/BRL | logs | - |
//! | USD/BRL, broad dollar | logs | + |
//! | Ibovespa, VIX | logs | - |
//! | EMBI Brazil, US high-yield spread | logs | + |
//! | UST 10 years, VIX | difference, log | - |
//!
//! Returns, never levels: two trends are always correlated. Both windows end at the newest date that the pair shares. `z` is
//! standard normal when nothing changed; beyond 2.58 (1 %, two-sided) it is a break and the report says so. A return over more
//! than five calendar days is left out.
//!
//! Value in standard deviations, + is a flight; the score is of risk appetite, so its sign is opposite. Confidence: 0.3 times
//! the share of pairs, for correlations say that risks have become one, not which way they fall. Fewer than three pairs:
//! abstain.
//!
//! Sources: Fisher (1921), Metron 1; Forbes and Rigobon (2002), Journal of Finance 57, on what such tests cannot say.

use std::collections::BTreeMap;

use market::{AsOf, Series, SeriesId};
use serde::{Deserialize, Serialize};

use super::returns::{Change, paired};
use crate::config::Implications;
use crate::reading::{fresh_past, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// Longest distance between the two dates of a daily return, in calendar days.
const MAX_GAP_DAYS: i64 = 5;

struct Leg {
    id: &'static str,
    change: Change,
}

struct Pair {
    name: &'static str,
    legs: [Leg; 2],
    /// Sign of the correlation in a flight from risk.
    sign: f64,
}

const IBOV: Leg = Leg { id: "MK_IBOV_Y", change: Change::Log };
const USDBRL: Leg = Leg { id: "BR_USDBRL_PTAX_SELL", change: Change::Log };
const VIX: Leg = Leg { id: "US_VIX", change: Change::Log };

const PAIRS: [Pair; 5] = [
    Pair { name: "ibov_usdbrl", legs: [IBOV, USDBRL], sign: -1.0 },
    Pair { name: "usdbrl_dollar", legs: [USDBRL, Leg { id: "US_DTWEXBGS", change: Change::Log }], sign: 1.0 },
    Pair { name: "ibov_vix", legs: [IBOV, VIX], sign: -1.0 },
    Pair {
        name: "embi_high_yield",
        legs: [Leg { id: "EMBI.Brasil", change: Change::Log }, Leg { id: "US_HY_OAS", change: Change::Log }],
        sign: 1.0,
    },
    Pair { name: "ust10_vix", legs: [Leg { id: "US_DGS10", change: Change::Difference }, VIX], sign: -1.0 },
];

/// Parameters of the test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorrelationParams {
    /// Weight among the cross-asset models.
    pub weight: f64,
    /// Returns in the tested window.
    pub window: usize,
    /// Returns before it, with which it is compared.
    pub reference: usize,
    /// Absolute z beyond which a break is reported.
    pub break_z: f64,
    /// Mean signed z at which the score reaches 0.76.
    pub scale: f64,
    /// Bound on a z.
    pub z_limit: f64,
    /// Fewest pairs.
    pub min_pairs: usize,
    /// Confidence with every pair.
    pub base_confidence: f64,
    /// Oldest acceptable observation, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for CorrelationParams {
    fn default() -> Self {
        Self {
            weight: 0.25,
            window: 63,
            reference: 252,
            break_z: 2.58,
            scale: 2.0,
            z_limit: 8.0,
            min_pairs: 3,
            base_confidence: 0.3,
            max_age_days: 12,
            implications: implications::risk_appetite(),
        }
    }
}

/// Correlation of two samples of the same length; `None` without spread in either.
pub fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len().min(b.len()) as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        (aa, bb, ab) = (aa + x * x, bb + y * y, ab + x * y);
    }
    let r = ab / (aa * bb).sqrt();
    r.is_finite().then(|| r.clamp(-1.0, 1.0))
}

/// Fisher's z of the change from correlation `before` (of `n_before` pairs) to `now` (of `n_now`): standard normal when
/// both come from one Gaussian population. `None` at a correlation of one, or with three pairs or fewer.
pub fn fisher_z(now: f64, n_now: usize, before: f64, n_before: usize) -> Option<f64> {
    let spread = |n: usize| (n > 3).then(|| 1.0 / (n as f64 - 3.0));
    let z = (now.atanh() - before.atanh()) / (spread(n_now)? + spread(n_before)?).sqrt();
    z.is_finite().then_some(z)
}

/// The model on the view.
pub(crate) struct CorrelationBreaks(pub(crate) CorrelationParams);

/// One pair, tested.
struct Tested {
    now: f64,
    before: f64,
    z: f64,
    newest: chrono::NaiveDate,
}

impl CorrelationBreaks {
    fn test(&self, pair: &Pair, series: [&Series; 2]) -> Result<Tested, Refusal> {
        let params = &self.0;
        let [a, b] = [0, 1].map(|leg| (series[leg], pair.legs[leg].change));
        let needed = params.window + params.reference;
        let changes = paired(a, b, needed, MAX_GAP_DAYS);
        if changes.len() < needed {
            let what = format!("returns shared by {} and {}", pair.legs[0].id, pair.legs[1].id);
            return Err(Refusal::TooFew { what, got: changes.len(), needed });
        }
        let newest = changes[needed - 1].0;
        let (a, b): (Vec<f64>, Vec<f64>) = changes.iter().map(|(_, a, b)| (*a, *b)).unzip();
        let cut = params.reference;
        let flat = || Refusal::Unavailable(format!("{} or {} does not move", pair.legs[0].id, pair.legs[1].id));
        let now = correlation(&a[cut..], &b[cut..]).ok_or_else(flat)?;
        let before = correlation(&a[..cut], &b[..cut]).ok_or_else(flat)?;
        let z = fisher_z(now, params.window, before, params.reference).ok_or_else(flat)?;
        Ok(Tested { now, before, z: z.clamp(-params.z_limit, params.z_limit), newest })
    }
}

impl Model for CorrelationBreaks {
    fn id(&self) -> &'static str {
        "cross_asset.correlation_breaks"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let ids: std::collections::BTreeSet<&str> =
            PAIRS.iter().flat_map(|pair| &pair.legs).map(|leg| leg.id).collect();
        ids.into_iter().map(SeriesId::new).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        // Enough for the windows with holidays of two countries, so that a longer history is not even looked at.
        let tail = 2 * (params.window + params.reference);
        let mut read: BTreeMap<&str, Result<Series, Refusal>> = BTreeMap::new();
        for leg in PAIRS.iter().flat_map(|pair| &pair.legs) {
            let series = || fresh_past(view, leg.id, params.max_age_days).map(|series| series.tail(tail));
            read.entry(leg.id).or_insert_with(series);
        }
        let (mut flags, mut evidence) = (Vec::new(), Vec::new());
        let (mut diagnostics, mut features) = (BTreeMap::new(), BTreeMap::new());
        let (mut sum, mut spoken, mut breaks) = (0.0, 0_usize, 0_usize);
        for pair in &PAIRS {
            let tested = match (&read[pair.legs[0].id], &read[pair.legs[1].id]) {
                (Ok(a), Ok(b)) => self.test(pair, [a, b]),
                (Err(refusal), _) | (_, Err(refusal)) => Err(refusal.clone()),
            };
            let Tested { now, before, z, newest } = match tested {
                Ok(tested) => tested,
                Err(refusal) => {
                    flags.push(Flag::missing(format!("{}: without {} ({refusal})", self.id(), pair.name)));
                    continue;
                }
            };
            spoken += 1;
            sum += pair.sign * z;
            let name = format!("correlation of {}, {} days", pair.name, params.window);
            evidence.push(Evidence::derived(name, now, "correlation", &pair.legs[0].id.into(), newest));
            diagnostics.insert(format!("z.{}", pair.name), z);
            diagnostics.insert(format!("reference.{}", pair.name), before);
            features.insert(format!("correlation.{}", pair.name), now);
            if z.abs() >= params.break_z {
                breaks += 1;
                flags.push(Flag::remark(format!(
                    "{}: {} moved from {before:+.2} to {now:+.2} (z {z:+.1})",
                    self.id(),
                    pair.name
                )));
            }
        }
        if spoken < params.min_pairs {
            let why: Vec<String> = flags.iter().map(Flag::to_string).collect();
            let what = format!("pairs ({})", why.join("; "));
            return Err(Refusal::TooFew { what, got: spoken, needed: params.min_pairs });
        }
        let value = sum / spoken as f64;
        let confidence = params.base_confidence * spoken as f64 / PAIRS.len() as f64;
        diagnostics.insert("breaks".to_owned(), breaks as f64);
        diagnostics.insert("pairs".to_owned(), spoken as f64);
        features.insert("correlation.stress_z".to_owned(), value);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::CrossAsset,
            subject: "risk_appetite".to_owned(),
            value,
            unit: "standard deviations towards flight".to_owned(),
            score: -squash(value, params.scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 21,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fishers_own_transformation() {
        // atanh(0.5) = 0.549306...; with 63 and 252 pairs the standard error is sqrt(1/60 + 1/249).
        let z = fisher_z(0.5, 63, 0.0, 252).unwrap();
        assert!((z - 0.549_306_144_334_054_8 / (1.0_f64 / 60.0 + 1.0 / 249.0).sqrt()).abs() < 1e-12);
        assert_eq!(fisher_z(1.0, 63, 0.0, 252), None);
        assert_eq!(fisher_z(0.5, 3, 0.0, 252), None);
    }

    #[test]
    fn a_correlation_by_hand() {
        // Deviations (-1, 0, 1) and (-1, 1, 0): 1 / 2.
        assert!((correlation(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]).unwrap() - 0.5).abs() < 1e-15);
        assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn one_population_is_rarely_a_break() {
        use rand::SeedableRng;
        use rand_distr::{Distribution, StandardNormal};
        let mut generator = rand_pcg::Pcg64::seed_from_u64(9);
        let mut normal = || -> f64 { StandardNormal.sample(&mut generator) };
        let (mut breaks, trials) = (0_u32, 1000_u32);
        for _ in 0..trials {
            let a: Vec<f64> = (0..315).map(|_| normal()).collect();
            let b: Vec<f64> = a.iter().map(|a| 0.5 * a + normal()).collect();
            let r = |from: usize, to: usize| correlation(&a[from..to], &b[from..to]).unwrap();
            let z = fisher_z(r(252, 315), 63, r(0, 252), 252).unwrap();
            breaks += u32::from(z.abs() > 1.96);
        }
        let share = f64::from(breaks) / f64::from(trials);
        assert!((0.03..0.07).contains(&share), "{share} of 5 %");
    }
}
