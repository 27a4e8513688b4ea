//! Conditions that hold at no bar, or at every one, whatever the candles: `rsi(close, 14) > 70 and rsi(close, 14) < 30`, `close > 0`.
//!
//! They are found by the values that series can have: of what is compared, ranges are worked out from below, and all that
//! a conjunction says of one series, or of the difference of two, must fit into one range. What is not known counts as
//! possible, so nothing is said of a condition that could go either way.

use std::collections::BTreeMap;

use super::canonical::canonical;
use super::expr::{Crossing, Expr, Math, Unary, ValueKind, number};
use crate::candles::Field;
use crate::interval::CalendarPart;
use crate::simd::Compare;

/// Ways to read alternatives that are looked at; of more, a condition counts as possible.
const MOST_WAYS: usize = 2_000;

/// How a condition does not depend on the candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constancy {
    /// It holds at no bar.
    Never,
    /// It holds at every bar at which it is defined.
    Always,
}

/// A condition that does not depend on the candles.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstantCondition<'a> {
    /// How.
    pub constancy: Constancy,
    /// What it is; two conditions where they exclude each other.
    pub parts: Vec<&'a Expr>,
}

/// The conditions within an expression that do not depend on the candles, with these values of the parameters: the
/// outermost ones, and of a conjunction that never holds the part or the two parts by which it does not. Literals are
/// left out.
#[must_use]
pub fn constant_conditions<'a>(expr: &'a Expr, values: &[f64]) -> Vec<ConstantCondition<'a>> {
    let mut found = Vec::new();
    find(expr, values, &mut found);
    found
}

fn find<'a>(expr: &'a Expr, values: &[f64], found: &mut Vec<ConstantCondition<'a>>) {
    let expr = expr.unnamed();
    if expr.kind() == ValueKind::Condition && !matches!(expr, Expr::Bool(_)) {
        if !can_be(&[(expr, true)], values) {
            return never(expr, values, found);
        }
        // That the parameters are as they should be is no mistake.
        if !expr.is_constant() && !can_be(&[(expr, false)], values) {
            found.push(ConstantCondition { constancy: Constancy::Always, parts: vec![expr] });
            return;
        }
    }
    expr.each_child(&mut |child| find(child, values, found));
}

/// Says by what a condition that never holds does not.
fn never<'a>(expr: &'a Expr, values: &[f64], found: &mut Vec<ConstantCondition<'a>>) {
    let mut all = Vec::new();
    conjuncts(expr, &mut all);
    if let Some(part) = all.iter().find(|part| !can_be(&[(part, true)], values)).filter(|_| all.len() > 1) {
        return never(part, values, found);
    }
    let pairs = all.iter().enumerate().flat_map(|(at, one)| all[at + 1..].iter().map(move |other| [*one, *other]));
    let excluding = pairs.into_iter().find(|pair| !can_be(&pair.map(|part| (part, true)), values));
    let parts = excluding.map_or_else(|| vec![expr], |pair| pair.to_vec());
    found.push(ConstantCondition { constancy: Constancy::Never, parts });
}

/// What all must hold for the condition to hold.
fn conjuncts<'a>(expr: &'a Expr, all: &mut Vec<&'a Expr>) {
    match expr.unnamed() {
        Expr::And(a, b) => {
            conjuncts(a, all);
            conjuncts(b, all);
        }
        other => all.push(other),
    }
}

/// Whether there may be a bar at which all of these conditions hold, or do not, as it is said.
fn can_be(wanted: &[(&Expr, bool)], values: &[f64]) -> bool {
    let mut ways = MOST_WAYS;
    possible(wanted.to_vec(), Constraints::default(), values, &mut ways)
}

/// What is known of the values of a bar, by the text of the series; of differences by the texts of both.
type Constraints = BTreeMap<String, SeriesBounds>;

fn possible(mut wanted: Vec<(&Expr, bool)>, mut known: Constraints, values: &[f64], ways: &mut usize) -> bool {
    while let Some((expr, holds)) = wanted.pop() {
        // What is not one value is looked at last, when all else is known of it.
        if is_unequal(expr, holds) && !wanted.iter().all(|(expr, holds)| is_unequal(expr, *holds)) {
            wanted.insert(0, (expr, holds));
            continue;
        }
        match expr {
            Expr::Named { expr, .. } => wanted.push((expr, holds)),
            Expr::Not(inner) => wanted.push((inner, !holds)),
            Expr::Bool(truth) if *truth != holds => return false,
            Expr::And(a, b) | Expr::Or(a, b) if matches!(expr, Expr::And(..)) == holds => {
                wanted.extend([(&**a, holds), (&**b, holds)]);
            }
            Expr::And(a, b) | Expr::Or(a, b) => {
                let Some(left) = ways.checked_sub(1) else { return true };
                *ways = left;
                let with = |part| wanted.iter().copied().chain([(part, holds)]).collect::<Vec<_>>();
                return possible(with(&**a), known.clone(), values, ways) || possible(with(&**b), known, values, ways);
            }
            Expr::Compare(op, a, b) => {
                let op = if holds { *op } else { op.negated() };
                if !narrow(&mut known, op, a, b, values) {
                    return false;
                }
            }
            Expr::Cross(crossing, a, b) if holds => {
                let (now, before) = match crossing {
                    Crossing::Above => (Compare::Greater, Compare::LessEqual),
                    Crossing::Below => (Compare::Less, Compare::GreaterEqual),
                };
                // The bar before is another one: only what holds at every bar is known of it.
                if !narrow(&mut known, now, a, b, values) || !narrow(&mut Constraints::new(), before, a, b, values) {
                    return false;
                }
            }
            Expr::Holds(inner) => {
                let Expr::Indicator { family, series, .. } = inner.unnamed() else { continue };
                let Some(condition) = series.first() else { continue };
                match (family.name, holds) {
                    // At this bar too.
                    ("all", true) | ("any", false) => wanted.push((condition, holds)),
                    ("all", false) | ("any", true) if !can_be(&[(condition, holds)], values) => return false,
                    _ => {}
                }
            }
            _ => {}
        }
    }
    true
}

/// Whether it wants two values to differ.
fn is_unequal(expr: &Expr, holds: bool) -> bool {
    matches!((expr, holds), (Expr::Compare(Compare::NotEqual, ..), true) | (Expr::Compare(Compare::Equal, ..), false))
}

/// Adds what a comparison says; false where it does not fit what is known.
fn narrow(known: &mut Constraints, op: Compare, a: &Expr, b: &Expr, values: &[f64]) -> bool {
    let (left, right) = (range(a, values), range(b, values));
    let (key, from, op, bound) = match (left.point(), right.point()) {
        (_, Some(bound)) => (canonical(a), left, op, bound),
        (Some(bound), None) => (canonical(b), right, op.swapped(), bound),
        (None, None) => {
            let (text, other) = (canonical(a), canonical(b));
            match text.cmp(&other) {
                std::cmp::Ordering::Equal => return op.holds(0.0, 0.0),
                std::cmp::Ordering::Less => (format!("{text} - {other}"), left.minus(right), op, 0.0),
                std::cmp::Ordering::Greater => (format!("{other} - {text}"), right.minus(left), op.swapped(), 0.0),
            }
        }
    };
    let range = known.entry(key).or_insert(from);
    range.narrow(op, bound);
    !range.is_empty()
}

/// The values that something can have where it is defined, the ends included unless said.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SeriesBounds {
    low: f64,
    high: f64,
    /// Whether the ends themselves are left out.
    low_open: bool,
    high_open: bool,
}

impl SeriesBounds {
    const ANY: Self = Self::new(f64::NEG_INFINITY, f64::INFINITY);
    const NOT_NEGATIVE: Self = Self::new(0.0, f64::INFINITY);
    const POSITIVE: Self = Self::new(f64::MIN_POSITIVE, f64::INFINITY);
    const PERCENT: Self = Self::new(0.0, 100.0);

    const fn new(low: f64, high: f64) -> Self {
        Self { low, high, low_open: false, high_open: false }
    }

    /// Of these ends; anything where one of them is not a number.
    fn of(ends: &[f64]) -> Self {
        let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if ends.iter().any(|end| end.is_nan()) { Self::ANY } else { Self::new(low, high) }
    }

    /// The only value that it has.
    fn point(self) -> Option<f64> {
        (self.low.to_bits() == self.high.to_bits()).then_some(self.low)
    }

    fn minus(self, other: Self) -> Self {
        Self::of(&[self.low - other.high, self.high - other.low])
    }

    fn hull(self, other: Self) -> Self {
        Self::of(&[self.low, self.high, other.low, other.high])
    }

    fn is_empty(self) -> bool {
        self.low > self.high || (self.low >= self.high && (self.low_open || self.high_open))
    }

    /// Keeps the values of which `value op bound` holds.
    fn narrow(&mut self, op: Compare, bound: f64) {
        let (is_low, is_high) = match op {
            Compare::Greater | Compare::GreaterEqual => (true, false),
            Compare::Less | Compare::LessEqual => (false, true),
            Compare::Equal => (true, true),
            // Only a range of this value alone becomes empty.
            Compare::NotEqual => {
                self.low_open |= self.low >= bound && self.high <= bound;
                return;
            }
        };
        let open = matches!(op, Compare::Greater | Compare::Less);
        if is_low && (bound > self.low || (bound >= self.low && open)) {
            (self.low, self.low_open) = (bound, open);
        }
        if is_high && (bound < self.high || (bound <= self.high && open)) {
            (self.high, self.high_open) = (bound, open);
        }
    }
}

/// The values that a number or a series can have, with these values of the parameters.
fn range(expr: &Expr, values: &[f64]) -> SeriesBounds {
    if expr.is_constant() && expr.kind() == ValueKind::Number {
        let value = number(expr, values);
        return if value.is_nan() { SeriesBounds::ANY } else { SeriesBounds::new(value, value) };
    }
    match expr {
        Expr::Field(Field::Volume) => SeriesBounds::NOT_NEGATIVE,
        Expr::Field(_) => SeriesBounds::POSITIVE,
        Expr::Calendar(part, _) => match part {
            CalendarPart::Hour => SeriesBounds::new(0.0, 23.0),
            CalendarPart::Minute => SeriesBounds::new(0.0, 59.0),
            CalendarPart::Weekday => SeriesBounds::new(1.0, 7.0),
            CalendarPart::Day => SeriesBounds::new(1.0, 31.0),
            CalendarPart::Month => SeriesBounds::new(1.0, 12.0),
            CalendarPart::MinuteOfDay => SeriesBounds::new(0.0, 1_439.0),
        },
        Expr::Named { expr, .. } | Expr::On(_, expr) | Expr::Of(_, expr) | Expr::Prev(expr, _) => range(expr, values),
        Expr::If(_, a, b) => range(a, values).hull(range(b, values)),
        Expr::Unary(function, x) => of_unary(*function, range(x, values)),
        Expr::Math(math, a, b) => of_math(*math, range(a, values), range(b, values)),
        Expr::Indicator { family, output, series, params } => {
            let input = || series.first().map_or(SeriesBounds::ANY, |input| range(input, values));
            match family.outputs[*output] {
                "sma" | "ema" | "wma" | "rma" | "kama" | "highest" | "lowest" | "percentile" | "bb_middle" => input(),
                "rsi" | "rmi" | "mfi" | "stoch_k" | "stoch_d" | "adx" | "adxr" | "dx" | "plus_di" | "minus_di"
                | "aroon_up" | "aroon_down" | "percent_rank" => SeriesBounds::PERCENT,
                "aroon_osc" => SeriesBounds::new(-100.0, 100.0),
                "correl" | "supertrend_direction" => SeriesBounds::new(-1.0, 1.0),
                "atr" | "stddev" | "bars_since" => SeriesBounds::NOT_NEGATIVE,
                "count" => SeriesBounds::new(0.0, params.first().map_or(f64::INFINITY, |bars| number(bars, values))),
                _ => SeriesBounds::ANY,
            }
        }
        _ => SeriesBounds::ANY,
    }
}

fn of_unary(function: Unary, x: SeriesBounds) -> SeriesBounds {
    let each = |f: fn(f64) -> f64| SeriesBounds::of(&[f(x.low), f(x.high)]);
    match function {
        Unary::Neg => SeriesBounds::of(&[-x.low, -x.high]),
        Unary::Abs if x.low >= 0.0 => x,
        Unary::Abs if x.high <= 0.0 => SeriesBounds::of(&[-x.low, -x.high]),
        Unary::Abs => SeriesBounds::new(0.0, x.high.max(-x.low)),
        Unary::Sqrt => SeriesBounds::new(x.low.max(0.0).sqrt(), x.high.max(0.0).sqrt()),
        Unary::Exp => SeriesBounds::NOT_NEGATIVE,
        Unary::Log => SeriesBounds::ANY,
        Unary::Floor => each(f64::floor),
        Unary::Round => each(f64::round),
    }
}

fn of_math(math: Math, a: SeriesBounds, b: SeriesBounds) -> SeriesBounds {
    let corners = |f: fn(f64, f64) -> f64| {
        SeriesBounds::of(&[f(a.low, b.low), f(a.low, b.high), f(a.high, b.low), f(a.high, b.high)])
    };
    match math {
        Math::Add => SeriesBounds::of(&[a.low + b.low, a.high + b.high]),
        Math::Sub => a.minus(b),
        Math::Mul => corners(|a, b| a * b),
        Math::Div if b.low > 0.0 || b.high < 0.0 => corners(|a, b| a / b),
        Math::Min => SeriesBounds::of(&[a.low.min(b.low), a.high.min(b.high)]),
        Math::Max => SeriesBounds::of(&[a.low.max(b.low), a.high.max(b.high)]),
        Math::Div | Math::Pow => SeriesBounds::ANY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{parse_condition, written};

    fn constant(text: &str) -> Vec<(Constancy, Vec<String>)> {
        let expr = parse_condition("entry", text, &["low_level", "high_level"]).unwrap();
        let found = constant_conditions(&expr, &[30.0, 70.0]);
        let texts =
            |parts: Vec<&Expr>| parts.into_iter().map(|part| written(part, &["low_level", "high_level"])).collect();
        found.into_iter().map(|found| (found.constancy, texts(found.parts))).collect()
    }

    #[test]
    fn contradictions_and_what_no_series_can_be_never_hold() {
        for text in [
            "rsi(close, 14) > 70 and rsi(close, 14) < 30",
            "rsi(close, 14) > high_level and volume > 0 and rsi(close, 14) < low_level",
            "close > sma(close, 20) and sma(close, 20) >= close",
            "close > open and not (close > open)",
            "close < 0",
            "rsi(close, 14) > 100",
            "stoch_k(14, 3, 3) - 100 > 0",
            "close > close",
            "hour > 23 or weekday == 0",
            "crosses_above(rsi(close, 14), 101)",
            "crosses_below(rsi(close, 14), -1)",
            "all(rsi(close, 14) > 70, 3) and rsi(close, 14) < 50",
            "any(rsi(close, 14) < 0, 5)",
            "(close > open or rsi(close, 14) > 100) and close < open",
            "rsi(close, 14) == 50 and rsi(close, 14) != 50",
            "count(close > open, 5) > 5",
            "abs(mom(close, 5)) < 0",
            "if(close > open, 1, 2) > 2",
            "low_level > high_level and close > open",
        ] {
            let found = constant(text);
            assert!(found.iter().any(|(constancy, _)| *constancy == Constancy::Never), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_every_series_is_always_holds() {
        for text in [
            "close > 0",
            "rsi(close, 14) >= 0",
            "rsi(close, 14) < 101",
            "close >= close",
            "volume >= 0 or close > open",
            "not (hour > 23)",
            "rsi(close, 14) > 30 or rsi(close, 14) < 70",
        ] {
            assert_eq!(constant(text).first().map(|found| found.0), Some(Constancy::Always), "{text}");
        }
    }

    #[test]
    fn nothing_is_said_of_what_can_go_either_way() {
        for text in [
            "rsi(close, 14) > 70 and rsi(close, 7) < 30",
            "rsi(close, 14) > 30 and rsi(close, 14) < 70",
            "rsi(close, 14) >= 100",
            "crosses_above(rsi(close, 14), 30) and prev(rsi(close, 14), 1) < 30",
            "close > open and prev(close, 1) < prev(open, 1)",
            "close > sma(close, 20) or close < sma(close, 50)",
            "volume > 0",
            "close / open > 1",
            "any(rsi(close, 14) < 30, 5) and rsi(close, 14) > 50",
            "mom(close, 5) < 0",
            "weekday == 7 and hour == 0",
            "true",
            "high_level > low_level and close > open",
            "session(\"09:30\", \"16:00\") and close > open",
            "rsi(close, 14) == 50 or rsi(close, 14) != 50 and close > open",
        ] {
            assert_eq!(constant(text), [], "{text}");
        }
    }

    #[test]
    fn of_a_conjunction_the_parts_that_exclude_each_other_are_named() {
        let found = constant("volume > 5 and rsi(close, 14) > 70 and close > open and rsi(close, 14) < 30");
        let parts = ["(rsi(close, 14) > 70)", "(rsi(close, 14) < 30)"].map(str::to_owned).to_vec();
        assert_eq!(found, [(Constancy::Never, parts)]);
        let found = constant("close > open and (volume < 0 or hour > 30)");
        assert_eq!(found, [(Constancy::Never, vec!["((volume < 0) or (hour > 30))".to_owned()])]);
        // Within a rule that can go either way.
        let found = constant("close > open and (volume >= 0 or hour > 3)");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, Constancy::Always);
    }
}
