//! Rules become one graph of columns and conditions in which everything distinct stands once.
//!
//! A run puts one combination into the graph, a sweep thousands: whatever two of them share (the RSI of 14, the
//! comparison `rsi < 30`) is one node, and so is computed once a tile. Nodes are appended after what they read, so
//! evaluating them in order is enough.

use rustc_hash::FxHashMap;

use crate::sim::candles::Field;
use crate::sim::indicators::Family;
use crate::sim::rules::{Crossing, Expr, Math, number};
use crate::sim::simd::Compare;
use crate::sim::strategy::Rule;

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
    /// `-x`
    Neg(Operand),
    /// `abs(x)`
    Abs(Operand),
    /// Arithmetic.
    Math(Math, Operand, Operand),
}

impl Formula {
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
}

/// One condition, evaluated to a bit for each bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Condition {
    /// The same at every bar.
    Constant(bool),
    /// A comparison.
    Compare(Compare, Operand, Operand),
    /// The first condition at this bar and the second at the bar before.
    After(ConditionId, ConditionId),
    /// Both.
    And(ConditionId, ConditionId),
    /// Either.
    Or(ConditionId, ConditionId),
    /// Not.
    Not(ConditionId),
}

/// A rule within a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalRef {
    /// Its condition.
    pub condition: ConditionId,
    /// Bars at the start at which the rule is undefined, and so false.
    pub lookback: usize,
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
}

impl Graph {
    /// Number of distinct columns, and of distinct conditions.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.columns.len(), self.conditions.len())
    }

    /// Adds a rule with these parameter values, and says where its bits will be.
    pub fn add(&mut self, rule: &Rule, values: &[f64]) -> SignalRef {
        let condition = self.condition(&rule.expr, values);
        SignalRef { condition, lookback: self.lookbacks[condition] }
    }

    /// Adds a series with these parameter values, and says where it will be; nothing where it is a constant.
    pub fn series(&mut self, expr: &Expr, values: &[f64]) -> Option<SeriesRef> {
        match self.operand(expr, values) {
            operand @ Operand::Column { id, lag } => {
                Some(SeriesRef { column: id, lag, lookback: self.lookback(operand) })
            }
            Operand::Number(_) => None,
        }
    }

    /// Keeps one more bar of a series, so that it can be read a bar later than it is said to be.
    pub(super) fn keep_before(&mut self, series: SeriesRef) {
        self.keep(series.column, series.lag + 1);
    }

    fn condition(&mut self, expr: &Expr, values: &[f64]) -> ConditionId {
        match expr {
            Expr::Bool(truth) => self.put(Condition::Constant(*truth), 0),
            Expr::Compare(compare, left, right) => {
                let (left, right) = (self.operand(left, values), self.operand(right, values));
                self.compare(*compare, left, right)
            }
            Expr::Cross(crossing, left, right) => {
                let (left, right) = (self.operand(left, values), self.operand(right, values));
                let (now, before) = match crossing {
                    Crossing::Above => (Compare::Greater, Compare::LessEqual),
                    Crossing::Below => (Compare::Less, Compare::GreaterEqual),
                };
                let (now, before) = (self.compare(now, left, right), self.compare(before, left, right));
                let lookback = self.lookbacks[now].max(self.lookbacks[before] + 1);
                self.put(Condition::After(now, before), lookback)
            }
            Expr::And(left, right) => {
                let (left, right) = (self.condition(left, values), self.condition(right, values));
                self.put(Condition::And(left, right), self.lookbacks[left].max(self.lookbacks[right]))
            }
            Expr::Or(left, right) => {
                let (left, right) = (self.condition(left, values), self.condition(right, values));
                self.put(Condition::Or(left, right), self.lookbacks[left].max(self.lookbacks[right]))
            }
            Expr::Not(inner) => {
                let inner = self.condition(inner, values);
                self.put(Condition::Not(inner), self.lookbacks[inner])
            }
            _ => unreachable!("the parser lets only conditions stand where a condition is wanted"),
        }
    }

    fn compare(&mut self, compare: Compare, left: Operand, right: Operand) -> ConditionId {
        if let (Operand::Number(left), Operand::Number(right)) = (left, right) {
            let truth = compare.holds(f64::from_bits(left), f64::from_bits(right));
            return self.put(Condition::Constant(truth), 0);
        }
        let lookback = self.lookback(left).max(self.lookback(right));
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
            Expr::Prev(inner, bars) => {
                let bars = whole(number(bars, values));
                match self.operand(inner, values) {
                    Operand::Column { id, lag } => self.keep(id, lag + bars),
                    constant @ Operand::Number(_) => constant,
                }
            }
            Expr::Neg(inner) => match self.operand(inner, values) {
                Operand::Number(bits) => Operand::constant(-f64::from_bits(bits)),
                column @ Operand::Column { .. } => self.formula(Formula::Neg(column)),
            },
            Expr::Abs(inner) => match self.operand(inner, values) {
                Operand::Number(bits) => Operand::constant(f64::from_bits(bits).abs()),
                column @ Operand::Column { .. } => self.formula(Formula::Abs(column)),
            },
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
                    .map(|input| match self.operand(input, values) {
                        Operand::Column { id, lag } => (id, lag),
                        Operand::Number(_) => unreachable!("the parser lets only series stand as an indicator's input"),
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
        let facts = ColumnFacts { lookback: start + (family.lookback)(&params), history: 0 };
        self.columns.extend((0..family.width).map(|_| facts));
        self.steps.push(Step::Indicator { family, inputs, params, first, start });
        self.states.insert(key, first);
        first
    }

    fn formula(&mut self, formula: Formula) -> Operand {
        if let Some(&id) = self.formulas.get(&formula) {
            return Operand::Column { id, lag: 0 };
        }
        let lookback = match formula {
            Formula::Field(_) => 0,
            Formula::Neg(x) | Formula::Abs(x) => self.lookback(x),
            Formula::Math(_, left, right) => self.lookback(left).max(self.lookback(right)),
        };
        let column = self.columns.len();
        self.columns.push(ColumnFacts { lookback, history: 0 });
        self.steps.push(Step::Formula { column, formula });
        self.formulas.insert(formula, column);
        Operand::Column { id: column, lag: 0 }
    }

    fn keep(&mut self, id: ColumnId, lag: usize) -> Operand {
        let facts = &mut self.columns[id];
        facts.history = facts.history.max(lag);
        Operand::Column { id, lag }
    }

    fn lookback(&self, operand: Operand) -> usize {
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
