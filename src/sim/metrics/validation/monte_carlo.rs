//! What could have become of a run: its trades in another order, its bars drawn anew, its positions at other times.

use std::ops::Range;

use super::bootstrap::{BootstrapIntervals, StationaryBootstrap, block_length};
use super::position_shift::{PositionShifts, ShiftTest};
use super::trade_shuffle::{ShuffledTrades, TradeShuffle};
use crate::account::{Side, Trade};
use crate::candles::Candles;
use crate::metrics::formulas::float;

/// What is needed of a run.
#[derive(Clone, Copy, Debug)]
pub struct RunHistory<'a> {
    /// The candles, at least one.
    pub candles: &'a Candles,
    /// Equity at the close of each.
    pub equity: &'a [f64],
    /// The trades.
    pub trades: &'a [Trade],
    /// Capital at the start.
    pub capital: f64,
    /// Bars a year.
    pub bars_per_year: f64,
    /// What cash earns in a bar.
    pub risk_free: f64,
}

/// A run, ready to be resampled.
#[derive(Clone, Debug)]
pub struct MonteCarloRun {
    seed: u64,
    repetitions: u64,
    returns: Vec<f64>,
    risk_free: f64,
    bars_per_year: f64,
    block: f64,
    trades: u64,
    shuffle: Option<TradeShuffle>,
    shifts: Option<PositionShifts>,
}

/// Some of the repetitions, and as large a part of the shifts.
#[derive(Clone, Debug, Default)]
pub struct MonteCarloPart {
    drawn: Vec<[f64; 3]>,
    shuffled: Vec<[f64; 2]>,
    as_good: u64,
}

/// What resampling a run says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonteCarlo {
    /// Where the random numbers begin.
    pub seed: u64,
    /// Closed trades.
    pub trades: u64,
    /// The trades in other orders; none of fewer than [`TradeShuffle::LEAST`].
    pub shuffle: Option<ShuffledTrades>,
    /// The returns of the bars drawn anew.
    pub bootstrap: BootstrapIntervals,
    /// The positions at other times; none where there never was one.
    pub shifts: Option<ShiftTest>,
}

impl MonteCarloRun {
    /// Fewest bars that are worth it.
    pub const LEAST_BARS: usize = 30;

    /// So many repetitions of a run with the random numbers of a seed.
    #[must_use]
    pub fn new(run: &RunHistory<'_>, repetitions: u64, seed: u64) -> Self {
        let closed: Vec<&Trade> = run.trades.iter().filter(|trade| !trade.open).collect();
        let profits: Vec<f64> = closed.iter().map(|trade| trade.pnl).collect();
        let held: u64 = closed.iter().map(|trade| trade.bars).sum();
        let returns = returns(run.equity, run.capital);
        let mean_held = float(held) / float(closed.len().max(1) as u64);
        Self {
            seed,
            repetitions,
            // What one position brought in stays together in most blocks.
            block: block_length(&returns).max(mean_held),
            returns,
            risk_free: run.risk_free,
            bars_per_year: run.bars_per_year,
            trades: closed.len() as u64,
            shuffle: TradeShuffle::new(run.capital, &profits, seed),
            shifts: PositionShifts::new(&positions(run.trades, &run.candles.time), &run.candles.close),
        }
    }

    /// Part `part` of `parts`.
    #[must_use]
    pub fn part(&self, part: u64, parts: u64) -> MonteCarloPart {
        let share = |all: u64| -> Range<u64> { all * part / parts..all * (part + 1) / parts };
        let bootstrap = StationaryBootstrap::new(self.returns.len(), self.block, self.seed);
        let draw = |repetition| bootstrap.repetition(&self.returns, self.risk_free, repetition);
        let shuffle = |shuffle: &TradeShuffle| share(self.repetitions).map(|at| shuffle.repetition(at)).collect();
        let shift = |shifts: &PositionShifts| {
            let share = share(shifts.shifts() as u64 - 1);
            #[expect(clippy::cast_possible_truncation, reason = "at most as many as there are bars")]
            shifts.as_good(share.start as usize + 1..share.end as usize + 1)
        };
        MonteCarloPart {
            drawn: share(self.repetitions).map(draw).collect(),
            shuffled: self.shuffle.as_ref().map(shuffle).unwrap_or_default(),
            as_good: self.shifts.as_ref().map_or(0, shift),
        }
    }

    /// What all parts say, in their order.
    #[must_use]
    pub fn result(&self, parts: Vec<MonteCarloPart>) -> MonteCarlo {
        let mut all = MonteCarloPart::default();
        for part in parts {
            all.drawn.extend(part.drawn);
            all.shuffled.extend(part.shuffled);
            all.as_good += part.as_good;
        }
        let bars = self.returns.len() as u64;
        MonteCarlo {
            seed: self.seed,
            trades: self.trades,
            shuffle: self.shuffle.as_ref().map(|shuffle| ShuffledTrades::of(shuffle, &all.shuffled)),
            bootstrap: BootstrapIntervals::of(&all.drawn, self.block, bars, self.bars_per_year),
            shifts: self.shifts.as_ref().map(|shifts| shifts.test(all.as_good)),
        }
    }
}

/// The return of each bar of an equity that began with this capital.
fn returns(equity: &[f64], capital: f64) -> Vec<f64> {
    let mut before = capital;
    let one = |&equity: &f64| {
        // An account that is ruined at exactly 0 stays there, and has no return: 0 / 0.
        #[expect(clippy::float_cmp, reason = "only what is exactly the same has not moved")]
        let value = if equity == before { 0.0 } else { equity / before - 1.0 };
        before = equity;
        value
    };
    equity.iter().map(one).collect()
}

/// The position at the close of each bar: 1 long, -1 short, 0 none.
fn positions(trades: &[Trade], time: &[i64]) -> Vec<f64> {
    let bar = |moment: i64| time.partition_point(|open| *open < moment);
    let mut positions = vec![0.0; time.len()];
    for trade in trades {
        let to = if trade.open { time.len() } else { bar(trade.exit_time) };
        let from = bar(trade.entry_time).min(to);
        positions[from..to].fill(if trade.side == Side::Long { 1.0 } else { -1.0 });
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::ExitReason;
    use crate::random::Random;

    fn candles(bars: i64) -> Candles {
        let mut random = Random::new(3);
        let close: Vec<f64> = (0..bars).map(|_| 90.0 + 20.0 * random.uniform()).collect();
        Candles {
            time: (0..bars).collect(),
            open: close.clone(),
            high: close.clone(),
            low: close.clone(),
            volume: vec![0.0; close.len()],
            close,
        }
    }

    fn trade(entry: i64, exit: i64, side: Side, open: bool) -> Trade {
        Trade {
            side,
            entry_time: entry,
            entry_price: 100.0,
            exit_time: exit,
            exit_price: 100.0,
            size: 1.0,
            fees: 0.0,
            pnl: 5.0,
            ret: 0.05,
            bars: (exit - entry) as u64,
            open,
            exit_reason: ExitReason::Rule,
            mae: 0.0,
            mfe: 0.0,
            ambiguous: false,
        }
    }

    #[test]
    fn a_position_stands_at_every_close_from_its_entry_to_the_one_before_its_exit() {
        let time: Vec<i64> = (0..8).collect();
        let trades = [trade(1, 3, Side::Long, false), trade(3, 4, Side::Short, false), trade(6, 7, Side::Long, true)];
        assert_eq!(positions(&trades, &time), [0.0, 1.0, 1.0, -1.0, 0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn in_however_many_parts_it_is_done_it_says_the_same() {
        let candles = candles(200);
        let equity: Vec<f64> = candles.close.iter().map(|close| close * 100.0).collect();
        let trades: Vec<Trade> = (0..12).map(|at| trade(at * 15, at * 15 + 7, Side::Long, false)).collect();
        let run = RunHistory {
            candles: &candles,
            equity: &equity,
            trades: &trades,
            capital: 10_000.0,
            bars_per_year: 365.0,
            risk_free: 0.0,
        };
        let run = MonteCarloRun::new(&run, 100, 7);
        let whole = run.result(vec![run.part(0, 1)]);
        for parts in [2, 7, 500] {
            assert_eq!(run.result((0..parts).map(|part| run.part(part, parts)).collect()), whole, "{parts}");
        }
        assert!(whole.bootstrap.block >= 7.0, "{whole:?}");
        assert_eq!((whole.trades, whole.bootstrap.repetitions), (12, 100));
        assert!(whole.shuffle.is_some() && whole.shifts.is_some_and(|test| test.shifts == 200));
    }
}
