//! Results as Parquet: the columns of the CSV form, typed.

use polars::prelude::{Column, DataFrame, NamedFrom, ParquetCompression, ParquetWriter, PolarsResult, Series};

use super::{Row, param_names};
use crate::metrics;

/// The file's bytes: `symbol, interval, strategy` as text, parameters and metrics as f64, null where undefined.
///
/// # Errors
/// What polars says, should it fail.
pub fn batch(rows: &[Row]) -> PolarsResult<Vec<u8>> {
    let text = |name: &str, get: fn(&Row) -> String| {
        Column::from(Series::new(name.into(), rows.iter().map(get).collect::<Vec<String>>()))
    };
    let mut columns = vec![
        text("symbol", |row| row.symbol.clone()),
        text("interval", |row| row.interval.to_string()),
        text("strategy", |row| row.strategy.clone()),
    ];
    for name in param_names(rows) {
        let value = |row: &Row| row.params.iter().find(|(param, _)| param == name).map(|(_, value)| *value);
        columns.push(Column::from(Series::new(name.into(), rows.iter().map(value).collect::<Vec<Option<f64>>>())));
    }
    for (index, metric) in metrics::TABLE.iter().enumerate() {
        let values: Vec<Option<f64>> = rows.iter().map(|row| row.outcome.metrics[index]).collect();
        columns.push(Column::from(Series::new(metric.name.into(), values)));
    }
    let mut frame = DataFrame::new(rows.len(), columns)?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Zstd(None)).finish(&mut frame)?;
    Ok(bytes)
}
