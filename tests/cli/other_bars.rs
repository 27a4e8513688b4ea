//! Rules that read longer bars (`on`), other assets (`of`), the calendar and columns of their own.

use serde_json::Value;

use crate::candles::{BARS, csv};
use crate::fixture::Sandbox;
use crate::ran::Ran;

const FILTER: &str = r#"
name = "filter"
[params]
n = { default = 5, min = 2, max = 50 }
[rules]
entry = "close > sma(close, n) and of('ETH', close > sma(close, n)) and on('1w', close > prev(close, 1))"
exit = "close < sma(close, n) and not (hour == 1)"
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    sandbox.write("filter.toml", FILTER);
    sandbox
}

fn ran(sandbox: &Sandbox, words: &str) -> Ran {
    sandbox.backtest(words).cache_url("file:results.db").ran()
}

fn facts(result: &Value) -> (String, String) {
    (result["key"].to_string(), result["metrics"].to_string())
}

#[test]
fn a_run_a_batch_and_a_sweep_of_a_rule_with_other_bars_give_the_same_figures_and_keys() {
    let sandbox = sandbox();
    let run = ran(&sandbox, "run --crypto BTC --strategy ./filter.toml --param n=7 --format json").done().json();
    assert!(run["metrics"]["trades"].as_u64().is_some_and(|trades| trades > 3), "{run}");
    let again = ran(&sandbox, "run --crypto BTC --strategy ./filter.toml --param n=7 --format json").done().json();
    assert_eq!((&again["cache"], facts(&again)), (&Value::from("hit"), facts(&run)));
    let batch = ran(&sandbox, "batch --all --strategy ./filter.toml,rsi --param n=7 --format json").done().json();
    let rows = batch["results"].as_array().expect("results");
    assert_eq!(rows.len(), 6);
    let is_run = |row: &&Value| row["symbol"] == "BTCUSDT" && row["strategy"] == "filter";
    assert_eq!(rows.iter().find(is_run).map(facts), Some(facts(&run)));
    let sweep = ran(&sandbox, "sweep --crypto BTC --strategy ./filter.toml --param n=5..9 --format json").done().json();
    let rows = sweep["results"].as_array().expect("results");
    let row = rows.iter().find(|row| row["params"]["n"] == 7).expect("a row");
    assert_eq!((&row["key"], &row["metrics"]["sharpe"]), (&run["key"], &run["metrics"]["sharpe"]));
    let verified = ran(&sandbox, "cache verify --crypto BTC --strategy ./filter.toml --param n=7").done();
    assert!(verified.stdout.contains("1 result checked of 1 stored"), "{}", verified.stdout);
    let both = ran(&sandbox, "compare ./filter.toml rsi --crypto BTC --param n=7 --format json").done().json();
    assert_eq!(both["results"][0]["key"], run["key"]);
    ran(&sandbox, "run --crypto BTC --strategy ./filter.toml --param n=7 --report page.html --quiet").done();
    let page = sandbox.read("page.html");
    assert!(page.contains("of(\\\"ETH\\\", sma(close, 7))") || page.contains("of(\\\"ETH\\\""), "its lines are named");
}

#[test]
fn a_saved_result_is_computed_again_with_all_that_was_known_of_the_other_asset() {
    let sandbox = sandbox();
    // The asset is younger than the other one, whose bars before it count.
    let text = csv("BTCUSDT", BARS);
    let young: Vec<&str> =
        text.lines().enumerate().filter(|(line, _)| *line == 0 || *line > 99).map(|(_, line)| line).collect();
    sandbox.write("data/1d/BTCUSDT.csv", young.join("\n") + "\n");
    let words =
        "run --crypto BTC --strategy ./filter.toml --param n=40 --out saved.json --report page.html --format json";
    let saved = ran(&sandbox, words).done().json();
    let again = ran(&sandbox, "report saved.json --out again.html").done();
    assert!(!again.stderr.contains("its key is"), "{}", again.stderr);
    let page = sandbox.read("page.html");
    let command = page.split("backtest run ").nth(1).expect("a command").split('"').next().expect("its end");
    assert!(command.contains("--warmup all"), "{command}");
    let command = format!("run {command} --format json");
    assert_eq!(ran(&sandbox, &command).done().json()["key"], saved["key"]);
}

#[test]
fn candles_of_the_other_asset_are_part_of_the_key_up_to_the_last_bar_and_its_name_only_finds_them() {
    let sandbox = sandbox();
    let key = |options: &str| {
        let words = format!("run --crypto BTC --strategy ./filter.toml --format json {options}");
        ran(&sandbox, &words).done().json()["key"].to_string()
    };
    let (whole, early) = (key(""), key("--to 2022-11-01"));
    let text = csv("ETHUSDT", BARS);
    let lines: Vec<&str> = text.lines().collect();
    // Another close of the last bar, which only a run to the end can see.
    let (last, rest) = lines.split_last().expect("lines");
    let mut cells: Vec<&str> = last.split(',').collect();
    let close = cells[3].to_owned();
    cells[4] = &close;
    sandbox.write("data/1d/ETHUSDT.csv", format!("{}\n{}\n", rest.join("\n"), cells.join(",")));
    assert_eq!(key("--to 2022-11-01"), early);
    assert_ne!(key(""), whole);
}

#[test]
fn other_bars_that_are_not_there_are_said_before_or_for_the_asset_that_lacks_them() {
    let sandbox = sandbox();
    let rule = |entry: &str| {
        sandbox.write("own.toml", format!("name = \"own\"\n[rules]\nentry = '''{entry}'''\nexit = \"close < 0\"\n"));
        ran(&sandbox, "batch --all --strategy ./own.toml --format json")
    };
    rule("on('1h', close) > 0").refused(&["on(\"1h\", ..)", "--interval 1d", "choose a shorter --interval"]);
    rule("on('36h', close) > 0").refused(&["on(\"36h\", ..)"]);
    rule("of('DOGE', close) > 0").refused(&["of(\"DOGE\", ..)"]);
    rule("on('1w', on('1mo', close)) > 0").refused(&["`on` cannot stand in another `on`"]);
    rule("on('1w', of('ETH', close)) > 0").refused(&["the other way round"]);
    let lacks = rule("of('ETH', column('score')) > 0");
    lacks.failed(&["of(\"ETH\", ..)", "ETHUSDT.csv: has no column 'score', which a rule reads"]);
    rule("on(close, 5) > 0").refused(&["`on` needs an interval"]);
    rule("session('9h', '10:00')").refused(&["is not a time of day"]);
    rule("hour('Mars/Olympus') > 0").refused(&["there is no time zone `Mars/Olympus`"]);
    rule("of('ETH', on('1w', close > sma(close, 3)))").done();
    // The last candle of ETH is over before the first of a young asset.
    let text = csv("SOLUSDT", BARS);
    let young: Vec<&str> =
        text.lines().enumerate().filter(|(line, _)| *line == 0 || *line > 350).map(|(_, line)| line).collect();
    sandbox.write("data/1d/SOLUSDT.csv", young.join("\n") + "\n");
    let text = csv("ETHUSDT", BARS);
    let old: Vec<&str> = text.lines().take(300).collect();
    sandbox.write("data/1d/ETHUSDT.csv", old.join("\n") + "\n");
    let some = rule("of('ETH', close) > 0");
    assert_eq!(some.code, Some(1));
    let failed = some.json()["summary"]["failed"].clone();
    assert_eq!(failed[0]["symbol"], "SOLUSDT");
    assert!(failed[0]["reason"].as_str().is_some_and(|why| why.contains("from 2022-01-01 to 2022-10-26")), "{failed}");
}

/// Candles with a column `score` that is 1 in every fifth row, -1 in the row after it, and empty in all others.
fn scored(symbol: &str) -> String {
    let score = |row: usize| match row {
        0 => "Score",
        row if row % 5 == 0 => "1",
        row if row % 5 == 1 => "-1",
        _ => "",
    };
    let lines: Vec<String> =
        csv(symbol, BARS).lines().enumerate().map(|(row, line)| format!("{line},{}", score(row))).collect();
    lines.join("\n") + "\n"
}

const SCORED: &str = "name = \"scored\"\n[rules]\nentry = \"score > 0\"\nexit = \"column('score') < 0\"\n";

#[test]
fn a_column_of_the_file_is_a_series_undefined_where_it_is_empty_and_part_of_the_key_of_whoever_reads_it() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("scored.toml", SCORED);
    let rsi = ran(&sandbox, "run --crypto BTC --strategy rsi --format json").done().json()["key"].clone();
    sandbox.write("data/1d/BTCUSDT.csv", scored("BTCUSDT"));
    let run = |options: &str| {
        let words = format!("run --crypto BTC --strategy ./scored.toml --fill close --trades --format json {options}");
        ran(&sandbox, &words).done().json()
    };
    let first = run("");
    // Rows 5, 10, .. are bought, and sold one row later, where the score is below 0: 79 whole trades, and one that is open.
    assert_eq!((&first["metrics"]["trades"], &first["metrics"]["open_trades"]), (&79.into(), &1.into()), "{first}");
    assert_eq!(first["trades"][0]["entry_time"], "2022-01-05T00:00:00Z");
    assert_eq!((&run("")["cache"], &run("")["key"]), (&"hit".into(), &first["key"]));
    let later = run("--from 2022-03-01 --to 2022-06-01");
    assert_eq!(later["trades"][0]["entry_time"], "2022-03-01T00:00:00Z");
    assert_eq!(later["warmup_bars"], 59);
    assert_eq!(
        ran(&sandbox, "run --crypto BTC --strategy rsi --format json").done().json()["key"],
        rsi,
        "it is not read"
    );
    sandbox.write("data/1d/BTCUSDT.csv", scored("BTCUSDT").replacen(",-1\n", ",-2\n", 1));
    assert_ne!(run("")["key"], first["key"]);
    // Of a week it is the last value within it.
    let weekly =
        ran(&sandbox, "run --crypto BTC --strategy ./scored.toml --interval 1w --fill close --trades --format json");
    assert!(weekly.done().json()["metrics"]["trades"].as_u64().is_some_and(|trades| trades > 5));
}

#[test]
fn columns_of_other_assets_and_of_longer_bars_are_read_and_part_of_the_key() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("data/1d/ETHUSDT.csv", scored("ETHUSDT"));
    let run = |entry: &str, exit: &str, options: &str| {
        let text = format!("name = \"other\"\n[rules]\nentry = \"{entry}\"\nexit = \"{exit}\"\n");
        sandbox.write("other.toml", text);
        let words = format!("run --strategy ./other.toml --fill close --trades --format json {options}");
        ran(&sandbox, &words).done().json()
    };
    let of = |options: &str| run("of('ETH', score) > 0", "of('ETH', score) < 0", &format!("--crypto BTC {options}"));
    let first = of("");
    // The file of BTC has no such column. Where that of ETH is empty, the comparison is undefined.
    assert_eq!((&first["metrics"]["trades"], &first["metrics"]["open_trades"]), (&79.into(), &1.into()), "{first}");
    assert_eq!(first["trades"][0]["entry_time"], "2022-01-05T00:00:00Z");
    assert_eq!((&of("")["cache"], &of("")["key"]), (&"hit".into(), &first["key"]));
    assert_eq!(of("--from 2022-03-01")["trades"][0]["entry_time"], "2022-03-01T00:00:00Z");
    sandbox.write("data/1d/ETHUSDT.csv", scored("ETHUSDT").replacen(",-1\n", ",-2\n", 1));
    assert_ne!(of("")["key"], first["key"], "another value is another input");
    // Of a week it is the last value within it, known when the week is over: one of 5 days is 1, the next one is -1.
    let weekly = run("on('1w', score) > 0", "on('1w', score) < 0", "--crypto ETH");
    assert!(weekly["metrics"]["trades"].as_u64().is_some_and(|trades| trades > 10), "{weekly}");
    let day = |trade: &Value| trade["entry_time"].as_str().unwrap()[..10].parse::<jiff::civil::Date>().unwrap();
    let sunday = |trade: &Value| day(trade).weekday() == jiff::civil::Weekday::Sunday;
    assert!(weekly["trades"].as_array().unwrap().iter().all(sunday), "the close of the last day of a week");
}

#[test]
fn an_asset_whose_file_lacks_a_column_says_which_columns_it_has() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("scored.toml", SCORED);
    sandbox.write("data/1d/BTCUSDT.csv", scored("BTCUSDT"));
    let both = ran(&sandbox, "batch --all --strategy ./scored.toml --format json");
    assert_eq!(both.code, Some(1));
    let summary = both.json()["summary"].clone();
    let reason = summary["failed"][0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("ETHUSDT.csv: has no column 'score', which a rule reads (it has none beside"), "{reason}");
    sandbox.write("scored.toml", SCORED.replace("score >", "scores >"));
    let run = ran(&sandbox, "run --crypto BTC --strategy ./scored.toml");
    run.failed(&["has no column 'scores'", "did you mean 'Score'?"]);
    sandbox.write("scored.toml", SCORED);
    sandbox.write("data/1d/BTCUSDT.csv", scored("BTCUSDT").replacen(",-1\n", ",high\n", 1));
    ran(&sandbox, "run --crypto BTC --strategy ./scored.toml")
        .failed(&["row 2", "score is 'high', which is not a number"]);
}

#[test]
fn columns_are_read_from_every_format_alike() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("scored.toml", SCORED);
    sandbox.write("data/1d/BTCUSDT.csv", scored("BTCUSDT"));
    let run = || {
        let words = "run --crypto BTC --strategy ./scored.toml --format json --no-cache";
        sandbox.backtest(words).ran().done().json()["key"].clone()
    };
    let expected = run();
    let packed = zstd::encode_all(scored("BTCUSDT").as_bytes(), 1).expect("it packs");
    std::fs::remove_file(sandbox.here().join("data/1d/BTCUSDT.csv")).expect("it is there");
    sandbox.write("data/1d/BTCUSDT.csv.zst", packed);
    assert_eq!(run(), expected);
}

#[test]
fn a_check_names_the_columns_that_a_strategy_reads_and_a_slip_of_the_finger_is_none() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("scored.toml", SCORED);
    let check = sandbox.backtest("strategies check ./scored.toml").ran().done();
    assert!(check.stdout.contains("reads columns of the candle file beside the usual ones: score"), "{}", check.stdout);
    assert!(check.stdout.contains("entry: (column(\"score\") > 0)"), "{}", check.stdout);
    sandbox.write("scored.toml", SCORED.replace("score >", "clsoe >"));
    sandbox
        .backtest("strategies check ./scored.toml")
        .ran()
        .refused(&["unknown name `clsoe`", "did you mean `close`?"]);
}
