//! Holdings from a CSV file, and their analysis.

use std::path::Path;

use serde_json::{Value, json};

use crate::args::RankArgs;
use crate::commands::Context;
use crate::data::{CandleFile, escape, is_pattern};
use crate::engine::{
    self, CorrelationMatrix, HoldingAmount, HoldingEntry, HoldingsAnalysis, Plan, ScoreRanking, Scores,
};
use crate::error::Error;
use crate::files::read_limited;
use crate::output::format;
use crate::output::table::TextTable;
use crate::report::table::{HOLDING_COLUMNS, Records};
use crate::report::{self, number};
use crate::settings::given::either;
use crate::sim::metrics::Unit;

/// Largest file of holdings.
const MOST_BYTES: u64 = 1 << 20;
/// The symbol of cash.
const CASH: &str = "CASH";
/// How far the sum of weights may be from 1.
const ROUNDING: f64 = 1e-6;
/// More assets than this have no room for their correlations in a terminal.
const MOST_CORRELATED: usize = 12;

/// Reads the file that `--holdings` names; its symbols are found among these assets.
///
/// # Errors
/// A file that cannot be read or is no such table; a symbol that is unknown, ambiguous or there twice; an amount that is
/// none, or negative; weights whose sum is not 1.
pub(super) fn read(path: &Path, assets: &[CandleFile]) -> Result<Vec<HoldingEntry>, Error> {
    let file = format!("--holdings {}", escape(&path.display().to_string()));
    let wrong = |what: &str| Error::usage(format!("{file}: {what}"));
    let bytes = read_limited(path, MOST_BYTES).map_err(|error| wrong(&format::unreadable(&error)))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes.as_slice());
    let header = reader.headers().map_err(|_| wrong("is not UTF-8 text"))?.clone();
    let place =
        |name: &str| header.iter().position(|cell| cell.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
    let columns = "a first line with the names of the columns is needed: symbol, and units or weight";
    let Some(symbol) = place("symbol") else { return Err(wrong(&format!("has no column symbol; {columns}"))) };
    let (amount, is_weight) = match (place("units"), place("weight")) {
        (Some(at), None) => (at, false),
        (None, Some(at)) => (at, true),
        (None, None) => return Err(wrong(&format!("has no column units or weight; {columns}"))),
        (Some(_), Some(_)) => return Err(wrong("has both units and weight; leave one of them out")),
    };
    let mut holdings: Vec<HoldingEntry> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| wrong("is not UTF-8 text"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let wrong = |what: String| Error::usage(format!("{file}, line {line}: {what}"));
        let name = record.get(symbol).unwrap_or_default();
        if record.iter().all(str::is_empty) {
            continue;
        }
        let text = record.get(amount).unwrap_or_default();
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
        let value = value.ok_or_else(|| wrong(format!("'{}' is not a number", escape(text))))?;
        if value < 0.0 {
            return Err(wrong(format!("'{}' is negative; holdings are what is owned", escape(text))));
        }
        let symbol = if name.eq_ignore_ascii_case(CASH) { None } else { Some(found(name, assets).map_err(wrong)?) };
        if holdings.iter().any(|known| known.symbol == symbol) {
            let whole = symbol.as_deref().unwrap_or(CASH);
            return Err(wrong(format!("{} is there twice; add the two up", escape(whole))));
        }
        let amount = if is_weight { HoldingAmount::Weight(value) } else { HoldingAmount::Units(value) };
        holdings.push(HoldingEntry { symbol, amount });
    }
    if holdings.is_empty() {
        return Err(wrong("holds no row below the names of the columns"));
    }
    let weights = holdings.iter().map(|holding| match holding.amount {
        HoldingAmount::Weight(weight) => weight,
        HoldingAmount::Units(_) => 0.0,
    });
    let sum: f64 = weights.sum();
    if is_weight && (sum - 1.0).abs() > ROUNDING {
        let hint = if sum < 1.0 { format!("; what is not invested is a row {CASH}") } else { String::new() };
        return Err(wrong(&format!("the weights sum to {}, and not to 1{hint}", format::param(sum))));
    }
    Ok(holdings)
}

/// The symbol that a name means among these assets.
fn found(name: &str, assets: &[CandleFile]) -> Result<String, String> {
    let named = || assets.iter().filter(|asset| asset.is_named(name));
    let exact = assets.iter().find(|asset| asset.symbol == name);
    let found: Vec<&str> = match exact {
        Some(asset) => vec![&asset.symbol],
        None if name.is_empty() || is_pattern(name) => Vec::new(),
        None => named().map(|asset| asset.symbol.as_str()).collect(),
    };
    match found.as_slice() {
        [symbol] => Ok((*symbol).to_owned()),
        [] => Err(format!("'{}' is none of the assets that are ranked", escape(name))),
        many => Err(format!("'{}' may be {}; write the whole symbol", escape(name), either(many))),
    }
}

/// The analysis, with how alike the returns of what is held are.
pub(super) struct Held {
    analysis: HoldingsAnalysis,
    correlation: CorrelationMatrix,
}

impl Held {
    /// Of these holdings among scored assets.
    ///
    /// # Errors
    /// A holding whose candles cannot be used.
    pub(super) fn new(
        holdings: &[HoldingEntry],
        scores: &Scores,
        ranking: &ScoreRanking,
        plan: &Plan,
        args: &RankArgs,
    ) -> Result<Self, Error> {
        let bound = &plan.strategies[0];
        let lost = holdings.iter().filter_map(|holding| holding.symbol.as_deref());
        if let Some(lost) = lost.into_iter().find(|symbol| !scores.assets.iter().any(|asset| asset.symbol == *symbol)) {
            return Err(Error::failed(format!("--holdings: {}: its candles cannot be used", escape(lost))));
        }
        let Some(terms) = &bound.strategy.portfolio else { return Err(Error::failed("there is no [portfolio]")) };
        let capital = plan.settings.capital;
        let analysis = HoldingsAnalysis::new(holdings, capital, &scores.assets, ranking, &terms.numbers(&bound.values));
        let held = analysis.rows.iter().filter(|row| row.value > 0.0);
        let files = held.filter_map(|row| plan.assets.iter().find(|file| file.symbol == row.symbol));
        let closes = files.map(|file| engine::load_benchmark(file, plan).map_err(Error::failed));
        let bars = usize::try_from(args.correlation_bars).unwrap_or(usize::MAX);
        let correlation = CorrelationMatrix::new(&closes.collect::<Result<Vec<_>, _>>()?, bars);
        Ok(Self { analysis, correlation })
    }

    pub(super) fn table(&self, context: &Context) -> String {
        let Self { analysis, correlation } = self;
        let header =
            ["Asset", "Units", "Price", "Value", "Weight", "Rank", "Score", "Rating", "Target", "Buy or sell", "Units"];
        let mut table = TextTable::new(context.printer, &header, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        let price = format::Decimals::of(analysis.rows.iter().map(|row| row.price));
        let units = format::Decimals::of(analysis.rows.iter().flat_map(|row| [row.units, row.trade_units]));
        let share = |value: f64| format::metric(Some(value), Unit::Share);
        let ratio = |value: Option<f64>| format::metric(value, Unit::Ratio);
        for row in &analysis.rows {
            let trade = row.trade_value;
            let of_trade = |text: String| if trade == 0.0 { ("-".to_owned(), 0.0) } else { (text, trade) };
            table.signed(vec![
                (row.symbol.clone(), 0.0),
                (units.show(row.units), 0.0),
                (price.show(row.price), 0.0),
                (format::grouped(row.value, 2), 0.0),
                (share(row.weight), 0.0),
                (row.rank.map_or_else(|| "-".to_owned(), format::count), 0.0),
                (ratio(row.score), 0.0),
                (ratio(row.rating), 0.0),
                (share(row.target_weight), 0.0),
                of_trade(format::grouped(trade, 2)),
                of_trade(units.show(row.trade_units)),
            ]);
        }
        let concentration = analysis.concentration.map_or_else(String::new, |one| {
            format!(
                "Herfindahl index {}, as concentrated as {} assets of equal weight; the largest is {} of what is invested\n",
                ratio(Some(one.herfindahl)),
                ratio(Some(one.effective_number)),
                share(one.largest),
            )
        });
        format!(
            "{}Value {}, of it cash {} (target {}); mean score by weight {}, rating {}\n{concentration}{}",
            table.narrowed(&[10, 7, 2, 1, 6]),
            format::grouped(analysis.value, 2),
            format::grouped(analysis.cash, 2),
            share(analysis.target_cash),
            ratio(analysis.score),
            ratio(analysis.rating),
            correlations(correlation, context),
        )
    }

    pub(super) fn csv(&self) -> Result<String, Error> {
        let rows = &self.analysis.rows[..];
        let bytes = report::csv::records(&Records::new(&HOLDING_COLUMNS, rows, rows.len())).map_err(Error::failed)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) fn document(&self) -> Value {
        let Self { analysis, correlation } = self;
        let defined = |value: Option<f64>| value.map_or(Value::Null, number);
        let rows = &analysis.rows[..];
        let matrix: Value =
            correlation.rows.iter().map(|row| row.iter().map(|one| defined(*one)).collect::<Value>()).collect();
        json!({
            "value": number(analysis.value),
            "cash": number(analysis.cash),
            "target_cash": number(analysis.target_cash),
            "score": defined(analysis.score),
            "rating": defined(analysis.rating),
            "herfindahl": defined(analysis.concentration.map(|one| one.herfindahl)),
            "effective_number": defined(analysis.concentration.map(|one| one.effective_number)),
            "largest": defined(analysis.concentration.map(|one| one.largest)),
            "correlation": {
                "symbols": correlation.symbols,
                "returns": correlation.returns,
                "start": correlation.span.map(|(start, _)| report::time(start)),
                "end": correlation.span.map(|(_, end)| report::time(end)),
                "mean": defined(correlation.mean()),
                "matrix": matrix,
            },
            "assets": Records::new(&HOLDING_COLUMNS, rows, rows.len()).json(),
        })
    }
}

/// The correlations of what is held, where there are several assets and room for them.
fn correlations(matrix: &CorrelationMatrix, context: &Context) -> String {
    let ratio = |value: Option<f64>| format::metric(value, Unit::Ratio);
    let count = matrix.symbols.len();
    if count < 2 {
        return String::new();
    }
    let span = matrix
        .span
        .map_or_else(String::new, |(start, end)| format!(", {} to {}", format::time(start), format::time(end)));
    let mean = format!(
        "Mean correlation of returns {} ({}{span})\n",
        ratio(matrix.mean()),
        format::counted(matrix.returns, "return")
    );
    if count > MOST_CORRELATED {
        return mean;
    }
    let header: Vec<&str> = [""].into_iter().chain(matrix.symbols.iter().map(String::as_str)).collect();
    let mut table = TextTable::new(context.printer, &header, &(1..=count).collect::<Vec<_>>());
    for (symbol, row) in matrix.symbols.iter().zip(&matrix.rows) {
        table.line([symbol.clone()].into_iter().chain(row.iter().map(|value| ratio(*value))));
    }
    mean + &table.text()
}
