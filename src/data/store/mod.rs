//! Writes candle files: whatever their source, new bars join those that are there, in one Parquet file that says where
//! each bar came from.
//!
//! The same bars from the same sources give the same bytes, whatever the order in which they came: nothing of the
//! moment of writing is in the file, and its list of sources is a set.

mod convert;
mod failure;
mod join;
mod lock;
mod sources;
mod symbol;
mod there;
mod together;
mod write;

pub use convert::{Converted, convert};
pub use failure::{Contradiction, StoreError};
pub use join::{Difference, OnConflict};
pub use sources::{Origin, sources};
pub use symbol::check_symbol;
pub use there::read;
pub use write::{Merged, Part, merge, merge_all, preview};

#[cfg(test)]
mod tests;
