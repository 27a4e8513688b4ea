//! `cache stats`: what is stored, and what our own processes did with it.

use super::run::Where;
use super::stats_text as written;
use crate::cli::args::Format;
use crate::cli::commands::Context;
use crate::cli::fault::Fault;

/// Runs it.
///
/// # Errors
/// No cache, or one that refuses.
pub fn run(format: Format, context: &Context) -> Result<(), Fault> {
    let cache = Where::of(context)?;
    let stats = cache.open()?.stats().map_err(Fault::failed)?;
    let host = cache.place.host();
    let text = match format {
        Format::Table => written::table(&stats, &host, context),
        Format::Json => format!("{:#}\n", written::document(&stats, &host)),
        Format::Csv => written::lines(&stats)?,
    };
    context.printer.data(&text)
}
