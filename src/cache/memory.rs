//! A store in memory, and a way to break it: tests fail the Nth operation and see that nothing changes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::backend::{Backend, Entry, Fetched, Written};
use super::counts::{Booking, Ledger};
use super::failure::{Class, Failure};

/// What goes wrong at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store is gone.
    Fail(Class),
    /// The store refuses the write, and says why; a lookup finds nothing.
    Refuse(Class),
    /// The store answers so much later.
    Stall(Duration),
}

/// A store in memory. Clones share their content, as processes share a Redis.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    entries: HashMap<String, (Vec<u8>, Option<Duration>)>,
    counters: HashMap<(String, String), u64>,
    operations: u64,
    faults: VecDeque<(u64, Fault)>,
}

/// This store in failures.
const HOST: &str = "Redis at memory:0";

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Breaks the `nth` operation from here on, counted from 1; connecting is an operation too.
    pub fn break_at(&self, nth: u64, fault: Fault) {
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
    pub fn counts(&self, name: &str) -> Ledger {
        let state = self.state();
        let of = state.counters.iter().filter(|((counters, _), _)| counters == name);
        let fields: Vec<(&str, String)> = of.map(|((_, field), number)| (field.as_str(), number.to_string())).collect();
        Ledger::from_fields(fields.iter().map(|(field, number)| (*field, number.as_str())))
    }

    /// Names of all entries, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.state().entries.keys().cloned().collect();
        names.sort();
        names
    }

    /// The bytes of an entry, and how long it was to live.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<(Vec<u8>, Option<Duration>)> {
        self.state().entries.get(name).cloned()
    }

    /// Puts any bytes under a name, as others may.
    pub fn overwrite(&self, name: &str, value: Vec<u8>) {
        self.state().entries.insert(name.to_owned(), (value, None));
    }

    fn state(&self) -> MutexGuard<'_, State> {
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
            Some(Fault::Fail(class)) => Err(Failure::new(class, HOST, "as the test wants it")),
            Some(Fault::Refuse(class)) => Ok(Some(Failure::new(class, HOST, "as the test wants it"))),
            Some(Fault::Stall(time)) => {
                thread::sleep(time);
                Ok(None)
            }
            None => Ok(None),
        }
    }
}

impl Backend for Memory {
    fn connect(&mut self) -> Result<(), Failure> {
        self.operation().map(|_| ())
    }

    fn get_many(&mut self, names: &[String]) -> Result<Fetched, Failure> {
        let trouble = self.operation()?;
        let state = self.state();
        let find = |name| state.entries.get(name).map(|(value, _)| value.clone()).filter(|_| trouble.is_none());
        Ok(Fetched { values: names.iter().map(find).collect(), trouble })
    }

    fn put_many(&mut self, entries: &[Entry]) -> Result<Written, Failure> {
        let trouble = self.operation()?;
        let stored = vec![trouble.is_none(); entries.len()];
        if trouble.is_none() {
            let mut state = self.state();
            for entry in entries {
                state.entries.insert(entry.name.clone(), (entry.value.clone(), entry.ttl));
            }
        }
        Ok(Written { stored, trouble })
    }

    fn count(&mut self, booking: &Booking) -> Result<(), Failure> {
        self.operation()?;
        let mut state = self.state();
        for name in [&booking.total, &booking.day] {
            for (field, number) in booking.ledger.fields() {
                *state.counters.entry((name.clone(), field)).or_default() += number;
            }
        }
        Ok(())
    }
}
