//! Long histories made short enough for a page, without losing an extreme.
//!
//! Bars are put together in buckets of as many each. A bucket of candles is itself a candle: first open, highest high,
//! lowest low, last close. A bucket of a line is its lowest and its highest value, in the order in which they came.

use std::ops::Range;

use crate::sim::Candles;

/// Numbers that the series of one page may have: at 16/3 bytes each they leave room for the library under 8 MB.
const NUMBERS: usize = 650_000;
/// Numbers of a candle.
const CANDLE: usize = 5;

/// How many bars go into a bucket, so that candles and `lines` lines fit into a page; 1 where all of them do.
#[must_use]
pub(in crate::html) fn bars_per_bucket(bars: usize, lines: usize) -> usize {
    if bars * (CANDLE + lines) <= NUMBERS {
        return 1;
    }
    // Two values of a line for each bucket. Buckets of two would halve the candles and leave the lines as long.
    bars.div_ceil(NUMBERS / (CANDLE + 2 * lines)).max(2)
}

/// The bars of each bucket.
pub(in crate::html) fn buckets(bars: usize, each: usize) -> impl Iterator<Item = Range<usize>> {
    (0..bars).step_by(each).map(move |first| first..(first + each).min(bars))
}

/// Candles of buckets of so many bars; their time is that of their first bar.
#[must_use]
pub(in crate::html) fn candles(candles: &Candles, each: usize) -> Candles {
    let mut thin = Candles::default();
    for bars in buckets(candles.len(), each) {
        thin.time.push(candles.time[bars.start]);
        thin.open.push(candles.open[bars.start]);
        thin.high.push(candles.high[bars.clone()].iter().copied().fold(f64::NEG_INFINITY, f64::max));
        thin.low.push(candles.low[bars.clone()].iter().copied().fold(f64::INFINITY, f64::min));
        thin.close.push(candles.close[bars.end - 1]);
        thin.volume.push(candles.volume[bars].iter().sum());
    }
    thin
}

/// A line of buckets of so many bars, two values for each; of buckets of one bar, the line itself.
#[must_use]
pub(in crate::html) fn line(values: &[f64], each: usize) -> Vec<f64> {
    if each == 1 {
        return values.to_vec();
    }
    let two = |bars: Range<usize>| {
        let mut defined = bars.filter(|&bar| !values[bar].is_nan());
        let Some(first) = defined.next() else { return [f64::NAN; 2] };
        let (mut low, mut high) = (first, first);
        for bar in defined {
            if values[bar] < values[low] {
                low = bar;
            }
            if values[bar] > values[high] {
                high = bar;
            }
        }
        [values[low.min(high)], values[low.max(high)]]
    };
    buckets(values.len(), each).flat_map(two).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_extreme_of_any_bucket_is_lost(values in prop::collection::vec(-1e6..1e6_f64, 1..500), each in 2..40_usize) {
            let thin = line(&values, each);
            for (bars, two) in buckets(values.len(), each).zip(thin.chunks(2)) {
                let low = values[bars.clone()].iter().copied().fold(f64::INFINITY, f64::min);
                let high = values[bars].iter().copied().fold(f64::NEG_INFINITY, f64::max);
                prop_assert_eq!((two[0].min(two[1]), two[0].max(two[1])), (low, high));
            }
        }
    }

    #[test]
    fn the_two_values_of_a_bucket_come_in_their_order() {
        assert_eq!(line(&[5.0, 9.0, 1.0, 4.0, 1.0, 2.0, 9.0, 3.0], 4), [9.0, 1.0, 1.0, 9.0]);
        assert_eq!(line(&[f64::NAN, 3.0], 2), [3.0, 3.0]);
        assert!(line(&[f64::NAN; 4], 2).iter().all(|value| value.is_nan()));
    }

    #[test]
    fn two_million_bars_fit_into_a_page_and_fifty_thousand_are_not_thinned() {
        assert_eq!(bars_per_bucket(50_000, 6), 1);
        for (bars, lines) in [(2_000_000, 12), (60_000, 12), (100_000, 4)] {
            let each = bars_per_bucket(bars, lines);
            assert!(
                each > 1 && bars.div_ceil(each) * (CANDLE + 2 * lines) <= NUMBERS,
                "{bars} bars, {lines} lines: {each}"
            );
        }
    }
}
