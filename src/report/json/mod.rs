//! Results as JSON: one document, numbers in full precision, undefined metrics as null.

mod portfolio;
pub mod read;
mod signal;
mod validation;

use serde::{Serialize, Serializer};
use serde_json::Value;

pub use self::portfolio::portfolio;
pub use self::signal::signal;
use self::validation::{HonestyDocument, MonteCarloDocument, RealityCheckDocument, RunHonestyDocument};
pub use super::number;
use super::table::{Records, TradeList, breakdown_document_columns, totals_columns, trade_document_columns};
use super::time;
use crate::sim::metrics::validation::{Honesty, MonteCarlo, RealityCheck};
use crate::sim::metrics::{self, Outcome};
use crate::sim::strategy::MARKET_FUNDING;
use crate::sim::{Breakdown, LastBar, LastWaiting, RankSpread, Row, Side, StrategyTotals, Summary};

/// One result as an indented document with a final newline, with what its last bar orders where that is known, its parts
/// where there are any, and what resampling it says where that was asked for.
#[must_use]
pub fn run(row: &Row, last: Option<&LastBar>, breakdowns: &[Breakdown], monte_carlo: Option<&MonteCarlo>) -> String {
    let breakdown = (!breakdowns.is_empty()).then_some(Breakdowns(breakdowns));
    let honesty = Some(RunHonestyDocument::new(row));
    let monte_carlo = monte_carlo.map(MonteCarloDocument::new);
    let last_bar = last.map(LastBarDocument::new);
    format!("{:#}\n", value(&ResultDocument { last_bar, breakdown, honesty, monte_carlo, ..ResultDocument::new(row) }))
}

/// One result as a part of another document.
#[must_use]
pub fn result(row: &Row) -> Value {
    value(&ResultDocument::new(row))
}

/// Results and summary; one line for each result, so that it can be read by line tools too.
#[must_use]
pub fn batch(rows: &[Row], summary: &Summary, highlights: &Highlights<'_>) -> String {
    let last_bar = |at: usize| highlights.last.get(at).and_then(Option::as_ref).map(LastBarDocument::new);
    let line = |(at, row): (usize, &Row)| {
        value(&ResultDocument { last_bar: last_bar(at), ..ResultDocument::new(row) }).to_string()
    };
    let lines: Vec<String> = rows.iter().enumerate().map(line).collect();
    let results = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n]", lines.join(",\n")) };
    let summary = value(&SummaryDocument::new(summary, highlights));
    format!("{{\"results\": {results},\n\"summary\": {summary}}}\n")
}

/// How much of the best of a sweep may be luck, on one line, for a file: without what only a store knows, as a file is the
/// same whether there is a store or not.
#[must_use]
pub fn honesty(honesty: &Honesty) -> String {
    value(&HonestyDocument(&Honesty { trials_team: None, ..*honesty })).to_string()
}

/// What of a ranking the summary names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Highlights<'a> {
    /// Name of the metric that ranks.
    pub sort: &'a str,
    /// The best that is shown.
    pub best: Option<&'a Row>,
    /// What is known of all results, where they are ranked.
    pub all: Option<RankSpread<'a>>,
    /// How many results fulfil the filter, where there is one.
    pub matches: Option<usize>,
    /// The totals of each strategy, where they are worked out.
    pub by_strategy: &'a [StrategyTotals],
    /// For each result what stands after its last bar, where that is wanted and known.
    pub last: &'a [Option<LastBar>],
    /// How much of the best of a sweep may be luck.
    pub honesty: Option<&'a Honesty>,
    /// Whether the best of a sweep earns more than cash, where that was tested.
    pub reality_check: Option<&'a RealityCheck>,
}

/// A document as a value.
#[must_use]
pub fn value(document: &impl Serialize) -> Value {
    serde_json::to_value(document).unwrap_or_default()
}

/// A number as [`number`] writes it; null where it is undefined.
#[derive(Clone, Copy)]
struct JsonNumber(Option<f64>);

impl Serialize for JsonNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.map_or(Value::Null, number).serialize(serializer)
    }
}

/// Milliseconds to the microsecond: more digits would be noise.
struct Milliseconds(f64);

impl Serialize for Milliseconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64((self.0 * 1000.0).round() / 1000.0)
    }
}

/// The open time of a bar, in RFC 3339.
struct OpenTime(i64);

impl Serialize for OpenTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time(self.0))
    }
}

struct Params<'a>(&'a [(String, f64)]);

impl Serialize for Params<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, JsonNumber(Some(*value)))))
    }
}

struct NamedMetrics<'a>(&'a Outcome);

impl Serialize for NamedMetrics<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0.detail.metrics().iter().zip(self.0.metrics).map(|(metric, value)| (metric.name, JsonNumber(value))),
        )
    }
}

struct Trades<'a>(&'a Row);

impl Serialize for Trades<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let list = TradeList::of(self.0);
        Records::new(trade_document_columns(), &list, list.trades.len()).json().serialize(serializer)
    }
}

/// For each breakdown its parts.
struct Breakdowns<'a>(&'a [Breakdown]);

impl Serialize for Breakdowns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = |breakdown: &Breakdown| {
            let all = std::slice::from_ref(breakdown);
            Records::new(breakdown_document_columns(), all, breakdown.parts.len()).json()
        };
        serializer.collect_map(self.0.iter().map(|breakdown| (breakdown.by.name(), parts(breakdown))))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One result.
#[derive(Serialize)]
struct ResultDocument<'a> {
    symbol: &'a str,
    interval: String,
    start: OpenTime,
    end: OpenTime,
    bars: u64,
    #[serde(skip_serializing_if = "is_zero")]
    warmup_bars: u64,
    strategy: &'a str,
    params: Params<'a>,
    settings: SettingsDocument<'a>,
    metrics: NamedMetrics<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_bar: Option<LastBarDocument>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ruined: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    trades: Option<Trades<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    breakdown: Option<Breakdowns<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    honesty: Option<RunHonestyDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monte_carlo: Option<MonteCarloDocument>,
    cache: &'static str,
    key: &'a str,
    elapsed_ms: Milliseconds,
}

impl<'a> ResultDocument<'a> {
    fn new(row: &'a Row) -> Self {
        Self {
            symbol: &row.symbol,
            interval: row.interval.to_string(),
            start: OpenTime(row.outcome.start),
            end: OpenTime(row.outcome.end),
            bars: row.outcome.bars,
            warmup_bars: row.warmup_bars,
            strategy: &row.strategy,
            params: Params(&row.params),
            settings: SettingsDocument::new(row),
            metrics: NamedMetrics(&row.outcome),
            last_bar: None,
            ruined: row.outcome.ruined,
            trades: row.trades.is_some().then_some(Trades(row)),
            breakdown: None,
            honesty: None,
            monte_carlo: None,
            cache: row.cache.name(),
            key: &row.key,
            elapsed_ms: Milliseconds(row.elapsed_ms),
        }
    }
}

/// What stands after the last bar.
#[derive(Serialize)]
struct LastBarDocument {
    time: OpenTime,
    position: Option<&'static str>,
    next_orders: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_entry: Option<WaitingDocument>,
}

/// What stands after the last bar, as it is in the document of a result.
#[must_use]
pub fn last_bar(last: &LastBar) -> Value {
    value(&LastBarDocument::new(last))
}

/// An entry that waits for its price.
#[derive(Serialize)]
struct WaitingDocument {
    side: &'static str,
    order: &'static str,
    price: f64,
    valid_bars: u64,
}

impl WaitingDocument {
    fn new(waiting: &LastWaiting) -> Self {
        let LastWaiting { side, price, bars, .. } = *waiting;
        Self { side: side.name(), order: waiting.kind(), price, valid_bars: bars }
    }
}

impl LastBarDocument {
    fn new(last: &LastBar) -> Self {
        Self {
            time: OpenTime(last.time),
            position: last.position.map(Side::name),
            next_orders: last.orders(),
            waiting_entry: last.waiting.as_ref().map(WaitingDocument::new),
        }
    }
}

#[derive(Serialize)]
struct SettingsDocument<'a> {
    capital: JsonNumber,
    fee: JsonNumber,
    #[serde(skip_serializing_if = "Option::is_none")]
    maker_fee: Option<JsonNumber>,
    slippage: JsonNumber,
    fill: &'static str,
    direction: &'static str,
    year: String,
    risk_free: JsonNumber,
    #[serde(skip_serializing_if = "Option::is_none")]
    benchmark: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    funding: Option<&'static str>,
}

impl<'a> SettingsDocument<'a> {
    fn new(row: &'a Row) -> Self {
        let settings = &row.settings;
        Self {
            capital: JsonNumber(Some(settings.capital)),
            fee: JsonNumber(Some(settings.fee)),
            maker_fee: settings.maker_fee.map(|fee| JsonNumber(Some(fee))),
            slippage: JsonNumber(Some(settings.slippage)),
            fill: settings.fill.name(),
            direction: settings.direction.name(),
            year: settings.year.to_string(),
            risk_free: JsonNumber(Some(settings.risk_free)),
            benchmark: row.benchmark.as_deref(),
            detail: settings.detail.map(|detail| detail.to_string()),
            funding: settings.market_funding.then_some(MARKET_FUNDING),
        }
    }
}

/// The totals of a batch or a sweep.
#[derive(Serialize)]
struct SummaryDocument<'a> {
    assets: usize,
    strategies: usize,
    combinations: usize,
    skipped: usize,
    failed: Vec<FailedDocument<'a>>,
    hits: usize,
    misses: usize,
    bars: u64,
    load_ms: Milliseconds,
    compute_ms: Milliseconds,
    elapsed_ms: Milliseconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<usize>,
    best: Option<RankedDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    honesty: Option<HonestyDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reality_check: Option<RealityCheckDocument>,
    #[serde(flatten)]
    all: Option<TotalsDocument<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by_strategy: Vec<Value>,
}

/// The totals of a strategy: as in a file, but with its own parameters alone, in an object of their own.
fn strategy_totals(totals: &StrategyTotals) -> Value {
    let all = std::slice::from_ref(totals);
    let mut document = Records::new(&totals_columns(&[]), all, all.len()).json();
    let mut document = document[0].take();
    document["params"] = value(&Params(&totals.params));
    document
}

#[derive(Serialize)]
struct TotalsDocument<'a> {
    median: Option<RankedDocument<'a>>,
    worst: Option<RankedDocument<'a>>,
    never_traded: usize,
    below_min_trades: usize,
}

#[derive(Serialize)]
struct FailedDocument<'a> {
    symbol: &'a str,
    reason: &'a str,
}

/// One of the ranked results, by what ranks it.
#[derive(Serialize)]
struct RankedDocument<'a> {
    symbol: &'a str,
    strategy: &'a str,
    params: Params<'a>,
    metric: &'a str,
    value: JsonNumber,
}

impl<'a> RankedDocument<'a> {
    fn new(row: &'a Row, sort: &'a str) -> Self {
        let value = metrics::find(sort).and_then(|metric| row.outcome.metrics[metric]);
        let Row { symbol, strategy, params, .. } = row;
        Self { symbol, strategy, params: Params(params), metric: sort, value: JsonNumber(value) }
    }
}

impl<'a> SummaryDocument<'a> {
    fn new(summary: &'a Summary, highlights: &Highlights<'a>) -> Self {
        let ranked = |row: Option<&'a Row>| row.map(|row| RankedDocument::new(row, highlights.sort));
        Self {
            assets: summary.assets,
            strategies: summary.strategies,
            combinations: summary.combinations,
            skipped: summary.skipped,
            failed: summary
                .failed
                .iter()
                .map(|failed| FailedDocument { symbol: &failed.symbol, reason: &failed.reason })
                .collect(),
            hits: summary.hits,
            misses: summary.misses,
            bars: summary.bars,
            load_ms: Milliseconds(summary.load_ms),
            compute_ms: Milliseconds(summary.compute_ms),
            elapsed_ms: Milliseconds(summary.elapsed_ms),
            matches: highlights.matches,
            best: ranked(highlights.best),
            honesty: highlights.honesty.map(HonestyDocument),
            reality_check: highlights.reality_check.map(RealityCheckDocument::new),
            all: highlights.all.map(|all| TotalsDocument {
                median: ranked(all.median),
                worst: ranked(all.worst),
                never_traded: all.never_traded,
                below_min_trades: all.few_trades,
            }),
            by_strategy: highlights.by_strategy.iter().map(strategy_totals).collect(),
        }
    }
}
