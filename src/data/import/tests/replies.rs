//! JSON beyond the usual replies: pages, types of databases, what Python writes, columns under names.

use super::kinds::{bars, is_bars, lines};
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
fn a_source_that_stamps_ends_is_known_by_its_reply() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("[{},{o},{h},{l},{c},{v},{}]", (t + HOUR) / 1_000, v * c);
    let rows = lines(HOUR, row).replace('\n', ",");
    is_bars(&format!("{{\"result\":{{\"3600\":[{rows}]}},\"allowance\":{{\"cost\":1}}}}"), HOUR);
}
