//! Finds the six columns of a candle file among the names in its header.

use crate::error::ContentError;
use crate::escape::{escape, quote};
use crate::sim::Field;

/// Names under which exchanges and tools store a bar's open time, the most telling first: where a file has several,
/// the first of this list is taken.
const TIMES: [&str; 8] = ["timestamp", "open_time", "opentime", "datetime", "date", "time", "unix", "ts"];

/// Names of a column that says which asset a row is of.
const SYMBOLS: [&str; 31] = [
    "symbol",
    "ticker",
    "pair",
    "instrument",
    "market",
    "coin",
    "product_id",
    "inst_id",
    "instid",
    "contract",
    "name",
    "asset",
    "asset_id",
    "stock",
    "company",
    "slug",
    "crypto",
    "crypto_name",
    "coin_id",
    "coin_name",
    "security",
    "security_id",
    "instrument_id",
    "instrument_name",
    "instrument_token",
    "isin",
    "ts_code",
    "sid",
    "secid",
    "exchange",
    "venue",
];

const REMEDY: &str =
    "Put a first line such as timestamp,open,high,low,close,volume above it, in the order of its columns";
const ONE_EACH: &str = "Rename or remove all but one of them";
const RENAME: &str = "Name the columns timestamp,open,high,low,close,volume, in any order";

/// Where the six columns are, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CandleColumns {
    /// Of all columns of the file.
    pub count: usize,
    /// The bar's open time.
    pub time: usize,
    /// In the order of [`Field::ALL`].
    pub values: [usize; 5],
    /// The column that says of each row which asset it is of, if there is one, and whether it may do so by numbers.
    pub symbol: Option<(usize, bool)>,
}

impl CandleColumns {
    /// Looks the columns up in any case, with spaces around them and in quotes; other columns do not matter.
    pub(crate) fn find<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, ContentError> {
        let names: Vec<String> = names.map(plain).collect();
        let all = |wanted: &str| {
            let places = names.iter().enumerate().filter(|(_, name)| *name == wanted).map(|(at, _)| at);
            places.collect::<Vec<_>>()
        };
        let one = |wanted: &str| match all(wanted)[..] {
            [] => Ok(None),
            [at] => Ok(Some(at)),
            _ => Err(ContentError::file(format!("has {} columns named {wanted}", all(wanted).len()), ONE_EACH)),
        };
        let mut missing = Vec::new();
        let mut time = None;
        for name in TIMES {
            if time.is_none() {
                time = one(name)?;
            }
        }
        if time.is_none() {
            missing.push(TIMES[0]);
        }
        let mut values = [0; 5];
        for (value, field) in values.iter_mut().zip(Field::ALL) {
            match one(field.name())? {
                Some(at) => *value = at,
                None => missing.push(field.name()),
            }
        }
        match time {
            Some(time) if missing.is_empty() => {
                let symbol = SYMBOLS.iter().find_map(|symbol| names.iter().position(|name| name == symbol));
                let is_number = |at: usize| names[at].ends_with("id") || names[at].ends_with("token");
                let symbol = symbol.map(|at| (at, is_number(at)));
                Ok(Self { count: names.len(), time, values, symbol })
            }
            _ => Err(missing_columns(&names, &missing)),
        }
    }
}

/// Whether a column of this name would be taken for one of a bar's or for that of its asset.
pub(crate) fn is_usual(name: &str) -> bool {
    let name = plain(name);
    name == TIMES[0] || Field::ALL.iter().any(|field| field.name() == name) || SYMBOLS.contains(&&*name)
}

/// The asset that all rows of a file are of.
#[derive(Default)]
pub(crate) struct OneSymbol {
    first: Option<String>,
    /// Whether numbers are names of assets.
    has_numbers: bool,
}

impl OneSymbol {
    pub(crate) fn new(has_numbers: bool) -> Self {
        Self { first: None, has_numbers }
    }

    /// Looks at one row's cell. Empty ones say nothing.
    pub(crate) fn check(&mut self, row: u64, cell: &str) -> Result<(), ContentError> {
        let cell = cell.trim().trim_matches('"').trim();
        match &self.first {
            _ if cell.is_empty() => Ok(()),
            _ if !self.has_numbers && cell.parse::<f64>().is_ok() => Ok(()),
            None => {
                self.first = Some(cell.to_owned());
                Ok(())
            }
            Some(first) if first == cell => Ok(()),
            Some(first) => {
                let what = format!("is of {}, and rows before it are of {}", quote(cell), quote(first));
                Err(ContentError::row(row, what, "Import one of them: backtest data import FILE --only-symbol NAME"))
            }
        }
    }
}

fn plain(name: &str) -> String {
    name.trim().trim_matches('"').trim().to_lowercase().replace([' ', '-'], "_")
}

fn missing_columns(names: &[String], missing: &[&str]) -> ContentError {
    // A number or a date; no name of a column begins with a digit or a sign.
    let first_is_value = names.first().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit() || c == '-'));
    if first_is_value {
        return ContentError::file("has no header line: the first line is already a row", REMEDY);
    }
    let separator = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];
    let other = separator.iter().find(|(c, _)| names.len() == 1 && names.iter().any(|name| name.contains(*c)));
    if let Some((_, called)) = other {
        return ContentError::file(
            format!("is separated by {called}, not by commas"),
            "Separate the columns by commas, and write decimals with a point, not with a comma",
        );
    }
    let shown: String = names.join(", ").chars().take(120).collect();
    ContentError::file(format!("has no column named {} (it has: {})", missing.join(", "), escape(&shown)), RENAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(header: &str) -> Result<CandleColumns, ContentError> {
        CandleColumns::find(header.split(','))
    }

    #[test]
    fn columns_are_found_in_any_order_case_and_company() {
        let found = find(" \"Open Time\",CLOSE,open , High,low,trades,Volume").unwrap();
        assert_eq!(found, CandleColumns { count: 7, time: 0, values: [2, 3, 4, 1, 6], symbol: None });
        assert_eq!(find("date,open,high,low,close,volume,timestamp").unwrap().time, 6);
    }

    #[test]
    fn what_is_missing_double_or_separated_otherwise_is_named() {
        for (header, word) in [
            ("timestamp,open,high,low,close", "no column named volume"),
            ("timestamp,open,open,high,low,close,volume", "2 columns named open"),
            ("date,date,open,high,low,close,volume", "2 columns named date"),
            ("timestamp;open;high;low;close;volume", "semicolons"),
            ("timestamp\topen\thigh", "tabs"),
            ("1502942400000,1,2,3,4,5", "no header line"),
            ("2024-01-31,1,2,3,4,5", "no header line"),
            ("\"2024-01-31T00:00:00Z\",1,2,3,4,5", "no header line"),
            ("", "no column named timestamp, open"),
        ] {
            let fault = find(header).unwrap_err();
            assert!(fault.what.contains(word), "{header}: {}", fault.what);
        }
    }
}
