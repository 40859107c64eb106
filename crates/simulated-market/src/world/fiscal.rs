//! Debt dynamics, month by month, by the identity.

use std::collections::VecDeque;

use crate::parameters::{Autoregression, FiscalParameters};
use crate::random::Stream;
use crate::truth::{EconomyMonth, FiscalMonth};

pub(crate) struct Fiscal {
    parameters: FiscalParameters,
    debt: f64,
    primary: f64,
    /// Monthly nominal GDP of the last twelve months.
    gdp: VecDeque<f64>,
    primary_draws: Stream,
    adjustment_draws: Stream,
}

impl Fiscal {
    pub(crate) fn new(parameters: FiscalParameters, seed: u64) -> Self {
        Self {
            parameters,
            debt: parameters.start_debt,
            primary: parameters.primary.mean,
            gdp: VecDeque::from(vec![parameters.start_gdp / 12.0; 12]),
            primary_draws: Stream::new(seed, "fiscal.primary"),
            adjustment_draws: Stream::new(seed, "fiscal.adjustment"),
        }
    }

    pub(crate) fn step(&mut self, economy: &EconomyMonth, policy_rate: f64, potential_growth: f64) -> FiscalMonth {
        let p = self.parameters;
        let rate = p.floating_share * policy_rate + (1.0 - p.floating_share) * p.fixed_rate;
        let growth = potential_growth + 12.0 * (economy.gap - economy.gap_before) + economy.core;
        let mean = p.primary.mean + p.primary_reaction * (self.debt - p.start_debt) + 0.2 * economy.gap;
        self.primary = Autoregression { mean, ..p.primary }.step(self.primary, self.primary_draws.normal());
        let adjustment = p.adjustment_shock * self.adjustment_draws.normal();
        self.debt = self.debt * (1.0 + rate / 1200.0) / (1.0 + growth / 1200.0) - self.primary / 12.0 + adjustment;
        let newest = self.gdp.back().copied().unwrap_or(p.start_gdp / 12.0) * (1.0 + growth / 1200.0);
        self.gdp.pop_front();
        self.gdp.push_back(newest);
        FiscalMonth { debt: self.debt, rate, growth, primary: self.primary, adjustment, gdp_12m: self.gdp.iter().sum() }
    }
}
