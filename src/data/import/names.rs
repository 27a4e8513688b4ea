//! Columns by their names, as headers and JSON objects have them.

use crate::data::escape::escape;
use crate::data::fault::Fault;

/// Where the columns of a bar are among names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    pub time: usize,
    /// Time of the day, where `time` is the day alone.
    pub clock: Option<usize>,
    pub prices: [usize; 4],
    pub volume: Option<usize>,
    pub close_time: Option<usize>,
    pub symbol: Option<usize>,
}

/// The most telling first: where there are several, the first of this list is taken.
const TIMES: &[&str] = &[
    "timestamp",
    "open_time",
    "opentime",
    "time_open",
    "timeopen",
    "start_time",
    "starttime",
    "period_start",
    "start",
    "datetime",
    "date_time",
    "gmt_time",
    "unix",
    "unix_timestamp",
    "date",
    "time",
    "ts",
    "t",
    "id",
    "index",
    "",
];
const PRICES: [&[&str]; 4] = [
    &["open", "open_price", "price_open", "opening_price", "o"],
    &["high", "high_price", "price_high", "highest_price", "h"],
    &["low", "low_price", "price_low", "lowest_price", "l"],
    &["close", "close_price", "price_close", "closing_price", "close/last", "close_last", "c"],
];
/// In units of the base asset before any other.
const VOLUMES: &[&str] = &[
    "volume",
    "base_volume",
    "volume_base",
    "basevolume",
    "volumefrom",
    "volume_(base)",
    "vol",
    "vol.",
    "amount",
    "size",
    "qty",
    "quantity",
    "v",
    "tick_volume",
    "tickvol",
];
const CLOSE_TIMES: &[&str] = &["close_time", "closetime", "time_close", "timeclose", "period_end", "end_time"];
const SYMBOLS: &[&str] = &["symbol", "ticker", "pair", "instrument", "instrument_id", "product_id", "market"];

const RENAME: &str = "Name the columns timestamp,open,high,low,close,volume, in any order";

/// A name in small letters, with `_` between its words.
pub(super) fn plain(name: &str) -> String {
    let name = name.trim().trim_matches(['"', '<', '>']).trim();
    name.to_lowercase().replace([' ', '-'], "_")
}

impl Places {
    /// Finds the columns; the error names those that are missing or there twice.
    pub(super) fn find<S: AsRef<str>>(names: &[S]) -> Result<Self, Fault> {
        let names: Vec<String> = names.iter().map(|name| plain(name.as_ref())).collect();
        let mut missing = Vec::new();
        let mut prices = [0; 4];
        for (place, wanted) in prices.iter_mut().zip(PRICES) {
            match first(&names, wanted)? {
                Some(at) => *place = at,
                None => missing.push(wanted[0]),
            }
        }
        let time = first(&names, TIMES)?;
        let Some(mut time) = time else {
            return Err(without(&names, &["time"], &missing));
        };
        if !missing.is_empty() {
            return Err(without(&names, &[], &missing));
        }
        let (date, clock) = (first(&names, &["date"])?, first(&names, &["time"])?);
        let clock = match (date, clock) {
            (Some(date), Some(clock)) if time == date => {
                time = date;
                Some(clock)
            }
            _ => None,
        };
        Ok(Self {
            time,
            clock,
            prices,
            volume: volume(&names)?,
            close_time: first(&names, CLOSE_TIMES)?,
            symbol: first(&names, SYMBOLS)?,
        })
    }
}

fn first(names: &[String], wanted: &[&str]) -> Result<Option<usize>, Fault> {
    for name in wanted {
        let mut places = names.iter().enumerate().filter(|(_, other)| other == name).map(|(at, _)| at);
        if let Some(at) = places.next() {
            // Only the first column may have no name: it is the index that pandas writes.
            return match places.count() {
                _ if name.is_empty() => Ok((at == 0).then_some(0)),
                0 => Ok(Some(at)),
                more => Err(Fault::file(
                    format!("has {} columns named {name}", more + 1),
                    "Rename or remove all but one of them",
                )),
            };
        }
    }
    Ok(None)
}

/// The volume: by its usual names, else the only or the first of those named for an asset, as in `Volume BTC`.
fn volume(names: &[String]) -> Result<Option<usize>, Fault> {
    if let Some(at) = first(names, VOLUMES)? {
        return Ok(Some(at));
    }
    let is_own =
        |name: &str| name.strip_prefix("volume_").is_some_and(|asset| !["ma", "usd", "usdt", "quote"].contains(&asset));
    Ok(names.iter().position(|name| is_own(name)))
}

fn without(names: &[String], time: &[&str], missing: &[&str]) -> Fault {
    let has = |name: &str| names.iter().any(|other| other.contains(name));
    if has("bid") && has("ask") {
        return Fault::file("holds quotes (bid and ask), not trades", "Take the files of trades instead");
    }
    if missing.len() == 4 && has("price") && (has("qty") || has("amount") || has("size") || has("side")) {
        return Fault::file("holds single trades, not bars", "Take the files of candles instead");
    }
    let missing = [time, missing].concat();
    let shown: String = names.join(", ").chars().take(120).collect();
    Fault::file(format!("has no column of {} (it has: {})", missing.join(", "), escape(&shown)), RENAME)
}
