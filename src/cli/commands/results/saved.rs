//! Results from files: read, and where their candles and strategies are at hand, computed again with their history.

use std::path::Path;

use crate::commands::Context;
use crate::data::{CandleFile, Catalog, escape};
use crate::engine::{self, BoundStrategy, ExtraFiles, Plan, Replay, Warmup};
use crate::error::Error;
use crate::report::json::read::{self, SavedResults};
use crate::settings::environment::now;
use crate::settings::given::Given;
use crate::settings::{benchmark, other_assets, strategies};
use crate::sim::metrics::{self, Detail, Outcome};
use crate::sim::simd::Cpu;
use crate::sim::strategy::TRADE_KEYS;
use crate::sim::{EquityCurve, Row, TimeRange};

/// Larger files are no results of ours: a result is a few kilobytes, and its trades a few hundred bytes each.
const MOST_BYTES: u64 = 1 << 30;

/// Reads a document of results.
///
/// # Errors
/// A file that is not there, is too large, or is not what the program writes.
pub(crate) fn read(path: &Path) -> Result<SavedResults, Error> {
    let wrong = |what: &str| Error::usage(format!("{}: {what}", escape(&path.display().to_string())));
    let meta = std::fs::metadata(path).map_err(|error| wrong(&crate::output::format::unreadable(&error)))?;
    if !meta.is_file() || meta.len() > MOST_BYTES {
        return Err(wrong("is not a file, or is larger than 1 GiB; name what run or batch wrote with --out"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&crate::output::format::unreadable(&error)))?;
    read::document(&text).map_err(|what| wrong(&escape(&what)))
}

/// The plan that gives a saved result.
///
/// # Errors
/// Why it cannot be computed again here: no such strategy, parameters that it does not have, no such candles.
fn plan(row: &Row, warmup: Warmup, folder: &Path) -> Result<Plan, String> {
    let said = |fault: Error| fault.message().unwrap_or_default();
    let mut strategy = strategies::load(&row.strategy).map_err(said)?;
    for (name, value) in &row.params {
        if let Some(key) = TRADE_KEYS.iter().find(|key| key.name == name) {
            strategy.expose(key, *value);
        }
    }
    let values = strategy.resolve(&row.params).map_err(|error| error.to_string())?;
    let catalog = Catalog::with_shorter(folder, row.interval).map_err(|error| error.to_string())?;
    let entry: &CandleFile = catalog
        .entries()
        .iter()
        .find(|entry| entry.symbol == row.symbol)
        .ok_or_else(|| format!("there are no candles of it in {}", escape(&folder.display().to_string())))?;
    let assets = vec![entry.clone()];
    let extra = ExtraFiles::find(folder, row.interval, row.settings.detail, &assets)?;
    let mut plan = Plan {
        assets,
        strategies: Vec::new(),
        interval: row.interval,
        // Its last bar is the last that counts.
        range: TimeRange { from: Some(row.outcome.start), to: Some(row.outcome.end + 1) },
        warmup,
        settings: row.settings,
        benchmark: None,
        sweep_detail: Detail::Sums,
        segments: None,
        trades: false,
        last_bars: None,
        others: Vec::new(),
        extra,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        now: now(),
        cpu: Cpu::detect(),
    };
    plan.add(BoundStrategy { strategy, values });
    other_assets::read(&mut plan, folder).map_err(said)?;
    let benchmark = row.benchmark.as_deref().map(|symbol| Given::by_flag("--benchmark", symbol));
    benchmark::measured(plan, benchmark.as_ref(), folder).map_err(said)
}

/// The equity of a row of a file, which has no key, computed again; none where what is at hand here does not give the bars
/// and the final equity of the row.
#[must_use]
pub(crate) fn curve(row: &Row, context: &Context) -> Option<EquityCurve> {
    let plan = plan(row, Warmup::Bars(row.warmup_bars), &context.data_dir).ok()?;
    let replay = engine::replay(&plan, 0, 0).ok()?;
    let curve = EquityCurve::new(&replay.candles, replay.equity, row.settings.capital);
    let Outcome { start, end, bars, metrics: figures, .. } = row.outcome;
    let is_same = (*curve.time.first()?, *curve.time.last()?, curve.time.len() as u64) == (start, end, bars);
    let last = figures[metrics::find("final_equity")?]?;
    (is_same && curve.equity.last()?.to_bits() == last.to_bits()).then_some(curve)
}

/// A saved result again, with its plan and history; it must have the key that was saved.
///
/// # Errors
/// As [`plan`]; or why what is computed here is not what was saved.
pub(crate) fn again(row: &Row, context: &Context) -> Result<(Plan, Replay), String> {
    let folder = &context.data_dir;
    let bars = Warmup::Bars(row.warmup_bars);
    let mut plan = plan(row, bars, folder)?;
    let mut replay = engine::replay(&plan, 0, 0)?;
    // Of other assets there may be more bars before its own first one, which only a warm-up by all of them reads.
    if replay.key != row.key && !plan.others.is_empty() {
        plan.warmup = Warmup::All;
        replay = engine::replay(&plan, 0, 0)?;
    }
    if replay.key != row.key {
        return Err(format!(
            "its key is {}.., and its candles, rules and settings here give {}..: one of them has changed since, or another version made it",
            &row.key[..12],
            &replay.key[..12]
        ));
    }
    Ok((plan, replay))
}
