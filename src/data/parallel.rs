//! Looking through long columns with all processors.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

/// Shorter columns are looked through faster than a thread is started.
const LONG: usize = 1 << 18;

/// Rows that are checked without a way out in their middle, so that the compiler makes vector instructions of it.
const BLOCK: usize = 64;

/// Consecutive ranges of [`BLOCK`] that cover these rows.
pub(super) fn blocks(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    rows.clone().step_by(BLOCK).map(move |first| first..rows.end.min(first + BLOCK))
}

/// What `look` finds in consecutive ranges that cover `0..len`, in their order; long columns are cut into one range for
/// each processor, each looked through on a thread of its own.
pub(super) fn pieces<R: Send>(len: usize, look: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let is_long = len >= LONG;
    let size = len.div_ceil(if is_long { processors() } else { 1 }).max(1);
    side_by_side(is_long, len.div_ceil(size), |piece| look(piece * size..len.min((piece + 1) * size)))
}

/// The answers of `one` to `0..count`, in this order: on as many threads as there are processors where that is worth
/// it, each of which takes the next number when it is done with one.
pub(super) fn side_by_side<R: Send>(is_worth_it: bool, count: usize, one: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let threads = if is_worth_it { processors().min(count) } else { 1 };
    if threads <= 1 {
        return (0..count).map(one).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || -> Vec<(usize, R)> {
        let taken = std::iter::from_fn(|| Some(next.fetch_add(1, Relaxed)).filter(|number| *number < count));
        taken.map(|number| (number, one(number))).collect()
    };
    let mut answers = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut answers = work();
        for other in others {
            answers.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        answers
    });
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_column_are_all_of_it_in_order() {
        for len in [0, 1, 1000, LONG - 1, LONG, LONG + 1, 3 * LONG + 7] {
            let rows: Vec<usize> = pieces(len, |range| range).into_iter().flatten().collect();
            assert!(rows.into_iter().eq(0..len), "{len}");
        }
    }
}
