//! Which assets are meant: all of the data folder, or those named.

use std::path::{Path, PathBuf};

use crate::cli::args::AssetsArgs;
use crate::cli::args::options::CRYPTO;
use crate::cli::error::Error;
use crate::cli::output::format;
use crate::cli::output::printer::Printer;
use crate::cli::output::progress::ProgressBar;
use crate::cli::settings::environment;
use crate::cli::settings::file::in_command;
use crate::cli::settings::request::BacktestRequest;
use crate::data::{CandleFile, Catalog, Index, Known, escape};
use crate::engine;
use crate::files::read_limited;
use crate::sim::Interval;

/// The assets that batch and sweep go over: all of the folder, or those named.
///
/// # Errors
/// None named, an unknown or ambiguous one, a folder that cannot be read.
pub(crate) fn many(args: &AssetsArgs, folder: &Path, interval: Interval) -> Result<Vec<CandleFile>, Error> {
    let wanted = if args.all { Vec::new() } else { listed("--crypto", crypto(&args.crypto)?)? };
    let excluded = Excluded(listed("--exclude", args.exclude.clone())?);
    if args.all {
        // All that the interval's folder has: a minute file in another would cost more than hundreds of days, and
        // nobody asked for it. Only where there is nothing else, all that can be made.
        let all = Catalog::open(folder, interval).or_else(|_| Catalog::with_shorter(folder, interval));
        return excluded.left_of(all.map_err(Error::usage)?.entries().to_vec());
    }
    let catalog = Catalog::with_shorter(folder, interval).map_err(Error::usage)?;
    excluded.left_of(assets(&catalog, &wanted)?.into_iter().cloned().collect())
}

/// The files of symbols that a command reads: those of `@FILE`.
pub(crate) fn lists(args: &AssetsArgs) -> impl Iterator<Item = PathBuf> {
    let names = args.crypto.iter().chain(&args.exclude);
    names.filter_map(|name| name.trim().strip_prefix('@')).map(PathBuf::from)
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

/// The assets of a request that have enough bars in its range; the others are left out, which is reported. Those that
/// cannot be read stay, to fail with their reason.
///
/// # Errors
/// None is left.
pub(crate) fn long_enough(
    assets: Vec<CandleFile>,
    min_bars: Option<u64>,
    request: &BacktestRequest,
    printer: Printer,
) -> Result<Vec<CandleFile>, Error> {
    let Some(least) = min_bars else { return Ok(assets) };
    let mut assets = assets;
    for asset in &mut assets {
        asset.bad_rows = request.bad_rows;
    }
    let mut index = Index::open(environment::cache_dir().as_deref());
    let bar = ProgressBar::new(printer, "assets");
    let known = engine::scan_files(&assets, request.range, &mut index, request.threads, environment::now(), &bar);
    index.save();
    let is_long = |known: &Result<Known, String>| known.as_ref().map_or(true, |known| known.bars >= least);
    let (long, short): (Vec<_>, Vec<_>) = assets.into_iter().zip(known).partition(|(_, known)| is_long(known));
    if let [(first, _), ..] = short.as_slice() {
        let others = if short.len() > 1 { format!(" and {} more", short.len() - 1) } else { String::new() };
        printer.note(&format!(
            "left out, with fewer than {} bars: {}{others}",
            format::count(least),
            escape(&first.symbol)
        ));
    }
    if long.is_empty() {
        return Err(Error::usage(format!("--min-bars: no asset has {} bars", format::count(least))));
    }
    Ok(long.into_iter().map(|(asset, _)| asset).collect())
}

/// The one asset that an option names, from its own file or made of shorter bars.
///
/// # Errors
/// An unknown or ambiguous one, a folder that cannot be read.
pub(crate) fn one(option: &str, name: &str, folder: &Path, interval: Interval) -> Result<Vec<CandleFile>, Error> {
    let catalog = Catalog::with_shorter(folder, interval).map_err(Error::usage)?;
    let found = catalog.select(&[name.to_owned()]).map_err(|error| Error::usage(format!("{option}: {error}")))?;
    Ok(found.into_iter().cloned().collect())
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
