//! `backtest walk`: parameters chosen on one stretch of the history and tested on the next.

use serde_json::{Value, json};

use crate::cache::Results;
use crate::cli::args::options::MIN_TRADES;
use crate::cli::args::{OutputFormat, WalkArgs};
use crate::cli::commands::execution;
use crate::cli::commands::results::pages;
use crate::cli::commands::{Context, results};
use crate::cli::error::Error;
use crate::cli::output::progress::{Interrupts, ProgressBar};
use crate::cli::output::walk_tables::{self, WalkView};
use crate::cli::output::{chart, format};
use crate::cli::settings::request::BacktestRequest;
use crate::cli::settings::{assets, benchmark, cache, environment, strategies, windows};
use crate::data::{Index, Known};
use crate::engine::{
    self, BoundStrategy, GridPoints, Plan, Progress, Ranking, WalkFailure, WalkOptions, Walked, WalkedWindow,
};
use crate::report;
use crate::report::html::{self, WalkPage};
use crate::report::table::{Records, window_columns};
use crate::sim::fold::StitchedAccount;
use crate::sim::metrics;
use crate::sim::strategy::{Grid, ParamArg};
use crate::sim::{CacheState, EquityCurve, Row, WindowRow};

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the others are printed, assets that failed, a file that could not be written, a signal.
pub(crate) fn run(args: &WalkArgs, context: &Context) -> Result<(), Error> {
    let request = context.request(&args.backtest)?;
    let options = windows::options(&args.windows)?;
    let mut selection = context.ranking(&args.ranking)?;
    // Of a window, few trades are usual: they are remarked on, and rank as all others unless that is asked for.
    if context.config.given(&MIN_TRADES, args.ranking.min_trades.as_deref())?.is_none() {
        selection.by.min_trades = 0;
    }
    check_ranking(&selection)?;
    let name = strategies::required(args.strategy.as_deref())?;
    context.note_local_strategies(std::slice::from_ref(&name));
    let (bound, points) = points(&name, args, context)?;
    let cached = cache::open(&args.backtest, &context.global, &context.config)?;
    let folder = &context.data_dir;
    let found = assets::selected(&args.assets, &request, context.printer)?;
    let plan = benchmark::measured(request.plan(found, vec![bound], false)?, request.benchmark.as_ref(), folder)?;
    execution::note_unused_detail(&plan, context);
    if args.ranking.top.is_some() {
        context.printer.note("--top changes nothing here: all windows are shown");
    }
    pages::check(args.pictures.report.as_deref())?;
    if plan.assets.len() > 1 && (args.pictures.report.is_some() || args.pictures.chart) {
        let option = if args.pictures.chart { "--chart" } else { "--report" };
        return Err(Error::usage(format!("{option}: draws one asset; name it with --crypto")));
    }
    let outputs = [("--out", request.out.as_deref()), ("--report", args.pictures.report.as_deref())];
    let inputs = results::inputs(&plan, std::slice::from_ref(&name), context);
    results::check_outputs(&outputs, &inputs.into_iter().chain(assets::lists(&args.assets)).collect::<Vec<_>>())?;
    WalkCommand { plan: &plan, points: &points, options: &options, selection: &selection, args, context }
        .run(cached, &request)
}

/// A metric that segments cannot be merged to cannot choose.
fn check_ranking(selection: &Ranking) -> Result<(), Error> {
    let Err(metric) = engine::segment_detail(selection) else { return Ok(()) };
    let option = if metric == selection.sort() { "--sort" } else { "--where" };
    Err(Error::usage(format!(
        "{option}: {metric} of a window does not follow from its parts; choose another metric, such as sharpe, calmar, max_drawdown or profit_factor"
    )))
}

/// The strategy with its grid.
fn points(name: &str, args: &WalkArgs, context: &Context) -> Result<(BoundStrategy, GridPoints), Error> {
    if name.contains(',') && !std::path::Path::new(name).exists() {
        return Err(Error::usage(format!(
            "--strategy {name}: walk takes one strategy; compare several with one walk each"
        )));
    }
    let given = strategies::given(&args.backtest, &context.config)?;
    let (strategy, own) = execution::with_params(&[name.to_owned()], &given)?.remove(0);
    let own: Vec<ParamArg> = own.into_iter().filter(|arg| strategy.param_index(&arg.name).is_ok()).collect();
    let grid = Grid::new(&strategy, &own).map_err(|error| Error::usage(format!("--param: {error}")))?;
    Ok((BoundStrategy { values: strategy.defaults(), strategy }, GridPoints::All(grid)))
}

struct WalkCommand<'a> {
    plan: &'a Plan,
    points: &'a GridPoints,
    options: &'a WalkOptions,
    selection: &'a Ranking,
    args: &'a WalkArgs,
    context: &'a Context,
}

/// What is kept of each asset's walk: of hundreds, nothing that grows with the bars.
struct Kept {
    symbol: String,
    rows: Vec<WindowRow>,
    document: Value,
    line: walk_tables::WalkLine,
}

/// Progress over several assets, whose total is known from the start.
struct OfAll<'a>(&'a ProgressBar);

impl Progress for OfAll<'_> {
    fn advance(&self, count: u64) {
        self.0.advance(count);
    }

    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}

impl WalkCommand<'_> {
    fn run(&self, cached: Results, request: &BacktestRequest) -> Result<(), Error> {
        let Self { plan, points, context, .. } = *self;
        let signals = Interrupts::listen();
        let mut index = Index::open(environment::cache_dir().as_deref());
        let bar = ProgressBar::stoppable(context.printer, "combinations", signals.clone());
        bar.begin(points.count().saturating_mul(plan.assets.len() as u64));
        let (mut kept, mut failed, mut known) = (Vec::new(), Vec::new(), Vec::new());
        let mut shown = None;
        for asset in 0..plan.assets.len() {
            let given = (self.options, self.selection);
            match engine::walk(plan, asset, points, given, &cached, &mut index, &OfAll(&bar)) {
                Ok(walked) => {
                    known.push((plan.assets[asset].symbol.clone(), walked.known.clone()));
                    kept.push(self.keep(asset, &walked));
                    shown = Some((asset, walked)).filter(|_| plan.assets.len() == 1);
                }
                Err(WalkFailure::Asset(reason)) => failed.push(reason),
                Err(WalkFailure::Stopped) => {
                    bar.end();
                    context.printer.note("stopped");
                    return Err(Error::Interrupted(signals.came().unwrap_or(2)));
                }
            }
        }
        bar.end();
        index.save();
        let report = cached.finish();
        execution::tell_resampled(&plan.assets, context);
        execution::tell(&known, context);
        benchmark::tell(plan, &known, context.printer);
        execution::warn_of_cache(report.warning.as_ref(), context);
        let rows: Vec<WindowRow> = kept.iter().flat_map(|one| one.rows.clone()).collect();
        if let Some(path) = &request.out {
            self.write(path, &rows, &kept, &failed)?;
        }
        let mut text = String::new();
        if let Some((asset, walked)) = &shown {
            text = self.pictures(*asset, walked, &known)?;
        }
        text += &match request.format {
            OutputFormat::Json => self.document(&kept, &failed),
            OutputFormat::Csv => results::as_text(report::csv::records(&Records::new(
                &window_columns(&plan.param_names()),
                &rows[..],
                rows.len(),
            )))?,
            OutputFormat::Table => match &shown {
                Some((asset, walked)) => walk_tables::one(&self.view(*asset, walked), context.printer),
                None if kept.is_empty() => String::new(),
                None => walk_tables::many(kept.iter().map(|one| (one.symbol.as_str(), &one.line)), context.printer),
            },
        };
        context.printer.data(&text)?;
        for reason in &failed {
            context.printer.error(reason);
        }
        if failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
    }

    fn view<'b>(&'b self, asset: usize, walked: &'b Walked) -> WalkView<'b> {
        WalkView {
            stitched: self.row(asset, walked, &walked.stitched),
            holdout: walked.holdout.as_ref().map(|(_, account)| self.row(asset, walked, account)),
            windows: self.rows(asset, walked),
            walked,
            options: self.options,
            selection: self.selection,
            plan: self.plan,
        }
    }

    fn keep(&self, asset: usize, walked: &Walked) -> Kept {
        let view = self.view(asset, walked);
        Kept {
            symbol: self.plan.assets[asset].symbol.clone(),
            document: self.asset_document(&view),
            line: walk_tables::WalkLine::of(&view),
            rows: view.windows,
        }
    }

    /// A stitched account as a result, with no parameters of its own.
    fn row(&self, asset: usize, walked: &Walked, account: &StitchedAccount) -> Row {
        let plan = self.plan;
        Row {
            symbol: plan.assets[asset].symbol.clone(),
            interval: plan.interval,
            strategy: plan.strategies[0].strategy.name.clone(),
            params: Vec::new(),
            settings: plan.settings,
            benchmark: plan.benchmark_symbol(),
            warmup_bars: walked.known.warmup_bars,
            outcome: account.outcome.clone(),
            trades: None,
            cache: CacheState::Off,
            key: String::new(),
            elapsed_ms: 0.0,
        }
    }

    fn rows(&self, asset: usize, walked: &Walked) -> Vec<WindowRow> {
        let windows = walked.windows.iter().enumerate().map(|(at, window)| (Some(at as u64 + 1), window));
        let holdout = walked.holdout.iter().map(|(window, _)| (None, window));
        windows.chain(holdout).map(|(number, window)| self.window_row(asset, number, window, walked)).collect()
    }

    fn window_row(&self, asset: usize, number: Option<u64>, window: &WalkedWindow, walked: &Walked) -> WindowRow {
        let plan = self.plan;
        let strategy = &plan.strategies[0].strategy;
        let both = |metric: usize| {
            let choice = window.choice.as_ref();
            let inside = choice.and_then(|choice| choice.in_sample[metric]);
            (inside, choice.and_then(|choice| choice.out_of_sample[metric]))
        };
        let named = |values: &Vec<f64>| {
            strategy.params.iter().map(|param| param.name.clone()).zip(values.iter().copied()).collect()
        };
        WindowRow {
            symbol: plan.assets[asset].symbol.clone(),
            interval: plan.interval,
            strategy: strategy.name.clone(),
            number,
            train: window.train_time,
            train_bars: window.window.train.len() as u64,
            test: window.test_time,
            test_bars: window.window.test.len() as u64,
            is_partial: window.window.is_partial,
            params: window.choice.as_ref().map_or_else(Vec::new, |choice| named(&choice.values)),
            metric: both(self.selection.by.metric),
            total_return: both(0),
            trades: both(metrics::find("trades").unwrap_or_default()),
            trades_spanning: window.choice.as_ref().map(|choice| choice.trades_spanning),
            rank: window.choice.as_ref().map(|choice| choice.rank as u64),
            points: walked.kept as u64,
            passing: window.passing,
        }
    }

    fn asset_document(&self, view: &WalkView<'_>) -> Value {
        let Self { plan, options, selection, .. } = *self;
        let WalkView { walked, .. } = view;
        let columns = window_columns(&plan.param_names());
        let all = Records::new(&columns, &view.windows[..], view.windows.len()).json();
        let mut windows = all.as_array().cloned().unwrap_or_default();
        let held_out = walked.holdout.as_ref().and_then(|_| windows.pop());
        let number = |value: Option<f64>| value.map_or(Value::Null, report::number);
        let account = |account: &StitchedAccount| {
            json!({
                "total_return": number(account.outcome.metrics[0]),
                "sharpe": number(account.outcome.metrics[metrics::find("sharpe").unwrap_or_default()]),
                "max_drawdown": number(account.outcome.metrics[metrics::find("max_drawdown").unwrap_or_default()]),
            })
        };
        let mut rules: serde_json::Map<String, Value> = walked
            .others
            .iter()
            .map(|(rule, other)| (walk_tables::rule_name(*rule).to_owned(), account(other)))
            .collect();
        rules.insert(walk_tables::rule_name(options.border).to_owned(), account(&walked.stitched));
        let known = &walked.known;
        let holdout = view.holdout.as_ref().map(|row| {
            let mut held_out = held_out.unwrap_or_default();
            held_out["result"] = report::json::result(row);
            held_out
        });
        json!({
            "symbol": view.stitched.symbol,
            "interval": plan.interval.to_string(),
            "strategy": view.stitched.strategy,
            "start": report::time(known.start),
            "end": report::time(known.end),
            "bars": known.bars,
            "walk": {
                "sort": selection.sort(),
                "where": selection.condition(),
                "border": walk_tables::rule_name(options.border),
                "pick": walk_tables::pick_name(options.pick),
                "anchored": options.windows.anchored,
                "gap": options.windows.gap.to_string(),
                "holdout": report::number(options.windows.holdout),
                "seed": options.seed,
                "points": walked.points,
            },
            "windows": windows,
            "stitched": report::json::result(&view.stitched),
            "borders": rules,
            "holdout": holdout,
            "walk_forward_efficiency": number(walked.efficiency),
            "cash_windows": walked.windows.iter().filter(|window| window.choice.is_none()).count(),
            "thin_windows": walked.windows.iter().filter(|window| window.is_thin()).count(),
            "honesty": {
                "trials": walked.points,
                "random_picker_p": number(walked.random_picker_p),
            },
            "verdict": walk_tables::verdict(view),
            "summary": {
                "combinations": walked.summary.combinations,
                "skipped": walked.summary.skipped,
                "hits": walked.summary.hits,
                "misses": walked.summary.misses,
                "load_ms": walked.summary.load_ms,
                "compute_ms": walked.summary.compute_ms,
            },
        })
    }

    fn document(&self, kept: &[Kept], failed: &[String]) -> String {
        if let ([only], true) = (kept, self.plan.assets.len() == 1) {
            return format!("{:#}\n", only.document);
        }
        let lines: Vec<String> = kept.iter().map(|one| one.document.to_string()).collect();
        let results = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n]", lines.join(",\n")) };
        let summary = json!({ "assets": self.plan.assets.len(), "walked": kept.len(), "failed": failed });
        format!("{{\"results\": {results},\n\"summary\": {summary}}}\n")
    }

    fn write(&self, path: &std::path::Path, rows: &[WindowRow], kept: &[Kept], failed: &[String]) -> Result<(), Error> {
        let columns = window_columns(&self.plan.param_names());
        let records = Records::new(&columns, rows, rows.len());
        let unwritten = |error: &dyn std::fmt::Display| {
            Error::failed(format!("--out {}: {error}; nothing was written under that name", path.display()))
        };
        let bytes = match path.extension().and_then(std::ffi::OsStr::to_str) {
            Some("parquet") => report::parquet::records(&records).map_err(|error| unwritten(&error))?,
            Some("json") => self.document(kept, failed).into_bytes(),
            _ => report::csv::records(&records).map_err(|error| unwritten(&error))?,
        };
        report::file::write(path, &bytes).map_err(|error| unwritten(&error))
    }

    /// Writes the page, and gives the chart for the terminal: empty where none is wanted.
    fn pictures(&self, asset: usize, walked: &Walked, known: &[(String, Known)]) -> Result<String, Error> {
        let Self { plan, args, context, .. } = *self;
        let view = self.view(asset, walked);
        if let Some(path) = &args.pictures.report {
            let mut notes = pages::notes(known.iter().any(|(_, known)| known.synthetic));
            notes.extend(walk_tables::remarks(&view));
            let page = html::walk(&WalkPage {
                row: &view.stitched,
                windows: &view.windows,
                params: &plan.param_names(),
                sort: self.selection.sort(),
                time: &walked.time,
                equity: &walked.stitched.equity,
                buy_hold: &buy_hold(walked, plan.settings.capital),
                scatter: &walked.scatter,
                verdict: &walk_tables::verdict(&view),
                notes,
            });
            pages::write("--report", path, &page)?;
        }
        if !args.pictures.chart {
            return Ok(String::new());
        }
        let curve = EquityCurve::of_closes(
            walked.time.clone(),
            walked.stitched.equity.clone(),
            &walked.close,
            plan.settings.capital,
        );
        let range = [view.stitched.outcome.start, view.stitched.outcome.end];
        Ok(chart::curve(&curve, range.map(format::time), context.printer))
    }
}

fn buy_hold(walked: &Walked, capital: f64) -> Vec<f64> {
    let first = walked.close.first().copied().unwrap_or(1.0);
    walked.close.iter().map(|close| capital * close / first).collect()
}
