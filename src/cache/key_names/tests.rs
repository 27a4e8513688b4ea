use super::*;

const KEY: Key = Key([0x5a; 32]);

#[test]
fn a_name_says_kind_symbol_and_strategy() {
    let name = KeyNames::new("backtest").entry(EntryKind::Result, "BTCUSDT", "rsi", &KEY);
    assert_eq!(name, format!("backtest:v1:result:BTCUSDT:rsi:{}", "5a".repeat(32)));
}

#[test]
fn a_name_can_be_taken_apart_again() {
    let names = KeyNames::new("team:a");
    for (symbol, strategy) in [("BTC/USDT", "./mine.toml"), ("", ""), ("a:b\r\n", "*"), (&"x".repeat(99), "é")] {
        let name = names.entry(EntryKind::Trades, symbol, strategy, &KEY);
        let parts = names.parse(name.as_bytes()).expect("one of ours");
        assert_eq!(parts.kind, "trades");
        let filter = |symbol: &str| EntryFilter { symbol: Some(symbol.to_owned()), ..EntryFilter::default() };
        assert!(parts.passes(&EntryFilter { strategy: Some(strategy.to_owned()), ..filter(symbol) }), "{name}");
        assert!(!parts.passes(&filter("ETH")));
    }
}

#[test]
fn names_of_others_are_not_ours() {
    let names = KeyNames::new("backtest");
    let hash = "5a".repeat(32);
    for name in [
        "backtest".to_owned(),
        "backtest:v1:stats".to_owned(),
        "backtest:v1:result:BTC:rsi:short".to_owned(),
        format!("backtest:v1:result:BTC:{hash}"),
        format!("backtest:v1:result:BTC:rsi:{hash}:more"),
        format!("backtest:v1:result:B*C:rsi:{hash}"),
        format!("backtest2:v1:result:BTC:rsi:{hash}"),
        format!("backtest:v2:result:BTC:rsi:{hash}"),
        format!("backtest:v1:result:BTC:rsi:{}", "5A".repeat(32)),
    ] {
        assert_eq!(names.parse(name.as_bytes()), None, "{name}");
    }
    assert_eq!(names.parse(b"backtest:v1:\xff"), None);
}

#[test]
fn a_prefix_with_glob_characters_matches_only_itself() {
    let filter = EntryFilter { strategy: Some("rsi".into()), ..EntryFilter::default() };
    assert_eq!(KeyNames::new("a*[b]?\\").pattern(&filter), r"a\*\[b\]\?\\:v1:*:*:rsi:*");
    let filter = EntryFilter { pattern: Some("result:*".into()), ..EntryFilter::default() };
    assert_eq!(KeyNames::new("a").pattern(&filter), "a:v1:result:*");
}

#[test]
fn counters_of_a_day_are_named_by_it() {
    let (name, day) = KeyNames::new("backtest").day(1_700_000_000_000);
    assert_eq!((name.as_str(), day.as_str()), ("backtest:v1:stats:2023-11-14", "2023-11-14"));
}

#[test]
fn a_pattern_may_have_our_prefix_or_not() {
    for text in ["result:BTC*", "backtest:v1:result:BTC*"] {
        assert_eq!(EntryFilter::pattern(text, "backtest").as_deref(), Ok("result:BTC*"));
    }
}

#[test]
fn a_pattern_that_begins_as_no_entry_does_is_refused() {
    for text in ["", "BTC*", "session:*", "backtest:v2:result:*", "backtest2:*", "stats", "result", "re:*"] {
        assert_eq!(EntryFilter::pattern(text, "backtest"), Err(PatternError), "{text}");
    }
    for text in ["*", "*:BTC*", "r*", "?esult:*", "[rt]*", "trades:*", "block:BTCUSDT:ma:5a"] {
        assert_eq!(EntryFilter::pattern(text, "backtest").as_deref(), Ok(text));
    }
}
