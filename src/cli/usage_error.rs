//! What the argument parser refuses, reported as everything else is, with what to type instead: people come with the
//! options of other tools.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::args;
use crate::data::escape;
use crate::output::printer::Printer;
use crate::sim::strategy;
use crate::sim::text::nearest;

/// Prints why the arguments were refused, or the help that was asked for.
pub(super) fn end(error: &clap::Error) -> ExitCode {
    let code = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    let printer = Printer::new(false);
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // The help of a command that wants another is not an error message, though it ends as one.
        let _ = error.print();
    } else if error.use_stderr() {
        let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
        printer.error(&with_tip(error, &words));
    } else {
        // Help and version are data: on a full disk they fail, and a closed pipe is not an error.
        let text = error.render();
        return printer.end(printer.data(&if printer.colour { text.ansi().to_string() } else { text.to_string() }));
    }
    code
}

/// What numbers say of themselves that are none.
const NO_NUMBER: [&str; 2] = ["invalid digit found in string", "cannot parse integer from empty string"];

/// The message of the parser, its own tip replaced by a better one where there is one.
fn with_tip(error: &clap::Error, words: &[String]) -> String {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    if error.kind() == ErrorKind::ValueValidation {
        // What the parser of numbers says is meant for programmers.
        return NO_NUMBER.iter().fold(text.to_owned(), |text, said| text.replace(said, "it takes a whole number"));
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let tip = match error.kind() {
        ErrorKind::UnknownArgument => context(ContextKind::InvalidArg).and_then(|argument| {
            let tip = of_param_value(argument, words).or_else(|| of_option(argument, words));
            tip.or_else(|| of_other_commands(argument, words))
        }),
        ErrorKind::InvalidSubcommand => {
            context(ContextKind::InvalidSubcommand).and_then(|word| of_command(word, words))
        }
        _ => None,
    };
    let Some(tip) = tip else { return text.to_owned() };
    // The parser's own usage line is about its own tip.
    let usage = used_command(words).render_usage().to_string();
    let parts = text.split("\n\n").filter(|part| !part.trim_start().starts_with("tip:"));
    let mut parts: Vec<&str> =
        parts.map(|part| if part.starts_with("Usage:") { usage.trim_end() } else { part }).collect();
    let tip = format!("  tip: {}", escape(&tip));
    parts.insert(1.min(parts.len()), &tip);
    parts.join("\n\n")
}

/// What options of other tools are called here; of several names, those of freqtrade, vectorbt, backtesting.py,
/// backtrader, `TradingView` and common sense.
const OPTIONS: &[(&[&str], &str)] = &[
    (&["start", "start-date", "startdate", "begin", "since", "from-date", "fromdate"], "--from"),
    (&["end", "end-date", "enddate", "until", "to-date", "todate", "stop-date"], "--to"),
    (&["timerange", "range", "dates"], "--from 2024-01-01 --to 2025-01-01"),
    (&["days", "lookback", "last"], "--from -90d (the last 90 days)"),
    (
        &["pair", "pairs", "asset", "assets", "ticker", "tickers", "symbols", "coin", "coins", "market", "instrument"],
        "--crypto",
    ),
    (&["stock", "stocks", "currency", "base", "pairlist"], "--crypto"),
    (
        &["timeframe", "timeframes", "tf", "granularity", "freq", "frequency", "resolution", "bar", "candle"],
        "--interval",
    ),
    (&["fees", "commission", "commissions", "taker-fee", "taker", "cost", "costs"], "--fee"),
    (&["slip", "spread"], "--slippage"),
    (&["maker", "maker-commission"], "--maker-fee"),
    (&["timeframe-detail", "bar-magnifier", "magnifier", "intrabar"], "--detail 1m"),
    (&["limit-entry", "limit-order", "limit-price"], "--entry-limit"),
    (&["stop-entry", "stop-order"], "--entry-stop"),
    (&["funding-rate", "funding-rates"], "--funding"),
    (
        &[
            "cash",
            "initial-capital",
            "initial-cash",
            "init-cash",
            "balance",
            "starting-balance",
            "wallet",
            "dry-run-wallet",
            "deposit",
            "money",
        ],
        "--capital",
    ),
    (&["strategies", "strategy-list", "strat", "algo"], "--strategy"),
    (&["params", "parameter", "parameters", "set", "args", "kwargs"], "--param NAME=VALUE"),
    (&["datadir", "data", "data-folder", "path", "dir", "folder", "datafolder"], "--data-dir"),
    (&["output", "out-file", "outfile", "save", "export", "export-filename", "file", "csv-out"], "--out FILE"),
    (&["delimiter", "delim", "sep"], "--separator"),
    (
        &["usecols", "rename", "mapping", "column-map", "header", "names"],
        "--columns time=startedAt,volume=baseTokenVolume",
    ),
    (&["dayfirst"], "--date-order dmy"),
    (&["json"], "--format json"),
    (&["csv"], "--format csv"),
    (&["html", "page", "tearsheet"], "--report FILE.html"),
    (&["plot", "graph", "draw", "show"], "--chart (in the terminal) or --report FILE.html (in a browser)"),
    (&["jobs", "workers", "cores", "cpus", "parallel", "n-jobs", "processes", "num-threads"], "--threads"),
    (&["short", "shorts", "allow-short", "enable-short"], "--direction both (or short)"),
    (&["long", "long-only"], "--direction long"),
    (&["side", "mode"], "--direction"),
    (
        &["order-by", "rank", "rank-by", "metric", "objective", "maximize", "optimize-for", "loss", "hyperopt-loss"],
        "--sort METRIC",
    ),
    (&["limit", "head", "n", "best", "max-results"], "--top N"),
    (&["filter", "having", "condition"], "--where 'trades >= 10'"),
    (&["trade-on-close", "on-close", "fill-on-close"], "--fill close"),
    (&["force", "force-refresh", "overwrite", "recompute", "no-store"], "--refresh"),
    (&["nocache", "disable-cache", "cache-off", "without-cache"], "--no-cache"),
    (&["redis", "redis-url", "cache", "cache-host"], "--cache-url"),
    (&["list-trades", "tradelog", "trade-list", "trades-list"], "--trades"),
    (&["equity", "equity-curve"], "--equity-out FILE.csv, or --chart"),
    (&["silent"], "--quiet"),
    (&["debug", "log"], "-vv"),
    (&["settings", "conf", "config-file"], "--config"),
    (&["sl", "sl-stop", "stoploss", "stop"], "--stop-loss"),
    (&["tp", "takeprofit", "tp-stop", "profit-target", "roi", "minimal-roi", "target"], "--take-profit"),
    (&["ts", "tsl-stop", "ts-stop", "trailing", "trail", "trailing-stop-loss"], "--trailing-stop"),
    (&["rf", "riskfree", "risk-free-rate", "riskfree-rate", "required-return"], "--risk-free"),
    (&["bench", "benchmark-symbol", "baseline", "index", "market-benchmark", "vs"], "--benchmark"),
    (&["year-freq", "ann-factor", "trading-days", "annualization", "periods-per-year"], "--year"),
    (&["by", "group-by", "split", "periods", "period-breakdown", "monthly"], "--breakdown month"),
    (&["stake", "stake-amount", "position-size", "qty", "quantity", "amount"], "--size"),
];

/// Commands of other tools, or the right ones at the wrong place.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["backtest", "backtesting", "test", "simulate", "start"], "run --crypto BTC --strategy rsi"),
    (
        &["optimize", "optimise", "optimization", "hyperopt", "grid", "grid-search", "gridsearch", "tune", "search"],
        "sweep --crypto BTC --strategy ma --param fast=5..50 --param slow=60..200:5",
    ),
    (&["download", "download-data", "fetch", "update"], "data fetch --exchange binance --crypto BTC --interval 1d"),
    (&["import", "import-data", "load"], "data import FILES"),
    (&["convert", "convert-data"], "data convert --to parquet"),
    (&["export"], "data export --format csv --crypto BTC"),
    (&["sample", "demo", "example"], "data sample"),
    (&["list-data", "symbols", "assets", "ls"], "data list"),
    (&["list", "list-strategies", "strategy"], "strategies list"),
    (&["indicators", "indicator"], "strategies indicators"),
    (&["validate", "lint"], "strategies check mine.toml"),
    (&["plot", "plot-dataframe", "chart"], "run --crypto BTC --strategy rsi --chart"),
    (&["html", "page", "tearsheet"], "run --crypto BTC --strategy rsi --report rsi.html"),
    (&["all", "scan", "screen", "screener", "many"], "batch --all --strategy rsi,ma"),
    (&["versus", "vs", "diff"], "compare rsi ma --crypto BTC"),
    (&["version"], "--version"),
    (&["clear", "flush"], "cache clear"),
    (&["stats", "info"], "cache stats"),
    (&["ping"], "cache ping"),
    (&["man", "manual"], "completions man"),
];

/// What to type in place of an option that there is not.
fn of_option(argument: &str, words: &[String]) -> Option<String> {
    let name = argument.strip_prefix("--")?;
    let (name, attached) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
    let plain = name.to_lowercase().replace('_', "-");
    let value = attached.or_else(|| value_of(name, words));
    let command = used_command(words);
    let has = |flag: &str| command.get_arguments().any(|arg| arg.get_long() == Some(flag));
    if has("param") && is_param(name, words) {
        return Some(format!(
            "parameters of a strategy are set by --param, as in --param {name}={}",
            value.unwrap_or("21")
        ));
    }
    if plain != name && has(&plain) {
        return Some(format!("it is written --{plain}"));
    }
    let (_, here) = OPTIONS.iter().find(|(names, _)| names.contains(&plain.as_str()))?;
    let flag = here.trim_start_matches('-').split(' ').next().unwrap_or_default();
    if !has(flag) && !here.starts_with("-v") {
        return None;
    }
    // A value is repeated where the option takes it as it stands.
    let with_value = value.filter(|_| !here.contains([' ', '('])).map_or_else(String::new, |value| format!(" {value}"));
    Some(format!("the option is {here}{with_value}"))
}

/// An option that other commands on results have, where this one of them has none so called.
fn of_other_commands(argument: &str, words: &[String]) -> Option<String> {
    let name = argument.strip_prefix("--")?.split('=').next()?;
    if !["run", "batch", "sweep", "compare", "rank", "report"].contains(&used_command(words).get_name()) {
        return None;
    }
    let all = args::command();
    let has = |command: &&clap::Command| {
        command.get_arguments().any(|arg| arg.get_long() == Some(name) && !arg.is_hide_set())
    };
    let named: Vec<String> =
        all.get_subcommands().filter(has).map(|command| format!("`backtest {}`", command.get_name())).collect();
    let (last, others) = named.split_last()?;
    let commands = if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) };
    Some(format!("--{name} is an option of {commands}"))
}

/// `--param period 21`: the name of a parameter and its value are one word.
fn of_param_value(value: &str, words: &[String]) -> Option<String> {
    let at = words.iter().position(|word| word == "--param" || word == "-p")?;
    let name = words.get(at + 1).filter(|name| !name.contains('='))?;
    (words.get(at + 2)? == value).then(|| format!("a parameter is set by NAME=VALUE, as in --param {name}={value}"))
}

/// What to type in place of a command that there is not. clap overlooks two swapped letters in a word as short as `rnu`.
fn of_command(word: &str, words: &[String]) -> Option<String> {
    let plain = word.to_lowercase().replace('_', "-");
    let command = used_command(words);
    let is_top = command.get_name() == "backtest";
    if let Some((_, here)) = COMMANDS.iter().find(|(names, _)| is_top && names.contains(&plain.as_str())) {
        return Some(format!("try `backtest {here}`"));
    }
    let name = nearest(word, command.get_subcommands().map(clap::Command::get_name))?;
    let path = if is_top { String::new() } else { format!("{} ", command.get_name()) };
    Some(format!("did you mean `backtest {path}{name}`?"))
}

/// Whether a strategy that the arguments name, or else a built-in one, has such a parameter.
fn is_param(name: &str, words: &[String]) -> bool {
    let named = value_of("strategy", words)
        .or_else(|| words.iter().position(|word| word == "-s").and_then(|at| Some(words.get(at + 1)?.as_str())));
    strategy::all()
        .filter(|strategy| match named {
            Some(named) => named.split(',').any(|one| one == &*strategy.name) || named.contains('.'),
            // Whoever names none hardly means one of many assets.
            None => !strategy.is_weighted(),
        })
        .any(|strategy| strategy.params.iter().any(|param| param.name == name))
}

/// The word behind an option, or after its `=`.
fn value_of<'a>(name: &str, words: &'a [String]) -> Option<&'a str> {
    let flag = format!("--{name}");
    let at = words.iter().position(|word| word.split('=').next() == Some(&flag))?;
    match words[at].split_once('=') {
        Some((_, value)) => Some(value),
        None => words.get(at + 1).map(String::as_str).filter(|next| !next.starts_with("--")),
    }
}

/// The command that the words reach, as far as they are commands.
fn used_command(words: &[String]) -> clap::Command {
    let mut command = args::command();
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        match command.find_subcommand(word) {
            Some(next) => command = next.clone(),
            None if command.has_subcommands() => {}
            None => break,
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &str) -> String {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let all = std::iter::once("backtest".to_owned()).chain(words.iter().cloned());
        let error = args::command().try_get_matches_from(all).expect_err(line);
        with_tip(&error, &words)
    }

    #[test]
    fn what_is_no_whole_number_is_said_to_be_none() {
        for line in ["signals --max-late x", "signals status --delisted-after 1.5", "signals bench --bars="] {
            assert!(message(line).contains("': it takes a whole number"), "{line}: {}", message(line));
        }
        assert!(message("signals status --delisted-after 0").contains("0 is not in 1.."));
    }

    #[test]
    fn a_parameter_that_is_typed_as_an_option_is_answered_with_param() {
        for (line, tip) in [
            ("run --crypto BTC --strategy rsi --period 21", "--param period=21"),
            ("run --crypto BTC --strategy rsi --period=21", "--param period=21"),
            ("sweep --crypto BTC -s ma --fast 5..50", "--param fast=5..50"),
        ] {
            assert!(message(line).contains(tip), "{line}: {}", message(line));
        }
        assert!(!message("run --crypto BTC --strategy ma --period 21").contains("--param"), "ma has no period");
    }

    #[test]
    fn an_option_of_another_tool_is_answered_with_ours() {
        for (option, tip) in [
            ("--start 2024-01-01", "--from 2024-01-01"),
            ("--end_date 2024-01-01", "--to 2024-01-01"),
            ("--timerange 20240101-", "--from 2024-01-01 --to"),
            ("--pair BTC/USDT", "--crypto BTC/USDT"),
            ("--timeframe 1h", "--interval 1h"),
            ("--commission 0.001", "--fee 0.001"),
            ("--cash 1000", "--capital 1000"),
            ("--html out.html", "--report FILE.html"),
            ("--plot", "--chart"),
            ("--json", "--format json"),
            ("--output x.csv", "--out FILE"),
            ("--jobs 4", "--threads 4"),
            ("--data_dir x", "it is written --data-dir"),
            ("--short", "--direction both"),
        ] {
            let message = message(&format!("run --crypto BTC --strategy rsi {option}"));
            assert!(message.contains(tip), "{option}: {message}");
            assert_eq!(message.matches("tip:").count(), 1, "{message}");
        }
    }

    #[test]
    fn an_option_of_another_command_is_answered_with_that() {
        for (line, tip) in [
            (
                "compare rsi ma --crypto BTC --top 3",
                "--top is an option of `backtest batch`, `backtest sweep`, `backtest walk`, `backtest portfolio` and `backtest rank`",
            ),
            (
                "run --all --strategy rsi",
                "--all is an option of `backtest batch`, `backtest sweep`, `backtest walk`, `backtest signals`, `backtest portfolio`, `backtest compare` and `backtest rank`",
            ),
            ("sweep --all --strategy rsi --equity-out x.csv", "--equity-out is an option of `backtest run`"),
        ] {
            let message = message(line);
            assert!(message.contains(tip) && message.matches("tip:").count() == 1, "{line}: {message}");
            assert!(message.contains("Usage: backtest ") && message.contains("[OPTIONS]"), "{message}");
        }
    }

    #[test]
    fn a_command_of_another_tool_or_with_swapped_letters_is_answered_with_ours() {
        for (line, tip) in [
            ("rnu", "`backtest run`"),
            ("bathc", "`backtest batch`"),
            ("cache claer", "`backtest cache clear`"),
            ("optimize", "backtest sweep"),
            ("download-data", "backtest data fetch"),
            ("list-strategies", "backtest strategies list"),
            ("import x.csv", "backtest data import"),
        ] {
            assert!(message(line).contains(tip), "{line}: {}", message(line));
        }
        assert!(!message("nothing-like-it").contains("tip"));
    }
}
