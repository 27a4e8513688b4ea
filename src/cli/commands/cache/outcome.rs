//! How `warm` and `verify` begin and end: what they refuse, and assets that failed.

use crate::cli::args::BacktestArgs;
use crate::cli::commands::Context;
use crate::cli::fault::Fault;
use crate::report::Failed;

/// Refuses options that say the opposite of the command, or nothing here.
///
/// # Errors
/// The first of them.
pub(super) fn refuse(command: &str, args: &BacktestArgs, but: &[&str]) -> Result<(), Fault> {
    let given = [
        ("--no-cache", args.no_cache),
        ("--out", args.out.is_some()),
        ("--refresh", args.refresh),
        ("--ttl", args.ttl.is_some()),
    ];
    match given.into_iter().find(|(option, is_given)| *is_given && !but.contains(option)) {
        Some((option, _)) => Err(Fault::wrong(format!("{option} has no meaning for `cache {command}`; leave it out"))),
        None => Ok(()),
    }
}

/// Says which assets failed.
///
/// # Errors
/// Some have.
pub(super) fn tell_failed(failed: &[Failed], context: &Context) -> Result<(), Fault> {
    for failed in failed {
        context.printer.error(&failed.reason);
    }
    if failed.is_empty() { Ok(()) } else { Err(Fault::Told) }
}
