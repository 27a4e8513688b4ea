//! `backtest sweep run`, and `run` of other plans: one shard, on any machine, any number of times.

use crate::args::{BacktestArgs, ShardRunArgs};
use crate::cache::Results;
use crate::commands::sweep::shards::setup::{ShardSetup, other_candles};
use crate::commands::sweep::shards::{open, store_error};
use crate::commands::{Context, execution};
use crate::data::{Index, escape};
use crate::engine::{self, BlockHonesty, BlockSink, FinishedBlock, HonestyCollector, SweepSummary, Swept};
use crate::error::Error;
use crate::files::AtomicFile;
use crate::output::format;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::output::sweep_rows::RowFile;
use crate::report::stream::RowStream;
use crate::settings::{cache, environment};
use crate::shards::{PartContents, PartProblem, ShardPart, ShardPlan, ShardedCommand, finish_part};
use crate::sim::Summary;

/// The signal by which schedulers end a process.
const SIGTERM: u8 = 15;

/// Work that is done in shards.
pub(in crate::commands) trait ShardedWork: Sized {
    /// What its plans say that is done.
    const COMMAND: ShardedCommand;

    /// The work that a plan describes, with so many threads.
    ///
    /// # Errors
    /// What is here is not what the plan was made for.
    fn new(document: ShardPlan, threads: Option<&String>, context: &Context) -> Result<Self, Error>;

    /// The plan, and what it becomes here.
    fn setup(&self) -> &ShardSetup;

    /// Computes a shard of the plan, which has it, into a file; the same bytes on every machine. Says what was done.
    ///
    /// # Errors
    /// Candles that are others, or cannot be read; a part that cannot be written now; a signal.
    fn make_part(
        &self,
        shard: u32,
        file: AtomicFile,
        results: &Results,
        signals: &Interrupts,
        context: &Context,
    ) -> Result<(AtomicFile, String), Error>;
}

/// Runs it.
///
/// # Errors
/// A wrong request or plan, or candles that are others; assets that cannot be read; a part that cannot be written now.
pub(in crate::commands) fn run<W: ShardedWork>(args: &ShardRunArgs, context: &Context) -> Result<(), Error> {
    let (document, store) = open(&args.place, W::COMMAND)?;
    let (shard, last) = (args.shard, document.shards() - 1);
    if shard > last {
        return Err(Error::usage(format!("--shard {shard}: the plan has shards 0 to {last}")));
    }
    let mut replaces = false;
    if let Some(file) = store.read(shard).map_err(|error| store_error(&error))? {
        match ShardPart::open(file, document.id(), shard) {
            Ok(_) => {
                context.printer.note(&format!("shard {shard} is done already"));
                return Ok(());
            }
            Err(PartProblem::Damaged(what)) => {
                replaces = true;
                context.printer.note(&format!("the part of shard {shard} is damaged and is made again: {what}"));
            }
            Err(PartProblem::Foreign(what)) => {
                return Err(Error::usage(format!("the part of shard {shard} in {}: {what}", escape(&store.place()))));
            }
            Err(PartProblem::Unreadable(error)) => {
                return Err(Error::passing(format!("the part of shard {shard} cannot be read: {error}")));
            }
        }
    }
    let cached = BacktestArgs {
        refresh: args.refresh,
        no_cache: args.no_cache,
        ttl: args.ttl.clone(),
        ..BacktestArgs::default()
    };
    let results = cache::open(&cached, &context.global, &context.config)?;
    let work = W::new(document, args.threads.as_ref(), context)?;
    // From before there is a file: a signal must not leave half of one.
    let signals = Interrupts::listen();
    let file = store.create(shard).map_err(|error| store_error(&error))?;
    let (part, done) = work.make_part(shard, file, &results, &signals, context)?;
    store.publish(shard, part, replaces).map_err(|error| store_error(&error))?;
    execution::warn_of_cache(results.finish().warning.as_ref(), context);
    context.printer.note(&format!("shard {shard} is done: {done}"));
    Ok(())
}

/// A part that cannot be written now.
pub(in crate::commands) fn unwritten(shard: u32, error: &dyn std::fmt::Display) -> Error {
    Error::passing(format!("the part of shard {shard} cannot be written: {error}; it is tried again from the start"))
}

/// A shard that a signal ended.
pub(in crate::commands) fn stopped(shard: u32, signals: &Interrupts) -> Error {
    match signals.came() {
        Some(SIGTERM) => Error::passing(format!("shard {shard} was stopped; it is to be run again")),
        signal => Error::Interrupted(signal.unwrap_or(2)),
    }
}

/// Assets that cannot be read, with the reasons: one whose file is missing here is a wrong copy of the candles.
pub(in crate::commands) fn unreadable(setup: &ShardSetup, failed: &[(&str, &str)]) -> Error {
    let absent = failed.iter().any(|(symbol, _)| is_absent(setup, symbol));
    let reasons = failed.iter().map(|(_, reason)| *reason).collect::<Vec<_>>().join("; ");
    if absent { Error::usage(reasons) } else { Error::failed(reasons) }
}

impl ShardedWork for ShardSetup {
    const COMMAND: ShardedCommand = ShardedCommand::Sweep;

    fn new(document: ShardPlan, threads: Option<&String>, context: &Context) -> Result<Self, Error> {
        Self::of_plan(document, threads, context)
    }

    fn setup(&self) -> &ShardSetup {
        self
    }

    fn make_part(
        &self,
        shard: u32,
        file: AtomicFile,
        results: &Results,
        signals: &Interrupts,
        context: &Context,
    ) -> Result<(AtomicFile, String), Error> {
        let (file, summary) = make_part(self, shard, file, results, signals, context)?;
        let done = format!(
            "{}, {} of them from cache, in {}",
            format::counted(summary.hits + summary.misses, "combination"),
            format::count(summary.hits as u64),
            format::duration(summary.elapsed_ms),
        );
        Ok((file, done))
    }
}

/// Computes a shard of the plan, which has it, into a file; the same bytes on every machine.
///
/// # Errors
/// As [`run`].
fn make_part(
    setup: &ShardSetup,
    shard: u32,
    file: AtomicFile,
    results: &Results,
    signals: &Interrupts,
    context: &Context,
) -> Result<(AtomicFile, Summary), Error> {
    let ShardSetup { plan, points, selection, .. } = setup;
    let blocks = setup.document.shard(shard).unwrap_or(0..0);
    let unwritten = |error: &dyn std::fmt::Display| unwritten(shard, error);
    let file = if setup.document.rows {
        let stream = RowStream::parquet(file, &plan.param_names(), plan.sweep_detail);
        PartFile::Rows(RowFile::new(stream.map_err(|error| unwritten(&error))?, plan, points))
    } else {
        PartFile::Bare(file)
    };
    let top = setup.document.ranking.top;
    let mut sink = ShardSink {
        setup,
        summary: SweepSummary::new(plan, selection, top, setup.all_points(), Vec::new()),
        honesty: setup.document.pbo_blocks.map(|_| HonestyCollector::new(plan, points, results)),
        gathered: Vec::new(),
        file,
        stale: None,
    };
    let mut index = Index::open(environment::cache_dir().as_deref());
    let bar = ProgressBar::stoppable(context.printer, "combinations", signals.clone());
    let Swept { summary, ended, .. } =
        engine::sweep_blocks(plan, points, blocks.clone(), results, &mut index, &bar, &mut sink);
    index.save();
    if let Some(what) = sink.stale {
        return Err(Error::usage(what));
    }
    match ended {
        Some(Some(why)) => return Err(unwritten(&why)),
        Some(None) => return Err(stopped(shard, signals)),
        None => {}
    }
    if !summary.failed.is_empty() {
        let failed: Vec<(&str, &str)> =
            summary.failed.iter().map(|failed| (failed.symbol.as_str(), failed.reason.as_str())).collect();
        return Err(unreadable(setup, &failed));
    }
    let (honesty, gathered, top) = (sink.honesty, sink.gathered, sink.summary.into_shard());
    let (mut file, groups) = match sink.file {
        PartFile::Bare(file) => (file, Vec::new()),
        PartFile::Rows(rows) => {
            let (stream, groups) = rows.into_stream();
            (stream.finish_file().map_err(|error| unwritten(&error))?, groups)
        }
    };
    if let Some(honesty) = honesty {
        honesty.store_trials();
    }
    let count = |count: usize| count as u64;
    let contents = PartContents {
        top,
        honesty: gathered,
        computed: count(summary.hits + summary.misses),
        skipped: (count(summary.skipped), count(summary.broken)),
        groups,
    };
    finish_part(&mut file, setup.id, shard, &contents).map_err(|error| unwritten(&error))?;
    Ok((file, summary))
}

/// Whether the candle file of an asset is missing on this machine.
fn is_absent(setup: &ShardSetup, symbol: &str) -> bool {
    setup.plan.assets.iter().any(|entry| entry.symbol == symbol && !entry.path.exists())
}

/// The file of a part under construction, with rows or without.
enum PartFile<'a> {
    Rows(RowFile<'a>),
    Bare(AtomicFile),
}

/// Gathers a shard.
struct ShardSink<'a, 'r> {
    setup: &'a ShardSetup,
    summary: SweepSummary<'a>,
    honesty: Option<HonestyCollector<'r>>,
    gathered: Vec<BlockHonesty>,
    file: PartFile<'a>,
    /// Why the candles here are not those of the plan.
    stale: Option<String>,
}

impl BlockSink for ShardSink<'_, '_> {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        let (planned, asset) = (&self.setup.candles[finished.asset], &self.setup.plan.assets[finished.asset]);
        if finished.candles != *planned {
            let what = other_candles(&asset.symbol, planned, &finished.candles);
            self.stale = Some(what.clone());
            return Err(what);
        }
        self.summary.accept(finished)?;
        if let Some(honesty) = &mut self.honesty {
            self.gathered.extend(honesty.gather(finished));
        }
        match &mut self.file {
            PartFile::Rows(rows) => rows.add(finished).map_err(|error| error.to_string()),
            PartFile::Bare(_) => Ok(()),
        }
    }
}
