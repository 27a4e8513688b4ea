//! `cache stats`: what is stored, and what our own processes did with it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::args::OutputFormat;
use crate::cache::{BytesBy, Counters, EntryKind, EntryTotals, KindCounters, Stats};
use crate::commands::Context;
use crate::commands::cache::Connection;
use crate::error::Error;
use crate::output::format;
use crate::output::table::TextTable;
use crate::report;

/// Days in the table; the document has all that are kept.
const DAYS: usize = 7;
/// Lines of a group in the table.
const SHOWN: usize = 10;

fn table(stats: &Stats, host: &str, context: &Context) -> String {
    let mut grid = TextTable::new(context.printer, &["Cache", host], &[1]);
    let bytes = match stats.bytes_by {
        BytesBy::Memory => "Bytes in the store",
        BytesBy::Length => "Bytes of values",
    };
    let known = |value: Option<String>| value.unwrap_or_else(|| "not told".to_owned());
    let limit = stats.server.maxmemory.map(|max| if max == 0 { "no limit".to_owned() } else { format::bytes(max) });
    let counts = stats.counts.total();
    for (label, value) in [
        ("Entries", format::count(stats.total.entries)),
        (bytes, format::bytes(stats.total.bytes)),
        ("Counted since", stats.since.map_or_else(|| "-".to_owned(), format::minute)),
        ("Our hits", format::count(counts.hits)),
        ("Our misses", format::count(counts.misses)),
        ("Our hit rate", rate(&counts)),
        ("Stored", format::count(counts.stored)),
        ("Refused as corrupt", format::count(counts.corrupt)),
        ("Failed operations", format::count(stats.counts.errors)),
        ("Server", known(stats.server.version.clone())),
        ("Server memory in use", known(stats.server.used_memory.map(format::bytes))),
        ("Server memory limit", known(limit)),
        ("Eviction policy", known(stats.server.policy.clone())),
        ("Server-wide hits, all clients", known(stats.server.keyspace_hits.map(format::count))),
        ("Server-wide misses, all clients", known(stats.server.keyspace_misses.map(format::count))),
    ] {
        grid.line([label.to_owned(), value]);
    }
    let mut out = grid.text();
    out.push_str(&by_kind(stats, context));
    out.push_str(&by_day(stats, context));
    for (title, group) in [("Strategy", &stats.strategies), ("Asset", &stats.symbols)] {
        if !group.is_empty() {
            out.push_str(&groups(title, group, context));
        }
    }
    out
}

fn by_kind(stats: &Stats, context: &Context) -> String {
    let header = ["Kind", "Entries", "Bytes", "Hits", "Misses", "Hit rate", "Stored"];
    let mut grid = TextTable::new(context.printer, &header, &[1, 2, 3, 4, 5, 6]);
    for kind in EntryKind::ALL {
        let tally = stats.kinds.get(kind.name()).copied().unwrap_or_default();
        let counts = stats.counts.kind(kind);
        let [hits, misses, stored] = [counts.hits, counts.misses, counts.stored].map(format::count);
        let (entries, bytes) = (format::count(tally.entries), format::bytes(tally.bytes));
        grid.line([kind.name().to_owned(), entries, bytes, hits, misses, rate(counts), stored]);
    }
    grid.text()
}

fn by_day(stats: &Stats, context: &Context) -> String {
    if stats.days.is_empty() {
        return String::new();
    }
    let mut grid =
        TextTable::new(context.printer, &["Day (UTC)", "Hits", "Misses", "Hit rate", "Stored"], &[1, 2, 3, 4]);
    for (day, ledger) in stats.days.iter().rev().take(DAYS) {
        let counts = ledger.total();
        let [hits, misses, stored] = [counts.hits, counts.misses, counts.stored].map(format::count);
        grid.line([day.clone(), hits, misses, rate(&counts), stored]);
    }
    grid.text()
}

/// The largest groups of entries.
fn groups(title: &str, group: &BTreeMap<String, EntryTotals>, context: &Context) -> String {
    let mut sorted: Vec<(&String, &EntryTotals)> = group.iter().collect();
    sorted.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.entries));
    let mut grid = TextTable::new(context.printer, &[title, "Entries", "Bytes"], &[1, 2]);
    for (name, tally) in sorted.iter().take(SHOWN) {
        grid.line([(*name).clone(), format::count(tally.entries), format::bytes(tally.bytes)]);
    }
    if sorted.len() > SHOWN {
        grid.line([format!("and {} more", sorted.len() - SHOWN), String::new(), String::new()]);
    }
    grid.text()
}

fn rate(counts: &KindCounters) -> String {
    counts.hit_rate().map_or_else(|| "-".to_owned(), |rate| format!("{:.1}%", rate * 100.0))
}

fn document(stats: &Stats, host: &str) -> Value {
    let group = |group: &BTreeMap<String, EntryTotals>| {
        let one = |(name, tally): (&String, &EntryTotals)| (name.clone(), tally_document(tally));
        Value::Object(group.iter().map(one).collect())
    };
    let mut document = json!({
        "server": {
            "host": host,
            "version": stats.server.version,
            "used_memory": stats.server.used_memory,
            "maxmemory": stats.server.maxmemory,
            "policy": stats.server.policy,
            "all_clients_hits": stats.server.keyspace_hits,
            "all_clients_misses": stats.server.keyspace_misses,
        },
        "entries": stats.total.entries,
        "bytes": stats.total.bytes,
        "bytes_by": match stats.bytes_by { BytesBy::Memory => "memory", BytesBy::Length => "length" },
        "since": stats.since.map(report::time),
        "errors": stats.counts.errors,
        "kinds": Value::Object(EntryKind::ALL.into_iter().map(|kind| (kind.name().to_owned(), kind_document(stats, kind))).collect()),
        "days": Value::Object(stats.days.iter().map(|(day, ledger)| (day.clone(), day_document(ledger))).collect()),
        "strategies": group(&stats.strategies),
        "symbols": group(&stats.symbols),
    });
    merge(&mut document, counts_document(&stats.counts.total()));
    document
}

fn tally_document(tally: &EntryTotals) -> Value {
    json!({"entries": tally.entries, "bytes": tally.bytes})
}

fn kind_document(stats: &Stats, kind: EntryKind) -> Value {
    let mut document = tally_document(&stats.kinds.get(kind.name()).copied().unwrap_or_default());
    merge(&mut document, counts_document(stats.counts.kind(kind)));
    document
}

fn day_document(ledger: &Counters) -> Value {
    let mut document = Value::Object(counts_document(&ledger.total()));
    merge(&mut document, [("errors".to_owned(), json!(ledger.errors))].into_iter().collect());
    document
}

fn counts_document(counts: &KindCounters) -> Map<String, Value> {
    let KindCounters { hits, misses, stored, corrupt } = counts;
    let numbers = [("hits", json!(hits)), ("misses", json!(misses)), ("hit_rate", json!(counts.hit_rate()))];
    let all = numbers.into_iter().chain([("stored", json!(stored)), ("corrupt", json!(corrupt))]);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn merge(document: &mut Value, more: Map<String, Value>) {
    if let Value::Object(members) = document {
        members.extend(more);
    }
}

fn lines(stats: &Stats) -> Result<String, Error> {
    let all = [("kind", &stats.kinds), ("strategy", &stats.strategies), ("symbol", &stats.symbols)];
    let lines = all.into_iter().flat_map(|(by, group)| {
        let line = move |(name, tally): (&String, &EntryTotals)| {
            [by.to_owned(), name.clone(), tally.entries.to_string(), tally.bytes.to_string()]
        };
        group.iter().map(line)
    });
    report::csv::lines(&["by", "name", "entries", "bytes"], lines).map_err(Error::failed)
}

/// Runs it.
///
/// # Errors
/// No cache, or one that refuses.
pub(super) fn run(format: OutputFormat, context: &Context) -> Result<(), Error> {
    let cache = Connection::of(context)?;
    let stats = cache.open()?.stats().map_err(Error::failed)?;
    let host = cache.location.host();
    let text = match format {
        OutputFormat::Table => table(&stats, &host, context),
        OutputFormat::Json => format!("{:#}\n", document(&stats, &host)),
        OutputFormat::Csv => lines(&stats)?,
    };
    context.printer.data(&text)
}
