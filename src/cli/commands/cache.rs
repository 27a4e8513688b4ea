//! `backtest cache`: what is stored, and removing it. Without Redis these fail: here the user asked for Redis.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use serde_json::{Value, json};

use super::Context;
use crate::cache::{Admin, BytesBy, Class, ClearFilter, DEFAULT_PREFIX, Failure, Stats, Tally};
use crate::cli::args::{CacheCommand, Format};
use crate::cli::fault::Fault;
use crate::cli::tables::Grid;
use crate::cli::{cache, resolve, strategies, text};
use crate::data::{Catalog, intervals};
use crate::report;

/// Runs it.
///
/// # Errors
/// No Redis, or one that refuses.
pub fn run(command: &CacheCommand, context: &Context) -> Result<(), Fault> {
    let endpoint = cache::endpoint(&context.global, &context.config)?;
    let filter = match command {
        CacheCommand::Clear { crypto, strategy, yes } => {
            Some(filter(crypto.as_deref(), strategy.as_deref(), *yes, context)?)
        }
        CacheCommand::Stats { .. } => None,
    };
    let mut admin = Admin::connect(&endpoint, DEFAULT_PREFIX).map_err(|failure| no_redis(&failure))?;
    match (command, filter) {
        (CacheCommand::Stats { format }, _) => {
            let stats = admin.stats().map_err(Fault::failed)?;
            let text = match format {
                Format::Table => table(&stats, &endpoint.host(), context),
                Format::Json => format!("{:#}\n", as_json(&stats, &endpoint.host())),
                Format::Csv => as_csv(&stats)?,
            };
            context.printer.data(&text)
        }
        (CacheCommand::Clear { .. }, filter) => {
            let count = admin.clear(filter.as_ref().unwrap_or(&ClearFilter::default())).map_err(Fault::failed)?;
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            if count == 0 && filter.as_ref().is_some_and(|filter| filter.symbol.is_some()) {
                context.printer.note(
                    "entries are stored by symbol, such as BTCUSDT; `backtest cache stats` lists the symbols there are",
                );
            }
            context.printer.data(&format!("{} removed\n", text::counted(count, "stored result")))
        }
    }
}

/// Why there is no Redis, with what to do about it where nobody is there.
fn no_redis(failure: &Failure) -> Fault {
    let remedy = match failure.class {
        Class::Refused | Class::Dns | Class::Timeout => ". Start it there, or say where it is with --cache-url",
        _ => "",
    };
    Fault::failed(format!("{failure}{remedy}"))
}

/// What is to be cleared; everything only when that was confirmed.
fn filter(crypto: Option<&str>, strategy: Option<&str>, yes: bool, context: &Context) -> Result<ClearFilter, Fault> {
    let crypto = crypto.map(|name| one_name("--crypto", name)).transpose()?;
    let strategy = strategy.map(|name| one_name("--strategy", name)).transpose()?;
    if let Some(name) = crypto.filter(|name| name.contains(['/', '\\'])) {
        return Err(Fault::wrong(format!("--crypto '{name}' is a path; name the asset, as in --crypto BTCUSDT")));
    }
    if crypto.is_none() && strategy.is_none() && !yes && !confirmed(context)? {
        return Err(Fault::wrong("nothing was removed; add --yes to remove all stored results without being asked"));
    }
    // A file's results are stored under the name that stands in it.
    let strategy = match strategy {
        Some(path) if strategies::is_path(path) => Some(strategies::load(path)?.name),
        strategy => strategy.map(str::to_owned),
    };
    Ok(ClearFilter { symbol: crypto.map(|name| symbol(name, context)), strategy })
}

/// The name that an option gives, which is neither nothing nor a pattern: whoever writes one expects more to be removed
/// than would be.
fn one_name<'a>(option: &str, name: &'a str) -> Result<&'a str, Fault> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Fault::wrong(format!("{option} must not be empty; leave it out to clear those of every name")));
    }
    if name.contains(['*', '?', '[', ']']) {
        return Err(Fault::wrong(format!(
            "{option} '{name}' is a pattern, and takes one name; leave it out to clear those of every name"
        )));
    }
    Ok(name)
}

fn confirmed(context: &Context) -> Result<bool, Fault> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    context
        .printer
        .note("this removes all results that backtest has stored, of every asset and strategy; type yes to go on");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
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

fn table(stats: &Stats, host: &str, context: &Context) -> String {
    let mut grid = Grid::new(context.printer, &["Cache", host], &[1]);
    let bytes = match stats.bytes_by {
        BytesBy::Memory => "Bytes in Redis",
        BytesBy::Length => "Bytes of values",
    };
    let known = |value: Option<String>| value.unwrap_or_else(|| "not told".to_owned());
    let rate = stats.hit_rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.1}%", rate * 100.0));
    let limit = stats.server.maxmemory.map(|max| if max == 0 { "no limit".to_owned() } else { text::bytes(max) });
    for (label, value) in [
        ("Entries", text::count(stats.total.entries)),
        (bytes, text::bytes(stats.total.bytes)),
        ("Our hits", text::count(stats.counts.hits)),
        ("Our misses", text::count(stats.counts.misses)),
        ("Our hit rate", rate),
        ("Stored", text::count(stats.counts.stored)),
        ("Refused", text::count(stats.counts.corrupt)),
        ("Failed operations", text::count(stats.counts.errors)),
        ("Server", known(stats.server.version.as_ref().map(|version| format!("Redis {version}")))),
        ("Server memory in use", known(stats.server.used_memory.map(text::bytes))),
        ("Server memory limit", known(limit)),
        ("Eviction policy", known(stats.server.policy.clone())),
    ] {
        grid.line([label.to_owned(), value]);
    }
    let mut out = grid.text();
    for (title, group) in [("Strategy", &stats.strategies), ("Asset", &stats.symbols)] {
        if !group.is_empty() {
            out.push_str(&groups(title, group, context));
        }
    }
    out
}

/// The largest groups of entries.
fn groups(title: &str, group: &BTreeMap<String, Tally>, context: &Context) -> String {
    const SHOWN: usize = 10;
    let mut sorted: Vec<(&String, &Tally)> = group.iter().collect();
    sorted.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.entries));
    let mut grid = Grid::new(context.printer, &[title, "Entries", "Bytes"], &[1, 2]);
    for (name, tally) in sorted.iter().take(SHOWN) {
        grid.line([(*name).clone(), text::count(tally.entries), text::bytes(tally.bytes)]);
    }
    if sorted.len() > SHOWN {
        grid.line([format!("and {} more", sorted.len() - SHOWN), String::new(), String::new()]);
    }
    grid.text()
}

fn as_json(stats: &Stats, host: &str) -> Value {
    let group = |group: &BTreeMap<String, Tally>| {
        let one =
            |(name, tally): (&String, &Tally)| (name.clone(), json!({"entries": tally.entries, "bytes": tally.bytes}));
        Value::Object(group.iter().map(one).collect())
    };
    json!({
        "server": {
            "host": host,
            "version": stats.server.version,
            "used_memory": stats.server.used_memory,
            "maxmemory": stats.server.maxmemory,
            "policy": stats.server.policy,
        },
        "entries": stats.total.entries,
        "bytes": stats.total.bytes,
        "bytes_by": match stats.bytes_by { BytesBy::Memory => "memory", BytesBy::Length => "length" },
        "hits": stats.counts.hits,
        "misses": stats.counts.misses,
        "hit_rate": stats.hit_rate,
        "stored": stats.counts.stored,
        "corrupt": stats.counts.corrupt,
        "errors": stats.counts.errors,
        "kinds": group(&stats.kinds),
        "strategies": group(&stats.strategies),
        "symbols": group(&stats.symbols),
    })
}

fn as_csv(stats: &Stats) -> Result<String, Fault> {
    let all = [("kind", &stats.kinds), ("strategy", &stats.strategies), ("symbol", &stats.symbols)];
    let lines = all.into_iter().flat_map(|(by, group)| {
        let line = move |(name, tally): (&String, &Tally)| {
            [by.to_owned(), name.clone(), tally.entries.to_string(), tally.bytes.to_string()]
        };
        group.iter().map(line)
    });
    report::csv::lines(&["by", "name", "entries", "bytes"], lines).map_err(Fault::failed)
}
