//! `backtest cache`: looking at what is stored, filling, proving and emptying it. Without a cache these fail: here the
//! user asked for it.

mod entries;
mod info;
mod show;
mod stats;
mod verify;
mod verify_portfolios;
mod warm;

pub(crate) use self::show::{find, is_key};

use crate::args::{BacktestArgs, CacheCommand};
use crate::cache::{Admin, CacheLocation, Failure, FailureClass};
use crate::commands::{Context, execution};
use crate::engine::{BoundStrategy, GridPoints};
use crate::error::Error;
use crate::settings::cache;
use crate::sim::Failed;
use crate::sim::strategy::{Grid, ParamArg};

/// Runs it.
///
/// # Errors
/// A wrong request; no cache, or one that refuses; results that are wrong.
pub(crate) fn run(command: &CacheCommand, context: &Context) -> Result<(), Error> {
    match command {
        CacheCommand::Info { format } => info::run(*format, context),
        CacheCommand::Stats { format } => stats::run(*format, context),
        CacheCommand::Keys(args) => entries::list(args, context),
        CacheCommand::Show(args) => show::run(args, context),
        CacheCommand::Clear(args) => entries::clear(args, context),
        CacheCommand::Warm(args) => warm::run(args, context),
        CacheCommand::Verify(args) => verify::run(args, context),
        CacheCommand::Ping { format } => info::ping(*format, context),
    }
}

/// Connection the cache is, and the prefix of our entries there.
struct Connection {
    pub location: CacheLocation,
    pub prefix: String,
}

impl Connection {
    /// From the options and the settings.
    ///
    /// # Errors
    /// One that makes no sense.
    pub(crate) fn of(context: &Context) -> Result<Self, Error> {
        let location = cache::location(&context.global, &context.config)?;
        Ok(Self { location, prefix: cache::prefix(&context.global, &context.config)? })
    }

    /// Connects.
    ///
    /// # Errors
    /// There is nothing to connect to.
    pub(crate) fn open(&self) -> Result<Admin, Error> {
        Admin::connect(&self.location, &self.prefix).map_err(|failure| Error::failed(with_remedy(&failure)))
    }
}

/// Why there is no cache, with what to do about it where nobody is there.
fn with_remedy(failure: &Failure) -> String {
    match failure.class {
        FailureClass::Refused | FailureClass::Dns | FailureClass::Timeout if failure.store.starts_with("Redis") => {
            format!("{failure}. Start it there, or say where it is with --cache-url")
        }
        _ => failure.to_string(),
    }
}

/// Refuses options that say the opposite of the command, or nothing here.
///
/// # Errors
/// The first of them.
fn refuse(command: &str, args: &BacktestArgs, but: &[&str]) -> Result<(), Error> {
    let given = [
        ("--no-cache", args.no_cache),
        ("--out", args.out.is_some()),
        ("--refresh", args.refresh),
        ("--ttl", args.ttl.is_some()),
    ];
    match given.into_iter().find(|(option, is_given)| *is_given && !but.contains(option)) {
        Some((option, _)) => Err(Error::usage(format!("{option} has no meaning for `cache {command}`; leave it out"))),
        None => Ok(()),
    }
}

/// Says which assets failed.
///
/// # Errors
/// Some have.
fn tell_failed(failed: &[Failed], context: &Context) -> Result<(), Error> {
    for failed in failed {
        context.printer.error(&failed.reason);
    }
    if failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

/// The strategies, each with its grid, where a parameter has several values; nothing where each has one.
///
/// # Errors
/// A parameter that makes no sense.
fn grids(names: &[String], given: &[ParamArg]) -> Result<Option<Grids>, Error> {
    if given.iter().all(|arg| arg.values.single().is_some()) {
        return Ok(None);
    }
    let mut grids = (Vec::new(), Vec::new());
    for (strategy, own) in execution::with_params(names, given)? {
        let own: Vec<ParamArg> = own.into_iter().filter(|arg| strategy.param_index(&arg.name).is_ok()).collect();
        let grid = Grid::new(&strategy, &own).map_err(|error| Error::usage(format!("--param: {error}")))?;
        grids.0.push(BoundStrategy { values: strategy.defaults(), strategy });
        grids.1.push(GridPoints::All(grid));
    }
    Ok(Some(grids))
}

/// Strategies, and the points of each.
type Grids = (Vec<BoundStrategy>, Vec<GridPoints>);
