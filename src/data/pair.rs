//! Takes the name of a traded pair apart: `BTCUSDT`, `BTC-USD`, `BTC_USDT` and `XBTUSD` all have the base BTC.

/// Assets in which prices are quoted.
pub(super) const QUOTES: &[&str] = &[
    "FDUSD", "BUSD", "TUSD", "USDT", "USDC", "USDE", "USDD", "PYUSD", "GUSD", "USDP", "DAI", "USD", "EUR", "GBP",
    "JPY", "KRW", "TRY", "BRL", "AUD", "CAD", "CHF", "BTC", "XBT", "ETH", "BNB",
];

const SEPARATORS: [char; 3] = ['-', '_', ' '];

/// Whether the base asset of `pair` is `asset`, both in capitals.
///
/// One quote is split off, never two: the base of `ETHBTCUSDT` is ETHBTC. A name without a separator may be read in
/// two ways, `ARBUSD` as ARB/USD or AR/BUSD, and then has either base.
pub(super) fn has_base(pair: &str, asset: &str) -> bool {
    let asset = one_name(asset);
    if let Some((base, _)) = pair.split_once(SEPARATORS) {
        return one_name(base) == asset;
    }
    let mut bases = QUOTES.iter().filter_map(|quote| pair.strip_suffix(quote));
    bases.any(|base| !base.is_empty() && one_name(base) == asset)
}

/// The name of a pair in capitals and without separators: `btc-usdt` is `BTCUSDT`.
pub(super) fn joined(pair: &str) -> String {
    pair.chars().filter(|c| !SEPARATORS.contains(c)).flat_map(char::to_uppercase).collect()
}

/// The base that a reader would name, for suggestions.
pub(super) fn plain_base(pair: &str) -> &str {
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

/// Kraken and `BitMEX` write XBT for BTC.
fn one_name(asset: &str) -> &str {
    if asset == "XBT" { "BTC" } else { asset }
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
}
