//! The running state of a source: other bars, their columns, and what of these the outer columns hold.

use std::ops::Range;

use super::{Column, Columns, TileBars};
use crate::candles::{BarBuilder, Candles, Field};
use crate::fold::graph::{OtherBars, SourceBars};
use crate::fold::{Market, OwnSeries};
use crate::indicators::Ticks;
use crate::interval::{Interval, Millis};
use crate::simd::Cpu;
use crate::tile::bitset::TILE;
use crate::tile::resumable::{Resumable, StateBytes};

/// Longer bars made of those of a fold (`on`), or the bars of another asset (`of`).
///
/// Its columns are fed a bar only once that bar is over, so that nothing is seen before its time. A value holds from the
/// bar of the fold whose end is the end of the source's bar, or comes first after it, until the next one does.
pub(super) struct SourceState {
    columns: Columns,
    /// Of longer bars, the one that is not over yet.
    builder: Option<BarBuilder>,
    /// Longer bars that came to their end in the current tile.
    made: Candles,
    /// Of columns of the file beside the usual ones, the values of all longer bars so far.
    made_own: OwnBuilder,
    /// Of another asset, the first of its bars that was not taken yet.
    next: usize,
    /// Bars that were fed.
    fed: usize,
    /// For each bar of the current tile, how many bars of the source are over at its end.
    over: Vec<usize>,
    /// For each output, its value at the last bar that was fed.
    last: Vec<f64>,
}

/// Columns of a file beside the usual ones, over longer bars: the last value within each.
struct OwnBuilder {
    /// One value for each longer bar that was over.
    series: Vec<OwnSeries>,
    /// Shorter bars that came.
    seen: usize,
    /// Open time of the longer bar that goes on, and its values so far; and those of the one before.
    now: (Millis, Vec<f64>),
    before: (Millis, Vec<f64>),
}

impl OwnBuilder {
    fn new(names: &[String]) -> Self {
        let series = names.iter().map(|name| OwnSeries { name: name.clone(), values: Vec::new() }).collect();
        let nothing = || (Millis::MIN, vec![f64::NAN; names.len()]);
        Self { series, seen: 0, now: nothing(), before: nothing() }
    }

    /// Takes the next shorter bar, which is within the longer one that opens at this time.
    fn see(&mut self, market: &Market<'_>, open: Millis) {
        if self.series.is_empty() {
            return;
        }
        if self.now.0 != open {
            std::mem::swap(&mut self.now, &mut self.before);
            self.now.0 = open;
            self.now.1.fill(f64::NAN);
        }
        for (series, value) in self.series.iter().zip(&mut self.now.1) {
            let new = market.own_series(&series.name)[self.seen];
            if !new.is_nan() {
                *value = new;
            }
        }
        self.seen += 1;
    }

    /// Keeps the values of longer bars that are over now, by their open times.
    fn keep(&mut self, over: &[Millis]) {
        for open in over {
            let values = if self.now.0 == *open { &self.now.1 } else { &self.before.1 };
            for (series, value) in self.series.iter_mut().zip(values) {
                series.values.push(*value);
            }
        }
    }
}

impl SourceState {
    /// Before the first bar. `ticks` are those of the fold's own columns, whose bars are `interval` long.
    ///
    /// # Panics
    /// When the market lacks the asset.
    pub(super) fn new(
        source: &OtherBars,
        market: &Market<'_>,
        interval: Interval,
        ticks: &dyn Fn(Field) -> Option<Ticks>,
        cpu: Cpu,
    ) -> Self {
        let (columns, builder, next) = match &source.bars {
            SourceBars::Longer(longer) => {
                // Prices of longer bars are prices of the shorter ones; their volumes are sums, of any size.
                let ticks = |field: Field| if field == Field::Volume { None } else { ticks(field) };
                let columns = Columns::with_ticks(&source.graph, market, *longer, &ticks, cpu);
                (columns, Some(BarBuilder::new(interval, *longer)), 0)
            }
            SourceBars::Other(name) => {
                let other = market.other(name);
                let ticks = |field| Ticks::of(&other.candles.column(field)[other.bars.clone()], cpu);
                let columns = Columns::with_ticks(&source.graph, market, interval, &ticks, cpu);
                (columns, None, other.bars.start)
            }
        };
        let last = vec![f64::NAN; source.outputs.len()];
        let made_own = OwnBuilder::new(if builder.is_some() { &source.graph.own } else { &[] });
        Self {
            columns,
            builder,
            made: Candles::default(),
            made_own,
            next,
            fed: 0,
            over: Vec::with_capacity(TILE),
            last,
        }
    }

    /// As [`Columns::pass_state`].
    pub(super) fn pass_state(&mut self, state: &mut StateBytes) {
        self.columns.pass_state(state);
        if let Some(builder) = &mut self.builder {
            builder.pass_state(state);
        }
        self.next.pass_state(state);
        self.fed.pass_state(state);
        self.last.iter_mut().for_each(|value| value.pass_state(state));
    }

    /// Feeds what is over by the end of each bar of a tile, and fills the outer columns that read it.
    pub(super) fn extend(&mut self, source: &OtherBars, market: &Market<'_>, tile: TileBars<'_>, outer: &mut [Column]) {
        let other = match &source.bars {
            SourceBars::Longer(longer) => {
                self.build(market, *longer, tile);
                None
            }
            SourceBars::Other(name) => {
                let other = market.other(name);
                let first = self.next;
                self.take(&other.candles.time[..other.bars.end], tile);
                Some((other, first))
            }
        };
        let new = self.over.last().map_or(0, |over| over - self.fed);
        // Bars before the first new one of the source have what was last.
        let mut bar = self.over.iter().take_while(|over| **over == self.fed).count();
        for (&(_, column), &last) in source.outputs.iter().zip(&self.last) {
            outer[column].now(bar).fill(last);
        }
        for begin in (0..new).step_by(TILE) {
            let bars = TILE.min(new - begin);
            let (candles, own, first) = match other {
                Some((other, first)) => (&*other.candles, &other.own[..], first),
                None => (&self.made, &self.made_own.series[..], 0),
            };
            let market = Market { own, ..*market };
            self.columns.extend(&source.graph, &market, TileBars { candles, first: first + begin, bars });
            let over = self.over[bar..].iter().take_while(|over| **over <= self.fed + bars).count();
            self.gather(source, bar..bar + over, outer);
            self.columns.settle();
            self.fed += bars;
            bar += over;
        }
    }

    /// Makes longer bars of those of a tile.
    fn build(&mut self, market: &Market<'_>, longer: Interval, TileBars { candles, first, bars }: TileBars<'_>) {
        let Some(builder) = &mut self.builder else { unreachable!("longer bars are built") };
        self.over.clear();
        self.made.truncate(0);
        for bar in first..first + bars {
            self.made_own.see(market, longer.open_of(candles.time[bar]));
            let before = self.made.len();
            builder.push(candles, bar, &mut self.made);
            self.made_own.keep(&self.made.time[before..]);
            self.over.push(self.fed + self.made.len());
        }
    }

    /// Takes the bars of another asset, which open at these times, up to the end of each bar of a tile. Both are of one
    /// length, so that the earlier one to open is the earlier one to be over.
    fn take(&mut self, times: &[Millis], TileBars { candles, first, bars }: TileBars<'_>) {
        let before = self.fed.wrapping_sub(self.next);
        self.over.clear();
        for &open in &candles.time[first..first + bars] {
            self.next += times[self.next..].iter().take_while(|time| **time <= open).count();
            self.over.push(before.wrapping_add(self.next));
        }
    }

    /// Fills these bars of the outer columns from the bars of the source that were just fed.
    fn gather(&mut self, source: &OtherBars, bars: Range<usize>, outer: &mut [Column]) {
        let over = &self.over[bars.clone()];
        for (&(series, column), last) in source.outputs.iter().zip(&mut self.last) {
            let values = self.columns.read(series.column, series.lag);
            let value = |at: usize| if self.fed + at < series.lookback { f64::NAN } else { values[at] };
            let out = &mut outer[column].now(bars.end)[bars.start..];
            for (out, over) in out.iter_mut().zip(over) {
                *out = value(over - self.fed - 1);
            }
            *last = value(values.len() - 1);
        }
    }
}
