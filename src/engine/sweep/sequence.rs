//! All blocks of a sweep, numbered in the order in which they are done.

use std::ops::Range;

use crate::block::GridPoints;

/// The blocks of all strategies on all assets: strategy by strategy, of each asset by asset, and of each in the order of
/// the grid. Numbers of blocks and of points, skipped ones included, are the same whoever does which part of them.
#[derive(Clone, Debug)]
pub struct BlockSequence {
    assets: u64,
    /// Blocks and points of each strategy on one asset.
    strategies: Vec<(u64, u64)>,
}

/// Where a block stands in a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockPlace {
    /// Number of the strategy in the plan.
    pub strategy: usize,
    /// Number of the asset in the plan.
    pub asset: usize,
    /// Number of the block among those of the strategy's grid.
    pub block: u64,
}

impl BlockSequence {
    /// Of strategies with these points on so many assets.
    #[must_use]
    pub fn new(points: &[GridPoints], assets: usize) -> Self {
        let strategies = points.iter().map(|points| (points.blocks(), points.count())).collect();
        Self { assets: assets as u64, strategies }
    }

    /// Number of blocks.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.before(self.strategies.len()).0
    }

    /// Number of points, those that are skipped included.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.before(self.strategies.len()).1
    }

    /// Blocks whose rows make a row group of about `rows` rows in a file.
    #[must_use]
    pub fn blocks_of_rows(&self, rows: u64) -> u64 {
        let all = u128::from(self.blocks()) * u128::from(rows);
        u64::try_from(all.div_ceil(u128::from(self.points().max(1)))).unwrap_or(u64::MAX).max(1)
    }

    /// Blocks and points of the strategies before this one.
    pub(super) fn before(&self, strategy: usize) -> (u64, u64) {
        let add = |all: u64, one: u64| all.saturating_add(one.saturating_mul(self.assets));
        self.strategies[..strategy]
            .iter()
            .fold((0, 0), |(blocks, points), own| (add(blocks, own.0), add(points, own.1)))
    }

    /// Those of some blocks that are of one strategy, counted from its first.
    pub(super) fn own(&self, strategy: usize, blocks: &Range<u64>) -> Range<u64> {
        let (first, next) = (self.before(strategy).0, self.before(strategy + 1).0);
        let own = |number: u64| number.clamp(first, next) - first;
        own(blocks.start)..own(blocks.end)
    }

    /// Where the block of this number stands; none behind the last.
    #[must_use]
    pub fn place(&self, number: u64) -> Option<BlockPlace> {
        let strategy = (0..self.strategies.len()).find(|strategy| number < self.before(strategy + 1).0)?;
        let (own, blocks) = (number - self.before(strategy).0, self.strategies[strategy].0);
        Some(BlockPlace { strategy, asset: usize::try_from(own / blocks).ok()?, block: own % blocks })
    }
}

/// Whether the point of this number among all is one of so many that are spread evenly over them.
pub(crate) fn is_spread(number: u64, all: u64, sample: u64) -> bool {
    let share = |number: u64| u128::from(number) * u128::from(sample) / u128::from(all.max(1));
    share(number + 1) > share(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::strategy::{Grid, get};

    fn points(param: &str) -> GridPoints {
        GridPoints::All(
            Grid::new(get("ma").unwrap(), &[param.parse().unwrap(), "slow=300..399".parse().unwrap()]).unwrap(),
        )
    }

    #[test]
    fn blocks_are_numbered_by_strategy_asset_and_grid_and_points_before_a_block_are_counted() {
        let points = [points("fast=5..100"), points("fast=7,9")];
        let sequence = BlockSequence::new(&points, 3);
        assert_eq!(sequence.points(), 3 * (96 * 100 + 2 * 100));
        let mut number = 0;
        for (strategy, points) in points.iter().enumerate() {
            for asset in 0..3 {
                let mut before = 0;
                for block in 0..points.blocks() {
                    assert_eq!(sequence.place(number), Some(BlockPlace { strategy, asset, block }));
                    assert_eq!(points.points_before(block), before);
                    before += points.block(block).len() as u64;
                    number += 1;
                }
            }
        }
        assert_eq!((sequence.blocks(), sequence.place(number)), (number, None));
        let first = points[0].blocks() * 3;
        assert_eq!(sequence.own(0, &(2..first + 1)), 2..first);
        assert_eq!(sequence.own(1, &(2..first + 1)), 0..1);
    }

    #[test]
    fn a_sample_is_spread_evenly() {
        let all = 3 * 65_536 + 17;
        let taken: Vec<u64> = (0..all).filter(|number| is_spread(*number, all, 65_536)).collect();
        assert_eq!(taken.len(), 65_536);
        assert!(taken.windows(2).all(|pair| (3..=4).contains(&(pair[1] - pair[0]))));
    }
}
