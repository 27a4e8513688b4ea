//! What a Parquet file says of itself, from bytes and back: compiled once, here, for all who read or write files.
//!
//! Format: <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.

use std::io;

use polars_parquet_format::thrift;
use polars_parquet_format::thrift::protocol::{TCompactInputProtocol, TCompactOutputProtocol};
use polars_parquet_format::{ColumnMetaData, FileMetaData, OffsetIndex, PageHeader};

/// The header of the page that these bytes begin with; they are moved on to what follows it. `None` where there is none.
pub fn take_page_header(bytes: &mut &[u8]) -> Option<PageHeader> {
    let longest = bytes.len();
    PageHeader::read_from_in_protocol(&mut TCompactInputProtocol::new(bytes, longest)).ok()
}

/// What the footer of a file says, without its length and the mark behind it.
///
/// # Errors
/// When it is not a footer.
pub fn file_metadata(mut footer: &[u8]) -> io::Result<FileMetaData> {
    let limit = most_memory(footer);
    let mut input = TCompactInputProtocol::new(&mut footer, limit);
    FileMetaData::read_from_in_protocol(&mut input).map_err(io::Error::other)
}

/// The footer of a file, without its length and the mark behind it.
///
/// # Errors
/// When it is too long for its format.
pub fn file_metadata_bytes(metadata: &FileMetaData) -> io::Result<Vec<u8>> {
    written(|output| metadata.write_to_out_protocol(output))
}

/// Where the pages of a column of a row group are.
///
/// # Errors
/// When it is not an offset index.
pub fn offset_index(mut bytes: &[u8]) -> io::Result<OffsetIndex> {
    let limit = most_memory(bytes);
    let mut input = TCompactInputProtocol::new(&mut bytes, limit);
    OffsetIndex::read_from_in_protocol(&mut input).map_err(io::Error::other)
}

/// The bytes of an offset index.
///
/// # Errors
/// When it is too long for its format.
pub fn offset_index_bytes(index: &OffsetIndex) -> io::Result<Vec<u8>> {
    written(|output| index.write_to_out_protocol(output))
}

/// The bytes of what is known of a column of a row group.
///
/// # Errors
/// When it is too long for its format.
pub fn column_metadata_bytes(metadata: &ColumnMetaData) -> io::Result<Vec<u8>> {
    written(|output| metadata.write_to_out_protocol(output))
}

/// What is written to a document in memory.
fn written(
    write: impl FnOnce(&mut TCompactOutputProtocol<&mut Vec<u8>>) -> thrift::Result<usize>,
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write(&mut TCompactOutputProtocol::new(&mut bytes)).map_err(io::Error::other)?;
    Ok(bytes)
}

/// How much memory a document of so many bytes may take: a damaged one may state any length.
fn most_memory(bytes: &[u8]) -> usize {
    bytes.len() * 8 + 1024
}
