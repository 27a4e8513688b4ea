//! What the process is given by its surroundings: variables that clap does not read for us, the user's folders (by the
//! XDG convention on every system), and the time. An empty variable counts as not set, here and for clap: people switch
//! a variable off by `VARIABLE= command`.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Command;
use etcetera::BaseStrategy;

use crate::sim::model::Millis;

/// The value of a variable that is set to something.
pub fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a variable says yes: it is set, and not to no, n, false, f, off or 0.
pub fn flag(name: &str) -> bool {
    text(name).is_some_and(|value| is_yes(&value))
}

fn is_yes(value: &str) -> bool {
    !["no", "n", "false", "f", "off", "0"].contains(&value.to_ascii_lowercase().as_str())
}

/// The command without the variables that are set to nothing, which clap would take for empty values.
pub fn without_empty(command: Command) -> Command {
    without(command, &|name| std::env::var_os(name).is_some_and(|value| value.is_empty()))
}

fn without(command: Command, is_empty: &dyn Fn(&str) -> bool) -> Command {
    let command = command.mut_args(|arg| {
        let empty = arg.get_env().and_then(|name| name.to_str()).is_some_and(is_empty);
        if empty { arg.env(None::<&str>) } else { arg }
    });
    command.mut_subcommands(|command| without(command, is_empty))
}

/// Where settings and own strategies are: `$XDG_CONFIG_HOME/backtest`.
#[must_use]
pub fn config_dir() -> Option<PathBuf> {
    etcetera::base_strategy::Xdg::new().ok().map(|base| base.config_dir().join("backtest"))
}

/// Where what can be made again is kept: `$XDG_CACHE_HOME/backtest`.
#[must_use]
pub fn cache_dir() -> Option<PathBuf> {
    etcetera::base_strategy::Xdg::new().ok().map(|base| base.cache_dir().join("backtest"))
}

/// The present moment.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        let variables = |command: &Command| {
            let run = command.find_subcommand("run").unwrap().get_arguments();
            run.chain(command.get_arguments()).filter(|arg| arg.get_env().is_some()).count()
        };
        let all = without(Cli::command(), &|_| false);
        let none = without(Cli::command(), &|_| true);
        let but_fee = without(Cli::command(), &|name| name == "BACKTEST_FEE");
        assert!(variables(&all) > 10);
        assert_eq!((variables(&none), variables(&but_fee)), (0, variables(&all) - 1));
    }

    #[test]
    fn no_and_0_mean_no() {
        assert!(["1", "yes", "true", "on"].into_iter().all(is_yes));
        assert!(!["0", "no", "FALSE", "off"].into_iter().any(is_yes));
    }

    #[test]
    fn all_assets_may_be_asked_for_whatever_the_environment_names() {
        let batch = Cli::command().find_subcommand("batch").unwrap().clone();
        let crypto = batch.get_arguments().find(|arg| arg.get_id() == "crypto").unwrap();
        assert_eq!(crypto.get_env(), None, "clap would let it contradict --all");
    }
}
