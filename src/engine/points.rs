//! The points of a sweep, in blocks: all of a grid, or a sample of it.

use crate::sim::strategy::Grid;

/// Points of a block of a sample.
const SAMPLE_BLOCK: u64 = 1024;

/// Which points of a grid are computed.
#[derive(Clone, Debug)]
pub enum Points {
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

impl Points {
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
}
