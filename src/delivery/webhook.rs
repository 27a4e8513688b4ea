//! A server that is sent each event: tried again where that may help, within a deadline, and signed.

use std::time::Duration;

use ring::hmac;
use serde_json::Value;
use thiserror::Error;

use super::{Delivery, SignalSink};
use crate::cache::OutboxEvent;
use crate::clock::Clock;
use crate::data::exchange::{HttpTimeouts, HttpTransport};

/// An event is sent so often in one pass.
const TRIES: u64 = 3;
/// The first wait between two tries; the next is twice as long, and each by up to a half longer.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// An address that events are not sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WebhookError {
    /// It is none.
    #[error("is no address: write it as https://host/path")]
    Address,
    /// Others could read the events on the way.
    #[error("must be https, but on this machine itself (localhost, 127.0.0.1, ::1)")]
    Plain,
}

/// How events are sent.
#[derive(Clone, Debug)]
pub struct WebhookOptions {
    /// Where.
    pub url: String,
    /// With what they are signed, if they are.
    pub secret: Option<String>,
    /// How long all tries of one event take.
    pub deadline: Duration,
}

/// Sends events by POST.
pub struct WebhookSink<'a> {
    name: String,
    options: WebhookOptions,
    web: HttpTransport,
    clock: &'a dyn Clock,
}

impl<'a> WebhookSink<'a> {
    /// Sends nothing yet.
    ///
    /// # Errors
    /// An address that events are not sent to.
    pub fn new(options: WebhookOptions, clock: &'a dyn Clock) -> Result<Self, WebhookError> {
        let rest = options.url.strip_prefix("https://");
        let plain = options.url.strip_prefix("http://");
        let place = rest.or(plain).ok_or(WebhookError::Address)?.split(['/', '?', '#']).next().unwrap_or_default();
        let host = place.rsplit('@').next().unwrap_or_default();
        let name = host.strip_prefix('[').map_or_else(|| host.split(':').next(), |host| host.split(']').next());
        let name = name.unwrap_or_default();
        if name.is_empty() || options.url.contains(char::is_whitespace) {
            return Err(WebhookError::Address);
        }
        if rest.is_none() && !["localhost", "127.0.0.1", "::1"].contains(&name) {
            return Err(WebhookError::Plain);
        }
        // Tokens stand in the paths and questions of many addresses: the store is told the host and a digest.
        let digest = ring::digest::digest(&ring::digest::SHA256, options.url.as_bytes());
        let name = format!("webhook:{host}:{}", &hex(digest.as_ref())[..8]);
        let timeouts = HttpTimeouts { connect: options.deadline.min(Duration::from_secs(5)), answer: options.deadline };
        Ok(Self { name, options, web: HttpTransport::new(timeouts), clock })
    }

    fn headers(&self, document: &str) -> Vec<(&'static str, String)> {
        let id = serde_json::from_str::<Value>(document).ok().and_then(|event| event["id"].as_str().map(str::to_owned));
        let mut headers =
            vec![("Content-Type", "application/json".to_owned()), ("Idempotency-Key", id.unwrap_or_default())];
        if let Some(secret) = &self.options.secret {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            headers.push(("X-Signature", format!("sha256={}", hex(hmac::sign(&key, document.as_bytes()).as_ref()))));
        }
        headers
    }
}

impl SignalSink for WebhookSink<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&mut self, event: &OutboxEvent) -> Delivery {
        let headers = self.headers(&event.document);
        let end = self.clock.now().saturating_add(millis(self.options.deadline));
        let mut wait = FIRST_WAIT;
        let mut tries = 0;
        loop {
            let left = u64::try_from(end - self.clock.now()).unwrap_or_default();
            let left = Duration::from_millis(left.max(1));
            tries += 1;
            let (why, asked) = match self.web.post(&self.options.url, &headers, event.document.as_bytes(), left) {
                Ok(answer) if (200..300).contains(&answer.status) => return Delivery::Done,
                Ok(answer) if answer.status == 408 || answer.status == 429 || answer.status >= 500 => {
                    (format!("it answered {}", answer.status), answer.wait)
                }
                Ok(answer) if answer.status >= 400 => return Delivery::Dead(format!("it answered {}", answer.status)),
                Ok(answer) => (format!("it answered {}", answer.status), None),
                Err(error) => (error.to_string(), None),
            };
            let pause = asked.unwrap_or_else(|| wait.mul_f64(1.0 + self.clock.chance() / 2.0));
            if tries >= TRIES || self.clock.now().saturating_add(millis(pause)) >= end {
                return Delivery::Failed(tries, why);
            }
            self.clock.wait(pause);
            wait *= 2;
        }
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn events_are_sent_over_https_or_to_this_machine_itself() {
        let sink = |url: &str| {
            let options = WebhookOptions { url: url.to_owned(), secret: None, deadline: Duration::from_secs(1) };
            WebhookSink::new(options, &SystemClock).map(|sink| sink.name)
        };
        let name = sink("https://hooks.example.com/T0/secret?token=1").unwrap();
        assert!(name.starts_with("webhook:hooks.example.com:") && !name.contains("secret"), "{name}");
        for url in ["http://localhost/x", "http://127.0.0.1:8080", "http://[::1]:1/x", "http://user:a@localhost/"] {
            assert!(sink(url).is_ok(), "{url}");
        }
        for url in ["http://example.com", "http://localhost.example.com/", "http://127.0.0.1@example.com/"] {
            assert_eq!(sink(url), Err(WebhookError::Plain), "{url}");
        }
        for url in ["", "example.com", "ftp://localhost", "https://", "https:///x", "https://a b"] {
            assert_eq!(sink(url), Err(WebhookError::Address), "{url}");
        }
    }
}
