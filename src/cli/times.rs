//! Times as people write them: days, moments, and how long something lasts.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::config::Config;
use super::fault::Fault;
use crate::model::Millis;

/// How long results stay stored; `None` for ever.
///
/// # Errors
/// When the text is no time.
pub fn ttl(arg: Option<&str>, config: &Config) -> Result<Option<Duration>, Fault> {
    const LONGEST: u64 = 10 * 365 * 86_400;
    let text = arg.or(config.ttl.as_deref()).unwrap_or("24h");
    let wrong = || {
        Fault::wrong(format!(
            "{} '{}' is not a time: write 90s, 30m, 24h or 7d (up to 10 years), or 0 to store without an end",
            config.named("--ttl", arg.is_none()),
            crate::data::escape(text)
        ))
    };
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => (text, 1),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let seconds = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit)).ok_or_else(wrong)?;
    if seconds > LONGEST {
        return Err(wrong());
    }
    Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
}

/// The time that an option or the settings file says; `name` is what messages call it.
///
/// # Errors
/// When the text is no time.
pub fn option(name: &str, arg: Option<&str>, config: Option<&toml::Value>) -> Result<Option<Millis>, Fault> {
    let from_config = config.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let Some(text) = arg.map(str::to_owned).or(from_config) else { return Ok(None) };
    time(&text).map(Some).ok_or_else(|| {
        Fault::wrong(format!(
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
