//! Candle files that are the same each time: a walk seeded by the symbol, in whole cents.

use std::fmt::Write;

/// Bars of an ordinary test file.
pub(crate) const BARS: usize = 400;
/// 2022-01-01
const FIRST: i64 = 1_640_995_200_000;
const DAY: i64 = 86_400_000;

/// A file with so many daily bars; a longer one begins with the same lines. The first bar is in line 2.
pub(crate) fn csv(symbol: &str, bars: usize) -> String {
    let mut state = symbol.bytes().fold(17_u64, |state, byte| state.wrapping_mul(31).wrapping_add(byte.into()));
    let mut below = |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    let mut text = String::from("timestamp,open,high,low,close,volume\n");
    let mut close = 100_000 + below(900_000);
    let mut time = FIRST;
    // Runs of days up and days down, so that every strategy has something to trade.
    let (mut days_left, mut rising) = (0, false);
    for _ in 0..bars {
        if days_left == 0 {
            (days_left, rising) = (8 + below(30), !rising);
        }
        days_left -= 1;
        let open = close * (9_980 + below(41)) / 10_000;
        close = (open * (9_700 + below(500) + if rising { 220 } else { 0 } - 60) / 10_000).max(1_000);
        let high = open.max(close) + below(open / 50);
        let low = open.min(close) - below(open / 100);
        let volume = 1 + below(1_000);
        let [open, high, low, last] =
            [open, high, low, close].map(|cents| format!("{}.{:02}", cents / 100, cents % 100));
        writeln!(text, "{time},{open},{high},{low},{last},{volume}").expect("text grows");
        time += DAY;
    }
    text
}

/// The file with one cell changed; `line` counts as an editor does, the header being line 1.
pub(crate) fn with_cell(csv: &str, line: usize, column: usize, cell: &str) -> String {
    let changed = |text: &str| {
        let mut cells: Vec<&str> = text.split(',').collect();
        cells[column] = cell;
        cells.join(",")
    };
    lines(csv, |number, text| if number == line { changed(text) } else { text.to_owned() })
}

/// The file with each line handed through `change`, together with its number.
pub(crate) fn lines(csv: &str, change: impl Fn(usize, &str) -> String) -> String {
    csv.lines().enumerate().map(|(at, text)| change(at + 1, text) + "\n").collect()
}
