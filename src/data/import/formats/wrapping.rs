//! Takes files out of their wrappings, told by their first bytes and not by their names, as a stream and never more of
//! them than a cap allows.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, Write};

use flate2::bufread::MultiGzDecoder;
use tempfile::NamedTempFile;
use zip::ZipArchive;
use zip::result::ZipError;
use zstd::stream::read::Decoder;

use crate::error::ContentError;
use crate::escape::escape;
use crate::read::open_file::unpacked_cap;

/// LEAN's archives of minutes hold one file a day: this is over a century.
const MAX_ENTRIES: usize = 40_000;
/// Archives within each other.
const MAX_DEPTH: usize = 3;
const DAMAGED: &str = "It is cut short or damaged";
const UNPACK: &str = "Unpack it first, then import the files in it";
const BUFFER: usize = 1 << 17;

/// A file or bytes, to be read from the start.
pub(crate) enum FileInput {
    Bytes(Vec<u8>),
    File(File, u64),
}

/// What can be read in any order.
trait RandomAccess: Read + Seek {}

impl<T: Read + Seek> RandomAccess for T {}

impl FileInput {
    fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, size) => *size,
        }
    }

    fn random(&self) -> Result<Box<dyn RandomAccess + '_>, ContentError> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(Cursor::new(bytes.as_slice())),
            Self::File(file, _) => {
                let mut file = file.try_clone().map_err(|error| unreadable(&error))?;
                file.rewind().map_err(|error| unreadable(&error))?;
                Box::new(file)
            }
        })
    }
}

fn unreadable(error: &io::Error) -> ContentError {
    ContentError::file(format!("cannot be read: {error}"), "Check that the file is there and readable")
}

/// One file, unwrapped as it is read.
pub(crate) struct ArchivePart<'a> {
    /// The start can be looked at without taking it.
    pub reader: Box<dyn BufRead + 'a>,
    /// About how many bytes it has.
    pub expected: u64,
    pub cap: u64,
}

/// Takes one file with the names that lead to it: those of the archives within the file that was named, and its own. One
/// that cannot be opened comes with the reason.
type Take<'t> = dyn FnMut(&[String], Result<ArchivePart, ContentError>) -> Result<(), ContentError> + 't;

/// Calls `take` with each file in these bytes: one, or those of an archive and of the archives in it.
pub(crate) fn parts(
    input: &FileInput,
    max_unpacked: Option<u64>,
    mut take: impl FnMut(&[String], Result<ArchivePart, ContentError>) -> Result<(), ContentError>,
) -> Result<(), ContentError> {
    let size = input.size();
    let cap = max_unpacked.unwrap_or_else(|| unpacked_cap(size));
    let mut reader = BufReader::with_capacity(BUFFER, input.random()?);
    let head = reader.fill_buf().map_err(|error| unreadable(&error))?;
    if head.is_empty() {
        return Err(ContentError::file("is empty", "Leave it out"));
    }
    let mut unpacker = Unpacker { left: cap, cap, names: Vec::new(), take: &mut take };
    if is_zip(head) {
        drop(reader);
        let archive = opened(input.random()?)?;
        return unpacker.zip(archive);
    }
    let (reader, is_packed) = plain(Box::new(reader))?;
    unpacker.file(reader, if is_packed { size.saturating_mul(4) } else { size })
}

fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// Walks through archives; all of their files have one cap.
struct Unpacker<'t> {
    /// Bytes that may still come.
    left: u64,
    cap: u64,
    /// The archives that are open, but for the outermost, and the file in them.
    names: Vec<String>,
    take: &'t mut Take<'t>,
}

impl Unpacker<'_> {
    /// Hands over a file, or those in it where it is an archive.
    fn file(&mut self, reader: Box<dyn BufRead + '_>, expected: u64) -> Result<(), ContentError> {
        let mut reader = capped(reader, self.left, self.cap);
        let head = reader.fill_buf().map_err(|error| unpackable(&error))?;
        let (is_zip, is_tar) = (is_zip(head), is_tar(head));
        if (is_zip || is_tar) && self.names.len() > MAX_DEPTH {
            let fault = ContentError::file("lies in too many archives within each other", UNPACK);
            return (self.take)(&self.names, Err(fault));
        }
        if is_tar {
            return self.tar(reader);
        }
        if is_zip {
            // Its index stands at its end.
            let whole = aside(&mut reader)?;
            drop(reader);
            let file = whole.reopen().map_err(|error| unreadable(&error))?;
            return match opened(Box::new(file)) {
                Ok(archive) => self.zip(archive),
                Err(fault) => (self.take)(&self.names, Err(fault)),
            };
        }
        let cap = self.left;
        (self.take)(&self.names, Ok(ArchivePart { reader, expected, cap }))
    }

    /// Hands over what an archive holds under this name.
    fn entry(&mut self, name: &str, packed: Box<dyn Read + '_>, expected: u64) -> Result<(), ContentError> {
        let mut seen = 0;
        self.names.push(name.to_owned());
        let counted = Counted { inner: Box::new(BufReader::with_capacity(BUFFER, packed)), count: &mut seen };
        let done = plain(Box::new(BufReader::with_capacity(BUFFER, counted)))
            .map_err(|mut fault| {
                fault.what = format!("{}: {}", escape(name), fault.what);
                fault
            })
            .and_then(|(reader, is_packed)| {
                self.file(reader, if is_packed { expected.saturating_mul(4) } else { expected })
            });
        self.names.pop();
        self.left = self.left.saturating_sub(seen);
        done
    }

    fn zip(&mut self, mut archive: ZipArchive<Box<dyn RandomAccess + '_>>) -> Result<(), ContentError> {
        let mut count = 0;
        for at in 0..archive.len() {
            let file = archive.by_index(at).map_err(|error| refused(&error))?;
            let name = file.name().map_err(|error| refused(&error))?.into_owned();
            if file.is_dir() || is_litter(&name) {
                continue;
            }
            count += 1;
            let method = file.compression().to_string();
            if !["Stored", "Deflated", "Zstd"].contains(&method.as_str()) {
                let what = format!("is an archive that holds {} packed by {method}, which is not read", escape(&name));
                return Err(ContentError::file(what, UNPACK));
            }
            let expected = file.size();
            self.entry(&name, Box::new(file), expected)?;
        }
        is_something(count)
    }

    fn tar(&mut self, reader: Box<dyn BufRead + '_>) -> Result<(), ContentError> {
        let mut archive = tar::Archive::new(reader);
        let mut count = 0;
        for file in archive.entries().map_err(|error| unpackable(&error))? {
            let file = file.map_err(|error| unpackable(&error))?;
            let name = String::from_utf8_lossy(&file.path_bytes()).into_owned();
            if !file.header().entry_type().is_file() || is_litter(&name) {
                continue;
            }
            count += 1;
            if count > MAX_ENTRIES {
                return Err(too_many(count));
            }
            let expected = file.size();
            self.entry(&name, Box::new(file), expected)?;
        }
        is_something(count)
    }
}

fn is_something(count: usize) -> Result<(), ContentError> {
    if count == 0 { Err(ContentError::file("is an archive without any file", "Leave it out")) } else { Ok(()) }
}

fn too_many(count: usize) -> ContentError {
    ContentError::file(format!("holds {count} files, which no archive of candles does"), UNPACK)
}

/// A zip whose files may be candles.
fn opened(input: Box<dyn RandomAccess + '_>) -> Result<ZipArchive<Box<dyn RandomAccess + '_>>, ContentError> {
    let archive = ZipArchive::new(input).map_err(|error| refused(&error))?;
    if archive.len() > MAX_ENTRIES {
        return Err(too_many(archive.len()));
    }
    let is_sheet = |name: &[u8]| name == b"[Content_Types].xml" || name == b"content.xml" || name.starts_with(b"xl/");
    if archive.file_names_raw().any(is_sheet) {
        return Err(ContentError::file(
            "is a workbook of a spreadsheet program",
            "Save its sheet as CSV and import that",
        ));
    }
    Ok(archive)
}

/// Without gzip or Zstandard around it, and whether there was some; some tools pack what is packed.
fn plain<'a>(mut reader: Box<dyn BufRead + 'a>) -> Result<(Box<dyn BufRead + 'a>, bool), ContentError> {
    for depth in 0..=MAX_DEPTH {
        let head = reader.fill_buf().map_err(|error| unpackable(&error))?;
        if head.starts_with(&[0x1F, 0x8B]) {
            reader = Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader)));
        } else if head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            let decoder = Decoder::with_buffer(reader).map_err(|error| unpackable(&error))?;
            reader = Box::new(BufReader::with_capacity(BUFFER, decoder));
        } else {
            return Ok((reader, depth > 0));
        }
    }
    Ok((reader, true))
}

pub(crate) fn unpackable(error: &io::Error) -> ContentError {
    if let Some(TooMuch(cap)) = error.get_ref().and_then(|error| error.downcast_ref()) {
        return ContentError::file(
            format!("holds more than {} MiB once unpacked", cap >> 20),
            "Pass --max-unpacked with a larger size, as in --max-unpacked 8GiB, if it is what it should be",
        );
    }
    ContentError::file(format!("cannot be decompressed: {}", escape(&error.to_string())), DAMAGED)
}

/// More bytes than the cap.
#[derive(Debug, thiserror::Error)]
#[error("more than {0} bytes")]
struct TooMuch(u64);

/// Fails once more than the cap has been read.
struct Capped<'a> {
    inner: Box<dyn BufRead + 'a>,
    left: u64,
    cap: u64,
}

fn capped<'a>(inner: Box<dyn BufRead + 'a>, left: u64, cap: u64) -> Box<dyn BufRead + 'a> {
    Box::new(Capped { inner, left, cap })
}

impl Read for Capped<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Capped<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.inner.fill_buf()?;
        if self.left == 0 && !bytes.is_empty() {
            return Err(io::Error::other(TooMuch(self.cap)));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        Ok(&bytes[..most])
    }

    fn consume(&mut self, count: usize) {
        self.left -= count as u64;
        self.inner.consume(count);
    }
}

/// Counts what is read, so that all files of an archive have one cap.
struct Counted<'a, 'c> {
    inner: Box<dyn Read + 'a>,
    count: &'c mut u64,
}

impl Read for Counted<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        *self.count += count as u64;
        Ok(count)
    }
}

/// What file managers leave in archives.
fn is_litter(name: &str) -> bool {
    name.starts_with("__MACOSX/") || name.rsplit('/').next().is_some_and(|name| name.starts_with('.'))
}

fn refused(error: &ZipError) -> ContentError {
    match error {
        ZipError::UnsupportedArchive(what) if what.contains("assword") => {
            ContentError::file("is an archive with a password", UNPACK)
        }
        ZipError::UnsupportedArchive(what) => {
            ContentError::file(format!("is an archive of a kind that is not read: {}", escape(what)), UNPACK)
        }
        error => ContentError::file(format!("cannot be unpacked: {}", escape(&error.to_string())), DAMAGED),
    }
}

/// Writes what is left of a stream to a file for a moment: some containers are read in any order.
pub(crate) fn aside(reader: &mut dyn Read) -> Result<NamedTempFile, ContentError> {
    let mut file = NamedTempFile::new().map_err(|error| no_room(&error))?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unpackable(&error)),
        };
        file.write_all(&buffer[..count]).map_err(|error| no_room(&error))?;
    }
    file.flush().map_err(|error| no_room(&error))?;
    Ok(file)
}

fn no_room(error: &io::Error) -> ContentError {
    let what = format!("cannot be unpacked into the folder for temporary files: {error}");
    ContentError::file(what, "Make room there, or name another with TMPDIR")
}

/// Files that are no candles, by their first bytes.
pub(crate) fn foreign(head: &[u8]) -> Option<ContentError> {
    const KINDS: [(&[u8], &str, &str); 16] = [
        (b"\xFD7zXZ\0", "is packed by xz", UNPACK),
        (b"BZh", "is packed by bzip2", UNPACK),
        (b"7z\xBC\xAF\x27\x1C", "is an archive of 7-Zip", UNPACK),
        (b"Rar!", "is an archive of RAR", UNPACK),
        (b"\x04\x22\x4D\x18", "is packed by LZ4", UNPACK),
        (b"\xD0\xCF\x11\xE0", "is a workbook of a spreadsheet program", "Save its sheet as CSV and import that"),
        (
            b"SQLite format 3\0",
            "is a database of SQLite",
            "Pipe a query into it: sqlite3 -csv -header FILE 'select ..' | backtest data import -",
        ),
        (b"\x89HDF", "is a file of HDF5", "Write its table as Parquet or CSV"),
        (b"\x93NUMPY", "is an array of NumPy", "Write its table as Parquet or CSV"),
        (b"\x80\x04\x95", "is a pickle of Python", "Write its table as Parquet or CSV"),
        (b"\x80\x05\x95", "is a pickle of Python", "Write its table as Parquet or CSV"),
        (b"DBN", "is Databento's binary encoding", "Ask for CSV, or convert it: dbn FILE --csv"),
        (b"ORC", "is a file of Apache ORC", "Write its table as Parquet or CSV"),
        (b"Obj\x01", "is a file of Apache Avro", "Write its table as Parquet or CSV"),
        (b"%PDF", "is a PDF", "Import the files of candles instead"),
        (
            b"FEA1",
            "is a Feather file of version 1, which is not read",
            "Write it again as Feather version 2 (Arrow IPC), Parquet or CSV",
        ),
    ];
    KINDS.iter().find(|(magic, ..)| head.starts_with(magic)).map(|(_, what, remedy)| ContentError::file(*what, remedy))
}
