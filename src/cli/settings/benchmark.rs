//! The asset that accounts are measured against.

use std::path::Path;
use std::sync::Arc;

use crate::data::{CandleFile, Known, escape};
use crate::engine::{self, Plan};
use crate::error::Error;
use crate::output::format;
use crate::output::printer::Printer;
use crate::settings::assets;
use crate::settings::given::Given;
use crate::sim::metrics::Detail;

/// The plan with the benchmark that was named, if any: its candles in the plan's interval and range.
///
/// # Errors
/// No such asset, or candles that cannot be used.
pub(crate) fn measured(plan: Plan, benchmark: Option<&Given>, folder: &Path) -> Result<Plan, Error> {
    let Some(given) = benchmark else { return Ok(plan) };
    let entry = assets::one(&given.source, given.text.trim(), folder, plan.interval)?;
    let [mut entry] = <[CandleFile; 1]>::try_from(entry).map_err(|entries| {
        given.invalid(format_args!("names {}; it takes one", format::counted(entries.len(), "asset")))
    })?;
    entry.bad_rows = plan.assets.first().map(|asset| asset.bad_rows).unwrap_or_default();
    let failed = |reason: String| Error::failed(format!("{} {}: {reason}", given.source, escape(&given.text)));
    let candles = engine::load_benchmark(&entry, &plan).map_err(failed)?;
    Ok(Plan { benchmark: Some(Arc::new(candles)), ..plan })
}

/// The plan of a sweep that needs these metrics; the benchmark is left out where none of them reads it.
///
/// # Errors
/// As [`measured`].
pub(crate) fn measured_sweep(
    plan: Plan,
    detail: Detail,
    benchmark: Option<&Given>,
    folder: &Path,
) -> Result<Plan, Error> {
    let plan = Plan { sweep_detail: detail, ..plan };
    if detail == Detail::Sums { Ok(plan) } else { measured(plan, benchmark, folder) }
}

/// Says where the benchmark's candles do not cover those of an asset.
pub(crate) fn tell(plan: &Plan, known: &[(String, Known)], printer: Printer) {
    let Some(benchmark) = &plan.benchmark else { return };
    let (Some(&first), Some(&last)) = (benchmark.time.first(), benchmark.time.last()) else { return };
    let partly = known.iter().filter(|(_, known)| known.start < first || known.end > last).count();
    if partly > 0 {
        printer.note(&format!(
            "the candles of the benchmark {} are from {} to {}: alpha, beta, information ratio and tracking error{} are of these bars",
            escape(&benchmark.symbol),
            format::time(first),
            format::time(last),
            if known.len() > 1 { format!(" of {}", format::counted(partly, "asset")) } else { String::new() },
        ));
    }
}
