//! The parts that need no server: what is missing, which pair is meant, how fast may be asked.

use crate::exchange::pages::{missing_ranges, off_grid};
use crate::exchange::pairs::find;
use crate::exchange::{EXCHANGES, Pair, find_exchange};

#[test]
fn missing_ranges_hold_their_neighbours_and_near_ones_become_one() {
    let there = [30, 40, 50, 80, 90, 100, 200, 210];
    let ends =
        |found: Vec<std::ops::Range<i64>>| found.iter().map(|range| (range.start, range.end)).collect::<Vec<_>>();
    let found = |wanted, near| ends(missing_ranges(&there, &wanted, 10, near));
    assert_eq!(found(0..240, 0), [(0, 31), (50, 81), (100, 201), (210, 240)]);
    assert_eq!(found(0..240, 19), [(0, 31), (50, 81), (100, 240)]);
    assert_eq!(found(0..240, 20), [(0, 240)]);
    assert_eq!(found(30..101, 0), [(50, 81)]);
    assert_eq!(found(30..51, 0), []);
    assert_eq!(found(30..60, 0), [], "the next bar would open at 60, which no longer counts");
    assert_eq!(found(25..61, 0), [(50, 61)]);
    assert_eq!(found(300..400, 0), [(300, 400)]);
    assert_eq!(found(90..90, 0), []);
    assert_eq!(ends(missing_ranges(&[], &(5..9), 10, 0)), [(5, 9)]);
}

fn pairs() -> Vec<Pair> {
    [("BTC", "USD"), ("BTC", "EUR"), ("ETH", "BTC"), ("DOGE", "USD"), ("SHIB", "EUR"), ("ABTC", "USD")]
        .map(|(base, quote)| Pair::new(&format!("{base}-{quote}"), base, quote))
        .to_vec()
}

#[test]
fn an_asset_is_found_in_the_quote_and_a_whole_pair_in_any_spelling() {
    let code = |name: &str, quote: &str| find(name, quote, &pairs(), "Coinbase").unwrap().code;
    for (name, quote, expected) in [
        ("BTC", "USD", "BTC-USD"),
        ("btc", "eur", "BTC-EUR"),
        ("XBT", "USD", "BTC-USD"),
        ("BTC-EUR", "USD", "BTC-EUR"),
        ("BTC/EUR", "USD", "BTC-EUR"),
        ("BTCEUR", "USD", "BTC-EUR"),
        ("ETHBTC", "USD", "ETH-BTC"),
        (" doge ", "USD", "DOGE-USD"),
    ] {
        assert_eq!(code(name, quote), expected, "{name}");
    }
    assert_eq!(find("BTC-EUR", "USD", &pairs(), "Coinbase").unwrap().symbol(), "BTCEUR");
}

#[test]
fn a_name_that_is_no_pair_is_answered_with_what_there_is() {
    let error = |name: &str, quote: &str| find(name, quote, &pairs(), "Coinbase").unwrap_err().to_string();
    assert_eq!(
        error("BTC", "USDT"),
        "Coinbase has no 'BTC' in USDT; it has it in EUR, USD. Say --quote, or write the whole pair"
    );
    assert_eq!(error("DOEG", "USD"), "Coinbase has no 'DOEG' among its 6 pairs. Did you mean DOGE?");
    assert!(error("../../x", "USD").contains("no '../../x' among"));
    assert!(error("\u{1b}[2J", "USD").contains(r"'\u{1b}[2J'"));
    assert!(error("", "USD").contains("such as BTC or BTC-EUR"));
}

#[test]
fn every_exchange_offers_intervals_that_are_intervals_the_shortest_first() {
    for exchange in EXCHANGES {
        let lengths: Vec<i64> = exchange
            .intervals()
            .iter()
            .map(|(name, _)| name.parse::<crate::sim::Interval>().unwrap().millis())
            .collect();
        assert!(lengths.is_sorted(), "{}", exchange.name());
        assert!(exchange.base_url().starts_with("https://"));
        assert!(exchange.code("1h".parse().unwrap()).is_some(), "{}", exchange.name());
        assert!(exchange.code("7m".parse().unwrap()).is_none());
        assert!(find_exchange(exchange.title()).is_some());
    }
    // The same length in other words.
    assert_eq!(find_exchange("kraken").unwrap().code("60m".parse().unwrap()), Some("60"));
}

#[test]
fn bars_of_another_interval_than_was_asked_for_are_noticed() {
    const HOUR: i64 = 3_600_000;
    let hours = |hours: &[i64]| hours.iter().map(|hour| hour * HOUR).collect::<Vec<_>>();
    assert_eq!(off_grid(&hours(&[1, 2, 3, 7, 8]), HOUR), None, "a gap");
    assert_eq!(off_grid(&hours(&[1, 3, 5]), HOUR), None, "too few to tell");
    assert_eq!(off_grid(&[], HOUR), None);
    assert!(off_grid(&hours(&[0, 24, 48, 72, 96]), HOUR).unwrap().contains("24 times"), "days for hours");
    assert!(off_grid(&[0, HOUR / 4], HOUR).unwrap().contains("1970-01-01T00:15:00Z"), "quarters for hours");
    let weeks: Vec<i64> = (0..6).map(|week| 4 * 24 * HOUR + week * 7 * 24 * HOUR).collect();
    assert_eq!(off_grid(&weeks, 7 * 24 * HOUR), None, "weeks begin on Monday");
}
