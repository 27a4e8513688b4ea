//! A row group of a data frame's columns, whose pages are made by our own code.

use std::io::Write;

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{Column as FrameColumn, DataFrame, ParquetWriter, PolarsError, PolarsResult, Schema};
use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_parquet::write::{CompressedPage, CompressionOptions, ParquetType};

use backtest_parquet::{NumberLayout, PageMaker};

/// Where polars writes to: one type for files and memory, since its writers are compiled anew for each.
pub(super) type FrameFile<'f> = Box<dyn Write + Send + 'f>;

/// Rows in a page: 1 MiB of numbers, unpacked.
const PAGE: usize = 1 << 17;

/// A writer of the columns of a schema.
pub(super) fn batched_in<'f>(file: FrameFile<'f>, schema: &Schema) -> PolarsResult<BatchedWriter<FrameFile<'f>>> {
    ParquetWriter::new(file).batched(schema)
}

/// Writes rows as one row group; nothing where there are none.
///
/// # Errors
/// What polars says, such as a full disk.
pub(super) fn write_row_group(writer: &mut BatchedWriter<FrameFile<'_>>, rows: &DataFrame) -> PolarsResult<()> {
    if rows.height() == 0 {
        return Ok(());
    }
    let types: Vec<ParquetType> = writer.parquet_schema().fields().to_vec();
    let columns = rows.columns().iter().zip(&types).map(|(column, kind)| pages(column, kind));
    let columns = columns.collect::<PolarsResult<Vec<_>>>()?;
    writer.write_row_group(rows.height() as u64, &columns)
}

fn pages(column: &FrameColumn, kind: &ParquetType) -> PolarsResult<Vec<CompressedPage>> {
    let maker = PageMaker::new(kind, CompressionOptions::Zstd(None));
    let series = column.as_materialized_series().rechunk();
    let values = &series.chunks()[0];
    let page = |first: usize| one_page(&*values.sliced(first, PAGE.min(values.len() - first)), &maker);
    (0..values.len()).step_by(PAGE).map(page).collect()
}

fn one_page(values: &dyn Array, maker: &PageMaker) -> PolarsResult<CompressedPage> {
    let values = values.as_any();
    let layout = NumberLayout::Plain;
    if let Some(numbers) = values.downcast_ref::<PrimitiveArray<f64>>() {
        maker.numbers(numbers.values(), numbers.validity(), layout)
    } else if let Some(whole) = values.downcast_ref::<PrimitiveArray<i64>>() {
        maker.numbers(whole.values(), whole.validity(), layout)
    } else if let Some(counts) = values.downcast_ref::<PrimitiveArray<u64>>() {
        let signed: Vec<i64> = counts.values_iter().map(|count| count.cast_signed()).collect();
        maker.numbers(&signed, counts.validity(), layout)
    } else if let Some(texts) = values.downcast_ref::<Utf8ViewArray>() {
        maker.texts(&texts.iter().collect::<Vec<_>>())
    } else if let Some(flags) = values.downcast_ref::<BooleanArray>() {
        maker.flags(&flags.iter().collect::<Vec<_>>())
    } else {
        let what = "a column is neither of numbers nor of times, texts or flags, and so none of a result";
        Err(PolarsError::InvalidOperation(what.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::prelude::{ParquetReader, SerReader, Series};

    use super::*;
    use crate::parquet::footer::read_footer;
    use crate::parquet::frame_column;
    use crate::table::{Cell, CellType};

    /// Rows of all types, every third number undefined, more than fit into a page.
    fn rows(count: usize) -> DataFrame {
        let texts: Vec<String> = (0..count).map(|row| format!("ASSET{}", row % 7)).collect();
        let undefined = |row: usize| row % 3 == 1;
        let columns = vec![
            frame_column("symbol", CellType::Text, texts.iter().map(|text| Cell::Text(text.into()))),
            frame_column("time", CellType::Time, (0..count).map(|row| Cell::Time(row as i64 * 60_000 - 5))),
            frame_column(
                "sharpe",
                CellType::Number,
                (0..count).map(|row| Cell::Number((!undefined(row)).then_some(row as f64 / -3.0))),
            ),
            frame_column("bars", CellType::Count, (0..count).map(|row| Cell::Count(row as u64))),
            frame_column(
                "trades",
                CellType::Whole,
                (0..count).map(|row| Cell::Whole((!undefined(row)).then_some(row as f64))),
            ),
            frame_column("open", CellType::Flag, (0..count).map(|row| Cell::Flag(row % 5 == 0))),
        ];
        DataFrame::new(count, columns).unwrap()
    }

    fn written(rows: &DataFrame) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = batched_in(Box::new(&mut bytes), rows.schema()).unwrap();
        write_row_group(&mut writer, rows).unwrap();
        writer.finish().unwrap();
        drop(writer);
        bytes
    }

    #[test]
    fn rows_of_all_types_come_back_as_they_are_whether_they_fill_one_page_or_several() {
        for count in [1, 2, 9, PAGE + 3] {
            let rows = rows(count);
            let read = ParquetReader::new(Cursor::new(written(&rows))).finish().unwrap();
            assert!(read.equals_missing(&rows), "{count} rows: {read}");
            assert_eq!(read.schema(), rows.schema());
        }
    }

    #[test]
    fn the_footer_says_the_least_and_the_greatest_value_of_each_column_and_how_many_are_undefined() {
        let bytes = written(&rows(10));
        let length = bytes.len() as u64;
        let (content, _) = read_footer(&mut Cursor::new(bytes), length).unwrap();
        let found = |at: usize| {
            let raw = content.row_groups[0].columns[at].meta_data.clone().unwrap().statistics.unwrap();
            (raw.min_value.unwrap(), raw.max_value.unwrap(), raw.null_count.unwrap())
        };
        assert_eq!(found(0), (b"ASSET0".to_vec(), b"ASSET6".to_vec(), 0));
        assert_eq!(found(1), ((-5_i64).to_le_bytes().to_vec(), 539_995_i64.to_le_bytes().to_vec(), 0));
        assert_eq!(found(2), ((-3.0_f64).to_le_bytes().to_vec(), 0.0_f64.to_le_bytes().to_vec(), 3));
        assert_eq!(found(4), (0_i64.to_le_bytes().to_vec(), 9_i64.to_le_bytes().to_vec(), 3));
        assert_eq!(found(5), (vec![0], vec![1], 0));
    }

    #[test]
    fn undefined_counts_stay_undefined_and_a_column_of_no_result_is_an_error() {
        let column = |values: Box<dyn Array>| Series::from_arrow("bars".into(), values).unwrap().into();
        let counts = PrimitiveArray::<u64>::from(vec![Some(7), None, Some(u64::MAX)]);
        let rows = DataFrame::new(3, vec![column(counts.boxed())]).unwrap();
        let read = ParquetReader::new(Cursor::new(written(&rows))).finish().unwrap();
        assert!(read.equals_missing(&rows), "{read}");
        let others = PrimitiveArray::<i32>::from(vec![Some(7)]);
        let rows = DataFrame::new(1, vec![column(others.boxed())]).unwrap();
        let mut bytes = Vec::new();
        let mut writer = batched_in(Box::new(&mut bytes), rows.schema()).unwrap();
        assert!(write_row_group(&mut writer, &rows).unwrap_err().to_string().contains("none of a result"));
    }
}
