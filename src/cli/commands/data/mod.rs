//! `backtest data`: the candles there are, and sample ones to try the program with. The larger commands stand in files
//! of their own.

mod check;
mod convert;
mod export;
mod fetch;
mod funding;
mod import;

use std::path::Path;

use serde_json::{Value, json};

use crate::args::{DataCommand, OutputFormat, StoredArgs};
use crate::commands::Context;
use crate::data::{CandleFile, Catalog, CatalogError, Index, Known, escape, intervals, may_be_folder, sample};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::ProgressBar;
use crate::output::table::TextTable;
use crate::settings::environment::{self, now};
use crate::settings::{assets, request};
use crate::sim::{Interval, TimeRange};
use crate::{engine, report};

/// Runs it.
///
/// # Errors
/// No data folder; a file that cannot be written; or, once the others are listed, files that cannot be used.
pub(crate) fn run(command: &DataCommand, context: &Context) -> Result<(), Error> {
    match command {
        DataCommand::List { interval, format } => list(interval.as_deref(), *format, context),
        DataCommand::Import(args) => import::run(args, context),
        DataCommand::Check(args) => check::run(args, context),
        DataCommand::Convert(args) => convert::run(args, context),
        DataCommand::Export(args) => export::run(args, context),
        DataCommand::Fetch(args) => fetch::run(args, context),
        DataCommand::Sample { seed } => make_sample(*seed, context),
    }
}

fn make_sample(seed: u64, context: &Context) -> Result<(), Error> {
    let folder = &context.data_dir;
    may_be_folder(folder).map_err(Error::usage)?;
    let files = sample::write(folder, seed).map_err(Error::failed)?;
    context.printer.note("synthetic candles made by a generator: for trying things out, not the market");
    let shown = escape(&folder.join(sample::INTERVAL).display().to_string());
    context.printer.data(&format!("{} written to {shown}\n", format::counted(files.len(), "file")))
}

/// One file of the list.
struct ListedFile {
    symbol: String,
    interval: Interval,
    file: String,
    size: u64,
    /// Length of the file's own bars, where they are shorter.
    made_of: Option<Interval>,
    known: Result<Known, String>,
}

fn list(interval: Option<&str>, format: OutputFormat, context: &Context) -> Result<(), Error> {
    let folder = &context.data_dir;
    let asked = request::only_interval(interval)?;
    let is_asked = asked.is_some();
    let wanted = intervals_of(asked, folder, context)?;
    let mut index = Index::open(environment::cache_dir().as_deref());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all = Vec::new();
    let mut empty = None;
    for interval in wanted {
        // Where one interval is asked for, what it would be computed with is shown; else the files alone.
        let open = if is_asked { Catalog::with_shorter } else { Catalog::open };
        let catalog = match open(folder, interval) {
            Ok(catalog) => catalog,
            // A folder that holds nothing yet does not hide the others.
            Err(error @ CatalogError::NoCandles { .. }) if !is_asked => {
                empty = empty.or(Some(error));
                continue;
            }
            Err(error) => return Err(Error::usage(error)),
        };
        let bar = ProgressBar::new(context.printer, "files");
        let known = engine::scan_files(catalog.entries(), TimeRange::default(), &mut index, threads, now(), &bar);
        all.extend(catalog.entries().iter().zip(known).map(|(entry, known)| ListedFile {
            symbol: entry.symbol.clone(),
            interval,
            file: entry.path.display().to_string(),
            size: entry.stamp.size,
            made_of: entry.is_resampled().then_some(entry.source),
            known,
        }));
    }
    index.save();
    if let Some(error) = empty.filter(|_| all.is_empty()) {
        return Err(Error::usage(error));
    }
    let text = match format {
        OutputFormat::Table => table(&all, context),
        OutputFormat::Json => format!("{:#}\n", all.iter().map(as_json).collect::<Value>()),
        OutputFormat::Csv => as_csv(&all)?,
    };
    context.printer.data(&text)?;
    let failed = all.iter().filter_map(|listed| listed.known.as_ref().err());
    let count = failed.inspect(|reason| context.printer.error(reason)).count();
    if count == 0 { Ok(()) } else { Err(Error::Reported) }
}

fn table(all: &[ListedFile], context: &Context) -> String {
    let header = ["Asset", "Interval", "Bars", "First", "Last", "Size", "File", "Remarks"];
    let mut grid = TextTable::new(context.printer, &header, &[2, 5]);
    for listed in all {
        let mut cells = vec![escape(&listed.symbol), listed.interval.to_string()];
        match &listed.known {
            Ok(known) => cells.extend([format::count(known.bars), format::time(known.start), format::time(known.end)]),
            Err(_) => cells.extend(["-", "-", "-"].map(str::to_owned)),
        }
        let remarks = match &listed.known {
            Ok(known) => remarks(listed, known).join("; "),
            Err(_) => "cannot be used, see below".to_owned(),
        };
        cells.extend([format::bytes(listed.size), escape(&listed.file), remarks]);
        grid.line(cells);
    }
    grid.wrapped(&[5, 6, 3, 1])
}

fn remarks(listed: &ListedFile, known: &Known) -> Vec<String> {
    let made_of = listed.made_of.map(|source| format!("made of {source} bars"));
    let synthetic = known.synthetic.then(|| "synthetic".to_owned());
    made_of.into_iter().chain(synthetic).chain(known.warnings.iter().map(ToString::to_string)).collect()
}

fn as_json(listed: &ListedFile) -> Value {
    let mut value = json!({
        "symbol": listed.symbol,
        "interval": listed.interval.to_string(),
        "file": listed.file,
        "size": listed.size,
    });
    if let Some(source) = listed.made_of {
        value["made_of"] = source.to_string().into();
    }
    match &listed.known {
        Ok(known) => {
            value["bars"] = known.bars.into();
            value["start"] = report::time(known.start).into();
            value["end"] = report::time(known.end).into();
            value["synthetic"] = known.synthetic.into();
            value["warnings"] = known.warnings.iter().map(ToString::to_string).collect();
        }
        Err(reason) => value["error"] = reason.as_str().into(),
    }
    value
}

fn as_csv(all: &[ListedFile]) -> Result<String, Error> {
    let line = |listed: &ListedFile| {
        let [bars, start, end] = listed.known.as_ref().map_or_else(
            |_| Default::default(),
            |known| [known.bars.to_string(), report::time(known.start), report::time(known.end)],
        );
        let remarks = listed.known.as_ref().map_or_else(Clone::clone, |known| remarks(listed, known).join("; "));
        let symbol = listed.symbol.clone();
        [symbol, listed.interval.to_string(), bars, start, end, listed.size.to_string(), listed.file.clone(), remarks]
    };
    let header = ["symbol", "interval", "bars", "start", "end", "size", "file", "remarks"];
    report::csv::lines(&header, all.iter().map(line)).map_err(Error::failed)
}

/// The interval that was asked for, else all that the folder has.
fn intervals_of(asked: Option<Interval>, folder: &Path, context: &Context) -> Result<Vec<Interval>, Error> {
    let found = asked.map_or_else(|| intervals(folder), |interval| vec![interval]);
    // With no interval folder at all, the catalogue of the usual one says what is missing.
    if found.is_empty() { Ok(vec![request::interval(None, &context.config)?]) } else { Ok(found) }
}

/// The candle files that are meant, interval by interval.
///
/// # Errors
/// No data folder; an interval that is none; a symbol that is in no folder that is meant.
fn entries(args: &StoredArgs, folder: &Path, context: &Context) -> Result<Vec<(Interval, Vec<CandleFile>)>, Error> {
    let asked = request::only_interval(args.interval.as_deref())?;
    let wanted = intervals_of(asked, folder, context)?;
    let mut all = Vec::new();
    let mut missing = None;
    for interval in wanted {
        let catalog = match Catalog::open(folder, interval) {
            Ok(catalog) => catalog,
            // A folder that holds nothing yet does not hide the others.
            Err(error @ CatalogError::NoCandles { .. }) if asked.is_none() => {
                missing = missing.or(Some(Error::usage(error)));
                continue;
            }
            Err(error) => return Err(Error::usage(error)),
        };
        if args.crypto.is_empty() {
            all.push((interval, catalog.entries().to_vec()));
            continue;
        }
        match assets::assets(&catalog, &args.crypto) {
            Ok(entries) => all.push((interval, entries.into_iter().cloned().collect())),
            // Not every asset is there in every interval.
            Err(fault) => missing = Some(fault),
        }
    }
    match missing {
        Some(fault) if all.is_empty() => Err(fault),
        _ => Ok(all),
    }
}

/// Says what failed, each symbol with its reason.
///
/// # Errors
/// When anything did.
fn report_failures<'a>(failures: impl Iterator<Item = (&'a str, &'a str)>, context: &Context) -> Result<(), Error> {
    let mut count = 0;
    for (symbol, failure) in failures {
        context.printer.error(&format!("{symbol}: {failure}"));
        count += 1;
    }
    if count == 0 { Ok(()) } else { Err(Error::Reported) }
}
