//! Funding rates of perpetual contracts, from the first question to the file.

use std::ops::Range;

use serde_json::Value;

use super::api::{Exchange, FundingApi};
use super::client::{FetchProgress, HttpClient};
use super::error::FetchError;
use super::fetch::{Request, list_pairs};
use super::pairs::{Pair, PairError, text};
use super::transport::HttpTransport;
use crate::clock::Clock;
use crate::sim::Millis;
use crate::store::{FundingRates, merge_funding, read_funding};

/// What fetching the rates of one contract did.
#[derive(Clone, Debug, Default)]
pub struct FetchedFunding {
    /// As stored.
    pub symbol: String,
    /// Rates that are new.
    pub added: u64,
    /// All that are there now.
    pub rates: FundingRates,
}

/// Asks one exchange for funding rates.
pub struct FundingFetcher<'a> {
    request: Request,
    client: HttpClient<'a>,
    api: &'static dyn FundingApi,
}

impl<'a> FundingFetcher<'a> {
    /// Nothing is asked yet; `None` where the exchange has no contracts.
    #[must_use]
    pub fn new(
        request: Request,
        web: &'a HttpTransport,
        clock: &'a dyn Clock,
        progress: &'a dyn FetchProgress,
    ) -> Option<Self> {
        let api = request.exchange.funding()?;
        let mut client = HttpClient::new(request.exchange, request.base_url.as_deref(), web, clock, progress);
        if request.base_url.is_none() {
            client.set_base_url(api.base_url());
        }
        Some(Self { request, client, api })
    }

    /// The contracts of these names, each once.
    ///
    /// # Errors
    /// When the exchange does not answer; within, for the first name that it has no contract of.
    pub fn pairs(&mut self, names: &[String], quote: Option<&str>) -> Result<Result<Vec<Pair>, PairError>, FetchError> {
        let api = self.api;
        let all = list_pairs(&mut self.client, |next| api.pairs_path(next), |document| api.pairs(document))?;
        let exchange: &dyn Exchange = self.client.exchange;
        Ok(super::pairs::find_all(names, quote.unwrap_or(exchange.quote()), &all, exchange.title()))
    }

    /// Fetches the rates of a contract and stores them: those from `--from` on, else those after the last one that is
    /// there.
    ///
    /// # Errors
    /// See [`FetchError`]; what came before it is stored, as the first value says.
    pub fn fetch(&mut self, pair: &Pair) -> (FetchedFunding, Result<(), FetchError>) {
        let symbol = pair.symbol();
        let mut fetched = FetchedFunding { symbol: symbol.clone(), ..FetchedFunding::default() };
        let folder = self.request.data_dir.clone();
        let is_there = ["csv", "parquet"].iter().any(|end| folder.join(format!("funding/{symbol}.{end}")).is_file());
        if is_there {
            match read_funding(&folder, &symbol) {
                Ok(rates) => fetched.rates = rates,
                Err(error) => return (fetched, Err(error.into())),
            }
        }
        let last = fetched.rates.time.last().copied();
        let from = match self.request.range.from.filter(|_| !self.request.update) {
            Some(from) => from,
            None => last.map_or(self.api.origin(), |last| last + 1),
        };
        let end = self.request.range.to.unwrap_or(Millis::MAX).min(self.client.now());
        let mut rates = Vec::new();
        let went = if from < end { self.pages(pair, from..end, &mut rates) } else { Ok(()) };
        rates.sort_by_key(|(time, _)| *time);
        if rates.is_empty() {
            let none = || FetchError::NoRates { title: self.client.exchange.title(), symbol };
            let result = went.and_then(|()| if is_there { Ok(()) } else { Err(none()) });
            return (fetched, result);
        }
        match merge_funding(&folder, &symbol, &rates, self.request.conflict) {
            Ok((added, rates)) => (FetchedFunding { added, rates, ..fetched }, went),
            Err(error) => (fetched, went.and(Err(error.into()))),
        }
    }

    /// Asks for a range page by page, from its beginning or from its end, as the exchange answers.
    fn pages(
        &mut self,
        pair: &Pair,
        mut range: Range<Millis>,
        rates: &mut Vec<(Millis, f64)>,
    ) -> Result<(), FetchError> {
        let title = self.client.exchange.title();
        let strange = |what: String| FetchError::Strange { title, what };
        while !range.is_empty() {
            let document = self.client.ask(&self.api.page_path(pair, &range))?.document;
            let (list, names) =
                self.api.page(&document).ok_or_else(|| strange("no list of funding rates".to_owned()))?;
            let mut page = Vec::with_capacity(list.len());
            for (at, row) in list.iter().enumerate() {
                let (time, rate) =
                    read(row, pair, names).map_err(|what| strange(format!("rate {}: {what}", at + 1)))?;
                if !range.contains(&time) {
                    return Err(strange("a rate of a time that was not asked for".to_owned()));
                }
                // Some come a few milliseconds after their time.
                page.push((time, (time - time.rem_euclid(1_000), rate)));
            }
            let times = || page.iter().map(|(time, _)| *time);
            let (Some(oldest), Some(newest)) = (times().min(), times().max()) else { return Ok(()) };
            self.client.progress().advance(page.len() as u64);
            rates.extend(page.iter().map(|(_, rate)| *rate));
            if page.len() < self.api.page_rates() {
                return Ok(());
            }
            range = if self.api.is_newest_first() { range.start..oldest } else { newest + 1..range.end };
        }
        Ok(())
    }
}

fn read(row: &Value, pair: &Pair, [time, rate]: [&str; 2]) -> Result<(Millis, f64), String> {
    if text(row, "symbol") != Some(&pair.code) {
        return Err(format!("is not one of {}", pair.code));
    }
    let moment = match &row[time] {
        Value::String(digits) => digits.parse().ok(),
        number => number.as_i64(),
    };
    let moment = moment.ok_or_else(|| format!("{time} is not a time"))?;
    let value = text(row, rate).and_then(|digits| digits.parse().ok()).filter(|rate: &f64| rate.abs() < 1.0);
    Ok((moment, value.ok_or_else(|| format!("{rate} is not a fraction"))?))
}
