//! Rules become one graph of columns and conditions in which everything distinct stands once.
//!
//! A run puts one combination into the graph, a sweep thousands: whatever two of them share (the RSI of 14, the
//! comparison `rsi < 30`) is one node, and so is computed once a tile. Nodes are appended after what they read, so
//! evaluating them in order is enough.

mod truth;

use rustc_hash::FxHashMap;

pub(super) use self::truth::{both_numbers, either_number, truth_number};

use crate::candles::Field;
use crate::indicators::Family;
use crate::interval::{CalendarPart, IanaZone, Interval};
use crate::rules::{Expr, Math, Session, Unary, ValueKind, number};
use crate::simd::Compare;
use crate::strategy::Rule;

/// Index of a column in its graph.
pub(super) type ColumnId = usize;
/// Index of a condition in its graph.
pub(super) type ConditionId = usize;

/// What arithmetic and comparisons read: a constant, or a column some bars back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operand {
    /// A constant, as bits so that it can be hashed.
    Number(u64),
    /// A column, `lag` bars earlier.
    Column {
        /// Which.
        id: ColumnId,
        /// How many bars earlier; 0 is the bar itself.
        lag: usize,
    },
}

impl Operand {
    pub(super) fn constant(value: f64) -> Self {
        Self::Number(value.to_bits())
    }
}

/// How a column that is not an indicator's output comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Formula {
    /// Copied from the candles.
    Field(Field),
    /// A part of the open time, in a zone or in UTC.
    Calendar(CalendarPart, Option<IanaZone>),
    /// A column of a candle file beside the usual ones, by its number in [`Graph::own`].
    Own(usize),
    /// A function of one value.
    Unary(Unary, Operand),
    /// Arithmetic.
    Math(Math, Operand, Operand),
    /// The same at every bar.
    Number(u64),
    /// A comparison as a number: 1 where it holds, 0 where it does not, NaN where an operand is undefined.
    Compare(Compare, Operand, Operand),
    /// Both of two such numbers; undefined where that depends on an undefined one.
    Both(Operand, Operand),
    /// Either of them; undefined likewise.
    Either(Operand, Operand),
    /// The second operand where the first is such a number of 1, the third where it is 0; else undefined.
    If(Operand, Operand, Operand),
}

impl Formula {
    /// What it reads of other columns.
    fn inputs(self) -> [Option<Operand>; 3] {
        match self {
            Self::Field(_) | Self::Calendar(..) | Self::Own(_) | Self::Number(_) => [None; 3],
            Self::Unary(_, x) => [Some(x), None, None],
            Self::Math(_, a, b) | Self::Compare(_, a, b) | Self::Both(a, b) | Self::Either(a, b) => {
                [Some(a), Some(b), None]
            }
            Self::If(condition, a, b) => [Some(condition), Some(a), Some(b)],
        }
    }

    /// Whether its values are rounded.
    pub(super) fn rounds(self) -> bool {
        matches!(self, Self::Math(Math::Add | Math::Sub | Math::Mul | Math::Div, ..))
    }
}

/// One piece of work on columns, done once a tile.
#[derive(Debug)]
pub(super) enum Step {
    /// Fills one column.
    Formula {
        /// The column filled.
        column: ColumnId,
        /// How.
        formula: Formula,
    },
    /// Feeds an indicator; fills as many columns as it has outputs.
    Indicator {
        /// Its line in the table.
        family: &'static Family,
        /// Columns it reads, each with its lag.
        inputs: Vec<(ColumnId, usize)>,
        /// Its parameters.
        params: Vec<f64>,
        /// The first column filled; the others follow it.
        first: ColumnId,
        /// Bars at the start at which not all inputs are defined.
        start: usize,
    },
}

/// What is known of a column before any candle is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ColumnFacts {
    /// Undefined bars at the start.
    pub lookback: usize,
    /// Earlier bars that must be kept for those who read it.
    pub history: usize,
    /// Whether it reads what may be undefined for longer, which only the candles tell: a source, or a column of its own.
    pub waits: bool,
}

/// Where the bars of a source come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SourceBars {
    /// Made of those of the fold.
    Longer(Interval),
    /// Of the asset with this name.
    Other(String),
}

/// Other bars than those of a fold, and what is read of them.
#[derive(Debug)]
pub(super) struct OtherBars {
    pub bars: SourceBars,
    pub graph: Graph,
    /// Its series that the outer graph reads, and the columns there.
    pub outputs: Vec<(SeriesRef, ColumnId)>,
}

/// A column that a rule waits for: how many bars earlier it is read, and the bars at the start at which it is undefined in
/// any case.
pub(super) type Awaited = (ColumnId, usize, usize);

/// One condition, evaluated to a bit for each bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Condition {
    /// The same at every bar.
    Constant(bool),
    /// A comparison.
    Compare(Compare, Operand, Operand),
    /// The first condition at this bar and the second at the bar before.
    After(ConditionId, ConditionId),
    /// The first condition at this bar or the second at the bar before.
    OrBefore(ConditionId, ConditionId),
    /// Both.
    And(ConditionId, ConditionId),
    /// Either.
    Or(ConditionId, ConditionId),
}

impl Condition {
    /// What it reads.
    pub(super) fn inputs(self) -> [Option<ConditionId>; 2] {
        match self {
            Self::Constant(_) | Self::Compare(..) => [None, None],
            Self::After(a, b) | Self::OrBefore(a, b) | Self::And(a, b) | Self::Or(a, b) => [Some(a), Some(b)],
        }
    }
}

/// A rule within a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalRef {
    /// Its condition.
    pub condition: ConditionId,
    /// Bars at the start at which the rule is undefined, and so false.
    pub lookback: usize,
    /// What else it waits for, by its number in [`Graph::awaited`].
    pub(super) awaited: Option<usize>,
}

/// A series within a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesRef {
    /// Its column.
    pub column: ColumnId,
    /// How many bars earlier it is read.
    pub lag: usize,
    /// Bars at the start at which it is undefined.
    pub lookback: usize,
}

type StateKey = (&'static str, Vec<(ColumnId, usize)>, Vec<u64>);

/// All columns and conditions of some combinations of one or more strategies.
#[derive(Debug, Default)]
pub struct Graph {
    pub(super) steps: Vec<Step>,
    pub(super) columns: Vec<ColumnFacts>,
    pub(super) conditions: Vec<Condition>,
    /// Undefined bars at the start of each condition.
    lookbacks: Vec<usize>,
    formulas: FxHashMap<Formula, ColumnId>,
    states: FxHashMap<StateKey, ColumnId>,
    known: FxHashMap<Condition, ConditionId>,
    pub(super) sources: Vec<OtherBars>,
    /// Names of columns beside the usual ones.
    pub(super) own: Vec<String>,
    /// What rules wait for, each list once.
    pub(super) awaited: Vec<Vec<Awaited>>,
}

impl Graph {
    /// Number of distinct columns, and of distinct conditions.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.columns.len(), self.conditions.len())
    }

    /// Bars at the start at which a condition is undefined, whichever it is.
    pub(super) fn lookback(&self) -> usize {
        self.lookbacks.iter().copied().max().unwrap_or(0)
    }

    /// Adds a rule with these parameter values, and says where its bits will be.
    pub fn add(&mut self, rule: &Rule, values: &[f64]) -> SignalRef {
        let condition = self.condition(&rule.expr, values, true);
        SignalRef { condition, lookback: self.lookbacks[condition], awaited: self.awaited(condition) }
    }

    /// The columns that a condition waits for, if there are any.
    fn awaited(&mut self, condition: ConditionId) -> Option<usize> {
        if !self.columns.iter().any(|facts| facts.waits) {
            return None;
        }
        let (mut list, mut open, mut seen) = (Vec::new(), vec![condition], vec![condition]);
        while let Some(id) = open.pop() {
            if let Condition::Compare(_, left, right) = self.conditions[id] {
                for operand in [left, right] {
                    if let Operand::Column { id, lag } = operand
                        && self.columns[id].waits
                    {
                        list.push((id, lag, self.lookback_of(operand)));
                    }
                }
            }
            for input in self.conditions[id].inputs().into_iter().flatten() {
                if !seen.contains(&input) {
                    seen.push(input);
                    open.push(input);
                }
            }
        }
        list.sort_unstable();
        list.dedup();
        if list.is_empty() {
            return None;
        }
        let known = self.awaited.iter().position(|known| *known == list);
        Some(known.unwrap_or_else(|| {
            self.awaited.push(list);
            self.awaited.len() - 1
        }))
    }

    /// A column that is filled by what a source has of a series.
    fn of_source(&mut self, bars: &SourceBars, expr: &Expr, values: &[f64]) -> Operand {
        let at = self.sources.iter().position(|source| source.bars == *bars).unwrap_or_else(|| {
            let (graph, outputs) = (Graph::default(), Vec::new());
            self.sources.push(OtherBars { bars: bars.clone(), graph, outputs });
            self.sources.len() - 1
        });
        let Some(series) = self.sources[at].graph.series(expr, values) else {
            unreachable!("the parser lets only series stand in `on` and `of`")
        };
        if let Some((_, column)) = self.sources[at].outputs.iter().find(|(known, _)| *known == series) {
            return Operand::Column { id: *column, lag: 0 };
        }
        let column = self.columns.len();
        self.columns.push(ColumnFacts { waits: true, ..ColumnFacts::default() });
        self.sources[at].outputs.push((series, column));
        Operand::Column { id: column, lag: 0 }
    }

    /// The number of a column beside the usual ones.
    fn own(&mut self, name: &str) -> usize {
        self.own.iter().position(|known| known == name).unwrap_or_else(|| {
            self.own.push(name.to_owned());
            self.own.len() - 1
        })
    }

    /// Adds a series with these parameter values, and says where it will be; nothing where it is a constant.
    pub fn series(&mut self, expr: &Expr, values: &[f64]) -> Option<SeriesRef> {
        match self.operand(expr, values) {
            operand @ Operand::Column { id, lag } => {
                Some(SeriesRef { column: id, lag, lookback: self.lookback_of(operand) })
            }
            Operand::Number(_) => None,
        }
    }

    /// The value of a series that is a constant with these parameter values.
    pub(super) fn constant_of(&mut self, expr: &Expr, values: &[f64]) -> f64 {
        match self.operand(expr, values) {
            Operand::Number(bits) => f64::from_bits(bits),
            Operand::Column { .. } => f64::NAN,
        }
    }

    /// Keeps one more bar of a series, so that it can be read a bar later than it is said to be.
    pub(super) fn keep_before(&mut self, series: SeriesRef) {
        self.keep(series.column, series.lag + 1);
    }

    /// The condition that `expr` holds, or that it does not. Where it is undefined both are false: `not` goes down to the
    /// comparisons, and so no bar needs to say whether it is defined.
    fn condition(&mut self, expr: &Expr, values: &[f64], holds: bool) -> ConditionId {
        let sided = |compare: Compare| if holds { compare } else { compare.negated() };
        match expr {
            Expr::Bool(truth) => self.put(Condition::Constant(*truth == holds), 0),
            Expr::Compare(compare, left, right) => {
                let (left, right) = (self.operand(left, values), self.operand(right, values));
                self.compare(sided(*compare), left, right)
            }
            Expr::Holds(inner) => {
                let truth = self.operand(inner, values);
                self.compare(sided(Compare::Greater), truth, Operand::constant(0.0))
            }
            Expr::Cross(crossing, left, right) => {
                let (left, right) = (self.operand(left, values), self.operand(right, values));
                let (now, before) = crossing.compares();
                let (now, before) = (self.compare(sided(now), left, right), self.compare(sided(before), left, right));
                let lookback = self.lookbacks[now].max(self.lookbacks[before] + 1);
                let crossed = if holds { Condition::After(now, before) } else { Condition::OrBefore(now, before) };
                self.put(crossed, lookback)
            }
            Expr::And(left, right) | Expr::Or(left, right) => {
                let (left, right) = (self.condition(left, values, holds), self.condition(right, values, holds));
                self.join(left, right, matches!(expr, Expr::And(..)) == holds)
            }
            Expr::Not(inner) => self.condition(inner, values, !holds),
            Expr::Session(session) => {
                let [begun, open] =
                    self.session(session).map(|(compare, at, minute)| self.compare(sided(compare), at, minute));
                self.join(begun, open, session.is_within_a_day() == holds)
            }
            Expr::Named { expr, .. } => self.condition(expr, values, holds),
            _ => unreachable!("the parser lets only conditions stand where a condition is wanted"),
        }
    }

    fn join(&mut self, left: ConditionId, right: ConditionId, both: bool) -> ConditionId {
        let joined = if both { Condition::And(left, right) } else { Condition::Or(left, right) };
        self.put(joined, self.lookbacks[left].max(self.lookbacks[right]))
    }

    /// The comparisons by which a bar opens within a session: after it begins, and before it ends.
    fn session(&mut self, session: &Session) -> [(Compare, Operand, Operand); 2] {
        let minute = self.formula(Formula::Calendar(CalendarPart::MinuteOfDay, session.zone));
        let at = |minute: u16| Operand::constant(f64::from(minute));
        [(Compare::GreaterEqual, minute, at(session.from)), (Compare::Less, minute, at(session.to))]
    }

    fn earlier(&mut self, operand: Operand, bars: usize) -> Operand {
        match operand {
            Operand::Column { id, lag } => self.keep(id, lag + bars),
            constant @ Operand::Number(_) => constant,
        }
    }

    fn compare(&mut self, compare: Compare, left: Operand, right: Operand) -> ConditionId {
        if let (Operand::Number(left), Operand::Number(right)) = (left, right) {
            let truth = compare.holds(f64::from_bits(left), f64::from_bits(right));
            return self.put(Condition::Constant(truth), 0);
        }
        let lookback = self.lookback_of(left).max(self.lookback_of(right));
        self.put(Condition::Compare(compare, left, right), lookback)
    }

    fn put(&mut self, condition: Condition, lookback: usize) -> ConditionId {
        if let Some(&id) = self.known.get(&condition) {
            return id;
        }
        self.conditions.push(condition);
        self.lookbacks.push(lookback);
        self.known.insert(condition, self.conditions.len() - 1);
        self.conditions.len() - 1
    }

    fn operand(&mut self, expr: &Expr, values: &[f64]) -> Operand {
        match expr {
            Expr::Number(_) | Expr::Param(_) => Operand::constant(number(expr, values)),
            Expr::Field(field) => self.formula(Formula::Field(*field)),
            Expr::Calendar(part, zone) => self.formula(Formula::Calendar(*part, *zone)),
            Expr::Own(name) => {
                let own = self.own(name);
                self.formula(Formula::Own(own))
            }
            Expr::On(interval, inner) => self.of_source(&SourceBars::Longer(*interval), inner, values),
            Expr::Of(name, inner) => self.of_source(&SourceBars::Other(name.clone()), inner, values),
            Expr::Prev(inner, bars) => {
                let bars = whole(number(bars, values));
                let inner = self.operand(inner, values);
                self.earlier(inner, bars)
            }
            Expr::If(condition, a, b) => {
                let condition = self.truth(condition, values);
                let (a, b) = (self.operand(a, values), self.operand(b, values));
                match condition {
                    Operand::Number(bits) => match f64::from_bits(bits) {
                        truth if truth.is_nan() => Operand::constant(f64::NAN),
                        truth => {
                            if truth > 0.0 {
                                a
                            } else {
                                b
                            }
                        }
                    },
                    Operand::Column { .. } => self.formula(Formula::If(condition, a, b)),
                }
            }
            Expr::Unary(function, inner) => match self.operand(inner, values) {
                Operand::Number(bits) => Operand::constant(function.apply(f64::from_bits(bits))),
                column @ Operand::Column { .. } => self.formula(Formula::Unary(*function, column)),
            },
            Expr::Named { expr, .. } => self.operand(expr, values),
            Expr::Math(math, left, right) => {
                let (left, right) = (self.operand(left, values), self.operand(right, values));
                if let (Operand::Number(left), Operand::Number(right)) = (left, right) {
                    return Operand::constant(math.apply(f64::from_bits(left), f64::from_bits(right)));
                }
                self.formula(Formula::Math(*math, left, right))
            }
            Expr::Indicator { family, output, series, params } => {
                let inputs: Vec<_> = series
                    .iter()
                    .map(|input| {
                        let input = match input.kind() {
                            ValueKind::Condition => self.truth(input, values),
                            _ => self.operand(input, values),
                        };
                        match input {
                            Operand::Column { id, lag } => (id, lag),
                            Operand::Number(bits) => (self.constant(bits), 0),
                        }
                    })
                    .collect();
                let params = params.iter().map(|param| number(param, values)).collect();
                let first = self.indicator(family, inputs, params);
                Operand::Column { id: first + output, lag: 0 }
            }
            _ => unreachable!("the parser lets only numbers and series stand where a value is wanted"),
        }
    }

    fn indicator(&mut self, family: &'static Family, inputs: Vec<(ColumnId, usize)>, params: Vec<f64>) -> ColumnId {
        let inputs = match family.via {
            None => inputs,
            Some(via) => {
                let first = self.indicator(via, inputs, Vec::new());
                (first..first + via.width).map(|id| (id, 0)).collect()
            }
        };
        let key = (family.name, inputs.clone(), params.iter().map(|p| p.to_bits()).collect::<Vec<_>>());
        if let Some(&first) = self.states.get(&key) {
            return first;
        }
        let reach = (family.reach)(&params);
        for &(id, lag) in &inputs {
            self.keep(id, lag + reach);
        }
        let start = inputs.iter().map(|&(id, lag)| self.columns[id].lookback + lag).max().unwrap_or(0);
        let first = self.columns.len();
        let waits = inputs.iter().any(|&(id, _)| self.columns[id].waits);
        let facts = ColumnFacts { lookback: start + (family.lookback)(&params), history: 0, waits };
        self.columns.extend((0..family.width).map(|_| facts));
        self.steps.push(Step::Indicator { family, inputs, params, first, start });
        self.states.insert(key, first);
        first
    }

    fn formula(&mut self, formula: Formula) -> Operand {
        if let Some(&id) = self.formulas.get(&formula) {
            return Operand::Column { id, lag: 0 };
        }
        let inputs = || formula.inputs().into_iter().flatten();
        let lookback = inputs().map(|input| self.lookback_of(input)).max().unwrap_or(0);
        let waits = matches!(formula, Formula::Own(_)) || inputs().any(|input| self.waits(input));
        let column = self.columns.len();
        self.columns.push(ColumnFacts { lookback, history: 0, waits });
        self.steps.push(Step::Formula { column, formula });
        self.formulas.insert(formula, column);
        Operand::Column { id: column, lag: 0 }
    }

    /// A column that is the same at every bar.
    fn constant(&mut self, bits: u64) -> ColumnId {
        match self.formula(Formula::Number(bits)) {
            Operand::Column { id, .. } => id,
            Operand::Number(_) => unreachable!("a formula is a column"),
        }
    }

    fn keep(&mut self, id: ColumnId, lag: usize) -> Operand {
        let facts = &mut self.columns[id];
        facts.history = facts.history.max(lag);
        Operand::Column { id, lag }
    }

    fn waits(&self, operand: Operand) -> bool {
        matches!(operand, Operand::Column { id, .. } if self.columns[id].waits)
    }

    fn lookback_of(&self, operand: Operand) -> usize {
        match operand {
            Operand::Number(_) => 0,
            Operand::Column { id, lag } => self.columns[id].lookback + lag,
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked with the parameters: whole, 1..")]
fn whole(bars: f64) -> usize {
    bars as usize
}
