//! Arguments and settings file become a plan. Every mistake in a request is found here, before any work.

use std::path::{Path, PathBuf};

use crate::cli::args::{BacktestArgs, DirectionArg, FillArg, GlobalArgs, OutputFormat};
use crate::cli::error::Error;
use crate::cli::output::format;
use crate::cli::settings::environment::now;
use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::time;
use crate::data::Entry;
use crate::engine::{Bound, Plan};
use crate::report;
use crate::sim::model::{Direction, Fill, Interval, Settings, TimeRange};
use crate::sim::simd::Cpu;

/// More threads than any machine has are a slip of the finger.
const MAX_THREADS: usize = 1024;

/// What run and batch share, with every option decided.
pub struct BacktestRequest {
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
    pub format: OutputFormat,
    /// Where the result is written too.
    pub out: Option<PathBuf>,
}

impl BacktestRequest {
    /// The plan to do these strategies on these assets, now.
    #[must_use]
    pub fn plan(&self, assets: Vec<Entry>, strategies: Vec<Bound>, trades: bool) -> Plan {
        let Self { interval, range, settings, threads, cpu, .. } = *self;
        Plan { assets, strategies, interval, range, settings, trades, threads, now: now(), cpu }
    }
}

/// Decides what run and batch share: flag, else environment, else settings file, else default.
///
/// # Errors
/// Any value that makes no sense, naming its option.
pub fn request(args: &BacktestArgs, config: &SettingsFile) -> Result<BacktestRequest, Error> {
    let from_name = config.named("--from", args.from.is_none());
    let to_name = config.named("--to", args.to.is_none());
    let from = time::option(&from_name, args.from.as_deref(), config.from.as_ref())?;
    let to = time::option(&to_name, args.to.as_deref(), config.to.as_ref())?;
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(Error::usage(format!(
            "{from_name}: {} is not before {}, which is {to_name}: the range holds no bar. \
             --to is the first time that no longer counts.",
            format::time(from),
            format::time(to)
        )));
    }
    if let Some(path) = &args.out {
        check_out(path)?;
    }
    Ok(BacktestRequest {
        interval: interval(args.interval.as_deref(), config)?,
        range: TimeRange { from, to },
        settings: settings(args, config)?,
        threads: threads(args, config)?,
        cpu: cpu()?,
        format: args.format.or(config.format).unwrap_or(OutputFormat::Table),
        out: args.out.clone(),
    })
}

/// The interval that was asked for.
///
/// # Errors
/// When it is none.
pub fn interval(arg: Option<&str>, config: &SettingsFile) -> Result<Interval, Error> {
    let text = arg.or(config.interval.as_deref()).unwrap_or("1d");
    let name = config.named("--interval", arg.is_none());
    text.parse().map_err(|error| Error::usage(format!("{name}: {error}")))
}

/// The data folder that was asked for.
#[must_use]
pub fn data_dir(global: &GlobalArgs, config: &SettingsFile) -> PathBuf {
    global.data_dir.clone().or_else(|| config.data_dir.clone()).unwrap_or_else(|| PathBuf::from("data"))
}

fn settings(args: &BacktestArgs, config: &SettingsFile) -> Result<Settings, Error> {
    let default = Settings::default();
    let capital = args.capital.or(config.capital).unwrap_or(default.capital);
    if !(capital > 0.0 && capital <= 1e15) {
        let name = config.named("--capital", args.capital.is_none());
        return Err(Error::usage(format!("{name} is {capital}; it must be above 0 and at most 1e15")));
    }
    let fraction = |flag: &str, arg: Option<f64>, file: Option<f64>, default: f64| {
        let (name, value) = (config.named(flag, arg.is_none()), arg.or(file).unwrap_or(default));
        if (0.0..1.0).contains(&value) {
            Ok(value)
        } else {
            Err(Error::usage(format!("{name} is {value}; it is a fraction from 0 to below 1, so 0.1 % is 0.001")))
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

fn threads(args: &BacktestArgs, config: &SettingsFile) -> Result<usize, Error> {
    let Some(text) = args.threads.clone().or(config.threads.map(|threads| threads.to_string())) else {
        return Ok(std::thread::available_parallelism().map_or(1, usize::from));
    };
    text.parse().ok().filter(|threads| (1..=MAX_THREADS).contains(threads)).ok_or_else(|| {
        Error::usage(format!(
            "{} is '{}'; it must be a number of threads from 1 to {MAX_THREADS}",
            config.named("--threads", args.threads.is_none()),
            crate::data::escape(&text)
        ))
    })
}

/// The widest instructions there are, or narrower ones that `BACKTEST_CPU` names: to see that no bit depends on them.
fn cpu() -> Result<Cpu, Error> {
    let cpu = match std::env::var("BACKTEST_CPU").unwrap_or_default().as_str() {
        "" => return Ok(Cpu::detect()),
        "portable" => Cpu::Portable,
        "avx2" => Cpu::Avx2,
        "avx512" => Cpu::Avx512,
        _ => return Err(Error::usage("BACKTEST_CPU: write portable, avx2 or avx512, or leave it out")),
    };
    if Cpu::available().contains(&cpu) {
        Ok(cpu)
    } else {
        Err(Error::usage("BACKTEST_CPU: this processor does not have these instructions"))
    }
}

/// Finds an unusable `--out` before anything is computed.
fn check_out(path: &Path) -> Result<(), Error> {
    check_file("--out", path, &["json", "csv", "parquet"])
}

/// Finds a file that could not be written, before anything is computed; its ending must be one of these.
///
/// # Errors
/// Another ending, or a place that takes no file.
pub fn check_file(flag: &str, path: &Path, endings: &[&str]) -> Result<(), Error> {
    let ending = path.extension().and_then(|ext| ext.to_str());
    if !ending.is_some_and(|ending| endings.contains(&ending)) {
        let dotted: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
        let (last, others) = dotted.split_last().map_or((String::new(), String::new()), |(last, others)| {
            (last.clone(), if others.is_empty() { String::new() } else { format!("{} or ", others.join(", ")) })
        });
        return Err(Error::usage(format!(
            "{flag} {}: the file's ending decides its form; use {others}{last}",
            path.display()
        )));
    }
    report::file::check(path).map_err(|error| {
        Error::usage(format!(
            "{flag} {}: cannot be written: {error}. Name a folder that is there and that you may write to.",
            path.display()
        ))
    })
}
