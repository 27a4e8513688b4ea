//! Figures that need every bar: what an account did beside its benchmark, the shape of its returns, its runs of trades.
//!
//! Only those who ask for them pay for them: a recorder adds them up while the account goes on, so the account itself
//! knows nothing of it, and a sweep that does not ask is as fast as ever.

use std::cell::OnceCell;

use super::benchmark::Benchmark;
use super::tails::{TailFigures, Tails};
use crate::account::{BarTrade, Recorder, TileStats};

/// How much of a result is worked out; each holds what the ones before it hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detail {
    /// What every account adds up anyway: all that a sweep computes unless it is asked for more.
    #[default]
    Sums,
    /// What needs the equity at each close, in a few sums.
    EachBar,
    /// What needs the returns of all bars at once.
    AllReturns,
}

/// A recorder that adds up what the metrics need of each bar and each trade, and passes everything on to `inner`.
#[derive(Clone, Debug)]
pub struct Detailed<'a, R> {
    /// Who else is told.
    pub inner: R,
    /// The sums.
    pub history: HistoryStats<'a>,
}

impl<R: Recorder> Recorder for Detailed<'_, R> {
    const EQUITY: bool = true;
    const SPANS: bool = R::SPANS;

    fn trade(&mut self, trade: BarTrade) {
        self.history.trade(&trade);
        self.inner.trade(trade);
    }

    fn equity(&mut self, equity: f64) {
        self.history.bar(equity);
        if R::EQUITY {
            self.inner.equity(equity);
        }
    }

    fn flat(&mut self, tile: &TileStats<'_>, from: usize, to: usize, equity: f64) {
        self.inner.flat(tile, from, to, equity);
    }

    fn held(&mut self, tile: &TileStats<'_>, from: usize, to: usize, units: f64) {
        self.inner.held(tile, from, to, units);
    }

    fn bar(&mut self, tile: &TileStats<'_>, bar: usize, before: f64, equity: f64, is_held: bool) {
        self.inner.bar(tile, bar, before, equity, is_held);
    }
}

/// Sums over the bars and the trades of one account.
#[derive(Clone, Debug)]
pub struct HistoryStats<'a> {
    pub(super) benchmark: &'a Benchmark,
    bar: usize,
    before: f64,
    peak: f64,
    /// Of the last bar.
    squared_drawdown: f64,
    /// Sums of the powers of the returns.
    pub(super) powers: [f64; 4],
    pub(super) equity: f64,
    pub(super) squared_drawdowns: f64,
    /// Over the bars in which the benchmark has a return: of the account's returns, of their products with the benchmark's
    /// distance from its mean, of the differences from the benchmark, and of their squares.
    pub(super) paired: f64,
    pub(super) covariation: f64,
    pub(super) active: f64,
    pub(super) active_squares: f64,
    /// Value of all fills.
    pub(super) traded: f64,
    wins: Streak,
    losses: Streak,
    tails: Option<Tails>,
    /// Their figures, which three metrics want and which take a sort of a tenth of all returns.
    tail_figures: OnceCell<TailFigures>,
}

impl<'a> HistoryStats<'a> {
    /// Before the first bar of an account with this capital.
    #[must_use]
    pub fn new(capital: f64, benchmark: &'a Benchmark, detail: Detail) -> Self {
        Self {
            benchmark,
            bar: 0,
            before: capital,
            peak: f64::NEG_INFINITY,
            squared_drawdown: 0.0,
            powers: [0.0; 4],
            equity: 0.0,
            squared_drawdowns: 0.0,
            paired: 0.0,
            covariation: 0.0,
            active: 0.0,
            active_squares: 0.0,
            traded: 0.0,
            wins: Streak::default(),
            losses: Streak::default(),
            tails: (detail == Detail::AllReturns).then(|| Tails::new(benchmark.returns.len())),
            tail_figures: OnceCell::new(),
        }
    }

    /// Sets the value of all fills, where trades do not tell it.
    pub fn set_traded(&mut self, traded: f64) {
        self.traded = traded;
    }

    /// Longest runs of trades with a profit, and of trades with a loss.
    pub(super) fn streaks(&self) -> (u64, u64) {
        (self.wins.longest, self.losses.longest)
    }

    /// Figures of the tails, where they were asked for; to be called once all bars are in.
    pub(super) fn tails(&self) -> Option<TailFigures> {
        self.tails.as_ref().map(|tails| *self.tail_figures.get_or_init(|| tails.figures()))
    }

    fn bar(&mut self, equity: f64) {
        // An account that is ruined at exactly 0 stays there, and has no return: 0 / 0. Nor is any other bar worked out in
        // which nothing moves: what it would add to most sums is 0.
        #[expect(clippy::float_cmp, reason = "only what is exactly the same has not moved")]
        let moves = equity != self.before;
        let value = if moves { self.moved(equity) } else { 0.0 };
        self.equity += equity;
        if equity >= self.peak {
            self.peak = equity;
            self.squared_drawdown = 0.0;
        } else if moves && self.peak > 0.0 {
            let drawdown = equity / self.peak - 1.0;
            self.squared_drawdown = drawdown * drawdown;
        }
        self.squared_drawdowns += self.squared_drawdown;
        let market = self.benchmark.returns[self.bar];
        self.bar += 1;
        if !market.is_nan() {
            if moves {
                self.paired += value;
                self.covariation += (market - self.benchmark.mean) * value;
            }
            let active = value - market;
            // An account that holds its benchmark differs from it by rounding alone.
            if active.abs() > 8.0 * f64::EPSILON * (1.0 + market.abs()) {
                self.active += active;
                self.active_squares += active * active;
            }
        }
        if let Some(tails) = &mut self.tails {
            tails.push(value);
        }
    }

    /// The return of a bar that ends with another equity than the one before.
    fn moved(&mut self, equity: f64) -> f64 {
        let value = equity / self.before - 1.0;
        self.before = equity;
        let square = value * value;
        for (sum, power) in self.powers.iter_mut().zip([value, square, square * value, square * square]) {
            *sum += power;
        }
        value
    }

    fn trade(&mut self, trade: &BarTrade) {
        self.traded += trade.size * trade.entry_price;
        if trade.open {
            return;
        }
        self.traded += trade.size * trade.exit_price;
        self.wins.push(trade.pnl > 0.0);
        self.losses.push(trade.pnl < 0.0);
    }
}

/// The longest run.
#[derive(Clone, Copy, Debug, Default)]
struct Streak {
    now: u64,
    longest: u64,
}

impl Streak {
    fn push(&mut self, goes_on: bool) {
        self.now = if goes_on { self.now + 1 } else { 0 };
        self.longest = self.longest.max(self.now);
    }
}
