//! Looking through long columns on all threads of a pool.

use std::ops::Range;

use crate::pool::Pool;

/// Shorter columns are looked through faster than a thread is started.
const LONG: usize = 1 << 18;

/// Rows that are checked without a way out in their middle, so that the compiler makes vector instructions of it.
const BLOCK: usize = 64;

/// Consecutive ranges of [`BLOCK`] that cover these rows.
pub(super) fn blocks(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    rows.clone().step_by(BLOCK).map(move |first| first..rows.end.min(first + BLOCK))
}

/// What `look` finds in consecutive ranges that cover `0..len`, in their order; long columns are cut into one range for
/// each thread.
pub(super) fn pieces<R: Send>(pool: &Pool, len: usize, look: impl Fn(Range<usize>) -> R + Send + Sync) -> Vec<R> {
    let count = if len >= LONG { pool.threads_for(len) } else { 1 };
    let size = len.div_ceil(count).max(1);
    let ranges = (0..len.div_ceil(size)).map(|piece| piece * size..len.min((piece + 1) * size)).collect();
    pool.map(ranges, look)
}

/// The answers of `one` to `0..count`, in this order; in parallel where that is worth it.
pub(super) fn side_by_side<R: Send>(
    pool: &Pool,
    is_worth_it: bool,
    count: usize,
    one: impl Fn(usize) -> R + Send + Sync,
) -> Vec<R> {
    if is_worth_it { pool.map((0..count).collect(), one) } else { (0..count).map(one).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_column_are_all_of_it_in_order() {
        for threads in [1, 3] {
            let pool = Pool::new(threads);
            for len in [0, 1, 1000, LONG - 1, LONG, LONG + 1, 3 * LONG + 7] {
                let rows: Vec<usize> = pieces(&pool, len, |range| range).into_iter().flatten().collect();
                assert!(rows.into_iter().eq(0..len), "{len}");
            }
        }
    }
}
