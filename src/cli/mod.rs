//! What a person types: arguments, settings, commands. Below this floor nothing knows the arguments.

mod args;
mod candle_mirror;
mod commands;
mod settings;
mod usage_error;

use std::process::ExitCode;

use backtest_cache as cache;
use backtest_data as data;
use backtest_delivery as delivery;
use backtest_engine as engine;
use backtest_output::{self as output, error};
use backtest_report as report;
use backtest_shards as shards;
use backtest_sim as sim;
use backtest_system::{clock, files};

use clap::error::ErrorKind;
use clap::{FromArgMatches, Parser};
use clap_complete::{Shell, generate};

use self::args::options::{self, QUIET};
use self::args::{Cli, Command, CompletionTarget};
use self::settings::cache::REDIS_VARIABLES;
use self::settings::file::SettingsFile;
use self::settings::{environment, request};
use crate::error::Error;
use crate::output::printer::{LogLines, Printer};

/// The C library then keeps up to twice as much for each thread.
const LARGE_PIECE: usize = 4 << 20;

/// The whole program: arguments in, exit code out.
#[must_use]
pub fn main() -> ExitCode {
    keep_freed_memory();
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(error) => return usage_error::end(&error),
    };
    let printer = Printer::new(cli.global.quiet);
    log(cli.global.verbose);
    quiet_handled_panics();
    printer.end(run(cli, printer))
}

/// The command line: first as one of its command alone, then as one of any, and at last, for help and for what is to be
/// explained, with what help says of each option. Each step takes several times as long as the one before it.
fn parsed() -> Result<Cli, clap::Error> {
    if let Some(short) = std::env::args_os().nth(1).and_then(|first| args::short_command(&first)) {
        match short.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
            Err(error) if error.kind() != ErrorKind::DisplayVersion => {}
            parsed => return parsed,
        }
    }
    match Cli::try_parse() {
        Err(error) if error.kind() != ErrorKind::DisplayVersion => {
            args::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches))
        }
        parsed => parsed,
    }
}

/// Makes the C library keep some freed memory. glibc learns from the first large piece that is freed what is worth giving
/// back to the system: until then every buffer of 128 KiB or more is, and is faulted in again, page by page, when the
/// next one is needed. That made a batch from CSV take 1.08 x. Elsewhere this does nothing.
fn keep_freed_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE_PIECE)));
}

fn run(cli: Cli, printer: Printer) -> Result<(), Error> {
    if let Command::Completions { shell } = cli.command {
        return completions(shell, printer);
    }
    let variables = options::ALL.into_iter().filter_map(|setting| setting.variable);
    environment::check(variables.chain(REDIS_VARIABLES))?;
    let config = SettingsFile::load(cli.global.config.as_deref())?;
    let quiet = config.given(&QUIET, None)?.map_or(Ok(false), |given| given.switch())?;
    let printer = if quiet { Printer::new(true) } else { printer };
    let uses_cache = !matches!(cli.command, Command::Strategies(_) | Command::Data(_) | Command::Init(_));
    if let Some(note) = config.note().filter(|_| uses_cache) {
        printer.note(&note);
    }
    let data_dir = candle_mirror::local(request::data_dir(&cli.global, &config)?, &cli.command, printer)?;
    let context = commands::Context { global: cli.global, config, data_dir, printer };
    match cli.command {
        Command::Init(args) => commands::init::run(&args, &context),
        Command::Run(args) => commands::run::run(&args, &context),
        Command::Batch(args) => commands::batch::run(&args, &context),
        Command::Sweep(args) => commands::sweep::run_command(&args, &context),
        Command::Walk(args) => commands::walk::run_command(&args, &context),
        Command::Signals(args) => commands::signals::run(*args, &context),
        Command::Portfolio(args) => commands::universe::portfolio::run_command(&args, &context),
        Command::Compare(args) => commands::compare::run(&args, &context),
        Command::Rank(args) => commands::universe::rank::run(&args, &context),
        Command::Report(args) => commands::report::run(&args, &context),
        Command::Strategies(command) => commands::strategies::run(&command, &context),
        Command::Data(command) => commands::data::run(&command, &context),
        Command::Cache(command) => commands::cache::run(&command, &context),
        Command::Completions { .. } => Ok(()),
    }
}

/// A panic over a damaged candle file is reported as that file's error, and nothing else is printed of it.
fn quiet_handled_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !crate::data::is_panic_handled() {
            before(panic);
        }
    }));
}

/// `-v` shows what the lower floors log: each hit and miss, and what Redis answered.
fn log(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => tracing::Level::INFO,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| LogLines)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
}

/// A shell's completion script, or the manual page; both derive from the arguments.
fn completions(target: CompletionTarget, printer: Printer) -> Result<(), Error> {
    let mut command = args::command();
    let mut bytes = Vec::new();
    let shell = match target {
        CompletionTarget::Bash => Shell::Bash,
        CompletionTarget::Elvish => Shell::Elvish,
        CompletionTarget::Fish => Shell::Fish,
        CompletionTarget::PowerShell => Shell::PowerShell,
        CompletionTarget::Zsh => Shell::Zsh,
        CompletionTarget::Man => {
            clap_mangen::Man::new(command).render(&mut bytes)?;
            return printer.data(&String::from_utf8_lossy(&bytes));
        }
    };
    generate(shell, &mut command, "backtest", &mut bytes);
    printer.data(&String::from_utf8_lossy(&bytes))
}
