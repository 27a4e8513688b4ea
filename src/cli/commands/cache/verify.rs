//! `cache verify`: computes stored results again from the candles of today, and compares them bit for bit.
//!
//! An entry carries a digest of what it was computed from, not the thing itself. So what is verified is named as it
//! was when it was stored, by assets, strategies, parameters and settings; whatever else is stored is counted, and
//! said to be of other requests.

use serde_json::json;

use crate::args::options::CRYPTO;
use crate::args::{AssetsArgs, OutputFormat, VerifyArgs};
use crate::cache::{EntryKind, Stats};
use crate::commands::cache::verify_portfolios::Portfolios;
use crate::commands::cache::{Connection, grids, refuse, tell_failed};
use crate::commands::{Context, execution};
use crate::data::escape;
use crate::engine::{self, Mismatch, Pick, Progress, Sample, SampleSize, Segmentation, Verified};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::report;
use crate::settings::environment::now;
use crate::settings::file::in_command;
use crate::settings::{assets, benchmark, cache, strategies, windows};
use crate::sim::account::BorderRule;
use crate::sim::metrics::SegmentDetail;

const DAY: i64 = 86_400_000;

/// Runs it.
///
/// # Errors
/// A wrong request, no cache, stored results that are wrong, assets that failed.
pub(super) fn run(args: &VerifyArgs, context: &Context) -> Result<(), Error> {
    refuse("verify", &args.backtest, &[])?;
    let config = &context.config;
    let request = context.request(&args.backtest)?;
    let sample = sample(args)?;
    let cache = Connection::of(context)?;
    let stats = cache.open()?.stats().map_err(Error::failed)?;
    let names = if args.strategy.is_empty() { stored_strategies(&stats, context) } else { args.strategy.clone() };
    let given = strategies::given(&args.backtest, config)?;
    let portfolios = Portfolios::of(&names, &given)?;
    let (names, given) = portfolios.rest(&names, given)?;
    let (strategies, points) = match grids(&names, &given)? {
        Some((strategies, mut points)) if points.len() == 1 => (strategies, points.pop()),
        Some((strategies, _)) if strategies.is_empty() => (Vec::new(), None),
        Some(_) => {
            return Err(Error::usage(
                "parameters with several values are a grid, and `cache verify` takes the grid of one strategy: name it by --strategy",
            ));
        }
        None => (execution::bind(&names, &given)?, None),
    };
    let results = cache::open_patiently(&args.backtest, &context.global, config)?;
    let is_named = args.assets.all || !args.assets.crypto.is_empty() || in_command(&CRYPTO, None).is_some();
    let assets = AssetsArgs { all: args.assets.all || !is_named, ..args.assets.clone() };
    let chosen = assets::selected(&assets, &request, context.printer)?;
    let has_single = !strategies.is_empty();
    let mut plan = request.plan(chosen.clone(), strategies, true)?;
    plan.cover(points.iter().map(|points| points.grid().0));
    let plan = benchmark::measured(plan, request.benchmark.as_ref(), &context.data_dir)?;
    let signals = Interrupts::listen();
    let verified = match &points {
        _ if !has_single => Verified::default(),
        Some(points) => {
            let bar = ProgressBar::stoppable(context.printer, "points", signals.clone());
            let selection = context.window_ranking(&args.ranking)?;
            let cpcv = windows::cpcv(&args.windows, (BorderRule::Adopt, Pick::Best), request.interval)?;
            let windows = windows::is_given(&args.windows).then(|| windows::plan(&args.windows)).transpose()?;
            let cuts = |asset: usize| {
                let cuts = match (&cpcv, &windows) {
                    (Some(options), _) => {
                        let (points, given) = (std::slice::from_ref(points), (options, &selection));
                        engine::cross_validated_cuts(&plan, asset, points, given, &OnlyStopped(&bar))
                            .map_err(|failure| failure.to_string())?
                    }
                    (None, Some(windows)) => engine::walk_windows(&plan, asset, windows)?.1,
                    (None, None) => return Ok(vec![engine::honesty_segments(args.pbo_blocks)]),
                };
                let of = |detail| Segmentation { cuts: cuts.clone(), detail };
                Ok(vec![of(SegmentDetail::Returns), of(SegmentDetail::Stats)])
            };
            engine::verify_blocks(&plan, points, &cuts, &results, sample, &bar)
        }
        None => {
            engine::verify(&plan, &results, sample, &ProgressBar::stoppable(context.printer, "assets", signals.clone()))
        }
    };
    let verified = portfolios.verify((args, context), &request, &chosen, (&results, sample), &signals)?.and(verified);
    let report = results.finish();
    execution::tell(&verified.known, context);
    match &points {
        Some(points) => execution::tell_undefined_points(&plan, std::slice::from_ref(points), &verified.known, context),
        None => execution::tell_undefined(&plan, &verified.known, context),
    }
    if verified.stopped || signals.came().is_some() {
        return Err(Error::Interrupted(signals.came().unwrap_or(2)));
    }
    if let Some(warning) = report.warning {
        return Err(Error::failed(warning.failure));
    }
    let told = Verification {
        verified,
        sample,
        corrupt: report.corrupt,
        entries: of_other_requests(&stats, points.is_some()) + portfolios.entries(&stats),
    };
    context.printer.data(&told.text(request.format)?)?;
    for mismatch in &told.verified.mismatches {
        context.printer.error(&in_words(mismatch));
    }
    tell_failed(&told.verified.failed, context)?;
    if told.corrupt > 0 {
        let damaged = format::counted(usize::try_from(told.corrupt).unwrap_or(usize::MAX), "stored value");
        context.printer.error(&format!(
            "{damaged} cannot be used: damaged, or sealed with another secret; runs compute these results and replace them"
        ));
    }
    if told.verified.mismatches.is_empty() && told.corrupt == 0 { Ok(()) } else { Err(Error::Reported) }
}

/// Work beside that which a bar counts: it shows nothing, and stops with it.
struct OnlyStopped<'a>(&'a ProgressBar);

impl Progress for OnlyStopped<'_> {
    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}

/// Entries of the sort that was looked at, of whatever request.
fn of_other_requests(stats: &Stats, is_grid: bool) -> u64 {
    let kinds: &[EntryKind] =
        if is_grid { &[EntryKind::Block, EntryKind::Segments] } else { &[EntryKind::Result, EntryKind::Trades] };
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

fn sample(args: &VerifyArgs) -> Result<Sample, Error> {
    let seed = args.seed.unwrap_or_else(|| u64::try_from(now() / DAY).unwrap_or_default());
    let text = args.sample.as_deref().unwrap_or("100%").trim();
    let share = match text.strip_suffix('%') {
        Some(percent) => percent
            .parse()
            .ok()
            .map(|percent: f64| percent / 100.0)
            .filter(|part| *part > 0.0 && *part <= 1.0)
            .map(SampleSize::Part),
        None => text.parse().ok().filter(|count| *count > 0).map(SampleSize::Count),
    };
    share.map(|size| Sample { size, seed }).ok_or_else(|| {
        Error::usage(format!(
            "--sample '{}' is no share and no number: write 5% (above 0%, up to 100%), or 100 for so many results",
            escape(text)
        ))
    })
}

/// What `verify` found.
struct Verification {
    pub verified: Verified,
    pub sample: Sample,
    /// Refused before they were compared: never used by any run.
    pub corrupt: u64,
    /// What is stored of this sort in all.
    pub entries: u64,
}

impl Verification {
    pub(crate) fn text(&self, format: OutputFormat) -> Result<String, Error> {
        let Verified { stored, missing, checked, mismatches, failed, .. } = &self.verified;
        let others = self.entries.saturating_sub(*stored as u64 + self.corrupt);
        Ok(match format {
            OutputFormat::Table => {
                let mut text: String = format!(
                    "{} checked of {} stored for this request: {}\n",
                    format::counted(*checked, "result"),
                    format::count(*stored as u64),
                    match mismatches.len() {
                        0 if *checked == 0 => "nothing to compare".to_owned(),
                        0 => "all the same, bit for bit".to_owned(),
                        1 => "1 differs".to_owned(),
                        count => format!("{} differ", format::count(count as u64)),
                    }
                );
                let more = [
                    (*missing as u64, "not stored"),
                    (self.corrupt, "refused as corrupt, which no run uses"),
                    (others, "stored for other candles, parameters, settings or ranges, not checked"),
                ];
                for (number, what) in more.into_iter().filter(|(number, _)| *number > 0) {
                    text.push_str(&format::count(number));
                    text.push(' ');
                    text.push_str(what);
                    text.push('\n');
                }
                text
            }
            OutputFormat::Json => {
                let mismatches: Vec<_> = mismatches.iter().map(document).collect();
                let failed: Vec<_> =
                    failed.iter().map(|failed| json!({"symbol": failed.symbol, "reason": failed.reason})).collect();
                let document = json!({
                    "checked": checked, "stored": stored, "missing": missing, "corrupt": self.corrupt,
                    "others": others, "seed": self.sample.seed, "mismatches": mismatches, "failed": failed,
                });
                format!("{document:#}\n")
            }
            OutputFormat::Csv => {
                let line = |mismatch: &Mismatch| {
                    let Mismatch { symbol, strategy, kind, key, difference } = mismatch.clone();
                    [symbol, strategy, kind.name().to_owned(), key.to_string(), difference]
                };
                let names = ["symbol", "strategy", "kind", "key", "difference"];
                report::csv::lines(&names, mismatches.iter().map(line)).map_err(Error::failed)?
            }
        })
    }
}

fn document(mismatch: &Mismatch) -> serde_json::Value {
    let Mismatch { symbol, strategy, kind, key, difference } = mismatch;
    json!({
        "symbol": symbol, "strategy": strategy, "kind": kind.name(), "key": key.to_string(), "difference": difference,
    })
}

fn in_words(mismatch: &Mismatch) -> String {
    let Mismatch { symbol, strategy, kind, key, difference } = mismatch;
    format!("{symbol} {strategy}: {} {key} is wrong: {difference}", kind.name())
}
