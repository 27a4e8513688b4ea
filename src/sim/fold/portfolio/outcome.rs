//! What becomes of an account over many assets: its equity, trades and sums, and from them the metrics.

use super::positions::AssetTrade;
use super::universe::Universe;
use crate::account::{
    BarTrade, Closed, Recorder, RunningStats, SegmentRecorder, SegmentTally, Settings, TileStats, TradeCounts,
};
use crate::candles::Candles;
use crate::interval::Interval;
use crate::metrics::{
    self, Benchmark, BenchmarkCandles, ClosedHistory, Closing, Detail, Detailed, HistoryStats, Outcome,
};

/// What an account held after a bar with fills.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsAt {
    /// The bar.
    pub bar: usize,
    /// Assets with the value of their positions at its close over the equity, by their numbers in the universe, ascending.
    pub weights: Vec<(usize, f64)>,
}

/// What is said of a portfolio beside the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PortfolioFigures {
    /// Bars with fills.
    pub rebalances: u64,
    /// Assets held at a close, on average.
    pub average_held: f64,
    /// Value of all positions, those sold short too, over the equity at a close, on average.
    pub average_invested: f64,
    /// Positions at the end.
    pub open: u64,
    /// Value of all fills.
    pub traded: f64,
}

/// An account over many assets, from the first bar to the last.
#[derive(Clone, Debug)]
pub struct PortfolioRun {
    closed: Closed,
    /// Equity at each close.
    pub equity: Vec<f64>,
    /// Trades in the order in which they ended; behind them those that are open.
    pub trades: Vec<AssetTrade>,
    /// Assets that are held at the end with their units, ascending.
    pub held: Vec<(usize, f64)>,
    /// What was held after each bar with fills, where that was wanted.
    pub weights: Vec<WeightsAt>,
    /// Figures beside the metrics.
    pub figures: PortfolioFigures,
}

/// Sums over the bars of an account.
pub(super) struct RunSums {
    run: PortfolioRun,
    before: f64,
    risk_free: f64,
    pub rebalances: u64,
    held: u64,
    invested: f64,
}

impl RunSums {
    pub(super) fn new(capital: f64, bars: usize, risk_free: f64) -> Self {
        let stats = RunningStats::default();
        let closed = Closed { equity: capital, open: false, ruined: false, stats, counts: None };
        let figures = PortfolioFigures::default();
        let equity = Vec::with_capacity(bars);
        let (trades, held, weights) = (Vec::new(), Vec::new(), Vec::new());
        let run = PortfolioRun { closed, equity, trades, held, weights, figures };
        Self { run, before: capital, risk_free, rebalances: 0, held: 0, invested: 0.0 }
    }

    pub(super) fn is_ruined(&self) -> bool {
        self.run.closed.ruined
    }

    pub(super) fn ruin(&mut self) {
        self.run.closed.ruined = true;
    }

    /// A bar that ended with this equity, in positions of these values.
    pub(super) fn bar(&mut self, equity: f64, values: impl Iterator<Item = f64>) {
        let (held, invested) = values.fold((0_u64, 0.0), |(held, sum), value| (held + 1, sum + value.abs()));
        let stats = &mut self.run.closed.stats;
        // What is gone has no returns.
        if self.before > 0.0 {
            stats.bar(self.before, equity, self.risk_free);
        } else {
            stats.flat(1, equity, self.risk_free);
        }
        stats.exposed += u64::from(held > 0);
        self.held += held;
        if equity > 0.0 {
            self.invested += invested / equity;
        }
        self.run.closed.equity = equity;
        self.run.equity.push(equity);
        self.before = equity;
    }

    pub(super) fn trades(&mut self, ended: impl IntoIterator<Item = AssetTrade>) {
        for ended in ended {
            let trade = &ended.trade;
            let bars = (trade.exit_bar - trade.entry_bar) as u64;
            self.run.closed.stats.trades.push(trade.pnl, trade.ret, bars);
            self.run.trades.push(ended);
        }
    }

    pub(super) fn weights(&mut self, bar: usize, weights: Vec<(usize, f64)>) {
        self.run.weights.push(WeightsAt { bar, weights });
    }

    /// What happened beside the trades.
    pub(super) fn count(&mut self, counts: TradeCounts) {
        self.run.closed.counts = Some(counts);
    }

    /// Value of the fills of all trades that have ended, and of the entries of those that are open.
    pub(super) fn traded_with(&self, open: &[AssetTrade]) -> f64 {
        let fills = |trade: &BarTrade| {
            let left = if trade.open { None } else { Some(trade.size * trade.exit_price) };
            std::iter::once(trade.size * trade.entry_price).chain(left)
        };
        self.run.trades.iter().chain(open).flat_map(|ended| fills(&ended.trade)).fold(0.0, |sum, value| sum + value)
    }

    /// The account with the positions that are open after its last bar, and the fees and values of all fills.
    pub(super) fn close(
        mut self,
        (open, held): (Vec<AssetTrade>, Vec<(usize, f64)>),
        (fees, traded): (f64, f64),
    ) -> PortfolioRun {
        #[expect(clippy::cast_precision_loss, reason = "bars and assets are far below 2^53")]
        let (bars, all_held) = (self.run.equity.len() as f64, self.held as f64);
        let run = &mut self.run;
        run.figures = PortfolioFigures {
            rebalances: self.rebalances,
            average_held: all_held / bars,
            average_invested: self.invested / bars,
            open: open.len() as u64,
            traded,
        };
        run.held = held;
        run.closed.open = !open.is_empty();
        run.closed.stats.fees = fees;
        run.trades.extend(open);
        self.run
    }
}

/// What accounts over a universe are measured against.
#[derive(Clone, Debug)]
pub struct PortfolioBenchmark {
    /// What buying and holding equal parts is worth at each close.
    pub hold: Vec<f64>,
    benchmark: Benchmark,
}

impl PortfolioBenchmark {
    /// Buying and holding the universe itself, or another asset.
    #[must_use]
    pub fn new(universe: &Universe, capital: f64, other: Option<&BenchmarkCandles>) -> Self {
        let hold = universe.buy_and_hold(capital);
        let candles = Candles { time: universe.time.clone(), close: hold.clone(), ..Candles::default() };
        Self { benchmark: Benchmark::new(&candles, other), hold }
    }
}

impl PortfolioRun {
    /// The metrics up to this detail. Open trades are the positions at the end, and turnover counts every fill.
    ///
    /// # Panics
    /// When the account has no bar.
    #[must_use]
    pub fn outcome(
        &self,
        universe: &Universe,
        (settings, interval): (&Settings, Interval),
        benchmark: &PortfolioBenchmark,
        detail: Detail,
    ) -> Outcome {
        let (bars, last) = (self.equity.len() as u64, self.equity.len() - 1);
        let (start, end) = (universe.time[0], universe.time[last]);
        let bars_per_year = settings.year.bars(interval, bars, start, end);
        let (capital, hold) = (settings.capital, &benchmark.hold);
        let mut metrics = metrics::compute(&Closing {
            account: &self.closed,
            capital,
            bars,
            bars_per_year,
            first_close: hold[0],
            last_close: hold[last],
        });
        #[expect(clippy::cast_precision_loss, reason = "a number of assets")]
        let open = self.figures.open as f64;
        if let Some(place) = metrics::find("open_trades") {
            metrics[place] = Some(open);
        }
        if detail > Detail::Sums {
            let history = HistoryStats::new(capital, &benchmark.benchmark, detail);
            let mut recorder = Detailed { inner: (), history };
            self.equity.iter().for_each(|equity| recorder.equity(*equity));
            self.trades.iter().for_each(|trade| recorder.trade(trade.trade));
            let mut stats = recorder.history;
            stats.set_traded(self.figures.traded);
            let risk_free = settings.risk_free_per_bar(bars_per_year);
            metrics::complete(&mut metrics, &ClosedHistory { stats: &stats, bars, bars_per_year, risk_free }, detail);
        }
        Outcome { bars, start, end, ruined: self.closed.ruined, detail, metrics }
    }

    /// Statistics of each segment of the account: one more than there are `borders`, which are the bars at which segments
    /// begin, sorted.
    #[must_use]
    pub fn segments<S: SegmentTally>(&self, borders: &[usize], capital: f64, risk_free: f64) -> Vec<S> {
        let tile = TileStats::new().with_risk_free(risk_free);
        let mut recorder = SegmentRecorder::new(borders, capital);
        let mut is_held = vec![false; self.equity.len()];
        for AssetTrade { trade, .. } in &self.trades {
            // At the close of its last bar a closed trade is over.
            is_held[trade.entry_bar..trade.exit_bar + usize::from(trade.open)].fill(true);
        }
        let (mut before, mut trades) = (capital, self.trades.iter().peekable());
        for (bar, (&equity, is_held)) in self.equity.iter().zip(is_held).enumerate() {
            recorder.bar(&tile, bar, before, equity, is_held);
            before = equity;
            while let Some(ended) = trades.next_if(|ended| ended.trade.exit_bar == bar) {
                recorder.trade(ended.trade);
            }
        }
        recorder.finish()
    }

    /// The account by the bars of the part of the axis that begins at this bar, with which it began.
    #[must_use]
    pub fn since(mut self, start: usize) -> Self {
        for AssetTrade { trade, .. } in &mut self.trades {
            trade.entry_bar = trade.entry_bar.saturating_sub(start);
            trade.exit_bar = trade.exit_bar.saturating_sub(start);
        }
        self
    }

    /// The profit of each asset's trades, the open one's too, as a fraction of the capital: together the total return.
    #[must_use]
    pub fn contributions(&self, assets: usize, capital: f64) -> Vec<f64> {
        let mut sums = vec![0.0; assets];
        for AssetTrade { asset, trade } in &self.trades {
            sums[*asset] += trade.pnl / capital;
        }
        sums
    }
}
