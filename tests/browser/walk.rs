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
        let labels = page.js("document.getElementById('equity')._fullLayout.yaxis.ticktext");
        let labels = labels.as_array().expect("labels");
        assert!(labels.iter().all(|label| label.as_str().expect("a text").ends_with('%')), "{labels:?}");
        let right = page.number("[...document.querySelectorAll('#windows thead th')].find((th) => th.textContent === 'out of sample').getBoundingClientRect().right");
        assert!(right <= f64::from(screen.width) - 10.0, "{right} of {}", screen.width);
        // Four windows and the holdout.
        assert_eq!(page.count("#windows tbody tr"), 5);
        page.says(&["walked forward", "Out of sample ma made", "holdout", "(shorter)"]).fine();
    }
}

#[test]
fn every_path_of_a_cross_validation_is_drawn_and_the_splits_listed() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox
        .backtest("walk --crypto BTC --strategy ma --param fast=3,5,8 --param slow=10..30:10 --cpcv 5,2 --maker-fee 0.0002 --report page.html")
        .ran()
        .done();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    // Four paths and the market; all points and the chosen ones.
    for (plot, lines) in [("equity", 5), ("scatter", 2)] {
        assert_eq!(page.chart(&format!("document.getElementById('{plot}')")), lines, "{plot}");
    }
    assert_eq!((page.count("#paths tbody tr"), page.count("#splits tbody tr")), (4, 10));
    page.says(&["Path 1", "Path 4", "cross-validated", "5 groups, 10 splits, 4 paths", "maker fee 0.02%", "(PBO "])
        .fine();
}
