//! What a strategy's rules look at, as lines to draw.

/// A named series, one value for each bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// As in `rsi(close, 14)`.
    pub name: String,
    /// NaN where it is undefined.
    pub values: Vec<f64>,
}

/// Lines that share an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Pane {
    /// Whether they are prices, and so are drawn over the candles.
    pub on_price: bool,
    /// At least one.
    pub lines: Vec<Line>,
    /// Constants that lines are compared with.
    pub levels: Vec<f64>,
}
