//! The monthly block of one country: demand, Phillips curve, expectations and the committee's rule.

use std::collections::VecDeque;

use chrono::{Datelike, NaiveDate};

use crate::parameters::EconomyParameters;
use crate::random::Stream;
use crate::truth::EconomyMonth;

/// Which country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Country {
    Brazil,
    UnitedStates,
}

/// Inflation target in force, % a year: the Brazilian council's decisions, 2 % for the United States.
pub(crate) fn inflation_target(country: Country, year: i32) -> f64 {
    match (country, year) {
        (Country::UnitedStates, _) => 2.0,
        (Country::Brazil, ..=2018) => 4.5,
        (Country::Brazil, 2019) => 4.25,
        (Country::Brazil, 2020) => 4.0,
        (Country::Brazil, 2021) => 3.75,
        (Country::Brazil, 2022) => 3.5,
        (Country::Brazil, 2023) => 3.25,
        (Country::Brazil, _) => 3.0,
    }
}

/// Seasonality of Brazilian headline inflation by calendar month, % m/m, summing to zero.
const SEASONAL_BRAZIL: [f64; 12] = [0.12, 0.22, 0.10, 0.06, 0.02, -0.14, -0.16, -0.17, -0.06, 0.0, -0.03, 0.04];
/// Standard deviation of volatile items in headline inflation, % m/m.
const VOLATILE_BRAZIL: f64 = 0.16;
const VOLATILE_UNITED_STATES: f64 = 0.10;

/// What the economy takes from markets: 3-month changes in %.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings {
    pub(crate) fx_3m: f64,
    pub(crate) commodity_3m: f64,
}

pub(crate) struct Economy {
    country: Country,
    parameters: EconomyParameters,
    /// Policy rate that holds today (Brazil: target; United States: upper end), %.
    pub(crate) policy_rate: f64,
    /// Neutral nominal rate: r* plus target.
    pub(crate) neutral_rate: f64,
    gap: f64,
    expected: f64,
    log_potential: f64,
    core: VecDeque<f64>,
    demand: Stream,
    prices: Stream,
    volatile: Stream,
}

impl Economy {
    /// At rest: no gap, inflation and expectations on target, the policy rate neutral.
    pub(crate) fn new(country: Country, parameters: EconomyParameters, seed: u64, start: NaiveDate) -> Self {
        let target = inflation_target(country, start.year());
        let neutral_rate = parameters.neutral_real_rate + target;
        let stream = |name: &str| Stream::new(seed, &format!("{country:?}.{name}"));
        Self {
            country,
            parameters,
            policy_rate: to_quarter(neutral_rate),
            neutral_rate,
            gap: 0.0,
            expected: target,
            log_potential: 0.0,
            core: VecDeque::from(vec![target; 12]),
            demand: stream("demand"),
            prices: stream("prices"),
            volatile: stream("volatile"),
        }
    }

    /// The next month.
    pub(crate) fn step(&mut self, month: NaiveDate, around: Surroundings) -> EconomyMonth {
        let p = self.parameters;
        let (gap_draw, core_draw) = (self.demand.normal(), self.prices.normal());
        let target = inflation_target(self.country, month.year());
        let (gap_before, expected_before, core_12m_before) = (self.gap, self.expected, self.core_12m());
        let real_gap = self.policy_rate - expected_before - p.neutral_real_rate;
        self.gap = p.gap_persistence * gap_before - p.rate_slope * real_gap + p.gap_shock * gap_draw;
        let core = p.expectations_weight * expected_before
            + (1.0 - p.expectations_weight) * core_12m_before
            + p.phillips_slope * gap_before
            + p.fx_pass_through * around.fx_3m
            + p.commodity_pass_through * around.commodity_3m
            + p.core_shock * core_draw;
        self.core.pop_front();
        self.core.push_back(core);
        let anchor = target + p.de_anchoring * (self.core_12m() - target);
        self.expected = p.expectations_persistence * expected_before + (1.0 - p.expectations_persistence) * anchor;
        self.neutral_rate = p.neutral_real_rate + target;
        self.log_potential += p.potential_growth / 1200.0;
        let rule = p.neutral_real_rate
            + self.expected
            + p.taylor_inflation * (self.expected - target)
            + p.taylor_gap * self.gap;
        EconomyMonth {
            gap: self.gap,
            gap_draw,
            core,
            core_12m: self.core_12m(),
            core_draw,
            expected: self.expected,
            target,
            expected_before,
            gap_before,
            fx_3m: around.fx_3m,
            commodity_3m: around.commodity_3m,
            core_12m_before,
            rule,
            headline_mom: core / 12.0 + self.seasonal(month) + self.volatile_share() * self.volatile.normal(),
            log_potential: self.log_potential,
        }
    }

    /// The committee decides: inertia, steps of a quarter point, a floor.
    pub(crate) fn decide(&mut self, rule: f64) {
        let p = self.parameters;
        let wanted = p.policy_inertia * self.policy_rate + (1.0 - p.policy_inertia) * rule;
        self.policy_rate = to_quarter(wanted).max(p.policy_floor);
    }

    fn core_12m(&self) -> f64 {
        self.core.iter().sum::<f64>() / self.core.len() as f64
    }

    fn seasonal(&self, month: NaiveDate) -> f64 {
        match self.country {
            Country::Brazil => SEASONAL_BRAZIL[month.month0() as usize],
            Country::UnitedStates => 0.0,
        }
    }

    fn volatile_share(&self) -> f64 {
        match self.country {
            Country::Brazil => VOLATILE_BRAZIL,
            Country::UnitedStates => VOLATILE_UNITED_STATES,
        }
    }
}

/// Seasonality of Brazilian headline inflation in a month, % m/m.
pub(crate) fn seasonal_brazil(month: NaiveDate) -> f64 {
    SEASONAL_BRAZIL[month.month0() as usize]
}

fn to_quarter(rate: f64) -> f64 {
    (rate * 4.0).round() / 4.0
}
