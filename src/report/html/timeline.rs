//! What happened bar by bar: candles, what the rules looked at, equity, drawdown.

use serde_json::{Value, json};

use super::equity::RollingWindow;
use super::{downsample, encode};
use crate::sim::fold::{PlotPane, PlotSeries};
use crate::sim::{Candles, EquityCurve, Interval, Settings, Side, Trade};

/// A result's history.
#[derive(Clone, Debug)]
pub struct History {
    /// The candles; at least one.
    pub candles: Candles,
    /// The trades in the order of their entries.
    pub trades: Vec<Trade>,
    /// Equity at every close.
    pub curve: EquityCurve,
    /// What the capital would be worth in the asset of `--benchmark`, at the same closes; none where that is its own.
    pub benchmark: Option<PlotSeries>,
    /// What the rules looked at.
    pub panes: Vec<PlotPane>,
    /// Lines of the rules that are not among them, as there are too many.
    pub left_out: usize,
    /// The rules with the parameters' values, by their keys in the definition.
    pub rules: Vec<(String, String)>,
}

/// What the line of the asset itself is called.
pub(super) const BUY_HOLD: &str = "Buy & hold";

impl History {
    /// What the account is measured against, at each close.
    #[must_use]
    pub(super) fn benchmark_values(&self) -> &[f64] {
        self.benchmark.as_ref().map_or(&self.curve.buy_hold, |benchmark| &benchmark.values)
    }

    /// For each bucket of so many bars whether the account was in the market: 0, 1 long, 2 short, 3 both.
    fn held(&self, each: usize) -> Vec<u8> {
        let time = &self.candles.time;
        let mut held = vec![0; time.len().div_ceil(each)];
        for trade in &self.trades {
            let bar = |open| time.partition_point(|time| *time < open).min(time.len() - 1);
            let (first, last) = (bar(trade.entry_time), bar(trade.exit_time));
            // It ends with the bar before, unless it was closed within the bar of its entry or is still open.
            let last = if trade.open { last } else { last.saturating_sub(1).max(first) };
            let side = match trade.side {
                Side::Long => 1,
                Side::Short => 2,
            };
            held[first / each..=last / each].iter_mut().for_each(|held| *held |= side);
        }
        held
    }

    fn bars_per_year(&self, interval: Interval, settings: &Settings) -> f64 {
        let time = &self.candles.time;
        settings.year.bars(interval, time.len() as u64, time[0], time[time.len() - 1])
    }
}

/// An account whose lines are drawn.
#[derive(Clone, Copy)]
pub(super) struct DrawnAccount<'a> {
    /// What happened.
    pub history: &'a History,
    /// What its lines are called.
    pub name: &'a str,
    /// Its terms.
    pub settings: &'a Settings,
}

/// The lines of one pane below the candles, before they are thinned.
struct Strip {
    id: &'static str,
    lines: Vec<PlotSeries>,
    levels: Vec<f64>,
}

/// The chart of one or more accounts on the same candles: panes of lines over one axis of time. With one account its
/// rules are drawn too. Buying and holding, and the benchmark, are those of the first.
#[must_use]
pub(super) fn chart(accounts: &[DrawnAccount<'_>], interval: Interval) -> Value {
    let Some(DrawnAccount { history: first, settings, .. }) = accounts.first() else { return Value::Null };
    let mut panes = Vec::new();
    if let [only] = accounts {
        panes.extend(only.history.panes.iter().map(|pane| Strip {
            id: if pane.on_price { "price" } else { "rule" },
            lines: pane.series.clone(),
            levels: pane.levels.clone(),
        }));
    }
    let of = |values: &dyn Fn(&History, f64) -> Vec<f64>| -> Vec<PlotSeries> {
        let line = |account: &DrawnAccount<'_>| {
            let values = values(account.history, account.settings.capital);
            PlotSeries { name: account.name.to_owned(), values }
        };
        accounts.iter().map(line).collect()
    };
    let mut equity = of(&|history, _| history.curve.equity.clone());
    equity.push(PlotSeries { name: BUY_HOLD.to_owned(), values: first.curve.buy_hold.clone() });
    equity.extend(first.benchmark.clone());
    panes.push(Strip { id: "equity", lines: equity, levels: Vec::new() });
    panes.push(Strip { id: "drawdown", lines: of(&|history, _| history.curve.drawdown.clone()), levels: Vec::new() });
    let bars_per_year = first.bars_per_year(interval, settings);
    let window = RollingWindow::of(first.candles.len(), bars_per_year);
    if let Some(window) = window {
        let sharpe = of(&|history, capital| window.sharpe(&history.curve.equity, capital));
        let volatility = of(&|history, capital| window.volatility(&history.curve.equity, capital));
        let beta = of(&|history, capital| window.beta(&history.curve.equity, history.benchmark_values(), capital));
        panes.push(Strip { id: "rolling", lines: sharpe, levels: vec![0.0] });
        panes.push(Strip { id: "volatility", lines: volatility, levels: Vec::new() });
        panes.push(Strip { id: "beta", lines: beta, levels: vec![1.0] });
    }
    let count = panes.iter().map(|pane| pane.lines.len()).sum();
    let each = downsample::bars_per_bucket(first.candles.len(), count);
    let candles = downsample::candles(&first.candles, each);
    let line =
        |line: &PlotSeries| json!({ "name": line.name, "y": encode::floats32(&downsample::line(&line.values, each)) });
    let pane = |pane: &Strip| json!({ "id": pane.id, "lines": pane.lines.iter().map(line).collect::<Value>(), "levels": pane.levels });
    let held = if let [only] = accounts { encode::bytes(&only.history.held(each)) } else { String::new() };
    json!({
        "each": each,
        "bars": first.candles.len(),
        "x": encode::time_stretches(&candles.time),
        "open": encode::floats32(&candles.open),
        "high": encode::floats32(&candles.high),
        "low": encode::floats32(&candles.low),
        "close": encode::floats32(&candles.close),
        "volume": encode::floats32(&candles.volume),
        "held": held,
        "capitals": accounts.iter().map(|account| account.settings.capital).collect::<Vec<_>>(),
        "panes": panes.iter().map(pane).collect::<Value>(),
        "window": window.map(|window| window.bars),
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
    if RollingWindow::of(history.candles.len(), bars_per_year).is_none() {
        notes.push("There are too few bars for rolling figures.".to_owned());
    }
    notes
}
