//! Why bars were not stored.

use std::path::PathBuf;

use super::join::Difference;
use crate::data::catalog::CatalogError;
use crate::data::escape::shown;
use crate::data::fault::DataError;
use crate::data::frame_write::WriteError;
use crate::data::time::show;

/// Why bars were not stored. Whatever was there is unharmed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not a name that a file may have.
    #[error("{name} is not a symbol. Write the name of an asset or pair, such as BTC or BTCUSDT.")]
    BadSymbol {
        /// As given, quoted and escaped.
        name: String,
    },
    /// There is nothing to store.
    #[error("there are no bars to store for {symbol}.")]
    NoBars {
        /// The symbol.
        symbol: String,
    },
    /// What is there cannot be read, or what came are no candles.
    #[error("{0}")]
    Unusable(#[from] DataError),
    /// The folder is a link that leads out of the data folder.
    #[error("{0}")]
    Folder(#[from] CatalogError),
    /// The file's bars are not those that its digest was made of.
    #[error(
        "{}: its bars are not those that were written there: something has changed them. Move it away and import its \
         sources again.",
        shown(.path)
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// What is there is made by a generator and what came is not, or the other way round.
    #[error(
        "{}: holds {}. Choose another folder with --data-dir, or remove the file.",
        shown(.path),
        if *.there_is_synthetic { "synthetic sample candles, which real ones must not be mixed with" }
        else { "candles of the market, which synthetic ones must not be mixed with" }
    )]
    Synthetic {
        /// The file.
        path: PathBuf,
        /// Whether the file is the synthetic side.
        there_is_synthetic: bool,
    },
    /// Bars of the same time with other values.
    #[error(
        "{}: {count} {} there with other values: {}. Say --on-conflict first to keep what is there, or last to take \
         what comes.",
        shown(.path),
        if *.count == 1 { "bar is" } else { "bars are" },
        differences(.examples, *.count)
    )]
    Conflict {
        /// The file.
        path: PathBuf,
        /// How many.
        count: u64,
        /// The first of them.
        examples: Vec<Difference>,
    },
    /// It could not be written.
    #[error("{0}")]
    Write(#[from] WriteError),
}

fn differences(examples: &[Difference], count: u64) -> String {
    let bar = |values: [f64; 5]| values.map(|value| value.to_string()).join(",");
    let one = |it: &Difference| format!("{} has {} there and {} here", show(it.time), bar(it.there), bar(it.came));
    let mut list: Vec<String> = examples.iter().map(one).collect();
    if count > examples.len() as u64 {
        list.push("and more".to_owned());
    }
    list.join("; ")
}
