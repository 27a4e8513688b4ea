//! The commands on candles.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;

use crate::args::OutputFormat;
use crate::args::options::Heading::{Assets, Output, Range};

/// `data`
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// List all assets with their number of bars, range, size and file
    #[command(after_help = "Example: backtest data list --interval 1h")]
    List {
        /// Only candles of this interval [default: all]
        #[arg(long, value_name = "INTERVAL", help_heading = Range.title())]
        interval: Option<String>,
        /// Format of the output
        #[arg(long, default_value = "table", help_heading = Output.title())]
        format: OutputFormat,
    },
    /// Import candle files of exchanges and tools, whatever their format
    Import(ImportArgs),
    /// Look for gaps, spikes, stale prices and other problems in candles
    Check(CheckArgs),
    /// Change the file format in which candles are stored
    Convert(ConvertArgs),
    /// Write candles in the format of another program
    Export(ExportArgs),
    /// Fetch missing candles from an exchange
    Fetch(FetchArgs),
    /// Make synthetic daily candles of 24 assets, to try the program with
    #[command(after_help = "Example: backtest data sample && backtest batch --all")]
    Sample {
        /// Seed of the random prices
        #[arg(long, value_name = "S", default_value_t = crate::data::sample::SEED)]
        seed: u64,
    },
}

/// `data import`
#[derive(Args, Debug)]
#[command(
    after_help = "Formats are recognised by content: Binance, Kraken, Coinbase, Bybit, OKX, KuCoin, Gate, MEXC, Bitget, Deribit, Hyperliquid, \
                  Bitfinex, BitMEX, freqtrade, CryptoDataDownload, Yahoo, TradingView, Investing.com, MetaTrader, HistData, Dukascopy, \
                  Stooq, LEAN, pandas, any table with a header; csv, json, parquet, feather, also in .gz, .zst and .zip.\n\
                  Example: backtest data import downloads/BTCUSDT-1h-*.zip --data-dir candles"
)]
pub(crate) struct ImportArgs {
    /// The files; - is standard input
    #[arg(required = true, value_name = "FILES")]
    pub files: Vec<PathBuf>,
    /// Symbol of all these files [default: what each tells]
    #[arg(long, value_name = "SYMBOL")]
    pub symbol: Option<String>,
    /// Of files with several assets, the one to import
    #[arg(long, value_name = "SYMBOL")]
    pub only_symbol: Option<String>,
    /// Length of a bar in all these files [default: what each tells]
    #[arg(long, value_name = "INTERVAL")]
    pub interval: Option<String>,
    /// Which column is what, by name or number: time=startedAt,volume=baseTokenVolume (time, clock, open, high, low, close, volume, symbol)
    #[arg(long, value_name = "MEANING=COLUMN,..", help_heading = "Layout")]
    pub columns: Option<String>,
    /// Further columns to keep, for rules to read: funding,oi or oi=openInterest, or all that hold numbers
    #[arg(long, value_name = "NAME[=COLUMN],..|all", help_heading = "Layout")]
    pub keep_columns: Option<String>,
    /// Character between the cells of text [default: what the file tells]
    #[arg(long, value_name = "CHAR", help_heading = "Layout")]
    pub separator: Option<String>,
    /// Decimal mark of text [default: what the file tells]
    #[arg(long, value_name = "MARK", help_heading = "Layout")]
    pub decimal: Option<DecimalArg>,
    /// Order of day, month and year in dates such as 01/02/2024 [default: what the file tells]
    #[arg(long, value_name = "ORDER", help_heading = "Layout")]
    pub date_order: Option<DateOrderArg>,
    /// How times are written, in strftime's notation, as in '%d.%m.%Y %H:%M', or what their numbers count, as in 'days since 1904-01-01'
    #[arg(long, value_name = "FORMAT", help_heading = "Layout")]
    pub time_format: Option<String>,
    /// Zone of times without an offset, such as Europe/Berlin or +01:00 [default: UTC]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, help_heading = "Layout")]
    pub timezone: Option<String>,
    /// Whether times are those of the bars' opens or closes [default: open, unless the file tells]
    #[arg(long, value_name = "END", help_heading = "Layout")]
    pub time_is: Option<TimeIsArg>,
    /// What all prices are multiplied by, as in 0.0001
    #[arg(long, value_name = "FACTOR", help_heading = "Layout")]
    pub price_scale: Option<f64>,
    /// Take the layout from [import.NAME] of the settings file; flags win
    #[arg(long, value_name = "NAME", help_heading = "Layout")]
    pub layout: Option<String>,
    /// What becomes of a row that cannot be a bar [default: refuse]
    #[arg(long, value_name = "WHAT")]
    pub on_bad_row: Option<OnBadRowArg>,
    /// What becomes of a bar that is there twice with other values
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub on_conflict: ConflictArg,
    /// Keep a last bar that is not finished
    #[arg(long)]
    pub keep_last: bool,
    /// Most bytes that a file may have once unpacked [default: 100 times its size, from 128MiB to 4GiB]
    #[arg(long, value_name = "SIZE")]
    pub max_unpacked: Option<String>,
    /// Preview: how each file was understood, its first and last bar, and the command that states it all; writes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Format of the report
    #[arg(long, default_value = "table", help_heading = Output.title())]
    pub format: OutputFormat,
}

/// What stands before the decimals of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
pub(crate) enum DecimalArg {
    /// 1234.5
    #[value(name = ".", alias = "point")]
    #[serde(rename = ".", alias = "point")]
    Point,
    /// 1234,5
    #[value(name = ",", alias = "comma")]
    #[serde(rename = ",", alias = "comma")]
    Comma,
}

/// The order of a date's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DateOrderArg {
    /// 31/01/2024
    Dmy,
    /// 01/31/2024
    Mdy,
    /// 24/01/31
    Ymd,
}

/// Which end of a bar its time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TimeIsArg {
    /// When it opens
    Open,
    /// When it ends
    Close,
}

/// What becomes of a row that cannot be a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnBadRowArg {
    /// Leave it out, count and list it
    Drop,
    /// Refuse the file, and name the row
    Refuse,
}

/// What becomes of a bar that two sources have with other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConflictArg {
    /// Write nothing, and name the bars
    Refuse,
    /// Keep the one that was there first
    First,
    /// Take the one that came last
    Last,
}

/// Which stored candles.
#[derive(Args, Debug)]
pub(crate) struct StoredArgs {
    /// Assets: BTC, BTCUSDT, BTC/USDT, a list, '*USDT' or @FILE [default: all]
    #[arg(long, short, visible_alias = "symbol", value_name = "SYMBOLS", value_delimiter = ',', help_heading = Assets.title())]
    pub crypto: Vec<String>,
    /// Only candles of this interval [default: all]
    #[arg(long, value_name = "INTERVAL", help_heading = Range.title())]
    pub interval: Option<String>,
}

/// `data check`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest data check --interval 1h --strict")]
pub(crate) struct CheckArgs {
    /// Which candles.
    #[command(flatten)]
    pub stored: StoredArgs,
    /// Exit with code 1 if there is any problem
    #[arg(long)]
    pub strict: bool,
    /// Format of the output
    #[arg(long, default_value = "table", help_heading = Output.title())]
    pub format: OutputFormat,
}

/// `data convert`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest data convert --to parquet --interval 1h")]
pub(crate) struct ConvertArgs {
    /// The new file format
    #[arg(long, value_name = "FORMAT")]
    pub to: FormArg,
    /// Which candles.
    #[command(flatten)]
    pub stored: StoredArgs,
}

/// File formats in which candles are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormArg {
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
pub(crate) struct ExportArgs {
    /// The format to write
    #[arg(long, value_name = "FORMAT")]
    pub format: ExportArg,
    /// Which candles.
    #[command(flatten)]
    pub stored: StoredArgs,
    #[arg(long, allow_hyphen_values = true)]
    pub from: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub to: Option<String>,
    /// Folder to write to; without it, a single asset is printed
    #[arg(long, short, value_name = "DIR", help_heading = Output.title())]
    pub out: Option<PathBuf>,
}

/// Programs for which candles are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportArg {
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
pub(crate) struct FetchArgs {
    /// Exchange: binance, bybit, coinbase or kraken
    #[arg(long, short, value_name = "NAME")]
    pub exchange: String,
    /// Assets or pairs, separated by commas: BTC,ETH or BTC-EUR
    #[arg(long, short, visible_alias = "symbol", value_name = "SYMBOLS", value_delimiter = ',', help_heading = Assets.title())]
    pub crypto: Vec<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub interval: Option<String>,
    /// Quote currency [default: USDT; USD at Coinbase and Kraken]
    #[arg(long, value_name = "ASSET", help_heading = Assets.title())]
    pub quote: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub from: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub to: Option<String>,
    /// Fetch the funding rates of perpetual contracts in place of candles (binance, bybit)
    #[arg(long)]
    pub funding: bool,
    /// Continue after the last stored bar; earlier gaps stay
    #[arg(long)]
    pub update: bool,
    /// What to do with a bar that is stored with other values
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub on_conflict: ConflictArg,
    /// Download whole months from the exchange's archive, each verified by its checksum (binance)
    #[arg(long)]
    pub from_archive: bool,
    /// Address of a mirror to use in place of the exchange
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Format of the report
    #[arg(long, default_value = "table", help_heading = Output.title())]
    pub format: OutputFormat,
}
