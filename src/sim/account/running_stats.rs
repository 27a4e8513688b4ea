//! Running sums of one account: returns, drawdown, trades. No history, and no division unless something happened.

use super::tile_stats::{Extremes, Holding, LONG, ReturnSums, SPAN, SPANS, TileStats};
use crate::tile::resumable::resumable;

/// Everything that the metrics need to know of an account's equity and trades so far.
#[derive(Clone, Debug, PartialEq)]
pub struct RunningStats {
    /// Sums over the returns of all bars, each less what cash earns in a bar.
    pub returns: ReturnSums,
    /// Highest equity so far.
    peak: f64,
    /// Lowest `equity / peak` so far.
    low: f64,
    /// Only an equity at or below this can lower `low`: a multiplication saved a division.
    watch: f64,
    /// Bars below the peak until now, and the longest such run before.
    below: u64,
    longest: u64,
    /// Bars with a position at their close.
    pub exposed: u64,
    /// Closed trades.
    pub trades: TradeStats,
    /// All fees paid.
    pub fees: f64,
}

resumable!(
    RunningStats: returns,
    peak,
    low,
    watch,
    below,
    longest,
    exposed,
    trades,
    fees
);

impl Default for RunningStats {
    fn default() -> Self {
        Self {
            returns: ReturnSums::default(),
            peak: 0.0,
            low: 1.0,
            watch: 0.0,
            below: 0,
            longest: 0,
            exposed: 0,
            trades: TradeStats::default(),
            fees: 0.0,
        }
    }
}

impl RunningStats {
    /// A bar that took the equity from `before` to `equity`, in which cash earns `risk_free`.
    #[inline]
    pub fn bar(&mut self, before: f64, equity: f64, risk_free: f64) {
        self.returns.push(equity / before - 1.0 - risk_free);
        self.mark(equity);
    }

    /// `bars` bars without a position, in each of which cash earns `risk_free`.
    #[inline]
    pub fn flat(&mut self, bars: usize, equity: f64, risk_free: f64) {
        if risk_free != 0.0 {
            self.returns.add_times(&ReturnSums::of(-risk_free), bars);
        }
        if equity >= self.peak {
            self.rise(equity);
        } else {
            self.below += bars as u64;
        }
    }

    /// The tile's bars `from..to`, into and through all of which the same was held. Where they are cut into spans depends
    /// on their places alone, so that the sums of returns do too.
    #[inline]
    pub(super) fn held(&mut self, tile: &TileStats<'_>, from: usize, to: usize, holding: impl Holding) {
        if from == to {
            return; // ruined at once
        }
        self.exposed += (to - from) as u64;
        let mut sums = self.returns;
        if !holding.add_returns(tile, (from, to), &mut sums) {
            tile.add_returns(&mut sums, from, to);
        }
        self.returns = sums;
        // Most stretches do not reach the peak: only their lowest equity matters then.
        let (highest, lowest) = holding.extremes(&tile.extremes(from, to));
        if highest < self.peak {
            self.below += (to - from) as u64;
            self.dip(lowest);
            return;
        }
        let mut bar = from;
        while bar < to {
            if bar.is_multiple_of(LONG) && bar + LONG <= to {
                if !self.passes(&tile.long[bar / LONG], LONG, holding) {
                    for short in bar / SPAN..bar / SPAN + SPANS {
                        self.short_span(tile, short, holding);
                    }
                }
                bar += LONG;
            } else if bar.is_multiple_of(SPAN) && bar + SPAN <= to {
                self.short_span(tile, bar / SPAN, holding);
                bar += SPAN;
            } else {
                let end = ((bar / SPAN + 1) * SPAN).min(to);
                for &close in &tile.close[bar..end] {
                    self.mark(holding.equity(close));
                }
                bar = end;
            }
        }
    }

    /// The drawdown over one short span of the tile.
    fn short_span(&mut self, tile: &TileStats<'_>, short: usize, holding: impl Holding) {
        if !self.passes(&tile.short[short], SPAN, holding) {
            for &close in &tile.close[short * SPAN..(short + 1) * SPAN] {
                self.mark(holding.equity(close));
            }
        }
    }

    /// Takes a whole span of bars at once if it stays below the peak.
    fn passes(&mut self, span: &Extremes, bars: usize, holding: impl Holding) -> bool {
        let (highest, lowest) = holding.extremes(span);
        let stays_below = highest < self.peak;
        if stays_below {
            self.below += bars as u64;
            self.dip(lowest);
        }
        stays_below
    }

    /// Takes in the sums of the bars that follow, in which the equity was at least `lowest`; the longest run of bars below
    /// a peak is left as it is, since runs cannot be merged.
    pub fn merge(&mut self, later: &Self, lowest: f64) {
        self.returns.add(&later.returns);
        let peak = if later.peak > self.peak { later.peak } else { self.peak };
        // Below 0 the smaller peak gives the smaller quotient; there it is the last bar that matters, whose peak is known.
        let lows = if lowest < 0.0 { [lowest / peak; 2] } else { [later.low, lowest / self.peak] };
        let low = if lows[1] < lows[0] { lows[1] } else { lows[0] };
        if self.low >= 0.0 && low < self.low {
            self.low = low;
        }
        if later.peak > self.peak {
            self.peak = later.peak;
        }
        self.set_watch();
        self.exposed += later.exposed;
        self.trades.merge(&later.trades);
        self.fees += later.fees;
    }

    /// Makes all amounts of money so many times as large; returns and drawdowns stay as they are.
    pub(super) fn scale(&mut self, factor: f64) {
        self.peak *= factor;
        self.set_watch();
        self.fees *= factor;
        let TradeStats { profit, loss, mean, spread, .. } = &mut self.trades;
        for amount in [profit, loss, mean] {
            *amount *= factor;
        }
        *spread *= factor * factor;
    }

    /// Highest equity, and lowest `equity / peak`.
    #[must_use]
    pub fn extremes(&self) -> (f64, f64) {
        (self.peak, self.low)
    }

    /// Without anything but these.
    #[must_use]
    pub fn with_extremes(peak: f64, low: f64) -> Self {
        let mut stats = Self { peak, low, ..Self::default() };
        stats.set_watch();
        stats
    }

    /// Drops the runs of bars below a peak, which cannot be merged.
    pub(super) fn drop_runs(&mut self) {
        (self.below, self.longest) = (0, 0);
        self.set_watch();
    }

    /// Lowest `equity / peak`, minus 1.
    #[must_use]
    pub fn max_drawdown(&self) -> f64 {
        self.low - 1.0
    }

    /// Longest run of bars below an earlier peak.
    #[must_use]
    pub fn max_drawdown_bars(&self) -> u64 {
        self.longest.max(self.below)
    }

    #[inline]
    fn mark(&mut self, equity: f64) {
        if equity >= self.peak {
            self.rise(equity);
        } else {
            self.below += 1;
            self.dip(equity);
        }
    }

    #[inline]
    fn rise(&mut self, equity: f64) {
        self.longest = self.longest.max(self.below);
        self.below = 0;
        self.peak = equity;
        self.set_watch();
    }

    #[inline]
    fn dip(&mut self, equity: f64) {
        if equity <= self.watch {
            let ratio = equity / self.peak;
            if ratio < self.low {
                self.low = ratio;
                self.set_watch();
            }
        }
    }

    #[inline]
    fn set_watch(&mut self) {
        // A little above low * peak, so that rounding here can never hide a bar that sets a new low: the drawdown is
        // exactly the smallest quotient over all bars.
        let product = self.low * self.peak;
        self.watch = product + product.abs() * (8.0 * f64::EPSILON);
    }
}

/// What happened to an account beside its trades.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TradeCounts {
    /// Entries that were too small, or whose size or stop was undefined.
    pub rejected: u64,
    /// Entries that rested and were not filled.
    pub unfilled: u64,
    /// Positions whose margin was used up.
    pub liquidations: u64,
    /// Funding paid, less what was received.
    pub funding: f64,
    /// Interest paid.
    pub borrow: f64,
}

resumable!(TradeCounts: rejected, unfilled, liquidations, funding, borrow);

impl TradeCounts {
    /// Both together.
    #[must_use]
    #[inline]
    pub fn plus(self, other: Self) -> Self {
        Self {
            rejected: self.rejected + other.rejected,
            unfilled: self.unfilled + other.unfilled,
            liquidations: self.liquidations + other.liquidations,
            funding: self.funding + other.funding,
            borrow: self.borrow + other.borrow,
        }
    }
}

/// Sums over closed trades.
#[derive(Clone, Debug, PartialEq)]
pub struct TradeStats {
    /// Number of trades.
    pub count: u64,
    /// Trades with a profit, and with a loss.
    pub wins: u64,
    /// Trades with a loss.
    pub losses: u64,
    /// Sum of positive, and of negative profits.
    pub profit: f64,
    /// Sum of negative profits.
    pub loss: f64,
    /// Running mean of the profits, and sum of squared distances from it (Welford's form: no cancellation).
    pub mean: f64,
    /// Sum of squared distances from the mean.
    pub spread: f64,
    /// Sum of positive returns.
    pub win_returns: f64,
    /// Sum of negative returns.
    pub loss_returns: f64,
    /// Highest return.
    pub best: f64,
    /// Lowest return.
    pub worst: f64,
    /// Sum of bars held.
    pub bars: u64,
}

resumable!(
    TradeStats: count,
    wins,
    losses,
    profit,
    loss,
    mean,
    spread,
    win_returns,
    loss_returns,
    best,
    worst,
    bars
);

impl Default for TradeStats {
    fn default() -> Self {
        Self {
            count: 0,
            wins: 0,
            losses: 0,
            profit: 0.0,
            loss: 0.0,
            mean: 0.0,
            spread: 0.0,
            win_returns: 0.0,
            loss_returns: 0.0,
            best: f64::NEG_INFINITY,
            worst: f64::INFINITY,
            bars: 0,
        }
    }
}

impl TradeStats {
    /// Takes in the sums of the trades that follow (the moments by Chan's formula).
    #[expect(clippy::cast_precision_loss, reason = "no account makes 2^53 trades")]
    pub fn merge(&mut self, later: &Self) {
        if later.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = later.clone();
            return;
        }
        let (before, added) = (self.count as f64, later.count as f64);
        let (distance, all) = (later.mean - self.mean, before + added);
        self.mean += distance * added / all;
        self.spread += later.spread + distance * distance * before * added / all;
        self.count += later.count;
        self.wins += later.wins;
        self.losses += later.losses;
        self.profit += later.profit;
        self.loss += later.loss;
        self.win_returns += later.win_returns;
        self.loss_returns += later.loss_returns;
        self.best = self.best.max(later.best);
        self.worst = self.worst.min(later.worst);
        self.bars += later.bars;
    }

    /// Adds a closed trade.
    #[expect(clippy::cast_precision_loss, reason = "no account makes 2^53 trades")]
    #[inline]
    pub fn push(&mut self, pnl: f64, ret: f64, bars: u64) {
        self.count += 1;
        self.bars += bars;
        // Without branches, as nothing foretells which it is; sums that are never -0 do not change when 0 is added.
        let (won, lost) = (pnl > 0.0, pnl < 0.0);
        let only = |is_meant: bool, value: f64| f64::from_bits(value.to_bits() & u64::from(is_meant).wrapping_neg());
        self.wins += u64::from(won);
        self.losses += u64::from(lost);
        self.profit += only(won, pnl);
        self.loss += only(lost, pnl);
        self.win_returns += only(won, ret);
        self.loss_returns += only(lost, ret);
        let distance = pnl - self.mean;
        self.mean += distance / self.count as f64;
        self.spread += distance * (pnl - self.mean);
        if ret > self.best {
            self.best = ret;
        }
        if ret < self.worst {
            self.worst = ret;
        }
    }
}
