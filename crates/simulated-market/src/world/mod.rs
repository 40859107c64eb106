//! The latent world: months and weekdays, generated forward.
//!
//! Time runs on weekdays, holidays included (the world does not stop; publishers do). On the first weekday of a month the
//! macro blocks step, with what the markets did up to the month before; on a decision day the committee moves its rate,
//! which holds from the next weekday. Nothing ever looks ahead.

mod economy;
mod fiscal;
mod markets;
mod meetings;

pub(crate) mod curves;
pub(crate) use economy::{Country, inflation_target, seasonal_brazil};
pub(crate) use meetings::decisions;

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};
use market::Calendars;

use crate::config::SimulationConfig;
use crate::random::Stream;
use crate::truth::{DayTruth, MonthTruth, RegimeState};
use economy::{Economy, Surroundings};
use fiscal::Fiscal;
use markets::Markets;

/// Months and weekdays from the start to the last day of the end's month.
pub(crate) fn generate(config: &SimulationConfig, calendars: &Calendars) -> (Vec<MonthTruth>, Vec<DayTruth>) {
    let mut world = World::new(config, calendars);
    let last = market::Frequency::Monthly.period_end(config.end.with_day(1).unwrap_or(config.end));
    for date in config.start.iter_days().take_while(|date| *date <= last) {
        if !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            world.step(date);
        }
    }
    (world.months, world.days)
}

struct World<'c> {
    config: &'c SimulationConfig,
    copom: BTreeSet<NaiveDate>,
    fomc: BTreeSet<NaiveDate>,
    brazil: Economy,
    united_states: Economy,
    fiscal: Fiscal,
    markets: Markets,
    /// Terms of trade apart from commodities.
    own_terms_of_trade: f64,
    terms_draws: Stream,
    months: Vec<MonthTruth>,
    days: Vec<DayTruth>,
}

impl<'c> World<'c> {
    fn new(config: &'c SimulationConfig, calendars: &Calendars) -> Self {
        let parameters = config.parameters;
        let dates =
            |meetings| decisions(meetings, config.start, config.end + chrono::Days::new(40)).into_iter().collect();
        Self {
            config,
            copom: dates(calendars.copom()),
            fomc: dates(calendars.fomc()),
            brazil: Economy::new(Country::Brazil, parameters.brazil, config.seed, config.start),
            united_states: Economy::new(Country::UnitedStates, parameters.united_states, config.seed, config.start),
            fiscal: Fiscal::new(parameters.fiscal, config.seed),
            markets: Markets::new(parameters, config.seed),
            own_terms_of_trade: 0.0,
            terms_draws: Stream::new(config.seed, "terms_of_trade"),
            months: Vec::new(),
            days: Vec::new(),
        }
    }

    fn step(&mut self, date: NaiveDate) {
        let month = date.with_day(1).unwrap_or(date);
        if self.months.last().is_none_or(|last| last.month != month) {
            self.step_month(month);
        }
        let Some(now) = self.months.last() else { return };
        let day = self.markets.step(date, now, &self.brazil, &self.united_states);
        self.days.push(day);
        if self.copom.contains(&date) {
            self.brazil.decide(now.brazil.rule);
        }
        if self.fomc.contains(&date) {
            self.united_states.decide(now.united_states.rule);
        }
    }

    fn step_month(&mut self, month: NaiveDate) {
        self.markets.close_month();
        let surroundings =
            Surroundings { fx_3m: self.markets.spot_change_3m(), commodity_3m: self.markets.commodity_change_3m() };
        let brazil = self.brazil.step(month, surroundings);
        let united_states = self.united_states.step(month, Surroundings { fx_3m: 0.0, commodity_3m: 0.0 });
        let fiscal = self.fiscal.step(&brazil, self.brazil.policy_rate, self.config.parameters.brazil.potential_growth);
        self.own_terms_of_trade = 0.96 * self.own_terms_of_trade + 0.012 * self.terms_draws.normal();
        let terms_of_trade = self.own_terms_of_trade + 0.4 * self.markets.commodity_log_deviation();
        self.months.push(MonthTruth { month, brazil, united_states, fiscal, terms_of_trade });
    }
}

/// Multiple of market shocks in a regime.
fn shock_scale(state: RegimeState, stress_scale: f64) -> f64 {
    match state {
        RegimeState::Calm => 1.0,
        RegimeState::Stress => stress_scale,
    }
}
