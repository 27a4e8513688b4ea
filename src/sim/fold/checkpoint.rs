//! A fold that is saved at the border of a tile, and goes on from there with the bits that it would have had in one go.

mod order_events;
mod rule_edges;

pub use order_events::{OrderEvent, OrderFill, OrderKind};

use super::{Compiled, FoldState, Market, RunConfig};
use crate::account::{Record, Recorder, Side};
use crate::metrics::Outcome;
use crate::tile::bitset::TILE;
use crate::tile::resumable::StateBytes;

/// The state of a fold at the border of a tile: of indicators, conditions and accounts, those of other bars too.
///
/// It belongs to the combinations, the settings and the candles that it was made with, and says nothing of them: who keeps
/// it knows them. Loaded with others, it is rejected where the bytes do not fit, and gives other results where they do.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    bar: usize,
    state: Vec<u8>,
}

impl Checkpoint {
    /// Of this state before this bar, which begins a tile.
    #[must_use]
    pub fn new(bar: usize, state: Vec<u8>) -> Self {
        Self { bar, state }
    }

    /// The first bar that is not in it.
    #[must_use]
    pub fn bar(&self) -> usize {
        self.bar
    }

    /// The state as bytes.
    #[must_use]
    pub fn state(&self) -> &[u8] {
        &self.state
    }

    fn save(bar: usize, state: &mut FoldState<'_, '_>) -> Self {
        let mut bytes = StateBytes::writer();
        state.pass(&mut bytes);
        Self { bar, state: bytes.into_bytes() }
    }

    /// Loads it, and gives the bar from which to go on; nothing where the bytes do not fit.
    pub(super) fn load(&self, mut into: FoldState<'_, '_>) -> Option<usize> {
        let mut bytes = StateBytes::reader(self.state.clone());
        into.pass(&mut bytes);
        (bytes.is_read() && self.bar.is_multiple_of(TILE)).then_some(self.bar)
    }
}

/// The orders of one account, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountOrders {
    /// The orders, by bars and kinds.
    pub events: Vec<OrderEvent>,
    /// The position after all of them.
    pub position: Option<Side>,
    /// Equity at the last close, in quote currency.
    pub equity: f64,
}

impl FoldState<'_, '_> {
    fn pass(&mut self, state: &mut StateBytes) {
        self.columns.pass_state(state);
        self.signals.pass_state(state);
        self.accounts.iter_mut().for_each(|account| account.pass_state(state));
    }
}

impl Compiled {
    /// As [`Compiled::fold`], from a checkpoint on where there is one, calling `keep` with a checkpoint at each border of a
    /// tile. Recorders hear of the bars from there on. Nothing where the checkpoint is none of these combinations on these
    /// candles.
    ///
    /// # Panics
    /// As [`Compiled::fold`].
    pub fn fold_from<'a, R: Recorder>(
        &self,
        market: impl Into<Market<'a>>,
        config: &RunConfig,
        recorders: &mut [R],
        start: Option<&Checkpoint>,
        mut keep: impl FnMut(Checkpoint),
    ) -> Option<Vec<Outcome>> {
        self.fold_between(market.into(), config, (recorders, Vec::new()), start, |bar, state| {
            if bar > 0 && bar.is_multiple_of(TILE) {
                keep(Checkpoint::save(bar, state));
            }
            true
        })
    }

    /// The orders of a single combination from a checkpoint on, where there is one, with those that the last bar leaves for
    /// the next open. The last candle of the market is not a bar but stands for the next one: it stays at the last close.
    ///
    /// # Panics
    /// As [`Compiled::fold`], and when there are several combinations.
    pub fn orders_from<'a>(
        &self,
        market: impl Into<Market<'a>>,
        config: &RunConfig,
        start: Option<&Checkpoint>,
        mut keep: impl FnMut(Checkpoint),
    ) -> Option<AccountOrders> {
        let market = market.into();
        let bars = market.skipped() + market.candles.len() - 1;
        let mut records = [Record::default()];
        let all = self.fold_from(market, config, &mut records, start, |checkpoint| {
            // What stands after the bar that is none is no state.
            if checkpoint.bar <= bars {
                keep(checkpoint);
            }
        });
        let [side] = &self.sides[..] else { panic!("one combination has its orders") };
        let waits = side.exits.as_ref().is_some_and(|exits| exits.plan.entry.is_some());
        let from = start.map_or(0, Checkpoint::bar);
        all.map(|_| AccountOrders {
            position: records[0].bar_trades().last().filter(|trade| trade.open).map(|trade| trade.side),
            equity: records[0].equity.get(bars - 1 - from).copied().unwrap_or(f64::NAN),
            events: order_events::order_events(&records[0], &market, from, (config.settings.fill, waits)),
        })
    }
}

#[cfg(test)]
mod tests;
