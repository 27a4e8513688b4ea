//! Values as a person reads them: percents, thousands, dashes for what is undefined.

use std::time::Duration;

use jiff::Timestamp;

use crate::data::escape;
use crate::sim::Year;
use crate::sim::metrics::Unit;
use crate::sim::{Direction, Fill, Interval, LastBar, LastWaiting, Millis, Settings, Side};

/// A metric's value in its unit; `-` where it is undefined.
#[must_use]
pub fn metric(value: Option<f64>, unit: Unit) -> String {
    let Some(value) = value else { return "-".to_owned() };
    match unit {
        Unit::Gain => gain(value),
        Unit::Share => format!("{:.1}%", value * 100.0),
        Unit::Currency => grouped(value, 2),
        Unit::Ratio => ratio(value),
        Unit::Count => grouped(value, 0),
        Unit::Bars => grouped(value, usize::from(value.fract() != 0.0)),
    }
}

/// A fraction gained or lost, as `+19.4%`; huge ones as `x1,234`.
#[must_use]
pub fn gain(value: f64) -> String {
    if value >= 1000.0 {
        return format!("x{}", if value < 1e9 { grouped(value + 1.0, 0) } else { format!("{:.1e}", value + 1.0) });
    }
    let text = format!("{:+.1}%", value * 100.0);
    // Neither +0.0% nor -0.0%: what rounds to nothing has no sign.
    if matches!(text.as_str(), "+0.0%" | "-0.0%") { "0.0%".to_owned() } else { text }
}

/// A text as one word of a shell, in quotes where it needs them.
#[must_use]
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ',' | ':' | '/' | '=' | '+');
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", escape(word).replace('\'', r"'\''"))
}

/// A pure number with two digits behind the point, or up to four where those would say nothing.
fn ratio(value: f64) -> String {
    let size = value.abs();
    if size >= 1e6 {
        return format!("{value:.1e}");
    }
    let decimals = match size {
        0.000_5..0.005 => 3,
        0.000_05..0.000_5 => 4,
        _ => 2,
    };
    // What rounds to nothing has no sign.
    let value = if size < 0.000_05 { 0.0 } else { value };
    format!("{value:.decimals$}")
}

/// With thousands separators.
#[must_use]
pub fn grouped(value: f64, decimals: usize) -> String {
    if value.abs() >= 1e15 {
        return format!("{value:.3e}");
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    if value < 0.0 && out.chars().any(|c| c.is_ascii_digit() && c != '0') { format!("-{out}") } else { out }
}

/// Decimals of a column of prices or sizes: as many as one of them needs, each at most eight significant digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimals(usize);

impl Decimals {
    /// The decimals that these values need.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        Self(values.into_iter().map(Self::needed).max().unwrap_or(0))
    }

    fn needed(value: f64) -> usize {
        if value == 0.0 || !value.is_finite() {
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a double is below 309")]
        let magnitude = libm::floor(libm::log10(value.abs())) as i32;
        let most = usize::try_from((7 - magnitude).clamp(0, 20)).unwrap_or(0);
        let text = format!("{value:.most$}");
        text.split_once('.').map_or(0, |(_, fraction)| fraction.trim_end_matches('0').len())
    }

    /// A value of the column.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        if value.is_finite() { grouped(value, self.0) } else { value.to_string() }
    }
}

/// A number of bars as a time: `45d 12h`, `3h 15m`.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "for reading")]
pub fn bars(bars: f64, interval: Interval) -> String {
    let minutes = (bars * interval.millis() as f64 / 60_000.0).round() as i64;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let parts = match (days, hours, minutes) {
        (0, 0, minutes) => [(minutes, "m"), (0, "")],
        (0, hours, minutes) => [(hours, "h"), (minutes, "m")],
        (days, hours, _) => [(days, "d"), (hours, "h")],
    };
    let [(first, unit), (second, other)] = parts;
    let first = format!("{}{unit}", grouped(first as f64, 0));
    if second == 0 { first } else { format!("{first} {second}{other}") }
}

/// A count with thousands separators.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "for reading, and far below 2^53")]
pub fn count(count: u64) -> String {
    grouped(count as f64, 0)
}

/// `1 asset`, `2 assets`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

/// Bytes with a binary unit.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "for reading")]
pub fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{value} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// A time of work: microseconds to days.
#[must_use]
pub fn duration(millis: f64) -> String {
    if millis < 1.0 {
        format!("{millis:.2} ms")
    } else if millis < 100.0 {
        format!("{millis:.1} ms")
    } else if millis < 1000.0 {
        format!("{millis:.0} ms")
    } else if millis < 60_000.0 {
        format!("{:.1} s", millis / 1000.0)
    } else {
        let seconds = Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX).as_secs();
        let (minutes, hours) = (seconds / 60, seconds / 3_600);
        match hours {
            0 => format!("{minutes}m {:02}s", seconds % 60),
            1..24 => format!("{hours}h {:02}m", minutes % 60),
            _ => format!("{}d {}h", count(hours / 24), hours % 24),
        }
    }
}

/// The open time of a bar: the day alone where it opens at midnight.
#[must_use]
pub fn time(millis: Millis) -> String {
    let text = Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |time| time.to_string());
    if let Some(day) = text.strip_suffix("T00:00:00Z") {
        return day.to_owned();
    }
    let text = text.replacen('T', " ", 1);
    let text = text.trim_end_matches('Z');
    text.strip_suffix(":00").unwrap_or(text).to_owned()
}

/// A moment to the minute, in UTC: `2026-01-31 12:05`.
#[must_use]
pub fn minute(millis: Millis) -> String {
    let text = Timestamp::from_millisecond(millis).map(|time| time.strftime("%Y-%m-%d %H:%M").to_string());
    text.unwrap_or_else(|_| millis.to_string())
}

/// A span of time as one would write it for an option: `90s`, `30m`, `24h`, `7d`.
#[must_use]
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        _ if seconds > 86_400 && seconds.is_multiple_of(86_400) => format!("{}d", seconds / 86_400),
        _ if seconds > 0 && seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ if seconds > 0 && seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// A span of time for reading, in its two largest units: `6d 23h`, `59m 10s`.
#[must_use]
pub fn time_left(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A small fraction as an exact percent: `0.1%`.
#[must_use]
pub fn fraction(value: f64) -> String {
    // Rounded to what a person would write: 0.0007 * 100 is 0.07, not 0.06999999999999999.
    format!("{}%", (value * 100.0 * 1e10).round() / 1e10)
}

/// The account but for its capital: `long, fills at the next open, fee 0.1%, slippage 0%`.
#[must_use]
pub fn settings(settings: &Settings) -> String {
    let side = match settings.direction {
        Direction::Long => "long",
        Direction::Short => "short",
        Direction::Both => "long and short",
    };
    let fill = match settings.fill {
        Fill::NextOpen => "fills at the next open",
        Fill::Close => "fills at the close",
    };
    let year = match settings.year {
        Year::Calendar => String::new(),
        Year::EveryDay | Year::TradingDays => format!(", a year of {} days", settings.year),
        Year::Bars(bars) => format!(", a year of {} bars", grouped(bars, 0)),
    };
    let risk_free = match settings.risk_free {
        0.0 => String::new(),
        rate => format!(", risk-free rate {}", fraction(rate)),
    };
    let maker = settings.maker_fee.map_or_else(String::new, |fee| format!(", maker fee {}", fraction(fee)));
    let detail = settings.detail.map_or_else(String::new, |detail| format!(", levels by bars of {detail}"));
    let funding = if settings.market_funding { ", funding of the market" } else { "" };
    let (fee, slippage) = (fraction(settings.fee), fraction(settings.slippage));
    format!("{side}, {fill}, fee {fee}{maker}, slippage {slippage}{detail}{funding}{year}{risk_free}")
}

/// What is ordered at the next open: `buy`, `sell short`, `close the long`, or two of them; none where nothing is.
#[must_use]
pub fn order(last: &LastBar) -> Option<String> {
    let close = last.closes.then_some(match last.position {
        Some(Side::Short) => "buy back the short",
        _ => "sell",
    });
    let open = last.opens.map(|side| match side {
        Side::Long => "buy",
        Side::Short => "sell short",
    });
    match (close, open) {
        (Some(close), Some(open)) => Some(format!("{close} and {open}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// An entry that waits: `limit buy at 98.5, valid for 6 more bars`.
#[must_use]
pub fn waiting(waiting: &LastWaiting) -> String {
    let side = if waiting.side == Side::Short { "sell short" } else { "buy" };
    let bars = if waiting.bars == 1 { "the next bar".to_owned() } else { format!("{} more bars", count(waiting.bars)) };
    let price = Decimals::of([waiting.price]).show(waiting.price);
    format!("{} {side} at {price}, valid for {bars}", waiting.kind())
}

/// A parameter's value, without a needless fraction.
#[must_use]
pub fn param(value: f64) -> String {
    value.to_string()
}

/// Why a file that was named cannot be read, and what to do.
#[must_use]
pub fn unreadable(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{InvalidData, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    match error.kind() {
        NotFound | NotADirectory => "there is no such file; check its name and folder".to_owned(),
        PermissionDenied => "it may not be read; check its permissions".to_owned(),
        IsADirectory => "it is a folder; name a file".to_owned(),
        InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}
