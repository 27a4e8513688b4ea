//! True range: how far the price went in one bar, the gap from the last close included. Shared by `atr` and `adx`.

/// The largest of `high - low`, `|high - previous close|`, `|low - previous close|`; NaN where one is not finite.
///
/// Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `TRANGE`.
#[inline]
pub(super) fn true_range(high: f64, low: f64, close_before: f64) -> f64 {
    let larger = |a: f64, b: f64| if a > b { a } else { b };
    let (up, down) = (high - close_before, low - close_before);
    if !(up - down).is_finite() {
        return f64::NAN;
    }
    larger(larger(high - low, up.abs()), down.abs())
}
