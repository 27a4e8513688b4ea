//! How often a condition held within the last n bars: as a number, and whether it held on any or on all of them. First value
//! at bar n-1.
//!
//! Its input is a condition as numbers: 1 where it holds, 0 where it does not, NaN where it is undefined. An undefined bar
//! does not count; it leaves `any` and `all` undefined where they would depend on it.

use super::family::{Family, FamilyParam, Indicator, Input, Inputs, Setup};
use super::manual::Manual;
use super::params::{bars, period, real};
use crate::tile::resumable::resumable;

/// `count(condition, n)`
pub(super) static COUNT: Family =
    family("count", &["count"], "On how many of the last n bars the condition held", |params, _| {
        Box::new(ConditionWindow::new(period(params, 0), |window| real(window.held)))
    });

/// `any(condition, n)`
pub(super) static ANY: Family =
    family("any", &["any"], "Whether the condition held on any of the last n bars", |params, _| {
        Box::new(ConditionWindow::new(period(params, 0), |window| match window {
            ConditionWindow { held: 1.., .. } => 1.0,
            ConditionWindow { undefined: 0, .. } => 0.0,
            _ => f64::NAN,
        }))
    });

/// `all(condition, n)`
pub(super) static ALL: Family =
    family("all", &["all"], "Whether the condition held on all of the last n bars", |params, _| {
        Box::new(ConditionWindow::new(period(params, 0), |window| {
            if window.held + window.undefined < window.bars {
                0.0
            } else if window.undefined > 0 {
                f64::NAN
            } else {
                1.0
            }
        }))
    });

const PARAMS: &[FamilyParam] = &[bars("n", 1)];

const fn family(
    name: &'static str,
    outputs: &'static [&'static str],
    about: &'static str,
    make: fn(&[f64], Setup) -> Box<dyn Indicator>,
) -> Family {
    Family {
        name,
        outputs,
        inputs: Inputs::Fields(&[]),
        params: PARAMS,
        about,
        manual: Manual::HIDDEN,
        via: None,
        width: 1,
        lookback: |params| period(params, 0) - 1,
        reach: |params| period(params, 0),
        ticks: |_, _, _| None,
        make,
    }
}

struct ConditionWindow {
    bars: usize,
    value: fn(&Self) -> f64,
    seen: usize,
    held: usize,
    undefined: usize,
}

resumable!(ConditionWindow: seen, held, undefined);

impl ConditionWindow {
    fn new(bars: usize, value: fn(&Self) -> f64) -> Self {
        Self { bars, value, seen: 0, held: 0, undefined: 0 }
    }
}

impl Indicator for ConditionWindow {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let bars = inputs[0].now().iter().zip(inputs[0].lag(self.bars)).zip(outputs[0].iter_mut());
        for ((&now, &leaving), out) in bars {
            self.held += usize::from(now > 0.0);
            self.undefined += usize::from(now.is_nan());
            // Nothing leaves the window before it is full.
            if self.seen == self.bars {
                self.held -= usize::from(leaving > 0.0);
                self.undefined -= usize::from(leaving.is_nan());
            } else {
                self.seen += 1;
            }
            *out = (self.value)(self);
        }
    }
}
