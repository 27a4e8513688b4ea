//! The chart over time of a run: growth, legend, the line under the mouse.

use serde_json::{Value, json};

use crate::fixture::Sandbox;
use crate::page::{DESK, PHONE, Page, Screen};

const CHART: &str = "document.getElementById('timeline')";

fn ran(words: &str, screen: Screen) -> (Page, Value, Sandbox) {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let call = format!("run --crypto BTC {words} --report page.html --trades --format json");
    let document = sandbox.backtest(&call).ran().done_quietly().json();
    (Page::open(&sandbox.here().join("page.html"), screen), document, sandbox)
}

/// Presses the button with this text.
fn press(page: &Page, text: &str) {
    page.press(&format!("[...document.querySelectorAll('button')].find((b) => b.textContent === '{text}')"));
}

/// A trace of the chart, by its name.
fn trace(name: &str) -> String {
    // The library reads markup in names.
    format!("{CHART}.data.find((t) => t.name === '{}')", name.replace('&', "&amp;"))
}

/// What the trace shows of the bar that opens at this time, an expression, or of the one before.
fn value(page: &Page, name: &str, millis: &str) -> f64 {
    let name = trace(name);
    page.number(&format!("(() => {{ const t = {name}; return t.y[t.x.findLastIndex((ms) => ms <= {millis})]; }})()"))
}

#[test]
fn growth_is_counted_from_the_left_edge_of_what_is_in_view() {
    let (page, document, _sandbox) = ran("--strategy bollinger", DESK);
    let from_the_start = value(&page, "Buy & hold", "Infinity");
    let hold = document["metrics"]["buy_hold_return"].as_f64().expect("a number");
    assert!((from_the_start - hold).abs() < 1e-6, "{from_the_start} {hold}");
    press(&page, "3M");
    page.says(&["Growth since 2022-11-0"]);
    let edge = page.js(&format!(
        "{CHART}._fullLayout.xaxis.range.map((t) => Date.parse(t.replace(' ', 'T') + (t.endsWith('Z') ? '' : 'Z')))"
    ));
    let edge = edge[0].as_f64().expect("a time");
    for name in ["bollinger", "Buy & hold"] {
        let name = trace(name);
        let first = page
            .number(&format!("(() => {{ const t = {name}; return t.y[t.x.findLastIndex((ms) => ms <= {edge})]; }})()"));
        assert!(first.abs() < 1e-9, "{first}");
    }
    page.fine();
}

#[test]
fn a_logarithmic_axis_of_growth_is_labelled_in_percent() {
    let (page, document, _sandbox) = ran("--strategy bollinger", DESK);
    press(&page, "Log");
    let axis = format!("{CHART}._fullLayout[{}.yaxis.replace('y', 'yaxis')]", trace("Buy & hold"));
    assert_eq!(page.text(&format!("{axis}.type")), "log");
    let labels = page.js(&format!("{axis}.ticktext"));
    let labels = labels.as_array().expect("labels");
    assert!(
        labels.len() > 1 && labels.iter().all(|label| label.as_str().expect("a text").ends_with('%')),
        "{labels:?}"
    );
    let hold = document["metrics"]["buy_hold_return"].as_f64().expect("a number");
    assert!((value(&page, "Buy & hold", "Infinity") - (1.0 + hold)).abs() < 1e-6, "a factor");
    page.fine();
}

#[test]
fn the_legend_shows_and_hides_each_line() {
    let (page, _, _sandbox) = ran("--strategy rsi", DESK);
    let names = page.js("[...document.querySelectorAll('.legend button')].map((b) => b.textContent)");
    let expected = [
        "In the market",
        "Volume",
        "rsi(close, 14)",
        "rsi",
        "Buy & hold",
        "Drawdown",
        "Sharpe",
        "Volatility",
        "Beta",
        "Trades",
    ];
    assert_eq!(names, json!(expected));
    let traces = |page: &Page| page.chart(CHART);
    let all = traces(&page);
    for (name, fewer) in [("Buy & hold", 1), ("Volume", 2), ("Trades", 4), ("Beta", 1), ("In the market", 1)] {
        let button =
            format!("[...document.querySelectorAll('.legend button')].find((b) => b.textContent === '{name}')");
        page.press(&button);
        assert_eq!(
            (traces(&page), page.text(&format!("{button}.ariaPressed"))),
            (all - fewer, "false".to_owned()),
            "{name}"
        );
        page.press(&button);
        assert_eq!(traces(&page), all, "{name}");
    }
    page.fine();
}

#[test]
fn one_line_under_the_mouse_tells_prices_indicators_and_growth_of_that_day() {
    for screen in [DESK, PHONE] {
        let (page, _, _sandbox) = ran("--strategy rsi --benchmark ETH", screen);
        let (x, y) = page.middle(CHART);
        page.hover(x, y);
        page.until("!document.querySelector('.readout').hidden && !document.querySelector('.cursor').hidden");
        let day = page.text("document.querySelector('.readout b').textContent");
        assert_eq!(day.len(), 10, "{day}");
        let shown = page.js("Object.fromEntries([...document.querySelectorAll('.readout dt')].map((dt) => [dt.textContent, dt.nextSibling.textContent]))");
        let of = |name: &str| shown[name].as_str().unwrap_or_else(|| panic!("no {name}: {shown}")).to_owned();
        for name in
            ["open", "high", "low", "rsi(close, 14)", "volume", "drawdown", "sharpe", "volatility", "beta", "position"]
        {
            assert!(!of(name).is_empty());
        }
        // A candle of a phone is one of several bars.
        if screen.width > 600 {
            let close = page.number(&format!(
                "(() => {{ const t = {CHART}.data[0]; return t.close[t.x.indexOf(Date.parse('{day}'))]; }})()"
            ));
            let digits: f64 = of("close").replace(',', "").parse().expect("a price");
            assert!((digits / close - 1.0).abs() < 1e-6, "{digits} {close}");
        }
        for name in ["rsi", "Buy & hold", "ETHUSDT"] {
            let growth = value(&page, name, &format!("Date.parse('{day}')"));
            assert!(
                of(name).starts_with(&format!("{:+.1}%", growth * 100.0).replace("+0.0", "0.0").replace("-0.0", "0.0")),
                "{name} {growth}: {shown}"
            );
        }
        page.fine();
    }
}

#[test]
fn candles_are_drawn_one_by_one_as_long_as_each_has_a_pixel() {
    let (page, document, _sandbox) = ran("--strategy rsi", DESK);
    assert_eq!(page.js(&format!("{CHART}.data[0].x.length")), document["bars"]);
    assert!(!page.words().contains("Now drawn"));
}

#[test]
fn marks_thin_out_when_there_are_more_trades_than_the_chart_has_room_for() {
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/BTCUSDT.csv", crate::candles::csv("BTCUSDT", 6_000));
    sandbox.backtest("run --crypto BTC --strategy ma --param fast=2 --param slow=4 --report page.html").ran().done();
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    let marks = |page: &Page| page.number(&format!("{}.x.length", trace("Buys")));
    assert!(marks(&page) < 60.0, "{}", marks(&page));
    // However much less the account is worth at the end, marks are everywhere.
    let parts = page.js(&format!("(() => {{ const [from, to] = {CHART}.layout.xaxis.range.map((t) => Date.parse(t)); return new Set({}.x.map((ms) => Math.floor((ms - from) / (to - from) * 6))).size; }})()", trace("Buys")));
    assert_eq!(parts, 6);
    page.says(&["smaller trades are not marked until you zoom in"]);
    page.fine();
}
