//! What happened bar by bar: candles, what the rules looked at, equity, drawdown.

use serde_json::{Value, json};

use super::{downsample, encode, equity};
use crate::sim::fold::{PlotPane, PlotSeries};
use crate::sim::{Candles, EquityCurve, Interval, Settings, Trade};

/// A result's history.
#[derive(Clone, Debug)]
pub struct History {
    /// The candles; at least one.
    pub candles: Candles,
    /// The trades in the order of their entries.
    pub trades: Vec<Trade>,
    /// Equity at every close.
    pub curve: EquityCurve,
    /// What the rules looked at.
    pub panes: Vec<PlotPane>,
    /// Lines of the rules that are not among them, as there are too many.
    pub left_out: usize,
    /// The rules with the parameters' values, by their keys in the definition.
    pub rules: Vec<(String, String)>,
}

impl History {
    fn bars_per_year(&self, interval: Interval, settings: &Settings) -> f64 {
        let time = &self.candles.time;
        settings.year.bars(interval, time.len() as u64, time[0], time[time.len() - 1])
    }
}

/// The lines of one pane below the candles, before they are thinned.
struct Strip {
    id: &'static str,
    lines: Vec<PlotSeries>,
    levels: Vec<f64>,
}

/// The chart of one or more accounts on the same candles: panes of lines over one axis of time. With one account its
/// rules are drawn too. `names` are those of the accounts.
#[must_use]
pub(super) fn chart(histories: &[&History], names: &[String], interval: Interval, settings: &Settings) -> Value {
    let Some(first) = histories.first() else { return Value::Null };
    let mut panes = Vec::new();
    if let [only] = histories {
        panes.extend(only.panes.iter().map(|pane| Strip {
            id: if pane.on_price { "price" } else { "rule" },
            lines: pane.series.clone(),
            levels: pane.levels.clone(),
        }));
    }
    let of = |values: &dyn Fn(&History) -> Vec<f64>| -> Vec<PlotSeries> {
        let line = |(history, name): (&&History, &String)| PlotSeries { name: name.clone(), values: values(history) };
        histories.iter().zip(names).map(line).collect()
    };
    let mut equity = of(&|history| history.curve.equity.clone());
    equity.push(PlotSeries { name: "Buy & hold".to_owned(), values: first.curve.buy_hold.clone() });
    panes.push(Strip { id: "equity", lines: equity, levels: Vec::new() });
    panes.push(Strip { id: "drawdown", lines: of(&|history| history.curve.drawdown.clone()), levels: Vec::new() });
    let bars_per_year = first.bars_per_year(interval, settings);
    let window = equity::rolling_window(first.candles.len(), bars_per_year);
    if let Some(window) = window {
        let sharpe =
            |history: &History| equity::rolling_sharpe(&history.curve.equity, settings.capital, window, bars_per_year);
        let lines = of(&sharpe);
        panes.push(Strip { id: "rolling", lines, levels: vec![0.0] });
    }
    let count = panes.iter().map(|pane| pane.lines.len()).sum();
    let each = downsample::bars_per_bucket(first.candles.len(), count);
    let candles = downsample::candles(&first.candles, each);
    let line =
        |line: &PlotSeries| json!({ "name": line.name, "y": encode::floats32(&downsample::line(&line.values, each)) });
    let pane = |pane: &Strip| json!({ "id": pane.id, "lines": pane.lines.iter().map(line).collect::<Value>(), "levels": pane.levels });
    json!({
        "each": each,
        "bars": first.candles.len(),
        "x": encode::time_stretches(&candles.time),
        "open": encode::floats32(&candles.open),
        "high": encode::floats32(&candles.high),
        "low": encode::floats32(&candles.low),
        "close": encode::floats32(&candles.close),
        "panes": panes.iter().map(pane).collect::<Value>(),
        "window": window,
    })
}

/// What the reader of a chart should know about it.
#[must_use]
pub(super) fn notes(history: &History, interval: Interval, settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    if history.left_out > 0 {
        notes.push(format!("The rules look at {} more series, which are not drawn.", history.left_out));
    }
    let bars_per_year = history.bars_per_year(interval, settings);
    if equity::rolling_window(history.candles.len(), bars_per_year).is_none() {
        notes.push("There are too few bars for a rolling Sharpe ratio.".to_owned());
    }
    notes
}
