//! What sets one exchange apart from another.

use std::ops::Range;
use std::time::Duration;

use serde_json::Value;

use super::pairs::Pair;
use crate::sim::{Candles, Interval, Millis};

/// How an exchange is asked for candles, and how its answers read.
pub trait Exchange: Sync {
    /// As the user writes it.
    fn name(&self) -> &'static str;
    /// As it calls itself.
    fn title(&self) -> &'static str;
    /// Where its API is.
    fn base_url(&self) -> &'static str;
    /// Where it keeps files of whole months, if it does.
    fn archive(&self) -> Option<&'static str> {
        None
    }
    /// How it is asked for funding rates, if it has perpetual contracts.
    fn funding(&self) -> Option<&'static dyn FundingApi> {
        None
    }
    /// In what prices are quoted where the user does not say.
    fn quote(&self) -> &'static str;
    /// The intervals it has, the shortest first: as we write them, and as it does.
    fn intervals(&self) -> &'static [(&'static str, &'static str)];
    /// Bars in one answer at most.
    fn page_bars(&self) -> i64;
    /// How much of its history an answer can be about.
    fn reach(&self) -> Reach;
    /// Between two questions, so that its limits are kept.
    fn pause(&self) -> Duration;
    /// The question for its pairs; the later ones where a token of the answer before asks for more.
    fn pairs_path(&self, next: Option<&str>) -> String;
    /// The pairs in the answer, and the token of the next one; `None` where that is no such answer.
    fn pairs(&self, document: &Value) -> Option<(Vec<Pair>, Option<String>)>;
    /// The question for bars whose open times lie in a range of at most [`Exchange::page_bars`] intervals; `code` is the
    /// interval as the exchange writes it.
    fn page_path(&self, pair: &Pair, code: &str, range: &Range<Millis>) -> String;
    /// The bars in the answer.
    ///
    /// # Errors
    /// What is wrong with it.
    fn page(&self, document: &Value) -> Result<CandlePage, String>;
    /// The error that the answer states, whatever its status.
    fn api_error(&self, document: &Value) -> Option<ApiError>;
}

/// How an exchange is asked for the funding rates of its perpetual contracts.
pub trait FundingApi: Sync {
    /// Where this part of its API is.
    fn base_url(&self) -> &'static str;
    /// The question for its contracts; the later ones where a token of the answer before asks for more.
    fn pairs_path(&self, next: Option<&str>) -> String;
    /// The contracts in the answer, and the token of the next one; `None` where that is no such answer.
    fn pairs(&self, document: &Value) -> Option<(Vec<Pair>, Option<String>)>;
    /// The question for rates of a range of time.
    fn page_path(&self, pair: &Pair, range: &Range<Millis>) -> String;
    /// The list of rates in the answer, and what each calls its time and its rate.
    fn page<'a>(&self, document: &'a Value) -> Option<(&'a Vec<Value>, [&'static str; 2])>;
    /// Rates in one answer at most.
    fn page_rates(&self) -> usize;
    /// Whether an answer has the newest rates of the range, else the oldest.
    fn is_newest_first(&self) -> bool;
    /// Before its first rate.
    fn origin(&self) -> Millis;
}

/// Bars of one answer.
#[derive(Debug, Default)]
pub struct CandlePage {
    /// In the order of time, each time once; not yet looked at.
    pub candles: Candles,
    /// The last bar that the exchange says is closed, where it says so.
    pub closed: Option<Millis>,
}

/// How much of the history an answer can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The first bars from a time on, wherever they begin.
    FirstFrom,
    /// What is in a window of time, which may be nothing. There is none before this time.
    Window {
        /// Before its first bar.
        origin: Millis,
    },
    /// The newest bars alone.
    Newest,
}

/// What an exchange answers in place of candles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// It was asked too often.
    TooOften(String),
    /// It is in trouble itself.
    Trouble(String),
    /// The question is wrong.
    Wrong(String),
}

impl dyn Exchange {
    /// How it writes an interval; `None` where it has none such.
    #[must_use]
    pub fn code(&self, interval: Interval) -> Option<&'static str> {
        let fits = |name: &str| name.parse().is_ok_and(|known: Interval| known.millis() == interval.millis());
        self.intervals().iter().find(|(name, _)| fits(name)).map(|(_, code)| *code)
    }
}
