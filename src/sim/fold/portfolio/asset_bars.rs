//! The bars of one asset as they wait for those of the others.

use crate::candles::Candles;
use crate::interval::Millis;

/// Opens and closes with their times.
pub struct AssetBars {
    times: OpenTimes,
    /// Open prices.
    pub open: Vec<f64>,
    /// Close prices.
    pub close: Vec<f64>,
}

/// Open times, ascending.
enum OpenTimes {
    /// A bit for each step from the first bar on, set where there is a bar: of years of hours one in 64 of their bytes.
    Spaced { first: Millis, step: Millis, words: Vec<u64> },
    /// As they are, where they have no step that many of them keep.
    Listed(Vec<Millis>),
}

impl AssetBars {
    /// Open times, ascending.
    #[must_use]
    pub fn times(&self) -> Vec<Millis> {
        match &self.times {
            OpenTimes::Listed(times) => times.clone(),
            OpenTimes::Spaced { first, step, words } => {
                let mut times = Vec::with_capacity(self.close.len());
                let mut moment = *first;
                for &word in words {
                    let mut rest = word;
                    while rest != 0 {
                        times.push(moment + step * Millis::from(rest.trailing_zeros()));
                        rest &= rest - 1;
                    }
                    moment += step * Millis::from(u64::BITS);
                }
                times
            }
        }
    }

    /// Whether there is no bar.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.close.is_empty()
    }
}

impl From<Candles> for AssetBars {
    fn from(candles: Candles) -> Self {
        let Candles { time, open, close, .. } = candles;
        Self { times: OpenTimes::from(time), open, close }
    }
}

impl From<Vec<Millis>> for OpenTimes {
    fn from(times: Vec<Millis>) -> Self {
        let step = times.windows(2).fold(0, |step, pair| common_divisor(pair[1] - pair[0], step));
        let Some((&first, &last)) = times.first().zip(times.last()).filter(|_| step > 0) else {
            return Self::Listed(times);
        };
        let steps = usize::try_from((last - first) / step).unwrap_or(usize::MAX);
        if steps / times.len() >= 32 {
            return Self::Listed(times);
        }
        let mut words = vec![0; steps / 64 + 1];
        for time in times {
            let at = usize::try_from((time - first) / step).unwrap_or_default();
            words[at / 64] |= 1 << (at % 64);
        }
        Self::Spaced { first, step, words }
    }
}

fn common_divisor(mut a: Millis, mut b: Millis) -> Millis {
    // Nearly always the same distance again.
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{AssetBars, Candles, Millis, OpenTimes};

    fn bars(times: &[Millis]) -> AssetBars {
        let prices: Vec<f64> = (0..times.len()).map(|_| 1.0).collect();
        let (open, close) = (prices.clone(), prices);
        Candles { time: times.to_vec(), open, close, ..Candles::default() }.into()
    }

    #[test]
    fn years_of_hours_take_a_bit_an_hour_and_scattered_moments_stay_a_list() {
        let hours: Vec<Millis> = (0..40_000).filter(|hour| hour % 700 != 3).map(|hour| hour * 3_600_000 + 1).collect();
        assert!(matches!(&bars(&hours).times, OpenTimes::Spaced { words, .. } if words.len() == 625));
        assert!(matches!(&bars(&[0, 1, 86_400_000]).times, OpenTimes::Listed(_)));
    }

    proptest! {
        #[test]
        fn times_come_back_as_they_were(
            first in -1_000_000_000_000_i64..2_000_000_000_000,
            step in prop::sample::select(vec![1, 60_000, 3_600_000, 86_400_000]),
            distances in prop::collection::vec(prop_oneof![9 => Just(1_i64), 1 => 2..5_000_i64], 0..200),
        ) {
            let mut times = vec![first];
            times.extend(distances.iter().scan(first, |time, distance| {
                *time += distance * step;
                Some(*time)
            }));
            prop_assert_eq!(bars(&times).times(), times);
            prop_assert!(bars(&[]).times().is_empty());
        }
    }
}
