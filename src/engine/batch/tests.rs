//! What a batch finds in the cache, and what it adds to it.

use super::{BatchResults, run_batch};
use crate::cache::{MemoryBackend, Options, Results};
use crate::data::Index;
use crate::sim::simd::Cpu;
use crate::sim::strategy;
use crate::sim::{CacheState, Direction};
use crate::sweep::tests::plan;
use crate::{NoProgress, Plan, last_bar};

/// A batch of `rsi` on three assets, with a cache and an index of its own.
struct CachedBatch {
    plan: Plan,
    backend: MemoryBackend,
    index: Index,
}

impl CachedBatch {
    fn new() -> Self {
        let plan = plan(strategy::get("rsi").unwrap(), Direction::Both, 2, Cpu::detect());
        Self { plan, backend: MemoryBackend::new(), index: Index::default() }
    }

    fn run(&mut self, last_bars: Option<u64>) -> BatchResults {
        let results = Results::with_backend(Box::new(self.backend.clone()), "memory", Options::default());
        let plan = Plan { last_bars, ..self.plan.clone() };
        let done = run_batch(&plan, &results, &mut self.index, &NoProgress);
        assert_eq!(results.finish().errors, 0);
        done
    }
}

#[test]
fn the_order_of_the_last_bar_is_that_of_the_candles_whether_it_was_stored_or_not() {
    let mut batch = CachedBatch::new();
    let last = |plan: &Plan| (0..3).map(|asset| last_bar(plan, asset, 0).unwrap()).collect::<Vec<_>>();
    let expected = last(&batch.plan);
    for cache in [CacheState::Miss, CacheState::Hit] {
        let done = batch.run(Some(u64::MAX));
        let found: Vec<_> = done.rows.iter().map(|row| done.last_bars[&row.key]).collect();
        assert_eq!(found, expected, "{cache:?}");
        assert!(done.rows.iter().all(|row| row.cache == cache));
    }
    assert!(batch.run(Some(100)).last_bars.is_empty(), "these histories are longer");
    assert!(batch.run(None).last_bars.is_empty(), "nobody asks");
}

#[test]
fn a_stored_result_without_its_order_stays_a_hit_where_the_candles_cannot_be_read_any_more() {
    let mut batch = CachedBatch::new();
    batch.run(None);
    batch.plan.assets[0].path = "nowhere/BTCUSDT.csv".into();
    let done = batch.run(Some(u64::MAX));
    assert!(done.summary.failed.is_empty() && done.rows.len() == 3);
    assert!(done.rows.iter().all(|row| row.cache == CacheState::Hit));
    assert_eq!(done.last_bars.len(), 2);
}
