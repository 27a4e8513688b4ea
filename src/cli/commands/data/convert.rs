//! `backtest data convert`: stored candles in another form, in their place.

use crate::args::{ConvertArgs, FormArg};
use crate::commands::Context;
use crate::data::{Format, escape, store};
use crate::engine;
use crate::error::Error;
use crate::output::format;
use crate::output::progress::ProgressBar;

/// Runs it.
///
/// # Errors
/// No data folder; or, once all others are converted, files that cannot be.
pub(super) fn run(args: &ConvertArgs, context: &Context) -> Result<(), Error> {
    let folder = &context.data_dir;
    let to = match args.to {
        FormArg::Parquet => Format::Parquet,
        FormArg::Csv => Format::Csv,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut written, mut left, mut failed) = (0, 0, 0);
    for (interval, entries) in super::entries(&args.stored, folder, context)? {
        let bar = ProgressBar::new(context.printer, "files");
        let done =
            engine::in_parallel(entries, threads, &bar, |entry| store::convert(folder, &entry.symbol, interval, to));
        for converted in done {
            match converted {
                Ok(Some(converted)) if converted.written => {
                    written += 1;
                    let aside: Vec<String> =
                        converted.set_aside.iter().map(|path| escape(&path.display().to_string())).collect();
                    let aside =
                        if aside.is_empty() { String::new() } else { format!(" (before: {})", aside.join(", ")) };
                    let file = escape(&converted.path.display().to_string());
                    context.printer.data(&format!("{file}: {} bars{aside}\n", format::count(converted.bars)))?;
                }
                Ok(_) => left += 1,
                Err(error) => {
                    failed += 1;
                    context.printer.error(&error.to_string());
                }
            }
        }
    }
    context.printer.data(&format!("{} written, {left} left as they are\n", format::counted(written, "file")))?;
    if failed == 0 { Ok(()) } else { Err(Error::Reported) }
}
