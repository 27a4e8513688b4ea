//! `backtest data`: the candles there are, and sample ones to try the program with. The larger commands stand in files
//! of their own.

use serde_json::{Value, json};

use super::{Context, data_check, data_convert, data_export, data_fetch, data_import, shared};
use crate::cli::args::{DataCommand, Format};
use crate::cli::fault::Fault;
use crate::cli::grid::Grid;
use crate::cli::progress::Bar;
use crate::cli::{paths, resolve, text};
use crate::data::{Catalog, CatalogError, Index, Known, escape, intervals, may_be_folder, sample};
use crate::engine;
use crate::report;
use crate::sim::model::Interval;

/// Runs it.
///
/// # Errors
/// No data folder; a file that cannot be written; or, once the others are listed, files that cannot be used.
pub fn run(command: &DataCommand, context: &Context) -> Result<(), Fault> {
    match command {
        DataCommand::List { interval, format } => list(interval.as_deref(), *format, context),
        DataCommand::Import(args) => data_import::run(args, context),
        DataCommand::Check(args) => data_check::run(args, context),
        DataCommand::Convert(args) => data_convert::run(args, context),
        DataCommand::Export(args) => data_export::run(args, context),
        DataCommand::Fetch(args) => data_fetch::run(args, context),
        DataCommand::Sample { seed } => make_sample(*seed, context),
    }
}

fn make_sample(seed: u64, context: &Context) -> Result<(), Fault> {
    let folder = resolve::data_dir(&context.global, &context.config);
    may_be_folder(&folder).map_err(Fault::wrong)?;
    let files = sample::write(&folder, seed).map_err(Fault::failed)?;
    context.printer.note("synthetic candles made by a generator: for trying things out, not the market");
    let shown = escape(&folder.join(sample::INTERVAL).display().to_string());
    context.printer.data(&format!("{} written to {shown}\n", text::counted(files.len(), "file")))
}

/// One file of the list.
struct Listed {
    symbol: String,
    interval: Interval,
    file: String,
    size: u64,
    /// Length of the file's own bars, where they are shorter.
    made_of: Option<Interval>,
    known: Result<Known, String>,
}

fn list(interval: Option<&str>, format: Format, context: &Context) -> Result<(), Fault> {
    let folder = resolve::data_dir(&context.global, &context.config);
    let is_asked = interval.is_some();
    let wanted = match interval {
        Some(interval) => vec![resolve::interval(Some(interval), &context.config)?],
        None => intervals(&folder),
    };
    // With no interval folder at all, the catalogue of the usual one says what is missing.
    let wanted = if wanted.is_empty() { vec![resolve::interval(None, &context.config)?] } else { wanted };
    let mut index = Index::open(paths::cache_dir().as_deref());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all = Vec::new();
    let mut empty = None;
    for interval in wanted {
        // Where one interval is asked for, what it would be computed with is shown; else the files alone.
        let open = if is_asked { Catalog::with_shorter } else { Catalog::open };
        let catalog = match open(&folder, interval) {
            Ok(catalog) => catalog,
            // A folder that holds nothing yet does not hide the others.
            Err(error @ CatalogError::NoCandles { .. }) if !is_asked => {
                empty = empty.or(Some(error));
                continue;
            }
            Err(error) => return Err(Fault::wrong(error)),
        };
        let bar = Bar::new(context.printer, "files");
        let known = engine::survey(catalog.entries(), &mut index, threads, shared::now(), &bar);
        all.extend(catalog.entries().iter().zip(known).map(|(entry, known)| Listed {
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
        return Err(Fault::wrong(error));
    }
    let text = match format {
        Format::Table => table(&all, context),
        Format::Json => format!("{:#}\n", all.iter().map(as_json).collect::<Value>()),
        Format::Csv => as_csv(&all)?,
    };
    context.printer.data(&text)?;
    let failed = all.iter().filter_map(|listed| listed.known.as_ref().err());
    let count = failed.inspect(|reason| context.printer.error(reason)).count();
    if count == 0 { Ok(()) } else { Err(Fault::Told) }
}

fn table(all: &[Listed], context: &Context) -> String {
    let header = ["Asset", "Interval", "Bars", "First", "Last", "Size", "File", "Remarks"];
    let mut grid = Grid::new(context.printer, &header, &[2, 5]);
    for listed in all {
        let mut cells = vec![listed.symbol.clone(), listed.interval.to_string()];
        match &listed.known {
            Ok(known) => cells.extend([text::count(known.bars), text::time(known.start), text::time(known.end)]),
            Err(_) => cells.extend(["-", "-", "-"].map(str::to_owned)),
        }
        let remarks = match &listed.known {
            Ok(known) => remarks(listed, known).join("; "),
            Err(_) => "cannot be used, see below".to_owned(),
        };
        cells.extend([text::bytes(listed.size), listed.file.clone(), remarks]);
        grid.line(cells);
    }
    grid.wrapped(context.printer, &[5, 6])
}

fn remarks(listed: &Listed, known: &Known) -> Vec<String> {
    let made_of = listed.made_of.map(|source| format!("made of {source} bars"));
    let synthetic = known.synthetic.then(|| "synthetic".to_owned());
    made_of.into_iter().chain(synthetic).chain(known.warnings.iter().map(ToString::to_string)).collect()
}

fn as_json(listed: &Listed) -> Value {
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

fn as_csv(all: &[Listed]) -> Result<String, Fault> {
    let line = |listed: &Listed| {
        let [bars, start, end] = listed.known.as_ref().map_or_else(
            |_| Default::default(),
            |known| [known.bars.to_string(), report::time(known.start), report::time(known.end)],
        );
        let remarks = listed.known.as_ref().map_or_else(Clone::clone, |known| remarks(listed, known).join("; "));
        let symbol = listed.symbol.clone();
        [symbol, listed.interval.to_string(), bars, start, end, listed.size.to_string(), listed.file.clone(), remarks]
    };
    let header = ["symbol", "interval", "bars", "start", "end", "size", "file", "remarks"];
    report::csv::lines(&header, all.iter().map(line)).map_err(Fault::failed)
}
