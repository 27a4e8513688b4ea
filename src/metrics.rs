//! The closing formulas: one table from which every output, sort and help of metrics derives.
//!
//! Definitions are those of the project's contract, which are vectorbt's where it has the metric; an undefined one
//! is `None`, never NaN or infinity.

use crate::account::Closed;
use crate::model::Millis;

/// What the formulas read.
pub struct Closing<'a> {
    /// The account after the last bar.
    pub account: &'a Closed,
    /// Capital at the start.
    pub capital: f64,
    /// Bars in the range, at least 1.
    pub bars: u64,
    /// Bars a year.
    pub bars_per_year: f64,
    /// Close of the first bar.
    pub first_close: f64,
    /// Close of the last bar.
    pub last_close: f64,
}

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
    formula: fn(&Closing<'_>) -> f64,
}

/// Number of metrics.
pub const COUNT: usize = 25;

/// All metrics of one result, in the order of [`TABLE`].
pub type Metrics = [Option<f64>; COUNT];

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

/// What a backtest found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Bars used.
    pub bars: u64,
    /// Open time of the first bar used.
    pub start: Millis,
    /// Open time of the last bar used.
    pub end: Millis,
    /// Whether the account lost everything and was ended.
    pub ruined: bool,
    /// All metrics.
    pub metrics: Metrics,
}

/// All metrics of an account after the last bar.
#[must_use]
pub fn compute(closing: &Closing<'_>) -> Metrics {
    std::array::from_fn(|i| Some((TABLE[i].formula)(closing)).filter(|value| value.is_finite()))
}

/// Index of a metric in [`TABLE`].
#[must_use]
pub fn find(name: &str) -> Option<usize> {
    TABLE.iter().position(|metric| metric.name == name)
}

#[expect(clippy::cast_precision_loss, reason = "counts of bars and trades are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

fn trades(c: &Closing<'_>) -> f64 {
    float(c.account.tally.trades.count)
}

fn total_return(c: &Closing<'_>) -> f64 {
    c.account.equity / c.capital - 1.0
}

fn cagr(c: &Closing<'_>) -> f64 {
    libm::pow(1.0 + total_return(c), c.bars_per_year / float(c.bars)) - 1.0
}

fn mean(c: &Closing<'_>) -> f64 {
    (c.account.tally.returns.gains - c.account.tally.returns.losses) / float(c.bars)
}

/// Sample standard deviation of the returns; NaN under two bars.
fn deviation(c: &Closing<'_>) -> f64 {
    let squares = c.account.tally.returns.squares;
    let variation = squares - mean(c) * mean(c) * float(c.bars);
    // What is left of equal returns is rounding, of either sign: their deviation is 0.
    let rounding = squares * (4.0 * f64::EPSILON);
    let variation = if variation > rounding { variation } else { 0.0 };
    if c.bars < 2 { f64::NAN } else { (variation / float(c.bars - 1)).sqrt() }
}

fn sharpe(c: &Closing<'_>) -> f64 {
    mean(c) / deviation(c) * c.bars_per_year.sqrt()
}

fn sortino(c: &Closing<'_>) -> f64 {
    let downside = (c.account.tally.returns.loss_squares / float(c.bars)).sqrt();
    // As vectorbt: one return alone has no ratio.
    if c.bars < 2 { f64::NAN } else { mean(c) * c.bars_per_year / (downside * c.bars_per_year.sqrt()) }
}

fn max_drawdown(c: &Closing<'_>) -> f64 {
    c.account.tally.max_drawdown()
}

fn expectancy(c: &Closing<'_>) -> f64 {
    (c.account.tally.trades.profit + c.account.tally.trades.loss) / trades(c)
}

fn sqn(c: &Closing<'_>) -> f64 {
    let sums = &c.account.tally.trades;
    let deviation = (sums.spread / (trades(c) - 1.0)).sqrt();
    if sums.count < 2 { f64::NAN } else { trades(c).sqrt() * expectancy(c) / deviation }
}
