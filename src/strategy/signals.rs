//! The conditions of a graph, tile after tile: one bit for each bar, 64 bars to a word.
//!
//! Conditions are evaluated in the order in which combinations come to need them, and their bits live in slots that
//! are used again after the last reader. A sweep's thousand pairs of averages, each read by one combination, so share
//! a handful of slots that never leave the nearest cache, while `rsi < 30`, read by hundreds, is evaluated once.

use super::columns::Columns;
use super::expr::Compare;
use super::graph::{Condition, ConditionId, Graph, Operand, Signal};
use super::pack::{self, Cpu, Side};
use crate::bits::{Bits, WORDS, both, from_to, later};

/// When each condition is evaluated, and where its bits are.
#[derive(Debug, Default)]
struct Schedule {
    /// For each combination, the conditions to evaluate before it, each after what it reads.
    due: Vec<Vec<ConditionId>>,
    /// For each condition, its slot.
    slots: Vec<usize>,
    /// Slots in all.
    count: usize,
}

/// The bits of the conditions of a graph for one tile.
pub struct Signals {
    schedule: Schedule,
    bits: Vec<Bits>,
    /// For each condition that compares with the bar before, what held at the last bar of the tile before.
    carried: Vec<bool>,
    cpu: Cpu,
    first: usize,
    bars: usize,
}

impl Signals {
    /// Signals before the first bar; `readers` are the signals of each combination, in the order in which they will
    /// be read.
    #[must_use]
    pub fn new(graph: &Graph, readers: &[Vec<Signal>], cpu: Cpu) -> Self {
        let schedule = Schedule::new(graph, readers);
        let bits = vec![[0; WORDS]; schedule.count];
        let carried = vec![false; graph.conditions.len()];
        Self { schedule, bits, carried, cpu, first: 0, bars: 0 }
    }

    /// Moves on to the tile of `bars` bars that starts at bar `first`.
    pub fn begin(&mut self, first: usize, bars: usize) {
        (self.first, self.bars) = (first, bars);
    }

    /// Evaluates what the combination with this number reads and nothing before it has read. To be called for every
    /// combination in order, once a tile.
    pub fn extend(&mut self, graph: &Graph, columns: &Columns, combination: usize) {
        let within = from_to(0, self.bars);
        for &id in &self.schedule.due[combination] {
            let slot = self.schedule.slots[id];
            let read = |id: ConditionId| &self.bits[self.schedule.slots[id]];
            let out = match graph.conditions[id] {
                Condition::Constant(truth) => {
                    if truth {
                        within
                    } else {
                        [0; WORDS]
                    }
                }
                Condition::Compare(op, left, right) => {
                    compare(self.cpu, op, left, right, columns, self.bars, &mut self.bits[slot]);
                    continue;
                }
                Condition::After(now, before) => {
                    let bits = read(before);
                    let end = self.bars - 1;
                    let out = both(read(now), &later(bits, self.carried[id]));
                    self.carried[id] = bits[end / 64] >> (end % 64) & 1 == 1;
                    out
                }
                Condition::And(a, b) => both(read(a), read(b)),
                Condition::Or(a, b) => {
                    let (a, b) = (read(a), read(b));
                    std::array::from_fn(|w| a[w] | b[w])
                }
                Condition::Not(a) => {
                    let a = read(a);
                    std::array::from_fn(|w| !a[w] & within[w])
                }
            };
            self.bits[slot] = out;
        }
    }

    /// The bits of one rule of the combination whose turn it is; false while it is undefined.
    #[must_use]
    pub fn read(&self, signal: Signal) -> Bits {
        let bits = &self.bits[self.schedule.slots[signal.condition]];
        if signal.lookback <= self.first {
            return *bits;
        }
        both(bits, &from_to((signal.lookback - self.first).min(self.bars), self.bars))
    }
}

impl Schedule {
    fn new(graph: &Graph, readers: &[Vec<Signal>]) -> Self {
        let conditions = graph.conditions.len();
        let mut last_reader = vec![usize::MAX; conditions];
        let mut due = Vec::with_capacity(readers.len());
        let mut known = vec![false; conditions];
        for (reader, signals) in readers.iter().enumerate() {
            let mut fresh = Vec::new();
            for signal in signals {
                collect(graph, signal.condition, &mut known, &mut fresh);
                last_reader[signal.condition] = reader;
            }
            for &id in &fresh {
                // Evaluated now, and so read now, whoever reads the result later.
                for input in inputs(graph.conditions[id]).into_iter().flatten() {
                    last_reader[input] = reader;
                }
            }
            due.push(fresh);
        }
        let mut schedule = Self { due, slots: vec![usize::MAX; conditions], count: 0 };
        schedule.allot(&last_reader);
        schedule
    }

    fn allot(&mut self, last_reader: &[usize]) {
        let mut ends: Vec<Vec<ConditionId>> = vec![Vec::new(); self.due.len()];
        for (id, &reader) in last_reader.iter().enumerate().filter(|(_, reader)| **reader != usize::MAX) {
            ends[reader].push(id);
        }
        let mut free: Vec<usize> = Vec::new();
        for (reader, fresh) in self.due.iter().enumerate() {
            for &id in fresh {
                self.slots[id] = free.pop().unwrap_or_else(|| {
                    self.count += 1;
                    self.count - 1
                });
            }
            free.extend(ends[reader].iter().map(|&id| self.slots[id]));
        }
    }
}

/// What a condition reads, each condition before its readers.
fn collect(graph: &Graph, id: ConditionId, known: &mut [bool], fresh: &mut Vec<ConditionId>) {
    if known[id] {
        return;
    }
    known[id] = true;
    for input in inputs(graph.conditions[id]).into_iter().flatten() {
        collect(graph, input, known, fresh);
    }
    fresh.push(id);
}

fn inputs(condition: Condition) -> [Option<ConditionId>; 2] {
    match condition {
        Condition::Constant(_) | Condition::Compare(..) => [None, None],
        Condition::After(a, b) | Condition::And(a, b) | Condition::Or(a, b) => [Some(a), Some(b)],
        Condition::Not(a) => [Some(a), None],
    }
}

fn compare(cpu: Cpu, op: Compare, left: Operand, right: Operand, columns: &Columns, bars: usize, out: &mut Bits) {
    let side = |operand| match operand {
        Operand::Number(bits) => Side::Number(f64::from_bits(bits)),
        Operand::Column { id, lag } => Side::Series(columns.read(id, lag)),
    };
    pack::compare(cpu, op, side(left), side(right), bars, out);
}
