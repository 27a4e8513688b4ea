//! A user's own strategies: found by path or name, without a rebuild, and refused with the place of a mistake.

use crate::fixture::Sandbox;

/// MACD above its signal in a trend, out below the lower Donchian channel.
pub(crate) const MINE: &str = r#"
name = "my_breakout"
about = "Trend with a stop"
[params]
strength = { default = 25, min = 0, max = 100 }
stop     = { default = 10, min = 1, max = 100 }
[rules]
entry = "macd(close, 12, 26, 9) > macd_signal(close, 12, 26, 9) and adx(14) > strength"
exit  = "close < prev(lowest(low, stop), 1)"
"#;

fn with_entry(entry: &str) -> String {
    format!("name = \"mine\"\n[rules]\nentry = \"{entry}\"\nexit = \"close < 1\"\n")
}

/// What is said when a strategy with this entry rule is used in any way.
#[track_caller]
fn refused(entry: &str, words: &[&str]) {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("mine.toml", with_entry(entry));
    for command in [
        "run --crypto BTC --strategy ./mine.toml",
        "batch --all --strategy rsi,mine.toml",
        "strategies check mine.toml",
    ] {
        sandbox.backtest(command).ran().refused(words).says(&["mine.toml", "rule `entry`"]);
    }
}

#[test]
fn a_strategy_of_one_s_own_runs_by_path_and_by_name_alike() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("mine.toml", MINE);
    sandbox.own_strategy("my_breakout", MINE);
    let run = |name: &str| {
        sandbox.backtest("run --crypto BTC --param stop=5 --format json --strategy").arg(name).ran().done()
    };
    let result = run("./mine.toml");
    assert_eq!((&result.json()["strategy"], &result.json()["params"]["stop"]), (&"my_breakout".into(), &5.into()));
    assert!(result.json()["metrics"]["trades"].as_u64() > Some(0), "{result:#?}");
    for name in ["mine.toml", "my_breakout"] {
        assert_eq!(run(name).data(), result.data(), "{name}");
    }
    let batch = sandbox.backtest("batch --all --strategy rsi,my_breakout --format json").ran().done();
    assert_eq!(batch.json()["summary"]["combinations"], 2);
}

#[test]
fn a_typo_in_a_rule_is_shown_in_its_place_with_the_nearest_name() {
    refused("rsj(close, 14) < 30", &["column 1", "`rsj`", "did you mean `rsi`?", "^^^"]);
    refused("close > opn", &["column 9", "`opn`", "did you mean `open`?", "^^^"]);
    refused("close >", &["column 8", "expected a value"]);
    refused("close > (1", &["column"]);
    refused("", &["column 1"]);
}

#[test]
fn a_rule_of_the_wrong_type_is_refused_with_a_hint() {
    refused("rsi(close, 14) and close > 1", &["column 1", "`and` needs a condition", "compare it with something"]);
    refused("rsi(close, 14)", &["needs a condition"]);
    refused("rsi(14, close) > 1", &["column"]);
    refused("rsi(close) > 1", &["column"]);
}

#[test]
fn a_rule_with_ten_thousand_nested_parentheses_is_refused_at_once() {
    refused(&format!("{}close > 1{}", "(".repeat(10_000), ")".repeat(10_000)), &["bytes", "16384"]);
    refused(&format!("{}close > 1{}", "(".repeat(4_000), ")".repeat(4_000)), &["column"]);
    refused(&format!("{}close > 1", "not ".repeat(4_000)), &["column"]);
    refused(&format!("close > {}1", "-".repeat(9_000)), &["column"]);
}

#[test]
fn a_definition_that_is_none_is_refused_with_the_remedy() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (toml, words) in [
        ("", &["there is no `name`"][..]),
        ("name = \"x\"\n", &["[rules]"]),
        ("name = \"x\"\n[rules]\nentry = \"close > 1\"\n", &["`exit`"]),
        ("name = \"x\"\n[rules]\nentri = \"close > 1\"\n", &["line 3", "entri", "entry"]),
        (
            "name = \"x\"\n[params]\nn = { default = 1, mn = 0 }\n[rules]\nentry = \"close > n\"\nexit = \"close < n\"\n",
            &["line 3", "mn", "min"],
        ),
        ("name = \"x\n", &["line 1"]),
        ("name = \"../x\"\n", &["line 1", "cannot be the name"]),
    ] {
        sandbox.write("x.toml", toml);
        sandbox.backtest("run --crypto BTC --strategy ./x.toml").ran().refused(words).says(&["x.toml"]);
    }
}

#[test]
fn a_strategy_file_that_cannot_be_read_is_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = |path: &str| sandbox.backtest("run --crypto BTC --strategy").arg(path).ran();
    run("./missing.toml").refused(&["./missing.toml", "there is no such file"]);
    run("./data").refused(&["./data", "is not a file"]);
    run("/dev/zero").refused(&["/dev/zero", "is not a file"]);
    sandbox.write("huge.toml", vec![b'#'; 300 * 1024]);
    run("huge.toml").refused(&["huge.toml", "256 KiB"]);
    sandbox.write("binary.toml", b"\xff\xfe\0");
    run("binary.toml").refused(&["binary.toml", "UTF-8"]);
}

#[test]
fn an_own_strategy_does_not_silently_replace_a_built_in_one() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let path = sandbox.own_strategy("rsi", &MINE.replace("my_breakout", "rsi"));
    sandbox.backtest("run --crypto BTC --strategy rsi").ran().refused(&["'rsi' is built in", "rename your file"]);
    sandbox.backtest("run --crypto BTC --strategy").arg(path).ran().done();
}
