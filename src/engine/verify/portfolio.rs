//! Stored portfolios against what the candles of today give.

use super::{Mismatch, Sample, Verified, difference};
use crate::block::{Block, GridPoints};
use crate::cache::{EntryId, EntryKind, Key, Results, StoredPortfolio, StoredValue};
use crate::data::Index;
use crate::plan::{KeyMaker, Plan};
use crate::pool::{Pool, Progress};
use crate::portfolio::{PORTFOLIO, UniverseData, to_stored};
use crate::sim::Failed;

/// Reads the candles of all assets of the plan, and computes again a sample of what is stored of its first strategy, a
/// portfolio, at these points.
pub fn verify_portfolio(
    plan: &Plan,
    points: &GridPoints,
    (results, index): (&Results, &mut Index),
    sample: Sample,
    progress: &dyn Progress,
) -> Verified {
    let mut verified = Verified::default();
    let mut data = match UniverseData::for_sweep(plan, index, progress) {
        Ok(data) => data,
        Err(reason) => {
            verified.failed.push(Failed { symbol: PORTFOLIO.to_owned(), reason });
            return verified;
        }
    };
    verified.failed.append(&mut data.failed);
    verified.known.clone_from(&data.known);
    let (pool, key_maker) = (Pool::new(plan.threads), KeyMaker::new(plan));
    let strategy = plan.strategies[0].strategy.name.as_str();
    for number in 0..points.blocks() {
        if progress.stopped() {
            verified.stopped = true;
            break;
        }
        let block = Block::new(plan, points.block(number));
        let all = block.open().map(|values| (key_maker.portfolio(plan, &data.id, values), values.clone()));
        let drawn: Vec<(Key, Vec<f64>)> = sample.draw(all.collect(), |(key, _)| *key);
        let entry =
            |(key, _): &(Key, _)| EntryId { key: *key, kind: EntryKind::Portfolio, symbol: PORTFOLIO, strategy };
        let found = results.get(&drawn.iter().map(entry).collect::<Vec<_>>());
        let (mut stored, mut values): (Vec<(Key, StoredPortfolio)>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        for ((key, point), found) in drawn.into_iter().zip(found) {
            match found {
                Some(StoredValue::Portfolio(one)) => {
                    stored.push((key, one));
                    values.push(point);
                }
                _ => verified.missing += 1,
            }
        }
        verified.stored += stored.len();
        verified.checked += stored.len();
        for ((key, stored), computed) in stored.into_iter().zip(data.compute(plan, &values, &pool)) {
            let StoredValue::Portfolio(figures) = to_stored(&computed) else { continue };
            let difference = difference::results(&stored.result, &computed.outcome);
            let difference = difference.or_else(|| difference::portfolios(&stored, &figures));
            verified.mismatches.extend(difference.map(|difference| Mismatch {
                symbol: PORTFOLIO.to_owned(),
                strategy: strategy.to_owned(),
                kind: EntryKind::Portfolio,
                key,
                difference,
            }));
        }
    }
    verified
}
