//! Exits at levels against a plain account that goes bar by bar and was written from the rules of docs/backtest.md.

use proptest::prelude::*;

use crate::sim::account::{
    Account, BarTrade, Closed, Direction, Distance, Distances, ExitPlan, ExitReason, Fill, LevelAccount, LevelTile,
    Leverage, PriceRanges, Recorder, Settings, Side, SignalBits, SizeRule, Sizing, TileStats,
};
use crate::sim::bitset::TILE;
use crate::sim::candles::Candles;

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

const YEAR: f64 = 8760.0;

/// How often funding is paid in a bar.
fn paid(bar: usize) -> u8 {
    [0, 1, 0, 2][bar % 4]
}

/// The account with levels in chunks of so many bars. `series` are distances at the bar of the signal.
fn folded<R: Recorder>(case: &Case, chunk: usize, recorder: &mut R) -> Closed {
    let Case { candles, signals, settings, plan, series } = case;
    let mut account = LevelAccount::new(settings);
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
        let distances = Distances { stop: slice, target: slice, trailing: slice, deviation: slice };
        let payments: Vec<u8> = (first..first + bars).map(paid).collect();
        let tile = LevelTile { stats: &stats, ranges: &ranges, payments: &payments, bars_per_year: YEAR };
        account.extend(tile, &mut bits(&signals[first..first + bars]), (plan, distances), settings, recorder);
    }
    account.close(&stats, recorder)
}

/// Trades as entry bar, exit bar, side, prices, size, profit and reason; and the equity at each close.
type Plain = (Vec<(usize, usize, f64, f64, f64, f64, f64, ExitReason)>, Vec<f64>);

struct Position {
    side: f64,
    units: f64,
    price: f64,
    fee: f64,
    bar: usize,
    stop: Option<f64>,
    stop_is_break_even: bool,
    distances: [f64; 3],
    peak: f64,
    trails: bool,
    charged: f64,
    liquidation: Option<f64>,
}

/// One bar after another, nothing shared, nothing skipped, prices as they are on both sides.
#[expect(
    clippy::too_many_lines,
    clippy::similar_names,
    reason = "one bar after another, as the rules are written; `case` and `cash`, `stop` and `step` are their words"
)]
fn plain(case: &Case) -> Plain {
    let Case { candles, signals, settings, plan, series } = case;
    let (long, short) = (settings.direction != Direction::Short, settings.direction != Direction::Long);
    let at_open = settings.fill == Fill::NextOpen;
    let mut cash = settings.capital;
    let mut held: Option<Position> = None;
    let (mut trades, mut equity) = (Vec::new(), Vec::new());
    let (mut ruined, mut blocked_to) = (false, 0);
    for bar in 0..candles.len() {
        let (open, high, low, close) = (candles.open[bar], candles.high[bar], candles.low[bar], candles.close[bar]);
        let signal_bar = if at_open { bar.checked_sub(1) } else { Some(bar) };
        let [le, lx, se, sx] = signal_bar.map_or([false; 4], |at| signals[at]);
        let (le, lx, se, sx) = (long && le && !lx, long && lx && !le, short && se && !sx, short && sx && !se);
        let (le, se) = (le && !se, se && !le);
        let limit = plan.leverage.limit;
        let mut leave = |held: &mut Option<Position>, cash: &mut f64, price: f64, reason: ExitReason| {
            let position = held.take().unwrap();
            let units = position.side * position.units;
            if reason == ExitReason::Liquidation {
                let margin = position.units * position.price / limit.unwrap();
                let pnl = -margin - position.fee - position.charged;
                *cash = *cash + units * position.price - margin;
                if cash.abs() <= 1e-12 * position.units * position.price {
                    *cash = 0.0; // a crumb of rounding, where the margin was all there was
                }
                trades.push((position.bar, bar, position.side, position.price, price, position.units, pnl, reason));
                return;
            }
            let price = price * (1.0 - position.side * settings.slippage);
            let fee = settings.fee * price * position.units;
            let pnl = units * (price - position.price) - position.fee - fee - position.charged;
            *cash = *cash + units * price - fee;
            trades.push((position.bar, bar, position.side, position.price, price, position.units, pnl, reason));
        };
        if let Some(position) = held.as_mut().filter(|_| !ruined) {
            let units = position.side * position.units;
            let borrowed = if units < 0.0 { -units * open } else { (-cash).max(0.0) };
            let charge =
                units * open * plan.leverage.funding * f64::from(paid(bar)) + borrowed * plan.leverage.borrow / YEAR;
            position.charged += charge;
            cash -= charge;
        }
        for moment in if at_open { ["orders", "levels"] } else { ["levels", "orders"] } {
            if ruined {
                continue;
            }
            if moment == "orders" {
                let price = if at_open { open } else { close };
                let mut enters = None;
                if let Some(position) = &held {
                    let (exit, turn) = if position.side > 0.0 { (lx, se) } else { (sx, le) };
                    let fill = price * (1.0 - position.side * settings.slippage);
                    let may = plan.min_profit.is_none_or(|least| {
                        position.side * fill > position.side * (position.price * (1.0 + position.side * least))
                    });
                    let over = plan.max_bars.is_some_and(|most| bar == position.bar + most);
                    if turn {
                        enters = Some(-position.side);
                        leave(&mut held, &mut cash, price, ExitReason::Reverse);
                    } else if exit && may {
                        leave(&mut held, &mut cash, price, ExitReason::Rule);
                    } else if over {
                        leave(&mut held, &mut cash, price, ExitReason::Time);
                    }
                } else if (le || se) && signal_bar.unwrap() >= blocked_to {
                    enters = Some(if le { 1.0 } else { -1.0 });
                }
                if let Some(side) = enters.filter(|_| cash > 0.0) {
                    let at_signal = series[signal_bar.unwrap()];
                    let wants = [plan.stop, plan.target, plan.trailing];
                    let defined = wants.iter().all(|want| *want != Distance::Series || at_signal > 0.0);
                    if defined {
                        let p = price * (1.0 + side * settings.slippage);
                        let stop = match plan.stop {
                            Distance::None => None,
                            Distance::Fraction(s) => Some(p * (1.0 - side * s)),
                            Distance::Price(d) => Some(p - side * d),
                            Distance::Series => Some(p - side * at_signal),
                        };
                        let cap = limit.unwrap_or(1.0);
                        let all = cash / (p * (1.0 + settings.fee));
                        let wanted = match plan.sizing.rule {
                            SizeRule::All => all,
                            SizeRule::Fraction(q) => q * cash / (p * (1.0 + settings.fee)),
                            SizeRule::Cash(c) => c.min(cash) / (p * (1.0 + settings.fee)),
                            SizeRule::Units(u) => u,
                            SizeRule::Risk(k) => stop.map_or(0.0, |stop| k * cash / (side * (p - stop))),
                            SizeRule::Volatility(v) => {
                                v / (at_signal * YEAR.sqrt()) * cash / (p * (1.0 + settings.fee))
                            }
                        };
                        let mut units = wanted.min(cap * cash / (p * (1.0 + settings.fee * cap)));
                        if plan.sizing.lot > 0.0 {
                            units = (units / plan.sizing.lot).floor() * plan.sizing.lot;
                        }
                        if wanted.is_nan() || units.is_nan() || units <= 0.0 || units * p < plan.sizing.min_notional {
                            continue;
                        }
                        let fee = settings.fee * p * units;
                        cash = cash - side * units * p - fee;
                        let trails = plan.trailing != Distance::None && plan.trailing_after.is_none();
                        let distances = wants.map(|want| if let Distance::Price(d) = want { d } else { at_signal });
                        held = Some(Position {
                            side,
                            units,
                            price: p,
                            fee,
                            bar,
                            stop,
                            stop_is_break_even: false,
                            distances,
                            peak: p,
                            trails,
                            charged: 0.0,
                            liquidation: limit
                                .map(|limit| p * (1.0 - side / limit) / (1.0 - side * plan.leverage.maintenance)),
                        });
                    }
                }
            } else if let Some(position) = &mut held {
                // X3: with fills at the close, the bar of the entry is over; this moment comes before its orders.
                let side = position.side;
                let tighter = |a: f64, b: f64| side * a > side * b;
                if tighter(open, position.peak) {
                    position.peak = open;
                }
                let (mut stop, mut reason) =
                    (position.stop, if position.stop_is_break_even { ExitReason::BreakEven } else { ExitReason::Stop });
                if let Some(level) = position.liquidation.filter(|level| stop.is_none_or(|stop| tighter(*level, stop)))
                {
                    (stop, reason) = (Some(level), ExitReason::Liquidation);
                }
                if position.trails {
                    let trailed = match plan.trailing {
                        Distance::Fraction(r) => position.peak * (1.0 - side * r),
                        _ => position.peak - side * position.distances[2],
                    };
                    if stop.is_none_or(|stop| tighter(trailed, stop)) {
                        (stop, reason) = (Some(trailed), ExitReason::Trailing);
                    }
                }
                let bars = bar - position.bar;
                let step = plan.steps.iter().rev().find(|(from, _)| bars >= *from);
                let target = match (step, plan.target) {
                    (Some(&(_, t)), _) | (None, Distance::Fraction(t)) => Some(position.price * (1.0 + side * t)),
                    (None, Distance::Price(_) | Distance::Series) => {
                        Some(position.price + side * position.distances[1])
                    }
                    (None, Distance::None) => None,
                };
                let (best, worst) = if side > 0.0 { (high, low) } else { (low, high) };
                let reached = |level: f64, price: f64| side * price >= side * level;
                let fallen = |level: f64, price: f64| side * price <= side * level;
                if stop.is_some_and(|stop| fallen(stop, open)) {
                    leave(&mut held, &mut cash, open, reason);
                    blocked_to = bar + plan.cooldown;
                } else if target.is_some_and(|target| reached(target, open)) {
                    leave(&mut held, &mut cash, open, ExitReason::Target);
                    blocked_to = bar + plan.cooldown;
                } else if let Some(stop) = stop.filter(|stop| fallen(*stop, worst)) {
                    leave(&mut held, &mut cash, stop, reason);
                    blocked_to = bar + plan.cooldown;
                } else if let Some(target) = target.filter(|target| reached(*target, best)) {
                    leave(&mut held, &mut cash, target, ExitReason::Target);
                    blocked_to = bar + plan.cooldown;
                } else {
                    if tighter(best, position.peak) {
                        position.peak = best;
                    }
                    let up = |after: Option<f64>| {
                        after.is_some_and(|after| reached(position.price * (1.0 + side * after), best))
                    };
                    if plan.trailing != Distance::None && up(plan.trailing_after) {
                        position.trails = true;
                    }
                    if up(plan.break_even_after) && position.stop.is_none_or(|stop| tighter(position.price, stop)) {
                        (position.stop, position.stop_is_break_even) = (Some(position.price), true);
                    }
                }
            }
        }
        let worth = |held: &Option<Position>, cash: f64| cash + held.as_ref().map_or(0.0, |p| p.side * p.units * close);
        if !ruined && worth(&held, cash) <= 0.0 {
            ruined = true;
            if held.is_some() {
                leave(&mut held, &mut cash, close, ExitReason::Ruin);
            }
        }
        equity.push(worth(&held, cash));
    }
    (trades, equity)
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) candles: Candles,
    pub(super) signals: SignalRows,
    pub(super) settings: Settings,
    pub(super) plan: ExitPlan,
    pub(super) series: Vec<f64>,
}

/// Candles in tenths, so that prices meet levels exactly; rules that are rare or frequent; any exits.
fn case() -> impl Strategy<Value = Case> {
    let bar = (-25..25_i32, -8..8_i32, 0..15_i32, 0..15_i32, prop::array::uniform4(any::<u8>()), 0..40_u8);
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
    let leverage = (
        prop::option::of(prop::sample::select(vec![1.0, 2.0, 5.0, 20.0])),
        prop::sample::select(vec![0.0, 0.0, 0.0001, -0.0003]),
        prop::sample::select(vec![0.0, 0.0, 0.3]),
    )
        .prop_map(|(limit, funding, borrow)| Leverage { limit, maintenance: 0.005, funding, borrow });
    let plan = (plan, sizing, leverage).prop_map(|(plan, sizing, leverage)| ExitPlan { sizing, leverage, ..plan });
    let settings = (
        prop::sample::select(vec![0.0, 0.001]),
        prop::sample::select(vec![0.0, 0.0005, 0.02]),
        0..2_usize,
        0..3_usize,
        1..40_u8,
    );
    (bars, plan, settings).prop_map(|(bars, plan, (fee, slippage, fill, direction, often))| {
        let (mut candles, mut signals, mut series, mut price) =
            (Candles::default(), SignalRows::new(), Vec::new(), 1000);
        for (index, (step, gap, up, down, dice, distance)) in bars.into_iter().enumerate() {
            let open = (price + gap).max(100);
            price = (open + step).max(100);
            candles.time.push(index as i64 * 3_600_000);
            candles.open.push(f64::from(open) / 10.0);
            candles.high.push(f64::from(open.max(price) + up) / 10.0);
            candles.low.push(f64::from(open.min(price) - down) / 10.0);
            candles.close.push(f64::from(price) / 10.0);
            candles.volume.push(1.0);
            signals.push(dice.map(|dice| dice < often));
            series.push(if distance == 0 { f64::NAN } else { f64::from(distance) / 5.0 - 0.2 });
        }
        let fill = [Fill::NextOpen, Fill::Close][fill];
        let direction = [Direction::Long, Direction::Short, Direction::Both][direction];
        let settings = Settings { fee, slippage, fill, direction, ..Settings::default() };
        Case { candles, signals, settings, plan, series }
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
        let (trades, equity) = plain(&case);
        let heard = heard(&case, TILE);
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
        let first = Case {
            candles: case.candles.slice(0..bars), signals: case.signals[..bars].to_vec(),
            series: case.series[..bars].to_vec(), ..case.clone()
        };
        let (first, all) = (heard(&first, TILE), heard(&case, TILE));
        prop_assert_eq!(&first.equity[..], &all.equity[..bars]);
        let closed = |trades: &[BarTrade]| trades.iter().filter(|t| !t.open && t.exit_bar < bars).copied().collect::<Vec<_>>();
        prop_assert_eq!(closed(&first.trades), closed(&all.trades));
    }
}
