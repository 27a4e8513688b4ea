//! Walk-forward: parameters are chosen on one stretch of the history and tested on the next, window by window.
//!
//! One sweep gives the statistics of every point in every window, as each account runs through all of the history and is
//! only summed up in segments. What was chosen is then one account with a schedule of parameters.

mod chosen;
mod cpcv;
mod picker;
mod portfolio;
mod selection;
mod windows;

pub use cpcv::{
    CpcvOptions, CpcvPath, CrossValidated, ValidatedSplit, cpcv_cuts, cross_validate, cross_validated_cuts,
};
pub use portfolio::walk_portfolio;
pub use selection::Pick;
pub use windows::{WindowBars, WindowLength, WindowLengths, WindowPlan, Windows};

use self::chosen::{Choosing, ChosenPoints};
use self::picker::{ReturnMoments, random_picker_p};
use self::selection::{PointFigures, Stretches, borders};
use super::block::GridPoints;
use super::inputs::{AssetData, open_asset, open_columns};
use super::plan::Plan;
use super::ranking::Ranking;
use super::segmentation::Cuts;
use crate::cache::Results;
use crate::data::{CandleFile, Index, Known, escape};
use crate::pool::{Pool, Progress};
use crate::sim::account::BorderRule;
use crate::sim::fold::{ScheduleEntry, StitchedAccount};
use crate::sim::metrics::{self, Metrics, SegmentDetail};
use crate::sim::{Candles, Failed, FieldSet, Millis, Summary};

/// Points of a scatter.
const SCATTER: usize = 2_000;

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
    /// Number of the strategy.
    pub strategy: usize,
    /// Values of its parameters.
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

/// The assets that share the account of a walk.
#[derive(Clone, Debug)]
pub struct WalkedAssets {
    /// What is known of each one's candles.
    pub known: Vec<(String, Known)>,
    /// Those that could not be read: the walk is of the others.
    pub failed: Vec<Failed>,
    /// Those without a bar in the range.
    pub absent: Vec<String>,
}

/// A walk over one asset, or over the account of many.
#[derive(Clone, Debug)]
pub struct Walked {
    /// What is known of the candles; of many assets, of their bars together.
    pub known: Known,
    /// The assets, where there are many.
    pub assets: Option<WalkedAssets>,
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
    /// How likely picking at random does as well as what was chosen; none of a single point.
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
    /// What is wrong with its candles.
    Asset(String),
    /// Why windows and points do not go with its candles, on whatever machine.
    Windows(String),
    /// The user wanted it to end.
    Stopped,
}

impl std::fmt::Display for WalkFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Asset(reason) | Self::Windows(reason) => f.write_str(reason),
            Self::Stopped => f.write_str("stopped"),
        }
    }
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

/// Walks the points of each strategy of the plan over one of its assets, by its number.
///
/// # Errors
/// [`WalkFailure`].
pub fn walk(
    plan: &Plan,
    asset: usize,
    points: &[GridPoints],
    (options, ranking): (&WalkOptions, &Ranking),
    results: &Results,
    index: &mut Index,
    progress: &dyn Progress,
) -> Result<Walked, WalkFailure> {
    let opened = OpenedAsset::open(plan, asset, ranking)?;
    let choosing = opened.choosing(plan, ranking, options.pick);
    let candles = &opened.data.candles;
    let found = options.windows.windows(candles, plan.interval).map_err(|error| choosing.error(error))?;
    let Windows { windows, holdout } = found;
    let all: Vec<WindowBars> = windows.iter().cloned().chain(holdout).collect();
    let stretches: Vec<Stretches> = all.iter().map(Stretches::from).collect();
    let chosen = choosing.choose(points, &stretches, (results, index, progress))?;
    Ok(walked(&opened.data, chosen, &all, windows.len(), options))
}

/// Where the windows lie on one of the plan's assets, by its number, and how they cut a sweep into segments.
///
/// # Errors
/// What is wrong with its candles, or with the windows on them.
pub fn walk_windows(plan: &Plan, asset: usize, windows: &WindowPlan) -> Result<(Windows, Cuts), String> {
    let entry = &plan.assets[asset];
    let data = open_asset(plan, entry, &Pool::new(plan.threads))?;
    let found = windows.windows(&data.candles, plan.interval);
    let found = found.map_err(|error| format!("{}: {error}", escape(&entry.symbol)))?;
    let all: Vec<Stretches> = found.windows.iter().chain(&found.holdout).map(Stretches::from).collect();
    let cuts = Cuts::At(borders(&all, data.candles.len()));
    Ok((found, cuts))
}

/// The data of an asset that is walked.
struct OpenedAsset<'a> {
    entry: &'a CandleFile,
    data: AssetData,
    detail: SegmentDetail,
}

impl<'a> OpenedAsset<'a> {
    fn open(plan: &'a Plan, asset: usize, ranking: &Ranking) -> Result<Self, WalkFailure> {
        let entry = &plan.assets[asset];
        let detail = segment_detail(ranking)
            .map_err(|metric| WalkFailure::Asset(format!("{metric} of a window does not follow from its parts")))?;
        let data = open_columns(plan, entry, FieldSet::ALL, &Pool::new(plan.threads));
        let data = data.map_err(|error| WalkFailure::Asset(error.into()))?;
        Ok(Self { entry, data, detail })
    }

    fn choosing(&'a self, plan: &'a Plan, ranking: &'a Ranking, pick: Pick) -> Choosing<'a> {
        let Self { entry, data, detail } = self;
        Choosing { plan, entry, data, ranking, detail: *detail, pick }
    }
}

/// What was chosen in the first `count` windows as one account, and the holdout behind them.
fn walked(
    data: &AssetData,
    mut chosen: ChosenPoints<'_>,
    all: &[WindowBars],
    count: usize,
    options: &WalkOptions,
) -> Walked {
    let candles = &data.candles;
    let mut windows: Vec<WalkedWindow> = all
        .iter()
        .enumerate()
        .map(|(at, window)| WalkedWindow {
            train_time: times(candles, &window.train),
            test_time: times(candles, &window.test),
            passing: chosen.selected().passing[at],
            choice: chosen.choice(at),
            window: window.clone(),
        })
        .collect();
    let held_out = (all.len() > count).then(|| windows.split_off(count).remove(0));
    let entry = |at: usize| chosen.entry(all[at].test.start, at);
    let schedule: Vec<ScheduleEntry> = (0..count).map(entry).collect();
    let (from, to) = (all[0].test.start, all[count - 1].test.end);
    let stitch = |rule: BorderRule| chosen.stitch(&schedule, rule, to);
    let others = [BorderRule::Adopt, BorderRule::Flat].into_iter().filter(|rule| *rule != options.border);
    let holdout = held_out.map(|window| (window, chosen.stitch(&[entry(count)], options.border, candles.len())));
    let (of_choice, in_sample) = moments(all, count, &chosen.moments());
    let test_bars: Vec<usize> = all.iter().map(|window| window.test.len()).collect();
    let selected = chosen.selected();
    let figures: Vec<PointFigures> =
        selected.figures.chunks_exact(all.len()).flat_map(|row| &row[..count]).copied().collect();
    let ratio = of_choice.mean().zip(in_sample).map(|(out, inside)| out / inside);
    // A single point is what any pick would have been.
    let random_picker_p = (selected.points > 1)
        .then(|| random_picker_p(&figures, &test_bars[..count], of_choice, options.seed))
        .flatten();
    Walked {
        known: data.known.clone().into_known(),
        assets: None,
        stitched: stitch(options.border),
        others: others.map(|rule| (rule, stitch(rule))).collect(),
        time: candles.time[from..to].to_vec(),
        close: candles.close[from..to].to_vec(),
        efficiency: ratio.filter(|ratio| ratio.is_finite()),
        random_picker_p,
        points: selected.points,
        kept: selected.kept.len(),
        scatter: scatter(&figures),
        windows,
        holdout,
        summary: chosen.summary,
    }
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
