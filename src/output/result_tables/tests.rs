//! What a table looks like on a terminal.

use super::*;
use crate::sim::metrics::{Detail, Outcome};
use crate::sim::{CacheState, Settings};

const NONE: RankSpread<'_> = RankSpread { median: None, worst: None, never_traded: 0, few_trades: 0 };

fn row() -> Row {
    Row {
        symbol: "BTCUSDT".to_owned(),
        interval: "1d".parse().unwrap(),
        strategy: "rsi".to_owned(),
        params: vec![("period".to_owned(), 14.0)],
        settings: Settings::default(),
        benchmark: None,
        warmup_bars: 0,
        outcome: Outcome {
            bars: 1,
            start: 0,
            end: 0,
            ruined: false,
            detail: Detail::AllReturns,
            metrics: [Some(1.0); metrics::COUNT],
        },
        trades: None,
        cache: CacheState::Off,
        key: "0".repeat(64),
        elapsed_ms: 0.0,
    }
}

fn printer(colour: bool, width: Option<u16>) -> Printer {
    let mut printer = Printer::new(true);
    (printer.colour, printer.width) = (colour, width);
    printer
}

/// Columns that a line takes on the terminal: colours take none.
fn visible(line: &str) -> usize {
    let mut parts = line.split('\u{1b}');
    let plain = parts.next().unwrap_or_default().chars().count();
    plain + parts.map(|part| part.split_once('m').map_or(0, |(_, text)| text.chars().count())).sum::<usize>()
}

#[test]
fn colours_cost_no_columns_of_a_narrow_terminal() {
    let header = |colour| {
        let text = ranking(&[row()], &NONE, &[], "sharpe", printer(colour, Some(80)));
        let line = text.lines().next().unwrap().to_owned();
        assert!(visible(&line) <= 80, "{line:?}");
        metrics::TABLE.iter().filter(|metric| line.contains(metric.label)).count()
    };
    assert!(header(false) > 2);
    assert_eq!(header(true), header(false));
    assert!(ranking(&[row()], &NONE, &[], "sharpe", printer(true, None)).contains('\u{1b}'));
}

#[test]
fn a_narrow_table_keeps_return_trades_and_what_ranks_and_leaves_out_the_cache_first() {
    let header = |width, sort| {
        let text = ranking(&[row()], &NONE, &["▁▂▃▄".to_owned()], sort, printer(false, Some(width)));
        text.lines().next().unwrap().to_owned()
    };
    let all = header(300, "sqn");
    assert!(["Cache", "Exposure", "SQN"].iter().all(|label| all.contains(label)), "{all}");
    for (width, sort) in [(80, "sharpe"), (80, "sqn"), (60, "sqn"), (20, "calmar")] {
        let header = header(width, sort);
        assert!(header.contains("Return") && header.contains("Trades") && !header.contains("Cache"), "{header}");
        let label = metrics::TABLE[metrics::find(sort).unwrap()].label;
        assert!(
            header.contains(label) && (header.trim_end().chars().count() <= width.into() || width == 20),
            "{header}"
        );
    }
}

#[test]
fn results_with_few_trades_are_counted_in_one_line() {
    let all = RankSpread { never_traded: 1, few_trades: 12, ..NONE };
    assert_eq!(
        trades_remark(&all, 5, "combination"),
        "12 combinations with fewer than 5 closed trades rank after the others (--min-trades); 1 combination never traded\n"
    );
    assert_eq!(trades_remark(&NONE, 5, "result"), "");
}

#[test]
fn many_results_side_by_side_stand_in_several_tables_of_a_narrow_terminal() {
    let row = row();
    let named = ["rsi", "ma:fast=20,slow=100", "macd", "bollinger", "donchian"].map(|name| (name, &row));
    let text = side_by_side(&named, printer(false, Some(80)));
    assert!(text.lines().all(|line| line.trim_end().chars().count() <= 80), "{text}");
    assert!(named.iter().all(|(name, _)| text.matches(name).count() == 1), "{text}");
    assert_eq!(side_by_side(&named, printer(false, None)).matches("Omega").count(), 1);
}

#[test]
fn prices_of_a_column_have_the_same_decimals() {
    let shown = |values: &[f64]| {
        values.iter().map(|value| format::Decimals::of(values.iter().copied()).show(*value)).collect::<Vec<_>>()
    };
    assert_eq!(shown(&[1_551.9, 1_241.29, 1_600.0]), ["1,551.90", "1,241.29", "1,600.00"]);
    assert_eq!(shown(&[0.000_012_3, 0.5]), ["0.0000123", "0.5000000"]);
    assert_eq!(shown(&[3.0]), ["3"]);
}

#[test]
fn bars_are_shown_as_a_time() {
    let shown = |bars, interval: &str| format::bars(bars, interval.parse().unwrap());
    assert_eq!(shown(45.5, "1d"), "45d 12h");
    assert_eq!(shown(164.0, "1h"), "6d 20h");
    assert_eq!(shown(13.0, "15m"), "3h 15m");
    assert_eq!([shown(0.0, "1d"), shown(4.0, "1m"), shown(24.0, "1h")], ["0m", "4m", "1d"]);
}

#[test]
fn texts_are_wrapped_to_the_terminal_and_to_nothing_else() {
    let wide = |width| {
        let mut grid = TextTable::new(printer(false, width), &["Strategy", "About"], &[]);
        grid.line(["rsi".to_owned(), "word ".repeat(50)]);
        grid.wrapped(&[]).lines().map(|line| line.chars().count()).max().unwrap()
    };
    assert!(wide(Some(60)) <= 60);
    assert!(wide(None) > 200);
}

#[test]
fn only_texts_are_wrapped_and_whole_columns_give_way_to_them() {
    let remark = "longest gap 1,234 bars after 2021-01-02 03:04; spike at 2021-02-03";
    let table = |width| {
        let mut grid = TextTable::new(printer(false, Some(width)), &["Asset", "Bars", "First", "Remarks"], &[1]);
        grid.line(["1000SHIBUSDT", "32,134", "2021-01-02 03:04", remark]);
        grid.wrapped(&[2, 1])
    };
    let longest = |text: &str| text.lines().map(|line| line.trim_end().chars().count()).max().unwrap();
    let wide = table(200);
    assert_eq!(wide.lines().count(), 4, "{wide}");
    for (width, kept, left_out) in [(70, "32,134", "-"), (50, "32,134", "First"), (40, "1000SHIBUSDT", "32,134")] {
        let text = table(width);
        assert!(longest(&text) <= usize::from(width), "{text}");
        assert!(text.contains(kept) && !text.contains(left_out) || width == 70, "{text}");
        let is_whole = |word: &str| text.split_whitespace().any(|other| other == word);
        assert!(remark.split_whitespace().all(is_whole), "no word is broken: {text}");
    }
    let text = table(10);
    assert!(
        text.contains("1000SHIBUSDT") && text.contains("2021-01-02 03:04;"),
        "longer lines, and none broken: {text}"
    );
}

#[test]
fn small_ratios_have_decimals_and_no_exponent() {
    let shown = |value| format::metric(Some(value), metrics::Unit::Ratio);
    let values = [1.254, -0.0029, 0.005, 0.000_26, -1e-9, -2.0, 3.2e7];
    assert_eq!(values.map(shown), ["1.25", "-0.003", "0.01", "0.0003", "0.00", "-2.00", "3.2e7"]);
}
