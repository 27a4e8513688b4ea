//! Which assets may be held from a bar on, the best first, and at which bars that is decided.

use super::universe::Universe;
use crate::interval::{Interval, Millis};
use crate::strategy::Rebalance;

/// Score and weight of one asset at its own bars; NaN where they are undefined, or where it is no candidate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssetScores {
    score: Vec<f64>,
    weight: Option<Vec<f64>>,
    /// The numbers of the bars that are known, ascending; of all where there is no list.
    places: Option<Vec<usize>>,
}

impl AssetScores {
    /// Scores at each of the asset's bars, and weights before they are scaled; without weights all are 1.
    #[must_use]
    pub fn new(score: Vec<f64>, weight: Option<Vec<f64>>) -> Self {
        Self { score, weight, places: None }
    }

    /// Those at the asset's last bar in each stretch of the calendar alone, which are all that a rebalance by the calendar
    /// reads: of years of hours one in 168.
    #[must_use]
    pub fn at_ends(self, time: &[Millis], stretch: Interval) -> Self {
        let mut places = Vec::new();
        let mut from = 0;
        while from < time.len() {
            let end = stretch.end_of(stretch.open_of(time[from]));
            from += time[from..].partition_point(|open| *open < end).max(1);
            places.push(from - 1);
        }
        let known = |values: &Vec<f64>| places.iter().map(|&place| values[place]).collect();
        Self { score: known(&self.score), weight: self.weight.as_ref().map(known), places: Some(places) }
    }

    /// The scores alone.
    #[must_use]
    pub fn into_scores(self) -> Vec<f64> {
        self.score
    }

    /// Score and weight at the asset's bar with this number.
    fn at(&self, place: usize) -> (f64, f64) {
        let at = match &self.places {
            None => Some(place),
            Some(places) => places.binary_search(&place).ok(),
        };
        let Some(at) = at else { unreachable!("weights are set at an asset's last bar of a stretch alone") };
        (self.score[at], self.weight.as_ref().map_or(1.0, |weight| weight[at]))
    }
}

/// An asset that may be held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankedCandidate {
    /// Its number in the universe.
    pub asset: usize,
    /// Its score.
    pub score: f64,
    /// Its weight before it is scaled.
    pub weight: f64,
}

/// The candidates of the bars at which weights are set anew.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// The bars, ascending.
    bars: Vec<usize>,
    /// For each of them, where its candidates end.
    ends: Vec<usize>,
    ranked: Vec<RankedCandidate>,
}

impl Candidates {
    /// By the scores of each asset of the universe, at the bars of a rebalance.
    ///
    /// # Panics
    /// When there are not as many scores as assets, or not one for each of an asset's bars.
    #[must_use]
    pub fn new(universe: &Universe, scores: &[AssetScores], every: Rebalance, interval: Interval) -> Self {
        assert_eq!(scores.len(), universe.assets.len(), "scores of each asset");
        let bars = match every {
            Rebalance::Calendar(stretch) => last_bars(universe, stretch, interval),
            Rebalance::Bars(bars) => first_candidate(universe, scores)
                .map_or_else(Vec::new, |first| (first..universe.time.len()).step_by(bars.max(1)).collect()),
        };
        let mut all = Self { ends: Vec::with_capacity(bars.len()), ranked: Vec::new(), bars };
        let mut own: Vec<OwnBar> = universe.assets.iter().map(|_| OwnBar::default()).collect();
        for at in 0..all.bars.len() {
            let (bar, from) = (all.bars[at], all.ranked.len());
            for (asset, (prices, own)) in universe.assets.iter().zip(&mut own).enumerate() {
                let Some(place) = own.place(prices, bar) else { continue };
                let (score, weight) = scores[asset].at(place);
                if !score.is_nan() && !weight.is_nan() {
                    // Plus 0, so that -0 is as good as 0.
                    all.ranked.push(RankedCandidate { asset, score: score + 0.0, weight });
                }
            }
            // Stable: of equal scores the asset whose symbol comes first.
            all.ranked[from..].sort_by(|a, b| b.score.total_cmp(&a.score));
            all.ends.push(all.ranked.len());
        }
        all
    }

    /// The candidates of the rebalance with this number, the best first; of equal ones, the one whose symbol comes first.
    #[must_use]
    pub fn ranked(&self, number: usize) -> &[RankedCandidate] {
        let from = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.ranked[from..self.ends[number]]
    }

    /// The bars at whose closes weights are set anew.
    #[must_use]
    pub fn bars(&self) -> &[usize] {
        &self.bars
    }

    /// Whether there never was a candidate.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranked.is_empty()
    }
}

/// Counts an asset's own bars along the axis.
#[derive(Default)]
struct OwnBar {
    /// Bars of the axis that were counted, and the asset's bars among them.
    counted: usize,
    own: usize,
}

impl OwnBar {
    /// The asset's own number of its bar here, where it has one. To be asked for ascending bars.
    fn place(&mut self, prices: &super::universe::AssetPrices, bar: usize) -> Option<usize> {
        if !prices.trades_at(bar) {
            return None;
        }
        if prices.is_whole() {
            return Some(bar - prices.bars().start);
        }
        let from = self.counted.max(prices.bars().start);
        self.own += (from..bar).filter(|bar| prices.trades_at(*bar)).count();
        self.counted = bar;
        Some(self.own)
    }
}

/// The last bar of each stretch of the calendar: the one after which the next bar opens in a later stretch, and the last of
/// all where it reaches the stretch's end.
fn last_bars(universe: &Universe, stretch: Interval, interval: Interval) -> Vec<usize> {
    let time = &universe.time;
    let is_last = |bar: &usize| {
        let next = time.get(bar + 1).copied().unwrap_or_else(|| interval.end_of(time[*bar]));
        stretch.open_of(next) != stretch.open_of(time[*bar])
    };
    (0..time.len()).filter(is_last).collect()
}

/// The first bar at which an asset is a candidate.
fn first_candidate(universe: &Universe, scores: &[AssetScores]) -> Option<usize> {
    let of = |(asset, scores): (&super::universe::AssetPrices, &AssetScores)| {
        let is_defined = |place: usize| {
            let (score, weight) = scores.at(place);
            !score.is_nan() && !weight.is_nan()
        };
        let own = asset.bars().filter(|bar| asset.trades_at(*bar)).enumerate();
        own.into_iter().find(|(place, _)| is_defined(*place)).map(|(_, bar)| bar)
    };
    universe.assets.iter().zip(scores).filter_map(of).min()
}
