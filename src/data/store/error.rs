//! Why bars were not stored.

use std::path::PathBuf;

use super::join::Difference;
use super::series::SeriesDifference;
use crate::catalog::CatalogError;
use crate::catalog::symbol::SymbolError;
use crate::date::show_time;
use crate::error::DataError;
use crate::escape::{escape, shown};
use crate::sim::Interval;
use crate::write::WriteError;

/// Why bars were not stored. Whatever was there is unharmed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not a name that a file may have.
    #[error("{0}")]
    BadSymbol(#[from] SymbolError),
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
    /// What is there is made by a generator and what came is not, or the other way round.
    #[error(
        "{}: holds {}. Choose another folder with --data-dir, or remove the file.",
        shown(.path),
        if *.stored_is_synthetic { "synthetic sample candles, which real ones must not be mixed with" }
        else { "candles of the market, which synthetic ones must not be mixed with" }
    )]
    Synthetic {
        /// The file.
        path: PathBuf,
        /// Whether the file is the synthetic side.
        stored_is_synthetic: bool,
    },
    /// The same periods, which open at other times.
    #[error(
        "{}: has bars of {interval} that open at {stored}, and those that came open at {incoming}: the same periods \
         at other times, which are no candles together. Where an import reads another zone's clock, pass --timezone; \
         where it reads the bars' ends, --time-is close; else store them under another symbol or in another --data-dir.",
        shown(.path)
    )]
    OtherPhase {
        /// The file.
        path: PathBuf,
        /// Length of the bars.
        interval: Interval,
        /// When one of those stored opens.
        stored: String,
        /// When one of those that came opens.
        incoming: String,
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
    /// A further column has another value for a bar.
    #[error(
        "{}: {difference}. Say --on-conflict first to keep what is there, or last to take what comes.",
        shown(.path)
    )]
    Series {
        /// The file.
        path: PathBuf,
        /// Where they differ.
        difference: SeriesDifference,
    },
    /// Of the sources that came, two have bars of the same time with other values.
    #[error("{0}")]
    Contradiction(Box<Contradiction>),
    /// It could not be written.
    #[error("{0}")]
    Write(#[from] WriteError),
}

/// Two of the sources that came together, of which nothing was stored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{} and {} contradict each other in {count} {} of {what}: {}. No file of {what} was stored. Import one of them, or say \
     --on-conflict first or last to take each bar from the file that is named first or last.",
    escape(&.names[0]),
    escape(&.names[1]),
    if *.count == 1 { "bar" } else { "bars" },
    listed(.examples, *.count, ["in the first", "in the second"]),
    what = escape(.of)
)]
pub struct Contradiction {
    /// Which of the sources they are, from 0.
    pub at: [usize; 2],
    /// What they are called.
    pub names: [String; 2],
    /// Symbol and interval.
    pub of: String,
    /// How many bars.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<Difference>,
}

fn differences(examples: &[Difference], count: u64) -> String {
    listed(examples, count, ["there", "here"])
}

fn listed(examples: &[Difference], count: u64, [there, came]: [&str; 2]) -> String {
    let bar = |values: [f64; 5]| values.map(|value| value.to_string()).join(",");
    let one = |it: &Difference| {
        format!("{} has {} {there} and {} {came}", show_time(it.time), bar(it.stored), bar(it.incoming))
    };
    let mut list: Vec<String> = examples.iter().map(one).collect();
    if count > examples.len() as u64 {
        list.push("and more".to_owned());
    }
    list.join("; ")
}
