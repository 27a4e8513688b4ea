//! What must hold of CSV text before polars may parse it: readable characters, a header, and as many fields in each
//! line as in the header. Polars fills short lines with nulls and cuts long ones, and its errors name no line, so
//! the shape is checked here, and a cell that polars refuses is looked up here.

use super::escape::quote;
use super::fault::Fault;
use super::header::Columns;
use crate::sim::model::Field;

/// The line of the first row: the header is line 1.
pub(super) const FIRST_ROW: u64 = 2;
pub(super) const READABLE: &str = "Save it as UTF-8 text; a compressed file must end in .csv.gz or .csv.zst";

/// The first line.
pub(super) struct Header<'a> {
    pub columns: Columns,
    /// Names of all columns, for polars' schema.
    pub names: Vec<&'a str>,
}

impl<'a> Header<'a> {
    /// The header of a file that begins with these bytes, and the lines below it.
    pub(super) fn open(bytes: &'a [u8]) -> Result<(Self, &'a str), Fault> {
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(Fault::file("is UTF-16 text", READABLE));
        }
        let text = readable(bytes, 1)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (header, body) = text.split_once('\n').unwrap_or((text, ""));
        let names: Vec<&str> = fields(header.trim_end_matches('\r')).unwrap_or_default();
        Ok((Self { columns: Columns::find(names.iter().copied())?, names }, body))
    }
}

/// Lines of which every one has the header's number of fields.
#[derive(Debug)]
pub(super) struct Csv<'a> {
    columns: Columns,
    pub body: &'a str,
    pub rows: usize,
    /// The line of the file that the first of these is.
    pub first_row: u64,
}

impl<'a> Csv<'a> {
    /// Checks the shape of all lines; there may be none.
    pub(super) fn check(body: &'a str, columns: Columns, first_row: u64) -> Result<Self, Fault> {
        let body = body.trim_ascii_end();
        let mut rows = 0;
        let quoted = body.contains('"');
        for line in body.lines() {
            // A vectorized count: this loop sees every byte of every file.
            let found = if quoted {
                fields(line).map(|fields| fields.len())
            } else {
                Some(line.bytes().map(|b| usize::from(b == b',')).sum::<usize>() + 1)
            };
            if found != Some(columns.count) {
                return Err(ragged(first_row + rows as u64, line, found, columns.count));
            }
            rows += 1;
        }
        Ok(Self { columns, body, rows, first_row })
    }

    /// The lines without the blanks behind their cells, which polars does not take for part of a number; `None` where
    /// there are none. Only asked for when it has refused a file: few have any.
    pub(super) fn without_trailing_blanks(&self) -> Option<String> {
        const BLANKS: [char; 2] = [' ', '\t'];
        let has_some = |line: &str| line.ends_with(BLANKS) || line.contains(" ,") || line.contains("\t,");
        if !self.body.lines().any(has_some) {
            return None;
        }
        let mut out = String::with_capacity(self.body.len());
        for line in self.body.lines() {
            for (at, cell) in fields(line)?.into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(cell.trim_end_matches(BLANKS));
            }
            out.push('\n');
        }
        Some(out)
    }

    /// The first cell that is not a number, if any.
    pub(super) fn first_bad_number(&self) -> Option<Fault> {
        (self.first_row..).zip(self.body.lines()).find_map(|(row, line)| {
            let cells = fields(line)?;
            Field::ALL.into_iter().zip(self.columns.values).find_map(|(field, at)| {
                let cell =
                    cells.get(at)?.trim_end_matches([' ', '\t']).trim_matches('"').trim_start_matches([' ', '\t']);
                cell.parse::<f64>().err()?;
                Some(bad_number(row, field.name(), cell))
            })
        })
    }
}

fn bad_number(row: u64, column: &str, cell: &str) -> Fault {
    if cell.is_empty() {
        return empty_cell(row, column);
    }
    let remedy = if cell.contains(',') {
        "Write decimals with a point, and no separators between thousands"
    } else if cell.trim_ascii_end() != cell {
        "Remove the space behind the number"
    } else {
        "Correct or remove the row"
    };
    Fault::row(row, format!("{column} is {}, which is not a number", quote(cell)), remedy)
}

pub(super) fn empty_cell(row: u64, column: &str) -> Fault {
    Fault::row(row, format!("{column} is empty"), "Correct or remove the row")
}

/// Bytes that begin in this line of the file, as text.
pub(super) fn readable(bytes: &[u8], first_line: u64) -> Result<&str, Fault> {
    let line = |at: usize| first_line + bytes[..at].split(|b| *b == b'\n').skip(1).count() as u64;
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Fault::row(line(error.valid_up_to()), "holds bytes that are not UTF-8 text", READABLE))?;
    if let Some(at) = text.find('\0') {
        return Err(Fault::row(line(at), "holds a NUL byte; it may be UTF-16 text or no text at all", READABLE));
    }
    Ok(text)
}

pub(super) fn ragged(row: u64, line: &str, found: Option<usize>, expected: usize) -> Fault {
    if line.trim_ascii().is_empty() {
        return Fault::row(row, "the line is blank", "Remove the line");
    }
    let Some(found) = found else {
        return Fault::row(row, "a quotation mark is not closed or stands inside a cell", "Correct or remove the row");
    };
    let remedy = if found > expected {
        "Correct or remove the row; decimals are written with a point, not with a comma"
    } else {
        "Correct or remove the row; the file may be cut short"
    };
    let fields = if found == 1 { "field" } else { "fields" };
    Fault::row(row, format!("{found} {fields} where the header has {expected}"), remedy)
}

/// The fields of a line, quotation marks included; `None` when a quoted field is not closed properly.
fn fields(line: &str) -> Option<Vec<&str>> {
    let mut found = Vec::with_capacity(8);
    let mut rest = line;
    loop {
        let end = if let Some(quoted) = rest.strip_prefix('"') {
            let closing = quoted.find('"')? + 2;
            if !(closing == rest.len() || rest[closing..].starts_with(',')) {
                return None;
            }
            closing
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            if rest[..end].contains('"') {
                return None;
            }
            end
        };
        found.push(&rest[..end]);
        if end == rest.len() {
            return Some(found);
        }
        rest = &rest[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_may_hold_commas_and_must_be_closed() {
        assert_eq!(fields("\"a,b\",1,"), Some(vec!["\"a,b\"", "1", ""]));
        for wrong in ["\"a", "a\"b,1", "\"a\"b,1", "\"", "1,\""] {
            assert_eq!(fields(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn windows_line_ends_a_byte_order_mark_and_blank_last_lines_do_not_matter() {
        let text = "\u{feff}timestamp,open,high,low,close,volume\r\n1,2,3,4,5,6\r\n1,2,3,4,5,6\r\n\r\n";
        let (header, body) = Header::open(text.as_bytes()).unwrap();
        assert_eq!(Csv::check(body, header.columns, FIRST_ROW).unwrap().rows, 2);
    }
}
