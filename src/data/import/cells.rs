//! Numbers as exchanges and tools write them.

use crate::data::csv_text::empty_cell;
use crate::data::escape::quote;
use crate::data::fault::Fault;

/// What a cell holds where a number should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Is(f64),
    /// Nothing, in one of the ways in which that is written.
    Null,
    /// Something else.
    Bad,
}

/// A cell without quotation marks and blanks around it.
pub(super) fn bare(cell: &str) -> &str {
    let cell = cell.trim_ascii();
    cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).map_or(cell, str::trim_ascii)
}

/// A price or a volume.
pub(super) fn number(cell: &str) -> Number {
    let plain = |cell: &str| match cell.parse::<f64>() {
        Ok(value) if value.is_nan() => Some(Number::Null),
        // Zero has one sign, so that equal bars are equal to the bit.
        Ok(value) => Some(Number::Is(value + 0.0)),
        Err(_) => None,
    };
    plain(cell).unwrap_or_else(|| {
        let cell = bare(cell);
        if is_null(cell) {
            return Number::Null;
        }
        plain(cell).unwrap_or_else(|| dressed(cell).and_then(|cell| plain(&cell)).unwrap_or(Number::Bad))
    })
}

fn is_null(cell: &str) -> bool {
    let words = ["", "-", "null", "none", "n/a", "na", "#n/a", "nil"];
    cell.len() <= 4 && words.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// `33,543.6`, `$12.5`, `27.41K`, `1.2B` as a plain number; `None` for everything else, `1,5` above all.
fn dressed(cell: &str) -> Option<String> {
    let cell = cell.strip_prefix('$').unwrap_or(cell);
    let (digits, exponent) = match cell.as_bytes().last()? {
        b'K' | b'k' => (&cell[..cell.len() - 1], "e3"),
        b'M' | b'm' => (&cell[..cell.len() - 1], "e6"),
        b'B' | b'b' => (&cell[..cell.len() - 1], "e9"),
        b'T' | b't' => (&cell[..cell.len() - 1], "e12"),
        _ => (cell, ""),
    };
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut groups = whole.split(',');
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next()?;
    let sound = is_digits(first.strip_prefix('-').unwrap_or(first))
        && (!whole.contains(',') || first.len() <= 3)
        && groups.all(|group| group.len() == 3 && is_digits(group))
        && fraction.is_none_or(is_digits);
    // The exponent is part of the text, so that 27.41K is 27410 to the bit.
    sound.then(|| format!("{}.{}{exponent}", whole.replace(',', ""), fraction.unwrap_or("0")))
}

/// What is wrong with a cell that holds no number.
pub(super) fn bad_number(line: u64, column: &str, cell: &str) -> Fault {
    let cell = bare(cell);
    if is_null(cell) || cell.eq_ignore_ascii_case("nan") {
        return if cell.is_empty() {
            empty_cell(line, column)
        } else {
            Fault::row(
                line,
                format!("{column} is {}; it must be a finite number", quote(cell)),
                "Correct or remove the row",
            )
        };
    }
    let remedy = if cell.contains(',') {
        "Write decimals with a point, and thousands in groups of three"
    } else {
        "Correct or remove the row"
    };
    Fault::row(line, format!("{column} is {}, which is not a number", quote(cell)), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_to_the_bit_however_they_are_dressed() {
        for (cell, value) in [
            ("1", 1.0),
            (" 1e-8 ", 1e-8),
            ("3.04E-05", 3.04e-5),
            ("\"33,543.6\"", 33_543.6),
            ("1,234,567", 1_234_567.0),
            ("27.41K", 27_410.0),
            ("1.2B", 1.2e9),
            ("0.1M", 100_000.0),
            ("$12.5", 12.5),
            ("-3", -3.0),
        ] {
            assert_eq!(number(cell), Number::Is(value), "{cell}");
        }
        assert!(matches!(number("-0"), Number::Is(zero) if zero.is_sign_positive()));
    }

    #[test]
    fn nothing_is_nothing_and_a_decimal_comma_is_no_thousand() {
        for cell in ["", "\"\"", "null", "NaN", "nan", "-", "N/A", "None"] {
            assert_eq!(number(cell), Number::Null, "{cell}");
        }
        for cell in ["1,5", "12,34,567", "1.234,5", ",123", "K", "abc", "1 2", "0x10", "1,5000", "1.2.3", "é"] {
            assert_eq!(number(cell), Number::Bad, "{cell}");
        }
    }
}
