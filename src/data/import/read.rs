//! From a file to the bars of each symbol in it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::cells::Refusal;
use super::clean;
use super::decide::SourceRows;
use super::formats;
use super::formats::wrapping::{ArchivePart, FileInput, aside, parts};
use super::name;
use super::options::{ImportOptions, StampIs};
use super::report::{Decision, Found};
use super::times::{StepGuess, guess};
use crate::catalog::symbol::{check_symbol, has_base};
use crate::error::{ContentError, DataError};
use crate::escape::{escape, quote, shown};
use crate::read::gaps::GapCounts;
use crate::read::open_file::OpenFile;
use crate::sim::{Candles, Interval};
use crate::store::Origin;

/// Files of an archive that hold no candles and are named.
const NAMED: usize = 5;

/// The bars in a file, whatever its format: one [`Found`] for each symbol.
///
/// # Errors
/// When it cannot be read, or holds no bars: the error says why, and names the row where there is one.
pub fn read_file(path: &Path, options: &ImportOptions) -> Result<Vec<Found>, DataError> {
    let open = || {
        if path.is_dir() {
            let what = format!("is a folder; name the files in it: {}", shown(&path.join("*")));
            return Err(ContentError::file(what, "Nothing in it was read"));
        }
        let source = OpenFile::open(path)?;
        let size = source.stamp.size;
        Ok((FileInput::File(source.handle()?, size), source))
    };
    let (input, source) = open().map_err(|fault| fault.into_error(path.to_owned()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // Folders tell the kind of prices: data.binance.vision has one for each.
    let folders: Vec<String> = path
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let read = read(&input, &name, &folders, options);
    // What changed meanwhile is neither what it was nor what it is.
    source.settle(Ok(())).map_err(|fault| fault.into_error(path.to_owned()))?;
    read.map_err(|error| DataError { path: beside(path, &error.path), ..error })
}

/// The bars in a file of this name and these bytes.
///
/// # Errors
/// As [`read_file`]; the error's path is the name.
pub fn read_bytes(bytes: Vec<u8>, name: &str, options: &ImportOptions) -> Result<Vec<Found>, DataError> {
    read(&FileInput::Bytes(bytes), name, &[], options)
}

/// The bars that a stream gives, such as standard input; it is called by this name. What comes is kept in a temporary
/// file, as some formats are read in any order.
///
/// # Errors
/// As [`read_file`].
pub fn read_stream(stream: &mut dyn Read, name: &str, options: &ImportOptions) -> Result<Vec<Found>, DataError> {
    let mut keep = || {
        let file = aside(stream)?;
        let size = file.as_file().metadata().map_or(0, |metadata| metadata.len());
        let handle = File::open(file.path())
            .map_err(|error| ContentError::file(format!("cannot be read: {error}"), "Try again"))?;
        Ok((file, FileInput::File(handle, size)))
    };
    let (_file, input) = keep().map_err(|fault: ContentError| fault.into_error(PathBuf::from(name)))?;
    read(&input, name, &[], options)
}

fn read(input: &FileInput, name: &str, folders: &[String], options: &ImportOptions) -> Result<Vec<Found>, DataError> {
    let here = PathBuf::from(name);
    let mut groups: Vec<SymbolRows> = Vec::new();
    let mut foreign: Vec<(String, ContentError)> = Vec::new();
    let mut failed: Option<DataError> = None;
    let done = parts(input, options.max_unpacked, |inner, part| {
        let names: Vec<String> =
            std::iter::once(name).chain(inner.iter().map(String::as_str)).map(str::to_owned).collect();
        let place = inner.iter().fold(here.clone(), |place, name| place.join(name));
        let one = part.map_err(Refusal::foreign).and_then(|part| take(part, names, folders, options));
        match one {
            Ok(mut group) => {
                group.place = place;
                match groups.iter_mut().find(|other| other.symbol == group.symbol) {
                    Some(other) => other.rows.append(group.rows),
                    None => groups.push(group),
                }
                Ok(())
            }
            Err(refusal) if refusal.is_foreign && !inner.is_empty() => {
                foreign.push((inner.join("/"), refusal.fault));
                Ok(())
            }
            Err(refusal) => {
                failed = Some(refusal.fault.into_error(place));
                Err(ContentError::file("", ""))
            }
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    done.map_err(|fault| fault.into_error(here.clone()))?;
    if groups.is_empty() {
        let (inner, fault) = foreign.swap_remove(0);
        return Err(fault.into_error(here.join(inner)));
    }
    if let Some(only) = options.only_symbol.as_deref().filter(|_| groups.len() > 1) {
        let has: Vec<String> = groups.iter().take(5).map(|group| group.symbol.clone()).collect();
        groups.retain(|group| group.symbol == name::normal(only) || has_base(&group.symbol, &name::normal(only)));
        if groups.is_empty() {
            let what = format!("has no file of {}; it has files of {}", quote(only), escape(&has.join(", ")));
            return Err(ContentError::file(what, "Pass --only-symbol with one that it has").into_error(here));
        }
    }
    let mut notes = Vec::new();
    for (inner, fault) in foreign.iter().take(NAMED) {
        notes.push(format!("{} left out: it {}", escape(inner), fault.what));
    }
    if foreign.len() > NAMED {
        notes.push(format!("{} more files of it left out", foreign.len() - NAMED));
    }
    let one = |mut group: SymbolRows| {
        let place = group.place.clone();
        group.rows.notes.extend(notes.iter().cloned());
        group.finish(name, options).map_err(|fault| fault.into_error(place))
    };
    groups.into_iter().map(one).collect()
}

/// The path of the file that an error names, which may be one within an archive.
fn beside(path: &Path, named: &Path) -> PathBuf {
    let inner = named.components().skip(1).collect::<PathBuf>();
    if inner.as_os_str().is_empty() { path.to_owned() } else { path.join(inner) }
}

/// Reads one file, and tells whose bars it holds.
fn take(
    part: ArchivePart,
    names: Vec<String>,
    folders: &[String],
    options: &ImportOptions,
) -> Result<SymbolRows, Refusal> {
    // A table of other columns than bars have is of what its name says.
    let by_name = kind_by_name(&names, folders);
    let mut rows = formats::read(part, &names, options).map_err(|refusal| match by_name {
        Some(kind) if options.columns.is_empty() && !options.symbol.as_deref().is_some_and(says_so) => {
            Refusal { fault: ContentError::file(format!("holds {kind}, not trades"), NO_TRADES), ..refusal }
        }
        _ => refusal,
    })?;
    let (symbol, is_guess) = symbol(&rows, &names, options)?;
    if is_guess {
        rows.notes.push(format!("the symbol {} is a guess by the name of the file", escape(&symbol)));
        rows.decisions.push(Decision::guessed("the symbol is a guess by the file's name", "--symbol", symbol.clone()));
    } else {
        rows.decisions.push(Decision::by(format!("the symbol is {symbol}"), "--symbol", symbol.clone()));
    }
    kind(&rows, &symbol, &names, folders)?;
    if let Some(quotes) = name::quotes(&names) {
        rows.notes.push(format!("prices are {quotes} by the name of the file"));
    }
    let others = others(&rows, &names, options);
    rows.notes.extend(others);
    Ok(SymbolRows { symbol, rows, names, place: PathBuf::new() })
}

const NO_TRADES: &str = "Import the candles of trades; data fetch --funding takes funding rates from exchanges";

/// What the names of a file and of its folders say that it holds instead of trades.
fn kind_by_name(names: &[String], folders: &[String]) -> Option<&'static str> {
    const KNOWN: [&str; 4] = ["markPriceKlines", "indexPriceKlines", "premiumIndexKlines", "fundingRate"];
    name::kind(names).or_else(|| {
        let folder = folders.iter().find(|folder| KNOWN.contains(&folder.as_str()))?;
        name::kind(std::slice::from_ref(folder))
    })
}

/// Whether a symbol says itself that its prices are none of trades.
fn says_so(symbol: &str) -> bool {
    ["MARK", "INDEX", "PREMIUM", "FUNDING"].iter().any(|word| symbol.contains(word))
}

/// Refuses prices that are none of trades, unless they are to be stored under a symbol that says so.
fn kind(rows: &SourceRows, symbol: &str, names: &[String], folders: &[String]) -> Result<(), ContentError> {
    let by_name = kind_by_name(names, folders);
    // Binance counts seconds, not trades, for what is not traded.
    let by_content = || (rows.untraded).then_some("prices of marks or of an index");
    match by_name.or_else(by_content) {
        Some(kind) if !says_so(symbol) => {
            let what =
                format!("holds {kind}, not of trades; stored as {} they would be taken for the asset", escape(symbol));
            Err(ContentError::file(
                what,
                "Pass --symbol with a name that says what they are, as in --symbol BTCUSDT.MARK",
            ))
        }
        _ => Ok(()),
    }
}

/// All rows of one symbol.
struct SymbolRows {
    symbol: String,
    rows: SourceRows,
    names: Vec<String>,
    place: PathBuf,
}

impl SymbolRows {
    fn finish(self, name: &str, options: &ImportOptions) -> Result<Found, ContentError> {
        let Self { symbol, rows, names, .. } = self;
        let (stated, closed, synthetic, stamp) = (rows.interval, rows.closed, rows.synthetic, rows.stamp);
        let is_absolute = rows.is_absolute && !rows.is_dates;
        let (candles, mut own, mut report) = clean::sorted(rows, options)?;
        let mut candles = clean::without_live_row(candles, options, &mut report);
        let (interval, is_sure) = interval(&candles, stated, &names, report.format, options)?;
        let decision = if is_sure { Decision::by } else { Decision::guessed };
        report.decisions.push(decision(format!("a bar is of {interval}"), "--interval", interval.to_string()));
        let named = name::interval(&names, report.format == "Kraken OHLCVT").filter(|named| *named != interval);
        if let (Some(named), None) = (named, options.interval) {
            report.notes.push(format!("named as {named}, and yet of {interval}"));
        }
        clean::each_period_once(&candles.time, interval)?;
        clean::one_phase(&candles.time, interval)?;
        if options.interval.is_none() {
            clean::one_length(&candles.time, interval)?;
        }
        let is_stated = options.time_is == Some(StampIs::Open);
        clean::opened(&mut candles, interval, stamp, is_stated, !is_absolute, &mut report);
        if !report
            .decisions
            .iter()
            .any(|decision| decision.option.as_ref().is_some_and(|(option, _)| *option == "--time-is"))
        {
            report.decisions.push(Decision::guessed("times are when the bars open", "--time-is", "open"));
        }
        let candles = clean::finish(candles, interval, closed, options, &mut report);
        if candles.is_empty() {
            return Err(ContentError::file("holds no finished bar", "Wait until one is, or pass --keep-last"));
        }
        // Whatever is dropped behind the rows is dropped at their end.
        for series in &mut own {
            series.values.truncate(candles.len());
        }
        let origin = Origin {
            name: name.to_owned(),
            format: report.format.to_owned(),
            is_lasting: false,
            changes: report.changes(),
            synthetic,
        };
        Ok(Found { symbol, interval, candles, own, origin, report })
    }
}

/// The symbol, and whether it is a guess.
fn symbol(rows: &SourceRows, names: &[String], options: &ImportOptions) -> Result<(String, bool), ContentError> {
    let stated = options.symbol.clone().or_else(|| rows.symbol.clone()).map(|symbol| (symbol, false));
    // LEAN names a zip after its share, in small letters.
    let lean = || {
        let inner = names.last().filter(|_| rows.format == "LEAN trades")?;
        let stem = inner.strip_suffix(".csv")?;
        // A day of minutes: 20240108_spy_minute_trade.csv.
        let stem = match stem.split('_').collect::<Vec<_>>()[..] {
            [day, share, _, "trade"] if day.len() == 8 => share,
            _ => stem,
        };
        let is_share = stem.len() <= 6 && stem.bytes().all(|b| b.is_ascii_lowercase());
        is_share.then(|| (stem.to_uppercase(), true))
    };
    let spelled = |symbol: &str| {
        if options.symbol.is_some() { name::normal(symbol) } else { name::normal_of_content(symbol) }
    };
    let found = stated.or_else(|| name::symbol(names)).or_else(lean);
    let found = found.map(|(symbol, is_guess)| (spelled(&symbol), is_guess)).filter(|(symbol, _)| !symbol.is_empty());
    if let Some((symbol, _)) = &found
        && options.symbol.is_none()
        && check_symbol(symbol).is_err()
    {
        let what = format!("is of {} by its content or name, which is not a symbol", quote(symbol));
        return Err(ContentError::file(what, "Pass it with --symbol, as in --symbol BTCUSDT"));
    }
    found.ok_or_else(|| {
        ContentError::file(
            "neither its content nor its name tells which symbol it is of",
            "Pass it with --symbol, as in --symbol BTCUSDT",
        )
    })
}

/// Remarks where the user says one symbol, and the content or the name of the file another.
fn others(rows: &SourceRows, names: &[String], options: &ImportOptions) -> Vec<String> {
    let Some(wanted) = options.symbol.as_deref().map(name::normal) else { return Vec::new() };
    // Of a pair, the asset alone is no other symbol.
    let is_other = |found: &String| *found != wanted && !has_base(found, &wanted);
    let content = rows.symbol.as_deref().map(name::normal).filter(is_other);
    let by_name =
        name::symbol(names).filter(|(_, is_guess)| !is_guess).map(|(symbol, _)| name::normal(&symbol)).filter(is_other);
    let content = content.map(|found| format!("says that it is of {}, and yet taken as {wanted}", escape(&found)));
    content
        .into_iter()
        .chain(by_name.map(|found| format!("named as {}, and yet taken as {wanted}", escape(&found))))
        .collect()
}

/// What the user says, else what the steps tell, else the end of a bar, else the file's name; and whether it is proven.
fn interval(
    candles: &Candles,
    stated: Option<Interval>,
    names: &[String],
    format: &str,
    options: &ImportOptions,
) -> Result<(Interval, bool), ContentError> {
    const SAY: &str = "Pass the length of a bar with --interval, as in --interval 1h";
    let guess = guess(&candles.time);
    let fits = |interval: &Interval| {
        let steps = GapCounts::of(&candles.time, *interval);
        steps.irregular * 10 <= candles.len()
    };
    if let Some(wanted) = options.interval {
        let is_none = candles.len() > 2 && GapCounts::of(&candles.time, wanted).other + 1 == candles.len();
        return match guess {
            StepGuess::Sure(found) if found != wanted && is_none => Err(ContentError::file(
                format!("has bars of {found}, not of {wanted}"),
                "Leave --interval out, or pass the one that it has",
            )),
            _ if !fits(&wanted) => Err(ContentError::file(format!("has bars that lie on no grid of {wanted}"), SAY)),
            _ => Ok((wanted, true)),
        };
    }
    if let StepGuess::Sure(found) = guess {
        return Ok((found, true));
    }
    if let StepGuess::TooShort(step) = guess {
        return Err(ContentError::file(
            format!("has bars {step} ms apart: the shortest interval is 1m"),
            "Import the files of a longer interval",
        ));
    }
    let by_name = || name::interval(names, format == "Kraken OHLCVT");
    if let Some(found) = stated.filter(fits).or_else(|| by_name().filter(fits)) {
        return Ok((found, false));
    }
    let what = match guess {
        StepGuess::Maybe(step) if candles.len() == 2 => {
            format!("has 2 bars, {step} apart, which is no proof of their length")
        }
        StepGuess::Maybe(_) => "has bars at uneven times, which do not tell how long a bar is".to_owned(),
        _ => format!("has {} bar, which does not tell how long it is", candles.len()),
    };
    Err(ContentError::file(escape(&what), SAY))
}
