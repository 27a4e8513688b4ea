//! Stored scores against what the candles of today give.

use super::{Mismatch, Sample, Verified, difference};
use crate::cache::{EntryKind, Key, Results, StoredValue};
use crate::inputs::open_asset;
use crate::plan::{KeyMaker, Plan};
use crate::pool::{Pool, Progress};
use crate::scores::{compute_score, score_entry, score_texts};
use crate::sim::{Failed, Millis};

/// Reads the candles of each asset of the plan, and computes again a sample of the stored scores of its first strategy, as
/// far back as `ago`. A score is stored only where somebody asked for it: it is not missed.
pub fn verify_scores(plan: &Plan, ago: Millis, results: &Results, sample: Sample, progress: &dyn Progress) -> Verified {
    let mut verified = Verified::default();
    let (pool, key_maker, texts) = (Pool::new(plan.threads), KeyMaker::new(plan), score_texts(plan));
    let one = |at: usize| -> Result<Option<(usize, Key, Option<String>)>, Failed> {
        let entry = &plan.assets[at];
        let failed = |reason| Failed { symbol: entry.symbol.clone(), reason };
        let data = open_asset(plan, entry, &pool).map_err(failed)?;
        progress.advance(1);
        let key = key_maker.score(plan, &data.known.id(), ago, &texts);
        let found = results.get(&[score_entry(plan, &entry.symbol, key)]).pop().flatten();
        let Some(StoredValue::Score(stored)) = found else { return Ok(None) };
        Ok(Some((at, key, difference::scores(&stored, &compute_score(plan, data.market(), ago)))))
    };
    progress.begin(plan.assets.len() as u64);
    let mut stored = Vec::new();
    for compared in pool.map((0..plan.assets.len()).collect(), one) {
        match compared {
            Ok(found) => stored.extend(found),
            Err(failed) => verified.failed.push(failed),
        }
    }
    progress.end();
    verified.stored = stored.len();
    // Reading the candles is the work; what was not drawn is compared for nothing.
    let drawn = sample.draw(stored, |(_, key, _)| *key);
    verified.checked = drawn.len();
    for (at, key, difference) in drawn {
        let Some(difference) = difference else { continue };
        let (symbol, strategy) = (plan.assets[at].symbol.clone(), plan.strategies[0].strategy.name.clone());
        verified.mismatches.push(Mismatch { symbol, strategy, kind: EntryKind::Score, key, difference });
    }
    verified.stopped = progress.stopped();
    verified
}
