//! Which entries `keys` and `clear` go over.

use crate::cache::Filter;
use crate::cli::args::FilterArgs;
use crate::cli::commands::Context;
use crate::cli::fault::Fault;
use crate::cli::{resolve, strategies};
use crate::data::{Catalog, escape, intervals};

/// The filter that the arguments say.
///
/// # Errors
/// A name that is nothing, a pattern or a path; a pattern that no entry can match.
pub(super) fn filter(args: &FilterArgs, prefix: &str, context: &Context) -> Result<Filter, Fault> {
    let crypto = args.crypto.as_deref().map(|name| one_name("--crypto", name)).transpose()?;
    let strategy = args.strategy.as_deref().map(|name| one_name("--strategy", name)).transpose()?;
    if let Some(name) = crypto.filter(|name| name.contains(['/', '\\'])) {
        return Err(Fault::wrong(format!(
            "--crypto '{}' is a path; name the asset, as in --crypto BTCUSDT",
            escape(name)
        )));
    }
    // A file's results are stored under the name that stands in it.
    let strategy = match strategy {
        Some(path) if strategies::is_path(path) => Some(strategies::load(path)?.name),
        strategy => strategy.map(str::to_owned),
    };
    let pattern = args.pattern.as_deref().map(|text| pattern(text, prefix)).transpose()?;
    Ok(Filter { kind: args.kind.map(Into::into), symbol: crypto.map(|name| symbol(name, context)), strategy, pattern })
}

/// Says what may have been meant where nothing matched.
pub(super) fn note_of_nothing(filter: &Filter, context: &Context) {
    if filter.symbol.is_some() {
        context
            .printer
            .note("entries are stored by symbol, such as BTCUSDT; `backtest cache stats` lists the symbols there are");
    } else if filter.pattern.is_some() {
        context.printer.note("the pattern matches no entry; `backtest cache keys` lists the entries there are");
    }
}

fn pattern(text: &str, prefix: &str) -> Result<String, Fault> {
    Filter::pattern(text, prefix).map_err(|error| {
        Fault::wrong(format!(
            "pattern '{}': {error}. Write for example '*:BTC*:rsi:*', or name the asset by --crypto",
            escape(text)
        ))
    })
}

/// The name that an option gives, which is neither nothing nor a pattern: whoever writes one expects more to be removed
/// than would be.
fn one_name<'a>(option: &str, name: &'a str) -> Result<&'a str, Fault> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Fault::wrong(format!("{option} must not be empty; leave it out for those of every name")));
    }
    if name.contains(',') {
        return Err(Fault::wrong(format!(
            "{option} '{}' is a list, and takes one name; clear one after the other, or all that a pattern matches",
            escape(name)
        )));
    }
    if name.contains(['*', '?', '[', ']']) {
        return Err(Fault::wrong(format!(
            "{option} '{0}' is a pattern, and takes one name; a pattern stands on its own, as in '*:{0}:*'",
            escape(name)
        )));
    }
    Ok(name)
}

/// The symbol that `--crypto` stands for by the candle files there are, else the text itself: the files may be gone.
fn symbol(name: &str, context: &Context) -> String {
    let folder = resolve::data_dir(&context.global, &context.config);
    let found = intervals(&folder)
        .into_iter()
        .filter_map(|interval| Catalog::open(&folder, interval).ok())
        .find_map(|catalog| catalog.resolve(name).ok().map(|entry| entry.symbol.clone()));
    found.unwrap_or_else(|| name.to_owned())
}
