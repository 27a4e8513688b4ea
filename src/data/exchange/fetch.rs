//! One request: which pairs, which times, and into the store with what comes.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::api::{Exchange, Reach};
use super::archive;
use super::client::{FetchProgress, HttpClient};
use super::error::FetchError;
use super::pages::{CandleQuery, fetch_range, missing_ranges};
use super::pairs::{Pair, PairError, find_all};
use super::transport::HttpTransport;
use crate::clock::Clock;
use crate::date::show_time;
use crate::sim::{Candles, Interval, Millis, TimeRange};
use crate::store::{Merged, OnConflict, Origin, merge, read};

/// So many bars are stored at once at least. Each time writes the whole file: with more in it, more are collected first.
const FEW: usize = 5_000;
const SHARE: usize = 8;

/// What is wanted of an exchange.
#[derive(Clone)]
pub struct Request {
    /// The exchange.
    pub exchange: &'static dyn Exchange,
    /// In place of its own address.
    pub base_url: Option<String>,
    /// Whether its archive is asked, which must be there, and not its API.
    pub from_archive: bool,
    /// Length of a bar; one that it has.
    pub interval: Interval,
    /// Open times that count.
    pub range: TimeRange,
    /// Whether to go on from the last bar that is there, and not to look for others.
    pub update: bool,
    /// What becomes of bars that are there with other values.
    pub conflict: OnConflict,
    /// Where candles are stored.
    pub data_dir: PathBuf,
}

/// What fetching one pair did.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    /// As stored.
    pub symbol: String,
    /// What the store did; none where nothing had to be asked for, or nothing came.
    pub stored: Option<Merged>,
    /// Bars that are there now, with the first and the last of them.
    pub bars: u64,
    /// Open time of the first.
    pub start: Option<Millis>,
    /// Open time of the last.
    pub end: Option<Millis>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Asks one exchange.
pub struct Fetcher<'a> {
    request: Request,
    client: HttpClient<'a>,
}

impl<'a> Fetcher<'a> {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(
        request: Request,
        web: &'a HttpTransport,
        clock: &'a dyn Clock,
        progress: &'a dyn FetchProgress,
    ) -> Self {
        let client = HttpClient::new(request.exchange, request.base_url.as_deref(), web, clock, progress);
        Self { request, client }
    }

    /// The pairs of these names, each once.
    ///
    /// # Errors
    /// When the exchange does not answer; within, for the first name that it has no pair of.
    pub fn pairs(&mut self, names: &[String], quote: Option<&str>) -> Result<Result<Vec<Pair>, PairError>, FetchError> {
        let exchange = self.client.exchange;
        let quote = quote.unwrap_or(exchange.quote());
        let listed =
            list_pairs(&mut self.client, |next| exchange.pairs_path(next), |document| exchange.pairs(document));
        let all = match listed {
            // A mirror of the archive has files alone: names are then taken as they are.
            Err(FetchError::Refused { .. }) if self.request.from_archive && self.request.base_url.is_some() => {
                return Ok(Ok(archive::unlisted(names, quote)));
            }
            listed => listed?,
        };
        Ok(find_all(names, quote, &all, exchange.title()))
    }

    /// Fetches what is missing of a pair, and stores it, some pages at a time.
    ///
    /// # Errors
    /// See [`FetchError`]; what came before it is stored, as the first value says.
    pub fn fetch(&mut self, pair: &Pair) -> (Fetched, Result<(), FetchError>) {
        let symbol = pair.symbol();
        let mut fetched = Fetched { symbol: symbol.clone(), ..Fetched::default() };
        // The folder is made with the first bars.
        let is_there = self.request.data_dir.exists();
        let there = match is_there.then(|| read(&self.request.data_dir, &symbol, self.request.interval)) {
            None => Candles::default(),
            Some(Ok(there)) => there.unwrap_or_default(),
            Some(Err(error)) => return (fetched, Err(error.into())),
        };
        if let (true, None, Some(base)) =
            (self.request.from_archive, &self.request.base_url, self.client.exchange.archive())
        {
            self.client.set_base_url(base);
        }
        fetched.bars = there.len() as u64;
        (fetched.start, fetched.end) = (there.time.first().copied(), there.time.last().copied());
        let data_dir = self.request.data_dir.clone();
        let origin = Origin {
            name: self.client.host(),
            format: format!(
                "{} {}",
                self.client.exchange.title(),
                if self.request.from_archive { "archive" } else { "REST" }
            ),
            is_lasting: true,
            ..Origin::default()
        };
        let mut writer = BufferedWriter {
            data_dir: &data_dir,
            symbol: &symbol,
            interval: self.request.interval,
            origin,
            conflict: self.request.conflict,
            waiting: Candles::default(),
            done: None,
        };
        let went = self.fetch_missing(pair, &there, &mut writer, &mut fetched.notes);
        let stored = writer.flush();
        fetched.stored = writer.done.take();
        if let Some(done) = &fetched.stored {
            (fetched.bars, fetched.start, fetched.end) = (done.bars, Some(done.start), Some(done.end));
        }
        let is_empty = there.is_empty() && fetched.stored.is_none();
        let none = || FetchError::NoBars {
            title: self.client.exchange.title(),
            symbol: symbol.clone(),
            interval: self.request.interval.to_string(),
        };
        let result = went.and(stored).and_then(|()| if is_empty { Err(none()) } else { Ok(()) });
        (fetched, result)
    }

    fn fetch_missing(
        &mut self,
        pair: &Pair,
        there: &Candles,
        writer: &mut BufferedWriter,
        notes: &mut Vec<String>,
    ) -> Result<(), FetchError> {
        let step = self.request.interval.millis();
        let exchange = self.client.exchange;
        let code = exchange.code(self.request.interval).unwrap_or_default();
        let query = CandleQuery { pair, code, step };
        let Some(wanted) = self.wanted(&query, there)? else { return Ok(()) };
        if exchange.reach() == Reach::Newest {
            let oldest = self.client.now() - exchange.page_bars() * step;
            if wanted.start < oldest {
                notes.push(format!(
                    "{} gives its newest {} bars alone, which for {} begin about {}: for older ones import files, or ask \
                     another exchange",
                    exchange.title(),
                    exchange.page_bars(),
                    self.request.interval,
                    show_time(oldest - oldest.rem_euclid(step))
                ));
            }
        }
        if self.request.from_archive {
            return archive::fetch_archive(&mut self.client, &query, &there.time, &wanted, &mut |bars| {
                writer.add(bars)
            });
        }
        let near = exchange.page_bars() * step / 2;
        for range in missing_ranges(&there.time, &wanted, step, near) {
            fetch_range(&mut self.client, &query, &range, &mut |bars| writer.add(bars))?;
        }
        Ok(())
    }

    /// Open times of the bars that are wanted and closed; `None` for none at all.
    fn wanted(&mut self, query: &CandleQuery, there: &Candles) -> Result<Option<Range<Millis>>, FetchError> {
        let TimeRange { from, to } = self.request.range;
        let end = to.unwrap_or(Millis::MAX).min(self.client.now() - query.step + 1);
        let last = there.time.last().copied().filter(|_| self.request.update);
        let start = match (last, from) {
            (Some(last), _) => last,
            (None, Some(from)) => from,
            (None, None) if self.request.from_archive => archive::ORIGIN,
            (None, None) if end > 0 => match self.client.exchange.reach() {
                Reach::Window { origin } => self.beginning(query, origin, end)?,
                _ => 0,
            },
            _ => return Ok(None),
        };
        Ok((start < end).then_some(start..end))
    }

    /// Where the history of a pair begins, found by asking for its longest bars.
    fn beginning(&mut self, query: &CandleQuery, origin: Millis, end: Millis) -> Result<Millis, FetchError> {
        let exchange = self.client.exchange;
        let Some((name, code)) = exchange.intervals().last() else { return Ok(origin) };
        let step = name.parse().map_or(query.step, Interval::millis);
        if step <= query.step {
            return Ok(origin);
        }
        let mut at = origin;
        while at < end {
            let window = at..end.min(at + exchange.page_bars() * step);
            let reply = self.client.ask(&exchange.page_path(query.pair, code, &window))?;
            let page = exchange.page(&reply.document);
            let page = page.map_err(|what| FetchError::Strange { title: exchange.title(), what })?;
            if let Some(first) = page.candles.time.first() {
                return Ok((*first).max(origin));
            }
            at = window.end;
        }
        Ok(end)
    }
}

/// All pairs that an exchange lists, in as many answers as it takes.
pub(super) fn list_pairs(
    client: &mut HttpClient,
    path: impl Fn(Option<&str>) -> String,
    read: impl Fn(&Value) -> Option<(Vec<Pair>, Option<String>)>,
) -> Result<Vec<Pair>, FetchError> {
    let title = client.exchange.title();
    let mut all = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let reply = client.ask(&path(next.as_deref()))?;
        let strange = || FetchError::Strange { title, what: "no list of pairs".to_owned() };
        let (pairs, more) = read(&reply.document).ok_or_else(strange)?;
        all.extend(pairs);
        // A token that comes back as it was asked with would be asked with for ever.
        if more.is_none() || more == next {
            return Ok(all);
        }
        next = more;
    }
}

/// Bars on their way to the store. Whatever ends the fetching, [`BufferedWriter::flush`] stores what came.
struct BufferedWriter<'a> {
    data_dir: &'a Path,
    symbol: &'a str,
    interval: Interval,
    origin: Origin,
    conflict: OnConflict,
    waiting: Candles,
    /// What was done so far; sums over all times.
    done: Option<Merged>,
}

impl BufferedWriter<'_> {
    fn add(&mut self, bars: &Candles) -> Result<(), FetchError> {
        self.waiting.extend_from(bars, 0..bars.len());
        let stored = self.done.as_ref().map_or(0, |done| usize::try_from(done.bars).unwrap_or(usize::MAX));
        if self.waiting.len() >= FEW.max(stored / SHARE) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), FetchError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let bars = std::mem::take(&mut self.waiting);
        let merged = merge(self.data_dir, self.symbol, self.interval, &bars, &self.origin, self.conflict)?;
        self.done = Some(match self.done.take() {
            None => merged,
            Some(before) => Merged {
                added: before.added + merged.added,
                same: before.same + merged.same,
                differing: before.differing + merged.differing,
                written: before.written || merged.written,
                set_aside: before.set_aside.into_iter().chain(merged.set_aside).collect(),
                ..merged
            },
        });
        Ok(())
    }
}
