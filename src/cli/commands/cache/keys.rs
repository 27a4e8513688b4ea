//! `cache keys`: the entries there are, page by page as the store gives them.

use serde_json::json;

use super::filter::{filter, note_of_nothing};
use super::run::Where;
use crate::cache::{Life, Listed};
use crate::cli::args::{Format, KeysArgs};
use crate::cli::commands::Context;
use crate::cli::fault::Fault;
use crate::report;

/// Runs it.
///
/// # Errors
/// A wrong request, no cache, or one that refuses.
pub fn run(args: &KeysArgs, context: &Context) -> Result<(), Fault> {
    let cache = Where::of(context)?;
    let filter = filter(&args.filter, &cache.prefix, context)?;
    let mut admin = cache.open()?;
    let mut pages = Pages { format: args.format, listed: 0 };
    let mut written = context.printer.data(pages.head());
    admin
        .keys(&filter, |page| {
            if written.is_ok() {
                written = pages.page(&page).and_then(|text| context.printer.data(&text));
            }
            written.is_ok()
        })
        .map_err(Fault::failed)?;
    written?;
    context.printer.data(pages.tail())?;
    if pages.listed == 0 {
        note_of_nothing(&filter, context);
    }
    Ok(())
}

/// One document or list that is written in parts.
struct Pages {
    format: Format,
    listed: usize,
}

impl Pages {
    fn head(&self) -> &'static str {
        match self.format {
            Format::Table => "",
            Format::Json => "{\"keys\": [",
            Format::Csv => "name,kind,symbol,strategy,key,bytes,expires_in_s\n",
        }
    }

    fn tail(&self) -> &'static str {
        match self.format {
            Format::Table | Format::Csv => "",
            Format::Json if self.listed == 0 => "]}\n",
            Format::Json => "\n]}\n",
        }
    }

    fn page(&mut self, page: &[Listed]) -> Result<String, Fault> {
        let first = self.listed == 0;
        self.listed += page.len();
        Ok(match self.format {
            Format::Table => page.iter().map(|listed| listed.name.clone() + "\n").collect(),
            Format::Json => {
                let documents = page.iter().enumerate().map(|(at, listed)| {
                    let comma = if first && at == 0 { "" } else { "," };
                    format!("{comma}\n  {}", document(listed))
                });
                documents.collect()
            }
            Format::Csv => {
                let names = ["name", "kind", "symbol", "strategy", "key", "bytes", "expires_in_s"];
                let lines = report::csv::lines(&names, page.iter().map(line)).map_err(Fault::failed)?;
                lines.split_once('\n').map(|(_, lines)| lines.to_owned()).unwrap_or_default()
            }
        })
    }
}

fn seconds(listed: &Listed) -> Option<u64> {
    match listed.life {
        Life::Left(left) => Some(left.as_secs()),
        Life::Endless | Life::Over => None,
    }
}

fn document(listed: &Listed) -> serde_json::Value {
    let Listed { name, kind, symbol, strategy, key, bytes, .. } = listed;
    json!({
        "name": name, "kind": kind, "symbol": symbol, "strategy": strategy, "key": key, "bytes": bytes,
        "expires_in_s": seconds(listed),
    })
}

fn line(listed: &Listed) -> [String; 7] {
    let Listed { name, kind, symbol, strategy, key, bytes, .. } = listed.clone();
    let seconds = seconds(listed).map(|seconds| seconds.to_string()).unwrap_or_default();
    [name, kind, symbol, strategy, key, bytes.to_string(), seconds]
}
