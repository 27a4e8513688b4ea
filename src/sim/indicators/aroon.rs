//! Aroon: how recent the highest high and the lowest low of n bars are. `aroon_up = 100 * (n - bars since the highest
//! high of n+1 bars) / n`, `aroon_down` likewise of the lowest low, `aroon_osc` their difference. First values at bar n;
//! of equal extremes the most recent counts.
//!
//! Source: T. Chande (1995); TA-Lib `AROON`, `AROONOSC`.

use super::arg_extreme::{SinceHighest, SinceLowest};
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period, real};
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static AROON: Family = Family {
    name: "aroon",
    outputs: &["aroon_up", "aroon_down", "aroon_osc"],
    inputs: Inputs::Fields(&[Field::High, Field::Low]),
    params: &[bars("period", 2)],
    about: "Aroon, 0 to 100: how recent the highest high and the lowest low are, and their difference",
    manual: Manual {
        formula: "`100 * (n - argmax(high, n+1)) / n`; down: of `argmin(low, n+1)`; osc: up minus down",
        first_bar: "period",
        source: "TA-Lib AROON, AROONOSC",
        usual: &[25.0],
        example: "crosses_above(aroon_up(25), aroon_down(25))",
    },
    via: None,
    width: 3,
    lookback: |params| period(params, 0),
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |params, _| {
        let bars = period(params, 0);
        Box::new(Aroon { bars: real(bars), top: SinceHighest::new(bars + 1), bottom: SinceLowest::new(bars + 1) })
    },
};

struct Aroon {
    bars: f64,
    top: SinceHighest,
    bottom: SinceLowest,
}

resumable!(Aroon: top, bottom);

impl Indicator for Aroon {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let ([high, low], [ups, downs, oscillators]) = (inputs, outputs) else { return };
        for (bar, (&high, &low)) in high.now().iter().zip(low.now()).enumerate() {
            let recent = |since: f64| 100.0 * (self.bars - since) / self.bars;
            (ups[bar], downs[bar]) = (recent(self.top.push(high)), recent(self.bottom.push(low)));
            oscillators[bar] = ups[bar] - downs[bar];
        }
    }
}
