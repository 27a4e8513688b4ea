//! `--chart` of a sweep: a map of the metric over two parameters in the terminal, of the others the best.

use std::fmt::Write as _;

use crate::printer::Printer;
use crate::sim::SweepGrid;
use crate::sim::metrics::{Better, Metric};
use crate::{chart, format};

/// Rows of cells at most.
const ROWS: usize = 24;
/// From the worst to the best without colours; never a blank, which says that there is nothing.
const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
/// The same in the 256 colours of terminals.
const COLOURS: [u8; 9] = [160, 167, 174, 181, 188, 151, 114, 77, 34];

/// The map, with its scale and axes; a line where only one parameter has several values.
#[must_use]
pub fn sweep(cube: &SweepGrid, metric: &Metric, printer: Printer) -> String {
    let wide: Vec<usize> = (0..cube.width()).filter(|&axis| cube.values(axis).len() > 1).collect();
    let room = chart::width(printer);
    let Some(&x) = wide.first() else {
        return "A grid of one point has no map.\n".to_owned();
    };
    let y = wide.get(1).copied();
    let label_of =
        |axis: usize, at: usize| cube.values(axis).get(at).map_or_else(String::new, |value| format::param(*value));
    let margin =
        y.map_or(0, |y| (0..cube.values(y).len()).map(|at| label_of(y, at).chars().count()).max().unwrap_or(0) + 1);
    // Of a thinned grid, a cell has the values from one that is held to the next, and so the best wherever it is.
    let by = |axis: usize, most: usize| {
        let stride = cube.stride(axis);
        stride * cube.values(axis).len().div_ceil(stride).div_ceil(most)
    };
    let across = by(x, room.saturating_sub(margin).max(10));
    let columns = cube.values(x).len().div_ceil(across);
    let up = y.map_or(1, |y| by(y, ROWS));
    let rows = y.map_or(1, |y| cube.values(y).len().div_ceil(up));
    let best = gather(cube, metric, (x, across), y.map(|y| (y, up)), (columns, rows));
    let known = best.iter().copied().filter(|value| !value.is_nan());
    let (low, high) =
        known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return format!("No point has a defined {}.\n", metric.label);
    }
    let show = |value: f64| format::metric(Some(value), metric.unit);
    let others = if wide.len() > 2 || across > 1 || up > 1 { ", the best of what falls into a cell" } else { "" };
    let mut out = format!("{} from {} to {}{others}\n", metric.label, show(low), show(high));
    for note in cube.notes() {
        out.push_str(&note);
        out.push('\n');
    }
    let Some(y) = y else {
        for line in chart::lines(&best, columns.min(room), 8) {
            out.push_str(&line);
            out.push('\n');
        }
        return out + &format!("{} {} to {}\n", cube.name(x), label_of(x, 0), label_of(x, cube.values(x).len() - 1));
    };
    let _ = writeln!(out, "{}", cube.name(y));
    // Two characters are about a square.
    let wide_cells = if 2 * columns + margin <= room { 2 } else { 1 };
    for row in (0..rows).rev() {
        let label = if row + 1 == rows || row == 0 || row % 4 == 0 { label_of(y, row * up) } else { String::new() };
        let _ = write!(out, "{label:>width$} ", width = margin - 1);
        for value in &best[row * columns..(row + 1) * columns] {
            out.push_str(&cell(*value, (low, high), metric, wide_cells, printer.colour));
        }
        if printer.colour {
            out.push_str("\u{1b}[0m");
        }
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
    }
    let (first, last) = (label_of(x, 0), label_of(x, cube.values(x).len() - 1));
    let gap = (columns * wide_cells).saturating_sub(first.chars().count() + last.chars().count()).max(1);
    // Each name stands at the end of its axis.
    let _ = writeln!(out, "{:width$}{first}{}{last}  {}", "", " ".repeat(gap), cube.name(x), width = margin);
    out + if printer.colour { "red is worst, green is best\n" } else { "from · worst to █ best\n" }
}

/// The best value of each cell, row by row from the lowest values up; NaN where there is none.
fn gather(
    cube: &SweepGrid,
    metric: &Metric,
    (x, across): (usize, usize),
    y: Option<(usize, usize)>,
    (columns, rows): (usize, usize),
) -> Vec<f64> {
    let sign = if metric.better == Better::Higher { 1.0 } else { -1.0 };
    let mut best = vec![f64::NAN; columns * rows];
    for (_, places, value) in cube.ranked() {
        let column = places[x] as usize / across;
        let row = y.map_or(0, |(y, up)| places[y] as usize / up);
        let cell = &mut best[row * columns + column];
        if cell.is_nan() || sign * value > sign * *cell {
            *cell = value;
        }
    }
    best
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a few shades"
)]
fn cell(value: f64, (low, high): (f64, f64), metric: &Metric, wide: usize, colour: bool) -> String {
    if value.is_nan() {
        return if colour { format!("\u{1b}[0m{}", " ".repeat(wide)) } else { " ".repeat(wide) };
    }
    let share = if high > low { (value - low) / (high - low) } else { 1.0 };
    let share = if metric.better == Better::Higher { share } else { 1.0 - share };
    if colour {
        let at = (share * (COLOURS.len() - 1) as f64).round() as usize;
        return format!("\u{1b}[48;5;{}m{}", COLOURS[at], " ".repeat(wide));
    }
    let at = (share * (SHADES.len() - 1) as f64).round() as usize;
    SHADES[at].to_string().repeat(wide)
}
