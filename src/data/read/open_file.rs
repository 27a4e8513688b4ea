//! Brings the bytes of one candle file into memory, unpacked, without trusting the file: it may be a pipe, change
//! while it is read, or unpack to more than any machine has.

use std::fs::File;
#[cfg(not(unix))]
use std::io::SeekFrom;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder;

use super::text_chunks::{CHUNK, TextChunks, empty, too_big};
use crate::catalog::format::Format;
use crate::error::{ContentError, DAMAGED};
use crate::files::FileFingerprint;

/// What compressed text may unpack to: candles shrink to about a fifth, so a hundred times is no candle file.
const MAX_RATIO: u64 = 100;
/// Small files may exceed [`MAX_RATIO`]: nothing breaks at this size.
const ALWAYS_ALLOWED: u64 = 128 << 20;
/// Over 50 years of one-minute bars.
const MAX_BYTES: u64 = 4 << 30;

/// Files of up to this size are read at once, as so much of the end of a Parquet file is in any case: a call for each
/// column took longer than the bytes.
const AT_ONCE: u64 = 1 << 16;

/// A candle file that is open, as it was when it was opened.
pub(crate) struct OpenFile {
    file: File,
    pub stamp: FileFingerprint,
    /// All bytes of a small file, once they were asked for.
    whole: OnceLock<Vec<u8>>,
    /// Bytes that were asked for in parts.
    read: AtomicU64,
    /// Whose turn it is to move about in the file.
    #[cfg(not(unix))]
    turn: std::sync::Mutex<()>,
}

impl OpenFile {
    /// Opens a regular file.
    pub(crate) fn open(path: &Path) -> Result<Self, ContentError> {
        // Opening a pipe would wait for somebody to write into it, so look first.
        if !path.metadata().map_err(|error| unreadable(&error))?.is_file() {
            return Err(ContentError::file("is not a regular file", "Remove it or put a candle file there"));
        }
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        let stamp = FileFingerprint::of(&file.metadata().map_err(|error| unreadable(&error))?);
        if stamp.size > MAX_BYTES {
            return Err(too_big(MAX_BYTES));
        }
        Ok(Self {
            file,
            stamp,
            whole: OnceLock::new(),
            read: AtomicU64::new(0),
            #[cfg(not(unix))]
            turn: std::sync::Mutex::new(()),
        })
    }

    /// All bytes of the file as they stand there.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, ContentError> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.stamp.size).unwrap_or_default() + 1);
        self.reader().read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        self.unchanged()?;
        if bytes.len() as u64 != self.stamp.size {
            return Err(changed());
        }
        if bytes.is_empty() {
            return Err(ContentError::file("is empty", "Download it again or remove it"));
        }
        Ok(bytes)
    }

    /// The text of the file, unpacked: in one piece when it is small, else bit by bit as it is asked for. Reading a
    /// large file to its end does not tell whether it changed meanwhile: see [`OpenFile::settle_text`].
    pub(crate) fn text(&self, format: Format) -> Result<TextChunks<'_>, ContentError> {
        if self.stamp.size <= CHUNK as u64 {
            return unpack(self.bytes()?, format);
        }
        let (cap, packed) = (unpacked_cap(self.stamp.size), usize::try_from(self.stamp.size).unwrap_or_default());
        let file = BufReader::with_capacity(1 << 17, self.reader());
        let text: (Box<dyn Read + '_>, usize) = match format {
            Format::CsvGz => (Box::new(MultiGzDecoder::new(file)), packed * 4),
            Format::CsvZst => (Box::new(Decoder::with_buffer(file).map_err(|error| unpackable(&error))?), packed * 4),
            _ => return Ok(TextChunks::new(Box::new(self.reader()), MAX_BYTES, packed, unreadable)),
        };
        Ok(TextChunks::new(text.0, cap, text.1, unpackable))
    }

    /// Some bytes of the file, in place of those in `bytes`; several threads may ask at once.
    pub(crate) fn part(&self, range: Range<u64>, bytes: &mut Vec<u8>) -> Result<(), ContentError> {
        let length = range.end.checked_sub(range.start).filter(|_| range.end <= self.stamp.size);
        let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else {
            return Err(ContentError::file("is damaged: it refers to bytes beyond its end", DAMAGED));
        };
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        if let Some(whole) = self.whole.get() {
            let start = usize::try_from(range.start).unwrap_or(usize::MAX);
            bytes.clear();
            bytes.extend_from_slice(&whole[start..start + length]);
            return Ok(());
        }
        bytes.resize(length, 0);
        self.fill(range.start, bytes)
    }

    /// All bytes of a small file; [`Self::part`] then takes its bytes from these. Nothing for a larger one.
    pub(crate) fn whole(&self) -> Result<Option<&[u8]>, ContentError> {
        if self.stamp.size > AT_ONCE {
            return Ok(None);
        }
        if let Some(whole) = self.whole.get() {
            return Ok(Some(whole));
        }
        let mut bytes = vec![0; usize::try_from(self.stamp.size).unwrap_or_default()];
        self.fill(0, &mut bytes)?;
        Ok(Some(self.whole.get_or_init(|| bytes)))
    }

    fn fill(&self, from: u64, bytes: &mut [u8]) -> Result<(), ContentError> {
        self.read_at(from, bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => changed(),
            _ => unreadable(&error),
        })
    }

    /// Bytes that were read by [`Self::part`].
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    #[cfg(unix)]
    fn read_at(&self, from: u64, bytes: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, bytes, from)
    }

    /// One thread after the other, as the position in the file is that of all.
    #[cfg(not(unix))]
    fn read_at(&self, from: u64, bytes: &mut [u8]) -> io::Result<()> {
        let _turn = self.turn.lock();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(from))?;
        file.read_exact(bytes)
    }

    /// Another handle of the same file, for reading a footer; its position is that of all others.
    pub(crate) fn handle(&self) -> Result<File, ContentError> {
        if self.stamp.size == 0 {
            return Err(ContentError::file("is empty", "Download it again or remove it"));
        }
        self.file.try_clone().map_err(|error| unreadable(&error))
    }

    /// What was made of the file, unless it changed in the meantime: that alone is then worth telling.
    pub(crate) fn settle<T>(&self, made: Result<T, ContentError>) -> Result<T, ContentError> {
        self.unchanged()?;
        made
    }

    /// The same for text, which must have been read to its end.
    pub(crate) fn settle_text<T>(&self, made: Result<T, ContentError>) -> Result<T, ContentError> {
        self.unchanged()?;
        let end = (&self.file).stream_position().map_err(|error| unreadable(&error))?;
        if made.is_ok() && end != self.stamp.size { Err(changed()) } else { made }
    }

    fn reader(&self) -> impl Read + '_ {
        (&self.file).take(MAX_BYTES + 1)
    }

    fn unchanged(&self) -> Result<(), ContentError> {
        let now = FileFingerprint::of(&self.file.metadata().map_err(|error| unreadable(&error))?);
        if now == self.stamp { Ok(()) } else { Err(changed()) }
    }
}

/// Bytes that a file of so many bytes may unpack to.
pub(crate) fn unpacked_cap(packed: u64) -> u64 {
    packed.saturating_mul(MAX_RATIO).clamp(ALWAYS_ALLOWED, MAX_BYTES)
}

/// Unpacks `.gz` and `.zst` that are in memory, up to the cap.
fn unpack<'a>(packed: Vec<u8>, format: Format) -> Result<TextChunks<'a>, ContentError> {
    let cap = unpacked_cap(packed.len() as u64);
    let expected = packed.len() * 4;
    match format {
        Format::CsvGz => {
            let reader = MultiGzDecoder::new(Cursor::new(packed));
            Ok(TextChunks::new(Box::new(reader), cap, expected, unpackable))
        }
        Format::CsvZst => {
            // One call where the frame says its size, as nearly every file does; a stream where it does not.
            let said = zstd::zstd_safe::get_frame_content_size(&packed).ok().flatten();
            if let Some(size) = said.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= CHUNK)
                && let Ok(text) = zstd::bulk::decompress(&packed, size)
            {
                return if text.is_empty() { Err(empty()) } else { Ok(TextChunks::whole(text)) };
            }
            let reader = Decoder::with_buffer(Cursor::new(packed)).map_err(|error| unpackable(&error))?;
            Ok(TextChunks::new(Box::new(reader), cap, expected, unpackable))
        }
        Format::Csv | Format::Parquet | Format::Feather => Ok(TextChunks::whole(packed)),
    }
}

fn unreadable(error: &io::Error) -> ContentError {
    ContentError::file(format!("cannot be read: {error}"), "Check that the file is there and readable")
}

pub(crate) fn unpackable(error: &io::Error) -> ContentError {
    ContentError::file(format!("cannot be decompressed: {error}"), "It may be cut short or damaged; download it again")
}

fn changed() -> ContentError {
    ContentError::file("changed while it was being read", "Run again when nothing writes to it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(packed: Vec<u8>) -> Result<Vec<u8>, ContentError> {
        let mut windows = unpack(packed, Format::CsvZst)?;
        let mut text = Vec::new();
        while let Some(window) = windows.next()? {
            text.extend_from_slice(window);
        }
        Ok(text)
    }

    #[test]
    fn a_decompression_bomb_is_refused_at_the_cap_and_not_unpacked() {
        let zeros = vec![b'0'; 130 << 20];
        let bomb = zstd::bulk::compress(&zeros, 3).unwrap();
        assert!(bomb.len() < 100_000);
        let fault = text(bomb).unwrap_err();
        assert!(fault.what.contains("more than 128 MiB"), "{}", fault.what);
    }

    #[test]
    fn two_frames_in_one_file_are_read_to_the_end() {
        let mut packed = zstd::bulk::compress(b"first ", 3).unwrap();
        packed.extend(zstd::bulk::compress(b"second", 3).unwrap());
        assert_eq!(text(packed).unwrap(), b"first second");
    }

    #[test]
    fn a_frame_without_its_size_is_read_to_the_end() {
        let packed = zstd::stream::encode_all(&b"no size"[..], 3).unwrap();
        assert_eq!(zstd::zstd_safe::get_frame_content_size(&packed).unwrap(), None);
        assert_eq!(text(packed).unwrap(), b"no size");
    }

    #[test]
    fn a_cut_file_is_named_as_damaged() {
        let packed = zstd::bulk::compress(&[7; 1000], 3).unwrap();
        let fault = text(packed[..packed.len() - 3].to_vec()).unwrap_err();
        assert!(fault.what.contains("cannot be decompressed"), "{}", fault.what);
    }
}
