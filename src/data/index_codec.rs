//! The index as bytes: magic, version, records, and blake3 over all before it. Plain fixed-width little-endian
//! fields, so that thousands of records are read in a millisecond.

use super::fault::{Warning, WarningKind};
use super::index::{Record, Records, Span};
use super::stamp::Stamp;
use crate::sim::model::TimeRange;

/// Another first 8 bytes, or another version, and the file is built anew.
const MAGIC: &[u8; 8] = b"btcandle";
const VERSION: u32 = 3;
const HASH: usize = 32;

pub(super) fn encode(records: &Records) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + records.len() * 256);
    out.extend(MAGIC);
    out.extend(VERSION.to_le_bytes());
    put(&mut out, records.len() as u64);
    for (path, record) in records {
        put(&mut out, path.len() as u64);
        out.extend(path.as_bytes());
        let stamp = &record.stamp;
        for number in [stamp.size, stamp.mtime_ns.cast_unsigned(), stamp.ctime_ns.cast_unsigned(), stamp.inode] {
            put(&mut out, number);
        }
        out.push(u8::from(record.synthetic));
        put(&mut out, record.ranges.len() as u64);
        for (range, span) in &record.ranges {
            for bound in [range.from, range.to] {
                out.push(u8::from(bound.is_some()));
                put(&mut out, bound.unwrap_or_default().cast_unsigned());
            }
            out.extend(span.digest);
            for number in [span.bars, span.start.cast_unsigned(), span.end.cast_unsigned()] {
                put(&mut out, number);
            }
            put(&mut out, span.warnings.len() as u64);
            for warning in &span.warnings {
                put(&mut out, warning.kind as u64);
                put(&mut out, warning.count);
            }
        }
    }
    let hash = blake3::hash(&out);
    out.extend(hash.as_bytes());
    out
}

fn put(out: &mut Vec<u8>, number: u64) {
    out.extend(number.to_le_bytes());
}

/// `None` for everything that [`encode`] of this version did not write.
pub(super) fn decode(bytes: &[u8]) -> Option<Records> {
    let (body, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
    if blake3::hash(body).as_bytes() != hash {
        return None;
    }
    let mut input = Input(body);
    if input.take::<8>()? != *MAGIC || u32::from_le_bytes(input.take()?) != VERSION {
        return None;
    }
    let count = input.length()?;
    let mut records = Records::with_capacity(count);
    for _ in 0..count {
        let length = input.length()?;
        let path = std::str::from_utf8(input.slice(length)?).ok()?.to_owned();
        records.insert(path, record(&mut input)?);
    }
    input.0.is_empty().then_some(records)
}

fn record(input: &mut Input) -> Option<Record> {
    let stamp =
        Stamp { size: input.number()?, mtime_ns: input.signed()?, ctime_ns: input.signed()?, inode: input.number()? };
    let synthetic = input.flag()?;
    let ranges = (0..input.length()?)
        .map(|_| {
            let range = input.range()?;
            let (digest, bars) = (input.take()?, input.number()?);
            let (start, end, warnings) = (input.signed()?, input.signed()?, warnings(input)?);
            Some((range, Span { digest, bars, start, end, warnings }))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Record { stamp, synthetic, ranges })
}

fn warnings(input: &mut Input) -> Option<Vec<Warning>> {
    let count = input.length()?;
    let one = |_| {
        let kind = *WarningKind::ALL.get(usize::try_from(input.number()?).ok()?)?;
        Some(Warning { kind, count: input.number()? })
    };
    (0..count).map(one).collect()
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.slice(N)?.try_into().ok()
    }

    fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn signed(&mut self) -> Option<i64> {
        self.take().map(i64::from_le_bytes)
    }

    fn flag(&mut self) -> Option<bool> {
        let [flag] = self.take()?;
        (flag <= 1).then_some(flag == 1)
    }

    fn range(&mut self) -> Option<TimeRange> {
        let mut range = TimeRange::default();
        for bound in [&mut range.from, &mut range.to] {
            let is_some = self.flag()?;
            *bound = Some(self.signed()?).filter(|_| is_some);
        }
        Some(range)
    }

    /// A number of things that take at least one byte each, so that no length asks for more than there is.
    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|length| *length <= self.0.len())
    }
}
