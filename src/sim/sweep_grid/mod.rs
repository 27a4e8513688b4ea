//! The points of a sweep that a plot holds: the whole grid, or every k-th value of its parameters and the best point
//! with its neighbours.

use crate::metrics::{self, Metrics, Rank, RankBy};

/// Numbers of 32 bits that the points may take: three megabytes as text on a page.
const MOST_FIGURES: usize = 560_000;
/// Parameters up to which all points around the best are its neighbours: 242 of them.
const CORNERS: usize = 5;
/// Metrics that are held of each point beside the one that ranks, as far as there is room.
const OTHERS: [&str; 5] = ["total_return", "sharpe", "max_drawdown", "trades", "cagr"];

/// Points of a grid over one or more assets.
#[derive(Clone, Debug)]
pub struct SweepGrid {
    names: Vec<String>,
    /// Values of each parameter, ascending.
    axes: Vec<Vec<f64>>,
    /// Of each parameter, only every so many-th value is held.
    strides: Vec<usize>,
    /// Only every so many-th point that comes is held: of samples, whose points lie anywhere.
    every: usize,
    seen: usize,
    by: RankBy,
    metrics: Vec<usize>,
    places: Vec<u32>,
    figures: Vec<f64>,
    best: Option<BestPoint>,
    /// Whether the points around the best are held though thinning leaves them out.
    around: bool,
}

/// The best point of all that came, held or not.
#[derive(Clone, Debug)]
struct BestPoint {
    rank: Rank,
    places: Vec<u32>,
    figures: Vec<f64>,
    /// How many points were held when it came, where it was not held itself: its turn among them.
    left_out: Option<usize>,
}

impl SweepGrid {
    /// For a grid with these parameters and values, on so many assets; `sample` is the number of points where only a
    /// sample of them is computed, and `by` what ranks them.
    #[must_use]
    pub fn new(names: Vec<String>, mut axes: Vec<Vec<f64>>, assets: usize, sample: Option<u64>, by: RankBy) -> Self {
        for axis in &mut axes {
            axis.sort_by(f64::total_cmp);
            axis.dedup();
        }
        let most = MOST_FIGURES / (axes.len() + 3);
        let mut strides = vec![1; axes.len()];
        let held = |strides: &[usize]| {
            let lengths = axes.iter().zip(strides).map(|(axis, stride)| axis.len().div_ceil(*stride));
            lengths.fold(assets, usize::saturating_mul)
        };
        let mut every = 1;
        let points = if let Some(sample) = sample {
            let points = usize::try_from(sample).unwrap_or(usize::MAX).saturating_mul(assets);
            every = points.div_ceil(most).max(1);
            points / every
        } else {
            while held(&strides) > most {
                let length = |at: &usize| axes[*at].len().div_ceil(strides[*at]);
                let Some(longest) = (0..axes.len()).max_by_key(length).filter(|at| length(at) > 1) else { break };
                strides[longest] += 1;
            }
            held(&strides)
        };
        let room = (MOST_FIGURES / points.max(1)).saturating_sub(axes.len() + 1) / 2;
        let mut chosen = vec![by.metric];
        chosen.extend(OTHERS.into_iter().filter_map(metrics::find).filter(|metric| *metric != by.metric));
        chosen.truncate(room.max(1));
        let (places, figures) = (Vec::new(), Vec::new());
        Self { names, axes, strides, every, seen: 0, by, metrics: chosen, places, figures, best: None, around: false }
    }

    /// Adds a point: the number of its asset, the values of its parameters, its metrics.
    pub fn add(&mut self, asset: usize, values: &[f64], metrics: &Metrics) {
        self.seen += 1;
        let turn = (self.seen - 1).is_multiple_of(self.every);
        let rank = metrics[self.by.metric].map(|_| self.by.rank(metrics)).filter(|rank| self.is_better(*rank));
        if !turn && rank.is_none() {
            return;
        }
        let Some(places) = self.places_of(asset, values) else { return };
        let mut strides = places[1..].iter().zip(&self.strides);
        let is_held = turn && strides.all(|(place, stride)| (*place as usize).is_multiple_of(*stride));
        if !is_held && rank.is_none() {
            return;
        }
        let figures = self.figures_of(metrics);
        if let Some(rank) = rank {
            let left_out = (!is_held).then(|| self.points());
            self.best = Some(BestPoint { rank, places: places.clone(), figures: figures.clone(), left_out });
        }
        if is_held {
            self.places.extend(places);
            self.figures.extend(figures);
        }
    }

    fn places_of(&self, asset: usize, values: &[f64]) -> Option<Vec<u32>> {
        let place = |(value, axis): (&f64, &Vec<f64>)| axis.binary_search_by(|known| known.total_cmp(value)).ok();
        let places: Option<Vec<usize>> = values.iter().zip(&self.axes).map(place).collect();
        let places = std::iter::once(asset).chain(places?);
        Some(places.map(|place| u32::try_from(place).unwrap_or(u32::MAX)).collect())
    }

    fn figures_of(&self, metrics: &Metrics) -> Vec<f64> {
        self.metrics.iter().map(|&metric| metrics[metric].unwrap_or(f64::NAN)).collect()
    }

    /// Points held.
    #[must_use]
    pub fn points(&self) -> usize {
        self.places.len() / (self.axes.len() + 1)
    }

    /// Each point: number of the asset, places on the axes, and the metric that ranks (NaN where undefined).
    pub fn ranked(&self) -> impl Iterator<Item = (u32, &[u32], f64)> {
        let figures = self.figures.chunks(self.metrics.len());
        self.places
            .chunks(self.axes.len() + 1)
            .zip(figures)
            .map(|(places, figures)| (places[0], &places[1..], figures[0]))
    }

    /// The values of one parameter, ascending.
    #[must_use]
    pub fn values(&self, axis: usize) -> &[f64] {
        &self.axes[axis]
    }

    /// Of one parameter, only every so many-th value is held, but for single points.
    #[must_use]
    pub fn stride(&self, axis: usize) -> usize {
        self.strides[axis]
    }

    /// Name of one parameter.
    #[must_use]
    pub fn name(&self, axis: usize) -> &str {
        &self.names[axis]
    }

    /// Number of parameters.
    #[must_use]
    pub fn width(&self) -> usize {
        self.axes.len()
    }

    /// Whether not all points are held.
    #[must_use]
    pub fn is_thinned(&self) -> bool {
        self.every > 1 || self.strides.iter().any(|stride| *stride > 1)
    }

    /// What of the grid is not held, in words.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let ordinal = |n: usize| match n {
            2 => "2nd".to_owned(),
            3 => "3rd".to_owned(),
            n => format!("{n}th"),
        };
        let thinned = self.names.iter().zip(&self.strides).filter(|(_, stride)| **stride > 1);
        let thinned: Vec<String> =
            thinned.map(|(name, stride)| format!("every {} value of {name}", ordinal(*stride))).collect();
        let mut notes = Vec::new();
        if !thinned.is_empty() {
            notes.push(format!(
                "The grid is larger than a picture: drawn is {}, {}. The table of the best is of all points.",
                thinned.join(" and "),
                if self.around {
                    "and the best of all points with its neighbours"
                } else {
                    "and the best of all points"
                },
            ));
        }
        if self.every > 1 {
            notes.push(format!(
                "The sample is larger than a picture: drawn is every {} point, and the best of all.",
                ordinal(self.every)
            ));
        }
        notes
    }

    /// The metrics that are held of each point, by their place in the table of metrics; the first is the one that ranks.
    #[must_use]
    pub fn metrics(&self) -> &[usize] {
        &self.metrics
    }

    /// For each point in turn: number of its asset, and for each parameter the place of its value on the axis.
    #[must_use]
    pub fn places(&self) -> &[u32] {
        &self.places
    }

    /// For each point in turn the metrics that are held; NaN where undefined.
    #[must_use]
    pub fn figures(&self) -> &[f64] {
        &self.figures
    }

    /// Whether it is above all before; of equal ones the first is the best, as in the table.
    fn is_better(&self, rank: Rank) -> bool {
        self.best.as_ref().is_none_or(|best| rank < best.rank)
    }

    /// The best point: number of its asset, places on the axes, and its value of the metric that ranks. None where the
    /// metric is undefined everywhere.
    #[must_use]
    pub fn best(&self) -> Option<(u32, &[u32], f64)> {
        self.best.as_ref().map(|best| (best.places[0], &best.places[1..], best.figures[0]))
    }

    /// No more points come: the best is held from now on, in its turn, even if thinning left it out.
    pub fn finish(&mut self) {
        let Some(best) = &mut self.best else { return };
        if let Some(at) = best.left_out.take() {
            let (places, figures) = (at * (self.axes.len() + 1), at * self.metrics.len());
            self.places.splice(places..places, best.places.iter().copied());
            self.figures.splice(figures..figures, best.figures.iter().copied());
        }
    }

    /// Where not all points are held, the asset and the values of those next to the best that are not: whoever has or
    /// computes them gives them to [`Self::hold`], so that the best is seen among its real neighbours.
    #[must_use]
    pub fn missing_neighbours(&self) -> Option<(usize, Vec<Vec<f64>>)> {
        let best = self.best.as_ref().filter(|_| self.is_thinned())?;
        let wide: Vec<usize> = (0..self.width()).filter(|&axis| self.axes[axis].len() > 1).collect();
        // Of many parameters all corners would be too many: the steps along each axis will do.
        let along = wide.len() > CORNERS;
        let mut near = vec![best.places.clone()];
        for axis in wide {
            let stepped = |from: &Vec<u32>, by: i64| {
                let mut to = from.clone();
                to[axis + 1] = u32::try_from(i64::from(from[axis + 1]) + by).ok()?;
                ((to[axis + 1] as usize) < self.axes[axis].len()).then_some(to)
            };
            let from = if along { vec![best.places.clone()] } else { near.clone() };
            near.extend(from.iter().flat_map(|from| [stepped(from, -1), stepped(from, 1)]).flatten());
        }
        let is_held = |places: &Vec<u32>| self.places.chunks(self.axes.len() + 1).any(|held| held == places.as_slice());
        let value = |(axis, place): (usize, &u32)| self.axes[axis][*place as usize];
        let lacking = near.into_iter().filter(|places| *places != best.places && !is_held(places));
        let lacking: Vec<Vec<f64>> =
            lacking.map(|places| places[1..].iter().enumerate().map(value).collect()).collect();
        Some((best.places[0] as usize, lacking)).filter(|(_, lacking)| !lacking.is_empty())
    }

    /// Holds a point that thinning left out.
    pub fn hold(&mut self, asset: usize, values: &[f64], metrics: &Metrics) {
        if let Some(places) = self.places_of(asset, values) {
            self.places.extend(places);
            self.figures.extend(self.figures_of(metrics));
            self.around = true;
        }
    }
}

#[cfg(test)]
mod tests;
