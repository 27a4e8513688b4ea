//! Results in the forms that programs read. Each form returns text or bytes, or writes one file; none prints.

pub mod csv;
pub mod html;
pub mod json;
pub mod parquet;
mod parquet_batches;
pub mod parquet_read;
pub mod read;
pub mod stream;

// Old names, until the floors meet.
pub use crate::sim::{CacheState, EquityCurve as Curve, Failed, Row, Summary};

use jiff::Timestamp;

use crate::sim::model::Millis;

/// RFC 3339 in UTC, as in `2020-11-15T00:00:00Z`; years that no calendar has become a plain number.
#[must_use]
pub fn time(millis: Millis) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |time| time.to_string())
}

pub mod file {
    //! Files of results: written beside the target and renamed over it once they are whole.

    use std::io::{self, Write};
    use std::path::Path;

    use crate::files::{Durability, replace};

    pub use crate::files::check_writable as check; // old name, until the floors meet

    /// Writes the bytes under this name; what was there stays whole until they are all on disk.
    ///
    /// # Errors
    /// Why they could not be written; the old file is then unharmed.
    pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        replace(path, Durability::Content, |file| file.write_all(bytes))
    }
}
