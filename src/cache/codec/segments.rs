//! Statistics by segments as they are stored: rows of numbers and of counts.

use bincode::{Decode, Encode};

use super::{CodecError, check_bars};
use crate::sim::Millis;
use crate::sim::account::{ReturnSums, RunningStats, SegmentReturns, SegmentStats, TradeStats};
use crate::sim::metrics::SegmentDetail;

/// Statistics of the points of one block of a sweep's grid, in the block's order: of each point a row for each segment.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct StoredSegments {
    /// Number of bars used.
    pub bars: u64,
    /// Open time of the first bar used.
    pub start: Millis,
    /// Open time of the last bar used.
    pub end: Millis,
    /// Segments of each point, at least 1.
    pub per_point: u64,
    /// Whether all sums are kept of each segment, or those of returns alone.
    all_sums: bool,
    numbers: Vec<f64>,
    counts: Vec<u64>,
}

/// Numbers and counts of one segment.
trait SegmentRow: Sized {
    const DETAIL: SegmentDetail;
    const NUMBERS: usize;
    const COUNTS: usize;

    fn write(&self, numbers: &mut Vec<f64>, counts: &mut Vec<u64>);
    fn read(numbers: &[f64], counts: &[u64]) -> Option<Self>;
}

impl StoredSegments {
    /// Of segments whose returns are summed up, on so many bars from `start` to `end`.
    #[must_use]
    pub fn of_returns(bars: (u64, Millis, Millis), per_point: usize, rows: &[SegmentReturns]) -> Self {
        Self::of_rows(bars, per_point, rows)
    }

    /// Of segments with all sums, on so many bars from `start` to `end`.
    #[must_use]
    pub fn of_stats(bars: (u64, Millis, Millis), per_point: usize, rows: &[SegmentStats]) -> Self {
        Self::of_rows(bars, per_point, rows)
    }

    /// The rows, where they are of returns.
    #[must_use]
    pub fn returns(&self) -> Option<Vec<SegmentReturns>> {
        self.rows()
    }

    /// The rows, where they have all sums.
    #[must_use]
    pub fn stats(&self) -> Option<Vec<SegmentStats>> {
        self.rows()
    }

    /// Number of rows, of all points.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.counts.len() / if self.all_sums { SegmentStats::COUNTS } else { SegmentReturns::COUNTS }
    }

    /// Of each row, equity at its end, trades and bars with a position.
    #[must_use]
    pub fn outline(&self) -> Vec<(f64, u64, u64)> {
        let of_returns = |row: SegmentReturns| (row.equity, u64::from(row.trades), u64::from(row.exposed));
        let of_stats = |row: SegmentStats| (row.equity, row.sums.trades.count, row.sums.exposed);
        let stats = || self.stats().unwrap_or_default().into_iter().map(of_stats).collect();
        self.returns().map_or_else(stats, |rows| rows.into_iter().map(of_returns).collect())
    }

    /// The first row that has other bits than that of `other`; none where all are the same, of rows of the same kind.
    #[must_use]
    pub fn first_difference(&self, other: &Self) -> Option<usize> {
        let (numbers, counts) = match self.detail() {
            SegmentDetail::Returns => (SegmentReturns::NUMBERS, SegmentReturns::COUNTS),
            SegmentDetail::Stats => (SegmentStats::NUMBERS, SegmentStats::COUNTS),
        };
        let bits = |row: &[f64]| row.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        let numbers = self.numbers.chunks(numbers).zip(other.numbers.chunks(numbers));
        let mut rows = numbers.zip(self.counts.chunks(counts).zip(other.counts.chunks(counts)));
        rows.position(|(numbers, counts)| bits(numbers.0) != bits(numbers.1) || counts.0 != counts.1)
    }

    /// What is kept of each segment.
    #[must_use]
    pub fn detail(&self) -> SegmentDetail {
        if self.all_sums { SegmentDetail::Stats } else { SegmentDetail::Returns }
    }

    fn of_rows<R: SegmentRow>((bars, start, end): (u64, Millis, Millis), per_point: usize, rows: &[R]) -> Self {
        let (mut numbers, mut counts) =
            (Vec::with_capacity(rows.len() * R::NUMBERS), Vec::with_capacity(rows.len() * R::COUNTS));
        for row in rows {
            row.write(&mut numbers, &mut counts);
        }
        let all_sums = R::DETAIL == SegmentDetail::Stats;
        Self { bars, start, end, per_point: per_point as u64, all_sums, numbers, counts }
    }

    fn rows<R: SegmentRow>(&self) -> Option<Vec<R>> {
        if self.detail() != R::DETAIL {
            return None;
        }
        self.numbers
            .chunks(R::NUMBERS)
            .zip(self.counts.chunks(R::COUNTS))
            .map(|(numbers, counts)| R::read(numbers, counts))
            .collect()
    }

    /// Whether these are rows that a backtest can give.
    pub(super) fn check(&self) -> Result<(), CodecError> {
        check_bars(self.bars, self.start, self.end)?;
        let (numbers, counts) = match self.detail() {
            SegmentDetail::Returns => (SegmentReturns::NUMBERS, SegmentReturns::COUNTS),
            SegmentDetail::Stats => (SegmentStats::NUMBERS, SegmentStats::COUNTS),
        };
        let rows = self.row_count() as u64;
        let is_even = self.per_point > 0 && rows > 0 && rows.is_multiple_of(self.per_point);
        if !is_even
            || self.numbers.len() as u64 != rows * numbers as u64
            || self.counts.len() as u64 != rows * counts as u64
        {
            return Err(CodecError::Metrics);
        }
        // The lowest equity of no bars is infinite, and so are the best and the worst of no trades.
        let is_finite = |row: &[f64]| row[..FINITE.min(row.len())].iter().all(|number| number.is_finite());
        if self.numbers.iter().any(|number| number.is_nan()) || !self.numbers.chunks(numbers).all(is_finite) {
            return Err(CodecError::NotFinite);
        }
        let sums_fit = |row: &[f64]| row[..RETURNS].iter().all(|sum| *sum >= 0.0);
        let counts_fit = self.counts.iter().all(|&count| count <= self.bars.saturating_mul(self.bars).max(2));
        if self.numbers.chunks(numbers).all(sums_fit) && counts_fit { Ok(()) } else { Err(CodecError::Impossible) }
    }
}

/// Sums over returns, which begin each row and are never below 0.
const RETURNS: usize = 4;
/// Numbers at the beginning of a row that are finite.
const FINITE: usize = 14;

fn returns(sums: &ReturnSums) -> [f64; RETURNS] {
    [sums.gains, sums.losses, sums.squares, sums.loss_squares]
}

fn return_sums(numbers: &[f64]) -> Option<ReturnSums> {
    let &[gains, losses, squares, loss_squares] = numbers.first_chunk::<RETURNS>()?;
    Some(ReturnSums { gains, losses, squares, loss_squares })
}

impl SegmentRow for SegmentReturns {
    const DETAIL: SegmentDetail = SegmentDetail::Returns;
    const NUMBERS: usize = RETURNS + 1;
    const COUNTS: usize = 2;

    fn write(&self, numbers: &mut Vec<f64>, counts: &mut Vec<u64>) {
        numbers.extend(returns(&self.returns));
        numbers.push(self.equity);
        counts.extend([u64::from(self.exposed), u64::from(self.trades)]);
    }

    fn read(numbers: &[f64], counts: &[u64]) -> Option<Self> {
        let (&[equity], &[exposed, trades]) = (numbers.get(RETURNS..)?, counts) else { return None };
        let (exposed, trades) = (exposed.try_into().ok()?, trades.try_into().ok()?);
        Some(Self { returns: return_sums(numbers)?, equity, exposed, trades })
    }
}

impl SegmentRow for SegmentStats {
    const DETAIL: SegmentDetail = SegmentDetail::Stats;
    const NUMBERS: usize = RETURNS + 13;
    const COUNTS: usize = 7;

    fn write(&self, numbers: &mut Vec<f64>, counts: &mut Vec<u64>) {
        let (sums, trades) = (&self.sums, &self.sums.trades);
        let (peak, low) = sums.extremes();
        numbers.extend(returns(&sums.returns));
        numbers.extend([self.equity, peak, low, sums.fees, trades.profit, trades.loss, trades.mean, trades.spread]);
        numbers.extend([trades.win_returns, trades.loss_returns, trades.best, trades.worst, self.lowest]);
        counts.extend([sums.exposed, self.spanning, u64::from(self.is_open)]);
        counts.extend([trades.count, trades.wins, trades.losses, trades.bars]);
    }

    fn read(numbers: &[f64], counts: &[u64]) -> Option<Self> {
        let &[equity, peak, low, fees, profit, loss, mean, spread, win_returns, loss_returns, best, worst, lowest] =
            numbers.get(RETURNS..)?
        else {
            return None;
        };
        let &[exposed, spanning, open, count, wins, losses, bars] = counts else { return None };
        let trades = TradeStats {
            count,
            wins,
            losses,
            profit,
            loss,
            mean,
            spread,
            win_returns,
            loss_returns,
            best,
            worst,
            bars,
        };
        let mut sums = RunningStats::with_extremes(peak, low);
        (sums.returns, sums.exposed, sums.trades, sums.fees) = (return_sums(numbers)?, exposed, trades, fees);
        Some(Self { sums, lowest, equity, spanning, is_open: open == 1 })
    }
}
