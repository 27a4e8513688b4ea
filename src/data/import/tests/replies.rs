//! JSON beyond the usual replies: pages, types of databases, what Python writes, columns under names.

use super::kinds::{bars, is_bars, lines, written};
use super::*;

fn rows(from: usize, to: usize) -> String {
    let row = |at: usize, t, [o, h, l, c, v]: [f64; 5]| {
        if (from..to).contains(&at) { format!("[{t},{o},{h},{l},{c},{v}]") } else { String::new() }
    };
    let all = lines(HOUR, row);
    all.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(",")
}

#[test]
fn pages_of_one_answer_are_one_table() {
    let (first, second) = (rows(0, 7), rows(7, 12));
    is_bars(&format!("[{first}]\n[{second}]"), HOUR);
    is_bars(&format!("[[{first}],[{second}]]"), HOUR);
    is_bars(&format!("{{\"code\":\"0\",\"data\":[{first}]}}\n{{\"code\":\"0\",\"data\":[{second}]}}"), HOUR);
    let page = |symbol: &str, rows: &str| format!("{{\"symbol\":\"{symbol}\",\"rows\":[{rows}]}}");
    is_bars(&format!("[{},{}]", page("BTC", &first), page("BTC", &second)), HOUR);
    refused("file", format!("[{},{}]", page("BTC", &first), page("ETH", &second)), "several assets by their 'symbol'");
    refused("file", format!("{}\n{}", page("BTC", &first), page("ETH", &second)), "several assets");
}

#[test]
fn types_of_databases_around_values_are_no_names() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| {
        format!(
            "{{\"_id\":{{\"$oid\":\"5f\"}},\"time\":{{\"$date\":{{\"$numberLong\":\"{t}\"}}}},\"open\":{{\"$numberDecimal\":\"{o}\"}},\"high\":{{\"$numberDouble\":\"{h}\"}},\"low\":{l},\"close\":{c},\"volume\":{{\"$numberDecimal\":\"{v}\"}}}}"
        )
    };
    is_bars(&lines(HOUR, row), HOUR);
}

#[test]
fn what_python_writes_for_nothing_is_nothing() {
    let text = format!("[[1704668400000,NaN,NaN,NaN,NaN,NaN],{}]", rows(0, 12));
    let found = one("file", &text);
    assert_eq!((found.candles, found.report.nulls), (bars(HOUR), 1));
    let lines = rows(0, 12).replace("],[", "]\n[");
    let found = one("file", format!("[1704668400000,NaN,NaN,NaN,NaN,NaN]\n{lines}"));
    assert_eq!(found.report.nulls, 1);
    refused("file", "[[1704668400000,\"NaN", "not whole as JSON");
}

#[test]
fn columns_that_are_objects_of_a_name_and_a_list_are_columns() {
    let names = ["time", "open", "high", "low", "close", "volume"];
    let column = |at: usize| {
        let row = |_, t: Millis, values: [f64; 5]| if at == 0 { t.to_string() } else { values[at - 1].to_string() };
        format!("{{\"name\":\"{}\",\"values\":[{}]}}", names[at], lines(HOUR, row).replace('\n', ","))
    };
    let columns: Vec<String> = (0..6).map(column).collect();
    is_bars(&format!("{{\"columns\":[{}]}}", columns.join(",")), HOUR);
    is_bars(&format!("[{}]", columns.join(",")), HOUR);
}

#[test]
fn tables_of_columns_within_objects_are_told_by_their_names() {
    let names = ["time", "open", "high", "low", "close", "volume"];
    let column = |at: usize| {
        let row = |_, t: Millis, values: [f64; 5]| if at == 0 { t.to_string() } else { values[at - 1].to_string() };
        format!("\"{}\":[{}]", names[at], lines(HOUR, row).replace('\n', ","))
    };
    let table = format!("{{{}}}", (0..6).map(column).collect::<Vec<_>>().join(","));
    let read = |text: &str, options: ImportOptions| read_bytes(text.as_bytes().to_vec(), "file", &options);
    let found = read(&format!("{{\"BTC-USD\":{table}}}"), options()).unwrap();
    assert_eq!((found[0].symbol.as_str(), &found[0].candles), ("BTCUSD", &bars(HOUR)));
    let both = format!("{{\"BTC-USD\":{table},\"ETH-USD\":{table}}}");
    let error = read(&both, options()).unwrap_err();
    assert!(error.what.contains("BTC-USD, ETH-USD") && error.remedy.contains("--only-symbol"), "{error}");
    let only = ImportOptions { only_symbol: Some("ETHUSD".into()), ..options() };
    let found = read(&both, only).unwrap();
    assert_eq!((found[0].symbol.as_str(), &found[0].candles), ("ETHUSD", &bars(HOUR)));
}

#[test]
fn a_source_that_stamps_ends_is_known_by_its_reply() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("[{},{o},{h},{l},{c},{v},{}]", (t + HOUR) / 1_000, v * c);
    let rows = lines(HOUR, row).replace('\n', ",");
    is_bars(&format!("{{\"result\":{{\"3600\":[{rows}]}},\"allowance\":{{\"cost\":1}}}}"), HOUR);
}

#[test]
fn lists_within_objects_are_of_the_asset_and_the_length_that_lead_to_them() {
    let hours = rows(0, 12);
    let row = |_, t: Millis, [o, h, l, c, v]: [f64; 5]| format!("[{t},{o},{h},{l},{c},{v}]");
    let days = lines(DAY, row).replace('\n', ",");
    let read = |text: &str, options: ImportOptions| read_bytes(text.as_bytes().to_vec(), "all.json", &options);
    for text in [
        format!("{{\"BTCUSDT\":{{\"1h\":[{hours}]}}}}"),
        format!("{{\"1h\":{{\"BTC/USDT\":[{hours}]}}}}"),
        format!("{{\"binance\":{{\"btc-usdt\":{{\"1h\":[{hours}]}}}}}}"),
    ] {
        let found = read(&text, options()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((found[0].symbol.as_str(), &found[0].candles), ("BTCUSDT", &bars(HOUR)));
    }
    let both = format!("{{\"BTCUSDT\":{{\"1h\":[{hours}],\"1d\":[{days}]}}}}");
    let error = read(&both, options()).unwrap_err();
    assert!(error.to_string().contains("BTCUSDT.1h, BTCUSDT.1d") && error.remedy.contains("--interval"), "{error}");
    let found = read(&both, ImportOptions { interval: "1d".parse().ok(), ..options() }).unwrap();
    assert_eq!((found[0].symbol.as_str(), &found[0].candles), ("BTCUSDT", &bars(DAY)));
    let numbered = both.replace("1h", "60").replace("1d", "1440");
    let found = read(&numbered, ImportOptions { interval: "1h".parse().ok(), ..options() }).unwrap();
    assert_eq!(found[0].candles, bars(HOUR));
    let coins = format!("{{\"BTC\":{{\"1h\":[{hours}]}},\"ETH\":{{\"1h\":[{hours}]}}}}");
    let found = read(&coins, ImportOptions { only_symbol: Some("ETH".into()), ..options() }).unwrap();
    assert_eq!(found[0].symbol, "ETH");
    let assets = format!("{{\"BTCUSDT\":{{\"1h\":[{hours}]}},\"ETHUSDT\":{{\"1h\":[{hours}]}}}}");
    assert!(read(&assets, options()).unwrap_err().remedy.contains("--only-symbol"));
    let found = read(&assets, ImportOptions { only_symbol: Some("ETHUSDT".into()), ..options() }).unwrap();
    assert_eq!(found[0].symbol, "ETHUSDT");
}

#[test]
fn what_stands_beside_another_list_says_nothing_of_this_one() {
    let list = rows(0, 12);
    let reply = |symbol: &str| format!("{{\"meta\":{{\"symbol\":\"{symbol}\"}},\"values\":[{list}]}}");
    let text = format!("{{\"BTC/USD\":{},\"ETH/USD\":{}}}", reply("BTC/USD"), reply("ETH/USD"));
    for symbol in ["BTCUSD", "ETHUSD"] {
        let only = ImportOptions { only_symbol: Some(symbol.into()), ..options() };
        assert_eq!(read_bytes(text.clone().into_bytes(), "file", &only).unwrap()[0].symbol, symbol);
    }
    // Alpha Vantage numbers its members.
    let text = format!("{{\"Meta Data\":{{\"2. Symbol\":\"IBM\"}},\"rows\":[{list}]}}");
    assert_eq!(read_bytes(text.into_bytes(), "file", &options()).unwrap()[0].symbol, "IBM");
    // Two that are as near and differ tell nothing.
    let text = format!("{{\"a\":{{\"symbol\":\"BTC\"}},\"b\":{{\"symbol\":\"ETH\"}},\"rows\":[{list}]}}");
    assert!(read_bytes(text.into_bytes(), "file", &options()).is_err());
}

#[test]
fn a_table_whose_columns_pandas_numbered_is_read_in_each_of_its_orients() {
    let cells = |_, t: Millis, [o, h, l, c, v]: [f64; 5]| {
        [t.to_string(), o.to_string(), h.to_string(), l.to_string(), c.to_string(), v.to_string()]
    };
    let keyed = |cells: &[String]| -> String {
        let members: Vec<String> = cells.iter().enumerate().map(|(at, cell)| format!("\"{at}\":{cell}")).collect();
        members.join(",")
    };
    let objects = |head: &str| {
        lines(HOUR, |at, t, values| {
            format!("{{{}{}}}", head.replace('#', &at.to_string()), keyed(&cells(at, t, values)))
        })
    };
    is_bars(&format!("[{}]", objects("").replace('\n', ",")), HOUR);
    is_bars(&objects(""), HOUR);
    let fields = "{\"name\":\"index\"},{\"name\":0},{\"name\":1}";
    let data = objects("\"index\":#,").replace('\n', ",");
    is_bars(&format!("{{\"schema\":{{\"fields\":[{fields}]}},\"data\":[{data}]}}"), HOUR);
    let index = lines(HOUR, |at, t, values| format!("\"{at}\":{{{}}}", keyed(&cells(at, t, values))));
    is_bars(&format!("{{{}}}", index.replace('\n', ",")), HOUR);
    let column = |at: usize| {
        let all = lines(HOUR, |row, t, values| format!("\"{row}\":{}", cells(row, t, values)[at]));
        format!("\"{at}\":{{{}}}", all.replace('\n', ","))
    };
    is_bars(&format!("{{{}}}", (0..6).map(column).collect::<Vec<_>>().join(",")), HOUR);
}

#[test]
fn json_that_stands_as_text_in_json_is_read() {
    let text = serde_json::to_string(&format!("[{}]", rows(0, 12))).unwrap();
    is_bars(&format!("{{\"time\":20240710,\"data1h\":{text}}}"), HOUR);
}

#[test]
fn units_and_billionths_are_one_number() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| {
        let [o, h, l, c] = [o, h, l, c].map(|price: f64| {
            let units = price.floor();
            format!("{{\"units\":\"{units}\",\"nano\":{}}}", ((price - units) * 1e9).round())
        });
        format!(
            "{{\"open\":{o},\"high\":{h},\"low\":{l},\"close\":{c},\"volume\":\"{v}\",\"time\":{t},\"isComplete\":true}}"
        )
    };
    is_bars(&format!("{{\"candles\":[{}]}}", lines(HOUR, row).replace('\n', ",")), HOUR);
}

#[test]
fn replies_of_further_sources_hold_the_same_bars() {
    type Shape = fn(Millis, [f64; 5]) -> String;
    let shapes: [(&str, Shape, &str); 7] = [
        // bitbank: the time last.
        (
            "{\"success\":1,\"data\":{\"candlestick\":[{\"type\":\"1hour\",\"ohlcv\":[",
            |t, [o, h, l, c, v]| format!("[\"{o}\",\"{h}\",\"{l}\",\"{c}\",\"{v}\",{t}]"),
            "]}],\"timestamp\":1}}",
        ),
        // XT: q counts units, v the turnover.
        (
            "{\"rc\":0,\"result\":[",
            |t, [o, h, l, c, v]| {
                format!(
                    "{{\"t\":{t},\"o\":\"{o}\",\"c\":\"{c}\",\"h\":\"{h}\",\"l\":\"{l}\",\"q\":\"{v}\",\"v\":\"{}\"}}",
                    v * (h + l) / 2.0
                )
            },
            "]}",
        ),
        // Bitso: rates.
        (
            "{\"success\":true,\"payload\":[",
            |t, [o, h, l, c, v]| {
                format!(
                    "{{\"bucket_start_time\":{t},\"first_trade_time\":{},\"first_rate\":\"{o}\",\"last_rate\":\"{c}\",\"min_rate\":\"{l}\",\"max_rate\":\"{h}\",\"volume\":\"{v}\"}}",
                    t + 99
                )
            },
            "]}",
        ),
        // Elasticsearch.
        (
            "{\"hits\":{\"total\":12,\"hits\":[",
            |t, [o, h, l, c, v]| {
                format!(
                    "{{\"_index\":\"c\",\"_source\":{{\"@timestamp\":\"{}\",\"open\":{o},\"high\":{h},\"low\":{l},\"close\":{c},\"volume\":{v}}}}}",
                    written(t, "%Y-%m-%dT%H:%M:%SZ")
                )
            },
            "]}}",
        ),
        // Moscow's exchange: names beside rows, the begin and the end.
        (
            "{\"candles\":{\"columns\":[\"open\",\"close\",\"high\",\"low\",\"value\",\"volume\",\"begin\",\"end\"],\"data\":[",
            |t, [o, h, l, c, v]| {
                let [begin, end] = [t, t + HOUR - 1_000].map(|t| written(t, "%Y-%m-%d %H:%M:%S"));
                format!("[{o},{c},{h},{l},{},{v},\"{begin}\",\"{end}\"]", v * (h + l) / 2.0)
            },
            "]}}",
        ),
        // Drift: fills beside an oracle.
        (
            "{\"success\":true,\"records\":[",
            |t, [o, h, l, c, v]| {
                format!(
                    "{{\"ts\":{},\"fillOpen\":{o},\"fillHigh\":{h},\"fillClose\":{c},\"fillLow\":{l},\"oracleOpen\":{c},\"oracleHigh\":{c},\"oracleClose\":{c},\"oracleLow\":{c},\"quoteVolume\":{},\"baseVolume\":{v}}}",
                    t / 1_000,
                    v * (h + l) / 2.0
                )
            },
            "]}",
        ),
        // AscendEX: a bar in an object in an object.
        (
            "{\"code\":0,\"data\":[",
            |t, [o, h, l, c, v]| {
                format!(
                    "{{\"m\":\"bar\",\"s\":\"ETH/USDT\",\"data\":{{\"i\":\"60\",\"ts\":{t},\"o\":\"{o}\",\"c\":\"{c}\",\"h\":\"{h}\",\"l\":\"{l}\",\"v\":\"{v}\"}}}}"
                )
            },
            "]}",
        ),
    ];
    for (begin, row, end) in shapes {
        let rows = lines(HOUR, |_, t, values| row(t, values)).replace('\n', ",");
        is_bars(&format!("{begin}{rows}{end}"), HOUR);
    }
}
