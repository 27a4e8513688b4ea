//! Numbers as exchanges and tools write them, and the one decision of a file about its decimal mark.
//!
//! Each cell is read once. Where it is written with a comma, or with a point that may separate thousands, both readings
//! are kept until the whole file is known; a file has one decimal mark in all of its rows.

use crate::error::ContentError;
use crate::escape::quote;

use super::cells::{RawCell, bare};
use super::options::DecimalMark;

/// What a cell holds where a number should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NumberCell {
    /// The same number whatever the decimal mark.
    Value(f64),
    /// A number with a point for its decimals; with a comma in the other reading, if it is one.
    Pointed {
        /// With a decimal point.
        point: f64,
        /// With a decimal comma.
        comma: Option<f64>,
    },
    /// Written with commas, blanks, a currency or a multiplier such as K.
    Dressed {
        /// With a decimal point.
        point: Option<f64>,
        /// With a decimal comma.
        comma: Option<f64>,
    },
    /// Nothing, in one of the ways in which that is written.
    Null,
    /// Something else.
    Bad,
}

impl NumberCell {
    /// The number with a decimal point.
    pub(super) fn pointed(self) -> Option<f64> {
        match self {
            Self::Value(value) | Self::Pointed { point: value, .. } => Some(value),
            Self::Dressed { point, .. } => point,
            Self::Null | Self::Bad => None,
        }
    }

    /// Whether it is a number in some reading.
    pub(super) fn is_number(self) -> bool {
        match self {
            Self::Value(_) | Self::Pointed { .. } => true,
            Self::Dressed { point, comma } => point.is_some() || comma.is_some(),
            Self::Null | Self::Bad => false,
        }
    }
}

/// Whether a cell says that there is nothing.
pub(super) fn is_null(cell: &str) -> bool {
    const WORDS: [&str; 16] =
        ["", "-", "--", "–", "—", "null", "none", "nan", "n/a", "na", "#n/a", "nil", "\\n", "nat", "<na>", "."];
    cell.len() <= 4 && WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// A price or a volume.
#[inline]
pub(super) fn number(cell: RawCell) -> NumberCell {
    match cell {
        RawCell::Text(text) => of_text(text),
        RawCell::Float(value) if value.is_nan() => NumberCell::Null,
        RawCell::Float(value) => NumberCell::Value(value + 0.0),
        #[expect(clippy::cast_precision_loss, reason = "no price has more than 15 digits")]
        RawCell::Int(value) => NumberCell::Value(value as f64),
        RawCell::Null => NumberCell::Null,
        RawCell::Moment { .. } => NumberCell::Bad,
    }
}

#[inline]
fn of_text(text: &str) -> NumberCell {
    if let Some(number) = digits(text.as_bytes()) {
        return number;
    }
    if let Ok(value) = text.parse::<f64>() {
        return plain(text, value);
    }
    let cell = bare(text);
    if is_null(cell) {
        return NumberCell::Null;
    }
    cell.parse::<f64>().map_or_else(|_| dressed(cell), |value| plain(cell, value))
}

/// Up to 15 digits with at most one point among them, which nearly all prices are. Their digits and the power of ten that
/// they are divided by are exact, and so one division gives the nearest number, as the slower way does.
#[inline]
fn digits(text: &[u8]) -> Option<NumberCell> {
    const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    let (mut number, mut point) = (0u64, None);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => number = number * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
    }
    if number >= 1_000_000_000_000_000 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "15 digits are exact")]
    let whole = number as f64;
    let Some(point) = point else { return Some(NumberCell::Value(whole)) };
    let decimals = text.len() - point - 1;
    // 1.234 may be a thousand and more where commas separate decimals.
    let is_grouped = decimals == 3 && point <= 3 && text[0] != b'0';
    Some(NumberCell::Pointed { point: whole / POWERS[decimals], comma: is_grouped.then_some(whole) })
}

#[inline]
fn plain(text: &str, value: f64) -> NumberCell {
    if value.is_nan() {
        return NumberCell::Null;
    }
    // Zero has one sign, so that equal bars are equal to the bit.
    let value = value + 0.0;
    let bytes = text.as_bytes();
    // 1.234 may be a thousand and more where commas separate decimals, and no other number with a point may.
    if !bytes.contains(&b'.') {
        return NumberCell::Value(value);
    }
    let is_grouped = (5..=7 + usize::from(bytes[0] == b'-')).contains(&bytes.len())
        && bytes[bytes.len() - 4] == b'.'
        && matches!(bytes[0], b'1'..=b'9' | b'-')
        && bytes.iter().filter(|b| b.is_ascii_digit()).count() >= bytes.len() - 2;
    let comma = is_grouped.then(|| text.replace('.', "").parse().ok()).flatten();
    NumberCell::Pointed { point: value, comma }
}

/// `33,543.6`, `33.543,6`, `33 543,6`, `$12.5`, `27.41K`, `1.2B`, `1,5`.
fn dressed(cell: &str) -> NumberCell {
    const CURRENCIES: [&str; 12] = ["$", "€", "£", "¥", "₿", "₹", "₩", "USDT", "USD", "EUR", "BTC", "%"];
    let mut text = cell;
    for sign in CURRENCIES {
        text = text.strip_prefix(sign).unwrap_or(text);
        if sign != "%" {
            text = text.strip_suffix(sign).unwrap_or(text);
        }
    }
    let text = text.trim();
    let Some(last) = text.chars().last() else { return NumberCell::Bad };
    let exponent = match last {
        'K' | 'k' => "e3",
        'M' | 'm' => "e6",
        'B' | 'b' | 'G' => "e9",
        'T' | 't' => "e12",
        _ => "",
    };
    let digits = if exponent.is_empty() { text } else { text[..text.len() - last.len_utf8()].trim_end() };
    let [point, comma] = ['.', ','].map(|mark| reading(digits, mark, exponent));
    if point.is_none() && comma.is_none() { NumberCell::Bad } else { NumberCell::Dressed { point, comma } }
}

/// A number with this decimal mark, and the other mark, blanks or apostrophes between groups of three digits; in India
/// between groups of two before the last of three: `22,84,516.9`.
fn reading(text: &str, mark: char, exponent: &str) -> Option<f64> {
    let other = if mark == '.' { ',' } else { '.' };
    let (sign, text) = match text.strip_prefix(['-', '+']) {
        Some(rest) if text.starts_with('-') => ("-", rest),
        Some(rest) => ("", rest),
        None => ("", text),
    };
    let (whole, fraction) = match text.split_once(mark) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // A power of ten may stand behind the decimals: 1,5e-8.
    let (fraction, power) = match fraction.and_then(|fraction| fraction.split_once(['e', 'E'])) {
        Some((fraction, power)) if exponent.is_empty() && power.parse::<i8>().is_ok() => {
            (Some(fraction), format!("e{power}"))
        }
        _ => (fraction, exponent.to_owned()),
    };
    let is_group = |c: char| c == other || matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’' | '_');
    // One mark between all groups: a point behind a blank or an apostrophe is the decimal one.
    let mut marks = whole.chars().filter(|c| is_group(*c));
    let one = marks.next();
    if marks.any(|mark| Some(mark) != one) {
        return None;
    }
    let mut groups = whole.split(is_group);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let is_indian = mark == '.' && rest.len() >= 2 && first.len() <= 2 && rest[0].len() == 2;
    let width = |at: usize| if is_indian && at + 1 < rest.len() { 2 } else { 3 };
    let sound = is_digits(first)
        && (rest.is_empty() || first.len() <= 3 && !first.starts_with('0'))
        && rest.iter().enumerate().all(|(at, group)| group.len() == width(at) && is_digits(group))
        && fraction.is_none_or(is_digits);
    if !sound {
        return None;
    }
    // The exponent is part of the text, so that 27.41K is 27410 to the bit.
    let digits = [sign, first, &rest.concat(), ".", fraction.unwrap_or("0"), &power].concat();
    digits.parse::<f64>().ok().map(|value| value + 0.0)
}

/// Marks in place of a number; each is a NaN that no arithmetic gives.
const NULL: u64 = 0x7FF8_0000_0000_0001;
const BAD: u64 = 0x7FF8_0000_0000_0002;

/// Whether a stored value stands for a cell without a number.
pub(super) fn is_empty(value: f64) -> bool {
    value.to_bits() == NULL
}

/// Whether a stored value stands for a cell that could not be read.
pub(super) fn is_bad(value: f64) -> bool {
    value.to_bits() == BAD
}

/// A column of numbers in the order of the rows.
#[derive(Debug, Default)]
pub(super) struct NumberColumn {
    point: Vec<f64>,
    /// Readings with a decimal comma; there as soon as one cell has a comma or the like.
    comma: Option<Vec<f64>>,
    /// Whether all that is written with a point could be thousands.
    pointed_grouped: bool,
    has_pointed: bool,
    /// Whether a cell has commas, blanks or the like.
    is_dressed: bool,
    /// The first cell that is no number with a decimal point, and with a comma: its row here, and what it holds.
    bad: [Option<(usize, String)>; 2],
}

impl NumberColumn {
    pub(super) fn new() -> Self {
        Self { pointed_grouped: true, ..Self::default() }
    }

    pub(super) fn reserve(&mut self, rows: usize) {
        self.point.reserve_exact(rows);
    }

    #[inline]
    pub(super) fn push(&mut self, cell: RawCell, number: NumberCell) {
        match number {
            NumberCell::Value(value) => self.add(value, || value),
            NumberCell::Pointed { point, comma } => {
                self.has_pointed = true;
                if comma.is_none() && self.pointed_grouped {
                    self.pointed_grouped = false;
                }
                if comma.is_none() && self.bad[1].is_none() {
                    self.bad[1] = Some((self.point.len(), shown(cell)));
                }
                // As a plain number 1.000 could no longer be told from 1.
                if comma.is_some() && self.pointed_grouped && point.fract() == 0.0 {
                    self.start_comma();
                }
                self.add(point, || comma.unwrap_or(f64::from_bits(BAD)));
            }
            NumberCell::Null => self.add(f64::from_bits(NULL), || f64::from_bits(NULL)),
            NumberCell::Dressed { point, comma } => {
                self.is_dressed = true;
                self.start_comma();
                for (bad, reading) in self.bad.iter_mut().zip([point, comma]) {
                    if reading.is_none() && bad.is_none() {
                        *bad = Some((self.point.len(), shown(cell)));
                    }
                }
                self.add(point.unwrap_or(f64::from_bits(BAD)), || comma.unwrap_or(f64::from_bits(BAD)));
            }
            NumberCell::Bad => {
                for bad in &mut self.bad {
                    if bad.is_none() {
                        *bad = Some((self.point.len(), shown(cell)));
                    }
                }
                self.add(f64::from_bits(BAD), || f64::from_bits(BAD));
            }
        }
    }

    #[inline]
    fn add(&mut self, point: f64, comma: impl FnOnce() -> f64) {
        self.point.push(point);
        if let Some(readings) = &mut self.comma {
            readings.push(comma());
        }
    }

    /// From here on both readings are kept. Of what was plain before, those with a point are thousands if anything.
    fn start_comma(&mut self) {
        if self.comma.is_none() {
            let grouped = self.pointed_grouped;
            let other = |value: &f64| match value.fract() != 0.0 {
                _ if value.is_nan() => *value,
                true if grouped => (value * 1_000.0).round(),
                true => f64::from_bits(BAD),
                false => *value,
            };
            self.comma = Some(self.point.iter().map(other).collect());
        }
    }

    /// Whether all numbers are whole.
    pub(super) fn is_whole(&self, mark: DecimalMark) -> bool {
        match (mark, &self.comma) {
            (DecimalMark::Comma, Some(comma)) => comma.iter().all(|value| value.is_nan() || value.fract() == 0.0),
            (DecimalMark::Comma, None) if self.has_pointed && self.pointed_grouped => true,
            _ => self.point.iter().all(|value| value.is_nan() || value.fract() == 0.0),
        }
    }

    /// The numbers with this decimal mark.
    pub(super) fn values(mut self, mark: DecimalMark) -> Vec<f64> {
        if mark == DecimalMark::Comma {
            // Another column may have decided: here too a point stands before thousands.
            self.start_comma();
        }
        match (mark, self.comma) {
            (DecimalMark::Comma, Some(comma)) => comma,
            _ => self.point,
        }
    }

    /// The first cell that is no number with this decimal mark: its row here, and what it holds.
    pub(super) fn first_bad(&self, mark: DecimalMark) -> Option<(usize, &str)> {
        let bad = &self.bad[usize::from(mark == DecimalMark::Comma)];
        bad.as_ref().map(|(row, text)| (*row, text.as_str()))
    }
}

fn shown(cell: RawCell) -> String {
    match cell {
        RawCell::Text(text) => bare(text).chars().take(60).collect(),
        RawCell::Int(value) => value.to_string(),
        RawCell::Float(value) => value.to_string(),
        RawCell::Null => String::new(),
        RawCell::Moment { time, .. } => crate::date::show_time(time),
    }
}

/// The decimal mark of a file, and whether its cells prove it; the error names a cell that may be read in two ways.
pub(super) fn decimal_mark(
    columns: &[&NumberColumn],
    stated: Option<DecimalMark>,
) -> Result<(DecimalMark, bool), String> {
    if let Some(mark) = stated {
        return Ok((mark, true));
    }
    if !columns.iter().any(|column| column.is_dressed) {
        return Ok((DecimalMark::Point, columns.iter().any(|column| column.has_pointed)));
    }
    let is_sound = |mark| columns.iter().all(|column| column.first_bad(mark).is_none());
    match (is_sound(DecimalMark::Point), is_sound(DecimalMark::Comma)) {
        (true, false) => Ok((DecimalMark::Point, true)),
        (false, true) => Ok((DecimalMark::Comma, true)),
        (true, true) => {
            let differs = |column: &&NumberColumn| {
                let comma = column.comma.as_ref()?;
                let at = column.point.iter().zip(comma).position(|(a, b)| a.to_bits() != b.to_bits())?;
                Some(format!("{} or {}", column.point[at], comma[at]))
            };
            match columns.iter().find_map(differs) {
                Some(both) => Err(both),
                // Blanks between thousands and the like, the same in both readings.
                None => Ok((DecimalMark::Point, true)),
            }
        }
        // Neither fits: the one with fewer cells that do not, for the message.
        (false, false) => {
            let faults = |mark: DecimalMark| {
                let bad = |column: &&NumberColumn| {
                    let values = if mark == DecimalMark::Comma { column.comma.as_ref() } else { None };
                    values.unwrap_or(&column.point).iter().filter(|value| is_bad(**value)).count()
                };
                columns.iter().map(bad).sum::<usize>()
            };
            let comma = faults(DecimalMark::Comma) < faults(DecimalMark::Point);
            Ok((if comma { DecimalMark::Comma } else { DecimalMark::Point }, true))
        }
    }
}

/// What is wrong with a cell that holds no number.
pub(super) fn bad_number(line: u64, column: &str, cell: &str) -> ContentError {
    const DROP: &str = "Correct or remove the row, or pass --on-bad-row drop";
    if cell.is_empty() {
        return ContentError::row(line, format!("{column} is empty"), DROP);
    }
    if is_null(cell) {
        return ContentError::row(line, format!("{column} is {}; it must be a finite number", quote(cell)), DROP);
    }
    let remedy = if cell.contains(',') {
        "Pass --decimal , where a comma separates the decimals; thousands are in groups of three"
    } else {
        DROP
    };
    ContentError::row(line, format!("{column} is {}, which is not a number", quote(cell)), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cell: &str) -> NumberCell {
        number(RawCell::Text(cell))
    }

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
            ("33 543.6", 33_543.6),
            ("33'543.6", 33_543.6),
            ("22,84,516.9", 2_284_516.9),
        ] {
            assert_eq!(text(cell).pointed(), Some(value), "{cell}");
        }
        assert!(matches!(text("-0"), NumberCell::Value(zero) if zero.is_sign_positive()));
    }

    #[test]
    fn short_numbers_are_those_that_the_slow_way_gives() {
        for cell in [
            "0",
            "0.1",
            "7",
            "123.456",
            "61743.7",
            "0.00012345",
            "3.14159265358979",
            "999999999999999",
            "1.000",
            "12.340",
            "149879.275",
            "1234.567",
            "0.00000000000001",
            "123456789.12345",
            "1.",
            "007.5",
        ] {
            let slow = plain(cell, cell.parse().unwrap());
            let fast = digits(cell.as_bytes()).unwrap();
            assert_eq!(fast, slow, "{cell}");
            assert_eq!(fast.pointed().map(f64::to_bits), slow.pointed().map(f64::to_bits), "{cell}");
        }
        for cell in ["", ".5", "1.2.3", "-1", "1e5", "12345678901234567", " 1"] {
            assert_eq!(digits(cell.as_bytes()), None, "{cell}");
        }
    }

    #[test]
    fn nothing_is_nothing_and_what_is_no_number_is_bad() {
        for cell in ["", "\"\"", "null", "NaN", "nan", "-", "N/A", "None"] {
            assert_eq!(text(cell), NumberCell::Null, "{cell}");
        }
        for cell in ["12,34,5678", "123,45,678", "1.234,5.6", ",123", "K", "abc", "0x10", "1.2.3", "é", "1,2,3"] {
            assert_eq!(text(cell), NumberCell::Bad, "{cell}");
        }
    }

    fn column(cells: &[&str]) -> NumberColumn {
        let mut column = NumberColumn::new();
        for cell in cells {
            column.push(RawCell::Text(cell), text(cell));
        }
        column
    }

    #[test]
    fn the_whole_file_decides_what_a_comma_means() {
        let decided = |cells: &[&str]| {
            let column = column(cells);
            let (mark, _) = decimal_mark(&[&column], None)?;
            Ok::<_, String>(column.values(mark))
        };
        assert_eq!(decided(&["1.234", "2.345,5", "1.230"]), Ok(vec![1234.0, 2345.5, 1230.0]));
        assert_eq!(decided(&["1,234.5", "1,234"]), Ok(vec![1234.5, 1234.0]));
        assert_eq!(decided(&["1,5", "12"]), Ok(vec![1.5, 12.0]));
        // Beside blanks or apostrophes between thousands the other mark is of decimals.
        assert_eq!(decided(&["64'000.000", "1.250"]), Ok(vec![64_000.0, 1.25]));
        assert_eq!(decided(&["64\u{202f}000,000", "1,250"]), Ok(vec![64_000.0, 1.25]));
        // What one column shows holds for all of them.
        let columns = [column(&["60.411", "59.962"]), column(&["46.898,25", "1,5"])];
        let (mark, _) = decimal_mark(&columns.each_ref(), None).unwrap();
        assert_eq!(columns.map(|column| column.values(mark)), [vec![60_411.0, 59_962.0], vec![46_898.25, 1.5]]);
        assert!(decided(&["1,234", "12"]).is_err());
        assert!(decided(&["1.234", "12,345"]).is_err());
    }
}
