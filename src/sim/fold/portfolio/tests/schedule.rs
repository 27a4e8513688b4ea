//! Accounts that change from one portfolio to another.

use super::slots::{bits, in_parts, random_bars, strategy};
use super::*;
use crate::account::BorderRule;
use crate::fold::tests::config;

/// Weekly weights over two assets, the better one of which changes with the week.
fn candidates(universe: &Universe) -> Candidates {
    let best = |symbol: &str, bar: usize| f64::from(u8::from((symbol == "A") == (bar / 7).is_multiple_of(2)));
    Candidates::new(universe, &scores(universe, best), Rebalance::Calendar("1w".parse().unwrap()), day())
}

fn two_assets() -> Universe {
    let prices = |start: f64| (0..30).map(|bar| (start + f64::from(bar), start + 0.5 + f64::from(bar))).collect();
    let (a, b): (Vec<_>, Vec<_>) = (prices(10.0), prices(50.0));
    Universe::new(vec![asset("A", 0, &a), asset("B", 0, &b)]).unwrap()
}

fn scheduled<P: Copy>(entries: &[(usize, Option<P>)], border: BorderRule, end: usize) -> PortfolioSchedule<P> {
    let entries = entries.iter().map(|&(from, portfolio)| ScheduledPortfolio { from, portfolio }).collect();
    PortfolioSchedule { entries, border, end }
}

#[test]
fn a_border_between_the_same_weights_changes_no_bit() {
    let universe = two_assets();
    let candidates = candidates(&universe);
    let numbers = numbers(1, Rebalance::Bars(1));
    let portfolio = WeightedPortfolio { universe: &universe, candidates: &candidates, numbers };
    for fill in [Fill::NextOpen, Fill::Close] {
        let settings = Settings { fill, ..settings(0.001) };
        let whole = portfolio.run(&settings, 0.0, true);
        let entries = [(0, Some(portfolio)), (10, Some(portfolio)), (14, Some(portfolio))];
        let cut = scheduled(&entries, BorderRule::Hold, 30);
        let run = WeightedPortfolio::run_schedule(&universe, &cut, (&settings, 0.0), true);
        assert_eq!(bits(&run.equity), bits(&whole.equity));
        assert_eq!((run.trades, run.weights), (whole.trades, whole.weights));
    }
}

#[test]
fn at_a_border_weights_are_adopted_kept_or_given_up() {
    let universe = two_assets();
    let candidates = candidates(&universe);
    let numbers = numbers(1, Rebalance::Bars(1));
    let portfolio = WeightedPortfolio { universe: &universe, candidates: &candidates, numbers };
    let held = |entries: &[(usize, Option<WeightedPortfolio<'_>>)], border: BorderRule, fill: Fill| {
        let settings = Settings { fill, ..settings(0.0) };
        let schedule = scheduled(entries, border, 24);
        let run = WeightedPortfolio::run_schedule(&universe, &schedule, (&settings, 0.0), true);
        run.weights
            .iter()
            .map(|at| (at.bar, at.weights.iter().map(|one| one.0).collect()))
            .collect::<Vec<(_, Vec<_>)>>()
    };
    // Sundays are bars 6, 13 and 20; what is decided there fills on Mondays.
    let late = [(10, Some(portfolio))];
    assert_eq!(held(&late, BorderRule::Adopt, Fill::NextOpen), [(10, vec![0]), (14, vec![1]), (21, vec![0])]);
    assert_eq!(held(&late, BorderRule::Hold, Fill::NextOpen), [(14, vec![1]), (21, vec![0])]);
    let closes = held(&late, BorderRule::Adopt, Fill::Close);
    assert_eq!(closes, [(13, vec![1]), (20, vec![0])], "bought at the close before the first bar");
    let again = [(0, Some(portfolio)), (10, Some(portfolio))];
    assert_eq!(
        held(&again, BorderRule::Flat, Fill::NextOpen),
        [(7, vec![0]), (10, vec![]), (14, vec![1]), (21, vec![0])]
    );
    let in_cash = [(0, Some(portfolio)), (10, None), (20, Some(portfolio))];
    assert_eq!(
        held(&in_cash, BorderRule::Adopt, Fill::NextOpen),
        [(7, vec![0]), (10, vec![]), (20, vec![1]), (21, vec![0])]
    );
}

#[test]
fn slots_keep_their_positions_over_a_border_or_close_them_there() {
    let assets: Vec<(String, Candles)> =
        ["A", "B", "C"].iter().zip(1..).map(|(name, seed)| ((*name).to_owned(), random_bars(seed, 1_200))).collect();
    let rules = "[rules]\nentry = \"close > sma(close, 5)\"\nexit = \"close < sma(close, 9)\"\n";
    let strategy = strategy(2, rules);
    for fill in [Fill::NextOpen, Fill::Close] {
        let config = config(Settings { fill, ..Settings::default() });
        let whole = in_parts(&strategy, &assets, &config, &[0], BorderRule::Hold);
        let kept = in_parts(&strategy, &assets, &config, &[0, 500, 1_030], BorderRule::Hold);
        assert!(bits(&kept.equity) == bits(&whole.equity) && kept.trades == whole.trades, "{fill:?}");
        let border = if fill == Fill::Close { 499 } else { 500 };
        let flat = in_parts(&strategy, &assets, &config, &[0, 500], BorderRule::Flat);
        let spans = |one: &&AssetTrade| one.trade.entry_bar < border && one.trade.exit_bar > border;
        assert!(whole.trades.iter().any(|one| spans(&one)), "{fill:?}: something is held over the border");
        assert_eq!(flat.trades.iter().find(spans), None, "{fill:?}");
        let late = in_parts(&strategy, &assets, &config, &[600], BorderRule::Hold);
        assert_eq!(late.equity.len(), whole.equity.len() - 600);
    }
}
