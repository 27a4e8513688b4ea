//! Every metric, a line each: names, unit, which end is better, formula.

use super::formulas::{
    Closing, cagr, counted, deviation, expectancy, float, max_drawdown, sharpe, sortino, sqn, total_return, trades,
};

/// Unit of a metric, which says how tables show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A fraction gained or lost; tables show percent with its sign.
    Gain,
    /// A fraction of a whole; tables show percent.
    Share,
    /// Quote currency.
    Currency,
    /// A pure number.
    Ratio,
    /// A whole number.
    Count,
    /// A number of bars.
    Bars,
}

impl Unit {
    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gain => "gain",
            Self::Share => "share",
            Self::Currency => "currency",
            Self::Ratio => "ratio",
            Self::Count => "count",
            Self::Bars => "bars",
        }
    }

    /// Whether it is a fraction, which people see in percent.
    #[must_use]
    pub const fn is_fraction(self) -> bool {
        matches!(self, Self::Gain | Self::Share)
    }
}

/// Which end of a metric a trader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// Which half of a result's card a metric is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What the equity did.
    Equity,
    /// What the trades did.
    Trades,
}

/// One line of the table of metrics: all that is to be known of one.
pub struct Metric {
    /// Name in all outputs.
    pub name: &'static str,
    /// Name in tables for people.
    pub label: &'static str,
    /// Half of the card.
    pub group: Group,
    /// Unit.
    pub unit: Unit,
    /// How it is sorted: the better end first.
    pub better: Better,
    /// Whether a better value makes a better result; not where it says what was done, or what the market did.
    pub is_merit: bool,
    /// Whether people see a plus before what is above zero, and colours.
    pub is_signed: bool,
    /// One line for people.
    pub about: &'static str,
    /// The formula.
    formula: fn(&Closing<'_>) -> f64,
}

impl Metric {
    /// The place of a value among others, the better the smaller; undefined ones come last.
    #[must_use]
    pub fn rank(&self, value: Option<f64>) -> f64 {
        let sign = if self.better == Better::Higher { -1.0 } else { 1.0 };
        value.map_or(f64::INFINITY, |value| sign * value)
    }

    /// Whether its values are whole numbers.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.unit == Unit::Count || self.name == "max_drawdown_bars"
    }

    /// Which of several results are better than the others by this metric: none where all are equal or only one has
    /// it, and none by a metric that is no merit.
    #[must_use]
    pub fn best_of(&self, values: &[Option<f64>]) -> Vec<usize> {
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        let best = match self.better {
            Better::Higher => known.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Better::Lower => known.iter().copied().fold(f64::INFINITY, f64::min),
        };
        // What differs by rounding alone is equal.
        let is_best = |value: f64| (value - best).abs() <= 1e-9 * best.abs().max(value.abs());
        if known.len() < 2 || known.iter().all(|value| is_best(*value)) || !self.is_merit {
            return Vec::new();
        }
        (0..values.len()).filter(|&at| values[at].is_some_and(is_best)).collect()
    }

    /// Less is better.
    const fn lower(self) -> Self {
        Self { better: Better::Lower, ..self }
    }

    /// Says what was done, or what the market did, and not how well.
    const fn no_merit(self) -> Self {
        Self { is_merit: false, ..self }
    }

    const fn signed(self) -> Self {
        Self { is_signed: true, ..self }
    }
}

/// Number of metrics.
pub const COUNT: usize = 29;

/// Every metric.
pub static TABLE: [Metric; COUNT] = {
    use Group::{Equity, Trades};
    use Unit::{Bars, Count, Currency, Gain, Ratio, Share};
    [
        line("total_return", "Return", Equity, Gain, "final equity / capital - 1", total_return),
        line("final_equity", "Final equity", Equity, Currency, "equity at the last close", |c| c.account.equity),
        line("cagr", "CAGR", Equity, Gain, "total return as a rate per year", cagr),
        line("volatility", "Volatility", Equity, Share, "standard deviation of the returns, per year", |c| {
            deviation(c) * c.bars_per_year.sqrt()
        })
        .lower(),
        line("sharpe", "Sharpe", Equity, Ratio, "mean return / standard deviation, per year", sharpe),
        line("sortino", "Sortino", Equity, Ratio, "mean return / downside deviation, per year", sortino),
        line(
            "max_drawdown",
            "Max drawdown",
            Equity,
            Gain,
            "deepest fall of the equity from an earlier peak",
            max_drawdown,
        ),
        line("max_drawdown_bars", "Longest drawdown", Equity, Bars, "longest run of bars below an earlier peak", |c| {
            float(c.account.stats.max_drawdown_bars())
        })
        .lower(),
        line("calmar", "Calmar", Equity, Ratio, "cagr / abs(max drawdown)", |c| cagr(c) / max_drawdown(c).abs()),
        line("omega", "Omega", Equity, Ratio, "sum of gains / sum of losses over all bars", |c| {
            c.account.stats.returns.gains / c.account.stats.returns.losses
        }),
        line("buy_hold_return", "Buy & hold", Equity, Gain, "last close / first close - 1", |c| {
            c.last_close / c.first_close - 1.0
        })
        .no_merit(),
        line("exposure", "Exposure", Equity, Share, "bars with a position at their close / bars", |c| {
            float(c.account.stats.exposed) / float(c.bars)
        })
        .lower()
        .no_merit(),
        line("trades", "Trades", Trades, Count, "closed trades", trades).no_merit(),
        line("open_trades", "Open trades", Trades, Count, "1 while a position is open at the end", |c| {
            f64::from(c.account.open)
        })
        .lower()
        .no_merit(),
        line("win_rate", "Win rate", Trades, Share, "trades with a profit / trades", |c| {
            float(c.account.stats.trades.wins) / trades(c)
        }),
        line("profit_factor", "Profit factor", Trades, Ratio, "sum of profits / sum of losses", |c| {
            c.account.stats.trades.profit / c.account.stats.trades.loss.abs()
        }),
        line("expectancy", "Expectancy", Trades, Currency, "mean profit of a trade", expectancy).signed(),
        line("avg_win", "Average win", Trades, Gain, "mean return of the trades with a profit", |c| {
            c.account.stats.trades.win_returns / float(c.account.stats.trades.wins)
        }),
        line("avg_loss", "Average loss", Trades, Gain, "mean return of the trades with a loss", |c| {
            c.account.stats.trades.loss_returns / float(c.account.stats.trades.losses)
        }),
        line("avg_trade", "Average trade", Trades, Gain, "mean return of a trade", |c| {
            (c.account.stats.trades.win_returns + c.account.stats.trades.loss_returns) / trades(c)
        }),
        line("best_trade", "Best trade", Trades, Gain, "highest return of a trade", |c| c.account.stats.trades.best),
        line("worst_trade", "Worst trade", Trades, Gain, "lowest return of a trade", |c| c.account.stats.trades.worst),
        line("avg_bars_held", "Average held", Trades, Bars, "mean bars from entry to exit", |c| {
            float(c.account.stats.trades.bars) / trades(c)
        })
        .lower()
        .no_merit(),
        line("sqn", "SQN", Trades, Ratio, "sqrt(trades) * mean profit / standard deviation of profits", sqn),
        line("fees_paid", "Fees paid", Trades, Currency, "all fees, the open trade's entry fee included", |c| {
            c.account.stats.fees
        })
        .lower(),
        line("rejected", "Rejected", Trades, Count, "entries that were too small or had no size", |c| {
            counted(c, |counts| float(counts.rejected))
        })
        .lower(),
        line("liquidations", "Liquidations", Trades, Count, "positions whose margin was used up", |c| {
            counted(c, |counts| float(counts.liquidations))
        })
        .lower(),
        line("funding", "Funding paid", Trades, Currency, "funding paid, less what was received", |c| {
            counted(c, |counts| counts.funding)
        })
        .lower(),
        line("borrow", "Interest paid", Trades, Currency, "interest on what was borrowed", |c| {
            counted(c, |counts| counts.borrow)
        })
        .lower(),
    ]
};

/// A metric of which more is better, a merit, signed if it is a gain.
const fn line(
    name: &'static str,
    label: &'static str,
    group: Group,
    unit: Unit,
    about: &'static str,
    formula: fn(&Closing<'_>) -> f64,
) -> Metric {
    let is_signed = matches!(unit, Unit::Gain);
    Metric { name, label, group, unit, better: Better::Higher, is_merit: true, is_signed, about, formula }
}

/// All metrics of an account after the last bar.
#[must_use]
pub fn compute(closing: &Closing<'_>) -> [Option<f64>; COUNT] {
    std::array::from_fn(|i| Some((TABLE[i].formula)(closing)).filter(|value| value.is_finite()))
}

/// Metrics of accounts with exits, sizes or leverage: undefined for others.
pub const OF_TRADE_TERMS: [&str; 4] = ["rejected", "liquidations", "funding", "borrow"];

/// Index of a metric in [`TABLE`].
#[must_use]
pub fn find(name: &str) -> Option<usize> {
    TABLE.iter().position(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use crate::sim::metrics::{TABLE, find};

    fn among(name: &str, values: &[Option<f64>]) -> Vec<usize> {
        TABLE[find(name).unwrap()].best_of(values)
    }

    #[test]
    fn the_better_end_of_a_metric_wins_and_equal_ones_share_it() {
        assert_eq!(among("sharpe", &[Some(1.0), None, Some(2.0), Some(2.0)]), [2, 3]);
        assert_eq!(among("volatility", &[Some(0.1), Some(0.2)]), [0]);
        assert_eq!(among("max_drawdown", &[Some(-0.5), Some(-0.1)]), [1]);
    }

    #[test]
    fn where_all_are_equal_or_one_is_alone_none_is_better() {
        assert!(among("sharpe", &[Some(1.0), Some(1.0)]).is_empty());
        assert!(among("sharpe", &[Some(1.0), None]).is_empty());
        assert!(among("exposure", &[Some(0.1), Some(0.9)]).is_empty(), "to be in the market is no merit");
    }
}
