//! Work on many files at once that is no backtest.

use super::pool::Pool;
use super::progress::Progress;

/// Does the work in parallel and tells how far it is; answers in the order of the work.
pub fn in_parallel<T: Send, R: Send>(
    work: Vec<T>,
    threads: usize,
    progress: &dyn Progress,
    one: impl Fn(T) -> R + Sync + Send,
) -> Vec<R> {
    progress.begin(work.len() as u64);
    let done = Pool::new(threads).map(work, |item| {
        let done = one(item);
        progress.advance(1);
        done
    });
    progress.end();
    done
}
