//! Text in pieces of whole lines, so that a large file never stands in memory as a whole: unpacked it is larger than
//! its candles, and both together were the peak of a run.

use std::io::{self, Read};

use crate::error::ContentError;

/// Text up to this size is one piece; larger text comes in pieces of about this size.
pub(crate) const CHUNK: usize = 4 << 20;

/// Gives text piece by piece.
pub(crate) struct TextChunks<'a> {
    /// What is still to be read; `None` at the end.
    reader: Option<Box<dyn Read + 'a>>,
    failed: fn(&io::Error) -> ContentError,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were given last.
    given: usize,
    total: u64,
    cap: u64,
    expected: usize,
}

impl<'a> TextChunks<'a> {
    /// Text that is in memory.
    pub(crate) fn whole(text: Vec<u8>) -> Self {
        let expected = text.len();
        Self { reader: None, failed: |_| empty(), buffer: text, given: 0, total: 0, cap: 0, expected }
    }

    /// Text of at most `cap` bytes, probably `expected`; `failed` says what an error of the reader means.
    pub(crate) fn new(
        reader: Box<dyn Read + 'a>,
        cap: u64,
        expected: usize,
        failed: fn(&io::Error) -> ContentError,
    ) -> Self {
        Self { reader: Some(reader), failed, buffer: Vec::new(), given: 0, total: 0, cap, expected }
    }

    /// About how many bytes the text has in all.
    pub(crate) fn expected(&self) -> usize {
        self.expected
    }

    /// The next piece. All but the last end with a line that is not blank and its line end: blank lines are allowed at
    /// the end of a file alone, and whether this is the end shows later.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, ContentError> {
        self.buffer.drain(..self.given);
        while let Some(reader) = &mut self.reader {
            // Twice as much where no line has ended: looking for its end again and again must not take forever.
            let missing = (CHUNK - self.buffer.len().min(CHUNK)).max(self.buffer.len());
            // One byte more than the cap shows that it is too much.
            let missing = usize::try_from(self.cap + 1 - self.total).unwrap_or(missing).min(missing);
            if self.buffer.is_empty() && self.buffer.capacity() == 0 {
                self.buffer.reserve_exact(missing.min(self.expected));
            }
            let read =
                reader.take(missing as u64).read_to_end(&mut self.buffer).map_err(|error| (self.failed)(&error))?;
            self.total += read as u64;
            if self.total > self.cap {
                return Err(too_big(self.cap));
            }
            if read < missing {
                self.reader = None;
                if self.total == 0 {
                    return Err(empty());
                }
            } else if let Some(end) = end_of_lines(&self.buffer) {
                self.given = end;
                return Ok(Some(&self.buffer[..end]));
            }
        }
        self.given = self.buffer.len();
        Ok((self.given > 0).then_some(&self.buffer[..]))
    }
}

/// Behind the last line that has an end and is not blank.
fn end_of_lines(text: &[u8]) -> Option<usize> {
    let lines = text.iter().rposition(|b| *b == b'\n')?;
    let filled = text[..lines].trim_ascii_end().len();
    let end = text[filled..].iter().position(|b| *b == b'\n')?;
    (filled > 0).then_some(filled + end + 1)
}

pub(crate) fn too_big(cap: u64) -> ContentError {
    let what = format!("holds more than {} MiB once decompressed, which no candle file needs", cap >> 20);
    ContentError::file(what, "Check where it comes from, or split it by years")
}

pub(crate) fn empty() -> ContentError {
    ContentError::file("is empty once decompressed", "Download it again or remove it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_ends_with_a_whole_line_that_is_not_blank() {
        for (text, end) in
            [("a\nb", Some(2)), ("a\r\n\r\n\n", Some(3)), ("a\n\n \nb", Some(2)), ("ab", None), ("\n\n", None)]
        {
            assert_eq!(end_of_lines(text.as_bytes()), end, "{text:?}");
        }
    }

    #[test]
    fn pieces_put_together_are_the_text_however_long_its_lines() {
        let mut text = Vec::new();
        for length in [10, CHUNK - 12, 3, CHUNK, CHUNK / 2, 3 * CHUNK, 7] {
            text.resize(text.len() + length, b'x');
            text.extend(b"\r\n\n");
        }
        let mut chunks = TextChunks::new(Box::new(&text[..]), u64::MAX - 1, 0, |_| empty());
        let (mut joined, mut pieces) = (Vec::new(), 0);
        while let Some(piece) = chunks.next().unwrap() {
            joined.extend_from_slice(piece);
            pieces += 1;
        }
        assert!(joined == text && pieces > 3, "{pieces} pieces");
    }
}
