//! Tables of results for people.

use crate::data::escape;
use crate::format;
use crate::printer::Printer;
use crate::report::table::TradeList;
use crate::sim::Trade;
use crate::sim::account::ExitReason;
use crate::sim::metrics::{self, Group, Metric, Unit};
use crate::sim::{RankSpread, Row, StrategyTotals};
use crate::table::TextTable;

/// A metric's value as a cell, with the sign that colours it.
#[must_use]
pub fn cell(metric: &Metric, value: Option<f64>) -> (String, f64) {
    let signed = metric.unit == Unit::Gain || metric.name == "expectancy";
    (format::metric(value, metric.unit), if signed { value.unwrap_or(0.0) } else { 0.0 })
}

/// The card of one result: equity metrics with buy-and-hold beside them, and the trades' summary.
#[must_use]
pub fn card(row: &Row, printer: Printer) -> String {
    let mut table = TextTable::new(printer, &["Equity", "Strategy", "Buy & hold", "Trades", ""], &[1, 2, 4]);
    let of = |group: Group| {
        metrics::TABLE
            .iter()
            .zip(row.outcome.metrics)
            .filter(move |(metric, _)| metric.group == group && !metric.name.starts_with("buy_hold_"))
            .filter(|(metric, _)| metric.detail() <= row.outcome.detail)
            .filter(|(metric, value)| {
                !metrics::OF_TRADE_TERMS.contains(&metric.name) || value.is_some_and(|value| value != 0.0)
            })
    };
    let (mut left, mut right) = (of(Group::Equity), of(Group::Trades));
    let blank = || (String::new(), 0.0);
    loop {
        let (equity, trades) = (left.next(), right.next());
        if equity.is_none() && trades.is_none() {
            return table.text();
        }
        let mut cells = equity.map_or_else(
            || vec![blank(), blank(), blank()],
            |(metric, value)| {
                vec![
                    (metric.label.to_owned(), 0.0),
                    lasting(metric, value, row, printer),
                    in_card(metric, row.buy_hold(metric.name), row),
                ]
            },
        );
        if cells[2].0 == "-" {
            cells[2] = blank();
        }
        cells.extend(trades.map_or_else(
            || vec![blank(), blank()],
            |(metric, value)| vec![(metric.label.to_owned(), 0.0), lasting(metric, value, row, printer)],
        ));
        table.signed(cells);
    }
}

/// Characters of a line in which a time leaves room for the bars beside it.
const ROOMY: u16 = 120;

/// Bars as a time, and where there is room as a number too: `45d 12h (1,092 bars)`.
fn lasting(metric: &Metric, value: Option<f64>, row: &Row, printer: Printer) -> (String, f64) {
    let (text, sign) = in_card(metric, value, row);
    match value {
        Some(bars) if metric.unit == Unit::Bars && bars > 0.0 && printer.width.is_none_or(|width| width >= ROOMY) => {
            (format!("{text} ({} bars)", format::metric(value, Unit::Bars)), sign)
        }
        _ => (text, sign),
    }
}

/// Where there is room for it, bars are a time.
fn in_card(metric: &Metric, value: Option<f64>, row: &Row) -> (String, f64) {
    let (text, sign) = cell(metric, value);
    match value {
        Some(bars) if metric.unit == Unit::Bars => (format::bars(bars, row.interval), sign),
        _ => (text, sign),
    }
}

/// Metrics of the ranked table beside the one that ranks, in the order in which they give way when the terminal is
/// narrow: last first. Return and trades always stay.
const RANKED: [&str; 10] = [
    "total_return",
    "trades",
    "max_drawdown",
    "sharpe",
    "buy_hold_return",
    "win_rate",
    "cagr",
    "profit_factor",
    "sortino",
    "exposure",
];
/// So many of them stay in any case.
const STAY: usize = 2;

/// A ranked table, with the median and the worst of all results below; nothing where there is no result at all. `sort` is
/// always among its columns. `sparks` are the rows' equity lines, or none.
#[must_use]
pub fn ranking(rows: &[Row], all: &RankSpread<'_>, sparks: &[String], sort: &str, printer: Printer) -> String {
    let others = [("median", all.median), ("worst", all.worst)];
    let others: Vec<(&str, &Row)> = others.into_iter().filter_map(|(label, row)| Some((label, row?))).collect();
    if rows.is_empty() && others.is_empty() {
        return String::new();
    }
    let mut labels: Vec<String> = (1..=rows.len()).map(|rank| format::count(rank as u64)).collect();
    labels.extend(others.iter().map(|(label, _)| (*label).to_owned()));
    let rows: Vec<&Row> = rows.iter().chain(others.into_iter().map(|(_, row)| row)).collect();
    labelled(&rows, &labels, sparks, sort, printer)
}

fn labelled(rows: &[&Row], labels: &[String], sparks: &[String], sort: &str, printer: Printer) -> String {
    let columns: Vec<usize> = (0..metrics::COUNT)
        .filter(|&index| {
            let name = metrics::TABLE[index].name;
            RANKED.contains(&name) || name == sort
        })
        .collect();
    let mut header = vec!["#", "Asset", "Strategy"];
    header.extend(columns.iter().map(|&index| metrics::TABLE[index].label));
    if !sparks.is_empty() {
        header.push("Equity");
    }
    header.push("Cache");
    let right: Vec<usize> = std::iter::once(0).chain(3..3 + columns.len()).collect();
    let mut table = TextTable::new(printer, &header, &right);
    table.signed_lines(rows.len(), |at| {
        let row = rows[at];
        let mut cells = vec![(labels[at].clone(), 0.0), (row.symbol.clone(), 0.0), (strategy_with_params(row), 0.0)];
        cells.extend(columns.iter().map(|&index| cell(&metrics::TABLE[index], row.outcome.metrics[index])));
        if !sparks.is_empty() {
            let spark = sparks.get(at).cloned().unwrap_or_default();
            cells.push((spark, row.outcome.metrics[0].unwrap_or(0.0)));
        }
        cells.push((row.cache.name().to_owned(), 0.0));
        cells
    });
    let place = |name: &str| columns.iter().position(|&index| metrics::TABLE[index].name == name).map(|at| at + 3);
    let give_way = RANKED[STAY..].iter().rev().filter(|name| **name != sort).filter_map(|name| place(name));
    // Where a result came from matters least of all.
    let give_way: Vec<usize> = std::iter::once(header.len() - 1).chain(give_way).collect();
    table.narrowed(&give_way)
}

/// The totals of strategies over many assets, a line each; nothing where there is no result at all.
#[must_use]
pub fn strategy_totals(all: &[StrategyTotals], printer: Printer) -> String {
    if all.is_empty() {
        return String::new();
    }
    let header = [
        "Strategy",
        "Results",
        "Profitable",
        "Beat buy & hold",
        "Never traded",
        "Median Sharpe",
        "Return",
        "CAGR",
        "Drawdown",
        "Trades",
    ];
    let medians = StrategyTotals::MEDIANS.map(|name| metrics::find(name).map(|metric| &metrics::TABLE[metric]));
    let mut table = TextTable::new(printer, &header, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for totals in all {
        let share = |value: f64| format::metric(Some(value), Unit::Share);
        let mut cells = vec![
            (named_with_params(&totals.strategy, &totals.params), 0.0),
            (format::count(totals.results), 0.0),
            (share(totals.profitable), 0.0),
            (share(totals.beat_buy_hold), 0.0),
            (format::count(totals.never_traded), 0.0),
        ];
        cells.extend(medians.iter().zip(totals.medians).map(|(metric, value)| match metric {
            Some(metric) if metric.unit != Unit::Count => cell(metric, value),
            _ => (value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}")), 0.0),
        }));
        table.signed(cells);
    }
    table.narrowed(&[4, 7, 9, 3])
}

/// How many results a filter lets through: a line. `all` says how many there are, as in `48 results`.
#[must_use]
pub fn matches_remark(matches: usize, all: &str, condition: &str) -> String {
    let verb = if matches == 1 { "fulfils" } else { "fulfil" };
    format!("{} of {all} {verb} --where '{}'\n", format::count(matches as u64), escape(condition))
}

/// What is to be said of results with few trades, or none: a line, or nothing. `noun` is what a result is called.
#[must_use]
pub fn trades_remark(all: &RankSpread<'_>, min_trades: usize, noun: &str) -> String {
    let mut parts = Vec::new();
    if all.few_trades > 0 {
        parts.push(format!(
            "{} with fewer than {} {} after the others (--min-trades)",
            format::counted(all.few_trades, noun),
            format::counted(min_trades, "closed trade"),
            if all.few_trades == 1 { "ranks" } else { "rank" },
        ));
    }
    if all.never_traded > 0 {
        parts.push(format!("{} never traded", format::counted(all.never_traded, noun)));
    }
    if parts.is_empty() { String::new() } else { parts.join("; ") + "\n" }
}

/// Metrics of results in columns beside each other, the best one of each marked; in several tables where the terminal
/// has no room for all columns.
#[must_use]
pub fn side_by_side(named: &[(&str, &Row)], printer: Printer) -> String {
    let cells: Vec<Vec<(String, f64)>> = metrics::TABLE
        .iter()
        .enumerate()
        .map(|(at, metric)| {
            let values: Vec<Option<f64>> = named.iter().map(|(_, row)| row.outcome.metrics[at]).collect();
            let better = metric.best_of(&values);
            let one = |(place, value): (usize, &Option<f64>)| {
                let (text, sign) = in_card(metric, *value, named[place].1);
                // The mark has its own column, so that figures stay below each other.
                (format!("{text} {}", if better.contains(&place) { '*' } else { ' ' }), sign)
            };
            values.iter().enumerate().map(one).collect()
        })
        .collect();
    let detail = named.iter().map(|(_, row)| row.outcome.detail).max().unwrap_or_default();
    let wide = |text: &str| text.chars().count() + 3;
    let widths = (0..named.len())
        .map(|at| cells.iter().map(|line| wide(&line[at].0)).chain([wide(named[at].0)]).max().unwrap_or(0));
    let labels = metrics::TABLE.iter().map(|metric| wide(metric.label)).max().unwrap_or(0);
    let room = printer.width.map_or(usize::MAX, usize::from).saturating_sub(labels);
    let mut out = String::new();
    for part in packed(&widths.collect::<Vec<_>>(), room) {
        let mut header = vec![""];
        header.extend(named[part.clone()].iter().map(|(name, _)| *name));
        let right: Vec<usize> = (1..header.len()).collect();
        let mut table = TextTable::new(printer, &header, &right);
        for (at, (metric, line)) in metrics::TABLE.iter().zip(&cells).enumerate() {
            let none = named.iter().all(|(_, row)| row.outcome.metrics[at].is_none());
            if none && (metrics::OF_TRADE_TERMS.contains(&metric.name) || metric.detail() > detail) {
                continue;
            }
            let label = (metric.label.to_owned(), 0.0);
            table.signed(std::iter::once(label).chain(line[part.clone()].iter().cloned()).collect());
        }
        out.push_str(&table.text());
    }
    out + if named.len() > 2 { "* the best\n" } else { "* the better one\n" }
}

/// Columns in groups that fit into so much room, at least one in each.
fn packed(widths: &[usize], room: usize) -> Vec<std::ops::Range<usize>> {
    let mut groups = Vec::new();
    let (mut start, mut taken) = (0, 0);
    for (at, width) in widths.iter().enumerate() {
        if at > start && taken + width > room {
            groups.push(start..at);
            (start, taken) = (at, 0);
        }
        taken += width;
    }
    groups.push(start..widths.len());
    groups
}

/// The list of trades.
#[must_use]
pub fn trades(trades: &[Trade], printer: Printer) -> String {
    if trades.is_empty() {
        return "No trades.\n".to_owned();
    }
    // Where rules alone end trades, why is no question.
    let by_rules = [ExitReason::Rule, ExitReason::Reverse, ExitReason::Open, ExitReason::Ruin];
    let with_reasons = trades.iter().any(|trade| !by_rules.contains(&trade.exit_reason));
    let mut header = vec!["#", "Side", "Entry", "Price", "Exit", "Price", "Size", "Profit", "Return", "Bars"];
    header.extend(with_reasons.then_some("Ended by"));
    let mut table = TextTable::new(printer, &header, &[0, 3, 5, 6, 7, 8, 9]);
    let price = format::Decimals::of(trades.iter().flat_map(|trade| [trade.entry_price, trade.exit_price]));
    let size = format::Decimals::of(trades.iter().map(|trade| trade.size));
    for (number, trade) in trades.iter().enumerate() {
        let mut cells = trade_cells(format::count(number as u64 + 1), trade, price, size);
        cells.push((format::count(trade.bars), 0.0));
        if with_reasons {
            cells.push((trade.exit_reason.label().to_owned(), 0.0));
        }
        table.signed(cells);
    }
    // Size first, as it follows from price and equity; times and return stay.
    table.narrowed(&[6, 9, 7, 3, 5])
}

/// The cells of a trade from the first, which tells it from others, to its return; each with the value whose sign colours it.
fn trade_cells(first: String, trade: &Trade, price: format::Decimals, size: format::Decimals) -> Vec<(String, f64)> {
    let exit = format::time(trade.exit_time) + if trade.open { " open" } else { "" };
    let plain = [
        first,
        trade.side.name().to_owned(),
        format::time(trade.entry_time),
        price.show(trade.entry_price),
        exit,
        price.show(trade.exit_price),
        size.show(trade.size),
    ];
    let signed = [format::grouped(trade.pnl, 2), format::gain(trade.ret)];
    plain.into_iter().map(|cell| (cell, 0.0)).chain(signed.map(|cell| (cell, trade.pnl))).collect()
}

/// The trades of an account over many assets.
#[must_use]
pub fn portfolio_trades(list: &TradeList, is_weighted: bool, printer: Printer) -> String {
    if list.trades.is_empty() {
        return "No trades.\n".to_owned();
    }
    let header = ["Asset", "Side", "Entry", "Price", "Exit", "Price", "Size", "Profit", "Return", "Ended by"];
    let mut table = TextTable::new(printer, &header, &[3, 5, 6, 7, 8]);
    for (at, trade) in list.trades.iter().enumerate() {
        // Of many assets no price has the decimals of another.
        let price = format::Decimals::of([trade.entry_price, trade.exit_price]);
        let size = format::Decimals::of([trade.size]);
        let mut cells = trade_cells(list.symbol_of(at).to_owned(), trade, price, size);
        let is_rebalanced = is_weighted && trade.exit_reason == ExitReason::Rule;
        let ended = if is_rebalanced { "rebalance" } else { trade.exit_reason.label() };
        cells.push((ended.to_owned(), 0.0));
        table.signed(cells);
    }
    table.narrowed(&[6, 9, 7, 3, 5])
}

/// The trades by what ended them, and how many the candles leave in doubt.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of trades and bars are far below 2^53")]
pub fn by_reason(trades: &[Trade], printer: Printer) -> String {
    if trades.is_empty() {
        return String::new();
    }
    let header = ["Ended by", "Trades", "Win rate", "Profit", "Average", "MAE", "MFE", "Bars"];
    let mut grid = TextTable::new(printer, &header, &[1, 2, 3, 4, 5, 6, 7]);
    for why in ExitReason::ALL {
        let some: Vec<&Trade> = trades.iter().filter(|trade| trade.exit_reason == why).collect();
        if some.is_empty() {
            continue;
        }
        let count = some.len() as f64;
        let mean = |get: fn(&Trade) -> f64| some.iter().map(|trade| get(trade)).sum::<f64>() / count;
        let wins = some.iter().filter(|trade| trade.pnl > 0.0).count() as f64 / count;
        let (profit, ret) = (some.iter().map(|trade| trade.pnl).sum::<f64>(), mean(|trade| trade.ret));
        grid.signed(vec![
            (why.label().to_owned(), 0.0),
            (format::count(some.len() as u64), 0.0),
            (format!("{:.1}%", wins * 100.0), 0.0),
            (format::grouped(profit, 2), profit),
            (format::gain(ret), ret),
            (format::gain(mean(|trade| trade.mae)), 0.0),
            (format::gain(mean(|trade| trade.mfe)), 0.0),
            (format!("{:.1}", mean(|trade| trade.bars as f64)), 0.0),
        ]);
    }
    let doubtful = trades.iter().filter(|trade| trade.ambiguous).count();
    let remark = match doubtful {
        0 => String::new(),
        count => format!(
            "{} touched stop and target in one bar, which cannot say which came first: the stop was taken.\n",
            format::counted(count, "trade")
        ),
    };
    grid.narrowed(&[6, 5, 7]) + &remark
}

/// `rsi 14 30 70`: short enough for a column.
#[must_use]
pub fn strategy_with_params(row: &Row) -> String {
    named_with_params(&row.strategy, &row.params)
}

fn named_with_params(strategy: &str, params: &[(String, f64)]) -> String {
    let values = params.iter().map(|(_, value)| format::param(*value));
    std::iter::once(strategy.to_owned()).chain(values).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
