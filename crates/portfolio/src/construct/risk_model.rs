//! Covariance of the packages' own returns.
//!
//! The return of a package on a date is the sum over its legs of ratio times the instrument's excess return, so the signs
//! are in the series already. Only dates on which every leg of every package has a return count; nothing is filled. With
//! fewer common dates than the minimum the package with the shortest history is dropped, with the reason, until the rest
//! has enough. The covariance is by the configured estimator, shrunk to constant correlation (Ledoit and Wolf 2004) unless
//! said otherwise, and annualised with 252.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use market::instruments::{InstrumentId, ReturnSeries};
use nalgebra::DMatrix;
use numerics::covariance::{ledoit_wolf_constant_correlation, sample_covariance};
use numerics::volatility::ewma_covariance;
use serde::{Deserialize, Serialize};

use super::{ConstructConfig, CovarianceEstimator, DroppedPackage, TargetPackage};
use crate::PortfolioError;

const TRADING_DAYS: f64 = 252.0;

/// Annualised covariances behind a target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RiskModel {
    /// Packages, in the order of the rows of `package_covariance`.
    pub packages: Vec<String>,
    /// Covariance of one unit of each package.
    pub package_covariance: Vec<Vec<f64>>,
    /// Instruments, in the order of the rows of `instrument_covariance`.
    pub instruments: Vec<InstrumentId>,
    /// Covariance of the instruments on the same dates: exponentially weighted when that is the estimator, else the sample
    /// covariance.
    pub instrument_covariance: Vec<Vec<f64>>,
    /// How the package covariance was estimated; in records of before it was kept, shrunk.
    #[serde(default, skip_serializing_if = "is_default")]
    pub estimator: CovarianceEstimator,
    /// Weight of the constant-correlation target in the package covariance, in [0, 1]; zero for the other estimators.
    pub shrinkage: f64,
    /// Common dates used.
    pub observations: usize,
    /// First of them.
    pub from: Option<NaiveDate>,
    /// Last of them.
    pub through: Option<NaiveDate>,
}

/// Left out of the record, so that the digest of an older one is still that of its content.
fn is_default(estimator: &CovarianceEstimator) -> bool {
    *estimator == CovarianceEstimator::default()
}

impl RiskModel {
    /// The package covariance as a matrix.
    pub fn covariance(&self) -> DMatrix<f64> {
        let n = self.packages.len();
        DMatrix::from_fn(n, n, |row, column| self.package_covariance[row][column])
    }

    /// Annualised volatility of weights by package (in the order of `packages`).
    pub fn volatility(&self, weights: &[f64]) -> f64 {
        quadratic(&self.package_covariance, weights).max(0.0).sqrt()
    }

    /// Annualised volatility of exposures by instrument; an instrument outside the model counts as zero.
    pub fn volatility_of_exposures(&self, exposures: &BTreeMap<InstrumentId, f64>) -> f64 {
        let weights: Vec<f64> = self.instruments.iter().map(|id| exposures.get(id).copied().unwrap_or(0.0)).collect();
        quadratic(&self.instrument_covariance, &weights).max(0.0).sqrt()
    }
}

fn quadratic(matrix: &[Vec<f64>], weights: &[f64]) -> f64 {
    let mut total = 0.0;
    for (row, left) in matrix.iter().zip(weights) {
        for (value, right) in row.iter().zip(weights) {
            total += left * value * right;
        }
    }
    total
}

type Dated = BTreeMap<NaiveDate, f64>;

/// The risk model of the packages that have enough history, those packages, and the others with reasons.
pub(super) fn build(
    packages: Vec<TargetPackage>,
    returns: &BTreeMap<InstrumentId, ReturnSeries>,
    date: NaiveDate,
    config: &ConstructConfig,
) -> Result<(Vec<TargetPackage>, RiskModel, Vec<DroppedPackage>), PortfolioError> {
    let mut dropped = Vec::new();
    let mut kept: Vec<(TargetPackage, Dated)> = Vec::new();
    for package in packages {
        match package_returns(&package, returns, date, config) {
            Ok(dated) => kept.push((package, dated)),
            Err(reason) => dropped.push(DroppedPackage::of(&package, reason)),
        }
    }
    let dates = loop {
        if kept.is_empty() {
            return Ok((Vec::new(), RiskModel::default(), dropped));
        }
        let dates = common_dates(&kept, config.covariance_window);
        if dates.len() >= config.minimum_observations {
            match kept.iter().position(|(_, dated)| !varies(dated, &dates)) {
                None => break dates,
                Some(still) => {
                    let (package, _) = kept.remove(still);
                    dropped.push(DroppedPackage::of(&package, "its returns do not vary".to_owned()));
                }
            }
            continue;
        }
        // The shortest history goes first; of equal ones the last by name.
        let shortest = (0..kept.len()).rev().min_by_key(|&row| kept[row].1.len()).unwrap_or(0);
        let (package, own) = kept.remove(shortest);
        let reason = format!(
            "{} dates in common with the other packages ({} of its own), {} needed",
            dates.len(),
            own.len(),
            config.minimum_observations
        );
        dropped.push(DroppedPackage::of(&package, reason));
    };
    let sample = DMatrix::from_fn(dates.len(), kept.len(), |row, column| kept[column].1[&dates[row]]);
    let (covariance, shrinkage) = package_covariance(&sample, config)?;
    let packages: Vec<TargetPackage> = kept.into_iter().map(|(package, _)| package).collect();
    let (instruments, instrument_covariance) = instrument_covariance(&packages, returns, &dates, config)?;
    let model = RiskModel {
        packages: packages.iter().map(|package| package.name.clone()).collect(),
        package_covariance: rows(&(covariance * TRADING_DAYS)),
        instruments,
        instrument_covariance,
        estimator: config.covariance,
        shrinkage,
        observations: dates.len(),
        from: dates.first().copied(),
        through: dates.last().copied(),
    };
    Ok((packages, model, dropped))
}

/// Returns of a package on the dates of all its legs, or why it has none that can be used.
fn package_returns(
    package: &TargetPackage,
    returns: &BTreeMap<InstrumentId, ReturnSeries>,
    date: NaiveDate,
    config: &ConstructConfig,
) -> Result<Dated, String> {
    let mut sum: Option<Dated> = None;
    for leg in &package.legs {
        let series = returns.get(&leg.instrument).ok_or_else(|| format!("{} has no returns", leg.instrument))?;
        if let Some(value) = series.returns.iter().find(|value| !value.is_finite()) {
            return Err(format!("{} has a return of {value}", leg.instrument));
        }
        let dated = series.dates.iter().copied().zip(&series.returns).filter(|(on, _)| *on <= date);
        let weighed: Dated = dated.map(|(on, value)| (on, leg.ratio * value)).collect();
        sum = Some(match sum {
            None => weighed,
            Some(so_far) => {
                so_far.into_iter().filter_map(|(on, value)| Some((on, value + weighed.get(&on)?))).collect()
            }
        });
    }
    let dated = sum.unwrap_or_default();
    if dated.len() < config.minimum_observations {
        return Err(format!("{} common returns of its legs, {} needed", dated.len(), config.minimum_observations));
    }
    let oldest = date - Days::new(u64::from(config.max_age_days));
    match dated.last_key_value() {
        Some((last, _)) if *last >= oldest => Ok(dated),
        Some((last, _)) => Err(format!("its last return is of {last}, older than {oldest}")),
        None => Err("it has no returns".to_owned()),
    }
}

fn common_dates(packages: &[(TargetPackage, Dated)], window: usize) -> Vec<NaiveDate> {
    let Some(((_, first), rest)) = packages.split_first() else { return Vec::new() };
    let common = first.keys().filter(|date| rest.iter().all(|(_, dated)| dated.contains_key(date)));
    let dates: Vec<NaiveDate> = common.copied().collect();
    dates[dates.len().saturating_sub(window)..].to_vec()
}

fn varies(dated: &Dated, dates: &[NaiveDate]) -> bool {
    let first = dates.first().map(|date| dated[date]);
    dates.iter().any(|date| Some(dated[date]) != first)
}

/// Daily covariance of the columns and the shrinkage in it.
fn package_covariance(sample: &DMatrix<f64>, config: &ConstructConfig) -> Result<(DMatrix<f64>, f64), PortfolioError> {
    let estimated = match config.covariance {
        CovarianceEstimator::LedoitWolf => {
            ledoit_wolf_constant_correlation(sample).map(|shrunk| (shrunk.covariance, shrunk.intensity))
        }
        CovarianceEstimator::Ewma => {
            ewma_covariance(sample, config.ewma_lambda).map(|weighted| (weighted.covariance, 0.0))
        }
        CovarianceEstimator::Sample => sample_covariance(sample).map(|covariance| (covariance, 0.0)),
    };
    estimated.map_err(PortfolioError::numerics("covariance of the packages"))
}

fn instrument_covariance(
    packages: &[TargetPackage],
    returns: &BTreeMap<InstrumentId, ReturnSeries>,
    dates: &[NaiveDate],
    config: &ConstructConfig,
) -> Result<(Vec<InstrumentId>, Vec<Vec<f64>>), PortfolioError> {
    let legs = packages.iter().flat_map(|package| &package.legs);
    let instruments: BTreeSet<InstrumentId> = legs.map(|leg| leg.instrument.clone()).collect();
    let instruments: Vec<InstrumentId> = instruments.into_iter().collect();
    let mut columns = Vec::with_capacity(instruments.len() * dates.len());
    for id in &instruments {
        let series: Dated = match returns.get(id) {
            Some(series) => series.dates.iter().copied().zip(series.returns.iter().copied()).collect(),
            None => Dated::new(),
        };
        // Every date is one on which all legs have a return.
        columns.extend(dates.iter().filter_map(|date| series.get(date).copied()));
    }
    if columns.len() != instruments.len() * dates.len() {
        return Err(PortfolioError::InvalidInput {
            what: "returns".to_owned(),
            why: "a leg lost a common date between two reads".to_owned(),
        });
    }
    let sample = DMatrix::from_vec(dates.len(), instruments.len(), columns);
    let covariance = match config.covariance {
        CovarianceEstimator::Ewma => ewma_covariance(&sample, config.ewma_lambda).map(|weighted| weighted.covariance),
        CovarianceEstimator::LedoitWolf | CovarianceEstimator::Sample => sample_covariance(&sample),
    };
    let covariance = covariance.map_err(PortfolioError::numerics("covariance of the instruments"))?;
    Ok((instruments, rows(&(covariance * TRADING_DAYS))))
}

fn rows(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    (0..matrix.nrows()).map(|row| (0..matrix.ncols()).map(|column| matrix[(row, column)]).collect()).collect()
}
