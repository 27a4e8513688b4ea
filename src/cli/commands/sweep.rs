//! `backtest sweep`: strategies, each with a grid of parameters, on one asset or many.

use std::path::Path;

use crate::cache::Results;
use crate::cli::args::options::STRATEGY;
use crate::cli::args::{OutputFormat, SweepArgs};
use crate::cli::commands::execution::{self, CacheUse};
use crate::cli::commands::report::named;
use crate::cli::commands::results::pages;
use crate::cli::commands::results::reproduce::{Reproduction, TestedBars};
use crate::cli::commands::{Context, results};
use crate::cli::error::Error;
use crate::cli::output::luck::SweepLuck;
use crate::cli::output::progress::{Interrupts, ProgressBar};
use crate::cli::output::{format, heatmap, result_tables};
use crate::cli::settings::file::in_command;
use crate::cli::settings::request::BacktestRequest;
use crate::cli::settings::{assets, benchmark, cache, environment, strategies};
use crate::data::{Index, Known, escape};
use crate::engine::{
    self, BlockSink, BoundStrategy, FinishedBlock, GridPoints, HonestyCollector, KeyMaker, Plan, Ranking,
    SweepEstimate, SweepPoint, SweepSummary, SweepTop, Swept,
};
use crate::report;
use crate::report::html::{self, SweepPage, Tested, TestedRange};
use crate::report::json::Highlights;
use crate::report::stream::RowStream;
use crate::sim::metrics::{self, Detail, Outcome};
use crate::sim::strategy::{Grid, ParamArg};
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
    let names = names(args)?;
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
fn names(args: &SweepArgs) -> Result<Vec<String>, Error> {
    if !args.strategy.is_empty() {
        return Ok(args.strategy.clone());
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
    let mut bound = Vec::new();
    let mut grids = Vec::new();
    for (strategy, own) in execution::with_params(names, &given)? {
        let own: Vec<ParamArg> = own.into_iter().filter(|arg| strategy.param_index(&arg.name).is_ok()).collect();
        grids.push(Grid::new(&strategy, &own).map_err(|error| Error::usage(format!("--param: {error}")))?);
        bound.push(BoundStrategy { values: strategy.defaults(), strategy });
    }
    let points = match args.random {
        None => grids.into_iter().map(GridPoints::All).collect(),
        Some(0) => return Err(Error::usage("--random is 0, which would compute nothing")),
        Some(count) => sample(grids, count, args.seed),
    };
    Ok((bound, points))
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
fn combinations(plan: &Plan, points: &[GridPoints]) -> u64 {
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

/// The summary of a sweep's points, and the file of all of them.
struct RowSink<'a> {
    summary: SweepSummary<'a>,
    /// How much of the best may be luck, where that is wanted.
    honesty: Option<HonestyCollector<'a>>,
    stream: Option<RowStream>,
    plan: &'a Plan,
    /// For each strategy, where its parameters stand among those of all.
    places: Vec<Vec<usize>>,
    width: usize,
}

impl<'a> RowSink<'a> {
    fn new(summary: SweepSummary<'a>, stream: Option<RowStream>, plan: &'a Plan) -> Self {
        let names = plan.param_names();
        let place = |name: &String| names.iter().position(|other| other == name).unwrap_or_default();
        let of = |bound: &BoundStrategy| bound.strategy.params.iter().map(|param| place(&param.name)).collect();
        Self {
            summary,
            honesty: None,
            stream,
            plan,
            places: plan.strategies.iter().map(of).collect(),
            width: names.len(),
        }
    }

    /// The values of a strategy in the columns of all; not a number where it has no such parameter.
    fn in_columns(&self, strategy: usize, values: &[f64]) -> Vec<f64> {
        let mut all = vec![f64::NAN; self.width];
        for (place, value) in self.places[strategy].iter().zip(values) {
            all[*place] = *value;
        }
        all
    }
}

impl BlockSink for RowSink<'_> {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        self.summary.accept(finished)?;
        if let Some(honesty) = &mut self.honesty {
            honesty.accept(finished);
        }
        let Some(mut stream) = self.stream.take() else { return Ok(()) };
        let rows = finished.block.open().zip(finished.outcomes);
        let rows = rows.map(|(values, outcome)| (self.in_columns(finished.strategy, values), outcome.metrics));
        if let Some(first) = finished.outcomes.first() {
            let asset = asset_row(self.plan, (finished.strategy, finished.asset), first, finished.cache);
            stream.add(&asset, rows).map_err(|error| error.to_string())?;
        }
        self.stream = Some(stream);
        Ok(())
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
        let Self { plan, points, selection, args, context, .. } = *self;
        let unwritten = |path: &Path, error: &dyn std::fmt::Display| {
            Error::failed(format!("--out {}: {error}; nothing was written under that name", path.display()))
        };
        // From before there is a file: a signal must not leave half of one.
        let signals = Interrupts::listen();
        let columns = plan.param_names();
        let detail = self.plan.sweep_detail;
        let stream = |path: &Path| RowStream::create(path, &columns, detail).map_err(|error| unwritten(path, &error));
        let stream = request.out.as_deref().map(stream).transpose()?;
        let top = selection.top().unwrap_or(TOP);
        let honesty = (!args.luck.no_honesty).then(|| HonestyCollector::new(plan, points, &results));
        let mut rows =
            RowSink { honesty, ..RowSink::new(SweepSummary::new(plan, selection, top, self.grids()), stream, plan) };
        let mut index = Index::open(environment::cache_dir().as_deref());
        let bar = ProgressBar::stoppable(context.printer, "combinations", signals.clone());
        let Swept { summary, known, ended } =
            engine::sweep_strategies(plan, points, &results, &mut index, &bar, &mut rows);
        index.save();
        let (mut shown, stream) = (rows.summary.finish(), rows.stream);
        let honesty = rows.honesty.filter(|_| ended.is_none()).zip(shown.best.first());
        let honesty = honesty.map(|(collector, best)| collector.finish(points, best));
        let bar = ProgressBar::stoppable(context.printer, "combinations", signals.clone());
        let check = |best: &SweepPoint| engine::reality_check(plan, points, (best.asset, best.outcome.bars), &bar);
        let best = shown.best.first().filter(|_| ended.is_none() && args.luck.reality_check);
        let reality_check = best.map(check).transpose().map_err(Error::failed)?;
        let luck = SweepLuck { honesty, reality_check };
        let is_storing = results.is_storing();
        let report = results.finish();
        execution::tell_resampled(&plan.assets, context);
        execution::tell(&known, context);
        benchmark::tell(self.plan, &known, context.printer);
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
        if let (Some(stream), Some(path)) = (stream, &request.out) {
            let metadata = luck.honesty.as_ref().map(|honesty| ("honesty", report::json::honesty(honesty)));
            stream.finish_with(metadata).map_err(|error| unwritten(path, &error))?;
        }
        let text = self.printed(&shown, &luck, (&summary, &cache), request.format)?;
        let key_maker = KeyMaker::new(plan);
        let best: Vec<Row> = shown.best.iter().map(|point| row(plan, &key_maker, point)).collect();
        let map = self.draw(std::mem::take(&mut shown.grids), &best, &luck, (&summary, &known))?;
        let map = if request.format == OutputFormat::Table && !map.is_empty() { map + "\n" } else { String::new() };
        context.printer.data(&(map + &text))?;
        for failed in &summary.failed {
            context.printer.error(&failed.reason);
        }
        if summary.failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
    }

    fn printed(
        &self,
        shown: &SweepTop,
        luck: &SweepLuck,
        (summary, cache): (&Summary, &CacheUse),
        format: OutputFormat,
    ) -> Result<String, Error> {
        let Self { plan, selection, context, .. } = *self;
        let key_maker = KeyMaker::new(plan);
        let row = |point: &SweepPoint| row(plan, &key_maker, point);
        let best: Vec<Row> = shown.best.iter().map(row).collect();
        let (median, worst) = (shown.median.as_ref().map(row), shown.worst.as_ref().map(row));
        let SweepTop { never_traded, few_trades, passing, .. } = *shown;
        let all = RankSpread { median: median.as_ref(), worst: worst.as_ref(), never_traded, few_trades };
        let matches = selection.filter.as_ref().map(|_| passing);
        Ok(match format {
            OutputFormat::Json => {
                let (sort, first) = (selection.sort(), best.first());
                let (honesty, reality_check) = (luck.honesty.as_ref(), luck.reality_check.as_ref());
                let (all, by_strategy) = (Some(all), &[][..]);
                let highlights = Highlights { sort, best: first, all, matches, by_strategy, honesty, reality_check };
                report::json::batch(&best, summary, &highlights)
            }
            OutputFormat::Csv => results::as_text(report::csv::rows(&best, &plan.param_names()))?,
            OutputFormat::Table => {
                let why = if best.is_empty() { self.nothing(summary) } else { String::new() };
                let table = result_tables::ranking(&best, &all, &[], selection.sort(), context.printer);
                let matches = matches.filter(|_| !best.is_empty()).map_or_else(String::new, |matches| {
                    let of = format::counted(summary.hits + summary.misses, "combination");
                    result_tables::matches_remark(matches, &of, selection.condition().unwrap_or_default())
                });
                why + &table
                    + &totals(summary, cache)
                    + &matches
                    + &result_tables::trades_remark(&all, selection.by.min_trades, "combination")
                    + &luck.lines().into_iter().map(|line| line + "\n").collect::<String>()
            }
        })
    }

    /// Why there is no best.
    fn nothing(&self, summary: &Summary) -> String {
        let computed = summary.hits + summary.misses;
        if let Some(condition) = self.selection.condition().filter(|_| computed > 0) {
            let what = format::counted(computed, "combination");
            return format!("None of {what} fulfils --where '{}'.\n", escape(condition));
        }
        let broken = self.points.iter().zip(&self.plan.strategies).find_map(|(points, bound)| {
            points.block(0).into_iter().next().and_then(|values| bound.strategy.check_require(&values).err())
        });
        match broken.filter(|_| summary.skipped > 0) {
            Some(broken) => format!("No result to show; every combination is skipped like the first: {broken}.\n"),
            None => "No result to show.\n".to_owned(),
        }
    }

    /// What gathers the points of each strategy, if a picture of them is wanted.
    fn grids(&self) -> Vec<SweepGrid> {
        let Self { plan, points, selection, args, .. } = *self;
        // A page of several strategies ranks them, and has no map.
        let is_mapped = args.pictures.chart || (args.pictures.report.is_some() && points.len() == 1);
        if !is_mapped {
            return Vec::new();
        }
        let one = |(points, bound): (&GridPoints, &BoundStrategy)| {
            let (grid, sample) = points.grid();
            let names = bound.strategy.params.iter().map(|param| param.name.clone()).collect();
            SweepGrid::new(names, grid.values(), plan.assets.len(), sample, selection.by)
        };
        points.iter().zip(&plan.strategies).map(one).collect()
    }

    /// Writes the page, and gives the maps for the terminal: empty where none is wanted.
    fn draw(
        &self,
        mut grids: Vec<SweepGrid>,
        best: &[Row],
        luck: &SweepLuck,
        swept: (&Summary, &[(String, Known)]),
    ) -> Result<String, Error> {
        let Self { plan, selection, args, context, .. } = *self;
        if let Some(path) = &args.pictures.report {
            let page = match grids.as_mut_slice() {
                [grid] => self.page(grid, best, luck, swept),
                _ => self.ranked_page(best, luck, swept),
            };
            pages::write("--report", path, &page)?;
        }
        if !args.pictures.chart {
            return Ok(String::new());
        }
        let metric = &metrics::TABLE[metrics::find(selection.sort()).unwrap_or(0)];
        let map = |(grid, bound): (&SweepGrid, &BoundStrategy)| {
            let title =
                if plan.strategies.len() > 1 { format!("{}\n", escape(&bound.strategy.name)) } else { String::new() };
            title + &heatmap::sweep(grid, metric, context.printer)
        };
        Ok(grids.iter().zip(&plan.strategies).map(map).collect::<Vec<_>>().join("\n"))
    }

    /// The page of one strategy: its map, and the best.
    fn page(
        &self,
        grid: &mut SweepGrid,
        best: &[Row],
        luck: &SweepLuck,
        (summary, known): (&Summary, &[(String, Known)]),
    ) -> String {
        let Self { plan, selection, args, context, .. } = *self;
        if args.random.is_none() {
            keep_near(grid, plan);
        }
        let origin = Reproduction::of(plan, &context.data_dir);
        let assets: Vec<String> = plan.assets.iter().map(|entry| entry.symbol.clone()).collect();
        let bars = |symbol: &String| {
            let known = known.iter().find(|(other, _)| other == symbol);
            known.map(|(_, known)| TestedBars { first: known.start, last: known.end, warmup: Some(known.warmup_bars) })
        };
        let swept: Vec<String> = known.iter().map(|(symbol, _)| symbol.clone()).collect();
        let mut notes = pages::notes(known.iter().any(|(_, known)| known.synthetic));
        notes.extend(luck.lines());
        if args.ranking.filter.is_some() {
            notes.push(
                "Only the table of the best goes by --where; map, ring and neighbours are of all points.".to_owned(),
            );
        }
        html::sweep(&SweepPage {
            title: format!("{} {} · {}", named(&swept), plan.interval, plan.strategies[0].strategy.name),
            commands: assets.iter().map(|symbol| origin.start(symbol, &self.names[0], bars(symbol))).collect(),
            assets,
            cube: grid,
            sort: selection.sort(),
            top: best,
            computed: summary.hits + summary.misses,
            skipped: if summary.skipped > 0 { skipped(summary) } else { String::new() },
            span: TestedRange::of(known.iter().map(|(_, known)| (known.start, known.end, known.bars))),
            failed: &summary.failed,
            settled: true,
            notes,
        })
    }

    /// The page of several strategies: the best of all, ranked.
    fn ranked_page(&self, best: &[Row], luck: &SweepLuck, (summary, known): (&Summary, &[(String, Known)])) -> String {
        let Self { plan, names, selection, context, .. } = *self;
        let all = summary.hits + summary.misses;
        let mut notes = pages::notes(known.iter().any(|(_, known)| known.synthetic));
        notes.extend(luck.lines());
        notes.push(format!(
            "Shown are the best {} of {}; a sweep of one strategy has a map of its grid.",
            format::count(best.len() as u64),
            format::counted(all, "combination"),
        ));
        let tested = Tested { assets: known.len(), strategies: plan.strategies.len(), results: all };
        // Each of the best as a strategy with its own values.
        let of = |row: &Row| plan.strategies.iter().position(|bound| bound.strategy.name == row.strategy).unwrap_or(0);
        let chosen: Vec<usize> = best.iter().map(of).collect();
        let bound = |(row, &at): (&Row, &usize)| {
            let values = row.params.iter().map(|(_, value)| *value).collect();
            BoundStrategy { strategy: plan.strategies[at].strategy.clone(), values }
        };
        let shown = Plan { strategies: best.iter().zip(&chosen).map(bound).collect(), ..plan.clone() };
        let given: Vec<String> = chosen.iter().map(|&at| names[at].clone()).collect();
        let asset = |row: &Row| plan.assets.iter().position(|entry| entry.symbol == row.symbol);
        let places: Vec<_> = best.iter().enumerate().map(|(at, row)| Some((asset(row)?, at))).collect();
        let origin = Reproduction::of(plan, &context.data_dir);
        pages::batch(&shown, &origin, (best, &places), tested, &summary.failed, selection, &given, notes)
    }
}

fn row(plan: &Plan, key_maker: &KeyMaker, point: &SweepPoint) -> Row {
    let names = plan.strategies[point.strategy].strategy.params.iter().map(|param| param.name.clone());
    Row {
        params: names.zip(point.values.iter().copied()).collect(),
        key: key_maker.point(plan, point.strategy, &point.candles, &point.values).to_string(),
        warmup_bars: point.candles.warmup_bars(),
        ..asset_row(plan, (point.strategy, point.asset), &point.outcome, point.cache)
    }
}

/// A row of a strategy on an asset, by their numbers in the plan, without what tells its points apart.
fn asset_row(plan: &Plan, (strategy, asset): (usize, usize), outcome: &Outcome, cache: CacheState) -> Row {
    Row {
        symbol: plan.assets[asset].symbol.clone(),
        interval: plan.interval,
        strategy: plan.strategies[strategy].strategy.name.clone(),
        params: Vec::new(),
        settings: plan.settings,
        benchmark: plan.benchmark_symbol(),
        warmup_bars: 0,
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
fn dry_run(plan: &Plan, points: &[GridPoints], results: &Results) -> Result<String, Error> {
    let estimates = estimates(plan, points, results, ASKED).map_err(Error::failed)?;
    let sum = |get: &dyn Fn(&SweepEstimate) -> usize| estimates.iter().map(get).sum::<usize>();
    let cached = match sum(&|estimate| estimate.asked) {
        0 => "nothing: blocks this small are computed faster than fetched".to_owned(),
        asked => format!("{} of {} looked for", sum(&|estimate| estimate.cached), format::counted(asked, "block")),
    };
    let assets = plan.assets.len() as u64;
    let blocks = points.iter().fold(0_u64, |all, points| all.saturating_add(points.blocks()));
    Ok(format!(
        "combinations  {} ({} points on {})\nblocks        {}\nin the cache  {cached}\ntime          about {} on {}\nmemory        about {}, whatever the number of combinations\n",
        format::count(combinations(plan, points)),
        format::count(combinations(plan, points) / assets.max(1)),
        format::counted(plan.assets.len(), "asset"),
        format::count(blocks.saturating_mul(assets)),
        format::duration(seconds(plan, points, &estimates) * 1000.0),
        format::counted(plan.threads, "thread"),
        format::bytes(estimates.iter().map(|estimate| estimate.bytes).max().unwrap_or(0)),
    ))
}

/// How long the whole sweep would take, in words; nothing where the candles cannot be used.
#[must_use]
fn time_in_words(plan: &Plan, points: &[GridPoints]) -> Option<String> {
    let estimates = estimates(plan, points, &Results::off(), 0).ok()?;
    Some(format::duration(seconds(plan, points, &estimates) * 1000.0))
}

/// What the sweep of each strategy would cost.
fn estimates(plan: &Plan, points: &[GridPoints], results: &Results, asked: u64) -> Result<Vec<SweepEstimate>, String> {
    let one = |(at, points)| engine::estimate_sweep(&plan.of_strategy(at), points, results, TIMED, asked);
    points.iter().enumerate().map(one).collect()
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn seconds(plan: &Plan, points: &[GridPoints], estimates: &[SweepEstimate]) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(plan.threads);
    let one = |(points, estimate): (&GridPoints, &SweepEstimate)| points.count() as f64 * estimate.seconds_per_point;
    points.iter().zip(estimates).map(one).sum::<f64>() * plan.assets.len() as f64 / cores as f64
}

/// Lets a thinned grid hold the neighbours of its best. They were computed, but are not at hand any more: a few points
/// are soon computed again. Where that fails, the best stands alone.
fn keep_near(grid: &mut SweepGrid, plan: &Plan) {
    let Some((asset, near)) = grid.missing_neighbours() else { return };
    for (values, outcome) in engine::recompute_points(plan, asset, near).unwrap_or_default() {
        grid.hold(asset, &values, &outcome.metrics);
    }
}
