//! Tables of results: typed columns, from which CSV, JSON and Parquet derive.

use std::borrow::Cow;

use serde_json::Value;

use super::{number, time};
use crate::sim::metrics::{self, Detail, Metrics};
use crate::sim::{
    Breakdown, BreakdownPart, ChoiceRow, EquityCurve, HoldingRow, Millis, Row, ScoreRow, SplitRow, StrategyTotals,
    Trade, WeightRow, WindowRow,
};

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// The open time of a bar.
    Time(Millis),
    /// A number; none where it is undefined. What is not finite is written as undefined.
    Number(Option<f64>),
    /// A whole number that may be undefined.
    Whole(Option<f64>),
    /// A whole number.
    Count(u64),
    /// Yes or no.
    Flag(bool),
}

/// What all cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellType {
    /// [`Cell::Text`].
    Text,
    /// [`Cell::Time`].
    Time,
    /// [`Cell::Number`].
    Number,
    /// [`Cell::Whole`].
    Whole,
    /// [`Cell::Count`].
    Count,
    /// [`Cell::Flag`].
    Flag,
}

/// A named column of a table whose rows are in a `T`.
pub struct RecordColumn<T: ?Sized> {
    /// Name in every output.
    pub name: Cow<'static, str>,
    /// What its cells are.
    pub cell_type: CellType,
    pub(super) cell: for<'a> fn(&'a T, usize, &Self) -> Cell<'a>,
}

impl<T: ?Sized> RecordColumn<T> {
    const fn new(name: &'static str, cell_type: CellType, cell: for<'a> fn(&'a T, usize, &Self) -> Cell<'a>) -> Self {
        Self { name: Cow::Borrowed(name), cell_type, cell }
    }

    /// The cell in one of the rows.
    #[must_use]
    pub fn cell<'a>(&self, rows: &'a T, row: usize) -> Cell<'a> {
        (self.cell)(rows, row, self)
    }
}

/// A table: columns over so many rows.
pub struct Records<'a, T: ?Sized> {
    columns: &'a [RecordColumn<T>],
    rows: &'a T,
    len: usize,
}

impl<'a, T: ?Sized> Records<'a, T> {
    /// These columns over the first `len` rows.
    #[must_use]
    pub fn new(columns: &'a [RecordColumn<T>], rows: &'a T, len: usize) -> Self {
        Self { columns, rows, len }
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &'a [RecordColumn<T>] {
        self.columns
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One cell.
    #[must_use]
    pub fn cell(&self, column: &RecordColumn<T>, row: usize) -> Cell<'a> {
        column.cell(self.rows, row)
    }

    /// The cells of one row, from the first column to the last.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Cell<'a>> {
        self.columns.iter().map(move |column| column.cell(self.rows, row))
    }

    /// One object for each row, with the names of the columns.
    #[must_use]
    pub fn json(&self) -> Value {
        let value = |cell: Cell<'_>| match cell {
            Cell::Text(text) => Value::from(text),
            Cell::Time(millis) => time(millis).into(),
            Cell::Number(value) | Cell::Whole(value) => value.map_or(Value::Null, number),
            Cell::Count(count) => count.into(),
            Cell::Flag(flag) => flag.into(),
        };
        let named = |(column, cell): (&RecordColumn<T>, Cell<'_>)| (column.name.to_string(), value(cell));
        (0..self.len).map(|row| Value::Object(self.columns.iter().zip(self.row(row)).map(named).collect())).collect()
    }
}

/// Trades, and what they were of.
#[derive(Clone, Debug)]
pub struct TradeList {
    /// The trades in the order of their entries.
    pub trades: Vec<Trade>,
    /// Symbol of the asset, where it is one.
    pub symbol: String,
    /// Symbol of the asset of each trade, where they are several.
    pub symbols: Vec<String>,
    /// Name of the strategy.
    pub strategy: String,
}

impl TradeList {
    /// All columns.
    #[must_use]
    pub fn records(&self) -> Records<'_, Self> {
        Records::new(&TRADE_COLUMNS, self, self.trades.len())
    }

    /// The columns in the document of a result over several assets, which does not say itself what each trade was of.
    #[must_use]
    pub fn named_records(&self) -> Records<'_, Self> {
        Records::new(&TRADE_COLUMNS[..=TRADE_COLUMNS.len() - OF_WHAT], self, self.trades.len())
    }

    /// Symbol of the asset of a trade.
    #[must_use]
    pub fn symbol_of(&self, trade: usize) -> &str {
        self.symbols.get(trade).unwrap_or(&self.symbol)
    }

    /// The trades of a row; none where they were not asked for.
    #[must_use]
    pub fn of(row: &Row) -> Self {
        let trades = row.trades.clone().unwrap_or_default();
        Self { trades, symbol: row.symbol.clone(), symbols: Vec::new(), strategy: row.strategy.clone() }
    }
}

/// How many of [`TRADE_COLUMNS`], the last ones, say what the trades were of: files have them, so that they can be
/// stacked, and the document of a result does not, as it says so itself.
const OF_WHAT: usize = 2;

/// The columns of trades in the document of a result.
#[must_use]
pub fn trade_document_columns() -> &'static [RecordColumn<TradeList>] {
    &TRADE_COLUMNS[..TRADE_COLUMNS.len() - OF_WHAT]
}

/// The columns of a file of trades.
pub static TRADE_COLUMNS: [RecordColumn<TradeList>; 16] = {
    use CellType::{Count, Flag, Number, Text, Time};
    [
        RecordColumn::new("side", Text, |list, at, _| Cell::Text(list.trades[at].side.name().into())),
        RecordColumn::new("entry_time", Time, |list, at, _| Cell::Time(list.trades[at].entry_time)),
        RecordColumn::new("entry_price", Number, |list, at, _| Cell::Number(Some(list.trades[at].entry_price))),
        RecordColumn::new("exit_time", Time, |list, at, _| Cell::Time(list.trades[at].exit_time)),
        RecordColumn::new("exit_price", Number, |list, at, _| Cell::Number(Some(list.trades[at].exit_price))),
        RecordColumn::new("size", Number, |list, at, _| Cell::Number(Some(list.trades[at].size))),
        RecordColumn::new("fees", Number, |list, at, _| Cell::Number(Some(list.trades[at].fees))),
        RecordColumn::new("pnl", Number, |list, at, _| Cell::Number(Some(list.trades[at].pnl))),
        RecordColumn::new("return", Number, |list, at, _| Cell::Number(Some(list.trades[at].ret))),
        RecordColumn::new("bars", Count, |list, at, _| Cell::Count(list.trades[at].bars)),
        RecordColumn::new("open", Flag, |list, at, _| Cell::Flag(list.trades[at].open)),
        RecordColumn::new("exit_reason", Text, |list, at, _| Cell::Text(list.trades[at].exit_reason.name().into())),
        RecordColumn::new("mae", Number, |list, at, _| Cell::Number(Some(list.trades[at].mae))),
        RecordColumn::new("mfe", Number, |list, at, _| Cell::Number(Some(list.trades[at].mfe))),
        RecordColumn::new("symbol", Text, |list, at, _| Cell::Text(list.symbol_of(at).into())),
        RecordColumn::new("strategy", Text, |list, _, _| Cell::Text(list.strategy.as_str().into())),
    ]
};

/// The columns of a file of parts: what tells them apart, the part, the return as a fraction, the trades, the profit in
/// quote currency. A row is a part, of the breakdowns one after the other.
pub static BREAKDOWN_COLUMNS: [RecordColumn<[Breakdown]>; 6] = {
    use CellType::{Count, Number, Text};
    [
        RecordColumn::new("by", Text, |all, at, _| Cell::Text(part_at(all, at).0.by.name().into())),
        RecordColumn::new("part", Text, |all, at, _| Cell::Text(part_at(all, at).1.part.as_str().into())),
        RecordColumn::new("return", Number, |all, at, _| Cell::Number(Some(part_at(all, at).1.total_return))),
        RecordColumn::new("trades", Count, |all, at, _| Cell::Count(part_at(all, at).1.trades)),
        RecordColumn::new("win_rate", Number, |all, at, _| Cell::Number(part_at(all, at).1.win_rate())),
        RecordColumn::new("profit", Number, |all, at, _| Cell::Number(Some(part_at(all, at).1.profit))),
    ]
};

/// The columns of parts in the document of a result, which says itself what tells them apart.
#[must_use]
pub fn breakdown_document_columns() -> &'static [RecordColumn<[Breakdown]>] {
    &BREAKDOWN_COLUMNS[1..]
}

fn part_at(all: &[Breakdown], at: usize) -> (&Breakdown, &BreakdownPart) {
    let mut parts = all.iter().flat_map(|breakdown| breakdown.parts.iter().map(move |part| (breakdown, part)));
    parts.nth(at).expect("as many rows as parts")
}

/// The columns of an equity curve: the bar's open time, and at its close equity and buy-and-hold in quote currency,
/// and the drawdown as a fraction.
pub static EQUITY_COLUMNS: [RecordColumn<EquityCurve>; 4] = {
    use CellType::{Number, Time};
    [
        RecordColumn::new("timestamp", Time, |curve, at, _| Cell::Time(curve.time[at])),
        RecordColumn::new("equity", Number, |curve, at, _| Cell::Number(Some(curve.equity[at]))),
        RecordColumn::new("drawdown", Number, |curve, at, _| Cell::Number(Some(curve.drawdown[at]))),
        RecordColumn::new("buy_hold", Number, |curve, at, _| Cell::Number(Some(curve.buy_hold[at]))),
    ]
};

/// An equity curve as a table.
#[must_use]
pub fn equity(curve: &EquityCurve) -> Records<'_, EquityCurve> {
    Records::new(&EQUITY_COLUMNS, curve, curve.time.len())
}

/// The columns of the weights of a portfolio: the open time of the bar with fills, the asset, and at the bar's close the value
/// of its position as a fraction of the equity; below 0 what is sold short.
static WEIGHT_COLUMNS: [RecordColumn<[WeightRow]>; 3] = {
    use CellType::{Number, Text, Time};
    [
        RecordColumn::new("time", Time, |rows, at, _| Cell::Time(rows[at].time)),
        RecordColumn::new("symbol", Text, |rows, at, _| Cell::Text(rows[at].symbol.as_str().into())),
        RecordColumn::new("weight", Number, |rows, at, _| Cell::Number(Some(rows[at].weight))),
    ]
};

/// The weights of a portfolio as a table.
#[must_use]
pub fn weights(rows: &[WeightRow]) -> Records<'_, [WeightRow]> {
    Records::new(&WEIGHT_COLUMNS, rows, rows.len())
}

/// One row of a sweep: parameters and metrics, without what all rows share.
pub type SweepRow = (Vec<f64>, Metrics);

/// Names of the columns that rows of results begin with.
pub const FIRST_COLUMNS: [&str; 3] = ["symbol", "interval", "strategy"];
/// Names of the columns that rows of results end with, behind parameters and metrics: what they were tested on and with.
pub const LAST_COLUMNS: [&str; 15] = [
    "start",
    "end",
    "bars",
    "capital",
    "fee",
    "slippage",
    "fill",
    "direction",
    "year",
    "maker_fee",
    "detail",
    "market_funding",
    "risk_free",
    "benchmark",
    "warmup_bars",
];

/// The column of a parameter: its name, unless another column has that.
#[must_use]
pub fn param_column(name: &str) -> String {
    let is_taken =
        |name: &str| FIRST_COLUMNS.contains(&name) || LAST_COLUMNS.contains(&name) || metrics::find(name).is_some();
    if is_taken(name) { format!("{PARAM_PREFIX}{name}") } else { name.to_owned() }
}

/// The parameter of a column.
#[must_use]
pub fn param_name(column: &str) -> &str {
    column.strip_prefix(PARAM_PREFIX).filter(|name| param_column(name) == column).unwrap_or(column)
}

const PARAM_PREFIX: &str = "param_";

/// The columns of rows of results: [`FIRST_COLUMNS`], the parameters of these names, the metrics of this detail,
/// [`LAST_COLUMNS`].
#[must_use]
pub fn row_columns(params: &[String], detail: Detail) -> Vec<RecordColumn<[Row]>> {
    use CellType::{Count, Flag, Number, Text, Time, Whole};
    let mut columns: Vec<RecordColumn<[Row]>> = vec![
        RecordColumn::new(FIRST_COLUMNS[0], Text, |rows, at, _| Cell::Text(rows[at].symbol.as_str().into())),
        RecordColumn::new(FIRST_COLUMNS[1], Text, |rows, at, _| Cell::Text(rows[at].interval.to_string().into())),
        RecordColumn::new(FIRST_COLUMNS[2], Text, |rows, at, _| Cell::Text(rows[at].strategy.as_str().into())),
    ];
    columns.extend(params.iter().map(|name| RecordColumn {
        name: param_column(name).into(),
        cell_type: Number,
        cell: |rows: &[Row], at, column: &RecordColumn<[Row]>| {
            let param = rows[at].params.iter().find(|(name, _)| name == param_name(&column.name));
            Cell::Number(param.map(|(_, value)| *value))
        },
    }));
    columns.extend(detail.metrics().iter().map(|metric| {
        if metric.is_whole() {
            RecordColumn::new(metric.name, Whole, |rows: &[Row], at, column| Cell::Whole(metric_of(&rows[at], column)))
        } else {
            RecordColumn::new(metric.name, Number, |rows: &[Row], at, column| {
                Cell::Number(metric_of(&rows[at], column))
            })
        }
    }));
    columns.extend([
        RecordColumn::new(LAST_COLUMNS[0], Time, |rows: &[Row], at, _| Cell::Time(rows[at].outcome.start)),
        RecordColumn::new(LAST_COLUMNS[1], Time, |rows, at, _| Cell::Time(rows[at].outcome.end)),
        RecordColumn::new(LAST_COLUMNS[2], Count, |rows, at, _| Cell::Count(rows[at].outcome.bars)),
        RecordColumn::new(LAST_COLUMNS[3], Number, |rows, at, _| Cell::Number(Some(rows[at].settings.capital))),
        RecordColumn::new(LAST_COLUMNS[4], Number, |rows, at, _| Cell::Number(Some(rows[at].settings.fee))),
        RecordColumn::new(LAST_COLUMNS[5], Number, |rows, at, _| Cell::Number(Some(rows[at].settings.slippage))),
        RecordColumn::new(LAST_COLUMNS[6], Text, |rows, at, _| Cell::Text(rows[at].settings.fill.name().into())),
        RecordColumn::new(LAST_COLUMNS[7], Text, |rows, at, _| Cell::Text(rows[at].settings.direction.name().into())),
        RecordColumn::new(LAST_COLUMNS[8], Text, |rows, at, _| Cell::Text(rows[at].settings.year.to_string().into())),
        RecordColumn::new(LAST_COLUMNS[9], Number, |rows, at, _| Cell::Number(rows[at].settings.maker_fee)),
        RecordColumn::new(LAST_COLUMNS[10], Text, |rows, at, _| {
            Cell::Text(rows[at].settings.detail.map_or_else(String::new, |detail| detail.to_string()).into())
        }),
        RecordColumn::new(LAST_COLUMNS[11], Flag, |rows, at, _| Cell::Flag(rows[at].settings.market_funding)),
        RecordColumn::new(LAST_COLUMNS[12], Number, |rows, at, _| Cell::Number(Some(rows[at].settings.risk_free))),
        RecordColumn::new(LAST_COLUMNS[13], Text, |rows, at, _| {
            Cell::Text(rows[at].benchmark.as_deref().unwrap_or_default().into())
        }),
        RecordColumn::new(LAST_COLUMNS[14], Count, |rows, at, _| Cell::Count(rows[at].warmup_bars)),
    ]);
    columns
}

/// The columns of the totals of strategies: the strategy, the parameters of these names, shares as fractions, medians
/// over the results in which a metric is defined.
#[must_use]
pub fn totals_columns(params: &[String]) -> Vec<RecordColumn<[StrategyTotals]>> {
    use CellType::{Count, Number, Text};
    let mut columns: Vec<RecordColumn<[StrategyTotals]>> =
        vec![RecordColumn::new("strategy", Text, |all, at, _| Cell::Text(all[at].strategy.as_str().into()))];
    columns.extend(params.iter().map(|name| RecordColumn {
        name: param_column(name).into(),
        cell_type: Number,
        cell: |all: &[StrategyTotals], at, column: &RecordColumn<[StrategyTotals]>| {
            let param = all[at].params.iter().find(|(name, _)| name == param_name(&column.name));
            Cell::Number(param.map(|(_, value)| *value))
        },
    }));
    columns.extend([
        RecordColumn::new("results", Count, |all: &[StrategyTotals], at, _| Cell::Count(all[at].results)),
        RecordColumn::new("profitable", Number, |all, at, _| Cell::Number(Some(all[at].profitable))),
        RecordColumn::new("beat_buy_hold", Number, |all, at, _| Cell::Number(Some(all[at].beat_buy_hold))),
        RecordColumn::new("never_traded", Count, |all, at, _| Cell::Count(all[at].never_traded)),
    ]);
    columns.extend(StrategyTotals::MEDIANS.iter().map(|name| RecordColumn {
        name: format!("{MEDIAN_PREFIX}{name}").into(),
        cell_type: Number,
        cell: |all: &[StrategyTotals], at, column: &RecordColumn<[StrategyTotals]>| {
            let of = column.name.strip_prefix(MEDIAN_PREFIX);
            let median = StrategyTotals::MEDIANS.iter().position(|name| Some(*name) == of);
            Cell::Number(median.and_then(|median| all[at].medians[median]))
        },
    }));
    columns
}

const MEDIAN_PREFIX: &str = "median_";

/// The columns of assets by their scores; `parts` are the names of the parts of the score.
#[must_use]
pub fn score_columns(parts: &[String]) -> Vec<RecordColumn<[ScoreRow]>> {
    use CellType::{Count, Flag, Number, Text, Time, Whole};
    #[expect(clippy::cast_precision_loss, reason = "ranks are far below 2^53")]
    const fn float(count: u64) -> f64 {
        count as f64
    }
    let mut columns: Vec<RecordColumn<[ScoreRow]>> = vec![
        RecordColumn::new(FIRST_COLUMNS[0], Text, |rows, at, _| Cell::Text(rows[at].symbol.as_str().into())),
        RecordColumn::new(FIRST_COLUMNS[1], Text, |rows, at, _| Cell::Text(rows[at].interval.to_string().into())),
        RecordColumn::new(FIRST_COLUMNS[2], Text, |rows, at, _| Cell::Text(rows[at].strategy.as_str().into())),
        RecordColumn::new("rank", Whole, |rows, at, _| Cell::Whole(rows[at].rank.map(float))),
        RecordColumn::new("score", Number, |rows, at, _| Cell::Number(rows[at].score)),
        RecordColumn::new("rating", Number, |rows, at, _| Cell::Number(rows[at].rating)),
        RecordColumn::new("rating_word", Text, |rows, at, _| {
            Cell::Text(rows[at].rating_word().unwrap_or_default().into())
        }),
        RecordColumn::new("candidate", Flag, |rows, at, _| Cell::Flag(rows[at].is_candidate)),
        RecordColumn::new("rank_before", Whole, |rows, at, _| Cell::Whole(rows[at].rank_before.map(float))),
        RecordColumn::new("rank_change", Whole, |rows, at, _| Cell::Whole(rows[at].rank_change())),
        RecordColumn::new("score_before", Number, |rows, at, _| Cell::Number(rows[at].score_before)),
        RecordColumn::new("close", Number, |rows, at, _| Cell::Number(Some(rows[at].close))),
        RecordColumn::new("time", Time, |rows, at, _| Cell::Time(rows[at].time)),
        RecordColumn::new("bars", Count, |rows, at, _| Cell::Count(rows[at].bars)),
    ];
    columns.extend(parts.iter().map(|name| RecordColumn {
        name: format!("{PART_PREFIX}{name}").into(),
        cell_type: Number,
        cell: |rows: &[ScoreRow], at, column: &RecordColumn<[ScoreRow]>| {
            let of = column.name.strip_prefix(PART_PREFIX);
            let part = rows[at].parts.iter().find(|(name, _)| Some(name.as_str()) == of);
            Cell::Number(part.and_then(|(_, value)| *value))
        },
    }));
    columns
}

const PART_PREFIX: &str = "part_";

/// The columns of holdings: prices and values in quote currency, weights as fractions of the whole value.
pub static HOLDING_COLUMNS: [RecordColumn<[HoldingRow]>; 11] = {
    use CellType::{Number, Text, Whole};
    #[expect(clippy::cast_precision_loss, reason = "ranks are far below 2^53")]
    const fn float(count: u64) -> f64 {
        count as f64
    }
    [
        RecordColumn::new("symbol", Text, |rows, at, _| Cell::Text(rows[at].symbol.as_str().into())),
        RecordColumn::new("units", Number, |rows, at, _| Cell::Number(Some(rows[at].units))),
        RecordColumn::new("price", Number, |rows, at, _| Cell::Number(Some(rows[at].price))),
        RecordColumn::new("value", Number, |rows, at, _| Cell::Number(Some(rows[at].value))),
        RecordColumn::new("weight", Number, |rows, at, _| Cell::Number(Some(rows[at].weight))),
        RecordColumn::new("rank", Whole, |rows, at, _| Cell::Whole(rows[at].rank.map(float))),
        RecordColumn::new("score", Number, |rows, at, _| Cell::Number(rows[at].score)),
        RecordColumn::new("rating", Number, |rows, at, _| Cell::Number(rows[at].rating)),
        RecordColumn::new("target_weight", Number, |rows, at, _| Cell::Number(Some(rows[at].target_weight))),
        RecordColumn::new("trade_units", Number, |rows, at, _| Cell::Number(Some(rows[at].trade_units))),
        RecordColumn::new("trade_value", Number, |rows, at, _| Cell::Number(Some(rows[at].trade_value))),
    ]
};

/// The columns of the windows of a walk; `params` are the names of the parameters. Times are open times of first and last
/// bars, metrics are those of the chosen point's own account; `window` is empty for the holdout.
#[must_use]
pub fn window_columns(params: &[String]) -> Vec<RecordColumn<[WindowRow]>> {
    use CellType::{Count, Flag, Text, Time, Whole};
    let mut columns: Vec<RecordColumn<[WindowRow]>> = vec![
        RecordColumn::new("symbol", Text, |rows, at, _| Cell::Text(rows[at].symbol.as_str().into())),
        RecordColumn::new("interval", Text, |rows, at, _| Cell::Text(rows[at].interval.to_string().into())),
        RecordColumn::new("strategy", Text, |rows, at, _| Cell::Text(rows[at].strategy.as_str().into())),
        RecordColumn::new("window", Whole, |rows, at, _| whole(rows[at].number)),
        RecordColumn::new("train_start", Time, |rows, at, _| Cell::Time(rows[at].train.0)),
        RecordColumn::new("train_end", Time, |rows, at, _| Cell::Time(rows[at].train.1)),
        RecordColumn::new("train_bars", Count, |rows, at, _| Cell::Count(rows[at].train_bars)),
        RecordColumn::new("test_start", Time, |rows, at, _| Cell::Time(rows[at].test.0)),
        RecordColumn::new("test_end", Time, |rows, at, _| Cell::Time(rows[at].test.1)),
        RecordColumn::new("test_bars", Count, |rows, at, _| Cell::Count(rows[at].test_bars)),
        RecordColumn::new("partial", Flag, |rows, at, _| Cell::Flag(rows[at].is_partial)),
    ];
    columns.extend(choice_columns(params));
    columns
}

/// The columns of the splits of a cross-validation; `params` are the names of the parameters, `tested` has the numbers of
/// the groups that are tested, separated by spaces.
#[must_use]
pub fn split_columns(params: &[String]) -> Vec<RecordColumn<[SplitRow]>> {
    use CellType::{Count, Text};
    let mut columns: Vec<RecordColumn<[SplitRow]>> = vec![
        RecordColumn::new("symbol", Text, |rows, at, _| Cell::Text(rows[at].symbol.as_str().into())),
        RecordColumn::new("interval", Text, |rows, at, _| Cell::Text(rows[at].interval.to_string().into())),
        RecordColumn::new("strategy", Text, |rows, at, _| Cell::Text(rows[at].strategy.as_str().into())),
        RecordColumn::new("split", Count, |rows, at, _| Cell::Count(rows[at].number)),
        RecordColumn::new("tested", Text, |rows, at, _| {
            let groups: Vec<String> = rows[at].tested.iter().map(usize::to_string).collect();
            Cell::Text(groups.join(" ").into())
        }),
        RecordColumn::new("train_bars", Count, |rows, at, _| Cell::Count(rows[at].train_bars)),
        RecordColumn::new("test_bars", Count, |rows, at, _| Cell::Count(rows[at].test_bars)),
    ];
    columns.extend(choice_columns(params));
    columns
}

/// Rows that say what was chosen.
trait HasChoice {
    fn choice(&self) -> &ChoiceRow;
}

impl HasChoice for WindowRow {
    fn choice(&self) -> &ChoiceRow {
        &self.choice
    }
}

impl HasChoice for SplitRow {
    fn choice(&self) -> &ChoiceRow {
        &self.choice
    }
}

#[expect(clippy::cast_precision_loss, reason = "places and trades are far below 2^53")]
fn whole<'a>(count: Option<u64>) -> Cell<'a> {
    Cell::Whole(count.map(|count| count as f64))
}

/// The columns of what was chosen.
fn choice_columns<R: HasChoice>(params: &[String]) -> Vec<RecordColumn<[R]>> {
    use CellType::{Count, Number, Whole};
    let mut columns: Vec<RecordColumn<[R]>> = Vec::new();
    columns.extend(params.iter().map(|name| RecordColumn {
        name: window_param_column(name).into(),
        cell_type: Number,
        cell: |rows: &[R], at, column: &RecordColumn<[R]>| {
            let mut params = rows[at].choice().params.iter();
            let param = params.find(|(name, _)| window_param_column(name) == column.name);
            Cell::Number(param.map(|(_, value)| *value))
        },
    }));
    columns.extend([
        RecordColumn::new("in_sample", Number, |rows: &[R], at, _| Cell::Number(rows[at].choice().metric.0)),
        RecordColumn::new("out_of_sample", Number, |rows, at, _| Cell::Number(rows[at].choice().metric.1)),
        RecordColumn::new("return_in_sample", Number, |rows, at, _| Cell::Number(rows[at].choice().total_return.0)),
        RecordColumn::new("return_out_of_sample", Number, |rows, at, _| Cell::Number(rows[at].choice().total_return.1)),
        RecordColumn::new("trades_in_sample", Whole, |rows, at, _| Cell::Whole(rows[at].choice().trades.0)),
        RecordColumn::new("trades_out_of_sample", Whole, |rows, at, _| Cell::Whole(rows[at].choice().trades.1)),
        RecordColumn::new("trades_spanning", Whole, |rows, at, _| whole(rows[at].choice().trades_spanning)),
        RecordColumn::new("rank", Whole, |rows, at, _| whole(rows[at].choice().rank)),
        RecordColumn::new("points", Count, |rows, at, _| Cell::Count(rows[at].choice().points)),
        RecordColumn::new("passing", Count, |rows, at, _| Cell::Count(rows[at].choice().passing)),
    ]);
    columns
}

/// The column of a parameter among those of windows and splits: its name, unless one of them has such a column itself.
fn window_param_column(name: &str) -> String {
    const OWN: [&str; 23] = [
        "symbol",
        "interval",
        "strategy",
        "window",
        "split",
        "tested",
        "train_start",
        "train_end",
        "train_bars",
        "test_start",
        "test_end",
        "test_bars",
        "partial",
        "in_sample",
        "out_of_sample",
        "return_in_sample",
        "return_out_of_sample",
        "trades_in_sample",
        "trades_out_of_sample",
        "trades_spanning",
        "rank",
        "points",
        "passing",
    ];
    if OWN.contains(&name) { format!("{PARAM_PREFIX}{name}") } else { name.to_owned() }
}

/// What was worked out of any of the rows.
#[must_use]
pub fn detail_of(rows: &[Row]) -> Detail {
    rows.iter().map(|row| row.outcome.detail).max().unwrap_or_default()
}

fn metric_of(row: &Row, column: &RecordColumn<[Row]>) -> Option<f64> {
    metrics::find(&column.name).and_then(|metric| row.outcome.metrics[metric])
}
