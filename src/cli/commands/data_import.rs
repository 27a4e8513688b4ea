//! `backtest data import`: files of exchanges and tools become candles in the data folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::data_imported::{File, Imported};
use super::{Context, shared};
use crate::cli::args::{ConflictArg, Format, ImportArgs};
use crate::cli::fault::Fault;
use crate::cli::progress::Bar;
use crate::cli::resolve;
use crate::data::import::{self, Found, Wishes};
use crate::data::store::{self, Merged, OnConflict, Part};
use crate::engine;
use crate::model::Interval;

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
}
