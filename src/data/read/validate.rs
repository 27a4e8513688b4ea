//! Decides whether rows are candles: impossible prices fail the file with the row named, doubtful ones are counted.
//! Everything below relies on what is established here.

use std::ops::Range;

use super::gaps::GapCounts;
use super::raw_candles::RawCandles;
use crate::data::date::{is_showable, show_time};
use crate::data::error::{ContentError, DAMAGED, Warning, WarningKind};
use crate::data::parallel::{blocks, pieces};
use crate::sim::model::{Candles, Field, Interval, Millis};

/// 2009-01-01: Bitcoin's first block is of January 3.
pub(crate) const BITCOIN: Millis = 1_230_768_000_000;
const FIX: &str = "Correct or remove the row";

/// Checks all rows, sorts them and drops repeated ones.
pub(crate) fn validate(raw: RawCandles) -> Result<(Candles, WarningCounts), ContentError> {
    let first_row = raw.first_row;
    // Polars does not check this itself: a damaged file can give columns of different lengths.
    if raw.values.iter().any(|column| column.len() != raw.time.len()) {
        return Err(ContentError::file("has columns of different lengths", DAMAGED));
    }
    let [open, high, low, close, volume] = raw.values;
    let mut candles = Candles { time: raw.time, open, high, low, close, volume };
    if let Some(fault) = first_impossible(&candles, first_row) {
        return Err(fault);
    }
    let mut counts = WarningCounts::default();
    if !ascend(&candles.time) {
        sort(&mut candles, first_row, &mut counts)?;
    }
    Ok((candles, counts))
}

/// What is doubtful, each kind once.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct WarningCounts(pub Vec<Warning>);

impl WarningCounts {
    /// Adds what is doubtful about checked bars of this length.
    pub(crate) fn look_at(&mut self, candles: &Candles, interval: Interval, now: Millis) {
        self.steps(&candles.time, interval);
        let idle = |rows: Range<usize>| candles.volume[rows].iter().filter(|volume| **volume == 0.0).count();
        self.add(WarningKind::ZeroVolume, pieces(candles.len(), idle).into_iter().sum());
        self.add(WarningKind::BeforeBitcoin, candles.time.partition_point(|time| *time < BITCOIN));
        self.add(WarningKind::InTheFuture, candles.len() - candles.time.partition_point(|time| *time <= now));
    }

    /// Adds what is doubtful about the bars that longer ones were made of: their times, for the rest shows in those.
    pub(crate) fn look_at_source(&mut self, time: &[Millis], interval: Interval) {
        let mut all = Self::default();
        all.steps(time, interval);
        all.0.retain(|new| new.kind != WarningKind::MissingBars && self.0.iter().all(|old| old.kind != new.kind));
        self.0.extend(all.0);
    }

    pub(crate) fn add(&mut self, kind: WarningKind, count: usize) {
        if count > 0 {
            self.0.push(Warning { kind, count: count as u64 });
        }
    }

    /// Compares the steps between bars with the interval.
    fn steps(&mut self, time: &[Millis], interval: Interval) {
        let GapCounts { missing, irregular, other } = GapCounts::of(time, interval);
        // When most steps differ, the file is of another interval, and its gaps would be counted in the wrong unit.
        if time.len() > 2 && other * 2 >= time.len() {
            self.add(WarningKind::WrongInterval, other);
        } else {
            self.add(WarningKind::MissingBars, missing);
            self.add(WarningKind::IrregularSteps, irregular);
        }
    }
}

/// Whether all of these rows are candles; NaN fails every part of it.
#[expect(clippy::needless_bitwise_bool, reason = "without branches it becomes vector instructions")]
fn are_fine(candles: &Candles, rows: Range<usize>) -> bool {
    let [open, high, low, close, volume] = Field::ALL.map(|field| &candles.column(field)[rows.clone()]);
    let time = &candles.time[rows];
    let mut fine = true;
    for i in 0..time.len() {
        let (low, high) = (low[i], high[i]);
        let inside = (low <= open[i]) & (open[i] <= high) & (low <= close[i]) & (close[i] <= high);
        let finite = (low > 0.0) & (high < f64::INFINITY) & (volume[i] >= 0.0) & (volume[i] < f64::INFINITY);
        fine &= inside & finite & is_showable(time[i]);
    }
    fine
}

/// Whether each time comes after the one before it.
#[expect(clippy::needless_bitwise_bool, reason = "without branches it becomes vector instructions")]
fn ascend(time: &[Millis]) -> bool {
    let later = time.get(1..).unwrap_or_default();
    let block = |rows: Range<usize>| {
        let pairs = time[rows.clone()].iter().zip(&later[rows]);
        pairs.fold(true, |ascend, (before, after)| ascend & (before < after))
    };
    pieces(later.len(), |rows| blocks(rows).all(block)).into_iter().all(|ascend| ascend)
}

/// What keeps these from being candles as [`Candles`] promises them, the order of time included.
pub(crate) fn first_fault(candles: &Candles, first_row: u64) -> Option<ContentError> {
    let same_length = Field::ALL.into_iter().all(|field| candles.column(field).len() == candles.len());
    if !same_length {
        return Some(ContentError::file("has columns of different lengths", DAMAGED));
    }
    let disorder = || {
        let at = candles.time.windows(2).position(|pair| pair[0] >= pair[1])? + 1;
        Some(
            ContentError::row(first_row + at as u64, "does not come after the row before it", FIX)
                .with_time(candles.time[at]),
        )
    };
    first_impossible(candles, first_row).or_else(disorder)
}

/// The first row with an impossible value.
pub(crate) fn first_impossible(candles: &Candles, first_row: u64) -> Option<ContentError> {
    let bad = |rows| blocks(rows).find(|rows| !are_fine(candles, rows.clone()));
    let bad = pieces(candles.len(), bad).into_iter().flatten().next()?;
    let at = bad.clone().find(|&i| !are_fine(candles, i..i + 1)).unwrap_or(bad.start);
    let row = first_row + at as u64;
    let time = candles.time[at];
    if !is_showable(time) {
        return Some(ContentError::row(row, format!("timestamp {time} ms lies outside of the years 0 to 9999"), FIX));
    }
    Some(ContentError::row(row, what_is_wrong(candles, at), FIX).with_time(time))
}

fn what_is_wrong(candles: &Candles, at: usize) -> String {
    for field in Field::ALL {
        let value = candles.column(field)[at];
        let name = field.name();
        if !value.is_finite() {
            return format!("{name} is {value}; it must be a finite number");
        }
        if field == Field::Volume && value < 0.0 {
            return format!("volume is {value}; it must not be negative");
        }
        if field != Field::Volume && value <= 0.0 {
            return format!("{name} is {value}; prices must be above zero");
        }
    }
    let (high, low) = (candles.high[at], candles.low[at]);
    if high < low {
        return format!("high {high} is below low {low}");
    }
    let outside = |value: f64| value < low || value > high;
    let (name, value) =
        if outside(candles.open[at]) { ("open", candles.open[at]) } else { ("close", candles.close[at]) };
    format!("{name} {value} lies outside of low {low} to high {high}")
}

/// Puts the bars in the order of time, each once; one column after another, as large files have large columns.
fn sort(candles: &mut Candles, first_row: u64, counts: &mut WarningCounts) -> Result<(), ContentError> {
    let time = &candles.time;
    let mut order: Vec<usize> = (0..candles.len()).collect();
    order.sort_by_key(|&i| time[i]);
    let mut kept: Vec<usize> = Vec::with_capacity(order.len());
    let (mut duplicates, mut misplaced) = (0, 0);
    for i in order {
        match kept.last() {
            Some(&last) if time[last] == time[i] => {
                let same = Field::ALL.into_iter().all(|field| {
                    let column = candles.column(field);
                    column[last].to_bits() == column[i].to_bits()
                });
                if !same {
                    let other = first_row + last as u64;
                    let what =
                        format!("the bar of {} is already in row {other}, with other values", show_time(time[i]));
                    return Err(ContentError::row(first_row + i as u64, what, "Keep the right one of the two rows")
                        .with_time(time[i]));
                }
                duplicates += 1;
            }
            _ => kept.push(i),
        }
    }
    let mut latest = Millis::MIN;
    for &t in time {
        misplaced += usize::from(t < latest);
        latest = latest.max(t);
    }
    counts.add(WarningKind::DuplicatesDropped, duplicates);
    counts.add(WarningKind::Unsorted, misplaced);
    let Candles { time, open, high, low, close, volume } = candles;
    *time = kept.iter().map(|&i| time[i]).collect();
    for column in [open, high, low, close, volume] {
        *column = kept.iter().map(|&i| column[i]).collect();
    }
    Ok(())
}
