//! What a selection chose: the points, their figures in each window, and accounts with a schedule of them.

use std::ops::Range;

use super::selection::{Selected, Selection, StrategyPoint, Stretches, WindowSegments, borders, segments};
use super::{Pick, WalkFailure, WindowChoice};
use crate::block::GridPoints;
use crate::cache::Results;
use crate::data::{CandleFile, Index, escape};
use crate::inputs::AssetData;
use crate::plan::Plan;
use crate::pool::Progress;
use crate::ranking::Ranking;
use crate::segmentation::{Cuts, Segmentation};
use crate::sim::account::{BarTrade, BorderRule, Record, SegmentStats};
use crate::sim::fold::{Combination, Compiled, ScheduleEntry, StitchedAccount};
use crate::sim::metrics::{self, Benchmark, Detail, SegmentDetail};
use crate::sim::{Candles, Summary};
use crate::sweep::{Swept, sweep_strategies};

/// Points whose figures are kept where all of them are needed, in pairs with a window.
pub(super) const MOST_KEPT: u64 = 1 << 24;

/// The asset of a walk, and how it chooses.
pub(super) struct Choosing<'a> {
    pub plan: &'a Plan,
    pub entry: &'a CandleFile,
    pub data: &'a AssetData,
    pub ranking: &'a Ranking,
    pub detail: SegmentDetail,
    pub pick: Pick,
}

/// The points that were chosen.
pub(super) struct ChosenPoints<'a> {
    from: &'a Choosing<'a>,
    stretches: &'a [Stretches],
    selected: Selected,
    cut: Vec<WindowSegments>,
    compiled: Compiled,
    /// The points that were chosen, each once.
    points: Vec<StrategyPoint>,
    /// Which of them each window has.
    places: Vec<Option<usize>>,
    /// All sums of each segment, of each of these points.
    rows: Vec<Vec<SegmentStats>>,
    trades: Vec<Record>,
    /// Totals of the sweep.
    pub summary: Summary,
}

impl<'a> Choosing<'a> {
    /// Why it cannot be done on the candles of this asset.
    pub(super) fn error(&self, error: impl std::fmt::Display) -> WalkFailure {
        WalkFailure::Windows(format!("{}: {error}", escape(&self.entry.symbol)))
    }

    fn bars_per_year(&self) -> f64 {
        let (time, Plan { settings, interval, .. }) = (&self.data.candles.time, self.plan);
        settings.year.bars(*interval, time.len() as u64, time[0], time[time.len() - 1])
    }

    /// Sweeps the points of each strategy once, and chooses one for each of these windows.
    pub(super) fn choose(
        &'a self,
        points: &[GridPoints],
        stretches: &'a [Stretches],
        (results, index, progress): (&Results, &mut Index, &dyn Progress),
    ) -> Result<ChosenPoints<'a>, WalkFailure> {
        let Self { plan, entry, ranking, .. } = *self;
        let candles = &self.data.candles;
        let keeps_all = self.pick == Pick::Plateau;
        let all = points.iter().map(GridPoints::count).fold(0, u64::saturating_add);
        if keeps_all && all.saturating_mul(stretches.len() as u64) > MOST_KEPT {
            let most = MOST_KEPT / stretches.len() as u64;
            return Err(self.error(format_args!(
                "--pick plateau keeps all points of all windows: more than {most} points are too many; pass a coarser grid"
            )));
        }
        let borders = borders(stretches, candles.len());
        let own = Plan {
            assets: vec![entry.clone()],
            segments: Some(Segmentation { cuts: Cuts::At(borders.clone()), detail: self.detail }),
            ..plan.clone()
        };
        let cut = || segments(stretches, &borders, candles, self.bars_per_year());
        let mut selection = Selection::new(ranking, &entry.symbol, plan.settings, cut(), keeps_all);
        let Swept { summary, ended, .. } = sweep_strategies(&own, points, results, index, progress, &mut selection);
        match ended {
            Some(Some(why)) => return Err(self.error(why)),
            Some(None) => return Err(WalkFailure::Stopped),
            None => {}
        }
        if let Some(reason) = summary.failed.first() {
            return Err(WalkFailure::Asset(reason.reason.clone()));
        }
        let mut selected = selection.finish();
        if keeps_all {
            selected.pick_plateau(ranking.by.metric);
        }
        if selected.points == 0 {
            return Err(self.error("every combination is skipped by the strategy's require or by an indicator"));
        }
        Ok(ChosenPoints::new(self, stretches, (selected, cut(), summary), &borders))
    }
}

impl<'a> ChosenPoints<'a> {
    fn new(
        from: &'a Choosing<'a>,
        stretches: &'a [Stretches],
        (selected, cut, summary): (Selected, Vec<WindowSegments>, Summary),
        borders: &[usize],
    ) -> Self {
        let Choosing { plan, data, .. } = *from;
        let (points, places) = distinct(&selected.best);
        let combinations = points.iter().map(|point| Combination {
            strategy: &plan.strategies[point.strategy].strategy,
            values: point.values.as_slice(),
        });
        let compiled = Compiled::new(combinations, plan.settings.direction);
        let benchmark = plan.benchmark_of(&data.candles);
        let found = compiled.fold_segments(data.market(), &plan.terms(), (&benchmark, Detail::Sums), borders, |_| true);
        let rows = found.unwrap_or_default().into_iter().map(|(_, rows)| rows).collect();
        let mut trades = vec![Record::default(); points.len()];
        compiled.fold(data.market(), &plan.terms(), &mut trades);
        Self { from, stretches, selected, cut, compiled, points, places, rows, trades, summary }
    }

    /// What the sweep gathered.
    pub(super) fn selected(&self) -> &Selected {
        &self.selected
    }

    /// What was chosen in a window; none where no point could be.
    pub(super) fn choice(&mut self, window: usize) -> Option<WindowChoice> {
        let (place, plan) = (self.places[window]?, self.from.plan);
        let [in_sample, out_of_sample] = self.cut[window].metrics(&self.rows[place], plan.settings.capital);
        let StrategyPoint { strategy, values } = self.points[place].clone();
        let metric = self.from.ranking.by.metric;
        let places = (self.stretches.len(), window);
        let (rank, ranked) = self::place(&self.selected, places, &self.points[place], (metric, out_of_sample[metric]));
        let spans = |bars: &Range<usize>| spanning(&self.trades[place], bars);
        let trades_spanning = self.stretches[window].test.iter().map(spans).sum();
        Some(WindowChoice { strategy, values, in_sample, out_of_sample, trades_spanning, rank, ranked })
    }

    /// Sums of returns and of their squares, in sample and out of sample, of what each window chose.
    pub(super) fn moments(&self) -> Vec<Option<[[f64; 2]; 2]>> {
        let capital = self.from.plan.settings.capital;
        let one = |(place, window): (&Option<usize>, &WindowSegments)| {
            place.map(|place| window.moments(&self.rows[place], capital))
        };
        self.places.iter().zip(&self.cut).map(one).collect()
    }

    /// From a bar on the parameters that a window chose apply.
    pub(super) fn entry(&self, from: usize, window: usize) -> ScheduleEntry {
        ScheduleEntry { from, combination: self.places[window] }
    }

    /// The account of a schedule up to the bar `end`.
    pub(super) fn stitch(&self, schedule: &[ScheduleEntry], rule: BorderRule, end: usize) -> StitchedAccount {
        let Choosing { plan, data, .. } = *self.from;
        let candles = data.candles.slice(0..end);
        let tested: Candles = candles.slice(schedule[0].from..end);
        let benchmark: Benchmark = plan.benchmark_of(&tested);
        self.compiled.stitch(data.market_with(&candles, data.market().own), &plan.terms(), schedule, rule, &benchmark)
    }
}

/// Place out of sample in a window of a chosen point, whose metric is this, among all points, and their number.
pub(super) fn place(
    selected: &Selected,
    (width, window): (usize, usize),
    point: &StrategyPoint,
    (metric, value): (usize, Option<f64>),
) -> (usize, usize) {
    let table = &metrics::TABLE[metric];
    let rank = |value: f64| table.rank(Some(value).filter(|value| !value.is_nan()));
    let points = || selected.figures.chunks_exact(width);
    // Its own figure of the sweep, where that was kept. By rounding alone none is better.
    let kept = selected.kept.iter().position(|other| other == point);
    let ours = kept.and_then(|at| points().nth(at)).map_or(table.rank(value), |row| rank(row[window].out_of_sample));
    let limit = if ours.is_finite() { ours - 1e-9 * ours.abs() } else { ours };
    let better = points().filter(|row| rank(row[window].out_of_sample) < limit).count();
    (better + 1, selected.kept.len())
}

/// The points that were chosen, each once, and which of them each window has.
pub(super) fn distinct(best: &[Option<StrategyPoint>]) -> (Vec<StrategyPoint>, Vec<Option<usize>>) {
    let mut points: Vec<StrategyPoint> = Vec::new();
    let mut places = Vec::new();
    for point in best {
        places.push(point.as_ref().map(|point| {
            points.iter().position(|other| other == point).unwrap_or_else(|| {
                points.push(point.clone());
                points.len() - 1
            })
        }));
    }
    (points, places)
}

/// Trades that were closed in these bars and had begun before.
fn spanning(record: &Record, bars: &Range<usize>) -> u64 {
    let spans = |trade: &&BarTrade| !trade.open && bars.contains(&trade.exit_bar) && trade.entry_bar < bars.start;
    record.bar_trades().iter().filter(spans).count() as u64
}
