//! `backtest data export`: stored candles as files for other programs.

use std::fs;
use std::path::Path;

use super::{Context, shared, stored};
use crate::cli::args::{ExportArg, ExportArgs};
use crate::cli::fault::Fault;
use crate::cli::progress::Bar;
use crate::cli::{resolve, text, times};
use crate::data::export::{self, Whom};
use crate::data::{self, Entry, escape};
use crate::engine;
use crate::report;
use crate::sim::model::{Interval, TimeRange};

/// Runs it.
///
/// # Errors
/// No data folder; several assets and nowhere to put them; or, once all others are written, files that cannot be used.
pub fn run(args: &ExportArgs, context: &Context) -> Result<(), Fault> {
    let folder = resolve::data_dir(&context.global, &context.config);
    let whom = match args.format {
        ExportArg::Binance => Whom::Binance,
        ExportArg::Freqtrade => Whom::Freqtrade,
        ExportArg::Csv => Whom::Csv,
    };
    let range = TimeRange {
        from: times::option("--from", args.from.as_deref(), None)?,
        to: times::option("--to", args.to.as_deref(), None)?,
    };
    let entries = stored::entries(&args.stored, &folder, context)?;
    let all: Vec<(Interval, Entry)> = entries
        .into_iter()
        .flat_map(|(interval, entries)| entries.into_iter().map(move |entry| (interval, entry)))
        .collect();
    let Some(out) = &args.out else {
        return match &all[..] {
            [(interval, entry)] => context.printer.data(&one(entry, *interval, range, whom).map_err(Fault::failed)?),
            _ => Err(Fault::wrong(format!(
                "{} are meant, and stdout takes one: name a folder with --out, or one asset with --crypto and --interval",
                text::counted(all.len(), "file")
            ))),
        };
    };
    fs::create_dir_all(out)
        .map_err(|error| Fault::wrong(format!("--out {}: cannot be made: {error}", out.display())))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let bar = Bar::new(context.printer, "files");
    let done = engine::in_parallel(all, threads, &bar, |(interval, entry)| {
        let text = one(&entry, interval, range, whom)?;
        write(&out.join(export::file_name(&entry.symbol, interval, whom)), &text)
    });
    let failed: Vec<String> = done.iter().filter_map(|done| done.as_ref().err().cloned()).collect();
    let shown = escape(&out.display().to_string());
    context.printer.data(&format!("{} written to {shown}\n", text::counted(done.len() - failed.len(), "file")))?;
    for reason in &failed {
        context.printer.error(reason);
    }
    if failed.is_empty() { Ok(()) } else { Err(Fault::Told) }
}

fn one(entry: &Entry, interval: Interval, range: TimeRange, whom: Whom) -> Result<String, String> {
    let loaded = data::load(entry, range, shared::now()).map_err(|error| error.to_string())?;
    Ok(export::text(&loaded.candles, interval, whom))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    report::file::write(path, text.as_bytes())
        .map_err(|error| format!("{}: cannot be written: {error}", path.display()))
}
