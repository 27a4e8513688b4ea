//! A Parquet file that grows by row groups, for sweeps of any size.

use std::fs::File;

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    Column, DataFrame, DataType, Field, Float64Chunked, IntoSeries, NamedFrom, NewChunkedArray, ParquetCompression,
    ParquetWriter, PolarsResult, Schema, Series,
};

use crate::report::table::ROW_COLUMNS;
use crate::sim::metrics::{self, Metrics};

/// Rows of a row group. The table of contents, which Parquet has at a file's end and so grows in memory, has an entry
/// for each column of each of them: small ones would cost tens of megabytes over ten million rows.
const ROWS: usize = 65_536;

/// A Parquet file under construction: in memory is one row group, and the file's table of contents.
pub struct ParquetBatches {
    writer: BatchedWriter<File>,
    /// Interval and strategy, the same in all rows.
    fixed: [String; 2],
    /// Names of parameters and metrics.
    names: Vec<String>,
    /// Symbols of the rows in memory, each with how many rows it has.
    symbols: Vec<(String, usize)>,
    /// Values of the rows in memory, column by column; not a number where undefined.
    columns: Vec<Vec<f64>>,
}

impl ParquetBatches {
    /// Starts the file.
    ///
    /// # Errors
    /// What polars says.
    pub fn new(file: File, fixed: [String; 2], params: &[String]) -> PolarsResult<Self> {
        let metrics = metrics::TABLE.iter().map(|metric| metric.name.to_owned());
        let names: Vec<String> = params.iter().cloned().chain(metrics).collect();
        let texts = ROW_COLUMNS.map(|name| Field::new(name.into(), DataType::String));
        let numbers = names.iter().map(|name| Field::new(name.as_str().into(), DataType::Float64));
        let schema: Schema = texts.into_iter().chain(numbers).collect();
        let writer = ParquetWriter::new(file)
            .with_compression(ParquetCompression::Zstd(None))
            .set_parallel(false)
            .batched(&schema)?;
        let columns = vec![Vec::new(); names.len()];
        Ok(Self { writer, fixed, names, symbols: Vec::new(), columns })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// What polars says, such as a full disk.
    pub fn push(&mut self, symbol: &str, params: &[f64], metrics: &Metrics) -> PolarsResult<()> {
        match self.symbols.last_mut() {
            Some((last, rows)) if last == symbol => *rows += 1,
            _ => self.symbols.push((symbol.to_owned(), 1)),
        }
        let values = params.iter().copied().chain(metrics.iter().map(|metric| metric.unwrap_or(f64::NAN)));
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
        if self.columns[0].len() == ROWS { self.flush() } else { Ok(()) }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// What polars says.
    pub fn finish(mut self) -> PolarsResult<()> {
        self.flush()?;
        self.writer.finish().map(drop)
    }

    fn flush(&mut self) -> PolarsResult<()> {
        let rows = self.columns[0].len();
        if rows == 0 {
            return Ok(());
        }
        let symbols: Vec<&str> =
            self.symbols.iter().flat_map(|(symbol, rows)| std::iter::repeat_n(symbol.as_str(), *rows)).collect();
        let [interval, strategy] = self.fixed.each_ref().map(|text| vec![text.as_str(); rows]);
        let texts = ROW_COLUMNS
            .into_iter()
            .zip([symbols, interval, strategy])
            .map(|(name, cells)| Column::from(Series::new(name.into(), cells)));
        let numbers = self.names.iter().zip(&mut self.columns).map(|(name, values)| {
            let cells = values.drain(..).map(|value| (!value.is_nan()).then_some(value));
            Column::from(Float64Chunked::from_iter_options(name.as_str().into(), cells).into_series())
        });
        let frame = DataFrame::new(rows, texts.chain(numbers).collect())?;
        self.symbols.clear();
        self.writer.write_batch(&frame)
    }
}
