//! Rows as they stand in a file, read but not yet believed.

use crate::sim::model::{Candles, Interval, Millis};

/// The rows of one file or of one entry of an archive.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The family's name, for people.
    pub format: &'static str,
    /// In the order of the file, nothing of it checked. Which price is which,
    /// [`order::settle`](super::order::settle) sees to.
    pub candles: Candles,
    /// The line that each row stands in; in JSON and binary files its number, from 1.
    pub line: Vec<u32>,
    /// Rows of a time and nothing else.
    pub nulls: u64,
    /// The symbol, where the content tells it.
    pub symbol: Option<String>,
    /// The length of a bar, where something else than the steps tells it.
    pub interval: Option<Interval>,
    /// What the content tells of the last bars.
    pub closed: Closed,
    /// What else is to be told.
    pub notes: Vec<String>,
    /// There is no column of volume.
    pub no_volume: bool,
    /// The file says that a generator made it.
    pub synthetic: bool,
}

/// Which bars were finished when the file was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Closed {
    /// Nothing is said.
    #[default]
    Unsaid,
    /// Those up to the one that opens then.
    Through(Millis),
    /// At most those that end before this moment.
    Before(Millis),
}

impl Closed {
    /// Of two files that are joined, the later moment: what one calls unfinished, the other may have whole.
    fn of_both(self, other: Self) -> Self {
        match (self, other) {
            (Self::Through(a), Self::Through(b)) => Self::Through(a.max(b)),
            (Self::Before(a), Self::Before(b)) => Self::Before(a.max(b)),
            _ => Self::Unsaid,
        }
    }
}

impl Table {
    pub(super) fn new(format: &'static str) -> Self {
        Self { format, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.candles.len()
    }

    /// Appends the rows of another file of the same archive.
    pub(super) fn append(&mut self, other: Self) {
        let Candles { time, open, high, low, close, volume } = other.candles;
        self.candles.time.extend(time);
        for (column, more) in self.columns().into_iter().zip([open, high, low, close, volume]) {
            column.extend(more);
        }
        self.line.extend(other.line);
        self.nulls += other.nulls;
        self.interval = self.interval.filter(|interval| other.interval == Some(*interval));
        self.closed = self.closed.of_both(other.closed);
        self.no_volume |= other.no_volume;
        self.synthetic |= other.synthetic;
        for note in other.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    pub(super) fn reserve(&mut self, rows: usize) {
        self.candles.time.reserve_exact(rows);
        self.line.reserve_exact(rows);
        for column in self.columns() {
            column.reserve_exact(rows);
        }
    }

    pub(super) fn push(&mut self, time: Millis, values: [f64; 5], line: u64) {
        self.candles.time.push(time);
        self.line.push(u32::try_from(line).unwrap_or(u32::MAX));
        for (column, value) in self.columns().into_iter().zip(values) {
            column.push(value);
        }
    }

    fn columns(&mut self) -> [&mut Vec<f64>; 5] {
        let Candles { open, high, low, close, volume, .. } = &mut self.candles;
        [open, high, low, close, volume]
    }
}

/// The rows of these numbers, in this order.
pub(super) fn picked(from: &Candles, rows: &[usize]) -> Candles {
    let column = |from: &[f64]| rows.iter().map(|&at| from[at]).collect();
    Candles {
        time: rows.iter().map(|&at| from.time[at]).collect(),
        open: column(&from.open),
        high: column(&from.high),
        low: column(&from.low),
        close: column(&from.close),
        volume: column(&from.volume),
    }
}
