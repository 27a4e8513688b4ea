//! Work over many files that is no backtest: what every candle file holds, and whatever else is done to each of them.

use super::{AssetKnown, known_of, open_asset};
use crate::data::{self, CandleFile, Index, Known, LoadRequest, Loaded};
use crate::plan::Plan;
use crate::pool::{Pool, Progress};
use crate::sim::{CandleId, Candles, Field, FieldSet, Millis, TimeRange};

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

/// What identifies the candles of each asset of a plan, and what is known of them: from the index where their files have not
/// changed, else read, in parallel; or why an asset cannot be used.
pub fn identify(plan: &Plan, index: &mut Index, progress: &dyn Progress) -> Vec<Result<(CandleId, Known), String>> {
    let known = |entry: &CandleFile| AssetKnown::look_up(plan, entry, index).map(Ok);
    let mut all: Vec<Option<Result<AssetKnown, String>>> = plan.assets.iter().map(known).collect();
    let open: Vec<usize> = (0..all.len()).filter(|&at| all[at].is_none()).collect();
    let pool = Pool::new(plan.threads);
    progress.begin(open.len() as u64);
    let one = |at: usize| {
        let opened = open_asset(plan, &plan.assets[at], &pool).map(|data| (data.stamps(), data.known));
        progress.advance(1);
        (at, opened)
    };
    let read = pool.map(open, one);
    progress.end();
    for (at, opened) in read {
        all[at] = Some(opened.map(|(stamps, known)| {
            stamps.remember(plan, &plan.assets[at], &known, index);
            known
        }));
    }
    all.into_iter().flatten().map(|known| known.map(|known| (known.id(), known.into_known()))).collect()
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
