//! The program: its commands, and the options of them all.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::args::options;
use crate::args::{
    BatchArgs, CacheCommand, CompareArgs, DataCommand, InitArgs, PortfolioCommandArgs, RankArgs, ReportArgs, RunArgs,
    SignalsArgs, StrategiesCommand, SweepCommandArgs, WalkCommandArgs,
};

/// Backtest trading strategies on hundreds of assets: fast, reproducible to the bit, with results cached in Redis if you
/// have one.
#[derive(Debug, Parser)]
#[command(name = "backtest", version, max_term_width = 100, infer_subcommands = true, propagate_version = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// Options of every command; what they mean, `options.rs` says.
#[derive(Args, Debug)]
pub(crate) struct GlobalArgs {
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
    #[arg(long, global = true)]
    pub data_dir: Option<PathBuf>,
    #[arg(long, global = true)]
    pub cache_url: Option<String>,
    #[arg(long, global = true)]
    pub cache_timeout: Option<String>,
    #[arg(long, global = true)]
    pub prefix: Option<String>,
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print more on stderr: each hit and miss (-v), and what Redis answered (-vv)
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "General")]
    pub verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin in a folder of your own: a settings file, a strategy to change, and what to type next
    Init(InitArgs),
    /// Backtest one strategy on one asset
    Run(RunArgs),
    /// Backtest strategies on many assets, ranked
    Batch(BatchArgs),
    /// Backtest a strategy with every combination of parameters
    Sweep(Box<SweepCommandArgs>),
    /// Choose parameters on one stretch of the history and test them on the next, again and again
    Walk(Box<WalkCommandArgs>),
    /// Say at each closed bar what to order next, each order once
    Signals(Box<SignalsArgs>),
    /// Backtest a strategy that spreads one account over many assets
    Portfolio(PortfolioCommandArgs),
    /// Compare strategies or saved results side by side
    Compare(CompareArgs),
    /// Rank assets by a momentum score, and see what to change in a portfolio
    Rank(RankArgs),
    /// Make an HTML page of a saved result
    Report(ReportArgs),
    /// List strategies, or check your own
    #[command(subcommand)]
    Strategies(StrategiesCommand),
    /// List, fetch, import, check, convert or export candles
    #[command(subcommand)]
    Data(DataCommand),
    /// Inspect, fill, verify or clear the cache of results
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Print a shell's completion script, or the manual page
    #[command(after_help = "Example: backtest completions bash > ~/.local/share/bash-completion/completions/backtest")]
    Completions {
        /// The shell; `man` prints the manual page
        shell: CompletionTarget,
    },
}

/// What `completions` can print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompletionTarget {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
    /// The manual page, as roff
    Man,
}

/// Adds the options of a command to it.
type WithOptions = fn(clap::Command) -> clap::Command;

/// All commands but `completions`, which needs the whole command line; each with what adds its options.
const COMMANDS: [(&str, WithOptions); 13] = [
    ("init", InitArgs::augment_args),
    ("run", RunArgs::augment_args),
    ("batch", BatchArgs::augment_args),
    ("sweep", SweepCommandArgs::augment_args),
    ("walk", WalkCommandArgs::augment_args),
    ("signals", SignalsArgs::augment_args),
    ("portfolio", PortfolioCommandArgs::augment_args),
    ("compare", CompareArgs::augment_args),
    ("rank", RankArgs::augment_args),
    ("report", ReportArgs::augment_args),
    ("strategies", StrategiesCommand::augment_subcommands),
    ("data", DataCommand::augment_subcommands),
    ("cache", CacheCommand::augment_subcommands),
];

/// The command line with one command alone, where its first word is the whole name of one of [`COMMANDS`]; else `None`.
/// What it accepts means the same as on the whole command line. To put together the options of all the others takes longer
/// than to read a result from a cache.
pub(crate) fn short_command(first: &OsStr) -> Option<clap::Command> {
    let program = || GlobalArgs::augment_args(clap::Command::new("backtest")).infer_subcommands(true);
    if first == "--version" {
        return Some(program().version(env!("CARGO_PKG_VERSION")));
    }
    let (name, with_options) = COMMANDS.into_iter().find(|(name, _)| first == *name)?;
    Some(program().subcommand(with_options(clap::Command::new(name))))
}

/// The program's command line, with the settings explained by their table.
pub(crate) fn command() -> clap::Command {
    let mut command = described(Cli::command().after_help(environment()));
    // Only a finished command has its global options in each subcommand.
    command.build();
    let command = with_relevant_options(described(command));
    command.mut_subcommands(|command| match command.get_name() {
        "data" | "strategies" | "completions" => command.mut_subcommands(with_relevant_options),
        _ => command,
    })
}

/// Where there is no result, there is nothing to cache; the options of the cache are taken, and not shown.
fn with_relevant_options(command: clap::Command) -> clap::Command {
    let acts = ["run", "batch", "sweep", "walk", "portfolio", "signals", "compare", "rank", "report", "cache"]
        .contains(&command.get_name());
    command.mut_args(|arg| {
        let is_of_cache = ["cache_url", "cache_timeout", "prefix"].contains(&arg.get_id().as_str());
        if is_of_cache && !acts { arg.hide(true) } else { arg }
    })
}

/// The variables, in the one place where help lists them.
fn environment() -> String {
    let mut text =
        "Environment variables (an option wins over its variable, a variable over the settings file):\n".to_owned();
    for setting in options::ALL {
        if let Some(variable) = setting.variable {
            let what = if setting.has_flag { format!("--{}", setting.name) } else { setting.about.to_owned() };
            let _ = writeln!(text, "  {variable:<29} {what}");
        }
    }
    text + "  REDIS_URL, REDIS_HOST, REDIS_PORT, REDIS_DB, REDIS_USERNAME, REDIS_PASSWORD\n\
            \x20                               the Redis to use where neither --cache-url nor BACKTEST_CACHE_URL names one\n\
            \x20 NO_COLOR                      no colours\n\
            \nExample: backtest data sample && backtest batch --all"
}

fn described(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        let Some(setting) = arg.get_long().and_then(options::of_flag) else { return arg };
        let arg = if arg.get_help().is_none() { arg.help(setting.help()) } else { arg };
        let arg = if arg.get_help_heading().is_none() { arg.help_heading(setting.group.title()) } else { arg };
        let is_named = arg.get_value_names().is_some_and(|names| names[0] != arg.get_id().as_str().to_uppercase());
        if is_named || !arg.get_action().takes_values() { arg } else { arg.value_name(setting.value) }
    });
    command.mut_subcommands(described)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::OsStr;

    use clap::FromArgMatches as _;

    use super::{COMMANDS, Cli, CommandFactory as _, Parser, command, short_command};

    #[test]
    fn a_command_has_the_same_options_whether_it_is_put_together_alone_or_with_all() {
        // All that an option is, but its place in the help; `--version` after a command is answered by the whole.
        let one = |option: &clap::Arg| {
            let text = format!("{option:?}");
            let (before, after) = text.split_once("disp_ord: ").expect("each has a place");
            before.to_owned() + after.split_once(", ").expect("more follows").1
        };
        let own = |command: &clap::Command| {
            let options = command.get_arguments().filter(|option| option.get_id() != "version");
            options.map(|option| format!("{} {}", command.get_name(), one(option))).collect::<BTreeSet<_>>()
        };
        let arguments = |command: &clap::Command| {
            let below = command.get_subcommands().filter(|command| command.get_name() != "help").map(own);
            below.chain([own(command)]).flatten().collect::<BTreeSet<_>>()
        };
        let mut whole = Cli::command();
        whole.build();
        let all = whole.get_subcommands().map(clap::Command::get_name);
        let all: BTreeSet<_> = all.filter(|name| !["completions", "help"].contains(name)).collect();
        assert_eq!(COMMANDS.into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>(), all);
        for (name, _) in COMMANDS {
            let mut short = short_command(OsStr::new(name)).expect("it is one of them");
            short.build();
            let of = |program: &clap::Command| arguments(program.find_subcommand(name).expect("it has the command"));
            let differing: Vec<_> = of(&short).symmetric_difference(&of(&whole)).cloned().collect();
            assert!(differing.is_empty(), "{name}: {differing:?}");
        }
    }

    #[test]
    fn a_line_means_the_same_whether_or_not_its_options_are_described() {
        let lines = [
            "run --crypto BTC --strategy rsi --period 21",
            "run --crypto BTC -s rsi -p period=21 --from 2024 --fee 0.1% --format json -vv",
            "batch --all --strategy rsi,ma --top 5 --sort sharpe --no-cache --threads 2",
            "sweep --crypto BTC -s ma --param fast=5..50 --param slow=60 --where trades>3 --stop-loss 5%",
            "sweep plan --all -s ma --param fast=5..50 --out plan.json",
            "walk --crypto BTC -s ma --train 1y --test 3mo --cpcv",
            "portfolio run --plan plan.json --shard 3",
            "signals status --delisted-after 30 --prefix desk",
            "signals --max-late x",
            "data import a.csv --symbol BTC --columns time=t",
            "data list --data-dir d --cache-url redis://h",
            "cache clear --yes",
            "cache",
            "data",
            "data li",
            "strategies check a.toml",
            "init desk",
            "sweep pl --all -s ma --param fast=5..50 --out plan.json",
            "signals sta",
            "walk --cpcv 6,2 plan",
            "compare run rsi",
            "run -q run",
            "run --version",
            "--version extra",
            "rnu",
            "",
        ];
        let is_abbreviated =
            |line: &str| ["sweep pl ", "signals sta", "data li"].iter().any(|begin| line.starts_with(begin));
        for line in lines {
            let words = || std::iter::once("backtest").chain(line.split_whitespace());
            let described = command().try_get_matches_from(words());
            let described = described.and_then(|matches| Cli::from_arg_matches(&matches));
            let plain = Cli::try_parse_from(words());
            let shown = |cli: Result<Cli, clap::Error>| cli.map(|cli| format!("{cli:?}")).map_err(|error| error.kind());
            let plain = shown(plain);
            assert_eq!(plain, shown(described), "{line}");
            let first = line.split_whitespace().next().unwrap_or_default();
            let Some(short) = short_command(OsStr::new(first)) else { continue };
            let short = short.try_get_matches_from(words()).and_then(|matches| Cli::from_arg_matches(&matches));
            match (shown(short), plain) {
                (short, Ok(plain)) if !is_abbreviated(line) => assert_eq!(short, Ok(plain), "{line}"),
                // What it does not accept is left to the whole; what it does accept means the same.
                (short, plain) => assert!(short.is_err() || short == plain, "{line}: {short:?}"),
            }
        }
    }
}
