//! A table under construction; with the printer, the only file that knows comfy-table.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Row as Line, Table, TableStyle,
};

use super::printer::{Printer, shown};

/// A line below the header and one at the end: numbers need no cages.
const STYLE: TableStyle = TableStyle::new().header_separator(RULE).bottom_border(RULE);
const RULE: LineStyle = LineStyle::none().fill('─').junction('─');

/// A table under construction, coloured where the printer may.
pub struct Grid {
    table: Table,
    colour: bool,
}

impl Grid {
    /// A table with a header; columns named in `right` are aligned to the right.
    #[must_use]
    pub fn new(printer: Printer, header: &[&str], right: &[usize]) -> Self {
        let mut table = Table::new();
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
    pub fn line<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.table.add_row(cells.into_iter().map(|cell| Cell::new(shown(cell.as_ref()))).collect::<Vec<_>>());
    }

    /// Adds a line in which each cell may have a sign to be coloured by.
    pub fn signed(&mut self, cells: Vec<(String, f64)>) {
        let colour = self.colour;
        let cell = |(text, sign): (String, f64)| {
            let cell = Cell::new(shown(&text));
            match sign {
                sign if colour && sign > 0.0 => cell.fg(Color::Green),
                sign if colour && sign < 0.0 => cell.fg(Color::Red),
                _ => cell,
            }
        };
        self.table.add_row(Line::from(cells.into_iter().map(cell).collect::<Vec<_>>()));
    }

    /// The table with a final newline, its texts wrapped to the terminal where there is one.
    #[must_use]
    pub fn wrapped(mut self, printer: Printer) -> String {
        if let Some(width) = printer.width {
            self.table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        self.text()
    }

    /// The table with a final newline.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n", self.table.trim_fmt())
    }
}
