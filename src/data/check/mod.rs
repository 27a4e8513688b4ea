//! What is doubtful about candles that are sound: gaps, jumps, prices that stand still.

use super::error::WarningKind;
use super::read::Loaded;
use super::read::gaps::missing;
use crate::sim::{Candles, Interval, Millis};

/// A move of so many standard deviations is rather a wrong price than a market.
pub const SIGMAS: f64 = 20.0;
/// So many bars in a row with the same four prices are a feed that stands still.
pub const STALE: u64 = 10;

/// What was looked for in one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckReport {
    /// Bars.
    pub bars: u64,
    /// Open time of the first.
    pub start: Millis,
    /// Open time of the last.
    pub end: Millis,
    /// Places where bars are missing.
    pub gaps: u64,
    /// Bars missing in all of them.
    pub missing: u64,
    /// The longest: open time of the bar before it, and the bars missing.
    pub longest_gap: Option<(Millis, u64)>,
    /// Steps that are no multiple of the interval.
    pub irregular: u64,
    /// Rows that repeat another one.
    pub duplicates: u64,
    /// Bars in which nothing was traded.
    pub zero_volume: u64,
    /// Bars whose high, low or close is more than [`SIGMAS`] standard deviations away from the close before.
    pub spikes: u64,
    /// The first of them.
    pub first_spike: Option<Millis>,
    /// Runs of at least [`STALE`] bars with the same four prices.
    pub stale: u64,
    /// The longest: open time of its first bar, and its bars.
    pub longest_stale: Option<(Millis, u64)>,
}

impl CheckReport {
    /// Whether nothing is doubtful.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let counts = [self.gaps, self.irregular, self.duplicates, self.zero_volume, self.spikes, self.stale];
        counts.iter().all(|count| *count == 0)
    }
}

/// Looks at all bars of a file.
#[must_use]
pub fn check(loaded: &Loaded, interval: Interval) -> CheckReport {
    let candles = &loaded.candles;
    let counted =
        |kind: WarningKind| loaded.warnings.iter().find(|warning| warning.kind == kind).map_or(0, |w| w.count);
    let mut found = CheckReport {
        bars: candles.len() as u64,
        start: candles.time.first().copied().unwrap_or_default(),
        end: candles.time.last().copied().unwrap_or_default(),
        duplicates: counted(WarningKind::DuplicatesDropped),
        zero_volume: counted(WarningKind::ZeroVolume),
        ..CheckReport::default()
    };
    gaps(&candles.time, interval, &mut found);
    spikes(candles, interval, &mut found);
    stale(candles, &mut found);
    found
}

fn gaps(time: &[Millis], interval: Interval, found: &mut CheckReport) {
    for pair in time.windows(2) {
        match missing(pair[0], pair[1], interval) {
            Some(0) => {}
            Some(bars) => {
                let bars = bars.unsigned_abs();
                found.gaps += 1;
                found.missing += bars;
                if found.longest_gap.is_none_or(|(_, longest)| bars > longest) {
                    found.longest_gap = Some((pair[0], bars));
                }
            }
            None => found.irregular += 1,
        }
    }
}

/// The deviation is that of all moves from close to close but the one in question and the next: a single wrong price
/// makes two large moves, and measured by itself it would hide.
fn spikes(candles: &Candles, interval: Interval, found: &mut CheckReport) {
    let Candles { time, high, low, close, .. } = candles;
    let moves: Vec<f64> = close.windows(2).map(|pair| libm::log(pair[1] / pair[0])).collect();
    let (sum, squares) = moves.iter().fold((0.0, 0.0), |(sum, squares), r| (sum + r, squares + r * r));
    #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bars")]
    let count = moves.len() as f64;
    for at in 1..close.len() {
        let own = moves[at - 1];
        let next = moves.get(at).copied().unwrap_or(0.0);
        let others = count - if at < moves.len() { 2.0 } else { 1.0 };
        if others < 2.0 {
            return;
        }
        let mean = (sum - own - next) / others;
        let variance = ((squares - own * own - next * next) / others - mean * mean).max(0.0);
        let limit = SIGMAS * variance.sqrt();
        let before = close[at - 1];
        let farthest = libm::log(high[at] / before).max(-libm::log(low[at] / before));
        // Where nothing else ever moved, no move has a measure; rounding must not make one. Over a gap a price may go far.
        if limit > 1e-9 && farthest > limit && missing(time[at - 1], time[at], interval) == Some(0) {
            found.spikes += 1;
            found.first_spike.get_or_insert(time[at]);
        }
    }
}

fn stale(candles: &Candles, found: &mut CheckReport) {
    let Candles { time, open, high, low, close, .. } = candles;
    let bits = |at: usize| [open, high, low, close].map(|column| column[at].to_bits());
    let mut begin = 0;
    for at in 1..=time.len() {
        if at < time.len() && bits(at) == bits(begin) {
            continue;
        }
        let bars = (at - begin) as u64;
        if bars >= STALE {
            found.stale += 1;
            if found.longest_stale.is_none_or(|(_, longest)| bars > longest) {
                found.longest_stale = Some((time[begin], bars));
            }
        }
        begin = at;
    }
}

#[cfg(test)]
mod tests;
