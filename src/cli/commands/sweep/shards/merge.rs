//! `backtest sweep merge`: the parts of all shards become the result that one machine would have.

use std::path::Path;
use std::time::Instant;

use crate::args::{BacktestArgs, OutputFormat, ShardMergeArgs};
use crate::cache::Results;
use crate::commands::Context;
use crate::commands::sweep::output::{SweepOutput, skipped};
use crate::commands::sweep::shards::part::ShardedWork;
use crate::commands::sweep::shards::setup::ShardSetup;
use crate::commands::sweep::shards::{open, shown, store_error};
use crate::engine::{HonestyCollector, Progress, SweepSummary};
use crate::error::Error;
use crate::files::AtomicFile;
use crate::output::format;
use crate::output::luck::SweepLuck;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::report;
use crate::settings::file::choice;
use crate::settings::given::Given;
use crate::settings::{cache, request};
use crate::shards::{MergedRows, PartContents, PartStore, ShardPart, ShardPlan, ShardSet, ShardedCommand};
use crate::sim::Summary;
use crate::sim::random::shuffled;

/// Runs it.
///
/// # Errors
/// A wrong request or plan; shards that are missing or damaged; parts that are not what is computed here.
pub(super) fn run(args: &ShardMergeArgs, context: &Context) -> Result<(), Error> {
    let begun = Instant::now();
    let (document, store) = open(&args.place, ShardedCommand::Sweep)?;
    check_out(args.out.as_deref(), &document)?;
    let format = choice(args.format, &crate::args::options::FORMAT, &context.config)?;
    let shards = there(&document, &store, args.partial)?;
    let share = args.verify.as_deref().map(verified_share).transpose()?;
    let cached = BacktestArgs { no_cache: args.no_cache, ..BacktestArgs::default() };
    let results = cache::open(&cached, &context.global, &context.config)?;
    let setup = ShardSetup::of_plan(document, args.threads.as_ref(), context)?;
    let verified = share.map(|share| verify(&setup, &store, &shards, share, context)).transpose()?;

    let ShardSetup { plan, points, selection, document, .. } = &setup;
    let unwritten = |error: &dyn std::fmt::Display| {
        let path = args.out.as_deref().map(shown).unwrap_or_default();
        Error::failed(format!("--out {path}: {error}; nothing was written under that name"))
    };
    let file = |path: &Path| MergedRows::create(path, setup.group_blocks()).map_err(|error| unwritten(&error));
    let mut rows = args.out.as_deref().map(file).transpose()?;
    let mut best = SweepSummary::new(plan, selection, document.ranking.top, setup.all_points(), Vec::new());
    let mut honesty = document.pbo_blocks.map(|_| HonestyCollector::new(plan, points, &results));
    let mut summary = Summary {
        assets: plan.assets.len(),
        strategies: plan.strategies.len(),
        combinations: usize::try_from(setup.all_points()).unwrap_or(usize::MAX),
        bars: setup.candles.iter().map(|id| id.bars).sum(),
        ..Summary::default()
    };
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let merged = MergedShards { setup: &setup, store: &store, shards: &shards, is_partial: args.partial, context };
    let merged_shards = merged.each(|shard, part| {
        let broken = |error: &dyn std::fmt::Display| Error::failed(format!("the part of shard {shard}: {error}"));
        let contents: PartContents = part.contents(&setup.candles).map_err(|error| broken(&error))?;
        if let Some(file) = &mut rows {
            let own = part.rows().map_err(|error| broken(&error))?;
            let mut own = own.ok_or_else(|| broken(&"has no rows"))?;
            if own.rows() != contents.computed {
                return Err(broken(&"does not have a row for each of its points"));
            }
            let blocks = document.shard(shard).unwrap_or(0..0);
            file.add(&mut own, &contents.groups, &blocks).map_err(|error| unwritten(&error))?;
        }
        if let Some(honesty) = &mut honesty {
            contents.honesty.iter().for_each(|block| honesty.absorb(block));
        }
        best.absorb(contents.top);
        summary.misses += count(contents.computed);
        summary.skipped += count(contents.skipped.0);
        summary.broken += count(contents.skipped.1);
        Ok(())
    })?;
    let shown_points = best.finish();
    if let Some(point) =
        shown_points.best.first().filter(|point| honesty.is_some() && !plan.assets[point.asset].path.exists())
    {
        return Err(Error::usage(format!(
            "what is said of luck needs the candles of the best, {}, which are not in {}: name their folder with --data-dir, or plan with --no-honesty",
            plan.assets[point.asset].symbol,
            shown(&context.data_dir)
        )));
    }
    let honesty = honesty.zip(shown_points.best.first()).map(|(collector, best)| collector.finish(points, best));
    let luck = SweepLuck { honesty, reality_check: None };
    if let Some(warning) = results.finish().warning {
        context.printer.warn(&warning.to_string());
    }
    if let Some(rows) = rows {
        let metadata = luck.honesty.as_ref().map(|honesty| ("honesty", report::json::honesty(honesty)));
        rows.finish(metadata).map_err(|error| unwritten(&error))?;
    }
    summary.elapsed_ms = begun.elapsed().as_secs_f64() * 1000.0;
    merged.tell(merged_shards, verified);
    let totals = totals(&summary, merged_shards);
    let output = SweepOutput { plan, points, selection, context };
    let text = output.printed(&shown_points, &luck, (&summary, totals), format.unwrap_or(OutputFormat::Table))?;
    context.printer.data(&text)
}

/// The parts that are merged.
pub(in crate::commands) struct MergedShards<'a> {
    /// Of which plan.
    pub setup: &'a ShardSetup,
    /// Where they are.
    pub store: &'a PartStore,
    /// Of which shards.
    pub shards: &'a [u32],
    /// Whether damaged ones are left out.
    pub is_partial: bool,
    /// Where it is said.
    pub context: &'a Context,
}

impl MergedShards<'_> {
    /// Takes each part in the order of the shards; gives their number.
    ///
    /// # Errors
    /// A part that is damaged, where all are wanted; what taking it says.
    pub(in crate::commands) fn each(
        &self,
        mut take: impl FnMut(u32, &mut ShardPart) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        let bar = ProgressBar::new(self.context.printer, "shards");
        bar.begin(self.shards.len() as u64);
        let mut count = 0;
        for &shard in self.shards {
            match part(self.setup, self.store, shard) {
                Ok(mut part) => {
                    take(shard, &mut part)?;
                    count += 1;
                    bar.advance(1);
                }
                Err(error) if self.is_partial => self.context.printer.warn(&error.message().unwrap_or_default()),
                Err(error) => return Err(error),
            }
        }
        bar.end();
        Ok(count)
    }

    /// Says how many were merged, where that is not all, and how many were computed again.
    pub(in crate::commands) fn tell(&self, merged: usize, verified: Option<usize>) {
        let (all, printer) = (self.setup.document.shards(), self.context.printer);
        if merged < all as usize {
            printer.warn(&format!(
                "this is not the whole {}: {} of {} shards are merged",
                self.setup.document.command.name(),
                format::count(merged as u64),
                format::count(u64::from(all))
            ));
        }
        if let Some(verified) = verified {
            let shards = format::counted(verified, "shard");
            printer.note(&format!("{shards} computed here once more: the same bytes"));
        }
    }
}

/// Rows are merged as they are, which Parquet can and CSV need not be.
fn check_out(out: Option<&Path>, document: &ShardPlan) -> Result<(), Error> {
    match out {
        Some(_) if !document.rows => Err(Error::usage(
            "--out: the plan keeps no rows; leave it out, or plan without --no-rows and for at most 1,000,000,000 combinations",
        )),
        Some(path) => request::check_file("--out", path, &["parquet"]),
        None => Ok(()),
    }
}

/// Which part of the shards `--verify` means.
///
/// # Errors
/// A text that is no share.
pub(in crate::commands) fn verified_share(text: &str) -> Result<f64, Error> {
    let given = Given::by_flag("--verify", text);
    let share = crate::settings::given::fraction(text).filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| given.invalid("is not a share of the shards; write 1%, or 100% for all"))
}

/// The shards that have a part: all of them, unless a partial result is wanted.
///
/// # Errors
/// Shards that are missing, by their numbers; a place that cannot be asked.
pub(in crate::commands) fn there(plan: &ShardPlan, store: &PartStore, is_partial: bool) -> Result<Vec<u32>, Error> {
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for shard in 0..plan.shards() {
        let has = store.has(shard).map_err(|error| store_error(&error))?;
        if has { &mut there } else { &mut missing }.push(shard);
    }
    if there.is_empty() {
        return Err(Error::failed("no shard is done yet"));
    }
    if missing.is_empty() || is_partial {
        return Ok(there);
    }
    let missing: ShardSet = missing.into_iter().collect();
    let command = plan.command.name();
    Err(Error::failed(format!(
        "not all shards are done; missing are {missing}: run them with `backtest {command} run --shard`, or pass --partial to merge the others"
    )))
}

/// The part of a shard, checked.
fn part(setup: &ShardSetup, store: &PartStore, shard: u32) -> Result<ShardPart, Error> {
    let failed = |what: &dyn std::fmt::Display| {
        Error::failed(format!(
            "the part of shard {shard}: {what}; run the shard again (`backtest {} status` names all that are damaged)",
            setup.document.command.name()
        ))
    };
    let file = store.read(shard).map_err(|error| store_error(&error))?.ok_or_else(|| failed(&"it is gone"))?;
    ShardPart::open(file, setup.id, shard).map_err(|error| failed(&error))
}

/// Computes a share of the shards again, one at least, and compares the bytes; gives their number.
///
/// # Errors
/// The first that differs.
pub(in crate::commands) fn verify(
    work: &impl ShardedWork,
    store: &PartStore,
    shards: &[u32],
    share: f64,
    context: &Context,
) -> Result<usize, Error> {
    let setup = work.setup();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of shards")]
    let count = (f64::from(u32::try_from(shards.len()).unwrap_or(u32::MAX)) * share).ceil() as usize;
    // Of each plan other ones, and of the same plan the same.
    let seed = setup.id.iter().take(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte));
    let mut drawn = shards.to_vec();
    drawn.sort_by_key(|shard| shuffled(u64::from(*shard), seed));
    drawn.truncate(count.max(1));
    let folder = std::env::temp_dir().join(format!("backtest-{}.part", std::process::id()));
    let signals = Interrupts::listen();
    for &shard in &drawn {
        let file = AtomicFile::create(&folder).map_err(|error| Error::passing(format!("--verify: {error}")))?;
        let (file, _) = work.make_part(shard, file, &Results::off(), &signals, context)?;
        let here = ShardPart::open(file.handle()?, setup.id, shard)
            .map_err(|error| Error::failed(format!("--verify: shard {shard}: {error}")))?;
        if here.digest != part(setup, store, shard)?.digest {
            return Err(Error::failed(format!(
                "--verify: the part of shard {shard} is not what is computed here: one of the two machines computes wrongly, or is not running the same program. Nothing was merged"
            )));
        }
    }
    Ok(drawn.len())
}

/// The line below the table.
fn totals(summary: &Summary, shards: usize) -> String {
    format!(
        "{} on {}: merged from {}, {}, in {}\n",
        format::counted(summary.misses, "combination"),
        format::counted(summary.assets, "asset"),
        format::counted(shards, "shard"),
        skipped(summary),
        format::duration(summary.elapsed_ms),
    )
}
