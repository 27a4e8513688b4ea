//! The help of every command that there is.

use super::{assert_expected, call};
use crate::fixture::Sandbox;

/// A command's path, as `cache stats`, and those of all commands below it, found in the help itself.
fn all(sandbox: &Sandbox, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    let words = format!("{path} --help");
    let help = sandbox.backtest(&words).ran().done_quietly().stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        all(sandbox, format!("{path} {name}").trim_start(), found);
    }
}

#[test]
fn the_help_of_every_command() {
    let sandbox = Sandbox::empty();
    let mut paths = Vec::new();
    all(&sandbox, "", &mut paths);
    assert!(paths.len() > 20, "{paths:?}");
    let long = |path: &String| call(&sandbox, format!("{path} --help").trim_start());
    assert_expected("help", &paths.iter().map(long).collect::<String>());
}

#[test]
fn the_short_help_of_the_main_commands() {
    let sandbox = Sandbox::empty();
    let short = |path: &str| call(&sandbox, &format!("{path} -h"));
    assert_expected("help-short", &["run", "batch", "sweep", "walk"].map(short).concat());
}
