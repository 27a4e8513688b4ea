//! What a person types and sees. Below this floor nothing knows arguments, colours or exit codes.

pub mod args;
mod braille;
mod cache;
mod charts;
mod commands;
mod config;
mod config_cache;
mod contenders;
mod environment;
mod exports;
mod fault;
mod grid;
mod heatmap;
mod pages;
mod paths;
mod printer;
mod progress;
mod refusal;
mod reproduce;
mod resolve;
mod saved;
mod select;
mod side;
mod signals;
mod strategies;
mod sweep;
mod tables;
mod text;
mod times;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use self::args::{Cli, Command};
use self::printer::Printer;

/// The whole program: arguments in, exit code out.
#[must_use]
pub fn main() -> ExitCode {
    let mut command = environment::without_empty(Cli::command());
    let parsed = command.try_get_matches_from_mut(std::env::args_os());
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            return refusal::end(&error);
        }
    };
    let printer = Printer::new(cli.global.quiet);
    log(cli.global.verbose);
    printer.end(run(cli, printer))
}

fn run(cli: Cli, printer: Printer) -> Result<(), fault::Fault> {
    if let Command::Completions { shell } = cli.command {
        return commands::completions::run(shell, printer);
    }
    let config = config::load(cli.global.config.as_deref())?;
    // The variable may say no to what the file says.
    let is_silent = config.quiet == Some(true) && environment::text("BACKTEST_QUIET").is_none();
    let printer = if is_silent { Printer::new(true) } else { printer };
    let context = commands::Context { global: cli.global, config, printer };
    match cli.command {
        Command::Run(args) => commands::run::run(&args, &context),
        Command::Batch(args) => commands::batch::run(&args, &context),
        Command::Sweep(args) => commands::sweep::run(&args, &context),
        Command::Compare(args) => commands::compare::run(&args, &context),
        Command::Report(args) => commands::report::run(&args, &context),
        Command::Strategies(command) => commands::strategies::run(&command, &context),
        Command::Data(command) => commands::data::run(&command, &context),
        Command::Cache(command) => commands::cache::run(&command, &context),
        Command::Completions { .. } => Ok(()),
    }
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
        .with_writer(|| printer::LogLines)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
}
