//! Results in the forms that programs read. Each form returns text or bytes, or writes one file; none prints.

pub mod csv;
pub mod file;
pub mod json;
pub mod parquet;
mod parquet_batches;
mod row;
pub mod stream;

pub use row::{CacheState, Failed, Row, Summary};

use jiff::Timestamp;

use crate::model::Millis;

/// RFC 3339 in UTC, as in `2020-11-15T00:00:00Z`; years that no calendar has become a plain number.
#[must_use]
pub fn time(millis: Millis) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |time| time.to_string())
}
