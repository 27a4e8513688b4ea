//! Names of traded pairs: what may be one, as it becomes the name of a file, and how to take one apart: `BTCUSDT`,
//! `BTC-USD`, `BTC_USDT` and `XBTUSD` all have the base BTC.

use std::borrow::Cow;

use crate::escape::{escape, is_unprintable, quote};
use crate::sim::text::glob;

/// Assets in which prices are quoted.
pub(crate) const QUOTES: &[&str] = &[
    "FDUSD", "BUSD", "TUSD", "USDT", "USDC", "USDE", "USDD", "PYUSD", "GUSD", "USDP", "DAI", "USD", "EUR", "GBP",
    "JPY", "KRW", "TRY", "BRL", "AUD", "CAD", "CHF", "BTC", "XBT", "ETH", "BNB",
];

const SEPARATORS: [char; 3] = ['-', '_', ' '];

/// Whether the base asset of `pair` is `asset`, both in capitals.
///
/// One quote is split off, never two: the base of `ETHBTCUSDT` is ETHBTC. A name without a separator may be read in
/// two ways, `ARBUSD` as ARB/USD or AR/BUSD, and then has either base.
pub(crate) fn has_base(pair: &str, asset: &str) -> bool {
    let asset = one_name(asset);
    if let Some((base, _)) = pair.split_once(SEPARATORS) {
        return one_name(base) == asset;
    }
    let mut bases = QUOTES.iter().filter_map(|quote| pair.strip_suffix(quote));
    bases.any(|base| !base.is_empty() && one_name(base) == asset)
}

/// The name of a pair in capitals and without separators: `btc-usdt` is `BTCUSDT`.
pub(crate) fn joined(pair: &str) -> String {
    if pair.is_ascii() {
        let letters = pair.bytes().map(char::from).filter(|c| !SEPARATORS.contains(c));
        return letters.map(|c| c.to_ascii_uppercase()).collect();
    }
    pair.chars().filter(|c| !SEPARATORS.contains(c)).flat_map(char::to_uppercase).collect()
}

/// A name in capitals; most are.
pub(crate) fn in_capitals(name: &str) -> Cow<'_, str> {
    let is_so = name.is_ascii() && !name.bytes().any(|byte| byte.is_ascii_lowercase());
    if is_so { Cow::Borrowed(name) } else { Cow::Owned(name.to_uppercase()) }
}

/// The base that a reader would name, for suggestions.
pub(crate) fn plain_base(pair: &str) -> &str {
    if let Some((base, _)) = pair.split_once(SEPARATORS) {
        return base;
    }
    QUOTES
        .iter()
        .filter_map(|quote| pair.strip_suffix(quote))
        .filter(|base| !base.is_empty())
        .min_by_key(|base| base.len())
        .unwrap_or(pair)
}

/// A symbol as others write it, as the name of a file may have it: `BTC/USDT` and ccxt's `BTC/USDT:USDT` are `BTC-USDT`,
/// `BINANCE:BTCUSDT`, as charts write it, is `BTCUSDT`. All else is left as it is.
pub(crate) fn usual_spelling(name: &str) -> Cow<'_, str> {
    let is_word = |text: &str| !text.is_empty() && text.chars().all(char::is_alphanumeric);
    if let Some((base, quote)) = name.split_once('/') {
        let (quote, settled) = quote.split_once(':').unwrap_or((quote, "x"));
        // Longer ones are no asset, and so this is rather a path.
        if is_word(base) && is_word(quote) && is_word(settled) && quote.len() <= 6 {
            return Cow::Owned(format!("{base}-{quote}"));
        }
    } else if let Some((exchange, symbol)) = name.split_once(':')
        && is_word(exchange.trim_matches(['-', '_']))
    {
        return Cow::Borrowed(symbol);
    }
    Cow::Borrowed(name)
}

/// Whether a name stands for all symbols that it fits.
#[must_use]
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// Whether a symbol fits a pattern such as `*USDT` or `[BE]T?USDT`, in any case.
pub(crate) fn fits(pattern: &str, symbol: &str) -> bool {
    glob::matches(&pattern.to_uppercase(), &symbol.to_uppercase())
}

/// Whether a name means this symbol among others: the symbol in any usual spelling, its base asset, or a pattern that it
/// fits.
#[must_use]
pub fn is_symbol_named(symbol: &str, name: &str) -> bool {
    let name = usual_spelling(name.trim());
    if is_pattern(&name) {
        return fits(&name, symbol);
    }
    joined(symbol) == joined(&name) || has_base(&symbol.to_uppercase(), &name.to_uppercase())
}

/// How alike a name and the most alike of these spellings of another are, from 0 to 1 (Jaro-Winkler).
pub(crate) fn likeness(name: &str, spellings: &[&str]) -> f64 {
    spellings.iter().map(|spelling| strsim::jaro_winkler(spelling, name)).fold(0.0, f64::max)
}

/// The best of these names, each with its [`likeness`] to a mistyped one, which must be at least `least`: up to three,
/// the most alike first, escaped.
pub(crate) fn most_alike<'a>(least: f64, names: impl Iterator<Item = (f64, &'a str)>) -> Vec<String> {
    const SUGGESTIONS: usize = 3;
    let mut scored: Vec<(f64, &str)> = names.filter(|(score, _)| *score >= least).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(SUGGESTIONS).map(|(_, name)| escape(name)).collect()
}

/// Kraken and `BitMEX` write XBT for BTC.
fn one_name(asset: &str) -> &str {
    if asset == "XBT" { "BTC" } else { asset }
}

/// Longest symbol: a file's name has to hold it.
const LONGEST: usize = 64;

/// Whether new bars may be stored under this name: letters and digits of any script, and `-`, `_` and `.` between
/// them. A `*` or a blank would be a trap in every shell.
///
/// # Errors
/// When they may not.
pub fn check_symbol(symbol: &str) -> Result<(), SymbolError> {
    check_name(symbol)?;
    let is_usual = |c: char| c.is_alphanumeric() || ['-', '_', '.'].contains(&c);
    if symbol.chars().all(is_usual) { Ok(()) } else { Err(SymbolError { name: quote(symbol) }) }
}

/// The same for what is stored already under a name that somebody else chose: it must not lead anywhere else, nor be
/// hidden.
pub(crate) fn check_name(symbol: &str) -> Result<(), SymbolError> {
    let is_path = symbol.contains(['/', '\\', ':', '\0']) || symbol.contains("..") || symbol.starts_with(['.', '-']);
    let is_bad = symbol.trim() != symbol || symbol.is_empty() || symbol.len() > LONGEST;
    if is_path || is_bad || symbol.chars().any(is_unprintable) {
        return Err(SymbolError { name: quote(symbol) });
    }
    Ok(())
}

/// Not a name that a candle file may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name} is not a symbol. Write the name of an asset or pair, such as BTC or BTCUSDT: letters and digits, and \
             '-', '_' or '.' between them."
)]
pub struct SymbolError {
    /// As given, quoted and escaped.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_spelling_of_a_bitcoin_pair_has_the_base_btc_and_xbt() {
        for pair in ["BTCUSDT", "BTC-USD", "BTC_USDT", "XBTUSD", "BTC-PERP", "BTCEUR", "XBT_EUR", "BTCFDUSD", "BTC USD"]
        {
            assert!(has_base(pair, "BTC"), "{pair}");
            assert!(has_base(pair, "XBT"), "{pair}");
        }
    }

    #[test]
    fn multiples_ratios_and_stablecoins_keep_their_own_base() {
        for (pair, base, wrong) in [
            ("1000SHIBUSDT", "1000SHIB", "SHIB"),
            ("ETHBTCUSDT", "ETHBTC", "ETH"),
            ("ETHBTCUSDT", "ETHBTC", "BTC"),
            ("USDCUSDT", "USDC", "USD"),
            ("USDEUSDT", "USDE", "USDT"),
            ("BTCDOMUSDT", "BTCDOM", "BTC"),
            ("ETHBTC", "ETH", "BTC"),
        ] {
            assert!(has_base(pair, base), "{pair}");
            assert!(!has_base(pair, wrong), "{pair} {wrong}");
        }
        assert!(!has_base("BTC", "BTC"));
    }

    #[test]
    fn a_pair_that_can_be_split_in_two_ways_has_either_base() {
        assert!(has_base("ARBUSD", "AR") && has_base("ARBUSD", "ARB"));
        assert_eq!(plain_base("BTCFDUSD"), "BTC");
    }

    #[test]
    fn symbols_are_letters_digits_and_what_joins_them() {
        for symbol in ["BTCUSDT", "1000SHIBUSDT", "BTC-USD", "BTC_USDT", "BTC.D", "币安人生USDT"] {
            assert!(check_symbol(symbol).is_ok(), "{symbol}");
        }
        for symbol in ["BTC*", "BTC?", "BTC USD", "BTC$", "BTC'", "A|B", "a\u{202e}b", "../x", "-x", ".x", ""] {
            assert!(check_symbol(symbol).is_err(), "{symbol}");
        }
    }

    #[test]
    fn what_is_stored_already_may_have_a_name_of_any_letters() {
        assert!(check_name("BTC USD").is_ok() && check_name("BTC*").is_ok());
        assert!(check_name("a/b").is_err() && check_name("..").is_err());
    }

    #[test]
    fn symbols_may_be_written_as_ccxt_and_tradingview_do() {
        for (written, meant) in [
            ("BTC/USDT", "BTC-USDT"),
            ("btc/usdt:usdt", "btc-usdt"),
            ("BINANCE:BTCUSDT", "BTCUSDT"),
            ("BTC-USD", "BTC-USD"),
            ("../../etc/passwd", "../../etc/passwd"),
            ("/x", "/x"),
            ("a/b/c", "a/b/c"),
            ("1d/BTCUSDT", "1d/BTCUSDT"),
        ] {
            assert_eq!(usual_spelling(written), meant, "{written}");
        }
    }

    #[test]
    fn a_star_stands_for_any_letters_and_a_question_mark_for_one() {
        for (pattern, symbol) in
            [("*USDT", "BTCUSDT"), ("btc*", "BTCUSDT"), ("*", "X"), ("B?C*D?", "BTCUSDT"), ("*T*T*", "BTCUSDT")]
        {
            assert!(fits(pattern, symbol), "{pattern}");
        }
        for (pattern, symbol) in [("*USDT", "BTCUSD"), ("BTC?", "BTC"), ("?", ""), ("*A*B", "BA"), ("BTC", "BTCUSDT")] {
            assert!(!fits(pattern, symbol), "{pattern}");
        }
    }
}
