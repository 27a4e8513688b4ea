//! `cache info`: how the store is, what may be done there, and why it is unusable if it is; and `cache ping`: whether
//! lookups are answered, for scripts.

use serde_json::{Map, Value, json};

use crate::args::OutputFormat;
use crate::cache::{Admin, EntryKind, Failure, Permission, StoreInfo, Ttls};
use crate::commands::Context;
use crate::commands::cache::{Connection, with_remedy};
use crate::error::Error;
use crate::output::format;
use crate::output::table::TextTable;
use crate::report;
use crate::settings::cache;

/// What the command tells.
struct CacheInfo {
    host: String,
    prefix: String,
    is_sealed: bool,
    ttl: Ttls,
    info: Option<StoreInfo>,
    unusable: Option<Failure>,
}

/// Runs it.
///
/// # Errors
/// The cache cannot be used; what is known of it is printed all the same.
pub(super) fn run(format: OutputFormat, context: &Context) -> Result<(), Error> {
    let cache = Connection::of(context)?;
    let (is_sealed, ttl) = cache::described(&context.config)?;
    let asked = Admin::connect(&cache.location, &cache.prefix).and_then(|mut admin| admin.info());
    let unusable = match &asked {
        Ok(info) => info.unusable().cloned(),
        Err(failure) => Some(failure.clone()),
    };
    let told =
        CacheInfo { host: cache.location.host(), prefix: cache.prefix, is_sealed, ttl, info: asked.ok(), unusable };
    let text = match format {
        OutputFormat::Table => table(&told, context),
        OutputFormat::Json => format!("{:#}\n", document(&told)),
        OutputFormat::Csv => report::csv::lines(&["name", "value"], lines(&told)).map_err(Error::failed)?,
    };
    context.printer.data(&text)?;
    told.unusable.map_or(Ok(()), |failure| Err(Error::failed(with_remedy(&failure))))
}

fn table(told: &CacheInfo, context: &Context) -> String {
    let mut grid = TextTable::new(context.printer, &["Cache", &told.host], &[1]);
    for line in lines(told) {
        grid.line(line);
    }
    grid.text()
}

fn lines(told: &CacheInfo) -> Vec<[String; 2]> {
    let known = |value: Option<String>| value.unwrap_or_else(|| "not told".to_owned());
    let ttl = |kind: EntryKind| told.ttl.for_kind(kind).map_or_else(|| "without end".to_owned(), format::span);
    let usable = match &told.unusable {
        None => "yes".to_owned(),
        Some(failure) => format!("no: {} ({})", failure.class.name(), failure.detail),
    };
    let mut lines = vec![("Usable", usable)];
    if let Some(StoreInfo { server, latency, permissions }) = &told.info {
        let limit = server.maxmemory.map(|max| if max == 0 { "no limit".to_owned() } else { format::bytes(max) });
        lines.extend([
            ("Latency", format::duration(latency.as_secs_f64() * 1000.0)),
            ("Version", known(server.version.clone())),
            ("Memory in use", known(server.used_memory.map(format::bytes))),
            ("Memory limit", known(limit)),
            ("Eviction policy", known(server.policy.clone())),
            ("Evicted since its start", known(server.evicted.map(format::count))),
        ]);
        let allowed = |(right, why): &(Permission, Option<Failure>)| {
            (label(*right), why.as_ref().map_or_else(|| "yes".to_owned(), |why| format!("no: {}", why.detail)))
        };
        lines.extend(permissions.iter().map(allowed));
    }
    lines.extend([
        ("Prefix", told.prefix.clone()),
        ("Sealed with a secret", if told.is_sealed { "yes" } else { "no" }.to_owned()),
        ("Results, trades live", format!("{}, {}", ttl(EntryKind::Result), ttl(EntryKind::Trades))),
        ("Blocks of sweeps live", ttl(EntryKind::Block)),
    ]);
    lines.into_iter().map(|(label, value)| [label.to_owned(), value]).collect()
}

const fn label(right: Permission) -> &'static str {
    match right {
        Permission::Read => "May look up",
        Permission::Write => "May store",
        Permission::Count => "May count",
        Permission::List => "May list",
        Permission::Clear => "May clear",
    }
}

fn document(told: &CacheInfo) -> Value {
    let server = told.info.as_ref().map(|info| &info.server);
    let rights: Map<String, Value> = told
        .info
        .iter()
        .flat_map(|info| &info.permissions)
        .map(|(right, why)| {
            let why = why.as_ref().map(|why| why.detail);
            (right.name().to_owned(), json!({"allowed": why.is_none(), "why": why}))
        })
        .collect();
    let seconds = |kind: EntryKind| told.ttl.for_kind(kind).map(|ttl| ttl.as_secs());
    json!({
        "host": told.host,
        "usable": told.unusable.is_none(),
        "class": told.unusable.as_ref().map(|failure| failure.class.name()),
        "why": told.unusable.as_ref().map(|failure| failure.detail),
        "latency_ms": told.info.as_ref().map(|info| info.latency.as_secs_f64() * 1000.0),
        "version": server.and_then(|server| server.version.as_ref()),
        "used_memory": server.and_then(|server| server.used_memory),
        "maxmemory": server.and_then(|server| server.maxmemory),
        "policy": server.and_then(|server| server.policy.as_ref()),
        "evicted": server.and_then(|server| server.evicted),
        "rights": rights,
        "prefix": told.prefix,
        "sealed": told.is_sealed,
        "ttl_seconds": EntryKind::ALL.into_iter().map(|kind| (kind.name().to_owned(), json!(seconds(kind)))).collect::<Map<_, _>>(),
    })
}

/// Runs it.
///
/// # Errors
/// The cache does not answer, or not to lookups; with `--format json` the document says so too.
pub(super) fn ping(format: OutputFormat, context: &Context) -> Result<(), Error> {
    let cache = Connection::of(context)?;
    let answer = Admin::connect(&cache.location, &cache.prefix).and_then(|mut admin| admin.ping());
    let host = cache.location.host();
    let millis = answer.as_ref().ok().map(|latency| latency.as_secs_f64() * 1000.0);
    let failure: Option<&Failure> = answer.as_ref().err();
    let class = failure.map(|failure| failure.class.name());
    match (format, millis) {
        (OutputFormat::Table, Some(millis)) => {
            context.printer.data(&format!("{host} answers in {}\n", format::duration(millis)))?;
        }
        // The error on stderr says it all.
        (OutputFormat::Table, None) => {}
        (OutputFormat::Json, _) => {
            let why = failure.map(|failure| failure.detail);
            let document =
                json!({"host": host, "ok": millis.is_some(), "latency_ms": millis, "class": class, "why": why});
            context.printer.data(&format!("{document:#}\n"))?;
        }
        (OutputFormat::Csv, _) => {
            let latency = millis.map(|millis| millis.to_string()).unwrap_or_default();
            let line = [host, millis.is_some().to_string(), latency, class.unwrap_or_default().to_owned()];
            let lines = report::csv::lines(&["host", "ok", "latency_ms", "class"], [line]).map_err(Error::failed)?;
            context.printer.data(&lines)?;
        }
    }
    failure.map_or(Ok(()), |failure| Err(Error::failed(with_remedy(failure))))
}
