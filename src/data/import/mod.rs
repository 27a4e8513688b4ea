//! Candles from files as exchanges and tools write them: told by their content, checked, and brought into one form.
//!
//! ```text
//! bytes -> wrapping (gz, zst, zip) -> formats (csv, json, parquet, feather) -> rows of cells
//!       -> table: the first rows say which column is what (columns), the others go into typed columns
//!       -> decide: unit and zone of times, order of dates, decimal mark, volume; once for the whole file
//!       -> clean: sorted, each time once, stamped with opens -> Found
//! ```
//!
//! A container only hands over cells. Everything that has to be right for all of them is decided on one path behind it,
//! and what nothing decides is refused with the option that would.

mod cells;
mod clean;
mod columns;
mod decide;
mod formats;
mod name;
mod number;
mod options;
mod read;
mod report;
mod table;
mod times;

pub use name::normal;
pub use options::{
    ColumnRole, DateOrder, DecimalMark, ImportOptions, ImportZone, KeepColumns, OnBadRow, StampIs, is_time_format,
    parse_columns,
};
pub use read::{read_bytes, read_file, read_stream};
pub use report::{ColumnMeaning, Decision, FileReport, Found, RowOrder};

#[cfg(test)]
mod tests;
