//! The trades of both sides and of each, in figures; and by what ended them.

use serde_json::{Value, json};

use crate::number;
use crate::sim::account::ExitReason;
use crate::sim::{Side, Trade};

/// Label, unit and value of a figure of some closed trades; NaN where it is undefined.
type Figure = (&'static str, &'static str, fn(&[&Trade]) -> f64);

/// Each as the metric of its name has it.
const FIGURES: [Figure; 18] = [
    ("Trades", "count", count),
    ("Net profit", "currency", profit),
    ("Win rate", "share", |all| count(&winners(all)) / count(all)),
    ("Profit factor", "ratio", |all| profit(&winners(all)) / -profit(&losers(all))),
    ("Expectancy", "currency", |all| profit(all) / count(all)),
    ("Average trade", "gain", |all| mean(all, |trade| trade.ret)),
    ("Average win", "gain", |all| mean(&winners(all), |trade| trade.ret)),
    ("Average loss", "gain", |all| mean(&losers(all), |trade| trade.ret)),
    ("Payoff", "ratio", |all| {
        profit(&winners(all)) / count(&winners(all)) / (-profit(&losers(all)) / count(&losers(all)))
    }),
    ("Best trade", "gain", |all| all.iter().map(|trade| trade.ret).fold(f64::NAN, f64::max)),
    ("Worst trade", "gain", |all| all.iter().map(|trade| trade.ret).fold(f64::NAN, f64::min)),
    ("Average held", "bars", |all| mean(all, bars)),
    ("Winners held", "bars", |all| mean(&winners(all), bars)),
    ("Losers held", "bars", |all| mean(&losers(all), bars)),
    ("Longest winning run", "count", |all| longest_run(all, |trade| trade.pnl > 0.0)),
    ("Longest losing run", "count", |all| longest_run(all, |trade| trade.pnl < 0.0)),
    ("Average MAE", "gain", |all| mean(all, |trade| trade.mae)),
    ("Average MFE", "gain", |all| mean(all, |trade| trade.mfe)),
];

/// Columns with their names: all closed trades, and where there are both, those of each side.
#[must_use]
pub(super) fn by_side(trades: &[Trade]) -> Value {
    let of = |wanted: &dyn Fn(&Trade) -> bool| {
        let mut some: Vec<&Trade> = trades.iter().filter(|trade| !trade.open && wanted(trade)).collect();
        some.sort_by_key(|trade| trade.exit_time);
        some
    };
    let columns = [
        ("All", of(&|_| true)),
        ("Long", of(&|trade| trade.side == Side::Long)),
        ("Short", of(&|trade| trade.side == Side::Short)),
    ];
    let row = |(label, unit, figure): &Figure| {
        let values: Vec<Value> = columns.iter().map(|(_, trades)| number(figure(trades))).collect();
        json!([label, unit, values])
    };
    json!({
        "columns": columns.iter().map(|(name, _)| *name).collect::<Value>(),
        "rows": FIGURES.iter().map(row).collect::<Value>(),
    })
}

/// The reasons that there are: label, trades, share of winners, profit, mean return, mean excursions, mean bars held.
#[must_use]
pub(super) fn by_reason(trades: &[Trade]) -> Value {
    let of = |reason: ExitReason| {
        let some: Vec<&Trade> = trades.iter().filter(|trade| trade.exit_reason == reason).collect();
        let figures = [
            count(&some),
            count(&winners(&some)) / count(&some),
            profit(&some),
            mean(&some, |trade| trade.ret),
            mean(&some, |trade| trade.mae),
            mean(&some, |trade| trade.mfe),
            mean(&some, bars),
        ];
        (!some.is_empty()).then(|| json!([reason.label(), figures.map(number)]))
    };
    ExitReason::ALL.into_iter().filter_map(of).collect()
}

fn winners<'a>(trades: &[&'a Trade]) -> Vec<&'a Trade> {
    trades.iter().copied().filter(|trade| trade.pnl > 0.0).collect()
}

fn losers<'a>(trades: &[&'a Trade]) -> Vec<&'a Trade> {
    trades.iter().copied().filter(|trade| trade.pnl < 0.0).collect()
}

fn profit(trades: &[&Trade]) -> f64 {
    trades.iter().map(|trade| trade.pnl).sum()
}

fn mean(trades: &[&Trade], value: fn(&Trade) -> f64) -> f64 {
    trades.iter().map(|trade| value(trade)).sum::<f64>() / count(trades)
}

#[expect(clippy::cast_precision_loss, reason = "trades are far below 2^53")]
fn count(trades: &[&Trade]) -> f64 {
    trades.len() as f64
}

#[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
fn bars(trade: &Trade) -> f64 {
    trade.bars as f64
}

#[expect(clippy::cast_precision_loss, reason = "trades are far below 2^53")]
fn longest_run(trades: &[&Trade], wanted: fn(&Trade) -> bool) -> f64 {
    let runs = trades.chunk_by(|a, b| wanted(a) == wanted(b)).filter(|run| wanted(run[0]));
    runs.map(<[_]>::len).max().unwrap_or(0) as f64
}

#[cfg(test)]
mod tests {
    use super::super::tests::trade;
    use super::*;

    #[test]
    fn each_side_has_its_figures_and_open_trades_have_no_part_in_them() {
        let open = Trade { open: true, ..trade(Side::Long, 9, 10, 1000.0) };
        let trades = [
            trade(Side::Long, 0, 1, 2.0),
            trade(Side::Short, 1, 2, 1.0),
            trade(Side::Long, 2, 3, -1.0),
            trade(Side::Short, 3, 4, -4.0),
            open,
        ];
        let seen = by_side(&trades);
        let row = |label: &str| {
            let rows = seen["rows"].as_array().unwrap();
            rows.iter().find(|row| row[0] == label).unwrap()[2].clone()
        };
        assert_eq!(seen["columns"], json!(["All", "Long", "Short"]));
        assert_eq!(row("Trades"), json!([4, 2, 2]));
        assert_eq!(row("Net profit"), json!([-2, 1, -3]));
        assert_eq!(row("Win rate"), json!([0.5, 0.5, 0.5]));
        assert_eq!(row("Profit factor"), json!([0.6, 2, 0.25]));
        assert_eq!(row("Best trade"), json!([0.2, 0.2, 0.1]));
        assert_eq!(row("Longest winning run"), json!([2, 1, 1]));
    }

    #[test]
    fn a_side_without_trades_has_no_figures() {
        let seen = by_side(&[trade(Side::Long, 0, 1, 2.0)]);
        assert_eq!(seen["rows"][2][2], json!([1, 1, null]));
        assert_eq!(seen["rows"][3][2], json!([null, null, null]), "no loss to divide by");
    }

    #[test]
    fn trades_are_grouped_by_what_ended_them() {
        let stopped = Trade { exit_reason: ExitReason::Stop, ..trade(Side::Long, 0, 1, -2.0) };
        let seen = by_reason(&[trade(Side::Long, 0, 1, 2.0), stopped.clone(), stopped]);
        assert_eq!(seen[1][0], "stop loss");
        assert_eq!((&seen[1][1][0], &seen[1][1][2]), (&json!(2), &json!(-4)));
        assert_eq!(seen.as_array().unwrap().len(), 2);
    }
}
