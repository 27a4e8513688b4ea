//! Probability of backtest overfitting by combinatorially symmetric cross-validation (CSCV).
//!
//! Time is cut into an even number of blocks; each half of the blocks is once the sample from which the best point is
//! chosen, and the other half is where it has to prove itself. Only the Sharpe ratio of a half is needed, so two sums per
//! block and point are all that is kept.
//!
//! Points come in chunks that can be worked on in parallel, first to find the best of each split, then to count how many
//! points beat it out of sample; what the chunks give is put together by comparisons and whole numbers alone, so no bit
//! depends on threads.
//!
//! Source: D. Bailey, J. Borwein, M. López de Prado, Q. Zhu, "The probability of backtest overfitting" (2017).

use std::ops::Range;

use crate::metrics::formulas::float;

/// Points whose sums are in the processor's first cache together.
const LANES: usize = 64;
/// Most blocks: 12,870 splits. Of 18 there would be 48,620.
const MOST_BLOCKS: usize = 16;

/// Sum and sum of squares of the returns of one point in one block of bars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BlockReturns {
    /// Sum of the returns, each less what cash earns in a bar.
    pub sum: f64,
    /// Sum of their squares.
    pub squares: f64,
}

/// Why time cannot be cut so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CscvError {
    /// An odd number of blocks, or none, or too many.
    Blocks,
    /// Blocks of fewer than two bars.
    Bars,
}

/// The sums of all points in each block.
#[derive(Clone, Debug)]
pub struct Cscv {
    blocks: usize,
    /// Bars of a block.
    bars: usize,
    points: usize,
    /// For each chunk of [`LANES`] points and each block, their sums and then their sums of squares.
    chunks: Vec<f64>,
}

/// Some of the points, to be worked on by one thread.
#[derive(Clone, Debug)]
pub struct PointChunk(Range<usize>);

/// One way to cut the blocks into halves: how its best point did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CscvSplit {
    /// The best point in sample; none where no point has a Sharpe ratio there.
    pub best: Option<usize>,
    in_sample: HalfReturns,
    out_of_sample: HalfReturns,
    /// Points that are worse out of sample.
    pub below: u64,
    /// Points that are as good, itself included.
    pub equal: u64,
}

/// The returns of a point in a half, as far as its Sharpe ratio is compared with others': that takes products alone, while a
/// ratio would take a root and a division for each of a hundred million of them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct HalfReturns {
    /// Sum of the returns times its absolute value; minus infinity where there is no Sharpe ratio.
    power: f64,
    /// Sum of squared distances from the mean, above 0; 1 where there is no Sharpe ratio.
    variation: f64,
}

impl HalfReturns {
    const NONE: Self = Self { power: f64::NEG_INFINITY, variation: 1.0 };

    fn is_better(self, other: Self) -> bool {
        self.power * other.variation > other.power * self.variation
    }

    /// The Sharpe ratio of a bar of so many.
    fn sharpe(self, bars: f64) -> Option<f64> {
        let sharpe = self.power.abs().sqrt().copysign(self.power) / bars * (bars - 1.0).sqrt() / self.variation.sqrt();
        Some(sharpe).filter(|sharpe| sharpe.is_finite())
    }
}

/// The same of all points of a chunk.
struct HalfLanes {
    powers: [f64; LANES],
    variations: [f64; LANES],
}

/// What all splits say together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CscvSummary {
    /// Splits in which there was a best point.
    pub splits: u64,
    /// Share of splits whose best point is at or below the median out of sample: the probability of backtest overfitting.
    pub pbo: f64,
    /// Median of the logits of the best point's relative rank out of sample: above 0 it is in the better half.
    pub median_logit: f64,
    /// Slope of the best point's Sharpe ratio out of sample over that in sample; none where all are equal.
    pub slope: Option<f64>,
    /// Share of splits in which the best point loses money out of sample.
    pub loss: f64,
    /// Average share of points, its own included, that are at least as good out of sample as the best point: the
    /// probability that a point picked at random does not fall behind it.
    pub random_picker: f64,
}

impl Cscv {
    /// For blocks of so many bars each, and no point yet.
    ///
    /// # Errors
    /// An odd or too large number of blocks, or blocks too short to have a deviation.
    pub fn new(blocks: usize, bars: usize) -> Result<Self, CscvError> {
        if blocks == 0 || !blocks.is_multiple_of(2) || blocks > MOST_BLOCKS {
            return Err(CscvError::Blocks);
        }
        if bars < 2 {
            return Err(CscvError::Bars);
        }
        Ok(Self { blocks, bars, points: 0, chunks: Vec::new() })
    }

    /// The borders that cut so many bars into blocks of the same length, the first bars being left out where they do not
    /// make a whole one: one more than there are blocks.
    #[must_use]
    pub fn borders(blocks: usize, bars: usize) -> Vec<usize> {
        let length = bars / blocks;
        (0..=blocks).map(|block| bars - (blocks - block) * length).collect()
    }

    /// Adds a point by its sums in each block, as many as there are blocks.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn push(&mut self, sums: &[BlockReturns]) {
        assert_eq!(sums.len(), self.blocks, "one for each block");
        let lane = self.points % LANES;
        if lane == 0 {
            self.chunks.resize(self.chunks.len() + self.chunk_size(), 0.0);
        }
        let from = self.chunks.len() - self.chunk_size();
        for (rows, sums) in self.chunks[from..].chunks_exact_mut(2 * LANES).zip(sums) {
            rows[lane] = sums.sum;
            rows[LANES + lane] = sums.squares;
        }
        self.points += 1;
    }

    /// Number of points.
    #[must_use]
    pub const fn points(&self) -> usize {
        self.points
    }

    fn chunk_size(&self) -> usize {
        self.blocks * 2 * LANES
    }

    /// The points in so many chunks of about the same size.
    #[must_use]
    pub fn share_out(&self, shares: usize) -> Vec<PointChunk> {
        let all = self.points.div_ceil(LANES);
        let each = all.div_ceil(shares.max(1)).max(1);
        (0..all).step_by(each).map(|from| PointChunk(from..(from + each).min(all))).collect()
    }

    /// The best of these points in each split, in the order of the splits.
    #[must_use]
    pub fn best_in(&self, chunk: &PointChunk) -> Vec<CscvSplit> {
        let none = CscvSplit {
            best: None,
            in_sample: HalfReturns::NONE,
            out_of_sample: HalfReturns::NONE,
            below: 0,
            equal: 0,
        };
        let mut found = Vec::new();
        for at in chunk.0.clone() {
            let mut split = 0;
            self.each_split(at, |inside, outside| {
                if split == found.len() {
                    found.push(none);
                }
                let best: &mut CscvSplit = &mut found[split];
                split += 1;
                let HalfReturns { power, variation } = best.in_sample;
                let lanes = inside.powers.iter().zip(&inside.variations);
                // Counted rather than looked for: several at a time.
                let beaten = lanes.filter(|&(other, spread)| other * variation > power * spread).count();
                if beaten == 0 {
                    return;
                }
                for lane in 0..LANES {
                    // Of equal ones the first, as in every ranking.
                    if inside.lane(lane).is_better(best.in_sample) {
                        *best = CscvSplit {
                            best: Some(at * LANES + lane),
                            in_sample: inside.lane(lane),
                            out_of_sample: outside.lane(lane),
                            ..none
                        };
                    }
                }
            });
        }
        found
    }

    /// The best of two chunks in each split, the first being the one whose points come first.
    #[must_use]
    pub fn better(first: Vec<CscvSplit>, second: Vec<CscvSplit>) -> Vec<CscvSplit> {
        if first.is_empty() {
            return second;
        }
        first.into_iter().zip(second).map(|(a, b)| if b.in_sample.is_better(a.in_sample) { b } else { a }).collect()
    }

    /// For each split, how many of these points are worse out of sample than its best, and how many are as good.
    #[must_use]
    pub fn rank_in(&self, chunk: &PointChunk, best: &[CscvSplit]) -> Vec<(u64, u64)> {
        let mut counts = vec![(0, 0); best.len()];
        for at in chunk.0.clone() {
            // Lanes without a point are like a point without a Sharpe ratio.
            let empty = LANES.saturating_sub(self.points - at * LANES) as u64;
            let mut split = 0;
            self.each_split(at, |_, outside| {
                let limit = best[split].out_of_sample;
                let (mut below, mut equal) = (0_u64, 0_u64);
                for (power, variation) in outside.powers.iter().zip(&outside.variations) {
                    let (own, other) = (power * limit.variation, limit.power * variation);
                    below += u64::from(own < other);
                    #[expect(clippy::float_cmp, reason = "equal sums make equal products")]
                    let is_equal = own == other;
                    equal += u64::from(is_equal);
                }
                let is_none = limit == HalfReturns::NONE;
                counts[split].0 += if is_none { below } else { below - empty };
                counts[split].1 += if is_none { equal - empty } else { equal };
                split += 1;
            });
        }
        counts
    }

    /// The splits with the counts of all chunks.
    #[must_use]
    pub fn ranked(mut best: Vec<CscvSplit>, counts: impl IntoIterator<Item = Vec<(u64, u64)>>) -> Vec<CscvSplit> {
        for counts in counts {
            for (split, (below, equal)) in best.iter_mut().zip(counts) {
                split.below += below;
                split.equal += equal;
            }
        }
        best
    }

    /// Every split, on this thread alone.
    #[must_use]
    pub fn splits(&self) -> Vec<CscvSplit> {
        let chunks = self.share_out(1);
        let best = chunks.iter().map(|chunk| self.best_in(chunk)).fold(Vec::new(), Self::better);
        let counts: Vec<_> = chunks.iter().map(|chunk| self.rank_in(chunk, &best)).collect();
        Self::ranked(best, counts)
    }

    /// What these splits say; none where fewer than two points make a choice, or none ever has a Sharpe ratio.
    #[must_use]
    pub fn summary(&self, splits: &[CscvSplit]) -> Option<CscvSummary> {
        let chosen: Vec<&CscvSplit> = splits.iter().filter(|split| split.best.is_some()).collect();
        if self.points < 2 || chosen.is_empty() {
            return None;
        }
        let (points, count) = (self.points as u64, float(chosen.len() as u64));
        let share =
            |is: &dyn Fn(&CscvSplit) -> bool| float(chosen.iter().filter(|split| is(split)).count() as u64) / count;
        let mut logits: Vec<f64> = chosen
            .iter()
            .map(|split| {
                let rank = float(2 * split.below + split.equal + 1) / 2.0;
                libm::log(rank / (float(points) + 1.0 - rank))
            })
            .collect();
        logits.sort_unstable_by(f64::total_cmp);
        let middle = logits.len() / 2;
        let as_good = |split: &&CscvSplit| float(points - split.below) / float(points);
        let bars = self.half_bars();
        Some(CscvSummary {
            splits: chosen.len() as u64,
            // The logit is at or below 0 where the average rank is at most (N + 1) / 2.
            pbo: share(&|split| 2 * split.below + split.equal <= points),
            median_logit: if logits.len().is_multiple_of(2) {
                f64::midpoint(logits[middle - 1], logits[middle])
            } else {
                logits[middle]
            },
            slope: slope(&chosen, bars),
            loss: share(&|split| split.out_of_sample.sharpe(bars).is_some_and(|sharpe| sharpe < 0.0)),
            random_picker: chosen.iter().map(as_good).sum::<f64>() / count,
        })
    }

    /// Bars of a half.
    fn half_bars(&self) -> f64 {
        float((self.bars * self.blocks / 2) as u64)
    }

    /// Goes through all splits of one chunk of lanes, giving both halves: first in, then out of sample. Each split is
    /// followed by the one in which the halves change places.
    fn each_split(&self, at: usize, mut take: impl FnMut(&HalfLanes, &HalfLanes)) {
        let size = self.chunk_size();
        let half = self.blocks / 2;
        let mut walk = SplitWalk {
            sums: &self.chunks[at * size..(at + 1) * size],
            half,
            per_bar: 1.0 / self.half_bars(),
            levels: [vec![[0.0; 2 * LANES]; half + 1], vec![[0.0; 2 * LANES]; half + 1]],
        };
        // The first block is in sample of one half of all splits; the other half are their mirror images.
        walk.put(0, 0, 0);
        walk.descend(1, [1, 0], &mut take);
    }
}

/// Ordinary least squares over the splits whose best point has a Sharpe ratio out of sample.
fn slope(splits: &[&CscvSplit], bars: f64) -> Option<f64> {
    let pair = |split: &&CscvSplit| Some((split.in_sample.sharpe(bars)?, split.out_of_sample.sharpe(bars)?));
    let pairs: Vec<(f64, f64)> = splits.iter().filter_map(pair).collect();
    let count = float(pairs.len() as u64);
    let mean = |get: fn(&(f64, f64)) -> f64| pairs.iter().map(get).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let spread: f64 = pairs.iter().map(|pair| (pair.0 - x) * (pair.0 - x)).sum();
    let together: f64 = pairs.iter().map(|pair| (pair.0 - x) * (pair.1 - y)).sum();
    Some(together / spread).filter(|slope| slope.is_finite())
}

/// Depth first through all ways to deal the blocks to two halves, adding each block to one of them: left to right, so
/// that a half's sums are those of its bars in their order.
struct SplitWalk<'a> {
    sums: &'a [f64],
    /// Blocks of a half.
    half: usize,
    /// One over the bars of a half.
    per_bar: f64,
    /// For each half, of its first 0, 1, 2, .. blocks the sums and then the sums of squares.
    levels: [Vec<[f64; 2 * LANES]>; 2],
}

impl SplitWalk<'_> {
    /// Adds a block to one of the halves, which has so many.
    fn put(&mut self, block: usize, half: usize, dealt: usize) {
        let added = &self.sums[block * 2 * LANES..(block + 1) * 2 * LANES];
        let (before, after) = self.levels[half].split_at_mut(dealt + 1);
        for ((to, from), added) in after[0].iter_mut().zip(&before[dealt]).zip(added) {
            *to = from + added;
        }
    }

    fn descend(&mut self, block: usize, dealt: [usize; 2], take: &mut impl FnMut(&HalfLanes, &HalfLanes)) {
        if block == 2 * self.half {
            let [first, second] = self.levels.each_ref().map(|levels| HalfLanes::new(&levels[self.half], self.per_bar));
            take(&first, &second);
            take(&second, &first);
            return;
        }
        for half in 0..2 {
            if dealt[half] < self.half {
                self.put(block, half, dealt[half]);
                let mut dealt = dealt;
                dealt[half] += 1;
                self.descend(block + 1, dealt, take);
            }
        }
    }
}

impl HalfLanes {
    /// Of the sums and then the sums of squares of a half.
    fn new(sums: &[f64; 2 * LANES], per_bar: f64) -> Self {
        let mut lanes = Self { powers: [0.0; LANES], variations: [0.0; LANES] };
        let (sums, squares) = sums.split_at(LANES);
        let places = lanes.powers.iter_mut().zip(&mut lanes.variations);
        for ((power, own), (sum, squares)) in places.zip(sums.iter().zip(squares)) {
            let variation = squares - sum * sum * per_bar;
            // What is left of equal returns is rounding.
            let is_defined = variation > squares * (4.0 * f64::EPSILON);
            *power = if is_defined { sum * sum.abs() } else { HalfReturns::NONE.power };
            *own = if is_defined { variation } else { HalfReturns::NONE.variation };
        }
        lanes
    }

    fn lane(&self, lane: usize) -> HalfReturns {
        HalfReturns { power: self.powers[lane], variation: self.variations[lane] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Returns of points over bars, some of which never trade.
    fn returns(points: usize, bars: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut random = Random::new(seed);
        (0..points)
            .map(|point| (0..bars).map(|_| if point % 7 == 3 { 0.0 } else { random.uniform() - 0.49 }).collect())
            .collect()
    }

    fn cscv(returns: &[Vec<f64>], blocks: usize) -> Cscv {
        let borders = Cscv::borders(blocks, returns[0].len());
        let mut cscv = Cscv::new(blocks, borders[1] - borders[0]).unwrap();
        for returns in returns {
            let sums = |pair: &[usize]| {
                let bars = &returns[pair[0]..pair[1]];
                BlockReturns { sum: bars.iter().sum(), squares: bars.iter().map(|r| r * r).sum() }
            };
            cscv.push(&borders.windows(2).map(sums).collect::<Vec<_>>());
        }
        cscv
    }

    /// Straight from the definition: in-sample and out-of-sample returns strung together for each split.
    fn plain(returns: &[Vec<f64>], blocks: usize) -> (f64, usize) {
        let borders = Cscv::borders(blocks, returns[0].len());
        let sharpe = |returns: &[f64], mask: usize| {
            let bars: Vec<f64> = (0..blocks)
                .filter(|block| mask >> block & 1 == 1)
                .flat_map(|block| returns[borders[block]..borders[block + 1]].to_vec())
                .collect();
            let n = bars.len() as f64;
            let mean = bars.iter().sum::<f64>() / n;
            let deviation = (bars.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            if deviation > 0.0 { mean / deviation } else { f64::NEG_INFINITY }
        };
        let (mut below, mut splits) = (0, 0);
        for mask in (0..1_usize << blocks).filter(|mask| mask.count_ones() as usize == blocks / 2) {
            let inside: Vec<f64> = returns.iter().map(|returns| sharpe(returns, mask)).collect();
            let outside: Vec<f64> = returns.iter().map(|returns| sharpe(returns, !mask)).collect();
            let best = (0..inside.len()).rev().max_by(|a, b| inside[*a].total_cmp(&inside[*b])).unwrap();
            let less = outside.iter().filter(|value| **value < outside[best]).count();
            let equal = outside.iter().filter(|value| value.total_cmp(&outside[best]).is_eq()).count();
            let omega = (2 * less + equal + 1) as f64 / 2.0 / (returns.len() as f64 + 1.0);
            below += usize::from((omega / (1.0 - omega)).ln() <= 0.0);
            splits += 1;
        }
        (below as f64 / splits as f64, splits)
    }

    #[test]
    fn the_probability_is_that_of_the_definition_for_any_number_of_blocks_and_points() {
        for (points, bars, blocks) in [(2, 40, 2), (5, 41, 4), (80, 203, 8), (130, 100, 6), (65, 97, 10)] {
            let returns = returns(points, bars, points as u64);
            let cscv = cscv(&returns, blocks);
            let found = cscv.summary(&cscv.splits()).unwrap();
            let (pbo, splits) = plain(&returns, blocks);
            assert_eq!((found.pbo, found.splits as usize), (pbo, splits), "{points} points, {blocks} blocks");
        }
    }

    #[test]
    fn however_the_points_are_shared_out_the_splits_are_the_same() {
        let cscv = cscv(&returns(400, 90, 3), 8);
        let alone = cscv.splits();
        assert_eq!(alone.len(), 70);
        for shares in [2, 3, 100] {
            let chunks = cscv.share_out(shares);
            let best = chunks.iter().map(|chunk| cscv.best_in(chunk)).fold(Vec::new(), Cscv::better);
            let counts: Vec<_> = chunks.iter().map(|chunk| cscv.rank_in(chunk, &best)).collect();
            assert_eq!(Cscv::ranked(best, counts), alone);
        }
    }

    #[test]
    fn a_point_that_is_best_everywhere_is_no_overfitting() {
        let mut all = returns(30, 64, 9);
        all[18].iter_mut().for_each(|r| *r += 2.0);
        let cscv = cscv(&all, 8);
        let found = cscv.summary(&cscv.splits()).unwrap();
        assert_eq!((found.pbo, found.loss), (0.0, 0.0));
        assert!(found.median_logit > 3.0, "{found:?}");
        assert!((found.random_picker - 1.0 / 30.0).abs() < 1e-15, "only itself is as good");
    }

    #[test]
    fn the_first_bars_are_left_out_where_blocks_cannot_be_equal() {
        assert_eq!(Cscv::borders(4, 43), [3, 13, 23, 33, 43]);
        assert_eq!(Cscv::borders(2, 2), [0, 1, 2]);
    }

    #[test]
    fn halves_need_an_even_number_of_blocks_of_two_bars_at_least() {
        for blocks in [0, 1, 7, 18] {
            assert_eq!(Cscv::new(blocks, 10).unwrap_err(), CscvError::Blocks);
        }
        assert_eq!(Cscv::new(8, 1).unwrap_err(), CscvError::Bars);
    }

    #[test]
    fn one_point_alone_and_points_that_never_trade_are_no_choice() {
        let one = cscv(&returns(1, 40, 1), 4);
        assert_eq!(one.summary(&one.splits()), None);
        let none = cscv(&vec![vec![0.0; 40]; 5], 4);
        assert_eq!(none.summary(&none.splits()), None);
    }
}
