//! How long results stay stored: one time for all kinds, or one for each.

use std::time::Duration;

use crate::cache::{Kind, Ttls};
use crate::cli::config::{Config, TtlConfig};
use crate::cli::fault::Fault;
use crate::data::escape;

const LONGEST: u64 = 10 * 365 * 86_400;

/// How long values live: `--ttl` for all kinds, else what the settings say of all or of each.
///
/// # Errors
/// A text that is no time.
pub fn ttl(arg: Option<&str>, config: &Config) -> Result<Ttls, Fault> {
    let name = config.named("--ttl", arg.is_none());
    match (arg, &config.ttl) {
        (Some(text), _) => span(&name, text).map(Ttls::all),
        (None, Some(TtlConfig::All(text))) => span(&name, text).map(Ttls::all),
        (None, Some(TtlConfig::Kinds { result, trades, block })) => {
            let kinds =
                [(Kind::Result, "result", result), (Kind::Trades, "trades", trades), (Kind::Block, "block", block)];
            kinds.into_iter().try_fold(Ttls::default(), |ttls, (kind, key, text)| match text {
                Some(text) => Ok(ttls.with(kind, span(&format!("{key} of {name}"), text)?)),
                None => Ok(ttls),
            })
        }
        (None, None) => Ok(Ttls::default()),
    }
}

fn span(name: &str, text: &str) -> Result<Duration, Fault> {
    let wrong = || {
        Fault::wrong(format!(
            "{name} '{}' is not a time: write 90s, 30m, 24h or 7d (up to 10 years), or 0 to store without an end",
            escape(text)
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
    if seconds > LONGEST { Err(wrong()) } else { Ok(Duration::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_for_all_kinds_and_the_settings_may_tell_them_apart() {
        let hours = |ttls: &Ttls| Kind::ALL.map(|kind| ttls.of(kind).map_or(0, |ttl| ttl.as_secs() / 3_600));
        let none = Config::default();
        assert_eq!(hours(&ttl(None, &none).unwrap()), [24, 24, 168]);
        assert_eq!(hours(&ttl(Some("2h"), &none).unwrap()), [2, 2, 2]);
        let kinds = TtlConfig::Kinds { result: Some("1h".into()), trades: None, block: Some("0".into()) };
        let config = Config { ttl: Some(kinds), ..Config::default() };
        assert_eq!(hours(&ttl(None, &config).unwrap()), [1, 24, 0]);
        assert_eq!(hours(&ttl(Some("2h"), &config).unwrap()), [2, 2, 2]);
    }

    #[test]
    fn what_is_no_time_is_named() {
        for text in ["", "x", "-1", "1w", "1.5h", "99999999999999999999s", "3651d", "h", " 1h"] {
            let message = span("--ttl", text).map(|_| ()).unwrap_err().message().unwrap();
            assert!(message.starts_with(&format!("--ttl '{text}' is not a time")), "{message}");
        }
    }
}
