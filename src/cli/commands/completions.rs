//! `backtest completions`: a shell's completion script, or the manual page; both derive from the arguments.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::args::{Cli, CompletionTarget};
use crate::cli::fault::Fault;
use crate::cli::printer::Printer;

/// Prints it.
///
/// # Errors
/// When stdout cannot take it.
pub fn run(target: CompletionTarget, printer: Printer) -> Result<(), Fault> {
    let mut command = Cli::command();
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
