//! `backtest signals`: what the accounts of strategies would order next, each order told once.

mod bench;
mod fetch;
mod metrics;
mod pass;
mod punctuality;
mod sinks;
mod status;
mod watch;

use crate::args::options::CACHE_URL;
use crate::args::{GlobalArgs, SignalsArgs, SignalsCommand, StateArgs};
use crate::cache::{CacheLocation, SignalStore};
use crate::commands::Context;
use crate::error::Error;
use crate::settings::file::SettingsFile;
use crate::settings::{cache, environment};

/// Runs it.
///
/// # Errors
/// A wrong request; a store that cannot be used; or, once the others are reported, assets that failed and sinks that took nothing.
pub(crate) fn run(mut args: SignalsArgs, context: &Context) -> Result<(), Error> {
    match args.command.take() {
        Some(SignalsCommand::Status(args)) => status::run(&args, context),
        Some(SignalsCommand::Bench(args)) => bench::run(&args, context),
        None if args.watch => watch::run(args, context),
        None => pass::run(args, context),
    }
}

/// The store of states and events: what `--state` names, else the Redis of the cache where one is named, else a file.
fn open_store(args: &StateArgs, context: &Context) -> Result<SignalStore, Error> {
    let Context { global, config, .. } = context;
    let location = location(args, global, config)?;
    let (prefix, secret) = (cache::prefix(global, config)?, cache::secret(config)?);
    SignalStore::open(&location, &prefix, secret).map_err(store_error)
}

/// What cannot be done without the store.
fn store_error(failure: impl std::fmt::Display) -> Error {
    Error::failed(format!("{failure}; signals need their state; see --no-state"))
}

fn location(args: &StateArgs, global: &GlobalArgs, config: &SettingsFile) -> Result<CacheLocation, Error> {
    if let Some(url) = &args.state {
        return match url.parse() {
            Ok(CacheLocation::Redis(endpoint)) => cache::with_login(endpoint, config).map(CacheLocation::Redis),
            Ok(file) => Ok(file),
            Err(error) => Err(Error::usage(format!("--state: {error}"))),
        };
    }
    if cache::is_configured(global, config)
        && let redis @ CacheLocation::Redis(_) = cache::location(global, config)?
    {
        return Ok(redis);
    }
    let folder = environment::state_dir().ok_or_else(|| {
        Error::usage(format!(
            "signals need a home folder for their state; pass --state file:PATH, or --{} with a Redis",
            CACHE_URL.name
        ))
    })?;
    // A folder that cannot be made is named when the file is opened.
    let _ = std::fs::create_dir_all(&folder);
    Ok(CacheLocation::File(folder.join("signals.db")))
}
