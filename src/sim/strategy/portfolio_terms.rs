//! `[portfolio]` of a definition: how one account is spread over many assets.
//!
//! By weights: at each rebalance the best candidates get a weight each. Or in slots: the entries of ordinary `[rules]` share
//! the account, so many at a time.

use super::toml_table::{Entry, entries};
use super::trade_terms::{TermsError, bounded};
use crate::indicators::ParamKind;
use crate::interval::Interval;
use crate::rules::{Diagnostic, Expr, Vocabulary, canonical, number, parse_expr};
use crate::text::{did_you_mean, quoted};

const COUNT: ParamKind = ParamKind::Period { min: 1, max: 100_000 };
const BARS: ParamKind = ParamKind::Period { min: 1, max: 100_000_000 };
const PART: ParamKind = ParamKind::Factor { min: 1e-6, max: 1.0 };
const BAND: ParamKind = ParamKind::Factor { min: 0.0, max: 1.0 };

/// A key whose value is a number, or made of parameters.
struct NumberKey {
    name: &'static str,
    kind: ParamKind,
}

const NUMBERS: [NumberKey; 6] = [
    NumberKey { name: "top", kind: COUNT },
    NumberKey { name: "keep", kind: COUNT },
    NumberKey { name: "band", kind: BAND },
    NumberKey { name: "max_weight", kind: PART },
    NumberKey { name: "invest", kind: PART },
    NumberKey { name: "max_positions", kind: COUNT },
];

/// Keys whose value is an expression over bars, or an interval.
const OTHERS: [&str; 4] = ["score", "where", "weight", "every"];

/// What other programs call these keys.
const FOREIGN: [(&str, &str); 12] = [
    ("rank", "score"),
    ("rank_by", "score"),
    ("filter", "where"),
    ("universe", "where"),
    ("n", "top"),
    ("weights", "weight"),
    ("weighting", "weight"),
    ("rebalance", "every"),
    ("freq", "every"),
    ("max_open_trades", "max_positions"),
    ("slots", "max_positions"),
    ("threshold", "band"),
];

/// Weights by the inverse of the volatility of the last 30 bars.
const INVERSE_VOLATILITY: &str = "1 / stddev(roc(close, 1), 30)";

/// When weights are set anew.
#[derive(Clone, Debug, PartialEq)]
enum RebalanceRule {
    /// At the close of the last bar of each of these stretches of the calendar, in UTC.
    Calendar(Interval),
    /// Every so many bars; a number made of parameters.
    Bars(Expr),
}

/// When weights are set anew, with the values of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rebalance {
    /// At the close of the last bar of each of these stretches of the calendar, in UTC.
    Calendar(Interval),
    /// Every so many bars, from the first bar at which there is a candidate.
    Bars(usize),
}

/// The numbers of a portfolio, with the values of parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PortfolioNumbers {
    /// Most assets that are held; of a portfolio in slots, the number of slots.
    pub top: usize,
    /// Rank up to which an asset that is held stays; never below `top`.
    pub keep: usize,
    /// Smallest change of a weight that is traded.
    pub band: f64,
    /// Largest weight of one asset.
    pub max_weight: f64,
    /// Sum of the weights.
    pub invest: f64,
    /// When weights are set anew.
    pub every: Rebalance,
}

/// The table, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct PortfolioTerms {
    /// What assets are ranked by, the highest first: a number or a series.
    pub score: Option<Expr>,
    /// Which assets are candidates: a condition.
    pub condition: Option<Expr>,
    /// What each asset weighs beside the others: a number or a series. Equal weights without it.
    pub weight: Option<Expr>,
    every: RebalanceRule,
    /// In the order of [`NUMBERS`].
    numbers: [Option<Expr>; NUMBERS.len()],
}

/// The keys of the table, and of those that are numbers what they may be.
pub fn portfolio_keys() -> impl Iterator<Item = (&'static str, Option<ParamKind>)> {
    OTHERS.iter().map(|name| (*name, None)).chain(NUMBERS.iter().map(|key| (key.name, Some(key.kind))))
}

impl PortfolioTerms {
    /// Whether entries of rules share the account, in place of weights.
    #[must_use]
    pub fn has_slots(&self) -> bool {
        self.get("max_positions").is_some()
    }

    /// The numbers with these values of the parameters.
    #[must_use]
    pub fn numbers(&self, values: &[f64]) -> PortfolioNumbers {
        let get = |name: &str| self.get(name).map(|expr| number(expr, values));
        let top = get("max_positions").or_else(|| get("top")).map_or(usize::MAX, whole);
        PortfolioNumbers {
            top,
            keep: get("keep").map_or(top, whole).max(top),
            band: get("band").unwrap_or(0.0),
            max_weight: get("max_weight").unwrap_or(1.0),
            invest: get("invest").unwrap_or(1.0),
            every: match &self.every {
                RebalanceRule::Calendar(interval) => Rebalance::Calendar(*interval),
                RebalanceRule::Bars(bars) => Rebalance::Bars(whole(number(bars, values))),
            },
        }
    }

    /// Keys and values, in their order.
    #[must_use]
    pub fn texts(&self, write: &dyn Fn(&Expr) -> String) -> Vec<(&'static str, String)> {
        let series = [("score", &self.score), ("where", &self.condition), ("weight", &self.weight)];
        let numbers = NUMBERS.iter().map(|key| key.name).zip(&self.numbers);
        let exprs = series.into_iter().chain(numbers);
        let mut texts: Vec<_> = exprs.filter_map(|(key, expr)| Some((key, write(expr.as_ref()?)))).collect();
        if !self.has_slots() {
            texts.push((
                "every",
                match &self.every {
                    RebalanceRule::Calendar(interval) => interval.to_string(),
                    RebalanceRule::Bars(bars) => write(bars),
                },
            ));
        }
        texts
    }

    /// The text that stands for it in a cache key.
    #[must_use]
    pub fn canonical(&self) -> String {
        let texts = self.texts(&canonical).into_iter().map(|(key, value)| format!("{key} = {value}"));
        format!("portfolio: {}", texts.collect::<Vec<_>>().join("; "))
    }

    /// All expressions.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let every = match &self.every {
            RebalanceRule::Bars(bars) => Some(bars),
            RebalanceRule::Calendar(_) => None,
        };
        self.over_bars().map(|(_, expr)| expr).chain(self.numbers.iter().flatten()).chain(every)
    }

    /// Key and expression of all that is read at each bar.
    pub(super) fn over_bars(&self) -> impl Iterator<Item = (&'static str, &Expr)> {
        let all = [
            ("portfolio.score", &self.score),
            ("portfolio.where", &self.condition),
            ("portfolio.weight", &self.weight),
        ];
        all.into_iter().filter_map(|(key, expr)| Some((key, expr.as_ref()?)))
    }

    /// Name in errors, bounds and value of all that is a number made of parameters.
    pub(super) fn bounded(&self) -> impl Iterator<Item = (&'static str, String, ParamKind, &Expr)> {
        let numbers =
            NUMBERS.iter().zip(&self.numbers).filter_map(|(key, expr)| Some((key.name, key.kind, expr.as_ref()?)));
        let every = match &self.every {
            RebalanceRule::Bars(bars) => Some(("every", BARS, bars)),
            RebalanceRule::Calendar(_) => None,
        };
        let all = numbers.chain(every).filter(|(.., expr)| !expr.params().is_empty());
        all.map(|(name, kind, expr)| (name, quoted(name), kind, expr))
    }

    fn get(&self, name: &str) -> Option<&Expr> {
        NUMBERS.iter().position(|key| key.name == name).and_then(|at| self.numbers[at].as_ref())
    }

    /// Reads the table; its texts may use these names.
    pub(super) fn read(table: &Entry<'_>, names: &Vocabulary) -> Result<Self, TermsError> {
        let every = RebalanceRule::Calendar("1w".parse().unwrap_or(Interval::MONTH));
        let mut terms =
            Self { score: None, condition: None, weight: None, every, numbers: [const { None }; NUMBERS.len()] };
        let keys = entries(table.table()?);
        for entry in &keys {
            match entry.key {
                "score" => terms.score = Some(value(entry, names)?),
                "where" => terms.condition = Some(names.condition("portfolio.where", entry.string()?)?),
                "weight" => terms.weight = weight(entry, names)?,
                "every" => terms.every = every_of(entry, names)?,
                name => {
                    let Some(at) = NUMBERS.iter().position(|key| key.name == name) else {
                        return Err(unknown(entry).into());
                    };
                    let kind = NUMBERS[at].kind;
                    terms.numbers[at] = Some(bounded(entry, name, "portfolio", (kind, false), names)?);
                }
            }
        }
        let place = |key: &str| keys.iter().find(|entry| entry.key == key);
        let wrong = |key: &str, message: String| {
            Err(Diagnostic::new(place(key).map_or(table.key_span.clone(), |entry| entry.key_span.clone()), message)
                .into())
        };
        if terms.has_slots() {
            let of_weights = ["top", "keep", "weight", "every", "band", "max_weight", "invest"];
            if let Some(key) = of_weights.into_iter().find(|key| place(key).is_some()) {
                let message = format!(
                    "`{key}` is about weights, and `max_positions` gives each entry of [rules] a slot; keep one"
                );
                return wrong(key, message);
            }
            return Ok(terms);
        }
        for (key, needed) in [("top", "score"), ("keep", "top")] {
            if place(key).is_some() && place(needed).is_none() {
                let what =
                    if needed == "score" { "the assets are ranked by it" } else { "it is about those that are held" };
                return wrong(key, format!("`{key}` needs `{needed}`: {what}"));
            }
        }
        Ok(terms)
    }
}

fn unknown(entry: &Entry<'_>) -> Diagnostic {
    let names = || NUMBERS.iter().map(|key| key.name).chain(OTHERS);
    let word = entry.key.to_lowercase().replace('-', "_");
    let foreign = FOREIGN.iter().find(|(foreign, _)| *foreign == word);
    let hint = foreign.map(|(_, own)| format!("did you mean `{own}`?")).or_else(|| did_you_mean(entry.key, names()));
    let list = || format!("the keys here are {}", names().collect::<Vec<_>>().join(", "));
    Diagnostic::new(entry.key_span.clone(), format!("unknown key {}", quoted(entry.key)))
        .hint(hint.unwrap_or_else(list))
}

/// A number, or a text with a number or a series.
fn value(entry: &Entry<'_>, names: &Vocabulary) -> Result<Expr, TermsError> {
    match entry.string() {
        Ok(text) => Ok(names.value(&format!("portfolio.{}", entry.key), text)?.0),
        Err(_) => Ok(Expr::Number(entry.number()?)),
    }
}

/// Nothing for equal weights.
fn weight(entry: &Entry<'_>, names: &Vocabulary) -> Result<Option<Expr>, TermsError> {
    match entry.string() {
        Ok("equal") => Ok(None),
        Ok("inverse_volatility") => Ok(Some(parse_expr("portfolio.weight", INVERSE_VOLATILITY, &[])?)),
        _ => value(entry, names).map(Some),
    }
}

/// A stretch of the calendar as in `1w`, or a number of bars.
fn every_of(entry: &Entry<'_>, names: &Vocabulary) -> Result<RebalanceRule, TermsError> {
    if let Some(interval) = entry.string().ok().and_then(|text| text.parse().ok()) {
        return Ok(RebalanceRule::Calendar(interval));
    }
    bounded(entry, "every", "portfolio", (BARS, false), names).map(RebalanceRule::Bars)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked: whole, and from 1 to 100 million"
)]
fn whole(count: f64) -> usize {
    count as usize
}

#[cfg(test)]
mod tests;
