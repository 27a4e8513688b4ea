//! Every metric, a line each: names, unit, which end is better, formula.

use super::formulas::{
    Closing, cagr, deviation, expectancy, float, max_drawdown, sharpe, sortino, sqn, total_return, trades,
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

/// One line of the table of metrics.
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
    /// One line for people.
    pub about: &'static str,
    /// The formula.
    pub(super) formula: fn(&Closing<'_>) -> f64,
}

/// Number of metrics.
pub const COUNT: usize = 25;

/// Every metric.
pub static TABLE: [Metric; COUNT] = {
    use Better::{Higher, Lower};
    use Unit::{Bars, Count, Currency, Gain, Ratio, Share};
    [
        line("total_return", "Return", Group::Equity, Gain, Higher, "final equity / capital - 1", total_return),
        line("final_equity", "Final equity", Group::Equity, Currency, Higher, "equity at the last close", |c| {
            c.account.equity
        }),
        line("cagr", "CAGR", Group::Equity, Gain, Higher, "total return as a rate per year", cagr),
        line(
            "volatility",
            "Volatility",
            Group::Equity,
            Share,
            Lower,
            "standard deviation of the returns, per year",
            |c| deviation(c) * c.bars_per_year.sqrt(),
        ),
        line("sharpe", "Sharpe", Group::Equity, Ratio, Higher, "mean return / standard deviation, per year", sharpe),
        line("sortino", "Sortino", Group::Equity, Ratio, Higher, "mean return / downside deviation, per year", sortino),
        line(
            "max_drawdown",
            "Max drawdown",
            Group::Equity,
            Gain,
            Higher,
            "deepest fall of the equity from an earlier peak",
            max_drawdown,
        ),
        line(
            "max_drawdown_bars",
            "Longest drawdown",
            Group::Equity,
            Bars,
            Lower,
            "longest run of bars below an earlier peak",
            |c| float(c.account.stats.max_drawdown_bars()),
        ),
        line("calmar", "Calmar", Group::Equity, Ratio, Higher, "cagr / abs(max drawdown)", |c| {
            cagr(c) / max_drawdown(c).abs()
        }),
        line("omega", "Omega", Group::Equity, Ratio, Higher, "sum of gains / sum of losses over all bars", |c| {
            c.account.stats.returns.gains / c.account.stats.returns.losses
        }),
        line("buy_hold_return", "Buy & hold", Group::Equity, Gain, Higher, "last close / first close - 1", |c| {
            c.last_close / c.first_close - 1.0
        }),
        line("exposure", "Exposure", Group::Equity, Share, Lower, "bars with a position at their close / bars", |c| {
            float(c.account.stats.exposed) / float(c.bars)
        }),
        line("trades", "Trades", Group::Trades, Count, Higher, "closed trades", trades),
        line("open_trades", "Open trades", Group::Trades, Count, Lower, "1 while a position is open at the end", |c| {
            f64::from(c.account.open)
        }),
        line("win_rate", "Win rate", Group::Trades, Share, Higher, "trades with a profit / trades", |c| {
            float(c.account.stats.trades.wins) / trades(c)
        }),
        line("profit_factor", "Profit factor", Group::Trades, Ratio, Higher, "sum of profits / sum of losses", |c| {
            c.account.stats.trades.profit / c.account.stats.trades.loss.abs()
        }),
        line("expectancy", "Expectancy", Group::Trades, Currency, Higher, "mean profit of a trade", expectancy),
        line("avg_win", "Average win", Group::Trades, Gain, Higher, "mean return of the trades with a profit", |c| {
            c.account.stats.trades.win_returns / float(c.account.stats.trades.wins)
        }),
        line("avg_loss", "Average loss", Group::Trades, Gain, Higher, "mean return of the trades with a loss", |c| {
            c.account.stats.trades.loss_returns / float(c.account.stats.trades.losses)
        }),
        line("avg_trade", "Average trade", Group::Trades, Gain, Higher, "mean return of a trade", |c| {
            (c.account.stats.trades.win_returns + c.account.stats.trades.loss_returns) / trades(c)
        }),
        line("best_trade", "Best trade", Group::Trades, Gain, Higher, "highest return of a trade", |c| {
            c.account.stats.trades.best
        }),
        line("worst_trade", "Worst trade", Group::Trades, Gain, Higher, "lowest return of a trade", |c| {
            c.account.stats.trades.worst
        }),
        line("avg_bars_held", "Average held", Group::Trades, Bars, Lower, "mean bars from entry to exit", |c| {
            float(c.account.stats.trades.bars) / trades(c)
        }),
        line(
            "sqn",
            "SQN",
            Group::Trades,
            Ratio,
            Higher,
            "sqrt(trades) * mean profit / standard deviation of profits",
            sqn,
        ),
        line(
            "fees_paid",
            "Fees paid",
            Group::Trades,
            Currency,
            Lower,
            "all fees, the open trade's entry fee included",
            |c| c.account.stats.fees,
        ),
    ]
};

const fn line(
    name: &'static str,
    label: &'static str,
    group: Group,
    unit: Unit,
    better: Better,
    about: &'static str,
    formula: fn(&Closing<'_>) -> f64,
) -> Metric {
    Metric { name, label, group, unit, better, about, formula }
}

/// Index of a metric in [`TABLE`].
#[must_use]
pub fn find(name: &str) -> Option<usize> {
    TABLE.iter().position(|metric| metric.name == name)
}

/// Metrics that say what was done, or what the market did, and not how well.
const NO_MERIT: [&str; 5] = ["buy_hold_return", "exposure", "trades", "open_trades", "avg_bars_held"];

/// Which of several results are better than the others by one metric: none where all are equal or only one has it,
/// and none by a metric that is no merit.
#[must_use]
pub fn better(metric: &Metric, values: &[Option<f64>]) -> Vec<usize> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let best = match metric.better {
        Better::Higher => known.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Better::Lower => known.iter().copied().fold(f64::INFINITY, f64::min),
    };
    if known.len() < 2 || known.iter().all(|value| value.total_cmp(&best).is_eq()) || NO_MERIT.contains(&metric.name) {
        return Vec::new();
    }
    (0..values.len()).filter(|&at| values[at].is_some_and(|value| value.total_cmp(&best).is_eq())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::metrics::{TABLE, find};

    fn among(name: &str, values: &[Option<f64>]) -> Vec<usize> {
        better(&TABLE[find(name).unwrap()], values)
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
        assert!(among("exposure", &[Some(0.1), Some(0.9)]).is_empty(), "to be in the tile is no merit");
    }
}
