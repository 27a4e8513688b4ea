//! What the cache's thread does all day: lookups first, writes gathered into batches, an orderly end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender};
use std::time::Duration;

use super::backend::{Backend, Entry};
use super::counts::Booking;
use super::failure::Failure;
use super::trouble::Extent;
use super::worker::{Chunk, Job, Shared};

/// Names in one lookup: large enough that the way to the server hardly counts, small enough to show progress.
const LOOKUP: usize = 256;
/// Entries and bytes in one write: few enough that a healthy server answers within what counts as service.
const BATCH: usize = 128;
const BATCH_BYTES: usize = 1 << 20;
/// How long a value waits for others to be written with: the computing threads need the processor more.
const GATHER: Duration = Duration::from_millis(10);

pub(super) struct Loop {
    backend: Box<dyn Backend>,
    jobs: Receiver<Job>,
    shared: Arc<Shared>,
    pending: VecDeque<Entry>,
    pending_bytes: usize,
    /// Why connecting failed; told only when somebody asks for something.
    refused: Option<Failure>,
}

impl Loop {
    pub fn new(backend: Box<dyn Backend>, jobs: Receiver<Job>, shared: Arc<Shared>) -> Self {
        Self { backend, jobs, shared, pending: VecDeque::new(), pending_bytes: 0, refused: None }
    }

    pub fn run(mut self) {
        self.refused = self.backend.connect().err();
        loop {
            let wait = if self.pending.is_empty() { Duration::MAX } else { GATHER };
            match self.jobs.recv_timeout(wait) {
                Ok(job) => {
                    if let Some(failure) = self.refused.take() {
                        self.shared.trouble.note(failure, Extent::Everything);
                    }
                    match job {
                        Job::Get(names, reply) => self.get(&names, &reply),
                        Job::Put(entry) => self.gather(entry),
                        Job::Finish(booking, reply) => return self.finish(booking, &reply),
                    }
                }
                Err(RecvTimeoutError::Disconnected) if self.pending.is_empty() => return,
                Err(_) => self.write_batch(),
            }
        }
    }

    fn get(&mut self, names: &[String], reply: &SyncSender<Chunk>) {
        for names in names.chunks(LOOKUP) {
            if self.shared.trouble.is_off() {
                return;
            }
            match self.backend.get_many(names) {
                Ok(mut fetched) => {
                    if let Some(failure) = fetched.trouble {
                        self.shared.trouble.note(failure, Extent::Entries);
                    }
                    fetched.values.resize(names.len(), None);
                    if reply.send(fetched.values).is_err() {
                        return;
                    }
                }
                Err(failure) => return self.shared.trouble.note(failure, Extent::Everything),
            }
        }
    }

    fn gather(&mut self, entry: Entry) {
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
        self.shared.queued.fetch_sub(bytes, Ordering::Relaxed);
        if self.shared.trouble.writes_are_off() || batch.is_empty() {
            return;
        }
        match self.backend.put_many(&batch) {
            Ok(written) => {
                for (entry, _) in batch.iter().zip(&written.stored).filter(|(_, stored)| **stored) {
                    self.shared.stored[entry.kind.index()].fetch_add(1, Ordering::Relaxed);
                }
                if let Some(failure) = written.trouble {
                    self.shared.trouble.note(failure, Extent::Writes);
                }
            }
            Err(failure) => self.shared.trouble.note(failure, Extent::Everything),
        }
    }

    fn finish(&mut self, mut booking: Booking, reply: &Sender<()>) {
        while !self.pending.is_empty() && !self.shared.trouble.writes_are_off() {
            self.write_batch();
            if reply.send(()).is_err() {
                return;
            }
        }
        let trouble = &self.shared.trouble;
        self.shared.book_stored(&mut booking.ledger);
        booking.ledger.errors = trouble.errors();
        if trouble.is_off() || booking.ledger.is_zero() {
            return;
        }
        if let Err(failure) = self.backend.count(&booking) {
            trouble.note(failure, Extent::Everything);
        }
    }
}
