//! Which assets are meant: all of the data folder, or those named.

use std::path::Path;

use crate::cli::args::AssetsArgs;
use crate::cli::args::options::CRYPTO;
use crate::cli::error::Error;
use crate::cli::settings::file::in_command;
use crate::data::{Catalog, Entry};
use crate::sim::model::Interval;

/// The assets that batch and sweep go over: all of the folder, or those named.
///
/// # Errors
/// None named, an unknown or ambiguous one, a folder that cannot be read.
pub fn many(args: &AssetsArgs, folder: &Path, interval: Interval) -> Result<Vec<Entry>, Error> {
    let wanted = if args.all { Vec::new() } else { crypto(&args.crypto)? };
    if args.all {
        // All that the interval's folder has: a minute file in another would cost more than hundreds of days, and
        // nobody asked for it. Only where there is nothing else, all that can be made.
        let all = Catalog::open(folder, interval).or_else(|_| Catalog::with_shorter(folder, interval));
        return all.map(|catalog| catalog.entries().to_vec()).map_err(Error::usage);
    }
    let catalog = Catalog::with_shorter(folder, interval).map_err(Error::usage)?;
    Ok(assets(&catalog, &wanted)?.into_iter().cloned().collect())
}

/// The one asset that is named, from its own file or made of shorter bars.
///
/// # Errors
/// An unknown or ambiguous one, a folder that cannot be read.
pub fn one(name: &str, folder: &Path, interval: Interval) -> Result<Vec<Entry>, Error> {
    let catalog = Catalog::with_shorter(folder, interval).map_err(Error::usage)?;
    Ok(assets(&catalog, &[name.to_owned()])?.into_iter().cloned().collect())
}

/// What `--crypto` names where several may be named, else what `BACKTEST_CRYPTO` does. Not read by clap, for which
/// the variable would contradict `--all`.
///
/// # Errors
/// Nothing is named.
fn crypto(args: &[String]) -> Result<Vec<String>, Error> {
    if !args.is_empty() {
        return Ok(args.to_vec());
    }
    let Some(names) = in_command(&CRYPTO, None) else {
        return Err(Error::usage("which assets? Pass --all for every one in the data folder, or --crypto BTC,ETH"));
    };
    Ok(names.text.split(',').map(str::to_owned).collect())
}

/// The one asset that a command is about.
///
/// # Errors
/// None is named.
pub fn required(flag: Option<&str>) -> Result<String, Error> {
    let given = in_command(&CRYPTO, flag).map(|given| given.text);
    given.ok_or_else(|| Error::usage("which asset? Pass --crypto BTC (`backtest data list` shows what there is)"))
}

/// The assets named by `--crypto`, each once, in the order of naming.
///
/// # Errors
/// An unknown or ambiguous one, with the nearest names.
pub fn assets<'a>(catalog: &'a Catalog, names: &[String]) -> Result<Vec<&'a Entry>, Error> {
    let mut entries: Vec<&Entry> = Vec::new();
    for name in names {
        let entry = catalog.resolve(name.trim()).map_err(|error| Error::usage(format!("--crypto: {error}")))?;
        if !entries.iter().any(|known| known.path == entry.path) {
            entries.push(entry);
        }
    }
    Ok(entries)
}
