//! Where the windows of walk-forward lie: a stretch to choose on, and the stretch after it to be tested on.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::data::months_later;
use crate::sim::{Candles, DAY, Interval, Millis};

/// Fewest bars on which parameters may be chosen.
const LEAST_TRAIN: usize = 2;

/// How long a window, or a gap, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowLength {
    /// So many bars.
    Bars(u64),
    /// So many calendar months.
    Months(u32),
    /// So many milliseconds.
    Millis(Millis),
}

impl FromStr for WindowLength {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "'{text}' is not a length of time; write months (24mo), years (2y), weeks (12w), days (90d), hours (36h) or bars (730b)"
            )
        };
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let count: u32 = text[..digits].parse().map_err(|_| wrong())?;
        let span = |millis: Millis| Self::Millis(Millis::from(count) * millis);
        match text[digits..].trim() {
            "b" | "bar" | "bars" => Ok(Self::Bars(count.into())),
            "mo" | "month" | "months" => Ok(Self::Months(count)),
            "y" | "year" | "years" => count.checked_mul(12).map(Self::Months).ok_or_else(wrong),
            "w" | "week" | "weeks" => Ok(span(7 * DAY)),
            "d" | "day" | "days" => Ok(span(DAY)),
            "h" | "hour" | "hours" => Ok(span(DAY / 24)),
            "m" | "min" => Ok(span(DAY / 1_440)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for WindowLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bars(bars) => write!(f, "{bars}b"),
            Self::Months(months) => write!(f, "{months}mo"),
            Self::Millis(millis) if millis % DAY == 0 => write!(f, "{}d", millis / DAY),
            Self::Millis(millis) if millis % (DAY / 24) == 0 => write!(f, "{}h", millis / (DAY / 24)),
            Self::Millis(millis) => write!(f, "{}m", millis / (DAY / 1_440)),
        }
    }
}

impl WindowLength {
    /// The number of bars of this interval that it covers; none of months, which differ.
    #[must_use]
    pub fn fixed_bars(self, interval: Interval) -> Option<usize> {
        let bars = match self {
            Self::Bars(bars) => Some(bars),
            Self::Months(_) => None,
            Self::Millis(millis) => {
                u64::try_from(millis).ok().map(|span| span.div_ceil(interval.millis().max(1).unsigned_abs()))
            }
        };
        bars.map(|bars| usize::try_from(bars).unwrap_or(usize::MAX))
    }

    /// Whether it is no time at all.
    #[must_use]
    pub fn is_zero(self) -> bool {
        matches!(self, Self::Bars(0) | Self::Months(0) | Self::Millis(0))
    }
}

/// How the windows are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowLengths {
    /// How long the stretch to choose on is, and the one to be tested on.
    Spans {
        /// To choose on.
        train: WindowLength,
        /// To be tested on; windows move on by so much.
        test: WindowLength,
    },
    /// So many windows over all bars, of each of which this fraction is to choose on.
    Count {
        /// Number of windows.
        windows: u64,
        /// Fraction, above 0 and below 1.
        train: f64,
    },
}

/// Where windows lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowPlan {
    /// Their lengths.
    pub lengths: WindowLengths,
    /// Whether every stretch to choose on begins with the first bar.
    pub anchored: bool,
    /// Bars left out between the stretch to choose on and the one to be tested on.
    pub gap: WindowLength,
    /// Fraction of the bars, the last ones, that are in no window.
    pub holdout: f64,
}

/// One window, in bars of the whole range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowBars {
    /// The bars to choose on.
    pub train: Range<usize>,
    /// The bars to be tested on.
    pub test: Range<usize>,
    /// Whether the data end before its test would.
    pub is_partial: bool,
}

/// The windows of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    /// In order of time; the tests follow one another.
    pub windows: Vec<WindowBars>,
    /// The last bars, that are in no window, with the bars before them to choose on.
    pub holdout: Option<WindowBars>,
}

/// A distance from the first bar: months first, then time, then bars.
#[derive(Clone, Copy, Default)]
struct Offset {
    months: i64,
    millis: Millis,
    bars: usize,
}

impl Offset {
    fn plus(self, length: WindowLength, times: usize) -> Self {
        let count = i64::try_from(times).unwrap_or(i64::MAX);
        match length {
            WindowLength::Bars(bars) => {
                let bars = usize::try_from(bars).unwrap_or(usize::MAX).saturating_mul(times);
                Self { bars: self.bars.saturating_add(bars), ..self }
            }
            WindowLength::Months(months) => {
                Self { months: self.months.saturating_add(i64::from(months).saturating_mul(count)), ..self }
            }
            WindowLength::Millis(millis) => {
                Self { millis: self.millis.saturating_add(millis.saturating_mul(count)), ..self }
            }
        }
    }

    /// The bar there; beyond the last one as many bars as the time holds.
    fn bar(self, time: &[Millis], interval: Interval) -> usize {
        let Some((&first, &last)) = time.first().zip(time.last()) else { return 0 };
        let then = months_later(first, self.months).saturating_add(self.millis);
        let inside = time.partition_point(|open| *open < then);
        let beyond = then.saturating_sub(interval.end_of(last)).max(0) / interval.millis().max(1);
        let beyond = usize::try_from(beyond).unwrap_or(usize::MAX);
        // The end of the last bar is a border too, and the bar after it not one more.
        let past = usize::from(then > interval.end_of(last));
        inside.saturating_add(beyond.max(past)).saturating_add(self.bars)
    }
}

impl WindowPlan {
    /// The windows over these candles.
    ///
    /// # Errors
    /// Where not one window fits, or one is too short; why, and what to change.
    pub fn windows(&self, candles: &Candles, interval: Interval) -> Result<Windows, String> {
        let all = candles.len();
        #[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction of them")]
        let bars = all - ((all as f64 * self.holdout).round() as usize).min(all);
        let time = &candles.time[..];
        let gap = self.gap;
        let (train, test) = match self.lengths {
            WindowLengths::Spans { train, test } => (train, test),
            WindowLengths::Count { windows, train } => self.counted(bars, windows, train, time, interval)?,
        };
        let at = |offset: Offset| offset.bar(time, interval);
        let window = |number: usize| {
            let start = Offset::default().plus(test, number);
            let train_end = start.plus(train, 1);
            let test_start = train_end.plus(gap, 1);
            let first = if self.anchored { 0 } else { at(start) };
            (first..at(train_end), at(test_start)..at(test_start.plus(test, 1)))
        };
        let mut windows: Vec<WindowBars> = Vec::new();
        loop {
            let (train, test) = window(windows.len());
            if test.start >= bars {
                break;
            }
            if test.is_empty() || train.len() < LEAST_TRAIN {
                let (what, length) = if test.is_empty() { ("--test", test.len()) } else { ("--train", train.len()) };
                return Err(format!(
                    "window {} has {length} bars to {}: make {what} longer, or choose shorter bars with --interval",
                    windows.len() + 1,
                    if what == "--test" { "be tested on" } else { "choose on" }
                ));
            }
            let end = test.end.min(bars);
            windows.push(WindowBars { train, is_partial: test.end > bars, test: test.start..end });
        }
        if windows.is_empty() {
            let (train, test) = window(0);
            let most = bars / 2;
            return Err(format!(
                "no window fits: the first one needs {} bars to choose on{} and one at least to be tested on, and there are {bars}{}; pass a shorter --train (such as {most}b), or more history (--from, backtest data fetch)",
                train.len(),
                if gap.is_zero() { String::new() } else { format!(", a gap of {}", test.start - train.end) },
                if self.holdout > 0.0 { " before the holdout" } else { "" },
            ));
        }
        let holdout = (bars < all).then(|| self.holdout_window(&windows, bars, all));
        Ok(Windows { windows, holdout })
    }

    /// The last bars, chosen for on as many bars before them as the windows have.
    fn holdout_window(&self, windows: &[WindowBars], bars: usize, all: usize) -> WindowBars {
        let first = &windows[0];
        let end = bars.saturating_sub(first.test.start - first.train.end);
        let start = if self.anchored { 0 } else { end.saturating_sub(first.train.len()) };
        WindowBars { train: start..end, test: bars..all, is_partial: false }
    }

    /// Lengths that give so many windows, whose tests end with the last bar.
    fn counted(
        &self,
        bars: usize,
        windows: u64,
        train: f64,
        time: &[Millis],
        interval: Interval,
    ) -> Result<(WindowLength, WindowLength), String> {
        let gap = Offset::default().plus(self.gap, 1).bar(time, interval);
        #[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
        let (left, count) = (bars.saturating_sub(gap) as f64, windows as f64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the bars")]
        let test = (left / (count + train / (1.0 - train))).floor() as u64;
        let all = u64::try_from(bars.saturating_sub(gap)).unwrap_or(u64::MAX);
        match all.checked_sub(test * windows) {
            Some(train) if test > 0 && train >= LEAST_TRAIN as u64 => {
                Ok((WindowLength::Bars(train), WindowLength::Bars(test)))
            }
            _ => Err(format!(
                "--windows {windows} are too many for {bars} bars: pass fewer, or shorter bars with --interval"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daily(bars: usize) -> Candles {
        let mut candles = Candles::default();
        for bar in 0..i64::try_from(bars).unwrap() {
            // From 2020-11-15.
            candles.time.push(1_605_398_400_000 + bar * DAY);
            for column in [&mut candles.open, &mut candles.high, &mut candles.low, &mut candles.close] {
                column.push(1.0);
            }
            candles.volume.push(1.0);
        }
        candles
    }

    fn plan(train: &str, test: &str) -> WindowPlan {
        let lengths = WindowLengths::Spans { train: train.parse().unwrap(), test: test.parse().unwrap() };
        WindowPlan { lengths, anchored: false, gap: WindowLength::Bars(0), holdout: 0.0 }
    }

    fn windows(plan: &WindowPlan, bars: usize) -> Windows {
        plan.windows(&daily(bars), "1d".parse().unwrap()).unwrap()
    }

    #[test]
    fn tests_follow_one_another_and_the_last_shorter_one_is_kept_and_marked() {
        let Windows { windows, holdout } = windows(&plan("730b", "90b"), 1_824);
        assert_eq!((windows.len(), holdout), (13, None));
        assert_eq!(windows[0], WindowBars { train: 0..730, test: 730..820, is_partial: false });
        assert_eq!(windows[12], WindowBars { train: 1_080..1_810, test: 1_810..1_824, is_partial: true });
        assert!(windows.windows(2).all(|pair| pair[0].test.end == pair[1].test.start));
        assert!(!windows[11].is_partial);
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let found = windows(&plan("24mo", "3mo"), 1_824);
        // 2022-11-15 and 2023-02-15.
        assert_eq!((found.windows[0].train.end, found.windows[0].test.end), (730, 822));
        assert_eq!(windows(&plan("104w", "12w"), 1_824).windows[0].test, 728..812);
        assert!(windows(&plan("2y", "1y"), 1_824).windows.last().unwrap().is_partial);
    }

    #[test]
    fn windows_that_end_with_the_last_bar_are_whole() {
        let found = windows(&plan("100d", "50d"), 300);
        assert_eq!(found.windows.len(), 4);
        assert_eq!(found.windows[3], WindowBars { train: 150..250, test: 250..300, is_partial: false });
    }

    #[test]
    fn anchored_windows_begin_with_the_first_bar_and_a_gap_is_in_neither_stretch() {
        let plan = WindowPlan { anchored: true, gap: WindowLength::Bars(5), ..plan("100b", "50b") };
        let found = windows(&plan, 300).windows;
        assert_eq!((found[0].train.clone(), found[0].test.clone()), (0..100, 105..155));
        assert_eq!((found[1].train.clone(), found[1].test.clone()), (0..150, 155..205));
    }

    #[test]
    fn a_number_of_windows_uses_all_bars() {
        let lengths = WindowLengths::Count { windows: 10, train: 0.7 };
        let found = windows(&WindowPlan { lengths, ..plan("1b", "1b") }, 1_824).windows;
        assert_eq!((found.len(), found[9].test.end), (10, 1_824));
        assert!(found.iter().all(|window| window.test.len() == 147 && !window.is_partial));
        assert_eq!(found[0].train.len(), 1_824 - 1_470);
    }

    #[test]
    fn the_holdout_is_in_no_window() {
        let found = windows(&WindowPlan { holdout: 0.2, ..plan("730b", "90b") }, 1_824);
        assert_eq!(found.windows.last().unwrap().test.end, 1_459);
        let holdout = found.holdout.unwrap();
        assert_eq!((holdout.train, holdout.test), (729..1_459, 1_459..1_824));
    }

    #[test]
    fn what_does_not_fit_names_the_remedy() {
        let error = |plan: WindowPlan, bars: usize| plan.windows(&daily(bars), "1d".parse().unwrap()).unwrap_err();
        assert!(error(plan("730b", "90b"), 700).contains("pass a shorter --train"));
        assert!(error(plan("1b", "90b"), 700).contains("make --train longer"));
        assert!(error(plan("100d", "1h"), 700).contains("make --test longer"));
        let lengths = WindowLengths::Count { windows: 900, train: 0.7 };
        assert!(error(WindowPlan { lengths, ..plan("1b", "1b") }, 700).contains("too many for 700 bars"));
        for text in ["", "x", "3", "3 parsecs", "-3d", "1.5mo", "99999999999d"] {
            assert!(text.parse::<WindowLength>().is_err(), "{text}");
        }
    }
}
