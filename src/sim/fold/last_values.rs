//! What the indicators of a strategy are at the last bar.

use super::columns::{Columns, TileBars};
use super::graph::{Graph, SeriesRef};
use super::{Combination, Market, RunConfig, plot_series};
use crate::rules::{Expr, written};

/// Each indicator that the rules, exits and sizes of a combination read, spelled as in `rsi(close, 14)`, with its value at
/// the last candle of the market, which has at least one; none while it is undefined.
#[must_use]
pub fn last_values<'m>(
    combination: Combination<'_>,
    &RunConfig { interval, cpu, .. }: &RunConfig,
    market: impl Into<Market<'m>>,
) -> Vec<(String, Option<f64>)> {
    let market = market.into();
    let Combination { strategy, values } = combination;
    let names: Vec<String> = values.iter().map(f64::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut graph = Graph::default();
    let mut found: Vec<(String, SeriesRef)> = Vec::new();
    for expr in strategy.exprs() {
        each_read(expr, &mut |node| {
            let name = plot_series::bare(&written(node, &names));
            if found.iter().all(|(known, _)| *known != name)
                && let Some(source) = graph.series(node, values)
            {
                found.push((name, source));
            }
        });
    }
    let mut columns = Columns::new(&graph, &market, interval, cpu);
    for tile in market.warmup_tiles() {
        columns.extend(&graph, &market, tile);
        columns.settle();
    }
    let mut last = vec![f64::NAN; found.len()];
    for tile in TileBars::all(market.candles, 0) {
        columns.extend(&graph, &market, tile);
        for (value, (_, source)) in last.iter_mut().zip(&found) {
            *value = columns.read(source.column, source.lag).last().copied().unwrap_or(f64::NAN);
        }
        columns.settle();
    }
    let is_defined = |source: &SeriesRef, value: f64| source.lookback < market.bars() && value.is_finite();
    found
        .into_iter()
        .zip(last)
        .map(|((name, source), value)| (name, Some(value).filter(|value| is_defined(&source, *value))))
        .collect()
}

/// Calls `see` with each indicator, and with what is read of other bars as a whole: an indicator in it is one of those bars.
fn each_read<'a>(expr: &'a Expr, see: &mut dyn FnMut(&'a Expr)) {
    let is_other = matches!(expr, Expr::On(..) | Expr::Of(..));
    if is_other || matches!(expr, Expr::Indicator { .. }) {
        see(expr);
    }
    if !is_other {
        expr.each_child(&mut |child| each_read(child, see));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Settings;
    use crate::candles::Candles;
    use crate::simd::Cpu;
    use crate::strategy::parse;

    #[test]
    fn each_indicator_is_named_once_with_its_value_at_the_last_bar() {
        let text = "name = \"own\"\n[rules]\nentry = \"sma(close, 3) > sma(close, 2) and sma(sma(close, 2), 2) > 0\"\n\
                    exit = \"sma(close, 3) < sma(close, 9)\"";
        let strategy = parse(text, "own").unwrap();
        let close = vec![1.0, 2.0, 3.0, 4.0, 6.0];
        let candles = Candles {
            time: (0..5).collect(),
            open: close.clone(),
            high: close.clone(),
            low: close.clone(),
            volume: close.clone(),
            close,
        };
        let (settings, interval, cpu) = (Settings::default(), "1h".parse().unwrap(), Cpu::Portable);
        let config = RunConfig { settings, interval, cpu };
        let found = last_values(Combination { strategy: &strategy, values: &[] }, &config, &candles);
        let named: Vec<(&str, Option<f64>)> = found.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let near = |value: Option<f64>, wanted: f64| value.is_some_and(|value| (value - wanted).abs() < 1e-12);
        assert_eq!(named.len(), 4, "{named:?}");
        assert!(named[0].0 == "sma(close, 3)" && near(named[0].1, 13.0 / 3.0), "{named:?}");
        assert!(named[1].0 == "sma(close, 2)" && near(named[1].1, 5.0), "{named:?}");
        assert!(named[2].0 == "sma(sma(close, 2), 2)" && near(named[2].1, 4.25), "{named:?}");
        assert_eq!(named[3], ("sma(close, 9)", None));
    }
}
