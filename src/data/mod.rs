//! Candle files: which there are, reading and checking them, and knowing them again without reading.
//!
//! [`Catalog`] lists a folder, [`load()`] turns one entry into checked candles, [`digest()`] names their content,
//! [`Index`] remembers those names, [`store`] writes files of new bars, [`exchange`] fetches them, and [`sample`] makes synthetic candles to try the program with.

mod atomic;
mod catalog;
mod catalog_error;
pub mod check;
mod csv_text;
mod digest;
mod entry;
mod escape;
pub mod exchange;
pub mod export;
mod fault;
mod feather_buffers;
mod format;
mod frame;
mod frame_columns;
mod frame_csv;
mod frame_pages;
mod frame_parquet;
mod frame_write;
mod header;
pub mod import;
mod index;
mod index_codec;
mod load;
mod pair;
mod parquet_pages;
mod pieces;
mod resample;
mod resolve;
pub mod sample;
mod sample_market;
mod source;
mod stamp;
mod steps;
pub mod store;
mod time;
mod validate;
mod windows;

pub use catalog::{Catalog, intervals, may_be_folder};
pub use catalog_error::CatalogError;
pub use digest::digest;
pub use entry::Entry;
pub use escape::escape;
pub use fault::{DataError, Warning, WarningKind};
pub use format::Format;
pub use frame_write::{WriteError, write_parquet};
pub use index::{Index, Known};
pub use load::{Loaded, load};
pub use resolve::ResolveError;
pub use stamp::Stamp;

#[cfg(test)]
mod tests;
