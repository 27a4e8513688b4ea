//! `backtest data import`: files of exchanges and tools become candles in the data folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Context, shared};
use crate::cli::args::{ConflictArg, Format, ImportArgs};
use crate::cli::fault::Fault;
use crate::cli::progress::Bar;
use crate::cli::tables::Grid;
use crate::cli::{resolve, text};
use crate::data::escape;
use crate::data::import::{self, Found, Wishes};
use crate::data::store::{self, Merged, OnConflict, Part};
use crate::engine;
use crate::model::{Interval, Millis};
use crate::report;

/// Bytes of files that are taken in at once: all their bars are in memory together.
const AT_ONCE: u64 = 128 << 20;

/// Runs it.
///
/// # Errors
/// A symbol or an interval that is none; or, once all others are stored, files that hold no candles.
pub fn run(args: &ImportArgs, context: &Context) -> Result<(), Fault> {
    let folder = resolve::data_dir(&context.global, &context.config);
    let wishes = wishes(args)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut report = Imported::default();
    for files in batches(&args.files) {
        let bar = Bar::new(context.printer, "files");
        let read = engine::in_parallel(files, threads, &bar, |path| (path, import::read_file(path, &wishes)));
        let mut found = Vec::new();
        for (path, read) in read {
            match read {
                Ok(all) => found.extend(all.into_iter().map(|one| (path.clone(), one))),
                Err(error) => report.errors.push(error.to_string()),
            }
        }
        if !args.dry_run {
            report.store(&found, &folder, wishes.conflict, threads, context);
        }
        report.files.extend(found.iter().map(|(path, found)| File::of(path, found)));
    }
    let text = match args.format {
        Format::Table => report.table(context),
        Format::Json => format!("{:#}\n", report.as_json()),
        Format::Csv => report.as_csv()?,
    };
    context.printer.data(&text)?;
    for error in &report.errors {
        context.printer.error(error);
    }
    if report.errors.is_empty() { Ok(()) } else { Err(Fault::Told) }
}

fn wishes(args: &ImportArgs) -> Result<Wishes, Fault> {
    let interval = args.interval.as_deref().map(str::parse::<Interval>).transpose();
    let interval = interval.map_err(|error| Fault::wrong(format!("--interval: {error}")))?;
    if let Some(symbol) = &args.symbol {
        store::check_symbol(&import::normal(symbol)).map_err(|error| Fault::wrong(format!("--symbol: {error}")))?;
    }
    let conflict = match args.on_conflict {
        ConflictArg::Refuse => OnConflict::Refuse,
        ConflictArg::First => OnConflict::First,
        ConflictArg::Last => OnConflict::Last,
    };
    Ok(Wishes { symbol: args.symbol.clone(), interval, conflict, keep_last: args.keep_last, now: shared::now() })
}

/// The files in pieces of bearable size, at least one in each.
fn batches(files: &[PathBuf]) -> Vec<Vec<&PathBuf>> {
    let mut batches: Vec<(u64, Vec<&PathBuf>)> = Vec::new();
    for file in files {
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        match batches.last_mut() {
            Some((sum, batch)) if *sum + size <= AT_ONCE => {
                *sum += size;
                batch.push(file);
            }
            _ => batches.push((size, vec![file])),
        }
    }
    batches.into_iter().map(|(_, batch)| batch).collect()
}

/// What became of all files.
#[derive(Default)]
struct Imported {
    files: Vec<File>,
    written: BTreeMap<(Interval, String), Merged>,
    errors: Vec<String>,
}

/// What was found in one file of one symbol.
struct File {
    path: String,
    symbol: String,
    interval: Interval,
    bars: u64,
    start: Millis,
    end: Millis,
    report: import::Report,
}

impl File {
    fn of(path: &Path, found: &Found) -> Self {
        Self {
            path: path.display().to_string(),
            symbol: found.symbol.clone(),
            interval: found.interval,
            bars: found.candles.len() as u64,
            start: found.candles.time.first().copied().unwrap_or_default(),
            end: found.candles.time.last().copied().unwrap_or_default(),
            report: found.report.clone(),
        }
    }

    /// Where folders are long, tables are wide.
    fn name(&self) -> String {
        Path::new(&self.path).file_name().map_or_else(|| self.path.clone(), |name| name.to_string_lossy().into_owned())
    }

    fn remarks(&self) -> String {
        self.report.changes().into_iter().chain(self.report.doubts()).collect::<Vec<_>>().join("; ")
    }
}

impl Imported {
    fn store(
        &mut self,
        found: &[(PathBuf, Found)],
        folder: &Path,
        conflict: OnConflict,
        threads: usize,
        context: &Context,
    ) {
        let mut groups: BTreeMap<(Interval, &str), Vec<Part>> = BTreeMap::new();
        for (_, found) in found {
            groups.entry((found.interval, &found.symbol)).or_default().push((&found.candles, &found.origin));
        }
        let bar = Bar::new(context.printer, "assets");
        let stored = engine::in_parallel(groups.into_iter().collect(), threads, &bar, |((interval, symbol), parts)| {
            let merged = store::merge_all(folder, symbol, interval, &parts, conflict);
            (interval, symbol.to_owned(), merged)
        });
        for (interval, symbol, merged) in stored {
            match merged {
                Ok(merged) => self.add(interval, symbol, merged, context),
                Err(error) => self.errors.push(error.to_string()),
            }
        }
    }

    fn add(&mut self, interval: Interval, symbol: String, merged: Merged, context: &Context) {
        for aside in &merged.set_aside {
            context.printer.note(&format!("what was there before is now {}", aside.display()));
        }
        // An asset may come in several pieces.
        let before = self.written.remove(&(interval, symbol.clone()));
        let (added, same, differing, written) =
            before.map_or((0, 0, 0, false), |before| (before.added, before.same, before.differing, before.written));
        let merged = Merged {
            added: merged.added + added,
            same: merged.same + same,
            differing: merged.differing + differing,
            written: merged.written || written,
            ..merged
        };
        self.written.insert((interval, symbol), merged);
    }

    fn table(&self, context: &Context) -> String {
        if self.files.is_empty() {
            return String::new();
        }
        let header = ["File", "Format", "Asset", "Interval", "Bars", "First", "Last", "Remarks"];
        let mut grid = Grid::new(context.printer, &header, &[4]);
        for file in &self.files {
            grid.line([
                file.name(),
                file.report.format.to_owned(),
                file.symbol.clone(),
                file.interval.to_string(),
                text::count(file.bars),
                text::time(file.start),
                text::time(file.end),
                file.remarks(),
            ]);
        }
        let mut out = grid.wrapped(context.printer);
        for ((interval, symbol), merged) in &self.written {
            let line = [&*escape(symbol), " ", &interval.to_string(), ": ", &sentence(merged), "\n"].concat();
            out.push_str(&line);
        }
        out
    }

    fn as_json(&self) -> Value {
        let files = self.files.iter().map(|file| {
            let report = &file.report;
            json!({
                "file": file.path,
                "format": report.format,
                "symbol": file.symbol,
                "interval": file.interval.to_string(),
                "rows": report.rows,
                "distinct": report.distinct,
                "first": report::time(report.first),
                "last": report::time(report.last),
                "bars": file.bars,
                "newest_first": report.order == import::Order::Descending,
                "out_of_order": report.breaks,
                "duplicates": report.duplicates,
                "conflicts": report.conflicts,
                "without_prices": report.nulls,
                "unfinished": report.unfinished,
                "missing": report.missing,
                "irregular": report.irregular,
                "zero_volume": report.zero_volume,
                "changes": report.changes(),
                "doubts": report.doubts(),
            })
        });
        let written = self.written.iter().map(|((interval, symbol), merged)| {
            json!({
                "symbol": symbol,
                "interval": interval.to_string(),
                "file": merged.path.display().to_string(),
                "written": merged.written,
                "added": merged.added,
                "same": merged.same,
                "differing": merged.differing,
                "bars": merged.bars,
                "start": report::time(merged.start),
                "end": report::time(merged.end),
            })
        });
        json!({ "files": files.collect::<Value>(), "written": written.collect::<Value>(), "failed": self.errors })
    }

    fn as_csv(&self) -> Result<String, Fault> {
        let header = ["file", "format", "symbol", "interval", "rows", "bars", "first", "last", "remarks"];
        let line = |file: &File| {
            [
                file.path.clone(),
                file.report.format.to_owned(),
                file.symbol.clone(),
                file.interval.to_string(),
                file.report.rows.to_string(),
                file.bars.to_string(),
                report::time(file.report.first),
                report::time(file.report.last),
                file.remarks(),
            ]
        };
        report::csv::lines(&header, self.files.iter().map(line)).map_err(Fault::failed)
    }
}

fn sentence(merged: &Merged) -> String {
    let mut parts =
        vec![format!("{} added", text::counted(usize::try_from(merged.added).unwrap_or(usize::MAX), "bar"))];
    if merged.same > 0 {
        parts.push(format!("{} there already", text::count(merged.same)));
    }
    if merged.differing > 0 {
        parts.push(format!("{} decided by --on-conflict", text::count(merged.differing)));
    }
    let file = escape(&merged.path.display().to_string());
    format!(
        "{}; {} from {} to {} in {file}",
        parts.join(", "),
        text::count(merged.bars),
        text::time(merged.start),
        text::time(merged.end)
    )
}
