//! Parquet files that grow by row groups, for sweeps of any size and the trades of many results.

use std::fs::File;

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{DataFrame, Field, PolarsResult};

use super::pages::{FrameFile, batched_in, write_row_group};
use super::{data_type, frame, frame_column};
use crate::sim::Row;
use crate::sim::metrics::{Detail, Metrics};
use crate::table::{Cell, CellType, FIRST_COLUMNS, RecordColumn, Records, TRADE_COLUMNS, TradeList, row_columns};

/// Trades of a row group.
const TRADES: usize = 65_536;

/// A Parquet file under construction: in memory is one row group, and the file's table of contents.
pub struct ParquetBatches {
    writer: BatchedWriter<FrameFile<'static>>,
    columns: Vec<RecordColumn<[Row]>>,
    /// What rows of a strategy on an asset have in common, each with how many rows in memory it has.
    assets: Vec<(Row, usize)>,
    /// Parameters and metrics of the rows in memory, column by column; not a number where undefined.
    values: Vec<Vec<f64>>,
}

impl ParquetBatches {
    /// Starts the file, of rows with metrics of this detail.
    ///
    /// # Errors
    /// What polars says.
    pub fn new(file: File, params: &[String], detail: Detail) -> PolarsResult<Self> {
        let columns = row_columns(params, detail);
        let writer = batched(file, &columns)?;
        let values = vec![Vec::new(); params.len() + detail.count()];
        Ok(Self { writer, columns, assets: Vec::new(), values })
    }

    /// Adds a row; `asset` has what the rows of its asset have in common.
    pub fn push(&mut self, asset: &Row, params: &[f64], metrics: &Metrics) {
        match self.assets.last_mut() {
            Some((last, rows)) if last.symbol == asset.symbol && last.strategy == asset.strategy => *rows += 1,
            _ => self.assets.push((asset.clone(), 1)),
        }
        let values = params.iter().copied().chain(metrics.iter().map(|metric| metric.unwrap_or(f64::NAN)));
        for (column, value) in self.values.iter_mut().zip(values) {
            column.push(value);
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// What polars says.
    pub fn finish(mut self) -> PolarsResult<()> {
        self.flush()?;
        self.writer.finish().map(drop)
    }

    /// Writes the rows in memory as a row group, if there are any.
    ///
    /// # Errors
    /// What polars says, such as a full disk.
    pub fn flush(&mut self) -> PolarsResult<()> {
        let rows = self.values[0].len();
        if rows == 0 {
            return Ok(());
        }
        let assets = std::mem::take(&mut self.assets);
        let (common, counts): (Vec<Row>, Vec<usize>) = assets.into_iter().unzip();
        let own = FIRST_COLUMNS.len()..FIRST_COLUMNS.len() + self.values.len();
        let mut frame = Vec::with_capacity(self.columns.len());
        for (at, column) in self.columns.iter().enumerate() {
            frame.push(if own.contains(&at) {
                let values = self.values[at - own.start].drain(..).map(|value| (!value.is_nan()).then_some(value));
                let cell = if column.cell_type == CellType::Whole { Cell::Whole } else { Cell::Number };
                frame_column(&column.name, column.cell_type, values.map(cell))
            } else {
                let repeated = counts.iter().enumerate().flat_map(|(asset, count)| std::iter::repeat_n(asset, *count));
                let cells = repeated.map(|asset| column.cell(common.as_slice(), asset));
                frame_column(&column.name, column.cell_type, cells)
            });
        }
        write_row_group(&mut self.writer, &DataFrame::new(rows, frame)?)
    }
}

/// A writer of these columns.
fn batched<T: ?Sized>(file: File, columns: &[RecordColumn<T>]) -> PolarsResult<BatchedWriter<FrameFile<'static>>> {
    let fields = columns.iter().map(|column| Field::new(column.name.as_ref().into(), data_type(column.cell_type)));
    batched_in(Box::new(file), &fields.collect())
}

/// A Parquet file of trades under construction: in memory is one row group.
pub struct TradeBatches {
    writer: BatchedWriter<FrameFile<'static>>,
    /// Trades that are not written yet.
    open: Option<DataFrame>,
}

impl TradeBatches {
    /// Starts the file.
    ///
    /// # Errors
    /// What polars says.
    pub fn new(file: File) -> PolarsResult<Self> {
        Ok(Self { writer: batched(file, &TRADE_COLUMNS)?, open: None })
    }

    /// Adds the trades of one result.
    ///
    /// # Errors
    /// What polars says, such as a full disk.
    pub fn push(&mut self, list: &TradeList) -> PolarsResult<()> {
        if list.trades.is_empty() {
            return Ok(());
        }
        let frame = frame(&Records::new(&TRADE_COLUMNS, list, list.trades.len()))?;
        let open = match self.open.take() {
            Some(open) => open.vstack(&frame)?,
            None => frame,
        };
        if open.height() < TRADES {
            self.open = Some(open);
            return Ok(());
        }
        self.write(open)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// What polars says.
    pub fn finish(mut self) -> PolarsResult<()> {
        if let Some(open) = self.open.take() {
            self.write(open)?;
        }
        self.writer.finish().map(drop)
    }

    fn write(&mut self, mut frame: DataFrame) -> PolarsResult<()> {
        frame.rechunk_mut();
        write_row_group(&mut self.writer, &frame)
    }
}
