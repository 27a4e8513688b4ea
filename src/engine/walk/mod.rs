//! Walk-forward: parameters are chosen on one stretch of the history and tested on the next, window by window.
//!
//! One sweep gives the statistics of every point in every window, as each account runs through all of the history and is
//! only summed up in segments. What was chosen is then one account with a schedule of parameters.

mod picker;
mod selection;
mod windows;

pub use selection::Pick;
pub use windows::{WindowBars, WindowLength, WindowLengths, WindowPlan, Windows};

use self::picker::{ReturnMoments, random_picker_p};
use self::selection::{PointFigures, Selected, Selection, WindowSegments, borders, segments};
use super::block::GridPoints;
use super::inputs::{AssetData, open_columns};
use super::plan::Plan;
use super::ranking::Ranking;
use super::segmentation::{Cuts, Segmentation};
use super::sweep::{Swept, sweep};
use crate::cache::Results;
use crate::data::{Index, Known};
use crate::pool::{Pool, Progress};
use crate::sim::account::{BarTrade, BorderRule, Record, SegmentStats};
use crate::sim::fold::{Combination, Compiled, ScheduleEntry, StitchedAccount};
use crate::sim::metrics::{self, Benchmark, Detail, Metrics, SegmentDetail};
use crate::sim::{Candles, FieldSet, Millis, Summary};

/// Points of a scatter.
const SCATTER: usize = 2_000;
/// Points whose figures are kept where all of them are needed, in pairs with a window.
const MOST_KEPT: u64 = 1 << 24;

/// How a walk is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WalkOptions {
    /// Where the windows lie.
    pub windows: WindowPlan,
    /// What becomes of a position at a border.
    pub border: BorderRule,
    /// How parameters are picked.
    pub pick: Pick,
    /// Seed of the random picks.
    pub seed: u64,
}

/// One window with what was chosen in it.
#[derive(Clone, Debug)]
pub struct WalkedWindow {
    /// Where it lies.
    pub window: WindowBars,
    /// Open times of the first and of the last bar to choose on.
    pub train_time: (Millis, Millis),
    /// Open times of the first and of the last bar to be tested on.
    pub test_time: (Millis, Millis),
    /// Points that fulfil the filter in sample.
    pub passing: u64,
    /// What was chosen; none where no point could be.
    pub choice: Option<WindowChoice>,
}

/// What was chosen in a window.
#[derive(Clone, Debug)]
pub struct WindowChoice {
    /// Values of the parameters.
    pub values: Vec<f64>,
    /// Metrics on the bars to choose on; those that segments cannot be merged to are undefined.
    pub in_sample: Metrics,
    /// Metrics of the same account on the bars to be tested on.
    pub out_of_sample: Metrics,
    /// Trades that were closed out of sample and had begun before.
    pub trades_spanning: u64,
    /// Place among all points by the metric out of sample: 1 is the best; undefined ones are the last.
    pub rank: usize,
    /// Points among which that is the place: all, or of many an evenly spread sample.
    pub ranked: usize,
}

/// A walk over one asset.
#[derive(Clone, Debug)]
pub struct Walked {
    /// What is known of the candles.
    pub known: Known,
    /// The windows, in order of time.
    pub windows: Vec<WalkedWindow>,
    /// The bars that are in no window, with what was chosen for them and how it went.
    pub holdout: Option<(WalkedWindow, StitchedAccount)>,
    /// The account of all tests, by the rule that was asked for.
    pub stitched: StitchedAccount,
    /// The same by other rules, for comparison.
    pub others: Vec<(BorderRule, StitchedAccount)>,
    /// Open times of the stitched account's bars.
    pub time: Vec<Millis>,
    /// Closes of the same bars.
    pub close: Vec<f64>,
    /// Mean return of a bar out of sample by that in sample, of what was chosen, without what it costs to change over.
    pub efficiency: Option<f64>,
    /// How likely picking at random does as well as what was chosen.
    pub random_picker_p: Option<f64>,
    /// Points of the grid that were computed.
    pub points: usize,
    /// Points of which figures were kept.
    pub kept: usize,
    /// The metric in sample and out of sample of points in windows, some of many.
    pub scatter: Vec<(f64, f64)>,
    /// Totals of the sweep.
    pub summary: Summary,
}

/// Why there is no walk of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkFailure {
    /// What is wrong with its candles, or with the windows on them.
    Asset(String),
    /// The user wanted it to end.
    Stopped,
}

impl WalkedWindow {
    /// Whether what was chosen rests on little: fewer than 30 bars or 2 trades.
    #[must_use]
    pub fn is_thin(&self) -> bool {
        let trades = metrics::find("trades").unwrap_or_default();
        let few = self.choice.as_ref().is_some_and(|choice| choice.in_sample[trades].unwrap_or_default() < 2.0);
        self.window.train.len() < 30 || few
    }
}

impl Walked {
    /// The account by one of the rules, where it was worked out.
    #[must_use]
    pub fn by_rule(&self, rule: BorderRule, own: BorderRule) -> Option<&StitchedAccount> {
        if rule == own {
            return Some(&self.stitched);
        }
        self.others.iter().find(|(other, _)| *other == rule).map(|(_, account)| account)
    }
}

/// How much is to be kept of each segment for this ranking; or the metric that segments cannot be merged to.
///
/// # Errors
/// The name of that metric.
pub fn segment_detail(ranking: &Ranking) -> Result<SegmentDetail, &'static str> {
    let needs = |metric: &'static metrics::Metric| {
        metrics::find(metric.name).and_then(SegmentDetail::of_metric).ok_or(metric.name)
    };
    let trades = if ranking.by.min_trades > 0 { SegmentDetail::Returns } else { SegmentDetail::default() };
    ranking.metrics().try_fold(trades, |detail, metric| Ok(detail.max(needs(metric)?)))
}

/// Walks the first strategy of the plan over one of its assets, by its number.
///
/// # Errors
/// [`WalkFailure`].
pub fn walk(
    plan: &Plan,
    asset: usize,
    points: &GridPoints,
    (options, ranking): (&WalkOptions, &Ranking),
    results: &Results,
    index: &mut Index,
    progress: &dyn Progress,
) -> Result<Walked, WalkFailure> {
    let failed = WalkFailure::Asset;
    let entry = &plan.assets[asset];
    let detail = segment_detail(ranking).map_err(|metric| failed(format!("{metric} cannot be merged")))?;
    let data = open_columns(plan, entry, FieldSet::ALL, &Pool::new(plan.threads)).map_err(failed)?;
    let candles = &data.candles;
    let named = |error: String| failed(format!("{}: {error}", crate::data::escape(&entry.symbol)));
    let Windows { windows, holdout } = options.windows.windows(candles, plan.interval).map_err(named)?;
    let all: Vec<WindowBars> = windows.iter().cloned().chain(holdout).collect();
    if options.pick == Pick::Plateau && points.count().saturating_mul(all.len() as u64) > MOST_KEPT {
        let most = MOST_KEPT / all.len() as u64;
        return Err(named(format!(
            "--pick plateau keeps all points of all windows: more than {most} points are too many; pass a coarser grid"
        )));
    }
    let (last, bars) = (candles.len() - 1, candles.len());
    let bars_per_year = plan.settings.year.bars(plan.interval, bars as u64, candles.time[0], candles.time[last]);
    let borders = borders(&all, bars);
    let cut = Plan {
        assets: vec![entry.clone()],
        segments: Some(Segmentation { cuts: Cuts::At(borders.clone()), detail }),
        ..plan.clone()
    };
    let cut_windows = || segments(&all, &borders, candles, bars_per_year);
    let keeps_all = options.pick == Pick::Plateau;
    let mut selection = Selection::new(ranking, &entry.symbol, plan.settings, cut_windows(), keeps_all);
    let Swept { summary, ended, .. } = sweep(&cut, points, results, index, progress, &mut selection);
    match ended {
        Some(Some(why)) => return Err(named(why)),
        Some(None) => return Err(WalkFailure::Stopped),
        None => {}
    }
    if let Some(reason) = summary.failed.first() {
        return Err(failed(reason.reason.clone()));
    }
    let mut selected = selection.finish();
    if options.pick == Pick::Plateau {
        selected.pick_plateau(ranking.by.metric);
    }
    if selected.points == 0 {
        return Err(named("every combination is skipped by the strategy's require or by an indicator".to_owned()));
    }
    let chosen = Chosen { plan, data: &data, borders: &borders, selected: &selected, ranking };
    Ok(chosen.walked(&all, windows.len(), cut_windows(), options, summary))
}

/// A selection with what its accounts are worked out from.
struct Chosen<'a> {
    plan: &'a Plan,
    data: &'a AssetData,
    borders: &'a [usize],
    selected: &'a Selected,
    ranking: &'a Ranking,
}

impl Chosen<'_> {
    /// The points that were chosen, each once, and which of them each window has.
    fn distinct(&self) -> (Vec<&Vec<f64>>, Vec<Option<usize>>) {
        let mut points: Vec<&Vec<f64>> = Vec::new();
        let mut places = Vec::new();
        for values in &self.selected.best {
            places.push(values.as_ref().map(|values| {
                points.iter().position(|other| *other == values).unwrap_or_else(|| {
                    points.push(values);
                    points.len() - 1
                })
            }));
        }
        (points, places)
    }

    fn walked(
        &self,
        all: &[WindowBars],
        count: usize,
        mut cut: Vec<WindowSegments>,
        options: &WalkOptions,
        summary: Summary,
    ) -> Walked {
        let Self { plan, data, selected, ranking, .. } = *self;
        let candles = &data.candles;
        let (points, places) = self.distinct();
        let strategy = &plan.strategies[0].strategy;
        let combinations = points.iter().map(|values| Combination { strategy, values: values.as_slice() });
        let compiled = Compiled::new(combinations, plan.settings.direction);
        let rows = self.rows(&compiled);
        let mut trades = vec![Record::default(); points.len()];
        compiled.fold(data.market(), &plan.terms(), &mut trades);
        let mut windows: Vec<WalkedWindow> = all
            .iter()
            .enumerate()
            .map(|(at, window)| WalkedWindow {
                train_time: times(candles, &window.train),
                test_time: times(candles, &window.test),
                passing: selected.passing[at],
                choice: places[at].map(|place| {
                    let [in_sample, out_of_sample] = cut[at].metrics(&rows[place], plan.settings.capital);
                    let (rank, ranked) = self.rank(at, all.len(), (points[place], out_of_sample[ranking.by.metric]));
                    let trades_spanning = spanning(&trades[place], &window.test);
                    let values = points[place].clone();
                    WindowChoice { values, in_sample, out_of_sample, trades_spanning, rank, ranked }
                }),
                window: window.clone(),
            })
            .collect();
        let held_out = (all.len() > count).then(|| windows.split_off(count).remove(0));
        let entry = |at: usize| ScheduleEntry { from: all[at].test.start, combination: places[at] };
        let schedule: Vec<ScheduleEntry> = (0..count).map(entry).collect();
        let (from, to) = (all[0].test.start, all[count - 1].test.end);
        let stitch = |rule: BorderRule| self.stitch(&compiled, &schedule, rule, to);
        let others = [BorderRule::Adopt, BorderRule::Flat].into_iter().filter(|rule| *rule != options.border);
        let holdout = held_out.map(|window| {
            let account = self.stitch(&compiled, &[entry(count)], options.border, candles.len());
            (window, account)
        });
        let (chosen, in_sample) = moments(all, count, &cut_sums(&rows, &places, &cut, plan.settings.capital));
        let test_bars: Vec<usize> = all.iter().map(|window| window.test.len()).collect();
        let figures = self.of_windows(count, all.len());
        let ratio = chosen.mean().zip(in_sample).map(|(out, inside)| out / inside);
        Walked {
            known: data.known.clone().into_known(),
            stitched: stitch(options.border),
            others: others.map(|rule| (rule, stitch(rule))).collect(),
            time: candles.time[from..to].to_vec(),
            close: candles.close[from..to].to_vec(),
            efficiency: ratio.filter(|ratio| ratio.is_finite()),
            random_picker_p: random_picker_p(&figures, &test_bars[..count], chosen, options.seed),
            points: selected.points,
            kept: selected.values.len(),
            scatter: scatter(&figures),
            windows,
            holdout,
            summary,
        }
    }

    /// All sums of each segment, of the points that were chosen.
    fn rows(&self, compiled: &Compiled) -> Vec<Vec<SegmentStats>> {
        let Self { plan, data, borders, .. } = *self;
        let benchmark = plan.benchmark_of(&data.candles);
        let detail = (&benchmark, Detail::Sums);
        let found = compiled.fold_segments(data.market(), &plan.terms(), detail, borders, |_| true);
        found.unwrap_or_default().into_iter().map(|(_, rows)| rows).collect()
    }

    /// Place out of sample of a chosen point, whose metric is this, among all points, and their number.
    fn rank(&self, window: usize, width: usize, (values, metric): (&Vec<f64>, Option<f64>)) -> (usize, usize) {
        let table = &metrics::TABLE[self.ranking.by.metric];
        let rank = |value: f64| table.rank(Some(value).filter(|value| !value.is_nan()));
        let points = || self.selected.figures.chunks_exact(width);
        // Its own figure of the sweep, where that was kept. By rounding alone none is better.
        let kept = self.selected.values.iter().position(|other| other == values);
        let ours =
            kept.and_then(|at| points().nth(at)).map_or(table.rank(metric), |row| rank(row[window].out_of_sample));
        let limit = if ours.is_finite() { ours - 1e-9 * ours.abs() } else { ours };
        let better = points().filter(|row| rank(row[window].out_of_sample) < limit).count();
        (better + 1, self.selected.values.len())
    }

    /// The account of a schedule up to the bar `end`.
    fn stitch(&self, compiled: &Compiled, schedule: &[ScheduleEntry], rule: BorderRule, end: usize) -> StitchedAccount {
        let Self { plan, data, .. } = *self;
        let candles = data.candles.slice(0..end);
        let tested: Candles = candles.slice(schedule[0].from..end);
        let benchmark: Benchmark = plan.benchmark_of(&tested);
        compiled.stitch(data.market_with(&candles, data.market().own), &plan.terms(), schedule, rule, &benchmark)
    }

    /// The figures of the points in the first windows alone.
    fn of_windows(&self, count: usize, width: usize) -> Vec<PointFigures> {
        self.selected.figures.chunks_exact(width).flat_map(|row| &row[..count]).copied().collect()
    }
}

/// Sums of returns and of their squares, in sample and out of sample, of what each window chose.
fn cut_sums(
    rows: &[Vec<SegmentStats>],
    places: &[Option<usize>],
    cut: &[WindowSegments],
    capital: f64,
) -> Vec<Option<[[f64; 2]; 2]>> {
    places.iter().zip(cut).map(|(place, window)| place.map(|place| window.moments(&rows[place], capital))).collect()
}

/// Sums out of sample of what was chosen, and the mean of its mean returns in sample.
fn moments(all: &[WindowBars], count: usize, sums: &[Option<[[f64; 2]; 2]>]) -> (ReturnMoments, Option<f64>) {
    let (mut chosen, mut means) = (ReturnMoments::default(), Vec::new());
    for (window, sums) in all.iter().zip(sums).take(count) {
        let [train, test] = sums.unwrap_or_default();
        chosen = chosen.plus(window.test.len(), test);
        if sums.is_some() {
            means.extend(ReturnMoments::default().plus(window.train.len(), train).mean());
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "windows are few")]
    let mean = means.iter().sum::<f64>() / means.len() as f64;
    (chosen, Some(mean).filter(|mean| mean.is_finite()))
}

/// Trades that were closed in these bars and had begun before.
fn spanning(record: &Record, bars: &std::ops::Range<usize>) -> u64 {
    let spans = |trade: &&BarTrade| !trade.open && bars.contains(&trade.exit_bar) && trade.entry_bar < bars.start;
    record.bar_trades().iter().filter(spans).count() as u64
}

fn times(candles: &Candles, bars: &std::ops::Range<usize>) -> (Millis, Millis) {
    (candles.time[bars.start], candles.time[bars.end - 1])
}

/// Some of the pairs where both are defined.
fn scatter(figures: &[PointFigures]) -> Vec<(f64, f64)> {
    let pairs = || figures.iter().map(|one| (one.in_sample, one.out_of_sample));
    let defined = || pairs().filter(|(a, b)| a.is_finite() && b.is_finite());
    let each = defined().count().div_ceil(SCATTER).max(1);
    defined().step_by(each).collect()
}

#[cfg(test)]
mod tests;
