//! Other bars that rules read: longer ones made of those of the request (`on`), and those of other assets (`of`).

use std::path::Path;

use crate::data::{CandleFile, Catalog, escape};
use crate::engine::{OtherCandles, Plan};
use crate::error::Error;
use crate::output::format;

/// Checks the longer bars that the strategies of a plan read, and reads the candles of the other assets, each once.
///
/// # Errors
/// Bars that are not made of those of the plan, an asset that is not there or not the only one of its name, and candles that
/// cannot be used.
pub(crate) fn read(plan: &mut Plan, folder: &Path) -> Result<(), Error> {
    for bound in &plan.strategies {
        let strategy = escape(&bound.strategy.name);
        for longer in bound.strategy.longer_intervals() {
            if !longer.is_made_of(plan.interval) {
                return Err(Error::usage(format!(
                    "strategy `{strategy}`: on(\"{longer}\", ..) needs bars of which whole ones make up {longer}, and those of --interval {} do not; choose a shorter --interval, or a longer one in `on`",
                    plan.interval
                )));
            }
        }
    }
    let names: Vec<String> =
        plan.strategies.iter().flat_map(|bound| bound.strategy.other_assets()).map(str::to_owned).collect();
    for name in names {
        if plan.others.iter().any(|other| other.name == name) {
            continue;
        }
        let option = format!("of(\"{}\", ..)", escape(&name));
        let catalog = Catalog::with_shorter(folder, plan.interval).map_err(Error::usage)?;
        let found =
            catalog.select(std::slice::from_ref(&name)).map_err(|error| Error::usage(format!("{option}: {error}")))?;
        let found: Vec<CandleFile> = found.into_iter().cloned().collect();
        let [mut entry] = <[CandleFile; 1]>::try_from(found).map_err(|found| {
            Error::usage(format!("{option}: names {}; it takes one", format::counted(found.len(), "asset")))
        })?;
        entry.bad_rows = plan.assets.first().map(|asset| asset.bad_rows).unwrap_or_default();
        let mut columns: Vec<&str> =
            plan.strategies.iter().flat_map(|bound| bound.strategy.other_columns(&name)).collect();
        columns.sort_unstable();
        columns.dedup();
        let other = OtherCandles::load(&name, &entry, &columns, plan.range.to, (plan.now, plan.threads));
        plan.others.push(other.map_err(|error| Error::failed(format!("{option}: {error}")))?);
    }
    Ok(())
}
