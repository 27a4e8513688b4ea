//! `cache warm`: computes and stores what is missing, so that others find it.

use serde_json::json;

use crate::args::{OutputFormat, WarmArgs};
use crate::cache::CacheReport;
use crate::commands::cache::{Connection, grids, refuse, tell_failed};
use crate::commands::{Context, execution};
use crate::data::Index;
use crate::engine::{self, BlockSink, FinishedBlock, GridPoints, Plan, Swept};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::report;
use crate::settings::{assets, benchmark, cache, environment, strategies};
use crate::sim::Summary;

/// Runs it.
///
/// # Errors
/// A wrong request, no cache, values that could not be stored, assets that failed.
pub(super) fn run(args: &WarmArgs, context: &Context) -> Result<(), Error> {
    refuse("warm", &args.backtest, &["--refresh", "--ttl"])?;
    let config = &context.config;
    let request = context.request(&args.backtest)?;
    let names = execution::names(&args.strategy, config)?;
    context.note_local_strategies(&names);
    let given = strategies::given(&args.backtest, config)?;
    let grids = grids(&names, &given)?;
    if grids.is_some() && args.trades {
        return Err(Error::usage("--trades has no meaning for a grid, of which no trades are stored"));
    }
    let (strategies, points) = match grids {
        Some((strategies, points)) => (strategies, Some(points)),
        None => (execution::bind(&names, &given)?, None),
    };
    let cache = Connection::of(context)?;
    let results = cache::open_patiently(&args.backtest, &context.global, config)?;
    let assets = assets::selected(&args.assets, &request, context.printer)?;
    let mut plan = request.plan(assets, strategies, args.trades)?;
    // What a sweep says of its best needs them.
    plan.segments = points.is_some().then(|| engine::honesty_segments(engine::DEFAULT_BLOCKS));
    plan.cover(points.iter().flatten().map(|points| points.grid().0));
    let plan = benchmark::measured(plan, request.benchmark.as_ref(), &context.data_dir)?;
    // Rather now than after an hour of computing.
    cache.open()?.ping().map_err(Error::failed)?;
    let mut index = Index::open(environment::cache_dir().as_deref());
    let (summary, known, stopped) = if let Some(points) = &points {
        sweep(&plan, points, &results, &mut index, context)
    } else {
        let bar = ProgressBar::new(context.printer, "assets");
        let done = engine::run_batch(&plan, &results, &mut index, &bar);
        (done.summary, done.known, None)
    };
    index.save();
    let report = results.finish();
    execution::tell(&known, context);
    match &points {
        Some(points) => execution::tell_undefined_points(&plan, points, &known, context),
        None => execution::tell_undefined(&plan, &known, context),
    }
    if let Some(signal) = stopped {
        context.printer.note("stopped; what was computed is stored, so that running this again goes on from there");
        return Err(Error::Interrupted(signal));
    }
    context.printer.data(&told(&summary, &report, points.is_some(), request.format)?)?;
    if points.is_some() && report.stored == 0 && summary.misses > 0 && report.warning.is_none() {
        context
            .printer
            .note("parts of a grid this small are computed faster than they are fetched, and are not stored");
    }
    if let Some(warning) = &report.warning {
        context.printer.error(&format!("{}; not everything is stored", warning.failure));
        let _ = tell_failed(&summary.failed, context);
        return Err(Error::Reported);
    }
    tell_failed(&summary.failed, context)
}

/// Nobody looks at the points: they are stored, and that is all.
struct NoSink;

impl BlockSink for NoSink {
    fn accept(&mut self, _: &FinishedBlock<'_>) -> Result<(), String> {
        Ok(())
    }
}

type Warmed = (Summary, Vec<(String, crate::data::Known)>, Option<u8>);

fn sweep(
    plan: &Plan,
    points: &[GridPoints],
    results: &crate::cache::Results,
    index: &mut Index,
    context: &Context,
) -> Warmed {
    let signals = Interrupts::listen();
    let bar = ProgressBar::stoppable(context.printer, "combinations", signals.clone());
    let Swept { summary, known, ended } = engine::sweep_strategies(plan, points, results, index, &bar, &mut NoSink);
    (summary, known, ended.map(|_| signals.came().unwrap_or(2)))
}

fn told(summary: &Summary, report: &CacheReport, is_grid: bool, format: OutputFormat) -> Result<String, Error> {
    let Summary { assets, strategies, hits, misses, failed, elapsed_ms, .. } = summary;
    Ok(match format {
        OutputFormat::Table => {
            let what = if is_grid { "combination" } else { "result" };
            let blocks = || format::counted(count(report.stored), "block");
            let stored = if is_grid { blocks() } else { format::count(report.stored) };
            format!(
                "{} of {}: {} stored before, {} computed, {stored} stored now, {} failed, in {}\n",
                format::counted(hits + misses, what),
                format::counted(*assets, "asset"),
                format::count(*hits as u64),
                format::count(*misses as u64),
                format::counted(failed.len(), "asset"),
                format::duration(*elapsed_ms),
            )
        }
        OutputFormat::Json => {
            let failed: Vec<_> =
                failed.iter().map(|failed| json!({"symbol": failed.symbol, "reason": failed.reason})).collect();
            let document = json!({
                "assets": assets, "strategies": strategies, "stored_before": hits, "computed": misses,
                "stored": report.stored, "failed": failed, "elapsed_ms": elapsed_ms,
            });
            format!("{document:#}\n")
        }
        OutputFormat::Csv => {
            let numbers = [*assets, *strategies, *hits, *misses, count(report.stored), failed.len()];
            let names = ["assets", "strategies", "stored_before", "computed", "stored", "failed"];
            report::csv::lines(&names, [numbers.map(|number| number.to_string())]).map_err(Error::failed)?
        }
    })
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
