//! What a family says of a text file: where things stand.

use super::order::{self, Prices};
use crate::sim::model::Millis;

/// Where the cells of a bar stand in each line.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The family's name, for people.
    pub format: &'static str,
    /// Lines above the first row.
    pub skip: usize,
    /// Cells of a line.
    pub width: usize,
    pub time: TimeCells,
    /// The four prices, in the order in which they stand.
    pub prices: [usize; 4],
    pub volume: Option<usize>,
    /// Orders that the prices may be in: one, where a header names them.
    pub orders: &'static [Prices],
    /// When the bar ends, which tells its length.
    pub close_time: Option<usize>,
    /// A column with the symbol of each row.
    pub symbol: Option<usize>,
    /// The symbol of the whole file.
    pub whole_symbol: Option<String>,
    /// Everything in the file happened before this moment.
    pub made_before: Option<Millis>,
    /// What is to be told of the family's peculiarities.
    pub notes: Vec<String>,
}

/// Where the time stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeCells {
    /// In one cell.
    One(usize),
    /// The day in one, the time of the day in another.
    Two(usize, usize),
    /// Milliseconds since the beginning of a day that stands elsewhere.
    OfDay(usize, Millis),
}

impl Layout {
    /// Time, open, high, low, close, volume, in the first cells of so many.
    pub(super) fn new(format: &'static str, width: usize) -> Self {
        Self {
            format,
            skip: 0,
            width,
            time: TimeCells::One(0),
            prices: [1, 2, 3, 4],
            volume: Some(5),
            orders: &order::NAMED,
            close_time: None,
            symbol: None,
            whole_symbol: None,
            made_before: None,
            notes: Vec::new(),
        }
    }
}
