//! What the book gains and loses for small moves of the risk factors, gross and net, by currency, factor and tenor.
//!
//! Per position the sensitivity of one unit of exposure times its weight; gross is the sum of absolute values over the
//! positions, net the signed sum. For curves and the sovereign spread the number is the **loss** for one basis point
//! more (DV01, CS01; positive = loses when rates rise or spreads widen); for prices it is the **gain** for a relative
//! move of one (delta; positive = long). The buckets of a curve are those of the instruments' key rates and add up to
//! the curve's DV01.
//!
//! Worked value: a weight of 0.25 in `DI_5Y` (DV01 of 4 bp of exposure for a basis point) is a DV01 of 0.0001 of NAV, a
//! hundred millionths, all in the bucket of five years.

use std::collections::BTreeMap;

use market::instruments::{Currency, InstrumentId, RiskFactor, Sensitivity, VERTICES};
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::report::{ClassExposure, Unpriced};
use crate::stress::Holding;
use crate::stress::factors::{self, MoveUnit};

/// Exposures of a book by currency and by risk factor, over NAV.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FactorExposures {
    /// Exposure (notional) by the currency of the instrument's P&L.
    pub by_currency: BTreeMap<Currency, ClassExposure>,
    /// Sensitivities by factor; factors that no position depends on are left out.
    pub by_factor: BTreeMap<RiskFactor, FactorExposure>,
    /// Positions whose sensitivities are not known: the sums are without them.
    pub unknown: Vec<Unpriced>,
}

/// Sensitivity of a book to one factor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactorExposure {
    /// `bp`: fraction of NAV lost for one basis point more; `relative`: fraction of NAV gained for a relative move of one.
    pub unit: MoveUnit,
    /// Sum of absolute values over the positions.
    pub gross: f64,
    /// Signed sum.
    pub net: f64,
    /// Of a curve, by tenor; buckets that no position reaches are left out.
    pub buckets: Vec<BucketExposure>,
    /// By position.
    pub by_position: BTreeMap<InstrumentId, f64>,
}

/// DV01 of one tenor bucket of a curve, fraction of NAV a basis point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BucketExposure {
    /// Vertex in years.
    pub years: f64,
    /// Sum of absolute values over the positions.
    pub gross: f64,
    /// Signed sum.
    pub net: f64,
}

impl FactorExposures {
    /// Sums the positions' sensitivities.
    pub fn of(holdings: &[Holding]) -> Self {
        let mut exposures = Self::default();
        for Holding { instrument, weight, priced } in holdings {
            match priced {
                Ok((priced, sensitivity)) => {
                    let currency = exposures.by_currency.entry(priced.instrument().currency).or_default();
                    currency.gross += weight.abs();
                    currency.net += weight;
                    for factor in factors::FACTORS {
                        exposures.add(factor, instrument, *weight, sensitivity, priced.instrument().factor());
                    }
                }
                Err(reason) => {
                    if let Some(found) = market::instruments::find(instrument) {
                        let currency = exposures.by_currency.entry(found.currency).or_default();
                        currency.gross += weight.abs();
                        currency.net += weight;
                    }
                    exposures.unknown.push(Unpriced {
                        instrument: instrument.clone(),
                        needed_for: "sensitivities".to_owned(),
                        reason: reason.clone(),
                    });
                }
            }
        }
        exposures
    }

    fn add(
        &mut self,
        factor: RiskFactor,
        instrument: &InstrumentId,
        weight: f64,
        sensitivity: &Sensitivity,
        own: RiskFactor,
    ) {
        let value = weight * of_unit(factor, sensitivity, own);
        let buckets = sensitivity.key_rates.of(factor);
        if value == 0.0 && buckets.is_none_or(|buckets| buckets.iter().all(|bucket| *bucket == 0.0)) {
            return;
        }
        let exposure = self.by_factor.entry(factor).or_insert_with(|| FactorExposure {
            unit: factors::unit(factor),
            gross: 0.0,
            net: 0.0,
            buckets: Vec::new(),
            by_position: BTreeMap::new(),
        });
        exposure.gross += value.abs();
        exposure.net += value;
        exposure.by_position.insert(instrument.clone(), value);
        for (years, dv01) in VERTICES.iter().zip(buckets.into_iter().flatten()).filter(|(_, dv01)| **dv01 != 0.0) {
            let at = exposure.buckets.partition_point(|bucket| bucket.years < *years);
            if exposure.buckets.get(at).is_none_or(|bucket| bucket.years != *years) {
                exposure.buckets.insert(at, BucketExposure { years: *years, gross: 0.0, net: 0.0 });
            }
            exposure.buckets[at].gross += (weight * dv01).abs();
            exposure.buckets[at].net += weight * dv01;
        }
    }

    /// Net sensitivity to a factor; zero when no position depends on it.
    pub fn net(&self, factor: RiskFactor) -> f64 {
        self.by_factor.get(&factor).map_or(0.0, |exposure| exposure.net)
    }

    /// The bucket with the largest net DV01 in absolute value, named by curve and years.
    pub fn largest_bucket(&self) -> Option<(String, f64)> {
        let mut largest: Option<(String, f64)> = None;
        for (factor, exposure) in &self.by_factor {
            for bucket in &exposure.buckets {
                if largest.as_ref().is_none_or(|(_, net)| limits::exceeds(bucket.net.abs(), net.abs())) {
                    largest = Some((format!("{} {}Y", factors::name(*factor), bucket.years), bucket.net));
                }
            }
        }
        largest
    }
}

/// Sensitivity of one unit of exposure.
fn of_unit(factor: RiskFactor, sensitivity: &Sensitivity, own: RiskFactor) -> f64 {
    match factor {
        RiskFactor::BrlRates => sensitivity.dv01_brl,
        RiskFactor::UsdRates => sensitivity.dv01_usd,
        RiskFactor::Breakeven => sensitivity.dv01_breakeven,
        RiskFactor::CupomBasis => sensitivity.dv01_cupom_basis,
        RiskFactor::UsdBrl => sensitivity.fx_delta,
        RiskFactor::EquityBr | RiskFactor::EquityUs if own == factor => sensitivity.equity_delta,
        RiskFactor::EquityBr | RiskFactor::EquityUs => 0.0,
        RiskFactor::Commodity => sensitivity.commodity_delta,
        RiskFactor::SovereignSpread => sensitivity.cs01,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use market::curves::CurveBook;
    use proptest::prelude::*;

    use super::*;
    use crate::book::Book;
    use crate::stress::holdings;
    use crate::testing::market_by_hand::{Market, ordinary};

    static MARKET: LazyLock<Market> = LazyLock::new(|| ordinary(60).build());

    fn exposures(weights: &[(&str, f64)]) -> FactorExposures {
        let view = MARKET.today();
        let positions = Book::of(weights.iter().map(|(id, weight)| ((*id).into(), *weight)).collect());
        FactorExposures::of(&holdings(&CurveBook::latest(&view), &positions).unwrap())
    }

    #[test]
    fn a_receiver_is_long_dv01_in_the_bucket_of_its_maturity() {
        let found = exposures(&[("DI_5Y", 0.25), ("USDBRL", -0.10), ("IBOV", 0.2)]);
        let brl = &found.by_factor[&RiskFactor::BrlRates];
        // 5 / 1.14 years of modified duration, a quarter of NAV, a basis point; the dollar adds next to nothing.
        assert!((brl.net - 0.25 * 5.0 / 1.14 * 1e-4).abs() < 0.03 * brl.net, "{brl:?}");
        let five = brl.buckets.iter().find(|bucket| bucket.years == 5.0).unwrap();
        assert!((five.net - brl.by_position[&InstrumentId::new("DI_5Y")]).abs() < 1e-9);
        assert!((found.net(RiskFactor::UsdBrl) + 0.10).abs() < 1e-12);
        assert!((found.net(RiskFactor::EquityBr) - 0.2).abs() < 1e-12);
        assert_eq!(found.net(RiskFactor::EquityUs), 0.0);
        assert_eq!(found.largest_bucket().map(|(name, _)| name).as_deref(), Some("BRL rates 5Y"));
        let brl_notional = found.by_currency[&Currency::Brl];
        assert!((brl_notional.gross - 0.55).abs() < 1e-15 && (brl_notional.net - 0.35).abs() < 1e-15);
    }

    #[test]
    fn a_position_without_a_price_is_listed_and_its_notional_counts() {
        let holdings = [Holding { instrument: "UST_2Y".into(), weight: 0.1, priced: Err("no curve".to_owned()) }];
        let found = FactorExposures::of(&holdings);
        assert_eq!((found.unknown.len(), found.by_factor.len()), (1, 0));
        assert_eq!(found.by_currency[&Currency::Usd].gross, 0.1);
    }

    proptest! {
        #[test]
        fn exposures_add_up_by_position_bucket_and_book(
            a in proptest::collection::vec(-0.25..0.25_f64, 6),
            b in proptest::collection::vec(-0.25..0.25_f64, 6),
        ) {
            let names = ["DI_1Y", "DI_10Y", "USDBRL", "UST_5Y", "UST_30Y", "IBOV"];
            let book = |weights: &[f64]| exposures(&names.into_iter().zip(weights.iter().copied()).collect::<Vec<_>>());
            let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
            let (one, two, both) = (book(&a), book(&b), book(&sum));
            for (factor, exposure) in &both.by_factor {
                prop_assert!((exposure.net - one.net(*factor) - two.net(*factor)).abs() < 1e-12);
                prop_assert!((exposure.by_position.values().sum::<f64>() - exposure.net).abs() < 1e-12);
                prop_assert!(exposure.net.abs() <= exposure.gross + 1e-15);
                if !exposure.buckets.is_empty() {
                    let buckets: f64 = exposure.buckets.iter().map(|bucket| bucket.net).sum();
                    // Key rates and the parallel move are central differences of a convex price.
                    prop_assert!((buckets - exposure.net).abs() < 1e-6 * exposure.gross, "{:?}: {} and {}", factor, buckets, exposure.net);
                }
            }
        }
    }
}
