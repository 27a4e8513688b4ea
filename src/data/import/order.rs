//! Which of four prices is which. Where no header says so, the bars do: in the right order, and (but for bars that are
//! the same in both) in no other, the low is the lowest and the high the highest.

use super::table::Table;
use crate::data::fault::Fault;
use crate::sim::model::Candles;

/// For open, high, low and close: which of the four.
pub(super) type Prices = [usize; 4];

const OHLC: Prices = [0, 1, 2, 3];
/// Bitfinex and `KuCoin`.
const OCHL: Prices = [0, 2, 3, 1];
/// Coinbase.
const LHOC: Prices = [2, 1, 0, 3];
const HLOC: Prices = [2, 0, 1, 3];

/// A header says which is which.
pub(super) const NAMED: [Prices; 1] = [OHLC];
/// `KuCoin` says so in its documentation.
pub(super) const KUCOIN: [Prices; 1] = [OCHL];
/// Nothing says so; times in milliseconds.
pub(super) const UNNAMED: [Prices; 4] = [OHLC, OCHL, LHOC, HLOC];
/// Nothing says so; times in seconds.
pub(super) const UNNAMED_SECONDS: [Prices; 4] = [OHLC, LHOC, OCHL, HLOC];

const NAMES: [&str; 4] = ["open", "high", "low", "close"];

/// Puts the columns of prices in the order open, high, low, close; gives what is to be told of that.
///
/// Of the orders that may be, the one that fewest rows contradict, and of those the first. A row that contradicts it
/// is found later, and named.
pub(super) fn settle(table: &mut Table, orders: &[Prices]) -> Result<Option<String>, Fault> {
    let wrong = |order: &Prices| {
        let Candles { open, high, low, close, .. } = &table.candles;
        let stated = [open, high, low, close];
        let [open, high, low, close] = order.map(|at| stated[at]);
        let bars = open.iter().zip(high).zip(low.iter().zip(close));
        bars.filter(|((o, h), (l, c))| !(l <= o && o <= h && l <= c && c <= h)).count()
    };
    let Some((order, count)) = orders.iter().map(|order| (*order, wrong(order))).min_by_key(|(_, count)| *count) else {
        return Ok(None);
    };
    if count * 2 > table.len() && table.len() > 2 {
        return Err(Fault::file(
            format!(
                "has {count} of {} rows in which low, open, close and high are in no order that bars have",
                table.len()
            ),
            "Check that it holds bars, and that its columns are what their names say",
        ));
    }
    if order == OHLC {
        return Ok(None);
    }
    let Candles { open, high, low, close, .. } = &mut table.candles;
    let mut stated = [&mut *open, high, low, close].map(std::mem::take);
    [*open, *high, *low, *close] = order.map(|at| std::mem::take(&mut stated[at]));
    Ok(Some(format!("columns are in the order {}", names(order))))
}

/// The names in the order in which they stand in the file.
fn names(order: Prices) -> String {
    let mut places: Vec<(usize, &str)> = order.into_iter().zip(NAMES).collect();
    places.sort_unstable();
    places.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}
