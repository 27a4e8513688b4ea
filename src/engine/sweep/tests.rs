//! A sweep's row is the run with those parameters, bit for bit, whatever the threads, the processor or the cache.

use std::path::Path;

use super::{BlockSink, FinishedBlock, GridPoints, Plan, Swept, sweep};
use crate::cache::{MemoryBackend, Options, Results};
use crate::data::{CandleFile, Catalog, Index, load, write_parquet};
use crate::sim::CacheState;
use crate::sim::account::{SegmentReturns, SegmentStats};
use crate::sim::fold::{Combination, RunConfig, fold, fold_in_full};
use crate::sim::metrics::{self, Detail, SegmentDetail};
use crate::sim::simd::Cpu;
use crate::sim::strategy::{self, Grid, ParamArg, Strategy};
use crate::sim::{Candles, Direction, Settings, TimeRange};
use crate::{BlockSegments, BoundStrategy, Cuts, ExtraFiles, NoProgress, Segmentation, Warmup};

const OWN: &str = r#"
    name = "own"
    [params]
    signal = { default = 9, min = 2, max = 60 }
    strength = { default = 25, min = 0, max = 100 }
    channel = { default = 20, min = 2, max = 100 }
    [rules]
    entry = "macd(close, 12, 26, signal) > macd_signal(close, 12, 26, signal) and adx(14) > strength"
    exit = "close < prev(lowest(low, channel), 1)"
    short_entry = "not (close > sma(close, channel)) and volume > prev(volume, 1)"
    short_exit = "crosses_above(close, prev(highest(high, channel), 1)) or rsi(close, signal) < 15"
"#;

/// Keeps every row: symbol's number, values, bits of the metrics.
#[derive(Default)]
struct Keep {
    rows: Vec<(usize, Vec<f64>, Vec<Option<u64>>)>,
    hits: usize,
    limit: Option<usize>,
}

impl BlockSink for Keep {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        let bits = |metrics: &metrics::Metrics| metrics.iter().map(|value| value.map(f64::to_bits)).collect();
        for (values, outcome) in finished.block.open().zip(finished.outcomes) {
            self.rows.push((finished.asset, values.clone(), bits(&outcome.metrics)));
        }
        self.hits += usize::from(finished.cache == CacheState::Hit);
        if self.limit.is_some_and(|limit| self.rows.len() >= limit) { Err("enough".to_owned()) } else { Ok(()) }
    }
}

pub(crate) fn plan(strategy: &Strategy, direction: Direction, threads: usize, cpu: Cpu) -> Plan {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    let interval = "1d".parse().unwrap();
    let catalog = Catalog::open(&data, interval).unwrap();
    let assets = ["BTC", "DOGE", "SOL"].map(|name| catalog.resolve(name).unwrap().clone()).to_vec();
    let values = strategy.defaults();
    Plan {
        assets,
        strategies: vec![BoundStrategy { strategy: strategy.clone(), values }],
        interval,
        range: TimeRange::default(),
        warmup: Warmup::default(),
        settings: Settings { direction, ..Settings::default() },
        benchmark: None,
        sweep_detail: Detail::Sums,
        segments: None,
        trades: false,
        last_bars: None,
        others: Vec::new(),
        extra: ExtraFiles::default(),
        threads,
        now: 1_900_000_000_000,
        cpu,
    }
}

fn grid(strategy: &Strategy, params: &[&str]) -> Grid {
    let args: Vec<ParamArg> = params.iter().map(|text| text.parse().unwrap()).collect();
    Grid::new(strategy, &args).unwrap()
}

fn swept(plan: &Plan, points: &GridPoints, results: &Results) -> (Keep, Swept) {
    let mut keep = Keep::default();
    let swept = sweep(plan, points, results, &mut Index::default(), &NoProgress, &mut keep);
    (keep, swept)
}

fn four() -> Vec<(Strategy, Vec<&'static str>)> {
    let built_in = |name| strategy::get(name).unwrap().clone();
    vec![
        (built_in("ma"), vec!["fast=2..60", "slow=40..200"]),
        (built_in("rsi"), vec!["period=2..40", "oversold=15..45:0.5", "overbought=55..85:0.5"]),
        (built_in("bollinger"), vec!["period=2..90", "width=0.5..3:0.05"]),
        (strategy::parse(OWN, "own").unwrap(), vec!["signal=2..30", "strength=5..50", "channel=2..60"]),
    ]
}

#[test]
fn two_hundred_random_points_of_four_strategies_equal_their_runs_on_every_cpu_path() {
    for (strategy, params) in four() {
        for direction in [Direction::Long, Direction::Both] {
            let points = GridPoints::Sample { grid: grid(&strategy, &params), count: 200, seed: 7 };
            let plan = plan(&strategy, direction, 2, Cpu::detect());
            let (keep, _) = swept(&plan, &points, &Results::off());
            assert!(keep.rows.len() > 400, "{}: {} rows", strategy.name, keep.rows.len());
            for (asset, entry) in plan.assets.iter().enumerate() {
                let candles = load(entry, plan.range, plan.now).unwrap().candles;
                for (at, (_, values, bits)) in keep.rows.iter().filter(|(of, ..)| *of == asset).enumerate() {
                    let cpus = Cpu::available();
                    let terms = RunConfig { cpu: cpus[at % cpus.len()], ..plan.terms() };
                    let run = fold(&candles, &[Combination { strategy: &strategy, values }], &terms);
                    let run: Vec<_> = run[0].metrics.iter().map(|value| value.map(f64::to_bits)).collect();
                    assert_eq!(bits, &run, "{} {values:?} on {}", strategy.name, entry.symbol);
                }
            }
        }
    }
}

#[test]
fn neither_threads_nor_cpu_change_a_row_or_its_place() {
    let (strategy, params) = four().remove(0);
    let points = GridPoints::All(grid(&strategy, &params));
    let rows = |threads, cpu| swept(&plan(&strategy, Direction::Long, threads, cpu), &points, &Results::off()).0.rows;
    let expected = rows(1, Cpu::Portable);
    for (threads, cpu) in [(2, Cpu::Portable), (8, Cpu::detect()), (3, Cpu::Avx2)] {
        assert!(rows(threads, cpu) == expected, "{threads} threads, {cpu:?}");
    }
}

/// 8,000 bars: enough for a block to be worth storing.
fn long_asset(folder: &Path) -> CandleFile {
    let mut candles = Candles::default();
    let mut price = 100.0_f64;
    for bar in 0..8_000_i64 {
        let open = price;
        price *= 1.0 + 0.02 * libm::sin(bar as f64 * bar as f64);
        candles.time.push(1_400_000_000_000 / 86_400_000 * 86_400_000 + bar * 60_000);
        candles.open.push(open);
        candles.high.push(open.max(price));
        candles.low.push(open.min(price));
        candles.close.push(price);
        candles.volume.push(1.0);
    }
    std::fs::create_dir(folder.join("1m")).unwrap();
    write_parquet(&folder.join("1m/LONG.parquet"), &candles, &[]).unwrap();
    Catalog::open(folder, "1m".parse().unwrap()).unwrap().entries()[0].clone()
}

fn results(store: &MemoryBackend) -> Results {
    Results::with_backend(Box::new(store.clone()), "memory", Options::default())
}

#[test]
fn a_sweep_that_was_stopped_goes_on_from_its_stored_blocks_and_comes_to_the_same_rows() {
    let (strategy, params) = four().remove(1);
    let points = GridPoints::All(grid(&strategy, &params));
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { assets: vec![long_asset(folder.path())], ..plan(&strategy, Direction::Long, 2, Cpu::detect()) };
    let store = MemoryBackend::new();
    let (fresh, _) = swept(&plan, &points, &Results::off());
    let mut part = Keep { limit: Some(20_000), ..Keep::default() };
    let first = results(&store);
    let ended = sweep(&plan, &points, &first, &mut Index::default(), &NoProgress, &mut part).ended;
    assert_eq!(ended, Some(Some("enough".to_owned())));
    let stored = first.finish().stored;
    assert!(stored > 10, "{stored} blocks stored");
    let second = results(&store);
    let (again, swept) = swept(&plan, &points, &second);
    assert!(again.rows == fresh.rows);
    assert_eq!(again.hits as u64, stored);
    assert_eq!(swept.summary.hits + swept.summary.misses, fresh.rows.len());
}

#[test]
fn points_that_break_require_are_skipped_and_counted() {
    let strategy = strategy::get("ma").unwrap().clone();
    let points = GridPoints::All(grid(&strategy, &["fast=5,50,500", "slow=50,200"]));
    let (keep, swept) = swept(&plan(&strategy, Direction::Long, 1, Cpu::detect()), &points, &Results::off());
    assert_eq!((keep.rows.len(), swept.summary.skipped), (9, 9));
    assert_eq!(swept.summary.combinations, 18);
}

#[test]
fn an_asset_that_cannot_be_read_is_named_once_however_many_blocks_there_are() {
    let (strategy, params) = four().remove(1);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("1d")).unwrap();
    std::fs::write(folder.path().join("1d/BAD.csv"), "timestamp,open,high,low,close,volume\n2020-01-01,0,1,1,1,1\n")
        .unwrap();
    let bad = Catalog::open(folder.path(), "1d".parse().unwrap()).unwrap().entries()[0].clone();
    let mut plan = plan(&strategy, Direction::Long, 1, Cpu::detect());
    plan.assets = vec![bad, plan.assets[0].clone()];
    let points = GridPoints::All(grid(&strategy, &params));
    assert!(points.blocks() > 30);
    let (keep, swept) = swept(&plan, &points, &Results::off());
    assert_eq!(swept.summary.failed.len(), 1);
    assert!(keep.rows.iter().all(|(asset, ..)| *asset == 1));
    assert_eq!(keep.rows.len() as u64, points.count());
}

#[test]
fn a_sweep_that_is_asked_for_each_bar_has_the_figures_of_runs_and_keeps_its_blocks_apart() {
    let (strategy, params) = four().remove(1);
    let points = GridPoints::Sample { grid: grid(&strategy, &params), count: 1_024, seed: 3 };
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { assets: vec![long_asset(folder.path())], ..plan(&strategy, Direction::Both, 2, Cpu::detect()) };
    let asked = Plan { sweep_detail: Detail::EachBar, ..plan.clone() };
    let store = MemoryBackend::new();
    let through = |plan: &Plan| {
        let results = results(&store);
        let (keep, _) = swept(plan, &points, &results);
        drop(results.finish());
        keep
    };
    let (sums, each_bar) = (through(&plan), through(&asked));
    assert_eq!((sums.hits, each_bar.hits), (0, 0), "a block of sums does not serve for each bar");
    assert_eq!((through(&plan).hits, through(&asked).hits), (1, 1));
    assert!(through(&asked).rows == each_bar.rows && through(&plan).rows == sums.rows);
    let candles = load(&asked.assets[0], asked.range, asked.now).unwrap().candles;
    let benchmark = asked.benchmark_of(&candles);
    let known = Detail::EachBar.count();
    for ((_, values, bits), (_, _, fewer)) in each_bar.rows.iter().zip(&sums.rows).step_by(97) {
        let combination = Combination { strategy: &strategy, values };
        let (run, ()) = &fold_in_full(&candles, &[combination], &asked.terms(), &benchmark, &())[0];
        let run: Vec<_> = run.metrics.iter().map(|value| value.map(f64::to_bits)).collect();
        assert_eq!(bits[..known], run[..known], "{values:?}");
        assert_eq!(fewer[..Detail::Sums.count()], run[..Detail::Sums.count()], "{values:?}");
        assert!(bits[known..].iter().all(Option::is_none) && run[known].is_some(), "{values:?}");
    }
}

/// Keeps the statistics by segments as they come.
#[derive(Default)]
struct KeepSegments {
    rows: Vec<(Vec<f64>, Vec<SegmentReturns>)>,
    all_sums: Vec<Vec<SegmentStats>>,
    hits: usize,
}

impl BlockSink for KeepSegments {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        let points = finished.block.open().cloned();
        match finished.segments {
            Some(BlockSegments::Returns(rows)) => {
                self.rows.extend(points.zip(rows.points().map(<[SegmentReturns]>::to_vec)));
            }
            Some(BlockSegments::Stats(rows)) => self.all_sums.extend(rows.points().map(<[SegmentStats]>::to_vec)),
            None => {}
        }
        self.hits += usize::from(finished.cache == CacheState::Hit);
        Ok(())
    }
}

#[test]
fn segments_come_with_each_point_and_a_hit_equals_a_recompute_for_these_borders_alone() {
    let (strategy, params) = four().remove(1);
    let points = GridPoints::Sample { grid: grid(&strategy, &params), count: 1_100, seed: 3 };
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { assets: vec![long_asset(folder.path())], ..plan(&strategy, Direction::Both, 2, Cpu::detect()) };
    let cut = |cuts, detail| Plan { segments: Some(Segmentation { cuts, detail }), ..plan.clone() };
    let store = MemoryBackend::new();
    let through = |plan: &Plan, results: Results| {
        let (mut keep, mut segments) = (Keep::default(), KeepSegments::default());
        sweep(plan, &points, &results, &mut Index::default(), &NoProgress, &mut segments);
        let off = Results::off();
        sweep(plan, &points, &off, &mut Index::default(), &NoProgress, &mut keep);
        drop(results.finish());
        (segments, keep)
    };
    let blocks = cut(Cuts::Blocks(7), SegmentDetail::Returns);
    let (fresh, rows) = through(&blocks, Results::off());
    assert_eq!(rows.rows, swept(&plan, &points, &Results::off()).0.rows, "segments change no row");
    assert_eq!((fresh.rows.len(), fresh.rows[0].1.len()), (1_100, 8));
    assert_eq!(through(&blocks, results(&store)).0.hits, 0);
    let (again, _) = through(&blocks, results(&store));
    assert!(again.hits > 0 && again.rows == fresh.rows, "{} hits", again.hits);
    for other in [
        cut(Cuts::Blocks(8), SegmentDetail::Returns),
        cut(Cuts::Blocks(7), SegmentDetail::Stats),
        cut(Cuts::At(vec![100]), SegmentDetail::Returns),
    ] {
        assert_eq!(through(&other, results(&store)).0.hits, 0, "{:?}", other.segments);
    }
    let stats = cut(Cuts::At(vec![0, 100, 7_999]), SegmentDetail::Stats);
    let (fresh, _) = through(&stats, results(&store));
    let (again, _) = through(&stats, results(&store));
    assert!(again.hits > 0 && again.all_sums == fresh.all_sums && fresh.all_sums.len() == 1_100);
    let trades: f64 = fresh.all_sums[0].iter().map(|segment| segment.sums.trades.count as f64).sum();
    let place = crate::sim::metrics::find("trades").unwrap();
    assert_eq!(rows.rows[0].2[place], Some(trades.to_bits()));
}
