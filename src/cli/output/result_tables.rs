//! Tables of results for people.

use crate::cli::output::format;
use crate::cli::output::printer::Printer;
use crate::cli::output::table::TextTable;
use crate::report::Row;
use crate::sim::metrics::{self, Group, Metric, Unit};
use crate::sim::model::{Side, Trade};

/// A metric's value as a cell, with the sign that colours it.
#[must_use]
pub fn cell(metric: &Metric, value: Option<f64>) -> (String, f64) {
    let signed = metric.unit == Unit::Gain || metric.name == "expectancy";
    (format::metric(value, metric.unit), if signed { value.unwrap_or(0.0) } else { 0.0 })
}

/// The card of one result: equity metrics with buy-and-hold beside them, and the trades' summary.
#[must_use]
pub fn card(row: &Row, printer: Printer) -> String {
    let mut grid = TextTable::new(printer, &["Equity", "Strategy", "Buy & hold", "Trades", ""], &[1, 2, 4]);
    let of = |group: Group| {
        metrics::TABLE
            .iter()
            .zip(row.outcome.metrics)
            .filter(move |(metric, _)| metric.group == group && metric.name != "buy_hold_return")
    };
    let (mut left, mut right) = (of(Group::Equity), of(Group::Trades));
    let blank = || (String::new(), 0.0);
    loop {
        let (equity, trades) = (left.next(), right.next());
        if equity.is_none() && trades.is_none() {
            return grid.text();
        }
        let mut cells = equity.map_or_else(
            || vec![blank(), blank(), blank()],
            |(metric, value)| {
                vec![
                    (metric.label.to_owned(), 0.0),
                    in_card(metric, value),
                    in_card(metric, buy_hold(metric.name, row)),
                ]
            },
        );
        if cells[2].0 == "-" {
            cells[2] = blank();
        }
        cells.extend(trades.map_or_else(
            || vec![blank(), blank()],
            |(metric, value)| vec![(metric.label.to_owned(), 0.0), in_card(metric, value)],
        ));
        grid.signed(cells);
    }
}

/// In the card there is room for the unit.
fn in_card(metric: &Metric, value: Option<f64>) -> (String, f64) {
    let (text, sign) = cell(metric, value);
    match value {
        #[expect(clippy::float_cmp, reason = "one bar is exactly one")]
        Some(value) if metric.unit == Unit::Bars => {
            (format!("{text} {}", if value == 1.0 { "bar" } else { "bars" }), sign)
        }
        _ => (text, sign),
    }
}

/// What is known of buying at the first close and holding, without costs.
fn buy_hold(name: &str, row: &Row) -> Option<f64> {
    let growth = row.outcome.metrics[metrics::find("buy_hold_return")?]?;
    match name {
        "total_return" => Some(growth),
        "final_equity" => Some(row.settings.capital * (1.0 + growth)),
        #[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
        "cagr" => {
            let years = row.outcome.bars as f64 / row.interval.bars_per_year();
            Some(libm::pow(1.0 + growth, 1.0 / years) - 1.0).filter(|rate| rate.is_finite())
        }
        _ => None,
    }
}

/// Metrics of the ranked table, in the order in which they give way when the terminal is narrow: last first.
const RANKED: [&str; 10] = [
    "total_return",
    "sharpe",
    "max_drawdown",
    "trades",
    "buy_hold_return",
    "win_rate",
    "cagr",
    "profit_factor",
    "sortino",
    "exposure",
];

/// The ranked table of a batch; `sort` is always among its columns. `sparks` are the rows' equity lines, or none.
#[must_use]
pub fn ranking(rows: &[Row], sparks: &[String], sort: &str, printer: Printer) -> String {
    let labels: Vec<String> = (1..=rows.len()).map(|rank| format::count(rank as u64)).collect();
    labelled(rows, &labels, sparks, sort, printer)
}

fn labelled(rows: &[Row], labels: &[String], sparks: &[String], sort: &str, printer: Printer) -> String {
    let width = printer.width.map_or(usize::MAX, usize::from);
    for shown in (1..=RANKED.len()).rev() {
        let text = labelled_with(rows, labels, sparks, sort, &RANKED[..shown], printer);
        let first = text.lines().next().map_or(0, visible);
        if first <= width || shown == 1 {
            return text;
        }
    }
    String::new()
}

/// Columns that a line takes on the terminal: colours take none.
fn visible(line: &str) -> usize {
    let mut parts = line.split('\u{1b}');
    let plain = parts.next().unwrap_or_default().chars().count();
    plain + parts.map(|part| part.split_once('m').map_or(0, |(_, text)| text.chars().count())).sum::<usize>()
}

fn labelled_with(
    rows: &[Row],
    labels: &[String],
    sparks: &[String],
    sort: &str,
    shown: &[&str],
    printer: Printer,
) -> String {
    let columns: Vec<usize> = (0..metrics::COUNT)
        .filter(|&index| {
            let name = metrics::TABLE[index].name;
            shown.contains(&name) || name == sort
        })
        .collect();
    let mut header = vec!["#", "Asset", "Strategy"];
    header.extend(columns.iter().map(|&index| metrics::TABLE[index].label));
    if !sparks.is_empty() {
        header.push("Equity");
    }
    header.push("Cache");
    let right: Vec<usize> = std::iter::once(0).chain(3..3 + columns.len()).collect();
    let mut grid = TextTable::new(printer, &header, &right);
    for (at, (label, row)) in labels.iter().zip(rows).enumerate() {
        let mut cells = vec![(label.clone(), 0.0), (row.symbol.clone(), 0.0), (strategy_with_params(row), 0.0)];
        cells.extend(columns.iter().map(|&index| cell(&metrics::TABLE[index], row.outcome.metrics[index])));
        if let Some(spark) = sparks.get(at) {
            cells.push((spark.clone(), row.outcome.metrics[0].unwrap_or(0.0)));
        }
        cells.push((row.cache.name().to_owned(), 0.0));
        grid.signed(cells);
    }
    grid.text()
}

/// The ranked table of a sweep's best, with the median and the worst of the whole grid below; nothing where there is
/// neither.
#[must_use]
pub fn sweep(best: Vec<Row>, others: Vec<(&str, Row)>, sort: &str, printer: Printer) -> String {
    if best.is_empty() && others.is_empty() {
        return String::new();
    }
    let mut labels: Vec<String> = (1..=best.len()).map(|rank| format::count(rank as u64)).collect();
    labels.extend(others.iter().map(|(label, _)| (*label).to_owned()));
    let rows: Vec<Row> = best.into_iter().chain(others.into_iter().map(|(_, row)| row)).collect();
    labelled(&rows, &labels, &[], sort, printer)
}

/// Metrics of results in columns beside each other, the better one of each marked.
#[must_use]
pub fn side_by_side(named: &[(&str, &Row)], printer: Printer) -> String {
    let mut header = vec![""];
    header.extend(named.iter().map(|(name, _)| *name));
    let right: Vec<usize> = (1..header.len()).collect();
    let mut grid = TextTable::new(printer, &header, &right);
    for (at, metric) in metrics::TABLE.iter().enumerate() {
        let values: Vec<Option<f64>> = named.iter().map(|(_, row)| row.outcome.metrics[at]).collect();
        let better = metrics::better(metric, &values);
        let mut cells = vec![(metric.label.to_owned(), 0.0)];
        for (place, value) in values.into_iter().enumerate() {
            let (text, sign) = cell(metric, value);
            // The mark has its own column, so that figures stay below each other.
            cells.push((format!("{text} {}", if better.contains(&place) { '*' } else { ' ' }), sign));
        }
        grid.signed(cells);
    }
    grid.text() + "* the better one\n"
}

/// The list of trades.
#[must_use]
pub fn trades(trades: &[Trade], printer: Printer) -> String {
    if trades.is_empty() {
        return "No trades.\n".to_owned();
    }
    let header = ["#", "Side", "Entry", "Price", "Exit", "Price", "Size", "Profit", "Return", "Bars"];
    let mut grid = TextTable::new(printer, &header, &[0, 3, 5, 6, 7, 8, 9]);
    for (number, trade) in trades.iter().enumerate() {
        let exit = format::time(trade.exit_time) + if trade.open { " open" } else { "" };
        let cells = [
            format::count(number as u64 + 1),
            match trade.side {
                Side::Long => "long",
                Side::Short => "short",
            }
            .to_owned(),
            format::time(trade.entry_time),
            format::price(trade.entry_price),
            exit,
            format::price(trade.exit_price),
            format::price(trade.size),
        ];
        let mut cells: Vec<(String, f64)> = cells.into_iter().map(|cell| (cell, 0.0)).collect();
        cells.push((format::grouped(trade.pnl, 2), trade.pnl));
        cells.push((format::gain(trade.ret), trade.pnl));
        cells.push((format::count(trade.bars), 0.0));
        grid.signed(cells);
    }
    grid.text()
}

/// `rsi 14 30 70`: short enough for a column.
fn strategy_with_params(row: &Row) -> String {
    let values = row.params.iter().map(|(_, value)| format::param(*value));
    std::iter::once(row.strategy.clone()).chain(values).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
