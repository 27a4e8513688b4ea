//! Tables as Parquet: the columns of the CSV form, typed; times are timestamps (ms, UTC), undefined numbers null.

mod batches;
pub mod read;

pub use batches::ParquetBatches;

use polars::prelude::{
    Column as FrameColumn, DataFrame, DataType, NamedFrom, ParquetCompression, ParquetWriter, PolarsResult, Series,
    TimeUnit, TimeZone,
};

use super::table::{Cell, CellType, Column, EQUITY_COLUMNS, Records, TRADE_COLUMNS, row_columns};
use crate::sim::{EquityCurve, Row, Trade};

/// A table's bytes.
///
/// # Errors
/// What polars says, should it fail.
pub fn records<T: ?Sized>(records: &Records<'_, T>) -> PolarsResult<Vec<u8>> {
    let columns = records.columns().iter().map(|column| frame_column(records, column)).collect::<PolarsResult<_>>()?;
    let mut frame = DataFrame::new(records.len(), columns)?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Zstd(None)).finish(&mut frame)?;
    Ok(bytes)
}

/// Rows of results; `params` are the names of their parameters.
///
/// # Errors
/// As [`records`].
pub fn rows(rows: &[Row], params: &[String]) -> PolarsResult<Vec<u8>> {
    records(&Records::new(&row_columns(params), rows, rows.len()))
}

pub use rows as batch; // old name, until the floors meet

/// The trades of one result.
///
/// # Errors
/// As [`records`].
pub fn trades(trades: &[Trade]) -> PolarsResult<Vec<u8>> {
    records(&Records::new(&TRADE_COLUMNS, trades, trades.len()))
}

/// An equity curve.
///
/// # Errors
/// As [`records`].
pub fn curve(curve: &EquityCurve) -> PolarsResult<Vec<u8>> {
    records(&Records::new(&EQUITY_COLUMNS, curve, curve.time.len()))
}

fn frame_column<T: ?Sized>(records: &Records<'_, T>, column: &Column<T>) -> PolarsResult<FrameColumn> {
    let name = column.name.as_ref().into();
    let cells = (0..records.len()).map(|row| records.cell(column, row));
    let values = match column.cell_type {
        CellType::Text => {
            let texts = cells.map(|cell| if let Cell::Text(text) = cell { Some(text.into_owned()) } else { None });
            Series::new(name, texts.collect::<Vec<Option<String>>>())
        }
        CellType::Time => {
            let utc = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
            let times = cells.map(|cell| if let Cell::Time(millis) = cell { Some(millis) } else { None });
            Series::new(name, times.collect::<Vec<Option<i64>>>()).cast(&utc)?
        }
        CellType::Number => {
            let numbers = cells.map(|cell| if let Cell::Number(number) = cell { number } else { None });
            Series::new(name, numbers.collect::<Vec<Option<f64>>>())
        }
        CellType::Count => {
            let counts = cells.map(|cell| if let Cell::Count(count) = cell { Some(count) } else { None });
            Series::new(name, counts.collect::<Vec<Option<u64>>>())
        }
        CellType::Flag => {
            let flags = cells.map(|cell| if let Cell::Flag(flag) = cell { Some(flag) } else { None });
            Series::new(name, flags.collect::<Vec<Option<bool>>>())
        }
    };
    Ok(FrameColumn::from(values))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::prelude::{ParquetReader, SerReader};

    use super::*;
    use crate::report::csv;
    use crate::sim::Side;

    #[test]
    fn trades_have_the_columns_of_the_csv_form() {
        let trade = Trade {
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
        for some in [&[][..], &[trade]] {
            let frame = ParquetReader::new(Cursor::new(trades(some).unwrap())).finish().unwrap();
            let names: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
            let text = String::from_utf8(csv::trades(some).unwrap()).unwrap();
            assert_eq!(names.join(","), text.lines().next().unwrap());
            assert_eq!(frame.height(), some.len());
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
