//! `backtest init`: a settings file and a strategy to change, in a folder of one's own.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::args::InitArgs;
use crate::commands::Context;
use crate::data::escape;
use crate::error::Error;
use crate::files::{self, Durability};
use crate::output::format;

const SETTINGS: &str = include_str!("../../../backtest.example.toml");
const STRATEGY: &str = include_str!("init/my_strategy.toml");

/// What the example says of copying it is done here; the rest begins with this line.
const FIRST_LINE: &str = "# Every key is optional";

/// Comments begin with #, so that all of it can be pasted into a shell.
const NEXT: &str = "
  # synthetic candles of 24 assets; real ones: `backtest data fetch --help`, `backtest data import --help`
  backtest data sample
  # one backtest; --trades and --chart show more
  backtest run --crypto BTC --strategy ./my_strategy.toml
  # after each change of the strategy
  backtest strategies check my_strategy.toml
  # all assets, ranked
  backtest batch --all --strategy rsi,./my_strategy.toml
  # every combination of parameters, and whether the best was luck
  backtest sweep --crypto BTC --strategy ./my_strategy.toml --param dip=20..40 --param recovered=50..80
";

/// Writes both files, or none.
///
/// # Errors
/// Where one of them is there already, or cannot be written.
pub(crate) fn run(args: &InitArgs, context: &Context) -> Result<(), Error> {
    let folder = &args.folder;
    let written = [("backtest.toml", settings()), ("my_strategy.toml", STRATEGY.to_owned())];
    let paths = written.map(|(name, text)| (folder.join(name), text));
    if let Some((path, _)) = paths.iter().find(|(path, _)| fs::symlink_metadata(path).is_ok()) {
        let path = shown(path);
        return Err(Error::usage(format!(
            "{path} exists; nothing was written. `backtest init FOLDER` takes a folder without it"
        )));
    }
    fs::create_dir_all(folder).map_err(|error| Error::failed(format!("cannot make {}: {error}", shown(folder))))?;
    let mut done: Vec<&PathBuf> = Vec::new();
    for (path, text) in &paths {
        if let Err(error) = files::replace(path, Durability::Content, |file| file.write_all(text.as_bytes())) {
            for path in done {
                let _ = fs::remove_file(path);
            }
            return Err(Error::failed(format!("cannot write {}: {error}", shown(path))));
        }
        done.push(path);
    }
    context.printer.data(&next_steps(folder))
}

fn settings() -> String {
    let keys = SETTINGS.find(FIRST_LINE).map_or(SETTINGS, |start| &SETTINGS[start..]);
    format!(
        "# Settings of `backtest`, for commands that are run in this folder. A key with a # before it is an example, mostly\n\
         # with the value that holds anyway; without the # it is set. Where results are cached, and the credentials for that, are taken\n\
         # from ~/.config/backtest/backtest.toml alone.\n{keys}"
    )
}

fn next_steps(folder: &Path) -> String {
    let enter = if folder == Path::new(".") {
        String::new()
    } else {
        format!("\n  cd {}\n", format::shell_word(&folder.display().to_string()))
    };
    format!(
        "Wrote {} (settings) and {} (a strategy to change). What to type next:\n{enter}{NEXT}",
        shown(&folder.join("backtest.toml")),
        shown(&folder.join("my_strategy.toml")),
    )
}

fn shown(path: &Path) -> String {
    escape(&path.strip_prefix(".").unwrap_or(path).display().to_string())
}
