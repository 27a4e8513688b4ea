//! The `backtest` binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    backtest::cli::main()
}
