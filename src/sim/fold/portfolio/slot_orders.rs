//! What the rules of a strategy order of one asset, for accounts that many assets share.

use crate::account::{ExitPlan, Fill, SignalBar, SignalBits};
use crate::fold::columns::{Columns, TileBars};
use crate::fold::exits::BoundExits;
use crate::fold::{Combination, Compiled, Graph, Market, RunConfig, Signals};
use crate::tile::bitset::{Bits, TILE, WORDS, is_set, next_set};

/// An entry that may fill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotEntry {
    /// The asset's own bar at which it fills.
    pub bar: usize,
    /// Whether it sells short.
    pub sold: bool,
    /// The score at the bar of the signal.
    pub score: f64,
}

/// The orders of one asset, by its own bars.
#[derive(Clone, Debug, Default)]
pub struct SlotOrders {
    /// Orders of each tile, at the bars at which they fill.
    tiles: Vec<SignalBits>,
    /// Its entries, ascending.
    pub entries: Vec<SlotEntry>,
    /// For each entry the distances of its levels; none where no level is read from a series.
    signals: Vec<SignalBar>,
}

impl SlotOrders {
    /// Whether each kind of order fills at this bar: long entry, long exit, short entry, short exit.
    #[must_use]
    pub fn at(&self, bar: usize) -> [bool; 4] {
        let SignalBits { long_entry, long_exit, short_entry, short_exit } = &self.tiles[bar / TILE];
        [long_entry, long_exit, short_entry, short_exit].map(|bits| is_set(bits, bar % TILE))
    }

    /// The distances of the levels of the entry with this number.
    #[must_use]
    pub fn signal(&self, entry: usize) -> SignalBar {
        self.signals.get(entry).copied().unwrap_or_default()
    }

    /// Leaves the entries alone at whose signal there is a score; an entry without one does not turn a position round either.
    fn keep_scored(&mut self, score: &[f64], fill: Fill) {
        let later = usize::from(fill == Fill::NextOpen);
        let score = |bar: usize| bar.checked_sub(later).map_or(f64::NAN, |signal| score[signal]);
        let is_scored: Vec<bool> = self.entries.iter().map(|entry| !score(entry.bar).is_nan()).collect();
        for (entry, is_scored) in self.entries.iter_mut().zip(&is_scored) {
            // Plus 0, so that -0 is as good as 0.
            entry.score = score(entry.bar) + 0.0;
            if !is_scored {
                let tile = &mut self.tiles[entry.bar / TILE];
                let bits = if entry.sold { &mut tile.short_entry } else { &mut tile.long_entry };
                bits[entry.bar % TILE / 64] &= !(1 << (entry.bar % 64));
            }
        }
        let mut kept = is_scored.iter();
        self.signals.retain(|_| *kept.next().unwrap_or(&false));
        let mut kept = is_scored.iter();
        self.entries.retain(|_| *kept.next().unwrap_or(&false));
    }
}

/// The orders of each combination on one market. `scores` has, where there are scores, those of each combination at each
/// bar; NaN where an entry does not count.
#[must_use]
pub fn slot_orders<'m>(
    combinations: &[Combination<'_>],
    scores: Option<&[Vec<f64>]>,
    config: &RunConfig,
    market: impl Into<Market<'m>>,
) -> Vec<SlotOrders> {
    let market = market.into();
    let (candles, fill) = (market.candles, config.settings.fill);
    let compiled = Compiled::new(combinations.iter().copied(), config.settings.direction);
    let mut columns = Columns::new(&compiled.graph, &market, config.interval, config.cpu);
    let mut signals = Signals::new(&compiled.graph, &compiled.schedule, config.cpu);
    for warmup in columns.warmup_tiles(&market) {
        columns.extend(&compiled.graph, &market, warmup);
        signals.begin(&columns);
        (0..compiled.sides.len()).for_each(|at| signals.extend(&columns, at));
        columns.settle();
    }
    let mut all: Vec<(SlotOrders, [bool; 4])> = vec![Default::default(); compiled.sides.len()];
    for tile in TileBars::all(candles, 0) {
        columns.extend(&compiled.graph, &market, tile);
        signals.begin(&columns);
        for (at, (sides, (orders, carried))) in compiled.sides.iter().zip(&mut all).enumerate() {
            signals.extend(&columns, at);
            let mut bits = SignalBits::default();
            sides.read(&signals, &mut bits);
            bits.order(&config.settings, tile.bars, carried, config.cpu);
            let distances = sides.exits.as_ref().filter(|exits| exits.reads_series());
            let distances = distances.map(|exits| exits.distances(&columns, fill));
            for bar in set_bars(&bits.long_entry, &bits.short_entry, tile.bars) {
                let sold = !is_set(&bits.long_entry, bar);
                orders.entries.push(SlotEntry { bar: tile.first + bar, sold, score: 0.0 });
                orders.signals.extend(distances.map(|distances| distances.at(bar)));
            }
            orders.tiles.push(bits);
        }
        columns.settle();
    }
    let mut all: Vec<SlotOrders> = all.into_iter().map(|(orders, _)| orders).collect();
    for (orders, score) in all.iter_mut().zip(scores.into_iter().flatten()) {
        orders.keep_scored(score, fill);
    }
    all
}

/// The bars of a tile that are set in either, ascending.
fn set_bars<'a>(a: &'a Bits, b: &'a Bits, bars: usize) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let bar = (from < 64 * WORDS).then(|| next_set(a, b, from)).flatten().filter(|bar| *bar < bars)?;
        from = bar + 1;
        Some(bar)
    })
}

/// The exits and the size of a combination, as accounts want them.
pub(super) fn exit_plan(combination: Combination<'_>) -> ExitPlan {
    let mut graph = Graph::default();
    BoundExits::add(&mut graph, combination.strategy, combination.values).map(|exits| exits.plan).unwrap_or_default()
}
