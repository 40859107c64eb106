//! Known values of real published data at a cut. Needs `MARKET_DATA_DIR`; says so when it is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use market::time::default_cut;
use market::{AsOf, Calendars, Catalogue, Cut, History, Observation, SeriesId};
use pipeline_core::ports::{Source, SourceBatch};
use sources::FileSource;
use sources::release::Release;

struct Loaded {
    catalogue: Catalogue,
    calendars: Calendars,
    history: History,
    batches: Vec<SourceBatch>,
}

fn market_data() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/market-data");
    let folder = std::env::var_os("MARKET_DATA_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no market data");
    None
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("reading files never waits"),
    }
}

fn load(folder: PathBuf, now: DateTime<Utc>) -> Loaded {
    let mut catalogue = Catalogue::embedded();
    let mut source = FileSource::new(folder);
    let mut batches = Vec::new();
    while let Some(batch) = ready(source.next_batch(&catalogue, now)).unwrap() {
        batches.push(batch);
    }
    let mut history = History::builder();
    for batch in &batches {
        for definition in &batch.definitions {
            catalogue.insert(definition.clone());
        }
        for one in &batch.observations {
            history.push(Observation {
                series: one.series.clone(),
                period: one.period,
                value: one.value,
                released_at: one.released_at,
                basis: one.basis,
                recorded_at: now,
            });
        }
    }
    Loaded { catalogue, calendars: Calendars::embedded(), history: history.build().unwrap(), batches }
}

fn ingested_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
}

impl Loaded {
    fn at(&self, date: &str) -> AsOf<'_> {
        let date = day(date);
        AsOf::new(&self.history, &self.catalogue, &self.calendars, Cut::published(date, default_cut(date)))
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn latest(view: &AsOf<'_>, id: &str) -> (String, f64) {
    let latest = view.latest(&SeriesId::new(id)).unwrap();
    (latest.period.to_string(), latest.value)
}

#[test]
fn known_values_stand_at_their_cuts() {
    let Some(folder) = market_data() else { return };
    let loaded = load(folder, ingested_at());
    let view = loaded.at("2026-03-31");
    for (id, period, value) in [
        ("BR_USDBRL_PTAX_SELL", "2026-03-31", 5.2194),
        ("BR_IPCA_MOM", "2026-02-01", 0.70),
        ("BR_IPCA15_MOM", "2026-03-01", 0.44),
        ("B3.DI1F27.RATE", "2026-03-31", 14.072),
        ("B3.DI1F27.SETTLEMENT", "2026-03-31", 90597.39),
        ("BR_SELIC_TARGET", "2026-03-31", 14.75),
        ("US_DFEDTARU", "2026-03-31", 3.75),
    ] {
        assert_eq!(latest(&view, id), (period.to_owned(), value), "{id}");
    }
    assert_eq!(latest(&view, "BR_CDI_DAILY").1, 0.054266);
    let crash = loaded.at("2020-03-18");
    let of = |id: &str, period: &str| crash.of_period(&SeriesId::new(id), day(period)).unwrap().map(|one| one.value);
    assert_eq!(of("US_VIX", "2020-03-16"), Some(82.69));
    assert_eq!(of("US_PAR_10Y", "2020-03-09"), Some(0.54));
    assert_eq!(of("US_VIX", "2020-03-19"), None);

    // Nothing describes a day after the view's.
    for id in view.visible_series() {
        let last = view.latest(&id).unwrap();
        assert!(last.period <= view.date(), "{id} shows {} on {}", last.period, view.date());
        assert!(last.released_at <= view.cut().published);
    }
    // A contract is on the curve at its expiry.
    assert!(view.curve("DI1", day("2026-03-31"), 20).is_ok());
    assert!(view.curve("UST_PAR", day("2026-03-31"), 6).is_ok());
}

#[test]
fn vintages_are_revised_and_each_is_known_at_its_own_cut() {
    let Some(folder) = market_data() else { return };
    let loaded = load(folder.join("alfred"), ingested_at());
    for id in ["US_CPI_RT", "US_NFP_RT"] {
        let id = SeriesId::new(id);
        let period = day("2019-06-01");
        let soon = loaded.at("2019-09-03").of_period(&id, period).unwrap().unwrap();
        let later = loaded.at("2020-09-30").of_period(&id, period).unwrap().unwrap();
        assert_ne!(soon.value, later.value, "{id}");
        assert!(soon.released_at < later.released_at);
        assert!(loaded.at("2019-06-28").of_period(&id, period).unwrap().is_none());
        let vintages = loaded.at("2020-09-30").vintages(&id, period);
        assert_eq!(vintages.first().unwrap().released_at, loaded.history_first(&id, period));
    }
}

impl Loaded {
    fn history_first(&self, id: &SeriesId, period: NaiveDate) -> DateTime<Utc> {
        let of = |batch: &SourceBatch| {
            let matching = batch.observations.iter().filter(|one| one.series == *id && one.period == period);
            matching.map(|one| one.released_at).min()
        };
        self.batches.iter().filter_map(of).min().unwrap()
    }
}

/// A vintage archive by month ends says of every figure: on the archive's month end before its first vintage it was not
/// there. The rule of the FRED file of the same code must put it after that month end.
#[test]
fn no_rule_is_earlier_than_the_vintages_of_its_sibling_allow() {
    let Some(folder) = market_data() else { return };
    let loaded = load(folder.join("alfred"), ingested_at());
    let zone = market::time::NEW_YORK;
    let mut firsts: BTreeMap<(&SeriesId, NaiveDate), NaiveDate> = BTreeMap::new();
    let mut archive = BTreeSet::new();
    for one in loaded.batches.iter().flat_map(|batch| &batch.observations) {
        let vintage = one.released_at.with_timezone(&zone).date_naive();
        // From April 2024 on the archive holds the days of a pull, which say nothing of the month before them.
        if vintage < day("2024-04-01") {
            archive.insert(vintage);
        }
        let first = firsts.entry((&one.series, one.period)).or_insert(vintage);
        *first = vintage.min(*first);
    }
    let mut starts: BTreeMap<&SeriesId, NaiveDate> = BTreeMap::new();
    for ((series, _), first) in &firsts {
        let start = starts.entry(series).or_insert(*first);
        *start = (*start).min(*first);
    }
    let mut checked: BTreeMap<&str, usize> = BTreeMap::new();
    let mut early = Vec::new();
    for ((series, period), first) in &firsts {
        if !archive.contains(first) || *first == starts[series] {
            continue;
        }
        let sibling = loaded.catalogue.get(&SeriesId::new(series.as_str().trim_end_matches("_RT"))).unwrap();
        // FRED's copy of the Michigan survey waits a month at the university's wish, and for most of 2015 the archive had
        // none: it is no evidence of when the university published. There the month's own end is the bound.
        let without_it = match series.as_str() {
            "US_UMCSENT_RT" => sibling.frequency.period_end(*period),
            _ => *archive.range(..first).next_back().unwrap(),
        };
        let (at, basis) = Release::of(sibling, &loaded.calendars).instant(*period, None).unwrap();
        if at.with_timezone(&zone).date_naive() <= without_it {
            early.push(format!("{} of {period}: {at} {basis:?}, not yet in the vintage of {without_it}", sibling.id));
        }
        *checked.entry(series.as_str()).or_default() += 1;
    }
    println!("{checked:?}");
    assert!(checked.len() >= 14 && checked.values().all(|figures| *figures > 200), "{checked:?}");
    assert!(early.is_empty(), "{} early:\n{}", early.len(), early.join("\n"));
}

#[test]
fn every_file_is_read_or_accounted_for() {
    let Some(folder) = market_data() else { return };
    let loaded = load(folder, ingested_at());
    let mut table: BTreeMap<String, [u64; 6]> = BTreeMap::new();
    for batch in &loaded.batches {
        let folder = batch.origin.split('/').next().unwrap_or_default().to_owned();
        let sums = table.entry(folder).or_default();
        let rows =
            [1, batch.definitions.len() as u64, batch.rows_read, batch.observations.len() as u64, batch.rows_rejected];
        for (sum, add) in sums.iter_mut().zip(rows) {
            *sum += add;
        }
        for finding in &batch.findings {
            println!(
                "{} {:?} {} rejects={} {}",
                finding.file, finding.line, finding.rule, finding.rejects, finding.message
            );
        }
    }
    for (folder, [files, series, rows, figures, rejected, _]) in &table {
        println!("{folder}: {files} files, {series} series, {rows} rows, {figures} figures, {rejected} rows rejected");
    }
    for batch in &loaded.batches {
        let known = FileSource::publishers().contains(&batch.source.as_str());
        assert!(known || (batch.source == "UNKNOWN" && batch.observations.is_empty()), "{}", batch.source);
    }
    // The only rows that this set loses are the survey rows whose window cannot be told.
    for batch in loaded.batches.iter().filter(|batch| batch.rows_rejected > 0) {
        assert!(batch.origin.ends_with("ExpectativasMercadoAnuais.csv"), "{}: {:?}", batch.origin, batch.findings);
    }
    assert!(loaded.batches.iter().all(|batch| batch.findings.iter().all(|finding| finding.rule != "not_in_catalogue")));
}
