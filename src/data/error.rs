//! What can be wrong with a candle file: an error makes the asset fail, a warning only tells.

use std::fmt;
use std::path::PathBuf;

use super::date::show_time;
use super::escape::shown;
use crate::sim::Millis;

pub(super) const DAMAGED: &str = "It may be cut short or damaged; download or write it again";
pub(super) const MISFIT: &str = "is damaged: sizes that it states do not fit";

/// What is wrong with a file's content, before it is known which file that is.
#[derive(Debug, PartialEq)]
pub(super) struct ContentError {
    pub row: Option<u64>,
    pub time: Option<Millis>,
    pub what: String,
    pub remedy: &'static str,
    pub is_outside_range: bool,
}

impl ContentError {
    /// Of the whole file.
    pub(super) fn file(what: impl Into<String>, remedy: &'static str) -> Self {
        Self { row: None, time: None, what: what.into(), remedy, is_outside_range: false }
    }

    /// Of one row.
    pub(super) fn row(row: u64, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { row: Some(row), ..Self::file(what, remedy) }
    }

    /// Of a file that has bars, and none in the range that was asked for.
    pub(super) fn outside_range(what: impl Into<String>, remedy: &'static str) -> Self {
        Self { is_outside_range: true, ..Self::file(what, remedy) }
    }

    pub(super) fn with_time(mut self, time: Millis) -> Self {
        self.time = Some(time);
        self
    }

    pub(super) fn into_error(self, path: PathBuf) -> DataError {
        let Self { row, time, what, remedy, is_outside_range } = self;
        DataError { path, row, time, what, remedy, is_outside_range }
    }
}

/// Why the candles of one file cannot be used: the file, the row where there is one, what is wrong, the remedy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}: {}{what}. {remedy}.", shown(.path), RowPlace(*.row, *.time))]
pub struct DataError {
    /// The candle file.
    pub path: PathBuf,
    /// In text files the line of the file, the header being line 1; in Parquet and Feather the row, counted from 1.
    pub row: Option<u64>,
    /// Open time of that row, where it could be read.
    pub time: Option<Millis>,
    /// What is wrong.
    pub what: String,
    /// What the user can do.
    pub remedy: &'static str,
    /// Whether the file has bars, and none in the range that was asked for.
    pub is_outside_range: bool,
}

struct RowPlace(Option<u64>, Option<Millis>);

impl fmt::Display for RowPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Some(row), Some(time)) => write!(f, "row {row} ({}): ", show_time(time)),
            (Some(row), None) => write!(f, "row {row}: "),
            (None, _) => Ok(()),
        }
    }
}

/// What a candle file has that is worth telling and yet can be computed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WarningKind {
    /// Rows that repeat another one in every column; dropped.
    DuplicatesDropped,
    /// Rows that stood before an earlier one; sorted.
    Unsorted,
    /// Bars that should be there by the interval and are not; not filled.
    MissingBars,
    /// Steps between bars that are no multiple of the interval.
    IrregularSteps,
    /// Steps that are not the interval, where those are most: the file seems to be of another interval.
    WrongInterval,
    /// Bars without any volume.
    ZeroVolume,
    /// Bars that open before 2009, when there was nothing to trade.
    BeforeBitcoin,
    /// Bars that open after the present moment.
    InTheFuture,
    /// Bars made of shorter ones of which some are missing.
    PartialBars,
    /// Rows that are no candles; dropped, as was asked for.
    BadRowsDropped,
    /// The last bar where it is not over yet; left out.
    Unfinished,
    /// A last row that shows the market within a bar, as it was when the file was made; left out.
    LiveRow,
    /// Bars that open at another place of their period from some bar on.
    PhaseChange,
    /// Bars without finer ones that make them up.
    NoDetail,
}

impl WarningKind {
    /// All kinds; the order belongs to the index's file format, so a new one goes to the end.
    pub const ALL: [Self; 14] = [
        Self::DuplicatesDropped,
        Self::Unsorted,
        Self::MissingBars,
        Self::IrregularSteps,
        Self::WrongInterval,
        Self::ZeroVolume,
        Self::BeforeBitcoin,
        Self::InTheFuture,
        Self::PartialBars,
        Self::BadRowsDropped,
        Self::Unfinished,
        Self::LiveRow,
        Self::PhaseChange,
        Self::NoDetail,
    ];

    /// Whether rows were dropped or moved because of it, so that the bars are no longer what the file says.
    #[must_use]
    pub fn is_change(self) -> bool {
        matches!(self, Self::DuplicatesDropped | Self::Unsorted | Self::BadRowsDropped | Self::LiveRow)
    }

    /// Whether it holds for a while only: bars that are not over now will be.
    #[must_use]
    pub fn is_fading(self) -> bool {
        matches!(self, Self::InTheFuture | Self::Unfinished)
    }
}

/// A [`WarningKind`] with how often it was met (above zero).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Warning {
    /// What was met.
    pub kind: WarningKind,
    /// How often.
    pub count: u64,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, many) = match self.kind {
            WarningKind::DuplicatesDropped => ("duplicate row dropped", "duplicate rows dropped"),
            WarningKind::Unsorted => ("row out of order, sorted", "rows out of order, sorted"),
            WarningKind::MissingBars => ("bar missing, not filled", "bars missing, not filled"),
            WarningKind::IrregularSteps => ("step is off the interval", "steps are off the interval"),
            WarningKind::WrongInterval => {
                ("step is not the interval of the folder", "steps are not the interval of the folder")
            }
            WarningKind::ZeroVolume => ("bar without volume", "bars without volume"),
            WarningKind::BeforeBitcoin => ("bar before 2009", "bars before 2009"),
            WarningKind::InTheFuture => ("bar in the future", "bars in the future"),
            WarningKind::BadRowsDropped => ("bad row dropped", "bad rows dropped"),
            WarningKind::Unfinished => ("last bar is not over yet, left out", "last bars are not over yet, left out"),
            WarningKind::LiveRow => (
                "last row is of a bar that was still open, left out",
                "last rows are of bars that were still open, left out",
            ),
            WarningKind::PhaseChange => (
                "change of phase: from there on bars open at another time of their period",
                "changes of phase: from there on bars open at another time of their period",
            ),
            WarningKind::NoDetail => (
                "bar has no finer bars that make it up, so its levels are those of the bar itself",
                "bars have no finer bars that make them up, so their levels are those of the bars themselves",
            ),
            WarningKind::PartialBars => ("bar made of shorter ones with a gap", "bars made of shorter ones with gaps"),
        };
        write!(f, "{} {}", self.count, if self.count == 1 { one } else { many })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_file_row_day_fault_and_remedy() {
        let fault = ContentError::row(938, "open is 0; prices must be above zero", "Correct or remove the row");
        let error = fault.with_time(1_607_904_000_000).into_error("data/1d/BCHUSDT.csv.zst".into());
        assert_eq!(
            error.to_string(),
            "data/1d/BCHUSDT.csv.zst: row 938 (2020-12-14): open is 0; prices must be above zero. \
             Correct or remove the row."
        );
    }

    #[test]
    fn a_hostile_file_name_is_escaped_in_the_error() {
        let error = ContentError::file("is empty", "Remove it").into_error("1d/\u{1b}[31m.csv".into());
        assert_eq!(error.to_string(), r"1d/\u{1b}[31m.csv: is empty. Remove it.");
    }

    #[test]
    fn all_kinds_are_listed_in_the_order_of_their_numbers() {
        for (at, kind) in WarningKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, at);
        }
    }
}
