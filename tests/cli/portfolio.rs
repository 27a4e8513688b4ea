//! `backtest portfolio` as a user meets it: outputs, grids, the cache, and what is refused.

use backtest::cache::{EntryId, EntryKind, Key, Options, Results, StoredValue};

use crate::fixture::Sandbox;

const ASSETS: [&str; 4] = ["ADAUSDT", "BTCUSDT", "ETHUSDT", "XRPUSDT"];
const ROTATION: &str = "name = \"rotation\"\n[params]\nlookback = 20\ntop = { default = 2, min = 1, max = 9 }\n[portfolio]\n\
                        score = \"roc(close, lookback)\"\ntop = \"top\"\nevery = \"1w\"\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&ASSETS);
    sandbox.write("rotation.toml", ROTATION);
    sandbox
}

const RUN: &str = "portfolio --all --strategy ./rotation.toml";

#[test]
fn the_card_the_universe_and_the_contributions_are_on_one_screen() {
    let text = sandbox().backtest(&format!("{RUN} --chart --trades --weights")).ran().done().stdout;
    for words in [
        "portfolio 1d  rotation (lookback 20, top 2)",
        "4 assets: 4 at the first bar, 4 at the last",
        "survivorship bias",
        "Buy & hold: equal parts of the 4 assets",
        "Held ",
        "Contribution",
        "rebalance",
        "Drawdown",
        "Weight",
    ] {
        assert!(text.contains(words), "no '{words}' in {text}");
    }
}

#[test]
fn the_document_has_metrics_contributions_trades_and_weights_that_agree() {
    let json = sandbox().backtest(&format!("{RUN} --format json --trades --weights")).ran().done().json();
    assert_eq!((json["symbol"].as_str(), json["bars"].as_u64()), (Some("portfolio"), Some(400)));
    assert_eq!((json["portfolio"]["assets"].as_u64(), json["params"]["top"].as_u64()), (Some(4), Some(2)));
    let contributions = json["portfolio"]["contributions"].as_object().unwrap();
    let sum: f64 = contributions.values().filter_map(serde_json::Value::as_f64).sum();
    let total = json["metrics"]["total_return"].as_f64().unwrap();
    assert!((sum - total).abs() < 1e-9, "{sum} {total}");
    let trades = json["trades"].as_array().unwrap();
    let pnl: f64 = trades.iter().filter_map(|trade| trade["pnl"].as_f64()).sum();
    assert!((pnl / 10_000.0 - total).abs() < 1e-9, "{pnl} {total}");
    assert!(trades.iter().all(|trade| ASSETS.contains(&trade["symbol"].as_str().unwrap())));
    let weights = json["weights"].as_array().unwrap();
    assert!(weights.iter().all(|row| row["weight"].as_f64().unwrap() < 0.7), "two assets of about a half each");
}

#[test]
fn a_grid_has_the_rows_of_single_runs_and_a_second_one_comes_from_the_cache() {
    let sandbox = sandbox();
    let grid = format!("{RUN} --param lookback=10..30:10 --param top=1,2 --sort sharpe");
    let table = sandbox.backtest(&grid).cache_url("file:cache.db").ran().done().stdout;
    assert!(table.contains("6 configurations of 4 assets") && table.contains("DSR"), "{table}");
    let first = sandbox.backtest(&format!("{grid} --format json")).cache_url("file:cache.db").ran().done().json();
    assert_eq!((first["summary"]["hits"].as_u64(), first["summary"]["misses"].as_u64()), (Some(6), Some(0)));
    let rows = first["results"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    for row in rows {
        let of = |name: &str| row["params"][name].as_f64().unwrap();
        let single = format!("{RUN} --param lookback={} --param top={} --no-cache", of("lookback"), of("top"));
        let single = sandbox.backtest(&format!("{single} --format json")).ran().done().json();
        assert_eq!((&single["metrics"], &single["key"]), (&row["metrics"], &row["key"]));
    }
    let one = format!("{RUN} --param lookback=10 --format json");
    assert_eq!(sandbox.backtest(&one).cache_url("file:cache.db").ran().done().json()["cache"], "hit");
}

#[test]
fn one_changed_candle_of_one_asset_is_another_result() {
    let sandbox = sandbox();
    let run = format!("{RUN} --format json");
    let before = sandbox.backtest(&run).cache_url("file:cache.db").ran().done().json();
    let path = sandbox.here().join("data/1d/XRPUSDT.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    std::fs::write(&path, lines[..lines.len() - 1].join("\n") + "\n").unwrap();
    let after = sandbox.backtest(&run).cache_url("file:cache.db").ran().done().json();
    assert_eq!(after["cache"], "miss");
    assert_ne!(before["key"], after["key"]);
    assert_eq!(after["portfolio"]["assets_at_end"], 3);
}

#[test]
fn threads_and_the_order_of_assets_change_no_bit() {
    let sandbox = sandbox();
    let document = |assets: &str, threads: u32| {
        let command = format!("portfolio --crypto {assets} --strategy ./rotation.toml --threads {threads}");
        let mut json = sandbox.backtest(&format!("{command} --no-cache --trades --format json")).ran().done().json();
        json["elapsed_ms"] = 0.into();
        json
    };
    let first = document("ADA,BTC,ETH,XRP", 1);
    assert_eq!(first, document("XRP,ETH,ADA,BTC", 2));
    assert_eq!(first, document("BTC,XRP,ADA,ETH", 3));
}

#[test]
fn files_hold_the_curve_the_trades_and_the_weights_and_the_page_opens() {
    let sandbox = sandbox();
    let files = "--trades-out trades.csv --weights-out weights.parquet --equity-out equity.csv --report page.html --out row.csv";
    sandbox.backtest(&format!("{RUN} --benchmark BTC {files}")).ran().done();
    let read = |name: &str| std::fs::read_to_string(sandbox.here().join(name)).unwrap();
    assert_eq!(read("equity.csv").lines().count(), 401);
    assert!(read("trades.csv").lines().nth(1).unwrap().contains("USDT,rotation"));
    assert!(read("row.csv").starts_with("symbol,interval,strategy,lookback,top,"));
    assert!(sandbox.here().join("weights.parquet").is_file());
    let page = read("page.html");
    assert!(page.contains("\"kind\":\"portfolio\"") && page.contains("backtest portfolio --all"));
}

#[test]
fn a_wrong_request_is_told_what_is_wrong() {
    let sandbox = sandbox();
    sandbox.write("never.toml", "name = \"never\"\n[portfolio]\nscore = \"close\"\nwhere = \"close < 0\"\ntop = 1\n");
    for (command, wanted) in [
        ("portfolio --all --strategy rsi", "has no [portfolio]"),
        ("run --crypto BTC --strategy ./rotation.toml", "backtest portfolio"),
        ("sweep --crypto BTC --strategy ./rotation.toml --param top=1..2", "backtest portfolio"),
        ("portfolio --all --strategy ./rotation.toml --param tops=3", "did you mean `top`?"),
        ("portfolio --all --strategy ./rotation.toml --param top=0", "must be"),
        ("portfolio --all --strategy ./rotation.toml --param top=1..2 --trades", "one configuration"),
        ("portfolio --all --strategy ./rotation.toml --capital -5", "--capital"),
        ("portfolio --strategy ./rotation.toml", "which assets?"),
    ] {
        let ran = sandbox.backtest(command).ran();
        assert_eq!(ran.code, Some(2), "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains(wanted), "{command}: {}", ran.stderr);
    }
    let never = sandbox.backtest("portfolio --all --strategy ./never.toml --no-cache").ran().done();
    assert!(never.stderr.contains("nothing was ever held"), "{}", never.stderr);
    let many = sandbox.backtest(&format!("{RUN} --param top=9 --no-cache")).ran().done();
    assert!(many.stderr.contains("9 assets are wanted, and there are 4"), "{}", many.stderr);
    let alone = sandbox.backtest("portfolio --crypto BTC --strategy ./rotation.toml --no-cache").ran().done();
    assert!(alone.stdout.contains("1 asset: 1 at the first bar"), "{}", alone.stdout);
    let late = sandbox.backtest(&format!("{RUN} --from 2031-01-01 --to 2031-02-01 --no-cache")).ran();
    assert_eq!(late.code, Some(1), "{}", late.stderr);
    assert!(late.stderr.contains("no bar lies between --from and --to"), "{}", late.stderr);
}

#[test]
fn cache_verify_computes_stored_portfolios_and_scores_again() {
    let sandbox = sandbox();
    let with = |command: &str| sandbox.backtest(command).cache_url("file:cache.db").ran();
    with(&format!("{RUN} --param top=1..3")).done();
    with("rank --all --strategy ./rotation.toml").done();
    let verify = "cache verify --all --strategy ./rotation.toml --param top=1..4 --format json";
    let json = with(verify).done().json();
    assert_eq!((json["stored"].as_u64(), json["checked"].as_u64()), (Some(7), Some(7)), "3 accounts, 4 scores");
    assert_eq!((json["missing"].as_u64(), json["mismatches"].as_array().map(Vec::len)), (Some(1), Some(0)));
    let place = format!("file:{}", sandbox.here().join("cache.db").display()).parse().unwrap();
    let results = Results::new(&place, Options::default());
    let single = with(&format!("{RUN} --param top=3 --format json")).done().json();
    let digits = single["key"].as_str().unwrap();
    let key = Key(std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()));
    let id = EntryId { key, kind: EntryKind::Portfolio, symbol: "portfolio", strategy: "rotation" };
    let Some(Some(StoredValue::Portfolio(mut stored))) = results.get(&[id]).pop() else { panic!("it is stored") };
    stored.contributions[1] += 1e-9;
    results.put(&id, &StoredValue::Portfolio(stored));
    assert_eq!(results.finish().stored, 1);
    let wrong = with(verify).failed(&["portfolio rotation: portfolio", "contribution is stored as"]);
    assert_eq!(wrong.json()["mismatches"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_grid_has_a_map_a_page_and_a_reality_check() {
    let sandbox = sandbox();
    let grid = format!("{RUN} --param lookback=10..30:10 --param top=1..3 --no-cache");
    let text = sandbox.backtest(&format!("{grid} --chart --report grid.html --reality-check")).ran().done().stdout;
    for words in ["lookback", "reality check p = ", "SPA p = ", "9 configurations of 4 assets"] {
        assert!(text.contains(words), "no '{words}' in {text}");
    }
    let page = std::fs::read_to_string(sandbox.here().join("grid.html")).unwrap();
    assert!(page.contains("\"kind\":\"sweep\"") && page.contains("backtest portfolio --all"), "its page");
    let json = sandbox.backtest(&format!("{grid} --reality-check --format json")).ran().done().json();
    assert!(json["summary"]["reality_check"].is_object(), "{}", json["summary"]);
    let short = sandbox.backtest(&format!("{grid} --reality-check --from 2022-12-01")).ran();
    assert_eq!(short.code, Some(1), "{}", short.stderr);
    assert!(short.stderr.contains("--reality-check needs at least"), "{}", short.stderr);
}
