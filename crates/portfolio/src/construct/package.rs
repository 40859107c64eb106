//! Netting positions into packages.

use std::collections::BTreeMap;

use market::instruments::{AssetClass, InstrumentId, find};
use serde::{Deserialize, Serialize};
use strategies::{Leg, StrategyId, StrategyPosition};

use crate::{PortfolioError, Weights};

/// Net conviction below which opposing positions count as cancelled: the rounding of sums of numbers of order one.
const CANCELLED: f64 = 1e-12;
/// Relative difference of leg ratios below which two spreads are the same trade.
const SAME_RATIO: f64 = 1e-9;

/// A strategy's part of a package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Strategy.
    pub strategy: StrategyId,
    /// Its own name of the package.
    pub package: String,
    /// Share of the package's exposure; the shares of a package sum to one. Negative when the strategy holds the other
    /// side of what the netting left.
    pub share: f64,
}

/// A package of legs with one weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetPackage {
    /// The instrument, or the first strategy's name of the spread.
    pub name: String,
    /// Legs as they are held: signed exposure per unit of weight.
    pub legs: Vec<Leg>,
    /// Units of the package over NAV; never negative, the legs carry the sign.
    pub weight: f64,
    /// Net conviction (size times confidence over the members), positive.
    pub conviction: f64,
    /// Who wants it.
    pub members: Vec<Member>,
}

impl TargetPackage {
    /// Exposure over NAV by instrument.
    pub fn exposures(&self) -> impl Iterator<Item = (&InstrumentId, f64)> {
        self.legs.iter().map(|leg| (&leg.instrument, self.weight * leg.ratio))
    }
}

/// A package that gets no weight, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedPackage {
    /// Package.
    pub package: String,
    /// Strategies that wanted it.
    pub strategies: Vec<StrategyId>,
    /// Why it has no weight.
    pub reason: String,
    /// True when data were missing, which degrades the run; false when positions cancel.
    pub missing_data: bool,
}

impl DroppedPackage {
    pub(super) fn of(package: &TargetPackage, reason: String) -> Self {
        let strategies = package.members.iter().map(|member| member.strategy.clone()).collect();
        Self { package: package.name.clone(), strategies, reason, missing_data: true }
    }
}

/// Weights by instrument of the packages, summed in their order.
pub(crate) fn net_weights<'p>(packages: impl IntoIterator<Item = (&'p TargetPackage, f64)>) -> Weights {
    let mut weights = Weights::new();
    for (package, scale) in packages {
        for (instrument, exposure) in package.exposures() {
            *weights.entry(instrument.clone()).or_default() += scale * exposure;
        }
    }
    weights
}

/// Asset class of an instrument.
pub(crate) fn asset_class(instrument: &InstrumentId) -> Result<AssetClass, PortfolioError> {
    let found = find(instrument).map(|found| found.asset_class);
    found.ok_or_else(|| PortfolioError::UnknownInstrument { instrument: instrument.to_string() })
}

/// Positions that trade the same thing, up to sign and size.
struct Group<'p> {
    name: String,
    legs: Vec<Leg>,
    /// Positions with their signed conviction in units of `legs`.
    positions: Vec<(&'p StrategyPosition, f64)>,
}

/// Nets the positions: single instruments per instrument, spreads with the same legs per spread. The result does not
/// depend on the order of the positions.
pub(super) fn net(positions: &[StrategyPosition]) -> Result<(Vec<TargetPackage>, Vec<DroppedPackage>), PortfolioError> {
    let mut ordered: Vec<&StrategyPosition> = positions.iter().collect();
    ordered.sort_by(|a, b| (&a.strategy, &a.package).cmp(&(&b.strategy, &b.package)));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for position in ordered {
        position
            .check()
            .map_err(|error| PortfolioError::InvalidInput { what: "position".to_owned(), why: error.to_string() })?;
        for leg in &position.legs {
            asset_class(&leg.instrument)?;
        }
        let (legs, unit) = canonical(position);
        let conviction = unit * position.conviction();
        match groups.iter_mut().find(|group| same(&group.legs, &legs)) {
            Some(group) => group.positions.push((position, conviction)),
            None => {
                let name = match legs.as_slice() {
                    [leg] => leg.instrument.to_string(),
                    _ => position.package.clone(),
                };
                groups.push(Group { name, legs, positions: vec![(position, conviction)] });
            }
        }
    }
    let (mut packages, mut dropped) = (Vec::new(), Vec::new());
    for group in groups {
        match group.package() {
            Ok(package) => packages.push(package),
            Err(reason) => dropped.push(reason),
        }
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    distinguish(&mut packages);
    Ok((packages, dropped))
}

impl Group<'_> {
    fn package(self) -> Result<TargetPackage, DroppedPackage> {
        let net: f64 = self.positions.iter().map(|(_, conviction)| conviction).sum();
        if net.abs() <= CANCELLED {
            let strategies = self.positions.iter().map(|(position, _)| position.strategy.clone()).collect();
            let reason = "the positions net to zero".to_owned();
            return Err(DroppedPackage { package: self.name, strategies, reason, missing_data: false });
        }
        let members = self
            .positions
            .iter()
            .map(|(position, conviction)| Member {
                strategy: position.strategy.clone(),
                package: position.package.clone(),
                share: conviction / net,
            })
            .collect();
        let legs = self.legs.into_iter().map(|leg| Leg { ratio: leg.ratio * net.signum(), ..leg }).collect();
        Ok(TargetPackage { name: self.name, legs, weight: 0.0, conviction: net.abs(), members })
    }
}

/// Legs in the order of instruments with the last one scaled to +1, and the sign that was taken out: a position and its
/// opposite have the same canonical legs. The last leg in that order is the one a curve spread is quoted in (5Y of
/// 2Y-5Y), so a unit stays the strategy's unit.
fn canonical(position: &StrategyPosition) -> (Vec<Leg>, f64) {
    let by_instrument: BTreeMap<&InstrumentId, f64> =
        position.legs.iter().map(|leg| (&leg.instrument, leg.ratio)).collect();
    let unit = by_instrument.values().next_back().copied().unwrap_or(1.0);
    let legs = by_instrument
        .into_iter()
        .map(|(instrument, ratio)| Leg { instrument: instrument.clone(), ratio: ratio / unit })
        .collect();
    (legs, unit.signum())
}

fn same(a: &[Leg], b: &[Leg]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.instrument == b.instrument && (a.ratio - b.ratio).abs() <= SAME_RATIO * a.ratio.abs().max(b.ratio.abs())
        })
}

/// Gives spreads that share a name, but not their legs, the name of their first strategy as well.
fn distinguish(packages: &mut [TargetPackage]) {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for package in packages.iter() {
        *count.entry(package.name.clone()).or_default() += 1;
    }
    for package in packages {
        if count.get(&package.name).is_some_and(|count| *count > 1) {
            let strategy = package.members.first().map_or("", |member| member.strategy.as_str());
            package.name = format!("{} {strategy}", package.name);
        }
    }
}
