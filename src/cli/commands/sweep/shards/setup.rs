//! A plan's document becomes work again, the same on every machine: what it is made of here must have the digests that
//! the document says.

use std::collections::HashMap;

use crate::args::{BacktestArgs, OutputFormat, RankingArgs};
use crate::cache::{closes_digest, joint_digest};
use crate::commands::Context;
use crate::commands::sweep::{chosen, grids};
use crate::data::{BadRows, CandleFile, Catalog, SETTLE, escape};
use crate::engine::{self, BlockSequence, GridPoints, OtherCandles, Plan, Ranking};
use crate::error::Error;
use crate::report::stream::GROUP_ROWS;
use crate::settings::given::Given;
use crate::settings::request::{self, BacktestRequest};
use crate::settings::{benchmark, ranking, strategies};
use crate::shards::{Digest, PlannedAsset, ShardPlan, ShardedCommand};
use crate::sim::metrics::BenchmarkCandles;
use crate::sim::strategy::{self, ParamArg, Strategy};
use crate::sim::{CandleId, Interval, TimeRange};

/// Work as a plan describes it.
pub(in crate::commands) struct ShardSetup {
    /// The plan.
    pub document: ShardPlan,
    /// Its id.
    pub id: [u8; 32],
    /// What is to be done; assets that are not here fail when they are opened.
    pub plan: Plan,
    /// Of each strategy.
    pub points: Vec<GridPoints>,
    /// Which points are shown.
    pub selection: Ranking,
    /// What identifies the candles of each asset.
    pub candles: Vec<CandleId>,
}

impl ShardSetup {
    /// From a plan's document, for work with so many threads.
    ///
    /// # Errors
    /// What is here is not what the plan was made for.
    pub(super) fn of_plan(document: ShardPlan, threads: Option<&String>, context: &Context) -> Result<Self, Error> {
        let wrong = || Error::usage("--plan: it has values that this program does not know; make it anew");
        let interval: Interval = document.interval.parse().map_err(|_| wrong())?;
        let args = BacktestArgs { threads: threads.cloned(), ..BacktestArgs::default() };
        let request = BacktestRequest {
            interval,
            range: TimeRange { from: document.from, to: document.to },
            warmup: document.warmup.into(),
            settings: document.settings.to_settings().ok_or_else(wrong)?,
            benchmark: document.benchmark.as_ref().map(|(symbol, _)| Given::by_flag("--benchmark", symbol)),
            threads: request::threads(&args, &context.config)?,
            cpu: request::cpu()?,
            format: OutputFormat::Table,
            bad_rows: if document.drop_bad_rows { BadRows::Drop } else { BadRows::Refuse },
            settle: SETTLE,
            data_dir: context.data_dir.clone(),
            out: None,
        };
        let given: Vec<ParamArg> =
            document.params.iter().map(|param| param.to_arg().ok_or_else(wrong)).collect::<Result<_, _>>()?;
        let named = document.strategies.iter().map(|planned| {
            let mut strategy = strategy::parse(&planned.text, &planned.source).map_err(Error::usage)?;
            // What is held by weights has no exits.
            let own =
                if strategy.is_weighted() { given.clone() } else { strategies::with_exits(&mut strategy, &given)? };
            Ok((strategy, own))
        });
        let named: Vec<(Strategy, Vec<ParamArg>)> = named.collect::<Result<_, Error>>()?;
        let (bound, grids) = grids(named)?;
        let sample = document.sample;
        let points = chosen(grids, sample.map(|sample| sample.count), sample.map_or(0, |sample| sample.seed));
        let selection = planned_ranking(&document, context)?;
        let files = assets(&document, interval, context)?;
        let mut plan = request.plan(files, bound, false)?;
        let is_sweep = document.command == ShardedCommand::Sweep;
        plan.segments = document.pbo_blocks.filter(|_| is_sweep).map(engine::honesty_segments);
        let (given, folder) = (request.benchmark.as_ref(), &context.data_dir);
        let mut plan = match document.command {
            ShardedCommand::Sweep => benchmark::measured_sweep(plan, selection.detail(), given, folder)?,
            ShardedCommand::Walk | ShardedCommand::Portfolio => benchmark::measured(plan, given, folder)?,
        };
        plan.warmup = document.warmup.into();
        let others = (others_digest(&plan.others), document.others, "other assets that the rules read");
        let closes = (
            plan.benchmark.as_deref().map(benchmark_digest),
            document.benchmark.as_ref().map(|(_, digest)| *digest),
            "the benchmark",
        );
        for (here, planned, what) in [others, closes] {
            if here != planned {
                return Err(Error::usage(format!(
                    "--plan: the candles of {what} are not those here: copy the same files to every machine, or make the plan anew"
                )));
            }
        }
        let blocks = match document.command {
            ShardedCommand::Sweep => BlockSequence::new(&points, plan.assets.len()).blocks(),
            ShardedCommand::Walk => plan.assets.len() as u64,
            ShardedCommand::Portfolio => points.iter().map(GridPoints::count).sum(),
        };
        if blocks != document.blocks {
            return Err(wrong());
        }
        let candles = document.assets.iter().map(PlannedAsset::id).collect();
        Ok(Self { id: document.id(), document, plan, points, selection, candles })
    }

    /// Blocks of a row group of the file of all rows.
    pub(super) fn group_blocks(&self) -> u64 {
        BlockSequence::new(&self.points, self.plan.assets.len()).blocks_of_rows(GROUP_ROWS)
    }

    /// Number of points, those that are skipped included.
    pub(super) fn all_points(&self) -> u64 {
        BlockSequence::new(&self.points, self.plan.assets.len()).points()
    }
}

/// Digest of what rules read of other assets, if they read any.
pub(super) fn others_digest(others: &[OtherCandles]) -> Option<Digest> {
    let digests: Vec<[u8; 32]> = others.iter().map(OtherCandles::whole_digest).collect();
    (!digests.is_empty()).then(|| Digest(joint_digest(&digests)))
}

/// Digest of what accounts are measured against.
pub(super) fn benchmark_digest(benchmark: &BenchmarkCandles) -> Digest {
    Digest(closes_digest(&benchmark.time, &benchmark.close))
}

fn planned_ranking(document: &ShardPlan, context: &Context) -> Result<Ranking, Error> {
    let planned = &document.ranking;
    let args = RankingArgs {
        sort: Some(planned.sort.clone()),
        top: Some(planned.top.to_string()),
        min_trades: Some(planned.min_trades.to_string()),
        filter: planned.filter.clone(),
    };
    ranking::requested(&args, &context.config)
}

/// The files of the plan's assets, in its order.
fn assets(document: &ShardPlan, interval: Interval, context: &Context) -> Result<Vec<CandleFile>, Error> {
    let folder = &context.data_dir;
    let catalog = Catalog::with_shorter(folder, interval).map_err(Error::usage)?;
    let files: HashMap<&str, &CandleFile> =
        catalog.entries().iter().map(|entry| (entry.symbol.as_str(), entry)).collect();
    let file = |symbol: &str| {
        files.get(symbol).map_or_else(|| CandleFile::absent(folder, symbol, interval), |entry| (*entry).clone())
    };
    Ok(document.assets.iter().map(|asset| file(&asset.symbol)).collect())
}

/// What is said of an asset whose candles are others than those of the plan.
pub(in crate::commands) fn other_candles(symbol: &str, planned: &CandleId, here: &CandleId) -> String {
    format!(
        "{}: the candles here are not those of the plan ({} bars then, {} here): copy the same files to every machine, or make the plan anew",
        escape(symbol),
        planned.bars,
        here.bars
    )
}
