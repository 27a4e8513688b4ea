//! `backtest data import`: files of exchanges and tools become candles in the data folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

mod preview;
mod report;

use std::io::IsTerminal;

use crate::args::{ImportArgs, OutputFormat};
use crate::commands::Context;
use crate::data::import::{self, Found, ImportOptions};
use crate::data::store::{self, Contradiction, Merged, OnConflict, Part, StoreError};
use crate::data::{DataError, may_be_folder};
use crate::engine;
use crate::error::Error;
use crate::output::progress::ProgressBar;
use crate::settings::import::import_options;
use crate::sim::Interval;

use report::{File, Imported};

/// Bytes of files that are taken in at once: all their bars are in memory together.
const AT_ONCE: u64 = 128 << 20;

/// Runs it.
///
/// # Errors
/// A symbol or an interval that is none; or, once all others are stored, files that hold no candles.
pub(super) fn run(args: &ImportArgs, context: &Context) -> Result<(), Error> {
    let folder = &context.data_dir;
    may_be_folder(folder).map_err(Error::usage)?;
    let options = import_options(args, &context.config)?;
    let streams = args.files.iter().filter(|file| *file == Path::new("-")).count();
    if streams > 1 {
        return Err(Error::usage("- is standard input, which can be read once".to_owned()));
    }
    if streams == 1 && std::io::stdin().is_terminal() {
        context.printer.note("reading from the terminal; end with Ctrl-D");
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut report = Imported::default();
    for files in batches(&args.files) {
        let bar = ProgressBar::new(context.printer, "files");
        let read = engine::in_parallel(files, threads, &bar, |path| (path, read(path, &options)));
        let mut found = Vec::new();
        for (path, read) in read {
            match read {
                Ok(all) => found.extend(all.into_iter().map(|one| (path.clone(), one))),
                Err(error) => report.errors.push(error.to_string()),
            }
        }
        let refused = report.store(&found, folder, args.dry_run, options.conflict, threads, context);
        report.files.extend(found.iter().map(|(path, found)| {
            let refused = refused.contains(&(found.interval, found.symbol.clone()));
            File::of(path, found, refused, !refused && !args.dry_run)
        }));
    }
    let text = match args.format {
        OutputFormat::Table if args.dry_run => report.preview(context),
        OutputFormat::Table => report.table(context),
        OutputFormat::Json => format!("{:#}\n", report.as_json()),
        OutputFormat::Csv => report.as_csv()?,
    };
    context.printer.data(&text)?;
    if args.dry_run {
        context.printer.note("this was a dry run: nothing was written");
    }
    for error in &report.errors {
        context.printer.error(error);
    }
    if report.errors.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

/// Reads one file, or standard input.
fn read(path: &Path, options: &ImportOptions) -> Result<Vec<Found>, DataError> {
    if path == Path::new("-") {
        return import::read_stream(&mut std::io::stdin().lock(), "standard input", options);
    }
    import::read_file(path, options)
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

/// What was found, as the store takes it.
fn part_of(found: &Found) -> Part<'_> {
    Part { candles: &found.candles, own: &found.own, origin: &found.origin }
}

/// The store knows names alone, and files of several folders may have the same.
fn with_paths(error: StoreError, all: &[&(PathBuf, Found)]) -> StoreError {
    match error {
        StoreError::Contradiction(it) => {
            let names = it.at.map(|at| all[at].0.display().to_string());
            StoreError::Contradiction(Box::new(Contradiction { names, ..*it }))
        }
        other => other,
    }
}

impl Imported {
    /// Stores what was found, or in a dry run only looks whether it could be; returns what was refused.
    fn store(
        &mut self,
        found: &[(PathBuf, Found)],
        folder: &Path,
        dry_run: bool,
        conflict: OnConflict,
        threads: usize,
        context: &Context,
    ) -> BTreeSet<(Interval, String)> {
        let mut groups: BTreeMap<(Interval, &str), Vec<&(PathBuf, Found)>> = BTreeMap::new();
        for one in found {
            groups.entry((one.1.interval, &one.1.symbol)).or_default().push(one);
        }
        let merge = if dry_run { store::preview } else { store::merge_all };
        let bar = ProgressBar::new(context.printer, "assets");
        let stored = engine::in_parallel(groups.into_iter().collect(), threads, &bar, |((interval, symbol), all)| {
            let parts: Vec<Part> = all.iter().map(|(_, found)| part_of(found)).collect();
            let merged = merge(folder, symbol, interval, &parts, conflict);
            (interval, symbol.to_owned(), merged.map_err(|error| with_paths(error, &all)))
        });
        let mut refused = BTreeSet::new();
        for (interval, symbol, merged) in stored {
            match merged {
                Ok(_) if dry_run => {}
                Ok(merged) => self.add(interval, symbol, merged, context),
                Err(error) => {
                    self.errors.push(error.to_string());
                    refused.insert((interval, symbol));
                }
            }
        }
        refused
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
