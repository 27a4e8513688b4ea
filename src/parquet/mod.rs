//! Pages of Parquet columns, which candles and reports are written with.
//!
//! polars would make them too. It counts the different values of each column before, in code that we do not optimise
//! (the workspace's `Cargo.toml` says why), and does not split numbers by byte.

mod thrift;

use polars::prelude::PolarsResult;
use polars_arrow::bitmap::Bitmap;
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::page::{DataPage, DataPageHeader, DataPageHeaderV1};
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::statistics::{BinaryStatistics, BooleanStatistics, PrimitiveStatistics};
use polars_parquet::parquet::types::NativeType;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, Descriptor, Encoding, Page, ParquetType, Version, compress, write_def_levels,
};

pub use thrift::{
    column_metadata_bytes, file_metadata, file_metadata_bytes, offset_index, offset_index_bytes, take_page_header,
};

/// How the numbers of a page are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberLayout {
    /// One after the other.
    Plain,
    /// Their first bytes, their second bytes, and so on: what is alike in neighbours then stands together. That halves
    /// zstd's work in reading prices, and the file is smaller.
    SplitByByte,
}

/// Makes the pages of one column, each with its least and its greatest value.
pub struct PageMaker {
    descriptor: Descriptor,
    is_optional: bool,
    compression: CompressionOptions,
}

impl PageMaker {
    /// For a column of this type, which is no list and no struct.
    ///
    /// # Panics
    /// When it is one.
    #[must_use]
    pub fn new(column: &ParquetType, compression: CompressionOptions) -> Self {
        let ParquetType::PrimitiveType(kind) = column else { unreachable!("no column is a struct") };
        let is_optional = kind.field_info.repetition == Repetition::Optional;
        let descriptor =
            Descriptor { primitive_type: kind.clone(), max_def_level: is_optional.into(), max_rep_level: 0 };
        Self { descriptor, is_optional, compression }
    }

    /// Numbers, some of which are undefined where there is a bitmap of those that are defined.
    ///
    /// # Errors
    /// What polars says, should it fail.
    pub fn numbers<T: NativeType + PartialOrd>(
        &self,
        values: &[T],
        defined: Option<&Bitmap>,
        layout: NumberLayout,
    ) -> PolarsResult<CompressedPage> {
        let known: Vec<T>;
        let there = match defined {
            Some(defined) => {
                known = values.iter().zip(defined).filter(|(_, defined)| *defined).map(|(value, _)| *value).collect();
                known.as_slice()
            }
            None => values,
        };
        let mut bytes = self.begin(values.len(), size_of_val(there), defined)?;
        match layout {
            NumberLayout::Plain => there.iter().for_each(|value| bytes.extend_from_slice(value.to_le_bytes().as_ref())),
            NumberLayout::SplitByByte => {
                for byte in 0..size_of::<T>() {
                    bytes.extend(there.iter().map(|value| value.to_le_bytes().as_ref()[byte]));
                }
            }
        }
        // NaN, which further columns of candles have where a cell is empty, is no least and no most.
        let numbers = || there.iter().copied().filter(|value| value.partial_cmp(value).is_some());
        let statistics = PrimitiveStatistics {
            primitive_type: self.descriptor.primitive_type.clone(),
            null_count: Some(count(values.len() - there.len())),
            distinct_count: None,
            min_value: numbers().reduce(|least, value| if value < least { value } else { least }),
            max_value: numbers().reduce(|most, value| if value > most { value } else { most }),
        };
        let encoding = match layout {
            NumberLayout::Plain => Encoding::Plain,
            NumberLayout::SplitByByte => Encoding::ByteStreamSplit,
        };
        self.page(bytes, values.len(), encoding, statistics.serialize())
    }

    /// Texts, of which `None` are undefined.
    ///
    /// # Errors
    /// What polars says, should it fail.
    pub fn texts(&self, texts: &[Option<&str>]) -> PolarsResult<CompressedPage> {
        let there = || texts.iter().flatten().copied();
        let defined = defined(texts);
        let length = there().map(|text| size_of::<u32>() + text.len()).sum();
        let mut bytes = self.begin(texts.len(), length, defined.as_ref())?;
        for text in there() {
            bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        let statistics = BinaryStatistics {
            primitive_type: self.descriptor.primitive_type.clone(),
            null_count: Some(count(texts.len() - there().count())),
            distinct_count: None,
            min_value: there().min().map(|text| text.as_bytes().to_vec()),
            max_value: there().max().map(|text| text.as_bytes().to_vec()),
        };
        self.page(bytes, texts.len(), Encoding::Plain, statistics.serialize())
    }

    /// Flags, of which `None` are undefined.
    ///
    /// # Errors
    /// What polars says, should it fail.
    pub fn flags(&self, flags: &[Option<bool>]) -> PolarsResult<CompressedPage> {
        let there: Vec<bool> = flags.iter().flatten().copied().collect();
        let mut bytes = self.begin(flags.len(), there.len() / 8 + 1, defined(flags).as_ref())?;
        let byte = |eight: &[bool]| eight.iter().enumerate().fold(0, |byte, (at, flag)| byte | u8::from(*flag) << at);
        bytes.extend(there.chunks(8).map(byte));
        let statistics = BooleanStatistics {
            null_count: Some(count(flags.len() - there.len())),
            distinct_count: None,
            min_value: there.iter().min().copied(),
            max_value: there.iter().max().copied(),
        };
        self.page(bytes, flags.len(), Encoding::Plain, statistics.serialize())
    }

    /// A page's first bytes, which say what of it is defined, and room for `length` more.
    fn begin(&self, rows: usize, length: usize, defined: Option<&Bitmap>) -> PolarsResult<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length + rows / 8 + 32);
        write_def_levels(&mut bytes, self.is_optional, defined, rows, Version::V1)?;
        Ok(bytes)
    }

    fn page(
        &self,
        bytes: Vec<u8>,
        rows: usize,
        encoding: Encoding,
        statistics: polars_parquet_format::Statistics,
    ) -> PolarsResult<CompressedPage> {
        let header = DataPageHeaderV1 {
            num_values: i32::try_from(rows).unwrap_or(i32::MAX),
            encoding: encoding.into(),
            definition_level_encoding: Encoding::Rle.into(),
            repetition_level_encoding: Encoding::Rle.into(),
            statistics: Some(statistics),
        };
        let page = DataPage::new(DataPageHeader::V1(header), CowBuffer::Owned(bytes), self.descriptor.clone(), rows);
        Ok(compress(Page::Data(page), Vec::new(), self.compression)?)
    }
}

/// Which of these are defined; nothing where all are.
fn defined<T>(values: &[Option<T>]) -> Option<Bitmap> {
    values.iter().any(Option::is_none).then(|| values.iter().map(Option::is_some).collect())
}

fn count(values: usize) -> i64 {
    i64::try_from(values).unwrap_or(i64::MAX)
}
