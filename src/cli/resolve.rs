//! Arguments and settings file become a plan. Every mistake in a request is found here, before any work.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::args::{BacktestArgs, DirectionArg, FillArg, Format, GlobalArgs};
use super::config::Config;
use super::fault::Fault;
use super::text;
use crate::data::{Catalog, Entry};
use crate::model::{Direction, Fill, Interval, Millis, Settings, TimeRange};
use crate::report;
use crate::strategy::Cpu;

/// More threads than any machine has are a slip of the finger.
const MAX_THREADS: usize = 1024;

/// What run and batch share, with every option decided.
pub struct Request {
    /// Length of a bar.
    pub interval: Interval,
    /// Bars that count.
    pub range: TimeRange,
    /// Account settings.
    pub settings: Settings,
    /// Threads to compute with.
    pub threads: usize,
    /// Which instructions compare.
    pub cpu: Cpu,
    /// How the result is printed.
    pub format: Format,
    /// Where the result is written too.
    pub out: Option<PathBuf>,
}

/// Decides what run and batch share: flag, else environment, else settings file, else default.
///
/// # Errors
/// Any value that makes no sense, naming its option.
pub fn request(args: &BacktestArgs, config: &Config) -> Result<Request, Fault> {
    let from_name = config.named("--from", args.from.is_none());
    let to_name = config.named("--to", args.to.is_none());
    let from = time_option(&from_name, args.from.as_deref(), config.from.as_ref())?;
    let to = time_option(&to_name, args.to.as_deref(), config.to.as_ref())?;
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(Fault::wrong(format!(
            "{from_name}: {} is not before {}, which is {to_name}: the range holds no bar. \
             --to is the first time that no longer counts.",
            text::time(from),
            text::time(to)
        )));
    }
    if let Some(path) = &args.out {
        check_out(path)?;
    }
    Ok(Request {
        interval: interval(args.interval.as_deref(), config)?,
        range: TimeRange { from, to },
        settings: settings(args, config)?,
        threads: threads(args, config)?,
        cpu: cpu()?,
        format: args.format.or(config.format).unwrap_or(Format::Table),
        out: args.out.clone(),
    })
}

/// The interval that was asked for.
///
/// # Errors
/// When it is none.
pub fn interval(arg: Option<&str>, config: &Config) -> Result<Interval, Fault> {
    let text = arg.or(config.interval.as_deref()).unwrap_or("1d");
    let name = config.named("--interval", arg.is_none());
    text.parse().map_err(|error| Fault::wrong(format!("{name}: {error}")))
}

/// The data folder that was asked for.
#[must_use]
pub fn data_dir(global: &GlobalArgs, config: &Config) -> PathBuf {
    global.data_dir.clone().or_else(|| config.data_dir.clone()).unwrap_or_else(|| PathBuf::from("data"))
}

/// What `--crypto` names where several may be named, else what `BACKTEST_CRYPTO` does. Not read by clap, for which
/// the variable would contradict `--all`.
///
/// # Errors
/// Nothing is named.
pub fn crypto(args: &[String]) -> Result<Vec<String>, Fault> {
    if !args.is_empty() {
        return Ok(args.to_vec());
    }
    let Some(names) = super::environment::text("BACKTEST_CRYPTO") else {
        return Err(Fault::wrong("which assets? Say --all for every one in the data folder, or --crypto BTC,ETH"));
    };
    Ok(names.split(',').map(str::to_owned).collect())
}

/// The assets named by `--crypto`, each once, in the order of naming.
///
/// # Errors
/// An unknown or ambiguous one, with the nearest names.
pub fn assets<'a>(catalog: &'a Catalog, names: &[String]) -> Result<Vec<&'a Entry>, Fault> {
    let mut entries: Vec<&Entry> = Vec::new();
    for name in names {
        let entry = catalog.resolve(name.trim()).map_err(|error| Fault::wrong(format!("--crypto: {error}")))?;
        if !entries.iter().any(|known| known.path == entry.path) {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// How long results stay stored; `None` for ever.
///
/// # Errors
/// When the text is no time.
pub fn ttl(arg: Option<&str>, config: &Config) -> Result<Option<Duration>, Fault> {
    const LONGEST: u64 = 10 * 365 * 86_400;
    let text = arg.or(config.ttl.as_deref()).unwrap_or("24h");
    let wrong = || {
        Fault::wrong(format!(
            "{} '{}' is not a time: write 90s, 30m, 24h or 7d (up to 10 years), or 0 to store without an end",
            config.named("--ttl", arg.is_none()),
            crate::data::escape(text)
        ))
    };
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => (text, 1),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let seconds = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit)).ok_or_else(wrong)?;
    if seconds > LONGEST {
        return Err(wrong());
    }
    Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
}

fn settings(args: &BacktestArgs, config: &Config) -> Result<Settings, Fault> {
    let default = Settings::default();
    let capital = args.capital.or(config.capital).unwrap_or(default.capital);
    if !(capital > 0.0 && capital <= 1e15) {
        let name = config.named("--capital", args.capital.is_none());
        return Err(Fault::wrong(format!("{name} is {capital}; it must be above 0 and at most 1e15")));
    }
    let fraction = |flag: &str, arg: Option<f64>, file: Option<f64>, default: f64| {
        let (name, value) = (config.named(flag, arg.is_none()), arg.or(file).unwrap_or(default));
        if (0.0..1.0).contains(&value) {
            Ok(value)
        } else {
            Err(Fault::wrong(format!("{name} is {value}; it is a fraction from 0 to below 1, so 0.1 % is 0.001")))
        }
    };
    let fill = match args.fill.or(config.fill) {
        Some(FillArg::Close) => Fill::Close,
        Some(FillArg::NextOpen) | None => Fill::NextOpen,
    };
    let direction = match args.direction.or(config.direction) {
        Some(DirectionArg::Long) | None => Direction::Long,
        Some(DirectionArg::Short) => Direction::Short,
        Some(DirectionArg::Both) => Direction::Both,
    };
    Ok(Settings {
        capital,
        fee: fraction("--fee", args.fee, config.fee, default.fee)?,
        slippage: fraction("--slippage", args.slippage, config.slippage, default.slippage)?,
        fill,
        direction,
    })
}

fn threads(args: &BacktestArgs, config: &Config) -> Result<usize, Fault> {
    let Some(text) = args.threads.clone().or(config.threads.map(|threads| threads.to_string())) else {
        return Ok(std::thread::available_parallelism().map_or(1, usize::from));
    };
    text.parse().ok().filter(|threads| (1..=MAX_THREADS).contains(threads)).ok_or_else(|| {
        Fault::wrong(format!(
            "{} is '{}'; it must be a number of threads from 1 to {MAX_THREADS}",
            config.named("--threads", args.threads.is_none()),
            crate::data::escape(&text)
        ))
    })
}

/// The widest instructions there are, or narrower ones that `BACKTEST_CPU` names: to see that no bit depends on them.
fn cpu() -> Result<Cpu, Fault> {
    let cpu = match std::env::var("BACKTEST_CPU").unwrap_or_default().as_str() {
        "" => return Ok(Cpu::detect()),
        "portable" => Cpu::Portable,
        "avx2" => Cpu::Avx2,
        "avx512" => Cpu::Avx512,
        _ => return Err(Fault::wrong("BACKTEST_CPU: write portable, avx2 or avx512, or leave it out")),
    };
    if Cpu::available().contains(&cpu) {
        Ok(cpu)
    } else {
        Err(Fault::wrong("BACKTEST_CPU: this processor does not have these instructions"))
    }
}

/// Finds an unusable `--out` before anything is computed.
fn check_out(path: &std::path::Path) -> Result<(), Fault> {
    let known =
        path.extension().and_then(|ext| ext.to_str()).is_some_and(|ext| matches!(ext, "json" | "csv" | "parquet"));
    if !known {
        return Err(Fault::wrong(format!(
            "--out {}: the file's ending decides its form; use .json, .csv or .parquet",
            path.display()
        )));
    }
    report::file::check(path).map_err(|error| {
        Fault::wrong(format!(
            "--out {}: cannot be written: {error}. Name a folder that is there and that you may write to.",
            path.display()
        ))
    })
}

fn time_option(name: &str, arg: Option<&str>, config: Option<&toml::Value>) -> Result<Option<Millis>, Fault> {
    let from_config = config.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let Some(text) = arg.map(str::to_owned).or(from_config) else { return Ok(None) };
    time(&text).map(Some).ok_or_else(|| {
        Fault::wrong(format!(
            "{name} '{}' is not a time: write 2024-01-31, 2024-01-31T12:00 or 2024-01-31T12:00:00Z (UTC unless it says otherwise)",
            crate::data::escape(&text)
        ))
    })
}

/// A day, a day and time (UTC), or RFC 3339.
fn time(text: &str) -> Option<Millis> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    let time: DateTime = text.parse().ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp().as_millisecond())
}
