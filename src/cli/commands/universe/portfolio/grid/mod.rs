//! A portfolio with every combination of its parameters.

mod output;
mod pictures;

use std::time::Instant;

pub(super) use self::output::{GridOutput, skipped};
use self::pictures::GridPictures;
use crate::args::{OutputFormat, PortfolioArgs};
use crate::commands::Context;
use crate::commands::execution::{self, CacheUse};
use crate::commands::universe::portfolio;
use crate::engine::{self, BoundStrategy, GridPoints, Plan, PortfolioPoint, UniverseData};
use crate::error::Error;
use crate::output::format;
use crate::output::luck::SweepLuck;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::settings::cache;
use crate::settings::request::BacktestRequest;
use crate::sim::Summary;
use crate::sim::strategy::{Grid, ParamArg, Strategy};

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
    let points = points(args, &strategy, given)?;
    let cached = cache::open(&args.backtest, &context.global, &context.config)?;
    let bound = BoundStrategy { values: strategy.defaults(), strategy };
    let mut plan = portfolio::plan(args, context, request, (name, bound))?;
    plan.cover(std::iter::once(points.grid().0));
    let signals = Interrupts::listen();
    let mut data = portfolio::universe_of(&plan, context).map_err(Error::failed)?;
    let loaded = begun.elapsed();
    let mut all: Vec<PortfolioPoint> = Vec::new();
    let bar = ProgressBar::stoppable(context.printer, "configurations", signals.clone());
    let ended = data.sweep(&plan, (&points, 0..points.count()), &cached, &bar, |found| all.extend(found));
    let computed = begun.elapsed().saturating_sub(loaded);
    portfolio::tell_universe(&plan, &data, context);
    let Some((skipped, broken)) = ended else {
        execution::warn_of_cache(cached.finish().warning.as_ref(), context);
        context.printer.note("stopped; what was computed is in the cache, where there is one");
        return Err(Error::Interrupted(signals.came().unwrap_or(2)));
    };
    let output = GridOutput::new(&plan, &selection, &all, context);
    let (hits, misses) = output.hits_and_misses();
    let millis = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
    let summary = Summary {
        assets: data.universe.assets.len(),
        strategies: 1,
        combinations: usize::try_from(points.count()).unwrap_or(usize::MAX),
        skipped,
        broken,
        failed: data.failed.clone(),
        hits,
        misses,
        bars: data.universe.time.len() as u64,
        load_ms: millis(loaded),
        compute_ms: millis(computed),
        elapsed_ms: millis(begun.elapsed()),
    };
    let (luck, unchecked) = luck_of((args, context), (&mut data, &plan), (&points, &all, output.top()), &signals);
    let stored = cached.finish();
    execution::warn_of_cache(stored.warning.as_ref(), context);
    let totals = totals(&summary, &CacheUse { absent: stored.absent });
    let text = output.written(&luck, (&summary, &totals), (request.out.as_deref(), request.format))?;
    let pictures = GridPictures { plan: &plan, name, points: &points, all: &all, selection: &selection, args, context };
    let map = pictures.draw(&mut data, output.shown(), &luck, &summary)?;
    let map = if request.format == OutputFormat::Table { map } else { String::new() };
    context.printer.data(&(map + &text))?;
    if let Some(why) = &unchecked {
        context.printer.error(why);
    }
    let failed = portfolio::fail(&summary.failed, context);
    if unchecked.is_some() { Err(Error::Reported) } else { failed }
}

/// The points of the grid that these values make, or of a sample of it.
///
/// # Errors
/// Values that fit no grid; more points than can be ranked.
pub(super) fn points(args: &PortfolioArgs, strategy: &Strategy, given: &[ParamArg]) -> Result<GridPoints, Error> {
    let grid = Grid::new(strategy, given).map_err(|error| Error::usage(format!("--param: {error}")))?;
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
    Ok(points)
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
///
/// # Errors
/// The first of these options that is given.
pub(super) fn refuse_single(args: &PortfolioArgs) -> Result<(), Error> {
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

/// The line below the table.
fn totals(summary: &Summary, cache: &CacheUse) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let rate = summary.misses as f64 / summary.compute_ms.max(0.001) * 1000.0;
    format!(
        "{} of {}: {}, {} computed ({}/s){}, in {}\n",
        format::counted(summary.hits + summary.misses, "configuration"),
        format::counted(summary.assets, "asset"),
        cache.of_hits(summary.hits),
        format::count(summary.misses as u64),
        format::grouped(rate, 0),
        skipped(summary),
        format::duration(summary.elapsed_ms),
    )
}
