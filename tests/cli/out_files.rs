//! `--out`: the form follows the ending, the file is whole or not there, and stdout stays what it was.

use insta::assert_snapshot;

use crate::fixture::Sandbox;

fn sandbox() -> Sandbox {
    Sandbox::with(&["BTCUSDT", "ETHUSDT"])
}

#[test]
fn a_json_file_is_the_document_of_stdout() {
    let sandbox = sandbox();
    for command in ["batch --all", "run --crypto BTC --strategy rsi", "run --crypto BTC --strategy rsi --trades"] {
        let ran = sandbox.backtest(&format!("{command} --format json --out out.json")).ran().done_quietly();
        assert_eq!(sandbox.read("out.json"), ran.stdout, "{command}");
    }
}

#[test]
fn a_csv_file_is_the_rows_of_stdout_whatever_is_printed() {
    let sandbox = sandbox();
    let rows = sandbox.backtest("batch --all --format csv").ran().done_quietly().stdout;
    for format in ["table", "json", "csv"] {
        sandbox.backtest("batch --all --out out.csv --format").arg(format).ran().done_quietly();
        assert_eq!(sandbox.read("out.csv"), rows, "{format}");
    }
}

#[test]
fn csv_columns_are_symbol_interval_strategy_parameters_metrics_and_what_was_tested() {
    let sandbox = sandbox();
    let rows = sandbox.backtest("batch --all --format csv").ran().done().stdout;
    assert_snapshot!(rows.lines().next().unwrap_or_default(), @"symbol,interval,strategy,period,oversold,overbought,fast,slow,total_return,final_equity,cagr,volatility,sharpe,sortino,max_drawdown,max_drawdown_bars,calmar,omega,buy_hold_return,exposure,trades,open_trades,win_rate,profit_factor,expectancy,avg_win,avg_loss,avg_trade,best_trade,worst_trade,avg_bars_held,sqn,fees_paid,rejected,unfilled,liquidations,funding,borrow,payoff_ratio,kelly,recovery_factor,buy_hold_volatility,buy_hold_sharpe,buy_hold_max_drawdown,beta,alpha,information_ratio,tracking_error,ulcer_index,skew,kurtosis,turnover,max_wins,max_losses,value_at_risk,cond_value_at_risk,tail_ratio,start,end,bars,capital,fee,slippage,fill,direction,year,maker_fee,detail,market_funding,risk_free,benchmark,warmup_bars");
    let params = |strategy: &str| {
        let row = rows.lines().find(|row| row.contains(strategy)).expect("a row");
        row.split(',').skip(3).take(5).collect::<Vec<_>>().join(",")
    };
    assert_eq!((params(",rsi,").as_str(), params(",ma,").as_str()), ("14,30,70,,", ",,,50,200"));
}

#[test]
fn columns_do_not_depend_on_which_result_is_the_best() {
    let headers: Vec<String> = [["BTCUSDT"], ["ETHUSDT"], ["SOLUSDT"], ["ADAUSDT"], ["XRPUSDT"], ["BNBUSDT"]]
        .iter()
        .map(|symbol| {
            let rows = Sandbox::with(symbol).backtest("batch --all --format csv").ran().done().stdout;
            rows.lines().next().unwrap_or_default().to_owned()
        })
        .collect();
    assert!(headers.windows(2).all(|pair| pair[0] == pair[1]), "{headers:#?}");
    let sandbox = sandbox();
    for sort in ["total_return", "trades", "max_drawdown"] {
        let call = sandbox.backtest("batch --all --format csv --top 1 --strategy ma,rsi --sort").arg(sort);
        let rows = call.ran().done().stdout;
        assert!(rows.starts_with("symbol,interval,strategy,fast,slow,period,oversold,overbought,total"), "{rows}");
    }
}

#[test]
fn csv_numbers_are_the_json_s_to_the_last_digit() {
    let sandbox = sandbox();
    let json = sandbox.backtest("run --crypto BTC --strategy rsi --format json").ran().done().stdout;
    let csv = sandbox.backtest("run --crypto BTC --strategy rsi --format csv").ran().done().stdout;
    let (header, row) = csv.trim_end().split_once('\n').expect("two lines");
    let mut compared = 0;
    for (name, cell) in header.split(',').zip(row.split(',')).skip(6).take(29) {
        // Read as text: a JSON reader may round the last digit.
        let start = format!("\n    \"{name}\": ");
        let number = json.split(&start).nth(1).and_then(|rest| rest.split([',', '\n']).next()).expect(name);
        assert_eq!(cell.parse::<f64>().ok(), number.parse().ok(), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 29);
}

#[test]
fn a_parquet_file_is_written_and_can_be_told_by_its_magic() {
    let sandbox = sandbox();
    sandbox.backtest("batch --all --out out.parquet").ran().done_quietly();
    let bytes = std::fs::read(sandbox.here().join("out.parquet")).expect("a file");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    for column in ["symbol", "interval", "strategy", "period", "fast", "total_return", "fees_paid"] {
        assert!(text.contains(column), "{column}");
    }
}

#[test]
fn an_old_file_is_replaced_whole_and_nothing_else_is_left() {
    let sandbox = sandbox();
    for name in ["out.json", "out.csv", "out.parquet"] {
        sandbox.write(name, vec![b'x'; 1 << 20]);
        sandbox.backtest("batch --all --out").arg(name).ran().done_quietly();
        assert!(std::fs::metadata(sandbox.here().join(name)).expect("a file").len() < 1 << 20);
    }
    assert_eq!(sandbox.names("."), ["data", "out.csv", "out.json", "out.parquet"]);
}

#[test]
fn a_batch_with_broken_files_still_writes_the_others() {
    let sandbox = sandbox();
    sandbox.write("data/1d/BADUSDT.csv", "nonsense");
    sandbox.backtest("batch --all --out out.csv").ran().failed(&["BADUSDT.csv"]);
    assert_eq!(sandbox.read("out.csv").lines().count(), 1 + 4);
}

#[test]
fn a_run_that_fails_leaves_the_old_file_alone() {
    let sandbox = sandbox();
    sandbox.write("data/1d/BADUSDT.csv", "nonsense");
    sandbox.write("out.json", "old");
    sandbox.backtest("run --crypto BAD --strategy rsi --out out.json").ran().failed(&["BADUSDT.csv"]);
    assert_eq!(sandbox.read("out.json"), "old");
}

#[test]
fn rows_say_what_they_were_tested_on_and_with_so_that_files_can_be_stacked() {
    let sandbox = sandbox();
    let words = "batch --all --fee 0.002 --slippage 0.001 --fill close --direction both --year 252 --risk-free 2% --maker-fee 0.0001 --benchmark ETH --from 2022-02-01 --to 2022-12-01";
    let rows = sandbox.backtest(&format!("{words} --format csv")).ran().done_quietly().stdout;
    for row in rows.lines().skip(1) {
        assert!(
            row.ends_with(",2022-02-01T00:00:00Z,2022-11-30T00:00:00Z,303,10000,0.002,0.001,close,both,252,0.0001,,false,0.02,ETHUSDT,31"),
            "{row}"
        );
    }
}

#[test]
fn outputs_replace_neither_inputs_nor_each_other_however_their_paths_are_spelled() {
    let sandbox = sandbox();
    let candles = sandbox.read("data/1d/BTCUSDT.csv");
    let own = "name = \"own\"\n[rules]\nentry = \"close > open\"\nexit = \"close < open\"\n";
    sandbox.write("own.csv", own);
    std::fs::create_dir(sandbox.here().join("sub")).expect("a folder");
    std::os::unix::fs::symlink("data/1d/BTCUSDT.csv", sandbox.here().join("link.csv")).expect("a link");
    for out in ["data/1d/BTCUSDT.csv", "./data/1d/../1d/BTCUSDT.csv", "link.csv"] {
        for command in
            ["run --crypto BTC --strategy rsi", "batch --all", "sweep --crypto BTC --strategy rsi --param period=5..9"]
        {
            let ran = sandbox.backtest(&format!("{command} --out {out}")).ran();
            ran.refused(&["--out", "would replace", "data/1d/BTCUSDT.csv"]);
        }
    }
    let run = "run --crypto BTC --strategy rsi";
    for outputs in ["--trades-out x.csv --equity-out ./x.csv", "--out sub/../x.csv --trades-out x.csv"] {
        sandbox.backtest(&format!("{run} {outputs}")).ran().refused(&["same file"]);
    }
    sandbox.backtest(&format!("{run} --out saved.json")).ran().done_quietly();
    sandbox.backtest("compare saved.json rsi --out ./saved.json").ran().refused(&["--out", "saved.json"]);
    assert_eq!(sandbox.read("data/1d/BTCUSDT.csv"), candles);
    assert_eq!(sandbox.names("sub"), [""; 0]);
}

#[cfg(unix)]
#[test]
fn no_output_replaces_what_is_read_however_the_command_came_to_read_it() {
    let sandbox = sandbox();
    sandbox.write("own.toml", "name = \"own\"\n[rules]\nentry = \"close > open\"\nexit = \"close < open\"\n");
    sandbox.write("list.csv", "BTC\nETH\n");
    let link = |to: &str, name: &str| {
        let _ = std::fs::remove_file(sandbox.here().join(name));
        std::os::unix::fs::symlink(to, sandbox.here().join(name)).expect("a link");
    };
    link("data/1d/BTCUSDT.csv", "candles.html");
    link("own.toml", "own.json");
    link("own.toml", "own.parquet");
    sandbox.backtest("run --crypto BTC --strategy rsi --no-cache --out first.json").ran().done_quietly();
    for command in [
        "run --crypto BTC --strategy rsi --against ma --out data/1d/BTCUSDT.csv",
        "run --crypto BTC --strategy rsi --against ma --report candles.html",
        "run --crypto BTC --strategy rsi --against ./own.toml --out own.json",
        "run --crypto BTC --strategy own --out own.json",
        "batch --crypto @list.csv --out list.csv",
        "batch --all --out rows.csv --trades-out ./rows.csv",
        "batch --all --strategy own --trades-out own.parquet",
        "sweep --crypto @list.csv --strategy rsi --param period=5..6 --out list.csv",
        "sweep --all --strategy rsi,own --param period=5..6 --out own.parquet",
        "sweep --all --strategy rsi --param period=5..6 --report candles.html",
        "compare rsi ma --crypto BTC --report candles.html",
        "compare first.json ma --out first.json",
        "report first.json --out candles.html",
    ] {
        let ran = sandbox.backtest(command).ran();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{command}: {ran:#?}");
        assert!(ran.stderr.contains("name another file"), "{command}: {}", ran.stderr);
    }
    assert_eq!(sandbox.read("data/1d/BTCUSDT.csv"), crate::candles::csv("BTCUSDT", crate::candles::BARS));
    assert!(sandbox.read("own.toml").starts_with("name") && sandbox.read("list.csv").starts_with("BTC"));
}
