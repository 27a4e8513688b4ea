//! The best point of each window, gathered while a sweep goes by.

use std::ops::Range;

use super::windows::WindowBars;
use crate::ranking::{Ranking, SymbolMatches};
use crate::segmentation::BlockSegments;
use crate::sim::metrics::{self, Detail, Metrics, Outcome, RankBy, SegmentDetail, SegmentSums, TABLE, WindowMetrics};
use crate::sim::{Candles, Settings};
use crate::sweep::{BlockSink, FinishedBlock};

/// Pairs of a point and a window whose figures are kept; of more points, an evenly spread sample is.
const KEPT: usize = 1 << 20;

/// How the parameters of a window are picked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pick {
    /// The best point in sample.
    #[default]
    Best,
    /// The point whose neighbours in the grid, itself among them, are the best on average in sample.
    Plateau,
}

/// A point of the grid of one of several strategies; in the order of the strategies, then of the values.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) struct StrategyPoint {
    /// Number of the strategy.
    pub strategy: usize,
    /// Values of its parameters.
    pub values: Vec<f64>,
}

/// Stretches of bars to choose on, and those to be tested on; both in order of time, and neither touch each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretches {
    pub train: Vec<Range<usize>>,
    pub test: Vec<Range<usize>>,
}

impl From<&WindowBars> for Stretches {
    fn from(WindowBars { train, test, .. }: &WindowBars) -> Self {
        Self { train: vec![train.clone()], test: vec![test.clone()] }
    }
}

/// Stretches cut into the segments that a sweep keeps.
pub(super) struct WindowSegments {
    train: Vec<Range<usize>>,
    test: Vec<Range<usize>>,
    train_metrics: WindowMetrics,
    test_metrics: WindowMetrics,
}

/// The bars at which segments begin so that each stretch is made of whole ones.
pub(super) fn borders(windows: &[Stretches], bars: usize) -> Vec<usize> {
    let edges = windows.iter().flat_map(|Stretches { train, test }| train.iter().chain(test));
    let edges = edges.flat_map(|stretch| [stretch.start, stretch.end]);
    let mut borders: Vec<usize> = edges.filter(|edge| *edge > 0 && *edge < bars).collect();
    borders.sort_unstable();
    borders.dedup();
    borders
}

/// The segments of each window.
pub(super) fn segments(
    windows: &[Stretches],
    borders: &[usize],
    candles: &Candles,
    bars_per_year: f64,
) -> Vec<WindowSegments> {
    let place = |bar: usize| if bar == 0 { 0 } else { borders.partition_point(|border| *border < bar) + 1 };
    let spans = |stretches: &[Range<usize>]| {
        stretches.iter().map(|bars| place(bars.start)..place(bars.end)).collect::<Vec<_>>()
    };
    let window = |Stretches { train, test }: &Stretches| WindowSegments {
        train: spans(train),
        test: spans(test),
        train_metrics: WindowMetrics::new(&candles.close, train, bars_per_year),
        test_metrics: WindowMetrics::new(&candles.close, test, bars_per_year),
    };
    windows.iter().map(window).collect()
}

/// Merged statistics of some spans of segments of a point, and the equity before them. A later span goes on with the
/// equity of the one before it, as if nothing lay between them.
pub(super) fn merged<S: SegmentSums>(rows: &[S], spans: &[Range<usize>], capital: f64) -> (S, f64) {
    let before = |span: &Range<usize>| span.start.checked_sub(1).map_or(capital, |before| rows[before].equity());
    let whole = |span: &Range<usize>| {
        let mut all = rows[span.start].clone();
        for later in &rows[span.start + 1..span.end] {
            all.merge(later);
        }
        all
    };
    let mut all = whole(&spans[0]);
    for span in &spans[1..] {
        let (mut later, before) = (whole(span), before(span));
        later.scale(if before > 0.0 { all.equity() / before } else { 0.0 });
        all.merge(&later);
    }
    (all, before(&spans[0]))
}

impl WindowSegments {
    /// The metrics that can be worked out, in sample and out of sample, of a point with these segments.
    pub(super) fn metrics<S: SegmentSums>(&mut self, rows: &[S], capital: f64) -> [Metrics; 2] {
        let all = |stats: &S, before: f64, window: &mut WindowMetrics| {
            let value = window.read(stats, before);
            let mut metrics: Metrics = [None; metrics::COUNT];
            for metric in SegmentDetail::Stats.metrics() {
                metrics[metric] = value(metric);
            }
            metrics
        };
        let (train, before) = merged(rows, &self.train, capital);
        let in_sample = all(&train, before, &mut self.train_metrics);
        let (test, before) = merged(rows, &self.test, capital);
        [in_sample, all(&test, before, &mut self.test_metrics)]
    }

    /// Sums of the returns and of their squares, in sample and out of sample.
    pub(super) fn moments<S: SegmentSums>(&self, rows: &[S], capital: f64) -> [[f64; 2]; 2] {
        [&self.train, &self.test].map(|span| merged(rows, span, capital).0.moments())
    }
}

/// Figures of one point in one window.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PointFigures {
    /// The metric that ranks, in sample; NaN where it is undefined, or the point does not fulfil the filter.
    pub in_sample: f64,
    /// The same out of sample; NaN where it is undefined.
    pub out_of_sample: f64,
    /// Sum of the returns out of sample, and of their squares.
    pub sums: [f64; 2],
}

/// The best point of a window so far.
#[derive(Clone, Debug)]
struct WindowBest {
    few_trades: bool,
    /// The smaller, the better.
    rank: f64,
    point: StrategyPoint,
}

/// Takes a sweep with segments, and picks a point for each window.
pub(super) struct Selection<'a> {
    ranking: &'a Ranking,
    symbol: Option<SymbolMatches>,
    settings: Settings,
    windows: Vec<WindowSegments>,
    /// Metrics that the filter reads.
    filter_metrics: Vec<usize>,
    best: Vec<Option<WindowBest>>,
    /// Points that fulfil the filter, of each window.
    passing: Vec<u64>,
    /// Points that go into `figures`: every so many-th.
    stride: usize,
    /// Whether all points have to be kept.
    keeps_all: bool,
    seen: usize,
    kept: Vec<StrategyPoint>,
    /// Of each kept point a row of all windows.
    figures: Vec<PointFigures>,
}

/// What a selection came to.
pub(super) struct Selected {
    /// The best point of each window; none where no point may be chosen.
    pub best: Vec<Option<StrategyPoint>>,
    /// Points that fulfil the filter, of each window.
    pub passing: Vec<u64>,
    /// Points in all.
    pub points: usize,
    /// The points of which figures were kept.
    pub kept: Vec<StrategyPoint>,
    /// Of each of them a row of all windows.
    pub figures: Vec<PointFigures>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(
        ranking: &'a Ranking,
        symbol: &str,
        settings: Settings,
        windows: Vec<WindowSegments>,
        keeps_all: bool,
    ) -> Self {
        let filter_metrics = ranking.metrics().skip(1).filter_map(|metric| metrics::find(metric.name)).collect();
        Self {
            ranking,
            symbol: ranking.filter.as_ref().map(|filter| filter.of_symbol(symbol)),
            settings,
            filter_metrics,
            best: vec![None; windows.len()],
            passing: vec![0; windows.len()],
            windows,
            stride: 1,
            keeps_all,
            seen: 0,
            kept: Vec::new(),
            figures: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Selected {
        let Self { best, passing, seen, kept, figures, .. } = self;
        let best = best.into_iter().map(|best| best.map(|candidate| candidate.point)).collect();
        Selected { best, passing, points: seen, kept, figures }
    }

    /// The next point, with the statistics of its segments.
    pub(super) fn point<S: SegmentSums>(&mut self, (strategy, values): (usize, &[f64]), rows: &[S]) {
        let point = || StrategyPoint { strategy, values: values.to_vec() };
        let is_kept = self.seen.is_multiple_of(self.stride);
        self.seen += 1;
        let RankBy { metric, min_trades } = self.ranking.by;
        let trades = metrics::find("trades").unwrap_or_default();
        for (at, window) in self.windows.iter_mut().enumerate() {
            let (stats, before) = merged(rows, &window.train, self.settings.capital);
            let bars = window.train_metrics.bars();
            let value = window.train_metrics.read(&stats, before);
            let passes = match (&self.ranking.filter, &self.symbol) {
                (Some(filter), Some(symbol)) => {
                    let mut metrics: Metrics = [None; metrics::COUNT];
                    for &metric in &self.filter_metrics {
                        metrics[metric] = value(metric);
                    }
                    let outcome = Outcome { bars, start: 0, end: 0, ruined: false, detail: Detail::Sums, metrics };
                    filter.passes(symbol, &outcome)
                }
                _ => true,
            };
            self.passing[at] += u64::from(passes);
            let in_sample = value(metric).filter(|_| passes);
            if in_sample.is_some() {
                #[expect(clippy::cast_precision_loss, reason = "trades are far below 2^53")]
                let few_trades = value(trades).unwrap_or_default() < min_trades as f64;
                let rank = TABLE[metric].rank(in_sample);
                let is_better = self.best[at].as_ref().is_none_or(|best| {
                    let order = few_trades.cmp(&best.few_trades).then(rank.total_cmp(&best.rank));
                    // Of equal ones the first of the grid, in whatever order they come.
                    order.then_with(|| point().partial_cmp(&best.point).unwrap_or(std::cmp::Ordering::Equal)).is_lt()
                });
                if is_better {
                    self.best[at] = Some(WindowBest { few_trades, rank, point: point() });
                }
            }
            if is_kept {
                let (stats, before) = merged(rows, &window.test, self.settings.capital);
                let sums = stats.moments();
                let value = window.test_metrics.read(&stats, before);
                self.figures.push(PointFigures {
                    in_sample: in_sample.unwrap_or(f64::NAN),
                    out_of_sample: value(metric).unwrap_or(f64::NAN),
                    sums,
                });
            }
        }
        if is_kept {
            self.kept.push(point());
            if !self.keeps_all && self.figures.len() > KEPT && self.kept.len() > 1 {
                self.thin();
            }
        }
    }

    /// Keeps every second point.
    fn thin(&mut self) {
        let width = self.windows.len();
        let every_second = |at: usize| at.is_multiple_of(2);
        let mut at = 0;
        self.figures.retain(|_| {
            at += 1;
            every_second((at - 1) / width)
        });
        let mut at = 0;
        self.kept.retain(|_| {
            at += 1;
            every_second(at - 1)
        });
        self.stride *= 2;
    }
}

impl BlockSink for Selection<'_> {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        match finished.segments {
            Some(BlockSegments::Returns(rows)) => {
                for (values, rows) in finished.block.open().zip(rows.points()) {
                    self.point((finished.strategy, values), rows);
                }
            }
            Some(BlockSegments::Stats(rows)) => {
                for (values, rows) in finished.block.open().zip(rows.points()) {
                    self.point((finished.strategy, values), rows);
                }
            }
            None => {}
        }
        Ok(())
    }
}

impl Selected {
    /// Picks, of each window, the point whose neighbours are the best on average: those one step away in the grid in
    /// one parameter, and itself. Undefined ones are left out, and a point that is undefined itself is never picked.
    pub(super) fn pick_plateau(&mut self, metric: usize) {
        let width = self.best.len();
        let strategies = self.kept.iter().map(|point| point.strategy + 1).max().unwrap_or(0);
        let axes: Vec<Vec<Vec<f64>>> = (0..strategies).map(|strategy| axes(&self.kept, strategy)).collect();
        let places: Vec<(usize, Vec<usize>)> =
            self.kept.iter().map(|point| (point.strategy, places(&axes[point.strategy], &point.values))).collect();
        let at_places: std::collections::HashMap<&(usize, Vec<usize>), usize> =
            places.iter().enumerate().map(|(at, places)| (places, at)).collect();
        for window in 0..width {
            let value = |at: usize| self.figures[at * width + window].in_sample;
            let mean = |at: usize| {
                let (strategy, places) = &places[at];
                let near = neighbours(places).filter_map(|near| at_places.get(&(*strategy, near)).map(|&at| value(at)));
                let (sum, count) = near
                    .chain([value(at)])
                    .filter(|value| !value.is_nan())
                    .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
                sum / count
            };
            let ranked = (0..self.kept.len()).filter(|&at| !value(at).is_nan());
            let rank = |at: usize| TABLE[metric].rank(Some(mean(at)));
            let order = |a: &usize, b: &usize| {
                let points = || self.kept[*a].partial_cmp(&self.kept[*b]).unwrap_or(std::cmp::Ordering::Equal);
                rank(*a).total_cmp(&rank(*b)).then_with(points)
            };
            self.best[window] = ranked.min_by(order).map(|at| self.kept[at].clone());
        }
    }
}

/// The values of each parameter of a strategy, ascending and each once.
fn axes(points: &[StrategyPoint], strategy: usize) -> Vec<Vec<f64>> {
    let own = || points.iter().filter(|point| point.strategy == strategy);
    let width = own().next().map_or(0, |point| point.values.len());
    let axis = |param: usize| {
        let mut values: Vec<f64> = own().map(|point| point.values[param]).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        values
    };
    (0..width).map(axis).collect()
}

fn places(axes: &[Vec<f64>], values: &[f64]) -> Vec<usize> {
    axes.iter().zip(values).map(|(axis, value)| axis.partition_point(|other| other < value)).collect()
}

/// The places one step away along one axis.
fn neighbours(places: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    (0..places.len()).flat_map(move |axis| {
        [places[axis].checked_sub(1), places[axis].checked_add(1)].into_iter().flatten().map(move |place| {
            let mut near = places.to_vec();
            near[axis] = place;
            near
        })
    })
}
