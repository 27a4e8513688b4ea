//! True range: how far the price went in one bar, the gap from the last close included. Shared by `atr` and `adx`.

/// The largest of `high - low`, `|high - previous close|`, `|low - previous close|`.
///
/// Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `TRANGE`.
#[inline]
pub(super) fn true_range(high: f64, low: f64, close_before: f64) -> f64 {
    let larger = |a: f64, b: f64| if a > b { a } else { b };
    larger(larger(high - low, (high - close_before).abs()), (low - close_before).abs())
}
