//! `signals`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::options::Heading::{General, Output, Strategy};
use crate::args::{AssetsArgs, BacktestArgs};

/// `signals`
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    mut_arg("out", |arg| arg.help("Append each signal to this file as a line of JSON, each once: .jsonl")),
    mut_arg("format", |arg| arg.help("Format of the signals on stdout: table, or json for one line each")),
    after_help = "Examples:\n  backtest signals --all --strategy rsi,ma\n  backtest signals --crypto BTC,ETH --strategy ./mine.toml --interval 1h --watch --webhook https://hooks.example.com/x\n  backtest signals status --format json"
)]
pub(crate) struct SignalsArgs {
    /// Something else than a pass.
    #[command(subcommand)]
    pub command: Option<SignalsCommand>,
    /// Which assets.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategies, separated by commas: names or TOML files [default: rsi,ma]
    #[arg(long, short, value_name = "NAMES|FILES", value_delimiter = ',', help_heading = Strategy.title())]
    pub strategy: Vec<String>,
    /// Where states and events are.
    #[command(flatten)]
    pub state: StateArgs,
    /// Where strategies are followed for the first time, replay their orders from this time on
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = Output.title())]
    pub since: Option<String>,
    /// Mark signals as stale that were found more bars late
    #[arg(long, value_name = "BARS", default_value_t = 1, help_heading = Output.title())]
    pub max_late: u64,
    /// What is looked at.
    #[command(flatten)]
    pub look: LookArgs,
    /// Keep no state: print the orders of the last bars, which the next pass may repeat
    #[arg(long, help_heading = General.title())]
    pub no_state: bool,
    /// Send each signal to this address by POST: https, or this machine itself
    #[arg(long, value_name = "URL", conflicts_with = "no_state", help_heading = Output.title())]
    pub webhook: Option<String>,
    /// Run this command for each signal, which is on its standard input; it has taken it when it ends with 0
    #[arg(long, value_name = "COMMAND", conflicts_with = "no_state", help_heading = Output.title())]
    pub exec: Option<String>,
    /// How long all tries to deliver a signal take
    #[arg(long, value_name = "TIME", default_value = "10s", help_heading = Output.title())]
    pub deadline: String,
    /// Go on: a pass after each bar, and when candles change
    #[arg(long, conflicts_with = "no_state", help_heading = General.title())]
    pub watch: bool,
    /// Fetch new bars of this exchange before each pass
    #[arg(long, value_name = "EXCHANGE", help_heading = General.title())]
    pub fetch: Option<String>,
    /// Write counters and latencies to this file for Prometheus' textfile collector: .prom
    #[arg(long, value_name = "FILE", conflicts_with = "no_state", help_heading = Output.title())]
    pub metrics: Option<PathBuf>,
    /// When an asset is not late any more.
    #[command(flatten)]
    pub delisted: DelistedArgs,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// When an asset is not late any more.
#[derive(Args, Debug, Clone)]
pub(crate) struct DelistedArgs {
    /// Count an asset as delisted, and not as late, once its next bar has been overdue for so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..), help_heading = General.title())]
    pub delisted_after: Option<u32>,
}

/// What a pass looks at.
#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct LookArgs {
    /// Report where rules become true, whether or not an account would act on it, instead of the orders of accounts
    #[arg(long, help_heading = Output.title())]
    pub conditions: bool,
    /// Read all candles again, though files look as if they had only grown: finds what was written over in place
    #[arg(long, conflicts_with = "no_state", help_heading = General.title())]
    pub verify: bool,
}

/// Where states and events are.
#[derive(Args, Debug, Clone)]
pub(crate) struct StateArgs {
    #[arg(
        long,
        help = "Where states and events are: redis://.. or file:PATH [default: the Redis of the cache where one is named, else a file]",
        value_name = "URL", env = "BACKTEST_STATE", hide_env = true, help_heading = General.title())]
    pub state: Option<String>,
}

/// Something else than a pass.
#[derive(Debug, Subcommand)]
pub(crate) enum SignalsCommand {
    /// Show what is followed, and how deliveries fare; exit code 1 where an asset is late or a sink takes nothing
    #[command(
        after_help = "Examples:\n  backtest signals status --format json\n  backtest signals status --delisted-after 30"
    )]
    Status(SignalsStatusArgs),
    /// Measure passes of one new bar each over the last bars, in a store of their own
    #[command(after_help = "Example: backtest signals bench --all --bars 50")]
    Bench(Box<SignalsBenchArgs>),
}

/// `signals status`
#[derive(Args, Debug)]
pub(crate) struct SignalsStatusArgs {
    /// Where states and events are.
    #[command(flatten)]
    pub state: StateArgs,
    /// When an asset is not late any more.
    #[command(flatten)]
    pub delisted: DelistedArgs,
    /// Format of the output
    #[arg(long, default_value = "table", help_heading = Output.title())]
    pub format: super::OutputFormat,
}

/// `signals bench`
#[derive(Args, Debug)]
pub(crate) struct SignalsBenchArgs {
    /// Which assets.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategies, separated by commas: names or TOML files [default: rsi,ma]
    #[arg(long, short, value_name = "NAMES|FILES", value_delimiter = ',', help_heading = Strategy.title())]
    pub strategy: Vec<String>,
    /// Bars that come one after the other
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(2..=10_000), help_heading = General.title())]
    pub bars: u64,
    /// Read all candles in each pass
    #[arg(long, help_heading = General.title())]
    pub verify: bool,
    /// Where the states of the measurement are; by default a file that is removed
    #[command(flatten)]
    pub state: StateArgs,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}
