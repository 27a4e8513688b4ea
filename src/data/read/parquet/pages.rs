//! Pages of a Parquet column: looked over before polars reads them, and read as plain numbers where the file keeps them
//! in one of the simple ways: what [`write_parquet`](crate::write_parquet) writes, and what most others write
//! without a dictionary.
//!
//! Polars believes page headers: one flipped bit turns a count negative, polars reserves 2^61 bytes, and the failed
//! allocation ends the process, which no `catch_unwind` can stop. A damaged file may only fail its own asset, so every
//! size and count is compared with what the file can hold first. Format of the headers:
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift> (`PageHeader`).
//!
//! Polars makes an array of each piece, which is copied into the column afterwards, and takes the bytes of a split
//! double together one by one. Here each page goes through one buffer right into the column.

use std::cell::Cell;
use std::io::Cursor;

use polars_parquet::parquet::compression::{Compression, DecompressionContext};
use polars_parquet::parquet::encoding::{Encoding, uleb128};
use polars_parquet::parquet::error::ParquetResult;
use polars_parquet::parquet::page::{DataPage, split_buffer};
use polars_parquet::read::{ColumnChunkMetadata, Page, PageReader, PhysicalType, decompress};
use polars_parquet::write::CompressedPage;
use polars_parquet_format::PageHeader;

use crate::parquet::take_page_header;
use crate::sim::simd::{Sixteen, joined};

/// Checks one column chunk of so many rows; gives the bytes that it unpacks to, at most `cap`.
pub(crate) fn check_pages(chunk: &[u8], rows: u64, cap: u64) -> Option<u64> {
    let mut rest = chunk;
    let (mut seen, mut unpacked) = (0, 0u64);
    while seen < rows && !rest.is_empty() {
        let header = take_page_header(&mut rest)?;
        let (values, is_dictionary) = counts(&header)?;
        let size = u64::try_from(header.uncompressed_page_size).ok()?;
        if values > rows || size > cap {
            return None;
        }
        rest = rest.get(usize::try_from(header.compressed_page_size).ok()?..)?;
        unpacked = unpacked.checked_add(size)?;
        if !is_dictionary {
            seen += values;
        }
    }
    (seen == rows && unpacked <= cap).then_some(unpacked)
}

/// How many values a page has, and whether they are a dictionary's; `None` where a number is negative.
fn counts(header: &PageHeader) -> Option<(u64, bool)> {
    let (count, is_dictionary) = if let Some(page) = &header.data_page_header {
        (page.num_values, false)
    } else if let Some(page) = &header.data_page_header_v2 {
        let others =
            [page.num_nulls, page.num_rows, page.definition_levels_byte_length, page.repetition_levels_byte_length];
        if others.iter().any(|number| *number < 0) {
            return None;
        }
        (page.num_values, false)
    } else if let Some(page) = &header.dictionary_page_header {
        (page.num_values, true)
    } else {
        (0, false)
    };
    Some((u64::try_from(count).ok()?, is_dictionary))
}

/// Memory for the bytes of a file, of a page, and for unpacking, used again for the next piece: fresh memory costs as
/// much as unpacking into it.
pub(super) struct Scratch {
    pub file: Vec<u8>,
    page: Vec<u8>,
    context: DecompressionContext,
}

/// Most bytes of each buffer that a thread keeps for the next file.
const KEPT: usize = 1 << 20;

thread_local! {
    /// What the last column of this thread was read with: making it anew takes as long as unpacking a page of some hundred
    /// numbers.
    static SPARE: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

impl Scratch {
    fn new() -> Self {
        Self { file: Vec::new(), page: Vec::new(), context: DecompressionContext::Unset }
    }

    /// Lends the one of this thread. It is not used again where this fails, as unpacking may have stopped anywhere.
    pub(super) fn lend<T, E>(read: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let mut scratch = SPARE.take().unwrap_or_else(|| Box::new(Self::new()));
        let done = read(&mut scratch)?;
        for buffer in [&mut scratch.file, &mut scratch.page] {
            buffer.clear();
            buffer.shrink_to(KEPT);
        }
        SPARE.set(Some(scratch));
        Ok(done)
    }
}

/// Appends the numbers of one chunk, whose bytes are in the scratch memory and whose pages were checked, if all of them
/// are kept simply and none is null; if not, nothing is appended and the answer is false.
pub(super) fn append<T: PageNumber>(
    chunk: &ColumnChunkMetadata,
    scratch: &mut Scratch,
    out: &mut Vec<T>,
) -> ParquetResult<bool> {
    let before = out.len();
    let bytes = std::mem::take(&mut scratch.file);
    let most = bytes.len().max(usize::try_from(chunk.uncompressed_size()).unwrap_or_default());
    let mut pages = PageReader::new(Cursor::new(bytes.into()), chunk, Vec::new(), most);
    let is_simple = append_pages(&mut pages, scratch, out);
    if let Ok(false) = is_simple {
        out.truncate(before);
    }
    if let Some(bytes) = pages.into_inner().0.into_inner().into_mut().right() {
        scratch.file = bytes;
    }
    is_simple
}

fn append_pages<T: PageNumber>(pages: &mut PageReader, scratch: &mut Scratch, out: &mut Vec<T>) -> ParquetResult<bool> {
    for page in pages {
        let page = page?;
        let CompressedPage::Data(packed) = &page else { return Ok(false) };
        let is_packed = packed.compression() != Compression::Uncompressed;
        let Page::Data(mut page) = decompress(page, &mut scratch.page, &mut scratch.context)? else { return Ok(false) };
        if !append_page(&page, out)? {
            return Ok(false);
        }
        if is_packed {
            scratch.page = std::mem::take(page.buffer_mut());
        }
    }
    Ok(true)
}

/// Whether the numbers of a chunk may be kept simply: they are of this type, and no dictionary is known of.
pub(super) fn may_be_simple<T: PageNumber>(chunk: &ColumnChunkMetadata) -> bool {
    chunk.physical_type() == T::TYPE && chunk.dictionary_page_offset().is_none()
}

/// A number of 8 bytes: a price or a time.
pub(super) trait PageNumber: Copy + Default {
    const TYPE: PhysicalType;
    /// Little-endian.
    fn of(bytes: [u8; 8]) -> Self;
}

impl PageNumber for f64 {
    const TYPE: PhysicalType = PhysicalType::Double;
    fn of(bytes: [u8; 8]) -> Self {
        Self::from_le_bytes(bytes)
    }
}

impl PageNumber for i64 {
    const TYPE: PhysicalType = PhysicalType::Int64;
    fn of(bytes: [u8; 8]) -> Self {
        Self::from_le_bytes(bytes)
    }
}

fn append_page<T: PageNumber>(page: &DataPage, out: &mut Vec<T>) -> ParquetResult<bool> {
    let Some((values, encoding)) = simple_values(page)? else { return Ok(false) };
    if encoding == Encoding::Plain {
        out.extend(values.as_chunks().0.iter().map(|&bytes| T::of(bytes)));
    } else {
        append_split(values, page.num_values(), out);
    }
    Ok(true)
}

/// Reads the numbers of a page that keeps exactly so many, simply, into their place.
pub(super) fn read_simple<T: PageNumber>(page: &DataPage, out: &mut [T]) -> Option<()> {
    let (values, encoding) = simple_values(page).ok()??;
    if page.num_values() != out.len() {
        return None;
    }
    if encoding == Encoding::Plain {
        for (out, &bytes) in out.iter_mut().zip(values.as_chunks().0) {
            *out = T::of(bytes);
        }
    } else {
        read_split(values, out);
    }
    Some(())
}

/// The bytes of a page's numbers, of which none is null, if they are kept plain or split by byte.
fn simple_values(page: &DataPage) -> ParquetResult<Option<(&[u8], Encoding)>> {
    let parts = split_buffer(page)?;
    let (values, count) = (parts.values, page.num_values());
    let has_nulls = page.descriptor.max_def_level > 0 && !all_are_there(parts.def, count);
    let is_whole = values.len() == count.saturating_mul(8);
    let encoding = page.encoding();
    let is_simple = matches!(encoding, Encoding::Plain | Encoding::ByteStreamSplit);
    Ok((page.descriptor.max_rep_level == 0 && !has_nulls && is_whole && is_simple).then_some((values, encoding)))
}

/// Whether the definition levels are a single run that says of each value that it is there.
fn all_are_there(levels: &[u8], count: usize) -> bool {
    let (head, used) = uleb128::decode(levels);
    head & 1 == 0 && head >> 1 >= count as u64 && levels.get(used) == Some(&1)
}

/// All first bytes, then all second bytes, and so on, become numbers, sixteen at a time.
fn append_split<T: PageNumber>(values: &[u8], count: usize, out: &mut Vec<T>) {
    let streams = Streams::of(values, count);
    for block in 0..count / 16 {
        out.extend_from_slice(&streams.sixteen(block).map(T::of));
    }
    out.extend((count / 16 * 16..count).map(|at| T::of(streams.one(at))));
}

/// The same into their place.
fn read_split<T: PageNumber>(values: &[u8], out: &mut [T]) {
    let streams = Streams::of(values, out.len());
    let (blocks, rest) = out.as_chunks_mut();
    let first = blocks.len() * 16;
    for (block, out) in blocks.iter_mut().enumerate() {
        *out = streams.sixteen(block).map(T::of);
    }
    for (at, out) in rest.iter_mut().enumerate() {
        *out = T::of(streams.one(first + at));
    }
}

/// The bytes of numbers, split.
struct Streams<'a> {
    bytes: [&'a [u8]; 8],
    blocks: [&'a [Sixteen]; 8],
}

impl<'a> Streams<'a> {
    fn of(values: &'a [u8], count: usize) -> Self {
        let bytes: [&[u8]; 8] = std::array::from_fn(|stream| &values[stream * count..(stream + 1) * count]);
        Self { bytes, blocks: bytes.map(|stream| stream.as_chunks().0) }
    }

    fn sixteen(&self, block: usize) -> [[u8; 8]; 16] {
        joined(self.blocks.map(|stream| stream[block]))
    }

    fn one(&self, at: usize) -> [u8; 8] {
        self.bytes.map(|stream| stream[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// type 0, sizes 24 and 3, and a data page header with 3 values and three encodings; then 3 bytes.
    const PAGE: [u8; 20] =
        [0x15, 0, 0x15, 48, 0x15, 6, 0x2c, 0x15, 6, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0, b'a', b'b', b'c'];

    #[test]
    fn a_sound_page_is_accepted_and_its_size_is_given() {
        assert_eq!(check_pages(&PAGE, 3, 1000), Some(24));
        assert_eq!(check_pages(&PAGE.repeat(2), 6, 1000), Some(48));
    }

    #[test]
    fn too_many_values_too_big_pages_negative_counts_and_cuts_are_refused() {
        assert_eq!(check_pages(&PAGE, 2, 1000), None);
        assert_eq!(check_pages(&PAGE, 3, 23), None);
        assert_eq!(check_pages(&PAGE[..19], 3, 1000), None);
        let mut negative = PAGE;
        negative[8] = 5;
        assert_eq!(check_pages(&negative, 3, 1000), None);
    }
}
