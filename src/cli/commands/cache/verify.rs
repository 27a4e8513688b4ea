//! `cache verify`: computes stored results again from the candles of today, and compares them bit for bit.
//!
//! An entry carries a digest of what it was computed from, not the thing itself. So what is verified is named as it
//! was when it was stored, by assets, strategies, parameters and settings; whatever else is stored is counted, and
//! said to be of other requests.

use super::grid::grid;
use super::outcome::{refuse, tell_failed};
use super::run::Where;
use super::verify_text::{Told, in_words};
use crate::cache::{Kind, Stats};
use crate::cli::args::{AssetsArgs, VerifyArgs};
use crate::cli::commands::{Context, shared};
use crate::cli::fault::Fault;
use crate::cli::progress::Bar;
use crate::cli::signals::Signals;
use crate::cli::{cache, environment, resolve, strategies};
use crate::data::escape;
use crate::engine::{self, Sample, Share};

const DAY: i64 = 86_400_000;

/// Runs it.
///
/// # Errors
/// A wrong request, no cache, stored results that are wrong, assets that failed.
pub fn run(args: &VerifyArgs, context: &Context) -> Result<(), Fault> {
    refuse("verify", &args.backtest, &[])?;
    let config = &context.config;
    let request = resolve::request(&args.backtest, config)?;
    let sample = sample(args)?;
    let cache = Where::of(context)?;
    let stats = cache.open()?.stats().map_err(Fault::failed)?;
    let names = if args.strategy.is_empty() { stored_strategies(&stats, context) } else { args.strategy.clone() };
    let (strategies, points) = match grid(&names, &args.backtest.params)? {
        Some((bound, points)) => (vec![bound], Some(points)),
        None => (shared::bind(&names, &args.backtest.params)?, None),
    };
    let results = cache::open_patiently(&args.backtest, &context.global, config)?;
    let is_named = args.assets.all || !args.assets.crypto.is_empty() || environment::text("BACKTEST_CRYPTO").is_some();
    let assets = AssetsArgs { all: args.assets.all || !is_named, crypto: args.assets.crypto.clone() };
    let plan = request.plan(
        resolve::many(&assets, &resolve::data_dir(&context.global, config), request.interval)?,
        strategies,
        true,
    );
    let signals = Signals::listen();
    let verified = match &points {
        Some(points) => {
            let bar = Bar::stoppable(context.printer, "points", signals.clone());
            engine::verify_blocks(&plan, points, &results, sample, &bar)
        }
        None => engine::verify(&plan, &results, sample, &Bar::stoppable(context.printer, "assets", signals.clone())),
    };
    let report = results.finish();
    shared::tell(&verified.known, context);
    if verified.stopped || signals.came().is_some() {
        return Err(Fault::Stopped(signals.came().unwrap_or(2)));
    }
    if let Some(warning) = report.warning {
        return Err(Fault::failed(warning.split_once("; continuing").map_or(warning.as_str(), |(what, _)| what)));
    }
    let told = Told { verified, sample, corrupt: report.corrupt, entries: of_other_requests(&stats, points.is_some()) };
    context.printer.data(&told.text(request.format)?)?;
    for mismatch in &told.verified.mismatches {
        context.printer.error(&in_words(mismatch));
    }
    tell_failed(&told.verified.failed, context)?;
    if told.verified.mismatches.is_empty() { Ok(()) } else { Err(Fault::Told) }
}

/// Entries of the sort that was looked at, of whatever request.
fn of_other_requests(stats: &Stats, is_grid: bool) -> u64 {
    let kinds: &[Kind] = if is_grid { &[Kind::Block] } else { &[Kind::Result, Kind::Trades] };
    kinds.iter().filter_map(|kind| stats.kinds.get(kind.name())).map(|tally| tally.entries).sum()
}

/// The strategies that something is stored of, as far as they are known here.
fn stored_strategies(stats: &Stats, context: &Context) -> Vec<String> {
    let (known, unknown): (Vec<String>, Vec<String>) =
        stats.strategies.keys().cloned().partition(|name| !strategies::is_path(name) && strategies::load(name).is_ok());
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|name| escape(name)).collect();
        context.printer.note(&format!(
            "not verified, as no strategy of this name is known here: {}; name their files by --strategy",
            names.join(", ")
        ));
    }
    known
}

fn sample(args: &VerifyArgs) -> Result<Sample, Fault> {
    let seed = args.seed.unwrap_or_else(|| u64::try_from(shared::now() / DAY).unwrap_or_default());
    let text = args.sample.as_deref().unwrap_or("100%").trim();
    let share = match text.strip_suffix('%') {
        Some(percent) => percent
            .parse()
            .ok()
            .map(|percent: f64| percent / 100.0)
            .filter(|part| *part > 0.0 && *part <= 1.0)
            .map(Share::Part),
        None => text.parse().ok().filter(|count| *count > 0).map(Share::Count),
    };
    share.map(|share| Sample { share, seed }).ok_or_else(|| {
        Fault::wrong(format!(
            "--sample '{}' is no share and no number: write 5% (above 0%, up to 100%), or 100 for so many results",
            escape(text)
        ))
    })
}
