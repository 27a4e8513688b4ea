//! The page of a walk.

use crate::fixture::Sandbox;
use crate::page::{DESK, PHONE, Page};

#[test]
fn the_equity_the_parameters_and_the_scatter_are_drawn_and_the_windows_listed() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox
        .backtest("walk --crypto BTC --strategy ma --param fast=3,5,8 --param slow=10..30:10 --train 150b --test 60b --holdout 10% --report page.html")
        .ran()
        .done();
    for screen in [DESK, PHONE] {
        let page = Page::open(&sandbox.here().join("page.html"), screen);
        // Equity and the market; a line for each parameter; all points and the chosen ones.
        for (plot, lines) in [("equity", 2), ("params", 2), ("scatter", 2)] {
            assert_eq!(page.chart(&format!("document.getElementById('{plot}')")), lines, "{plot}");
        }
        // Four windows and the holdout.
        assert_eq!(page.count("#windows tbody tr"), 5);
        page.says(&["walked forward", "Out of sample ma made", "holdout", "(shorter)"]).fine();
    }
}
