//! Two hundred damaged files, as they are and in every container: each is refused or gives sound candles, and nothing
//! panics or hangs. `MUTATIONS=20000` tries as many.

use std::io::{Cursor, Write as _};

use super::*;
use crate::read::validate::first_fault;

/// splitmix64, so that a failure can be repeated.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }
}

/// Flips, cuts, shuffles, repeats or inserts bytes, and most of all changes digits: such files are the hardest to tell.
fn damage(bytes: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..=rng.below(2) {
        let (at, to) = (rng.below(bytes.len()), rng.below(bytes.len()));
        let (from, end) = (at.min(to), at.max(to).min(at.min(to) + 200));
        match rng.below(10) {
            _ if bytes.is_empty() => return,
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => bytes[at] = b"0123456789,.-\n\"e\0\xff[]{}"[rng.below(22)],
            2 => bytes.truncate(at),
            3 => bytes.swap(at, to),
            4 => drop(bytes.drain(from..end)),
            5 => {
                let piece = bytes[from..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                if let Some(digit) = bytes[at..].iter_mut().find(|byte| byte.is_ascii_digit()) {
                    *digit = b"0123456789"[rng.below(10)];
                }
            }
        }
    }
}

/// All numbers that stand in a text.
fn numbers(text: &str) -> std::collections::HashSet<u64> {
    let separators = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
    let plain = text.split(separators).filter_map(|word| word.parse::<f64>().ok());
    plain.map(|number| (number + 0.0).to_bits()).chain([0]).collect()
}

#[test]
fn two_hundred_damaged_files_are_refused_or_sound() {
    let names: Vec<String> =
        fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut names: Vec<String> = names.into_iter().filter(|name| name != "README.md").collect();
    names.sort();
    let (mut sound, mut refused) = (0, 0);
    for seed in 0..mutations() {
        let mut rng = Rng(seed);
        let name = &names[rng.below(names.len())];
        let mut bytes = miniature(name);
        // Of those that have one, the archives' own structure too.
        if seed % 5 == 0 {
            bytes = zstd::bulk::compress(&bytes, 1).unwrap();
        }
        damage(&mut bytes, &mut rng);
        // Thousands separators and K make other numbers of those that are written.
        let written =
            (!name.starts_with("Bitcoin") && seed % 5 != 0).then(|| numbers(&String::from_utf8_lossy(&bytes)));
        let Ok(found) = read(name, &bytes) else {
            refused += 1;
            continue;
        };
        sound += 1;
        for found in found {
            assert_eq!(first_fault(&found.candles, 1), None, "seed {seed}, {name}");
            let Candles { open, high, low, close, volume, .. } = &found.candles;
            for value in [open, high, low, close, volume].into_iter().flatten() {
                let known = written.as_ref().is_none_or(|written| written.contains(&value.to_bits()));
                assert!(known, "seed {seed}, {name}: {value} stands nowhere");
            }
        }
    }
    assert!(sound > 20 && refused > 50, "{sound} sound, {refused} refused");
}

fn mutations() -> u64 {
    std::env::var("MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

/// The same bytes in another container, as the fuzzer wraps them.
fn wrapped(kind: usize, bytes: &[u8]) -> Vec<u8> {
    match kind {
        1 => {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(bytes).unwrap();
            gz.finish().unwrap()
        }
        2 => zstd::bulk::compress(bytes, 1).unwrap(),
        3 => {
            let mut zip = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
            zip.start_file("BTCUSDT-1h.csv", ::zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
            zip.finish().unwrap().into_inner()
        }
        4 => [b"PAR1", bytes].concat(),
        5 => [b"ARROW1\0\0", bytes].concat(),
        6 => [b"{\"result\":{\"list\":", bytes, b"}}"].concat(),
        7 => [b"\xFF\xFF\xFF\xFF", bytes].concat(),
        _ => bytes.to_vec(),
    }
}

#[test]
fn damaged_files_in_every_container_are_refused_or_sound() {
    let mut files: Vec<PathBuf> = fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for seed in 0..mutations() {
        let mut rng = Rng(!seed);
        let mut bytes = fs::read(&files[rng.below(files.len())]).unwrap();
        damage(&mut bytes, &mut rng);
        let options = ImportOptions {
            symbol: Some("TESTUSD".into()),
            conflict: OnConflict::First,
            on_bad_row: if rng.below(2) == 0 { OnBadRow::Refuse } else { OnBadRow::Drop },
            keep_last: true,
            ..options()
        };
        let Ok(found) = read_bytes(wrapped(rng.below(9), &bytes), "BTCUSDT-1h.csv", &options) else { continue };
        assert!(found.iter().all(|found| first_fault(&found.candles, 1).is_none()), "seed {seed}");
    }
}

#[test]
fn no_cut_of_any_miniature_panics() {
    for entry in fs::read_dir(fixtures()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let bytes = miniature(&name);
        for length in 0..bytes.len() {
            if let Ok(found) = read(&name, &bytes[..length]) {
                assert!(found.iter().all(|found| first_fault(&found.candles, 1).is_none()), "{name} cut to {length}");
            }
        }
    }
}
