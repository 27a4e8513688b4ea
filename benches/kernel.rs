//! The pieces of the fold, one by one, on candles made in memory: indicators, comparisons, edges, accounts, and the
//! whole fold of 1,024 pairs of averages.
//!
//! Throughput is in bars: elements a second are bars, or bar-combinations where several combinations are folded.

use std::hint::black_box;
use std::time::Duration;

use backtest::sim::account::{
    Account, Distance, Distances, ExitPlan, LevelAccount, LevelTile, PriceRanges, SignalBits, TileStats,
};
use backtest::sim::bitset::{Bits, WORDS, both, later};
use backtest::sim::fold::{Columns, Combination, Compiled, Graph, RunConfig, Schedule, SignalRef, Signals, TileBars};
use backtest::sim::indicators::{Inputs, TABLE, feed};
use backtest::sim::simd::Cpu;
use backtest::sim::strategy::{Strategy, get, parse};
use backtest::sim::{Candles, Direction, Fill, Interval, Settings, TILE};
use criterion::{Criterion, Throughput};

/// Bars of the candles: 16 tiles, which stay in the second-level cache as a tile of the real fold does.
const BARS: usize = 16 * TILE;

fn main() {
    let mut criterion =
        Criterion::default().measurement_time(Duration::from_secs(2)).sample_size(30).configure_from_args();
    let candles = walk(BARS);
    indicators(&mut criterion, &candles);
    comparisons(&mut criterion, &candles);
    edges(&mut criterion);
    accounts(&mut criterion, &candles);
    whole_fold(&mut criterion, &candles);
    criterion.final_summary();
}

/// Every indicator of the table with usual parameters, in chunks of a tile; few of them, so that the allocator gives
/// the outputs' memory again and again instead of asking the system for fresh pages.
fn indicators(criterion: &mut Criterion, candles: &Candles) {
    let candles = &candles.slice(0..4 * TILE);
    let mut group = criterion.benchmark_group("indicator");
    group.throughput(Throughput::Elements(candles.len() as u64));
    for &family in TABLE {
        let inputs: Vec<&[f64]> = match family.inputs {
            Inputs::Any => vec![&candles.close],
            Inputs::Pair => vec![&candles.close, &candles.volume],
            Inputs::Fields(fields) => fields.iter().map(|field| candles.column(*field)).collect(),
        };
        let params = usual(family.name);
        group.bench_function(family.name, |bencher| {
            bencher.iter(|| feed::series(family, black_box(&inputs), params, TILE));
        });
    }
    group.finish();
}

fn usual(family: &str) -> &'static [f64] {
    match family {
        "macd" => &[12.0, 26.0, 9.0],
        "bb" => &[20.0, 2.0],
        "stoch" => &[14.0, 3.0, 3.0],
        "obv" => &[],
        _ => &[20.0],
    }
}

/// Conditions of one tile into bits: 1,024 pairs of averages, and one RSI with 1,024 levels, on each kind of vectors.
fn comparisons(criterion: &mut Criterion, candles: &Candles) {
    let averages = rules("sma(close, fast) > sma(close, slow)", &pairs());
    let crosses = rules("crosses_above(sma(close, fast), sma(close, slow))", &pairs());
    let levels: Vec<[f64; 2]> = (0..1024_u32).map(|level| [14.0, 20.0 + f64::from(level) / 17.0]).collect();
    let levels = rules("rsi(close, fast) < slow", &levels);
    let mut group = criterion.benchmark_group("signals");
    group.throughput(Throughput::Elements((TILE * pairs().len()) as u64));
    for (name, (graph, readers)) in [("sma above sma", averages), ("sma crosses sma", crosses), ("rsi below", levels)] {
        let mut columns = Columns::new(&graph, &candles.into(), Interval::MONTH, Cpu::detect());
        columns.extend(&graph, &candles.into(), TileBars { candles, first: 0, bars: TILE });
        let schedule = Schedule::new(&graph, readers.iter().cloned());
        for cpu in Cpu::available() {
            let mut signals = Signals::new(&graph, &schedule, cpu);
            group.bench_function(format!("{name}, {cpu:?}"), |bencher| {
                bencher.iter(|| {
                    signals.begin(&columns);
                    (0..readers.len()).for_each(|at| signals.extend(black_box(&columns), at));
                });
            });
        }
    }
    group.finish();
}

/// A graph with one rule for each pair of values, read in their order.
fn rules(rule: &str, values: &[[f64; 2]]) -> (Graph, Vec<Vec<SignalRef>>) {
    let strategy = strategy(&format!("entry = \"{rule}\"\nexit = \"close < 0\""));
    let mut graph = Graph::default();
    let readers = values.iter().map(|values| vec![graph.add(&strategy.entry, values)]).collect();
    (graph, readers)
}

fn strategy(rules: &str) -> Strategy {
    let param = "{ default = 14, min = 0, max = 5000 }";
    let source = format!("name = \"bench\"\n[params]\nfast = {param}\nslow = {param}\n[rules]\n{rules}");
    parse(&source, "bench").unwrap_or_else(|error| panic!("{error}"))
}

/// Where a condition begins to hold: a tile's bits against the same bits one bar later.
fn edges(criterion: &mut Criterion) {
    let mut random = Random(7);
    let bits: Bits = std::array::from_fn(|_| random.next());
    let mut group = criterion.benchmark_group("bits");
    group.throughput(Throughput::Elements(TILE as u64));
    group.bench_function("edges", |bencher| {
        bencher.iter(|| {
            let bits = black_box(&bits);
            both(bits, &later(&bits.map(|word| !word), true))
        });
    });
    group.finish();
}

/// An account through all tiles: never in a position, always in one, and with an order every fourth bar.
fn accounts(criterion: &mut Criterion, candles: &Candles) {
    let tiles: Vec<TileStats<'_>> = (0..BARS).step_by(TILE).map(|first| market(candles, first)).collect();
    let none = [0; WORDS];
    let every = |pattern: u64| [pattern; WORDS];
    let kinds = [
        ("flat", none, none),
        ("held", every(1), none),
        ("an order every 32 bars", every(0x0000_0000_0000_0001), every(0x0000_0001_0000_0000)),
        ("an order every 4 bars", every(0x0101_0101_0101_0101), every(0x1010_1010_1010_1010)),
    ];
    let settings = Settings::default();
    let mut group = criterion.benchmark_group("account");
    group.throughput(Throughput::Elements(BARS as u64));
    for (name, long_entry, long_exit) in kinds {
        let bits = SignalBits { long_entry, long_exit, ..SignalBits::default() };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut account = Account::new(&settings);
                for market in &tiles {
                    account.extend(market, &mut black_box(bits), &settings, &mut ());
                }
                account
            });
        });
    }
    group.bench_function("market, once for all", |bencher| {
        let mut market = TileStats::new();
        bencher.iter(|| (0..BARS).step_by(TILE).for_each(|first| market.extend(black_box(candles), first, TILE)));
    });
    let stop = ExitPlan { stop: Distance::Fraction(0.05), target: Distance::Fraction(0.05), ..ExitPlan::default() };
    let trailing = ExitPlan { trailing: Distance::Fraction(0.05), ..ExitPlan::default() };
    let ranges: Vec<PriceRanges<'_>> = (0..BARS).step_by(TILE).map(|first| ranges(candles, first)).collect();
    for (name, plan) in [("stop and target", stop), ("trailing stop", trailing)] {
        let [entry, exit] = [1, 1 << 32].map(every);
        let bits = SignalBits { long_entry: entry, long_exit: exit, ..SignalBits::default() };
        group.bench_function(format!("{name}, an order every 32 bars"), |bencher| {
            bencher.iter(|| {
                let mut account = LevelAccount::new(&settings);
                for (stats, ranges) in tiles.iter().zip(&ranges) {
                    let tile =
                        LevelTile { stats, ranges, detail: None, payments: &[], rates: &[], bars_per_year: 8760.0 };
                    account.extend(tile, &mut black_box(bits), (&plan, Distances::default()), &settings, &mut ());
                }
                account
            });
        });
    }
    group.finish();
}

fn ranges(candles: &Candles, first: usize) -> PriceRanges<'_> {
    let mut ranges = PriceRanges::new();
    ranges.extend(candles, first, TILE);
    ranges
}

fn market(candles: &Candles, first: usize) -> TileStats<'_> {
    let mut market = TileStats::new();
    market.extend(candles, first, TILE);
    market
}

/// The built-in `ma` with 1,024 pairs of windows from candles to metrics, on one thread.
fn whole_fold(criterion: &mut Criterion, candles: &Candles) {
    let Some(ma) = get("ma") else { panic!("ma is built in") };
    let pairs = pairs();
    let combinations = || pairs.iter().map(|values| Combination { strategy: ma, values });
    let compiled = Compiled::new(combinations(), Direction::Long);
    let mut group = criterion.benchmark_group("fold");
    group.throughput(Throughput::Elements((BARS * pairs.len()) as u64));
    for fill in [Fill::NextOpen, Fill::Close] {
        for cpu in Cpu::available() {
            let settings = Settings { fill, ..Settings::default() };
            let Ok(interval) = "1h".parse() else { panic!("1h is an interval") };
            let terms = RunConfig { settings, interval, cpu };
            group.bench_function(format!("1,024 of ma, {fill:?}, {cpu:?}"), |bencher| {
                bencher.iter(|| compiled.fold(black_box(candles), &terms, &mut vec![(); pairs.len()]));
            });
        }
    }
    group.finish();
    criterion.bench_function("compile 1,024 of ma", |bencher| {
        bencher.iter(|| Compiled::new(black_box(combinations()), Direction::Long));
    });
}

/// 32 fast windows by 32 slow ones.
fn pairs() -> Vec<[f64; 2]> {
    (0..32_u32).flat_map(|fast| (0..32_u32).map(move |slow| [5 + 2 * fast, 80 + 5 * slow].map(f64::from))).collect()
}

/// Hourly candles of a random walk: the same on every machine.
fn walk(bars: usize) -> Candles {
    let mut random = Random(19);
    let mut candles = Candles::default();
    let mut close = 10_000.0;
    for time in (0..).step_by(3_600_000).take(bars) {
        let open = close;
        close *= 1.0 + 0.01 * (random.unit() - 0.5);
        candles.time.push(time);
        candles.open.push(open);
        candles.high.push(f64::max(open, close) * (1.0 + 0.002 * random.unit()));
        candles.low.push(f64::min(open, close) * (1.0 - 0.002 * random.unit()));
        candles.close.push(close);
        candles.volume.push(1_000.0 * random.unit());
    }
    candles
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / 4_294_967_296.0
    }
}
