//! `backtest run`: one strategy on one asset.

use crate::args::{OutputFormat, RunArgs};
use crate::commands::Context;
use crate::commands::compare::{self, Comparison};
use crate::commands::execution::{self, CacheUse};
use crate::commands::results::reproduce::Reproduction;
use crate::commands::results::{self, breakdown, pages};
use crate::data::escape;
use crate::engine;
use crate::error::Error;
use crate::output::{chart, format, luck, result_tables};
use crate::report;
use crate::report::table::TradeList;
use crate::settings::request::{BacktestRequest, PER_STRATEGY};
use crate::settings::{assets, benchmark, cache, strategies};
use crate::sim::account::Trade;
use crate::sim::metrics::validation::MonteCarlo;
use crate::sim::{Breakdown, LastBar, Row};

/// Longest history of which a run shows the next order, for it is fed to the rules once more; `batch --last` shows it
/// of any.
const SOON: u64 = 200_000;

/// Runs it.
///
/// # Errors
/// A wrong request, or candles that cannot be used.
pub(crate) fn run(args: &RunArgs, context: &Context) -> Result<(), Error> {
    let crypto = assets::required(args.crypto.as_deref())?;
    let strategy = strategies::required(args.strategy.as_deref())?;
    one_only(&crypto, &strategy)?;
    let request = context.request(&args.backtest)?;
    context.note_local_strategies(std::slice::from_ref(&strategy));
    results::check_history(args)?;
    pages::check(args.pictures.report.as_deref())?;
    let wanted = breakdown::parse(&args.breakdown, request.interval)?;
    if !args.against.is_empty() {
        return against(args, (&crypto, &strategy), &request, context);
    }
    let strategies =
        execution::bind(std::slice::from_ref(&strategy), &strategies::given(&args.backtest, &context.config)?)?;
    let cached = cache::open(&args.backtest, &context.global, &context.config)?;
    let folder = &context.data_dir;
    let assets = assets::one("--crypto", &crypto, folder, request.interval)?;
    let has_exits = strategies.iter().any(|bound| bound.strategy.terms.has_exits());
    let mut plan = request.plan(assets, strategies, args.trades || has_exits)?;
    plan.last_bars = is_next_order_shown(&request).then_some(SOON);
    let plan = benchmark::measured(plan, request.benchmark.as_ref(), folder)?;
    let outputs = [
        ("--out", request.out.as_deref()),
        ("--trades-out", args.trades_out.as_deref()),
        ("--equity-out", args.equity_out.as_deref()),
        ("--report", args.pictures.report.as_deref()),
    ];
    results::check_outputs(&outputs, &results::inputs(&plan, std::slice::from_ref(&strategy), context))?;
    let (mut done, cache) = execution::execute(&plan, cached, context);
    if let Some(failed) = done.summary.failed.first() {
        return Err(Error::failed(&failed.reason));
    }
    // Of a strategy with exits the trades are wanted in any case, to be counted by what ended them.
    let ended = done.rows.first().and_then(|row| row.trades.clone()).filter(|_| has_exits).unwrap_or_default();
    if let Some(row) = done.rows.first_mut().filter(|_| !args.trades) {
        row.trades = None;
    }
    let Some(row) = done.rows.first() else { return Err(Error::failed("no result")) };
    let (mut chart, mut parts, mut resampled) = (String::new(), Vec::new(), None);
    let is_drawn = args.pictures.report.is_some() || args.pictures.chart;
    if results::is_history_wanted(args) || is_drawn || !wanted.is_empty() || args.monte_carlo.is_some() {
        let replay = pages::replay(&plan, 0, row)?;
        parts = breakdown::of(&replay, plan.settings.capital, &wanted);
        let resample = |repetitions| engine::monte_carlo(&plan, &replay, repetitions, args.seed).map_err(Error::failed);
        resampled = args.monte_carlo.map(resample).transpose()?;
        results::write_history(args, row, &replay, plan.settings.capital)?;
        if let Some(path) = &args.pictures.report {
            let remarks = luck::remarks(row, resampled.as_ref());
            let page = pages::run(&plan, &Reproduction::of(&plan, folder), row, &strategy, (&replay, &parts), remarks);
            pages::write("--report", path, &page)?;
        }
        if args.pictures.chart {
            chart = chart::run(row, &replay, context.printer);
        }
    }
    let last = done.last_bars.get(&row.key).copied();
    let json = |parts: &[Breakdown]| report::json::run(row, last.as_ref(), parts, resampled.as_ref());
    if let Some(path) = &request.out {
        results::write_rows(path, &done.rows, &plan.param_names(), || json(&parts))?;
    }
    let text = match request.format {
        OutputFormat::Table => {
            table(row, &ended, (&chart, &parts), resampled.as_ref(), &cache, context) + &next_order(last.as_ref())
        }
        OutputFormat::Json => json(&parts),
        OutputFormat::Csv if !parts.is_empty() => results::as_text(report::csv::breakdowns(&parts))?,
        OutputFormat::Csv if args.trades => results::as_text(report::csv::trades(&TradeList::of(row)))?,
        OutputFormat::Csv => results::as_text(report::csv::rows(&done.rows, &plan.param_names()))?,
    };
    context.printer.data(&text)
}

/// A list of rows has no place for it.
fn is_next_order_shown(request: &BacktestRequest) -> bool {
    request.format != OutputFormat::Csv || request.out.is_some()
}

/// The order that the last bar leaves for the next open.
fn next_order(last: Option<&LastBar>) -> String {
    let Some(last) = last else { return String::new() };
    let at_open = format::order(last)
        .map(|order| format!("next order: {order} at the next open, by the rules at {}\n", format::time(last.time)));
    let waits = last.waiting.as_ref().map(|waiting| format!("waiting order: {}\n", format::waiting(waiting)));
    at_open.into_iter().chain(waits).collect()
}

/// Refuses lists, which batch takes.
fn one_only(crypto: &str, strategy: &str) -> Result<(), Error> {
    let is_list = |text: &str| text.contains(',') && !std::path::Path::new(text).exists();
    let (what, given) = match (is_list(crypto), is_list(strategy)) {
        (true, _) => ("asset", escape(crypto)),
        (false, true) => ("strategy", escape(strategy)),
        (false, false) => return Ok(()),
    };
    Err(Error::usage(format!(
        "run takes one {what}, and '{given}' names several; for these: backtest batch --crypto {} --strategy {}",
        escape(crypto),
        escape(strategy),
    )))
}

/// The run and what it is to be compared with, side by side.
fn against(
    args: &RunArgs,
    (crypto, strategy): (&str, &str),
    request: &BacktestRequest,
    context: &Context,
) -> Result<(), Error> {
    if args.trades || results::is_history_wanted(args) || !args.breakdown.is_empty() || args.monte_carlo.is_some() {
        return Err(Error::usage(
            "--against shows metrics side by side; --trades, --trades-out, --equity-out, --breakdown and --monte-carlo are about one result: run it alone for them",
        ));
    }
    let given = strategies::given(&args.backtest, &context.config)?;
    let defaults = strategies::defaults(&args.backtest, &context.config)?;
    let own = strategies::parse(strategy, &given, &[])?;
    let others = args.against.iter().map(|text| strategies::parse(text, &defaults, &PER_STRATEGY));
    let all = std::iter::once(Ok(own)).chain(others).collect::<Result<Vec<_>, _>>()?;
    let outputs = [("--out", request.out.as_deref()), ("--report", args.pictures.report.as_deref())];
    let parts = compare::compute(&[crypto.to_owned()], &args.backtest, request, (&all, &outputs), context)?;
    let comparison = Comparison::of(parts);
    compare::show(&comparison, request, args.pictures.report.as_deref(), args.pictures.chart, context)
}

fn table(
    row: &Row,
    ended: &[Trade],
    (chart, parts): (&str, &[Breakdown]),
    resampled: Option<&MonteCarlo>,
    cache: &CacheUse,
    context: &Context,
) -> String {
    let mut out = heading(row);
    out.push_str(chart);
    out.push_str(&result_tables::card(row, context.printer));
    out.push_str(&luck::run_line(row));
    if row.outcome.ruined {
        out.push_str("The account was ruined: its equity fell to 0 or below, and it was closed.\n");
    }
    out.push_str(&result_tables::by_reason(ended, context.printer));
    out.push_str(&breakdown::tables(parts, context.printer));
    out.push_str(&resampled.map_or_else(String::new, |found| luck::monte_carlo(found, context.printer)));
    if let Some(trades) = &row.trades {
        out.push_str(&result_tables::trades(trades, context.printer));
    }
    out + &format!("{}, {}, key {}\n", cache.of_result(row.cache), format::duration(row.elapsed_ms), &row.key[..12])
}

/// What was tested on what: two lines above the card.
fn heading(row: &Row) -> String {
    let params: Vec<String> =
        row.params.iter().map(|(name, value)| format!("{name} {}", format::param(*value))).collect();
    let params = if params.is_empty() { String::new() } else { format!(" ({})", params.join(", ")) };
    let warmup = match row.warmup_bars {
        0 => String::new(),
        bars => format!(" after {} to warm up", format::count(bars)),
    };
    let against = row.benchmark.as_ref().map_or_else(String::new, |symbol| format!(", against {}", escape(symbol)));
    format!(
        "{} {}  {}{params}\n{} to {}, {}{warmup}; {}{against}\n",
        escape(&row.symbol),
        row.interval,
        escape(&row.strategy),
        format::time(row.outcome.start),
        format::time(row.outcome.end),
        format::counted(usize::try_from(row.outcome.bars).unwrap_or(usize::MAX), "bar"),
        format::settings(&row.settings),
    )
}

#[cfg(test)]
mod tests {
    use super::one_only;

    #[test]
    fn a_list_is_sent_to_batch() {
        for (crypto, strategy, what) in [("BTC,ETH", "rsi", "one asset"), ("BTC", "rsi,ma", "one strategy")] {
            let message = one_only(crypto, strategy).unwrap_err().message().unwrap();
            assert!(message.contains(what), "{message}");
            assert!(message.ends_with(&format!("backtest batch --crypto {crypto} --strategy {strategy}")), "{message}");
        }
        assert!(one_only("BTC", "./mine.toml").is_ok());
    }
}
