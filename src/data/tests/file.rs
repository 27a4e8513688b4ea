//! Files as such: packed, cut, in the way, or not files at all.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn packed_text_gives_the_same_candles() {
    let text = format!("{HEADER}{ROWS}");
    assert_three_days(&load_bytes("BTC.csv.zst", zstd::bulk::compress(text.as_bytes(), 3).unwrap()));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gz, text.as_bytes()).unwrap();
    let packed = gz.finish().unwrap();
    assert_three_days(&load_bytes("BTC.csv.gz", &packed));
    assert_fault(load_bytes("BTC.csv.gz", &packed[..packed.len() / 2]), None, "cannot be decompressed");
    assert_fault(load_bytes("BTC.csv.gz", &text), None, "cannot be decompressed");
    assert_fault(load_bytes("BTC.csv.zst", ""), None, "is empty");
    assert_fault(load_bytes("BTC.csv.zst", zstd::bulk::compress(b"", 3).unwrap()), None, "is empty once");
}

#[test]
fn a_packed_file_with_a_plain_name_is_refused() {
    assert_fault(load_csv(zstd::bulk::compress(ROWS.as_bytes(), 3).unwrap()), Some(1), ".csv.zst");
}

#[test]
fn a_folder_with_a_candle_files_name_fails_and_the_others_load() {
    let folder = Folder::new().with("ETH.csv", format!("{HEADER}{ROWS}"));
    fs::create_dir(folder.path("BTC.csv")).unwrap();
    let catalog = folder.catalog();
    assert_fault(load(&catalog.entries()[0], ALL, NOW), None, "not a regular file");
    assert_three_days(&load(&catalog.entries()[1], ALL, NOW));
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_fails_at_once_instead_of_hanging() {
    let begin = Instant::now();
    let folder = Folder::new();
    let made = std::process::Command::new("mkfifo").arg(folder.path("BTC.csv")).status();
    assert!(made.is_ok_and(|status| status.success()));
    assert_fault(folder.load(), None, "not a regular file");
    // A pipe that took the place of a file after the folder was listed.
    let other = Folder::new().with("BTC.csv", "x");
    let catalog = other.catalog();
    fs::remove_file(other.path("BTC.csv")).unwrap();
    fs::rename(folder.path("BTC.csv"), other.path("BTC.csv")).unwrap();
    assert_fault(load(&catalog.entries()[0], ALL, NOW), None, "not a regular file");
    let socket = Folder::new();
    let _listener = std::os::unix::net::UnixListener::bind(socket.path("BTC.csv")).unwrap();
    assert_fault(socket.load(), None, "not a regular file");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

/// Linux's own files grow while they are read: `/proc/self/status` has a size of 0 and yet some content.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_changes_while_it_is_read_fails() {
    let folder = Folder::new().with("BTC.csv", "x");
    let mut entry = folder.catalog().entries()[0].clone();
    entry.path = "/proc/self/status".into();
    assert_fault(load(&entry, ALL, NOW), None, "changed while it was being read");
}

#[test]
fn a_file_that_is_gone_names_itself() {
    let folder = Folder::new().with("BTC.csv", "x");
    let catalog = folder.catalog();
    fs::remove_file(folder.path("BTC.csv")).unwrap();
    assert_fault(load(&catalog.entries()[0], ALL, NOW), None, "BTC.csv: cannot be read");
}

/// Text that is read in several pieces: their seams must not show.
#[test]
fn a_large_text_is_read_like_a_small_one_and_its_faults_name_the_line() {
    let mut lines: Vec<String> = vec![HEADER.trim_end().to_owned()];
    lines.extend((0..220_000).map(|i| format!("{},10.25,12.5,9.75,11.125,100.0625", FIRST + i * 60_000)));
    let pack = |lines: &[String]| zstd::bulk::compress(format!("{}\n\n \n", lines.join("\n")).as_bytes(), 1).unwrap();
    assert!(lines.join("\n").len() > 8 << 20, "three pieces");
    let plain = load_csv(lines.join("\r\n")).unwrap().candles;
    assert_eq!(plain.len(), 220_000);
    assert_eq!(plain.time[219_999], FIRST + 219_999 * 60_000);
    assert_eq!(load_bytes("BTC.csv.zst", pack(&lines)).unwrap().candles, plain);
    for (line, words) in [
        ("", "blank"),
        ("1,2,3", "3 fields"),
        ("1577836800000,1,2,1,x,1", "close is 'x'"),
        ("1577836800,1,2,1,1,1", "in seconds, rows before it in milliseconds"),
        ("1577836800000,1,2,1,1,\0", "NUL"),
    ] {
        let good = std::mem::replace(&mut lines[210_000], line.to_owned());
        assert_fault(load_bytes("BTC.csv.zst", pack(&lines)), Some(210_001), words);
        lines[210_000] = good;
    }
}
