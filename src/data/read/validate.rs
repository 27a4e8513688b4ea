//! Decides whether rows are candles: impossible prices fail the file with the row named, doubtful ones are counted.
//! Everything below relies on what is established here.

use std::ops::Range;

use super::gaps::{GapCounts, phase_change};
use super::raw_candles::RawCandles;
use crate::catalog::BadRows;
use crate::date::{is_showable, show_time};
use crate::error::{ContentError, DAMAGED, Warning, WarningKind};
use crate::parallel::{blocks, pieces};
use crate::pool::Pool;
use crate::sim::{Candles, Field, Interval, Millis};

/// 2009-01-01: Bitcoin's first block is of January 3.
pub(crate) const BITCOIN: Millis = 1_230_768_000_000;
const FIX: &str = "Correct or remove the row";

/// Checks all rows, sorts them and drops repeated ones.
pub(crate) fn validate(pool: &Pool, raw: RawCandles) -> Result<(Candles, WarningCounts), ContentError> {
    let first_row = raw.first_row;
    // Polars does not check this itself: a damaged file can give columns of different lengths.
    if raw.values.iter().any(|column| column.len() != raw.time.len()) {
        return Err(ContentError::file("has columns of different lengths", DAMAGED));
    }
    let [open, high, low, close, volume] = raw.values;
    let mut candles = Candles { time: raw.time, open, high, low, close, volume };
    let mut dropped = raw.dropped;
    if let Some(error) = first_impossible_in(pool, &candles, first_row) {
        if raw.bad_rows == BadRows::Refuse {
            return Err(error);
        }
        let before = candles.len();
        candles = without_impossible(&candles);
        dropped += before - candles.len();
        if candles.is_empty() {
            return Err(error);
        }
    }
    let mut counts = WarningCounts::default();
    counts.add(WarningKind::BadRowsDropped, dropped);
    if !ascend(pool, &candles.time) {
        sort(&mut candles, first_row, &mut counts)?;
    }
    Ok((candles, counts))
}

/// What is doubtful, each kind once.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct WarningCounts(pub Vec<Warning>);

impl WarningCounts {
    /// Adds what is doubtful about checked bars of this length.
    pub(crate) fn look_at(&mut self, pool: &Pool, candles: &Candles, interval: Interval, now: Millis) {
        let idle = |rows: Range<usize>| zeros(&candles.volume[rows]);
        let idle = pieces(pool, candles.len(), idle).into_iter().sum();
        self.add_counted(&candles.time, interval, GapCounts::count(pool, &candles.time, interval), idle, now);
    }

    /// The same where gaps and bars without volume were counted already.
    pub(crate) fn add_counted(
        &mut self,
        time: &[Millis],
        interval: Interval,
        gaps: GapCounts,
        idle: usize,
        now: Millis,
    ) {
        self.add_gaps(time, interval, gaps);
        self.add(WarningKind::ZeroVolume, idle);
        self.add(WarningKind::BeforeBitcoin, time.partition_point(|time| *time < BITCOIN));
        self.add(WarningKind::InTheFuture, time.len() - time.partition_point(|time| *time <= now));
    }

    /// Adds what is doubtful about the bars that longer ones were made of: their times, for the rest shows in those.
    pub(crate) fn look_at_source(&mut self, time: &[Millis], interval: Interval) {
        let mut all = Self::default();
        all.add_gaps(time, interval, GapCounts::of(time, interval));
        all.0.retain(|new| new.kind != WarningKind::MissingBars && self.0.iter().all(|old| old.kind != new.kind));
        self.0.extend(all.0);
    }

    pub(crate) fn add(&mut self, kind: WarningKind, count: usize) {
        if count > 0 {
            self.0.push(Warning { kind, count: count as u64 });
        }
    }

    /// Adds what is doubtful about the steps between so many bars.
    fn add_gaps(&mut self, time: &[Millis], interval: Interval, gaps: GapCounts) {
        let bars = time.len();
        let GapCounts { missing, irregular, other } = gaps;
        // When most steps differ, the file is of another interval, and its gaps would be counted in the wrong unit.
        if bars > 2 && other * 2 >= bars {
            self.add(WarningKind::WrongInterval, other);
        } else {
            self.add(WarningKind::MissingBars, missing);
            self.add(WarningKind::IrregularSteps, irregular);
            let changes = irregular > 0 && phase_change(time, interval).is_some();
            self.add(WarningKind::PhaseChange, usize::from(changes));
        }
    }
}

/// Columns of equal length whose rows may be candles.
pub(super) struct CandleRows<'a> {
    pub time: &'a [Millis],
    /// In the order of [`Field::ALL`].
    pub values: [&'a [f64]; 5],
}

impl<'a> CandleRows<'a> {
    fn of(candles: &'a Candles) -> Self {
        Self { time: &candles.time, values: Field::ALL.map(|field| candles.column(field)) }
    }

    /// Whether all of these rows are candles; NaN fails every part of it.
    #[expect(clippy::needless_bitwise_bool, reason = "without branches it becomes vector instructions")]
    fn are_fine(&self, rows: Range<usize>) -> bool {
        let [open, high, low, close, volume] = self.values.map(|column| &column[rows.clone()]);
        let time = &self.time[rows];
        let mut fine = true;
        for i in 0..time.len() {
            let (low, high) = (low[i], high[i]);
            let inside = (low <= open[i]) & (open[i] <= high) & (low <= close[i]) & (close[i] <= high);
            let finite = (low > 0.0) & (high < f64::INFINITY) & (volume[i] >= 0.0) & (volume[i] < f64::INFINITY);
            fine &= inside & finite & is_showable(time[i]);
        }
        fine
    }

    /// Whether all rows are candles, each after the one before it and the first after `last`.
    pub(super) fn are_candles(&self, last: Option<Millis>) -> bool {
        let begins_later = self.time.first().is_none_or(|first| last.is_none_or(|last| last < *first));
        begins_later && ascends(self.time) && blocks(0..self.time.len()).all(|rows| self.are_fine(rows))
    }
}

/// How many volumes are zero.
pub(super) fn zeros(volumes: &[f64]) -> usize {
    volumes.iter().filter(|volume| **volume == 0.0).count()
}

/// Whether each time comes after the one before it.
fn ascend(pool: &Pool, time: &[Millis]) -> bool {
    let pairs = time.len().saturating_sub(1);
    pieces(pool, pairs, |rows| ascends(&time[rows.start..=rows.end])).into_iter().all(|ascend| ascend)
}

#[expect(clippy::needless_bitwise_bool, reason = "without branches it becomes vector instructions")]
fn ascends(time: &[Millis]) -> bool {
    let later = time.get(1..).unwrap_or_default();
    let block = |rows: Range<usize>| {
        let pairs = time[rows.clone()].iter().zip(&later[rows]);
        pairs.fold(true, |ascend, (before, after)| ascend & (before < after))
    };
    blocks(0..later.len()).all(block)
}

/// The rows that are candles.
fn without_impossible(candles: &Candles) -> Candles {
    let rows = CandleRows::of(candles);
    (0..candles.len()).filter(|at| rows.are_fine(*at..at + 1)).map(|at| candles.row(at)).collect()
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
    first_impossible_in(&Pool::new(1), candles, first_row)
}

fn first_impossible_in(pool: &Pool, candles: &Candles, first_row: u64) -> Option<ContentError> {
    let all = CandleRows::of(candles);
    let bad = |rows| blocks(rows).find(|rows| !all.are_fine(rows.clone()));
    let bad = pieces(pool, candles.len(), bad).into_iter().flatten().next()?;
    let at = bad.clone().find(|&i| !all.are_fine(i..i + 1)).unwrap_or(bad.start);
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
