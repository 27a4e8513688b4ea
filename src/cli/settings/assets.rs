//! Which assets are meant: all of the data folder, or those named.

use std::path::{Path, PathBuf};

use crate::args::AssetsArgs;
use crate::args::options::CRYPTO;
use crate::data::{CandleFile, Catalog, CatalogNames, Index, Known, escape, is_pattern};
use crate::engine;
use crate::error::Error;
use crate::files::read_limited;
use crate::output::format;
use crate::output::printer::Printer;
use crate::output::progress::ProgressBar;
use crate::settings::environment;
use crate::settings::file::in_command;
use crate::settings::given::Given;
use crate::settings::request::BacktestRequest;
use crate::sim::{DAY, Interval};

/// The assets that a command over many of them goes over: all of the folder, or those named, without those that are
/// excluded, have too few bars or trade too little in the range of the request, which is reported. Those that cannot be read
/// stay, to fail with their reason.
///
/// # Errors
/// None named, an unknown or ambiguous one, a folder that cannot be read, an amount that is none, or that none is left.
pub(crate) fn selected(
    args: &AssetsArgs,
    request: &BacktestRequest,
    printer: Printer,
) -> Result<Vec<CandleFile>, Error> {
    let least = Least::new(args)?;
    let named = named(args, &request.data_dir, request.interval)?;
    if least.is_nothing() { Ok(named) } else { least.of(named, request, printer) }
}

/// All of the folder, or those named, without those that are excluded.
fn named(args: &AssetsArgs, folder: &Path, interval: Interval) -> Result<Vec<CandleFile>, Error> {
    let wanted = if args.all { Vec::new() } else { listed("--crypto", crypto(&args.crypto)?)? };
    let excluded = Excluded(listed("--exclude", args.exclude.clone())?);
    if args.all {
        // All that the interval's folder has: a minute file in another would cost more than hundreds of days, and
        // nobody asked for it. Only where there is nothing else, all that can be made.
        let all = Catalog::open(folder, interval).or_else(|_| Catalog::with_shorter(folder, interval));
        return excluded.left_of(all.map_err(Error::usage)?.entries().to_vec());
    }
    excluded.left_of(chosen("--crypto", &wanted, folder, interval)?)
}

/// The files of symbols that a command reads: those of `@FILE`.
pub(crate) fn lists(args: &AssetsArgs) -> impl Iterator<Item = PathBuf> {
    let names = args.crypto.iter().chain(&args.exclude);
    names.filter_map(|name| name.trim().strip_prefix('@')).map(PathBuf::from)
}

/// Whether each of the names stands for one asset, and all of these take part.
pub(crate) fn is_list_of_names(args: &AssetsArgs) -> bool {
    let is_name = |name: &String| !is_pattern(name) && !name.trim().starts_with('@');
    !args.all
        && args.crypto.iter().all(is_name)
        && args.exclude.is_empty()
        && args.min_bars.is_none()
        && args.min_volume.is_none()
}

/// What `--exclude` names.
struct Excluded(Vec<String>);

impl Excluded {
    /// The files that are not excluded.
    fn left_of(&self, mut files: Vec<CandleFile>) -> Result<Vec<CandleFile>, Error> {
        if let Some(name) = self.0.iter().find(|name| !files.iter().any(|file| file.is_named(name))) {
            return Err(Error::usage(format!("--exclude '{}' is none of the assets", escape(name))));
        }
        files.retain(|file| !self.0.iter().any(|name| file.is_named(name)));
        if files.is_empty() { Err(Error::usage("--exclude leaves no asset")) } else { Ok(files) }
    }
}

/// Largest file of symbols.
const LIST_BYTES: u64 = 1 << 20;

/// The names with those of files in place of `@FILE`: separated by blanks, commas or lines, and a line may end with a
/// comment behind `#`.
fn listed(flag: &str, names: Vec<String>) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for name in names {
        let Some(path) = name.trim().strip_prefix('@') else {
            all.push(name);
            continue;
        };
        let wrong = |what: &str| Error::usage(format!("{flag}: @{}: {what}", escape(path)));
        let bytes = read_limited(Path::new(path), LIST_BYTES).map_err(|error| wrong(&format::unreadable(&error)))?;
        let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text"))?;
        let before = all.len();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let words = line.split([',', ' ', '\t']).map(str::trim).filter(|word| !word.is_empty());
            all.extend(words.map(str::to_owned));
        }
        if all.len() == before {
            return Err(wrong("names no symbol"));
        }
    }
    Ok(all)
}

/// How much an asset must have to take part.
struct Least {
    bars: Option<u64>,
    /// Quote currency a day.
    turnover: Option<f64>,
}

impl Least {
    fn new(args: &AssetsArgs) -> Result<Self, Error> {
        let turnover = args.min_volume.as_deref().map(|text| amount(&Given::by_flag("--min-volume", text)));
        Ok(Self { bars: args.min_bars, turnover: turnover.transpose()? })
    }

    fn is_nothing(&self) -> bool {
        self.bars.is_none() && self.turnover.is_none()
    }

    fn of(
        &self,
        mut assets: Vec<CandleFile>,
        request: &BacktestRequest,
        printer: Printer,
    ) -> Result<Vec<CandleFile>, Error> {
        for asset in &mut assets {
            (asset.bad_rows, asset.settle) = (request.bad_rows, request.settle);
        }
        let mut index = Index::open(environment::cache_dir().as_deref());
        let bar = ProgressBar::new(printer, "assets");
        let scan = if self.turnover.is_some() { engine::scan_turnover } else { engine::scan_files };
        let known = scan(&assets, request.range, &mut index, request.threads, environment::now(), &bar);
        index.save();
        let mut left = assets.into_iter().zip(known).collect();
        if let Some(least) = self.bars {
            let bars = format::count(least);
            left = kept(left, &|known| known.bars >= least, &format!("fewer than {bars} bars"), printer);
            if left.is_empty() {
                return Err(Error::usage(format!("--min-bars: no asset has {bars} bars")));
            }
        }
        if let Some(least) = self.turnover {
            let amount = format::grouped(least, 0);
            let is_enough = |known: &Known| a_day(known, request.interval) >= least;
            left = kept(left, &is_enough, &format!("a turnover below {amount} a day"), printer);
            if left.is_empty() {
                return Err(Error::usage(format!(
                    "--min-volume: no asset trades {amount} a day (close times volume, in quote currency)"
                )));
            }
        }
        Ok(left.into_iter().map(|(asset, _)| asset).collect())
    }
}

/// An asset with what its file holds in the range.
type Scanned = (CandleFile, Result<Known, String>);

/// Those that have enough; the others are reported.
fn kept(all: Vec<Scanned>, is_enough: &dyn Fn(&Known) -> bool, lack: &str, printer: Printer) -> Vec<Scanned> {
    let (kept, left_out): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(_, known)| known.as_ref().map_or(true, is_enough));
    if let [(first, _), ..] = left_out.as_slice() {
        let others = left_out.len() - 1;
        let others = if others > 0 { format!(" and {} more", format::count(others as u64)) } else { String::new() };
        printer.note(&format!("left out, with {lack}: {}{others}", escape(&first.symbol)));
    }
    kept
}

/// Mean turnover of a day, in quote currency.
#[expect(clippy::cast_precision_loss, reason = "times are far below 2^53")]
fn a_day(known: &Known, interval: Interval) -> f64 {
    let days = (interval.end_of(known.end) - known.start) as f64 / DAY as f64;
    known.turnover.unwrap_or_default() / days
}

/// An amount of quote currency, as `5000000`, `5M` or `5e6`.
fn amount(given: &Given) -> Result<f64, Error> {
    let text = given.text.trim();
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 1e3),
        Some((at, 'm' | 'M')) => (&text[..at], 1e6),
        Some((at, 'b' | 'B')) => (&text[..at], 1e9),
        _ => (text, 1.0),
    };
    let value = digits.parse::<f64>().ok().map(|value| value * unit).filter(|value| (0.0..=1e18).contains(value));
    value.ok_or_else(|| given.invalid("is not an amount of quote currency a day; write 5000000, 5M or 5e6"))
}

/// The one asset that an option names, from its own file or made of shorter bars.
///
/// # Errors
/// An unknown or ambiguous one, a folder that cannot be read.
pub(crate) fn one(option: &str, name: &str, folder: &Path, interval: Interval) -> Result<Vec<CandleFile>, Error> {
    chosen(option, &[name.to_owned()], folder, interval)
}

fn chosen(option: &str, names: &[String], folder: &Path, interval: Interval) -> Result<Vec<CandleFile>, Error> {
    let catalog = CatalogNames::with_shorter(folder, interval).map_err(Error::usage)?;
    catalog.select(names).map_err(|error| Error::usage(format!("{option}: {error}")))
}

/// What `--crypto` names where several may be named, else what `BACKTEST_CRYPTO` does. Not read by clap, for which
/// the variable would contradict `--all`.
///
/// # Errors
/// Nothing is named.
fn crypto(args: &[String]) -> Result<Vec<String>, Error> {
    if !args.is_empty() {
        return Ok(args.to_vec());
    }
    let Some(names) = in_command(&CRYPTO, None) else {
        return Err(Error::usage("which assets? Pass --all for every one in the data folder, or --crypto BTC,ETH"));
    };
    Ok(names.text.split(',').map(str::to_owned).collect())
}

/// The one asset that a command is about.
///
/// # Errors
/// None is named.
pub(crate) fn required(flag: Option<&str>) -> Result<String, Error> {
    let given = in_command(&CRYPTO, flag).map(|given| given.text);
    given.ok_or_else(|| Error::usage("which asset? Pass --crypto BTC (`backtest data list` lists them)"))
}

/// The assets named by `--crypto`, each once, in the order of naming.
///
/// # Errors
/// An unknown or ambiguous one, with the nearest names.
pub(crate) fn assets<'a>(catalog: &'a Catalog, names: &[String]) -> Result<Vec<&'a CandleFile>, Error> {
    catalog.select(names).map_err(|error| Error::usage(format!("--crypto: {error}")))
}
