//! `backtest data export`: stored candles as files for other programs.

use std::fs;
use std::path::Path;

use crate::args::{ExportArg, ExportArgs};
use crate::commands::{Context, results};
use crate::data::text::{self as layout, ExportFormat};
use crate::data::{self, CandleFile, escape};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::ProgressBar;
use crate::settings::environment::now;
use crate::settings::time;
use crate::sim::{Interval, TimeRange};
use crate::{engine, report};

/// Runs it.
///
/// # Errors
/// No data folder; several assets and nowhere to put them; or, once all others are written, files that cannot be used.
pub(super) fn run(args: &ExportArgs, context: &Context) -> Result<(), Error> {
    let folder = &context.data_dir;
    let export = match args.format {
        ExportArg::Binance => ExportFormat::Binance,
        ExportArg::Freqtrade => ExportFormat::Freqtrade,
        ExportArg::Csv => ExportFormat::Csv,
    };
    let (from, to) = time::range(args.from.as_deref(), args.to.as_deref())?;
    let range = TimeRange { from, to };
    let entries = super::entries(&args.stored, folder, context)?;
    let all: Vec<(Interval, CandleFile)> = entries
        .into_iter()
        .flat_map(|(interval, entries)| entries.into_iter().map(move |entry| (interval, entry)))
        .collect();
    let Some(out) = &args.out else {
        return match &all[..] {
            [(interval, entry)] => context.printer.data(&one(entry, *interval, range, export).map_err(Error::failed)?),
            _ => Err(Error::usage(format!(
                "{} are meant, and stdout takes one: name a folder with --out, or one asset with --crypto and --interval",
                format::counted(all.len(), "file")
            ))),
        };
    };
    for (interval, entry) in &all {
        let path = out.join(layout::file_name(&entry.symbol, *interval, export));
        results::check_outputs(&[("--out", Some(&path))], std::slice::from_ref(&entry.path))?;
    }
    fs::create_dir_all(out)
        .map_err(|error| Error::usage(format!("--out {}: cannot be made: {error}", out.display())))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let bar = ProgressBar::new(context.printer, "files");
    let done = engine::in_parallel(all, threads, &bar, |(interval, entry)| {
        let text = one(&entry, interval, range, export)?;
        write(&out.join(layout::file_name(&entry.symbol, interval, export)), &text)
    });
    let failed: Vec<String> = done.iter().filter_map(|done| done.as_ref().err().cloned()).collect();
    let shown = escape(&out.display().to_string());
    context.printer.data(&format!("{} written to {shown}\n", format::counted(done.len() - failed.len(), "file")))?;
    for reason in &failed {
        context.printer.error(reason);
    }
    if failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

fn one(entry: &CandleFile, interval: Interval, range: TimeRange, export: ExportFormat) -> Result<String, String> {
    let loaded = data::load(entry, range, now()).map_err(|error| error.to_string())?;
    Ok(layout::text(&loaded.candles, interval, export))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    report::file::write(path, text.as_bytes())
        .map_err(|error| format!("{}: cannot be written: {error}", path.display()))
}
