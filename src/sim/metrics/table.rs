//! Every metric, a line each: names, unit, which end is better, formula.

use super::formulas::{
    Closing, cagr, counted, deviation, expectancy, float, kelly, max_drawdown, payoff_ratio, sharpe, sortino, sqn,
    total_return, trades,
};
use super::history::Detail;
use super::history_formulas::{
    ClosedHistory, alpha, beta, buy_hold_max_drawdown, buy_hold_sharpe, buy_hold_volatility, cond_value_at_risk,
    information_ratio, kurtosis, max_losses, max_wins, skew, tail_ratio, tracking_error, turnover, ulcer_index,
    value_at_risk,
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
    /// What its values lie between by its definition, of an account that is not in debt.
    pub range: Option<(f64, f64)>,
    /// The formula.
    formula: MetricFormula,
}

/// A formula, and what it reads: how much has to be worked out for it.
#[derive(Clone, Copy)]
enum MetricFormula {
    /// What every account adds up anyway.
    Sums(fn(&Closing<'_>) -> f64),
    /// Sums over each bar.
    EachBar(fn(&ClosedHistory<'_>) -> f64),
    /// The returns of all bars at once.
    AllReturns(fn(&ClosedHistory<'_>) -> f64),
}

impl Metric {
    /// The place of a value among others, the better the smaller; undefined ones come last.
    #[must_use]
    pub fn rank(&self, value: Option<f64>) -> f64 {
        let sign = if self.better == Better::Higher { -1.0 } else { 1.0 };
        value.map_or(f64::INFINITY, |value| sign * value)
    }

    /// Its value after the last bar of an account; none where it is undefined, or needs more than an account adds up
    /// anyway.
    #[must_use]
    pub fn value(&self, closing: &Closing<'_>) -> Option<f64> {
        let MetricFormula::Sums(formula) = self.formula else { return None };
        Some(formula(closing)).filter(|value| value.is_finite())
    }

    /// How much has to be worked out for it.
    #[must_use]
    pub const fn detail(&self) -> Detail {
        match self.formula {
            MetricFormula::Sums(_) => Detail::Sums,
            MetricFormula::EachBar(_) => Detail::EachBar,
            MetricFormula::AllReturns(_) => Detail::AllReturns,
        }
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

    /// Its values lie between these.
    const fn within(self, low: f64, high: f64) -> Self {
        Self { range: Some((low, high)), ..self }
    }
}

impl Detail {
    /// How many metrics are worked out: the first ones of [`TABLE`].
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Sums => 33,
            Self::EachBar => 46,
            Self::AllReturns => COUNT,
        }
    }

    /// The detail with so many metrics.
    #[must_use]
    pub fn of_count(count: usize) -> Option<Self> {
        [Self::Sums, Self::EachBar, Self::AllReturns].into_iter().find(|detail| detail.count() == count)
    }

    /// The metrics that are worked out.
    #[must_use]
    pub fn metrics(self) -> &'static [Metric] {
        &TABLE[..self.count()]
    }
}

/// Number of metrics.
pub const COUNT: usize = 49;

/// The metrics from here on came later than the first version: saved results may lack them.
pub const LATER: usize = 25;

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
        .lower()
        .within(0.0, f64::INFINITY),
        line("sharpe", "Sharpe", Equity, Ratio, "mean return / standard deviation, per year", sharpe),
        line("sortino", "Sortino", Equity, Ratio, "mean return / downside deviation, per year", sortino),
        line(
            "max_drawdown",
            "Max drawdown",
            Equity,
            Gain,
            "deepest fall of the equity from an earlier peak",
            max_drawdown,
        )
        .within(-1.0, 0.0),
        line("max_drawdown_bars", "Longest drawdown", Equity, Bars, "longest run of bars below an earlier peak", |c| {
            float(c.account.stats.max_drawdown_bars())
        })
        .lower(),
        line("calmar", "Calmar", Equity, Ratio, "cagr / abs(max drawdown)", |c| cagr(c) / max_drawdown(c).abs()),
        line("omega", "Omega", Equity, Ratio, "sum of gains / sum of losses over all bars", |c| {
            c.account.stats.returns.gains / c.account.stats.returns.losses
        })
        .within(0.0, f64::INFINITY),
        line("buy_hold_return", "Buy & hold", Equity, Gain, "last close / first close - 1", |c| {
            c.last_close / c.first_close - 1.0
        })
        .no_merit(),
        line("exposure", "Exposure", Equity, Share, "bars with a position at their close / bars", |c| {
            float(c.account.stats.exposed) / float(c.bars)
        })
        .lower()
        .no_merit()
        .within(0.0, 1.0),
        line("trades", "Trades", Trades, Count, "closed trades", trades).no_merit(),
        line("open_trades", "Open trades", Trades, Count, "1 while a position is open at the end", |c| {
            f64::from(c.account.open)
        })
        .lower()
        .no_merit(),
        line("win_rate", "Win rate", Trades, Share, "trades with a profit / trades", |c| {
            float(c.account.stats.trades.wins) / trades(c)
        })
        .within(0.0, 1.0),
        line("profit_factor", "Profit factor", Trades, Ratio, "sum of profits / sum of losses", |c| {
            c.account.stats.trades.profit / c.account.stats.trades.loss.abs()
        })
        .within(0.0, f64::INFINITY),
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
        line("unfilled", "Unfilled", Trades, Count, "entries that waited for a price and were not filled", |c| {
            counted(c, |counts| float(counts.unfilled))
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
        line(
            "payoff_ratio",
            "Payoff",
            Trades,
            Ratio,
            "mean profit of a winning trade / mean loss of a losing one",
            payoff_ratio,
        )
        .within(0.0, f64::INFINITY),
        line("kelly", "Kelly", Trades, Share, "win rate - (1 - win rate) / payoff ratio: the share to bet", kelly),
        line("recovery_factor", "Recovery factor", Equity, Ratio, "total return / abs(max drawdown)", |c| {
            total_return(c) / max_drawdown(c).abs()
        }),
        later(
            "buy_hold_volatility",
            "Buy & hold volatility",
            Equity,
            Share,
            "volatility of buying and holding",
            MetricFormula::EachBar(buy_hold_volatility),
        )
        .lower()
        .no_merit()
        .within(0.0, f64::INFINITY),
        later(
            "buy_hold_sharpe",
            "Buy & hold Sharpe",
            Equity,
            Ratio,
            "Sharpe ratio of buying and holding",
            MetricFormula::EachBar(buy_hold_sharpe),
        )
        .no_merit(),
        later(
            "buy_hold_max_drawdown",
            "Buy & hold drawdown",
            Equity,
            Gain,
            "deepest fall of buying and holding",
            MetricFormula::EachBar(buy_hold_max_drawdown),
        )
        .no_merit()
        .within(-1.0, 0.0),
        later(
            "beta",
            "Beta",
            Equity,
            Ratio,
            "how the returns go with the benchmark's: covariance / its variance",
            MetricFormula::EachBar(beta),
        )
        .lower()
        .no_merit(),
        later(
            "alpha",
            "Alpha",
            Equity,
            Gain,
            "return that beta does not explain, as a rate per year",
            MetricFormula::EachBar(alpha),
        ),
        later(
            "information_ratio",
            "Information ratio",
            Equity,
            Ratio,
            "mean / deviation of return - benchmark's, a bar",
            MetricFormula::EachBar(information_ratio),
        ),
        later(
            "tracking_error",
            "Tracking error",
            Equity,
            Share,
            "deviation of return - benchmark's, per year",
            MetricFormula::EachBar(tracking_error),
        )
        .lower()
        .no_merit()
        .within(0.0, f64::INFINITY),
        later(
            "ulcer_index",
            "Ulcer index",
            Equity,
            Share,
            "root of the mean squared drawdown of all bars",
            MetricFormula::EachBar(ulcer_index),
        )
        .lower()
        .within(0.0, f64::INFINITY),
        later(
            "skew",
            "Skew",
            Equity,
            Ratio,
            "skewness of the returns: above 0, large gains are likelier than losses",
            MetricFormula::EachBar(skew),
        )
        .no_merit(),
        later(
            "kurtosis",
            "Kurtosis",
            Equity,
            Ratio,
            "excess kurtosis of the returns: above 0, extremes are common",
            MetricFormula::EachBar(kurtosis),
        )
        .lower()
        .no_merit(),
        later(
            "turnover",
            "Turnover",
            Trades,
            Ratio,
            "half the value of all fills / mean equity, per year",
            MetricFormula::EachBar(turnover),
        )
        .lower()
        .no_merit()
        .within(0.0, f64::INFINITY),
        later(
            "max_wins",
            "Longest winning run",
            Trades,
            Count,
            "most trades with a profit in a row",
            MetricFormula::EachBar(max_wins),
        ),
        later(
            "max_losses",
            "Longest losing run",
            Trades,
            Count,
            "most trades with a loss in a row",
            MetricFormula::EachBar(max_losses),
        )
        .lower(),
        later(
            "value_at_risk",
            "Value at risk",
            Equity,
            Gain,
            "5th percentile of the returns of a bar",
            MetricFormula::AllReturns(value_at_risk),
        ),
        later(
            "cond_value_at_risk",
            "Expected shortfall",
            Equity,
            Gain,
            "mean of the returns up to the 5th percentile",
            MetricFormula::AllReturns(cond_value_at_risk),
        ),
        later(
            "tail_ratio",
            "Tail ratio",
            Equity,
            Ratio,
            "95th percentile of the returns / abs(5th)",
            MetricFormula::AllReturns(tail_ratio),
        )
        .within(0.0, f64::INFINITY),
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
    later(name, label, group, unit, about, MetricFormula::Sums(formula))
}

/// The same with a formula that may read more than sums.
const fn later(
    name: &'static str,
    label: &'static str,
    group: Group,
    unit: Unit,
    about: &'static str,
    formula: MetricFormula,
) -> Metric {
    let is_signed = matches!(unit, Unit::Gain);
    let range = if matches!(unit, Unit::Count | Unit::Bars) { Some((0.0, f64::INFINITY)) } else { None };
    Metric { name, label, group, unit, better: Better::Higher, is_merit: true, is_signed, about, range, formula }
}

/// The metrics of an account after the last bar, as far as it adds up what they need.
#[must_use]
pub fn compute(closing: &Closing<'_>) -> [Option<f64>; COUNT] {
    let mut metrics = [None; COUNT];
    for (metric, place) in TABLE.iter().zip(&mut metrics).take(Detail::Sums.count()) {
        *place = metric.value(closing);
    }
    metrics
}

/// Adds the metrics that need each bar, up to this detail.
pub fn complete(metrics: &mut [Option<f64>; COUNT], history: &ClosedHistory<'_>, detail: Detail) {
    for (metric, place) in TABLE.iter().zip(metrics).take(detail.count()) {
        if let MetricFormula::EachBar(formula) | MetricFormula::AllReturns(formula) = metric.formula {
            *place = Some(formula(history)).filter(|value| value.is_finite());
        }
    }
}

/// Metrics of accounts with exits, sizes or leverage: undefined for others.
pub const OF_TRADE_TERMS: [&str; 5] = ["rejected", "unfilled", "liquidations", "funding", "borrow"];

/// Index of a metric in [`TABLE`].
#[must_use]
pub fn find(name: &str) -> Option<usize> {
    TABLE.iter().position(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use crate::metrics::{Detail, Metric, TABLE, find};

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
    fn metrics_that_take_less_work_come_first() {
        assert!(TABLE.is_sorted_by_key(Metric::detail));
        for detail in [Detail::Sums, Detail::EachBar, Detail::AllReturns] {
            let count = TABLE.iter().filter(|metric| metric.detail() <= detail).count();
            assert_eq!((detail.count(), Detail::of_count(count)), (count, Some(detail)));
        }
    }

    #[test]
    fn where_all_are_equal_or_one_is_alone_none_is_better() {
        assert!(among("sharpe", &[Some(1.0), Some(1.0)]).is_empty());
        assert!(among("sharpe", &[Some(1.0), None]).is_empty());
        assert!(among("exposure", &[Some(0.1), Some(0.9)]).is_empty(), "to be in the market is no merit");
    }
}
