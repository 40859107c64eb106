//! The file of instruments: one row an instrument, or a family of dated ones.
//!
//! A family's id holds `{month}` (a contract month, `F27`) or `{maturity}` (a date, `2029-01-01`); the placeholder is
//! filled in wherever the row has it. Prices are `quotation|publisher|publisher's code|series id`, in order of preference,
//! separated by semicolons.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::kind::Parameters;
use super::{AssetClass, Contract, Currency, Instrument, InstrumentId, InstrumentKind, PriceSource};
use crate::{CalendarId, SeriesId};

/// Why a file of instruments cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstrumentFileError {
    /// A row does not parse or says something that cannot be.
    #[error("instruments line {line}: {why}")]
    Row {
        /// Line in the file, the header being 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// An id occurs twice.
    #[error("instruments line {line}: {id} is defined twice")]
    Duplicate {
        /// Line of the second definition.
        line: usize,
        /// The id.
        id: InstrumentId,
    },
}

/// What a file of instruments says.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    /// Rows of one instrument each: the desk's first, in the file's order.
    pub(super) instruments: Vec<Instrument>,
    /// How many of them are the desk's.
    pub(super) desk: usize,
    /// Rows of families.
    families: Vec<Row>,
}

/// Reads a file.
///
/// # Errors
/// The first row that is wrong, and how.
pub(super) fn read(text: &str) -> Result<File, InstrumentFileError> {
    let mut file = File::default();
    let mut others = Vec::new();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let line = index + 2;
        let wrong = |why: String| InstrumentFileError::Row { line, why };
        let row = row.map_err(|error| wrong(error.to_string()))?;
        if row.id.contains('{') {
            // One member stands for all: what is wrong with it is wrong with each.
            row.member(SAMPLE).map_err(wrong)?;
            row.months().map_err(wrong)?;
            file.families.push(row);
            continue;
        }
        let instrument = row.instrument(None).map_err(wrong)?;
        if file.instruments.iter().chain(&others).any(|held: &Instrument| held.id == instrument.id) {
            return Err(InstrumentFileError::Duplicate { line, id: instrument.id });
        }
        match row.desk.as_str() {
            "yes" => file.instruments.push(instrument),
            "no" => others.push(instrument),
            other => return Err(wrong(format!("desk = {other:?} is neither yes nor no"))),
        }
    }
    file.desk = file.instruments.len();
    file.instruments.append(&mut others);
    Ok(file)
}

/// Years for which families have members.
const YEARS: std::ops::Range<i32> = 2000..2080;
const SAMPLE: NaiveDate = match NaiveDate::from_ymd_opt(2030, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

impl File {
    /// Every member of every family.
    ///
    /// # Errors
    /// What is wrong with the first member that is wrong.
    pub(super) fn members(&self) -> Result<Vec<Instrument>, String> {
        let mut members = Vec::new();
        for row in &self.families {
            for month in row.months()? {
                for date in YEARS.filter_map(|year| NaiveDate::from_ymd_opt(year, month, 1)) {
                    members.push(row.member(date)?);
                }
            }
        }
        Ok(members)
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Row {
    id: String,
    name: String,
    desk: String,
    asset_class: String,
    currency: String,
    venue: String,
    code: String,
    multiplier: String,
    lot: u32,
    tick: String,
    tick_unit: String,
    quote_unit: String,
    cost_bp: f64,
    calendar: String,
    kind: String,
    parameters: String,
    prices: String,
    inputs: String,
    verification: String,
}

impl Row {
    /// The months in which members of a family fall due.
    fn months(&self) -> Result<Vec<u32>, String> {
        let parameters = Parameters::parse(&self.parameters)?;
        let Some(text) = parameters.get("months") else { return Ok((1..=12).collect()) };
        let month = |part: &str| {
            let month = part.parse().ok().filter(|month| (1..=12).contains(month));
            month.ok_or_else(|| format!("month {part:?} is not 1 to 12"))
        };
        text.split('|').map(month).collect()
    }

    fn member(&self, date: NaiveDate) -> Result<Instrument, String> {
        let letter = char::from(b"FGHJKMNQUVXZ"[date.month0() as usize]);
        let month = format!("{letter}{:02}", date.year().rem_euclid(100));
        let fill = |text: &String| text.replace("{month}", &month).replace("{maturity}", &date.to_string());
        let filled = Row {
            id: fill(&self.id),
            name: fill(&self.name),
            code: fill(&self.code),
            prices: fill(&self.prices),
            inputs: fill(&self.inputs),
            ..self.clone()
        };
        match filled.id.contains('{') {
            true => Err(format!("id {:?} has a placeholder other than {{month}} and {{maturity}}", self.id)),
            false => filled.instrument(Some(date)),
        }
    }

    fn instrument(&self, member: Option<NaiveDate>) -> Result<Instrument, String> {
        let kind = InstrumentKind::of_row(&self.kind, &Parameters::parse(&self.parameters)?, member)?;
        let class = AssetClass::ALL.into_iter().find(|class| class.as_str() == self.asset_class);
        let currency = [Currency::Brl, Currency::Usd].into_iter().find(|currency| currency.code() == self.currency);
        let positive = |what: &str, text: &str| {
            let number = text.parse::<Decimal>().ok().filter(|number| *number > Decimal::ZERO);
            number.ok_or_else(|| format!("{what} {text:?} is not a number above zero"))
        };
        if self.id.is_empty() || self.name.is_empty() || self.code.is_empty() {
            return Err("id, name and code must not be empty".to_owned());
        }
        if self.lot == 0 || !(self.cost_bp.is_finite() && self.cost_bp > 0.0) {
            return Err(format!("lot {} and cost {} must be above zero", self.lot, self.cost_bp));
        }
        let inputs: Vec<SeriesId> = self.inputs.split(';').filter(|id| !id.is_empty()).map(SeriesId::new).collect();
        if inputs.is_empty() {
            return Err("inputs are empty: nothing would be expected of its data".to_owned());
        }
        let prices = self.prices.split(';').filter(|part| !part.is_empty()).map(PriceSource::parse);
        Ok(Instrument {
            id: InstrumentId::new(&self.id),
            name: self.name.clone(),
            asset_class: class.ok_or_else(|| format!("asset class {:?} is not known", self.asset_class))?,
            currency: currency.ok_or_else(|| format!("currency {:?} is not known", self.currency))?,
            kind,
            contract: Contract {
                code: self.code.clone(),
                venue: self.venue.clone(),
                multiplier: positive("multiplier", &self.multiplier)?,
                lot: self.lot,
                tick: positive("tick", &self.tick)?,
                tick_unit: self.tick_unit.clone(),
                quote_unit: self.quote_unit.clone(),
                cost_bp: self.cost_bp,
                verification: self.verification.clone(),
            },
            calendar: CalendarId::from_code(&self.calendar)
                .ok_or_else(|| format!("calendar {:?} is not known", self.calendar))?,
            prices: prices.collect::<Result<_, String>>()?,
            inputs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "id,name,desk,asset_class,currency,venue,code,multiplier,lot,tick,tick_unit,quote_unit,cost_bp,\
                          calendar,kind,parameters,prices,inputs,verification,notes";
    const DI: &str =
        "DI_X,a DI,yes,nominal_rates,BRL,B3,DI1,1,5,0.005,% p.a.,PU points,0.6,b3,di_future,bd=252,,BR_CDI_DAILY,,";

    fn error(row: &str) -> String {
        read(&format!("{HEADER}\n{row}\n")).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_row_is_named_with_its_line_and_what_is_wrong() {
        assert_eq!(read(&format!("{HEADER}\n{DI}\n")).unwrap().desk, 1);
        for (from, to, why) in [
            ("bd=252", "bd=0", "parameter bd must not be zero"),
            ("bd=252", "bd=252;years=1", "kind di_future has no parameter \"years\""),
            ("bd=252", "", "parameter bd is missing"),
            ("di_future,bd=252", "di_contract,", "kind di_contract is of a family: its id needs a placeholder"),
            ("di_future", "di_futures", "kind \"di_futures\" is not known"),
            ("nominal_rates", "rates", "asset class \"rates\" is not known"),
            (",B3,DI1,1,", ",B3,DI1,-1,", "multiplier \"-1\" is not a number above zero"),
            (",b3,", ",b4,", "calendar \"b4\" is not known"),
            ("DI_X,", "DI_{year},", "id \"DI_{year}\" has a placeholder other than {month} and {maturity}"),
            (",yes,", ",maybe,", "desk = \"maybe\" is neither yes nor no"),
            ("bd=252,,", "bd=252,close|||A,", "quotation \"close\" of \"close|||A\" is not known"),
        ] {
            assert!(DI.contains(from), "{from}");
            assert_eq!(error(&DI.replacen(from, to, 1)), format!("instruments line 2: {why}"));
        }
        assert_eq!(error(&format!("{DI}\n{DI}")), "instruments line 3: DI_X is defined twice");
    }
}
