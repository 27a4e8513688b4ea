//! Supertrend: a stop `multiplier` average true ranges from the middle of the bar, below the price in a rise and above
//! it in a fall; `supertrend_direction` is 1 or -1.
//!
//! `lower = (high + low) / 2 - m * atr` never falls in a rise, `upper = (high + low) / 2 + m * atr` never rises in a fall.
//! A close above the upper band of the bar before makes a rise, one below its lower band a fall. It begins as a rise.
//! First values at bar n, where the ATR has its first.
//!
//! Source: O. Seban (2009); pandas-ta `supertrend` with TA-Lib's ATR, which gives 0 for the first bars where this is
//! undefined. A bar without a finite range is left out.

use super::family::{Family, FamilyParam, Indicator, Input, Inputs, ParamKind};
use super::manual::Manual;
use super::params::{bars, period};
use super::smoother::Smoother;
use super::true_range::true_range;
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static SUPERTREND: Family = Family {
    name: "supertrend",
    outputs: &["supertrend", "supertrend_direction"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close]),
    params: &[bars("period", 1), FamilyParam { name: "multiplier", kind: ParamKind::Factor { min: 0.0, max: 100.0 } }],
    about: "Supertrend: a stop `multiplier` atr from the middle of the bar; its direction is 1 in a rise, -1 in a fall",
    manual: Manual {
        formula: "in a rise `(high + low) / 2 - multiplier * atr`, which never falls; in a fall `(high + low) / 2 + multiplier * atr`, which never rises. A close above the upper band of the bar before turns to a rise (direction 1), one below the lower band to a fall (-1). Begins as a rise",
        first_bar: "period",
        source: "pandas-ta supertrend",
        usual: &[10.0, 3.0],
        example: "supertrend_direction(10, 3) > 0",
    },
    via: None,
    width: 2,
    lookback: |params| period(params, 0),
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |params, _| {
        let range = Smoother::wilder(period(params, 0));
        Box::new(Supertrend { multiplier: params[1], started: false, range, bands: None, rises: true })
    },
};

struct Supertrend {
    multiplier: f64,
    started: bool,
    range: Smoother,
    /// Lower and upper band of the bar before.
    bands: Option<(f64, f64)>,
    rises: bool,
}

resumable!(Supertrend: started, range, bands, rises);

impl Supertrend {
    fn step(&mut self, high: f64, low: f64, close: f64, close_before: f64) -> (f64, f64) {
        let atr = self.range.step(true_range(high, low, close_before));
        if !(atr + close).is_finite() {
            return (f64::NAN, f64::NAN);
        }
        let (middle, width) = (0.5 * (high + low), self.multiplier * atr);
        let (mut lower, mut upper) = (middle - width, middle + width);
        if let Some((lower_before, upper_before)) = self.bands {
            if close > upper_before {
                self.rises = true;
            } else if close < lower_before {
                self.rises = false;
            } else if self.rises {
                lower = lower.max(lower_before);
            } else {
                upper = upper.min(upper_before);
            }
        }
        self.bands = Some((lower, upper));
        if self.rises { (lower, 1.0) } else { (upper, -1.0) }
    }
}

impl Indicator for Supertrend {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let ([high, low, close], [stops, directions]) = (inputs, outputs) else { return };
        let bars = high.now().iter().zip(low.now()).zip(close.now()).zip(close.lag(1));
        let out = stops.iter_mut().zip(directions.iter_mut());
        for ((((&high, &low), &close), &close_before), (stop, direction)) in
            bars.zip(out).skip(usize::from(!self.started))
        {
            (*stop, *direction) = self.step(high, low, close, close_before);
        }
        self.started |= !close.now().is_empty();
    }
}
