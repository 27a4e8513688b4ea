//! A portfolio in the terminal.

use crate::commands::execution::CacheUse;
use crate::engine::UniverseSpan;
use crate::output::printer::Printer;
use crate::output::table::TextTable;
use crate::output::{format, luck, result_tables};
use crate::report::table::TradeList;
use crate::sim::metrics::Unit;
use crate::sim::{PortfolioSummary, Row, WeightRow};

/// Assets of which the contribution is shown, on either side.
const SHOWN: usize = 5;

/// All that is shown of a result; `drawn` stands above the card. Trades are called otherwise where weights order them.
#[must_use]
pub(super) fn result(
    row: &Row,
    summary: &PortfolioSummary,
    (drawn, trades, weights): (&str, Option<&TradeList>, Option<&[WeightRow]>),
    (cache, is_weighted): (&CacheUse, bool),
    printer: Printer,
) -> String {
    let mut out = heading(row, summary);
    out.push_str(drawn);
    out.push_str(&result_tables::card(row, printer));
    out.push_str(&luck::run_line(row));
    if row.outcome.ruined {
        out.push_str("The account was ruined: its equity fell to 0 or below, and it was closed.\n");
    }
    let held = format!(
        "Held {} on average, {} of the equity invested; {} with fills\n",
        format::grouped(summary.average_held, 1) + " assets",
        format::metric(Some(summary.average_invested), Unit::Share),
        format::counted(usize::try_from(summary.rebalances).unwrap_or(usize::MAX), "bar"),
    );
    out.push_str(&held);
    out.push_str(&contributions(summary, printer));
    if let Some(list) = trades {
        out.push_str(&result_tables::portfolio_trades(list, is_weighted, printer));
    }
    if let Some(weights) = weights {
        out.push_str(&weight_table(weights, printer));
    }
    out + &format!("{}, {}, key {}\n", cache.of_result(row.cache), format::duration(row.elapsed_ms), &row.key[..12])
}

/// How many assets there were, and when.
#[must_use]
pub(super) fn universe(summary: &PortfolioSummary) -> String {
    let PortfolioSummary { assets, assets_at_start: at_start, assets_at_end: at_end, .. } = *summary;
    universe_line(&UniverseSpan { assets, at_start, at_end })
}

/// The same of a span.
#[must_use]
pub(super) fn universe_line(&UniverseSpan { assets, at_start, at_end }: &UniverseSpan) -> String {
    format!(
        "{}: {} at the first bar, {} at the last; assets that were delisted before the data was gathered are missing (survivorship bias)",
        format::counted(assets, "asset"),
        format::count(at_start as u64),
        format::count(at_end as u64),
    )
}

fn heading(row: &Row, summary: &PortfolioSummary) -> String {
    let params: Vec<String> =
        row.params.iter().map(|(name, value)| format!("{name} {}", format::param(*value))).collect();
    let params = if params.is_empty() { String::new() } else { format!(" ({})", params.join(", ")) };
    format!(
        "{} {}  {}{params}\n{} to {}, {}; {}\n{}\nBuy & hold: equal parts of the {} at the first bar\n",
        row.symbol,
        row.interval,
        crate::data::escape(&row.strategy),
        format::time(row.outcome.start),
        format::time(row.outcome.end),
        format::counted(usize::try_from(row.outcome.bars).unwrap_or(usize::MAX), "bar"),
        format::settings(&row.settings),
        universe(summary),
        format::counted(summary.assets_at_start, "asset"),
    )
}

/// The assets that gave and cost most.
fn contributions(summary: &PortfolioSummary, printer: Printer) -> String {
    let mut sorted: Vec<&(String, f64)> = summary.contributions.iter().filter(|(_, part)| *part != 0.0).collect();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
    let left_out = sorted.len().saturating_sub(2 * SHOWN);
    if left_out > 0 {
        sorted.drain(SHOWN..SHOWN + left_out);
    }
    if sorted.is_empty() {
        return String::new();
    }
    let mut table = TextTable::new(printer, &["Asset", "Contribution"], &[1]);
    for (at, (symbol, part)) in sorted.into_iter().enumerate() {
        if left_out > 0 && at == SHOWN {
            table.line([format!("({} more)", format::count(left_out as u64)), String::new()]);
        }
        table.signed(vec![(symbol.clone(), 0.0), (format::gain(*part), *part)]);
    }
    table.text()
}

fn weight_table(weights: &[WeightRow], printer: Printer) -> String {
    let mut table = TextTable::new(printer, &["Time", "Asset", "Weight"], &[2]);
    for WeightRow { time, symbol, weight } in weights {
        table.line([format::time(*time), symbol.clone(), format::metric(Some(*weight), Unit::Share)]);
    }
    table.text()
}
