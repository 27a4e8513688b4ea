//! What run and batch do alike: bind strategies, do the plan, say what the user should know.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::args::options::STRATEGY;
use crate::cache::{CacheWarning, Results};
use crate::commands::Context;
use crate::data::{CandleFile, Index, Known, WarningKind, escape};
use crate::engine::{self, BatchResults, BoundStrategy, GridPoints, Plan};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::ProgressBar;
use crate::settings::file::SettingsFile;
use crate::settings::{benchmark, environment, strategies};
use crate::sim::CacheState;
use crate::sim::Millis;
use crate::sim::fold::{Combination, undefined_bars};
use crate::sim::strategy::{ParamArg, ParamError, Strategy};

/// The strategies that a batch names, else those of the settings file, else the usual ones.
///
/// # Errors
/// Something else than names in the settings file.
pub(super) fn names(args: &[String], config: &SettingsFile) -> Result<Vec<String>, Error> {
    Ok(config.names(&STRATEGY, args)?.unwrap_or_else(|| vec!["rsi".to_owned(), "ma".to_owned()]))
}

/// Strategies by name, with the values of `--param`; a parameter goes to every strategy that has it.
///
/// # Errors
/// An unknown strategy or parameter, a value out of bounds, or values that break `require`.
pub(super) fn bind(names: &[String], given: &[ParamArg]) -> Result<Vec<BoundStrategy>, Error> {
    let strategies = with_params(names, given)?;
    if let Some(arg) = given.iter().find(|arg| arg.values.single().is_none()) {
        let flag = strategies::flag(&arg.name);
        return Err(Error::usage(format!(
            "{flag}: has several values; run and batch take one each, sweep tries them all"
        )));
    }
    let bound = |(strategy, own): (Strategy, Vec<ParamArg>)| {
        let own: Vec<(String, f64)> = own
            .into_iter()
            .filter(|arg| strategy.param_index(&arg.name).is_ok())
            .filter_map(|arg| Some((arg.values.single()?, arg.name)).map(|(value, name)| (name, value)))
            .collect();
        let values = strategy.resolve(&own).map_err(|error| Error::usage(format!("--param: {error}")))?;
        strategy.check_require(&values).map_err(|error| Error::usage(format!("--param: {error}")))?;
        Ok(BoundStrategy { strategy, values })
    };
    strategies.into_iter().map(bound).collect()
}

/// Strategies by name, each with all of the given parameters by the names that it knows them by: those that it has, and
/// others that another of them has.
///
/// # Errors
/// An unknown strategy, one that is named twice, or a parameter that none of them has.
pub(super) fn with_params(names: &[String], given: &[ParamArg]) -> Result<Vec<(Strategy, Vec<ParamArg>)>, Error> {
    let mut strategies: Vec<(Strategy, Vec<ParamArg>)> = Vec::new();
    for name in names {
        let mut strategy = strategies::load(name.trim())?;
        strategies::of_one_asset(&strategy)?;
        if strategies.iter().any(|(known, _)| known.name == strategy.name) {
            return Err(Error::usage(format!("--strategy: '{}' is named twice", strategy.name)));
        }
        let own = strategies::with_exits(&mut strategy, given)?;
        strategies.push((strategy, own));
    }
    for at in 0..given.len() {
        let errors: Vec<ParamError> =
            strategies.iter().filter_map(|(strategy, own)| strategy.param_index(&own[at].name).err()).collect();
        // Each answers for itself: any of them may have the name that was meant.
        if !errors.is_empty() && errors.len() == strategies.len() {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            return Err(Error::usage(format!("--param: {}", errors.join("; "))));
        }
    }
    Ok(strategies)
}

/// Says so where finer bars were asked for and no strategy looks at them.
pub(super) fn note_unused_detail(plan: &Plan, context: &Context) {
    if let Some(detail) = plan.settings.detail.filter(|_| !plan.wants_detail()) {
        context.printer.note(&format!(
            "--detail {detail} changes nothing here: no strategy has a stop, a target or an entry that waits for a price"
        ));
    }
}

/// Does the plan, and says on stderr what the cache and the candles give reason to say.
pub(super) fn execute(plan: &Plan, results: Results, context: &Context) -> (BatchResults, CacheUse) {
    note_unused_detail(plan, context);
    let done = execute_one_of_several(plan, &results, context);
    tell_resampled(&plan.assets, context);
    tell(&done.known, context);
    benchmark::tell(plan, &done.known, context.printer);
    tell_undefined(plan, &done.known, context);
    let report = results.finish();
    warn_of_cache(report.warning.as_ref(), context);
    (done, CacheUse { absent: report.absent })
}

/// Warns of rules that are undefined at every bar, so that a result without trades says nothing of the strategy.
pub(super) fn tell_undefined(plan: &Plan, known: &[(String, Known)], context: &Context) {
    let values: Vec<Vec<Vec<f64>>> = plan.strategies.iter().map(|bound| vec![bound.values.clone()]).collect();
    tell_undefined_values(plan, &values, known, context);
}

/// The same of the points of each strategy of a sweep: where they look back the furthest.
pub(super) fn tell_undefined_points(plan: &Plan, points: &[GridPoints], known: &[(String, Known)], context: &Context) {
    let corners = |(points, bound): (&GridPoints, &BoundStrategy)| {
        points.grid().0.corners().into_iter().filter(|values| bound.strategy.allows(values)).collect()
    };
    let values: Vec<Vec<Vec<f64>>> = points.iter().zip(&plan.strategies).map(corners).collect();
    tell_undefined_values(plan, &values, known, context);
}

/// The same of some values of each strategy's parameters.
fn tell_undefined_values(plan: &Plan, values: &[Vec<Vec<f64>>], known: &[(String, Known)], context: &Context) {
    let fed = |known: &Known| known.bars + known.warmup_bars;
    let Some((symbol, least)) = known.iter().map(|(symbol, known)| (symbol, fed(known))).min_by_key(|(_, bars)| *bars)
    else {
        return;
    };
    for (bound, values) in plan.strategies.iter().zip(values) {
        let undefined = |values: &Vec<f64>| {
            let combination = Combination { strategy: &bound.strategy, values };
            let rules = undefined_bars(combination, plan.settings.direction, plan.interval).into_iter();
            let rules = rules.map(|(rule, bars)| (rule, bars as u64)).filter(|(_, bars)| *bars >= least);
            rules.collect::<Vec<(&str, u64)>>()
        };
        let bars = |values: &&Vec<f64>| undefined(values).iter().map(|(_, bars)| *bars).max();
        let Some(furthest) = values.iter().max_by_key(bars) else { continue };
        let Some(most) = bars(&furthest) else { continue };
        let undefined = undefined(furthest);
        let rules: Vec<&str> = undefined.iter().map(|(rule, _)| *rule).collect();
        let short = known.iter().filter(|(_, known)| fed(known) <= most).count();
        let at = if values.len() > 1 {
            let named = bound.strategy.params.iter().zip(furthest);
            let named = named.map(|(param, value)| format!("{}={}", param.name, format::param(*value)));
            format!(" with {}", named.collect::<Vec<_>>().join(" "))
        } else {
            String::new()
        };
        context.printer.warn(&format!(
            "{}, {}{at}: {} undefined at every bar: {} bars are needed, and there are {}{}. Begin earlier, or look less far back",
            escape(symbol),
            escape(&bound.strategy.name),
            if let [rule] = rules.as_slice() { format!("{rule} is") } else { format!("{} are", rules.join(" and ")) },
            format::count(most + 1),
            format::count(least),
            if short > 1 { format!("; and so in {}", format::counted(short - 1, "other asset")) } else { String::new() },
        ));
    }
}

/// Does one of several plans that share a cache. Messages are left to whoever knows them all.
pub(super) fn execute_one_of_several(plan: &Plan, results: &Results, context: &Context) -> BatchResults {
    let printer = context.printer;
    let mut index = Index::open(environment::cache_dir().as_deref());
    let bar = if plan.assets.len() > 1 { ProgressBar::new(printer, "assets") } else { ProgressBar::none() };
    let done = engine::run_batch(plan, results, &mut index, &bar);
    index.save();
    for row in &done.rows {
        tracing::info!("{} {} {}: {}", row.cache.name(), row.symbol, row.strategy, row.key);
    }
    done
}

/// What the line below a table says of the cache.
pub(super) struct CacheUse {
    /// The default Redis, where no cache was named and nothing listens there.
    pub absent: Option<String>,
}

impl CacheUse {
    /// Of one result.
    pub(super) fn of_result(&self, state: CacheState) -> String {
        self.not_cached().unwrap_or_else(|| format!("cache {}", state.name()))
    }

    /// Of many.
    pub(super) fn of_hits(&self, hits: usize) -> String {
        self.not_cached().unwrap_or_else(|| format!("{} from cache", format::count(hits as u64)))
    }

    fn not_cached(&self) -> Option<String> {
        self.absent.as_ref().map(|store| format!("not cached (no {store})"))
    }
}

/// Warns of a failure of the cache.
pub(super) fn warn_of_cache(warning: Option<&CacheWarning>, context: &Context) {
    if let Some(warning) = warning {
        context.printer.warn(&warning.to_string());
    }
}

/// One note where bars are made of shorter ones, as the files of their own length are absent.
pub(super) fn tell_resampled(assets: &[CandleFile], context: &Context) {
    let mut sources: BTreeMap<Reverse<Millis>, Vec<&CandleFile>> = BTreeMap::new();
    for entry in assets.iter().filter(|entry| entry.is_resampled()) {
        sources.entry(Reverse(entry.source.millis())).or_default().push(entry);
    }
    let Some(interval) = assets.first().map(|entry| entry.interval) else { return };
    let of = |entries: &Vec<&CandleFile>| match entries.as_slice() {
        [entry] => format!("{} are made of its {} ones", escape(&entry.symbol), entry.source),
        entries => {
            format!("{} assets are made of their {} ones", format::count(entries.len() as u64), entries[0].source)
        }
    };
    let whose: Vec<String> = sources.values().map(of).collect();
    if !whose.is_empty() {
        context.printer.note(&format!("the {interval} bars of {}", whose.join(", those of ")));
    }
}

/// One note if candles are synthetic, and one for each kind of warning, whether read now or remembered.
pub(super) fn tell(known: &[(String, Known)], context: &Context) {
    let synthetic = known.iter().filter(|(_, known)| known.synthetic).count();
    if synthetic > 0 {
        let whose = if synthetic == known.len() { "these".to_owned() } else { format!("{synthetic} of these") };
        context
            .printer
            .note(&format!("{whose} candles are synthetic sample data, not the market; use --data-dir for your own"));
    }
    let mut kinds: BTreeMap<WarningKind, Vec<(&str, String)>> = BTreeMap::new();
    for (symbol, known) in known {
        for warning in &known.warnings {
            kinds.entry(warning.kind).or_default().push((symbol, warning.to_string()));
        }
    }
    for seen in kinds.values() {
        match seen.as_slice() {
            [(symbol, what)] => context.printer.warn(&format!("{}: {what}", escape(symbol))),
            [(symbol, what), rest @ ..] => context.printer.warn(&format!(
                "{}: {what}; and so in {} (`backtest data list` shows all)",
                escape(symbol),
                format::counted(rest.len(), "other asset"),
            )),
            [] => {}
        }
    }
}
