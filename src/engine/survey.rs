//! What every candle file holds, from the index where it knows, else by reading.

use super::asset::known_of;
use super::pool::Pool;
use super::progress::Progress;
use crate::data::{self, Entry, Index, Known};
use crate::sim::model::{Millis, TimeRange};

/// What each file holds, in the order of the entries; or why it cannot be used.
pub fn survey(
    entries: &[Entry],
    index: &mut Index,
    threads: usize,
    now: Millis,
    progress: &dyn Progress,
) -> Vec<Result<Known, String>> {
    let range = TimeRange::default();
    let mut all: Vec<Option<Result<Known, String>>> =
        entries.iter().map(|entry| index.get(entry, range).map(Ok)).collect();
    let open: Vec<usize> = (0..all.len()).filter(|&at| all[at].is_none()).collect();
    progress.begin(open.len() as u64);
    let one = |at: usize| {
        let loaded = data::load(&entries[at], range, now).map_err(|error| error.to_string());
        progress.advance(1);
        (at, loaded.map(|loaded| (loaded.stamp, known_of(&loaded))))
    };
    let read = Pool::new(threads).map(open, one);
    progress.end();
    for (at, known) in read {
        all[at] = Some(known.map(|(stamp, known)| {
            index.remember(&entries[at], stamp, range, known.clone(), now);
            known
        }));
    }
    all.into_iter().flatten().collect()
}
