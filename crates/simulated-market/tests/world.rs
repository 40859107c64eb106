//! The simulated market as its users see it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use market::{Calendars, Frequency, SeriesDef, SeriesId, Tenor};
use simulated_market::{FaultKind, FaultPlan, Faults, SimulatedMarket, SimulationConfig, SimulationError};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn world(seed: u64, start: &str, end: &str) -> SimulatedMarket {
    SimulatedMarket::new(SimulationConfig::new(seed, day(start), day(end))).unwrap()
}

type Figure = (SeriesId, NaiveDate, u64, DateTime<Utc>);

fn figures(world: &SimulatedMarket) -> BTreeSet<Figure> {
    let observations = world.batches().iter().flat_map(|batch| &batch.observations);
    observations.map(|o| (o.series.clone(), o.period, o.value.to_bits(), o.released_at)).collect()
}

fn definitions(world: &SimulatedMarket) -> BTreeMap<SeriesId, SeriesDef> {
    let definitions = world.batches().iter().flat_map(|batch| &batch.definitions);
    definitions.map(|definition| (definition.id.clone(), definition.clone())).collect()
}

fn values(world: &SimulatedMarket, id: &str) -> BTreeMap<NaiveDate, f64> {
    let observations = world.batches().iter().flat_map(|batch| &batch.observations);
    observations.filter(|o| o.series.as_str() == id).map(|o| (o.period, o.value)).collect()
}

#[test]
fn the_same_seed_gives_the_same_batches_and_another_seed_another_world() {
    let (a, b) = (world(7, "2023-01-01", "2023-12-31"), world(7, "2023-01-01", "2023-12-31"));
    assert_eq!(a.batches(), b.batches());
    let threads: Vec<_> =
        (0..3).map(|_| std::thread::spawn(|| world(7, "2023-01-01", "2023-12-31").batches().to_vec())).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), a.batches());
    }
    assert_ne!(a.batches()[0].raw_hash, world(8, "2023-01-01", "2023-12-31").batches()[0].raw_hash);
}

#[test]
fn a_later_end_only_adds_to_what_was_published() {
    let faults = Faults {
        gaps: FaultPlan::Rate(0.01),
        spikes: FaultPlan::Rate(0.002),
        stale_prints: FaultPlan::Rate(0.002),
        revisions: FaultPlan::Rate(0.01),
        late_releases: FaultPlan::Rate(0.01),
        ..Faults::default()
    };
    let made = |end| {
        let config = SimulationConfig::new(3, day("2025-06-01"), day(end)).with_faults(faults.clone());
        SimulatedMarket::new(config).unwrap()
    };
    // Mid-month, month end, and across the end of the published meeting calendars.
    for (short, long) in [("2026-02-11", "2026-02-12"), ("2026-02-28", "2026-09-30"), ("2026-09-30", "2027-06-30")] {
        let (short, long) = (made(short), made(long));
        let limit = short.batches().iter().flat_map(|b| &b.observations).map(|o| o.released_at).max().unwrap();
        let long_then: BTreeSet<Figure> = figures(&long).into_iter().filter(|figure| figure.3 <= limit).collect();
        let short_then = figures(&short);
        assert_eq!(short_then.difference(&long_then).take(3).collect::<Vec<_>>(), Vec::<&Figure>::new());
        assert_eq!(long_then.difference(&short_then).take(3).collect::<Vec<_>>(), Vec::<&Figure>::new());
        let long_definitions = definitions(&long);
        assert!(definitions(&short).iter().all(|(id, definition)| long_definitions.get(id) == Some(definition)));
        let (s, l) = (short.truth(), long.truth());
        assert_eq!(s.days[..], l.days[..s.days.len()]);
        assert_eq!(s.months[..], l.months[..s.months.len()]);
        assert!(s.faults.iter().all(|fault| l.faults.contains(fault)));
    }
}

#[test]
fn di_settlements_are_the_price_of_the_published_rate_to_the_cent() {
    let world = world(11, "2023-06-01", "2024-02-29");
    let calendars = Calendars::embedded();
    let mut checked = 0;
    for (id, definition) in definitions(&world) {
        let Some(point) = definition.curve.as_ref().filter(|point| point.curve == "DI1") else { continue };
        let Tenor::Maturity(maturity) = point.tenor else { panic!("{id} has no maturity") };
        let settlements = values(&world, &id.as_str().replace(".RATE", ".SETTLEMENT"));
        for (date, rate) in values(&world, id.as_str()) {
            let days = calendars.business_days_252(date, date, maturity) as f64;
            let price = 100_000.0 / (1.0 + rate / 100.0).powf(days / 252.0);
            assert!((settlements[&date] - price).abs() <= 0.005 + 1e-9, "{id} on {date}");
            checked += 1;
        }
    }
    assert!(checked > 4_000, "{checked}");
}

#[test]
fn the_di_strip_is_realistic_every_session_and_contracts_stay_until_they_mature() {
    let world = world(5, "2024-01-01", "2024-12-31");
    let calendars = Calendars::embedded();
    let sessions: Vec<NaiveDate> = day("2024-01-01")
        .iter_days()
        .take_while(|date| *date <= day("2024-12-31"))
        .filter(|date| calendars.is_business_day(market::CalendarId::B3, *date))
        .collect();
    let mut per_session: BTreeMap<NaiveDate, usize> = BTreeMap::new();
    for (id, definition) in definitions(&world) {
        let Some(point) = definition.curve.as_ref().filter(|point| point.curve == "DI1") else { continue };
        let Tenor::Maturity(maturity) = point.tenor else { panic!("{id} has no maturity") };
        let rates = values(&world, id.as_str());
        let first = *rates.keys().next().unwrap();
        let expected = sessions.iter().filter(|date| (first..maturity).contains(*date)).count();
        assert_eq!(rates.len(), expected, "{id} has a hole");
        for date in rates.keys() {
            *per_session.entry(*date).or_default() += 1;
        }
    }
    assert_eq!(per_session.len(), sessions.len());
    assert!(per_session.values().all(|count| (20..=40).contains(count)), "{per_session:?}");
}

#[test]
fn nothing_is_released_before_its_period_ends_except_what_really_is() {
    let world = world(1, "2022-01-01", "2023-12-31");
    let definitions = definitions(&world);
    for observation in world.batches().iter().flat_map(|batch| &batch.observations) {
        assert!(observation.value.is_finite());
        let definition = &definitions[&observation.series];
        let announced = observation.series.as_str() == "BR_INFL_TARGET";
        if announced || definition.release.lag_days < 0 {
            continue;
        }
        let end = definition.frequency.period_end(observation.period);
        let released = observation.released_at.with_timezone(&definition.release.zone).date_naive();
        assert!(released >= end, "{} of {} is out on {released}", observation.series, observation.period);
    }
}

#[test]
fn every_publisher_uses_the_catalogue_of_the_real_feeds() {
    let world = world(1, "2023-01-01", "2024-12-31");
    let catalogue = market::Catalogue::embedded();
    let mut keys = BTreeSet::new();
    for (id, definition) in definitions(&world) {
        assert!(keys.insert((definition.source.clone(), definition.source_code.clone())), "{id}: key used twice");
        if let Some(known) = catalogue.get(&id) {
            assert_eq!(known, &definition, "{id}");
        }
    }
    for batch in world.batches() {
        assert!(batch.simulated && batch.origin.starts_with("simulated://seed=1/"));
        assert_eq!(batch.rows_read, batch.observations.len() as u64);
        let defined: BTreeSet<_> = batch.definitions.iter().map(|definition| &definition.id).collect();
        assert!(batch.observations.iter().all(|o| defined.contains(&o.series)));
    }
}

#[test]
fn the_catalogue_lists_the_codes_the_desk_reads_and_the_world_publishes_them() {
    let world = world(1, "2023-01-01", "2024-12-31");
    let published = definitions(&world);
    for id in [
        "BR_IPCA_MOM",
        "BR_IPCA15_MOM",
        "BR_IPCA_12M",
        "BR_IPCA_CORE_MS",
        "BR_IPCA_SERV_MOM",
        "BR_INFL_TARGET",
        "BR_IBCBR",
        "BR_IBCBR_SA",
        "BR_UNEMP",
        "BR_DBGG_GDP",
        "BR_GDP_12M",
        "BR_PRIMARY_PS_12M_GDP",
        "BR_BOP_CA",
        "BR_SELIC_TARGET",
        "BR_SELIC_DAILY",
        "BR_CDI_DAILY",
        "BR_USDBRL_PTAX_SELL",
        "BR_ICBR",
        "BR_FXFLOW_TOTAL",
        "BR_FOCUS_IPCA_12M.MEDIAN",
        "BR_FOCUS_IPCA_12M_RAW.MEDIAN",
        "BR_FOCUS_IPCA_ANNUAL.2025.MEDIAN",
        "BR_FOCUS_SELIC_ANNUAL.2024.MEDIAN",
        "BR_FOCUS_GDP_ANNUAL.2024.MEDIAN",
        "BR_FOCUS_FX_ANNUAL.2024.MEDIAN",
        "BR_FOCUS_IPCA_MONTHLY.2024-06.MEDIAN",
        "BR_FOCUS_SELIC_MEETING.R3-2024.MEDIAN",
        "B3.DI1F27.RATE",
        "B3.DI1F27.SETTLEMENT",
        "B3.DI1F27.CONTRACTS",
        "B3.DDIF25.RATE",
        "B3.FRCF25.RATE",
        "B3.DOLF25.SETTLEMENT",
        "B3.PRE.252BD",
        "B3.IBOV.CLOSE",
        "US_PAR_1M",
        "US_PAR_2Y",
        "US_PAR_10Y",
        "US_PAR_30Y",
        "US_DFF",
        "US_SOFR_FRED",
        "US_VIX",
        "EMBI.Brasil",
        "US_HY_OAS",
        "US_DTWEXBGS",
        "US_NFCI",
        "US_ICSA",
        "US_CPI",
        "US_CPI_RT",
        "US_PCE_CORE",
        "US_NFP",
        "US_NFP_RT",
        "US_UNRATE",
        "MK_SPX_Y",
        "EIA:RBRTE",
        "EIA:RWTC",
        "CFTC.102741.NONCOMM_LONG",
    ] {
        assert!(published.contains_key(&SeriesId::new(id)), "{id} is not published");
    }
}

#[test]
fn payrolls_are_revised_and_each_vintage_has_its_own_instant() {
    let world = world(1, "2023-01-01", "2024-12-31");
    let mut vintages: BTreeMap<NaiveDate, Vec<(DateTime<Utc>, f64)>> = BTreeMap::new();
    let observations = world.batches().iter().flat_map(|batch| &batch.observations);
    for o in observations.filter(|o| o.series.as_str() == "US_NFP_RT") {
        vintages.entry(o.period).or_default().push((o.released_at, o.value));
    }
    let june = &vintages[&day("2024-06-01")];
    assert_eq!(june.len(), 3);
    assert!(june.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(june[0].1 != june[2].1);
}

#[test]
fn listed_faults_happen_where_they_were_asked_for_and_nowhere_else() {
    let (start, end) = ("2024-01-01", "2024-06-28");
    let at = |id: &str, date: &str| (SeriesId::new(id), day(date));
    let faults = Faults {
        gaps: FaultPlan::List(vec![at("BR_USDBRL_PTAX_SELL", "2024-05-07")]),
        spikes: FaultPlan::List(vec![at("B3.IBOV.CLOSE", "2024-05-08")]),
        stale_prints: FaultPlan::List(vec![at("US_VIX", "2024-05-09")]),
        revisions: FaultPlan::List(vec![at("BR_UNEMP", "2024-03-01")]),
        late_releases: FaultPlan::List(vec![at("BR_IPCA_MOM", "2024-04-01")]),
        ..Faults::default()
    };
    let clean = world(9, start, end);
    let faulty = SimulatedMarket::new(clean.config().clone().with_faults(faults)).unwrap();
    let kinds: Vec<FaultKind> = faulty.truth().faults.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds.len(), 5);

    let gone: Vec<_> = figures(&clean).difference(&figures(&faulty)).cloned().collect();
    let touched: BTreeSet<&str> = gone.iter().map(|figure| figure.0.as_str()).collect();
    let expected = ["B3.IBOV.CLOSE", "BR_IPCA_MOM", "BR_UNEMP", "BR_USDBRL_PTAX_SELL", "US_VIX"];
    assert_eq!(touched.into_iter().collect::<Vec<_>>(), expected);

    assert!(!values(&faulty, "BR_USDBRL_PTAX_SELL").contains_key(&day("2024-05-07")));
    let spike =
        values(&faulty, "B3.IBOV.CLOSE")[&day("2024-05-08")] / values(&clean, "B3.IBOV.CLOSE")[&day("2024-05-08")];
    assert!((spike - 100.0).abs() < 1e-9);
    let frozen: BTreeSet<u64> =
        values(&faulty, "US_VIX").range(day("2024-05-09")..).take(8).map(|(_, value)| value.to_bits()).collect();
    assert_eq!(frozen.len(), 1);
    let prints = |world: &SimulatedMarket, id: &str, period: &str| -> Vec<(DateTime<Utc>, f64)> {
        let observations = world.batches().iter().flat_map(|batch| &batch.observations);
        observations
            .filter(|o| o.series.as_str() == id && o.period == day(period))
            .map(|o| (o.released_at, o.value))
            .collect()
    };
    let (before, after) = (prints(&clean, "BR_UNEMP", "2024-03-01"), prints(&faulty, "BR_UNEMP", "2024-03-01"));
    assert_eq!(after.len(), 2);
    assert_eq!((after[0].0, after[1].1), (before[0].0, before[0].1));
    assert!(after[0].1 != before[0].1 && after[1].0 > after[0].0);
    let lateness = prints(&faulty, "BR_IPCA_MOM", "2024-04-01")[0].0 - prints(&clean, "BR_IPCA_MOM", "2024-04-01")[0].0;
    assert_eq!(lateness.num_days(), 12);
}

#[test]
fn a_rate_of_faults_hits_about_as_often_as_asked() {
    let faults = Faults { gaps: FaultPlan::Rate(0.02), ..Faults::default() };
    let clean = world(4, "2023-01-01", "2023-12-31");
    let faulty = SimulatedMarket::new(clean.config().clone().with_faults(faults)).unwrap();
    let total = figures(&clean).len() as f64;
    let share = 1.0 - figures(&faulty).len() as f64 / total;
    // Binomial standard error, times four.
    assert!((share - 0.02).abs() < 4.0 * (0.02 * 0.98 / total).sqrt() + 0.002, "{share}");
}

#[test]
fn impossible_configurations_are_refused_in_words() {
    let backwards = SimulationConfig::new(1, day("2024-01-02"), day("2024-01-01"));
    let error = SimulatedMarket::new(backwards).unwrap_err();
    assert_eq!(error.to_string(), "the simulation ends on 2024-01-01, before its start on 2024-01-02");
    let faults = Faults { spikes: FaultPlan::Rate(f64::NAN), ..Faults::default() };
    let nan = SimulationConfig::new(1, day("2024-01-01"), day("2024-01-02")).with_faults(faults);
    assert!(matches!(SimulatedMarket::new(nan), Err(SimulationError::Rate { kind: "spikes", .. })));
}

#[test]
fn the_demo_is_of_the_promised_size_and_every_frequency_occurs() {
    let started = std::time::Instant::now();
    let demo = SimulatedMarket::new(SimulationConfig::demo(7)).unwrap();
    println!("generated in {:?}", started.elapsed());
    let mut count = 0;
    for batch in demo.batches() {
        println!("{:12} {:5} series {:7} rows", batch.source, batch.definitions.len(), batch.observations.len());
        count += batch.observations.len();
    }
    println!("{count} rows");
    assert_eq!(demo.last_business_day(), day("2026-03-31"));
    assert!((200_000..=500_000).contains(&count), "{count}");
    let frequencies: BTreeSet<Frequency> = definitions(&demo).values().map(|definition| definition.frequency).collect();
    assert!(frequencies.len() >= 5, "{frequencies:?}");
}

#[test]
fn every_instrument_of_the_universe_prices_on_the_last_day() {
    let world = world(7, "2023-01-02", "2024-06-28");
    let mut catalogue = market::Catalogue::embedded();
    let mut history = market::History::builder();
    for batch in world.batches() {
        for definition in &batch.definitions {
            catalogue.insert(definition.clone());
        }
        for o in &batch.observations {
            history.push(market::Observation {
                series: o.series.clone(),
                period: o.period,
                value: o.value,
                released_at: o.released_at,
                basis: o.basis,
                recorded_at: o.released_at,
            });
        }
    }
    let (history, calendars) = (history.build().unwrap(), Calendars::embedded());
    let date = world.last_business_day();
    let cut = market::Cut::published(date, market::time::default_cut(date));
    let view = market::AsOf::new(&history, &catalogue, &calendars, cut);
    for instrument in market::instruments::universe() {
        let quote = instrument.quote(&view);
        assert!(quote.is_ok(), "{}: {}", instrument.id, quote.unwrap_err());
        let returns = instrument.excess_returns(&view, day("2023-02-01")).unwrap();
        assert!(returns.returns.len() > 300, "{}: {} returns", instrument.id, returns.returns.len());
        assert!(returns.returns.iter().all(|r| r.is_finite() && r.abs() < 0.2), "{}", instrument.id);
    }
}
