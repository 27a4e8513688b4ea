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
