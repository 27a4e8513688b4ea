//! `backtest signals bench`: passes of one new bar each over the last bars of the candles that are there.

use std::time::{Duration, Instant};

use super::location;
use crate::args::{OutputFormat, SignalsBenchArgs};
use crate::cache::{CacheLocation, SignalStore};
use crate::commands::{Context, execution};
use crate::engine::{self, ReadCounts, SignalRequest};
use crate::error::Error;
use crate::output::format;
use crate::report;
use crate::settings::{assets, cache, strategies};
use crate::sim::{Millis, Signal};

/// Runs it.
///
/// # Errors
/// A wrong request, or a store that cannot be used.
pub(super) fn run(args: &SignalsBenchArgs, context: &Context) -> Result<(), Error> {
    let config = &context.config;
    let request = context.request(&args.backtest)?;
    let names = execution::names(&args.strategy, config)?;
    let bound = execution::bind(&names, &strategies::given(&args.backtest, config)?)?;
    let files = assets::selected(&args.assets, &request, context.printer)?;
    let mut plan = request.plan(files, bound, false)?;
    let folder = tempfile::tempdir()?;
    let place = match args.state.state {
        Some(_) => location(&args.state, &context.global, config)?,
        None => CacheLocation::File(folder.path().join("signals.db")),
    };
    // Under a name of its own: what is followed in earnest is not touched.
    let prefix = format!("{}-bench-{}", cache::prefix(&context.global, config)?, std::process::id());
    let mut store = SignalStore::open(&place, &prefix, None).map_err(Error::failed)?;
    let document = &|signal: &Signal| report::json::signal(signal);
    let end = last_bar(&plan)?;
    let step = plan.interval.millis();
    let bars = Millis::try_from(args.bars).unwrap_or(Millis::MAX);
    let mut passes: Vec<Duration> = Vec::new();
    let mut parts = [Duration::ZERO; 3];
    let (mut signals, mut reads) = (0, ReadCounts::default());
    for bar in 0..=bars {
        plan.range.to = Some(end - (bars - bar) * step + 1);
        let request = SignalRequest {
            plan: &plan,
            namespace: &prefix,
            since: None,
            max_late: 1,
            conditions: false,
            verify: args.verify,
            document,
        };
        let begun = Instant::now();
        let pass = engine::signal_pass(&request, &mut store).map_err(Error::failed)?;
        // The first pass folds everything.
        if bar > 0 {
            passes.push(begun.elapsed());
            let times = [pass.times.states, pass.times.fold, pass.times.commit];
            parts.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
            signals += pass.signals.len();
            reads += pass.reads;
        }
    }
    passes.sort_unstable();
    let at = |share: usize| passes[((passes.len() - 1) * share).div_ceil(100)].as_secs_f64() * 1e3;
    let figures = [("p50", at(50)), ("p95", at(95)), ("p99", at(99)), ("max", at(100))];
    let count = u32::try_from(passes.len()).unwrap_or(1);
    let parts = ["states", "fold", "commit"].into_iter().zip(parts.map(|sum| (sum / count).as_secs_f64() * 1e3));
    let (assets, strategies) = (plan.assets.len(), plan.strategies.len());
    let each = |sum: u64| sum / u64::from(count);
    let reads = [
        ("whole_files", reads.whole),
        ("tails", reads.tails),
        ("unchanged_files", reads.unchanged),
        ("bars_read", reads.bars),
        ("bytes_read", reads.bytes),
        ("bars_folded", reads.folded),
    ]
    .map(|(name, sum)| (name, each(sum)));
    let text = if request.format == OutputFormat::Json {
        let all = figures.into_iter().map(|(name, millis)| (format!("{name}_ms"), millis));
        let all = all.chain(parts.map(|(name, millis)| (format!("mean_{name}_ms"), millis)));
        let mut document: serde_json::Map<String, serde_json::Value> =
            all.map(|(name, millis)| (name, ((millis * 1e3).round() / 1e3).into())).collect();
        for (name, number) in
            [("assets", assets), ("strategies", strategies), ("passes", passes.len()), ("signals", signals)]
        {
            document.insert(name.to_owned(), number.into());
        }
        document.extend(reads.map(|(name, number)| (format!("mean_{name}"), number.into())));
        format!("{:#}\n", serde_json::Value::Object(document))
    } else {
        let figures: Vec<String> =
            figures.into_iter().map(|(name, millis)| format!("{name} {}", format::duration(millis))).collect();
        let parts: Vec<String> = parts.map(|(name, millis)| format!("{name} {}", format::duration(millis))).collect();
        format!(
            "{} x {}: {} of one new bar each, {} found, in {}\n{}; of the mean: {}\nof each: {}\nwithout the start of the process\n",
            format::counted(assets, "asset"),
            format::counted(strategies, "strategy").replace("strategys", "strategies"),
            format::counted(passes.len(), "pass").replace("passs", "passes"),
            format::counted(signals, "signal"),
            place.label(),
            figures.join(", "),
            parts.join(", "),
            reads.map(|(name, number)| format!("{number} {}", name.replace('_', " "))).join(", "),
        )
    };
    context.printer.data(&text)
}

/// Open time of the last bar that any asset has.
fn last_bar(plan: &engine::Plan) -> Result<Millis, Error> {
    let known = (0..plan.assets.len()).filter_map(|asset| engine::last_bar(plan, asset, 0).ok());
    let last = known.map(|last| last.time).max();
    last.ok_or_else(|| Error::failed("no asset has candles that can be used"))
}
