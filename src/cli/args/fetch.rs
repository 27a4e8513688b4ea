//! `data fetch`

use clap::Args;

use super::{ConflictArg, Format};

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
    #[arg(long, short, value_name = "SYMBOLS", value_delimiter = ',', required = true, env = "BACKTEST_CRYPTO")]
    pub crypto: Vec<String>,
    /// Length of a bar [default: 1d]
    #[arg(long, env = "BACKTEST_INTERVAL")]
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
    pub format: Format,
}
