//! `backtest portfolio`: one account over many assets.

mod grid;
mod shards;
mod tables;

use crate::args::{BacktestArgs, OutputFormat, PortfolioArgs, PortfolioCommandArgs};
use crate::commands::Context;
use crate::commands::execution::{self, CacheUse};
use crate::commands::results::reproduce::Reproduction;
use crate::commands::results::{self, pages};
use crate::data::{Index, escape};
use crate::engine::{self, BoundStrategy, PORTFOLIO, Plan, PortfolioResult, UniverseData};
use crate::error::Error;
use crate::output::progress::ProgressBar;
use crate::output::{chart, format};
use crate::report;
use crate::report::html::PortfolioPage;
use crate::report::table::TradeList;
use crate::settings::request::{self, BacktestRequest};
use crate::settings::{assets, benchmark, cache, environment, strategies};
use crate::sim::account::{BarTrade, Record, Recorder as _};
use crate::sim::strategy::{ParamArg, Strategy};
use crate::sim::{Candles, EquityCurve, Failed, Millis, PortfolioSummary, Row, Trade, WeightRow};

/// Runs it, whole or in shards.
///
/// # Errors
/// As [`run`], or as what is done with shards.
pub(crate) fn run_command(args: &PortfolioCommandArgs, context: &Context) -> Result<(), Error> {
    match &args.shards {
        None => run(&args.portfolio, context),
        Some(command) => shards::run(command, context),
    }
}

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the result is printed, assets that failed.
fn run(args: &PortfolioArgs, context: &Context) -> Result<(), Error> {
    let request = context.request(&args.backtest)?;
    let name = strategies::required(args.strategy.as_deref())?;
    context.note_local_strategies(std::slice::from_ref(&name));
    check_files(args)?;
    let (strategy, given) = load(&name, &args.backtest, context)?;
    let is_grid = given.iter().any(|arg| arg.values.len() > 1);
    if is_grid {
        return grid::run(args, context, &request, (&name, strategy, &given));
    }
    let values: Vec<(String, f64)> = given
        .into_iter()
        .filter_map(|arg| Some((arg.values.single()?, arg.name)))
        .map(|(value, name)| (name, value))
        .collect();
    let values = strategy.resolve(&values).map_err(|error| Error::usage(format!("--param: {error}")))?;
    strategy.check_require(&values).map_err(|error| Error::usage(format!("--param: {error}")))?;
    let cached = cache::open(&args.backtest, &context.global, &context.config)?;
    let plan = plan(args, context, &request, (&name, BoundStrategy { strategy, values }))?;
    let wants_history = args.trades
        || args.weights
        || args.pictures.chart
        || args.pictures.report.is_some()
        || [&args.trades_out, &args.weights_out, &args.equity_out].into_iter().any(Option::is_some);
    let mut index = Index::open(environment::cache_dir().as_deref());
    let bar = ProgressBar::new(context.printer, "assets");
    let done = engine::run_portfolio(&plan, &cached, &mut index, wants_history, &bar).map_err(Error::failed)?;
    index.save();
    let stored = cached.finish();
    tell(&plan, &done, context);
    execution::warn_of_cache(stored.warning.as_ref(), context);
    Shown::new(&plan, &done, &name, args, context).print(&request, &CacheUse { absent: stored.absent })?;
    fail(&done.failed, context)
}

/// Names assets that could not be read.
fn fail(failed: &[Failed], context: &Context) -> Result<(), Error> {
    for failed in failed {
        context.printer.error(&failed.reason);
    }
    if failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

fn check_files(args: &PortfolioArgs) -> Result<(), Error> {
    pages::check(args.pictures.report.as_deref())?;
    for (flag, path) in
        [("--trades-out", &args.trades_out), ("--weights-out", &args.weights_out), ("--equity-out", &args.equity_out)]
    {
        if let Some(path) = path {
            request::check_file(flag, path, &["csv", "parquet"])?;
        }
    }
    Ok(())
}

/// The strategy of a portfolio, and the parameters that were given.
///
/// # Errors
/// A strategy without a portfolio, or parameters that it does not have.
pub(crate) fn load(name: &str, args: &BacktestArgs, context: &Context) -> Result<(Strategy, Vec<ParamArg>), Error> {
    let mut strategy = strategies::load(name.trim())?;
    if strategy.portfolio.is_none() {
        return Err(Error::usage(format!(
            "strategy '{}' has no [portfolio], which says what one account holds of many assets; add one, or test it on each asset by itself: backtest batch",
            escape(&strategy.name)
        )));
    }
    let mut given = strategies::given(args, &context.config)?;
    if !strategy.is_weighted() {
        given = strategies::with_exits(&mut strategy, &given)?;
        if strategy.terms.has_entry_order() {
            return Err(Error::usage(format!(
                "strategy '{}': entries that wait for a price (limit or stop orders) cannot share an account in slots, as bars do not tell which of them would be filled first; leave out [entry_order] and its options",
                escape(&strategy.name)
            )));
        }
    }
    if let Some(arg) = given.iter().find(|arg| strategy.param_index(&arg.name).is_err()) {
        let error = strategy.param_index(&arg.name).err().map(|error| error.to_string()).unwrap_or_default();
        return Err(Error::usage(format!("--param: {error}")));
    }
    Ok((strategy, given))
}

/// The plan, and what is to be said of it.
fn plan(
    args: &PortfolioArgs,
    context: &Context,
    request: &BacktestRequest,
    (name, bound): (&String, BoundStrategy),
) -> Result<Plan, Error> {
    let assets = assets::selected(&args.assets, request, context.printer)?;
    let is_weighted = bound.strategy.is_weighted();
    if args.backtest.direction.is_some() && is_weighted {
        context.printer.note("--direction changes nothing here: negative weights are sold short");
    }
    let numbers = bound.strategy.portfolio.as_ref().map(|terms| terms.numbers(&bound.values));
    if let Some(top) = numbers.map(|numbers| numbers.top).filter(|top| *top > assets.len() && *top != usize::MAX) {
        let (wanted, all) = (format::counted(top, "asset"), format::count(assets.len() as u64));
        context.printer.note(&if is_weighted {
            let are = if assets.len() == 1 { "is" } else { "are" };
            format!("{wanted} are wanted, and there {are} {all}: all that qualify are held")
        } else {
            format!("`max_positions` is larger than the number of assets ({all}), and each entry gets 1/{top} of the equity: a part of the cash is never used")
        });
    }
    let plan = request.plan(assets, vec![bound], args.trades || args.trades_out.is_some())?;
    let plan = benchmark::measured(plan, request.benchmark.as_ref(), &context.data_dir)?;
    let outputs = [
        ("--out", request.out.as_deref()),
        ("--trades-out", args.trades_out.as_deref()),
        ("--weights-out", args.weights_out.as_deref()),
        ("--equity-out", args.equity_out.as_deref()),
        ("--report", args.pictures.report.as_deref()),
    ];
    let inputs = results::inputs(&plan, std::slice::from_ref(name), context).into_iter();
    results::check_outputs(&outputs, &inputs.chain(assets::lists(&args.assets)).collect::<Vec<_>>())?;
    Ok(plan)
}

/// What is to be said of the assets.
fn tell(plan: &Plan, done: &PortfolioResult, context: &Context) {
    execution::tell_resampled(&plan.assets, context);
    execution::tell(&done.known, context);
    tell_absent(&done.absent, context);
    if done.found.figures.rebalances == 0 {
        context.printer.warn(if plan.strategies[0].strategy.is_weighted() {
            "nothing was ever held: at no rebalance was an asset a candidate whose score and weight are defined and for which `where` holds; begin earlier, or look less far back"
        } else {
            "nothing was ever held: no rule ordered an entry whose score is defined, for which `where` holds, and that was large enough; begin earlier, look less far back, or see `rejected`"
        });
    }
}

/// The candles of all assets of a plan, for many portfolios of them.
///
/// # Errors
/// Why they cannot be used.
fn universe_of(plan: &Plan, context: &Context) -> Result<UniverseData, String> {
    let mut index = Index::open(environment::cache_dir().as_deref());
    let loaded = UniverseData::for_sweep(plan, &mut index, &ProgressBar::new(context.printer, "assets"));
    index.save();
    loaded
}

/// What is said of them.
fn tell_universe(plan: &Plan, data: &UniverseData, context: &Context) {
    execution::tell_resampled(&plan.assets, context);
    execution::tell(&data.known, context);
    tell_absent(&data.absent, context);
}

/// Says which assets have no bar in the range.
pub(crate) fn tell_absent(absent: &[String], context: &Context) {
    if let [first, ..] = absent {
        let others = if absent.len() > 1 { format!(" and {} more", absent.len() - 1) } else { String::new() };
        context.printer.note(&format!("without a bar in the range, and left out: {}{others}", escape(first)));
    }
}

/// A result with what is shown of it.
struct Shown<'a> {
    plan: &'a Plan,
    done: &'a PortfolioResult,
    name: &'a str,
    args: &'a PortfolioArgs,
    context: &'a Context,
    row: Row,
    summary: PortfolioSummary,
    trades: Option<TradeList>,
    weights: Vec<WeightRow>,
    curve: Option<EquityCurve>,
}

impl<'a> Shown<'a> {
    fn new(
        plan: &'a Plan,
        done: &'a PortfolioResult,
        name: &'a str,
        args: &'a PortfolioArgs,
        context: &'a Context,
    ) -> Self {
        let bound = &plan.strategies[0];
        let row = row(plan, bound, done);
        let summary = PortfolioSummary {
            assets: done.span.assets,
            assets_at_start: done.span.at_start,
            assets_at_end: done.span.at_end,
            rebalances: done.found.figures.rebalances,
            average_held: done.found.figures.average_held,
            average_invested: done.found.figures.average_invested,
            contributions: done.symbols.iter().cloned().zip(done.found.contributions.iter().copied()).collect(),
        };
        let (mut weights, mut curve, mut trades) = (Vec::new(), None, None);
        if let Some((run, data)) = &done.history {
            let time = &data.universe.time;
            let of = |(bar, asset, weight): (usize, usize, f64)| WeightRow {
                time: time[bar],
                symbol: done.symbols[asset].clone(),
                weight,
            };
            let flat =
                run.weights.iter().flat_map(|at| at.weights.iter().map(|(asset, weight)| (at.bar, *asset, *weight)));
            weights = flat.map(of).collect();
            curve = Some(EquityCurve::of_closes(
                time.clone(),
                run.equity.clone(),
                &data.benchmark.hold,
                plan.settings.capital,
            ));
            if plan.trades {
                trades = Some(trade_list(plan, done));
            }
        }
        Self { plan, done, name, args, context, row, summary, trades, weights, curve }
    }

    fn print(&self, request: &BacktestRequest, cache: &CacheUse) -> Result<(), Error> {
        let Self { args, context, .. } = self;
        let listed = self.trades.as_ref().filter(|_| args.trades);
        let weights = args.weights.then_some(self.weights.as_slice());
        let json = || report::json::portfolio(&self.row, &self.summary, listed, weights);
        if let Some(path) = &args.trades_out {
            let list = self.trades.as_ref().map(TradeList::records);
            results::write_records("--trades-out", path, list)?;
        }
        if let Some(path) = &args.weights_out {
            results::write_records("--weights-out", path, Some(report::table::weights(&self.weights)))?;
        }
        if let (Some(path), Some(curve)) = (&args.equity_out, &self.curve) {
            results::write_records("--equity-out", path, Some(report::table::equity(curve)))?;
        }
        if let Some(path) = &request.out {
            match (listed, weights) {
                (Some(list), _) if !is_json(path) => results::write_records("--out", path, Some(list.records()))?,
                (None, Some(weights)) if !is_json(path) => {
                    results::write_records("--out", path, Some(report::table::weights(weights)))?;
                }
                _ => results::write_rows(path, std::slice::from_ref(&self.row), &self.plan.param_names(), json)?,
            }
        }
        if let Some(path) = &args.pictures.report {
            pages::write("--report", path, &self.page())?;
        }
        let text = match request.format {
            OutputFormat::Json => json(),
            OutputFormat::Csv => results::as_text(match (listed, weights) {
                (Some(list), _) => report::csv::records(&list.records()),
                (None, Some(weights)) => report::csv::records(&report::table::weights(weights)),
                (None, None) => report::csv::rows(std::slice::from_ref(&self.row), &self.plan.param_names()),
            })?,
            OutputFormat::Table => {
                let drawn = self.curve.as_ref().filter(|_| args.pictures.chart).map_or_else(String::new, |curve| {
                    chart::curve(
                        curve,
                        [self.row.outcome.start, self.row.outcome.end].map(format::time),
                        context.printer,
                    )
                });
                let is_weighted = self.plan.strategies[0].strategy.is_weighted();
                let shown = (drawn.as_str(), listed, weights);
                tables::result(&self.row, &self.summary, shown, (cache, is_weighted), context.printer)
            }
        };
        context.printer.data(&text)
    }

    fn page(&self) -> String {
        let (Some(curve), Some((run, data))) = (&self.curve, &self.done.history) else { return String::new() };
        let mut notes = pages::notes(self.done.known.iter().any(|(_, known)| known.synthetic));
        notes.push(tables::universe(&self.summary));
        let origin = Reproduction::of(self.plan, &self.context.data_dir);
        let other = self
            .plan
            .benchmark
            .as_deref()
            .map(|other| (other.symbol.clone(), other.worth(&data.universe.time, self.plan.settings.capital)));
        report::html::portfolio(&PortfolioPage {
            row: &self.row,
            about: &self.plan.strategies[0].strategy.about,
            curve,
            benchmark: other,
            symbols: &self.done.symbols,
            weights: &run.weights,
            summary: &self.summary,
            held: data.held(run),
            command: origin.of_portfolio(&self.row, self.name, &self.args.assets),
            notes,
        })
    }
}

fn is_json(path: &std::path::Path) -> bool {
    path.extension().is_none_or(|ending| ending != "csv" && ending != "parquet")
}

fn row(plan: &Plan, bound: &BoundStrategy, done: &PortfolioResult) -> Row {
    Row {
        symbol: PORTFOLIO.to_owned(),
        interval: plan.interval,
        strategy: bound.strategy.name.clone(),
        params: bound.params(),
        settings: plan.settings,
        benchmark: plan.benchmark_symbol(),
        warmup_bars: done.known.iter().map(|(_, known)| known.warmup_bars).max().unwrap_or(0),
        outcome: done.found.outcome.clone(),
        trades: None,
        cache: done.cache,
        key: done.key.to_string(),
        elapsed_ms: done.elapsed.as_secs_f64() * 1000.0,
    }
}

/// The trades in the order of their entries, with the times of their bars and the excursions of the price.
fn trade_list(plan: &Plan, done: &PortfolioResult) -> TradeList {
    let mut all: Vec<(String, Trade)> = Vec::new();
    if let Some((run, data)) = &done.history {
        for (asset, symbol) in done.symbols.iter().enumerate() {
            let Some(candles) = data.candles(asset) else { continue };
            let mut record = Record::default();
            run.trades.iter().filter(|trade| trade.asset == asset).for_each(|trade| {
                let own = |bar: usize| own_bar(candles, data.universe.time[bar]);
                let (entry_bar, exit_bar) = (own(trade.trade.entry_bar), own(trade.trade.exit_bar));
                record.trade(BarTrade { entry_bar, exit_bar, ..trade.trade });
            });
            all.extend(
                record.trades(candles, None, plan.settings.fill).into_iter().map(|trade| (symbol.clone(), trade)),
            );
        }
    }
    // Stable: of trades that begin and end together, the asset whose symbol comes first.
    all.sort_by_key(|(_, trade)| (trade.entry_time, trade.exit_time));
    let (symbols, trades) = all.into_iter().unzip();
    TradeList { trades, symbol: PORTFOLIO.to_owned(), symbols, strategy: plan.strategies[0].strategy.name.clone() }
}

/// The bar of an asset's own at this time, or the last before it.
fn own_bar(candles: &Candles, time: Millis) -> usize {
    candles.time.partition_point(|open| *open <= time).saturating_sub(1)
}
