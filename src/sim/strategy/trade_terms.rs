//! `[exits]`, `[size]` and `[entry_order]` of a definition: price levels, times and targets at which a position ends beside
//! its exit rule, how large it is, what it borrows, and the price at which its entry waits.
//!
//! Each key is also a parameter that every strategy has: given by its name (`stop_loss`, or the option `--stop-loss`), it
//! takes the place of what the definition says, and is an axis of a sweep and a column of its results like any other.

use super::toml_table::{Entry, entries};
use crate::indicators::ParamKind;
use crate::rules::{Diagnostic, Expr, RuleError, ValueKind, Vocabulary, canonical, complaint, number};
use crate::text::{did_you_mean, quoted};

/// The tables of a definition that hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeTable {
    /// When a position ends.
    Exits,
    /// How large it is.
    Size,
    /// How it is entered.
    EntryOrder,
}

impl TradeTable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Exits, Self::Size, Self::EntryOrder];

    /// Its key in the definition.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exits => "exits",
            Self::Size => "size",
            Self::EntryOrder => "entry_order",
        }
    }
}

/// One key of these tables.
pub struct TradeKey {
    /// The name of the parameter; of the key too, but for `size_` or `entry_` before it.
    pub name: &'static str,
    /// Its table.
    pub table: TradeTable,
    /// What it may be.
    pub kind: ParamKind,
    /// Whether it is a distance in price, which may be a series.
    pub distance: bool,
    /// Other keys that say the same in another way.
    rivals: &'static [&'static str],
    /// One line for people.
    pub about: &'static str,
}

impl TradeKey {
    /// The key in its table.
    #[must_use]
    pub fn key(&self) -> &'static str {
        let prefix = match self.table {
            TradeTable::Exits => "",
            TradeTable::Size => "size_",
            TradeTable::EntryOrder => "entry_",
        };
        self.name.strip_prefix(prefix).unwrap_or(self.name)
    }

    /// Whether a key says the same, in this way or in another.
    #[must_use]
    pub fn is_rival(&self, name: &str) -> bool {
        self.name == name || self.rivals.contains(&name)
    }

    /// What is wrong with a value, as the end of a sentence; nothing where it is allowed.
    #[must_use]
    pub fn complaint(&self, value: f64) -> Option<String> {
        complaint(self.kind, value)
    }
}

/// A fraction of a price that is lost: a whole price cannot be.
const LOSS: ParamKind = ParamKind::Factor { min: 1e-6, max: 0.999_999 };
const GAIN: ParamKind = ParamKind::Factor { min: 1e-6, max: 1e6 };
const REACHED: ParamKind = ParamKind::Factor { min: 0.0, max: 1e6 };
const PROFIT: ParamKind = ParamKind::Factor { min: -0.999_999, max: 1e6 };
const PRICE: ParamKind = ParamKind::Factor { min: 1e-12, max: 1e15 };
const HELD: ParamKind = ParamKind::Period { min: 1, max: 100_000_000 };
const PAUSE: ParamKind = ParamKind::Period { min: 0, max: 100_000_000 };

const SHARE: ParamKind = ParamKind::Factor { min: 1e-6, max: 1000.0 };
const AMOUNT: ParamKind = ParamKind::Factor { min: 1e-12, max: 1e15 };
const PART: ParamKind = ParamKind::Factor { min: 1e-6, max: 1.0 };
const WINDOW: ParamKind = ParamKind::Period { min: 2, max: 100_000 };
const TIMES: ParamKind = ParamKind::Factor { min: 1.0, max: 1000.0 };
const MAINTENANCE: ParamKind = ParamKind::Factor { min: 0.0, max: 0.5 };
const FUNDING: ParamKind = ParamKind::Factor { min: -0.1, max: 0.1 };
const RATE: ParamKind = ParamKind::Factor { min: 0.0, max: 100.0 };

/// The keys that say what an entry is worth: one of them.
const SIZES: &[&str] = &["size_fraction", "size_cash", "size_units", "risk", "size_volatility"];

/// The keys that say where an entry waits: one of them.
const ENTRIES: &[&str] = &["entry_limit", "entry_limit_distance", "entry_stop", "entry_stop_distance"];

/// The rate of funding in a definition, and on the command line, that stands for the market's own rates.
pub const MARKET_FUNDING: &str = "file";

/// Every key of these tables.
pub static TRADE_KEYS: [TradeKey; 28] = [
    exit("stop_loss", LOSS, &["stop_distance"], "fraction below the entry price at which a position is closed"),
    exit("take_profit", GAIN, &["target_distance"], "fraction above the entry price at which a position is closed"),
    exit("trailing_stop", LOSS, &["trailing_distance"], "fraction below the highest price since the entry"),
    exit("trailing_after", REACHED, &[], "profit that a bar must reach before the stop trails"),
    exit("break_even_after", REACHED, &[], "profit that a bar must reach before the stop rises to the entry price"),
    exit("max_bars", HELD, &[], "bars after the entry at which a position is closed"),
    exit("cooldown", PAUSE, &[], "bars after a level's exit whose signals are ignored"),
    exit("min_profit", PROFIT, &[], "profit above which alone the exit rule acts"),
    distance("stop_distance", &["stop_loss"], "stop as a distance in price, read at the signal's bar"),
    distance("target_distance", &["take_profit"], "target as a distance in price, read at the signal's bar"),
    distance("trailing_distance", &["trailing_stop"], "trailing stop as a distance in price, read at the signal's bar"),
    size("size_fraction", SHARE, SIZES, "fraction of the equity that an entry is worth"),
    size("size_cash", AMOUNT, SIZES, "cash that an entry is worth"),
    size("size_units", AMOUNT, SIZES, "units of an entry"),
    size("risk", PART, SIZES, "fraction of the equity that is lost when the stop is hit"),
    size("size_volatility", SHARE, SIZES, "volatility per year that a position brings to the equity"),
    size("volatility_bars", WINDOW, &[], "bars over which the volatility is measured"),
    size("lot", AMOUNT, &[], "units are whole multiples of it"),
    size("min_notional", AMOUNT, &[], "an entry of less value is rejected"),
    size("leverage", TIMES, &[], "most that a position may be worth, as a multiple of the equity"),
    size("maintenance", MAINTENANCE, &[], "fraction of a position's value at which it is liquidated"),
    size("funding_rate", FUNDING, &[], "rate that a long position pays every 8 hours"),
    size("borrow_rate", RATE, &[], "rate per year on what is borrowed"),
    entry("entry_limit", LOSS, "fraction below the signal's close at which an entry waits as a limit order"),
    entry_distance("entry_limit_distance", "limit order as a distance in price, read at the signal's bar"),
    entry("entry_stop", GAIN, "fraction above the signal's close at which an entry waits as a stop order"),
    entry_distance("entry_stop_distance", "stop order as a distance in price, read at the signal's bar"),
    TradeKey {
        name: "entry_valid",
        table: TradeTable::EntryOrder,
        kind: HELD,
        distance: false,
        rivals: &[],
        about: "bars for which an entry waits for its price",
    },
];

const fn exit(name: &'static str, kind: ParamKind, rivals: &'static [&'static str], about: &'static str) -> TradeKey {
    TradeKey { name, table: TradeTable::Exits, kind, distance: false, rivals, about }
}

const fn distance(name: &'static str, rivals: &'static [&'static str], about: &'static str) -> TradeKey {
    TradeKey { name, table: TradeTable::Exits, kind: PRICE, distance: true, rivals, about }
}

const fn size(name: &'static str, kind: ParamKind, rivals: &'static [&'static str], about: &'static str) -> TradeKey {
    TradeKey { name, table: TradeTable::Size, kind, distance: false, rivals, about }
}

const fn entry(name: &'static str, kind: ParamKind, about: &'static str) -> TradeKey {
    TradeKey { name, table: TradeTable::EntryOrder, kind, distance: false, rivals: ENTRIES, about }
}

const fn entry_distance(name: &'static str, about: &'static str) -> TradeKey {
    TradeKey { name, table: TradeTable::EntryOrder, kind: PRICE, distance: true, rivals: ENTRIES, about }
}

/// What other programs call these keys.
const FOREIGN: [(&str, &str); 25] = [
    ("sl", "stop_loss"),
    ("sl_stop", "stop_loss"),
    ("stoploss", "stop_loss"),
    ("stop", "stop_loss"),
    ("tp", "take_profit"),
    ("tp_stop", "take_profit"),
    ("takeprofit", "take_profit"),
    ("target", "take_profit"),
    ("minimal_roi", "take_profit"),
    ("ts_stop", "trailing_stop"),
    ("tsl_stop", "trailing_stop"),
    ("tsl_th", "trailing_after"),
    ("trailing_stop_positive", "trailing_stop"),
    ("trailing_stop_positive_offset", "trailing_after"),
    ("hold_bars", "max_bars"),
    ("exit_profit_offset", "min_profit"),
    ("size_granularity", "lot"),
    ("stake_amount", "size_cash"),
    ("liquidation_buffer", "maintenance"),
    ("risk_per_trade", "risk"),
    ("limit_price", "entry_limit"),
    ("limit_entry", "entry_limit"),
    ("stop_entry", "entry_stop"),
    ("unfilledtimeout", "entry_valid"),
    ("time_in_force", "entry_valid"),
];

/// The key that another program's word, or a mistyped one, most likely stands for.
#[must_use]
pub fn trade_key_meant(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase().replace('-', "_");
    FOREIGN.iter().find(|(foreign, _)| *foreign == word).map(|(_, own)| *own)
}

/// The exits and sizes of a strategy; empty where it has rules alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TradeTerms {
    /// Values by key, in the order of [`TRADE_KEYS`]; numbers, and of distances numbers or series.
    values: [Option<Expr>; TRADE_KEYS.len()],
    /// `take_profit` in steps: from so many bars after the entry on, this fraction.
    steps: Vec<(Expr, Expr)>,
    /// Whether the rates of funding are those of the market.
    market_funding: bool,
}

/// What is wrong with `[exits]`.
pub(super) enum TermsError {
    /// At a place of the definition.
    Place(Diagnostic),
    /// In an expression.
    Rule(RuleError),
}

impl From<Diagnostic> for TermsError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Place(diagnostic)
    }
}

impl From<RuleError> for TermsError {
    fn from(error: RuleError) -> Self {
        Self::Rule(error)
    }
}

impl TradeTerms {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Expr> {
        TRADE_KEYS.iter().position(|key| key.name == name).and_then(|at| self.values[at].as_ref())
    }

    /// The number of a key with these values of the parameters; nothing for one that is not there or is a series.
    #[must_use]
    pub fn number(&self, name: &str, values: &[f64]) -> Option<f64> {
        self.get(name).filter(|expr| expr.is_constant()).map(|expr| number(expr, values))
    }

    /// The steps of `take_profit`, in the order of their bars: `(bars after the entry, fraction)`.
    #[must_use]
    pub fn steps(&self, values: &[f64]) -> Vec<(f64, f64)> {
        let mut steps: Vec<_> =
            self.steps.iter().map(|(bars, gain)| (number(bars, values), number(gain, values))).collect();
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        steps
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none) && self.steps.is_empty() && !self.market_funding
    }

    /// Whether funding is paid by the market's own rates.
    #[must_use]
    pub fn has_market_funding(&self) -> bool {
        self.market_funding
    }

    /// Lets funding be paid by the market's own rates, in place of one for all.
    pub fn set_market_funding(&mut self) {
        self.market_funding = true;
        for (key, value) in TRADE_KEYS.iter().zip(&mut self.values) {
            if key.name == "funding_rate" {
                *value = None;
            }
        }
    }

    /// Whether there are prices inside a bar at which something happens: levels, or entries that wait.
    #[must_use]
    pub fn watches_prices(&self) -> bool {
        let timed = ["max_bars", "cooldown", "min_profit"];
        let watches = |key: &TradeKey| match key.table {
            TradeTable::Exits => !timed.contains(&key.name),
            TradeTable::Size => key.name == "leverage",
            TradeTable::EntryOrder => true,
        };
        let values = TRADE_KEYS.iter().zip(&self.values);
        values.into_iter().any(|(key, value)| value.is_some() && watches(key)) || !self.steps.is_empty()
    }

    /// Whether there is a key of `[exits]` in it.
    #[must_use]
    pub fn has_exits(&self) -> bool {
        TRADE_KEYS.iter().zip(&self.values).any(|(key, value)| key.table == TradeTable::Exits && value.is_some())
            || !self.steps.is_empty()
    }

    /// Keys and values in their order, with the steps of a target as one text each.
    #[must_use]
    pub fn texts(&self, write: &dyn Fn(&Expr) -> String) -> Vec<(&'static str, String)> {
        let mut texts = Vec::new();
        for (key, value) in TRADE_KEYS.iter().zip(&self.values) {
            if let Some(value) = value {
                texts.push((key.name, write(value)));
            } else if key.name == "take_profit" && !self.steps.is_empty() {
                let steps = self.steps.iter().map(|(bars, gain)| format!("[{}, {}]", write(bars), write(gain)));
                texts.push((key.name, format!("[{}]", steps.collect::<Vec<_>>().join(", "))));
            } else if key.name == "funding_rate" && self.market_funding {
                texts.push((key.name, MARKET_FUNDING.to_owned()));
            }
        }
        texts
    }

    /// The text that stands for them in a cache key; nothing where there are none.
    #[must_use]
    pub fn canonical(&self) -> Option<String> {
        let texts = self.texts(&canonical);
        let all: Vec<String> = texts.into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
        (!all.is_empty()).then(|| format!("terms: {}", all.join("; ")))
    }

    /// All expressions, for the parameters in them.
    pub(super) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.values.iter().flatten().chain(self.steps.iter().flat_map(|(bars, gain)| [bars, gain]))
    }

    /// All that is read at each bar: series, and over how many bars volatility is measured.
    pub(super) fn over_bars(&self) -> impl Iterator<Item = &Expr> {
        let all = TRADE_KEYS.iter().zip(&self.values).filter_map(|(key, value)| Some((key.name, value.as_ref()?)));
        all.filter(|(name, expr)| *name == "volatility_bars" || !expr.is_constant()).map(|(_, expr)| expr)
    }

    /// Whether entries wait for a price.
    #[must_use]
    pub fn has_entry_order(&self) -> bool {
        TRADE_KEYS.iter().zip(&self.values).any(|(key, value)| key.table == TradeTable::EntryOrder && value.is_some())
    }

    /// Whether a position would ever end by them.
    #[must_use]
    pub fn can_close(&self) -> bool {
        let closes = ["stop_loss", "take_profit", "trailing_stop", "max_bars", "stop_distance", "target_distance"];
        closes.iter().chain(&["trailing_distance"]).any(|name| self.get(name).is_some()) || !self.steps.is_empty()
    }

    /// What is missing beside a key that is there.
    #[must_use]
    pub fn incomplete(&self) -> Option<String> {
        let has = |name: &str| self.get(name).is_some();
        if has("trailing_after") && !has("trailing_stop") && !has("trailing_distance") {
            return Some("`trailing_after` needs a `trailing_stop` that it starts".to_owned());
        }
        if has("risk") && !has("stop_loss") && !has("stop_distance") {
            return Some("`risk` needs a stop: the size follows from its distance".to_owned());
        }
        for name in ["maintenance"] {
            if has(name) && !has("leverage") {
                return Some(format!("`{name}` needs `leverage`"));
            }
        }
        if has("entry_valid") && !ENTRIES.iter().any(|name| has(name)) {
            return Some("`entry_valid` needs a limit or a stop at which the entry waits".to_owned());
        }
        if has("volatility_bars") && !has("size_volatility") {
            return Some("`volatility_bars` needs `volatility`, which it is measured for".to_owned());
        }
        TRADE_KEYS.iter().find_map(|key| {
            let rival = key.rivals.iter().find(|rival| **rival != key.name && has(key.name) && has(rival))?;
            Some(format!("`{}` and `{rival}` say the same in two ways; keep one", key.name))
        })
    }

    /// Reads one of the tables; its texts may use these names.
    pub(super) fn read(&mut self, table: &Entry<'_>, which: TradeTable, names: &Vocabulary) -> Result<(), TermsError> {
        for entry in entries(table.table()?) {
            let known = |key: &TradeKey| key.table == which && key.key() == entry.key;
            let Some(at) = TRADE_KEYS.iter().position(known) else {
                return Err(unknown(&entry, which).into());
            };
            let key = &TRADE_KEYS[at];
            match entry.items() {
                Some(items) if key.name == "take_profit" => self.steps = steps(&entry, &items, names)?,
                None if key.name == "funding_rate" && entry.string() == Ok(MARKET_FUNDING) => {
                    self.market_funding = true;
                }
                _ => self.values[at] = Some(value(&entry, key, names)?),
            }
        }
        if !self.steps.is_empty() && self.get("target_distance").is_some() {
            let message = "`take_profit` and `target_distance` say the same in two ways; keep one";
            return Err(Diagnostic::new(table.key_span.clone(), message).into());
        }
        Ok(())
    }

    /// Key, name in errors, bounds and value of all that is a number made of parameters.
    pub(super) fn bounded(&self) -> impl Iterator<Item = (&'static str, String, ParamKind, &Expr)> {
        let values = TRADE_KEYS.iter().zip(&self.values);
        let values = values.filter_map(|(key, value)| Some((key.name, quoted(key.name), key.kind, value.as_ref()?)));
        let steps = self.steps.iter().flat_map(|(bars, gain)| {
            [("a bar of `take_profit`", PAUSE, bars), ("a step of `take_profit`", GAIN, gain)]
        });
        let steps = steps.map(|(whom, kind, expr)| ("take_profit", whom.to_owned(), kind, expr));
        values.chain(steps).filter(|(.., expr)| expr.is_constant() && !expr.params().is_empty())
    }

    /// Key and value of all that is a series.
    pub(super) fn series(&self) -> impl Iterator<Item = (&'static str, &Expr)> {
        let values = TRADE_KEYS.iter().zip(&self.values);
        values.filter_map(|(key, value)| Some((key.name, value.as_ref()?))).filter(|(_, expr)| !expr.is_constant())
    }

    /// Sets a key to a parameter, in place of what was said of the same level; gives the keys that gave way.
    pub(super) fn set(&mut self, key: &'static TradeKey, param: usize) -> Vec<&'static str> {
        let mut gone = vec![key.name];
        gone.extend(key.rivals);
        for (other, value) in TRADE_KEYS.iter().zip(&mut self.values) {
            if gone.contains(&other.name) {
                *value = (other.name == key.name).then_some(Expr::Param(param));
            }
        }
        if gone.contains(&"take_profit") {
            self.steps.clear();
        }
        if gone.contains(&"funding_rate") {
            self.market_funding = false;
        }
        gone
    }
}

fn unknown(entry: &Entry<'_>, table: TradeTable) -> Diagnostic {
    let names = || TRADE_KEYS.iter().filter(|key| key.table == table).map(TradeKey::key);
    let meant =
        trade_key_meant(entry.key).or_else(|| TRADE_KEYS.iter().map(TradeKey::key).find(|key| *key == entry.key));
    let meant = meant.and_then(|meant| TRADE_KEYS.iter().find(|key| key.name == meant || key.key() == meant));
    let hint = match meant {
        Some(key) if key.table != table => format!("did you mean `{}` in [{}]?", key.key(), key.table.name()),
        Some(_) if entry.key == "minimal_roi" => {
            "did you mean `take_profit`? It takes steps: `[[0, 0.10], [24, 0.05]]`, in bars".to_owned()
        }
        Some(key) => format!("did you mean `{}`?", key.key()),
        None => did_you_mean(entry.key, names())
            .unwrap_or_else(|| format!("the keys here are {}", names().collect::<Vec<_>>().join(", "))),
    };
    Diagnostic::new(entry.key_span.clone(), format!("unknown key {}", quoted(entry.key))).hint(hint)
}

/// A number, or a text with an expression.
fn value(entry: &Entry<'_>, key: &TradeKey, names: &Vocabulary) -> Result<Expr, TermsError> {
    bounded(entry, key.key(), key.table.name(), (key.kind, key.distance), names)
}

/// A number, or a text with an expression, of this key of a table, within these bounds; a series only where it may be a
/// distance in price.
pub(super) fn bounded(
    entry: &Entry<'_>,
    name: &str,
    table: &str,
    (kind, distance): (ParamKind, bool),
    names: &Vocabulary,
) -> Result<Expr, TermsError> {
    let Ok(text) = entry.string() else {
        let value = entry.number()?;
        return match complaint(kind, value) {
            Some(complaint) => Err(Diagnostic::new(entry.span(), format!("`{name}` {complaint}")).into()),
            None => Ok(Expr::Number(value)),
        };
    };
    let rule = format!("{table}.{name}");
    let (expr, value_kind) = names.value(&rule, text)?;
    let fault = |message: String, hint: &str| {
        let diagnostic = Diagnostic::new(0..text.len(), message);
        RuleError::new(&rule, text, if hint.is_empty() { diagnostic } else { diagnostic.hint(hint) })
    };
    if value_kind == ValueKind::Series && !distance {
        let hint = match name {
            "stop_loss" | "stop" => "a distance in price is `stop_distance`",
            "take_profit" => "a distance in price is `target_distance`",
            "trailing_stop" => "a distance in price is `trailing_distance`",
            "limit" => "a distance in price is `limit_distance`",
            _ => "it must be the same at every bar: made of numbers and parameters",
        };
        return Err(fault(format!("`{name}` needs a number, but {} is a series", quoted(text)), hint).into());
    }
    if expr.is_constant()
        && expr.params().is_empty()
        && let Some(complaint) = complaint(kind, number(&expr, &[]))
    {
        return Err(fault(format!("`{name}` {complaint}"), "").into());
    }
    Ok(expr)
}

/// `[[0, 0.10], [24, 0.05]]`
fn steps(entry: &Entry<'_>, items: &[Entry<'_>], names: &Vocabulary) -> Result<Vec<(Expr, Expr)>, TermsError> {
    let shape = |at: &Entry<'_>| {
        Diagnostic::new(at.span(), "a step of `take_profit` is `[bars after the entry, fraction]`")
            .hint("as in `take_profit = [[0, 0.10], [24, 0.05]]`")
    };
    let mut steps: Vec<(Expr, Expr)> = Vec::new();
    for item in items {
        let pair = item.items().ok_or_else(|| shape(item))?;
        let [bars, gain] = pair.as_slice() else { return Err(shape(item).into()) };
        let bars = bounded(bars, "take_profit", "exits", (PAUSE, false), names)?;
        let gain = bounded(gain, "take_profit", "exits", (GAIN, false), names)?;
        if let (Some((Expr::Number(before), _)), Expr::Number(bars)) = (steps.last(), &bars)
            && before >= bars
        {
            return Err(Diagnostic::new(item.span(), "the bars of the steps of `take_profit` must rise").into());
        }
        steps.push((bars, gain));
    }
    if steps.is_empty() {
        return Err(shape(entry).into());
    }
    Ok(steps)
}
