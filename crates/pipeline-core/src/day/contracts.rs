//! Prices of the contracts and sensitivities, as the allocator needs them.

use std::collections::BTreeSet;

use market::curves::CurveBook;
use market::instruments::{self, InstrumentId};
use portfolio::{ContractQuote, Quotes, Sensitivities};

/// The instrument whose price turns dollars into the desk's reais.
const DOLLAR: &str = "USDBRL";

/// Quotes of the contracts in the desk's currency, and why others have none: never a made-up price.
pub(super) fn quotes(book: &CurveBook<'_, '_>, ids: &BTreeSet<InstrumentId>) -> Quotes {
    let dollar = match instruments::find(&InstrumentId::new(DOLLAR)) {
        Some(found) => found.quote_with(book).map(|quote| quote.price).map_err(|error| error.to_string()),
        None => Err(format!("{DOLLAR} is not in the universe of instruments")),
    };
    let mut quotes = Quotes::default();
    for id in ids {
        let quoted = match instruments::find(id) {
            None => Err("it is not in the universe of instruments".to_owned()),
            Some(found) => {
                let fx = match found.currency.code() {
                    "BRL" => Ok(1.0),
                    "USD" => dollar.clone().map_err(|error| format!("its dollars have no price in reais: {error}")),
                    other => Err(format!("{other} has no price in reais")),
                };
                let quote = found.quote_with(book).map_err(|error| error.to_string());
                quote.and_then(|quote| Ok(ContractQuote { price: quote.price, rate: quote.rate, fx: fx? }))
            }
        };
        match quoted {
            Ok(quote) => {
                quotes.quoted.insert(id.clone(), quote);
            }
            Err(reason) => {
                quotes.missing.insert(id.clone(), reason);
            }
        }
    }
    quotes
}

/// Sensitivities of the instruments, or why one has none: the allocator refuses a bound it cannot judge, and says why.
pub(super) fn sensitivities(book: &CurveBook<'_, '_>, ids: &BTreeSet<InstrumentId>) -> Sensitivities {
    let of = |id: &InstrumentId| match instruments::find(id) {
        Some(found) => found.sensitivity_with(book).map_err(|error| error.to_string()),
        None => Err("it is not in the universe of instruments".to_owned()),
    };
    ids.iter().map(|id| (id.clone(), of(id))).collect()
}
