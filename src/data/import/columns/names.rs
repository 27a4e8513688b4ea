//! What columns mean by their names: headers of text, keys of JSON objects, fields of Parquet and Feather.
//!
//! Long because the words of a dozen languages stand here, and which of them goes before which.

use std::collections::BTreeMap;

use crate::catalog::symbol::QUOTES;
use crate::error::ContentError;
use crate::escape::escape;
use crate::import::name::{is_pair_of_word, normal};
use crate::import::options::ImportZone;

/// What names say; content has to agree.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NamedColumns {
    /// Columns that may hold when the bar opens, the most telling first.
    pub times: Vec<usize>,
    /// Columns that hold when the bar ends.
    pub ends: Vec<usize>,
    /// Columns that may hold the time of the day.
    pub clocks: Vec<usize>,
    /// Open, high, low, close.
    pub prices: [usize; 4],
    /// The most telling first.
    pub volumes: Vec<(usize, VolumeKind)>,
    pub symbols: Vec<usize>,
    /// Columns whose names speak of an asset, and whose cells have to agree.
    pub assets: Vec<usize>,
    /// Columns of exchanges.
    pub markets: Vec<usize>,
    pub intervals: Vec<usize>,
    /// Whether the bar is finished.
    pub confirms: Vec<usize>,
    /// The asset that the names of the prices begin or end with.
    pub asset: Option<String>,
    /// Where names are a reason to think of other prices than trades.
    pub remark: Option<&'static str>,
}

/// What a volume counts, as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum VolumeKind {
    /// Units of the base asset.
    Base,
    /// Not said.
    Plain,
    /// Changes of the price.
    Ticks,
    /// The value in the quote asset.
    Quote,
}

/// Times at which a bar opens, the most telling first.
const OPEN_TIMES: &str = "time_period_start period_start period_start_unix candle_begin_time candle_start_time candle_date_time \
    candle_time open_time opentime open_timestamp timestamp_open time_open kline_open_time bar_open_time \
    bar_start bar_start_time bar_time window_start bucket bucket_start interval_start start_time starttime \
    start_timestamp start_at started_at time_start date_start start_date begins_at begin_time begin from start \
    opened_at";
/// Times of bars, the most telling first.
const TIMES: &str = "timestamp datetime date_time datetimes timestamps time_stamp unix_timestamp unix_time unixtime unix epoch \
    epoch_time mts ts_event date dates trade_date tradedate trading_date trading_day tradetime trade_time \
    business_date day dt dtyyyymmdd time times time_key ticks ts t ds id period month week hour minute datum tag \
    zeit zeitstempel fecha data data_ora datahora jour dag tarih julian_day julian_date julian jd дата время 日期 时间 交易日期 日付 日付け 日時 날짜 일자 index index_level_0 \
    level_0 unnamed (none)";
const END_TIMES: &str = "close_time closetime close_timestamp timestamp_close time_close time_period_end period_end end_time endtime \
    end_timestamp end_at time_end window_end bar_end bar_end_time bar_close_time candle_end_time interval_end \
    bucket_end end end_date date_end closed_at close_date until to";
const CLOCKS: &str = "time clock hour time_of_day timestamp uhrzeit zeit heure hora ora время 时间";
const DAYS: &str =
    "date dates day datum tag fecha data jour tarih trade_date trading_day dtyyyymmdd дата 日期 日付 日付け";
const OPENS: &str = "open opening o first erster eröffnung eroeffnung eröffn eröffnungskurs ouv ouverture apertura abertura opn \
    op otwarcie açılış öppen откр открытие 开盘 开盘价 始値 시가 openen";
const HIGHS: &str = "high highest hi h max maximum hoch höchst haut máximo maximo massimo máxima maxima hoog yüksek najwyższy najwyzszy \
    högst макс максимум 高 最高 最高价 高値 고가 hgh";
const LOWS: &str = "low lowest lo l min minimum tief tiefst bas mínimo minimo mínima minima laag düşük najniższy najnizszy lägst мин \
    минимум 低 最低 最低价 安値 저가";
const CLOSES: &str = "close closing c cls schluss schlusskurs clôture cloture clôt clot cierre chiusura fechamento закр закрытие 收盘 收盘价 終値 \
    종가 last latest zuletzt letzter dernier último ultimo laatst senaste ostatnio zamknięcie zamkniecie şimdi kapanış slot ltp settle settlement trade_price цена price preis \
    kurs precio prezzo prix preço prijs";
/// Words in the names of prices that change nothing.
const NOISE: &str = "price prices px prc preis kurs prix precio in the val value rate trade traded currency p k quote ohlc ohlcv \
    bar candle stock spot raw plus day daily unadjusted kline level e8 e9 x";
const VOLUME_WORDS: &str = "volume vol volumes v volumefrom base amount qty quantity size volumen volym stuecke stücke shares units \
    stück stueck stk menge quantité quantità cantidad antal aantal ilość ilosc adet qtd umsatz turnover tickvol tick volumeto notional money cost value sum totrdqty tottrdqty tottrdval volume0 \
    volume1 объем объём 成交量 成交额 出来高 거래량 obv_volume wol wolumen hac hacim öv 交易量 foreignnotional homenotional q";
/// Words that make another thing of a volume.
/// Words that make a name that of an asset, whatever stands beside them.
const ASSET_WORDS: &str = "symbol ticker asset instrument coin company security stock pair slug scrip isin crypto \
    cryptocurrency token code sid";
/// Words beside those with which a name is of something else.
const NO_ASSET: &str = "volume vol price open high low close count cap rank supply change type class weight return size qty \
    quantity amount time date decimals trade trades interest status file column quote currency timezone zone \
    pattern signal sector industry country month day weekday week year hour";
/// What else tells rows apart that are of several markets.
const MARKETS: [&str; 2] = ["exchange", "venue"];
const NO_VOLUME: &str = "taker buy sell bid ask ma avg average sma ema change pct percent delta interest prev cap count trades \
    trade_count number num ratio obv oscillator weighted last open high low close adj adjusted up down imbalance \
    liquidation signed 24h rolling chg price step id period";
const QUOTE_WORDS: &str = "quote turnover usd usdt usdc busd eur gbp jpy krw notional value money cost dollar dollars volumeto foreign \
    sum tottrdval 成交额 q foreignnotional";
const SYMBOLS: &str = "symbol symbols ticker tickers pair instrument instrument_id instrument_name inst_id instid product_id \
    product market name stock asset coin code ts_code s sym secid isin contract currency_pair trading_pair \
    base_currency security tic permno scrip underlying stock_code crypto cryptocurrency currency coin_id \
    coin_name token market_id symbol_id trading_symbol tradingsymbol wertpapier titel sc_name sc_code cusip figi ric 股票代码 代码";
const INTERVALS: &str = "interval timeframe time_frame tf resolution per period granularity i candle_interval bar_size frequency freq \
    kline_interval";
const CONFIRMS: &str = "confirm confirmed closed is_closed isclosed final is_final isfinal complete completed is_complete finished x \
    candle_closed window_closed w";

const RENAME: &str = "Name the columns with --columns, as in --columns time=startedAt,volume=baseTokenVolume";

/// Stands for a column without a name in the lists above.
const UNNAMED: &str = "(none)";

/// Where a word stands in a list.
fn place(list: &str, word: &str) -> Option<usize> {
    list.split_ascii_whitespace().position(|other| other == word)
}

/// The words of a name in small letters: `timeOpen` and `Time (open)` are `time`, `open`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let name = name.trim().trim_matches(['"', '<', '>', '\u{feff}']).trim();
    let is_shouted = !name.chars().any(char::is_lowercase);
    for c in name.chars() {
        if !c.is_alphanumeric() {
            before = ' ';
            continue;
        }
        let begins =
            before == ' ' || !is_shouted && c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

/// A name in small letters with `_` between its words.
pub(crate) fn plain(name: &str) -> String {
    words(name).join("_")
}

/// A name taken apart.
struct Words {
    /// As it stands there.
    own: String,
    plain: String,
    parts: Vec<String>,
}

impl Words {
    fn of(name: &str) -> Self {
        let words = words(name);
        Self { own: name.trim().to_owned(), plain: words.join("_"), parts: words }
    }

    fn has(&self, list: &str) -> bool {
        self.parts.iter().any(|word| place(list, word).is_some())
    }

    /// The words that matter in the name of a price.
    fn core(&self) -> Vec<&str> {
        let is_noise = |word: &&String| {
            place(NOISE, word).is_some()
                || QUOTES.contains(&word.to_uppercase().as_str())
                || word.bytes().all(|b| b.is_ascii_digit())
        };
        let core: Vec<&str> = self.parts.iter().filter(|word| !is_noise(word)).map(String::as_str).collect();
        // A name that is nothing else, as Price, means what it says.
        if core.is_empty() { self.parts.iter().map(String::as_str).collect() } else { core }
    }

    /// How well the name fits a price: the less the better.
    fn price_rank(&self, names: &str) -> Option<usize> {
        let at = |word: &str| place(names, word);
        if let Some(rank) = at(&self.plain) {
            return Some(rank * 2);
        }
        let core = self.core();
        let ranks: Option<Vec<usize>> = core.iter().map(|word| at(word)).collect();
        ranks?.into_iter().min().map(|rank| rank * 2 + 1)
    }

    /// The name without the words that tell a unit or a zone.
    fn time_name(&self) -> String {
        const UNITS: [&str; 20] = [
            "utc", "gmt", "ms", "sec", "s", "us", "ns", "iso", "local", "est", "edt", "et", "kst", "jst", "msk", "cet",
            "millis", "seconds", "unix", "8601",
        ];
        let rest: Vec<&str> = self.parts.iter().map(String::as_str).filter(|word| !UNITS.contains(word)).collect();
        if rest.is_empty() { self.plain.clone() } else { rest.join("_") }
    }

    fn time_rank(&self, names: &str) -> Option<usize> {
        let at = |name: &str| place(names, if name.is_empty() { UNNAMED } else { name });
        at(&self.plain).map(|rank| rank * 2).or_else(|| at(&self.time_name()).map(|rank| rank * 2 + 1))
    }
}

/// The zone that the name of a column of times tells, where it is not UTC.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::import) enum NamedZone {
    /// One that means one thing: `Time (UTC+3)`, `Date (America/New_York)`.
    Known(ImportZone),
    /// One that is an offset or a clock with daylight saving: `timestamp_est`.
    Vague(String),
}

/// Reads it from the name of the column.
pub(super) fn zone_of(name: &str) -> Option<NamedZone> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-' | ':');
    let known = name.split(|c: char| !is_part(c)).find_map(|part| {
        let is_place = part.split_once('/').is_some_and(|(area, _)| area.starts_with(|c: char| c.is_ascii_uppercase()));
        let is_offset = ["UTC", "GMT"]
            .iter()
            .any(|name| part.strip_prefix(name).is_some_and(|rest| rest.len() > 1 && rest.starts_with(['+', '-'])));
        (is_place || is_offset).then(|| ImportZone::parse(part).ok()).flatten()
    });
    if let Some(zone) = known {
        return Some(NamedZone::Known(zone));
    }
    let words = words(name);
    let found = [
        "est", "edt", "et", "est5edt", "cet", "cest", "kst", "jst", "msk", "ist", "pst", "cst", "eet", "eest", "wet",
        "bst", "hkt", "sgt", "aest", "aedt", "cdt", "pdt", "mst", "mdt",
    ];
    words.iter().find(|word| found.contains(&word.as_str())).map(|word| NamedZone::Vague(word.to_uppercase()))
}

impl NamedColumns {
    /// Finds what the names say; the error names what is missing or there twice.
    pub(super) fn find(names: &[String], only: Option<&str>) -> Result<Self, ContentError> {
        let all: Vec<Words> = names.iter().map(|name| Words::of(name)).collect();
        let mut found = Self::default();
        let fields = [OPENS, HIGHS, LOWS, CLOSES];
        let mut missing = Vec::new();
        for ((place, list), field) in found.prices.iter_mut().zip(fields).zip(["open", "high", "low", "close"]) {
            match best(&all, list, field)? {
                Some(at) => *place = at,
                None => missing.push(field),
            }
        }
        let is_own = |at: usize| !missing.is_empty() || !found.prices.contains(&at);
        let ranked = |list: &str| {
            let mut ranked: Vec<(usize, usize)> = (0..all.len())
                .filter(|at| is_own(*at))
                .filter_map(|at| Some((all[at].time_rank(list)?, at)))
                // Only the first column may have no name: it is the index that pandas writes.
                .filter(|(_, at)| *at == 0 || !all[*at].plain.is_empty())
                .collect();
            ranked.sort_unstable();
            ranked.into_iter().map(|(_, at)| at).collect::<Vec<_>>()
        };
        let mut ends = ranked(END_TIMES);
        // Whatever else speaks of the time of a close.
        let of_close = |name: &Words| {
            name.has("close end closing closed ends until")
                && name.has("time timestamp date datetime ts t dt utc at ms")
        };
        let is_other = |name: &Words| name.has("high low open start last update updated");
        let more: Vec<usize> = (0..all.len())
            .filter(|at| is_own(*at) && of_close(&all[*at]) && !is_other(&all[*at]) && !ends.contains(at))
            .collect();
        ends.extend(more);
        let mut times = ranked(OPEN_TIMES);
        times.extend(ranked(TIMES).into_iter().filter(|at| !ends.contains(at)));
        // Whatever else speaks of time, and not of some moment within the bar.
        let speaks = "time timestamp date datetime ts utc epoch unix";
        let others = "high low close end closing last update updated ex created expiry";
        let more = (0..all.len()).filter(|at| is_own(*at) && all[*at].has(speaks) && !all[*at].has(others));
        times.extend(more.filter(|at| !ends.contains(at)).collect::<Vec<_>>());
        let mut seen = Vec::new();
        times.retain(|at| {
            !seen.contains(at) && {
                seen.push(*at);
                true
            }
        });
        same_name(&all, &times)?;
        found.times = times;
        found.ends = ends;
        let day = found.times.iter().any(|at| all[*at].time_rank(DAYS).is_some());
        if day {
            found.clocks = ranked(CLOCKS);
        }
        if missing.is_empty() {
            found.asset = found.asset_of_names(&all);
        } else {
            found.grouped(&all, only, &missing)?;
        }
        found.volumes = volumes(&all, &found);
        let listed = |list: &str| {
            let mut ranked: Vec<(usize, usize)> = all
                .iter()
                .enumerate()
                .filter_map(|(at, name)| Some((place(list, &name.plain)?, at)))
                .filter(|(_, at)| !found.prices.contains(at) && found.times.first().is_none_or(|time| time != at))
                .collect();
            ranked.sort_unstable();
            ranked.into_iter().map(|(_, at)| at).collect::<Vec<_>>()
        };
        let (symbols, intervals, confirms) = (listed(SYMBOLS), listed(INTERVALS), listed(CONFIRMS));
        // `Asset_ID`, `crypto_name`, `instrument_token`.
        let is_asset = |at: usize| {
            let name = &all[at];
            (name.has(ASSET_WORDS) || ["id", "index_name", "base"].contains(&name.plain.as_str()))
                && !name.has(NO_ASSET)
                && !symbols.contains(&at)
        };
        let is_taken =
            |at: usize| found.prices.contains(&at) || found.times.first() == Some(&at) || found.ends.contains(&at);
        found.assets = (0..all.len()).filter(|at| !is_taken(*at) && is_asset(*at)).collect();
        found.markets =
            (0..all.len()).filter(|at| !is_taken(*at) && MARKETS.contains(&all[*at].plain.as_str())).collect();
        found.symbols = symbols;
        found.intervals = intervals;
        found.confirms = confirms;
        Ok(found)
    }

    /// The pair that all four prices are named with, as yfinance does: `('Open', 'BTC-USD')`.
    fn asset_of_names(&self, all: &[Words]) -> Option<String> {
        let fields = [OPENS, HIGHS, LOWS, CLOSES];
        let rest = |(at, list): (&usize, &str)| -> String {
            let words = all[*at].parts.iter().filter(|word| place(list, word).is_none());
            words.map(String::as_str).collect::<Vec<_>>().join("-")
        };
        let mut names = self.prices.iter().zip(fields).map(rest);
        let first = names.next()?;
        (is_pair_of_word(&first) && names.all(|name| name == first)).then_some(first)
    }

    /// Prices whose names begin or end with something more: an asset, or another kind of price.
    fn grouped(&mut self, all: &[Words], only: Option<&str>, missing: &[&str]) -> Result<(), ContentError> {
        let fields = [OPENS, HIGHS, LOWS, CLOSES];
        let mut groups: BTreeMap<String, [Option<usize>; 4]> = BTreeMap::new();
        for (at, name) in all.iter().enumerate() {
            for (field, list) in fields.iter().enumerate() {
                // The words of the field itself, not such as price.
                let is_field = |word: &String| place(list, word).is_some_and(|at| at < 6);
                let Some(place) = name.parts.iter().position(is_field) else { continue };
                let rest: Vec<&str> = name
                    .parts
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != place)
                    .map(|(_, word)| word.as_str())
                    .collect();
                if rest.iter().any(|word| ["time", "timestamp", "interest", "date", "at"].contains(word)) {
                    continue;
                }
                let group = groups.entry(rest.join("_")).or_default();
                if group[field].is_none() {
                    group[field] = Some(at);
                }
            }
        }
        let mut whole: Vec<(String, [usize; 4])> = groups
            .into_iter()
            .filter_map(|(name, [a, b, c, d])| Some((name, [a?, b?, c?, d?])))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        let is = |name: &str, words: &[&str]| name.split('_').any(|word| words.contains(&word));
        let quotes = whole.iter().filter(|(name, _)| is(name, &["bid", "ask"])).count();
        if quotes > 0 && quotes == whole.len() {
            return Err(quotes_fault());
        }
        whole.retain(|(name, _)| !is(name, &["bid", "ask"]));
        let adjusted = ["adj", "adjusted"];
        if whole.iter().any(|(name, _)| !is(name, &adjusted)) {
            whole.retain(|(name, _)| !is(name, &adjusted));
        }
        // The prices of trades, beside those of an oracle or of marks.
        let kinds = ["mark", "index", "premium", "funding", "oracle"];
        if whole.iter().any(|(name, _)| !is(name, &kinds)) {
            whole.retain(|(name, _)| !is(name, &kinds));
        }
        if let Some(only) = only {
            let matching = |name: &String| normal(name) == normal(only);
            if whole.iter().any(|(name, _)| matching(name)) {
                whole.retain(|(name, _)| matching(name));
            }
        }
        match &whole[..] {
            [(name, prices)] => {
                self.prices = *prices;
                if is(name, &kinds) {
                    return Err(ContentError::file(
                        format!("holds {name} prices, not trades"),
                        "Import the candles of trades, or name the columns with --columns",
                    ));
                }
                let is_asset = !["mid", "trade", "last", "price", "fill", "adj", "adjusted"].contains(&name.as_str());
                self.asset = is_asset.then(|| name.replace('_', "-"));
                self.remark = match name.as_str() {
                    "mid" => Some("prices are the middle of bid and ask"),
                    "adj" | "adjusted" => Some("prices are adjusted ones; there are no others"),
                    _ => None,
                };
                Ok(())
            }
            [] => Err(without(all, &self.times, missing)),
            several => {
                let names: Vec<String> = several.iter().take(5).map(|(name, _)| escape(&name.to_uppercase())).collect();
                Err(ContentError::file(
                    format!("has columns of {} assets: {}", several.len(), names.join(", ")),
                    "Pass --only-symbol with the one to import",
                ))
            }
        }
    }
}

/// The column that fits best; an error where two fit as well.
fn best(all: &[Words], list: &str, field: &str) -> Result<Option<usize>, ContentError> {
    let mut ranked: Vec<(usize, usize)> =
        all.iter().enumerate().filter_map(|(at, name)| Some((name.price_rank(list)?, at))).collect();
    ranked.sort_unstable();
    let Some(&(rank, first)) = ranked.first() else { return Ok(None) };
    let same: Vec<usize> = ranked.iter().filter(|(other, _)| *other == rank).map(|(_, at)| *at).collect();
    if same.len() == 1 {
        return Ok(Some(first));
    }
    // Assets or other kinds of prices before or behind the word: told apart as groups.
    if rank % 2 == 1 && same.iter().any(|at| all[*at].plain != all[first].plain) {
        return Ok(None);
    }
    // Keys of one letter differ by their case alone: v and V.
    let exact: Vec<usize> = same.iter().copied().filter(|at| place(list, &all[*at].own).is_some()).collect();
    match exact[..] {
        [at] if all[at].own.chars().count() == 1 => Ok(Some(at)),
        _ => Err(twice(same.len(), &all[first].plain, field)),
    }
}

fn twice(count: usize, name: &str, role: &str) -> ContentError {
    ContentError::file(
        format!("has {count} columns named {}", if name.is_empty() { role } else { name }),
        "Pass --columns with the number of the right one, as in --columns close=5",
    )
}

/// Two columns of one name, of which the first would be taken for the time.
fn same_name(all: &[Words], times: &[usize]) -> Result<(), ContentError> {
    let Some(&first) = times.first() else { return Ok(()) };
    let name = &all[first];
    let same = times.iter().filter(|at| all[**at].plain == name.plain && !name.plain.is_empty()).count();
    let is_letter = name.own.chars().count() == 1;
    if same > 1 && !is_letter { Err(twice(same, &name.plain, "time")) } else { Ok(()) }
}

fn volumes(all: &[Words], found: &NamedColumns) -> Vec<(usize, VolumeKind)> {
    let mut ranked: Vec<(VolumeKind, usize, bool, usize)> = Vec::new();
    let is_known = |asset: &str| found.asset.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(asset));
    for (at, name) in all.iter().enumerate() {
        if found.prices.contains(&at)
            || found.ends.contains(&at)
            || name.plain.contains("trade_price") && !name.has("acc")
        {
            continue;
        }
        // Upbit: candle_acc_trade_price is the value of all trades.
        if name.plain == "candle_acc_trade_price" {
            ranked.push((VolumeKind::Quote, 0, false, at));
            continue;
        }
        let Some(word) = name.parts.iter().filter_map(|word| place(VOLUME_WORDS, word)).min() else {
            continue;
        };
        let counts_shares = name.has("shares") && name.has("number num") && !name.has("outstanding issued");
        if name.has(NO_VOLUME) && !name.has("token") && !counts_shares {
            continue;
        }
        let is_value = name.parts.len() == 1 && ["value", "base", "sum", "cost", "q"].contains(&name.plain.as_str());
        let kind = if name.has("tick tickvol ticks") {
            VolumeKind::Ticks
        } else if name.has("base volumefrom home homenotional coin coins") {
            VolumeKind::Base
        } else if name.has(QUOTE_WORDS) || is_value {
            VolumeKind::Quote
        } else if name.parts.len() > 1 && name.parts.iter().any(|word| is_known(word)) {
            VolumeKind::Base
        } else {
            VolumeKind::Plain
        };
        let is_capital = name.own.chars().count() == 1 && name.own.chars().all(char::is_uppercase);
        ranked.push((kind, word, is_capital, at));
    }
    ranked.sort_unstable();
    // Volume BTC beside Volume USD: the first of those named for an asset alone, after the plain name.
    ranked.into_iter().map(|(kind, _, _, at)| (at, kind)).collect()
}

fn quotes_fault() -> ContentError {
    ContentError::file("holds quotes (bid and ask), not trades", "Import the files of trades instead")
}

fn without(all: &[Words], times: &[usize], missing: &[&str]) -> ContentError {
    let has = |word: &str| all.iter().any(|name| name.plain.contains(word));
    if has("bid") && has("ask") {
        return quotes_fault();
    }
    if missing.len() >= 3
        && has("price")
        && (has("qty") || has("amount") || has("size") || has("side") || has("quantity"))
    {
        return ContentError::file("holds single trades, not bars", "Import the files of candles instead");
    }
    let time = if times.is_empty() { &["time"][..] } else { &[] };
    no_column(all.iter().map(|name| name.plain.as_str()), &[time, missing].concat())
}

/// The fault of columns that are not there.
pub(super) fn no_column<'a>(names: impl Iterator<Item = &'a str>, missing: &[&str]) -> ContentError {
    let shown: String = names.collect::<Vec<_>>().join(", ").chars().take(120).collect();
    ContentError::file(format!("has no column of {} (it has: {})", missing.join(", "), escape(&shown)), RENAME)
}

/// Whether a name is that of an asset or of a length of bars.
pub(crate) fn names_series(name: &str) -> bool {
    let plain = plain(name);
    place(SYMBOLS, &plain).is_some() || place(INTERVALS, &plain).is_some()
}

/// The fault of names that are none of a table of bars, where they say what it is instead.
pub(crate) fn no_bars(names: &[String]) -> Option<ContentError> {
    let all: Vec<Words> = names.iter().map(|name| Words::of(name)).collect();
    let fault = without(&all, &[], &["open", "high", "low", "close"]);
    fault.what.starts_with("holds").then_some(fault)
}

/// Whether these may be the names of a table of bars: at least three of the four prices are among them.
pub(crate) fn are_names<S: AsRef<str>>(cells: &[S]) -> bool {
    let all: Vec<Words> = cells.iter().map(|cell| Words::of(cell.as_ref())).collect();
    let fits = |list: &&str| all.iter().any(|name| name.has(list));
    [OPENS, HIGHS, LOWS, CLOSES].iter().filter(|list| fits(list)).count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &str) -> Result<NamedColumns, ContentError> {
        let names: Vec<String> = names.split(',').map(str::to_owned).collect();
        NamedColumns::find(&names, None)
    }

    #[test]
    fn columns_are_found_under_the_names_that_exchanges_and_tools_give_them() {
        for (names, time, prices, volume) in [
            ("timestamp,open,high,low,close,volume", 0, [1, 2, 3, 4], 5),
            (" \"Open Time\",CLOSE,open , High,low,trades,Volume", 0, [2, 3, 4, 1], 6),
            ("startedAt,ticker,resolution,low,high,open,close,baseTokenVolume,usdVolume,trades", 0, [5, 4, 3, 6], 7),
            ("timestamp,open,close,min,max,volume,volumeQuote", 0, [1, 4, 3, 2], 5),
            ("v,vw,o,c,h,l,t,n", 6, [2, 4, 5, 3], 0),
            ("t,T,s,i,o,c,h,l,v,n", 0, [4, 6, 7, 5], 8),
            ("Date,Price,Open,High,Low,Vol.,Change %", 0, [2, 3, 4, 1], 5),
            ("Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume", 0, [2, 3, 4, 5], 6),
            ("Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke".replace(';', ",").as_str(), 0, [1, 2, 3, 4], 5),
            ("1. open,2. high,3. low,4. close,5. volume,index", 5, [0, 1, 2, 3], 4),
            (
                "time_period_start,time_period_end,time_open,time_close,price_open,price_high,price_low,price_close,volume_traded",
                0,
                [4, 5, 6, 7],
                8,
            ),
            (
                "timeOpen,timeClose,timeHigh,timeLow,name,open,high,low,close,volume,marketCap,timestamp",
                0,
                [5, 6, 7, 8],
                9,
            ),
            (
                "market,candle_date_time_utc,candle_date_time_kst,opening_price,high_price,low_price,trade_price,timestamp,candle_acc_trade_price,candle_acc_trade_volume,unit",
                1,
                [3, 4, 5, 6],
                9,
            ),
            ("Date,Open,High,Low,Last,Close,Number of Shares,Number of Trades,Turnover,vwap", 0, [1, 2, 3, 5], 6),
            ("BTC_open,BTC_high,BTC_low,BTC_close,time,BTC_volume", 4, [0, 1, 2, 3], 5),
        ] {
            let found = find(names).unwrap_or_else(|fault| panic!("{names}: {}", fault.what));
            let volume_found = found.volumes.first().map(|(at, _)| *at);
            assert_eq!((found.times[0], found.prices, volume_found), (time, prices, Some(volume)), "{names}");
        }
    }

    #[test]
    fn what_is_missing_double_or_of_several_assets_is_named() {
        for (names, words) in [
            ("timestamp,open,high,low,volume", "no column of close"),
            ("timestamp,open,open,high,low,close,volume", "2 columns named open"),
            ("date,date,open,high,low,close,volume", "2 columns named date"),
            ("time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close", "quotes"),
            ("time,BTC_open,BTC_high,BTC_low,BTC_close,ETH_open,ETH_high,ETH_low,ETH_close", "2 assets: BTC, ETH"),
            ("id,price,qty,time,side", "single trades"),
        ] {
            let fault = find(names).unwrap_err();
            assert!(fault.what.contains(words), "{names}: {}", fault.what);
        }
    }
}
