//! The cards of a run about its trades, its years and days, and its benchmark; and the page on paper.

use serde_json::{Value, json};

use crate::fixture::Sandbox;
use crate::page::{DESK, PHONE, Page};

fn ran(words: &str) -> (Sandbox, Value) {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let call = format!("run --crypto BTC {words} --report page.html --trades --format json");
    let document = sandbox.backtest(&call).ran().done_quietly().json();
    (sandbox, document)
}

fn open(sandbox: &Sandbox) -> Page {
    Page::open(&sandbox.here().join("page.html"), DESK)
}

const DOCUMENT: &str = "JSON.parse(document.getElementById('document').textContent)";

fn near(page: Option<f64>, run: Option<f64>) -> bool {
    match (page, run) {
        (Some(page), Some(run)) => (page - run).abs() <= 1e-9 * run.abs().max(1.0),
        (page, run) => page == run,
    }
}

#[test]
fn the_figures_of_all_trades_are_the_metrics_and_the_sides_add_up_to_them() {
    let (sandbox, document) = ran("--strategy rsi --direction both");
    let page = open(&sandbox);
    let rows = page
        .js(&format!("Object.fromEntries({DOCUMENT}.trades.sides.rows.map(([label, , values]) => [label, values]))"));
    let metrics = &document["metrics"];
    let same = [
        ("Trades", "trades"),
        ("Win rate", "win_rate"),
        ("Profit factor", "profit_factor"),
        ("Expectancy", "expectancy"),
        ("Average trade", "avg_trade"),
        ("Average win", "avg_win"),
        ("Average loss", "avg_loss"),
        ("Payoff", "payoff_ratio"),
        ("Best trade", "best_trade"),
        ("Worst trade", "worst_trade"),
        ("Average held", "avg_bars_held"),
        ("Longest winning run", "max_wins"),
        ("Longest losing run", "max_losses"),
    ];
    for (label, metric) in same {
        assert!(
            near(rows[label][0].as_f64(), metrics[metric].as_f64()),
            "{label}: {} {}",
            rows[label],
            metrics[metric]
        );
    }
    let of = |side: usize| rows["Trades"][side].as_u64().expect("a count");
    assert!(of(1) > 0 && of(2) > 0 && of(1) + of(2) == of(0), "{rows}");
    let shown = page.js("[...document.querySelectorAll('#sides thead th')].map((th) => th.textContent)");
    assert_eq!(shown, json!(["", "All", "Long", "Short"]));
    let reasons =
        page.js("[...document.querySelectorAll('#reasons tbody tr')].map((tr) => Number(tr.cells[1].textContent))");
    let ended: u64 = reasons.as_array().expect("a list").iter().filter_map(Value::as_u64).sum();
    assert_eq!(Some(ended), document["trades"].as_array().map(|trades| trades.len() as u64));
    page.chart("document.getElementById('excursions')");
    page.fine();
    Page::open(&sandbox.here().join("page.html"), PHONE).fine();
}

#[test]
fn the_benchmarks_column_has_its_metrics_and_the_years_theirs() {
    let (sandbox, document) = ran("--strategy rsi --benchmark ETH");
    let held = sandbox.backtest("run --crypto ETH --strategy rsi --format json").ran().done_quietly().json();
    let page = open(&sandbox);
    let beside = page.js(&format!("{DOCUMENT}.beside"));
    let names: Vec<&str> =
        beside.as_array().expect("a list").iter().filter_map(|column| column["name"].as_str()).collect();
    assert_eq!(names, ["Buy & hold", "ETHUSDT"]);
    for (column, metrics) in [(0, &document["metrics"]), (1, &held["metrics"])] {
        let of = |name: &str| beside[column]["values"][name].as_f64();
        for (name, metric) in [
            ("total_return", "buy_hold_return"),
            ("volatility", "buy_hold_volatility"),
            ("sharpe", "buy_hold_sharpe"),
            ("max_drawdown", "buy_hold_max_drawdown"),
        ] {
            assert!(near(of(name), metrics[metric].as_f64()), "{column} {name}: {:?} {}", of(name), metrics[metric]);
        }
    }
    let growth =
        page.js(&format!("[1, 2].map((at) => {DOCUMENT}.years.reduce((all, year) => all * (1 + year[at]), 1) - 1)"));
    assert!(near(growth[0].as_f64(), document["metrics"]["total_return"].as_f64()), "{growth}");
    assert!(near(growth[1].as_f64(), held["metrics"]["buy_hold_return"].as_f64()), "{growth}");
    assert_eq!(page.chart("document.getElementById('years')"), 2);
    page.says(&["Against the benchmark", "ETHUSDT"]).fine();
}

#[test]
fn the_distribution_of_daily_returns_marks_the_value_at_risk() {
    let (sandbox, document) = ran("--strategy rsi");
    let page = open(&sandbox);
    let days = page.js(&format!("{DOCUMENT}.days"));
    for (name, metric) in [("risk", "value_at_risk"), ("shortfall", "cond_value_at_risk")] {
        assert!(near(days[name].as_f64(), document["metrics"][metric].as_f64()), "{name}: {days}");
    }
    page.chart("document.querySelector('#days .spread')");
    assert_eq!(page.js("document.querySelector('#days .spread').layout.shapes.length"), 2);
    page.says(&["Returns of the days", "On one day in twenty the loss is at least"]).fine();
}

#[test]
fn days_on_which_nothing_changed_are_counted_and_not_drawn() {
    let (sandbox, document) = ran("--strategy rsi");
    let page = open(&sandbox);
    let still = page.number(&format!("{DOCUMENT}.days.still"));
    let drawn = page.number(&format!("{DOCUMENT}.days.spread.counts.reduce((sum, count) => sum + count, 0)"));
    assert!(still > 0.0 && drawn > 0.0);
    assert_eq!(Some(still + drawn), document["bars"].as_f64());
    page.says(&[&format!("{still} of {} days, on which nothing changed, are not drawn.", document["bars"])]).fine();
}

#[test]
fn a_phone_shows_what_came_of_a_trade_without_scrolling() {
    let (sandbox, _) = ran("--strategy rsi");
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    let right = page.number("[...document.querySelectorAll('#trades thead th')].find((th) => th.textContent === 'Return').getBoundingClientRect().right");
    assert!(right <= 380.0, "{right}");
    page.fine();
}

#[test]
fn what_ended_trades_is_called_the_same_in_every_table() {
    let (sandbox, _) = ran("--strategy rsi --direction both --trailing-stop 5% --breakdown exit_reason");
    let page = open(&sandbox);
    let names = |table: &str| {
        page.js(&format!(
            "[...document.querySelectorAll('{table} tbody tr')].map((tr) => tr.cells[0].textContent).sort()"
        ))
    };
    assert_eq!(names("#breakdown-exit_reason"), names("#reasons"));
    page.says(&["trailing stop"]).fine();
}

#[test]
fn on_paper_a_page_is_light_and_every_chart_is_as_wide_as_its_card() {
    let (sandbox, _) = ran("--strategy rsi");
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    page.js("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(page.text("document.documentElement.dataset.theme"), "light");
    let wide = page.js("[...document.querySelectorAll('.plot')].map((plot) => Math.abs(plot.querySelector('.main-svg').getBoundingClientRect().width - plot.clientWidth))");
    assert!(wide.as_array().expect("a list").iter().all(|off| off.as_f64().expect("pixels") < 2.0), "{wide}");
    let bottom = page.number("document.getElementById('timeline').getBoundingClientRect().bottom + scrollY");
    assert!(bottom < 1030.0, "it fits below the head of the page: {bottom}");
    page.js("dispatchEvent(new Event('afterprint'))");
    assert_eq!(page.text("document.documentElement.dataset.theme"), "dark");
    page.fine();
}

#[test]
fn on_paper_every_table_is_within_its_card_and_shows_all_its_rows() {
    let sandbox = Sandbox::empty();
    for symbol in ["1000000BABYDOGEUSDT", "BTCUSDT"] {
        sandbox.write(&format!("data/1d/{symbol}.csv"), crate::candles::csv(symbol, 1_500));
    }
    sandbox.backtest("run --crypto BTC --strategy macd --breakdown month --report run.html").ran().done();
    sandbox.backtest("batch --all --strategy macd,rsi_trend --report batch.html").ran().done();
    sandbox
        .backtest("sweep --all --strategy macd --param fast=5..9 --param slow=20..24 --report sweep.html")
        .ran()
        .done();
    for name in ["run.html", "batch.html", "sweep.html"] {
        let page = Page::open(&sandbox.here().join(name), DESK);
        page.js("dispatchEvent(new Event('beforeprint'))");
        let wide = page.js("[...document.querySelectorAll('.card')].flatMap((card) => [...card.querySelectorAll('table')].filter((table) => table.getBoundingClientRect().right > card.getBoundingClientRect().right).map((table) => table.ariaLabel))");
        assert_eq!(wide, json!([]), "{name}");
        let hides = page.js("[...document.querySelectorAll('.scroll')].filter((scroll) => getComputedStyle(scroll).overflow !== 'visible').length");
        assert_eq!(hides, 0, "{name}");
        let words = page.words();
        assert!(
            !words.contains("Click") && !words.contains("Zoom in"),
            "{name} says what a reader of paper cannot do: {words}"
        );
    }
}
