//! What the inflation and monetary agents read beyond the shared series: components, monthly survey, meetings, curves.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::{World, date, noise, today};

/// Weights of the nine groups in the made-up headline.
pub const WEIGHTS: [f64; 9] = [0.22, 0.16, 0.04, 0.05, 0.20, 0.05, 0.13, 0.10, 0.05];

impl World {
    pub(super) fn add_prices_and_policy(&mut self) {
        self.components();
        self.monthly_survey();
        self.united_states();
        self.policy();
    }

    /// The made-up IPCA of a month, as the standard world prints it.
    pub fn headline(&self, row: usize) -> f64 {
        self.observations[&"BR_IPCA_MOM".into()][row].value
    }

    fn components(&mut self) {
        let headline: Vec<f64> = (0..195).map(|row| self.headline(row)).collect();
        let own = |g: usize, i: i64| 0.4 * noise(i, 40.0 + g as f64);
        let shared = |i: i64| WEIGHTS.iter().enumerate().map(|(g, w)| w * own(g, i)).sum::<f64>();
        for (g, id) in agents::inflation::bottom_up::GROUPS.into_iter().enumerate() {
            self.monthly(id, 10, |i| headline[i as usize] + own(g, i) - shared(i));
        }
        // Tradables, non-tradables and administered prices with weights 0.35, 0.40 and 0.25.
        let part = |k: f64, i: i64| 0.3 * noise(i, 50.0 + k);
        self.monthly("BR_IPCA_TRADABLE_MOM", 10, |i| headline[i as usize] + part(1.0, i));
        self.monthly("BR_IPCA_NONTRAD_MOM", 10, |i| headline[i as usize] + part(2.0, i));
        self.monthly("BR_IPCA_ADMIN_MOM", 10, |i| {
            headline[i as usize] - (0.35 * part(1.0, i) + 0.40 * part(2.0, i)) / 0.25
        });
        for (k, id) in [
            "BR_IPCA_SERV_MOM",
            "BR_IPCA_FREE_MOM",
            "BR_IPCA_INDUST_MOM",
            "BR_IPCA_FOODHOME_MOM",
            "BR_IPCA15_MOM",
            "BR_INPC_MOM",
            "BR_IGPM_MOM",
            "BR_IPADI_MOM",
        ]
        .into_iter()
        .enumerate()
        {
            self.monthly(id, 10, |i| headline[i as usize] + 0.1 * noise(i, 60.0 + k as f64));
        }
        self.monthly("BR_IPCA_DIFFUSION", 10, |i| 60.0 + 8.0 * noise(i, 70.0));
        for (k, id) in ["BR_ICBR_AGRO", "BR_ICBR_ENERGY"].into_iter().enumerate() {
            self.monthly(id, 5, |i| 150.0 * (0.003 * i as f64 + 0.05 * noise(i, 71.0 + k as f64)).exp());
        }
    }

    /// Medians of the month dated on its 5th and 30th day, public three days later; the print comes on the 11th after it.
    fn monthly_survey(&mut self) {
        for (i, month) in Self::months().into_iter().enumerate() {
            let id = format!("BR_FOCUS_IPCA_MONTHLY.{}.MEDIAN", month.format("%Y-%m"));
            let expected = self.headline(i) - 0.08 * noise(i as i64, 80.0);
            for surveyed in [month + Days::new(5), month + Months::new(1) + Days::new(4)] {
                self.push(&id, surveyed, expected, surveyed + Days::new(3));
            }
        }
    }

    fn united_states(&mut self) {
        for (k, (id, pace)) in
            [("US_CPI", 0.0023), ("US_CPI_CORE", 0.0024), ("US_PCE_PI", 0.0021), ("US_PCE_SUPERCORE", 0.0027)]
                .into_iter()
                .chain([("US_PPI_FD", 0.0020), ("US_AHE", 0.003)])
                .enumerate()
        {
            self.monthly(id, 28, |i| 90.0 * (pace * i as f64 + 0.0003 * noise(i, 90.0 + k as f64)).exp());
        }
        self.monthly("US_MICH_1Y", 28, |i| 3.0 + 0.3 * noise(i, 97.0));
        self.daily("US_T5YIE", |i| 2.4 + 0.1 * noise(i, 98.0));
        self.daily("US_T10YIE", |i| 2.3 + 0.1 * noise(i, 99.0));
        self.daily("US_T5YIFR", |i| 2.2 + 0.1 * noise(i, 100.0));
        self.daily("EIA:RWTC", |i| 70.0 * (0.05 * noise(i, 101.0)).exp());
        self.daily("US_NFCI", |i| -0.5 + 0.05 * noise(i, 102.0));
        for (id, rate) in [
            ("US_PAR_1M", 3.70),
            ("US_PAR_3M", 3.65),
            ("US_PAR_6M", 3.60),
            ("US_PAR_1Y", 3.55),
            ("US_PAR_2Y", 3.50),
            ("US_PAR_5Y", 3.70),
        ] {
            self.daily(id, |i| rate + 0.01 * noise(i, 103.0));
        }
        let quarters = (0..64).map(|quarter| date("2010-01-01") + Months::new(3 * quarter));
        for (quarter, period) in quarters.enumerate() {
            let level = 16_000.0 * (0.005 * quarter as f64 + 0.004 * noise(quarter as i64, 104.0)).exp();
            self.push("US_GDP_REAL", period, level, period + Months::new(3) + Days::new(29));
        }
    }

    /// Policy rates before the daily series of the world start, the Selic by meeting and year, and a year and a half of DI
    /// contracts, all on Fridays.
    fn policy(&mut self) {
        for (i, month) in Self::months().into_iter().enumerate().filter(|(_, month)| *month < date("2020-01-01")) {
            for day in [5, 15, 25] {
                let day = month.with_day(day).unwrap();
                self.push("BR_SELIC_TARGET", day, 8.0 + (i as f64 / 20.0).sin(), day);
                self.push("US_DFF", day, 3.0 + 0.5 * noise(i as i64, 105.0), day);
            }
        }
        self.change("BR_SELIC_TARGET", date("2020-01-01"), |_| 8.0);
        self.change("BR_SELIC_TARGET", date("2025-06-19"), |_| 10.75);
        let first = date("2024-09-06");
        let fridays = first.iter_weeks().take_while(|day| *day <= date("2026-03-27"));
        for (i, friday) in fridays.enumerate() {
            assert_eq!(friday.weekday(), Weekday::Fri);
            let level = 13.0 + 0.4 * noise(i as i64, 106.0);
            for year in friday.year()..=friday.year() + 3 {
                let median = 12.5 - 1.0 * f64::from(year - friday.year());
                self.survey(&format!("BR_FOCUS_SELIC_ANNUAL.{year}.MEDIAN"), friday, median);
            }
            for meeting in 1..=8 {
                let id = format!("BR_FOCUS_SELIC_MEETING.R{meeting}-{}.MEDIAN", friday.year());
                self.survey(&id, friday, 14.5 - 0.25 * f64::from(meeting));
            }
            for code in ["F27", "F28", "F29", "F31"] {
                self.push(&format!("B3.DI1{code}.RATE"), friday, level, friday);
            }
        }
    }

    fn survey(&mut self, id: &str, surveyed: NaiveDate, median: f64) {
        // The standard world already holds the survey of 20 March.
        if surveyed != date("2026-03-20") || !id.contains("ANNUAL") {
            self.push(id, surveyed, median, (surveyed + Days::new(3)).min(today()));
        }
    }
}
