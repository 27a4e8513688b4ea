//! Looks over the buffers of an Arrow IPC file before polars reads it, for the reason given in `parquet_pages`: a
//! length that polars believes may be one that no memory has, and a failed allocation ends the process.
//!
//! Footer and messages are flatbuffers. Formats: <https://github.com/apache/arrow/tree/main/format> (`File.fbs`,
//! `Message.fbs`) and <https://flatbuffers.dev/internals/>.

/// Something that no sound file has.
#[derive(Debug)]
pub(super) struct Unsound;

type Sound<T> = Result<T, Unsound>;

/// Checks all batches of a file; they may have at most `max_rows` each and unpack to `cap` bytes in all.
pub(super) fn check_batches(file: &[u8], max_rows: u64, cap: u64) -> Sound<()> {
    // [..., footer, its length: i32, "ARROW1"]
    let end = file.len().checked_sub(10).filter(|_| file.ends_with(b"ARROW1")).ok_or(Unsound)?;
    let start = end.checked_sub(unsigned(file, end, 4)?).ok_or(Unsound)?;
    let footer = Table::root(&file[start..end])?;
    let mut left = cap;
    for (field, is_dictionary) in [(2, true), (3, false)] {
        for block in footer.vector(field, 24)?.chunks_exact(24) {
            let offset = unsigned(block, 0, 8)?;
            let body = offset.checked_add(unsigned(block, 8, 4)?).ok_or(Unsound)?;
            // A message begins with a mark, which old writers left out, and its length.
            let marked = file.get(offset..).is_some_and(|message| message.starts_with(&[0xFF; 4]));
            let message = file.get(offset + if marked { 8 } else { 4 }..body).ok_or(Unsound)?;
            let mut batch = Table::root(message)?.table(2)?;
            if is_dictionary {
                batch = batch.table(1)?;
            }
            left = left.checked_sub(check_batch(&batch, &file[body..], max_rows)?).ok_or(Unsound)?;
        }
    }
    Ok(())
}

/// Checks one record batch; gives the bytes that its buffers unpack to.
fn check_batch(batch: &Table, body: &[u8], max_rows: u64) -> Sound<u64> {
    let rows = batch.field(0)?.map_or(Ok(0), |at| unsigned(batch.bytes, at, 8))? as u64;
    let nodes = batch.vector(1, 16)?.chunks_exact(16);
    for count in nodes.flat_map(|node| [unsigned(node, 0, 8), unsigned(node, 8, 8)]) {
        if count? as u64 > max_rows {
            return Err(Unsound);
        }
    }
    let is_packed = batch.field(3)?.is_some();
    let mut total = 0u64;
    for buffer in batch.vector(2, 16)?.chunks_exact(16) {
        let from = unsigned(buffer, 0, 8)?;
        let bytes = body.get(from..).and_then(|rest| rest.get(..unsigned(buffer, 8, 8).ok()?)).ok_or(Unsound)?;
        // A packed buffer begins with the length it unpacks to; -1 when it is not packed after all.
        let stated = bytes.first_chunk().copied().map(i64::from_le_bytes).filter(|length| is_packed && *length != -1);
        let unpacked = stated.map_or(Ok(bytes.len() as u64), u64::try_from).map_err(|_| Unsound)?;
        total = total.checked_add(unpacked).ok_or(Unsound)?;
    }
    if rows <= max_rows { Ok(total) } else { Err(Unsound) }
}

/// A flatbuffer table: its place among the bytes.
struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Table<'a> {
    fn root(bytes: &'a [u8]) -> Sound<Self> {
        Ok(Self { bytes, at: unsigned(bytes, 0, 4)? })
    }

    /// Where a field is; `None` when the table leaves it out.
    fn field(&self, number: usize) -> Sound<Option<usize>> {
        let back = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk()).copied().ok_or(Unsound)?;
        let back = isize::try_from(i32::from_le_bytes(back)).map_err(|_| Unsound)?;
        let slots = self.at.checked_add_signed(-back).ok_or(Unsound)?;
        let slot = 4 + 2 * number;
        if slot + 2 > unsigned(self.bytes, slots, 2)? {
            return Ok(None);
        }
        let offset = unsigned(self.bytes, slots + slot, 2)?;
        Ok((offset > 0).then_some(self.at + offset))
    }

    fn table(&self, number: usize) -> Sound<Self> {
        let at = self.field(number)?.ok_or(Unsound)?;
        Ok(Self { bytes: self.bytes, at: at + unsigned(self.bytes, at, 4)? })
    }

    /// The elements of a vector as bytes; none when the table leaves it out.
    fn vector(&self, number: usize, size: usize) -> Sound<&'a [u8]> {
        let Some(at) = self.field(number)? else { return Ok(&[]) };
        let start = at + unsigned(self.bytes, at, 4)?;
        let length = unsigned(self.bytes, start, 4)?.checked_mul(size).ok_or(Unsound)?;
        self.bytes.get(start + 4..).and_then(|rest| rest.get(..length)).ok_or(Unsound)
    }
}

/// A little-endian integer of 2, 4 or 8 bytes that is not negative and fits into memory as a size.
fn unsigned(bytes: &[u8], at: usize, size: usize) -> Sound<usize> {
    let field = bytes.get(at..).and_then(|rest| rest.get(..size)).ok_or(Unsound)?;
    let mut number = [0; 8];
    number[..size].copy_from_slice(field);
    let number = u64::from_le_bytes(number);
    // The highest bit of a signed field; unsigned ones of this format are far below it.
    if number >> (8 * size - 1) == 1 {
        return Err(Unsound);
    }
    usize::try_from(number).map_err(|_| Unsound)
}
