//! One candle file of the catalogue, not yet opened.

use std::path::{Path, PathBuf};

use super::format::Format;
use crate::error::{ContentError, DataError};
use crate::escape::escape;
use crate::files::FileFingerprint;
use crate::sim::{Interval, Millis};

/// How long a last bar must be over to count where nothing else is asked for, in ms.
pub const SETTLE: Millis = 2_000;

/// One candle file.
#[derive(Clone, Debug)]
pub struct CandleFile {
    /// The file's name without its extension, as in `BTCUSDT`.
    pub symbol: String,
    /// The file as reached through the folder that the user named.
    pub path: PathBuf,
    /// The same file with every link followed: its identity in the index.
    pub canonical: PathBuf,
    /// Told from the extension.
    pub format: Format,
    /// Length of the bars in the file: its folder's name.
    pub source: Interval,
    /// Length of the bars that [`load`](crate::load()) gives: the file's own, or a longer one that is made of them.
    pub interval: Interval,
    /// What becomes of rows that are no candles.
    pub bad_rows: BadRows,
    /// How long a last bar must be over to count, in ms: exchanges are still adding up its trades for a moment.
    pub settle: Millis,
    /// Digest of the longer bars inside which its bars are looked at, where they are.
    pub inside: Option<[u8; 32]>,
    /// Size and times when the folder was listed.
    pub stamp: FileFingerprint,
    /// Why the file must not be opened.
    pub(crate) problem: Option<FileProblem>,
}

/// What becomes of rows of a candle file that are no candles: a value is missing, is no number, or cannot be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadRows {
    /// They fail the file.
    #[default]
    Refuse,
    /// They are left out, and counted.
    Drop,
}

/// Why a file with a candle file's name is not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileProblem {
    /// A link to something outside of the data folder.
    LeadsOut,
    /// A folder, pipe, socket or device, or a link to nothing.
    NotAFile,
    /// The name is not UTF-8, and so no symbol.
    NameIsNotText,
    /// The same symbol in another format, too.
    TwoFiles(String),
}

impl CandleFile {
    /// The same file, with its bars looked at inside the longer ones of this digest.
    #[must_use]
    pub fn looked_at_inside(&self, digest: [u8; 32]) -> Self {
        Self { inside: Some(digest), ..self.clone() }
    }

    /// A place for the file of an asset that the folder does not have: it fails when it is opened.
    #[must_use]
    pub fn absent(folder: &Path, symbol: &str, interval: Interval) -> Self {
        let path = folder.join(interval.to_string()).join(symbol);
        Self {
            symbol: symbol.to_owned(),
            canonical: path.clone(),
            path,
            format: Format::Csv,
            source: interval,
            interval,
            bad_rows: BadRows::default(),
            settle: SETTLE,
            inside: None,
            stamp: FileFingerprint::default(),
            problem: Some(FileProblem::NotAFile),
        }
    }

    /// Whether its bars are made of the file's shorter ones.
    #[must_use]
    pub fn is_resampled(&self) -> bool {
        self.source != self.interval
    }

    /// Fails when the file must not be opened: a pipe or a device would hang, a link could lead anywhere, and of two
    /// files for one symbol none is the right one.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        let fault = match &self.problem {
            None => return Ok(()),
            Some(FileProblem::LeadsOut) => ContentError::file(
                "is a link that leads out of the data folder",
                "Put the file itself there, or point --data-dir at the folder that holds it",
            ),
            Some(FileProblem::NotAFile) => {
                ContentError::file("is not a regular file", "Remove it or put a candle file there")
            }
            Some(FileProblem::NameIsNotText) => {
                ContentError::file("has a name that is not UTF-8 text", "Rename it to SYMBOL.csv, such as BTCUSDT.csv")
            }
            Some(FileProblem::TwoFiles(other)) => ContentError::file(
                format!("{} holds candles of {} too", escape(other), escape(&self.symbol)),
                "Keep one of the two files",
            ),
        };
        Err(fault.into_error(self.path.clone()))
    }
}
