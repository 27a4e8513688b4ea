//! Candle files: which there are, reading and checking them, and knowing them again without reading.
//!
//! [`Catalog`] lists a folder, [`load()`] turns one of its files into checked candles, [`digest()`] names their content,
//! [`Index`] remembers those names, [`store`] writes files of new bars, [`exchange`] fetches them, [`import`] reads what
//! others wrote, and [`sample`] makes synthetic candles to try the program with.
#![cfg_attr(
    test,
    expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_wrap,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests count small things and mean equal when they say it"
    )
)]

mod catalog;
pub mod check;
mod date;
mod digest;
mod error;
mod escape;
pub mod exchange;
pub mod import;
mod parallel;
mod read;
pub mod sample;
pub mod store;
mod write;

use backtest_parquet as parquet;
use backtest_sim as sim;
use backtest_system::{clock, files, pool};

pub use self::catalog::{
    BadRows, CandleFile, Catalog, CatalogError, CatalogNames, Format, Index, Known, ResolveError, SETTLE, SymbolError,
    intervals, is_pattern, is_symbol_named, may_be_folder,
};
pub use self::date::{months_later, show_time};
pub use self::digest::digest;
pub use self::error::{DataError, Warning, WarningKind};
pub use self::escape::escape;
pub use self::read::own_columns::own_columns;
pub use self::read::raw_candles::is_panic_handled;
pub use self::read::tail::{FilePrefix, LoadedTail, file_prefix, load_tail};
pub use self::read::{LoadRequest, Loaded, NO_BAR_IN_RANGE, load, load_as};
pub use self::write::{WriteError, text, write_parquet};
pub use crate::files::FileFingerprint;

#[cfg(test)]
mod tests;
