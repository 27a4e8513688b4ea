//! `--breakdown`: a result in parts.

use crate::engine::Replay;
use crate::error::Error;
use crate::output::format;
use crate::output::printer::Printer;
use crate::output::table::TextTable;
use crate::settings::given::{Given, either};
use crate::sim::text::nearest;
use crate::sim::{Breakdown, BreakdownBy, Interval};

/// Words of other tools, and of people.
const ALIASES: [(&[&str], BreakdownBy); 5] = [
    (&["monthly", "months", "mo"], BreakdownBy::Month),
    (&["yearly", "years", "annual", "annually"], BreakdownBy::Year),
    (&["day", "days", "daily", "dow", "day_of_week", "dayofweek", "weekdays", "week", "weekly"], BreakdownBy::Weekday),
    (&["hours", "hourly", "hour_of_day", "time"], BreakdownBy::Hour),
    (&["reason", "exit", "exits", "exit_tag", "sell_reason", "tag", "trade"], BreakdownBy::ExitReason),
];

/// What a result is to be divided by, each once.
///
/// # Errors
/// A word that names none of them, with the nearest one; one in which bars of this length do not differ.
pub(crate) fn parse(words: &[String], interval: Interval) -> Result<Vec<BreakdownBy>, Error> {
    let mut all = Vec::new();
    for word in words {
        let given = Given::by_flag("--breakdown", word);
        let plain = word.trim().to_ascii_lowercase().replace('-', "_");
        let by = BreakdownBy::named(&plain).ok_or_else(|| unknown(&given, &plain))?;
        if !by.suits(interval) {
            return Err(given.invalid(format_args!(
                "does not tell bars of {interval} apart; pass a shorter --interval, such as 1h"
            )));
        }
        if !all.contains(&by) {
            all.push(by);
        }
    }
    Ok(all)
}

fn unknown(given: &Given, plain: &str) -> Error {
    let names = BreakdownBy::ALL.map(BreakdownBy::name);
    let alias = ALIASES.iter().find(|(words, _)| words.contains(&plain)).map(|(_, by)| by.name());
    let hint = alias.or_else(|| nearest(plain, names));
    let hint = hint.map_or_else(String::new, |name| format!("; did you mean '{name}'?"));
    given.invalid(format_args!("must be {}{hint}", either(&names)))
}

/// The parts of a result.
#[must_use]
pub(crate) fn of(replay: &Replay, capital: f64, wanted: &[BreakdownBy]) -> Vec<Breakdown> {
    let one = |&by: &BreakdownBy| Breakdown::new(by, &replay.candles.time, &replay.equity, capital, &replay.trades);
    wanted.iter().map(one).collect()
}

/// The parts as tables, one below the other.
#[must_use]
pub(crate) fn tables(breakdowns: &[Breakdown], printer: Printer) -> String {
    breakdowns.iter().map(|breakdown| table(breakdown, printer)).collect()
}

fn table(breakdown: &Breakdown, printer: Printer) -> String {
    let head = match breakdown.by {
        BreakdownBy::Month => "Month",
        BreakdownBy::Year => "Year",
        BreakdownBy::Weekday => "Weekday",
        BreakdownBy::Hour => "Hour (UTC)",
        BreakdownBy::ExitReason => "Exit reason",
    };
    let mut table = TextTable::new(printer, &[head, "Return", "Trades", "Win rate", "Profit"], &[1, 2, 3, 4]);
    for part in &breakdown.parts {
        table.signed(vec![
            (part.part.clone(), 0.0),
            (format::gain(part.total_return), part.total_return),
            (format::count(part.trades), 0.0),
            (part.win_rate().map_or_else(|| "-".to_owned(), |rate| format!("{:.1}%", rate * 100.0)), 0.0),
            (format::grouped(part.profit, 2), part.profit),
        ]);
    }
    table.text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str, interval: &str) -> Result<Vec<BreakdownBy>, String> {
        let words: Vec<String> = words.split(',').map(str::to_owned).collect();
        parse(&words, interval.parse().unwrap()).map_err(|error| error.message().unwrap())
    }

    #[test]
    fn parts_are_named_once_and_with_dashes_too() {
        use BreakdownBy::{ExitReason, Month};
        assert_eq!(parsed("month,exit-reason, Month", "1d").unwrap(), [Month, ExitReason]);
    }

    #[test]
    fn words_of_other_tools_are_answered_with_ours() {
        for (word, name) in [("monthly", "month"), ("day", "weekday"), ("sell_reason", "exit_reason"), ("yeer", "year")]
        {
            let message = parsed(word, "1h").unwrap_err();
            assert!(message.ends_with(&format!("exit_reason; did you mean '{name}'?")), "{message}");
        }
        assert!(parsed("xyzzy", "1h").unwrap_err().ends_with("must be month, year, weekday, hour or exit_reason"));
        assert!(parsed("hour", "1d").unwrap_err().contains("does not tell bars of 1d apart"));
    }
}
