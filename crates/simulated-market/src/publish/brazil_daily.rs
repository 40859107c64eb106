//! Overnight rates, the policy target, PTAX, reserves and flows.

use market::{CalendarId, Frequency};

use super::{Press, round};
use crate::truth::DayTruth;
use crate::world::curves::di_rate;

/// Overnight rate of a day, % p.a.: the target less ten basis points.
pub(super) fn overnight(day: &DayTruth) -> f64 {
    day.selic - 0.10
}

/// % a year on 252 days as % a day, as published: six decimals.
pub(super) fn per_day(annual_pct: f64) -> f64 {
    round(((annual_pct / 100.0).ln_1p() / 252.0).exp_m1() * 100.0, 6)
}

/// PTAX of a day: the spot to four decimals.
pub(super) fn ptax(day: &DayTruth) -> f64 {
    round(day.spot, 4)
}

pub(super) fn print(press: &mut Press<'_>) {
    // The target has a row for every calendar day, whatever the catalogue's frequency says.
    let mut target = press.definition("BR_SELIC_TARGET");
    let listed = (target.frequency, target.calendar);
    (target.frequency, target.calendar) = (Frequency::CalendarDaily, CalendarId::Everyday);
    let id = target.id.clone();
    press.daily_as(target, 2, |day, _| day.selic);
    if let Some(published) = press.series.get_mut(&id) {
        (published.definition.frequency, published.definition.calendar) = listed;
    }
    for id in ["BR_SELIC_DAILY", "BR_CDI_DAILY"] {
        press.daily(id, 6, |day, _| per_day(overnight(day)));
    }
    press.daily("BR_USDBRL_PTAX_SELL", 4, |day, _| ptax(day));
    let average = press.month_averages(ptax);
    press.monthly("BR_USDBRL_M_AVG_SELL", 4, |at, _, _| Some(average[at]));
    press.monthly("BR_USDBRL_M_AVG_BUY", 4, |at, _, _| Some(average[at] - 0.0006));
    press.daily("BR_RESERVES", 0, |day, draw| 350_000.0 - 40_000.0 * (day.broad_dollar / 112.0 - 1.0) + 300.0 * draw);
    for (id, mean, noise) in [("BR_FXFLOW_COMM_NET", 120.0, 350.0), ("BR_FXFLOW_FIN_NET", -90.0, 550.0)] {
        // Capital leaves when risk appetite falls.
        press.daily(id, 0, |day, draw| mean - 120.0 * day.global + noise * draw);
    }
    flow_total(press);
    let curve = press.config.parameters.di_curve;
    for (id, days) in [("BR_SWAP_PRE_180", 126.0), ("BR_SWAP_PRE_360", 252.0)] {
        press.daily(id, 2, |day, _| di_rate(&curve, day, days / 252.0));
    }
}

/// The total is the sum of its two parts.
fn flow_total(press: &mut Press<'_>) {
    let parts = ["BR_FXFLOW_COMM_NET", "BR_FXFLOW_FIN_NET"].map(|id| press.printed(id));
    let definition = press.definition("BR_FXFLOW_TOTAL");
    let open = press.days.iter().filter(|day| press.calendars.is_business_day(definition.calendar, day.date));
    let rows: Vec<_> = open
        .zip(parts[0].iter().zip(&parts[1]))
        .map(|(day, (commercial, financial))| press.row(&definition, day.date, commercial + financial, 0))
        .collect();
    press.add(definition, rows);
    let totals: Vec<f64> = press
        .months
        .iter()
        .map(|month| {
            let rows = &press.series.get(&"BR_FXFLOW_TOTAL".into()).map_or(&[][..], |published| &published.rows[..]);
            let end = Frequency::Monthly.period_end(month.month);
            rows.iter().filter(|row| (month.month..=end).contains(&row.period)).map(|row| row.value).sum()
        })
        .collect();
    press.monthly("BR_FXFLOW_M_TOTAL", 0, |at, _, _| Some(totals[at]));
}
