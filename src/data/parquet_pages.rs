//! Looks over the page headers of a Parquet column before polars reads it.
//!
//! Polars believes them: one flipped bit turns a count negative, polars reserves 2^61 bytes, and the failed allocation
//! ends the process, which no `catch_unwind` can stop. A damaged file may only fail its own asset, so every size and
//! count is compared with what the file can hold first. The headers are Thrift compact structs; format:
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift> (`PageHeader`) and
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

/// Checks one column chunk of so many rows; gives the bytes that it unpacks to, at most `cap`.
pub(super) fn check_pages(chunk: &[u8], rows: u64, cap: u64) -> Option<u64> {
    let mut input = Thrift(chunk);
    let (mut seen, mut unpacked) = (0, 0u64);
    while seen < rows && !input.0.is_empty() {
        let page = input.page()?;
        if page.values > rows || page.unpacked > cap {
            return None;
        }
        input.0 = input.0.get(usize::try_from(page.packed).ok()?..)?;
        unpacked = unpacked.checked_add(page.unpacked)?;
        if !page.is_dictionary {
            seen += page.values;
        }
    }
    (seen == rows && unpacked <= cap).then_some(unpacked)
}

/// The sizes that a page header states.
#[derive(Default)]
struct Page {
    unpacked: u64,
    packed: u64,
    values: u64,
    is_dictionary: bool,
}

/// Deepest nesting of structs that is followed; a page header has 3 levels.
const DEPTH: u8 = 8;

/// What is left to read.
struct Thrift<'a>(&'a [u8]);

impl Thrift<'_> {
    /// A `PageHeader`; `None` when it is cut, or states a negative number.
    fn page(&mut self) -> Option<Page> {
        let mut page = Page::default();
        let mut is_sound = true;
        self.fields(0, DEPTH, &mut |parent, field, value| {
            let mut set = |slot: &mut u64| match u64::try_from(value) {
                Ok(value) => *slot = value,
                Err(_) => is_sound = false,
            };
            match (parent, field) {
                (0, 2) => set(&mut page.unpacked),
                (0, 3) => set(&mut page.packed),
                // num_values of a data page, a dictionary page and a data page of version 2
                (5 | 7 | 8, 1) => {
                    set(&mut page.values);
                    page.is_dictionary = parent == 7;
                }
                // num_nulls, num_rows, and the lengths of the levels
                (8, 2 | 3 | 5 | 6) => set(&mut 0),
                _ => {}
            }
        })?;
        is_sound.then_some(page)
    }

    /// Visits the integers of a struct and of those within as (field of the parent, field, value).
    fn fields(&mut self, parent: i64, depth: u8, visit: &mut dyn FnMut(i64, i64, i64)) -> Option<()> {
        let mut field = 0i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            let step = i64::from(head >> 4);
            field = if step == 0 { self.integer()? } else { field + step };
            match head & 15 {
                4..=6 => visit(parent, field, self.integer()?),
                12 => self.fields(field, depth.checked_sub(1)?, visit)?,
                kind => self.skip(kind, false, depth)?,
            }
        }
    }

    fn skip(&mut self, kind: u8, in_list: bool, depth: u8) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // A field's truth is in its head; in a list it takes a byte.
            1 | 2 if !in_list => {}
            1..=3 => drop(self.byte()?),
            4..=6 => drop(self.integer()?),
            7 => self.advance(8)?,
            8 => {
                let length = self.varint()?;
                self.advance(length)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                for _ in 0..length {
                    self.skip(head & 15, true, depth)?;
                }
            }
            12 => self.fields(0, depth, &mut |_, _, _| {})?,
            _ => return None,
        }
        Some(())
    }

    fn advance(&mut self, bytes: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }

    /// Zigzag: 0, -1, 1, -2, ...
    fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// type 0, sizes 24 and 3, and a data page header with 3 values; then 3 bytes.
    const PAGE: [u8; 16] = [0x15, 0, 0x15, 48, 0x15, 6, 0x2c, 0x15, 6, 0x15, 0, 0, 0, b'a', b'b', b'c'];

    #[test]
    fn a_sound_page_is_accepted_and_its_size_is_given() {
        assert_eq!(check_pages(&PAGE, 3, 1000), Some(24));
        assert_eq!(check_pages(&PAGE.repeat(2), 6, 1000), Some(48));
    }

    #[test]
    fn too_many_values_too_big_pages_negative_counts_and_cuts_are_refused() {
        assert_eq!(check_pages(&PAGE, 2, 1000), None);
        assert_eq!(check_pages(&PAGE, 3, 23), None);
        assert_eq!(check_pages(&PAGE[..15], 3, 1000), None);
        let mut negative = PAGE;
        negative[8] = 5;
        assert_eq!(check_pages(&negative, 3, 1000), None);
    }
}
