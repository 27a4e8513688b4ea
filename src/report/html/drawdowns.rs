//! The worst falls of the equity from a peak, each with its way down and back.

use serde_json::{Value, json};

use crate::report::{Curve, json::number};

/// One fall: from the peak to the bar at which the peak is reached again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fall {
    /// Bar of the peak, of the lowest value, and of the recovery; no recovery where there was none.
    pub peak: usize,
    /// Bar of the lowest value.
    pub trough: usize,
    /// First bar at or above the peak again.
    pub recovery: Option<usize>,
    /// Lowest value of the drawdown, below 0.
    pub depth: f64,
}

impl Fall {
    /// Bars below the peak, as `max_drawdown_bars` counts them: the one that reaches it again is not.
    #[must_use]
    pub fn bars(&self, all: usize) -> usize {
        self.recovery.unwrap_or(all) - self.peak - 1
    }
}

/// All falls, deepest first; of equal ones the earlier.
#[must_use]
pub fn falls(drawdown: &[f64]) -> Vec<Fall> {
    let mut falls: Vec<Fall> = Vec::new();
    let mut open: Option<Fall> = None;
    for (bar, &depth) in drawdown.iter().enumerate() {
        if depth < 0.0 {
            let fall = open.get_or_insert(Fall { peak: bar - 1, trough: bar, recovery: None, depth });
            if depth < fall.depth {
                (fall.trough, fall.depth) = (bar, depth);
            }
        } else if let Some(fall) = open.take() {
            falls.push(Fall { recovery: Some(bar), ..fall });
        }
    }
    falls.extend(open);
    falls.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    falls
}

/// The worst five for the page: times in milliseconds, lengths in bars.
#[must_use]
pub fn section(curve: &Curve) -> Value {
    let last = curve.time.len() - 1;
    let one = |fall: &Fall| {
        let end = fall.recovery.unwrap_or(last);
        json!({
            "depth": number(fall.depth),
            "peak": curve.time[fall.peak],
            "trough": curve.time[fall.trough],
            "end": curve.time[end],
            "recovered": fall.recovery.is_some(),
            "down": fall.trough - fall.peak,
            "bars": fall.bars(curve.time.len()),
        })
    };
    falls(&curve.drawdown).iter().take(5).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_goes_from_its_peak_to_the_bar_that_reaches_it_again() {
        let falls = falls(&[0.0, -0.1, -0.3, -0.2, 0.0, 0.0, -0.5, -0.4]);
        assert_eq!(falls[0], Fall { peak: 5, trough: 6, recovery: None, depth: -0.5 });
        assert_eq!(falls[1], Fall { peak: 0, trough: 2, recovery: Some(4), depth: -0.3 });
        assert_eq!(falls.len(), 2);
        assert_eq!([falls[0].bars(8), falls[1].bars(8)], [2, 3], "bars below the peak");
    }

    #[test]
    fn an_equity_that_only_rises_has_no_fall() {
        assert!(falls(&[0.0; 5]).is_empty());
    }
}
