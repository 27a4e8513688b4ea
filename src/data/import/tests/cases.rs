//! Files that were refused or read wrong once, each of its own kind, with the right values: `BACKTEST_SHARED/cases`,
//! else `../shared/cases` beside the project. Without them these tests pass without having looked.

use std::path::PathBuf;

use super::*;
use crate::date::show_time;

fn cases() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("BACKTEST_SHARED").map_or(beside, PathBuf::from).join("cases");
    folder.is_dir().then_some(folder)
}

/// File, bars, open time of the first, first open, high, low, close (0 where only the count is known), volume (below 0
/// where it is not).
const RIGHT: [(&str, usize, &str, [f64; 4], f64); 34] = [
    ("dmy_dashes_SBUX.csv", 11, "2015-01-02", [12.33, 12.84, 11.87, 12.67], 221_293.0),
    ("dmy_slashes_rows.json", 400, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("lean_aapl.zip", 5849, "1998-01-02", [13.63, 16.25, 13.5, 16.25], 6_315_000.0),
    (
        "cmc_commas.csv",
        60,
        "2025-08-09",
        [116_678.275_689_816_4, 117_906.611_765_091_3, 116_363.835_154_695_3, 116_500.362_057_994_5],
        -1.0,
    ),
    ("nt_bitmex_trade_bins.json", 3, "2024-11-25T10:29:00Z", [98900.0, 98980.5, 98890.0, 98950.0], 1.520_475),
    ("stooq_5min.txt", 480, "2024-03-04T09:00:00Z", [100.03, 100.23, 99.83, 100.08], 100.0),
    ("huobi_kline.json", 50, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("poloniex_returnChartData.csv", 50, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("BTCUSD_PERP-1h-2023-10-27.csv", 3, "2023-10-27", [34161.6, 34182.5, 33977.4, 34024.2], 1_202.971_180_37),
    ("daily_live_row.csv", 60, "2025-08-25", [113_474.8, 113_649.9, 109_222.6, 110_069.7], 115_780.293),
    ("pq_decimal128.parquet", 100, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("pq_nan_rows.parquet", 97, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("pq_no_volume.parquet", 100, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 0.0),
    ("pq_short_names.parquet", 100, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("pq_unnamed_datetimeindex.parquet", 100, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("hyperliquid_candleSnapshot.json", 50, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("sierra_5min.txt", 480, "2024-03-04T09:00:00Z", [100.03, 100.23, 99.83, 100.08], 10.0),
    ("DAT_MT_EURUSD_M1_2018.csv", 300, "2018-01-01T17:00:00Z", [1.2, 1.2001, 1.1999, 1.200_05], 0.0),
    ("MT5_EURUSD_M1.csv", 300, "2018-01-01T17:00:00Z", [1.2, 1.2001, 1.1999, 1.200_05], -1.0),
    ("bitget_mix_v2.json", 50, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("gate_v4.json", 50, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("nt_deribit_chart.json", 5, "2025-12-23T09:51:00Z", [87451.0, 87456.5, 87451.0, 87456.5], 2.943_752_16),
    ("tname_timestamp_utc.csv", 30, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("tname_ts_event.csv", 30, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("tname_window_start.csv", 30, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("coinapi_1day.csv", 60, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("pandas_lines.jsonl", 100, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("pandas_split.json", 100, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("investing_blank_volume.csv", 40, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 0.0),
    ("TVC_GOLD_1971.csv", 1200, "1971-06-01", [100.0, 101.0, 99.0, 100.5], 0.0),
    ("google_d-Mon-yy.csv", 400, "2024-09-19", [61743.7, 63856.0, 61523.6, 62922.8], 149_879.275),
    ("mpl_msft.csv", 65, "2003-06-19", [26.09, 26.39, 26.01, 26.07], 63_626_900.0),
    ("dukascopy_local.csv", 480, "2024-03-04T08:00:00Z", [100.03, 100.23, 99.83, 100.08], 10.5),
    ("BTCUSDT-1h-cat_noheader_then_header.csv", 48, "2023-01-01", [0.0; 4], -1.0),
];

#[test]
fn every_case_has_its_right_bars() {
    let Some(folder) = cases() else { return };
    let mut wrong = Vec::new();
    for (file, bars, first, prices, volume) in RIGHT {
        let stated = ImportOptions { symbol: Some("X".into()), ..options() };
        let found = match read_file(&folder.join(file), &stated) {
            Ok(found) => found,
            Err(error) => {
                wrong.push(format!("{error}"));
                continue;
            }
        };
        let candles = &found[0].candles;
        let own = [candles.open[0], candles.high[0], candles.low[0], candles.close[0]];
        let is_right = found.len() == 1
            && candles.len() == bars
            && show_time(candles.time[0]) == first
            && (prices[0] == 0.0 || own.map(f64::to_bits) == prices.map(f64::to_bits))
            && (volume < 0.0 || candles.volume[0].to_bits() == volume.to_bits());
        if !is_right {
            wrong.push(format!(
                "{file}: {} bars from {}: {own:?} {}",
                candles.len(),
                show_time(candles.time[0]),
                candles.volume[0]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_of_several_assets_or_of_a_local_clock_is_refused_with_the_option_that_decides() {
    let Some(folder) = cases() else { return };
    let stated = ImportOptions { symbol: Some("X".into()), ..options() };
    let read = |file: &str, options: &ImportOptions| read_file(&folder.join(file), options);
    for (file, words, only, bars) in [
        ("pq_two_symbols_after_each_other.parquet", "symbol", "BTCUSDT", 100),
        ("csv_two_Names_after_each_other.csv", "Name", "BTCUSDT", 100),
        ("plotly_hello-world-stock.csv", "Stock", "AAPL", 753),
    ] {
        let error = read(file, &stated).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("--only-symbol"), "{error}");
        let only = ImportOptions { only_symbol: Some(only.into()), ..options() };
        let found = read(file, &only).unwrap();
        assert_eq!(
            (found[0].symbol.as_str(), found[0].candles.len()),
            (only.only_symbol.as_deref().unwrap(), bars),
            "{file}"
        );
        let conflict = ImportOptions { conflict: OnConflict::Last, ..stated.clone() };
        assert!(read(file, &conflict).is_err(), "{file}: assets are never mixed");
    }
    let error = read("local_hours_dst_end.csv", &stated).unwrap_err().to_string();
    assert!(error.contains("--timezone"), "{error}");
    let zoned = ImportOptions { timezone: ImportZone::parse("America/New_York").ok(), ..stated };
    let found = read("local_hours_dst_end.csv", &zoned).unwrap();
    assert_eq!((found[0].candles.len(), found[0].report.missing), (98, 0));
    assert_eq!(show_time(found[0].candles.time[0]), "2024-11-01T04:00:00Z");
}

#[test]
fn the_names_of_futures_and_a_foreign_file_in_an_archive_are_told() {
    let Some(folder) = cases() else { return };
    let found = read_file(&folder.join("BTCUSD_PERP-1h-2023-10-27.csv"), &options()).unwrap();
    assert_eq!(found[0].symbol, "BTCUSD_PERP");
    let found = read_file(&folder.join("zip_with_checksum.zip"), &options()).unwrap();
    assert_eq!((found[0].symbol.as_str(), found[0].candles.len()), ("BTCUSDT", 24));
    assert!(found[0].report.notes.iter().any(|note| note.contains("CHECKSUM left out")), "{:?}", found[0].report.notes);
    let found =
        read_file(&folder.join("pq_nan_rows.parquet"), &ImportOptions { symbol: Some("X".into()), ..options() });
    assert_eq!(found.unwrap()[0].report.nulls, 3);
}
