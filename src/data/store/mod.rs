//! Writes candle files: whatever their source, new bars join those that are there, in one Parquet file that says where
//! each bar came from.
//!
//! The same bars from the same sources give the same bytes, whatever the order in which they came: nothing of the
//! moment of writing is in the file, and its list of sources is a set.

mod convert;
mod error;
mod funding;
mod incoming;
mod join;
mod merge;
mod series;
mod sources;
mod stored;

pub use self::convert::{Converted, convert};
pub use self::error::{Contradiction, StoreError};
pub use self::funding::{FundingError, FundingRates, merge_funding, read_funding};
pub use self::incoming::Part;
pub use self::join::{Difference, OnConflict};
pub use self::merge::{Merged, merge, merge_all, preview};
pub use self::series::SeriesDifference;
pub use self::sources::{Origin, sources};
pub use self::stored::read;
pub use super::catalog::symbol::check_symbol;

#[cfg(test)]
mod tests;
