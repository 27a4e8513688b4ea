//! JSON: replies of exchanges as they come, and files of freqtrade and ccxt. Somewhere in the document is one list of
//! bars.

use serde_json::Value;

use super::json_rows::{self, Place};
use super::table::{Closed, Table};
use super::times::of_number;
use crate::data::escape::{escape, quote};
use crate::data::fault::Fault;

/// A larger document is not read: in memory it is several times as large.
const MAX_BYTES: usize = 512 << 20;
/// How deep the bars may be: `{"result": {"XBTUSD": [..]}}` has them at 2.
const DEPTH: usize = 3;
const DAMAGED: &str = "It may be cut short or damaged; download it again";

/// Whether a text is a JSON document.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_ascii_start().starts_with(['[', '{'])
}

/// Reads the one list of bars in a document.
pub(super) fn table(text: &str) -> Result<Table, Fault> {
    if text.len() > MAX_BYTES {
        return Err(Fault::file(
            format!("is JSON of more than {} MiB", MAX_BYTES >> 20),
            "Split it, or write it as CSV",
        ));
    }
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Fault::file(format!("is not whole as JSON: {}", escape(&error.to_string())), DAMAGED))?;
    let mut lists = Vec::new();
    collect(&document, &mut Vec::new(), &mut lists);
    let filled: Vec<_> = lists.iter().filter(|(_, rows)| !rows.is_empty()).collect();
    let (path, rows) = match filled[..] {
        [(path, rows)] => (path, rows),
        [] => return Err(without_bars(&document, !lists.is_empty())),
        _ => {
            let names: Vec<String> = filled.iter().map(|(path, _)| escape(&path.join("."))).collect();
            let what = format!("holds several lists of bars: {}", names.join(", "));
            return Err(Fault::file(what, "Split the file, one for each list"));
        }
    };
    let place = place(path, rows, &document);
    let mut table = json_rows::table(rows, place)?;
    table.symbol = table.symbol.take().or_else(|| symbol(&document, path));
    if place == Place::Kraken
        && let Some(last) = document["result"]["last"].as_i64().and_then(of_number)
    {
        table.closed = Closed::Through(last);
    }
    Ok(table)
}

/// Lists whose elements may be bars, with the names that lead to them.
fn collect<'a>(value: &'a Value, path: &mut Vec<&'a str>, out: &mut Vec<(Vec<&'a str>, &'a Vec<Value>)>) {
    match value {
        Value::Array(list) if list.iter().all(|row| row.is_array() || row.is_object()) => {
            out.push((path.clone(), list));
        }
        Value::Object(members) if path.len() < DEPTH => {
            for (name, member) in members {
                path.push(name);
                collect(member, path, out);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Whose reply it is, as far as that decides what the columns are.
fn place(path: &[&str], rows: &[Value], document: &Value) -> Place {
    let width = rows[0].as_array().map(Vec::len);
    match (path, width) {
        (["result", "list"], Some(7)) => Place::Bybit,
        (["result", _], Some(8)) => Place::Kraken,
        (["data"], Some(9)) if document["code"] == "0" => Place::Okx,
        (["data"], Some(7)) => Place::KuCoin,
        _ => Place::Elsewhere,
    }
}

fn symbol(document: &Value, path: &[&str]) -> Option<String> {
    let of = |value: &Value| {
        let names = ["symbol", "pair", "product_id", "instId"];
        names.iter().find_map(|name| value[*name].as_str().filter(|text| !text.is_empty()).map(str::to_owned))
    };
    match path {
        ["result", "list"] => of(&document["result"]),
        ["result", pair] => Some((*pair).to_owned()),
        _ => of(document),
    }
}

/// Why there are no bars: exchanges answer with a reason, tools with an empty list.
fn without_bars(document: &Value, has_list: bool) -> Fault {
    let said = ["retMsg", "msg", "message", "error", "errors"].iter().find_map(|name| match &document[*name] {
        Value::String(text) if !text.is_empty() && !text.eq_ignore_ascii_case("ok") => Some(text.clone()),
        Value::Array(list) if !list.is_empty() => {
            Some(list.iter().map(Value::to_string).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    });
    let said = said.or_else(|| match document.as_array()?.as_slice() {
        [Value::String(word), rest @ ..] if word == "error" => rest.last().map(Value::to_string),
        _ => None,
    });
    match said {
        Some(said) => Fault::file(
            format!("is an answer without candles: {}", quote(&said)),
            "Ask the exchange again as it wants to be asked",
        ),
        None if has_list => Fault::file("holds an empty list: there are no bars", "Download it again or remove it"),
        None => Fault::file("is JSON in which there is no list of bars", "Take the files of candles instead"),
    }
}
