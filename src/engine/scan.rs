//! Work over many files that is no backtest: what every candle file holds, and whatever else is done to each of them.

use super::inputs::known_of;
use crate::data::{self, CandleFile, Index, Known, LoadRequest, Loaded};
use crate::pool::{Pool, Progress};
use crate::sim::{Candles, Field, FieldSet, Millis, TimeRange};

/// What each file holds in a range, in the order of the entries; or why it cannot be used.
pub fn scan_files(
    entries: &[CandleFile],
    range: TimeRange,
    index: &mut Index,
    threads: usize,
    now: Millis,
    progress: &dyn Progress,
) -> Vec<Result<Known, String>> {
    scan(entries, range, index, (threads, now), false, progress)
}

/// The same with the turnover.
pub fn scan_turnover(
    entries: &[CandleFile],
    range: TimeRange,
    index: &mut Index,
    threads: usize,
    now: Millis,
    progress: &dyn Progress,
) -> Vec<Result<Known, String>> {
    scan(entries, range, index, (threads, now), true, progress)
}

fn scan(
    entries: &[CandleFile],
    range: TimeRange,
    index: &mut Index,
    (threads, now): (usize, Millis),
    with_turnover: bool,
    progress: &dyn Progress,
) -> Vec<Result<Known, String>> {
    let is_enough = |known: &Known| !with_turnover || known.turnover.is_some();
    let mut all: Vec<Option<Result<Known, String>>> =
        entries.iter().map(|entry| index.get(entry, range).filter(is_enough).map(Ok)).collect();
    let open: Vec<usize> = (0..all.len()).filter(|&at| all[at].is_none()).collect();
    progress.begin(open.len() as u64);
    let pool = Pool::new(threads);
    let fields = if with_turnover { FieldSet::new([Field::Close, Field::Volume]) } else { FieldSet::default() };
    let one = |at: usize| {
        let request = LoadRequest { range, now, fields, pool: &pool };
        let loaded = data::load_as(&entries[at], request).map_err(|error| error.to_string());
        progress.advance(1);
        let known = |loaded: Loaded| {
            let turnover = with_turnover.then(|| turnover(&loaded.candles));
            (loaded.stamp, Known { turnover, ..known_of(&loaded) })
        };
        (at, loaded.map(known))
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

/// What was traded, in quote currency: the sum of close times volume, which is in units of the asset.
fn turnover(candles: &Candles) -> f64 {
    candles.close.iter().zip(&candles.volume).map(|(close, volume)| close * volume).sum()
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
