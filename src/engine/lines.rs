//! The series that a strategy's rules look at, bar by bar, for drawing.

use crate::report::{Line, Pane};
use crate::sim::fold::{Columns, Graph, drawn};
use crate::sim::model::{Candles, Direction, TILE};
use crate::sim::simd::Cpu;
use crate::sim::strategy::Strategy;

/// Lines drawn at most: a page with more is a thicket, and each takes room in it.
const MOST: usize = 8;

/// What the rules look at, pane by pane, and how many lines were left out. A line is as long as the candles, and NaN
/// where it is undefined. The values are those that the rules were decided by.
#[must_use]
pub fn panes(
    strategy: &Strategy,
    values: &[f64],
    direction: Direction,
    cpu: Cpu,
    candles: &Candles,
) -> (Vec<Pane>, usize) {
    let mut graph = Graph::default();
    let (mut panes, mut sources, mut left_out) = (Vec::new(), Vec::new(), 0);
    for drawn in drawn(strategy, values, direction) {
        let mut pane = Pane { on_price: drawn.on_price, lines: Vec::new(), levels: drawn.levels };
        for (name, expr) in drawn.lines {
            match graph.series(expr, values) {
                Some(source) if sources.len() < MOST => {
                    sources.push(source);
                    pane.lines.push(Line { name, values: Vec::with_capacity(candles.len()) });
                }
                _ => left_out += 1,
            }
        }
        panes.push(pane);
    }
    let mut columns = Columns::new(&graph, cpu);
    for first in (0..candles.len()).step_by(TILE) {
        columns.extend(&graph, candles, first, TILE.min(candles.len() - first));
        for (line, source) in panes.iter_mut().flat_map(|pane| &mut pane.lines).zip(&sources) {
            line.values.extend_from_slice(columns.read(source.column, source.lag));
        }
        columns.settle();
    }
    for (line, source) in panes.iter_mut().flat_map(|pane| &mut pane.lines).zip(&sources) {
        let undefined = source.lookback.min(line.values.len());
        line.values[..undefined].fill(f64::NAN);
    }
    panes.retain(|pane| !pane.lines.is_empty());
    (panes, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::strategy::get;

    #[test]
    fn a_line_is_undefined_while_it_warms_up_and_right_after_that_across_tiles() {
        let bars = 3 * TILE + 7;
        let close: Vec<f64> = (0..bars).map(|bar| 100.0 + f64::from(u16::try_from(bar % 97).unwrap())).collect();
        let column = || close.clone();
        let candles = Candles {
            time: (0..i64::try_from(bars).unwrap()).collect(),
            open: column(),
            high: column(),
            low: column(),
            volume: column(),
            close: column(),
        };
        let (panes, left_out) = panes(get("ma").unwrap(), &[5.0, 20.0], Direction::Long, Cpu::Portable, &candles);
        assert_eq!((panes.len(), panes[0].on_price, left_out), (1, true, 0));
        for (line, period) in panes[0].lines.iter().zip([5, 20]) {
            assert_eq!(line.values.len(), bars);
            assert!(line.values[..period - 1].iter().all(|value| value.is_nan()), "{}", line.name);
            for bar in period - 1..bars {
                #[expect(clippy::cast_precision_loss, reason = "a period")]
                let mean = close[bar + 1 - period..=bar].iter().sum::<f64>() / period as f64;
                assert!((line.values[bar] - mean).abs() < 1e-9, "{} at {bar}", line.name);
            }
        }
    }
}
