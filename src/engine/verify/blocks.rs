//! Blocks of a sweep's grid. A sample is drawn before anything is looked up: all that is stored of a large grid would
//! not fit into memory.

use super::sample::Sample;
use super::{Mismatch, Verified, compare};
use crate::cache::{Key, Kind, Results, Stored, StoredBlock, Wanted};
use crate::engine::asset::{identity, open_asset};
use crate::engine::block::Block;
use crate::engine::plan::{Keyring, Plan};
use crate::engine::points::Points;
use crate::engine::pool::Pool;
use crate::engine::progress::Progress;
use crate::engine::slices::Slice;
use crate::report::Failed;
use crate::sim::model::Candles;

/// Blocks looked up and computed at once, for each thread.
const AT_ONCE: usize = 4;

/// Reads the candles of one asset after the other, and computes a sample of the blocks that are stored again.
pub fn verify_blocks(
    plan: &Plan,
    points: &Points,
    results: &Results,
    sample: Sample,
    progress: &dyn Progress,
) -> Verified {
    let mut verified = Verified::default();
    let (keyring, pool) = (Keyring::new(plan), Pool::new(plan.threads));
    progress.begin(plan.assets.len() as u64 * points.blocks());
    for entry in &plan.assets {
        let (known, candles) = match open_asset(plan, entry) {
            Ok((known, candles, _)) => (known, candles),
            Err(reason) => {
                verified.failed.push(Failed { symbol: entry.symbol.clone(), reason });
                continue;
            }
        };
        let identity = identity(&known);
        let keys: Vec<(u64, Key)> = (0..points.blocks())
            .map(|number| (number, Block::new(plan, points.block(number))))
            .filter(|(_, block)| block.is_worth_caching(known.bars))
            .map(|(number, block)| (number, keyring.block(plan, &identity, &block.points)))
            .collect();
        for drawn in sample.draw(keys, |(_, key)| *key).chunks(AT_ONCE * plan.threads) {
            if progress.stopped() {
                verified.stopped = true;
                break;
            }
            let strategy = plan.strategies[0].strategy.name.as_str();
            let wanted = |&(_, key): &(u64, Key)| Wanted { key, kind: Kind::Block, symbol: &entry.symbol, strategy };
            let found = results.get(&drawn.iter().map(wanted).collect::<Vec<_>>());
            let stored: Vec<(u64, Key, StoredBlock)> = drawn
                .iter()
                .zip(found)
                .filter_map(|(&(number, key), found)| match found {
                    Some(Stored::Block(block)) => Some((number, key, block)),
                    _ => None,
                })
                .collect();
            verified.missing += drawn.len() - stored.len();
            verified.stored += stored.len();
            verified.checked += stored.len();
            let one = |(number, key, block): (u64, Key, StoredBlock)| {
                check(plan, &candles, &points.block(number), &block).map(|difference| (key, difference))
            };
            let mismatch = |(key, difference)| Mismatch {
                symbol: entry.symbol.clone(),
                strategy: strategy.to_owned(),
                kind: Kind::Block,
                key,
                difference,
            };
            verified.mismatches.extend(pool.map(stored, one).into_iter().flatten().map(mismatch));
        }
        progress.advance(points.blocks());
        verified.known.push((entry.symbol.clone(), known));
    }
    progress.end();
    verified
}

fn check(plan: &Plan, candles: &Candles, points: &[Vec<f64>], stored: &StoredBlock) -> Option<String> {
    let block = Block::new(plan, points.to_vec());
    let computed = Slice::of(block.open().collect()).outcomes(plan, candles);
    compare::blocks(stored, &computed)
}
