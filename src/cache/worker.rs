//! The thread that talks to the store, and the caller's side of it.
//!
//! A store can hang in ways that no timeout covers (a name lookup, a read of a byte, a full send buffer). So callers
//! only ever wait on a channel, within the process's stall budget; when that is spent the thread is abandoned, never
//! joined, and every lookup is a miss from then on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use super::backend::{Backend, Failure, FailureClass, NewEntry};
use super::circuit_breaker::{CircuitBreaker, FailureScope, TimeBudget, WaitError};
use super::key::EntryKind;
use super::statistics::{CounterDelta, Counters};
use crate::sim::metrics::validation::TrialSet;

/// Most bytes that may wait to be written; beyond that values are not stored, as memory must stay flat.
const MAX_QUEUED: usize = 8 << 20;
/// Names in one lookup: large enough that the round trip hardly counts, small enough to show progress.
const LOOKUP: usize = 256;
/// Entries and bytes in one write: few enough that a healthy server answers within what counts as service.
const BATCH: usize = 128;
const BATCH_BYTES: usize = 1 << 20;
/// How long a value waits for others to be written with: the computing threads need the processor more.
const GATHER: Duration = Duration::from_millis(10);

/// How long trials are kept after the last of them: whoever looks at the same candles a year later starts anew.
const KEEP_TRIALS: Duration = Duration::from_hours(365 * 24);

/// Values in the order of the names asked for; `None` where there is nothing.
type ValueChunk = Vec<Option<Vec<u8>>>;

/// Work for the thread.
enum Job {
    /// Answer when connecting has succeeded or failed.
    Connect(SyncSender<()>),
    /// Look up these names and send the values in chunks. The sender is dropped early when that fails.
    Get(Vec<String>, SyncSender<ValueChunk>),
    /// Store this some time soon.
    Put(NewEntry),
    /// Add these trials to those of this name, and send how many there are of it where anyone waits for that.
    Trials(String, TrialSet, SyncSender<Option<u64>>),
    /// Store all that is left, add to the shared counters, and end. A message for each step; dropped at the end.
    Finish(CounterDelta, Sender<()>),
}

/// State that both sides see.
#[derive(Default)]
struct WorkerState {
    breaker: CircuitBreaker,
    /// Entries stored, by kind.
    stored: [AtomicU64; EntryKind::ALL.len()],
    /// Bytes that wait to be written.
    queued: AtomicUsize,
    /// Whether anything was handed over to be stored.
    has_written: AtomicBool,
    /// Whether connecting has succeeded.
    is_connected: AtomicBool,
}

impl WorkerState {
    fn add_stored(&self, counters: &mut Counters) {
        for kind in EntryKind::ALL {
            counters.kind_mut(kind).stored = self.stored[kind.index()].load(Ordering::Relaxed);
        }
    }
}

/// The caller's side.
pub(super) struct Worker {
    jobs: Sender<Job>,
    state: Arc<WorkerState>,
    budget: TimeBudget,
    label: String,
    may_be_absent: bool,
}

impl Worker {
    /// Starts the thread, which connects at once: that way connecting overlaps with the caller's planning. Where the
    /// store `may_be_absent`, it is no failure that nothing listens there.
    pub(super) fn start(backend: Box<dyn Backend>, label: String, timeout: Duration, may_be_absent: bool) -> Self {
        let (jobs, queue) = channel();
        let state = Arc::new(WorkerState::default());
        let thread = WorkerThread::new(backend, queue, Arc::clone(&state), may_be_absent);
        let started = thread::Builder::new().name("cache".into()).spawn(move || thread.run());
        let worker = Self { jobs, state, budget: TimeBudget::new(timeout), label, may_be_absent };
        if started.is_err() {
            worker.give_up(FailureClass::Closed, "no thread could be started for it");
        }
        worker
    }

    /// Looks up these names and passes each value to `each` in their order, as chunks of them arrive. Ends early,
    /// without an error, when nothing more will come.
    pub(super) fn get(&self, names: Vec<String>, mut each: impl FnMut(Option<Vec<u8>>)) {
        let mut missing = names.len();
        // One chunk may lie ready while the caller decodes another: enough to overlap, little enough to stay small.
        let (reply, chunks) = sync_channel(1);
        if self.is_off() || !self.send(Job::Get(names, reply)) {
            return;
        }
        while missing > 0 {
            match self.budget.wait(&chunks) {
                Ok(chunk) => {
                    missing = missing.saturating_sub(chunk.len());
                    chunk.into_iter().for_each(&mut each);
                }
                Err(WaitError::Disconnected) => return self.disconnected(),
                Err(WaitError::BudgetSpent) => return self.give_up(FailureClass::Timeout, "no answer in time"),
            }
        }
    }

    /// Whether there is no store and none was named. Waits, within what is left of the budget, until that is known.
    pub(super) fn is_absent(&self) -> bool {
        if self.may_be_absent && !self.is_off() && !self.state.is_connected.load(Ordering::Acquire) {
            let (reply, connected) = sync_channel(1);
            if self.send(Job::Connect(reply)) && self.budget.wait(&connected) == Err(WaitError::BudgetSpent) {
                self.give_up(FailureClass::Timeout, "no answer in time");
            }
        }
        self.state.breaker.is_absent()
    }

    /// Hands over an entry to be stored, without waiting.
    pub(super) fn put(&self, entry: NewEntry) {
        if self.state.breaker.writes_are_off() {
            return;
        }
        let size = entry.size();
        if self.state.queued.fetch_add(size, Ordering::Relaxed) + size > MAX_QUEUED {
            self.state.queued.fetch_sub(size, Ordering::Relaxed);
            tracing::debug!(name = entry.name, "not stored: too much is waiting to be written");
            return;
        }
        self.state.has_written.store(true, Ordering::Relaxed);
        self.send(Job::Put(entry));
    }

    /// Hands over trials to be counted, without waiting.
    pub(super) fn add_trials(&self, name: String, trials: TrialSet) {
        if !self.state.breaker.writes_are_off() {
            self.state.has_written.store(true, Ordering::Relaxed);
            self.send(Job::Trials(name, trials, sync_channel(1).0));
        }
    }

    /// The same, and waits for the number of all trials of that name, within what is left of the budget.
    pub(super) fn count_trials(&self, name: String, trials: TrialSet) -> Option<u64> {
        let (reply, counted) = sync_channel(1);
        self.state.has_written.store(true, Ordering::Relaxed);
        if self.is_off() || !self.send(Job::Trials(name, trials, reply)) {
            return None;
        }
        match self.budget.wait(&counted) {
            Ok(count) => count,
            Err(WaitError::Disconnected) => {
                self.disconnected();
                None
            }
            Err(WaitError::BudgetSpent) => {
                self.give_up(FailureClass::Timeout, "no answer in time");
                None
            }
        }
    }

    /// Whether anything was handed over to be stored.
    pub(super) fn has_written(&self) -> bool {
        self.state.has_written.load(Ordering::Relaxed)
    }

    /// Waits, within what is left of the budget, until all is stored and counted.
    pub(super) fn finish(&self, delta: CounterDelta) {
        let (reply, steps) = channel();
        if self.is_off() || !self.send(Job::Finish(delta, reply)) {
            return;
        }
        loop {
            match self.budget.wait(&steps) {
                Ok(()) => {}
                Err(WaitError::Disconnected) => return,
                Err(WaitError::BudgetSpent) => return self.give_up(FailureClass::Timeout, "no answer in time"),
            }
        }
    }

    pub(super) fn is_off(&self) -> bool {
        self.state.breaker.is_off()
    }

    /// Adds the number of entries stored so far.
    pub(super) fn add_stored(&self, counters: &mut Counters) {
        self.state.add_stored(counters);
    }

    pub(super) fn breaker(&self) -> &CircuitBreaker {
        &self.state.breaker
    }

    fn send(&self, job: Job) -> bool {
        let is_sent = self.jobs.send(job).is_ok();
        if !is_sent {
            self.disconnected();
        }
        is_sent
    }

    /// The thread has dropped a job. It has tripped the breaker; if it has not, it is gone itself.
    fn disconnected(&self) {
        if !self.is_off() {
            self.give_up(FailureClass::Closed, "its thread has ended");
        }
    }

    fn give_up(&self, class: FailureClass, detail: &'static str) {
        self.state.breaker.trip(Failure::new(class, &self.label, detail), FailureScope::Everything);
    }
}

/// The thread's side: lookups first, writes gathered into batches, an orderly end.
struct WorkerThread {
    backend: Box<dyn Backend>,
    jobs: Receiver<Job>,
    state: Arc<WorkerState>,
    pending: VecDeque<NewEntry>,
    pending_bytes: usize,
    /// Why connecting failed; reported only when the store is needed.
    connect_failure: Option<Failure>,
    may_be_absent: bool,
}

impl WorkerThread {
    fn new(backend: Box<dyn Backend>, jobs: Receiver<Job>, state: Arc<WorkerState>, may_be_absent: bool) -> Self {
        let (pending, pending_bytes, connect_failure) = (VecDeque::new(), 0, None);
        Self { backend, jobs, state, pending, pending_bytes, connect_failure, may_be_absent }
    }

    fn run(mut self) {
        self.connect_failure = self.backend.connect().err();
        self.state.is_connected.store(self.connect_failure.is_none(), Ordering::Release);
        loop {
            let wait = if self.pending.is_empty() { Duration::MAX } else { GATHER };
            match self.jobs.recv_timeout(wait) {
                Ok(job) => {
                    if let Some(failure) = self.connect_failure.take() {
                        if self.may_be_absent && failure.class == FailureClass::Refused {
                            self.state.breaker.note_absence();
                        } else {
                            self.state.breaker.trip(failure, FailureScope::Everything);
                        }
                    }
                    match job {
                        Job::Connect(reply) => {
                            // Without a receiver the answer is not needed any more.
                            let _ = reply.send(());
                        }
                        Job::Get(names, reply) => self.get(&names, &reply),
                        Job::Put(entry) => self.gather(entry),
                        Job::Trials(name, trials, reply) => self.count_trials(&name, &trials, &reply),
                        Job::Finish(delta, reply) => return self.finish(delta, &reply),
                    }
                }
                Err(RecvTimeoutError::Disconnected) if self.pending.is_empty() => return,
                Err(_) => self.write_batch(),
            }
        }
    }

    fn get(&mut self, names: &[String], reply: &SyncSender<ValueChunk>) {
        for names in names.chunks(LOOKUP) {
            if self.state.breaker.is_off() {
                return;
            }
            match self.backend.get_many(names) {
                Ok(mut fetched) => {
                    if let Some(failure) = fetched.failure {
                        self.state.breaker.trip(failure, FailureScope::Entries);
                    }
                    fetched.values.resize(names.len(), None);
                    if reply.send(fetched.values).is_err() {
                        return;
                    }
                }
                Err(failure) => return self.state.breaker.trip(failure, FailureScope::Everything),
            }
        }
    }

    fn count_trials(&mut self, name: &str, trials: &TrialSet, reply: &SyncSender<Option<u64>>) {
        if self.state.breaker.is_off() {
            return;
        }
        match self.backend.add_trials(name, trials, KEEP_TRIALS) {
            // Without a receiver nobody needs the number.
            Ok(count) => drop(reply.try_send(count)),
            Err(failure) => self.state.breaker.trip(failure, FailureScope::Everything),
        }
    }

    fn gather(&mut self, entry: NewEntry) {
        self.pending_bytes += entry.size();
        self.pending.push_back(entry);
        if self.pending.len() >= BATCH || self.pending_bytes >= BATCH_BYTES {
            self.write_batch();
        }
    }

    fn write_batch(&mut self) {
        let mut bytes = 0;
        let mut batch = Vec::new();
        while let Some(entry) = self.pending.front() {
            let size = entry.size();
            if batch.len() == BATCH || (bytes > 0 && bytes + size > BATCH_BYTES) {
                break;
            }
            bytes += size;
            batch.extend(self.pending.pop_front());
        }
        self.pending_bytes -= bytes;
        self.state.queued.fetch_sub(bytes, Ordering::Relaxed);
        if self.state.breaker.writes_are_off() || batch.is_empty() {
            return;
        }
        match self.backend.put_many(&batch) {
            Ok(written) => {
                for (entry, _) in batch.iter().zip(&written.stored).filter(|(_, stored)| **stored) {
                    self.state.stored[entry.kind.index()].fetch_add(1, Ordering::Relaxed);
                }
                if let Some(failure) = written.failure {
                    self.state.breaker.trip(failure, FailureScope::Writes);
                }
            }
            Err(failure) => self.state.breaker.trip(failure, FailureScope::Everything),
        }
    }

    fn finish(&mut self, mut delta: CounterDelta, reply: &Sender<()>) {
        while !self.pending.is_empty() && !self.state.breaker.writes_are_off() {
            self.write_batch();
            if reply.send(()).is_err() {
                return;
            }
        }
        let breaker = &self.state.breaker;
        self.state.add_stored(&mut delta.counters);
        delta.counters.errors = breaker.errors();
        if breaker.is_off() || delta.counters.is_zero() {
            return;
        }
        if let Err(failure) = self.backend.count(&delta) {
            breaker.trip(failure, FailureScope::Everything);
        }
    }
}
