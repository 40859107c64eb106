//! Public accounts and the balance of payments.

use super::Press;

pub(super) fn print(press: &mut Press<'_>) {
    let months = press.months;
    press.monthly("BR_DBGG_GDP", 2, |_, month, _| Some(month.fiscal.debt));
    press.monthly("BR_DBGG", 0, |_, month, _| Some(month.fiscal.debt / 100.0 * month.fiscal.gdp_12m));
    press.monthly("BR_DLSP_GDP", 2, |_, month, _| Some(month.fiscal.debt - 22.0));
    press.monthly("BR_GDP_12M", 1, |_, month, _| Some(month.fiscal.gdp_12m));
    let gdp: Vec<f64> = monthly_gdp(press);
    press.monthly("BR_GDP_MONTHLY", 1, |at, _, _| Some(gdp[at]));
    // Published as a borrowing requirement: a deficit is positive. In proportion to each month's GDP.
    let primary: Vec<f64> = months.iter().zip(&gdp).map(|(month, gdp)| -month.fiscal.primary / 100.0 * gdp).collect();
    let interest: Vec<f64> = months
        .iter()
        .map(|month| month.fiscal.rate / 1200.0 * (month.fiscal.debt - 22.0) / 100.0 * month.fiscal.gdp_12m)
        .collect();
    let sum_12m = |values: &[f64], at: usize| Some(values.get(at.checked_sub(11)?..=at)?.iter().sum::<f64>());
    let share = |value: f64, at: usize| value / months[at].fiscal.gdp_12m * 100.0;
    press.monthly("BR_PRIMARY_PS_M", 0, |at, _, _| Some(primary[at]));
    press.monthly("BR_PRIMARY_PS_12M", 0, |at, _, _| sum_12m(&primary, at));
    press.monthly("BR_PRIMARY_PS_12M_GDP", 2, |at, _, _| Some(share(sum_12m(&primary, at)?, at)));
    press.monthly("BR_PRIMARY_CG_12M_GDP", 2, |at, _, _| Some(share(sum_12m(&primary, at)?, at) + 0.1));
    press.monthly("BR_PRIMARY_CG_M", 0, |at, _, _| Some(0.95 * primary[at]));
    press.monthly("BR_NOMINAL_PS_12M_GDP", 2, |at, _, _| {
        Some(share(sum_12m(&interest, at)? + sum_12m(&primary, at)?, at))
    });
    external(press);
}

/// Monthly GDP from its growth; its last twelve months sum to the published sum.
fn monthly_gdp(press: &Press<'_>) -> Vec<f64> {
    let mut gdp = press.config.parameters.fiscal.start_gdp / 12.0;
    press
        .months
        .iter()
        .map(|month| {
            gdp *= 1.0 + month.fiscal.growth / 1200.0;
            gdp
        })
        .collect()
}

fn external(press: &mut Press<'_>) {
    let months = press.months;
    let real_rate = press.month_averages(|day| 100.0 * (day.misalignment));
    let trade = |at: usize, noise: f64, draw: f64| {
        4_000.0 + 9_000.0 * months[at].terms_of_trade + 60.0 * real_rate[at] - 250.0 * months[at].brazil.gap
            + noise * draw
    };
    press.monthly("BR_BOP_TB", 1, |at, _, draw| Some(trade(at, 900.0, draw)));
    let balance = press.printed("BR_BOP_TB");
    press.monthly("BR_BOP_CA", 1, |at, _, draw| Some(balance[at] - 7_500.0 + 700.0 * draw));
    press.monthly("BR_BOP_GOODS_SERV", 1, |at, _, draw| Some(balance[at] - 3_000.0 + 300.0 * draw));
    press.monthly("BR_BOP_IDP", 1, |_, _, draw| Some(5_500.0 + 1_800.0 * draw));
    press.monthly("BR_BOP_PORTFOLIO", 1, |_, _, draw| Some(-300.0 + 3_000.0 * draw));
    press.monthly("BR_BOP_EXPORTS", 1, |at, _, _| Some(24_000.0 + 0.6 * balance[at]));
    press.monthly("BR_BOP_IMPORTS", 1, |at, _, _| Some(24_000.0 - 0.4 * balance[at]));
    let current = press.printed("BR_BOP_CA");
    let spot = press.month_averages(|day| day.spot);
    press.monthly("BR_CA_GDP_12M", 2, |at, month, _| {
        let year = current.get(at.checked_sub(11)?..=at)?.iter().sum::<f64>();
        Some(100.0 * year / (month.fiscal.gdp_12m / spot[at]))
    });
    press.monthly("BR_TOT", 2, |_, month, draw| Some(100.0 * (month.terms_of_trade + 0.005 * draw).exp()));
    press.monthly("BR_FX_SWAP_NET", 0, |_, _, draw| Some(-85_000.0 + 4_000.0 * draw));
}
