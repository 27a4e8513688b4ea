//! Where rules become true, whatever an account would make of it.

use super::{AccountOrders, Checkpoint, OrderEvent, OrderFill, OrderKind};
use crate::account::SignalBits;
use crate::fold::columns::{Columns, TileBars};
use crate::fold::signals::Signals;
use crate::fold::{Compiled, Market, RunConfig};
use crate::tile::bitset::{TILE, is_set, later};
use crate::tile::resumable::{Resumable, StateBytes};

/// What the next tile depends on: the state of the rules, and whether each was true at the last bar.
struct EdgeState<'a, 'g> {
    last: [bool; OrderKind::ALL.len()],
    columns: &'a mut Columns,
    signals: &'a mut Signals<'g>,
}

impl EdgeState<'_, '_> {
    fn pass(&mut self, state: &mut StateBytes) {
        self.last.pass_state(state);
        self.columns.pass_state(state);
        self.signals.pass_state(state);
    }
}

impl Compiled {
    /// As [`Compiled::orders_from`], but for the bars at which the rules of a single combination become true, whether or not an
    /// account would act on them: rules alone, without exits at levels.
    ///
    /// # Panics
    /// As [`Compiled::orders_from`].
    pub fn edges_from<'a>(
        &self,
        market: impl Into<Market<'a>>,
        config: &RunConfig,
        start: Option<&Checkpoint>,
        mut keep: impl FnMut(Checkpoint),
    ) -> Option<AccountOrders> {
        let market = market.into();
        let [sides] = &self.sides[..] else { panic!("one combination has its edges") };
        let candles = market.candles;
        let (skipped, end) = (market.skipped(), market.skipped() + candles.len() - 1);
        let mut columns = Columns::new(&self.graph, &market, config.interval, config.cpu);
        let mut signals = Signals::new(&self.graph, &self.schedule, config.cpu);
        let mut last = [false; OrderKind::ALL.len()];
        let mut begin = 0;
        if let Some(start) = start {
            let mut bytes = StateBytes::reader(start.state.clone());
            let mut state = EdgeState { last, columns: &mut columns, signals: &mut signals };
            state.pass(&mut bytes);
            last = state.last;
            begin = (bytes.is_read() && start.bar.is_multiple_of(TILE) && start.bar <= end).then_some(start.bar)?;
        }
        if market.prior.is_some_and(|prior| begin < prior.bars) {
            return None;
        }
        for tile in columns.warmup_tiles(&market).filter(|_| start.is_none()) {
            columns.extend(&self.graph, &market, tile);
            signals.begin(&columns);
            signals.extend(&columns, 0);
            columns.settle();
        }
        let mut events = Vec::new();
        for first in (begin..end).step_by(TILE) {
            let bars = TILE.min(end - first);
            columns.extend(&self.graph, &market, TileBars { candles, first: first - skipped, bars });
            signals.begin(&columns);
            signals.extend(&columns, 0);
            let mut bits = SignalBits::default();
            sides.read(&signals, &mut bits);
            let rules = [bits.long_exit, bits.short_exit, bits.long_entry, bits.short_entry];
            for ((kind, bits), last) in OrderKind::ALL.into_iter().zip(rules).zip(&mut last) {
                let before = later(&bits, *last);
                let rises = |bar: &usize| is_set(&bits, *bar) && !is_set(&before, *bar);
                let new = (0..bars).filter(rises).map(|bar| OrderEvent {
                    kind,
                    bar: first + bar,
                    fill: OrderFill::Condition,
                    price: candles.close[first + bar - skipped],
                    stop: None,
                    target: None,
                    equity: f64::NAN,
                });
                events.extend(new);
                *last = is_set(&bits, bars - 1);
            }
            columns.settle();
            if bars == TILE {
                let mut bytes = StateBytes::writer();
                EdgeState { last, columns: &mut columns, signals: &mut signals }.pass(&mut bytes);
                keep(Checkpoint { bar: first + bars, state: bytes.into_bytes() });
            }
        }
        events.sort_by_key(|event| (event.bar, event.kind));
        Some(AccountOrders { events, position: None, equity: f64::NAN })
    }
}
