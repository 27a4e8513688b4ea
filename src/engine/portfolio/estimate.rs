//! How long the configurations of a portfolio take.

use std::time::Instant;

use super::universe_data::UniverseData;
use crate::engine::block::{Block, GridPoints};
use crate::engine::plan::Plan;
use crate::pool::Pool;

/// Seconds after which enough was timed.
const ENOUGH: f64 = 0.3;

/// Seconds that a configuration of this grid takes one core, by some that follow each other, as those share scores; 0 of a
/// grid that has none.
pub fn seconds_of_configuration(data: &mut UniverseData, plan: &Plan, points: &GridPoints) -> f64 {
    let pool = Pool::new(1);
    let blocks = points.blocks_of(0..points.count()).map(|block| Block::new(plan, block));
    let Some(block) = blocks.into_iter().find(|block| block.size() > 0) else { return 0.0 };
    let open: Vec<Vec<f64>> = block.open().cloned().collect();
    let mut count = 1;
    loop {
        let some = &open[..open.len().min(count)];
        let begun = Instant::now();
        let _ = data.compute(plan, some, &pool);
        let seconds = begun.elapsed().as_secs_f64();
        if seconds >= ENOUGH || count >= open.len() {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            return seconds / some.len() as f64;
        }
        count *= 4;
    }
}
