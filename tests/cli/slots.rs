//! `backtest portfolio` with `max_positions`: entries of rules that share an account.

use crate::fixture::Sandbox;

const ASSETS: [&str; 4] = ["ADAUSDT", "BTCUSDT", "ETHUSDT", "XRPUSDT"];
const TREND: &str = "name = \"trend\"\n[params]\nslots = { default = 2, min = 1, max = 9 }\nbars = 20\n[portfolio]\n\
                     max_positions = \"slots\"\nscore = \"roc(close, bars)\"\n[rules]\nentry = \"close > sma(close, bars)\"\n\
                     exit = \"close < sma(close, bars)\"\n[exits]\nstop_loss = 0.02\n";
const RUN: &str = "portfolio --all --strategy ./trend.toml";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&ASSETS);
    sandbox.write("trend.toml", TREND);
    sandbox
}

#[test]
fn no_more_positions_than_slots_are_held_and_trades_say_why_they_ended() {
    let json = sandbox().backtest(&format!("{RUN} --no-cache --format json --trades --weights")).ran().done().json();
    let mut held = std::collections::BTreeMap::new();
    for row in json["weights"].as_array().unwrap() {
        *held.entry(row["time"].to_string()).or_insert(0) += 1;
    }
    assert_eq!(held.values().max(), Some(&2));
    let trades = json["trades"].as_array().unwrap();
    let reasons = |reason: &str| trades.iter().filter(|trade| trade["exit_reason"] == reason).count();
    assert!(reasons("rule") > 0 && reasons("stop") > 0, "{trades:?}");
    assert!(json["metrics"]["rejected"].as_f64() > Some(5.0), "{}", json["metrics"]);
    let pnl: f64 = trades.iter().filter_map(|trade| trade["pnl"].as_f64()).sum();
    let total = json["metrics"]["total_return"].as_f64().unwrap();
    assert!((pnl / 10_000.0 - total).abs() < 1e-9, "{pnl} {total}");
}

#[test]
fn one_asset_with_one_slot_is_what_run_says_of_it() {
    let sandbox = sandbox();
    // A score may be undefined where the rules are not.
    sandbox.write("trend.toml", TREND.replace("score = \"roc(close, bars)\"\n", ""));
    let rest = "--param slots=1 --direction both --take-profit 0.1 --no-cache --format json --trades";
    let portfolio =
        sandbox.backtest(&format!("portfolio --crypto BTC --strategy ./trend.toml {rest}")).ran().done().json();
    let run = sandbox.backtest(&format!("run --crypto BTC --strategy ./trend.toml {rest}")).ran().done().json();
    for (ours, alone) in portfolio["trades"].as_array().unwrap().iter().zip(run["trades"].as_array().unwrap()) {
        for key in ["entry_time", "entry_price", "exit_time", "exit_price", "pnl", "exit_reason", "mae", "mfe"] {
            assert_eq!(ours[key], alone[key], "{key}");
        }
    }
    assert_eq!(portfolio["trades"].as_array().unwrap().len(), run["trades"].as_array().unwrap().len());
    for (metric, wanted) in run["metrics"].as_object().unwrap() {
        let ours = &portfolio["metrics"][metric];
        let is_same = match (ours.as_f64(), wanted.as_f64()) {
            (Some(ours), Some(wanted)) => (ours - wanted).abs() <= 1e-9 * wanted.abs().max(1e-3),
            _ => ours == wanted,
        };
        assert!(is_same, "{metric}: {ours} and {wanted}");
    }
}

#[test]
fn a_grid_over_slots_and_stops_has_the_rows_of_single_runs() {
    let sandbox = sandbox();
    let grid = format!("{RUN} --param slots=1..3 --stop-loss 0.03,0.08 --sort sharpe --format json");
    let first = sandbox.backtest(&grid).cache_url("file:cache.db").ran().done().json();
    assert_eq!(first["summary"]["misses"].as_u64(), Some(6));
    let rows = first["results"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    for row in rows {
        let of = |name: &str| row["params"][name].as_f64().unwrap();
        let single = format!("{RUN} --param slots={} --stop-loss {} --no-cache", of("slots"), of("stop_loss"));
        let single = sandbox.backtest(&format!("{single} --format json")).ran().done().json();
        assert_eq!((&single["metrics"], &single["key"]), (&row["metrics"], &row["key"]));
    }
    let again = sandbox.backtest(&grid).cache_url("file:cache.db").ran().done().json();
    assert_eq!(again["summary"]["hits"].as_u64(), Some(6));
    let short = format!("{RUN} --param slots=1 --stop-loss 0.03 --direction short --format json");
    let short = sandbox.backtest(&short).cache_url("file:cache.db").ran().done().json();
    assert_eq!(short["cache"], "miss", "the direction is part of the key");
}

#[test]
fn threads_and_the_order_of_assets_change_no_bit_of_slots() {
    let sandbox = sandbox();
    let document = |assets: &str, threads: u32| {
        let command = format!("portfolio --crypto {assets} --strategy ./trend.toml --threads {threads}");
        let mut json = sandbox.backtest(&format!("{command} --no-cache --trades --format json")).ran().done().json();
        json["elapsed_ms"] = 0.into();
        json
    };
    let first = document("ADA,BTC,ETH,XRP", 1);
    assert_eq!(first, document("XRP,ETH,ADA,BTC", 2));
    assert_eq!(first, document("BTC,XRP,ADA,ETH", 3));
}

#[test]
fn what_slots_cannot_do_is_said() {
    let sandbox = sandbox();
    for (options, wanted) in [
        ("--entry-limit 0.01", "cannot share an account"),
        ("--param slots=0", "must be"),
        ("--param slots=1.5", "must be"),
        ("--param slot=2", "did you mean `slots`?"),
        ("--risk 0.01 --size 0.5", "--risk"),
    ] {
        let ran = sandbox.backtest(&format!("{RUN} {options} --no-cache")).ran();
        assert_eq!(ran.code, Some(2), "{options}: {} {}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(wanted), "{options}: {}", ran.stderr);
    }
    let many = sandbox.backtest(&format!("{RUN} --param slots=9 --no-cache")).ran().done();
    assert!(many.stderr.contains("`max_positions` is larger than the number of assets"), "{}", many.stderr);
    sandbox.write("never.toml", TREND.replace("close > sma(close, bars)", "close < 0"));
    let never = sandbox.backtest("portfolio --all --strategy ./never.toml --no-cache").ran().done();
    assert!(never.stderr.contains("nothing was ever held"), "{}", never.stderr);
}
