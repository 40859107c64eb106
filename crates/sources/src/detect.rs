//! Which format a file is in, by its first bytes; its path is only asked where the bytes cannot tell.

use crate::findings::Refusal;
use crate::formats;
use crate::parsed::{Context, Outcome};

/// A format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // Each variant is a module of `formats`, which documents it.
pub enum Format {
    BcbSgsCsv,
    BcbSgsJson,
    BcbFocusCsv,
    BcbFocusJson,
    Fredgraph,
    FredObservations,
    UsTreasury,
    Cboe,
    CftcSocrata,
    CftcText,
    B3Settlement,
    B3Curves,
    B3Ibov,
    TesouroDireto,
    AnbimaMs,
    Embi,
    Yahoo,
    Eia,
}

/// What the first look at a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detected {
    /// It is in a known format.
    Format(Format),
    /// It is documentation or a list of files.
    NotData,
    /// Nothing known.
    Unknown,
}

impl Format {
    /// Publisher, as the catalogue names it.
    pub fn source(self) -> &'static str {
        match self {
            Self::BcbSgsCsv | Self::BcbSgsJson => "BCB_SGS",
            Self::BcbFocusCsv | Self::BcbFocusJson => "BCB_FOCUS",
            Self::Fredgraph | Self::FredObservations => "FRED",
            Self::UsTreasury => "US_TREASURY",
            Self::Cboe => "CBOE",
            Self::CftcSocrata | Self::CftcText => "CFTC",
            Self::B3Settlement | Self::B3Curves | Self::B3Ibov => "B3",
            Self::TesouroDireto => "STN_TD",
            Self::AnbimaMs => "ANBIMA",
            Self::Embi => "BCRD_EMBI",
            Self::Yahoo => "YAHOO",
            Self::Eia => "EIA",
        }
    }

    /// Reads a file in this format.
    ///
    /// # Errors
    /// The reason to refuse the file.
    pub fn parse(self, bytes: &[u8], context: &Context<'_>) -> Outcome {
        let read = match self {
            Self::BcbSgsCsv => formats::bcb_sgs::parse_csv,
            Self::BcbSgsJson => formats::bcb_sgs::parse_json,
            Self::BcbFocusCsv => formats::bcb_focus::parse_csv,
            Self::BcbFocusJson => formats::bcb_focus::parse_json,
            Self::Fredgraph => formats::fredgraph::parse,
            Self::FredObservations => formats::fred_observations::parse,
            Self::UsTreasury => formats::us_treasury::parse,
            Self::Cboe => formats::cboe::parse,
            Self::CftcSocrata => formats::cftc::parse_socrata,
            Self::CftcText => formats::cftc::parse_text,
            Self::B3Settlement => formats::b3_settlement::parse,
            Self::B3Curves => formats::b3_curves::parse,
            Self::B3Ibov => formats::b3_ibov::parse,
            Self::TesouroDireto => formats::tesouro_direto::parse,
            Self::AnbimaMs => formats::anbima_ms::parse,
            Self::Embi => formats::embi::parse,
            Self::Yahoo => formats::named_price::parse_yahoo,
            Self::Eia => formats::named_price::parse_eia,
        };
        read(bytes, context)
    }

    /// The format a folder's name promises, for files whose bytes do not say.
    fn of_folder(context: &Context<'_>) -> Option<&'static str> {
        [
            "bcb_sgs",
            "bcb_focus",
            "fred",
            "alfred",
            "us_treasury",
            "cboe",
            "cftc",
            "b3",
            "tesouro_direto",
            "anbima",
            "embi",
            "yahoo",
            "eia",
        ]
        .into_iter()
        .find(|folder| context.in_folder(folder))
    }
}

/// Publisher a folder's name promises, for messages about files that cannot be told.
pub fn publisher_of_folder(context: &Context<'_>) -> &'static str {
    match Format::of_folder(context) {
        Some("bcb_sgs") => "BCB_SGS",
        Some("bcb_focus") => "BCB_FOCUS",
        Some("fred" | "alfred") => "FRED",
        Some("us_treasury") => "US_TREASURY",
        Some("cboe") => "CBOE",
        Some("cftc") => "CFTC",
        Some("b3") => "B3",
        Some("tesouro_direto") => "STN_TD",
        Some("anbima") => "ANBIMA",
        Some("embi") => "BCRD_EMBI",
        Some("yahoo") => "YAHOO",
        Some("eia") => "EIA",
        _ => "UNKNOWN",
    }
}

/// Looks at a file's first bytes.
///
/// # Errors
/// `header_missing` when the folder promises a publisher's data and the bytes are none of its formats.
pub fn detect(bytes: &[u8], context: &Context<'_>) -> Result<Detected, Refusal> {
    let name = context.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let documentation = name.starts_with("readme") || name.starts_with("manifest") || name.starts_with('.');
    if documentation || [".md", ".pdf", ".log"].iter().any(|end| name.ends_with(end)) {
        return Ok(Detected::NotData);
    }
    crate::text::refuse_impostors(bytes)?;
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let head = String::from_utf8_lossy(&body[..body.len().min(2000)]);
    let found = match body.first() {
        Some(b'[' | b'{') => json_format(&head, context),
        _ => table_format(&head),
    };
    match (found, Format::of_folder(context)) {
        (Some(format), _) => Ok(Detected::Format(format)),
        (None, Some(folder)) => {
            let first: String = head.lines().next().unwrap_or_default().chars().take(80).collect();
            Err(Refusal::new(
                "header_missing",
                format!("the first line {first:?} is the header of no format read from {folder}"),
            )
            .at(1))
        }
        (None, None) => Ok(Detected::Unknown),
    }
}

fn json_format(head: &str, context: &Context<'_>) -> Option<Format> {
    let has = |key: &str| head.contains(&format!("\"{key}\""));
    if has("data") && has("valor") {
        return Some(Format::BcbSgsJson);
    }
    if has("observations") && has("realtime_start") {
        return Some(Format::FredObservations);
    }
    if has("report_date_as_yyyy_mm_dd") {
        return Some(Format::CftcSocrata);
    }
    if has("Indicador") || head.contains("Expectativas") {
        return Some(Format::BcbFocusJson);
    }
    // An empty answer or an error message says nothing of its format; the folder may.
    match Format::of_folder(context)? {
        "bcb_sgs" => Some(Format::BcbSgsJson),
        "bcb_focus" => Some(Format::BcbFocusJson),
        "fred" | "alfred" => Some(Format::FredObservations),
        "cftc" => Some(Format::CftcSocrata),
        _ => None,
    }
}

fn table_format(head: &str) -> Option<Format> {
    let mut lines = head.lines();
    let first = lines.next()?.trim().to_ascii_lowercase();
    let plain: String = first.chars().filter(|c| *c != '"').collect();
    let second = lines.next().unwrap_or_default();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| plain.starts_with(prefix));
    Some(match plain.as_str() {
        "data;valor" | "data;datafim;valor" | "data;valor;datafim" => Format::BcbSgsCsv,
        "date,close" => Format::Yahoo,
        "date,price" => Format::Eia,
        _ if starts(&["date,open,high,low,close"]) => Format::Cboe,
        _ if starts(&["date,"]) && (plain.contains(" mo") || plain.contains(" yr")) => Format::UsTreasury,
        _ if starts(&["observation_date,"]) => Format::Fredgraph,
        // Two columns and a day like 01/02/2024 are Cboe's, a day like 2024-01-02 is FRED's of before December 2024.
        _ if starts(&["date,"]) && second.contains('/') => Format::Cboe,
        _ if starts(&["date,"]) => Format::Fredgraph,
        _ if starts(&["indicador,"]) => Format::BcbFocusCsv,
        _ if starts(&["market and exchange names,"]) => Format::CftcText,
        _ if starts(&["refdate;commodity;"]) => Format::B3Settlement,
        _ if starts(&["refdate;curve_name;"]) => Format::B3Curves,
        _ if starts(&["ibovespa"]) => Format::B3Ibov,
        _ if starts(&["tipo titulo;", "data base;"]) => Format::TesouroDireto,
        // Its header comes after a title.
        _ if head.contains(formats::anbima_ms::HEADER) => Format::AnbimaMs,
        _ if starts(&["date;"]) => Format::Embi,
        _ => return None,
    })
}
