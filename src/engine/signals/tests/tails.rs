//! A pass that reads only the end of a file finds what one finds that reads all of it.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

use super::*;
use crate::data::store::{OnConflict, Origin, merge};

/// How candles come into a file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum FileGrowth {
    /// Parquet of this program, written anew each time.
    Stored,
    /// Lines at the end of a text.
    Appended,
    /// A text that is written anew, in its place.
    Rewritten,
}

fn lines(candles: &Candles, bars: std::ops::Range<usize>) -> String {
    let mut text = String::new();
    for Candle { time, open, high, low, close, volume } in candles.slice(bars).rows() {
        writeln!(text, "{time},{open:.6},{high:.6},{low:.6},{close:.6},{volume}").unwrap();
    }
    text
}

/// Open time of the first bar.
const BEGIN: Millis = 416_667 * HOUR;

/// The same candles with six decimals, later.
fn rounded(candles: &Candles) -> Candles {
    let text = |value: f64| format!("{value:.6}").parse::<f64>().unwrap();
    let row = |Candle { time, open, high, low, close, volume }| Candle {
        time: BEGIN + time,
        open: text(open),
        high: text(high),
        low: text(low),
        close: text(close),
        volume,
    };
    candles.rows().map(row).collect()
}

struct Files {
    folder: tempfile::TempDir,
    source: FileGrowth,
    /// Bars in the file.
    bars: usize,
}

impl Files {
    fn new(source: FileGrowth) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("1h")).unwrap();
        Self { folder, source, bars: 0 }
    }

    fn path(&self) -> PathBuf {
        let name = if self.source == FileGrowth::Stored { "TESTUSDT.parquet" } else { "TESTUSDT.csv" };
        self.folder.path().join("1h").join(name)
    }

    /// Puts these bars into the file.
    fn put(&mut self, candles: &Candles, bars: usize) {
        const HEADER: &str = "timestamp,open,high,low,close,volume\n";
        match self.source {
            FileGrowth::Stored => {
                let origin = Origin { name: "a test".to_owned(), ..Origin::default() };
                let (hour, new) = ("1h".parse().unwrap(), candles.slice(0..bars));
                merge(self.folder.path(), "TESTUSDT", hour, &new, &origin, OnConflict::Last).unwrap();
            }
            FileGrowth::Appended if self.bars > 0 => {
                let mut file = OpenOptions::new().append(true).open(self.path()).unwrap();
                file.write_all(lines(candles, self.bars..bars).as_bytes()).unwrap();
            }
            FileGrowth::Appended | FileGrowth::Rewritten => {
                let text = HEADER.to_owned() + &lines(candles, 0..bars);
                fs::write(self.path(), text).unwrap();
            }
        }
        self.bars = bars;
    }

    /// A pass over the file as it is now, long after it was written.
    fn pass(&self, strategies: &[Strategy], store: &mut SignalStore, verify: bool) -> Pass {
        self.pass_after(Millis::MAX, strategies, store, verify)
    }

    /// The same so long after it was written.
    fn pass_after(&self, since: Millis, strategies: &[Strategy], store: &mut SignalStore, verify: bool) -> Pass {
        let entry = Catalog::open(self.folder.path(), "1h".parse().unwrap()).unwrap().entries()[0].clone();
        let written = entry.stamp.ctime_ns.max(entry.stamp.mtime_ns) / 1_000_000;
        let mut plan = plan(entry, strategies.to_vec());
        plan.now = plan.now.min(written.saturating_add(since));
        let document = &|signal: &Signal| format!("{{\"seq\":0,\"id\":\"{}\"}}", signal.id);
        let request = SignalRequest {
            plan: &plan,
            namespace: "test",
            since: None,
            max_late: 1,
            conditions: false,
            verify,
            document,
        };
        signal_pass(&request, store).unwrap()
    }
}

fn stores(folder: &Path) -> [SignalStore; 2] {
    ["tails", "whole"].map(|name| {
        let file = CacheLocation::File(folder.join(format!("{name}.db")));
        SignalStore::open(&file, "test", None).unwrap()
    })
}

fn few() -> Vec<Strategy> {
    let all = strategies();
    [1, 8, 12, 17].map(|at| all[at].clone()).to_vec()
}

fn all_said(pass: &Pass) -> Vec<(Said, u64)> {
    pass.signals.iter().map(|signal| (said(signal), signal.bars_late)).collect()
}

#[test]
fn a_file_that_grew_is_read_from_its_end_and_gives_the_orders_of_one_that_is_read_whole() {
    // From 131,072 bars on, a file that is stored ends with row groups of one tile.
    let long = (FileGrowth::Stored, 130_000);
    for (source, begin) in
        [(FileGrowth::Stored, 17_000), long, (FileGrowth::Appended, 3_000), (FileGrowth::Appended, 12_000)]
    {
        let steps = [1, 7, TILE - 1, TILE, TILE + 1, 1, 1, 2];
        let mut candles = rounded(&candles(11, begin + steps.iter().sum::<usize>() + TILE));
        // A long file begins early enough to be over.
        candles.time.iter_mut().for_each(|time| *time -= Millis::try_from(begin).unwrap() * HOUR);
        let mut files = Files::new(source);
        let mut stores = stores(files.folder.path());
        files.put(&candles, begin);
        let strategies = few().split_off(if (source, begin) == long { 3 } else { 0 });
        for (store, verify) in stores.iter_mut().zip([false, true]) {
            let first = files.pass(&strategies, store, verify);
            assert_eq!((first.reads.whole, first.reads.bars), (1, begin as u64), "{source:?}");
        }
        let mut found = 0;
        for step in steps {
            files.put(&candles, files.bars + step);
            let [tails, whole] = &mut stores;
            let tail = files.pass(&strategies, tails, false);
            let whole = files.pass(&strategies, whole, true);
            assert_eq!(all_said(&tail), all_said(&whole), "{source:?} at {}", files.bars);
            assert_eq!((tail.reads.tails, whole.reads.whole), (1, 1), "{source:?} at {}", files.bars);
            let is_long = files.bars - step >= 131_072;
            let most = if source == FileGrowth::Stored && !is_long { 2 * 8_192 } else { TILE };
            assert!(tail.reads.bars <= (most + step) as u64, "{source:?}: {} bars", tail.reads.bars);
            // Of a short text all is hashed.
            assert!(begin == 3_000 || tail.reads.bytes * 2 < whole.reads.bytes, "{source:?}: {:?}", tail.reads);
            assert!(tail.reads.folded <= (strategies.len() * (TILE + step)) as u64, "{} folded", tail.reads.folded);
            found += tail.signals.len();
            // Nothing has changed: the file is not even opened.
            let again = files.pass(&strategies, tails, false).reads;
            assert_eq!(again, ReadCounts { unchanged: 1, ..ReadCounts::default() }, "{source:?}");
        }
        assert!(found > 75 * strategies.len(), "{found}");
    }
}

#[test]
fn a_bar_that_was_revised_while_the_file_grew_is_found_wherever_it_is_and_however_it_was_written() {
    let (begin, strategies) = (17_500, few().split_off(2));
    let original = rounded(&candles(12, begin + 20));
    for source in [FileGrowth::Stored, FileGrowth::Rewritten] {
        for at in [begin - 2, begin / TILE * TILE - 1, 3 * TILE + 5, 0] {
            let mut files = Files::new(source);
            let mut stores = stores(files.folder.path());
            let mut revised = original.clone();
            // One digit more before the point: a text becomes longer by it.
            (revised.high[at], revised.close[at]) = (9_876.5, 9_876.5);
            for (pass, candles) in [&original, &revised, &revised, &original, &original].into_iter().enumerate() {
                files.put(candles, begin + pass);
                let [tails, whole] = &mut stores;
                let tail = files.pass(&strategies, tails, false);
                let whole = files.pass(&strategies, whole, true);
                let ids = |pass: &Pass| pass.signals.iter().map(|signal| signal.id.clone()).collect::<Vec<_>>();
                assert_eq!(all_said(&tail), all_said(&whole), "{source:?}, bar {at}, pass {pass}");
                assert_eq!(ids(&tail), ids(&whole), "{source:?}, bar {at}, pass {pass}");
                let is_in_tail = at == begin - 2 || source == FileGrowth::Stored && at > 16_384;
                let is_tail = pass > 0 && (is_in_tail || pass == 2 || pass == 4);
                assert_eq!(tail.reads.tails == 1, is_tail, "{source:?}, bar {at}, pass {pass}");
            }
        }
    }
}

#[test]
fn a_figure_written_over_in_place_in_a_long_text_is_found_by_the_full_check() {
    let (begin, strategies) = (12_000, few());
    let candles = rounded(&candles(13, begin + 2));
    let mut files = Files::new(FileGrowth::Appended);
    let [store, _] = &mut stores(files.folder.path());
    files.put(&candles, begin);
    files.pass(&strategies, store, false);
    // Between two places that are looked at, and of the same length.
    let text = fs::read_to_string(files.path()).unwrap();
    let line = text.lines().nth(5_003).unwrap();
    let at = text.find(line).unwrap() as u64;
    let low = format!("{:.6}", candles.low[5_002]);
    let changed = line.replace(&low, &format!("{:0>1$}", "10.000000", low.len()));
    assert_eq!(changed.len(), line.len());
    let overwrite = |line: &str| {
        let mut file = OpenOptions::new().write(true).open(files.path()).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    };
    // A file that was touched and did not grow is read whole.
    for line in [&changed, line] {
        overwrite(line);
        let touched = files.pass(&strategies, store, false);
        assert_eq!((touched.reads.whole, touched.committed), (1, strategies.len()));
    }
    overwrite(&changed);
    files.put(&candles, begin + 1);
    assert_eq!(files.pass(&strategies, store, false).reads.tails, 1);
    let verified = files.pass(&strategies, store, true);
    assert_eq!((verified.reads.whole, verified.committed), (1, strategies.len()));
    assert_eq!(files.pass(&strategies, store, true).committed, 0);
}

#[test]
fn a_figure_written_over_in_place_in_a_short_text_is_found_though_the_file_grew() {
    let candles = rounded(&candles(15, 3_010));
    let mut files = Files::new(FileGrowth::Appended);
    let [store, _] = &mut stores(files.folder.path());
    files.put(&candles, 3_000);
    files.pass(&few(), store, false);
    let text = fs::read_to_string(files.path()).unwrap();
    let low = format!("{:.6}", candles.low[1_002]);
    let line = text.lines().nth(1_003).unwrap();
    let changed = text.replacen(line, &line.replace(&low, &format!("{:0>1$}", "10.000000", low.len())), 1);
    assert!(changed.len() == text.len() && changed != text);
    fs::write(files.path(), changed).unwrap();
    files.put(&candles, 3_001);
    let found = files.pass(&few(), store, false);
    assert_eq!((found.reads.whole, found.committed), (1, few().len()));
    files.put(&candles, 3_002);
    assert_eq!(files.pass(&few(), store, false).reads.tails, 1);
}

#[test]
fn a_file_that_was_touched_or_read_as_it_was_written_is_not_opened_again_once_that_is_past() {
    let candles = rounded(&candles(16, 3_001));
    for verify in [false, true] {
        let mut files = Files::new(FileGrowth::Appended);
        let [store, _] = &mut stores(files.folder.path());
        let strategies = few();
        let unchanged = ReadCounts { unchanged: 1, ..ReadCounts::default() };
        files.put(&candles, 3_000);
        assert_eq!(files.pass_after(10, &strategies, store, verify).committed, strategies.len());
        // So soon, a change may not show.
        let soon = files.pass_after(20, &strategies, store, false);
        assert_eq!((soon.reads.unchanged, soon.committed), (0, 0));
        let later = files.pass_after(60_000, &strategies, store, verify);
        assert_eq!((later.reads.unchanged, later.committed, later.signals.len()), (0, strategies.len(), 0));
        assert_eq!(files.pass_after(60_000, &strategies, store, false).reads, unchanged);
        let file = OpenOptions::new().append(true).open(files.path()).unwrap();
        file.set_modified(std::time::SystemTime::now()).unwrap();
        let touched = files.pass(&strategies, store, verify);
        assert_eq!((touched.reads.unchanged, touched.committed, touched.signals.len()), (0, strategies.len(), 0));
        assert_eq!(files.pass(&strategies, store, true).committed, 0, "what is known is not stored again");
        assert_eq!(files.pass(&strategies, store, false).reads, unchanged);
        files.put(&candles, 3_001);
        assert_eq!(files.pass(&strategies, store, false).committed, strategies.len());
    }
}

#[test]
fn a_file_that_a_pass_cannot_read_from_its_end_is_read_whole_and_says_what_is_wrong() {
    let candles = rounded(&candles(14, 3_100));
    let mut files = Files::new(FileGrowth::Appended);
    let [store, _] = &mut stores(files.folder.path());
    files.put(&candles, 3_000);
    files.pass(&few(), store, false);
    let good = fs::read(files.path()).unwrap();
    for (more, words) in [
        ("1510801200000,1,2,0.5,1", "5 fields where the header has 6"),
        ("1510801200000,1,2,0.5,x,1\n", "not a number"),
        ("1510801200000,1,0.5,2,1,1\n", "is below low"),
    ] {
        let mut bad = good.clone();
        bad.extend(more.as_bytes());
        fs::write(files.path(), bad).unwrap();
        let pass = files.pass(&few(), store, false);
        assert!(pass.failed[0].reason.contains(words), "{}", pass.failed[0].reason);
        assert!(pass.failed[0].reason.contains("3002"), "the line is named: {}", pass.failed[0].reason);
    }
    // A late row: bars come into their order, which only the whole file shows.
    let mut late = good.clone();
    let early = "1499997600000,100,101,99,100,1\n";
    late.extend(early.as_bytes());
    fs::write(files.path(), late).unwrap();
    let pass = files.pass(&few(), store, false);
    assert_eq!((pass.reads.whole, pass.failed.len()), (1, 0));
}
