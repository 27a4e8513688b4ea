//! From cells to the moments at which bars open.
//!
//! ```text
//! cell -> RawTime (text) -> the whole column decides unit, order and zone (column) -> sorted times -> interval (steps)
//! ```

mod column;
mod dates;
mod digits;
mod sheet_days;
mod steps;
mod text;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub(super) use column::{ReadTimes, TimeRules, resolve};
pub(super) use steps::{StepGuess, end_of, guess, month_begin};
pub(super) use text::{ClockDigits, RawTime, clock, formatted, raw_time, with_digits};

use crate::sim::Millis;

/// What a clock shows, for milliseconds that are counted as if it hung in UTC.
fn civil(millis: Millis) -> Option<DateTime> {
    Timestamp::from_millisecond(millis).ok().map(|time| TimeZone::UTC.to_datetime(time))
}
