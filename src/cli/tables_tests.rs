//! What a table looks like on a terminal.

use super::*;
use crate::metrics::Outcome;
use crate::model::Settings;
use crate::report::CacheState;

fn row() -> Row {
    Row {
        symbol: "BTCUSDT".to_owned(),
        interval: "1d".parse().unwrap(),
        strategy: "rsi".to_owned(),
        params: vec![("period".to_owned(), 14.0)],
        settings: Settings::default(),
        outcome: Outcome { bars: 1, start: 0, end: 0, ruined: false, metrics: [Some(1.0); metrics::COUNT] },
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

#[test]
fn colours_cost_no_columns_of_a_narrow_terminal() {
    let header = |colour| {
        let text = ranking(&[row()], &[], "sharpe", printer(colour, Some(80)));
        let line = text.lines().next().unwrap().to_owned();
        assert!(visible(&line) <= 80, "{line:?}");
        metrics::TABLE.iter().filter(|metric| line.contains(metric.label)).count()
    };
    assert!(header(false) > 2);
    assert_eq!(header(true), header(false));
    assert!(ranking(&[row()], &[], "sharpe", printer(true, None)).contains('\u{1b}'));
}

#[test]
fn texts_are_wrapped_to_the_terminal_and_to_nothing_else() {
    let wide = |width| {
        let mut grid = Grid::new(printer(false, width), &["Strategy", "About"], &[]);
        grid.line(["rsi".to_owned(), "word ".repeat(50)]);
        grid.wrapped(printer(false, width)).lines().map(|line| line.chars().count()).max().unwrap()
    };
    assert!(wide(Some(60)) <= 60);
    assert!(wide(None) > 200);
}

#[test]
fn one_bar_is_not_bars() {
    let card = card(&row(), printer(false, None));
    assert!(card.contains("1 bar ") && !card.contains("1 bars"), "{card}");
}
