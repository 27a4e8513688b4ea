//! The entries of all assets on one axis of time, the best of each bar first.

use super::slot_orders::SlotOrders;
use super::universe::Universe;

/// An entry of one asset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RankedEntry {
    /// Score at the bar of the signal.
    score: f64,
    /// Number of the asset in its universe.
    pub asset: u32,
    /// Its number among the asset's entries.
    pub number: u32,
}

/// The orders of each asset of a universe, and their entries in the order in which they get a slot.
#[derive(Clone, Debug, Default)]
pub struct SlotEntries {
    /// Of each asset.
    pub(super) orders: Vec<SlotOrders>,
    /// Where the entries of each bar of the axis begin, and behind the last where they end.
    starts: Vec<usize>,
    ranked: Vec<RankedEntry>,
}

impl SlotEntries {
    /// Of the orders of each asset of the universe.
    ///
    /// # Panics
    /// When there are not as many orders as assets, or more than 2^32 of them.
    #[must_use]
    pub fn new(universe: &Universe, orders: Vec<SlotOrders>) -> Self {
        assert_eq!(orders.len(), universe.assets.len(), "orders of each asset");
        let mut of_bars: Vec<(usize, RankedEntry)> = Vec::new();
        for (asset, (prices, orders)) in universe.assets.iter().zip(&orders).enumerate() {
            let mut own = prices.bars().filter(|bar| prices.trades_at(*bar)).enumerate();
            for (number, entry) in orders.entries.iter().enumerate() {
                let Some((_, bar)) = own.by_ref().find(|(own, _)| *own == entry.bar) else { break };
                let narrow = |number: usize| u32::try_from(number).expect("fewer than 2^32 entries of one asset");
                let ranked = RankedEntry { score: entry.score, asset: narrow(asset), number: narrow(number) };
                of_bars.push((bar, ranked));
            }
        }
        // Stable: of equal scores the asset whose symbol comes first.
        of_bars.sort_by(|(bar, a), (other, b)| bar.cmp(other).then(b.score.total_cmp(&a.score)));
        let before = |bar: usize| of_bars.partition_point(|(other, _)| *other < bar);
        let starts = (0..=universe.time.len()).map(before).collect();
        Self { orders, starts, ranked: of_bars.into_iter().map(|(_, entry)| entry).collect() }
    }

    /// Those that may fill at this bar, the best first.
    pub(super) fn at(&self, bar: usize) -> &[RankedEntry] {
        &self.ranked[self.starts[bar]..self.starts[bar + 1]]
    }

    /// Whether there never is one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranked.is_empty()
    }
}
