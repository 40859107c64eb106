//! One small sample per format, shaped like the publisher's own.

mod common;

use common::{figures, read, rules};
use market::{Frequency, ReleaseBasis, Tenor};

#[test]
fn sgs_csv_has_decimal_commas_and_sgs_json_decimal_points() {
    let csv = read(
        "bcb_sgs/433.csv",
        "\"data\";\"valor\"\r\n\"01/01/2024\";\"0,42\"\r\n\"01/02/2024\";\"0,83\"\r\n\"01/03/2024\";\"-\"\r\n",
    );
    assert_eq!(figures(&csv), ["BR_IPCA_MOM 2024-01-01 0.42", "BR_IPCA_MOM 2024-02-01 0.83"]);
    assert_eq!((csv.source.as_str(), csv.rows_read, csv.rows_rejected), ("BCB_SGS", 3, 0));
    let json = r#"[{"data":"29/01/2025","valor":"12.15"},{"data":"30/01/2025","valor":""},{"data":"31/01/2025","valor":null}]"#;
    assert_eq!(figures(&read("anything/bcdata.sgs.1178.json", json)), ["BR_SELIC_252 2025-01-29 12.15"]);
    let window = r#"[{"data":"02/01/2024","datafim":"02/02/2024","valor":"0.0875"}]"#;
    assert_eq!(figures(&read("226.json", window)), ["BR_TR 2024-01-02 0.0875"]);
    // A browser's second copy is still the same series.
    assert_eq!(figures(&read("433 (1).csv", "data;valor\n01/01/2024;0,42\n")), ["BR_IPCA_MOM 2024-01-01 0.42"]);
}

#[test]
fn a_code_the_catalogue_lacks_is_kept_and_said() {
    let batch = read("bcb_sgs/99999.csv", "\"data\";\"valor\"\n\"01/01/2024\";\"1,5\"\n\"01/02/2024\";\"1,6\"\n");
    assert_eq!(figures(&batch), ["BCB_SGS:99999 2024-01-01 1.5", "BCB_SGS:99999 2024-02-01 1.6"]);
    assert_eq!(batch.definitions[0].frequency, Frequency::Monthly);
    assert_eq!(rules(&batch), ["not_in_catalogue"]);
}

#[test]
fn fredgraph_is_read_under_both_headers_and_with_several_columns() {
    let new = "observation_date,DGS10\n2026-03-26,4.33\n2026-03-27,.\n2026-03-30,\n";
    assert_eq!(figures(&read("fred/DGS10.csv", new)), ["US_DGS10 2026-03-26 4.33"]);
    let old = "DATE,VIXCLS\n2024-01-02,13.20\n";
    assert_eq!(figures(&read("x.csv", old)), ["US_VIXCLS 2024-01-02 13.2"]);
    let wide = "observation_date,DGS2,DGS10\n2026-03-26,3.80,4.33\n2026-03-27,,4.35\n";
    assert_eq!(
        figures(&read("x.csv", wide)),
        ["US_DGS10 2026-03-26 4.33", "US_DGS10 2026-03-27 4.35", "US_DGS2 2026-03-26 3.8"]
    );
}

#[test]
fn alfred_rows_are_released_on_their_vintage_day_at_the_agencys_hour() {
    let json = r#"{"realtime_start":"1776-07-04","realtime_end":"9999-12-31","count":4,"observations":[
        {"realtime_start":"1999-08-31","realtime_end":"9999-12-31","date":"1990-01-01","value":"127.5"},
        {"realtime_start":"2024-03-12","realtime_end":"2024-04-09","date":"2024-02-01","value":"311.054"},
        {"realtime_start":"2025-02-12","realtime_end":"9999-12-31","date":"2024-02-01","value":"311.1"},
        {"realtime_start":"2025-11-13","realtime_end":"9999-12-31","date":"2025-10-01","value":"."}]}"#;
    let batch = read("alfred/CPIAUCSL.json", json);
    assert_eq!(batch.source, "ALFRED");
    assert_eq!(
        figures(&batch),
        ["US_CPI_RT 1990-01-01 127.5", "US_CPI_RT 2024-02-01 311.054", "US_CPI_RT 2024-02-01 311.1"]
    );
    let stamps: Vec<_> = batch.observations.iter().map(|one| (one.released_at.to_rfc3339(), one.basis)).collect();
    assert_eq!(stamps[0], ("1999-08-31T12:30:00+00:00".to_owned(), ReleaseBasis::Assumed));
    assert_eq!(stamps[1], ("2024-03-12T12:30:00+00:00".to_owned(), ReleaseBasis::Exact));
    assert_eq!(rules(&batch), ["archive_start"]);
}

#[test]
fn fred_observations_of_one_real_time_day_are_no_vintages() {
    let json = r#"{"realtime_start":"2026-03-31","realtime_end":"2026-03-31","count":1,"observations":[
        {"realtime_start":"2026-03-31","realtime_end":"2026-03-31","date":"2024-02-01","value":"311.1"}]}"#;
    let batch = read("CPIAUCSL.json", json);
    assert_eq!(figures(&batch), ["US_CPI 2024-02-01 311.1"]);
    assert_eq!(batch.observations[0].basis, ReleaseBasis::Assumed);
}

#[test]
fn treasury_columns_are_found_by_name() {
    let csv = "Date,\"1 Mo\",\"1.5 Month\",\"2 Mo\",\"10 Yr\",\"50 Yr\"\n03/31/2026,3.74,3.75,N/A,4.31,\n03/30/2026,3.74,,,4.35,\n";
    let batch = read("par.csv", csv);
    assert_eq!(
        figures(&batch),
        [
            "US_PAR_10Y 2026-03-30 4.35",
            "US_PAR_10Y 2026-03-31 4.31",
            "US_PAR_1M 2026-03-30 3.74",
            "US_PAR_1M 2026-03-31 3.74",
            "US_PAR_1_5M 2026-03-31 3.75"
        ]
    );
    assert_eq!(rules(&batch), ["not_in_catalogue"]);
    let real = "Date,\"5 YR\",\"10 YR\"\n03/31/2026,1.50,1.90\n";
    assert_eq!(figures(&read("real.csv", real)), ["US_REAL_10Y 2026-03-31 1.9", "US_REAL_5Y 2026-03-31 1.5"]);
}

#[test]
fn cboe_files_have_four_prices_or_one() {
    let ohlc = "DATE,OPEN,HIGH,LOW,CLOSE\n03/16/2020,57.83,83.56,57.83,82.69\n";
    assert_eq!(
        figures(&read("cboe/VIX_History.csv", ohlc)),
        [
            "US_VIX 2020-03-16 82.69",
            "US_VIX.HIGH 2020-03-16 83.56",
            "US_VIX.LOW 2020-03-16 57.83",
            "US_VIX.OPEN 2020-03-16 57.83"
        ]
    );
    assert_eq!(figures(&read("v.csv", "DATE,VVIX\n03/16/2020,207.59\n")), ["US_VVIX 2020-03-16 207.59"]);
}

#[test]
fn cftc_rows_are_the_same_in_both_forms() {
    let json = r#"[{"report_date_as_yyyy_mm_dd":"2024-02-06T00:00:00.000","market_and_exchange_names":"EURO FX",
        "cftc_contract_market_code":"099741","open_interest_all":"700000","noncomm_positions_long_all":"200025",
        "noncomm_positions_short_all":"190746"}]"#;
    let text = "\"Market and Exchange Names\",\"As of Date in Form YYMMDD\",\"As of Date in Form YYYY-MM-DD\",\
        \"CFTC Contract Market Code\",\"Open Interest (All)\",\"Noncommercial Positions-Long (All)\",\
        \"Noncommercial Positions-Short (All)\",\" Total Reportable Positions-Long (All)\"\n\
        \"EURO FX - CHICAGO MERCANTILE EXCHANGE\",240206,2024-02-06,099741,  700000,  200025,  190746,   .\n";
    let (json, text) = (read("eur.json", json), read("annual.txt", text));
    assert_eq!(
        figures(&json),
        [
            "CFTC.099741.NONCOMM_LONG 2024-02-06 200025",
            "CFTC.099741.NONCOMM_SHORT 2024-02-06 190746",
            "CFTC.099741.OPEN_INTEREST 2024-02-06 700000"
        ]
    );
    assert_eq!(json.observations, text.observations);
    assert_eq!(json.observations[0].released_at.to_rfc3339(), "2024-02-09T20:30:00+00:00");
    let combined = json_with_kind("Combined");
    assert_eq!(rules(&read("eur.json", combined)), ["combined_report"]);
}

fn json_with_kind(kind: &str) -> String {
    format!(
        r#"[{{"report_date_as_yyyy_mm_dd":"2024-02-06","cftc_contract_market_code":"099741",
        "futonly_or_combined":"{kind}","noncomm_positions_long_all":"1"}}]"#
    )
}

#[test]
fn focus_statistics_hang_off_the_catalogues_row() {
    let annual = "Indicador,IndicadorDetalhe,Data,DataReferencia,Media,Mediana,DesvioPadrao,Minimo,Maximo,numeroRespondentes,baseCalculo\n\
        Câmbio,null,2026-03-20,2026,\"5,4078\",\"5,4\",\"0,1486\",\"4,9\",6,128,0\n\
        Câmbio,null,2026-03-20,2026,\"5,3\",\"5,35\",null,,,60,1\n\
        Balança comercial,Saldo,2026-03-20,2026,,\"70,5\",,,,,0\n";
    let batch = read("a.csv", annual);
    assert_eq!(
        figures(&batch),
        [
            "BR_FOCUS_FX_ANNUAL.2026.COUNT 2026-03-20 128",
            "BR_FOCUS_FX_ANNUAL.2026.MAX 2026-03-20 6",
            "BR_FOCUS_FX_ANNUAL.2026.MEAN 2026-03-20 5.4078",
            "BR_FOCUS_FX_ANNUAL.2026.MEDIAN 2026-03-20 5.4",
            "BR_FOCUS_FX_ANNUAL.2026.MIN 2026-03-20 4.9",
            "BR_FOCUS_FX_ANNUAL.2026.SD 2026-03-20 0.1486",
            "BR_FOCUS_TB_ANNUAL.2026.MEDIAN 2026-03-20 70.5"
        ]
    );
    assert_eq!((batch.rows_read, batch.rows_rejected), (3, 0));
    assert_eq!(rules(&batch), ["short_survey_window"]);
    // Not on the survey's Friday, but the Monday after it.
    assert_eq!(batch.observations[0].released_at.to_rfc3339(), "2026-03-23T11:25:00+00:00");

    let sets = [
        (
            "Indicador,Data,DataReferencia,Mediana,baseCalculo\nIPCA,2026-03-20,04/2026,\"0,5\",0\n",
            "BR_FOCUS_IPCA_MONTHLY.2026-04.MEDIAN",
        ),
        (
            "Indicador,Data,DataReferencia,Mediana,baseCalculo\nIPCA,2026-03-20,2/2026,\"0,5\",0\n",
            "BR_FOCUS_IPCA_QUARTERLY.2026-Q2.MEDIAN",
        ),
        ("Indicador,Data,Suavizada,Mediana,baseCalculo\nIPCA,2026-03-20,S,\"0,5\",0\n", "BR_FOCUS_IPCA_12M.MEDIAN"),
        ("Indicador,Data,Suavizada,Mediana,baseCalculo\nIPCA,2026-03-20,N,\"0,5\",0\n", "BR_FOCUS_IPCA_12M_RAW.MEDIAN"),
        (
            "Indicador,Data,Reuniao,Mediana,baseCalculo\nSelic,2026-03-20,R3/2026,\"0,5\",0\n",
            "BR_FOCUS_SELIC_MEETING.R3-2026.MEDIAN",
        ),
        (
            "Indicador,Data,DataReferencia,tipoCalculo,Mediana\nIPCA,2026-03-20,2026,C,\"0,5\"\n",
            "BR_FOCUS_TOP5_IPCA.2026.C.MEDIAN",
        ),
    ];
    for (text, id) in sets {
        assert_eq!(figures(&read("f.csv", text)), [format!("{id} 2026-03-20 0.5")]);
    }
}

#[test]
fn focus_json_has_numbers_and_says_its_window() {
    let json = r#"{"@odata.context":"Expectativas","value":[
        {"Indicador":"IPCA","IndicadorDetalhe":null,"Data":"2026-03-20","DataReferencia":"2026","Media":4.2,"Mediana":4.18,
         "DesvioPadrao":0.3,"Minimo":3.4,"Maximo":5.6,"numeroRespondentes":153,"baseCalculo":0},
        {"Indicador":"IPCA","IndicadorDetalhe":null,"Data":"2026-03-20","DataReferencia":"2026","Mediana":4.1,
         "numeroRespondentes":90,"baseCalculo":1}]}"#;
    let batch = read("focus.json", json);
    assert!(figures(&batch).contains(&"BR_FOCUS_IPCA_ANNUAL.2026.MEDIAN 2026-03-20 4.18".to_owned()));
    assert_eq!(batch.observations.len(), 6);
}

#[test]
fn two_focus_rows_without_a_window_are_told_apart_by_respondents_or_kept_as_a_bracket() {
    let head = "Indicador,IndicadorDetalhe,Data,DataReferencia,Mediana,numeroRespondentes,baseCalculo\n";
    let row = |median: &str, count: &str| format!("IPCA,null,2025-11-17,2026,\"{median}\",{count},\n");
    let known = read("a.csv", format!("{head}{}{}", row("4,18", "60"), row("4,19", "148")));
    assert!(figures(&known).contains(&"BR_FOCUS_IPCA_ANNUAL.2026.MEDIAN 2025-11-17 4.19".to_owned()));
    for counts in [("", ""), ("", "148"), ("90", "90")] {
        let unknown = read("a.csv", format!("{head}{}{}", row("4,18", counts.0), row("4,19", counts.1)));
        assert_eq!(unknown.rows_rejected, 0, "{counts:?}");
        for bound in ["MEDIAN_LOW 2025-11-17 4.18", "MEDIAN_HIGH 2025-11-17 4.19"] {
            assert!(figures(&unknown).contains(&format!("BR_FOCUS_IPCA_ANNUAL.2026.{bound}")), "{counts:?} {bound}");
        }
        assert!(figures(&unknown).iter().all(|figure| !figure.contains(".MEDIAN ")), "{counts:?}");
        assert_eq!(rules(&unknown), ["two_survey_windows"]);
    }
}

#[test]
fn settlements_define_their_contracts() {
    let csv = "refdate;commodity;maturity_code;previous_settlement;settlement;change;rate;contracts\n\
        2026-03-31;DI1;F27;;90597.39;-1.34;14.072;1012177\n2026-03-31;FRC;F27;;;-0.19;4.99;9462\n\
        2022-01-03;FRC;H22;0.91;0.78;-0.13;;\n2026-03-31;DOL;J26;;5200.1;;;\n";
    let batch = read("s.csv", csv);
    assert_eq!(
        figures(&batch),
        [
            "B3.DI1F27.CONTRACTS 2026-03-31 1012177",
            "B3.DI1F27.RATE 2026-03-31 14.072",
            "B3.DI1F27.SETTLEMENT 2026-03-31 90597.39",
            "B3.DOLJ26.SETTLEMENT 2026-03-31 5200.1",
            "B3.FRCF27.CONTRACTS 2026-03-31 9462",
            "B3.FRCF27.RATE 2026-03-31 4.99",
            "B3.FRCH22.RATE 2022-01-03 0.78"
        ]
    );
    let rate = &batch.definitions[1];
    let point = rate.curve.as_ref().unwrap();
    assert_eq!((point.curve.as_str(), point.tenor), ("DI1", Tenor::Maturity("2027-01-04".parse().unwrap())));
    assert_eq!((rate.instrument.as_deref(), rate.field.as_deref()), (Some("DI1F27"), Some("rate")));
    assert!(batch.definitions[0].curve.is_none());
}

#[test]
fn reference_curves_become_percent_and_their_days_are_counted_anew() {
    let csv = "refdate;curve_name;forward_date;cur_days;biz_days;r_252;r_360\n\
        2025-01-02;PRE;2034-01-02;3287;2256;0.1488;0.1457\n2025-01-02;DOC;2026-01-02;365;251;;0.0708\n\
        2021-01-04;DIC;2021-01-05;1;1;-0.239;\n2021-01-04;PRE;2021-01-05;1;1;0;0\n2021-01-04;PRE;2024-12-02;0;1;0.07;\n";
    let batch = read("c.csv", csv);
    let found = figures(&batch);
    assert!(found.contains(&"B3.PRE.2256BD 2025-01-02 14.88".to_owned()), "{found:?}");
    assert!(found.contains(&"B3.DOC.365CD 2025-01-02 7.08".to_owned()));
    assert!(found.contains(&"B3.DIC.1BD 2021-01-04 -23.9".to_owned()));
    assert_eq!(found.len(), 4);
    assert_eq!(rules(&batch), ["business_days_recounted"]);
}

#[test]
fn the_ibovespa_grid_is_read_by_day_and_month() {
    let mut grid = "IBOVESPA - 2025\r\nDia;Jan;Fev;Mar;Abr;Mai;Jun;Jul;Ago;Set;Out;Nov;Dez\r\n\r\n".to_owned();
    for day in 1..=31 {
        let january = if day == 2 { "120.125,39" } else { "" };
        grid.push_str(&format!("{day};{january};;;;;;;;;;;;\r\n"));
    }
    let mut bytes = grid.into_bytes();
    bytes.extend(b"M\xCDNIMO;118.532,68;;;;;;;;;;;;\r\n");
    assert_eq!(figures(&read("IBOV-2025.csv", &bytes)), ["B3.IBOV.CLOSE 2025-01-02 120125.39"]);
    let cut = &bytes[..bytes.len() / 2];
    assert_eq!(rules(&read("IBOV-2025.csv", cut)), ["truncated_file"]);
}

#[test]
fn tesouro_direto_is_read_in_both_forms() {
    let extract = "Data Base;PU Base Manha\n2025-12-26;2.345,67\n2025-12-23;2345,67\n";
    let batch = read("TD_Tesouro_IPCAmais_15-05-2035.csv", extract);
    assert_eq!(figures(&batch), ["TD.Tesouro_IPCAmais.2035-05-15.PU_BASE 2025-12-23 2345.67"]);
    assert_eq!(rules(&batch), ["wrong_decimal_separator"]);
    let official = "Tipo Titulo;Data Vencimento;Data Base;Taxa Compra Manha;Taxa Venda Manha;PU Compra Manha;PU Venda Manha;PU Base Manha\n\
        Tesouro IPCA+;15/05/2035;12/01/2026;7,05;7,17;2341,41;2340,55;2340,12\n";
    assert_eq!(
        figures(&read("precotaxatesourodireto.csv", official)),
        [
            "TD.Tesouro_IPCAmais.2035-05-15.PU_BASE 2026-01-12 2340.12",
            "TD.Tesouro_IPCAmais.2035-05-15.PU_BUY 2026-01-12 2341.41",
            "TD.Tesouro_IPCAmais.2035-05-15.PU_SELL 2026-01-12 2340.55",
            "TD.Tesouro_IPCAmais.2035-05-15.RATE_BUY 2026-01-12 7.05",
            "TD.Tesouro_IPCAmais.2035-05-15.RATE_SELL 2026-01-12 7.17"
        ]
    );
}

#[test]
fn price_files_are_named_after_their_series() {
    assert_eq!(
        figures(&read("embi.csv", "date;Brasil;Mexico\n2026-03-27;1.98777;\n")),
        ["EMBI.Brasil 2026-03-27 1.98777"]
    );
    for (path, id) in [
        ("yahoo/BVSP.csv", "MK_IBOV_Y"),
        ("USDBRL.csv", "MK_USDBRL_Y"),
        ("DXY.csv", "MK_DXY_Y"),
        ("GLD.csv", "YAHOO:GLD"),
    ] {
        assert_eq!(figures(&read(path, "Date,Close\n2024-07-15,10.5\n")), [format!("{id} 2024-07-15 10.5")]);
    }
    assert_eq!(figures(&read("RWTC.csv", "Date,Price\n2020-04-20,-36.98\n")), ["EIA:RWTC 2020-04-20 -36.98"]);
    assert_eq!(rules(&read("mystery.csv", "Date,Price\n2020-04-20,-36.98\n")), ["unknown_series"]);
}

#[test]
fn anbima_indicative_rates_of_ntnbs_are_a_curve_by_maturity() {
    let text = "ANBIMA - Associacao Brasileira das Entidades dos Mercados Financeiro e de Capitais\r\n\r\n\
        Titulo@Data Referencia@Codigo SELIC@Data Base/Emissao@Data Vencimento@Tx. Compra@Tx. Venda@Tx. Indicativas@PU@\
        Desvio padrao@Interv. Ind. Inf. (D0)@Interv. Ind. Sup. (D0)@Interv. Ind. Inf. (D+1)@Interv. Ind. Sup. (D+1)@Criterio\r\n\
        LTN@20260206@100000@20240105@20260401@14,7216@14,7071@14,714@980,58076@0@14,6727@14,9013@14,6667@14,9014@Calculado\r\n\
        NTN-B@20260206@760199@20000715@20350515@7,61@7,58@7,5952@4325,123456@0@--@--@--@--@Calculado\r\n\
        NTN-B@20260206@760199@20000715@20450515@--@--@7,21@4200,5@0@--@--@--@--@Calculado\r\n";
    let batch = read("anbima/ms260206.txt", text);
    assert_eq!(batch.source, "ANBIMA");
    assert_eq!((batch.rows_read, batch.rows_rejected), (3, 0));
    let read_figures = figures(&batch);
    for expected in [
        "ANBIMA.LTN.2026-04-01.PU 2026-02-06 980.58076",
        "ANBIMA.LTN.2026-04-01.RATE 2026-02-06 14.714",
        "ANBIMA.NTN-B.2035-05-15.RATE 2026-02-06 7.5952",
        "ANBIMA.NTN-B.2035-05-15.RATE_BUY 2026-02-06 7.61",
        "ANBIMA.NTN-B.2045-05-15.RATE 2026-02-06 7.21",
    ] {
        assert!(read_figures.iter().any(|figure| figure == expected), "{expected}: {read_figures:?}");
    }
    assert_eq!(read_figures.len(), 4 + 4 + 2, "what is not given is not a figure");
    let on_curve: Vec<_> = batch.definitions.iter().filter_map(|definition| definition.curve.as_ref()).collect();
    assert!(on_curve.iter().all(|point| point.curve == "NTNB" && matches!(point.tenor, Tenor::Maturity(_))));
    assert_eq!(on_curve.len(), 2);
    // Public the same evening.
    assert_eq!(batch.observations[0].released_at.to_rfc3339(), "2026-02-06T23:00:00+00:00");
    assert_eq!(rules(&read("x.txt", text)), Vec::<String>::new(), "the header tells, not the folder");
}
