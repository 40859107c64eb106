//! CFTC legacy report: as of Tuesday, public on Friday 15:30 in New York, later in shutdowns.

use chrono::Weekday;
use market::ReleaseBasis;

use super::{Press, Row, round};
use crate::random::Stream;

/// Contract code, open interest, standard deviation of net positions as a share of it.
const MARKETS: [(&str, f64, f64); 7] = [
    ("102741", 60_000.0, 0.25),
    ("099741", 650_000.0, 0.12),
    ("096742", 230_000.0, 0.18),
    ("088691", 480_000.0, 0.25),
    ("13874+", 2_300_000.0, 0.05),
    ("043602", 4_500_000.0, 0.08),
    ("067651", 2_000_000.0, 0.12),
];
/// Weekly persistence of net positions.
const PERSISTENCE: f64 = 0.93;

pub(super) fn print(press: &mut Press<'_>) {
    for (code, interest, deviation) in MARKETS {
        market(press, code, interest, deviation);
    }
}

fn market(press: &mut Press<'_>, code: &str, interest: f64, deviation: f64) {
    let mut net = Net { share: 0.0, deviation, draws: press.noise(&format!("CFTC.{code}")) };
    let mut fields: [Vec<Row>; 3] = Default::default();
    for tuesday in press.weeks(Weekday::Tue) {
        let released_at = press.calendars.releases().cftc(press.calendars, tuesday).at;
        let (share, size) = net.step();
        let open = interest * size;
        for (rows, value) in fields.iter_mut().zip([open * (0.25 + share / 2.0), open * (0.25 - share / 2.0), open]) {
            let value = round(value.max(0.0), 0);
            rows.push(Row { period: tuesday, value, released_at, basis: ReleaseBasis::Scheduled });
        }
    }
    for (field, rows) in ["NONCOMM_LONG", "NONCOMM_SHORT", "OPEN_INTEREST"].iter().zip(fields) {
        let definition = press.definition(&format!("CFTC.{code}.{field}"));
        press.add(definition, rows);
    }
}

/// Net non-commercial position as a share of open interest: a slow autoregression.
struct Net {
    share: f64,
    deviation: f64,
    draws: Stream,
}

impl Net {
    /// Net share, and the factor of open interest.
    fn step(&mut self) -> (f64, f64) {
        let shock = self.deviation * (1.0 - PERSISTENCE * PERSISTENCE).sqrt() * self.draws.normal();
        self.share = PERSISTENCE * self.share + shock;
        (self.share.clamp(-0.48, 0.48), (0.05 * self.draws.normal()).exp())
    }
}
