//! Lines in a terminal, eight dots to a character, and `--chart` of one result: equity and drawdown. Ours, because it is
//! this little: the crates that draw so bring a whole terminal interface with them (ratatui), or scale functions and
//! colours instead of series (textplots).

use crate::engine::Replay;
use crate::format;
use crate::printer::Printer;
use crate::sim::{EquityCurve, Row};

/// Columns where there is no terminal to ask.
const WIDTH: usize = 80;
const MOST: usize = 160;
/// Lines of the equity and of the drawdown.
const HEIGHTS: (usize, usize) = (10, 4);

/// Equity above, drawdown below, with their scales on the right and the time at the foot.
#[must_use]
pub fn run(row: &Row, replay: &Replay, printer: Printer) -> String {
    let equity = EquityCurve::new(&replay.candles, replay.equity.clone(), row.settings.capital);
    curve(&equity, [row.outcome.start, row.outcome.end].map(format::time), printer)
}

/// The same of any account, from one time to another.
#[must_use]
pub fn curve(curve: &EquityCurve, [start, end]: [String; 2], printer: Printer) -> String {
    let depth = |value: f64| format!("{:.1}%", value * 100.0);
    let money = |value: f64| format::grouped(value, if value.abs() < 100.0 { 2 } else { 0 });
    let extent = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        (low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    };
    let (low, high) = extent(&curve.equity);
    let (deepest, _) = extent(&curve.drawdown);
    let labels = [money(high), money(low), "0.0%".to_owned(), depth(deepest)];
    let room = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0) + 1;
    let width = width(printer).saturating_sub(room + 1).max(20);
    let colour = |line: String, code: u8| {
        if printer.colour { format!("\u{1b}[{code}m{line}\u{1b}[0m") } else { line }
    };
    let mut out = String::from("Equity\n");
    let won = curve.equity.last() >= curve.equity.first();
    let [top, bottom, none, deepest] = labels;
    push(&mut out, lines(&curve.equity, width, HEIGHTS.0), &top, &bottom, &|line| {
        colour(line, if won { 32 } else { 31 })
    });
    out.push_str("Drawdown\n");
    push(&mut out, lines(&curve.drawdown, width, HEIGHTS.1), &none, &deepest, &|line| colour(line, 31));
    let between = width.saturating_sub(start.chars().count() + end.chars().count());
    out + &format!("{start}{}{end}\n\n", " ".repeat(between.max(1)))
}

/// Characters that a picture may be wide.
#[must_use]
pub fn width(printer: Printer) -> usize {
    printer.width.map_or(WIDTH, usize::from).clamp(40, MOST)
}

fn push(out: &mut String, lines: Vec<String>, top: &str, bottom: &str, paint: &dyn Fn(String) -> String) {
    let last = lines.len() - 1;
    for (at, line) in lines.into_iter().enumerate() {
        out.push_str(&paint(line));
        let label = if at == 0 {
            top
        } else if at == last {
            bottom
        } else {
            ""
        };
        if !label.is_empty() {
            out.push(' ');
            out.push_str(label);
        }
        out.push('\n');
    }
}

/// Values as lines of braille, `width` characters wide and `height` high: in each column of dots everything between the
/// lowest and the highest value that falls into it, so that no extreme is lost. Undefined values leave gaps.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "dots")]
pub fn lines(values: &[f64], width: usize, height: usize) -> Vec<String> {
    let (columns, rows) = (2 * width, 4 * height);
    let (low, high) = range(values);
    let scale = if high > low { (rows - 1) as f64 / (high - low) } else { 0.0 };
    let row = |value: f64| rows - 1 - ((value - low) * scale).round() as usize;
    let mut cells = vec![vec![0_u8; width]; height];
    let mut before: Option<usize> = None;
    for column in 0..columns {
        let part = &values[column * values.len() / columns..];
        let count = ((column + 1) * values.len() / columns).max(column * values.len() / columns + 1)
            - column * values.len() / columns;
        let part = &part[..count.min(part.len())];
        let (bottom, top) = range(part);
        if bottom > top {
            before = None;
            continue;
        }
        let (mut first, mut last) = (row(top), row(bottom));
        // Joined to the column before, as a pen would.
        if let Some(before) = before {
            (first, last) = (first.min(before), last.max(before));
        }
        before = part.iter().rev().find(|value| !value.is_nan()).map(|value| row(*value));
        for dot in first..=last {
            cells[dot / 4][column / 2] |= DOTS[dot % 4][column % 2];
        }
    }
    let text = |cells: Vec<u8>| cells.into_iter().filter_map(|dots| char::from_u32(0x2800 + u32::from(dots))).collect();
    cells.into_iter().map(text).collect()
}

/// One line of eight heights, for a cell of a table.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "eight heights")]
pub fn spark(values: &[f64], width: usize) -> String {
    let (low, high) = range(values);
    let bar = |at: usize| {
        let first = at * values.len() / width;
        let end = ((at + 1) * values.len() / width).clamp(first + 1, values.len().max(first + 1));
        let value = values[first..end.min(values.len())].last().copied().unwrap_or(low);
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        BARS[(share * 7.0).round() as usize % 8]
    };
    if values.is_empty() { String::new() } else { (0..width).map(bar).collect() }
}

/// The bit of each dot of a cell, by row and column.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

fn range(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    (low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rising_line_goes_from_the_lower_left_to_the_upper_right() {
        let values: Vec<f64> = (0..8).map(f64::from).collect();
        assert_eq!(lines(&values, 4, 2), ["⠀⠀⣠⠞", "⣠⠞⠁⠀"]);
    }

    #[test]
    fn one_spike_among_many_values_is_drawn() {
        let mut values = vec![0.0; 10_000];
        values[5_003] = 1.0;
        let drawn = lines(&values, 20, 3);
        assert!(drawn[0].chars().any(|c| c != '⠀'), "{drawn:?}");
    }

    #[test]
    fn flat_short_and_undefined_series_are_no_trouble() {
        for values in [vec![1.0; 3], vec![1.0], vec![f64::NAN; 5], vec![f64::NAN, 1.0, 2.0]] {
            let drawn = lines(&values, 10, 2);
            assert!(drawn.iter().all(|line| line.chars().count() == 10), "{drawn:?}");
        }
        assert_eq!(spark(&[], 5), "");
        assert_eq!(spark(&[2.0, 2.0], 4).chars().count(), 4);
    }

    #[test]
    fn a_sparkline_ends_at_the_last_value() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(spark(&values, 8), "▂▃▄▄▅▆▇█");
    }
}
