//! The conditions of a graph, tile after tile: one bit for each bar, 64 bars to a word.

use super::columns::Columns;
use super::graph::{Condition, ConditionId, Graph, Operand, SignalRef};
use super::schedule::{Schedule, Work};
use crate::simd::{self, Cpu, Relation, RightSide, TileSeries, Vectorized};
use crate::tile::bitset::{Bits, WORDS, both, either, from_to, is_set, later};
use crate::tile::resumable::{Resumable, StateBytes};

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
    /// Of the operands whose comparisons were done last.
    relation: Relation,
}

impl<'a> Signals<'a> {
    /// Signals before the first bar.
    #[must_use]
    pub fn new(graph: &'a Graph, schedule: &'a Schedule, cpu: Cpu) -> Self {
        let bits = vec![[0; WORDS]; schedule.count];
        let carried = vec![false; graph.conditions.len()];
        let awaited = vec![None; graph.awaited.len()];
        Self {
            graph,
            schedule,
            bits,
            carried,
            awaited,
            cpu,
            first: 0,
            bars: 0,
            within: [0; WORDS],
            relation: Relation::default(),
        }
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
        self.cpu.run(Evaluation { signals: self, columns, combination });
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `Vectorized`")]
    fn evaluate(&mut self, columns: &Columns, combination: usize) {
        let slots = &self.schedule.slots;
        for work in &self.schedule.due[combination] {
            let &id = match work {
                Work::One(id) => id,
                Work::Order(left, right, all) => {
                    let (left, right, mirrored) = sides(*left, *right, columns);
                    self.relation.extend(self.cpu, left, right);
                    for &(op, id) in all {
                        self.relation.write(if mirrored { op.swapped() } else { op }, &mut self.bits[slots[id]]);
                    }
                    continue;
                }
            };
            let slot = slots[id];
            match self.graph.conditions[id] {
                Condition::Constant(truth) => self.bits[slot] = if truth { self.within } else { [0; WORDS] },
                Condition::Compare(op, left, right) => {
                    let (left, right, mirrored) = sides(left, right, columns);
                    let op = if mirrored { op.swapped() } else { op };
                    simd::compare(self.cpu, op, left, right, &mut self.bits[slot]);
                }
                Condition::After(now, before) => {
                    let carry = self.carry_on(id, before);
                    let bits = &self.bits;
                    self.bits[slot] = both(&bits[slots[now]], &later(&bits[slots[before]], carry));
                }
                Condition::OrBefore(now, before) => {
                    let carry = self.carry_on(id, before);
                    let before = both(&later(&self.bits[slots[before]], carry), &self.within);
                    self.bits[slot] = either(&self.bits[slots[now]], &before);
                }
                Condition::And(a, b) => self.bits[slot] = both(&self.bits[slots[a]], &self.bits[slots[b]]),
                Condition::Or(a, b) => self.bits[slot] = either(&self.bits[slots[a]], &self.bits[slots[b]]),
            }
        }
    }

    /// Keeps what holds at the last bar of this tile for the next one, and gives what held at the last bar before it.
    #[inline]
    fn carry_on(&mut self, id: ConditionId, before: ConditionId) -> bool {
        let is_held = is_set(&self.bits[self.schedule.slots[before]], self.bars - 1);
        std::mem::replace(&mut self.carried[id], is_held)
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

/// What [`Signals::extend`] does.
struct Evaluation<'a, 'g> {
    signals: &'a mut Signals<'g>,
    columns: &'a Columns,
    combination: usize,
}

impl Vectorized for Evaluation<'_, '_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `Vectorized`")]
    fn run(self) {
        self.signals.evaluate(self.columns, self.combination);
    }
}

/// The series that is compared, and what with; whether they changed places.
#[inline]
fn sides(left: Operand, right: Operand, columns: &Columns) -> (TileSeries<'_>, RightSide<'_>, bool) {
    match (left, right) {
        (Operand::Column { id, lag }, Operand::Number(bits)) => {
            (columns.series(id, lag), RightSide::Number(f64::from_bits(bits)), false)
        }
        (Operand::Number(bits), Operand::Column { id, lag }) => {
            (columns.series(id, lag), RightSide::Number(f64::from_bits(bits)), true)
        }
        (Operand::Column { id, lag }, Operand::Column { id: other, lag: behind }) => {
            (columns.series(id, lag), RightSide::Series(columns.series(other, behind)), false)
        }
        (Operand::Number(_), Operand::Number(_)) => unreachable!("comparisons of constants are folded in the graph"),
    }
}
