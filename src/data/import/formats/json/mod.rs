//! JSON, read as a stream: rows, objects, columns as lists, lines, nested replies of exchanges, and the ways in which
//! pandas writes tables. Somewhere in the document is one table of bars; nothing else of it is kept.

mod document;

use std::cell::RefCell;
use std::io::{BufRead, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::ContentError;
use crate::escape::escape;
use crate::import::cells::{OwnedCell, RawCell, Refusal, TableHead};
use crate::import::options::ImportOptions;
use crate::import::table::TypedRows;
use crate::import::times::{RawTime, raw_time};

use self::document::{JsonDocument, JsonNode, MAX_LISTS, NEST, RowList, ScalarList};
use super::Opened;
use super::wrapping::unpackable;

const DAMAGED: &str = "It is cut short or damaged";
/// Values in lists that may be columns: more than the minutes of a lifetime.
const MAX_LISTED: usize = 20_000_000;
/// Members of one object that is no row.
const MAX_MEMBERS: usize = 4_096;
/// Documents of this size are read whole, as that is quicker.
const SMALL: u64 = 32 << 20;

/// Reads the one table in a document.
pub(super) fn read<'o>(
    opened: Opened,
    names: &'o [String],
    options: &'o ImportOptions,
) -> Result<(TableHead, TypedRows), Refusal> {
    let Opened { head, mut rest, expected } = opened;
    let is_lines = is_lines(&head);
    let document = RefCell::new(JsonDocument::new(names, options));
    let broken = |error: &serde_json::Error| -> Refusal {
        if error.is_io() {
            return ContentError::file(format!("cannot be read: {}", escape(&error.to_string())), DAMAGED).into();
        }
        ContentError::file(format!("is not whole as JSON: {}", escape(&error.to_string())), DAMAGED).into()
    };
    if is_lines {
        let mut reader = head.as_slice().chain(&mut rest);
        lines(&mut reader, &document, &broken)?;
    } else if expected <= SMALL {
        let mut bytes = head;
        rest.read_to_end(&mut bytes).map_err(|error| unpackable(&error))?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        if let Err(error) = whole(&mut json, &document) {
            let Some(nulls) = without_nan(&bytes).filter(|_| document.borrow().refusal.is_none()) else {
                return Err(stopped(&document, &error, &broken));
            };
            document.replace(JsonDocument::new(names, options));
            let mut json = serde_json::Deserializer::from_slice(&nulls);
            whole(&mut json, &document).map_err(|error| stopped(&document, &error, &broken))?;
        }
    } else {
        let reader = std::io::BufReader::with_capacity(1 << 17, head.as_slice().chain(rest));
        let mut json = serde_json::Deserializer::from_reader(reader);
        whole(&mut json, &document).map_err(|error| stopped(&document, &error, &broken))?;
    }
    document.into_inner().finish()
}

/// The text with `null` for `NaN` and `Infinity`, which Python writes and JSON does not know; `None` where there is none.
fn without_nan(text: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let mut out = Vec::with_capacity(text.len());
    let (mut rest, mut is_text, mut found) = (text, false, false);
    while let [first, after @ ..] = rest {
        if !is_text && let Some(word) = WORDS.into_iter().find(|word| rest.starts_with(word)) {
            out.extend(b"null");
            rest = &rest[word.len()..];
            found = true;
            continue;
        }
        out.push(*first);
        rest = after;
        match (*first, is_text) {
            (b'"', _) => is_text = !is_text,
            (b'\\', true) => {
                if let [escaped, after @ ..] = rest {
                    out.push(*escaped);
                    rest = after;
                }
            }
            _ => {}
        }
    }
    found.then_some(out)
}

/// The reason for which reading stopped: a refused row, too much of something, or broken JSON.
fn stopped(
    document: &RefCell<JsonDocument>,
    error: &serde_json::Error,
    broken: &dyn Fn(&serde_json::Error) -> Refusal,
) -> Refusal {
    document.borrow_mut().refusal.take().unwrap_or_else(|| broken(error))
}

fn whole<'de, R: serde_json::de::Read<'de>>(
    json: &mut serde_json::Deserializer<R>,
    document: &RefCell<JsonDocument>,
) -> Result<(), serde_json::Error> {
    let path = RefCell::new(Vec::new());
    let node = NodeSeed { document, path: &path, depth: 0 }.deserialize(&mut *json)?;
    json.end()?;
    let mut document = document.borrow_mut();
    match node {
        JsonNode::Object(members) => document.facts(&[], members),
        JsonNode::Keyed(keys, cells) => document.keyed.push((String::new(), keys, cells)),
        _ => {}
    }
    Ok(())
}

/// Whether each line is a document of its own.
fn is_lines(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    let begins = |line: &[u8]| line.trim_ascii_start().starts_with(b"{") || line.trim_ascii_start().starts_with(b"[");
    let nulls = without_nan(first);
    begins(second) && serde_json::from_slice::<IgnoredAny>(nulls.as_deref().unwrap_or(first)).is_ok()
}

fn lines(
    reader: &mut dyn Read,
    document: &RefCell<JsonDocument>,
    broken: &dyn Fn(&serde_json::Error) -> Refusal,
) -> Result<(), Refusal> {
    const LONGEST: u64 = 64 << 20;
    let mut reader = std::io::BufReader::with_capacity(1 << 17, reader);
    let mut line = Vec::new();
    let mut rows = RowList::default();
    let mut number = 0;
    loop {
        line.clear();
        let count = (&mut reader).take(LONGEST).read_until(b'\n', &mut line).map_err(|error| unpackable(&error))?;
        if count == 0 {
            break;
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let path = RefCell::new(Vec::new());
        let nulls = without_nan(&line);
        let mut json = serde_json::Deserializer::from_slice(nulls.as_deref().unwrap_or(&line));
        let node = NodeSeed { document, path: &path, depth: 1 }.deserialize(&mut json).and_then(|node| {
            json.end()?;
            Ok(node)
        });
        let node = node.map_err(|error| {
            document.borrow_mut().refusal.take().unwrap_or_else(|| {
                let mut refusal = broken(&error);
                refusal.fault.row = Some(number);
                refusal
            })
        })?;
        rows.take(node, number, &mut document.borrow_mut())?;
    }
    let mut document = document.borrow_mut();
    if rows.started {
        document.add_list(Vec::new(), rows);
    }
    Ok(())
}

/// Reads one value.
struct NodeSeed<'a, 'o> {
    document: &'a RefCell<JsonDocument<'o>>,
    path: &'a RefCell<Vec<String>>,
    depth: usize,
}

impl NodeSeed<'_, '_> {
    fn stop<E: serde::de::Error>(&self, refusal: Refusal) -> E {
        let what = refusal.fault.what.clone();
        self.document.borrow_mut().refusal = Some(refusal);
        E::custom(what)
    }

    fn too_much<E: serde::de::Error>(&self) -> E {
        let what = format!("is JSON with more than {MAX_LISTED} values in lists that are no rows");
        self.stop(ContentError::file(what, "Split it, or write it as CSV").into())
    }
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'_, '_> {
    type Value = JsonNode;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<JsonNode, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed<'_, '_> {
    type Value = JsonNode;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<JsonNode, E> {
        Ok(JsonNode::Scalar(OwnedCell::Text(if value { "true" } else { "false" }.into())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<JsonNode, E> {
        Ok(JsonNode::Scalar(OwnedCell::Int(value)))
    }

    #[expect(clippy::cast_precision_loss, reason = "beyond i64 there is no price")]
    fn visit_u64<E>(self, value: u64) -> Result<JsonNode, E> {
        Ok(JsonNode::Scalar(i64::try_from(value).map_or(OwnedCell::Float(value as f64), OwnedCell::Int)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<JsonNode, E> {
        Ok(JsonNode::Scalar(OwnedCell::Float(value)))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<JsonNode, E> {
        // CEX.IO answers with JSON that is written as text.
        if text.len() > 64 && text.starts_with(['[', '{']) && serde_json::from_str::<IgnoredAny>(text).is_ok() {
            return self.deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(E::custom);
        }
        Ok(JsonNode::Scalar(OwnedCell::Text(text.into())))
    }

    fn visit_unit<E>(self) -> Result<JsonNode, E> {
        Ok(JsonNode::Scalar(OwnedCell::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<JsonNode, A::Error> {
        let mut scalars = ScalarList::Ints(Vec::new());
        let mut rows = RowList::default();
        let mut line = 0;
        let mut is_first = true;
        while let Some(node) =
            seq.next_element_seed(NodeSeed { document: self.document, path: self.path, depth: self.depth + 1 })?
        {
            line += 1;
            match node {
                JsonNode::Scalar(cell) => {
                    if is_first && matches!(cell, OwnedCell::Float(_)) {
                        scalars = ScalarList::Floats(Vec::new());
                    }
                    is_first = false;
                    // Rows are short; a list that may be a column counts.
                    if scalars.len() >= 64 {
                        let mut document = self.document.borrow_mut();
                        document.listed += if matches!(scalars, ScalarList::Cells(_)) { 4 } else { 1 };
                        if document.listed > MAX_LISTED {
                            drop(document);
                            return Err(self.too_much());
                        }
                    }
                    scalars.push(cell);
                }
                JsonNode::Taken => {}
                node => {
                    let mut document = self.document.borrow_mut();
                    // A list in the same place goes on where the one before it ended: pages of one answer.
                    if !rows.started {
                        rows = document.resumed(&self.path.borrow()).unwrap_or_default();
                    }
                    let taken = rows.take(node, line, &mut document);
                    drop(document);
                    taken.map_err(|refusal| self.stop(refusal))?;
                }
            }
        }
        if rows.started {
            let path = self.path.borrow().clone();
            self.document.borrow_mut().add_list(path, rows);
            return Ok(JsonNode::Taken);
        }
        if line == 0 {
            self.document.borrow_mut().has_list = true;
        } else if scalars.len() == 0 {
            return Ok(JsonNode::Taken);
        }
        if self.depth == 0 {
            self.document.borrow_mut().columns.push((Vec::new(), scalars));
            return Ok(JsonNode::Taken);
        }
        Ok(JsonNode::List(scalars))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonNode, A::Error> {
        let mut members: Vec<(String, OwnedCell)> = Vec::new();
        let (mut keys, mut cells): (Vec<OwnedCell>, Vec<OwnedCell>) = (Vec::new(), Vec::new());
        let mut rows = RowList::default();
        let mut line = 0;
        while let Some(key) = map.next_key::<String>()? {
            line += 1;
            self.path.borrow_mut().push(key);
            let node =
                map.next_value_seed(NodeSeed { document: self.document, path: self.path, depth: self.depth + 1 });
            let key = self.path.borrow_mut().pop().unwrap_or_default();
            let is_key = is_row_key(&key);
            match node? {
                JsonNode::Scalar(cell) if is_key => {
                    keys.push(key_cell(&key));
                    cells.push(cell);
                    let mut document = self.document.borrow_mut();
                    document.listed += 8;
                    if document.listed > MAX_LISTED {
                        drop(document);
                        return Err(self.too_much());
                    }
                }
                JsonNode::Scalar(cell) if members.len() < MAX_MEMBERS => members.push((key, cell)),
                JsonNode::Object(inner) if is_key && inner.len() >= 4 => {
                    let named = std::iter::once(("index".to_owned(), key_cell(&key).clone())).chain(inner).collect();
                    let taken = rows.take(JsonNode::Object(named), line, &mut self.document.borrow_mut());
                    taken.map_err(|refusal| self.stop(refusal))?;
                }
                JsonNode::List(list) if is_key && (4..64).contains(&list.len()) => {
                    let mut row = list.into_cells();
                    row.insert(0, key_cell(&key));
                    let taken =
                        rows.take(JsonNode::List(ScalarList::Cells(row)), line, &mut self.document.borrow_mut());
                    taken.map_err(|refusal| self.stop(refusal))?;
                }
                // MongoDB writes types around values: {"$date": ..}.
                JsonNode::Object(mut inner) if inner.len() == 1 && inner[0].0.starts_with('$') => {
                    let cell = inner.swap_remove(0).1;
                    members.push((key, cell));
                }
                // Google's money and T-Bank's quotations: {"units": "61", "nano": 500000000}.
                JsonNode::Object(inner) if money(&inner).is_some() && members.len() < MAX_MEMBERS => {
                    members.push((key, money(&inner).unwrap_or(OwnedCell::Null)));
                }
                JsonNode::Object(inner) => {
                    let room = MAX_MEMBERS.saturating_sub(members.len());
                    members
                        .extend(inner.into_iter().take(room).map(|(name, cell)| (format!("{key}{NEST}{name}"), cell)));
                }
                JsonNode::List(list) => {
                    let mut document = self.document.borrow_mut();
                    if document.columns.len() < MAX_LISTS {
                        let mut path = self.path.borrow().clone();
                        path.push(key);
                        document.has_list |= list.len() == 0;
                        document.columns.push((path, list));
                    }
                }
                JsonNode::Keyed(keys, cells) => {
                    let mut document = self.document.borrow_mut();
                    // Rows by their numbers are as many as there are.
                    if is_key || document.keyed.len() < MAX_LISTS {
                        document.keyed.push((key, keys, cells));
                    }
                }
                JsonNode::Scalar(_) | JsonNode::Taken => {}
            }
        }
        if rows.started {
            let path = self.path.borrow().clone();
            self.document.borrow_mut().add_list(path, rows);
        }
        if !keys.is_empty() && members.is_empty() {
            return Ok(JsonNode::Keyed(keys, cells));
        }
        let room = MAX_MEMBERS.saturating_sub(members.len());
        members.extend(keys.into_iter().map(name_of).zip(cells).take(room));
        Ok(JsonNode::Object(members))
    }
}

/// The number of whole units and billionths of one.
fn money(members: &[(String, OwnedCell)]) -> Option<OwnedCell> {
    let part = |wanted: &str| -> Option<i64> {
        match members.iter().find(|(name, _)| name == wanted).map(|(_, cell)| cell)? {
            OwnedCell::Int(number) => Some(*number),
            OwnedCell::Text(text) => text.parse().ok(),
            _ => None,
        }
    };
    let (units, nano) = (part("units")?, part("nano")?);
    let is_sound = members.len() <= 3 && units >= 0 && (0..1_000_000_000).contains(&nano);
    is_sound.then(|| OwnedCell::Text(format!("{units}.{nano:09}").into()))
}

fn name_of(key: OwnedCell) -> String {
    match key {
        OwnedCell::Int(number) => number.to_string(),
        OwnedCell::Text(text) => text.into(),
        _ => String::new(),
    }
}

/// Whether a name is that of a row: a time, or its number.
pub(super) fn is_row_key(key: &str) -> bool {
    let begins = key.starts_with(|c: char| c.is_ascii_digit());
    begins
        && (key.bytes().all(|b| b.is_ascii_digit())
            || matches!(raw_time(RawCell::Text(key)), RawTime::Civil(_) | RawTime::Instant(..) | RawTime::Date(..)))
}

pub(super) fn key_cell(key: &str) -> OwnedCell {
    key.parse().map_or_else(|_| OwnedCell::Text(key.into()), OwnedCell::Int)
}
