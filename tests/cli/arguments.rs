//! Values of options that make no sense are found before any work, and the option is named.

use crate::fixture::Sandbox;

const RUN: &str = "run --crypto BTC --strategy rsi";

#[track_caller]
fn refused(words: &[&str], values: &[&str], expected: &[&str]) {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for value in values {
        let mut call = sandbox.backtest(RUN);
        for word in words {
            call = call.arg(word.replace("{}", value));
        }
        call.ran().refused(expected);
    }
}

#[test]
fn a_parameter_out_of_bounds_is_refused_with_the_bounds() {
    refused(&["--param", "period={}"], &["0", "-1", "1", "501", "1e9"], &["--param", "`period`", "from 2 to 500"]);
    refused(&["--param", "oversold={}"], &["-1", "100.5"], &["--param", "`oversold`", "from 0 to 100"]);
    refused(&["--param", "period={}"], &["2.5"], &["`period`", "whole number", "2.5"]);
}

#[test]
fn a_parameter_that_is_not_a_number_is_refused() {
    refused(
        &["--param", "period={}"],
        &["abc", "NaN", "inf", "0x10", "1_000", "1e999"],
        &["--param", "is not a number"],
    );
    refused(&["--param", "{}"], &["period", ""], &["--param", "NAME=VALUE"]);
    refused(&["--param", "{}"], &["period=", "=14"], &["--param", "there is no"]);
}

#[test]
fn a_parameter_takes_one_value_once_in_a_run() {
    refused(&["--param", "period={}"], &["5..9", "7,14"], &["--param", "period", "several values"]);
    refused(&["--param", "period=14", "--param", "period={}"], &["14", "15"], &["--param", "`period` is given twice"]);
}

#[test]
fn a_fast_average_that_is_not_faster_than_the_slow_one_is_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (fast, slow) in [(200, 50), (50, 50)] {
        let call = sandbox.backtest("run --crypto BTC --strategy ma --param").arg(format!("fast={fast}"));
        let ran = call.arg("--param").arg(format!("slow={slow}")).ran();
        ran.refused(&["`ma` requires fast < slow", &format!("fast = {fast} and slow = {slow}")]);
    }
}

#[test]
fn a_number_of_threads_that_no_machine_has_is_refused() {
    refused(&["--threads", "{}"], &["0", "1000000", "-1", "two", "", "1.5"], &["--threads", "from 1 to 1024"]);
}

#[test]
fn a_ttl_that_is_no_time_is_refused() {
    let wrong = ["-1", "99999999999999999999999", "213503982334601d", "5000d", "abc", "", "h", "1.5h", "1y"];
    refused(&["--ttl", "{}"], &wrong, &["--ttl", "90s, 30m, 24h or 7d", "or 0"]);
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for ttl in ["0", "90s", "30m", "24h", "7d", "3650d", "60"] {
        sandbox.backtest(RUN).arg("--ttl").arg(ttl).ran().done();
    }
}

#[test]
fn a_value_that_begins_with_a_dash_is_refused_naming_its_option() {
    refused(&["--ttl", "{}"], &["-1h"], &["--ttl", "90s, 30m, 24h or 7d"]);
    refused(&["--interval", "{}"], &["-1d"], &["--interval", "15m, 1h, 1d"]);
}

#[test]
fn account_settings_that_make_no_sense_are_refused() {
    let slippage = ("--slippage", "fraction from 0 to below 1");
    // A fee may be a rebate, within reason.
    let fees = ["--fee", "--maker-fee"].map(|option| (option, "from -0.01 (a rebate of 1%) to below 1"));
    for (option, says) in [slippage].into_iter().chain(fees) {
        refused(&[option, "{}"], &["-0.1", "1", "NaN", "inf"], &[option, says]);
        refused(&[option, "{}"], &["abc", "0,1", ""], &[option]);
    }
    refused(&["--capital", "{}"], &["0", "-1", "NaN", "inf", "1e16"], &["--capital", "above 0"]);
    refused(&["--fill", "{}"], &["open"], &["--fill", "next-open", "close"]);
    refused(&["--direction", "{}"], &["up"], &["--direction", "long", "short", "both"]);
    refused(&["--format", "{}"], &["xml"], &["--format", "table", "json", "csv"]);
}

#[test]
fn a_range_that_ends_before_it_begins_is_refused() {
    refused(
        &["--from", "2022-06-01", "--to", "{}"],
        &["2022-05-01", "2022-06-01"],
        &["--from '2022-06-01' is not before --to '2022-0"],
    );
    refused(
        &["--from", "{}"],
        &["2022-13-01", "yesterday", "", "01.02.2022"],
        &["--from", "is not a time", "2024-01-31"],
    );
    refused(&["--to", "{}"], &["2022-02-30"], &["--to", "is not a time", "2024-01-31"]);
}

#[test]
fn a_range_without_a_bar_fails_with_the_range_that_there_is() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for range in ["--from 2030-01-01", "--to 2020-01-01", "--from 2022-01-01T01:00 --to 2022-01-01T02:00"] {
        let ran = sandbox.backtest(&format!("{RUN} {range}")).ran();
        assert_eq!(ran.stdout, "");
        ran.failed(&["data/1d/BTCUSDT.csv", "no bar", "from 2022-01-01", "to 2023-02-04"]);
    }
}

#[test]
fn an_interval_that_is_none_or_has_no_candles_is_refused() {
    refused(&["--interval", "{}"], &["7q", "", "d", "0d", "../1d"], &["--interval", "15m, 1h, 1d"]);
    refused(&["--interval", "{}"], &["4h"], &["data/4h", "--interval", "candles of 1d"]);
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_anything_is_computed() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    // A batch over a broken file would end with 1, had it been read.
    sandbox.write("data/1d/BROKENUSDT.csv", "nonsense");
    for out in ["missing/x.json", "/proc/x.csv", "data/1d/BTCUSDT.csv/x.parquet"] {
        for command in [RUN, "batch --all"] {
            sandbox.backtest(command).arg("--out").arg(out).ran().refused(&[
                "--out",
                out,
                "cannot be written",
                "folder",
            ]);
        }
    }
    for out in ["x.xlsx", "x", ".csv", "x.csv.gz"] {
        sandbox.backtest("batch --all --out").arg(out).ran().refused(&["--out", ".json, .csv or .parquet"]);
    }
    std::fs::create_dir(sandbox.here().join("folder.json")).expect("a folder");
    sandbox.backtest("batch --all --out folder.json").ran().refused(&["--out folder.json", "is a folder"]);
    assert_eq!(sandbox.names("."), ["data", "folder.json"], "the check leaves nothing behind");
}

#[test]
fn an_empty_or_missing_data_folder_is_refused_with_the_remedy() {
    let sandbox = Sandbox::empty();
    for command in [RUN, "batch --all", "data list"] {
        sandbox.backtest(command).ran().refused(&["data: there is no such data folder", "--data-dir", "data sample"]);
    }
    std::fs::create_dir_all(sandbox.here().join("data/1d")).expect("a folder");
    for command in [RUN, "batch --all", "data list"] {
        let ran = sandbox.backtest(command).ran().refused(&["data/1d", "no candles", "--data-dir", "data sample"]);
        assert!(
            !ran.stderr.contains("There are candles of 1d"),
            "the empty folder itself is no remedy: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_command_without_its_subject_says_what_is_missing() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("run --strategy rsi").ran().refused(&["--crypto"]);
    sandbox.backtest("run --crypto BTC").ran().refused(&["--strategy"]);
    sandbox.backtest("batch").ran().refused(&["--all", "--crypto"]);
    sandbox.backtest("batch --all --crypto BTC").ran().refused(&["--all", "--crypto"]);
    sandbox.backtest("batch --alll").ran().refused(&["'--alll'", "'--all'"]);
    sandbox.backtest("rnu").ran().refused(&["'rnu'", "`backtest run`"]);
}

#[test]
fn a_command_that_wants_another_shows_its_help_and_no_error() {
    let sandbox = Sandbox::empty();
    for words in ["", "strategies", "cache", "data"] {
        let ran = sandbox.backtest(words).ran();
        assert!(ran.code == Some(2) && ran.stdout.is_empty(), "{words}");
        assert!(ran.stderr.contains("Commands:") && !ran.stderr.contains("error:"), "{words}: {}", ran.stderr);
    }
}

#[test]
fn what_is_nearly_right_is_answered_with_what_would_be() {
    let sandbox = Sandbox::with(&["BTC"]);
    for (words, answer) in [
        ("run --crypto BTC --strategy rsi --capital 10k", "write it as 10000"),
        ("run --crypto BTC --strategy rsi --param period=5..10", "sweep tries them all"),
        ("run --crypto BTC --strategy ma,rsi", "run takes one strategy"),
        ("compare rsi:period ma --crypto BTC", "rsi:period=21"),
        ("report nope.json", "there is no such file"),
        ("run --crypto BTC --strategy ./nope.toml", "there is no such file"),
        ("--config nope.toml data list", "there is no such file"),
        ("cache clear --crypto ETH,BTC", "takes one name"),
    ] {
        sandbox.backtest(words).ran().refused(&[answer]);
    }
    sandbox.backtest("strategies check rsi").ran().done_quietly();
}

#[test]
fn a_fee_in_percent_and_an_interval_in_words_are_taken() {
    let sandbox = Sandbox::with(&["BTC"]);
    let metrics = |words: &str| {
        let run = format!("run --crypto BTC --strategy rsi --no-cache --format json {words}");
        sandbox.backtest(&run).ran().done().json()["metrics"].clone()
    };
    assert_eq!(metrics("--fee 0.2% --interval 1day"), metrics("--fee 0.002 --interval 1d"));
    assert_ne!(metrics("--fee 0.2%"), metrics("--fee 0.1%"));
}

#[test]
fn an_interval_is_the_same_however_it_is_spelled() {
    let sandbox = Sandbox::with(&["BTC"]);
    let of = |interval: &str| {
        sandbox
            .backtest(&format!("run --crypto BTC --strategy rsi --format json --interval {interval}"))
            .ran()
            .done()
            .json()
    };
    assert_eq!(of("24h")["key"], of("1d")["key"]);
    std::fs::rename(sandbox.here().join("data/1d"), sandbox.here().join("data/24h")).unwrap();
    sandbox.backtest("run --crypto BTC --strategy rsi").ran().refused(&["data/24h", "Rename it to 1d"]);
}
