//! `backtest sweep`: one strategy with a grid of parameters, on one asset or many.

use std::path::Path;

use super::{Context, estimate, picture, shared};
use crate::cache::Results;
use crate::cli::args::{Format, SweepArgs};
use crate::cli::fault::Fault;
use crate::cli::progress::Bar;
use crate::cli::resolve::{self, Request};
use crate::cli::select::Selection;
use crate::cli::signals::Signals;
use crate::cli::sweep::{Gather, Point, Shown};
use crate::cli::{cache, pages, paths, strategies, tables, text};
use crate::data::{Index, escape};
use crate::engine::{self, Bound, Keyring, Plan, Points, Swept};
use crate::report::stream::Stream;
use crate::report::{self, Row, Summary};
use crate::sim::strategy::{Grid, ParamArg};

/// Rows shown where nobody says otherwise.
const TOP: usize = 20;
/// Larger sweeps ask for `--yes`: at the speeds of the day this is a minute or more.
const LARGE: u64 = 100_000_000;

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the others are printed, assets that failed, a file that could not be written, a signal.
pub fn run(args: &SweepArgs, context: &Context) -> Result<(), Fault> {
    let config = &context.config;
    let request = resolve::request(&args.backtest, config)?;
    let selection = Selection::new(&args.ranking, config)?;
    let (bound, points) = points(args)?;
    let results = cache::open(&args.backtest, &context.global, config)?;
    let plan = plan(args, context, &request, bound)?;
    check_out(request.out.as_deref())?;
    pages::check(args.pictures.report.as_deref())?;
    let total = points.count().saturating_mul(plan.assets.len() as u64);
    if args.dry_run {
        return context.printer.data(&estimate::dry_run(&plan, &points, &results)?);
    }
    if total > LARGE && !args.yes {
        return Err(Fault::wrong(format!(
            "{} combinations{}; add --yes to do it, or --random N to compute only N of them",
            text::count(total),
            estimate::time(&plan, &points).map_or_else(String::new, |time| format!(", about {time}")),
        )));
    }
    sweep(&plan, &points, results, &selection, &request, args, context)
}

/// The strategy and its grid.
fn points(args: &SweepArgs) -> Result<(Bound, Points), Fault> {
    let strategy = strategies::load(args.strategy.trim())?;
    let parse = |text: &String| text.parse::<ParamArg>().map_err(Fault::wrong);
    let given = args.backtest.params.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let grid = Grid::new(&strategy, &given).map_err(|error| Fault::wrong(format!("--param: {error}")))?;
    let values = strategy.defaults();
    let points = match args.random {
        Some(0) => return Err(Fault::wrong("--random is 0, which would compute nothing")),
        Some(count) if count < grid.points() => Points::Sample { grid, count, seed: args.seed },
        _ => Points::All(grid),
    };
    Ok((Bound { strategy, values }, points))
}

fn plan(args: &SweepArgs, context: &Context, request: &Request, bound: Bound) -> Result<Plan, Fault> {
    let folder = resolve::data_dir(&context.global, &context.config);
    Ok(request.plan(resolve::many(&args.assets, &folder, request.interval)?, vec![bound], false))
}

/// A grid is streamed, and JSON cannot be.
fn check_out(out: Option<&Path>) -> Result<(), Fault> {
    match out {
        Some(path) if path.extension().is_some_and(|ext| ext == "json") => Err(Fault::wrong(format!(
            "--out {}: a sweep writes every row as it comes, to .csv or .parquet; --format json prints the best",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn sweep(
    plan: &Plan,
    points: &Points,
    results: Results,
    selection: &Selection,
    request: &Request,
    args: &SweepArgs,
    context: &Context,
) -> Result<(), Fault> {
    let names = plan.param_names();
    let unwritten = |path: &Path, error: &dyn std::fmt::Display| {
        Fault::failed(format!("--out {}: {error}; nothing was written under that name", path.display()))
    };
    // From before there is a file: a signal must not leave half of one.
    let signals = Signals::listen();
    let stream = |path: &Path| {
        let strategy = &plan.strategies[0].strategy.name;
        Stream::create(path, &plan.interval.to_string(), strategy, &names).map_err(|error| unwritten(path, &error))
    };
    let stream = request.out.as_deref().map(stream).transpose()?;
    let symbols = plan.assets.iter().map(|entry| entry.symbol.clone()).collect();
    let top = args.ranking.top.or(context.config.top).unwrap_or(TOP);
    let mut gather = Gather::new(selection, top, symbols, stream, picture::cube(args, plan, points, selection));
    let mut index = Index::open(paths::cache_dir().as_deref());
    let bar = Bar::stoppable(context.printer, "combinations", signals.clone());
    let Swept { summary, known, ended } = engine::sweep(plan, points, &results, &mut index, &bar, &mut gather);
    index.save();
    let warning = results.finish().warning;
    shared::tell_resampled(&plan.assets, context);
    shared::tell(&known, context);
    shared::warn_of_cache(warning.as_deref(), context);
    let (mut shown, stream) = gather.shown();
    match ended {
        Some(Some(why)) => {
            let path = request.out.as_deref().unwrap_or(Path::new("-"));
            return Err(unwritten(path, &why));
        }
        Some(None) => {
            context.printer.note("stopped; what was computed is in the cache where it was worth storing, so that running this again goes on from there");
            return Err(Fault::Stopped(signals.came().unwrap_or(2)));
        }
        None => {}
    }
    if let (Some(stream), Some(path)) = (stream, &request.out) {
        stream.finish().map_err(|error| unwritten(path, &error))?;
    }
    let text = printed(plan, points, &shown, &summary, selection, request.format, context)?;
    let best: Vec<Row> = shown.best.iter().map(|point| row(plan, &Keyring::new(plan), point)).collect();
    let map = picture::draw(args, plan, (shown.cube.take(), &best), (&summary, &known), selection, context)?;
    let map = if request.format == Format::Table && !map.is_empty() { map + "\n" } else { String::new() };
    context.printer.data(&(map + &text))?;
    for failed in &summary.failed {
        context.printer.error(&failed.reason);
    }
    if summary.failed.is_empty() { Ok(()) } else { Err(Fault::Told) }
}

fn printed(
    plan: &Plan,
    points: &Points,
    shown: &Shown,
    summary: &Summary,
    selection: &Selection,
    format: Format,
    context: &Context,
) -> Result<String, Fault> {
    let keyring = Keyring::new(plan);
    let row = |point: &Point| row(plan, &keyring, point);
    let best: Vec<Row> = shown.best.iter().map(row).collect();
    Ok(match format {
        Format::Json => report::json::batch(&best, summary, best.first(), selection.sort()),
        Format::Csv => shared::text(report::csv::batch(&best, &plan.param_names()))?,
        Format::Table => {
            let others = [("median", &shown.median), ("worst", &shown.worst)];
            let others = others.into_iter().filter_map(|(label, point)| Some((label, row(point.as_ref()?)))).collect();
            let best_is_empty = best.is_empty();
            let table = tables::sweep(best, others, selection.sort(), context.printer);
            let why = if best_is_empty { nothing(plan, points, summary, selection) } else { String::new() };
            why + &table + &totals(summary)
        }
    })
}

/// Why there is no best.
fn nothing(plan: &Plan, points: &Points, summary: &Summary, selection: &Selection) -> String {
    let computed = summary.hits + summary.misses;
    if let Some(condition) = selection.condition().filter(|_| computed > 0) {
        let what = text::counted(computed, "combination");
        return format!("None of {what} fulfils --where '{}'.\n", escape(condition));
    }
    let first = points.block(0).into_iter().next();
    let broken = first.and_then(|values| plan.strategies[0].strategy.check_require(&values).err());
    match broken.filter(|_| summary.skipped > 0) {
        Some(broken) => format!("No result to show; every combination is skipped like the first: {broken}.\n"),
        None => "No result to show.\n".to_owned(),
    }
}

fn row(plan: &Plan, keyring: &Keyring, point: &Point) -> Row {
    let strategy = &plan.strategies[0].strategy;
    let names = strategy.params.iter().map(|param| param.name.clone());
    Row {
        symbol: plan.assets[point.asset].symbol.clone(),
        interval: plan.interval,
        strategy: strategy.name.clone(),
        params: names.zip(point.values.iter().copied()).collect(),
        settings: plan.settings,
        outcome: point.outcome.clone(),
        trades: None,
        cache: point.cache,
        key: keyring.point(plan, &point.identity, &point.values).to_string(),
        elapsed_ms: 0.0,
    }
}

/// The line below the table.
fn totals(summary: &Summary) -> String {
    let computed = summary.hits + summary.misses;
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let rate = summary.misses as f64 / summary.elapsed_ms.max(0.001) * 1000.0;
    format!(
        "{} on {}: {} from cache, {} computed ({}/s), {} skipped by the strategy's require, {} failed, in {}\n",
        text::counted(computed, "combination"),
        text::counted(summary.assets, "asset"),
        text::count(summary.hits as u64),
        text::count(summary.misses as u64),
        text::grouped(rate, 0),
        text::count(summary.skipped as u64),
        text::counted(summary.failed.len(), "asset"),
        text::duration(summary.elapsed_ms),
    )
}
