//! Exits at levels against a plain account that goes bar by bar and was written from the rules of docs/backtest.md.

use proptest::prelude::*;

use super::plain_levels::{Plain, plain};
use crate::account::{
    Account, BarTrade, Closed, DetailBars, Direction, Distance, Distances, EntryOrder, ExitPlan, Fill, LevelAccount,
    LevelTile, Leverage, PriceRanges, Recorder, Settings, Side, SignalBits, SizeRule, Sizing, TileStats,
};
use crate::candles::Candles;
use crate::interval::Millis;
use crate::tile::bitset::TILE;

/// Signals bar by bar: long entry, long exit, short entry, short exit.
pub(super) type SignalRows = Vec<[bool; 4]>;

#[derive(Default)]
pub(super) struct Heard {
    pub(super) trades: Vec<BarTrade>,
    equity: Vec<f64>,
}

impl Recorder for Heard {
    const EQUITY: bool = true;
    fn trade(&mut self, trade: BarTrade) {
        self.trades.push(trade);
    }
    fn equity(&mut self, equity: f64) {
        self.equity.push(equity);
    }
}

fn bits(signals: &[[bool; 4]]) -> SignalBits {
    let mut bits = SignalBits::default();
    for (bar, signal) in signals.iter().enumerate() {
        let all = [&mut bits.long_entry, &mut bits.long_exit, &mut bits.short_entry, &mut bits.short_exit];
        for (bits, &set) in all.into_iter().zip(signal) {
            bits[bar / 64] |= u64::from(set) << (bar % 64);
        }
    }
    bits
}

pub(super) const YEAR: f64 = 8760.0;
const HOUR: Millis = 3_600_000;

/// How often funding is paid in a bar.
pub(super) fn paid(bar: usize) -> u8 {
    [0, 1, 0, 2][bar % 4]
}

/// The market's own funding of a bar.
pub(super) fn rate(bar: usize) -> f64 {
    [0.0, 0.0002, -0.0005, 0.0][bar % 4]
}

/// The account with levels in chunks of so many bars. `series` are distances at the bar of the signal.
fn folded<R: Recorder>(case: &Case, chunk: usize, recorder: &mut R) -> Closed {
    let Case { candles, signals, settings, plan, series, .. } = case;
    let mut account = LevelAccount::new(settings);
    let detail = (!case.finer.is_empty()).then(|| DetailBars::new(candles, case.length, &case.finer));
    let (mut stats, mut ranges) = (TileStats::new(), PriceRanges::new());
    let lagged: Vec<f64> = match settings.fill {
        Fill::NextOpen => std::iter::once(f64::NAN).chain(series.iter().copied()).collect(),
        Fill::Close => series.clone(),
    };
    for first in (0..candles.len()).step_by(chunk) {
        let bars = chunk.min(candles.len() - first);
        stats.extend(candles, first, bars);
        ranges.extend(candles, first, bars);
        let slice = &lagged[first..first + bars];
        let distances = Distances { stop: slice, target: slice, trailing: slice, deviation: slice, entry: slice };
        let payments: Vec<u8> = (first..first + bars).map(paid).collect();
        let rates: Vec<f64> = (first..first + bars).map(rate).collect();
        let tile = LevelTile {
            stats: &stats,
            ranges: &ranges,
            detail: detail.as_ref(),
            payments: &payments,
            rates: &rates,
            bars_per_year: YEAR,
        };
        account.extend(tile, &mut bits(&signals[first..first + bars]), (plan, distances), settings, recorder);
    }
    account.close(&stats, recorder)
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) candles: Candles,
    pub(super) signals: SignalRows,
    pub(super) settings: Settings,
    pub(super) plan: ExitPlan,
    pub(super) series: Vec<f64>,
    /// Bars inside the candles, which are `length` ms long; none for no detail.
    pub(super) finer: Candles,
    pub(super) length: Millis,
}

/// Bars inside a candle of a `HOUR`, 10 minutes each, which walk from its open to its close by way of its extremes; some
/// hours lack some or all of them.
fn finer(candles: &Candles, dice: &[(u8, [i8; 5])]) -> Candles {
    let mut finer = Candles::default();
    for (bar, &(dice, steps)) in dice.iter().enumerate() {
        let [open, high, low, close] = [candles.open[bar], candles.high[bar], candles.low[bar], candles.close[bar]]
            .map(|price| (price * 10.0).round());
        let extremes = if dice % 2 == 0 { [high, low] } else { [low, high] };
        let mut path = vec![open];
        path.extend(steps.iter().map(|&step| (open + f64::from(step)).clamp(low, high)));
        (path[2], path[4]) = (extremes[0], extremes[1]);
        path.push(close);
        for at in 0..6 {
            // One in eight hours has none, one in eight lacks one.
            if dice % 8 == 7 || (dice % 8 == 6 && at == usize::from(dice / 8) % 6) {
                continue;
            }
            let (first, last) = (path[at], path[at + 1]);
            let time = candles.time[bar] + at as Millis * HOUR / 6;
            push(&mut finer, time, [first, first.max(last), first.min(last), last].map(|price| price / 10.0));
        }
    }
    finer
}

pub(super) fn push(candles: &mut Candles, time: Millis, [open, high, low, close]: [f64; 4]) {
    candles.time.push(time);
    candles.open.push(open);
    candles.high.push(high);
    candles.low.push(low);
    candles.close.push(close);
    candles.volume.push(1.0);
}

/// Borrowed money and what it costs.
fn leverage() -> impl Strategy<Value = Leverage> {
    (
        prop::option::of(prop::sample::select(vec![1.0, 2.0, 5.0, 20.0])),
        prop::sample::select(vec![0.0, 0.0, 0.0001, -0.0003]),
        prop::sample::select(vec![0.0, 0.0, 0.3]),
        prop::sample::select(vec![false, false, true]),
    )
        .prop_map(|(limit, funding, borrow, market_funding)| Leverage {
            limit,
            maintenance: 0.005,
            funding,
            market_funding,
            borrow,
        })
}

/// Candles in tenths, so that prices meet levels exactly; rules that are rare or frequent; any exits.
fn case() -> impl Strategy<Value = Case> {
    let inside = (any::<u8>(), prop::array::uniform5(-20..20_i8));
    let bar = (-25..25_i32, -8..8_i32, 0..15_i32, 0..15_i32, prop::array::uniform4(any::<u8>()), 0..40_u8, inside);
    let bars = prop::collection::vec(bar, 1..1400);
    let distance = || {
        prop_oneof![
            Just(Distance::None),
            (1..30_u32).prop_map(|x| Distance::Fraction(f64::from(x) / 200.0)),
            (1..100_u32).prop_map(|x| Distance::Price(f64::from(x) / 10.0)),
            Just(Distance::Series),
        ]
    };
    let share = |most: u32| prop::option::of((0..most).prop_map(|x| f64::from(x) / 200.0));
    let steps = prop::collection::btree_map(0..60_usize, (1..30_u32).prop_map(|x| f64::from(x) / 200.0), 0..4);
    let plan = (
        (
            distance(),
            distance(),
            distance(),
            prop_oneof![Just(Vec::new()), steps.prop_map(|map| map.into_iter().collect())],
        ),
        (
            share(20),
            share(20),
            prop::option::of(1..80_usize),
            prop_oneof![Just(0_usize), 0..20_usize],
            prop::option::of((-20..20_i32).prop_map(|x| f64::from(x) / 200.0)),
        ),
    )
        .prop_map(
            |((stop, target, trailing, steps), (trailing_after, break_even_after, max_bars, cooldown, min_profit))| {
                ExitPlan {
                    entry: None,
                    stop,
                    target,
                    steps,
                    trailing,
                    trailing_after,
                    break_even_after,
                    max_bars,
                    cooldown,
                    min_profit,
                    sizing: Sizing::default(),
                    leverage: Leverage::default(),
                }
            },
        );
    let rule = prop_oneof![
        4 => Just(SizeRule::All),
        1 => (1..300_u32).prop_map(|x| SizeRule::Fraction(f64::from(x) / 100.0)),
        1 => (1..200_u32).prop_map(|x| SizeRule::Cash(f64::from(x) * 100.0)),
        1 => (1..200_u32).prop_map(|x| SizeRule::Units(f64::from(x))),
        1 => (1..50_u32).prop_map(|x| SizeRule::Risk(f64::from(x) / 500.0)),
        1 => (1..50_u32).prop_map(|x| SizeRule::Volatility(f64::from(x))),
    ];
    let rounded = (prop::sample::select(vec![0.0, 0.0, 0.5, 3.0]), prop::sample::select(vec![0.0, 0.0, 2_000.0]));
    let sizing = (rule, rounded).prop_map(|(rule, (lot, min_notional))| Sizing { rule, lot, min_notional });
    let entry = prop::option::of((any::<bool>(), distance(), 1..12_usize)).prop_map(|entry| {
        let (is_limit, distance, valid) = entry?;
        (distance != Distance::None).then_some(EntryOrder { is_limit, distance, valid })
    });
    let plan = (plan, sizing, leverage(), entry).prop_map(|(plan, sizing, leverage, entry)| ExitPlan {
        entry,
        sizing,
        leverage,
        ..plan
    });
    let settings = (
        (prop::sample::select(vec![0.0, 0.001]), prop::sample::select(vec![None, Some(-0.0002)])),
        prop::sample::select(vec![0.0, 0.0005, 0.02]),
        0..2_usize,
        0..3_usize,
        1..40_u8,
        any::<bool>(),
    );
    (bars, plan, settings).prop_map(|(bars, plan, ((fee, maker_fee), slippage, fill, direction, often, has_detail))| {
        let (mut candles, mut signals, mut series, mut price) =
            (Candles::default(), SignalRows::new(), Vec::new(), 1000);
        let mut inside = Vec::new();
        for (index, (step, gap, up, down, dice, distance, finer)) in bars.into_iter().enumerate() {
            let open = (price + gap).max(100);
            price = (open + step).max(100);
            let prices = [open, open.max(price) + up, open.min(price) - down, price];
            push(&mut candles, index as Millis * HOUR, prices.map(|price| f64::from(price) / 10.0));
            inside.push(finer);
            signals.push(dice.map(|dice| dice < often));
            series.push(if distance == 0 { f64::NAN } else { f64::from(distance) / 5.0 - 0.2 });
        }
        let fill = [Fill::NextOpen, Fill::Close][fill];
        let direction = [Direction::Long, Direction::Short, Direction::Both][direction];
        let settings = Settings { fee, maker_fee, slippage, fill, direction, ..Settings::default() };
        let finer = if has_detail { finer(&candles, &inside) } else { Candles::default() };
        Case { candles, signals, settings, plan, series, finer, length: HOUR }
    })
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 1e-9
}

pub(super) fn heard(case: &Case, chunk: usize) -> Heard {
    let mut heard = Heard::default();
    folded(case, chunk, &mut heard);
    heard
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn every_exit_is_that_of_the_plain_account(case in case()) {
        let Plain { trades, equity, unfilled } = plain(&case);
        let mut heard = Heard::default();
        let closed = folded(&case, TILE, &mut heard);
        prop_assert_eq!(closed.counts.unwrap().unfilled, unfilled);
        prop_assert_eq!(heard.equity.len(), case.candles.len());
        let closed: Vec<&BarTrade> = heard.trades.iter().filter(|trade| !trade.open).collect();
        for (ours, theirs) in closed.iter().zip(&trades) {
            let &(entry_bar, exit_bar, side, entry, exit, size, pnl, reason) = theirs;
            prop_assert_eq!((ours.entry_bar, ours.exit_bar, ours.reason), (entry_bar, exit_bar, reason));
            prop_assert_eq!(ours.side == Side::Long, side > 0.0);
            prop_assert_eq!(ours.entry_price.to_bits(), entry.to_bits());
            prop_assert_eq!(ours.exit_price.to_bits(), exit.to_bits(), "{} {}", ours.exit_price, exit);
            prop_assert!(near(ours.size, size) && near(ours.pnl, pnl), "{:?}", ours);
        }
        prop_assert_eq!(closed.len(), trades.len());
        for (bar, (a, b)) in heard.equity.iter().zip(&equity).enumerate() {
            prop_assert!(near(*a, *b), "equity at bar {}: {} and {}", bar, a, b);
        }
    }

    #[test]
    fn without_levels_nothing_differs_in_any_bit(case in case()) {
        let case = Case { plan: ExitPlan::default(), ..case };
        let mut ours = Heard::default();
        let levels = folded(&case, TILE, &mut ours);
        let mut theirs = Heard::default();
        let (mut stats, mut account) = (TileStats::new(), Account::new(&case.settings));
        for first in (0..case.candles.len()).step_by(TILE) {
            let count = TILE.min(case.candles.len() - first);
            stats.extend(&case.candles, first, count);
            account.extend(&stats, &mut bits(&case.signals[first..first + count]), &case.settings, &mut theirs);
        }
        prop_assert_eq!(Closed { counts: None, ..levels }, account.close(&stats, &mut theirs));
        prop_assert_eq!(ours.trades, theirs.trades);
        prop_assert_eq!(ours.equity, theirs.equity);
    }

    #[test]
    fn trades_are_the_same_however_the_bars_are_cut_and_heard_or_not(case in case(), chunk in 1..200_usize) {
        let (whole, cut) = (heard(&case, TILE), heard(&case, chunk));
        prop_assert_eq!(whole.trades, cut.trades);
        prop_assert_eq!(folded(&case, TILE, &mut ()), folded(&case, TILE, &mut Heard::default()));
    }

    #[test]
    fn the_first_bars_know_nothing_of_later_ones(case in case(), cut in 0.0..1.0_f64) {
        let bars = 1 + (cut * (case.candles.len() - 1) as f64) as usize;
        let until = bars as Millis * HOUR;
        let finer = case.finer.slice(0..case.finer.time.partition_point(|time| *time < until));
        let first = Case {
            candles: case.candles.slice(0..bars), signals: case.signals[..bars].to_vec(),
            series: case.series[..bars].to_vec(), finer, ..case.clone()
        };
        let (first, all) = (heard(&first, TILE), heard(&case, TILE));
        prop_assert_eq!(&first.equity[..], &all.equity[..bars]);
        let closed = |trades: &[BarTrade]| trades.iter().filter(|t| !t.open && t.exit_bar < bars).copied().collect::<Vec<_>>();
        prop_assert_eq!(closed(&first.trades), closed(&all.trades));
    }

    #[test]
    fn finer_bars_that_say_nothing_new_change_no_bit(case in case(), alike in any::<bool>()) {
        // As long as the bars themselves, or of another time.
        let mut finer = case.candles.clone();
        if !alike {
            finer.time.iter_mut().for_each(|time| *time += 1_000_000 * HOUR);
        }
        let (with, without) = (Case { finer, ..case.clone() }, Case { finer: Candles::default(), ..case });
        let (mut ours, mut theirs) = (Heard::default(), Heard::default());
        prop_assert_eq!(folded(&with, TILE, &mut ours), folded(&without, TILE, &mut theirs));
        prop_assert_eq!(ours.trades, theirs.trades);
        prop_assert_eq!(ours.equity, theirs.equity);
    }

    #[test]
    fn finer_bars_differ_from_their_bar_only_where_it_leaves_a_choice(case in case()) {
        // Without levels there is nothing that they could decide.
        let plan = ExitPlan { sizing: case.plan.sizing, ..ExitPlan::default() };
        let plan = if matches!(plan.sizing.rule, SizeRule::Risk(_)) { ExitPlan::default() } else { plan };
        let with = Case { plan: plan.clone(), ..case.clone() };
        let without = Case { plan, finer: Candles::default(), ..case };
        prop_assert_eq!(heard(&with, TILE).trades, heard(&without, TILE).trades);
    }
}
