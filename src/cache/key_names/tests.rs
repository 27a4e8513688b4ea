use super::*;
use crate::key::Key;

const KEY: Key = Key([0x5a; 32]);

#[test]
fn a_name_is_made_of_kind_and_key_alone() {
    let name = KeyNames::new("backtest").entry(EntryKind::Result, &KEY);
    assert_eq!(name, format!("backtest:v2:result:{}", "5a".repeat(32)));
}

#[test]
fn an_entry_is_selected_by_the_symbol_and_strategy_of_its_label() {
    let names = KeyNames::new("team:a");
    let name = names.entry(EntryKind::Trades, &KEY);
    for (symbol, strategy) in [("BTC/USDT", "./mine.toml"), ("", ""), ("a:b\r\n", "*"), (&"x".repeat(99), "é")] {
        let label = label(symbol, strategy);
        let entry = names.parse(name.as_bytes(), Some(&label)).expect("one of ours");
        assert_eq!(entry.kind, "trades");
        let filter = |symbol: &str| EntryFilter { symbol: Some(symbol.to_owned()), ..EntryFilter::default() };
        assert!(entry.passes(&EntryFilter { strategy: Some(strategy.to_owned()), ..filter(symbol) }), "{label}");
        assert!(!entry.passes(&filter("ETH")));
    }
}

#[test]
fn the_longest_label_fits_into_an_envelope() {
    let label = label(&"x".repeat(99), &"y".repeat(99));
    assert_eq!(label.len(), crate::envelope::MAX_LABEL);
}

#[test]
fn a_label_that_somebody_forged_cannot_reach_a_terminal() {
    let names = KeyNames::new("backtest");
    let name = names.entry(EntryKind::Result, &KEY);
    let entry = names.parse(name.as_bytes(), Some("\x1b[2J:a:b\n")).expect("one of ours");
    assert_eq!((entry.symbol.as_str(), entry.strategy.as_str()), ("__2J", "a_b_"));
    let entry = names.parse(name.as_bytes(), None).expect("one of ours");
    assert_eq!(entry.full(), format!("result:_:_:{KEY}"));
}

#[test]
fn names_of_others_are_not_ours() {
    let names = KeyNames::new("backtest");
    let key = "5a".repeat(32);
    for name in [
        "backtest".to_owned(),
        "backtest:v2:stats".to_owned(),
        "backtest:v2:result:short".to_owned(),
        format!("backtest:v2:{key}"),
        format!("backtest:v2:result:{key}:more"),
        format!("backtest:v2:result:BTC:{key}"),
        format!("backtest2:v2:result:{key}"),
        format!("backtest:v1:result:{key}"),
        format!("backtest:v2:result:{}", "5A".repeat(32)),
    ] {
        assert_eq!(names.parse(name.as_bytes(), None), None, "{name}");
    }
    assert_eq!(names.parse(b"backtest:v2:\xff", None), None);
}

#[test]
fn a_prefix_with_glob_characters_matches_only_itself() {
    let filter = EntryFilter { strategy: Some("rsi".into()), ..EntryFilter::default() };
    assert_eq!(KeyNames::new("a*[b]?\\").pattern(&filter), r"a\*\[b\]\?\\:v2:*:*");
    let filter = EntryFilter { kind: Some(EntryKind::Block), key: Some("5a".into()), ..EntryFilter::default() };
    assert_eq!(KeyNames::new("a").pattern(&filter), "a:v2:block:5a*");
}

#[test]
fn counters_of_a_day_are_named_by_it() {
    let (name, day) = KeyNames::new("backtest").day(1_700_000_000_000);
    assert_eq!((name.as_str(), day.as_str()), ("backtest:v2:stats:2023-11-14", "2023-11-14"));
}

#[test]
fn a_pattern_may_have_our_prefix_or_not() {
    for text in ["result:BTC*", "backtest:v2:result:BTC*"] {
        assert_eq!(EntryFilter::pattern(text, "backtest").as_deref(), Ok("result:BTC*"));
    }
}

#[test]
fn a_pattern_that_begins_as_no_entry_does_is_refused() {
    for text in ["", "BTC*", "session:*", "backtest:v3:result:*", "backtest2:*", "stats", "result", "re:*"] {
        assert_eq!(EntryFilter::pattern(text, "backtest"), Err(PatternError), "{text}");
    }
    for text in ["*", "*:BTC*", "r*", "?esult:*", "[rt]*", "trades:*", "block:BTCUSDT:ma:5a"] {
        assert_eq!(EntryFilter::pattern(text, "backtest").as_deref(), Ok(text));
    }
}
