//! The numbers of the stages, one small function each.

use agents::Direction;
use market::instruments::AssetClass;

use super::package::asset_class;
use super::{ConstructConfig, TargetPackage};
use crate::{Consensus, PortfolioError};

/// Shares of the risk: conviction over the sum of convictions.
pub(super) fn conviction_budgets(packages: &[TargetPackage]) -> Vec<f64> {
    let total: f64 = packages.iter().map(|package| package.conviction).sum();
    packages.iter().map(|package| package.conviction / total).collect()
}

/// Factor on each package for opposing the consensus, with the class that opposes.
///
/// A package of one instrument, or of one instrument in a class, has a side on that class. Two or more legs in one class
/// are relative value: no side, no conflict.
pub(super) fn opposition(
    package: &TargetPackage,
    consensus: &[Consensus],
) -> Result<Option<AssetClass>, PortfolioError> {
    for leg in &package.legs {
        let class = asset_class(&leg.instrument)?;
        let mut same_class = 0;
        for other in &package.legs {
            same_class += usize::from(asset_class(&other.instrument)? == class);
        }
        let direction = consensus.iter().find(|held| held.asset_class == class).map(|held| held.direction);
        let opposed = match direction {
            Some(Direction::Long) => leg.ratio < 0.0,
            Some(Direction::Short) => leg.ratio > 0.0,
            Some(Direction::Neutral) | None => false,
        };
        if same_class == 1 && opposed {
            return Ok(Some(class));
        }
    }
    Ok(None)
}

/// Smallest veto factor among the asset classes of a package.
pub(super) fn veto_scale(package: &TargetPackage, consensus: &[Consensus]) -> Result<f64, PortfolioError> {
    let mut scale: f64 = 1.0;
    for leg in &package.legs {
        let class = asset_class(&leg.instrument)?;
        let of_class = consensus.iter().find(|held| held.asset_class == class);
        scale = scale.min(of_class.map_or(1.0, |held| held.exposure_scale));
    }
    Ok(scale)
}

/// Share of the volatility target that the packages' convictions claim, at most one.
pub(super) fn utilisation(packages: &[TargetPackage], config: &ConstructConfig) -> f64 {
    let total: f64 = packages.iter().map(|package| package.conviction).sum();
    if config.full_conviction == 0.0 { 1.0 } else { (total / config.full_conviction).min(1.0) }
}
