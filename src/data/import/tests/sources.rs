//! What sources do that the kinds do not show: replies that name their asset around their lists, digits that are dates,
//! ticks beside a volume of nothing, names of files, archives of several assets.

use std::io::{Cursor, Write as _};

use super::kinds::{START, bars, is_bars, lines, written};
use super::*;

fn rows(row: impl Fn(Millis, [f64; 5]) -> String) -> String {
    lines(HOUR, |_, t, values| row(t, values)).replace('\n', ",")
}

#[test]
fn an_asset_that_stands_around_the_list_is_told() {
    let bar = |t: Millis, [o, h, l, c, v]: [f64; 5]| {
        format!("{{\"t\":\"{}\",\"o\":{o},\"h\":{h},\"l\":{l},\"c\":{c},\"v\":{v}}}", written(t, "%Y-%m-%dT%H:%M:%SZ"))
    };
    let list = rows(bar);
    let column = |get: &dyn Fn(Millis, [f64; 5]) -> f64| rows(|t, values| get(t, values).to_string());
    let seconds = rows(|t, _| (t / 1_000).to_string());
    for (text, symbol) in [
        // Alpaca, crypto and shares.
        (format!("{{\"bars\":{{\"BTC/USD\":[{list}]}},\"next_page_token\":null}}"), "BTCUSD"),
        (format!("{{\"bars\":{{\"AAPL\":[{list}]}},\"next_page_token\":null}}"), "AAPL"),
        // Tiingo.
        (format!("[{{\"ticker\":\"btcusd\",\"baseCurrency\":\"btc\",\"priceData\":[{list}]}}]"), "BTCUSD"),
        // Yahoo's charts.
        (
            format!(
                "{{\"chart\":{{\"result\":[{{\"meta\":{{\"currency\":\"USD\",\"symbol\":\"BTC-USD\"}},\"timestamp\":[{seconds}],\"indicators\":{{\"quote\":[{{\"open\":[{}],\"high\":[{}],\"low\":[{}],\"close\":[{}],\"volume\":[{}]}}]}}}}],\"error\":null}}}}",
                column(&|_, b| b[0]),
                column(&|_, b| b[1]),
                column(&|_, b| b[2]),
                column(&|_, b| b[3]),
                column(&|_, b| b[4])
            ),
            "BTCUSD",
        ),
        // Upbit writes the quote first, WOO the kind of market.
        (format!("[{}]", list.replace("{\"t\"", "{\"market\":\"KRW-BTC\",\"t\"")), "BTCKRW"),
        (format!("[{}]", list.replace("{\"t\"", "{\"symbol\":\"SPOT_BTC_USDT\",\"t\"")), "BTCUSDT"),
        (format!("[{}]", list.replace("{\"t\"", "{\"symbol\":\"PERP_BTC_USDT\",\"t\"")), "BTCUSDT_PERP"),
    ] {
        let found = read_bytes(text.clone().into_bytes(), "reply.json", &options()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((found[0].symbol.as_str(), &found[0].candles), (symbol, &bars(HOUR)), "{}", &text[..80]);
    }
    // yfinance names each column for the asset; without a header a pair stands in each row.
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", written(t, "%Y-%m-%d %H:%M"));
    let names = ["Open", "High", "Low", "Close", "Volume"].map(|name| format!("\"('{name}', 'BTC-USD')\""));
    let text = format!("Date,{}\n{}", names.join(","), lines(HOUR, row));
    let found = read_bytes(text.into_bytes(), "file.csv", &options()).unwrap();
    assert_eq!((found[0].symbol.as_str(), &found[0].candles), ("BTCUSD", &bars(HOUR)));
    let text = lines(HOUR, |at, t, values| format!("BTCUSDT,{}", row(at, t, values)));
    let found = read_bytes(text.into_bytes(), "file.csv", &options()).unwrap();
    assert_eq!((found[0].symbol.as_str(), &found[0].candles), ("BTCUSDT", &bars(HOUR)));
}

#[test]
fn digits_are_dates_of_any_order_months_or_minutes() {
    for format in ["%y%m%d", "%d%m%Y", "%m%d%Y", "%G-W%V-%u", "%Y-%j"] {
        let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", written(time, format));
        is_bars(&format!("date,open,high,low,close,volume\n{}", lines(DAY, row)), DAY);
    }
    let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", written(time, "%Y%m%d_%H%M%S"));
    is_bars(&format!("date,open,high,low,close,volume\n{}", lines(HOUR, row)), HOUR);
    let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", time / 60_000);
    for step in [60_000, HOUR] {
        is_bars(&format!("time,open,high,low,close,volume\n{}", lines(step, row)), step);
    }
    for form in ["Ym", "mY"] {
        let row = |at: usize, _, [o, h, l, c, v]: [f64; 5]| {
            let (year, month) = (2023 + at / 12, at % 12 + 1);
            let date = if form == "Ym" { format!("{year}{month:02}") } else { format!("{month:02}/{year}") };
            format!("{date},{o},{h},{l},{c},{v}")
        };
        let found = one("file", format!("month,open,high,low,close,volume\n{}", lines(DAY, row)));
        assert_eq!((found.interval, found.candles.len()), (crate::sim::Interval::MONTH, 12));
    }
    // Twelve days of January 2020, or the months of 2001.
    let row = |at: usize, _, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", 200_101 + at);
    let text = format!("date,open,high,low,close,volume\n{}", lines(DAY, row));
    let error = refused("file", text, "is 200101, which is not a time");
    assert!(error.remedy.contains("--"), "{error}");
    // Digits that nothing explains are named.
    let row = |at: usize, _, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", 700_000 + at);
    refused(
        "file",
        format!("date,open,high,low,close,volume\n{}", lines(DAY, row)),
        "time is 700000, which is not a time",
    );
}

#[test]
fn hours_beside_a_day_are_clocks_and_a_stated_format_reads_whole_numbers() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| {
        format!("{},{},{o},{h},{l},{c},{v}", written(t, "%Y-%m-%d"), written(t, "%-H"))
    };
    is_bars(&format!("date,hour,open,high,low,close,volume\n{}", lines(HOUR, row)), HOUR);
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("[{},{o},{h},{l},{c},{v}]", written(t, "%Y%j"));
    let text = format!("[{}]", lines(DAY, row).replace('\n', ","));
    let stated = ImportOptions {
        symbol: Some("A".into()),
        time_format: Some("%Y%j".into()),
        columns: parse_columns("time=1,open=2,high=3,low=4,close=5,volume=6").unwrap(),
        ..options()
    };
    assert_eq!(read_bytes(text.into_bytes(), "file", &stated).unwrap()[0].candles, bars(DAY));
}

#[test]
fn ticks_are_the_volume_of_a_broker_that_knows_no_other() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{},0,12", t / 1_000, v * 4.0);
    let found = one("file", format!("time,open,high,low,close,tick_volume,real_volume,spread\n{}", lines(HOUR, row)));
    assert_eq!(found.candles.volume[0].to_bits(), (bars(HOUR).volume[0] * 4.0).to_bits());
    assert!(found.report.notes.iter().any(|note| note.contains("counts changes of the price")));
}

#[test]
fn one_wild_row_does_not_turn_open_and_close_round() {
    let text = rows(|t, [o, h, l, c, v]| format!("[{t},{o},{h},{l},{c},{v}]"));
    let live = format!("[{text},[{},1,2,1,1.5,1]]", START + 11 * HOUR + 1_234_000);
    assert_eq!(one("file.json", &live).candles, bars(HOUR));
}

#[test]
fn of_an_archive_of_several_assets_one_is_taken() {
    let text = lines(HOUR, |_, t, [o, h, l, c, v]| format!("{t},{o},{h},{l},{c},{v}"));
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["BTCUSDT-1h.csv", "ETHUSDT-1h.csv"] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    let read = |only: Option<&str>| {
        read_bytes(bytes.clone(), "all.zip", &ImportOptions { only_symbol: only.map(str::to_owned), ..options() })
    };
    let symbols = |found: Vec<Found>| found.into_iter().map(|found| found.symbol).collect::<Vec<_>>();
    assert_eq!(symbols(read(None).unwrap()), ["BTCUSDT", "ETHUSDT"]);
    assert_eq!(symbols(read(Some("eth")).unwrap()), ["ETHUSDT"]);
    let error = read(Some("SOLUSDT")).unwrap_err().to_string();
    assert!(error.contains("it has files of BTCUSDT, ETHUSDT"), "{error}");
}

#[test]
fn names_of_files_are_taken_for_no_pair_that_they_are_not() {
    let text = lines(HOUR, |_, t, [o, h, l, c, v]| format!("{t},{o},{h},{l},{c},{v}"));
    for (name, symbol, is_guess) in [
        ("firstrate_BTC_1hour.txt", "BTC", true),
        ("mydesk_ETH_1h.csv", "ETH", true),
        ("desk_btc_1h.csv", "DESKBTC", true),
        ("ETH_BTC_1h.csv", "ETHBTC", false),
        ("USD_MXN_1d.csv", "USDMXN", false),
        ("GBP-NZD.csv", "GBPNZD", false),
        ("BTC-PERP-1h.csv", "BTC_PERP", true),
        ("BINANCEFTS_PERP_BTC_USDT.csv", "BTCUSDT_PERP", false),
        ("NASDAQ_AAPL, 1D.csv", "AAPL", true),
        ("Quote-Equity-RELIANCE-EQ-01-01-2024-to-01-03-2024.csv", "RELIANCE", true),
        ("20240108_spy_minute_trade.csv", "SPY", true),
    ] {
        let text = if name.starts_with("2024") {
            lines(60_000, |_, t, [o, h, l, c, v]| {
                let [o, h, l, c] = [o, h, l, c].map(|price| price * 10_000.0);
                format!("{},{o},{h},{l},{c},{v}", t - START)
            })
        } else {
            text.clone()
        };
        let found = read_bytes(text.into_bytes(), name, &options()).unwrap_or_else(|error| panic!("{error}"));
        let said = found[0].report.notes.iter().any(|note| note.contains("is a guess"));
        assert_eq!((found[0].symbol.as_str(), said), (symbol, is_guess), "{name}");
    }
    for name in ["BTC-PERP-oracle-1h.csv", "BTCUSDT-basis.csv", "BTCUSDT_openInterest_1h.csv"] {
        let error = read_bytes(text.clone().into_bytes(), name, &options()).unwrap_err();
        assert!(error.remedy.contains("--symbol"), "{error}");
    }
    assert!(read_bytes(text.into_bytes(), "BTC_ETH_SOL.csv", &options()).is_err());
}

#[test]
fn prices_that_are_all_adjusted_are_prices_and_said() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{t},{o},{h},{l},{c},{v}");
    let found = one("file", format!("time,Adj Open,Adj High,Adj Low,Adj Close,Volume\n{}", lines(HOUR, row)));
    assert_eq!(found.candles, bars(HOUR));
    assert!(found.report.notes.iter().any(|note| note.contains("adjusted")), "{:?}", found.report.notes);
}
