//! Blocks cut into slices that keep all threads busy; and the rules of a slice, compiled once for all assets.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::chunk::SpareBuffers;
use crate::block::Block;
use crate::plan::Plan;
use crate::pool::Progress;
use crate::segmentation::{BlockSegments, SegmentRows};
use crate::sim::account::SegmentTally;
use crate::sim::fold::{Combination, Compiled, Market};
use crate::sim::metrics::{Detail, Outcome, SegmentDetail};

/// Points computed together where there are few blocks: small enough to share out and to stop soon.
const POINTS: usize = 256;
/// Compiled slices that are kept for the next asset.
const KEPT: usize = 32;

/// What tells the slices of a grid apart: the block's number, the slice's in it, and how many it has.
type SliceId = (u64, usize, usize);

/// Some points of a block, to be computed by one thread.
pub(crate) struct Slice<'a> {
    /// Which of the blocks that were cut.
    pub block: usize,
    /// Which of the block's open points.
    places: Vec<usize>,
    points: Vec<&'a Vec<f64>>,
    /// Where the compiled rules are kept, if another asset may want them.
    compiled: Option<Arc<OnceLock<Compiled>>>,
}

impl<'a> Slice<'a> {
    /// These points, on their own.
    pub(crate) fn alone(points: Vec<&'a Vec<f64>>) -> Self {
        Self { block: 0, places: (0..points.len()).collect(), points, compiled: None }
    }

    /// Outcomes of the points of a plan's first strategy on these candles.
    pub(crate) fn outcomes(self, plan: &Plan, market: Market<'_>) -> Vec<Outcome> {
        self.fold(&self.compile(plan), plan, market, Vec::new, |_| true).unwrap_or_default()
    }

    /// The same with the statistics by segments, where the plan wants them.
    pub(crate) fn wanted(self, plan: &Plan, market: Market<'_>) -> Option<WholeBlock> {
        self.fold_wanted(&self.compile(plan), plan, market, Vec::new, |_| true)
    }

    /// Outcomes with statistics by segments, as the plan cuts them.
    fn fold_segments<S: SegmentTally>(
        compiled: &Compiled,
        plan: &Plan,
        market: Market<'_>,
        borders: &[usize],
        tell: impl FnMut(usize) -> bool,
    ) -> Option<(Vec<Outcome>, SegmentRows<S>)> {
        let benchmark = plan.benchmark_of(market.candles);
        let detail = (&benchmark, plan.sweep_detail);
        let points = compiled.fold_segments(market, &plan.terms(), detail, borders, tell)?;
        let (outcomes, rows): (Vec<Outcome>, Vec<Vec<S>>) = points.into_iter().unzip();
        Some((outcomes, rows.into_iter().collect()))
    }

    /// The same, and the statistics where the plan wants them.
    fn fold_wanted(
        &self,
        compiled: &Compiled,
        plan: &Plan,
        market: Market<'_>,
        buffer: impl FnOnce() -> Vec<Outcome>,
        tell: impl FnMut(usize) -> bool,
    ) -> Option<(Vec<Outcome>, Option<BlockSegments>)> {
        let Some(segmentation) = &plan.segments else {
            return self.fold(compiled, plan, market, buffer, tell).map(|outcomes| (outcomes, None));
        };
        let borders = segmentation.borders(market.candles.len() as u64);
        Some(match segmentation.detail {
            SegmentDetail::Returns => {
                let (outcomes, rows) = Self::fold_segments(compiled, plan, market, &borders, tell)?;
                (outcomes, Some(BlockSegments::Returns(rows)))
            }
            SegmentDetail::Stats => {
                let (outcomes, rows) = Self::fold_segments(compiled, plan, market, &borders, tell)?;
                (outcomes, Some(BlockSegments::Stats(rows)))
            }
        })
    }

    /// Outcomes with the metrics that the plan wants, in `buffer` where they are many; nothing where the answer of `tell` is
    /// that it should end.
    fn fold(
        &self,
        compiled: &Compiled,
        plan: &Plan,
        market: Market<'_>,
        buffer: impl FnOnce() -> Vec<Outcome>,
        tell: impl FnMut(usize) -> bool,
    ) -> Option<Vec<Outcome>> {
        let mut records = vec![(); self.points.len()];
        if plan.sweep_detail == Detail::Sums {
            return compiled.fold_into(buffer(), market, &plan.terms(), &mut records, tell);
        }
        let benchmark = plan.benchmark_of(market.candles);
        let detail = (&benchmark, plan.sweep_detail);
        let outcomes = compiled.fold_in_detail(market, &plan.terms(), detail, records, tell)?;
        Some(outcomes.into_iter().map(|(outcome, ())| outcome).collect())
    }

    fn compile(&self, plan: &Plan) -> Compiled {
        let strategy = &plan.strategies[0].strategy;
        let combinations = self.points.iter().map(|values| Combination { strategy, values });
        Compiled::new(combinations, plan.settings.direction)
    }

    /// The same, unless the user wants it to end. A slice of a million bars takes a second, so that is looked at, and
    /// points are told as done, while it goes on: of half the bars, half of them.
    pub(super) fn compute(
        self,
        plan: &Plan,
        market: Market<'_>,
        progress: &dyn Progress,
        spare: &SpareBuffers,
    ) -> Option<SlicePart> {
        let (points, bars) = (self.points.len() as u128, market.candles.len() as u128);
        let mut told = 0;
        let tell = |done: usize| {
            // Never more than there are points.
            let now = u64::try_from(points * done as u128 / bars).unwrap_or(told);
            progress.advance(now - told);
            told = now;
            !progress.stopped()
        };
        let fold = |compiled: &Compiled| self.fold_wanted(compiled, plan, market, || spare.take(), tell);
        let (outcomes, segments) = match &self.compiled {
            Some(kept) => fold(kept.get_or_init(|| self.compile(plan))),
            None => fold(&self.compile(plan)),
        }?;
        Some(SlicePart { block: self.block, places: self.places, outcomes, segments })
    }
}

/// What a slice came to.
pub(super) struct SlicePart {
    block: usize,
    places: Vec<usize>,
    /// In the order of the slice's points.
    pub outcomes: Vec<Outcome>,
    segments: Option<BlockSegments>,
}

/// A whole block: the outcomes of its points, and their statistics where they are wanted.
pub(super) type WholeBlock = (Vec<Outcome>, Option<BlockSegments>);

/// Cuts blocks, and remembers what was compiled for them.
pub(super) struct Slices {
    threads: usize,
    /// Whether there is more than one asset to compile for.
    keeps: bool,
    compiled: BTreeMap<SliceId, Arc<OnceLock<Compiled>>>,
}

impl Slices {
    /// For a plan of which nothing was computed yet.
    pub(super) fn new(plan: &Plan) -> Self {
        Self { threads: plan.threads, keeps: plan.assets.len() > 1, compiled: BTreeMap::new() }
    }

    /// Cuts blocks, each with its number in the grid, into slices: one each where there are many blocks.
    pub(super) fn cut<'a>(&mut self, blocks: Vec<(u64, &'a Block)>) -> Vec<Slice<'a>> {
        // Few points are shared out evenly; what a slice has for itself (the tile's sums, its columns) is not free.
        let few = blocks.len() < 4 * self.threads;
        let all: usize = blocks.iter().map(|(_, block)| block.size()).sum();
        let most = if few { all.div_ceil(self.threads).clamp(1, POINTS) } else { usize::MAX };
        let mut slices = Vec::new();
        for (at, (number, block)) in blocks.into_iter().enumerate() {
            let points: Vec<&Vec<f64>> = block.open().collect();
            let shares = deal(&points, points.len().div_ceil(most));
            let count = shares.len();
            for (share, places) in shares.into_iter().enumerate() {
                let points = places.iter().map(|&place| points[place]).collect();
                slices.push(Slice { block: at, places, points, compiled: self.kept((number, share, count)) });
            }
        }
        slices
    }

    fn kept(&mut self, name: SliceId) -> Option<Arc<OnceLock<Compiled>>> {
        if !self.keeps {
            return None;
        }
        if self.compiled.len() >= KEPT && !self.compiled.contains_key(&name) {
            self.compiled.clear();
        }
        Some(self.compiled.entry(name).or_default().clone())
    }

    /// The outcomes of each block in the order of its points; nothing for a block that is not whole. `sizes` are the
    /// numbers of open points of the blocks that were cut.
    pub(super) fn join(
        parts: impl Iterator<Item = SlicePart>,
        sizes: impl Iterator<Item = usize>,
    ) -> Vec<Option<WholeBlock>> {
        let mut blocks: Vec<(usize, JoinedBlock)> = sizes.map(|size| (size, JoinedBlock::default())).collect();
        for part in parts {
            let (size, block) = &mut blocks[part.block];
            block.add(part, *size);
        }
        blocks.into_iter().map(|(size, block)| block.whole(size)).collect()
    }
}

/// A block on its way from slices.
enum JoinedBlock {
    /// Of several slices: the outcomes of those that came, each in its place.
    Cut(Vec<Option<Outcome>>, Option<BlockSegments>),
    /// A slice that is a whole block in its order, and is not moved.
    Whole(WholeBlock),
}

impl Default for JoinedBlock {
    fn default() -> Self {
        Self::Cut(Vec::new(), None)
    }
}

impl JoinedBlock {
    /// A slice of a block of this size.
    fn add(&mut self, part: SlicePart, size: usize) {
        if part.places.len() == size && part.places.is_sorted() {
            *self = Self::Whole((part.outcomes, part.segments));
        } else if let Self::Cut(outcomes, segments) = self {
            outcomes.resize_with(size, || None);
            if let Some(rows) = &part.segments {
                segments.get_or_insert_with(|| BlockSegments::like(rows, size)).put(&part.places, rows);
            }
            for (place, outcome) in part.places.into_iter().zip(part.outcomes) {
                outcomes[place] = Some(outcome);
            }
        }
    }

    /// The block of this size; nothing where a slice of it did not come.
    fn whole(self, size: usize) -> Option<WholeBlock> {
        match self {
            Self::Cut(outcomes, _) if outcomes.len() < size => None,
            Self::Cut(outcomes, segments) => Some((outcomes.into_iter().collect::<Option<_>>()?, segments)),
            Self::Whole(block) => Some(block),
        }
    }
}

/// Deals places of points out to so many shares of about the same work. Neighbours in a grid trade alike, so halves of
/// it would not: instead, the points of one value of the first parameter that varies, which share columns, are dealt
/// together, to and fro. Where it has few values, halves are all there is.
fn deal(points: &[&Vec<f64>], shares: usize) -> Vec<Vec<usize>> {
    let shares = shares.max(1);
    let varies = (0..points[0].len())
        .find(|&param| points.iter().any(|point| point[param].to_bits() != points[0][param].to_bits()));
    let Some(param) = varies.filter(|_| shares > 1) else {
        return chunks(points.len(), shares);
    };
    let groups: Vec<Vec<usize>> = (0..points.len())
        .collect::<Vec<_>>()
        .chunk_by(|&a, &b| points[a][param].to_bits() == points[b][param].to_bits())
        .map(<[usize]>::to_vec)
        .collect();
    if groups.len() < 4 * shares {
        return chunks(points.len(), shares);
    }
    let mut dealt = vec![Vec::new(); shares];
    for (turn, group) in groups.into_iter().enumerate() {
        let (round, seat) = (turn / shares, turn % shares);
        dealt[if round % 2 == 0 { seat } else { shares - 1 - seat }].extend(group);
    }
    dealt
}

fn chunks(points: usize, shares: usize) -> Vec<Vec<usize>> {
    let places: Vec<usize> = (0..points).collect();
    places.chunks(points.div_ceil(shares).max(1)).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::deal;

    fn shares(firsts: usize, seconds: usize, shares: usize) -> Vec<Vec<usize>> {
        let point = |at: usize| vec![(at / seconds) as f64, (at % seconds) as f64];
        let points: Vec<Vec<f64>> = (0..firsts * seconds).map(point).collect();
        deal(&points.iter().collect::<Vec<_>>(), shares)
    }

    #[test]
    fn every_point_is_computed_once_however_many_threads_share_them() {
        for (firsts, seconds) in [(1, 1), (1, 300), (7, 3), (10, 10), (32, 32)] {
            for count in [1, 2, 3, 5, 64] {
                let mut all = shares(firsts, seconds, count).concat();
                all.sort_unstable();
                assert_eq!(all, (0..firsts * seconds).collect::<Vec<_>>(), "{firsts} x {seconds} on {count}");
            }
        }
    }

    #[test]
    fn each_thread_gets_slow_and_fast_traders_alike_and_whole_rows_of_them() {
        let dealt = shares(10, 10, 2);
        let rows: Vec<Vec<usize>> =
            dealt.iter().map(|share| share.chunks(10).map(|row| row[0] / 10).collect()).collect();
        assert_eq!(rows, [vec![0, 3, 4, 7, 8], vec![1, 2, 5, 6, 9]]);
    }
}
