//! The figures of `docs/worked-examples.md`, computed there by hand, against the library.

mod support;

use std::collections::BTreeMap;

use market::AsOf;
use market::curves::{CurveBook, par_bond_price};
use market::instruments::{Instrument, Shock, find};
use support::{World, date};

const PAGE: &str = include_str!("../../../docs/worked-examples.md");

/// A table of the page, by the name in its first cell. Every figure is taken out once; none may be left.
struct Table {
    figures: BTreeMap<&'static str, &'static str>,
}

impl Table {
    fn read(name: &str) -> Self {
        let rows = PAGE.lines().skip_while(|line| !line.starts_with(&format!("| {name} |"))).skip(2);
        let cells = |line: &'static str| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            Some((cells.next()?, cells.next()?))
        };
        let figures: BTreeMap<_, _> = rows.take_while(|line| line.starts_with('|')).filter_map(cells).collect();
        assert!(figures.len() > 5, "{name}: {figures:?}");
        Self { figures }
    }

    /// Compares a figure as it is printed.
    fn is(&mut self, name: &str, computed: f64) {
        self.within(name, computed, 0.0);
    }

    /// Compares a figure as it is printed, give or take what a finite difference leaves.
    fn within(&mut self, name: &str, computed: f64, tolerance: f64) {
        let text = self.figures.remove(name).unwrap_or_else(|| panic!("no figure {name:?}"));
        let printed: f64 = text.replace(',', "").parse().unwrap();
        let decimals = text.split_once('.').map_or(0, |(_, digits)| digits.len());
        let half = 0.5 / 10_f64.powi(decimals as i32);
        assert!(
            (printed - computed).abs() <= half + tolerance + 1e-9,
            "{name}: {printed} printed, {computed} computed"
        );
    }

    fn done(self) {
        assert!(self.figures.is_empty(), "not computed: {:?}", self.figures);
    }
}

fn instrument(id: &str) -> &'static Instrument {
    find(&id.into()).unwrap()
}

/// Exposure of contracts at the market.
fn exposure(view: &AsOf, instrument: &Instrument, contracts: f64) -> f64 {
    let price = instrument.quote(view).unwrap().price;
    let one: f64 = instrument.contract.exposure(price).unwrap().to_string().parse().unwrap();
    one * contracts
}

#[test]
fn a_di_receiver_through_a_day_of_a_hundred_basis_points() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    world.di(before, &[("F27", 14.299)]);
    world.di(now, &[("F27", 15.299)]);
    world.put("BR_CDI_DAILY", before, 0.054_266);
    let market = world.build();
    let di = instrument("DI1F27");
    let (start, end) = (market.on(before), market.on(now));
    let held = exposure(&start, di, 100.0);
    let (pu, later) = (di.quote(&start).unwrap().price, di.quote(&end).unwrap().price);
    let shock = Shock { brl_rates_bp: vec![(1.0, 200.0)], ..Shock::default() };
    let (stress, book) = (di.reprice(&start, &shock).unwrap(), CurveBook::latest(&start));
    let taylor = di.taylor_with(&book, &shock).unwrap();
    let earned = di.excess_returns(&end, now).unwrap().returns[0];

    let mut page = Table::read("DI receiver");
    page.is("PU of 30 March", pu);
    page.is("exposure, BRL", held);
    page.is("PU of 31 March, 15.299 %", later);
    page.is("PU of 30 March, one CDI later", pu * 1.000_542_66);
    page.is("excess return, %", earned * 100.0);
    page.is("daily variation, BRL", earned * held * 1.000_542_66);
    page.is("DV01 of 30 March, BRL", di.sensitivity(&start).unwrap().dv01_brl * held);
    page.is("stress +200 bp, %", stress * 100.0);
    page.is("stress +200 bp, BRL", stress * held);
    page.within("explained to first order, BRL", taylor.first * held, 0.05);
    page.within("explained by convexity, BRL", taylor.second * held, 0.05);
    page.done();
}

#[test]
fn a_forward_on_usdbrl() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    for (day, spot) in [(before, 5.2), (now, 5.252)] {
        world.put("BR_USDBRL_PTAX_SELL", day, spot);
    }
    world.put("BR_CDI_DAILY", before, 0.054_266);
    world.di(before, &[("N26", 14.0), ("F27", 14.0), ("F28", 14.0)]);
    for (days, id) in [(90, "B3.DOC.90"), (180, "B3.DOC.180")] {
        world.define(id, "DOC", market::Tenor::CalendarDays(days));
        world.put(id, before, 4.4);
    }
    let market = world.build();
    let dollar = instrument("USDBRL");
    let (start, end) = (market.on(before), market.on(now));
    let (held, book) = (exposure(&start, dollar, 40.0), CurveBook::latest(&start));
    let earned = dollar.excess_returns(&end, now).unwrap().returns[0];
    let sensitivity = dollar.sensitivity(&start).unwrap();
    let shock =
        Shock { usdbrl: 0.10, brl_rates_bp: vec![(1.0, 100.0)], usd_rates_bp: vec![(1.0, 50.0)], ..Shock::default() };
    let (stress, taylor) = (dollar.reprice(&start, &shock).unwrap(), dollar.taylor_with(&book, &shock).unwrap());
    let reais = 1.0 / book.latest_di().unwrap().discount(63.0).unwrap();
    let dollars = 1.0 + book.latest_cupom().unwrap().rate(90.0).unwrap() / 4.0;

    let mut page = Table::read("USDBRL forward");
    page.is("exposure, BRL", held);
    page.is("excess return, %", earned * 100.0);
    page.is("P&L of the day, BRL", earned * held);
    page.is("three-month forward", dollar.quote(&start).unwrap().price * reais / dollars);
    page.is("DV01 to reais, BRL", sensitivity.dv01_brl * held);
    page.is("DV01 to dollars, BRL", sensitivity.dv01_usd * held);
    page.is("stress, %", stress * 100.0);
    page.is("stress, BRL", stress * held);
    page.within("explained to first order, BRL", taylor.first * held, 0.05);
    page.within("explained by second order, BRL", taylor.second * held, 0.05);
    page.done();
    assert_eq!(sensitivity.dv01_cupom_basis, sensitivity.dv01_usd, "the cupom moves alike by either");
}

#[test]
fn a_us_treasury() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    for (day, percent) in [(before, 4.2), (now, 4.3)] {
        world.ust(day, &[(60, percent), (120, percent)]);
        world.put("US_DFF", day, 3.64);
    }
    let market = world.build();
    let note = instrument("UST_10Y");
    let (start, end) = (market.on(before), market.on(now));
    let held = exposure(&start, note, 1000.0);
    let earned = note.excess_returns(&end, now).unwrap().returns[0];
    let price = par_bond_price(0.042, 10.0 - 1.0 / 365.0, 0.043);
    let shock = Shock { usd_rates_bp: vec![(1.0, 100.0)], ..Shock::default() };
    let stress = note.reprice(&start, &shock).unwrap();
    let taylor = note.taylor_with(&CurveBook::latest(&start), &shock).unwrap();

    assert_eq!(held, 1e6);
    let mut page = Table::read("US Treasury");
    page.is("price of the second day, % of face", price * 100.0);
    page.is("value of the second day, USD", price * held);
    page.is("change of value, USD", (price - 1.0) * held);
    page.is("overnight funding, USD", 0.0364 / 360.0 * held);
    page.is("excess return, %", earned * 100.0);
    page.is("DV01, USD", note.sensitivity(&start).unwrap().dv01_usd * held);
    page.is("stress +100 bp, %", stress * 100.0);
    page.is("stress +100 bp, USD", stress * held);
    page.within("explained to first order, USD", taylor.first * held, 0.05);
    page.within("explained by convexity, USD", taylor.second * held, 0.05);
    page.done();
}

#[test]
fn an_ntnb_against_di() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    for (day, real, nominal) in [(before, 7.25, 13.5), (now, 7.15, 13.6)] {
        world.di(day, &[("F27", nominal), ("F31", nominal), ("F33", nominal)]);
        for maturity in ["2028-05-15", "2035-05-15"] {
            let id = format!("B3.DAP.{maturity}.RATE");
            world.define(&id, "DAP", market::Tenor::Maturity(date(maturity)));
            world.put(&id, day, real);
        }
    }
    world.put("BR_CDI_DAILY", before, 0.054_266);
    for (month, level, released) in [("2026-01-01", 7470.0, "2026-02-10"), ("2026-02-01", 7500.0, "2026-03-12")] {
        world.put_released("BR_SIDRA_IPCA_INDEX", date(month), level, support::evening(date(released)));
    }
    world.define_plain("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN");
    world.put("BR_FOCUS_IPCA_MONTHLY.2026-03.MEDIAN", date("2026-03-20"), 0.30);
    let market = world.build();
    let (bond, di) = (instrument("NTNB_5Y"), instrument("DI_5Y"));
    let (start, end) = (market.on(before), market.on(now));
    let (bonds, contracts) = (exposure(&start, bond, 1000.0), exposure(&start, di, 65.0));
    let (book, later) = (CurveBook::latest(&start), CurveBook::latest(&end));
    let implied = |book: &CurveBook| {
        let (nominal, real) = (book.latest_di().unwrap(), book.latest_real().unwrap());
        market::curves::breakeven(nominal, real, 1260.0).unwrap() * 100.0
    };
    let earned = |one: &Instrument| one.excess_returns(&end, now).unwrap().returns[0];
    let narrower = Shock { breakeven_bp: vec![(1.0, -100.0)], ..Shock::default() };
    let parallel = Shock { brl_rates_bp: vec![(1.0, 100.0)], ..Shock::default() };
    let stress = bond.reprice(&start, &narrower).unwrap();
    let taylor = bond.taylor_with(&book, &narrower).unwrap();
    assert_eq!(di.reprice(&start, &narrower).unwrap(), 0.0, "a breakeven is no factor of a nominal rate");
    let (bond_pl, di_pl) = (earned(bond) * bonds, -earned(di) * contracts);
    let dv01 = |one: &Instrument, held: f64| one.sensitivity(&start).unwrap().dv01_brl * held;
    let both = bond.reprice(&start, &parallel).unwrap() * bonds - di.reprice(&start, &parallel).unwrap() * contracts;

    let mut page = Table::read("NTN-B against DI");
    page.is("VNA of 30 March, BRL", book.indexation().vna(before).unwrap().value);
    page.is("PU of the bond, BRL", bond.quote(&start).unwrap().price);
    page.is("exposure in bonds, BRL", bonds);
    page.is("PU of the DI", di.quote(&start).unwrap().price);
    page.is("exposure in DI, BRL", contracts);
    page.is("breakeven of 30 March, %", implied(&book));
    page.is("breakeven of 31 March, %", implied(&later));
    page.is("excess return of the bond, %", earned(bond) * 100.0);
    page.is("excess return of a DI receiver, %", earned(di) * 100.0);
    page.is("P&L of the bonds, BRL", bond_pl);
    page.is("P&L of the DI paid, BRL", di_pl);
    page.is("P&L together, BRL", bond_pl + di_pl);
    page.is("DV01 of the bonds, BRL", dv01(bond, bonds));
    page.is("DV01 of the DI, BRL", dv01(di, contracts));
    page.is("breakeven -100 bp, % of the bonds", stress * 100.0);
    page.is("breakeven -100 bp, BRL", stress * bonds);
    page.within("explained to first order, BRL", taylor.first * bonds, 0.05);
    page.within("explained by convexity, BRL", taylor.second * bonds, 0.05);
    page.is("all rates +100 bp, BRL", both);
    page.done();
}
