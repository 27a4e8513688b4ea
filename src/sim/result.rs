//! One result as every output sees it, its equity bar by bar, and the totals of many.

mod score_row;
mod signal;
mod strategy_totals;

pub use self::score_row::{HoldingRow, ScoreRow};
pub use self::signal::{Signal, SignalKind};
pub use self::strategy_totals::StrategyTotals;

use crate::account::{Direction, Fill, Settings, Side, Trade};
use crate::candles::Candles;
use crate::interval::{Interval, Millis};
use crate::metrics::validation::ReturnShape;
use crate::metrics::{self, Metrics, Outcome, RankBy, never_traded};

/// What identifies the candles of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CandleId {
    /// Digest of the candles in the range.
    pub digest: [u8; 32],
    /// Their number.
    pub bars: u64,
    /// Open time of the first.
    pub start: Millis,
    /// Open time of the last.
    pub end: Millis,
    /// Digest of the finer bars inside them, by which levels are looked at.
    pub detail: Option<[u8; 32]>,
    /// Digest of the funding rates of their market.
    pub funding: Option<[u8; 32]>,
    /// The bars before them that warm up the rules, where there are any.
    pub warmup: Option<WarmupId>,
    /// Digest of the columns of the file beside the usual ones that rules read.
    pub own: Option<[u8; 32]>,
}

/// What identifies the bars that warm up the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmupId {
    /// Digest of these and the candles of the result.
    pub digest: [u8; 32],
    /// Their number.
    pub bars: u64,
}

impl CandleId {
    /// Number of bars that warm up the rules.
    #[must_use]
    pub fn warmup_bars(&self) -> u64 {
        self.warmup.map_or(0, |warmup| warmup.bars)
    }
}

/// Where a result came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheState {
    /// Read from the cache.
    Hit,
    /// Computed, because the cache did not have it or was not asked.
    Miss,
    /// Computed, the cache being switched off.
    Off,
}

impl CacheState {
    /// As in the outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Off => "off",
        }
    }
}

/// What stands at the close of the last bar: the position, and the order that fills at the next open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LastBar {
    /// Open time of the last bar.
    pub time: Millis,
    /// The position at its close.
    pub position: Option<Side>,
    /// Whether the position is closed at the next open.
    pub closes: bool,
    /// The position that is opened at the next open.
    pub opens: Option<Side>,
    /// An entry that waits for its price in the next bar.
    pub waiting: Option<LastWaiting>,
}

/// An entry that waits for its price after the last bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LastWaiting {
    /// The position that it opens.
    pub side: Side,
    /// A limit order; else a stop order.
    pub is_limit: bool,
    /// Its price.
    pub price: f64,
    /// Bars in which it still waits, the next one among them.
    pub bars: u64,
}

impl LastWaiting {
    /// The kind of order: `limit` or `stop`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        if self.is_limit { "limit" } else { "stop" }
    }
}

impl LastBar {
    /// The orders that fill at the next open, as `entry`, `exit`, `short_entry` and `short_exit`; an exit first.
    #[must_use]
    pub fn orders(&self) -> Vec<&'static str> {
        let exit = self.closes.then(|| if self.position == Some(Side::Short) { "short_exit" } else { "exit" });
        let entry = self.opens.map(|side| if side == Side::Short { "short_entry" } else { "entry" });
        exit.into_iter().chain(entry).collect()
    }
}

/// One result.
#[derive(Clone, Debug)]
pub struct Row {
    /// Symbol of the asset.
    pub symbol: String,
    /// Length of a bar.
    pub interval: Interval,
    /// Name of the strategy.
    pub strategy: String,
    /// Every parameter with its value, in the strategy's order.
    pub params: Vec<(String, f64)>,
    /// Account settings.
    pub settings: Settings,
    /// Symbol of the asset that it is measured against; none where that is its own.
    pub benchmark: Option<String>,
    /// Bars before its range that warmed up its rules.
    pub warmup_bars: u64,
    /// Metrics and range.
    pub outcome: Outcome,
    /// The trades, when they were asked for.
    pub trades: Option<Vec<Trade>>,
    /// Where it came from.
    pub cache: CacheState,
    /// Its identity, 64 hex digits.
    pub key: String,
    /// Time it took, in milliseconds.
    pub elapsed_ms: f64,
}

impl Row {
    /// Bars in a year of its candles.
    #[must_use]
    pub fn bars_per_year(&self) -> f64 {
        let Outcome { bars, start, end, .. } = self.outcome;
        self.settings.year.bars(self.interval, bars, start, end)
    }

    /// A metric, by its name, of buying at the first close and holding, without costs; none where it is not known.
    #[must_use]
    pub fn buy_hold(&self, name: &str) -> Option<f64> {
        if let Some(metric) = metrics::find(&format!("buy_hold_{name}")) {
            return self.outcome.metrics[metric];
        }
        let growth = self.outcome.metrics[metrics::find("buy_hold_return")?]?;
        match name {
            "total_return" => Some(growth),
            "final_equity" => Some(self.settings.capital * (1.0 + growth)),
            #[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
            "cagr" => {
                let years = self.outcome.bars as f64 / self.bars_per_year();
                Some(libm::pow(1.0 + growth, 1.0 / years) - 1.0).filter(|rate| rate.is_finite())
            }
            _ => None,
        }
    }

    /// The returns of its bars, as far as the uncertainty of its Sharpe ratio depends on them; none where it has no Sharpe
    /// ratio, or where skew and kurtosis were not worked out.
    #[must_use]
    pub fn return_shape(&self) -> Option<ReturnShape> {
        ReturnShape::of_outcome(&self.outcome, self.bars_per_year())
    }
}

/// Equity at every close, and two series that follow from it. All three are as long as `time`.
#[derive(Clone, Debug, PartialEq)]
pub struct EquityCurve {
    /// Open time of each bar.
    pub time: Vec<Millis>,
    /// Equity at the close of each bar, in quote currency.
    pub equity: Vec<f64>,
    /// Equity against its highest value so far, as a fraction: 0 at a peak, else below.
    pub drawdown: Vec<f64>,
    /// What the capital would be worth, had it bought at the first close and paid nothing for it.
    pub buy_hold: Vec<f64>,
}

impl EquityCurve {
    /// The curve of an account with this equity at the closes of these candles, as many as there are.
    ///
    /// # Panics
    /// When there is no bar, or not one value of equity for each.
    #[must_use]
    pub fn new(candles: &Candles, equity: Vec<f64>, capital: f64) -> Self {
        Self::of_closes(candles.time.clone(), equity, &candles.close, capital)
    }

    /// The same from the open times of bars and their closes, as many as there are values of equity.
    ///
    /// # Panics
    /// As [`EquityCurve::new`].
    #[must_use]
    pub fn of_closes(time: Vec<Millis>, equity: Vec<f64>, close: &[f64], capital: f64) -> Self {
        assert_eq!(close.len(), equity.len(), "one value for each bar");
        let first = close[0];
        let buy_hold = close.iter().map(|close| capital * (close / first)).collect();
        Self { time, drawdown: drawdown(&equity), equity, buy_hold }
    }
}

/// How far each value is below the highest one so far, as a fraction.
#[must_use]
pub fn drawdown(equity: &[f64]) -> Vec<f64> {
    let mut peak = f64::NEG_INFINITY;
    let one = |&value: &f64| {
        peak = peak.max(value);
        // Nothing can fall from a peak of 0 or less: an account that was ruined by its first bar.
        if peak > 0.0 { value / peak - 1.0 } else { 0.0 }
    };
    equity.iter().map(one).collect()
}

/// One window of a walk as every output has it.
#[derive(Clone, Debug)]
pub struct WindowRow {
    /// Symbol of the asset.
    pub symbol: String,
    /// Length of a bar.
    pub interval: Interval,
    /// Name of the strategy.
    pub strategy: String,
    /// Its number, from 1; none of the holdout.
    pub number: Option<u64>,
    /// Open times of the first and of the last bar on which parameters were chosen.
    pub train: (Millis, Millis),
    /// Number of these bars.
    pub train_bars: u64,
    /// Open times of the first and of the last bar on which they were tested.
    pub test: (Millis, Millis),
    /// Number of these bars.
    pub test_bars: u64,
    /// Whether the data end before its test would.
    pub is_partial: bool,
    /// What was chosen.
    pub choice: ChoiceRow,
}

/// One split of a cross-validation as every output has it.
#[derive(Clone, Debug)]
pub struct SplitRow {
    /// Symbol of the asset.
    pub symbol: String,
    /// Length of a bar.
    pub interval: Interval,
    /// Name of the strategy.
    pub strategy: String,
    /// Its number, from 1.
    pub number: u64,
    /// Numbers of the groups that it tests, from 1.
    pub tested: Vec<usize>,
    /// Number of bars on which parameters were chosen.
    pub train_bars: u64,
    /// Number of bars on which they were tested.
    pub test_bars: u64,
    /// What was chosen.
    pub choice: ChoiceRow,
}

/// What was chosen in a window or a split, as every output has it.
#[derive(Clone, Debug)]
pub struct ChoiceRow {
    /// Parameters that were chosen, in the strategy's order; none for cash.
    pub params: Vec<(String, f64)>,
    /// The metric that chose, in sample and out of sample.
    pub metric: (Option<f64>, Option<f64>),
    /// Total return in sample and out of sample.
    pub total_return: (Option<f64>, Option<f64>),
    /// Closed trades in sample and out of sample.
    pub trades: (Option<f64>, Option<f64>),
    /// Trades that were closed out of sample and had begun before; none for cash.
    pub trades_spanning: Option<u64>,
    /// Place among the points by the metric out of sample, 1 the best; none for cash.
    pub rank: Option<u64>,
    /// Points among which that is the place.
    pub points: u64,
    /// Points that could be chosen: that fulfil the filter.
    pub passing: u64,
}

/// What is said of an account over many assets beside its metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct PortfolioSummary {
    /// Assets in all.
    pub assets: usize,
    /// Those that trade at the first bar.
    pub assets_at_start: usize,
    /// Those that trade at the last bar.
    pub assets_at_end: usize,
    /// Bars with fills.
    pub rebalances: u64,
    /// Assets held at a close, on average.
    pub average_held: f64,
    /// Value of all positions, those sold short too, over the equity at a close, on average.
    pub average_invested: f64,
    /// Symbol of each asset, and the profit of its trades as a fraction of the capital.
    pub contributions: Vec<(String, f64)>,
}

/// What was held of one asset after a bar with fills.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightRow {
    /// Open time of the bar.
    pub time: Millis,
    /// Symbol of the asset.
    pub symbol: String,
    /// Value of the position at the bar's close over the equity; below 0 when sold short.
    pub weight: f64,
}

/// An asset without a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// Symbol of the asset.
    pub symbol: String,
    /// What is wrong, where, and the remedy.
    pub reason: String,
}

/// The totals of a batch.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Assets asked for.
    pub assets: usize,
    /// Strategies asked for.
    pub strategies: usize,
    /// Results asked for.
    pub combinations: usize,
    /// Combinations that are not computed.
    pub skipped: usize,
    /// Those of them that break their strategy's `require`; the others have a value that an indicator does not take.
    pub broken: usize,
    /// Assets without a result.
    pub failed: Vec<Failed>,
    /// Results read from the cache.
    pub hits: usize,
    /// Results computed.
    pub misses: usize,
    /// Bars, summed over the assets.
    pub bars: u64,
    /// Time spent reading candles, summed over threads, in milliseconds.
    pub load_ms: f64,
    /// Wall time from candles in memory to the last metric, in milliseconds.
    pub compute_ms: f64,
    /// Time from the request to the last result, in milliseconds.
    pub elapsed_ms: f64,
}

/// What a ranking of all results shows beside the best: a choice at random would have given the median, and the worst is
/// as likely as the best.
#[derive(Clone, Copy, Debug)]
pub struct RankSpread<'a> {
    /// The median of all by the metric that ranks, undefined ones last.
    pub median: Option<&'a Row>,
    /// The worst of all.
    pub worst: Option<&'a Row>,
    /// Results that never opened a position.
    pub never_traded: usize,
    /// Results that rank after the others because of their few trades.
    pub few_trades: usize,
}

impl<'a> RankSpread<'a> {
    /// Of all results, in any order.
    #[must_use]
    pub fn of(rows: &'a [Row], by: RankBy) -> Self {
        let alone = RankBy::metric(by.metric);
        let mut sorted: Vec<&Row> = rows.iter().collect();
        sorted.sort_by_cached_key(|row| alone.rank(&row.outcome.metrics));
        let count = |is: &dyn Fn(&Metrics) -> bool| rows.iter().filter(|row| is(&row.outcome.metrics)).count();
        Self {
            median: sorted.get(sorted.len() / 2).copied(),
            worst: sorted.last().copied(),
            never_traded: count(&|metrics| never_traded(metrics)),
            few_trades: count(&|metrics| by.has_few_trades(metrics)),
        }
    }
}

impl Side {
    /// As in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }

    /// The one that has this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Long, Self::Short].into_iter().find(|one| one.name() == name)
    }
}

impl Fill {
    /// As in every output, and as `--fill` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NextOpen => "next-open",
            Self::Close => "close",
        }
    }

    /// The one that has this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::NextOpen, Self::Close].into_iter().find(|one| one.name() == name)
    }
}

impl Direction {
    /// As in every output, and as `--direction` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
            Self::Both => "both",
        }
    }

    /// The one that has this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Long, Self::Short, Self::Both].into_iter().find(|one| one.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawdown_is_counted_from_the_highest_value_so_far() {
        assert_eq!(drawdown(&[100.0, 50.0, 200.0, 150.0, 200.0]), [0.0, -0.5, 0.0, -0.25, 0.0]);
        assert_eq!(drawdown(&[-5.0, -6.0]), [0.0, 0.0]);
    }

    #[test]
    fn buying_and_holding_begins_with_the_capital() {
        let candles = Candles {
            time: vec![0, 1],
            open: vec![1.0; 2],
            high: vec![4.0; 2],
            low: vec![1.0; 2],
            close: vec![2.0, 3.0],
            volume: vec![0.0; 2],
        };
        let curve = EquityCurve::new(&candles, vec![10.0, 11.0], 10.0);
        assert_eq!(curve.buy_hold, [10.0, 15.0]);
        assert_eq!(curve.time, [0, 1]);
    }
}
