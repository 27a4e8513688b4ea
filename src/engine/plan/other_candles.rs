//! The candles of other assets that rules read, loaded once for all assets of a plan.

use std::ops::Range;
use std::sync::Arc;

use super::warmup::Warmup;
use crate::cache::closes_digest;
use crate::data::{self, CandleFile, Known, LoadRequest, escape, show_time};
use crate::pool::Pool;
use crate::sim::fold::{OtherAsset, OwnSeries};
use crate::sim::{Candles, FieldSet, Millis, TimeRange};

/// The candles of an asset that rules call by a name.
#[derive(Clone, Debug)]
pub struct OtherCandles {
    /// As rules call it.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// Its bars up to the end of the plan's range, at least one.
    candles: Arc<Candles>,
    /// Columns of its file beside the usual ones that rules read, one value for each bar.
    own: Vec<OwnSeries>,
}

impl OtherCandles {
    /// Loads what rules call by this name, in bars of this length, from its first bar to the end of a range, with these
    /// columns of its file beside the usual ones.
    ///
    /// # Errors
    /// When its candles cannot be used.
    pub fn load(
        name: &str,
        entry: &CandleFile,
        columns: &[&str],
        to: Option<Millis>,
        (now, threads): (Millis, usize),
    ) -> Result<Self, String> {
        let pool = Pool::new(threads);
        let range = TimeRange { from: None, to };
        let request = LoadRequest { range, now, fields: FieldSet::ALL, pool: &pool };
        let loaded = data::load_as(entry, request).map_err(|error| error.to_string())?;
        let candles = loaded.candles;
        let own = if columns.is_empty() {
            Vec::new()
        } else {
            data::own_columns(entry, columns, &candles.time).map_err(|error| error.to_string())?
        };
        let own =
            columns.iter().zip(own).map(|(name, values)| OwnSeries { name: (*name).to_owned(), values }).collect();
        Ok(Self { name: name.to_owned(), symbol: entry.symbol.clone(), candles: Arc::new(candles), own })
    }

    /// Digest of all its bars that were loaded.
    #[must_use]
    pub fn whole_digest(&self) -> [u8; 32] {
        self.digest(0..self.candles.len())
    }

    /// Those of its bars that count for an asset whose last bar opens at `end`: of the bars before the plan's range as many
    /// as of the asset's own.
    pub(super) fn bars(&self, (range, warmup): (TimeRange, Warmup), end: Millis) -> Range<usize> {
        let time = &self.candles.time;
        let end = time.partition_point(|open| *open <= end);
        let first = match (range.from, warmup) {
            (None, _) | (_, Warmup::All) => 0,
            (Some(from), warmup) => {
                let bars = usize::try_from(warmup.bars().unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
                time.partition_point(|open| *open < from).saturating_sub(bars)
            }
        };
        first.min(end)..end
    }

    /// Digest of some of its bars.
    pub(super) fn digest(&self, bars: Range<usize>) -> [u8; 32] {
        data::digest(&self.candles, bars)
    }

    /// Digests of these of its columns beside the usual ones, at some of its bars.
    pub(super) fn column_digests(&self, columns: &[&str], bars: &Range<usize>) -> Vec<[u8; 32]> {
        let own = self.own.iter().filter(|own| columns.contains(&own.name.as_str()));
        own.map(|own| closes_digest(&self.candles.time[bars.clone()], &own.values[bars.clone()])).collect()
    }

    /// What a fold over an asset's candles reads of it.
    pub(crate) fn beside(
        &self,
        entry: &CandleFile,
        known: &Known,
        span: (TimeRange, Warmup),
    ) -> Result<OtherAsset, String> {
        let bars = self.bars(span, known.end);
        let last = bars.end.checked_sub(1).map(|last| entry.interval.end_of(self.candles.time[last]));
        if last.is_none_or(|last| last <= known.start) {
            let time = &self.candles.time;
            return Err(format!(
                "{}: of(\"{}\", ..) has no candle while this asset has: those of {} are from {} to {}; choose another range with --from and --to, or leave it out with --exclude",
                escape(&entry.symbol),
                escape(&self.name),
                escape(&self.symbol),
                show_time(time[0]),
                show_time(time[time.len() - 1]),
            ));
        }
        let own = |own: &OwnSeries| OwnSeries { name: own.name.clone(), values: own.values[bars.clone()].to_vec() };
        let own = self.own.iter().map(own).collect();
        Ok(OtherAsset { name: self.name.clone(), candles: Arc::clone(&self.candles), bars, own })
    }
}
