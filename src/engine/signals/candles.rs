//! The candles of an asset as a pass sees them: all, or those since a border of tiles behind which the file is as it was.

use super::ReadCounts;
use super::chain::CandleChain;
use super::tail_mark::{self, TailMark};
use crate::data::{FileFingerprint, FilePrefix, WarningKind, file_prefix, load_tail};
use crate::inputs::{AssetData, open_columns};
use crate::plan::Plan;
use crate::pool::Pool;
use crate::sim::fold::{Market, OwnSeries, PriorBars};
use crate::sim::{Candle, Candles, FieldSet, Millis, TILE, TimeRange};

/// The candles of an asset with one more that stands for the bar to come.
pub(super) struct AssetCandles {
    /// None where only the tail was read.
    data: Option<AssetData>,
    /// Where only the tail was read, those since the last bar before it.
    candles: Candles,
    own: Vec<OwnSeries>,
    /// What is known of the bars that were not read.
    prior: Option<PriorBars>,
    /// Of the candle file.
    pub stamp: FileFingerprint,
    /// The parts by which it can be known again, as far as they were found.
    parts: Vec<FilePrefix>,
    /// Whether the file has bars that do not count yet.
    is_pending: bool,
    /// Whether each row of the file is a bar, in order.
    is_tidy: bool,
    pub counts: ReadCounts,
}

impl AssetCandles {
    /// All of them.
    pub(super) fn open(plan: &Plan, asset: usize, pool: &Pool) -> Result<Self, String> {
        let entry = &plan.assets[asset];
        let data = open_columns(plan, entry, FieldSet::ALL, pool)?;
        let mut candles = data.candles.clone();
        if !push_next(plan, asset, &mut candles) {
            return Err(format!("{}: no bar is over yet", crate::data::escape(&entry.symbol)));
        }
        let mut own = data.own();
        for series in &mut own {
            series.values.push(f64::NAN);
        }
        let kinds = || data.known.candles.warnings.iter().map(|warning| warning.kind);
        let is_tidy = !kinds().any(WarningKind::is_change);
        let is_pending = plan.range != TimeRange::default() || kinds().any(WarningKind::is_fading);
        let stamp = data.stamp();
        let counts =
            ReadCounts { whole: 1, bars: data.candles.len() as u64, bytes: stamp.size, ..ReadCounts::default() };
        let parts = Vec::new();
        Ok(Self { data: Some(data), candles, own, prior: None, stamp, parts, is_pending, is_tidy, counts })
    }

    /// Those since a mark, whose first bar opens at `first`; none where they all have to be read.
    pub(super) fn open_tail(plan: &Plan, asset: usize, first: Millis, mark: &TailMark) -> Option<Self> {
        let behind = mark.prefix.bars;
        if behind == 0 {
            return None;
        }
        let tail = load_tail(&plan.assets[asset], &mark.prefix, mark.last_time(), (plan.range, plan.now))?;
        let bars = tail.candles.len();
        let mut prior = mark.prior.clone();
        prior.first = first;
        let mut candles = Candles::default();
        candles.push(mark.last);
        candles.extend_from(&tail.candles, 0..bars);
        push_next(plan, asset, &mut candles).then(|| Self {
            data: None,
            candles,
            own: Vec::new(),
            prior: Some(prior),
            stamp: tail.stamp,
            parts: tail.parts,
            is_pending: tail.is_pending || plan.range != TimeRange::default(),
            is_tidy: true,
            counts: ReadCounts { tails: 1, bars: bars as u64, bytes: tail.bytes, ..ReadCounts::default() },
        })
    }

    /// Bars that count, those that were not read included.
    pub(super) fn bars(&self) -> usize {
        self.skipped() + self.candles.len() - 1
    }

    /// Bars that were not read.
    fn behind(&self) -> usize {
        self.prior.as_ref().map_or(0, |prior| prior.bars)
    }

    /// Bars before the first candle.
    fn skipped(&self) -> usize {
        self.prior.as_ref().map_or(0, PriorBars::skipped)
    }

    /// The candle of a bar that was read, or of the last one before these.
    pub(super) fn row(&self, bar: usize) -> Candle {
        self.candles.row(bar - self.skipped())
    }

    /// What a later pass may know of them, where there is anything.
    pub(super) fn mark(&self, plan: &Plan, asset: usize, chain: &mut CandleChain<'_>) -> Option<TailMark> {
        if !tail_mark::is_possible(plan) || !self.is_tidy {
            return None;
        }
        let (bars, behind, skipped) = (self.bars(), self.behind(), self.skipped());
        let mark = TailMark {
            prefix: FilePrefix { stamp: self.stamp, ..FilePrefix::default() },
            is_settled: self.stamp.is_settled(plan.now),
            is_pending: self.is_pending,
            ..TailMark::default()
        };
        let most = bars / TILE * TILE;
        let times = &self.candles.time[most.saturating_sub(1).max(skipped) - skipped..bars - skipped];
        let found = file_prefix(&plan.assets[asset], self.stamp, times, most, &self.parts);
        let Some(prefix) = found.filter(|prefix| prefix.bars >= behind) else { return Some(mark) };
        let chain = chain.before(prefix.bars)?;
        let prior = PriorBars::new(&self.candles, prefix.bars, self.prior.as_ref(), plan.cpu);
        Some(TailMark { prefix, chain, prior, last: self.row(prefix.bars - 1), ..mark })
    }

    pub(super) fn market(&self) -> Market<'_> {
        match &self.data {
            Some(data) => data.market_with(&self.candles, &self.own),
            None => Market { prior: self.prior.as_ref(), ..Market::from(&self.candles) },
        }
    }
}

/// Adds the bar that stands for the next one; not where the last one is not over. Of several, one that is not is left out by
/// whoever loads them.
fn push_next(plan: &Plan, asset: usize, candles: &mut Candles) -> bool {
    let (interval, settle) = (plan.interval, plan.assets[asset].settle);
    let Some(last) = candles.last().filter(|last| interval.end_of(last.time).saturating_add(settle) <= plan.now) else {
        return false;
    };
    let close = last.close;
    candles.push(Candle { time: interval.end_of(last.time), open: close, high: close, low: close, close, volume: 0.0 });
    true
}
