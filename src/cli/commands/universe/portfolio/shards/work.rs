//! A shard of a portfolio's grid: some of its points, one block after the other.

use std::time::Instant;

use crate::cache::Results;
use crate::commands::Context;
use crate::commands::sweep::shards::{ShardSetup, ShardedWork, other_candles, stopped, unreadable, unwritten};
use crate::commands::universe::portfolio::universe_of;
use crate::engine::{PortfolioPoint, UniverseData};
use crate::error::Error;
use crate::files::AtomicFile;
use crate::output::format;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::shards::{ConfigurationContents, ConfigurationRecord, ShardPlan, ShardedCommand, finish_part};
use crate::sim::{CacheState, CandleId};

/// The grid of a portfolio as a plan describes it.
pub(super) struct PortfolioWork {
    setup: ShardSetup,
}

impl ShardedWork for PortfolioWork {
    const COMMAND: ShardedCommand = ShardedCommand::Portfolio;

    fn new(document: ShardPlan, threads: Option<&String>, context: &Context) -> Result<Self, Error> {
        Ok(Self { setup: ShardSetup::new(document, threads, context)? })
    }

    fn setup(&self) -> &ShardSetup {
        &self.setup
    }

    fn make_part(
        &self,
        shard: u32,
        mut file: AtomicFile,
        results: &Results,
        signals: &Interrupts,
        context: &Context,
    ) -> Result<(AtomicFile, String), Error> {
        let begun = Instant::now();
        let ShardSetup { plan, points, document, .. } = &self.setup;
        let mut data = self.load(context)?;
        let numbers = document.shard(shard).unwrap_or(0..0);
        let bar = ProgressBar::stoppable(context.printer, "configurations", signals.clone());
        let (mut configurations, mut hits) = (Vec::new(), 0);
        let ended = data.sweep(plan, (&points[0], numbers), results, &bar, |found| {
            hits += found.iter().filter(|point| point.cache == CacheState::Hit).count();
            configurations.extend(found.into_iter().map(record));
        });
        let (skipped, broken) = ended.ok_or_else(|| stopped(shard, signals))?;
        let contents = ConfigurationContents {
            configurations,
            skipped: (skipped as u64, broken as u64),
            bars: data.universe.time.len() as u64,
        };
        finish_part(&mut file, self.setup.id, shard, &contents).map_err(|error| unwritten(shard, &error))?;
        let done = format!(
            "{}, {} of them from cache, in {}",
            format::counted(contents.configurations.len(), "configuration"),
            format::count(hits as u64),
            format::duration(begun.elapsed().as_secs_f64() * 1000.0),
        );
        Ok((file, done))
    }
}

impl PortfolioWork {
    /// The candles of all assets, which must be those of the plan.
    ///
    /// # Errors
    /// Candles that are others, or cannot be read.
    pub(super) fn load(&self, context: &Context) -> Result<UniverseData, Error> {
        let ShardSetup { plan, candles, .. } = &self.setup;
        let data = universe_of(plan, context).map_err(|reason| {
            let absent = plan.assets.iter().find(|file| !file.path.exists());
            unreadable(&self.setup, &[(absent.map_or("", |file| &file.symbol), &reason)])
        })?;
        if !data.failed.is_empty() {
            let failed: Vec<(&str, &str)> =
                data.failed.iter().map(|failed| (failed.symbol.as_str(), failed.reason.as_str())).collect();
            return Err(unreadable(&self.setup, &failed));
        }
        let mut here = data.asset_ids.iter();
        for (file, planned) in plan.assets.iter().zip(candles) {
            let nothing = CandleId { bars: 0, ..*planned };
            let here = if data.absent.contains(&file.symbol) { &nothing } else { here.next().unwrap_or(&nothing) };
            if here != planned {
                return Err(Error::usage(other_candles(&file.symbol, planned, here)));
            }
        }
        Ok(data)
    }
}

fn record(point: PortfolioPoint) -> ConfigurationRecord {
    let PortfolioPoint { values, outcome, blocks, .. } = point;
    ConfigurationRecord { values, outcome, blocks }
}
