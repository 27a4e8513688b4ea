//! The page of a comparison.

use crate::fixture::Sandbox;
use crate::page::{DESK, PHONE, Page};

#[test]
fn lines_stand_over_each_other_and_the_better_figures_are_marked() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let document = sandbox
        .backtest("compare rsi rsi:period=21 ma:fast=5,slow=20 --crypto BTC --report page.html --format json")
        .ran()
        .done_quietly()
        .json();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    // Candles, two colours of volume; three accounts and the market; three drawdowns and as many of each rolling figure;
    // links and marks of the trades of the first.
    assert_eq!(page.chart("document.getElementById('timeline')"), 23);
    let gains: Vec<f64> = document["results"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["metrics"]["total_return"].as_f64())
        .collect();
    let best = (0..3).max_by(|a, b| gains[*a].total_cmp(&gains[*b])).expect("three");
    let marked = page.js("[...document.querySelector('#side tbody tr').cells].findIndex((cell) => cell.className.includes('better')) - 1");
    assert_eq!(marked, serde_json::json!(best), "{gains:?}");
    page.says(&["rsi:period=21", "ma:fast=5,slow=20", "Buy & hold"]).fine();
}

#[test]
fn saved_results_are_compared_with_a_strategy() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("run --crypto BTC --strategy rsi --out mine.json").ran().done_quietly();
    sandbox.backtest("compare mine.json ma --report page.html").ran().done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    assert_eq!(page.chart("document.getElementById('timeline')"), 18);
    page.says(&["mine", "ma"]).fine();
}

#[test]
fn the_trades_of_each_contender_are_listed_and_marked_once_it_is_chosen() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let document = sandbox
        .backtest("compare rsi ma:fast=5,slow=20 --crypto BTC --report page.html --format json")
        .ran()
        .done_quietly()
        .json();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    let entries = "document.getElementById('timeline').data.find((t) => t.name === 'Buys').x.length";
    for at in [0, 1] {
        page.js(&format!(
            "(() => {{ const s = document.querySelector('#contender select'); s.selectedIndex = {at}; s.dispatchEvent(new Event('change')); }})()"
        ));
        let closed = document["results"][at]["metrics"]["trades"].as_u64().expect("a count");
        let open = document["results"][at]["metrics"]["open_trades"].as_u64().expect("a count");
        assert_eq!(page.js("document.querySelectorAll('#trades tbody tr').length"), closed + open);
        assert_eq!(page.js(entries), closed + open);
        page.says(&[&format!("Marked are the trades of {}", ["rsi", "ma:fast=5,slow=20"][at])]);
    }
    page.fine();
}

#[test]
fn each_account_grows_from_its_own_capital_and_its_years_multiply_to_that() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "compare rsi ma:capital=5000,fast=5,slow=20 --crypto BTC --report page.html --format json";
    let document = sandbox.backtest(words).ran().done().json();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    for (at, name) in ["rsi", "ma:capital=5000,fast=5,slow=20"].into_iter().enumerate() {
        let gain = document["results"][at]["metrics"]["total_return"].as_f64().expect("a number");
        let line = format!("document.getElementById('timeline').data.find((t) => t.name === '{name}').y.at(-1)");
        assert!((page.number(&line) - gain).abs() < 1e-6, "{name}: {gain}");
        let bars =
            format!("document.getElementById('years').data[{at}].y.reduce((all, year) => all * (1 + year), 1) - 1");
        assert!((page.number(&bars) - gain).abs() < 1e-6, "{name}: {gain}");
    }
    assert_eq!(page.chart("document.getElementById('years')"), 3, "two accounts and the market");
    page.says(&["They differ in fees"]).fine();
}

#[test]
fn what_no_contender_has_is_named_below_the_table_and_the_best_of_three_is_called_the_best() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("compare rsi ma macd --crypto BTC --report page.html").ran().done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    let cells = page.js("[...document.querySelectorAll('#side tbody tr')].filter((tr) => [...tr.cells].slice(1).every((td) => td.textContent === '–')).length");
    assert_eq!(cells, 0);
    page.says(&["Not defined or not counted here:", "Funding paid", "✓ marks the best one"]).fine();
}

#[test]
fn on_a_phone_no_heading_of_a_pane_is_cut() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "compare rsi rsi:period=21 ma:fast=5,slow=20 macd --crypto BTC --report page.html";
    sandbox.backtest(words).ran().done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    let cut = page.js("(() => { const g = document.getElementById('timeline'), right = g.getBoundingClientRect().right; return [...g.querySelectorAll('.annotation-text')].filter((t) => t.getBoundingClientRect().right > right).map((t) => t.textContent); })()");
    assert_eq!(cut, serde_json::json!([]));
    page.fine();
}

#[test]
fn the_line_under_the_mouse_has_a_row_for_each_account_within_the_chart() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "compare rsi rsi:period=21 ma:fast=5,slow=20 macd --crypto BTC --report page.html";
    sandbox.backtest(words).ran().done_quietly();
    for (screen, heads) in [
        (DESK, vec!["", "growth", "drawdown", "sharpe", "volatility", "beta"]),
        (PHONE, vec!["", "growth", "drawdown"]),
    ] {
        let page = Page::open(&sandbox.here().join("page.html"), screen);
        let (x, y) = page.middle("document.getElementById('timeline')");
        for part in [-0.3, 0.0, 0.3] {
            page.hover(x + part * f64::from(screen.width), y);
            page.until("!document.querySelector('.readout').hidden");
            let texts = |cells: &str| {
                page.js(&format!("[...document.querySelectorAll('.readout {cells}')].map((cell) => cell.textContent)"))
            };
            assert_eq!(texts("tr:first-child th"), serde_json::json!(heads));
            let names = serde_json::json!(["rsi", "rsi:period=21", "ma:fast=5,slow=20", "macd", "Buy & hold"]);
            assert_eq!(texts(".name"), names);
            let sides = page.js("(() => { const a = document.querySelector('.readout').getBoundingClientRect(), b = document.querySelector('.frame').getBoundingClientRect(); return [a.left - b.left, b.right - a.right]; })()");
            assert!(sides.as_array().expect("two").iter().all(|side| side.as_f64() >= Some(-1.0)), "{sides}");
        }
        page.fine();
    }
}
