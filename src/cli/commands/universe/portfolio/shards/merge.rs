//! `backtest portfolio merge`: the parts of all shards become the tables and files that one machine would have.

use std::time::Instant;

use crate::args::{OutputFormat, ShardMergeArgs};
use crate::commands::Context;
use crate::commands::sweep::shards::{self, MergedShards, ShardSetup, ShardedWork};
use crate::commands::universe::portfolio::grid::{GridOutput, skipped};
use crate::commands::universe::portfolio::shards::work::PortfolioWork;
use crate::data::escape;
use crate::engine::{self, KeyMaker, PortfolioPoint};
use crate::error::Error;
use crate::output::format;
use crate::output::luck::SweepLuck;
use crate::settings::file::choice;
use crate::settings::request;
use crate::shards::{ConfigurationContents, ConfigurationRecord, ShardedCommand};
use crate::sim::{CacheState, Summary};

/// Runs it.
///
/// # Errors
/// A wrong request or plan; shards that are missing or damaged; candles that are missing, or others.
pub(super) fn run(args: &ShardMergeArgs, context: &Context) -> Result<(), Error> {
    let begun = Instant::now();
    let (document, store) = shards::open(&args.place, ShardedCommand::Portfolio)?;
    if let Some(path) = &args.out {
        request::check_file("--out", path, &["json", "csv", "parquet"])?;
    }
    let format = choice(args.format, &crate::args::options::FORMAT, &context.config)?;
    let there = shards::there(&document, &store, args.partial)?;
    let share = args.verify.as_deref().map(shards::verified_share).transpose()?;
    let work = PortfolioWork::new(document, args.threads.as_ref(), context)?;
    let verified = share.map(|share| shards::verify(&work, &store, &there, share, context)).transpose()?;

    let ShardSetup { plan, points, selection, candles, document, .. } = work.setup();
    let (key_maker, id) = (KeyMaker::new(plan), engine::universe_id(candles));
    let id = id.ok_or_else(|| Error::usage("--plan: it has no assets; make it anew"))?;
    let (mut all, mut summary) =
        (Vec::new(), Summary { assets: plan.assets.len(), strategies: 1, ..Summary::default() });
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    summary.combinations = count(points[0].count());
    let point = |found: ConfigurationRecord| {
        let ConfigurationRecord { values, outcome, blocks } = found;
        let key = key_maker.portfolio(plan, &id, &values);
        PortfolioPoint { values, outcome, blocks, cache: CacheState::Miss, key }
    };
    let merged = MergedShards { setup: work.setup(), store: &store, shards: &there, is_partial: args.partial, context };
    let merged_shards = merged.each(|shard, part| {
        let broken = |error: &dyn std::fmt::Display| Error::failed(format!("the part of shard {shard}: {error}"));
        let contents: ConfigurationContents = part.contents(candles).map_err(|error| broken(&error))?;
        let ConfigurationContents { configurations, skipped, bars } = contents;
        let own = document.shard(shard).unwrap_or(0..0);
        if configurations.len() as u64 + skipped.0 != own.end - own.start {
            return Err(broken(&"does not have each of its configurations"));
        }
        summary.misses += configurations.len();
        summary.skipped += count(skipped.0);
        summary.broken += count(skipped.1);
        summary.bars = bars;
        all.extend(configurations.into_iter().map(point));
        Ok(())
    })?;
    let output = GridOutput::new(plan, selection, &all, context);
    let top = output.top().filter(|_| document.pbo_blocks.is_some());
    let honesty = top.map(|top| {
        check_candles(&work, context)?;
        Ok::<_, Error>(engine::portfolio_honesty(&mut work.load(context)?, plan, (&points[0], &all, top)))
    });
    let luck = SweepLuck { honesty: honesty.transpose()?, reality_check: None };
    summary.elapsed_ms = begun.elapsed().as_secs_f64() * 1000.0;
    merged.tell(merged_shards, verified);
    let totals = format!(
        "{} of {}: merged from {}{}, in {}\n",
        format::counted(summary.misses, "configuration"),
        format::counted(summary.assets, "asset"),
        format::counted(merged_shards, "shard"),
        skipped(&summary),
        format::duration(summary.elapsed_ms),
    );
    let out = (args.out.as_deref(), format.unwrap_or(OutputFormat::Table));
    context.printer.data(&output.written(&luck, (&summary, &totals), out)?)
}

/// Sees that the candles are here, of which what is said of luck is made.
fn check_candles(work: &PortfolioWork, context: &Context) -> Result<(), Error> {
    let absent: Vec<&str> =
        work.setup().plan.assets.iter().filter(|file| !file.path.exists()).map(|file| file.symbol.as_str()).collect();
    match absent[..] {
        [] => Ok(()),
        [first, ..] => Err(Error::usage(format!(
            "what is said of luck needs the candles of all assets, and those of {} are not in {}: name their folder with --data-dir, or plan with --no-honesty",
            escape(first),
            escape(&context.data_dir.display().to_string())
        ))),
    }
}
