//! Arrow IPC files, known as Feather version 2.
//!
//! Their buffers are looked over before polars reads them, for the reason given in
//! [`parquet::pages`](super::parquet::pages): a length that polars believes may be one that no memory has, and a failed
//! allocation ends the process. Format: <https://github.com/apache/arrow/tree/main/format> (`File.fbs`, `Message.fbs`).

use std::io::Cursor;

use polars::prelude::{IpcReader, SerReader};
use polars_arrow_format::ipc::{BlockRef, FooterRef, MessageHeaderRef, MessageRef, RecordBatchRef, planus::ReadAsRoot};

use super::columns::{CandleColumns, OneSymbol};
use super::open_file::unpacked_cap;
use super::raw_candles::{MAX_ROWS, RawCandles, check_rows, check_symbol, guarded, refused};
use super::resample::Beyond;
use super::time::TimeReader;
use crate::catalog::BadRows;
use crate::error::{ContentError, DAMAGED, MISFIT};

/// Reads an Arrow IPC file.
pub(crate) fn read_feather(bytes: Vec<u8>, bad_rows: BadRows) -> Result<RawCandles, ContentError> {
    guarded(|| {
        let mut reader = IpcReader::new(Cursor::new(&bytes[..])).set_rechunk(false);
        let schema = reader.schema().map_err(|error| refused(&error))?;
        let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        let columns = CandleColumns::find(names.iter().map(String::as_str))?;
        if check_batches(&bytes, MAX_ROWS as u64, unpacked_cap(bytes.len() as u64)).is_none() {
            return Err(ContentError::file(MISFIT, DAMAGED));
        }
        let mut frame = reader.with_projection(Some(projection(&columns))).finish().map_err(|error| refused(&error))?;
        check_rows(frame.height())?;
        drop(bytes);
        let mut raw = RawCandles {
            time: Vec::new(),
            values: Default::default(),
            first_row: 1,
            synthetic: false,
            beyond: Beyond::default(),
            bad_rows,
            dropped: 0,
        };
        if let Some((symbol, has_numbers)) = columns.symbol {
            let series = frame.drop_in_place(&names[symbol]).map_err(|error| refused(&error))?;
            check_symbol(series.as_materialized_series(), 1, &mut OneSymbol::new(has_numbers))?;
        }
        raw.add(&mut frame, |at| &names[at], &columns, &mut TimeReader::default())?;
        Ok(raw)
    })?
}

fn projection(columns: &CandleColumns) -> Vec<usize> {
    let mut places: Vec<usize> =
        columns.values.into_iter().chain([columns.time]).chain(columns.symbol.map(|(at, _)| at)).collect();
    places.sort_unstable();
    places
}

/// Checks all batches of a file, which may have at most `max_rows` each and unpack to `cap` bytes in all; `None` for what
/// no sound file has.
pub(crate) fn check_batches(file: &[u8], max_rows: u64, cap: u64) -> Option<()> {
    // [..., footer, its length: i32, "ARROW1"]
    let (rest, length) = file.strip_suffix(b"ARROW1")?.split_last_chunk()?;
    let start = rest.len().checked_sub(usize::try_from(i32::from_le_bytes(*length)).ok()?)?;
    let footer = FooterRef::read_as_root(&rest[start..]).ok()?;
    let mut left = cap;
    for blocks in [footer.dictionaries().ok()?, footer.record_batches().ok()?] {
        for block in blocks.into_iter().flatten() {
            left = left.checked_sub(check_block(file, block, max_rows)?)?;
        }
    }
    Some(())
}

/// The same for a stream of messages, which has no footer.
pub(crate) fn check_stream(stream: &[u8], max_rows: u64, cap: u64) -> Option<()> {
    let (mut rest, mut left) = (stream, cap);
    loop {
        // A mark, which old writers left out, and the length of the message; none at the end.
        let marked = rest.strip_prefix(&[0xFF; 4]).unwrap_or(rest);
        let Some((length, after)) = marked.split_first_chunk() else { return marked.is_empty().then_some(()) };
        let length = usize::try_from(i32::from_le_bytes(*length)).ok()?;
        if length == 0 {
            return Some(());
        }
        let (message, body) = after.split_at_checked(length)?;
        let message = MessageRef::read_as_root(message).ok()?;
        let size = usize::try_from(message.body_length().ok()?).ok()?;
        let (body, after) = body.split_at_checked(size)?;
        let batch = match message.header().ok()?? {
            MessageHeaderRef::RecordBatch(batch) => Some(batch),
            MessageHeaderRef::DictionaryBatch(dictionary) => Some(dictionary.data().ok()??),
            _ => None,
        };
        if let Some(batch) = batch {
            left = left.checked_sub(check_batch(batch, body, max_rows)?)?;
        }
        rest = after;
    }
}

/// Checks the batch of one block; gives the bytes that its buffers unpack to.
fn check_block(file: &[u8], block: BlockRef, max_rows: u64) -> Option<u64> {
    let offset = usize::try_from(block.offset()).ok()?;
    let body = offset.checked_add(usize::try_from(block.meta_data_length()).ok()?)?;
    // A message begins with a mark, which old writers left out, and its length.
    let is_marked = file.get(offset..)?.starts_with(&[0xFF; 4]);
    let message = file.get(offset.checked_add(if is_marked { 8 } else { 4 })?..body)?;
    let batch = match MessageRef::read_as_root(message).ok()?.header().ok()?? {
        MessageHeaderRef::RecordBatch(batch) => batch,
        MessageHeaderRef::DictionaryBatch(dictionary) => dictionary.data().ok()??,
        _ => return None,
    };
    check_batch(batch, file.get(body..)?, max_rows)
}

fn check_batch(batch: RecordBatchRef, body: &[u8], max_rows: u64) -> Option<u64> {
    let is_possible = |count: i64| u64::try_from(count).is_ok_and(|count| count <= max_rows);
    let nodes = batch.nodes().ok()?;
    let mut counts = nodes.into_iter().flatten().flat_map(|node| [node.length(), node.null_count()]);
    if !counts.all(is_possible) || !is_possible(batch.length().ok()?) {
        return None;
    }
    let is_packed = batch.compression().ok()?.is_some();
    let mut total = 0u64;
    for buffer in batch.buffers().ok()?.into_iter().flatten() {
        let [from, length] = [buffer.offset(), buffer.length()].map(usize::try_from);
        let bytes = body.get(from.ok()?..)?.get(..length.ok()?)?;
        // A packed buffer begins with the length it unpacks to; -1 when it is not packed after all.
        let stated = bytes.first_chunk().copied().map(i64::from_le_bytes).filter(|length| is_packed && *length != -1);
        let unpacked = stated.map_or(Some(bytes.len() as u64), |length| u64::try_from(length).ok())?;
        total = total.checked_add(unpacked)?;
    }
    Some(total)
}
