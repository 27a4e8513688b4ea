//! Results in the forms that programs read. Each form returns text or bytes, or writes one file; none prints.
#![cfg_attr(
    test,
    expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_wrap,
        reason = "tests count small things and mean equal when they say it"
    )
)]

pub mod csv;
pub mod html;
pub mod json;
pub mod kept;
pub mod parquet;
pub mod stream;
pub mod table;

use backtest_sim as sim;
use backtest_system::files;

use jiff::Timestamp;
use serde_json::Value;

use crate::sim::Millis;

/// RFC 3339 in UTC, as in `2020-11-15T00:00:00Z`; years that no calendar has become a plain number.
#[must_use]
pub fn time(millis: Millis) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |time| time.to_string())
}

/// A number as JSON writes it, without a needless fraction: 14, not 14.0. NaN and infinity are null.
#[must_use]
pub fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and to fit")]
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 && !(value == 0.0 && value.is_sign_negative()) {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

pub mod file {
    //! Files of results: written beside the target and renamed over it once they are whole.

    use std::io::{self, Write};
    use std::path::Path;

    use crate::files::{Durability, replace};

    /// Writes the bytes under this name; what was there stays whole until they are all on disk.
    ///
    /// # Errors
    /// Why they could not be written; the old file is then unharmed.
    pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        replace(path, Durability::Content, |file| file.write_all(bytes))
    }
}
