//! A table under construction; with the printer, the only file that knows comfy-table.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Row as Line,
    Table as Cells, TableStyle, Width,
};

use crate::cli::output::printer::{Printer, shown};

/// A line below the header and one at the end: numbers need no cages.
const STYLE: TableStyle = TableStyle::new().header_separator(RULE).bottom_border(RULE);
/// Blanks around the text of a cell.
const PADDING: u16 = 2;
/// The blank between two cells.
const BETWEEN: u16 = 1;
/// Columns that texts want: for fewer, others give way.
const EASY: u16 = 24;
/// Columns that they get in any case: fewer cannot be read.
const LEAST: u16 = 18;
const RULE: LineStyle = LineStyle::none().fill('─').junction('─');

/// A table under construction, coloured where the printer may.
pub(crate) struct TextTable {
    table: Cells,
    colour: bool,
}

impl TextTable {
    /// A table with a header; columns named in `right` are aligned to the right.
    #[must_use]
    pub(crate) fn new(printer: Printer, header: &[&str], right: &[usize]) -> Self {
        let mut table = Cells::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
        let bold = |text: &&str| {
            let cell = Cell::new(shown(text));
            if printer.colour { cell.add_attribute(Attribute::Bold) } else { cell }
        };
        table.set_header(header.iter().map(bold).collect::<Vec<_>>());
        if printer.colour {
            table.enforce_styling();
        }
        for &column in right {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self { table, colour: printer.colour }
    }

    /// Adds a line of texts, made harmless to a terminal.
    pub(crate) fn line<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.table.add_row(cells.into_iter().map(|cell| Cell::new_owned(shown(cell.as_ref()))).collect::<Vec<_>>());
    }

    /// Adds a line in which each cell may have a sign to be coloured by.
    pub(crate) fn signed(&mut self, cells: Vec<(String, f64)>) {
        let colour = self.colour;
        let cell = |(text, sign): (String, f64)| {
            let cell = Cell::new_owned(shown(&text));
            match sign {
                sign if colour && sign > 0.0 => cell.fg(Color::Green),
                sign if colour && sign < 0.0 => cell.fg(Color::Red),
                _ => cell,
            }
        };
        self.table.add_row(Line::from(cells.into_iter().map(cell).collect::<Vec<_>>()));
    }

    /// The table with a final newline, the texts of its last column wrapped to the terminal where there is one.
    ///
    /// Nothing else is ever broken, for half a number is another number: where there is no room, the columns of
    /// `give_way` are left out, the first of them first, and then lines are longer than the terminal.
    #[must_use]
    pub(crate) fn wrapped(mut self, printer: Printer, give_way: &[usize]) -> String {
        let Some(width) = printer.width else { return self.text() };
        let content = self.table.column_max_content_widths();
        let Some((&text, others)) = content.split_last() else { return self.text() };
        let word = self.longest_word(others.len());
        let [wanted, least] = [EASY, LEAST].map(|room| text.min(room.max(word)));
        let mut kept: Vec<bool> = vec![true; others.len()];
        let taken = |kept: &[bool]| -> u16 {
            let widths = others.iter().zip(kept).filter(|(_, kept)| **kept).map(|(width, _)| width + PADDING + BETWEEN);
            widths.fold(PADDING, u16::saturating_add)
        };
        for &column in give_way {
            if taken(&kept).saturating_add(wanted) > width {
                kept[column] = false;
            }
        }
        let left = text.min(least.max(width.saturating_sub(taken(&kept))));
        let whole = |kept: &bool| if *kept { ColumnConstraint::ContentWidth } else { ColumnConstraint::Hidden };
        let texts = ColumnConstraint::Absolute(Width::Fixed(left.saturating_add(PADDING)));
        self.table.set_constraints(kept.iter().map(whole).chain([texts]));
        let total = taken(&kept).saturating_add(left);
        self.table.set_content_arrangement(ContentArrangement::Dynamic).set_width(total);
        self.text()
    }

    /// The table with a final newline, in which nothing is ever wrapped: where the terminal has no room, the columns of
    /// `give_way` are left out, the first of them first, and then lines are longer than the terminal.
    #[must_use]
    pub(crate) fn narrowed(mut self, printer: Printer, give_way: &[usize]) -> String {
        let Some(width) = printer.width else { return self.text() };
        let content = self.table.column_max_content_widths();
        let mut kept: Vec<bool> = vec![true; content.len()];
        let taken = |kept: &[bool]| -> u16 {
            let widths =
                content.iter().zip(kept).filter(|(_, kept)| **kept).map(|(width, _)| width + PADDING + BETWEEN);
            // The blank after the last column is at the end of a line.
            widths.fold(0_u16, u16::saturating_add).saturating_sub(PADDING)
        };
        for &column in give_way {
            if taken(&kept) > width {
                kept[column] = false;
            }
        }
        let whole = |kept: &bool| if *kept { ColumnConstraint::ContentWidth } else { ColumnConstraint::Hidden };
        self.table.set_constraints(kept.iter().map(whole));
        self.text()
    }

    /// Columns of the longest word in a column of texts; twice its letters where they may be wide ones.
    fn longest_word(&self, column: usize) -> u16 {
        let width = |word: &str| word.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        let cells = self.table.column_cells_with_header_iter(column).flatten();
        let longest = cells.filter_map(|cell| cell.content().split_whitespace().map(width).max()).max();
        u16::try_from(longest.unwrap_or_default()).unwrap_or(u16::MAX)
    }

    /// The table with a final newline.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        format!("{}\n", self.table.trim_fmt())
    }
}
