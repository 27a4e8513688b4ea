//! A file of any number of rows, written as they come: in memory is one batch of them, and under its name only when
//! it is whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::csv;
use super::parquet::Batches;

/// Rows of a batch.
const BATCH: usize = 16_384;

/// One row of a sweep: parameters and metrics, without what all rows share.
pub type Values = (Vec<f64>, crate::metrics::Metrics);

/// A CSV or Parquet file under construction.
pub struct Stream {
    path: PathBuf,
    form: Form,
    fixed: [String; 3],
    params: Vec<String>,
    batch: Vec<Values>,
}

enum Form {
    Csv(BufWriter<NamedTempFile>),
    Parquet(Box<Batches>, NamedTempFile),
}

impl Stream {
    /// Starts a file; its ending decides its form. `params` are the names of the parameters.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn create(path: &Path, interval: &str, strategy: &str, params: &[String]) -> io::Result<Self> {
        let folder = super::file::folder(path);
        let file = tempfile::Builder::new()
            .prefix(".backtest-")
            .suffix(".part")
            .tempfile_in(folder)
            .map_err(super::file::bare)?;
        let form = if path.extension().is_some_and(|ext| ext == "parquet") {
            let target: File = file.reopen()?;
            Form::Parquet(Box::new(Batches::new(target, params).map_err(io::Error::other)?), file)
        } else {
            let mut file = BufWriter::with_capacity(1 << 20, file);
            file.write_all(&csv::header(params).map_err(io::Error::other)?)?;
            Form::Csv(file)
        };
        let fixed = [String::new(), interval.to_owned(), strategy.to_owned()];
        Ok(Self { path: path.to_owned(), form, fixed, params: params.to_vec(), batch: Vec::with_capacity(BATCH) })
    }

    /// Adds rows of one asset.
    ///
    /// # Errors
    /// When the disk is full, or fails.
    pub fn add(&mut self, symbol: &str, rows: impl Iterator<Item = Values>) -> io::Result<()> {
        if self.fixed[0] != symbol {
            self.flush()?;
            symbol.clone_into(&mut self.fixed[0]);
        }
        for row in rows {
            self.batch.push(row);
            if self.batch.len() == BATCH {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes what is left and gives the file its name; an older file of that name is whole until then.
    ///
    /// # Errors
    /// When the disk is full, or fails; no file is left then.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        let file = match self.form {
            Form::Csv(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?,
            Form::Parquet(batches, file) => {
                batches.finish().map_err(io::Error::other)?;
                file
            }
        };
        super::file::persist(file, &self.path)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            _ if self.batch.is_empty() => {}
            Form::Csv(file) => csv::rows(file, &self.fixed, &self.batch).map_err(io::Error::other)?,
            Form::Parquet(batches, _) => {
                batches.write(&self.fixed, &self.params, &self.batch).map_err(io::Error::other)?;
            }
        }
        self.batch.clear();
        Ok(())
    }
}
