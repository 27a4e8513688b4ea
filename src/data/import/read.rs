//! From a file to the bars of each symbol in it.

use std::path::{Path, PathBuf};

use super::found::{Found, Wishes};
use super::step::{Guess, guess};
use super::table::Table;
use super::unpack::{Part, parts};
use super::{frames, json, kraken, name, recognise, refuse, tidy};
use crate::data::escape::{escape, shown};
use crate::data::fault::{DataError, Fault};
use crate::data::pair::has_base;
use crate::data::source::Source;
use crate::data::steps::Steps;
use crate::data::store::Origin;
use crate::sim::model::{Candles, Interval};

/// The bars in a file, whatever its format: one [`Found`] for each symbol.
///
/// # Errors
/// When it cannot be read, or holds no bars: the error says why, and names the row where there is one.
pub fn read_file(path: &Path, wishes: &Wishes) -> Result<Vec<Found>, DataError> {
    let bytes = || {
        if path.is_dir() {
            let what = format!("is a folder; name the files in it: {}", shown(&path.join("*")));
            return Err(Fault::file(what, "Nothing in it was read"));
        }
        let source = Source::open(path)?;
        source.bytes()
    };
    let bytes = bytes().map_err(|fault| fault.into_error(path.to_owned()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    read_bytes(bytes, &name, wishes).map_err(|error| DataError { path: beside(path, &error.path), ..error })
}

/// The bars in a file of this name and these bytes.
///
/// # Errors
/// As [`read_file`]; the error's path is the name.
pub fn read_bytes(bytes: Vec<u8>, name: &str, wishes: &Wishes) -> Result<Vec<Found>, DataError> {
    let here = PathBuf::from(name);
    let parts = parts(bytes).map_err(|fault| fault.into_error(here.clone()))?;
    let mut groups: Vec<Group> = Vec::new();
    for part in parts {
        let names: Vec<String> = std::iter::once(name.to_owned()).chain(part.name.clone()).collect();
        let place = part.name.as_ref().map_or_else(|| here.clone(), |inner| here.join(inner));
        let mut table = table(part, &names).map_err(|fault| fault.into_error(place.clone()))?;
        tidy::check(&table).map_err(|fault| fault.into_error(place.clone()))?;
        let symbol = symbol(&table, &names, wishes).map_err(|fault| fault.into_error(place.clone()))?;
        let others = others(&table, &names, wishes);
        table.notes.extend(others);
        match groups.iter_mut().find(|group| group.symbol == symbol) {
            Some(group) => group.table.append(table),
            None => groups.push(Group { symbol, table, names, place }),
        }
    }
    let one = |group: Group| {
        let place = group.place.clone();
        group.finish(name, wishes).map_err(|fault| fault.into_error(place))
    };
    groups.into_iter().map(one).collect()
}

/// The path of the file that an error names, which may be one within an archive.
fn beside(path: &Path, named: &Path) -> PathBuf {
    let inner = named.components().skip(1).collect::<PathBuf>();
    if inner.as_os_str().is_empty() { path.to_owned() } else { path.join(inner) }
}

/// What a part of a file holds.
fn table(part: Part, names: &[String]) -> Result<Table, Fault> {
    let bytes = match frames::table(part.bytes) {
        Ok(table) => return table,
        Err(bytes) => bytes,
    };
    let text = refuse::text(&bytes)?;
    if json::is_json(text) { json::table(text) } else { recognise::table(text, names) }
}

/// All rows of one symbol.
struct Group {
    symbol: String,
    table: Table,
    names: Vec<String>,
    place: PathBuf,
}

impl Group {
    fn finish(self, name: &str, wishes: &Wishes) -> Result<Found, Fault> {
        let Self { symbol, table, names, .. } = self;
        let (stated, closed, synthetic) = (table.interval, table.closed, table.synthetic);
        let (candles, mut report) = tidy::sorted(table, wishes.conflict)?;
        let interval = interval(&candles, stated, &names, report.format, wishes)?;
        let named = name::interval(&names, report.format == kraken::FORMAT).filter(|named| *named != interval);
        if let (Some(named), None) = (named, wishes.interval) {
            report.notes.push(format!("named as {named}, and yet of {interval}"));
        }
        let candles = tidy::finish(candles, interval, closed, wishes, &mut report);
        if candles.is_empty() {
            return Err(Fault::file("holds no finished bar", "Wait until it is, or say --keep-last"));
        }
        let origin = Origin {
            name: name.to_owned(),
            format: report.format.to_owned(),
            is_lasting: false,
            changes: report.changes(),
            synthetic,
        };
        Ok(Found { symbol, interval, candles, origin, report })
    }
}

fn symbol(table: &Table, names: &[String], wishes: &Wishes) -> Result<String, Fault> {
    let found = wishes.symbol.clone().or_else(|| table.symbol.clone()).or_else(|| name::symbol(names));
    found.map(|symbol| name::normal(&symbol)).filter(|symbol| !symbol.is_empty()).ok_or_else(|| {
        Fault::file(
            "neither its content nor its name tells which symbol it is of",
            "Say so with --symbol, as in --symbol BTCUSDT",
        )
    })
}

/// Remarks where the user says one symbol, and the content or the name of the file another.
fn others(table: &Table, names: &[String], wishes: &Wishes) -> Vec<String> {
    let Some(wanted) = wishes.symbol.as_deref().map(name::normal) else { return Vec::new() };
    // Of a pair, the asset alone is no other symbol.
    let is_other = |found: &String| *found != wanted && !has_base(found, &wanted);
    let content = table.symbol.as_deref().map(name::normal).filter(is_other);
    let by_name = name::symbol(names).map(|symbol| name::normal(&symbol)).filter(is_other);
    let content = content.map(|found| format!("says that it is of {found}, and yet taken as {wanted}"));
    content.into_iter().chain(by_name.map(|found| format!("named as {found}, and yet taken as {wanted}"))).collect()
}

/// What the user says, else what the steps tell, else the end of a bar, else the file's name.
fn interval(
    candles: &Candles,
    stated: Option<Interval>,
    names: &[String],
    format: &str,
    wishes: &Wishes,
) -> Result<Interval, Fault> {
    const SAY: &str = "Say how long a bar is with --interval, as in --interval 1h";
    let guess = guess(&candles.time);
    let fits = |interval: &Interval| {
        let steps = Steps::of(&candles.time, *interval);
        steps.irregular * 10 <= candles.len()
    };
    if let Some(wanted) = wishes.interval {
        let is_none = candles.len() > 2 && Steps::of(&candles.time, wanted).other + 1 == candles.len();
        return match guess {
            Guess::Sure(found) if found != wanted && is_none => Err(Fault::file(
                format!("has bars of {found}, not of {wanted}"),
                "Leave --interval out, or name the one that it has",
            )),
            _ if !fits(&wanted) => Err(Fault::file(format!("has bars that lie on no grid of {wanted}"), SAY)),
            _ => Ok(wanted),
        };
    }
    if let Guess::Sure(found) = guess {
        return Ok(found);
    }
    if let Guess::TooShort(step) = guess {
        return Err(Fault::file(
            format!("has bars {step} ms apart: the shortest interval is 1m"),
            "Take the files of a longer interval",
        ));
    }
    let by_name = || name::interval(names, format == kraken::FORMAT);
    if let Some(found) = stated.filter(fits).or_else(|| by_name().filter(fits)) {
        return Ok(found);
    }
    let what = match guess {
        Guess::Maybe(step) if candles.len() == 2 => {
            format!("has 2 bars, {step} apart, which is no proof of their length")
        }
        Guess::Maybe(_) => "has bars at uneven times, which do not tell how long a bar is".to_owned(),
        _ => format!("has {} bar, which does not tell how long it is", candles.len()),
    };
    Err(Fault::file(escape(&what), SAY))
}
