//! Long Parquet files as this program writes them, in one pass: each page of a column is unpacked, checked and hashed
//! while it is near the processor, and kept only where somebody wants that column. Memory that nobody has used yet costs
//! more than unpacking into it, so the fewer columns are kept, the faster it is.
//!
//! Whatever is not as it should be, in form or in values, is left to the way that all other files go, which finds the
//! row and the words for it.

use std::io::Cursor;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use blake3::hazmat::ChainingValue;
use polars_parquet::parquet::compression::{Compression, DecompressionContext};
use polars_parquet::parquet::error::ParquetResult;
use polars_parquet::read::{Page, PageReader, decompress};
use polars_parquet::write::CompressedPage;

use super::ParquetFile;
use super::pages::{PageNumber, read_simple};
use crate::digest::{BLOCK, COLUMNS, block_value, digest_of_blocks};
use crate::error::ContentError;
use crate::pool::Pool;
use crate::read::gaps::{GapCounts, missing};
use crate::read::raw_candles::guarded;
use crate::read::validate::{CandleRows, zeros};
use crate::sim::FieldSet;
use crate::sim::{Candles, Field, Interval, Millis};

/// Candles that were checked and hashed as they were read.
pub(in crate::read) struct CheckedCandles {
    /// Columns that nobody wanted are empty.
    pub candles: Candles,
    /// Of all columns.
    pub digest: [u8; 32],
    pub gaps: GapCounts,
    /// Bars without volume.
    pub idle: usize,
}

/// Reads all rows of a file, and keeps their times and these fields; `None` for what has to go the other way.
pub(super) fn read(
    file: &ParquetFile,
    fields: FieldSet,
    interval: Interval,
    pool: &Pool,
) -> Result<Option<CheckedCandles>, ContentError> {
    let counts: Vec<usize> =
        file.metadata.row_groups.iter().map(polars_parquet::read::RowGroupMetadata::num_rows).collect();
    let rows: usize = counts.iter().sum();
    if rows <= BLOCK || !file.is_plain() {
        return Ok(None);
    }
    let kept = |field: Field| if fields.contains(field) { vec![0.0; rows] } else { Vec::new() };
    let mut candles = Candles {
        time: vec![0; rows],
        open: kept(Field::Open),
        high: kept(Field::High),
        low: kept(Field::Low),
        close: kept(Field::Close),
        volume: kept(Field::Volume),
    };
    let groups = groups(&mut candles, &counts);
    let threads = pool.threads_for(groups.len());
    let groups = Mutex::new(groups.into_iter());
    let next = || groups.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = |()| -> Result<Option<Vec<Checked>>, ContentError> {
        let mut scratch = PassScratch::new();
        let mut done = Vec::new();
        while let Some(group) = next() {
            match guarded(|| group.read(file, &mut scratch, interval)).flatten()? {
                Some(checked) => done.push(checked),
                None => return Ok(None),
            }
        }
        Ok(Some(done))
    };
    let done = pool.map(vec![(); threads], work);
    let Some(done) = done.into_iter().collect::<Result<Option<Vec<_>>, _>>()? else { return Ok(None) };
    let mut done: Vec<Checked> = done.into_iter().flatten().collect();
    done.sort_by_key(|checked| checked.group);
    Ok(joined(candles, &done, interval))
}

/// One row group of whole blocks, or all from the first on that is not, and where its numbers go.
struct RowGroup<'a> {
    numbers: Range<usize>,
    first_block: usize,
    time: &'a mut [Millis],
    /// In the order of [`Field::ALL`]; empty where nobody wants it.
    values: [&'a mut [f64]; 5],
}

fn groups<'a>(candles: &'a mut Candles, counts: &[usize]) -> Vec<RowGroup<'a>> {
    let Candles { time, open, high, low, close, volume } = candles;
    let mut time: &mut [Millis] = time;
    let mut values: [&mut [f64]; 5] = [open, high, low, close, volume];
    let mut groups = Vec::with_capacity(counts.len());
    let whole = counts.iter().take_while(|count| *count % BLOCK == 0).count();
    let singles = (0..whole).map(|number| number..number + 1);
    let rest = (whole < counts.len()).then_some(whole..counts.len());
    let mut first_block = 0;
    for numbers in singles.chain(rest) {
        let count: usize = counts[numbers.clone()].iter().sum();
        let values = values.each_mut().map(|column| {
            let count = if column.is_empty() { 0 } else { count };
            column.split_off_mut(..count).unwrap_or_default()
        });
        let time = time.split_off_mut(..count).unwrap_or_default();
        groups.push(RowGroup { numbers, first_block, time, values });
        first_block += count.div_ceil(BLOCK);
    }
    groups
}

/// What was found in a row group.
struct Checked {
    group: usize,
    /// First and last time.
    ends: (Millis, Millis),
    gaps: GapCounts,
    idle: usize,
    /// For each block, the time and the fields.
    hashes: Vec<[ChainingValue; COLUMNS]>,
}

/// Memory that is used again for each group.
struct PassScratch {
    /// A column chunk each.
    chunks: [Vec<u8>; COLUMNS],
    page: Vec<u8>,
    context: DecompressionContext,
    /// Numbers that are not kept.
    numbers: [Vec<f64>; 5],
}

impl PassScratch {
    fn new() -> Self {
        let (chunks, numbers) = Default::default();
        Self { chunks, page: Vec::new(), context: DecompressionContext::Unset, numbers }
    }

    /// Reads the next pages of a column into place.
    fn fill<T: PageNumber>(&mut self, pages: &mut ColumnPages, mut out: &mut [T]) -> Option<()> {
        while !out.is_empty() {
            let page = pages.next()?.ok()?;
            let CompressedPage::Data(packed) = &page else { return None };
            let is_packed = packed.compression() != Compression::Uncompressed;
            let Page::Data(mut page) = decompress(page, &mut self.page, &mut self.context).ok()? else { return None };
            read_simple(&page, out.split_off_mut(..page.num_values())?)?;
            if is_packed {
                self.page = std::mem::take(page.buffer_mut());
            }
        }
        Some(())
    }
}

/// The pages of a column, chunk after chunk.
struct ColumnPages {
    chunks: Vec<PageReader>,
    at: usize,
}

impl ColumnPages {
    /// Memory that can be used again.
    fn into_bytes(mut self) -> Option<Vec<u8>> {
        self.chunks.drain(..).next()?.into_inner().0.into_inner().into_mut().right()
    }
}

impl Iterator for ColumnPages {
    type Item = ParquetResult<CompressedPage>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(page) = self.chunks.get_mut(self.at)?.next() {
                return Some(page);
            }
            self.at += 1;
        }
    }
}

impl RowGroup<'_> {
    /// `None` for what has to go the other way.
    fn read(
        mut self,
        file: &ParquetFile,
        scratch: &mut PassScratch,
        interval: Interval,
    ) -> Result<Option<Checked>, ContentError> {
        let mut readers = Vec::with_capacity(COLUMNS);
        for column in 0..COLUMNS {
            let mut chunks = Vec::with_capacity(self.numbers.len());
            for group in self.numbers.clone() {
                let Some(chunk) = file.chunks(column, group).next() else { return Ok(None) };
                let mut bytes = std::mem::take(&mut scratch.chunks[column]);
                file.read_chunk(chunk, group, &mut bytes)?;
                let most = bytes.len().max(usize::try_from(chunk.uncompressed_size()).unwrap_or_default());
                chunks.push(PageReader::new(Cursor::new(bytes.into()), chunk, Vec::new(), most));
            }
            readers.push(ColumnPages { chunks, at: 0 });
        }
        let checked = self.read_pages(&mut readers, scratch, interval);
        for (column, reader) in readers.into_iter().enumerate() {
            if let Some(bytes) = reader.into_bytes() {
                scratch.chunks[column] = bytes;
            }
        }
        Ok(checked)
    }

    fn read_pages(
        &mut self,
        readers: &mut [ColumnPages],
        scratch: &mut PassScratch,
        interval: Interval,
    ) -> Option<Checked> {
        let count = self.time.len();
        let mut gaps = GapCounts::default();
        let mut idle = 0;
        let mut hashes = Vec::with_capacity(count.div_ceil(BLOCK));
        let mut last = None;
        for (at, first) in (0..count).step_by(BLOCK).enumerate() {
            let rows = first..count.min(first + BLOCK);
            let block = self.first_block + at;
            let (values, times) = readers.split_at_mut_checked(Field::ALL.len())?;
            scratch.fill(&mut times[0], &mut self.time[rows.clone()])?;
            let mut numbers = std::mem::take(&mut scratch.numbers);
            for ((kept, spare), reader) in self.values.iter_mut().zip(&mut numbers).zip(values) {
                if kept.is_empty() {
                    spare.resize(rows.len(), 0.0);
                    scratch.fill(reader, spare)?;
                } else {
                    scratch.fill(reader, &mut kept[rows.clone()])?;
                }
            }
            let mut column = 0;
            let values = self.values.each_ref().map(|kept| {
                column += 1;
                if kept.is_empty() { &numbers[column - 1][..] } else { &kept[rows.clone()] }
            });
            let time = &self.time[rows];
            if !(CandleRows { time, values }).are_candles(last) {
                return None;
            }
            gaps = gaps.plus(GapCounts::of(time, interval));
            if let Some(last) = last {
                gaps.step(missing(last, time[0], interval));
            }
            last = time.last().copied();
            idle += zeros(values[Field::Volume as usize]);
            let mut block_hashes = [block_value(time, block); COLUMNS];
            for (hash, values) in block_hashes[1..].iter_mut().zip(values) {
                *hash = block_value(values, block);
            }
            hashes.push(block_hashes);
            scratch.numbers = numbers;
        }
        Some(Checked { group: self.numbers.start, ends: (*self.time.first()?, last?), gaps, idle, hashes })
    }
}

/// `None` where a row group does not come after the one before it.
fn joined(candles: Candles, groups: &[Checked], interval: Interval) -> Option<CheckedCandles> {
    let mut gaps = groups.iter().fold(GapCounts::default(), |sum, group| sum.plus(group.gaps));
    for pair in groups.windows(2) {
        let (before, after) = (pair[0].ends.1, pair[1].ends.0);
        if before >= after {
            return None;
        }
        gaps.step(missing(before, after, interval));
    }
    let hashes = || groups.iter().flat_map(|group| &group.hashes);
    let columns: Vec<Vec<ChainingValue>> =
        (0..COLUMNS).map(|column| hashes().map(|block| block[column]).collect()).collect();
    let digest = digest_of_blocks(columns.iter().map(Vec::as_slice), candles.len());
    let idle = groups.iter().map(|group| group.idle).sum();
    Some(CheckedCandles { candles, digest, gaps, idle })
}
