//! A file of any number of rows, written as they come: in memory is one batch of them, and under its name only when
//! it is whole.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::csv;
use super::parquet::ParquetBatches;
use super::table::SweepRow;
use crate::files::{AtomicFile, Durability};

pub use RowStream as Stream; // old name, until the floors meet

/// A CSV or Parquet file under construction.
pub struct RowStream {
    format: StreamFormat,
    /// Interval and strategy.
    fixed: [String; 2],
}

enum StreamFormat {
    Csv(BufWriter<AtomicFile>),
    Parquet(Box<ParquetBatches>, AtomicFile),
}

impl RowStream {
    /// Starts a file; its ending decides its format. `params` are the names of the parameters.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn create(path: &Path, interval: &str, strategy: &str, params: &[String]) -> io::Result<Self> {
        let file = AtomicFile::create(path)?;
        let fixed = [interval.to_owned(), strategy.to_owned()];
        let format = if path.extension().is_some_and(|ext| ext == "parquet") {
            let target = file.handle()?;
            StreamFormat::Parquet(
                Box::new(ParquetBatches::new(target, fixed.clone(), params).map_err(io::Error::other)?),
                file,
            )
        } else {
            let mut file = BufWriter::with_capacity(1 << 20, file);
            file.write_all(&csv::header(params).map_err(io::Error::other)?)?;
            StreamFormat::Csv(file)
        };
        Ok(Self { format, fixed })
    }

    /// Adds rows of one asset.
    ///
    /// # Errors
    /// When the disk is full, or fails.
    pub fn add(&mut self, symbol: &str, mut rows: impl Iterator<Item = SweepRow>) -> io::Result<()> {
        match &mut self.format {
            StreamFormat::Csv(file) => {
                let [interval, strategy] = self.fixed.each_ref().map(String::as_str);
                csv::sweep_rows(file, [symbol, interval, strategy], rows).map_err(io::Error::other)
            }
            StreamFormat::Parquet(batches, _) => rows
                .try_for_each(|(params, metrics)| batches.push(symbol, &params, &metrics))
                .map_err(|error| plain(&error)),
        }
    }

    /// Writes what is left and gives the file its name; an older file of that name is whole until then.
    ///
    /// # Errors
    /// When the disk is full, or fails; no file is left then.
    pub fn finish(self) -> io::Result<()> {
        let file = match self.format {
            StreamFormat::Csv(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?,
            StreamFormat::Parquet(batches, file) => {
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
