//! Writes candles as Parquet, with the parts of polars that make its pages.

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use polars::prelude::{
    DataType, Field as PolarsField, KeyValueMetadata, ParquetWriter, PolarsResult, Schema, TimeUnit, TimeZone,
};
use polars_parquet::parquet::types::NativeType;
use polars_parquet::write::{CompressedPage, CompressionOptions, ParquetType, ZstdLevel};

use super::WriteError;
use crate::digest::{chained_digests, hex};
use crate::files::{Durability, replace};
use crate::parallel::side_by_side;
use crate::parquet::{NumberLayout, PageMaker};
use crate::pool::Pool;
use crate::read::parquet::{BORDERS_KEY, DIGEST_KEY};
use crate::sim::{Candles, Field, OwnSeries, TILE};

/// Bars in a row group: what a range of dates is read by.
const GROUP: usize = 1 << 18;
/// Bars in those behind the last whole one.
const PIECE: usize = 1 << 13;
/// From so many bars on, a file ends with row groups of one tile each, of which few are read when bars were added. A shorter one
/// is read as fast whole.
const LONG: usize = 1 << 17;
/// Such row groups become a larger one only when there are so many bars behind that: what is known of the bars before one of the
/// last tiles is known for some tiles more.
const LATE: usize = 2 * PIECE;
/// Values in a page: 1 MiB unpacked, so that it stays near the processor from one step of reading to the next.
const PAGE: usize = 1 << 17;
/// From so many bars on, the columns of a row group are made side by side; the bytes are the same.
const PARALLEL_BARS: usize = 100_000;

/// Writes candles with these key-value pairs as metadata; the file appears whole or not at all.
///
/// Zstandard over values split by byte, row groups of 262,144 bars, of 8,192 where no whole one follows, and of 1,024 at the end
/// of a long file, with minima and maxima of each column; times in ms, UTC. Where the metadata has a digest of the candles, it
/// gets those of the candles before each of several row groups too.
///
/// # Errors
/// When the file cannot be written.
pub fn write_parquet(path: &Path, candles: &Candles, metadata: &[(&str, &str)]) -> Result<(), WriteError> {
    write(path, candles, &[], metadata, Durability::None)
}

/// The same for candles that nobody could make again, with further columns behind theirs: on the disk, and not only on
/// its way there, when this returns.
pub(crate) fn write_candles(
    path: &Path,
    candles: &Candles,
    own: &[OwnSeries],
    metadata: &[(&str, &str)],
) -> Result<(), WriteError> {
    write(path, candles, own, metadata, Durability::ContentAndName)
}

fn write(
    path: &Path,
    candles: &Candles,
    own: &[OwnSeries],
    metadata: &[(&str, &str)],
    durability: Durability,
) -> Result<(), WriteError> {
    let failed = |reason: String| WriteError { path: path.to_owned(), reason };
    let bytes = encode(candles, own, metadata).map_err(|error| failed(error.to_string()))?;
    replace(path, durability, |file| file.write_all(&bytes)).map_err(|error| failed(error.to_string()))
}

/// The file's bytes.
fn encode(candles: &Candles, own: &[OwnSeries], metadata: &[(&str, &str)]) -> PolarsResult<Vec<u8>> {
    let groups = row_groups(candles.len());
    let mut pairs: Vec<(String, String)> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    if groups.len() > 1 && metadata.iter().any(|(key, _)| *key == DIGEST_KEY) {
        let borders: Vec<usize> = groups.iter().map(|rows| rows.start).collect();
        let digests: Vec<String> = chained_digests(candles, &borders).into_iter().map(hex).collect();
        pairs.push((BORDERS_KEY.to_owned(), digests.join(",")));
    }
    let mut bytes = Vec::new();
    // The type that reports write to as well: polars' writers are compiled anew for each.
    let file: Box<dyn Write + Send + '_> = Box::new(&mut bytes);
    let mut writer = ParquetWriter::new(file)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(pairs)))
        .batched(&schema(own))?;
    let fields: Vec<ParquetType> = writer.parquet_schema().fields().to_vec();
    for rows in groups {
        let columns = columns(candles, own, &rows, &fields)?;
        writer.write_row_group(rows.len() as u64, &columns)?;
    }
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

/// The bars of each row group: whole tiles but for the last of them.
fn row_groups(bars: usize) -> Vec<Range<usize>> {
    let mut first = 0;
    let late = if bars < LONG { 0 } else { LATE };
    let next = || {
        let left = bars - first;
        let count = match left {
            _ if left >= GROUP + late => GROUP,
            _ if left >= PIECE.max(late) => PIECE,
            _ if late > 0 => left.min(TILE),
            _ => left,
        };
        first += count;
        (count > 0).then_some(first - count..first)
    };
    std::iter::from_fn(next).collect()
}

/// Names and types of the columns: times in ms, UTC, prices, and whatever else there is.
fn schema(own: &[OwnSeries]) -> Schema {
    let utc = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    let time = std::iter::once(PolarsField::new("timestamp".into(), utc));
    let names = Field::ALL.iter().map(|field| field.name()).chain(own.iter().map(|series| series.name.as_str()));
    time.chain(names.map(|name| PolarsField::new(name.into(), DataType::Float64))).collect()
}

/// The pages of each column of a row group; those of large groups are made side by side.
fn columns(
    candles: &Candles,
    own: &[OwnSeries],
    rows: &Range<usize>,
    fields: &[ParquetType],
) -> PolarsResult<Vec<Vec<CompressedPage>>> {
    let column = |at: usize| match at.checked_sub(1) {
        None => pages(&candles.time[rows.clone()], &fields[0]),
        Some(value) => {
            let values = match Field::ALL.get(value) {
                Some(field) => candles.column(*field),
                None => &own[value - Field::ALL.len()].values,
            };
            pages(&values[rows.clone()], &fields[at])
        }
    };
    side_by_side(&Pool::of_machine(), rows.len() >= PARALLEL_BARS, fields.len(), column).into_iter().collect()
}

/// The pages of one column.
fn pages<T: NativeType + PartialOrd>(values: &[T], column: &ParquetType) -> PolarsResult<Vec<CompressedPage>> {
    // Zstandard at its quickest level: on split prices the usual one saves a hundredth.
    let maker = PageMaker::new(column, CompressionOptions::Zstd(ZstdLevel::try_new(1).ok()));
    values.chunks(PAGE).map(|values| maker.numbers(values, None, NumberLayout::SplitByByte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_groups_hold_all_bars_in_whole_tiles_but_for_the_last() {
        for bars in
            [0, 1, 8_191, 8_192, 8_193, 20_000, LONG - 1, LONG, LONG + 1, GROUP + LATE - 1, GROUP + LATE, 1_538_435]
        {
            let groups = row_groups(bars);
            let mut next = 0;
            for rows in &groups {
                assert!(rows.start == next && !rows.is_empty() && rows.start.is_multiple_of(TILE), "{bars}: {rows:?}");
                next = rows.end;
            }
            assert!(next == bars && groups.len() < 60, "{bars}: {groups:?}");
        }
        assert_eq!(row_groups(1_200).len(), 1);
        assert_eq!(row_groups(20_000), [0..8_192, 8_192..16_384, 16_384..20_000]);
    }

    #[test]
    fn a_long_file_that_grows_by_less_than_eight_tiles_still_has_a_border_before_the_last_tile_of_before() {
        let borders = |bars: usize| row_groups(bars).iter().map(|rows| rows.start).collect::<Vec<_>>();
        for bars in (LONG..4 * GROUP).step_by(251) {
            let before = borders(bars);
            let known = before.iter().rfind(|border| **border <= bars / TILE * TILE).unwrap();
            assert!(bars - known < 2 * TILE, "{bars}: {known}");
            for more in [1, TILE, 7 * TILE] {
                assert!(borders(bars + more).contains(known), "{bars} and {more} more: {known}");
            }
        }
        // And one that becomes long.
        for bars in LONG - LATE..LONG {
            let known = borders(bars).last().copied();
            assert!(known.is_some_and(|known| borders(LONG).contains(&known)), "{bars}: {known:?}");
        }
    }
}
