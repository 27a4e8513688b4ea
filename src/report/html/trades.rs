//! The trades of one result: what was bought and sold, and why.

mod statistics;

use serde_json::{Value, json};

use super::histogram::Histogram;
use crate::number;
use crate::sim::account::ExitReason;
use crate::sim::{Side, Trade};

/// Trades listed at most; of more, those that moved the account most.
const LISTED: usize = 2_500;

/// The list, the distribution of the closed trades' returns, and how many there are in all.
#[must_use]
pub(super) fn section(trades: &[Trade], rules: &[(String, String)]) -> Value {
    let mut listed: Vec<usize> = (0..trades.len()).collect();
    if listed.len() > LISTED {
        listed.sort_by(|&a, &b| trades[b].pnl.abs().total_cmp(&trades[a].pnl.abs()));
        listed.truncate(LISTED);
        listed.sort_unstable();
    }
    let returns: Vec<f64> = trades.iter().filter(|trade| !trade.open).map(|trade| trade.ret).collect();
    // A handful of texts, named by their number in each trade.
    let mut texts: Vec<String> = Vec::new();
    let mut number_of = |text: String| {
        texts.iter().position(|known| *known == text).unwrap_or_else(|| {
            texts.push(text);
            texts.len() - 1
        })
    };
    let rows: Value = listed
        .into_iter()
        .map(|at| {
            let (entry, exit) = reasons(&trades[at], rules);
            row(&trades[at], at, number_of(entry), number_of(exit))
        })
        .collect();
    json!({
        "rows": rows,
        "why": texts,
        "total": trades.len(),
        "returns": Histogram::of(&returns).section(),
        "sides": statistics::by_side(trades),
        "reasons": statistics::by_reason(trades),
    })
}

fn row(trade: &Trade, at: usize, entry: usize, exit: usize) -> Value {
    json!([
        at + 1,
        trade.side.name(),
        trade.entry_time,
        number(trade.entry_price),
        trade.exit_time,
        number(trade.exit_price),
        number(trade.size),
        number(trade.fees),
        number(trade.pnl),
        number(trade.ret),
        trade.bars,
        trade.open,
        entry,
        exit,
        number(excursion(trade.mae)),
        number(excursion(trade.mfe)),
    ])
}

/// To a hundredth of a percent: it is only drawn.
fn excursion(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// Which rule opened the position, and which one or what else closed it.
fn reasons(trade: &Trade, rules: &[(String, String)]) -> (String, String) {
    let rule = |key: &str| {
        let found = rules.iter().find(|(known, _)| known == key);
        found.map_or_else(String::new, |(key, text)| format!("{}: {text}", key.replace('_', " ")))
    };
    let (entry, exit, other) = match trade.side {
        Side::Long => ("entry", "exit", "short_entry"),
        Side::Short => ("short_entry", "short_exit", "entry"),
    };
    let why = match trade.exit_reason {
        ExitReason::Rule => rule(exit),
        ExitReason::Reverse => rule(other),
        ExitReason::Stop => "stop loss".to_owned(),
        ExitReason::Trailing => "trailing stop".to_owned(),
        ExitReason::BreakEven => "stop at the entry price".to_owned(),
        ExitReason::Target => "take profit".to_owned(),
        ExitReason::Time => "held as long as allowed".to_owned(),
        ExitReason::Liquidation => "liquidated: the margin was used up".to_owned(),
        ExitReason::Ruin => "ruined: the equity fell to 0 or below".to_owned(),
        ExitReason::Open => "still open at the last close".to_owned(),
        ExitReason::Ended => "the last close of the asset".to_owned(),
    };
    (rule(entry), why)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn trade(side: Side, from: i64, to: i64, pnl: f64) -> Trade {
        Trade {
            side,
            entry_time: from,
            entry_price: 10.0,
            exit_time: to,
            exit_price: 11.0,
            size: 1.0,
            fees: 0.0,
            pnl,
            ret: pnl / 10.0,
            bars: 1,
            open: false,
            exit_reason: ExitReason::Rule,
            mae: 0.0,
            mfe: 0.0,
            ambiguous: false,
        }
    }

    fn rules() -> Vec<(String, String)> {
        [("entry", "a < 1"), ("exit", "a > 2"), ("short_entry", "b > 3"), ("short_exit", "b < 4")]
            .map(|(key, text)| (key.to_owned(), text.to_owned()))
            .to_vec()
    }

    #[test]
    fn the_reason_is_the_rule_that_fired_and_a_reversal_is_the_other_sides_entry() {
        let reversed = Trade { exit_reason: ExitReason::Reverse, ..trade(Side::Long, 2, 3, 1.0) };
        let trades = [trade(Side::Long, 0, 1, 1.0), reversed, trade(Side::Short, 3, 4, 1.0)];
        let why = |at: usize| reasons(&trades[at], &rules());
        assert_eq!(why(0), ("entry: a < 1".to_owned(), "exit: a > 2".to_owned()));
        assert_eq!(why(1).1, "short entry: b > 3");
        assert_eq!(why(2), ("short entry: b > 3".to_owned(), "short exit: b < 4".to_owned()));
    }

    #[test]
    fn what_no_rule_closed_says_so() {
        let why = |exit_reason| reasons(&Trade { exit_reason, ..trade(Side::Long, 0, 1, 1.0) }, &rules()).1;
        assert_eq!(why(ExitReason::Open), "still open at the last close");
        assert!(why(ExitReason::Ruin).starts_with("ruined"));
        assert_eq!(why(ExitReason::Stop), "stop loss");
    }

    #[test]
    fn of_too_many_trades_those_that_moved_the_account_most_are_listed_in_their_order() {
        let trades: Vec<Trade> =
            (0..3_000_i32).map(|at| trade(Side::Long, at.into(), at.into(), f64::from(at % 1000))).collect();
        let section = section(&trades, &rules());
        let rows = section["rows"].as_array().unwrap();
        assert_eq!((rows.len(), section["total"].as_u64()), (LISTED, Some(3_000)));
        assert!(rows.iter().all(|row| row[8].as_f64().unwrap() >= 166.0));
        assert!(rows.is_sorted_by_key(|row| row[0].as_u64()));
    }
}
