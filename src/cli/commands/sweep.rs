//! `backtest sweep`: one strategy with a grid of parameters, on one asset or many.

use std::path::Path;

use crate::cache::Results;
use crate::cli::args::{OutputFormat, SweepArgs};
use crate::cli::commands::execution::{self, CacheUse};
use crate::cli::commands::report::named;
use crate::cli::commands::results::pages;
use crate::cli::commands::results::reproduce::Reproduction;
use crate::cli::commands::{Context, results};
use crate::cli::error::Error;
use crate::cli::output::progress::{Interrupts, ProgressBar};
use crate::cli::output::{format, heatmap, result_tables};
use crate::cli::settings::request::BacktestRequest;
use crate::cli::settings::{assets, cache, environment, strategies};
use crate::data::{Index, Known, escape};
use crate::engine::{
    self, BlockSink, BoundStrategy, FinishedBlock, GridPoints, KeyMaker, Plan, Ranking, SweepPoint, SweepSummary,
    SweepTop, Swept,
};
use crate::report;
use crate::report::html::{self, SweepPage, TestedRange};
use crate::report::json::Highlights;
use crate::report::stream::RowStream;
use crate::sim::metrics::{self, Outcome};
use crate::sim::strategy::Grid;
use crate::sim::{CacheState, RankSpread, Row, Summary, SweepGrid};

/// Rows shown by default.
const TOP: usize = 20;
/// Larger sweeps ask for `--yes`: at the speeds of the day this is a minute or more.
const LARGE: u64 = 100_000_000;

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the others are printed, assets that failed, a file that could not be written, a signal.
pub(crate) fn run(args: &SweepArgs, context: &Context) -> Result<(), Error> {
    let config = &context.config;
    let request = context.request(&args.backtest)?;
    let selection = context.ranking(&args.ranking)?;
    let name = strategies::required(args.strategy.as_deref())?;
    context.note_local_strategies(std::slice::from_ref(&name));
    let (bound, points) = points(&name, args)?;
    let cached = cache::open(&args.backtest, &context.global, config)?;
    let plan = plan(args, context, &request, bound)?;
    check_out(request.out.as_deref())?;
    pages::check(args.pictures.report.as_deref())?;
    let outputs = [("--out", request.out.as_deref()), ("--report", args.pictures.report.as_deref())];
    results::check_outputs(&outputs, &results::inputs(&plan, std::slice::from_ref(&name), context))?;
    let total = points.count().saturating_mul(plan.assets.len() as u64);
    if args.dry_run {
        return context.printer.data(&dry_run(&plan, &points, &cached)?);
    }
    if total > LARGE && !args.yes {
        return Err(Error::usage(format!(
            "{} combinations{}; add --yes to do it, or --random N to compute only N of them",
            format::count(total),
            time_in_words(&plan, &points).map_or_else(String::new, |time| format!(", about {time}")),
        )));
    }
    sweep(&plan, &points, cached, &selection, &request, args, context)
}

/// The strategy and its grid.
fn points(name: &str, args: &SweepArgs) -> Result<(BoundStrategy, GridPoints), Error> {
    let mut strategy = strategies::load(name.trim())?;
    let given = strategies::given(&args.backtest)?;
    if given.is_empty() {
        let example = strategy.params.first().map_or("period=5..30".to_owned(), |param| {
            format!("{}={}..{}", param.name, param.default, param.default + 20.0)
        });
        return Err(Error::usage(format!(
            "a sweep needs parameters to vary, as in: backtest sweep --strategy {name} --param {example} (values of one \
             parameter, several --param make a grid); for the defaults alone there is backtest run"
        )));
    }
    let given = strategies::with_exits(&mut strategy, &given)?;
    let grid = Grid::new(&strategy, &given).map_err(|error| Error::usage(format!("--param: {error}")))?;
    let values = strategy.defaults();
    let points = match args.random {
        Some(0) => return Err(Error::usage("--random is 0, which would compute nothing")),
        Some(count) if count < grid.points() => GridPoints::Sample { grid, count, seed: args.seed },
        _ => GridPoints::All(grid),
    };
    Ok((BoundStrategy { strategy, values }, points))
}

fn plan(args: &SweepArgs, context: &Context, request: &BacktestRequest, bound: BoundStrategy) -> Result<Plan, Error> {
    let folder = &context.data_dir;
    let assets = assets::many(&args.assets, folder, request.interval)?;
    let assets = assets::long_enough(assets, args.assets.min_bars, request, context.printer)?;
    Ok(request.plan(assets, vec![bound], false))
}

/// A grid is streamed, and JSON cannot be.
fn check_out(out: Option<&Path>) -> Result<(), Error> {
    match out {
        Some(path) if path.extension().is_some_and(|ext| ext == "json") => Err(Error::usage(format!(
            "--out {}: a sweep writes each row as soon as it is computed, to .csv or .parquet; --format json prints the best",
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// The summary of a sweep's points, and the file of all of them.
struct RowSink<'a> {
    summary: SweepSummary<'a>,
    stream: Option<RowStream>,
    plan: &'a Plan,
}

impl BlockSink for RowSink<'_> {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        self.summary.accept(finished)?;
        if let Some(stream) = &mut self.stream {
            let rows = finished.block.open().zip(finished.outcomes);
            let rows = rows.map(|(values, outcome)| (values.clone(), outcome.metrics));
            if let Some(first) = finished.outcomes.first() {
                let asset = asset_row(self.plan, finished.asset, first, finished.cache);
                stream.add(&asset, rows).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}

fn sweep(
    plan: &Plan,
    points: &GridPoints,
    results: Results,
    selection: &Ranking,
    request: &BacktestRequest,
    args: &SweepArgs,
    context: &Context,
) -> Result<(), Error> {
    let names = plan.param_names();
    let unwritten = |path: &Path, error: &dyn std::fmt::Display| {
        Error::failed(format!("--out {}: {error}; nothing was written under that name", path.display()))
    };
    // From before there is a file: a signal must not leave half of one.
    let signals = Interrupts::listen();
    let stream = |path: &Path| RowStream::create(path, &names).map_err(|error| unwritten(path, &error));
    let stream = request.out.as_deref().map(stream).transpose()?;
    let top = selection.top().unwrap_or(TOP);
    let summary = SweepSummary::new(selection, top, cube(args, plan, points, selection));
    let mut rows = RowSink { summary, stream, plan };
    let mut index = Index::open(environment::cache_dir().as_deref());
    let bar = ProgressBar::stoppable(context.printer, "combinations", signals.clone());
    let Swept { summary, known, ended } = engine::sweep(plan, points, &results, &mut index, &bar, &mut rows);
    index.save();
    let is_storing = results.is_storing();
    let report = results.finish();
    execution::tell_resampled(&plan.assets, context);
    execution::tell(&known, context);
    execution::warn_of_cache(report.warning.as_deref(), context);
    let cache = CacheUse { absent: report.absent };
    let (mut shown, stream) = (rows.summary.finish(), rows.stream);
    match ended {
        Some(Some(why)) => {
            let path = request.out.as_deref().unwrap_or(Path::new("-"));
            return Err(unwritten(path, &why));
        }
        Some(None) => {
            context.printer.note(if is_storing {
                "stopped; what was computed is in the cache where it was worth storing, so that running this again goes on from there"
            } else {
                "stopped; nothing of it is cached"
            });
            return Err(Error::Interrupted(signals.came().unwrap_or(2)));
        }
        None => {}
    }
    if let (Some(stream), Some(path)) = (stream, &request.out) {
        stream.finish().map_err(|error| unwritten(path, &error))?;
    }
    let text = printed(plan, points, &shown, (&summary, &cache), selection, request.format, context)?;
    let best: Vec<Row> = shown.best.iter().map(|point| row(plan, &KeyMaker::new(plan), point)).collect();
    let map = draw(args, plan, (shown.grid.take(), &best), (&summary, &known), selection, context)?;
    let map = if request.format == OutputFormat::Table && !map.is_empty() { map + "\n" } else { String::new() };
    context.printer.data(&(map + &text))?;
    for failed in &summary.failed {
        context.printer.error(&failed.reason);
    }
    if summary.failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

fn printed(
    plan: &Plan,
    points: &GridPoints,
    shown: &SweepTop,
    (summary, cache): (&Summary, &CacheUse),
    selection: &Ranking,
    format: OutputFormat,
    context: &Context,
) -> Result<String, Error> {
    let keyring = KeyMaker::new(plan);
    let row = |point: &SweepPoint| row(plan, &keyring, point);
    let best: Vec<Row> = shown.best.iter().map(row).collect();
    let (median, worst) = (shown.median.as_ref().map(row), shown.worst.as_ref().map(row));
    let SweepTop { never_traded, few_trades, .. } = *shown;
    let all = RankSpread { median: median.as_ref(), worst: worst.as_ref(), never_traded, few_trades };
    Ok(match format {
        OutputFormat::Json => {
            let highlights = Highlights { sort: selection.sort(), best: best.first(), all: Some(all) };
            report::json::batch(&best, summary, &highlights)
        }
        OutputFormat::Csv => results::as_text(report::csv::rows(&best, &plan.param_names()))?,
        OutputFormat::Table => {
            let why = if best.is_empty() { nothing(plan, points, summary, selection) } else { String::new() };
            let table = result_tables::ranking(&best, &all, &[], selection.sort(), context.printer);
            why + &table
                + &totals(summary, cache)
                + &result_tables::trades_remark(&all, selection.by.min_trades, "combination")
        }
    })
}

/// Why there is no best.
fn nothing(plan: &Plan, points: &GridPoints, summary: &Summary, selection: &Ranking) -> String {
    let computed = summary.hits + summary.misses;
    if let Some(condition) = selection.condition().filter(|_| computed > 0) {
        let what = format::counted(computed, "combination");
        return format!("None of {what} fulfils --where '{}'.\n", escape(condition));
    }
    let first = points.block(0).into_iter().next();
    let broken = first.and_then(|values| plan.strategies[0].strategy.check_require(&values).err());
    match broken.filter(|_| summary.skipped > 0) {
        Some(broken) => format!("No result to show; every combination is skipped like the first: {broken}.\n"),
        None => "No result to show.\n".to_owned(),
    }
}

fn row(plan: &Plan, keyring: &KeyMaker, point: &SweepPoint) -> Row {
    let names = plan.strategies[0].strategy.params.iter().map(|param| param.name.clone());
    Row {
        params: names.zip(point.values.iter().copied()).collect(),
        key: keyring.point(plan, &point.candles, &point.values).to_string(),
        ..asset_row(plan, point.asset, &point.outcome, point.cache)
    }
}

/// A row without what tells points of an asset apart.
fn asset_row(plan: &Plan, asset: usize, outcome: &Outcome, cache: CacheState) -> Row {
    Row {
        symbol: plan.assets[asset].symbol.clone(),
        interval: plan.interval,
        strategy: plan.strategies[0].strategy.name.clone(),
        params: Vec::new(),
        settings: plan.settings,
        outcome: outcome.clone(),
        trades: None,
        cache,
        key: String::new(),
        elapsed_ms: 0.0,
    }
}

/// The line below the table.
fn totals(summary: &Summary, cache: &CacheUse) -> String {
    let computed = summary.hits + summary.misses;
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let rate = summary.misses as f64 / summary.elapsed_ms.max(0.001) * 1000.0;
    format!(
        "{} on {}: {}, {} computed ({}/s), {}, {} failed, in {}\n",
        format::counted(computed, "combination"),
        format::counted(summary.assets, "asset"),
        cache.of_hits(summary.hits),
        format::count(summary.misses as u64),
        format::grouped(rate, 0),
        skipped(summary),
        format::counted(summary.failed.len(), "asset"),
        format::duration(summary.elapsed_ms),
    )
}

/// How many points were not computed, and why.
fn skipped(summary: &Summary) -> String {
    let [require, indicators] =
        [summary.broken, summary.skipped - summary.broken].map(|count| format::count(count as u64));
    match (summary.broken, summary.skipped - summary.broken) {
        (0, 0) => "none skipped".to_owned(),
        (_, 0) => format!("{require} skipped by the strategy's require"),
        (0, _) => format!("{indicators} skipped because an indicator does not take their values"),
        _ => format!(
            "{require} skipped by the strategy's require and {indicators} because an indicator does not take their values"
        ),
    }
}

/// Points that are timed.
const TIMED: usize = 256;
/// Blocks for which the cache is asked.
const ASKED: u64 = 64;

/// The text of `--dry-run`.
///
/// # Errors
/// When the first asset's candles cannot be used.
fn dry_run(plan: &Plan, points: &GridPoints, results: &Results) -> Result<String, Error> {
    let total = points.count().saturating_mul(plan.assets.len() as u64);
    let probe = engine::estimate_sweep(plan, points, results, TIMED, ASKED).map_err(Error::failed)?;
    let seconds = seconds(plan, &probe, total);
    let cached = match probe.asked {
        0 => "nothing: blocks this small are computed faster than fetched".to_owned(),
        asked => format!("{} of {} looked for", probe.cached, format::counted(asked, "block")),
    };
    Ok(format!(
        "combinations  {} ({} points on {})\nblocks        {}\nin the cache  {cached}\ntime          about {} on {}\nmemory        about {}, whatever the number of combinations\n",
        format::count(total),
        format::count(points.count()),
        format::counted(plan.assets.len(), "asset"),
        format::count(points.blocks().saturating_mul(plan.assets.len() as u64)),
        format::duration(seconds * 1000.0),
        format::counted(plan.threads, "thread"),
        format::bytes(probe.bytes),
    ))
}

/// How long the whole sweep would take, in words; nothing where the candles cannot be used.
#[must_use]
fn time_in_words(plan: &Plan, points: &GridPoints) -> Option<String> {
    let total = points.count().saturating_mul(plan.assets.len() as u64);
    let probe = engine::estimate_sweep(plan, points, &Results::off(), TIMED, 0).ok()?;
    Some(format::duration(seconds(plan, &probe, total) * 1000.0))
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn seconds(plan: &Plan, probe: &engine::SweepEstimate, total: u64) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(plan.threads);
    probe.seconds_per_point * total as f64 / cores as f64
}

/// What gathers the points, if a picture is wanted.
#[must_use]
fn cube(args: &SweepArgs, plan: &Plan, points: &GridPoints, selection: &Ranking) -> Option<SweepGrid> {
    if args.pictures.report.is_none() && !args.pictures.chart {
        return None;
    }
    let (grid, sample) = points.grid();
    Some(SweepGrid::new(plan.param_names(), grid.values(), plan.assets.len(), sample, selection.by))
}

/// Writes the page, and gives the map for the terminal: empty where none is wanted.
///
/// # Errors
/// When the page cannot be written.
fn draw(
    args: &SweepArgs,
    plan: &Plan,
    (cube, best): (Option<SweepGrid>, &[Row]),
    (summary, known): (&Summary, &[(String, Known)]),
    selection: &Ranking,
    context: &Context,
) -> Result<String, Error> {
    let Some(mut cube) = cube else { return Ok(String::new()) };
    if let Some(path) = &args.pictures.report {
        if args.random.is_none() {
            keep_near(&mut cube, plan);
        }
        let folder = &context.data_dir;
        let origin = Reproduction::of(plan, folder);
        let name = strategies::required(args.strategy.as_deref())?;
        let assets: Vec<String> = plan.assets.iter().map(|entry| entry.symbol.clone()).collect();
        let swept: Vec<String> = known.iter().map(|(symbol, _)| symbol.clone()).collect();
        let mut notes = pages::notes(known.iter().any(|(_, known)| known.synthetic));
        if args.ranking.filter.is_some() {
            notes.push(
                "Only the table of the best goes by --where; map, ring and neighbours are of all points.".to_owned(),
            );
        }
        let page = html::sweep(&SweepPage {
            title: format!("{} {} · {}", named(&swept), plan.interval, plan.strategies[0].strategy.name),
            commands: assets.iter().map(|symbol| origin.start(symbol, &name)).collect(),
            assets,
            cube: &cube,
            sort: selection.sort(),
            top: best,
            computed: summary.hits + summary.misses,
            skipped: if summary.skipped > 0 { skipped(summary) } else { String::new() },
            span: TestedRange::of(known.iter().map(|(_, known)| (known.start, known.end, known.bars))),
            failed: &summary.failed,
            settled: true,
            notes,
        });
        pages::write("--report", path, &page)?;
    }
    let metric = &metrics::TABLE[metrics::find(selection.sort()).unwrap_or(0)];
    Ok(if args.pictures.chart { heatmap::sweep(&cube, metric, context.printer) } else { String::new() })
}

/// Lets a thinned grid hold the neighbours of its best. They were computed, but are not at hand any more: a few points
/// are soon computed again. Where that fails, the best stands alone.
fn keep_near(cube: &mut SweepGrid, plan: &Plan) {
    let Some((asset, near)) = cube.missing_neighbours() else { return };
    for (values, outcome) in engine::recompute_points(plan, asset, near).unwrap_or_default() {
        cube.hold(asset, &values, &outcome.metrics);
    }
}
