//! The file formats that a candle file may have, told apart by the end of its name.

use std::fmt;

/// Format of a candle file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Plain comma-separated text.
    Csv,
    /// The same, compressed by gzip.
    CsvGz,
    /// The same, compressed by Zstandard.
    CsvZst,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC file, known as Feather version 2.
    Feather,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Csv, Self::CsvGz, Self::CsvZst, Self::Parquet, Self::Feather];

    /// What stands behind the symbol and a dot in the file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvGz => "csv.gz",
            Self::CsvZst => "csv.zst",
            Self::Parquet => "parquet",
            Self::Feather => "feather",
        }
    }

    /// Symbol and format of a candle file of this name; `None` for hidden and foreign files.
    #[must_use]
    pub fn split_name(name: &str) -> Option<(&str, Self)> {
        Self::ALL
            .into_iter()
            .find_map(|format| Some((name.strip_suffix(format.extension())?.strip_suffix('.')?, format)))
            .filter(|(symbol, _)| !symbol.is_empty() && !symbol.starts_with('.'))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_gives_symbol_and_format_and_foreign_files_give_nothing() {
        assert_eq!(Format::split_name("BTCUSDT.csv.zst"), Some(("BTCUSDT", Format::CsvZst)));
        assert_eq!(Format::split_name("BTC.D.parquet"), Some(("BTC.D", Format::Parquet)));
        for foreign in [".BTC.csv", ".csv", "BTC.csv.bak", "README.md", "BTC", "csv", "BTC.json"] {
            assert_eq!(Format::split_name(foreign), None, "{foreign}");
        }
    }
}
