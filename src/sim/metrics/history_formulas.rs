//! The formulas of metrics that need every bar.

use super::benchmark::Benchmark;
use super::formulas::float;
use super::history::HistoryStats;

/// What these formulas read.
pub struct ClosedHistory<'a> {
    /// The sums after the last bar.
    pub stats: &'a HistoryStats<'a>,
    /// Bars in the range, at least 1.
    pub bars: u64,
    /// Bars a year.
    pub bars_per_year: f64,
    /// What cash that bears no risk earns in a bar.
    pub risk_free: f64,
}

impl ClosedHistory<'_> {
    fn benchmark(&self) -> &Benchmark {
        self.stats.benchmark
    }
}

/// Sample standard deviation from sums; NaN under two values. What is left of equal values is rounding, of either sign.
pub(super) fn deviation(sum: f64, squares: f64, count: u64) -> f64 {
    let mean = sum / float(count);
    let variation = squares - mean * mean * float(count);
    let variation = if variation > squares * (4.0 * f64::EPSILON) { variation } else { 0.0 };
    if count < 2 { f64::NAN } else { (variation / float(count - 1)).sqrt() }
}

pub(super) fn buy_hold_volatility(h: &ClosedHistory<'_>) -> f64 {
    h.benchmark().buy_hold.deviation * h.bars_per_year.sqrt()
}

pub(super) fn buy_hold_sharpe(h: &ClosedHistory<'_>) -> f64 {
    let hold = h.benchmark().buy_hold;
    (hold.mean - h.risk_free) / hold.deviation * h.bars_per_year.sqrt()
}

pub(super) fn buy_hold_max_drawdown(h: &ClosedHistory<'_>) -> f64 {
    h.benchmark().buy_hold.max_drawdown
}

pub(super) fn beta(h: &ClosedHistory<'_>) -> f64 {
    let benchmark = h.benchmark();
    // As vectorbt: a benchmark that does not move has no beta.
    if benchmark.pairs < 2 || benchmark.variance < 1e-30 {
        return f64::NAN;
    }
    h.stats.covariation / float(benchmark.pairs) / benchmark.variance
}

pub(super) fn alpha(h: &ClosedHistory<'_>) -> f64 {
    let benchmark = h.benchmark();
    let own = h.stats.paired / float(benchmark.pairs) - h.risk_free;
    let excess = own - beta(h) * (benchmark.mean - h.risk_free);
    libm::pow(excess + 1.0, h.bars_per_year) - 1.0
}

fn active_deviation(h: &ClosedHistory<'_>) -> f64 {
    deviation(h.stats.active, h.stats.active_squares, h.benchmark().pairs)
}

pub(super) fn information_ratio(h: &ClosedHistory<'_>) -> f64 {
    h.stats.active / float(h.benchmark().pairs) / active_deviation(h)
}

pub(super) fn tracking_error(h: &ClosedHistory<'_>) -> f64 {
    active_deviation(h) * h.bars_per_year.sqrt()
}

pub(super) fn ulcer_index(h: &ClosedHistory<'_>) -> f64 {
    (h.stats.squared_drawdowns / float(h.bars)).sqrt()
}

/// Central moments of the returns: the 2nd, the 3rd and the 4th; NaN where all returns are equal.
fn moments(h: &ClosedHistory<'_>) -> [f64; 3] {
    let n = float(h.bars);
    let [m, square, cube, fourth] = h.stats.powers.map(|sum| sum / n);
    let second = square - m * m;
    if second <= square * (4.0 * f64::EPSILON) {
        return [f64::NAN; 3];
    }
    let third = cube - 3.0 * m * square + 2.0 * m * m * m;
    let fourth = fourth - 4.0 * m * cube + 6.0 * m * m * square - 3.0 * m * m * m * m;
    [second, third, fourth]
}

pub(super) fn skew(h: &ClosedHistory<'_>) -> f64 {
    let (n, [second, third, _]) = (float(h.bars), moments(h));
    if h.bars < 3 { f64::NAN } else { (n * (n - 1.0)).sqrt() / (n - 2.0) * third / (second * second.sqrt()) }
}

pub(super) fn kurtosis(h: &ClosedHistory<'_>) -> f64 {
    let (n, [second, _, fourth]) = (float(h.bars), moments(h));
    let ratio = fourth / (second * second);
    if h.bars < 4 { f64::NAN } else { (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * ratio - 3.0 * (n - 1.0)) }
}

pub(super) fn turnover(h: &ClosedHistory<'_>) -> f64 {
    let years = float(h.bars) / h.bars_per_year;
    let mean = h.stats.equity / float(h.bars);
    if mean > 0.0 { h.stats.traded / 2.0 / mean / years } else { f64::NAN }
}

pub(super) fn max_wins(h: &ClosedHistory<'_>) -> f64 {
    float(h.stats.streaks().0)
}

pub(super) fn max_losses(h: &ClosedHistory<'_>) -> f64 {
    float(h.stats.streaks().1)
}

pub(super) fn value_at_risk(h: &ClosedHistory<'_>) -> f64 {
    h.stats.tails().map_or(f64::NAN, |tails| tails.value_at_risk)
}

pub(super) fn cond_value_at_risk(h: &ClosedHistory<'_>) -> f64 {
    h.stats.tails().map_or(f64::NAN, |tails| tails.cond_value_at_risk)
}

pub(super) fn tail_ratio(h: &ClosedHistory<'_>) -> f64 {
    h.stats.tails().map_or(f64::NAN, |tails| tails.high.abs() / tails.value_at_risk.abs())
}
