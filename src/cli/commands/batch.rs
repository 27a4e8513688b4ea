//! `backtest batch`: every named strategy on every named asset, ranked.

use super::{Context, shared};
use crate::cli::args::{BatchArgs, Format};
use crate::cli::fault::Fault;
use crate::cli::reproduce::Origin;
use crate::cli::select::Selection;
use crate::cli::{braille, cache, pages, resolve, tables, text};
use crate::data::escape;
use crate::engine::{self, Plan};
use crate::report::{self, Row, Summary};

/// Characters of an equity line in the table.
const SPARK: usize = 16;

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the others are printed, assets that failed.
pub fn run(args: &BatchArgs, context: &Context) -> Result<(), Fault> {
    let config = &context.config;
    let request = resolve::request(&args.backtest, config)?;
    let selection = Selection::new(&args.ranking, config)?;
    let names = shared::names(&args.strategy, config);
    pages::check(args.pictures.report.as_deref())?;
    let strategies = shared::bind(&names, &args.backtest.params)?;
    let results = cache::open(&args.backtest, &context.global, config)?;
    let folder = resolve::data_dir(&context.global, config);
    let assets = resolve::many(&args.assets, &folder, request.interval)?;
    let plan = request.plan(assets, strategies, false);
    let done = shared::execute(&plan, results, context);
    let summary = done.summary;
    let rows = selection.apply(done.rows);
    let json = |rows: &[Row]| report::json::batch(rows, &summary, rows.first(), selection.sort());
    if let Some(path) = &request.out {
        shared::write(path, &rows, &plan.param_names(), || json(&rows))?;
    }
    if let Some(path) = &args.pictures.report {
        let synthetic = done.known.iter().any(|(_, known)| known.synthetic);
        let origin = Origin::of(&plan, &folder);
        let mut notes = pages::notes(synthetic);
        let all = summary.hits + summary.misses;
        if rows.len() < all {
            let (shown, all) = (text::count(rows.len() as u64), text::counted(all, "result"));
            notes.push(format!("Shown are {shown} of {all}: those that --top and --where let through."));
        }
        let page = pages::batch(&plan, &origin, &rows, &summary.failed, selection.sort(), &names, notes);
        pages::write("--report", path, &page)?;
    }
    let text = match request.format {
        Format::Table => table(&rows, &sparks(args, &plan, &rows), &summary, &selection, context),
        Format::Json => json(&rows),
        Format::Csv => shared::text(report::csv::batch(&rows, &plan.param_names()))?,
    };
    context.printer.data(&text)?;
    for failed in &summary.failed {
        context.printer.error(&failed.reason);
    }
    if summary.failed.is_empty() { Ok(()) } else { Err(Fault::Told) }
}

/// With `--chart`, the equity of each row as a line that fits into a cell.
fn sparks(args: &BatchArgs, plan: &Plan, rows: &[Row]) -> Vec<String> {
    if !args.pictures.chart {
        return Vec::new();
    }
    let wanted: Vec<(usize, usize)> = rows.iter().filter_map(|row| pages::place(plan, row)).collect();
    let sparks = engine::replays(plan, &wanted, |replay| braille::spark(&replay.equity, SPARK));
    // An asset whose candles went away meanwhile has a result and no line.
    sparks.into_iter().map(Result::unwrap_or_default).collect()
}

fn table(rows: &[Row], sparks: &[String], summary: &Summary, selection: &Selection, context: &Context) -> String {
    let total = summary.hits + summary.misses;
    let ranking = match selection.condition() {
        _ if !rows.is_empty() => tables::ranking(rows, sparks, selection.sort(), context.printer),
        Some(condition) if total > 0 => {
            format!("None of {} fulfils --where '{}'.\n", text::counted(total, "result"), escape(condition))
        }
        _ => "No result to show.\n".to_owned(),
    };
    let shown = if rows.len() < total { format!(" ({} shown)", text::count(rows.len() as u64)) } else { String::new() };
    format!(
        "{ranking}{}, {}: {}{shown}, {} from cache, {} computed, {} failed, in {}\n",
        text::counted(summary.assets, "asset"),
        text::counted(summary.strategies, "strategy").replace("strategys", "strategies"),
        text::counted(total, "result"),
        text::count(summary.hits as u64),
        text::count(summary.misses as u64),
        text::count(summary.failed.len() as u64),
        text::duration(summary.elapsed_ms),
    )
}
