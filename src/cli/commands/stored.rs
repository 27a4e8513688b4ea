//! Which stored candles a command is about.

use std::path::Path;

use super::Context;
use crate::cli::args::StoredArgs;
use crate::cli::fault::Fault;
use crate::cli::resolve;
use crate::data::{Catalog, CatalogError, Entry, intervals};
use crate::sim::model::Interval;

/// The candle files that are meant, interval by interval.
///
/// # Errors
/// No data folder; an interval that is none; a symbol that is in no folder that is meant.
pub fn entries(args: &StoredArgs, folder: &Path, context: &Context) -> Result<Vec<(Interval, Vec<Entry>)>, Fault> {
    let wanted = match args.interval.as_deref() {
        Some(interval) => vec![resolve::interval(Some(interval), &context.config)?],
        None => intervals(folder),
    };
    // With no interval folder at all, the catalogue of the usual one says what is missing.
    let wanted = if wanted.is_empty() { vec![resolve::interval(None, &context.config)?] } else { wanted };
    let mut all = Vec::new();
    let mut missing = None;
    for interval in wanted {
        let catalog = match Catalog::open(folder, interval) {
            Ok(catalog) => catalog,
            // A folder that holds nothing yet does not hide the others.
            Err(error @ CatalogError::NoCandles { .. }) if args.interval.is_none() => {
                missing = missing.or(Some(Fault::wrong(error)));
                continue;
            }
            Err(error) => return Err(Fault::wrong(error)),
        };
        if args.crypto.is_empty() {
            all.push((interval, catalog.entries().to_vec()));
            continue;
        }
        match resolve::assets(&catalog, &args.crypto) {
            Ok(entries) => all.push((interval, entries.into_iter().cloned().collect())),
            // Not every asset is there in every interval.
            Err(fault) => missing = Some(fault),
        }
    }
    match missing {
        Some(fault) if all.is_empty() => Err(fault),
        _ => Ok(all),
    }
}
