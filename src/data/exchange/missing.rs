//! Which times have to be asked about, given the bars that are there.

use std::ops::Range;

use crate::sim::model::Millis;

/// The ranges of open times within `wanted` in which bars are missing, `step` ms apart as they should be.
///
/// Each range holds its neighbours that are there too: an answer must agree with them, so that another market's candles
/// are noticed. Ranges with less than `near` ms between them become one, as one question answers both.
pub(super) fn ranges(there: &[Millis], wanted: &Range<Millis>, step: Millis, near: Millis) -> Vec<Range<Millis>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let inside = &there[there.partition_point(|time| *time < wanted.start)..];
    let inside = &inside[..inside.partition_point(|time| *time < wanted.end)];
    let (Some(&first), Some(&last)) = (inside.first(), inside.last()) else { return vec![wanted.clone()] };
    let mut found: Vec<Range<Millis>> = Vec::new();
    let mut add = |range: Range<Millis>| match found.last_mut() {
        Some(before) if range.start - before.end < near => before.end = range.end,
        _ => found.push(range),
    };
    if first - wanted.start >= step {
        add(wanted.start..first + 1);
    }
    for pair in inside.windows(2) {
        if pair[1] - pair[0] > step {
            add(pair[0]..pair[1] + 1);
        }
    }
    if last + step < wanted.end {
        add(last..wanted.end);
    }
    found
}
