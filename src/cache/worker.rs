//! The thread that talks to the store, and the caller's side of it.
//!
//! A store can hang in ways that no timeout covers (a name lookup, a read a byte, a full send buffer). So the caller
//! only ever waits on a channel, within the process's patience; when that is spent the thread is left alone, never
//! joined, and everything is a miss from then on.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::backend::{Backend, Entry};
use super::counts::{Booking, Ledger};
use super::failure::{Class, Failure};
use super::key::Kind;
use super::patience::{Patience, Silence};
use super::trouble::{Extent, Trouble};
use super::worker_loop::Loop;

/// Most bytes that may wait to be written; beyond that values are not stored, as memory must stay flat.
const MAX_QUEUED: usize = 8 << 20;

/// Values in the order of the names asked for; `None` where there is nothing.
pub(super) type Chunk = Vec<Option<Vec<u8>>>;

/// What the thread is asked to do.
pub(super) enum Job {
    /// Look up these names and send the values in chunks. The sender is dropped early when it cannot be done.
    Get(Vec<String>, SyncSender<Chunk>),
    /// Store this some time soon.
    Put(Entry),
    /// Store all that is left, add to the shared counters, and end. A message for each step; dropped at the end.
    Finish(Booking, Sender<()>),
}

/// State that both threads see.
#[derive(Default)]
pub(super) struct Shared {
    pub trouble: Trouble,
    /// Values stored, by kind.
    pub stored: [AtomicU64; Kind::ALL.len()],
    pub queued: AtomicUsize,
    /// Something was handed over to be stored.
    pub written: AtomicBool,
}

impl Shared {
    pub fn book_stored(&self, ledger: &mut Ledger) {
        for kind in Kind::ALL {
            ledger.of_mut(kind).stored = self.stored[kind.index()].load(Ordering::Relaxed);
        }
    }
}

/// The caller's side.
pub(super) struct Worker {
    jobs: Sender<Job>,
    shared: Arc<Shared>,
    patience: Mutex<Patience>,
    label: String,
}

impl Worker {
    /// Starts the thread, which connects at once: that way connecting overlaps with the caller's planning.
    pub fn start(backend: Box<dyn Backend>, label: String, budget: Duration) -> Self {
        let (jobs, queue) = channel();
        let shared = Arc::new(Shared::default());
        let state = Loop::new(backend, queue, Arc::clone(&shared));
        let started = thread::Builder::new().name("cache".into()).spawn(move || state.run());
        let worker = Self { jobs, shared, patience: Mutex::new(Patience::new(budget)), label };
        if started.is_err() {
            worker.give_up(Class::Closed, "no thread could be started for it");
        }
        worker
    }

    /// Looks up these names and hands over each value in their order, as chunks of them arrive. Ends early, without
    /// an error, when nothing more will come.
    pub fn get(&self, names: Vec<String>, mut each: impl FnMut(Option<Vec<u8>>)) {
        let mut missing = names.len();
        // One chunk may lie ready while the caller decodes another: enough to overlap, little enough to stay small.
        let (reply, chunks) = sync_channel(1);
        if self.is_off() || !self.send(Job::Get(names, reply)) {
            return;
        }
        while missing > 0 {
            match self.wait(&chunks) {
                Ok(chunk) => {
                    missing = missing.saturating_sub(chunk.len());
                    chunk.into_iter().for_each(&mut each);
                }
                Err(Silence::Ended) => return self.ended(),
                Err(Silence::Spent) => return self.give_up(Class::Timeout, "no answer in time"),
            }
        }
    }

    /// Hands over a value to be stored, without waiting.
    pub fn put(&self, entry: Entry) {
        let size = entry.size();
        if self.writes_are_off() {
            return;
        }
        if self.shared.queued.fetch_add(size, Ordering::Relaxed) + size > MAX_QUEUED {
            self.shared.queued.fetch_sub(size, Ordering::Relaxed);
            tracing::debug!(name = entry.name, "not stored: too much is waiting to be written");
            return;
        }
        self.shared.written.store(true, Ordering::Relaxed);
        self.send(Job::Put(entry));
    }

    /// Whether anything was handed over to be stored.
    pub fn has_written(&self) -> bool {
        self.shared.written.load(Ordering::Relaxed)
    }

    /// Waits, within what patience is left, until all is stored and counted.
    pub fn finish(&self, booking: Booking) {
        let (reply, steps) = channel();
        if self.is_off() || !self.send(Job::Finish(booking, reply)) {
            return;
        }
        loop {
            match self.wait(&steps) {
                Ok(()) => {}
                Err(Silence::Ended) => return,
                Err(Silence::Spent) => return self.give_up(Class::Timeout, "no answer in time"),
            }
        }
    }

    pub fn is_off(&self) -> bool {
        self.shared.trouble.is_off()
    }

    pub fn writes_are_off(&self) -> bool {
        self.shared.trouble.writes_are_off()
    }

    /// Adds what is stored so far to a ledger.
    pub fn book_stored(&self, ledger: &mut Ledger) {
        self.shared.book_stored(ledger);
    }

    pub fn trouble(&self) -> &Trouble {
        &self.shared.trouble
    }

    fn wait<T>(&self, receiver: &Receiver<T>) -> Result<T, Silence> {
        self.patience.lock().unwrap_or_else(PoisonError::into_inner).wait(receiver)
    }

    fn send(&self, job: Job) -> bool {
        let sent = self.jobs.send(job).is_ok();
        if !sent {
            self.ended();
        }
        sent
    }

    /// The thread has dropped a job. It has said why; if it has not, it is gone itself.
    fn ended(&self) {
        if !self.is_off() {
            self.give_up(Class::Closed, "its thread has ended");
        }
    }

    fn give_up(&self, class: Class, detail: &'static str) {
        self.shared.trouble.note(Failure::new(class, &self.label, detail), Extent::Everything);
    }
}
