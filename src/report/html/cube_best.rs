//! The best point of a sweep and those around it: what thinning must not leave out.

use super::Cube;
use crate::sim::metrics::{self, Better, Metrics};

/// Parameters up to which all points around the best are its neighbours: 242 of them.
const CORNERS: usize = 5;

/// The best point of all that came, held or not.
#[derive(Clone, Debug)]
pub(super) struct Best {
    pub value: f64,
    pub places: Vec<u32>,
    pub figures: Vec<f64>,
    /// How many points were held when it came, where it was not held itself: its turn among them.
    pub left_out: Option<usize>,
}

impl Cube {
    /// Whether a value of the metric that ranks is above all before; of equal ones the first is the best, as in the
    /// table.
    pub(super) fn is_better(&self, value: f64) -> bool {
        let sign = if metrics::TABLE[self.metrics[0]].better == Better::Higher { 1.0 } else { -1.0 };
        self.best.as_ref().is_none_or(|best| sign * value > sign * best.value)
    }

    /// No more points come: the best is held from now on, in its turn, even if thinning left it out.
    pub fn settle(&mut self) {
        let Some(best) = &mut self.best else { return };
        if let Some(at) = best.left_out.take() {
            let (places, figures) = (at * (self.axes.len() + 1), at * self.metrics.len());
            self.places.splice(places..places, best.places.iter().copied());
            self.figures.splice(figures..figures, best.figures.iter().copied());
        }
    }

    /// Where not all points are held, the asset and the values of those next to the best that are not: whoever has or
    /// computes them gives them to [`Self::keep`], so that the best is seen among its real neighbours.
    #[must_use]
    pub fn lacking(&self) -> Option<(usize, Vec<Vec<f64>>)> {
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
    pub fn keep(&mut self, asset: usize, values: &[f64], metrics: &Metrics) {
        if let Some(places) = self.places_of(asset, values) {
            self.places.extend(places);
            self.figures.extend(self.figures_of(metrics));
            self.around = true;
        }
    }
}
