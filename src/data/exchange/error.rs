//! Why candles did not come: one line each, with the remedy.

use crate::date::show_time;
use crate::escape::escape;
use crate::sim::Millis;
use crate::store::{FundingError, StoreError};

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No such name.
    #[error("{host} is not known: no such host, or this machine is offline. Check the connection, or --base-url")]
    NoHost {
        /// Of the address.
        host: String,
    },
    /// Nobody listens, or the way is barred.
    #[error("{host} cannot be reached ({why}). Check the connection, a firewall or proxy (HTTPS_PROXY), or --base-url")]
    Unreachable {
        /// Of the address.
        host: String,
        /// In the system's words.
        why: String,
    },
    /// No secure connection.
    #[error(
        "{host} gives no secure connection ({why}). Check this machine's clock, and whether a proxy stands in between; \
         http:// in --base-url goes without"
    )]
    Tls {
        /// Of the address.
        host: String,
        /// In rustls's words.
        why: String,
    },
    /// Nothing came in time.
    #[error("{host} did not answer within {seconds} s. Try again later; what came before is stored")]
    Slow {
        /// Of the address.
        host: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The answer broke off.
    #[error("the answer of {host} broke off ({why}). Try again; what came before is stored")]
    Cut {
        /// Of the address.
        host: String,
        /// What was seen.
        why: String,
    },
    /// More came than any answer has.
    #[error("{host} sent more than {cap} MiB, which no answer has. Check --base-url")]
    TooLarge {
        /// Of the address.
        host: String,
        /// In MiB.
        cap: u64,
    },
    /// The address is none.
    #[error("{address} is no address. Write --base-url as in https://api.example.com")]
    BadAddress {
        /// As asked, escaped.
        address: String,
    },
    /// The user wants it to end.
    #[error("stopped")]
    Stopped,
}

/// Why candles were not fetched. What came before is stored.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The net.
    #[error("{0}.")]
    HttpTransport(HttpError),
    /// Told to wait longer than a person would sit there.
    #[error("{title} wants no more questions for {} ({said}). Say the same again then; what came is stored.", length(*.seconds))]
    Wait {
        /// The exchange.
        title: &'static str,
        /// How long.
        seconds: u64,
        /// In its words.
        said: String,
    },
    /// In trouble every time it was asked.
    #[error("{title} is in trouble ({said}), {tries} times in a row. Say the same again later; what came is stored.")]
    Trouble {
        /// The exchange.
        title: &'static str,
        /// In its words.
        said: String,
        /// How often it was asked.
        tries: u32,
    },
    /// Not for this place or address.
    #[error("{title} gives nothing to this address ({said}). {remedy}.")]
    Barred {
        /// The exchange.
        title: &'static str,
        /// In its words.
        said: String,
        /// What to do.
        remedy: &'static str,
    },
    /// It says no.
    #[error("{title} refuses: {said}.")]
    Refused {
        /// The exchange.
        title: &'static str,
        /// In its words.
        said: String,
    },
    /// Not what its API says that it answers.
    #[error("{title} answers with something else than candles: {what}. Check --base-url, or try again later.")]
    Strange {
        /// The exchange.
        title: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A file of its archive that is not what its checksum says.
    #[error(
        "{file} is not what its CHECKSUM says, and was not used: it was damaged on the way or in the archive. Try again, or \
         go without --from-archive."
    )]
    Damaged {
        /// Its name.
        file: String,
    },
    /// A file of its archive that cannot be read.
    #[error("{file} of {title}'s archive cannot be read: {what}. Go without --from-archive.")]
    Unreadable {
        /// The exchange.
        title: &'static str,
        /// Its name.
        file: String,
        /// What is wrong with it.
        what: String,
    },
    /// A bar that none can be.
    #[error(
        "{title} has an impossible bar at {}: {what}. Fetch the rest with --from and --to around it; what came before \
         is stored.",
        show_time(*.time)
    )]
    Impossible {
        /// The exchange.
        title: &'static str,
        /// Its open time.
        time: Millis,
        /// What is wrong with it.
        what: String,
    },
    /// There is none.
    #[error(
        "{title} has no closed bar of {symbol} {interval} in this time. Ask for another time with --from and --to."
    )]
    NoBars {
        /// The exchange.
        title: &'static str,
        /// The symbol.
        symbol: String,
        /// The interval.
        interval: String,
    },
    /// There is no funding rate.
    #[error("{title} has no funding rate of {symbol} in this time. Ask for another time with --from and --to.")]
    NoRates {
        /// The exchange.
        title: &'static str,
        /// The symbol.
        symbol: String,
    },
    /// Funding rates that came cannot be stored, or those that are there cannot be read.
    #[error("{0}")]
    Funding(#[from] FundingError),
    /// What came cannot be stored.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The user wants it to end.
    #[error("stopped; what came is stored")]
    Stopped,
}

impl FetchError {
    /// Whether the next asset would fail in the same way.
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        !matches!(
            self,
            Self::Refused { .. }
                | Self::Damaged { .. }
                | Self::Unreadable { .. }
                | Self::Impossible { .. }
                | Self::NoBars { .. }
                | Self::NoRates { .. }
                | Self::Funding(_)
                | Self::Store(_)
        )
    }
}

impl From<HttpError> for FetchError {
    fn from(fault: HttpError) -> Self {
        if fault == HttpError::Stopped { Self::Stopped } else { Self::HttpTransport(fault) }
    }
}

/// A foreign text in one line, safe to show and not too long.
pub(super) fn said(text: &str) -> String {
    const LONGEST: usize = 160;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = line.chars().take(LONGEST).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    escape(shown.trim_end_matches('.'))
}

/// `45 s`, `12 min`, `3 h`: upwards, so that whoever waits so long waits long enough.
pub(super) fn length(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}
