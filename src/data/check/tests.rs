use super::*;
use crate::FileFingerprint;
use crate::error::Warning;
use crate::sim::DAY;

/// A price that goes up and down by a hundredth, with nothing doubtful.
fn calm(bars: i64) -> Candles {
    let close: Vec<f64> = (0..bars).map(|day| if day % 2 == 0 { 100.0 } else { 101.0 }).collect();
    Candles {
        time: (0..bars).map(|day| day * DAY).collect(),
        open: close.clone(),
        high: close.iter().map(|price| price + 1.0).collect(),
        low: close.iter().map(|price| price - 1.0).collect(),
        close,
        volume: vec![1.0; usize::try_from(bars).unwrap()],
    }
}

fn checked(candles: Candles) -> CheckReport {
    let loaded =
        Loaded { candles, digest: [0; 32], warnings: Vec::new(), synthetic: false, stamp: FileFingerprint::default() };
    check(&loaded, "1d".parse().unwrap())
}

#[test]
fn calm_candles_are_clean() {
    let found = checked(calm(100));
    assert!(found.is_clean(), "{found:?}");
    assert_eq!((found.bars, found.start, found.end), (100, 0, 99 * DAY));
}

#[test]
fn gaps_are_counted_with_the_longest_and_where_it_is() {
    let mut candles = calm(100);
    for time in &mut candles.time[50..] {
        *time += DAY;
    }
    for time in &mut candles.time[70..] {
        *time += 3 * DAY;
    }
    let found = checked(candles);
    assert_eq!((found.gaps, found.missing, found.longest_gap), (2, 4, Some((70 * DAY, 3))));
}

#[test]
fn one_wrong_price_among_few_bars_is_a_spike_and_a_lively_market_is_none() {
    let mut candles = calm(60);
    candles.high[30] = 1010.0;
    assert_eq!((checked(candles.clone()).spikes, checked(candles).first_spike), (1, Some(30 * DAY)));
    let mut candles = calm(60);
    (candles.low[30], candles.close[30]) = (1.0, 1.0);
    // Down; the way back up is then nothing new.
    assert_eq!(checked(candles).spikes, 1);
    let mut candles = calm(60);
    candles.high[30] = 112.0;
    assert_eq!(checked(candles).spikes, 0);
}

#[test]
fn a_price_that_stands_still_is_stale_and_never_a_spike() {
    let mut candles = calm(100);
    for column in [&mut candles.open, &mut candles.high, &mut candles.low, &mut candles.close] {
        column[20..32].fill(100.0);
    }
    let found = checked(candles);
    assert_eq!((found.stale, found.longest_stale), (1, Some((20 * DAY, 12))));
    let mut flat = calm(50);
    for column in [&mut flat.open, &mut flat.high, &mut flat.low, &mut flat.close] {
        column.fill(7.0);
    }
    assert_eq!(checked(flat).spikes, 0);
}

#[test]
fn what_the_reader_dropped_is_told() {
    let warnings = vec![Warning { kind: WarningKind::DuplicatesDropped, count: 3 }];
    let loaded =
        Loaded { candles: calm(10), digest: [0; 32], warnings, synthetic: false, stamp: FileFingerprint::default() };
    let found = check(&loaded, "1d".parse().unwrap());
    assert!(found.duplicates == 3 && !found.is_clean());
}
