//! Holiday rules: Brazil by Easter and fixed dates, B3-only closures, US holidays. They fill the years outside the files
//! and are checked against the files inside.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Easter Sunday of a year (Gregorian computus, Meeus/Jones/Butcher).
pub fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let month = (h + l - 7 * m + 114) / 31;
    let day = (h + l - 7 * m + 114) % 31 + 1;
    date(year, month as u32, day as u32)
}

/// National bank holidays of Brazil; 20 November from 2024 on.
pub fn br_national(year: i32) -> Vec<NaiveDate> {
    let easter = easter(year);
    let mut days: Vec<NaiveDate> = [(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25)]
        .into_iter()
        .map(|(month, day)| date(year, month, day))
        .collect();
    days.extend([easter - Days::new(48), easter - Days::new(47), easter - Days::new(2), easter + Days::new(60)]);
    if year >= 2024 {
        days.push(date(year, 11, 20));
    }
    days
}

/// Days on which only the exchange is closed: 24 December and the last business day of the year; 25 January and 9 July to
/// 2019 and in 2021; 20 November in 2006-2019. `is_national_business_day` is the ANBIMA calendar.
pub fn b3_only(year: i32, is_national_business_day: impl Fn(NaiveDate) -> bool) -> Vec<NaiveDate> {
    let mut days = vec![date(year, 12, 24)];
    days.extend((0..7).map(|back| date(year, 12, 31) - Days::new(back)).find(|day| is_national_business_day(*day)));
    if year <= 2019 || year == 2021 {
        days.extend([date(year, 1, 25), date(year, 7, 9)]);
    }
    if (2006..=2019).contains(&year) {
        days.push(date(year, 11, 20));
    }
    days.retain(|day| is_national_business_day(*day));
    days
}

/// Federal Reserve Bank holidays. One that falls on a Sunday is kept on Monday, one on a Saturday is not kept.
pub fn us_fed(year: i32) -> Vec<NaiveDate> {
    let mut fixed = vec![(1, 1), (7, 4), (11, 11), (12, 25)];
    if year >= 2021 {
        fixed.push((6, 19));
    }
    let mut days: Vec<NaiveDate> = fixed
        .into_iter()
        .map(|(month, day)| date(year, month, day))
        .map(|day| if day.weekday() == Weekday::Sun { day + Days::new(1) } else { day })
        .collect();
    days.extend([
        nth(year, 2, Weekday::Mon, 3),
        last_monday_of_may(year),
        nth(year, 9, Weekday::Mon, 1),
        nth(year, 10, Weekday::Mon, 2),
        nth(year, 11, Weekday::Thu, 4),
    ]);
    if year >= 1986 {
        days.push(nth(year, 1, Weekday::Mon, 3));
    }
    days
}

/// Full closes of the US bond market: the Fed's holidays and Good Friday; a Saturday 4 July, Juneteenth or Christmas is
/// kept on Friday.
pub fn us_sifma(year: i32) -> Vec<NaiveDate> {
    let juneteenth_too_early = |day: &NaiveDate| year < 2022 && day.month() == 6;
    let mut days: Vec<NaiveDate> = us_fed(year).into_iter().filter(|day| !juneteenth_too_early(day)).collect();
    days.push(easter(year) - Days::new(2));
    days.extend(saturday_on_friday(year));
    days
}

/// Full closes of the New York Stock Exchange: as the bond market but open on Columbus and Veterans Day; Martin Luther
/// King Day from 1998.
pub fn us_nyse(year: i32) -> Vec<NaiveDate> {
    let mut days = us_sifma(year);
    let bonds_only = |day: &NaiveDate| day.month() == 10 || (day.month() == 11 && day.day() < 15);
    days.retain(|day| !bonds_only(day));
    if year < 1998 {
        let king = nth(year, 1, Weekday::Mon, 3);
        days.retain(|day| *day != king);
    }
    days
}

/// True on 20 November (Consciencia Negra).
pub fn is_20_november(day: NaiveDate) -> bool {
    (day.month(), day.day()) == (11, 20)
}

fn saturday_on_friday(year: i32) -> Vec<NaiveDate> {
    let mut fixed = vec![(7, 4), (12, 25)];
    if year >= 2022 {
        fixed.push((6, 19));
    }
    fixed
        .into_iter()
        .map(|(month, day)| date(year, month, day))
        .filter(|day| day.weekday() == Weekday::Sat)
        .map(|day| day - Days::new(1))
        .collect()
}

fn nth(year: i32, month: u32, weekday: Weekday, n: u8) -> NaiveDate {
    NaiveDate::from_weekday_of_month_opt(year, month, weekday, n).unwrap_or_default()
}

fn last_monday_of_may(year: i32) -> NaiveDate {
    let end = date(year, 5, 31);
    end - Days::new(u64::from(end.weekday().num_days_from_monday()))
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    // Called with months and days that exist in every year.
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
