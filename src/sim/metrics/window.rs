//! Metrics of a window of time, from the merged statistics of its segments.

use std::ops::Range;

use super::formulas::Closing;
use super::table::TABLE;
use crate::account::{Closed, RunningStats, SegmentReturns, SegmentStats, SegmentTally};

/// Metrics that sums over returns give: a segment keeps little for them.
const OF_RETURNS: [&str; 10] = [
    "total_return",
    "final_equity",
    "cagr",
    "volatility",
    "sharpe",
    "sortino",
    "omega",
    "buy_hold_return",
    "exposure",
    "trades",
];
/// Metrics that need each bar's equity or the trades' profits.
const OF_STATS: [&str; 17] = [
    "max_drawdown",
    "calmar",
    "recovery_factor",
    "open_trades",
    "win_rate",
    "profit_factor",
    "expectancy",
    "avg_win",
    "avg_loss",
    "avg_trade",
    "best_trade",
    "worst_trade",
    "avg_bars_held",
    "sqn",
    "fees_paid",
    "payoff_ratio",
    "kelly",
];

/// How much is kept of each segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentDetail {
    /// [`SegmentReturns`].
    #[default]
    Returns,
    /// [`SegmentStats`].
    Stats,
}

impl SegmentDetail {
    /// What a metric, by its place in [`TABLE`], needs; none where segments cannot be merged to it.
    #[must_use]
    pub fn of_metric(metric: usize) -> Option<Self> {
        let name = TABLE.get(metric)?.name;
        if OF_RETURNS.contains(&name) { Some(Self::Returns) } else { OF_STATS.contains(&name).then_some(Self::Stats) }
    }

    /// The metrics that statistics of this detail give, by their places in [`TABLE`].
    pub fn metrics(self) -> impl Iterator<Item = usize> {
        (0..TABLE.len()).filter(move |&metric| Self::of_metric(metric).is_some_and(|needs| needs <= self))
    }
}

/// Statistics of a segment that the formulas of metrics can read.
pub trait SegmentSums: SegmentTally {
    /// Writes what it knows of an account that ended with the segment.
    fn put(&self, closed: &mut Closed);

    /// Sum of the returns, and of their squares.
    fn moments(&self) -> [f64; 2];
}

impl SegmentSums for SegmentReturns {
    fn put(&self, closed: &mut Closed) {
        closed.equity = self.equity;
        closed.stats.returns = self.returns;
        closed.stats.exposed = u64::from(self.exposed);
        closed.stats.trades.count = u64::from(self.trades);
    }

    fn moments(&self) -> [f64; 2] {
        [self.returns.gains - self.returns.losses, self.returns.squares]
    }
}

impl SegmentSums for SegmentStats {
    fn put(&self, closed: &mut Closed) {
        closed.equity = self.equity;
        closed.open = self.is_open;
        closed.stats = self.sums.clone();
    }

    fn moments(&self) -> [f64; 2] {
        [self.sums.returns.gains - self.sums.returns.losses, self.sums.returns.squares]
    }
}

/// The bars of a window, and the metrics of accounts in it.
#[derive(Clone, Debug)]
pub struct WindowMetrics {
    bars: u64,
    bars_per_year: f64,
    closes: (f64, f64),
    closed: Closed,
}

impl WindowMetrics {
    /// For a window of these stretches of bars, in order of time and none empty, as if nothing lay between them; `close` has
    /// the closes of the whole range, and `bars_per_year` is that of the whole range, so that windows can be compared with it.
    ///
    /// # Panics
    /// When there is no stretch, or one of them is not among the bars.
    #[must_use]
    pub fn new(close: &[f64], stretches: &[Range<usize>], bars_per_year: f64) -> Self {
        let account = Closed { equity: 0.0, open: false, ruined: false, stats: RunningStats::default(), counts: None };
        let Range { start, end } = stretches[0];
        let last = |last: f64, later: &Range<usize>| last * (close[later.end - 1] / close[later.start - 1]);
        let closes = (close[start], stretches[1..].iter().fold(close[end - 1], last));
        Self { bars: stretches.iter().map(|bars| bars.len() as u64).sum(), bars_per_year, closes, closed: account }
    }

    /// Number of bars.
    #[must_use]
    pub fn bars(&self) -> u64 {
        self.bars
    }

    /// Reads the merged statistics of an account's segments in the window; gives the value of each metric, by its place in
    /// [`TABLE`]. All are undefined of an account that had nothing left before the window (`capital`, the equity at the
    /// close before it).
    pub fn read<'a, S: SegmentSums>(
        &'a mut self,
        stats: &S,
        capital: f64,
    ) -> impl Fn(usize) -> Option<f64> + use<'a, S> {
        stats.put(&mut self.closed);
        let Self { bars, bars_per_year, closes: (first_close, last_close), ref closed } = *self;
        let closing = Closing { account: closed, capital, bars, bars_per_year, first_close, last_close };
        move |metric| if capital > 0.0 { TABLE[metric].value(&closing) } else { None }
    }
}
