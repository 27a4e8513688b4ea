//! One request: which pairs, which times, and into the store with what comes.

use std::ops::Range;
use std::path::PathBuf;

use super::archive;
use super::asker::Asker;
use super::clock::Clock;
use super::failure::FetchError;
use super::missing::ranges;
use super::pages::{Course, go};
use super::pairs::{Pair, PairError, find};
use super::progress::Progress;
use super::saver::Saver;
use super::venue::{Reach, Venue};
use super::web::Web;
use crate::data::store::{Merged, OnConflict, Origin, read};
use crate::data::time::show;
use crate::sim::model::{Candles, Interval, Millis, TimeRange};

/// What is wanted of an exchange.
#[derive(Clone)]
pub struct Request {
    /// The exchange.
    pub venue: &'static dyn Venue,
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
    asker: Asker<'a>,
}

impl<'a> Fetcher<'a> {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(request: Request, web: &'a Web, clock: &'a dyn Clock, progress: &'a dyn Progress) -> Self {
        let asker = Asker::new(request.venue, request.base_url.as_deref(), web, clock, progress);
        Self { request, asker }
    }

    /// The pairs of these names, each once.
    ///
    /// # Errors
    /// When the exchange does not answer; within, for the first name that it has no pair of.
    pub fn pairs(&mut self, names: &[String], quote: Option<&str>) -> Result<Result<Vec<Pair>, PairError>, FetchError> {
        let venue = self.asker.venue;
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let reply = match self.asker.ask(&venue.pairs_path(next.as_deref())) {
                // A mirror of the archive has files alone: names are then taken as they are.
                Err(FetchError::Refused { .. }) if self.request.from_archive && self.request.base_url.is_some() => {
                    return Ok(Ok(archive::unlisted(names, quote.unwrap_or(venue.quote()))));
                }
                reply => reply?,
            };
            let strange = || FetchError::Strange { title: venue.title(), what: "no list of pairs".to_owned() };
            let (pairs, more) = venue.pairs(&reply.document).ok_or_else(strange)?;
            all.extend(pairs);
            // A token that comes back as it was asked with would be asked with for ever.
            if more.is_none() || more == next {
                break;
            }
            next = more;
        }
        let mut found: Vec<Pair> = Vec::new();
        for name in names {
            match find(name, quote.unwrap_or(venue.quote()), &all, venue) {
                Ok(pair) if found.contains(&pair) => {}
                Ok(pair) => found.push(pair),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(found))
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
            (self.request.from_archive, &self.request.base_url, self.asker.venue.archive())
        {
            self.asker.turn_to(base);
        }
        fetched.bars = there.len() as u64;
        (fetched.start, fetched.end) = (there.time.first().copied(), there.time.last().copied());
        let data_dir = self.request.data_dir.clone();
        let origin = Origin {
            name: self.asker.host(),
            format: format!(
                "{} {}",
                self.asker.venue.title(),
                if self.request.from_archive { "archive" } else { "REST" }
            ),
            is_lasting: true,
            ..Origin::default()
        };
        let mut saver = Saver {
            data_dir: &data_dir,
            symbol: &symbol,
            interval: self.request.interval,
            origin,
            conflict: self.request.conflict,
            waiting: Candles::default(),
            done: None,
        };
        let went = self.go(pair, &there, &mut saver, &mut fetched.notes);
        let stored = saver.flush();
        fetched.stored = saver.done.take();
        if let Some(done) = &fetched.stored {
            (fetched.bars, fetched.start, fetched.end) = (done.bars, Some(done.start), Some(done.end));
        }
        let is_empty = there.is_empty() && fetched.stored.is_none();
        let none = || FetchError::NoBars {
            title: self.asker.venue.title(),
            symbol: symbol.clone(),
            interval: self.request.interval.to_string(),
        };
        let result = went.and(stored).and_then(|()| if is_empty { Err(none()) } else { Ok(()) });
        (fetched, result)
    }

    fn go(
        &mut self,
        pair: &Pair,
        there: &Candles,
        saver: &mut Saver,
        notes: &mut Vec<String>,
    ) -> Result<(), FetchError> {
        let step = self.request.interval.millis();
        let venue = self.asker.venue;
        let code = venue.code(self.request.interval).unwrap_or_default();
        let course = Course { pair, code, step };
        let Some(wanted) = self.wanted(&course, there)? else { return Ok(()) };
        if venue.reach() == Reach::Newest {
            let oldest = self.asker.now() - venue.page_bars() * step;
            if wanted.start < oldest {
                notes.push(format!(
                    "{} gives its newest {} bars alone, which for {} begin about {}: for older ones import files, or ask \
                     another exchange",
                    venue.title(),
                    venue.page_bars(),
                    self.request.interval,
                    show(oldest - oldest.rem_euclid(step))
                ));
            }
        }
        if self.request.from_archive {
            return archive::go(&mut self.asker, &course, &there.time, &wanted, &mut |bars| saver.take(bars));
        }
        let near = venue.page_bars() * step / 2;
        for range in ranges(&there.time, &wanted, step, near) {
            go(&mut self.asker, &course, &range, &mut |bars| saver.take(bars))?;
        }
        Ok(())
    }

    /// Open times of the bars that are wanted and closed; `None` for none at all.
    fn wanted(&mut self, course: &Course, there: &Candles) -> Result<Option<Range<Millis>>, FetchError> {
        let TimeRange { from, to } = self.request.range;
        let end = to.unwrap_or(Millis::MAX).min(self.asker.now() - course.step + 1);
        let last = there.time.last().copied().filter(|_| self.request.update);
        let start = match (last, from) {
            (Some(last), _) => last,
            (None, Some(from)) => from,
            (None, None) if self.request.from_archive => archive::ORIGIN,
            (None, None) if end > 0 => match self.asker.venue.reach() {
                Reach::Window { origin } => self.beginning(course, origin, end)?,
                _ => 0,
            },
            _ => return Ok(None),
        };
        Ok((start < end).then_some(start..end))
    }

    /// Where the history of a pair begins, found by asking for its longest bars.
    fn beginning(&mut self, course: &Course, origin: Millis, end: Millis) -> Result<Millis, FetchError> {
        let venue = self.asker.venue;
        let Some((name, code)) = venue.intervals().last() else { return Ok(origin) };
        let step = name.parse().map_or(course.step, Interval::millis);
        if step <= course.step {
            return Ok(origin);
        }
        let mut at = origin;
        while at < end {
            let window = at..end.min(at + venue.page_bars() * step);
            let reply = self.asker.ask(&venue.page_path(course.pair, code, &window))?;
            let page = venue.page(&reply.document);
            let page = page.map_err(|what| FetchError::Strange { title: venue.title(), what })?;
            if let Some(first) = page.candles.time.first() {
                return Ok((*first).max(origin));
            }
            at = window.end;
        }
        Ok(end)
    }
}
