//! What `[portfolio]` may say, and what a wrong one is told.

use super::Rebalance;
use crate::strategy::{Strategy, parse};

fn parsed(params: &str, portfolio: &str) -> Result<Strategy, String> {
    let text = format!("name = \"rotation\"\n[params]\n{params}\n[portfolio]\n{portfolio}\n");
    parse(&text, "mine.toml").map_err(|error| error.to_string())
}

fn strategy(params: &str, portfolio: &str) -> Strategy {
    parsed(params, portfolio).unwrap_or_else(|error| panic!("{error}"))
}

fn error(portfolio: &str) -> String {
    parsed("", portfolio).expect_err(portfolio)
}

#[test]
fn a_portfolio_by_weights_needs_no_rules_and_its_numbers_are_made_of_parameters() {
    let strategy = strategy(
        "lookback = 90\ntop = { default = 5, min = 1, max = 50 }",
        "score = \"roc(close, lookback)\"\nwhere = \"close > sma(close, 100)\"\ntop = \"top\"\nkeep = \"2 * top\"\n\
         weight = \"inverse_volatility\"\nevery = \"1mo\"\nband = 0.02\nmax_weight = 0.4\ninvest = 0.95",
    );
    let terms = strategy.portfolio.as_ref().unwrap();
    assert!(strategy.is_weighted() && !terms.has_slots());
    assert!(strategy.entry.is_never() && strategy.rules().next().is_none());
    let numbers = terms.numbers(&[90.0, 4.0]);
    assert_eq!((numbers.top, numbers.keep), (4, 8));
    let all = [numbers.band, numbers.max_weight, numbers.invest].map(f64::to_bits);
    assert_eq!(all, [0.02, 0.4, 0.95].map(f64::to_bits));
    assert_eq!(numbers.every, Rebalance::Calendar("1mo".parse().unwrap()));
    assert!(strategy.params[0].whole && strategy.params[1].whole, "both count");
    assert_eq!(
        terms.canonical(),
        "portfolio: score = roc(close, $0); where = (close > sma(close, 100.0)); weight = (1.0 / \
         stddev(roc(close, 1.0), 30.0)); top = $1; keep = (2.0 * $1); band = 0.02; max_weight = 0.4; invest = 0.95; \
         every = 1mo"
    );
}

#[test]
fn what_is_left_out_is_equal_weights_of_all_candidates_every_week() {
    let strategy = strategy("", "where = \"close > sma(close, 9)\"");
    let numbers = strategy.portfolio.unwrap().numbers(&[]);
    assert_eq!((numbers.top, numbers.keep), (usize::MAX, usize::MAX));
    assert_eq!(numbers.every, Rebalance::Calendar("1w".parse().unwrap()));
    assert_eq!([numbers.band, numbers.max_weight, numbers.invest].map(f64::to_bits), [0.0, 1.0, 1.0].map(f64::to_bits));
}

#[test]
fn a_number_of_bars_may_be_a_parameter_and_keep_is_never_below_top() {
    let strategy = strategy("n = 7\nk = 2", "score = \"mom(close, n)\"\ntop = 5\nkeep = \"k\"\nevery = \"n\"");
    let numbers = strategy.portfolio.as_ref().unwrap().numbers(&[7.0, 2.0]);
    assert_eq!((numbers.top, numbers.keep, numbers.every), (5, 5, Rebalance::Bars(7)));
    assert!(strategy.check_require(&[0.5, 2.0]).is_err(), "half a bar is none");
    let plain = super::super::parse("name = \"x\"\n[portfolio]\nscore = 1\ntop = 1\nevery = 7", "x").unwrap();
    assert_eq!(plain.portfolio.unwrap().numbers(&[]).every, Rebalance::Bars(7));
}

#[test]
fn slots_stand_beside_ordinary_rules() {
    let text = "name = \"slots\"\n[params]\nn = 3\n[rules]\nentry = \"close > sma(close, 9)\"\n[exits]\nstop_loss = 0.1\n\
                [portfolio]\nmax_positions = \"n\"\nscore = \"roc(close, 9)\"";
    let strategy = parse(text, "mine.toml").unwrap_or_else(|error| panic!("{error}"));
    assert!(!strategy.is_weighted() && strategy.portfolio.as_ref().unwrap().has_slots());
    assert_eq!(strategy.portfolio.unwrap().numbers(&[3.0]).top, 3);
}

#[test]
fn a_wrong_portfolio_is_told_what_is_wrong_and_what_to_write() {
    for (portfolio, wanted) in [
        ("score = \"close >\"", "portfolio.score"),
        ("score = \"close > open\"", "portfolio.score"),
        ("where = \"close\"", "portfolio.where"),
        ("top = 5", "`top` needs `score`"),
        ("score = 1\nkeep = 5", "`keep` needs `top`"),
        ("score = 1\ntop = 0", "`top` must be"),
        ("score = 1\ntop = 2.5", "`top` must be"),
        ("score = 1\ntop = \"close\"", "`top` needs a number"),
        ("score = 1\ninvest = 1.5", "`invest` must be"),
        ("score = 1\nmax_weight = 0", "`max_weight` must be"),
        ("score = 1\nevery = \"fortnight\"", "portfolio.every"),
        ("score = 1\nevery = 0", "`every` must be"),
        ("score = 1\nmax_open_trades = 3", "did you mean `max_positions`?"),
        ("score = 1\nrebalance = \"1w\"", "did you mean `every`?"),
        ("score = 1\nwhat = 1", "the keys here are top, keep"),
        ("max_positions = 3\ntop = 2\nscore = 1", "`top` is about weights"),
        ("max_positions = 3", "[rules]"),
    ] {
        let error = error(portfolio);
        assert!(error.contains(wanted), "{portfolio}: {error}");
    }
    let with = |table: &str| {
        let text = format!("name = \"x\"\n{table}\n[portfolio]\nscore = 1\n");
        parse(&text, "x").expect_err(table).to_string()
    };
    for table in ["[exits]\nstop_loss = 0.1", "[size]\nfraction = 0.5", "[rules]\nentry = \"close > open\""] {
        let error = with(table);
        assert!(error.contains("no meaning for a portfolio by weights"), "{error}");
    }
}
