//! A portfolio with every combination of its parameters.

use crate::cli::args::{OutputFormat, PortfolioArgs};
use crate::cli::commands::execution::{self, CacheUse};
use crate::cli::commands::universe::portfolio::grid_pictures::GridPictures;
use crate::cli::commands::{Context, results};
use crate::cli::error::Error;
use crate::cli::output::luck::SweepLuck;
use crate::cli::output::progress::{Interrupts, ProgressBar};
use crate::cli::output::{format, result_tables};
use crate::cli::settings::request::BacktestRequest;
use crate::cli::settings::{cache, environment};
use crate::data::{Index, escape};
use crate::engine::{self, BoundStrategy, GridPoints, PORTFOLIO, Plan, PortfolioPoint, Ranking, UniverseData};
use crate::report;
use crate::report::json::Highlights;
use crate::sim::strategy::{Grid, ParamArg, Strategy};
use crate::sim::{CacheState, RankSpread, Row, Summary};
use std::time::Instant;

/// Rows shown by default.
const TOP: usize = 20;
/// All of them are ranked in memory.
const MOST: u64 = 1_000_000;

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the result is printed, assets that failed.
pub(super) fn run(
    args: &PortfolioArgs,
    context: &Context,
    request: &BacktestRequest,
    (name, strategy, given): (&String, Strategy, &[ParamArg]),
) -> Result<(), Error> {
    let begun = Instant::now();
    refuse_single(args)?;
    let selection = context.ranking(&args.ranking)?;
    let grid = Grid::new(&strategy, given).map_err(|error| Error::usage(format!("--param: {error}")))?;
    let points = match args.random {
        Some(0) => return Err(Error::usage("--random is 0, which would compute nothing")),
        Some(count) if count < grid.points() => GridPoints::Sample { grid, count, seed: args.seed },
        None | Some(_) => GridPoints::All(grid),
    };
    if points.count() > MOST {
        return Err(Error::usage(format!(
            "{} configurations are more than {}; pass --random N to compute only N of them, or a coarser grid",
            format::count(points.count()),
            format::count(MOST),
        )));
    }
    let cached = cache::open(&args.backtest, &context.global, &context.config)?;
    let bound = BoundStrategy { values: strategy.defaults(), strategy };
    let mut plan = super::plan(args, context, request, (name, bound))?;
    plan.cover(std::iter::once(points.grid().0));
    let signals = Interrupts::listen();
    let mut index = Index::open(environment::cache_dir().as_deref());
    let bar = ProgressBar::new(context.printer, "assets");
    let mut data = UniverseData::for_sweep(&plan, &mut index, &bar).map_err(Error::failed)?;
    index.save();
    let loaded = begun.elapsed();
    let mut all: Vec<PortfolioPoint> = Vec::new();
    let bar = ProgressBar::stoppable(context.printer, "configurations", signals.clone());
    let ended = data.sweep(&plan, &points, &cached, &bar, |found| all.extend(found));
    let computed = begun.elapsed().saturating_sub(loaded);
    execution::tell_resampled(&plan.assets, context);
    execution::tell(&data.known, context);
    super::tell_absent(&data.absent, context);
    let Some((skipped, broken)) = ended else {
        execution::warn_of_cache(cached.finish().warning.as_ref(), context);
        context.printer.note("stopped; what was computed is in the cache, where there is one");
        return Err(Error::Interrupted(signals.came().unwrap_or(2)));
    };
    let rows: Vec<Row> = all.iter().map(|point| row(&plan, point)).collect();
    let hits = rows.iter().filter(|row| row.cache == CacheState::Hit).count();
    let millis = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
    let summary = Summary {
        assets: data.universe.assets.len(),
        strategies: 1,
        combinations: usize::try_from(points.count()).unwrap_or(usize::MAX),
        skipped,
        broken,
        failed: data.failed.clone(),
        hits,
        misses: rows.len() - hits,
        bars: data.universe.time.len() as u64,
        load_ms: millis(loaded),
        compute_ms: millis(computed),
        elapsed_ms: millis(begun.elapsed()),
    };
    let spread = RankSpread::of(&rows, selection.by);
    let ranking = if selection.top().is_none() { selection.with_top(TOP) } else { selection.clone() };
    let (best, passing) = ranking.apply(rows.clone());
    let top = best.first().and_then(|best| rows.iter().position(|row| row.key == best.key));
    let (luck, unchecked) = luck_of((args, context), (&mut data, &plan), (&points, &all, top), &signals);
    let stored = cached.finish();
    execution::warn_of_cache(stored.warning.as_ref(), context);
    let matches = selection.filter.as_ref().map(|_| passing);
    let json = || {
        let highlights = Highlights {
            sort: selection.sort(),
            best: best.first(),
            all: Some(spread),
            matches,
            honesty: luck.honesty.as_ref(),
            reality_check: luck.reality_check.as_ref(),
            ..Highlights::default()
        };
        report::json::batch(&best, &summary, &highlights)
    };
    if let Some(path) = &request.out {
        // A file holds all that pass the filter.
        let (passing, _) = selection.with_top(usize::MAX).apply(rows.clone());
        results::write_rows(path, &passing, &plan.param_names(), json)?;
    }
    let pictures = GridPictures { plan: &plan, name, points: &points, all: &all, selection: &selection, args, context };
    let map = pictures.draw(&mut data, (&best, spread.median), &luck, &summary)?;
    let map = if request.format == OutputFormat::Table { map } else { String::new() };
    let text = match request.format {
        OutputFormat::Json => json(),
        OutputFormat::Csv => results::as_text(report::csv::rows(&best, &plan.param_names()))?,
        OutputFormat::Table => {
            table((&best, &spread), &summary, &selection, &CacheUse { absent: stored.absent }, &luck, context)
        }
    };
    context.printer.data(&(map + &text))?;
    if let Some(why) = &unchecked {
        context.printer.error(why);
    }
    let failed = super::fail(&summary.failed, context);
    if unchecked.is_some() { Err(Error::Reported) } else { failed }
}

/// How much of the best may be luck, and why the reality check could not be done where it was asked for.
fn luck_of(
    (args, context): (&PortfolioArgs, &Context),
    (data, plan): (&mut UniverseData, &Plan),
    (points, all, top): (&GridPoints, &[PortfolioPoint], Option<usize>),
    signals: &Interrupts,
) -> (SweepLuck, Option<String>) {
    let honesty = top.filter(|_| !args.luck.no_honesty);
    let honesty = honesty.map(|best| engine::portfolio_honesty(data, plan, (points, all, best)));
    let checked = top.filter(|_| args.luck.reality_check).map(|_| {
        let bar = ProgressBar::stoppable(context.printer, "configurations", signals.clone());
        engine::portfolio_reality_check(data, plan, points, &bar)
    });
    let (reality_check, unchecked) = match checked {
        None => (None, None),
        Some(Ok(found)) => (Some(found), None),
        Some(Err(why)) => (None, Some(why)),
    };
    (SweepLuck { honesty, reality_check }, unchecked)
}

/// What is of one configuration alone.
fn refuse_single(args: &PortfolioArgs) -> Result<(), Error> {
    let flags = [
        ("--trades", args.trades),
        ("--weights", args.weights),
        ("--trades-out", args.trades_out.is_some()),
        ("--weights-out", args.weights_out.is_some()),
        ("--equity-out", args.equity_out.is_some()),
    ];
    match flags.into_iter().find(|(_, is_given)| *is_given) {
        Some((flag, _)) => Err(Error::usage(format!(
            "{flag} is about one configuration, and --param names several; run the one that is wanted alone for it"
        ))),
        None => Ok(()),
    }
}

fn row(plan: &Plan, point: &PortfolioPoint) -> Row {
    let strategy = &plan.strategies[0].strategy;
    Row {
        symbol: PORTFOLIO.to_owned(),
        interval: plan.interval,
        strategy: strategy.name.clone(),
        params: strategy.params.iter().map(|param| param.name.clone()).zip(point.values.iter().copied()).collect(),
        settings: plan.settings,
        benchmark: plan.benchmark_symbol(),
        warmup_bars: 0,
        outcome: point.found.outcome.clone(),
        trades: None,
        cache: point.cache,
        key: point.key.to_string(),
        elapsed_ms: 0.0,
    }
}

fn table(
    (best, spread): (&[Row], &RankSpread<'_>),
    summary: &Summary,
    selection: &Ranking,
    cache: &CacheUse,
    luck: &SweepLuck,
    context: &Context,
) -> String {
    let why = match selection.condition() {
        Some(condition) if best.is_empty() => {
            format!("None of the configurations fulfils --where '{}'.\n", escape(condition))
        }
        _ if best.is_empty() => "No result to show.\n".to_owned(),
        _ => String::new(),
    };
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let rate = summary.misses as f64 / summary.compute_ms.max(0.001) * 1000.0;
    let skipped = if summary.skipped > 0 {
        format!(", {} skipped because their parameters do not fit together", format::count(summary.skipped as u64))
    } else {
        String::new()
    };
    why + &result_tables::ranking(best, spread, &[], selection.sort(), context.printer)
        + &format!(
            "{} of {}: {}, {} computed ({}/s){skipped}, in {}\n",
            format::counted(summary.hits + summary.misses, "configuration"),
            format::counted(summary.assets, "asset"),
            cache.of_hits(summary.hits),
            format::count(summary.misses as u64),
            format::grouped(rate, 0),
            format::duration(summary.elapsed_ms),
        )
        + &luck.lines().into_iter().map(|line| line + "\n").collect::<String>()
}
