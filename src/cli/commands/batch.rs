//! `backtest batch`: every named strategy on every named asset, ranked.

use crate::args::{BatchArgs, OutputFormat};
use crate::commands::execution::{self, CacheUse};
use crate::commands::results::pages;
use crate::commands::results::reproduce::Reproduction;
use crate::commands::{Context, results};
use crate::data::escape;
use crate::engine::{self, Plan, Ranking};
use crate::error::Error;
use crate::output::printer::Printer;
use crate::output::table::TextTable;
use crate::output::{chart, format, result_tables};
use crate::report;
use crate::report::html::Tested;
use crate::report::json::Highlights;
use crate::settings::{assets, benchmark, cache, strategies};
use crate::sim::Side;
use crate::sim::{LastBar, RankSpread, Row, StrategyTotals, Summary};

/// Characters of an equity line in the table.
const SPARK: usize = 16;

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the others are printed, assets that failed.
pub(crate) fn run(args: &BatchArgs, context: &Context) -> Result<(), Error> {
    let config = &context.config;
    let request = context.request(&args.backtest)?;
    let selection = context.ranking(&args.ranking)?;
    let names = execution::names(&args.strategy, config)?;
    context.note_local_strategies(&names);
    pages::check(args.pictures.report.as_deref())?;
    results::check_trades_out(args.trades_out.as_deref())?;
    let given = strategies::given(&args.backtest, config)?;
    let strategies = execution::bind(&names, &given)?;
    let cached = cache::open(&args.backtest, &context.global, config)?;
    let folder = &context.data_dir;
    let assets = assets::selected(&args.assets, &request, context.printer)?;
    let mut plan = benchmark::measured(request.plan(assets, strategies, false)?, request.benchmark.as_ref(), folder)?;
    plan.last_bars = args.last.then_some(u64::MAX);
    let outputs = [
        ("--out", request.out.as_deref()),
        ("--trades-out", args.trades_out.as_deref()),
        ("--report", args.pictures.report.as_deref()),
    ];
    let inputs = results::inputs(&plan, &names, context).into_iter().chain(assets::lists(&args.assets));
    results::check_outputs(&outputs, &inputs.collect::<Vec<_>>())?;
    let (done, cache) = execution::execute(&plan, cached, context);
    let summary = done.summary;
    // Rows are large: what is to be said of all of them is found out before those that are shown are taken.
    let RankSpread { median, worst, never_traded, few_trades } = RankSpread::of(&done.rows, selection.by);
    let (median, worst) = (median.cloned(), worst.cloned());
    let all = RankSpread { median: median.as_ref(), worst: worst.as_ref(), never_traded, few_trades };
    let by_strategy = StrategyTotals::of(&done.rows);
    let tested = args.pictures.report.as_ref().map(|_| Tested::of(&done.rows));
    let (rows, passing) = selection.apply(done.rows);
    let places = || rows.iter().map(|row| pages::place(&plan, row)).collect::<Vec<_>>();
    let matches = selection.filter.as_ref().map(|_| passing);
    let last_bar = |row: &Row| done.last_bars.get(&row.key).copied();
    let last: Vec<Option<LastBar>> = if args.last { rows.iter().map(last_bar).collect() } else { Vec::new() };
    let json = |rows: &[Row]| {
        let (sort, best) = (selection.sort(), rows.first());
        let (by_strategy, last) = (&by_strategy[..], &last[..]);
        let highlights = Highlights { sort, best, all: Some(all), matches, by_strategy, last, ..Highlights::default() };
        report::json::batch(rows, &summary, &highlights)
    };
    if let Some(path) = &request.out {
        results::write_rows(path, &rows, &plan.param_names(), || json(&rows))?;
    }
    if let Some(path) = &args.trades_out {
        results::write_trades(path, &plan, &rows, &places())?;
    }
    if let (Some(path), Some(tested)) = (&args.pictures.report, tested) {
        let synthetic = done.known.iter().any(|(_, known)| known.synthetic);
        let origin = Reproduction::of(&plan, folder);
        let mut notes = pages::notes(synthetic);
        let all = summary.hits + summary.misses;
        if rows.len() < all {
            let (shown, all) = (format::count(rows.len() as u64), format::counted(all, "result"));
            notes.push(format!("Shown are {shown} of {all}: those that --top and --where let through."));
        }
        let page = pages::batch(&plan, &origin, (&rows, &places()), tested, &summary.failed, &selection, &names, notes);
        pages::write("--report", path, &page)?;
    }
    let text = match request.format {
        OutputFormat::Table if args.last => last_table(&rows, &last, context),
        OutputFormat::Table => {
            let sparks = sparks(args, &plan, &rows);
            let (rows, all, sparks, by_strategy) = (&rows[..], &all, &sparks[..], &by_strategy[..]);
            let printer = context.printer.on_threads(plan.threads);
            let view = BatchTable { rows, matches, all, sparks, by_strategy, printer };
            table(&view, args.by_strategy, (&summary, &cache), &selection)
        }
        OutputFormat::Csv if args.by_strategy => {
            results::as_text(report::csv::strategy_totals(&by_strategy, &plan.param_names()))?
        }
        OutputFormat::Json => json(&rows),
        OutputFormat::Csv => results::as_text(report::csv::rows(&rows, &plan.param_names()))?,
    };
    context.printer.data(&text)?;
    for failed in &summary.failed {
        context.printer.error(&failed.reason);
    }
    if summary.failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

/// With `--last`, what stands after the last bar of each row.
fn last_table(rows: &[Row], last: &[Option<LastBar>], context: &Context) -> String {
    let header = ["Asset", "Strategy", "Last bar", "Position", "At the next open"];
    let mut table = TextTable::new(context.printer, &header, &[]);
    for (row, last) in rows.iter().zip(last) {
        let position = |last: &LastBar| last.position.map_or("-", Side::name).to_owned();
        let cells = match last {
            Some(last) => {
                let waits = last.waiting.as_ref().map(format::waiting);
                let orders: Vec<String> = format::order(last).into_iter().chain(waits).collect();
                let orders = if orders.is_empty() { "-".to_owned() } else { orders.join("; ") };
                [format::time(last.time), position(last), orders]
            }
            None => ["-", "-", "-"].map(str::to_owned),
        };
        table.line([row.symbol.clone(), result_tables::strategy_with_params(row)].into_iter().chain(cells));
    }
    table.narrowed(&[2])
}

/// With `--chart`, the equity of each row as a line that fits into a cell.
fn sparks(args: &BatchArgs, plan: &Plan, rows: &[Row]) -> Vec<String> {
    if !args.pictures.chart {
        return Vec::new();
    }
    let wanted: Vec<(usize, usize)> = rows.iter().filter_map(|row| pages::place(plan, row)).collect();
    let sparks = engine::replays(plan, &wanted, |replay| chart::spark(&replay.equity, SPARK));
    // An asset whose candles went away meanwhile has a result and no line.
    sparks.into_iter().map(Result::unwrap_or_default).collect()
}

/// What the table of a batch shows.
struct BatchTable<'a> {
    /// The results that are shown.
    rows: &'a [Row],
    /// How many results fulfil the filter, where there is one.
    matches: Option<usize>,
    all: &'a RankSpread<'a>,
    /// Equity lines of the results that are shown, or none.
    sparks: &'a [String],
    by_strategy: &'a [StrategyTotals],
    printer: Printer,
}

fn table(
    view: &BatchTable<'_>,
    totals_alone: bool,
    (summary, cache): (&Summary, &CacheUse),
    selection: &Ranking,
) -> String {
    let totals = result_tables::strategy_totals(view.by_strategy, view.printer);
    let mut out = String::new();
    if !totals_alone {
        out.push_str(&ranking(view, summary, selection));
    }
    // Of one asset, they would say its results again.
    if totals_alone || summary.assets - summary.failed.len() > 1 {
        out.push_str(&totals);
    }
    let total = summary.hits + summary.misses;
    let is_cut = !totals_alone && view.rows.len() < total;
    let shown = if is_cut { format!(" ({} shown)", format::count(view.rows.len() as u64)) } else { String::new() };
    out + &format!(
        "{}, {}: {}{shown}, {}, {} computed, {} failed, in {}\n",
        format::counted(summary.assets, "asset"),
        format::counted(summary.strategies, "strategy").replace("strategys", "strategies"),
        format::counted(total, "result"),
        cache.of_hits(summary.hits),
        format::count(summary.misses as u64),
        format::count(summary.failed.len() as u64),
        format::duration(summary.elapsed_ms),
    )
}

/// The ranked results, and what is to be said of them.
fn ranking(view: &BatchTable<'_>, summary: &Summary, selection: &Ranking) -> String {
    let BatchTable { rows, matches, all, sparks, printer, .. } = *view;
    let total = summary.hits + summary.misses;
    let nothing = match selection.condition() {
        _ if !rows.is_empty() => String::new(),
        Some(condition) if total > 0 => {
            format!("None of {} fulfils --where '{}'.\n", format::counted(total, "result"), escape(condition))
        }
        _ => "No result to show.\n".to_owned(),
    };
    let ranking = nothing + &result_tables::ranking(rows, all, sparks, selection.sort(), printer);
    let matches = matches.filter(|_| !rows.is_empty()).map_or_else(String::new, |matches| {
        let of = format::counted(total, "result");
        result_tables::matches_remark(matches, &of, selection.condition().unwrap_or_default())
    });
    ranking + &matches + &result_tables::trades_remark(all, selection.by.min_trades, "result")
}
