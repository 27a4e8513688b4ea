//! The first lines of a text file, by which families know their own.

use super::cells::{Number, bare, number};
use super::line::split;
use super::times::{Days, of_cell};

/// Lines that are looked at.
const LINES: usize = 4;

/// The head of a text file.
pub(super) struct Sheet<'a> {
    /// Names of the archive, if there is one, and of the file itself, the innermost last.
    pub names: &'a [String],
    /// The first lines as they stand there.
    pub lines: Vec<&'a str>,
    /// Their cells, without quotation marks and blanks.
    pub cells: Vec<Vec<&'a str>>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(text: &'a str, names: &'a [String]) -> Self {
        let lines: Vec<&str> = text.lines().take(LINES).collect();
        let cells = lines.iter().map(|line| {
            let mut cells = Vec::new();
            split(line, &mut cells);
            cells.into_iter().map(bare).collect()
        });
        Self { names, cells: cells.collect(), lines }
    }

    /// The cells of a line; none where there is no such line.
    pub(super) fn row(&self, line: usize) -> &[&'a str] {
        self.cells.get(line).map_or(&[], Vec::as_slice)
    }

    /// Whether a line is a row: it begins with a time, and nothing in it is a name.
    pub(super) fn is_row(&self, line: usize) -> bool {
        let row = self.row(line);
        let (Some(first), rest) = (row.first(), row.get(1..).unwrap_or_default()) else { return false };
        let numbers = rest.iter().filter(|cell| matches!(number(cell), Number::Is(_))).count();
        of_cell(first, Days::Unknown).is_ok() && numbers >= 2
    }

    /// The line begins with these words, whatever their case.
    pub(super) fn begins(&self, line: usize, names: &[&str]) -> bool {
        let row = self.row(line);
        row.len() >= names.len() && names.iter().zip(row).all(|(name, cell)| cell.eq_ignore_ascii_case(name))
    }
}
