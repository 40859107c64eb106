//! The daily block: risk appetite, prices, premia and the currency.

use chrono::NaiveDate;

use super::economy::Economy;
use super::shock_scale;
use crate::parameters::{Equity, Parameters, RiskFactor};
use crate::random::Stream;
use crate::truth::{DayTruth, MonthTruth, RegimeState};

/// Weekdays of a year, on average.
const WEEKDAYS: f64 = 261.0;
/// Share of a change of the fair real exchange rate that the market takes in a day.
const FAIR_VALUE_SPEED: f64 = 0.05;

/// A log price and its own shocks.
struct Path {
    log: f64,
    draws: Stream,
}

pub(crate) struct Markets {
    parameters: Parameters,
    regime: RegimeState,
    regime_draws: Stream,
    global_draws: Stream,
    factors: [(RiskFactor, Path); 6],
    equities: [(Equity, Path); 2],
    misalignment: Path,
    fair: f64,
    relative_prices: f64,
    basis: Path,
    di_premium: Path,
    ust_premium: Path,
    inflation_premium: Path,
    month_spot: Vec<f64>,
    month_commodity: Vec<f64>,
    /// Monthly averages of log spot and log commodity prices in BRL, complete months, oldest first.
    spot_by_month: Vec<f64>,
    commodity_by_month: Vec<f64>,
}

impl Markets {
    pub(crate) fn new(parameters: Parameters, seed: u64) -> Self {
        let p = parameters;
        let path = |name: &str, log: f64| Path { log, draws: Stream::new(seed, name) };
        let factor = |name: &str, factor: RiskFactor| (factor, path(name, factor.calm));
        let equity = |name: &str, equity: Equity| (equity, path(name, equity.start.ln()));
        Self {
            parameters,
            regime: RegimeState::Calm,
            regime_draws: Stream::new(seed, "regime"),
            global_draws: Stream::new(seed, "global"),
            factors: [
                factor("vix", p.vix),
                factor("high_yield", p.high_yield),
                factor("embi_brazil", p.embi_brazil),
                factor("brent", p.brent),
                factor("commodities", p.commodities),
                factor("broad_dollar", p.broad_dollar),
            ],
            equities: [equity("spx", p.spx), equity("ibov", p.ibov)],
            misalignment: path("usdbrl", 0.0),
            fair: 0.0,
            relative_prices: 0.0,
            basis: path("cip_basis", p.currency.basis.mean),
            di_premium: path("di_premium", p.di_curve.premium.mean),
            ust_premium: path("ust_premium", p.ust_curve.premium.mean),
            inflation_premium: path("inflation_premium", p.inflation_premium.own.mean),
            month_spot: Vec::new(),
            month_commodity: Vec::new(),
            spot_by_month: Vec::new(),
            commodity_by_month: Vec::new(),
        }
    }

    /// The next weekday, in a month whose macro state is known.
    pub(crate) fn step(
        &mut self,
        date: NaiveDate,
        month: &MonthTruth,
        brazil: &Economy,
        united_states: &Economy,
    ) -> DayTruth {
        let p = self.parameters;
        self.step_regime();
        let scale = shock_scale(self.regime, p.regime.stress_scale);
        let global = scale * self.global_draws.normal();
        let mixed = |loading: f64, draws: &mut Stream| {
            loading * global + (1.0 - loading * loading).sqrt() * scale * draws.normal()
        };
        for (factor, path) in &mut self.factors {
            let mean = match self.regime {
                RegimeState::Calm => factor.calm,
                RegimeState::Stress => factor.stress,
            };
            let shock = factor.shock * mixed(factor.loading, &mut path.draws);
            path.log = mean + factor.persistence * (path.log - mean) + shock;
        }
        for (equity, path) in &mut self.equities {
            path.log += equity.drift / WEEKDAYS + equity.shock * mixed(equity.loading, &mut path.draws);
        }
        let persistence = 0.5_f64.powf(1.0 / p.currency.half_life_days);
        let shock = p.currency.shock * mixed(p.currency.loading, &mut self.misalignment.draws);
        self.misalignment.log = persistence * self.misalignment.log + shock;
        self.fair += FAIR_VALUE_SPEED * (p.currency.terms_of_trade * month.terms_of_trade - self.fair);
        self.relative_prices += (month.brazil.core - month.united_states.core) / 100.0 / WEEKDAYS;
        self.basis.log = p.currency.basis.step(self.basis.log, scale * self.basis.draws.normal());
        let premium = |path: &mut Path, curve: crate::parameters::CurveParameters| {
            let stepped = curve.premium.step(path.log, path.draws.normal());
            path.log = stepped + curve.premium_risk_loading * global;
            path.log
        };
        let di_premium = premium(&mut self.di_premium, p.di_curve);
        let ust_premium = premium(&mut self.ust_premium, p.ust_curve);
        let own = &mut self.inflation_premium;
        own.log = p.inflation_premium.own.step(own.log, own.draws.normal());
        let inflation_premium = own.log;
        let log_spot = p.currency.start.ln() + self.fair + self.misalignment.log + self.relative_prices;
        let level = |at: usize| self.factors[at].1.log.exp();
        let day = DayTruth {
            date,
            regime: self.regime,
            global,
            selic: brazil.policy_rate,
            fed_funds: united_states.policy_rate,
            selic_rule: month.brazil.rule,
            fed_rule: month.united_states.rule,
            selic_neutral: brazil.neutral_rate,
            fed_neutral: united_states.neutral_rate,
            di_premium,
            ust_premium,
            inflation_premium,
            spot: log_spot.exp(),
            misalignment: self.misalignment.log,
            relative_prices: self.relative_prices,
            cip_basis: self.basis.log,
            vix: level(0),
            high_yield: level(1),
            embi: level(2),
            brent: level(3),
            commodities: level(4),
            broad_dollar: level(5),
            spx: self.equities[0].1.log.exp(),
            ibov: self.equities[1].1.log.exp(),
        };
        self.month_spot.push(log_spot);
        self.month_commodity.push(self.factors[4].1.log + log_spot);
        day
    }

    /// Closes the month that has just passed, if any.
    pub(crate) fn close_month(&mut self) {
        for (days, months) in
            [(&mut self.month_spot, &mut self.spot_by_month), (&mut self.month_commodity, &mut self.commodity_by_month)]
        {
            if !days.is_empty() {
                months.push(days.iter().sum::<f64>() / days.len() as f64);
                days.clear();
            }
        }
    }

    /// Depreciation over the last three complete months, %.
    pub(crate) fn spot_change_3m(&self) -> f64 {
        change_3m(&self.spot_by_month)
    }

    /// Change of commodity prices in BRL over the last three complete months, %.
    pub(crate) fn commodity_change_3m(&self) -> f64 {
        change_3m(&self.commodity_by_month)
    }

    /// Log commodity prices in USD, less their calm mean.
    pub(crate) fn commodity_log_deviation(&self) -> f64 {
        self.factors[4].1.log - self.parameters.commodities.calm
    }

    fn step_regime(&mut self) {
        let draw = self.regime_draws.uniform();
        let p = self.parameters.regime;
        self.regime = match self.regime {
            RegimeState::Calm if draw < p.calm_to_stress => RegimeState::Stress,
            RegimeState::Stress if draw < p.stress_to_calm => RegimeState::Calm,
            state => state,
        };
    }
}

fn change_3m(months: &[f64]) -> f64 {
    match months {
        [.., before, _, _, last] => 100.0 * (last - before),
        _ => 0.0,
    }
}
