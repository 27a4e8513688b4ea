//! However bars come in, and whatever fails on the way, each order is found once, and it is the one of a full run.

mod tails;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use crate::cache::{CacheLocation, FailureClass, Outbox, OutboxEvent, StateRow, StateWrite};
use crate::data::{CandleFile, Catalog, write_parquet};
use crate::sim::metrics::Detail;
use crate::sim::simd::Cpu;
use crate::sim::strategy::{self, Strategy};
use crate::sim::{Candle, Candles, Direction, Settings, TILE, TimeRange};
use crate::{BoundStrategy, ExtraFiles, Warmup};

const HOUR: Millis = 3_600_000;

/// Hours of a price that wanders.
fn candles(seed: u64, bars: usize) -> Candles {
    let mut random = crate::sim::random::Random::new(seed);
    let mut price = 100.0;
    let mut candle = |bar: i64| {
        let open = price;
        price *= 1.0 + 0.02 * (random.uniform() - 0.5);
        Candle {
            time: bar * HOUR,
            open,
            high: open.max(price) * 1.003,
            low: open.min(price) * 0.997,
            close: price,
            volume: 1.0,
        }
    };
    (0..).take(bars).map(&mut candle).collect()
}

fn asset(folder: &Path, candles: &Candles) -> CandleFile {
    std::fs::create_dir_all(folder.join("1h")).unwrap();
    write_parquet(&folder.join("1h/TESTUSDT.parquet"), candles, &[]).unwrap();
    Catalog::open(folder, "1h".parse().unwrap()).unwrap().entries()[0].clone()
}

/// Twenty: the built-in ones, and one with each kind of exit, size and waiting entry.
fn strategies() -> Vec<Strategy> {
    const RULES: &str = "[rules]\nentry = 'crosses_above(close, sma(close, 12))'\nexit = 'rsi(close, 9) > 70'\n";
    let terms = [
        "[exits]\nstop_loss = 0.02\ntake_profit = 0.03\ncooldown = 5\n",
        "[exits]\ntrailing_stop = 0.03\ntrailing_after = 0.01\nbreak_even_after = 0.015\n",
        "[exits]\nstop_distance = '2 * atr(14)'\ntarget_distance = '3 * atr(14)'\nmax_bars = 40\n",
        "[exits]\ntake_profit = [[0, 0.05], [24, 0.02], [48, 0.005]]\n",
        "[exits]\nstop_loss = 0.05\n[size]\nrisk = 0.01\n",
        "[size]\nfraction = 0.5\n",
        "[size]\nvolatility = 0.5\nleverage = 3\nfunding_rate = 0.0001\n",
        "[size]\nfraction = 2.5\nleverage = 20\n",
        "[size]\ncash = 500\n",
        "[entry_order]\nlimit_distance = '0.5 * atr(14)'\nvalid = 9\n",
        "[entry_order]\nstop_distance = '0.3 * atr(14)'\nvalid = 4\n[exits]\ntake_profit = 0.02\nmax_bars = 200\n",
        "[exits]\nmin_profit = 0.001\nmax_bars = 100\n",
    ];
    let named = |(at, terms): (usize, &&str)| {
        strategy::parse(&format!("name = 'terms_{at}'\n{RULES}{terms}"), "terms").unwrap()
    };
    strategy::all().cloned().chain(terms.iter().enumerate().map(named)).take(20).collect()
}

fn plan(asset: CandleFile, strategies: Vec<Strategy>) -> Plan {
    let bound = |strategy: Strategy| BoundStrategy { values: strategy.defaults(), strategy };
    Plan {
        assets: vec![asset],
        strategies: strategies.into_iter().map(bound).collect(),
        interval: "1h".parse().unwrap(),
        range: TimeRange::default(),
        settings: Settings { direction: Direction::Both, ..Settings::default() },
        benchmark: None,
        sweep_detail: Detail::Sums,
        segments: None,
        trades: false,
        last_bars: None,
        warmup: Warmup::default(),
        others: Vec::new(),
        extra: ExtraFiles::default(),
        threads: 1,
        now: 1_900_000_000_000,
        cpu: Cpu::detect(),
    }
}

/// A pass while there are so many bars.
fn pass(plan: &Plan, bars: usize, store: &mut SignalStore) -> Result<Pass, Failure> {
    let range = TimeRange { from: None, to: Some(Millis::try_from(bars).unwrap() * HOUR) };
    let plan = Plan { range, ..plan.clone() };
    let document = &|signal: &Signal| format!("{{\"seq\":0,\"id\":\"{}\"}}", signal.id);
    let request = SignalRequest {
        plan: &plan,
        namespace: "test",
        since: None,
        max_late: 1,
        conditions: false,
        verify: false,
        document,
    };
    signal_pass(&request, store)
}

fn file(folder: &Path) -> SignalStore {
    SignalStore::open(&CacheLocation::File(folder.join("signals.db")), "test", None).unwrap()
}

/// What a signal says of an order.
type Said = (Millis, String, &'static str, u64, u64);

fn said(signal: &Signal) -> Said {
    let fill = signal.fill.map_or("-", crate::sim::fold::OrderFill::name);
    (
        signal.bar,
        format!("{} {}", signal.strategy, signal.kind.name()),
        fill,
        signal.price_ref.to_bits(),
        signal.equity.to_bits(),
    )
}

#[test]
fn bars_that_come_one_by_one_or_in_thousands_give_the_orders_of_a_full_run() {
    let folder = tempfile::tempdir().unwrap();
    let (begin, steps) = (100, [1, 7, TILE - 1, TILE, TILE + 1, 1, 1, 7, 1]);
    let all = begin + steps.iter().sum::<usize>();
    let candles = candles(1, all + 1);
    let plan = plan(asset(folder.path(), &candles), strategies());
    assert_eq!(plan.strategies.len(), 20);
    let mut store = file(folder.path());
    let (mut bars, mut found) = (begin, Vec::new());
    assert!(pass(&plan, bars, &mut store).unwrap().signals.is_empty());
    for step in steps {
        bars += step;
        found.extend(pass(&plan, bars, &mut store).unwrap().signals);
        assert_eq!(pass(&plan, bars, &mut store).unwrap().committed, 0, "nothing is new");
    }
    let ids: BTreeSet<&str> = found.iter().map(|signal| signal.id.as_str()).collect();
    assert_eq!(ids.len(), found.len(), "each once");
    // A full run of each strategy, with the bar after all of them.
    let mut whole: Vec<Said> = Vec::new();
    for (at, bound) in plan.strategies.iter().enumerate() {
        let cut = candles.slice(0..all);
        let mut next = cut.clone();
        let close = next.close[all - 1];
        next.push(Candle { time: all as Millis * HOUR, open: close, high: close, low: close, close, volume: 0.0 });
        let orders = compile(&plan, at).orders_from(&next, &plan.terms(), None, |_| ()).unwrap();
        let events = orders.events.into_iter().filter(|event| event.bar >= begin);
        whole.extend(events.map(|event| {
            let kind = format!("{} {}", bound.strategy.name, event.kind.name());
            (event.bar as Millis * HOUR, kind, event.fill.name(), event.price.to_bits(), event.equity.to_bits())
        }));
    }
    let mut found: Vec<Said> = found.iter().map(said).collect();
    found.sort();
    whole.sort();
    assert!(whole.len() > 1_000, "{}", whole.len());
    assert!(found == whole, "{} found, {} in a full run", found.len(), whole.len());
}

#[test]
fn a_revision_in_any_tile_gives_corrections_and_goes_on_as_a_full_run() {
    let folder = tempfile::tempdir().unwrap();
    let bars = 6 * TILE + 50;
    let original = candles(2, bars + 2);
    let strategies: Vec<Strategy> = strategies().into_iter().take(3).collect();
    for at in [bars - 3, bars - 60, 5 * TILE - 1, 3 * TILE, 3, 0] {
        let plan = |candles: &Candles| plan(asset(folder.path(), candles), strategies.clone());
        let mut store = file(&folder.path().join({
            std::fs::create_dir_all(folder.path().join(at.to_string())).unwrap();
            at.to_string()
        }));
        pass(&plan(&original), bars, &mut store).unwrap();
        let mut revised = original.clone();
        let (low, high) = (revised.low[at] * 0.5, revised.high[at]);
        (revised.low[at], revised.close[at]) = (low, low);
        assert!(high > low);
        let found = pass(&plan(&revised), bars, &mut store).unwrap().signals;
        assert!(found.iter().all(|signal| matches!(signal.kind, SignalKind::Correction { .. })), "bar {at}");
        // From there on, all is as if these had been the candles from the beginning.
        let next = pass(&plan(&revised), bars + 1, &mut store).unwrap().signals;
        std::fs::create_dir_all(folder.path().join("fresh")).unwrap();
        let _ = std::fs::remove_file(folder.path().join("fresh/signals.db"));
        let mut fresh = file(&folder.path().join("fresh"));
        pass(&plan(&revised), bars, &mut fresh).unwrap();
        let expected = pass(&plan(&revised), bars + 1, &mut fresh).unwrap().signals;
        assert_eq!(
            next.iter().map(said).collect::<Vec<_>>(),
            expected.iter().map(said).collect::<Vec<_>>(),
            "bar {at}"
        );
        let back = pass(&plan(&original), bars + 1, &mut store).unwrap().signals;
        let ids: BTreeSet<&str> = found.iter().chain(&next).chain(&back).map(|signal| signal.id.as_str()).collect();
        assert_eq!(ids.len(), found.len() + next.len() + back.len(), "each once");
    }
}

#[derive(Default)]
struct OutboxState {
    states: BTreeMap<String, (StateRow, Vec<u8>)>,
    events: Vec<String>,
    operations: usize,
    fails: BTreeSet<usize>,
}

/// A store in memory of which chosen operations fail: every second of these after it has done what was asked.
#[derive(Clone, Default)]
struct MemoryOutbox(Arc<Mutex<OutboxState>>);

impl MemoryOutbox {
    fn with<T>(&self, work: impl FnOnce(&mut OutboxState) -> T) -> Result<T, Failure> {
        let mut state = self.0.lock().unwrap();
        state.operations += 1;
        let operation = state.operations;
        let fails = state.fails.contains(&operation);
        let failure = || Failure::new(FailureClass::Timeout, "memory", "no answer in time");
        if fails && operation.is_multiple_of(2) {
            return Err(failure());
        }
        let done = work(&mut state);
        if fails { Err(failure()) } else { Ok(done) }
    }
}

impl Outbox for MemoryOutbox {
    fn states(&mut self, names: &[String]) -> Result<Vec<Option<StateRow>>, Failure> {
        self.with(|state| names.iter().map(|name| state.states.get(name).map(|(row, _)| row.clone())).collect())
    }

    fn older(&mut self, name: &str) -> Result<Vec<u8>, Failure> {
        self.with(|state| state.states.get(name).map(|(_, older)| older.clone()).unwrap_or_default())
    }

    fn names(&mut self) -> Result<Vec<String>, Failure> {
        self.with(|state| state.states.keys().cloned().collect())
    }

    fn commit(&mut self, writes: &[StateWrite]) -> Result<Vec<bool>, Failure> {
        self.with(|state| {
            let mut one = |write: &StateWrite| {
                let (row, older) = state.states.entry(write.name.clone()).or_default();
                if row.version != write.expected {
                    return false;
                }
                (row.version, row.head) = (row.version + 1, write.head.clone());
                if let Some((latest, earlier)) = &write.checkpoints {
                    (row.latest, *older) = (latest.clone(), earlier.clone());
                }
                state.events.extend(write.events.iter().cloned());
                true
            };
            writes.iter().map(&mut one).collect()
        })
    }

    fn events(&mut self, _: u64, _: usize) -> Result<Vec<OutboxEvent>, Failure> {
        unreachable!("passes do not read events")
    }

    fn last_event(&mut self) -> Result<u64, Failure> {
        unreachable!("passes do not read events")
    }

    fn sinks(&mut self) -> Result<Vec<(String, String)>, Failure> {
        unreachable!("passes have no sinks")
    }

    fn sink(&mut self, _: &str) -> Result<Option<String>, Failure> {
        unreachable!("passes have no sinks")
    }

    fn set_sink(&mut self, _: &str, _: Option<&str>, _: &str) -> Result<bool, Failure> {
        unreachable!("passes have no sinks")
    }
}

#[test]
fn whichever_operation_of_the_store_fails_the_next_passes_find_what_is_missing_once() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(asset(folder.path(), &candles(3, 200)), strategies().into_iter().skip(8).take(3).collect());
    let events = |fails: &[usize]| {
        let memory = MemoryOutbox::default();
        memory.0.lock().unwrap().fails = fails.iter().copied().collect();
        let mut store = SignalStore::over(Box::new(memory.clone()), "test", None);
        for bars in 100..160 {
            // As a process that is started again and again.
            while pass(&plan, bars, &mut store).is_err() {}
        }
        let state = memory.0.lock().unwrap();
        (state.events.clone(), state.operations)
    };
    let (expected, operations) = events(&[]);
    assert!(expected.len() > 5, "{}", expected.len());
    for fail in 1..=operations {
        assert!(events(&[fail]).0 == expected, "operation {fail} failed");
    }
    let third: Vec<usize> = (1..3 * operations).filter(|operation| operation % 3 == 1).collect();
    assert!(events(&third).0 == expected, "every third failed");
}

#[test]
fn another_version_of_the_engine_says_where_its_position_differs_and_orders_nothing_of_the_past() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(asset(folder.path(), &candles(5, 200)), strategies().into_iter().skip(8).take(2).collect());
    let mut store = file(folder.path());
    pass(&plan, 150, &mut store).unwrap();
    let request = SignalRequest {
        plan: &plan,
        namespace: "test",
        since: None,
        max_late: 1,
        conditions: false,
        verify: false,
        document: &|_| String::new(),
    };
    let ids = state_ids(&request, &plan.assets[0], &strategy_keys(&plan));
    // As if a version before had come to another position with the first of them.
    let mut changes = Vec::new();
    let mut before = Vec::new();
    for (at, (id, state)) in ids.iter().zip(store.states(&ids).unwrap()).enumerate() {
        let state = state.unwrap();
        let mut head = SignalHead::read(state.head.unwrap()).unwrap();
        head.engine_version -= 1;
        if at == 0 {
            head.held = i64::from(head.held == 0);
            before.push(head.position());
        }
        let (expected, head) = (state.version, head.to_bytes());
        changes.push(SignalChange {
            id: *id,
            expected,
            label: String::new(),
            head,
            checkpoints: None,
            events: Vec::new(),
        });
    }
    assert_eq!(store.commit(&changes).unwrap(), [true, true]);
    let next = pass(&plan, 151, &mut store).unwrap();
    assert_eq!(next.committed, 2);
    let (migrated, orders): (Vec<&Signal>, Vec<&Signal>) =
        next.signals.iter().partition(|signal| matches!(signal.kind, SignalKind::Migrated { .. }));
    let SignalKind::Migrated { before: found, now } = migrated[0].kind else { unreachable!("it is one") };
    assert_eq!((migrated.len(), found), (1, before[0]));
    assert_ne!(found, now);
    assert!(orders.iter().all(|signal| signal.bar == 150 * HOUR), "{orders:?}");
    assert_eq!(pass(&plan, 151, &mut store).unwrap().committed, 0, "and not again");
}

#[test]
fn of_two_that_see_the_same_bar_one_tells_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(asset(folder.path(), &candles(4, 400)), strategies().into_iter().skip(8).take(5).collect());
    let memory = MemoryOutbox::default();
    let store = || SignalStore::over(Box::new(memory.clone()), "test", None);
    pass(&plan, 100, &mut store()).unwrap();
    let found: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let one = || {
            let mut store = store();
            let passes = (101..160).map(|bars| pass(&plan, bars, &mut store).unwrap());
            passes.fold((0, 0), |(found, lost), pass| (found + pass.signals.len(), lost + pass.lost))
        };
        let threads = [scope.spawn(one), scope.spawn(one)];
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let state = memory.0.lock().unwrap();
    assert_eq!(found.iter().map(|(found, _)| found).sum::<usize>(), state.events.len());
    assert_eq!(state.events.iter().collect::<BTreeSet<_>>().len(), state.events.len(), "each once");
}
