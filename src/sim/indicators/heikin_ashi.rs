//! Heikin-Ashi candles: `ha_close = (open + high + low + close) / 4`, `ha_open` = mean of open and close of the
//! Heikin-Ashi bar before (of the first bar's own prices at the start), `ha_high` and `ha_low` = the highest and lowest
//! of the bar's range and these two. Defined from the first bar.
//!
//! Source: D. Valcu, "Using the Heikin-Ashi Technique", Stocks & Commodities 22 (2004); pandas-ta `ha`. A bar with a
//! price that is not finite is left out.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static HEIKIN_ASHI: Family = Family {
    name: "ha",
    outputs: &["ha_open", "ha_high", "ha_low", "ha_close"],
    inputs: Inputs::Fields(&[Field::Open, Field::High, Field::Low, Field::Close]),
    params: &[],
    about: "Heikin-Ashi candles: each bar averaged with the one before",
    manual: Manual {
        formula: "`ha_close = (open + high + low + close) / 4`, `ha_open` = mean of the two of the bar before, at first `(open + close) / 2`; `ha_high`, `ha_low` = highest and lowest of high, low and these two",
        first_bar: "0",
        source: "pandas-ta ha",
        usual: &[],
        example: "ha_close() > ha_open()",
    },
    via: None,
    width: 4,
    lookback: |_| 0,
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |_, _| Box::new(HeikinAshi { next_open: None }),
};

struct HeikinAshi {
    next_open: Option<f64>,
}

resumable!(HeikinAshi: next_open);

impl Indicator for HeikinAshi {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let ([open, high, low, close], [opens, highs, lows, closes]) = (inputs, outputs) else { return };
        let bars = open.now().iter().zip(high.now()).zip(low.now()).zip(close.now()).enumerate();
        for (bar, (((&open, &high), &low), &close)) in bars {
            let mut ha = [f64::NAN; 4];
            if (open + high + low + close).is_finite() {
                let ha_close = 0.25 * (open + high + low + close);
                let ha_open = self.next_open.unwrap_or(0.5 * (open + close));
                self.next_open = Some(0.5 * (ha_open + ha_close));
                ha = [ha_open, high.max(ha_open).max(ha_close), low.min(ha_open).min(ha_close), ha_close];
            }
            [opens[bar], highs[bar], lows[bar], closes[bar]] = ha;
        }
    }
}
