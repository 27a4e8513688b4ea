//! What the argument parser refuses, said the way everything else is.

use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::args::Cli;
use crate::cli::output::printer::Printer;
use crate::sim::strategy::nearest;

/// Prints why the arguments were refused, or the help that was asked for.
pub fn end(error: &clap::Error) -> ExitCode {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // The help of a command that wants another is no error message, though it ends as one.
        let _ = error.print();
    } else if error.use_stderr() {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        Printer::new(false).error(&with_tip(text.trim_end(), error));
    } else {
        // Help and version go to stdout and end well; a closed pipe there is no error.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// clap overlooks two swapped letters in a word as short as `rnu`.
fn with_tip(text: &str, error: &clap::Error) -> String {
    let is_told = error.get(ContextKind::SuggestedSubcommand).is_some();
    // Its own subcommands are another matter: they are not named here.
    let is_command = text.contains("\nUsage: backtest [OPTIONS] <COMMAND>");
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return text.to_owned() };
    let command = Cli::command();
    let tip = nearest(word, command.get_subcommands().map(clap::Command::get_name));
    match (tip, text.split_once("\n\n")) {
        (Some(tip), Some((what, rest))) if is_command && !is_told => {
            format!("{what}\n\n  tip: a similar subcommand exists: '{tip}'\n\n{rest}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_short_command_with_swapped_letters_is_recognized() {
        let text = |words: &[&str]| {
            let error = Cli::try_parse_from(words).unwrap_err();
            with_tip(&error.render().to_string(), &error)
        };
        assert!(text(&["backtest", "rnu"]).contains("'run'"));
        assert!(!text(&["backtest", "cache", "rnu"]).contains("'run'"));
        assert!(!text(&["backtest", "nothing"]).contains("tip"));
        assert_eq!(text(&["backtest", "bathc"]).matches("'batch'").count(), 1);
    }
}
