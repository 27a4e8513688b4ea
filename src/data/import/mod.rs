//! Candles from files as exchanges and tools write them: told by their content, checked, and brought into one form.
//!
//! ```text
//! bytes -> unpack (gz, zst, zip) -> recognise (one file a family) -> Layout -> Table -> order, tidy -> Found
//! ```
//!
//! A family only says where things stand. Everything that has to be right for all of them (times, numbers, the order of
//! the prices, duplicates, the unfinished bar) is decided on one path behind it.

mod cells;
mod cryptodatadownload;
mod found;
mod frames;
mod headed;
mod investing;
mod json;
mod json_rows;
mod klines;
mod kraken;
mod layout;
mod lean;
mod line;
mod name;
mod names;
mod order;
mod plain;
mod read;
mod recognise;
mod refuse;
mod report;
mod sheet;
mod step;
mod table;
mod text;
mod tidy;
mod times;
mod unpack;
mod yahoo;

pub use found::{Found, Wishes};
pub use name::normal;
pub use read::{read_bytes, read_file};
pub use report::{Order, Report};

#[cfg(test)]
mod tests;
