//! The bars of many assets on one axis of time.

use std::ops::Range;

use super::asset_bars::AssetBars;
use crate::interval::Millis;

/// Opens and closes of one asset, on the axis of all.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetPrices {
    /// Its symbol.
    pub symbol: String,
    /// Bars of the axis from its first one to its last one.
    bars: Range<usize>,
    is_whole: bool,
    /// One for each of these; NaN where the asset has no bar.
    open: Vec<f64>,
    /// One for each of these; where the asset has no bar, the close before.
    close: Vec<f64>,
}

impl AssetPrices {
    /// The bars of the axis from its first one to the one behind its last.
    #[must_use]
    pub fn bars(&self) -> Range<usize> {
        self.bars.clone()
    }

    /// Whether it has a bar here.
    #[must_use]
    pub fn trades_at(&self, bar: usize) -> bool {
        self.bars.contains(&bar) && !self.open[bar - self.bars.start].is_nan()
    }

    /// Whether it has a bar at each bar of the axis from its first to its last.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The open of its bar; NaN where it has none.
    #[must_use]
    pub fn open(&self, bar: usize) -> f64 {
        if self.bars.contains(&bar) { self.open[bar - self.bars.start] } else { f64::NAN }
    }

    /// The close of its last bar so far; NaN before its first.
    #[must_use]
    pub fn close(&self, bar: usize) -> f64 {
        match bar.checked_sub(self.bars.start) {
            Some(at) => self.close[at.min(self.close.len() - 1)],
            None => f64::NAN,
        }
    }
}

/// Many assets and the union of the times of their bars.
///
/// Assets are in the order of their symbols, whatever the order in which they came: so no figure depends on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Universe {
    /// Open times of bars, ascending: those at which an asset has one.
    pub time: Vec<Millis>,
    /// The assets.
    pub assets: Vec<AssetPrices>,
    /// The last bar of each asset that has none at the end of all, with its number, ascending.
    ends: Vec<(usize, usize)>,
}

/// What stands in place of a universe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UniverseError {
    /// No asset, or none with a bar.
    #[error("there is no asset with a bar")]
    Empty,
    /// One symbol for two assets.
    #[error("{0} is there twice")]
    Twice(String),
}

impl Universe {
    /// Of the bars of assets by their symbols. Assets without a bar are left out.
    ///
    /// # Errors
    /// [`UniverseError`].
    pub fn new(assets: impl IntoIterator<Item = (String, impl Into<AssetBars>)>) -> Result<Self, UniverseError> {
        let assets = assets.into_iter().map(|(symbol, bars)| (symbol, bars.into()));
        let mut assets: Vec<(String, AssetBars)> = assets.filter(|(_, bars)| !bars.is_empty()).collect();
        assets.sort_by(|(a, _), (b, _)| a.cmp(b));
        if let Some(pair) = assets.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(UniverseError::Twice(pair[0].0.clone()));
        }
        let time = union(assets.iter().map(|(_, bars)| bars.times()));
        if time.is_empty() {
            return Err(UniverseError::Empty);
        }
        let assets: Vec<_> = assets.into_iter().map(|(symbol, bars)| on_axis(symbol, bars, &time)).collect();
        let ended = assets.iter().enumerate().filter(|(_, asset)| asset.bars.end < time.len());
        let mut ends: Vec<_> = ended.map(|(at, asset)| (asset.bars.end - 1, at)).collect();
        ends.sort_unstable();
        Ok(Self { time, assets, ends })
    }

    /// The assets that have a bar in this part of the axis, alone, as if there were no other bars.
    #[must_use]
    pub fn part(&self, bars: Range<usize>) -> Self {
        let of = |asset: &AssetPrices| {
            let (from, to) = (asset.bars.start.max(bars.start), asset.bars.end.min(bars.end));
            let own = from.saturating_sub(asset.bars.start)..to.saturating_sub(asset.bars.start);
            (from < to).then(|| AssetPrices {
                symbol: asset.symbol.clone(),
                bars: from - bars.start..to - bars.start,
                is_whole: asset.is_whole,
                open: asset.open[own.clone()].to_vec(),
                close: asset.close[own].to_vec(),
            })
        };
        let assets: Vec<AssetPrices> = self.assets.iter().filter_map(of).collect();
        let ended = assets.iter().enumerate().filter(|(_, asset)| asset.bars.end < bars.len());
        let mut ends: Vec<_> = ended.map(|(at, asset)| (asset.bars.end - 1, at)).collect();
        ends.sort_unstable();
        Self { time: self.time[bars].to_vec(), assets, ends }
    }

    /// The last bar of each asset that has none at the end of all, with its number, ascending.
    #[must_use]
    pub fn ends(&self) -> &[(usize, usize)] {
        &self.ends
    }

    /// Assets that have a bar here.
    #[must_use]
    pub fn trading_at(&self, bar: usize) -> usize {
        self.assets.iter().filter(|asset| asset.trades_at(bar)).count()
    }

    /// Buying the assets that trade at the first bar with equal parts of the capital, at its close and without costs, and
    /// holding them: what that is worth at each close.
    #[must_use]
    pub fn buy_and_hold(&self, capital: f64) -> Vec<f64> {
        let bought: Vec<&AssetPrices> = self.assets.iter().filter(|asset| asset.trades_at(0)).collect();
        #[expect(clippy::cast_precision_loss, reason = "a number of assets")]
        let part = capital / bought.len() as f64;
        let value = |bar: usize| bought.iter().map(|asset| part * (asset.close(bar) / asset.close(0))).sum();
        (0..self.time.len()).map(value).collect()
    }
}

/// All times, each once, ascending.
fn union(times: impl Iterator<Item = Vec<Millis>>) -> Vec<Millis> {
    let mut all: Vec<Millis> = Vec::new();
    for times in times {
        // Most assets have the bars of another one.
        if all == times {
            continue;
        }
        let (mut merged, mut rest) = (Vec::with_capacity(all.len().max(times.len())), times.as_slice());
        for &time in &all {
            let before = rest.partition_point(|other| *other < time);
            merged.extend_from_slice(&rest[..before]);
            merged.push(time);
            rest = &rest[before + usize::from(rest.get(before) == Some(&time))..];
        }
        merged.extend_from_slice(rest);
        all = merged;
    }
    all
}

fn on_axis(symbol: String, bars: AssetBars, axis: &[Millis]) -> AssetPrices {
    let time = bars.times();
    let AssetBars { open, close, .. } = bars;
    let first = axis.partition_point(|open| *open < time[0]);
    let end = axis.partition_point(|open| *open <= time[time.len() - 1]);
    if end - first == time.len() {
        return AssetPrices { symbol, bars: first..end, is_whole: true, open, close };
    }
    let none = vec![f64::NAN; end - first];
    let mut on_axis = AssetPrices { symbol, bars: first..end, is_whole: false, open: none.clone(), close: none };
    let mut own = 0;
    for (at, &moment) in axis[first..end].iter().enumerate() {
        if time[own] == moment {
            on_axis.open[at] = open[own];
            own += 1;
        }
        on_axis.close[at] = close[own - 1];
    }
    on_axis
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Candles;

    fn candles(bars: &[(Millis, f64)]) -> Candles {
        let prices: Vec<f64> = bars.iter().map(|bar| bar.1).collect();
        let opens = prices.iter().map(|price| price - 1.0).collect();
        Candles { time: bars.iter().map(|bar| bar.0).collect(), open: opens, close: prices, ..Candles::default() }
    }

    #[test]
    fn assets_of_different_histories_stand_on_one_axis_in_the_order_of_their_symbols() {
        let late = ("B".to_owned(), candles(&[(20, 5.0), (40, 7.0)]));
        let early = ("A".to_owned(), candles(&[(10, 2.0), (20, 3.0), (30, 4.0)]));
        let universe = Universe::new(vec![late, early]).unwrap();
        assert_eq!(universe.time, [10, 20, 30, 40]);
        let [a, b] = universe.assets.as_slice() else { panic!("two assets") };
        assert_eq!((a.symbol.as_str(), a.bars(), b.bars()), ("A", 0..3, 1..4));
        assert_eq!((0..4).map(|bar| b.trades_at(bar)).collect::<Vec<_>>(), [false, true, false, true]);
        let bits = |values: [f64; 4]| values.map(f64::to_bits);
        assert_eq!(bits([0, 1, 2, 3].map(|bar| b.close(bar))), bits([f64::NAN, 5.0, 5.0, 7.0]));
        assert_eq!(bits([0, 1, 2, 3].map(|bar| b.open(bar))), bits([f64::NAN, 4.0, f64::NAN, 6.0]));
        assert_eq!(
            bits([0, 1, 2, 3].map(|bar| a.close(bar))),
            bits([2.0, 3.0, 4.0, 4.0]),
            "its last one after its end"
        );
        assert_eq!([0, 1, 2, 3].map(|bar| universe.trading_at(bar)), [1, 2, 1, 1]);
        assert_eq!(universe.buy_and_hold(100.0), [100.0, 150.0, 200.0, 200.0], "of those that trade at the first bar");
    }

    #[test]
    fn a_universe_has_each_symbol_once_and_at_least_one_bar() {
        let asset = |symbol: &str, bars: &[(Millis, f64)]| (symbol.to_owned(), candles(bars));
        assert_eq!(Universe::new(vec![asset("A", &[])]), Err(UniverseError::Empty));
        let twice = Universe::new(vec![asset("A", &[(1, 2.0)]), asset("A", &[(1, 2.0)])]);
        assert_eq!(twice, Err(UniverseError::Twice("A".to_owned())));
    }
}
