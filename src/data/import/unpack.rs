//! Takes files out of their wrappings, told by their first bytes and not by their names, and never more of them than any
//! candle file has.

use std::io::{Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use zip::ZipArchive;
use zip::result::ZipError;
use zstd::stream::read::Decoder;

use crate::data::escape::escape;
use crate::data::fault::Fault;
use crate::data::source::{unpackable, unpacked_cap};
use crate::data::windows::{empty, too_big};

/// One file, unwrapped.
pub(super) struct Part {
    /// Its name in the archive, if it was in one.
    pub name: Option<String>,
    pub bytes: Vec<u8>,
}

/// LEAN's archives of minutes hold one file a day: this is over a century.
const MAX_ENTRIES: usize = 40_000;
const DAMAGED: &str = "It may be cut short or damaged; download it again";

/// The files in these bytes: one, or those of an archive.
pub(super) fn parts(bytes: Vec<u8>) -> Result<Vec<Part>, Fault> {
    let cap = unpacked_cap(bytes.len() as u64);
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return archive(bytes, cap);
    }
    Ok(vec![Part { name: None, bytes: plain(bytes, cap)? }])
}

/// Without gzip or Zstandard around it.
fn plain(bytes: Vec<u8>, cap: u64) -> Result<Vec<u8>, Fault> {
    if bytes.starts_with(&[0x1F, 0x8B]) {
        return all(MultiGzDecoder::new(&bytes[..]), bytes.len(), cap);
    }
    if bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
        return all(Decoder::with_buffer(&bytes[..]).map_err(|error| unpackable(&error))?, bytes.len(), cap);
    }
    Ok(bytes)
}

fn all(reader: impl Read, packed: usize, cap: u64) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(packed.saturating_mul(4).min(usize::try_from(cap).unwrap_or(usize::MAX)));
    reader.take(cap + 1).read_to_end(&mut out).map_err(|error| unpackable(&error))?;
    match out.len() as u64 {
        0 => Err(empty()),
        size if size > cap => Err(too_big(cap)),
        _ => Ok(out),
    }
}

fn archive(bytes: Vec<u8>, cap: u64) -> Result<Vec<Part>, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| refused(&error))?;
    if archive.len() > MAX_ENTRIES {
        return Err(Fault::file(format!("holds {} files, which no archive of candles does", archive.len()), DAMAGED));
    }
    let mut parts = Vec::new();
    let mut left = cap;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|error| refused(&error))?;
        let name = file.name().map_err(|error| refused(&error))?.into_owned();
        if file.is_dir() || is_litter(&name) {
            continue;
        }
        let expected = usize::try_from(file.compressed_size()).unwrap_or_default().min(1 << 20);
        let bytes = all(file, expected, left).map_err(|mut fault| {
            fault.what = format!("{}: {}", escape(&name), fault.what);
            fault
        })?;
        left -= bytes.len() as u64;
        let size = bytes.len();
        let bytes = plain(bytes, left)?;
        left -= if bytes.len() == size { 0 } else { (bytes.len() as u64).min(left) };
        parts.push(Part { name: Some(name), bytes });
    }
    if parts.is_empty() { Err(Fault::file("is an archive without any file", DAMAGED)) } else { Ok(parts) }
}

/// What file managers leave in archives.
fn is_litter(name: &str) -> bool {
    name.starts_with("__MACOSX/") || name.rsplit('/').next().is_some_and(|name| name.starts_with('.'))
}

fn refused(error: &ZipError) -> Fault {
    match error {
        ZipError::UnsupportedArchive(what) if what.contains("assword") => {
            Fault::file("is an archive with a password", "Unpack it first, then import the files in it")
        }
        ZipError::UnsupportedArchive(what) => Fault::file(
            format!("is an archive of a kind that is not read: {}", escape(what)),
            "Unpack it first, then import the files in it",
        ),
        error => Fault::file(format!("cannot be unpacked: {}", escape(&error.to_string())), DAMAGED),
    }
}
