//! A limit between the socket and the parser: no reply may take all memory or all time.
//!
//! The redis crate's parser buffers whatever a length announces (`$500000000000` makes it read until memory ends), and
//! it would search a line without an end over and over. This filter knows only the frames of RESP 2: a line, or a
//! length line and so many bytes. It drops values that are too large while they stream by, and refuses what is no RESP.

use std::io::{self, Read};

use crate::envelope::MAX_VALUE;

/// Longest line: errors, integers, lengths. Redis's own are far below.
const MAX_LINE: usize = 4 << 10;
/// What one element of an array is counted as: about what it takes in memory.
const ELEMENT: u64 = 64;
/// Most bytes of replies kept between two calls of [`ReplyLimit::begin`].
const MAX_KEPT: u64 = MAX_VALUE as u64;
const READ: usize = 16 << 10;

/// A reader of RESP 2 whose values are small.
pub(super) struct ReplyLimit<R> {
    inner: R,
    raw: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
    line: Vec<u8>,
    state: FrameState,
    kept: u64,
    /// Bytes received since [`ReplyLimit::begin`].
    received: u64,
    fault: Option<io::ErrorKind>,
}

#[derive(Clone, Copy)]
enum FrameState {
    /// Within a line, or before it.
    Line,
    /// Within the bytes of a value, its line end included.
    Keep(u64),
    /// Within the bytes of a value that is too large.
    Drop(u64),
}

impl<R> ReplyLimit<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            raw: vec![0; READ],
            ready: Vec::new(),
            taken: 0,
            line: Vec::new(),
            state: FrameState::Line,
            kept: 0,
            received: 0,
            fault: None,
        }
    }

    /// Starts counting for a new round trip.
    pub(super) const fn begin(&mut self) {
        self.kept = 0;
        self.received = 0;
    }

    pub(super) const fn inner(&mut self) -> &mut R {
        &mut self.inner
    }

    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// Why the last read failed, as the parser's error does not tell. End of file is `UnexpectedEof`, a breach of
    /// the protocol `InvalidData`.
    pub(super) const fn fault(&self) -> Option<io::ErrorKind> {
        self.fault
    }

    fn filter(&mut self, count: usize) -> Result<(), ()> {
        let mut at = 0;
        while at < count {
            match self.state {
                FrameState::Line => {
                    self.line.push(self.raw[at]);
                    at += 1;
                    if self.line.ends_with(b"\r\n") {
                        self.state = self.forward_line()?;
                        self.line.clear();
                    } else if self.line.len() > MAX_LINE || !is_resp(self.line[0]) {
                        return Err(());
                    }
                }
                FrameState::Keep(left) => {
                    let (step, next) = advance(left, count - at, FrameState::Keep);
                    self.ready.extend_from_slice(&self.raw[at..at + step]);
                    (at, self.state) = (at + step, next);
                }
                FrameState::Drop(left) => {
                    let (step, next) = advance(left, count - at, FrameState::Drop);
                    (at, self.state) = (at + step, next);
                }
            }
        }
        Ok(())
    }

    /// Forwards a whole line to the parser, or a substitute where the value that it announces is too large.
    fn forward_line(&mut self) -> Result<FrameState, ()> {
        let kind = self.line[0];
        let length = match kind {
            b'$' | b'*' => number(&self.line[1..self.line.len() - 2]).ok_or(())?,
            _ => -1,
        };
        let (cost, next) = match (kind, u64::try_from(length)) {
            (b'$', Ok(length)) => (length, FrameState::Keep(length + 2)),
            (b'*', Ok(length)) => (length.checked_mul(ELEMENT).ok_or(())?, FrameState::Line),
            _ => (self.line.len() as u64, FrameState::Line),
        };
        if self.kept.saturating_add(cost) <= MAX_KEPT {
            self.kept += cost;
            self.ready.extend_from_slice(&self.line);
            return Ok(next);
        }
        let FrameState::Keep(length) = next else { return Err(()) };
        // A single value over the cap is none of ours: it becomes empty, which no envelope is. A good value for which
        // this round has no room left becomes nil: a plain miss.
        self.ready.extend_from_slice(if cost > MAX_KEPT { b"$0\r\n\r\n" } else { b"$-1\r\n" });
        Ok(FrameState::Drop(length))
    }
}

fn advance(left: u64, available: usize, state: fn(u64) -> FrameState) -> (usize, FrameState) {
    let step = usize::try_from(left).map_or(available, |left| left.min(available));
    let left = left - step as u64;
    (step, if left == 0 { FrameState::Line } else { state(left) })
}

const fn is_resp(first: u8) -> bool {
    matches!(first, b'+' | b'-' | b':' | b'$' | b'*')
}

/// A length: -1 or up to 18 digits, so that adding to it never overflows.
fn number(digits: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(digits).ok().filter(|text| (1..=18).contains(&text.len()))?;
    text.parse().ok().filter(|&number| number >= -1)
}

impl<R: Read> Read for ReplyLimit<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            let count = match self.inner.read(&mut self.raw) {
                Ok(0) => {
                    self.fault = Some(io::ErrorKind::UnexpectedEof);
                    return Ok(0);
                }
                Ok(count) => count,
                Err(error) => {
                    self.fault = Some(error.kind());
                    return Err(error);
                }
            };
            self.received += count as u64;
            if self.filter(count).is_err() {
                self.fault = Some(io::ErrorKind::InvalidData);
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        let count = buffer.len().min(self.ready.len() - self.taken);
        buffer[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
