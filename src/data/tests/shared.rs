//! The same promises on real candles, where they are: `BACKTEST_SHARED`, else `../shared` beside the project. Without
//! them these tests pass without having looked.

use std::path::Path;

use super::*;

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("BACKTEST_SHARED").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[test]
fn of_351_real_daily_files_only_the_broken_one_fails_and_it_names_its_row() {
    let Some(shared) = shared() else { return };
    let catalog = Catalog::open(&shared.join("data"), daily()).unwrap();
    assert_eq!(catalog.entries().len(), 351);
    let loaded = catalog.entries().iter().map(|entry| load(entry, ALL, NOW));
    let (good, bad): (Vec<_>, Vec<_>) = loaded.partition(Result::is_ok);
    assert_eq!(good.len(), 350);
    let error = bad.into_iter().next().unwrap().unwrap_err();
    assert!(error.path.ends_with("1d/BCHUSDT.csv.zst"));
    assert!(error.to_string().contains("(2020-12-14): open is 0; prices must be above zero"), "{error}");
    for loaded in good.into_iter().flatten() {
        assert!(loaded.candles.len() > 365 && !loaded.synthetic);
        assert!(loaded.warnings.iter().all(|warning| warning.kind == WarningKind::ZeroVolume), "{:?}", loaded.warnings);
    }
}

#[test]
fn real_names_resolve_as_a_trader_means_them() {
    let Some(shared) = shared() else { return };
    let catalog = Catalog::open(&shared.join("data"), daily()).unwrap();
    for (name, symbol) in [("BTC", "BTCUSDT"), ("eth", "ETHUSDT"), ("ETHBTC", "ETHBTCUSDT"), ("USDC", "USDCUSDT")] {
        assert_eq!(catalog.resolve(name).unwrap().symbol, symbol);
    }
    let error = catalog.resolve("SHIB").unwrap_err().to_string();
    assert!(error.contains("SHIB1000USDT") && error.contains("1000SHIB"), "{error}");
}

#[test]
fn files_of_freqtrade_are_read_as_they_are_and_those_of_other_tools_are_refused_by_name() {
    let Some(shared) = shared() else { return };
    let read = |name: &str, ext: &str| {
        let folder = Folder::new().with(&format!("X.{ext}"), fs::read(shared.join("formats").join(name)).unwrap());
        folder.load()
    };
    assert_eq!(read("freqtrade_5m.feather", "feather").unwrap().candles.len(), 706);
    assert_eq!(read("freqtrade_1m.feather", "feather").unwrap().candles.len(), 13_681);
    assert_fault(read("freqtrade_zero_bytes.feather", "feather"), None, "is empty");
    assert_eq!(read("tradingview_export_1d.csv", "csv").unwrap().candles.len(), 1565);
    assert_eq!(read("binance_vision_header_1h_2023-01.csv", "csv").unwrap().candles.len(), 744);
    assert_eq!(read("bybit_collected_1d.csv", "csv").unwrap().candles.len(), 1825);
    assert_fault(read("kraken_ohlcvt_1440.csv", "csv"), None, "no header line");
    assert!(read("yahoo_null_rows_1d.csv", "csv").is_err());
    for name in ["cdd_url_line_daily.csv", "investing_com_1d.csv", "bitfinex_ochl_1m.csv", "freqtrade_1d.json"] {
        assert!(read(name, "csv").is_err(), "{name}");
    }
}
