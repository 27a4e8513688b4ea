//! Candles as files: Parquet for this program, text for others.

mod parquet;
pub mod text;

use std::path::PathBuf;

pub(crate) use self::parquet::write_candles;
pub use self::parquet::write_parquet;
use super::escape::shown;

/// Why a file was not written; an older file of that name is untouched.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {reason}. Check the folder's permissions and the space left.", shown(.path))]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub reason: String,
}
