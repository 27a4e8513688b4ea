//! The number of threads changes time and nothing else.

use crate::candles::{BARS, csv, with_cell};
use crate::fixture::Sandbox;

#[test]
fn one_two_and_eight_threads_print_the_same_bytes() {
    let symbols = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "ADAUSDT", "XRPUSDT", "BNBUSDT", "DOTUSDT", "LTCUSDT", "UNIUSDT"];
    let sandbox = Sandbox::with(&symbols);
    sandbox.write("data/1d/BADUSDT.csv", with_cell(&csv("BADUSDT", BARS), 5, 4, "0"));
    sandbox.write("data/1d/ZADUSDT.csv", with_cell(&csv("ZADUSDT", BARS), 6, 4, "0"));
    for command in [
        "batch --all --format json",
        "batch --all --format csv --direction both",
        "batch --all --strategy rsi,macd,adx.toml",
    ] {
        sandbox.write("adx.toml", crate::own_strategies::MINE);
        let with = |threads: &str| {
            sandbox.backtest(command).arg("--threads").arg(threads).ran().failed(&["BADUSDT", "ZADUSDT"])
        };
        let one = with("1");
        for threads in ["2", "8", "64"] {
            let many = with(threads);
            assert_eq!(
                (many.data(), many.stderr.as_str()),
                (one.data(), one.stderr.as_str()),
                "{command} on {threads} threads"
            );
        }
    }
}

#[test]
fn a_run_prints_the_same_on_any_number_of_threads() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let with = |threads: &str| {
        let call = sandbox
            .backtest("run --crypto BTC --strategy bollinger --trades --format json")
            .arg("--threads")
            .arg(threads);
        call.ran().done_quietly().data()
    };
    assert_eq!(with("1"), with("8"));
    assert_eq!(with("1"), with("1024"));
}
