//! Results as bytes and back: the only file that knows bincode.
//!
//! bincode is unmaintained (RUSTSEC-2025-0141), so it only ever reads bytes whose envelope was right, under a limit,
//! and every number that it gives is checked before anything above sees it.

mod result;
mod score;
mod segments;

pub use result::StoredResult;
pub use score::StoredScore;
pub use segments::StoredSegments;

use std::ops::RangeInclusive;

use bincode::{Decode, Encode};
use thiserror::Error;

use self::result::StoredLastBar;
use super::key::EntryKind;
use crate::sim::account::ExitReason;
use crate::sim::metrics::{self, Detail};
use crate::sim::{Millis, Side, Trade};

/// Most bytes that decoding may take; trades are a little larger in memory than stored.
const LIMIT: usize = 8 << 20;
/// A thousand years of minutes: beyond that it is not a number of bars.
const MAX_BARS: u64 = 1_000 * 366 * 1_440;
/// The years 1 to 9999, which can be written as dates.
const TIMES: RangeInclusive<Millis> = -62_135_596_800_000..=253_402_300_799_999;

/// What a value of the cache may be.
#[derive(Clone, Debug, PartialEq)]
pub enum StoredValue {
    /// Metrics of one combination.
    Result(StoredResult),
    /// Trades of one combination, in order of time.
    Trades(Vec<Trade>),
    /// Metrics of one block of a sweep's grid.
    Block(StoredBlock),
    /// Statistics of one block of a sweep's grid by segments of time.
    Segments(StoredSegments),
    /// The score of an asset.
    Score(StoredScore),
    /// Metrics of one account over many assets.
    Portfolio(StoredPortfolio),
}

impl StoredValue {
    /// The kind under which it is stored.
    #[must_use]
    pub const fn kind(&self) -> EntryKind {
        match self {
            Self::Result(_) => EntryKind::Result,
            Self::Trades(_) => EntryKind::Trades,
            Self::Block(_) => EntryKind::Block,
            Self::Segments(_) => EntryKind::Segments,
            Self::Score(_) => EntryKind::Score,
            Self::Portfolio(_) => EntryKind::Portfolio,
        }
    }
}

/// Metrics of one account over many assets, with the figures beside them.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct StoredPortfolio {
    /// Its metrics.
    pub result: StoredResult,
    /// Bars with fills.
    pub rebalances: u64,
    /// Positions at the end.
    pub open: u64,
    /// Assets held and part of the equity invested, both on average, and the value of all fills.
    pub figures: [f64; 3],
    /// Profit of each asset as a fraction of the capital.
    pub contributions: Vec<f64>,
    /// Sum of the returns and of their squares, of blocks of time.
    pub blocks: Vec<[f64; 2]>,
}

impl StoredPortfolio {
    fn check(&self) -> Result<(), CodecError> {
        let StoredResult { bars, start, end, ref metrics, .. } = self.result;
        check_bars(bars, start, end)?;
        if metrics.len() != metrics::COUNT {
            return Err(CodecError::Metrics);
        }
        let numbers = self.figures.iter().chain(&self.contributions).chain(self.blocks.iter().flatten());
        if !numbers.into_iter().all(|number| number.is_finite()) {
            return Err(CodecError::NotFinite);
        }
        if self.rebalances > bars || self.figures.iter().any(|figure| *figure < 0.0) {
            return Err(CodecError::Impossible);
        }
        // Each asset can have as many trades as an account of its own.
        let assets = self.contributions.len() as u64;
        check_metrics(metrics, bars.saturating_mul(assets.max(1)))
    }
}

/// Metrics of the points of one block of a sweep's grid, in the block's order.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct StoredBlock {
    /// Number of bars used.
    pub bars: u64,
    /// Open time of the first bar used.
    pub start: Millis,
    /// Open time of the last bar used.
    pub end: Millis,
    /// For each point, whether the account ended at or below 0.
    pub ruined: Vec<bool>,
    /// The metrics of the first point, then of the second, and so on: of each as many as the sweep worked out, the first
    /// ones of the table.
    pub metrics: Vec<Option<f64>>,
}

impl StoredBlock {
    /// Which metrics it holds; `None` where it is not as many of each point as any sweep works out.
    #[must_use]
    pub fn detail(&self) -> Option<Detail> {
        let points = self.ruined.len();
        let is_even = points > 0 && self.metrics.len().is_multiple_of(points);
        is_even.then(|| Detail::of_count(self.metrics.len() / points)).flatten()
    }
}

/// Bytes that are not a value, or a value that no backtest gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// bincode could not decode them, or some were left over.
    #[error("the bytes are no result")]
    Encoding,
    /// A number is NaN or infinite.
    #[error("a number is not finite")]
    NotFinite,
    /// A count of bars or a time is out of range, or times are out of order.
    #[error("bars or times are out of range")]
    Range,
    /// A number is one that no backtest gives: a win rate of 7, -5 trades.
    #[error("a number is impossible")]
    Impossible,
    /// Another number of metrics than this program has.
    #[error("the number of metrics is another one")]
    Metrics,
}

/// A trade as it is stored. Apart from [`Trade`], so that a new field there cannot change the format unseen.
#[derive(Encode, Decode)]
struct StoredTrade {
    short: bool,
    open: bool,
    bars: u64,
    entry_time: Millis,
    exit_time: Millis,
    /// Place in [`ExitReason::ALL`].
    reason: u8,
    ambiguous: bool,
    numbers: [f64; 8],
}

/// The payload of a value.
///
/// # Errors
/// [`CodecError`] when it holds what [`decode`] would reject: such a value must not be stored.
pub fn encode(value: &StoredValue) -> Result<Vec<u8>, CodecError> {
    check(value)?;
    let config = bincode::config::standard().with_limit::<LIMIT>();
    let bytes = match value {
        StoredValue::Result(result) => match &result.last {
            Some(last) => bincode::encode_to_vec((result, StoredLastBar::from(last)), config),
            None => bincode::encode_to_vec(result, config),
        },
        StoredValue::Trades(trades) => {
            bincode::encode_to_vec(trades.iter().map(StoredTrade::from).collect::<Vec<_>>(), config)
        }
        StoredValue::Block(block) => bincode::encode_to_vec(block, config),
        StoredValue::Segments(segments) => bincode::encode_to_vec(segments, config),
        StoredValue::Score(score) => bincode::encode_to_vec(score, config),
        StoredValue::Portfolio(portfolio) => bincode::encode_to_vec(portfolio, config),
    };
    bytes.map_err(|_| CodecError::Encoding)
}

/// The value of a payload.
///
/// # Errors
/// [`CodecError`] when the bytes are not such a value, or one that no backtest gives.
pub fn decode(bytes: &[u8], kind: EntryKind) -> Result<StoredValue, CodecError> {
    let value = match kind {
        EntryKind::Result => StoredValue::Result(result(bytes)?),
        EntryKind::Trades => {
            StoredValue::Trades(whole::<Vec<StoredTrade>>(bytes)?.into_iter().map(Trade::from).collect())
        }
        EntryKind::Block => StoredValue::Block(whole(bytes)?),
        EntryKind::Segments => StoredValue::Segments(whole(bytes)?),
        EntryKind::Score => StoredValue::Score(whole(bytes)?),
        EntryKind::Portfolio => StoredValue::Portfolio(whole(bytes)?),
    };
    check(&value)?;
    Ok(value)
}

/// A result, and behind it what stands after its last bar, where that is stored too.
fn result(bytes: &[u8]) -> Result<StoredResult, CodecError> {
    let config = bincode::config::standard().with_limit::<LIMIT>();
    let (result, used): (StoredResult, usize) =
        bincode::decode_from_slice(bytes, config).map_err(|_| CodecError::Encoding)?;
    let behind = &bytes[used..];
    let last = if behind.is_empty() { None } else { Some(whole::<StoredLastBar>(behind)?.into()) };
    Ok(StoredResult { last, ..result })
}

/// Decodes all the bytes; some left over would mean that this is another type.
fn whole<T: Decode<()>>(bytes: &[u8]) -> Result<T, CodecError> {
    let config = bincode::config::standard().with_limit::<LIMIT>();
    match bincode::decode_from_slice(bytes, config) {
        Ok((value, used)) if used == bytes.len() => Ok(value),
        _ => Err(CodecError::Encoding),
    }
}

/// Without a secret, anybody who can write to the store can make a value with a good digest. What no backtest gives is
/// rejected all the same, so that no such figure is ever shown.
fn check(value: &StoredValue) -> Result<(), CodecError> {
    match value {
        StoredValue::Result(result) => result.check(),
        StoredValue::Trades(trades) => check_trades(trades),
        StoredValue::Block(block) => {
            check_bars(block.bars, block.start, block.end)?;
            let detail = block.detail().ok_or(CodecError::Metrics)?;
            block.metrics.chunks(detail.count()).try_for_each(|point| check_metrics(point, block.bars))
        }
        StoredValue::Segments(segments) => segments.check(),
        StoredValue::Score(score) => score.check(),
        StoredValue::Portfolio(portfolio) => portfolio.check(),
    }
}

/// Two bars are a millisecond apart at least.
fn check_bars(bars: u64, start: Millis, end: Millis) -> Result<(), CodecError> {
    let is_time = TIMES.contains(&start) && TIMES.contains(&end);
    let is_count = (1..=MAX_BARS).contains(&bars);
    if is_time && is_count && end.checked_sub(start).is_some_and(|span| span >= bars.cast_signed() - 1) {
        Ok(())
    } else {
        Err(CodecError::Range)
    }
}

fn check_metrics(values: &[Option<f64>], bars: u64) -> Result<(), CodecError> {
    if values.iter().flatten().any(|value| !value.is_finite()) {
        return Err(CodecError::NotFinite);
    }
    if metrics::are_possible(values, bars) { Ok(()) } else { Err(CodecError::Impossible) }
}

fn check_trades(trades: &[Trade]) -> Result<(), CodecError> {
    let mut free_from = Millis::MIN;
    for (at, trade) in trades.iter().enumerate() {
        if !StoredTrade::from(trade).numbers.iter().all(|number| number.is_finite()) {
            return Err(CodecError::NotFinite);
        }
        // One position at a time: a trade begins where the one before has ended, or later.
        let is_time = TIMES.contains(&trade.entry_time) && TIMES.contains(&trade.exit_time);
        if trade.bars > MAX_BARS || !is_time || trade.entry_time < free_from || trade.exit_time < trade.entry_time {
            return Err(CodecError::Range);
        }
        let is_last = at + 1 == trades.len();
        if trade.entry_price < 0.0 || trade.exit_price < 0.0 || (trade.open && !is_last) {
            return Err(CodecError::Impossible);
        }
        free_from = trade.exit_time;
    }
    Ok(())
}

impl From<&Trade> for StoredTrade {
    fn from(trade: &Trade) -> Self {
        Self {
            short: trade.side == Side::Short,
            open: trade.open,
            bars: trade.bars,
            entry_time: trade.entry_time,
            exit_time: trade.exit_time,
            reason: ExitReason::ALL
                .iter()
                .position(|reason| *reason == trade.exit_reason)
                .and_then(|at| u8::try_from(at).ok())
                .unwrap_or(0),
            ambiguous: trade.ambiguous,
            numbers: [
                trade.entry_price,
                trade.exit_price,
                trade.size,
                trade.fees,
                trade.pnl,
                trade.ret,
                trade.mae,
                trade.mfe,
            ],
        }
    }
}

impl From<StoredTrade> for Trade {
    fn from(stored: StoredTrade) -> Self {
        let [entry_price, exit_price, size, fees, pnl, ret, mae, mfe] = stored.numbers;
        Self {
            side: if stored.short { Side::Short } else { Side::Long },
            entry_time: stored.entry_time,
            entry_price,
            exit_time: stored.exit_time,
            exit_price,
            size,
            fees,
            pnl,
            ret,
            bars: stored.bars,
            open: stored.open,
            exit_reason: ExitReason::ALL.get(usize::from(stored.reason)).copied().unwrap_or_default(),
            mae,
            mfe,
            ambiguous: stored.ambiguous,
        }
    }
}

#[cfg(test)]
mod tests;
