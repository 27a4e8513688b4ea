//! The page of a portfolio.

use crate::fixture::Sandbox;
use crate::page::{DESK, PHONE, Page};
use crate::sweep::{command_gives_figures, press_cell};

const WEIGHTS: &str = "name = \"weights\"\n[portfolio]\nscore = \"roc(close, 20)\"\ntop = 2\n";
const SLOTS: &str = "name = \"slots\"\n[portfolio]\nmax_positions = 2\nscore = \"roc(close, 20)\"\n[rules]\n\
                     entry = \"close > sma(close, 20)\"\nexit = \"close < sma(close, 20)\"\n[exits]\nstop_loss = 0.05\n";

#[test]
fn equity_weights_contributions_and_holdings_of_many_assets_are_drawn() {
    let sandbox = Sandbox::with(&["ADAUSDT", "BTCUSDT", "ETHUSDT", "XRPUSDT"]);
    for (name, definition) in [("weights", WEIGHTS), ("slots", SLOTS)] {
        sandbox.write(&format!("{name}.toml"), definition);
        let command = format!("portfolio --all --strategy ./{name}.toml --benchmark BTC --report {name}.html");
        sandbox.backtest(&command).ran().done();
        for screen in [DESK, PHONE] {
            let page = Page::open(&sandbox.here().join(format!("{name}.html")), screen);
            // The account, equal parts and the benchmark; an area for each asset that was held; a bar for each.
            for (plot, lines) in [("equity", 3), ("drawdown", 1), ("weights", 4), ("contributions", 1)] {
                assert_eq!(page.chart(&format!("document.getElementById('{plot}')")), lines, "{name}, {plot}");
            }
            let labels = page.js("document.getElementById('equity')._fullLayout.yaxis.ticktext");
            let labels = labels.as_array().expect("labels");
            assert!(labels.iter().all(|label| label.as_str().expect("a text").ends_with('%')), "{labels:?}");
            page.says(&[
                "Growth",
                "Equal parts, held",
                "Held ",
                "4 assets: 4 at the first bar",
                "survivorship bias",
                "Holdings now",
            ]);
            page.fine();
        }
    }
}

#[test]
fn the_page_of_a_portfolios_grid_has_its_map_and_the_equity_of_the_best() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "XRPUSDT"]);
    sandbox.write(
        "grid.toml",
        "name = \"grid\"\n[params]\nn = 20\ntop = 2\n[portfolio]\nscore = \"roc(close, n)\"\ntop = \"top\"\n",
    );
    let command = "portfolio --all --strategy ./grid.toml --param n=10..30:5 --param top=1..3 --report page.html";
    sandbox.backtest(command).ran().done();
    for (screen, has_mouse) in [(DESK, true), (PHONE, false)] {
        let page = Page::open(&sandbox.here().join("page.html"), screen);
        page.says(&["portfolio 1d", "15 portfolios of 3 assets; ranked by", "Equal parts, held", "survivorship bias"]);
        if has_mouse {
            press_cell(&page, 1, 1);
            command_gives_figures(&page, &sandbox);
        }
        page.fine();
    }
}

#[test]
fn a_file_of_portfolios_gives_their_map_and_no_command_that_does_not_exist() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "XRPUSDT"]);
    sandbox.write("grid.toml", "name = \"grid\"\n[params]\nn = 20\n[portfolio]\nscore = \"roc(close, n)\"\ntop = 2\n");
    let command = "portfolio --all --strategy ./grid.toml --param n=10..30:5 --out grid.parquet";
    sandbox.backtest(command).ran().done();
    sandbox.backtest("report grid.parquet --out page.html").ran().done();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    page.says(&["5 portfolios; ranked by", "does not say which assets the portfolio was of"]);
    page.press("document.querySelector('#top tbody tr')");
    assert!(!page.words().contains("backtest run"), "{}", page.words());
    page.fine();
}
