//! `backtest.toml`: where it is looked for, what it decides, and what is said about a broken one.

use crate::fixture::Sandbox;

const RUN: &str = "run --crypto BTC --strategy rsi --format json";

#[test]
fn a_flag_wins_over_the_environment_that_over_the_settings_file_that_over_the_default() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let plain = || sandbox.backtest(RUN);
    let settings = |call: crate::fixture::Call| call.ran().done().json()["settings"].clone();
    assert_eq!(settings(plain())["fee"], 0.001);
    sandbox.write(
        "backtest.toml",
        "fee = 0.002\ncapital = 500\nfill = \"close\"\ndirection = \"both\"\nslippage = 0.01\n",
    );
    let from_file = settings(plain());
    assert_eq!(
        (&from_file["fee"], &from_file["capital"], &from_file["slippage"]),
        (&0.002.into(), &500.into(), &0.01.into())
    );
    assert_eq!((&from_file["fill"], &from_file["direction"]), (&"close".into(), &"both".into()));
    let environment = || plain().env("BACKTEST_FEE", "0.003").env("BACKTEST_FILL", "next-open");
    let from_environment = settings(environment());
    assert_eq!((&from_environment["fee"], &from_environment["capital"]), (&0.003.into(), &500.into()));
    assert_eq!(from_environment["fill"], "next-open");
    let from_flag = settings(environment().arg("--fee").arg("0.004"));
    assert_eq!((&from_flag["fee"], &from_flag["fill"]), (&0.004.into(), &"next-open".into()));
}

#[test]
fn the_settings_file_here_wins_over_the_user_s_and_a_named_one_over_both() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let capital = |call: crate::fixture::Call| call.ran().done().json()["settings"]["capital"].clone();
    let users = sandbox.config().join("backtest/backtest.toml");
    std::fs::create_dir_all(users.parent().expect("a folder")).expect("a folder");
    std::fs::write(&users, "capital = 1").expect("a file");
    assert_eq!(capital(sandbox.backtest(RUN)), 1);
    sandbox.write("backtest.toml", "capital = 2");
    assert_eq!(capital(sandbox.backtest(RUN)), 2);
    sandbox.write("other.toml", "capital = 3");
    assert_eq!(capital(sandbox.backtest(RUN).env("BACKTEST_CONFIG", "other.toml")), 3);
    assert_eq!(capital(sandbox.backtest(RUN).arg("--config").arg("other.toml")), 3);
}

#[test]
fn a_data_folder_in_a_settings_file_is_meant_from_where_that_file_is() {
    let sandbox = Sandbox::empty();
    sandbox.write("project/candles/1d/BTCUSDT.csv", crate::candles::csv("BTCUSDT", 100));
    sandbox.write("project/backtest.toml", "data_dir = \"candles\"\n");
    let ran = sandbox.backtest(RUN).arg("--config").arg("project/backtest.toml").ran().done();
    assert_eq!(ran.json()["bars"], 100);
}

#[test]
fn everything_that_a_batch_needs_can_be_in_the_settings_file() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let settings = "strategy = [\"macd\", \"rsi\"]\nsort = \"total_return\"\ntop = 3\nformat = \"json\"\ninterval = \"1d\"\n\
                    from = 2022-02-01\nto = \"2022-12-01\"\nthreads = 1\ncache = false\nttl = \"1h\"\n";
    sandbox.write("backtest.toml", settings);
    let ran = sandbox.backtest("batch --all").without("BACKTEST_NO_CACHE").ran().done_quietly();
    let (results, summary) = (&ran.json()["results"], &ran.json()["summary"]);
    assert_eq!((results.as_array().map(Vec::len), &summary["combinations"]), (Some(3), &4.into()));
    assert_eq!(
        (&results[0]["start"], &results[0]["end"]),
        (&"2022-02-01T00:00:00Z".into(), &"2022-11-30T00:00:00Z".into())
    );
    assert_eq!((&results[0]["cache"], &summary["best"]["metric"]), (&"off".into(), &"total_return".into()));
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (line, nearest) in
        [("feee = 1", "`fee`"), ("data-dir = \"x\"", "`data_dir`"), ("strategies = []", "`strategy`")]
    {
        sandbox.write("backtest.toml", format!("capital = 1\n{line}\n"));
        let ran = sandbox.backtest(RUN).ran();
        ran.refused(&["settings file backtest.toml", "line 2", "unknown", &format!("did you mean {nearest}?")]);
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_with_its_line() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (line, words) in [
        ("fee = \"x\"", "fee in backtest.toml"),
        ("fill = \"clos\"", "fill in backtest.toml"),
        ("threads = -1", "threads in backtest.toml"),
        ("cache = 1", "cache in backtest.toml"),
        ("top = 1.5", "top in backtest.toml"),
        ("strategy = \"rsi\"x", "line 2"),
        ("fee =", "line 2"),
    ] {
        sandbox.write("backtest.toml", format!("capital = 1\n{line}\n"));
        sandbox.backtest(RUN).ran().refused(&["backtest.toml", words]);
    }
}

#[test]
fn a_value_that_makes_no_sense_is_refused_with_the_settings_file_as_its_source() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for line in
        ["fee = 5", "capital = 0", "threads = 0", "ttl = \"-1\"", "interval = \"7q\"", "from = \"x\"", "fee = nan"]
    {
        let key = line.split(' ').next().expect("a key");
        sandbox.write("backtest.toml", line);
        sandbox.backtest(RUN).ran().refused(&[&format!("{key} in backtest.toml")]);
    }
}

#[test]
fn an_empty_list_of_strategies_is_refused_and_not_a_batch_of_nothing() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("backtest.toml", "strategy = []\n");
    sandbox.backtest("batch --all").ran().refused(&["strategy"]);
}

#[test]
fn a_settings_file_that_is_no_text_is_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("backtest.toml", b"\xff\xfe\0");
    sandbox.backtest(RUN).ran().refused(&["settings file backtest.toml", "UTF-8"]);
}

#[test]
fn a_named_settings_file_that_is_missing_is_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest(RUN).arg("--config").arg("nowhere.toml").ran().refused(&["nowhere.toml", "there is no such file"]);
    sandbox
        .backtest(RUN)
        .env("BACKTEST_CONFIG", "nowhere.toml")
        .ran()
        .refused(&["nowhere.toml", "there is no such file"]);
    sandbox.backtest(RUN).arg("--config").arg("data").ran().refused(&["settings file data"]);
}
