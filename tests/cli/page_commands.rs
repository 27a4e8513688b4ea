//! The command that a page shows gives the result again, whoever types it: with its exits, sizes and year, and whatever
//! their settings say.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::candles::{BARS, csv, with_cell};
use crate::fixture::{Call, Sandbox, program};

/// The commands on a page, each once.
fn commands(page: &str) -> BTreeSet<String> {
    let command = |(at, _): (usize, &str)| {
        let text = serde_json::Deserializer::from_str(&page[at..]).into_iter::<String>().next();
        text.expect("a text").expect("JSON")
    };
    page.match_indices("\"backtest run ").map(command).collect()
}

/// The call that a command on a page is, in a shell where settings and environment say something else.
fn typed(sandbox: &Sandbox, command: &str) -> Call {
    let words = command.strip_prefix("backtest ").expect("a call of the program");
    let mut call = sandbox.shell(&format!("'{}' {words} --format json", program().display()));
    for (variable, value) in [
        ("STOP_LOSS", "1%"),
        ("SIZE", "10%"),
        ("COOLDOWN", "3"),
        ("FEE", "0.7%"),
        ("SLIPPAGE", "0.7%"),
        ("CAPITAL", "77"),
        ("YEAR", "260"),
        ("RISK_FREE", "5%"),
        ("BENCHMARK", "ETHUSDT"),
        ("DIRECTION", "short"),
        ("FILL", "close"),
        ("FROM", "2022-06-01"),
        ("TO", "2022-07-01"),
        ("INTERVAL", "1w"),
    ] {
        call = call.env(&format!("BACKTEST_{variable}"), value);
    }
    call
}

/// Keys of results, with the metrics of each.
fn results(document: &Value) -> Vec<(String, Value)> {
    let one = |row: &Value| (row["key"].as_str().expect("a key").to_owned(), row["metrics"].clone());
    document["results"].as_array().map_or_else(|| vec![one(document)], |rows| rows.iter().map(one).collect())
}

/// Whether a run gives these metrics: a sweep works out fewer than a run.
fn are_of(metrics: &Value, run: &Value) -> bool {
    metrics.as_object().expect("metrics").iter().all(|(name, value)| run[name] == *value)
}

/// Every command on the page gives one of these results, to the bit, and each of them is given by one.
#[track_caller]
fn gives_again(sandbox: &Sandbox, page: &str, expected: &[(String, Value)]) {
    let commands = commands(&sandbox.read(page));
    assert_eq!(commands.len(), expected.len(), "{commands:#?}");
    for command in &commands {
        let again = results(&typed(sandbox, command).ran().done().json()).remove(0);
        assert!(expected.iter().any(|(_, metrics)| are_of(metrics, &again.1)), "{command}");
    }
}

/// The same, and with the same keys: nothing that is open in the request is fixed in the command.
#[track_caller]
fn gives_keys_again(sandbox: &Sandbox, page: &str, expected: &[(String, Value)]) {
    gives_again(sandbox, page, expected);
    for command in &commands(&sandbox.read(page)) {
        let again = results(&typed(sandbox, command).ran().done().json()).remove(0);
        let is_again = |(key, metrics): &(String, Value)| *key == again.0 && are_of(metrics, &again.1);
        assert!(expected.iter().any(is_again), "{command}");
    }
}

/// Daily candles with three weeks missing, so that a calendar's year is not 365 bars; and a row that is no candle.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let rows: Vec<String> = csv("ETHUSDT", BARS).lines().map(str::to_owned).collect();
    let gap: Vec<&str> =
        rows.iter().enumerate().filter(|(at, _)| !(100..121).contains(at)).map(|(_, row)| row.as_str()).collect();
    sandbox.write("data/1d/ETHUSDT.csv", with_cell(&gap.join("\n"), 50, 1, "0"));
    sandbox
}

#[test]
fn the_command_of_a_run_has_its_exits_sizes_and_year() {
    let sandbox = sandbox();
    let run = |words: &str| {
        results(
            &sandbox.backtest(&format!("run --crypto {words} --format json --report page.html")).ran().done().json(),
        )
    };
    for words in [
        "BTC --strategy ma --param fast=5 --param slow=20 --stop-loss 5% --take-profit 12.5% --size 50% --year 252",
        "BTC --strategy rsi --param period=5 --direction both --leverage 3 --size 250% --maintenance 1% --funding 0.02%",
        "BTC --strategy turtle --risk 1% --lot 0.001 --min-notional 10 --cooldown 4 --max-bars 30",
        "ETH --strategy macd --trailing-stop 8% --trailing-after 3% --break-even-after 2% --on-bad-row drop",
        "BTC --strategy rsi --benchmark ETH --risk-free 3% --on-bad-row drop",
        "BTC --strategy macd --interval 1w --from 2022-02 --to 2022-12-15 --fill close --slippage 0.1% --size 700",
    ] {
        let expected = run(words);
        gives_keys_again(&sandbox, "page.html", &expected);
    }
    let own = "name = \"own\"\n[rules]\nentry = \"close > sma(close, 5)\"\nexit = \"close < sma(close, 5)\"\n\
               [exits]\ntrailing_distance = \"2 * atr(5)\"\ntake_profit = [[0, 0.1], [5, 0.04]]\n";
    sandbox.write("my rules.toml", own);
    let call = sandbox.backtest("run --crypto BTC --format json --report page.html --stop-loss 3% --strategy");
    let expected = results(&call.arg("./my rules.toml").ran().done().json());
    gives_keys_again(&sandbox, "page.html", &expected);
}

#[test]
fn the_commands_of_batches_comparisons_and_sweeps_do_too() {
    let sandbox = sandbox();
    let document = |words: &str| {
        results(&sandbox.backtest(&format!("{words} --report page.html --format json")).ran().done().json())
    };
    let batch =
        document("batch --all --strategy rsi,macd --trailing-stop 8% --max-bars 20 --on-bad-row drop --year 365");
    assert_eq!(batch.len(), 4);
    gives_keys_again(&sandbox, "page.html", &batch);
    let compared = document(
        "compare rsi rsi:stop_loss=0.05,direction=both ma:fast=5,slow=20,fee=0 --crypto BTC --risk 2% --stop-loss 4%",
    );
    gives_keys_again(&sandbox, "page.html", &compared);
    let swept = document(
        "sweep --crypto BTC --strategy ma,rsi --param fast=3,5 --param slow=20 --param period=5,9 --stop-loss 4% --top 9",
    );
    assert_eq!(swept.len(), 4);
    gives_keys_again(&sandbox, "page.html", &swept);
}

#[test]
fn the_commands_of_a_page_of_saved_rows_do_too_with_the_year_of_the_rows() {
    let sandbox = sandbox();
    for (year, name) in [("365", "rows.parquet"), ("calendar", "rows.parquet"), ("252", "saved.json")] {
        let batch = format!(
            "batch --all --strategy rsi,macd --param period=5 --stop-loss 4% --size 50% --on-bad-row drop --year {year}"
        );
        let expected =
            results(&sandbox.backtest(&batch).arg("--out").arg(name).arg("--format").arg("json").ran().done().json());
        // A saved row does not say that one of its candles was left out, so that has to be repaired first.
        let eth = sandbox.read("data/1d/ETHUSDT.csv");
        let repaired: Vec<&str> = eth.lines().enumerate().filter(|(at, _)| *at != 49).map(|(_, row)| row).collect();
        sandbox.write("data/1d/ETHUSDT.csv", repaired.join("\n"));
        sandbox.backtest(&format!("report {name} --out page.html")).ran().done();
        gives_again(&sandbox, "page.html", &expected);
        sandbox.write("data/1d/ETHUSDT.csv", eth);
    }
}
