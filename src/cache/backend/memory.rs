//! A store in memory that can be broken: tests let the Nth operation fail and see that results do not change.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::{Backend, Failure, FailureClass, FetchedValues, NewEntry, WriteOutcome};
use crate::sim::metrics::validation::TrialSet;
use crate::statistics::{CounterDelta, Counters};

/// What goes wrong at an operation, as a test wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InjectedFault {
    /// The store is gone.
    Fail(FailureClass),
    /// The store refuses the write, with a reason; a lookup finds nothing.
    Refuse(FailureClass),
    /// The store answers so much later.
    Stall(Duration),
}

/// A store in memory. Clones share their content, as processes share a Redis.
#[derive(Clone, Default)]
pub struct MemoryBackend(Arc<Mutex<MemoryState>>);

#[derive(Default)]
struct MemoryState {
    entries: HashMap<String, (Vec<u8>, Option<Duration>)>,
    counters: HashMap<(String, String), u64>,
    operations: u64,
    faults: VecDeque<(u64, InjectedFault)>,
    trials: HashMap<String, TrialSet>,
}

/// What failures call this store.
const LABEL: &str = "Redis at memory:0";

impl MemoryBackend {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Breaks the `nth` operation from here on, counted from 1; connecting is an operation too.
    pub fn break_at(&self, nth: u64, fault: InjectedFault) {
        let mut state = self.state();
        let at = state.operations + nth;
        state.faults.push_back((at, fault));
    }

    /// Operations so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// What was counted so far under this name.
    #[must_use]
    pub fn counts(&self, name: &str) -> Counters {
        let state = self.state();
        let of = state.counters.iter().filter(|((counters, _), _)| counters == name);
        let fields: Vec<(&str, String)> = of.map(|((_, field), number)| (field.as_str(), number.to_string())).collect();
        Counters::from_fields(fields.iter().map(|(field, number)| (*field, number.as_str())))
    }

    /// Names of all entries, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.state().entries.keys().cloned().collect();
        names.sort();
        names
    }

    /// The bytes of an entry, and the time to live it was stored with.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<(Vec<u8>, Option<Duration>)> {
        self.state().entries.get(name).cloned()
    }

    /// Puts any bytes under a name, as others may.
    pub fn overwrite(&self, name: &str, value: Vec<u8>) {
        self.state().entries.insert(name.to_owned(), (value, None));
    }

    fn state(&self) -> MutexGuard<'_, MemoryState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation and lets its fault happen. `Some` when the operation is refused.
    fn operation(&self) -> Result<Option<Failure>, Failure> {
        let mut state = self.state();
        state.operations += 1;
        let now = state.operations;
        let fault = state.faults.iter().find(|(at, _)| *at == now).map(|(_, fault)| *fault);
        drop(state);
        match fault {
            Some(InjectedFault::Fail(class)) => Err(Failure::new(class, LABEL, "as the test wants it")),
            Some(InjectedFault::Refuse(class)) => Ok(Some(Failure::new(class, LABEL, "as the test wants it"))),
            Some(InjectedFault::Stall(time)) => {
                thread::sleep(time);
                Ok(None)
            }
            None => Ok(None),
        }
    }
}

impl Backend for MemoryBackend {
    fn connect(&mut self) -> Result<(), Failure> {
        self.operation().map(|_| ())
    }

    fn get_many(&mut self, names: &[String]) -> Result<FetchedValues, Failure> {
        let failure = self.operation()?;
        let state = self.state();
        let find = |name| state.entries.get(name).map(|(value, _)| value.clone()).filter(|_| failure.is_none());
        Ok(FetchedValues { values: names.iter().map(find).collect(), failure })
    }

    fn put_many(&mut self, entries: &[NewEntry]) -> Result<WriteOutcome, Failure> {
        let failure = self.operation()?;
        let stored = vec![failure.is_none(); entries.len()];
        if failure.is_none() {
            let mut state = self.state();
            for entry in entries {
                state.entries.insert(entry.name.clone(), (entry.value.clone(), entry.ttl));
            }
        }
        Ok(WriteOutcome { stored, failure })
    }

    fn count(&mut self, delta: &CounterDelta) -> Result<(), Failure> {
        self.operation()?;
        let mut state = self.state();
        for name in [&delta.total, &delta.day] {
            for (field, number) in delta.counters.fields() {
                *state.counters.entry((name.clone(), field)).or_default() += number;
            }
        }
        Ok(())
    }

    fn add_trials(&mut self, name: &str, trials: &TrialSet, _: Duration) -> Result<Option<u64>, Failure> {
        if self.operation()?.is_some() {
            return Ok(None);
        }
        let mut state = self.state();
        let all = state.trials.entry(name.to_owned()).or_default();
        all.merge(trials);
        Ok(Some(all.count()))
    }
}
