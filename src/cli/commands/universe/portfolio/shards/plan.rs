//! `backtest portfolio plan`: the points of a portfolio's grid, shared out.

use std::time::Instant;

use crate::args::PortfolioPlanArgs;
use crate::commands::Context;
use crate::commands::sweep::shards::{PlanRequest, PlannedCost, check_size, refuse};
use crate::commands::universe::portfolio::{grid, load, plan, tell_universe, universe_of};
use crate::engine::{self, Block, BoundStrategy, DEFAULT_BLOCKS, GridPoints, Plan};
use crate::error::Error;
use crate::output::format;
use crate::settings::request::check_file;
use crate::settings::strategies;
use crate::shards::{BlockWeights, PlannedSample, ShardedCommand};

/// Runs it.
///
/// # Errors
/// A wrong request; candles that cannot be used; a file that cannot be written.
pub(super) fn run(args: &PortfolioPlanArgs, context: &Context) -> Result<(), Error> {
    let portfolio = &args.portfolio;
    check_size(&args.size)?;
    refuse(&[
        ("--reality-check", portfolio.luck.reality_check, "needs all points on one machine"),
        ("--report", portfolio.pictures.report.is_some(), "is drawn by a grid on one machine"),
        ("--chart", portfolio.pictures.chart, "is drawn by a grid on one machine"),
    ])?;
    grid::refuse_single(portfolio)?;
    let request = context.request(&portfolio.backtest)?;
    let selection = context.ranking(&portfolio.ranking)?;
    let name = strategies::required(portfolio.strategy.as_deref())?;
    context.note_local_strategies(std::slice::from_ref(&name));
    let (strategy, given) = load(&name, &portfolio.backtest, context)?;
    if given.iter().all(|arg| arg.values.len() < 2) {
        return Err(Error::usage(
            "a portfolio is shared out by its configurations, and this is one: run it as it is, or name values as in --param top=3..20",
        ));
    }
    let points = grid::points(portfolio, &strategy, &given)?;
    let out = request.out.as_deref().unwrap_or(std::path::Path::new("plan.json"));
    check_file("--out", out, &["json"])?;
    let bound = BoundStrategy { values: strategy.defaults(), strategy };
    let mut plan = plan(portfolio, context, &request, (&name, bound))?;
    plan.cover(std::iter::once(points.grid().0));

    let begun = Instant::now();
    let mut data = universe_of(&plan, context).map_err(Error::failed)?;
    let reading = begun.elapsed().as_secs_f64();
    tell_universe(&plan, &data, context);
    if !data.failed.is_empty() {
        data.failed.iter().for_each(|failed| context.printer.error(&failed.reason));
        return Err(Error::failed(format!(
            "{} cannot be used, and no plan was made; leave them out with --exclude",
            format::counted(data.failed.len(), "asset")
        )));
    }
    // Assets without a bar in the range are none of the plan's; the others are in the order of their symbols.
    plan.assets.retain(|file| !data.absent.contains(&file.symbol));
    plan.assets.sort_by(|a, b| a.symbol.cmp(&b.symbol));

    let (weights, open) = weights(&plan, &points);
    let compute = engine::seconds_of_configuration(&mut data, &plan, &points) * open;
    let cost = PlannedCost::of_configurations(weights, (points.count(), compute), reading);
    let planned = PlanRequest {
        command: ShardedCommand::Portfolio,
        backtest: &portfolio.backtest,
        sample: portfolio.random.map(|count| PlannedSample { count, seed: portfolio.seed }),
        walk: None,
        rows: false,
        pbo_blocks: (!portfolio.luck.no_honesty).then_some(DEFAULT_BLOCKS),
        plan: &plan,
        points: std::slice::from_ref(&points),
        names: std::slice::from_ref(&name),
        selection: &selection,
        context,
    };
    planned.save(&data.asset_ids, &cost, &args.size, (out, request.format))
}

/// How the work is spread over the points, and how many are computed.
fn weights(plan: &Plan, points: &GridPoints) -> (BlockWeights, f64) {
    let mut before = 0;
    let sums = points.blocks_of(0..points.count()).flat_map(|block| Block::new(plan, block).allowed).map(|is_open| {
        before += u64::from(is_open);
        before
    });
    let sums: Vec<u64> = sums.collect();
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    (BlockWeights::Points(sums), before as f64)
}
