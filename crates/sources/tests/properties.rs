//! What holds for any bytes.

mod common;

use std::fmt::Write;

use common::read;
use proptest::prelude::*;

const PATHS: [&str; 8] = [
    "bcb_sgs/433.csv",
    "alfred/CPIAUCSL.json",
    "b3/IBOV-2025.csv",
    "cftc/annual.txt",
    "x.csv",
    "GLD.csv",
    "VIX_History.csv",
    "TD_T_15-05-2035.csv",
];

const HEADS: [&str; 16] = [
    "\"data\";\"valor\"\n",
    "[{\"data\":\"01/01/2024\",\"valor\":\"",
    "observation_date,DGS10\n",
    "DATE,OPEN,HIGH,LOW,CLOSE\n",
    "Date,\"1 Mo\",\"10 Yr\"\n",
    "Date,Close\n",
    "Date,Price\n",
    "Indicador,IndicadorDetalhe,Data,DataReferencia,Mediana,numeroRespondentes,baseCalculo\n",
    "Indicador,Data,Reuniao,Mediana\n",
    "refdate;commodity;maturity_code;previous_settlement;settlement;change;rate;contracts\n",
    "refdate;curve_name;forward_date;cur_days;biz_days;r_252;r_360\n",
    "IBOVESPA - 2025\nDia;Jan;Fev\n",
    "Tipo Titulo;Data Vencimento;Data Base;PU Base Manha\n",
    "Data Base;PU Base Manha\n",
    "date;Brasil\n",
    "{\"realtime_start\":\"1776-07-04\",\"realtime_end\":\"9999-12-31\",\"observations\":[",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_reading_panic_or_let_a_bad_number_through(
        path in prop::sample::select(&PATHS[..]),
        head in prop::sample::select(&HEADS[..]),
        tail in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[0-9/;,.\"\nTNRZF:A-]{0,200}".prop_map(String::into_bytes),
            "(([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}/[0-9]{2}/[0-9]{4})[;,](DI1|PRE|IPCA|[0-9.,]{1,9})[;,]([FZ][0-9]{2}|[0-9.,e-]{1,9})(;[0-9.-]{0,9}){0,5}\n){0,6}"
                .prop_map(String::into_bytes),
        ],
    ) {
        let bytes = [head.as_bytes(), &tail].concat();
        let batch = read(path, &bytes);
        prop_assert!(batch.observations.iter().all(|one| one.value.is_finite()));
        prop_assert!(batch.rows_rejected <= batch.rows_read.max(1));
        prop_assert_eq!(read(path, &bytes), batch);
    }

    #[test]
    fn any_cut_of_a_file_is_refused_or_loses_only_its_end(length in 0usize..1200) {
        let mut text = "observation_date,DGS10\n".to_owned();
        for row in 0..60 {
            writeln!(text, "20{:02}-01-15,{}.{}", row % 26, 100 + row, 10 + row).unwrap();
        }
        let whole = read("x.csv", &text);
        let cut = read("x.csv", &text.as_bytes()[..length.min(text.len())]);
        for one in &cut.observations {
            // Every figure of the cut file is one of the whole file, or one of a contradiction the cut hid.
            let known = text.lines().any(|line| line == format!("{},{}", one.period, one.value));
            let trailing_zero = text.lines().any(|line| line == format!("{},{}0", one.period, one.value));
            prop_assert!(known || trailing_zero, "{} {}", one.period, one.value);
        }
        prop_assert!(cut.observations.len() <= whole.observations.len() + 60);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(mut rows in prop::collection::vec((0u64..60, 0u32..3, 0u32..500), 1..40)) {
        let first: chrono::NaiveDate = "2025-06-10".parse().unwrap();
        let write = |rows: &[(u64, u32, u32)]| {
            let mut text = "refdate;commodity;maturity_code;previous_settlement;settlement;change;rate;contracts\n".to_owned();
            for (day, contract, rate) in rows {
                let day = first + chrono::Days::new(*day);
                writeln!(text, "{day};DI1;F2{};;{}.5;;{}.25;{rate}", contract + 7, 90000 + rate, rate % 20).unwrap();
            }
            text
        };
        let forward = read("s.csv", write(&rows));
        rows.reverse();
        let backward = read("s.csv", write(&rows));
        prop_assert_eq!(&forward.observations, &backward.observations);
        prop_assert_eq!(&forward.definitions, &backward.definitions);
        prop_assert_eq!((forward.rows_read, forward.rows_rejected), (backward.rows_read, backward.rows_rejected));
    }
}
