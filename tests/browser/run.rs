//! The page of one run.

use serde_json::Value;

use crate::fixture::Sandbox;
use crate::page::{DESK, PHONE, Page, Screen};

/// A run with its page, and its document with the trades.
fn ran(words: &str) -> (Sandbox, Value) {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let call = format!("run --crypto BTC {words} --report page.html --trades --format json");
    let document = sandbox.backtest(&call).ran().done_quietly().json();
    (sandbox, document)
}

fn open(sandbox: &Sandbox, screen: Screen) -> Page {
    Page::open(&sandbox.here().join("page.html"), screen)
}

/// Where a trade's mark is on the screen: the trace of entries or exits, and its number in it.
fn mark(page: &Page, trace: &str, number: usize) -> (f64, f64) {
    page.js("document.getElementById('timeline').scrollIntoView({ block: 'start' })");
    let place = page.js(&format!(
        "(() => {{ const g = document.getElementById('timeline'), r = g.getBoundingClientRect(), l = g._fullLayout; const t = g.data.find((t) => t.name === '{trace}'); return [r.x + l.xaxis._offset + l.xaxis.d2p(t.x[{number}]), r.y + l.yaxis._offset + l.yaxis.d2p(t.y[{number}])]; }})()"
    ));
    (place[0].as_f64().expect("x"), place[1].as_f64().expect("y"))
}

#[test]
fn the_page_of_a_run_draws_everything_and_asks_nobody_for_anything() {
    let (sandbox, document) = ran("--strategy rsi");
    let page = open(&sandbox, DESK);
    // Candles, two colours of volume, the RSI, equity, buy and hold, drawdown, Sharpe, volatility, beta, the time in the
    // market; two kinds of links and of marks.
    assert_eq!(page.chart("document.getElementById('timeline')"), 15);
    page.chart("document.querySelector('.spread')");
    assert_eq!(page.count("#trades tbody tr"), document["trades"].as_array().map_or(0, Vec::len));
    assert!(page.count("#drawdowns tbody tr") > 0);
    assert_eq!(page.count("#months tbody tr"), 2);
    let key = document["key"].as_str().expect("a key");
    page.says(&[
        "BTCUSDT",
        "rsi(close, 14)",
        "Buy & hold",
        "Worst drawdowns",
        "entry",
        key,
        "backtest run --crypto BTCUSDT",
    ]);
    page.fine();
}

#[test]
fn the_pages_figures_are_those_of_the_run() {
    let (sandbox, document) = ran("--strategy bollinger");
    let page = open(&sandbox, DESK);
    let equity = page.js("(() => { const t = document.getElementById('timeline').data.find((t) => t.name === 'bollinger'); return [t.y.at(-1), t.y.length]; })()");
    let last = document["metrics"]["total_return"].as_f64().expect("a number");
    assert!((equity[0].as_f64().expect("a number") - last).abs() < 1e-6, "{equity} {last}");
    assert_eq!(equity[1], document["bars"]);
    let lowest = page.js("Math.min(...document.getElementById('timeline').data.find((t) => t.fill === 'tozeroy').y)");
    let drawdown = document["metrics"]["max_drawdown"].as_f64().expect("a number");
    assert!((lowest.as_f64().expect("a number") - drawdown).abs() < 1e-6, "{lowest} {drawdown}");
    let depth = format!("{:.1}%", drawdown * 100.0);
    assert_eq!(page.text("document.querySelector('#drawdowns tbody td').textContent"), depth);
    page.says(&[&depth]).fine();
}

#[test]
fn the_parts_of_a_result_are_tables_beside_what_it_is_measured_against() {
    let (sandbox, document) = ran("--strategy rsi --breakdown month,exit_reason --benchmark BTC --risk-free 3%");
    let page = open(&sandbox, DESK);
    for by in ["month", "exit_reason"] {
        let parts = document["breakdown"][by].as_array().map_or(0, Vec::len);
        assert!(parts > 0);
        assert_eq!(page.count(&format!("#breakdown-{by} tbody tr")), parts, "{by}");
    }
    page.says(&[
        "By month",
        "By exit reason",
        "Beta",
        "Value at risk",
        "Buy & hold Sharpe",
        "risk-free rate 3%",
        "against BTCUSDT",
    ]);
    page.fine();
    let phone = open(&sandbox, PHONE);
    phone.fine();
}

#[test]
fn the_command_on_the_page_gives_the_key_on_the_page() {
    let (sandbox, document) = ran("--strategy macd --fee 0.0007 --direction both --from 2022-03-01 --param fast=9");
    let page = open(&sandbox, DESK);
    let command = page.text("document.querySelector('#proof .command code').textContent");
    let words = command.strip_prefix("backtest ").expect("a call of the program");
    let again = sandbox.backtest(&format!("{words} --format json")).ran().done_quietly().json();
    assert_eq!((&again["key"], &again["metrics"]), (&document["key"], &document["metrics"]));
    page.fine();
}

#[test]
fn hovering_a_trade_shows_its_price_size_profit_and_reason() {
    let (sandbox, document) = ran("--strategy rsi");
    let page = open(&sandbox, DESK);
    let (x, y) = mark(&page, "Sells", 0);
    page.hover(x, y);
    page.until("document.querySelector('#timeline .hovertext')");
    let shown = page.text("document.querySelector('#timeline .hovertext').textContent");
    let trade = &document["trades"][0];
    let pnl = trade["pnl"].as_f64().expect("a number");
    let cents = format!("{:.2}", pnl.abs());
    let digits: String = shown.chars().filter(|c| *c != ',').collect();
    assert!(digits.contains(&cents), "{shown}: {pnl}");
    for word in
        ["#1 long", "price", "size", "pnl", "rsi(close, 14) > 70", &trade["exit_time"].as_str().expect("a time")[..10]]
    {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    page.fine();
}

#[test]
fn the_list_of_trades_is_sorted_by_pressing_a_column() {
    let (sandbox, document) = ran("--strategy bollinger");
    let page = open(&sandbox, DESK);
    let head = "[...document.querySelectorAll('#trades thead button')].find((b) => b.textContent === 'Profit')";
    let mut gains: Vec<f64> = document["trades"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|trade| trade["pnl"].as_f64().expect("a number"))
        .collect();
    gains.sort_by(f64::total_cmp);
    let first = |page: &Page| {
        let text = page.text("document.querySelector('#trades tbody tr').cells[8].textContent");
        text.replace([',', '+'], "").parse::<f64>().expect("a number")
    };
    page.press(head);
    assert!((first(&page) - gains[gains.len() - 1]).abs() < 0.006, "{gains:?}");
    assert_eq!(page.text(&format!("{head}.parentNode.ariaSort")), "descending");
    page.press(head);
    assert!((first(&page) - gains[0]).abs() < 0.006, "{gains:?}");
    page.fine();
}

#[test]
fn panes_are_zoomed_together_by_dragging_and_by_pressing_a_trade() {
    let (sandbox, document) = ran("--strategy rsi");
    let page = open(&sandbox, DESK);
    let range = "document.getElementById('timeline')._fullLayout.xaxis.range.map((t) => Date.parse(t.replace(' ', 'T') + (t.endsWith('Z') ? '' : 'Z')))";
    let width = format!("(([a, b]) => b - a)({range})");
    let all = page.number(&width);
    assert_eq!(page.text("[...new Set(document.getElementById('timeline').data.map((t) => t.xaxis))].join()"), "x");
    let (x, y) = page.middle("document.getElementById('timeline')");
    page.drag((x - 200.0, y), (x + 200.0, y));
    page.until(&format!("{width} < {}", all * 0.6));
    page.press("document.querySelector('#trades tbody tr')");
    let entry = document["trades"][0]["entry_time"].as_str().expect("a time");
    page.until(&format!("(([a, b]) => a < Date.parse('{entry}') && Date.parse('{entry}') < b)({range})"));
    page.press("[...document.querySelectorAll('.buttons button')].find((b) => b.textContent === 'All')");
    page.until(&format!("Math.abs({width} - {all}) < 1000"));
    page.fine();
}

#[test]
fn a_long_history_is_thinned_without_losing_an_extreme_and_the_page_says_so() {
    let sandbox = Sandbox::empty();
    let mut csv = crate::candles::csv("BTCUSDT", 6_000);
    // One bar that stands out: its high must be drawn.
    let spike = csv.lines().nth(3_001).expect("a line").to_owned();
    let mut cells: Vec<&str> = spike.split(',').collect();
    cells[2] = "99999999";
    csv = csv.replace(&spike, &cells.join(","));
    sandbox.write("data/1d/BTCUSDT.csv", csv);
    sandbox.backtest("run --crypto BTC --strategy ma --report page.html").ran().done();
    let page = open(&sandbox, DESK);
    let drawn = page.js("(() => { const t = document.getElementById('timeline').data[0]; return [t.x.length, Math.max(...t.high)]; })()");
    assert!(drawn[0].as_u64().expect("a count") < 1_400, "{drawn}");
    assert!((drawn[1].as_f64().expect("a price") / 99_999_999.0 - 1.0).abs() < 1e-6, "{drawn}");
    page.says(&["no extreme is lost", "Now drawn are"]);
    page.press("[...document.querySelectorAll('.buttons button')].find((b) => b.textContent === '3M')");
    page.until(
        "document.getElementById('timeline').data[0].x.length > 90 && !document.body.innerText.includes('Now drawn')",
    );
    page.fine();
}

#[test]
fn light_and_dark_follow_the_system_until_the_button_is_pressed() {
    let (sandbox, _) = ran("--strategy rsi");
    let paper = "document.getElementById('timeline')._fullLayout.paper_bgcolor";
    let theme = "document.documentElement.dataset.theme";
    let page = open(&sandbox, Screen { dark: true, ..DESK });
    assert_eq!((page.text(theme).as_str(), page.text(paper).as_str()), ("dark", "#151b23"));
    page.press("document.getElementById('theme')");
    assert_eq!(page.text(theme), "light");
    page.until(&format!("{paper} === '#ffffff'"));
    page.fine();
    assert_eq!(open(&sandbox, DESK).text(theme), "light");
}

#[test]
fn a_phone_shows_the_page_without_scrolling_sideways() {
    let (sandbox, _) = ran("--strategy rsi");
    let page = open(&sandbox, PHONE);
    page.chart("document.getElementById('timeline')");
    page.fine();
    assert!(page.number("document.getElementById('timeline').clientWidth") <= 390.0);
}

#[test]
fn a_saved_result_gives_the_page_of_its_run() {
    let (sandbox, _) = ran("--strategy rsi --out saved.json");
    sandbox.backtest("report saved.json").ran().done();
    let page = Page::open(&sandbox.here().join("saved.html"), DESK);
    assert_eq!(page.chart("document.getElementById('timeline')"), 15);
    page.fine();
}

#[test]
fn prices_of_six_digits_can_be_read_on_a_phone() {
    let sandbox = Sandbox::empty();
    let rows = (0..400).map(|day| {
        let close = 100_000.0 + 20_000.0 * f64::from(day % 50) / 50.0;
        format!("{},{close},{close},{close},{close},1\n", 1_640_995_200_000_i64 + i64::from(day) * 86_400_000)
    });
    sandbox
        .write("data/1d/BTCUSDT.csv", "timestamp,open,high,low,close,volume\n".to_owned() + &rows.collect::<String>());
    sandbox.backtest("run --crypto BTC --strategy rsi --report page.html").ran().done();
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    let cut = page.js(
        "(() => { const g = document.getElementById('timeline'), right = g.getBoundingClientRect().right; return [...g.querySelectorAll('.ytick text')].filter((t) => t.getBoundingClientRect().right > right).map((t) => t.textContent); })()",
    );
    assert_eq!(cut, serde_json::json!([]), "labels that are cut");
    page.says(&["120,000"]).fine();
}

#[test]
fn the_longest_drawdown_is_as_long_in_the_list_as_in_the_metrics() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("run --crypto BTC --strategy rsi --report page.html").ran().done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    let document = "JSON.parse(document.getElementById('document').textContent)";
    let longest = page.number(&format!(
        "(() => {{ const d = {document}; return d.result.values[d.metrics.findIndex((metric) => metric.name === 'max_drawdown_bars')]; }})()"
    ));
    let listed = page.number(&format!("Math.max(...{document}.drawdowns.map((fall) => fall.bars))"));
    assert_eq!(listed.to_bits(), longest.to_bits());
}
