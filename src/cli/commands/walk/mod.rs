//! `backtest walk`: parameters chosen on one part of the history and tested on another.

mod cpcv;
mod forward;
mod shards;

use std::path::Path;

use serde_json::{Value, json};

use self::cpcv::Combinatorial;
use self::forward::Forward;
use crate::args::{BorderArg, ChoiceArgs, OutputFormat, PictureArgs, WalkArgs, WalkCommandArgs, WindowArgs};
use crate::cache::Results;
use crate::commands::results::pages;
use crate::commands::universe::portfolio;
use crate::commands::{Context, execution, results, sweep};
use crate::data::{Index, Known, escape};
use crate::engine::{
    self, BoundStrategy, CpcvOptions, Cuts, GridPoints, PORTFOLIO, Plan, Progress, Ranking, Segmentation, WalkFailure,
    WalkOptions, WalkedAssets, WindowChoice,
};
use crate::error::Error;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::report;
use crate::report::kept::{kept_columns, kept_rows};
use crate::report::table::{RecordColumn, Records};
use crate::settings::request::BacktestRequest;
use crate::settings::{assets, benchmark, cache, environment, strategies, windows};
use crate::sim::account::BorderRule;
use crate::sim::metrics::{self, Outcome};
use crate::sim::strategy::Strategy;
use crate::sim::{CacheState, ChoiceRow, Interval, Row, Summary};

/// Runs it, whole or in shards.
///
/// # Errors
/// As [`run`], or as what is done with shards.
pub(crate) fn run_command(args: &WalkCommandArgs, context: &Context) -> Result<(), Error> {
    match &args.shards {
        None => run(&args.walk, context),
        Some(command) => shards::run(command, context),
    }
}

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the others are printed, assets that failed, a file that could not be written, a signal.
fn run(args: &WalkArgs, context: &Context) -> Result<(), Error> {
    let requested = Requested::new(args, context)?;
    let cached = cache::open(&args.backtest, &context.global, &context.config)?;
    let (plan, is_portfolio) = (&requested.plan, requested.is_portfolio);
    pages::check(args.pictures.report.as_deref())?;
    if matches!(requested.method, Method::Combinatorial(_)) && args.pictures.chart {
        return Err(Error::usage("--chart draws one account, and --cpcv makes many; --report draws them all"));
    }
    if plan.assets.len() > 1 && !is_portfolio && (args.pictures.report.is_some() || args.pictures.chart) {
        let option = if args.pictures.chart { "--chart" } else { "--report" };
        return Err(Error::usage(format!("{option}: draws one asset; name it with --crypto")));
    }
    let outputs = [("--out", requested.request.out.as_deref()), ("--report", args.pictures.report.as_deref())];
    let inputs = results::inputs(plan, &requested.names, context);
    results::check_outputs(&outputs, &inputs.into_iter().chain(assets::lists(&args.assets)).collect::<Vec<_>>())?;
    let walk = requested.command(context);
    match &requested.method {
        Method::Forward(options) => walk.run(&Forward { walk: &walk, options }, cached, &requested.request, args),
        Method::Combinatorial(options) => {
            walk.run(&Combinatorial { walk: &walk, options }, cached, &requested.request, args)
        }
    }
}

/// How an asset is walked.
enum Method {
    /// Windows that follow one another.
    Forward(WalkOptions),
    /// Groups of which each choice is tested.
    Combinatorial(CpcvOptions),
}

/// The way that the arguments say.
fn method(windows: &WindowArgs, choice: &ChoiceArgs, interval: Interval) -> Result<Method, Error> {
    let border = choice.border.map_or(BorderRule::Adopt, Into::into);
    Ok(match windows::cpcv(windows, (border, choice.pick.into()), interval)? {
        Some(options) => Method::Combinatorial(options),
        None => Method::Forward(windows::options(windows, choice)?),
    })
}

/// A walk as the arguments ask for it.
struct Requested {
    request: BacktestRequest,
    selection: Ranking,
    method: Method,
    /// The strategies as they were named.
    names: Vec<String>,
    points: Vec<GridPoints>,
    plan: Plan,
    /// Whether all assets share one account.
    is_portfolio: bool,
}

impl Requested {
    fn new(args: &WalkArgs, context: &Context) -> Result<Self, Error> {
        let request = context.request(&args.backtest)?;
        let selection = context.window_ranking(&args.ranking)?;
        let mut method = method(&args.windows, &args.choice, request.interval)?;
        let names = sweep::names(&args.strategy)?;
        context.note_local_strategies(&names);
        let is_portfolio = is_portfolio(&names, args)?;
        let (bound, points) =
            if is_portfolio { portfolio_points(&names[0], args, context)? } else { points(&names, args, context)? };
        if let Method::Forward(options) = &mut method
            && is_portfolio
            && !bound[0].strategy.is_weighted()
        {
            options.border = args.choice.border.map_or(BorderRule::Hold, Into::into);
        }
        let found = assets::selected(&args.assets, &request, context.printer)?;
        let mut plan = request.plan(found, bound, false)?;
        plan.cover(points.iter().map(|points| points.grid().0));
        let plan = benchmark::measured(plan, request.benchmark.as_ref(), &context.data_dir)?;
        execution::note_unused_detail(&plan, context);
        if args.ranking.top.is_some() {
            context.printer.note("--top changes nothing here: all windows are shown");
        }
        Ok(Self { request, selection, method, names, points, plan, is_portfolio })
    }

    fn command<'a>(&'a self, context: &'a Context) -> WalkCommand<'a> {
        let Self { plan, points, selection, is_portfolio, .. } = self;
        WalkCommand { plan, points, is_portfolio: *is_portfolio, selection, context }
    }
}

/// The strategies, each with its points: its own grid of those parameters that it has.
fn points(
    names: &[String],
    args: &WalkArgs,
    context: &Context,
) -> Result<(Vec<BoundStrategy>, Vec<GridPoints>), Error> {
    let given = strategies::given(&args.backtest, &context.config)?;
    let (bound, grids) = sweep::grids(execution::with_params(names, &given)?)?;
    Ok((bound, sweep::sampled(grids, args.random, args.choice.seed)?))
}

/// Whether the walk is of one account over all assets.
///
/// # Errors
/// What such a walk cannot do.
fn is_portfolio(names: &[String], args: &WalkArgs) -> Result<bool, Error> {
    let loaded: Vec<Strategy> = names.iter().map(|name| strategies::load(name.trim())).collect::<Result<_, _>>()?;
    if !args.portfolio && !loaded.iter().any(Strategy::is_weighted) {
        return Ok(false);
    }
    let is_adopted = matches!(args.choice.border, Some(BorderArg::Adopt));
    let what = if loaded.len() > 1 {
        "one strategy with a [portfolio] at a time"
    } else if args.windows.cpcv.is_some() {
        "windows; --cpcv is for single assets"
    } else if args.dry_run {
        "no --dry-run"
    } else if is_adopted && loaded.iter().any(|strategy| !strategy.is_weighted()) {
        "--border hold or flat in slots: what another account holds there has no slot of this one"
    } else {
        return Ok(true);
    };
    Err(Error::usage(format!("a walk over a portfolio takes {what}")))
}

/// The strategy of a portfolio with its points.
fn portfolio_points(
    name: &str,
    args: &WalkArgs,
    context: &Context,
) -> Result<(Vec<BoundStrategy>, Vec<GridPoints>), Error> {
    let (bound, grids) = sweep::grids(vec![portfolio::load(name, &args.backtest, context)?])?;
    Ok((bound, sweep::sampled(grids, args.random, args.choice.seed)?))
}

/// A walk that is to be done, with all that was asked of it.
struct WalkCommand<'a> {
    plan: &'a Plan,
    /// Of each strategy.
    points: &'a [GridPoints],
    /// Whether all assets share one account.
    is_portfolio: bool,
    selection: &'a Ranking,
    context: &'a Context,
}

/// A way to choose on some bars and to test on others.
trait WalkMethod {
    /// What it finds on one asset.
    type Found;
    /// A row of files: a choice.
    type Row;

    /// Of which walk.
    fn walk(&self) -> &WalkCommand<'_>;

    /// How many sweeps it takes.
    fn sweeps(&self) -> u64;

    /// How time is cut on one of the assets, and the number of its parts, in words.
    fn preview(&self, asset: usize) -> Result<(Cuts, String), WalkFailure>;

    fn find(
        &self,
        asset: usize,
        results: &Results,
        index: &mut Index,
        progress: &dyn Progress,
    ) -> Result<Self::Found, WalkFailure>;

    fn known<'f>(&self, found: &'f Self::Found) -> &'f Known;

    /// The assets that share its account, where that is so.
    fn assets<'f>(&self, _found: &'f Self::Found) -> Option<&'f WalkedAssets> {
        None
    }

    fn columns(&self) -> Vec<RecordColumn<[Self::Row]>>;

    fn rows(&self, asset: usize, found: &Self::Found) -> Vec<Self::Row>;

    fn document(&self, asset: usize, found: &Self::Found) -> Value;

    /// All about one asset, for the terminal.
    fn table(&self, asset: usize, found: &Self::Found) -> String;

    /// Many assets with their documents, a line each.
    fn many(&self, walks: &[(&str, &Value)]) -> String;

    fn page(&self, asset: usize, found: &Self::Found, notes: Vec<String>) -> String;

    /// The chart for the terminal, of what can be drawn there.
    fn chart(&self, _asset: usize, _found: &Self::Found) -> String {
        String::new()
    }
}

/// What is kept of each asset's walk: of hundreds, nothing that grows with the bars.
struct Kept {
    symbol: String,
    /// The rows of files, as objects.
    rows: Vec<Value>,
    document: Value,
}

/// Files and pictures of one asset, beside its tables.
struct ShownAsset<'a, F> {
    asset: usize,
    found: &'a F,
    known: &'a [(String, Known)],
    pictures: &'a PictureArgs,
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
    fn run<M: WalkMethod>(
        &self,
        method: &M,
        cached: Results,
        request: &BacktestRequest,
        args: &WalkArgs,
    ) -> Result<(), Error> {
        let Self { plan, points, context, .. } = *self;
        if args.dry_run {
            let (cuts, of_time) = method.preview(0).map_err(Error::failed)?;
            let detail = engine::segment_detail(self.selection).unwrap_or_default();
            let cut = Plan { segments: Some(Segmentation { cuts, detail }), ..plan.clone() };
            return context.printer.data(&(sweep::dry_run(&cut, points, &cached)? + &of_time));
        }
        let signals = Interrupts::listen();
        let mut index = Index::open(environment::cache_dir().as_deref());
        let bar = ProgressBar::stoppable(context.printer, "combinations", signals.clone());
        let combinations = if self.is_portfolio { points[0].count() } else { sweep::combinations(plan, points) };
        bar.begin(combinations.saturating_mul(method.sweeps()));
        let (mut kept, mut failed, mut known) = (Vec::new(), Vec::new(), Vec::new());
        let mut shown = None;
        let columns = method.columns();
        for asset in 0..self.count() {
            match method.find(asset, &cached, &mut index, &OfAll(&bar)) {
                Ok(found) => {
                    let symbol = self.symbol(asset).to_owned();
                    if let Some(assets) = method.assets(&found) {
                        portfolio::tell_absent(&assets.absent, context);
                        known.extend(assets.known.iter().cloned());
                        failed.extend(assets.failed.iter().map(|failed| failed.reason.clone()));
                    } else {
                        known.push((symbol.clone(), method.known(&found).clone()));
                    }
                    let rows = method.rows(asset, &found);
                    let rows = kept_rows(&Records::new(&columns, &rows[..], rows.len()));
                    kept.push(Kept { symbol, rows, document: method.document(asset, &found) });
                    shown = Some((asset, found)).filter(|_| self.count() == 1);
                }
                Err(WalkFailure::Asset(reason) | WalkFailure::Windows(reason)) => failed.push(reason),
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
        if !self.is_portfolio {
            execution::tell_undefined_points(plan, points, &known, context);
        }
        execution::warn_of_cache(report.warning.as_ref(), context);
        let (known, pictures) = (&known[..], &args.pictures);
        let shown = shown.as_ref().map(|(asset, found)| ShownAsset { asset: *asset, found, known, pictures });
        self.print(method, (&kept, &failed), (request.out.as_deref(), request.format), shown.as_ref())
    }

    /// Writes the file, and prints what was found and what failed.
    fn print<M: WalkMethod>(
        &self,
        method: &M,
        (kept, failed): (&[Kept], &[String]),
        (out, format): (Option<&Path>, OutputFormat),
        shown: Option<&ShownAsset<'_, M::Found>>,
    ) -> Result<(), Error> {
        let rows: Vec<Value> = kept.iter().flat_map(|one| one.rows.iter().cloned()).collect();
        let columns = kept_columns(&method.columns());
        let records = Records::new(&columns, &rows[..], rows.len());
        if let Some(path) = out {
            write(path, &records, || self.document(kept, failed))?;
        }
        let mut text = String::new();
        if let Some(shown) = shown {
            text = Self::pictures(method, shown)?;
        }
        text += &match format {
            OutputFormat::Json => self.document(kept, failed),
            OutputFormat::Csv => results::as_text(report::csv::records(&records))?,
            OutputFormat::Table => match shown {
                Some(ShownAsset { asset, found, .. }) => method.table(*asset, found),
                None if kept.is_empty() => String::new(),
                None => {
                    let walks = kept.iter().map(|one| (one.symbol.as_str(), &one.document));
                    method.many(&walks.collect::<Vec<_>>())
                }
            },
        };
        self.context.printer.data(&text)?;
        for reason in failed {
            self.context.printer.error(reason);
        }
        if failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
    }

    /// Number of accounts that are walked.
    fn count(&self) -> usize {
        if self.is_portfolio { 1 } else { self.plan.assets.len() }
    }

    /// What the one with this number is called.
    fn symbol(&self, asset: usize) -> &str {
        if self.is_portfolio { PORTFOLIO } else { &self.plan.assets[asset].symbol }
    }

    /// Names of the strategies, one after the other.
    fn name(&self) -> String {
        let names: Vec<&str> = self.plan.strategies.iter().map(|bound| bound.strategy.name.as_str()).collect();
        names.join(", ")
    }

    /// What can be chosen: the parameters that have several values, of several strategies behind the name of each.
    fn choice(&self) -> String {
        let varying = |(bound, points): (&BoundStrategy, &GridPoints)| {
            let params = bound.strategy.params.iter().enumerate();
            let own = params.filter(|(at, _)| points.grid().0.varies(*at)).map(|(_, param)| param.name.as_str());
            (bound.strategy.name.clone(), own.collect::<Vec<_>>().join(", "))
        };
        let all: Vec<(String, String)> = self.plan.strategies.iter().zip(self.points).map(varying).collect();
        if let [(_, params)] = &all[..] {
            return params.clone();
        }
        let one = |(name, params): &(String, String)| match params.as_str() {
            "" => escape(name),
            params => format!("{} ({params})", escape(name)),
        };
        all.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// An account with a schedule as a result, with no parameters of its own.
    fn row(&self, asset: usize, known: &Known, outcome: &Outcome) -> Row {
        let plan = self.plan;
        Row {
            symbol: self.symbol(asset).to_owned(),
            interval: plan.interval,
            strategy: self.name(),
            params: Vec::new(),
            settings: plan.settings,
            benchmark: plan.benchmark_symbol(),
            warmup_bars: known.warmup_bars,
            outcome: outcome.clone(),
            trades: None,
            cache: CacheState::Off,
            key: String::new(),
            elapsed_ms: 0.0,
        }
    }

    /// What was chosen, and of which strategy; `kept` points were ranked, `passing` could be chosen.
    fn choice_row(&self, choice: Option<&WindowChoice>, kept: usize, passing: u64) -> (String, ChoiceRow) {
        let both = |metric: usize| {
            let inside = choice.and_then(|choice| choice.in_sample[metric]);
            (inside, choice.and_then(|choice| choice.out_of_sample[metric]))
        };
        let strategy = choice.map(|choice| &self.plan.strategies[choice.strategy].strategy);
        let named = |choice: &WindowChoice| {
            let names = strategy.iter().flat_map(|strategy| &strategy.params).map(|param| param.name.clone());
            names.zip(choice.values.iter().copied()).collect()
        };
        let row = ChoiceRow {
            params: choice.map_or_else(Vec::new, named),
            metric: both(self.selection.by.metric),
            total_return: both(0),
            trades: both(metrics::find("trades").unwrap_or_default()),
            trades_spanning: choice.map(|choice| choice.trades_spanning),
            rank: choice.map(|choice| choice.rank as u64),
            points: kept as u64,
            passing,
        };
        (strategy.map_or_else(|| self.name(), |strategy| strategy.name.clone()), row)
    }

    fn document(&self, kept: &[Kept], failed: &[String]) -> String {
        if let ([only], true) = (kept, self.count() == 1) {
            return format!("{:#}\n", only.document);
        }
        let lines: Vec<String> = kept.iter().map(|one| one.document.to_string()).collect();
        let results = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n]", lines.join(",\n")) };
        let summary = json!({ "assets": self.plan.assets.len(), "walked": kept.len(), "failed": failed });
        format!("{{\"results\": {results},\n\"summary\": {summary}}}\n")
    }

    /// Writes the page, and gives the chart for the terminal: empty where none is wanted.
    fn pictures<M: WalkMethod>(method: &M, shown: &ShownAsset<'_, M::Found>) -> Result<String, Error> {
        let ShownAsset { asset, found, known, pictures } = *shown;
        if let Some(path) = &pictures.report {
            let notes = pages::notes(known.iter().any(|(_, known)| known.synthetic));
            pages::write("--report", path, &method.page(asset, found, notes))?;
        }
        Ok(if pictures.chart { method.chart(asset, found) } else { String::new() })
    }
}

/// Writes rows, or the document in their place, as the ending of the file says.
fn write<T: ?Sized>(path: &Path, records: &Records<'_, T>, document: impl Fn() -> String) -> Result<(), Error> {
    let unwritten = |error: &dyn std::fmt::Display| {
        Error::failed(format!("--out {}: {error}; nothing was written under that name", path.display()))
    };
    let bytes = match path.extension().and_then(std::ffi::OsStr::to_str) {
        Some("parquet") => report::parquet::records(records).map_err(|error| unwritten(&error))?,
        Some("json") => document().into_bytes(),
        _ => report::csv::records(records).map_err(|error| unwritten(&error))?,
    };
    report::file::write(path, &bytes).map_err(|error| unwritten(&error))
}

/// What a sweep came to.
fn summary_document(summary: &Summary) -> Value {
    json!({
        "combinations": summary.combinations,
        "skipped": summary.skipped,
        "hits": summary.hits,
        "misses": summary.misses,
        "load_ms": summary.load_ms,
        "compute_ms": summary.compute_ms,
    })
}

fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Null, report::number)
}
