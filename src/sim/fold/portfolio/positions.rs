//! What an account holds of each asset, and the trades that come of it.

use crate::account::{BarTrade, EntryFill, EntryLevels, ExitReason, Settings, Side};

/// A trade of one asset of a universe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AssetTrade {
    /// Number of the asset in its universe.
    pub asset: usize,
    /// From the first fill of a position to the one that ends it, by bars of the axis: prices are the means of the fills on
    /// either side, and the size is all that was bought, or sold short.
    pub trade: BarTrade,
}

/// The position in one asset since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct HeldPosition {
    /// Below zero when sold short.
    units: f64,
    entry_bar: usize,
    /// Units and their value, of the fills that made the position larger and of those that made it smaller.
    entered: (f64, f64),
    left: (f64, f64),
    fees: f64,
    entry_fees: f64,
}

impl HeldPosition {
    fn trade(&self, bar: usize, close: f64, reason: ExitReason) -> BarTrade {
        let (units, entered) = self.entered;
        let rest = units - self.left.0;
        let is_open = reason == ExitReason::Open;
        // What is still held counts as if it were left at the close.
        let left = if is_open { self.left.1 + rest * close } else { self.left.1 };
        let side = if self.units < 0.0 { Side::Short } else { Side::Long };
        let gain = if side == Side::Short { entered - left } else { left - entered };
        let pnl = gain - self.fees;
        BarTrade {
            side,
            entry_bar: self.entry_bar,
            entry_price: entered / units,
            entry_fill: EntryFill::AtOnce,
            exit_within: 0,
            entry_levels: EntryLevels::default(),
            exit_bar: bar,
            exit_price: left / units,
            size: units,
            fees: self.fees,
            entry_fee: self.entry_fees,
            pnl,
            ret: pnl / entered,
            open: is_open,
            reason,
            ambiguous: false,
        }
    }
}

/// The positions of one account, with its cash.
#[derive(Clone, Debug)]
pub(super) struct Positions {
    pub cash: f64,
    all: Vec<HeldPosition>,
    /// The assets that are held, ascending.
    held: Vec<usize>,
    /// Fees of all fills.
    pub fees: f64,
    /// Value of all fills.
    pub traded: f64,
}

impl Positions {
    /// Cash alone, in a universe of so many assets.
    pub(super) fn new(assets: usize, capital: f64) -> Self {
        let all = vec![HeldPosition::default(); assets];
        Self { cash: capital, all, held: Vec::new(), fees: 0.0, traded: 0.0 }
    }

    /// The assets that are held, ascending.
    pub(super) fn held(&self) -> &[usize] {
        &self.held
    }

    /// Units of an asset; below zero when sold short.
    pub(super) fn units(&self, asset: usize) -> f64 {
        self.all[asset].units
    }

    /// Cash and all positions at these prices.
    pub(super) fn equity(&self, price: impl Fn(usize) -> f64) -> f64 {
        self.held.iter().fold(self.cash, |sum, &asset| sum + self.all[asset].units * price(asset))
    }

    /// Takes an asset from the units that are held to others, at this price before slippage; gives the trades that end by
    /// it. The reason is that of a position that is closed.
    pub(super) fn go_to(
        &mut self,
        asset: usize,
        (units, price): (f64, f64),
        (bar, reason): (usize, ExitReason),
        settings: &Settings,
    ) -> Option<AssetTrade> {
        let before = self.all[asset].units;
        if before * units < 0.0 {
            let ended = self.go_to(asset, (0.0, price), (bar, ExitReason::Reverse), settings);
            self.go_to(asset, (units, price), (bar, reason), settings);
            return ended;
        }
        let change = units - before;
        let filled = if change > 0.0 { price * (1.0 + settings.slippage) } else { price * (1.0 - settings.slippage) };
        let value = change.abs() * filled;
        let fee = settings.fee * value;
        self.cash = self.cash - change * filled - fee;
        self.fees += fee;
        self.traded += value;
        let position = &mut self.all[asset];
        if before == 0.0 {
            *position = HeldPosition { entry_bar: bar, ..HeldPosition::default() };
            let place = self.held.partition_point(|other| *other < asset);
            self.held.insert(place, asset);
        }
        let grows = units.abs() > before.abs();
        let sums = if grows { &mut position.entered } else { &mut position.left };
        *sums = (sums.0 + change.abs(), sums.1 + value);
        position.fees += fee;
        position.entry_fees += if grows { fee } else { 0.0 };
        if units != 0.0 {
            position.units = units;
            return None;
        }
        // The side is that of what was held.
        let trade = position.trade(bar, price, reason);
        position.units = 0.0;
        self.held.retain(|other| *other != asset);
        Some(AssetTrade { asset, trade })
    }

    /// The trades that are open, at these closes.
    pub(super) fn open(&self, bar: usize, close: impl Fn(usize) -> f64) -> Vec<AssetTrade> {
        let of =
            |&asset: &usize| AssetTrade { asset, trade: self.all[asset].trade(bar, close(asset), ExitReason::Open) };
        self.held.iter().map(of).collect()
    }
}
