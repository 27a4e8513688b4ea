//! Times as people write them: days and moments.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::cli::error::Error;
use crate::sim::model::Millis;

/// The time that an option or the settings file says; `name` is what messages call it.
///
/// # Errors
/// When the text is no time.
pub fn option(name: &str, arg: Option<&str>, config: Option<&toml::Value>) -> Result<Option<Millis>, Error> {
    let from_config = config.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let Some(text) = arg.map(str::to_owned).or(from_config) else { return Ok(None) };
    time(&text).map(Some).ok_or_else(|| {
        Error::usage(format!(
            "{name} '{}' is not a time: write 2024-01-31, 2024-01-31T12:00 or 2024-01-31T12:00:00Z (UTC unless it says otherwise)",
            crate::data::escape(&text)
        ))
    })
}

/// A day, a day and time (UTC), or RFC 3339.
fn time(text: &str) -> Option<Millis> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    let time: DateTime = text.parse().ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp().as_millisecond())
}
