//! Results as Parquet: the columns of the CSV form, typed.

use polars::prelude::{
    Column, DataFrame, DataType, NamedFrom, ParquetCompression, ParquetWriter, PolarsResult, Series, TimeUnit, TimeZone,
};

use super::{Curve, Row};
use crate::sim::metrics;
use crate::sim::model::{Millis, Side, Trade};

/// The file's bytes: `symbol, interval, strategy` as text, parameters (their names in `params`) and metrics as f64,
/// null where undefined.
///
/// # Errors
/// What polars says, should it fail.
pub fn batch(rows: &[Row], params: &[String]) -> PolarsResult<Vec<u8>> {
    let text = |name: &str, get: fn(&Row) -> String| {
        Column::from(Series::new(name.into(), rows.iter().map(get).collect::<Vec<String>>()))
    };
    let mut columns = vec![
        text("symbol", |row| row.symbol.clone()),
        text("interval", |row| row.interval.to_string()),
        text("strategy", |row| row.strategy.clone()),
    ];
    for name in params {
        let value = |row: &Row| row.params.iter().find(|(param, _)| param == name).map(|(_, value)| *value);
        columns.push(Column::from(Series::new(
            name.as_str().into(),
            rows.iter().map(value).collect::<Vec<Option<f64>>>(),
        )));
    }
    for (index, metric) in metrics::TABLE.iter().enumerate() {
        let values: Vec<Option<f64>> = rows.iter().map(|row| row.outcome.metrics[index]).collect();
        columns.push(Column::from(Series::new(metric.name.into(), values)));
    }
    bytes(rows.len(), columns)
}

/// The trades of one result: the columns of the CSV form, times as timestamps (ms, UTC).
///
/// # Errors
/// What polars says, should it fail.
pub fn trades(trades: &[Trade]) -> PolarsResult<Vec<u8>> {
    let utc = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    let time = |name: &str, get: fn(&Trade) -> Millis| {
        let series = Series::new(name.into(), trades.iter().map(get).collect::<Vec<i64>>());
        Ok::<_, polars::prelude::PolarsError>(Column::from(series.cast(&utc)?))
    };
    let number = |name: &str, get: fn(&Trade) -> f64| {
        Column::from(Series::new(name.into(), trades.iter().map(get).collect::<Vec<f64>>()))
    };
    let side = |trade: &Trade| match trade.side {
        Side::Long => "long",
        Side::Short => "short",
    };
    let columns = vec![
        Column::from(Series::new("side".into(), trades.iter().map(side).collect::<Vec<&str>>())),
        time("entry_time", |trade| trade.entry_time)?,
        number("entry_price", |trade| trade.entry_price),
        time("exit_time", |trade| trade.exit_time)?,
        number("exit_price", |trade| trade.exit_price),
        number("size", |trade| trade.size),
        number("fees", |trade| trade.fees),
        number("pnl", |trade| trade.pnl),
        number("return", |trade| trade.ret),
        Column::from(Series::new("bars".into(), trades.iter().map(|trade| trade.bars).collect::<Vec<u64>>())),
        Column::from(Series::new("open".into(), trades.iter().map(|trade| trade.open).collect::<Vec<bool>>())),
    ];
    bytes(trades.len(), columns)
}

/// An equity curve: the columns of the CSV form, `timestamp` as a timestamp (ms, UTC), the others f64.
///
/// # Errors
/// What polars says, should it fail.
pub fn curve(curve: &Curve) -> PolarsResult<Vec<u8>> {
    let [timestamp, equity, drawdown, buy_hold] = super::csv::CURVE;
    let utc = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    let number = |name: &str, values: &[f64]| Column::from(Series::new(name.into(), values));
    let columns = vec![
        Column::from(Series::new(timestamp.into(), curve.time.as_slice()).cast(&utc)?),
        number(equity, &curve.equity),
        number(drawdown, &curve.drawdown),
        number(buy_hold, &curve.buy_hold),
    ];
    bytes(curve.time.len(), columns)
}

fn bytes(rows: usize, columns: Vec<Column>) -> PolarsResult<Vec<u8>> {
    let mut frame = DataFrame::new(rows, columns)?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Zstd(None)).finish(&mut frame)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::prelude::{ParquetReader, SerReader};

    use super::*;

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
        };
        for some in [&[][..], &[trade]] {
            let frame = ParquetReader::new(Cursor::new(trades(some).unwrap())).finish().unwrap();
            let names: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
            let text = String::from_utf8(super::super::csv::trades(some).unwrap()).unwrap();
            assert_eq!(names.join(","), text.lines().next().unwrap());
            assert_eq!(frame.height(), some.len());
        }
    }

    #[test]
    fn a_curve_has_the_columns_of_the_csv_form_and_the_same_bits() {
        let curve = Curve {
            time: vec![0, 86_400_000],
            equity: vec![1.0, 0.1 + 0.2],
            drawdown: vec![0.0, -0.7],
            buy_hold: vec![1.0, 2.0],
        };
        let frame = ParquetReader::new(Cursor::new(super::curve(&curve).unwrap())).finish().unwrap();
        let names: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
        let text = String::from_utf8(super::super::csv::curve(&curve).unwrap()).unwrap();
        assert_eq!(names.join(","), text.lines().next().unwrap());
        let equity = frame.column("equity").unwrap().f64().unwrap().to_vec();
        assert_eq!(equity, [Some(1.0), Some(0.1 + 0.2)]);
        assert!(text.ends_with("\n1970-01-02T00:00:00Z,0.30000000000000004,-0.7,2\n"), "{text}");
    }
}
