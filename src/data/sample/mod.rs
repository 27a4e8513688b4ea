//! Synthetic candles to try the program with: no exchange's data, made by a seeded generator, and marked as such in
//! every file, so that nobody takes them for the market.

mod market;

use std::fs;
use std::path::{Path, PathBuf};

use self::market::{MarketRandom, SampleAsset, candles, days};
use super::catalog::format::Format;
use super::read::parquet::{SYNTHETIC_KEY, key_values};
use super::write::{WriteError, write_parquet};
use crate::sim::{Candles, Millis};

/// Seed of the candles that come with the project.
pub const SEED: u64 = 19;
/// Interval of the sample candles, and so the folder that [`write()`] puts them in.
pub const INTERVAL: &str = "1d";

const GENERATOR: &str = "backtest data sample, version 1";
/// 2021-01-01.
const FIRST_DAY: Millis = 1_609_459_200_000;
const DAYS: usize = 1_500;

macro_rules! assets {
    ($($symbol:literal $price:literal ($tick:literal $lot:literal) $beta:literal $own:literal $turnover:literal $listed:literal)*) => {
        [$(SampleAsset { symbol: $symbol, price: $price, decimals: ($tick, $lot), beta: $beta, own: $own, turnover: $turnover, listed: $listed }),*]
    };
}

/// Symbol, first price, decimals of price and volume, beta, own volatility, turnover, day of listing.
const ASSETS: [SampleAsset; 24] = assets! {
    "BTCUSDT"   28900.0  (2 3) 1.00 0.004 2.1e9 0
    "ETHUSDT"   735.0    (2 3) 1.12 0.016 1.2e9 0
    "BNBUSDT"   37.5     (2 2) 0.98 0.022 3.5e8 0
    "XRPUSDT"   0.237    (4 0) 0.95 0.030 3.8e8 0
    "ADAUSDT"   0.181    (4 0) 1.10 0.026 2.2e8 0
    "DOGEUSDT"  0.0047   (5 0) 1.15 0.040 2.6e8 0
    "LTCUSDT"   124.0    (2 3) 1.05 0.020 1.6e8 0
    "LINKUSDT"  11.25    (3 2) 1.20 0.026 1.4e8 0
    "BCHUSDT"   342.0    (1 3) 1.05 0.024 9.5e7 0
    "XLMUSDT"   0.128    (4 0) 1.00 0.026 6.0e7 0
    "TRXUSDT"   0.0268   (5 0) 0.80 0.022 8.0e7 0
    "ETCUSDT"   5.72     (3 2) 1.10 0.030 8.5e7 0
    "DOTUSDT"   9.28     (3 2) 1.22 0.026 1.3e8 0
    "ATOMUSDT"  6.42     (3 2) 1.18 0.030 7.5e7 0
    "SOLUSDT"   1.84     (3 2) 1.35 0.036 4.2e8 21
    "AVAXUSDT"  3.65     (3 2) 1.35 0.034 1.5e8 35
    "MATICUSDT" 0.0178   (5 0) 1.25 0.036 1.2e8 48
    "NEARUSDT"  1.49     (3 1) 1.30 0.034 7.0e7 90
    "FILUSDT"   22.3     (3 2) 1.20 0.032 9.0e7 0
    "UNIUSDT"   5.18     (3 2) 1.18 0.030 7.0e7 0
    "AAVEUSDT"  88.3     (2 3) 1.25 0.030 8.0e7 0
    "ICPUSDT"   46.0     (3 2) 1.20 0.036 5.0e7 129
    "APTUSDT"   8.05     (3 2) 1.25 0.034 7.5e7 650
    "ARBUSDT"   1.19     (4 1) 1.28 0.032 9.0e7 810
};

/// The sample candles: 24 pairs, daily, 1,500 bars from 2021-01-01, fewer where a pair was listed later.
#[must_use]
pub fn generate(seed: u64) -> Vec<(String, Candles)> {
    let days = days(seed, DAYS);
    let one = |(stream, asset): (u64, &SampleAsset)| {
        (asset.symbol.to_owned(), candles(asset, &days, FIRST_DAY, &mut MarketRandom::new(seed, stream)))
    };
    (1..).zip(&ASSETS).map(one).collect()
}

/// Writes the sample candles to `DATA_DIR/1d/SYMBOL.parquet` and returns the paths. Files of an earlier sample are
/// replaced; before anything is written, it is made sure that no real candles are in the way.
///
/// # Errors
/// When a file cannot be written, or a symbol has a file that is not marked as synthetic.
pub fn write(data_dir: &Path, seed: u64) -> Result<Vec<PathBuf>, WriteError> {
    let folder = data_dir.join(INTERVAL);
    let failed = |path: &Path, reason: String| WriteError { path: path.to_owned(), reason };
    fs::create_dir_all(&folder).map_err(|error| failed(&folder, error.to_string()))?;
    for asset in &ASSETS {
        for format in Format::ALL {
            let path = folder.join(format!("{}.{format}", asset.symbol));
            if path.symlink_metadata().is_ok() && !is_synthetic(&path) {
                return Err(failed(&path, "it holds candles that are not of the sample generator".into()));
            }
        }
    }
    let seed_text = seed.to_string();
    let metadata = [(SYNTHETIC_KEY, "true"), ("backtest.generator", GENERATOR), ("backtest.seed", &*seed_text)];
    let save = |(symbol, candles): (String, Candles)| {
        let path = folder.join(format!("{symbol}.{}", Format::Parquet));
        write_parquet(&path, &candles, &metadata)?;
        Ok(path)
    };
    generate(seed).into_iter().map(save).collect()
}

/// Whether a file is a Parquet file that says of itself that a generator made it.
#[must_use]
pub fn is_synthetic(path: &Path) -> bool {
    let is_parquet = path.extension().is_some_and(|end| end == Format::Parquet.extension());
    is_parquet && key_values(path).iter().any(|(key, _)| key == SYNTHETIC_KEY)
}

#[cfg(test)]
mod tests;
