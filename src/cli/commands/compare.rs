//! Results side by side: what `compare` and `--against` show.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::args::options::CRYPTO;
use crate::args::{AssetsArgs, BacktestArgs, CompareArgs, OutputFormat};
use crate::commands::results::reproduce::Reproduction;
use crate::commands::results::{self, Output, pages, saved};
use crate::commands::{Context, execution};
use crate::data::{Known, escape};
use crate::engine::{Plan, Replay};
use crate::error::Error;
use crate::output::{chart, format, result_tables};
use crate::report::{self, html};
use crate::settings::request::{BacktestRequest, PER_STRATEGY};
use crate::settings::strategies::{self, StrategySpec};
use crate::settings::{assets, benchmark, cache, other_assets};
use crate::sim::{Row, Summary};

/// One of those compared, with all that is known of it.
pub(crate) struct Compared {
    /// What to call it.
    pub name: String,
    /// What `--strategy` would be given.
    pub given: String,
    /// Its result.
    pub row: Row,
    /// What it was computed with, and its history; none of a saved result that cannot be computed again here.
    pub again: Option<(Plan, Replay)>,
}

/// Those compared.
#[derive(Default)]
pub(crate) struct Comparison {
    /// In the order of naming.
    pub parts: Vec<Compared>,
    notes: Vec<String>,
    /// In what they differ though the figures do not show it.
    differences: Vec<&'static str>,
}

impl Comparison {
    /// Those that were computed.
    pub(crate) fn of(parts: Vec<Compared>) -> Self {
        let mut comparison = Self { parts, ..Self::default() };
        comparison.finish();
        comparison
    }

    /// Adds a saved result; one that cannot be computed again here has no history, and says why.
    pub(crate) fn push_saved(&mut self, file: &str, row: Row, context: &Context) {
        let name = Path::new(file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let again = match saved::again(&row, context) {
            Ok(again) => Some(again),
            Err(why) => {
                let note = format!("{}: there is no equity line: {why}.", escape(&name));
                context.printer.note(&note);
                self.notes.push(note);
                None
            }
        };
        self.parts.push(Compared { name, given: row.strategy.clone(), row, again });
    }

    /// Refuses saved results of different assets: that their files are of one is hardly known from their names.
    ///
    /// # Errors
    /// When they are not of one asset.
    fn of_one_asset(&self) -> Result<(), Error> {
        let first = self.parts.first().map(|part| asset(&part.row)).unwrap_or_default();
        match self.parts.iter().find(|part| asset(&part.row) != first) {
            Some(other) => Err(Error::usage(format!(
                "compare is about one asset: {} is {first}, and {} is {}; for many assets pass --crypto A,B or use batch",
                escape(&self.parts[0].name),
                escape(&other.name),
                asset(&other.row)
            ))),
            None => Ok(()),
        }
    }

    /// Each with a name of its own; finds out in what they differ.
    fn finish(&mut self) {
        let Some(first) = self.parts.first().map(|part| asset(&part.row)) else { return };
        if self.parts.iter().any(|part| asset(&part.row) != first) {
            self.differences.push("They are not of the same asset and interval.");
        }
        let span = |row: &Row| (row.outcome.start, row.outcome.end);
        let same = self.parts.iter().all(|part| span(&part.row) == span(&self.parts[0].row));
        let terms = |row: &Row| (row.settings, row.benchmark.clone());
        let settings = self.parts.iter().all(|part| terms(&part.row) == terms(&self.parts[0].row));
        if !same {
            self.differences.push("They are not over the same range, so their figures are of different times.");
        }
        if !settings {
            self.differences.push("They differ in fees, fills, direction, capital, risk-free rate or benchmark.");
        }
        let names = strategies::distinct(self.parts.iter().map(|part| part.name.clone()).collect());
        for (part, name) in self.parts.iter_mut().zip(names) {
            part.name = name;
        }
    }
}

/// Symbol and interval.
fn asset(row: &Row) -> String {
    format!("{} {}", escape(&row.symbol), row.interval)
}

/// Prints those compared, and writes what is asked for.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn show(
    comparison: &Comparison,
    request: &BacktestRequest,
    page: Option<&Path>,
    chart: bool,
    context: &Context,
) -> Result<(), Error> {
    let rows: Vec<Row> = comparison.parts.iter().map(|part| part.row.clone()).collect();
    let mut params: Vec<String> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.params) {
        if !params.contains(name) {
            params.push(name.clone());
        }
    }
    let summary = Summary { assets: 1, strategies: rows.len(), combinations: rows.len(), ..Summary::default() };
    let json = || report::json::batch(&rows, &summary, &report::json::Highlights::default());
    if let Some(path) = &request.out {
        results::write_rows(path, &rows, &params, json)?;
    }
    if let Some(path) = page {
        pages::write("--report", path, &self::page(comparison, context))?;
    }
    let text = match request.format {
        OutputFormat::Table => table(comparison, chart, context),
        OutputFormat::Json => json(),
        OutputFormat::Csv => results::as_text(report::csv::rows(&rows, &params))?,
    };
    context.printer.data(&text)
}

fn page(comparison: &Comparison, context: &Context) -> String {
    let folder = &context.data_dir;
    let histories: Vec<_> = comparison
        .parts
        .iter()
        .map(|part| part.again.as_ref().map(|(plan, replay)| pages::history(plan, 0, replay)))
        .collect();
    let proof = |part: &Compared| match &part.again {
        Some((plan, replay)) => pages::proof(&Reproduction::of(plan, folder), &part.row, &part.given, replay),
        None => html::Provenance { key: part.row.key.clone(), ..html::Provenance::default() },
    };
    let contenders: Vec<html::ComparedResult<'_>> = comparison
        .parts
        .iter()
        .zip(&histories)
        .map(|(part, history)| html::ComparedResult {
            name: part.name.clone(),
            row: &part.row,
            history: history.as_ref(),
            proof: proof(part),
        })
        .collect();
    let synthetic =
        comparison.parts.iter().any(|part| part.again.as_ref().is_some_and(|(_, replay)| replay.known.synthetic));
    let notes: Vec<String> = pages::notes(synthetic)
        .into_iter()
        .chain(comparison.notes.clone())
        .chain(comparison.differences.iter().map(|text| (*text).to_owned()))
        .collect();
    html::compare(&contenders, &notes)
}

fn table(comparison: &Comparison, chart: bool, context: &Context) -> String {
    let named: Vec<(&str, &Row)> = comparison.parts.iter().map(|part| (part.name.as_str(), &part.row)).collect();
    let mut out = heading(comparison);
    if chart {
        for part in &comparison.parts {
            if let Some((_, replay)) = &part.again {
                let _ = writeln!(out, "{}", escape(&part.name));
                out.push_str(&chart::run(&part.row, replay, context.printer));
            }
        }
    }
    out.push_str(&result_tables::side_by_side(&named, context.printer));
    for difference in &comparison.differences {
        let _ = writeln!(out, "! {difference}");
    }
    out
}

/// Asset and range; of those that differ in range or account, each with its own.
fn heading(comparison: &Comparison) -> String {
    let Some(first) = comparison.parts.first().map(|part| &part.row) else { return String::new() };
    let range = |row: &Row| {
        let bars = format::counted(usize::try_from(row.outcome.bars).unwrap_or(usize::MAX), "bar");
        format!("{} to {}, {bars}", format::time(row.outcome.start), format::time(row.outcome.end))
    };
    let what = asset(first);
    let is_mixed = comparison.parts.iter().any(|part| asset(&part.row) != what);
    if comparison.differences.is_empty() {
        return format!("{what}  {}\n", range(first));
    }
    let wide = comparison.parts.iter().map(|part| escape(&part.name).chars().count()).max().unwrap_or(0);
    let line = |part: &Compared| {
        let (name, settings) = (escape(&part.name), &part.row.settings);
        let (account, capital) = (format::settings(settings), format::grouped(settings.capital, 0));
        let whose = if is_mixed { format!("{}  ", asset(&part.row)) } else { String::new() };
        format!("  {name:wide$}  {whose}{}; {account}, capital {capital}\n", range(&part.row))
    };
    let what = if is_mixed { String::new() } else { format!("{what}\n") };
    what + &comparison.parts.iter().map(line).collect::<String>()
}

/// Runs it.
///
/// # Errors
/// A wrong request, results of different assets, or candles that cannot be used.
pub(crate) fn run(args: &CompareArgs, context: &Context) -> Result<(), Error> {
    let request = context.request(&args.backtest)?;
    pages::check(args.pictures.report.as_deref())?;
    let contenders = args.contenders.iter().map(PathBuf::from).filter(|path| path.is_file());
    let read: Vec<PathBuf> = contenders.chain(assets::lists(&args.assets)).collect();
    let outputs = [("--out", request.out.as_deref()), ("--report", args.pictures.report.as_deref())];
    results::check_outputs(&outputs, &read)?;
    let (files, specs): (Vec<&String>, Vec<&String>) =
        args.contenders.iter().partition(|text| strategies::is_result(text));
    if args.contenders.len() < 2 {
        return Err(Error::usage(format!(
            "compare takes two or more, as in: backtest compare {} ma --crypto BTC",
            escape(&args.contenders[0])
        )));
    }
    let mut comparison = Comparison::default();
    let mut read = Vec::new();
    for file in files {
        let document = saved::read(Path::new(file))?;
        let [row] = <[Row; 1]>::try_from(document.rows).map_err(|rows| {
            let count = format::counted(rows.len(), "result");
            Error::usage(format!("{}: holds {count}; compare takes files of one, as run writes them", escape(file)))
        })?;
        read.push((file, row));
    }
    // Contenders stay in the order in which they were named.
    let given = strategies::given(&args.backtest, &context.config)?;
    let bound: Vec<StrategySpec> =
        specs.iter().map(|text| strategies::parse(text, &given, &PER_STRATEGY)).collect::<Result<_, _>>()?;
    let bound_count = bound.len();
    let computed = if bound.is_empty() {
        Vec::new()
    } else {
        let of_first = read.first().map(|(_, row)| row.symbol.clone()).into_iter();
        let named = context.config.names(&CRYPTO, &args.assets.crypto)?;
        let crypto = named.unwrap_or_else(|| of_first.collect());
        let chosen = AssetsArgs { crypto, ..args.assets.clone() };
        if !chosen.all && chosen.crypto.is_empty() {
            return Err(Error::usage("which asset? Pass --crypto BTC"));
        }
        let crypto = if assets::is_list_of_names(&chosen) {
            chosen.crypto
        } else {
            // Of the first's candles, whatever the others are tested on.
            let request = request.with(&bound[0].options)?;
            let chosen = assets::selected(&chosen, &request, context.printer)?;
            chosen.into_iter().map(|asset| asset.symbol).collect()
        };
        compute(&crypto, &args.backtest, &request, (&bound, &outputs), context)?
    };
    let is_asked = read.is_empty();
    // Each on all assets, one after the other.
    let assets_each = computed.len() / bound_count.max(1);
    let mut computed = computed.into_iter();
    let mut read = read.into_iter();
    for text in &args.contenders {
        if strategies::is_result(text) {
            let Some((file, row)) = read.next() else { continue };
            comparison.push_saved(file, row, context);
        } else {
            comparison.parts.extend(computed.by_ref().take(assets_each));
        }
    }
    if !is_asked {
        comparison.of_one_asset()?;
    }
    comparison.finish();
    show(&comparison, &request, args.pictures.report.as_deref(), args.pictures.chart, context)
}

/// Computes each of the strategies on all of the assets, each with its history; the outputs are those of the command.
///
/// # Errors
/// An unknown asset, candles that cannot be used, an output that would replace what is read.
pub(crate) fn compute(
    crypto: &[String],
    args: &BacktestArgs,
    request: &BacktestRequest,
    (specs, outputs): (&[StrategySpec], &[Output<'_>]),
    context: &Context,
) -> Result<Vec<Compared>, Error> {
    let results = cache::open(args, &context.global, &context.config)?;
    let mut plans: Vec<(Plan, Vec<usize>)> = Vec::new();
    for (at, spec) in specs.iter().enumerate() {
        let request = request.with(&spec.options)?;
        for (number, name) in crypto.iter().enumerate() {
            let assets = assets::one("--crypto", name, &context.data_dir, request.interval)?;
            let place = at * crypto.len() + number;
            let alike = |plan: &Plan| {
                plan.assets[0].path == assets[0].path
                    && plan.interval == request.interval
                    && plan.settings == request.settings
            };
            // What is on the same candles with the same account is computed together.
            if let Some((plan, places)) = plans.iter_mut().find(|(plan, _)| alike(plan)) {
                plan.add(spec.bound.clone());
                other_assets::read(plan, &context.data_dir)?;
                places.push(place);
            } else {
                let plan = request.plan(assets, vec![spec.bound.clone()], false)?;
                let plan = benchmark::measured(plan, request.benchmark.as_ref(), &context.data_dir)?;
                plans.push((plan, vec![place]));
            }
        }
    }
    let named: Vec<String> = specs.iter().map(|spec| spec.given.trim().to_owned()).collect();
    let inputs: Vec<_> = plans.iter().flat_map(|(plan, _)| results::inputs(plan, &named, context)).collect();
    results::check_outputs(outputs, &inputs)?;
    let mut parts: Vec<Option<Compared>> = Vec::new();
    parts.resize_with(specs.len() * crypto.len(), || None);
    let (mut known, mut files) = (Vec::new(), Vec::new());
    let first = plans.first().map(|(plan, _)| plan.clone());
    for (plan, places) in plans {
        let done = execution::execute_one_of_several(&plan, &results, context);
        if let Some(failed) = done.summary.failed.first() {
            return Err(Error::failed(&failed.reason));
        }
        execution::tell_undefined(&plan, &done.known, context);
        let is_new = |(symbol, _): &(String, Known)| !known.iter().any(|(other, _)| other == symbol);
        let new: Vec<_> = done.known.into_iter().filter(is_new).collect();
        known.extend(new);
        files.extend(plan.assets.iter().cloned());
        for (number, (place, row)) in places.into_iter().zip(done.rows).enumerate() {
            let spec = &specs[place / crypto.len()];
            let alone = Plan { strategies: vec![spec.bound.clone()], ..plan.clone() };
            let replay = pages::replay(&plan, number, &row)?;
            let name = if crypto.len() > 1 { format!("{} {}", row.symbol, spec.name) } else { spec.name.clone() };
            parts[place] = Some(Compared { name, given: spec.given.clone(), row, again: Some((alone, replay)) });
        }
    }
    execution::tell_resampled(&files, context);
    execution::tell(&known, context);
    if let Some(plan) = &first {
        benchmark::tell(plan, &known, context.printer);
    }
    execution::warn_of_cache(results.finish().warning.as_ref(), context);
    Ok(parts.into_iter().flatten().collect())
}
