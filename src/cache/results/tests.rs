use std::time::Instant;

use super::*;
use crate::sim::metrics::COUNT;
use crate::{FailureClass, InjectedFault, KindCounters, MemoryBackend, StoredResult};

fn key(n: usize) -> Key {
    Key(*blake3::hash(&n.to_le_bytes()).as_bytes())
}

fn wanted(n: usize) -> EntryId<'static> {
    EntryId { key: key(n), kind: EntryKind::Result, symbol: "BTCUSDT", strategy: "rsi" }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn value(n: usize) -> StoredValue {
    let mut metrics = vec![None; COUNT];
    metrics[0] = Some(n as f64);
    StoredValue::Result(StoredResult { bars: 100, start: 0, end: 99, ruined: false, metrics, last: None })
}

fn open(memory: &MemoryBackend, options: Options) -> Results {
    Results::with_backend(Box::new(memory.clone()), "Redis at memory:0", options)
}

fn usual(memory: &MemoryBackend) -> Results {
    open(memory, Options::default())
}

/// What a run does: look, compute what is missing, store it.
fn run(results: Results, count: usize) -> (Vec<StoredValue>, CacheReport) {
    let wanted: Vec<_> = (0..count).map(wanted).collect();
    let found = results.get(&wanted);
    let mut values = Vec::new();
    for (n, found) in found.into_iter().enumerate() {
        values.push(found.unwrap_or_else(|| {
            results.put(&wanted[n], &value(n));
            value(n)
        }));
    }
    (values, results.finish())
}

#[test]
fn what_one_process_computes_the_next_one_finds() {
    let memory = MemoryBackend::new();
    let (first, cold) = run(usual(&memory), 700);
    let (second, warm) = run(usual(&memory), 700);
    assert_eq!(first, second);
    assert_eq!((cold.hits, cold.misses, cold.stored), (0, 700, 700));
    assert_eq!((warm.hits, warm.misses, warm.stored), (700, 0, 0));
    assert_eq!(cold.warning.or(warm.warning), None);
}

#[test]
fn our_counts_add_up_over_processes() {
    let memory = MemoryBackend::new();
    for _ in 0..3 {
        let _ = run(usual(&memory), 10);
    }
    let counts = memory.counts("backtest:v2:stats");
    assert_eq!(*counts.kind(EntryKind::Result), KindCounters { hits: 20, misses: 10, stored: 10, corrupt: 0 });
    assert_eq!((counts.total(), counts.errors), (*counts.kind(EntryKind::Result), 0));
    assert_eq!(memory.counts(&usual(&memory).names.day(now()).0), counts, "and each day on its own");
}

#[test]
fn a_cold_run_of_700_asks_for_chunks_of_256() {
    let memory = MemoryBackend::new();
    let wanted: Vec<_> = (0..700).map(wanted).collect();
    let results = usual(&memory);
    let _ = results.get(&wanted);
    let _ = results.finish();
    assert_eq!(memory.operations(), 1 + 3 + 1, "connect, three lookups, counters");
}

#[test]
fn values_are_written_in_batches() {
    let memory = MemoryBackend::new();
    assert_eq!(run(usual(&memory), 10_000).1.stored, 10_000);
    let writes = memory.operations() - 1 - 40 - 1;
    assert!((79..200).contains(&writes), "{writes} writes of 10,000 values");
}

#[test]
fn whichever_operation_fails_the_values_are_the_same_and_there_is_one_warning() {
    for fault in [InjectedFault::Fail(FailureClass::Closed), InjectedFault::Refuse(FailureClass::Full)] {
        for nth in 1.. {
            let memory = MemoryBackend::new();
            let (_, _) = run(usual(&memory), 200);
            let before = memory.operations();
            memory.break_at(nth, fault);
            let (values, report) = run(usual(&memory), 600);
            assert_eq!(values, (0..600).map(value).collect::<Vec<_>>(), "{fault:?} at {nth}");
            if memory.operations() - before < nth {
                break;
            }
            assert!(nth < 50, "the number of operations must not grow with faults");
            if let InjectedFault::Fail(_) = fault {
                let warning = report.warning.expect("a fault is told").to_string();
                assert!(warning.starts_with("Redis at memory:0: closed"), "{warning}");
                assert!(warning.ends_with("continuing without cache"), "{warning}");
            }
        }
    }
}

#[test]
fn a_full_store_still_gives_hits() {
    let memory = MemoryBackend::new();
    let _ = run(usual(&memory), 10);
    memory.break_at(3, InjectedFault::Refuse(FailureClass::Full));
    let (_, report) = run(usual(&memory), 20);
    assert_eq!((report.hits, report.misses, report.stored), (10, 10, 0));
    let warning = report.warning.expect("the user should know that nothing is stored").to_string();
    assert!(warning.contains("full") && warning.ends_with("continuing without cache writes"), "{warning}");
}

#[test]
fn stalls_cost_the_budget_once_however_many_there_are() {
    let memory = MemoryBackend::new();
    for nth in 1..20 {
        memory.break_at(nth, InjectedFault::Stall(Duration::from_secs(1)));
    }
    let begun = Instant::now();
    let results = usual(&memory);
    for n in 0..5 {
        assert_eq!(results.get(&[wanted(n)]), [None]);
        results.put(&wanted(n), &value(n));
    }
    let report = results.finish();
    assert!(begun.elapsed() < DEFAULT_TIMEOUT, "{:?}", begun.elapsed());
    assert_eq!((report.misses, report.stored), (5, 0));
    let warning = report.warning.expect("a stall is told").to_string();
    assert!(warning.starts_with("Redis at memory:0: timeout"), "{warning}");
}

#[test]
fn foreign_and_copied_values_are_misses_counted_as_corrupt_and_replaced() {
    let memory = MemoryBackend::new();
    let _ = run(usual(&memory), 3);
    let names: Vec<_> = (0..3).map(|n| usual(&memory).name(&wanted(n))).collect();
    let (other, _) = memory.entry(&names[2]).expect("it was stored");
    memory.overwrite(&names[0], b"foreign".to_vec());
    memory.overwrite(&names[1], other);
    let (values, report) = run(usual(&memory), 3);
    assert_eq!(values, [value(0), value(1), value(2)]);
    assert_eq!((report.hits, report.misses, report.corrupt, report.stored), (1, 2, 2, 2));
    assert_eq!(report.warning, None, "it is a miss like any other");
    assert_eq!(run(usual(&memory), 3).1.hits, 3);
}

#[test]
fn refresh_looks_for_nothing_and_stores_everything() {
    let memory = MemoryBackend::new();
    let _ = run(usual(&memory), 5);
    let refresh = Options { mode: CacheMode::Refresh, ..Options::default() };
    let (_, report) = run(open(&memory, refresh), 5);
    assert_eq!((report.hits, report.misses, report.stored), (0, 0, 5));
}

#[test]
fn off_asks_the_store_nothing() {
    let memory = MemoryBackend::new();
    let (values, report) = run(open(&memory, Options { mode: CacheMode::Off, ..Options::default() }), 5);
    assert_eq!((values.len(), report, memory.operations()), (5, CacheReport::default(), 0));
    assert_eq!(run(Results::off(), 5).1, CacheReport::default());
}

#[test]
fn a_process_that_asks_nothing_is_not_warned() {
    let memory = MemoryBackend::new();
    memory.break_at(1, InjectedFault::Fail(FailureClass::Refused));
    assert_eq!(usual(&memory).finish(), CacheReport::default());
}

#[test]
fn ttl_goes_with_each_value_and_zero_is_for_ever() {
    let ttl = |ttl: Ttls| {
        let memory = MemoryBackend::new();
        let _ = run(open(&memory, Options { ttl, ..Options::default() }), 1);
        memory.entry(&memory.names()[0]).and_then(|(_, ttl)| ttl)
    };
    assert_eq!(ttl(Ttls::default()), Some(Duration::from_hours(24)));
    assert_eq!(ttl(Ttls::all(Duration::ZERO)), None);
    assert_eq!(ttl(Ttls::default().with(EntryKind::Result, Duration::from_mins(1))), Some(Duration::from_mins(1)));
}

#[test]
fn with_a_secret_only_values_sealed_with_it_are_hits() {
    let memory = MemoryBackend::new();
    let sealed = |secret: &str| Options { secret: Some(Secret::derive(secret)), ..Options::default() };
    let _ = run(usual(&memory), 1);
    assert_eq!(run(open(&memory, sealed("canary")), 1).1.corrupt, 1);
    assert_eq!(run(open(&memory, sealed("canary")), 1).1.hits, 1);
    assert_eq!(run(open(&memory, sealed("other")), 1).1.corrupt, 1);
}

#[test]
fn a_value_that_no_backtest_gives_is_not_stored() {
    let memory = MemoryBackend::new();
    let results = usual(&memory);
    let metrics = vec![Some(f64::NAN); COUNT];
    let bad = StoredResult { bars: 1, start: 0, end: 0, ruined: false, metrics, last: None };
    results.put(&wanted(0), &StoredValue::Result(bad));
    assert_eq!(results.finish().stored, 0);
    assert_eq!(memory.names(), Vec::<String>::new());
}

#[test]
fn the_same_key_may_be_found_under_its_own_kind_only() {
    let memory = MemoryBackend::new();
    let _ = run(usual(&memory), 1);
    let trades = EntryId { kind: EntryKind::Trades, ..wanted(0) };
    assert_eq!(usual(&memory).get(&[trades]), [None]);
}

#[test]
fn threads_that_each_ask_for_many_entries_do_not_time_out_a_healthy_store() {
    let memory = MemoryBackend::new();
    let _ = run(usual(&memory), 2_000);
    for _ in 0..20 {
        let results = usual(&memory);
        let all: Vec<_> = (0..2_000).map(wanted).collect();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!(results.get(&all).iter().all(Option::is_some)));
            }
        });
        let report = results.finish();
        assert_eq!((report.hits, report.warning), (8_000, None));
    }
}

#[test]
fn whoever_has_the_same_candles_and_rules_finds_the_result_under_any_symbol_and_strategy_name() {
    let memory = MemoryBackend::new();
    let _ = run(usual(&memory), 1);
    let colleagues = EntryId { symbol: "btc-usd.mine", strategy: "my_rsi", ..wanted(0) };
    let results = usual(&memory);
    assert_eq!(results.get(&[colleagues]), [Some(value(0))]);
    assert_eq!(results.finish().hits, 1);
}

#[test]
fn a_store_that_nobody_named_and_that_is_not_there_is_no_failure_but_no_cache() {
    for mode in [CacheMode::On, CacheMode::Refresh] {
        let memory = MemoryBackend::new();
        memory.break_at(1, InjectedFault::Fail(FailureClass::Refused));
        let results = open(&memory, Options { mode, may_be_absent: true, ..Options::default() });
        assert_eq!(results.mode(), CacheMode::Off);
        assert!(!results.is_storing());
        let absent = Some("Redis at memory:0".to_owned());
        assert_eq!(run(results, 5).1, CacheReport { absent, ..CacheReport::default() });
    }
}

#[test]
fn a_store_that_nobody_named_and_that_fails_is_a_failure_like_any_other() {
    let memory = MemoryBackend::new();
    memory.break_at(1, InjectedFault::Fail(FailureClass::Auth));
    let results = open(&memory, Options { may_be_absent: true, ..Options::default() });
    assert_eq!(results.mode(), CacheMode::On);
    let report = run(results, 5).1;
    assert_eq!((report.absent, report.misses), (None, 5));
    assert!(report.warning.is_some_and(|warning| warning.failure.class == FailureClass::Auth));
}

#[test]
fn a_store_that_is_there_is_used_whether_it_was_named_or_not() {
    let memory = MemoryBackend::new();
    let unnamed = || open(&memory, Options { may_be_absent: true, ..Options::default() });
    assert_eq!(unnamed().mode(), CacheMode::On);
    assert_eq!(run(unnamed(), 5).1.stored, 5);
    assert_eq!(run(unnamed(), 5).1.hits, 5);
}
