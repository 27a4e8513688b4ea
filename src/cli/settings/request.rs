//! Arguments and settings file become a plan. Every mistake in a request is found here, before any work.

use std::path::{Path, PathBuf};

use crate::args::options::{
    BENCHMARK, CAPITAL, DATA_DIR, DETAIL, DIRECTION, FEE, FILL, FORMAT, FROM, INTERVAL, MAKER_FEE, RISK_FREE, SETTLE,
    SLIPPAGE, Setting, THREADS, TO, WARMUP, YEAR,
};
use crate::args::{BacktestArgs, BadRowsArg, DirectionArg, FillArg, GlobalArgs, OutputFormat};
use crate::data::{BadRows, CandleFile};
use crate::engine::{BoundStrategy, ExtraFiles, Plan, Warmup};
use crate::error::Error;
use crate::files::check_writable;
use crate::settings::environment::now;
use crate::settings::file::{SettingsFile, choice, in_command};
use crate::settings::given::{Given, either, fraction};
use crate::settings::{other_assets, strategies, time};
use crate::sim::metrics::Detail;
use crate::sim::simd::Cpu;
use crate::sim::{Direction, Fill, Interval, Millis, Settings, TimeRange};

/// More threads than any machine has are a slip of the finger.
const MAX_THREADS: usize = 1024;

/// What run and batch share, with every option decided.
#[derive(Clone)]
pub(crate) struct BacktestRequest {
    /// Length of a bar.
    pub interval: Interval,
    /// Bars that count.
    pub range: TimeRange,
    /// Which bars before the range the rules know of.
    pub warmup: Warmup,
    /// Account settings.
    pub settings: Settings,
    /// The asset that accounts are measured against, as it was named; none where each is against its own.
    pub benchmark: Option<Given>,
    /// Threads to compute with.
    pub threads: usize,
    /// Which instructions compare.
    pub cpu: Cpu,
    /// How the result is printed.
    pub format: OutputFormat,
    /// What becomes of rows that are no candles.
    pub bad_rows: BadRows,
    /// How long a last bar must be over to count, in ms.
    pub settle: Millis,
    /// The folder of all candles.
    pub data_dir: PathBuf,
    /// Where the result is written too.
    pub out: Option<PathBuf>,
}

impl BacktestRequest {
    /// The plan to do these strategies on these assets, now.
    ///
    /// # Errors
    /// Finer bars of which there are none, or which do not make up those of the request; other bars that rules read and that
    /// are not there.
    pub(crate) fn plan(
        &self,
        mut assets: Vec<CandleFile>,
        strategies: Vec<BoundStrategy>,
        trades: bool,
    ) -> Result<Plan, Error> {
        let Self { interval, range, warmup, settings, threads, cpu, .. } = *self;
        for asset in &mut assets {
            (asset.bad_rows, asset.settle) = (self.bad_rows, self.settle);
        }
        let extra = ExtraFiles::find(&self.data_dir, interval, settings.detail, &assets).map_err(Error::usage)?;
        let own = Vec::with_capacity(strategies.len());
        let mut plan = Plan {
            assets,
            strategies: own,
            interval,
            range,
            warmup,
            settings,
            benchmark: None,
            sweep_detail: Detail::Sums,
            segments: None,
            trades,
            last_bars: None,
            others: Vec::new(),
            extra,
            threads,
            now: now(),
            cpu,
        };
        for bound in strategies {
            plan.add(bound);
        }
        other_assets::read(&mut plan, &self.data_dir)?;
        Ok(plan)
    }
}

/// Options of the account and the range that a comparison may set for each of those compared.
pub(crate) const PER_STRATEGY: [&str; 6] = ["capital", "fee", "slippage", "fill", "direction", "interval"];

impl BacktestRequest {
    /// The same but for options that are written behind a strategy, as in `rsi:fee=0,direction=both`.
    ///
    /// # Errors
    /// A value that makes no sense.
    pub(crate) fn with(&self, options: &[Given]) -> Result<Self, Error> {
        let mut request = self.clone();
        for given in options {
            let settings = &mut request.settings;
            match given.source.split(' ').next().unwrap_or_default() {
                "capital" => settings.capital = cash(given)?,
                "fee" => settings.fee = given.fee()?,
                "slippage" => settings.slippage = given.fraction()?,
                "fill" => settings.fill = given.choice::<FillArg>()?.into(),
                "direction" => settings.direction = given.choice::<DirectionArg>()?.into(),
                _ => request.interval = time::interval(given)?,
            }
        }
        Ok(request)
    }
}

impl From<FillArg> for Fill {
    fn from(fill: FillArg) -> Self {
        match fill {
            FillArg::NextOpen => Self::NextOpen,
            FillArg::Close => Self::Close,
        }
    }
}

impl From<DirectionArg> for Direction {
    fn from(direction: DirectionArg) -> Self {
        match direction {
            DirectionArg::Long => Self::Long,
            DirectionArg::Short => Self::Short,
            DirectionArg::Both => Self::Both,
        }
    }
}

/// An amount of money above 0.
fn cash(given: &Given) -> Result<f64, Error> {
    let value = given.text.trim().parse::<f64>();
    let value = value.map_err(|_| given.invalid("is not an amount of money; write it as 10000"))?;
    // Any less would be nothing once it is divided by a price.
    if (1e-6..=1e15).contains(&value) {
        Ok(value)
    } else {
        Err(given.invalid("must be above 0 (at least 0.000001) and at most 1e15"))
    }
}

/// A rate per year, as `0.04` or `4%`; below 0 it is a bank's fee.
fn rate(given: &Given) -> Result<f64, Error> {
    let value = fraction(&given.text).ok_or_else(|| given.invalid("is not a rate per year; write 0.04 or 4%"))?;
    if (-0.1..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(given.invalid("must be a rate per year from -0.1 to 1; 4 % is written 0.04 or 4%"))
    }
}

/// Decides what run and batch share: flag, else environment, else settings file, else default.
///
/// # Errors
/// Any value that makes no sense, naming its option.
pub(crate) fn request(args: &BacktestArgs, config: &SettingsFile, data_dir: &Path) -> Result<BacktestRequest, Error> {
    let from = config.given(&FROM, args.from.as_deref())?;
    let to = config.given(&TO, args.to.as_deref())?;
    let (from, to) = time::checked_range(from.as_ref(), to.as_ref())?;
    if let Some(path) = &args.out {
        check_out(path)?;
    }
    Ok(BacktestRequest {
        interval: interval(args.interval.as_deref(), config)?,
        range: TimeRange { from, to },
        warmup: match config.given(&WARMUP, args.warmup.as_deref())? {
            Some(given) => given.text.trim().parse().map_err(|wrong: String| given.invalid(wrong))?,
            None => Warmup::default(),
        },
        settings: settings(args, config)?,
        benchmark: config.given(&BENCHMARK, args.benchmark.as_deref())?.filter(|given| given.text.trim() != "none"),
        threads: threads(args, config)?,
        cpu: cpu()?,
        format: choice(args.format, &FORMAT, config)?.unwrap_or(OutputFormat::Table),
        bad_rows: match args.on_bad_row {
            Some(BadRowsArg::Drop) => BadRows::Drop,
            Some(BadRowsArg::Refuse) | None => BadRows::Refuse,
        },
        settle: match config.given(&SETTLE, args.settle.as_deref())? {
            Some(given) => time::span(&given)?,
            None => crate::data::SETTLE,
        },
        data_dir: data_dir.to_owned(),
        out: args.out.clone(),
    })
}

/// The interval that was asked for.
///
/// # Errors
/// When it is none.
pub(crate) fn interval(flag: Option<&str>, config: &SettingsFile) -> Result<Interval, Error> {
    let given = config.given(&INTERVAL, flag)?;
    time::interval(&given.unwrap_or_else(|| Given::by_flag("--interval", INTERVAL.default)))
}

/// The interval that the command itself names, by flag or variable: where it does not, every one is meant.
///
/// # Errors
/// When it is none.
pub(crate) fn only_interval(flag: Option<&str>) -> Result<Option<Interval>, Error> {
    in_command(&INTERVAL, flag).map(|given| time::interval(&given)).transpose()
}

/// The data folder that was asked for.
///
/// # Errors
/// Something else than a path in the settings file.
pub(crate) fn data_dir(global: &GlobalArgs, config: &SettingsFile) -> Result<PathBuf, Error> {
    let flag = global.data_dir.clone().or_else(|| in_command(&DATA_DIR, None).map(|given| given.text.into()));
    match flag {
        Some(path) => Ok(path),
        None => Ok(config.path_of(&DATA_DIR)?.map_or_else(|| PathBuf::from(DATA_DIR.default), |(_, path)| path)),
    }
}

fn settings(args: &BacktestArgs, config: &SettingsFile) -> Result<Settings, Error> {
    let default = Settings::default();
    let capital = config.given(&CAPITAL, args.capital.as_deref())?.map_or(Ok(default.capital), |given| cash(&given))?;
    let fraction = |setting: &Setting, flag: Option<&str>, default: f64| {
        config.given(setting, flag)?.map_or(Ok(default), |given| given.fraction())
    };
    let fill = choice(args.fill, &FILL, config)?.unwrap_or(FillArg::NextOpen).into();
    let direction = choice(args.direction, &DIRECTION, config)?.unwrap_or(DirectionArg::Long).into();
    let year = match config.given(&YEAR, args.year.as_deref())? {
        Some(given) => given.text.trim().parse().map_err(|wrong: String| given.invalid(wrong))?,
        None => default.year,
    };
    let risk_free = config.given(&RISK_FREE, args.risk_free.as_deref())?;
    let risk_free = risk_free.map_or(Ok(default.risk_free), |given| rate(&given))?;
    let maker_fee = config.given(&MAKER_FEE, args.maker_fee.as_deref())?.map(|given| given.fee()).transpose()?;
    let detail = config.given(&DETAIL, args.detail.as_deref())?.map(|given| time::interval(&given)).transpose()?;
    Ok(Settings {
        capital,
        fee: config.given(&FEE, args.fee.as_deref())?.map_or(Ok(default.fee), |given| given.fee())?,
        maker_fee,
        slippage: fraction(&SLIPPAGE, args.slippage.as_deref(), default.slippage)?,
        fill,
        direction,
        year,
        risk_free,
        detail,
        market_funding: strategies::has_market_funding(args, config)?,
    })
}

/// The threads to compute with.
///
/// # Errors
/// Something else than a number of them.
pub(crate) fn threads(args: &BacktestArgs, config: &SettingsFile) -> Result<usize, Error> {
    let Some(given) = config.given(&THREADS, args.threads.as_deref())? else {
        return Ok(std::thread::available_parallelism().map_or(1, usize::from));
    };
    let threads = given.text.trim().parse().ok().filter(|threads| (1..=MAX_THREADS).contains(threads));
    threads.ok_or_else(|| given.invalid(format_args!("must be a number of threads from 1 to {MAX_THREADS}")))
}

/// The widest instructions there are, or narrower ones that `BACKTEST_CPU` names: to see that no bit depends on them.
///
/// # Errors
/// Others than this processor has.
pub(crate) fn cpu() -> Result<Cpu, Error> {
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
pub(crate) fn check_file(flag: &str, path: &Path, endings: &[&str]) -> Result<(), Error> {
    let ending = path.extension().and_then(|ext| ext.to_str());
    if !ending.is_some_and(|ending| endings.contains(&ending)) {
        let dotted: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
        let dotted: Vec<&str> = dotted.iter().map(String::as_str).collect();
        return Err(Error::usage(format!(
            "{flag} {}: the extension decides the format; use {}",
            path.display(),
            either(&dotted)
        )));
    }
    check_writable(path).map_err(|error| {
        Error::usage(format!(
            "{flag} {}: cannot be written: {error}. Name a folder that is there and that you may write to.",
            path.display()
        ))
    })
}
