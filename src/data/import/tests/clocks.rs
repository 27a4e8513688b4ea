//! Times beyond the usual ones: forms of single tools, clocks in zones that columns name, several columns of times, bars
//! of two phases, and rows that show an open bar.

use super::kinds::{START, bars, is_bars, lines, written};
use super::*;

fn table(time: &str, step: Millis, shown: impl Fn(Millis) -> String) -> String {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("\"{}\",{o},{h},{l},{c},{v}", shown(t));
    format!("{time},open,high,low,close,volume\n{}", lines(step, row))
}

#[test]
fn forms_of_single_tools_are_times() {
    for format in [
        "%a %b %d %H:%M:%S %Y",
        "%Y-%m-%d_%H-%M-%S",
        "%Y-%m-%d-%H-%M",
        "%Y-%m-%d %H",
        "%Y年%m月%d日 %H:%M",
        "%d%b%Y:%H:%M:%S",
        "%d/%b/%Y:%H:%M:%S +0000",
        "%Y%m%dT%H%M",
        "%b. %d, %Y %H:%M",
    ] {
        is_bars(&table("time", HOUR, |t| written(t, format)), HOUR);
    }
    is_bars(&table("time", HOUR, |t| written(t + 8 * HOUR, "%Y-%m-%d %H:%M:%S +0800 CST")), HOUR);
    // Hours of a spreadsheet's days, of which few are exact.
    is_bars(&table("date", HOUR, |t| format!("{:.9}", t as f64 / DAY as f64 + 25_569.0)), HOUR);
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| {
        format!("{{\"Date\":\"/Date({t})/\",\"Open\":{o},\"High\":{h},\"Low\":{l},\"Close\":{c},\"Volume\":{v}}}")
    };
    is_bars(&format!("[{}]", lines(HOUR, row).replace('\n', ",")), HOUR);
}

#[test]
fn a_zone_in_the_name_of_the_column_is_used_where_it_means_one_thing() {
    for (name, hours) in [("Time (UTC+3)", 3), ("Datetime(GMT-05:00)", -5), ("Date (Asia/Tokyo)", 9), ("Time (UTC)", 0)]
    {
        is_bars(&table(name, HOUR, |t| written(t + hours * HOUR, "%Y-%m-%d %H:%M:%S")), HOUR);
    }
    let error = refused("file", table("Time (EST)", HOUR, |t| written(t, "%Y-%m-%d %H:%M")), "times of EST");
    assert!(error.remedy.contains("--timezone"));
}

#[test]
fn of_several_columns_of_times_the_one_of_moments_and_of_moving_ones_is_taken() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| {
        format!("{},{},{o},{h},{l},{c},{v}", t / 1_000, written(t - 5 * HOUR, "%Y-%m-%d %H:%M:%S"))
    };
    let found = one("file", format!("unix,datetime,open,high,low,close,volume\n{}", lines(HOUR, row)));
    assert_eq!(found.candles, bars(HOUR));
    assert!(found.report.decisions.iter().any(|decision| decision.what.contains("'datetime' is a local clock")));
    // InfluxDB writes the range of the query beside each row.
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| {
        format!(",,0,2021-01-01T00:00:00Z,{},{o},{h},{l},{c},{v}", written(t, "%Y-%m-%dT%H:%M:%SZ"))
    };
    is_bars(&format!(",result,table,_start,_time,open,high,low,close,volume\n{}", lines(HOUR, row)), HOUR);
    for end in ["t_close", "close_ts", "bar_end_utc"] {
        is_bars(&table(end, HOUR, |t| written(t + HOUR, "%Y-%m-%d %H:%M:%S")), HOUR);
    }
}

#[test]
fn days_that_begin_at_a_midnight_elsewhere_stay_the_moments_they_are() {
    let shanghai = |t: Millis| written(t + 8 * HOUR, "%Y-%m-%d %H:%M:%S+08:00");
    let found = one("file", table("time", DAY, |t| shanghai(t - 8 * HOUR)));
    assert_eq!(found.candles.time[0], START - 8 * HOUR);
    // Without an offset they are dates with the close of a stock exchange.
    is_bars(&table("time", DAY, |t| written(t + 16 * HOUR, "%Y-%m-%d %H:%M:%S")), DAY);
}

#[test]
fn dates_of_dukascopy_have_the_day_first_though_one_day_does_not_show_it() {
    let text = table("Gmt time", HOUR, |t| written(t, "%d.%m.%Y %H:%M:%S.000"));
    is_bars(&text, HOUR);
    refused("file", text.replace("Gmt time", "time"), "no row tells whether the order is");
}

#[test]
fn bars_that_begin_to_open_elsewhere_are_refused_with_both_places() {
    let shifted = table("time", DAY, |t| written(if t < START + 6 * DAY { t } else { t + 8 * HOUR }, "%Y-%m-%d %H:%M"));
    let error = refused("file", shifted, "two phases");
    assert!(error.what.contains("2024-01-13") && error.what.contains("2024-01-14T08:00:00Z"), "{error}");
    // An hour is daylight saving.
    let summer = |t| written(t + if t < START + 6 * DAY { 14 * HOUR } else { 13 * HOUR }, "%Y-%m-%d %H:%M:%SZ");
    assert_eq!(one("file", table("time", DAY, summer)).candles.len(), 12);
}

#[test]
fn bars_of_two_lengths_behind_each_other_are_refused_with_the_place() {
    let row = |at: usize, _, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", START + at as i64 * HOUR);
    let hours = lines(HOUR, row);
    let longer: Vec<String> =
        (0..40).map(|at| format!("{},100,101,99,100,5", START + 12 * HOUR + at * 4 * HOUR)).collect();
    let more: Vec<String> = (0..60).map(|at| format!("{},100,101,99,100,5", START - (60 - at) * HOUR)).collect();
    let text = format!("time,open,high,low,close,volume\n{}\n{hours}\n{}", more.join("\n"), longer.join("\n"));
    let error = refused("file", &text, "bars of two lengths");
    assert!(error.what.contains("that are 4h apart") && error.remedy.contains("--interval"), "{error}");
    let stated = ImportOptions { symbol: Some("A".into()), interval: "1h".parse().ok(), ..options() };
    assert_eq!(read_bytes(text.into_bytes(), "file", &stated).unwrap()[0].candles.len(), 112);
}

#[test]
fn a_live_row_of_a_month_or_a_week_is_left_out() {
    let months: Vec<String> = (1..=9)
        .map(|month| format!("2024-0{month}-01,100,110,90,10{month},5"))
        .chain(["2024-09-18,1,2,1,1,1".into()])
        .collect();
    let found = one("file", format!("Date,Open,High,Low,Close,Volume\n{}", months.join("\n")));
    assert_eq!((found.interval, found.candles.len()), (crate::sim::Interval::MONTH, 9));
    let live = format!("{}\n\"2024-03-28\",103.5,104,103,103.5,1", table("Date", 7 * DAY, |t| written(t, "%Y-%m-%d")));
    is_bars(&live, 7 * DAY);
}

#[test]
fn minutes_of_which_every_third_is_missing_are_minutes() {
    let row = |at: usize, t, [o, h, l, c, v]: [f64; 5]| {
        if at % 3 == 1 { "#".to_owned() } else { format!("{t},{o},{h},{l},{c},{v}") }
    };
    let found = one("file", format!("time,open,high,low,close,volume\n{}", lines(60_000, row)));
    assert_eq!((found.interval.to_string().as_str(), found.candles.len(), found.report.missing), ("1m", 8, 4));
}

#[test]
fn a_clock_before_its_day_is_its_clock_with_a_header_and_without() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| {
        format!("{},{},{o},{h},{l},{c},{v}", written(t, "%H:%M"), written(t, "%Y.%m.%d"))
    };
    is_bars(&lines(HOUR, row), HOUR);
    is_bars(&format!("Time,Date,Open,High,Low,Close,Volume\n{}", lines(HOUR, row)), HOUR);
    for format in
        ["%H:%M %Y-%m-%d", "%H:%M:%S %d.%m.%Y", "%I:%M %p, %m/%d/%Y", "%d.%m.%Y %H.%M", "%a %b %d %H:%M:%S UTC %Y"]
    {
        let row = |at: usize, _, [o, h, l, c, v]: [f64; 5]| {
            let moment = START + Millis::try_from(at).unwrap() * 8 * HOUR + 12 * DAY;
            format!("\"{}\",{o},{h},{l},{c},{v}", written(moment, format))
        };
        let found = one("file", format!("time,open,high,low,close,volume\n{}", lines(8 * HOUR, row)));
        assert_eq!(found.candles.time[1] - 8 * HOUR - 12 * DAY, START, "{format}");
    }
}

#[test]
fn days_of_a_spreadsheet_that_may_be_of_1904_are_refused_and_the_option_tells_them() {
    let old = |_, t: Millis, [o, h, l, c, v]: [f64; 5]| format!("{},{o},{h},{l},{c},{v}", t / DAY + 24_107);
    let text = format!("date,open,high,low,close,volume\n{}", lines(DAY, old));
    let error = refused("file", &text, "no row tells whether they are counted from 1899-12-30 or");
    assert!(error.remedy.contains("--time-format 'days since 1904-01-01'"), "{error}");
    let stated =
        ImportOptions { symbol: Some("A".into()), time_format: Some("days since 1904-01-01".into()), ..options() };
    assert_eq!(read_bytes(text.into_bytes(), "file", &stated).unwrap()[0].candles, bars(DAY));
}
