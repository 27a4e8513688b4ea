//! Threads, and how they report their progress; the only file that knows rayon.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Is told how far the work is, and says whether it should stop. Whoever shows it lives upstairs.
pub trait Progress: Sync {
    /// Begins with this much to do: assets of a batch, points of a sweep.
    fn begin(&self, _total: u64) {}
    /// This much more is done.
    fn advance(&self, _count: u64) {}
    /// Nothing is left to do.
    fn end(&self) {}
    /// Whether the user wants it to end now; what is done by then is kept.
    fn stopped(&self) -> bool {
        false
    }
}

/// Shows nothing and never stops.
pub struct NoProgress;

impl Progress for NoProgress {}

/// So many threads at most, started when the first work for more than one comes.
pub struct Pool {
    threads: usize,
    started: std::sync::OnceLock<Option<rayon::ThreadPool>>,
}

impl Pool {
    /// A pool of `threads` threads, at least one.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self { threads: threads.max(1), started: std::sync::OnceLock::new() }
    }

    /// A pool of as many threads as this machine has processors.
    #[must_use]
    pub fn of_machine() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// Does the work in parallel; answers in the order of the work, whoever was faster.
    pub fn map<T: Send, R: Send>(&self, work: Vec<T>, one: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
        // For one piece of work, or where no thread can be started, a pool would only be in the way.
        let Some(pool) = (if work.len() > 1 { self.started() } else { None }) else {
            return work.into_iter().map(one).collect();
        };
        let slots: Vec<Mutex<Slot<T, R>>> = work.into_iter().map(|item| Mutex::new(Slot::Open(item))).collect();
        let do_one = |at: usize| {
            let mut slot = slots[at].lock().unwrap_or_else(PoisonError::into_inner);
            if let Slot::Open(item) = std::mem::replace(&mut *slot, Slot::Taken) {
                *slot = Slot::Done(one(item));
            }
        };
        each(pool, slots.len(), &do_one);
        let done = |slot: Mutex<Slot<T, R>>| match slot.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Slot::Done(result) => result,
            Slot::Open(_) | Slot::Taken => unreachable!("a piece of work that panics ends the map"),
        };
        slots.into_iter().map(done).collect()
    }

    /// On how many threads so many pieces of work are done.
    #[must_use]
    pub fn threads_for(&self, work: usize) -> usize {
        self.threads.min(work).max(1)
    }

    fn started(&self) -> Option<&rayon::ThreadPool> {
        let start = || {
            let threads = (self.threads > 1).then_some(self.threads)?;
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok()
        };
        self.started.get_or_init(start).as_ref()
    }
}

/// A piece of work, or what came of it.
enum Slot<T, R> {
    Open(T),
    Taken,
    Done(R),
}

/// Calls `one` with each number below `count`, in parallel. The closure is `dyn` so that rayon's code for it is
/// compiled once, and not for each of the fifty kinds of work: that was a fifteenth of what the whole program compiles to.
fn each(pool: &rayon::ThreadPool, count: usize, one: &(dyn Fn(usize) + Sync)) {
    pool.install(|| (0..count).into_par_iter().with_max_len(1).for_each(one));
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[test]
    fn results_stand_in_the_order_of_the_work_on_any_number_of_threads_also_within_other_work() {
        for threads in [1, 2, 5] {
            let pool = Pool::new(threads);
            let inner = |from: u64| pool.map((from..from + 7).collect(), |number| number * number);
            let found = pool.map((0..40).collect(), inner);
            assert_eq!(found, (0..40).map(|from| (from..from + 7).map(|n| n * n).collect()).collect::<Vec<Vec<_>>>());
        }
        assert!(Pool::new(2).map(Vec::<u8>::new(), |byte| byte).is_empty());
    }

    #[test]
    fn a_piece_of_work_that_panics_ends_all_of_it_with_its_own_words() {
        let work = || Pool::new(2).map((0..9).collect(), |number: u8| assert!(number != 5, "five is out"));
        let panicked = std::panic::catch_unwind(work).expect_err("it panics");
        assert_eq!(panicked.downcast_ref::<&str>(), Some(&"five is out"));
    }
}
