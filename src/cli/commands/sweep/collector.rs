//! What is kept of a sweep's rows as they go by: the best, the worst, one in the middle, and the file of all.

use crate::cli::settings::ranking::Ranking;
use crate::engine::{Finished, Identity, Sink};
use crate::report::CacheState;
use crate::report::html::Cube;
use crate::report::stream::Stream;
use crate::sim::metrics::Outcome;

/// Points among which the median is taken: all of them, or every k-th of a larger sweep, so that memory stays as it
/// is. The median of 4,096 evenly spread points is off by under 2 % of the ranks, 99 times of 100.
const MEDIAN_OF: usize = 4_096;

/// One point with its outcome.
#[derive(Clone, Debug)]
pub struct Point {
    /// Number of the asset in the plan.
    pub asset: usize,
    /// What identifies its candles.
    pub identity: Identity,
    /// Values of the parameters.
    pub values: Vec<f64>,
    /// Outcome.
    pub outcome: Outcome,
    /// Where it came from.
    pub cache: CacheState,
}

/// Gathers a sweep.
pub struct Gather<'a> {
    selection: &'a Ranking,
    best: Best<Point>,
    worst: Option<(f64, Point)>,
    middle: Vec<(f64, Point)>,
    /// Every so many points one goes into `middle`.
    stride: usize,
    seen: usize,
    symbols: Vec<String>,
    stream: Option<Stream>,
    cube: Option<Cube>,
}

/// The rows of a sweep that are shown.
pub struct Shown {
    /// The best that pass the filter, best first.
    pub best: Vec<Point>,
    /// The median of all by the metric that ranks, and the worst.
    pub median: Option<Point>,
    /// The worst.
    pub worst: Option<Point>,
    /// The points for a picture, if one is wanted.
    pub cube: Option<Cube>,
}

impl<'a> Gather<'a> {
    /// Gathers the best `top` by the selection, and all in the stream and in the cube if there are any.
    #[must_use]
    pub fn new(
        selection: &'a Ranking,
        top: usize,
        symbols: Vec<String>,
        stream: Option<Stream>,
        cube: Option<Cube>,
    ) -> Self {
        let (best, middle) = (Best::new(top), Vec::new());
        Self { selection, best, worst: None, middle, stride: 1, seen: 0, symbols, stream, cube }
    }

    /// What is shown, and the file that is still to be finished.
    #[must_use]
    pub fn shown(mut self) -> (Shown, Option<Stream>) {
        self.middle.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = self.middle.len() / 2;
        let median = (!self.middle.is_empty()).then(|| self.middle.swap_remove(at).1);
        let worst = self.worst.map(|(_, point)| point);
        if let Some(cube) = &mut self.cube {
            cube.settle();
        }
        (Shown { best: self.best.ranked(), median, worst, cube: self.cube }, self.stream)
    }

    fn see(&mut self, finished: &Finished<'_>, values: &[f64], outcome: &Outcome) {
        if let Some(cube) = &mut self.cube {
            cube.add(finished.asset, values, &outcome.metrics);
        }
        let place = self.selection.place(&outcome.metrics);
        let Finished { asset, identity, cache, .. } = *finished;
        let point = || Point { asset, identity, values: values.to_vec(), outcome: outcome.clone(), cache };
        if self.best.takes(place) && self.selection.passes(&outcome.metrics) {
            self.best.push(place, point());
        }
        // What is undefined has no rank.
        if place.is_finite() {
            if self.worst.as_ref().is_none_or(|(worst, _)| place > *worst) {
                self.worst = Some((place, point()));
            }
            if self.seen.is_multiple_of(self.stride) {
                self.middle.push((place, point()));
                if self.middle.len() == 2 * MEDIAN_OF {
                    let mut even = false;
                    self.middle.retain(|_| {
                        even = !even;
                        even
                    });
                    self.stride *= 2;
                }
            }
            self.seen += 1;
        }
    }
}

/// The best of what goes by, of equal ones the first. Sorted now and then only: most of what comes is worse than the
/// worst of them, and is not even looked at.
struct Best<T> {
    top: usize,
    kept: Vec<(f64, T)>,
    /// Nothing from this place on can be among the best any more.
    limit: Option<f64>,
}

impl<T> Best<T> {
    fn new(top: usize) -> Self {
        Self { top, kept: Vec::new(), limit: None }
    }

    /// Whether something in this place may be among the best; the smaller, the better.
    fn takes(&self, place: f64) -> bool {
        self.limit.is_none_or(|limit| place < limit)
    }

    fn push(&mut self, place: f64, item: T) {
        self.kept.push((place, item));
        if self.kept.len() >= 2 * self.top + 64 {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.kept.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.kept.truncate(self.top);
        if self.kept.len() == self.top {
            self.limit = self.kept.last().map(|(place, _)| *place);
        }
    }

    /// The best, best first.
    fn ranked(mut self) -> Vec<T> {
        self.settle();
        self.kept.into_iter().map(|(_, item)| item).collect()
    }
}

impl Sink for Gather<'_> {
    fn take(&mut self, finished: &Finished<'_>) -> Result<(), String> {
        for (values, outcome) in finished.block.open().zip(finished.outcomes) {
            self.see(finished, values, outcome);
        }
        if let Some(stream) = &mut self.stream {
            let rows = finished.block.open().zip(finished.outcomes);
            let rows = rows.map(|(values, outcome)| (values.clone(), outcome.metrics));
            stream.add(&self.symbols[finished.asset], rows).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Best;

    #[test]
    fn the_best_are_those_that_sorting_everything_would_give() {
        for top in [1, 2, 3, 20, 500] {
            let places: Vec<f64> = (0..2_000_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 22)).collect();
            let mut best = Best::new(top);
            for (at, &place) in places.iter().enumerate() {
                if best.takes(place) {
                    best.push(place, at);
                }
            }
            let mut all: Vec<usize> = (0..places.len()).collect();
            all.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
            assert_eq!(best.ranked(), all[..top], "the best {top}");
        }
    }
}
