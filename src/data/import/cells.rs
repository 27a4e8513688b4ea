//! Cells and rows as their containers hold them, before anything is known of them.

use crate::error::ContentError;
use crate::sim::{Interval, Millis};

/// A value as a container holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RawCell<'a> {
    Null,
    Int(i64),
    Float(f64),
    Text(&'a str),
    /// A time by its type: a moment, or what a clock showed.
    Moment {
        time: Millis,
        is_utc: bool,
    },
}

/// The same, kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum OwnedCell {
    Null,
    Int(i64),
    Float(f64),
    Text(Box<str>),
    Moment { time: Millis, is_utc: bool },
}

impl OwnedCell {
    pub(super) fn cell(&self) -> RawCell<'_> {
        match self {
            Self::Null => RawCell::Null,
            Self::Int(value) => RawCell::Int(*value),
            Self::Float(value) => RawCell::Float(*value),
            Self::Text(text) => RawCell::Text(text),
            Self::Moment { time, is_utc } => RawCell::Moment { time: *time, is_utc: *is_utc },
        }
    }
}

impl From<RawCell<'_>> for OwnedCell {
    fn from(cell: RawCell) -> Self {
        match cell {
            RawCell::Null => Self::Null,
            RawCell::Int(value) => Self::Int(value),
            RawCell::Float(value) => Self::Float(value),
            RawCell::Text(text) => Self::Text(bare(text).into()),
            RawCell::Moment { time, is_utc } => Self::Moment { time, is_utc },
        }
    }
}

/// A row as its container holds it.
pub(super) trait RowCells {
    /// How many cells it has.
    fn len(&self) -> usize;
    /// One of them; nothing beyond the last.
    fn cell(&self, at: usize) -> RawCell<'_>;
}

impl RowCells for [OwnedCell] {
    fn len(&self) -> usize {
        <[OwnedCell]>::len(self)
    }

    fn cell(&self, at: usize) -> RawCell<'_> {
        self.get(at).map_or(RawCell::Null, OwnedCell::cell)
    }
}

/// One of the first rows of a table.
#[derive(Clone, Debug)]
pub(super) struct SampleRow {
    pub line: u64,
    pub cells: Vec<OwnedCell>,
}

/// What is known of a table before its rows, or beside them.
#[derive(Clone, Debug, Default)]
pub(super) struct TableHead {
    pub container: Container,
    /// Names of the columns, where there are any.
    pub names: Option<Vec<String>>,
    /// Names of columns that are none of a bar's.
    pub unknown: Option<Vec<String>>,
    /// Whose it is, where something beside the rows tells.
    pub source: Option<&'static str>,
    pub symbol: Option<String>,
    pub interval: Option<Interval>,
    pub closed: ClosedBars,
    /// The file says that a generator made it.
    pub synthetic: bool,
    pub notes: Vec<String>,
    /// What stands between the cells of text.
    pub separator: Option<char>,
}

/// What a table stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Container {
    #[default]
    Csv,
    JsonRows,
    JsonObjects,
    JsonColumns,
    Parquet,
    Feather,
}

impl TableHead {
    pub(super) fn is_text(&self) -> bool {
        self.container == Container::Csv
    }
}

/// Which bars were finished when the file was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ClosedBars {
    /// Nothing is said.
    #[default]
    Unsaid,
    /// Those up to the one that opens then.
    Through(Millis),
    /// At most those that end before this moment.
    Before(Millis),
}

impl ClosedBars {
    /// Of two files that are joined, the later moment: what one calls unfinished, the other may have whole.
    pub(super) fn of_both(self, other: Self) -> Self {
        match (self, other) {
            (Self::Through(a), Self::Through(b)) => Self::Through(a.max(b)),
            (Self::Before(a), Self::Before(b)) => Self::Before(a.max(b)),
            _ => Self::Unsaid,
        }
    }
}

/// Why a file is not taken.
#[derive(Debug)]
pub(super) struct Refusal {
    pub fault: ContentError,
    /// Whether it holds no candles at all; beside others in an archive it does no harm.
    pub is_foreign: bool,
}

impl From<ContentError> for Refusal {
    fn from(fault: ContentError) -> Self {
        Self { fault, is_foreign: false }
    }
}

impl Refusal {
    pub(super) fn foreign(fault: ContentError) -> Self {
        Self { fault, is_foreign: true }
    }
}

/// A cell without quotation marks and blanks around it.
pub(super) fn bare(cell: &str) -> &str {
    let cell = cell.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{a0}' || c == '\u{feff}');
    // Spreadsheets keep text as text by a formula: ="2024-01-31".
    if let Some(rest) = cell.strip_prefix("=\"") {
        return rest.strip_suffix('"').map_or(cell, str::trim_ascii);
    }
    for mark in ['"', '\''] {
        if let Some(rest) = cell.strip_prefix(mark) {
            return rest.strip_suffix(mark).map_or(cell, str::trim_ascii);
        }
    }
    cell
}
