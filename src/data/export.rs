//! Candles as text for other programs. Numbers are the shortest that read back to the same bits.

use std::fmt::Write;

use super::pair::plain_base;
use super::time::{DAY, show, show_moment};
use crate::sim::model::{Candles, Interval, Millis};

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Binance's klines: 12 columns without a header, ms. What candles do not tell (values in the quote asset, counts)
    /// is 0.
    Binance,
    /// freqtrade: `[[ms, open, high, low, close, volume], ..]`.
    Freqtrade,
    /// This program and most others: a header, ISO times, all of one form.
    Csv,
}

/// The file's name.
#[must_use]
pub fn file_name(symbol: &str, interval: Interval, whom: Whom) -> String {
    match whom {
        Whom::Binance | Whom::Csv => format!("{symbol}-{interval}.csv"),
        Whom::Freqtrade => {
            let base = plain_base(symbol);
            let quote = symbol[base.len()..].trim_start_matches(['-', '_', ' ']);
            let pair = if quote.is_empty() { symbol.to_owned() } else { format!("{base}_{quote}") };
            format!("{pair}-{interval}.json")
        }
    }
}

/// The file's text.
#[must_use]
pub fn text(candles: &Candles, interval: Interval, whom: Whom) -> String {
    // Longer than most lines are, so that the text does not grow by moving.
    let mut out = String::with_capacity(64 + candles.len() * 96);
    match whom {
        Whom::Csv => out.push_str("timestamp,open,high,low,close,volume\n"),
        Whom::Freqtrade => out.push('['),
        Whom::Binance => {}
    }
    let time_text = csv_time(candles, interval);
    for at in 0..candles.len() {
        let Candles { time, open, high, low, close, volume } = candles;
        let (time, bar) = (time[at], (open[at], high[at], low[at], close[at], volume[at]));
        let (open, high, low, close, volume) = bar;
        // Writing to a string cannot fail.
        let _ = match whom {
            Whom::Csv => writeln!(out, "{},{open},{high},{low},{close},{volume}", time_text(time)),
            Whom::Binance => {
                let end = time + interval.millis() - 1;
                writeln!(out, "{time},{open},{high},{low},{close},{volume},{end},0,0,0,0,0")
            }
            Whom::Freqtrade => {
                let comma = if at > 0 { "," } else { "" };
                write!(out, "{comma}[{time},{open},{high},{low},{close},{volume}]")
            }
        };
    }
    if whom == Whom::Freqtrade {
        out.push_str("]\n");
    }
    out
}

/// How the times of a file are written: as days where every bar is of days and opens at midnight, else all of them
/// whole, for most readers take the form of a column's first cell for that of all.
fn csv_time(candles: &Candles, interval: Interval) -> fn(Millis) -> String {
    let is_daily = interval.millis() >= DAY && candles.time.iter().all(|time| time.rem_euclid(DAY) == 0);
    if is_daily { show } else { show_moment }
}
