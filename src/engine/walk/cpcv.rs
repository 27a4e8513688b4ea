//! Combinatorial purged cross-validation: time in groups, each choice of some of them as the test of what was chosen on
//! the others; and the histories that the tests make.

use std::ops::Range;

use super::chosen::{Choosing, ChosenPoints};
use super::selection::{Pick, Stretches, borders};
use super::{OpenedAsset, WalkFailure, WindowChoice, scatter, times};
use crate::block::GridPoints;
use crate::cache::Results;
use crate::data::{Index, Known};
use crate::plan::Plan;
use crate::pool::{Pool, Progress};
use crate::ranking::Ranking;
use crate::segmentation::Cuts;
use crate::sim::account::{BorderRule, Record};
use crate::sim::fold::{Combination, Compiled, ScheduleEntry};
use crate::sim::metrics::validation::{CpcvPlan, CpcvSplit, PathSpread};
use crate::sim::metrics::{self, Outcome};
use crate::sim::{Millis, Summary};
use crate::sweep::{BlockSequence, SweepSummary, sweep_strategies};

/// Fewest bars of a group.
const LEAST_GROUP: usize = 10;
/// Share of the bars held that the bars left out cover.
const HELD: f64 = 0.95;
/// Bars left out where nothing else is said: at most this part of a group.
const MOST_GUARD: usize = 10;
/// Values of equity that are kept of all histories together, and of each at most and at least.
const DRAWN: usize = 60_000;
const DRAWN_OF_EACH: Range<usize> = 200..2_000;

/// How it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpcvOptions {
    /// The groups, and which of them each split tests.
    pub splits: CpcvPlan,
    /// Bars left out of a group to choose on beside one that is tested; none for as many as trades of the point in the
    /// middle of the ranking usually last.
    pub guard: Option<usize>,
    /// What becomes of a position where the parameters change.
    pub border: BorderRule,
    /// How parameters are picked.
    pub pick: Pick,
}

/// One split with what was chosen in it.
#[derive(Clone, Debug)]
pub struct ValidatedSplit {
    /// For each group, whether it is tested.
    pub is_test: Vec<bool>,
    /// Number of bars to choose on.
    pub train_bars: usize,
    /// Number of bars to be tested on.
    pub test_bars: usize,
    /// Points that fulfil the filter in sample.
    pub passing: u64,
    /// What was chosen; none where no point could be.
    pub choice: Option<WindowChoice>,
}

/// One history: of each group the parameters that a split chose without it.
#[derive(Clone, Debug)]
pub struct CpcvPath {
    /// For each group, the number of that split.
    pub splits: Vec<usize>,
    /// All metrics of an account that trades it from the first bar to the last.
    pub outcome: Outcome,
    /// Its equity at the closes of some of the bars.
    pub equity: Vec<f64>,
}

/// Cross-validation on one asset.
#[derive(Clone, Debug)]
pub struct CrossValidated {
    /// What is known of the candles.
    pub known: Known,
    /// Open times of the first and of the last bar of each group, and the number of its bars.
    pub groups: Vec<((Millis, Millis), usize)>,
    /// Bars left out of a group to choose on beside one that is tested.
    pub guard: usize,
    /// The splits.
    pub splits: Vec<ValidatedSplit>,
    /// The histories.
    pub paths: Vec<CpcvPath>,
    /// How their Sharpe ratios are spread; none where one of them is undefined.
    pub sharpe: Option<PathSpread>,
    /// Share of the splits whose choice is in the worse half of all points out of sample; none of a single point.
    pub pbo: Option<f64>,
    /// Open times of the bars whose equity is kept.
    pub time: Vec<Millis>,
    /// Their closes.
    pub close: Vec<f64>,
    /// Points of the grid that were computed.
    pub points: usize,
    /// Points of which figures were kept.
    pub kept: usize,
    /// The metric in sample and out of sample of points in splits, some of many.
    pub scatter: Vec<(f64, f64)>,
    /// Totals of the sweep.
    pub summary: Summary,
}

/// Cross-validates the choice among the points of each strategy of the plan on one of its assets, by its number.
///
/// # Errors
/// [`WalkFailure`].
pub fn cross_validate(
    plan: &Plan,
    asset: usize,
    points: &[GridPoints],
    (options, ranking): (&CpcvOptions, &Ranking),
    results: &Results,
    index: &mut Index,
    progress: &dyn Progress,
) -> Result<CrossValidated, WalkFailure> {
    let opened = OpenedAsset::open(plan, asset, ranking)?;
    let choosing = opened.choosing(plan, ranking, options.pick);
    let groups = groups(&choosing, options)?;
    let guard = guard(&choosing, points, (options, &groups), (results, index, progress))?;
    let stretches = all_stretches(&choosing, &groups, guard, options)?;
    let chosen = choosing.choose(points, &stretches, (results, index, progress))?;
    Ok(validated(&choosing, chosen, &groups, (guard, &stretches), options))
}

/// How it cuts a sweep into segments on one of the plan's assets, by its number, with the widest gap that would be left out
/// where none is said.
///
/// # Errors
/// [`WalkFailure`].
pub fn cpcv_cuts(plan: &Plan, asset: usize, options: &CpcvOptions, ranking: &Ranking) -> Result<Cuts, WalkFailure> {
    let opened = OpenedAsset::open(plan, asset, ranking)?;
    let choosing = opened.choosing(plan, ranking, options.pick);
    let groups = groups(&choosing, options)?;
    let guard = options.guard.unwrap_or(groups[0].len() / MOST_GUARD);
    let stretches = all_stretches(&choosing, &groups, guard, options)?;
    Ok(Cuts::At(borders(&stretches, opened.data.candles.len())))
}

/// How [`cross_validate`] cuts a sweep of these points on one of the plan's assets, by its number. Where no gap is said, the
/// points are computed to find out how wide it is, and nothing is looked up or stored.
///
/// # Errors
/// [`WalkFailure`].
pub fn cross_validated_cuts(
    plan: &Plan,
    asset: usize,
    points: &[GridPoints],
    (options, ranking): (&CpcvOptions, &Ranking),
    progress: &dyn Progress,
) -> Result<Cuts, WalkFailure> {
    let opened = OpenedAsset::open(plan, asset, ranking)?;
    let choosing = opened.choosing(plan, ranking, options.pick);
    let groups = groups(&choosing, options)?;
    let nothing = (&Results::off(), &mut Index::default(), progress);
    let guard = guard(&choosing, points, (options, &groups), nothing)?;
    let stretches = all_stretches(&choosing, &groups, guard, options)?;
    Ok(Cuts::At(borders(&stretches, opened.data.candles.len())))
}

/// Bars that are left out of a group to choose on beside one that is tested.
fn guard(
    choosing: &Choosing<'_>,
    points: &[GridPoints],
    (options, groups): (&CpcvOptions, &[Range<usize>]),
    (results, index, progress): (&Results, &mut Index, &dyn Progress),
) -> Result<usize, WalkFailure> {
    match options.guard {
        Some(guard) => Ok(guard),
        None => Ok(usual_guard(choosing, points, results, index, progress)?.min(groups[0].len() / MOST_GUARD)),
    }
}

/// The bars of each group: as many in each, or one more.
fn groups(choosing: &Choosing<'_>, options: &CpcvOptions) -> Result<Vec<Range<usize>>, WalkFailure> {
    let (bars, count) = (choosing.data.candles.len(), options.splits.groups());
    if bars < count * LEAST_GROUP {
        return Err(choosing.error(format_args!(
            "--cpcv: {count} groups need {} bars at least, and there are {bars}; pass fewer groups, or more history (--from, backtest data fetch)",
            count * LEAST_GROUP
        )));
    }
    Ok((0..count).map(|at| bars * at / count..bars * (at + 1) / count).collect())
}

/// The bars of each split.
fn all_stretches(
    choosing: &Choosing<'_>,
    groups: &[Range<usize>],
    guard: usize,
    options: &CpcvOptions,
) -> Result<Vec<Stretches>, WalkFailure> {
    let all: Vec<Stretches> = options.splits.splits().iter().map(|split| stretches(groups, split, guard)).collect();
    if all.iter().any(|split| train_bars(split) < 2) {
        return Err(choosing.error(format_args!(
            "--gap: {guard} bars left out beside groups of {} leave nothing to choose on; pass fewer, or fewer groups",
            groups[0].len()
        )));
    }
    Ok(all)
}

/// The bars that 95 of 100 trades of the point in the middle of the ranking last at most.
fn usual_guard(
    choosing: &Choosing<'_>,
    points: &[GridPoints],
    results: &Results,
    index: &mut Index,
    progress: &dyn Progress,
) -> Result<usize, WalkFailure> {
    let Choosing { plan, entry, data, ranking, .. } = *choosing;
    let own = Plan { assets: vec![entry.clone()], segments: None, ..plan.clone() };
    let mut summary = SweepSummary::new(&own, ranking, 1, BlockSequence::new(points, 1).points(), Vec::new());
    let swept = sweep_strategies(&own, points, results, index, progress, &mut summary);
    if swept.ended.is_some() {
        return Err(WalkFailure::Stopped);
    }
    let Some(median) = summary.finish().median else { return Ok(0) };
    let combination =
        Combination { strategy: &plan.strategies[median.strategy].strategy, values: median.values.as_slice() };
    let mut record = [Record::default()];
    Compiled::new([combination], plan.settings.direction).fold(data.market(), &plan.terms(), &mut record);
    let mut held: Vec<usize> = record[0].bar_trades().iter().map(|trade| trade.exit_bar - trade.entry_bar).collect();
    held.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "no account makes 2^53 trades")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of their number")]
    let place = (HELD * held.len() as f64).ceil() as usize;
    Ok(place.checked_sub(1).map_or(0, |at| held[at]))
}

/// The bars of one split. Groups that touch are one stretch; a group to choose on loses the bars beside one that is tested.
fn stretches(groups: &[Range<usize>], split: &CpcvSplit, guard: usize) -> Stretches {
    let is_test = |at: usize| split.is_test.get(at).copied().unwrap_or(false);
    let mut found = Stretches { train: Vec::new(), test: Vec::new() };
    for (at, group) in groups.iter().enumerate() {
        let (stretches, bars) = if is_test(at) {
            (&mut found.test, group.clone())
        } else {
            let before = at.checked_sub(1).is_some_and(is_test);
            let start = group.start + if before { guard } else { 0 };
            let end = group.end.saturating_sub(if is_test(at + 1) { guard } else { 0 });
            (&mut found.train, start..end)
        };
        match stretches.last_mut() {
            _ if bars.is_empty() => {}
            Some(last) if last.end == bars.start => last.end = bars.end,
            _ => stretches.push(bars),
        }
    }
    found
}

fn train_bars(split: &Stretches) -> usize {
    split.train.iter().map(Range::len).sum()
}

fn validated(
    choosing: &Choosing<'_>,
    mut chosen: ChosenPoints<'_>,
    groups: &[Range<usize>],
    (guard, stretches): (usize, &[Stretches]),
    options: &CpcvOptions,
) -> CrossValidated {
    let Choosing { plan, data, .. } = *choosing;
    let candles = &data.candles;
    let splits: Vec<ValidatedSplit> = options
        .splits
        .splits()
        .iter()
        .zip(stretches)
        .enumerate()
        .map(|(at, (split, bars))| ValidatedSplit {
            is_test: split.is_test.clone(),
            train_bars: train_bars(bars),
            test_bars: bars.test.iter().map(Range::len).sum(),
            passing: chosen.selected().passing[at],
            choice: chosen.choice(at),
        })
        .collect();
    let paths = options.splits.paths();
    let each = candles.len().div_ceil((DRAWN / paths.len()).clamp(DRAWN_OF_EACH.start, DRAWN_OF_EACH.end)).max(1);
    let drawn: Vec<usize> =
        (0..candles.len()).filter(|bar| bar.is_multiple_of(each) || bar + 1 == candles.len()).collect();
    let path = |splits: Vec<usize>| {
        let entry = |(group, &split): (&Range<usize>, &usize)| chosen.entry(group.start, split);
        let schedule: Vec<ScheduleEntry> = groups.iter().zip(&splits).map(entry).collect();
        let account = chosen.stitch(&schedule, options.border, candles.len());
        let equity = drawn.iter().map(|&bar| account.equity[bar]).collect();
        CpcvPath { splits, outcome: account.outcome, equity }
    };
    let paths: Vec<CpcvPath> = Pool::new(plan.threads).map(paths, path);
    let sharpe = metrics::find("sharpe").unwrap_or_default();
    let sharpes: Option<Vec<f64>> = paths.iter().map(|path| path.outcome.metrics[sharpe]).collect();
    let selected = chosen.selected();
    CrossValidated {
        known: data.known.clone().into_known(),
        groups: groups.iter().map(|group| (times(candles, group), group.len())).collect(),
        guard,
        pbo: overfitting(&splits).filter(|_| selected.points > 1),
        splits,
        paths,
        sharpe: sharpes.and_then(|sharpes| PathSpread::of(&sharpes)),
        time: drawn.iter().map(|&bar| candles.time[bar]).collect(),
        close: drawn.iter().map(|&bar| candles.close[bar]).collect(),
        points: selected.points,
        kept: selected.kept.len(),
        scatter: scatter(&selected.figures),
        summary: chosen.summary,
    }
}

/// Share of the splits whose choice is in the worse half of all points out of sample: `rank / (N + 1)` of 0.5 or more.
fn overfitting(splits: &[ValidatedSplit]) -> Option<f64> {
    let choices = || splits.iter().filter_map(|split| split.choice.as_ref());
    let worse = choices().filter(|choice| 2 * choice.rank > choice.ranked).count();
    #[expect(clippy::cast_precision_loss, reason = "splits are few")]
    let share = worse as f64 / choices().count() as f64;
    Some(share).filter(|share| share.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_to_choose_on_lose_the_bars_beside_a_test_and_nowhere_else() {
        let groups: Vec<Range<usize>> = (0..6).map(|at| at * 100..(at + 1) * 100).collect();
        let split = |is_test: [u8; 6]| CpcvSplit { is_test: is_test.map(|one| one == 1).to_vec() };
        let found = stretches(&groups, &split([0, 0, 1, 0, 0, 1]), 7);
        assert_eq!(found.test, [200..300, 500..600]);
        assert_eq!(found.train, [0..193, 307..493]);
        let found = stretches(&groups, &split([1, 1, 0, 0, 0, 0]), 7);
        assert_eq!((&found.test[0], &found.train[0]), (&(0..200), &(207..600)));
        assert_eq!((found.test.len(), found.train.len()), (1, 1));
        // Beside tests on both sides nothing is left of a group that is not twice as long.
        let found = stretches(&groups, &split([0, 1, 0, 1, 0, 0]), 50);
        assert_eq!(found.train, [0..50, 450..600]);
    }
}
