//! A table under construction; with the printer, the only file that knows comfy-table.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Row as Line,
    Table as Cells, TableStyle, Width,
};
use unicode_width::UnicodeWidthStr;

use crate::pool::Pool;
use crate::printer::{Printer, shown};

/// A line below the header and one at the end: numbers need no cages.
const STYLE: TableStyle = TableStyle::new().header_separator(RULE).bottom_border(RULE);
/// Blanks around the text of a cell.
const PADDING: u16 = 2;
/// The blank between two cells.
const BETWEEN: u16 = 1;
/// Both.
const AROUND: usize = PADDING as usize + BETWEEN as usize;
/// Columns that texts want: for fewer, others give way.
const EASY: usize = 24;
/// Columns that they get in any case: fewer cannot be read.
const LEAST: usize = 18;
const RULE: LineStyle = LineStyle::none().fill('─').junction('─');
/// Lines of a long table whose cells are made ready together.
const PIECE: usize = 64;

/// A cell's text and, by its sign, its colour.
type Signed = (String, f64);

/// A table under construction, coloured where the printer may.
pub struct TextTable {
    printer: Printer,
    header: Vec<String>,
    right: Vec<usize>,
    lines: Vec<Vec<Signed>>,
}

impl TextTable {
    /// A table with a header; columns named in `right` are aligned to the right.
    #[must_use]
    pub fn new(printer: Printer, header: &[&str], right: &[usize]) -> Self {
        let header = header.iter().map(|text| shown(text)).collect();
        Self { printer, header, right: right.to_vec(), lines: Vec::new() }
    }

    /// Adds a line of texts, made harmless to a terminal.
    pub fn line<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.lines.push(cells.into_iter().map(|cell| (shown(cell.as_ref()), 0.0)).collect());
    }

    /// Adds a line in which each cell may have a sign to be coloured by.
    pub fn signed(&mut self, cells: Vec<Signed>) {
        self.lines.push(harmless(cells));
    }

    /// Adds as many lines as `cells` is asked for, by their number from 0: on the printer's threads where they are many.
    pub fn signed_lines(&mut self, count: usize, cells: impl Fn(usize) -> Vec<Signed> + Sync) {
        let pieces = (0..count).step_by(PIECE).map(|from| from..count.min(from + PIECE)).collect();
        let lines = |piece: std::ops::Range<usize>| piece.map(|at| harmless(cells(at))).collect::<Vec<_>>();
        self.lines.extend(Pool::new(self.printer.threads).map(pieces, lines).into_iter().flatten());
    }

    /// The table with a final newline, the texts of its last column wrapped to the terminal where there is one.
    ///
    /// Nothing else is ever broken, for half a number is another number: where there is no room, the columns of
    /// `give_way` are left out, the first of them first, and then lines are longer than the terminal.
    #[must_use]
    pub fn wrapped(self, give_way: &[usize]) -> String {
        let Some(width) = self.printer.width.map(usize::from) else { return self.text() };
        let content = self.content_widths();
        let Some((&text, others)) = content.split_last() else { return self.text() };
        let word = self.longest_word(others.len());
        let [wanted, least] = [EASY, LEAST].map(|room| text.min(room.max(word)));
        let mut kept: Vec<bool> = vec![true; others.len()];
        let taken = |kept: &[bool]| -> usize {
            let widths = others.iter().zip(kept).filter(|(_, kept)| **kept).map(|(width, _)| width + AROUND);
            usize::from(PADDING) + widths.sum::<usize>()
        };
        for &column in give_way {
            if taken(&kept) + wanted > width {
                kept[column] = false;
            }
        }
        let left = text.min(least.max(width.saturating_sub(taken(&kept))));
        let whole = others.iter().zip(&kept).map(|(width, kept)| kept.then_some(*width));
        let columns: Vec<Option<usize>> = whole.chain([Some(left)]).collect();
        self.drawn(&columns, Some(u16::try_from(taken(&kept) + left).unwrap_or(u16::MAX)))
    }

    /// The table with a final newline, in which nothing is ever wrapped: where the terminal has no room, the columns of
    /// `give_way` are left out, the first of them first, and then lines are longer than the terminal.
    #[must_use]
    pub fn narrowed(self, give_way: &[usize]) -> String {
        let Some(width) = self.printer.width.map(usize::from) else { return self.text() };
        let content = self.content_widths();
        let mut kept: Vec<bool> = vec![true; content.len()];
        let taken = |kept: &[bool]| -> usize {
            let widths = content.iter().zip(kept).filter(|(_, kept)| **kept).map(|(width, _)| width + AROUND);
            // The blank after the last column is at the end of a line.
            widths.sum::<usize>().saturating_sub(usize::from(PADDING))
        };
        for &column in give_way {
            if taken(&kept) > width {
                kept[column] = false;
            }
        }
        let columns: Vec<Option<usize>> =
            content.iter().zip(kept).map(|(width, kept)| kept.then_some(*width)).collect();
        self.drawn(&columns, None)
    }

    /// Letters of the longest word in a column of texts; twice as many where they may be wide ones.
    fn longest_word(&self, column: usize) -> usize {
        let width = |word: &str| word.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        let cells = self.lines.iter().filter_map(|line| Some(&line.get(column)?.0));
        let texts = self.header.get(column).into_iter().chain(cells);
        texts.filter_map(|text| text.split_whitespace().map(width).max()).max().unwrap_or_default()
    }

    /// The table with a final newline.
    #[must_use]
    pub fn text(&self) -> String {
        let columns: Vec<Option<usize>> = self.content_widths().into_iter().map(Some).collect();
        self.drawn(&columns, None)
    }

    /// The table with its columns as wide as said, or hidden; the last one wrapped where the whole has a width.
    fn drawn(&self, columns: &[Option<usize>], width: Option<u16>) -> String {
        let is_line = |text: &str| !text.contains('\n');
        let cells = self.header.iter().chain(self.lines.iter().flatten().map(|(text, _)| text));
        if width.is_none() && !self.printer.colour && cells.map(String::as_str).all(is_line) {
            self.padded(columns)
        } else {
            self.arranged(columns, width)
        }
    }

    /// The table as [`Self::arranged`] would draw it, where there are neither colours nor more lines than one in a cell:
    /// a script that reads 700 results does not wait longer for the table than for the results.
    fn padded(&self, columns: &[Option<usize>]) -> String {
        let shown: Vec<(usize, usize)> = (0..).zip(columns).filter_map(|(at, width)| Some((at, (*width)?))).collect();
        let length = shown.iter().map(|(_, width)| width + AROUND).sum::<usize>().saturating_sub(BETWEEN.into());
        let rule = "─".repeat(length) + "\n";
        let mut out = String::with_capacity((length + 1) * self.lines.len() + 4 * rule.len());
        let header = self.header.iter().map(String::as_str).collect();
        let lines = self.lines.iter().map(|line| line.iter().map(|(text, _)| text.as_str()).collect());
        for (at, texts) in std::iter::once(header).chain(lines).enumerate() {
            let texts: Vec<&str> = texts;
            let begun = out.len();
            for &(column, width) in &shown {
                let text = texts.get(column).copied().unwrap_or_default();
                let blanks = width.saturating_sub(text_width(text));
                let before = if self.right.contains(&column) { blanks } else { 0 };
                let between = if out.len() > begun { BETWEEN } else { 0 };
                out.extend(std::iter::repeat_n(' ', usize::from(between) + 1 + before));
                out.push_str(text);
                out.extend(std::iter::repeat_n(' ', blanks - before + 1));
            }
            out.truncate(begun + out[begun..].trim_end().len());
            out.push('\n');
            if at == 0 {
                out.push_str(&rule);
            }
        }
        out.push_str(&rule);
        out
    }

    /// The table as comfy-table arranges it.
    fn arranged(&self, columns: &[Option<usize>], width: Option<u16>) -> String {
        let mut table = Cells::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
        let bold = |text: &String| {
            let cell = Cell::new(text);
            if self.printer.colour { cell.add_attribute(Attribute::Bold) } else { cell }
        };
        table.set_header(self.header.iter().map(bold).collect::<Vec<_>>());
        if self.printer.colour {
            table.enforce_styling();
        }
        for line in &self.lines {
            table.add_row(Line::from(line.iter().map(|cell| self.coloured(cell)).collect::<Vec<_>>()));
        }
        for &column in &self.right {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let fixed = |width: usize| {
            let width = u16::try_from(width).unwrap_or(u16::MAX);
            ColumnConstraint::Absolute(Width::Fixed(width.saturating_add(PADDING)))
        };
        table.set_constraints(columns.iter().map(|width| width.map_or(ColumnConstraint::Hidden, fixed)));
        if let Some(width) = width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        table.trim_fmt() + "\n"
    }

    fn coloured(&self, (text, sign): &Signed) -> Cell {
        let cell = Cell::new(text);
        match *sign {
            sign if self.printer.colour && sign > 0.0 => cell.fg(Color::Green),
            sign if self.printer.colour && sign < 0.0 => cell.fg(Color::Red),
            _ => cell,
        }
    }

    /// Columns that the longest line of text of each column takes, at least one.
    fn content_widths(&self) -> Vec<usize> {
        let mut widest: Vec<usize> = vec![1; self.header.len()];
        let header = self.header.iter().map(String::as_str).enumerate();
        let cells = self.lines.iter().flat_map(|line| line.iter().map(|(text, _)| text.as_str()).enumerate());
        for (column, text) in header.chain(cells) {
            if let Some(widest) = widest.get_mut(column) {
                *widest = text.split('\n').map(text_width).fold(*widest, usize::max);
            }
        }
        widest
    }
}

/// Columns that a text takes on a terminal.
fn text_width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

fn harmless(cells: Vec<Signed>) -> Vec<Signed> {
    cells.into_iter().map(|(text, sign)| (shown(&text), sign)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_table_for_a_file_is_drawn_as_for_a_terminal(
            lines in prop::collection::vec(prop::collection::vec("[a-z0-9 .%é漢🙂-]{0,9}", 0..5), 0..6),
            hidden in prop::collection::vec(any::<bool>(), 4),
        ) {
            let mut table = TextTable::new(Printer::new(true), &["#", "Asset", "Größe", ""], &[0, 2]);
            for line in &lines {
                table.line(line.iter().take(4));
            }
            let shown = |(width, hidden): (usize, &bool)| (!hidden).then_some(width);
            let columns: Vec<Option<usize>> = table.content_widths().into_iter().zip(&hidden).map(shown).collect();
            prop_assume!(columns.iter().any(Option::is_some));
            prop_assert_eq!(table.padded(&columns), table.arranged(&columns, None));
        }
    }

    #[test]
    fn lines_that_are_made_ready_on_several_threads_stand_in_their_order() {
        let drawn = |threads| {
            let mut table = TextTable::new(Printer::new(true).on_threads(threads), &["#"], &[0]);
            table.signed_lines(3 * PIECE + 1, |at| vec![(at.to_string(), 0.0)]);
            table.text()
        };
        assert_eq!(drawn(1).lines().nth(2 + 3 * PIECE), Some(" 192"));
        assert_eq!(drawn(1), drawn(3));
    }
}
