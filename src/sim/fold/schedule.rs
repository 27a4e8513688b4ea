//! When the conditions of a graph are evaluated, and where their bits are kept.
//!
//! Conditions are evaluated in the order in which combinations come to need them, and their bits live in slots that
//! are used again after the last reader. A sweep's thousand pairs of averages, each read by one combination, so share
//! a handful of slots that never leave the nearest cache, while `rsi < 30`, read by hundreds, is evaluated once.

use super::graph::{ColumnId, Condition, ConditionId, Graph, Operand, SignalRef};
use crate::simd::Compare;

/// When each condition is evaluated, and where its bits are.
#[derive(Debug, Default)]
pub struct Schedule {
    /// For each combination, what to evaluate before it, each condition after what it reads.
    pub(super) due: Vec<Vec<Work>>,
    /// For each condition, its slot.
    pub(super) slots: Vec<usize>,
    /// Slots in all.
    pub(super) count: usize,
    /// Columns whose extremes are worth finding in each tile.
    pub(super) often_compared: Vec<ColumnId>,
}

/// So many comparisons with a column make up for finding its extremes, which takes as long as one of them.
const OFTEN: usize = 4;

/// A piece of work on conditions.
#[derive(Debug)]
pub(super) enum Work {
    /// One condition.
    One(ConditionId),
    /// Several comparisons of the same two operands, done together.
    Order(Operand, Operand, Vec<(Compare, ConditionId)>),
}

impl Schedule {
    /// The order for combinations that read these signals, each in its turn.
    #[must_use]
    pub fn new<R: IntoIterator<Item = SignalRef>>(graph: &Graph, readers: impl IntoIterator<Item = R>) -> Self {
        let conditions = graph.conditions.len();
        let mut last_reader = vec![usize::MAX; conditions];
        let mut due = Vec::new();
        let mut known = vec![false; conditions];
        for (reader, signals) in readers.into_iter().enumerate() {
            let mut fresh = Vec::new();
            for signal in signals {
                collect(graph, signal.condition, &mut known, &mut fresh);
                last_reader[signal.condition] = reader;
            }
            for &id in &fresh {
                // Evaluated now, and so read now, whoever reads the result later.
                for input in graph.conditions[id].inputs().into_iter().flatten() {
                    last_reader[input] = reader;
                }
            }
            due.push(fresh);
        }
        let mut schedule = Self { due: Vec::new(), slots: vec![usize::MAX; conditions], ..Self::default() };
        schedule.allot(&due, &last_reader);
        schedule.due = due.into_iter().map(|fresh| together(graph, fresh)).collect();
        schedule.often_compared = often_compared(graph, schedule.due.iter().flatten());
        schedule
    }

    fn allot(&mut self, due: &[Vec<ConditionId>], last_reader: &[usize]) {
        let mut ends: Vec<Vec<ConditionId>> = vec![Vec::new(); due.len()];
        for (id, &reader) in last_reader.iter().enumerate().filter(|(_, reader)| **reader != usize::MAX) {
            ends[reader].push(id);
        }
        let mut free: Vec<usize> = Vec::new();
        for (reader, fresh) in due.iter().enumerate() {
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

/// The columns that this many comparisons or more read as they are.
fn often_compared<'a>(graph: &Graph, due: impl Iterator<Item = &'a Work>) -> Vec<ColumnId> {
    let mut counts = vec![0; graph.columns.len()];
    for work in due {
        let sides = match work {
            Work::Order(left, right, _) => [*left, *right],
            Work::One(id) => match graph.conditions[*id] {
                Condition::Compare(_, left, right) => [left, right],
                _ => continue,
            },
        };
        for side in sides {
            if let Operand::Column { id, lag: 0 } = side {
                counts[id] += 1;
            }
        }
    }
    (0..counts.len()).filter(|&id| counts[id] >= OFTEN).collect()
}

/// What a condition reads, each condition before its readers.
fn collect(graph: &Graph, id: ConditionId, known: &mut [bool], fresh: &mut Vec<ConditionId>) {
    if known[id] {
        return;
    }
    known[id] = true;
    for input in graph.conditions[id].inputs().into_iter().flatten() {
        collect(graph, input, known, fresh);
    }
    fresh.push(id);
}

/// Comparisons of the same operands become one piece of work; they read no condition, so they can go first.
fn together(graph: &Graph, fresh: Vec<ConditionId>) -> Vec<Work> {
    let mut work: Vec<Work> = Vec::new();
    let mut rest = Vec::new();
    for id in fresh {
        let Condition::Compare(op, left, right) = graph.conditions[id] else {
            rest.push(Work::One(id));
            continue;
        };
        let same = work.iter_mut().find_map(|work| match work {
            Work::Order(l, r, all) if (*l, *r) == (left, right) => Some(all),
            _ => None,
        });
        match same {
            Some(all) => all.push((op, id)),
            None => work.push(Work::Order(left, right, vec![(op, id)])),
        }
    }
    for work in &mut work {
        if let Work::Order(_, _, all) = work
            && let [(_, id)] = all.as_slice()
        {
            *work = Work::One(*id);
        }
    }
    work.extend(rest);
    work
}
