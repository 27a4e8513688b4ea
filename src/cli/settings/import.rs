//! What the user says of files to be imported: flags, over the layout that is named, over what the files tell.

use crate::args::{ConflictArg, DateOrderArg, DecimalArg, ImportArgs, OnBadRowArg, TimeIsArg};
use crate::data::import::{
    self, DateOrder, DecimalMark, ImportOptions, ImportZone, KeepColumns, OnBadRow, StampIs, parse_columns,
};
use crate::data::store::{self, OnConflict};
use crate::error::Error;
use crate::settings::environment::now;
use crate::settings::file::SettingsFile;
use crate::settings::import_layout::ImportLayout;
use crate::sim::Interval;

/// All options, checked before any file is read.
pub(crate) fn import_options(args: &ImportArgs, settings: &SettingsFile) -> Result<ImportOptions, Error> {
    let layout = args.layout.as_deref().map(|name| settings.layout(name)).transpose()?.unwrap_or_default();
    let ImportLayout { symbol, only_symbol, interval, columns, separator, decimal, date_order, .. } = layout.clone();
    let ImportLayout { time_format, timezone, time_is, price_scale, on_bad_row, keep_columns, .. } = layout;
    let symbol = args.symbol.clone().or(symbol);
    if let Some(symbol) = &symbol {
        store::check_symbol(&import::normal(symbol)).map_err(|error| Error::usage(format!("--symbol: {error}")))?;
    }
    let interval = args.interval.clone().or(interval).as_deref().map(str::parse::<Interval>).transpose();
    let interval = interval.map_err(|error| Error::usage(format!("--interval: {error}")))?;
    let columns = args.columns.clone().or(columns).as_deref().map(parse_columns).transpose();
    let columns = columns.map_err(|error| Error::usage(format!("--columns: {error}")))?.unwrap_or_default();
    let keep_columns = args.keep_columns.clone().or(keep_columns).as_deref().map(KeepColumns::parse).transpose();
    let keep_columns =
        keep_columns.map_err(|error| Error::usage(format!("--keep-columns: {error}")))?.unwrap_or_default();
    let separator = args.separator.clone().or(separator).as_deref().map(separator_of).transpose()?;
    let timezone = args.timezone.clone().or(timezone).as_deref().map(ImportZone::parse).transpose();
    let timezone = timezone.map_err(|error| Error::usage(format!("--timezone: {error}")))?;
    let price_scale = args.price_scale.or(price_scale);
    if price_scale.is_some_and(|scale| !(scale > 0.0 && scale.is_finite())) {
        return Err(Error::usage("--price-scale must be a number above 0, as in --price-scale 0.0001".to_owned()));
    }
    let max_unpacked = args.max_unpacked.as_deref().map(size_of).transpose()?;
    let time_format = args.time_format.clone().or(time_format);
    if let Some(format) = time_format.as_deref().filter(|format| !import::is_time_format(format)) {
        return Err(Error::usage(format!(
            "--time-format: '{format}' has no % in it; write one such as '%d.%m.%Y %H:%M' (day, month, year, hour, \
             minute), or what numbers count, as in 'days since 1904-01-01'"
        )));
    }
    Ok(ImportOptions {
        symbol,
        only_symbol: args.only_symbol.clone().or(only_symbol),
        interval,
        columns,
        keep_columns,
        separator,
        decimal: args.decimal.or(decimal).map(|decimal| match decimal {
            DecimalArg::Point => DecimalMark::Point,
            DecimalArg::Comma => DecimalMark::Comma,
        }),
        date_order: args.date_order.or(date_order).map(|order| match order {
            DateOrderArg::Dmy => DateOrder::Dmy,
            DateOrderArg::Mdy => DateOrder::Mdy,
            DateOrderArg::Ymd => DateOrder::Ymd,
        }),
        time_format,
        timezone,
        time_is: args.time_is.or(time_is).map(|end| match end {
            TimeIsArg::Open => StampIs::Open,
            TimeIsArg::Close => StampIs::Close,
        }),
        price_scale,
        on_bad_row: match args.on_bad_row.or(on_bad_row) {
            Some(OnBadRowArg::Drop) => OnBadRow::Drop,
            Some(OnBadRowArg::Refuse) | None => OnBadRow::Refuse,
        },
        conflict: match args.on_conflict {
            ConflictArg::Refuse => OnConflict::Refuse,
            ConflictArg::First => OnConflict::First,
            ConflictArg::Last => OnConflict::Last,
        },
        keep_last: args.keep_last,
        max_unpacked,
        ..ImportOptions::new(now())
    })
}

/// A character, or its name in a shell: `\t`, `tab`.
fn separator_of(text: &str) -> Result<char, Error> {
    let named = match text.to_ascii_lowercase().as_str() {
        "\\t" | "tab" => Some('\t'),
        "space" => Some(' '),
        "comma" => Some(','),
        "semicolon" => Some(';'),
        _ => None,
    };
    let mut chars = text.chars();
    let only = chars.next().filter(|c| chars.next().is_none() && c.is_ascii() && !c.is_ascii_alphanumeric());
    named.or(only).ok_or_else(|| {
        Error::usage(format!(
            "--separator: '{text}' must be one character such as ';', or tab, space, comma, semicolon"
        ))
    })
}

/// `8GiB`, `500MB`, `1000000`.
fn size_of(text: &str) -> Result<u64, Error> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let factor = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kb" | "kib" => Some(1 << 10),
        "m" | "mb" | "mib" => Some(1 << 20),
        "g" | "gb" | "gib" => Some(1 << 30),
        "t" | "tb" | "tib" => Some(1u64 << 40),
        _ => None,
    };
    let size = digits.parse::<u64>().ok().zip(factor).and_then(|(count, factor)| count.checked_mul(factor));
    size.filter(|size| *size > 0).ok_or_else(|| {
        Error::usage(format!("--max-unpacked: '{text}' is not a size; write one such as 8GiB or 500MiB"))
    })
}
