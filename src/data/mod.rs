//! Candle files: which there are, reading and checking them, and knowing them again without reading.
//!
//! [`Catalog`] lists a folder, [`load()`] turns one of its files into checked candles, [`digest()`] names their content,
//! [`Index`] remembers those names, [`store`] writes files of new bars, [`exchange`] fetches them, [`import`] reads what
//! others wrote, and [`sample`] makes synthetic candles to try the program with.

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

pub use self::catalog::{
    BadRows, CandleFile, Catalog, CatalogError, Format, Index, Known, ResolveError, SymbolError, intervals,
    may_be_folder,
};
pub use self::digest::digest;
pub use self::error::{DataError, Warning, WarningKind};
pub use self::escape::escape;
pub use self::read::raw_candles::is_panic_handled;
pub use self::read::{LoadRequest, Loaded, load, load_as};
pub use self::write::{WriteError, text, write_parquet};
pub use crate::files::FileFingerprint;

// old names, until the floors meet
pub use self::catalog::CandleFile as Entry;
pub use crate::files::FileFingerprint as Stamp;
pub mod export {
    //! Old name of [`text`](super::text).
    pub use super::text::{ExportFormat as Whom, *};
}
mod csv_text {
    pub(super) use super::read::csv::{READABLE, ragged, readable};
    pub(super) use super::read::raw_candles::empty_cell;
}
mod fault {
    pub(super) use super::error::{ContentError as Fault, DataError};
}
mod frame {
    pub(super) use super::read::raw_candles::RawCandles as Raw;
    pub(super) fn read_feather(bytes: Vec<u8>) -> Result<Raw, super::error::ContentError> {
        super::read::arrow::read_feather(bytes, super::BadRows::Refuse)
    }
}
mod frame_parquet {
    pub(super) use super::read::parquet::read_parquet;
}
mod pair {
    pub(super) use super::catalog::symbol::{QUOTES, has_base, joined};
}
mod source {
    pub(super) use super::read::open_file::{OpenFile as Source, unpackable, unpacked_cap};
}
mod steps {
    pub(super) use super::read::gaps::{GapCounts as Steps, missing};
}
mod time {
    pub(super) use super::date::{month, show_time as show};
    pub(super) use super::read::time::{EpochUnit as Unit, HELP, days, iso, slow};
    pub(super) use crate::sim::DAY;
}
mod validate {
    #[cfg(test)]
    pub(super) use super::read::validate::first_fault;
    pub(super) use super::read::validate::{BITCOIN, first_impossible};
}
mod windows {
    pub(super) use super::read::text_chunks::{empty, too_big};
}

#[cfg(test)]
mod tests;
