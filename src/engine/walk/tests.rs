//! Whole walks: beside figures of a plain loop in Python (`tests/golden/walk.py`), and what must hold whatever the market.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::cache::{MemoryBackend, Options};
use crate::data::{CandleFile, Catalog, write_parquet};
use crate::sim::fold::Combination;
use crate::sim::metrics::validation::CpcvPlan;
use crate::sim::metrics::{Detail, RankBy};
use crate::sim::simd::Cpu;
use crate::sim::strategy::{self, Grid, ParamArg};
use crate::sim::{DAY, Direction, Fill, Settings, TimeRange};
use crate::{BoundStrategy, ExtraFiles, NoProgress, ResultFilter, Warmup};

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/walk.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Candles from opens and closes, a day each.
fn candles(rows: &[(f64, f64)]) -> Candles {
    let mut candles = Candles::default();
    for (bar, &(open, close)) in rows.iter().enumerate() {
        candles.time.push(18_000 * DAY + i64::try_from(bar).unwrap() * DAY);
        candles.open.push(open);
        candles.high.push(open.max(close));
        candles.low.push(open.min(close));
        candles.close.push(close);
        candles.volume.push(1.0);
    }
    candles
}

/// A market that goes up and down, by a seed.
fn market(bars: usize, seed: u64) -> Vec<(f64, f64)> {
    let mut random = crate::sim::random::Random::new(seed);
    let mut price = 100.0;
    (0..bars)
        .map(|bar| {
            let open = price * (1.0 + 0.01 * (random.uniform() - 0.5));
            price = open * (1.0 + 0.004 * libm::sin(bar as f64 / 37.0) + 0.06 * (random.uniform() - 0.5));
            (open, price)
        })
        .collect()
}

fn asset(folder: &Path, candles: &Candles) -> CandleFile {
    std::fs::create_dir_all(folder.join("1d")).unwrap();
    write_parquet(&folder.join("1d/TESTUSDT.parquet"), candles, &[]).unwrap();
    Catalog::open(folder, "1d".parse().unwrap()).unwrap().entries()[0].clone()
}

fn plan(asset: CandleFile, settings: Settings) -> Plan {
    let strategy = strategy::get("ma").unwrap().clone();
    let values = strategy.defaults();
    Plan {
        assets: vec![asset],
        strategies: vec![BoundStrategy { strategy, values }],
        interval: "1d".parse().unwrap(),
        range: TimeRange::default(),
        settings,
        benchmark: None,
        sweep_detail: Detail::Sums,
        segments: None,
        trades: false,
        last_bars: None,
        warmup: Warmup::default(),
        others: Vec::new(),
        extra: ExtraFiles::default(),
        threads: 2,
        now: 1_900_000_000_000,
        cpu: Cpu::detect(),
    }
}

fn points(params: &[&str]) -> GridPoints {
    let args: Vec<ParamArg> = params.iter().map(|text| text.parse().unwrap()).collect();
    GridPoints::All(Grid::new(strategy::get("ma").unwrap(), &args).unwrap())
}

fn options(train: u64, test: u64) -> WalkOptions {
    let lengths = WindowLengths::Spans { train: WindowLength::Bars(train), test: WindowLength::Bars(test) };
    let windows = WindowPlan { lengths, anchored: false, gap: WindowLength::Bars(0), holdout: 0.0 };
    WalkOptions { windows, border: BorderRule::Adopt, pick: Pick::Best, seed: 0 }
}

fn by_sharpe() -> Ranking {
    Ranking { by: RankBy::metric(metrics::find("sharpe").unwrap()), top: None, filter: None }
}

fn walked(plan: &Plan, points: &GridPoints, options: &WalkOptions, ranking: &Ranking) -> Walked {
    let results = Results::off();
    walk(plan, 0, std::slice::from_ref(points), (options, ranking), &results, &mut Index::default(), &NoProgress)
        .unwrap()
}

fn near(found: Option<f64>, expected: &Value, tolerance: f64, what: &str) {
    match (found, expected.as_f64()) {
        (Some(found), Some(expected)) => {
            assert!((found - expected).abs() <= tolerance * (1.0 + expected.abs()), "{what}: {found} {expected}");
        }
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

/// The markets of the golden figures, by seed, with the folder that holds each.
fn golden_markets(golden: &Value) -> Vec<(String, tempfile::TempDir, CandleFile)> {
    let number = |value: &Value| value.as_f64().unwrap();
    let one = |(seed, rows): (&String, &Value)| {
        let rows: Vec<(f64, f64)> =
            rows.as_array().unwrap().iter().map(|row| (number(&row[0]), number(&row[1]))).collect();
        let folder = tempfile::tempdir().unwrap();
        let asset = asset(folder.path(), &candles(&rows));
        (seed.clone(), folder, asset)
    };
    golden["markets"].as_object().unwrap().iter().map(one).collect()
}

fn golden_plan(case: &Value, folders: &[(String, tempfile::TempDir, CandleFile)]) -> Plan {
    let seed = case["seed"].to_string();
    let (.., asset) = folders.iter().find(|(own, ..)| *own == seed).unwrap();
    let fill = if case["fill"] == "close" { Fill::Close } else { Fill::NextOpen };
    let direction = match case["direction"].as_str().unwrap() {
        "long" => Direction::Long,
        "short" => Direction::Short,
        _ => Direction::Both,
    };
    plan(asset.clone(), Settings { fill, direction, ..Settings::default() })
}

#[test]
fn walks_have_the_figures_of_a_plain_loop() {
    let golden = golden();
    let folders = golden_markets(&golden);
    let sharpe = metrics::find("sharpe").unwrap();
    let points = points(&["fast=3,5,8", "slow=10,15,20,30"]);
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 24);
    for case in cases {
        let plan = golden_plan(case, &folders);
        let mut options = options(golden["train"].as_u64().unwrap(), golden["test"].as_u64().unwrap());
        options.windows.anchored = case["anchored"].as_bool().unwrap();
        let what = format!("{} {} {} {}", case["seed"], case["fill"], case["direction"], case["anchored"]);
        for (rule, name) in [(BorderRule::Adopt, "adopt"), (BorderRule::Hold, "hold"), (BorderRule::Flat, "flat")] {
            let found = walked(&plan, &points, &WalkOptions { border: rule, ..options }, &by_sharpe());
            let windows = case["windows"].as_array().unwrap();
            assert_eq!(found.windows.len(), windows.len(), "{what}");
            for (found, expected) in found.windows.iter().zip(windows) {
                let choice = found.choice.as_ref().unwrap();
                let point: Vec<f64> =
                    expected["point"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
                assert_eq!(choice.values, point, "{what}");
                near(choice.in_sample[sharpe], &expected["in_sample"], 1e-9, &what);
                near(choice.out_of_sample[sharpe], &expected["out_of_sample"], 1e-9, &what);
                assert_eq!(choice.rank as u64, expected["rank"].as_u64().unwrap(), "{what}");
            }
            near(found.efficiency, &case["efficiency"], 1e-9, &what);
            let what = format!("{what} {name}");
            near(found.stitched.outcome.metrics[0], &case["stitched"][name]["total_return"], 1e-9, &what);
            near(found.stitched.outcome.metrics[sharpe], &case["stitched"][name]["sharpe"], 1e-9, &what);
        }
    }
}

#[test]
fn cross_validation_has_the_figures_of_a_plain_loop() {
    let golden = golden();
    let folders = golden_markets(&golden);
    let [sharpe, total] = ["sharpe", "total_return"].map(|name| metrics::find(name).unwrap());
    let points = points(&["fast=3,5,8", "slow=10,15,20,30"]);
    let cases = golden["cpcv"].as_array().unwrap();
    assert_eq!(cases.len(), 16);
    for case in cases {
        let size = |name: &str| usize::try_from(case[name].as_u64().unwrap()).unwrap();
        let what = format!("{} {} {} {}", case["seed"], case["fill"], case["direction"], case["groups"]);
        let found = validated(
            &golden_plan(case, &folders),
            &points,
            &cpcv(size("groups"), size("tested"), Some(size("guard"))),
        );
        let splits = case["splits"].as_array().unwrap();
        assert_eq!(found.splits.len(), splits.len(), "{what}");
        let mut worse = 0;
        for (found, expected) in found.splits.iter().zip(splits) {
            let choice = found.choice.as_ref().unwrap();
            let point: Vec<f64> =
                expected["point"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
            assert_eq!(
                (&choice.values, found.train_bars as u64),
                (&point, expected["train"].as_u64().unwrap()),
                "{what}"
            );
            near(choice.in_sample[sharpe], &expected["in_sample"], 1e-9, &what);
            near(choice.in_sample[total], &expected["return"], 1e-9, &what);
            near(choice.out_of_sample[sharpe], &expected["out_of_sample"], 1e-9, &what);
            assert_eq!(choice.rank as u64, expected["rank"].as_u64().unwrap(), "{what}");
            worse += usize::from(choice.rank > 6);
        }
        assert_eq!(found.pbo, Some(worse as f64 / splits.len() as f64), "{what}");
        let paths = case["paths"].as_array().unwrap();
        assert_eq!(found.paths.len(), paths.len(), "{what}");
        for (found, expected) in found.paths.iter().zip(paths) {
            near(found.outcome.metrics[total], &expected["total_return"], 1e-9, &what);
            near(found.outcome.metrics[sharpe], &expected["sharpe"], 1e-9, &what);
        }
    }
}

fn cpcv(groups: usize, tested: usize, guard: Option<usize>) -> CpcvOptions {
    let splits = CpcvPlan::new(groups, tested).unwrap();
    CpcvOptions { splits, guard, border: BorderRule::Adopt, pick: Pick::Best }
}

fn validated(plan: &Plan, points: &GridPoints, options: &CpcvOptions) -> CrossValidated {
    let (results, points) = (Results::off(), std::slice::from_ref(points));
    let given = (options, &by_sharpe());
    cross_validate(plan, 0, points, given, &results, &mut Index::default(), &NoProgress).unwrap()
}

#[test]
fn with_one_point_each_path_is_the_run_and_the_usual_gap_is_as_long_as_its_trades() {
    on_market(&market(1_200, 7), Settings { direction: Direction::Both, ..Settings::default() }, |plan| {
        let found = validated(plan, &points(&["fast=5", "slow=20"]), &cpcv(6, 2, None));
        let strategy = &plan.strategies[0].strategy;
        let data = open_columns(plan, &plan.assets[0], FieldSet::ALL, &Pool::new(1)).unwrap();
        let combination = Combination { strategy, values: &[5.0, 20.0] };
        let benchmark = plan.benchmark_of(&data.candles);
        let (outcome, record) = crate::sim::fold::record(data.market(), combination, &plan.terms(), &benchmark);
        for path in &found.paths {
            for name in ["total_return", "sharpe", "max_drawdown", "trades", "fees_paid"] {
                let metric = metrics::find(name).unwrap();
                let (ours, run) = (path.outcome.metrics[metric].unwrap(), outcome.metrics[metric].unwrap());
                assert!((ours - run).abs() <= 1e-9 * (1.0 + run.abs()), "{name}: {ours} {run}");
            }
        }
        assert_eq!(found.pbo, None);
        let mut held: Vec<usize> = record.bar_trades().iter().map(|trade| trade.exit_bar - trade.entry_bar).collect();
        held.sort_unstable();
        let usual = held[(0.95 * held.len() as f64).ceil() as usize - 1];
        assert!(usual > 20 && held.len() > 20, "{held:?}");
        // At most a tenth of a group of 200.
        assert_eq!(found.guard, usual.min(20));
        let wide = validated(plan, &points(&["fast=5", "slow=20"]), &cpcv(2, 1, None));
        assert_eq!(wide.guard, usual.min(60));
    });
}

#[test]
fn the_metrics_of_split_stretches_are_those_of_an_account_that_lived_in_them_alone() {
    // Drawdowns and trades too: the sums of stretches that do not touch are merged as if nothing lay between them.
    on_market(&market(900, 11), Settings::default(), |plan| {
        let filter = ResultFilter::parse("--where", "max_drawdown > -0.99").unwrap();
        let ranking = Ranking { filter: Some(filter), ..by_sharpe() };
        let options = cpcv(3, 1, Some(0));
        let (results, points) = (Results::off(), [points(&["fast=5", "slow=20"])]);
        let found =
            cross_validate(plan, 0, &points, (&options, &ranking), &results, &mut Index::default(), &NoProgress);
        let found = found.unwrap();
        let data = open_columns(plan, &plan.assets[0], FieldSet::ALL, &Pool::new(1)).unwrap();
        let combination = Combination { strategy: &plan.strategies[0].strategy, values: &[5.0, 20.0] };
        let benchmark = plan.benchmark_of(&data.candles);
        let (_, record) = crate::sim::fold::record(data.market(), combination, &plan.terms(), &benchmark);
        // The split that tests the middle chooses on the first and the last 300 bars.
        let equity = &record.equity;
        let gap = equity[299] / equity[599];
        let lived: Vec<f64> = (0..300).map(|bar| equity[bar]).chain((600..900).map(|bar| equity[bar] * gap)).collect();
        let mut peak = f64::NEG_INFINITY;
        let deepest = lived.iter().fold(0.0_f64, |deepest, &value| {
            peak = peak.max(value);
            deepest.min(value / peak - 1.0)
        });
        let choice = found.splits[1].choice.as_ref().unwrap();
        let metric = |name| choice.in_sample[metrics::find(name).unwrap()].unwrap();
        assert!((metric("max_drawdown") - deepest).abs() < 1e-12, "{deepest}");
        assert!((metric("total_return") - (lived[599] / 10_000.0 - 1.0)).abs() < 1e-12);
        let closed = record.bar_trades().iter().filter(|trade| !trade.open);
        let inside: Vec<_> = closed.filter(|trade| !(300..600).contains(&trade.exit_bar)).collect();
        assert_eq!(metric("trades").to_bits(), (inside.len() as f64).to_bits());
        let scaled = inside.iter().map(|trade| trade.pnl * if trade.exit_bar >= 600 { gap } else { 1.0 });
        let mean = scaled.sum::<f64>() / inside.len() as f64;
        assert!((metric("expectancy") - mean).abs() < 1e-9 * mean.abs(), "{mean}");
    });
}

fn on_market<T>(rows: &[(f64, f64)], settings: Settings, take: impl FnOnce(&Plan) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    take(&plan(asset(folder.path(), &candles(rows)), settings))
}

const GRID: [&str; 2] = ["fast=3..9:2", "slow=10..40:10"];

#[test]
fn without_costs_and_with_fills_at_the_close_adopting_is_the_product_of_the_windows_slices() {
    // Of what is bought: the returns of a short position depend on the price at which it began.
    for seed in 0..6 {
        let settings = Settings { fill: Fill::Close, fee: 0.0, ..Settings::default() };
        on_market(&market(1_500, seed), settings, |plan| {
            let found = walked(plan, &points(&GRID), &options(300, 70), &by_sharpe());
            let (first, equity) = (found.windows[0].window.test.start, &found.stitched.equity);
            for (number, window) in found.windows.iter().enumerate() {
                let test = &window.window.test;
                let before = test.start.checked_sub(first + 1).map_or(10_000.0, |bar| equity[bar]);
                let stitched = equity[test.end - 1 - first] / before;
                let slice = 1.0 + window.choice.as_ref().unwrap().out_of_sample[0].unwrap();
                assert!((slice / stitched - 1.0).abs() < 1e-12, "seed {seed}, window {number}: {slice} {stitched}");
            }
        });
    }
}

#[test]
fn what_comes_after_a_border_changes_nothing_before_it() {
    let rows = market(1_200, 3);
    let walk = |rows: &[(f64, f64)]| {
        on_market(rows, Settings::default(), |plan| walked(plan, &points(&GRID), &options(300, 70), &by_sharpe()))
    };
    let all = walk(&rows);
    let border = all.windows[5].window.test.start;
    let mut other = rows.clone();
    for (bar, row) in other.iter_mut().enumerate().skip(border) {
        let scale = 1.0 + 0.3 * libm::sin(bar as f64);
        *row = (row.0 * scale, row.1 * scale);
    }
    let changed = walk(&other);
    for (one, two) in all.windows.iter().zip(&changed.windows).take(5) {
        let (one, two) = (one.choice.as_ref().unwrap(), two.choice.as_ref().unwrap());
        assert_eq!((&one.values, one.in_sample, one.out_of_sample), (&two.values, two.in_sample, two.out_of_sample));
    }
    let chosen = |walk: &Walked| walk.windows[5].choice.as_ref().unwrap().values.clone();
    assert_eq!(chosen(&all), chosen(&changed), "the choice at the border knows only what came before");
    let bars = border - all.windows[0].window.test.start;
    assert_eq!(all.stitched.equity[..bars], changed.stitched.equity[..bars]);
    assert!(all.stitched.equity[bars + 30..] != changed.stitched.equity[bars + 30..]);
}

#[test]
fn permuting_the_grid_and_adding_threads_change_nothing() {
    on_market(&market(1_000, 5), Settings { direction: Direction::Both, ..Settings::default() }, |plan| {
        let chosen = |plan: &Plan, grid: &[&str]| {
            let found = walked(plan, &points(grid), &options(250, 90), &by_sharpe());
            let values = found.windows.iter().map(|window| window.choice.as_ref().unwrap().values.clone());
            (values.collect::<Vec<_>>(), found.stitched.equity, found.random_picker_p)
        };
        let first = chosen(plan, &["fast=3,5,7,9", "slow=10,20,30,40"]);
        let permuted = chosen(plan, &["fast=9,3,7,5", "slow=30,10,40,20"]);
        assert!((&first.0, &first.1) == (&permuted.0, &permuted.1));
        assert!(first == chosen(&Plan { threads: 1, ..plan.clone() }, &["fast=3,5,7,9", "slow=10,20,30,40"]));
    });
}

#[test]
fn of_points_that_are_equally_good_the_first_by_its_values_wins_however_the_grid_is_written() {
    // What `unused` is compared with is always true: all its values trade alike.
    let text = "name = \"ties\"\n[params]\nn = { default = 5, min = 2, max = 60 }\nunused = { default = 1, min = 1, max = 9 }\n\
        [rules]\nentry = \"crosses_above(close, sma(close, n)) and volume < 9 + unused\"\nexit = \"crosses_below(close, sma(close, n))\"\n";
    let strategy = strategy::parse(text, "ties").unwrap();
    on_market(&market(900, 9), Settings::default(), |plan| {
        let mut plan = plan.clone();
        plan.strategies = vec![BoundStrategy { strategy: strategy.clone(), values: strategy.defaults() }];
        let chosen = |grid: [&str; 2]| {
            let args: Vec<ParamArg> = grid.iter().map(|text| text.parse().unwrap()).collect();
            let grid = GridPoints::All(Grid::new(&strategy, &args).unwrap());
            let found = walked(&plan, &grid, &options(250, 90), &by_sharpe());
            found.windows.iter().map(|window| window.choice.as_ref().unwrap().values.clone()).collect::<Vec<_>>()
        };
        let first = chosen(["n=4,8,16", "unused=2,5,9"]);
        assert!(first.iter().all(|values| values[1].to_bits() == 2.0_f64.to_bits()), "{first:?}");
        assert_eq!(first, chosen(["n=16,4,8", "unused=9,5,2"]));
    });
}

#[test]
fn stops_and_sizes_walk_too_and_one_window_with_one_point_is_that_run() {
    let text = "name = \"levels\"\n[params]\nn = { default = 5, min = 2, max = 60 }\n[rules]\n\
        entry = \"crosses_above(close, sma(close, n))\"\nexit = \"crosses_below(close, sma(close, n))\"\n\
        [exits]\nstop_loss = 0.02\ntrailing_stop = 0.04\nmax_bars = 9\n[size]\nrisk = 0.01\n";
    let strategy = strategy::parse(text, "levels").unwrap();
    for fill in [Fill::NextOpen, Fill::Close] {
        for direction in [Direction::Long, Direction::Both] {
            let settings = Settings { fill, direction, ..Settings::default() };
            on_market(&market(900, 8), settings, |plan| {
                let mut plan = plan.clone();
                let values = strategy.defaults();
                plan.strategies = vec![BoundStrategy { strategy: strategy.clone(), values: values.clone() }];
                let grid = |text: &str| GridPoints::All(Grid::new(&strategy, &[text.parse().unwrap()]).unwrap());
                for rule in [BorderRule::Adopt, BorderRule::Hold, BorderRule::Flat] {
                    let options = WalkOptions { border: rule, ..options(200, 100) };
                    let found = walked(&plan, &grid("n=4..20:4"), &options, &by_sharpe());
                    assert_eq!(found.stitched.equity.len(), 700);
                    assert!(found.stitched.trades.len() > 10, "{rule:?}");
                    // Holding the same parameters all the time, adopting is the run itself from the border on.
                    let alone = walked(&plan, &grid("n=5"), &options, &by_sharpe());
                    let data = open_columns(&plan, &plan.assets[0], FieldSet::ALL, &Pool::new(1)).unwrap();
                    let combination = Combination { strategy: &strategy, values: &values };
                    let benchmark = plan.benchmark_of(&data.candles);
                    let (_, record) = crate::sim::fold::record(data.market(), combination, &plan.terms(), &benchmark);
                    if rule != BorderRule::Flat {
                        // From the first bar at which both are flat, their returns are the same.
                        let held = |bar: usize| {
                            alone.stitched.trades.iter().any(|trade| (trade.entry_bar..=trade.exit_bar).contains(&bar))
                        };
                        let from = (210..400).find(|bar| !held(*bar)).unwrap();
                        let growth = |equity: &[f64], first: usize| equity.last().unwrap() / equity[first];
                        let (ours, own) = (growth(&alone.stitched.equity, from - 200), growth(&record.equity, from));
                        assert!((ours / own - 1.0).abs() < 1e-9, "{fill:?} {direction:?} {rule:?}: {ours} {own}");
                    }
                }
            });
        }
    }
}

#[test]
fn a_window_in_which_no_point_fulfils_the_filter_is_cash() {
    on_market(&market(800, 2), Settings::default(), |plan| {
        let filter = ResultFilter::parse("--where", "trades >= 1000").unwrap();
        let ranking = Ranking { filter: Some(filter), ..by_sharpe() };
        let found = walked(plan, &points(&GRID), &options(200, 100), &ranking);
        assert!(found.windows.iter().all(|window| window.choice.is_none() && window.passing == 0));
        assert!(found.stitched.equity.iter().all(|equity| (equity - 10_000.0).abs() < 1e-9));
        assert_eq!((found.efficiency, found.random_picker_p), (None, None));
        let filter = ResultFilter::parse("--where", "max_drawdown > -0.2 and trades >= 3").unwrap();
        let ranking = Ranking { filter: Some(filter), ..by_sharpe() };
        assert_eq!(segment_detail(&ranking), Ok(SegmentDetail::Stats));
        let found = walked(plan, &points(&GRID), &options(200, 100), &ranking);
        let drawdown = metrics::find("max_drawdown").unwrap();
        let deepest = |window: &WalkedWindow| window.choice.as_ref().map(|choice| choice.in_sample[drawdown].unwrap());
        assert!(found.windows.iter().filter_map(deepest).all(|drawdown| drawdown > -0.2));
        assert!(found.windows.iter().any(|window| window.passing > 0));
    });
}

#[test]
fn the_holdout_is_tested_once_on_its_own_and_changes_no_window() {
    on_market(&market(1_000, 4), Settings::default(), |plan| {
        let without = walked(plan, &points(&GRID), &options(300, 100), &by_sharpe());
        let mut held = options(300, 100);
        held.windows.holdout = 0.3;
        let found = walked(plan, &points(&GRID), &held, &by_sharpe());
        assert_eq!((without.windows.len(), found.windows.len()), (7, 4));
        for (one, two) in without.windows.iter().zip(&found.windows) {
            assert_eq!(one.choice.as_ref().unwrap().values, two.choice.as_ref().unwrap().values);
        }
        let (window, account) = found.holdout.unwrap();
        assert_eq!((window.window.test, account.equity.len()), (700..1_000, 300));
        assert_eq!(found.stitched.equity.len(), 400);
    });
}

#[test]
fn a_plateau_is_picked_by_the_mean_of_a_point_and_its_neighbours() {
    on_market(&market(900, 6), Settings::default(), |plan| {
        let options = WalkOptions { pick: Pick::Plateau, ..options(400, 500) };
        let grid = points(&GRID);
        let found = walked(plan, &grid, &options, &by_sharpe());
        // By hand: Sharpe ratios in sample of the 4 x 4 points.
        let sharpe = metrics::find("sharpe").unwrap();
        let value = |fast: f64, slow: f64| {
            let texts = [format!("fast={fast}"), format!("slow={slow}")];
            let one = points(&[&texts[0], &texts[1]]);
            walked(plan, &one, &options, &by_sharpe()).windows[0].choice.as_ref().and_then(|one| one.in_sample[sharpe])
        };
        let (fasts, slows) = ([3.0, 5.0, 7.0, 9.0], [10.0, 20.0, 30.0, 40.0]);
        let table: Vec<Vec<f64>> =
            fasts.iter().map(|&fast| slows.iter().map(|&slow| value(fast, slow).unwrap()).collect()).collect();
        let mut best = (f64::NEG_INFINITY, vec![]);
        for (i, fast) in fasts.iter().enumerate() {
            for (j, slow) in slows.iter().enumerate() {
                let near = [(i, j), (i.wrapping_sub(1), j), (i + 1, j), (i, j.wrapping_sub(1)), (i, j + 1)];
                let values: Vec<f64> = near.iter().filter_map(|&(i, j)| table.get(i)?.get(j).copied()).collect();
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                if mean > best.0 {
                    best = (mean, vec![*fast, *slow]);
                }
            }
        }
        assert_eq!(found.windows[0].choice.as_ref().unwrap().values, best.1);
    });
}

#[test]
fn a_walk_from_the_cache_is_the_walk_that_was_computed() {
    // Enough bars that blocks are worth storing.
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(asset(folder.path(), &candles(&market(12_000, 1))), Settings::default());
    let store = MemoryBackend::new();
    let points = points(&["fast=3..30", "slow=40..60"]);
    let through = || {
        let results = Results::with_backend(Box::new(store.clone()), "memory", Options::default());
        let given = (&options(3_000, 500), &by_sharpe());
        let found =
            walk(&plan, 0, std::slice::from_ref(&points), given, &results, &mut Index::default(), &NoProgress).unwrap();
        drop(results.finish());
        found
    };
    let (fresh, again) = (through(), through());
    assert_eq!((fresh.summary.hits, again.summary.misses), (0, 0));
    assert_eq!(fresh.stitched.equity, again.stitched.equity);
    assert_eq!((fresh.random_picker_p, fresh.efficiency), (again.random_picker_p, again.efficiency));
    assert_eq!(fresh.scatter, again.scatter);
}
