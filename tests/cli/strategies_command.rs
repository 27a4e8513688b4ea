//! `strategies`: what there is to test, and whether one's own is right.

use insta::assert_snapshot;

use crate::fixture::Sandbox;
use crate::own_strategies::MINE;

#[test]
fn the_list_has_every_built_in_strategy_with_its_parameters() {
    let sandbox = Sandbox::empty();
    let table = sandbox.backtest("strategies list").ran().done_quietly().stdout;
    let json = sandbox.backtest("strategies list --format json").ran().done_quietly().json();
    let csv = sandbox.backtest("strategies list --format csv").ran().done_quietly().stdout;
    for (at, name) in [
        "rsi",
        "ma",
        "ema_cross",
        "macd",
        "bollinger",
        "donchian",
        "momentum",
        "rsi_trend",
        "turtle",
        "rsi2",
        "chandelier",
        "momentum_score",
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(json[at]["name"], *name);
        assert!(table.contains(name) && csv.contains(&format!("\n{name},built in,")), "{name}");
    }
    assert!(table.contains("period=14 oversold=30 overbought=70"), "{table}");
    assert_eq!(json[0]["params"][0], serde_json::json!({"name": "period", "default": 14, "min": 2, "max": 500}));
    assert_eq!(json[0]["rules"]["entry"], "rsi(close, period) < oversold");
}

#[test]
fn the_list_has_one_s_own_strategies_and_says_which_cannot_be_used() {
    let sandbox = Sandbox::empty();
    sandbox.own_strategy("my_breakout", MINE);
    sandbox.own_strategy("broken", "name = 1");
    let table = sandbox.backtest("strategies list").ran().done_quietly().stdout;
    assert!(
        table.contains("my_breakout (own)") && table.contains("broken") && table.contains("cannot be used"),
        "{table}"
    );
    let json = sandbox.backtest("strategies list --format json").ran().done_quietly().json();
    assert_eq!((&json[12]["name"], &json[12]["source"]), (&"broken".into(), &"own".into()));
    assert!(json[12]["error"].is_string() && json[13]["name"] == "my_breakout");
}

#[test]
fn show_prints_the_definition_as_it_stands() {
    let sandbox = Sandbox::empty();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["rsi", "ma", "donchian"] {
        let file = std::fs::read_to_string(root.join(format!("strategies/{name}.toml"))).expect("a file");
        assert_eq!(sandbox.backtest("strategies show").arg(name).ran().done_quietly().stdout, file);
    }
    sandbox.own_strategy("my_breakout", MINE);
    assert_eq!(sandbox.backtest("strategies show my_breakout").ran().done_quietly().stdout, MINE);
}

#[test]
fn what_show_prints_is_a_strategy_to_start_from() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let toml = sandbox.backtest("strategies show macd").ran().done_quietly().stdout;
    sandbox.write("copy.toml", toml);
    let run = |name: &str| {
        let ran = sandbox.backtest("run --crypto BTC --format json --strategy").arg(name).ran().done_quietly();
        ran.json()["key"].clone()
    };
    assert_eq!(run("copy.toml"), run("macd"));
}

#[test]
fn check_says_how_a_definition_was_understood() {
    let sandbox = Sandbox::empty();
    sandbox.write("mine.toml", MINE);
    let ran = sandbox.backtest("strategies check mine.toml").ran().done_quietly();
    assert_snapshot!(ran.stdout, @r#"
    my_breakout: ok
      strength = 25 (number from 0 to 100)
      stop = 10 (whole number from 2 to 100)
      entry: ((macd(close, 12, 26, 9) > macd_signal(close, 12, 26, 9)) and (adx(high, low, close, 14) > strength))
      exit: (close < prev(lowest(low, stop), 1))
      warm-up: 33 bars until every rule is defined, 660 until nothing depends on what came before (--warmup auto)
      no short side of its own: --direction short or both sells short where exit holds, and buys back where entry does
    "#);
}

#[test]
fn check_points_at_the_place_of_a_mistake() {
    let sandbox = Sandbox::empty();
    sandbox.write("mine.toml", MINE.replace("macd_signal", "macd_signl"));
    let ran = sandbox.backtest("strategies check mine.toml").ran().refused(&[]);
    assert_snapshot!(ran.stderr, @r#"
    error: mine.toml: rule `entry`, column 26: unknown function `macd_signl`
      | macd(close, 12, 26, 9) > macd_signl(close, 12, 26, 9) and adx(14) > strength
      |                          ^^^^^^^^^^ did you mean `macd_signal`?
    "#);
}

#[test]
fn an_indicator_is_explained_by_each_of_its_outputs() {
    let sandbox = Sandbox::empty();
    let explained = |name: &str| sandbox.backtest(&format!("strategies indicators {name}")).ran().done_quietly().stdout;
    assert_snapshot!(explained("supertrend_direction"), @r#"
    supertrend(period, multiplier)
    supertrend_direction(period, multiplier)
      Supertrend: a stop multiplier atr from the middle of the bar; its direction is 1 in a rise, -1 in a fall

      reads        high, low, close; other series as in supertrend(high, low, close, period, multiplier)
      period       a whole number from 1 to 100000; usually 10
      multiplier   a number from 0 to 100; usually 3
      formula      in a rise (high + low) / 2 - multiplier * atr, which never falls; in a fall (high + low) / 2 + multiplier * atr, which never rises. A close above the upper band of the bar before turns to a rise (direction 1), one below the lower band to a fall (-1). Begins as a rise
      first value  at bar period, counted from 0
      source       pandas-ta supertrend
      example      supertrend_direction(10, 3) > 0
    "#);
    assert_eq!(explained("supertrend"), explained("supertrend_direction"));
    assert_snapshot!(explained("correl"), @r#"
    correl(x, y, period)
      Correlation of two series over the last period bars, -1 to 1

      x, y         two series, such as close and volume
      period       a whole number from 2 to 100000; usually 30
      formula      Pearson's: the mean of (x - mean x) * (y - mean y) over the product of the standard deviations; 0 where one of them is 0
      first value  at bar period - 1, counted from 0
      source       TA-Lib CORREL
      example      correl(close, volume, 30) < 0
    "#);
    assert_snapshot!(explained("crosses_above"), @r#"
    crosses_above(a, b)
      a is above b, and was not at the bar before
    "#);
    let ran = sandbox.backtest("strategies indicators supertrent").ran().refused(&[]);
    assert_snapshot!(ran.stderr, @r#"
    error: there is no indicator or function `supertrent`; did you mean `supertrend`?
    `backtest strategies indicators` lists all of them
    "#);
}

#[test]
fn indicators_lists_everything_that_a_rule_can_call() {
    let table = Sandbox::empty().backtest("strategies indicators").ran().done_quietly().stdout;
    for name in [
        "sma(",
        "ema(",
        "wma(",
        "rsi(",
        "roc(",
        "mom(",
        "macd(",
        "macd_signal(",
        "macd_hist(",
        "bb_upper(",
        "bb_middle(",
        "bb_lower(",
        "atr(",
        "stddev(",
        "highest(",
        "lowest(",
        "stoch_k(",
        "stoch_d(",
        "cci(",
        "adx(",
        "obv",
        "prev(",
        "abs(",
        "min(",
        "max(",
        "crosses_above(",
        "crosses_below(",
    ] {
        assert!(table.contains(name), "{name}");
    }
}

/// Every strategy of this repository: its name, and its text.
fn shipped() -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["strategies", "examples/strategies"]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let text = |path: std::path::PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).unwrap());
    let is_strategy = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "toml");
    files.map(|file| file.unwrap().path()).filter(is_strategy).map(text).collect()
}

#[test]
fn the_schema_knows_every_key_of_every_shipped_strategy_and_no_key_that_the_program_does_not() {
    let sandbox = Sandbox::empty();
    let schema = sandbox.backtest("strategies schema").ran().done_quietly().json();
    let properties = &schema["properties"];
    let mut seen = 0;
    for (path, text) in shipped() {
        let document: toml::Table = text.parse().unwrap();
        for (key, value) in &document {
            assert!(properties[key].is_object(), "{path}: {key}");
            for inner in value.as_table().into_iter().flat_map(toml::Table::keys) {
                let known = &properties[key];
                let is_known = known["properties"][inner].is_object() || known["patternProperties"].is_object();
                assert!(is_known, "{path}: {key}.{inner}");
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
    // Each key of the schema in a definition of its own: what is refused must not be so for an unknown key.
    for table in ["exits", "size", "entry_order"] {
        for key in properties[table]["properties"].as_object().unwrap().keys() {
            let text = format!(
                "name = \"own\"\n[rules]\nentry = \"close > open\"\nexit = \"close < open\"\n[{table}]\n{key} = 0.5\n"
            );
            sandbox.write("own.toml", text);
            let ran = sandbox.backtest("strategies check own.toml").ran();
            assert!(!ran.stderr.contains("unknown key"), "{table}.{key}: {ran:#?}");
        }
    }
}

#[test]
fn check_warns_of_rules_that_never_or_always_hold_and_says_how_many_bars_they_need() {
    let sandbox = Sandbox::empty();
    let check = |entry: &str, exit: &str| {
        let text =
            format!("name = \"own\"\n[params]\nhigh_level = 70\n[rules]\nentry = \"{entry}\"\nexit = \"{exit}\"\n");
        sandbox.write("own.toml", text);
        sandbox.backtest("strategies check own.toml").ran().done()
    };
    let ran = check("rsi(close, 14) > high_level and volume > 0 and rsi(close, 14) < 30", "close < sma(close, 50)");
    let ran = ran.warned_once(&["entry: `(rsi(close, 14) > high_level)` and `(rsi(close, 14) < 30)` never hold at the same bar, with the parameters as they are"]);
    assert!(ran.stdout.contains("warm-up: 49 bars until every rule is defined, 280 until"), "{}", ran.stdout);
    check("rsi(close, 14) > high_level and close > 0", "close < open")
        .warned_once(&["entry: `(close > 0)` always holds where it is defined"]);
    check("rsi(close, 14) > high_level", "rsi(close, 14) < 0")
        .warned_once(&["exit: `(rsi(close, 14) < 0)` never holds"]);
    assert_eq!(check("rsi(close, 14) > high_level", "rsi(close, 14) < 30").stderr, "");
}

#[test]
fn of_all_shipped_strategies_no_rule_is_always_or_never_true() {
    let sandbox = Sandbox::empty();
    for (path, text) in shipped() {
        sandbox.write("shipped.toml", text);
        let ran = sandbox.backtest("strategies check shipped.toml").ran().done();
        assert_eq!(ran.stderr, "", "{path}");
        assert!(ran.stdout.contains("warm-up: "), "{path}");
    }
}
