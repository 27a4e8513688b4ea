//! The identity of a result: everything that can change one bit of it, and nothing else.
//!
//! Names and paths are not in it. So a file may be renamed, a strategy copied, a symbol written differently, and the
//! result is still found; a corrected candle, an edited rule or another fee is another key, so nothing stale can be.

use std::fmt;

use blake3::Hasher;

use crate::sim::metrics::{Detail, SegmentDetail};
use crate::sim::{Direction, Fill, Interval, Millis, Settings, WarmupId, Year};

/// Hashed before all fields: raise it when the way fields are hashed changes.
const LAYOUT: &[u8] = b"backtest cache key 1";

/// What is stored in an entry. Kinds never share a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKind {
    /// Metrics of one combination.
    Result,
    /// The list of trades of one combination.
    Trades,
    /// Metrics of one block of a sweep's grid.
    Block,
    /// Statistics of one block of a sweep's grid by segments of time.
    Segments,
    /// The score of one asset among others.
    Score,
    /// Metrics of one account over many assets.
    Portfolio,
}

impl EntryKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [Self::Result, Self::Trades, Self::Block, Self::Segments, Self::Score, Self::Portfolio];

    /// Its name in key names and statistics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Trades => "trades",
            Self::Block => "block",
            Self::Segments => "segments",
            Self::Score => "score",
            Self::Portfolio => "portfolio",
        }
    }

    /// Its place in [`EntryKind::ALL`].
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Result => 0,
            Self::Trades => 1,
            Self::Block => 2,
            Self::Segments => 3,
            Self::Score => 4,
            Self::Portfolio => 5,
        }
    }

    /// The byte for it in keys and envelopes; never reused for another kind.
    pub(super) const fn tag(self) -> u8 {
        match self {
            Self::Result => 1,
            Self::Trades => 2,
            Self::Block => 3,
            Self::Segments => 4,
            Self::Score => 5,
            Self::Portfolio => 6,
        }
    }
}

/// All inputs of a result.
#[derive(Clone, Copy, Debug)]
pub struct KeyParts<'a> {
    /// [`crate::sim::ENGINE_VERSION`] of the program that computes.
    pub engine_version: u32,
    /// What is stored.
    pub kind: EntryKind,
    /// Digest of the candles used (times and all five columns), not of the file.
    pub candles: [u8; 32],
    /// Number of bars used.
    pub bars: u64,
    /// Open time of the first bar used.
    pub start: Millis,
    /// Open time of the last bar used.
    pub end: Millis,
    /// Length of a bar.
    pub interval: Interval,
    /// Canonical texts of `entry`, `exit`, `short_entry`, `short_exit`, in this order, as used; and of the exits at price
    /// levels and after a time, where there are any.
    pub rules: &'a [&'a str],
    /// Values of all parameters, in the order in which the strategy declares them; of a block the number of
    /// parameters, and then those of each of its points; of a score how far back it is asked for, in milliseconds, and then
    /// those of the strategy.
    pub params: &'a [f64],
    /// Account settings.
    pub settings: &'a Settings,
    /// [`closes_digest`] of the benchmark's candles in the range of the bars used; none where the asset is its own.
    pub benchmark: Option<[u8; 32]>,
    /// Of a block, which metrics it holds.
    pub detail: Option<Detail>,
    /// Digest of the finer candles by which levels were looked at, where the rules have levels.
    pub finer: Option<[u8; 32]>,
    /// Digest of the market's funding rates, where they were paid.
    pub funding: Option<[u8; 32]>,
    /// The bars before those used that warmed up the rules, where there were any.
    pub warmup: Option<WarmupId>,
    /// Of statistics by segments: how much is kept of each, and the bars at which they begin.
    pub segments: Option<(SegmentDetail, &'a [usize])>,
    /// [`joint_digest`] of what the rules read beside the candles: other assets, zones, columns of the file.
    pub beside: Option<[u8; 32]>,
}

/// 32 bytes that stand for all of [`KeyParts`]; shown as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// The key of these inputs.
    #[must_use]
    pub fn from_parts(parts: &KeyParts<'_>) -> Self {
        let settings = parts.settings;
        let mut fields = Fields(Vec::with_capacity(1024));
        fields.bytes(0, LAYOUT);
        fields.bytes(1, &parts.engine_version.to_le_bytes());
        fields.bytes(2, &[parts.kind.tag()]);
        fields.bytes(3, &parts.candles);
        fields.bytes(4, &parts.bars.to_le_bytes());
        fields.bytes(5, &parts.start.to_le_bytes());
        fields.bytes(6, &parts.end.to_le_bytes());
        fields.bytes(7, parts.interval.to_string().as_bytes());
        fields.bytes(8, &(parts.rules.len() as u64).to_le_bytes());
        for rule in parts.rules {
            fields.bytes(9, rule.as_bytes());
        }
        fields.bytes(10, &(parts.params.len() as u64).to_le_bytes());
        for &param in parts.params {
            fields.number(11, param);
        }
        fields.number(12, settings.capital);
        fields.number(13, settings.fee);
        fields.number(14, settings.slippage);
        fields.bytes(15, fill_name(settings.fill).as_bytes());
        fields.bytes(16, direction_name(settings.direction).as_bytes());
        // Fields that came later are there only where they say something else than what was usual before.
        match settings.year {
            Year::Calendar => {}
            Year::EveryDay => fields.bytes(30, b"every day"),
            Year::TradingDays => fields.bytes(30, b"trading days"),
            Year::Bars(bars) => fields.number(31, bars),
        }
        if settings.risk_free != 0.0 {
            fields.number(40, settings.risk_free);
        }
        if let Some(benchmark) = &parts.benchmark {
            fields.bytes(41, benchmark);
        }
        match parts.detail {
            None | Some(Detail::Sums) => {}
            Some(Detail::EachBar) => fields.bytes(42, b"each bar"),
            Some(Detail::AllReturns) => fields.bytes(42, b"all returns"),
        }
        if let Some(fee) = settings.maker_fee.filter(|fee| fee.to_bits() != settings.fee.to_bits()) {
            fields.number(50, fee);
        }
        if let Some(digest) = parts.finer {
            // Since excursions are read from finer bars too, trades with them have another field than before.
            fields.bytes(if parts.kind == EntryKind::Trades { 53 } else { 51 }, &digest);
        }
        if let Some(digest) = parts.funding {
            fields.bytes(52, &digest);
        }
        if let Some(WarmupId { digest, bars }) = parts.warmup {
            fields.bytes(70, &digest);
            fields.bytes(71, &bars.to_le_bytes());
        }
        if let Some((detail, borders)) = parts.segments {
            let detail: &[u8] = match detail {
                SegmentDetail::Returns => b"returns",
                SegmentDetail::Stats => b"stats",
            };
            fields.bytes(60, detail);
            let bars: Vec<u8> = borders.iter().flat_map(|&border| (border as u64).to_le_bytes()).collect();
            fields.bytes(61, &bars);
        }
        if let Some(digest) = &parts.beside {
            fields.bytes(72, digest);
        }
        Self(*blake3::hash(&fields.0).as_bytes())
    }

    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text).ok().map(|hash| Self(*hash.as_bytes()))
    }
}

/// Digest of these closes at these open times, as many of one as of the other: all that a benchmark says.
#[must_use]
pub fn closes_digest(time: &[Millis], close: &[f64]) -> [u8; 32] {
    let mut hasher = Hasher::new();
    hasher.update(&(time.len() as u64).to_le_bytes());
    for (open, close) in time.iter().zip(close) {
        hasher.update(&open.to_le_bytes());
        hasher.update(&close.to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// Digest of how far the clocks of a zone are ahead of UTC from each of these moments on.
#[must_use]
pub fn offsets_digest(offsets: &[(Millis, Millis)]) -> [u8; 32] {
    let mut hasher = Hasher::new();
    for (from, ahead) in offsets {
        hasher.update(&from.to_le_bytes());
        hasher.update(&ahead.to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// Digest of digests in their order.
#[must_use]
pub fn joint_digest(parts: &[[u8; 32]]) -> [u8; 32] {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// Tag and length before each field, so that no two lists of fields give the same bytes. They are gathered and hashed
/// at once, for each call of the hasher costs more than the few bytes of a field.
struct Fields(Vec<u8>);

impl Fields {
    fn bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.0.push(tag);
        self.0.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    /// By its bits; but -0 and 0 are the same input, as they compare and compute the same here.
    fn number(&mut self, tag: u8, number: f64) {
        let number = if number == 0.0 { 0.0 } else { number };
        self.bytes(tag, &number.to_bits().to_le_bytes());
    }
}

/// Written out rather than taken from a Display elsewhere: a change of wording there must not change keys.
const fn fill_name(fill: Fill) -> &'static str {
    match fill {
        Fill::NextOpen => "next-open",
        Fill::Close => "close",
    }
}

const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Long => "long",
        Direction::Short => "short",
        Direction::Both => "both",
    }
}

#[cfg(test)]
mod tests;
