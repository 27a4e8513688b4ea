//! `cache ping`: whether lookups are answered, for scripts.

use serde_json::json;

use super::run::{Where, with_remedy};
use crate::cache::{Admin, Failure};
use crate::cli::args::Format;
use crate::cli::commands::Context;
use crate::cli::fault::Fault;
use crate::cli::text;
use crate::report;

/// Runs it.
///
/// # Errors
/// The cache does not answer, or not to lookups; with `--format json` the document says so too.
pub fn run(format: Format, context: &Context) -> Result<(), Fault> {
    let cache = Where::of(context)?;
    let answer = Admin::connect(&cache.place, &cache.prefix).and_then(|mut admin| admin.ping());
    let host = cache.place.host();
    let millis = answer.as_ref().ok().map(|latency| latency.as_secs_f64() * 1000.0);
    let failure: Option<&Failure> = answer.as_ref().err();
    let class = failure.map(|failure| failure.class.name());
    match (format, millis) {
        (Format::Table, Some(millis)) => {
            context.printer.data(&format!("{host} answers in {}\n", text::duration(millis)))?;
        }
        // The error on stderr says it all.
        (Format::Table, None) => {}
        (Format::Json, _) => {
            let why = failure.map(|failure| failure.detail);
            let document =
                json!({"host": host, "ok": millis.is_some(), "latency_ms": millis, "class": class, "why": why});
            context.printer.data(&format!("{document:#}\n"))?;
        }
        (Format::Csv, _) => {
            let latency = millis.map(|millis| millis.to_string()).unwrap_or_default();
            let line = [host, millis.is_some().to_string(), latency, class.unwrap_or_default().to_owned()];
            let lines = report::csv::lines(&["host", "ok", "latency_ms", "class"], [line]).map_err(Fault::failed)?;
            context.printer.data(&lines)?;
        }
    }
    failure.map_or(Ok(()), |failure| Err(Fault::failed(with_remedy(failure))))
}
