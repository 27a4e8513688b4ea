//! `cache keys` and `cache clear`: the stored entries that a filter names, listed page by page as the store gives them,
//! or removed; ours alone, and never more than was meant.

use std::io::IsTerminal;

use serde_json::json;

use crate::args::{ClearArgs, FilterArgs, KeysArgs, OutputFormat};
use crate::cache::{EntryFilter, ListedEntry, RemainingTtl};
use crate::commands::Context;
use crate::commands::cache::Connection;
use crate::data::{Catalog, escape, intervals};
use crate::error::Error;
use crate::output::format;
use crate::report;
use crate::settings::strategies;

/// Runs it.
///
/// # Errors
/// A wrong request, no cache, or one that refuses.
pub(super) fn list(args: &KeysArgs, context: &Context) -> Result<(), Error> {
    let cache = Connection::of(context)?;
    let filter = filter(&args.filter, &cache.prefix, context)?;
    let mut admin = cache.open()?;
    let mut pages = KeyList { format: args.format, listed: 0 };
    let mut written = context.printer.data(pages.head());
    admin
        .keys(&filter, |page| {
            if written.is_ok() {
                written = pages.page(&page).and_then(|text| context.printer.data(&text));
            }
            written.is_ok()
        })
        .map_err(Error::failed)?;
    written?;
    context.printer.data(pages.tail())?;
    if pages.listed == 0 {
        note_of_nothing(&filter, context);
    }
    Ok(())
}

/// One document or list that is written in parts.
struct KeyList {
    format: OutputFormat,
    listed: usize,
}

impl KeyList {
    fn head(&self) -> &'static str {
        match self.format {
            OutputFormat::Table => "",
            OutputFormat::Json => "{\"keys\": [",
            OutputFormat::Csv => "name,kind,symbol,strategy,key,bytes,expires_in_s\n",
        }
    }

    fn tail(&self) -> &'static str {
        match self.format {
            OutputFormat::Table | OutputFormat::Csv => "",
            OutputFormat::Json if self.listed == 0 => "]}\n",
            OutputFormat::Json => "\n]}\n",
        }
    }

    fn page(&mut self, page: &[ListedEntry]) -> Result<String, Error> {
        let first = self.listed == 0;
        self.listed += page.len();
        Ok(match self.format {
            OutputFormat::Table => page.iter().map(|listed| listed.label() + "\n").collect(),
            OutputFormat::Json => {
                let documents = page.iter().enumerate().map(|(at, listed)| {
                    let comma = if first && at == 0 { "" } else { "," };
                    format!("{comma}\n  {}", document(listed))
                });
                documents.collect()
            }
            OutputFormat::Csv => {
                let names = ["name", "kind", "symbol", "strategy", "key", "bytes", "expires_in_s"];
                let lines = report::csv::lines(&names, page.iter().map(line)).map_err(Error::failed)?;
                lines.split_once('\n').map(|(_, lines)| lines.to_owned()).unwrap_or_default()
            }
        })
    }
}

fn seconds(listed: &ListedEntry) -> Option<u64> {
    match listed.ttl {
        RemainingTtl::Expires(left) => Some(left.as_secs()),
        RemainingTtl::NoExpiry | RemainingTtl::Expired => None,
    }
}

fn document(listed: &ListedEntry) -> serde_json::Value {
    let ListedEntry { name, kind, symbol, strategy, key, bytes, .. } = listed;
    json!({
        "name": name, "kind": kind, "symbol": symbol, "strategy": strategy, "key": key, "bytes": bytes,
        "expires_in_s": seconds(listed),
    })
}

fn line(listed: &ListedEntry) -> [String; 7] {
    let ListedEntry { name, kind, symbol, strategy, key, bytes, .. } = listed.clone();
    let seconds = seconds(listed).map(|seconds| seconds.to_string()).unwrap_or_default();
    [name, kind, symbol, strategy, key, bytes.to_string(), seconds]
}

/// Runs it.
///
/// # Errors
/// A wrong request, one that was not confirmed, no cache, or one that refuses.
pub(super) fn clear(args: &ClearArgs, context: &Context) -> Result<(), Error> {
    let cache = Connection::of(context)?;
    let filter = filter(&args.filter, &cache.prefix, context)?;
    // Patterns reach further than one thinks.
    let is_wide = filter.is_all() || filter.pattern.is_some();
    let is_sure = args.yes || args.dry_run || !is_wide;
    if !is_sure && !std::io::stdin().is_terminal() {
        return Err(unconfirmed(&filter));
    }
    let mut admin = cache.open()?;
    if !is_sure {
        let count = admin.matching(&filter).map_err(Error::failed)?;
        if !confirmed(count, &filter, context)? {
            return Err(unconfirmed(&filter));
        }
    }
    let count = if args.dry_run { admin.matching(&filter) } else { admin.clear(&filter) }.map_err(Error::failed)?;
    if count == 0 {
        note_of_nothing(&filter, context);
    }
    let text = match args.format {
        OutputFormat::Table => {
            let counted = format::counted(usize::try_from(count).unwrap_or(usize::MAX), "stored result");
            format!("{counted} {}removed\n", if args.dry_run { "would be " } else { "" })
        }
        OutputFormat::Json => format!("{:#}\n", json!({"entries": count, "removed": !args.dry_run})),
        OutputFormat::Csv => {
            let line = [count.to_string(), (!args.dry_run).to_string()];
            report::csv::lines(&["entries", "removed"], [line]).map_err(Error::failed)?
        }
    };
    context.printer.data(&text)
}

fn unconfirmed(filter: &EntryFilter) -> Error {
    let what = if filter.is_all() { "all stored results" } else { "what the pattern matches" };
    Error::usage(format!(
        "nothing was removed; add --yes to remove {what} without being asked, or --dry-run to see how many that are"
    ))
}

fn confirmed(count: u64, filter: &EntryFilter, context: &Context) -> Result<bool, Error> {
    let results = format::counted(usize::try_from(count).unwrap_or(usize::MAX), "stored result");
    let whose = if filter.is_all() { ", of every asset and strategy" } else { "" };
    context.printer.note(&format!("this removes {results}{whose}; type yes to go on"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

/// The filter that the arguments say.
///
/// # Errors
/// A name that is nothing, a pattern or a path; a pattern that no entry can match.
fn filter(args: &FilterArgs, prefix: &str, context: &Context) -> Result<EntryFilter, Error> {
    let crypto = args.crypto.as_deref().map(|name| one_name("--crypto", name)).transpose()?;
    let strategy = args.strategy.as_deref().map(|name| one_name("--strategy", name)).transpose()?;
    if let Some(name) = crypto.filter(|name| name.contains(['/', '\\'])) {
        return Err(Error::usage(format!(
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
    Ok(EntryFilter {
        kind: args.kind.map(Into::into),
        symbol: crypto.map(|name| symbol(name, context)),
        strategy,
        pattern,
        key: None,
    })
}

/// Says what may have been meant where nothing matched.
fn note_of_nothing(filter: &EntryFilter, context: &Context) {
    if filter.symbol.is_some() {
        context
            .printer
            .note("entries are stored by symbol, such as BTCUSDT; `backtest cache stats` lists the symbols there are");
    } else if filter.pattern.is_some() {
        context.printer.note("the pattern matches no entry; `backtest cache keys` lists the entries there are");
    }
}

fn pattern(text: &str, prefix: &str) -> Result<String, Error> {
    EntryFilter::pattern(text, prefix).map_err(|error| {
        Error::usage(format!(
            "pattern '{}': {error}. Write for example '*:BTC*:rsi:*', or name the asset by --crypto",
            escape(text)
        ))
    })
}

/// The name that an option gives, which is neither nothing nor a pattern: whoever writes one expects more to be removed
/// than would be.
fn one_name<'a>(option: &str, name: &'a str) -> Result<&'a str, Error> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::usage(format!("{option} must not be empty; leave it out for those of every name")));
    }
    if name.contains(',') {
        return Err(Error::usage(format!(
            "{option} '{}' is a list, and takes one name; clear one after the other, or all that a pattern matches",
            escape(name)
        )));
    }
    if name.contains(['*', '?', '[', ']']) {
        return Err(Error::usage(format!(
            "{option} '{0}' is a pattern, and takes one name; a pattern stands on its own, as in '*:{0}:*'",
            escape(name)
        )));
    }
    Ok(name)
}

/// The symbol that `--crypto` stands for by the candle files there are, else the text itself: the files may be gone.
fn symbol(name: &str, context: &Context) -> String {
    let folder = &context.data_dir;
    let found = intervals(folder)
        .into_iter()
        .filter_map(|interval| Catalog::open(folder, interval).ok())
        .find_map(|catalog| catalog.resolve(name).ok().map(|entry| entry.symbol.clone()));
    found.unwrap_or_else(|| name.to_owned())
}
