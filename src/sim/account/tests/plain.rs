//! For tests: the account driven from given signals, and a plain simulator that goes bar by bar.

use crate::account::{
    Account, BarTrade, Direction, EntryFill, EntryLevels, ExitReason, Fill, Recorder, Settings, Side, SignalBits,
    TileStats,
};
use crate::candles::Candles;
use crate::metrics::{
    self, Benchmark, BenchmarkCandles, ClosedHistory, Closing, Detail, Detailed, HistoryStats, Metrics,
};
use crate::tile::bitset::TILE;

/// Signals bar by bar: long entry, long exit, short entry, short exit.
pub(super) type Rules = Vec<[bool; 4]>;

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

pub(super) struct Result {
    pub(super) metrics: Metrics,
    pub(super) trades: Vec<BarTrade>,
    pub(super) equity: Vec<f64>,
    pub(super) ruined: bool,
}

/// The account as the fold drives it, from given signals.
pub(super) fn drive<R: Recorder>(
    candles: &Candles,
    rules: &Rules,
    settings: &Settings,
    bars_per_year: f64,
    recorder: &mut R,
) -> (Metrics, bool) {
    let mut tile = TileStats::new().with_risk_free(settings.risk_free_per_bar(bars_per_year));
    let mut account = Account::new(settings);
    for first in (0..candles.len()).step_by(TILE) {
        let bars = TILE.min(candles.len() - first);
        tile.extend(candles, first, bars);
        let mut bits = SignalBits::default();
        for (bar, rule) in rules[first..first + bars].iter().enumerate() {
            let all = [&mut bits.long_entry, &mut bits.long_exit, &mut bits.short_entry, &mut bits.short_exit];
            for (bits, &set) in all.into_iter().zip(rule) {
                bits[bar / 64] |= u64::from(set) << (bar % 64);
            }
        }
        account.extend(&tile, &mut bits, settings, recorder);
    }
    let closed = account.close(&tile, recorder);
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

pub(super) fn tiled(candles: &Candles, rules: &Rules, settings: &Settings) -> Result {
    tiled_with(candles, rules, settings, 365.0)
}

/// Metrics, trades and equity of given signals.
pub(super) fn tiled_with(candles: &Candles, rules: &Rules, settings: &Settings, bars_per_year: f64) -> Result {
    let mut seen = Seen::default();
    let (metrics, ruined) = drive(candles, rules, settings, bars_per_year, &mut seen);
    Result { metrics, trades: seen.trades, equity: seen.equity, ruined }
}

/// The same with the metrics that need every bar, against the closes of a benchmark.
pub(super) fn tiled_in_full(
    candles: &Candles,
    rules: &Rules,
    settings: &Settings,
    bars_per_year: f64,
    benchmark: Option<&BenchmarkCandles>,
) -> Result {
    let benchmark = Benchmark::new(candles, benchmark);
    let history = HistoryStats::new(settings.capital, &benchmark, Detail::AllReturns);
    let mut recorder = Detailed { inner: Seen::default(), history };
    let (mut metrics, ruined) = drive(candles, rules, settings, bars_per_year, &mut recorder);
    let (bars, risk_free) = (candles.len() as u64, settings.risk_free_per_bar(bars_per_year));
    let history = ClosedHistory { stats: &recorder.history, bars, bars_per_year, risk_free };
    metrics::complete(&mut metrics, &history, Detail::AllReturns);
    Result { metrics, trades: recorder.inner.trades, equity: recorder.inner.equity, ruined }
}

/// The contract's words, one bar at a time, with nothing shared and nothing skipped.
pub(super) fn plain(candles: &Candles, rules: &Rules, settings: &Settings) -> Result {
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
            entry_levels: EntryLevels::default(),
            entry_fill: EntryFill::AtOnce,
            exit_within: 0,
            side: if units > 0.0 { Side::Long } else { Side::Short },
            entry_bar: entry.0,
            entry_price: entry.1,
            exit_bar,
            exit_price,
            size: units.abs(),
            fees: entry.2 + settings.fee * exit_price * units.abs(),
            entry_fee: entry.2,
            pnl,
            ret: pnl / (entry.1 * units.abs()),
            open: false,
            reason: ExitReason::Rule,
            ambiguous: false,
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

/// The deepest drawdown of an equity curve, and its longest run of bars below an earlier peak.
pub(super) fn drawdowns(equity: &[f64]) -> (f64, u32) {
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
    (drawdown, longest)
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
    let (drawdown, longest) = drawdowns(equity);
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
    let losing = pnl.iter().filter(|p| **p < 0.0).count() as f64;
    let win_rate = wins.len() as f64 / count;
    let payoff = (won / wins.len() as f64) / (loss.abs() / losing);
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
        win_rate,
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
        // The five counts of accounts with exits, sizes or leverage.
        f64::NAN,
        f64::NAN,
        f64::NAN,
        f64::NAN,
        f64::NAN,
        payoff,
        win_rate - (1.0 - win_rate) / payoff,
        total / drawdown.abs(),
    ];
    std::array::from_fn(|i| all.get(i).copied().filter(|value| value.is_finite()))
}

pub(super) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 1e-12
}
