//! A file of any number of rows, written as they come: in memory is one batch of them, and under its name only when
//! it is whole.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::csv;
use super::parquet::{ParquetBatches, TradeBatches, add_metadata};
use super::table::{SweepRow, TradeList};
use crate::files::{AtomicFile, Durability};
use crate::sim::Row;
use crate::sim::metrics::Detail;

/// Rows of a row group. The table of contents, which Parquet has at a file's end and so grows in memory, has an entry
/// for each column of each of them: small ones would cost tens of megabytes over ten million rows.
pub const GROUP_ROWS: u64 = 65_536;

/// A CSV or Parquet file under construction; whoever adds rows ends the row groups too.
pub struct RowStream(StreamFormat);

enum StreamFormat {
    Csv(BufWriter<AtomicFile>),
    Parquet(Box<ParquetBatches>, AtomicFile),
}

impl RowStream {
    /// Starts a file; its ending decides its format. `params` are the names of the parameters; all rows have metrics of
    /// this detail.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn create(path: &Path, params: &[String], detail: Detail) -> io::Result<Self> {
        let file = AtomicFile::create(path)?;
        if path.extension().is_some_and(|ext| ext == "parquet") {
            return Self::parquet(file, params, detail);
        }
        let mut file = BufWriter::with_capacity(1 << 20, file);
        file.write_all(&csv::header(params, detail).map_err(io::Error::other)?)?;
        Ok(Self(StreamFormat::Csv(file)))
    }

    /// Starts a Parquet file, whatever it is called.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn parquet(file: AtomicFile, params: &[String], detail: Detail) -> io::Result<Self> {
        let batches = ParquetBatches::new(file.handle()?, params, detail).map_err(io::Error::other)?;
        Ok(Self(StreamFormat::Parquet(Box::new(batches), file)))
    }

    /// Adds rows of one asset; `asset` has what they have in common.
    ///
    /// # Errors
    /// When the disk is full, or fails.
    pub fn add(&mut self, asset: &Row, rows: impl Iterator<Item = SweepRow>) -> io::Result<()> {
        match &mut self.0 {
            StreamFormat::Csv(file) => csv::sweep_rows(file, asset, rows).map_err(io::Error::other),
            StreamFormat::Parquet(batches, _) => {
                rows.for_each(|(params, metrics)| batches.push(asset, &params, &metrics));
                Ok(())
            }
        }
    }

    /// Ends a row group, about [`GROUP_ROWS`] rows of a Parquet file; CSV has none.
    ///
    /// # Errors
    /// When the disk is full, or fails.
    pub fn end_group(&mut self) -> io::Result<()> {
        match &mut self.0 {
            StreamFormat::Csv(_) => Ok(()),
            StreamFormat::Parquet(batches, _) => batches.flush().map_err(|error| plain(&error)),
        }
    }

    /// Writes what is left and gives the file its name; an older file of that name is whole until then. Parquet keeps a
    /// text with its name beside the rows; CSV has no place for one.
    ///
    /// # Errors
    /// When the disk is full, or fails; no file is left then.
    pub fn finish_with(self, metadata: Option<(&str, String)>) -> io::Result<()> {
        let is_parquet = matches!(self.0, StreamFormat::Parquet(..));
        let file = self.finish_file()?;
        if let Some((name, text)) = metadata.filter(|_| is_parquet) {
            add_metadata(&mut file.handle()?, name, text)?;
        }
        file.commit(Durability::Content)
    }

    /// Writes what is left, and gives the file before it has its name.
    ///
    /// # Errors
    /// As [`Self::finish_with`].
    pub fn finish_file(self) -> io::Result<AtomicFile> {
        match self.0 {
            StreamFormat::Csv(file) => file.into_inner().map_err(io::IntoInnerError::into_error),
            StreamFormat::Parquet(batches, file) => {
                batches.finish().map_err(|error| plain(&error))?;
                Ok(file)
            }
        }
    }
}

/// A CSV or Parquet file of trades under construction.
pub struct TradeStream(TradeFormat);

enum TradeFormat {
    Csv(BufWriter<AtomicFile>),
    Parquet(Box<TradeBatches>, AtomicFile),
}

impl TradeStream {
    /// Starts a file; its ending decides its format.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = AtomicFile::create(path)?;
        Ok(Self(if path.extension().is_some_and(|ext| ext == "parquet") {
            let batches = TradeBatches::new(file.handle()?).map_err(|error| plain(&error))?;
            TradeFormat::Parquet(Box::new(batches), file)
        } else {
            let mut file = BufWriter::with_capacity(1 << 20, file);
            file.write_all(&csv::trade_header().map_err(io::Error::other)?)?;
            TradeFormat::Csv(file)
        }))
    }

    /// Adds the trades of one result.
    ///
    /// # Errors
    /// When the disk is full, or fails.
    pub fn add(&mut self, list: &TradeList) -> io::Result<()> {
        match &mut self.0 {
            TradeFormat::Csv(file) => csv::trade_rows(file, list).map_err(io::Error::other),
            TradeFormat::Parquet(batches, _) => batches.push(list).map_err(|error| plain(&error)),
        }
    }

    /// Writes what is left and gives the file its name; an older file of that name is whole until then.
    ///
    /// # Errors
    /// When the disk is full, or fails; no file is left then.
    pub fn finish(self) -> io::Result<()> {
        let file = match self.0 {
            TradeFormat::Csv(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?,
            TradeFormat::Parquet(batches, file) => {
                batches.finish().map_err(|error| plain(&error))?;
                file
            }
        };
        file.commit(Durability::Content)
    }
}

/// What the disk said, without the layers that a Parquet writer wraps around it (which blame the file's format).
fn plain(error: &impl std::fmt::Display) -> io::Error {
    let text = error.to_string();
    io::Error::other(text.rsplit("IO error: ").next().unwrap_or(&text).to_owned())
}
