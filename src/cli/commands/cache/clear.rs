//! `cache clear`: our entries alone, and never more than was meant.

use std::io::IsTerminal;

use serde_json::json;

use super::filter::{filter, note_of_nothing};
use super::run::Where;
use crate::cache::Filter;
use crate::cli::args::{ClearArgs, Format};
use crate::cli::commands::Context;
use crate::cli::fault::Fault;
use crate::cli::text;
use crate::report;

/// Runs it.
///
/// # Errors
/// A wrong request, one that was not confirmed, no cache, or one that refuses.
pub fn run(args: &ClearArgs, context: &Context) -> Result<(), Fault> {
    let cache = Where::of(context)?;
    let filter = filter(&args.filter, &cache.prefix, context)?;
    // Patterns reach further than one thinks.
    let is_wide = filter.is_all() || filter.pattern.is_some();
    let is_sure = args.yes || args.dry_run || !is_wide;
    if !is_sure && !std::io::stdin().is_terminal() {
        return Err(unconfirmed(&filter));
    }
    let mut admin = cache.open()?;
    if !is_sure {
        let count = admin.matching(&filter).map_err(Fault::failed)?;
        if !confirmed(count, &filter, context)? {
            return Err(unconfirmed(&filter));
        }
    }
    let count = if args.dry_run { admin.matching(&filter) } else { admin.clear(&filter) }.map_err(Fault::failed)?;
    if count == 0 {
        note_of_nothing(&filter, context);
    }
    let text = match args.format {
        Format::Table => {
            let counted = text::counted(usize::try_from(count).unwrap_or(usize::MAX), "stored result");
            format!("{counted} {}removed\n", if args.dry_run { "would be " } else { "" })
        }
        Format::Json => format!("{:#}\n", json!({"entries": count, "removed": !args.dry_run})),
        Format::Csv => {
            let line = [count.to_string(), (!args.dry_run).to_string()];
            report::csv::lines(&["entries", "removed"], [line]).map_err(Fault::failed)?
        }
    };
    context.printer.data(&text)
}

fn unconfirmed(filter: &Filter) -> Fault {
    let what = if filter.is_all() { "all stored results" } else { "what the pattern matches" };
    Fault::wrong(format!(
        "nothing was removed; add --yes to remove {what} without being asked, or --dry-run to see how many that are"
    ))
}

fn confirmed(count: u64, filter: &Filter, context: &Context) -> Result<bool, Fault> {
    let results = text::counted(usize::try_from(count).unwrap_or(usize::MAX), "stored result");
    let whose = if filter.is_all() { ", of every asset and strategy" } else { "" };
    context.printer.note(&format!("this removes {results}{whose}; type yes to go on"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}
