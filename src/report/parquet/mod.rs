//! Tables as Parquet: the columns of the CSV form, typed; times are timestamps (ms, UTC), undefined numbers null.

mod batches;
mod footer;
mod pages;
pub mod read;
mod row_groups;

use pages::{batched_in, write_row_group};

pub use batches::{ParquetBatches, TradeBatches};
pub use footer::add_metadata;
pub use row_groups::{FrameJoin, RowGroupSource, RowGroupWriter};

use polars::prelude::{
    BooleanChunked, Column as FrameColumn, DataFrame, DataType, Float64Chunked, Int64Chunked, IntoSeries, PolarsResult,
    StringChunked, TimeUnit, TimeZone, UInt64Chunked,
};
use polars_arrow::array::{BooleanArray, PrimitiveArray, Utf8ViewArray};

use super::table::{
    Cell, CellType, EQUITY_COLUMNS, RecordColumn, Records, TRADE_COLUMNS, TradeList, detail_of, row_columns,
};
use crate::sim::{EquityCurve, Row};

/// Rows of a row group of a table that is in memory.
const ROWS: usize = 1 << 18;

/// A table's bytes.
///
/// # Errors
/// What polars says, should it fail.
pub fn records<T: ?Sized>(records: &Records<'_, T>) -> PolarsResult<Vec<u8>> {
    let frame = frame(records)?;
    let mut bytes = Vec::new();
    let mut writer = batched_in(Box::new(&mut bytes), frame.schema())?;
    for first in (0..frame.height()).step_by(ROWS) {
        write_row_group(&mut writer, &frame.slice(i64::try_from(first).unwrap_or(i64::MAX), ROWS))?;
    }
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

fn frame<T: ?Sized>(records: &Records<'_, T>) -> PolarsResult<DataFrame> {
    let frame_column = |column: &RecordColumn<T>| {
        frame_column(&column.name, column.cell_type, (0..records.len()).map(|row| records.cell(column, row)))
    };
    let columns = records.columns().iter().map(frame_column).collect();
    DataFrame::new(records.len(), columns)
}

/// Rows of results; `params` are the names of their parameters.
///
/// # Errors
/// As [`records`].
pub fn rows(rows: &[Row], params: &[String]) -> PolarsResult<Vec<u8>> {
    records(&Records::new(&row_columns(params, detail_of(rows)), rows, rows.len()))
}

/// The trades of one result.
///
/// # Errors
/// As [`records`].
pub fn trades(list: &TradeList) -> PolarsResult<Vec<u8>> {
    records(&Records::new(&TRADE_COLUMNS, list, list.trades.len()))
}

/// An equity curve.
///
/// # Errors
/// As [`records`].
pub fn curve(curve: &EquityCurve) -> PolarsResult<Vec<u8>> {
    records(&Records::new(&EQUITY_COLUMNS, curve, curve.time.len()))
}

/// A column of these cells, which are all of one type.
fn frame_column<'a>(name: &str, cell_type: CellType, cells: impl Iterator<Item = Cell<'a>>) -> FrameColumn {
    // Arrow's arrays first: polars' own builders are made for few values, and not optimised (Cargo.toml).
    let name = name.into();
    let series = match cell_type {
        CellType::Text => {
            let texts = cells.map(|cell| if let Cell::Text(text) = cell { Some(text) } else { None });
            let texts = Utf8ViewArray::from_slice(texts.collect::<Vec<_>>());
            StringChunked::with_chunk(name, texts).into_series()
        }
        CellType::Time => {
            let times = cells.map(|cell| if let Cell::Time(millis) = cell { Some(millis) } else { None });
            // Not by a cast, which forgets the time zone of a column without rows.
            let times = Int64Chunked::with_chunk(name, PrimitiveArray::from(times.collect::<Vec<_>>()));
            times.into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)).into_series()
        }
        CellType::Number => {
            let numbers = cells.map(|cell| if let Cell::Number(number) = cell { number } else { None });
            let numbers = numbers.map(|number| number.filter(|number| number.is_finite()));
            Float64Chunked::with_chunk(name, PrimitiveArray::from(numbers.collect::<Vec<_>>())).into_series()
        }
        CellType::Whole => {
            let numbers = cells.map(|cell| if let Cell::Whole(number) = cell { number } else { None });
            let numbers = PrimitiveArray::from(numbers.map(whole).collect::<Vec<_>>());
            Int64Chunked::with_chunk(name, numbers).into_series()
        }
        CellType::Count => {
            let counts = cells.map(|cell| if let Cell::Count(count) = cell { Some(count) } else { None });
            UInt64Chunked::with_chunk(name, PrimitiveArray::from(counts.collect::<Vec<_>>())).into_series()
        }
        CellType::Flag => {
            let flags = cells.map(|cell| if let Cell::Flag(flag) = cell { Some(flag) } else { None });
            BooleanChunked::with_chunk(name, BooleanArray::from(flags.collect::<Vec<_>>())).into_series()
        }
    };
    FrameColumn::from(series)
}

fn data_type(cell_type: CellType) -> DataType {
    match cell_type {
        CellType::Text => DataType::String,
        CellType::Time => DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)),
        CellType::Number => DataType::Float64,
        CellType::Whole => DataType::Int64,
        CellType::Count => DataType::UInt64,
        CellType::Flag => DataType::Boolean,
    }
}

/// A count as an integer.
#[expect(clippy::cast_possible_truncation, reason = "counts are far below 2^53")]
fn whole(value: Option<f64>) -> Option<i64> {
    value.filter(|value| value.is_finite()).map(|value| value as i64)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::prelude::{ParquetReader, SerReader};

    use super::*;
    use crate::csv;
    use crate::sim::Side;

    #[test]
    fn trades_have_the_columns_of_the_csv_form() {
        let trade = crate::sim::Trade {
            side: Side::Short,
            entry_time: 86_400_000,
            entry_price: 2.0,
            exit_time: 172_800_000,
            exit_price: 1.0,
            size: 3.0,
            fees: 0.5,
            pnl: 2.5,
            ret: 0.25,
            bars: 1,
            open: true,
            exit_reason: crate::sim::account::ExitReason::Open,
            mae: -0.5,
            mfe: 0.5,
            ambiguous: false,
        };
        for some in [vec![], vec![trade]] {
            let count = some.len();
            let list = TradeList {
                trades: some,
                symbol: "BTCUSDT".to_owned(),
                symbols: Vec::new(),
                strategy: "rsi".to_owned(),
            };
            let frame = ParquetReader::new(Cursor::new(trades(&list).unwrap())).finish().unwrap();
            let names: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
            let text = String::from_utf8(csv::trades(&list).unwrap()).unwrap();
            assert_eq!(names.join(","), text.lines().next().unwrap());
            assert_eq!(frame.height(), count);
            assert_eq!(frame.column("entry_time").unwrap().dtype(), &data_type(CellType::Time));
        }
    }

    #[test]
    fn a_curve_has_the_columns_of_the_csv_form_and_the_same_bits() {
        let curve = EquityCurve {
            time: vec![0, 86_400_000],
            equity: vec![1.0, 0.1 + 0.2],
            drawdown: vec![0.0, -0.7],
            buy_hold: vec![1.0, 2.0],
        };
        let frame = ParquetReader::new(Cursor::new(super::curve(&curve).unwrap())).finish().unwrap();
        let names: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
        let text = String::from_utf8(csv::curve(&curve).unwrap()).unwrap();
        assert_eq!(names.join(","), text.lines().next().unwrap());
        let equity = frame.column("equity").unwrap().f64().unwrap().to_vec();
        assert_eq!(equity, [Some(1.0), Some(0.1 + 0.2)]);
        assert!(text.ends_with("\n1970-01-02T00:00:00Z,0.30000000000000004,-0.7,2\n"), "{text}");
    }
}
