//! The line above a table that says what it is of: on a terminal that is too narrow for it, several lines.

use crate::printer::Printer;

/// With what the further lines of a clause begin.
const INDENT: &str = "  ";

/// Clauses as one line; or, where the terminal has no room for that, each on its own, broken between words.
pub(crate) fn heading(clauses: &[String], printer: Printer) -> String {
    broken(clauses, printer.width.map(usize::from))
}

fn broken(clauses: &[String], width: Option<usize>) -> String {
    let whole = clauses.join("; ");
    let Some(width) = width.filter(|width| whole.chars().count() > *width) else { return whole + "\n" };
    clauses.iter().map(|clause| lines(clause, width)).collect()
}

fn lines(clause: &str, width: usize) -> String {
    let (mut text, mut used) = (String::new(), 0);
    for word in clause.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            text += "\n";
            text += INDENT;
            used = INDENT.len();
        } else if !text.is_empty() {
            text += " ";
            used += 1;
        }
        text += word;
        used += length;
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_one_line_where_there_is_room_and_breaks_between_clauses_and_words_where_there_is_not() {
        let clauses = ["BTC 1d  ma: 5 windows of 60 bars".to_owned(), "fast, slow chosen among 9 points".to_owned()];
        let whole = "BTC 1d  ma: 5 windows of 60 bars; fast, slow chosen among 9 points\n";
        assert_eq!([broken(&clauses, None), broken(&clauses, Some(66))], [whole, whole]);
        let narrow = "BTC 1d  ma: 5 windows of 60 bars\nfast, slow chosen among 9 points\n";
        assert_eq!(broken(&clauses, Some(65)), narrow);
        let narrower = "BTC 1d  ma: 5\n  windows of 60\n  bars\nfast, slow\n  chosen among 9\n  points\n";
        assert_eq!(broken(&clauses, Some(16)), narrower);
    }
}
