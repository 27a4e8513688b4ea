//! What the user says of the files, over what they tell themselves.

use std::collections::BTreeMap;

use jiff::tz::{Offset, TimeZone};

use crate::read::time::iso;
use crate::sim::{Interval, Millis};
use crate::store::OnConflict;

/// What the user says of files to be imported; everything that is not said is decided by their content.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The symbol of all files.
    pub symbol: Option<String>,
    /// Of a file with several assets, the one that is wanted.
    pub only_symbol: Option<String>,
    /// The length of a bar in all files.
    pub interval: Option<Interval>,
    /// Which column is what: by its name, or by its number from 1. An empty name means that there is none.
    pub columns: BTreeMap<ColumnRole, String>,
    /// Which further columns are kept beside the bars.
    pub keep_columns: KeepColumns,
    /// What stands between the cells of text.
    pub separator: Option<char>,
    /// What stands before the decimals of text.
    pub decimal: Option<DecimalMark>,
    /// In which order day, month and year stand.
    pub date_order: Option<DateOrder>,
    /// How times are written, in the notation of `strftime`, or what their numbers count: `days since 1904-01-01`.
    pub time_format: Option<String>,
    /// Where the clock hung that times without an offset were read from.
    pub timezone: Option<ImportZone>,
    /// Whether times are those of the bars' opens or of their ends.
    pub time_is: Option<StampIs>,
    /// What all prices are multiplied with.
    pub price_scale: Option<f64>,
    /// What becomes of a row that no bar can be.
    pub on_bad_row: OnBadRow,
    /// What becomes of bars that stand twice with other values.
    pub conflict: OnConflict,
    /// Whether a bar that is not finished is kept.
    pub keep_last: bool,
    /// The present moment: what ends after it is not finished.
    pub now: Millis,
    /// Bytes that a file may have once unpacked; by default a hundred times its size, from 128 MiB to 4 GiB.
    pub max_unpacked: Option<u64>,
}

impl ImportOptions {
    /// Nothing but the present moment.
    #[must_use]
    pub fn new(now: Millis) -> Self {
        Self {
            symbol: None,
            only_symbol: None,
            interval: None,
            columns: BTreeMap::new(),
            keep_columns: KeepColumns::None,
            separator: None,
            decimal: None,
            date_order: None,
            time_format: None,
            timezone: None,
            time_is: None,
            price_scale: None,
            on_bad_row: OnBadRow::Refuse,
            conflict: OnConflict::Refuse,
            keep_last: false,
            now,
            max_unpacked: None,
        }
    }
}

/// Which columns beside a bar's own are stored with it, for rules to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeepColumns {
    /// None of them.
    #[default]
    None,
    /// All that hold numbers.
    All,
    /// These: the name that each gets, and its name or number in the file.
    Named(Vec<(String, String)>),
}

impl KeepColumns {
    /// Reads `all`, or names such as `funding,oi=openInterest`.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        let mut named: Vec<(String, String)> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, column) =
                part.split_once('=').map_or((part, part), |(name, column)| (name.trim(), column.trim()));
            if name.is_empty() || column.is_empty() {
                return Err(format!("'{part}' must be a column, or NAME=COLUMN, as in oi=openInterest"));
            }
            if named.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                return Err(format!("'{name}' is named twice"));
            }
            named.push((name.to_owned(), column.to_owned()));
        }
        if named.is_empty() {
            Err("name the columns, as in funding,oi, or say all".to_owned())
        } else {
            Ok(Self::Named(named))
        }
    }
}

/// What a column of a bar means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnRole {
    /// When the bar opens or ends; the day alone where the clock has a column of its own.
    Time,
    /// The time of the day.
    Clock,
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Units traded.
    Volume,
    /// Whose bar it is.
    Symbol,
}

impl ColumnRole {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Time, Self::Clock, Self::Open, Self::High, Self::Low, Self::Close, Self::Volume, Self::Symbol];

    /// As it is written in `--columns`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Clock => "clock",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::Symbol => "symbol",
        }
    }
}

/// Reads `time=startedAt,volume=baseTokenVolume`.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse_columns(text: &str) -> Result<BTreeMap<ColumnRole, String>, String> {
    let mut columns = BTreeMap::new();
    for part in text.split(',').filter(|part| !part.trim().is_empty()) {
        let names = || ColumnRole::ALL.map(ColumnRole::name).join(", ");
        let Some((role, column)) = part.split_once('=') else {
            return Err(format!("'{part}' must be MEANING=COLUMN, as in time=startedAt; meanings are {}", names()));
        };
        let role = role.trim().to_lowercase();
        let role = if role == "date" || role == "timestamp" { "time".to_owned() } else { role };
        let Some(known) = ColumnRole::ALL.into_iter().find(|known| known.name() == role) else {
            return Err(format!("'{role}' is not the meaning of a column; meanings are {}", names()));
        };
        if columns.insert(known, column.trim().to_owned()).is_some() {
            return Err(format!("{role} is given twice"));
        }
    }
    Ok(columns)
}

/// Whether times may be written so: in the notation of `strftime`, or as a number of units since a moment.
#[must_use]
pub fn is_time_format(format: &str) -> bool {
    format.contains('%') || TimeCount::parse(format).is_some()
}

/// Times as a number of units since a moment: `days since 1904-01-01`.
pub(super) struct TimeCount {
    unit: f64,
    since: Millis,
}

impl TimeCount {
    /// Reads it, as it is written.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (unit, since) = text.split_once(" since ")?;
        let unit = match unit.trim().trim_end_matches('s') {
            "week" => 604_800_000.0,
            "day" => 86_400_000.0,
            "hour" => 3_600_000.0,
            "minute" => 60_000.0,
            "second" => 1_000.0,
            "millisecond" | "m" => 1.0,
            "microsecond" | "u" => 1e-3,
            "nanosecond" | "n" => 1e-6,
            _ => return None,
        };
        Some(Self { unit, since: iso(since.trim().as_bytes())? })
    }

    /// The moment that this number is; parts of a day or an hour to the second, as decimals are seldom exact.
    pub(super) fn moment(&self, number: &str) -> Option<Millis> {
        let millis = number.parse::<f64>().ok()? * self.unit;
        let millis = if self.unit > 1_000.0 { (millis / 1_000.0).round() * 1_000.0 } else { millis.floor() };
        #[expect(clippy::cast_possible_truncation, reason = "within the range of times")]
        (millis.abs() < 1e15).then(|| self.since + millis as Millis)
    }
}

/// What stands before the decimals of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1234.5`
    Point,
    /// `1234,5`
    Comma,
}

/// In which order a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `31/01/2024`
    Dmy,
    /// `01/31/2024`
    Mdy,
    /// `24/01/31`
    Ymd,
}

impl DateOrder {
    /// As it is written in `--date-order`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }
}

/// Which end of a bar its time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StampIs {
    /// When it opens.
    Open,
    /// When it ends.
    Close,
}

/// What becomes of a row that no bar can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBadRow {
    /// The file is refused, and the row named.
    Refuse,
    /// The row is left out, counted and listed.
    Drop,
}

/// A time zone and how the user wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportZone {
    /// As in `America/New_York`.
    pub name: String,
    pub(super) zone: TimeZone,
}

impl ImportZone {
    /// A name of the IANA database, `UTC`, or an offset such as `+01:00`.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(name: &str) -> Result<Self, String> {
        let zone = match offset(name) {
            Some(seconds) => Offset::from_seconds(seconds).ok().map(TimeZone::fixed),
            None => TimeZone::get(name).ok(),
        };
        let zone = zone.ok_or_else(|| {
            let of_city = |zone: &String| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name));
            let known = jiff::tz::db().available().map(|zone| zone.to_string()).find(of_city);
            match known {
                Some(zone) => format!("'{name}' is not a time zone; did you mean {zone}?"),
                None => format!("'{name}' is not a time zone; write one such as America/New_York, UTC or +01:00"),
            }
        })?;
        Ok(Self { name: name.to_owned(), zone })
    }
}

/// The seconds of an offset written alone: `+01:00`, `-0500`, `UTC+2`, `UTC`.
fn offset(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("UTC") || text.eq_ignore_ascii_case("GMT") || text == "Z" {
        return Some(0);
    }
    let text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
    let (sign, digits) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(digits), _) => (1, digits),
        (_, Some(digits)) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };
    let part = |text: &str| -> Option<i32> {
        let sound = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        sound.then(|| text.parse().ok()).flatten()
    };
    let (hours, minutes) = (part(hours)?, part(minutes)?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}
