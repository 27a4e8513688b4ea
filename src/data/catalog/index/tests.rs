use std::time::{Duration, SystemTime};

use super::*;
use crate::Catalog;

const ALL: TimeRange = TimeRange { from: None, to: None };
/// Long after every file of these tests was written.
const LATER: Millis = 4_000_000_000_000;

struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("1d")).unwrap();
        let fixture = Self { folder };
        fixture.write("candles");
        fixture
    }

    fn write(&self, text: &str) {
        fs::write(self.folder.path().join("1d/BTC.csv"), text).unwrap();
    }

    fn entry(&self) -> CandleFile {
        let catalog = Catalog::open(self.folder.path(), "1d".parse().unwrap()).unwrap();
        catalog.entries()[0].clone()
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn open(&self) -> Index {
        Index::open(Some(&self.cache()))
    }

    fn remember(&self, range: TimeRange, known: &Known) {
        let (mut index, entry) = (self.open(), self.entry());
        index.remember(&entry, entry.stamp, range, known, LATER);
        index.save();
    }
}

fn known(first: u8) -> Known {
    Known {
        digest: [first; 32],
        bars: 1824,
        start: -5,
        end: 1_600_000_000_000,
        synthetic: true,
        warnings: vec![Warning { kind: WarningKind::MissingBars, count: 7 }],
        turnover: None,
        warmup_bars: 0,
    }
}

#[test]
fn a_turnover_that_was_once_asked_for_stays_known_as_long_as_the_bars_are_the_same() {
    let fixture = Fixture::new();
    let turnover = |known: Known| {
        fixture.remember(ALL, &known);
        fixture.open().get(&fixture.entry(), ALL).and_then(|known| known.turnover)
    };
    assert_eq!(turnover(Known { turnover: Some(7.5), ..known(1) }), Some(7.5));
    assert_eq!(turnover(known(1)), Some(7.5));
    assert_eq!(turnover(known(2)), None);
}

#[test]
fn what_is_known_already_is_not_written_again() {
    let fixture = Fixture::new();
    let of_file = || FileFingerprint::of(&fs::metadata(fixture.cache().join(FILE)).unwrap());
    fixture.remember(ALL, &known(1));
    let first = of_file();
    fixture.remember(ALL, &known(1));
    assert_eq!(of_file(), first);
    fixture.remember(ALL, &Known { turnover: Some(7.5), ..known(1) });
    assert_ne!(of_file(), first, "a turnover is new");
    let second = of_file();
    fixture.write("other candles");
    fixture.remember(ALL, &Known { turnover: Some(7.5), ..known(1) });
    assert_ne!(of_file(), second, "so are the same candles in another file");
}

#[test]
fn what_was_remembered_is_known_to_the_next_process() {
    let fixture = Fixture::new();
    let range = TimeRange { from: Some(-1), to: Some(5) };
    fixture.remember(ALL, &known(1));
    fixture.remember(range, &known(2));
    let (index, entry) = (fixture.open(), fixture.entry());
    assert_eq!(index.get(&entry, ALL), Some(known(1)));
    assert_eq!(index.get(&entry, range), Some(known(2)));
    assert_eq!(index.get(&entry, TimeRange { from: Some(-1), to: None }), None);
}

#[test]
fn a_file_that_was_changed_is_not_known_even_with_its_size_and_mtime_restored() {
    let fixture = Fixture::new();
    fixture.remember(ALL, &known(1));
    let before = fs::metadata(fixture.entry().path).unwrap().modified().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    fixture.write("sesdnac");
    fs::File::options().write(true).open(fixture.entry().path).unwrap().set_modified(before).unwrap();
    let entry = fixture.entry();
    assert_eq!(
        entry.stamp.mtime_ns / 1_000_000,
        FileFingerprint::of(&fs::metadata(&entry.path).unwrap()).mtime_ns / 1_000_000
    );
    assert_eq!(fixture.open().get(&entry, ALL), None);
}

#[test]
fn a_file_written_just_now_is_not_remembered() {
    let fixture = Fixture::new();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis().try_into().unwrap();
    let (mut index, entry) = (fixture.open(), fixture.entry());
    index.remember(&entry, entry.stamp, ALL, &known(1), now);
    assert_eq!(index.get(&entry, ALL), None);
}

#[test]
fn a_warning_about_the_future_is_not_remembered() {
    let fixture = Fixture::new();
    let warnings = vec![Warning { kind: WarningKind::InTheFuture, count: 1 }];
    fixture.remember(ALL, &Known { warnings, ..known(1) });
    assert_eq!(fixture.open().get(&fixture.entry(), ALL), None);
}

#[test]
fn any_flipped_bit_or_cut_of_the_index_makes_it_empty_and_it_is_built_anew() {
    let fixture = Fixture::new();
    fixture.remember(ALL, &known(1));
    let file = fixture.cache().join(FILE);
    let good = fs::read(&file).unwrap();
    for at in 0..good.len() {
        assert_eq!(decode(&good[..at]), None);
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        assert_eq!(decode(&bad), None);
    }
    fs::write(&file, &good[..9]).unwrap();
    assert_eq!(fixture.open().get(&fixture.entry(), ALL), None);
    fixture.remember(ALL, &known(3));
    assert_eq!(fixture.open().get(&fixture.entry(), ALL), Some(known(3)));
}

#[test]
fn another_version_is_refused_though_its_hash_is_right() {
    let mut bytes = encode(&IndexRecords::default()).unwrap();
    bytes.truncate(bytes.len() - 32);
    bytes[8] += 1;
    let hash = blake3::hash(&bytes);
    bytes.extend(hash.as_bytes());
    assert_eq!(decode(&bytes), None);
}

#[test]
fn files_that_are_gone_are_forgotten_and_what_others_wrote_is_kept() {
    let (fixture, other) = (Fixture::new(), Fixture::new());
    let mut late = fixture.open();
    let gone = fixture.folder.path().join("1d/GONE.csv");
    let mut gone_entry = other.entry();
    gone_entry.canonical = gone;
    let mut early = fixture.open();
    early.remember(&other.entry(), other.entry().stamp, ALL, &known(4), LATER);
    early.remember(&gone_entry, gone_entry.stamp, ALL, &known(5), LATER);
    early.save();
    late.remember(&fixture.entry(), fixture.entry().stamp, ALL, &known(6), LATER);
    late.save();
    let index = fixture.open();
    assert_eq!(index.get(&other.entry(), ALL), Some(known(4)));
    assert_eq!(index.get(&fixture.entry(), ALL), Some(known(6)));
    assert_eq!(index.records.len(), 2);
}

#[test]
fn without_a_folder_or_with_one_that_cannot_be_written_nothing_fails() {
    let fixture = Fixture::new();
    let entry = fixture.entry();
    for folder in [None, Some(entry.path.as_path())] {
        let mut index = Index::open(folder);
        index.remember(&entry, entry.stamp, ALL, &known(1), LATER);
        index.save();
        assert_eq!(Index::open(folder).get(&entry, ALL), None);
    }
}

#[test]
fn only_the_newest_ranges_of_a_file_are_kept() {
    let fixture = Fixture::new();
    let (mut index, entry) = (fixture.open(), fixture.entry());
    let range = |from| TimeRange { from: Some(from), to: None };
    for from in 0..40 {
        index.remember(&entry, entry.stamp, range(from), &known(1), LATER);
    }
    assert_eq!(index.get(&entry, range(0)), None);
    assert!(index.get(&entry, range(39)).is_some());
}

#[test]
fn two_thousand_files_are_read_back_in_milliseconds() {
    let record = IndexRecord {
        fingerprint: numbers(&FileFingerprint::default()),
        synthetic: false,
        ranges: vec![RangeRecord::new(ALL, &known(0))],
    };
    let records: IndexRecords = (0..2000).map(|i| (format!("/data/1d/SYMBOL{i}.csv.zst"), record.clone())).collect();
    let bytes = encode(&records).unwrap();
    let begin = std::time::Instant::now();
    assert_eq!(decode(&bytes), Some(records));
    // Generous: this is an unoptimized build on a busy machine. In a release build it is under a millisecond.
    assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
}
