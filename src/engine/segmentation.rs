//! Segments of time in a sweep: where they begin, and the statistics of a block's points in each.

use crate::cache::{StoredSegments, StoredValue};
use crate::sim::account::{SegmentReturns, SegmentStats};
use crate::sim::metrics::{Outcome, SegmentDetail};

/// How a sweep cuts the bars of an asset into segments, and what it keeps of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segmentation {
    /// Where segments begin.
    pub cuts: Cuts,
    /// What is kept of each.
    pub detail: SegmentDetail,
}

/// Where segments begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// So many blocks of the same number of bars, up to the last bar; the bars that are too many are the first ones.
    Blocks(usize),
    /// At these bars, sorted and each once.
    At(Vec<usize>),
}

impl Segmentation {
    /// Bars at which segments begin, sorted, on so many bars. There is one segment more than borders: the first holds the
    /// bars before the first border, and is empty where that is at bar 0. (Of [`Cuts::Blocks`] it is what is too many: the
    /// blocks are the segments from 1 on.) Too few bars for the blocks give no border.
    #[must_use]
    pub fn borders(&self, bars: u64) -> Vec<usize> {
        let bars = usize::try_from(bars).unwrap_or(usize::MAX);
        match &self.cuts {
            Cuts::At(borders) => borders.clone(),
            Cuts::Blocks(blocks) => {
                let Some(length) = bars.checked_div(*blocks).filter(|length| *length > 0) else { return Vec::new() };
                (0..*blocks).map(|block| bars % blocks + block * length).collect()
            }
        }
    }
}

/// Statistics of the open points of a block, in their order.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockSegments {
    /// Sums over returns.
    Returns(SegmentRows<SegmentReturns>),
    /// All sums.
    Stats(SegmentRows<SegmentStats>),
}

/// Statistics of points, of each a row for each segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentRows<S> {
    per_point: usize,
    rows: Vec<S>,
}

impl<S> SegmentRows<S> {
    /// Segments of each point: one more than there are borders.
    #[must_use]
    pub fn per_point(&self) -> usize {
        self.per_point
    }

    /// Statistics of the segments of one point, by its place among the open points of the block.
    #[must_use]
    pub fn point(&self, at: usize) -> &[S] {
        &self.rows[at * self.per_point..(at + 1) * self.per_point]
    }

    /// Those of all points in turn.
    pub fn points(&self) -> impl Iterator<Item = &[S]> {
        self.rows.chunks_exact(self.per_point)
    }
}

impl<S: Clone + Default> SegmentRows<S> {
    fn new(points: usize, per_point: usize) -> Self {
        Self { per_point, rows: vec![S::default(); points * per_point] }
    }

    fn put(&mut self, places: &[usize], part: &Self) {
        for (&place, rows) in places.iter().zip(part.points()) {
            self.rows[place * self.per_point..(place + 1) * self.per_point].clone_from_slice(rows);
        }
    }
}

impl<S> FromIterator<Vec<S>> for SegmentRows<S> {
    fn from_iter<I: IntoIterator<Item = Vec<S>>>(points: I) -> Self {
        let mut all = Self { per_point: 1, rows: Vec::new() };
        for rows in points {
            all.per_point = rows.len();
            all.rows.extend(rows);
        }
        all
    }
}

impl BlockSegments {
    /// Rows of so many points, shaped like those of some of them.
    pub(super) fn like(part: &Self, points: usize) -> Self {
        match part {
            Self::Returns(rows) => Self::Returns(SegmentRows::new(points, rows.per_point)),
            Self::Stats(rows) => Self::Stats(SegmentRows::new(points, rows.per_point)),
        }
    }

    /// Puts the rows of some points at their places.
    pub(super) fn put(&mut self, places: &[usize], part: &Self) {
        match (self, part) {
            (Self::Returns(all), Self::Returns(part)) => all.put(places, part),
            (Self::Stats(all), Self::Stats(part)) => all.put(places, part),
            _ => {}
        }
    }

    /// The stored form, of a block with these outcomes.
    pub(super) fn to_stored(&self, outcomes: &[Outcome]) -> Option<StoredValue> {
        let first = outcomes.first()?;
        let bars = (first.bars, first.start, first.end);
        Some(StoredValue::Segments(match self {
            Self::Returns(rows) => StoredSegments::of_returns(bars, rows.per_point, &rows.rows),
            Self::Stats(rows) => StoredSegments::of_stats(bars, rows.per_point, &rows.rows),
        }))
    }

    /// From the stored form; none where it is not of so many points with so many segments each.
    pub(super) fn from_stored(
        stored: &StoredSegments,
        points: usize,
        per_point: usize,
        detail: SegmentDetail,
    ) -> Option<Self> {
        let fits = stored.per_point == per_point as u64 && stored.row_count() == points * per_point;
        if !fits || stored.detail() != detail {
            return None;
        }
        match detail {
            SegmentDetail::Returns => stored.returns().map(|rows| Self::Returns(SegmentRows { per_point, rows })),
            SegmentDetail::Stats => stored.stats().map(|rows| Self::Stats(SegmentRows { per_point, rows })),
        }
    }
}
