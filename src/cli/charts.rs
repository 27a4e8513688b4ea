//! `--chart` of one result: equity and drawdown in the terminal.

use super::printer::Printer;
use super::{braille, text};
use crate::engine::Replay;
use crate::report::{Curve, Row};

/// Columns where there is no terminal to ask.
const WIDTH: usize = 80;
const MOST: usize = 160;
/// Lines of the equity and of the drawdown.
const HEIGHTS: (usize, usize) = (10, 4);

/// Equity above, drawdown below, with their scales on the right and the time at the foot.
#[must_use]
pub fn run(row: &Row, replay: &Replay, printer: Printer) -> String {
    let curve = Curve::new(&replay.candles, replay.equity.clone(), row.settings.capital);
    let depth = |value: f64| format!("{:.1}%", value * 100.0);
    let money = |value: f64| text::grouped(value, if value.abs() < 100.0 { 2 } else { 0 });
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
    push(&mut out, braille::lines(&curve.equity, width, HEIGHTS.0), &top, &bottom, &|line| {
        colour(line, if won { 32 } else { 31 })
    });
    out.push_str("Drawdown\n");
    push(&mut out, braille::lines(&curve.drawdown, width, HEIGHTS.1), &none, &deepest, &|line| colour(line, 31));
    let (start, end) = (text::time(row.outcome.start), text::time(row.outcome.end));
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
