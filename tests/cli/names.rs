//! Names that lead nowhere are found before any work, and the nearest one that does lead somewhere is offered.

use crate::fixture::Sandbox;

#[test]
fn an_unknown_symbol_is_refused_with_the_nearest_one() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    for command in ["run --strategy rsi --crypto BTCUDST", "batch --crypto ETH,BTCUDST"] {
        sandbox.backtest(command).ran().refused(&["--crypto", "'BTCUDST'", "data/1d", "Did you mean BTCUSDT"]);
    }
    sandbox.backtest("run --strategy rsi --crypto NOTHING").ran().refused(&["'NOTHING'", "backtest data list"]);
}

#[test]
fn a_base_asset_finds_its_pair_in_every_usual_spelling() {
    for (symbol, name) in
        [("BTCUSDT", "BTC"), ("BTCUSDT", "btc"), ("BTC-USD", "BTC"), ("BTC_USDT", "BTC-USDT"), ("XBTUSD", "BTC")]
    {
        let sandbox = Sandbox::with(&[symbol, "ETHUSDT"]);
        let ran = sandbox.backtest("run --strategy rsi --format json --crypto").arg(name).ran().done();
        assert_eq!(ran.json()["symbol"], symbol, "{name}");
    }
}

#[test]
fn a_base_asset_with_two_pairs_is_refused_naming_both() {
    let sandbox = Sandbox::with(&["BTCUSDT", "BTCEUR", "ETHUSDT"]);
    for command in ["run --strategy rsi --crypto BTC", "batch --crypto ETH,BTC"] {
        sandbox.backtest(command).ran().refused(&["'BTC'", "BTCEUR or BTCUSDT", "whole symbol"]);
    }
    sandbox.backtest("run --strategy rsi --crypto BTCEUR").ran().done();
}

#[test]
fn a_path_is_no_symbol_even_where_the_file_exists() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("data/BTCUSDT.csv", crate::candles::csv("x", 9));
    for path in ["../../etc/passwd", "../BTCUSDT", "./BTCUSDT", "/x", ".", "..", "", " ", "1d\\BTCUSDT", ".hidden"] {
        sandbox.backtest("run --strategy rsi --crypto").arg(path).ran().refused(&[
            "--crypto",
            "is not a symbol",
            "such as BTC",
        ]);
        sandbox.backtest("batch --crypto").arg(path).ran().refused(&["--crypto", "is not a symbol"]);
    }
}

#[cfg(unix)]
#[test]
fn a_symlink_out_of_the_data_folder_is_not_followed() {
    let sandbox = Sandbox::with(&["ETHUSDT"]);
    let outside = sandbox.write("outside.csv", crate::candles::csv("x", 50));
    std::os::unix::fs::symlink(outside, sandbox.here().join("data/1d/BTCUSDT.csv")).expect("a link");
    sandbox
        .backtest("run --strategy rsi --crypto BTC")
        .ran()
        .refused(&["data/1d/BTCUSDT.csv", "leads out of the data folder"]);
    let ran = sandbox.backtest("batch --all --format json").ran().failed(&["data/1d/BTCUSDT.csv"]);
    assert_eq!(ran.json()["summary"]["failed"][0]["symbol"], "BTCUSDT");
    assert_eq!(ran.json()["results"][0]["symbol"], "ETHUSDT");
}

#[test]
fn an_unknown_strategy_is_refused_with_the_nearest_one_or_all_of_them() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("run --crypto BTC --strategy rsj").ran().refused(&["'rsj'", "did you mean 'rsi'?", "./mine.toml"]);
    sandbox.backtest("batch --all --strategy rsi,bolinger").ran().refused(&["'bolinger'", "did you mean 'bollinger'?"]);
    sandbox.backtest("strategies show donchain").ran().refused(&["did you mean 'donchian'?"]);
    let all = "there are: rsi, ma, ema_cross, macd, bollinger, donchian, momentum, rsi_trend, turtle, rsi2, chandelier, momentum_score. A strategy of your own";
    sandbox.backtest("run --crypto BTC --strategy zzzzzz").ran().refused(&[all]);
    sandbox.backtest("run --crypto BTC --strategy").arg("").ran().refused(&["strategy ''", "there are: rsi"]);
    sandbox.own_strategy("my_breakout", crate::own_strategies::MINE);
    sandbox.backtest("run --crypto BTC --strategy my_brekout").ran().refused(&["did you mean 'my_breakout'?"]);
}

#[test]
fn a_strategy_named_twice_is_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("batch --all --strategy rsi,ma,rsi").ran().refused(&["--strategy", "'rsi'", "twice"]);
}

#[test]
fn an_unknown_parameter_is_refused_with_the_nearest_one() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = "run --crypto BTC --strategy rsi --param";
    sandbox.backtest(run).arg("perod=3").ran().refused(&["--param", "`perod`", "did you mean `period`?"]);
    sandbox.backtest(run).arg("x=3").ran().refused(&["--param", "`x`", "it has period, oversold, overbought"]);
    sandbox.backtest("batch --all --param slwo=3").ran().refused(&["--param", "`slwo`", "did you mean `slow`?"]);
}

#[test]
fn an_unknown_metric_is_refused_with_the_nearest_one() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("batch --all --sort sharp").ran().refused(&["--sort", "'sharp'", "did you mean 'sharpe'?"]);
    sandbox.backtest("batch --all --sort zzzzzz").ran().refused(&["--sort", "there are: total_return, final_equity"]);
    let filtered = sandbox.backtest("batch --all --where").arg("max_drawdwn > -0.3").ran();
    filtered.refused(&["--where", "column 1", "`max_drawdwn`", "did you mean `max_drawdown`?"]);
}
