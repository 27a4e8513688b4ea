//! The points of a sweep, in the blocks in which they are computed and stored.

use std::ops::Range;

use super::plan::Plan;
use crate::cache::{StoredBlock, StoredValue};
use crate::sim::metrics::{self, Detail, Metrics, Outcome};
use crate::sim::strategy::Grid;

/// Points of a block of a sample.
const SAMPLE_BLOCK: u64 = 1024;

/// A block of fewer bar-combinations than this is not stored: fetching, checking and decoding one of 1,000 points
/// (200 KB) takes 0.7 ms on loopback, in which a core computes 1.3 M (averages) to 3 M (RSI) of them, and storing it
/// takes its time too.
const WORTH_CACHING: u64 = 4_000_000;

/// Which points of a grid are computed.
#[derive(Clone, Debug)]
pub enum GridPoints {
    /// All.
    All(Grid),
    /// One of each of `count` equal stretches, drawn by the seed.
    Sample {
        /// The grid.
        grid: Grid,
        /// How many, at most as many as the grid has.
        count: u64,
        /// Another seed draws others.
        seed: u64,
    },
}

impl GridPoints {
    /// Number of points, those that break `require` included.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::All(grid) => grid.points(),
            Self::Sample { count, .. } => *count,
        }
    }

    /// The grid they are of, and their number where they are a sample of it.
    #[must_use]
    pub fn grid(&self) -> (&Grid, Option<u64>) {
        match self {
            Self::All(grid) => (grid, None),
            Self::Sample { grid, count, .. } => (grid, Some(*count)),
        }
    }

    /// Number of blocks.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        match self {
            Self::All(grid) => grid.blocks(),
            Self::Sample { count, .. } => count.div_ceil(SAMPLE_BLOCK),
        }
    }

    /// Number of points in the blocks before this one.
    #[must_use]
    pub fn points_before(&self, block: u64) -> u64 {
        match self {
            Self::All(grid) => grid.points_before(block),
            Self::Sample { count, .. } => (block * SAMPLE_BLOCK).min(*count),
        }
    }

    /// The points of one block.
    #[must_use]
    pub fn block(&self, number: u64) -> Vec<Vec<f64>> {
        match self {
            Self::All(grid) => grid.block(number),
            Self::Sample { grid, count, seed } => {
                let from = number * SAMPLE_BLOCK;
                (from..(from + SAMPLE_BLOCK).min(*count)).map(|at| grid.sample(at, *count, *seed)).collect()
            }
        }
    }

    /// The points with these numbers, in the parts of blocks that they are.
    pub fn blocks_of(&self, numbers: Range<u64>) -> impl Iterator<Item = Vec<Vec<f64>>> {
        let inside = move |at: u64| at.clamp(numbers.start, numbers.end);
        let of = move |block: u64| {
            let first = self.points_before(block);
            let past = if block + 1 < self.blocks() { self.points_before(block + 1) } else { self.count() };
            let (from, to) = (inside(first), inside(past));
            (from < to).then(|| {
                let place = |at: u64| usize::try_from(at - first).unwrap_or(usize::MAX);
                self.block(block).drain(place(from)..place(to)).collect()
            })
        };
        (0..self.blocks()).filter_map(of)
    }
}

/// The points of one block, and which of them there are: those that break `require`, or have a value that an indicator
/// does not take, are skipped.
#[derive(Clone, Debug)]
pub struct Block {
    /// Values of each point.
    pub points: Vec<Vec<f64>>,
    /// For each, whether it is to be computed.
    pub allowed: Vec<bool>,
    /// Points that break `require`.
    pub broken: usize,
}

impl Block {
    /// The block with these points.
    #[must_use]
    pub fn new(plan: &Plan, points: Vec<Vec<f64>>) -> Self {
        let strategy = &plan.strategies[0].strategy;
        let allowed: Vec<bool> = points.iter().map(|values| strategy.allows(values)).collect();
        let skipped = points.iter().zip(&allowed).filter(|(_, allowed)| !**allowed);
        let broken = skipped.filter(|(values, _)| !strategy.require_holds(values)).count();
        Self { points, allowed, broken }
    }

    /// The points that are to be computed.
    pub fn open(&self) -> impl Iterator<Item = &Vec<f64>> {
        self.points.iter().zip(&self.allowed).filter(|(_, allowed)| **allowed).map(|(point, _)| point)
    }

    /// Their places among all points of the block.
    pub fn open_places(&self) -> impl Iterator<Item = u64> {
        self.allowed.iter().zip(0..).filter(|(allowed, _)| **allowed).map(|(_, place)| place)
    }

    /// Number of points that are to be computed.
    #[must_use]
    pub fn size(&self) -> usize {
        self.allowed.iter().filter(|allowed| **allowed).count()
    }

    /// Whether storing and fetching it costs less than computing it.
    #[must_use]
    pub fn is_worth_caching(&self, bars: u64) -> bool {
        self.size() as u64 * bars >= WORTH_CACHING
    }
}

/// The stored form of the outcomes of a block's open points.
pub(super) fn to_stored(outcomes: &[Outcome]) -> Option<StoredValue> {
    let first = outcomes.first()?;
    let mut metrics = Vec::with_capacity(outcomes.len() * first.detail.count());
    metrics.extend(outcomes.iter().flat_map(|outcome| &outcome.metrics[..outcome.detail.count()]));
    Some(StoredValue::Block(StoredBlock {
        bars: first.bars,
        start: first.start,
        end: first.end,
        ruined: outcomes.iter().map(|outcome| outcome.ruined).collect(),
        metrics,
    }))
}

/// The outcomes of a block's open points from their stored form; none where it is not this block's, or holds other
/// metrics.
pub(super) fn from_stored(stored: StoredValue, points: usize, detail: Detail) -> Option<Vec<Outcome>> {
    let StoredValue::Block(block) = stored else { return None };
    if block.ruined.len() != points || block.detail() != Some(detail) {
        return None;
    }
    let StoredBlock { bars, start, end, .. } = block;
    let outcome = |(known, &ruined): (&[Option<f64>], &bool)| {
        let mut metrics: Metrics = [None; metrics::COUNT];
        metrics[..known.len()].copy_from_slice(known);
        Outcome { bars, start, end, ruined, detail, metrics }
    };
    Some(block.metrics.chunks(detail.count()).zip(&block.ruined).map(outcome).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::strategy::{self, ParamArg};

    #[test]
    fn points_by_their_numbers_are_those_of_all_blocks_wherever_they_are_cut() {
        let strategy = strategy::get("ma").expect("a strategy");
        let given: Vec<ParamArg> =
            ["fast=2..61", "slow=40..139"].iter().map(|text| text.parse().expect("values")).collect();
        let grid = Grid::new(strategy, &given).expect("a grid");
        let sample = GridPoints::Sample { grid: grid.clone(), count: 2_500, seed: 3 };
        for points in [GridPoints::All(grid), sample] {
            let all: Vec<Vec<f64>> = (0..points.blocks()).flat_map(|block| points.block(block)).collect();
            assert!(points.blocks() > 2 && all.len() as u64 == points.count());
            for (from, to) in
                [(0, 1), (0, points.count()), (1_000, 1_100), (1_024, 2_048), (2_499, points.count()), (7, 7)]
            {
                let own: Vec<Vec<f64>> = points.blocks_of(from..to).flatten().collect();
                assert_eq!(own[..], all[from as usize..to as usize], "{from}..{to}");
            }
        }
    }
}
