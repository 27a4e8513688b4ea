//! How long a whole process may wait for a cache that does not answer.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Time that a process waits for Redis in all without getting anything. Below the 250 ms that a user is promised, as
/// starting and giving up take time too.
pub const STALL_BUDGET: Duration = Duration::from_millis(220);
/// A wait up to this long that brings something is service, not a stall: otherwise a healthy Redis would spend the
/// budget of a process that asks it for very many values.
const SERVICE: Duration = Duration::from_millis(2);

/// What is left of the stall budget.
pub(super) struct Patience {
    left: Duration,
}

/// Why nothing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// The budget is spent.
    Spent,
    /// Nobody is left who could send.
    Ended,
}

impl Patience {
    pub const fn new(budget: Duration) -> Self {
        Self { left: budget }
    }

    /// The next thing that comes, waited for within what is left.
    pub fn wait<T>(&mut self, receiver: &Receiver<T>) -> Result<T, Silence> {
        if self.left.is_zero() {
            return Err(Silence::Spent);
        }
        let begun = Instant::now();
        let got = receiver.recv_timeout(self.left);
        self.left = self.left.saturating_sub(begun.elapsed().saturating_sub(SERVICE));
        got.map_err(|error| match error {
            RecvTimeoutError::Disconnected => Silence::Ended,
            RecvTimeoutError::Timeout => {
                self.left = Duration::ZERO;
                Silence::Spent
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    #[test]
    fn many_slow_answers_together_cost_no_more_than_the_budget() {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            while sender.send(()).is_ok() {
                thread::sleep(Duration::from_millis(30));
            }
        });
        let mut patience = Patience::new(Duration::from_millis(100));
        let begun = Instant::now();
        let waits = (0..50).take_while(|_| patience.wait(&receiver).is_ok()).count();
        assert!(waits < 50, "the budget never ends");
        assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
        assert_eq!(patience.wait(&receiver), Err(Silence::Spent));
    }

    #[test]
    fn prompt_answers_cost_nothing() {
        let (sender, receiver) = channel();
        let mut patience = Patience::new(Duration::from_millis(20));
        for n in 0..10_000 {
            sender.send(n).expect("a receiver");
            assert_eq!(patience.wait(&receiver), Ok(n));
        }
        drop(sender);
        assert_eq!(patience.wait(&receiver), Err(Silence::Ended));
    }
}
