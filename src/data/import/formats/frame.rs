//! Parquet and Feather: columns of any type that can be a time, a number or a word, by Arrow's arrays.

use std::io::{Cursor, Read};
use std::path::Path;

use polars::io::parquet::read::_internal::to_deserializer;
use polars::polars_utils::float16::pf16;
use polars::prelude::{ArrowField, ParquetReader, SerReader};
use polars_arrow::array::{
    Array, BinaryArray, BinaryViewArray, BooleanArray, DictionaryArray, DictionaryKey, PrimitiveArray, Utf8Array,
    Utf8ViewArray,
};
use polars_arrow::datatypes::{ArrowDataType, IntegerType, PhysicalType, TimeUnit};
use polars_arrow::io::ipc::read::{FileReader, StreamReader, StreamState, read_file_metadata, read_stream_metadata};
use polars_arrow::record_batch::RecordBatch;
use polars_arrow::types::{NativeType, PrimitiveType, i256};

use crate::error::ContentError;
use crate::error::{DAMAGED, MISFIT};
use crate::escape::quote;
use crate::import::cells::{Container, OwnedCell, RawCell, Refusal, RowCells, TableHead};
use crate::import::options::ImportOptions;
use crate::import::table::{Intake, TypedRows};
use crate::read::arrow::{check_batches, check_stream};
use crate::read::open_file::{OpenFile, unpacked_cap};
use crate::read::parquet::SYNTHETIC_KEY;
use crate::read::parquet::check_pages;
use crate::read::raw_candles::{MAX_ROWS, check_rows, guarded, refused};
use crate::sim::DAY;

/// Reads a Parquet file.
pub(super) fn parquet<'o>(
    path: &Path,
    names: &'o [String],
    options: &'o ImportOptions,
) -> Result<(TableHead, TypedRows), Refusal> {
    let source = OpenFile::open(path)?;
    let (metadata, fields) = guarded(|| {
        let mut reader = ParquetReader::new(source.handle()?);
        let metadata = std::sync::Arc::clone(reader.get_metadata().map_err(|error| refused(&error))?);
        let schema = reader.schema().map_err(|error| refused(&error))?;
        let fields: Vec<ArrowField> = schema.iter_values().cloned().collect();
        Ok::<_, ContentError>((metadata, fields))
    })??;
    check_rows(metadata.num_rows)?;
    let synthetic = metadata.key_value_metadata().iter().flatten().any(|pair| pair.key == SYNTHETIC_KEY);
    let fields: Vec<ArrowField> = fields.into_iter().filter(|field| is_read(&field.dtype)).collect();
    let mut rows = FrameRows::new(Container::Parquet, &fields, synthetic, names, options);
    rows.intake.expected = metadata.num_rows;
    let cap = options.max_unpacked.unwrap_or_else(|| unpacked_cap(source.stamp.size));
    for group in &metadata.row_groups {
        let count = group.num_rows();
        let wanted = rows.wanted(fields.len());
        let mut columns = Vec::with_capacity(fields.len());
        for (field, is_wanted) in fields.iter().zip(wanted) {
            if !is_wanted {
                columns.push(FrameColumn::Nothing);
                continue;
            }
            let mut chunks = Vec::with_capacity(1);
            for chunk in group.columns_under_root_iter(&field.name).into_iter().flatten() {
                let mut bytes = Vec::new();
                source.part(chunk.byte_range(), &mut bytes)?;
                let is_flat = usize::try_from(chunk.num_values()).ok() == Some(count);
                if !is_flat || check_pages(&bytes, count as u64, cap).is_none() {
                    return Err(ContentError::file(MISFIT, DAMAGED).into());
                }
                chunks.push((chunk, bytes.into()));
            }
            let arrays = guarded(|| to_deserializer(chunks, field.clone(), None).map_err(|error| refused(&error)))??.0;
            let arrays: Vec<Box<dyn Array>> = arrays;
            columns.push(FrameColumn::of(&arrays, count)?);
        }
        rows.add(&columns, count)?;
    }
    rows.intake.finish()
}

/// Reads an Arrow IPC file.
pub(super) fn feather<'o>(
    bytes: &[u8],
    cap: u64,
    names: &'o [String],
    options: &'o ImportOptions,
) -> Result<(TableHead, TypedRows), Refusal> {
    let mut cursor = Cursor::new(bytes);
    let metadata = guarded(|| read_file_metadata(&mut cursor).map_err(|error| refused(&error)))??;
    if check_batches(bytes, MAX_ROWS as u64, cap).is_none() {
        return Err(ContentError::file(MISFIT, DAMAGED).into());
    }
    let all: Vec<ArrowField> = metadata.schema.iter_values().cloned().collect();
    if let Some(field) = all.iter().find(|field| matches!(field.dtype, ArrowDataType::Decimal256(..))) {
        let what = format!("has a column {} of type decimal256, which is not read from Feather", quote(&field.name));
        return Err(ContentError::file(what, "Write it as decimal128 or float64, or as Parquet").into());
    }
    let synthetic = metadata
        .custom_schema_metadata
        .as_deref()
        .is_some_and(|pairs| pairs.keys().any(|key| key.as_str() == SYNTHETIC_KEY));
    let kept: Vec<usize> = (0..all.len()).filter(|at| is_read(&all[*at].dtype)).collect();
    let fields: Vec<ArrowField> = kept.iter().map(|at| all[*at].clone()).collect();
    if fields.is_empty() {
        return Err(Refusal::foreign(ContentError::file("has no column of numbers or times", DAMAGED)));
    }
    let mut rows = FrameRows::new(Container::Feather, &fields, synthetic, names, options);
    let mut reader = FileReader::new(Cursor::new(bytes), metadata, Some(kept), None);
    while let Some(batch) = guarded(|| reader.next().transpose().map_err(|error| refused(&error)))?? {
        rows.add_batch(&batch, fields.len())?;
    }
    rows.intake.finish()
}

/// Reads a stream of Arrow's messages, as `ClickHouse`'s `ArrowStream` and pyarrow's `new_stream` write it.
pub(super) fn stream<'o>(
    bytes: &[u8],
    cap: u64,
    names: &'o [String],
    options: &'o ImportOptions,
) -> Result<(TableHead, TypedRows), Refusal> {
    if check_stream(bytes, MAX_ROWS as u64, cap).is_none() {
        return Err(ContentError::file("is an Arrow stream whose sizes do not fit", DAMAGED).into());
    }
    let mut cursor = Cursor::new(bytes);
    let metadata = guarded(|| read_stream_metadata(&mut cursor).map_err(|error| refused(&error)))??;
    let all: Vec<ArrowField> = metadata.schema.iter_values().cloned().collect();
    let kept: Vec<usize> = (0..all.len()).filter(|at| is_read(&all[*at].dtype)).collect();
    let fields: Vec<ArrowField> = kept.iter().map(|at| all[*at].clone()).collect();
    if fields.is_empty() {
        return Err(Refusal::foreign(ContentError::file("has no column of numbers or times", DAMAGED)));
    }
    let mut rows = FrameRows::new(Container::Feather, &fields, false, names, options);
    // As the reader of files takes each block: with its type, what decodes columns is compiled once.
    let mut reader = StreamReader::new((&mut cursor).take(u64::MAX), metadata, Some(kept));
    while let Some(state) = guarded(|| reader.next().transpose().map_err(|error| refused(&error)))?? {
        let StreamState::Some(batch) = state else { break };
        rows.add_batch(&batch, fields.len())?;
    }
    rows.intake.finish()
}

/// Whether a column of this type can be part of a bar.
fn is_read(kind: &ArrowDataType) -> bool {
    match kind {
        ArrowDataType::Dictionary(_, values, _) => is_read(values),
        ArrowDataType::List(_)
        | ArrowDataType::FixedSizeList(..)
        | ArrowDataType::LargeList(_)
        | ArrowDataType::Struct(_)
        | ArrowDataType::Map(..)
        | ArrowDataType::Interval(_)
        | ArrowDataType::FixedSizeBinary(_)
        | ArrowDataType::Extension(_)
        | ArrowDataType::Union(_)
        | ArrowDataType::Unknown => false,
        _ => true,
    }
}

/// Gives the rows of columns.
struct FrameRows<'o> {
    intake: Intake<'o>,
    row: u64,
}

impl<'o> FrameRows<'o> {
    fn new(
        container: Container,
        fields: &[ArrowField],
        synthetic: bool,
        names: &'o [String],
        options: &'o ImportOptions,
    ) -> Self {
        let columns: Vec<String> = fields.iter().map(|field| field.name.to_string()).collect();
        // pandas numbers the columns of lists of rows.
        let is_numbered = columns.iter().enumerate().all(|(at, name)| *name == at.to_string());
        let head = TableHead { container, names: (!is_numbered).then_some(columns), synthetic, ..TableHead::default() };
        Self { intake: Intake::new(head, names, options), row: 0 }
    }

    fn wanted(&self, columns: usize) -> Vec<bool> {
        self.intake.wanted().map_or_else(|| vec![true; columns], <[bool]>::to_vec)
    }

    fn add_batch(&mut self, batch: &RecordBatch, fields: usize) -> Result<(), Refusal> {
        let count = batch.len();
        let columns: Vec<FrameColumn> =
            batch
                .arrays()
                .iter()
                .zip(self.wanted(fields))
                .map(|(array, is_wanted)| {
                    if is_wanted {
                        FrameColumn::of(std::slice::from_ref(array), count)
                    } else {
                        Ok(FrameColumn::Nothing)
                    }
                })
                .collect::<Result<_, _>>()?;
        self.add(&columns, count)
    }

    fn add(&mut self, columns: &[FrameColumn], count: usize) -> Result<(), Refusal> {
        for row in 0..count {
            self.row += 1;
            self.intake.row(self.row, &FrameRow { columns, row })?;
        }
        Ok(())
    }
}

struct FrameRow<'a> {
    columns: &'a [FrameColumn],
    row: usize,
}

impl RowCells for FrameRow<'_> {
    fn len(&self) -> usize {
        self.columns.len()
    }

    #[inline]
    fn cell(&self, at: usize) -> RawCell<'_> {
        match self.columns.get(at) {
            Some(FrameColumn::Ints(values)) => values[self.row].map_or(RawCell::Null, RawCell::Int),
            Some(FrameColumn::Floats(values)) => {
                let value = values[self.row];
                if value.is_nan() { RawCell::Null } else { RawCell::Float(value) }
            }
            Some(FrameColumn::Moments(values, is_utc)) => {
                values[self.row].map_or(RawCell::Null, |time| RawCell::Moment { time, is_utc: *is_utc })
            }
            Some(FrameColumn::Words(values)) => values[self.row].cell(),
            Some(FrameColumn::Nothing) | None => RawCell::Null,
        }
    }
}

/// A column of one row group or batch.
enum FrameColumn {
    Ints(Vec<Option<i64>>),
    /// NaN where there is none.
    Floats(Vec<f64>),
    /// Milliseconds, and whether they are moments or what a clock showed.
    Moments(Vec<Option<i64>>, bool),
    Words(Vec<OwnedCell>),
    Nothing,
}

impl FrameColumn {
    fn of(arrays: &[Box<dyn Array>], rows: usize) -> Result<Self, ContentError> {
        let mut whole: Option<Self> = None;
        for array in arrays {
            let one = guarded(|| Self::of_array(array.as_ref()))??;
            whole = Some(match (whole, one) {
                (None, one) => one,
                (Some(Self::Ints(mut a)), Self::Ints(b)) => {
                    a.extend(b);
                    Self::Ints(a)
                }
                (Some(Self::Floats(mut a)), Self::Floats(b)) => {
                    a.extend(b);
                    Self::Floats(a)
                }
                (Some(Self::Moments(mut a, is_utc)), Self::Moments(b, _)) => {
                    a.extend(b);
                    Self::Moments(a, is_utc)
                }
                (Some(Self::Words(mut a)), Self::Words(b)) => {
                    a.extend(b);
                    Self::Words(a)
                }
                (Some(whole), _) => whole,
            });
        }
        let whole = whole.unwrap_or(Self::Nothing);
        let count = match &whole {
            Self::Ints(values) | Self::Moments(values, _) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Words(values) => values.len(),
            Self::Nothing => rows,
        };
        // Polars does not check this itself: a damaged file can give columns of different lengths.
        if count == rows { Ok(whole) } else { Err(ContentError::file(MISFIT, DAMAGED)) }
    }

    fn of_array(array: &dyn Array) -> Result<Self, ContentError> {
        let kind = array.dtype().clone();
        if let ArrowDataType::Dictionary(key, ..) = &kind {
            return match key {
                IntegerType::Int8 => of_dictionary::<i8>(array),
                IntegerType::Int16 => of_dictionary::<i16>(array),
                IntegerType::Int32 => of_dictionary::<i32>(array),
                IntegerType::Int64 => of_dictionary::<i64>(array),
                IntegerType::UInt8 => of_dictionary::<u8>(array),
                IntegerType::UInt16 => of_dictionary::<u16>(array),
                IntegerType::UInt32 => of_dictionary::<u32>(array),
                IntegerType::UInt64 => of_dictionary::<u64>(array),
                _ => Err(unread(&kind)),
            };
        }
        let words = |words: Vec<Option<&str>>| {
            let word = |word: Option<&str>| word.map_or(OwnedCell::Null, |word| OwnedCell::Text(word.into()));
            Self::Words(words.into_iter().map(word).collect())
        };
        let any = array.as_any();
        match array.dtype().to_physical_type() {
            PhysicalType::Null => Ok(Self::Words(vec![OwnedCell::Null; array.len()])),
            PhysicalType::Boolean => {
                let array: &BooleanArray = any.downcast_ref().ok_or_else(|| unread(&kind))?;
                Ok(words(array.iter().map(|value| value.map(|value| if value { "true" } else { "false" })).collect()))
            }
            PhysicalType::Utf8View => {
                let array: &Utf8ViewArray = any.downcast_ref().ok_or_else(|| unread(&kind))?;
                Ok(words(array.iter().collect()))
            }
            PhysicalType::Utf8 => {
                let array: &Utf8Array<i32> = any.downcast_ref().ok_or_else(|| unread(&kind))?;
                Ok(words(array.iter().collect()))
            }
            PhysicalType::LargeUtf8 => {
                let array: &Utf8Array<i64> = any.downcast_ref().ok_or_else(|| unread(&kind))?;
                Ok(words(array.iter().collect()))
            }
            PhysicalType::BinaryView => {
                let array: &BinaryViewArray = any.downcast_ref().ok_or_else(|| unread(&kind))?;
                Ok(words(array.iter().map(|bytes| bytes.and_then(|bytes| std::str::from_utf8(bytes).ok())).collect()))
            }
            PhysicalType::Binary => {
                let array: &BinaryArray<i32> = any.downcast_ref().ok_or_else(|| unread(&kind))?;
                Ok(words(array.iter().map(|bytes| bytes.and_then(|bytes| std::str::from_utf8(bytes).ok())).collect()))
            }
            PhysicalType::LargeBinary => {
                let array: &BinaryArray<i64> = any.downcast_ref().ok_or_else(|| unread(&kind))?;
                Ok(words(array.iter().map(|bytes| bytes.and_then(|bytes| std::str::from_utf8(bytes).ok())).collect()))
            }
            PhysicalType::Primitive(primitive) => of_numbers(array, &kind, primitive),
            _ => Err(unread(&kind)),
        }
    }
}

fn unread(kind: &ArrowDataType) -> ContentError {
    ContentError::file(
        format!("has a column of type {kind:?}, which is not read"),
        "Write prices as numbers and times as timestamps or text",
    )
}

fn of_dictionary<K: DictionaryKey>(array: &dyn Array) -> Result<FrameColumn, ContentError> {
    let kind = array.dtype();
    let array: &DictionaryArray<K> = array.as_any().downcast_ref().ok_or_else(|| unread(kind))?;
    let values = FrameColumn::of_array(array.values().as_ref())?;
    let columns = [values];
    let cell =
        |key: Option<usize>| key.map_or(OwnedCell::Null, |row| FrameRow { columns: &columns, row }.cell(0).into());
    Ok(FrameColumn::Words(array.keys_iter().map(cell).collect()))
}

fn primitive<T: NativeType>(array: &dyn Array) -> Result<impl Iterator<Item = Option<T>>, ContentError> {
    let kind = array.dtype();
    let array: &PrimitiveArray<T> = array.as_any().downcast_ref().ok_or_else(|| unread(kind))?;
    Ok(array.iter().map(Option::<&_>::copied))
}

fn integers(array: &dyn Array, kind: PrimitiveType) -> Result<Vec<Option<i64>>, ContentError> {
    fn wide<T: NativeType + Into<i64>>(array: &dyn Array) -> Result<Vec<Option<i64>>, ContentError> {
        Ok(primitive::<T>(array)?.map(|value| value.map(Into::into)).collect())
    }
    match kind {
        PrimitiveType::Int8 => wide::<i8>(array),
        PrimitiveType::Int16 => wide::<i16>(array),
        PrimitiveType::Int32 => wide::<i32>(array),
        PrimitiveType::Int64 => wide::<i64>(array),
        PrimitiveType::UInt8 => wide::<u8>(array),
        PrimitiveType::UInt16 => wide::<u16>(array),
        PrimitiveType::UInt32 => wide::<u32>(array),
        PrimitiveType::UInt64 => {
            Ok(primitive::<u64>(array)?.map(|value| value.and_then(|value| i64::try_from(value).ok())).collect())
        }
        _ => Err(unread(array.dtype())),
    }
}

fn of_numbers(
    array: &dyn Array,
    kind: &ArrowDataType,
    primitive_type: PrimitiveType,
) -> Result<FrameColumn, ContentError> {
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Second => (1_000, 1),
        TimeUnit::Millisecond => (1, 1),
        TimeUnit::Microsecond => (1, 1_000),
        TimeUnit::Nanosecond => (1, 1_000_000),
    };
    let moments = |(times, parts): (i64, i64), is_utc| {
        let all = integers(array, primitive_type)?;
        let millis = |value: Option<i64>| value.map(|value| value.saturating_mul(times).div_euclid(parts));
        Ok(FrameColumn::Moments(all.into_iter().map(millis).collect(), is_utc))
    };
    match kind {
        ArrowDataType::Timestamp(of, zone) => moments(unit(of), zone.is_some()),
        ArrowDataType::Time32(of) | ArrowDataType::Time64(of) => moments(unit(of), false),
        ArrowDataType::Date32 => moments((DAY, 1), false),
        ArrowDataType::Date64 => moments((1, 1), false),
        ArrowDataType::Decimal256(_, scale) => {
            let value = |value: Option<i256>| {
                value.and_then(|value| i128::try_from(value).ok()).map_or(f64::NAN, |value| decimal(value, *scale))
            };
            Ok(FrameColumn::Floats(primitive::<i256>(array)?.map(value).collect()))
        }
        ArrowDataType::Decimal(_, scale) | ArrowDataType::Decimal32(_, scale) | ArrowDataType::Decimal64(_, scale) => {
            let value = |value: Option<i128>| value.map_or(f64::NAN, |value| decimal(value, *scale));
            match primitive_type {
                PrimitiveType::Int128 => Ok(FrameColumn::Floats(primitive::<i128>(array)?.map(value).collect())),
                other => Ok(FrameColumn::Floats(
                    integers(array, other)?.into_iter().map(|v| value(v.map(i128::from))).collect(),
                )),
            }
        }
        _ => match primitive_type {
            PrimitiveType::Float64 => {
                Ok(FrameColumn::Floats(primitive::<f64>(array)?.map(|value| value.unwrap_or(f64::NAN)).collect()))
            }
            PrimitiveType::Float32 => Ok(FrameColumn::Floats(
                primitive::<f32>(array)?.map(|value| value.map_or(f64::NAN, f64::from)).collect(),
            )),
            PrimitiveType::Float16 => Ok(FrameColumn::Floats(
                primitive::<pf16>(array)?.map(|value| value.map_or(f64::NAN, |value| value.0.to_f64())).collect(),
            )),
            PrimitiveType::Int128 => Ok(FrameColumn::Floats(
                primitive::<i128>(array)?.map(|value| value.map_or(f64::NAN, |value| decimal(value, 0))).collect(),
            )),
            other => Ok(FrameColumn::Ints(integers(array, other)?)),
        },
    }
}

/// A decimal as the nearest number: by its digits, as a division of large numbers would be rounded twice.
fn decimal(value: i128, scale: usize) -> f64 {
    const EXACT: i128 = 1 << 53;
    if value.abs() <= EXACT && scale <= 22 {
        #[expect(clippy::cast_precision_loss, reason = "both are exact, and so is one division")]
        return value as f64 / 10f64.powi(i32::try_from(scale).unwrap_or_default());
    }
    format!("{value}e-{scale}").parse().unwrap_or(f64::NAN)
}
