//! The conditions of a graph, tile after tile: one bit for each bar, 64 bars to a word.

use super::columns::Columns;
use super::graph::{Condition, ConditionId, Graph, Operand, SignalRef};
use super::schedule::{Schedule, Work};
use crate::sim::simd::{self, Compare, Cpu, Right};
use crate::sim::tile::bitset::{Bits, WORDS, both, either, from_to, later};
use crate::sim::tile::resumable::{Resumable, StateBytes};

/// The bits of the conditions of a graph for one tile.
pub struct Signals<'a> {
    graph: &'a Graph,
    schedule: &'a Schedule,
    bits: Vec<Bits>,
    /// For each condition that compares with the bar before, what held at the last bar of the tile before.
    carried: Vec<bool>,
    /// For each list of what rules wait for, the bar from which all of it is defined; none while it is not.
    awaited: Vec<Option<usize>>,
    cpu: Cpu,
    first: usize,
    bars: usize,
    /// The bars of the tile.
    within: Bits,
}

impl<'a> Signals<'a> {
    /// Signals before the first bar.
    #[must_use]
    pub fn new(graph: &'a Graph, schedule: &'a Schedule, cpu: Cpu) -> Self {
        let bits = vec![[0; WORDS]; schedule.count];
        let carried = vec![false; graph.conditions.len()];
        let awaited = vec![None; graph.awaited.len()];
        Self { graph, schedule, bits, carried, awaited, cpu, first: 0, bars: 0, within: [0; WORDS] }
    }

    /// Moves on to the tile of these columns.
    pub fn begin(&mut self, columns: &Columns) {
        let bars = columns.bars();
        self.first += std::mem::replace(&mut self.bars, bars);
        self.within = from_to(0, bars);
        for (from, list) in self.awaited.iter_mut().zip(&self.graph.awaited).filter(|(from, _)| from.is_none()) {
            *from = columns.defined_from(list, self.first).map(|bar| self.first + bar);
        }
    }

    /// Saves or loads what later tiles depend on, between two of them.
    pub(super) fn pass_state(&mut self, state: &mut StateBytes) {
        self.carried.iter_mut().for_each(|held| held.pass_state(state));
        self.awaited.iter_mut().for_each(|bar| bar.pass_state(state));
        self.first.pass_state(state);
        self.bars.pass_state(state);
    }

    /// Evaluates what the combination with this number reads and nothing before it has read. To be called for every
    /// combination in order, once a tile.
    pub fn extend(&mut self, columns: &Columns, combination: usize) {
        self.cpu.run(|| self.evaluate(columns, combination));
    }

    fn evaluate(&mut self, columns: &Columns, combination: usize) {
        for work in &self.schedule.due[combination] {
            let &id = match work {
                Work::One(id) => id,
                Work::Order(left, right, all) => {
                    for (bits, id) in ordered(self.cpu, *left, *right, columns, all) {
                        self.bits[self.schedule.slots[id]] = bits;
                    }
                    continue;
                }
            };
            let slot = self.schedule.slots[id];
            let read = |id: ConditionId| &self.bits[self.schedule.slots[id]];
            let out = match self.graph.conditions[id] {
                Condition::Constant(truth) => {
                    if truth {
                        self.within
                    } else {
                        [0; WORDS]
                    }
                }
                Condition::Compare(op, left, right) => {
                    compare(self.cpu, op, left, right, columns, &mut self.bits[slot]);
                    continue;
                }
                condition @ (Condition::After(now, before) | Condition::OrBefore(now, before)) => {
                    let bits = read(before);
                    let end = self.bars - 1;
                    let before = both(&later(bits, self.carried[id]), &self.within);
                    let joined = if matches!(condition, Condition::After(..)) { both } else { either };
                    let out = joined(read(now), &before);
                    self.carried[id] = bits[end / 64] >> (end % 64) & 1 == 1;
                    out
                }
                Condition::And(a, b) => both(read(a), read(b)),
                Condition::Or(a, b) => either(read(a), read(b)),
            };
            self.bits[slot] = out;
        }
    }

    /// The bits of one rule of the combination whose turn it is; false while it is undefined.
    pub fn read(&self, signal: SignalRef, out: &mut Bits) {
        let bits = &self.bits[self.schedule.slots[signal.condition]];
        let defined = match signal.awaited {
            None => signal.lookback,
            Some(list) => self.awaited[list].unwrap_or(usize::MAX).max(signal.lookback),
        };
        if defined <= self.first {
            out.copy_from_slice(bits);
        } else {
            *out = both(bits, &from_to((defined - self.first).min(self.bars), self.bars));
        }
    }
}

/// The bits of several comparisons of the same operands, from one pass over them.
fn ordered(
    cpu: Cpu,
    left: Operand,
    right: Operand,
    columns: &Columns,
    all: &[(Compare, ConditionId)],
) -> impl Iterator<Item = (Bits, ConditionId)> {
    let (left, right, mirrored) = sides(left, right, columns);
    let relation = simd::relation(cpu, left, right);
    all.iter().map(move |&(op, id)| (relation.bits(if mirrored { op.swapped() } else { op }), id))
}

fn compare(cpu: Cpu, op: Compare, left: Operand, right: Operand, columns: &Columns, out: &mut Bits) {
    let (left, right, mirrored) = sides(left, right, columns);
    simd::compare(cpu, if mirrored { op.swapped() } else { op }, left, right, out);
}

/// The series that is compared, and what with; whether they changed places.
fn sides(left: Operand, right: Operand, columns: &Columns) -> (&[f64], Right<'_>, bool) {
    match (left, right) {
        (Operand::Column { id, lag }, Operand::Number(bits)) => {
            (columns.read(id, lag), Right::Number(f64::from_bits(bits)), false)
        }
        (Operand::Number(bits), Operand::Column { id, lag }) => {
            (columns.read(id, lag), Right::Number(f64::from_bits(bits)), true)
        }
        (Operand::Column { id, lag }, Operand::Column { id: other, lag: behind }) => {
            (columns.read(id, lag), Right::Series(columns.read(other, behind)), false)
        }
        (Operand::Number(_), Operand::Number(_)) => unreachable!("comparisons of constants are folded in the graph"),
    }
}
