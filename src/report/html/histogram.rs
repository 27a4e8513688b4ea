//! How values are spread: counts in bins of equal width whose edges are round numbers.

use serde_json::{Value, json};

/// Bins aimed at.
const BINS: f64 = 40.0;

/// Counts of values between edges; there is one edge more than counts. Empty where there is no value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    /// Ascending, evenly spaced.
    pub edges: Vec<f64>,
    /// Values from the edge on the left to below that on the right.
    pub counts: Vec<usize>,
}

impl Histogram {
    /// Of finite values. 0 is always an edge where it is within, so that gains and losses never share a bin.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a few dozen bins")]
    #[expect(clippy::cast_precision_loss, reason = "at most a few dozen bins")]
    pub(super) fn of(values: &[f64]) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if values.is_empty() || !low.is_finite() || !high.is_finite() {
            return Self::default();
        }
        let width = round_width((high - low) / BINS, low.abs().max(high.abs()));
        let first = libm::floor(low / width);
        let bins = (libm::floor(high / width) - first) as usize + 1;
        let mut counts = vec![0; bins];
        for value in values {
            let bin = (libm::floor(value / width) - first).max(0.0) as usize;
            counts[bin.min(bins - 1)] += 1;
        }
        Self { edges: (0..=bins).map(|at| (first + at as f64) * width).collect(), counts }
    }

    /// For the page.
    #[must_use]
    pub(super) fn section(&self) -> Value {
        json!({ "edges": self.edges, "counts": self.counts })
    }
}

/// 1, 2, 2.5 or 5 times a power of ten, the next above; for equal values a small part of their size.
fn round_width(width: f64, size: f64) -> f64 {
    let width = if width > size * 1e-9 { width } else { (size * 0.01).max(1e-9) };
    let power = libm::pow(10.0, libm::floor(libm::log10(width)));
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|round| *round >= width * (1.0 - 1e-9)).unwrap_or(width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_once_between_its_edges() {
        let values: Vec<f64> = (0..1000_i32).map(|i| f64::from((i * 7919) % 1000) / 100.0 - 3.0).collect();
        let histogram = Histogram::of(&values);
        assert_eq!(histogram.counts.iter().sum::<usize>(), 1000);
        assert_eq!(histogram.edges.len(), histogram.counts.len() + 1);
        assert!(histogram.edges.iter().any(|edge| edge.abs() < 1e-12), "0 is an edge: {:?}", histogram.edges);
        assert!((20..=45).contains(&histogram.counts.len()), "{}", histogram.counts.len());
    }

    #[test]
    fn equal_values_and_no_values_are_no_trouble() {
        assert_eq!(Histogram::of(&[]).counts.len(), 0);
        assert_eq!(Histogram::of(&[0.25; 3]).counts.iter().sum::<usize>(), 3);
        assert_eq!(Histogram::of(&[0.0]).counts, [1]);
        assert_eq!(Histogram::of(&[1e300, -1e300]).counts.iter().sum::<usize>(), 2);
    }
}
