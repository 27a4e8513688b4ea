//! On-balance volume: starts at the first bar's volume, gains the volume of each bar that closes higher, loses that of
//! each bar that closes lower. Defined from the first bar.
//!
//! Source: J. Granville (1963); TA-Lib `OBV`. A plain running sum: the volume is what it adds up, and no value of it
//! is smaller than its history. A bar whose volume or move is not finite is left out.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static OBV: Family = Family {
    name: "obv",
    outputs: &["obv"],
    inputs: Inputs::Fields(&[Field::Close, Field::Volume]),
    params: &[],
    about: "On-balance volume: running sum of volume, up on higher closes, down on lower ones",
    manual: Manual {
        formula: "running sum of volume: up on a higher close, down on a lower one, starting with the first bar's volume",
        first_bar: "0",
        source: "TA-Lib OBV",
        usual: &[],
        example: "obv() > ema(obv(), 20)",
    },
    via: None,
    width: 1,
    lookback: |_| 0,
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |_, _| Box::new(Obv { balance: None }),
};

struct Obv {
    balance: Option<f64>,
}

resumable!(Obv: balance);

impl Indicator for Obv {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [close, volume] = inputs else { return };
        let bars = close.now().iter().zip(close.lag(1)).zip(volume.now()).zip(outputs[0].iter_mut());
        for (((&close, &before), &volume), out) in bars {
            // What lies before the first bar is no close to move from.
            let known = if self.balance.is_some() { close - before } else { close };
            if !(known + volume).is_finite() {
                *out = f64::NAN;
                continue;
            }
            let balance = match self.balance {
                None => volume,
                Some(balance) if close > before => balance + volume,
                Some(balance) if close < before => balance - volume,
                Some(balance) => balance,
            };
            self.balance = Some(balance);
            *out = balance;
        }
    }
}
