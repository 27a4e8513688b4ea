//! `compare` and `run --against`: results side by side.

use insta::assert_snapshot;

use crate::fixture::Sandbox;

fn sandbox() -> Sandbox {
    Sandbox::with(&["BTCUSDT", "ETHUSDT"])
}

#[test]
fn metrics_stand_side_by_side_with_the_best_marked() {
    let ran = sandbox().backtest("compare rsi rsi:period=21 ma:fast=5,slow=20 --crypto BTC").ran().done_quietly();
    assert_snapshot!(ran.stdout, @r#"
    BTCUSDT 1d  2022-01-01 to 2023-02-04, 400 bars
                                    rsi   rsi:period=21   ma:fast=5,slow=20
    ────────────────────────────────────────────────────────────────────────
     Return                    -12.0%          +23.6%             +112.5% *
     Final equity            8,804.64       12,361.28           21,245.01 *
     CAGR                      -11.0%          +21.3%              +98.9% *
     Volatility                 23.8%           24.3%               20.7% *
     Sharpe                     -0.37            0.92                3.43 *
     Sortino                    -0.51            1.38                6.19 *
     Max drawdown              -43.5%          -40.1%              -11.4% *
     Longest drawdown            164d             99d *              108d
     Calmar                     -0.25            0.53                8.71 *
     Omega                       0.93            1.18                1.99 *
     Buy & hold                 -4.7%           -4.7%               -4.7%
     Exposure                   45.5%           53.8%               43.2%
     Trades                         4               2                   6
     Open trades                    0               1                   1
     Win rate                   50.0%          100.0% *             66.7%
     Profit factor               0.72               -               24.27 *
     Expectancy               -298.84        2,622.31 *          1,243.91
     Average win               +14.9%          +23.7% *            +15.8%
     Average loss              -17.8%               -               -1.1% *
     Average trade              -1.4%          +23.7% *            +10.2%
     Best trade                +19.0%          +31.1% *            +21.1%
     Worst trade               -27.0%          +16.4% *             -1.3%
     Average held             45d 12h             57d              24d 4h
     SQN                        -0.26            2.66 *              2.21
     Fees paid                  88.45           63.75 *            174.61
     Payoff                      0.72               -               12.14 *
     Kelly                     -19.5%               -               63.9% *
     Recovery factor            -0.27            0.59                9.90 *
     Buy & hold volatility      34.2%           34.2%               34.2%
     Buy & hold Sharpe           0.04            0.04                0.04
     Buy & hold drawdown       -55.3%          -55.3%              -55.3%
     Beta                        0.48            0.50                0.38
     Alpha                      -9.0%          +24.1%             +102.1% *
     Information ratio          -0.02            0.05                0.14 *
     Tracking error             24.5%           24.0%               26.7%
     Ulcer index                15.8%           12.8%                6.8% *
     Skew                       -0.09            0.12                0.48
     Kurtosis                    1.85            1.49                2.45
     Turnover                    3.93            2.59                5.72
     Longest winning run            1               2                   4 *
     Longest losing run             1               0 *                 1
     Value at risk              -2.6%           -2.3%               -1.4% *
     Expected shortfall         -3.1%           -3.0%               -2.3% *
     Tail ratio                  0.90            1.11                1.78 *
    ────────────────────────────────────────────────────────────────────────
    * the best
    "#);
}

#[test]
fn of_two_it_is_the_better_one_that_is_marked() {
    let ran = sandbox().backtest("compare rsi ma --crypto BTC").ran().done_quietly();
    assert!(ran.stdout.ends_with("* the better one\n"), "{}", ran.stdout);
}

#[test]
fn each_column_is_the_run_with_these_values() {
    let sandbox = sandbox();
    let compared = sandbox
        .backtest("compare rsi:period=21 ma --param fast=5 --crypto ETH --format json")
        .ran()
        .done_quietly()
        .json();
    for (at, run) in ["rsi --param period=21", "ma --param fast=5"].into_iter().enumerate() {
        let call = format!("run --crypto ETH --format json --strategy {run}");
        let alone = sandbox.backtest(&call).ran().done_quietly().json();
        let column = &compared["results"][at];
        assert_eq!((&column["metrics"], &column["key"]), (&alone["metrics"], &alone["key"]), "{run}");
    }
}

#[test]
fn a_run_against_others_is_the_same_comparison() {
    let sandbox = sandbox();
    let against =
        sandbox.backtest("run --crypto BTC --strategy rsi --against ma --against macd:fast=9").ran().done_quietly();
    assert_eq!(against.stdout, sandbox.backtest("compare rsi ma macd:fast=9 --crypto BTC").ran().done_quietly().stdout);
    sandbox
        .backtest("run --crypto BTC --strategy rsi --against ma --trades")
        .ran()
        .refused(&["--against", "run it alone"]);
}

#[test]
fn saved_results_are_compared_even_where_their_candles_are_gone() {
    let sandbox = sandbox();
    for (strategy, name) in [("rsi", "one.json"), ("ma", "two.json")] {
        sandbox.backtest(&format!("run --crypto BTC --strategy {strategy} --out {name}")).ran().done_quietly();
    }
    let both = sandbox.backtest("compare one.json two.json").ran().done_quietly();
    assert!(both.stdout.contains("one") && both.stdout.contains("two"), "{}", both.stdout);
    std::fs::remove_file(sandbox.here().join("data/1d/BTCUSDT.csv")).expect("it was there");
    let without =
        sandbox.backtest("compare one.json two.json --report page.html").ran().done().says(&["no candles of it"]);
    assert_eq!(without.stdout, both.stdout);
}

#[test]
fn what_cannot_be_compared_is_refused_with_the_remedy() {
    let sandbox = sandbox();
    sandbox.backtest("run --crypto BTC --strategy rsi --out btc.json").ran().done_quietly();
    sandbox.backtest("run --crypto ETH --strategy rsi --out eth.json").ran().done_quietly();
    sandbox.backtest("batch --all --out all.json").ran().done_quietly();
    sandbox.write("old.json", sandbox.read("btc.json").replace("\"sqn\"", "\"system_quality\""));
    sandbox.backtest("compare btc.json eth.json").ran().refused(&["one asset", "BTCUSDT 1d", "ETHUSDT 1d", "batch"]);
    sandbox.backtest("compare btc.json all.json").ran().refused(&["all.json", "4 results"]);
    sandbox.backtest("compare btc.json old.json").ran().refused(&["old.json", "system_quality", "another version"]);
    sandbox.backtest("compare rsi --crypto BTC").ran().refused(&["two or more"]);
    sandbox.backtest("compare rsi ma").ran().refused(&["--crypto"]);
    sandbox.backtest("compare rsi ma:fsat=3 --crypto BTC").ran().refused(&["ma:fsat=3", "fast"]);
    sandbox.backtest("compare btc.json gone.json").ran().refused(&["gone.json"]);
}

#[test]
fn other_ranges_and_costs_are_told_in_the_terminal_and_on_the_page() {
    let sandbox = sandbox();
    sandbox.backtest("run --crypto BTC --strategy rsi --out rsi.json").ran().done_quietly();
    let compare = |words: &str| sandbox.backtest(&format!("compare rsi.json ma {words}")).ran().done_quietly().stdout;
    let same = compare("");
    assert!(same.starts_with("BTCUSDT 1d  2022-01-01 to 2023-02-04, 400 bars\n") && !same.contains('!'), "{same}");
    let ranges = compare("--from 2022-06-01 --report page.html");
    assert!(ranges.contains("! They are not over the same range"), "{ranges}");
    assert!(ranges.contains("  rsi  2022-01-01 to 2023-02-04, 400 bars; long"), "{ranges}");
    assert!(ranges.contains("  ma   2022-06-01 to 2023-02-04, 249 bars; long"), "{ranges}");
    assert!(sandbox.read("page.html").contains("They are not over the same range"));
    let costs = compare("--fee 0.01");
    assert!(costs.contains("! They differ in fees"), "{costs}");
    assert!(costs.contains("fee 0.1%") && costs.contains("fee 1%"), "{costs}");
}
