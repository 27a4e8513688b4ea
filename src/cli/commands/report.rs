//! `backtest report`: a page of a result that was saved.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::args::{RankingArgs, ReportArgs};
use crate::cache::{StoredResult, StoredValue};
use crate::commands::results::reproduce::{self, Reproduction, TestedBars};
use crate::commands::results::{self, pages, saved};
use crate::commands::{Context, cache};
use crate::data::{BadRows, Catalog, escape};
use crate::engine::{PORTFOLIO, Ranking};
use crate::error::Error;
use crate::output::{format, luck};
use crate::report::html::{self, BatchPage, Provenance, RowCurve, RunPage, SweepPage, Tested, TestedOn, TestedRange};
use crate::report::json::read::SavedResults;
use crate::report::parquet;
use crate::report::parquet::read::Rows;
use crate::settings::{ranking, request};
use crate::sim::metrics::{Detail, Outcome, RankBy};
use crate::sim::{CacheState, Interval, Millis, Row, Settings, SweepGrid};

/// The best of a sweep that are listed.
const TOP: usize = 20;
/// Rows that are listed at most, where they are no sweep of one strategy: a page of 100,000 takes ten seconds to open.
const LISTED: usize = 10_000;

/// Runs it.
///
/// # Errors
/// A file that is no result, or a page that cannot be written.
pub(crate) fn run(args: &ReportArgs, context: &Context) -> Result<(), Error> {
    let ranking = RankingArgs { sort: args.sort.clone(), top: None, min_trades: None, filter: None };
    let selection = ranking::requested(&ranking, &context.config)?;
    if let Some(key) = args.result.to_str().filter(|text| cache::is_key(text) && !args.result.exists()) {
        return of_key(key, args.out.as_deref(), &selection, context);
    }
    let out = args.out.clone().unwrap_or_else(|| args.result.with_extension("html"));
    let name = escape(&args.result.display().to_string());
    results::check_outputs(&[("--out", Some(&out))], std::slice::from_ref(&args.result))?;
    let page = match args.result.extension().and_then(|ext| ext.to_str()) {
        Some("json") => {
            let document = saved::read(&args.result)?;
            check(&out)?;
            check_candles(&out, document.rows.iter().map(|row| row.interval), context)?;
            of_document(document, args, &selection, context)?
        }
        Some("parquet") => {
            let rows =
                parquet::read::rows(&args.result).map_err(|what| Error::usage(format!("{name}: {}", escape(&what))))?;
            check(&out)?;
            check_candles(&out, [rows.interval], context)?;
            of_rows(&rows, &selection, context)
        }
        _ => {
            return Err(Error::usage(format!(
                "{name}: a report is made of what run, batch and compare write as .json, or batch and sweep as .parquet, or of the key of a cached result"
            )));
        }
    };
    pages::write("--out", &out, &page)?;
    context.printer.note(&format!("wrote {}", out.display()));
    Ok(())
}

/// A page of a result in the cache, which holds metrics and nothing of what they were computed from.
fn of_key(key: &str, out: Option<&Path>, selection: &Ranking, context: &Context) -> Result<(), Error> {
    let (entry, value) = cache::find(key, context)?;
    let StoredValue::Result(stored) = value else {
        return Err(Error::usage(format!(
            "{} is not a result but {}; `backtest cache show` prints it",
            entry.label(),
            match entry.kind.as_str() {
                "trades" => "a list of trades",
                "score" => "the score of an asset",
                _ => "a block of a sweep",
            }
        )));
    };
    let name = format!("{}.html", &entry.key[..12]);
    let out = out.unwrap_or(Path::new(&name));
    check(out)?;
    let StoredResult { bars, start, end, ruined, metrics, .. } = stored;
    let metrics = metrics.try_into().map_err(|_| Error::failed("the stored result has another number of metrics"))?;
    let row = Row {
        symbol: entry.symbol.clone(),
        interval: likely_interval(bars, start, end),
        strategy: entry.strategy.clone(),
        params: Vec::new(),
        settings: Settings::default(),
        benchmark: None,
        warmup_bars: 0,
        outcome: Outcome { bars, start, end, ruined, detail: Detail::AllReturns, metrics },
        trades: None,
        cache: CacheState::Hit,
        key: entry.key.clone(),
        elapsed_ms: 0.0,
    };
    let note = format!(
        "Stored under key {} for {} bars from {} to {}. The cache holds metrics alone: parameters, account settings and candles are not stored, and the length of a bar is derived from the number of bars.",
        entry.key,
        format::count(bars),
        format::time(start),
        format::time(end),
    );
    let rows = [row];
    let page = html::batch(&BatchPage {
        rows: &rows,
        tested: Tested::of(&rows),
        commands: vec![String::new()],
        sort: selection.sort(),
        curves: Vec::new(),
        failed: &[],
        settled: false,
        notes: vec![note],
    });
    pages::write("--out", out, &page)?;
    context.printer.note(&format!("wrote {}", out.display()));
    Ok(())
}

/// The length of a bar that these numbers suggest: bars may be missing in between.
fn likely_interval(bars: u64, start: Millis, end: Millis) -> Interval {
    let step = (end - start) / i64::try_from(bars).unwrap_or(i64::MAX).saturating_sub(1).max(1);
    let usual = ["1mo", "1w", "1d", "12h", "8h", "6h", "4h", "2h", "1h", "30m", "15m", "5m", "3m", "1m"];
    let usual = usual.map(|text| text.parse::<Interval>().expect("an interval"));
    // Bars of a month are of 28 to 31 days.
    let fits = |interval: &Interval| if interval.is_months() { 28 * 86_400_000 } else { interval.millis() } <= step;
    usual.into_iter().find(fits).unwrap_or(usual[usual.len() - 1])
}

fn check(out: &Path) -> Result<(), Error> {
    request::check_file("--out", out, &["html"])
}

/// Refuses a page in place of candles that are read for it.
fn check_candles(out: &Path, intervals: impl IntoIterator<Item = Interval>, context: &Context) -> Result<(), Error> {
    let mut intervals: Vec<Interval> = intervals.into_iter().collect();
    intervals.sort_unstable();
    intervals.dedup();
    let catalogs = intervals.into_iter().filter_map(|one| Catalog::with_shorter(&context.data_dir, one).ok());
    let candles =
        catalogs.flat_map(|catalog| catalog.entries().iter().map(|file| file.path.clone()).collect::<Vec<_>>());
    results::check_outputs(&[("--out", Some(out))], &candles.collect::<Vec<_>>())
}

fn of_document(
    document: SavedResults,
    args: &ReportArgs,
    selection: &Ranking,
    context: &Context,
) -> Result<String, Error> {
    let folder = &context.data_dir;
    if document.single
        && let [row] = document.rows.as_slice()
    {
        return Ok(of_run(row, folder, context));
    }
    let sort = args.sort.clone().or(document.sort).unwrap_or_else(|| selection.sort().to_owned());
    let ranking = RankingArgs { sort: Some(sort), top: None, min_trades: None, filter: None };
    let selection = ranking::requested(&ranking, &context.config)?;
    let (rows, _) = selection.apply(document.rows);
    let mut notes = Vec::new();
    let mut curves = Vec::new();
    for at in html::with_lines(&rows, selection.by, rows.len()) {
        let row = &rows[at];
        match saved::again(row, context) {
            Ok((_, replay)) => curves.push(RowCurve { row: at, time: replay.candles.time, equity: replay.equity }),
            Err(why) => {
                let note = format!("{} {} has no equity line: {why}.", row.symbol, row.strategy);
                context.printer.note(&note);
                notes.push(note);
            }
        }
    }
    let commands = rows.iter().map(|row| command(row, folder)).collect();
    let failed = &document.failed;
    let tested = Tested::of(&rows);
    Ok(html::batch(&BatchPage {
        rows: &rows,
        tested,
        commands,
        sort: selection.sort(),
        curves,
        failed,
        settled: true,
        notes,
    }))
}

fn command(row: &Row, folder: &Path) -> String {
    origin(row, folder).command(row, &row.strategy)
}

/// Of a saved row, which does not say whether rows of its candles were dropped.
fn origin<'a>(row: &Row, folder: &'a Path) -> Reproduction<'a> {
    Reproduction {
        data_dir: folder,
        interval: row.interval,
        settings: row.settings,
        benchmark: row.benchmark.clone(),
        bad_rows: BadRows::Refuse,
        all_of_others: false,
    }
}

fn of_run(row: &Row, folder: &Path, context: &Context) -> String {
    match saved::again(row, context) {
        Ok((plan, replay)) => pages::run(
            &plan,
            &Reproduction::of(&plan, folder),
            row,
            &row.strategy,
            (&replay, &[]),
            luck::remarks(row, None),
        ),
        Err(why) => {
            let note = format!("The figures are those of the file, and there is no chart: {why}.");
            context.printer.note(&note);
            let proof = Provenance { key: row.key.clone(), command: command(row, folder), ..Provenance::default() };
            html::run(&RunPage { row, about: "", history: None, breakdowns: &[], proof, notes: vec![note] })
        }
    }
}

/// Rows are a sweep when an asset has several of one strategy. Those of an older file know neither settings nor ranges.
fn of_rows(rows: &Rows, selection: &Ranking, context: &Context) -> String {
    let mut seen = HashSet::new();
    let repeated = (0..rows.symbols.len()).any(|at| !seen.insert((&rows.symbols[at], &rows.strategies[at])));
    let one = rows.strategies.iter().all(|name| *name == rows.strategies[0]);
    let whole = rows.values.iter().flatten().all(Option::is_some);
    let mut notes = if rows.is_settled() {
        Vec::new()
    } else {
        vec!["The file does not hold the range, fees, fills and capital of its rows: where they were not the defaults, add them to a command.".to_owned()]
    };
    if !(repeated && one && whole && are_of_one_sweep(rows)) {
        let all: Vec<Row> = (0..rows.symbols.len()).map(|at| row(rows, at)).collect();
        let tested = Tested::of(&all);
        let (mut ranked, _) = selection.apply(all);
        if ranked.len() > LISTED {
            ranked.truncate(LISTED);
            let (shown, all) = (format::count(LISTED as u64), format::count(tested.results as u64));
            notes.push(format!(
                "Shown are the best {shown} of {all} rows; what the strategies have in common is of all."
            ));
        }
        let folder = &context.data_dir;
        let command = |row: &Row| {
            let start = start(row, rows, folder);
            if start.is_empty() { start } else { start + &params(row) }
        };
        let commands = ranked.iter().map(command).collect();
        let curves = Vec::new();
        return html::batch(&BatchPage {
            rows: &ranked,
            tested,
            commands,
            sort: selection.sort(),
            curves,
            failed: &[],
            settled: rows.is_settled(),
            notes,
        });
    }
    sweep(rows, selection, notes, context)
}

/// Whether all rows of an asset were tested on the same bars and with the same settings: stacked files may hold others.
fn are_of_one_sweep(rows: &Rows) -> bool {
    let mut seen = HashMap::new();
    (0..rows.symbols.len()).all(|at| {
        let (settings, outcome) = rows.outcome(at);
        let tested = (settings, rows.beside(at), outcome.start, outcome.end, outcome.bars);
        *seen.entry(&rows.symbols[at]).or_insert_with(|| tested.clone()) == tested
    })
}

fn sweep(rows: &Rows, selection: &Ranking, notes: Vec<String>, context: &Context) -> String {
    let folder = &context.data_dir;
    let mut assets: Vec<String> = Vec::new();
    for symbol in &rows.symbols {
        if assets.last() != Some(symbol) && !assets.contains(symbol) {
            assets.push(symbol.clone());
        }
    }
    let axes: Vec<Vec<f64>> = rows.values.iter().map(|values| values.iter().flatten().copied().collect()).collect();
    let count = rows.symbols.len() / assets.len();
    // A file does not say whether it is a whole grid; thinned by rows, either is drawn.
    let mut cube = SweepGrid::new(rows.params.clone(), axes, assets.len(), Some(count as u64), selection.by);
    for at in 0..rows.symbols.len() {
        let asset = assets.iter().position(|symbol| *symbol == rows.symbols[at]).unwrap_or(0);
        let values: Vec<f64> = rows.values.iter().filter_map(|values| values[at]).collect();
        cube.add(asset, &values, &rows.metrics(at));
    }
    cube.finish();
    if let Some((asset, near)) = cube.missing_neighbours() {
        for at in (0..rows.symbols.len()).filter(|at| rows.symbols[*at] == assets[asset]) {
            let values: Vec<f64> = rows.values.iter().filter_map(|values| values[at]).collect();
            if near.contains(&values) {
                cube.hold(asset, &values, &rows.metrics(at));
            }
        }
    }
    let mut order: Vec<usize> = (0..rows.symbols.len()).collect();
    // As a sweep does: the median is that of the metric alone, however few trades there are.
    let by_metric = RankBy::metric(selection.by.metric);
    order.sort_by_cached_key(|&at| by_metric.rank(&rows.metrics(at)));
    let median = order.get(order.len() / 2).map(|&at| row(rows, at));
    order.sort_unstable();
    order.sort_by_cached_key(|&at| selection.rank(&rows.metrics(at)));
    let top: Vec<Row> = order.into_iter().take(TOP).map(|at| row(rows, at)).collect();
    let first_of = |symbol: &String| rows.symbols.iter().position(|other| other == symbol).unwrap_or(0);
    let first: Vec<Row> = assets.iter().map(|symbol| row(rows, first_of(symbol))).collect();
    let ranges = first.iter().map(|row| (row.outcome.start, row.outcome.end, row.outcome.bars));
    let span = if rows.is_settled() { TestedRange::of(ranges) } else { None };
    html::sweep(&SweepPage {
        title: format!("{} {} · {}", named(&assets), rows.interval, rows.strategies[0]),
        commands: first.iter().map(|row| start(row, rows, folder)).collect(),
        on: if assets == [PORTFOLIO] { TestedOn::Portfolio(None) } else { TestedOn::EachAsset },
        assets,
        cube: &cube,
        sort: selection.sort(),
        top: &top,
        median: median.as_ref(),
        best: top.first().filter(|_| rows.is_settled()).and_then(|row| saved::curve(row, context)),
        computed: rows.symbols.len(),
        skipped: String::new(),
        span,
        failed: &[],
        settled: rows.is_settled(),
        notes,
    })
}

/// `BTCUSDT`, or how many there are.
pub(crate) fn named(assets: &[String]) -> String {
    if let [one] = assets { one.clone() } else { format!("{} assets", assets.len()) }
}

/// A command up to the parameters, without what the file does not know; empty for a portfolio, whose assets it does not.
fn start(row: &Row, rows: &Rows, folder: &Path) -> String {
    if row.symbol == PORTFOLIO {
        return String::new();
    }
    let Outcome { start: first, end: last, .. } = row.outcome;
    let warmup = rows.beside(0).1.map(|_| row.warmup_bars);
    let bars = rows.is_settled().then_some(TestedBars { first, last, warmup });
    origin(row, folder).start(&row.symbol, &row.strategy, bars)
}

fn params(row: &Row) -> String {
    reproduce::params(&row.params)
}

fn row(rows: &Rows, at: usize) -> Row {
    let params = rows.params.iter().zip(&rows.values);
    let (settings, outcome) = rows.outcome(at);
    let (benchmark, warmup) = rows.beside(at);
    Row {
        symbol: rows.symbols[at].clone(),
        interval: rows.interval,
        strategy: rows.strategies[at].clone(),
        params: params.filter_map(|(name, values)| Some((name.clone(), values[at]?))).collect(),
        settings: settings.unwrap_or_default(),
        benchmark,
        warmup_bars: warmup.unwrap_or(0),
        outcome,
        trades: None,
        cache: CacheState::Off,
        key: String::new(),
        elapsed_ms: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::likely_interval;

    #[test]
    fn the_length_of_a_bar_is_derived_from_their_number_even_with_gaps() {
        const DAY: i64 = 86_400_000;
        for (bars, span, interval) in [
            (1_001, 1_000 * DAY, "1d"),
            (980, 1_000 * DAY, "1d"),
            (24_001, 1_000 * DAY, "1h"),
            (61, 1_826 * DAY, "1mo"),
            (105, 728 * DAY, "1w"),
            (1, 0, "1m"),
        ] {
            assert_eq!(likely_interval(bars, 0, span).to_string(), interval, "{bars} bars");
        }
    }
}
