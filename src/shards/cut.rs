//! Where a sweep is cut into shards of about the same cost.

/// How the work on one asset is spread over the blocks of a strategy.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockWeights {
    /// All blocks are alike.
    Even,
    /// For each block, the points that are computed in it and in those before it.
    Points(Vec<u64>),
}

/// The blocks of one strategy on one asset, which follow each other.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// Number of blocks, 1 or more.
    pub blocks: u64,
    /// Seconds to read the asset.
    pub load: f64,
    /// Seconds to compute all its blocks.
    pub compute: f64,
    /// How these are spread.
    pub weights: &'a BlockWeights,
}

impl Stretch<'_> {
    fn cost(&self) -> f64 {
        self.load + self.compute
    }

    /// The block up to which the work has taken so many seconds.
    fn block_at(&self, seconds: f64) -> u64 {
        let share = ((seconds - self.load) / self.compute).clamp(0.0, 1.0);
        if !share.is_finite() {
            return 0;
        }
        let nearest = |blocks: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of blocks")]
            let block = (blocks + 0.5) as u64;
            block.min(self.blocks)
        };
        #[expect(clippy::cast_precision_loss, reason = "a share of them")]
        match self.weights {
            BlockWeights::Even => nearest(share * self.blocks as f64),
            BlockWeights::Points(before) => {
                let wanted = share * before.last().copied().unwrap_or(0) as f64;
                let block = before.partition_point(|points| (*points as f64) < wanted);
                // The border nearest to it, of the two of this block.
                let from = block.checked_sub(1).map_or(0, |at| before[at]);
                let is_past = before.get(block).is_some_and(|to| wanted - from as f64 > *to as f64 - wanted);
                (block as u64 + u64::from(is_past)).min(self.blocks)
            }
        }
    }
}

/// The numbers of the first blocks of so many shards, ascending from 0, of a sweep made of these stretches: fewer shards
/// where there are not so many blocks.
#[must_use]
pub fn cut(stretches: &[Stretch<'_>], shards: u64) -> Vec<u64> {
    let all: f64 = stretches.iter().map(Stretch::cost).sum();
    let blocks: u64 = stretches.iter().map(|stretch| stretch.blocks).sum();
    let mut starts = vec![0];
    let (mut seconds, mut first) = (0.0, 0);
    let mut rest = stretches.iter();
    let mut stretch = rest.next();
    for shard in 1..shards {
        #[expect(clippy::cast_precision_loss, reason = "a share of them")]
        let wanted = all * shard as f64 / shards as f64;
        while let Some(current) = stretch.filter(|current| seconds + current.cost() <= wanted) {
            (seconds, first) = (seconds + current.cost(), first + current.blocks);
            stretch = rest.next();
        }
        let start = first + stretch.map_or(0, |current| current.block_at(wanted - seconds));
        if start > *starts.last().unwrap_or(&0) && start < blocks {
            starts.push(start);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(blocks: u64, compute: f64, weights: &BlockWeights) -> Stretch<'_> {
        Stretch { blocks, load: 0.0, compute, weights }
    }

    #[test]
    fn shards_cost_about_the_same_whatever_the_assets_cost() {
        let even = BlockWeights::Even;
        let stretches: Vec<Stretch<'_>> = (1..=50).map(|asset| stretch(100, f64::from(asset), &even)).collect();
        let starts = cut(&stretches, 25);
        assert_eq!(starts.len(), 25);
        let cost = |from: u64, to: u64| (from..to).map(|block| (block / 100 + 1) as f64 / 100.0).sum::<f64>();
        for pair in starts.windows(2) {
            assert!((cost(pair[0], pair[1]) - 51.0).abs() <= 0.5, "{pair:?}: {}", cost(pair[0], pair[1]));
        }
    }

    #[test]
    fn blocks_that_are_skipped_cost_nothing() {
        // The first half of the grid breaks `require`.
        let half = BlockWeights::Points((0..100).map(|block| 1_000 * u64::saturating_sub(block, 49)).collect());
        let starts = cut(&[stretch(100, 50.0, &half)], 5);
        assert_eq!(starts, [0, 60, 70, 80, 90]);
    }

    #[test]
    fn there_are_no_more_shards_than_blocks_and_none_is_empty() {
        for (blocks, shards) in [(1, 10), (7, 10), (3, 3), (1_000, 10_000), (5, 1)] {
            let even = BlockWeights::Even;
            let starts = cut(&[stretch(blocks, 1.0, &even), stretch(blocks, 3.0, &even)], shards);
            assert_eq!(starts[0], 0);
            assert!(starts.is_sorted_by(|a, b| a < b) && starts.last().unwrap() < &(2 * blocks), "{starts:?}");
            assert!(starts.len() as u64 <= shards.min(2 * blocks));
        }
        assert_eq!(cut(&[stretch(4, 0.0, &BlockWeights::Even)], 3), [0], "work that costs nothing is one shard");
    }

    #[test]
    fn reading_an_asset_is_part_of_its_cost() {
        let even = BlockWeights::Even;
        let slow = Stretch { blocks: 1, load: 9.0, compute: 1.0, weights: &even };
        assert_eq!(cut(&[slow; 4], 4), [0, 1, 2, 3]);
    }
}
