//! Brings the bytes of one candle file into memory, unpacked, without trusting the file: it may be a pipe, change
//! while it is read, or unpack to more than any machine has.

use std::fs::File;
use std::io::{self, Read};

use super::catalog::Entry;
use super::fault::{DataError, Fault};
use super::format::Format;
use super::stamp::Stamp;

/// What compressed text may unpack to: candles shrink to about a fifth, so a hundred times is no candle file.
const MAX_RATIO: u64 = 100;
/// Small files may exceed [`MAX_RATIO`]: nothing breaks at this size.
const ALWAYS_ALLOWED: u64 = 128 << 20;
/// Over 50 years of one-minute bars.
const MAX_BYTES: u64 = 4 << 30;

/// The bytes of a regular file, and the stamp that it had before and after they were read.
pub(super) fn read(entry: &Entry) -> Result<(Vec<u8>, Stamp), DataError> {
    entry.check()?;
    let path = &entry.path;
    let refuse = |fault: Fault| fault.into_error(path.clone());
    let failed = |error: io::Error| {
        let remedy = "Check that the file is there and readable";
        Fault::file(format!("cannot be read: {error}"), remedy).into_error(path.clone())
    };
    // Opening a pipe would wait for somebody to write into it, so look first.
    let is_file = path.metadata().map_err(failed)?.is_file();
    if !is_file {
        return Err(refuse(Fault::file("is not a regular file", "Remove it or put a candle file there")));
    }
    let mut file = File::open(path).map_err(failed)?;
    let before = file.metadata().map_err(failed)?;
    let stamp = Stamp::of(&before);
    if stamp.size > MAX_BYTES {
        return Err(refuse(too_big(MAX_BYTES)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or_default() + 1);
    (&mut file).take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    let after = Stamp::of(&file.metadata().map_err(failed)?);
    if after != stamp || bytes.len() as u64 != stamp.size {
        return Err(refuse(Fault::file("changed while it was being read", "Run again when nothing writes to it")));
    }
    if bytes.is_empty() {
        return Err(refuse(Fault::file("is empty", "Download it again or remove it")));
    }
    let bytes = unpack(bytes, entry.format).map_err(refuse)?;
    Ok((bytes, stamp))
}

/// Bytes that a file of so many bytes may unpack to.
pub(super) fn unpacked_cap(packed: usize) -> u64 {
    (packed as u64).saturating_mul(MAX_RATIO).clamp(ALWAYS_ALLOWED, MAX_BYTES)
}

/// Unpacks `.gz` and `.zst`, up to the cap.
fn unpack(packed: Vec<u8>, format: Format) -> Result<Vec<u8>, Fault> {
    let cap = unpacked_cap(packed.len());
    let result = match format {
        Format::Csv | Format::Parquet | Format::Feather => return Ok(packed),
        Format::CsvGz => read_capped(flate2::read::MultiGzDecoder::new(&packed[..]), cap, packed.len() * 4),
        Format::CsvZst => unpack_zstd(&packed, cap),
    };
    let unpacked = result.map_err(|error| {
        Fault::file(format!("cannot be decompressed: {error}"), "It may be cut short or damaged; download it again")
    })?;
    if unpacked.len() as u64 > cap {
        return Err(too_big(cap));
    }
    if unpacked.is_empty() {
        return Err(Fault::file("is empty once decompressed", "Download it again or remove it"));
    }
    Ok(unpacked)
}

/// One call where the frame says its size, as nearly every file does; a stream where it does not.
fn unpack_zstd(packed: &[u8], cap: u64) -> io::Result<Vec<u8>> {
    let said = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten().filter(|size| *size <= cap);
    if let Some(size) = said.and_then(|size| usize::try_from(size).ok())
        && let Ok(unpacked) = zstd::bulk::decompress(packed, size)
    {
        return Ok(unpacked);
    }
    read_capped(zstd::stream::read::Decoder::with_buffer(packed)?, cap, packed.len() * 4)
}

/// Reads at most one byte more than `cap`, so that the caller sees that it was too much.
fn read_capped(reader: impl Read, cap: u64, expected: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(expected);
    reader.take(cap + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn too_big(cap: u64) -> Fault {
    let what = format!("holds more than {} MiB once decompressed, which no candle file needs", cap >> 20);
    Fault::file(what, "Check where it comes from, or split it by years")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decompression_bomb_is_refused_at_the_cap_and_not_unpacked() {
        let zeros = vec![b'0'; 130 << 20];
        let bomb = zstd::bulk::compress(&zeros, 3).unwrap();
        assert!(bomb.len() < 100_000);
        let fault = unpack(bomb, Format::CsvZst).unwrap_err();
        assert!(fault.what.contains("more than 128 MiB"), "{}", fault.what);
    }

    #[test]
    fn two_frames_in_one_file_are_read_to_the_end() {
        let mut packed = zstd::bulk::compress(b"first ", 3).unwrap();
        packed.extend(zstd::bulk::compress(b"second", 3).unwrap());
        assert_eq!(unpack(packed, Format::CsvZst).unwrap(), b"first second");
    }

    #[test]
    fn a_frame_without_its_size_is_read_to_the_end() {
        let packed = zstd::stream::encode_all(&b"no size"[..], 3).unwrap();
        assert_eq!(zstd::zstd_safe::get_frame_content_size(&packed).unwrap(), None);
        assert_eq!(unpack(packed, Format::CsvZst).unwrap(), b"no size");
    }

    #[test]
    fn a_cut_file_is_named_as_damaged() {
        let packed = zstd::bulk::compress(&[7; 1000], 3).unwrap();
        let fault = unpack(packed[..packed.len() - 3].to_vec(), Format::CsvZst).unwrap_err();
        assert!(fault.what.contains("cannot be decompressed"), "{}", fault.what);
    }
}
