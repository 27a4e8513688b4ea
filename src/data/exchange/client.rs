//! Asks an exchange politely: not faster than it likes, again where that may help, and not for ever.

use std::time::Duration;

use serde_json::Value;

use super::api::{ApiError, Exchange};
use super::error::{FetchError, HttpError, length, said};
use super::transport::{HttpResponse, HttpTransport, host};
use crate::clock::Clock;
use crate::sim::Millis;

/// A question is asked so often before it is given up.
const TRIES: u32 = 6;
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Who is told to wait longer is better told so and let go.
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// Binance bans for two minutes at least, and Bybit for ten.
const BAN: Duration = Duration::from_mins(2);
const LONG_BAN: Duration = Duration::from_mins(10);
/// Waits that are worth telling.
const TOLD: Duration = Duration::from_secs(3);
/// How often it is looked whether the user wants to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// How fetching reports how far it is, and learns that it should stop.
pub trait FetchProgress: Sync {
    /// So many more bars are to come, as far as is known.
    fn expect(&self, _bars: u64) {}
    /// So many of them are done.
    fn advance(&self, _bars: u64) {}
    /// Nothing comes for a while, and why.
    fn waiting(&self, _why: &str) {}
    /// Whether the user wants it to end now; what has come by then is kept.
    fn stopped(&self) -> bool {
        false
    }
}

/// Shows nothing and never stops.
pub struct NoFetchProgress;

impl FetchProgress for NoFetchProgress {}

/// Sends one exchange one request after another, within its limits.
pub(super) struct HttpClient<'a> {
    transport: &'a HttpTransport,
    clock: &'a dyn Clock,
    progress: &'a dyn FetchProgress,
    pub exchange: &'static dyn Exchange,
    /// Without a slash at the end.
    base: String,
    pause: Duration,
    last_asked: Option<Millis>,
    has_answered: bool,
}

/// What came: a document, and until when bars are closed by both clocks.
pub(super) struct JsonReply {
    pub document: Value,
    pub now: Millis,
}

/// What an answer means.
enum Verdict<T> {
    Good(T),
    /// Ask again, after so long where it says so.
    Again(String, Option<Duration>),
    Fail(FetchError),
}

impl<'a> HttpClient<'a> {
    pub(super) fn new(
        exchange: &'static dyn Exchange,
        base_url: Option<&str>,
        transport: &'a HttpTransport,
        clock: &'a dyn Clock,
        progress: &'a dyn FetchProgress,
    ) -> Self {
        // A mirror has limits of its own, which it tells by 429.
        let pause = if base_url.is_some() { Duration::ZERO } else { exchange.pause() };
        let base = base_url.unwrap_or(exchange.base_url()).trim_end_matches('/').to_owned();
        Self { transport, clock, progress, exchange, base, pause, last_asked: None, has_answered: false }
    }

    /// Who is asked, for the record of where bars came from.
    pub(super) fn host(&self) -> String {
        host(&self.base)
    }

    pub(super) fn now(&self) -> Millis {
        self.clock.now()
    }

    pub(super) fn progress(&self) -> &'a dyn FetchProgress {
        self.progress
    }

    /// From now on asks another address of the same exchange.
    pub(super) fn set_base_url(&mut self, base: &str) {
        base.trim_end_matches('/').clone_into(&mut self.base);
    }

    /// The answer to a question, as a document.
    pub(super) fn ask(&mut self, path: &str) -> Result<JsonReply, FetchError> {
        let (document, now) = self.question(path, Self::judge)?;
        Ok(JsonReply { document, now })
    }

    /// A file; `None` where there is none of this name.
    pub(super) fn file(&mut self, path: &str) -> Result<Option<Vec<u8>>, FetchError> {
        Ok(self.question(path, Self::judge_file)?.0)
    }

    fn question<T>(
        &mut self,
        path: &str,
        judge: impl Fn(&Self, &mut HttpResponse) -> Verdict<T>,
    ) -> Result<(T, Millis), FetchError> {
        let url = format!("{}{path}", self.base);
        let mut last = String::new();
        for attempt in 0..TRIES {
            self.keep_pace()?;
            let progress = self.progress;
            let answer = self.transport.get(&url, &|| progress.stopped());
            tracing::debug!(
                "{}{path}: {}",
                self.host(),
                answer.as_ref().map_or_else(ToString::to_string, |it| it.status.to_string())
            );
            let (why, wait) = match answer {
                Ok(mut answer) => {
                    self.has_answered = true;
                    let now = self.clock.now().min(answer.date.unwrap_or(Millis::MAX));
                    match judge(self, &mut answer) {
                        Verdict::Good(good) => return Ok((good, now)),
                        Verdict::Fail(error) => return Err(error),
                        Verdict::Again(why, wait) => (why, wait),
                    }
                }
                Err(fault) if self.may_pass(&fault) && attempt + 1 < TRIES => (fault.to_string(), None),
                Err(fault) => return Err(fault.into()),
            };
            if let Some(wait) = wait.filter(|wait| *wait > LONGEST_WAIT) {
                return Err(FetchError::Wait { title: self.exchange.title(), seconds: wait.as_secs(), said: why });
            }
            if attempt + 1 < TRIES {
                self.rest(self.backoff(attempt).max(wait.unwrap_or_default()), wait.is_some(), &why)?;
            }
            last = why;
        }
        Err(FetchError::Trouble { title: self.exchange.title(), said: last, tries: TRIES })
    }

    /// Whether asking again may help. Before the first answer, a wrong address is likelier than a short outage.
    fn may_pass(&self, fault: &HttpError) -> bool {
        match fault {
            HttpError::Slow { .. } | HttpError::Cut { .. } => true,
            HttpError::NoHost { .. } | HttpError::Unreachable { .. } => self.has_answered,
            _ => false,
        }
    }

    fn judge_file(&self, answer: &mut HttpResponse) -> Verdict<Option<Vec<u8>>> {
        match answer.status {
            200 => Verdict::Good(Some(std::mem::take(&mut answer.body))),
            404 => Verdict::Good(None),
            _ => match self.judge(answer) {
                Verdict::Again(why, wait) => Verdict::Again(why, wait),
                Verdict::Fail(error) => Verdict::Fail(error),
                // Only of status 200.
                Verdict::Good(_) => Verdict::Good(None),
            },
        }
    }

    fn judge(&self, answer: &mut HttpResponse) -> Verdict<Value> {
        let title = self.exchange.title();
        let document: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let api_error = document.as_ref().and_then(|document| self.exchange.api_error(document));
        let words = match &api_error {
            Some(ApiError::TooOften(words) | ApiError::Trouble(words) | ApiError::Wrong(words)) => said(words),
            None => said(&String::from_utf8_lossy(&answer.body[..answer.body.len().min(400)])),
        };
        let status = format!("HTTP {}{}{words}", answer.status, if words.is_empty() { "" } else { ": " });
        let often = words.to_lowercase().contains("too frequent");
        match (answer.status, api_error, document) {
            (418, ..) => Verdict::Again(status, answer.wait.or(Some(BAN))),
            (403, ..) if often => Verdict::Again(status, answer.wait.or(Some(LONG_BAN))),
            (408 | 425 | 429 | 500..=599, ..) => Verdict::Again(status, answer.wait),
            (403 | 451, ..) => Verdict::Fail(FetchError::Barred {
                title,
                said: status,
                remedy: "It may not serve this country: try another --exchange, or a mirror with --base-url",
            }),
            (_, Some(ApiError::TooOften(_) | ApiError::Trouble(_)), _) => Verdict::Again(words, answer.wait),
            (_, Some(ApiError::Wrong(_)), _) => Verdict::Fail(FetchError::Refused { title, said: words }),
            (200, None, Some(document)) => Verdict::Good(document),
            (200, None, None) => Verdict::Fail(FetchError::Strange { title, what: format!("no JSON but '{words}'") }),
            _ => Verdict::Fail(FetchError::Refused { title, said: status }),
        }
    }

    fn keep_pace(&mut self) -> Result<(), FetchError> {
        if let Some(last) = self.last_asked {
            let passed = u64::try_from(self.clock.now() - last).unwrap_or_default();
            self.sleep(self.pause.saturating_sub(Duration::from_millis(passed)))?;
        }
        self.last_asked = Some(self.clock.now());
        if self.progress.stopped() { Err(FetchError::Stopped) } else { Ok(()) }
    }

    /// A wait that doubles each time, half of it by chance, so that many who failed at once do not ask at once again.
    fn backoff(&self, attempt: u32) -> Duration {
        (FIRST_WAIT * 2_u32.pow(attempt)).mul_f64(0.5 + self.clock.chance() / 2.0)
    }

    fn rest(&self, time: Duration, is_told: bool, why: &str) -> Result<(), FetchError> {
        // Told to wait, wait a little longer than the others who were told the same.
        let time = if is_told { time + Duration::from_millis(250).mul_f64(self.clock.chance()) } else { time };
        if time >= TOLD {
            let title = self.exchange.title();
            self.progress.waiting(&format!("{title}: waiting {} ({why})", length(time.as_secs().max(1))));
        }
        self.sleep(time)
    }

    fn sleep(&self, mut time: Duration) -> Result<(), FetchError> {
        while !time.is_zero() {
            if self.progress.stopped() {
                return Err(FetchError::Stopped);
            }
            let part = time.min(GLANCE);
            self.clock.wait(part);
            time -= part;
        }
        Ok(())
    }
}
