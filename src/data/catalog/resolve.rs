//! Finds the candle file that a user means by `BTC`: his words never become a path, they are only compared with the
//! names that were listed.

use std::cmp::Reverse;

use super::Catalog;
use super::candle_file::{CandleFile, FileProblem};
use super::symbol::{
    fits, has_base, in_capitals, is_pattern, is_symbol_named, joined, likeness, most_alike, plain_base, usual_spelling,
};
use crate::escape::{escape, is_unprintable, quote, shown};
use crate::sim::Interval;

/// Why a name does not lead to one candle file. All are faults of the request, found before any work.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Not a name but a path, empty, or unprintable.
    #[error("{name} is not a symbol. Write the name of an asset or pair, such as BTC or BTCUSDT.")]
    BadName {
        /// As given, quoted and escaped.
        name: String,
    },
    /// No file fits.
    #[error("{name} is not among the candles in {folder}.{}", suggestion(.nearest))]
    Unknown {
        /// As given, quoted and escaped.
        name: String,
        /// `DATA_DIR/INTERVAL`.
        folder: String,
        /// Up to three symbols with similar names, the most similar first.
        nearest: Vec<String>,
    },
    /// No file fits a pattern.
    #[error("{pattern} fits no symbol in {folder}. 'backtest data list' shows those that there are.")]
    NoFit {
        /// As given, quoted and escaped.
        pattern: String,
        /// `DATA_DIR/INTERVAL`.
        folder: String,
    },
    /// Several files fit.
    #[error("{name} may be {}. Write the whole symbol.", .matches.join(" or "))]
    Ambiguous {
        /// As given, quoted and escaped.
        name: String,
        /// The symbols that fit, sorted.
        matches: Vec<String>,
    },
    /// The file is a link to somewhere else.
    #[error(
        "{path} is a link that leads out of the data folder. Put the file itself there, or point --data-dir at \
             the folder that holds it."
    )]
    LeadsOut {
        /// The link.
        path: String,
    },
}

fn suggestion(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return " 'backtest data list' shows what is there.".into();
    }
    format!(" Did you mean {}?", nearest.join(", "))
}

/// Similarity (Jaro-Winkler) from which a name is worth suggesting.
const SIMILAR: f64 = 0.75;
/// No exchange has longer symbols; a longer name is a mistake or an attack.
const LONGEST_NAME: usize = 64;

impl Catalog {
    /// The one file that `name` means: first the symbol itself (in any case), then the symbol without separators
    /// (`BTC-USDT` for `BTCUSDT`), then the only pair whose base asset it is.
    ///
    /// # Errors
    /// When the name is not one, or no file, several files, or a link out of the data folder fits.
    pub fn resolve(&self, name: &str) -> Result<&CandleFile, ResolveError> {
        let given = name;
        let name = &*usual_spelling(name.trim_matches(' '));
        let is_path = name.contains(['/', '\\', '\0']) || name.contains("..") || name.starts_with('.');
        if name.trim().is_empty() || name.len() > LONGEST_NAME || is_path || name.chars().any(is_unprintable) {
            return Err(ResolveError::BadName { name: quote(given) });
        }
        let entry = self.find(name)?;
        if entry.problem == Some(FileProblem::LeadsOut) {
            return Err(ResolveError::LeadsOut { path: shown(&entry.path) });
        }
        Ok(entry)
    }

    /// The files that these names mean, each once, in the order of the names: a name as in [`Catalog::resolve`], or a
    /// pattern such as `*USDT`, which stands for all symbols that it fits.
    ///
    /// # Errors
    /// As [`Catalog::resolve`], and when a pattern fits no symbol.
    pub fn select(&self, names: &[String]) -> Result<Vec<&CandleFile>, ResolveError> {
        let mut chosen: Vec<&CandleFile> = Vec::new();
        for name in names.iter().map(|name| name.trim()) {
            let found = if is_pattern(name) { self.fitting(name)? } else { vec![self.resolve(name)?] };
            for file in found {
                if !chosen.iter().any(|known| known.path == file.path) {
                    chosen.push(file);
                }
            }
        }
        Ok(chosen)
    }

    fn fitting(&self, pattern: &str) -> Result<Vec<&CandleFile>, ResolveError> {
        let found: Vec<&CandleFile> = self.entries().iter().filter(|file| fits(pattern, &file.symbol)).collect();
        if found.is_empty() {
            return Err(ResolveError::NoFit { pattern: quote(pattern), folder: shown(self.folder()) });
        }
        Ok(found)
    }

    /// Among the files of the interval itself, and where none fits, among those of the next shorter one.
    fn find(&self, name: &str) -> Result<&CandleFile, ResolveError> {
        let mut sources: Vec<Interval> = self.entries().iter().map(|entry| entry.source).collect();
        sources.sort_unstable_by_key(|source| Reverse(source.millis()));
        sources.dedup();
        for source in sources {
            let files: Vec<&CandleFile> = self.entries().iter().filter(|entry| entry.source == source).collect();
            if let Some(entry) = find_among(&files, name)? {
                return Ok(entry);
            }
        }
        let folder = shown(self.folder());
        Err(ResolveError::Unknown { name: quote(name), folder, nearest: self.nearest(&name.to_uppercase()) })
    }

    fn nearest(&self, upper: &str) -> Vec<String> {
        let scored = self.entries().iter().map(|entry| {
            let symbol = entry.symbol.to_uppercase();
            let is_part = upper.len() >= 3 && symbol.contains(upper);
            let score = if is_part { 1.0 } else { likeness(upper, &[plain_base(&symbol), &symbol]) };
            (score, entry.symbol.as_str())
        });
        most_alike(SIMILAR, scored)
    }
}

impl CandleFile {
    /// Whether a name means this file among others; see [`is_symbol_named`].
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        is_symbol_named(&self.symbol, name)
    }
}

/// The one of these files that the name means, if any does.
fn find_among<'a>(files: &[&'a CandleFile], name: &str) -> Result<Option<&'a CandleFile>, ResolveError> {
    if let Some(entry) = files.iter().find(|entry| entry.symbol == name) {
        return Ok(Some(entry));
    }
    let (upper, joined_name) = (name.to_uppercase(), joined(name));
    let tests: [&dyn Fn(&CandleFile) -> bool; 3] =
        [&|entry| in_capitals(&entry.symbol) == upper, &|entry| joined(&entry.symbol) == joined_name, &|entry| {
            has_base(&in_capitals(&entry.symbol), &upper)
        }];
    for test in tests {
        let found: Vec<&CandleFile> = files.iter().copied().filter(|entry| test(entry)).collect();
        match found[..] {
            [] => {}
            [entry] => return Ok(Some(entry)),
            _ => {
                let matches = found.iter().map(|entry| escape(&entry.symbol)).collect();
                return Err(ResolveError::Ambiguous { name: quote(name), matches });
            }
        }
    }
    Ok(None)
}
