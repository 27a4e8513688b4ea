//! Kinds of files beyond the miniatures: other brokers, spellings, containers and separators of each kind, with the bars
//! that they hold or the option that decides.
//!
//! Long because each kind is written out as its source writes it.

use super::*;
use crate::date::show_time;

/// Twelve days of bars from 2024-01-08, of which the first four have a day that may be a month.
const BARS: [(f64, f64, f64, f64, f64); 12] = [
    (100.0, 104.5, 99.0, 103.25, 11.5),
    (103.25, 105.0, 101.0, 102.5, 12.25),
    (102.5, 103.0, 98.5, 99.75, 8.0),
    (99.75, 101.0, 97.0, 100.5, 9.75),
    (100.5, 106.0, 100.0, 105.25, 20.5),
    (105.25, 108.5, 104.0, 107.0, 18.0),
    (107.0, 109.0, 105.5, 106.25, 7.5),
    (106.25, 107.0, 102.0, 103.0, 9.0),
    (103.0, 104.0, 99.5, 101.5, 10.25),
    (101.5, 102.25, 98.0, 98.5, 11.0),
    (98.5, 100.0, 96.5, 99.25, 14.75),
    (99.25, 103.75, 99.0, 103.5, 13.0),
];
/// 2024-01-08.
pub(super) const START: Millis = 1_704_672_000_000;

pub(super) fn bars(step: Millis) -> Candles {
    let column = |get: fn(&(f64, f64, f64, f64, f64)) -> f64| BARS.iter().map(get).collect();
    Candles {
        time: (0..12).map(|bar| START + bar * step).collect(),
        open: column(|bar| bar.0),
        high: column(|bar| bar.1),
        low: column(|bar| bar.2),
        close: column(|bar| bar.3),
        volume: column(|bar| bar.4),
    }
}

/// A line for each bar, made by `line` of its number, its time in milliseconds, and its values.
pub(super) fn lines(step: Millis, line: impl Fn(usize, Millis, [f64; 5]) -> String) -> String {
    let one = |(at, bar): (usize, &(f64, f64, f64, f64, f64))| {
        line(at, START + Millis::try_from(at).unwrap() * step, [bar.0, bar.1, bar.2, bar.3, bar.4])
    };
    BARS.iter().enumerate().map(one).collect::<Vec<_>>().join("\n")
}

pub(super) fn written(time: Millis, format: &str) -> String {
    let moment = jiff::Timestamp::from_millisecond(time).unwrap();
    jiff::tz::TimeZone::UTC.to_datetime(moment).strftime(format).to_string()
}

/// Reads text and compares all of it.
#[track_caller]
pub(super) fn is_bars(text: &str, step: Millis) {
    let found = one("file", text);
    assert_eq!(found.candles, bars(step), "{:?}\n{}", found.report.decisions, &text[..text.len().min(300)]);
}

/// The same with no volume.
#[track_caller]
pub(super) fn is_prices(text: &str, step: Millis) {
    let found = one("file", text);
    let mut wanted = bars(step);
    wanted.volume = vec![0.0; 12];
    assert_eq!(found.candles, wanted, "{}", &text[..text.len().min(300)]);
}

#[test]
fn dates_of_either_order_are_read_with_every_separator_and_refused_where_nothing_decides() {
    for format in [
        "%d.%m.%Y",
        "%d-%m-%Y",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%m-%d-%Y",
        "%-m/%-d/%Y",
        "%-d.%-m.%Y",
        "%d/%m/%y",
        "%m/%d/%y",
        "%y/%m/%d",
    ] {
        let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", written(time, format));
        is_bars(&format!("Date,Open,High,Low,Close,Volume\n{}", lines(DAY, row)), DAY);
        let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("[\"{}\",{o},{h},{l},{c},{v}]", written(time, format));
        is_bars(&format!("[{}]", lines(DAY, row).replace('\n', ",")), DAY);
    }
    // Three days of which each may be a month.
    for format in ["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"] {
        let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("{};{o};{h};{l};{c};{v}", written(time, format));
        let text = format!("Date;Open;High;Low;Close;Volume\n{}", lines(DAY, row));
        let text: Vec<&str> = text.lines().take(4).collect();
        let error = refused("file", text.join("\n"), "dates such as 08/01/2024");
        assert!(error.remedy.contains("--date-order"), "{error}");
        let stated = ImportOptions { symbol: Some("A".into()), date_order: Some(DateOrder::Dmy), ..options() };
        let found = read_bytes(text.join("\n").into_bytes(), "file", &stated).unwrap();
        assert_eq!(found[0].candles, bars(DAY).slice(0..3));
    }
    // One row contradicts the others: no order fits.
    let row = |at, time, [o, h, l, c, v]: [f64; 5]| {
        format!("{},{o},{h},{l},{c},{v}", written(time, if at == 9 { "%m/%d/%Y" } else { "%d/%m/%Y" }))
    };
    refused("file", format!("Date,Open,High,Low,Close,Volume\n{}", lines(DAY, row)), "more than one order");
}

#[test]
fn spelled_months_two_digit_years_weekdays_and_offsets_by_name_are_times() {
    for format in [
        "%d-%b-%y",
        "%d %b %Y",
        "%b %d, %Y",
        "%B %d, %Y",
        "%A, %B %d, %Y",
        "%a %b %d %Y 00:00:00 GMT+0000 (Coordinated Universal Time)",
        "%a, %d %b %Y 00:00:00 GMT",
        "%d%b%Y",
        "%Y-%b-%d",
        "%Y/%m/%d",
        "%Y.%m.%d 00:00",
        "%Y%m%d",
        "%Y%m%d%H%M",
        "%Y%m%d %H%M%S",
        "%Y-%m-%d 00:00:00 UTC",
        "%Y-%m-%dT00:00:00.000000000Z",
        "%Y-%m-%d 23:59:59.999",
        "%Y-%m-%d 23:59",
        "%Y-%m-%d 23:59:59+00:00",
    ] {
        let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("\"{}\",{o},{h},{l},{c},{v}", written(time, format));
        is_bars(&format!("Date,Open,High,Low,Close,Volume\n{}", lines(DAY, row)), DAY);
    }
    for (format, offset) in
        [("%d.%m.%Y %H:%M:%S.000 GMT+0100", 1), ("%Y-%m-%d %H:%M:%S EST", -5), ("%Y%m%d %H:%M:%S US/Eastern", -5)]
    {
        let row = |_, time, [o, h, l, c, v]: [f64; 5]| {
            format!("{},{o},{h},{l},{c},{v}", written(time + offset * HOUR, format))
        };
        is_bars(&format!("Local time,Open,High,Low,Close,Volume\n{}", lines(6 * HOUR, row)), 6 * HOUR);
    }
}

#[test]
fn numbers_are_times_of_the_unit_that_the_whole_column_has() {
    for unit in [1, 1_000, 1_000_000] {
        let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", time * unit);
        is_bars(&format!("ts,open,high,low,close,volume\n{}", lines(HOUR, row)), HOUR);
    }
    let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("{}.0,{o},{h},{l},{c},{v}", time / 1_000);
    is_bars(&format!("unix,open,high,low,close,volume\n{}", lines(HOUR, row)), HOUR);
    // Days of a spreadsheet, and days since 1970.
    for shift in [25_569, 0] {
        let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", time / DAY + shift);
        is_bars(&format!("date,open,high,low,close,volume\n{}", lines(DAY, row)), DAY);
    }
    let row =
        |_, time, [o, h, l, c, v]: [f64; 5]| format!("{:.1},{o},{h},{l},{c},{v}", (time / DAY) as f64 + 2_440_587.5);
    is_bars(&format!("julian_day,open,high,low,close,volume\n{}", lines(DAY, row)), DAY);
    // What a spreadsheet shortened is refused.
    let row =
        |_, time, [o, h, l, c, v]: [f64; 5]| format!("{:.5e},{o},{h},{l},{c},{v}", time as f64).replace('e', "E+");
    refused("file", format!("time,open,high,low,close,volume\n{}", lines(HOUR, row)), "time is");
}

#[test]
fn separators_and_decimal_commas_are_told() {
    let comma = |value: f64| value.to_string().replace('.', ",");
    for separator in [";", "\t", "|", " ;"] {
        let row = |_, time, values: [f64; 5]| {
            let values: Vec<String> = values.into_iter().map(comma).collect();
            format!("{}{separator}{}", written(time, "%Y-%m-%d"), values.join(separator))
        };
        let header = ["Datum", "Erster", "Hoch", "Tief", "Schlusskurs", "Stuecke"].join(separator);
        is_bars(&format!("{header}\n{}", lines(DAY, row)), DAY);
    }
    let row = |_, time, values: [f64; 5]| {
        format!("{} {}", written(time, "%Y-%m-%d"), values.map(|value| format!("  {value}")).join(" "))
    };
    is_bars(&format!("date open high low close volume\n{}", lines(DAY, row)), DAY);
    let row = |_, time, values: [f64; 5]| {
        format!("{};{}", written(time, "%Y-%m-%d"), values.map(|value| value.to_string()).join(";"))
    };
    is_bars(&format!("sep=;\ndate;open;high;low;close;volume\n{}", lines(DAY, row)), DAY);
    // Thousands or decimals: nothing tells.
    let text = "date;open;high;low;close\n2024-01-01;1,234;1,300;1,200;1,250\n2024-01-02;1,250;1,310;1,220;1,240\n2024-01-03;1,240;1,300;1,210;1,230\n";
    let error = refused("file", text, "no row tells whether a comma");
    assert!(error.remedy.contains("--decimal"));
    let stated = ImportOptions { symbol: Some("A".into()), decimal: Some(DecimalMark::Comma), ..options() };
    let read = read_bytes(text.into(), "file", &stated).unwrap();
    assert_eq!(read[0].candles.open[0].to_bits(), 1.234_f64.to_bits());
    // Remarks between the rows and behind them, whatever stands in them.
    let row = |_, time, [o, h, l, c, v]: [f64; 5]| format!("{time},{o},{h},{l},{c},{v}");
    let text = lines(HOUR, row).replacen('\n', "\n# page 2, of 2\n", 1);
    is_bars(&format!("time,open,high,low,close,volume\n{text}\n# end, 12 rows\n"), HOUR);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one list of shapes, each a few lines")]
fn exchanges_shapes_hold_the_same_bars() {
    let turnover = |close: f64, volume: f64| close * volume;
    let list =
        |row: &dyn Fn(Millis, [f64; 5]) -> String| lines(HOUR, |_, time, values| row(time, values)).replace('\n', ",");
    let q = |value: f64| format!("\"{value}\"");
    for text in [
        // MEXC spot: close time and turnover behind the volume.
        format!(
            "[{}]",
            list(&|t, [o, h, l, c, v]| format!(
                "[{t},{},{},{},{},{},{},{}]",
                q(o),
                q(h),
                q(l),
                q(c),
                q(v),
                t + HOUR,
                q(turnover(c, v))
            ))
        ),
        // Gate: turnover, close, high, low, open, volume, finished.
        format!(
            "[{}]",
            list(&|t, [o, h, l, c, v]| format!(
                "[\"{}\",{},{},{},{},{},{},\"true\"]",
                t / 1000,
                q(turnover(c, v)),
                q(c),
                q(h),
                q(l),
                q(o),
                q(v)
            ))
        ),
        // Bitget spot: volume, two turnovers.
        format!(
            "{{\"code\":\"00000\",\"data\":[{}]}}",
            list(&|t, [o, h, l, c, v]| format!(
                "[\"{t}\",{},{},{},{},{},{},{}]",
                q(o),
                q(h),
                q(l),
                q(c),
                q(v),
                q(turnover(c, v)),
                q(turnover(c, v))
            ))
        ),
        // WhiteBIT: open, close, high, low.
        format!(
            "{{\"result\":[{}]}}",
            list(&|t, [o, h, l, c, v]| format!(
                "[{},{},{},{},{},{},{}]",
                t / 1000,
                q(o),
                q(c),
                q(h),
                q(l),
                q(v),
                q(turnover(c, v))
            ))
        ),
        // Poloniex' new interface: low, high, open, close, turnover, volume, .., times at the end.
        format!(
            "[{}]",
            list(&|t, [o, h, l, c, v]| format!(
                "[{},{},{},{},{},{},\"0.5\",\"0.25\",7,{},{},\"HOUR_1\",{t},{}]",
                q(l),
                q(h),
                q(o),
                q(c),
                q(turnover(c, v)),
                q(v),
                t + HOUR - 500,
                q(f64::midpoint(h, l)),
                t + HOUR - 1
            ))
        ),
        // HitBTC.
        format!(
            "[{}]",
            list(&|t, [o, h, l, c, v]| format!(
                "{{\"timestamp\":\"{}\",\"open\":{},\"close\":{},\"min\":{},\"max\":{},\"volume\":{},\"volumeQuote\":{}}}",
                written(t, "%Y-%m-%dT%H:%M:%S.000Z"),
                q(o),
                q(c),
                q(l),
                q(h),
                q(v),
                q(turnover(c, v))
            ))
        ),
        // dYdX.
        format!(
            "{{\"candles\":[{}]}}",
            list(&|t, [o, h, l, c, v]| format!(
                "{{\"startedAt\":\"{}\",\"ticker\":\"BTC-USD\",\"resolution\":\"1HOUR\",\"low\":{},\"high\":{},\"open\":{},\"close\":{},\"baseTokenVolume\":{},\"usdVolume\":{},\"trades\":7}}",
                written(t, "%Y-%m-%dT%H:%M:%S.000Z"),
                q(l),
                q(h),
                q(o),
                q(c),
                q(v),
                q(turnover(c, v))
            ))
        ),
        // Polygon.
        format!(
            "{{\"ticker\":\"X:BTCUSD\",\"status\":\"OK\",\"results\":[{}]}}",
            list(&|t, [o, h, l, c, v]| format!(
                "{{\"v\":{v},\"vw\":{},\"o\":{o},\"c\":{c},\"h\":{h},\"l\":{l},\"t\":{t},\"n\":9}}",
                f64::midpoint(h, l)
            ))
        ),
        // Upbit: the trade price is the close, the timestamp that of the last trade.
        format!(
            "[{}]",
            list(&|t, [o, h, l, c, v]| format!(
                "{{\"market\":\"KRW-BTC\",\"candle_date_time_utc\":\"{}\",\"candle_date_time_kst\":\"{}\",\"opening_price\":{o},\"high_price\":{h},\"low_price\":{l},\"trade_price\":{c},\"timestamp\":{},\"candle_acc_trade_price\":{},\"candle_acc_trade_volume\":{v},\"unit\":60}}",
                written(t, "%Y-%m-%dT%H:%M:%S"),
                written(t + 9 * HOUR, "%Y-%m-%dT%H:%M:%S"),
                t + HOUR - 777,
                turnover(c, v)
            ))
        ),
        // Lighter.
        format!(
            "{{\"code\":200,\"resolution\":\"1h\",\"candlesticks\":[{}]}}",
            list(&|t, [o, h, l, c, v]| format!(
                "{{\"timestamp\":{t},\"open\":{o},\"high\":{h},\"low\":{l},\"close\":{c},\"volume0\":{v},\"volume1\":{},\"last_trade_id\":7}}",
                turnover(c, v)
            ))
        ),
        // OANDA: the middle of bid and ask within an object, the last flag says that it is finished.
        format!(
            "{{\"instrument\":\"EUR_USD\",\"candles\":[{}]}}",
            list(&|t, [o, h, l, c, v]| format!(
                "{{\"complete\":true,\"volume\":{v},\"time\":\"{}\",\"mid\":{{\"o\":{},\"h\":{},\"l\":{},\"c\":{}}}}}",
                written(t, "%Y-%m-%dT%H:%M:%S.000000000Z"),
                q(o),
                q(h),
                q(l),
                q(c)
            ))
        ),
        // Binance's stream, one line each.
        lines(HOUR, |_, t, [o, h, l, c, v]| {
            format!(
                "{{\"e\":\"kline\",\"s\":\"BTCUSDT\",\"k\":{{\"t\":{t},\"T\":{},\"i\":\"1h\",\"o\":{},\"c\":{},\"h\":{},\"l\":{},\"v\":{},\"n\":7,\"x\":true,\"q\":{},\"V\":\"1\",\"Q\":\"2\"}}}}",
                t + HOUR - 1,
                q(o),
                q(c),
                q(h),
                q(l),
                q(v),
                q(turnover(c, v))
            )
        }),
        // TradingView's feed: columns as lists.
        {
            let column = |get: &dyn Fn(Millis, [f64; 5]) -> String| list(get);
            format!(
                "{{\"s\":\"ok\",\"t\":[{}],\"o\":[{}],\"h\":[{}],\"l\":[{}],\"c\":[{}],\"v\":[{}]}}",
                column(&|t, _| (t / 1000).to_string()),
                column(&|_, b| b[0].to_string()),
                column(&|_, b| b[1].to_string()),
                column(&|_, b| b[2].to_string()),
                column(&|_, b| b[3].to_string()),
                column(&|_, b| b[4].to_string())
            )
        },
        // Alpha Vantage: an object for each time.
        format!(
            "{{\"Meta Data\":{{\"2. Symbol\":\"IBM\"}},\"Time Series\":{{{}}}}}",
            list(&|t, [o, h, l, c, v]| format!(
                "\"{}\":{{\"1. open\":{},\"2. high\":{},\"3. low\":{},\"4. close\":{},\"5. volume\":{}}}",
                written(t, "%Y-%m-%d %H:%M:%S"),
                q(o),
                q(h),
                q(l),
                q(c),
                q(v)
            ))
        ),
        // pandas, orient="columns" and "index".
        {
            let column = |get: &dyn Fn([f64; 5]) -> f64| list(&|t, b| format!("\"{t}\":{}", get(b)));
            format!(
                "{{\"open\":{{{}}},\"high\":{{{}}},\"low\":{{{}}},\"close\":{{{}}},\"volume\":{{{}}}}}",
                column(&|b| b[0]),
                column(&|b| b[1]),
                column(&|b| b[2]),
                column(&|b| b[3]),
                column(&|b| b[4])
            )
        },
        format!(
            "{{{}}}",
            list(&|t, [o, h, l, c, v]| format!(
                "\"{t}\":{{\"open\":{o},\"high\":{h},\"low\":{l},\"close\":{c},\"volume\":{v}}}"
            ))
        ),
        // pandas, orient="table"; QuestDB; InfluxDB.
        format!(
            "{{\"schema\":{{\"fields\":[{{\"name\":\"date\",\"type\":\"datetime\"}},{{\"name\":\"open\",\"type\":\"number\"}}]}},\"data\":[{}]}}",
            list(&|t, [o, h, l, c, v]| format!(
                "{{\"date\":\"{}\",\"open\":{o},\"high\":{h},\"low\":{l},\"close\":{c},\"volume\":{v}}}",
                written(t, "%Y-%m-%dT%H:%M:%S.000Z")
            ))
        ),
        format!(
            "{{\"query\":\"select\",\"columns\":[{}],\"dataset\":[{}],\"count\":12}}",
            ["ts", "open", "high", "low", "close", "volume"]
                .map(|name| format!("{{\"name\":\"{name}\",\"type\":\"DOUBLE\"}}"))
                .join(","),
            list(&|t, [o, h, l, c, v]| format!(
                "[\"{}\",{o},{h},{l},{c},{v}]",
                written(t, "%Y-%m-%dT%H:%M:%S.000000Z")
            ))
        ),
        format!(
            "{{\"results\":[{{\"series\":[{{\"name\":\"btc\",\"columns\":[\"time\",\"close\",\"high\",\"low\",\"open\",\"volume\"],\"values\":[{}]}}]}}]}}",
            list(&|t, [o, h, l, c, v]| format!("[\"{}\",{c},{h},{l},{o},{v}]", written(t, "%Y-%m-%dT%H:%M:%SZ")))
        ),
    ] {
        is_bars(&text, HOUR);
    }
}

#[test]
fn brokers_tables_hold_the_same_bars() {
    for text in [
        // NinjaTrader, HistData's ASCII.
        lines(HOUR, |_, t, [o, h, l, c, v]| format!("{};{o};{h};{l};{c};{v}", written(t, "%Y%m%d %H%M%S"))),
        // HistData's MetaTrader.
        lines(HOUR, |_, t, [o, h, l, c, v]| format!("{},{},{o},{h},{l},{c},{v}", written(t, "%Y.%m.%d"), written(t, "%H:%M"))),
        // Finam.
        format!("<TICKER>;<PER>;<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>\n{}", lines(HOUR, |_, t, [o, h, l, c, v]| format!("SBER;60;{};{};{o};{h};{l};{c};{v}", written(t, "%Y%m%d"), written(t, "%H%M%S")))),
        // Clocks that have lost their zeros.
        format!("date,time,open,high,low,close,volume\n{}", lines(HOUR, |_, t, [o, h, l, c, v]| format!("{},{},{o},{h},{l},{c},{v}", written(t, "%Y%m%d"), written(t, "%H%M").parse::<u32>().unwrap()))),
        // Barchart: `Last`, and a remark in the last line.
        format!("Time,Open,High,Low,Last,Change,%Chg,Volume,\"Open Int\"\n{}\n\"Downloaded from Barchart.com as of 01-09-2024 05:00am CST\"", lines(HOUR, |_, t, [o, h, l, c, v]| format!("{},{o},{h},{l},{c},0.5,\"0.1%\",{v},0", written(t, "%m/%d/%Y %H:%M").replace("01/08", "01/18")))).replace("01/18", "01/08").replace("01/08/2024", "2024-01-08"),
        // R writes the numbers of rows without a name.
        format!("\"date\",\"open\",\"high\",\"low\",\"close\",\"volume\"\n{}", lines(HOUR, |at, t, [o, h, l, c, v]| format!("\"{}\",\"{}\",{o},{h},{l},{c},{v}", at + 1, written(t, "%Y-%m-%d %H:%M:%S")))),
        // A comma behind each row, remarks above the header.
        format!("# made by a desk\n# all times in UTC\ndate,open,high,low,close,volume\n{}", lines(HOUR, |_, t, [o, h, l, c, v]| format!("{},{o},{h},{l},{c},{v},", written(t, "%Y-%m-%d %H:%M:%S")))),
        // Two files behind each other, each with its header.
        {
            let text = format!("date,open,high,low,close,volume\n{}", lines(HOUR, |_, t, [o, h, l, c, v]| format!("{},{o},{h},{l},{c},{v}", written(t, "%Y-%m-%d %H:%M:%S"))));
            let rows: Vec<&str> = text.lines().collect();
            [rows[..7].join("\n"), rows[0].to_owned(), rows[7..].join("\n")].join("\n")
        },
        // The asset in the names of the columns.
        format!("time,BTC_open,BTC_high,BTC_low,BTC_close,BTC_volume\n{}", lines(HOUR, |_, t, [o, h, l, c, v]| format!("{t},{o},{h},{l},{c},{v}"))),
        // Names of other languages.
        format!("日期,开盘,最高,最低,收盘,成交量\n{}", lines(HOUR, |_, t, [o, h, l, c, v]| format!("{},{o},{h},{l},{c},{v}", written(t, "%Y-%m-%d %H:%M:%S")))),
        format!("Дата;Откр.;Макс.;Мин.;Закр.;Объём\n{}", lines(HOUR, |_, t, [o, h, l, c, v]| format!("{};{o};{h};{l};{c};{v}", written(t, "%Y-%m-%d %H:%M:%S")))),
        format!("Fecha;Apertura;Máximo;Mínimo;Último;Vol.\n{}", lines(HOUR, |_, t, [o, h, l, c, v]| format!("{};{o};{h};{l};{c};{v}", written(t, "%Y-%m-%d %H:%M:%S")))),
    ] {
        is_bars(&text, HOUR);
    }
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(
            format!(
                "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<VOL>\r\n{}",
                lines(HOUR, |_, t, [o, h, l, c, v]| format!(
                    "{}\t{}\t{o}\t{h}\t{l}\t{c}\t{v}",
                    written(t, "%Y.%m.%d"),
                    written(t, "%H:%M:%S")
                ))
            )
            .encode_utf16(),
        )
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(one("file", utf16).candles, bars(HOUR));
    let latin: Vec<u8> = format!(
        "Datum;Er\u{f6}ffnung;Hoch;Tief;Schluss;St\u{fc}cke\n{}",
        lines(HOUR, |_, t, [o, h, l, c, v]| format!("{};{o};{h};{l};{c};{v}", written(t, "%Y-%m-%d %H:%M:%S")))
    )
    .chars()
    .map(|c| u8::try_from(u32::from(c)).unwrap())
    .collect();
    assert_eq!(one("file", latin).candles, bars(HOUR));
}

#[test]
fn ends_become_opens_where_only_ends_are_there_or_the_user_says_so() {
    for end in ["close_time", "Close Time", "end", "period_end", "timeClose", "time_period_end"] {
        for late in [0, 1, 1_000] {
            let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", t + HOUR - late);
            is_bars(&format!("{end},open,high,low,close,volume\n{}", lines(HOUR, row)), HOUR);
        }
    }
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", t + HOUR);
    let text = format!("time,open,high,low,close,volume\n{}", lines(HOUR, row));
    let stated = ImportOptions { symbol: Some("A".into()), time_is: Some(StampIs::Close), ..options() };
    assert_eq!(read_bytes(text.into_bytes(), "file", &stated).unwrap()[0].candles, bars(HOUR));
}

#[test]
fn several_assets_markets_or_lengths_are_never_mixed() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{t},{o},{h},{l},{c},{v}");
    let text = lines(HOUR, row);
    let tagged = |tags: &[&str]| -> String {
        tags.iter()
            .map(|tag| text.lines().map(|line| format!("{line},{tag}")).collect::<Vec<_>>().join("\n"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    for (column, tags) in [
        ("Name", ["BTC", "ETH"]),
        ("ticker", ["AAPL", "MSFT"]),
        ("coin", ["bitcoin", "ethereum"]),
        ("isin", ["US1", "US2"]),
    ] {
        let file = format!("time,open,high,low,close,volume,{column}\n{}", tagged(&tags));
        let error = refused("file", &file, "2 assets");
        assert!(error.what.contains(column) && error.remedy.contains("--only-symbol"), "{error}");
        let only = ImportOptions { only_symbol: Some(tags[1].into()), ..options() };
        let found = read_bytes(file.clone().into_bytes(), "file", &only).unwrap();
        assert_eq!((found[0].candles.clone(), found[0].symbol.as_str()), (bars(HOUR), &*tags[1].to_uppercase()));
        let conflict = ImportOptions { symbol: Some("A".into()), conflict: OnConflict::First, ..options() };
        assert!(read_bytes(file.into_bytes(), "file", &conflict).is_err());
    }
    // Two exchanges in a column that nobody knows: the rows of one time differ in it alone.
    let other = tagged(&["kraken"]).replace("103.25", "103.5");
    let file = format!("time,open,high,low,close,volume,place\n{}\n{other}", tagged(&["binance"]));
    refused("file", file, "its column 'place'");
    let file = format!(
        "time,open,high,low,close,volume,interval\n{}\n{}",
        tagged(&["1h"]),
        "1704672000000,100,109,96.5,103.5,140,1d"
    );
    refused("file", &file, "several lengths by its column 'interval': 1h, 1d");
    let stated = ImportOptions { symbol: Some("A".into()), interval: "1h".parse().ok(), ..options() };
    assert_eq!(read_bytes(file.into_bytes(), "file", &stated).unwrap()[0].candles, bars(HOUR));
    let wide = "time,BTC-USD open,BTC-USD high,BTC-USD low,BTC-USD close,ETH-USD open,ETH-USD high,ETH-USD low,ETH-USD close\n1704672000000,1,2,0.5,1,1,2,0.5,1\n";
    refused("file", wide, "--only-symbol");
}

#[test]
fn what_are_no_trades_is_stored_under_no_asset_s_name() {
    let row = |_, t, [o, h, l, c, _]: [f64; 5]| format!("{t},{o},{h},{l},{c},0");
    let text = lines(HOUR, row);
    for name in [
        "BTC_USDT_USDT-1h-mark.csv",
        "BTCUSDT-1h-index.csv",
        "BTCUSDT-1h-premiumIndex.csv",
        "BTC_USDT-1h-funding_rate.csv",
        "BTCUSDT-markPriceKlines-1h.csv",
    ] {
        let error = refused(name, &text, "not of trades");
        assert!(error.remedy.contains("--symbol"), "{error}");
        let stated = ImportOptions { symbol: Some("BTCUSDT.MARK".into()), ..options() };
        assert!(
            name.contains("index")
                || name.contains("Index")
                || name.contains("funding")
                || read_bytes(text.clone().into_bytes(), name, &stated).is_ok()
        );
    }
    let row = |_, t, [o, h, l, c, _]: [f64; 5]| format!("{t},{o},{h},{l},{c},0,{},0,3600,0,0,0", t + HOUR - 1);
    refused("BTCUSDT-1h-2024-01.csv", lines(HOUR, row), "not of trades");
}

#[test]
fn volumes_are_in_units_of_the_base_asset_whatever_their_names_are() {
    let table = |names: &str, row: &dyn Fn([f64; 5]) -> String| {
        format!(
            "time,open,high,low,close,{names}\n{}",
            lines(HOUR, |_, t, b| format!("{t},{},{},{},{},{}", b[0], b[1], b[2], b[3], row(b)))
        )
    };
    for (names, row) in [
        ("volume,quoteVolume", (|b| format!("{},{}", b[4] * b[3], b[4])) as fn([f64; 5]) -> String),
        ("vol,amount", |b| format!("{},{}", b[4] * b[3], b[4])),
        ("amount,vol", |b| format!("{},{}", b[4] * b[3], b[4])),
        ("Volume USD,Volume BTC", |b| format!("{},{}", b[4] * b[3], b[4])),
        ("volumefrom,volumeto", |b| format!("{},{}", b[4], b[4] * b[3])),
        ("volume,turnover", |b| format!("{},{}", b[4], b[4] * b[3])),
        // Contracts of a hundredth.
        ("vol,amount", |b| format!("{},{}", b[4] * 100.0, b[4] * b[3])),
    ] {
        is_bars(&table(names, &row), HOUR);
    }
}

#[test]
fn a_row_that_shows_the_open_bar_is_left_out() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", written(t, "%Y-%m-%d %H:%M:%S"));
    let text = lines(DAY, row);
    for live in ["2024-01-19 20:41:00", "2024-01-20 20:41:00"] {
        is_bars(&format!("Date,Open,High,Low,Close,Volume\n{text}\n{live},103.5,104,103,103.5,1"), DAY);
        is_bars(
            &format!(
                "Date,Open,High,Low,Close,Volume\n{live},103.5,104,103,103.5,1\n{}",
                text.lines().rev().collect::<Vec<_>>().join("\n")
            ),
            DAY,
        );
    }
    // A flag says so.
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{t},{o},{h},{l},{c},{v},true");
    let more = format!("{},103.5,104,103,103.5,1,false", START + 12 * HOUR);
    is_bars(&format!("time,open,high,low,close,volume,confirm\n{}\n{more}", lines(HOUR, row)), HOUR);
}

#[test]
fn a_day_with_daylight_saving_is_told_by_its_zone() {
    // 2024-10-27: Berlin sets its clocks back from 03:00 to 02:00.
    let berlin = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let first = 1_729_893_600_000; // 2024-10-26T00:00 there
    let rows: Vec<String> = (0..72)
        .map(|hour| {
            let moment = jiff::Timestamp::from_millisecond(first + hour * HOUR).unwrap();
            let shown = berlin.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S").to_string();
            format!("{shown},100,101,99,{},5", 100.0 + hour as f64 / 100.0)
        })
        .collect();
    let text = format!("time,open,high,low,close,volume\n{}", rows.join("\n"));
    let error = refused("file", &text, "2024-10-27T02:00:00Z is there twice");
    assert!(error.remedy.contains("--timezone"));
    let zone = || ImportZone::parse("Europe/Berlin").ok();
    let stated = ImportOptions { symbol: Some("A".into()), timezone: zone(), ..options() };
    let found = read_bytes(text.into_bytes(), "file", &stated).unwrap();
    let wanted: Vec<Millis> = (0..72).map(|hour| first + hour * HOUR).collect();
    assert_eq!(found[0].candles.time, wanted);
    // Days are days in every zone.
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", written(t, "%Y-%m-%d"));
    let text = format!("date,open,high,low,close,volume\n{}", lines(DAY, row));
    let stated = ImportOptions { symbol: Some("A".into()), timezone: zone(), ..options() };
    assert_eq!(read_bytes(text.into_bytes(), "file", &stated).unwrap()[0].candles, bars(DAY));
}

#[test]
fn a_zone_that_a_column_or_its_name_tells_is_used_or_asked_for() {
    let row = |zone: &'static str, hours: i64| {
        move |_: usize, t: Millis, [o, h, l, c, v]: [f64; 5]| {
            format!("{},{zone},{o},{h},{l},{c},{v}", written(t + hours * HOUR, "%Y-%m-%d %H:%M:%S"))
        }
    };
    is_bars(&format!("local_time,zone,open,high,low,close,volume\n{}", lines(HOUR, row("America/New_York", -5))), HOUR);
    is_bars(&format!("time,tz,open,high,low,close,volume\n{}", lines(HOUR, row("UTC", 0))), HOUR);
    let text = format!("timestamp_est,note,open,high,low,close,volume\n{}", lines(HOUR, row("x", -5)));
    let error = refused("file", &text, "times of EST by the name of their column");
    assert!(error.remedy.contains("--timezone"));
    // TradingView's seeds.
    is_bars(&lines(DAY, |_, t, [o, h, l, c, v]| format!("{},{o},{h},{l},{c},{v}", written(t, "%Y%m%dT"))), DAY);
}

#[test]
fn scaled_prices_are_refused_or_scaled() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| {
        let price = |price: f64| (price * 1e8).round();
        format!("{t},{},{},{},{},{v}", price(o), price(h), price(l), price(c))
    };
    let text = format!("time,open,high,low,close,volume\n{}", lines(HOUR, row));
    let error = refused("file", &text, "whole numbers such as 10000000000");
    assert!(error.remedy.contains("--price-scale"));
    let stated = ImportOptions { symbol: Some("A".into()), price_scale: Some(1e-8), ..options() };
    assert_eq!(read_bytes(text.into_bytes(), "file", &stated).unwrap()[0].candles, bars(HOUR));
    // LEAN's shares are in New York, and multiplied by 10,000.
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| {
        let price = |price: f64| (price * 1e4).round();
        format!("{},{},{},{},{},{v}", written(t, "%Y%m%d %H:%M"), price(o), price(h), price(l), price(c))
    };
    is_bars(&lines(DAY, row), DAY);
}

#[test]
fn bad_rows_are_dropped_and_listed_where_that_is_wanted() {
    let row = |at, t, [o, h, l, c, v]: [f64; 5]| match at {
        3 => format!("{t},{o},{h},{l},0,{v}"),
        5 => format!("{t},{o},{h},{l},oops,{v}"),
        7 => format!("never,{o},{h},{l},{c},{v}"),
        9 => format!("{t},{o},{h}"),
        _ => format!("{t},{o},{h},{l},{c},{v}"),
    };
    let text = format!("time,open,high,low,close,volume\n{}", lines(HOUR, row));
    refused("file", &text, "row ");
    let stated = ImportOptions {
        symbol: Some("A".into()),
        on_bad_row: OnBadRow::Drop,
        interval: "1h".parse().ok(),
        ..options()
    };
    let found = read_bytes(text.into_bytes(), "file", &stated).unwrap();
    assert_eq!((found[0].candles.len(), found[0].report.bad), (8, 4));
    let told = found[0].report.changes().join("; ");
    for row in ["row 5 dropped", "row 7 dropped", "row 9 dropped", "row 11 dropped"] {
        assert!(told.contains(row), "{told}");
    }
}

#[test]
fn columns_times_and_separators_can_be_stated() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("x~{}~{o}~{h}~{l}~{c}~{v}", written(t, "%H.%M h on %j/%Y"));
    let text = format!("a~when~first~top~bottom~final~many\n{}", lines(HOUR, row));
    let stated = ImportOptions {
        symbol: Some("A".into()),
        separator: Some('~'),
        time_format: Some("%H.%M h on %j/%Y".into()),
        columns: parse_columns("time=when,open=first,high=top,low=bottom,close=final,volume=many").unwrap(),
        ..options()
    };
    assert_eq!(read_bytes(text.clone().into_bytes(), "file", &stated).unwrap()[0].candles, bars(HOUR));
    let by_number =
        ImportOptions { columns: parse_columns("time=2,open=3,high=4,low=5,close=6,volume=").unwrap(), ..stated };
    let rows = text.lines().skip(1).collect::<Vec<_>>().join("\n");
    let found = read_bytes(rows.into_bytes(), "file", &by_number).unwrap();
    assert_eq!((found[0].candles.close.clone(), found[0].report.no_volume), (bars(HOUR).close, true));
}

#[test]
fn a_name_is_taken_for_what_it_tells_and_a_guess_is_said() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{t},{o},{h},{l},{c},{v}");
    let text = format!("time,open,high,low,close,volume\n{}", lines(HOUR, row));
    let named = |name: &str| {
        let found = read_bytes(text.clone().into_bytes(), name, &options()).unwrap();
        let is_guess = found[0].report.changes().join("; ").contains("is a guess");
        (found[0].symbol.clone(), is_guess)
    };
    assert_eq!(named("BTCUSDT-1h.csv"), ("BTCUSDT".into(), false));
    assert_eq!(named("AAPL.csv"), ("AAPL".into(), false));
    assert_eq!(named("AAPL_data.csv"), ("AAPL".into(), true));
    assert_eq!(named("bitstampUSD_1-min_data.csv"), ("BTCUSD".into(), true));
    assert_eq!(show_time(START), "2024-01-08");
    is_prices(&text.lines().map(|line| line.rsplit_once(',').unwrap().0).collect::<Vec<_>>().join("\n"), HOUR);
}
