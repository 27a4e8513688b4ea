//! What stands after the last bar of a result, which none of its figures shows.

use crate::inputs::{AssetData, open_columns};
use crate::plan::Plan;
use crate::pool::Pool;
use crate::sim::account::{BarTrade, Record};
use crate::sim::fold::{Combination, Compiled};
use crate::sim::{Fill, LastBar, LastWaiting};

/// The last bar of one of the plan's results.
///
/// # Errors
/// When the asset's candles cannot be used.
///
/// # Panics
/// When the plan has no such asset or strategy.
pub fn last_bar(plan: &Plan, asset: usize, strategy: usize) -> Result<LastBar, String> {
    let data = open_columns(plan, &plan.assets[asset], plan.fields(), &Pool::new(plan.threads))?;
    Ok(of(plan, &data, strategy))
}

/// The last bar of one of the plan's strategies on these candles. Found by feeding one more bar that stays at the last
/// close: what fills at its open was ordered at the bar before, and nothing else is in the figures of that bar.
pub(crate) fn of(plan: &Plan, data: &AssetData, strategy: usize) -> LastBar {
    let mut candles = data.candles.clone();
    let Some(&time) = candles.time.last() else { return LastBar::default() };
    candles.push_flat(plan.interval.end_of(time));
    let bound = &plan.strategies[strategy];
    let combination = Combination { strategy: &bound.strategy, values: &bound.values };
    let mut records = [Record::default()];
    let mut own = data.own();
    for series in &mut own {
        series.values.push(f64::NAN);
    }
    let market = data.market_with(&candles, &own);
    Compiled::new([combination], plan.settings.direction).fold(market, &plan.terms(), &mut records);
    let [record] = records;
    let trades = record.bar_trades();
    // With fills at the close, an order of the last bar is filled already, and what the bar more orders is no order.
    let is_pending = plan.settings.fill == Fill::NextOpen;
    let next = data.candles.len();
    let ends_later = |trade: &&BarTrade| trade.entry_bar < next && (trade.open || trade.exit_bar == next);
    let held = trades.iter().find(ends_later);
    // An order of the last bar rests in the next bar at its open; with fills at the close it rests already.
    let last_index = next - 1;
    let placed_by = last_index + usize::from(is_pending);
    LastBar {
        time,
        position: held.map(|trade| trade.side),
        // A stop beyond which the last close lies is no order of the rules: the next open decides.
        waiting: record.waiting(placed_by, next).map(|entry| LastWaiting {
            side: entry.side,
            is_limit: entry.is_limit,
            price: entry.price,
            bars: (entry.until - next) as u64,
        }),
        closes: is_pending && held.is_some_and(|trade| !trade.open && !trade.reason.is_level()),
        opens: trades.iter().find(|trade| is_pending && trade.entry_bar == next).map(|trade| trade.side),
    }
}
