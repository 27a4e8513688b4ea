//! Makes longer bars of shorter ones: `4h` of `1h`.
//!
//! Bars open at whole intervals from [`Interval::origin`] on, and those of months on the first of one. One is made where the shorter bars reach from before its
//! open to its close or beyond, so that the first and the last are never half a bar. A gap within is no reason to leave
//! a bar out: most sources write no bar where nothing was traded, and of a year of such minutes hardly a day would be
//! left. Bars with gaps are counted; where there is no shorter bar at all, none is made.

use std::ops::Range;

use crate::sim::{Candles, Interval, Millis, TimeRange};

/// Whether there are more bars than those at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beyond {
    /// Before the first.
    pub before: bool,
    /// After the last.
    pub after: bool,
}

/// The open times of bars of the length `from` that make the bars of the length `to` whose open times lie in `range`.
pub(crate) fn source_range(to: Interval, range: TimeRange) -> TimeRange {
    let next_open = |time: Millis| {
        let open = to.open_of(time);
        if open == time { open } else { to.end_of(open) }
    };
    TimeRange { from: range.from.map(next_open), to: range.to.map(next_open) }
}

/// The bars of the length `to` that open in `range`, and how many of them lack one of the bars they are made of.
///
/// `candles` has bars of the length `from`, of which `to` is made ([`Interval::is_made_of`]). Prices are exact; the volume
/// is a sum in the order of time.
pub(crate) fn resample(
    candles: &Candles,
    (from, to): (Interval, Interval),
    range: TimeRange,
    beyond: Beyond,
) -> (Candles, usize) {
    let (mut out, mut partial) = (Candles::default(), 0);
    let (Some(first), Some(last)) = (candles.time.first(), candles.time.last()) else { return (out, 0) };
    let begin = if beyond.before { Millis::MIN } else { *first };
    let end = if beyond.after { Millis::MAX } else { from.end_of(*last) };
    let mut bars = 0..0;
    while bars.end < candles.len() {
        let open = to.open_of(candles.time[bars.end]);
        let close = to.end_of(open);
        let more = candles.time[bars.end..].iter().take_while(|time| **time < close).count();
        bars = bars.end..bars.end + more;
        let is_in = range.from.is_none_or(|from| open >= from) && range.to.is_none_or(|to| open < to);
        if is_in && open >= begin && close <= end {
            let length = if from.is_months() { to.millis() } else { close - open };
            partial += usize::from(bars.len() < usize::try_from(length / from.millis()).unwrap_or(usize::MAX));
            push(&mut out, open, candles, bars.clone());
        }
    }
    (out, partial)
}

fn push(out: &mut Candles, open: Millis, candles: &Candles, bars: Range<usize>) {
    let Range { start, end } = bars;
    out.time.push(open);
    out.open.push(candles.open[start]);
    out.high.push(candles.high[start..end].iter().fold(0.0, |a, b| a.max(*b)));
    out.low.push(candles.low[start..end].iter().fold(f64::INFINITY, |a, b| a.min(*b)));
    out.close.push(candles.close[end - 1]);
    // A sum of finite volumes may not be finite, and a candle's must be.
    out.volume.push(candles.volume[start..end].iter().sum::<f64>().min(f64::MAX));
}

#[cfg(test)]
mod tests;
