//! A file of any number of rows, written as they come: in memory is one batch of them, and under its name only when
//! it is whole.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::csv;
use super::parquet_batches::Batches;
use crate::files::{AtomicFile, Durability};

/// One row of a sweep: parameters and metrics, without what all rows share.
pub type Values = (Vec<f64>, crate::sim::metrics::Metrics);

/// A CSV or Parquet file under construction.
pub struct Stream {
    form: Form,
    /// Interval and strategy.
    fixed: [String; 2],
}

enum Form {
    Csv(BufWriter<AtomicFile>),
    Parquet(Box<Batches>, AtomicFile),
}

impl Stream {
    /// Starts a file; its ending decides its form. `params` are the names of the parameters.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn create(path: &Path, interval: &str, strategy: &str, params: &[String]) -> io::Result<Self> {
        let file = AtomicFile::create(path)?;
        let fixed = [interval.to_owned(), strategy.to_owned()];
        let form = if path.extension().is_some_and(|ext| ext == "parquet") {
            let target = file.handle()?;
            Form::Parquet(Box::new(Batches::new(target, fixed.clone(), params).map_err(io::Error::other)?), file)
        } else {
            let mut file = BufWriter::with_capacity(1 << 20, file);
            file.write_all(&csv::header(params).map_err(io::Error::other)?)?;
            Form::Csv(file)
        };
        Ok(Self { form, fixed })
    }

    /// Adds rows of one asset.
    ///
    /// # Errors
    /// When the disk is full, or fails.
    pub fn add(&mut self, symbol: &str, mut rows: impl Iterator<Item = Values>) -> io::Result<()> {
        match &mut self.form {
            Form::Csv(file) => {
                let [interval, strategy] = self.fixed.each_ref().map(String::as_str);
                csv::rows(file, [symbol, interval, strategy], rows).map_err(io::Error::other)
            }
            Form::Parquet(batches, _) => {
                rows.try_for_each(|row| batches.push(symbol, &row)).map_err(|error| plain(&error))
            }
        }
    }

    /// Writes what is left and gives the file its name; an older file of that name is whole until then.
    ///
    /// # Errors
    /// When the disk is full, or fails; no file is left then.
    pub fn finish(self) -> io::Result<()> {
        let file = match self.form {
            Form::Csv(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?,
            Form::Parquet(batches, file) => {
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
