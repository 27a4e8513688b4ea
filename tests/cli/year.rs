//! `--year`: rates per year of markets that do not trade around the clock.

use std::fmt::Write;

use serde_json::Value;

use crate::fixture::Sandbox;

/// Daily candles of two years and five days a week, which end 44 % above where they began.
fn stock() -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    // From Monday, 2024-01-01.
    for bar in 0..522_u32 {
        let day = i64::from(bar / 5 * 7 + bar % 5);
        let price = 100.0 + 44.0 * f64::from(bar) / 521.0;
        let time = (1_704_067_200 + day * 86_400) * 1_000;
        writeln!(text, "{time},{price},{price},{price},{price},1000").unwrap();
    }
    text
}

const HOLD: &str = "name = \"hold\"\n[rules]\nentry = \"close > 0\"\nexit = \"close < 0\"\n";

fn result(sandbox: &Sandbox, options: &str) -> Value {
    let command =
        format!("run --crypto GOOG --strategy ./hold.toml --fill close --fee 0 --format json --no-cache {options}");
    sandbox.backtest(&command).ran().done().json()
}

#[test]
fn the_growth_rate_of_a_stock_is_that_of_the_calendar() {
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/GOOG.csv", stock());
    sandbox.write("hold.toml", HOLD);
    let cagr = |options: &str| result(&sandbox, options)["metrics"]["cagr"].as_f64().unwrap();
    // 44 % in two years are 20 % a year; a year of 365 bars would make it 29 %, and one of 252 19.3 %.
    assert!((cagr("") - 0.2).abs() < 0.001, "{}", cagr(""));
    assert!((cagr("--year 365") - 0.29).abs() < 0.002, "{}", cagr("--year 365"));
    assert!((cagr("--year 252") - 0.1925).abs() < 0.001, "{}", cagr("--year 252"));
    assert!((cagr("--year 522") - 0.44).abs() < 1e-9, "{}", cagr("--year 522"));
    assert_eq!(result(&sandbox, "--year 252")["settings"]["year"], "252");
    assert_eq!(result(&sandbox, "")["settings"]["year"], "calendar");
}

#[test]
fn a_market_that_never_closes_has_the_same_figures_with_both() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let metrics = |options: &str| {
        let command = format!("run --crypto BTC --strategy rsi --format json --no-cache {options}");
        sandbox.backtest(&command).ran().done().json()["metrics"].to_string()
    };
    assert_eq!(metrics("--year calendar"), metrics("--year 365"));
    assert_ne!(metrics("--year calendar"), metrics("--year 252"));
}

#[test]
fn a_year_that_is_none_is_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let ran = sandbox.backtest("run --crypto BTC --strategy rsi --year lunar").ran();
    ran.refused(&["--year", "calendar, 365 or 252"]);
}
