//! Outcomes with more than their accounts add up anyway: metrics that need every bar, statistics by segments of time.
//! It is the same fold, with recorders that add them up.

use super::{Combination, Compiled, Market, RunConfig};
use crate::account::{Record, Recorder, SegmentRecorder, SegmentTally};
use crate::metrics::{self, Benchmark, ClosedHistory, Detail, Detailed, HistoryStats, Outcome};

impl Compiled {
    /// As [`Compiled::fold_telling`], with the metrics of this detail; nothing that a recorder adds up changes a bit of the
    /// others.
    ///
    /// # Panics
    /// As [`Compiled::fold`].
    pub fn fold_in_detail<'a, 'm, R: Recorder>(
        &self,
        market: impl Into<Market<'m>>,
        config: &RunConfig,
        (benchmark, detail): (&'a Benchmark, Detail),
        inner: Vec<R>,
        tell: impl FnMut(usize) -> bool,
    ) -> Option<Vec<(Outcome, R)>> {
        let market = market.into();
        let history = || HistoryStats::new(config.settings.capital, benchmark, detail);
        let mut recorders: Vec<Detailed<'a, R>> =
            inner.into_iter().map(|inner| Detailed { inner, history: history() }).collect();
        let outcomes = self.fold_telling(market, config, &mut recorders, tell)?;
        let bars_per_year = config.bars_per_year(market.candles);
        let whole = |(mut outcome, recorder): (Outcome, Detailed<'a, R>)| {
            let risk_free = config.settings.risk_free_per_bar(bars_per_year);
            let history = ClosedHistory { stats: &recorder.history, bars: outcome.bars, bars_per_year, risk_free };
            metrics::complete(&mut outcome.metrics, &history, detail);
            outcome.detail = detail;
            (outcome, recorder.inner)
        };
        Some(outcomes.into_iter().zip(recorders).map(whole).collect())
    }

    /// As [`Compiled::fold_in_detail`], beside each outcome the statistics of each segment of its account: one segment
    /// more than there are `borders`, which are the bars at which segments begin, sorted. The outcomes have the same bits
    /// as without borders.
    ///
    /// # Panics
    /// As [`Compiled::fold`].
    pub fn fold_segments<'m, S: SegmentTally>(
        &self,
        market: impl Into<Market<'m>>,
        config: &RunConfig,
        (benchmark, detail): (&Benchmark, Detail),
        borders: &[usize],
        tell: impl FnMut(usize) -> bool,
    ) -> Option<Vec<(Outcome, Vec<S>)>> {
        let recorder = SegmentRecorder::new(borders, config.settings.capital);
        let mut recorders: Vec<SegmentRecorder<'_, S>> = vec![recorder; self.sides.len()];
        if detail > Detail::Sums {
            let detail = (benchmark, detail);
            let outcomes = self.fold_in_detail(market, config, detail, recorders, tell)?;
            return Some(outcomes.into_iter().map(|(outcome, recorder)| (outcome, recorder.finish())).collect());
        }
        let outcomes = self.fold_telling(market, config, &mut recorders, tell)?;
        Some(outcomes.into_iter().zip(recorders.into_iter().map(SegmentRecorder::finish)).collect())
    }
}

/// Outcomes of combinations with all their metrics, and what a recorder like `inner` heard of each.
///
/// # Panics
/// When there is no bar.
#[must_use]
pub fn fold_in_full<'m, R: Recorder + Clone>(
    market: impl Into<Market<'m>>,
    combinations: &[Combination<'_>],
    config: &RunConfig,
    benchmark: &Benchmark,
    inner: &R,
) -> Vec<(Outcome, R)> {
    let compiled = Compiled::new(combinations.iter().copied(), config.settings.direction);
    let inner = vec![inner.clone(); combinations.len()];
    compiled.fold_in_detail(market, config, (benchmark, Detail::AllReturns), inner, |_| true).unwrap_or_default()
}

/// Outcome, trades and equity of one combination, with all metrics.
///
/// # Panics
/// When there is no bar.
#[must_use]
pub fn record<'m>(
    market: impl Into<Market<'m>>,
    combination: Combination<'_>,
    config: &RunConfig,
    benchmark: &Benchmark,
) -> (Outcome, Record) {
    fold_in_full(market, &[combination], config, benchmark, &Record::default()).remove(0)
}

#[cfg(test)]
mod tests;
