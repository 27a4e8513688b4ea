//! Candles as text for other programs. Numbers are the shortest that read back to the same bits.

use std::fmt::Write;

use crate::catalog::symbol::plain_base;
use crate::date::{show_moment, show_time};
use crate::sim::{Candles, DAY, Interval, Millis, OwnSeries};

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
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
pub fn file_name(symbol: &str, interval: Interval, whom: ExportFormat) -> String {
    match whom {
        ExportFormat::Binance | ExportFormat::Csv => format!("{symbol}-{interval}.csv"),
        ExportFormat::Freqtrade => {
            let base = plain_base(symbol);
            let quote = symbol[base.len()..].trim_start_matches(['-', '_', ' ']);
            let pair = if quote.is_empty() { symbol.to_owned() } else { format!("{base}_{quote}") };
            format!("{pair}-{interval}.json")
        }
    }
}

/// The file's text.
#[must_use]
pub fn text(candles: &Candles, interval: Interval, whom: ExportFormat) -> String {
    text_with(candles, &[], interval, whom)
}

/// The same with further columns behind the volume, which only CSV has room for; cells without a value are empty.
#[must_use]
pub fn text_with(candles: &Candles, own: &[OwnSeries], interval: Interval, whom: ExportFormat) -> String {
    // Longer than most lines are, so that the text does not grow by moving.
    let mut out = String::with_capacity(64 + candles.len() * 96);
    match whom {
        ExportFormat::Csv => {
            out.push_str("timestamp,open,high,low,close,volume");
            for series in own {
                let _ = write!(out, ",{}", cell(&series.name));
            }
            out.push('\n');
        }
        ExportFormat::Freqtrade => out.push('['),
        ExportFormat::Binance => {}
    }
    let time_text = csv_time(candles, interval);
    for at in 0..candles.len() {
        let Candles { time, open, high, low, close, volume } = candles;
        let (time, bar) = (time[at], (open[at], high[at], low[at], close[at], volume[at]));
        let (open, high, low, close, volume) = bar;
        // Writing to a string cannot fail.
        let _ = match whom {
            ExportFormat::Csv => {
                let _ = write!(out, "{},{open},{high},{low},{close},{volume}", time_text(time));
                for value in own.iter().map(|series| series.values[at]) {
                    let _ = if value.is_nan() { write!(out, ",") } else { write!(out, ",{value}") };
                }
                writeln!(out)
            }
            ExportFormat::Binance => {
                let end = time + interval.millis() - 1;
                writeln!(out, "{time},{open},{high},{low},{close},{volume},{end},0,0,0,0,0")
            }
            ExportFormat::Freqtrade => {
                let comma = if at > 0 { "," } else { "" };
                write!(out, "{comma}[{time},{open},{high},{low},{close},{volume}]")
            }
        };
    }
    if whom == ExportFormat::Freqtrade {
        out.push_str("]\n");
    }
    out
}

/// A name as a cell of CSV.
fn cell(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

/// How the times of a file are written: as days where every bar is of days and opens at midnight, else all of them
/// whole, for most readers take the form of a column's first cell for that of all.
fn csv_time(candles: &Candles, interval: Interval) -> fn(Millis) -> String {
    let is_daily = interval.millis() >= DAY && candles.time.iter().all(|time| time.rem_euclid(DAY) == 0);
    if is_daily { show_time } else { show_moment }
}
