//! Digests by which candles are known again: one for each tile, which stands for all tiles before it as well.

use std::ops::Range;

use crate::cache::{closes_digest, joint_digest};
use crate::data;
use crate::sim::TILE;
use crate::sim::fold::{Market, PriorBars};

/// The digests of a market's tiles, as far as they were asked for.
pub(super) struct CandleChain<'a> {
    market: Market<'a>,
    /// Bars that count; a last one may stand for the bar to come.
    bars: usize,
    /// Tiles that were not read.
    behind: usize,
    /// `known[k]` stands for the first `k` tiles that were read, and all before them.
    known: Vec<[u8; 32]>,
    /// Bars of which a digest was asked for: of all strategies on an asset they are the same.
    asked: Vec<(Range<usize>, [u8; 32])>,
}

impl<'a> CandleChain<'a> {
    pub(super) fn new(market: Market<'a>, bars: usize) -> Self {
        let warmup = market.warmup.map(|warmup| data::digest(warmup.candles, warmup.first..warmup.candles.len()));
        Self { market, bars, behind: 0, known: vec![warmup.unwrap_or_default()], asked: Vec::new() }
    }

    /// The same where the first bars, which this digest stands for, were not read.
    pub(super) fn behind(market: Market<'a>, bars: usize, (behind, digest): (usize, [u8; 32])) -> Self {
        Self { market, bars, behind: behind / TILE, known: vec![digest], asked: Vec::new() }
    }

    /// What stands for all bars before this one, which begins a tile; none where there are not so many, or where they were not
    /// read.
    pub(super) fn before(&mut self, bar: usize) -> Option<[u8; 32]> {
        if bar > self.bars || !bar.is_multiple_of(TILE) {
            return None;
        }
        let tile = (bar / TILE).checked_sub(self.behind)?;
        while self.known.len() <= tile {
            let first = (self.behind + self.known.len() - 1) * TILE;
            let digest = self.digest(first, first + TILE);
            self.known.push(joint_digest(&[self.known[self.known.len() - 1], digest]));
        }
        self.known.get(tile).copied()
    }

    /// Digest of some bars and of what rules read beside them.
    pub(super) fn of(&mut self, first: usize, end: usize) -> [u8; 32] {
        let bars = first..end;
        if let Some((_, digest)) = self.asked.iter().find(|(asked, _)| *asked == bars) {
            return *digest;
        }
        let digest = self.digest(first, end);
        self.asked.push((bars, digest));
        digest
    }

    fn digest(&self, first: usize, end: usize) -> [u8; 32] {
        let Market { candles, funding, others, own, prior, .. } = self.market;
        let skipped = prior.map_or(0, PriorBars::skipped);
        let there = first - skipped..end - skipped;
        let mut parts = vec![data::digest(candles, there.clone())];
        // What warmed up the rules comes before the first bar.
        parts.extend((first == 0).then(|| self.known[0]));
        let times = &candles.time[there];
        let after = first.checked_sub(1).map(|before| candles.time[before - skipped]);
        for other in others {
            let time = &other.candles.time[other.bars.clone()];
            let from = after.map_or(0, |after| time.partition_point(|open| *open <= after));
            let to = times.last().map_or(from, |last| time.partition_point(|open| open <= last)).max(from);
            parts.push(data::digest(&other.candles, other.bars.start + from..other.bars.start + to));
            parts.extend(other.own.iter().map(|own| closes_digest(&time[from..to], &own.values[from..to])));
        }
        let before = self.market.warmup_bars();
        parts.extend(own.iter().map(|own| closes_digest(times, &own.values[before + first..before + end])));
        if !funding.is_empty() {
            parts.push(closes_digest(times, &funding[first..end]));
        }
        joint_digest(&parts)
    }
}
