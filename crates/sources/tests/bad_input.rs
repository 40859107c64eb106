//! What must be refused, and how it must be said.

mod common;

use common::{figures, read, rules};

/// A file refused whole: nothing stored, and the rule named.
#[test]
fn whole_files_are_refused_by_rule() {
    let sgs = "bcb_sgs/433.csv";
    let cases: &[(&str, &str, &[u8], &str)] = &[
        ("empty", sgs, b"", "empty_file"),
        ("blank", sgs, b" \r\n\r\n", "empty_file"),
        ("HTML", sgs, b"<!DOCTYPE html><html><body>502</body></html>", "html_instead_of_data"),
        ("XML after a mark", sgs, b"\xEF\xBB\xBF<?xml version=\"1.0\"?><error/>", "html_instead_of_data"),
        ("gzip", sgs, b"\x1f\x8b\x08\x00", "compressed_file"),
        ("UTF-16", sgs, b"\xFF\xFEd\0a\0", "wrong_encoding"),
        (
            "latin-1 for UTF-8",
            "f.csv",
            b"Indicador,Data,DataReferencia,Mediana\nC\xE2mbio,2026-03-20,2026,5\n",
            "wrong_encoding",
        ),
        ("no header", sgs, b"\"01/01/2024\";\"0,42\"\n", "header_missing"),
        ("another separator", sgs, b"data,valor\n01/01/2024,0.42\n", "header_missing"),
        ("column gone", "s.csv", b"refdate;commodity;maturity_code;rate\n2026-03-31;DI1;F27;14\n", "header_missing"),
        ("ragged end", "fred/DGS10.csv", b"observation_date,DGS10\n2026-03-26,4.33\n2026-03-2", "truncated_file"),
        ("open quote", sgs, b"\"data\";\"valor\"\n\"01/01/2024\";\"0,4", "truncated_file"),
        (
            "JSON cut short",
            "bcb_sgs/1.json",
            b"[{\"data\":\"02/01/2020\",\"valor\":\"4.0213\"},{\"data\":\"03",
            "truncated_file",
        ),
        ("not the JSON", "bcb_sgs/1.json", b"[{\"data\":1,\"valor\":2}]", "bad_json"),
        ("JSON error", "bcb_sgs/1.json", b"{\"error\":\"O sistema aceita uma janela de 10 anos\"}", "error_body"),
        ("FRED error", "fred/X.json", b"{\"error_code\":400,\"error_message\":\"Bad Request.\"}", "error_body"),
        ("no code in the name", "series.csv", b"\"data\";\"valor\"\n\"01/01/2024\";\"0,42\"\n", "unknown_series"),
        (
            "points for commas",
            sgs,
            b"\"data\";\"valor\"\n\"01/01/2024\";\"0.42\"\n\"01/02/2024\";\"0.83\"\n",
            "most_rows_bad",
        ),
        ("commas for points", "bcb_sgs/1.json", b"[{\"data\":\"02/01/2020\",\"valor\":\"4,0213\"}]", "most_rows_bad"),
        ("other dates", sgs, b"\"data\";\"valor\"\n\"2024-01-01\";\"0,42\"\n", "most_rows_bad"),
    ];
    for (what, path, bytes, rule) in cases {
        let batch = read(path, bytes);
        assert_eq!(batch.findings.len(), 1, "{what}");
        assert_eq!((batch.findings[0].rule.as_str(), batch.findings[0].rejects), (*rule, true), "{what}");
        assert!(batch.observations.is_empty() && batch.definitions.is_empty(), "{what}");
        assert!(batch.rows_rejected > 0 && batch.rows_rejected == batch.rows_read, "{what}");
        assert_eq!(batch.raw_bytes, bytes.len() as u64);
    }
}

/// One bad row among good ones: the good ones stand.
#[test]
fn single_rows_are_refused_by_rule() {
    let cases = [
        ("a comma for a point", "2026-03-26,\"4,33\"", "wrong_decimal_separator"),
        ("no number", "2026-03-26,n.d.", "bad_decimal"),
        ("cut number", "2026-03-26,4.", "bad_decimal"),
        ("not a number", "2026-03-26,NaN", "not_finite"),
        ("infinite", "2026-03-26,-inf", "not_finite"),
        ("too large", "2026-03-26,1e999", "not_finite"),
        ("no such day", "2026-02-30,4.33", "bad_date"),
        ("ragged", "2026-03-26", "ragged_row"),
        ("tomorrow", "2026-04-01,4.33", "future_period"),
        ("absurdly early", "0026-03-26,4.33", "absurd_date"),
        ("absurdly late", "9999-03-26,4.33", "absurd_date"),
    ];
    for (what, row, rule) in cases {
        let text = format!("observation_date,DGS10\n2026-03-24,4.31\n{row}\n2026-03-25,4.32\n");
        let batch = read("fred/DGS10.csv", text);
        assert_eq!(figures(&batch), ["US_DGS10 2026-03-24 4.31", "US_DGS10 2026-03-25 4.32"], "{what}");
        let finding = &batch.findings[0];
        assert_eq!((finding.rule.as_str(), finding.line, finding.rejects), (rule, Some(3), true), "{what}");
        assert_eq!((batch.findings.len(), batch.rows_read, batch.rows_rejected), (1, 3, 1), "{what}");
    }
}

#[test]
fn a_repeated_row_is_a_remark_and_a_contradiction_refuses_both() {
    let text = "observation_date,DGS10\n2026-03-24,4.31\n2026-03-24,4.31\n2026-03-25,4.32\n2026-03-25,4.99\n";
    let batch = read("fred/DGS10.csv", text);
    assert_eq!(figures(&batch), ["US_DGS10 2026-03-24 4.31"]);
    assert_eq!(rules(&batch), ["duplicate_row", "conflicting_rows"]);
    assert_eq!(batch.rows_rejected, 2);
    assert_eq!(batch.findings[1].message, "US_DGS10 of 2026-03-25 is 4.32 here and something else on line 5");
}

#[test]
fn a_monthly_code_does_not_take_daily_rows() {
    let text = "\"data\";\"valor\"\n\"01/02/2024\";\"0,42\"\n\"02/02/2024\";\"0,42\"\n";
    assert_eq!(rules(&read("433.csv", text)), ["period_not_aligned"]);
}

#[test]
fn series_announced_ahead_are_stored_and_stay_invisible_until_their_time() {
    let wage = read("1619.csv", "\"data\";\"valor\"\n\"01/03/2026\";\"1621,00\"\n\"01/06/2026\";\"1621,00\"\n");
    assert_eq!((wage.observations.len(), wage.rows_rejected), (2, 0));
    assert!(wage.observations[1].released_at > common::now());
    let selic = read("432.csv", "\"data\";\"valor\"\n\"31/03/2026\";\"14,75\"\n\"29/04/2026\";\"14,75\"\n");
    assert!(selic.observations[0].released_at <= common::now());
    assert!(selic.observations[1].released_at > common::now());
    let potential = read("x.csv", "observation_date,GDPPOT\n2030-01-01,26000\n");
    assert!(potential.observations[0].released_at > common::now());
}

#[test]
fn a_remark_on_an_unknown_column_costs_nothing() {
    let text = "refdate;commodity;maturity_code;previous_settlement;settlement;change;rate;contracts;mood\n\
        2026-03-31;DI1;F27;;90597.39;-1.34;14.072;1;good\n";
    let batch = read("s.csv", text);
    assert_eq!((rules(&batch), batch.rows_rejected, batch.observations.len()), (vec!["unknown_column"], 0, 3));
}

#[test]
fn what_is_no_data_is_skipped_with_a_remark() {
    for (path, rule) in [("README.md", "not_data"), ("MANIFEST.csv", "not_data"), ("notes.txt", "unknown_format")] {
        let batch = read(path, "just words\n");
        assert_eq!((rules(&batch), batch.rows_read, batch.findings[0].rejects), (vec![rule], 0, false), "{path}");
    }
    for (path, text) in [
        ("bcb_sgs/1.json", "[]"),
        ("bcb_sgs/1.json", "{\"erro\":{\"statusCode\":404,\"detail\":\"Value(s) not found\"}}"),
        ("bcb_focus/a.json", "{\"value\":[]}"),
        ("433.csv", "\"data\";\"valor\"\n"),
    ] {
        let batch = read(path, text);
        assert_eq!((rules(&batch), batch.rows_rejected), (vec!["no_data"], 0), "{text}");
    }
}

#[test]
fn findings_are_capped_and_rows_are_not() {
    let mut text = "observation_date,DGS10\n".to_owned();
    let first: chrono::NaiveDate = "2020-01-01".parse().unwrap();
    for day in 0..300 {
        let value = if day % 3 == 0 { "x" } else { "4.31" };
        text.push_str(&format!("{},{value}\n", first + chrono::Days::new(day)));
    }
    let batch = read("fred/DGS10.csv", text);
    assert_eq!((batch.rows_read, batch.rows_rejected, batch.findings.len()), (300, 100, 21));
    assert_eq!(batch.findings[20].message, "80 more of the same rule in this file");
}
