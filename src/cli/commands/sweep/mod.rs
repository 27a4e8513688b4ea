//! `backtest sweep`: strategies, each with a grid of parameters, on one asset or many.

mod estimate;
mod output;
mod pictures;
pub(super) mod shards;

use std::path::Path;

pub(super) use self::estimate::dry_run;
use self::estimate::time_in_words;
use self::output::{SweepOutput, row, totals};
use self::pictures::SweepPictures;
use crate::args::options::STRATEGY;
use crate::args::{OutputFormat, SweepArgs, SweepCommandArgs};
use crate::cache::Results;
use crate::commands::execution::{self, CacheUse};
use crate::commands::results::pages;
use crate::commands::{Context, results};
use crate::data::Index;
use crate::engine::{
    self, BlockSequence, BoundStrategy, GridPoints, HonestyCollector, KeyMaker, Plan, Ranking, SweepPoint,
    SweepSummary, Swept,
};
use crate::error::Error;
use crate::output::format;
use crate::output::luck::SweepLuck;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::output::sweep_rows::{RowFile, RowSink};
use crate::report;
use crate::settings::file::in_command;
use crate::settings::request::BacktestRequest;
use crate::settings::{assets, benchmark, cache, environment, strategies};
use crate::sim::Row;
use crate::sim::metrics::Detail;
use crate::sim::strategy::{Grid, ParamArg, Strategy};

/// Rows shown by default.
const TOP: usize = 20;
/// Larger sweeps ask for `--yes`: at the speeds of the day this is a minute or more.
const LARGE: u64 = 100_000_000;

/// Runs it, whole or in shards.
///
/// # Errors
/// As [`run`], or as what is done with shards.
pub(crate) fn run_command(args: &SweepCommandArgs, context: &Context) -> Result<(), Error> {
    match &args.shards {
        None => run(&args.sweep, context),
        Some(command) => shards::run(command, context),
    }
}

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the others are printed, assets that failed, a file that could not be written, a signal.
fn run(args: &SweepArgs, context: &Context) -> Result<(), Error> {
    let config = &context.config;
    let request = context.request(&args.backtest)?;
    let selection = context.ranking(&args.ranking)?;
    let names = names(&args.strategy)?;
    context.note_local_strategies(&names);
    let (bound, points) = points(&names, args, context)?;
    let cached = cache::open(&args.backtest, &context.global, config)?;
    let mut plan = plan(args, context, &request, &selection, bound)?;
    plan.cover(points.iter().map(|points| points.grid().0));
    check_out(request.out.as_deref())?;
    pages::check(args.pictures.report.as_deref())?;
    let outputs = [("--out", request.out.as_deref()), ("--report", args.pictures.report.as_deref())];
    let inputs = results::inputs(&plan, &names, context).into_iter().chain(assets::lists(&args.assets));
    results::check_outputs(&outputs, &inputs.collect::<Vec<_>>())?;
    let total = combinations(&plan, &points);
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
    let sweep = Sweep { plan: &plan, points: &points, names: &names, selection: &selection, args, context };
    sweep.run(cached, &request)
}

/// The strategies that are named, at least one.
pub(super) fn names(given: &[String]) -> Result<Vec<String>, Error> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    match in_command(&STRATEGY, None) {
        Some(given) => Ok(given.text.split(',').map(str::to_owned).collect()),
        None => strategies::required(None).map(|name| vec![name]),
    }
}

/// The strategies, each with its points: its own grid of those parameters that it has.
fn points(
    names: &[String],
    args: &SweepArgs,
    context: &Context,
) -> Result<(Vec<BoundStrategy>, Vec<GridPoints>), Error> {
    let given = strategies::given(&args.backtest, &context.config)?;
    if !given.iter().any(|arg| arg.values.len() > 1) && !strategies::is_any_given(&args.backtest) {
        let first = strategies::load(names[0].trim())?;
        let example = first.params.first().map_or("period=5..30".to_owned(), |param| {
            format!("{}={}..{}", param.name, param.default, param.default + 20.0)
        });
        return Err(Error::usage(format!(
            "a sweep needs parameters to vary, as in: backtest sweep --strategy {} --param {example} (values of one \
             parameter, several --param make a grid); for the defaults alone there is backtest run",
            names.join(",")
        )));
    }
    let (bound, grids) = grids(execution::with_params(names, &given)?)?;
    Ok((bound, sampled(grids, args.random, args.seed)?))
}

/// All points of these grids, or so many of them, drawn by this seed.
pub(super) fn sampled(grids: Vec<Grid>, random: Option<u64>, seed: u64) -> Result<Vec<GridPoints>, Error> {
    match random {
        Some(0) => Err(Error::usage("--random is 0, which would compute nothing")),
        random => Ok(chosen(grids, random, seed)),
    }
}

/// The grid of each strategy, of those of these parameters that it has.
pub(super) fn grids(strategies: Vec<(Strategy, Vec<ParamArg>)>) -> Result<(Vec<BoundStrategy>, Vec<Grid>), Error> {
    let (mut bound, mut grids) = (Vec::new(), Vec::new());
    for (strategy, own) in strategies {
        let own: Vec<ParamArg> = own.into_iter().filter(|arg| strategy.param_index(&arg.name).is_ok()).collect();
        grids.push(Grid::new(&strategy, &own).map_err(|error| Error::usage(format!("--param: {error}")))?);
        bound.push(BoundStrategy { values: strategy.defaults(), strategy });
    }
    Ok((bound, grids))
}

/// All points of the grids, or a sample.
fn chosen(grids: Vec<Grid>, random: Option<u64>, seed: u64) -> Vec<GridPoints> {
    match random {
        None => grids.into_iter().map(GridPoints::All).collect(),
        Some(count) => sample(grids, count, seed),
    }
}

/// So many points of all grids, of each in proportion to its size and one at least.
fn sample(grids: Vec<Grid>, count: u64, seed: u64) -> Vec<GridPoints> {
    let all: u128 = grids.iter().map(|grid| u128::from(grid.points())).sum();
    let mut before = 0_u128;
    let one = |grid: Grid| {
        let share = |points: u128| u64::try_from(points * u128::from(count) / all).unwrap_or(u64::MAX);
        let from = share(before);
        before += u128::from(grid.points());
        let count = (share(before) - from).max(1);
        if count < grid.points() { GridPoints::Sample { grid, count, seed } } else { GridPoints::All(grid) }
    };
    grids.into_iter().map(one).collect()
}

/// Points of all strategies on all assets.
pub(super) fn combinations(plan: &Plan, points: &[GridPoints]) -> u64 {
    let points = points.iter().fold(0_u64, |all, points| all.saturating_add(points.count()));
    points.saturating_mul(plan.assets.len() as u64)
}

fn plan(
    args: &SweepArgs,
    context: &Context,
    request: &BacktestRequest,
    selection: &Ranking,
    bound: Vec<BoundStrategy>,
) -> Result<Plan, Error> {
    check_detail(selection)?;
    if selection.detail() == Detail::Sums && args.backtest.benchmark.is_some() {
        context.printer.note("--benchmark changes nothing here: no metric of --sort or --where compares with it");
    }
    let folder = &context.data_dir;
    let assets = assets::selected(&args.assets, request, context.printer)?;
    let mut plan = request.plan(assets, bound, false)?;
    plan.segments = (!args.luck.no_honesty).then(|| engine::honesty_segments(args.luck.pbo_blocks));
    execution::note_unused_detail(&plan, context);
    benchmark::measured_sweep(plan, selection.detail(), request.benchmark.as_ref(), folder)
}

/// A sweep keeps sums and no returns: what is made of all of them at once would take the memory of all of them.
fn check_detail(selection: &Ranking) -> Result<(), Error> {
    let Some(metric) = selection.metrics().find(|metric| metric.detail() == Detail::AllReturns) else {
        return Ok(());
    };
    let option = if metric.name == selection.sort() { "--sort" } else { "--where" };
    Err(Error::usage(format!(
        "{option}: {} is made of the returns of all bars at once, which a sweep does not keep; choose another metric, such as max_drawdown or ulcer_index, and see {} of single combinations with backtest run",
        metric.name, metric.name
    )))
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

/// A sweep that is to be done, with all that was asked of it.
struct Sweep<'a> {
    plan: &'a Plan,
    /// Of each strategy.
    points: &'a [GridPoints],
    /// The strategies as they were named.
    names: &'a [String],
    selection: &'a Ranking,
    args: &'a SweepArgs,
    context: &'a Context,
}

impl Sweep<'_> {
    fn run(&self, results: Results, request: &BacktestRequest) -> Result<(), Error> {
        let Self { plan, points, names, selection, args, context } = *self;
        let unwritten = |path: &Path, error: &dyn std::fmt::Display| {
            Error::failed(format!("--out {}: {error}; nothing was written under that name", path.display()))
        };
        // From before there is a file: a signal must not leave half of one.
        let signals = Interrupts::listen();
        let file = |path: &Path| RowFile::create(path, plan, points).map_err(|error| unwritten(path, &error));
        let file = request.out.as_deref().map(file).transpose()?;
        let pictures = SweepPictures { plan, points, names, selection, args, context };
        let (top, all) = (selection.top().unwrap_or(TOP), BlockSequence::new(points, plan.assets.len()).points());
        let summary = SweepSummary::new(plan, selection, top, all, pictures.grids());
        let honesty = (!args.luck.no_honesty).then(|| HonestyCollector::new(plan, points, &results));
        let mut rows = RowSink { summary, honesty, file };
        let mut index = Index::open(environment::cache_dir().as_deref());
        let bar = ProgressBar::stoppable(context.printer, "combinations", signals.clone());
        let Swept { summary, known, ended } =
            engine::sweep_strategies(plan, points, &results, &mut index, &bar, &mut rows);
        index.save();
        let (mut shown, file) = (rows.summary.finish(), rows.file);
        let honesty = rows.honesty.filter(|_| ended.is_none()).zip(shown.best.first());
        let honesty = honesty.map(|(collector, best)| collector.finish(points, best));
        let bar = ProgressBar::stoppable(context.printer, "combinations", signals.clone());
        let check = |best: &SweepPoint| engine::reality_check(plan, points, (best.asset, best.outcome.bars), &bar);
        let best = shown.best.first().filter(|_| ended.is_none() && args.luck.reality_check);
        let (reality_check, unchecked) = match best.map(check) {
            None => (None, None),
            Some(Ok(found)) => (Some(found), None),
            Some(Err(why)) => (None, Some(why)),
        };
        let luck = SweepLuck { honesty, reality_check };
        let is_storing = results.is_storing();
        let report = results.finish();
        execution::tell_resampled(&plan.assets, context);
        execution::tell(&known, context);
        benchmark::tell(plan, &known, context.printer);
        execution::tell_undefined_points(plan, points, &known, context);
        execution::warn_of_cache(report.warning.as_ref(), context);
        let cache = CacheUse { absent: report.absent };
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
        if let (Some(file), Some(path)) = (file, &request.out) {
            let metadata = luck.honesty.as_ref().map(|honesty| ("honesty", report::json::honesty(honesty)));
            file.into_stream().0.finish_with(metadata).map_err(|error| unwritten(path, &error))?;
        }
        let output = SweepOutput { plan, points, selection, context };
        let text = output.printed(&shown, &luck, (&summary, totals(&summary, &cache)), request.format)?;
        let key_maker = KeyMaker::new(plan);
        let best: Vec<Row> = shown.best.iter().map(|point| row(plan, &key_maker, point)).collect();
        let median = shown.median.as_ref().map(|point| row(plan, &key_maker, point));
        let grids = std::mem::take(&mut shown.grids);
        let map = pictures.draw(grids, (&best, median.as_ref()), &luck, (&summary, &known))?;
        let map = if request.format == OutputFormat::Table && !map.is_empty() { map + "\n" } else { String::new() };
        context.printer.data(&(map + &text))?;
        if request.format == OutputFormat::Csv {
            for line in luck.lines() {
                context.printer.note(&line);
            }
        }
        let errors: Vec<&String> = summary.failed.iter().map(|failed| &failed.reason).chain(&unchecked).collect();
        for error in &errors {
            context.printer.error(error);
        }
        match signals.came().filter(|_| unchecked.is_some()) {
            Some(signal) => Err(Error::Interrupted(signal)),
            None if errors.is_empty() => Ok(()),
            None => Err(Error::Reported),
        }
    }
}
