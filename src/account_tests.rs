//! The account against a plain per-bar simulator, and against vectorbt's figures.

use proptest::prelude::*;

use crate::account::Account;
use crate::market::Market;
use crate::metrics::{self, Closing, Metrics};
use crate::model::{Candles, Direction, Fill, Interval, Settings, Side, TILE};
use crate::orders::RuleBits;
use crate::recorder::{BarTrade, Recorder};

/// Signals bar by bar: long entry, long exit, short entry, short exit.
pub(crate) type Rules = Vec<[bool; 4]>;

#[derive(Default)]
struct Seen {
    trades: Vec<BarTrade>,
    equity: Vec<f64>,
}

impl Recorder for Seen {
    const EQUITY: bool = true;
    fn trade(&mut self, trade: BarTrade) {
        self.trades.push(trade);
    }
    fn equity(&mut self, equity: f64) {
        self.equity.push(equity);
    }
}

pub(crate) struct Result {
    pub(crate) metrics: Metrics,
    pub(crate) trades: Vec<BarTrade>,
    equity: Vec<f64>,
    pub(crate) ruined: bool,
}

/// The account as the fold drives it, from given signals.
fn drive<R: Recorder>(
    candles: &Candles,
    rules: &Rules,
    settings: &Settings,
    bars_per_year: f64,
    recorder: &mut R,
) -> (Metrics, bool) {
    let mut market = Market::new();
    let mut account = Account::new(settings);
    for first in (0..candles.len()).step_by(TILE) {
        let bars = TILE.min(candles.len() - first);
        market.extend(candles, first, bars);
        let mut bits = RuleBits::default();
        for (bar, rule) in rules[first..first + bars].iter().enumerate() {
            let all = [&mut bits.long_entry, &mut bits.long_exit, &mut bits.short_entry, &mut bits.short_exit];
            for (bits, &set) in all.into_iter().zip(rule) {
                bits[bar / 64] |= u64::from(set) << (bar % 64);
            }
        }
        account.extend(&market, &mut bits, settings, recorder);
    }
    let closed = account.close(&market, recorder);
    let metrics = metrics::compute(&Closing {
        account: &closed,
        capital: settings.capital,
        bars: candles.len() as u64,
        bars_per_year,
        first_close: candles.close[0],
        last_close: candles.close[candles.len() - 1],
    });
    (metrics, closed.ruined)
}

fn tiled(candles: &Candles, rules: &Rules, settings: &Settings) -> Result {
    tiled_with(candles, rules, settings, 365.0)
}

/// Metrics, trades and equity of given signals.
pub(crate) fn tiled_with(candles: &Candles, rules: &Rules, settings: &Settings, bars_per_year: f64) -> Result {
    let mut seen = Seen::default();
    let (metrics, ruined) = drive(candles, rules, settings, bars_per_year, &mut seen);
    Result { metrics, trades: seen.trades, equity: seen.equity, ruined }
}

/// The contract's words, one bar at a time, with nothing shared and nothing skipped.
fn plain(candles: &Candles, rules: &Rules, settings: &Settings) -> Result {
    let (mut cash, mut units, mut ruined) = (settings.capital, 0.0_f64, false);
    let (mut entry, mut trades, mut equity, mut exposed, mut fees) = ((0, 0.0, 0.0), Vec::new(), Vec::new(), 0, 0.0);
    let long = settings.direction != Direction::Short;
    let short = settings.direction != Direction::Long;
    for bar in 0..candles.len() {
        let decided = match settings.fill {
            Fill::Close => Some(bar),
            Fill::NextOpen => bar.checked_sub(1),
        };
        let [le, lx, se, sx] = decided.map_or([false; 4], |bar| rules[bar]);
        let (le, lx) = (long && le && !lx, long && lx && !le);
        let (se, sx) = (short && se && !sx, short && sx && !se);
        let (le, se) = (le && !se, se && !le);
        let price = if settings.fill == Fill::Close { candles.close[bar] } else { candles.open[bar] };
        let mut exit = |cash: &mut f64, units: &mut f64, entry: (usize, f64, f64), price: f64, fees: &mut f64| {
            let price = price * if *units > 0.0 { 1.0 - settings.slippage } else { 1.0 + settings.slippage };
            let fee = settings.fee * price * units.abs();
            let pnl = *units * (price - entry.1) - entry.2 - fee;
            trades.push((*units, entry, bar, price, pnl));
            *cash += *units * price - fee;
            *fees += fee;
            *units = 0.0;
        };
        let enter = |cash: &mut f64, units: &mut f64, side: f64, fees: &mut f64| {
            let price = price * (1.0 + side * settings.slippage);
            let size = *cash / (price * (1.0 + settings.fee));
            let fee = settings.fee * price * size;
            *cash -= side * size * price + fee;
            *fees += fee;
            *units = side * size;
            (bar, price, fee)
        };
        if !ruined {
            if units == 0.0 {
                if le || se {
                    entry = enter(&mut cash, &mut units, if le { 1.0 } else { -1.0 }, &mut fees);
                }
            } else {
                let (close, turn) = if units > 0.0 { (lx, se) } else { (sx, le) };
                let side = -units.signum();
                if close || turn {
                    exit(&mut cash, &mut units, entry, price, &mut fees);
                }
                if turn && cash > 0.0 {
                    entry = enter(&mut cash, &mut units, side, &mut fees);
                }
            }
            if cash + units * candles.close[bar] <= 0.0 {
                if units != 0.0 {
                    exit(&mut cash, &mut units, entry, candles.close[bar], &mut fees);
                }
                ruined = true;
            }
        }
        equity.push(cash + units * candles.close[bar]);
        exposed += usize::from(units != 0.0);
    }
    let trades: Vec<BarTrade> = trades
        .into_iter()
        .map(|(units, entry, exit_bar, exit_price, pnl): (f64, (usize, f64, f64), usize, f64, f64)| BarTrade {
            side: if units > 0.0 { Side::Long } else { Side::Short },
            entry_bar: entry.0,
            entry_price: entry.1,
            exit_bar,
            exit_price,
            size: units.abs(),
            fees: entry.2 + settings.fee * exit_price * units.abs(),
            pnl,
            ret: pnl / (entry.1 * units.abs()),
            open: false,
        })
        .collect();
    let metrics = plain_metrics(candles, settings, &equity, exposed, fees, &trades);
    Result { metrics, trades, equity, ruined }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn std(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
}

/// Metrics from whole series, in the contract's order; those of open positions left out.
fn plain_metrics(
    candles: &Candles,
    settings: &Settings,
    equity: &[f64],
    exposed: usize,
    fees: f64,
    trades: &[BarTrade],
) -> Metrics {
    let (n, a) = (equity.len() as f64, 365.0_f64);
    let mut returns = vec![equity[0] / settings.capital - 1.0];
    returns.extend(equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0));
    let last = equity[equity.len() - 1];
    let total = last / settings.capital - 1.0;
    let cagr = libm::pow(1.0 + total, a / n) - 1.0;
    let (mut peak, mut drawdown, mut below, mut longest) = (f64::MIN, 0.0_f64, 0, 0);
    for &e in equity {
        if e >= peak {
            (peak, below) = (e, 0);
        } else {
            below += 1;
        }
        longest = longest.max(below);
        drawdown = drawdown.min(e / peak - 1.0);
    }
    let gains: f64 = returns.iter().map(|r| r.max(0.0)).sum();
    let losses: f64 = returns.iter().map(|r| (-r).max(0.0)).sum();
    let downside = (returns.iter().map(|r| r.min(0.0).powi(2)).sum::<f64>() / n).sqrt();
    let pnl: Vec<f64> = trades.iter().map(|t| t.pnl).collect();
    let ret: Vec<f64> = trades.iter().map(|t| t.ret).collect();
    let wins: Vec<f64> = trades.iter().filter(|t| t.pnl > 0.0).map(|t| t.ret).collect();
    let losers: Vec<f64> = trades.iter().filter(|t| t.pnl < 0.0).map(|t| t.ret).collect();
    let won = pnl.iter().filter(|p| **p > 0.0).sum::<f64>();
    let loss = pnl.iter().filter(|p| **p < 0.0).sum::<f64>();
    let count = pnl.len() as f64;
    let held: Vec<f64> = trades.iter().map(|t| (t.exit_bar - t.entry_bar) as f64).collect();
    let all = [
        total,
        last,
        cagr,
        std(&returns) * a.sqrt(),
        mean(&returns) / std(&returns) * a.sqrt(),
        if n < 2.0 { f64::NAN } else { mean(&returns) * a / (downside * a.sqrt()) },
        drawdown,
        f64::from(longest),
        cagr / drawdown.abs(),
        gains / losses,
        candles.close[candles.len() - 1] / candles.close[0] - 1.0,
        exposed as f64 / n,
        count,
        f64::NAN,
        wins.len() as f64 / count,
        won / loss.abs(),
        mean(&pnl),
        mean(&wins),
        mean(&losers),
        mean(&ret),
        ret.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ret.iter().copied().fold(f64::INFINITY, f64::min),
        mean(&held),
        if count < 2.0 { f64::NAN } else { count.sqrt() * mean(&pnl) / std(&pnl) },
        fees,
    ];
    std::array::from_fn(|i| Some(all[i]).filter(|value| value.is_finite()))
}

pub(crate) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 1e-12
}

/// A market of given moves, and rules of given density.
fn case() -> impl Strategy<Value = (Candles, Rules, Settings)> {
    let bar = (-0.05..0.05_f64, -0.02..0.02_f64, prop::array::uniform4(0..12_u8));
    let settings =
        (prop::sample::select(vec![0.0, 0.001, 0.02]), prop::sample::select(vec![0.0, 0.0005]), 0..2_usize, 0..3_usize);
    (prop::collection::vec(bar, 1..2600), settings).prop_map(|(bars, (fee, slippage, fill, direction))| {
        let mut candles = Candles::default();
        let mut rules = Rules::new();
        let mut price = 100.0;
        for (index, (drift, gap, dice)) in bars.into_iter().enumerate() {
            let open = price * (1.0 + gap);
            price = open * (1.0 + drift);
            candles.time.push(index as i64 * 86_400_000);
            candles.open.push(open);
            candles.high.push(open.max(price));
            candles.low.push(open.min(price));
            candles.close.push(price);
            candles.volume.push(1.0);
            rules.push(dice.map(|dice| dice == 0));
        }
        let fill = [Fill::NextOpen, Fill::Close][fill];
        let direction = [Direction::Long, Direction::Short, Direction::Both][direction];
        (candles, rules, Settings { capital: 10_000.0, fee, slippage, fill, direction })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn tiles_prefix_sums_and_blocks_change_nothing_but_speed((candles, rules, settings) in case()) {
        let (tiled, plain) = (tiled(&candles, &rules, &settings), plain(&candles, &rules, &settings));
        prop_assert_eq!(tiled.ruined, plain.ruined);
        prop_assert_eq!(tiled.equity.len(), candles.len());
        for (bar, (a, b)) in tiled.equity.iter().zip(&plain.equity).enumerate() {
            prop_assert!(near(*a, *b), "equity at bar {}: {} and {}", bar, a, b);
        }
        let closed: Vec<_> = tiled.trades.iter().filter(|trade| !trade.open).collect();
        prop_assert_eq!(closed.len(), plain.trades.len());
        for (a, b) in closed.iter().zip(&plain.trades) {
            prop_assert_eq!((a.side, a.entry_bar, a.exit_bar), (b.side, b.entry_bar, b.exit_bar));
            prop_assert!(near(a.pnl, b.pnl) && near(a.ret, b.ret) && near(a.size, b.size) && near(a.fees, b.fees));
        }
        for (metric, (a, b)) in metrics::TABLE.iter().zip(tiled.metrics.iter().zip(&plain.metrics)) {
            if metric.name == "open_trades" { continue; }
            match (a, b) {
                (Some(a), Some(b)) => prop_assert!(near(*a, *b), "{}: {} and {}", metric.name, a, b),
                // Without any trade or move both are undefined, or what is left of rounding.
                (a, b) => prop_assert_eq!(a.is_none(), b.is_none(), "{}: {:?} and {:?}", metric.name, a, b),
            }
        }
    }

    #[test]
    fn listening_to_trades_and_equity_changes_no_bit((candles, rules, settings) in case()) {
        let (silent, ruined) = drive(&candles, &rules, &settings, 365.0, &mut ());
        let heard = tiled(&candles, &rules, &settings);
        prop_assert_eq!(silent.map(|m| m.map(f64::to_bits)), heard.metrics.map(|m| m.map(f64::to_bits)));
        prop_assert_eq!(ruined, heard.ruined);
    }

    #[test]
    fn the_first_bars_know_nothing_of_later_ones((candles, rules, settings) in case(), cut in 0.0..1.0_f64) {
        let bars = 1 + (cut * (candles.len() - 1) as f64) as usize;
        let all = tiled(&candles, &rules, &settings);
        let first = tiled(&candles.slice(0..bars), &rules[..bars].to_vec(), &settings);
        prop_assert_eq!(&first.equity[..], &all.equity[..bars]);
        let closed = |trades: &[BarTrade]| trades.iter().filter(|t| !t.open && t.exit_bar < bars).copied().collect::<Vec<_>>();
        prop_assert_eq!(closed(&first.trades), closed(&all.trades));
    }
}

fn candles_of(closes: &[f64]) -> Candles {
    Candles {
        time: (0..closes.len() as i64).map(|day| day * 86_400_000).collect(),
        open: closes.to_vec(),
        high: closes.to_vec(),
        low: closes.to_vec(),
        close: closes.to_vec(),
        volume: vec![1.0; closes.len()],
    }
}

fn costless(fill: Fill, direction: Direction) -> Settings {
    Settings { capital: 100.0, fee: 0.0, slippage: 0.0, fill, direction }
}

const NONE: [bool; 4] = [false; 4];

#[test]
fn a_signal_on_the_last_bar_fills_nothing_at_the_next_open() {
    let rules = vec![NONE, NONE, [true, false, false, false]];
    let result = tiled(&candles_of(&[1.0, 2.0, 3.0]), &rules, &costless(Fill::NextOpen, Direction::Long));
    assert!(result.trades.is_empty());
    assert_eq!(result.equity, [100.0; 3]);
}

#[test]
fn a_rule_pair_true_on_one_bar_does_neither() {
    let rules = vec![[true, true, false, false], NONE, NONE];
    let result = tiled(&candles_of(&[1.0, 2.0, 3.0]), &rules, &costless(Fill::Close, Direction::Long));
    assert!(result.trades.is_empty());
}

#[test]
fn a_short_that_loses_everything_ends_the_account_at_that_close() {
    let rules = vec![[false, false, true, false], NONE, NONE, [true, false, false, false], NONE];
    let result = tiled(&candles_of(&[1.0, 1.5, 2.5, 1.0, 9.0]), &rules, &costless(Fill::Close, Direction::Both));
    assert!(result.ruined);
    assert_eq!(result.equity, [100.0, 50.0, -50.0, -50.0, -50.0]);
    assert_eq!(result.trades.len(), 1);
    assert_eq!((result.trades[0].exit_bar, result.trades[0].open), (2, false));
}

#[test]
fn turning_round_sizes_the_other_side_by_what_is_left() {
    let rules = vec![[true, false, false, false], [false, true, true, false], NONE];
    let result = tiled(&candles_of(&[1.0, 2.0, 1.0]), &rules, &costless(Fill::Close, Direction::Both));
    assert_eq!(result.equity, [100.0, 200.0, 300.0]);
}

#[test]
fn one_bar_and_no_trade_leave_undefined_metrics_undefined() {
    let result = tiled(&candles_of(&[5.0]), &vec![NONE], &Settings::default());
    for name in ["volatility", "sharpe", "sortino", "calmar", "omega", "win_rate", "sqn", "best_trade"] {
        assert_eq!(result.metrics[metrics::find(name).unwrap()], None, "{name}");
    }
    assert_eq!(result.metrics[metrics::find("total_return").unwrap()], Some(0.0));
}

#[test]
fn a_year_has_365_days() {
    assert!((("1h".parse::<Interval>()).unwrap().bars_per_year() - 8760.0).abs() < 1e-12);
}
