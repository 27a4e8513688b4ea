//! The rows of a sweep on their way into its file, and the figures that are gathered from them.

use std::io;
use std::path::Path;

use crate::engine::{
    BlockSequence, BlockSink, BoundStrategy, FinishedBlock, GridPoints, HonestyCollector, Plan, SweepSummary,
};
use crate::report::stream::{GROUP_ROWS, RowStream};
use crate::sim::metrics::Outcome;
use crate::sim::{CacheState, Row};

/// A file of the rows of a sweep, or of some of its blocks: row groups are cut by the blocks' numbers, so that they are the
/// same bytes whoever writes them.
pub struct RowFile<'a> {
    stream: RowStream,
    plan: &'a Plan,
    /// For each strategy, where its parameters stand among those of all.
    places: Vec<Vec<usize>>,
    width: usize,
    /// Blocks of a row group, and the number of the one that is open.
    group_blocks: u64,
    group: u64,
    /// Numbers of the row groups that have rows.
    groups: Vec<u64>,
}

impl<'a> RowFile<'a> {
    /// A file at a place that decides its format.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn create(path: &Path, plan: &'a Plan, points: &[GridPoints]) -> io::Result<Self> {
        Ok(Self::new(RowStream::create(path, &plan.param_names(), plan.sweep_detail)?, plan, points))
    }

    /// A file that was begun.
    #[must_use]
    pub fn new(stream: RowStream, plan: &'a Plan, points: &[GridPoints]) -> Self {
        let names = plan.param_names();
        let place = |name: &String| names.iter().position(|other| other == name).unwrap_or_default();
        let of = |bound: &BoundStrategy| bound.strategy.params.iter().map(|param| place(&param.name)).collect();
        Self {
            stream,
            plan,
            places: plan.strategies.iter().map(of).collect(),
            width: names.len(),
            group_blocks: BlockSequence::new(points, plan.assets.len()).blocks_of_rows(GROUP_ROWS),
            group: 0,
            groups: Vec::new(),
        }
    }

    /// The file, once it has all rows, and the numbers of its row groups.
    #[must_use]
    pub fn into_stream(self) -> (RowStream, Vec<u64>) {
        (self.stream, self.groups)
    }

    /// Adds the rows of a block.
    ///
    /// # Errors
    /// When the disk is full, or fails.
    pub fn add(&mut self, finished: &FinishedBlock<'_>) -> io::Result<()> {
        let group = finished.number / self.group_blocks;
        if group != self.group {
            self.stream.end_group()?;
            self.group = group;
        }
        let Some(first) = finished.outcomes.first() else { return Ok(()) };
        if self.groups.last() != Some(&group) {
            self.groups.push(group);
        }
        let asset = Row {
            warmup_bars: finished.candles.warmup_bars(),
            ..asset_row(self.plan, (finished.strategy, finished.asset), first, finished.cache)
        };
        let (places, width) = (&self.places[finished.strategy], self.width);
        let rows = finished.block.open().zip(finished.outcomes);
        let rows = rows.map(|(values, outcome)| (in_columns(places, width, values), outcome.metrics));
        self.stream.add(&asset, rows)
    }
}

/// The values of a strategy in the columns of all; not a number where it has no such parameter.
fn in_columns(places: &[usize], width: usize, values: &[f64]) -> Vec<f64> {
    let mut all = vec![f64::NAN; width];
    for (place, value) in places.iter().zip(values) {
        all[*place] = *value;
    }
    all
}

/// The summary of a sweep's points, and the file of all of them.
pub struct RowSink<'a, 'r> {
    /// What is gathered of all points.
    pub summary: SweepSummary<'a>,
    /// How much of the best may be luck, where that is wanted.
    pub honesty: Option<HonestyCollector<'r>>,
    /// Where each point gets a row, if anywhere.
    pub file: Option<RowFile<'a>>,
}

impl BlockSink for RowSink<'_, '_> {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        self.summary.accept(finished)?;
        if let Some(honesty) = &mut self.honesty {
            honesty.accept(finished);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.add(finished)).map_err(|error| error.to_string())
    }
}

/// A row of a strategy on an asset, by their numbers in the plan, without what tells its points apart.
#[must_use]
pub fn asset_row(plan: &Plan, (strategy, asset): (usize, usize), outcome: &Outcome, cache: CacheState) -> Row {
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
