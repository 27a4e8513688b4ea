use proptest::prelude::*;

use super::*;

const MINUTE: Millis = 60_000;
/// 2024-01-01, a Monday.
const MONDAY: Millis = 1_704_067_200_000;
const ALL: TimeRange = TimeRange { from: None, to: None };
const ALONE: Beyond = Beyond { before: false, after: false };

fn interval(text: &str) -> Interval {
    text.parse().unwrap()
}

/// One-minute bars from `start` on, but for those whose number is in `missing`; volumes are whole numbers, so that
/// every way to add them up gives the same.
fn minutes(start: Millis, count: usize, missing: impl Fn(usize) -> bool) -> Candles {
    let mut candles = Candles::default();
    for i in (0..count).filter(|i| !missing(*i)) {
        let close = 100.0 + ((i * 7919) % 1009) as f64 / 8.0;
        let open = 100.0 + ((i * 104_729) % 997) as f64 / 8.0;
        candles.time.push(start + i as Millis * MINUTE);
        candles.open.push(open);
        candles.high.push(open.max(close) + (i % 13) as f64);
        candles.low.push(open.min(close) - (i % 11) as f64);
        candles.close.push(close);
        candles.volume.push((i % 17) as f64);
    }
    candles
}

fn made(candles: &Candles, from: &str, to: &str) -> Candles {
    resample(candles, (interval(from), interval(to)), ALL, ALONE).0
}

#[test]
fn a_bar_has_the_first_open_the_highest_high_the_lowest_low_the_last_close_and_all_of_the_volume() {
    let candles = Candles {
        time: vec![MONDAY, MONDAY + MINUTE, MONDAY + 2 * MINUTE],
        open: vec![10.0, 11.0, 12.0],
        high: vec![12.0, 15.0, 13.0],
        low: vec![9.0, 10.5, 8.0],
        close: vec![11.0, 12.0, 9.0],
        volume: vec![1.0, 2.0, 4.0],
    };
    let bar = made(&candles, "1m", "3m");
    assert_eq!((bar.time, bar.open, bar.high), (vec![MONDAY], vec![10.0], vec![15.0]));
    assert_eq!((bar.low, bar.close, bar.volume), (vec![8.0], vec![9.0], vec![7.0]));
}

#[test]
fn half_bars_at_either_end_are_not_made() {
    let hours = made(&minutes(MONDAY - 7 * MINUTE, 7 + 60 + 59, |_| false), "1m", "1h");
    assert_eq!(hours.time, [MONDAY]);
    let hours = made(&minutes(MONDAY, 120, |_| false), "1m", "1h");
    assert_eq!(hours.time, [MONDAY, MONDAY + 60 * MINUTE]);
    assert!(made(&minutes(MONDAY + MINUTE, 118, |_| false), "1m", "1h").is_empty());
    assert!(made(&Candles::default(), "1m", "1h").is_empty());
}

#[test]
fn a_bar_with_a_gap_is_made_of_what_there_is_and_counted_and_one_without_any_is_not_made() {
    let gaps = minutes(MONDAY, 240, |i| (i > 60 && i < 180) || i == 200);
    let (hours, partial) = resample(&gaps, (interval("1m"), interval("1h")), ALL, ALONE);
    assert_eq!(hours.time, [0, 60, 180].map(|minute| MONDAY + minute * MINUTE));
    assert_eq!((partial, hours.close[1].to_bits()), (2, gaps.close[60].to_bits()));
}

#[test]
fn weeks_begin_on_monday_days_at_midnight_and_hours_at_midnight_too() {
    let day = 1_440 * MINUTE;
    let (weeks, days, four) = (interval("1w"), interval("1d"), interval("4h"));
    for after in [0, 1, 3 * day, 7 * day - 1] {
        assert_eq!(weeks.open_of(MONDAY + after), MONDAY);
        assert_eq!(weeks.open_of(MONDAY - 1 - after), MONDAY - 7 * day);
    }
    assert_eq!(days.open_of(MONDAY + day - 1), MONDAY);
    assert_eq!(four.open_of(MONDAY + 5 * 60 * MINUTE), MONDAY + 240 * MINUTE);
    assert_eq!(four.open_of(-1), -240 * MINUTE);
}

#[test]
fn a_month_is_made_of_its_days_whether_28_or_31_and_one_that_lacks_a_day_at_its_end_is_not() {
    let day = 1_440 * MINUTE;
    // From 2023-12-15 to 2024-03-30: January, a February of 29 days, and no whole March.
    let mut days = minutes(0, 107, |_| false);
    days.time = (0..107).map(|at| 1_702_598_400_000 + at * day).collect();
    let (months, partial) = resample(&days, (interval("1d"), interval("1mo")), ALL, ALONE);
    assert_eq!((months.time, partial), (vec![1_704_067_200_000, 1_706_745_600_000], 0));
    assert_eq!(
        (months.open[1].to_bits(), months.close[1].to_bits()),
        (days.open[48].to_bits(), days.close[76].to_bits())
    );
    let gap = days.slice(0..60);
    let (with_gap, partial) =
        resample(&gap, (interval("1d"), interval("1mo")), ALL, Beyond { before: false, after: true });
    assert_eq!((with_gap.time.len(), partial), (2, 1), "February has 12 of its 29 days");
}

#[test]
fn only_intervals_of_which_whole_bars_fit_are_taken() {
    for (long, short) in [
        ("4h", "1h"),
        ("1w", "1d"),
        ("2w", "1w"),
        ("90m", "30m"),
        ("1d", "1m"),
        ("7d", "1d"),
        ("1mo", "1d"),
        ("1mo", "4h"),
        ("3mo", "1mo"),
        ("12mo", "3mo"),
    ] {
        assert!(interval(long).is_made_of(interval(short)), "{long} {short}");
    }
    for (long, short) in [
        ("4h", "4h"),
        ("1h", "4h"),
        ("4h", "3h"),
        ("14d", "1w"),
        ("2w", "7d"),
        ("1w", "7d"),
        ("1mo", "1w"),
        ("1mo", "2d"),
        ("1mo", "1mo"),
        ("5mo", "2mo"),
        ("365d", "1mo"),
    ] {
        assert!(!interval(long).is_made_of(interval(short)), "{long} {short}");
    }
}

#[test]
fn a_range_takes_the_bars_that_open_in_it_and_asks_for_all_that_they_are_made_of() {
    let candles = minutes(MONDAY, 600, |_| false);
    let at = |minute: Millis| Some(MONDAY + minute * MINUTE);
    let range = TimeRange { from: at(61), to: at(181) };
    let hour = interval("1h");
    assert_eq!(source_range(hour, range), TimeRange { from: at(120), to: at(240) });
    assert_eq!(source_range(hour, TimeRange { from: at(120), to: None }), TimeRange { from: at(120), to: None });
    let (hours, _) = resample(&candles, (interval("1m"), hour), range, ALONE);
    assert_eq!(hours.time, [at(120), at(180)].map(Option::unwrap));
    let part = candles.slice(candles.within(source_range(hour, range)));
    assert_eq!(resample(&part, (interval("1m"), hour), range, Beyond { before: true, after: true }).0, hours);
}

proptest! {
    #[test]
    fn by_way_of_hours_or_at_once_the_same_bars_come_out(start in 0_i64..20_000, count in 0_usize..3_000) {
        let candles = minutes(MONDAY + start * MINUTE, count, |_| false);
        let hours = made(&candles, "1m", "1h");
        prop_assert_eq!(made(&hours, "1h", "4h"), made(&candles, "1m", "4h"));
        prop_assert_eq!(made(&made(&candles, "1m", "5m"), "5m", "1h"), hours);
    }

    /// Where minutes are missing, the way by hours knows less of where they begin and end, and may leave out a bar at
    /// either end; all others are the same.
    #[test]
    fn gaps_change_nothing_about_that_but_at_the_ends(start in 0_i64..300, count in 0_usize..3_000, seed in 1_usize..50, hole in 1_usize..400) {
        let candles = minutes(MONDAY + start * MINUTE, count, |i| i % seed == 0 || (i / hole) % 3 == 1);
        let direct = made(&candles, "1m", "4h");
        let by_hours = made(&made(&candles, "1m", "1h"), "1h", "4h");
        let inner = 1.min(direct.len())..direct.len().saturating_sub(1).max(1.min(direct.len()));
        prop_assert!(direct.len() - by_hours.len() <= 2);
        for at in inner {
            let same = by_hours.time.binary_search(&direct.time[at]).unwrap();
            prop_assert_eq!(by_hours.slice(same..same + 1), direct.slice(at..at + 1));
        }
    }

    #[test]
    fn every_bar_holds_what_it_is_made_of(start in 0_i64..300, count in 0_usize..2_000, seed in 2_usize..50) {
        let candles = minutes(MONDAY + start * MINUTE, count, |i| i % seed == 0);
        let hours = made(&candles, "1m", "1h");
        for i in 0..hours.len() {
            let bars = candles.within(TimeRange { from: Some(hours.time[i]), to: Some(hours.time[i] + 60 * MINUTE) });
            prop_assert!(!bars.is_empty() && hours.time[i] % (60 * MINUTE) == 0);
            prop_assert!(hours.low[i] <= hours.open[i].min(hours.close[i]) && hours.high[i] >= hours.open[i].max(hours.close[i]));
            prop_assert!(candles.high[bars.clone()].iter().all(|high| *high <= hours.high[i]));
            prop_assert!(candles.low[bars.clone()].iter().all(|low| *low >= hours.low[i]));
            prop_assert_eq!(hours.volume[i].to_bits(), candles.volume[bars].iter().sum::<f64>().to_bits());
        }
    }
}
