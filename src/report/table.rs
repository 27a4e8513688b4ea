//! Tables of results: typed columns, from which CSV, JSON and Parquet derive.

use std::borrow::Cow;

use serde_json::Value;

use super::{number, time};
use crate::sim::metrics::{self, Metrics};
use crate::sim::{EquityCurve, Millis, Row, Trade};

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// The open time of a bar.
    Time(Millis),
    /// A number; none where it is undefined.
    Number(Option<f64>),
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
    /// [`Cell::Count`].
    Count,
    /// [`Cell::Flag`].
    Flag,
}

/// A named column of a table whose rows are in a `T`.
pub struct Column<T: ?Sized> {
    /// Name in every output.
    pub name: Cow<'static, str>,
    /// What its cells are.
    pub cell_type: CellType,
    cell: for<'a> fn(&'a T, usize, &Self) -> Cell<'a>,
}

impl<T: ?Sized> Column<T> {
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
    columns: &'a [Column<T>],
    rows: &'a T,
    len: usize,
}

impl<'a, T: ?Sized> Records<'a, T> {
    /// These columns over the first `len` rows.
    #[must_use]
    pub fn new(columns: &'a [Column<T>], rows: &'a T, len: usize) -> Self {
        Self { columns, rows, len }
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &'a [Column<T>] {
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
    pub fn cell(&self, column: &Column<T>, row: usize) -> Cell<'a> {
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
            Cell::Number(value) => value.map_or(Value::Null, number),
            Cell::Count(count) => count.into(),
            Cell::Flag(flag) => flag.into(),
        };
        let named = |(column, cell): (&Column<T>, Cell<'_>)| (column.name.to_string(), value(cell));
        (0..self.len).map(|row| Value::Object(self.columns.iter().zip(self.row(row)).map(named).collect())).collect()
    }
}

/// The columns of a list of trades.
pub static TRADE_COLUMNS: [Column<[Trade]>; 14] = {
    use CellType::{Count, Flag, Number, Text, Time};
    [
        Column::new("side", Text, |trades, at, _| Cell::Text(trades[at].side.name().into())),
        Column::new("entry_time", Time, |trades, at, _| Cell::Time(trades[at].entry_time)),
        Column::new("entry_price", Number, |trades, at, _| Cell::Number(Some(trades[at].entry_price))),
        Column::new("exit_time", Time, |trades, at, _| Cell::Time(trades[at].exit_time)),
        Column::new("exit_price", Number, |trades, at, _| Cell::Number(Some(trades[at].exit_price))),
        Column::new("size", Number, |trades, at, _| Cell::Number(Some(trades[at].size))),
        Column::new("fees", Number, |trades, at, _| Cell::Number(Some(trades[at].fees))),
        Column::new("pnl", Number, |trades, at, _| Cell::Number(Some(trades[at].pnl))),
        Column::new("return", Number, |trades, at, _| Cell::Number(Some(trades[at].ret))),
        Column::new("bars", Count, |trades, at, _| Cell::Count(trades[at].bars)),
        Column::new("open", Flag, |trades, at, _| Cell::Flag(trades[at].open)),
        Column::new("exit_reason", Text, |trades, at, _| Cell::Text(trades[at].exit_reason.name().into())),
        Column::new("mae", Number, |trades, at, _| Cell::Number(Some(trades[at].mae))),
        Column::new("mfe", Number, |trades, at, _| Cell::Number(Some(trades[at].mfe))),
    ]
};

/// The columns of an equity curve: the bar's open time, and at its close equity and buy-and-hold in quote currency,
/// and the drawdown as a fraction.
pub static EQUITY_COLUMNS: [Column<EquityCurve>; 4] = {
    use CellType::{Number, Time};
    [
        Column::new("timestamp", Time, |curve, at, _| Cell::Time(curve.time[at])),
        Column::new("equity", Number, |curve, at, _| Cell::Number(Some(curve.equity[at]))),
        Column::new("drawdown", Number, |curve, at, _| Cell::Number(Some(curve.drawdown[at]))),
        Column::new("buy_hold", Number, |curve, at, _| Cell::Number(Some(curve.buy_hold[at]))),
    ]
};

/// One row of a sweep: parameters and metrics, without what all rows share.
pub type SweepRow = (Vec<f64>, Metrics);

/// Names of the columns that all rows of results begin with.
pub const ROW_COLUMNS: [&str; 3] = ["symbol", "interval", "strategy"];

/// The columns of rows of results: [`ROW_COLUMNS`], the parameters of these names, the metrics.
#[must_use]
pub fn row_columns(params: &[String]) -> Vec<Column<[Row]>> {
    use CellType::{Number, Text};
    let mut columns: Vec<Column<[Row]>> = vec![
        Column::new(ROW_COLUMNS[0], Text, |rows, at, _| Cell::Text(rows[at].symbol.as_str().into())),
        Column::new(ROW_COLUMNS[1], Text, |rows, at, _| Cell::Text(rows[at].interval.to_string().into())),
        Column::new(ROW_COLUMNS[2], Text, |rows, at, _| Cell::Text(rows[at].strategy.as_str().into())),
    ];
    columns.extend(params.iter().map(|name| Column {
        name: name.clone().into(),
        cell_type: Number,
        cell: |rows: &[Row], at, column: &Column<[Row]>| {
            let param = rows[at].params.iter().find(|(name, _)| *name == column.name);
            Cell::Number(param.map(|(_, value)| *value))
        },
    }));
    columns.extend(metrics::TABLE.iter().map(|metric| {
        Column::new(metric.name, Number, |rows: &[Row], at, column| {
            Cell::Number(metrics::find(&column.name).and_then(|metric| rows[at].outcome.metrics[metric]))
        })
    }));
    columns
}
