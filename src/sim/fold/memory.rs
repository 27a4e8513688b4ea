//! How many bars the columns of a graph remember: what came before them changes no bit.

use super::graph::{Formula, Graph, Step};
use crate::candles::Field;
use crate::indicators::Ticks;

/// Bars after which no column of a graph depends on what came before them, to the bit; none where one always does, as a
/// smoothing without a fixed window, or a sum that is rounded by all that went through it. `ticks` are those of the columns.
pub(super) fn memory(graph: &Graph, ticks: &[Option<Ticks>]) -> Option<usize> {
    // Other bars and columns of the file are fed as they are counted from the first bar on.
    if !graph.sources.is_empty() || !graph.own.is_empty() {
        return None;
    }
    let mut is_price = vec![false; graph.columns.len()];
    for step in &graph.steps {
        match step {
            Step::Formula { column, formula } => {
                is_price[*column] = matches!(formula, Formula::Field(field) if *field != Field::Volume);
            }
            Step::Indicator { family, inputs, params, .. } => {
                let ticks = inputs.first().and_then(|(id, _)| ticks[*id]);
                let mean = ticks.and_then(|ticks| (family.ticks)(params, 0, ticks));
                let forgets = match family.name {
                    "mom" | "roc" | "count" | "any" | "all" => true,
                    // Which of 0 and -0 is taken depends on where blocks begin; prices are above both.
                    "highest" | "lowest" => inputs.iter().all(|(id, _)| is_price[*id]),
                    // Sums of whole numbers.
                    "cumsum" | "sma" | "wma" | "sum" => mean.is_some(),
                    _ => false,
                };
                if !forgets {
                    return None;
                }
            }
        }
    }
    let of_columns = graph.columns.iter().map(|facts| facts.lookback + facts.history).max().unwrap_or(0);
    // One more for what held at the bar before.
    Some(of_columns.max(graph.lookback()) + 1)
}
