//! Every metric, a line each.

use super::formulas::{
    Closing, cagr, deviation, expectancy, float, max_drawdown, sharpe, sortino, sqn, total_return, trades,
};
use super::kinds::{Better, Group, Metric, Unit};

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
            |c| float(c.account.tally.max_drawdown_bars()),
        ),
        line("calmar", "Calmar", Group::Equity, Ratio, Higher, "cagr / abs(max drawdown)", |c| {
            cagr(c) / max_drawdown(c).abs()
        }),
        line("omega", "Omega", Group::Equity, Ratio, Higher, "sum of gains / sum of losses over all bars", |c| {
            c.account.tally.returns.gains / c.account.tally.returns.losses
        }),
        line("buy_hold_return", "Buy & hold", Group::Equity, Gain, Higher, "last close / first close - 1", |c| {
            c.last_close / c.first_close - 1.0
        }),
        line("exposure", "Exposure", Group::Equity, Share, Lower, "bars with a position at their close / bars", |c| {
            float(c.account.tally.exposed) / float(c.bars)
        }),
        line("trades", "Trades", Group::Trades, Count, Higher, "closed trades", trades),
        line("open_trades", "Open trades", Group::Trades, Count, Lower, "1 while a position is open at the end", |c| {
            f64::from(c.account.open)
        }),
        line("win_rate", "Win rate", Group::Trades, Share, Higher, "trades with a profit / trades", |c| {
            float(c.account.tally.trades.wins) / trades(c)
        }),
        line("profit_factor", "Profit factor", Group::Trades, Ratio, Higher, "sum of profits / sum of losses", |c| {
            c.account.tally.trades.profit / c.account.tally.trades.loss.abs()
        }),
        line("expectancy", "Expectancy", Group::Trades, Currency, Higher, "mean profit of a trade", expectancy),
        line("avg_win", "Average win", Group::Trades, Gain, Higher, "mean return of the trades with a profit", |c| {
            c.account.tally.trades.win_returns / float(c.account.tally.trades.wins)
        }),
        line("avg_loss", "Average loss", Group::Trades, Gain, Higher, "mean return of the trades with a loss", |c| {
            c.account.tally.trades.loss_returns / float(c.account.tally.trades.losses)
        }),
        line("avg_trade", "Average trade", Group::Trades, Gain, Higher, "mean return of a trade", |c| {
            (c.account.tally.trades.win_returns + c.account.tally.trades.loss_returns) / trades(c)
        }),
        line("best_trade", "Best trade", Group::Trades, Gain, Higher, "highest return of a trade", |c| {
            c.account.tally.trades.best
        }),
        line("worst_trade", "Worst trade", Group::Trades, Gain, Higher, "lowest return of a trade", |c| {
            c.account.tally.trades.worst
        }),
        line("avg_bars_held", "Average held", Group::Trades, Bars, Lower, "mean bars from entry to exit", |c| {
            float(c.account.tally.trades.bars) / trades(c)
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
            |c| c.account.tally.fees,
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
