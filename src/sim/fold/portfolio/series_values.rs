//! Expressions at the bars of an asset, for what compares assets: scores and weights.

use crate::fold::columns::{Columns, TileBars};
use crate::fold::graph::{Graph, SeriesRef};
use crate::fold::{Market, RunConfig};
use crate::rules::Expr;

/// An expression, number or series, with values of the parameters in it. Where a condition is given, it counts only where
/// that holds.
#[derive(Clone, Copy, Debug)]
pub struct BoundSeries<'a> {
    /// The expression; without one it is 1.
    pub expr: Option<&'a Expr>,
    /// The condition.
    pub condition: Option<&'a Expr>,
    /// Values of the strategy's parameters, in its own order.
    pub values: &'a [f64],
}

/// Where a series is in the graph.
enum SeriesSource {
    Column(SeriesRef),
    Constant(f64),
}

impl BoundSeries<'_> {
    fn add(&self, graph: &mut Graph) -> SeriesSource {
        let expr = self.expr.cloned().unwrap_or(Expr::Number(1.0));
        let expr = match self.condition {
            None => expr,
            Some(condition) => Expr::If(Box::new(condition.clone()), Box::new(expr), Box::new(Expr::Number(f64::NAN))),
        };
        match graph.series(&expr, self.values) {
            Some(series) => SeriesSource::Column(series),
            None => SeriesSource::Constant(graph.constant_of(&expr, self.values)),
        }
    }
}

/// Each of the expressions at each bar of the market, those that warm up left out; NaN where it is undefined, where it is
/// infinite, and where its condition does not hold or is undefined.
#[must_use]
pub fn series_values<'m>(
    wanted: &[BoundSeries<'_>],
    config: &RunConfig,
    market: impl Into<Market<'m>>,
) -> Vec<Vec<f64>> {
    recent_values(wanted, config, market, 0)
}

/// The same at the bars from this one on.
#[must_use]
pub fn recent_values<'m>(
    wanted: &[BoundSeries<'_>],
    &RunConfig { interval, cpu, .. }: &RunConfig,
    market: impl Into<Market<'m>>,
    from: usize,
) -> Vec<Vec<f64>> {
    let market = market.into();
    let mut graph = Graph::default();
    let sources: Vec<SeriesSource> = wanted.iter().map(|series| series.add(&mut graph)).collect();
    let mut columns = Columns::new(&graph, &market, interval, cpu);
    let mut fed = 0;
    for tile in market.warmup_tiles() {
        columns.extend(&graph, &market, tile);
        columns.settle();
        fed += tile.bars;
    }
    let bars = market.candles.len().saturating_sub(from);
    let mut all: Vec<Vec<f64>> = sources.iter().map(|_| Vec::with_capacity(bars)).collect();
    let mut bar = 0;
    for tile in TileBars::all(market.candles, 0) {
        columns.extend(&graph, &market, tile);
        let skipped = from.saturating_sub(bar).min(tile.bars);
        for (values, source) in all.iter_mut().zip(&sources) {
            match source {
                SeriesSource::Constant(value) => values.resize(values.len() + tile.bars - skipped, *value),
                SeriesSource::Column(series) => {
                    let undefined = series.lookback.saturating_sub(fed).clamp(skipped, tile.bars);
                    values.resize(values.len() + undefined - skipped, f64::NAN);
                    let defined = &columns.read(series.column, series.lag)[undefined..];
                    values.extend(defined.iter().map(|value| if value.is_finite() { *value } else { f64::NAN }));
                }
            }
        }
        columns.settle();
        fed += tile.bars;
        bar += tile.bars;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Settings;
    use crate::candles::Candles;
    use crate::fold::WarmupBars;
    use crate::rules::{parse_condition, parse_expr};
    use crate::simd::Cpu;

    fn candles(close: &[f64]) -> Candles {
        let close = close.to_vec();
        Candles {
            time: (0..).take(close.len()).map(|bar| bar * 3_600_000).collect(),
            open: close.clone(),
            high: close.clone(),
            low: close.clone(),
            volume: close.clone(),
            close,
        }
    }

    fn values<'m>(series: &[BoundSeries<'_>], market: impl Into<Market<'m>>) -> Vec<Vec<f64>> {
        let (settings, interval, cpu) = (Settings::default(), "1h".parse().unwrap(), Cpu::Portable);
        series_values(series, &RunConfig { settings, interval, cpu }, market)
    }

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    #[test]
    fn a_series_is_undefined_before_its_first_value_and_where_its_condition_does_not_hold() {
        let roc = parse_expr("score", "roc(close, n)", &["n"]).unwrap();
        let rises = parse_condition("where", "close > sma(close, 2)", &[]).unwrap();
        let candles = candles(&[1.0, 2.0, 1.0, 4.0, 5.0]);
        let series = |condition| BoundSeries { expr: Some(&roc), condition, values: &[2.0] };
        let found = values(&[series(None), series(Some(&rises))], &candles);
        let nan = f64::NAN;
        assert_eq!(bits(&found[0]), bits(&[nan, nan, 0.0, 100.0, 400.0]));
        assert_eq!(bits(&found[1]), bits(&[nan, nan, nan, 100.0, 400.0]));
    }

    #[test]
    fn a_number_is_the_same_at_every_bar_and_infinity_is_undefined() {
        let number = parse_expr("score", "n + 1", &["n"]).unwrap();
        let infinite = parse_expr("weight", "1 / (close - 2)", &[]).unwrap();
        let of = |expr| BoundSeries { expr, condition: None, values: &[2.0] };
        let found = values(&[of(Some(&number)), of(Some(&infinite)), of(None)], &candles(&[1.0, 2.0, 3.0]));
        assert_eq!(bits(&found[0]), bits(&[3.0; 3]));
        assert_eq!(bits(&found[1]), bits(&[-1.0, f64::NAN, 1.0]));
        assert_eq!(bits(&found[2]), bits(&[1.0; 3]));
    }

    #[test]
    fn the_values_from_a_bar_on_are_the_last_ones_of_all() {
        let mean = parse_expr("score", "sma(close, 3)", &[]).unwrap();
        let series = [
            BoundSeries { expr: Some(&mean), condition: None, values: &[] },
            BoundSeries { expr: None, condition: None, values: &[] },
        ];
        let close: Vec<f64> = (0..3_000_u32).map(|bar| f64::from(bar * 7 % 11)).collect();
        let candles = candles(&close);
        let all = values(&series, &candles);
        let config = RunConfig { settings: Settings::default(), interval: "1h".parse().unwrap(), cpu: Cpu::Portable };
        for from in [0, 1, 1_023, 1_024, 1_500, 2_999, 3_000] {
            let recent = recent_values(&series, &config, &candles, from);
            assert_eq!([bits(&recent[0]), bits(&recent[1])], [bits(&all[0][from..]), bits(&all[1][from..])], "{from}");
        }
    }

    #[test]
    fn bars_that_warm_up_are_known_and_left_out() {
        let mean = parse_expr("score", "sma(close, 3)", &[]).unwrap();
        let whole = candles(&[1.0, 2.0, 3.0, 4.0, 8.0]);
        let series = [BoundSeries { expr: Some(&mean), condition: None, values: &[] }];
        let (before, rest) = (whole.slice(0..2), whole.slice(2..5));
        let market = Market { warmup: Some(WarmupBars { candles: &before, first: 0 }), ..Market::from(&rest) };
        assert_eq!(bits(&values(&series, market)[0]), bits(&values(&series, &whole)[0][2..]));
    }
}
