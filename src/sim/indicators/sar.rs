//! Parabolic stop and reverse: a stop that follows the price and comes closer the longer the trend makes new extremes.
//!
//! `sar += af * (extreme - sar)`, where `extreme` is the highest high (in a rise; the lowest low in a fall) of the trend,
//! and `af` starts at the acceleration and grows by it with each new extreme, up to the maximum. The stop never stands
//! inside the range of this bar and the one before. When the price touches it, the trend turns, and it goes to the
//! extreme. The first trend is a fall if the second bar's low moved further than its high, else a rise. First value at
//! bar 1.
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `SAR`. A bar whose high or low is
//! not finite is left out.

use super::family::{Family, FamilyParam, Indicator, Input, Inputs, ParamKind};
use super::manual::Manual;
use crate::candles::Field;
use crate::tile::resumable::resumable;

const fn factor(name: &'static str) -> FamilyParam {
    FamilyParam { name, kind: ParamKind::Factor { min: 0.0, max: 100.0 } }
}

/// Line of the table.
pub(super) static SAR: Family = Family {
    name: "sar",
    outputs: &["sar"],
    inputs: Inputs::Fields(&[Field::High, Field::Low]),
    params: &[factor("acceleration"), factor("maximum")],
    about: "Parabolic stop and reverse: a stop that comes closer with each new extreme of the trend",
    manual: Manual {
        formula: "`sar += af * (extreme - sar)`, never inside the ranges of this bar and the one before; `af` starts at acceleration and grows by it with each new extreme of the trend, up to maximum; when the price touches it, the trend turns and sar goes to the extreme",
        first_bar: "1",
        source: "TA-Lib SAR",
        usual: &[0.02, 0.2],
        example: "crosses_above(close, sar(0.02, 0.2))",
    },
    via: None,
    width: 1,
    lookback: |_| 1,
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |params, _| {
        let (acceleration, maximum) = (params[0].min(params[1]), params[1]);
        Box::new(Sar { acceleration, maximum, before: None, trend: None })
    },
};

struct Sar {
    acceleration: f64,
    maximum: f64,
    /// High and low of the bar before.
    before: Option<(f64, f64)>,
    trend: Option<Trend>,
}

resumable!(Sar: before, trend);

#[derive(Clone, Copy, Default)]
struct Trend {
    rises: bool,
    /// The stop of the next bar.
    stop: f64,
    extreme: f64,
    factor: f64,
}

resumable!(Trend: rises, stop, extreme, factor);

impl Sar {
    fn step(&mut self, high: f64, low: f64) -> f64 {
        if !(high + low).is_finite() {
            return f64::NAN;
        }
        let Some((high_before, low_before)) = self.before.replace((high, low)) else { return f64::NAN };
        // TA-Lib's first range holds the second bar alone.
        let (floor, ceiling) =
            if self.trend.is_some() { (low_before.min(low), high_before.max(high)) } else { (low, high) };
        let mut trend = self.trend.unwrap_or_else(|| {
            let down = low_before - low;
            let rises = !(down > 0.0 && down > high - high_before);
            let (stop, extreme) = if rises { (low_before, high) } else { (high_before, low) };
            Trend { rises, stop, extreme, factor: self.acceleration }
        });
        let turns = if trend.rises { low <= trend.stop } else { high >= trend.stop };
        if turns {
            let stop = if trend.rises { trend.extreme.max(ceiling) } else { trend.extreme.min(floor) };
            let extreme = if trend.rises { low } else { high };
            trend = Trend { rises: !trend.rises, stop, extreme, factor: self.acceleration };
        } else if if trend.rises { high > trend.extreme } else { low < trend.extreme } {
            trend.extreme = if trend.rises { high } else { low };
            trend.factor = (trend.factor + self.acceleration).min(self.maximum);
        }
        let now = trend.stop;
        let next = now + trend.factor * (trend.extreme - now);
        trend.stop = if trend.rises { next.min(floor) } else { next.max(ceiling) };
        self.trend = Some(trend);
        now
    }
}

impl Indicator for Sar {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [high, low] = inputs else { return };
        for ((&high, &low), out) in high.now().iter().zip(low.now()).zip(outputs[0].iter_mut()) {
            *out = self.step(high, low);
        }
    }
}
