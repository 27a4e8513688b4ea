//! `--sort`, `--top` and `--where`: which results are shown, and in which order.

use serde_json::Value;

use crate::candles::csv;
use crate::fixture::Sandbox;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT", "ADAUSDT", "XRPUSDT"]);
    // Too short for any trade: most of its metrics are undefined.
    sandbox.write("data/1d/NEWUSDT.csv", csv("NEWUSDT", 2));
    sandbox
}

fn results(sandbox: &Sandbox, options: &str, condition: Option<&str>) -> Vec<Value> {
    let mut call = sandbox.backtest("batch --all --strategy rsi,momentum --format json").arg("--threads").arg("2");
    for option in options.split_whitespace() {
        call = call.arg(option);
    }
    if let Some(condition) = condition {
        call = call.arg("--where").arg(condition);
    }
    call.ran().done().json()["results"].as_array().cloned().expect("results")
}

fn metric(results: &[Value], name: &str) -> Vec<Option<f64>> {
    results.iter().map(|result| result["metrics"][name].as_f64()).collect()
}

#[test]
fn results_are_ranked_by_sharpe_unless_said_otherwise() {
    let sandbox = sandbox();
    assert_eq!(
        metric(&results(&sandbox, "", None), "sharpe"),
        metric(&results(&sandbox, "--sort sharpe", None), "sharpe")
    );
}

#[test]
fn the_better_end_of_a_metric_is_first_and_the_undefined_last() {
    let sandbox = sandbox();
    for (name, higher) in
        [("sharpe", true), ("total_return", true), ("max_drawdown", true), ("volatility", false), ("fees_paid", false)]
    {
        let all = metric(&results(&sandbox, &format!("--min-trades 0 --sort {name}"), None), name);
        assert_eq!(all.len(), 12);
        let defined: Vec<f64> = all.iter().map_while(|value| *value).collect();
        assert!(all[defined.len()..].iter().all(Option::is_none), "{name}: undefined ones are not last: {all:?}");
        let in_order = |pair: &[f64]| if higher { pair[0] >= pair[1] } else { pair[0] <= pair[1] };
        assert!(defined.windows(2).all(in_order), "{name}: {defined:?}");
    }
    assert!(metric(&results(&sandbox, "--sort sharpe", None), "sharpe").last().is_some_and(Option::is_none));
}

#[test]
fn top_keeps_the_first_of_the_ranking() {
    let sandbox = sandbox();
    let all = results(&sandbox, "--sort cagr", None);
    let top = results(&sandbox, "--sort cagr --top 3", None);
    assert_eq!(metric(&top, "cagr"), metric(&all[..3], "cagr"));
    assert_eq!(results(&sandbox, "--top 1000", None).len(), 12);
    sandbox.backtest("batch --all --top 0").ran().refused(&["--top", "0"]);
    sandbox.backtest("batch --all --top -1").ran().refused(&["-1"]);
}

#[test]
fn where_keeps_what_fulfils_it_and_an_undefined_metric_fulfils_nothing() {
    let sandbox = sandbox();
    let kept = results(&sandbox, "", Some("max_drawdown > -0.5 and trades >= 2"));
    assert!(!kept.is_empty() && kept.len() < 12);
    for result in &kept {
        let of = |name: &str| result["metrics"][name].as_f64().expect(name);
        assert!(of("max_drawdown") > -0.5 && of("trades") >= 2.0);
    }
    assert!(metric(&results(&sandbox, "", Some("sharpe < 1000")), "sharpe").iter().all(Option::is_some));
    assert!(metric(&results(&sandbox, "", Some("sharpe != 1000")), "sharpe").iter().all(Option::is_some));
    assert_eq!(results(&sandbox, "", Some("trades > 1000")).len(), 0);
}

#[test]
fn top_counts_what_where_has_left() {
    let sandbox = sandbox();
    let kept = results(&sandbox, "--sort trades --top 2", Some("trades >= 1"));
    assert_eq!(kept.len(), 2);
}

#[test]
fn a_condition_that_is_none_is_refused_in_its_place() {
    let sandbox = sandbox();
    for (condition, words) in [
        ("sharpe", &["column 1", "is a number"][..]),
        ("sharpe >", &["column 9", "expected a value"]),
        ("close > 1", &["column 1", "`close`"]),
        ("rsi(close, 14) > 1", &["column 1"]),
        ("", &["column 1"]),
    ] {
        let ran = sandbox.backtest("batch --all --where").arg(condition).ran();
        ran.refused(words).says(&["--where"]);
    }
}

#[test]
fn the_hint_for_a_bare_metric_names_a_metric_and_no_price() {
    let ran = sandbox().backtest("batch --all --where sharpe").ran().refused(&["--where"]);
    assert!(!ran.stderr.contains("close"), "there is no `close` in --where: {}", ran.stderr);
}

#[test]
fn nothing_left_to_show_is_said_in_the_table() {
    let ran = sandbox().backtest("batch --all --where").arg("trades > 1000").ran().done();
    assert!(
        ran.stdout.starts_with("None of 12 results fulfils --where 'trades > 1000'.\n")
            && ran.stdout.contains("\n6 assets, 2 strategies: 12 results (0 shown)"),
        "{}",
        ran.stdout
    );
}

#[test]
fn undefined_metrics_are_null_dash_and_empty() {
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/NEWUSDT.csv", csv("NEWUSDT", 2));
    let json = sandbox.backtest("batch --all --strategy rsi --format json").ran().done().json();
    assert!(json["results"][0]["metrics"]["sharpe"].is_null() && json["results"][0]["metrics"]["win_rate"].is_null());
    let table = sandbox.backtest("batch --all --strategy rsi").ran().done().stdout;
    let row = table.lines().find(|line| line.contains("NEWUSDT")).expect("a row");
    assert!(row.split_whitespace().any(|cell| cell == "-"), "{row}");
    let csv = sandbox.backtest("batch --all --strategy rsi --format csv").ran().done().stdout;
    let (header, row) = csv.trim_end().split_once('\n').expect("two lines");
    let at = header.split(',').position(|name| name == "sharpe").expect("a column");
    assert_eq!(row.split(',').nth(at), Some(""));
    for text in [json.to_string(), table, row.to_owned()] {
        let text = text.replace("information_ratio", "");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}

#[test]
fn where_knows_the_symbol_and_the_number_of_bars() {
    let sandbox = sandbox();
    let symbols = |condition: &str| {
        let kept = results(&sandbox, "--min-trades 0", Some(condition));
        let mut symbols: Vec<&str> = kept.iter().filter_map(|row| row["symbol"].as_str()).collect();
        symbols.sort_unstable();
        symbols.dedup();
        symbols.join(" ")
    };
    assert_eq!(symbols("bars < 10"), "NEWUSDT");
    assert_eq!(symbols("bars >= 400 and symbol != 'BTC'"), "ADAUSDT ETHUSDT SOLUSDT XRPUSDT");
    assert_eq!(symbols("symbol == \"BTC/USDT\" or symbol == '[AE]*'"), "ADAUSDT BTCUSDT ETHUSDT");
    let call = |condition: &str| sandbox.backtest("batch --all --where").arg(condition).ran();
    call("symbol == BTC").refused(&["--where, column 11", "write `\"BTC\"`"]);
    call("bars").refused(&["compare it with something"]);
    call("bars > 0").done().says(&["bars > 0 holds for every result: bars is at least 1"]);
    let sweep = "sweep --crypto BTC,ETH,NEW --strategy rsi --param period=5..8 --top 20 --format csv --where";
    let rows = sandbox.backtest(sweep).arg("symbol != 'ETH' and bars > 10").ran().done().stdout;
    assert!(rows.lines().count() == 5 && rows.lines().skip(1).all(|row| row.starts_with("BTCUSDT,")), "{rows}");
}

#[test]
fn how_many_results_fulfil_where_is_shown() {
    let sandbox = sandbox();
    let run = |words: &str| sandbox.backtest(words).arg("--where").arg("trades >= 2").ran().done();
    for (words, noun) in [
        ("batch --all --strategy rsi,momentum", "results"),
        ("sweep --all --strategy rsi --param period=5..8", "combinations"),
    ] {
        let json = run(&format!("{words} --format json --top 100")).json();
        let (matches, all) = (json["results"].as_array().map_or(0, Vec::len), &json["summary"]["misses"]);
        assert_eq!(json["summary"]["matches"], matches);
        assert!(matches > 2 && all.as_u64().is_some_and(|all| all > matches as u64), "{matches} of {all}");
        let top = run(&format!("{words} --format json --top 2")).json();
        assert_eq!(top["summary"]["matches"], matches, "--top changes nothing about it");
        let table = run(&format!("{words} --top 2")).stdout;
        assert!(table.contains(&format!("{matches} of {all} {noun} fulfil --where 'trades >= 2'\n")), "{table}");
        let plain = sandbox.backtest(words).ran().done().stdout;
        assert!(!plain.contains("--where"), "{plain}");
        assert!(
            sandbox.backtest(&format!("{words} --format json")).ran().done().json()["summary"]["matches"].is_null()
        );
    }
}
