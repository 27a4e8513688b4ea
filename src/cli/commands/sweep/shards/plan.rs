//! `backtest sweep plan`: a sweep cut into shards that any machine can compute; and what other plans have in common with it.

use serde_json::json;

use crate::args::{BacktestArgs, OutputFormat, ShardPlanArgs, ShardSizeArgs, SweepArgs};
use crate::cache::Results;
use crate::commands::sweep::shards::setup::{benchmark_digest, others_digest};
use crate::commands::sweep::shards::shown;
use crate::commands::sweep::{TOP, combinations, names, plan as sweep_plan, points as sweep_points};
use crate::commands::{Context, execution, results};
use crate::data::{BadRows, Index, Known, escape};
use crate::engine::{self, Block, GridPoints, Plan, Ranking};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::ProgressBar;
use crate::report::csv;
use crate::settings::request::check_file;
use crate::settings::{assets, environment, strategies};
use crate::shards::{
    BlockWeights, Digest, MOST_SHARDS, PROGRAM, PlannedAsset, PlannedParam, PlannedRanking, PlannedSample,
    PlannedSettings, PlannedStrategy, PlannedWalk, ShardPlan, ShardedCommand, Stretch, cut,
};
use crate::sim::{CandleId, ENGINE_VERSION};

/// Rows of a sweep above which there are none: a hundred gigabytes of them.
const MOST_ROWS: u64 = 1_000_000_000;
/// Points that are timed.
const TIMED: usize = 256;
/// Points of a grid up to which it is counted which of them are skipped; of more, some blocks are looked at.
const COUNTED: u64 = 1 << 20;
/// Blocks that are looked at.
const LOOKED_AT: u64 = 64;
/// Bytes of a row in a part, about, by a sweep of moving averages on daily candles.
const ROW_BYTES: u64 = 110;

/// Runs it.
///
/// # Errors
/// A wrong request; candles that cannot be used; a file that cannot be written.
pub(super) fn run(args: &ShardPlanArgs, context: &Context) -> Result<(), Error> {
    let sweep = &args.sweep;
    let SweepArgs { luck, dry_run, pictures, .. } = sweep;
    refuse(&[
        ("--reality-check", luck.reality_check, "needs all points on one machine"),
        ("--dry-run", *dry_run, "says what a plan says too"),
        ("--report", pictures.report.is_some(), "is drawn of the merged file: backtest report FILE.parquet"),
        ("--chart", pictures.chart, "is drawn by a sweep on one machine"),
    ])?;
    check_size(&args.size)?;
    let request = context.request(&sweep.backtest)?;
    let selection = context.ranking(&sweep.ranking)?;
    let names = names(&sweep.strategy)?;
    context.note_local_strategies(&names);
    let (bound, points) = sweep_points(&names, sweep, context)?;
    let mut plan = sweep_plan(sweep, context, &request, &selection, bound)?;
    plan.cover(points.iter().map(|points| points.grid().0));
    let out = request.out.as_deref().unwrap_or(std::path::Path::new("plan.json"));
    check_file("--out", out, &["json"])?;
    let inputs = results::inputs(&plan, &names, context).into_iter().chain(assets::lists(&sweep.assets));
    results::check_outputs(&[("--out", Some(out))], &inputs.collect::<Vec<_>>())?;

    let (candles, known) = identified(&plan, context)?;
    execution::tell_resampled(&plan.assets, context);
    execution::tell(&known, context);
    let all = combinations(&plan, &points);
    let has_rows = !args.no_rows && all <= MOST_ROWS;
    if !args.no_rows && !has_rows {
        context.printer.note(&format!(
            "{} combinations are too many for a row each: the shards keep the best and what all together say",
            format::count(all)
        ));
    }
    let cost = PlannedCost::of(&plan, &points, &candles)?;
    let planned = PlanRequest {
        command: ShardedCommand::Sweep,
        backtest: &sweep.backtest,
        sample: sweep.random.map(|count| PlannedSample { count, seed: sweep.seed }),
        walk: None,
        rows: has_rows,
        pbo_blocks: (!luck.no_honesty).then_some(luck.pbo_blocks),
        plan: &plan,
        points: &points,
        names: &names,
        selection: &selection,
        context,
    };
    planned.save(&candles, &cost, &args.size, (out, request.format))
}

/// What a plan cannot hold, and why.
///
/// # Errors
/// The first of these options that is given.
pub(in crate::commands) fn refuse(unused: &[(&str, bool, &str)]) -> Result<(), Error> {
    match unused.iter().find(|(_, is_given, _)| *is_given) {
        Some((option, _, why)) => Err(Error::usage(format!("{option} is not for shards: it {why}"))),
        None => Ok(()),
    }
}

/// Sizes and prices that are none.
///
/// # Errors
/// The first of them.
pub(in crate::commands) fn check_size(args: &ShardSizeArgs) -> Result<(), Error> {
    let positive = |value: f64| value.is_finite() && value > 0.0;
    if !positive(args.shard_seconds) {
        return Err(Error::usage("--shard-seconds must be a number of seconds above 0, such as 120"));
    }
    for (option, value) in [("--price", args.price), ("--budget", args.budget)] {
        if value.is_some_and(|value| !positive(value)) {
            return Err(Error::usage(format!("{option} must be an amount of money above 0")));
        }
    }
    Ok(())
}

type Identified = (Vec<CandleId>, Vec<(String, Known)>);

/// What identifies the candles of each asset, and what is known of them.
///
/// # Errors
/// Assets that cannot be used.
pub(in crate::commands) fn identified(plan: &Plan, context: &Context) -> Result<Identified, Error> {
    let mut index = Index::open(environment::cache_dir().as_deref());
    let bar = ProgressBar::new(context.printer, "assets");
    let found = engine::identify(plan, &mut index, &bar);
    index.save();
    let (mut candles, mut known, mut failed) = (Vec::new(), Vec::new(), 0);
    for (entry, found) in plan.assets.iter().zip(found) {
        match found {
            Ok((id, what)) => {
                candles.push(id);
                known.push((entry.symbol.clone(), what));
            }
            Err(reason) => {
                failed += 1;
                context.printer.error(&reason);
            }
        }
    }
    if failed == 0 {
        return Ok((candles, known));
    }
    Err(Error::failed(format!(
        "{} cannot be used, and no plan was made; leave them out with --exclude",
        format::counted(failed, "asset")
    )))
}

/// What work costs one core.
pub(in crate::commands) struct PlannedCost {
    /// Seconds of all blocks.
    seconds: f64,
    /// Seconds that every shard takes beside those of its blocks.
    each: f64,
    /// For each strategy and asset: blocks, seconds to read, and seconds to compute.
    stretches: Vec<(u64, f64, f64)>,
    /// Stretches of a strategy: one for each asset.
    assets: usize,
    /// How the work of each strategy is spread over its blocks.
    weights: Vec<BlockWeights>,
}

impl PlannedCost {
    /// From a small part of the work on the first asset.
    ///
    /// # Errors
    /// An asset that cannot be read.
    pub(in crate::commands) fn of(plan: &Plan, points: &[GridPoints], candles: &[CandleId]) -> Result<Self, Error> {
        let (mut stretches, mut all) = (Vec::new(), Vec::new());
        for (strategy, points) in points.iter().enumerate() {
            let own = plan.of_strategy(strategy);
            let (weights, open) = weights(&own, points);
            let estimate = engine::estimate_sweep(&own, points, &Results::off(), TIMED, 0).map_err(Error::failed)?;
            let (first, size) = (candles[0].bars.max(1), plan.assets[0].stamp.size.max(1));
            for (entry, id) in plan.assets.iter().zip(candles) {
                let (bars, bytes) = (number(id.bars) / number(first), number(entry.stamp.size) / number(size));
                let compute = estimate.seconds_per_point * open * bars;
                stretches.push((points.blocks(), estimate.load_seconds * bytes, compute));
            }
            all.push(weights);
        }
        Ok(Self { seconds: seconds(&stretches), each: 0.0, stretches, assets: plan.assets.len(), weights: all })
    }

    /// Of work that is shared out by assets, which computes all points of each so many times.
    pub(in crate::commands) fn by_asset(self, assets: usize, times: u64) -> Self {
        let of = |asset: usize| {
            let own = self.stretches.iter().skip(asset).step_by(assets);
            own.fold((1, 0.0, 0.0), |(blocks, load, compute), (_, more, points)| {
                (blocks, load + more, compute + points * number(times))
            })
        };
        let stretches: Vec<(u64, f64, f64)> = (0..assets).map(of).collect();
        Self { seconds: seconds(&stretches), each: 0.0, stretches, assets, weights: vec![BlockWeights::Even] }
    }

    /// Of points of one account over all assets, so many in so many seconds; every shard reads all assets.
    pub(in crate::commands) fn of_configurations(
        weights: BlockWeights,
        (points, seconds): (u64, f64),
        reading: f64,
    ) -> Self {
        let stretches = vec![(points, 0.0, seconds)];
        Self { seconds, each: reading, stretches, assets: 1, weights: vec![weights] }
    }

    /// Seconds of all of so many shards.
    fn in_shards(&self, shards: usize) -> f64 {
        self.seconds + self.each * number(shards as u64)
    }

    /// The first block of each shard.
    fn cut(&self, args: &ShardSizeArgs, context: &Context) -> Vec<u64> {
        // Where reading takes most of it, a shard takes longer than was wanted.
        let own = (args.shard_seconds - self.each).max(args.shard_seconds / 2.0);
        let wanted = (self.seconds / own).ceil().max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of shards")]
        let by_time = wanted.min(number(MOST_SHARDS)) as u64;
        if args.shards.is_none() && wanted > number(MOST_SHARDS) {
            context.printer.note(&format!(
                "the shards take longer than {} s, as there are at most {} of them",
                args.shard_seconds,
                format::count(MOST_SHARDS)
            ));
        }
        let stretch = |(at, &(blocks, load, compute)): (usize, &(u64, f64, f64))| Stretch {
            blocks,
            load,
            compute,
            weights: &self.weights[at / self.assets],
        };
        let stretches: Vec<Stretch<'_>> = self.stretches.iter().enumerate().map(stretch).collect();
        cut(&stretches, args.shards.unwrap_or(by_time))
    }
}

fn seconds(stretches: &[(u64, f64, f64)]) -> f64 {
    stretches.iter().map(|(_, load, compute)| load + compute).sum()
}

/// How the points of a plan's first strategy are spread over its blocks, and how many are computed.
fn weights(plan: &Plan, points: &GridPoints) -> (BlockWeights, f64) {
    let open = |block: u64| Block::new(plan, points.block(block)).size() as u64;
    if points.count() <= COUNTED {
        let mut before = 0;
        let sums = (0..points.blocks()).map(|block| {
            before += open(block);
            before
        });
        let sums: Vec<u64> = sums.collect();
        return (BlockWeights::Points(sums), number(before));
    }
    let some: Vec<u64> = (0..LOOKED_AT).map(|at| at * (points.blocks() - 1) / (LOOKED_AT - 1)).collect();
    let seen: u64 = some.iter().map(|block| points.block(*block).len() as u64).sum();
    let computed: u64 = some.iter().map(|block| open(*block)).sum();
    (BlockWeights::Even, number(points.count()) * number(computed) / number(seen.max(1)))
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn number(count: u64) -> f64 {
    count as f64
}

/// What it would cost, where a price is known.
fn check_budget(args: &ShardSizeArgs, seconds: f64, command: ShardedCommand) -> Result<Option<f64>, Error> {
    let price = args.price.map(|price| price * seconds / 3600.0);
    if let (Some(price), Some(budget)) = (price, args.budget)
        && price > budget
    {
        return Err(Error::usage(format!(
            "--budget {budget}: the {} would cost about {price:.2} ({} of one core); take fewer combinations or assets, or compute a sample with --random",
            command.name(),
            format::duration(seconds * 1000.0)
        )));
    }
    Ok(price)
}

/// All of which a plan is made.
pub(in crate::commands) struct PlanRequest<'a> {
    pub command: ShardedCommand,
    pub backtest: &'a BacktestArgs,
    pub sample: Option<PlannedSample>,
    pub walk: Option<PlannedWalk>,
    /// Whether there is a row for each point.
    pub rows: bool,
    pub pbo_blocks: Option<usize>,
    pub plan: &'a Plan,
    pub points: &'a [GridPoints],
    pub names: &'a [String],
    pub selection: &'a Ranking,
    pub context: &'a Context,
}

impl PlanRequest<'_> {
    /// Cuts it, writes the document, and says what it is.
    ///
    /// # Errors
    /// More money than there is; a file that cannot be written.
    pub(in crate::commands) fn save(
        self,
        candles: &[CandleId],
        cost: &PlannedCost,
        size: &ShardSizeArgs,
        (out, format): (&std::path::Path, OutputFormat),
    ) -> Result<(), Error> {
        let starts = cost.cut(size, self.context);
        let seconds = cost.in_shards(starts.len());
        let price = check_budget(size, seconds, self.command)?;
        let all = match self.command {
            ShardedCommand::Sweep | ShardedCommand::Walk => combinations(self.plan, self.points),
            ShardedCommand::Portfolio => self.points[0].count(),
        };
        let printer = self.context.printer;
        let document = document(self, candles, cost, starts)?;
        document.save(out).map_err(|error| Error::failed(format!("--out {}: {error}", shown(out))))?;
        printer.data(&printed(&document, (seconds, all, price), out, format)?)
    }
}

fn document(
    request: PlanRequest<'_>,
    candles: &[CandleId],
    cost: &PlannedCost,
    starts: Vec<u64>,
) -> Result<ShardPlan, Error> {
    let PlanRequest { command, backtest, sample, walk, rows, pbo_blocks, plan, names, selection, context, .. } =
        request;
    let named = |name: &String| {
        let found = strategies::find(name.trim())?;
        Ok(PlannedStrategy { name: name.clone(), source: found.label, text: found.text })
    };
    let asset = |(entry, id): (&crate::data::CandleFile, &CandleId)| PlannedAsset::new(entry.symbol.clone(), *id);
    let benchmark = plan.benchmark.as_deref();
    Ok(ShardPlan {
        command,
        engine_version: ENGINE_VERSION,
        program: PROGRAM.to_owned(),
        interval: plan.interval.to_string(),
        from: plan.range.from,
        to: plan.range.to,
        warmup: plan.warmup.into(),
        settings: PlannedSettings::new(&plan.settings),
        benchmark: benchmark.map(|benchmark| (benchmark.symbol.clone(), benchmark_digest(benchmark))),
        others: others_digest(&plan.others),
        drop_bad_rows: plan.assets.iter().any(|entry| entry.bad_rows == BadRows::Drop),
        strategies: names.iter().map(named).collect::<Result<_, Error>>()?,
        params: strategies::given(backtest, &context.config)?.iter().map(PlannedParam::new).collect(),
        sample,
        ranking: PlannedRanking {
            sort: selection.sort().to_owned(),
            min_trades: selection.by.min_trades,
            top: selection.top().unwrap_or(TOP),
            filter: selection.condition().map(str::to_owned),
        },
        rows,
        pbo_blocks,
        assets: plan.assets.iter().zip(candles).map(asset).collect(),
        walk,
        blocks: cost.stretches.iter().map(|(blocks, ..)| blocks).sum(),
        starts,
    })
}

/// What is said of a plan.
fn printed(
    document: &ShardPlan,
    (seconds, combinations, price): (f64, u64, Option<f64>),
    out: &std::path::Path,
    format: OutputFormat,
) -> Result<String, Error> {
    let shards = document.shards();
    let id = Digest(document.id()).to_string();
    let (file, each) = (shown(out), seconds / f64::from(shards));
    let bytes = if document.rows { ROW_BYTES * combinations } else { 0 };
    Ok(match format {
        OutputFormat::Json => {
            let document = json!({
                "plan": file, "plan_id": id, "shards": shards, "combinations": combinations,
                "assets": document.assets.len(), "core_seconds": seconds, "shard_seconds": each,
                "rows": document.rows, "price": price,
            });
            format!("{document:#}\n")
        }
        OutputFormat::Csv => {
            let names = ["plan", "plan_id", "shards", "combinations", "assets", "core_seconds", "price"];
            let price = price.map_or_else(String::new, |price| price.to_string());
            let [shards, combinations, assets] =
                [u64::from(shards), combinations, document.assets.len() as u64].map(|count| count.to_string());
            let line = [file, id, shards, combinations, assets, seconds.to_string(), price];
            csv::lines(&names, [line]).map_err(Error::failed)?
        }
        OutputFormat::Table => {
            let money = price.map_or_else(String::new, |price| format!("price         about {price:.2}\n"));
            let rows = match (document.command, document.rows) {
                (ShardedCommand::Walk | ShardedCommand::Portfolio, _) => String::new(),
                (ShardedCommand::Sweep, true) => format!("rows          about {}\n", format::bytes(bytes)),
                (ShardedCommand::Sweep, false) => "rows          none\n".to_owned(),
            };
            let command = document.command.name();
            let to = if shards > 1 { format!("    (to {})", shards - 1) } else { String::new() };
            let on = if document.command == ShardedCommand::Portfolio { "of one account over" } else { "on" };
            format!(
                "plan          {file}, {}..\ncombinations  {} {on} {}\nshards        {}, of about {} of one core each\nwork          about {} of one core\n{rows}{money}next          backtest {command} run --plan {} --shard 0{to}\n",
                &id[..12],
                format::count(combinations),
                format::counted(document.assets.len(), "asset"),
                format::count(u64::from(shards)),
                format::duration(each * 1000.0),
                format::duration(seconds * 1000.0),
                escape(&file),
            )
        }
    })
}
