//! `rank`: assets by their scores, and what somebody holds among them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::candles::csv;
use crate::fixture::Sandbox;
use crate::ran::Ran;

/// A score that anyone can work out: what a close gained in ten bars, in percent.
const GAIN: &str = "name = \"gain\"\n[params]\nbars = { default = 10, min = 1, max = 1000 }\n[let]\ngain = \"roc(close, bars)\"\n\
                    [portfolio]\nscore = \"gain\"\nwhere = \"close > 0\"\ntop = 2\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT", "ADAUSDT"]);
    sandbox.write("gain.toml", GAIN);
    sandbox
}

fn rank(sandbox: &Sandbox, words: &str) -> Ran {
    sandbox.backtest(&format!("rank --strategy gain.toml {words}")).ran()
}

fn symbols(document: &Value) -> Vec<&str> {
    document["assets"].as_array().expect("assets").iter().filter_map(|asset| asset["symbol"].as_str()).collect()
}

/// Without what differs from call to call.
fn lasting(document: &Value) -> Value {
    let mut document = document.clone();
    for asset in document["assets"].as_array_mut().expect("assets") {
        asset["cache"] = Value::Null;
    }
    document["summary"] = Value::Null;
    document
}

fn closes(symbol: &str) -> Vec<f64> {
    let of = |line: &str| line.split(',').nth(4).and_then(|cell| cell.parse().ok());
    csv(symbol, 400).lines().filter_map(of).collect()
}

#[test]
fn assets_are_ranked_by_the_score_of_a_strategy_with_its_parts_and_the_change_since_a_week() {
    let sandbox = sandbox();
    let document = rank(&sandbox, "--all --format json").done().json();
    let gain = |symbol: &str, ago: usize| {
        let closes = closes(symbol);
        let last = closes.len() - 1 - ago;
        100.0 * (closes[last] / closes[last - 10] - 1.0)
    };
    let order = |ago: usize| {
        let mut all = vec!["ADAUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT"];
        all.sort_by(|a, b| gain(b, ago).total_cmp(&gain(a, ago)));
        all
    };
    let before = order(7);
    assert_eq!(symbols(&document), order(0));
    for (place, asset) in document["assets"].as_array().expect("assets").iter().enumerate() {
        let symbol = asset["symbol"].as_str().expect("a symbol");
        let near = |value: &Value, wanted: f64| (value.as_f64().expect("a number") - wanted).abs() < 1e-9;
        assert!(near(&asset["score"], gain(symbol, 0)) && near(&asset["score_before"], gain(symbol, 7)), "{asset}");
        assert_eq!((&asset["parts"]["gain"], &asset["rank"]), (&asset["score"], &Value::from(place + 1)));
        let old = before.iter().position(|other| *other == symbol).expect("it was there") + 1;
        let climbed = i64::try_from(old).expect("few assets") - i64::try_from(place + 1).expect("few assets");
        assert_eq!((&asset["rank_before"], asset["rank_change"].as_i64()), (&Value::from(old), Some(climbed)));
        assert!(near(&asset["rating"], [10.0, 20.0 / 3.0, 10.0 / 3.0, 0.0][place]), "{asset}");
    }
    assert_eq!(document["assets"][0]["rating_word"], "very strong");
}

#[test]
fn tables_csv_and_files_have_the_same_ranks() {
    let sandbox = sandbox();
    let document = rank(&sandbox, "--all --format json --out ranks.json").done().json();
    assert_eq!(lasting(&serde_json::from_str(&sandbox.read("ranks.json")).expect("JSON")), lasting(&document));
    let rows = rank(&sandbox, "--all --format csv --out ranks.csv").done().stdout;
    assert_eq!(sandbox.read("ranks.csv"), rows);
    let lines: Vec<&str> = rows.lines().collect();
    assert_eq!(
        lines[0],
        "symbol,interval,strategy,rank,score,rating,rating_word,candidate,rank_before,rank_change,score_before,close,time,bars,part_gain"
    );
    for (line, symbol) in lines[1..].iter().zip(symbols(&document)) {
        assert!(line.starts_with(&format!("{symbol},1d,gain,")), "{line}");
    }
    rank(&sandbox, "--all --out ranks.parquet").done();
    let table = rank(&sandbox, "--all --top 2").done().stdout;
    assert!(
        table.contains("very strong")
            && table.contains("1w ago")
            && table.contains("4 assets, 4 ranked at 2023-02-04 (2 shown)"),
        "{table}"
    );
    assert!(table.contains(symbols(&document)[1]) && !table.contains(symbols(&document)[3]), "{table}");
}

#[test]
fn a_hit_is_the_same_as_what_was_computed_and_one_changed_asset_is_computed_alone() {
    let sandbox = sandbox();
    let call = |words: &str| {
        sandbox.backtest(words).cache_url("file:scores.db").env("BACKTEST_CACHE_TIMEOUT", "20s").ran().done()
    };
    let cached = || call("rank --strategy gain.toml --all --format json").json();
    let first = cached();
    let second = cached();
    assert_eq!((&first["summary"]["misses"], &second["summary"]["hits"]), (&4.into(), &4.into()));
    assert_eq!(lasting(&first), lasting(&second));
    // One bar less: the others keep their keys.
    sandbox.write("data/1d/SOLUSDT.csv", csv("SOLUSDT", 399));
    let third = cached();
    assert_eq!((&third["summary"]["hits"], &third["summary"]["misses"]), (&3.into(), &1.into()));
    let off = rank(&sandbox, "--all --format json --no-cache").done().json();
    assert_eq!(lasting(&third), lasting(&off));
    let keys = call("cache keys --kind score").stdout;
    assert_eq!(keys.lines().count(), 5, "{keys}");
    let key = off["assets"][0]["key"].as_str().expect("a key");
    let stored = call(&format!("cache show {key} --format json")).json();
    assert_eq!((&stored["kind"], &stored["parts"][0]), (&"score".into(), &off["assets"][0]["score"]));
}

#[test]
fn what_a_score_depends_on_is_in_its_key() {
    let sandbox = sandbox();
    let key = |words: &str| {
        let document = rank(&sandbox, &format!("--crypto BTC --format json {words}")).done().json();
        document["assets"][0]["key"].as_str().expect("a key").to_owned()
    };
    let plain = key("");
    for words in ["--ago 2w", "--param bars=11", "--to 2023-01-01", "--from 2022-06-01 --warmup 0"] {
        assert_ne!(key(words), plain, "{words}");
    }
    let with = |from: &str, to: &str| {
        sandbox.write("gain.toml", GAIN.replace(from, to));
        key("")
    };
    assert_ne!(with("score = \"gain\"", "score = \"gain + 1\""), plain);
    assert_ne!(with("close > 0", "close > 1"), plain);
    assert_ne!(with("top = 2", "top = 2\nweight = \"close\""), plain);
    assert_eq!(with("top = 2", "top = 3"), plain, "how many are held changes no score");
    assert_eq!(key("--capital 5"), plain);
}

#[test]
fn no_bit_depends_on_the_order_of_assets_or_the_threads() {
    let sandbox = sandbox();
    sandbox.write("held.csv", "symbol,units\nBTC,1.25\nETH,3.5\nADA,100\n");
    sandbox.write("turned.csv", "symbol,units\nADA,100\nETH,3.5\nBTC,1.25\n");
    let call = |words: &str| lasting(&rank(&sandbox, &format!("{words} --format json")).done().json());
    let first = call("--crypto BTC,ETH,SOL,ADA --holdings held.csv --threads 1");
    assert_eq!(call("--crypto ADA,SOL,ETH,BTC --holdings turned.csv --threads 3"), first);
    assert_eq!(call("--all --holdings held.csv"), first);
}

#[test]
fn an_asset_that_ended_or_is_too_short_has_no_rank_and_that_is_said() {
    let sandbox = sandbox();
    sandbox.write(
        "data/1d/NEWUSDT.csv",
        csv("NEWUSDT", 400).lines().enumerate().filter(|(at, _)| *at == 0 || *at > 392).fold(
            String::new(),
            |mut all, (_, line)| {
                let _ = writeln!(all, "{line}");
                all
            },
        ),
    );
    sandbox.write("data/1d/OLDUSDT.csv", csv("OLDUSDT", 300));
    let ran = rank(&sandbox, "--all --format json").done();
    let ran = ran.says(&[
        "no rank for NEWUSDT: the score needs 11 bars, and it has fewer",
        "no rank for OLDUSDT: no bar in the last 1w before 2023-02-04",
    ]);
    let document = ran.json();
    assert_eq!(symbols(&document)[4..], ["NEWUSDT", "OLDUSDT"]);
    for asset in &document["assets"].as_array().expect("assets")[4..] {
        assert!(asset["rank"].is_null() && asset["rating"].is_null() && asset["rank_change"].is_null(), "{asset}");
    }
    assert!(document["assets"][4]["score"].is_null() && document["assets"][5]["score"].is_number());
}

#[test]
fn the_built_in_score_is_a_text_that_can_be_copied_and_changed() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let text = sandbox.backtest("strategies show momentum_score").ran().done().stdout;
    sandbox.write("mine.toml", &text);
    let call =
        |words: &str| lasting(&sandbox.backtest(&format!("rank --all --format json {words}")).ran().done().json());
    let built_in = call("");
    assert_eq!(call("--strategy mine.toml"), built_in);
    let parts: Vec<&String> = built_in["assets"][0]["parts"].as_object().expect("parts").keys().collect();
    assert_eq!(parts, ["short_return", "medium_return", "long_return", "trend", "range_place"]);
    for asset in built_in["assets"].as_array().expect("assets") {
        assert!((0.0..=10.0).contains(&asset["score"].as_f64().expect("a score")), "{asset}");
    }
    assert_ne!(call("--param short=20")["assets"], built_in["assets"]);
}

#[test]
fn holdings_have_a_value_a_mean_score_a_concentration_correlations_and_trades() {
    let sandbox = sandbox();
    sandbox.write("held.csv", "Symbol, Units\nBTC/USDT, 1.5\nethusdt, 2\ncash, 1000\n");
    let ran = rank(&sandbox, "--all --format json --holdings held.csv").done();
    let held = ran.json()["holdings"].clone();
    let number = |value: &Value| value.as_f64().expect("a number");
    let near = |value: &Value, wanted: f64| {
        assert!((number(value) - wanted).abs() < 1e-9 * wanted.abs().max(1.0), "{value} {wanted}");
    };
    let last = |symbol: &str| *closes(symbol).last().expect("a close");
    let (btc, eth) = (1.5 * last("BTCUSDT"), 2.0 * last("ETHUSDT"));
    near(&held["value"], btc + eth + 1_000.0);
    let shares = [btc / (btc + eth), eth / (btc + eth)];
    near(&held["herfindahl"], shares[0].powi(2) + shares[1].powi(2));
    near(&held["effective_number"], 1.0 / (shares[0].powi(2) + shares[1].powi(2)));
    let rows = held["assets"].as_array().expect("rows");
    let sum = |name: &str| rows.iter().map(|row| number(&row[name])).sum::<f64>();
    near(&held["target_cash"], 0.0);
    near(&Value::from(sum("target_weight")), 1.0);
    // What is not held in cash any more is bought.
    near(&Value::from(sum("trade_value")), 1_000.0);
    assert_eq!(held["correlation"]["returns"], 90);
    near(&held["correlation"]["matrix"][0][0], 1.0);
    assert_eq!(held["correlation"]["matrix"][0][1], held["correlation"]["mean"]);
    let csv = rank(&sandbox, "--all --format csv --holdings held.csv").done().stdout;
    assert!(
        csv.starts_with("symbol,units,price,value,weight,rank,score,rating,target_weight,trade_units,trade_value\n"),
        "{csv}"
    );
    let table = rank(&sandbox, "--all --holdings held.csv").done().stdout;
    for words in ["Buy or sell", "Herfindahl index", "Mean correlation of returns", "of it cash 1,000.00"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    sandbox.write("weights.csv", "symbol,weight\nBTC,0.5\nCASH,0.5\n");
    let weights = rank(&sandbox, "--all --format json --holdings weights.csv --capital 500").done().json();
    near(&weights["holdings"]["value"], 500.0);
    near(&weights["holdings"]["cash"], 250.0);
}

#[test]
fn holdings_that_make_no_sense_are_refused_with_their_line() {
    let sandbox = sandbox();
    for (text, words) in [
        ("", &["has no column symbol", "symbol, and units or weight"][..]),
        ("symbol,units\n", &["holds no row"]),
        ("coin,units\nBTC,1\n", &["has no column symbol"]),
        ("symbol,price\nBTC,1\n", &["has no column units or weight"]),
        ("symbol,units,weight\nBTC,1,1\n", &["both units and weight"]),
        ("symbol,units\nBTC,1\nDOGE,2\n", &["line 3", "'DOGE' is none of the assets that are ranked"]),
        ("symbol,units\nBTC,1\nBTCUSDT,2\n", &["line 3", "BTCUSDT is there twice"]),
        ("symbol,units\nCASH,1\ncash,2\n", &["CASH is there twice"]),
        ("symbol,units\nBTC,-1\n", &["line 2", "'-1' is negative"]),
        ("symbol,units\nBTC,x\n", &["'x' is not a number"]),
        ("symbol,units\nBTC\n", &["'' is not a number"]),
        ("symbol,units\nBTC,nan\n", &["'nan' is not a number"]),
        ("symbol,units\n*,1\n", &["'*' is none of the assets"]),
        ("symbol,weight\nBTC,0.4\nETH,0.4\n", &["the weights sum to 0.8", "CASH"]),
        ("symbol,weight\nBTC,0.8\nETH,0.4\n", &["the weights sum to 1.2", "not to 1"]),
    ] {
        sandbox.write("held.csv", text);
        rank(&sandbox, "--all --holdings held.csv").refused(words).says(&["--holdings held.csv"]);
    }
    rank(&sandbox, "--all --holdings nowhere.csv").refused(&["--holdings nowhere.csv"]);
    rank(&sandbox, "--all --holdings gain.toml --out gain.toml").refused(&["gain.toml"]);
}

#[test]
fn what_cannot_be_ranked_is_refused_before_any_work() {
    let sandbox = sandbox();
    sandbox.backtest("rank --all --strategy rsi").ran().refused(&["has no score", "[portfolio]", "momentum_score"]);
    sandbox.backtest("rank --all --strategy nothing").ran().refused(&["unknown strategy 'nothing'"]);
    rank(&sandbox, "--all --param bars=5,6").refused(&["--param bars=5,6", "rank takes one"]);
    rank(&sandbox, "--all --param nothing=5").refused(&["--param", "no parameter `nothing`"]);
    for ago in ["x", "0d", "-1w", "1", "200y", ""] {
        sandbox.backtest("rank --all --ago").arg(ago).ran().refused(&["--ago", "1mo (30 days)"]);
    }
    rank(&sandbox, "").refused(&["--all"]);
}

#[test]
fn an_asset_that_cannot_be_read_fails_while_the_others_are_ranked() {
    let sandbox = sandbox();
    sandbox.write("data/1d/BADUSDT.csv", "nonsense");
    let ran = rank(&sandbox, "--all --format json").failed(&["BADUSDT.csv"]);
    assert_eq!((symbols(&ran.json()).len(), &ran.json()["summary"]["failed"][0]["symbol"]), (4, &"BADUSDT".into()));
    sandbox.write("held.csv", "symbol,units\nBAD,1\n");
    rank(&sandbox, "--all --holdings held.csv").failed(&["BADUSDT", "cannot be used"]);
}

#[test]
fn scores_correlations_and_concentration_are_those_of_pandas() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/rank.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("JSON");
    let sandbox = Sandbox::empty();
    for (symbol, rows) in golden["candles"].as_object().expect("candles") {
        let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
        for row in rows.as_array().expect("rows") {
            let [time, open, high, low, close] = [0, 1, 2, 3, 4].map(|at| &row[at]);
            let _ = writeln!(text, "{time},{open},{high},{low},{close},1");
        }
        sandbox.write(&format!("data/1d/{symbol}.csv"), text);
    }
    let units = golden["units"].as_object().expect("units").iter();
    let held: Vec<String> = units.map(|(symbol, units)| format!("{symbol},{units}\n")).collect();
    sandbox.write("held.csv", format!("symbol,units\n{}", held.concat()));
    let document = sandbox.backtest("rank --all --format json --holdings held.csv").ran().done().json();
    let near = |value: &Value, wanted: &Value, what: &str| {
        let [value, wanted] =
            [value, wanted].map(|number| number.as_f64().unwrap_or_else(|| panic!("{what}: {number}")));
        assert!((value - wanted).abs() <= 1e-9 * wanted.abs().max(1.0), "{what}: {value}, pandas {wanted}");
    };
    for asset in document["assets"].as_array().expect("assets") {
        let symbol = asset["symbol"].as_str().expect("a symbol");
        let wanted = &golden["assets"][symbol];
        for name in ["score", "score_before", "rating"] {
            near(&asset[name], &wanted[name], &format!("{name} of {symbol}"));
        }
        for name in ["rank", "rank_before", "candidate"] {
            assert_eq!(asset[name], wanted[name], "{name} of {symbol}");
        }
        for (name, part) in wanted["parts"].as_object().expect("parts") {
            near(&asset["parts"][name], part, &format!("{name} of {symbol}"));
        }
    }
    let (held, wanted) = (&document["holdings"], &golden["holdings"]);
    for name in ["value", "score", "herfindahl", "effective_number", "largest"] {
        near(&held[name], &wanted[name], name);
    }
    for (symbol, weight) in wanted["weights"].as_object().expect("weights") {
        let row = held["assets"].as_array().expect("rows").iter().find(|row| row["symbol"] == *symbol);
        near(&row.expect("a row")["weight"], weight, symbol);
    }
    assert_eq!(held["correlation"]["symbols"], wanted["correlation"]["symbols"]);
    near(&held["correlation"]["mean"], &wanted["correlation"]["mean"], "mean correlation");
    for row in 0..3 {
        for column in 0..3 {
            let of = |all: &Value| all["correlation"]["matrix"][row][column].clone();
            near(&of(held), &of(wanted), "correlation");
        }
    }
}
