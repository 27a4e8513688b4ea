//! When the cache is switched off for the rest of the process: after a failure, or when waiting for it has used up the
//! stall budget. And the one warning about it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::backend::Failure;

/// How long a failing cache may hold up a process in all, unless the user sets another time.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_millis(250);
/// The part of that for starting and giving up.
const OVERHEAD: Duration = Duration::from_millis(30);
/// A wait up to this long that ends with an answer is service, not a stall: otherwise a healthy Redis would use up the
/// budget of a process that asks for very many values.
const SERVICE: Duration = Duration::from_millis(2);

/// What a failure switches off, for the rest of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureScope {
    /// The whole cache.
    Everything,
    /// Writes; lookups go on.
    Writes,
    /// The entries that were asked for; others go on.
    Entries,
}

/// The first failure of the cache, and what goes on without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheWarning {
    /// What failed: class, `host:port`, why. Never a secret.
    pub failure: Failure,
    /// What is switched off.
    pub scope: FailureScope,
}

impl fmt::Display for CacheWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without = match self.scope {
            FailureScope::Everything => "cache",
            FailureScope::Writes => "cache writes",
            FailureScope::Entries => "cache for these entries",
        };
        write!(f, "{}; continuing without {without}", self.failure)
    }
}

/// Shared by the threads that wait and the thread that talks to the store.
#[derive(Default)]
pub(super) struct CircuitBreaker {
    first: Mutex<Option<CacheWarning>>,
    off: AtomicBool,
    writes_off: AtomicBool,
    absent: AtomicBool,
    errors: AtomicU64,
}

impl CircuitBreaker {
    pub(super) fn trip(&self, failure: Failure, scope: FailureScope) {
        tracing::debug!(%failure, ?scope, "cache failure");
        self.errors.fetch_add(1, Ordering::Relaxed);
        self.first().get_or_insert(CacheWarning { failure, scope });
        match scope {
            FailureScope::Everything => self.off.store(true, Ordering::Release),
            FailureScope::Writes => self.writes_off.store(true, Ordering::Release),
            FailureScope::Entries => {}
        }
    }

    /// Switches the cache off without a failure: nothing listens at the usual location, and no other was named.
    pub(super) fn note_absence(&self) {
        self.absent.store(true, Ordering::Release);
        self.off.store(true, Ordering::Release);
    }

    /// Whether there is no store, and none was named.
    pub(super) fn is_absent(&self) -> bool {
        self.absent.load(Ordering::Acquire)
    }

    /// Whether the store is not used any more.
    pub(super) fn is_off(&self) -> bool {
        self.off.load(Ordering::Acquire)
    }

    pub(super) fn writes_are_off(&self) -> bool {
        self.is_off() || self.writes_off.load(Ordering::Acquire)
    }

    pub(super) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// About the first failure only: those that follow are its consequences.
    pub(super) fn warning(&self) -> Option<CacheWarning> {
        self.first().clone()
    }

    fn first(&self) -> MutexGuard<'_, Option<CacheWarning>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a wait ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitError {
    /// The budget is used up.
    BudgetSpent,
    /// There is no sender any more.
    Disconnected,
}

/// The stall budget of the process, shared by all threads that wait for the store. Only silence is charged: time in
/// which at least one thread waits and none of them receives anything. So threads that wait for each other's answers
/// do not use up the budget while the store serves one of them after the other.
pub(super) struct TimeBudget(Mutex<Silence>);

/// Accounts for silence. Holds no clock: the current time is passed in.
struct Silence {
    left: Duration,
    waiting: usize,
    /// When the current silence began: the last answer to anybody, or the first wait.
    since: Instant,
}

impl Silence {
    const fn new(budget: Duration, now: Instant) -> Self {
        Self { left: budget, waiting: 0, since: now }
    }

    fn begin_wait(&mut self, now: Instant) {
        if self.waiting == 0 {
            self.since = now;
        }
        self.waiting += 1;
    }

    fn end_wait(&mut self) {
        self.waiting -= 1;
    }

    fn charge_answer(&mut self, now: Instant) {
        let silence = now.saturating_duration_since(self.since);
        self.left = self.left.saturating_sub(silence.saturating_sub(SERVICE));
        self.since = now;
    }

    fn time_left(&self, now: Instant) -> Duration {
        self.left.saturating_sub(now.saturating_duration_since(self.since))
    }
}

impl TimeBudget {
    /// The stall budget of a process that the cache may hold up for `timeout` in all.
    pub(super) fn new(timeout: Duration) -> Self {
        Self(Mutex::new(Silence::new(timeout.saturating_sub(OVERHEAD), Instant::now())))
    }

    /// The next answer, waited for within what is left of the budget. The lock is not held while waiting.
    pub(super) fn wait<T>(&self, receiver: &Receiver<T>) -> Result<T, WaitError> {
        self.silence().begin_wait(Instant::now());
        let answer = loop {
            let left = self.silence().time_left(Instant::now());
            if left.is_zero() {
                break Err(WaitError::BudgetSpent);
            }
            match receiver.recv_timeout(left) {
                Ok(answer) => {
                    self.silence().charge_answer(Instant::now());
                    break Ok(answer);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    self.silence().charge_answer(Instant::now());
                    break Err(WaitError::Disconnected);
                }
                // Another thread may have received something meanwhile, which begins a new silence.
                Err(RecvTimeoutError::Timeout) => {}
            }
        };
        let mut silence = self.silence();
        if matches!(answer, Err(WaitError::BudgetSpent)) {
            silence.left = Duration::ZERO;
        }
        silence.end_wait();
        answer
    }

    fn silence(&self) -> MutexGuard<'_, Silence> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::super::backend::FailureClass;
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_first_failure_is_the_warning() {
        let breaker = CircuitBreaker::default();
        assert_eq!(breaker.warning(), None);
        breaker.trip(Failure::new(FailureClass::Full, "Redis at a:1", "OOM"), FailureScope::Writes);
        assert!(breaker.writes_are_off() && !breaker.is_off());
        breaker.trip(Failure::new(FailureClass::Closed, "Redis at a:1", "gone"), FailureScope::Everything);
        assert!(breaker.is_off());
        let warning = breaker.warning().map(|warning| warning.to_string());
        assert_eq!(warning.as_deref(), Some("Redis at a:1: full (OOM); continuing without cache writes"));
        assert_eq!(breaker.errors(), 2);
    }

    #[test]
    fn many_slow_answers_together_cost_no_more_than_the_budget() {
        let begun = Instant::now();
        let mut silence = Silence::new(ms(100), begun);
        let mut now = begun;
        loop {
            silence.begin_wait(now);
            let left = silence.time_left(now);
            now += ms(30).min(left);
            if left <= ms(30) {
                break;
            }
            silence.charge_answer(now);
            silence.end_wait();
        }
        assert!((ms(100)..ms(110)).contains(&(now - begun)), "{:?}", now - begun);
    }

    #[test]
    fn prompt_answers_cost_nothing() {
        let (sender, receiver) = channel();
        let budget = TimeBudget::new(Duration::from_hours(1));
        for n in 0..10_000 {
            sender.send(n).expect("a receiver");
            assert_eq!(budget.wait(&receiver), Ok(n));
        }
        let begun = Instant::now();
        let mut silence = Silence::new(ms(20), begun);
        silence.begin_wait(begun);
        (1..10_000).for_each(|n| silence.charge_answer(begun + n * SERVICE));
        assert_eq!(silence.left, ms(20));
        drop(sender);
        assert_eq!(budget.wait(&receiver), Err(WaitError::Disconnected));
    }

    #[test]
    fn an_answer_to_one_thread_ends_the_silence_for_all_that_wait() {
        let begun = Instant::now();
        let mut silence = Silence::new(ms(20), begun);
        silence.begin_wait(begun);
        silence.begin_wait(begun);
        (1..100).for_each(|n| silence.charge_answer(begun + n * SERVICE));
        assert_eq!(silence.time_left(begun + 99 * SERVICE), ms(20));
    }

    #[test]
    fn a_budget_that_is_spent_is_spent_for_all() {
        let (_sender, receiver) = channel::<()>();
        let budget = TimeBudget::new(ms(31));
        assert_eq!(budget.wait(&receiver), Err(WaitError::BudgetSpent));
        assert_eq!(budget.wait(&receiver), Err(WaitError::BudgetSpent));
    }
}
