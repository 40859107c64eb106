//! NTN-B and cupom cambial on markets made by hand.

mod support;

use chrono::{Days, NaiveDate};
use market::curves::{
    CupomSource, CurveBook, CurveError, IpcaProjection, RealSource, cupom_curve, ddi_variation_margin, forward_cupom,
    real_curve,
};
use market::instruments::{Instrument, PricingError, RiskFactor, Shock, find};
use market::{AsOf, CalendarId};
use support::{Built, World, date, evening};

fn instrument(id: &str) -> &'static Instrument {
    find(&id.into()).unwrap()
}

/// A survey of the IPCA of March 2026: 0.4 %, known well before its 15th.
fn survey_of_march(world: &mut World) {
    world.define_plain("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN");
    world.put("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN", date("2026-03-06"), 0.4);
}

/// Two sessions of yields flat at a percentage each, the IPCA index and its survey at 0.4 % a month, CDI 0.05 %.
fn two_days(before: (NaiveDate, f64), now: (NaiveDate, f64)) -> Built {
    let mut world = World::new();
    for (day, percent) in [before, now] {
        for maturity in ["2028-08-15", "2032-08-15", "2040-08-15"] {
            world.ntnb(day, maturity, percent);
        }
        world.put("BR_CDI_DAILY", day, 0.05);
    }
    world.ipca_index(date("2024-08-01"), 20, 0.4);
    survey_of_march(&mut world);
    world.define_plain("BR_FOCUS_IPCA_12M.MEDIAN");
    world.put("BR_FOCUS_IPCA_12M.MEDIAN", date("2026-03-06"), 100.0 * (1.004_f64.powi(12) - 1.0));
    world.build()
}

#[test]
fn an_ntnb_returns_its_real_yield_its_indexation_and_nothing_else_over_the_cdi() {
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    let market = two_days((before, 7.5), (now, 7.4));
    let view = market.on(now);
    let series = instrument("NTNB_5Y").excess_returns(&view, now).unwrap();
    // By hand: one of the business days from 16 March to 15 April, at the survey of March (0.4 %).
    let days = market.calendars.business_days_252(now, date("2026-03-16"), date("2026-04-15")) as f64;
    let indexed = 1.004_f64.powf(1.0 / days);
    let expected = 1.074_f64.powf(-1259.0 / 252.0) / 1.075_f64.powf(-1260.0 / 252.0) * indexed / 1.0005 - 1.0;
    // Flat yields are flat zero rates up to the roundings of prices.
    assert!((series.returns[0] - expected).abs() < 3e-6, "{} {expected}", series.returns[0]);
    assert!(series.notes.iter().any(|note| note.contains("Focus median of the month")), "{:?}", series.notes);
}

#[test]
fn the_indexed_value_follows_the_index_on_the_fifteenth_and_the_projection_between() {
    let market = two_days((date("2026-03-16"), 7.5), (date("2026-03-17"), 7.5));
    let view = market.on(date("2026-03-17"));
    let book = CurveBook::latest(&view);
    // 15 March 2026 is a Sunday: the value of February's index holds on the 16th.
    let months_to_february = 18;
    let index = 7000.0 * 1.004_f64.powi(months_to_february);
    let vna = book.indexation().vna(date("2026-03-16")).unwrap();
    assert!((vna.value - 1000.0 * index / 1614.62).abs() < 1e-8, "{}", vna.value);
    assert_eq!(vna.projection, IpcaProjection::Published, "on a 15th no month is running yet");
    let quote = instrument("NTNB_5Y").quote(&view).unwrap();
    let running = book.indexation().vna(date("2026-03-17")).unwrap();
    assert_eq!(running.projection, IpcaProjection::FocusMonth);
    let vna = running.value;
    assert!((vna / (1000.0 * index / 1614.62) / 1.004_f64.powf(1.0 / 21.0) - 1.0).abs() < 1e-12, "one of 21 days");
    assert!((quote.price / (vna * 1.075_f64.powi(-5)) - 1.0).abs() < 1e-5, "{}", quote.price);
}

#[test]
fn the_projection_is_the_best_one_known_on_the_date() {
    let mut world = World::new();
    world.ipca_index(date("2024-08-01"), 18, 0.4); // to January 2026
    world.define_plain("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN");
    world.define_plain("BR_FOCUS_IPCA_12M.MEDIAN");
    world.put("BR_FOCUS_IPCA_12M.MEDIAN", date("2026-01-02"), 4.2);
    world.put("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN", date("2026-03-13"), 0.31);
    world.put_released("BR_IPCA15_MOM", date("2026-02-01"), 0.55, evening(date("2026-02-26")));
    world.put_released("BR_IPCA15_MOM", date("2026-03-01"), 0.25, evening(date("2026-03-26")));
    world.put_released("BR_SIDRA_IPCA_INDEX", date("2026-02-01"), 7600.0, evening(date("2026-03-12")));
    let market = world.build();
    let view = market.on(date("2026-03-31"));
    let book = CurveBook::new(&view, date("2026-02-01"));
    let known = |day: &str| book.indexation().vna(date(day)).unwrap().projection;
    let unknown = |day: &str| book.indexation().vna(date(day)).unwrap_err().to_string();
    // February accrues from 18 February (Carnival): its own IPCA-15 is out on the 26th, its IPCA on 12 March.
    let error = unknown("2026-02-19");
    assert!(error.contains("neither the IPCA of 2026-02 nor a projection"), "the Focus of January is too old: {error}");
    assert_eq!(known("2026-02-12"), IpcaProjection::Published);
    assert_eq!(known("2026-02-26"), IpcaProjection::Ipca15);
    assert_eq!(known("2026-03-12"), IpcaProjection::Published);
    // March accrues from the 16th; the survey of the 13th is surely public eight days later, before the IPCA-15.
    assert!(unknown("2026-03-18").contains("neither the IPCA of 2026-03 nor a projection"));
    assert_eq!(known("2026-03-23"), IpcaProjection::FocusMonth);
    // A later cut tells the past nothing new.
    let early = market.on(date("2026-02-26"));
    let then = CurveBook::new(&early, date("2026-02-01"));
    for day in ["2026-02-12", "2026-02-19", "2026-02-26"] {
        assert_eq!(then.indexation().vna(date(day)), book.indexation().vna(date(day)), "{day}");
    }
}

#[test]
fn without_an_index_the_changes_are_compounded_from_the_base_date_or_there_is_no_level() {
    let level = |first: &str| {
        let mut world = World::new();
        let mut month = date(first);
        while month < date("2026-03-01") {
            let next = month.checked_add_months(chrono::Months::new(1)).unwrap();
            world.put_released("BR_IPCA_MOM", month, 0.5, evening(next + Days::new(9)));
            month = next;
        }
        world.define_plain("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN");
        world.put("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN", date("2026-03-06"), 0.5);
        let market = world.build();
        let view = market.on(date("2026-03-16"));
        let book = CurveBook::latest(&view);
        (book.indexation().vna(date("2026-03-16")), book.indexation().growth(date("2026-03-16"), date("2026-03-17")))
    };
    let (vna, growth) = level("2000-01-01");
    // July 2000 to February 2026: 308 months.
    assert!((vna.unwrap().value / (1000.0 * 1.005_f64.powi(308)) - 1.0).abs() < 1e-12);
    assert!(growth.is_ok());
    let (vna, growth) = level("2020-01-01");
    let error = vna.unwrap_err();
    assert!(error.to_string().contains("the IPCA index of 2026-02 is not known"), "{error}");
    // 21 business days from 16 March to 15 April: Good Friday is not one.
    assert!((growth.unwrap().0.ln() * 21.0 - 1.005_f64.ln()).abs() < 1e-9, "returns need no level");
}

#[test]
fn a_month_that_the_index_lacks_is_taken_from_the_published_change() {
    let mut world = World::new();
    world.ipca_index(date("2024-08-01"), 18, 0.4); // to January 2026
    world.put_released("BR_IPCA_MOM", date("2026-02-01"), 0.7, evening(date("2026-03-12")));
    world.define_plain("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN");
    world.put("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN", date("2026-03-06"), 0.4);
    let market = world.build();
    let view = market.on(date("2026-03-31"));
    let vna = |day: &str| CurveBook::new(&view, date("2026-03-01")).indexation().vna(date(day));
    assert_eq!(vna("2026-03-12").unwrap().projection, IpcaProjection::Published);
    // 18 months of the index and the change of February; on the 16th, its moved 15th, nothing of March.
    let level = 1000.0 * 7000.0 * 1.004_f64.powi(17) * 1.007 / 1614.62;
    assert!((vna("2026-03-16").unwrap().value - level).abs() < 1e-8, "{:?}", vna("2026-03-16"));
    // The day before its release February is not known, whatever the view has seen since.
    assert!(vna("2026-03-11").is_err());
}

#[test]
fn the_roll_of_a_forward_cupom_on_a_flat_curve_is_nothing_also_past_its_short_leg() {
    let mut world = World::new();
    let day = date("2026-03-31");
    for code in ["K26", "N26", "F27", "N27", "F28"] {
        world.frc(day, code, 5.0);
    }
    let market = world.build();
    for horizon in [5, 21, 63] {
        let roll = instrument("FRC_1Y").carry_and_roll(&market.on(day), horizon).unwrap().roll;
        assert!(roll.abs() < 1e-3, "{horizon}: {roll}");
    }
}

#[test]
fn tesouro_prices_over_the_vna_are_a_real_curve_between_their_maturities_only() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    for (maturity, prices) in [("2035-05-15", [2400.0, 2412.0]), ("2045-05-15", [1250.0, 1252.5])] {
        let id = format!("TD.Tesouro_IPCAmais.{maturity}.PU_BASE");
        world.define_plain(&id);
        for (day, price) in [before, now].into_iter().zip(prices) {
            world.put(&id, day, price);
        }
    }
    for day in [before, now] {
        world.put("BR_CDI_DAILY", day, 0.05);
    }
    world.ipca_index(date("2024-08-01"), 20, 0.4);
    survey_of_march(&mut world);
    let market = world.build();
    let view = market.on(now);
    let curve = real_curve(&view, now).unwrap();
    assert_eq!((curve.source(), curve.vertices().len()), (RealSource::TesouroPrice, 2));
    assert_eq!(curve.projection(), Some(IpcaProjection::FocusMonth));
    // The bond between the two is their weighted geometric mean at fixed dates: the VNA is in none of it.
    let series = instrument("NTNB_10Y").excess_returns(&view, now).unwrap();
    let days = |day: NaiveDate, to: &str| market.calendars.business_days_252(day, day, date(to)) as f64;
    let (near, far) = (days(before, "2035-05-15"), days(before, "2045-05-15"));
    let weight = (2520.0 - near) / (far - near);
    let expected =
        ((1.0 - weight) * (2412.0_f64 / 2400.0).ln() + weight * (1252.5_f64 / 1250.0).ln()).exp() / 1.0005 - 1.0;
    assert!((series.returns[0] - expected).abs() < 1e-12, "{} {expected}", series.returns[0]);
    // Five years lie before the first bond: no return, no price, and the error says so.
    let error = instrument("NTNB_5Y").quote(&view).unwrap_err();
    assert!(matches!(error, PricingError::Curve { error: CurveError::OutOfRange { .. }, .. }), "{error}");
    let error = instrument("NTNB_5Y").excess_returns(&view, before).unwrap_err();
    assert!(error.to_string().contains("maturity before the first vertex of Tesouro IPCA+ (prices)"), "{error}");
}

#[test]
fn a_real_rate_moves_with_the_nominal_rate_and_against_the_breakeven() {
    let market = two_days((date("2026-03-30"), 7.5), (date("2026-03-31"), 7.5));
    let view = market.on(date("2026-03-31"));
    let bond = instrument("NTNB_10Y");
    let shocked = |shock: Shock| bond.reprice(&view, &shock).unwrap();
    let up = shocked(Shock::parallel(RiskFactor::BrlRates, 100.0));
    let rate = bond.quote(&view).unwrap().rate.unwrap();
    assert!((up - ((1.0 + rate) / (1.0 + rate + 0.01)).powi(10) + 1.0).abs() < 1e-12);
    let wider = shocked(Shock::parallel(RiskFactor::Breakeven, 100.0));
    assert!(wider > 0.0 && up < 0.0);
    // A nominal move that is all breakeven leaves the real rate alone.
    let both = Shock { brl_rates_bp: vec![(1.0, 80.0)], breakeven_bp: vec![(1.0, 80.0)], ..Shock::default() };
    assert_eq!(shocked(both), 0.0);
    let sensitivity = bond.sensitivity(&view).unwrap();
    assert!((sensitivity.dv01_brl / (10.0 / (1.0 + rate) * 1e-4) - 1.0).abs() < 1e-5);
    assert!((sensitivity.dv01_breakeven + sensitivity.dv01_brl).abs() < 1e-12);
}

#[test]
fn carry_is_the_real_yield_and_the_expected_inflation_over_the_cdi() {
    let market = two_days((date("2026-03-30"), 7.5), (date("2026-03-31"), 7.5));
    let carry = instrument("NTNB_5Y").carry_and_roll(&market.on(date("2026-03-31")), 21).unwrap();
    // 21 of the business days of two index months at 0.4 % each: about 0.4 % of inflation, 0.6 % of yield, 1.05 % of CDI.
    let expected = 1.075_f64.powf(21.0 / 252.0) * 1.004_f64.powf(21.0 / 21.0) / 1.0005_f64.powi(21) - 1.0;
    assert!((carry.carry - expected).abs() < 2e-4, "{} {expected}", carry.carry);
    assert!(carry.roll.abs() < 1e-5, "a flat curve does not roll: {}", carry.roll);
    assert!(carry.notes.iter().any(|note| note.contains("IPCA over the horizon")), "{:?}", carry.notes);
}

/// DDI and PTAX of three days from clean rates and spots by hand, so that the exchange's own margin can be computed.
struct Onshore {
    days: [NaiveDate; 3],
    clean: [f64; 3],
    spots: [f64; 3],
    ptax: [f64; 3],
}

const ONSHORE: Onshore = Onshore {
    days: [
        NaiveDate::from_ymd_opt(2026, 3, 26).unwrap(),
        NaiveDate::from_ymd_opt(2026, 3, 27).unwrap(),
        NaiveDate::from_ymd_opt(2026, 3, 30).unwrap(),
    ],
    clean: [0.0500, 0.0498, 0.0505],
    spots: [5.24, 5.27, 5.21],
    ptax: [5.24, 5.27, 5.21],
};

impl Onshore {
    fn days_to(&self, at: usize, to: &str) -> f64 {
        date(to).signed_duration_since(self.days[at]).num_days() as f64
    }

    /// The dirty rate that the exchange quotes.
    fn dirty(&self, at: usize, to: &str) -> f64 {
        let days = self.days_to(at, to);
        let growth = (1.0 + self.clean[at] * days / 360.0) * self.ptax[at - 1] / self.spots[at];
        (growth - 1.0) * 360.0 / days
    }

    fn market(&self) -> Built {
        let mut world = World::new();
        for at in 0..3 {
            world.put("BR_USDBRL_PTAX_SELL", self.days[at], self.ptax[at]);
        }
        for at in 1..3 {
            for (code, maturity) in [("N26", "2026-07-01"), ("F27", "2027-01-04"), ("F28", "2028-01-03")] {
                let id = format!("B3.DDI{code}.RATE");
                world.define(&id, "DDI", market::Tenor::Maturity(date(maturity)));
                world.put(&id, self.days[at], self.dirty(at, maturity) * 100.0);
            }
        }
        world.build()
    }
}

#[test]
fn a_dirty_cupom_is_cleaned_by_the_spot_against_the_ptax_of_the_day_before() {
    let market = ONSHORE.market();
    let view = market.on(ONSHORE.days[2]);
    let curve = cupom_curve(&view, ONSHORE.days[2]).unwrap();
    assert_eq!((curve.source(), curve.vertices().len()), (CupomSource::DdiClean, 3));
    for (_, rate) in curve.vertices() {
        assert!((rate - 0.0505).abs() < 1e-12, "{rate}");
    }
    // The move of the dollar, -1.1 %, is some 4.4 % a year on the quoted rate of three months.
    assert!(ONSHORE.dirty(2, "2026-07-01") > 0.09);
}

#[test]
fn a_ddi_with_its_dollars_sold_returns_the_exchanges_margin_less_the_forward() {
    let market = ONSHORE.market();
    let now = ONSHORE.days[2];
    let series = instrument("DDI_1Y").excess_returns(&market.on(now), now).unwrap();
    let (cdi, elapsed) = (0.000_5, 3.0);
    // The exchange's margin on the dirty PU of a contract due 360 days after the 27th, in reais.
    let growth = |at: usize, days: f64| 1.0 + ONSHORE.clean[at] * days / 360.0;
    let pu = |at: usize, days: f64| 100_000.0 / (growth(at, days) * ONSHORE.ptax[at - 1] / ONSHORE.spots[at]);
    let margin = ddi_variation_margin((pu(1, 360.0), pu(2, 357.0)), cdi, (ONSHORE.ptax[0], ONSHORE.ptax[1]), 0.5);
    // Its dollars sold forward, as USDBRL earns them: spot move, cupom of three months, CDI.
    let exposure = 0.5 * 100_000.0 / growth(1, 360.0) * ONSHORE.spots[1];
    let move_ = ONSHORE.spots[2] / ONSHORE.spots[1];
    let forward = move_ * (1.0 + ONSHORE.clean[1] * elapsed / 360.0) / (1.0 + cdi) - 1.0;
    let hedged = margin / exposure / (1.0 + cdi) - forward;
    // In dollars: the day's gain is worth the new spot.
    let in_dollars = hedged * (1.0 + cdi) / move_ / (1.0 + ONSHORE.clean[1] * elapsed / 360.0);
    assert!((series.returns[0] - in_dollars).abs() < 1e-12, "{} {in_dollars}", series.returns[0]);
    assert!(series.returns[0] < 0.0, "the cupom rose by seven basis points");
    assert!((series.returns[0] + 0.0007 * 0.95).abs() < 1e-4);
}

#[test]
fn without_a_clean_cupom_there_is_no_return_and_no_price() {
    let mut world = World::new();
    for day in ["2026-03-27", "2026-03-30"] {
        for (code, maturity) in [("N26", "2026-07-01"), ("F28", "2028-01-03")] {
            let id = format!("B3.DDI{code}.RATE");
            world.define(&id, "DDI", market::Tenor::Maturity(date(maturity)));
            world.put(&id, date(day), 5.0);
        }
    }
    let market = world.build();
    let view = market.on(date("2026-03-30"));
    assert_eq!(cupom_curve(&view, date("2026-03-30")).unwrap().source(), CupomSource::Ddi);
    let error = instrument("DDI_1Y").excess_returns(&view, date("2026-03-01")).unwrap_err();
    assert!(error.to_string().contains("only a dirty cupom"), "{error}");
    assert!(instrument("DDI_1Y").quote(&view).unwrap_err().to_string().contains("clean cupom"));
}

/// FRC quotes of a day: the short leg's code is the month before the first.
fn forwards(world: &mut World, day: NaiveDate, quotes: &[(&str, f64)]) {
    for (code, percent) in quotes {
        world.frc(day, code, *percent);
    }
}

#[test]
fn a_forward_cupom_needs_no_spot_and_no_funding_and_does_not_jump_with_its_short_leg() {
    let mut world = World::new();
    // On 30 March the short leg moves from April to May: the first FRC is June's.
    let (before, now) = (date("2026-03-27"), date("2026-03-30"));
    let flat = 5.0;
    forwards(&mut world, before, &[("K26", flat), ("M26", flat), ("F27", flat), ("F28", flat)]);
    forwards(&mut world, now, &[("M26", flat), ("F27", flat), ("F28", flat)]);
    let market = world.build();
    let view = market.on(now);
    let leg = |day| cupom_curve(&view, day).unwrap().short_leg();
    assert_eq!((leg(before), leg(now)), (Some(5.0), Some(35.0)));
    let series = instrument("FRC_1Y").excess_returns(&view, now).unwrap();
    // Forwards of 5 % whichever the short leg: linear rates over other periods differ by their cross terms only.
    assert!(series.returns[0].abs() < 3e-4, "{}", series.returns[0]);

    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    forwards(&mut world, before, &[("M26", 5.0), ("F27", 5.0), ("F28", 5.0)]);
    forwards(&mut world, now, &[("M26", 4.9), ("F27", 4.9), ("F28", 4.9)]);
    let market = world.build();
    let view = market.on(now);
    let earned = instrument("FRC_1Y").excess_returns(&view, now).unwrap().returns[0];
    assert!(
        (earned - 0.001 * (360.0 - 35.0) / 360.0 / 1.045).abs() < 5e-5,
        "a receiver gains when the cupom falls: {earned}"
    );
    let shocked = |bp: f64| instrument("FRC_1Y").reprice(&view, &Shock::parallel(RiskFactor::CupomBasis, bp)).unwrap();
    assert!(shocked(50.0) < 0.0 && shocked(-50.0) > -shocked(50.0));
    let us = instrument("FRC_1Y").reprice(&view, &Shock::parallel(RiskFactor::UsdRates, 50.0)).unwrap();
    assert_eq!(us, shocked(50.0), "the cupom moves with US rates as with its basis");
}

#[test]
fn quoted_forwards_come_back_from_the_curve_they_make() {
    let mut world = World::new();
    let day = date("2026-03-31");
    forwards(&mut world, day, &[("M26", 4.91), ("F27", 4.99), ("F29", 5.17)]);
    let market = world.build();
    let view: AsOf = market.on(day);
    let curve = cupom_curve(&view, day).unwrap();
    let short = curve.short_leg().unwrap();
    let calendar = |code: &str| {
        let month = market::curves::ContractCode::parse_month(code).unwrap();
        market.calendars.on_or_after(CalendarId::B3, month).signed_duration_since(day).num_days() as f64
    };
    for (code, percent) in [("M26", 4.91), ("F27", 4.99), ("F29", 5.17)] {
        let far = calendar(code);
        let pair = ((curve.rate(short).unwrap(), short), (curve.rate(far).unwrap(), far));
        assert!((forward_cupom(pair.0, pair.1) * 100.0 - percent).abs() < 1e-10, "{code}");
    }
}
