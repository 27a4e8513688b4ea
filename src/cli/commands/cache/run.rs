//! Which of the commands is meant, and the store that they all need.

use super::{clear, info, keys, ping, stats, verify, warm};
use crate::cache::{Admin, Class, Failure, Place};
use crate::cli::args::CacheCommand;
use crate::cli::cache;
use crate::cli::commands::Context;
use crate::cli::fault::Fault;

/// Runs it.
///
/// # Errors
/// A wrong request; no cache, or one that refuses; results that are wrong.
pub fn run(command: &CacheCommand, context: &Context) -> Result<(), Fault> {
    match command {
        CacheCommand::Info { format } => info::run(*format, context),
        CacheCommand::Stats { format } => stats::run(*format, context),
        CacheCommand::Keys(args) => keys::run(args, context),
        CacheCommand::Clear(args) => clear::run(args, context),
        CacheCommand::Warm(args) => warm::run(args, context),
        CacheCommand::Verify(args) => verify::run(args, context),
        CacheCommand::Ping { format } => ping::run(*format, context),
    }
}

/// Where the cache is, and the prefix of our entries there.
pub(super) struct Where {
    pub place: Place,
    pub prefix: String,
}

impl Where {
    /// From the options and the settings.
    ///
    /// # Errors
    /// One that makes no sense.
    pub fn of(context: &Context) -> Result<Self, Fault> {
        let place = cache::place(&context.global, &context.config)?;
        Ok(Self { place, prefix: cache::prefix(&context.global, &context.config)? })
    }

    /// Connects.
    ///
    /// # Errors
    /// There is nothing to connect to.
    pub fn open(&self) -> Result<Admin, Fault> {
        Admin::connect(&self.place, &self.prefix).map_err(|failure| Fault::failed(with_remedy(&failure)))
    }
}

/// Why there is no cache, with what to do about it where nobody is there.
pub(super) fn with_remedy(failure: &Failure) -> String {
    match failure.class {
        Class::Refused | Class::Dns | Class::Timeout if failure.store.starts_with("Redis") => {
            format!("{failure}. Start it there, or say where it is with --cache-url")
        }
        _ => failure.to_string(),
    }
}
