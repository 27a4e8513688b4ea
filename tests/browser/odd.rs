//! Results at the edges: each gives a page that says what is the matter.

use std::fmt::Write;

use crate::fixture::Sandbox;
use crate::page::{DESK, Page};

const NEVER: &str = "name = \"never\"\n[rules]\nentry = \"close < 0\"\nexit = \"close > 0\"";

fn page(sandbox: &Sandbox) -> Page {
    Page::open(&sandbox.here().join("page.html"), DESK)
}

#[test]
fn a_run_without_a_trade_says_so() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("never.toml", NEVER);
    sandbox.backtest("run --crypto BTC --strategy ./never.toml --report page.html").ran().done_quietly();
    page(&sandbox)
        .says(&["No trade was made", "There is no trade to count", "never fell below", "The equity changed on none of"])
        .fine();
}

#[test]
fn a_run_of_one_bar_is_drawn() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox
        .backtest("run --crypto BTC --strategy rsi --from 2022-01-05 --to 2022-01-06 --report page.html")
        .ran()
        .done()
        .says(&["entry and exit are undefined at every bar"]);
    let page = page(&sandbox);
    page.chart("document.getElementById('timeline')");
    page.says(&["1 bar", "too few bars for rolling figures"]).fine();
}

#[test]
fn a_ruined_account_is_named() {
    let sandbox = Sandbox::empty();
    let mut csv = String::from("timestamp,open,high,low,close,volume\n");
    for day in 0..60_i64 {
        let price = if day < 30 { 100.0 } else { 100.0 * 1.2_f64.powi(i32::try_from(day - 29).expect("small")) };
        writeln!(csv, "{},{price},{price},{price},{price},1", 1_640_995_200_000 + day * 86_400_000)
            .expect("text grows");
    }
    sandbox.write("data/1d/BTCUSDT.csv", csv);
    sandbox.write("short.toml", "name = \"short\"\n[rules]\nentry = \"close < 0\"\nexit = \"close > 0\"\nshort_entry = \"close > 0\"\nshort_exit = \"close < 0\"");
    sandbox.backtest("run --crypto BTC --strategy ./short.toml --direction short --report page.html").ran().done();
    page(&sandbox).says(&["The account was ruined", "ruined: the equity fell to 0 or below"]).fine();
}

#[test]
fn a_batch_in_which_nothing_has_a_metric_is_shown() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("never.toml", NEVER);
    sandbox.backtest("batch --all --strategy ./never.toml --report page.html").ran().done_quietly();
    page(&sandbox).says(&["There is no result to count"]).fine();
    sandbox
        .backtest(
            "sweep --all --strategy rsi --param oversold=1..3 --param period=300..301 --sort sqn --report page.html",
        )
        .ran()
        .done_quietly();
    page(&sandbox).says(&["No point has a defined SQN"]).fine();
}

#[test]
fn a_batch_that_shows_nothing_says_so() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("batch --all --report page.html").arg("--where").arg("trades > 100000").ran().done_quietly();
    page(&sandbox).says(&["There is no result to show", "Shown are 0 of 2 results"]).fine();
}

#[test]
fn two_million_bars_are_held_in_buckets_and_the_page_stays_under_eight_megabytes() {
    let sandbox = Sandbox::empty();
    let mut csv = String::from("timestamp,open,high,low,close,volume\n");
    for minute in 0..2_000_000_i64 {
        let price = 10_000 + (minute * 7_919 % 977) + minute / 1_000;
        writeln!(csv, "{},{price},{},{},{price},1", 1_500_000_000_000 + minute * 60_000, price + 3, price - 3)
            .expect("text grows");
    }
    sandbox.write("data/1m/BTCUSDT.csv", csv);
    sandbox.backtest("run --crypto BTC --interval 1m --strategy macd --report page.html").ran().done();
    let bytes = std::fs::metadata(sandbox.here().join("page.html")).expect("a page").len();
    assert!(bytes < 8_000_000, "{bytes}");
    page(&sandbox).says(&["2,000,000 bars", "The page holds the 2,000,000 bars in buckets of"]).fine();
}

#[test]
fn three_hundred_assets_and_their_failures_fit_on_a_page() {
    let sandbox = Sandbox::empty();
    for asset in 0..300 {
        sandbox.write(&format!("data/1d/A{asset}USDT.csv"), crate::candles::csv(&format!("A{asset}"), 120));
    }
    sandbox.backtest("batch --all --strategy rsi,bollinger --report page.html").ran().done_quietly();
    let page = page(&sandbox);
    page.says(&["300 assets × 2 strategies", "Show all 600"]);
    page.press("[...document.querySelectorAll('button')].find((b) => b.textContent === 'Show all 600')");
    assert_eq!(page.count("#ranking tbody tr"), 600);
    page.fine();
}

#[test]
fn grids_of_one_parameter_and_of_five_are_drawn() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("sweep --crypto BTC --strategy rsi --param period=5..40 --report page.html").ran().done_quietly();
    let one = page(&sandbox);
    assert_eq!(one.text("document.getElementById('map').data[0].type"), "scatter");
    assert_eq!(one.js("document.getElementById('map').data[0].x.length"), 36);
    one.fine();
    let params =
        ["a", "b", "c", "d", "e"].map(|name| format!("{name} = {{ default = 5, min = 2, max = 50 }}")).join("\n");
    sandbox.write(
        "five.toml",
        format!("name = \"five\"\n[params]\n{params}\n[rules]\nentry = \"sma(close, a) < sma(close, b) and rsi(close, c) < 60\"\nexit = \"ema(close, d) > wma(close, e)\""),
    );
    let grid = "--param a=3..5 --param b=6..9 --param c=5,7 --param d=4..6 --param e=8..11";
    sandbox
        .backtest(&format!("sweep --crypto BTC --strategy ./five.toml {grid} --report page.html"))
        .ran()
        .done_quietly();
    let five = page(&sandbox);
    five.says(&["288 combinations", "A cell stands for up to 24 points"]);
    crate::sweep::press_cell(&five, 1, 2);
    crate::sweep::command_gives_figures(&five, &sandbox);
    five.fine();
    // All parameters at one value.
    sandbox.backtest("sweep --crypto BTC --strategy rsi --param period=5 --report page.html").ran().done_quietly();
    page(&sandbox).fine();
}

#[test]
fn a_saved_result_whose_candles_changed_says_so_and_shows_its_figures() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("run --crypto BTC --strategy rsi --out page.json").ran().done_quietly();
    sandbox.write("data/1d/BTCUSDT.csv", crate::candles::csv("OTHER", 400));
    sandbox.backtest("report page.json").ran().done();
    page(&sandbox).says(&["one of them has changed since", "Final equity"]).fine();
}
