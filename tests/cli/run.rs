//! `run`: one strategy on one asset, as a card, a document or a row.

use insta::assert_snapshot;

use crate::fixture::Sandbox;

#[test]
fn the_card_shows_what_was_tested_and_how_it_went() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let ran = sandbox.backtest("run --crypto BTC --strategy rsi --param period=10").ran().done_quietly();
    let (card, key) =
        ran.data().split_once("key ").map(|(card, key)| (card.to_owned(), key.to_owned())).expect("a key");
    assert_snapshot!(card, @r#"
    BTCUSDT 1d  rsi (period 10, oversold 30, overbought 70)
    2022-01-01 to 2023-02-04, 400 bars; long, fills at the next open, fee 0.1%, slippage 0%
     Equity                      Strategy   Buy & hold   Trades
    ──────────────────────────────────────────────────────────────────────────────────────────────
     Return                        -34.1%        -4.7%   Trades                                 6
     Final equity                6,585.32     9,529.50   Open trades                            0
     CAGR                          -31.7%        -4.3%   Win rate                           50.0%
     Volatility                     25.9%        34.2%   Profit factor                       0.48
     Sharpe                         -1.34         0.04   Expectancy                       -569.11
     Sortino                        -1.78                Average win                       +10.3%
     Max drawdown                  -54.8%       -55.3%   Average loss                      -20.1%
     Longest drawdown     309d (309 bars)                Average trade                      -4.9%
     Calmar                         -0.58                Best trade                        +12.4%
     Omega                           0.79                Worst trade                       -35.7%
     Exposure                       51.5%                Average held          34d 8h (34.3 bars)
     Recovery factor                -0.62                SQN                                -0.68
     Beta                            0.58                Fees paid                         122.80
     Alpha                         -29.9%                Payoff                              0.48
     Information ratio              -0.09                Kelly                             -54.9%
     Tracking error                 22.2%                Turnover                            5.99
     Ulcer index                    24.5%                Longest winning run                    2
     Skew                           -0.06                Longest losing run                     2
     Kurtosis                        1.22
     Value at risk                  -3.0%
     Expected shortfall             -3.2%
     Tail ratio                      0.83
    ──────────────────────────────────────────────────────────────────────────────────────────────
    PSR 0.08: the probability that the true Sharpe ratio is above 0; no track record is long enough
    "#);
    assert_eq!(key.trim_end().len(), 12);
}

#[test]
fn the_document_has_the_members_of_the_contract_in_its_order() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let names = |words: &str| {
        let document = sandbox.backtest(words).ran().done_quietly().json();
        document.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ")
    };
    let plain = "symbol interval start end bars strategy params settings metrics last_bar honesty cache key elapsed_ms";
    assert_eq!(names("run --crypto BTC --strategy rsi --format json"), plain);
    assert_eq!(
        names("run --crypto BTC --strategy rsi --format json --trades"),
        plain.replace("last_bar ", "last_bar trades ")
    );
}

#[test]
fn every_metric_of_the_contract_is_there_in_its_order() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let document = sandbox.backtest("run --crypto BTC --strategy rsi --format json").ran().done().json();
    let names: Vec<_> = document["metrics"].as_object().expect("an object").keys().cloned().collect();
    assert_snapshot!(names.join(" "), @"total_return final_equity cagr volatility sharpe sortino max_drawdown max_drawdown_bars calmar omega buy_hold_return exposure trades open_trades win_rate profit_factor expectancy avg_win avg_loss avg_trade best_trade worst_trade avg_bars_held sqn fees_paid rejected unfilled liquidations funding borrow payoff_ratio kelly recovery_factor buy_hold_volatility buy_hold_sharpe buy_hold_max_drawdown beta alpha information_ratio tracking_error ulcer_index skew kurtosis turnover max_wins max_losses value_at_risk cond_value_at_risk tail_ratio");
}

#[test]
fn start_and_end_are_the_first_and_the_last_bar_of_the_half_open_range() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = |range: &str| {
        let ran =
            sandbox.backtest(&format!("run --crypto BTC --strategy rsi --format json {range}")).ran().done().json();
        (
            ran["start"].as_str().unwrap_or_default().to_owned(),
            ran["end"].as_str().unwrap_or_default().to_owned(),
            ran["bars"].as_u64(),
        )
    };
    let day = |day: &str| format!("{day}T00:00:00Z");
    assert_eq!(run(""), (day("2022-01-01"), day("2023-02-04"), Some(400)));
    assert_eq!(run("--from 2022-02-01 --to 2022-03-01"), (day("2022-02-01"), day("2022-02-28"), Some(28)));
    assert_eq!(
        run("--from 2022-02-01T00:00:01Z --to 2022-03-01T01:00:00+02:00"),
        (day("2022-02-02"), day("2022-02-28"), Some(27))
    );
}

#[test]
fn the_trades_add_up_to_the_metrics() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let document = sandbox.backtest("run --crypto BTC --strategy rsi --format json --trades").ran().done().json();
    let trades = document["trades"].as_array().expect("trades");
    let closed: Vec<_> = trades.iter().filter(|trade| trade["open"] == false).collect();
    assert_eq!(Some(closed.len() as u64), document["metrics"]["trades"].as_u64());
    assert!(!closed.is_empty());
    let fees: f64 = trades.iter().filter_map(|trade| trade["fees"].as_f64()).sum();
    let paid = document["metrics"]["fees_paid"].as_f64().expect("a number");
    assert!((fees - paid).abs() < 1e-9 * paid, "{fees} {paid}");
    for trade in closed {
        assert!(trade["entry_time"].as_str() < trade["exit_time"].as_str() && trade["side"] == "long");
    }
    let rows = sandbox.backtest("run --crypto BTC --strategy rsi --format csv --trades").ran().done().stdout;
    assert_eq!(rows.lines().count(), 1 + trades.len());
    assert_eq!(
        rows.lines().next(),
        Some(
            "side,entry_time,entry_price,exit_time,exit_price,size,fees,pnl,return,bars,open,exit_reason,mae,mfe,symbol,strategy"
        )
    );
    let table = sandbox.backtest("run --crypto BTC --strategy rsi --trades").ran().done().stdout;
    assert!(table.contains("Entry") && table.contains("long"), "{table}");
}

#[test]
fn a_run_without_a_trade_says_so() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = "run --crypto BTC --strategy ma --to 2022-02-01 --trades";
    let ran = sandbox.backtest(run).ran().done().says(&["entry and exit are undefined at every bar"]);
    assert!(ran.stdout.contains("No trades."), "{}", ran.stdout);
}

#[test]
fn fill_side_and_costs_change_the_result() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let equity = |options: &str| {
        let ran = sandbox.backtest(&format!("run --crypto BTC --strategy rsi --format json {options}")).ran().done();
        ran.json()["metrics"]["final_equity"].to_string()
    };
    let mut all: Vec<String> = [
        "",
        "--fill close",
        "--direction short",
        "--direction both",
        "--fee 0.01",
        "--slippage 0.01",
        "--capital 5000",
    ]
    .iter()
    .map(|options| equity(options))
    .collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 7, "{all:?}");
}
