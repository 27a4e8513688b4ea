//! The page of a batch.

use crate::fixture::Sandbox;
use crate::page::{DESK, PHONE, Page};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["ADAUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    sandbox.write("data/1d/BADUSDT.csv", "nonsense");
    sandbox.backtest("batch --all --report page.html --out saved.json").ran().failed(&["BADUSDT.csv"]);
    sandbox
}

/// Results that have an equity line: those with a Sharpe ratio and enough trades; there are fewer than lines at most.
fn lines(sandbox: &Sandbox) -> usize {
    let document: serde_json::Value = serde_json::from_str(&sandbox.read("saved.json")).expect("JSON");
    let rows = document["results"].as_array().expect("a list");
    // Results with few trades have no line where there are others.
    let has_line = |metrics: &serde_json::Value| {
        metrics["sharpe"].is_number() && metrics["trades"].as_f64().is_some_and(|trades| trades >= 5.0)
    };
    rows.iter().filter(|row| has_line(&row["metrics"])).count()
}

#[test]
fn the_page_of_a_batch_ranks_draws_and_names_what_failed() {
    let sandbox = sandbox();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    assert_eq!(page.count("#ranking tbody tr"), 8);
    assert_eq!(page.chart("document.getElementById('scatter')"), 2, "a trace for each strategy");
    page.chart("document.querySelector('.spread')");
    assert_eq!(page.count("#minis polyline"), lines(&sandbox));
    assert!(page.text("document.getElementById('failed').textContent").contains("BADUSDT.csv"));
    page.fine();
}

#[test]
fn pressing_a_row_shows_the_command_that_gives_it() {
    let sandbox = sandbox();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    page.press("[...document.querySelectorAll('#ranking thead button')].find((b) => b.textContent === 'Return')");
    let row = "document.querySelector('#ranking tbody tr')";
    // The metric that ranks comes first.
    let shown = page.text(&format!("{row}.cells[4].textContent"));
    page.press(&format!("{row}.cells[1]"));
    let command = page.text("document.querySelector('.pick code').textContent");
    let words = command.strip_prefix("backtest ").expect("a call of the program");
    let document = sandbox.backtest(&format!("{words} --format json")).ran().done_quietly().json();
    let gain = document["metrics"]["total_return"].as_f64().expect("a number");
    assert_eq!(shown, format!("{:+.1}%", gain * 100.0));
    let all: Vec<f64> = sandbox.backtest("batch --all --format json").ran().json()["results"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["metrics"]["total_return"].as_f64())
        .collect();
    assert_eq!(
        gain.to_bits(),
        all.iter().copied().fold(f64::NEG_INFINITY, f64::max).to_bits(),
        "the first is the best"
    );
    page.fine();
}

#[test]
fn a_saved_batch_gives_the_same_page_with_what_failed() {
    let sandbox = sandbox();
    sandbox.backtest("report saved.json --out again.html").ran().done();
    let page = Page::open(&sandbox.here().join("again.html"), PHONE);
    assert_eq!(page.count("#ranking tbody tr"), 8);
    assert_eq!(page.count("#minis polyline"), lines(&sandbox));
    page.says(&["BADUSDT.csv"]).fine();
}

#[test]
fn a_table_wider_than_its_card_says_that_it_scrolls_sideways_until_its_end_is_seen() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.backtest("batch --all --report page.html").ran().done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    let hint = "document.querySelector('#ranking .hint')";
    page.until(&format!("!{hint}.hidden && document.querySelector('#ranking .scroll.more')"));
    page.js("document.querySelector('#ranking .scroll').scrollLeft = 10000");
    page.until("!document.querySelector('#ranking .scroll.more')");
    page.fine();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    page.until(&format!("{hint}.hidden"));
    page.fine();
}

#[test]
fn the_ranking_is_searched_by_asset_and_strategy() {
    let sandbox = sandbox();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    let search = |text: &str| {
        page.js(&format!(
            "(() => {{ const s = document.getElementById('search'); s.value = '{text}'; s.dispatchEvent(new Event('input')); }})()"
        ));
        page.count("#ranking tbody tr")
    };
    let counts = ["eth", "ETH rsi", "nothing", ""].map(search);
    assert_eq!(counts, [2, 1, 0, 8]);
    page.fine();
}

#[test]
fn the_results_of_each_strategy_are_summed_up() {
    let sandbox = sandbox();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    let document: serde_json::Value = serde_json::from_str(&sandbox.read("saved.json")).expect("JSON");
    let totals = document["summary"]["by_strategy"].as_array().expect("a list");
    let shown = page.js("Object.fromEntries([...document.querySelectorAll('#totals tbody tr')].map((tr) => [tr.cells[0].textContent.split(' ')[0], tr.cells[3].textContent]))");
    assert_eq!(totals.len(), 2);
    for total in totals {
        let gain = |value: f64| format!("{:+.1}%", value * 100.0).replace("+0.0%", "0.0%").replace("-0.0%", "0.0%");
        let median = total["median_total_return"].as_f64().expect("a number");
        assert_eq!(shown[total["strategy"].as_str().expect("a name")], gain(median), "{shown}");
    }
    page.fine();
}

#[test]
fn a_phone_shows_the_metric_that_ranks_without_scrolling() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("data/1d/1000000BABYDOGEUSDT.csv", crate::candles::csv("LONG", 400));
    sandbox.backtest("batch --all --strategy macd --sort calmar --report page.html").ran().done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    let right = page.number("[...document.querySelectorAll('#ranking thead th')].find((th) => th.textContent === 'Calmar').getBoundingClientRect().right");
    assert!(right <= 380.0, "{right}");
    page.fine();
}

#[test]
fn of_a_very_long_file_of_rows_the_best_are_listed_and_the_crowd_is_thinned() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "sweep --crypto BTC --strategy ma,ema_cross --param fast=2..60 --param slow=61..160 --out rows.parquet";
    sandbox.backtest(words).ran().done_quietly();
    sandbox.backtest("report rows.parquet --out page.html").ran().done();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    page.says(&[
        "Shown are the best 10,000 of 11,800 rows",
        "Ranking (10,000 of 11,800)",
        "Sharpe of the 10,000 shown",
    ]);
    let dots = page.number("document.getElementById('scatter').data.reduce((sum, group) => sum + group.x.length, 0)");
    assert!(dots > 100.0 && dots < 6_000.0, "{dots}");
    page.press("document.querySelector('#ranking tbody tr')");
    page.until("document.querySelector('.pick code').textContent.startsWith('backtest run --crypto BTCUSDT')");
    page.fine();
}
