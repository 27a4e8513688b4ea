//! Questions over HTTP; the only file that knows ureq.

use std::io::{self, Read};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use jiff::fmt::rfc2822;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Error, Timeout};

use super::error::{HttpError, said};
use crate::escape::quote;
use crate::sim::Millis;

/// An answer of any status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HttpResponse {
    pub status: u16,
    /// How long to wait before asking again, where it says so.
    pub wait: Option<Duration>,
    /// The server's clock.
    pub date: Option<Millis>,
    pub body: Vec<u8>,
}

/// How long to wait for things.
#[derive(Clone, Copy, Debug)]
pub struct HttpTimeouts {
    /// For a connection.
    pub connect: Duration,
    /// For a whole answer.
    pub answer: Duration,
}

impl Default for HttpTimeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_mins(1) }
    }
}

/// Largest answer: all of Binance's pairs are some MiB.
const CAP: u64 = 64 << 20;
/// How often it is looked whether the user wants to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// Asks, over connections that stay open.
pub struct HttpTransport {
    agent: Agent,
    timeouts: HttpTimeouts,
}

impl HttpTransport {
    /// Uses the proxy that the environment names, as `HTTPS_PROXY`, and trusts whom this machine trusts.
    #[must_use]
    pub fn new(timeouts: HttpTimeouts) -> Self {
        let config = Agent::config_builder()
            .user_agent(concat!("backtest/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(trusted()).build())
            .http_status_as_error(false)
            .timeout_resolve(Some(timeouts.connect))
            .timeout_connect(Some(timeouts.connect))
            .timeout_global(Some(timeouts.answer))
            .build();
        Self { agent: config.into(), timeouts }
    }

    /// The answer to a question, unless the user wants to stop before.
    pub(super) fn get(&self, url: &str, stopped: &dyn Fn() -> bool) -> Result<HttpResponse, HttpError> {
        let (sender, receiver) = channel();
        let (agent, timeouts, url) = (self.agent.clone(), self.timeouts, url.to_owned());
        // On a thread of its own, which is left alone when the user wants to stop: a read cannot be called off.
        thread::spawn(move || {
            // Nobody is left to hear it when the user wanted to stop.
            let _ = sender.send(ask(&agent, &url).map_err(|error| fault(error, &url, timeouts)));
        });
        loop {
            match receiver.recv_timeout(GLANCE) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if stopped() => return Err(HttpError::Stopped),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(HttpError::Cut { host: "the server".to_owned(), why: "the request failed".to_owned() });
                }
            }
        }
    }
}

/// The answer to what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostAnswer {
    /// Its status.
    pub status: u16,
    /// How long to wait before sending again, where it says so.
    pub wait: Option<Duration>,
}

impl HttpTransport {
    /// Sends a body with these headers, and waits so long for an answer; what the answer says beyond its status is not read.
    ///
    /// # Errors
    /// When there is none.
    pub fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
        timeout: Duration,
    ) -> Result<PostAnswer, HttpError> {
        let mut request = self.agent.post(url).config().timeout_global(Some(timeout)).max_redirects(0).build();
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let timeouts = HttpTimeouts { answer: timeout, ..self.timeouts };
        let response = request.send(body).map_err(|error| fault(error, url, timeouts))?;
        let wait = response.headers().get("retry-after").and_then(|value| after(value.to_str().ok()?, None));
        Ok(PostAnswer { status: response.status().as_u16(), wait })
    }
}

/// The machine's own list, as a company's proxy is only in that one; Mozilla's, which is compiled in, where there is none.
fn trusted() -> RootCerts {
    let own = rustls_native_certs::load_native_certs().certs;
    let own: Vec<_> = own.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
    if own.is_empty() { RootCerts::WebPki } else { own.into() }
}

fn ask(agent: &Agent, url: &str) -> Result<HttpResponse, Error> {
    let response = agent.get(url).header("Accept", "*/*").call()?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let date = header("date").as_deref().and_then(moment);
    let wait = header("retry-after").and_then(|text| after(&text, date));
    // Bybit says in ms since 1970 when it may be asked again; in answers that are fine, it is its clock.
    let reset = header("x-bapi-limit-reset-timestamp").and_then(|text| text.parse::<Millis>().ok());
    let reset = reset.zip(date).and_then(|(reset, date)| u64::try_from(reset - date).ok()).map(Duration::from_millis);
    let status = response.status().as_u16();
    let mut body = Vec::new();
    response.into_body().into_reader().take(CAP + 1).read_to_end(&mut body)?;
    if body.len() as u64 > CAP {
        return Err(Error::BodyExceedsLimit(CAP));
    }
    Ok(HttpResponse { status, wait: wait.or(reset), date, body })
}

/// Seconds, or a moment.
fn after(text: &str, date: Option<Millis>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let left = moment(text)? - date?;
    Some(Duration::from_millis(u64::try_from(left).unwrap_or_default()))
}

/// A time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn moment(text: &str) -> Option<Millis> {
    let time = rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(time.as_millisecond())
}

fn fault(error: Error, url: &str, timeouts: HttpTimeouts) -> HttpError {
    let host = host(url);
    let seconds = |time: Duration| time.as_secs().max(1);
    match error {
        Error::HostNotFound => HttpError::NoHost { host },
        Error::Timeout(Timeout::Resolve) => {
            HttpError::Unreachable { host, why: "its name was not resolved in time".to_owned() }
        }
        Error::Timeout(Timeout::Connect) => {
            HttpError::Unreachable { host, why: format!("no connection within {} s", seconds(timeouts.connect)) }
        }
        Error::Timeout(_) => HttpError::Slow { host, seconds: seconds(timeouts.answer) },
        Error::BodyExceedsLimit(cap) => HttpError::TooLarge { host, cap: cap >> 20 },
        Error::BadUri(_) | Error::Http(_) => HttpError::BadAddress { address: quote(&host) },
        Error::Rustls(error) => HttpError::Tls { host, why: said(&error.to_string()) },
        Error::Tls(why) => HttpError::Tls { host, why: why.to_owned() },
        Error::ConnectionFailed => HttpError::Unreachable { host, why: "no connection".to_owned() },
        Error::ConnectProxyFailed(why) => {
            HttpError::Unreachable { host, why: format!("the proxy says {}", said(&why)) }
        }
        Error::Io(error) => of_io(error, host, url, timeouts),
        other => HttpError::Cut { host, why: said(&other.to_string()) },
    }
}

/// ureq wraps its own errors where a body is read, and rustls's where a connection is made.
fn of_io(error: io::Error, host: String, url: &str, timeouts: HttpTimeouts) -> HttpError {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, InvalidData, NetworkDown, NetworkUnreachable,
        PermissionDenied, TimedOut,
    };
    // The system has no kind of error for it.
    if error.to_string().contains("lookup address") {
        return HttpError::NoHost { host };
    }
    match error.kind() {
        ConnectionRefused => HttpError::Unreachable { host, why: "nothing listens there".to_owned() },
        HostUnreachable | NetworkDown | NetworkUnreachable | AddrNotAvailable | PermissionDenied => {
            HttpError::Unreachable { host, why: said(&error.to_string()) }
        }
        TimedOut => HttpError::Slow { host, seconds: timeouts.answer.as_secs().max(1) },
        kind => match error.into_inner().map(<dyn std::error::Error + Send + Sync>::downcast::<Error>) {
            Some(Ok(inner)) if !matches!(*inner, Error::Io(_)) => fault(*inner, url, timeouts),
            Some(Ok(inner)) => HttpError::Cut { host, why: said(&inner.to_string()) },
            Some(Err(inner)) if kind == InvalidData => HttpError::Tls { host, why: said(&inner.to_string()) },
            Some(Err(inner)) => HttpError::Cut { host, why: said(&inner.to_string()) },
            None => HttpError::Cut { host, why: said(&kind.to_string()) },
        },
    }
}

/// The host in an address, without the name and password that may stand before it.
pub(super) fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    crate::escape::escape(place.rsplit('@').next().unwrap_or_default())
}
