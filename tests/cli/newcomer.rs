//! What someone types who comes from another tool or is here for the first time, and what is answered: either it works,
//! or the message holds the command or option that does.

use crate::fixture::Sandbox;

/// What is typed, and words of the answer, which can be typed in their turn.
const MISTAKES: &[(&str, &str)] = &[
    ("run BTC rsi", "unexpected argument 'BTC'"),
    ("run --strategy rsi", "--crypto BTC"),
    ("run --crypto BTC", "--strategy rsi"),
    ("run --crypto BTC --strategy rsi --period 21", "--param period=21"),
    ("run --crypto BTC --strategy rsi --param period 21", "NAME=VALUE"),
    ("run --pair BTC/USDT --strategy rsi", "--crypto BTC/USDT"),
    ("run --ticker BTC --strategy rsi", "--crypto BTC"),
    ("run --crypto BTC --strategy rsi --timeframe 1h", "--interval 1h"),
    ("run --crypto BTC --strategy rsi --start 2022-03-01", "--from 2022-03-01"),
    ("run --crypto BTC --strategy rsi --end_date 2022-03-01", "--to 2022-03-01"),
    ("run --crypto BTC --strategy rsi --timerange 20220301-20220601", "--from 2024-01-01 --to 2025-01-01"),
    ("run --crypto BTC --strategy rsi --from 01/03/2022", "2024-01-31"),
    ("run --crypto BTC --strategy rsi --commission 0.001", "--fee 0.001"),
    ("run --crypto BTC --strategy rsi --fee 0.1.0", "0.1%"),
    ("run --crypto BTC --strategy rsi --cash 5000", "--capital 5000"),
    ("run --crypto BTC --strategy rsi --capital 10k", "10000"),
    ("run --crypto BTC --strategy rsi --html page.html", "--report FILE.html"),
    ("run --crypto BTC --strategy rsi --plot", "--chart"),
    ("run --crypto BTC --strategy rsi --json", "--format json"),
    ("run --crypto BTC --strategy rsi --short", "--direction both"),
    ("run --crypto BTC,ETH --strategy rsi", "backtest batch --crypto BTC,ETH --strategy rsi"),
    ("run --crypto BTC --strategy RSI", "did you mean 'rsi'?"),
    ("run --crypto BTC --strategy rsi --param period=5..30", "sweep"),
    ("sweep --crypto BTC --strategy rsi", "--param period=14..34"),
    ("optimize --crypto BTC", "backtest sweep"),
    ("download-data", "backtest data fetch"),
    ("list-strategies", "backtest strategies list"),
    ("batch --strategy rsi", "--all"),
    ("batch --all --order-by sharpe", "--sort METRIC"),
    ("batch --all --sort sharp", "did you mean 'sharpe'?"),
    ("batch --all --where 'trades => 10'", "did you mean `>=`?"),
    ("batch --all --where 'symbol == BTC'", "write `\"BTC\"`"),
    ("run --all --strategy rsi", "`backtest batch`"),
    ("run --crypto BTC --strategy rsi --sort cagr", "`backtest batch`"),
    ("batch --all --trades", "--trades is an option of `backtest run`"),
    ("run --crypto BTCUSTD --strategy rsi", "BTCUSDT"),
    ("run --crypto BTC --strategy rsi --interval 1y", "1d"),
    ("run --crypto BTC --strategy rsi --interval 15m", "backtest data"),
    ("run --crypto BTC --strategy rsi --data nowhere", "--data-dir nowhere"),
    ("run --crypto BTC --strategy rsi --data-dir nowhere", "backtest data sample"),
];

#[test]
fn a_newcomer_s_mistake_is_answered_with_what_to_type() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    for (words, answer) in MISTAKES {
        // The shell takes the words apart, as for someone who types them.
        let ran = sandbox.shell(&format!("'{}' {words}", crate::fixture::program().display())).ran();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "backtest {words}: {ran:#?}");
        assert!(ran.stderr.contains(answer), "backtest {words}\nis not answered with {answer}:\n{}", ran.stderr);
    }
}

/// Spellings of other tools that are as good as ours: each means the same as the plain command.
#[test]
fn usual_spellings_work() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let run = |words: &str| {
        let ran = sandbox.shell(&format!("'{}' {words} --format json", crate::fixture::program().display())).ran();
        ran.done().json()["key"].clone()
    };
    let plain = run("run --crypto BTC --strategy rsi --from 2022-03-01 --fee 0.0005");
    for words in [
        "run --symbol BTC --strategy rsi --from 2022-03-01 --fee 0.0005",
        "run --crypto btcusdt --strategy rsi --from 2022-03 --fee 0.05%",
        "run --crypto BTC/USDT --strategy rsi --from 2022/3/1 --fee '0.05 %'",
        "run --crypto BTC-USDT --strategy rsi --from 20220301 --fee 5bps",
        "run -c BINANCE:BTCUSDT -s rsi --from 2022-3-1 --interval 1D --fee 5e-4",
        "run -c BTC -s rsi --from '2022-03-01 00:00' --interval 1day --fee .0005",
    ] {
        assert_eq!(run(words), plain, "{words}");
    }
}

#[test]
fn several_assets_may_be_a_pattern_or_a_file_and_some_left_out() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    sandbox.write("majors.txt", "# majors\nBTC\nETH, SOL\n");
    let assets = |words: &str| {
        let line = format!("'{}' batch --strategy rsi --format json {words}", crate::fixture::program().display());
        let document = sandbox.shell(&line).ran().done().json();
        let mut symbols: Vec<String> = document["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|row| row["symbol"].as_str().expect("a symbol").to_owned())
            .collect();
        symbols.sort();
        symbols.join(" ")
    };
    assert_eq!(assets("--crypto '*USDT'"), "BTCUSDT ETHUSDT SOLUSDT");
    assert_eq!(assets("--crypto '[BE]T[CH]*'"), "BTCUSDT ETHUSDT");
    assert_eq!(assets("--crypto @majors.txt --exclude ETH"), "BTCUSDT SOLUSDT");
    assert_eq!(assets("--all --exclude BTC,SOL*"), "ETHUSDT");
    let call = |words: &str| sandbox.backtest(&format!("batch --strategy rsi {words}")).ran();
    call("--crypto X*").refused(&["--crypto", "X*"]);
    call("--all --exclude DOGE").refused(&["--exclude 'DOGE'"]);
    call("--all --exclude *").refused(&["leaves no asset"]);
    call("--crypto @nowhere.txt").refused(&["@nowhere.txt"]);
}

#[test]
fn assets_that_trade_too_little_or_are_too_short_are_left_out_of_every_command_over_many() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    let thin = |_: usize, line: &str| match line.rsplit_once(',') {
        Some((rest, volume)) if volume != "volume" => format!("{rest},0.001"),
        _ => line.to_owned(),
    };
    sandbox.write("data/1d/ETHUSDT.csv", crate::candles::lines(&crate::candles::csv("ETHUSDT", 400), thin));
    sandbox.write("data/1d/NEWUSDT.csv", crate::candles::csv("NEWUSDT", 30));
    let select = "--all --min-bars 100 --min-volume 1k";
    for command in [
        "batch --strategy rsi",
        "sweep --strategy rsi --param period=5..6",
        "walk --strategy rsi --param period=5..6 --windows 2",
        "compare rsi ma",
    ] {
        // The second time from the index.
        for _ in 0..2 {
            let ran = sandbox.backtest(&format!("{command} {select} --format csv")).ran().done();
            let mut symbols: Vec<&str> = ran.stdout.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
            symbols.sort_unstable();
            symbols.dedup();
            assert_eq!(symbols, ["BTCUSDT", "SOLUSDT"], "{command}");
            ran.says(&["fewer than 100 bars: NEWUSDT", "a turnover below 1,000 a day: ETHUSDT"]);
        }
    }
    let call = |words: &str| sandbox.backtest(&format!("batch --all --strategy rsi {words}")).ran();
    call("--min-volume 1e15").refused(&["--min-volume", "no asset trades", "quote currency"]);
    call("--min-bars 1000").refused(&["--min-bars: no asset has 1,000 bars"]);
    for amount in ["x", "-1", "", "5MM", "nan", "1e300"] {
        sandbox.backtest("batch --all --min-volume").arg(amount).ran().refused(&["--min-volume", "5M"]);
    }
}

#[test]
fn the_turnover_of_a_day_is_close_times_volume_by_the_days_of_the_range() {
    let sandbox = Sandbox::empty();
    let bars = |hours: i64| (0..hours).map(move |at| 1_640_995_200_000 + at * 3_600_000);
    let rows: Vec<String> = bars(48).map(|time| format!("{time},10,10,10,10,5\n")).collect();
    sandbox.write("data/1h/BTCUSDT.csv", format!("timestamp,open,high,low,close,volume\n{}", rows.concat()));
    // 24 hours of 10 x 5.
    let call = |amount: &str| sandbox.backtest(&format!("batch --all --interval 1h --min-volume {amount}")).ran();
    call("1200").done();
    call("1200.01").refused(&["--min-volume"]);
}

#[test]
fn a_strategy_in_the_current_folder_is_found_by_its_name_and_said() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("toy.toml", "name = \"toy\"\n[rules]\nentry = \"close > open\"\nexit = \"close < open\"\n");
    let ran = sandbox.backtest("run --crypto BTC --strategy toy --format json").ran().done();
    ran.says(&["note: using the strategy in ./toy.toml"]);
    sandbox.backtest("run --crypto BTC --strategy tooy").ran().refused(&["unknown strategy 'tooy'"]);
}

#[test]
fn a_fee_of_percents_is_warned_of() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = |fee: &str| sandbox.backtest("run --crypto BTC --strategy rsi --fee").arg(fee).ran().done();
    run("0.1").warned_once(&["the fee is 10% of every fill", "--fee 0.1%"]);
    assert_eq!(run("0.01").lines_with("warning"), 0);
}

#[test]
fn the_output_that_readme_shows_is_what_its_first_command_prints() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    let (_, after) =
        readme.split_once("cargo run --release -- run --crypto BTC --strategy rsi\n").expect("the command");
    let (_, after) = after.split_once("```text\n").expect("its output");
    let (shown, _) = after.split_once("```\n").expect("its end");
    let data = root.join("data");
    let ran =
        Sandbox::empty().backtest(&format!("run --crypto BTC --strategy rsi --data-dir {}", data.display())).ran();
    let ran = ran.done();
    // How long it took, and whether there is a cache, is not the same here.
    let told = |text: &str| {
        let (lines, last) = text.trim_end().rsplit_once('\n').expect("several lines");
        let key = last.rsplit_once("key ").expect("the key").1;
        format!("{lines}\n{key}")
    };
    let (note, shown) = shown.split_once('\n').expect("a note first");
    assert!(note.starts_with("note: these candles are synthetic"), "{note}");
    assert_eq!(told(shown), told(&ran.stdout));
}
