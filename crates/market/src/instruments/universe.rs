//! The instruments of the program, from `reference/instruments.csv`.
//!
//! [`universe`] is the desk's list: what its strategies trade and what the quality step expects data for. [`catalogue`]
//! holds every instrument with a name, the desk's first; [`find`] knows those and every dated one of a family besides
//! (`DI1F27`, `LTN_2029-01-01`, `NTNF_2031-01-01`). An instrument outside the desk's list prices like any other; that its
//! data is missing is told by the strategy or position that needs it and degrades no day on which nobody does.
//!
//! Costs are one tick of the traded contract as a share of exposure, rounded up, plus fees of the order of 0.1 bp: half
//! a tick is the touch, the other half what a desk of moderate size moves. For rates the tick in rate is multiplied by the
//! modified duration at 13 % (DI: 0.005 points of percent to five years, 0.01 beyond) or is 1/64 to 1/32 of a point
//! (UST). They are defaults for configuration to replace.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::file::{self, File};
use super::{Instrument, InstrumentId};

const EMBEDDED: &str = include_str!("../../reference/instruments.csv");

/// The desk's instruments, in the order of reports.
pub fn universe() -> &'static [Instrument] {
    &FILE.instruments[..FILE.desk]
}

/// Every instrument with a name of its own: the desk's, then the others.
pub fn catalogue() -> &'static [Instrument] {
    &FILE.instruments
}

/// The instrument of an id, also one of a family of dated instruments.
pub fn find(id: &InstrumentId) -> Option<&'static Instrument> {
    NAMED.get(id).copied().or_else(|| MEMBERS.get(id))
}

static FILE: LazyLock<File> = LazyLock::new(|| match file::read(EMBEDDED) {
    Ok(file) => file,
    Err(error) => panic!("the embedded instruments are part of the program and must parse: {error}"),
});

static NAMED: LazyLock<BTreeMap<&'static InstrumentId, &'static Instrument>> =
    LazyLock::new(|| catalogue().iter().map(|instrument| (&instrument.id, instrument)).collect());

/// Made when first asked for an id that is not a name.
static MEMBERS: LazyLock<BTreeMap<InstrumentId, Instrument>> = LazyLock::new(|| match FILE.members() {
    Ok(members) => members.into_iter().map(|instrument| (instrument.id.clone(), instrument)).collect(),
    Err(why) => panic!("the embedded instruments are part of the program and must parse: {why}"),
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruments::{InstrumentKind, RiskFactor};

    #[test]
    fn the_embedded_file_reads_and_every_class_is_in_it() {
        assert_eq!(universe().len(), 13);
        let factors: std::collections::BTreeSet<RiskFactor> =
            catalogue().iter().map(|instrument| instrument.factor()).collect();
        assert!(factors.contains(&RiskFactor::Commodity) && factors.contains(&RiskFactor::SovereignSpread));
        for instrument in catalogue() {
            assert_eq!(find(&instrument.id), Some(instrument));
        }
    }

    #[test]
    fn dated_instruments_are_found_by_their_code() {
        let month = "2027-01-01".parse().unwrap();
        let di = find(&"DI1F27".into()).unwrap();
        assert_eq!(di.kind, InstrumentKind::DiContract { month });
        assert_eq!(di.prices[0].id.as_str(), "B3.DI1F27.RATE");
        let ltn = find(&"LTN_2029-04-01".into()).unwrap();
        assert_eq!(ltn.kind, InstrumentKind::Ltn { maturity: "2029-04-01".parse().unwrap() });
        for absent in ["DI1A27", "DI1{month}", "LTN_2029-02-01", "NTNF_2031-04-01", "DI1F2027", ""] {
            assert_eq!(find(&absent.into()), None, "{absent}");
        }
    }
}
