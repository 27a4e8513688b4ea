//! How alike the returns of assets are.

use crate::sim::Millis;
use crate::sim::metrics::BenchmarkCandles;

/// Pearson correlations of the returns of assets from close to close, over the last bars that all of them have.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelationMatrix {
    /// Symbols in the order of the rows and of the columns.
    pub symbols: Vec<String>,
    /// Returns that each is made of.
    pub returns: usize,
    /// Open times of the bars of the first and of the last close; none where there are fewer than two.
    pub span: Option<(Millis, Millis)>,
    /// Row by row; none where fewer than two returns or a price that never moves leave it undefined.
    pub rows: Vec<Vec<Option<f64>>>,
}

impl CorrelationMatrix {
    /// Of these assets, over at most so many returns.
    #[must_use]
    pub fn new(assets: &[BenchmarkCandles], most: usize) -> Self {
        let times = common_times(assets);
        let times = &times[times.len().saturating_sub(most.saturating_add(1))..];
        let deviations: Vec<Vec<f64>> = assets.iter().map(|asset| deviations(&closes_at(asset, times))).collect();
        let one = |a: &[f64], b: &[f64]| {
            let (ab, aa, bb) = (product(a, b), product(a, a), product(b, b));
            let value = ab / (aa * bb).sqrt();
            (a.len() >= 2 && value.is_finite()).then(|| value.clamp(-1.0, 1.0))
        };
        Self {
            symbols: assets.iter().map(|asset| asset.symbol.clone()).collect(),
            returns: times.len().saturating_sub(1),
            span: if times.len() < 2 { None } else { times.first().copied().zip(times.last().copied()) },
            rows: deviations.iter().map(|a| deviations.iter().map(|b| one(a, b)).collect()).collect(),
        }
    }

    /// The mean of all pairs of different assets that are defined.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "numbers of pairs are far below 2^53")]
    pub fn mean(&self) -> Option<f64> {
        let pairs = self.rows.iter().enumerate().flat_map(|(at, row)| row[..at].iter().flatten());
        let (count, sum) = pairs.fold((0_u64, 0.0), |(count, sum), value| (count + 1, sum + value));
        (count > 0).then(|| sum / count as f64)
    }
}

/// The open times that all of them have.
fn common_times(assets: &[BenchmarkCandles]) -> Vec<Millis> {
    let Some((first, others)) = assets.split_first() else { return Vec::new() };
    let has = |asset: &BenchmarkCandles, time: Millis| asset.time.binary_search(&time).is_ok();
    first.time.iter().copied().filter(|time| others.iter().all(|other| has(other, *time))).collect()
}

/// The closes of bars that it has.
fn closes_at(asset: &BenchmarkCandles, times: &[Millis]) -> Vec<f64> {
    times.iter().filter_map(|time| asset.time.binary_search(time).ok()).map(|at| asset.close[at]).collect()
}

/// What each return is above their mean.
#[expect(clippy::cast_precision_loss, reason = "numbers of bars are far below 2^53")]
fn deviations(closes: &[f64]) -> Vec<f64> {
    let returns: Vec<f64> = closes.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    returns.into_iter().map(|one| one - mean).collect()
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(symbol: &str, bars: &[(Millis, f64)]) -> BenchmarkCandles {
        let (time, close) = bars.iter().copied().unzip();
        BenchmarkCandles { symbol: symbol.to_owned(), time, close }
    }

    #[test]
    fn an_asset_goes_with_itself_and_against_its_mirror() {
        let up = asset("UP", &[(1, 100.0), (2, 110.0), (3, 99.0), (4, 118.8)]);
        let down = asset("DOWN", &[(1, 100.0), (2, 90.0), (3, 99.0), (4, 79.2)]);
        let matrix = CorrelationMatrix::new(&[up, down], 90);
        let near = |value: Option<f64>, wanted: f64| assert!((value.unwrap() - wanted).abs() < 1e-12, "{value:?}");
        for (row, column, wanted) in [(0, 0, 1.0), (1, 1, 1.0), (0, 1, -1.0), (1, 0, -1.0)] {
            near(matrix.rows[row][column], wanted);
        }
        near(matrix.mean(), -1.0);
        assert_eq!((matrix.returns, matrix.span), (3, Some((1, 4))));
    }

    #[test]
    fn only_bars_that_all_have_count_and_of_these_the_last() {
        let a = asset("A", &[(1, 5.0), (2, 100.0), (3, 110.0), (5, 99.0), (6, 120.0)]);
        let b = asset("B", &[(2, 50.0), (3, 55.0), (4, 1.0), (5, 49.5), (6, 60.0)]);
        let matrix = CorrelationMatrix::new(&[a.clone(), b.clone()], 90);
        assert_eq!((matrix.returns, matrix.span), (3, Some((2, 6))));
        assert!((matrix.rows[0][1].unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(CorrelationMatrix::new(&[a, b], 2).span, Some((3, 6)));
    }

    #[test]
    fn a_price_that_never_moves_and_too_few_common_bars_leave_it_undefined() {
        let moving = asset("A", &[(1, 5.0), (2, 6.0), (3, 5.5)]);
        let still = asset("B", &[(1, 7.0), (2, 7.0), (3, 7.0)]);
        let later = asset("C", &[(9, 7.0)]);
        assert_eq!(CorrelationMatrix::new(&[moving.clone(), still], 9).rows[0][1], None);
        let none = CorrelationMatrix::new(&[moving, later], 9);
        assert_eq!((none.rows[0][1], none.mean(), none.span, none.returns), (None, None, None, 0));
        assert_eq!(CorrelationMatrix::new(&[], 9).mean(), None);
    }
}
