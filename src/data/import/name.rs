//! What a file's name tells: the symbol, and the length of a bar.
//!
//! Long because exchanges and tools name files in many ways, each told in a few lines.

use crate::catalog::symbol::{QUOTES, joined};
use crate::sim::Interval;

/// Words that exchanges and tools put into names, and that are no assets.
const WORDS: &str = "ALL BAR BARS BINANCE BINANCEUS BITFINEX BITGET BITMEX BITSTAMP BYBIT CANDLE CANDLES CANDLESTICK CHART CLEAN \
    CLEANED CM COIN COINAPI COINBASE COINBASEPRO COINGECKO COINMARKETCAP COINM COM CRYPTO CRYPTOCOMPARE CSV DAT \
    DATA DATASET DERIBIT DF DOWNLOAD DUKASCOPY DYDX EXCHANGE EXPORT FEED FILE FINAL FREQTRADE FROM FULL FUTURES \
    GATE GATEIO GEMINI HIST HISTDATA HISTORICAL HISTORY HITBTC HUOBI HTX HYPERLIQUID INPUT INTRADAY KLINE KLINES \
    KRAKEN KUCOIN LEAN LIGHTER MARKET MEXC MT MT4 MT5 NEW OHLC OHLCV OKX OKEX OLD OUT OUTPUT PART POLONIEX PRICE \
    PRICES QUOTES RAW SAMPLE SPOT STOCK SWAP TABLE TEST TICKER TO TRADE TRADES TRADINGVIEW TRAIN TS UM UNTITLED \
    UPDATED USDM UTC VALID YAHOO YFINANCE GMT BID ASK LAST CLOSE OPEN ADJ RETURN RETURNCHARTDATA LINEAR INVERSE \
    PERPETUAL CANDLESNAPSHOT NASDAQ NYSE AMEX CBOE CME CBOT NYMEX COMEX LSE XETR TSX HKEX ASX NSE BSE TVC OANDA FXCM \
    FOREXCOM SP EQ EQUITY QUOTE UPBIT BITHUMB BITTREX COINONE KORBIT BITSO PHEMEX BINGX WHITEBIT COINEX BITVAVO \
    BITFLYER BITMART BITPANDA BITRUE LBANK PROBIT COINCHECK TIINGO EODHD STOOQ FINNHUB TWELVEDATA KAIKO DATABENTO \
    CRYPTODATADOWNLOAD GLASSNODE QUANTCONNECT HUMMINGBOT CCXT BACKTRADER GECKOTERMINAL CRYPTOCOM WAZIRX INDODAX \
    BATS";
/// Kinds of prices that are no trades, as names of files call them.
const KINDS: [(&str, &str); 9] = [
    ("MARK", "mark prices"),
    ("MARKPRICE", "mark prices"),
    ("MARKPRICEKLINES", "mark prices"),
    ("INDEXPRICE", "index prices"),
    ("INDEXPRICEKLINES", "index prices"),
    ("PREMIUMINDEX", "the premium index"),
    ("PREMIUMINDEXKLINES", "the premium index"),
    ("FUNDINGRATE", "funding rates"),
    ("OPENINTEREST", "open interest"),
];
/// Assets that are quoted in others, the strongest first: of two names the stronger is the quote.
const STRENGTH: [&[&str]; 4] = [
    &[
        "USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI", "USD", "EUR", "GBP", "JPY", "KRW", "TRY", "BRL", "AUD", "CAD",
        "CHF", "NZD", "CNH", "CNY", "HKD", "SGD", "INR", "MXN", "ZAR", "NOK", "SEK", "DKK", "PLN", "HUF", "CZK", "THB",
        "ILS", "RUB", "RON",
    ],
    &["BTC", "XBT"],
    &["ETH"],
    &["BNB"],
];
/// Assets that are often quoted in Bitcoin or Ether. Beside one of these, another word may be anybody's.
const ALTCOINS: &str = "BTC ETH LTC XRP BCH BSV EOS XMR ADA DOT LINK XLM TRX DASH ETC ZEC NEO IOTA ATOM XTZ ALGO VET DOGE SOL \
    AVAX MATIC UNI AAVE SUSHI MKR COMP YFI SNX CRV BAT ENJ MANA SAND AXS FIL THETA FTM NEAR ICP QTUM OMG ZRX KNC WAVES \
    LSK STEEM XEM SC DCR REP GNO STORJ GAS BNT GRT LRC CHZ KSM RUNE WBTC STETH BNB SHIB PEPE APT ARB OP SUI SEI TIA INJ";
const MINUTES: [(&str, i64); 10] = [
    ("1", 1),
    ("3", 3),
    ("5", 5),
    ("15", 15),
    ("30", 30),
    ("60", 60),
    ("240", 240),
    ("720", 720),
    ("1440", 1_440),
    ("10080", 10_080),
];
const SPELLED: [(&str, i64); 27] = [
    ("minute", 1),
    ("minutes", 1),
    ("min", 1),
    ("1min", 1),
    ("3min", 3),
    ("5min", 5),
    ("10min", 10),
    ("15min", 15),
    ("30min", 30),
    ("60min", 60),
    ("m1", 1),
    ("m5", 5),
    ("m15", 15),
    ("m30", 30),
    ("h1", 60),
    ("h4", 240),
    ("d1", 1_440),
    ("w1", 10_080),
    ("hour", 60),
    ("hourly", 60),
    ("1hour", 60),
    ("4hour", 240),
    ("daily", 1_440),
    ("day", 1_440),
    ("1day", 1_440),
    ("weekly", 10_080),
    ("1week", 10_080),
];
const MINUTE: i64 = 60_000;
/// Longest base asset: `1000000BABYDOGE`.
const LONGEST: usize = 16;

/// The one symbol in these names, the innermost name first, and whether it is a guess. `None` where there is none, or
/// where there are several.
pub(super) fn symbol(names: &[String]) -> Option<(String, bool)> {
    let sure = names.iter().rev().find_map(|name| {
        let mut found = pairs(stem(name));
        found.dedup();
        (found.len() == 1).then(|| found.swap_remove(0)).map(|pair| {
            let is_guess = is_doubtful(stem(name), &pair);
            (pair, is_guess)
        })
    });
    // Our own convention: SYMBOL.csv.
    let own =
        || names.last().map(|name| stem(name)).filter(|stem| guessed(stem).is_some_and(|symbol| symbol == **stem));
    if let (None, Some(own)) = (&sure, own()) {
        return Some((own.to_owned(), false));
    }
    let of_folder = || names.iter().skip(1).rev().find_map(|name| of_folder(name));
    sure.or_else(of_folder)
        .or_else(|| names.iter().rev().find_map(|name| guessed(stem(name)).map(|symbol| (symbol, true))))
}

/// The pair that a folder within an archive is named for, the innermost first: `BTCUSDT/1h/2024-01.csv`. It is a guess
/// unless its base is an asset that everybody knows.
fn of_folder(name: &str) -> Option<(String, bool)> {
    let mut found = name.rsplit(['/', '\\']).skip(1).map(pairs).find(|found| !found.is_empty())?;
    let [pair] = &mut found[..] else { return None };
    let is_known = ALTCOINS.split_ascii_whitespace().chain(["XBT"]).any(|asset| {
        pair.strip_prefix(asset).is_some_and(|rest| QUOTES.contains(&rest.split('_').next().unwrap_or_default()))
    });
    Some((std::mem::take(pair), !is_known))
}

/// Whether a pair is made of two words of which the first may be anything, as in `desk_btc_1h`.
fn is_doubtful(stem: &str, pair: &str) -> bool {
    let weak = ["BTC", "XBT", "ETH", "BNB"];
    let Some(base) = weak.iter().find_map(|quote| pair.strip_suffix(quote)) else { return false };
    let is_alone = words(stem).iter().any(|word| word.eq_ignore_ascii_case(base));
    is_alone && !ALTCOINS.split_ascii_whitespace().any(|known| known == base)
}

/// What is left of a name once all that is no asset is gone: one word in capitals.
fn guessed(stem: &str) -> Option<String> {
    let is_asset = |word: &str| {
        word.chars().any(|c| c.is_ascii_uppercase())
            && !word.chars().any(char::is_lowercase)
            && word.len() <= LONGEST
            && !is_filler(word)
            && !QUOTES[..17].contains(&word)
    };
    // Our own convention: BRK.B.csv is of BRK.B.
    if stem.contains('.')
        && is_asset(stem)
        && stem.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.')
    {
        return Some(stem.to_owned());
    }
    // A source and the quote of Bitcoin, as bitcoincharts names its files.
    let exchanges = ["BITSTAMP", "COINBASE", "KRAKEN", "BITFINEX", "GEMINI", "BTCE", "MTGOX"];
    let of_exchange = |word: &str| {
        let word = word.to_uppercase();
        let quote =
            exchanges.iter().find_map(|exchange| word.strip_prefix(exchange)).filter(|quote| QUOTES.contains(quote))?;
        Some(format!("BTC{quote}"))
    };
    let words = words(stem);
    if let Some(found) = words.iter().find_map(|word| of_exchange(word)) {
        return Some(found);
    }
    // A single letter behind an asset is the length of a bar.
    let is_length = |at: usize| at > 0 && ["D", "W", "M", "H"].contains(&words[at]);
    let mut found: Vec<usize> = (0..words.len()).filter(|at| is_asset(words[*at]) && !is_length(*at)).collect();
    found.dedup_by_key(|at| words[*at]);
    // A future without its quote.
    let suffix = |at: usize| words.get(at + 1).filter(|suffix| is_future(suffix) && !is_delivery(suffix));
    if let [at, ..] = found[..]
        && let Some(suffix) = suffix(at)
        && found.iter().skip(1).all(|other| *other == at + 1)
    {
        return Some(format!("{}_{suffix}", words[at]));
    }
    if found.is_empty() {
        return in_small_letters(&words);
    }
    (found.len() == 1).then(|| words[found[0]].to_owned())
}

/// The one asset that everybody knows beside words that are none: `btc_1h`.
fn in_small_letters(words: &[&str]) -> Option<String> {
    const KNOWN: [&str; 10] = ["btc", "xbt", "eth", "ltc", "xrp", "bch", "ada", "doge", "bnb", "xmr"];
    let (known, others): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| KNOWN.contains(word));
    match known[..] {
        [only] if others.iter().all(|word| is_filler(word)) => Some(only.to_uppercase()),
        _ => None,
    }
}

fn is_word(word: &str) -> bool {
    WORDS.split_ascii_whitespace().any(|other| other == word)
}

/// A word that tells a source, a date, an interval or nothing.
fn is_filler(word: &str) -> bool {
    let upper = word.to_uppercase();
    is_word(&upper)
        || KINDS.iter().any(|(kind, _)| *kind == upper)
        || word.starts_with(|c: char| c.is_ascii_digit())
            && (of_word(word, false).is_some() || word.bytes().filter(u8::is_ascii_digit).count() >= 4)
        || word.bytes().all(|b| b.is_ascii_digit())
        || of_word(word, false).is_some()
}

/// The kind of prices that a name tells where they are none of trades.
pub(super) fn kind(names: &[String]) -> Option<&'static str> {
    names.iter().rev().find_map(|name| {
        let stem = stem(name);
        let words: Vec<String> = words(stem).into_iter().map(str::to_uppercase).collect();
        let known = words.iter().find_map(|word| KINDS.iter().find(|(kind, _)| kind == word).map(|(_, kind)| *kind));
        let two = |a: &str, b: &str| words.windows(2).any(|pair| pair[0] == a && pair[1] == b);
        let last = words.last().map(String::as_str);
        known.or_else(|| match last {
            _ if two("MARK", "PRICE") => Some("mark prices"),
            _ if two("INDEX", "PRICE") => Some("index prices"),
            _ if two("FUNDING", "RATE") => Some("funding rates"),
            _ if two("PREMIUM", "INDEX") => Some("the premium index"),
            _ if two("OPEN", "INTEREST") => Some("open interest"),
            // Shares have indices of their own: only beside a pair.
            _ if pairs(stem).is_empty() && !words.iter().any(|word| is_future(word)) => None,
            _ if words.iter().any(|word| word == "INDEX") => Some("index prices"),
            _ if words.iter().any(|word| word == "FUNDING") => Some("funding rates"),
            _ if words.iter().any(|word| word == "ORACLE") => Some("prices of an oracle"),
            _ if words.iter().any(|word| word == "BASIS") => Some("the basis of a future"),
            Some("PREMIUM") => Some("the premium index"),
            _ => None,
        })
    })
}

/// The side of the market that a name tells where its prices are quotes.
pub(super) fn quotes(names: &[String]) -> Option<&'static str> {
    names.iter().rev().find_map(|name| {
        let words: Vec<String> = words(stem(name)).into_iter().map(str::to_uppercase).collect();
        match (words.iter().any(|word| word == "BID"), words.iter().any(|word| word == "ASK")) {
            (true, false) => Some("bids"),
            (false, true) => Some("asks"),
            _ => None,
        }
    })
}

/// The first day that a name tells in eight digits.
pub(super) fn date_of(name: &str) -> Option<crate::sim::Millis> {
    let digits: i64 = words(stem(name))
        .into_iter()
        .find(|word| word.len() == 8 && word.bytes().all(|b| b.is_ascii_digit()))?
        .parse()
        .ok()?;
    let days = crate::read::time::days(digits / 10_000, digits / 100 % 100, digits % 100)?;
    Some(days * crate::sim::DAY)
}

/// The interval that a cell tells: `1d`, `5`, `1DAY`, `D`, `60min`.
pub(super) fn interval_of(cell: &str) -> Option<Interval> {
    let cell = cell.trim();
    let named = [
        ("d", "1d"),
        ("w", "1w"),
        ("m", "1mo"),
        ("h", "1h"),
        ("1hour", "1h"),
        ("1mth", "1mo"),
        ("month", "1mo"),
        ("1min", "1m"),
        ("1hrs", "1h"),
        ("1h", "1h"),
    ];
    if let Some((_, interval)) = named.iter().find(|(name, _)| cell.eq_ignore_ascii_case(name)) {
        return interval.parse().ok();
    }
    if let Ok(number) = cell.parse::<i64>() {
        // Minutes up to a day, else seconds.
        let millis = if number <= 1_440 { number * MINUTE } else { number * 1_000 };
        return Interval::of_millis(millis);
    }
    let upper = cell.to_uppercase();
    let units = [
        ("DAY", "d"),
        ("HRS", "h"),
        ("HOUR", "h"),
        ("MINS", "m"),
        ("MIN", "m"),
        ("WEEK", "w"),
        ("MTH", "mo"),
        ("S", "s"),
    ];
    let spelled = units.iter().find_map(|(end, unit)| {
        let upper = upper.strip_suffix(end).or_else(|| upper.strip_suffix(&format!("{end}S")))?;
        let count = upper.trim_end_matches(['_', '-', ' ']);
        count.bytes().all(|b| b.is_ascii_digit()).then(|| format!("{count}{unit}").parse().ok()).flatten()
    });
    spelled.or_else(|| of_word(cell, false))
}

/// The interval in these names, the innermost name first; `numbers` are minutes, as Kraken writes them.
pub(super) fn interval(names: &[String], numbers: bool) -> Option<Interval> {
    names.iter().rev().find_map(|name| {
        let words = words(stem(name));
        words.iter().skip(1).rev().find_map(|word| of_word(word, numbers))
    })
}

/// The symbol as a file's name: capitals, no separators.
#[must_use]
pub fn normal(symbol: &str) -> String {
    // freqtrade writes BTC/USDT:USDT for a future that is settled in USDT, others BINANCE:BTCUSDT.
    let symbol = match symbol.split_once(':') {
        // ccxt's BTC/USDT:USDT-240329 is a future.
        Some((before, after)) if before.contains('/') && after.contains('-') => {
            return normal(&format!("{before}_{}", after.rsplit('-').next().unwrap_or_default()));
        }
        // Some write a colon between the two, as Bitfinex does: tLINK:USD.
        Some((before, after)) if QUOTES.contains(&after.to_uppercase().as_str()) && is_base(before) => {
            let base = before.strip_prefix('t').filter(|rest| **rest == rest.to_uppercase()).unwrap_or(before);
            return joined(&format!("{base}{after}"));
        }
        Some((before, after)) if !before.contains(['/', '-', '_']) && after.len() > 3 => after,
        Some((before, _)) => before,
        None => symbol,
    };
    // A future keeps its suffix: BTCUSD_PERP and BTCUSDT_230331 are no BTCUSD.
    if let Some((pair, suffix)) = symbol.rsplit_once(['_', '-'])
        && is_future(&suffix.to_uppercase())
        && !pair.is_empty()
    {
        return format!("{}_{}", joined(&pair.replace('/', "-")), suffix.to_uppercase());
    }
    // Upbit and Bittrex write the quote first: KRW-BTC.
    if let Some((quote, base)) = symbol.split_once(['-', '_', '/'])
        && strength(&quote.to_uppercase()) == 0
        && strength(&base.to_uppercase()) > 0
        && (2..=6).contains(&base.len())
        && base.chars().all(char::is_alphanumeric)
    {
        return joined(&format!("{base}{quote}"));
    }
    joined(&symbol.replace('/', "-"))
}

/// Whether a word may be the base of a pair: none of ours, and no pair itself.
fn is_base(word: &str) -> bool {
    let upper = word.to_uppercase();
    (1..=LONGEST).contains(&word.len())
        && word.chars().all(char::is_alphanumeric)
        && !is_word(&upper)
        && !QUOTES.iter().any(|quote| upper.len() > quote.len() + 1 && upper.ends_with(quote))
}

/// The symbol that a file calls its asset, as the file's name: without what stands before its pair, as in `SPOT_BTC_USDT`
/// and `BITSTAMP_SPOT_BTC_USD`.
pub(super) fn normal_of_content(symbol: &str) -> String {
    let mut found = if symbol.split('_').count() > 2 { pairs(symbol) } else { Vec::new() };
    if found.len() == 1 { normal(&found.swap_remove(0)) } else { normal(symbol) }
}

/// The one pair that a word is, as `BTC/USD` or `btcusdt`.
pub(super) fn is_pair_of_word(word: &str) -> bool {
    pairs(&word.replace('/', "-")).len() == 1
}

/// The name without folders and endings.
fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let ends = [
        ".gz", ".zst", ".zip", ".csv", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".feather", ".arrow", ".txt",
        ".tsv", ".prn",
    ];
    let mut stem = name;
    while let Some(end) = ends.iter().find(|end| stem.len() > end.len() && stem.to_ascii_lowercase().ends_with(*end)) {
        stem = &stem[..stem.len() - end.len()];
    }
    // Yahoo writes =X behind a pair of currencies.
    let stem = stem.strip_suffix("=X").unwrap_or(stem);
    // A browser numbers what it downloads twice.
    let number =
        stem.rsplit_once(" (").filter(|(_, end)| end.trim_end_matches(')').bytes().all(|b| b.is_ascii_digit()));
    number.map_or(stem, |(before, _)| before)
}

fn words(stem: &str) -> Vec<&str> {
    let is_between = |c: char| "_- ,.()@~+&#;:[]{}∕".contains(c);
    stem.split(is_between).filter(|word| !word.is_empty()).collect()
}

/// Whether a word is a pair of two assets.
pub(super) fn is_pair(word: &str) -> bool {
    !pairs(word).is_empty()
}

/// What stands before a word of a name.
fn separator_before(stem: &str, at: usize) -> Option<char> {
    let word = *words(stem).get(at)?;
    let begin = (word.as_ptr() as usize).checked_sub(stem.as_ptr() as usize)?;
    stem.get(..begin)?.chars().next_back()
}

/// The end of a future's name, in capitals: perpetual, or the day of its delivery as `240329` or `27DEC24`.
fn is_future(word: &str) -> bool {
    let is_day = |word: &str| {
        let (letters, digits) = (word.get(word.len().saturating_sub(5)..word.len().saturating_sub(2)), word.len());
        (6..=7).contains(&digits)
            && letters.is_some_and(|month| "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".contains(month))
            && word.bytes().filter(u8::is_ascii_digit).count() == digits - 3
    };
    ["PERP", "SWAP", "PERPETUAL"].contains(&word) || is_day(word) || is_delivery(word)
}

/// The day of a delivery in six digits.
fn is_delivery(word: &str) -> bool {
    word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()) && {
        let number: i64 = word.parse().unwrap_or_default();
        crate::read::time::days(2000 + number / 10_000, number / 100 % 100, number % 100).is_some()
    }
}

fn strength(asset: &str) -> usize {
    STRENGTH.iter().position(|assets| assets.contains(&asset)).unwrap_or(STRENGTH.len())
}

fn pairs(stem: &str) -> Vec<String> {
    let words: Vec<String> = words(stem).into_iter().map(str::to_uppercase).collect();
    let is_asset = |word: &str| {
        let letters = word.chars().any(char::is_alphabetic);
        letters && word.len() <= LONGEST && word.chars().all(char::is_alphanumeric) && !is_word(word)
    };
    let is_quote = |word: &str| QUOTES.contains(&word);
    // Behind a dash six digits are a date of the file, unless base and quote have a dash between them too.
    let with_suffix = |pair: String, at: usize| match (words.get(at), separator_before(stem, at)) {
        (Some(suffix), Some('-')) if is_delivery(suffix) && (at < 2 || separator_before(stem, at - 1) != Some('-')) => {
            pair
        }
        (Some(suffix), Some('_' | '-')) if is_future(suffix) => format!("{pair}_{suffix}"),
        (Some(suffix), Some('.')) if suffix == "P" => format!("{pair}.P"),
        _ => pair,
    };
    let is_length = |at: usize| of_word(&words_of(stem, at).to_lowercase(), false).is_some();
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        if is_kind(word) {
            at += 1;
            continue;
        }
        // Nothing but a pair, in capitals, may be of an asset that is called as a word of ours: DATA-USDT.
        let is_all = words.len() == 2 && at == 0 && !stem.chars().any(char::is_lowercase);
        let is_base = (is_asset(word) || is_all && is_word(word)) && !is_length(at);
        let next = words.get(at + 1);
        // Some write the quote first: USDT_BTC.
        let is_more =
            |at: usize| words.get(at).is_some_and(|word| is_asset(word) && !is_filler(word)) && !is_length(at);
        if let Some(other) = next.filter(|other| is_quote(word) && is_asset(other) && strength(word) < strength(other))
            && (is_quote(other) || (2..=5).contains(&other.len()) && words[..at].iter().all(|word| is_filler(word)))
            && !is_length(at + 1)
            && !is_future(other)
            && !(strength(word) > 0 && is_more(at + 2))
        {
            found.push(format!("{other}{word}"));
            at += 2;
            continue;
        }
        // Of two currencies the first is the base, whatever they are: USD_MXN.
        let is_money = |word: &str| STRENGTH[0].contains(&word) && word.len() == 3;
        if let Some(other) = next.filter(|next| is_money(word) && is_money(next)) {
            found.push(format!("{word}{other}"));
            at += 2;
            continue;
        }
        // WOO and CoinAPI write the kind of a market before its pair: PERP_BTC_USDT.
        if word == "PERP"
            && let (Some(base), Some(quote)) = (next, words.get(at + 2).filter(|quote| is_quote(quote)))
        {
            found.push(format!("{base}{quote}_PERP"));
            at += 3;
            continue;
        }
        // Bitcoin and Ether are quotes of assets, and assets beside a word of whoever made the file.
        let is_weak = |quote: &str| strength(quote) > 0;
        let is_alike = |quote: usize| {
            let is_upper = |at: usize| words_of(stem, at).chars().any(char::is_uppercase);
            word.len() <= 6 && is_upper(at) == is_upper(quote)
        };
        // Of Bitcoin and Ether the stronger is never the base.
        let is_stronger = |quote: &str| (1..strength(quote)).contains(&strength(word));
        // Before a stronger quote Bitcoin is the base, whatever unknown word stands before it: gate-io_btc_usdt.
        let is_known = ALTCOINS.split_ascii_whitespace().any(|known| known == word);
        let is_itself_quoted = |quote: &str| {
            !is_known && words.get(at + 2).is_some_and(|next| is_quote(next) && strength(next) < strength(quote))
        };
        let may_be = |quote: &&String| {
            let is_known_quote = is_quote(quote) && (!is_weak(quote) || is_alike(at + 1) && !is_itself_quoted(quote));
            (is_known_quote || is_local(word, quote)) && is_base && !is_stronger(quote)
        };
        if let Some(quote) = next.filter(may_be) {
            found.push(with_suffix(format!("{word}{quote}"), at + 2));
            // The asset that a future is settled in is no pair with the quote.
            at += if words.get(at + 2) == Some(quote) { 3 } else { 2 };
            continue;
        }
        let has_quote =
            |quote: &&str| word.len() > quote.len() + 1 && word.strip_suffix(*quote).is_some_and(|base| !is_word(base));
        if let Some(pair) = without_mark(words_of(stem, at)) {
            found.push(pair.to_owned());
        } else if is_asset(word) && QUOTES.iter().any(has_quote) && !is_kind(word) {
            // Bitfinex writes a small t before its pairs.
            let own = words_of(stem, at);
            let of_bitfinex = own.strip_prefix('t').filter(|rest| !rest.is_empty() && **rest == rest.to_uppercase());
            found.push(with_suffix(of_bitfinex.unwrap_or(word).to_uppercase(), at + 1));
        } else if word.split_at_checked(3).is_some_and(|(base, quote)| is_local(base, quote)) {
            found.push(word.clone());
        } else if let Some(pair) = without_end(word)
            && QUOTES.iter().any(|quote| pair.len() > quote.len() + 1 && pair.ends_with(quote))
        {
            found.push(pair.to_owned());
        }
        at += 1;
    }
    found
}

/// A pair without what some write right behind it: the length of bars, as `EURUSD1440`, `EURUSDM5` and `BTCUSDT1H`, or
/// the day of the file, as `BTCUSDT20240131`.
fn without_end(word: &str) -> Option<&str> {
    const LENGTHS: [&str; 16] =
        ["M1", "M5", "M15", "M30", "H1", "H4", "D1", "W1", "MN1", "1440", "10080", "43200", "240", "60", "30", "15"];
    const BEHIND: [&str; 15] =
        ["1M", "3M", "5M", "15M", "30M", "60M", "1H", "2H", "4H", "6H", "8H", "12H", "1D", "3D", "1W"];
    let is_day = |day: &str| {
        let number = day.parse::<i64>().unwrap_or_default();
        (19_900_101..=21_001_231).contains(&number)
            && crate::read::time::days(number / 10_000, number / 100 % 100, number % 100).is_some()
    };
    let is_year = |year: &str| year.parse::<u16>().is_ok_and(|year| (1990..2100).contains(&year));
    let behind_year =
        || word.split_at_checked(word.len().checked_sub(4)?).filter(|(_, year)| is_year(year)).map(|(pair, _)| pair);
    let by_length = LENGTHS.iter().find_map(|length| word.strip_suffix(length));
    let behind = || BEHIND.iter().rev().find_map(|length| word.strip_suffix(length));
    let by_day =
        || word.split_at_checked(word.len().checked_sub(8)?).filter(|(_, day)| is_day(day)).map(|(pair, _)| pair);
    let is_pair = |pair: &&str| pair.len() >= 6 && pair.bytes().all(|b| b.is_ascii_alphabetic());
    by_length
        .filter(is_pair)
        .or_else(|| behind().filter(is_pair))
        .or_else(|| by_day().filter(is_pair))
        .or_else(|| behind_year().filter(is_pair))
}

/// Whether an asset that everybody knows is quoted in the money of one country: BTC-INR.
fn is_local(base: &str, quote: &str) -> bool {
    const MONEY: &str =
        "INR IDR MXN ZAR ARS COP CLP PHP THB VND NGN UAH PLN CZK HUF RON SEK NOK DKK NZD SGD HKD ILS RUB TWD";
    let is_in = |list: &str, word: &str| list.split_ascii_whitespace().any(|known| known == word);
    is_in(MONEY, quote) && (is_in(ALTCOINS, base) || ["XBT", "USDT", "USDC"].contains(&base))
}

/// A pair of two currencies without the small letters by which a broker tells its kinds of accounts: `EURUSDm`.
fn without_mark(word: &str) -> Option<&str> {
    let (pair, mark) = word.split_at_checked(6)?;
    let (base, quote) = pair.split_at_checked(3)?;
    let is_mark = (1..=3).contains(&mark.len()) && mark.bytes().all(|b| b.is_ascii_lowercase());
    (is_mark && STRENGTH[0].contains(&base) && STRENGTH[0].contains(&quote)).then_some(pair)
}

/// The word of a name at this place, as it stands there.
fn words_of(stem: &str, at: usize) -> &str {
    words(stem).get(at).copied().unwrap_or_default()
}

fn is_kind(word: &str) -> bool {
    ["INDEX", "FUNDING"].contains(&word) || KINDS.iter().any(|(kind, _)| *kind == word)
}

fn of_word(word: &str, numbers: bool) -> Option<Interval> {
    if let Some((_, minutes)) = MINUTES.iter().find(|(name, _)| numbers && *name == word) {
        return Interval::of_millis(minutes * MINUTE);
    }
    if let Some((_, minutes)) = SPELLED.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)) {
        return Interval::of_millis(minutes * MINUTE);
    }
    if word.eq_ignore_ascii_case("monthly") || matches!(word, "1M" | "1mo" | "1mon" | "MN1") {
        return Some(Interval::MONTH);
    }
    let short = word.len() <= 4 && word.starts_with(|c: char| c.is_ascii_digit());
    let lower = if word.ends_with('M') { return None } else { word.to_ascii_lowercase() };
    if short { lower.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> (Option<String>, Option<String>) {
        let names = [name.to_owned()];
        let symbol = symbol(&names).map(|(symbol, _)| normal(&symbol));
        (symbol, interval(&names, true).map(|interval| interval.to_string()))
    }

    #[test]
    fn names_as_tools_write_them_give_symbol_and_interval() {
        for (name, symbol, interval) in [
            ("BTCUSDT-1h-2023-01.zip", "BTCUSDT", "1h"),
            ("BTCUSDT-1m-2021-11-27.csv", "BTCUSDT", "1m"),
            ("Binance_BTCUSDT_1h.csv", "BTCUSDT", "1h"),
            ("BTC_USDT-5m.feather", "BTCUSDT", "5m"),
            ("BTC_USDT_USDT-1h-futures.feather", "BTCUSDT", "1h"),
            ("XBTUSD_1440.csv", "XBTUSD", "1d"),
            ("XBTUSD_60.csv.gz", "XBTUSD", "1h"),
            ("BINANCE_ETHUSDT, 1D.csv", "ETHUSDT", "1d"),
            ("ETH-USD_weekly.csv", "ETHUSD", "1w"),
            ("downloads/20131001_btcusd_minute_trade.csv", "BTCUSD", "1m"),
            ("1000SHIBUSDT_1M.json", "1000SHIBUSDT", "1mo"),
            ("BTCUSDT_230331-1d.csv", "BTCUSDT_230331", "1d"),
            ("BTCUSD_PERP-1h-2023-10-27.csv", "BTCUSD_PERP", "1h"),
            ("bitstampUSD_1-min_data_2012-01-01_to_2021-03-31.csv", "BTCUSD", "1m"),
            ("coinbaseUSD_1-min_data_2014-12-01_to_2019-01-09.csv", "BTCUSD", "1m"),
            ("AAPL_1d (1).csv", "AAPL", "1d"),
            ("DAT_MT_EURUSD_M1_2018.csv", "EURUSD", "1m"),
            ("BTC-Hourly.csv", "BTC", "1h"),
        ] {
            assert_eq!(of(name), (Some(symbol.into()), Some(interval.into())), "{name}");
        }
    }

    #[test]
    fn names_that_tell_nothing_or_two_things_are_not_guessed_from() {
        for name in [
            "candles.csv",
            "Bitcoin Historical Data.csv",
            "BTCUSDT_ETHUSDT.csv",
            "prices.csv",
            "test_data.csv",
            "kline.json",
            "freqtrade_1m.json",
            "",
            ".csv",
            "2023.zip",
            "USDT.csv",
            "near.csv",
        ] {
            assert_eq!(of(name).0, None, "{name}");
        }
        for (name, symbol) in [
            ("BTC-USD.csv", "BTCUSD"),
            ("huobi_btc_usdt.csv", "BTCUSDT"),
            ("crypto_com_btc_usd.csv", "BTCUSD"),
            ("USDT_BTC.csv", "BTCUSDT"),
            ("BTC_ETH.csv", "ETHBTC"),
            ("AAPL.csv", "AAPL"),
            ("BRK.B.csv", "BRK.B"),
            ("Binance_ADAUSDT_d.csv", "ADAUSDT"),
            ("gemini_BTCUSD_prices.csv", "BTCUSD"),
            ("BTC_5m.csv", "BTC"),
            ("DATA-USDT.csv", "DATAUSDT"),
            ("BTC-USDT-SWAP.csv", "BTCUSDT_SWAP"),
            ("BTCUSDT-PERP_1h.csv", "BTCUSDT_PERP"),
            ("BTCUSDT-27DEC24.csv", "BTCUSDT_27DEC24"),
            ("BTC-27DEC24.csv", "BTC_27DEC24"),
            ("BTC-PERPETUAL-1h.csv", "BTC_PERPETUAL"),
            ("BTC-USD-240329.csv", "BTCUSD_240329"),
            ("BTCUSDT-210301.csv", "BTCUSDT"),
            ("BINANCE_BTCUSDT.P, 60.csv", "BTCUSDT.P"),
            ("EURUSD1440.csv", "EURUSD"),
            ("XAUUSD60.csv", "XAUUSD"),
            ("EURUSDm5.csv", "EURUSD"),
            ("SPY_D.csv", "SPY"),
            ("D.csv", "D"),
            ("tBTCUSD.csv", "BTCUSD"),
            ("btcusdt@kline_1h.csv", "BTCUSDT"),
            ("btcusdt.csv", "BTCUSDT"),
            ("eth-usd.csv", "ETHUSD"),
            ("btc_5m.csv", "BTC"),
            ("doge.csv", "DOGE"),
            ("BTCUSDT1h.csv", "BTCUSDT"),
            ("ETHUSDT20240506.csv", "ETHUSDT"),
            ("ETHUSDT2024.csv", "ETHUSDT"),
            ("gate-io-btc_usdt-1h.csv", "BTCUSDT"),
            ("coinbase-pro-eth-usd-5m.csv", "ETHUSD"),
            ("wazirx_btcinr.csv", "BTCINR"),
            ("BTC-MXN.csv", "BTCMXN"),
            ("upbit_KRW-XRP_60m.csv", "XRPKRW"),
            ("BTC:USDT.csv", "BTCUSDT"),
            ("BTC~USDT.csv", "BTCUSDT"),
            ("EURUSD=X.csv", "EURUSD"),
            ("EURUSDm_M15_202001010000.csv", "EURUSD"),
            ("GBPUSDc_M5.csv", "GBPUSD"),
        ] {
            assert_eq!(of(name).0.as_deref(), Some(symbol), "{name}");
        }
    }

    #[test]
    fn a_name_of_mark_index_premium_or_funding_prices_is_no_name_of_trades() {
        for (name, kind_of) in [
            ("BTC_USDT_USDT-8h-mark.feather", Some("mark prices")),
            ("BTCUSDT-1h-index.csv", Some("index prices")),
            ("BTCUSDT-premiumIndex.csv", Some("the premium index")),
            ("BTC_USDT_USDT-8h-funding_rate.feather", Some("funding rates")),
            ("BTCUSDT-markPriceKlines-1h.csv", Some("mark prices")),
            ("okx_index_BTC-USDT_1h.csv", Some("index prices")),
            ("BTCUSDT_INDEX_1h.csv", Some("index prices")),
            ("SPX_index.csv", None),
            ("BTCUSDT-1h.csv", None),
        ] {
            assert_eq!(kind(&[name.to_owned()]), kind_of, "{name}");
        }
    }

    #[test]
    fn a_symbol_becomes_a_name_without_separators() {
        assert_eq!(normal("BTCUSD_PERP"), "BTCUSD_PERP");
        for symbol in ["BTC/USDT", "btc-usdt", "BTC_USDT", "BTC/USDT:USDT", "BINANCE:BTCUSDT"] {
            assert_eq!(normal(symbol), "BTCUSDT");
        }
        assert_eq!(normal("BTC-USDT-SWAP"), "BTCUSDT_SWAP");
        assert_eq!(normal("BTC/USDT:USDT-240329"), "BTCUSDT_240329");
        assert_eq!(normal("BTC-PERPETUAL"), "BTC_PERPETUAL");
        for (symbol, name) in [("tLINK:USD", "LINKUSD"), ("BTC:USDT", "BTCUSDT"), ("KRAKEN:XBTUSD", "XBTUSD")] {
            assert_eq!(normal(symbol), name);
        }
    }

    #[test]
    fn a_folder_within_an_archive_tells_the_pair_that_its_files_do_not() {
        let of = |inner: &str| symbol(&["all.zip".to_owned(), inner.to_owned()]);
        assert_eq!(of("BTCUSDT/1h.csv"), Some(("BTCUSDT".to_owned(), false)));
        assert_eq!(of("spot/eth_usd/1h/2024-01.csv"), Some(("ETHUSD".to_owned(), false)));
        assert_eq!(of("BTCUSDT/ETHUSDT-1h.csv"), Some(("ETHUSDT".to_owned(), false)));
        assert_eq!(of("BTCUSDT_ETHUSDT/1h.csv"), None);
        assert_eq!(of("desk_usdt/1h.csv"), Some(("DESKUSDT".to_owned(), true)));
        assert_eq!(of("desk_usdt/BTC.csv"), Some(("BTC".to_owned(), false)));
        assert_eq!(symbol(&["BTCUSDT/1h.csv".to_owned()]), None, "folders of the disk are anybody's");
    }
}
