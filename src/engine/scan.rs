//! Work over many files that is no backtest: what every candle file holds, and whatever else is done to each of them.

use super::inputs::known_of;
use crate::data::{self, CandleFile, Index, Known, LoadRequest};
use crate::pool::{Pool, Progress};
use crate::sim::FieldSet;
use crate::sim::{Millis, TimeRange};

/// What each file holds in a range, in the order of the entries; or why it cannot be used.
pub fn scan_files(
    entries: &[CandleFile],
    range: TimeRange,
    index: &mut Index,
    threads: usize,
    now: Millis,
    progress: &dyn Progress,
) -> Vec<Result<Known, String>> {
    let mut all: Vec<Option<Result<Known, String>>> =
        entries.iter().map(|entry| index.get(entry, range).map(Ok)).collect();
    let open: Vec<usize> = (0..all.len()).filter(|&at| all[at].is_none()).collect();
    progress.begin(open.len() as u64);
    let pool = Pool::new(threads);
    let one = |at: usize| {
        let request = LoadRequest { range, now, fields: FieldSet::default(), pool: &pool };
        let loaded = data::load_as(&entries[at], request).map_err(|error| error.to_string());
        progress.advance(1);
        (at, loaded.map(|loaded| (loaded.stamp, known_of(&loaded))))
    };
    let read = pool.map(open, one);
    progress.end();
    for (at, known) in read {
        all[at] = Some(known.map(|(stamp, known)| {
            index.remember(&entries[at], stamp, range, &known, now);
            known
        }));
    }
    all.into_iter().flatten().collect()
}

/// Does work that is no backtest, such as reading many files, in parallel and reports its progress; answers in the
/// order of the work.
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
