//! The bars before those of a market, of which its rules know: what they are, and how many of them rules need.

use super::columns::TileBars;
use super::graph::{Graph, SignalRef};
use super::{Combination, KnownRules, Market, Sides};
use crate::account::Direction;
use crate::candles::Candles;
use crate::indicators::Family;
use crate::interval::Interval;
use crate::rules::{Expr, number};
use crate::strategy::Rule;

/// The bars right before those of a market.
#[derive(Clone, Copy, Debug)]
pub struct WarmupBars<'a> {
    /// Where they are at the end.
    pub candles: &'a Candles,
    /// The first of them.
    pub first: usize,
}

impl WarmupBars<'_> {
    /// Their number.
    #[must_use]
    pub fn count(self) -> usize {
        self.candles.len() - self.first
    }
}

impl Market<'_> {
    /// Number of bars, those that warm up and those without a candle included.
    #[must_use]
    pub fn bars(&self) -> usize {
        self.warmup_bars() + self.skipped() + self.candles.len()
    }

    /// Number of bars that warm up.
    #[must_use]
    pub fn warmup_bars(&self) -> usize {
        self.warmup.map_or(0, WarmupBars::count)
    }

    /// The tiles of the bars that warm up.
    pub(super) fn warmup_tiles(&self) -> impl Iterator<Item = TileBars<'_>> {
        self.last_warmup_tiles(None)
    }

    /// The tiles of the last of them, so many at most where that is said.
    pub(super) fn last_warmup_tiles(&self, most: Option<usize>) -> impl Iterator<Item = TileBars<'_>> {
        self.warmup.into_iter().flat_map(move |WarmupBars { candles, first }| {
            let first = first.max(candles.len().saturating_sub(most.unwrap_or(usize::MAX)));
            TileBars::all(candles, first)
        })
    }
}

/// Indicators of a fixed window: what came before it is forgotten.
const WINDOWED: [&str; 10] = ["sma", "wma", "stddev", "bb", "highest", "lowest", "mom", "roc", "cci", "stoch"];
/// So many times its first value's bar, what came before an indicator without a fixed window weighs less than 1e-8: after
/// 20n bars of a smoothing by 1/n, which is the slowest, e^-20.
const MEMORY: usize = 20;

/// Bars of a length after which the rules, exits and sizes of a combination no longer depend on what came before them:
/// those that a fixed window spans, and of indicators without one `MEMORY` times those before their first value.
#[must_use]
pub fn bars_to_warm_up(combination: Combination<'_>, direction: Direction, interval: Interval) -> usize {
    let mut graph = Graph::default();
    let first_defined = Sides::add(&mut graph, &mut KnownRules::default(), combination, direction).lookback();
    let Combination { strategy, values } = combination;
    let settled = strategy.exprs().map(|expr| look_back(expr, values, interval, MEMORY)).max().unwrap_or(0);
    first_defined.max(settled)
}

/// For each rule that this direction uses, by its key, the bars of a length at the start at which it is undefined, or more
/// where bars are missing; what its exits and sizes read counts for an entry.
#[must_use]
pub fn undefined_bars(
    combination: Combination<'_>,
    direction: Direction,
    interval: Interval,
) -> Vec<(&'static str, usize)> {
    let mut graph = Graph::default();
    let sides = Sides::add(&mut graph, &mut KnownRules::default(), combination, direction);
    let Combination { strategy, values } = combination;
    let short = strategy.short_rules();
    let of = |signals: Option<(SignalRef, SignalRef)>, rules: [(&'static str, &Rule); 2]| {
        let signals = signals.into_iter().flat_map(|(entry, exit)| [entry, exit]);
        let undefined = |(signal, (name, rule)): (SignalRef, (&'static str, &Rule))| {
            (name, signal.lookback.max(look_back(&rule.expr, values, interval, 1)))
        };
        signals.zip(rules).map(undefined).collect::<Vec<_>>()
    };
    let mut all = of(sides.long, [("entry", &strategy.entry), ("exit", &strategy.exit)]);
    all.extend(of(sides.short, [("short_entry", short.0), ("short_exit", short.1)]));
    all
}

/// First bars at which a number or series is undefined, whatever the candles.
#[must_use]
pub fn undefined_series_bars(expr: &Expr, values: &[f64], interval: Interval) -> usize {
    let series = Graph::default().series(expr, values);
    series.map_or(0, |series| series.lookback).max(look_back(expr, values, interval, 1))
}

/// Bars that an expression looks back on, and of indicators without a fixed window so many times their own.
fn look_back(expr: &Expr, values: &[f64], interval: Interval, memory: usize) -> usize {
    if let Expr::On(longer, x) = expr {
        let ratio = usize::try_from(longer.millis() / interval.millis().max(1)).unwrap_or(1);
        // At worst the first of them is the rest of one that is not whole.
        let rest = if memory > 1 { ratio } else { 0 };
        return (look_back(x, values, *longer, memory) + 1) * ratio + rest - 1;
    }
    let mut inner = 0;
    expr.each_child(&mut |child| inner = inner.max(look_back(child, values, interval, memory)));
    let own = match expr {
        Expr::Prev(_, bars) => whole(number(bars, values)),
        Expr::Cross(..) => 1,
        Expr::Indicator { family, params, .. } => {
            let params: Vec<f64> = params.iter().map(|param| number(param, values)).collect();
            (family.lookback)(&params) * if is_windowed(family) { 1 } else { memory }
        }
        _ => 0,
    };
    inner + own
}

fn is_windowed(family: &Family) -> bool {
    WINDOWED.contains(&family.name)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked with the parameters: whole, 1..")]
fn whole(bars: f64) -> usize {
    bars as usize
}
