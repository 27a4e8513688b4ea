use super::*;
use crate::sim::strategy::{get, parse};

/// `name @price: lines | levels` for each pane.
fn panes(strategy: &Strategy, direction: Direction) -> Vec<String> {
    let show = |pane: Drawn<'_>| {
        let lines: Vec<String> = pane.lines.into_iter().map(|(name, _)| name).collect();
        format!("{}{} | {:?}", if pane.on_price { "price: " } else { "" }, lines.join(", "), pane.levels)
    };
    drawn(strategy, &strategy.defaults(), direction).into_iter().map(show).collect()
}

fn built_in(name: &str) -> Strategy {
    get(name).expect("it is built in").clone()
}

fn own(entry: &str, exit: &str) -> Strategy {
    parse(&format!("name = \"own\"\n[rules]\nentry = \"{entry}\"\nexit = \"{exit}\""), "own").expect("it is right")
}

#[test]
fn an_oscillator_has_a_pane_of_its_own_with_its_levels() {
    assert_eq!(panes(&built_in("rsi"), Direction::Long), ["rsi(close, 14) | [30.0, 70.0]"]);
}

#[test]
fn averages_and_channels_of_the_price_are_drawn_over_it() {
    assert_eq!(panes(&built_in("ma"), Direction::Long), ["price: sma(close, 50), sma(close, 200) | []"]);
    let channel = own("close > prev(highest(high, 20), 1)", "close < ema(close, 10) - 2 * atr(14)");
    assert_eq!(
        panes(&channel, Direction::Long),
        ["price: prev(highest(high, 20), 1), ema(close, 10) - (2 * atr(high, low, close, 14)) | []"]
    );
}

#[test]
fn lines_that_are_compared_share_a_pane_and_others_do_not() {
    let both = own("macd(close, 12, 26, 9) > macd_signal(close, 12, 26, 9) and adx(14) > 25", "rsi(close, 14) > 70");
    let panes = panes(&both, Direction::Long);
    assert_eq!(panes.len(), 3);
    assert_eq!(panes[0], "macd(close, 12, 26, 9), macd_signal(close, 12, 26, 9) | []");
    assert_eq!(panes[1], "adx(high, low, close, 14) | [25.0]");
}

#[test]
fn two_prices_make_a_distance_which_is_no_price() {
    let distance = own("close - open > 5", "volume > 1000");
    assert_eq!(panes(&distance, Direction::Long), ["close - open | [5.0]", "volume | [1000.0]"]);
}

#[test]
fn rules_are_spelled_with_the_values_of_their_parameters() {
    let rsi = built_in("rsi");
    let spelled = spelled(&rsi, &[7.0, 20.5, 80.0], Direction::Long);
    assert_eq!(spelled[0], ("entry".to_owned(), "rsi(close, 7) < 20.5".to_owned()));
    assert_eq!(spelled[1], ("exit".to_owned(), "rsi(close, 7) > 80".to_owned()));
}

#[test]
fn parentheses_are_only_dropped_where_they_hold_all_of_it() {
    assert_eq!(bare("(a + b)"), "a + b");
    assert_eq!(bare("(a + b) * (c + d)"), "(a + b) * (c + d)");
}
