//! The footer of a Parquet file, to which a text can be added once the rows are written: polars takes such texts only before
//! there is any row.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use backtest_parquet::{file_metadata, file_metadata_bytes};
use polars_parquet_format::{FileMetaData, KeyValue};

/// What a file begins and ends with; before the second is the length of its footer.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";
/// Bytes of the length and of [`MAGIC`].
const TAIL: u64 = 8;

/// Adds a text, by its name, to the footer of a whole Parquet file.
///
/// # Errors
/// When it is not one, or the disk is full or fails.
pub fn add_metadata(file: &mut File, name: &str, text: String) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let (mut content, start) = read_footer(file, length)?;
    content.key_value_metadata.get_or_insert_with(Vec::new).push(key_value(name, text));
    file.seek(SeekFrom::Start(start))?;
    write_footer(file, &content)?;
    let whole = file.stream_position()?;
    file.set_len(whole)
}

/// A text with its name, as a footer has them.
pub(super) fn key_value(name: &str, text: String) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(text) }
}

/// What the footer of a Parquet file of so many bytes says, and where it begins.
///
/// # Errors
/// When it is not one, or cannot be read.
pub(super) fn read_footer(file: &mut (impl Read + Seek), length: u64) -> io::Result<(FileMetaData, u64)> {
    let broken = || io::Error::other("is not a Parquet file");
    let end = length.checked_sub(TAIL).ok_or_else(broken)?;
    file.seek(SeekFrom::Start(end))?;
    let (mut size, mut magic) = ([0; 4], [0; 4]);
    file.read_exact(&mut size)?;
    file.read_exact(&mut magic)?;
    let start = end.checked_sub(u64::from(u32::from_le_bytes(size))).filter(|_| magic == *MAGIC).ok_or_else(broken)?;
    let mut footer = vec![0; usize::try_from(end - start).unwrap_or(usize::MAX)];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut footer)?;
    Ok((file_metadata(&footer)?, start))
}

/// Writes a footer, with which a file ends.
///
/// # Errors
/// When the disk is full or fails.
pub(super) fn write_footer(file: &mut impl Write, content: &FileMetaData) -> io::Result<()> {
    let mut bytes = file_metadata_bytes(content)?;
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    bytes.extend(length.to_le_bytes());
    bytes.extend(MAGIC);
    file.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{ParquetReader, SerReader};

    use super::*;

    #[test]
    fn a_text_is_kept_beside_the_rows_which_stay_as_they_are() {
        let mut file = tempfile::tempfile().unwrap();
        let batches =
            super::super::ParquetBatches::new(file.try_clone().unwrap(), &[], crate::sim::metrics::Detail::Sums);
        batches.unwrap().finish().unwrap();
        let columns = |file: &File| {
            let frame = ParquetReader::new(file.try_clone().unwrap()).finish().unwrap();
            frame.get_column_names().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let before = columns(&file);
        add_metadata(&mut file, "honesty", "{\"pbo\":0.5}".to_owned()).unwrap();
        assert_eq!(columns(&file), before);
        let mut reader = ParquetReader::new(file.try_clone().unwrap());
        let metadata = reader.get_metadata().unwrap();
        let pairs = metadata.key_value_metadata().as_ref().unwrap();
        let found = pairs.iter().find(|pair| pair.key == "honesty").unwrap();
        assert_eq!(found.value.as_deref(), Some("{\"pbo\":0.5}"));
        let mut other = tempfile::tempfile().unwrap();
        other.write_all(b"not a Parquet file").unwrap();
        assert!(add_metadata(&mut other, "honesty", String::new()).is_err());
    }
}
