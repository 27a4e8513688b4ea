//! Row groups copied from one Parquet file into another as they are: what they hold is neither decoded nor compressed again,
//! and the new file is to the byte the one that a single writer of the same row groups would have made.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use backtest_parquet::{column_metadata_bytes, offset_index, offset_index_bytes};
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use polars_parquet_format::{ColumnChunk, FileMetaData, OffsetIndex, RowGroup};

use super::footer::{MAGIC, key_value, read_footer, write_footer};
use super::pages::{batched_in, write_row_group};

/// A whole Parquet file of which row groups are taken: the first bytes of a file that may go on behind it.
pub struct RowGroupSource<R> {
    file: R,
    content: FileMetaData,
    /// Where the row groups end.
    end: u64,
}

impl<R: Read + Seek> RowGroupSource<R> {
    /// The Parquet file in the first `length` bytes.
    ///
    /// # Errors
    /// When it is not one, or cannot be read.
    pub fn open(mut file: R, length: u64) -> io::Result<Self> {
        let (content, footer) = read_footer(&mut file, length)?;
        let first = content.row_groups.first().and_then(|group| group.columns.first());
        let end = first.and_then(|column| column.column_index_offset.or(column.offset_index_offset));
        let end = end.map_or(Ok(footer), offset)?;
        Ok(Self { file, content, end })
    }

    /// Number of row groups.
    #[must_use]
    pub fn len(&self) -> usize {
        self.content.row_groups.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        u64::try_from(self.content.num_rows).unwrap_or_default()
    }

    /// The rows of one group.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn frame(&mut self, group: usize) -> io::Result<DataFrame> {
        let mut alone = RowGroupWriter::new(Cursor::new(Vec::new()));
        alone.copy(self, group)?;
        let bytes = alone.finish(None)?;
        ParquetReader::new(bytes).finish().map_err(io::Error::other)
    }

    /// The bytes from `start` on, so many.
    fn bytes(&mut self, start: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Where the pages of each column of a row group begin and end. Behind them, before the next column, is what the footer
    /// says of the column, once more.
    fn spans(&self, group: usize) -> io::Result<Vec<(u64, u64)>> {
        let columns = |group: &RowGroup| group.columns.iter().map(start_of).collect::<io::Result<Vec<u64>>>();
        let group_columns = &self.content.row_groups[group].columns;
        let starts = columns(&self.content.row_groups[group])?;
        let next = self.content.row_groups.get(group + 1).map(columns).transpose()?;
        let next = next.and_then(|starts| starts.first().copied()).unwrap_or(self.end);
        let ends = starts.iter().skip(1).copied().chain([next]);
        let span = |((start, end), column): ((&u64, u64), &ColumnChunk)| {
            let behind = column_metadata(column)?.len() as u64;
            let end = end.checked_sub(behind).filter(|end| end > start).ok_or_else(|| broken("its columns overlap"))?;
            Ok((*start, end))
        };
        starts.iter().zip(ends).zip(group_columns).map(span).collect()
    }

    /// The page indexes of a column: that of values as it is, and that of places.
    fn indexes(&mut self, column: &ColumnChunk) -> io::Result<PageIndexes> {
        let span = |start: Option<i64>, length: Option<i32>| {
            let (Some(start), Some(length)) = (start, length) else { return Ok(None) };
            Ok::<_, io::Error>(Some((offset(start)?, u64::try_from(length).map_err(io::Error::other)?)))
        };
        let values = span(column.column_index_offset, column.column_index_length)?;
        let places = span(column.offset_index_offset, column.offset_index_length)?;
        let values = values.map(|(start, length)| self.bytes(start, length)).transpose()?;
        let places = places.map(|(start, length)| self.bytes(start, length)).transpose()?;
        let places = places.map(|bytes| offset_index(&bytes)).transpose()?;
        Ok(PageIndexes { values, places })
    }
}

/// The page indexes of a column of a row group, which Parquet has behind the last row group.
struct PageIndexes {
    values: Option<Vec<u8>>,
    places: Option<OffsetIndex>,
}

/// A Parquet file made of row groups of others, which have the same columns.
pub struct RowGroupWriter<W> {
    file: W,
    at: u64,
    /// The footer of the first source, with the row groups that were copied.
    content: Option<FileMetaData>,
    indexes: Vec<Vec<PageIndexes>>,
}

impl<W: Write> RowGroupWriter<W> {
    /// A file of no row group yet.
    #[must_use]
    pub fn new(file: W) -> Self {
        Self { file, at: 0, content: None, indexes: Vec::new() }
    }

    /// Takes the columns of this source, as [`Self::copy`] does: of a file without rows nothing else is known.
    ///
    /// # Errors
    /// When the disk is full, or fails; when the columns are others than those of the sources before.
    pub fn begin_like<R>(&mut self, source: &RowGroupSource<R>) -> io::Result<()> {
        match &self.content {
            Some(content) if content.schema != source.content.schema => Err(broken("has other columns")),
            Some(_) => Ok(()),
            None => {
                self.file.write_all(MAGIC)?;
                self.at = MAGIC.len() as u64;
                self.content = Some(FileMetaData { num_rows: 0, row_groups: Vec::new(), ..source.content.clone() });
                Ok(())
            }
        }
    }

    /// Copies one row group behind those that are there.
    ///
    /// # Errors
    /// When the source cannot be read, or has other columns; when the disk is full, or fails.
    ///
    /// # Panics
    /// When the source has no such row group.
    pub fn copy<R: Read + Seek>(&mut self, source: &mut RowGroupSource<R>, group: usize) -> io::Result<()> {
        self.begin_like(source)?;
        let spans = source.spans(group)?;
        let mut group = source.content.row_groups[group].clone();
        let mut indexes = Vec::with_capacity(group.columns.len());
        let begun = self.at;
        for (column, (start, end)) in group.columns.iter_mut().zip(spans) {
            source.file.seek(SeekFrom::Start(start))?;
            let copied = io::copy(&mut (&mut source.file).take(end - start), &mut self.file)?;
            if copied != end - start {
                return Err(broken("it is cut"));
            }
            let mut own = source.indexes(column)?;
            let (from, to) = (signed(start)?, signed(self.at)?);
            let moved = |place: i64| place - from + to;
            for place in own.places.iter_mut().flat_map(|places| &mut places.page_locations) {
                place.offset = moved(place.offset);
            }
            indexes.push(own);
            column.file_offset = moved(column.file_offset);
            if let Some(meta) = &mut column.meta_data {
                meta.data_page_offset = moved(meta.data_page_offset);
                meta.dictionary_page_offset = meta.dictionary_page_offset.map(moved);
                meta.index_page_offset = meta.index_page_offset.map(moved);
            }
            let behind = column_metadata(column)?;
            self.file.write_all(&behind)?;
            self.at += copied + behind.len() as u64;
        }
        group.file_offset = Some(signed(begun)?);
        if let Some(content) = &mut self.content {
            group.ordinal = i16::try_from(content.row_groups.len()).ok();
            content.num_rows += group.num_rows;
            content.row_groups.push(group);
        }
        self.indexes.push(indexes);
        Ok(())
    }

    /// Adds rows as one row group.
    ///
    /// # Errors
    /// As [`Self::copy`].
    pub fn push(&mut self, rows: &DataFrame) -> io::Result<()> {
        let mut alone = Cursor::new(Vec::new());
        let mut writer = batched_in(Box::new(&mut alone), rows.schema()).map_err(io::Error::other)?;
        write_row_group(&mut writer, rows).and_then(|()| writer.finish()).map_err(io::Error::other)?;
        drop(writer);
        let length = alone.get_ref().len() as u64;
        let mut source = RowGroupSource::open(alone, length)?;
        (0..source.len()).try_for_each(|group| self.copy(&mut source, group))
    }

    /// Ends the file; a text with its name is kept beside the rows.
    ///
    /// # Errors
    /// When the disk is full, or fails; when there never was a source.
    pub fn finish(mut self, metadata: Option<(&str, String)>) -> io::Result<W> {
        let mut content = self.content.take().ok_or_else(|| broken("there is no row group, and no column"))?;
        for (group, indexes) in content.row_groups.iter_mut().zip(&self.indexes) {
            for (column, own) in group.columns.iter_mut().zip(indexes) {
                if let Some(values) = &own.values {
                    self.file.write_all(values)?;
                    column.column_index_offset = Some(signed(self.at)?);
                    self.at += values.len() as u64;
                }
            }
        }
        for (group, indexes) in content.row_groups.iter_mut().zip(&self.indexes) {
            for (column, own) in group.columns.iter_mut().zip(indexes) {
                if let Some(places) = &own.places {
                    let bytes = offset_index_bytes(places)?;
                    self.file.write_all(&bytes)?;
                    column.offset_index_offset = Some(signed(self.at)?);
                    column.offset_index_length = Some(i32::try_from(bytes.len()).map_err(io::Error::other)?);
                    self.at += bytes.len() as u64;
                }
            }
        }
        if let Some((name, text)) = metadata {
            content.key_value_metadata.get_or_insert_with(Vec::new).push(key_value(name, text));
        }
        write_footer(&mut self.file, &content)?;
        self.file.flush()?;
        Ok(self.file)
    }
}

/// Rows of several row groups on their way into one.
#[derive(Default)]
pub struct FrameJoin(Option<DataFrame>);

impl FrameJoin {
    /// Adds rows behind those that are there.
    ///
    /// # Errors
    /// When they have other columns.
    pub fn push(&mut self, rows: DataFrame) -> io::Result<()> {
        if let Some(all) = &mut self.0 {
            return all.vstack_mut_owned(rows).map(drop).map_err(io::Error::other);
        }
        self.0 = Some(rows);
        Ok(())
    }

    /// All of them as one.
    #[must_use]
    pub fn finish(self) -> DataFrame {
        let mut all = self.0.unwrap_or_default();
        all.rechunk_mut();
        all
    }
}

/// Where the pages of a column begin: those of its dictionary, if it has one.
fn start_of(column: &ColumnChunk) -> io::Result<u64> {
    let meta = column.meta_data.as_ref().ok_or_else(|| broken("a column has no place"))?;
    offset(meta.dictionary_page_offset.unwrap_or(meta.data_page_offset))
}

/// What the footer says of a column, in its bytes.
fn column_metadata(column: &ColumnChunk) -> io::Result<Vec<u8>> {
    column.meta_data.as_ref().map_or(Ok(Vec::new()), column_metadata_bytes)
}

fn signed(place: u64) -> io::Result<i64> {
    i64::try_from(place).map_err(io::Error::other)
}

fn offset(place: i64) -> io::Result<u64> {
    u64::try_from(place).map_err(io::Error::other)
}

fn broken(what: &str) -> io::Error {
    io::Error::other(format!("is not a Parquet file of ours: {what}"))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read, Seek};

    use super::*;
    use crate::parquet::ParquetBatches;
    use crate::sim::account::{Direction, Fill, Settings};
    use crate::sim::metrics::{self, Detail, Metrics, Outcome};
    use crate::sim::{CacheState, Row};

    fn row(symbol: &str) -> Row {
        let outcome = Outcome {
            bars: 9,
            start: 0,
            end: 86_400_000,
            ruined: false,
            detail: Detail::Sums,
            metrics: [None; metrics::COUNT],
        };
        Row {
            symbol: symbol.to_owned(),
            interval: "1d".parse().unwrap(),
            strategy: "ma".to_owned(),
            params: Vec::new(),
            settings: Settings { fill: Fill::Close, direction: Direction::Both, ..Settings::default() },
            benchmark: None,
            warmup_bars: 0,
            outcome,
            trades: None,
            cache: CacheState::Off,
            key: String::new(),
            elapsed_ms: 0.0,
        }
    }

    /// A file of these rows, by number, with a row group for each range.
    fn file(groups: &[(u64, u64)]) -> File {
        let file = tempfile::tempfile().unwrap();
        let mut batches = ParquetBatches::new(file.try_clone().unwrap(), &["fast".to_owned()], Detail::Sums).unwrap();
        for &(from, to) in groups {
            for number in from..to {
                let value = |metric: usize| (number + metric as u64) % 7;
                let metrics: Metrics = std::array::from_fn(|metric| {
                    Some(value(metric)).filter(|value| *value > 0).map(|value| value as f64 / 3.0)
                });
                let symbol = if number % 100 < 60 { "BTCUSDT" } else { "ETHUSDT" };
                batches.push(&row(symbol), &[number as f64], &metrics);
            }
            batches.flush().unwrap();
        }
        batches.finish().unwrap();
        file
    }

    fn bytes(mut file: File) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn source(groups: &[(u64, u64)]) -> RowGroupSource<File> {
        let file = file(groups);
        let length = file.metadata().unwrap().len();
        RowGroupSource::open(file, length).unwrap()
    }

    #[test]
    fn copied_row_groups_are_the_bytes_of_a_single_writer() {
        let mut copy = RowGroupWriter::new(Vec::new());
        for groups in [vec![(0, 300)], vec![(300, 500), (500, 1_000)], vec![(1_000, 1_001)]] {
            let mut source = source(&groups);
            (0..source.len()).for_each(|group| copy.copy(&mut source, group).unwrap());
        }
        let whole = bytes(file(&[(0, 300), (300, 500), (500, 1_000), (1_000, 1_001)]));
        assert!(copy.finish(None).unwrap() == whole);
    }

    #[test]
    fn a_row_group_put_together_from_parts_is_the_bytes_of_one_written_at_once() {
        let mut copy = RowGroupWriter::new(Vec::new());
        let mut first = source(&[(0, 200), (200, 250)]);
        let mut second = source(&[(250, 400)]);
        copy.copy(&mut first, 0).unwrap();
        let mut rows = first.frame(1).unwrap();
        rows.vstack_mut(&second.frame(0).unwrap()).unwrap();
        rows.rechunk_mut();
        copy.push(&rows).unwrap();
        assert!(copy.finish(None).unwrap() == bytes(file(&[(0, 200), (200, 400)])));
    }

    #[test]
    fn a_file_without_rows_is_that_of_a_single_writer_and_keeps_a_text() {
        let mut copy = RowGroupWriter::new(Vec::new());
        copy.begin_like(&source(&[])).unwrap();
        let mut whole = file(&[]);
        crate::parquet::add_metadata(&mut whole, "honesty", "{}".to_owned()).unwrap();
        assert!(copy.finish(Some(("honesty", "{}".to_owned()))).unwrap() == bytes(whole));
    }

    #[test]
    fn what_is_not_a_parquet_file_is_rejected() {
        for bytes in [b"".to_vec(), b"PAR1".to_vec(), b"PAR1\0\0\0\xffPAR1".to_vec(), vec![7; 100]] {
            let length = bytes.len() as u64;
            assert!(RowGroupSource::open(Cursor::new(bytes), length).is_err());
        }
    }
}
