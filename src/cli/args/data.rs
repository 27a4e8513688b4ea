//! The commands on candles.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::args::OutputFormat;

/// `data`
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// All assets: bars, range, size, file
    List {
        /// Length of a bar: the folder in the data folder [default: every one there is]
        #[arg(long)]
        interval: Option<String>,
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: OutputFormat,
    },
    /// Take in candle files of exchanges and tools, whatever their format
    Import(ImportArgs),
    /// Look for gaps, spikes, stale prices and other doubts in candles
    Check(CheckArgs),
    /// Change the form in which candles are stored
    Convert(ConvertArgs),
    /// Write candles as other programs want them
    Export(ExportArgs),
    /// Fetch candles from an exchange, as far as they are missing
    Fetch(FetchArgs),
    /// Make synthetic daily candles of 24 assets, for trying things out
    Sample {
        /// Another seed gives other candles
        #[arg(long, default_value_t = crate::data::sample::SEED)]
        seed: u64,
    },
}

/// `data import`
#[derive(Args, Debug)]
#[command(
    after_help = "Formats are told by content: Binance, Kraken, Coinbase, Bybit, OKX, Bitfinex, freqtrade, CryptoDataDownload, Yahoo, \
                  TradingView, Investing.com, LEAN, pandas; csv, json, parquet, feather, also in .gz, .zst and .zip.\n\
                  Example: backtest data import downloads/BTCUSDT-1h-*.zip --data-dir candles"
)]
pub struct ImportArgs {
    /// The files
    #[arg(required = true, value_name = "FILES")]
    pub files: Vec<PathBuf>,
    /// Symbol of all these files [default: what each tells]
    #[arg(long, value_name = "SYMBOL")]
    pub symbol: Option<String>,
    /// Length of a bar in all these files [default: what each tells]
    #[arg(long, value_name = "INTERVAL")]
    pub interval: Option<String>,
    /// What becomes of a bar that is there twice with other values
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub on_conflict: ConflictArg,
    /// Keep a last bar that is not finished
    #[arg(long)]
    pub keep_last: bool,
    /// Say what is in the files, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How the report is printed
    #[arg(long, default_value = "table")]
    pub format: OutputFormat,
}

/// What becomes of a bar that two sources have with other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConflictArg {
    /// Write nothing, and name the bars
    Refuse,
    /// Keep the one that was there first
    First,
    /// Take the one that came last
    Last,
}

/// Which stored candles.
#[derive(Args, Debug)]
pub struct StoredArgs {
    /// Assets, separated by commas [default: all]
    #[arg(long, short, value_name = "SYMBOLS", value_delimiter = ',')]
    pub crypto: Vec<String>,
    /// Length of a bar: the folder in the data folder [default: every one there is]
    #[arg(long)]
    pub interval: Option<String>,
}

/// `data check`
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Which candles.
    #[command(flatten)]
    pub stored: StoredArgs,
    /// Exit with 1 when anything is doubtful
    #[arg(long)]
    pub strict: bool,
    /// How it is printed
    #[arg(long, default_value = "table")]
    pub format: OutputFormat,
}

/// `data convert`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest data convert --to parquet --interval 1h")]
pub struct ConvertArgs {
    /// The new form
    #[arg(long, value_name = "FORM")]
    pub to: FormArg,
    /// Which candles.
    #[command(flatten)]
    pub stored: StoredArgs,
}

/// A form in which candles are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormArg {
    /// Small and fast, with a record of where the bars came from
    Parquet,
    /// Text
    Csv,
}

/// `data export`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: backtest data export --format freqtrade --crypto BTC,ETH --interval 1h --out user_data/data/binance"
)]
pub struct ExportArgs {
    /// For whom
    #[arg(long, value_name = "WHOM")]
    pub format: ExportArg,
    /// Which candles.
    #[command(flatten)]
    pub stored: StoredArgs,
    /// First open time that counts, as 2024-01-31 or 2024-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// First open time that no longer counts
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Folder to write to; without it, one asset goes to stdout
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Programs for which candles are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportArg {
    /// Binance's klines: 12 columns, no header, ms; SYMBOL-INTERVAL.csv
    Binance,
    /// freqtrade's JSON: `BASE_QUOTE-INTERVAL.json`
    Freqtrade,
    /// timestamp,open,high,low,close,volume with ISO times; SYMBOL-INTERVAL.csv
    Csv,
}

/// `data fetch`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: backtest data fetch --exchange binance --crypto BTC,ETH --interval 1h --from 2024-01-01\n\
                  Again later: backtest data fetch --exchange binance --crypto BTC,ETH --interval 1h --update"
)]
pub struct FetchArgs {
    /// Whom to ask: binance, bybit, coinbase or kraken
    #[arg(long, short, value_name = "NAME")]
    pub exchange: String,
    /// Assets or whole pairs, separated by commas: BTC,ETH or BTC-EUR
    #[arg(long, short, value_name = "SYMBOLS", value_delimiter = ',')]
    pub crypto: Vec<String>,
    /// Length of a bar [default: 1d]
    #[arg(long)]
    pub interval: Option<String>,
    /// In what assets are priced [default: USDT; USD at Coinbase and Kraken]
    #[arg(long, value_name = "ASSET")]
    pub quote: Option<String>,
    /// First open time, as 2024-01-31 or 2024-01-31T12:00:00Z [default: all there is]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// First open time that no longer counts [default: now]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Go on from the last bar that is there; gaps before it stay
    #[arg(long)]
    pub update: bool,
    /// What becomes of a bar that is there with other values
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub on_conflict: ConflictArg,
    /// Take whole months from the exchange's archive, each verified by its checksum (binance)
    #[arg(long)]
    pub from_archive: bool,
    /// A mirror in place of the exchange's own address
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// How the report is printed
    #[arg(long, default_value = "table")]
    pub format: OutputFormat,
}
